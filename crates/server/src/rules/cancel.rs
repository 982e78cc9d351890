//! What remains of a canceled account, and the days of its cooling-off (C5–C8).

use super::limits::{DAY, EVENT_LIFE, REST};
use crate::clock::Moment;
use contract::cancel::{Kept, Remains};
use std::time::Duration;

/// How long the receipt is kept: the period in which a claim can be taken to court (Civil Code of the
/// People's Republic of China, article 188) *(ours)*.
pub(crate) const RECEIPT_LIFE: Duration = Duration::from_secs(3 * 365 * 24 * 3600);

/// What is kept after the account is erased (C7).
pub(crate) fn kept() -> Vec<Kept> {
    vec![
        Kept { what: Remains::RestingNumber, days: days(REST) },
        Kept { what: Remains::Receipt, days: days(RECEIPT_LIFE) },
        Kept { what: Remains::AuditTrail, days: days(EVENT_LIFE) },
    ]
}

/// Days from now until a moment, a started one included; 0 once it has passed.
pub(crate) fn days_left(until: Moment, now: Moment) -> u32 {
    days(Duration::from_secs(now.seconds_until(until).into()))
}

fn days(span: Duration) -> u32 {
    u32::try_from(span.as_secs().div_ceil(DAY.as_secs())).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c5_c8_a_begun_day_counts() {
        let at = |seconds: i64| Moment::from_millis(seconds * 1000);
        for (until, now, left) in
            [(0, 0, 0), (1, 0, 1), (86_400, 0, 1), (86_401, 0, 2), (86_400, 86_399, 1), (0, 1, 0)]
        {
            assert_eq!(days_left(at(until), at(now)), left, "{until} at {now}");
        }
    }

    #[test]
    fn c7_what_is_kept_has_its_days() {
        let days: Vec<_> = kept().into_iter().map(|kept| kept.days).collect();
        assert_eq!(days, [1, 1095, 365]);
    }
}
