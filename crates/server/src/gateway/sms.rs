//! SMS: the operator's relay over HTTP, or the demo's inbox.

use crate::clock::{Moment, Stopwatch};
use crate::config::SmsRelay;
use crate::domain::message::Message;
use crate::domain::network::Network;
use crate::gateway::stand_in::Inbox;
use axum::body::Body;
use axum::http::{Request, Uri, header};
use contract::refusal::Refusal;
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;

/// How long the relay may take.
const RELAY_TIMEOUT: Duration = Duration::from_secs(3);

/// Why a message was not handed over, without the message.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// The gateway does not take this one.
    Refused(String),
    /// The gateway did not manage this one: it, or the number.
    Failed(String),
    /// The gateway does not work.
    Broken(String),
}

impl Unsent {
    fn broken(why: &str) -> Self {
        Self::Broken(why.to_owned())
    }
}

impl std::fmt::Display for Unsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Refused(why) | Self::Failed(why) | Self::Broken(why)) = self;
        f.write_str(why)
    }
}

/// The SMS gateway. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Sms {
    carrier: Carrier,
    health: Arc<Mutex<Health>>,
}

#[derive(Clone)]
enum Carrier {
    /// The demo's phone.
    Inbox(Inbox),
    /// The operator's relay.
    Relay(Arc<SmsRelay>),
}

/// How the gateway did lately; forgotten at a restart, which then learns it anew.
#[derive(Default)]
struct Health {
    /// Since the last that went well.
    failures: u32,
    /// The networks that asked for what failed since then: who asks for bad numbers again and again counts
    /// once, and so cannot stop the codes of all others.
    failed_for: HashSet<String>,
    rests_until: Option<Moment>,
    last_took: Duration,
}

/// After so many failures in a row the gateway is left alone for a while (EX-01).
const FAILURES: u32 = 3;
/// That while.
const REST: Duration = Duration::from_secs(30);

impl Sms {
    /// The demo's phone.
    pub(crate) fn inbox(inbox: Inbox) -> Self {
        Self { carrier: Carrier::Inbox(inbox), health: Arc::default() }
    }

    /// The operator's relay.
    pub(crate) fn relay(relay: SmsRelay) -> Self {
        Self { carrier: Carrier::Relay(Arc::new(relay)), health: Arc::default() }
    }

    /// Hands a message over. The error says what failed, without the message.
    pub(crate) async fn send(&self, message: &Message, now: Moment) -> Result<(), Unsent> {
        match &self.carrier {
            Carrier::Inbox(inbox) => {
                inbox.push(message, now);
                Ok(())
            }
            Carrier::Relay(relay) => match tokio::time::timeout(RELAY_TIMEOUT, post(relay, message)).await {
                Ok(result) => result,
                Err(_) => Err(Unsent::Failed("no answer in time".to_owned())),
            },
        }
    }

    /// Hands a code over while a person waits, and learns from how that went; `network` asked for it.
    pub(crate) async fn send_code(
        &self,
        message: &Message,
        network: &Network,
        now: Moment,
    ) -> Result<(), Unsent> {
        let watch = Stopwatch::start();
        let result = self.send(message, now).await;
        let mut health = self.health();
        health.last_took = watch.passed();
        match &result {
            Ok(()) => {
                health.failures = 0;
                health.failed_for.clear();
            }
            // Somebody's number that cannot be reached is no news of the gateway.
            Err(Unsent::Refused(_)) => return result,
            Err(Unsent::Failed(_)) if !health.failed_for.insert(network.site()) => return result,
            Err(Unsent::Failed(_) | Unsent::Broken(_)) => health.failures = health.failures.saturating_add(1),
        }
        health.rests_until = (health.failures >= FAILURES).then(|| now.after(REST));
        result
    }

    /// Does nothing for as long as the last code took, with the same end.
    pub(crate) async fn send_nothing(&self) -> Result<(), String> {
        let (took, failing) = {
            let health = self.health();
            (health.last_took, health.failures > 0)
        };
        // The timer counts whole milliseconds and rounds up.
        if let Some(short) = took.checked_sub(Duration::from_millis(1)) {
            tokio::time::sleep(short).await;
        }
        if failing { Err("the gateway fails".to_owned()) } else { Ok(()) }
    }

    /// Whether a code can be sent at all; while the gateway rests nobody waits for it.
    pub(crate) fn ready(&self, now: Moment) -> Result<(), Refusal> {
        match self.health().rests_until {
            Some(until) if until > now => Err(Refusal::TooBusy { after: now.seconds_until(until) }),
            _ => Ok(()),
        }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn post(relay: &SmsRelay, message: &Message) -> Result<(), Unsent> {
    let uri: Uri = relay.url.parse().map_err(|_| Unsent::broken("the relay's URL is not one"))?;
    let authority = uri.authority().ok_or_else(|| Unsent::broken("the relay's URL has no host"))?.clone();
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let stream = TcpStream::connect((host.as_str(), authority.port_u16().unwrap_or(80)))
        .await
        .map_err(|error| Unsent::Broken(format!("no connection: {}", error.kind())))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Unsent::broken("the connection broke"))?;
    let driver = tokio::spawn(connection);
    let body = json!({
        "to": message.to,
        "text": message.text,
        "code": message.code,
        "purpose": message.purpose,
    });
    let request = Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(header::HOST, authority.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", relay.token))
        .header("idempotency-key", &message.id)
        .body(Body::from(body.to_string()))
        .map_err(|_| Unsent::broken("the request cannot be written"))?;
    let answer = sender.send_request(request).await.map_err(|_| Unsent::broken("the connection broke"));
    driver.abort();
    match answer?.status() {
        status if status.is_success() => Ok(()),
        status => {
            let why = format!("the relay answered {}", status.as_u16());
            Err(match status.as_u16() {
                // It takes nothing from us, or not now, whoever it is for.
                401 | 403 | 404 | 405 | 408 | 429 | 503 => Unsent::Broken(why),
                400..=499 => Unsent::Refused(why),
                _ => Unsent::Failed(why),
            })
        }
    }
}
