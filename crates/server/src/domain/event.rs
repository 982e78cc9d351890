//! Security events: what happened to an account, when, on which device, by which way (API-04).

use crate::domain::ids::{AccountId, DeviceId};
use contract::account::Way;
use contract::activity::SecurityEvent;
use std::time::Duration;

/// A security event to be written.
pub(crate) struct LoggedEvent {
    pub(crate) account: AccountId,
    /// The device of the account; none where the account did not act itself.
    pub(crate) device: Option<DeviceId>,
    pub(crate) what: SecurityEvent,
    pub(crate) way: Option<Way>,
    /// The other account that took part (ADM-3).
    pub(crate) about: Option<AccountId>,
}

impl LoggedEvent {
    /// What an account did, or was done to it, on a device of its own.
    pub(crate) fn on(account: &AccountId, device: &DeviceId, what: SecurityEvent, way: Option<Way>) -> Self {
        Self { account: account.clone(), device: Some(device.clone()), what, way, about: None }
    }

    /// What the server did without a device.
    pub(crate) fn by_server(account: &AccountId, what: SecurityEvent) -> Self {
        Self { account: account.clone(), device: None, what, way: None, about: None }
    }

    /// An event that another account caused.
    pub(crate) fn caused_by(account: &AccountId, what: SecurityEvent, other: &AccountId) -> Self {
        Self { account: account.clone(), device: None, what, way: None, about: Some(other.clone()) }
    }

    /// The same with the other account that took part.
    pub(crate) fn about(self, other: &AccountId) -> Self {
        Self { about: Some(other.clone()), ..self }
    }
}

/// Repeated events within this time are one.
pub(crate) const FOLDED: Duration = Duration::from_secs(60);

/// Whether repetitions of an event tell nothing new. Events that begin or end something are always
/// written.
pub(crate) fn folds(what: SecurityEvent) -> bool {
    match what {
        SecurityEvent::SettingsChanged => true,
        SecurityEvent::AvatarChanged
        | SecurityEvent::AvatarRemoved
        | SecurityEvent::SignedIn
        | SecurityEvent::SignedOut
        | SecurityEvent::AccountOpened
        | SecurityEvent::SteppedUp
        | SecurityEvent::PhoneChanged
        | SecurityEvent::PasswordSet
        | SecurityEvent::OthersEnded
        | SecurityEvent::DeviceEnded
        | SecurityEvent::WechatBound
        | SecurityEvent::WechatChanged
        | SecurityEvent::CancelBegun
        | SecurityEvent::CancelUndone
        | SecurityEvent::AccountCanceled
        | SecurityEvent::RoleChanged
        | SecurityEvent::RoleGiven
        | SecurityEvent::HistoryOn
        | SecurityEvent::HistoryOff
        | SecurityEvent::UserDeleted
        | SecurityEvent::Removed
        | SecurityEvent::ProofFailed
        | SecurityEvent::Unknown => false,
    }
}
