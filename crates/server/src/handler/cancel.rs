//! Canceling an account (C1–C8).
//!
//! A change of this action is only begun with the present notice, so none stands without consent
//! (C2, DEL-02). The commit is one transaction (STP-05): it asks every precondition again, writes
//! the receipt, the audit event and the notices, and erases the account (DEL-04); the answer is then
//! the browser's alone. Where a cooling-off is configured, the commit ends every session instead,
//! and the account goes when that is over, unless a sign-in has undone it (C8).

use super::change::{self, Open};
use super::outcome;
use crate::account::Account;
use crate::app::App;
use crate::clock::Moment;
use crate::erase;
use crate::event::Event;
use crate::extract::{Json, Keyed};
use crate::meeting;
use crate::outbox::{self, Topic};
use crate::problem::Problem;
use crate::revoke::{self, Keep};
use crate::rules;
use crate::secret;
use crate::session::{Session, Visitor};
use crate::store::text_of;
use crate::words;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, header};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use contract::activity::Happening;
use contract::cancel::{CancelAccount, Consequences, GetCancel, StartCancel};
use contract::change::{Change, ChangeStep, StartChange};
use contract::endpoint::Endpoint;
use contract::me::Action;
use contract::refusal::{Refusal, SessionEnd};
use sqlx::SqliteConnection;
use std::sync::LazyLock;

/// The notice, where it is read and what it says (C2).
const NOTICES: [(&str, &str); 2] = [
    ("/legal/cancel.zh-CN.html", include_str!("../notice/cancel.zh-CN.html")),
    ("/legal/cancel.en.html", include_str!("../notice/cancel.en.html")),
];

/// Both languages are one text: another word in either is another version.
static NOTICE_VERSION: LazyLock<String> =
    LazyLock::new(|| secret::digest(NOTICES.map(|(_, text)| text).concat().as_bytes()));

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(GetCancel::PATH, get(consequences))
        .route(StartCancel::PATH, post(start))
        .route(CancelAccount::PATH, post(confirm))
}

/// The notice as a page.
pub(crate) fn pages() -> Router<App> {
    let page = |text: &'static str| {
        get(async move || ([(header::ETAG, format!("\"{}\"", *NOTICE_VERSION))], Html(text)).into_response())
    };
    NOTICES.into_iter().fold(Router::new(), |router, (path, text)| router.route(path, page(text)))
}

/// Whether this is the notice as it stands now (C2).
pub(crate) fn notice_read(version: Option<&str>) -> Result<(), Refusal> {
    if version == Some(NOTICE_VERSION.as_str()) { Ok(()) } else { Err(Refusal::NoticeNotRead) }
}

async fn consequences(State(app): State<App>, session: Session) -> Result<Json<Consequences>, Problem> {
    let now = app.now();
    let mut reader = app.store().read().await?;
    // Whoever stands at a shared device sees nothing of what one has (G6).
    let is_own = rules::end_others(session.surface).is_ok();
    let (running, scheduled) =
        if is_own { meeting::of(&mut reader, &session.account.id, now).await? } else { Default::default() };
    let own = running.iter().filter(|presence| presence.own).count();
    Ok(Json(Consequences {
        closed: session.account.obstacles(session.surface, now),
        benefit_days: session.account.benefit_days(now).filter(|_| is_own),
        running_meetings: u32::try_from(own).unwrap_or(u32::MAX),
        scheduled_meetings: u32::try_from(scheduled.len()).unwrap_or(u32::MAX),
        kept: rules::cancel::kept(),
        notice: NOTICE_VERSION.clone(),
        cooling_off_days: app.config().cooling_off_days,
    }))
}

async fn start(
    State(app): State<App>,
    session: Session,
    Json(request): Json<StartCancel>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(change::begin(&app, &session, &StartChange::of(Action::Cancel), Some(&request.notice)).await?))
}

async fn confirm(
    State(app): State<App>,
    visitor: Visitor,
    keyed: Keyed<CancelAccount>,
) -> Result<Response<Body>, Problem> {
    outcome::once(&app, &visitor, keyed.named(&keyed.request.change)?, conclude(&app, &visitor, &keyed)).await
}

async fn conclude(
    app: &App,
    visitor: &Visitor,
    keyed: &Keyed<CancelAccount>,
) -> Result<Response<Body>, Problem> {
    let request = &keyed.request;
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = visitor.session(&mut tx, now).await?;
    let open = ready(&mut tx, &session, request, now).await?;
    let account = &session.account;
    let cooling_off = rules::DAY * app.config().cooling_off_days;
    let until = now.after(cooling_off);
    let receipt = write_receipt(&mut tx, account, &open, now, until).await?;
    let record = if cooling_off.is_zero() {
        session.event(Happening::AccountCanceled, open.proven_way).write(&mut tx, now).await?;
        let text = words::account_canceled(&account.phone, &receipt, now);
        outbox::tell(app, &mut tx, account, Topic::AccountCanceled, &text, now).await?;
        erase::erase(&mut tx, account, SessionEnd::AccountCanceled, now).await?;
        open.gone(ChangeStep::Canceled { receipt }, &session, now)
    } else {
        revoke::end_sessions(&mut tx, &session, Keep::Nothing, SessionEnd::AccountCanceled, now).await?;
        revoke::void_pending(&mut tx, &account.id, &open.id).await?;
        session.event(Happening::CancelBegun, open.proven_way).write(&mut tx, now).await?;
        let text = words::cancel_begun(&account.phone, &receipt, now, until);
        outbox::tell(app, &mut tx, account, Topic::CancelBegun, &text, now).await?;
        let begun = ChangeStep::CoolingOff { receipt, until: until.timestamp() };
        open.conclude(&mut tx, &session, &begun, now).await?
    };
    let answer = outcome::record(&mut tx, &session, keyed.named(&request.change)?, &record, now).await?;
    tx.commit().await?;
    app.notices().notify_one();
    // Streams of sessions that ended here end now (SES-03).
    app.scans().look();
    Ok(answer)
}

