//! Requests to the API. Two things go around it: the event stream of a scan (`browser::Stream`) and the
//! bytes of an upload (`browser/post.rs`, called by `api/upload.rs`).

mod upload;

pub(crate) use upload::Upload;

use crate::browser;
use crate::browser::clock;
use crate::network::Network;
use crate::session::Session;
use contract::change::Change;
use contract::endpoint::{Endpoint, Method};
use contract::me::{GetMe, SHOWN_ACCOUNT};
use contract::outcome::GetOutcome;
use contract::problem::{Problem, RefusalDetails, Trouble};
use contract::refusal::Refusal;
use gloo_net::http::{RequestBuilder, Response};
use json::{FromJson, Json};
use leptos::prelude::*;
use serde::Serialize;
use std::future::Future;
use std::pin::Pin;

/// The value of `X-Client`: the app and its version.
const CLIENT: &str = concat!("menshen-web/", env!("CARGO_PKG_VERSION"));
/// Timeout of a request in milliseconds, long enough for a slow network (F-03).
const PATIENCE: u32 = 20_000;
/// Milliseconds before each further request for an outcome that the server does not know (yet).
const OUTCOME_PAUSES: [u32; 4] = [500, 1_000, 2_000, 4_000];
/// How many seconds a lost outcome waits for the network.
const OUTCOME_OFFLINE: u32 = 60;

/// Sends requests; ends the tab's session when the server says it is over.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    session: Session,
    network: Network,
    confirming: RwSignal<bool>,
}

/// A pending reply.
pub(crate) type PendingReply<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;
/// The pending fresh change.
pub(crate) type PendingChange = PendingReply<Change>;

/// One request, ready to be sent.
struct ApiRequest {
    method: Method,
    path: String,
    /// The idempotency key of an effect.
    key: Option<String>,
    body: Option<String>,
    /// The account on the screen.
    account: Option<String>,
}

impl Api {
    pub(crate) fn new(session: Session, network: Network) -> Self {
        Self { session, network, confirming: RwSignal::new(false) }
    }

    /// Whether the answer to an effect was lost and its outcome is being asked for.
    pub(crate) fn confirming(self) -> Signal<bool> {
        self.confirming.into()
    }

