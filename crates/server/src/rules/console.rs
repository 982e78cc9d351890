//! The organization's console: who may enter, and what may be done to whom (E1–E4, ADM-1).

use contract::account::{Edition, Role, Surface};
use contract::refusal::Refusal;

/// Whether an account runs its organization; all others know of no console.
pub(crate) fn runs_organization(edition: Edition, role: Option<Role>) -> bool {
    matches!(edition, Edition::Business | Edition::Enterprise) && role == Some(Role::SuperAdmin)
}

/// Whether the console is open: to those alone who run a business or enterprise organization, and not
/// on a shared device (G6).
pub(crate) fn entry(edition: Edition, role: Option<Role>, surface: Surface) -> Result<(), Refusal> {
    match (runs_organization(edition, role), surface) {
        (false, _) => Err(Refusal::Forbidden),
        (true, Surface::Kiosk) => Err(Refusal::NotOnKiosk),
        (true, _) => Ok(()),
    }
}

/// Whether a user can be deleted (E3): whoever helps to run the organization, or runs it, is given
/// another role first, and the last who runs it stays.
pub(crate) fn delete(role: Role, last_super_admin: bool) -> Result<(), Refusal> {
    match role {
        Role::SuperAdmin if last_super_admin => Err(Refusal::LastSuperAdmin),
        Role::SuperAdmin | Role::Admin => Err(Refusal::AdminMustHandOver),
        Role::Ordinary => Ok(()),
    }
}

/// Whether a user can be given another role (E4): not the last who runs the organization.
pub(crate) fn change_role(last_super_admin: bool) -> Result<(), Refusal> {
    if last_super_admin { Err(Refusal::LastSuperAdmin) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Admin, Ordinary, SuperAdmin};

    #[test]
    fn adm_1_the_console_is_for_super_admins_of_organizations_alone() {
        use Edition::{Business, Enterprise, Free, Member};
        for edition in [Free, Member, Business, Enterprise] {
            for role in [None, Some(Ordinary), Some(Admin), Some(SuperAdmin)] {
                for surface in [Surface::Web, Surface::App, Surface::Desktop, Surface::Kiosk] {
                    let paid_by_organization = matches!(edition, Business | Enterprise);
                    let expected = match (paid_by_organization, role, surface) {
                        (true, Some(SuperAdmin), Surface::Kiosk) => Err(Refusal::NotOnKiosk),
                        (true, Some(SuperAdmin), _) => Ok(()),
                        _ => Err(Refusal::Forbidden),
                    };
                    assert_eq!(entry(edition, role, surface), expected, "{edition:?} {role:?} {surface:?}");
                }
            }
        }
    }

    #[test]
    fn e3_e4_who_can_be_deleted_or_given_another_role() {
        let handed_over = Err(Refusal::AdminMustHandOver);
        for (role, last, deleted, changed) in [
            (Ordinary, false, Ok(()), Ok(())),
            (Admin, false, handed_over.clone(), Ok(())),
            (SuperAdmin, false, handed_over, Ok(())),
            (SuperAdmin, true, Err(Refusal::LastSuperAdmin), Err(Refusal::LastSuperAdmin)),
        ] {
            assert_eq!(delete(role, last), deleted, "{role:?} {last}");
            assert_eq!(change_role(last), changed, "{role:?} {last}");
        }
    }
}
