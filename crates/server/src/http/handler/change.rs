//! The records of wizards and single actions (G1, G5): begun and shown.

use crate::http::extract::Json;
use crate::http::visitor::SignedIn;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use contract::change::{Change, GetChange, StartChange};
use contract::endpoint::Endpoint;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(StartChange::PATH, post(start)).route(GetChange::PATH, get(show))
}

async fn start(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<StartChange>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(usecase::begin::begin(&state, &client, &request, None).await?))
}

async fn show(
    State(state): State<AppState>,
    SignedIn { session, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(usecase::change::show(&state, &session, &id.into()).await?))
}
