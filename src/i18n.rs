//! Words, complete in every language by compilation.
//!
//! [`Messages`] is one struct per screen; [`zh`] and [`en`] are two constants of it, so a missing
//! sentence does not compile. Adding a language is one file and one variant of [`Lang`].

mod en;
mod zh;

use crate::browser;
use contract::account::{DeviceKind, Edition, Way};
use contract::me::Action;
use contract::problem::{Problem, Trouble};
use contract::refusal::Refusal;
use contract::time::Timestamp;
use std::borrow::Cow;

/// The languages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    Zh,
    En,
}

/// All the words of one language.
pub(crate) struct Messages {
    /// For `lang` and `Intl`.
    pub(crate) tag: &'static str,
    pub(crate) product: &'static str,
    pub(crate) common: Common,
    pub(crate) sign_in: SignIn,
    pub(crate) overview: Overview,
    pub(crate) step_up: StepUp,
    pub(crate) phone: Phone,
    pub(crate) password: Password,
    pub(crate) devices: Devices,
    pub(crate) not_found: NotFound,
    pub(crate) edition: fn(Edition) -> &'static str,
    /// A moment in the device's time zone.
    pub(crate) moment: fn(&Timestamp) -> String,
    pub(crate) refusal: fn(&Refusal) -> Cow<'static, str>,
    pub(crate) trouble: fn(&Trouble) -> Cow<'static, str>,
}

pub(crate) struct Common {
    pub(crate) loading: &'static str,
    pub(crate) retry: &'static str,
    pub(crate) back: &'static str,
    pub(crate) next: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) home: &'static str,
    pub(crate) lost_title: &'static str,
    pub(crate) lost_lead: &'static str,
    pub(crate) code: &'static str,
    pub(crate) code_hint: fn(u8) -> String,
    pub(crate) send_code: &'static str,
    pub(crate) resend_in: fn(u32) -> String,
    pub(crate) sent_to: fn(&str, &str) -> String,
    pub(crate) code_missing: &'static str,
    pub(crate) phone_missing: &'static str,
    pub(crate) password: &'static str,
    pub(crate) password_missing: &'static str,
    pub(crate) show_password: &'static str,
    pub(crate) confirming: &'static str,
    pub(crate) progress: fn(u8, u8) -> String,
    pub(crate) language: &'static str,
    pub(crate) other_language: &'static str,
}

pub(crate) struct SignIn {
    pub(crate) title: &'static str,
    pub(crate) by_sms: &'static str,
    pub(crate) by_password: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) phone_hint: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) agree: &'static str,
    pub(crate) terms: &'static str,
    pub(crate) and: &'static str,
    pub(crate) privacy: &'static str,
    pub(crate) agree_first: &'static str,
    pub(crate) sms_hint: &'static str,
    pub(crate) forgot_password: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) choose_hint: &'static str,
    pub(crate) personal: &'static str,
    pub(crate) other_number: &'static str,
    pub(crate) other_tab: &'static str,
    pub(crate) untold: &'static str,
}

pub(crate) struct Overview {
    pub(crate) title: &'static str,
    pub(crate) security: &'static str,
    pub(crate) managed: fn(&str) -> String,
    pub(crate) phone: &'static str,
    pub(crate) change_phone: &'static str,
    pub(crate) password: &'static str,
    pub(crate) password_set: &'static str,
    pub(crate) password_not_set: &'static str,
    pub(crate) set_password: &'static str,
    pub(crate) change_password: &'static str,
    pub(crate) devices: &'static str,
    pub(crate) see_devices: &'static str,
    pub(crate) sign_out: &'static str,
}

pub(crate) struct StepUp {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) way: fn(Way) -> &'static str,
    pub(crate) way_hint: fn(Way, &str) -> String,
    pub(crate) sms_title: &'static str,
    pub(crate) sms_lead: fn(&str) -> String,
    pub(crate) sms_risk: &'static str,
    pub(crate) password_title: &'static str,
    pub(crate) password_lead: &'static str,
    pub(crate) other_way: &'static str,
    pub(crate) no_password: &'static str,
    pub(crate) gate_lead: fn(Action) -> &'static str,
}

