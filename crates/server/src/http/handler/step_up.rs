//! Proving the old identity inside a change.

use crate::http::extract::Json;
use crate::http::visitor::SignedIn;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::step_up;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use contract::change::Change;
use contract::endpoint::Endpoint;
use contract::scan::StartStepUpScan;
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms, StepUpByWechat};

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route(SendStepUpCode::PATH, post(send_code))
        .route(StepUpBySms::PATH, post(by_sms))
        .route(StepUpByPassword::PATH, post(by_password))
        .route(StartStepUpScan::PATH, post(begin_scan))
        .route(StepUpByWechat::PATH, post(by_wechat))
}

async fn send_code(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<SendStepUpCode>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(step_up::send_code(&state, &client, &request).await?))
}

async fn by_sms(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<StepUpBySms>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(step_up::by_sms(&state, &client, &request).await?))
}

async fn by_password(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<StepUpByPassword>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(step_up::by_password(&state, &client, request).await?))
}

async fn begin_scan(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<StartStepUpScan>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(step_up::begin_scan(&state, &client, &request).await?))
}

async fn by_wechat(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<StepUpByWechat>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(step_up::by_wechat(&state, &client, &request).await?))
}
