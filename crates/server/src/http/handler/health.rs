//! Probes: whether the process runs, and whether it can serve requests.

use crate::http::problem::InWords;
use crate::problem::Problem;
use crate::state::AppState;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn alive() -> &'static str {
    "ok\n"
}

/// Ready if the database can be written and read, and the clock is not in doubt.
async fn ready(State(state): State<AppState>) -> Result<Response<Body>, Problem> {
    let doubt = state.clock_doubt.as_deref();
    let time = doubt.is_none().then(|| state.now());
    state.store.probe(time).await?;
    Ok(match doubt {
        None => "ok\n".into_response(),
        Some(doubt) => {
            (StatusCode::SERVICE_UNAVAILABLE, Extension(InWords), format!("{doubt}\n")).into_response()
        }
    })
}
