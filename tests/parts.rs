//! The parts of the app: a file of its own for each screen or two, fetched when the screen is first shown.

use contract::problem::Trouble;
use contract::scan::ScanState;
use e2e::{Answer, Browser, Fault, Lang, Stage, ZH, trouble};
use serde_json::json;
use std::time::Duration;

const PHONE: &str = "13800000001";

/// Every file but the main one; what parts share has a file of its own, or several in a quick build.
const PARTS: [&str; 15] = [
    "home", "wizards", "shared", "chunk", "phone", "wechat", "password", "cancel", "lists", "avatar",
    "console", "scan", "gate", "host", "account",
];

/// Opens the overview of an account with every screen, with its part here.
fn in_overview(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(PHONE);
    browser
}

/// The console says why a part did not come.
fn must_have_said(browser: &Browser<'_>, why: &str) {
    let said = browser.traces();
    assert!(said.iter().any(|line| line.contains(why)), "{why} in {said:?}");
}

/// Begins the wizard whose part is under test.
fn open_phone(browser: &Browser<'_>) {
    browser.link(ZH.overview().change_phone).click();
}

#[test]
fn the_sign_in_fetches_no_part_before_it_is_drawn() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_stand();
    let main = stage.faults().sent("GET", "/assets/menshen_bg-");
    assert_eq!(main, 1);
    for part in PARTS {
        assert_eq!(stage.faults().sent("GET", &format!("/assets/{part}-")), 0, "{part}");
    }
}

#[test]
fn every_screen_comes_with_its_part_at_a_reload() {
    let stage = Stage::behind_proxy();
    let browser = in_overview(&stage);
    let t = browser.t();
    for (path, part, title) in [
        ("/", "home", t.overview().title),
        ("/phone", "phone", t.phone().title),
        ("/wechat", "wechat", t.wechat().change_title),
        ("/password", "password", t.password().change_title),
        ("/cancel", "cancel", t.cancel().title),
        ("/devices", "lists", t.overview().devices),
        ("/history", "lists", t.overview().history),
        ("/activity", "lists", t.overview().activity),
        ("/avatar", "avatar", t.avatar().title),
    ] {
        browser.forget_files();
        let file = format!("/assets/{part}-");
        let before = stage.faults().sent("GET", &file);
        browser.open(path);
        browser.heading(title).must_appear();
        browser.must_stand();
        assert_eq!(stage.faults().sent("GET", &file), before + 1, "{path} comes with {part}");
    }
}

#[test]
fn f_04_a_part_that_is_lost_on_the_way_comes_at_the_next_try() {
    let stage = Stage::behind_proxy();
    let browser = in_overview(&stage);
    stage.faults().always("GET", "/assets/phone-", Fault::CutBefore);
    open_phone(&browser);
    browser.must_warn(ZH.common().part_missing);
    stage.faults().end();
    browser.button(ZH.common().retry).click();
    browser.heading(ZH.phone().title).must_appear();
    must_have_said(&browser, "Failed to fetch");
}

#[test]
fn f_04_a_lost_style_sheet_comes_at_the_next_try() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    stage.faults().always("GET", "/assets/account-", Fault::CutBefore);
    browser.sign_in_by_password(PHONE);
    browser.must_warn(ZH.common().part_missing);
    assert!(!browser.reads(ZH.overview().sign_out), "nothing is drawn without its style");
    stage.faults().end();
    browser.button(ZH.common().retry).click();
    browser.button(ZH.overview().sign_out).must_appear();
    browser
        .must_come_true("return document.querySelector('link[href^=\"/assets/account-\"]').sheet !== null");
    must_have_said(&browser, "/assets/account-");
}

#[test]
fn f_04_a_sheet_the_page_could_not_load_comes_with_the_part() {
    let stage = Stage::behind_proxy();
    let browser = in_overview(&stage);
    browser.forget_files();
    stage.faults().once("GET", "/assets/account-", Fault::Mask(Answer::OTHER_SCRIPT));
    browser.open("/");
    browser.button(ZH.overview().sign_out).must_appear();
    browser
        .must_come_true("return document.querySelector('link[href^=\"/assets/account-\"]').sheet !== null");
    must_have_said(&browser, "integrity");
}

