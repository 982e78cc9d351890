//! Where a scan stands, for the browser that began it (QR-02): asked, or watched as a stream.
//!
//! The stream tells what asking tells, when it changes. It ends when nothing can happen on a phone
//! any more, when the browser opens another one, and when the server stops; whoever reads it asks
//! then. A comment now and then keeps proxies from closing it and finds out who has left.

use crate::app::App;
use crate::extract::Json;
use crate::problem::Problem;
use crate::scan::Attempt;
use crate::scan::watch::{Call, Seat};
use crate::session::Visitor;
use crate::store::text_of;
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

/// Between two comments; whoever does not read for so long has left.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Events that wait to be read.
const EVENTS: usize = 4;

pub(crate) fn router() -> Router<App> {
    Router::new().route(GetScan::PATH, get(show))
}

pub(crate) fn streams() -> Router<App> {
    Router::new().route(SCAN_EVENTS, get(watch))
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Scan>, Problem> {
    within_pace(&app, &visitor)?;
    Ok(Json(present(&app, &visitor, &id).await?))
}

/// Whoever asks faster than any app does waits for the next minute, whatever they ask about (QR-10).
fn within_pace(app: &App, visitor: &Visitor) -> Result<(), Problem> {
    let browser = visitor.browser.as_deref().ok_or(Refusal::NotFound)?;
    let seconds = app.now().millis() / 1000;
    if app.scans().may_ask(browser, seconds / 60) {
        return Ok(());
    }
    let after = u32::try_from(60 - seconds.rem_euclid(60)).unwrap_or(60);
    Err(Problem::over_budget(after))
}

async fn watch(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    within_pace(&app, &visitor)?;
    let first = present(&app, &visitor, &id).await?;
    let told =
        headers.get("last-event-id").is_some_and(|told| told.as_bytes() == text_of(first.state).as_bytes());
    if told && !first.state.is_open() {
        // An `EventSource` comes again and again to a stream that ended, unless it is told this.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let browser = visitor.browser.clone().ok_or(Refusal::NotFound)?;
    let stream = Stream { seat: app.scans().sit(&browser, &id), app, visitor, id };
    let (sender, body) = Channel::<Bytes, Infallible>::new(EVENTS);
    tokio::spawn(stream.run(sender));
    let headers = [(header::CONTENT_TYPE.as_str(), "text/event-stream"), ("x-accel-buffering", "no")];
    Ok((headers, Body::new(body)).into_response())
}

async fn present(app: &App, visitor: &Visitor, id: &str) -> Result<Scan, Problem> {
    let now = app.now();
    let mut reader = app.store().read().await?;
    Ok(Attempt::find(&mut reader, visitor, id, now).await?.shown(now))
}

struct Stream {
    app: App,
    seat: Seat,
    visitor: Visitor,
    id: String,
}

impl Stream {
    async fn run(self, mut sender: Sender<Bytes, Infallible>) {
        let mut told = None;
        let mut silent = false;
        // Who may not ask any more (the session ended, say) finds out why by asking.
        while let Ok(scan) = present(&self.app, &self.visitor, &self.id).await {
            let news = (told != Some(scan.state)).then(|| event(&scan));
            if let Some(text) = news.or(silent.then(|| ":\n\n".to_owned()))
                && !reads(&mut sender, text).await
            {
                return;
            }
            if !scan.state.is_open() {
                return;
            }
            told = Some(scan.state);
            let left = Duration::from_secs(scan.expires_in.max(1).into());
            let call = self.seat.call(KEEP_ALIVE.min(left)).await;
            silent = call == Call::Silence;
            match call {
                Call::Look | Call::Silence => {}
                Call::Replaced => {
                    reads(&mut sender, "event: replaced\ndata: {}\n\n".to_owned()).await;
                    return;
                }
                Call::Closed => return,
            }
        }
    }
}

/// Sends a text; whether somebody still reads.
async fn reads(sender: &mut Sender<Bytes, Infallible>, text: String) -> bool {
    matches!(tokio::time::timeout(KEEP_ALIVE, sender.send_data(text.into())).await, Ok(Ok(())))
}

/// A state as an event; its id is the state, which comes back when the stream is opened again.
fn event(scan: &Scan) -> String {
    let data = serde_json::to_string(scan).unwrap_or_default();
    format!("event: scan\nid: {}\ndata: {data}\n\n", text_of(scan.state))
}
