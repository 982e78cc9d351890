//! The numbers that rules enforce and sentences state, in one place each.
//!
//! Each is a constant for computing and a macro for `concat!`, so that a sentence that is a constant states the
//! number of the rule.

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

limits! {
    /// Life of a code, in minutes (G2).
    CODE_MINUTES: u64 = 5 as code_minutes;
    /// Between two codes to one number, in seconds (G2).
    SEND_GAP_SECONDS: u32 = 60 as send_gap_seconds;
    /// How long a proof of identity counts, in minutes (P5).
    STEP_UP_MINUTES: u64 = 5 as step_up_minutes;
    /// How long an unbound number rests, in hours (P7).
    REST_HOURS: u64 = 24 as rest_hours;
    /// How long a phone has to be bound before it can verify a change of the WeChat, in days (W2).
    PHONE_AGE_DAYS: u64 = 14 as phone_age_days;
    /// Fewest characters of a password.
    PASSWORD_SHORTEST: usize = 15 as password_shortest;
    /// Most characters of a password.
    PASSWORD_LONGEST: usize = 128 as password_longest;
    /// Largest file of a picture, in MiB (A2).
    PICTURE_MEGABYTES: usize = 5 as picture_megabytes;
    /// Longest side of a picture, in pixels (A2).
    PICTURE_SIDE: u32 = 4096 as picture_side;
}
