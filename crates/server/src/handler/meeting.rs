//! Being in several meetings at the same time, as the account's owner sees it (M1–M5).

use super::device;
use crate::app::App;
use crate::extract::{Json, query};
use crate::meeting::{self, Presence};
use crate::problem::Problem;
use crate::rules;
use crate::rules::meeting::{Attending, Wish};
use crate::session::Session;
use crate::store::read_text;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::routing::get;
use contract::endpoint::Endpoint;
use contract::meeting::{Attended, CanJoin, GetCanJoin, GetMeetings, Meetings, SLOTS, Slot};

/// Seconds between two questions of a screen that somebody looks at: a meeting that began or ended
/// elsewhere is seen before anybody wonders *(ours)*.
const POLL_IN: u32 = 3;

pub(crate) fn router() -> Router<App> {
    Router::new().route(GetMeetings::PATH, get(show)).route(GetCanJoin::PATH, get(can_join))
}

async fn show(State(app): State<App>, session: Session) -> Result<Json<Meetings>, Problem> {
    // Whoever stands at a shared device sees nothing of one's own ones (G6).
    rules::end_others(session.surface)?;
    let now = app.now();
    let mut reader = app.store().read().await?;
    let attended = meeting::attended(&mut reader, &session.account.id, now).await?;
    let devices = device::signed_in(&mut reader, &session, now).await?;
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
    let beside = attended.iter().filter(|presence| !rules::meeting::holds_slot(presence.kind));
    Ok(Json(Meetings {
        edition,
        rules: rules::meeting::rules_of(edition),
        slots: SLOTS.map(slot).into(),
        beside: beside.map(shown).collect(),
        poll_in: POLL_IN,
    }))
}

async fn can_join(State(app): State<App>, session: Session, uri: Uri) -> Result<Json<CanJoin>, Problem> {
    rules::end_others(session.surface)?;
    let malformed = || Problem::malformed(StatusCode::BAD_REQUEST);
    let [kind, own] = query(&uri, GetCanJoin::QUERY)?;
    let kind = kind.and_then(|kind| read_text(kind).ok()).ok_or_else(malformed)?;
    let own = own.and_then(|own| own.parse().ok()).ok_or_else(malformed)?;
    let now = app.now();
    let mut reader = app.store().read().await?;
    let attended = meeting::attended(&mut reader, &session.account.id, now).await?;
    let attending: Vec<Attending<'_>> = attended.iter().map(Presence::attending).collect();
    let wish = Wish { meeting: None, kind, own };
    let answer = rules::meeting::may_join(session.account.edition(now), &attending, wish);
    Ok(Json(answer.map_or_else(CanJoin::No, |()| CanJoin::Yes)))
}
