//! The first paints: for each one and each language, a page of HTML and CSS that is shown
//! while the app loads. The server picks one (`crates/server/src/http/first_paint.rs`); `boot.js`
//! copies what was typed into the app.
//!
//! Elements, classes and ids are those that the app draws, so that nothing moves when it takes
//! over; `tests/shell.rs` compares both. Text fields work; controls that need the app are disabled;
//! data that only the app loads is shown as a placeholder.

use routes::{Named, Paint, Screen};
use words::{CODE_LENGTH, Lang, Messages};

use crate::step::Result;

/// What a first paint puts into the page.
struct Drawn {
    title: &'static str,
    body: String,
}

/// The tag before which the page says what to fetch.
pub(crate) const SCRIPT: &str = "<script type=\"module\"";

/// The part of the app that takes over from a first paint; none where the main file does, or where several may.
fn part(paint: Paint) -> Option<&'static str> {
    match paint {
        Paint::SignIn | Paint::Plain => None,
        Paint::Overview => Some("home"),
        Paint::Devices | Paint::History | Paint::Activity => Some("lists"),
    }
}

/// The first paints made of the app's page, with the names of their files. `account` is the link that a sign-in does
/// not need; `hints` are the elements by which the page asks for a part early.
pub(crate) fn pages(
    page: &str,
    account: &str,
    hints: impl Fn(&str) -> Result<String>,
) -> Result<Vec<(String, String)>> {
    let mut pages = Vec::new();
    for &paint in Paint::ALL {
        for &lang in Lang::ALL {
            // Nothing here tells a moment.
            let t = lang.messages(|_, at| at.0.clone());
            let drawn = draw(paint, lang, &t);
            let title = if drawn.title == t.product {
                escape(t.product)
            } else {
                escape(&format!("{} · {}", drawn.title, t.product))
            };
            let name = paint.name();
            let page = put(page, "<html lang=\"", "\"", lang.tag())?;
            let page = put(&page, "<title>", "</title>", &title)?;
            let hints = part(paint).map(&hints).transpose()?.unwrap_or_default();
            let page = page.replacen(SCRIPT, &[&hints, SCRIPT].concat(), 1);
            let page = if paint == Paint::SignIn { page.replacen(account, "", 1) } else { page };
            let page = put(&page, "<div id=\"boot\"", "</div>", &boot(name, &t, &drawn.body))?;
            pages.push((format!("shell/{name}.{}.html", lang.tag()), page));
        }
    }
    Ok(pages)
}

fn draw(paint: Paint, lang: Lang, t: &Messages) -> Drawn {
    match paint {
        Paint::SignIn => sign_in(lang, t),
        Paint::Overview => overview(lang, t),
        Paint::Devices => devices(lang, t),
        Paint::History => history(lang, t),
        Paint::Activity => activity(lang, t),
        Paint::Plain => plain(t),
    }
}

/// Puts a text between two others, in place of what stands there.
fn put(page: &str, before: &str, after: &str, text: &str) -> Result<String> {
    let missing = || format!("index.html has no `{before}…{after}`, where the first paint belongs");
    let (head, rest) = page.split_once(before).ok_or_else(missing)?;
    let (_, tail) = rest.split_once(after).ok_or_else(missing)?;
    Ok(format!("{head}{before}{text}{after}{tail}"))
}

/// The rest of the tag `<div id="boot"`, and what is in it.
fn boot(name: &str, t: &Messages, body: &str) -> String {
    let loading = escape(t.common().loading);
    format!(
        " data-shell=\"{name}\" aria-busy=\"true\"><p class=\"spoken\" role=\"status\">{loading}</p>{body}"
    )
}

