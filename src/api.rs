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
use contract::me::{GetMe, Me, SHOWN_ACCOUNT};
use contract::outcome::GetOutcome;
use contract::problem::{Fresh, Problem, Trouble};
use contract::refusal::Refusal;
use gloo_net::http::{RequestBuilder, Response};
use leptos::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;

/// Who asks, as the server wants to know.
const CLIENT: &str = concat!("menshen-web/", env!("CARGO_PKG_VERSION"));
/// After this many milliseconds an answer is given up; a slow network needs many of them (F-03).
const PATIENCE: u32 = 20_000;
/// Milliseconds before each further question for an outcome that the server does not know (yet).
const OUTCOME_PAUSES: [u32; 4] = [500, 1_000, 2_000, 4_000];
/// How many seconds the network is waited for before an outcome is given up.
const OUTCOME_OFFLINE: u32 = 60;

/// Sends requests; ends the tab's session when the server says it is over.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    session: Session,
    network: Network,
    confirming: RwSignal<bool>,
}

/// A pending reply.
type Reply<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;
/// The pending fresh change.
pub(crate) type Answer = Reply<Change>;

/// One request, ready to be sent.
struct ApiRequest {
    method: Method,
    path: String,
    /// The idempotency key of an effect.
    key: Option<String>,
    body: Option<String>,
    /// Whose account the person sees.
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

    /// Sends one request and brings its reply.
    ///
    /// # Errors
    /// The server's refusal, or the trouble that kept its answer away.
    pub(crate) async fn send<E: Endpoint>(self, request: E) -> Result<E::Reply, Problem> {
        self.read(self.prepare(&request)).await
    }

    /// The same for what answers with who is signed in.
    pub(crate) fn me<E: Endpoint<Reply = Me>>(self, request: E) -> Reply<Me> {
        Box::pin(self.read(self.prepare(&request)))
    }

    /// The same for what answers with the fresh change, as all of a wizard does: one piece of
    /// code in the wasm, whatever the request.
    pub(crate) fn change<E: Endpoint<Reply = Change>>(self, request: E) -> Answer {
        Box::pin(self.read(self.prepare(&request)))
    }

    /// Once for every reply, whatever was asked.
    async fn read<T: DeserializeOwned>(self, request: ApiRequest) -> Result<T, Problem> {
        let text = self.perform(request).await?;
        serde_json::from_str(&text).map_err(|_| trouble(Trouble::Unreadable))
    }

    fn prepare<E: Endpoint>(self, request: &E) -> ApiRequest {
        ApiRequest {
            method: E::METHOD,
            path: request.path().into_owned(),
            key: request.idempotency_key().map(ToOwned::to_owned),
            body: match E::METHOD {
                Method::Get => None,
                Method::Post => serde_json::to_string(request).ok(),
            },
            account: self.session.shown().filter(|_| is_for_the_account_shown(E::PATH)),
        }
    }

    /// Not generic, so that it is in the wasm once.
    async fn perform(self, request: ApiRequest) -> Result<String, Problem> {
        let epoch = self.session.epoch();
        let was_offline = !self.network.is_there_now();
        let mut answer = self.exchange(&request).await;
        // An effect is never sent again blindly: whether it happened is asked (F-02, IDM-1).
        if let Some(key) = request.key {
            let pauses: &[u32] = match fate(&answer) {
                Fate::Known => return answer,
                Fate::Lost if !was_offline => &OUTCOME_PAUSES,
                // Nothing was sent, if the browser is right about the network; asking once tells.
                Fate::Lost => &[],
                // The browser may have sent it twice by itself, and the first ended the session.
                Fate::Ended => &[],
            };
            let patience = if was_offline { 0 } else { OUTCOME_OFFLINE };
            if let Some(outcome) = self.outcome(key, pauses, patience).await {
                answer = Ok(outcome);
            }
        }
        if let Err(Problem::Refused { refusal: Refusal::SessionEnded { why }, .. }) = &answer
            && request.path != GetMe::PATH
            // Not of a session that somebody else has opened meanwhile.
            && self.session.epoch() == epoch
        {
            self.session.ended(*why, self);
        }
        answer
    }

    /// What became of an effect, if the server comes to know; asked again after each pause. A network
    /// that is away is waited for so many seconds, and then taken to be there once.
    async fn outcome(self, key: String, pauses: &[u32], patience: u32) -> Option<String> {
        let path = GetOutcome { key }.path().into_owned();
        let question = ApiRequest { method: Method::Get, path, key: None, body: None, account: None };
        // A single question is too short to tell of.
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

    /// Why nothing came back.
    fn unanswered(self) -> Problem {
        trouble(if self.network.doubted() { Trouble::Timeout } else { Trouble::Offline })
    }
}

/// What an answer to an effect says about it.
enum Fate {
    /// Done, or refused.
    Known,
    /// Nothing.
    Lost,
    /// There is no session, which may be the effect's own doing.
    Ended,
}

fn fate(answer: &Result<String, Problem>) -> Fate {
    match answer {
        // Every effect answers with the change.
        Ok(text) if serde_json::from_str::<Change>(text).is_ok() => Fate::Known,
        Ok(_) => Fate::Lost,
        Err(Problem::Trouble(Trouble::Unknown { .. })) => Fate::Known,
        Err(Problem::Trouble(_)) => Fate::Lost,
        Err(Problem::Refused { refusal: Refusal::SessionEnded { .. }, .. }) => Fate::Ended,
        Err(Problem::Refused { .. }) => Fate::Known,
    }
}

/// Whether a request is for the account on the screen: not those that ask or change who that is,
/// and not the outcome, which belongs to the browser.
fn is_for_the_account_shown(path: &str) -> bool {
    path != GetMe::PATH && path != GetOutcome::PATH && !path.starts_with("/api/v1/sign-in")
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
    #[serde(default)]
    fresh: Option<Box<Fresh>>,
}

/// Reads a problem body. A refusal this app does not know keeps its code for support.
fn problem(status: u16, text: &str) -> Problem {
    match (serde_json::from_str::<Refusal>(text), serde_json::from_str::<Envelope>(text)) {
        (Ok(refusal), Ok(Envelope { change, fresh, request_id, .. })) => {
            Problem::Refused { refusal, change, fresh, request_id }
        }
        (Ok(refusal), Err(_)) => refusal.into(),
        (Err(_), Ok(Envelope { code, request_id, .. })) if status < 500 => {
            trouble(Trouble::Unknown { code, request_id })
        }
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

    fn unknown(code: &str) -> Problem {
        trouble(Trouble::Unknown { code: code.into(), request_id: "r1".into() })
    }

    #[test]
    fn problem_bodies_are_read() {
        let wrong =
            r#"{"type":"about:blank","status":422,"code":"CODE_WRONG","left":4,"request_id":"r1","new":[]}"#;
        let refused =
            |refusal| Problem::Refused { refusal, change: None, fresh: None, request_id: "r1".into() };
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
