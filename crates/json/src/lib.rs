//! Reads JSON (RFC 8259) in the app. [`parse`] makes a tree of a text, and a type with `#[derive(FromJson)]` is read from
//! the tree by the names that serde writes: what the server writes with serde's `Serialize` is read here.
//!
//! The app reads with this crate instead of serde because each kilobyte of it is downloaded by everybody who signs in;
//! the comparison is in `Cargo.toml`. There are no messages for what cannot be read: the app has one for all of it.

mod parser;
mod types;

pub use json_derive::FromJson;
pub use parser::parse;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written: most are never read, and those that are read are integers.
    Number(String),
    /// A string, without its escapes.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object; its members in their order.
    Object(Vec<(String, Json)>),
}

/// A type that can be read from JSON. Derived by `#[derive(FromJson)]`, which knows serde's attributes `rename`,
/// `rename_all = "snake_case"`, `default`, `other` and `transparent`, and refuses what it does not know.
pub trait FromJson: Sized {
    /// The value; `None` if this is not one.
    fn from_json(json: &Json) -> Option<Self>;

    /// The value of a member that is not there; `None` if it must be there.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

/// Reads a text; `None` if it is not JSON, or not such a value.
#[must_use]
pub fn read<T: FromJson>(text: &str) -> Option<T> {
    T::from_json(&parse(text)?)
}

impl Json {
    /// The text of a string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A member of an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members.iter().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// A member of an object, read.
    #[must_use]
    pub fn member<T: FromJson>(&self, name: &str) -> Option<T> {
        match self.get(name) {
            Some(value) => T::from_json(value),
            None => T::absent(),
        }
    }

    /// A member of an object, read; the default if it is not there.
    #[must_use]
    pub fn member_or_default<T: FromJson + Default>(&self, name: &str) -> Option<T> {
        self.get(name).map_or_else(|| Some(T::default()), T::from_json)
    }

    /// An enum: the name of its variant and what the variant holds, `null` if nothing.
    #[must_use]
    pub fn variant(&self) -> Option<(&str, &Json)> {
        match self {
            Self::Text(name) => Some((name, &Self::Null)),
            Self::Object(members) => match members.as_slice() {
                [(name, value)] => Some((name, value)),
                _ => None,
            },
            _ => None,
        }
    }
}
