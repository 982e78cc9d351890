//! Replacing the phone number (P1–P9).
//!
//! The commit is one transaction (STP-05): it uses the code up, asks every precondition again,
//! replaces the number, lets the old one rest, raises the account's epoch and writes the notices,
//! the audit event and the outcome.

use super::change::Open;
use super::outcome;
use crate::app::App;
use crate::clock::Moment;
use crate::code;
use crate::extract::{Json, Keyed};
use crate::guess;
use crate::outbox::{self, Topic};
use crate::problem::Problem;
use crate::revoke::{self, Keep};
use crate::rules::{self, NewNumberFacts};
use crate::session::{Session, Visitor};
use crate::words;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::routing::post;
use contract::account::Surface;
use contract::activity::Happening;
use contract::change::{Change, ChangeStep};
use contract::endpoint::Endpoint;
use contract::me::Action;
use contract::phone::{BindPhone, PhoneNumber, SendNewPhoneCode};
use contract::refusal::{Refusal, SessionEnd};
use sqlx::SqliteConnection;

pub(crate) fn router() -> Router<App> {
    Router::new().route(SendNewPhoneCode::PATH, post(send_code)).route(BindPhone::PATH, post(bind))
}

async fn send_code(
    State(app): State<App>,
    session: Session,
    Json(request): Json<SendNewPhoneCode>,
) -> Result<Json<Change>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    let open =
        Open::find_for(Action::Phone, &mut tx, &session, &request.change, request.version, now).await?;
    open.must_be_fresh(&mut tx, &session, now).await?;
    let target = match (&request.phone, &open.target) {
        (Some(typed), _) => rules::new_number_form(typed)?,
        (None, Some(target)) => target.clone(),
        (None, None) => {
            return Err(open.stands_elsewhere(Refusal::StepOutOfOrder, &mut tx, &session, now).await);
        }
    };
    guess::may_ask_numbers(&mut tx, &session.account.id, now).await?;
    if let Err(problem) = bindable(&mut tx, &session, &target, now).await {
        if tells_of_others(&problem) {
            guess::charge_number(&mut tx, &session.account.id, session.asker(), now).await?;
            tx.commit().await?;
        }
        return Err(problem);
    }
    take_target(&mut tx, &open, &target).await?;
    let (_, letter) = code::issue(&app, &mut tx, open.new_bond(&session, &target), true, now).await?;
    let record = open.moved_on(&mut tx, &session, now).await?;
    tx.commit().await?;
    Open::deliver(&app, &session, &record, letter, now).await?;
    Ok(Json(record))
}

/// Whether a refusal says something about a number that is not this account's.
fn tells_of_others(problem: &Problem) -> bool {
    let Problem::Refused { refusal, .. } = problem else { return false };
    matches!(**refusal, Refusal::PhoneTaken | Refusal::PhoneResting { .. })
}

async fn bind(
    State(app): State<App>,
    visitor: Visitor,
    keyed: Keyed<BindPhone>,
) -> Result<Response<Body>, Problem> {
    outcome::once(&app, &visitor, keyed.named(&keyed.request.change)?, conclude(&app, &visitor, &keyed)).await
}

async fn conclude(app: &App, visitor: &Visitor, keyed: &Keyed<BindPhone>) -> Result<Response<Body>, Problem> {
    let request = &keyed.request;
    let now = app.now();
    let mut reader = app.store().read().await?;
    let session = visitor.session(&mut reader, now).await?;
    let (open, target) = ready(&mut reader, &session, request, now).await?;
    drop(reader);
    let right = code::attempt(app, open.new_bond(&session, &target), &request.code, now).await?;

    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    let (open, again) = ready(&mut tx, &session, request, now).await?;
    if again != target {
        return Err(Refusal::CodeExpired.into());
    }
    right.consume(&mut tx, now).await?;
    bindable(&mut tx, &session, &target, now).await?;
    guess::keep_failed(&mut tx, &session.account.id).await?;
    replace(&mut tx, &session, &target, now).await?;
    revoke::end_sessions(&mut tx, &session, Keep::Nothing, SessionEnd::PhoneChanged, now).await?;
    revoke::void_pending(&mut tx, &session.account.id, &open.id).await?;
    session.event(Happening::PhoneChanged, open.proven_way).write(&mut tx, now).await?;
    let text = words::phone_changed(&session.account.phone, &target, now);
    outbox::tell(app, &mut tx, &session.account, Topic::PhoneChanged, &text, now).await?;
    let bound = ChangeStep::PhoneBound { phone: target.masked() };
    let record = open.conclude(&mut tx, &session, &bound, now).await?;
    let answer = outcome::record(&mut tx, &session, keyed.named(&request.change)?, &record, now).await?;
    tx.commit().await?;
    if session.surface == Surface::Kiosk {
        // The session is over, and with it whatever the next person could look into (G6).
        visitor.dismiss();
    }
    app.notices().notify_one();
    // Streams of sessions that ended here end now (SES-03).
    app.scans().look();
    Ok(answer)
}

