//! The sentences of the app, in Chinese and English.
//!
//! [`Messages`] has one struct per screen; [`zh`] and [`en`] build one each, so a missing sentence
//! does not compile. Another language is a file and a variant of [`Lang`]; the compiler then names each
//! `match` on [`Lang`], but not [`Lang::of`], nor the texts outside this crate (CONTRIBUTING.md, *A
//! language*).
//!
//! The app draws with them, and `xtask` builds the first paints from them. Moments are formatted by the
//! browser's `Intl`, so the caller of [`Lang::messages`] passes the function that does it.

#![expect(missing_docs, reason = "the sentence of a field says what it is for")]

/// The refusals that a sign-in can meet, as a pattern. Every language words them in `refusal`, all others in
/// `account_refusal`.
macro_rules! sign_in_refusals {
    () => {
        Refusal::SsoManaged
            | Refusal::PhoneResting { .. }
            | Refusal::StepOutOfOrder
            | Refusal::CodeWrong { .. }
            | Refusal::CodeExpired
            | Refusal::CodeSuperseded
            | Refusal::CodeTooMany { .. }
            | Refusal::SendTooOften { .. }
            | Refusal::SendQuota { .. }
            | Refusal::PasswordWrong { .. }
            | Refusal::PasswordLocked { .. }
            | Refusal::PhoneInvalid
            | Refusal::NotOnKiosk
            | Refusal::ScanExpired
            | Refusal::ScanSuperseded
            | Refusal::WechatDenied
            | Refusal::WechatSnapshot
            | Refusal::WechatNotFollowed
            | Refusal::WechatNotInstalled
            | Refusal::WechatBusy
            | Refusal::WayNotOpen
            | Refusal::SignInFailed
            | Refusal::SessionEnded { .. }
            | Refusal::Forbidden
            | Refusal::NotFound
            | Refusal::KeyReused
            | Refusal::BadRequest
            | Refusal::TooBusy { .. }
    };
}

mod en;
mod zh;

pub use contract::code::CODE_LENGTH;

use contract::account::{DeviceKind, Edition, Role, Way};
use contract::activity::SecurityEvent;
use contract::cancel::Remains;
use contract::meetings::MeetingRule;
use contract::problem::{Problem, Trouble};
use contract::refusal::Refusal;
use contract::time::Timestamp;
use std::borrow::Cow;
use std::sync::OnceLock;

/// Writes a moment in the language of a tag, to the minute.
pub type Spell = fn(&str, &Timestamp) -> String;

/// Defines [`Lang`]; [`Lang::ALL`] is complete by construction.
macro_rules! languages {
    ($($lang:ident,)*) => {
        /// A language of the app.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Lang { $($lang),* }

        impl Lang {
            /// Every language, in the order in which the switch offers them.
            pub const ALL: &'static [Self] = &[$(Self::$lang),*];
        }
    };
}

languages! { Zh, En, }

/// The cookie that keeps which language was chosen in this browser.
pub const LANG_COOKIE: &str = "lang";

/// What the gate asks for a proof for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// All other devices are signed out.
    EndOthers,
    /// The same, by who has seen something that was somebody else.
    NotMe,
    /// One other device is signed out.
    EndDevice,
    /// A user of the organization is deleted.
    DeleteUser,
    /// A user of the organization is made a super admin.
    MakeSuperAdmin,
    /// A super admin of the organization is one no more.
    UnmakeSuperAdmin,
}

