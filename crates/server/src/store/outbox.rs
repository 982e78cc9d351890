//! The table `outbox`: messages that must arrive (P8, PHN-07), and what other systems have to forget (DEL-04).
//!
//! They are written in the transaction of the effect that causes them; `jobs::outbox` delivers them. A message
//! that still waits is replaced by a newer one on the same topic to the same recipient. Of one topic, a few
//! are sent per hour and day, and the last one is always sent in the end; notices about super admins are
//! always sent. Urgent messages go first, then each recipient's first before anybody's second, then those
//! that were not tried yet.

use super::values::Columns;
use super::{DailyCounter, Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::message::{Farewell, Message, Notice};
use crate::problem::Problem;
use crate::rules::limits;
use crate::secret::{self, Key};
use std::time::Duration;

/// Messages of one topic to one recipient that are sent in a rolling hour and a rolling day *(ours)*. Each
/// topic has its own budget, so flooding one does not silence another.
const BUDGETS: [(u32, Duration); 2] = [(3, limits::HOUR), (10, limits::DAY)];
/// The first wait after a failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Messages handed over at once: a gateway that is slow with one does not delay all others.
const AT_ONCE: u32 = 16;
/// The purpose of a message to the meeting service.
const FORGET: &str = "forget_account";

/// How a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    Sms,
    Wechat,
    /// To the meeting service; never given up, or what it stores of an account would stay.
    Service,
}

impl Channel {
    fn text(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Wechat => "wechat",
            Self::Service => "service",
        }
    }

    fn read(text: &str) -> Result<Self, Problem> {
        match text {
            "sms" => Ok(Self::Sms),
            "wechat" => Ok(Self::Wechat),
            "service" => Ok(Self::Service),
            other => Err(Problem::fault(format!("there is no channel {other}"))),
        }
    }
}

/// A message whose next try is recorded.
pub(crate) struct DueMessage {
    pub(crate) message: Message,
    pub(crate) channel: Channel,
    subject: Vec<u8>,
    urgent: bool,
    pub(crate) created_at: Moment,
    /// This one included.
    pub(crate) tries: u32,
}

/// A message that a gateway accepted.
pub(crate) struct SentMessage {
    pub(crate) due: DueMessage,
    pub(crate) at: Moment,
}

/// A row to be written.
struct Row<'a> {
    channel: Channel,
    to: &'a str,
    purpose: &'a str,
    text: &'a str,
    /// The same for messages of one topic to one recipient.
    subject: Vec<u8>,
    urgent: bool,
}

impl Reader {
    /// Whether any message is due. Mostly none is, and then no write lock is taken.
    pub(crate) async fn is_any_message_due(&mut self, now: Moment) -> Result<bool, Problem> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE sent_at IS NULL AND next_try_at <= ?)";
        Ok(sqlx::query_scalar(sql).bind(now).fetch_one(self.connection()).await?)
    }
}

impl WriteTx {
    /// Writes a notice for every channel to the account's owner: SMS, and WeChat if one is bound.
    pub(crate) async fn notify(&mut self, key: &Key, notice: &Notice, now: Moment) -> Result<(), Problem> {
        let Notice { to: account, topic, text } = notice;
        let channels = [(Channel::Sms, Some(account.phone.as_str())), (Channel::Wechat, account.wechat_id())];
        for (channel, to) in channels.into_iter().filter_map(|(channel, to)| Some((channel, to?))) {
            let unique = if topic.is_never_replaced() { secret::id() } else { String::new() };
            let subject =
                key.hash(&["outbox", channel.text(), to, topic.text(), account.id.as_str(), &unique]);
            sqlx::query("DELETE FROM outbox WHERE subject = ? AND sent_at IS NULL")
                .bind(&subject)
                .execute(self.connection())
                .await?;
            let (purpose, urgent) = (topic.text(), topic.is_urgent());
            self.insert_message(Row { channel, to, purpose, text, subject, urgent }, now).await?;
        }
        Ok(())
    }

