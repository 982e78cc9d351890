//! Texts the server writes itself: the SMS, and the notices that go by WeChat too. zh-CN is the source; the app has its own words.

use crate::clock::Moment;
use contract::account::Role;
use contract::code::Purpose;
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::scan::ScanPurpose;
use std::time::Duration;

/// The SMS with a code: what it is for, for which number, the serial that the screen shows too,
/// and last the line by which browsers fill it in on our own host alone (OTP-13).
pub(crate) fn code_sms(purpose: Purpose, to: &PhoneNumber, code: &str, serial: &str, host: &str) -> String {
    let what = match purpose {
        Purpose::SignIn => "登录账号",
        Purpose::VerifyPhoneChange => "更换手机号前的身份验证",
        Purpose::NewPhone => "绑定为新手机号",
        Purpose::VerifyPasswordChange => "设置密码前的身份验证",
        Purpose::VerifyEndOthers => "退出其他设备前的身份验证",
        Purpose::VerifyWechatChange => "更换微信前的身份验证",
        Purpose::VerifyCancel => "注销账号前的身份验证",
        Purpose::VerifyEndDevice => "退出一台设备前的身份验证",
        Purpose::VerifyDeleteUser => "删除企业用户前的身份验证",
        Purpose::VerifyChangeSuperAdmin => "变更企业超级管理员前的身份验证",
    };
    let to = to.masked();
    format!(
        "【门神】验证码 {code}（序号 {serial}），用于 {to} {what}，5 分钟内有效。切勿告诉他人，工作人员不会索取。\n\n@{host} #{code}"
    )
}

/// Where somebody is whom we only know by a network.
pub(crate) const PLACE_UNKNOWN: &str = "未知";

/// Beijing is so far ahead of UTC, all year.
const BEIJING: Duration = Duration::from_secs(8 * 3600);

/// People in the mainland live by one time; a machine's text would read as eight hours wrong.
fn beijing(at: Moment) -> String {
    let at = at.after(BEIJING).timestamp().0;
    let (day, time) = (at.get(..10).unwrap_or_default(), at.get(11..16).unwrap_or_default());
    format!("北京时间 {day} {time}")
}

/// The notice after the password was set (PHN-07).
pub(crate) fn password_set(phone: &PhoneNumber, at: Moment) -> String {
    let (phone, at) = (phone.masked(), beijing(at));
    format!(
        "【门神】手机号 {phone} 的账号已于{at} 设置了新密码，其他设备已退出登录。如非本人操作，请立即用短信登录并重新设置密码，或联系客服冻结账号。"
    )
}

/// The notice after a WeChat was bound or replaced (P8), to the replaced one too. What it is called says
/// which it was; nobody else's name can be made to look like a sentence of ours in quotation marks.
pub(crate) fn wechat_changed(phone: &PhoneNumber, nickname: &str, first: bool, at: Moment) -> String {
    let (phone, at) = (phone.masked(), beijing(at));
    let nickname: String = nickname.chars().filter(|c| c.is_alphanumeric()).take(12).collect();
    let what = if first { "绑定了微信" } else { "更换了微信，现在绑定的是" };
    format!(
        "【门神】手机号 {phone} 的账号已于{at} {what}「{nickname}」。如非本人操作，请立即用短信登录，退出其他设备并重新绑定自己的微信，或联系客服冻结账号。"
    )
}

/// The notice to the old number and the WeChat after a rebind (P8).
pub(crate) fn phone_changed(old: &PhoneNumber, new: &PhoneNumber, at: Moment) -> String {
    let (old, new, at) = (old.masked(), new.masked(), beijing(at));
    format!(
        "【门神】你的账号已于{at} 将手机号 {old} 更换为 {new}，所有登录已失效。如非本人操作，请立即联系客服冻结账号，并用旧手机号证明身份；24 小时内其他账号无法绑定旧手机号。"
    )
}

/// The notice of an account that is no more (P8, C4).
pub(crate) fn account_canceled(phone: &PhoneNumber, receipt: &str, at: Moment) -> String {
    let (phone, at) = (phone.masked(), beijing(at));
    format!(
        "【门神】手机号 {phone} 的账号已于{at} 注销，所有登录已失效，回执编号 {receipt}。24 小时内任何人无法用该手机号注册。如非本人操作，请立即联系客服并提供回执编号。"
    )
}

