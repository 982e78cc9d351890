//! Replacing the phone number (P1–P9).

use crate::clock::Moment;
use crate::domain::change::OpenChange;
use crate::domain::message::{Notice, Topic};
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::rules;
use crate::rules::phone::NewNumberFacts;
use crate::state::AppState;
use crate::store::{EffectSession, Reader, WriteTx};
use crate::texts;
use crate::usecase::change::{self, find_for, must_be_fresh, must_be_proven, refuse_with_record};
use crate::usecase::code::{self, VerifiedCode};
use crate::usecase::conclude::{Applied, Concluded, Effect, EffectKey, once};
use crate::usecase::revoke;
use contract::activity::SecurityEvent;
use contract::change::{Change, ChangeStep};
use contract::me::Action;
use contract::phone::{BindPhone, PhoneNumber, SendNewPhoneCode};
use contract::refusal::{Refusal, SessionEnd};

/// Makes a number the target of the change and sends a code to it.
pub(crate) async fn send_code(
    state: &AppState,
    visitor: &Visitor,
    request: &SendNewPhoneCode,
) -> Result<Change, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    let open = find_for(Action::Phone, &mut tx, &session, &request.change, request.version, now).await?;
    must_be_fresh(&mut tx, &open, &session, now).await?;
    let target = match (&request.phone, &open.target) {
        (Some(typed), _) => rules::phone::new_number_form(typed)?,
        (None, Some(target)) => target.clone(),
        (None, None) => {
            return Err(refuse_with_record(&mut tx, &open, &session, Refusal::StepOutOfOrder, now).await);
        }
    };
    tx.refuse_if_probing(&session.account.id, now).await?;
    if let Err(problem) = bindable(&mut tx, &session, &target, now).await {
        if reveals_others(&problem) {
            tx.charge_probe(&session, now).await?;
            tx.commit().await?;
        }
        return Err(problem);
    }
    tx.set_target(&open.id, &target).await?;
    let (_, message) = code::issue(state, &mut tx, open.target_code(&session, &target), true, now).await?;
    let record = change::bump_version(&mut tx, &open, &session, now).await?;
    tx.commit().await?;
    change::deliver(state, visitor, &record, message, now).await?;
    Ok(record)
}

/// Whether a refusal reveals something about a number that is not this account's.
fn reveals_others(problem: &Problem) -> bool {
    let Problem::Refused { refusal, .. } = problem else { return false };
    matches!(**refusal, Refusal::PhoneTaken | Refusal::PhoneResting { .. })
}

/// Binds the target once its code is right.
pub(crate) async fn bind(
    state: &AppState,
    visitor: &Visitor,
    key: EffectKey<'_>,
    request: &BindPhone,
) -> Result<Concluded, Problem> {
    once(state, visitor, key, async {
        let now = state.now();
        let mut reader = state.store.read().await?;
        let session = reader.session(visitor, now).await?;
        let (open, target) = ready(&mut reader, &session, request, now).await?;
        drop(reader);
        let code = code::verify(state, open.target_code(&session, &target), &request.code, now).await?;
        Ok(PhoneBinding { request, code, target })
    })
    .await
}

/// The number is replaced and the old one rests; every session of the account ends.
struct PhoneBinding<'a> {
    request: &'a BindPhone,
    code: VerifiedCode,
    target: PhoneNumber,
}

impl Effect for PhoneBinding<'_> {
    async fn apply(
        self,
        _: &AppState,
        tx: &mut WriteTx,
        session: &EffectSession,
        now: Moment,
    ) -> Result<Applied, Problem> {
        let (change, target) = ready(tx, session, self.request, now).await?;
        if target != self.target {
            return Err(Refusal::CodeExpired.into());
        }
        self.code.consume(tx, now).await?;
        bindable(tx, session, &target, now).await?;
        let account = &session.account;
        tx.archive_attempts_of(&account.id).await?;
        tx.replace_phone(session, &target, now).await?;
        revoke::all_sessions(tx, session, &change.id, SessionEnd::PhoneChanged, now).await?;
        Ok(Applied {
            step: ChangeStep::PhoneBound { phone: target.masked() },
            events: vec![session.event(SecurityEvent::PhoneChanged, change.proven_way())],
            notices: vec![Notice {
                to: account.clone(),
                topic: Topic::PhoneChanged,
                text: texts::phone_changed(&account.phone, &target, now),
            }],
            change,
            erases: None,
        })
    }
}

/// The change and its target, if only the code is missing (P5, STP-06).
async fn ready(
    reader: &mut Reader,
    session: &Session,
    request: &BindPhone,
    now: Moment,
) -> Result<(OpenChange, PhoneNumber), Problem> {
    let open = find_for(Action::Phone, reader, session, &request.change, request.version, now).await?;
    // The proof had to be fresh when the code was sent; the code has its own five minutes.
    must_be_proven(reader, &open, session, now).await?;
    match open.target.clone() {
        Some(target) => Ok((open, target)),
        None => Err(refuse_with_record(reader, &open, session, Refusal::StepOutOfOrder, now).await),
    }
}

/// Whether the account may bind this number now (P4, P7).
async fn bindable(
    reader: &mut Reader,
    session: &Session,
    number: &PhoneNumber,
    now: Moment,
) -> Result<(), Problem> {
    let account = &session.account;
    let taken = reader.is_phone_taken(account, number).await?;
    let rests = reader.rests(number, Some(&account.id), now).await?;
    let resting_until = rules::phone::resting_until(&rests, now);
    let facts = NewNumberFacts { bound: &account.phone, taken, resting_until };
    Ok(rules::phone::new_number(number, facts, now)?)
}
