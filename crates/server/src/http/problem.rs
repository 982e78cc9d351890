//! Problems as answers: `application/problem+json` (RFC 9457).
//!
//! A handler puts its problem into the response's extensions; the outermost layer, which has the request's
//! id, writes the body.

use crate::clock::Moment;
use crate::problem::{Problem, UNAVAILABLE_WAIT};
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use contract::refusal::Refusal;
use serde_json::json;

/// Marks an answer that describes the error in words, so that it is not replaced by a problem.
#[derive(Clone, Copy)]
pub(crate) struct InWords;

/// Renders the answer to a problem, with the id of the request.
pub(crate) fn render(problem: &Problem, request_id: &str, now: Moment) -> Response<Body> {
    let (status, mut body) = match problem {
        Problem::Refused { refusal, status, change, fresh, sentence } => {
            let mut body = serde_json::to_value(refusal).unwrap_or_else(|_| json!({ "code": "BAD_REQUEST" }));
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
        Problem::Unavailable(_) => (503, json!(Refusal::TooBusy { after: UNAVAILABLE_WAIT })),
        Problem::Fault(_) => (500, json!({ "code": "INTERNAL" })),
    };
    body["status"] = json!(status);
    body["request_id"] = json!(request_id);
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = problem.retry_after(now) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl IntoResponse for Problem {
    /// Puts the problem into the extensions, for the outermost layer to write the body.
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
    use super::render;
    use crate::clock::Moment;
    use crate::problem::Problem;
    use contract::refusal::Refusal;
    use serde_json::json;
    use std::time::Duration;

    const NOW: Moment = Moment::from_millis(0);

    #[tokio::test]
    async fn api_02_faults_tell_the_client_nothing() {
        let response = render(&Problem::fault("no such table: account"), "r1", NOW);
        assert_eq!(response.status(), 500);
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.expect("a body");
        let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(body, json!({ "code": "INTERNAL", "status": 500, "request_id": "r1" }));
    }

    #[test]
    fn otp_10_waiting_times_are_also_a_header() {
        let response = render(&Problem::from(Refusal::SendTooOften { after: 42 }), "r1", NOW);
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "42");
        let until = NOW.after(Duration::from_secs(900)).timestamp();
        let response = render(&Problem::from(Refusal::CodeTooMany { until }), "r1", NOW);
        assert_eq!(response.headers()["retry-after"], "900");
    }
}