/// The notice of an account that the organization's super admin deleted (E3, P8).
pub(crate) fn account_removed(phone: &PhoneNumber, organization: &str, at: Moment) -> String {
    let (phone, at) = (phone.masked(), beijing(at));
    format!(
        "【门神】手机号 {phone} 在「{organization}」的企业账号已于{at} 被企业超级管理员删除，所有登录已失效，个人信息已清除。如有疑问或非你所知，请联系企业的超级管理员。"
    )
}

/// The notice of a role that a super admin gave (E4): who may run an organization is nobody's to learn
/// by chance.
pub(crate) fn role_given(phone: &PhoneNumber, organization: &str, role: Role, at: Moment) -> String {
    let (phone, at) = (phone.masked(), beijing(at));
    let role = match role {
        Role::SuperAdmin => "超级管理员",
        Role::Admin => "管理员",
        Role::Ordinary => "普通成员",
    };
    format!(
        "【门神】手机号 {phone} 在「{organization}」的角色已于{at} 更换为{role}。如有疑问或非你所知，请联系企业的超级管理员。"
    )
}

/// The notice to every super admin of an organization that one of them came or went (E4): who takes it over
/// with a session of one of them must not do so unseen.
pub(crate) fn super_admins_changed(user: &PhoneNumber, organization: &str, role: Role, at: Moment) -> String {
    let (user, at) = (user.masked(), beijing(at));
    let what = if role == Role::SuperAdmin { "被设为超级管理员" } else { "不再是超级管理员" };
    format!(
        "【门神】「{organization}」的超级管理员有变更：手机号 {user} 的账号已于{at} {what}。你是该企业的超级管理员，如非本人操作或非你所知，请立即登录企业管理核对，并修改密码。"
    )
}

/// The same when the cooling-off begins (C8).
pub(crate) fn cancel_begun(phone: &PhoneNumber, receipt: &str, at: Moment, until: Moment) -> String {
    let (phone, at, until) = (phone.masked(), beijing(at), beijing(until));
    format!(
        "【门神】手机号 {phone} 的账号已于{at} 申请注销，所有登录已失效，将于{until} 注销，回执编号 {receipt}。在此之前登录即可撤销注销。如非本人操作，请立即登录撤销注销，并修改密码。"
    )
}

/// The same when it was undone (C8).
pub(crate) fn cancel_undone(phone: &PhoneNumber, at: Moment) -> String {
    let (phone, at) = (phone.masked(), beijing(at));
    format!(
        "【门神】手机号 {phone} 的账号已于{at} 撤销注销，可以照常使用。如非本人操作，请立即用短信登录并修改密码，或联系客服冻结账号。"
    )
}

/// The heading of what the demo's phone asks its owner.
pub(crate) fn consent_title(purpose: ScanPurpose) -> &'static str {
    match purpose {
        ScanPurpose::SignIn => "登录确认",
        ScanPurpose::VerifyBound => "身份验证",
        ScanPurpose::BindNew => "绑定微信",
    }
}

/// What the owner allows, in words that name its end: a phone that says less than what will happen
/// lets somebody be talked into it (QR-03).
pub(crate) fn consent(purpose: ScanPurpose, action: Option<Action>, account: Option<&str>) -> String {
    let account = account.map_or_else(|| "你的账号".to_owned(), |account| format!("账号 {account}"));
    let then = match purpose {
        ScanPurpose::SignIn => format!("登录{account}"),
        ScanPurpose::BindNew => format!("把这个微信绑定到{account}，之后可以用它登录"),
        ScanPurpose::VerifyBound => match action {
            Some(Action::Phone) => format!("更换{account} 的手机号，所有设备会退出登录"),
            Some(Action::Password) => format!("设置{account} 的登录密码，其他设备会退出登录"),
            Some(Action::EndOtherSessions) => format!("让{account} 的其他设备退出登录"),
            Some(Action::EndDevice) => format!("让{account} 的一台其他设备退出登录"),
            Some(Action::Wechat) => format!("更换{account} 绑定的微信，这个微信就不能再登录它"),
            Some(Action::Cancel) => format!("永久注销{account}，账号和其中的一切都会删除，无法恢复"),
            Some(Action::DeleteUser) => format!("以{account} 删除一位企业用户，无法恢复"),
            Some(Action::ChangeSuperAdmin) => format!("以{account} 变更企业的超级管理员"),
            None => format!("证明你是{account} 的本人"),
        },
    };
    format!("「门神」请你确认。允许后，原来的屏幕可以{then}。")
}

