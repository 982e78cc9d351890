//! Rows that are of no use any more, thrown away round by round, so that tables do not grow with
//! time. Rules never rely on it: whatever has a limit in time is compared with the clock where it
//! is read.

use crate::app::App;
use crate::guess;
use crate::handler::cancel;
use crate::problem::Problem;
use crate::rules;
use crate::store::keep_time;
use std::time::Duration;

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(5 * 60);
/// Why a session ended is told for so long (G7).
const WHY_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// A browser that never signed in is forgotten after so long.
const STRANGER_LIFE: Duration = Duration::from_secs(2 * 24 * 3600);
/// What the whole system spent in a day.
const SPENT_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Rows at once: the write lock is not kept from others.
const BATCH: u32 = 100;

/// What goes, and the age it goes at: `?1` is the moment so long ago, `?2` how many at once, `?3` the
/// age itself. Those that point at others go first.
const BROOM: [(&str, Duration); 22] = [
    (
        "DELETE FROM sign_in WHERE rowid IN (SELECT rowid FROM sign_in WHERE expires_at <= ? LIMIT ?)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM change WHERE rowid IN (SELECT rowid FROM change WHERE expires_at <= ? LIMIT ?)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM host_code WHERE rowid IN (SELECT rowid FROM host_code WHERE expires_at <= ? LIMIT ?)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM resting WHERE rowid IN (SELECT rowid FROM resting WHERE until <= ? LIMIT ?)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM outcome WHERE rowid IN (SELECT rowid FROM outcome WHERE created_at <= ? LIMIT ?)",
        rules::OUTCOME_LIFE,
    ),
    ("DELETE FROM code WHERE rowid IN (SELECT rowid FROM code WHERE sent_at <= ? LIMIT ?)", rules::DAY),
    ("DELETE FROM chain WHERE rowid IN (SELECT rowid FROM chain WHERE tried_at <= ? LIMIT ?)", rules::DAY),
    (
        "DELETE FROM spent WHERE rowid IN (SELECT rowid FROM spent WHERE day * 86400000 <= ? LIMIT ?)",
        SPENT_LIFE,
    ),
    // Counted for the budgets of a day, and for nothing else.
    ("DELETE FROM outbox WHERE rowid IN (SELECT rowid FROM outbox WHERE sent_at <= ? LIMIT ?)", rules::DAY),
    ("DELETE FROM session WHERE rowid IN (SELECT rowid FROM session WHERE ended_at <= ? LIMIT ?)", WHY_LIFE),
    (
        "DELETE FROM last_word WHERE rowid IN (SELECT rowid FROM last_word WHERE ended_at <= ? LIMIT ?)",
        WHY_LIFE,
    ),
    (
        "DELETE FROM cancellation WHERE rowid IN (SELECT rowid FROM cancellation WHERE done_at <= ? LIMIT ?)",
        rules::cancel::RECEIPT_LIFE,
    ),
    // The database lets none go that is not so much older than the newest.
    (
        "DELETE FROM event WHERE id IN (
             SELECT id FROM event WHERE at <= ?1 AND at <= (SELECT MAX(at) FROM event) - ?3 LIMIT ?2)",
        rules::TRAIL_LIFE,
    ),
    // Pictures that were uploaded and never set.
    (
        "DELETE FROM picture WHERE rowid IN (
             SELECT rowid FROM picture p WHERE uploaded_at <= ?
                AND NOT EXISTS (SELECT 1 FROM account WHERE avatar = p.id) LIMIT ?)",
        rules::PENDING_LIFE,
    ),
    ("DELETE FROM upload WHERE rowid IN (SELECT rowid FROM upload WHERE at <= ? LIMIT ?)", rules::HOUR),
    // Of these nobody told us the end; with them goes what belongs to them.
    (
        "UPDATE presence SET ended_at = coalesce(ended_at, started_at + ?3), synced = 0
         WHERE synced IS NULL AND (account, meeting) IN (
             SELECT account, meeting FROM presence WHERE ended_at IS NULL AND started_at <= ?1 LIMIT ?2)",
        rules::meeting::LONGEST,
    ),
    (
        "DELETE FROM presence WHERE rowid IN (SELECT rowid FROM presence WHERE ended_at <= ? LIMIT ?)",
        rules::meeting::HISTORY_LIFE,
    ),
    (
        "DELETE FROM scheduled WHERE rowid IN (SELECT rowid FROM scheduled WHERE starts_at <= ? LIMIT ?)",
        rules::DAY,
    ),
    ("DELETE FROM scan WHERE rowid IN (SELECT rowid FROM scan WHERE created_at <= ? LIMIT ?)", rules::DAY),
    // Whoever scanned something once and bound nothing is forgotten.
    (
        "DELETE FROM wechat WHERE rowid IN (
             SELECT rowid FROM wechat w WHERE seen_at <= ?
                AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = w.id)
                AND NOT EXISTS (SELECT 1 FROM scan WHERE wechat = w.id) LIMIT ?)",
        rules::DAY,
    ),
    // Nobody tells these that they are over; their own limits do.
    (
        "DELETE FROM session WHERE rowid IN (SELECT rowid FROM session WHERE created_at <= ? LIMIT ?)",
        Duration::from_secs(60 * 24 * 3600),
    ),
    (
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

/// One round; answers how many rows went. The log is folded in whatever becomes of the rest: on a full
/// disk that is what makes room.
pub(crate) async fn sweep(app: &App) -> Result<u64, Problem> {
    if let Some(doubt) = app.clock_doubt() {
        tracing::warn!("{doubt}");
        return Ok(0);
    }
    let gone = sweep_rows(app).await;
    app.store().fold().await?;
    gone
}

async fn sweep_rows(app: &App) -> Result<u64, Problem> {
    let now = app.now();
    let mut gone = 0;
    let mut tx = app.store().write().await?;
    keep_time(&mut tx, now).await?;
    tx.commit().await?;
    // One that cannot go stands in nobody else's way.
    let mut reader = app.store().read().await?;
    let due = cancel::due(&mut reader, now).await?;
    drop(reader);
    for account in due {
        match cancel::carry_out(app, &account, now).await {
            Ok(went) => gone += u64::from(went),
            Err(problem) => tracing::error!(%account, ?problem, "a canceled account cannot be erased"),
        }
    }
    loop {
        let mut tx = app.store().write().await?;
        let settled = guess::settle(&mut tx, BATCH, now).await?;
        tx.commit().await?;
        gone += settled;
        if settled < u64::from(BATCH) {
            break;
        }
    }
    for (sql, age) in BROOM {
        let then = now.before(age);
        loop {
            let mut tx = app.store().write().await?;
            let swept = sqlx::query(sql)
                .bind(then.millis())
                .bind(BATCH)
                .bind(now.millis() - then.millis())
                .execute(&mut *tx)
                .await?
                .rows_affected();
            tx.commit().await?;
            gone += swept;
            if swept < u64::from(BATCH) {
                break;
            }
        }
    }
    Ok(gone)
}

/// Round after round as long as the server runs.
pub(crate) async fn run(app: App) {
    loop {
        if let Err(problem) = sweep(&app).await {
            tracing::error!(?problem, "old rows cannot be swept away");
            app.store().doubt();
        }
        tokio::time::sleep(ROUND).await;
    }
}
