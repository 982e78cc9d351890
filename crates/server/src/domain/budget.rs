//! Hourly budgets in memory: how many writes an account may make on a route (V1, V9).
//!
//! The counts bound a pace and protect no secret, so a restart may begin them anew. Which route has
//! which budget is in `http::budget`.

use crate::clock::Moment;
use crate::domain::ids::AccountId;
use crate::domain::network::Network;
use crate::problem::Problem;
use crate::rules::limits;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The name under which successful sign-ins are counted, whatever the way.
const SIGN_INS: &str = "sign-ins";

/// The writes of the present hour. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Budgets(Arc<Mutex<Hour>>);

#[derive(Debug, Default)]
struct Hour {
    /// Hours since 1970.
    number: i64,
    /// By route and account.
    spent: HashMap<(&'static str, String), u32>,
}

impl Budgets {
    /// Counts one of `limit` writes, or answers how long to wait.
    fn spend(&self, route: &'static str, who: String, limit: u32, now: Moment) -> Result<(), Problem> {
        let hour = i64::try_from(limits::HOUR.as_millis()).unwrap_or(i64::MAX);
        let number = now.millis().div_euclid(hour);
        let mut present = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if present.number != number {
            *present = Hour { number, spent: HashMap::new() };
        }
        let spent = present.spent.entry((route, who)).or_default();
        if *spent >= limit {
            let end = Moment::from_millis((number + 1).saturating_mul(hour));
            return Err(Problem::over_budget(now.seconds_until(end)));
        }
        *spent += 1;
        Ok(())
    }
}

/// The budgets of one request; the account's is charged once, as soon as the account is known.
#[derive(Clone)]
pub(crate) struct RequestBudget {
    budgets: Budgets,
    /// The route, if it writes at the cost of the account.
    route: Option<&'static str>,
    writes: u32,
    sign_ins: u32,
    is_charged: Arc<AtomicBool>,
}

impl RequestBudget {
    /// `writes` and `sign_ins` are the limits of an hour.
    pub(crate) fn new(budgets: Budgets, route: Option<&'static str>, writes: u32, sign_ins: u32) -> Self {
        Self { budgets, route, writes, sign_ins, is_charged: Arc::default() }
    }

    /// Charges the account with this request.
    pub(crate) fn charge(&self, account: &AccountId, now: Moment) -> Result<(), Problem> {
        let Some(route) = self.route else { return Ok(()) };
        if self.is_charged.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        self.budgets.spend(route, account.to_string(), self.writes, now)
    }

    /// Charges a sign-in to the account from a network.
    pub(crate) fn charge_sign_in(
        &self,
        account: &AccountId,
        network: &Network,
        now: Moment,
    ) -> Result<(), Problem> {
        self.budgets.spend(SIGN_INS, format!("{account} {network}"), self.sign_ins, now)
    }
}

#[cfg(test)]
mod tests {
    use super::Budgets;
    use crate::clock::Moment;
    use crate::problem::Problem;
    use contract::refusal::Refusal;
    use std::time::Duration;

    #[test]
    fn v9_a_budget_is_an_accounts_and_begins_anew_each_hour() {
        let budgets = Budgets::default();
        let at = |minutes: u64| Moment::from_millis(0).after(Duration::from_secs(minutes * 60));
        let spend = |who: &str, route, minutes| budgets.spend(route, who.to_owned(), 2, at(minutes));
        assert!(spend("a", "x", 0).is_ok() && spend("a", "x", 1).is_ok());
        let Err(Problem::Refused { refusal, status, .. }) = spend("a", "x", 50) else { panic!("spent") };
        assert_eq!((*refusal, status), (Refusal::TooBusy { after: 600 }, 429));
        assert!(spend("b", "x", 50).is_ok() && spend("a", "y", 50).is_ok(), "others' are theirs");
        assert!(spend("a", "x", 60).is_ok());
    }
}
