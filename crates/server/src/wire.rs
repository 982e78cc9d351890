//! Enums of the contract by their names on the wire, as the database, the event stream and addresses hold them.

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Value};

/// The name of a value; an error for what has none, such as a variant with data.
pub(crate) fn name<T: Serialize>(value: &T) -> Result<String, Error> {
    match serde_json::to_value(value)? {
        Value::String(name) => Ok(name),
        other => Err(Error::custom(format_args!("{other} is no name"))),
    }
}

/// The value of a name; an error for an unknown name.
pub(crate) fn read<T: DeserializeOwned>(name: &str) -> Result<T, Error> {
    serde_json::from_value(Value::String(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::account::{Surface, Way};
    use contract::refusal::Refusal;

    #[test]
    fn a_value_is_read_back_from_its_name() {
        for surface in [Surface::Web, Surface::App, Surface::Desktop, Surface::Kiosk] {
            let name = name(&surface).expect("a name");
            assert_eq!(read::<Surface>(&name).expect("a value"), surface);
        }
        assert_eq!(name(&Way::Sms).expect("a name"), "sms");
    }

    #[test]
    fn an_enum_without_a_name_is_an_error_and_no_empty_text() {
        assert!(name(&Refusal::TooBusy { after: 3 }).is_err());
        assert!(read::<Way>("").is_err());
        assert!(read::<Way>("pigeon").is_err());
    }
}
