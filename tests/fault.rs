//! What the app shows when the network between browser and server fails (F-02, F-04 to F-06, IDM-1): the
//! true result, with everything typed still there.
//!
//! The server is the real one; [`Fault`]s happen on the way. `MENSHEN_LONG` in the environment
//! repeats each lost effect.

use contract::account::Way;
use contract::problem::{Problem, RefusalDetails, Trouble};
use contract::refusal::{Refusal, SessionEnd};
use e2e::{Answer, Browser, Fault, PASSWORD, Stage, ZH, ended, trouble};
use std::time::Duration;
use words::Occasion;

const OLD: &str = "13800000001";
const NEW: &str = "13911110001";
const NEW_PASSWORD: &str = "ping guo shu xia du shu";
const BIND: &str = "/api/v1/phone/bind";
const SET: &str = "/api/v1/password";
const LINK: &str = "/api/v1/wechat/bind";
const END_OTHERS: &str = "/api/v1/devices/end-others";
const OUTCOMES: &str = "/api/v1/outcomes/";

const BUSY: Answer =
    Answer { head: "503 Service Unavailable\r\nContent-Type: text/html", body: "<h1>503</h1>" };
const PORTAL: Answer = Answer {
    head: "200 OK\r\nContent-Type: text/html; charset=utf-8",
    body: "<!doctype html><title>Sign in to the hotel</title>",
};
const JUNK: Answer = Answer {
    head: "429 Too Many Requests\r\nRetry-After: tomorrow, maybe\r\nContent-Type: text/plain",
    body: "slow down",
};
const FORBIDDEN: Answer = Answer {
    head: "403 Forbidden\r\nContent-Type: application/problem+json",
    body: r#"{"status":403,"code":"FORBIDDEN","request_id":"1a2b3c"}"#,
};
const EMPTY: Answer = Answer { head: "200 OK\r\nContent-Type: application/json", body: "" };

/// A fault of a server that gives no number for support.
const BROKEN: Trouble = Trouble::Server { request_id: String::new() };

/// How often an effect is lost in one test.
fn rounds() -> usize {
    if std::env::var_os("MENSHEN_LONG").is_some() { 20 } else { 1 }
}

/// Account 1 with the right code to the new number typed in, not sent.
fn about_to_bind(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.prove_by_password();
    browser.name_number(NEW);
    browser.heading(ZH.phone().code_title).must_appear();
    browser.field(ZH.common().code).fill(&stage.code_to(NEW));
    browser
}

/// The new number is bound, once, and the page says so.
fn must_be_bound_once(browser: &Browser<'_>) {
    let stage = browser.stage();
    browser.heading(ZH.phone().done_title).must_appear();
    browser.must_read((ZH.phone().done_lead)("139****0001"));
    must_be_told_once(stage);
    browser.reload();
    browser.heading(ZH.phone().done_title).must_appear();
}

/// Account 1 with a new password typed in, not sent.
fn about_to_set(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_password();
    browser.give_step_up_password();
    browser.field(ZH.password().new).fill(NEW_PASSWORD);
    browser
}

/// The new password is set, once, and the page says so.
fn must_be_set_once(browser: &Browser<'_>) {
    browser.heading(ZH.password().done_title).must_appear();
    must_be_told_once(browser.stage());
    browser.reload();
    browser.heading(ZH.password().done_title).must_appear();
}

/// Account 1 with a new WeChat shown, not bound.
fn about_to_link(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_wechat();
    browser.prove_for_wechat_by_the_old_one("wx-lin");
    browser.offer_wechat("wx-new");
    browser
}

/// The new WeChat is bound, once, and the page says so.
fn must_be_linked_once(browser: &Browser<'_>) {
    browser.heading(ZH.wechat().changed_title).must_appear();
    browser.must_read((ZH.wechat().done_lead)("新号上路"));
    must_be_told_once(browser.stage());
    browser.reload();
    browser.heading(ZH.wechat().changed_title).must_appear();
    let other = browser.stage().browser();
    other.sign_in_by_wechat("wx-new");
    other.must_enter();
}

/// Account 1 in two browsers; the first has proven itself to end what is open in the second, all
/// but the last press.
fn about_to_end_others(stage: &Stage) -> (Browser<'_>, Browser<'_>) {
    let there = stage.browser();
    there.enter(OLD);
    let here = stage.browser();
    here.enter(OLD);
    here.open_devices();
    here.button(ZH.devices().end_others).must_be_open();
    here.button(ZH.devices().end_others).click();
    here.button_with((ZH.step_up().way)(Way::Password)).click();
    here.field(ZH.common().password).fill(PASSWORD);
    (here, there)
}

