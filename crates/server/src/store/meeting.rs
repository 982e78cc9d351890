//! The tables `presence` and `scheduled`: the meetings that accounts are in and will hold, as the meeting
//! service reports them (M1–M4), and where ended ones are listed (H1, H2).
//!
//! A presence begins and ends once. The same meeting on another device is a move, and ends the presence on
//! the first. Reports may arrive out of order: of one meeting, the presence that began last counts. When the
//! account is in a meeting on no device any more, the same transaction decides whether it is listed on every
//! device, so that a simultaneous change of the switch comes before or after it.

use super::values::Columns;
use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::ids::AccountId;
use crate::domain::presence::{Presence, Report};
use crate::problem::Problem;
use crate::rules::meetings::{self as rules, Attending, Wish};
use contract::refusal::Refusal;

impl Reader {
    /// The meetings that an account is in now, earliest first.
    pub(crate) async fn attended_meetings(
        &mut self,
        account: &AccountId,
        now: Moment,
    ) -> Result<Vec<Presence>, Problem> {
        let rows = sqlx::query(
            "SELECT meeting, device, kind, own, title, started_at FROM presence
             WHERE account = ? AND ended_at IS NULL AND started_at > ? ORDER BY started_at, rowid",
        )
        .bind(account)
        .bind(now.before(rules::LONGEST))
        .fetch_all(self.connection())
        .await?;
        let mut presences = Vec::with_capacity(rows.len());
        for row in &rows {
            presences.push(Presence {
                meeting: row.column("meeting")?,
                device: row.column("device")?,
                kind: row.name("kind")?,
                own: row.column("own")?,
                title: Some(row.column("title")?).filter(|title: &String| !title.is_empty()),
                since: row.column("started_at")?,
            });
        }
        Ok(presences)
    }

    /// The running meetings of an account, which it ends or leaves when it is erased, and the ids of its
    /// scheduled ones, which are dropped then (C5).
    pub(crate) async fn meetings_of(
        &mut self,
        account: &AccountId,
        now: Moment,
    ) -> Result<(Vec<Presence>, Vec<String>), Problem> {
        let running = self.attended_meetings(account, now).await?;
        let scheduled = sqlx::query_scalar(
            "SELECT meeting FROM scheduled WHERE account = ? AND starts_at > ? ORDER BY starts_at, meeting",
        )
        .bind(account)
        .bind(now)
        .fetch_all(self.connection())
        .await?;
        Ok((running, scheduled))
    }
}

impl WriteTx {
    /// The account joined a meeting; `SLOT_TAKEN` if it may not be in that one as well (M1–M4). A repeated
    /// report changes nothing, nor does a late one if a later presence in that meeting is known.
    pub(crate) async fn begin_presence(
        &mut self,
        account: &Account,
        report: &Report<'_>,
        now: Moment,
    ) -> Result<(), Problem> {
        // First, because an account that comes back after that was not there all the time.
        self.end_lost_presences(&account.id, now).await?;
        if self.renew_presence(account, report).await? || self.is_late(account, report).await? {
            return Ok(());
        }
        let attended = self.attended_meetings(&account.id, now).await?;
        let attending: Vec<Attending<'_>> = attended.iter().map(Presence::attending).collect();
        let wish = Wish { meeting: Some(report.meeting), kind: report.kind, own: report.own };
        if rules::may_join(account.edition(now), &attending, wish).is_err() {
            return Err(Refusal::SlotTaken.into());
        }
        // The same meeting on another device is a move.
        sqlx::query(
            "UPDATE presence SET ended_at = ? WHERE account = ? AND meeting = ? AND ended_at IS NULL",
        )
        .bind(report.started_at)
        .bind(&account.id)
        .bind(report.meeting)
        .execute(self.connection())
        .await?;
        self.insert_presence(account, report, None).await?;
        self.unschedule(account, report.meeting).await
    }

    /// The account left a meeting. Of repeated reports the first counts.
    pub(crate) async fn end_presence(
        &mut self,
        account: &Account,
        report: &Report<'_>,
        ended_at: Moment,
    ) -> Result<(), Problem> {
        let ended = sqlx::query(
            "UPDATE presence SET ended_at = MAX(started_at, ?)
             WHERE account = ? AND meeting = ? AND device = ? AND started_at = ? AND ended_at IS NULL",
        )
        .bind(ended_at)
        .bind(&account.id)
        .bind(report.meeting)
        .bind(report.device)
        .bind(report.started_at)
        .execute(self.connection())
        .await?;
        if ended.rows_affected() == 0 {
            // The beginning was not reported in time, or this presence has ended before.
            self.insert_presence(account, report, Some(ended_at)).await?;
        }
        // Earlier presences in that meeting end, too, if their end was not reported.
        sqlx::query(
            "UPDATE presence SET ended_at = ?1
             WHERE account = ?2 AND meeting = ?3 AND ended_at IS NULL AND started_at < ?1",
        )
        .bind(report.started_at)
        .bind(&account.id)
        .bind(report.meeting)
        .execute(self.connection())
        .await?;
        self.unschedule(account, report.meeting).await?;
        self.settle_meeting(account, report.meeting).await
    }

