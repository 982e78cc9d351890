//! What a sign-in was proven by.

use contract::account::Way;
use contract::phone::PhoneNumber;

/// What was proven; an account that is chosen later has to hold it still.
#[derive(Clone, Copy)]
pub(crate) enum ProvenBy<'a> {
    /// A number, by a code or a password.
    Number(Way, &'a PhoneNumber),
    /// A WeChat.
    Wechat(&'a str),
}

impl ProvenBy<'_> {
    pub(crate) fn way(&self) -> Way {
        match self {
            Self::Number(way, _) => *way,
            Self::Wechat(_) => Way::Wechat,
        }
    }
}
