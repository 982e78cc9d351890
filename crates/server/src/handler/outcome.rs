//! The recorded answer of an effect (G4, IDM-1): given again to the browser that sent it, for ten
//! minutes, even when its session is gone. Only what happened is recorded; a refused try may be
//! made again under the same key.

use crate::app::App;
use crate::clock::Moment;
use crate::extract::{Key, json_text};
use crate::problem::Problem;
use crate::rules;
use crate::session::{Session, Visitor};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::get;
use contract::endpoint::Endpoint;
use contract::outcome::GetOutcome;
use contract::refusal::Refusal;
use serde::Serialize;
use sqlx::{Row, SqliteConnection};
use std::future::Future;

pub(crate) fn router() -> Router<App> {
    Router::new().route(GetOutcome::PATH, get(show))
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Result<Response<Body>, Problem> {
    let found = find(&app, &visitor, &key).await?.ok_or(Refusal::NotFound)?;
    Ok(json_text(found.status, found.body))
}

/// Performs an effect at most once under its key: a request that came before is answered as it was
/// then, also when it ended the very session it came with; `KEY_REUSED` if it was another.
pub(crate) async fn once(
    app: &App,
    visitor: &Visitor,
    key: Key<'_>,
    effect: impl Future<Output = Result<Response<Body>, Problem>>,
) -> Result<Response<Body>, Problem> {
    if let Some(recorded) = replay(app, visitor, key).await? {
        return Ok(recorded);
    }
    match effect.await {
        Ok(answer) => Ok(answer),
        // The same request may have come twice at once; then the other one's answer is ours too.
        Err(problem) => match replay(app, visitor, key).await? {
            Some(recorded) => Ok(recorded),
            None => Err(whole_truth(app, visitor, problem).await),
        },
    }
}

/// A refusal that only came because the session ended meanwhile (its codes void, its change gone)
/// is told as that.
async fn whole_truth(app: &App, visitor: &Visitor, problem: Problem) -> Problem {
    let Ok(mut reader) = app.store().read().await else { return problem };
    match visitor.session(&mut reader, app.now()).await {
        Err(ended @ Problem::Refused { .. }) => ended,
        _ => problem,
    }
}

async fn replay(app: &App, visitor: &Visitor, key: Key<'_>) -> Result<Option<Response<Body>>, Problem> {
    match find(app, visitor, key.key).await? {
        None => Ok(None),
        Some(found) if found.hash == key.hash => Ok(Some(json_text(found.status, found.body))),
        Some(_) => {
            // The request may hold a password: who compares another one has compared his last.
            spoil(app, visitor, key.key).await?;
            Err(Refusal::KeyReused.into())
        }
    }
}

async fn spoil(app: &App, visitor: &Visitor, key: &str) -> Result<(), Problem> {
    let mut tx = app.store().write().await?;
    sqlx::query("UPDATE outcome SET request_hash = x'' WHERE browser = ? AND key = ?")
        .bind(&visitor.browser)
        .bind(key)
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}

/// Records the answer of an effect inside its transaction. It goes with the account; the answer to
/// its end is nobody's.
pub(crate) async fn record<T: Serialize + Sync>(
    connection: &mut SqliteConnection,
    session: &Session,
    key: Key<'_>,
    reply: &T,
    now: Moment,
) -> Result<Response<Body>, Problem> {
    let body = serde_json::to_string(reply).map_err(Problem::fault)?;
    sqlx::query(
        "INSERT INTO outcome (browser, account, key, request_hash, status, body, created_at)
         VALUES (?, (SELECT id FROM account WHERE id = ?), ?, ?, 200, ?, ?)",
    )
    .bind(&session.browser)
    .bind(&session.account.id)
    .bind(key.key)
    .bind(key.hash)
    .bind(&body)
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(json_text(StatusCode::OK, body))
}

struct Found {
    hash: Vec<u8>,
    status: StatusCode,
    body: String,
}

async fn find(app: &App, visitor: &Visitor, key: &str) -> Result<Option<Found>, Problem> {
    let Some(browser) = &visitor.browser else { return Ok(None) };
    let mut reader = app.store().read().await?;
    let row = sqlx::query(
        "SELECT request_hash, status, body FROM outcome WHERE browser = ? AND key = ? AND created_at > ?",
    )
    .bind(browser)
    .bind(key)
    .bind(app.now().before(visitor.patience(rules::OUTCOME_LIFE)).millis())
    .fetch_optional(&mut *reader)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let status = StatusCode::from_u16(row.get("status")).map_err(Problem::fault)?;
    Ok(Some(Found { hash: row.get("request_hash"), status, body: row.get("body") }))
}
