//! What writing may cost in an hour: a budget for every route that writes (V1, V9).
//!
//! Most routes write rows that stay (the trail above all), or cause messages that cost money. What a
//! person does in an hour is far less than what a program can do in a second, so each account has a
//! budget for each route. Routes whose cost is counted in the database by a rule of their own are
//! named with that rule. A route that is not in the table answers a fault, so none is forgotten.
//!
//! The counts are in memory: they bound a pace and guard no secret, so a restart may begin them anew.

use crate::clock::Moment;
use crate::problem::Problem;
use crate::rules;
use contract::avatar::{RemoveAvatar, SetAvatar, UPLOAD};
use contract::cancel::{CancelAccount, StartCancel, UndoCancel};
use contract::change::StartChange;
use contract::device::{EndDevice, EndOtherSessions};
use contract::endpoint::Endpoint;
use contract::enterprise::{ChangeSuperAdmin, DeleteUser, SetRole, SetSettings};
use contract::history::SetHistorySync;
use contract::password::SetPassword;
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::scan::{StartNewWechatScan, StartSignInScan, StartStepUpScan};
use contract::sign_in::{
    ChooseAccount, EnterSurface, SendSignInCode, SignInByPassword, SignInBySms, SignInByWechat, SignOut,
};
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms, StepUpByWechat};
use contract::wechat::BindWechat;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What a route that writes may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// So many an hour for each account (`limits.writes_per_account_and_hour`).
    PerAccount,
    /// Counted elsewhere, by the rule named here.
    Own(&'static str),
}

/// The path under which sign-ins that went well are counted, whatever the way.
pub(crate) const SIGN_INS: &str = "sign-ins";

/// Every route that writes.
const TABLE: [(&str, Cost); 34] = [
    (SendSignInCode::PATH, Cost::Own("codes a number, browser, network and day (G2, OTP-10)")),
    (SignInBySms::PATH, Cost::Own("tries (G2), then sign-ins an account and network")),
    (SignInByPassword::PATH, Cost::Own("tries (G2), then sign-ins an account and network")),
    (StartSignInScan::PATH, Cost::Own("scans a browser and network (QR-10)")),
    (SignInByWechat::PATH, Cost::Own("one sign-in a scan, then sign-ins an account and network")),
    (ChooseAccount::PATH, Cost::Own("one sign-in a proof, then sign-ins an account and network")),
    (UndoCancel::PATH, Cost::Own("one sign-in a proof, then sign-ins an account and network")),
    (SignOut::PATH, Cost::Own("one for each sign-in")),
    (EnterSurface::PATH, Cost::Own("nothing is stored but for a host's code, which its server asks for")),
    (UPLOAD, Cost::Own("files an account and hour (AVA-5)")),
    (SetAvatar::PATH, Cost::PerAccount),
    (RemoveAvatar::PATH, Cost::PerAccount),
    (StartChange::PATH, Cost::PerAccount),
    (StartCancel::PATH, Cost::PerAccount),
    (SendStepUpCode::PATH, Cost::PerAccount),
    (StepUpBySms::PATH, Cost::PerAccount),
    (StepUpByPassword::PATH, Cost::PerAccount),
    (StartStepUpScan::PATH, Cost::PerAccount),
    (StepUpByWechat::PATH, Cost::PerAccount),
    (SendNewPhoneCode::PATH, Cost::PerAccount),
    (BindPhone::PATH, Cost::PerAccount),
    (SetPassword::PATH, Cost::PerAccount),
    (StartNewWechatScan::PATH, Cost::PerAccount),
    (BindWechat::PATH, Cost::PerAccount),
    (CancelAccount::PATH, Cost::PerAccount),
    (EndDevice::PATH, Cost::PerAccount),
    (EndOtherSessions::PATH, Cost::PerAccount),
    (SetHistorySync::PATH, Cost::PerAccount),
    (SetSettings::PATH, Cost::PerAccount),
    (SetRole::PATH, Cost::PerAccount),
    (ChangeSuperAdmin::PATH, Cost::PerAccount),
    (DeleteUser::PATH, Cost::PerAccount),
    ("/service/v1/host-codes", Cost::Own("a host's own server, known by its secret")),
    ("/service/v1/meetings/{id}", Cost::Own("the meeting service, known by its secret")),
];

/// What a route may cost; none where the table does not name it.
pub(crate) fn cost(path: &str) -> Option<Cost> {
    TABLE.iter().find(|(route, _)| *route == path).map(|(_, cost)| *cost)
}

/// What was spent in the present hour.
#[derive(Debug, Default)]
pub(crate) struct Budgets(Mutex<Hour>);

#[derive(Debug, Default)]
struct Hour {
    /// Counted from 1970.
    number: i64,
    /// By route and who spends.
    spent: HashMap<(&'static str, String), u32>,
}

impl Budgets {
    /// Spends one of `limit` on a route, or tells how long to wait.
    pub(crate) fn spend(
        &self,
        route: &'static str,
        who: String,
        limit: u32,
        now: Moment,
    ) -> Result<(), Problem> {
        let hour = i64::try_from(rules::HOUR.as_millis()).unwrap_or(i64::MAX);
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

/// The name of a route in the table, as long as the program runs.
pub(crate) fn name(path: &str) -> Option<&'static str> {
    TABLE.iter().find(|(route, _)| *route == path).map(|(route, _)| *route)
}

#[cfg(test)]
mod tests {
    use super::{Budgets, TABLE, cost};
    use crate::clock::Moment;
    use std::collections::BTreeSet;
    use std::time::Duration;

    #[test]
    fn v9_every_route_that_writes_has_a_budget_and_nothing_else_has() {
        let document: serde_json::Value =
            serde_json::from_str(&crate::openapi::document()).expect("the document");
        let paths = document["paths"].as_object().expect("paths");
        let writes = paths.iter().filter(|(_, methods)| methods.get("post").is_some());
        let mut written: BTreeSet<&str> = writes.map(|(path, _)| path.as_str()).collect();
        // Those that other servers call are in no document.
        written.extend(["/service/v1/host-codes", "/service/v1/meetings/{id}"]);
        let in_table: BTreeSet<&str> = TABLE.iter().map(|(path, _)| *path).collect();
        assert_eq!(in_table, written);
        assert_eq!(in_table.len(), TABLE.len(), "each once");
        assert_eq!(cost("/api/v1/nope"), None);
    }

    #[test]
    fn v9_a_budget_is_an_accounts_and_begins_anew_each_hour() {
        let budgets = Budgets::default();
        let at = |minutes: u64| Moment::from_millis(0).after(Duration::from_secs(minutes * 60));
        let spend = |who: &str, route, minutes| budgets.spend(route, who.to_owned(), 2, at(minutes));
        assert!(spend("a", "x", 0).is_ok() && spend("a", "x", 1).is_ok());
        let refused = spend("a", "x", 50).expect_err("spent").render("r", at(50));
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["retry-after"]),
            (429, &"600".parse().expect("text"))
        );
        assert!(spend("b", "x", 50).is_ok() && spend("a", "y", 50).is_ok(), "others' are theirs");
        assert!(spend("a", "x", 60).is_ok());
    }
}
