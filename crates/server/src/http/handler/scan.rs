//! The state of a scan, for the browser that began it (QR-02): as a reply, or as an event stream.
//!
//! The stream sends what the reply contains, at each change. It ends when nothing can happen on a phone any
//! more, when the browser opens another stream, and when the server stops; the client then requests the
//! reply. Comments in between keep proxies from closing it and detect clients that have left.

use crate::domain::ids::ScanId;
use crate::http::extract::Json;
use crate::http::visitor::Client;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase;
use crate::wakeup::{ScanSubscription, Wake};
use crate::wire;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use contract::endpoint::Endpoint;
use contract::refusal::Refusal;
use contract::scan::{GetScan, SCAN_EVENTS, Scan};
use http_body_util::channel::{Channel, Sender};
use std::convert::Infallible;
use std::time::Duration;

/// Time between two comments; a client that reads nothing for this long has left.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Events that wait to be read.
const EVENTS: usize = 4;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(GetScan::PATH, get(show))
}

pub(crate) fn streams() -> Router<AppState> {
    Router::new().route(SCAN_EVENTS, get(watch))
}

async fn show(
    State(state): State<AppState>,
    client: Client,
    Path(id): Path<String>,
) -> Result<Json<Scan>, Problem> {
    usecase::scan::within_pace(&state, &client)?;
    Ok(Json(usecase::scan::show(&state, &client, &id.into()).await?))
}

async fn watch(
    State(state): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    usecase::scan::within_pace(&state, &client)?;
    let id: ScanId = id.into();
    let first = usecase::scan::show(&state, &client, &id).await?;
    let last = headers.get("last-event-id").map(|last| last.as_bytes());
    if last == Some(wire::name(&first.state).map_err(Problem::fault)?.as_bytes()) && !first.state.is_open() {
        // An `EventSource` reconnects to an ended stream until it gets this status.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let browser = client.browser.as_ref().ok_or(Refusal::NotFound)?;
    let subscription = state.wakeups.scans().subscribe(browser, &id);
    let (sender, body) = Channel::<Bytes, Infallible>::new(EVENTS);
    tokio::spawn(Stream { state, subscription, client, id }.run(sender));
    let headers = [(header::CONTENT_TYPE.as_str(), "text/event-stream"), ("x-accel-buffering", "no")];
    Ok((headers, Body::new(body)).into_response())
}

struct Stream {
    state: AppState,
    subscription: ScanSubscription,
    client: Client,
    id: ScanId,
}

impl Stream {
    async fn run(self, mut sender: Sender<Bytes, Infallible>) {
        let mut sent = None;
        let mut is_idle = false;
        // A client that may not ask any more (its session ended, for example) gets the reason from the reply.
        while let Ok(scan) = usecase::scan::show(&self.state, &self.client, &self.id).await {
            let change = if sent == Some(scan.state) { None } else { event(&scan) };
            if let Some(text) = change.or(is_idle.then(|| ":\n\n".to_owned()))
                && !reads(&mut sender, text).await
            {
                return;
            }
            if !scan.state.is_open() {
                return;
            }
            sent = Some(scan.state);
            let left = Duration::from_secs(scan.expires_in.max(1).into());
            let wake = self.subscription.wait(KEEP_ALIVE.min(left)).await;
            is_idle = wake == Wake::Timeout;
            match wake {
                Wake::Changed | Wake::Timeout => {}
                Wake::Replaced => {
                    reads(&mut sender, "event: replaced\ndata: {}\n\n".to_owned()).await;
                    return;
                }
                Wake::Closed => return,
            }
        }
    }
}

/// Sends a text; returns whether the client still reads.
async fn reads(sender: &mut Sender<Bytes, Infallible>, text: String) -> bool {
    matches!(tokio::time::timeout(KEEP_ALIVE, sender.send_data(text.into())).await, Ok(Ok(())))
}

/// A state as an event; its id is the state, which the browser sends when it reconnects.
fn event(scan: &Scan) -> Option<String> {
    let data = serde_json::to_string(scan).ok()?;
    Some(format!("event: scan\nid: {}\ndata: {data}\n\n", wire::name(&scan.state).ok()?))
}
