//! The devices an account is signed in on, and ending their sessions.

use super::concluded;
use crate::http::extract::{Json, Keyed};
use crate::http::visitor::{Client, SignedIn};
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::devices::{self, DeviceEnd, OtherSessionsEnd};
use crate::usecase::gate;
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
    let grant = keyed.granted(grant.as_deref())?;
    concluded(&cookies, &visitor, gate::perform(&state, &visitor, grant, DeviceEnd { device }).await?)
}

async fn end_others(
    State(state): State<AppState>,
    Client { visitor, cookies }: Client,
    keyed: Keyed<EndOtherSessions>,
) -> Result<Response<Body>, Problem> {
    let grant = keyed.granted(keyed.request.grant.as_deref())?;
    concluded(&cookies, &visitor, gate::perform(&state, &visitor, grant, OtherSessionsEnd).await?)
}
