//! Replacing the phone number.

use super::concluded;
use crate::http::extract::{Json, Keyed};
use crate::http::visitor::{Client, SignedIn};
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::routing::post;
use contract::change::Change;
use contract::endpoint::Endpoint;
use contract::phone::{BindPhone, SendNewPhoneCode};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(SendNewPhoneCode::PATH, post(send_code)).route(BindPhone::PATH, post(bind))
}

async fn send_code(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<SendNewPhoneCode>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(usecase::phone::send_code(&state, &client, &request).await?))
}

async fn bind(
    State(state): State<AppState>,
    Client { visitor, cookies }: Client,
    keyed: Keyed<BindPhone>,
) -> Result<Response<Body>, Problem> {
    let key = keyed.named(&keyed.request.change)?;
    concluded(&cookies, &visitor, usecase::phone::bind(&state, &visitor, key, &keyed.request).await?)
}
