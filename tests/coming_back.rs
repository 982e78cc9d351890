//! Coming back to a wizard (G5): reload, Back, Forward, a second tab. What the server accepted is
//! kept, and no SMS is sent twice.

use contract::account::Way;
use contract::refusal::Refusal;
use e2e::{Browser, Stage, ZH, always};

const OLD: &str = "13800000001";
const NEW: &str = "13911110001";

/// Account 1 at the start of the wizard.
fn at_the_start(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(OLD);
    browser.link(ZH.overview().change_phone).click();
    browser.heading(ZH.phone().title).must_appear();
    browser
}

/// Account 1 at the choice of ways.
fn at_the_choice(stage: &Stage) -> Browser<'_> {
    let browser = at_the_start(stage);
    browser.button(ZH.phone().title).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser
}

/// Account 1 at the code to the new number.
fn at_the_new_code(stage: &Stage) -> Browser<'_> {
    let browser = at_the_choice(stage);
    browser.prove_by_password();
    browser.name_number(NEW);
    browser.heading(ZH.phone().code_title).must_appear();
    browser
}

/// Reads the countdown of the button that asks for another code.
fn proves_countdown_of_at_most(browser: &Browser<'_>, seconds: u32) {
    let name = browser.button_with(always(ZH.common().resend_in)).name();
    let left: u32 = name.split('s').next().and_then(|n| n.parse().ok()).expect("it begins with a number");
    assert!(left <= seconds, "`{name}`, but at most {seconds} s are left");
}

#[test]
fn f_15_a_reload_stays_at_the_step() {
    let stage = Stage::new();
    let browser = at_the_start(&stage);
    browser.reload();
    browser.heading(ZH.phone().title).must_appear();
    browser.button(ZH.phone().title).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.reload();
    browser.heading(ZH.step_up().title).must_appear();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.heading(ZH.step_up().password_title).must_appear();
    browser.reload();
    browser.heading(ZH.step_up().password_title).must_appear();
    browser.button(ZH.step_up().other_way).click();
    browser.button_with((ZH.step_up().way)(Way::Sms)).click();
    browser.heading(ZH.step_up().sms_title).must_appear();
    browser.reload();
    browser.heading(ZH.step_up().sms_title).must_appear();
    browser.ask_for_code();
    browser.reload();
    browser.heading(ZH.step_up().sms_title).must_appear();
    browser.field(ZH.common().code).fill(&stage.code_to(OLD));
    browser.button(ZH.account().next).click();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.reload();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.name_number(NEW);
    browser.heading(ZH.phone().code_title).must_appear();
    browser.reload();
    browser.heading(ZH.phone().code_title).must_appear();
    browser.must_read("139****0001");
    browser.give_new_code(NEW);
    browser.heading(ZH.phone().done_title).must_appear();
    let codes = |phone| stage.messages_to(phone).into_iter().filter(|message| message.code.is_some()).count();
    assert_eq!((codes(OLD), codes(NEW)), (1, 1));
}

#[test]
fn f_15_the_countdown_is_right_after_a_reload() {
    let stage = Stage::new();
    let browser = at_the_choice(&stage);
    browser.button_with((ZH.step_up().way)(Way::Sms)).click();
    browser.ask_for_code();
    proves_countdown_of_at_most(&browser, 60);
    stage.advance(20);
    browser.reload();
    proves_countdown_of_at_most(&browser, 40);
    stage.advance(40);
    browser.reload();
    browser.button(ZH.common().send_code).must_be_open();
    browser.field(ZH.common().code).fill(&stage.code_to(OLD));
    browser.button(ZH.account().next).click();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.name_number(NEW);
    proves_countdown_of_at_most(&browser, 60);
    stage.advance(30);
    browser.reload();
    proves_countdown_of_at_most(&browser, 30);
    assert_eq!(stage.messages_to(NEW).len(), 1);
}

#[test]
fn f_13_back_and_forward_in_the_proof_of_identity() {
    let stage = Stage::new();
    let browser = at_the_choice(&stage);
    browser.back();
    browser.heading(ZH.phone().title).must_appear();
    browser.forward();
    browser.heading(ZH.step_up().title).must_appear();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.heading(ZH.step_up().password_title).must_appear();
    browser.back();
    browser.heading(ZH.step_up().title).must_appear();
    browser.button_with((ZH.step_up().way)(Way::Sms)).click();
    browser.ask_for_code();
    browser.back();
    browser.heading(ZH.step_up().title).must_appear();
    browser.button_with((ZH.step_up().way)(Way::Sms)).click();
    browser.heading(ZH.step_up().sms_title).must_appear();
    proves_countdown_of_at_most(&browser, 60);
    assert_eq!(stage.messages_to(OLD).len(), 1);
    browser.must_have_sent("/api/v1/changes", 1);
}

