//! Past meetings, and whether they are listed on every device of the account (H1–H3).

use crate::account::DeviceKind;
use crate::endpoint::{Endpoint, Method};
use crate::time::Timestamp;
use json::FromJson;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Asks for a page of the meetings that this device may list, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetHistory {
    /// [`History::more`] of the page before; absent for the first.
    pub before: Option<String>,
}

impl Endpoint for GetHistory {
    type Reply = History;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/history/{before}";

    fn path(&self) -> Cow<'static, str> {
        match &self.before {
            Some(before) => Cow::Owned(format!("/api/v1/history/{before}")),
            None => Cow::Borrowed("/api/v1/history/now"),
        }
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct History {
    /// Whether meetings that end from now on are listed on every device.
    pub sync: HistorySync,
    /// The meetings.
    pub meetings: Vec<PastMeeting>,
    /// Names the next page, if there is one.
    pub more: Option<String>,
}

/// The switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistorySync {
    /// Whether it is on.
    pub on: bool,
    /// Since when, if it is: meetings that ended earlier stay with their device (H1).
    pub since: Option<Timestamp>,
}

/// A meeting that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastMeeting {
    /// The meeting service's name for it; each is listed once.
    pub id: String,
    /// As whoever called it wrote it; absent where nobody did.
    pub title: Option<String>,
    /// Whether this account started it.
    pub own: bool,
    /// On what it was held, at last.
    pub device: DeviceKind,
    /// Whether that was the device that asks.
    pub here: bool,
    /// When it began, for this account.
    pub started_at: Timestamp,
    /// When it ended, for this account.
    pub ended_at: Timestamp,
    /// Whether it is listed on every device; otherwise only on the one it was held on.
    pub synced: bool,
}

/// Turns history sync on or off (H1, H2). The reply is the switch's state afterwards.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetHistorySync {
    /// Where to.
    pub on: bool,
}

impl Endpoint for SetHistorySync {
    type Reply = HistorySync;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/history/sync";
}
