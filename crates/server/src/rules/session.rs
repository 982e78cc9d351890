//! How long a login session lasts (SES-05).

use super::limits::DAY;
use crate::clock::Moment;
use contract::account::Surface;
use std::time::Duration;

/// When a login session ends if it is not used again: by its idle limit or its absolute limit, whichever is
/// first (SES-05). Use moves the idle limit alone.
pub(crate) fn end(surface: Surface, created_at: Moment, last_seen_at: Moment) -> Moment {
    let (open, idle) = limits(surface);
    created_at.after(open).min(last_seen_at.after(idle))
}

/// The absolute limit and the idle limit *(ours, but for kiosk's idle time, G6)*.
pub(crate) fn limits(surface: Surface) -> (Duration, Duration) {
    match surface {
        Surface::Web => (DAY * 30, DAY * 7),
        // The host app guards the device, and vouches for that by opening the webview.
        Surface::App | Surface::Desktop => (DAY * 30, DAY * 30),
        Surface::Kiosk => (Duration::from_secs(30 * 60), Duration::from_secs(90)),
    }
}

#[cfg(test)]
mod tests {
    use super::end;
    use crate::clock::Moment;
    use contract::account::Surface;

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn ses_05_sliding_never_passes_absolute() {
        use Surface::{App, Desktop, Kiosk, Web};
        const DAYS: i64 = 86_400;
        for (surface, last_seen, ends) in [
            (Web, 0, 7 * DAYS),
            (Web, DAYS, 8 * DAYS),
            (Web, 29 * DAYS, 30 * DAYS),
            (App, 0, 30 * DAYS),
            (App, 20 * DAYS, 30 * DAYS),
            (Desktop, 20 * DAYS, 30 * DAYS),
            (Kiosk, 0, 90),
            (Kiosk, 100, 190),
            (Kiosk, 1790, 1800),
        ] {
            assert_eq!(end(surface, at(0), at(last_seen)), at(ends), "{surface:?} {last_seen}");
        }
    }
}
