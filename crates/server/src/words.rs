//! Texts the server writes itself: the SMS. zh-CN is the source; the app has its own words.

use crate::clock::Moment;
use contract::code::Purpose;
use contract::phone::PhoneNumber;
use std::time::Duration;

/// The SMS with a code: what it is for, for which number, the serial that the screen shows too,
/// and last the line by which browsers fill it in on our own host alone (OTP-13).
pub(crate) fn code_sms(purpose: Purpose, to: &PhoneNumber, code: &str, serial: &str, host: &str) -> String {
    let what = match purpose {
        Purpose::SignIn => "登录账号",
        Purpose::VerifyPhoneChange => "更换手机号前的身份验证",
        Purpose::NewPhone => "绑定为新手机号",
    };
    let to = to.masked();
    format!(
        "【门神】验证码 {code}（序号 {serial}），用于 {to} {what}，5 分钟内有效。切勿告诉他人，工作人员不会索取。\n\n@{host} #{code}"
    )
}

/// Beijing is so far ahead of UTC, all year.
const BEIJING: Duration = Duration::from_secs(8 * 3600);

/// The SMS to the old number after a rebind (P8).
pub(crate) fn phone_changed_sms(old: &PhoneNumber, new: &PhoneNumber, at: Moment) -> String {
    // People in the mainland live by one time; a machine's text would read as eight hours wrong.
    let at = at.after(BEIJING).timestamp().0;
    let (day, time) = (at.get(..10).unwrap_or_default(), at.get(11..16).unwrap_or_default());
    let (old, new) = (old.masked(), new.masked());
    format!(
        "【门神】你的账号已于北京时间 {day} {time} 将手机号 {old} 更换为 {new}，所有登录已失效。如非本人操作，请立即联系客服冻结账号，并用本手机号证明身份；24 小时内其他账号无法绑定本手机号。"
    )
}

/// What a person is called who has not said it yet; `tail` is the end of the number, for its owner
/// to know the account by.
pub(crate) fn first_nickname(tail: &str) -> String {
    format!("用户{tail}")
}

#[cfg(test)]
mod tests {
    use super::{code_sms, phone_changed_sms};
    use crate::clock::Moment;
    use contract::code::Purpose;
    use contract::phone::PhoneNumber;

    #[test]
    fn otp_13_the_sms_names_purpose_target_and_serial_and_ends_with_the_host_line() {
        let to = PhoneNumber::parse("13800000001").expect("a number");
        let text = code_sms(Purpose::NewPhone, &to, "012345", "K7", "account.example");
        assert_eq!(
            text,
            "【门神】验证码 012345（序号 K7），用于 138****0001 绑定为新手机号，5 分钟内有效。切勿告诉他人，工作人员不会索取。\n\n@account.example #012345"
        );
        for purpose in [Purpose::SignIn, Purpose::VerifyPhoneChange, Purpose::NewPhone] {
            let text = code_sms(purpose, &to, "012345", "K7", "account.example");
            assert_eq!(text.lines().last(), Some("@account.example #012345"));
            assert!(!text.contains("13800000001"));
        }
    }

    #[test]
    fn p8_the_notice_says_what_to_do_if_it_was_not_you() {
        let old = PhoneNumber::parse("13800000001").expect("a number");
        let new = PhoneNumber::parse("13900000001").expect("a number");
        let text = phone_changed_sms(&old, &new, Moment::from_millis(0));
        assert!(
            text.contains("138****0001") && text.contains("139****0001") && text.contains("如非本人操作")
        );
        assert!(text.contains("北京时间 1970-01-01 08:00"), "{text}");
    }
}
