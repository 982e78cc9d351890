//! How values are bound to statements and read from rows.

use crate::clock::Moment;
use crate::domain::ids::{
    AccountId, BrowserId, ChangeId, DeviceId, Pseudonym, ScanId, SessionId, SignInId, TenantId,
};
use crate::problem::Problem;
use contract::phone::PhoneNumber;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteRow, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Row, Sqlite, Type};

/// Identifiers are stored as their texts.
macro_rules! stored_as_text {
    ($($id:ty),*) => {$(
        impl Type<Sqlite> for $id {
            fn type_info() -> SqliteTypeInfo {
                <str as Type<Sqlite>>::type_info()
            }
        }

        impl Encode<'_, Sqlite> for $id {
            fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
                self.as_str().to_owned().encode(buffer)
            }
        }

        impl<'r> Decode<'r, Sqlite> for $id {
            fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(Self::from(<String as Decode<Sqlite>>::decode(value)?))
            }
        }
    )*};
}

stored_as_text!(AccountId, BrowserId, ChangeId, DeviceId, Pseudonym, ScanId, SessionId, SignInId, TenantId);

/// Moments are stored as milliseconds since 1970.
impl Type<Sqlite> for Moment {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Moment {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        self.millis().encode(buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Moment {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self::from_millis(<i64 as Decode<Sqlite>>::decode(value)?))
    }
}

/// An enum of the contract, stored by its name on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<T>(pub(super) T);

impl<T: Serialize> Name<T> {
    /// The name; an error for what has none, such as a variant with data.
    pub(super) fn text(&self) -> Result<String, BoxDynError> {
        match serde_json::to_value(&self.0)? {
            serde_json::Value::String(text) => Ok(text),
            other => Err(format!("{other} is no name").into()),
        }
    }
}

impl<T> Type<Sqlite> for Name<T> {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl<T: Serialize> Encode<'_, Sqlite> for Name<T> {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        self.text()?.encode(buffer)
    }
}

impl<'r, T: DeserializeOwned> Decode<'r, Sqlite> for Name<T> {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = <String as Decode<Sqlite>>::decode(value)?;
        Ok(Self(serde_json::from_value(serde_json::Value::String(text))?))
    }
}

/// Reads columns by name. A name that the statement does not select, or a value of another type, is a
/// fault and no panic.
pub(super) trait Columns {
    fn column<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(&'r self, name: &str) -> Result<T, Problem>;

    /// An enum of the contract.
    fn name<T: DeserializeOwned>(&self, name: &str) -> Result<T, Problem>;

    /// An enum of the contract, or none.
    fn name_or_none<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem>;

    /// A phone number in its canonical form.
    fn phone(&self, name: &str) -> Result<PhoneNumber, Problem>;
}

impl Columns for SqliteRow {
    fn column<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(&'r self, name: &str) -> Result<T, Problem> {
        Ok(self.try_get(name)?)
    }

    fn name<T: DeserializeOwned>(&self, name: &str) -> Result<T, Problem> {
        Ok(self.try_get::<Name<T>, _>(name)?.0)
    }

    fn name_or_none<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        Ok(self.try_get::<Option<Name<T>>, _>(name)?.map(|Name(value)| value))
    }

    fn phone(&self, name: &str) -> Result<PhoneNumber, Problem> {
        let text: String = Columns::column(self, name)?;
        PhoneNumber::parse(&text).ok_or_else(|| Problem::fault("a stored phone is not canonical"))
    }
}

#[cfg(test)]
mod tests {
    use super::Name;
    use contract::account::Way;
    use contract::refusal::Refusal;

    #[test]
    fn an_enum_without_a_name_is_an_error_and_no_empty_text() {
        assert_eq!(Name(Way::Sms).text().expect("a name"), "sms");
        assert!(Name(Refusal::TooBusy { after: 1 }).text().is_err());
    }
}
