//! Checks of every view of the tours, in both languages: axe-core reports nothing, and nothing overflows
//! on a narrow screen, with large text, or with longer words (Chromium).

use e2e::tour::{self, View};
use e2e::{Axe, Browser, Lang, Look, Stage, Theme, ZH};

/// A wide screen and a phone; one theme each, for colors do not depend on the width.
const LOOKS: [(u32, Theme); 2] = [(1280, Theme::Light), (390, Theme::Dark)];

/// The narrowest screen there is.
const NARROW: u32 = 320;
/// A common phone, held by somebody who needs text twice as large.
const PHONE: u32 = 360;
/// How much longer than English other languages are.
const LONGER: f32 = 1.6;

/// Everything that is wrong in all views of a language, each told with its view.
fn complaints(lang: Lang) -> Vec<String> {
    let stage = Stage::behind_proxy();
    let browser = stage.browser_in(lang);
    let axe = Axe::pinned();
    let mut complaints = Vec::new();
    tour::go(
        &browser,
        |_| true,
        |View { screen, state }| {
            for (what, lines) in look_at(&browser, &axe) {
                complaints.extend(lines.into_iter().map(|line| format!("{screen}/{state} {what}: {line}")));
            }
            browser.look_as_before();
        },
    );
    complaints
}

fn look_at(browser: &Browser<'_>, axe: &Axe) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (width, theme) in LOOKS {
        browser.look(Look::new(width, theme));
        let violations = axe.violations(browser).unwrap_or_else(|why| panic!("{why}"));
        found.push((format!("{width} {}", theme.name()), violations));
    }
    found.push((format!("at {NARROW}"), browser.misfits(NARROW)));
    if browser.lang() == Lang::En {
        let misfits = browser.misfits_of_longer_words(LONGER);
        found.push((format!("at {NARROW} with words {LONGER} times as long"), misfits));
    }
    found.push((format!("at {PHONE} with text twice as large"), browser.misfits_of_larger_text(PHONE, 2)));
    found
}

#[test]
fn every_view_in_chinese_is_accessible_and_fits() {
    let complaints = complaints(Lang::Zh);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_view_in_english_is_accessible_and_fits() {
    let complaints = complaints(Lang::En);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn in_the_colors_of_the_system_buttons_and_pictures_are_seen() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.force_colors(true);
    browser.open("/sign-in");
    browser.must_come_true(
        "const style = it => getComputedStyle(document.querySelector(it));
        const [way_on, ground] = [style('.button[data-tone=primary]'), style('main')];
        return matchMedia('(forced-colors: active)').matches
            && way_on.backgroundColor !== ground.backgroundColor && way_on.color !== way_on.backgroundColor",
    );
    browser.enter("13800000001");
    let lost = browser.run(
        "return [...document.querySelectorAll('svg')].filter(it => it.checkVisibility()).filter(it => {
            const [own, around] = [getComputedStyle(it), getComputedStyle(it.parentElement)];
            return own.color !== around.color || own.backgroundColor !== 'rgba(0, 0, 0, 0)';
        }).map(it => it.parentElement.className)",
        vec![],
    );
    assert_eq!(lost, serde_json::json!([]));
}

#[test]
fn what_is_not_accessible_is_found() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.heading(ZH.sign_in().title).must_appear();
    let axe = Axe::pinned();
    assert_eq!(axe.violations(&browser), Ok(vec![]));
    let spoil = "document.querySelector('main').append(document.createElement('button'))";
    assert!(browser.run(spoil, vec![]).is_null());
    let found = axe.violations(&browser).expect("axe runs");
    assert!(found.len() == 1 && found[0].starts_with("button-name"), "{found:?}");
}

#[test]
fn what_does_not_fit_is_found() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.heading(ZH.sign_in().title).must_appear();
    assert_eq!(browser.misfits(NARROW), Vec::<String>::new());
    for (property, value, complaint) in [
        ("width", "20rem", "the page is"),
        ("width", "2rem", "wider than its box"),
        ("height", "0.5rem", "higher than its box"),
    ] {
        let spoil = "const h1 = document.querySelector('h1'); h1.textContent = 'Fundamentally';
            h1.style.setProperty(arguments[0], arguments[1])";
        assert!(browser.run(spoil, vec![property.into(), value.into()]).is_null());
        let found = browser.misfits(NARROW);
        assert!(found.iter().any(|line| line.starts_with(complaint)), "{property}: {value} gives {found:?}");
        let mend = "document.querySelector('h1').style.removeProperty(arguments[0])";
        assert!(browser.run(mend, vec![property.into()]).is_null());
    }
}

#[test]
fn longer_words_are_tried_and_taken_back() {
    let stage = Stage::new();
    let browser = stage.browser_in(Lang::En);
    browser.open("/sign-in");
    browser.heading(browser.t().sign_in().title).must_appear();
    let nowrap = "const h1 = document.querySelector('h1'); h1.textContent = 'One short line';
        h1.style.setProperty('white-space', 'nowrap')";
    assert!(browser.run(nowrap, vec![]).is_null());
    assert_eq!(browser.misfits(NARROW), Vec::<String>::new());
    let found = browser.misfits_of_longer_words(LONGER);
    assert!(found.iter().any(|line| line.contains(": h1")), "{found:?}");
    assert!(browser.reads("One short line"));
}

#[test]
fn a_check_that_cannot_run_is_a_failure() {
    let stage = Stage::new();
    let browser = stage.browser();
    for (script, why) in [
        ("", "axe cannot be run: ReferenceError"),
        ("this is no script", "axe cannot be loaded"),
        ("throw new Error('torn')", "axe cannot be loaded"),
        ("window.axe = { run: async () => { throw new Error('stuck') } }", "axe cannot be run: Error: stuck"),
        (
            "window.axe = { run: async () => ({ passes: [], violations: [] }) }",
            "axe found nothing to look at",
        ),
    ] {
        browser.open("/sign-in");
        let error = Axe::from_script(script).violations(&browser).expect_err(script);
        assert!(error.starts_with(why), "`{script}` gives: {error}");
    }
}
