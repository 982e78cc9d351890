//! Messages that must arrive (P8, PHN-07), and what other systems have to forget (DEL-04).
//!
//! They are written in the transaction of the effect that causes them and delivered afterwards,
//! again and again until the gateway takes them, or for a week. Each has an id that stays the same over all
//! tries, so that the gateway can drop a second one if our process died between handing over and
//! writing that down.
//!
//! A try is written down before it is made: who cannot write does not send either. What was handed over
//! and could not be written down is remembered, and written down before anything else is sent.
//!
//! Nobody's messages delay or drown another's. One that still waits makes room for a newer one about
//! the same ([`Topic`], account, recipient); of those, a few an hour and a day are sent, and the last
//! word always goes out in the end. What a super admin becomes or is no more is told each time: it takes
//! a proof, and who is told has to know each of them. Security goes first, then each recipient's first
//! before anybody's second, then what was not tried yet.

use crate::account::Account;
use crate::app::App;
use crate::clock::Moment;
use crate::gateway::meetings::Farewell;
use crate::gateway::sms::{Letter, Unsent};
use crate::guess;
use crate::problem::Problem;
use crate::rules;
use crate::secret;
use crate::store::Store;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// How often somebody looks for due messages even if nobody called.
const ROUND: Duration = Duration::from_secs(1);
/// The first wait after a failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Handed over at once: a gateway that takes its time with one does not hold up all others.
const AT_ONCE: u32 = 16;

/// What nobody took for so long is no news any more, and holds a number and what it was told *(ours)*.
const NEWS_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// And not before so many tries, an hour and a half of them: the server may have been off for that week.
const NEWS_TRIES: u32 = 100;
/// How long the tries under way are waited for when the server stops: longer than a gateway is given.
const FAREWELL: Duration = Duration::from_secs(10);

/// Messages about the same to the same person that are sent in a rolling hour and a rolling day *(ours)*.
/// A budget of its own for each topic: who floods one does not silence another.
const BUDGETS: [(u32, Duration); 2] = [(3, rules::HOUR), (10, rules::DAY)];

/// How a message goes.
const SMS: &str = "sms";
const WECHAT: &str = "wechat";
/// How the meeting service is told: that is never given up, for what it holds would stay.
const SERVICE: &str = "service";

/// What that is about, where codes have their purpose.
const FORGET: &str = "forget_account";

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// The number was replaced.
    PhoneChanged,
    /// A WeChat was bound or replaced.
    WechatChanged,
    /// The password was set.
    PasswordSet,
    /// The account is no more.
    AccountCanceled,
    /// The account goes unless its owner signs in.
    CancelBegun,
    /// It stays.
    CancelUndone,
    /// The organization deleted the account.
    AccountRemoved,
    /// The account was given another role.
    RoleGiven,
    /// The account was made a super admin, or is none any more.
    SuperAdminGiven,
    /// Somebody was made a super admin of the organization, or is none any more; to all of them.
    SuperAdmins,
}

impl Topic {
    /// Where codes have their purpose.
    fn text(self) -> &'static str {
        match self {
            Self::PhoneChanged => "phone_changed",
            Self::WechatChanged => "wechat_changed",
            Self::PasswordSet => "password_set",
            Self::AccountCanceled => "account_canceled",
            Self::CancelBegun => "cancel_begun",
            Self::CancelUndone => "cancel_undone",
            Self::AccountRemoved => "account_removed",
            Self::RoleGiven | Self::SuperAdminGiven => "role_given",
            Self::SuperAdmins => "super_admins",
        }
    }

    /// Whether somebody may have to act at once; such messages go first, and no cap of a day stops them.
    fn is_urgent(self) -> bool {
        match self {
            Self::PhoneChanged
            | Self::WechatChanged
            | Self::PasswordSet
            | Self::AccountCanceled
            | Self::CancelBegun
            | Self::AccountRemoved
            | Self::SuperAdminGiven
            | Self::SuperAdmins => true,
            Self::CancelUndone | Self::RoleGiven => false,
        }
    }

    /// Whether each one counts, so that none makes room for a newer one or waits for a budget.
    fn is_told_each_time(self) -> bool {
        matches!(self, Self::SuperAdminGiven | Self::SuperAdmins)
    }
}

/// What the outbox remembers between two rounds.
#[derive(Default)]
pub(crate) struct Outbox {
    /// Messages that the gateway has, though nobody could write that down yet.
    unrecorded: Mutex<Vec<Sent>>,
    /// One round at a time.
    round: tokio::sync::Mutex<()>,
    /// Nothing is handed over any more: the server stops.
    is_over: AtomicBool,
}

/// A message that the gateway took.
struct Sent {
    row: Due,
    at: Moment,
}

