//! Canceling an account (C1–C8).

use crate::change::Change;
use crate::endpoint::{Endpoint, Method};
use crate::refusal::Refusal;
use crate::sign_in::SignIn;
use crate::time::Timestamp;
use json::FromJson;
use serde::{Deserialize, Serialize};

/// Asks what a person has to know before any effort (C5, C6); answered where canceling is closed
/// too.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetCancel {}

impl Endpoint for GetCancel {
    type Reply = Consequences;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/cancel";
}

/// What canceling the account would mean now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consequences {
    /// Every reason why it is closed, in the order in which they are cured; empty when it is open.
    pub closed: Vec<Refusal>,
    /// Days of paid membership that are lost, the present one included; absent where nothing is
    /// paid for (C5).
    pub benefit_days: Option<u32>,
    /// Meetings of this account that run and would end (C5).
    pub running_meetings: u32,
    /// Meetings of this account that are scheduled and would be dropped (C5).
    pub scheduled_meetings: u32,
    /// What is kept all the same.
    pub kept: Vec<Kept>,
    /// The version of the notice that [`StartCancel`] has to name (C2).
    pub notice: String,
    /// Days in which it can be undone; none is 0 (C8).
    pub cooling_off_days: u32,
}

/// One thing that outlives the account, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Kept {
    /// What it is.
    pub what: Remains,
    /// Days until it is gone.
    pub days: u32,
}

/// What outlives a canceled account (C7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Remains {
    /// That the number is not free yet, so that nobody passes for its last holder.
    RestingNumber,
    /// Receipt, version of the notice, times and way, under a pseudonym: the proof that the person
    /// wanted it.
    Receipt,
    /// What happened to the account, under the same pseudonym: to look into abuse.
    AuditTrail,
}

/// Begins to cancel, or goes on with what is under way in this browser. Whoever sends it has read
/// the notice and agreed to it: its version and the time are stored, and one that is not the
/// present version answers `NOTICE_NOT_READ` (C2).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartCancel {
    /// The version that was read.
    pub notice: String,
}

impl Endpoint for StartCancel {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/cancel/start";
}

/// Cancels the account and ends every session of it (C4), with a proof that is five minutes old at
/// most (DEL-03).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelAccount {
    /// The change it concludes; also the idempotency key.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
}

impl Endpoint for CancelAccount {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/cancel/confirm";

    fn idempotency_key(&self) -> Option<&str> {
        Some(&self.change)
    }
}

/// The account that a proof opened is being canceled; until then it can only be kept (C8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoolingOff {
    /// To be sent back in [`UndoCancel`].
    pub sign_in_id: String,
    /// To be sent back in [`UndoCancel`].
    pub account: String,
    /// Days that are left, the present one included.
    pub days_left: u32,
    /// When the account goes.
    pub until: Timestamp,
}

/// Keeps the account after all, and signs in to it (C8).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UndoCancel {
    /// From [`CoolingOff`]; good once, in this browser.
    pub sign_in_id: String,
    /// The account it named.
    pub account: String,
}

impl Endpoint for UndoCancel {
    type Reply = SignIn;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sign-in/undo-cancel";
}
