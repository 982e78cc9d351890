//! One-time codes by SMS.

use crate::phone::fold;
use crate::time::Seconds;
use serde::{Deserialize, Serialize};

/// Digits of a code (OTP-01).
pub const CODE_LENGTH: usize = 6;
/// Digits of a code while somebody guesses at many numbers at once (OTP-08).
pub const LONG_CODE_LENGTH: usize = 8;

/// A code that has the form of one: six ASCII digits, or eight while the server asks for longer
/// codes (OTP-08), leading zeros kept.
///
/// Full-width digits, spaces and dashes are accepted in what people type or paste (OTP-14).
/// There is no `Display` and `Debug` hides it: a code only ever goes into a request body.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    /// Reads what was typed.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let digits: String = fold(typed)?;
        let long_enough = matches!(digits.len(), CODE_LENGTH | LONG_CODE_LENGTH);
        let good = long_enough && digits.bytes().all(|b| b.is_ascii_digit());
        good.then_some(Self(digits))
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// To prove the bound phone before a user of the organisation is deleted.
    VerifyDeleteUser,
    /// Proves the bound phone before somebody is made a super admin, or one no more.
    VerifyChangeSuperAdmin,
}

/// A code is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    fn otp_14_what_is_not_six_digits_is_no_code() {
        for typed in ["", "12345", "1234567", "12345a", "1234５６７", "12345\u{202e}6"] {
            assert_eq!(OneTimeCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn otp_01_a_code_is_not_printed() {
        let code = OneTimeCode::parse("123456").expect("six digits");
        assert!(!format!("{code:?}").contains('1'));
    }
}
