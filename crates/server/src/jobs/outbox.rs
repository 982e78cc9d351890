//! Delivery of the outbox: again and again until a gateway accepts a message, or for a week.
//!
//! Each message has an id that stays the same over all tries, so that the gateway can drop a second one if this
//! process died between handing over and recording that. A try is recorded before it is made: a server that
//! cannot write does not send either. A message that was handed over and could not be recorded is remembered,
//! and recorded before anything else is sent.

use crate::clock::Moment;
use crate::gateway::sms::Unsent;
use crate::problem::Problem;
use crate::state::AppState;
use crate::store::{Channel, DueMessage, SentMessage};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// Between two rounds if nothing wakes the job.
const ROUND: Duration = Duration::from_secs(1);
/// A message that no gateway accepted for so long is given up *(ours)*.
const MESSAGE_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// But not before so many tries, an hour and a half of them: the server may have been off for that week.
const LEAST_TRIES: u32 = 100;
/// How long the tries under way are awaited when the server stops: longer than a gateway may take.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// The job. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Outbox {
    state: AppState,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Messages that a gateway accepted, and that could not be recorded yet.
    unrecorded: Mutex<Vec<SentMessage>>,
    /// One round at a time.
    round: tokio::sync::Mutex<()>,
    /// Nothing is handed over any more: the server stops.
    is_over: AtomicBool,
}

impl Outbox {
    pub(crate) fn new(state: AppState) -> Self {
        Self { state, shared: Arc::default() }
    }

    /// Delivers messages until [`Outbox::end`] is called.
    pub(crate) async fn run(self) {
        while !self.is_over() {
            if let Err(problem) = self.deliver_due().await {
                tracing::error!(?problem, "messages cannot be delivered");
                self.state.store.doubt();
            }
            let _ = tokio::time::timeout(ROUND, self.state.wakeups.outbox().notified()).await;
        }
    }

    fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::SeqCst)
    }

    /// Delivers what is due; answers how many messages were handed over.
    pub(crate) async fn deliver_due(&self) -> Result<usize, Problem> {
        let _round = self.shared.round.lock().await;
        let mut delivered = 0;
        loop {
            // A round may be long: messages written meanwhile are delivered in it too.
            let now = self.state.now();
            let unrecorded =
                std::mem::take(&mut *self.shared.unrecorded.lock().unwrap_or_else(PoisonError::into_inner));
            self.record(unrecorded).await?;
            if self.is_over() || !self.is_any_due(now).await? {
                return Ok(delivered);
            }
            let due = self.claim(now).await?;
            if due.is_empty() {
                return Ok(delivered);
            }
            let sent = self.hand_over(due, now).await?;
            delivered += sent.len();
            self.record(sent).await?;
        }
    }

    async fn is_any_due(&self, now: Moment) -> Result<bool, Problem> {
        self.state.store.read().await?.is_any_message_due(now).await
    }

    async fn claim(&self, now: Moment) -> Result<Vec<DueMessage>, Problem> {
        let mut tx = self.state.store.write().await?;
        let due = tx.claim_messages(self.state.config.limits.messages_per_day, now).await?;
        if !due.is_empty() {
            tx.commit().await?;
        }
        Ok(due)
    }

    /// Hands messages over, all at once; answers those that were accepted.
    async fn hand_over(&self, due: Vec<DueMessage>, now: Moment) -> Result<Vec<SentMessage>, Problem> {
        let mut tries = JoinSet::new();
        for due in due {
            let state = self.state.clone();
            tries.spawn(async move {
                let result = match due.channel {
                    Channel::Sms => state.sms.send(&due.message, now).await,
                    Channel::Wechat => state.wechat.send(&due.message, now),
                    Channel::Service => state.meeting_service.forget(&due.message, now).await,
                };
                (due, result)
            });
        }
        let mut sent = Vec::new();
        while let Some(tried) = tries.join_next().await {
            let (due, result) = tried.map_err(Problem::fault)?;
            match result {
                Ok(()) => sent.push(SentMessage { due, at: now }),
                Err(why) => self.failed(&due, &why, now).await,
            }
        }
        Ok(sent)
    }

    /// Logs why a message waits, or gives it up; never while the time cannot be trusted.
    async fn failed(&self, due: &DueMessage, why: &Unsent, now: Moment) {
        let is_young = due.created_at.after(MESSAGE_LIFE) > now || due.tries < LEAST_TRIES;
        if due.channel == Channel::Service || is_young || self.state.clock_doubt.is_some() {
            let to = due.message.masked_to();
            tracing::warn!(message = %due.message.id, %to, %why, "a message waits");
            return;
        }
        tracing::error!(message = %due.message.id, %why, "a message is given up");
        if let Err(problem) = self.give_up(&due.message.id).await {
            tracing::error!(?problem, "a message that was given up stays for now");
        }
    }

    async fn give_up(&self, id: &str) -> Result<(), Problem> {
        let mut tx = self.state.store.write().await?;
        tx.delete_message(id).await?;
        tx.commit().await
    }

    /// Records what was handed over; what cannot be recorded is remembered for the next round.
    async fn record(&self, sent: Vec<SentMessage>) -> Result<(), Problem> {
        if sent.is_empty() {
            return Ok(());
        }
        let written = self.write_sent(&sent).await;
        if written.is_err() {
            self.shared.unrecorded.lock().unwrap_or_else(PoisonError::into_inner).extend(sent);
        }
        written
    }

    async fn write_sent(&self, sent: &[SentMessage]) -> Result<(), Problem> {
        let mut tx = self.state.store.write().await?;
        for sent in sent {
            tx.record_sent(sent).await?;
        }
        tx.commit().await
    }

    /// Hands over nothing any more, and waits until what is under way is recorded: otherwise the next start would
    /// send it again.
    pub(crate) async fn end(&self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.state.wakeups.outbox().notify_one();
        let _ = tokio::time::timeout(END_PATIENCE, self.shared.round.lock()).await;
    }
}
