//! Identifiers, one type per table, so that none is passed for another.
//!
//! Each is an opaque text. On the wire and in the database it is that text; `store::values` binds and reads
//! them.

use crate::secret;
use std::fmt;

/// Declares identifier types.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(String);

        impl $name {
            /// As the wire and the database write it.
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Any text is taken: one that names no row is found nowhere.
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

/// Identifiers that the server draws; those of tenants are given.
macro_rules! random {
    ($($name:ident)*) => {$(
        impl $name {
            /// A new one, 128 bits in hexadecimal.
            pub(crate) fn fresh() -> Self {
                Self(secret::id())
            }
        }
    )*};
}

random!(AccountId BrowserId DeviceId SessionId ChangeId ScanId SignInId Pseudonym);

ids! {
    /// An account.
    AccountId,
    /// A browser, whether anybody is signed in there or not.
    BrowserId,
    /// A device of an account: one browser as that account knows it.
    DeviceId,
    /// A login session.
    SessionId,
    /// The record of a wizard or of a single sensitive action (G1, G5).
    ChangeId,
    /// A scan.
    ScanId,
    /// A sign-in that waits for the choice of an account.
    SignInId,
    /// An organization, or the personal realm.
    TenantId,
    /// The name under which security events and the receipt of a cancellation refer to an account (C7).
    Pseudonym,
}
