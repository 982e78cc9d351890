//! Who watches scans: one event stream for each browser, woken when a scan may have moved on; and
//! how often those without one may ask.
//!
//! Nothing is told here but "look again"; what a watcher then sees it reads from the database, as
//! everybody does. So a call too many costs a read, and a restart costs a new connection.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The seats of all watchers.
#[derive(Default)]
pub(crate) struct Watchers(Arc<Mutex<Seats>>);

#[derive(Default)]
struct Seats {
    by_browser: HashMap<String, Arc<Bell>>,
    closed: bool,
    /// Questions of each browser in the present minute.
    questions: HashMap<String, u32>,
    minute: i64,
}

/// Questions of a browser in a minute: twice what an app in two tabs asks (QR-10).
const QUESTIONS: u32 = 120;

#[derive(Default)]
struct Bell {
    /// What its stream watches.
    scan: String,
    rings: Notify,
    /// Why its stream is over; 0 while it is not.
    over: AtomicU8,
}

const REPLACED: u8 = 1;
const CLOSED: u8 = 2;

impl Bell {
    fn ends(&self, why: u8) {
        self.over.store(why, Ordering::SeqCst);
        self.rings.notify_one();
    }
}

/// Why a watcher wakes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Something may have happened.
    Look,
    /// Nobody called.
    Silence,
    /// A newer stream of the same browser took the seat.
    Replaced,
    /// The server stops.
    Closed,
}

impl Watchers {
    /// Takes the seat of a browser; whoever had it is told.
    pub(crate) fn sit(&self, browser: &str, scan: &str) -> Seat {
        let bell = Arc::new(Bell { scan: scan.to_owned(), ..Bell::default() });
        let mut seats = lock(&self.0);
        if seats.closed {
            bell.ends(CLOSED);
        }
        if let Some(earlier) = seats.by_browser.insert(browser.to_owned(), bell.clone()) {
            earlier.ends(REPLACED);
        }
        Seat { browser: browser.to_owned(), bell, seats: self.0.clone() }
    }

    /// Scans may have moved on, or the clock was set: everybody looks.
    pub(crate) fn look(&self) {
        for bell in lock(&self.0).by_browser.values() {
            bell.rings.notify_one();
        }
    }

    /// One scan has moved on: its watcher looks.
    pub(crate) fn look_at(&self, scan: &str) {
        for bell in lock(&self.0).by_browser.values().filter(|bell| bell.scan == scan) {
            bell.rings.notify_one();
        }
    }

    /// The scans of one browser may have moved on, a newer one having begun: its watcher looks.
    pub(crate) fn look_in(&self, browser: &str) {
        if let Some(bell) = lock(&self.0).by_browser.get(browser) {
            bell.rings.notify_one();
        }
    }

    /// Whether a browser may ask once more in this minute.
    pub(crate) fn may_ask(&self, browser: &str, minute: i64) -> bool {
        let mut seats = lock(&self.0);
        if seats.minute != minute {
            seats.minute = minute;
            seats.questions.clear();
        }
        let asked = seats.questions.entry(browser.to_owned()).or_default();
        *asked += 1;
        *asked <= QUESTIONS
    }

    /// Ends every stream, and those that still come: the server stops.
    pub(crate) fn close(&self) {
        let mut seats = lock(&self.0);
        seats.closed = true;
        for bell in seats.by_browser.values() {
            bell.ends(CLOSED);
        }
    }
}

fn lock(seats: &Mutex<Seats>) -> MutexGuard<'_, Seats> {
    seats.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The seat of one stream, given back when that ends.
pub(crate) struct Seat {
    browser: String,
    bell: Arc<Bell>,
    seats: Arc<Mutex<Seats>>,
}

impl Seat {
    /// Waits for a call, at most so long.
    pub(crate) async fn call(&self, patience: Duration) -> Call {
        let rang = tokio::time::timeout(patience, self.bell.rings.notified()).await;
        match (self.bell.over.load(Ordering::SeqCst), rang) {
            (REPLACED, _) => Call::Replaced,
            (CLOSED, _) => Call::Closed,
            (_, Ok(())) => Call::Look,
            (_, Err(_)) => Call::Silence,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = lock(&self.seats);
        let mine = seats.by_browser.get(&self.browser).is_some_and(|bell| Arc::ptr_eq(bell, &self.bell));
        if mine {
            seats.by_browser.remove(&self.browser);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Watchers, lock};
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn qr_10_a_browser_has_one_seat_and_gives_it_back() {
        let watchers = Watchers::default();
        let first = watchers.sit("a", "1");
        let other = watchers.sit("b", "2");
        watchers.look_at("1");
        watchers.look_in("b");
        assert_eq!((first.call(LONG).await, other.call(LONG).await), (Call::Look, Call::Look));
        watchers.look_at("2");
        assert_eq!((first.call(Duration::ZERO).await, other.call(LONG).await), (Call::Silence, Call::Look));
        watchers.look();
        assert_eq!(first.call(LONG).await, Call::Look);
        assert_eq!(other.call(LONG).await, Call::Look);
        assert_eq!(other.call(Duration::ZERO).await, Call::Silence);
        let second = watchers.sit("a", "3");
        assert_eq!(first.call(LONG).await, Call::Replaced);
        drop(first);
        assert_eq!(lock(&watchers.0).by_browser.len(), 2, "the seat is the newer one's");
        watchers.look();
        assert_eq!(second.call(LONG).await, Call::Look);
        watchers.close();
        assert_eq!(second.call(LONG).await, Call::Closed);
        assert_eq!(watchers.sit("c", "4").call(LONG).await, Call::Closed, "who comes too late");
        drop((second, other));
        assert_eq!(lock(&watchers.0).by_browser.len(), 0);
    }
}
