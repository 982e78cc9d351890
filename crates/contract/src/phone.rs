//! Phone numbers, and the requests that rebind one (P1–P9).

use crate::change::Change;
use crate::endpoint::{Endpoint, Method};
use crate::text::{only, plain_digits};
use serde::{Deserialize, Serialize};

/// Sends a code to the new number; needs a step-up of at most five minutes (P5).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SendNewPhoneCode {
    /// The change it is for.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
    /// The new number as typed; absent to send another code to the same number.
    pub phone: Option<String>,
}

impl Endpoint for SendNewPhoneCode {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/phone/code";
}

/// Binds the new number and ends every session of the account (P6).
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BindPhone {
    /// The change it concludes; also the idempotency key.
    pub change: String,
    /// The version the person saw.
    #[cfg_attr(feature = "openapi", schema(format = "uint32"))]
    pub version: u32,
    /// As typed.
    pub code: String,
}

impl Endpoint for BindPhone {
    type Reply = Change;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/phone/bind";

    fn idempotency_key(&self) -> Option<&str> {
        Some(&self.change)
    }
}

/// A number in canonical E.164 form, e.g. `+8613800000001`; the only form that is stored or
/// compared (PHN-01).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads what was typed or pasted.
    ///
    /// Digits of any script, spaces, dashes, dots and brackets do not matter, nor does what cannot be
    /// seen; `+86`, `0086`, `86` and a trunk zero before a mainland number do not either, however often
    /// they stand there. Other countries need their `+` or `00`. Words around it do not matter as long as
    /// there is one number between them.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        // The trunk zero in brackets is not dialed after a country code.
        let folded = plain_digits(typed).replace("(0)", "");
        only(folded.split('x').filter_map(Self::of))
    }

    /// A number with nothing but its own signs and separators.
    fn of(part: &str) -> Option<Self> {
        let folded = part.replace([' ', '(', ')'], "");
        let international = folded.strip_prefix('+').or_else(|| folded.strip_prefix("00"));
        let mut digits = international.unwrap_or(&folded);
        // Some address books write the country code before a number that has it.
        if let Some((code, rest)) = digits.split_once('+').filter(|(code, rest)| rest.starts_with(code)) {
            digits = if code.is_empty() { digits } else { rest };
        }
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        match international {
            // E.164 allows 15 digits; no country's numbers are shorter than 7 with its code.
            Some(_) if !digits.starts_with("86") => ((7..=15).contains(&digits.len())
                && !digits.starts_with('0'))
            .then(|| Self(format!("+{digits}"))),
            _ => mainland(digits),
        }
    }

    /// Canonical text, `+` and digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a number of the mainland; Hong Kong, Macau and Taiwan have codes of their
    /// own (P3).
    #[must_use]
    pub fn is_mainland(&self) -> bool {
        self.0.starts_with("+86")
    }

    /// The only form in which a bound number leaves the server (G3): `138****1234`, overseas
    /// `+852 ****4567`.
    #[must_use]
    pub fn masked(&self) -> String {
        let tail = &self.0[self.0.len() - 4..];
        match self.0.strip_prefix("+86") {
            Some(national) => format!("{}****{tail}", &national[..3]),
            None => format!("+{} ****{tail}", country_code(&self.0[1..])),
        }
    }
}

/// Eleven digits beginning with 1 (P4), but not with 10, 11 or 12, which are service numbers and no mobile
/// ones; more would be wrong within a year, for ranges grow and numbers move between carriers.
fn mainland(digits: &str) -> Option<PhoneNumber> {
    let mut national = digits;
    // None of these begins a mobile number.
    while let Some(rest) = ["86", "0"].into_iter().find_map(|prefix| national.strip_prefix(prefix)) {
        national = rest;
    }
    let is_mobile = matches!(national.as_bytes(), [b'1', b'3'..=b'9', ..]);
    (national.len() == 11 && is_mobile).then(|| PhoneNumber(format!("+86{national}")))
}

