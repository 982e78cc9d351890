//! Probes: the process is up; it can do what requests ask of it.

use crate::app::App;
use crate::problem::Problem;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn alive() -> &'static str {
    "ok\n"
}

/// Ready is who can write and read, and knows what time it is.
async fn ready(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let doubt = app.clock_doubt();
    let time = doubt.is_none().then(|| app.now());
    app.store().probe(time).await?;
    Ok(match doubt {
        None => (StatusCode::OK, "ok\n".to_owned()),
        Some(doubt) => (StatusCode::SERVICE_UNAVAILABLE, format!("{doubt}\n")),
    })
}
