//! How the types of the standard library are read.

use crate::{FromJson, Json};

impl FromJson for String {
    fn from_json(json: &Json) -> Option<Self> {
        json.text().map(ToOwned::to_owned)
    }
}

impl FromJson for bool {
    fn from_json(json: &Json) -> Option<Self> {
        match json {
            Json::Bool(is) => Some(*is),
            _ => None,
        }
    }
}

/// An integer without fraction or exponent, as serde writes them.
macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl FromJson for $integer {
            fn from_json(json: &Json) -> Option<Self> {
                match json {
                    Json::Number(number) => number.parse().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

integers! { u8 u16 u32 i32 }

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: &Json) -> Option<Self> {
        match json {
            Json::Null => Some(None),
            json => T::from_json(json).map(Some),
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: &Json) -> Option<Self> {
        match json {
            Json::List(items) => items.iter().map(T::from_json).collect(),
            _ => None,
        }
    }
}
