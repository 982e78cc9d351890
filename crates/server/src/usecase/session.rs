//! Login sessions as a request meets them.

use crate::clock::Moment;
use crate::domain::ids::BrowserId;
use crate::domain::session::Session;
use crate::domain::visitor::{SignInSurface, Visitor};
use crate::problem::Problem;
use crate::state::AppState;
use contract::account::Surface;
use std::time::Duration;

/// `last_seen_at` is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(3600);
const TOUCH_KIOSK_EVERY: Duration = Duration::from_secs(5);
/// A request that reads waits at most this long for that.
const TOUCH_PATIENCE: Duration = Duration::from_millis(250);

/// The browser of a cookie's value, with the surface of its next sign-in and the end of that.
pub(crate) async fn browser_of(
    state: &AppState,
    token: &str,
) -> Result<Option<(BrowserId, Option<(SignInSurface, Moment)>)>, Problem> {
    state.store.read().await?.browser(token).await
}

/// The visitor's login session; that it was used is noted.
pub(crate) async fn of(state: &AppState, visitor: &Visitor) -> Result<Session, Problem> {
    let now = state.now();
    let session = {
        let mut reader = state.store.read().await?;
        reader.session(visitor, now).await?
    };
    touch(state, &session, now).await;
    Ok(session)
}

/// Notes that a session was used, rarely enough not to turn reads into writes. A request does not wait long for
/// it, nor does it fail if it cannot be written: then the session counts as unused since the last time.
async fn touch(state: &AppState, session: &Session, now: Moment) {
    let every = if session.surface == Surface::Kiosk { TOUCH_KIOSK_EVERY } else { TOUCH_EVERY };
    if session.last_seen_at.after(every) > now {
        return;
    }
    // In a task of its own, which goes on if the request does not wait for it.
    let (session, noting) = (session.clone(), state.clone());
    let touching = tokio::spawn(async move {
        let mut tx = noting.store.write().await?;
        tx.touch_session(&session, now).await?;
        tx.commit().await
    });
    if let Ok(Ok(Err(problem))) = tokio::time::timeout(TOUCH_PATIENCE, touching).await {
        tracing::warn!(?problem, "the use of a session could not be noted");
        state.store.doubt();
    }
}
