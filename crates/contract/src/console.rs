//! The organization's console, for its super admins alone (E1–E4). Everybody else gets
//! `FORBIDDEN`, whatever they ask for.

use crate::account::Role;
use crate::change::Change;
use crate::endpoint::{Endpoint, Gated, Method};
use crate::me::Action;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use json::FromJson;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt::Write;

/// Asks what is allowed in the organization.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetSettings {}

impl Endpoint for GetSettings {
    type Reply = Settings;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/enterprise/settings";
}

/// What is allowed in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// Whether its users may change their avatars (E1).
    pub avatars_open: bool,
    /// Raised by every change; one that was made for an older one answers `VERSION_STALE`.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
}

/// Changes what is allowed. If another super admin was quicker it answers `VERSION_STALE` with the
/// settings as they are now, and nothing changes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetSettings {
    /// Whether the users may change their avatars.
    pub avatars_open: bool,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
}

impl Endpoint for SetSettings {
    type Reply = Settings;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = GetSettings::PATH;
}

/// Asks for a page of the organization's users, those that have been there longest first (E2).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GetUsers {
    /// A piece of the nickname, or a number: whole, masked or its last four digits. Of a number only
    /// what is shown anyway is compared (G3). Absent or empty for all.
    pub search: Option<String>,
    /// [`Users::more`] of the page before; absent for the first.
    pub after: Option<String>,
}

impl GetUsers {
    /// The most characters of a search, with no spaces around it: nobody's nickname is longer.
    pub const LONGEST: usize = 64;
    /// What its address may carry behind the `?`, by name.
    pub const QUERY: [&'static str; 2] = ["search", "after"];
}

impl Endpoint for GetUsers {
    type Reply = Users;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/enterprise/users";

    fn path(&self) -> Cow<'static, str> {
        let mut path = Self::PATH.to_owned();
        let mut mark = '?';
        for (name, value) in Self::QUERY.into_iter().zip([&self.search, &self.after]) {
            if let Some(value) = value {
                let _ = write!(path, "{mark}{name}={}", encoded(value));
                mark = '&';
            }
        }
        Cow::Owned(path)
    }
}

/// A text as an address carries it (RFC 3986).
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Users {
    /// The users.
    pub users: Vec<User>,
    /// How many there are that match, on all pages.
    pub total: u32,
    /// Names the next page, if there is one.
    pub more: Option<String>,
}

/// One user of the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Opaque.
    pub id: String,
    /// As the person chose it.
    pub nickname: String,
    /// What stands in for the picture: the first grapheme cluster of the nickname that can be seen.
    /// Empty where there is none.
    #[serde(default)]
    pub initial: String,
    /// Names the picture, see [`address`](crate::avatar::address); absent where
    /// [`User::initial`] stands in.
    pub avatar: Option<String>,
    /// The number, masked (G3).
    pub phone: String,
    /// The place in the organization.
    pub role: Role,
    /// Whether the organization's own sign-in manages the account.
    pub sso: bool,
    /// Since when the person has the account.
    pub since: Timestamp,
    /// Whether it is the one that asks.
    pub oneself: bool,
    /// Why it cannot be deleted as it is; absent when it can (E3).
    pub delete_closed: Option<Refusal>,
    /// Why it cannot be given another role; absent when it can (E4).
    pub role_closed: Option<Refusal>,
    /// Raised by every change of the role; one that was made for an older one answers
    /// `VERSION_STALE`.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
}

/// Gives a user another role (E4); where one of the two is super admin it answers `STEP_UP_NEEDED`, and
/// [`ChangeSuperAdmin`] takes its place. If somebody else was quicker it answers `VERSION_STALE` with the
/// row as it is now, and nothing changes; of another organization's user `NOT_FOUND`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    /// From [`User::id`].
    pub user: String,
    /// Which.
    pub role: Role,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
}

impl Endpoint for SetRole {
    type Reply = User;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/enterprise/users/role";
}

/// Makes a user a super admin, or no longer one, by giving them another role (E4). Without a grant it answers
/// `STEP_UP_NEEDED` (G1), or what [`SetRole`] would; a change between other roles `BAD_REQUEST`. Every
/// super admin of the organization gets a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeSuperAdmin {
    /// From [`User::id`].
    pub user: String,
    /// Which.
    pub role: Role,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
    /// The id of a change of this action about this user that stands at `granted`; also the
    /// idempotency key.
    #[serde(default)]
    pub grant: Option<String>,
}

impl Endpoint for ChangeSuperAdmin {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/enterprise/users/super-admin";

    fn idempotency_key(&self) -> Option<&str> {
        self.grant.as_deref()
    }
}

impl Gated for ChangeSuperAdmin {
    const ACTION: Action = Action::ChangeSuperAdmin;

    fn about(&self) -> Option<&str> {
        Some(&self.user)
    }

    fn granted(self, grant: String) -> Self {
        Self { grant: Some(grant), ..self }
    }
}

/// Deletes a user with everything personal (E3). Without a grant it answers `STEP_UP_NEEDED` (G1), or
/// the reason why that user cannot be deleted; of another organization's user `NOT_FOUND`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteUser {
    /// From [`User::id`].
    pub user: String,
    /// The id of a change of this action about this user that stands at `granted`; also the
    /// idempotency key.
    #[serde(default)]
    pub grant: Option<String>,
}

impl DeleteUser {
    /// As it is sent first.
    #[must_use]
    pub fn of(user: String) -> Self {
        Self { user, grant: None }
    }
}

impl Endpoint for DeleteUser {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/enterprise/users/delete";

    fn idempotency_key(&self) -> Option<&str> {
        self.grant.as_deref()
    }
}

impl Gated for DeleteUser {
    const ACTION: Action = Action::DeleteUser;

    fn about(&self) -> Option<&str> {
        Some(&self.user)
    }

    fn granted(self, grant: String) -> Self {
        Self { grant: Some(grant), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e2_what_is_searched_for_is_no_part_of_the_address() {
        let ask = |search: Option<&str>, after: Option<&str>| {
            let request = GetUsers { search: search.map(Into::into), after: after.map(Into::into) };
            request.path().into_owned()
        };
        assert_eq!(ask(None, None), GetUsers::PATH);
        assert_eq!(ask(None, Some("1-a")), "/api/v1/enterprise/users?after=1-a");
        assert_eq!(
            ask(Some("a&after=%\u{6797}"), Some("1")),
            "/api/v1/enterprise/users?search=a%26after%3D%25%E6%9E%97&after=1"
        );
    }
}
