//! Being in several meetings at the same time (M1–M5): as the account's owner sees it, and as the meeting service
//! reports it.

use crate::clock::Moment;
use crate::domain::ids::DeviceId;
use crate::domain::presence::{Presence, Report};
use crate::domain::session::Session;
use crate::problem::Problem;
use crate::rules;
use crate::rules::meetings::{Attending, Wish};
use crate::rules::rights::Feature;
use crate::state::AppState;
use contract::account::DeviceKind;
use contract::meetings::{Attended, CanJoin, Meetings, SLOTS, Slot};
use contract::refusal::Refusal;

/// Seconds between two requests of a screen that is looked at: a meeting that began or ended elsewhere is shown
/// within three seconds *(ours)*.
const POLL_IN: u32 = 3;

/// The meetings that the account is in.
pub(crate) async fn list(state: &AppState, session: &Session) -> Result<Meetings, Problem> {
    // On a shared device nothing is shown of the account's own ones (G6).
    may_see(state, session)?;
    let now = state.now();
    let mut reader = state.store.read().await?;
    let attended = reader.attended_meetings(&session.account.id, now).await?;
    let devices = reader.signed_in_devices(session, now).await?;
    let shown = |presence: &Presence| Attended {
        id: presence.meeting.clone(),
        title: presence.title.clone(),
        own: presence.own,
        since: presence.since.timestamp(),
        here: presence.device == session.device,
        signed_in: devices.iter().any(|device| device.id == presence.device),
    };
    let slot =
        |kind| Slot { kind, meeting: attended.iter().find(|presence| presence.kind == kind).map(shown) };
    let edition = session.account.edition(now);
    let beside = attended.iter().filter(|presence| !rules::meetings::holds_slot(presence.kind));
    Ok(Meetings {
        edition,
        rules: rules::meetings::rules_of(edition),
        slots: SLOTS.map(slot).into(),
        beside: beside.map(shown).collect(),
        poll_in: POLL_IN,
    })
}

/// Whether the meetings of the account may be seen on the surface of the session (G6).
pub(crate) fn may_see(state: &AppState, session: &Session) -> Result<(), Problem> {
    Ok(session.account.may_use(Feature::Meetings, session.surface, state.now())?)
}

/// Whether the account could be in one more meeting.
pub(crate) async fn can_join(
    state: &AppState,
    session: &Session,
    kind: DeviceKind,
    own: bool,
) -> Result<CanJoin, Problem> {
    may_see(state, session)?;
    let now = state.now();
    let mut reader = state.store.read().await?;
    let attended = reader.attended_meetings(&session.account.id, now).await?;
    let attending: Vec<Attending<'_>> = attended.iter().map(Presence::attending).collect();
    let wish = Wish { meeting: None, kind, own };
    let answer = rules::meetings::may_join(session.account.edition(now), &attending, wish);
    Ok(answer.map_or_else(CanJoin::No, |()| CanJoin::Yes))
}

/// A report of the meeting service: an account joined a meeting or left it, or will hold one.
pub(crate) struct MeetingReport<'a> {
    pub(crate) meeting: &'a str,
    pub(crate) account: &'a str,
    /// One of the account's devices; without one the meeting is scheduled for `started_at`, and called off if
    /// `ended_at` is there.
    pub(crate) device: Option<&'a str>,
    pub(crate) own: bool,
    pub(crate) title: &'a str,
    pub(crate) started_at: Moment,
    /// Absent while the account is in the meeting.
    pub(crate) ended_at: Option<Moment>,
}

/// Takes a report of the meeting service.
pub(crate) async fn report(state: &AppState, report: &MeetingReport<'_>) -> Result<(), Problem> {
    let now = state.now();
    let MeetingReport { meeting, title, own, started_at, ended_at, .. } = *report;
    let mut tx = state.store.write().await?;
    let account = tx.account(&report.account.into()).await?.filter(|account| !account.is_over(now));
    let account = account.ok_or(Refusal::NotFound)?;
    match (report.device, ended_at) {
        (None, _) if !own || !rules::meetings::can_be_scheduled(started_at, now) => {
            return Err(Refusal::BadRequest.into());
        }
        (None, Some(_)) => tx.unschedule(&account, meeting).await?,
        (None, None) => tx.schedule(&account, meeting, title, started_at).await?,
        (Some(device), ended_at) => {
            if !rules::meetings::times_are_sane(started_at, ended_at, now) {
                return Err(Refusal::BadRequest.into());
            }
            let device: DeviceId = device.into();
            let kind = tx.device_kind(&account.id, &device).await?.ok_or(Refusal::NotFound)?;
            let report = Report { meeting, device: &device, kind, own, title, started_at };
            match ended_at {
                Some(ended_at) => tx.end_presence(&account, &report, ended_at).await?,
                None => tx.begin_presence(&account, &report, now).await?,
            }
        }
    }
    tx.commit().await
}
