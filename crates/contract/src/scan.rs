//! Scans: a QR on this screen, the consent on a phone (W3, W4, W8, QR-*).
//!
//! The QR contains a secret that a phone needs to answer the scan; it can be photographed, and it
//! gives no access to the scan's state or result. Reading and redeeming a scan takes its id and the
//! cookie of the browser that began it, for a change also its login session. Without them the answer
//! is `NOT_FOUND`, as for a scan that does not exist.

use crate::change::Change;
use crate::endpoint::{Endpoint, Method};
use crate::refusal::Refusal;
use crate::time::Seconds;
use json::FromJson;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a scan is good for; one begun for one purpose never serves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScanPurpose {
    /// To sign in.
    SignIn,
    /// To prove the bound WeChat in a change (W3).
    VerifyBound,
    /// To prove the WeChat that is to be bound (W4).
    BindNew,
}

/// Where a scan stands. It only ever goes on, and its ends are ends:
///
/// ```text
/// created ─► waiting ─► scanned ─► confirmed ─► consumed
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScanState {
    /// Begun; WeChat has not made its QR yet.
    Created,
    /// The QR can be scanned.
    Waiting,
    /// A phone has it, and no other can get it.
    Scanned,
    /// Allowed on that phone; to be redeemed by the browser that began it.
    Confirmed,
    /// Redeemed.
    Consumed,
    /// Refused on that phone.
    Denied,
    /// Its time is over.
    Expired,
    /// A newer one took its place, or what it was begun for is over.
    Superseded,
    /// Allowed by another WeChat than the bound one.
    Mismatch,
    /// Allowed by the WeChat that is bound already.
    Same,
    /// Allowed by a WeChat that another account of the tenant holds.
    Taken,
    /// WeChat answered with a visitor's identity.
    Snapshot,
    /// WeChat made no QR.
    Failed,
}

impl ScanState {
    /// Whether something may still happen on a phone: as long as it is worth asking again.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Waiting | Self::Scanned)
    }

    /// The refusal that an end means, for its words; none while it goes well.
    #[must_use]
    pub fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Created | Self::Waiting | Self::Scanned | Self::Confirmed | Self::Consumed => None,
            Self::Denied => Some(Refusal::WechatDenied),
            Self::Expired => Some(Refusal::ScanExpired),
            Self::Superseded => Some(Refusal::ScanSuperseded),
            Self::Mismatch => Some(Refusal::WechatMismatch),
            Self::Same => Some(Refusal::WechatSame),
            Self::Taken => Some(Refusal::WechatTaken),
            Self::Snapshot => Some(Refusal::WechatSnapshot),
            Self::Failed => Some(Refusal::WechatBusy),
        }
    }
}

/// One QR attempt as the browser that began it sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scan {
    /// Opaque; not what the QR shows.
    pub id: String,
    /// What it is good for.
    pub purpose: ScanPurpose,
    /// Where it stands.
    pub state: ScanState,
    /// Two digits that the phone shows too, so that people know it is their own screen; from
    /// `scanned` on.
    #[serde(rename = "match")]
    pub number: Option<String>,
    /// Seconds until it ends by itself: the QR, or once confirmed the time to redeem it.
    pub expires_in: Seconds,
    /// Seconds to wait before asking again where there is no event stream.
    pub poll_in: Seconds,
    /// The text to draw. Told only in the answer that began the scan: the server keeps no copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<String>,
}

/// Begins a scan to sign in; one that this browser began before is superseded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartSignInScan {}

impl Endpoint for StartSignInScan {
    type Reply = Scan;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sign-in/scan";
}

/// Begins a scan by which the bound WeChat proves a change (W3). The answer is the change with the
/// scan in its step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartStepUpScan {
    /// The change it is for.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
}

impl Endpoint for StartStepUpScan {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/step-up/scan";
}

/// Begins a scan by the WeChat that is to be bound (W4), with a proof that is five minutes old at
/// most. The answer is the change with the scan in its step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartNewWechatScan {
    /// The change it is for.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
}

impl Endpoint for StartNewWechatScan {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/wechat/scan";
}

/// Asks where a scan stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetScan {
    /// From the answer that began it; useless without the cookies.
    pub scan: String,
}

impl Endpoint for GetScan {
    type Reply = Scan;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/scans/{scan}";

    fn path(&self) -> Cow<'static, str> {
        Cow::Owned(format!("/api/v1/scans/{}", self.scan))
    }
}

/// The same as a stream of server-sent events: `scan` with a [`Scan`] whenever it moves on, the
/// first at once, the stream's end with the scan's. A browser has one stream; a newer one ends the
/// older with the event `replaced`, after which its tab asks by [`GetScan`] instead.
pub const SCAN_EVENTS: &str = "/api/v1/scans/{scan}/events";

/// The path of the event stream of a scan.
#[must_use]
pub fn events_path(scan: &str) -> String {
    SCAN_EVENTS.replace("{scan}", scan)
}

#[cfg(test)]
mod tests {
    use super::{Scan, ScanPurpose, ScanState, events_path};

    #[test]
    fn qr_02_a_scan_is_written_with_its_text_only_where_it_began() {
        let mut scan = Scan {
            id: "s1".into(),
            purpose: ScanPurpose::VerifyBound,
            state: ScanState::Waiting,
            number: None,
            expires_in: 120,
            poll_in: 2,
            qr: Some("https://example.test/q".into()),
        };
        let text = serde_json::to_string(&scan).expect("JSON");
        assert!(
            text.contains(r#""match":null"#) && text.contains(r#""qr":"https://example.test/q""#),
            "{text}"
        );
        scan.qr = None;
        let text = serde_json::to_string(&scan).expect("JSON");
        assert!(!text.contains("qr"), "{text}");
        assert_eq!(serde_json::from_str::<Scan>(&text).expect("a scan"), scan);
        assert_eq!(events_path("s1"), "/api/v1/scans/s1/events");
    }
}
