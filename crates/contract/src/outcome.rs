//! The recorded answer of an effect (G4, IDM-1).

use crate::change::Change;
use crate::endpoint::{Endpoint, Method};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Asks what became of an effect whose answer was lost; open to the browser that sent it for
/// ten minutes, even when the session is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetOutcome {
    /// The effect's idempotency key.
    pub key: String,
}

impl Endpoint for GetOutcome {
    type Reply = Change;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/outcomes/{key}";

    fn path(&self) -> Cow<'static, str> {
        Cow::Owned(format!("/api/v1/outcomes/{}", self.key))
    }
}
