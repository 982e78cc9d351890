//! Timestamps and durations on the wire.

use json::FromJson;
use serde::{Deserialize, Serialize};

/// A moment as RFC 3339 text, e.g. `2026-11-22T02:06:41Z`.
///
/// The contract only carries it: the server makes it from its clock, the app hands it to the
/// browser's `Intl`. Countdowns use seconds instead, because the device's clock may be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Timestamp(pub String);

/// A duration in whole seconds, counted from the moment the answer was made.
pub type Seconds = u32;
