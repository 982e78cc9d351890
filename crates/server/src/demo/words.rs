//! Texts of the demo's phone, in finished sentences; its page only shows them.
//!
//! Every closed enum that is shown is matched exhaustively here: a new member does not compile before it has
//! a text. A table in the page would miss it, and a phone that says less than what will happen lets its owner
//! be persuaded to allow it (QR-03).

use crate::domain::scan::Consent;
use ::words::{Lang, Messages};
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, ScanState};
use contract::time::Timestamp;
use serde::Serialize;
use std::borrow::Cow;

/// The app's texts, where both say the same.
const APP: Messages = Lang::Zh.messages(spell);

/// Moments in wire format: none of the phone's own texts contains one.
fn spell(_: &str, at: &Timestamp) -> String {
    at.0.clone()
}

/// The question on the page, beside the facts.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Question {
    title: &'static str,
    /// Who asks, for which account, and what happens if it is allowed.
    meaning: String,
    /// The kind of the device that shows the QR.
    device_name: &'static str,
    /// Whether the result cannot be undone.
    grave: bool,
}

impl Question {
    /// The question for a consent.
    pub(super) fn of(consent: &Consent) -> Self {
        let (purpose, action) = (consent.purpose, consent.action);
        Self {
            title: title(purpose, action),
            meaning: meaning(purpose, action, consent.account.as_deref()),
            device_name: (APP.devices().kind)(consent.device),
            grave: is_grave(purpose, action),
        }
    }
}

fn title(purpose: ScanPurpose, action: Option<Action>) -> &'static str {
    match (purpose, action) {
        (ScanPurpose::SignIn, _) => "登录确认",
        (ScanPurpose::BindNew, _) => "绑定微信",
        (ScanPurpose::VerifyBound, None) => "身份验证",
        (ScanPurpose::VerifyBound, Some(action)) => match action {
            Action::Phone => "更换手机号",
            Action::Password => "设置登录密码",
            Action::EndOtherSessions => "退出其他设备",
            Action::Wechat => "更换微信",
            Action::Cancel => "注销账号",
            Action::EndDevice => "退出一台设备",
            Action::DeleteUser => "删除企业用户",
            Action::ChangeSuperAdmin => "变更企业超级管理员",
        },
    }
}

fn meaning(purpose: ScanPurpose, action: Option<Action>, account: Option<&str>) -> String {
    let named = account.map_or_else(|| "你的账号".to_owned(), |account| format!("账号 {account}"));
    let then = match (purpose, action) {
        (ScanPurpose::SignIn, _) if account.is_none() => {
            return "「门神」请你确认。这个微信还没有绑定账号，允许后，原来的屏幕也不能登录。".to_owned();
        }
        (ScanPurpose::SignIn, _) => format!("登录{named}"),
        (ScanPurpose::BindNew, _) => format!("把这个微信绑定到{named}，之后可以用它登录"),
        (ScanPurpose::VerifyBound, None) => format!("证明你是{named} 的本人"),
        (ScanPurpose::VerifyBound, Some(action)) => match action {
            Action::Phone => format!("更换{named} 的手机号，所有设备都会退出登录"),
            Action::Password => format!("设置{named} 的登录密码，其他设备都会退出登录"),
            Action::EndOtherSessions => format!("让{named} 的其他设备都退出登录"),
            Action::Wechat => format!("更换{named} 绑定的微信，之后不能再用这个微信登录它"),
            Action::Cancel => format!("永久注销{named}，注销后无法恢复"),
            Action::EndDevice => format!("让{named} 的一台其他设备退出登录"),
            Action::DeleteUser => format!("以{named} 删除一位企业用户，其个人信息全部清除，无法恢复"),
            Action::ChangeSuperAdmin => format!("以{named} 设置或取消一位企业超级管理员"),
        },
    };
    format!("「门神」请你确认。允许后，原来的屏幕就能{then}。")
}

/// Whether the result of allowing cannot be undone.
fn is_grave(purpose: ScanPurpose, action: Option<Action>) -> bool {
    match purpose {
        ScanPurpose::SignIn | ScanPurpose::BindNew => false,
        ScanPurpose::VerifyBound => match action {
            Some(Action::Cancel | Action::DeleteUser) => true,
            None
            | Some(
                Action::Phone
                | Action::Password
                | Action::EndOtherSessions
                | Action::Wechat
                | Action::EndDevice
                | Action::ChangeSuperAdmin,
            ) => false,
        },
    }
}

/// The place of a screen of which only the network is known.
pub(super) const PLACE_UNKNOWN: &str = "未知";

const EXPIRED: &str = "二维码已过期或已用过，请扫原来的屏幕上新的二维码。";
const SUPERSEDED: &str = "原来的屏幕上有了新的二维码，请扫新的。";
const SNAPSHOT: &str = "访客身份不能用来确认，请用完整的微信打开。";

/// The text after the owner's answer.
pub(super) fn outcome(state: ScanState) -> &'static str {
    match state {
        ScanState::Created | ScanState::Waiting => "还没有扫到二维码，请再扫一次。",
        ScanState::Scanned => "还没有收到你的选择，请再选一次。",
        ScanState::Confirmed => "已允许，请回到原来的屏幕。",
        ScanState::Consumed => "已完成。",
        ScanState::Denied => "已拒绝，没有任何更改。",
        ScanState::Expired => EXPIRED,
        ScanState::Superseded => SUPERSEDED,
        ScanState::Mismatch => "这不是该账号绑定的微信。",
        ScanState::Same => "这个微信已经绑定在该账号上。",
        ScanState::Taken => "这个微信已绑定其他账号。",
        ScanState::Snapshot => SNAPSHOT,
        ScanState::Failed => "微信没有生成二维码。",
    }
}

