//! Retention of rows. Rules never rely on it: every time limit is compared with the clock where it is read.

use super::WriteTx;
use crate::clock::Moment;
use crate::problem::Problem;
use crate::rules::{self, limits};
use std::time::Duration;

/// How long the reason why a session ended is kept (G7).
const WHY_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a browser that never signed in is kept.
const STRANGER_LIFE: Duration = Duration::from_secs(2 * 24 * 3600);
/// How long the daily counters are kept.
const SPENT_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long the row of a session stays: longer than any absolute limit (`rules::session`).
const SESSION_ROW_LIFE: Duration = Duration::from_secs(60 * 24 * 3600);

/// A statement that deletes old rows, and their age.
#[derive(Clone, Copy)]
pub(crate) struct Retention(&'static str, Duration);

/// Every such statement: `?1` is the moment that long ago, `?2` the most
/// rows at once, `?3` the age in milliseconds. Rows that refer to others are deleted first.
pub(crate) const RETENTION: [Retention; 22] = [
    Retention(
        "DELETE FROM sign_in WHERE rowid IN (SELECT rowid FROM sign_in WHERE expires_at <= ? LIMIT ?)",
        Duration::ZERO,
    ),
    Retention(
        "DELETE FROM change WHERE rowid IN (SELECT rowid FROM change WHERE expires_at <= ? LIMIT ?)",
        Duration::ZERO,
    ),
    Retention(
        "DELETE FROM host_code WHERE rowid IN (SELECT rowid FROM host_code WHERE expires_at <= ? LIMIT ?)",
        Duration::ZERO,
    ),
    Retention(
        "DELETE FROM resting WHERE rowid IN (SELECT rowid FROM resting WHERE until <= ? LIMIT ?)",
        Duration::ZERO,
    ),
    Retention(
        "DELETE FROM outcome WHERE rowid IN (SELECT rowid FROM outcome WHERE created_at <= ? LIMIT ?)",
        limits::OUTCOME_LIFE,
    ),
    Retention(
        "DELETE FROM code WHERE rowid IN (SELECT rowid FROM code WHERE sent_at <= ? LIMIT ?)",
        limits::DAY,
    ),
    Retention(
        "DELETE FROM chain WHERE rowid IN (SELECT rowid FROM chain WHERE tried_at <= ? LIMIT ?)",
        limits::DAY,
    ),
    Retention(
        "DELETE FROM spent WHERE rowid IN (SELECT rowid FROM spent WHERE day * 86400000 <= ? LIMIT ?)",
        SPENT_LIFE,
    ),
    // Sent messages count for the budgets of a day alone.
    Retention(
        "DELETE FROM outbox WHERE rowid IN (SELECT rowid FROM outbox WHERE sent_at <= ? LIMIT ?)",
        limits::DAY,
    ),
    Retention(
        "DELETE FROM session WHERE rowid IN (SELECT rowid FROM session WHERE ended_at <= ? LIMIT ?)",
        WHY_LIFE,
    ),
    Retention(
        "DELETE FROM last_word WHERE rowid IN (SELECT rowid FROM last_word WHERE ended_at <= ? LIMIT ?)",
        WHY_LIFE,
    ),
    Retention(
        "DELETE FROM cancellation WHERE rowid IN (SELECT rowid FROM cancellation WHERE done_at <= ? LIMIT ?)",
        rules::cancel::RECEIPT_LIFE,
    ),
    // A trigger refuses to delete an event that is not this much older than the newest.
    Retention(
        "DELETE FROM event WHERE id IN (
             SELECT id FROM event WHERE at <= ?1 AND at <= (SELECT MAX(at) FROM event) - ?3 LIMIT ?2)",
        limits::EVENT_LIFE,
    ),
    // Pictures that were uploaded and never set.
    Retention(
        "DELETE FROM picture WHERE rowid IN (
             SELECT rowid FROM picture p WHERE uploaded_at <= ?
                AND NOT EXISTS (SELECT 1 FROM account WHERE avatar = p.id) LIMIT ?)",
        limits::PENDING_LIFE,
    ),
    Retention(
        "DELETE FROM upload WHERE rowid IN (SELECT rowid FROM upload WHERE at <= ? LIMIT ?)",
        limits::HOUR,
    ),
    // Presences whose end was not reported, with all parts of their meeting.
    Retention(
        "UPDATE presence SET ended_at = coalesce(ended_at, started_at + ?3), synced = 0
         WHERE synced IS NULL AND (account, meeting) IN (
             SELECT account, meeting FROM presence WHERE ended_at IS NULL AND started_at <= ?1 LIMIT ?2)",
        rules::meetings::LONGEST,
    ),
    Retention(
        "DELETE FROM presence WHERE rowid IN (SELECT rowid FROM presence WHERE ended_at <= ? LIMIT ?)",
        rules::meetings::HISTORY_LIFE,
    ),
    Retention(
        "DELETE FROM scheduled WHERE rowid IN (SELECT rowid FROM scheduled WHERE starts_at <= ? LIMIT ?)",
        limits::DAY,
    ),
    Retention(
        "DELETE FROM scan WHERE rowid IN (SELECT rowid FROM scan WHERE created_at <= ? LIMIT ?)",
        limits::DAY,
    ),
    // WeChats that scanned once and are bound to no account.
    Retention(
        "DELETE FROM wechat WHERE rowid IN (
             SELECT rowid FROM wechat w WHERE seen_at <= ?
                AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = w.id)
                AND NOT EXISTS (SELECT 1 FROM scan WHERE wechat = w.id) LIMIT ?)",
        limits::DAY,
    ),
    // Sessions that expired without being ended.
    Retention(
        "DELETE FROM session WHERE rowid IN (SELECT rowid FROM session WHERE created_at <= ? LIMIT ?)",
        SESSION_ROW_LIFE,
    ),
    Retention(
        "DELETE FROM browser WHERE rowid IN (
             SELECT rowid FROM browser b WHERE created_at <= ?
                AND NOT EXISTS (SELECT 1 FROM device WHERE browser = b.id)
                AND NOT EXISTS (SELECT 1 FROM code WHERE browser = b.id)
                AND NOT EXISTS (SELECT 1 FROM scan WHERE browser = b.id)
                AND NOT EXISTS (SELECT 1 FROM chain WHERE browser = b.id)
                AND NOT EXISTS (SELECT 1 FROM sign_in WHERE browser = b.id)
                AND NOT EXISTS (SELECT 1 FROM outcome WHERE browser = b.id) LIMIT ?)",
        STRANGER_LIFE,
    ),
];

impl WriteTx {
    /// Deletes a batch of old rows by a statement of [`RETENTION`]; returns how many.
    pub(crate) async fn delete_old(
        &mut self,
        Retention(sql, age): Retention,
        batch: u32,
        now: Moment,
    ) -> Result<u64, Problem> {
        let then = now.before(age);
        let deleted = sqlx::query(sql)
            .bind(then)
            .bind(batch)
            .bind(now.millis() - then.millis())
            .execute(self.connection())
            .await?;
        Ok(deleted.rows_affected())
    }
}
