//! The server clock. Only this file reads the wall clock; everything else takes a [`Moment`].
//!
//! If the computer's clock is set back while the server runs, the server clock goes on with the monotonic
//! clock, so that no window becomes longer (EX-04). If it is set forward, the server clock follows.
//!
//! The demo can move the clock; the offset is kept in the database and survives a restart. Tests use a clock
//! that stands still until it is moved.

use contract::time::{Seconds, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A point in time on the server's clock, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// From the milliseconds in the database.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The milliseconds for the database.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Later by `span`.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis_of(span)))
    }

    /// Earlier by `span`.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis_of(span)))
    }

    /// The time between two moments, in either order.
    #[must_use]
    pub fn distance(self, other: Self) -> Duration {
        Duration::from_millis(self.0.abs_diff(other.0))
    }

    /// Whole seconds from now until `later`, rounded up so that waiting that long is enough; 0 if it is past.
    #[must_use]
    pub fn seconds_until(self, later: Self) -> Seconds {
        let millis = later.0.saturating_sub(self.0).max(0);
        Seconds::try_from(millis.div_euclid(1000) + i64::from(millis.rem_euclid(1000) > 0))
            .unwrap_or(Seconds::MAX)
    }

    /// For the wire, rounded up to the second for the same reason.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        let seconds = self.0.div_euclid(1000) + i64::from(self.0.rem_euclid(1000) > 0);
        let text = OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|at| at.format(&Rfc3339).ok());
        Timestamp(text.unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned()))
    }

    /// For the header `Date` (RFC 9110, 5.6.7, IMF-fixdate), rounded down to the second. Moments before 1970
    /// or after 9999 become the first or the last one that is allowed.
    pub(crate) fn http_date(self) -> String {
        // 9999-12-31T23:59:59Z.
        const LAST: u64 = 253_402_300_799;
        let seconds = u64::try_from(self.0.div_euclid(1000)).unwrap_or(0).min(LAST);
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    /// Parses an RFC 3339 timestamp, to the millisecond.
    pub(crate) fn of_timestamp(timestamp: &Timestamp) -> Option<Self> {
        let at = OffsetDateTime::parse(&timestamp.0, &Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Self)
    }
}

