//! Proving the old identity inside a change (P1, P5). The proof is written into the change: by which way, when,
//! in which login session.

use crate::clock::Moment;
use crate::domain::change::{OpenChange, Proof};
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::rules;
use crate::state::AppState;
use crate::store::{Attempt, EffectSession, Reader, WriteTx};
use crate::usecase::change::{self, find_at, refuse_with_record};
use crate::usecase::code;
use contract::account::Way;
use contract::activity::SecurityEvent;
use contract::change::Change;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, StartStepUpScan};
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms, StepUpByWechat};

/// Sends a code to the bound number.
pub(crate) async fn send_code(
    state: &AppState,
    visitor: &Visitor,
    request: &SendStepUpCode,
) -> Result<Change, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    let open = identify(&mut tx, &session, &request.change, request.version, Way::Sms, now).await?;
    let (_, message) = code::issue(state, &mut tx, open.identity_code(&session), true, now).await?;
    let record = change::bump_version(&mut tx, &open, &session, now).await?;
    tx.commit().await?;
    change::deliver(state, visitor, &record, message, now).await?;
    Ok(record)
}

/// Proves by a code.
pub(crate) async fn by_sms(
    state: &AppState,
    visitor: &Visitor,
    request: &StepUpBySms,
) -> Result<Change, Problem> {
    let now = state.now();
    let (id, version) = (request.change.as_str(), request.version);
    let mut reader = state.store.read().await?;
    let session = reader.session(visitor, now).await?;
    let open = identify(&mut reader, &session, id, version, Way::Sms, now).await?;
    drop(reader);
    let verified = code::verify(state, open.identity_code(&session), &request.code, now).await?;
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    let open = identify(&mut tx, &session, id, version, Way::Sms, now).await?;
    verified.consume(&mut tx, now).await?;
    let record = prove(&mut tx, &session, &open, Factor::Sms, now).await?;
    tx.commit().await?;
    Ok(record)
}

/// Proves by the password.
pub(crate) async fn by_password(
    state: &AppState,
    visitor: &Visitor,
    request: StepUpByPassword,
) -> Result<Change, Problem> {
    let now = state.now();
    let (id, version) = (request.change.as_str(), request.version);
    let slot = state.hasher.slot(&visitor.network)?;
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    identify(&mut tx, &session, id, version, Way::Password, now).await?;
    let attempt = Attempt::at_password(session.requester(), &session.account.phone);
    let most = state.config.limits.wrong_tries_per_network_and_hour;
    let receipt = tx.charge_attempt(attempt, most, now).await?;
    tx.commit().await?;
    let hash = session.account.password_hash.clone();
    let hashes = hash.iter().cloned().collect();
    if state.hasher.matching(slot, &receipt, request.password, hashes, 1).await?.is_empty() {
        return Err(receipt.wrong());
    }
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    if session.account.password_hash != hash {
        return Err(receipt.wrong());
    }
    let open = identify(&mut tx, &session, id, version, Way::Password, now).await?;
    tx.refund_attempt(receipt).await?;
    let record = prove(&mut tx, &session, &open, Factor::Password, now).await?;
    tx.commit().await?;
    Ok(record)
}

/// Begins a scan by the bound WeChat.
pub(crate) async fn begin_scan(
    state: &AppState,
    visitor: &Visitor,
    request: &StartStepUpScan,
) -> Result<Change, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    let open = identify(&mut tx, &session, &request.change, request.version, Way::Wechat, now).await?;
    change::begin_scan(state, tx, session, open, ScanPurpose::VerifyBound, now).await
}

/// Proves by that scan.
pub(crate) async fn by_wechat(
    state: &AppState,
    visitor: &Visitor,
    request: &StepUpByWechat,
) -> Result<Change, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    let open = identify(&mut tx, &session, &request.change, request.version, Way::Wechat, now).await?;
    let binding = open.scan(&session, ScanPurpose::VerifyBound);
    let scan = tx.bound_scan(binding, &request.scan.as_str().into(), now).await?;
    let wechat = tx.redeem_scan(&scan, now).await?;
    if session.account.wechat_id() != Some(&wechat) {
        // It was the bound one when it was allowed.
        return Err(Refusal::WechatMismatch.into());
    }
    let record = prove(&mut tx, &session, &open, Factor::Wechat(&wechat), now).await?;
    tx.commit().await?;
    Ok(record)
}

/// The change, if it is at the identity step and the way is open.
async fn identify(
    reader: &mut Reader,
    session: &Session,
    id: &str,
    version: u32,
    way: Way,
    now: Moment,
) -> Result<OpenChange, Problem> {
    let open = find_at(reader, session, id, version, now).await?;
    if open.proof(session, now) == Proof::Fresh {
        return Err(refuse_with_record(reader, &open, session, Refusal::StepOutOfOrder, now).await);
    }
    rules::proof::way_open(&session.account.ways(open.action, now), way)?;
    Ok(open)
}

/// What the old identity was proven by.
enum Factor<'a> {
    Sms,
    Password,
    /// This WeChat, not any that the account holds later (STP-10).
    Wechat(&'a str),
}

/// Writes the proof into the change. Codes and scans of other ways are void from then on (STP-03).
async fn prove(
    tx: &mut WriteTx,
    session: &EffectSession,
    open: &OpenChange,
    factor: Factor<'_>,
    now: Moment,
) -> Result<Change, Problem> {
    let (way, wechat) = match factor {
        Factor::Sms => (Way::Sms, None),
        Factor::Password => (Way::Password, None),
        Factor::Wechat(wechat) => (Way::Wechat, Some(wechat)),
    };
    tx.prove_change(session, &open.id, way, wechat, now).await?;
    tx.supersede_identity_scans(&open.id).await?;
    tx.void_identity_codes(&open.id).await?;
    tx.log(&session.event(SecurityEvent::SteppedUp, Some(way)), now).await?;
    change::bump_version(tx, open, session, now).await
}
