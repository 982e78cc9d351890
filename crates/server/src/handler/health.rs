//! Probes: the process is up; the database answers.

use crate::app::App;
use crate::problem::Problem;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn alive() -> &'static str {
    "ok\n"
}

async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    let mut reader = app.store().read().await?;
    sqlx::query("SELECT 1 FROM setting").execute(&mut *reader).await?;
    Ok("ok\n")
}
