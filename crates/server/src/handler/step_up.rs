//! Proving the old identity inside a change (P1, P5). The proof is written into the change: by
//! which way, when, in which login session.

use super::change::{Open, Proof};
use crate::app::App;
use crate::clock::Moment;
use crate::code;
use crate::extract::Json;
use crate::problem::Problem;
use crate::rules;
use crate::session::Session;
use crate::store::text_of;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use contract::account::Way;
use contract::change::Change;
use contract::endpoint::Endpoint;
use contract::refusal::Refusal;
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms};
use sqlx::SqliteConnection;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(SendStepUpCode::PATH, post(send_code))
        .route(StepUpBySms::PATH, post(by_sms))
        .route(StepUpByPassword::PATH, post(by_password))
}

async fn send_code(
    State(app): State<App>,
    session: Session,
    Json(request): Json<SendStepUpCode>,
) -> Result<Json<Change>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    let open = identify(&mut tx, &session, &request.change, request.version, Way::Sms, now).await?;
    let (_, letter) = code::issue(&app, &mut tx, open.old_bond(&session), now).await?;
    open.moved_on(&mut tx).await?;
    let record = Open::find(&mut tx, &session, &request.change, now).await?;
    let record = record.record(&mut tx, &session, now).await?;
    tx.commit().await?;
    code::deliver(&app, letter).await;
    Ok(Json(record))
}

async fn by_sms(
    State(app): State<App>,
    session: Session,
    Json(request): Json<StepUpBySms>,
) -> Result<Json<Change>, Problem> {
    let now = app.now();
    let (change, version) = (request.change.as_str(), request.version);
    let mut reader = app.store().read().await?;
    let open = identify(&mut reader, &session, change, version, Way::Sms, now).await?;
    drop(reader);
    let right = code::attempt(&app, open.old_bond(&session), &request.code, now).await?;
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    let open = identify(&mut tx, &session, change, version, Way::Sms, now).await?;
    right.consume(&mut tx, now).await?;
    let record = prove(&mut tx, &session, open, Way::Sms, now).await?;
    tx.commit().await?;
    Ok(Json(record))
}

async fn by_password(
    State(app): State<App>,
    session: Session,
    Json(request): Json<StepUpByPassword>,
) -> Result<Json<Change>, Problem> {
    let now = app.now();
    let (change, version) = (request.change.as_str(), request.version);
    let place = app.passwords().place()?;
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    identify(&mut tx, &session, change, version, Way::Password, now).await?;
    let phone = &session.account.phone;
    let charged = code::charge_password(&mut tx, &session.browser, phone, now).await?;
    tx.commit().await?;
    let hash = session.account.password_hash.clone();
    if app.passwords().matching(place, request.password, hash.iter().cloned().collect()).await?.is_empty() {
        return Err(code::password_wrong(charged));
    }
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    if session.account.password_hash != hash {
        return Err(code::password_wrong(charged));
    }
    let open = identify(&mut tx, &session, change, version, Way::Password, now).await?;
    code::forgive_password(&mut tx, &session.browser, &session.account.phone).await?;
    let record = prove(&mut tx, &session, open, Way::Password, now).await?;
    tx.commit().await?;
    Ok(Json(record))
}

/// The change, if it is at the point where identity is proven and the way is open.
async fn identify(
    connection: &mut SqliteConnection,
    session: &Session,
    change: &str,
    version: u32,
    way: Way,
    now: Moment,
) -> Result<Open, Problem> {
    let open = Open::find_at(connection, session, change, version, now).await?;
    if open.proof(session, now) == Proof::Fresh {
        return Err(open.stands_elsewhere(Refusal::StepOutOfOrder, connection, session, now).await);
    }
    rules::way_open(&session.account.phone_change_ways(), way)?;
    Ok(open)
}

/// Writes the proof into the change.
async fn prove(
    connection: &mut SqliteConnection,
    session: &Session,
    open: Open,
    way: Way,
    now: Moment,
) -> Result<Change, Problem> {
    sqlx::query("UPDATE change SET proven_way = ?, proven_at = ?, proven_session = ? WHERE id = ?")
        .bind(text_of(way))
        .bind(now.millis())
        .bind(&session.id)
        .bind(&open.id)
        .execute(&mut *connection)
        .await?;
    let id = open.id.clone();
    open.moved_on(connection).await?;
    session.event("stepped_up", Some(way)).write(connection, now).await?;
    Open::find(connection, session, &id, now).await?.record(connection, session, now).await
}
