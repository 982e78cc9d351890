//! Step-up: verifying the current identity inside a change (P5); the proof is stored in the change.

use crate::change::Change;
use crate::endpoint::{Endpoint, Method};
use serde::{Deserialize, Serialize};

/// Sends a code to the bound phone. Where it goes is read from the account, never from here
/// (OTP-12).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SendStepUpCode {
    /// The change it is for.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
}

impl Endpoint for SendStepUpCode {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/step-up/code";
}

/// Proves the bound phone by its code.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepUpBySms {
    /// The change it is for.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
    /// As typed.
    pub code: String,
}

impl Endpoint for StepUpBySms {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/step-up/sms";
}

/// Proves the account by its password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepUpByPassword {
    /// The change it is for.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
    /// As typed.
    pub password: String,
}

impl Endpoint for StepUpByPassword {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/step-up/password";
}

/// Proves the bound WeChat by a scan that it allowed; another WeChat is refused (W3).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepUpByWechat {
    /// The change it is for.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
    /// A scan of this change that stands at `confirmed`; good once.
    pub scan: String,
}

impl Endpoint for StepUpByWechat {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/step-up/wechat";
}
