//! The stand-in of WeChat: a page that plays the phone (`docs/rules.md`, section 6). It scans, shows what
//! is asked and answers; what WeChat would tell us over its own connection, it tells in process.
//!
//! With `--lan` this page, and nothing else, answers the local network.

use super::dev::escape;
use crate::app::App;
use crate::demo;
use crate::extract::{Json, parse};
use crate::gateway::wechat::{Consent, StandIn};
use crate::problem::Problem;
use crate::words::stand_in::{self, Question};
use crate::{scan, words};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use contract::account::DeviceKind;
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, ScanState};
use contract::time::Timestamp;
use serde::{Deserialize, Serialize};

const PAGE: &str = include_str!("../dev/wechat.html");
const STYLE: &str = include_str!("../dev/wechat.css");
const SCRIPT: &str = include_str!("../dev/wechat.js");

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/dev/wechat", get(page))
        .route(
            "/dev/wechat/page.css",
            get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)),
        )
        .route("/dev/wechat/page.js", get(script))
        .route("/dev/wechat/scan", post(scan))
        .route("/dev/wechat/answer", post(answer))
}

async fn page() -> Html<String> {
    let option = |(id, nickname): &(&str, &str)| {
        format!("<option value=\"{0}\">{0} · {1}</option>", escape(id), escape(nickname))
    };
    let people: String = demo::WECHATS.iter().map(option).collect();
    Html(PAGE.replace("{people}", &people))
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

/// A phone's camera over a QR.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Camera {
    /// What the QR says.
    url: String,
    /// Who holds the phone.
    r#as: String,
}

/// The page on which the phone asks its owner (QR-03).
#[derive(Serialize)]
struct Asked {
    scan_id: String,
    purpose: ScanPurpose,
    /// What a change is about; the purpose says the rest.
    action: Option<Action>,
    account: Option<String>,
    device: DeviceKind,
    place: &'static str,
    at: Timestamp,
    r#match: String,
    /// The same for people.
    #[serde(flatten)]
    question: Question,
}

async fn scan(State(app): State<App>, body: Bytes) -> Result<Json<Asked>, Problem> {
    scanned(&app, &body).await.map_err(|problem| problem.saying(stand_in::refusal))
}

async fn scanned(app: &App, body: &Bytes) -> Result<Json<Asked>, Problem> {
    let camera: Camera = parse(body)?;
    let who = StandIn::identity(&camera.r#as).ok_or(Refusal::BadRequest)?;
    let scene = StandIn::scene_of(&camera.url).ok_or(Refusal::NotFound)?.hash();
    let asked = scan::scanned(app, &scene, &who, app.now()).await?;
    Ok(Json(Asked {
        scan_id: app.phone().ask(Consent { scene, who }),
        question: Question::of(&asked),
        purpose: asked.purpose,
        action: asked.action,
        account: asked.account,
        device: asked.device,
        place: words::PLACE_UNKNOWN,
        at: asked.at.timestamp(),
        r#match: asked.number,
    }))
}

/// The owner's word.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    scan_id: String,
    allow: bool,
}

#[derive(Serialize)]
struct Answered {
    state: ScanState,
    /// The same for people.
    sentence: &'static str,
}

async fn answer(State(app): State<App>, body: Bytes) -> Result<Json<Answered>, Problem> {
    answered(&app, &body).await.map_err(|problem| problem.saying(stand_in::refusal))
}

async fn answered(app: &App, body: &Bytes) -> Result<Json<Answered>, Problem> {
    let word: Word = parse(body)?;
    let consent = app.phone().asked(&word.scan_id).ok_or(Refusal::NotFound)?;
    let state = scan::answered(app, &consent.scene, &consent.who, word.allow, app.now()).await?;
    Ok(Json(Answered { state, sentence: stand_in::outcome(state) }))
}