/// The country code that digits begin with (ITU-T E.164 assignments): one digit for zones 1 and 7, two
/// for the listed pairs, three otherwise.
#[must_use]
pub fn country_code(digits: &str) -> &str {
    const TWO: &str = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 \
         81 82 84 86 90 91 92 93 94 95 98";
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        _ if TWO.split(' ').any(|code| digits.starts_with(code)) => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::PhoneNumber;

    fn check(typed: &str, expected: Option<&str>) {
        let parsed = PhoneNumber::parse(typed);
        assert_eq!(parsed.as_ref().map(PhoneNumber::as_str), expected, "{typed:?}");
    }

    #[test]
    fn phn_01_one_number_however_it_is_written() {
        for typed in [
            "13800000001",
            "138 0000 0001",
            "138-0000-0001",
            "+8613800000001",
            "+86 138 0000 0001",
            "008613800000001",
            "8613800000001",
            "013800000001",
            "１３８０００００００１",
            "＋８６１３８０００００００１",
            "\u{3000}13800000001 ",
            "(+86)13800000001",
        ] {
            check(typed, Some("+8613800000001"));
        }
    }

    #[test]
    fn phn_01_other_countries_need_their_prefix() {
        check("+852 6123 4567", Some("+85261234567"));
        check("0085261234567", Some("+85261234567"));
        check("85261234567", None);
        check("+1 (212) 555-0100", Some("+12125550100"));
    }

    #[test]
    fn b01_what_cannot_be_seen_is_not_judged() {
        let unseen = ('\u{200b}'..='\u{200f}')
            .chain('\u{202a}'..='\u{202e}')
            .chain('\u{2066}'..='\u{2069}')
            .chain(['\u{feff}', '\u{fe0f}', '\u{ad}', '\u{2060}', '\u{61c}']);
        for sign in unseen {
            for typed in [
                format!("{sign}13800000001"),
                format!("13800000001{sign}"),
                format!("138{sign}0000{sign}0001"),
                format!("{sign}+86{sign} 138 0000 0001"),
            ] {
                check(&typed, Some("+8613800000001"));
            }
        }
    }

    #[test]
    fn b02_to_b07_a_number_as_address_books_and_messages_write_it() {
        for typed in [
            "+86 (0)138 0000 0001",
            "+86（0）13800000001",
            "١٣٨٠٠٠٠٠٠٠١",
            "۱۳۸۰۰۰۰۰۰۰۱",
            "१३८०००००००१",
            "+٨٦ ١٣٨ ٠٠٠٠ ٠٠٠١",
            "tel:+8613800000001",
            "tel:13800000001;ext=5",
            "手机：138 0000 0001",
            "电话:13800000001（许安）",
            "13800000001, 13800000001",
            "+86+8613800000001",
            "+86 86 13800000001",
            "0086 0 138 0000 0001",
            "138\u{2212}0000\u{2212}0001",
            "138\u{2000}0000\u{2001}0001",
            "13800000001\n",
        ] {
            check(typed, Some("+8613800000001"));
        }
        check("+44 (0)20 7946 0018", Some("+442079460018"));
        check("香港 +852 6123 4567 分机 8001", Some("+85261234567"));
        check("+852+85261234567", Some("+85261234567"));
        check("13800000001 或 13900000001", None);
        check("13800000001、13900000001", None);
        check("138****0001", None);
    }

    #[test]
    fn phn_01_malformed_text_is_refused() {
        for typed in [
            "",
            "+",
            "00",
            "1380000000",
            "138000000011",
            "23800000001",
            "+8623800000001",
            "+86138000000",
            "1380000000a",
            "１380000000一",
            "+0123456789",
            "+1234567890123456",
            "++8613800000001",
            "138+00000001",
        ] {
            check(typed, None);
        }
    }

    #[test]
    fn phn_01_parsing_twice_changes_nothing() {
        // A small generator with a fixed seed: every run sees the same hundred thousand texts.
        let mut seed = 7u64;
        let mut parsed = 0;
        for _ in 0..100_000 {
            let mut text = String::new();
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut bits = seed;
            for _ in 0..(seed >> 60) {
                let symbols = ['0', '1', '3', '8', '6', '+', ' ', '１', '-', '5', 'x'];
                text.push(symbols[(bits % symbols.len() as u64) as usize]);
                bits = bits.rotate_right(7) ^ 0x9e37;
            }
            if let Some(number) = PhoneNumber::parse(&text) {
                parsed += 1;
                assert_eq!(PhoneNumber::parse(number.as_str()).as_ref(), Some(&number), "{text:?}");
            }
        }
        assert!(parsed > 100, "the generator makes real numbers too: {parsed}");
    }

    #[test]
    fn g3_masks_keep_four_digits() {
        let mask = |typed: &str| PhoneNumber::parse(typed).expect("a number").masked();
        assert_eq!(mask("13800001234"), "138****1234");
        assert_eq!(mask("+85261234567"), "+852 ****4567");
        assert_eq!(mask("+12125550100"), "+1 ****0100");
        assert_eq!(mask("+447700900123"), "+44 ****0123");
    }
}
