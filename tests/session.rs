//! The screen when the session ends, belongs to another account, or is signed out (G7, SES-07).

use contract::account::Way;
use contract::problem::Trouble;
use contract::refusal::{Refusal, SessionEnd};
use e2e::{Answer, Browser, EN, Fault, Lang, PASSWORD, Stage, ZH, ended, trouble};

const PHONE: &str = "13800000001";
const OTHER: &str = "13800000002";
const SIGN_OUT: &str = "/api/v1/sign-out";

const BUSY: Answer =
    Answer { head: "503 Service Unavailable\r\nContent-Type: text/html", body: "<h1>503</h1>" };

/// Ends every other session of account 1.
fn end_others(stage: &Stage) {
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    browser.button(ZH.devices().end_others).click();
    browser.give_step_up_password();
    browser.must_read((ZH.devices().ended)(1));
}

/// Nothing of account 1 is on the screen.
fn proves_nothing_is_shown(browser: &Browser<'_>) {
    browser.heading(ZH.sign_in().title).must_appear();
    for personal in ["林晓", "138****0001"] {
        assert!(!browser.reads(personal), "{personal} at {}", browser.address());
    }
}

#[test]
fn f_04_an_account_that_only_a_newer_app_can_read_is_said_so() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter("13800000001");
    let newer =
        Answer { head: "200 OK\r\nContent-Type: application/json", body: r#"{"account":"a1","phone":7}"# };
    stage.faults().always("GET", "/api/v1/me", Fault::Mask(newer));
    browser.reload();
    browser.must_warn(trouble(&ZH, Trouble::Unreadable));
    stage.faults().end();
    browser.button(ZH.common().retry).click();
    browser.must_be_in();
}

#[test]
fn f_09_a_session_ended_elsewhere_goes_on_at_the_same_step() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_password();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.field(ZH.common().password).fill(PASSWORD);
    let here = browser.address();
    end_others(&stage);
    browser.button(ZH.account().next).click();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_read(ended(&ZH, SessionEnd::EndedElsewhere));
    browser.give_password(PHONE);
    browser.heading(ZH.step_up().password_title).must_appear();
    assert_eq!(browser.address(), here);
    browser.field(ZH.common().password).fill(PASSWORD);
    browser.button(ZH.account().next).click();
    browser.heading(ZH.password().new_title).must_appear();
}

#[test]
fn f_11_a_second_tab_is_told_that_the_first_set_the_password() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_password();
    browser.give_step_up_password();
    browser.field(ZH.password().new).fill("the seven blue lamps of home");
    let here = browser.address();
    browser.open_tab();
    browser.open(&here);
    browser.set_password("nine green bottles in a row");
    browser.heading(ZH.password().done_title).must_appear();
    browser.turn_to_tab(0);
    browser.button(ZH.password().submit).click();
    browser.must_warn(ZH.refusal(&Refusal::KeyReused));
    browser.leave();
    browser.give_this_password(PHONE, "nine green bottles in a row");
    browser.must_be_in();
}

#[test]
fn f_12_a_tab_shows_the_account_that_is_signed_in_and_says_so() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_rebind();
    browser.open_tab();
    browser.leave();
    browser.give_password(OTHER);
    browser.must_be_in();
    browser.turn_to_tab(0);
    browser.must_warn(ended(&ZH, SessionEnd::AnotherAccount));
    browser.heading(ZH.phone().title).must_appear();
    browser.must_read("138****0002");
    assert!(!browser.reads("138****0001"));
    browser.link(ZH.common().home).click();
    browser.must_be_in();
    browser.must_read("陈默");
    assert!(!browser.reads(ended(&ZH, SessionEnd::AnotherAccount)));
}

#[test]
fn f_12_what_was_meant_for_another_account_is_not_done() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.run_before_pages(
        "for (const kind of ['visibilitychange', 'focus'])
            addEventListener(kind, event => globalThis.beside && event.stopImmediatePropagation(), true);",
    );
    browser.enter(PHONE);
    browser.begin_password();
    browser.give_step_up_password();
    browser.field(ZH.password().new).fill("the seven blue lamps of home");
    // Two windows side by side: nobody comes back to this one, it was there all the time.
    assert_eq!(browser.run("return globalThis.beside = true", vec![]), true);
    browser.open_tab();
    browser.leave();
    browser.give_password(OTHER);
    browser.must_be_in();
    browser.turn_to_tab(0);
    browser.button(ZH.password().submit).click();
    browser.must_warn(ended(&ZH, SessionEnd::AnotherAccount));
    browser.heading(ZH.password().change_title).must_appear();
    browser.must_have_sent("/api/v1/password", 1);
    for phone in [OTHER, PHONE] {
        browser.leave();
        browser.give_password(phone);
        browser.must_be_in();
    }
}

#[test]
fn g7_a_tab_signed_out_by_another_goes_on_after_the_sign_in() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_password();
    let here = browser.address();
    browser.open_tab();
    browser.leave();
    browser.turn_to_tab(0);
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_read(ZH.sign_in().other_tab);
    browser.give_password(PHONE);
    browser.heading(ZH.step_up().title).must_appear();
    assert_eq!(browser.address(), here);
}

