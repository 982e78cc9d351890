//! Attempt limits: how often a code or a password may be wrong (G2).

use super::limits::{ATTEMPT_LOCK, ATTEMPTS, ATTEMPTS_PER_DAY, DAY};
use crate::clock::Moment;

/// The end of a day's lock, given the wrong attempts of a rolling day, newest first (G2).
pub(crate) fn day_lock(tried: &[Moment], now: Moment) -> Option<Moment> {
    tried
        .get(ATTEMPTS_PER_DAY - 1)
        .map(|first_of_budget| first_of_budget.after(DAY))
        .filter(|until| *until > now)
}

/// The wrong attempts of one browser at one number for one purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chain {
    /// Attempts charged since the last success, lock or lapse.
    pub(crate) wrong: u32,
    /// The last of them.
    pub(crate) tried_at: Option<Moment>,
    /// Set by the fifth.
    pub(crate) locked_until: Option<Moment>,
}

impl Chain {
    /// The end of the lock, if it runs now.
    pub(crate) fn lock(&self, now: Moment) -> Option<Moment> {
        self.locked_until.filter(|until| *until > now)
    }

    /// The chain after one more attempt, or the end of the lock. An attempt during the lock is not counted
    /// and does not extend it. The chain starts anew after a lock, and a day after its last attempt *(ours)*.
    pub(crate) fn charge(self, now: Moment) -> Result<Self, Moment> {
        if let Some(until) = self.lock(now) {
            return Err(until);
        }
        let fresh = self.locked_until.is_some() || self.tried_at.is_none_or(|at| at.after(DAY) <= now);
        let wrong = if fresh { 1 } else { self.wrong + 1 };
        let locked_until = (wrong >= ATTEMPTS).then(|| now.after(ATTEMPT_LOCK));
        Ok(Self { wrong, tried_at: Some(now), locked_until })
    }

    /// Attempts that remain.
    pub(crate) fn left(&self) -> u32 {
        ATTEMPTS.saturating_sub(self.wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::{Chain, day_lock};
    use crate::clock::Moment;

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn otp_05_five_tries_then_a_lock_that_nothing_extends() {
        let mut chain = Chain::default();
        for (try_number, left) in [(1, 4), (2, 3), (3, 2), (4, 1), (5, 0)] {
            chain = chain.charge(at(try_number)).expect("open");
            assert_eq!(chain.left(), left);
        }
        assert_eq!(chain.locked_until, Some(at(5 + 900)));
        assert_eq!(chain.charge(at(6)), Err(at(905)));
        assert_eq!(chain.charge(at(904)), Err(at(905)));
        let fresh = chain.charge(at(905)).expect("open again");
        assert_eq!((fresh.wrong, fresh.locked_until), (1, None));
    }

    #[test]
    fn otp_05_a_chain_lapses_a_day_after_its_last_try() {
        let chain = Chain { wrong: 4, tried_at: Some(at(0)), locked_until: None };
        assert_eq!(chain.charge(at(86_399)).expect("open").wrong, 5);
        assert_eq!(chain.charge(at(86_400)).expect("open").wrong, 1);
    }

    #[test]
    fn g2_ten_wrong_tries_in_a_rolling_day() {
        let nine: Vec<Moment> = (0..9).rev().map(|n| at(n * 100)).collect();
        assert_eq!(day_lock(&nine, at(900)), None);
        let ten: Vec<Moment> = (0..10).rev().map(|n| at(n * 100)).collect();
        assert_eq!(day_lock(&ten, at(900)), Some(at(86_400)), "until the oldest is a day old");
        assert_eq!(day_lock(&ten, at(86_399)), Some(at(86_400)));
        assert_eq!(day_lock(&ten, at(86_400)), None);
    }
}
