//! Rules of the organization's console: deleting users, changing roles, searching (E2–E4).

use contract::account::Role;
use contract::phone::{PhoneNumber, country_code};
use contract::refusal::Refusal;
use contract::text::plain_digits;

/// Whether a user can be deleted (E3): an admin or a super admin is given another role first, and the last
/// super admin stays.
pub(crate) fn delete(role: Role, last_super_admin: bool) -> Result<(), Refusal> {
    match role {
        Role::SuperAdmin if last_super_admin => Err(Refusal::LastSuperAdmin),
        Role::SuperAdmin | Role::Admin => Err(Refusal::AdminMustHandOver),
        Role::Ordinary => Ok(()),
    }
}

/// Whether a user's role can be changed (E4): not that of the last super admin.
pub(crate) fn change_role(last_super_admin: bool) -> Result<(), Refusal> {
    if last_super_admin { Err(Refusal::LastSuperAdmin) } else { Ok(()) }
}

/// The beginning and end of a number that a search asks for, by a whole or masked number or its last four
/// digits. Hidden digits are not compared, so that a search cannot reveal them (G3).
pub(crate) fn shown_of_number(search: &str) -> Option<(String, String)> {
    let digits = plain_digits(search);
    // An `x` stands for a character that no number has; a mask has some.
    let search = if digits.contains('x') { search } else { &digits };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let masked = match PhoneNumber::parse(search) {
        Some(number) => number.masked(),
        None if search.len() == 4 => ["****", search].concat(),
        None => search.to_owned(),
    };
    let (head, tail) = masked.split_once("****")?;
    let begins = match head.trim_end().strip_prefix('+') {
        // Digits after the country code would be hidden ones.
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
