//! Every refusal of the server, as one closed enum (`docs/rules.md`, Words).
//!
//! A new variant does not compile before its words have a place in both languages. It also needs a line in `PLAIN`
//! or `RawRefusal::refusal`, by which the app reads it; a test of the server asks for it
//! (`f_07_every_documented_refusal_can_be_parsed`).
//! Nothing in the server produces `WechatNotFollowed` and `WechatNotInstalled` yet.

use crate::account::Way;
use crate::time::{Seconds, Timestamp};
use json::{FromJson, Json};
use serde::{Deserialize, Serialize};

/// The server understood and said no.
///
/// On the wire it is an object with its `code` and what else it tells: `{"code":"CODE_WRONG",
/// "left":4}`. Written by serde's derive, read by hand: the derived reader of a tagged enum
/// weighs 30 kB in the app, the one below three.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refusal {
    /// The code does not match; `left` tries remain before the lock (G2).
    CodeWrong {
        /// Tries that remain.
        left: u32,
    },
    /// The code was right in form but older than five minutes, used, or never sent.
    CodeExpired,
    /// A newer code was sent meanwhile; the older one cannot be used.
    CodeSuperseded,
    /// Too many wrong codes; trying and sending wait until then (G2).
    CodeTooMany {
        /// When trying is open again.
        until: Timestamp,
    },
    /// A code was sent less than 60 s ago (G2).
    SendTooOften {
        /// Seconds to wait.
        after: Seconds,
    },
    /// The number has had its codes for this hour or day (G2).
    SendQuota {
        /// When the next one can be sent.
        until: Timestamp,
    },
    /// The password does not match; `left` tries remain before the lock.
    PasswordWrong {
        /// Tries that remain.
        left: u32,
    },
    /// Too many wrong passwords.
    PasswordLocked {
        /// When trying is open again.
        until: Timestamp,
    },
    /// The new password is not good enough.
    PasswordWeak {
        /// What is wrong with it.
        why: PasswordFlaw,
    },
    /// A fresh proof of identity is needed first (P5, G1).
    StepUpNeeded {
        /// The ways that would do.
        ways: Vec<Way>,
    },
    /// The proof for a single action is older than five minutes or used.
    GrantExpired,
    /// The proof was given for something else.
    GrantWrongPurpose,
    /// The change does not exist, or no longer does, for this account and browser.
    ChangeGone,
    /// Another tab went on with this change; the answer carries the fresh record (G5).
    ChangeStale,
    /// The change is not at that step.
    StepOutOfOrder,
    /// Three new numbers were tried in one change (P5).
    TooManyTargets,
    /// Not a phone number.
    PhoneInvalid,
    /// It is the number bound now (P4).
    PhoneSame,
    /// Another account of the tenant holds the number (P4).
    PhoneTaken,
    /// The number was unbound less than 24 h ago (P7).
    PhoneResting {
        /// When it is free.
        until: Timestamp,
    },
    /// Numbers outside +86 cannot be rebound, neither from nor to (P3).
    PhoneForeign,
    /// The phone was bound less than 14 days ago (W2).
    PhoneTooNew {
        /// When it may verify.
        until: Timestamp,
    },
    /// The organization's own sign-in manages the account (P3).
    SsoManaged,
    /// This edition does this in the app and the desktop client, not here (P2).
    EditionNotOnSurface,
    /// The organization's super admin does this (C1).
    ManagedBySuperAdmin,
    /// An admin must be given another role first (C6, E3).
    AdminMustHandOver,
    /// The last super admin stays (E3).
    LastSuperAdmin,
    /// Not on a shared device (G6).
    NotOnKiosk,
    /// The notice was not read and accepted in its present version (C2).
    NoticeNotRead,
    /// The organization does not allow its users to change the avatar (A1).
    AvatarLocked,
    /// The picture cannot be used (A2).
    AvatarBad {
        /// What is wrong with it.
        why: AvatarFlaw,
    },
    /// The QR is too old.
    ScanExpired,
    /// A newer QR was asked for.
    ScanSuperseded,
    /// The person declined in WeChat.
    WechatDenied,
    /// Not the bound WeChat (W3).
    WechatMismatch,
    /// It is the WeChat bound now (W5).
    WechatSame,
    /// Another account of the tenant holds this WeChat (W5).
    WechatTaken,
    /// WeChat answered with a visitor's identity.
    WechatSnapshot,
    /// The official account is not followed. Planned: nothing answers it yet.
    WechatNotFollowed,
    /// WeChat is not on this device. Planned: nothing answers it yet.
    WechatNotInstalled,
    /// WeChat does not answer in time.
    WechatBusy,
    /// This way of proving identity is not open for this account.
    WayNotOpen,
    /// The account is in as many meetings as it can be, on this kind of device or at all (M1–M4).
    SlotTaken,
    /// The sign-in was begun too long ago or elsewhere; begin again.
    SignInFailed,
    /// Nobody is signed in, or no longer (G7).
    SessionEnded {
        /// Why.
        why: SessionEnd,
    },
    /// The request comes from where it may not come, or without the right.
    Forbidden,
    /// There is no such thing, or not for this account.
    NotFound,
    /// The thing was changed by somebody else meanwhile.
    VersionStale,
    /// The idempotency key was used for another request (G4).
    KeyReused,
    /// The request is malformed.
    BadRequest,
    /// Too much at once.
    TooBusy {
        /// Seconds to wait.
        after: Seconds,
    },
}

