//! Who may cancel an account, and what it means (C1, C5–C8).

use super::limits::{DAY, EVENT_LIFE, REST};
use crate::clock::Moment;
use contract::account::{Edition, Role, Surface};
use contract::cancel::{Kept, Remains};
use contract::refusal::Refusal;
use std::time::Duration;

/// How long the receipt is kept: as long as anybody can go to court about it (Civil Code of the
/// People's Republic of China, article 188) *(ours)*.
pub(crate) const RECEIPT_LIFE: Duration = Duration::from_secs(3 * 365 * 24 * 3600);

/// What decides whether an account may be canceled by its owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CancelFacts {
    /// What is paid for.
    pub(crate) edition: Edition,
    /// Where the session was opened.
    pub(crate) surface: Surface,
    /// The place in the organization.
    pub(crate) role: Option<Role>,
    /// Whether nobody else runs the organization.
    pub(crate) last_super_admin: bool,
}

/// Every reason why not (C1, C6, DEL-01), first the one that nothing the owner does would cure: nobody
/// shall give a role away for it.
pub(crate) fn obstacles(facts: CancelFacts) -> Vec<Refusal> {
    let mut obstacles = Vec::new();
    if matches!(facts.edition, Edition::Business | Edition::Enterprise) {
        obstacles.push(Refusal::ManagedBySuperAdmin);
    }
    match facts.role {
        Some(Role::SuperAdmin) if facts.last_super_admin => obstacles.push(Refusal::LastSuperAdmin),
        Some(Role::SuperAdmin | Role::Admin) => obstacles.push(Refusal::AdminMustHandOver),
        Some(Role::Ordinary) | None => {}
    }
    if facts.surface == Surface::Kiosk {
        obstacles.push(Refusal::NotOnKiosk);
    }
    obstacles
}

/// What outlives the account (C7).
pub(crate) fn kept() -> Vec<Kept> {
    vec![
        Kept { what: Remains::RestingNumber, days: days(REST) },
        Kept { what: Remains::Receipt, days: days(RECEIPT_LIFE) },
        Kept { what: Remains::AuditTrail, days: days(EVENT_LIFE) },
    ]
}

/// Days from now until then, a begun one included; none once it is over.
pub(crate) fn days_left(until: Moment, now: Moment) -> u32 {
    days(Duration::from_secs(now.seconds_until(until).into()))
}

fn days(span: Duration) -> u32 {
    u32::try_from(span.as_secs().div_ceil(DAY.as_secs())).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_c6_del_01_who_may_cancel_where() {
        use Edition::{Business, Enterprise, Free, Member};
        use Refusal::{AdminMustHandOver, LastSuperAdmin, ManagedBySuperAdmin, NotOnKiosk};
        use Role::{Admin, Ordinary, SuperAdmin};
        for surface in [Surface::Web, Surface::App, Surface::Desktop, Surface::Kiosk] {
            let ask = |edition, role, last_super_admin| {
                obstacles(CancelFacts { edition, surface, role, last_super_admin })
            };
            let here = |mut expected: Vec<Refusal>| {
                expected.extend((surface == Surface::Kiosk).then_some(NotOnKiosk));
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
    fn c5_c8_a_begun_day_counts() {
        let at = |seconds: i64| Moment::from_millis(seconds * 1000);
        for (until, now, left) in
            [(0, 0, 0), (1, 0, 1), (86_400, 0, 1), (86_401, 0, 2), (86_400, 86_399, 1), (0, 1, 0)]
        {
            assert_eq!(days_left(at(until), at(now)), left, "{until} at {now}");
        }
    }

    #[test]
    fn c7_what_is_kept_has_its_days() {
        let days: Vec<_> = kept().into_iter().map(|kept| kept.days).collect();
        assert_eq!(days, [1, 1095, 365]);
    }
}
