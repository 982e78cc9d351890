//! Wake-ups: event streams of scans and the outbox, woken after a commit.
//!
//! A wake-up carries no content: whoever wakes reads the database, as everybody does. So a superfluous
//! wake-up costs a read, and after a restart a stream is opened anew. A statement of the store notes
//! what it has to wake ([`Pending`]), and the commit wakes it, so use cases need not. A stream whose scan ended
//! with its change finds out at the next keep-alive (15 s).

use crate::domain::ids::{BrowserId, ScanId};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The event streams and the outbox. Clones are the same ones.
#[derive(Clone, Default)]
pub(crate) struct Wakeups(Arc<Sleepers>);

#[derive(Default)]
struct Sleepers {
    scans: ScanStreams,
    outbox: Notify,
}

/// What a transaction has to wake once it is committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pending {
    all_streams: bool,
    browsers: Vec<BrowserId>,
    scans: Vec<ScanId>,
    outbox: bool,
}

impl Pending {
    /// Sessions ended: every stream checks whether its own did (SES-03).
    pub(crate) fn streams(&mut self) {
        self.all_streams = true;
    }

    /// Scans of one browser were begun or superseded.
    pub(crate) fn browser(&mut self, browser: &BrowserId) {
        self.browsers.push(browser.clone());
    }

    /// One scan moved on.
    pub(crate) fn scan(&mut self, scan: &ScanId) {
        self.scans.push(scan.clone());
    }

    /// A message was written to the outbox.
    pub(crate) fn outbox(&mut self) {
        self.outbox = true;
    }
}

impl Wakeups {
    /// The event streams of scans.
    pub(crate) fn scans(&self) -> &ScanStreams {
        &self.0.scans
    }

    /// Notified when a message was written to the outbox.
    pub(crate) fn outbox(&self) -> &Notify {
        &self.0.outbox
    }

    /// Wakes what a committed transaction noted.
    pub(crate) fn wake(&self, pending: &Pending) {
        if pending.outbox {
            self.0.outbox.notify_one();
        }
        if pending.all_streams {
            return self.0.scans.wake_all();
        }
        for browser in &pending.browsers {
            self.0.scans.wake_browser(browser);
        }
        for scan in &pending.scans {
            self.0.scans.wake_scan(scan);
        }
    }

    /// Wakes everything: the demo's clock or its data changed.
    pub(crate) fn wake_all(&self) {
        self.wake(&Pending { all_streams: true, outbox: true, ..Pending::default() });
    }
}

/// The event streams of scans, one for each browser, and how often a browser without one may ask.
#[derive(Default)]
pub(crate) struct ScanStreams(Arc<Mutex<Streams>>);

#[derive(Default)]
struct Streams {
    by_browser: HashMap<BrowserId, Arc<Stream>>,
    closed: bool,
    /// Requests of each browser in the present minute.
    polls: HashMap<BrowserId, u32>,
    minute: i64,
}

/// Requests of a browser in a minute: twice what an app in two tabs sends (QR-10).
const POLLS: u32 = 120;

struct Stream {
    scan: ScanId,
    notify: Notify,
    /// Why the stream is over; 0 while it is not.
    over: AtomicU8,
}

const REPLACED: u8 = 1;
const CLOSED: u8 = 2;

impl Stream {
    fn end(&self, why: u8) {
        self.over.store(why, Ordering::SeqCst);
        self.notify.notify_one();
    }
}

/// Why a stream wakes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// The scan may have moved on.
    Changed,
    /// Nothing happened for the given time.
    Timeout,
    /// A newer stream of the same browser replaced this one.
    Replaced,
    /// The server stops.
    Closed,
}

impl ScanStreams {
    /// Subscribes a browser to one scan; its earlier subscription ends.
    pub(crate) fn subscribe(&self, browser: &BrowserId, scan: &ScanId) -> ScanSubscription {
        let stream = Arc::new(Stream { scan: scan.clone(), notify: Notify::new(), over: AtomicU8::new(0) });
        let mut streams = lock(&self.0);
        if streams.closed {
            stream.end(CLOSED);
        }
        if let Some(earlier) = streams.by_browser.insert(browser.clone(), stream.clone()) {
            earlier.end(REPLACED);
        }
        ScanSubscription { browser: browser.clone(), stream, streams: self.0.clone() }
    }