/// Why a login session has ended (G7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// There never was one in this browser.
    NotSignedIn,
    /// The person signed out.
    SignedOut,
    /// The account's phone number was replaced (P6).
    PhoneChanged,
    /// The account's password was replaced.
    PasswordChanged,
    /// The account's WeChat was replaced (W6).
    WechatChanged,
    /// The account was canceled (C4).
    AccountCanceled,
    /// The account was deleted by the organization's super admin (E3).
    Removed,
    /// It was ended from another device.
    EndedElsewhere,
    /// It was idle or open for too long.
    Expired,
    /// Somebody signed in to another account in this browser; the tab shows the earlier one
    /// (F-12).
    AnotherAccount,
}

/// What is wrong with a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PasswordFlaw {
    /// Shorter than the least length.
    Short,
    /// Longer than the greatest length.
    Long,
    /// On the list of passwords everybody tries, or easily guessed.
    Common,
}

/// What is wrong with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AvatarFlaw {
    /// More than 5 MB.
    Heavy,
    /// More than 4096 pixels on a side, or more than the server decodes within its memory.
    Large,
    /// Not PNG, JPEG or WebP.
    Format,
    /// Damaged.
    Broken,
}

/// Everything any refusal tells.
#[derive(Deserialize, FromJson)]
struct RawRefusal {
    code: String,
    left: Option<u32>,
    after: Option<Seconds>,
    until: Option<Timestamp>,
    why: Option<String>,
    ways: Option<Vec<Way>>,
}

impl<'de> Deserialize<'de> for Refusal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RawRefusal::deserialize(deserializer)?
            .refusal()
            .ok_or_else(|| serde::de::Error::custom("an unknown refusal"))
    }
}

