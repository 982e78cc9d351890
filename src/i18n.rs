//! The language of the app and the formatting of dates. The texts are in the crate `words`; this
//! module reads the browser's preferred languages and formats dates with `Intl`.

use crate::browser::clock;
use crate::browser::{self, Keep};
use contract::time::Timestamp;
use words::LANG_COOKIE;
pub(crate) use words::{Lang, Messages, Occasion};

/// The words of a language.
pub(crate) fn messages(lang: Lang) -> &'static Messages {
    static ZH: Messages = Lang::Zh.messages(moment);
    static EN: Messages = Lang::En.messages(moment);
    match lang {
        Lang::Zh => &ZH,
        Lang::En => &EN,
    }
}

/// The first language.
pub(crate) fn pick() -> Lang {
    let asked = browser::query("ui_locales").unwrap_or_default();
    let chosen = browser::cookie(LANG_COOKIE);
    let preferred = browser::languages();
    Lang::pick(&asked, chosen.as_deref(), preferred.iter().map(String::as_str))
}

/// Stores the user's choice in a cookie, which the server reads too.
pub(crate) fn remember(lang: Lang) {
    browser::set_cookie(LANG_COOKIE, lang.tag(), Keep::Year);
}

/// How long ago a moment was, as people of that language say it, to the minute, hour or day.
pub(crate) fn ago(words: &Messages, at: &Timestamp) -> String {
    let (now, at) = (clock::now(), date(at));
    let minutes = (now.get_time() - at.get_time()) / 60_000.0;
    let (passed, unit) = match minutes {
        minutes if minutes < 1.0 => return words.account().just_now.to_owned(),
        minutes if minutes < 60.0 => (minutes, "minute"),
        minutes if minutes < 24.0 * 60.0 => (minutes / 60.0, "hour"),
        // Yesterday is the day before this one, not so many hours ago (B14).
        _ => (local_day(&now) - local_day(&at), "day"),
    };
    let options = js_sys::Object::new();
    // Says `yesterday` where the language has a word. Setting a member of a fresh object cannot fail.
    let _ok = js_sys::Reflect::set(&options, &"numeric".into(), &"auto".into());
    // The server tells its time to the second: nothing was used in the future.
    let passed = passed.floor().max(0.0);
    js_sys::Intl::RelativeTimeFormat::new(&js_sys::Array::of1(&words.tag.into()), &options)
        .format(-passed, unit)
        .into()
}

/// The day of a moment as people of that language write it, in the device's time zone.
pub(crate) fn day(tag: &str, at: &Timestamp) -> String {
    let options = js_sys::Object::new();
    // Setting a member of a fresh object cannot fail.
    let _ok = js_sys::Reflect::set(&options, &"dateStyle".into(), &"medium".into());
    date(at).to_locale_date_string(tag, &options).into()
}

/// Whole minutes from one moment to a later one, otherwise 0.
pub(crate) fn minutes(from: &Timestamp, to: &Timestamp) -> u32 {
    ((js_sys::Date::parse(&to.0) - js_sys::Date::parse(&from.0)) / 60_000.0) as u32
}

/// A moment as people of that language write it, to the minute, in the device's time zone.
fn moment(tag: &str, at: &Timestamp) -> String {
    let options = js_sys::Object::new();
    let at = date(at);
    let set = |part: &str, form: &str| {
        // Setting a member of a fresh object cannot fail.
        let _ok = js_sys::Reflect::set(&options, &part.into(), &form.into());
    };
    // With the year, if it is another one (B18).
    if at.get_full_year() != clock::now().get_full_year() {
        set("year", "numeric");
    }
    for (part, form) in [("month", "long"), ("day", "numeric"), ("hour", "numeric"), ("minute", "2-digit")] {
        set(part, form);
    }
    at.to_locale_string(tag, &options).into()
}

fn date(at: &Timestamp) -> js_sys::Date {
    js_sys::Date::new(&at.0.as_str().into())
}

/// The number of its day, in the device's time zone.
fn local_day(date: &js_sys::Date) -> f64 {
    ((date.get_time() / 60_000.0 - date.get_timezone_offset()) / (24.0 * 60.0)).floor()
}
