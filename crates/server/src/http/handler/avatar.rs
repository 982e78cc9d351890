//! Handlers for the picture of an account: upload, set, remove, show.

use crate::domain::session::Session;
use crate::http::extract::{self, Json, query};
use crate::http::visitor::Client;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::avatar;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::routing::{get, post};
use contract::account::Surface;
use contract::avatar::{Frame, HEAVIEST, RemoveAvatar, SetAvatar, Size, UPLOAD, Uploaded};
use contract::endpoint::Endpoint;
use contract::me::Me;
use contract::refusal::{AvatarFlaw, Refusal};

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route(UPLOAD, post(upload))
        .route(SetAvatar::PATH, post(set))
        .route(RemoveAvatar::PATH, post(remove))
}

/// For `<img>` elements, which cannot send `X-Client`.
pub(crate) fn pictures() -> Router<AppState> {
    Router::new().route("/avatars/{picture}/{file}", get(show))
}

async fn upload(
    State(state): State<AppState>,
    client: Client,
    request: Request,
) -> Result<Json<Uploaded>, Problem> {
    let (head, mut body) = request.into_parts();
    let uploaded = take_in(&state, &client, &head.uri, &mut body).await;
    if uploaded.is_err() {
        extract::drain(&mut body).await;
    }
    uploaded
}

async fn take_in(
    state: &AppState,
    client: &Client,
    uri: &Uri,
    body: &mut Body,
) -> Result<Json<Uploaded>, Problem> {
    let bad = |why| Problem::from(Refusal::AvatarBad { why });
    let account = avatar::may_change(state, client).await?;
    let frame = Frame::read(query(uri, Frame::QUERY)?)?;
    if body.size_hint().lower() > HEAVIEST as u64 {
        return Err(bad(AvatarFlaw::Heavy));
    }
    let mut slot = avatar::slot(state, &account)?;
    let file = extract::file(body, HEAVIEST, |bytes| slot.grow(bytes)).await?;
    let file = file.ok_or_else(|| bad(AvatarFlaw::Heavy))?;
    contract::avatar::inspect(&file).map_err(bad)?;
    Ok(Json(avatar::upload(state, client, slot, file, frame).await?))
}

async fn set(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<SetAvatar>,
) -> Result<Json<Me>, Problem> {
    Ok(Json(avatar::set(&state, &client, &request.picture).await?))
}

async fn remove(
    State(state): State<AppState>,
    client: Client,
    Json(RemoveAvatar {}): Json<RemoveAvatar>,
) -> Result<Json<Me>, Problem> {
    Ok(Json(avatar::remove(&state, &client).await?))
}

/// Shows a picture to its owner and, once it is set, to members of the same organization. All others get the
/// answer of a missing one (AVA-3).
async fn show(
    State(state): State<AppState>,
    client: Client,
    Path((picture, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let size = match file.as_str() {
        "128.jpg" => Size::Small,
        "512.jpg" => Size::Large,
        _ => return Err(Refusal::NotFound.into()),
    };
    // A picture is for an `<img>`, never for a script, a document or a worker.
    if headers.get("sec-fetch-dest").is_some_and(|destination| destination != "image") {
        return Err(Refusal::NotFound.into());
    }
    let (bytes, session) = match avatar::show(&state, &client, &picture, size).await {
        Ok(shown) => shown,
        Err(problem) if problem.is_refusal() => {
            if problem.is_session_over() {
                client.cookies.end();
            }
            return Err(Refusal::NotFound.into());
        }
        Err(fault) => return Err(fault),
    };
    Ok(answer(bytes, &format!("\"{picture}-{}\"", size.pixels()), &session, &headers))
}

/// The picture, or 304 if the browser has it.
fn answer(bytes: Vec<u8>, tag: &str, session: &Session, asked: &HeaderMap) -> Response<Body> {
    let is_had = extract::has(asked, tag);
    let mut response = Response::new(if is_had { Body::empty() } else { Body::from(bytes) });
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    // A shared device keeps nothing (G6).
    let keep = if session.surface == Surface::Kiosk { "no-store" } else { "private, no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("Cookie, Sec-Fetch-Dest"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    if is_had {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    }
    response
}