/// The refusals that tell nothing but their code.
const PLAIN: [(&str, Refusal); 38] = [
    ("CODE_EXPIRED", Refusal::CodeExpired),
    ("CODE_SUPERSEDED", Refusal::CodeSuperseded),
    ("GRANT_EXPIRED", Refusal::GrantExpired),
    ("GRANT_WRONG_PURPOSE", Refusal::GrantWrongPurpose),
    ("CHANGE_GONE", Refusal::ChangeGone),
    ("CHANGE_STALE", Refusal::ChangeStale),
    ("STEP_OUT_OF_ORDER", Refusal::StepOutOfOrder),
    ("TOO_MANY_TARGETS", Refusal::TooManyTargets),
    ("PHONE_INVALID", Refusal::PhoneInvalid),
    ("PHONE_SAME", Refusal::PhoneSame),
    ("PHONE_TAKEN", Refusal::PhoneTaken),
    ("PHONE_FOREIGN", Refusal::PhoneForeign),
    ("SSO_MANAGED", Refusal::SsoManaged),
    ("EDITION_NOT_ON_SURFACE", Refusal::EditionNotOnSurface),
    ("MANAGED_BY_SUPER_ADMIN", Refusal::ManagedBySuperAdmin),
    ("ADMIN_MUST_HAND_OVER", Refusal::AdminMustHandOver),
    ("LAST_SUPER_ADMIN", Refusal::LastSuperAdmin),
    ("NOT_ON_KIOSK", Refusal::NotOnKiosk),
    ("NOTICE_NOT_READ", Refusal::NoticeNotRead),
    ("AVATAR_LOCKED", Refusal::AvatarLocked),
    ("SCAN_EXPIRED", Refusal::ScanExpired),
    ("SCAN_SUPERSEDED", Refusal::ScanSuperseded),
    ("WECHAT_DENIED", Refusal::WechatDenied),
    ("WECHAT_MISMATCH", Refusal::WechatMismatch),
    ("WECHAT_SAME", Refusal::WechatSame),
    ("WECHAT_TAKEN", Refusal::WechatTaken),
    ("WECHAT_SNAPSHOT", Refusal::WechatSnapshot),
    ("WECHAT_NOT_FOLLOWED", Refusal::WechatNotFollowed),
    ("WECHAT_NOT_INSTALLED", Refusal::WechatNotInstalled),
    ("WECHAT_BUSY", Refusal::WechatBusy),
    ("WAY_NOT_OPEN", Refusal::WayNotOpen),
    ("SLOT_TAKEN", Refusal::SlotTaken),
    ("SIGN_IN_FAILED", Refusal::SignInFailed),
    ("FORBIDDEN", Refusal::Forbidden),
    ("NOT_FOUND", Refusal::NotFound),
    ("VERSION_STALE", Refusal::VersionStale),
    ("KEY_REUSED", Refusal::KeyReused),
    ("BAD_REQUEST", Refusal::BadRequest),
];

/// Why sessions end, as the wire names it.
const SESSION_ENDS: [(&str, SessionEnd); 10] = [
    ("not_signed_in", SessionEnd::NotSignedIn),
    ("signed_out", SessionEnd::SignedOut),
    ("phone_changed", SessionEnd::PhoneChanged),
    ("password_changed", SessionEnd::PasswordChanged),
    ("wechat_changed", SessionEnd::WechatChanged),
    ("account_canceled", SessionEnd::AccountCanceled),
    ("removed", SessionEnd::Removed),
    ("ended_elsewhere", SessionEnd::EndedElsewhere),
    ("expired", SessionEnd::Expired),
    ("another_account", SessionEnd::AnotherAccount),
];

const PASSWORD_FLAWS: [(&str, PasswordFlaw); 3] =
    [("short", PasswordFlaw::Short), ("long", PasswordFlaw::Long), ("common", PasswordFlaw::Common)];

const AVATAR_FLAWS: [(&str, AvatarFlaw); 4] = [
    ("heavy", AvatarFlaw::Heavy),
    ("large", AvatarFlaw::Large),
    ("format", AvatarFlaw::Format),
    ("broken", AvatarFlaw::Broken),
];

fn named<T: Clone>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

impl FromJson for Refusal {
    fn from_json(json: &Json) -> Option<Self> {
        RawRefusal::from_json(json)?.refusal()
    }
}

impl RawRefusal {
    /// The refusal, if this version knows it and it tells what it must.
    fn refusal(self) -> Option<Refusal> {
        let why = self.why.as_deref().unwrap_or_default();
        Some(match self.code.as_str() {
            "CODE_WRONG" => Refusal::CodeWrong { left: self.left? },
            "CODE_TOO_MANY" => Refusal::CodeTooMany { until: self.until? },
            "SEND_TOO_OFTEN" => Refusal::SendTooOften { after: self.after? },
            "SEND_QUOTA" => Refusal::SendQuota { until: self.until? },
            "PASSWORD_WRONG" => Refusal::PasswordWrong { left: self.left? },
            "PASSWORD_LOCKED" => Refusal::PasswordLocked { until: self.until? },
            "PASSWORD_WEAK" => Refusal::PasswordWeak { why: named(&PASSWORD_FLAWS, why)? },
            "STEP_UP_NEEDED" => Refusal::StepUpNeeded { ways: self.ways? },
            "PHONE_RESTING" => Refusal::PhoneResting { until: self.until? },
            "PHONE_TOO_NEW" => Refusal::PhoneTooNew { until: self.until? },
            "AVATAR_BAD" => Refusal::AvatarBad { why: named(&AVATAR_FLAWS, why)? },
            "SESSION_ENDED" => Refusal::SessionEnded { why: named(&SESSION_ENDS, why)? },
            "TOO_BUSY" => Refusal::TooBusy { after: self.after? },
            plain => return named(&PLAIN, plain),
        })
    }
}