#[test]
fn f_13_back_and_forward_at_the_new_number() {
    let stage = Stage::new();
    let browser = at_the_new_code(&stage);
    browser.back();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.field(ZH.phone().number).must_hold(NEW);
    browser.forward();
    browser.heading(ZH.phone().code_title).must_appear();
    browser.back();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.button(ZH.common().send_code).click();
    browser.heading(ZH.phone().code_title).must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1, "the same number needs no second SMS");
    browser.back();
    browser.back();
    browser.heading(ZH.phone().title).must_appear();
    browser.button(ZH.phone().title).click();
    browser.heading(ZH.phone().code_title).must_appear();
    proves_countdown_of_at_most(&browser, 60);
    browser.must_have_sent("/api/v1/changes", 1);
    browser.give_new_code(NEW);
    browser.heading(ZH.phone().done_title).must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1);
}

#[test]
fn f_13_back_from_the_start_leaves_the_account() {
    let stage = Stage::new();
    let browser = at_the_start(&stage);
    browser.back();
    browser.must_be_in();
    browser.forward();
    browser.button(ZH.phone().title).must_appear();
    browser.link(ZH.common().home).click();
    browser.must_be_in();
}

#[test]
fn f_13_back_from_the_result_repeats_nothing() {
    let stage = Stage::new();
    let browser = at_the_new_code(&stage);
    browser.give_new_code(NEW);
    browser.heading(ZH.phone().done_title).must_appear();
    browser.back();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_have_sent("/api/v1/phone/bind", 1);
    browser.forward();
    browser.heading(ZH.phone().done_title).must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1);
}

#[test]
fn g5_a_second_tab_goes_on_and_the_first_is_told() {
    let stage = Stage::new();
    let browser = at_the_choice(&stage);
    browser.prove_by_password();
    let here = browser.address();
    browser.open_tab();
    browser.open(&here);
    browser.heading(ZH.phone().number_title).must_appear();
    browser.name_number(NEW);
    browser.heading(ZH.phone().code_title).must_appear();
    browser.turn_to_tab(0);
    browser.name_number("13911110002");
    browser.heading(ZH.phone().code_title).must_appear();
    browser.must_warn(ZH.refusal(&Refusal::ChangeStale));
    browser.must_read("139****0001");
    assert!(stage.messages_to("13911110002").is_empty());
}

#[test]
fn g5_who_begins_again_from_the_overview_goes_on_at_the_step() {
    let stage = Stage::new();
    let browser = at_the_new_code(&stage);
    browser.open("/");
    browser.link(ZH.overview().change_phone).click();
    browser.button(ZH.phone().title).click();
    browser.heading(ZH.phone().code_title).must_appear();
    browser.must_be_at("/phone/code?");
    browser.must_read("139****0001");
    proves_countdown_of_at_most(&browser, 60);
    // Another number is still a step away.
    browser.button(ZH.phone().other_number).click();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.name_number("13911110002");
    browser.heading(ZH.phone().code_title).must_appear();
    browser.must_read("139****0002");
    browser.give_new_code("13911110002");
    browser.heading(ZH.phone().done_title).must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1);
}

#[test]
fn g5_a_password_begun_again_goes_on_after_the_proof() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_password();
    browser.give_step_up_password();
    browser.heading(ZH.password().new_title).must_appear();
    browser.open("/");
    browser.link(ZH.overview().change_password).click();
    browser.button(ZH.password().change_title).click();
    browser.heading(ZH.password().new_title).must_appear();
    stage.advance(301);
    browser.open("/");
    browser.link(ZH.overview().change_password).click();
    browser.button(ZH.password().change_title).click();
    browser.heading(ZH.step_up().title).must_appear();
}

#[test]
fn g5_a_change_that_is_gone_begins_again() {
    let stage = Stage::new();
    let browser = at_the_new_code(&stage);
    stage.advance(3600);
    browser.reload();
    browser.heading(ZH.phone().title).must_appear();
    browser.must_warn(ZH.refusal(&Refusal::ChangeGone));
    browser.must_be_at("/phone");
    browser.button(ZH.phone().title).click();
    browser.heading(ZH.step_up().title).must_appear();
}

#[test]
fn g5_an_address_the_change_does_not_justify_is_replaced() {
    let stage = Stage::new();
    let browser = at_the_choice(&stage);
    let ahead = browser.address().replace("/verify", "/code");
    browser.open(&ahead);
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_be_at("/phone/verify?");
    browser.open("/phone/code");
    browser.heading(ZH.phone().title).must_appear();
    browser.must_be_at("/phone");
}

#[test]
fn f_13_back_and_forward_over_the_first_step_add_no_entries() {
    let stage = Stage::new();
    let browser = at_the_choice(&stage);
    let entries = || browser.run("return history.length", vec![]);
    let before = entries();
    for _ in 0..3 {
        browser.back();
        browser.heading(ZH.phone().title).must_appear();
        browser.forward();
        browser.heading(ZH.step_up().title).must_appear();
        browser.must_be_at("/phone/verify?");
    }
    assert_eq!(entries(), before);
    browser.back();
    browser.heading(ZH.phone().title).must_appear();
    browser.back();
    browser.must_be_in();
}
