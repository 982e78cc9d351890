//! Texts that the server writes: SMS, and notices that also go by WeChat. zh-CN is the source; the app has
//! texts of its own.

use crate::clock::Moment;
use crate::names::brief;
use contract::account::Role;
use contract::code::Purpose;
use contract::limits;
use contract::phone::PhoneNumber;
use contract::text::isolated;
use std::time::Duration;

/// The SMS with a code: its purpose, the masked number, the serial that the screen shows too, and as the last
/// line the one by which browsers fill the code in on this host alone (OTP-13).
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
    let minutes = limits::CODE_MINUTES;
    format!(
        "【门神】验证码 {code}（序号 {serial}），用于 {to} {what}，{minutes} 分钟内有效。切勿告诉他人，工作人员不会索取。\n\n@{host} #{code}"
    )
}

/// Beijing's offset from UTC, all year.
const BEIJING: Duration = Duration::from_secs(8 * 3600);

/// A moment in Beijing time, which all of mainland China uses; UTC would be misread by eight hours.
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

/// The notice after a WeChat was bound or replaced (P8), also to the replaced one. It names the WeChat by its
/// nickname, of which [`brief`] leaves nothing that could pass for a sentence of the notice.
pub(crate) fn wechat_changed(phone: &PhoneNumber, nickname: &str, first: bool, at: Moment) -> String {
    let (phone, at) = (phone.masked(), beijing(at));
    let nickname = Some(brief(nickname)).filter(|name| !name.is_empty());
    let nickname = isolated(nickname.as_deref().unwrap_or(NAMELESS));
    let what = if first { "绑定了微信" } else { "更换了微信，现在绑定的是" };
    format!(
        "【门神】手机号 {phone} 的账号已于{at} {what}「{nickname}」。如非本人操作，请立即用短信登录，退出其他设备并重新绑定自己的微信，或联系客服冻结账号。"
    )
}

/// The notice to the old number and the WeChat after the number was replaced (P8).
pub(crate) fn phone_changed(old: &PhoneNumber, new: &PhoneNumber, at: Moment) -> String {
    let (old, new, at, rest) = (old.masked(), new.masked(), beijing(at), limits::REST_HOURS);
    format!(
        "【门神】你的账号已于{at} 将手机号 {old} 更换为 {new}，所有登录已失效。如非本人操作，请立即联系客服冻结账号，并用旧手机号证明身份；{rest} 小时内其他账号无法绑定旧手机号。"
    )
}

/// The notice after an account was canceled (P8, C4).
pub(crate) fn account_canceled(phone: &PhoneNumber, receipt: &str, at: Moment) -> String {
    let (phone, at, rest) = (phone.masked(), beijing(at), limits::REST_HOURS);
    format!(
        "【门神】手机号 {phone} 的账号已于{at} 注销，所有登录已失效，回执编号 {receipt}。{rest} 小时内任何人无法用该手机号注册。如非本人操作，请立即联系客服并提供回执编号。"
    )
}

/// The notice after a super admin of the organization deleted the account (E3, P8).
pub(crate) fn account_removed(phone: &PhoneNumber, organization: &str, at: Moment) -> String {
    let (phone, organization, at) = (phone.masked(), isolated(organization), beijing(at));
    format!(
        "【门神】手机号 {phone} 在「{organization}」的企业账号已于{at} 被企业超级管理员删除，所有登录已失效，个人信息已清除。如有疑问或非你所知，请联系企业的超级管理员。"
    )
}

/// The notice of a role that a super admin gave (E4), so that its holder does not learn of it by chance.
pub(crate) fn role_given(phone: &PhoneNumber, organization: &str, role: Role, at: Moment) -> String {
    let (phone, organization, at) = (phone.masked(), isolated(organization), beijing(at));
    let role = match role {
        Role::SuperAdmin => "超级管理员",
        Role::Admin => "管理员",
        Role::Ordinary => "普通成员",
    };
    format!(
        "【门神】手机号 {phone} 在「{organization}」的角色已于{at} 更换为{role}。如有疑问或非你所知，请联系企业的超级管理员。"
    )
}

/// The notice to every super admin of an organization that one was added or removed (E4), so that a takeover
/// with the session of one of them does not stay unnoticed.
pub(crate) fn super_admins_changed(user: &PhoneNumber, organization: &str, role: Role, at: Moment) -> String {
    let (user, organization, at) = (user.masked(), isolated(organization), beijing(at));
    let what = if role == Role::SuperAdmin { "被设为超级管理员" } else { "不再是超级管理员" };
    format!(
        "【门神】「{organization}」的超级管理员有变更：手机号 {user} 的账号已于{at} {what}。你是该企业的超级管理员，如非本人操作或非你所知，请立即登录企业管理核对，并修改密码。"
    )
}

