//! When a code may be sent (G2, OTP-10).

use super::limits::{SEND_BUDGETS, SEND_GAP};
use crate::clock::Moment;
use contract::refusal::Refusal;

/// Whether a code can be sent now to a number that got codes at `sent`, newest first (G2).
pub(crate) fn may_send(sent: &[Moment], now: Moment) -> Result<(), Refusal> {
    if let Some(&latest) = sent.first() {
        let next = latest.after(SEND_GAP);
        if next > now {
            return Err(Refusal::SendTooOften { after: now.seconds_until(next) });
        }
    }
    let open_at = SEND_BUDGETS
        .iter()
        .filter_map(|&(budget, window)| {
            sent.get(budget - 1).map(|first_of_budget| first_of_budget.after(window))
        })
        .filter(|open_at| *open_at > now)
        .max();
    match open_at {
        Some(until) => Err(Refusal::SendQuota { until: until.timestamp() }),
        None => Ok(()),
    }
}

/// The part of the daily cap of codes that a requester may use. The last fifth is reserved for browsers that
/// know the number and for people who are signed in, so that nobody locks them out by requesting codes (V7).
pub(crate) fn codes_of_day(in_all: u32, is_known: bool) -> u32 {
    if is_known { in_all } else { in_all - in_all / 5 }
}

/// Seconds until another code can be sent, for the countdown.
pub(crate) fn retry_in(latest: Option<Moment>, now: Moment) -> u32 {
    latest.map_or(0, |latest| now.seconds_until(latest.after(SEND_GAP)))
}

#[cfg(test)]
mod tests {
    use super::{may_send, retry_in};
    use crate::clock::Moment;
    use contract::refusal::Refusal;

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn g2_when_a_code_may_be_sent() {
        let ask = |sent: &[i64], now| may_send(&sent.iter().map(|&s| at(s)).collect::<Vec<_>>(), at(now));
        assert_eq!(ask(&[], 0), Ok(()));
        assert_eq!(ask(&[0], 59), Err(Refusal::SendTooOften { after: 1 }));
        assert_eq!(ask(&[0], 60), Ok(()));
        let five = [240, 180, 120, 60, 0];
        assert_eq!(ask(&five, 300), Err(Refusal::SendQuota { until: at(3600).timestamp() }));
        assert_eq!(ask(&five, 3599), Err(Refusal::SendQuota { until: at(3600).timestamp() }));
        assert_eq!(ask(&five, 3600), Ok(()));
        let ten: Vec<i64> = (0..10).rev().map(|n| n * 1000).collect();
        assert_eq!(ask(&ten, 13_000), Err(Refusal::SendQuota { until: at(86_400).timestamp() }));
        assert_eq!(ask(&ten, 86_399), Err(Refusal::SendQuota { until: at(86_400).timestamp() }));
        assert_eq!(ask(&ten, 86_400), Ok(()));
        assert_eq!(retry_in(Some(at(0)), at(1)), 59);
        assert_eq!(retry_in(None, at(1)), 0);
    }
}