/// The second browser is out and the first says so.
fn must_be_alone((here, there): &(Browser<'_>, Browser<'_>)) {
    here.must_read((ZH.devices().ended)(1));
    here.reload();
    here.must_read(ZH.devices().only_here);
    there.reload();
    there.heading(ZH.sign_in().title).must_appear();
}

/// The account's number got one notice.
fn must_be_told_once(stage: &Stage) {
    let notice = stage.notice_to(OLD);
    let notices = stage.messages_to(OLD).into_iter().filter(|message| message.code.is_none());
    assert_eq!(notices.count(), 1, "more than once: {notice}");
}

#[test]
fn f_02_idm_1_a_number_whose_answer_was_lost_is_shown_as_bound() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_bind(&stage);
        stage.faults().once("POST", BIND, Fault::CutAfter);
        browser.button(ZH.phone().submit).click();
        must_be_bound_once(&browser);
        assert_eq!(stage.faults().sent("POST", BIND), 1);
        browser.link(ZH.phone().sign_in).click();
        browser.give_password(NEW);
        browser.must_be_in();
    }
}

#[test]
fn f_02_idm_1_a_number_not_bound_is_bound_at_the_second_press() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_bind(&stage);
        let code = stage.code_to(NEW);
        stage.faults().once("POST", BIND, Fault::CutBefore);
        browser.button(ZH.phone().submit).click();
        browser.must_warn(trouble(&ZH, Trouble::Timeout));
        browser.field(ZH.common().code).must_hold(&code);
        assert_eq!((stage.faults().sent("POST", BIND), stage.faults().passed("POST", BIND)), (1, 0));
        browser.button(ZH.phone().submit).click();
        must_be_bound_once(&browser);
        assert_eq!(stage.faults().passed("POST", BIND), 1);
    }
}

#[test]
fn f_02_idm_1_a_password_whose_answer_was_lost_is_shown_as_set() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_set(&stage);
        stage.faults().once("POST", SET, Fault::CutAfter);
        browser.button(ZH.password().submit).click();
        must_be_set_once(&browser);
        assert_eq!(stage.faults().sent("POST", SET), 1);
    }
}

#[test]
fn f_02_idm_1_a_password_not_set_is_set_at_the_second_press() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_set(&stage);
        stage.faults().once("POST", SET, Fault::CutBefore);
        browser.button(ZH.password().submit).click();
        browser.must_warn(trouble(&ZH, Trouble::Timeout));
        browser.field(ZH.password().new).must_hold(NEW_PASSWORD);
        assert_eq!((stage.faults().sent("POST", SET), stage.faults().passed("POST", SET)), (1, 0));
        browser.button(ZH.password().submit).click();
        must_be_set_once(&browser);
        assert_eq!(stage.faults().passed("POST", SET), 1);
    }
}

#[test]
fn f_02_idm_1_a_wechat_whose_answer_was_lost_is_shown_as_bound() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_link(&stage);
        stage.faults().once("POST", LINK, Fault::CutAfter);
        browser.button(ZH.wechat().submit).click();
        must_be_linked_once(&browser);
        // The new name of the session went with the answer: nobody is told that they are signed in.
        browser.link(ZH.sign_in().submit).must_appear();
        assert!(!browser.reads(ZH.wechat().done_facts[0]));
        assert_eq!(stage.faults().sent("POST", LINK), 1);
    }
}

#[test]
fn f_02_idm_1_a_wechat_not_bound_is_bound_at_the_second_press() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_link(&stage);
        stage.faults().once("POST", LINK, Fault::CutBefore);
        browser.button(ZH.wechat().submit).click();
        browser.must_warn(trouble(&ZH, Trouble::Timeout));
        browser.must_read("新号上路");
        assert_eq!((stage.faults().sent("POST", LINK), stage.faults().passed("POST", LINK)), (1, 0));
        browser.button(ZH.wechat().submit).click();
        must_be_linked_once(&browser);
        assert_eq!(stage.faults().passed("POST", LINK), 1);
    }
}

