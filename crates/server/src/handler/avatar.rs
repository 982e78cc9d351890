//! The picture of an account (A1, A2): uploaded, set, taken away, shown.

use super::me;
use crate::app::App;
use crate::clock::Moment;
use crate::extract::{self, Json, query};
use crate::picture::Picture;
use crate::picture::lab::Place;
use crate::problem::Problem;
use crate::rules;
use crate::secret;
use crate::session::{Session, Visitor};
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::routing::{get, post};
use contract::account::Surface;
use contract::activity::Happening;
use contract::avatar::{self, Frame, HEAVIEST, RemoveAvatar, SetAvatar, Size, UPLOAD, Uploaded};
use contract::endpoint::Endpoint;
use contract::me::Me;
use contract::refusal::{AvatarFlaw, Refusal};
use sqlx::SqliteConnection;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(UPLOAD, post(upload))
        .route(SetAvatar::PATH, post(set))
        .route(RemoveAvatar::PATH, post(remove))
}

/// What an `<img>` asks for; it cannot name its client.
pub(crate) fn pictures() -> Router<App> {
    Router::new().route("/avatars/{picture}/{file}", get(show))
}

async fn upload(
    State(app): State<App>,
    visitor: Visitor,
    request: Request,
) -> Result<Json<Uploaded>, Problem> {
    let (head, mut body) = request.into_parts();
    let uploaded = take_in(&app, &visitor, &head.uri, &mut body).await;
    if uploaded.is_err() {
        extract::drain(&mut body).await;
    }
    uploaded
}

async fn take_in(
    app: &App,
    visitor: &Visitor,
    uri: &Uri,
    body: &mut Body,
) -> Result<Json<Uploaded>, Problem> {
    let mut reader = app.store().read().await?;
    let session = visitor.session(&mut reader, app.now()).await?;
    drop(reader);
    session.account.may_change_avatar(session.surface)?;
    let frame = Frame::read(query(uri, Frame::QUERY)?)?;
    let bad = |why| Problem::from(Refusal::AvatarBad { why });
    if body.size_hint().lower() > HEAVIEST as u64 {
        return Err(bad(AvatarFlaw::Heavy));
    }
    let mut place: Place = app.lab().place(&session.account.id)?;
    let file = extract::file(body, HEAVIEST, |bytes| place.grow(bytes)).await?;
    let file = file.ok_or_else(|| bad(AvatarFlaw::Heavy))?;
    avatar::inspect(&file).map_err(bad)?;
    charge(app, &session).await?;
    let picture = app.lab().develop(place, file, frame).await?;
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    // Whether it may is asked once more now that it took its time (A1).
    session.account.may_change_avatar(session.surface)?;
    let id = keep(&mut tx, &session.account.id, &picture, now).await?;
    make_room(&mut tx, &session.account.id).await?;
    tx.commit().await?;
    Ok(Json(Uploaded { picture: id }))
}

/// Counts a file before it is decoded (AVA-5).
async fn charge(app: &App, session: &Session) -> Result<(), Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let account = &session.again(&mut tx, now).await?.account.id;
    let uploaded: Vec<i64> =
        sqlx::query_scalar("SELECT at FROM upload WHERE account = ? AND at > ? ORDER BY at DESC")
            .bind(account)
            .bind(rules::hour_before(now).millis())
            .fetch_all(&mut *tx)
            .await?;
    let uploaded: Vec<Moment> = uploaded.into_iter().map(Moment::from_millis).collect();
    rules::may_upload(&uploaded, now).map_err(Problem::over_budget)?;
    sqlx::query("INSERT INTO upload (account, at) VALUES (?, ?)")
        .bind(account)
        .bind(now.millis())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps a picture of an account; answers its name.
pub(crate) async fn keep(
    connection: &mut SqliteConnection,
    account: &str,
    picture: &Picture,
    now: Moment,
) -> Result<String, Problem> {
    let id = secret::name_of(&picture.large);
    sqlx::query("INSERT INTO picture (id, account, uploaded_at, large, small) VALUES (?, ?, ?, ?, ?)")
        .bind(&id)
        .bind(account)
        .bind(now.millis())
        .bind(&picture.large)
        .bind(&picture.small)
        .execute(connection)
        .await?;
    Ok(id)
}

