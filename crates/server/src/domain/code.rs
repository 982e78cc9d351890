//! One-time codes: to what each is bound.

use crate::domain::ids::{AccountId, ChangeId};
use crate::domain::visitor::Requester;
use crate::secret::Key;
use contract::code::Purpose;
use contract::phone::PhoneNumber;

/// Everything a code is bound to (OTP-04). It is valid for nothing else.
#[derive(Clone, Copy)]
pub(crate) struct CodeBinding<'a> {
    pub(crate) requester: Requester<'a>,
    pub(crate) phone: &'a PhoneNumber,
    pub(crate) purpose: Purpose,
    /// The account and the change it is requested for; none when signing in.
    pub(crate) change: Option<(&'a AccountId, &'a ChangeId)>,
}

impl CodeBinding<'_> {
    pub(crate) fn account(&self) -> Option<&AccountId> {
        self.change.map(|(account, _)| account)
    }

    pub(crate) fn change(&self) -> Option<&ChangeId> {
        self.change.map(|(_, change)| change)
    }

    /// The keyed hash under which the code with this id is stored.
    pub(crate) fn hash(&self, key: &Key, id: &str, purpose: &str, code: &str) -> Vec<u8> {
        let account = self.account().map_or("", AccountId::as_str);
        let change = self.change().map_or("", ChangeId::as_str);
        let browser = self.requester.browser.as_str();
        key.hash(&[id, browser, self.phone.as_str(), purpose, account, change, code])
    }
}
