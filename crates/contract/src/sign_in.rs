//! Signing in and out (L1, L2).

use crate::account::{Edition, Surface, Tenant};
use crate::cancel::CoolingOff;
use crate::code::SentCode;
use crate::endpoint::{Done, Endpoint, Method};
use json::FromJson;
use serde::{Deserialize, Serialize};

/// Asks for a code to sign in; the answer is the same for known and unknown numbers (L1).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SendSignInCode {
    /// As typed; the server normalizes it.
    pub phone: String,
}

impl Endpoint for SendSignInCode {
    type Reply = SentCode;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sign-in/code";
}

/// Signs in by the code from the SMS; a right code for an unknown mainland number opens a free
/// account (L1).
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignInBySms {
    /// As typed.
    pub phone: String,
    /// As typed.
    pub code: String,
}

impl Endpoint for SignInBySms {
    type Reply = SignIn;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sign-in/sms";
}

/// Signs in by the password; it opens the accounts of the number whose hash matches (L1).
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignInByPassword {
    /// As typed.
    pub phone: String,
    /// As typed.
    pub password: String,
}

impl Endpoint for SignInByPassword {
    type Reply = SignIn;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sign-in/password";
}

/// Signs in by a scan that was allowed on a phone; it opens the accounts that hold that WeChat.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignInByWechat {
    /// A scan of this browser that stands at `confirmed`; good once (QR-05).
    pub scan: String,
}

impl Endpoint for SignInByWechat {
    type Reply = SignIn;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sign-in/wechat";
}

/// Picks one of the accounts the proof opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChooseAccount {
    /// From [`SignIn::Choose`]; good once, in this browser.
    pub sign_in_id: String,
    /// One of the offered accounts.
    pub account: String,
}

impl Endpoint for ChooseAccount {
    type Reply = SignIn;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sign-in/choose";
}

/// What a proof opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// One account; the session cookie is set.
    SignedIn,
    /// Several accounts, or one that this browser has not known and a phone brought; the person
    /// chooses.
    Choose(Choice),
    /// One account that is being canceled; nobody is signed in.
    CoolingOff(CoolingOff),
}

/// The accounts a proof opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// To be sent back in [`ChooseAccount`].
    pub sign_in_id: String,
    /// At least one.
    pub accounts: Vec<AccountOption>,
}

/// One account of a [`Choice`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountOption {
    /// To be sent back in [`ChooseAccount`].
    pub id: String,
    /// The organization, absent for a personal account.
    pub tenant: Option<Tenant>,
    /// Its edition.
    pub edition: Edition,
    /// Its number, masked.
    pub phone: String,
}

/// Signs out of this browser. 退出登录; 注销 is something else.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignOut {}

impl Endpoint for SignOut {
    type Reply = Done;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sign-out";
}

/// The cookie that marks a shared device. It proves nothing: it only takes rights away, so the server stores
/// nothing for it. Server and app set it; other tabs and the next document read it.
pub const SHARED_COOKIE: &str = "__Host-shared";

/// Says where the next sign-in of this browser happens (docs/rules.md, Terms: surface).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum EnterSurface {
    /// Redeems the one-use 60 s code that a configured host got from the server.
    HostCode(String),
    /// A shared device; needs no proof because it only takes rights away. Ends what is going on in
    /// this browser.
    Kiosk,
    /// A device of one's own again; likewise.
    Web,
}

impl Endpoint for EnterSurface {
    type Reply = Entered;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/surface";
}

/// Ends the visit of a person at a shared device: their session, chooser, scans, changes and outcomes. The browser
/// gets another id, so the next person has nothing of theirs (G6). Refused elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EndVisit {}

impl Endpoint for EndVisit {
    type Reply = Done;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/surface/end-visit";
}

/// Where this browser's next sign-in happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entered {
    /// The surface the server will write into the session.
    pub surface: Surface,
}
