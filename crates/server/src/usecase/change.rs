//! The record of one wizard (G5): found, shown and moved on. It is begun in `usecase::begin`.

use crate::clock::Moment;
use crate::domain::change::{OpenChange, Proof, StepFacts, identify};
use crate::domain::ids::ChangeId;
use crate::domain::message::Message;
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::state::AppState;
use crate::store::{EffectSession, Reader, WriteTx};
use crate::usecase::{code, notice, scan};
use contract::change::{Change, ChangeStep};
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, ScanState};

/// The record of a change, for a visitor who asks for it.
pub(crate) async fn show(state: &AppState, session: &Session, id: &ChangeId) -> Result<Change, Problem> {
    let now = state.now();
    let mut reader = state.store.read().await?;
    let open = reader.change(session, id, now).await?;
    record(&mut reader, &open, session, now).await
}

/// Finds a change for a write that was made for `version`: the record that the person saw has to be the
/// present one, and the action still allowed (STP-04).
pub(crate) async fn find_at(
    reader: &mut Reader,
    session: &Session,
    id: &str,
    version: u32,
    now: Moment,
) -> Result<OpenChange, Problem> {
    let open = reader.change(session, &id.into(), now).await?;
    if open.version != version {
        return Err(refuse_with_record(reader, &open, session, Refusal::ChangeStale, now).await);
    }
    if open.done.is_some() {
        return Err(refuse_with_record(reader, &open, session, Refusal::StepOutOfOrder, now).await);
    }
    session.account.may(open.action, session.surface, now)?;
    if open.action == Action::Cancel {
        notice::must_be_present(open.notice.as_deref())?;
    }
    Ok(open)
}

/// The same for a write of one action; a change of another action is not found.
pub(crate) async fn find_for(
    action: Action,
    reader: &mut Reader,
    session: &Session,
    id: &str,
    version: u32,
    now: Moment,
) -> Result<OpenChange, Problem> {
    let open = find_at(reader, session, id, version, now).await?;
    if open.action == action { Ok(open) } else { Err(Refusal::ChangeGone.into()) }
}

/// Refuses, with the record, a step that needs a proof of at most five minutes (P5, DEL-03).
pub(crate) async fn must_be_fresh(
    reader: &mut Reader,
    open: &OpenChange,
    session: &Session,
    now: Moment,
) -> Result<(), Problem> {
    match open.proof(session, now) {
        Proof::Fresh => Ok(()),
        Proof::Stale { .. } => Err(refuse_with_step_up(reader, open, session, now).await),
        Proof::Never => Err(refuse_with_record(reader, open, session, Refusal::StepOutOfOrder, now).await),
    }
}

/// The same for a step with a life of its own that began behind a fresh proof: the proof only has to be of this
/// login session.
pub(crate) async fn must_be_proven(
    reader: &mut Reader,
    open: &OpenChange,
    session: &Session,
    now: Moment,
) -> Result<(), Problem> {
    match open.proof(session, now) {
        Proof::Stale { here: true } => Ok(()),
        _ => must_be_fresh(reader, open, session, now).await,
    }
}

/// The grant for a single action (G1, STP-02): a change of this action about this thing that is at `granted` in
/// this login session. Concluding it uses it up.
pub(crate) async fn granted(
    action: Action,
    about: Option<&str>,
    reader: &mut Reader,
    session: &Session,
    id: &str,
    now: Moment,
) -> Result<OpenChange, Problem> {
    let open = match reader.change(session, &id.into(), now).await {
        Err(Problem::Refused { .. }) => return Err(Refusal::GrantExpired.into()),
        found => found?,
    };
    if open.action != action || open.about.as_deref() != about {
        return Err(Refusal::GrantWrongPurpose.into());
    }
    if open.done.is_some() || open.proof(session, now) != Proof::Fresh {
        return Err(Refusal::GrantExpired.into());
    }
    session.account.may(action, session.surface, now)?;
    Ok(open)
}

/// Refuses a single action that has no grant yet, with the ways to get one (G1).
pub(crate) fn step_up_needed(session: &Session, action: Action, now: Moment) -> Problem {
    Refusal::StepUpNeeded { ways: session.account.open_ways(action, now) }.into()
}

/// Refuses a step that is not the present one, with the fresh record (G5).
pub(crate) async fn refuse_with_record(
    reader: &mut Reader,
    open: &OpenChange,
    session: &Session,
    refusal: Refusal,
    now: Moment,
) -> Problem {
    match record(reader, open, session, now).await {
        Ok(record) => Problem::elsewhere(refusal, record),
        Err(fault) => fault,
    }
}

