//! The numbers that rules enforce and sentences state, in one place each.
//!
//! Each is a constant for computing and a macro for `concat!`, so that a sentence that is a constant states the
//! number of the rule. The notice of a cancellation and the legal texts repeat some; tests compare them.

/// Declares numbers.
macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $value:literal as $spelled:ident;)*) => {$(
        $(#[$doc])*
        pub const $name: $type = $value;

        #[doc = concat!("The literal of [`limits::", stringify!($name), "`](crate::limits::", stringify!($name), "), for `concat!`.")]
        #[macro_export]
        macro_rules! $spelled {
            () => {
                $value
            };
        }
    )*};
}

/// Between two codes to one number, in seconds (G2). No sentence states it: the app counts down what the server
/// answers.
pub const SEND_GAP_SECONDS: u32 = 60;

limits! {
    /// Life of a code, in minutes (G2).
    CODE_MINUTES: u64 = 5 as code_minutes;
    /// How long a proof of identity counts, in minutes (P5).
    STEP_UP_MINUTES: u64 = 5 as step_up_minutes;
    /// How long an unbound number rests, in hours (P7).
    REST_HOURS: u64 = 24 as rest_hours;
    /// How long a phone has to be bound before it can verify a change of the WeChat, in days (W2).
    PHONE_AGE_DAYS: u64 = 14 as phone_age_days;
    /// Fewest characters of a new password: it signs in alone, so NIST SP 800-63B-4 3.1.1.2 asks for
    /// fifteen (API-07). There is no rule about which characters.
    PASSWORD_SHORTEST: usize = 15 as password_shortest;
    /// Most characters of a new password; NIST asks for 64 at least.
    PASSWORD_LONGEST: usize = 128 as password_longest;
    /// Largest file of a picture, in MB of 1024² bytes (A2).
    PICTURE_MEGABYTES: usize = 5 as picture_megabytes;
    /// Longest side of a picture, in pixels (A2).
    PICTURE_SIDE: u32 = 4096 as picture_side;
}

#[cfg(test)]
mod tests {
    use super::{CODE_MINUTES, REST_HOURS};

    /// The legal texts, each with its words for hours and minutes.
    const LEGAL: [(&str, &str, &str); 4] = [
        (include_str!("../../../public/legal/terms.zh-CN.html"), "小时", "分钟"),
        (include_str!("../../../public/legal/privacy.zh-CN.html"), "小时", "分钟"),
        (include_str!("../../../public/legal/terms.en.html"), "hours", "minutes"),
        (include_str!("../../../public/legal/privacy.en.html"), "hours", "minutes"),
    ];

    /// The numbers before a unit.
    fn stated(text: &str, unit: &str) -> Vec<u64> {
        let before = |found: (usize, &str)| {
            let digits = text[..found.0].trim_end().rsplit(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse().ok()
        };
        text.match_indices(unit).filter_map(before).collect()
    }

    #[test]
    fn numbers_before_a_unit_are_found() {
        assert_eq!(stated("for 24 hours, 5 hours of them, and some hours", "hours"), [24, 5]);
        assert_eq!(stated("24 小时内", "小时"), [24]);
    }

    #[test]
    fn p7_g2_legal_texts_state_the_numbers_of_the_rules() {
        for (text, hours, minutes) in LEGAL {
            assert_eq!(stated(text, hours), [REST_HOURS], "{text}");
            assert!(stated(text, minutes).iter().all(|number| *number == CODE_MINUTES), "{text}");
        }
        let minutes = LEGAL.iter().filter(|(text, _, minutes)| !stated(text, minutes).is_empty());
        assert_eq!(minutes.count(), 2, "the privacy policies state how long a code is kept");
    }
}
