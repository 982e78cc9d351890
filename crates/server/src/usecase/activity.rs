//! The activity of an account, for its owner: its security events page by page, and the wrong codes and passwords
//! of the last day, which join the events after that day.

use crate::domain::session::Session;
use crate::problem::Problem;
use crate::rules::rights::Feature;
use crate::state::AppState;
use crate::usecase::page::{Page, read_cursor};
use contract::activity::Activity;
use contract::refusal::Refusal;

/// Events of one page.
const PAGE: usize = 20;

/// Newer than every event.
const NEWEST: (i64, i64) = (i64::MAX, i64::MAX);

/// A page of the activity; `before` is `now` or where the page before ended: the moment and the row of its last
/// event. Failed attempts join the events a day late, so pages go by time, and rows of the same moment by their
/// number.
pub(crate) async fn list(state: &AppState, session: &Session, before: &str) -> Result<Activity, Problem> {
    let now = state.now();
    // On a shared device nothing is shown of the account's own things (G6).
    session.account.may_use(Feature::Activity, session.surface, now)?;
    let is_first = before == "now";
    let before = if is_first { NEWEST } else { read_cursor(before).ok_or(Refusal::NotFound)? };
    let mut reader = state.store.read().await?;
    let failed = if is_first { reader.failed_proofs(session, now).await? } else { Vec::new() };
    let events = reader.events(session, before, PAGE + 1).await?;
    let page = Page::cut(events, PAGE, |(_, position)| *position);
    Ok(Activity { failed, events: page.rows.into_iter().map(|(event, _)| event).collect(), more: page.more })
}