/// All the words of one language.
pub struct Messages {
    /// For `lang` and `Intl`.
    pub tag: &'static str,
    pub product: &'static str,
    lang: Lang,
    spell: Spell,
    refusal: RefusalWords,
    trouble: fn(&Trouble) -> Cow<'static, str>,
    /// What ends a sentence that support may be asked about, around the number.
    support: [&'static str; 2],
}

pub struct Common {
    pub loading: &'static str,
    pub retry: &'static str,
    /// The code of a screen could not be fetched.
    pub part_missing: &'static str,
    pub home: &'static str,
    /// Of a word that would go by itself.
    pub dismiss: &'static str,
    pub code: &'static str,
    pub code_hint: fn(u8) -> String,
    pub send_code: &'static str,
    pub resend_in: fn(u32) -> String,
    pub sent_to: fn(&str, &str) -> String,
    pub code_missing: &'static str,
    pub code_first: &'static str,
    pub phone_missing: &'static str,
    pub password: &'static str,
    pub password_missing: &'static str,
    pub show_password: &'static str,
    /// The same button while the password can be read.
    pub hide_password: &'static str,
    pub confirming: &'static str,
    /// The product's name, beside its mark.
    pub brand: &'static str,
}

pub struct SignIn {
    pub title: &'static str,
    pub by_sms: &'static str,
    pub by_password: &'static str,
    pub by_wechat: &'static str,
    pub phone: &'static str,
    pub phone_hint: &'static str,
    pub submit: &'static str,
    pub agree: &'static str,
    pub terms: &'static str,
    pub and: &'static str,
    pub privacy: &'static str,
    pub agree_first: &'static str,
    pub sms_hint: &'static str,
    pub forgot_password: &'static str,
    pub wechat_hint: &'static str,
    /// The button that asks for the first QR.
    pub wechat_show: &'static str,
    /// The WeChat that allowed it opens no account.
    pub wechat_unbound: &'static str,
    pub other_tab: &'static str,
    pub no_cookies: &'static str,
    pub sign_out_pending: &'static str,
}

/// What follows a proof: which account, or whether one that is being canceled is kept.
pub struct Chooser {
    pub choose: &'static str,
    pub choose_hint: &'static str,
    /// The same where there is one account, which this browser does not know.
    pub confirm: &'static str,
    pub confirm_hint: &'static str,
    pub not_mine: &'static str,
    pub personal: &'static str,
    pub other_number: &'static str,
    /// The account is being canceled (C8).
    pub leaving: &'static str,
    /// How many days are left, and what to do.
    pub leaving_left: fn(u32) -> String,
    pub keep: &'static str,
}

pub struct Overview {
    pub title: &'static str,
    pub security: &'static str,
    pub managed: fn(&str) -> String,
    pub change_avatar: &'static str,
    pub phone: &'static str,
    pub change_phone: &'static str,
    pub wechat: &'static str,
    pub wechat_none: &'static str,
    pub bind_wechat: &'static str,
    pub change_wechat: &'static str,
    pub password: &'static str,
    pub password_set: &'static str,
    pub password_not_set: &'static str,
    pub set_password: &'static str,
    pub change_password: &'static str,
    pub devices: &'static str,
    pub devices_hint: &'static str,
    pub see_devices: &'static str,
    pub history: &'static str,
    pub history_hint: &'static str,
    pub see_history: &'static str,
    pub activity: &'static str,
    pub activity_hint: &'static str,
    pub see_activity: &'static str,
    pub cancel: &'static str,
    pub cancel_hint: &'static str,
    pub cancel_account: &'static str,
    pub sign_out: &'static str,
    /// The console, for who may open it.
    pub enterprise: &'static str,
    pub settings: &'static str,
    pub settings_hint: &'static str,
    pub see_settings: &'static str,
    pub users: &'static str,
    pub users_hint: &'static str,
    pub see_users: &'static str,
}

/// What several screens of an account say.
pub struct Account {
    pub edition: fn(Edition) -> &'static str,
    pub close: &'static str,
    /// Less than a minute ago.
    pub just_now: &'static str,
    pub cancel: &'static str,
    /// What the menu of places is called.
    pub menu: &'static str,
    pub back: &'static str,
    pub next: &'static str,
    pub lost_title: &'static str,
    pub lost_lead: &'static str,
    pub progress: fn(u8, u8) -> String,
}

pub struct StepUp {
    pub title: &'static str,
    pub lead: &'static str,
    pub way: fn(Way) -> &'static str,
    pub way_hint: fn(Way, &str) -> String,
    pub sms_title: &'static str,
    pub sms_lead: fn(&str) -> String,
    pub sms_risk: &'static str,
    pub password_title: &'static str,
    pub password_lead: &'static str,
    pub wechat_title: &'static str,
    pub wechat_lead: &'static str,
    pub other_way: &'static str,
    pub no_password: &'static str,
    /// What the proof is for (G1): what happens once it is given, and the button that gives it.
    pub gate: fn(Occasion) -> [&'static str; 2],
}

pub struct Scan {
    /// What the QR is called by who cannot see it.
    pub label: &'static str,
    pub how: &'static str,
    pub same_phone: &'static str,
    pub loading: &'static str,
    pub offline: &'static str,
    pub left: fn(u32) -> String,
    /// Beside the two digits that the phone shows too.
    pub scanned: &'static str,
    /// The button for whoever sees that a stranger was quicker.
    pub not_mine: &'static str,
    pub allowed: &'static str,
    pub again: &'static str,
    pub open: &'static str,
    pub opened: &'static str,
    /// Its text leads to a host that is not known.
    pub untrusted: &'static str,
}

pub struct Phone {
    pub title: &'static str,
    pub bound: &'static str,
    pub consequences: [&'static str; 3],
    pub number_title: &'static str,
    pub number: &'static str,
    pub number_hint: &'static str,
    pub targets_left: fn(u32) -> String,
    pub code_title: &'static str,
    pub code_lead: fn(&str) -> String,
    pub code_only_sms: &'static str,
    pub submit: &'static str,
    pub other_number: &'static str,
    pub done_title: &'static str,
    pub done_lead: fn(&str) -> String,
    pub done_facts: [&'static str; 3],
    pub sign_in: &'static str,
}

pub struct Wechat {
    pub change_title: &'static str,
    pub bind_title: &'static str,
    pub bound: &'static str,
    pub none: &'static str,
    pub change_facts: [&'static str; 3],
    pub bind_facts: [&'static str; 3],
    /// The ways of the first half, as the help page names them (W1).
    pub way: fn(Way) -> &'static str,
    pub new_title: &'static str,
    pub new_lead: &'static str,
    /// The button between the halves.
    pub go: &'static str,
    pub confirm_title: &'static str,
    pub confirm_lead: &'static str,
    pub submit: &'static str,
    pub another: &'static str,
    pub bound_title: &'static str,
    pub changed_title: &'static str,
    pub done_lead: fn(&str) -> String,
    pub bound_fact: &'static str,
    pub changed_fact: &'static str,
    pub done_facts: [&'static str; 2],
}

pub struct Password {
    pub set_title: &'static str,
    pub change_title: &'static str,
    pub lead: &'static str,
    pub consequences: [&'static str; 3],
    pub new_title: &'static str,
    pub rules: [&'static str; 2],
    pub example: &'static str,
    pub new: &'static str,
    pub hint: &'static str,
    pub missing: &'static str,
    pub submit: &'static str,
    pub done_title: &'static str,
    pub done_lead: &'static str,
    pub done_facts: [&'static str; 3],
    pub sign_in: &'static str,
}

pub struct Cancel {
    pub title: &'static str,
    pub lead: &'static str,
    /// It is closed, for the reasons that follow.
    pub closed: &'static str,
    pub facts: [&'static str; 2],
    /// Days of a paid membership that are lost (C5).
    pub benefits: fn(u32) -> String,
    pub running: fn(u32) -> String,
    pub scheduled: fn(u32) -> String,
    pub kept: &'static str,
    /// What stays, why, and for how many days (C7).
    pub remains: fn(Remains, u32) -> String,
    /// Whether it can be undone, and for how many days (C8).
    pub undo: fn(u32) -> String,
    pub agree: &'static str,
    pub notice: &'static str,
    pub agree_first: &'static str,
    /// The ways of the first half, as the help page names them (C3).
    pub way: fn(Way) -> &'static str,
    pub confirm_title: &'static str,
    pub confirm_lead: fn(&str) -> String,
    /// The button that opens the last dialog.
    pub go_on: &'static str,
    pub last_word: fn(&str) -> String,
    pub submit: &'static str,
    /// The way out of it.
    pub stay: &'static str,
    pub done_title: &'static str,
    pub cooling_title: &'static str,
    pub receipt: &'static str,
    pub keep_receipt: &'static str,
    pub done_facts: [&'static str; 3],
    pub cooling_told: &'static str,
    /// When the account goes.
    pub cooling_lead: fn(&str) -> String,
    pub sign_in: &'static str,
}

pub struct Avatar {
    pub title: &'static str,
    pub lead: &'static str,
    /// What files may be like.
    pub files: &'static str,
    /// What the picture of now is called by who cannot see it.
    pub present: &'static str,
    pub pick: &'static str,
    /// Of a place that files can be dropped on.
    pub drop: &'static str,
    /// Something else was dropped there.
    pub no_file: &'static str,
    /// What the frame is called, and how it is moved.
    pub frame: &'static str,
    pub frame_hint: &'static str,
    /// The same for who has a mouse or keys.
    pub frame_keys: &'static str,
    pub zoom: &'static str,
    pub percent: fn(u32) -> String,
    pub turn: &'static str,
    pub whole: &'static str,
    pub save: &'static str,
    pub another: &'static str,
    pub sending: fn(u32) -> String,
    pub stop: &'static str,
    pub changed: &'static str,
    pub remove: &'static str,
    pub remove_title: &'static str,
    pub remove_lead: &'static str,
    pub remove_submit: &'static str,
    pub removed: &'static str,
}

pub struct Devices {
    pub lead: &'static str,
    pub kind: fn(DeviceKind) -> &'static str,
    pub here: &'static str,
    pub signed_in: fn(&str, Way) -> String,
    pub last_seen: fn(&str) -> String,
    pub end_others: &'static str,
    pub only_here: &'static str,
    pub ended: fn(u32) -> String,
    pub end: &'static str,
    /// The same for who does not see which row it stands in.
    pub end_one: fn(DeviceKind) -> String,
    pub ended_one: fn(DeviceKind) -> String,
    /// Of one that signed out by itself meanwhile.
    pub gone: &'static str,
    pub meetings: &'static str,
    pub rule: fn(MeetingRule) -> &'static str,
    /// How many of the five kinds of device are in a meeting.
    pub taken: fn(usize) -> String,
    pub free: &'static str,
    pub own: &'static str,
    pub others: &'static str,
    /// Of a meeting that nobody gave a title.
    pub untitled: &'static str,
    pub since: fn(&str) -> String,
    /// Above meetings that take no slot.
    pub beside: &'static str,
    pub ask: &'static str,
    pub ask_kind: &'static str,
    pub ask_own: &'static str,
    pub can_join: &'static str,
    /// Before the rule that decides.
    pub cannot_join: &'static str,
    /// After it: which meeting would have to be left, and on what it is.
    pub in_the_way: fn(MeetingRule, DeviceKind, &str) -> String,
    /// Of a device that is still in a meeting.
    pub signed_out: &'static str,
}

pub struct History {
    pub lead: &'static str,
    pub menu: &'static str,
    pub sync: &'static str,
    /// The two sentences of the help page about history sync (H1, H2).
    pub sync_facts: [&'static str; 2],
    pub on: &'static str,
    pub off: &'static str,
    pub synced: &'static str,
    pub only_here: &'static str,
    pub minutes: fn(u32) -> String,
    pub none: &'static str,
    pub more: &'static str,
}

pub struct Activity {
    pub lead: &'static str,
    /// Above the wrong codes and passwords of the last day.
    pub failed: &'static str,
    pub wrong: fn(Way) -> &'static str,
    /// Above what was done, where something failed too.
    pub events: &'static str,
    pub what: fn(SecurityEvent) -> &'static str,
    /// What something was proven by.
    pub by: fn(Way) -> &'static str,
    pub more: &'static str,
    pub not_me: &'static str,
    pub not_me_hint: &'static str,
    /// How many other devices there were.
    pub ended: fn(u32) -> String,
}

pub struct Console {
    /// To everybody who is not a super admin.
    pub closed: &'static str,
    /// To who is in no organization.
    pub closed_alone: &'static str,
    /// The way there, as the help page names it (E1).
    pub settings_place: &'static str,
    /// Above what concerns meetings.
    pub meetings: &'static str,
    pub avatars: &'static str,
    pub avatars_hint: &'static str,
    pub saved: &'static str,
    /// The way there, as the help page names it (C1).
    pub users_place: &'static str,
    pub search: &'static str,
    /// With the most characters there may be.
    pub search_long: fn(usize) -> String,
    pub search_hint: &'static str,
    pub count: fn(u32) -> String,
    /// The same of those that were searched for.
    pub found: fn(u32) -> String,
    pub role: fn(Role) -> &'static str,
    /// What somebody in that place may do here.
    pub role_hint: fn(Role) -> &'static str,
    pub oneself: &'static str,
    pub sso: &'static str,
    /// Since which day.
    pub since: fn(&str) -> String,
    /// What else can be done with a user.
    pub more: &'static str,
    /// The same for who hears it without the row: with whose it is.
    pub more_of: fn(&str) -> String,
    pub next_page: &'static str,
    pub change_role: &'static str,
    /// To who would shut themselves out.
    pub own_role: &'static str,
    /// Asked before a role is given that can take its giver's away.
    pub raise_title: fn(&str) -> String,
    pub raise_lead: &'static str,
    /// Asked before one's own is given away.
    pub leave_title: fn(&str) -> String,
    pub leave_lead: &'static str,
    pub give_role: &'static str,
    pub save: &'static str,
    pub role_changed: fn(&str, &str) -> String,
    pub delete: &'static str,
    /// To who wants to delete themselves.
    pub own_delete: &'static str,
    pub delete_title: &'static str,
    /// Whose account goes, and its number.
    pub delete_lead: fn(&str, &str) -> String,
    pub delete_facts: [&'static str; 3],
    pub delete_submit: &'static str,
    pub deleted: fn(&str) -> String,
    /// Somebody else was quicker.
    pub gone: &'static str,
}

/// On a shared device.
pub struct Kiosk {
    /// At the foot of every screen.
    pub shared: &'static str,
    /// The button that ends the visit.
    pub done: &'static str,
    /// Asked before the visit ends by itself.
    pub still_there: &'static str,
    pub ends_in: fn(u32) -> String,
    pub stay: &'static str,
    /// In place of the screen while the visit is being ended.
    pub ending: &'static str,
    /// The same without a network.
    pub offline: &'static str,
}

pub struct NotFound {
    pub title: &'static str,
    pub lead: &'static str,
}

/// Defines a method of [`Messages`] for each topic. The words of a topic are a value of their own in each language,
/// so that the part of the app that draws the topic brings them along.
macro_rules! topics {
    ($($topic:ident: $Topic:ident = $words:ident,)*) => {
        impl Messages {
            $(pub const fn $topic(&self) -> &'static $Topic {
                match self.lang {
                    Lang::Zh => &zh::$words,
                    Lang::En => &en::$words,
                }
            })*
        }
    };
}

topics! {
    common: Common = COMMON,
    sign_in: SignIn = SIGN_IN,
    chooser: Chooser = CHOOSER,
    account: Account = ACCOUNT,
    overview: Overview = OVERVIEW,
    step_up: StepUp = STEP_UP,
    scan: Scan = SCAN,
    phone: Phone = PHONE,
    wechat: Wechat = WECHAT,
    password: Password = PASSWORD,
    cancel: Cancel = CANCEL,
    avatar: Avatar = AVATAR,
    devices: Devices = DEVICES,
    history: History = HISTORY,
    activity: Activity = ACTIVITY,
    console: Console = CONSOLE,
    kiosk: Kiosk = KIOSK,
    not_found: NotFound = NOT_FOUND,
}

/// How refusals are worded that no sign-in meets.
static ACCOUNT_REFUSALS: OnceLock<fn(Lang) -> RefusalWords> = OnceLock::new();

/// How a refusal is worded in a language; `None` if others word it.
type RefusalWords = fn(&Refusal, Spell) -> Option<Cow<'static, str>>;

/// Adds the words for the refusals that no sign-in meets. They are half of all and come with the parts of the app that
/// are for accounts, which call this before they draw.
pub fn add_account_refusals() {
    ACCOUNT_REFUSALS.get_or_init(|| {
        |lang| match lang {
            Lang::Zh => zh::account_refusal,
            Lang::En => en::account_refusal,
        }
    });
}

impl Messages {
    /// A moment as people of that language write it.
    pub fn moment(&self, at: &Timestamp) -> String {
        (self.spell)(self.tag, at)
    }

    /// What happened, why, and what to do next.
    pub fn refusal(&self, refusal: &Refusal) -> Cow<'static, str> {
        let known = (self.refusal)(refusal, self.spell);
        let others = || {
            // Only the app in a browser can do without.
            if !cfg!(target_family = "wasm") {
                add_account_refusals();
            }
            ACCOUNT_REFUSALS.get()?(self.lang)(refusal, self.spell)
        };
        known.or_else(others).unwrap_or_else(|| (self.trouble)(&Trouble::Unreadable))
    }

    /// Whether the words for a refusal are there before [`add_account_refusals`].
    pub fn has_at_sign_in(&self, refusal: &Refusal) -> bool {
        (self.refusal)(refusal, self.spell).is_some()
    }

    /// What to tell a person instead of a reply, with the number for support where it may help.
    ///
    /// Most refusals say what to mend, and under a mistyped code a number would be noise. It stands
    /// where the sentence is general: nothing that the person did explains the refusal, so whoever
    /// is asked has to find the request in the log.
    pub fn problem(&self, problem: &Problem) -> Cow<'static, str> {
        let (sentence, is_general) = match problem {
            Problem::Refused { refusal, .. } => (self.refusal(refusal), is_general(refusal)),
            Problem::Trouble(trouble) => ((self.trouble)(trouble), true),
        };
        match problem.request_id() {
            number if is_general && !number.is_empty() => {
                let [before, after] = self.support;
                [&*sentence, before, number, after].concat().into()
            }
            _ => sentence,
        }
    }
}

impl Lang {
    /// Its words, with moments as `spell` writes them.
    pub const fn messages(self, spell: Spell) -> Messages {
        match self {
            Self::Zh => zh::messages(spell),
            Self::En => en::messages(spell),
        }
    }

    /// As HTML and `Intl` name it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => zh::TAG,
            Self::En => en::TAG,
        }
    }

    /// Its own name, in itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zh => "中文",
            Self::En => "English",
        }
    }

    /// The one that the switch offers: the next of [`Self::ALL`].
    pub fn next(self) -> Self {
        let next = (self as usize).wrapping_add(1);
        Self::ALL.get(next).copied().unwrap_or(Self::Zh)
    }

    /// The one to draw in: what the host asks for (tags with spaces between), what was chosen in
    /// this browser before, what the browser prefers, Chinese. The server asks this for the first
    /// paint and the app for itself, so that they agree.
    pub fn pick<'t>(asked: &str, chosen: Option<&str>, preferred: impl IntoIterator<Item = &'t str>) -> Self {
        let asked = asked.split([' ', '+']).find_map(Self::of);
        asked
            .or_else(|| Self::of(chosen?))
            .or_else(|| preferred.into_iter().find_map(Self::of))
            .unwrap_or(Self::Zh)
    }

    /// Reads a language tag, `zh-Hans-CN` as well as `en`.
    pub fn of<'t>(tag: &'t str) -> Option<Self> {
        let language = |tag: &'t str| tag.split(['-', '_']).next().unwrap_or_default();
        let is_of = |lang: &Self| language(lang.tag()).eq_ignore_ascii_case(language(tag));
        Self::ALL.iter().copied().find(is_of)
    }
}

/// Whether a refusal tells a person nothing of what they could do otherwise.
fn is_general(refusal: &Refusal) -> bool {
    use Refusal as R;
    matches!(refusal, R::BadRequest | R::Forbidden | R::GrantWrongPurpose | R::KeyReused | R::NotFound)
}

#[cfg(test)]
mod tests {
    use super::Lang;
    use contract::account::DeviceKind;
    use contract::meetings::MeetingRule;
    use contract::problem::{Problem, RefusalDetails, Trouble};
    use contract::refusal::Refusal;
    use contract::text::is_unseen;

    #[test]
    fn others_are_written_one_way_but_in_the_link_of_the_help_page() {
        let zh = include_str!("zh.rs");
        assert_eq!(zh.matches("其它").count(), 1);
        assert!(zh.contains("other_way: \"使用其它"));
    }

    #[test]
    fn b35_every_sentence_with_a_name_holds_it_together() {
        for lang in [Lang::Zh, Lang::En] {
            let words = lang.messages(|_, _| String::new());
            let (devices, console) = (words.devices(), words.console());
            for name in ["ليلى", "\u{202e}ليلى", "\u{2069}ليلى\u{2067}", "ليلى\n"] {
                let mut said = vec![
                    (words.overview().managed)(name),
                    (words.wechat().done_lead)(name),
                    (console.more_of)(name),
                    (console.raise_title)(name),
                    (console.role_changed)(name, "x"),
                    (console.delete_lead)(name, "138****0001"),
                    (console.deleted)(name),
                ];
                let rules = [MeetingRule::M1, MeetingRule::M2, MeetingRule::M3, MeetingRule::M4];
                said.extend(rules.map(|rule| (devices.in_the_way)(rule, DeviceKind::Ios, name)));
                for sentence in said {
                    let turns: String = sentence.chars().filter(|sign| is_unseen(*sign)).collect();
                    assert_eq!(turns, "\u{2068}\u{2069}", "{sentence:?}");
                    assert!(sentence.contains("\u{2068}ليلى\u{2069}"), "{sentence:?}");
                }
            }
        }
    }

    #[test]
    fn who_has_no_organization_is_not_sent_to_its_admin() {
        for (lang, admin) in [(Lang::Zh, "管理员"), (Lang::En, "admin")] {
            let words = lang.messages(|_, _| String::new());
            assert!(!words.devices().lead.contains(admin), "{}", words.devices().lead);
        }
    }

    #[test]
    fn what_a_person_cannot_mend_ends_with_the_number_for_support() {
        let said = |problem: &Problem| {
            [Lang::Zh, Lang::En].map(|lang| lang.messages(|_, _| String::new()).problem(problem).into_owned())
        };
        let refused = |refusal| Problem::Refused {
            refusal,
            details: RefusalDetails::default(),
            request_id: "1a2b3c".to_owned(),
        };
        let ends = [
            "如需帮助，请把编号 1a2b3c 提供给客服。",
            " If you need help, give support this number: 1a2b3c.",
        ];
        for general in [
            refused(Refusal::BadRequest),
            refused(Refusal::Forbidden),
            Problem::Trouble(Trouble::Server { request_id: "1a2b3c".to_owned() }),
            Problem::Trouble(Trouble::Unknown { code: "MOON".to_owned(), request_id: "1a2b3c".to_owned() }),
        ] {
            for (sentence, end) in said(&general).iter().zip(ends) {
                assert!(sentence.ends_with(end), "{sentence}");
            }
        }
        for everyday in [
            refused(Refusal::CodeWrong { left: 4 }),
            refused(Refusal::SendTooOften { after: 5 }),
            refused(Refusal::PhoneTaken),
            Refusal::BadRequest.into(),
            Problem::Trouble(Trouble::Server { request_id: String::new() }),
            Problem::Trouble(Trouble::Offline),
        ] {
            for sentence in said(&everyday) {
                assert!(!sentence.contains("编号") && !sentence.contains("number:"), "{sentence}");
            }
        }
    }

    #[test]
    fn the_language_is_asked_for_chosen_preferred_or_chinese() {
        assert_eq!(Lang::pick("fr en-GB", Some("zh-CN"), ["zh"]), Lang::En);
        assert_eq!(Lang::pick("fr", Some("en"), ["zh"]), Lang::En);
        assert_eq!(Lang::pick("", Some("fr"), ["de", "en-US", "zh"]), Lang::En);
        assert_eq!(Lang::pick("", None, ["de"]), Lang::Zh);
    }

    #[test]
    fn language_tags_are_read_tolerantly() {
        assert_eq!(Lang::of("zh-Hans-CN"), Some(Lang::Zh));
        assert_eq!(Lang::of("ZH"), Some(Lang::Zh));
        assert_eq!(Lang::of("en_US"), Some(Lang::En));
        assert_eq!(Lang::of("fr"), None);
        assert_eq!(Lang::of(""), None);
    }
}
