//! What happened to an account, for its owner: the audit trail page by page, and the wrong codes and
//! passwords of the last day, which are charged to the number anyway and join the trail after it.

use crate::app::App;
use crate::clock::Moment;
use crate::extract::Json;
use crate::problem::Problem;
use crate::rules;
use crate::session::Session;
use crate::store::read_text;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use contract::account::Way;
use contract::activity::{Activity, Event, FailedProof, GetActivity};
use contract::endpoint::Endpoint;
use contract::me::Action;
use contract::refusal::Refusal;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// Events of one page.
const PAGE: usize = 20;
/// Wrong tries that are told; beyond it there is nothing new to see.
const FAILURES: u32 = 50;

pub(crate) fn router() -> Router<App> {
    Router::new().route(GetActivity::PATH, get(show))
}

async fn show(
    State(app): State<App>,
    session: Session,
    Path(before): Path<String>,
) -> Result<Json<Activity>, Problem> {
    let now = app.now();
    // Whoever stands at a shared device sees nothing of one's own ones (G6).
    session.account.may(Action::EndOtherSessions, session.surface, now)?;
    let before = match before.as_str() {
        "now" => None,
        page => Some(Place::read(page).ok_or(Refusal::NotFound)?),
    };
    let mut reader = app.store().read().await?;
    let failed = match before {
        None => failed(&mut reader, &session, now).await?,
        Some(_) => Vec::new(),
    };
    let before = before.unwrap_or(Place::END);
    let mut rows = sqlx::query(
        "SELECT e.id, e.at, e.what, e.way, e.device, d.kind, a.nickname
         FROM event e LEFT JOIN device d ON d.id = e.device LEFT JOIN account a ON a.pseudonym = e.about
         WHERE e.account = ? AND (e.at, e.id) < (?, ?) ORDER BY e.at DESC, e.id DESC LIMIT ?",
    )
    .bind(&session.account.pseudonym)
    .bind(before.at)
    .bind(before.id)
    .bind(PAGE as i64 + 1)
    .fetch_all(&mut *reader)
    .await?;
    let goes_on = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().map(|row| Place { at: row.get("at"), id: row.get("id") }.written());
    Ok(Json(Activity {
        failed,
        events: rows.iter().map(|row| event(row, &session)).collect::<Result<_, _>>()?,
        more: last.filter(|_| goes_on),
    }))
}

/// Where a page ended. Failed proofs join the trail a day late, so it goes by time; rows of the same
/// moment go by their number.
struct Place {
    at: i64,
    id: i64,
}

impl Place {
    /// Newer than everything.
    const END: Self = Self { at: i64::MAX, id: i64::MAX };

    fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('-')?;
        Some(Self { at: at.parse().ok()?, id: id.parse().ok()? })
    }

    fn written(&self) -> String {
        format!("{}-{}", self.at, self.id)
    }
}

fn event(row: &SqliteRow, session: &Session) -> Result<Event, Problem> {
    Ok(Event {
        at: Moment::from_millis(row.get("at")).timestamp(),
        what: read_text(row.get("what"))?,
        about: row.get("nickname"),
        way: row.get::<Option<String>, _>("way").map(read_text).transpose()?,
        device: row.get::<Option<String>, _>("kind").map(read_text).transpose()?,
        here: row.get::<Option<String>, _>("device").as_ref() == Some(&session.device),
    })
}

/// The wrong tries at the account's number, the newest first.
async fn failed(
    connection: &mut SqliteConnection,
    session: &Session,
    now: Moment,
) -> Result<Vec<FailedProof>, Problem> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT at, kind, browser FROM attempt
         WHERE subject = ?1 AND kind IN ('code', 'password') AND at > ?2
           AND at >= (SELECT phone_bound_at FROM account WHERE id = ?4)
         ORDER BY at DESC LIMIT ?3",
    )
    .bind(session.account.phone.as_str())
    .bind(rules::day_before(now).millis())
    .bind(FAILURES)
    .bind(&session.account.id)
    .fetch_all(connection)
    .await?;
    let proof = |(at, kind, browser): (i64, String, String)| FailedProof {
        at: Moment::from_millis(at).timestamp(),
        way: if kind == "password" { Way::Password } else { Way::Sms },
        here: browser == session.browser,
    };
    Ok(rows.into_iter().map(proof).collect())
}
