//! The only file that talks to the server.

use crate::browser;
use crate::session::Session;
use contract::change::Change;
use contract::endpoint::{Endpoint, Method};
use contract::problem::{Problem, Trouble};
use contract::refusal::Refusal;
use gloo_net::http::{RequestBuilder, Response};
use serde::Deserialize;

/// After this many milliseconds an answer is given up; a slow network needs many of them (F-03).
const PATIENCE: u32 = 20_000;

/// Sends requests; ends the tab's session when the server says it is over.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    session: Session,
}

impl Api {
    pub(crate) fn new(session: Session) -> Self {
        Self { session }
    }

    /// Sends one request and brings its reply.
    ///
    /// # Errors
    /// The server's refusal, or the trouble that kept its answer away.
    pub(crate) async fn send<E: Endpoint>(self, request: E) -> Result<E::Reply, Problem> {
        let body = match E::METHOD {
            Method::Get => None,
            Method::Post => serde_json::to_string(&request).ok(),
        };
        let answer = exchange(E::METHOD, &request.path(), request.idempotency_key(), body).await;
        let answer =
            answer.and_then(|text| serde_json::from_str(&text).map_err(|_| trouble(Trouble::Unreadable)));
        if let Err(Problem::Refused { refusal: Refusal::SessionEnded { why }, .. }) = &answer {
            self.session.ended(*why);
        }
        answer
    }
}

/// One HTTP exchange; not generic, so that it is in the wasm once.
async fn exchange(
    method: Method,
    path: &str,
    key: Option<&str>,
    body: Option<String>,
) -> Result<String, Problem> {
    let method = match method {
        Method::Get => gloo_net::http::Method::GET,
        Method::Post => gloo_net::http::Method::POST,
    };
    let mut request = RequestBuilder::new(path)
        .method(method)
        .header("X-Client", concat!("menshen-web/", env!("CARGO_PKG_VERSION")))
        .abort_signal(Some(&browser::patience(PATIENCE)));
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    let sent = match body {
        Some(body) => match request.header("Content-Type", "application/json").body(body) {
            Ok(request) => request.send().await,
            Err(error) => Err(error),
        },
        None => request.send().await,
    };
    match sent {
        Ok(response) => read(response).await,
        Err(_) if browser::is_offline() => Err(trouble(Trouble::Offline)),
        Err(_) => Err(trouble(Trouble::Timeout)),
    }
}

async fn read(response: Response) -> Result<String, Problem> {
    let ok = response.ok();
    let status = response.status();
    let text = response.text().await.map_err(|_| trouble(Trouble::Unreadable))?;
    if ok { Ok(text) } else { Err(problem(status, &text)) }
}

/// The members every problem body has, whatever else is in it.
#[derive(Deserialize)]
struct Envelope {
    code: String,
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    change: Option<Box<Change>>,
}

/// Reads a problem body. A refusal this app does not know keeps its code for support.
fn problem(status: u16, text: &str) -> Problem {
    match (serde_json::from_str::<Refusal>(text), serde_json::from_str::<Envelope>(text)) {
        (Ok(refusal), envelope) => {
            Problem::Refused { refusal, change: envelope.ok().and_then(|envelope| envelope.change) }
        }
        (Err(_), Ok(envelope)) if status < 500 => trouble(Trouble::Unknown { code: envelope.code }),
        (Err(_), Ok(envelope)) => trouble(Trouble::Server { request_id: envelope.request_id }),
        (Err(_), Err(_)) if status >= 500 => trouble(Trouble::Server { request_id: String::new() }),
        _ => trouble(Trouble::Unreadable),
    }
}

fn trouble(trouble: Trouble) -> Problem {
    Problem::Trouble(trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(refusal: Refusal) -> Problem {
        refusal.into()
    }

    #[test]
    fn problem_bodies_are_read() {
        let wrong =
            r#"{"type":"about:blank","status":422,"code":"CODE_WRONG","left":4,"request_id":"r1","new":[]}"#;
        assert_eq!(problem(422, wrong), refused(Refusal::CodeWrong { left: 4 }));
        let newer = r#"{"status":422,"code":"MOON_IN_THE_WAY","request_id":"r1"}"#;
        assert_eq!(problem(422, newer), trouble(Trouble::Unknown { code: "MOON_IN_THE_WAY".into() }));
        let fault = r#"{"status":500,"code":"INTERNAL","request_id":"r2"}"#;
        assert_eq!(problem(500, fault), trouble(Trouble::Server { request_id: "r2".into() }));
    }

    #[test]
    fn what_is_no_problem_body_is_trouble() {
        assert_eq!(problem(502, "<html>"), trouble(Trouble::Server { request_id: String::new() }));
        assert_eq!(problem(404, ""), trouble(Trouble::Unreadable));
        assert_eq!(problem(422, "[1]"), trouble(Trouble::Unreadable));
    }
}
