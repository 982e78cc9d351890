//! One-time codes by SMS.

use crate::text::{only, plain_digits};
use crate::time::Seconds;
use json::FromJson;
use serde::{Deserialize, Serialize};

/// Digits of a code (OTP-01).
pub const CODE_LENGTH: usize = 6;
/// Digits of a code while somebody guesses at many numbers at once (OTP-08).
pub const LONG_CODE_LENGTH: usize = 8;

/// A code that has the form of one: six ASCII digits, or eight while the server asks for longer
/// codes (OTP-08), leading zeros kept.
///
/// What people type or paste need only contain it (OTP-14): spaces, dashes, digits of other scripts and
/// words around it do not matter as long as one code is in it. A code that is there twice is one: some
/// phones fill it in two times.
/// There is no `Display` and `Debug` hides it: a code only ever goes into a request body.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    /// Reads what was typed.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let folded = plain_digits(typed);
        let together = |part: &str| Self::of(&part.replace([' ', '(', ')'], ""));
        if !folded.trim().contains(['x', '+']) {
            return together(&folded);
        }
        // Digits without a gap first: an address in the message has digits too.
        let mut in_one = folded.split(|sign: char| !sign.is_ascii_digit()).filter_map(Self::of).peekable();
        match in_one.peek() {
            Some(_) => only(in_one),
            None => only(folded.split(['x', '+']).filter_map(together)),
        }
    }

    fn of(digits: &str) -> Option<Self> {
        let (half, again) = digits.split_at_checked(digits.len() / 2)?;
        let digits = if half == again && half.len() >= CODE_LENGTH { half } else { digits };
        let long_enough = matches!(digits.len(), CODE_LENGTH | LONG_CODE_LENGTH);
        let good = long_enough && digits.bytes().all(|b| b.is_ascii_digit());
        good.then(|| Self(digits.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimeCode(……)")
    }
}

/// What a code is good for; one sent for one purpose never serves another (OTP-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To prove the bound phone in a change of the phone.
    VerifyPhoneChange,
    /// To prove the new phone in a change of the phone.
    NewPhone,
    /// To prove the bound phone in a change of the password.
    VerifyPasswordChange,
    /// To prove the bound phone before every other session is ended.
    VerifyEndOthers,
    /// To prove the bound phone in a change of the WeChat.
    VerifyWechatChange,
    /// To prove the bound phone before the account is canceled.
    VerifyCancel,
    /// To prove the bound phone before one other session is ended.
    VerifyEndDevice,
    /// To prove the bound phone before a user of the organization is deleted.
    VerifyDeleteUser,
    /// Proves the bound phone before somebody is made a super admin, or no longer one.
    VerifyChangeSuperAdmin,
}

/// A code is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SentCode {
    /// The number it went to, masked by the server (G3).
    pub to: String,
    /// How many digits it has: 6, or 8 while somebody guesses at many numbers (OTP-08).
    pub digits: u8,
    /// Two characters that stand in the SMS too, so that people pick the right one (OTP-13).
    pub serial: String,
    /// Seconds until the code dies.
    pub expires_in: Seconds,
    /// Seconds until another can be sent.
    pub retry_in: Seconds,
}

#[cfg(test)]
mod tests {
    use super::OneTimeCode;

    #[test]
    fn otp_08_eight_digits_are_a_code_too() {
        assert!(OneTimeCode::parse("0123 4567").is_some());
        assert!(OneTimeCode::parse("012345678").is_none());
    }

    #[test]
    fn otp_14_full_width_digits_and_spaces_are_the_same_code() {
        for typed in ["012345", " 012 345 ", "０１２３４５", "012-345", "0\u{3000}12345"] {
            assert_eq!(
                OneTimeCode::parse(typed).map(|c| c.as_str().to_owned()),
                Some("012345".into()),
                "{typed}"
            );
        }
    }

    #[test]
    fn b05_what_is_pasted_need_only_contain_the_code() {
        let message = "【门神】验证码 123456（序号 K7），用于 138****0001 登录账号，5 分钟内有效。切勿告诉他人，工作人员不会索取。\n\n@127.0.0.1:8080 #123456";
        for typed in [
            message,
            &message.replace('\n', ""),
            message.lines().last().expect("a line"),
            "验证码 123456",
            "123456。",
            "123 456 is your code",
            "G-123456",
            "验证码：１２３４５６",
            "123456123456",
            "123456 123456",
            "\u{202d}123456\u{202c}",
            "12345\u{200b}6",
            "١٢٣٤٥٦",
        ] {
            let code = OneTimeCode::parse(typed);
            assert_eq!(code.as_ref().map(OneTimeCode::as_str), Some("123456"), "{typed}");
        }
        let long = OneTimeCode::parse("1234567812345678");
        assert_eq!(long.as_ref().map(OneTimeCode::as_str), Some("12345678"), "filled in twice");
    }

    #[test]
    fn otp_14_what_is_not_six_digits_is_no_code() {
        for typed in
            ["", "12345", "1234567", "12345a", "1234５６７", "123456 654321", "验证码 123456，或 654321"]
        {
            assert_eq!(OneTimeCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn otp_01_a_code_is_not_printed() {
        let code = OneTimeCode::parse("123456").expect("six digits");
        assert!(!format!("{code:?}").contains('1'));
    }
}