/// Writes a message into the caller's transaction, by every way to reach the account's owner: SMS, and
/// WeChat if one is bound. They are those of the account as it was read, before what is told of.
pub(crate) async fn tell(
    app: &App,
    connection: &mut SqliteConnection,
    account: &Account,
    topic: Topic,
    text: &str,
    now: Moment,
) -> Result<(), Problem> {
    let ways = [(SMS, Some(account.phone.as_str())), (WECHAT, account.wechat_id())];
    for (channel, to) in ways.into_iter().filter_map(|(channel, to)| Some((channel, to?))) {
        let each = if topic.is_told_each_time() { secret::id() } else { String::new() };
        let subject = app.key().hash(&["outbox", channel, to, topic.text(), &account.id, &each]);
        sqlx::query("DELETE FROM outbox WHERE subject = ? AND sent_at IS NULL")
            .bind(&subject)
            .execute(&mut *connection)
            .await?;
        let purpose = topic.text();
        write(connection, Row { channel, to, purpose, text, subject, urgent: topic.is_urgent() }, now)
            .await?;
    }
    Ok(())
}

/// Writes for the meeting service that an account is gone (DEL-04).
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    farewell: &Farewell,
    now: Moment,
) -> Result<(), Problem> {
    let text = serde_json::to_string(farewell).map_err(Problem::fault)?;
    let subject = secret::token_hash(&secret::token());
    let row =
        Row { channel: SERVICE, to: &farewell.account, purpose: FORGET, text: &text, subject, urgent: true };
    write(connection, row, now).await
}

/// What is to be told to whom.
struct Row<'a> {
    channel: &'a str,
    to: &'a str,
    purpose: &'a str,
    text: &'a str,
    /// What it has in common with others about the same to the same person.
    subject: Vec<u8>,
    urgent: bool,
}

async fn write(connection: &mut SqliteConnection, row: Row<'_>, now: Moment) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO outbox (id, channel, recipient, text, purpose, subject, urgent, created_at, next_try_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(secret::id())
    .bind(row.channel)
    .bind(row.to)
    .bind(row.text)
    .bind(row.purpose)
    .bind(row.subject)
    .bind(row.urgent)
    .bind(now.millis())
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// A message whose try is written down.
struct Due {
    id: String,
    channel: String,
    recipient: String,
    text: String,
    purpose: String,
    subject: Vec<u8>,
    urgent: bool,
    created_at: i64,
    /// This one included.
    tries: u32,
}

impl Due {
    fn letter(&self) -> Letter {
        Letter {
            to: self.recipient.clone(),
            text: self.text.clone(),
            code: None,
            purpose: self.purpose.clone(),
            id: self.id.clone(),
        }
    }
}

/// Delivers what is due; answers how many were handed over.
pub(crate) async fn deliver_due(app: &App) -> Result<usize, Problem> {
    let _round = app.outbox().round.lock().await;
    let mut delivered = 0;
    loop {
        // A round may be long: what came meanwhile has its turn in it.
        let now = app.now();
        record(app, app.outbox().unrecorded()).await?;
        if app.outbox().is_over.load(Ordering::SeqCst) || !is_any_due(app, now).await? {
            return Ok(delivered);
        }
        let due = claim(app, now).await?;
        if due.is_empty() {
            return Ok(delivered);
        }
        let mut tries = JoinSet::new();
        for row in due {
            let app = app.clone();
            tries.spawn(async move {
                let letter = row.letter();
                let result = match row.channel.as_str() {
                    WECHAT => app.wechat().tell(&letter, now),
                    SERVICE => app.meeting_service().forget(&letter, now).await,
                    _ => app.sms().send(&letter, now).await,
                };
                (row, result)
            });
        }
        let mut sent = Vec::new();
        while let Some(tried) = tries.join_next().await {
            let (row, result) = tried.map_err(Problem::fault)?;
            match result {
                Ok(()) => sent.push(Sent { row, at: now }),
                Err(why) => failed(app, &row, &why, now).await,
            }
        }
        delivered += sent.len();
        record(app, sent).await?;
    }
}

/// Whether anything waits at all; mostly nothing does, and nobody has to be kept from writing for that.
async fn is_any_due(app: &App, now: Moment) -> Result<bool, Problem> {
    let mut reader = app.store().read().await?;
    let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE sent_at IS NULL AND next_try_at <= ?)";
    Ok(sqlx::query_scalar(sql).bind(now.millis()).fetch_one(&mut *reader).await?)
}