    fn wake_all(&self) {
        for stream in lock(&self.0).by_browser.values() {
            stream.notify.notify_one();
        }
    }

    fn wake_scan(&self, scan: &ScanId) {
        for stream in lock(&self.0).by_browser.values().filter(|stream| stream.scan == *scan) {
            stream.notify.notify_one();
        }
    }

    fn wake_browser(&self, browser: &BrowserId) {
        if let Some(stream) = lock(&self.0).by_browser.get(browser) {
            stream.notify.notify_one();
        }
    }

    /// Counts a request of a browser; whether it is within the limit of this minute.
    pub(crate) fn may_poll(&self, browser: &BrowserId, minute: i64) -> bool {
        let mut streams = lock(&self.0);
        if streams.minute != minute {
            streams.minute = minute;
            streams.polls.clear();
        }
        let polls = streams.polls.entry(browser.clone()).or_default();
        *polls += 1;
        *polls <= POLLS
    }

    /// Closes all streams, also those that are opened later: the server stops.
    pub(crate) fn close(&self) {
        let mut streams = lock(&self.0);
        streams.closed = true;
        for stream in streams.by_browser.values() {
            stream.end(CLOSED);
        }
    }
}

fn lock(streams: &Mutex<Streams>) -> MutexGuard<'_, Streams> {
    streams.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The subscription of one stream; dropping it ends it.
pub(crate) struct ScanSubscription {
    browser: BrowserId,
    stream: Arc<Stream>,
    streams: Arc<Mutex<Streams>>,
}

impl ScanSubscription {
    /// Waits for a wake-up, at most `patience`.
    pub(crate) async fn wait(&self, patience: Duration) -> Wake {
        let notified = tokio::time::timeout(patience, self.stream.notify.notified()).await;
        match (self.stream.over.load(Ordering::SeqCst), notified) {
            (REPLACED, _) => Wake::Replaced,
            (CLOSED, _) => Wake::Closed,
            (_, Ok(())) => Wake::Changed,
            (_, Err(_)) => Wake::Timeout,
        }
    }
}

impl Drop for ScanSubscription {
    fn drop(&mut self) {
        let mut streams = lock(&self.streams);
        let present = streams.by_browser.get(&self.browser);
        if present.is_some_and(|stream| Arc::ptr_eq(stream, &self.stream)) {
            streams.by_browser.remove(&self.browser);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pending, Wake, Wakeups, lock};
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn qr_10_a_browser_has_one_stream_and_gives_it_back() {
        let wakeups = Wakeups::default();
        let streams = wakeups.scans();
        let subscribe = |browser: &str, scan: &str| streams.subscribe(&browser.into(), &scan.into());
        let wake = |note: fn(&mut Pending)| {
            let mut pending = Pending::default();
            note(&mut pending);
            wakeups.wake(&pending);
        };
        let first = subscribe("a", "1");
        let other = subscribe("b", "2");
        wake(|pending| pending.scan(&"1".into()));
        wake(|pending| pending.browser(&"b".into()));
        assert_eq!((first.wait(LONG).await, other.wait(LONG).await), (Wake::Changed, Wake::Changed));
        wake(|pending| pending.scan(&"2".into()));
        assert_eq!(
            (first.wait(Duration::ZERO).await, other.wait(LONG).await),
            (Wake::Timeout, Wake::Changed)
        );
        wake(Pending::outbox);
        assert_eq!(first.wait(Duration::ZERO).await, Wake::Timeout, "the outbox alone");
        wake(Pending::streams);
        assert_eq!(first.wait(LONG).await, Wake::Changed);
        assert_eq!(other.wait(LONG).await, Wake::Changed);
        assert_eq!(other.wait(Duration::ZERO).await, Wake::Timeout);
        let second = subscribe("a", "3");
        assert_eq!(first.wait(LONG).await, Wake::Replaced);
        drop(first);
        assert_eq!(lock(&streams.0).by_browser.len(), 2, "the newer subscription stays");
        wakeups.wake_all();
        assert_eq!(second.wait(LONG).await, Wake::Changed);
        streams.close();
        assert_eq!(second.wait(LONG).await, Wake::Closed);
        assert_eq!(subscribe("c", "4").wait(LONG).await, Wake::Closed, "opened too late");
        drop((second, other));
        assert_eq!(lock(&streams.0).by_browser.len(), 0);
    }
}
