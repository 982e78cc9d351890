//! Every answer that is not a reply.
//!
//! Everything that can fail answers `Err(Problem)`; `http::problem` turns it into `application/problem+json`.
//! Faults of the server answer `INTERNAL`, and what happened is written to the log, never to the client
//! (API-02). A disk that fails is no fault of a request: `TOO_BUSY` with 503, and the same request may succeed
//! later.

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
        /// What travels in the body.
        refusal: Box<Refusal>,
        /// Usually the refusal's own; a body that is too large answers 413, and so on.
        status: u16,
        /// The change as it is now, where the person's screen shows it otherwise (G5).
        change: Option<Box<Change>>,
        /// What was to be changed, where somebody else changed it meanwhile (ADM-2).
        fresh: Option<Box<Fresh>>,
        /// The same for people, for a page of ours that has no words of its own.
        sentence: Option<Cow<'static, str>>,
    },
    /// The store does not take it now (a full or broken disk, a lock that somebody else holds); nothing
    /// was written, and the text is for the log.
    Unavailable(String),
    /// Our fault; the text is for the log.
    Fault(String),
}

/// Seconds after which a database that failed is worth another try.
pub(crate) const UNAVAILABLE_WAIT: u32 = 5;

/// The HTTP status of a request over a budget.
const TOO_MANY_REQUESTS: u16 = 429;

impl Problem {
    /// A malformed request with an HTTP status more exact than 400.
    pub(crate) fn malformed(status: u16) -> Self {
        Self::refused(Refusal::BadRequest, status)
    }

    fn refused(refusal: Refusal, status: u16) -> Self {
        Self::Refused { refusal: Box::new(refusal), status, change: None, fresh: None, sentence: None }
    }

    /// Somebody else was quicker; here is what they made of it.
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

    /// The change does not stand where the person's screen shows it; here is how it stands.
    pub(crate) fn elsewhere(refusal: Refusal, change: Change) -> Self {
        Self::Refused {
            status: refusal.status(),
            refusal: Box::new(refusal),
            change: Some(Box::new(change)),
            fresh: None,
            sentence: None,
        }
    }

    /// More than a budget allows; asked again after so many seconds it may do better. The server itself
    /// is not busy, so 429 and not 503.
    pub(crate) fn over_budget(after: u32) -> Self {
        Self::refused(Refusal::TooBusy { after }, TOO_MANY_REQUESTS)
    }

    /// With a sentence beside a refusal.
    pub(crate) fn saying(mut self, words: fn(&Refusal) -> Cow<'static, str>) -> Self {
        if let Self::Refused { refusal, sentence, .. } = &mut self {
            *sentence = Some(words(refusal));
        }
        self
    }

    /// Whether it was understood and refused: then what was done until there may be committed.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether it says that the session is over. That a tab shows another account says nothing about it.
    pub(crate) fn is_session_over(&self) -> bool {
        let Self::Refused { refusal, .. } = self else { return false };
        matches!(**refusal, Refusal::SessionEnded { why } if why != SessionEnd::AnotherAccount)
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

    /// Seconds until the same request may do better.
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