#[test]
fn f_02_a_scan_redeemed_unheard_is_followed_by_another() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    stage.faults().once("POST", "/api/v1/sign-in/wechat", Fault::CutAfter);
    browser.sign_in_by_wechat("wx-lin");
    browser.must_warn(trouble(&ZH, Trouble::Timeout));
    // What was allowed might still count: it is tried before another is begun.
    browser.button(ZH.common().retry).click();
    browser.must_warn(ZH.refusal(&Refusal::ScanExpired));
    browser.button(ZH.scan().again).click();
    browser.scan_with("wx-lin");
    browser.must_enter();
    browser.begin_wechat();
    stage.faults().once("POST", "/api/v1/step-up/wechat", Fault::CutAfter);
    browser.button_with((ZH.wechat().way)(Way::Wechat)).click();
    browser.scan_with("wx-lin");
    browser.must_warn(trouble(&ZH, Trouble::Timeout));
    browser.button(ZH.common().retry).click();
    // It was proven: the server says where the change stands.
    browser.heading(ZH.wechat().new_title).must_appear();
}

#[test]
fn f_02_idm_1_sessions_whose_end_was_not_heard_are_shown_ended() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let both = about_to_end_others(&stage);
        stage.faults().once("POST", END_OTHERS, Fault::CutAfter);
        both.0.button((ZH.step_up().gate)(Occasion::EndOthers)[1]).click();
        must_be_alone(&both);
        assert_eq!(stage.faults().sent("POST", END_OTHERS), 2, "without a grant and with it");
    }
}

#[test]
fn f_02_idm_1_sessions_not_ended_live_until_the_second_press() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let both = about_to_end_others(&stage);
        let (here, there) = &both;
        stage.faults().once("POST", END_OTHERS, Fault::CutBefore);
        here.button((ZH.step_up().gate)(Occasion::EndOthers)[1]).click();
        here.must_warn(trouble(&ZH, Trouble::Timeout));
        there.reload();
        there.must_be_in();
        here.button(ZH.devices().end_others).must_be_open();
        here.button(ZH.devices().end_others).click();
        here.give_step_up_password();
        must_be_alone(&both);
    }
}

#[test]
fn f_06_idm_1_a_garbled_answer_of_the_commit_is_asked_for_again() {
    let faults = [
        Fault::Truncate(20),
        Fault::Truncate(0),
        Fault::Flip(0),
        Fault::Mask(PORTAL),
        Fault::Mask(EMPTY),
        Fault::Mask(BUSY),
        Fault::Mask(JUNK),
    ];
    for fault in faults {
        println!("{fault:?}");
        let stage = Stage::behind_proxy();
        let browser = about_to_bind(&stage);
        stage.faults().once("POST", BIND, fault);
        browser.button(ZH.phone().submit).click();
        must_be_bound_once(&browser);
        assert_eq!(stage.faults().sent("POST", BIND), 1);
    }
}

#[test]
fn f_02_the_outcome_is_asked_for_until_it_is_known() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::CutAfter);
    for fault in [Fault::CutBefore, Fault::Gateway(BUSY), Fault::Mask(PORTAL)] {
        stage.faults().once("GET", OUTCOMES, fault);
    }
    stage.faults().once("GET", OUTCOMES, Fault::Hold);
    browser.button(ZH.phone().submit).click();
    stage.faults().must_hold();
    browser.must_read(ZH.common().confirming);
    stage.faults().release();
    must_be_bound_once(&browser);
    assert_eq!(stage.faults().sent("POST", BIND), 1);
}

#[test]
fn f_02_idm_1_what_was_not_learned_is_learned_at_the_next_press() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::CutAfter);
    stage.faults().always("GET", OUTCOMES, Fault::CutBefore);
    browser.button(ZH.phone().submit).click();
    browser.must_warn(trouble(&ZH, Trouble::Timeout));
    stage.faults().end();
    browser.button(ZH.phone().submit).click();
    must_be_bound_once(&browser);
}

#[test]
fn f_02_idm_1_another_code_at_the_next_press_hides_no_outcome() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    let wrong = stage.wrong_code_to(NEW);
    stage.faults().once("POST", BIND, Fault::CutAfter);
    stage.faults().always("GET", OUTCOMES, Fault::CutBefore);
    browser.button(ZH.phone().submit).click();
    browser.must_warn(trouble(&ZH, Trouble::Timeout));
    stage.faults().end();
    browser.field(ZH.common().code).fill(&wrong);
    browser.button(ZH.phone().submit).click();
    must_be_bound_once(&browser);
}

