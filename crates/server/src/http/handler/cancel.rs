//! Canceling an account.

use super::concluded;
use crate::http::document;
use crate::http::extract::{Json, Keyed};
use crate::http::visitor::{Client, SignedIn};
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::notice;
use crate::usecase::{begin, cancel};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, header};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use contract::cancel::{CancelAccount, Consequences, GetCancel, StartCancel};
use contract::change::{Change, StartChange};
use contract::endpoint::Endpoint;
use contract::me::Action;
use words::Lang;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route(GetCancel::PATH, get(consequences))
        .route(StartCancel::PATH, post(start))
        .route(CancelAccount::PATH, post(confirm))
}

/// The notice as a page.
pub(crate) fn pages() -> Router<AppState> {
    let page = |lang: Lang| {
        get(async move || {
            let etag = [(header::ETAG, format!("\"{}\"", notice::version()))];
            document::framed((etag, Html(notice::page(lang))).into_response())
        })
    };
    let path = |lang: Lang| format!("/legal/cancel.{}.html", lang.tag());
    Lang::ALL.iter().fold(Router::new(), |router, &lang| router.route(&path(lang), page(lang)))
}

async fn consequences(
    State(state): State<AppState>,
    SignedIn { session, .. }: SignedIn,
) -> Result<Json<Consequences>, Problem> {
    Ok(Json(cancel::consequences(&state, &session).await?))
}

async fn start(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(request): Json<StartCancel>,
) -> Result<Json<Change>, Problem> {
    let cancel = StartChange::of(Action::Cancel);
    Ok(Json(begin::begin(&state, &client, &cancel, Some(&request.notice)).await?))
}

async fn confirm(
    State(state): State<AppState>,
    Client { visitor, cookies }: Client,
    keyed: Keyed<CancelAccount>,
) -> Result<Response<Body>, Problem> {
    let key = keyed.named(&keyed.request.change)?;
    concluded(&cookies, &visitor, cancel::confirm(&state, &visitor, key, &keyed.request).await?)
}
