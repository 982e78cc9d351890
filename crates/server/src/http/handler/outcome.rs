//! The recorded answer of an effect (G4, IDM-1), for the browser that sent the request, even if its session is
//! over.

use super::recorded;
use crate::http::visitor::Client;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Response;
use axum::routing::get;
use contract::endpoint::Endpoint;
use contract::outcome::GetOutcome;
use contract::refusal::Refusal;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(GetOutcome::PATH, get(show))
}

async fn show(
    State(state): State<AppState>,
    client: Client,
    Path(key): Path<String>,
) -> Result<Response<Body>, Problem> {
    let found = usecase::conclude::recorded(&state, &client, &key).await?.ok_or(Refusal::NotFound)?;
    recorded(found.status, found.body)
}