#[test]
fn g7_why_one_stands_at_the_sign_in_outlasts_a_shaky_network() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.leave();
    browser.must_read(ended(&ZH, SessionEnd::SignedOut));
    stage.faults().once("GET", "/api/v1/me", Fault::CutBefore);
    for _ in 0..2 {
        let asked = browser.requests_to("/api/v1/me");
        browser.put_away(true);
        browser.put_away(false);
        // The window may tell of its return twice, as visible and as focused.
        browser.must_have_sent_more("/api/v1/me", asked);
    }
    browser.must_read(ended(&ZH, SessionEnd::SignedOut));
}

#[test]
fn g7_who_comes_back_after_the_session_ran_out_reads_so() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    // The browser drops the cookie when its time is over.
    browser.forget_cookie("__Host-session");
    browser.open("/devices");
    browser.must_read(ended(&ZH, SessionEnd::Expired));
    browser.must_be_at("/sign-in?return_to=");
}

#[test]
fn g7_who_is_signed_in_has_nothing_to_do_at_the_sign_in() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open("/sign-in");
    browser.must_be_in();
    browser.open("/sign-in?return_to=/devices");
    browser.heading(ZH.overview().devices).must_appear();
}

#[test]
fn ses_07_after_the_sign_out_back_and_forward_show_nothing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    browser.link(ZH.common().home).click();
    browser.must_be_in();
    browser.button(ZH.overview().sign_out).click();
    proves_nothing_is_shown(&browser);
    for _ in 0..2 {
        browser.back();
        proves_nothing_is_shown(&browser);
    }
    browser.forward();
    proves_nothing_is_shown(&browser);
    browser.reload();
    proves_nothing_is_shown(&browser);
}

#[test]
fn f_14_a_page_that_was_put_aside_is_checked_before_it_is_seen() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open("/legal/terms.zh-CN.html");
    browser.open_tab();
    browser.leave();
    browser.turn_to_tab(0);
    browser.back();
    proves_nothing_is_shown(&browser);
}

#[test]
fn ses_07_a_language_that_was_chosen_survives_the_sign_out() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.button(Lang::En.name()).click();
    browser.button(EN.overview().sign_out).click();
    browser.heading(EN.sign_in().title).must_appear();
    browser.must_read(ended(&EN, SessionEnd::SignedOut));
    browser.reload();
    browser.heading(EN.sign_in().title).must_appear();
}

#[test]
fn ses_07_who_signs_out_offline_is_out_and_it_is_told_later() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    browser.link(ZH.common().home).click();
    browser.must_be_in();
    browser.unplug(true);
    browser.button(ZH.overview().sign_out).click();
    browser.must_read(ZH.sign_in().sign_out_pending);
    proves_nothing_is_shown(&browser);
    browser.back();
    proves_nothing_is_shown(&browser);
    browser.unplug(false);
    browser.must_read(ended(&ZH, SessionEnd::SignedOut));
    browser.open("/");
    proves_nothing_is_shown(&browser);
}

#[test]
fn g6_what_a_shared_device_remembers_ends_with_the_browser() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.enter(PHONE);
    browser.unplug(true);
    browser.button(ZH.overview().sign_out).click();
    browser.must_read(ZH.kiosk().offline);
    assert_eq!(browser.run("return localStorage.length", vec![]), 0);
    let untold = browser.cookies().into_iter().find(|cookie| cookie.name == "__Host-sign-out");
    assert_eq!(untold.expect("the server has to be told").expiry, None);
    browser.unplug(false);
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_come_true("return document.cookie === '__Host-shared=1'");
}

#[test]
fn ses_07_a_sign_out_not_heard_is_told_again_on_coming_back() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(PHONE);
    stage.faults().always("POST", SIGN_OUT, Fault::Gateway(BUSY));
    browser.button(ZH.overview().sign_out).click();
    browser.must_read(ZH.sign_in().sign_out_pending);
    proves_nothing_is_shown(&browser);
    browser.field(ZH.sign_in().phone).fill(OTHER);
    browser.open_tab();
    browser.turn_to_tab(0);
    browser.must_read(ZH.sign_in().sign_out_pending);
    stage.faults().end();
    browser.turn_to_tab(1);
    browser.turn_to_tab(0);
    browser.must_read(ended(&ZH, SessionEnd::SignedOut));
    browser.field(ZH.sign_in().phone).must_hold(OTHER);
    assert!(stage.faults().passed("POST", SIGN_OUT) > 0, "the server was told");
    browser.open("/");
    proves_nothing_is_shown(&browser);
}

#[test]
fn the_number_field_asks_for_the_code_when_enter_is_pressed() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.field(ZH.sign_in().phone).fill("1380000");
    browser.button(ZH.common().send_code).click();
    browser.must_warn(ZH.common().phone_missing);
    browser.must_have_focus_on("phone");
    browser.field(ZH.sign_in().phone).fill(PHONE);
    browser.field(ZH.sign_in().phone).press_enter();
    browser.must_read_where_the_code_went();
    browser.must_have_focus_on("code");
    assert_eq!(stage.messages_to(PHONE).len(), 1);
}
