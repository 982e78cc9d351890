//! What is open to whom, on which surface (A1, C1, E1, G6, L2, P2, W1): one table for the rules, for `/me` and
//! for docs/rules.md.

use contract::account::{Edition, Role, Surface};
use contract::me::Action;
use contract::refusal::Refusal;

/// Declares [`Feature`]; the list for docs/rules.md is complete by construction.
macro_rules! features {
    ($($(#[$doc:meta])* $feature:ident,)*) => {
        /// What somebody wants to do or see.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Feature {
            $($(#[$doc])* $feature),*
        }

        impl Feature {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$feature),*];
        }
    };
}

features! {
    /// Replacing the phone.
    Phone,
    /// Replacing the WeChat, or binding the first.
    Wechat,
    /// Setting the password.
    Password,
    /// Changing the picture.
    Avatar,
    /// Canceling the account.
    Cancel,
    /// The list of devices, and ending their sessions.
    Devices,
    /// The meetings the account is in.
    Meetings,
    /// Past meetings and their sync.
    History,
    /// Security events.
    Activity,
    /// The organization's console.
    Console,
}

impl Feature {
    /// The feature that an action belongs to.
    pub(crate) fn of(action: Action) -> Self {
        match action {
            Action::Phone => Self::Phone,
            Action::Wechat => Self::Wechat,
            Action::Password => Self::Password,
            Action::Cancel => Self::Cancel,
            Action::EndOtherSessions | Action::EndDevice => Self::Devices,
            Action::DeleteUser | Action::ChangeSuperAdmin => Self::Console,
        }
    }
}

/// Accounts to which a feature is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holders {
    /// All.
    All,
    /// All but those that the organization's own sign-in manages (L2).
    NotSso,
    /// Personal ones, and those of an organization that allows it (A1).
    IfAllowed,
    /// Personal ones without a role (C1, C6).
    Own,
    /// Super admins of an organization that is paid for (E1).
    SuperAdmins,
}

/// Accounts to which a feature is open on a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    /// All of its holders.
    Open,
    /// Those without an organization.
    Personal,
    /// None.
    Closed,
}

use Holders::{All, IfAllowed, NotSso, Own, SuperAdmins};
use On::{Closed, Open, Personal};

/// The table: for a feature its holders, and where it is open to them (web, app, desktop, kiosk).
#[rustfmt::skip]
const fn right(feature: Feature) -> (Holders, [On; 4]) {
    match feature {
        Feature::Phone    => (NotSso,      [Personal, Open, Open, Personal]),
        Feature::Wechat   => (NotSso,      [Open,     Open, Open, Personal]),
        Feature::Password => (NotSso,      [Open,     Open, Open, Closed]),
        Feature::Avatar   => (IfAllowed,   [Open,     Open, Open, Closed]),
        Feature::Cancel   => (Own,         [Open,     Open, Open, Closed]),
        Feature::Devices  => (All,         [Open,     Open, Open, Closed]),
        Feature::Meetings => (All,         [Open,     Open, Open, Closed]),
        Feature::History  => (All,         [Open,     Open, Open, Closed]),
        Feature::Activity => (All,         [Open,     Open, Open, Closed]),
        Feature::Console  => (SuperAdmins, [Open,     Open, Open, Closed]),
    }
}

impl On {
    /// Where a feature is open on one surface.
    const fn at(surface: Surface, [web, app, desktop, kiosk]: [Self; 4]) -> Self {
        match surface {
            Surface::Web => web,
            Surface::App => app,
            Surface::Desktop => desktop,
            Surface::Kiosk => kiosk,
        }
    }
}

/// What decides whether a feature is open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RightFacts {
    /// What is paid for.
    pub(crate) edition: Edition,
    /// The surface of the session.
    pub(crate) surface: Surface,
    /// The role in the organization.
    pub(crate) role: Option<Role>,
    /// Whether the organization's own sign-in manages the account.
    pub(crate) sso: bool,
    /// Whether the organization lets its users change their pictures (E1).
    pub(crate) avatars_open: bool,
    /// Whether nobody else runs the organization.
    pub(crate) last_super_admin: bool,
}

impl RightFacts {
    fn is_paid_by_organization(&self) -> bool {
        matches!(self.edition, Edition::Business | Edition::Enterprise)
    }

    /// Whether the account runs its organization; all others know of no console.
    pub(crate) fn runs_organization(&self) -> bool {
        self.is_paid_by_organization() && self.role == Some(Role::SuperAdmin)
    }
}

