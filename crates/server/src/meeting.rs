//! Which meetings accounts are in and will hold, as the meeting service tells it (M1–M4), and what
//! becomes of them when they are over (H1, H2).
//!
//! The one place that writes presences. A presence begins and ends once; the same meeting on another
//! device is a move, and ends it where it was. Reports may overtake each other: of a meeting, the stay
//! that began last is the one that counts. When the account is in a meeting nowhere any more, the
//! meeting is over for it, and in that very transaction it is decided whether it is listed on every
//! device: a switch that is put at the same moment comes before or after, never in between.

use crate::account::Account;
use crate::clock::Moment;
use crate::problem::Problem;
use crate::rules::meeting::{self as rules, Attending, Wish};
use crate::store::{moment, read_text};
use contract::account::DeviceKind;
use contract::refusal::Refusal;
use sqlx::{Row, SqliteConnection};

/// A meeting that an account is in.
pub(crate) struct Presence {
    /// The meeting service's name for it.
    pub(crate) meeting: String,
    /// The device.
    pub(crate) device: String,
    /// What that is.
    pub(crate) kind: DeviceKind,
    /// Whether the account started the meeting.
    pub(crate) own: bool,
    /// Absent where nobody wrote one.
    pub(crate) title: Option<String>,
    /// Since when.
    pub(crate) since: Moment,
}

impl Presence {
    /// What the rules look at.
    pub(crate) fn attending(&self) -> Attending<'_> {
        Attending { meeting: &self.meeting, kind: self.kind, own: self.own }
    }
}

/// What is told about an account in a meeting.
pub(crate) struct Report<'a> {
    /// The meeting.
    pub(crate) meeting: &'a str,
    /// The device, one of the account's.
    pub(crate) device: &'a str,
    /// What it is now.
    pub(crate) kind: DeviceKind,
    /// Whether the account started the meeting.
    pub(crate) own: bool,
    /// Empty where nobody wrote one.
    pub(crate) title: &'a str,
    /// When the account came.
    pub(crate) started_at: Moment,
}

/// The meetings an account is in now, the earliest first.
pub(crate) async fn attended(
    connection: &mut SqliteConnection,
    account: &str,
    now: Moment,
) -> Result<Vec<Presence>, Problem> {
    let rows = sqlx::query(
        "SELECT meeting, device, kind, own, title, started_at FROM presence
         WHERE account = ? AND ended_at IS NULL AND started_at > ? ORDER BY started_at, rowid",
    )
    .bind(account)
    .bind(now.before(rules::LONGEST).millis())
    .fetch_all(connection)
    .await?;
    let presence = |row: sqlx::sqlite::SqliteRow| {
        Ok(Presence {
            meeting: row.get("meeting"),
            device: row.get("device"),
            kind: read_text(row.get("kind"))?,
            own: row.get("own"),
            title: Some(row.get("title")).filter(|title: &String| !title.is_empty()),
            since: Moment::from_millis(row.get("started_at")),
        })
    };
    rows.into_iter().map(presence).collect()
}

/// The account came into a meeting; `SLOT_TAKEN` if it may not be there as well (M1–M4). Told again, it
/// is there already; told late, when of that meeting something later is known, it changes nothing.
pub(crate) async fn begin(
    connection: &mut SqliteConnection,
    account: &Account,
    report: &Report<'_>,
    now: Moment,
) -> Result<(), Problem> {
    // First of all: who comes back after that has not been there all the time.
    run_out(connection, &account.id, now).await?;
    if renew(connection, account, report).await? || is_late(connection, account, report).await? {
        return Ok(());
    }
    let attended = attended(connection, &account.id, now).await?;
    let attending: Vec<Attending<'_>> = attended.iter().map(Presence::attending).collect();
    let wish = Wish { meeting: Some(report.meeting), kind: report.kind, own: report.own };
    if rules::may_join(account.edition(now), &attending, wish).is_err() {
        return Err(Refusal::SlotTaken.into());
    }
    // The same meeting on another device is a move.
    sqlx::query("UPDATE presence SET ended_at = ? WHERE account = ? AND meeting = ? AND ended_at IS NULL")
        .bind(report.started_at.millis())
        .bind(&account.id)
        .bind(report.meeting)
        .execute(&mut *connection)
        .await?;
    insert(connection, account, report, None).await?;
    unschedule(connection, account, report.meeting).await
}

/// The account left a meeting. Told again, it has left already: the first word counts.
pub(crate) async fn end(
    connection: &mut SqliteConnection,
    account: &Account,
    report: &Report<'_>,
    ended_at: Moment,
) -> Result<(), Problem> {
    let ended = sqlx::query(
        "UPDATE presence SET ended_at = MAX(started_at, ?)
         WHERE account = ? AND meeting = ? AND device = ? AND started_at = ? AND ended_at IS NULL",
    )
    .bind(ended_at.millis())
    .bind(&account.id)
    .bind(report.meeting)
    .bind(report.device)
    .bind(report.started_at.millis())
    .execute(&mut *connection)
    .await?;
    if ended.rows_affected() == 0 {
        // Of its beginning nobody told us in time, or it has ended before.
        insert(connection, account, report, Some(ended_at)).await?;
    }
    // Where it was in that meeting before, it is no more, whoever forgot to say so.
    sqlx::query(
        "UPDATE presence SET ended_at = ?1
         WHERE account = ?2 AND meeting = ?3 AND ended_at IS NULL AND started_at < ?1",
    )
    .bind(report.started_at.millis())
    .bind(&account.id)
    .bind(report.meeting)
    .execute(&mut *connection)
    .await?;
    unschedule(connection, account, report.meeting).await?;
    settle(connection, account, report.meeting).await
}

