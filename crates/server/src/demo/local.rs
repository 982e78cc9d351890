//! Demo pages for this computer alone: the inbox of all phones, the meeting service, the clock, the reset.

use super::{Stage, any_meeting, move_clock as move_demo_clock, reset as reset_demo};
use crate::domain::message::Farewell;
use crate::domain::presence::Report;
use crate::gateway::stand_in::{DemoPhone, InboxEntry};
use crate::http::extract::{Json, parse};
use crate::problem::Problem;
use crate::usecase::scan;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use contract::account::DeviceKind;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<Stage> {
    Router::new()
        .route("/dev/inbox", get(inbox_page))
        .route("/dev/inbox.css", get(inbox_style))
        .route("/dev/inbox.json", get(inbox))
        .route("/dev/wechat/latest", get(latest_qr))
        .route("/dev/meetings", post(meeting))
        .route("/dev/meetings.json", get(forgotten))
        .route("/dev/clock", post(move_clock))
        .route("/dev/reset", post(reset))
}

async fn inbox_page(State(Stage { demo, .. }): State<Stage>) -> Html<String> {
    let messages: String = demo.inbox.entries().iter().map(article).collect();
    let messages = if messages.is_empty() { "<p>No SMS yet.</p>".to_owned() } else { messages };
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta http-equiv=\"refresh\" content=\"3\">\n\
         <title>SMS inbox</title>\n<link rel=\"stylesheet\" href=\"/dev/inbox.css\">\n</head>\n<body>\n\
         <h1>SMS inbox</h1>\n<p>Every SMS of the demo, to whichever number, and what WeChat hands on. Newest first.</p>\n{messages}</body>\n</html>\n"
    ))
}

fn article(message: &InboxEntry) -> String {
    let code =
        message.code.as_ref().map(|code| format!("<strong>{}</strong>", escape(code))).unwrap_or_default();
    format!(
        "<article>\n<header><b>{}</b> <time>{}</time></header>\n{code}\n<p lang=\"zh-Hans\">{}</p>\n</article>\n",
        escape(&message.to),
        escape(&message.sent_at),
        escape(&message.text)
    )
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The text of the last QR while it waits for a phone, to play one on this computer; other devices have a
/// camera.
#[derive(Serialize)]
struct LatestQr {
    url: Option<String>,
}

async fn latest_qr(State(Stage { state, demo }): State<Stage>) -> Result<Json<LatestQr>, Problem> {
    let shown = demo.phone.latest();
    let awaited = match shown.as_deref().and_then(DemoPhone::scene_of) {
        Some(scene) => scan::is_awaited(&state, &scene.hash()).await?,
        None => false,
    };
    Ok(Json(LatestQr { url: shown.filter(|_| awaited) }))
}

async fn inbox_style() -> impl IntoResponse {
    const STYLE: &str = "body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }\n\
        article { border: 1px solid #ccc; border-radius: 8px; padding: .75rem 1rem; margin: 1rem 0 }\n\
        article p { white-space: pre-wrap; margin: .25rem 0 0 }\n\
        time { color: #666; float: right }\n\
        strong { font: 600 1.75rem ui-monospace, monospace; letter-spacing: .1em }\n";
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

async fn inbox(State(Stage { demo, .. }): State<Stage>) -> Json<Vec<InboxEntry>> {
    Json(demo.inbox.entries())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_s: i64,
}

#[derive(Serialize)]
struct Now {
    now: String,
}

/// Moves the clock; any content type is accepted.
async fn move_clock(State(Stage { state, .. }): State<Stage>, body: Bytes) -> Result<Json<Now>, Problem> {
    let advance: Advance = parse(&body)?;
    move_demo_clock(&state.store, &state.clock, advance.advance_s).await?;
    state.wakeups.wake_all();
    Ok(Json(Now { now: state.now().timestamp().0 }))
}

/// An account joins a meeting, or leaves the one it is in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meet {
    phone: String,
    /// An organization's id or name; without it the personal account, or the first organization by name.
    tenant: Option<String>,
    device_kind: DeviceKind,
    own: bool,
    op: Op,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    Start,
    End,
}

#[derive(Serialize)]
struct Met {
    meeting: String,
}

/// Plays the meeting service; any content type is accepted.
async fn meeting(State(Stage { state, .. }): State<Stage>, body: Bytes) -> Result<Json<Met>, Problem> {
    let meet: Meet = parse(&body)?;
    let now = state.now();
    let phone = PhoneNumber::parse(&meet.phone).ok_or(Refusal::BadRequest)?;
    let mut tx = state.store.write().await?;
    let account = tx.accounts_with_phone(&phone).await?.into_iter().find(|account| match &meet.tenant {
        None => true,
        Some(tenant) => {
            account.organization().is_some_and(|found| found.id == *tenant || found.name == *tenant)
        }
    });
    let account = account.ok_or(Refusal::NotFound)?;
    let running = tx.attended_meetings(&account.id, now).await?;
    let on_it =
        running.into_iter().find(|presence| presence.kind == meet.device_kind && presence.own == meet.own);
    let id = match (meet.op, on_it) {
        (Op::Start, _) => {
            let device = tx.device_of_kind(&account.id, meet.device_kind, now).await?;
            let (id, title) = any_meeting(meet.own);
            let (own, kind) = (meet.own, meet.device_kind);
            let report = Report { meeting: &id, device: &device, kind, own, title, started_at: now };
            tx.begin_presence(&account, &report, now).await?;
            id
        }
        (Op::End, None) => return Err(Refusal::NotFound.into()),
        (Op::End, Some(there)) => {
            let (id, device) = (there.meeting.clone(), there.device.clone());
            let title = there.title.unwrap_or_default();
            let (own, kind, started_at) = (there.own, there.kind, there.since);
            let report = Report { meeting: &id, device: &device, kind, own, title: &title, started_at };
            tx.end_presence(&account, &report, now).await?;
            id
        }
    };
    tx.commit().await?;
    Ok(Json(Met { meeting: id }))
}

/// The farewells that the meeting service got, newest first.
async fn forgotten(State(Stage { demo, .. }): State<Stage>) -> Json<Vec<Farewell>> {
    Json(demo.farewells.all())
}

async fn reset(State(Stage { state, demo }): State<Stage>) -> Result<StatusCode, Problem> {
    reset_demo(&state.store, &state.clock).await?;
    demo.inbox.clear();
    demo.phone.clear();
    demo.farewells.clear();
    state.wakeups.wake_all();
    Ok(StatusCode::NO_CONTENT)
}
