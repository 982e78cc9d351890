//! The organization's console.

use super::concluded;
use crate::http::extract::{Json, Keyed, query};
use crate::http::visitor::{Client, SignedIn};
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::console::{self, SuperAdminChange, UserDeletion};
use crate::usecase::gate;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, Uri};
use axum::routing::{get, post};
use contract::console::{
    ChangeSuperAdmin, DeleteUser, GetSettings, GetUsers, SetRole, SetSettings, Settings, User, Users,
};
use contract::endpoint::Endpoint;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route(GetSettings::PATH, get(settings).post(set_settings))
        .route(GetUsers::PATH, get(users))
        .route(SetRole::PATH, post(set_role))
        .route(ChangeSuperAdmin::PATH, post(change_super_admin))
        .route(DeleteUser::PATH, post(delete))
}

async fn settings(
    State(state): State<AppState>,
    SignedIn { session, .. }: SignedIn,
) -> Result<Json<Settings>, Problem> {
    Ok(Json(console::settings(&state, &session).await?))
}

async fn set_settings(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<SetSettings>,
) -> Result<Json<Settings>, Problem> {
    Ok(Json(console::set_settings(&state, &client, &request).await?))
}

async fn users(
    State(state): State<AppState>,
    SignedIn { session, .. }: SignedIn,
    uri: Uri,
) -> Result<Json<Users>, Problem> {
    console::enter(&session, state.now())?;
    let [search, after] = query(&uri, GetUsers::QUERY)?;
    Ok(Json(console::users(&state, &session, search, after).await?))
}

async fn set_role(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<SetRole>,
) -> Result<Json<User>, Problem> {
    Ok(Json(console::set_role(&state, &client, &request).await?))
}

async fn change_super_admin(
    State(state): State<AppState>,
    Client { visitor, cookies }: Client,
    keyed: Keyed<ChangeSuperAdmin>,
) -> Result<Response<Body>, Problem> {
    let request = &keyed.request;
    let grant = keyed.granted(request.grant.as_deref())?;
    concluded(&cookies, &visitor, gate::perform(&state, &visitor, grant, SuperAdminChange { request }).await?)
}

async fn delete(
    State(state): State<AppState>,
    Client { visitor, cookies }: Client,
    keyed: Keyed<DeleteUser>,
) -> Result<Response<Body>, Problem> {
    let request = &keyed.request;
    let grant = keyed.granted(request.grant.as_deref())?;
    concluded(&cookies, &visitor, gate::perform(&state, &visitor, grant, UserDeletion { request }).await?)
}
