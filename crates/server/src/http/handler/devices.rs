//! The devices an account is signed in on, and ending their sessions.

use super::concluded;
use crate::http::extract::{Json, Keyed};
use crate::http::visitor::{Client, SignedIn};
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::devices;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::routing::{get, post};
use contract::devices::{Devices, EndDevice, EndOtherSessions, GetDevices};
use contract::endpoint::Endpoint;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route(GetDevices::PATH, get(list))
        .route(EndDevice::PATH, post(end_device))
        .route(EndOtherSessions::PATH, post(end_others))
}

async fn list(
    State(state): State<AppState>,
    SignedIn { session, .. }: SignedIn,
) -> Result<Json<Devices>, Problem> {
    Ok(Json(devices::list(&state, &session).await?))
}

async fn end_device(
    State(state): State<AppState>,
    Client { visitor, cookies }: Client,
    keyed: Keyed<EndDevice>,
) -> Result<Response<Body>, Problem> {
    let EndDevice { device, grant } = &keyed.request;
    let ended = match grant {
        None => devices::refuse_ending_device(&state, &visitor, device).await?,
        Some(grant) => devices::end_device(&state, &visitor, keyed.named(grant)?, device, grant).await?,
    };
    concluded(&cookies, &visitor, ended)
}

async fn end_others(
    State(state): State<AppState>,
    Client { visitor, cookies }: Client,
    keyed: Keyed<EndOtherSessions>,
) -> Result<Response<Body>, Problem> {
    let ended = match &keyed.request.grant {
        None => devices::refuse_ending_others(&state, &visitor).await?,
        Some(grant) => devices::end_others(&state, &visitor, keyed.named(grant)?, grant).await?,
    };
    concluded(&cookies, &visitor, ended)
}
