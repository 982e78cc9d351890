//! The meeting service, which is told what it has to forget (C5, DEL-04). What it tells us comes in by
//! `handler/service`.

use crate::clock::Moment;
use crate::gateway::sms::{Letter, Unsent};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// What the stand-in remembers.
const KEPT: usize = 200;

/// An account that is gone, with the meetings it was in. It goes as the JSON body of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Farewell {
    /// Its id, by which the meeting service knows it.
    pub(crate) account: String,
    /// Meetings that end with it: it started them.
    pub(crate) end: Vec<String>,
    /// Meetings of others that it has to leave.
    pub(crate) leave: Vec<String>,
    /// Meetings that were scheduled and do not take place.
    pub(crate) drop: Vec<String>,
}

/// The door to the meeting service. Clones are the same door.
#[derive(Clone)]
pub(crate) struct MeetingService(Door);

#[derive(Clone)]
enum Door {
    /// The demo's, which writes down what it is told.
    StandIn(Farewells),
    /// There is a meeting service, and no client that could reach it: what it has to forget waits.
    Unreached,
    /// There is none.
    Shut,
}

impl MeetingService {
    /// The demo's.
    pub(crate) fn stand_in(farewells: Farewells) -> Self {
        Self(Door::StandIn(farewells))
    }

    /// The one that is configured, or none at all: then nobody has anything to forget.
    pub(crate) fn configured(is_there: bool) -> Self {
        Self(if is_there { Door::Unreached } else { Door::Shut })
    }

    /// Hands over which account to forget. Called outside every transaction, again and again until it
    /// is taken; the letter's id stays the same, so that a second one can be dropped.
    ///
    /// The real client belongs here: it sends the letter's text as JSON with its id as the
    /// `Idempotency-Key`, and is done when that is answered 2xx within three seconds.
    pub(crate) async fn forget(&self, letter: &Letter, now: Moment) -> Result<(), Unsent> {
        match &self.0 {
            Door::StandIn(farewells) => {
                let farewell = serde_json::from_str(&letter.text)
                    .map_err(|_| Unsent::Broken("a farewell that is none".to_owned()))?;
                tracing::info!(at = %now.timestamp().0, "the meeting service forgets an account");
                farewells.push(farewell);
            }
            Door::Unreached => return Err(Unsent::Broken("no client of the meeting service".to_owned())),
            Door::Shut => {}
        }
        Ok(())
    }
}

/// What the stand-in was told, the newest first.
#[derive(Clone, Default)]
pub(crate) struct Farewells(Arc<Mutex<VecDeque<Farewell>>>);

impl Farewells {
    fn push(&self, farewell: Farewell) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(farewell);
        kept.truncate(KEPT);
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Farewell> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Forgets them.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