fn sign_in(lang: Lang, t: &Messages) -> Drawn {
    let (s, common) = (t.sign_in(), t.common());
    let number = field("phone", "tel", "tel", s.phone, s.phone_hint, "");
    let send = format!(
        r#"<button type="button" id="send-code" class="button" translate="no" disabled>{}</button>"#,
        escape(common.send_code)
    );
    let hint = (common.code_hint)(u8::try_from(CODE_LENGTH).unwrap_or(u8::MAX));
    let code = field("code", "text", "numeric", common.code, &hint, &send);
    let page = |name: &str, words: &str| {
        let tag = lang.tag();
        format!(r#"<a href="/legal/{name}.{tag}.html" target="_blank" rel="noopener">{}</a>"#, escape(words))
    };
    let body = [
        top(Some(lang), t),
        tight(&format!(
            r#"
            <main class="page sheet" data-page="sign-in">
                <h1 tabindex="-1">{title}</h1>
                <div class="tabs" role="group" aria-label="{title}">
                    <button type="button" aria-pressed="true" disabled>{by_sms}</button>
                    <button type="button" aria-pressed="false" disabled>{by_password}</button>
                    <button type="button" aria-pressed="false" disabled>{by_wechat}</button>
                </div>
                <form novalidate>
                    {number}
                    {code}
                    <p class="sent" role="status"></p>
                    <p class="hint">{sms_hint}</p>
                    <p class="consent">
                        <input type="checkbox" id="agree" autocomplete="off">
                        <span>
                            <label for="agree">{agree}</label>
                            {terms}{and}{privacy}
                        </span>
                    </p>
                    <p class="sent" role="status"></p>
                    <button type="submit" class="button" data-tone="primary" disabled>{submit}</button>
                </form>
            </main>"#,
            title = escape(s.title),
            by_sms = escape(s.by_sms),
            by_password = escape(s.by_password),
            by_wechat = escape(s.by_wechat),
            sms_hint = escape(s.sms_hint),
            agree = escape(s.agree),
            terms = page("terms", s.terms),
            and = escape(s.and),
            privacy = page("privacy", s.privacy),
            submit = escape(s.submit),
        )),
    ];
    Drawn { title: s.title, body: body.concat() }
}

fn overview(lang: Lang, t: &Messages) -> Drawn {
    let o = t.overview();
    let row = |icon: &str, label: &str, value: &str| {
        tight(&format!(
            r#"
            <li class="row">
                {icon}
                <span class="row-label">{label}</span>
                <span class="row-value">{value}</span>
                <span class="row-action">{SHORT}</span>
            </li>"#,
            icon = picture(icon),
            label = escape(label),
        ))
    };
    let main = tight(&format!(
        r#"
        <main class="page" data-page="overview">
            <h1 tabindex="-1">{title}</h1>
            <section class="card person">
                <span class="initial" aria-hidden="true"></span>
                <div>
                    <p class="nickname">{BONE}</p>
                    <p class="hint"><span class="tag">{SHORT}</span></p>
                </div>
                <span class="row-action">{SHORT}</span>
            </section>
            <h2>{security}</h2>
            <ul class="card rows">
                {phone}
                {wechat}
                {password}
                {devices}
                {history}
                {activity}
                {cancel}
            </ul>
            <button type="button" class="button wide" disabled>{sign_out}</button>
        </main>"#,
        title = escape(o.title),
        security = escape(o.security),
        phone = row("Phone", o.phone, BONE),
        wechat = row("Chat", o.wechat, BONE),
        password = row("Lock", o.password, BONE),
        devices = row("Screen", o.devices, &escape(o.devices_hint)),
        history = row("Past", o.history, &escape(o.history_hint)),
        activity = row("Clock", o.activity, &escape(o.activity_hint)),
        cancel = row("Leave", o.cancel, &escape(o.cancel_hint)),
        sign_out = escape(o.sign_out),
    ));
    Drawn { title: o.title, body: top(Some(lang), t) + &signed_in(t, Some(Screen::Overview), &main) }
}

fn devices(lang: Lang, t: &Messages) -> Drawn {
    let d = t.devices();
    let below = tight(&format!(
        r#"
        <p class="sent" role="status"></p>
        <button type="button" class="button wide" aria-describedby="reason" disabled>{end_others}</button>
        <p class="hint" id="reason"></p>
        <h2>{meetings}</h2>
        {WAITING}"#,
        end_others = escape(d.end_others),
        meetings = escape(d.meetings),
    ));
    list(lang, t, Screen::Devices, [t.overview().devices, d.lead], ["", &below])
}

fn history(lang: Lang, t: &Messages) -> Drawn {
    let h = t.history();
    let menu = format!(
        r#"<button type="button" class="button dots" popovertarget="history-menu" aria-label="{menu}" disabled>···</button>"#,
        menu = escape(h.menu)
    );
    list(lang, t, Screen::History, [t.overview().history, h.lead], [&menu, ""])
}

fn activity(lang: Lang, t: &Messages) -> Drawn {
    let a = t.activity();
    let below = tight(&format!(
        r#"
        <p class="sent" role="status"></p>
        <button type="button" class="button wide" data-tone="danger" aria-describedby="not-me" disabled>{not_me}</button>
        <p class="hint" id="not-me">{hint}</p>"#,
        not_me = escape(a.not_me),
        hint = escape(a.not_me_hint),
    ));
    list(lang, t, Screen::Activity, [t.overview().activity, a.lead], ["", &below])
}

/// A screen that reads a list; what stands above its lead and below the list is its own.
fn list(
    lang: Lang,
    t: &Messages,
    screen: Screen,
    [title, lead]: [&'static str; 2],
    [above, below]: [&str; 2],
) -> Drawn {
    let main = tight(&format!(
        r#"
        <main class="page" data-page="{name}">
            <h1 tabindex="-1">{heading}</h1>
            {above}
            <p>{lead}</p>
            {WAITING}
            {below}
            <a class="link" href="{up}">{back}{home}</a>
        </main>"#,
        name = screen.path().trim_start_matches('/'),
        heading = escape(title),
        up = Screen::Overview.path(),
        lead = escape(lead),
        back = picture("Back"),
        home = escape(t.common().home),
    ));
    Drawn { title, body: top(Some(lang), t) + &signed_in(t, Some(screen), &main) }
}

/// A step of a wizard, whichever.
fn plain(t: &Messages) -> Drawn {
    let main = tight(&format!(
        r#"
        <main class="page sheet">
            <p>{BONE}</p>
            <p>{LONG}</p>
            <p>{LONG}</p>
            <p>{BONE}</p>
        </main>"#
    ));
    Drawn { title: t.product, body: top(None, t) + &signed_in(t, None, &main) }
}

/// `load::waiting`, for what a list will be.
const WAITING: &str = "<div class=\"waiting\"><div class=\"bar\"></div><div class=\"bar\"></div><div class=\"bar\"></div></div>";
/// In place of a few words.
const BONE: &str = "<span class=\"bone\"></span>";
/// In place of one word.
const SHORT: &str = "<span class=\"bone\" data-short></span>";
/// In place of a line.
const LONG: &str = "<span class=\"bone\" data-long></span>";

/// `screen::frame::Top`, with the other language where it can be chosen.
fn top(lang: Option<Lang>, t: &Messages) -> String {
    let switch = lang.map_or_else(String::new, |lang| {
        let (tag, other) = (lang.next().tag(), escape(lang.next().name()));
        format!(r#"<button type="button" class="link" id="language" lang="{tag}" disabled>{other}</button>"#)
    });
    let (mark, brand) = (picture("Mark"), escape(t.common().brand));
    format!(r#"<header class="top"><span class="brand">{mark}{brand}</span>{switch}</header>"#)
}

/// `screen::signed_in::SignedIn`.
fn signed_in(t: &Messages, here: Option<Screen>, main: &str) -> String {
    let place = |screen: Screen, icon: &str, title: &str| {
        let current = if here == Some(screen) { " aria-current=\"page\"" } else { "" };
        let (path, icon, title) = (screen.path(), picture(icon), escape(title));
        format!(r#"<a class="place" href="{path}"{current}>{icon}{title}</a>"#)
    };
    tight(&format!(
        r#"
        <div class="signed-in">
            <nav class="side" aria-label="{menu}">
                {overview}
                {devices}
                {history}
                {activity}
            </nav>
            <div>{main}</div>
        </div>"#,
        menu = escape(t.account().menu),
        overview = place(Screen::Overview, "Shield", t.overview().title),
        devices = place(Screen::Devices, "Screen", t.overview().devices),
        history = place(Screen::History, "Past", t.overview().history),
        activity = place(Screen::Activity, "Clock", t.overview().activity),
    ))
}

/// `ui::field::Field`.
fn field(id: &str, kind: &str, keyboard: &str, label: &str, hint: &str, button: &str) -> String {
    tight(&format!(
        r#"
        <div class="field">
            <label for="{id}">{label}</label>
            <div class="field-row">
                <input id="{id}" name="{id}" type="{kind}" inputmode="{keyboard}" autocomplete="off" autocapitalize="off" spellcheck="false" autocorrect="off" aria-describedby="{id}-hint">
                {button}
            </div>
            <p class="hint" id="{id}-hint">{hint}</p>
        </div>"#,
        label = escape(label),
        hint = escape(hint),
    ))
}

/// `ui::icon::Picture`. The lines are read off the app's own table, so that there is one.
fn picture(name: &str) -> String {
    const TABLE: &str = include_str!("../../../src/ui/icon.rs");
    let lines = TABLE
        .split_once(&format!("const {}: Self =", name.to_uppercase()))
        .and_then(|(_, rest)| rest.split('"').nth(1))
        .unwrap_or_else(|| panic!("src/ui/icon.rs draws no {name}"));
    let size = if name == "Mark" { 32 } else { 24 };
    format!(r#"<svg viewBox="0 0 {size} {size}" aria-hidden="true"><path d="{lines}"></path></svg>"#)
}

/// Without the line breaks and indentation of the templates here: the app draws no space between
/// elements either. What may begin or end with a space must not stand at the edge of a line.
fn tight(html: &str) -> String {
    html.lines().map(str::trim).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_hints(_: &str) -> Result<String> {
        Ok(String::new())
    }

    const PAGE: &str = "<html lang=\"zh-CN\"><title>x</title><div id=\"boot\">\n<p>x</p>\n</div></body>";

    #[test]
    fn there_is_a_page_for_every_screen_and_language() {
        let pages = pages(PAGE, "", no_hints).expect("the page has its places");
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            Paint::NAMES
                .iter()
                .flat_map(|name| [format!("shell/{name}.zh-CN.html"), format!("shell/{name}.en.html")])
                .collect::<Vec<_>>()
        );
        let (_, english) = &pages[3];
        assert!(english.starts_with("<html lang=\"en\"><title>Account &amp; security</title>"), "{english}");
        assert!(
            english.contains("<div id=\"boot\" data-shell=\"overview\" aria-busy=\"true\">"),
            "{english}"
        );
        assert!(english.ends_with("</div></body>"), "{english}");
    }

    #[test]
    fn nothing_can_be_pressed_or_sent_before_the_app_is_there() {
        for (name, page) in pages(PAGE, "", no_hints).expect("the page has its places") {
            let buttons = page.matches("<button").count();
            assert_eq!(buttons, page.matches(" disabled>").count(), "{name}");
            for wrong in [" action=", "password\"", "<style", " style="] {
                assert!(!page.contains(wrong), "{name}: {wrong}");
            }
        }
    }

    #[test]
    fn a_page_asks_early_for_what_its_screen_needs() {
        let page = PAGE.replace("<div", "<p>account</p><script type=\"module\"></script><div");
        let pages = pages(&page, "<p>account</p>", |part| Ok(format!("<link href=\"{part}\">")))
            .expect("the page has its places");
        for (name, page) in pages {
            let asked: Vec<&str> =
                page.split("<link href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let expected = match name.split(['/', '.']).nth(1) {
                Some("overview") => vec!["home"],
                Some("devices" | "history" | "activity") => vec!["lists"],
                _ => vec![],
            };
            assert_eq!(asked, expected, "{name}");
            let is_for_guests = name.starts_with("shell/sign-in.");
            assert_eq!(page.contains("<p>account</p>"), !is_for_guests, "{name}");
        }
    }

    #[test]
    fn a_page_without_a_place_for_it_is_told() {
        let why =
            pages("<html lang=\"zh-CN\"><title>x</title>", "", no_hints).expect_err("there is no #boot");
        assert!(why.contains("id=\"boot\""), "{why}");
    }
}
