//! The devices an account is signed in on, and ending the session of another one or of all others:
//! single actions behind the step-up gate (G1, SES-06).

use super::change::Open;
use super::outcome;
use crate::app::App;
use crate::clock::Moment;
use crate::extract::{Json, Keyed};
use crate::problem::Problem;
use crate::revoke::{self, Keep};
use crate::rules;
use crate::session::{Session, Visitor};
use crate::store::read_text;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::routing::{get, post};
use contract::account::Surface;
use contract::activity::Happening;
use contract::change::ChangeStep;
use contract::device::{Device, Devices, EndDevice, EndOtherSessions, GetDevices};
use contract::endpoint::Endpoint;
use contract::me::Action;
use contract::refusal::{Refusal, SessionEnd};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(GetDevices::PATH, get(list))
        .route(EndDevice::PATH, post(end_device))
        .route(EndOtherSessions::PATH, post(end_others))
}

async fn list(State(app): State<App>, session: Session) -> Result<Json<Devices>, Problem> {
    let now = app.now();
    // Whoever stands at a shared device sees nothing of one's own ones (G6).
    session.account.may(Action::EndOtherSessions, session.surface, now)?;
    let mut reader = app.store().read().await?;
    Ok(Json(Devices { devices: signed_in(&mut reader, &session, now).await? }))
}

/// Where the account is signed in, this device first.
pub(super) async fn signed_in(
    connection: &mut SqliteConnection,
    session: &Session,
    now: Moment,
) -> Result<Vec<Device>, Problem> {
    let rows = sqlx::query(
        "SELECT s.id, s.device, d.kind, s.surface, s.way, s.created_at, s.last_seen_at
         FROM session s JOIN device d ON d.id = s.device
         WHERE s.account = ? AND s.ended_at IS NULL AND s.epoch = ?
         ORDER BY s.id = ? DESC, s.last_seen_at DESC, s.rowid DESC",
    )
    .bind(&session.account.id)
    .bind(session.account.epoch)
    .bind(&session.id)
    .fetch_all(connection)
    .await?;
    let mut devices = Vec::with_capacity(rows.len());
    for row in &rows {
        devices.extend(device(row, session, now)?);
    }
    Ok(devices)
}

/// One row, unless its session ran out and nobody noticed yet.
fn device(row: &SqliteRow, session: &Session, now: Moment) -> Result<Option<Device>, Problem> {
    let surface: Surface = read_text(row.get("surface"))?;
    let (signed_in, last_seen) =
        (Moment::from_millis(row.get("created_at")), Moment::from_millis(row.get("last_seen_at")));
    if rules::session_end(surface, signed_in, last_seen) <= now {
        return Ok(None);
    }
    Ok(Some(Device {
        id: row.get("device"),
        kind: read_text(row.get("kind"))?,
        here: row.get::<String, _>("id") == session.id,
        way: read_text(row.get("way"))?,
        signed_in_at: signed_in.timestamp(),
        last_seen_at: last_seen.timestamp(),
    }))
}

/// One of the account's other devices, on which it is signed in (SES-06). Those of other accounts are
/// not there; ending this one is signing out.
pub(super) async fn other(
    connection: &mut SqliteConnection,
    session: &Session,
    id: &str,
    now: Moment,
) -> Result<Device, Problem> {
    let devices = signed_in(connection, session, now).await?;
    let device = devices.into_iter().find(|device| device.id == id).ok_or(Refusal::NotFound)?;
    if device.here { Err(Refusal::Forbidden.into()) } else { Ok(device) }
}

async fn end_device(
    State(app): State<App>,
    visitor: Visitor,
    keyed: Keyed<EndDevice>,
) -> Result<Response<Body>, Problem> {
    let Some(grant) = &keyed.request.grant else {
        let now = app.now();
        let mut reader = app.store().read().await?;
        let session = visitor.session(&mut reader, now).await?;
        session.account.may(Action::EndDevice, session.surface, now)?;
        other(&mut reader, &session, &keyed.request.device, now).await?;
        return Err(Refusal::StepUpNeeded { ways: session.account.open_ways(Action::EndDevice, now) }.into());
    };
    outcome::once(&app, &visitor, keyed.named(grant)?, end_one(&app, &visitor, &keyed, grant)).await
}

async fn end_one(
    app: &App,
    visitor: &Visitor,
    keyed: &Keyed<EndDevice>,
    grant: &str,
) -> Result<Response<Body>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = visitor.session(&mut tx, now).await?;
    session.account.may(Action::EndDevice, session.surface, now)?;
    let device = other(&mut tx, &session, &keyed.request.device, now).await?;
    let open = Open::granted(Action::EndDevice, Some(&device.id), &mut tx, &session, grant, now).await?;
    revoke::end_device(&mut tx, &session, &device.id, now).await?;
    session.event(Happening::DeviceEnded, open.proven_way).write(&mut tx, now).await?;
    let ended = ChangeStep::DeviceEnded { kind: device.kind };
    let record = open.conclude(&mut tx, &session, &ended, now).await?;
    let answer = outcome::record(&mut tx, &session, keyed.named(grant)?, &record, now).await?;
    tx.commit().await?;
    app.scans().look();
    Ok(answer)
}

async fn end_others(
    State(app): State<App>,
    visitor: Visitor,
    keyed: Keyed<EndOtherSessions>,
) -> Result<Response<Body>, Problem> {
    let Some(grant) = &keyed.request.grant else {
        let now = app.now();
        let mut reader = app.store().read().await?;
        let session = visitor.session(&mut reader, now).await?;
        session.account.may(Action::EndOtherSessions, session.surface, now)?;
        return Err(
            Refusal::StepUpNeeded { ways: session.account.open_ways(Action::EndOtherSessions, now) }.into()
        );
    };
    outcome::once(&app, &visitor, keyed.named(grant)?, end(&app, &visitor, &keyed, grant)).await
}

async fn end(
    app: &App,
    visitor: &Visitor,
    keyed: &Keyed<EndOtherSessions>,
    grant: &str,
) -> Result<Response<Body>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = visitor.session(&mut tx, now).await?;
    let open = Open::granted(Action::EndOtherSessions, None, &mut tx, &session, grant, now).await?;
    // Those that the person saw: sessions that ran out unnoticed are none of them.
    let others = signed_in(&mut tx, &session, now).await?.iter().filter(|device| !device.here).count();
    let count = u32::try_from(others).unwrap_or(u32::MAX);
    revoke::end_sessions(&mut tx, &session, Keep::ThisSession, SessionEnd::EndedElsewhere, now).await?;
    // Whoever is about to come in, or to go on, is out as well.
    revoke::void_elsewhere(&mut tx, &session).await?;
    session.event(Happening::OthersEnded, open.proven_way).write(&mut tx, now).await?;
    let record = open.conclude(&mut tx, &session, &ChangeStep::SessionsEnded { count }, now).await?;
    let answer = outcome::record(&mut tx, &session, keyed.named(grant)?, &record, now).await?;
    tx.commit().await?;
    app.scans().look();
    Ok(answer)
}