/// Whether the account is in the meeting on that device anyway. If it came in again and of its leaving
/// nobody told us, it is there since then, and a late word of the earlier end ends nothing; and a meeting
/// may be given its name while it runs.
async fn renew(
    connection: &mut SqliteConnection,
    account: &Account,
    report: &Report<'_>,
) -> Result<bool, Problem> {
    let renewed = sqlx::query(
        "UPDATE presence SET started_at = ?1, title = ?2
         WHERE account = ?3 AND meeting = ?4 AND device = ?5 AND ended_at IS NULL AND started_at <= ?1",
    )
    .bind(report.started_at.millis())
    .bind(report.title)
    .bind(&account.id)
    .bind(report.meeting)
    .bind(report.device)
    .execute(connection)
    .await?;
    Ok(renewed.rows_affected() > 0)
}

/// Whether the account is known to have come into that meeting later, on whatever device, or to have
/// left there already: reports overtake each other, and where somebody is the latest word tells.
async fn is_late(
    connection: &mut SqliteConnection,
    account: &Account,
    report: &Report<'_>,
) -> Result<bool, Problem> {
    let is_late = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM presence WHERE account = ?1 AND meeting = ?2
                        AND (started_at > ?3 OR (started_at = ?3 AND device = ?4)))",
    )
    .bind(&account.id)
    .bind(report.meeting)
    .bind(report.started_at.millis())
    .bind(report.device)
    .fetch_one(connection)
    .await?;
    Ok(is_late)
}

/// Ends what nobody ended: it stands in no slot any more, and it and what belongs to it are listed on
/// their devices alone. [`crate::sweep`] does the same for everybody.
async fn run_out(connection: &mut SqliteConnection, account: &str, now: Moment) -> Result<(), Problem> {
    sqlx::query(
        "UPDATE presence SET ended_at = coalesce(ended_at, started_at + ?3), synced = 0
         WHERE account = ?1 AND synced IS NULL AND meeting IN (
             SELECT meeting FROM presence WHERE account = ?1 AND ended_at IS NULL AND started_at <= ?2)",
    )
    .bind(account)
    .bind(now.before(rules::LONGEST).millis())
    .bind(i64::try_from(rules::LONGEST.as_millis()).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

/// A stay that is known already is as it was told first.
async fn insert(
    connection: &mut SqliteConnection,
    account: &Account,
    report: &Report<'_>,
    ended_at: Option<Moment>,
) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO presence (meeting, account, device, kind, own, title, started_at, ended_at)
         SELECT ?, ?, id, kind, ?, ?, ?, ? FROM device WHERE id = ? ON CONFLICT DO NOTHING",
    )
    .bind(report.meeting)
    .bind(&account.id)
    .bind(report.own)
    .bind(report.title)
    .bind(report.started_at.millis())
    .bind(ended_at.map(Moment::millis))
    .bind(report.device)
    .execute(connection)
    .await?;
    Ok(())
}

/// Decides where a meeting is listed, if the account is in it nowhere any more (H1, H2). What was
/// decided before stays: of a meeting that somebody came back to, each part is for itself.
async fn settle(connection: &mut SqliteConnection, account: &Account, meeting: &str) -> Result<(), Problem> {
    let row = sqlx::query(
        "SELECT MAX(CASE WHEN p.synced IS NULL THEN p.ended_at END) AS ended_at,
                COUNT(*) > COUNT(p.ended_at) AS running,
                (SELECT history_since FROM account WHERE id = ?1) AS since
         FROM presence p WHERE p.account = ?1 AND p.meeting = ?2",
    )
    .bind(&account.id)
    .bind(meeting)
    .fetch_one(&mut *connection)
    .await?;
    let ended_at = moment(row.get("ended_at"));
    let (Some(ended_at), false) = (ended_at, row.get("running")) else { return Ok(()) };
    sqlx::query("UPDATE presence SET synced = ? WHERE account = ? AND meeting = ? AND synced IS NULL")
        .bind(rules::is_synced(moment(row.get("since")), ended_at))
        .bind(&account.id)
        .bind(meeting)
        .execute(connection)
        .await?;
    Ok(())
}

/// The account is going to hold a meeting; told again, at another time or by another name.
pub(crate) async fn schedule(
    connection: &mut SqliteConnection,
    account: &Account,
    meeting: &str,
    title: &str,
    starts_at: Moment,
) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO scheduled (meeting, account, title, starts_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (meeting, account) DO UPDATE SET title = excluded.title, starts_at = excluded.starts_at",
    )
    .bind(meeting)
    .bind(&account.id)
    .bind(title)
    .bind(starts_at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// It is not going to any more, or does so now.
pub(crate) async fn unschedule(
    connection: &mut SqliteConnection,
    account: &Account,
    meeting: &str,
) -> Result<(), Problem> {
    sqlx::query("DELETE FROM scheduled WHERE account = ? AND meeting = ?")
        .bind(&account.id)
        .bind(meeting)
        .execute(connection)
        .await?;
    Ok(())
}

/// Meetings of an account that would end with it, and those that are scheduled and would be dropped,
/// by the meeting service's names (C5).
pub(crate) async fn of(
    connection: &mut SqliteConnection,
    account: &str,
    now: Moment,
) -> Result<(Vec<Presence>, Vec<String>), Problem> {
    let running = attended(connection, account, now).await?;
    let scheduled = sqlx::query_scalar(
        "SELECT meeting FROM scheduled WHERE account = ? AND starts_at > ? ORDER BY starts_at, meeting",
    )
    .bind(account)
    .bind(now.millis())
    .fetch_all(connection)
    .await?;
    Ok((running, scheduled))
}
