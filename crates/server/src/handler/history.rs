//! Past meetings, as far as this device may list them, and the switch (H1–H3).

use crate::app::App;
use crate::clock::Moment;
use crate::extract::Json;
use crate::problem::Problem;
use crate::rules;
use crate::session::Session;
use crate::store::{moment, read_text};
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use contract::activity::Happening;
use contract::endpoint::Endpoint;
use contract::history::{GetHistory, History, HistorySync, PastMeeting, SetHistorySync};
use contract::refusal::Refusal;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// Meetings of one page.
const PAGE: usize = 20;

pub(crate) fn router() -> Router<App> {
    Router::new().route(GetHistory::PATH, get(show)).route(SetHistorySync::PATH, post(put_switch))
}

/// After which meeting a page begins: when it ended, and its name.
struct Cursor(i64, String);

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        if text == "now" {
            return Some(Self(i64::MAX, String::new()));
        }
        let (ended_at, meeting) = text.split_once('-')?;
        Some(Self(ended_at.parse().ok()?, meeting.to_owned()))
    }
}

async fn show(
    State(app): State<App>,
    session: Session,
    Path(before): Path<String>,
) -> Result<Json<History>, Problem> {
    rules::history(session.surface)?;
    let Cursor(ended_at, meeting) = Cursor::read(&before).ok_or(Refusal::NotFound)?;
    let mut reader = app.store().read().await?;
    // Each meeting once, by those of its presences that this device may know of; not while the account
    // is in it still, or again.
    let mut rows = sqlx::query(
        "WITH known AS (
             SELECT * FROM presence p
             WHERE account = ?1 AND ended_at IS NOT NULL AND (synced = 1 OR device = ?2)
               AND NOT EXISTS (SELECT 1 FROM presence r
                               WHERE r.account = ?1 AND r.meeting = p.meeting AND r.ended_at IS NULL
                                 AND r.started_at > ?6)
         ), listed AS (
             SELECT meeting, MIN(started_at) AS started_at, MAX(ended_at) AS ended_at, MAX(synced IS 1) AS synced
             FROM known GROUP BY meeting
         )
         SELECT l.meeting, l.started_at, l.ended_at, l.synced, k.device, k.kind, k.own, k.title
         FROM listed l JOIN known k ON k.meeting = l.meeting AND k.ended_at = l.ended_at
         WHERE l.ended_at < ?3 OR (l.ended_at = ?3 AND l.meeting < ?4)
         GROUP BY l.meeting ORDER BY l.ended_at DESC, l.meeting DESC LIMIT ?5",
    )
    .bind(&session.account.id)
    .bind(&session.device)
    .bind(ended_at)
    .bind(meeting)
    .bind(PAGE as i64 + 1)
    .bind(app.now().before(rules::meeting::LONGEST).millis())
    .fetch_all(&mut *reader)
    .await?;
    let goes_on = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows
        .last()
        .map(|row| format!("{}-{}", row.get::<i64, _>("ended_at"), row.get::<String, _>("meeting")));
    Ok(Json(History {
        sync: sync(&mut reader, &session).await?,
        meetings: rows.iter().map(|row| past(row, &session)).collect::<Result<_, _>>()?,
        more: last.filter(|_| goes_on),
    }))
}

fn past(row: &SqliteRow, session: &Session) -> Result<PastMeeting, Problem> {
    Ok(PastMeeting {
        id: row.get("meeting"),
        title: Some(row.get("title")).filter(|title: &String| !title.is_empty()),
        own: row.get("own"),
        device: read_text(row.get("kind"))?,
        here: row.get::<String, _>("device") == session.device,
        started_at: Moment::from_millis(row.get("started_at")).timestamp(),
        ended_at: Moment::from_millis(row.get("ended_at")).timestamp(),
        synced: row.get("synced"),
    })
}

/// Where the switch stands.
async fn sync(connection: &mut SqliteConnection, session: &Session) -> Result<HistorySync, Problem> {
    let since: Option<i64> = sqlx::query_scalar("SELECT history_since FROM account WHERE id = ?")
        .bind(&session.account.id)
        .fetch_one(connection)
        .await?;
    Ok(HistorySync { on: since.is_some(), since: moment(since).map(Moment::timestamp) })
}

async fn put_switch(
    State(app): State<App>,
    session: Session,
    Json(request): Json<SetHistorySync>,
) -> Result<Json<HistorySync>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    rules::history(session.surface)?;
    // Whoever puts it where it stands moves nothing: it is on since it was switched on.
    let moved =
        sqlx::query("UPDATE account SET history_since = ? WHERE id = ? AND (history_since IS NOT NULL) <> ?")
            .bind(request.on.then(|| now.millis()))
            .bind(&session.account.id)
            .bind(request.on)
            .execute(&mut *tx)
            .await?;
    if moved.rows_affected() > 0 {
        let what = if request.on { Happening::HistoryOn } else { Happening::HistoryOff };
        session.event(what, None).write(&mut tx, now).await?;
    }
    let sync = sync(&mut tx, &session).await?;
    tx.commit().await?;
    Ok(Json(sync))
}