pub(crate) struct Phone {
    pub(crate) title: &'static str,
    pub(crate) bound: &'static str,
    pub(crate) consequences: [&'static str; 3],
    pub(crate) number_title: &'static str,
    pub(crate) number: &'static str,
    pub(crate) number_hint: &'static str,
    pub(crate) targets_left: fn(u32) -> String,
    pub(crate) code_title: &'static str,
    pub(crate) code_lead: fn(&str) -> String,
    pub(crate) code_only_sms: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) other_number: &'static str,
    pub(crate) done_title: &'static str,
    pub(crate) done_lead: fn(&str) -> String,
    pub(crate) done_facts: [&'static str; 3],
    pub(crate) sign_in: &'static str,
}

pub(crate) struct Password {
    pub(crate) set_title: &'static str,
    pub(crate) change_title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) consequences: [&'static str; 3],
    pub(crate) new_title: &'static str,
    pub(crate) rules: [&'static str; 3],
    pub(crate) example: &'static str,
    pub(crate) new: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) done_title: &'static str,
    pub(crate) done_lead: &'static str,
    pub(crate) done_facts: [&'static str; 3],
    pub(crate) sign_in: &'static str,
}

pub(crate) struct Devices {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) kind: fn(DeviceKind) -> &'static str,
    pub(crate) here: &'static str,
    pub(crate) signed_in: fn(&str, Way) -> String,
    pub(crate) last_seen: fn(&str) -> String,
    pub(crate) end_others: &'static str,
    pub(crate) only_here: &'static str,
    pub(crate) ended: fn(u32) -> String,
}

pub(crate) struct NotFound {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
}

impl Messages {
    /// What to tell a person instead of a reply.
    pub(crate) fn problem(&self, problem: &Problem) -> Cow<'static, str> {
        match problem {
            Problem::Refused { refusal, .. } => (self.refusal)(refusal),
            Problem::Trouble(trouble) => (self.trouble)(trouble),
        }
    }
}

impl Lang {
    pub(crate) fn messages(self) -> &'static Messages {
        match self {
            Self::Zh => &zh::MESSAGES,
            Self::En => &en::MESSAGES,
        }
    }

    /// The one the switch offers.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// Reads a language tag, `zh-Hans-CN` as well as `en`.
    fn of(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next()?;
        if language.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if language.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// Remembers the person's choice for this browser.
    pub(crate) fn remember(self) {
        browser::remember("lang", self.messages().tag);
    }
}

/// The language to begin with: what the host asks for, what was chosen here before, what the
/// browser prefers, Chinese.
pub(crate) fn pick() -> Lang {
    let asked = browser::query("ui_locales").unwrap_or_default();
    let asked = asked.split([' ', '+']).find_map(Lang::of);
    asked
        .or_else(|| Lang::of(&browser::remembered("lang")?))
        .or_else(|| browser::languages().iter().find_map(|tag| Lang::of(tag)))
        .unwrap_or(Lang::Zh)
}

/// A moment as people of that language write it, to the minute, in the device's time zone.
fn moment(tag: &str, at: &Timestamp) -> String {
    let options = js_sys::Object::new();
    for (part, form) in [("month", "long"), ("day", "numeric"), ("hour", "2-digit"), ("minute", "2-digit")] {
        // Setting a member of a fresh object cannot fail.
        let _ok = js_sys::Reflect::set(&options, &part.into(), &form.into());
    }
    js_sys::Date::new(&at.0.as_str().into()).to_locale_string(tag, &options).into()
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn language_tags_are_read_tolerantly() {
        assert_eq!(Lang::of("zh-Hans-CN"), Some(Lang::Zh));
        assert_eq!(Lang::of("ZH"), Some(Lang::Zh));
        assert_eq!(Lang::of("en_US"), Some(Lang::En));
        assert_eq!(Lang::of("fr"), None);
        assert_eq!(Lang::of(""), None);
    }
}
