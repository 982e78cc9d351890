//! The devices an account is signed in on, and ending the session on another one or on all others: single actions
//! behind the step-up dialog (G1, SES-06).

use crate::clock::Moment;
use crate::domain::change::OpenChange;
use crate::domain::session::{Session, SignedInDevice};
use crate::problem::Problem;
use crate::rules::rights::Feature;
use crate::state::AppState;
use crate::store::{EffectSession, Reader, WriteTx};
use crate::usecase::conclude::Applied;
use crate::usecase::gate::GatedAction;
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

/// The session on one other device ends.
pub(crate) struct DeviceEnd<'a> {
    pub(crate) device: &'a str,
}

impl GatedAction for DeviceEnd<'_> {
    const ACTION: Action = Action::EndDevice;
    type Target = SignedInDevice;

    async fn target(
        &self,
        reader: &mut Reader,
        session: &Session,
        now: Moment,
    ) -> Result<SignedInDevice, Problem> {
        session.account.may(Self::ACTION, session.surface, now)?;
        other(reader, session, self.device, now).await
    }

    fn about(device: &SignedInDevice) -> Option<&str> {
        Some(device.id.as_str())
    }

    async fn apply(
        self,
        tx: &mut WriteTx,
        session: &EffectSession,
        device: SignedInDevice,
        change: OpenChange,
        now: Moment,
    ) -> Result<Applied, Problem> {
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

/// All other sessions of the account end, and whoever is about to sign in elsewhere has to begin anew.
pub(crate) struct OtherSessionsEnd;

impl GatedAction for OtherSessionsEnd {
    const ACTION: Action = Action::EndOtherSessions;
    type Target = ();

    async fn target(&self, _: &mut Reader, session: &Session, now: Moment) -> Result<(), Problem> {
        Ok(session.account.may(Self::ACTION, session.surface, now)?)
    }

    fn about((): &()) -> Option<&str> {
        None
    }

    async fn apply(
        self,
        tx: &mut WriteTx,
        session: &EffectSession,
        (): (),
        change: OpenChange,
        now: Moment,
    ) -> Result<Applied, Problem> {
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