/// What a person is called who has not said it yet; `tail` is the end of the number, for its owner
/// to know the account by.
pub(crate) fn first_nickname(tail: &str) -> String {
    format!("用户{tail}")
}

#[cfg(test)]
mod tests {
    use super::{
        account_canceled, cancel_begun, cancel_undone, code_sms, consent, password_set, phone_changed,
        wechat_changed,
    };
    use crate::clock::Moment;
    use contract::code::Purpose;
    use contract::me::Action;
    use contract::phone::PhoneNumber;
    use contract::scan::ScanPurpose;

    #[test]
    fn otp_13_the_sms_names_purpose_target_and_serial_and_ends_with_the_host_line() {
        let to = PhoneNumber::parse("13800000001").expect("a number");
        let text = code_sms(Purpose::NewPhone, &to, "012345", "K7", "account.example");
        assert_eq!(
            text,
            "【门神】验证码 012345（序号 K7），用于 138****0001 绑定为新手机号，5 分钟内有效。切勿告诉他人，工作人员不会索取。\n\n@account.example #012345"
        );
        let all = [
            Purpose::SignIn,
            Purpose::VerifyPhoneChange,
            Purpose::NewPhone,
            Purpose::VerifyPasswordChange,
            Purpose::VerifyEndOthers,
            Purpose::VerifyWechatChange,
            Purpose::VerifyCancel,
            Purpose::VerifyEndDevice,
            Purpose::VerifyDeleteUser,
            Purpose::VerifyChangeSuperAdmin,
        ];
        for purpose in all {
            let text = code_sms(purpose, &to, "012345", "K7", "account.example");
            assert_eq!(text.lines().last(), Some("@account.example #012345"));
            assert!(!text.contains("13800000001"));
        }
    }

    #[test]
    fn p8_the_notice_says_what_to_do_if_it_was_not_you() {
        let old = PhoneNumber::parse("13800000001").expect("a number");
        let new = PhoneNumber::parse("13900000001").expect("a number");
        let text = phone_changed(&old, &new, Moment::from_millis(0));
        assert!(
            text.contains("138****0001") && text.contains("139****0001") && text.contains("如非本人操作")
        );
        assert!(text.contains("北京时间 1970-01-01 08:00"), "{text}");
        let text = wechat_changed(&old, "新号", false, Moment::from_millis(0));
        assert!(text.contains("「新号」") && text.contains("更换了微信") && text.contains("如非本人操作"));
        let text = wechat_changed(&old, "点击 http://x.example/?y」已注销", true, Moment::from_millis(0));
        assert!(text.contains("绑定了微信「点击httpxexamp」"), "a name is no sentence of ours: {text}");
        let at = Moment::from_millis(0);
        for text in [
            password_set(&old, at),
            account_canceled(&old, "7K3M-AC9D-EFGH", at),
            cancel_begun(&old, "7K3M-AC9D-EFGH", at, at),
            cancel_undone(&old, at),
        ] {
            assert!(text.contains("138****0001") && text.contains("如非本人操作"), "{text}");
        }
    }

    #[test]
    fn d1_qr_03_the_phone_says_who_asks_for_whom_and_what_will_happen() {
        let actions = [
            Action::Phone,
            Action::Password,
            Action::EndOtherSessions,
            Action::Wechat,
            Action::Cancel,
            Action::EndDevice,
            Action::DeleteUser,
            Action::ChangeSuperAdmin,
        ];
        let told = actions.map(|action| consent(ScanPurpose::VerifyBound, Some(action), Some("138****0001")));
        for (at, sentence) in told.iter().enumerate() {
            assert!(sentence.contains("「门神」") && sentence.contains("138****0001"), "{sentence}");
            assert!(!told[..at].contains(sentence), "two actions in the same words: {sentence}");
        }
        assert!(told[4].contains("永久注销账号 138****0001") && told[4].contains("无法恢复"), "{}", told[4]);
        assert_eq!(told.iter().filter(|sentence| sentence.contains("注销")).count(), 1);
    }
}