    /// Sends one request and returns its reply: the server's refusal, or the trouble that kept its answer away, as an
    /// error. Boxed, so that it is in the wasm once for each type of reply.
    pub(crate) fn send<E: Endpoint<Reply: 'static>>(self, request: E) -> PendingReply<E::Reply> {
        Box::pin(self.read(self.prepare(&request)))
    }

    /// Like [`Self::send`], with the reply as the server wrote it: for those that are read in part or not at all, and
    /// the signed-in account, which [`Session::show`] keeps so.
    pub(crate) fn text<E: Endpoint>(self, request: E) -> PendingReply<String> {
        Box::pin(self.perform(self.prepare(&request)))
    }

    /// Compiled once for each type of reply.
    async fn read<T: FromJson>(self, request: ApiRequest) -> Result<T, Problem> {
        let text = self.perform(request).await?;
        json::read(&text).ok_or(trouble(Trouble::Unreadable))
    }

    fn prepare<E: Endpoint>(self, request: &E) -> ApiRequest {
        ApiRequest {
            method: E::METHOD,
            path: request.path().into_owned(),
            key: request.idempotency_key().map(ToOwned::to_owned),
            body: match E::METHOD {
                Method::Get => None,
                Method::Post => written(request),
            },
            account: self.session.shown().filter(|_| is_for_the_account_shown(E::PATH)),
        }
    }

    /// Not generic, so that it is in the wasm once.
    async fn perform(self, request: ApiRequest) -> Result<String, Problem> {
        let generation = self.session.generation();
        let was_offline = !self.network.is_there_now();
        let mut answer = self.exchange(&request).await;
        // An effect is never repeated: its outcome is requested instead (F-02, IDM-1).
        if let Some(key) = request.key {
            let pauses: &[u32] = match fate(&answer) {
                Fate::Known => return answer,
                Fate::Lost if !was_offline => &OUTCOME_PAUSES,
                // If the browser is right about the network, nothing was sent; one request finds out.
                Fate::Lost => &[],
                // The browser may have sent the effect twice, and the first one ended the session.
                Fate::Ended => &[],
            };
            let patience = if was_offline { 0 } else { OUTCOME_OFFLINE };
            if let Some(outcome) = self.outcome(key, pauses, patience).await {
                answer = Ok(outcome);
            }
        }
        if let Err(problem) = &answer
            && request.path != GetMe::PATH
        {
            self.notice_end(generation, problem);
        }
        answer
    }

    /// Ends the session in the app if the server says that it is over, unless another was opened since the request
    /// of that generation was sent.
    fn notice_end(self, generation: u32, problem: &Problem) {
        if let Some(Refusal::SessionEnded { why }) = problem.refusal()
            && self.session.generation() == generation
        {
            self.session.ended(*why, self);
        }
    }

    /// The recorded outcome of an effect, if the server has one; requested again after each pause. Without a
    /// network it waits up to `patience` seconds, and then sends one request nevertheless.
    async fn outcome(self, key: String, pauses: &[u32], patience: u32) -> Option<String> {
        let path = GetOutcome { key }.path().into_owned();
        let question = ApiRequest { method: Method::Get, path, key: None, body: None, account: None };
        // Without patience one request is sent at once, too short for a message.
        self.confirming.set(patience > 0);
        let mut found = None;
        let mut pauses = pauses.iter();
        loop {
            let is_there = self.network.within(patience).await;
            let answer = self.exchange(&question).await;
            if matches!(fate(&answer), Fate::Known) && answer.is_ok() {
                found = answer.ok();
                break;
            }
            let Some(pause) = pauses.next().filter(|_| is_there) else { break };
            browser::pause(*pause).await;
        }
        self.confirming.set(false);
        found
    }

    /// One HTTP exchange.
    async fn exchange(self, request: &ApiRequest) -> Result<String, Problem> {
        // Any request takes it, for after the first one it is out of date. Its own date is as old as the app took to
        // come, so no clock is set by it.
        let early = browser::early_answer();
        if request.path == GetMe::PATH
            && let Some(early) = early.await
        {
            return read(early.into()).await;
        }
        let method = match request.method {
            Method::Get => gloo_net::http::Method::GET,
            Method::Post => gloo_net::http::Method::POST,
        };
        let mut builder = RequestBuilder::new(&request.path)
            .method(method)
            .header("X-Client", CLIENT)
            .abort_signal(browser::patience(PATIENCE).as_ref());
        if let Some(key) = &request.key {
            builder = builder.header("Idempotency-Key", key);
        }
        if let Some(account) = &request.account {
            builder = builder.header(SHOWN_ACCOUNT, account);
        }
        let was_offline = browser::is_offline();
        let sent = match &request.body {
            Some(body) => match builder.header("Content-Type", "application/json").body(body) {
                Ok(request) => request.send().await,
                Err(error) => Err(error),
            },
            None => builder.send().await,
        };
        match sent {
            Ok(response) => {
                if was_offline {
                    self.network.proven();
                }
                if let Some(date) = response.headers().get("date") {
                    clock::synchronize(&date);
                }
                read(response).await
            }
            Err(_) => Err(self.unanswered()),
        }
    }

    /// The trouble of a request without an answer.
    fn unanswered(self) -> Problem {
        trouble(if self.network.doubted() { Trouble::Timeout } else { Trouble::Offline })
    }
}

/// What is known about an effect after its answer.
enum Fate {
    /// Done, or refused.
    Known,
    /// Nothing: the answer was lost.
    Lost,
    /// There is no session, which the effect itself may have ended.
    Ended,
}

fn fate(answer: &Result<String, Problem>) -> Fate {
    match answer {
        // Every effect answers with the change, which alone has a version; the whole is read by who needs it.
        Ok(text) if json::parse(text).is_some_and(|json| json.member::<u32>("version").is_some()) => {
            Fate::Known
        }
        Ok(_) => Fate::Lost,
        Err(Problem::Trouble(Trouble::Unknown { .. })) => Fate::Known,
        Err(Problem::Trouble(_)) => Fate::Lost,
        Err(Problem::Refused { refusal: Refusal::SessionEnded { .. }, .. }) => Fate::Ended,
        Err(Problem::Refused { .. }) => Fate::Known,
    }
}

