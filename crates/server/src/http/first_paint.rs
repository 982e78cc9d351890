//! Chooses the first paint of a screen: a page that `cargo xtask dist` has made for each language, shown
//! until the app has loaded.
//!
//! The choice depends on the request alone, never on the database: the cookie of an ended session shows the
//! frame of the overview for a moment, without personal data.

use crate::http::{cookie, header};
use ::words::{LANG_COOKIE, Lang};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, Uri};
use routes::{Named, Page, Paint, Screen};

/// The headers that the choice depends on.
pub(crate) const VARY: &str = "Accept-Encoding, Accept-Language, Cookie";

/// The first paint of a screen; none if the path is not a screen. On a shared device it is that of no screen, for the
/// app shows none before what ends the visit is there.
pub(crate) fn file(uri: &Uri, headers: &HeaderMap, is_shared: bool) -> Option<Uri> {
    let name = name(uri.path(), uri.query().unwrap_or_default(), cookie::has_session(headers))?;
    let name = if is_shared { Paint::Plain.name() } else { name };
    Uri::try_from(format!("/shell/{name}.{}.html", lang(uri, headers).tag())).ok()
}

/// Whether the app has a screen at a path.
pub(crate) fn is_screen(path: &str) -> bool {
    Page::at(path).is_some()
}

/// The screen that the app will most likely draw first.
fn name(path: &str, query: &str, signed_in: bool) -> Option<&'static str> {
    let page = Page::at(path)?;
    // Deep links of hosts are at the root.
    let leads_on =
        page.screen == Screen::Overview && query.split('&').any(|pair| pair.starts_with("action="));
    // The app takes the paint of the sign-in as the answer that nobody is signed in (`first_paint_is_for_guests`).
    let paint = if !signed_in && (page.needs_session || page.screen == Screen::SignIn) {
        Paint::SignIn
    } else if leads_on || page.screen == Screen::SignIn {
        Paint::Plain
    } else {
        page.paint
    };
    Some(paint.name())
}

/// The language that the app will choose.
pub(crate) fn lang(uri: &Uri, headers: &HeaderMap) -> Lang {
    let query = uri.query().unwrap_or_default();
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("ui_locales=")).unwrap_or_default();
    let accepted = header::list(headers, ACCEPT_LANGUAGE).into_iter().filter_map(header::ascii);
    Lang::pick(&asked.replace("%20", " "), header::cookie(headers, LANG_COOKIE), by_preference(accepted))
}

/// The tags of an `Accept-Language`, preferred ones first: `en;q=0.5`, `zh` as `zh`, `en`.
fn by_preference<'h>(accepted: impl Iterator<Item = &'h str>) -> Vec<&'h str> {
    let weighed = accepted.map(|part| {
        let (tag, parameter) = part.split_once(';').unwrap_or((part, ""));
        let weight = parameter.trim().strip_prefix("q=").and_then(|q| q.parse().ok());
        (tag.trim(), weight.unwrap_or(1.0_f32))
    });
    let mut weighed: Vec<_> = weighed.filter(|(_, weight)| *weight > 0.0).collect();
    // Stable: equal weights keep their order.
    weighed.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    weighed.into_iter().map(|(tag, _)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::{by_preference, name};

    #[test]
    fn languages_are_read_by_weight() {
        for (accepted, tags) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", &["zh-CN", "zh", "en"][..]),
            ("zh;q=0.5, en", &["en", "zh"]),
            ("en;q=0, zh;q=0.1", &["zh"]),
            ("fr;q=x", &["fr"]),
            ("en;q=NaN, zh", &["zh"]),
        ] {
            assert_eq!(by_preference(accepted.split(',')), tags, "{accepted}");
        }
    }

    #[test]
    fn every_screen_has_a_first_paint_and_nothing_else_has() {
        for (path, guest, signed_in) in [
            ("/", Some("sign-in"), Some("overview")),
            ("/sign-in", Some("sign-in"), Some("plain")),
            ("/phone", Some("sign-in"), Some("plain")),
            ("/password/new", Some("sign-in"), Some("plain")),
            ("/devices", Some("sign-in"), Some("devices")),
            ("/enterprise/users", Some("sign-in"), Some("plain")),
            ("/phone/done", Some("plain"), Some("plain")),
            ("/phone/nope", None, None),
            ("/phones", None, None),
            ("/enterprise", None, None),
            ("/nope", None, None),
        ] {
            assert_eq!((name(path, "", false), name(path, "", true)), (guest, signed_in), "{path}");
        }
        assert_eq!(name("/", "ui_locales=en&action=phone", true), Some("plain"));
        assert_eq!(name("/", "transaction=1", true), Some("overview"));
    }
}
