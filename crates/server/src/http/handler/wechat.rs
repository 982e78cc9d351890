//! Replacing the WeChat, or binding the first.

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
use contract::scan::StartNewWechatScan;
use contract::wechat::BindWechat;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(StartNewWechatScan::PATH, post(begin_scan)).route(BindWechat::PATH, post(bind))
}

async fn begin_scan(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<StartNewWechatScan>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(usecase::wechat::begin_scan(&state, &client, &request).await?))
}

async fn bind(
    State(state): State<AppState>,
    Client { visitor, cookies }: Client,
    keyed: Keyed<BindWechat>,
) -> Result<Response<Body>, Problem> {
    let key = keyed.named(&keyed.request.change)?;
    concluded(&cookies, &visitor, usecase::wechat::bind(&state, &visitor, key, &keyed.request).await?)
}
