//! The devices on which an account is signed in.

use crate::account::{DeviceKind, Way};
use crate::change::Change;
use crate::endpoint::{Endpoint, Gated, Method};
use crate::me::Action;
use crate::time::Timestamp;
use json::FromJson;
use serde::{Deserialize, Serialize};

/// Asks where the account is signed in.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetDevices {}

impl Endpoint for GetDevices {
    type Reply = Devices;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/devices";
}

/// Where the account is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Devices {
    /// This one first, then the one seen last.
    pub devices: Vec<Device>,
}

/// One device with a living login session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    /// Opaque.
    pub id: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Whether it is the one that asks; true for exactly one (SES-06).
    pub here: bool,
    /// How it signed in.
    pub way: Way,
    /// When it signed in.
    pub signed_in_at: Timestamp,
    /// When it was last used, to the hour.
    pub last_seen_at: Timestamp,
}

/// Ends the login session of one other device. Without a grant it answers `STEP_UP_NEEDED` (G1); for
/// a device on which the account is not signed in `NOT_FOUND`, and for this one `FORBIDDEN`: that is
/// signing out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EndDevice {
    /// From [`Device::id`].
    pub device: String,
    /// The id of a change of this action about this device that stands at `granted`; also the
    /// idempotency key.
    #[serde(default)]
    pub grant: Option<String>,
}

impl EndDevice {
    /// As it is sent first.
    #[must_use]
    pub fn of(device: String) -> Self {
        Self { device, grant: None }
    }
}

impl Endpoint for EndDevice {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/devices/end";

    fn idempotency_key(&self) -> Option<&str> {
        self.grant.as_deref()
    }
}

impl Gated for EndDevice {
    const ACTION: Action = Action::EndDevice;

    fn about(&self) -> Option<&str> {
        Some(&self.device)
    }

    fn granted(self, grant: String) -> Self {
        Self { grant: Some(grant), ..self }
    }
}

/// Ends every login session of the account but this one. Without a grant it answers
/// `STEP_UP_NEEDED` (G1).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EndOtherSessions {
    /// The id of a change of this action that stands at `granted`; also the idempotency key.
    pub grant: Option<String>,
}

impl Endpoint for EndOtherSessions {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/devices/end-others";

    fn idempotency_key(&self) -> Option<&str> {
        self.grant.as_deref()
    }
}

impl Gated for EndOtherSessions {
    const ACTION: Action = Action::EndOtherSessions;

    fn granted(self, grant: String) -> Self {
        Self { grant: Some(grant) }
    }
}
