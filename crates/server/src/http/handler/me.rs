//! Who is signed in, and what is open to them.

use crate::http::extract::Json;
use crate::http::visitor::SignedIn;
use crate::state::AppState;
use crate::usecase;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use contract::endpoint::Endpoint;
use contract::me::{GetMe, Me};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(GetMe::PATH, get(me))
}

async fn me(State(state): State<AppState>, SignedIn { session, .. }: SignedIn) -> Json<Me> {
    Json(usecase::me::of(&session, state.now()))
}
