//! Being in several meetings at the same time, as the account's owner sees it.

use crate::http::extract::{Json, query};
use crate::http::visitor::SignedIn;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase;
use crate::wire;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::routing::get;
use contract::account::DeviceKind;
use contract::endpoint::Endpoint;
use contract::meetings::{CanJoin, GetCanJoin, GetMeetings, Meetings};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(GetMeetings::PATH, get(list)).route(GetCanJoin::PATH, get(can_join))
}

async fn list(
    State(state): State<AppState>,
    SignedIn { session, .. }: SignedIn,
) -> Result<Json<Meetings>, Problem> {
    Ok(Json(usecase::meetings::list(&state, &session).await?))
}

async fn can_join(
    State(state): State<AppState>,
    SignedIn { session, .. }: SignedIn,
    uri: Uri,
) -> Result<Json<CanJoin>, Problem> {
    usecase::meetings::may_see(&state, &session)?;
    let malformed = || Problem::malformed(StatusCode::BAD_REQUEST.as_u16());
    let [kind, own] = query(&uri, GetCanJoin::QUERY)?;
    let kind: DeviceKind = kind.and_then(|kind| wire::read(&kind).ok()).ok_or_else(malformed)?;
    let own = own.and_then(|own| own.parse().ok()).ok_or_else(malformed)?;
    Ok(Json(usecase::meetings::can_join(&state, &session, kind, own).await?))
}
