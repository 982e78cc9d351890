//! Proving the old identity inside a change (P1, P5). The proof is written into the change: by
//! which way, when, in which login session.

use super::change::{Open, Proof};
use crate::app::App;
use crate::clock::Moment;
use crate::code;
use crate::extract::Json;
use crate::guess::{self, Guess, Kind};
use crate::problem::Problem;
use crate::rules;
use crate::scan::{self, Attempt};
use crate::session::{Asker, Session};
use crate::store::text_of;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use contract::account::Way;
use contract::activity::Happening;
use contract::change::Change;
use contract::endpoint::Endpoint;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, StartStepUpScan};
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms, StepUpByWechat};
use sqlx::SqliteConnection;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(SendStepUpCode::PATH, post(send_code))
        .route(StepUpBySms::PATH, post(by_sms))
        .route(StepUpByPassword::PATH, post(by_password))
        .route(StartStepUpScan::PATH, post(begin_scan))
        .route(StepUpByWechat::PATH, post(by_wechat))
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
    let (_, letter) = code::issue(&app, &mut tx, open.old_bond(&session), true, now).await?;
    let record = open.moved_on(&mut tx, &session, now).await?;
    tx.commit().await?;
    Open::deliver(&app, &session, &record, letter, now).await?;
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
    let record = prove(&mut tx, &session, open, Factor::Sms, now).await?;
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
    let place = app.passwords().place(session.asker().block)?;
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    identify(&mut tx, &session, change, version, Way::Password, now).await?;
    let guess = password_guess(session.asker(), &session.account.phone);
    let charged = guess::charge(&app, &mut tx, guess, now).await?;
    tx.commit().await?;
    let hash = session.account.password_hash.clone();
    let hashes = hash.iter().cloned().collect();
    if app.passwords().matching(place, &charged, request.password, hashes, 1).await?.is_empty() {
        return Err(charged.wrong());
    }
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    if session.account.password_hash != hash {
        return Err(charged.wrong());
    }
    let open = identify(&mut tx, &session, change, version, Way::Password, now).await?;
    charged.forgive(&mut tx).await?;
    let record = prove(&mut tx, &session, open, Factor::Password, now).await?;
    tx.commit().await?;
    Ok(Json(record))
}

async fn begin_scan(
    State(app): State<App>,
    session: Session,
    Json(request): Json<StartStepUpScan>,
) -> Result<Json<Change>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    let open = identify(&mut tx, &session, &request.change, request.version, Way::Wechat, now).await?;
    Ok(Json(open.scanning(&app, tx, &session, ScanPurpose::VerifyBound, now).await?))
}

async fn by_wechat(
    State(app): State<App>,
    session: Session,
    Json(request): Json<StepUpByWechat>,
) -> Result<Json<Change>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    let open = identify(&mut tx, &session, &request.change, request.version, Way::Wechat, now).await?;
    let bond = open.scan_bond(&session, ScanPurpose::VerifyBound);
    let attempt = Attempt::bonded(&mut tx, bond, &request.scan, now).await?;
    let wechat = attempt.redeem(&mut tx, now).await?;
    if session.account.wechat_id() != Some(&wechat) {
        // It was the bound one when it was allowed.
        return Err(Refusal::WechatMismatch.into());
    }
    let record = prove(&mut tx, &session, open, Factor::Wechat(&wechat), now).await?;
    tx.commit().await?;
    app.scans().look_in(&session.browser);
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
    rules::way_open(&session.account.ways(open.action, now), way)?;
    Ok(open)
}

/// A try of the password of whoever holds a number; every endpoint that takes one charges the
/// same chain and day (OTP-07).
pub(crate) fn password_guess<'a>(asker: Asker<'a>, phone: &'a PhoneNumber) -> Guess<'a> {
    Guess { asker, phone, kind: Kind::Password, purpose: "password" }
}

/// What the old identity was proven by.
enum Factor<'a> {
    Sms,
    Password,
    /// The very WeChat, not any that the account holds later (STP-10).
    Wechat(&'a str),
}

/// Writes the proof into the change. What was begun by another way is worth nothing any more
/// (STP-03).
async fn prove(
    connection: &mut SqliteConnection,
    session: &Session,
    open: Open,
    factor: Factor<'_>,
    now: Moment,
) -> Result<Change, Problem> {
    let (way, wechat) = match factor {
        Factor::Sms => (Way::Sms, None),
        Factor::Password => (Way::Password, None),
        Factor::Wechat(wechat) => (Way::Wechat, Some(wechat)),
    };
    sqlx::query(
        "UPDATE change SET proven_way = ?, proven_at = ?, proven_session = ?, proven_wechat = ? WHERE id = ?",
    )
    .bind(text_of(way))
    .bind(now.millis())
    .bind(&session.id)
    .bind(wechat)
    .bind(&open.id)
    .execute(&mut *connection)
    .await?;
    scan::supersede_proofs(connection, &open.id).await?;
    sqlx::query("UPDATE code SET void = 1 WHERE change = ? AND purpose <> 'new_phone' AND used_at IS NULL")
        .bind(&open.id)
        .execute(&mut *connection)
        .await?;
    session.event(Happening::SteppedUp, Some(way)).write(connection, now).await?;
    open.moved_on(connection, session, now).await
}