/// Of the pictures that wait, the latest stay (AVA-5).
async fn make_room(connection: &mut SqliteConnection, account: &str) -> Result<(), Problem> {
    sqlx::query(
        "DELETE FROM picture WHERE id IN (
             SELECT p.id FROM picture p JOIN account a ON a.id = p.account
             WHERE p.account = ? AND a.avatar IS NOT p.id
             ORDER BY p.uploaded_at DESC, p.rowid DESC LIMIT -1 OFFSET ?)",
    )
    .bind(account)
    .bind(rules::PENDING_PICTURES)
    .execute(connection)
    .await?;
    Ok(())
}

async fn set(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SetAvatar>,
) -> Result<Json<Me>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = visitor.session(&mut tx, now).await?;
    let account = &session.account;
    account.may_change_avatar(session.surface)?;
    if account.avatar.as_ref() == Some(&request.picture) {
        return Ok(Json(me::of(&session, now)));
    }
    let waits: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM picture WHERE id = ? AND account = ? AND uploaded_at > ?)",
    )
    .bind(&request.picture)
    .bind(&account.id)
    .bind(now.before(rules::PENDING_LIFE).millis())
    .fetch_one(&mut *tx)
    .await?;
    if !waits {
        return Err(Refusal::NotFound.into());
    }
    replace(&mut tx, &session, Some(&request.picture)).await?;
    session.event(Happening::AvatarChanged, None).write(&mut tx, now).await?;
    let session = session.again(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Json(me::of(&session, now)))
}

async fn remove(
    State(app): State<App>,
    visitor: Visitor,
    Json(RemoveAvatar {}): Json<RemoveAvatar>,
) -> Result<Json<Me>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = visitor.session(&mut tx, now).await?;
    session.account.may_change_avatar(session.surface)?;
    if session.account.avatar.is_none() {
        return Ok(Json(me::of(&session, now)));
    }
    replace(&mut tx, &session, None).await?;
    session.event(Happening::AvatarRemoved, None).write(&mut tx, now).await?;
    let session = session.again(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Json(me::of(&session, now)))
}

/// Puts a picture, or none, in the place of the one before, which goes.
async fn replace(
    connection: &mut SqliteConnection,
    session: &Session,
    picture: Option<&str>,
) -> Result<(), Problem> {
    sqlx::query("UPDATE account SET avatar = ? WHERE id = ?")
        .bind(picture)
        .bind(&session.account.id)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM picture WHERE id = ?").bind(&session.account.avatar).execute(connection).await?;
    Ok(())
}

/// Shows a picture to its owner and, once it is set, to members of the same organization. To everybody
/// else there is none (AVA-3).
async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((picture, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let size = match file.as_str() {
        "128.jpg" => Size::Small,
        "512.jpg" => Size::Large,
        _ => return Err(Refusal::NotFound.into()),
    };
    // Nobody reads a picture into a script, a document or a worker.
    if headers.get("sec-fetch-dest").is_some_and(|destination| destination != "image") {
        return Err(Refusal::NotFound.into());
    }
    let now = app.now();
    let mut reader = app.store().read().await?;
    let session = match visitor.session(&mut reader, now).await {
        Ok(session) => session,
        Err(Problem::Refused { .. }) => return Err(Refusal::NotFound.into()),
        Err(fault) => return Err(fault),
    };
    let shown: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT CASE ?5 WHEN 128 THEN p.small ELSE p.large END
         FROM picture p JOIN account owner ON owner.id = p.account JOIN tenant t ON t.id = owner.tenant
         WHERE p.id = ?1 AND (
             owner.id = ?2 AND (owner.avatar IS p.id OR p.uploaded_at > ?4)
             OR owner.avatar IS p.id AND owner.tenant = ?3 AND t.kind = 'organization')",
    )
    .bind(&picture)
    .bind(&session.account.id)
    .bind(&session.account.tenant)
    .bind(now.before(rules::PENDING_LIFE).millis())
    .bind(size.pixels())
    .fetch_optional(&mut *reader)
    .await?;
    let bytes = shown.ok_or(Refusal::NotFound)?;
    Ok(answer(bytes, &format!("\"{picture}-{}\"", size.pixels()), &session, &headers))
}

/// The picture, or that the browser has it.
fn answer(bytes: Vec<u8>, tag: &str, session: &Session, asked: &HeaderMap) -> Response<Body> {
    let is_had = extract::has(asked, tag);
    let mut response = Response::new(if is_had { Body::empty() } else { Body::from(bytes) });
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    // At a shared device nothing is left behind (G6).
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
