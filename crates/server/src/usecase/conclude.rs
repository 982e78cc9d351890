//! The frame of every effect behind a proof of identity (G4): at most once under its key, in one transaction,
//! with its security events, its notices, the concluded change and the recorded answer.
//!
//! ```text
//! a recorded answer under the key?        -> that answer
//! session under the write lock
//!   -> Effect::apply   (every precondition again, then what differs)
//!   -> security events -> notices -> erasure -> change concluded -> answer recorded -> commit
//! refused?                                -> the answer recorded meanwhile, else the session's end, else the refusal
//! ```
//!
//! Only what happened is recorded; a refused request may be sent again under the same key.

use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::change::OpenChange;
use crate::domain::event::LoggedEvent;
use crate::domain::message::Notice;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::rules::limits;
use crate::state::AppState;
use crate::store::{EffectSession, Outcome, SessionAfter, WriteTx};
use contract::change::ChangeStep;
use contract::refusal::{Refusal, SessionEnd};
use std::future::Future;

/// The key of an effect, which is the change it concludes, and the keyed hash of the request's body.
#[derive(Clone, Copy)]
pub(crate) struct EffectKey<'a> {
    key: &'a str,
    hash: &'a [u8],
}

impl<'a> EffectKey<'a> {
    /// None if the key is not the change.
    pub(crate) fn of(key: &'a str, hash: &'a [u8], change: &str) -> Option<Self> {
        (key == change).then_some(Self { key, hash })
    }

    /// The id of the change that the effect concludes.
    pub(crate) fn change(self) -> &'a str {
        self.key
    }
}

/// An effect: what happens between the session and the commit.
pub(crate) trait Effect: Send {
    /// Asks every precondition again, and makes the effect.
    fn apply(
        self,
        state: &AppState,
        tx: &mut WriteTx,
        session: &EffectSession,
        now: Moment,
    ) -> impl Future<Output = Result<Applied, Problem>> + Send;
}

/// What an effect leaves to the frame.
pub(crate) struct Applied {
    /// The change it concludes.
    pub(crate) change: OpenChange,
    /// The last step of that.
    pub(crate) step: ChangeStep,
    pub(crate) events: Vec<LoggedEvent>,
    pub(crate) notices: Vec<Notice>,
    /// An account that is erased once its events and notices are written, and why its sessions end.
    pub(crate) erases: Option<(Account, SessionEnd)>,
}

/// The answer to an effect, recorded or just made.
pub(crate) struct Concluded {
    /// The HTTP status.
    pub(crate) status: u16,
    /// JSON.
    pub(crate) body: String,
    pub(crate) session: SessionAfter,
}

impl Concluded {
    fn replayed(outcome: Outcome) -> Self {
        Self { status: outcome.status, body: outcome.body, session: SessionAfter::Unchanged }
    }
}

/// Makes an effect in one transaction.
async fn conclude(
    state: &AppState,
    visitor: &Visitor,
    key: EffectKey<'_>,
    effect: impl Effect,
    now: Moment,
) -> Result<Concluded, Problem> {
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    let applied = effect.apply(state, &mut tx, &session, now).await?;
    for event in &applied.events {
        tx.log(event, now).await?;
    }
    for notice in &applied.notices {
        tx.notify(&state.key, notice, now).await?;
    }
    let is_erased = match &applied.erases {
        Some((account, why)) => {
            tx.erase(account, *why, now).await?;
            account.id == session.account.id
        }
        None => false,
    };
    let record = if is_erased {
        applied.change.final_record(applied.step, &session, now)
    } else {
        let concluded = tx.conclude_change(&applied.change, &session, &applied.step, now).await?;
        concluded.record_at(applied.step, &session, now)
    };
    let body = serde_json::to_string(&record).map_err(Problem::fault)?;
    let outcome = Outcome { request_hash: key.hash.to_owned(), status: 200, body };
    tx.insert_outcome(&session, key.key, &outcome, now).await?;
    let session = if is_erased { SessionAfter::Over } else { tx.take_session_after() };
    tx.commit().await?;
    Ok(Concluded { status: outcome.status, body: outcome.body, session })
}

/// Performs an effect at most once under its key: a request that came before is answered as it was then,
/// also if it ended the very session it came with; `KEY_REUSED` if it was another request. `prepare` does what
/// comes before the transaction.
pub(crate) async fn once<E: Effect>(
    state: &AppState,
    visitor: &Visitor,
    key: EffectKey<'_>,
    prepare: impl Future<Output = Result<E, Problem>>,
) -> Result<Concluded, Problem> {
    if let Some(recorded) = replay(state, visitor, key).await? {
        return Ok(recorded);
    }
    let now = state.now();
    let concluded = async { conclude(state, visitor, key, prepare.await?, now).await };
    match concluded.await {
        Ok(answer) => Ok(answer),
        // The same request may have come twice at once; then the recorded answer is returned.
        Err(problem) => match replay(state, visitor, key).await? {
            Some(recorded) if problem.is_session_over() => {
                Ok(Concluded { session: SessionAfter::Over, ..recorded })
            }
            Some(recorded) => Ok(recorded),
            None => Err(session_end_or(state, visitor, problem).await),
        },
    }
}

/// A refusal that was only caused by the end of the session (its codes void, its change deleted) is answered as
/// that.
async fn session_end_or(state: &AppState, visitor: &Visitor, problem: Problem) -> Problem {
    let Ok(mut reader) = state.store.read().await else { return problem };
    match reader.session(visitor, state.now()).await {
        Err(ended @ Problem::Refused { .. }) => ended,
        _ => problem,
    }
}

async fn replay(
    state: &AppState,
    visitor: &Visitor,
    key: EffectKey<'_>,
) -> Result<Option<Concluded>, Problem> {
    match recorded(state, visitor, key.key).await? {
        None => Ok(None),
        Some(found) if found.request_hash == key.hash => Ok(Some(Concluded::replayed(found))),
        // Compared once already.
        Some(found) if found.is_spoiled() => Err(Refusal::KeyReused.into()),
        Some(_) => {
            // The request may hold a password: another body may be compared once only.
            if let Some(browser) = &visitor.browser {
                let mut tx = state.store.write().await?;
                tx.spoil_outcome(browser, key.key).await?;
                tx.commit().await?;
            }
            Err(Refusal::KeyReused.into())
        }
    }
}

/// The recorded answer under a key, for the browser that sent the request: for ten minutes, even if its session
/// is over (IDM-1).
pub(crate) async fn recorded(
    state: &AppState,
    visitor: &Visitor,
    key: &str,
) -> Result<Option<Outcome>, Problem> {
    let Some(browser) = &visitor.browser else { return Ok(None) };
    let since = state.now().before(visitor.waiting_life(limits::OUTCOME_LIFE));
    let mut reader = state.store.read().await?;
    reader.outcome(browser, key, since).await
}
