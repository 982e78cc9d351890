//! One file per topic: its router, and its handlers in URL order. A handler parses, calls a use case, answers.

use crate::domain::visitor::Visitor;
use crate::http::cookie::NewCookies;
use crate::http::extract::json_text;
use crate::http::openapi;
use crate::problem::Problem;
use crate::state::AppState;
use crate::store::SessionAfter;
use crate::usecase::conclude::Concluded;
use axum::Router;
use axum::body::Body;
use axum::http::{Response, StatusCode};

mod activity;
mod avatar;
mod cancel;
mod change;
mod console;
mod devices;
mod health;
mod history;
mod me;
mod meetings;
mod outcome;
mod password;
mod phone;
mod scan;
mod service;
mod sign_in;
mod step_up;
mod surface;
mod wechat;

/// What the app calls.
pub(crate) fn api() -> Router<AppState> {
    Router::new()
        .merge(sign_in::router())
        .merge(surface::router())
        .merge(me::router())
        .merge(avatar::router())
        .merge(change::router())
        .merge(step_up::router())
        .merge(phone::router())
        .merge(password::router())
        .merge(scan::router())
        .merge(wechat::router())
        .merge(cancel::router())
        .merge(devices::router())
        .merge(meetings::router())
        .merge(history::router())
        .merge(console::router())
        .merge(activity::router())
        .merge(outcome::router())
        .route(openapi::PATH, axum::routing::get(openapi::answer))
}

/// Routes for `EventSource`, which cannot send `X-Client`.
pub(crate) fn streams() -> Router<AppState> {
    scan::streams()
}

/// Routes for `<img>`, which cannot send `X-Client`.
pub(crate) fn pictures() -> Router<AppState> {
    avatar::pictures()
}

/// What other servers call under a secret of their own.
pub(crate) fn service() -> Router<AppState> {
    service::router()
}

/// Pages that the server ships itself.
pub(crate) fn pages() -> Router<AppState> {
    cancel::pages()
}

/// What probes call.
pub(crate) fn health() -> Router<AppState> {
    health::router()
}

/// The answer to an effect, with the session's cookie where the effect changed the session.
fn concluded(
    cookies: &NewCookies,
    visitor: &Visitor,
    concluded: Concluded,
) -> Result<Response<Body>, Problem> {
    match &concluded.session {
        SessionAfter::Unchanged => {}
        SessionAfter::Renewed(token) => cookies.renew(visitor, token),
        // On a shared device nothing stays for the next person (G6).
        SessionAfter::Over if visitor.is_on_kiosk() => cookies.dismiss(visitor),
        SessionAfter::Over => {}
    }
    recorded(concluded.status, concluded.body)
}

/// A recorded answer.
fn recorded(status: u16, body: String) -> Result<Response<Body>, Problem> {
    Ok(json_text(StatusCode::from_u16(status).map_err(Problem::fault)?, body))
}
