//! Being in several meetings at the same time (M1–M5).

use crate::account::{DeviceKind, Edition};
use crate::endpoint::{Endpoint, Method};
use crate::time::{Seconds, Timestamp};
use json::FromJson;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The five kinds of device that hold a slot (M4), in the order in which they are shown.
pub const SLOTS: [DeviceKind; 5] =
    [DeviceKind::Windows, DeviceKind::Mac, DeviceKind::Android, DeviceKind::Ios, DeviceKind::Ipad];

/// Asks which meetings the account is in now. Cheap enough to be asked again every
/// [`Meetings::poll_in`] seconds while somebody looks: that is how a screen learns that a meeting
/// began or ended elsewhere.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetMeetings {}

impl Endpoint for GetMeetings {
    type Reply = Meetings;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/meetings";
}

/// Which meetings the account is in now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Meetings {
    /// What is paid for, which decides.
    pub edition: Edition,
    /// The rules that apply to this edition.
    pub rules: Vec<MeetingRule>,
    /// One for each of [`SLOTS`], in that order.
    pub slots: Vec<Slot>,
    /// Meetings held in a browser or on a shared device, which takes no slot (M4).
    pub beside: Vec<Attended>,
    /// Seconds until it is worth asking again.
    pub poll_in: Seconds,
}

/// The place that one kind of device has in meetings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Slot {
    /// The kind.
    pub kind: DeviceKind,
    /// The meeting it is in; absent when it is free.
    pub meeting: Option<Attended>,
}

/// A meeting that the account is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attended {
    /// The meeting service's name for it.
    pub id: String,
    /// As whoever called it wrote it; absent where nobody did.
    pub title: Option<String>,
    /// Whether this account started it; otherwise it is somebody else's.
    pub own: bool,
    /// Since when.
    pub since: Timestamp,
    /// Whether it is on the device that asks.
    pub here: bool,
    /// Whether the account is signed in on that device; a meeting goes on after signing out.
    pub signed_in: bool,
}

/// Asks whether the account could be in one more meeting (M5).
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetCanJoin {
    /// On which kind of device.
    pub device_kind: DeviceKind,
    /// Whether it would be a meeting that this account starts.
    pub own: bool,
}

impl GetCanJoin {
    /// What its address carries behind the `?`, by name.
    pub const QUERY: [&'static str; 2] = ["device_kind", "own"];
}

impl Endpoint for GetCanJoin {
    type Reply = CanJoin;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/meetings/can-join";

    fn path(&self) -> Cow<'static, str> {
        let kind = match self.device_kind {
            DeviceKind::Windows => "windows",
            DeviceKind::Mac => "mac",
            DeviceKind::Android => "android",
            DeviceKind::Ios => "ios",
            DeviceKind::Ipad => "ipad",
            DeviceKind::Web => "web",
            DeviceKind::Kiosk => "kiosk",
        };
        Cow::Owned(format!("{}?device_kind={kind}&own={}", Self::PATH, self.own))
    }
}

/// Whether the account could be in one more meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CanJoin {
    /// It could.
    Yes,
    /// This rule decides that it could not.
    No(MeetingRule),
}

/// The rules of being in several meetings, by their ids in docs/rules.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MeetingRule {
    /// Free, member, business: of the meetings this account started, in one at a time.
    M1,
    /// The same editions: up to five different meetings, one for each kind of device.
    M2,
    /// Enterprise: up to five different meetings, own or others'.
    M3,
    /// One meeting for each kind of device.
    M4,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m5_the_address_names_the_kind_as_the_wire_does() {
        let others = [DeviceKind::Web, DeviceKind::Kiosk];
        for device_kind in SLOTS.into_iter().chain(others) {
            let kind = serde_json::to_string(&device_kind).expect("a name").replace('"', "");
            let path = GetCanJoin { device_kind, own: true }.path();
            assert_eq!(path, format!("/api/v1/meetings/can-join?device_kind={kind}&own=true"));
        }
    }

    #[test]
    fn m5_the_answer_is_a_word_or_names_the_rule() {
        let text = |answer| serde_json::to_string(&answer).expect("JSON");
        assert_eq!(text(CanJoin::Yes), r#""yes""#);
        assert_eq!(text(CanJoin::No(MeetingRule::M3)), r#"{"no":"M3"}"#);
    }
}
