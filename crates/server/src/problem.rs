//! Every answer that is not a reply.
//!
//! Everything that can fail returns `Err(Problem)`; `http::problem` turns it into `application/problem+json`.
//! Faults of the server answer `INTERNAL`; their cause is written to the log, never to the client (API-02). A
//! failing disk is not a fault of the request: it answers `TOO_BUSY` with 503, and the same request may
//! succeed later.

use crate::clock::Moment;
use contract::change::Change;
use contract::problem::Fresh;
use contract::refusal::{Refusal, SessionEnd};
use std::borrow::Cow;

/// Why a request was not answered with a reply.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// Understood and refused.
    Refused {
        refusal: Box<Refusal>,
        /// Usually the refusal's own; some are more exact, e.g. 413 for a body that is too large.
        status: u16,
        /// The current change, where the client shows it at another step (G5).
        change: Option<Box<Change>>,
        /// The current resource, where somebody else changed it meanwhile (ADM-2).
        fresh: Option<Box<Fresh>>,
        /// The refusal in words, for pages of the demo that have none.
        sentence: Option<Cow<'static, str>>,
    },
    /// The store cannot write now (a full or broken disk, a lock held by another process); nothing was
    /// written. The text is for the log.
    Unavailable(String),
    /// A fault of the server; the text is for the log.
    Fault(String),
}

/// Seconds to wait after a failure of the database.
pub(crate) const UNAVAILABLE_WAIT: u32 = 5;

/// The HTTP status of a request over a budget.
const TOO_MANY_REQUESTS: u16 = 429;

impl Problem {
    /// A malformed request with a more exact HTTP status than 400.
    pub(crate) fn malformed(status: u16) -> Self {
        Self::refused(Refusal::BadRequest, status)
    }

    fn refused(refusal: Refusal, status: u16) -> Self {
        Self::Refused { refusal: Box::new(refusal), status, change: None, fresh: None, sentence: None }
    }

    /// Somebody else changed it meanwhile; `fresh` is the current state.
    pub(crate) fn stale(fresh: Fresh) -> Self {
        let refusal = Refusal::VersionStale;
        Self::Refused {
            status: refusal.status(),
            refusal: Box::new(refusal),
            change: None,
            fresh: Some(Box::new(fresh)),
            sentence: None,
        }
    }

    /// The change is at another step than the client shows; `change` is the current state.
    pub(crate) fn elsewhere(refusal: Refusal, change: Change) -> Self {
        Self::Refused {
            status: refusal.status(),
            refusal: Box::new(refusal),
            change: Some(Box::new(change)),
            fresh: None,
            sentence: None,
        }
    }

    /// A request over a budget, with the seconds to wait. The server itself is not busy, so the status is 429
    /// and not 503.
    pub(crate) fn over_budget(after: u32) -> Self {
        Self::refused(Refusal::TooBusy { after }, TOO_MANY_REQUESTS)
    }

    /// Adds a sentence to a refusal.
    pub(crate) fn saying(mut self, words: fn(&Refusal) -> Cow<'static, str>) -> Self {
        if let Self::Refused { refusal, sentence, .. } = &mut self {
            *sentence = Some(words(refusal));
        }
        self
    }

    /// Whether the request was understood and refused; what was written before may be committed then.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether it says that the session is over; that a tab shows another account does not.
    pub(crate) fn is_session_over(&self) -> bool {
        let Self::Refused { refusal, .. } = self else { return false };
        // `NotSignedIn` is also the answer to a request that was under way with a token that was just renewed.
        let is_over = |why| !matches!(why, SessionEnd::AnotherAccount | SessionEnd::NotSignedIn);
        matches!(**refusal, Refusal::SessionEnded { why } if is_over(why))
    }

    /// What happened, for the operator.
    pub(crate) fn for_operator(&self) -> String {
        match self {
            Self::Unavailable(what) | Self::Fault(what) => what.clone(),
            Self::Refused { refusal, .. } => format!("{refusal:?}"),
        }
    }

    /// A fault of the server, described for its log.
    pub(crate) fn fault(what: impl std::fmt::Display) -> Self {
        Self::Fault(what.to_string())
    }

    /// Seconds until the same request may succeed.
    pub(crate) fn retry_after(&self, now: Moment) -> Option<u32> {
        let refusal = match self {
            Self::Refused { refusal, .. } => refusal,
            Self::Unavailable(_) => return Some(UNAVAILABLE_WAIT),
            Self::Fault(_) => return None,
        };
        match &**refusal {
            Refusal::SendTooOften { after } | Refusal::TooBusy { after } => Some(*after),
            Refusal::CodeTooMany { until }
            | Refusal::SendQuota { until }
            | Refusal::PasswordLocked { until } => {
                Moment::of_timestamp(until).map(|until| now.seconds_until(until))
            }
            _ => None,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = refusal.status();
        Self::refused(refusal, status)
    }
}