/// The text of a refusal. A few differ on a phone from those on the screen that shows the QR; for all others
/// the app's are used, which are complete.
pub(super) fn refusal(refusal: &Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::ScanExpired => EXPIRED.into(),
        Refusal::ScanSuperseded => SUPERSEDED.into(),
        Refusal::WechatSnapshot => SNAPSHOT.into(),
        Refusal::Forbidden => "这个二维码已被别的手机扫过。".into(),
        Refusal::NotFound | Refusal::BadRequest => "这不是有效的二维码，或已失效，请重新扫一次。".into(),
        other => APP.refusal(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use contract::account::DeviceKind;
    use std::collections::BTreeSet;

    /// All members; the match below does not compile when one is missing there.
    const ACTIONS: [Action; 8] = [
        Action::Phone,
        Action::Password,
        Action::EndOtherSessions,
        Action::Wechat,
        Action::Cancel,
        Action::EndDevice,
        Action::DeleteUser,
        Action::ChangeSuperAdmin,
    ];
    const PURPOSES: [ScanPurpose; 3] = [ScanPurpose::SignIn, ScanPurpose::VerifyBound, ScanPurpose::BindNew];
    const STATES: [ScanState; 13] = [
        ScanState::Created,
        ScanState::Waiting,
        ScanState::Scanned,
        ScanState::Confirmed,
        ScanState::Consumed,
        ScanState::Denied,
        ScanState::Expired,
        ScanState::Superseded,
        ScanState::Mismatch,
        ScanState::Same,
        ScanState::Taken,
        ScanState::Snapshot,
        ScanState::Failed,
    ];

    /// The position of a member in its list above; a new one has to be added there.
    const fn place(action: Action) -> usize {
        match action {
            Action::Phone => 0,
            Action::Password => 1,
            Action::EndOtherSessions => 2,
            Action::Wechat => 3,
            Action::Cancel => 4,
            Action::EndDevice => 5,
            Action::DeleteUser => 6,
            Action::ChangeSuperAdmin => 7,
        }
    }

    const fn place_of(purpose: ScanPurpose) -> usize {
        match purpose {
            ScanPurpose::SignIn => 0,
            ScanPurpose::VerifyBound => 1,
            ScanPurpose::BindNew => 2,
        }
    }

    fn asked(purpose: ScanPurpose, action: Option<Action>) -> Question {
        Question::of(&Consent {
            purpose,
            action,
            account: Some("138****0001".to_owned()),
            device: DeviceKind::Kiosk,
            at: Moment::from_millis(0),
            number: "42".to_owned(),
        })
    }

    #[test]
    fn d1_qr_03_phone_question_names_account_action_and_effect() {
        assert!(ACTIONS.iter().enumerate().all(|(at, action)| place(*action) == at));
        assert!(PURPOSES.iter().enumerate().all(|(at, purpose)| place_of(*purpose) == at));
        let mut said = BTreeSet::new();
        for purpose in PURPOSES {
            for action in ACTIONS.map(Some).into_iter().chain([None]) {
                let question = asked(purpose, action);
                let Question { title, meaning, device_name, grave } = &question;
                assert!(!title.is_empty() && meaning.contains("「门神」请你确认"), "{question:?}");
                assert!(meaning.contains("138****0001") && meaning.contains("允许后"), "{question:?}");
                assert_eq!(*device_name, "公用设备", "as the app calls it");
                let is_cancel = purpose == ScanPurpose::VerifyBound && action == Some(Action::Cancel);
                assert_eq!(meaning.contains("注销"), is_cancel, "{question:?}");
                assert_eq!(title.contains("注销"), is_cancel, "{question:?}");
                assert_eq!(*grave, meaning.contains("无法恢复"), "{question:?}");
                said.insert((*title, meaning.clone()));
            }
        }
        // Signing in and binding read the same whatever the change is; a proof does not.
        assert_eq!(said.len(), ACTIONS.len() + 1 + 2, "two in the same words: {said:?}");
        let cancel = asked(ScanPurpose::VerifyBound, Some(Action::Cancel)).meaning;
        assert!(
            cancel.contains("允许后，原来的屏幕就能永久注销账号 138****0001，注销后无法恢复。"),
            "{cancel}"
        );
        let nobody = meaning(ScanPurpose::SignIn, None, None);
        assert!(nobody.contains("还没有绑定账号"), "{nobody}");
    }

    #[test]
    fn d1_the_phone_has_words_for_every_end_and_every_refusal() {
        for state in STATES {
            assert!(!outcome(state).is_empty(), "{state:?}");
            if let Some(end) = state.refusal() {
                assert!(!refusal(&end).is_empty(), "{end:?}");
            }
        }
        assert_eq!(refusal(&Refusal::ScanExpired), outcome(ScanState::Expired));
        assert!(refusal(&Refusal::TooBusy { after: 7 }).contains("7 秒"), "the app's own words");
    }
}