/// Takes what is to be handed over next, and writes each try down with the wait after it, should it
/// fail or nobody learn what became of it.
async fn claim(app: &App, now: Moment) -> Result<Vec<Due>, Problem> {
    let mut tx = app.store().write().await?;
    let capped = guess::spent(&mut tx, guess::MESSAGES, now).await? >= app.config().limits.messages_per_day;
    let [(an_hour, hour), (a_day, day)] = BUDGETS;
    let rows = sqlx::query(
        "WITH due AS (
             SELECT o.*,
                    ROW_NUMBER() OVER (PARTITION BY recipient ORDER BY urgent DESC, created_at, rowid) AS turn
             FROM outbox o
             WHERE sent_at IS NULL AND next_try_at <= ?1 AND (urgent OR NOT ?2)
               AND (SELECT COUNT(*) FROM outbox s WHERE s.subject = o.subject AND s.sent_at > ?3) < ?4
               AND (SELECT COUNT(*) FROM outbox s WHERE s.subject = o.subject AND s.sent_at > ?5) < ?6
         )
         SELECT id, channel, recipient, text, purpose, subject, urgent, created_at, tries FROM due
         ORDER BY urgent DESC, turn, tries, created_at LIMIT ?7",
    )
    .bind(now.millis())
    .bind(capped)
    .bind(now.before(hour).millis())
    .bind(an_hour)
    .bind(now.before(day).millis())
    .bind(a_day)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    let read = |row: SqliteRow| Due {
        id: row.get("id"),
        channel: row.get("channel"),
        recipient: row.get("recipient"),
        text: row.get("text"),
        purpose: row.get("purpose"),
        subject: row.get("subject"),
        urgent: row.get("urgent"),
        created_at: row.get("created_at"),
        tries: row.get::<u32, _>("tries").saturating_add(1),
    };
    let due: Vec<Due> = rows.into_iter().map(read).collect();
    for row in &due {
        let wait = FIRST_WAIT.saturating_mul(1 << (row.tries - 1).min(10)).min(LONGEST_WAIT);
        sqlx::query("UPDATE outbox SET tries = ?, next_try_at = ? WHERE id = ?")
            .bind(row.tries)
            .bind(now.after(wait).millis())
            .bind(&row.id)
            .execute(&mut *tx)
            .await?;
    }
    if !due.is_empty() {
        tx.commit().await?;
    }
    Ok(due)
}

/// Says why a message waits, or gives it up; never while nobody knows how late it is.
async fn failed(app: &App, row: &Due, why: &Unsent, now: Moment) {
    let is_news = Moment::from_millis(row.created_at).after(NEWS_LIFE) > now || row.tries < NEWS_TRIES;
    if row.channel == SERVICE || is_news || app.clock_doubt().is_some() {
        let to = row.letter().masked_to();
        tracing::warn!(message = %row.id, %to, %why, "a message waits");
        return;
    }
    tracing::error!(message = %row.id, %why, "a message is given up");
    if let Err(problem) = give_up(app.store(), &row.id).await {
        tracing::error!(?problem, "a message that was given up stays for now");
    }
}

async fn give_up(store: &Store, id: &str) -> Result<(), Problem> {
    let mut tx = store.write().await?;
    sqlx::query("DELETE FROM outbox WHERE id = ?").bind(id).execute(&mut *tx).await?;
    Ok(tx.commit().await?)
}

/// Writes down what was handed over; what cannot be written down is remembered for the next round.
async fn record(app: &App, sent: Vec<Sent>) -> Result<(), Problem> {
    if sent.is_empty() {
        return Ok(());
    }
    let written = write_sent(app.store(), &sent).await;
    if written.is_err() {
        app.outbox().remember(sent);
    }
    written
}

async fn write_sent(store: &Store, sent: &[Sent]) -> Result<(), Problem> {
    let mut tx = store.write().await?;
    for Sent { row, at } in sent {
        // Whose it was and what it said is not needed any more. A newer one may have taken its place
        // while it was on its way; then it counts for the budget all the same.
        sqlx::query(
            "INSERT INTO outbox (id, channel, recipient, text, purpose, subject, urgent, created_at, next_try_at,
                                 tries, sent_at)
             VALUES (?1, ?2, '', '', ?3, ?4, ?5, ?6, ?7, 1, ?7)
             ON CONFLICT (id) DO UPDATE SET sent_at = ?7, recipient = '', text = '' WHERE sent_at IS NULL",
        )
        .bind(&row.id)
        .bind(&row.channel)
        .bind(&row.purpose)
        .bind(&row.subject)
        .bind(row.urgent)
        .bind(row.created_at)
        .bind(at.millis())
        .execute(&mut *tx)
        .await?;
        if row.channel != SERVICE {
            guess::spend(&mut tx, guess::MESSAGES, 1, *at).await?;
        }
    }
    Ok(tx.commit().await?)
}

impl Outbox {
    fn unrecorded(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn remember(&self, sent: Vec<Sent>) {
        self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner).extend(sent);
    }
}

/// Delivers messages until [`end`] is called.
pub(crate) async fn run(app: App) {
    while !app.outbox().is_over.load(Ordering::SeqCst) {
        if let Err(problem) = deliver_due(&app).await {
            tracing::error!(?problem, "messages cannot be delivered");
            app.store().doubt();
        }
        let _ = tokio::time::timeout(ROUND, app.notices().notified()).await;
    }
}

/// Hands over nothing any more, and waits until what is under way is written down: else the next start
/// would send it again.
pub(crate) async fn end(app: &App) {
    app.outbox().is_over.store(true, Ordering::SeqCst);
    app.notices().notify_one();
    let _ = tokio::time::timeout(FAREWELL, app.outbox().round.lock()).await;
}
