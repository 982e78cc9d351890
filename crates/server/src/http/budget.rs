//! Write budgets of routes (V1, V9).
//!
//! Most routes that write add rows that stay (security events above all), or cause messages that cost money.
//! A program can send more requests in a second than a person needs in an hour, so each account has an hourly
//! budget for each route. Routes that another rule counts in the database name that rule. A route that is not
//! in the table answers a fault, so none is forgotten.

use contract::avatar::{RemoveAvatar, SetAvatar, UPLOAD};
use contract::cancel::{CancelAccount, StartCancel, UndoCancel};
use contract::change::StartChange;
use contract::console::{ChangeSuperAdmin, DeleteUser, SetRole, SetSettings};
use contract::devices::{EndDevice, EndOtherSessions};
use contract::endpoint::Endpoint;
use contract::history::SetHistorySync;
use contract::password::SetPassword;
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::scan::{StartNewWechatScan, StartSignInScan, StartStepUpScan};
use contract::sign_in::{
    ChooseAccount, EndVisit, EnterSurface, SendSignInCode, SignInByPassword, SignInBySms, SignInByWechat,
    SignOut,
};
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms, StepUpByWechat};
use contract::wechat::BindWechat;

/// The budget of a route that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Writes per account and hour (`limits.writes_per_account_and_hour`).
    PerAccount,
    /// Counted by the rule that is named.
    Own(&'static str),
}

/// Every route that writes.
const TABLE: [(&str, Cost); 35] = [
    (SendSignInCode::PATH, Cost::Own("codes a number, browser, network and day (G2, OTP-10)")),
    (SignInBySms::PATH, Cost::Own("tries (G2), then sign-ins an account and network")),
    (SignInByPassword::PATH, Cost::Own("tries (G2), then sign-ins an account and network")),
    (StartSignInScan::PATH, Cost::Own("scans a browser and network (QR-10)")),
    (SignInByWechat::PATH, Cost::Own("one sign-in a scan, then sign-ins an account and network")),
    (ChooseAccount::PATH, Cost::Own("one sign-in a proof, then sign-ins an account and network")),
    (UndoCancel::PATH, Cost::Own("one sign-in a proof, then sign-ins an account and network")),
    (SignOut::PATH, Cost::Own("one for each sign-in")),
    (EnterSurface::PATH, Cost::Own("nothing is stored but for a host's code, which its server asks for")),
    (EndVisit::PATH, Cost::Own("nothing is stored but that a session ended, once for each sign-in")),
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

/// The budget of a route, with its path as a constant; none if it is not in the table.
pub(crate) fn cost(path: &str) -> Option<(&'static str, Cost)> {
    TABLE.iter().find(|(route, _)| *route == path).copied()
}

#[cfg(test)]
mod tests {
    use super::{TABLE, cost};
    use std::collections::BTreeSet;

    #[test]
    fn v9_every_route_that_writes_has_a_budget_and_nothing_else_has() {
        let document: serde_json::Value =
            serde_json::from_str(&crate::http::openapi::document()).expect("the document");
        let paths = document["paths"].as_object().expect("paths");
        let writes = paths.iter().filter(|(_, methods)| methods.get("post").is_some());
        let mut written: BTreeSet<&str> = writes.map(|(path, _)| path.as_str()).collect();
        // Routes for other servers are not in the document.
        written.extend(["/service/v1/host-codes", "/service/v1/meetings/{id}"]);
        let in_table: BTreeSet<&str> = TABLE.iter().map(|(path, _)| *path).collect();
        assert_eq!(in_table, written);
        assert_eq!(in_table.len(), TABLE.len(), "each once");
        assert_eq!(cost("/api/v1/nope"), None);
    }
}