impl Refusal {
    /// The HTTP status a refusal travels with (RFC 9110; 422 for a reused key as in the
    /// Idempotency-Key draft).
    #[must_use]
    pub fn status(&self) -> u16 {
        use Refusal as R;
        match self {
            R::BadRequest => 400,
            R::SessionEnded { .. } => 401,
            R::NotFound | R::ChangeGone => 404,
            R::ChangeStale | R::StepOutOfOrder => 409,
            R::VersionStale => 412,
            R::CodeTooMany { .. }
            | R::SendTooOften { .. }
            | R::SendQuota { .. }
            | R::PasswordLocked { .. } => 429,
            R::TooBusy { .. } | R::WechatBusy => 503,
            R::StepUpNeeded { .. }
            | R::GrantExpired
            | R::GrantWrongPurpose
            | R::Forbidden
            | R::SsoManaged
            | R::EditionNotOnSurface
            | R::ManagedBySuperAdmin
            | R::AdminMustHandOver
            | R::LastSuperAdmin
            | R::NotOnKiosk
            | R::AvatarLocked
            | R::WayNotOpen => 403,
            R::CodeWrong { .. }
            | R::CodeExpired
            | R::CodeSuperseded
            | R::PasswordWrong { .. }
            | R::PasswordWeak { .. }
            | R::TooManyTargets
            | R::PhoneInvalid
            | R::PhoneSame
            | R::PhoneTaken
            | R::PhoneResting { .. }
            | R::PhoneForeign
            | R::PhoneTooNew { .. }
            | R::NoticeNotRead
            | R::AvatarBad { .. }
            | R::ScanExpired
            | R::ScanSuperseded
            | R::WechatDenied
            | R::WechatMismatch
            | R::WechatSame
            | R::WechatTaken
            | R::WechatSnapshot
            | R::WechatNotFollowed
            | R::WechatNotInstalled
            | R::SlotTaken
            | R::SignInFailed
            | R::KeyReused => 422,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each.
    fn all() -> Vec<Refusal> {
        use Refusal as R;
        let until = || Timestamp("2026-11-22T02:06:41Z".into());
        let mut all: Vec<Refusal> = PLAIN.iter().map(|(_, refusal)| refusal.clone()).collect();
        all.extend([
            R::CodeWrong { left: 4 },
            R::CodeTooMany { until: until() },
            R::SendTooOften { after: 42 },
            R::SendQuota { until: until() },
            R::PasswordWrong { left: 1 },
            R::PasswordLocked { until: until() },
            R::StepUpNeeded { ways: vec![Way::Sms, Way::Wechat] },
            R::PhoneResting { until: until() },
            R::PhoneTooNew { until: until() },
            R::TooBusy { after: 5 },
        ]);
        all.extend(PASSWORD_FLAWS.map(|(_, why)| R::PasswordWeak { why }));
        all.extend(AVATAR_FLAWS.map(|(_, why)| R::AvatarBad { why }));
        all.extend(SESSION_ENDS.map(|(_, why)| R::SessionEnded { why }));
        all
    }

    #[test]
    fn every_refusal_is_read_as_it_is_written() {
        for refusal in all() {
            let text = serde_json::to_string(&refusal).expect("serializes");
            assert_eq!(serde_json::from_str::<Refusal>(&text).ok().as_ref(), Some(&refusal), "{text}");
            assert_eq!(json::read(&text), Some(refusal), "{text}");
        }
    }

    #[test]
    fn f_07_what_is_not_known_or_not_whole_is_no_refusal() {
        for text in [
            r#"{"code":"MOON_IN_THE_WAY"}"#,
            r#"{"code":"CODE_WRONG"}"#,
            r#"{"code":"SESSION_ENDED","why":"x"}"#,
        ] {
            assert!(serde_json::from_str::<Refusal>(text).is_err(), "{text}");
            assert_eq!(json::read::<Refusal>(text), None, "{text}");
        }
    }
}
