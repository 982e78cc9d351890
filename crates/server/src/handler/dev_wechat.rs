//! The stand-in of WeChat: a page that plays the phone (product, stand-ins). It scans, shows what is
//! asked and answers; what WeChat would tell us over its own connection, it tells in process.
//!
//! With `--lan` this page, and nothing else, answers the local network.

use super::dev::escape;
use crate::app::App;
use crate::demo;
use crate::extract::{Json, parse};
use crate::gateway::wechat::{Consent, StandIn};
use crate::problem::Problem;
use crate::scan;
use crate::words as texts;
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
use words::{Lang, Messages};

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
    title: &'static str,
    /// Who asks, for which account, and what happens then.
    meaning: String,
    device: DeviceKind,
    device_name: &'static str,
    place: &'static str,
    at: Timestamp,
    r#match: String,
}

async fn scan(State(app): State<App>, body: Bytes) -> Result<Json<Asked>, Problem> {
    let camera: Camera = parse(&body)?;
    let who = StandIn::identity(&camera.r#as).ok_or(Refusal::BadRequest)?;
    let scene = StandIn::scene_of(&camera.url).ok_or(Refusal::NotFound)?.hash();
    let asked = scan::scanned(&app, &scene, &who, app.now()).await?;
    Ok(Json(Asked {
        scan_id: app.phone().ask(Consent { scene, who }),
        title: texts::consent_title(asked.purpose),
        meaning: texts::consent(asked.purpose, asked.action, asked.account.as_deref()),
        device_name: name_of(asked.device),
        purpose: asked.purpose,
        action: asked.action,
        account: asked.account,
        device: asked.device,
        place: texts::PLACE_UNKNOWN,
        at: asked.at.timestamp(),
        r#match: asked.number,
    }))
}

/// What the app calls it.
fn name_of(device: DeviceKind) -> &'static str {
    const APP: Messages = Lang::Zh.messages(|_, at| at.0.clone());
    (APP.devices.kind)(device)
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
}

async fn answer(State(app): State<App>, body: Bytes) -> Result<Json<Answered>, Problem> {
    let word: Word = parse(&body)?;
    let consent = app.phone().asked(&word.scan_id).ok_or(Refusal::NotFound)?;
    let state = scan::answered(&app, &consent.scene, &consent.who, word.allow, app.now()).await?;
    Ok(Json(Answered { state }))
}
