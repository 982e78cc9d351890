//! The page that plays a phone with WeChat. It scans, shows the question and answers; what WeChat would
//! report over its own connection is reported in process.
//!
//! With `--lan`, other devices can open this page and nothing else.

use super::local::escape;
use super::words::{self, Question};
use super::{Stage, VISITOR, WECHATS};
use crate::domain::scan::Identity;
use crate::gateway::stand_in::{DemoPhone, PendingConsent};
use crate::http::extract::{Json, parse};
use crate::problem::Problem;
use crate::usecase::scan;
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

const PAGE: &str = include_str!("pages/wechat.html");
const STYLE: &str = include_str!("pages/wechat.css");
const SCRIPT: &str = include_str!("pages/wechat.js");

pub(super) fn router() -> Router<Stage> {
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
    let people: String = WECHATS.iter().map(option).collect();
    Html(PAGE.replace("{people}", &people))
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

/// One of the demo's WeChats.
fn identity(id: &str) -> Option<Identity> {
    WECHATS.into_iter().find(|(known, _)| *known == id).map(|(id, nickname)| Identity {
        id: id.to_owned(),
        nickname: nickname.to_owned(),
        snapshot: id == VISITOR,
    })
}

/// A phone's camera scans a QR.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Camera {
    /// The content of the QR.
    url: String,
    /// The WeChat of the person who holds the phone.
    r#as: String,
}

/// The page on which the phone asks its owner (QR-03).
#[derive(Serialize)]
struct ConsentQuestion {
    scan_id: String,
    purpose: ScanPurpose,
    /// The action of the change, if the scan is for one.
    action: Option<Action>,
    account: Option<String>,
    device: DeviceKind,
    place: &'static str,
    at: Timestamp,
    r#match: String,
    /// The same in words.
    #[serde(flatten)]
    question: Question,
}

async fn scan(State(stage): State<Stage>, body: Bytes) -> Result<Json<ConsentQuestion>, Problem> {
    scanned(&stage, &body).await.map_err(|problem| problem.saying(words::refusal))
}

async fn scanned(stage: &Stage, body: &Bytes) -> Result<Json<ConsentQuestion>, Problem> {
    let camera: Camera = parse(body)?;
    let who = identity(&camera.r#as).ok_or(Refusal::BadRequest)?;
    let scene = DemoPhone::scene_of(&camera.url).ok_or(Refusal::NotFound)?.hash();
    let asked = scan::scanned(&stage.state, &scene, &who, stage.state.now()).await?;
    Ok(Json(ConsentQuestion {
        scan_id: stage.demo.phone.ask(PendingConsent { scene, who }),
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

/// The owner's answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    scan_id: String,
    allow: bool,
}

#[derive(Serialize)]
struct Answered {
    state: ScanState,
    /// The same in words.
    sentence: &'static str,
}

async fn answer(State(stage): State<Stage>, body: Bytes) -> Result<Json<Answered>, Problem> {
    answered(&stage, &body).await.map_err(|problem| problem.saying(words::refusal))
}

async fn answered(stage: &Stage, body: &Bytes) -> Result<Json<Answered>, Problem> {
    let word: Word = parse(body)?;
    let consent = stage.demo.phone.asked(&word.scan_id).ok_or(Refusal::NotFound)?;
    let state =
        scan::answered(&stage.state, &consent.scene, &consent.who, word.allow, stage.state.now()).await?;
    Ok(Json(Answered { state, sentence: words::outcome(state) }))
}