/// Whether a request is about the account on the screen. Requests that read or change who is signed in
/// are not, nor is the outcome, which belongs to the browser.
fn is_for_the_account_shown(path: &str) -> bool {
    path != GetMe::PATH && path != GetOutcome::PATH && !path.starts_with("/api/v1/sign-in")
}

async fn read(response: Response) -> Result<String, Problem> {
    let ok = response.ok();
    let status = response.status();
    let text = response.text().await.map_err(|_| trouble(Trouble::Unreadable))?;
    if ok { Ok(text) } else { Err(problem(status, &text)) }
}

/// Reads a problem body. A refusal this app does not know keeps its code for support.
fn problem(status: u16, text: &str) -> Problem {
    let body = json::parse(text).unwrap_or(Json::Null);
    let request_id: String = body.member("request_id").unwrap_or_default();
    match (Refusal::from_json(&body), body.member("code")) {
        (Some(refusal), _) => Problem::Refused { refusal, details: RefusalDetails::of(text), request_id },
        (None, Some(code)) if status < 500 => trouble(Trouble::Unknown { code, request_id }),
        _ if status >= 500 => trouble(Trouble::Server { request_id }),
        _ => trouble(Trouble::Unreadable),
    }
}

/// The JSON of a request. serde's writers are small, so requests are written by it; replies are read by `json`.
fn written<T: Serialize>(request: &T) -> Option<String> {
    serde_json::to_string(request).ok()
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

    fn unknown(code: &str) -> Problem {
        trouble(Trouble::Unknown { code: code.into(), request_id: "r1".into() })
    }

    #[test]
    fn problem_bodies_are_read() {
        let wrong =
            r#"{"type":"about:blank","status":422,"code":"CODE_WRONG","left":4,"request_id":"r1","new":[]}"#;
        let refused = |refusal| Problem::Refused {
            refusal,
            details: RefusalDetails::of(wrong),
            request_id: "r1".into(),
        };
        assert_eq!(problem(422, wrong), refused(Refusal::CodeWrong { left: 4 }));
        let newer = r#"{"status":422,"code":"MOON_IN_THE_WAY","request_id":"r1"}"#;
        assert_eq!(problem(422, newer), unknown("MOON_IN_THE_WAY"));
        let fault = r#"{"status":500,"code":"INTERNAL","request_id":"r2"}"#;
        assert_eq!(problem(500, fault), trouble(Trouble::Server { request_id: "r2".into() }));
    }

    #[test]
    fn f_02_only_an_answer_that_says_nothing_is_asked_about() {
        let change =
            r#"{"id":"c","action":"password","version":3,"expires_in":9,"ways":[],"step":"password_set"}"#;
        assert!(matches!(fate(&Ok(change.into())), Fate::Known));
        assert!(matches!(fate(&Ok("<html>".into())), Fate::Lost));
        for lost in [Trouble::Offline, Trouble::Timeout, Trouble::Server { request_id: String::new() }] {
            assert!(matches!(fate(&Err(trouble(lost))), Fate::Lost));
        }
        assert!(matches!(fate(&Err(refused(Refusal::CodeWrong { left: 4 }))), Fate::Known));
        assert!(matches!(fate(&Err(unknown("NEW"))), Fate::Known));
        let ended = Refusal::SessionEnded { why: contract::refusal::SessionEnd::PhoneChanged };
        assert!(matches!(fate(&Err(refused(ended))), Fate::Ended));
    }

    #[test]
    fn f_12_the_account_shown_goes_along_where_it_matters() {
        assert!(is_for_the_account_shown("/api/v1/password"));
        assert!(is_for_the_account_shown("/api/v1/sign-out"));
        for path in ["/api/v1/me", "/api/v1/sign-in/sms", "/api/v1/outcomes/{key}"] {
            assert!(!is_for_the_account_shown(path), "{path}");
        }
    }

    #[test]
    fn what_is_no_problem_body_is_trouble() {
        assert_eq!(problem(502, "<html>"), trouble(Trouble::Server { request_id: String::new() }));
        assert_eq!(problem(404, ""), trouble(Trouble::Unreadable));
        assert_eq!(problem(422, "[1]"), trouble(Trouble::Unreadable));
    }
}