#[test]
fn f_04_a_part_comes_by_itself_once_there_is_a_network() {
    let stage = Stage::behind_proxy();
    let browser = in_overview(&stage);
    browser.unplug(true);
    open_phone(&browser);
    browser.must_warn(trouble(&ZH, Trouble::Offline));
    browser.unplug(false);
    browser.heading(ZH.phone().title).must_appear();
    must_have_said(&browser, "Failed to fetch");
}

#[test]
fn f_03_while_a_part_is_slow_the_screen_says_that_it_loads() {
    let stage = Stage::behind_proxy();
    let browser = in_overview(&stage);
    stage.faults().once("GET", "/assets/phone-", Fault::Hold);
    open_phone(&browser);
    stage.faults().must_hold();
    browser.must_read(ZH.common().loading);
    browser.must_be_at("/phone");
    // Leaving does not wait for it.
    browser.back();
    browser.must_be_in();
    stage.faults().release();
    open_phone(&browser);
    browser.heading(ZH.phone().title).must_appear();
}

#[test]
fn web_07_a_part_that_was_altered_is_not_run() {
    let stage = Stage::behind_proxy();
    let browser = in_overview(&stage);
    stage.faults().always("GET", "/assets/phone-", Fault::Mask(Answer::OTHER_BINARY));
    open_phone(&browser);
    browser.must_warn(ZH.common().part_missing);
    must_have_said(&browser, "integrity");
    stage.faults().end();
    browser.button(ZH.common().retry).click();
    browser.heading(ZH.phone().title).must_appear();
}

#[test]
fn a_row_under_the_pointer_brings_its_part_unless_data_is_saved() {
    let stage = Stage::behind_proxy();
    let browser = in_overview(&stage);
    browser.link(ZH.overview().change_phone).point_at();
    let came =
        "performance.getEntriesByType('resource').some(entry => entry.name.includes('/assets/phone-'))";
    browser.must_come_true(&format!("return {came}"));
    browser.must_be_at("/");
    let saving = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
    browser.must_come_true(&format!("{saving}; return true"));
    browser.link(ZH.overview().change_wechat).point_at();
    browser.open_devices();
    assert_eq!(stage.faults().sent("GET", "/assets/wechat-"), 0);
}

#[test]
fn an_old_tab_gets_the_page_of_the_new_release() {
    let stage = Stage::behind_proxy();
    let browser = in_overview(&stage);
    let gone = Answer { head: "404 Not Found", body: "" };
    stage.faults().always("GET", "/assets/phone-", Fault::Gateway(gone));
    open_phone(&browser);
    let again = || {
        browser.must_warn(ZH.common().part_missing);
        assert_eq!(stage.faults().sent("GET", "/phone"), 0, "the page is not loaded");
        browser.button(ZH.common().retry).click();
    };
    again();
    stage.faults().always("GET", "/api/v1/me", Fault::CutBefore);
    again();
    // The server does not answer: the browser's page of an error would take the place of the app.
    again();
    browser.must_warn(ZH.common().part_missing);
    stage.faults().end();
    stage.faults().once("GET", "/assets/phone-", Fault::Gateway(gone));
    browser.button(ZH.common().retry).click();
    browser.must_warn(ZH.common().part_missing);
    assert_eq!(stage.faults().sent("GET", "/phone"), 1, "the page was loaded, at its address");
    browser.button(ZH.common().retry).click();
    browser.heading(ZH.phone().title).must_appear();
    must_have_said(&browser, "a status of 404");
}

#[test]
fn a_result_whose_part_is_lost_comes_without_an_account_too() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    stage.faults().always("GET", "/assets/phone-", Fault::CutBefore);
    browser.open("/phone/done?change=abc");
    browser.must_warn(ZH.common().part_missing);
    stage.faults().end();
    browser.button(ZH.common().retry).click();
    browser.heading(ZH.account().lost_title).must_appear();
    must_have_said(&browser, "Failed to fetch");
}

