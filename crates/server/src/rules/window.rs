//! Time windows of the limits.

use super::limits::{DAY, HOUR};
use crate::clock::Moment;

/// The start of the rolling day that ends now.
pub(crate) fn day_before(now: Moment) -> Moment {
    now.before(DAY)
}

/// The start of the rolling hour that ends now.
pub(crate) fn hour_before(now: Moment) -> Moment {
    now.before(HOUR)
}

/// The day of UTC, counted from 1970.
pub(crate) fn day_of(now: Moment) -> i64 {
    now.millis().div_euclid(i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX))
}

/// The end of the day of UTC.
pub(crate) fn day_end(now: Moment) -> Moment {
    let day = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
    Moment::from_millis((day_of(now) + 1).saturating_mul(day))
}

#[cfg(test)]
mod tests {
    use super::{day_before, day_of, hour_before};
    use crate::clock::Moment;

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn days_of_utc() {
        assert_eq!((day_of(at(0)), day_of(at(86_399)), day_of(at(86_400)), day_of(at(-1))), (0, 0, 1, -1));
        assert_eq!((day_before(at(86_400)), hour_before(at(3600))), (at(0), at(0)));
    }
}
