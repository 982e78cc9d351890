//! What the app gets instead of a reply: a refusal or trouble.

use crate::change::Change;
use crate::console::{Settings, User};
use crate::refusal::Refusal;
use json::FromJson;
use serde::{Deserialize, Serialize};

/// The body of every answer that is not a reply: RFC 9457 problem JSON
/// (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemBody {
    /// The HTTP status again.
    pub status: u16,
    /// The refusal's stable code, or `INTERNAL` for a fault of the server.
    #[serde(flatten)]
    pub refusal: Refusal,
    /// Names this request in the server's log; people quote it to support.
    pub request_id: String,
    /// The change as it is now, with every refusal that finds it elsewhere than the person's
    /// screen shows it: `CHANGE_STALE`, `STEP_OUT_OF_ORDER`, `STEP_UP_NEEDED` (G5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// With `VERSION_STALE`: what was to be changed, as it is now (ADM-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh: Option<Fresh>,
}

/// What somebody else has changed meanwhile, as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
// Where pointers are short the row is not large enough for the lint.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "whoever carries one about keeps it in a box")
)]
pub enum Fresh {
    /// The settings of the organization.
    Settings(Settings),
    /// One row of its users.
    User(User),
}

/// Why an answer did not come or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing could be sent.
    Offline,
    /// No answer in time; it is not known whether the server acted.
    Timeout,
    /// The answer makes no sense to this version of the app.
    Unreadable,
    /// The server failed; it names the request for support.
    Server {
        /// The request's id, empty if the answer did not come from our server.
        request_id: String,
    },
    /// A refusal this version of the app has no words for.
    Unknown {
        /// Its code.
        code: String,
        /// Names the request for support, as with [`Trouble::Server`].
        request_id: String,
    },
}

/// What a refusal says besides its code, unread: a sign-in needs none of it, and its readers are large.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusalDetails(Box<str>);

impl RefusalDetails {
    /// Those of a problem body.
    #[must_use]
    pub fn of(body: &str) -> Self {
        Self(body.into())
    }

    /// The change as it is now, if it stands elsewhere than the screen shows it.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        self.member("change")
    }

    /// What was to be changed, if somebody else changed it meanwhile.
    #[must_use]
    pub fn fresh(&self) -> Option<Fresh> {
        self.member("fresh")
    }

    fn member<T: FromJson>(&self, name: &str) -> Option<T> {
        json::parse(&self.0)?.member(name)
    }
}

/// Everything that can come instead of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The server understood and said no.
    Refused {
        /// What it said.
        refusal: Refusal,
        /// What it says besides.
        details: RefusalDetails,
        /// Names the request for support, as with [`Trouble::Server`].
        request_id: String,
    },
    /// The server did not say anything usable.
    Trouble(Trouble),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { refusal, details: RefusalDetails::default(), request_id: String::new() }
    }
}

impl Problem {
    /// What names the request to support; empty if nothing does.
    #[must_use]
    pub fn request_id(&self) -> &str {
        match self {
            Self::Refused { request_id, .. }
            | Self::Trouble(Trouble::Server { request_id } | Trouble::Unknown { request_id, .. }) => {
                request_id
            }
            Self::Trouble(_) => "",
        }
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            Self::Trouble(_) => None,
        }
    }
}