#[test]
fn a_part_that_is_here_is_drawn_at_once() {
    let stage = Stage::behind_proxy();
    let browser = in_overview(&stage);
    open_phone(&browser);
    browser.heading(ZH.phone().title).must_appear();
    let _none = browser.run(
        "window.waited = 0;
        new MutationObserver(() => { if (document.querySelector('.waiting')) waited += 1; })
            .observe(document.body, { childList: true, subtree: true });",
        vec![],
    );
    browser.back();
    browser.must_be_in();
    browser.forward();
    browser.heading(ZH.phone().title).must_appear();
    assert_eq!(browser.run("return waited", vec![]), json!(0));
    assert_eq!(stage.faults().sent("GET", "/assets/phone-"), 1);
}

#[test]
fn a_guest_at_any_address_waits_for_no_part() {
    let stage = Stage::behind_proxy();
    for path in ["/", "/phone", "/devices"] {
        let browser = stage.browser();
        stage.faults().once("GET", "/assets/menshen_bg", Fault::Delay(Duration::from_millis(300)));
        browser.forget_files();
        browser.open_early(path);
        browser.field(ZH.sign_in().phone).fill(PHONE);
        browser.must_stand();
        browser.heading(ZH.sign_in().title).must_appear();
        browser.field(ZH.sign_in().phone).must_hold(PHONE);
        for part in PARTS {
            assert_eq!(stage.faults().sent("GET", &format!("/assets/{part}-")), 0, "{path}: {part}");
        }
    }
}

#[test]
fn l1_a_chooser_that_does_not_come_is_asked_for_again() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    stage.faults().always("GET", "/assets/home-", Fault::CutBefore);
    browser.open("/sign-in");
    browser.give_password("13800000009");
    browser.must_warn(ZH.common().part_missing);
    stage.faults().end();
    browser.button(ZH.common().retry).click();
    browser.heading(ZH.chooser().choose).must_appear();
    must_have_said(&browser, "Failed to fetch");
}

#[test]
fn f_15_a_scan_whose_part_is_lost_goes_on_when_it_comes() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    let qr = browser.show_sign_in_qr();
    let phone = stage.wechat("wx-lin");
    let scanned = phone.scan(&qr);
    // The address holds the scan; what draws it and what listens to it are lost.
    browser.forget_files();
    stage.faults().always("GET", "/assets/scan-", Fault::CutBefore);
    browser.reload();
    browser.must_warn(ZH.common().part_missing);
    assert_eq!(scanned.allow(), ScanState::Confirmed);
    stage.faults().end();
    browser.button(ZH.common().retry).click();
    browser.must_enter();
    must_have_said(&browser, "Failed to fetch");
}

#[test]
fn the_first_paint_stays_until_the_part_of_its_screen_is_drawn() {
    for lang in [Lang::Zh, Lang::En] {
        let stage = Stage::behind_proxy();
        let browser = stage.browser_in(lang);
        browser.enter(PHONE);
        browser.forget_files();
        stage.faults().once("GET", "/assets/lists-", Fault::Hold);
        browser.open_early("/devices");
        stage.faults().must_hold();
        browser.must_come_true("return document.querySelector('#boot[data-shell]') !== null");
        browser.heading(browser.t().overview().devices).must_appear();
        stage.faults().release();
        browser.must_stand();
        browser.must_read(browser.t().devices().here);
    }
}

#[test]
fn what_is_typed_before_the_sign_in_is_here_stays_and_leads_in() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    stage.faults().once("GET", "/assets/menshen_bg", Fault::Delay(Duration::from_millis(300)));
    stage.faults().always("GET", "/assets/home-", Fault::CutBefore);
    browser.open_early("/sign-in");
    browser.field(ZH.sign_in().phone).fill(PHONE);
    browser.must_stand();
    browser.field(ZH.sign_in().phone).must_hold(PHONE);
    browser.ask_for_code();
    browser.field(ZH.common().code).fill(&stage.code_to(PHONE));
    browser.agree();
    browser.button(ZH.sign_in().submit).click();
    // Signed in, and the overview did not come at once: nothing has to be typed again.
    browser.must_warn(ZH.common().part_missing);
    stage.faults().end();
    browser.button(ZH.common().retry).click();
    browser.must_be_in();
    must_have_said(&browser, "Failed to fetch");
}
