//! What happened to an account, for its owner.

use crate::http::extract::Json;
use crate::http::visitor::SignedIn;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use contract::activity::{Activity, GetActivity};
use contract::endpoint::Endpoint;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(GetActivity::PATH, get(list))
}

async fn list(
    State(state): State<AppState>,
    SignedIn { session, .. }: SignedIn,
    Path(before): Path<String>,
) -> Result<Json<Activity>, Problem> {
    Ok(Json(usecase::activity::list(&state, &session, &before).await?))
}
