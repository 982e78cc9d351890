//! Every answer that is not a reply.
//!
//! A handler returns `Err(Problem)`; the edge turns it into `application/problem+json` with the
//! request's id. Faults of the server answer `INTERNAL` and tell the log, never the client, what
//! happened (API-02). A disk that fails is no fault of a request: `TOO_BUSY` with 503, and the same
//! request may do better later.

use crate::clock::Moment;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use contract::change::Change;
use contract::problem::Fresh;
use contract::refusal::Refusal;
use serde_json::json;
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

/// Seconds after which a store that failed is worth another try.
const UNAVAILABLE_WAIT: u32 = 5;

impl Problem {
    /// A malformed request with a status more exact than 400.
    pub(crate) fn malformed(status: StatusCode) -> Self {
        Self::refused(Refusal::BadRequest, status.as_u16())
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
        Self::refused(Refusal::TooBusy { after }, StatusCode::TOO_MANY_REQUESTS.as_u16())
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

    /// A fault of the server, described for its log.
    pub(crate) fn fault(what: impl std::fmt::Display) -> Self {
        Self::Fault(what.to_string())
    }

    /// The answer as it goes out.
    pub(crate) fn render(&self, request_id: &str, now: Moment) -> Response<Body> {
        let (status, mut body) = match self {
            Self::Refused { refusal, status, change, fresh, sentence } => {
                let mut body =
                    serde_json::to_value(refusal).unwrap_or_else(|_| json!({ "code": "BAD_REQUEST" }));
                if let Some(change) = change {
                    body["change"] = json!(change);
                }
                if let Some(fresh) = fresh {
                    body["fresh"] = json!(fresh);
                }
                if let Some(sentence) = sentence {
                    body["sentence"] = json!(sentence);
                }
                (*status, body)
            }
            Self::Unavailable(_) => (503, json!(Refusal::TooBusy { after: UNAVAILABLE_WAIT })),
            Self::Fault(_) => (500, json!({ "code": "INTERNAL" })),
        };
        body["status"] = json!(status);
        body["request_id"] = json!(request_id);
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after(now) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// Seconds until the same request may do better.
    fn retry_after(&self, now: Moment) -> Option<u32> {
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

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if is_of_the_disk(&error) { Self::Unavailable(error.to_string()) } else { Self::fault(error) }
    }
}

/// Whether the file or the connection to it failed, and not the statement.
fn is_of_the_disk(error: &sqlx::Error) -> bool {
    // Primary result codes of SQLite: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
    const DISK: [i32; 7] = [5, 6, 8, 10, 13, 14, 15];
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_) => true,
        // The begin did what it should not: the transaction was rolled back at once.
        sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => {
            // The lowest byte of an extended code is the primary one.
            error
                .code()
                .and_then(|code| code.parse::<i32>().ok())
                .is_some_and(|code| DISK.contains(&(code & 0xff)))
        }
        _ => false,
    }
}

impl IntoResponse for Problem {
    /// Carries the problem to the edge, which knows the request's id and writes the body.
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = match &self {
            Self::Refused { status, .. } => StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST),
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use crate::clock::Moment;
    use contract::refusal::Refusal;
    use std::time::Duration;

    const NOW: Moment = Moment::from_millis(0);

    #[test]
    fn api_02_faults_tell_the_client_nothing() {
        let response = Problem::fault("no such table: account").render("r1", NOW);
        assert_eq!(response.status(), 500);
        let Problem::Fault(what) = Problem::from(sqlx::Error::RowNotFound) else { panic!("a fault") };
        assert!(!what.is_empty());
    }

    #[test]
    fn otp_10_waiting_times_are_also_a_header() {
        let response = Problem::from(Refusal::SendTooOften { after: 42 }).render("r1", NOW);
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "42");
        let until = NOW.after(Duration::from_secs(900)).timestamp();
        let response = Problem::from(Refusal::CodeTooMany { until }).render("r1", NOW);
        assert_eq!(response.headers()["retry-after"], "900");
    }
}