/// The notice when the cooling-off begins (C8).
pub(crate) fn cancel_begun(phone: &PhoneNumber, receipt: &str, at: Moment, until: Moment) -> String {
    let (phone, at, until) = (phone.masked(), beijing(at), beijing(until));
    format!(
        "【门神】手机号 {phone} 的账号已于{at} 申请注销，所有登录已失效，将于{until} 注销，回执编号 {receipt}。在此之前登录即可撤销注销。如非本人操作，请立即登录撤销注销，并修改密码。"
    )
}

/// The notice when the account is kept after all (C8).
pub(crate) fn cancel_undone(phone: &PhoneNumber, at: Moment) -> String {
    let (phone, at) = (phone.masked(), beijing(at));
    format!(
        "【门神】手机号 {phone} 的账号已于{at} 撤销注销，可以照常使用。如非本人操作，请立即用短信登录并修改密码，或联系客服冻结账号。"
    )
}

/// Shown for a nickname with nothing visible.
pub(crate) const NAMELESS: &str = "无名";

/// The nickname of a new account; `tail` is the end of the number, by which its owner recognizes it.
pub(crate) fn first_nickname(tail: &str) -> String {
    format!("用户{tail}")
}

#[cfg(test)]
mod tests {
    use super::{
        account_canceled, account_removed, cancel_begun, cancel_undone, code_sms, password_set,
        phone_changed, role_given, super_admins_changed, wechat_changed,
    };
    use crate::clock::Moment;
    use contract::account::Role;
    use contract::code::Purpose;
    use contract::phone::PhoneNumber;
    use contract::text::is_unseen;

    #[test]
    fn otp_13_sms_has_purpose_target_serial_and_host_line() {
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

    /// All texts that contain a name.
    fn with_names(phone: &PhoneNumber, name: &str) -> Vec<String> {
        let at = Moment::from_millis(0);
        let mut all = vec![
            wechat_changed(phone, name, true, at),
            wechat_changed(phone, name, false, at),
            account_removed(phone, name, at),
        ];
        for role in [Role::SuperAdmin, Role::Admin, Role::Ordinary] {
            all.extend([role_given(phone, name, role, at), super_admins_changed(phone, name, role, at)]);
        }
        all
    }

    #[test]
    fn b35_a_name_turns_no_number_in_a_notice() {
        let phone = PhoneNumber::parse("13800000001").expect("a number");
        for name in ["محمد\u{202e}", "\u{2069}محمد", "\u{2067}\u{2029}محمد\u{2068}", "محمد"] {
            for text in with_names(&phone, name) {
                assert!(text.contains("\u{2068}محمد\u{2069}"), "isolated: {text:?}");
                let marks: String = text.chars().filter(|sign| is_unseen(*sign)).collect();
                assert_eq!(marks, "\u{2068}\u{2069}", "balanced, and nothing else: {text:?}");
                assert!(text.contains("手机号 138****0001 "), "{text:?}");
            }
        }
        // The others contain no name.
        let at = Moment::from_millis(0);
        for text in [
            code_sms(Purpose::SignIn, &phone, "012345", "K7", "account.example"),
            password_set(&phone, at),
            phone_changed(&phone, &phone, at),
            account_canceled(&phone, "7K3M-AC9D-EFGH", at),
            cancel_begun(&phone, "7K3M-AC9D-EFGH", at, at),
            cancel_undone(&phone, at),
        ] {
            assert!(!text.contains(|sign| is_unseen(sign) && sign != '\n'), "{text:?}");
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
        assert!(
            text.contains("「\u{2068}新号\u{2069}」")
                && text.contains("更换了微信")
                && text.contains("如非本人操作")
        );
        let text = wechat_changed(&old, "点击 http://x.example/?y」已注销", true, Moment::from_millis(0));
        assert!(
            text.contains("绑定了微信「\u{2068}点击httpxexamp\u{2069}」"),
            "a name is no sentence of ours: {text}"
        );
        let text = wechat_changed(&old, "🎉\u{202e}", true, Moment::from_millis(0));
        assert!(text.contains("绑定了微信「\u{2068}无名\u{2069}」"), "{text}");
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
}
