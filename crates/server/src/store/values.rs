//! How values are bound to statements and read from rows.

use crate::clock::Moment;
use crate::domain::ids::{
    AccountId, BrowserId, ChangeId, DeviceId, Pseudonym, ScanId, SessionId, SignInId, TenantId,
};
use crate::problem::Problem;
use crate::wire;
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

impl<T> Type<Sqlite> for Name<T> {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl<T: Serialize> Encode<'_, Sqlite> for Name<T> {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        wire::name(&self.0)?.encode(buffer)
    }
}

impl<'r, T: DeserializeOwned> Decode<'r, Sqlite> for Name<T> {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(wire::read(<&str as Decode<Sqlite>>::decode(value)?)?))
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
