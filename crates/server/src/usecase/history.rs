//! Past meetings, as far as this device may list them, and the switch (H1–H3).

use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::rules::rights::Feature;
use crate::state::AppState;
use crate::store::{HistoryCursor, PastPresence, Reader};
use crate::usecase::page::{self, Page};
use contract::activity::SecurityEvent;
use contract::history::{History, HistorySync, PastMeeting};
use contract::refusal::Refusal;

/// Meetings of one page.
const PAGE: usize = 20;

/// Reads where a page begins: `now`, or the end and the name of the last meeting of the page before.
fn read_cursor(text: &str) -> Option<HistoryCursor> {
    if text == "now" {
        return Some(HistoryCursor { ended_at: i64::MAX, meeting: String::new() });
    }
    let (ended_at, meeting) = page::read_cursor(text)?;
    Some(HistoryCursor { ended_at, meeting })
}

/// A page of past meetings.
pub(crate) async fn list(state: &AppState, session: &Session, before: &str) -> Result<History, Problem> {
    let now = state.now();
    session.account.may_use(Feature::History, session.surface, now)?;
    let before = read_cursor(before).ok_or(Refusal::NotFound)?;
    let mut reader = state.store.read().await?;
    let past = reader.past_meetings(session, &before, PAGE + 1, now).await?;
    let page = Page::cut(past, PAGE, |past| (past.ended_at.millis(), past.meeting.clone()));
    Ok(History {
        sync: sync(&mut reader, session).await?,
        meetings: page.rows.into_iter().map(|past| shown(past, session)).collect(),
        more: page.more,
    })
}

fn shown(past: PastPresence, session: &Session) -> PastMeeting {
    PastMeeting {
        id: past.meeting,
        title: past.title,
        own: past.own,
        device: past.kind,
        here: past.device == session.device,
        started_at: past.started_at.timestamp(),
        ended_at: past.ended_at.timestamp(),
        synced: past.synced,
    }
}

/// The position of the switch.
async fn sync(reader: &mut Reader, session: &Session) -> Result<HistorySync, Problem> {
    let since = reader.history_since(&session.account.id).await?;
    Ok(HistorySync { on: since.is_some(), since: since.map(|since| since.timestamp()) })
}

/// Switches the sync on or off. A switch to the present position changes nothing: it is on since it was switched
/// on.
pub(crate) async fn set_sync(state: &AppState, visitor: &Visitor, on: bool) -> Result<HistorySync, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    session.account.may_use(Feature::History, session.surface, now)?;
    if tx.set_history_sync(&session, on, now).await? {
        let what = if on { SecurityEvent::HistoryOn } else { SecurityEvent::HistoryOff };
        tx.log(&session.event(what, None), now).await?;
    }
    let sync = sync(&mut tx, &session).await?;
    tx.commit().await?;
    Ok(sync)
}