#[test]
fn f_02_the_network_goes_after_sending_and_comes_back() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Hold);
    browser.button(ZH.phone().submit).click();
    stage.faults().must_hold();
    browser.unplug(true);
    stage.faults().cut();
    browser.must_read(ZH.common().confirming);
    browser.unplug(false);
    must_be_bound_once(&browser);
    assert_eq!(stage.faults().sent("POST", BIND), 1);
}

#[test]
fn f_02_the_network_goes_before_the_result_is_drawn() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Hold);
    browser.button(ZH.phone().submit).click();
    stage.faults().must_hold();
    browser.unplug(true);
    stage.faults().release();
    // The answer is all that the result needs.
    browser.heading(ZH.phone().done_title).must_appear();
    browser.must_read((ZH.phone().done_lead)("139****0001"));
    browser.unplug(false);
    // After a reload it is read again, and nobody has to ask twice for that.
    stage.faults().once("GET", "/api/v1/outcomes/", Fault::Hold);
    assert!(browser.run("location.reload()", vec![]).is_null());
    stage.faults().must_hold();
    browser.unplug(true);
    stage.faults().cut();
    browser.must_read(trouble(&ZH, Trouble::Offline));
    browser.unplug(false);
    must_be_bound_once(&browser);
}

#[test]
fn f_10_nothing_can_be_pressed_while_an_answer_is_on_its_way() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Hold);
    browser.button(ZH.phone().submit).click();
    stage.faults().must_hold();
    browser.button(ZH.phone().submit).click_repeatedly(4);
    stage.faults().release();
    must_be_bound_once(&browser);
    assert_eq!(stage.faults().sent("POST", BIND), 1);
}

#[test]
fn f_15_a_reload_during_the_answer_finds_what_happened() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Hold);
    browser.button(ZH.phone().submit).click();
    stage.faults().must_hold();
    browser.reload();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_read(ended(&ZH, SessionEnd::PhoneChanged));
    stage.faults().release();
    browser.give_password(NEW);
    browser.heading(ZH.phone().done_title).must_appear();
}

/// Goes the whole way; at every step the request meets a fault, everything typed stays, and the
/// same button goes on once the fault is over.
fn stumbles_at_every_step(fault: &Fault, told: Trouble) {
    let words = trouble(&ZH, told);
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.link(ZH.overview().change_phone).click();
    let press = |button: &str, method: &str, path: &str, held: Option<(&str, &str)>| {
        stage.faults().always(method, path, fault.clone());
        browser.button(button).click();
        browser.must_warn(&words);
        if let Some((field, text)) = held {
            browser.field(field).must_hold(text);
        }
        assert_eq!(stage.faults().sent(method, path), 1, "{path} is not sent again by itself");
        stage.faults().end();
        browser.button(button).click();
    };
    press(ZH.phone().title, "POST", "/api/v1/changes", None);
    browser.heading(ZH.step_up().title).must_appear();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.field(ZH.common().password).fill(PASSWORD);
    press(ZH.account().next, "POST", "/api/v1/step-up/password", Some((ZH.common().password, PASSWORD)));
    browser.heading(ZH.phone().number_title).must_appear();
    browser.field(ZH.phone().number).fill(NEW);
    press(ZH.common().send_code, "POST", "/api/v1/phone/code", Some((ZH.phone().number, NEW)));
    browser.heading(ZH.phone().code_title).must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1);
    let code = stage.code_to(NEW);
    browser.field(ZH.common().code).fill(&code);
    press(ZH.phone().submit, "POST", BIND, Some((ZH.common().code, &code)));
    must_be_bound_once(&browser);
}

#[test]
fn f_02_a_cut_before_any_step_keeps_what_was_typed() {
    stumbles_at_every_step(&Fault::CutBefore, Trouble::Timeout);
}

#[test]
fn f_04_a_gateway_without_a_server_keeps_what_was_typed() {
    stumbles_at_every_step(&Fault::Gateway(BUSY), BROKEN);
}

#[test]
fn f_07_a_general_refusal_gives_the_number_for_support() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.field(ZH.sign_in().phone).fill(OLD);
    stage.faults().once("POST", "/api/v1/sign-in/code", Fault::Gateway(FORBIDDEN));
    browser.button(ZH.common().send_code).click();
    let (refusal, request_id) = (Refusal::Forbidden, "1a2b3c".to_owned());
    browser.must_warn(ZH.problem(&Problem::Refused {
        refusal,
        details: RefusalDetails::default(),
        request_id,
    }));
    browser.must_read("1a2b3c");
}

