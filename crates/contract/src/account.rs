//! Types that several topics share; the terms are defined in `docs/rules.md`, section 1.

use json::FromJson;
use serde::{Deserialize, Serialize};

/// What an account may do, by what is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// Personal, unpaid.
    Free,
    /// Personal, paid until a date.
    Member,
    /// An organization's business edition.
    Business,
    /// An organization's enterprise edition.
    Enterprise,
}

/// A person's place in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the organization.
    SuperAdmin,
    /// Helps to run it.
    Admin,
    /// Everyone else.
    Ordinary,
}

/// Where a login session was opened; rules read this and never the user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// A browser, and everything that did not prove to be something else.
    Web,
    /// The webview of the mobile app.
    App,
    /// The webview of the desktop client.
    Desktop,
    /// A shared device; asking for it only takes rights away.
    Kiosk,
}

/// What a device is. The first five are the 五端 of the meeting rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum DeviceKind {
    Windows,
    Mac,
    Android,
    Ios,
    Ipad,
    Web,
    Kiosk,
}

/// How identity is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A code by SMS to the bound phone.
    Sms,
    /// The account's password.
    Password,
    /// The bound WeChat.
    Wechat,
}

/// A way and, if it is closed now, the reason (which carries the moment it opens).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WayOffer {
    /// The way.
    pub way: Way,
    /// Why it cannot be used now; absent when it can.
    pub closed: Option<crate::refusal::Refusal>,
}

/// The organization an account belongs to; absent for personal accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tenant {
    /// Opaque.
    pub id: String,
    /// As the organization writes it.
    pub name: String,
}