/// The change and its target, if all that is missing is the code (P5, STP-06).
async fn ready(
    connection: &mut SqliteConnection,
    session: &Session,
    request: &BindPhone,
    now: Moment,
) -> Result<(Open, PhoneNumber), Problem> {
    let open =
        Open::find_for(Action::Phone, connection, session, &request.change, request.version, now).await?;
    // The step-up had to be fresh when the code was sent; the code has its own five minutes.
    open.must_be_proven(connection, session, now).await?;
    match open.target.clone() {
        Some(target) => Ok((open, target)),
        None => Err(open.stands_elsewhere(Refusal::StepOutOfOrder, connection, session, now).await),
    }
}

/// Whether the account may have this number now (P4, P7).
async fn bindable(
    connection: &mut SqliteConnection,
    session: &Session,
    number: &PhoneNumber,
    now: Moment,
) -> Result<(), Problem> {
    let account = &session.account;
    let taken: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM account WHERE tenant = ? AND phone = ? AND id <> ?)",
    )
    .bind(&account.tenant)
    .bind(number.as_str())
    .bind(&account.id)
    .fetch_one(&mut *connection)
    .await?;
    let rests = rests(connection, number, now).await?;
    let resting_until = rules::resting_until(&rests, Some(&account.id), now);
    Ok(rules::new_number(number, NewNumberFacts { bound: &account.phone, taken, resting_until }, now)?)
}

/// Who let a number rest, and until when.
pub(crate) async fn rests(
    connection: &mut SqliteConnection,
    number: &PhoneNumber,
    now: Moment,
) -> Result<Vec<(String, Moment)>, Problem> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT held_by, until FROM resting WHERE phone = ? AND until > ?")
            .bind(number.as_str())
            .bind(now.millis())
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(held_by, until)| (held_by, Moment::from_millis(until))).collect())
}

/// Makes a number the target of the change. Another target voids the code to the earlier one, not
/// the step-up; the fourth is refused (P5).
async fn take_target(
    connection: &mut SqliteConnection,
    open: &Open,
    target: &PhoneNumber,
) -> Result<(), Problem> {
    let others: u32 =
        sqlx::query_scalar("SELECT COUNT(*) FROM change_target WHERE change = ? AND phone <> ?")
            .bind(&open.id)
            .bind(target.as_str())
            .fetch_one(&mut *connection)
            .await?;
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM change_target WHERE change = ? AND phone = ?)")
            .bind(&open.id)
            .bind(target.as_str())
            .fetch_one(&mut *connection)
            .await?;
    if !known && others >= rules::TARGETS {
        return Err(Refusal::TooManyTargets.into());
    }
    sqlx::query("INSERT INTO change_target (change, phone) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(&open.id)
        .bind(target.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE code SET void = 1 WHERE change = ? AND purpose = 'new_phone' AND phone <> ?")
        .bind(&open.id)
        .bind(target.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE change SET target = ? WHERE id = ?")
        .bind(target.as_str())
        .bind(&open.id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts the new number in the place of the old one, which rests from now (P7). The database has
/// the last word on uniqueness (PHN-05).
async fn replace(
    connection: &mut SqliteConnection,
    session: &Session,
    target: &PhoneNumber,
    now: Moment,
) -> Result<(), Problem> {
    let account = &session.account;
    let replaced = sqlx::query(
        "UPDATE account SET phone = ?, phone_bound_at = ?
         WHERE id = ? AND phone = ? AND epoch = ?",
    )
    .bind(target.as_str())
    .bind(now.millis())
    .bind(&account.id)
    .bind(account.phone.as_str())
    .bind(account.epoch)
    .execute(&mut *connection)
    .await;
    match replaced {
        Ok(done) if done.rows_affected() == 1 => {}
        Ok(_) => return Err(Problem::fault("an account changed under the write lock")),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            return Err(Refusal::PhoneTaken.into());
        }
        Err(error) => return Err(error.into()),
    }
    sqlx::query("DELETE FROM resting WHERE until <= ?").bind(now.millis()).execute(&mut *connection).await?;
    sqlx::query(
        "INSERT INTO resting (phone, held_by, until) VALUES (?, ?, ?)
         ON CONFLICT (phone, held_by) DO UPDATE SET until = excluded.until",
    )
    .bind(account.phone.as_str())
    .bind(&account.id)
    .bind(now.after(rules::REST).millis())
    .execute(connection)
    .await?;
    Ok(())
}
