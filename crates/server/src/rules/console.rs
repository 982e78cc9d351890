//! The organization's console: who may enter, and what may be done to whom (E1–E4, ADM-1).

use contract::account::{Edition, Role, Surface};
use contract::phone::{PhoneNumber, country_code};
use contract::refusal::Refusal;
use contract::text::plain_digits;

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

/// What a search says of a number, whole or masked, or its last four digits: how the number begins and
/// ends. More than is shown anyway is not looked at, or whoever searches could guess the rest (G3).
pub(crate) fn shown_of_number(search: &str) -> Option<(String, String)> {
    let digits = plain_digits(search);
    // Only where every sign was one of a number; a mask has others.
    let search = if digits.contains('x') { search } else { &digits };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let masked = match PhoneNumber::parse(search) {
        Some(number) => number.masked(),
        None if search.len() == 4 => ["****", search].concat(),
        None => search.to_owned(),
    };
    let (head, tail) = masked.split_once("****")?;
    let begins = match head.trim_end().strip_prefix('+') {
        // Of a longer one the last digits would be hidden ones.
        Some(country) if !country.is_empty() && is_digits(country) && country_code(country) == country => {
            ["+", country].concat()
        }
        None if head.len() == 3 && is_digits(head) => ["+86", head].concat(),
        None if head.is_empty() => String::new(),
        _ => return None,
    };
    (tail.len() == 4 && is_digits(tail)).then(|| (begins, tail.to_owned()))
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

    #[test]
    fn e2_g3_a_number_is_searched_for_by_what_is_shown_of_it() {
        for (search, begins, ends) in [
            ("0005", "", "0005"),
            ("138****0005", "+86138", "0005"),
            ("13800000005", "+86138", "0005"),
            ("138 0000 0005", "+86138", "0005"),
            ("+86 13812340005", "+86138", "0005"),
            ("+852 ****4567", "+852", "4567"),
            ("+85261234567", "+852", "4567"),
            ("+14155550101", "+1", "0101"),
            ("١٣٨٠٠٠٠٠٠٠٥", "+86138", "0005"),
            ("०००५", "", "0005"),
            ("手机：138 0000 0005", "+86138", "0005"),
        ] {
            assert_eq!(shown_of_number(search), Some((begins.to_owned(), ends.to_owned())), "{search}");
        }
        for nothing in [
            "",
            "005",
            "138",
            "1380000000",
            "138****",
            "1380****0005",
            "+86138 ****0005",
            "+****0005",
            "+861 ****0005",
            "+447 ****0005",
            "+141 ****0005",
            "138****00a5",
            "许安一二",
        ] {
            assert_eq!(shown_of_number(nothing), None, "{nothing}");
        }
    }
}