#[test]
fn f_05_a_429_with_a_junk_retry_after_keeps_what_was_typed() {
    stumbles_at_every_step(&Fault::Gateway(JUNK), Trouble::Unreadable);
}

#[test]
fn f_06_the_page_of_a_hotel_keeps_what_was_typed() {
    stumbles_at_every_step(&Fault::Gateway(PORTAL), Trouble::Unreadable);
}

#[test]
fn f_02_that_there_is_no_network_is_said_while_it_is_so() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.open("/sign-in");
    for _ in 0..2 {
        browser.unplug(true);
        browser.give_password(OLD);
        browser.must_warn(trouble(&ZH, Trouble::Offline));
        browser.unplug(false);
        browser.must_come_true("return document.querySelector('[role=alert]') === null");
        browser.field(ZH.common().password).must_hold(PASSWORD);
        // The next round ticks it again.
        browser.agree();
    }
    assert_eq!(stage.faults().sent("POST", "/api/v1/sign-in/password"), 0);
}

#[test]
fn f_02_offline_at_any_step_keeps_what_was_typed() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.link(ZH.overview().change_phone).click();
    let press = |button: &str, path: &str, held: Option<(&str, &str)>| {
        browser.unplug(true);
        browser.button(button).click();
        browser.must_warn(trouble(&ZH, Trouble::Offline));
        if let Some((field, text)) = held {
            browser.field(field).must_hold(text);
        }
        assert_eq!(stage.faults().sent("POST", path), 0, "{path} was not sent");
        browser.unplug(false);
        browser.button(button).click();
    };
    press(ZH.phone().title, "/api/v1/changes", None);
    browser.heading(ZH.step_up().title).must_appear();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.field(ZH.common().password).fill(PASSWORD);
    press(ZH.account().next, "/api/v1/step-up/password", Some((ZH.common().password, PASSWORD)));
    browser.heading(ZH.phone().number_title).must_appear();
    browser.field(ZH.phone().number).fill(NEW);
    press(ZH.common().send_code, "/api/v1/phone/code", Some((ZH.phone().number, NEW)));
    browser.heading(ZH.phone().code_title).must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1);
}

#[test]
fn f_02_a_step_taken_unheard_is_not_taken_twice() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.field(ZH.common().password).fill(PASSWORD);
    stage.faults().once("POST", "/api/v1/step-up/password", Fault::CutAfter);
    browser.button(ZH.account().next).click();
    browser.must_warn(trouble(&ZH, Trouble::Timeout));
    browser.button(ZH.account().next).click();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.field(ZH.phone().number).fill(NEW);
    stage.faults().once("POST", "/api/v1/phone/code", Fault::CutAfter);
    browser.button(ZH.common().send_code).click();
    browser.must_warn(trouble(&ZH, Trouble::Timeout));
    browser.field(ZH.phone().number).must_hold(NEW);
    browser.button(ZH.common().send_code).click();
    browser.heading(ZH.phone().code_title).must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1, "one SMS");
    browser.give_new_code(NEW);
    must_be_bound_once(&browser);
}

#[test]
fn f_04_what_cannot_be_read_is_read_at_the_next_try() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    let faults = [
        (Fault::CutAfter, Trouble::Timeout),
        (Fault::Gateway(BUSY), BROKEN),
        (Fault::Gateway(JUNK), Trouble::Unreadable),
        (Fault::Mask(PORTAL), Trouble::Unreadable),
        (Fault::Truncate(9), Trouble::Unreadable),
        (Fault::Flip(0), Trouble::Unreadable),
    ];
    for (fault, told) in faults {
        let words = trouble(&ZH, told);
        for path in ["/api/v1/me", "/api/v1/changes/"] {
            // The page that goes may ask once more as well.
            stage.faults().always("GET", path, fault.clone());
            browser.reload();
            browser.must_read(&words);
            stage.faults().end();
            browser.button(ZH.common().retry).click();
            browser.heading(ZH.phone().code_title).must_appear();
        }
    }
}

#[test]
fn f_03_a_slow_answer_is_waited_for() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Rate(400));
    stage.faults().once("GET", OUTCOMES, Fault::Delay(Duration::from_millis(500)));
    browser.button(ZH.phone().submit).click();
    must_be_bound_once(&browser);
    assert_eq!(stage.faults().sent("POST", BIND), 1);
}