/// Whether a feature is open; the reason that is hardest to cure is named first.
pub(crate) fn may(feature: Feature, facts: RightFacts) -> Result<(), Refusal> {
    match obstacles(feature, facts).into_iter().next() {
        Some(first) => Err(first),
        None => Ok(()),
    }
}

/// Every reason why a feature is closed: first those that another surface would not cure.
pub(crate) fn obstacles(feature: Feature, facts: RightFacts) -> Vec<Refusal> {
    let (holders, on) = right(feature);
    let mut found = excluded(holders, facts);
    match On::at(facts.surface, on) {
        Open => {}
        Personal if !facts.is_paid_by_organization() => {}
        Personal => found.push(Refusal::EditionNotOnSurface),
        Closed => found.push(Refusal::NotOnKiosk),
    }
    found
}

/// Why an account is none of the holders.
fn excluded(holders: Holders, facts: RightFacts) -> Vec<Refusal> {
    match holders {
        NotSso if facts.sso => vec![Refusal::SsoManaged],
        IfAllowed if facts.is_paid_by_organization() && !facts.avatars_open => vec![Refusal::AvatarLocked],
        SuperAdmins if !facts.runs_organization() => vec![Refusal::Forbidden],
        Own => {
            let managed = facts.is_paid_by_organization().then_some(Refusal::ManagedBySuperAdmin);
            let role = match facts.role {
                Some(Role::SuperAdmin) if facts.last_super_admin => Some(Refusal::LastSuperAdmin),
                Some(Role::SuperAdmin | Role::Admin) => Some(Refusal::AdminMustHandOver),
                Some(Role::Ordinary) | None => None,
            };
            managed.into_iter().chain(role).collect()
        }
        All | NotSso | IfAllowed | SuperAdmins => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Edition::{Business, Enterprise, Free, Member};
    use Surface::{App, Desktop, Kiosk, Web};

    const SURFACES: [Surface; 4] = [Web, App, Desktop, Kiosk];

    fn facts(edition: Edition, surface: Surface) -> RightFacts {
        RightFacts { edition, surface, role: None, sso: false, avatars_open: false, last_super_admin: false }
    }

    #[test]
    fn a1_g6_who_may_change_the_picture() {
        let ask = |edition, surface, avatars_open| {
            may(Feature::Avatar, RightFacts { avatars_open, ..facts(edition, surface) })
        };
        for surface in [Web, App, Desktop] {
            for (edition, open, expected) in [
                (Free, false, Ok(())),
                (Free, true, Ok(())),
                (Member, false, Ok(())),
                (Business, false, Err(Refusal::AvatarLocked)),
                (Business, true, Ok(())),
                (Enterprise, false, Err(Refusal::AvatarLocked)),
                (Enterprise, true, Ok(())),
            ] {
                assert_eq!(ask(edition, surface, open), expected, "{edition:?} {surface:?}");
            }
        }
        for (edition, open) in [(Free, false), (Member, false), (Business, true), (Enterprise, true)] {
            assert_eq!(ask(edition, Kiosk, open), Err(Refusal::NotOnKiosk), "{edition:?}");
        }
        assert_eq!(ask(Business, Kiosk, false), Err(Refusal::AvatarLocked));
    }

    #[test]
    fn p2_l2_who_may_replace_the_phone_where() {
        let ask = |edition, surface, sso| may(Feature::Phone, RightFacts { sso, ..facts(edition, surface) });
        for edition in [Free, Member, Business, Enterprise] {
            for surface in SURFACES {
                assert_eq!(ask(edition, surface, true), Err(Refusal::SsoManaged));
                let personal = matches!(edition, Free | Member);
                let expected = if personal || matches!(surface, App | Desktop) {
                    Ok(())
                } else {
                    Err(Refusal::EditionNotOnSurface)
                };
                assert_eq!(ask(edition, surface, false), expected, "{edition:?} {surface:?}");
            }
        }
    }

    #[test]
    fn l2_g6_who_may_change_the_wechat_where() {
        let ask = |edition, surface, sso| may(Feature::Wechat, RightFacts { sso, ..facts(edition, surface) });
        for edition in [Free, Member, Business, Enterprise] {
            for surface in SURFACES {
                assert_eq!(ask(edition, surface, true), Err(Refusal::SsoManaged));
                let personal = matches!(edition, Free | Member);
                let expected =
                    if personal || surface != Kiosk { Ok(()) } else { Err(Refusal::EditionNotOnSurface) };
                assert_eq!(ask(edition, surface, false), expected, "{edition:?} {surface:?}");
            }
        }
    }

    #[test]
    fn g6_a_shared_device_sets_no_password_and_shows_no_own_things() {
        for surface in [Web, App, Desktop] {
            assert_eq!(may(Feature::Password, facts(Free, surface)), Ok(()));
            let managed = RightFacts { sso: true, ..facts(Free, surface) };
            assert_eq!(may(Feature::Password, managed), Err(Refusal::SsoManaged));
        }
        assert_eq!(may(Feature::Password, facts(Free, Kiosk)), Err(Refusal::NotOnKiosk));
        for feature in [Feature::Devices, Feature::Meetings, Feature::History, Feature::Activity] {
            for surface in [Web, App, Desktop] {
                assert_eq!(may(feature, facts(Enterprise, surface)), Ok(()), "{feature:?}");
            }
            assert_eq!(may(feature, facts(Enterprise, Kiosk)), Err(Refusal::NotOnKiosk), "{feature:?}");
        }
    }

    #[test]
    fn c1_c6_del_01_who_may_cancel_where() {
        use Refusal::{AdminMustHandOver, LastSuperAdmin, ManagedBySuperAdmin, NotOnKiosk};
        use Role::{Admin, Ordinary, SuperAdmin};
        for surface in SURFACES {
            let ask = |edition, role, last_super_admin| {
                obstacles(Feature::Cancel, RightFacts { role, last_super_admin, ..facts(edition, surface) })
            };
            let here = |mut expected: Vec<Refusal>| {
                expected.extend((surface == Kiosk).then_some(NotOnKiosk));
                expected
            };
            for edition in [Free, Member] {
                assert_eq!(ask(edition, None, false), here(vec![]), "{edition:?} {surface:?}");
            }
            for edition in [Business, Enterprise] {
                for (role, last, expected) in [
                    (Ordinary, false, vec![ManagedBySuperAdmin]),
                    (Admin, false, vec![ManagedBySuperAdmin, AdminMustHandOver]),
                    (SuperAdmin, false, vec![ManagedBySuperAdmin, AdminMustHandOver]),
                    (SuperAdmin, true, vec![ManagedBySuperAdmin, LastSuperAdmin]),
                ] {
                    assert_eq!(ask(edition, Some(role), last), here(expected), "{edition:?} {role:?} {last}");
                }
            }
        }
    }

    #[test]
    fn adm_1_the_console_is_for_super_admins_of_organizations_alone() {
        use Role::{Admin, Ordinary, SuperAdmin};
        for edition in [Free, Member, Business, Enterprise] {
            for role in [None, Some(Ordinary), Some(Admin), Some(SuperAdmin)] {
                for surface in SURFACES {
                    let expected = match (matches!(edition, Business | Enterprise), role, surface) {
                        (true, Some(SuperAdmin), Kiosk) => Err(Refusal::NotOnKiosk),
                        (true, Some(SuperAdmin), _) => Ok(()),
                        _ => Err(Refusal::Forbidden),
                    };
                    let facts = RightFacts { role, ..facts(edition, surface) };
                    assert_eq!(may(Feature::Console, facts), expected, "{edition:?} {role:?} {surface:?}");
                }
            }
        }
    }

    /// The table as docs/rules.md has it.
    fn printed() -> String {
        let mut text =
            "| Feature | Accounts | web | app | desktop | kiosk |\n|---|---|---|---|---|---|\n".to_owned();
        for feature in Feature::ALL {
            let (holders, on) = right(*feature);
            let holders = match holders {
                All => "all",
                NotSso => "not managed by SSO (L2)",
                IfAllowed => "personal, or allowed by the organization (A1)",
                Own => "personal (C1)",
                SuperAdmins => "super admins of `business` and `enterprise` (E1)",
            };
            let on = on.map(|on| match on {
                Open => "open",
                Personal => "`free` and `member`",
                Closed => "closed",
            });
            text.push_str(&format!("| {feature:?} | {holders} | {} |\n", on.join(" | ")));
        }
        text
    }

    #[test]
    fn the_rules_document_prints_the_table_of_rights() {
        let document = include_str!("../../../../docs/rules.md");
        assert!(document.contains(&printed()), "docs/rules.md has to contain\n\n{}", printed());
    }
}
