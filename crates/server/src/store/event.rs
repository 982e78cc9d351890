//! The table `event`: security events (API-04).
//!
//! Rows are written in the transaction of their effect and never changed; a trigger refuses it. They name
//! the account by its pseudonym, which only the account's row ties to the account: once that row is
//! deleted they refer to nobody (C7). For the same reason they name the device, which is deleted with the
//! account, and never the browser, in which other accounts live on.

use super::values::{Columns, Name};
use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::event::{FOLDED, LoggedEvent, folds};
use crate::domain::ids::DeviceId;
use crate::domain::session::Session;
use crate::problem::Problem;
use contract::activity::ActivityEntry;

impl WriteTx {
    /// Writes a security event.
    pub(crate) async fn log(&mut self, event: &LoggedEvent, now: Moment) -> Result<(), Problem> {
        if folds(event.what) && self.is_logged(event, now).await? {
            return Ok(());
        }
        let written = sqlx::query(
            "INSERT INTO event (at, account, device, what, way, about, result)
             SELECT ?, pseudonym, ?, ?, ?, (SELECT pseudonym FROM account WHERE id = ?), 'ok'
             FROM account WHERE id = ?",
        )
        .bind(now)
        .bind(&event.device)
        .bind(Name(event.what))
        .bind(event.way.map(Name))
        .bind(&event.about)
        .bind(&event.account)
        .execute(self.connection())
        .await?;
        if written.rows_affected() == 1 { Ok(()) } else { Err(Problem::fault("an event of no account")) }
    }

    /// Whether the newest event of the account is the same, and recent.
    async fn is_logged(&mut self, event: &LoggedEvent, now: Moment) -> Result<bool, Problem> {
        let logged = sqlx::query_scalar(
            "SELECT EXISTS (
                 SELECT 1 FROM event e JOIN account a ON a.pseudonym = e.account
                 WHERE a.id = ?1 AND e.id = (SELECT MAX(id) FROM event WHERE account = a.pseudonym)
                   AND e.what = ?2 AND e.way IS ?3 AND e.device IS ?4 AND e.at > ?5
                   AND e.about IS (SELECT pseudonym FROM account WHERE id = ?6))",
        )
        .bind(&event.account)
        .bind(Name(event.what))
        .bind(event.way.map(Name))
        .bind(&event.device)
        .bind(now.before(FOLDED))
        .bind(&event.about)
        .fetch_one(self.connection())
        .await?;
        Ok(logged)
    }
}

impl Reader {
    /// The security events of the session's account before a moment and a row, newest first; each with
    /// where the page after it begins.
    pub(crate) async fn events(
        &mut self,
        session: &Session,
        before: (i64, i64),
        most: usize,
    ) -> Result<Vec<(ActivityEntry, (i64, i64))>, Problem> {
        let rows = sqlx::query(
            "SELECT e.id, e.at, e.what, e.way, e.device, d.kind, a.nickname
             FROM event e LEFT JOIN device d ON d.id = e.device LEFT JOIN account a ON a.pseudonym = e.about
             WHERE e.account = ? AND (e.at, e.id) < (?, ?) ORDER BY e.at DESC, e.id DESC LIMIT ?",
        )
        .bind(&session.account.pseudonym)
        .bind(before.0)
        .bind(before.1)
        .bind(most as i64)
        .fetch_all(self.connection())
        .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            let event = ActivityEntry {
                at: row.column::<Moment>("at")?.timestamp(),
                what: row.name("what")?,
                about: row.column("nickname")?,
                way: row.name_or_none("way")?,
                device: row.name_or_none("kind")?,
                here: row.column::<Option<DeviceId>>("device")?.as_ref() == Some(&session.device),
            };
            events.push((event, (row.column("at")?, row.column("id")?)));
        }
        Ok(events)
    }
}