/// Refuses a step that needs a proof, with the ways to give one: the change goes back to the identity step.
/// Nothing is written, so a code that is alive can still be typed.
async fn refuse_with_step_up(
    reader: &mut Reader,
    open: &OpenChange,
    session: &Session,
    now: Moment,
) -> Problem {
    match facts(reader, open, session, now).await {
        Ok(facts) => {
            let ways = session.account.open_ways(open.action, now);
            let record = open.record_at(identify(&facts, now), session, now);
            Problem::elsewhere(Refusal::StepUpNeeded { ways }, record)
        }
        Err(fault) => fault,
    }
}

/// The record of a change.
pub(crate) async fn record(
    reader: &mut Reader,
    open: &OpenChange,
    session: &Session,
    now: Moment,
) -> Result<Change, Problem> {
    let facts = facts(reader, open, session, now).await?;
    Ok(open.record(&facts, session, now))
}

/// Reads the facts on which the step of a change depends.
async fn facts(
    reader: &mut Reader,
    open: &OpenChange,
    session: &Session,
    now: Moment,
) -> Result<StepFacts, Problem> {
    let mut facts = StepFacts::default();
    if open.done.is_some() {
        return Ok(facts);
    }
    let proof = open.proof(session, now);
    if let (Proof::Fresh | Proof::Stale { here: true }, Some(target)) = (proof, &open.target) {
        facts.new_code = code::latest(reader, open.target_code(session, target), now).await?;
    }
    if let (Proof::Fresh | Proof::Stale { here: true }, Action::Wechat) = (proof, open.action) {
        facts.new_scan = reader.latest_scan(open.scan(session, ScanPurpose::BindNew), now).await?;
        let confirmed = facts.new_scan.as_ref().filter(|scan| scan.state == ScanState::Confirmed);
        if let Some(wechat) = confirmed.and_then(|scan| scan.wechat.clone()) {
            facts.new_wechat = Some(reader.wechat_profile(&wechat).await?);
        }
    }
    if proof != Proof::Fresh {
        facts.identity_code = code::latest(reader, open.identity_code(session), now).await?;
        facts.identity_scan = reader.latest_scan(open.scan(session, ScanPurpose::VerifyBound), now).await?;
    }
    if open.action == Action::Phone {
        facts.targets_left = reader.targets_left(&open.id).await?;
    }
    Ok(facts)
}

/// Raises the version of a change in the transaction that wrote something else of it; answers its record.
pub(crate) async fn bump_version(
    tx: &mut WriteTx,
    open: &OpenChange,
    session: &EffectSession,
    now: Moment,
) -> Result<Change, Problem> {
    let open = tx.bump_version(open, session, now).await?;
    record(tx, &open, session, now).await
}

/// Passes the code of a step to the gateway after the commit. If that fails the change has moved on all the
/// same, so the refusal carries its record.
pub(crate) async fn deliver(
    state: &AppState,
    visitor: &Visitor,
    record: &Change,
    message: Message,
    now: Moment,
) -> Result<(), Problem> {
    match code::deliver(state, message, &visitor.network, now).await {
        Err(Problem::Refused { refusal, .. }) => {
            // The gateway took its time: the session may be over.
            let mut reader = state.store.read().await?;
            let session = reader.session(visitor, now).await?;
            let open = reader.change(&session, &record.id.as_str().into(), now).await?;
            Err(refuse_with_record(&mut reader, &open, &session, *refusal, now).await)
        }
        delivered => delivered,
    }
}

/// Begins a scan for a change and answers the change with it, once WeChat has made the QR. The caller has
/// checked that this is the step for it.
pub(crate) async fn begin_scan(
    state: &AppState,
    mut tx: WriteTx,
    session: EffectSession,
    open: OpenChange,
    purpose: ScanPurpose,
    now: Moment,
) -> Result<Change, Problem> {
    let kind = tx.kind_of_session(&session).await?;
    let begun = scan::begin(state, &mut tx, open.scan(&session, purpose), kind, now).await?;
    bump_version(&mut tx, &open, &session, now).await?;
    tx.commit().await?;
    let drawn = scan::make_qr(state, &begun).await;
    let mut reader = state.store.read().await?;
    let session = reader.session(&session.visitor, now).await?;
    let open = reader.change(&session, &open.id, now).await?;
    match drawn {
        Ok(qr) => Ok(with_qr(record(&mut reader, &open, &session, now).await?, begun.id.as_str(), qr)),
        Err(Problem::Refused { refusal, .. }) => {
            Err(refuse_with_record(&mut reader, &open, &session, *refusal, now).await)
        }
        Err(fault) => Err(fault),
    }
}

/// The record with the content of the QR, in the answer that began the scan and nowhere else.
fn with_qr(mut record: Change, id: &str, qr: String) -> Change {
    if let ChangeStep::Identify { scan: Some(scan), .. } | ChangeStep::NewWechat { scan: Some(scan) } =
        &mut record.step
        && scan.id == id
    {
        scan.qr = Some(qr);
    }
    record
}
