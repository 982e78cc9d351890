//! The way to a new number without a mouse: by the keyboard alone, and by touch on a phone.
//!
//! After every step the focus is on its heading, and at every tab stop the focus is visible (`tab_to`
//! checks it).

use contract::account::Way;
use contract::refusal::Refusal;
use e2e::{Browser, Key, PASSWORD, Stage, ZH};

const OLD: &str = "13800000001";
const NEW: &str = "13911110001";

/// Enter on what Tab leads to.
fn enter_on_button(browser: &Browser<'_>, name: &str) {
    browser.tab_to(&browser.button(name));
    browser.press(Key::Enter);
}

/// Typed where Tab leads to, and sent by Enter.
fn type_into(browser: &Browser<'_>, label: &str, text: &str) {
    browser.tab_to(&browser.field(label));
    browser.type_keys(text);
    browser.field(label).must_hold(text);
}

#[test]
fn p1_the_phone_is_rebound_by_keyboard_alone() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    enter_on_button(&browser, ZH.sign_in().by_password);
    type_into(&browser, ZH.sign_in().phone, OLD);
    type_into(&browser, ZH.common().password, PASSWORD);
    browser.tab_to(&browser.checkbox(ZH.sign_in().agree));
    browser.press(Key::Space);
    enter_on_button(&browser, ZH.sign_in().submit);
    browser.heading(ZH.overview().title).must_have_focus();
    browser.tab_to(&browser.link(ZH.overview().change_phone));
    browser.press(Key::Enter);
    browser.heading(ZH.phone().title).must_have_focus();
    enter_on_button(&browser, ZH.phone().title);
    browser.heading(ZH.step_up().title).must_have_focus();
    browser.tab_to(&browser.button_with((ZH.step_up().way)(Way::Sms)));
    browser.press(Key::Enter);
    browser.heading(ZH.step_up().sms_title).must_have_focus();
    enter_on_button(&browser, ZH.common().send_code);
    browser.must_read_where_the_code_went();
    browser.field(ZH.common().code).must_have_focus();
    browser.type_keys(&stage.code_to(OLD));
    browser.press(Key::Enter);
    browser.heading(ZH.phone().number_title).must_have_focus();
    type_into(&browser, ZH.phone().number, NEW);
    browser.press(Key::Enter);
    browser.heading(ZH.phone().code_title).must_have_focus();
    type_into(&browser, ZH.common().code, &stage.code_to(NEW));
    browser.press(Key::Enter);
    browser.heading(ZH.phone().done_title).must_have_focus();
    browser.tab_to(&browser.link(ZH.phone().sign_in));
    browser.press(Key::Enter);
    browser.heading(ZH.sign_in().title).must_have_focus();
}

#[test]
fn p1_the_phone_is_rebound_by_touch() {
    let stage = Stage::new();
    let browser = stage.phone();
    browser.open("/sign-in");
    browser.button(ZH.sign_in().by_password).tap();
    browser.field(ZH.sign_in().phone).tap();
    browser.type_keys(OLD);
    browser.field(ZH.common().password).tap();
    browser.type_keys(PASSWORD);
    browser.checkbox(ZH.sign_in().agree).tap();
    browser.button(ZH.sign_in().submit).tap();
    browser.must_be_in();
    browser.link(ZH.overview().change_phone).tap();
    browser.button(ZH.phone().title).tap();
    browser.button_with((ZH.step_up().way)(Way::Sms)).tap();
    browser.button(ZH.common().send_code).tap();
    browser.must_read_where_the_code_went();
    browser.field(ZH.common().code).tap();
    browser.type_keys(&stage.code_to(OLD));
    browser.button(ZH.account().next).tap();
    browser.field(ZH.phone().number).tap();
    browser.type_keys(NEW);
    browser.button(ZH.common().send_code).tap();
    browser.heading(ZH.phone().code_title).must_appear();
    browser.field(ZH.common().code).tap();
    browser.type_keys(&stage.code_to(NEW));
    browser.button(ZH.phone().submit).tap();
    browser.heading(ZH.phone().done_title).must_appear();
    browser.must_fit_the_screen();
    browser.link(ZH.phone().sign_in).tap();
    browser.heading(ZH.sign_in().title).must_appear();
}

#[test]
fn w1_the_wechat_is_replaced_by_keyboard_alone() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    enter_on_button(&browser, ZH.sign_in().by_wechat);
    enter_on_button(&browser, ZH.sign_in().wechat_show);
    browser.must_warn(ZH.sign_in().agree_first);
    browser.checkbox(ZH.sign_in().agree).must_have_focus();
    browser.press(Key::Space);
    browser.tab_to(&browser.button(ZH.sign_in().wechat_show));
    browser.press(Key::Enter);
    let consent = stage.wechat("wx-lin").scan(&browser.read_qr());
    browser.must_match(&consent);
    consent.deny();
    browser.must_warn(ZH.refusal(&Refusal::WechatDenied));
    browser.tab_to(&browser.button(ZH.scan().again));
    browser.press(Key::Enter);
    browser.scan_with("wx-lin");
    browser.heading(ZH.chooser().confirm).must_have_focus();
    browser.tab_to(&browser.button_with(ZH.chooser().personal));
    browser.press(Key::Enter);
    browser.heading(ZH.overview().title).must_have_focus();
    browser.tab_to(&browser.link(ZH.overview().change_wechat));
    browser.press(Key::Enter);
    browser.heading(ZH.wechat().change_title).must_have_focus();
    enter_on_button(&browser, ZH.wechat().change_title);
    browser.heading(ZH.step_up().title).must_have_focus();
    browser.tab_to(&browser.button_with((ZH.wechat().way)(Way::Wechat)));
    browser.press(Key::Enter);
    browser.heading(ZH.step_up().wechat_title).must_have_focus();
    browser.scan_with("wx-lin");
    browser.heading(ZH.wechat().new_title).must_have_focus();
    enter_on_button(&browser, ZH.wechat().go);
    browser.scan_with("wx-new");
    browser.heading(ZH.wechat().confirm_title).must_have_focus();
    enter_on_button(&browser, ZH.wechat().submit);
    browser.heading(ZH.wechat().changed_title).must_have_focus();
    browser.tab_to(&browser.link(ZH.common().home));
    browser.press(Key::Enter);
    browser.heading(ZH.overview().title).must_have_focus();
}

#[test]
fn w8_the_wechat_signs_in_by_touch() {
    let stage = Stage::new();
    let browser = stage.phone();
    browser.open("/sign-in");
    browser.button(ZH.sign_in().by_wechat).tap();
    browser.checkbox(ZH.sign_in().agree).tap();
    browser.button(ZH.sign_in().wechat_show).tap();
    browser.scan_with("wx-lin");
    browser.button_with(ZH.chooser().personal).tap();
    browser.must_be_in();
    browser.must_fit_the_screen();
}

#[test]
fn g1_the_gate_keeps_the_keyboard_and_gives_it_back() {
    let stage = Stage::new();
    stage.browser().enter(OLD);
    let browser = stage.browser();
    browser.enter(OLD);
    browser.open_devices();
    enter_on_button(&browser, ZH.devices().end_others);
    browser.must_have_focus_on(ZH.step_up().title);
    browser.tab_to(&browser.button(ZH.account().cancel));
    browser.press(Key::Tab);
    let inside = "return document.activeElement === document.body
        || document.activeElement.closest('dialog') !== null";
    assert_eq!(browser.run(inside, vec![]), true, "Tab has left the dialog");
    browser.press_escape();
    browser.button(ZH.devices().end_others).must_have_focus();
}
