//! Past meetings on every device, or only where they were held (H1–H3).

use contract::account::DeviceKind;
use contract::problem::Trouble;
use contract::refusal::Refusal;
use e2e::{Browser, Fault, Meet, Stage, ZH, trouble};

const ONE: &str = "13800000001";
const SWITCH: &str = "/api/v1/history/sync";

/// The desktop client's webview on Windows, at the history.
fn on_windows(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.open(&format!("/sign-in?host_code={}", stage.desktop_host_code()));
    browser.must_have_sent("/api/v1/surface", 1);
    browser.give_password(ONE);
    browser.must_be_in();
    look_back(&browser);
    browser
}

/// A browser, at the history.
fn on_the_web(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(ONE);
    look_back(&browser);
    browser
}

fn look_back(browser: &Browser<'_>) {
    browser.link(ZH.overview().see_history).click();
    browser.heading(ZH.overview().history).must_appear();
    browser.must_come_true("return !document.querySelector('.waiting')");
}

/// Marks of the meetings listed: everywhere, and only here.
fn listed(browser: &Browser<'_>) -> [usize; 2] {
    let script = "return ['[data-synced]', ':not([data-synced])']
        .map(kind => document.querySelectorAll('.past' + kind).length)";
    serde_json::from_value(browser.run(script, vec![])).expect("two numbers")
}

/// Opens the menu, puts the switch, and leaves the menu.
fn put_switch(browser: &Browser<'_>) {
    browser.button(ZH.history().menu).click();
    browser.checkbox(ZH.history().sync).click();
}

/// A meeting of account 1 on Windows that is over.
fn meet_on_windows(stage: &Stage) {
    stage.meet(ONE, DeviceKind::Windows, false, Meet::Start);
    stage.advance(1800);
    stage.meet(ONE, DeviceKind::Windows, false, Meet::End);
}

#[test]
fn h1_what_ended_before_the_switch_is_not_on_other_devices() {
    let stage = Stage::new();
    let browser = on_the_web(&stage);
    let [synced, only_here] = listed(&browser);
    // Ten are over; four of them before the switch, and on other devices.
    assert_eq!((synced, only_here), (6, 0));
    for there in ["项目站会", "版本发布会"] {
        browser.must_read(there);
    }
    for gone in ["年度计划讨论", "全员大会"] {
        assert!(!browser.reads(gone), "{gone}");
    }
}

#[test]
fn h1_h2_only_what_ends_while_it_is_on_is_on_every_device() {
    let stage = Stage::new();
    stage.meet(ONE, DeviceKind::Windows, true, Meet::End);
    let (web, windows) = (on_the_web(&stage), on_windows(&stage));
    assert_eq!((listed(&web), listed(&windows)), ([7, 0], [7, 0]));
    put_switch(&web);
    web.must_read(ZH.history().off);
    meet_on_windows(&stage);
    web.reload();
    windows.reload();
    windows.must_read(ZH.history().only_here);
    assert_eq!(listed(&windows), [7, 1], "what was synced stays (H2)");
    web.must_come_true("return document.querySelectorAll('.past').length === 7");
    windows.must_come_true("return document.querySelector('#sync').checked === false");
    put_switch(&windows);
    windows.must_read(ZH.history().on);
    meet_on_windows(&stage);
    windows.reload();
    windows.must_come_true("return document.querySelectorAll('.past').length === 9");
    assert_eq!(listed(&windows), [8, 1], "what was here alone stays so");
    web.reload();
    web.must_come_true("return document.querySelectorAll('.past').length === 8");
}

#[test]
fn h2_a_switch_that_could_not_be_put_goes_back_and_says_why() {
    let stage = Stage::behind_proxy();
    let browser = on_the_web(&stage);
    stage.faults().once("POST", SWITCH, Fault::Hold);
    put_switch(&browser);
    // At once, before the server has said anything.
    browser.must_come_true("return document.querySelector('#sync').checked === false");
    stage.faults().must_hold();
    stage.faults().cut();
    browser.must_warn(trouble(&ZH, Trouble::Timeout));
    browser.must_come_true("return document.querySelector('#sync').checked === true");
    // Named in docs/rules.md, §2.
    browser.checkbox("开启同步历史会议").click();
    browser.must_read(ZH.history().off);
    browser.reload();
    browser.must_come_true("return document.querySelector('#sync').checked === false");
}

#[test]
fn h1_the_menu_says_what_the_switch_does_and_closes_by_esc() {
    let stage = Stage::new();
    let browser = on_the_web(&stage);
    browser.button(ZH.history().menu).click();
    // The two sentences of the help page (H1, H2).
    for sentence in [
        "仅对开启后结束的会议进行多端同步；开启前的会议记录保留在各自的设备上。",
        "关闭后，新的会议记录只保存在各自的设备上",
    ] {
        browser.must_read(sentence);
    }
    browser.press_escape();
    browser.must_come_true("return !document.querySelector('.menu:popover-open')");
    browser.button(ZH.history().menu).must_have_focus();
}

#[test]
fn h3_a_shared_device_shows_none_of_it() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.give_password(ONE);
    browser.must_be_in();
    browser.open("/history");
    browser.must_warn(ZH.refusal(&Refusal::NotOnKiosk));
    browser.must_come_true("return document.querySelectorAll('.past').length === 0");
}
