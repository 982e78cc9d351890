//! The devices an account is signed in on, and ending the session on another one or on all others: single actions
//! behind the step-up dialog (G1, SES-06).

use crate::clock::Moment;
use crate::domain::session::{Session, SignedInDevice};
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::rules::rights::Feature;
use crate::state::AppState;
use crate::store::{EffectSession, Reader, WriteTx};
use crate::usecase::change::{granted, step_up_needed};
use crate::usecase::conclude::{Applied, Concluded, Effect, EffectKey, once};
use crate::usecase::revoke;
use contract::activity::SecurityEvent;
use contract::change::ChangeStep;
use contract::devices::{Device, Devices};
use contract::me::Action;
use contract::refusal::Refusal;

/// Where the account is signed in, this device first.
pub(crate) async fn list(state: &AppState, session: &Session) -> Result<Devices, Problem> {
    let now = state.now();
    // On a shared device nothing is shown of the account's own ones (G6).
    session.account.may_use(Feature::Devices, session.surface, now)?;
    let mut reader = state.store.read().await?;
    let devices = reader.signed_in_devices(session, now).await?;
    Ok(Devices { devices: devices.iter().map(|device| shown(device, session)).collect() })
}

fn shown(device: &SignedInDevice, session: &Session) -> Device {
    Device {
        id: device.id.to_string(),
        kind: device.kind,
        here: device.session == session.id,
        way: device.way,
        signed_in_at: device.signed_in_at.timestamp(),
        last_seen_at: device.last_seen_at.timestamp(),
    }
}

/// One of the account's other devices, on which it is signed in (SES-06). Those of other accounts are not found;
/// ending the session on this one is signing out.
pub(crate) async fn other(
    reader: &mut Reader,
    session: &Session,
    id: &str,
    now: Moment,
) -> Result<SignedInDevice, Problem> {
    let devices = reader.signed_in_devices(session, now).await?;
    let device = devices.into_iter().find(|device| device.id.as_str() == id).ok_or(Refusal::NotFound)?;
    if device.session == session.id { Err(Refusal::Forbidden.into()) } else { Ok(device) }
}

/// Refuses to end the session on a device without a grant: with the ways to get one, if the device is one that
/// could be ended.
pub(crate) async fn refuse_ending_device(
    state: &AppState,
    visitor: &Visitor,
    device: &str,
) -> Result<Concluded, Problem> {
    let now = state.now();
    let mut reader = state.store.read().await?;
    let session = reader.session(visitor, now).await?;
    session.account.may(Action::EndDevice, session.surface, now)?;
    other(&mut reader, &session, device, now).await?;
    Err(step_up_needed(&session, Action::EndDevice, now))
}

/// Ends the session on one other device.
pub(crate) async fn end_device(
    state: &AppState,
    visitor: &Visitor,
    key: EffectKey<'_>,
    device: &str,
    grant: &str,
) -> Result<Concluded, Problem> {
    once(state, visitor, key, async { Ok(DeviceEnd { device, grant }) }).await
}

/// The session on the device ends.
struct DeviceEnd<'a> {
    device: &'a str,
    grant: &'a str,
}

impl Effect for DeviceEnd<'_> {
    async fn apply(
        self,
        _: &AppState,
        tx: &mut WriteTx,
        session: &EffectSession,
        now: Moment,
    ) -> Result<Applied, Problem> {
        session.account.may(Action::EndDevice, session.surface, now)?;
        let device = other(tx, session, self.device, now).await?;
        let about = Some(device.id.as_str());
        let change = granted(Action::EndDevice, about, tx, session, self.grant, now).await?;
        revoke::device(tx, session, &device.id, now).await?;
        Ok(Applied {
            step: ChangeStep::DeviceEnded { kind: device.kind },
            events: vec![session.event(SecurityEvent::DeviceEnded, change.proven_way())],
            notices: Vec::new(),
            change,
            erases: None,
        })
    }
}

/// Refuses to end all other sessions without a grant, with the ways to get one.
pub(crate) async fn refuse_ending_others(state: &AppState, visitor: &Visitor) -> Result<Concluded, Problem> {
    let now = state.now();
    let mut reader = state.store.read().await?;
    let session = reader.session(visitor, now).await?;
    session.account.may(Action::EndOtherSessions, session.surface, now)?;
    Err(step_up_needed(&session, Action::EndOtherSessions, now))
}

/// Ends all other sessions of the account.
pub(crate) async fn end_others(
    state: &AppState,
    visitor: &Visitor,
    key: EffectKey<'_>,
    grant: &str,
) -> Result<Concluded, Problem> {
    once(state, visitor, key, async { Ok(OtherSessionsEnd { grant }) }).await
}

/// All other sessions end, and whoever is about to sign in elsewhere has to begin anew.
struct OtherSessionsEnd<'a> {
    grant: &'a str,
}

impl Effect for OtherSessionsEnd<'_> {
    async fn apply(
        self,
        _: &AppState,
        tx: &mut WriteTx,
        session: &EffectSession,
        now: Moment,
    ) -> Result<Applied, Problem> {
        let change = granted(Action::EndOtherSessions, None, tx, session, self.grant, now).await?;
        // Those that the person saw: sessions that expired unnoticed are not counted.
        let devices = tx.signed_in_devices(session, now).await?;
        let others = devices.iter().filter(|device| device.session != session.id).count();
        revoke::elsewhere(tx, session, now).await?;
        Ok(Applied {
            step: ChangeStep::SessionsEnded { count: u32::try_from(others).unwrap_or(u32::MAX) },
            events: vec![session.event(SecurityEvent::OthersEnded, change.proven_way())],
            notices: Vec::new(),
            change,
            erases: None,
        })
    }
}