    /// Whether the account is in the meeting on that device already. If it joined again without a report of
    /// its leaving, the presence begins anew, so that a late report of the earlier end ends nothing. The
    /// title may change while the meeting runs.
    async fn renew_presence(&mut self, account: &Account, report: &Report<'_>) -> Result<bool, Problem> {
        let renewed = sqlx::query(
            "UPDATE presence SET started_at = ?1, title = ?2
             WHERE account = ?3 AND meeting = ?4 AND device = ?5 AND ended_at IS NULL AND started_at <= ?1",
        )
        .bind(report.started_at)
        .bind(report.title)
        .bind(&account.id)
        .bind(report.meeting)
        .bind(report.device)
        .execute(self.connection())
        .await?;
        Ok(renewed.rows_affected() > 0)
    }

    /// Whether a later presence in that meeting is known on any device, or this one has ended already.
    async fn is_late(&mut self, account: &Account, report: &Report<'_>) -> Result<bool, Problem> {
        let is_late = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM presence WHERE account = ?1 AND meeting = ?2
                            AND (started_at > ?3 OR (started_at = ?3 AND device = ?4)))",
        )
        .bind(&account.id)
        .bind(report.meeting)
        .bind(report.started_at)
        .bind(report.device)
        .fetch_one(self.connection())
        .await?;
        Ok(is_late)
    }

    /// Ends presences whose end was not reported: they hold no slot any more, and all parts of their meeting
    /// are listed on their own devices alone. The retention job does the same for all accounts.
    async fn end_lost_presences(&mut self, account: &AccountId, now: Moment) -> Result<(), Problem> {
        sqlx::query(
            "UPDATE presence SET ended_at = coalesce(ended_at, started_at + ?3), synced = 0
             WHERE account = ?1 AND synced IS NULL AND meeting IN (
                 SELECT meeting FROM presence WHERE account = ?1 AND ended_at IS NULL AND started_at <= ?2)",
        )
        .bind(account)
        .bind(now.before(rules::LONGEST))
        .bind(i64::try_from(rules::LONGEST.as_millis()).unwrap_or(i64::MAX))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Inserts a presence; a known one keeps its first report.
    async fn insert_presence(
        &mut self,
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
        .bind(report.started_at)
        .bind(ended_at)
        .bind(report.device)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Decides where a meeting is listed, once the account is in it on no device (H1, H2). An earlier
    /// decision stays: if the account comes back to a meeting, each part is decided by itself.
    async fn settle_meeting(&mut self, account: &Account, meeting: &str) -> Result<(), Problem> {
        let row = sqlx::query(
            "SELECT MAX(CASE WHEN p.synced IS NULL THEN p.ended_at END) AS ended_at,
                    COUNT(*) > COUNT(p.ended_at) AS running,
                    (SELECT history_since FROM account WHERE id = ?1) AS since
             FROM presence p WHERE p.account = ?1 AND p.meeting = ?2",
        )
        .bind(&account.id)
        .bind(meeting)
        .fetch_one(self.connection())
        .await?;
        let ended_at: Option<Moment> = row.column("ended_at")?;
        let (Some(ended_at), false) = (ended_at, row.column("running")?) else { return Ok(()) };
        sqlx::query("UPDATE presence SET synced = ? WHERE account = ? AND meeting = ? AND synced IS NULL")
            .bind(rules::is_synced(row.column("since")?, ended_at))
            .bind(&account.id)
            .bind(meeting)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Stores a meeting that the account will hold; a repeated report replaces its time and title.
    pub(crate) async fn schedule(
        &mut self,
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
        .bind(starts_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The meeting was called off, or has begun.
    pub(crate) async fn unschedule(&mut self, account: &Account, meeting: &str) -> Result<(), Problem> {
        sqlx::query("DELETE FROM scheduled WHERE account = ? AND meeting = ?")
            .bind(&account.id)
            .bind(meeting)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
