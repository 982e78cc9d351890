//! Setting the password.

use super::concluded;
use crate::http::extract::Keyed;
use crate::http::visitor::Client;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::routing::post;
use contract::endpoint::Endpoint;
use contract::password::SetPassword;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(SetPassword::PATH, post(set))
}

async fn set(
    State(state): State<AppState>,
    Client { visitor, cookies }: Client,
    keyed: Keyed<SetPassword>,
) -> Result<Response<Body>, Problem> {
    let key = keyed.named(&keyed.request.change)?;
    concluded(&cookies, &visitor, usecase::password::set(&state, &visitor, key, &keyed.request).await?)
}
