//! Notices that must arrive (P8, PHN-07), and what other systems have to forget (DEL-04).
//!
//! They are written in the transaction of the effect that causes them and delivered afterwards,
//! again and again until the gateway takes them, or for a week. Each has an id that stays the same over all
//! tries, so that the gateway can drop a second one if our process died between handing over and
//! writing that down.

use crate::account::Account;
use crate::app::App;
use crate::clock::Moment;
use crate::gateway::meetings::Farewell;
use crate::gateway::sms::Letter;
use crate::problem::Problem;
use crate::secret;
use sqlx::SqliteConnection;
use std::time::Duration;

/// How often somebody looks for due notices even if nobody called.
const ROUND: Duration = Duration::from_secs(1);
/// The first wait after a failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What nobody took for so long is no news any more, and holds a number and what it was told *(ours)*.
const NEWS_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// How a notice goes.
const SMS: &str = "sms";
const WECHAT: &str = "wechat";
/// How the meeting service is told: that is never given up, for what it holds would stay.
const SERVICE: &str = "service";

/// What that is about, where codes have their purpose.
const FORGET: &str = "forget_account";

/// Writes a notice into the caller's transaction, by every way to reach the account's owner: SMS, and
/// WeChat if one is bound. They are those of the account as it was read, before what is told of.
pub(crate) async fn tell(
    connection: &mut SqliteConnection,
    account: &Account,
    purpose: &str,
    text: &str,
    now: Moment,
) -> Result<(), Problem> {
    write(connection, SMS, account.phone.as_str(), purpose, text, now).await?;
    match account.wechat_id() {
        Some(wechat) => write(connection, WECHAT, wechat, purpose, text, now).await,
        None => Ok(()),
    }
}

/// Writes for the meeting service that an account is gone (DEL-04).
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    farewell: &Farewell,
    now: Moment,
) -> Result<(), Problem> {
    let text = serde_json::to_string(farewell).map_err(Problem::fault)?;
    write(connection, SERVICE, &farewell.account, FORGET, &text, now).await
}

async fn write(
    connection: &mut SqliteConnection,
    channel: &str,
    to: &str,
    purpose: &str,
    text: &str,
    now: Moment,
) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO outbox (id, channel, recipient, text, purpose, created_at, next_try_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(secret::id())
    .bind(channel)
    .bind(to)
    .bind(text)
    .bind(purpose)
    .bind(now.millis())
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Delivers what is due; answers how many were handed over.
pub(crate) async fn deliver_due(app: &App) -> Result<usize, Problem> {
    let now = app.now();
    let mut reader = app.store().read().await?;
    let due: Vec<(String, String, String, String, String, i64, i64)> = sqlx::query_as(
        "SELECT id, channel, recipient, text, purpose, tries, created_at FROM outbox
         WHERE sent_at IS NULL AND next_try_at <= ? ORDER BY created_at LIMIT 100",
    )
    .bind(now.millis())
    .fetch_all(&mut *reader)
    .await?;
    drop(reader);
    let mut delivered = 0;
    for (id, channel, to, text, purpose, tries, created_at) in due {
        let letter = Letter { to, text, code: None, purpose, id };
        let result = match channel.as_str() {
            WECHAT => app.wechat().tell(&letter, now),
            SERVICE => app.meeting_service().forget(&letter, now).await,
            _ => app.sms().send(&letter, now).await,
        };
        let mut tx = app.store().write().await?;
        match result {
            Ok(()) => {
                delivered += 1;
                // Whose it was and what it said is not needed any more.
                sqlx::query("UPDATE outbox SET sent_at = ?, recipient = '', text = '' WHERE id = ? AND sent_at IS NULL")
                    .bind(now.millis())
                    .bind(&letter.id)
                    .execute(&mut *tx)
                    .await?;
            }
            Err(why) if channel != SERVICE && Moment::from_millis(created_at).after(NEWS_LIFE) <= now => {
                tracing::error!(notice = %letter.id, %why, "a notice is given up");
                sqlx::query("DELETE FROM outbox WHERE id = ?").bind(&letter.id).execute(&mut *tx).await?;
            }
            Err(why) => {
                let wait = FIRST_WAIT.saturating_mul(1 << tries.clamp(0, 10)).min(LONGEST_WAIT);
                tracing::warn!(notice = %letter.id, to = %letter.masked_to(), %why, "a notice waits");
                sqlx::query("UPDATE outbox SET tries = tries + 1, next_try_at = ? WHERE id = ?")
                    .bind(now.after(wait).millis())
                    .bind(&letter.id)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.commit().await?;
    }
    Ok(delivered)
}

/// Delivers notices as long as the server runs.
pub(crate) async fn run(app: App) {
    loop {
        if let Err(problem) = deliver_due(&app).await {
            tracing::error!(?problem, "notices cannot be delivered");
        }
        let _ = tokio::time::timeout(ROUND, app.notices().notified()).await;
    }
}
