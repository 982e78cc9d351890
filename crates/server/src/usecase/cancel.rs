//! Canceling an account (C1–C8).
//!
//! A change of this action is only begun with the present notice, so there is none without consent (C2, DEL-02).
//! Without a cooling-off the account is erased in the transaction of the confirmation (DEL-04), and its answer
//! belongs to the browser alone. With one, every session ends instead, and the account is erased when the
//! cooling-off is over, unless a sign-in has undone it (C8).

use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::change::OpenChange;
use crate::domain::event::LoggedEvent;
use crate::domain::ids::AccountId;
use crate::domain::message::{Notice, Topic};
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::rules::rights::Feature;
use crate::rules::{self, limits};
use crate::state::AppState;
use crate::store::{EffectSession, Reader, WriteTx};
use crate::texts;
use crate::usecase::change::{find_for, must_be_fresh};
use crate::usecase::conclude::{Applied, Concluded, Effect, EffectKey, once};
use crate::usecase::{notice, revoke};
use contract::activity::SecurityEvent;
use contract::cancel::{CancelAccount, Consequences};
use contract::change::ChangeStep;
use contract::me::Action;
use contract::refusal::SessionEnd;

/// What canceling means for the account, or why it is not possible.
pub(crate) async fn consequences(state: &AppState, session: &Session) -> Result<Consequences, Problem> {
    let now = state.now();
    let mut reader = state.store.read().await?;
    // On a shared device nothing is shown of the account's own things (G6).
    let is_own = session.account.may_use(Feature::Meetings, session.surface, now).is_ok();
    let (running, scheduled) =
        if is_own { reader.meetings_of(&session.account.id, now).await? } else { Default::default() };
    let own = running.iter().filter(|presence| presence.own).count();
    Ok(Consequences {
        closed: session.account.obstacles(session.surface, now),
        benefit_days: session.account.benefit_days(now).filter(|_| is_own),
        running_meetings: u32::try_from(own).unwrap_or(u32::MAX),
        scheduled_meetings: u32::try_from(scheduled.len()).unwrap_or(u32::MAX),
        kept: rules::cancel::kept(),
        notice: notice::version().to_owned(),
        cooling_off_days: state.config.cooling_off_days,
    })
}

/// Confirms it.
pub(crate) async fn confirm(
    state: &AppState,
    visitor: &Visitor,
    key: EffectKey<'_>,
    request: &CancelAccount,
) -> Result<Concluded, Problem> {
    once(state, visitor, key, async { Ok(Cancellation { request }) }).await
}

/// The account is erased, or its cooling-off begins.
struct Cancellation<'a> {
    request: &'a CancelAccount,
}

impl Effect for Cancellation<'_> {
    async fn apply(
        self,
        state: &AppState,
        tx: &mut WriteTx,
        session: &EffectSession,
        now: Moment,
    ) -> Result<Applied, Problem> {
        let change = ready(tx, session, self.request, now).await?;
        let account = &session.account;
        let cooling_off = limits::DAY * state.config.cooling_off_days;
        let until = now.after(cooling_off);
        let receipt = tx.insert_receipt(session, &change, now, until).await?;
        let way = change.proven_way();
        if cooling_off.is_zero() {
            return Ok(Applied {
                change,
                events: vec![session.event(SecurityEvent::AccountCanceled, way)],
                notices: vec![canceled(account, &receipt, now)],
                erases: Some((account.clone(), SessionEnd::AccountCanceled)),
                step: ChangeStep::Canceled { receipt },
            });
        }
        revoke::all_sessions(tx, session, &change.id, SessionEnd::AccountCanceled, now).await?;
        Ok(Applied {
            change,
            events: vec![session.event(SecurityEvent::CancelBegun, way)],
            notices: vec![Notice {
                to: account.clone(),
                topic: Topic::CancelBegun,
                text: texts::cancel_begun(&account.phone, &receipt, now, until),
            }],
            erases: None,
            step: ChangeStep::CoolingOff { receipt, until: until.timestamp() },
        })
    }
}

fn canceled(account: &Account, receipt: &str, now: Moment) -> Notice {
    Notice {
        to: account.clone(),
        topic: Topic::AccountCanceled,
        text: texts::account_canceled(&account.phone, receipt, now),
    }
}

/// The change, if only the last confirmation is missing.
async fn ready(
    reader: &mut Reader,
    session: &Session,
    request: &CancelAccount,
    now: Moment,
) -> Result<OpenChange, Problem> {
    let open = find_for(Action::Cancel, reader, session, &request.change, request.version, now).await?;
    must_be_fresh(reader, &open, session, now).await?;
    Ok(open)
}

/// Erases one account whose cooling-off is over, in a transaction of its own; answers whether it still existed.
pub(crate) async fn carry_out(state: &AppState, id: &AccountId, now: Moment) -> Result<bool, Problem> {
    let mut tx = state.store.write().await?;
    let Some(account) = tx.account(id).await?.filter(|account| account.is_over(now)) else {
        return Ok(false);
    };
    end(state, &mut tx, &account, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Of the accounts whose identity was proven, those that still exist. One whose cooling-off is over is erased
/// now, so that it cannot be opened before the retention job runs. Accounts of others are left to that job.
pub(crate) async fn still_existing(
    state: &AppState,
    tx: &mut WriteTx,
    found: Vec<Account>,
    now: Moment,
) -> Result<Vec<Account>, Problem> {
    let (over, existing): (Vec<_>, Vec<_>) = found.into_iter().partition(|account| account.is_over(now));
    if !over.is_empty()
        && let Some(doubt) = &state.clock_doubt
    {
        // Nothing is erased by a clock that is not trusted.
        return Err(Problem::Unavailable(doubt.clone()));
    }
    for account in &over {
        end(state, tx, account, now).await?;
    }
    Ok(existing)
}

/// Carries out a cancellation whose cooling-off is over.
async fn end(state: &AppState, tx: &mut WriteTx, account: &Account, now: Moment) -> Result<(), Problem> {
    let receipt = tx.receipt(account).await?;
    let event = LoggedEvent::by_server(&account.id, SecurityEvent::AccountCanceled);
    tx.log(&event, now).await?;
    tx.notify(&state.key, &canceled(account, &receipt, now), now).await?;
    tx.erase(account, SessionEnd::AccountCanceled, now).await
}

/// Keeps an account during its cooling-off (C8).
pub(crate) async fn undo(
    state: &AppState,
    tx: &mut WriteTx,
    account: &Account,
    event: &LoggedEvent,
    now: Moment,
) -> Result<(), Problem> {
    tx.undo_cancellation(account).await?;
    tx.log(event, now).await?;
    let notice = Notice {
        to: account.clone(),
        topic: Topic::CancelUndone,
        text: texts::cancel_undone(&account.phone, now),
    };
    tx.notify(&state.key, &notice, now).await
}