    /// Writes a message by which the meeting service forgets an account (DEL-04).
    pub(super) async fn notify_service(&mut self, farewell: &Farewell, now: Moment) -> Result<(), Problem> {
        let text = serde_json::to_string(farewell).map_err(Problem::fault)?;
        let subject = secret::token_hash(&secret::token());
        let (channel, to) = (Channel::Service, farewell.account.as_str());
        self.insert_message(Row { channel, to, purpose: FORGET, text: &text, subject, urgent: true }, now)
            .await
    }

    async fn insert_message(&mut self, row: Row<'_>, now: Moment) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO outbox (id, channel, recipient, text, purpose, subject, urgent, created_at, next_try_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(secret::id())
        .bind(row.channel.text())
        .bind(row.to)
        .bind(row.text)
        .bind(row.purpose)
        .bind(row.subject)
        .bind(row.urgent)
        .bind(now)
        .bind(now)
        .execute(self.connection())
        .await?;
        self.pending.outbox();
        Ok(())
    }

    /// Claims the messages to be handed over next and records each try, with the wait after it, should it
    /// fail or its end remain unknown. `cap` is the number of messages a day from which on only urgent ones
    /// are sent.
    pub(crate) async fn claim_messages(&mut self, cap: u32, now: Moment) -> Result<Vec<DueMessage>, Problem> {
        let capped = self.counted(DailyCounter::Messages, now).await? >= cap;
        let [(per_hour, hour), (per_day, day)] = BUDGETS;
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
        .bind(now)
        .bind(capped)
        .bind(now.before(hour))
        .bind(per_hour)
        .bind(now.before(day))
        .bind(per_day)
        .bind(AT_ONCE)
        .fetch_all(self.connection())
        .await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in &rows {
            let message = Message {
                to: row.column("recipient")?,
                text: row.column("text")?,
                code: None,
                purpose: row.column("purpose")?,
                id: row.column("id")?,
            };
            due.push(DueMessage {
                message,
                channel: Channel::read(&row.column::<String>("channel")?)?,
                subject: row.column("subject")?,
                urgent: row.column("urgent")?,
                created_at: row.column("created_at")?,
                tries: row.column::<u32>("tries")?.saturating_add(1),
            });
        }
        for row in &due {
            let wait = FIRST_WAIT.saturating_mul(1 << (row.tries - 1).min(10)).min(LONGEST_WAIT);
            sqlx::query("UPDATE outbox SET tries = ?, next_try_at = ? WHERE id = ?")
                .bind(row.tries)
                .bind(now.after(wait))
                .bind(&row.message.id)
                .execute(self.connection())
                .await?;
        }
        Ok(due)
    }

    /// Gives a message up.
    pub(crate) async fn delete_message(&mut self, id: &str) -> Result<(), Problem> {
        sqlx::query("DELETE FROM outbox WHERE id = ?").bind(id).execute(self.connection()).await?;
        Ok(())
    }

    /// Records that a message was sent; its recipient and text are deleted. A newer message may have replaced
    /// it on its way; it counts for the budget all the same.
    pub(crate) async fn record_sent(&mut self, sent: &SentMessage) -> Result<(), Problem> {
        let SentMessage { due, at } = sent;
        sqlx::query(
            "INSERT INTO outbox (id, channel, recipient, text, purpose, subject, urgent, created_at, next_try_at,
                                 tries, sent_at)
             VALUES (?1, ?2, '', '', ?3, ?4, ?5, ?6, ?7, 1, ?7)
             ON CONFLICT (id) DO UPDATE SET sent_at = ?7, recipient = '', text = '' WHERE sent_at IS NULL",
        )
        .bind(&due.message.id)
        .bind(due.channel.text())
        .bind(&due.message.purpose)
        .bind(&due.subject)
        .bind(due.urgent)
        .bind(due.created_at)
        .bind(*at)
        .execute(self.connection())
        .await?;
        if due.channel != Channel::Service {
            self.count(DailyCounter::Messages, 1, *at).await?;
        }
        Ok(())
    }
}