fn millis_of(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// The source of moments. Clones share the time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Hands>);

#[derive(Debug)]
struct Hands {
    /// The time of a clock that stands still, in milliseconds.
    standing: Option<i64>,
    /// The monotonic clock, and how many milliseconds the time is ahead of it.
    steady: Stopwatch,
    ahead: AtomicI64,
    warned: AtomicBool,
    /// The offset by which the clock was moved, in milliseconds.
    moved: AtomicI64,
}

impl Hands {
    /// The time in milliseconds, given the computer's clock and the monotonic one; it never runs slower than
    /// the monotonic clock.
    fn steadied(&self, shown: i64, counted: i64) -> i64 {
        let ahead = shown.saturating_sub(counted);
        let before = self.ahead.fetch_max(ahead, Ordering::SeqCst);
        if before.saturating_sub(ahead) > millis_of(SKEW) && !self.warned.swap(true, Ordering::SeqCst) {
            tracing::warn!(by_ms = before - ahead, "the computer's clock was set back; ours was not");
        }
        counted.saturating_add(before.max(ahead))
    }
}

/// A larger step back is logged as a warning.
const SKEW: Duration = Duration::from_secs(5);

/// Largest offset of the demo clock, which keeps every sum within its type.
const FARTHEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

impl Clock {
    /// The computer's clock.
    #[must_use]
    pub fn wall() -> Self {
        Self::new(None)
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn standing(at: Moment) -> Self {
        Self::new(Some(at.0))
    }

    fn new(standing: Option<i64>) -> Self {
        let (steady, ahead) = (Stopwatch::start(), AtomicI64::new(i64::MIN));
        let (warned, moved) = (AtomicBool::new(false), AtomicI64::new(0));
        Self(Arc::new(Hands { standing, steady, ahead, warned, moved }))
    }

    /// Shows at least `known` from now on: a computer's clock that was set back a little between two runs
    /// must not lengthen a window either (EX-04).
    pub(crate) fn not_before(&self, known: Moment) {
        let ahead = known.0.saturating_sub(self.moved()).saturating_sub(millis_of(self.0.steady.passed()));
        self.0.ahead.fetch_max(ahead, Ordering::SeqCst);
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Moment {
        let base = self.0.standing.unwrap_or_else(|| {
            self.0.steadied(
                millis_of(UNIX_EPOCH.elapsed().unwrap_or_default()),
                millis_of(self.0.steady.passed()),
            )
        });
        Moment(base.saturating_add(self.moved()))
    }

    /// Moves the clock forward or backward; returns its offset in milliseconds.
    pub fn advance(&self, seconds: i64) -> i64 {
        let target = self.advanced(seconds);
        self.put(target);
        target
    }

    /// The offset in milliseconds after a further move, kept within the largest.
    pub(crate) fn advanced(&self, seconds: i64) -> i64 {
        let limit = millis_of(FARTHEST);
        self.moved().saturating_add(seconds.saturating_mul(1000)).clamp(-limit, limit)
    }

    /// The present time without the offset.
    pub(crate) fn unmoved(&self) -> Moment {
        Moment(self.now().0.saturating_sub(self.moved()))
    }

    /// The offset of the clock, in milliseconds.
    #[must_use]
    pub fn moved(&self) -> i64 {
        self.0.moved.load(Ordering::SeqCst)
    }

    /// Sets the offset in milliseconds, e.g. after a restart.
    pub(crate) fn put(&self, millis: i64) {
        self.0.moved.store(millis, Ordering::SeqCst);
    }
}

/// Measures time by the monotonic clock, for logs and technical waits, never for a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "measures work, decides nothing")]
        let now = Instant::now();
        Self(now)
    }

    /// The time since the start.
    pub(crate) fn passed(self) -> Duration {
        self.0.elapsed()
    }

    /// Whole milliseconds since the start.
    pub(crate) fn millis(self) -> u64 {
        u64::try_from(self.passed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Moment};
    use std::time::Duration;

    #[test]
    fn g2_countdowns_round_up_and_never_go_below_zero() {
        let now = Moment::from_millis(1_000);
        assert_eq!(now.seconds_until(Moment::from_millis(1_001)), 1);
        assert_eq!(now.seconds_until(now.after(Duration::from_secs(60))), 60);
        assert_eq!(now.seconds_until(Moment::from_millis(0)), 0);
    }

    #[test]
    fn moments_are_printed_as_rfc_3339() {
        assert_eq!(Moment::from_millis(1_795_314_401_000).timestamp().0, "2026-11-22T02:26:41Z");
        let rounded = Moment::from_millis(1_795_314_400_001).timestamp();
        assert_eq!(rounded.0, "2026-11-22T02:26:41Z");
        assert_eq!(Moment::of_timestamp(&rounded), Some(Moment::from_millis(1_795_314_401_000)));
    }

    #[test]
    fn b15_moments_are_printed_as_an_imf_fixdate() {
        for (millis, printed) in [
            (1_795_314_400_999, "Sun, 22 Nov 2026 02:26:40 GMT"),
            (-1, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (i64::MIN, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (i64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(Moment::from_millis(millis).http_date(), printed);
        }
    }

    #[test]
    fn ex_04_a_clock_set_back_lengthens_no_window() {
        let clock = Clock::wall();
        let now = |shown, counted| clock.0.steadied(shown, counted);
        assert_eq!(now(1_000_000, 0), 1_000_000);
        assert_eq!(now(1_001_000, 1_000), 1_001_000);
        // Ten minutes back: time goes on with the monotonic clock.
        assert_eq!(now(402_000, 2_000), 1_002_000);
        assert_eq!(now(403_000, 3_000), 1_003_000);
        // Ten minutes forward: windows end early.
        assert_eq!(now(2_000_000, 4_000), 2_000_000);
        assert_eq!(now(1_401_000, 5_000), 2_001_000, "and not later for being set right again");
    }

    #[test]
    fn a_standing_clock_only_moves_when_told() {
        let clock = Clock::standing(Moment::from_millis(5));
        assert_eq!(clock.now(), Moment::from_millis(5));
        clock.advance(2);
        assert_eq!(clock.clone().now(), Moment::from_millis(2005));
        clock.advance(i64::MAX);
        assert!(clock.now() > Moment::from_millis(0), "no overflow");
    }
}
