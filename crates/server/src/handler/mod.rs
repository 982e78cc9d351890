//! One file per topic: its router, its handlers in URL order, its SQL beside its only caller.

use crate::app::App;
use axum::Router;

mod activity;
pub(crate) mod avatar;
pub(crate) mod cancel;
pub(crate) mod change;
mod dev;
mod dev_wechat;
mod device;
mod enterprise;
mod health;
mod history;
mod me;
mod meeting;
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
pub(crate) fn api() -> Router<App> {
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
        .merge(device::router())
        .merge(meeting::router())
        .merge(history::router())
        .merge(enterprise::router())
        .merge(activity::router())
        .merge(outcome::router())
        .route(crate::openapi::PATH, axum::routing::get(crate::openapi::answer))
}

/// What an `EventSource` opens; it cannot name its client.
pub(crate) fn streams() -> Router<App> {
    scan::streams()
}

/// What an `<img>` asks for.
pub(crate) fn pictures() -> Router<App> {
    avatar::pictures()
}

/// What other servers call under a secret of their own.
pub(crate) fn service() -> Router<App> {
    service::router()
}

/// Pages that the server ships itself.
pub(crate) fn pages() -> Router<App> {
    cancel::pages()
}

/// What probes call.
pub(crate) fn health() -> Router<App> {
    health::router()
}

/// The stand-ins of the demo.
pub(crate) fn dev() -> Router<App> {
    dev::router()
}

/// The stand-in of WeChat, which other devices may open with `--lan`.
pub(crate) fn dev_phones() -> Router<App> {
    dev_wechat::router()
}
