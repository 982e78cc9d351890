//! Past meetings and the switch of their sync.

use crate::http::extract::Json;
use crate::http::visitor::SignedIn;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use contract::endpoint::Endpoint;
use contract::history::{GetHistory, History, HistorySync, SetHistorySync};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(GetHistory::PATH, get(list)).route(SetHistorySync::PATH, post(set_sync))
}

async fn list(
    State(state): State<AppState>,
    SignedIn { session, .. }: SignedIn,
    Path(before): Path<String>,
) -> Result<Json<History>, Problem> {
    Ok(Json(usecase::history::list(&state, &session, &before).await?))
}

async fn set_sync(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<SetHistorySync>,
) -> Result<Json<HistorySync>, Problem> {
    Ok(Json(usecase::history::set_sync(&state, &client, request.on).await?))
}
