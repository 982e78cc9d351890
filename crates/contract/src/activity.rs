//! Security activity: the events of an account, as its owner may read them.

use crate::account::{DeviceKind, Way};
use crate::endpoint::{Endpoint, Method};
use crate::time::Timestamp;
use json::FromJson;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Asks for a page of it, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetActivity {
    /// [`Activity::more`] of the page before; absent for the first.
    pub before: Option<String>,
}

impl Endpoint for GetActivity {
    type Reply = Activity;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/activity/{before}";

    fn path(&self) -> Cow<'static, str> {
        match &self.before {
            Some(before) => Cow::Owned(format!("/api/v1/activity/{before}")),
            None => Cow::Borrowed("/api/v1/activity/now"),
        }
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// Wrong codes and passwords of the last 24 hours, whoever tried them, at whatever door; on the
    /// first page only. Older ones are among the events.
    pub failed: Vec<FailedProof>,
    /// What was done.
    pub events: Vec<ActivityEntry>,
    /// Names the next page, if there is one.
    pub more: Option<String>,
}

/// A code or a password that was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailedProof {
    /// When.
    pub at: Timestamp,
    /// By which way.
    pub way: Way,
    /// Whether it was in this browser.
    pub here: bool,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: SecurityEvent,
    /// The nickname of whoever else had a part in it: whose role was changed, who changed it (E4);
    /// absent where nobody had, and once that account is gone.
    pub about: Option<String>,
    /// By which way it was proven, where something was.
    pub way: Option<Way>,
    /// On what, once the browser was a device of the account.
    pub device: Option<DeviceKind>,
    /// Whether it was in this browser.
    pub here: bool,
}

/// What can be done to an account; the audit trail names it so too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SecurityEvent {
    /// It was opened by a code to a number that nobody held.
    AccountOpened,
    /// Somebody signed in.
    SignedIn,
    /// Somebody signed out.
    SignedOut,
    /// Identity was proven for a change.
    SteppedUp,
    /// The phone number was replaced.
    PhoneChanged,
    /// The password was set or replaced.
    PasswordSet,
    /// Every other session was ended.
    OthersEnded,
    /// The first WeChat was bound.
    WechatBound,
    /// The WeChat was replaced.
    WechatChanged,
    /// A cancellation began to cool off (C8).
    CancelBegun,
    /// It was undone (C8).
    CancelUndone,
    /// The account was canceled; only the record shows it.
    AccountCanceled,
    /// A code or a password was wrong; a day ago or longer.
    ProofFailed,
    /// The picture was replaced.
    AvatarChanged,
    /// The picture was taken away.
    AvatarRemoved,
    /// The session of one other device was ended.
    DeviceEnded,
    /// Past meetings are listed on every device from then on (H1).
    HistoryOn,
    /// They stay with their device from then on (H2).
    HistoryOff,
    /// A setting of the organization was changed by this account (E1).
    SettingsChanged,
    /// A user of the organization was given another role by this account (E4).
    RoleChanged,
    /// A user of the organization was deleted by this account (E3).
    UserDeleted,
    /// This account was given another role by a super admin (E4).
    RoleGiven,
    /// This account was deleted by a super admin; only the record shows it (E3).
    Removed,
    /// Something that only a newer version has a name for (F-07).
    #[serde(other)]
    Unknown,
}
