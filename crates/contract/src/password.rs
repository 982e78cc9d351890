//! Setting or replacing the password.

use crate::change::Change;
use crate::endpoint::{Endpoint, Method};
use serde::{Deserialize, Serialize};

/// The sentences that the app shows as examples of a good password, one in each language; refused
/// as passwords themselves.
pub const EXAMPLES: [&str; 2] = ["wo zui ai zhou mo xia yu tian", "my left sock prefers rainy weekends"];

/// Sets the password and ends every other session of the account.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// The change it concludes; also the idempotency key.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
    /// As typed.
    pub new_password: String,
}

impl Endpoint for SetPassword {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/password";

    fn idempotency_key(&self) -> Option<&str> {
        Some(&self.change)
    }
}
