//! Replacing the WeChat, or binding the first (W1–W7).
//!
//! The new WeChat scans and allows it on its phone; the browser that asked then shows what it is
//! called and binds it in one transaction (STP-05): it takes the scan, asks every precondition
//! again, replaces the WeChat, ends the sessions that were opened with the replaced one, gives this
//! one a new token, voids what is under way, and writes the notice, the audit event and the outcome.

use super::change::Open;
use super::outcome;
use crate::app::App;
use crate::clock::Moment;
use crate::extract::{Json, Keyed};
use crate::outbox::{self, Topic};
use crate::problem::Problem;
use crate::revoke;
use crate::rules;
use crate::scan::{self, Attempt, Where, life};
use crate::session::{Session, Visitor};
use crate::words;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::routing::post;
use contract::activity::Happening;
use contract::change::{Change, ChangeStep};
use contract::endpoint::Endpoint;
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, ScanState, StartNewWechatScan};
use contract::wechat::BindWechat;
use sqlx::SqliteConnection;

pub(crate) fn router() -> Router<App> {
    Router::new().route(StartNewWechatScan::PATH, post(begin_scan)).route(BindWechat::PATH, post(bind))
}

async fn begin_scan(
    State(app): State<App>,
    session: Session,
    Json(request): Json<StartNewWechatScan>,
) -> Result<Json<Change>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    let open =
        Open::find_for(Action::Wechat, &mut tx, &session, &request.change, request.version, now).await?;
    open.must_be_fresh(&mut tx, &session, now).await?;
    still_open(&open, &session, now)?;
    Ok(Json(open.scanning(&app, tx, &session, ScanPurpose::BindNew, now).await?))
}

async fn bind(
    State(app): State<App>,
    visitor: Visitor,
    keyed: Keyed<BindWechat>,
) -> Result<Response<Body>, Problem> {
    outcome::once(&app, &visitor, keyed.named(&keyed.request.change)?, conclude(&app, &visitor, &keyed)).await
}

async fn conclude(
    app: &App,
    visitor: &Visitor,
    keyed: &Keyed<BindWechat>,
) -> Result<Response<Body>, Problem> {
    let request = &keyed.request;
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = visitor.session(&mut tx, now).await?;
    let (open, attempt) = ready(&mut tx, &session, request, now).await?;
    let account = &session.account;
    let wechat = attempt.redeem(&mut tx, now).await?;
    let taken = account.wechat_taken(&mut tx, &wechat).await?;
    match life::fit(ScanPurpose::BindNew, &wechat, account.wechat_id(), taken) {
        life::Fit::Fits => {}
        life::Fit::Same => return Err(Refusal::WechatSame.into()),
        life::Fit::Taken => return Err(Refusal::WechatTaken.into()),
        life::Fit::Mismatch => return Err(Refusal::WechatMismatch.into()),
    }
    let ended = revoke::end_wechat_sessions(&mut tx, &session, now).await?;
    // Whoever is about to sign in does so by the old one, or by the new one since before it opened this
    // account: what was allowed then was something else.
    revoke::void_pending(&mut tx, &account.id, &open.id).await?;
    replace(&mut tx, &session, &wechat).await?;
    scan::supersede_sign_ins(&mut tx, &account.id, Where::Anywhere).await?;
    let token = session.renew(&mut tx).await?;
    let first = account.wechat_id().is_none();
    let what = if first { Happening::WechatBound } else { Happening::WechatChanged };
    session.event(what, open.proven_way).write(&mut tx, now).await?;
    let profile = scan::profile_of(&mut tx, &wechat).await?;
    let text = words::wechat_changed(&account.phone, &profile.nickname, first, now);
    outbox::tell(app, &mut tx, account, Topic::WechatChanged, &text, now).await?;
    let bound = ChangeStep::WechatBound { wechat: profile, replaced: !first, ended };
    let record = open.conclude(&mut tx, &session, &bound, now).await?;
    let key = keyed.named(&request.change)?;
    let answer = outcome::record(&mut tx, &session, key, &record, now).await?;
    tx.commit().await?;
    visitor.admit(&token);
    app.notices().notify_one();
    app.scans().look();
    Ok(answer)
}

/// The change and the scan, if all that is missing is the person's word (QR-18, STP-06).
async fn ready(
    connection: &mut SqliteConnection,
    session: &Session,
    request: &BindWechat,
    now: Moment,
) -> Result<(Open, Attempt), Problem> {
    let (id, version) = (&request.change, request.version);
    let open = Open::find_for(Action::Wechat, connection, session, id, version, now).await?;
    // The step-up had to be fresh when the scan was begun; what was allowed has its own time.
    open.must_be_proven(connection, session, now).await?;
    still_open(&open, session, now)?;
    let bond = open.scan_bond(session, ScanPurpose::BindNew);
    match Attempt::latest(connection, bond, now).await? {
        Some(attempt) if attempt.state == ScanState::Confirmed => Ok((open, attempt)),
        _ => Err(open.stands_elsewhere(Refusal::StepOutOfOrder, connection, session, now).await),
    }
}

/// Whether the way of the proof is still one for this change (W2, STP-04).
fn still_open(open: &Open, session: &Session, now: Moment) -> Result<(), Refusal> {
    let way = open.proven_way.ok_or(Refusal::StepOutOfOrder)?;
    rules::way_open(&session.account.ways(Action::Wechat, now), way)
}

/// Puts the new WeChat in the place of the old one. The database has the last word on uniqueness
/// (QR-09).
async fn replace(connection: &mut SqliteConnection, session: &Session, wechat: &str) -> Result<(), Problem> {
    let account = &session.account;
    let replaced = sqlx::query("UPDATE account SET wechat = ? WHERE id = ? AND wechat IS ? AND epoch = ?")
        .bind(wechat)
        .bind(&account.id)
        .bind(account.wechat_id())
        .bind(account.epoch)
        .execute(connection)
        .await;
    match replaced {
        Ok(done) if done.rows_affected() == 1 => Ok(()),
        Ok(_) => Err(Problem::fault("an account changed under the write lock")),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(Refusal::WechatTaken.into()),
        Err(error) => Err(error.into()),
    }
}
