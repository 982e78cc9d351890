//! SMS: through the operator's relay over HTTP, or to the demo's inbox.

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

/// Timeout of a request to the relay.
const RELAY_TIMEOUT: Duration = Duration::from_secs(3);

/// Why a message was not handed over; never contains the message.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// The gateway refuses this message.
    Refused(String),
    /// The gateway failed for this message; the cause is the gateway or the number.
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

/// The SMS gateway. Clones share its state.
#[derive(Clone)]
pub(crate) struct Sms {
    carrier: Carrier,
    health: Arc<Mutex<Health>>,
}

#[derive(Clone)]
enum Carrier {
    /// The demo's inbox.
    Inbox(Inbox),
    /// The operator's relay.
    Relay(Arc<SmsRelay>),
}

/// Recent results of the gateway; lost at a restart, and then learned anew.
#[derive(Default)]
struct Health {
    /// Failures since the last success.
    failures: u32,
    /// The networks whose requests failed since the last success. Each counts once, so that a client with bad
    /// numbers cannot stop the codes of all others.
    failed_for: HashSet<String>,
    rests_until: Option<Moment>,
    last_took: Duration,
}

/// Failures in a row after which no code is sent for a while (EX-01).
const FAILURES: u32 = 3;
/// How long no code is sent then.
const REST: Duration = Duration::from_secs(30);

impl Sms {
    /// Sends to the demo's inbox.
    pub(crate) fn inbox(inbox: Inbox) -> Self {
        Self { carrier: Carrier::Inbox(inbox), health: Arc::default() }
    }

    /// Sends through the operator's relay.
    pub(crate) fn relay(relay: SmsRelay) -> Self {
        Self { carrier: Carrier::Relay(Arc::new(relay)), health: Arc::default() }
    }

    /// Hands a message over. The error never contains the message.
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

    /// Hands a code over while a person waits, and records the result; `network` requested it.
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
            // A number that cannot be reached says nothing about the gateway.
            Err(Unsent::Refused(_)) => return result,
            Err(Unsent::Failed(_)) if !health.failed_for.insert(network.site()) => return result,
            Err(Unsent::Failed(_) | Unsent::Broken(_)) => health.failures = health.failures.saturating_add(1),
        }
        health.rests_until = (health.failures >= FAILURES).then(|| now.after(REST));
        result
    }

    /// Sends nothing, but takes as long as the last code did and returns the same kind of result.
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

    /// Whether codes can be sent; while they cannot, requests are refused without waiting.
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
                // The relay takes nothing from this server now, whatever the number is.
                401 | 403 | 404 | 405 | 408 | 429 | 503 => Unsent::Broken(why),
                400..=499 => Unsent::Refused(why),
                _ => Unsent::Failed(why),
            })
        }
    }
}
