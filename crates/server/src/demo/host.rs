//! The page that plays an app with a webview: it opens the app with a fresh host code, and a script in the app's pages
//! plays the object of the host, with a bar for its buttons and a log of every message.
//!
//! A frame cannot play it: our pages are not framed, and the bridge listens in the top frame alone. So a cookie of the
//! demo says that the browser is such a webview, and `http/assets` puts the script before all others.

use super::Stage;
use crate::http::arrival::value;
use crate::http::assets::DEMO_HOST_COOKIE;
use crate::problem::Problem;
use crate::usecase::surface;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use contract::account::DeviceKind;
use contract::refusal::Refusal;

const PAGE: &str = include_str!("pages/host.html");
const STYLE: &str = include_str!("pages/host.css");
const PAGE_SCRIPT: &str = include_str!("pages/host-page.js");
const SCRIPT: &str = include_str!("pages/host.js");

pub(super) fn router() -> Router<Stage> {
    let script = |text: &'static str| {
        get(async move || ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text))
    };
    Router::new()
        .route("/dev/host", get(async || Html(PAGE)))
        .route("/dev/host/open", get(open))
        .route("/dev/host/leave", get(leave))
        .route("/dev/host/page.js", script(PAGE_SCRIPT))
        .route("/dev/host/script.js", script(SCRIPT))
        .route(
            "/dev/host/page.css",
            get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)),
        )
}

/// Opens the app as its webview would: `kind` is its device, `can` what the host does (`open_wechat.pick_image`), `to`
/// the path that it leads to.
async fn open(State(Stage { state, .. }): State<Stage>, uri: Uri) -> Result<impl IntoResponse, Problem> {
    let read = |name| value(&uri, name).unwrap_or_default();
    let kind: DeviceKind =
        serde_json::from_value(read("kind").into()).map_err(|_| Problem::from(Refusal::BadRequest))?;
    let host = state.config.hosts.iter().find(|host| host.device_kinds.contains(&kind));
    let code = surface::issue_host_code(&state, host.ok_or(Refusal::BadRequest)?, kind).await?;
    let can: String = read("can").chars().filter(|c| c.is_ascii_lowercase() || "._".contains(*c)).collect();
    // A path of ours, never another host.
    let to = Some(read("to")).filter(|to| to.starts_with('/') && !to.starts_with("//"));
    let to = to.unwrap_or_else(|| "/".to_owned());
    let joint = if to.contains('?') { '&' } else { '?' };
    Ok(redirect(&format!("{to}{joint}host_code={code}"), &format!("app.{can}; Path=/; SameSite=Lax")))
}

/// The browser is no webview any more.
async fn leave() -> impl IntoResponse {
    redirect("/dev/host", "; Path=/; Max-Age=0")
}

fn redirect(to: &str, cookie: &str) -> impl IntoResponse + use<> {
    let headers =
        [(header::LOCATION, to.to_owned()), (header::SET_COOKIE, format!("{DEMO_HOST_COOKIE}={cookie}"))];
    (StatusCode::SEE_OTHER, headers)
}
