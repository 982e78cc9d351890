//! The server's record of one wizard (`docs/rules.md`, Terms: change; G5).

use crate::account::{DeviceKind, Role, WayOffer};
use crate::code::SentCode;
use crate::endpoint::{Endpoint, Method};
use crate::me::Action;
use crate::scan::Scan;
use crate::time::{Seconds, Timestamp};
use crate::wechat::WechatProfile;
use json::FromJson;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Begins a change, or goes on with the one under way in this browser; refused with the reason if
/// the action is closed for this account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartChange {
    /// What is to be changed.
    pub action: Action,
    /// The one thing it is about, by its id, where the action is about one: the device that is to be
    /// ended, the user that is to be deleted or gets another role. The grant is good for that one alone (G1, STP-02).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

impl StartChange {
    /// Of an action that is about the whole account.
    #[must_use]
    pub fn of(action: Action) -> Self {
        Self { action, about: None }
    }
}

impl Endpoint for StartChange {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/changes";
}

/// Asks where a change stands; after a reload, in a second tab, after a new sign-in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetChange {
    /// From the URL; useless without the cookies.
    pub change: String,
}

impl Endpoint for GetChange {
    type Reply = Change;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/changes/{change}";

    fn path(&self) -> Cow<'static, str> {
        Cow::Owned(format!("/api/v1/changes/{}", self.change))
    }
}

/// Where a change stands. Every answer inside a wizard is the whole fresh record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Opaque.
    pub id: String,
    /// What is being changed.
    pub action: Action,
    /// Raised by every write; a write with an older one answers `CHANGE_STALE`.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
    /// Seconds until the change is gone.
    pub expires_in: Seconds,
    /// The ways to prove identity.
    pub ways: Vec<WayOffer>,
    /// Where it stands.
    pub step: ChangeStep,
}

/// The steps of all changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeStep {
    /// The old identity is to be proven.
    Identify {
        /// The code to the bound phone, if one is alive.
        sent: Option<SentCode>,
        /// The scan by the bound WeChat, if one is open or waits to be redeemed.
        scan: Option<Scan>,
    },
    /// Proven; the new number is to be named.
    NewPhone {
        /// New numbers that may still be tried (P5).
        targets_left: u32,
    },
    /// The code to the new number is to be typed.
    NewCode {
        /// That code.
        sent: SentCode,
        /// New numbers that may still be tried (P5).
        targets_left: u32,
    },
    /// The new number is bound; the person signs in with it (P6).
    PhoneBound {
        /// The new number, masked.
        phone: String,
    },
    /// Proven; the new password is to be given.
    NewPassword,
    /// The new password is set; every other session of the account is ended.
    PasswordSet,
    /// Proven; the id of this change is the grant for its single action, good once and for five
    /// minutes in this login session (G1).
    Granted,
    /// Every other session of the account is ended.
    SessionsEnded {
        /// How many there were.
        count: u32,
    },
    /// The session of one device is ended.
    DeviceEnded {
        /// What that device is.
        kind: DeviceKind,
    },
    /// The user of the organization is deleted with everything personal (E3).
    UserDeleted,
    /// The user of the organization is a super admin, or no longer one (E4).
    SuperAdminChanged {
        /// The role that they have now.
        role: Role,
    },
    /// Proven; the new WeChat is to scan and to allow it there (W4).
    NewWechat {
        /// The scan, if one is open.
        scan: Option<Scan>,
    },
    /// The new WeChat has allowed it; whoever sees it here confirms that it is theirs (QR-18).
    ConfirmWechat {
        /// That WeChat.
        wechat: WechatProfile,
        /// Seconds until it would have to scan again.
        expires_in: Seconds,
    },
    /// The new WeChat is bound; the sessions opened with the replaced one are ended (W6).
    WechatBound {
        /// That WeChat.
        wechat: WechatProfile,
        /// Whether it took the place of another.
        replaced: bool,
        /// How many sessions were ended.
        ended: u32,
    },
    /// Proven; the last word is to be said (C4).
    ConfirmCancel,
    /// The account no longer exists, and nobody is signed in to it anywhere (C4).
    Canceled {
        /// What the person quotes to support.
        receipt: String,
    },
    /// Everybody is signed out; the account goes later, and until then signing in can undo it (C8).
    CoolingOff {
        /// What the person quotes to support.
        receipt: String,
        /// When the account goes.
        until: Timestamp,
    },
}
