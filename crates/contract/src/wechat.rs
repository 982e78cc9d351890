//! The WeChat of an account: bound for the first time or replaced (W1–W8).

use crate::change::Change;
use crate::endpoint::{Endpoint, Method};
use json::FromJson;
use serde::{Deserialize, Serialize};

/// How many tones a [`WechatProfile`] has.
pub const TONES: u8 = 8;

/// A WeChat as people know it: what it calls itself, and what to draw for it. Pictures lie on
/// WeChat's hosts, which our pages never ask, so an initial on a colored ground stands for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WechatProfile {
    /// As its owner chose it.
    pub nickname: String,
    /// Its first grapheme cluster that can be seen.
    pub initial: String,
    /// The ground it is drawn on, below [`TONES`]; the same WeChat always has the same one.
    pub tone: u8,
}

/// Binds the WeChat that the change shows at `confirm_wechat` (W4, QR-18).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BindWechat {
    /// The change it concludes; also the idempotency key.
    pub change: String,
    /// The version the person saw; a newer scan would have raised it.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
}

impl Endpoint for BindWechat {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/wechat/bind";

    fn idempotency_key(&self) -> Option<&str> {
        Some(&self.change)
    }
}