/// The change, if all that is missing is the last word.
async fn ready(
    connection: &mut SqliteConnection,
    session: &Session,
    request: &CancelAccount,
    now: Moment,
) -> Result<Open, Problem> {
    let (id, version) = (&request.change, request.version);
    let open = Open::find_for(Action::Cancel, connection, session, id, version, now).await?;
    open.must_be_fresh(connection, session, now).await?;
    Ok(open)
}

/// Writes down that the owner wanted it; the consent is as old as the change. Answers the number
/// of the receipt.
async fn write_receipt(
    connection: &mut SqliteConnection,
    account: &Account,
    open: &Open,
    now: Moment,
    until: Moment,
) -> Result<String, Problem> {
    let receipt = secret::receipt();
    sqlx::query(
        "INSERT INTO cancellation (receipt, pseudonym, notice, agreed_at, way, confirmed_at, due_at)
         SELECT ?, ?, notice, created_at, proven_way, ?, ? FROM change WHERE id = ?",
    )
    .bind(&receipt)
    .bind(&account.pseudonym)
    .bind(now.millis())
    .bind(until.millis())
    .bind(&open.id)
    .execute(connection)
    .await?;
    Ok(receipt)
}

/// The accounts whose cooling-off is over and that are still there, by their ids.
pub(crate) async fn due(connection: &mut SqliteConnection, now: Moment) -> Result<Vec<String>, Problem> {
    let due = sqlx::query_scalar(
        "SELECT a.id FROM cancellation c JOIN account a ON a.pseudonym = c.pseudonym
         WHERE c.done_at IS NULL AND c.due_at <= ?",
    )
    .bind(now.millis())
    .fetch_all(connection)
    .await?;
    Ok(due)
}

/// Erases one account whose cooling-off is over, in a transaction of its own; answers whether it was
/// still there.
pub(crate) async fn carry_out(app: &App, id: &str, now: Moment) -> Result<bool, Problem> {
    let mut tx = app.store().write().await?;
    let Some(account) = Account::load(&mut tx, id).await?.filter(|account| account.is_over(now)) else {
        return Ok(false);
    };
    end(app, &mut tx, &account, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Of the accounts somebody proved to hold, those that are there still: one whose cooling-off is over
/// goes now, so that none is opened late because nobody swept. What is due of other people is theirs
/// and the sweeper's.
pub(crate) async fn still_there(
    app: &App,
    connection: &mut SqliteConnection,
    found: Vec<Account>,
    now: Moment,
) -> Result<Vec<Account>, Problem> {
    let (over, there): (Vec<_>, Vec<_>) = found.into_iter().partition(|account| account.is_over(now));
    if !over.is_empty()
        && let Some(doubt) = app.clock_doubt()
    {
        // Nobody goes by a clock that nobody believes.
        return Err(Problem::Unavailable(doubt.to_owned()));
    }
    for account in &over {
        end(app, connection, account, now).await?;
    }
    Ok(there)
}

/// Carries a cancellation out whose cooling-off is over.
async fn end(
    app: &App,
    connection: &mut SqliteConnection,
    account: &Account,
    now: Moment,
) -> Result<(), Problem> {
    let receipt: String = sqlx::query_scalar("SELECT receipt FROM cancellation WHERE pseudonym = ?")
        .bind(&account.pseudonym)
        .fetch_one(&mut *connection)
        .await?;
    let event = Event { account: &account.id, device: None, what: Happening::AccountCanceled, way: None };
    event.write(connection, now).await?;
    let text = words::account_canceled(&account.phone, &receipt, now);
    outbox::tell(app, connection, account, Topic::AccountCanceled, &text, now).await?;
    erase::erase(connection, account, SessionEnd::AccountCanceled, now).await
}

/// Keeps an account that is being canceled (C8).
pub(crate) async fn undo(
    app: &App,
    connection: &mut SqliteConnection,
    account: &Account,
    event: Event<'_>,
    now: Moment,
) -> Result<(), Problem> {
    sqlx::query("DELETE FROM cancellation WHERE pseudonym = ?")
        .bind(&account.pseudonym)
        .execute(&mut *connection)
        .await?;
    // What was answered then is not true any more.
    sqlx::query(
        "DELETE FROM outcome WHERE account = ?1
            AND key IN (SELECT id FROM change WHERE account = ?1 AND action = ?2)",
    )
    .bind(&account.id)
    .bind(text_of(Action::Cancel))
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM change WHERE account = ? AND action = ?")
        .bind(&account.id)
        .bind(text_of(Action::Cancel))
        .execute(&mut *connection)
        .await?;
    event.write(connection, now).await?;
    let text = words::cancel_undone(&account.phone, now);
    outbox::tell(app, connection, account, Topic::CancelUndone, &text, now).await
}
