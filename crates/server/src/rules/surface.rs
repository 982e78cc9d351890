//! What is open on which surface, to whom (A1, L2, G6).

use contract::account::{Edition, Surface};
use contract::refusal::Refusal;

/// Whether an account may set its password: not where nobody's own device is (G6), nor where the
/// organization's sign-in takes its place (L2).
pub(crate) fn password_change(surface: Surface, sso: bool) -> Result<(), Refusal> {
    match (sso, surface) {
        (true, _) => Err(Refusal::SsoManaged),
        (false, Surface::Kiosk) => Err(Refusal::NotOnKiosk),
        (false, _) => Ok(()),
    }
}

/// Whether an account may end its other sessions from here (G6).
pub(crate) fn end_others(surface: Surface) -> Result<(), Refusal> {
    if surface == Surface::Kiosk { Err(Refusal::NotOnKiosk) } else { Ok(()) }
}

/// Whether past meetings are shown here: not where the next person stands soon (H3, G6).
pub(crate) fn history(surface: Surface) -> Result<(), Refusal> {
    end_others(surface)
}

/// Whether an account may replace its WeChat, or bind the first: not where the organization's
/// sign-in takes its place (L2), and on a shared device only personal accounts (G6).
pub(crate) fn wechat_change(edition: Edition, surface: Surface, sso: bool) -> Result<(), Refusal> {
    let paid_by_organization = matches!(edition, Edition::Business | Edition::Enterprise);
    match (sso, surface) {
        (true, _) => Err(Refusal::SsoManaged),
        (false, Surface::Kiosk) if paid_by_organization => Err(Refusal::EditionNotOnSurface),
        (false, _) => Ok(()),
    }
}

/// Whether an account may change its picture: personal ones always, those of an organization while it
/// lets them (A1); none at a shared device (G6). Who signs in at the organization may too.
pub(crate) fn avatar_change(edition: Edition, surface: Surface, open: bool) -> Result<(), Refusal> {
    let paid_by_organization = matches!(edition, Edition::Business | Edition::Enterprise);
    if paid_by_organization && !open {
        return Err(Refusal::AvatarLocked);
    }
    if surface == Surface::Kiosk { Err(Refusal::NotOnKiosk) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{avatar_change, end_others, password_change, wechat_change};
    use contract::account::{Edition, Surface};
    use contract::refusal::Refusal;

    #[test]
    fn a1_g6_who_may_change_the_picture() {
        use Edition::{Business, Enterprise, Free, Member};
        use Surface::{App, Desktop, Kiosk, Web};
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
                assert_eq!(avatar_change(edition, surface, open), expected, "{edition:?} {surface:?}");
            }
        }
        for (edition, open) in [(Free, false), (Member, false), (Business, true), (Enterprise, true)] {
            assert_eq!(avatar_change(edition, Kiosk, open), Err(Refusal::NotOnKiosk), "{edition:?}");
        }
        assert_eq!(avatar_change(Business, Kiosk, false), Err(Refusal::AvatarLocked));
    }

    #[test]
    fn l2_g6_who_may_change_the_wechat_where() {
        use Edition::{Business, Enterprise, Free, Member};
        use Surface::{App, Desktop, Kiosk, Web};
        for edition in [Free, Member, Business, Enterprise] {
            for surface in [Web, App, Desktop, Kiosk] {
                assert_eq!(wechat_change(edition, surface, true), Err(Refusal::SsoManaged));
                let personal = matches!(edition, Free | Member);
                let expected =
                    if personal || surface != Kiosk { Ok(()) } else { Err(Refusal::EditionNotOnSurface) };
                assert_eq!(wechat_change(edition, surface, false), expected, "{edition:?} {surface:?}");
            }
        }
    }

    #[test]
    fn g6_a_shared_device_neither_sets_passwords_nor_ends_sessions() {
        use Surface::{App, Desktop, Kiosk, Web};
        for surface in [Web, App, Desktop] {
            assert_eq!(password_change(surface, false), Ok(()));
            assert_eq!(password_change(surface, true), Err(Refusal::SsoManaged));
            assert_eq!(end_others(surface), Ok(()));
        }
        assert_eq!(password_change(Kiosk, false), Err(Refusal::NotOnKiosk));
        assert_eq!(end_others(Kiosk), Err(Refusal::NotOnKiosk));
    }
}
