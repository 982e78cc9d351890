//! Rebinding the phone: the whole way, its rules, and its refusals.

use contract::account::{Edition, Way};
use contract::refusal::{Refusal, SessionEnd};
use e2e::{Browser, EN, Fault, Lang, PASSWORD, Stage, ZH, always, ended};

const OLD: &str = "13800000001";
const NEW: &str = "13911110001";

/// That a number rests, until whenever.
fn resting() -> String {
    always(|until| ZH.refusal(&Refusal::PhoneResting { until }))
}

/// Account 1 at the step of the new number.
fn at_the_number(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.prove_by_password();
    browser
}

/// Account 1 has the new number.
fn rebound(stage: &Stage) -> Browser<'_> {
    let browser = at_the_number(stage);
    browser.rebind_to(NEW);
    browser
}

#[test]
fn p1_account_1_rebinds_by_sms() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.must_read((ZH.account().progress)(1, 3));
    browser.prove_by_code(OLD);
    browser.must_read((ZH.account().progress)(2, 3));
    browser.name_number(NEW);
    browser.heading(ZH.phone().code_title).must_appear();
    browser.must_read((ZH.account().progress)(3, 3));
    browser.must_read("139****0001");
    browser.give_new_code(NEW);
    browser.heading(ZH.phone().done_title).must_appear();
    browser.must_read((ZH.phone().done_lead)("139****0001"));
    browser.reload();
    browser.heading(ZH.phone().done_title).must_appear();
    browser.link(ZH.phone().sign_in).click();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.give_password(NEW);
    browser.must_be_in();
    browser.must_read("林晓");
    browser.must_read("139****0001");
}

#[test]
fn p1_account_1_rebinds_by_password() {
    let stage = Stage::new();
    let browser = rebound(&stage);
    browser.must_read("139****0001");
    stage.advance(60);
    browser.sign_in_by_code(NEW);
    browser.must_be_in();
    browser.must_read("林晓");
}

#[test]
fn p6_the_old_number_does_not_sign_in_any_more() {
    let stage = Stage::new();
    let browser = rebound(&stage);
    browser.sign_in_by_password(OLD);
    browser.must_warn(always(|left| ZH.refusal(&Refusal::PasswordWrong { left })));
    browser.sign_in_by_code(OLD);
    browser.must_warn(resting());
    browser.field(ZH.sign_in().phone).must_hold(OLD);
}

#[test]
fn p6_a_second_browser_is_asked_to_sign_in_and_told_why() {
    let stage = Stage::new();
    let second = stage.browser();
    second.enter(OLD);
    let _first = rebound(&stage);
    second.reload();
    second.heading(ZH.sign_in().title).must_appear();
    second.must_read(ended(&ZH, SessionEnd::PhoneChanged));
    second.give_password(NEW);
    second.must_be_in();
}

#[test]
fn g7_a_tab_that_is_turned_to_notices_the_end_of_its_session() {
    let stage = Stage::new();
    let second = stage.browser();
    second.enter(OLD);
    second.open_tab();
    let _first = rebound(&stage);
    second.turn_to_tab(0);
    second.heading(ZH.sign_in().title).must_appear();
    second.must_read(ended(&ZH, SessionEnd::PhoneChanged));
}

#[test]
fn p7_the_old_number_rests_a_day_for_everybody_else() {
    let stage = Stage::new();
    let first = rebound(&stage);
    drop(first);
    let other = stage.browser();
    other.enter("13800000002");
    other.begin_rebind();
    other.prove_by_password();
    other.name_number(OLD);
    other.must_warn(resting());
    other.field(ZH.phone().number).must_hold(OLD);
    stage.advance(24 * 3600 + 1);
    other.open("/");
    other.must_be_in();
    other.begin_rebind();
    other.prove_by_password();
    other.rebind_to(OLD);
    other.must_read("138****0001");
}

#[test]
fn p7_who_held_the_number_may_take_it_back_at_once() {
    let stage = Stage::new();
    let browser = rebound(&stage);
    stage.advance(60);
    browser.sign_in_by_password(NEW);
    browser.must_be_in();
    browser.begin_rebind();
    browser.prove_by_password();
    browser.rebind_to(OLD);
    browser.must_read("138****0001");
}

#[test]
fn p8_the_old_number_is_told() {
    let stage = Stage::new();
    let browser = rebound(&stage);
    browser.must_read(ZH.phone().done_facts[2]);
    browser.reload();
    browser.heading(ZH.phone().done_title).must_appear();
    let notice = stage.notice_to(OLD);
    // In the server's words (P8).
    assert!(notice.contains("139****0001") && notice.contains("如非本人操作"), "{notice}");
    assert!(!notice.contains(NEW), "{notice}");
}

#[test]
fn p9_account_9_rebinds_the_personal_account_alone() {
    let stage = Stage::new();
    let at_work = stage.browser();
    at_work.sign_in_by_password("13800000009");
    at_work.button_with("云桥科技").click();
    at_work.must_be_in();
    let at_home = stage.browser();
    at_home.sign_in_by_password("13800000009");
    at_home.button_with(ZH.chooser().personal).click();
    at_home.must_be_in();
    at_home.begin_rebind();
    at_home.must_read((ZH.step_up().way_hint)(Way::Sms, "138****0009"));
    at_home.prove_by_password();
    at_home.rebind_to("13911110009");
    at_work.reload();
    at_work.must_be_in();
    at_home.sign_in_by_password("13800000009");
    at_home.must_be_in();
    at_home.must_read((ZH.overview().managed)("云桥科技"));
    at_home.button(ZH.overview().sign_out).click();
    at_home.heading(ZH.sign_in().title).must_appear();
    at_home.sign_in_by_password("13911110009");
    at_home.must_be_in();
    at_home.must_read((ZH.account().edition)(Edition::Free));
}

#[test]
fn p4_a_number_that_cannot_be_bound_is_told_why_and_kept() {
    let stage = Stage::new();
    let browser = at_the_number(&stage);
    for (typed, words) in [
        ("12345", ZH.common().phone_missing.into()),
        (OLD, ZH.refusal(&Refusal::PhoneSame)),
        ("13800000002", ZH.refusal(&Refusal::PhoneTaken)),
        ("+852 6123 4567", ZH.refusal(&Refusal::PhoneForeign)),
        ("+886 912 345 678", ZH.refusal(&Refusal::PhoneForeign)),
    ] {
        browser.name_number(typed);
        browser.must_warn(words);
        browser.field(ZH.phone().number).must_hold(typed);
        browser.heading(ZH.phone().number_title).must_appear();
    }
}

#[test]
fn p4_a_number_however_it_is_typed() {
    for typed in ["139 1111 0001", "+86 139-1111-0001", "１３９１１１１０００１"] {
        let stage = Stage::new();
        let browser = at_the_number(&stage);
        browser.name_number(typed);
        browser.heading(ZH.phone().code_title).must_appear();
        browser.must_read("139****0001");
        browser.button(ZH.phone().other_number).click();
        browser.field(ZH.phone().number).must_hold(typed);
    }
}

#[test]
fn p5_the_fourth_number_of_a_change_is_one_too_many() {
    let stage = Stage::new();
    let browser = at_the_number(&stage);
    for (number, left) in [("13911110001", 2), ("13911110002", 1), ("13911110003", 0)] {
        browser.name_number(number);
        browser.heading(ZH.phone().code_title).must_appear();
        browser.button(ZH.phone().other_number).click();
        browser.must_read((ZH.phone().targets_left)(left));
    }
    browser.name_number("13911110004");
    browser.must_warn(ZH.refusal(&Refusal::TooManyTargets));
    browser.field(ZH.phone().number).must_hold("13911110004");
    assert!(stage.messages_to("13911110004").is_empty());
}

#[test]
fn p5_a_proof_older_than_five_minutes_is_asked_for_again() {
    let stage = Stage::new();
    let browser = at_the_number(&stage);
    stage.advance(301);
    browser.name_number(NEW);
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_warn(ZH.refusal(&Refusal::StepUpNeeded { ways: vec![] }));
    assert!(stage.messages_to(NEW).is_empty());
    browser.prove_by_password();
    browser.field(ZH.phone().number).must_hold(NEW);
    browser.button(ZH.common().send_code).click();
    browser.heading(ZH.phone().code_title).must_appear();
    browser.give_new_code(NEW);
    browser.heading(ZH.phone().done_title).must_appear();
}

#[test]
fn p5_a_change_goes_on_at_the_identity_after_another_sign_in() {
    let stage = Stage::new();
    let browser = at_the_number(&stage);
    let here = browser.address();
    browser.open("/");
    browser.button(ZH.overview().sign_out).click();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.open(&here);
    browser.heading(ZH.sign_in().title).must_appear();
    browser.give_password(OLD);
    browser.heading(ZH.step_up().title).must_appear();
    browser.prove_by_password();
    browser.rebind_to(NEW);
}

#[test]
fn g2_wrong_codes_of_the_wizard_are_refused_in_words() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with((ZH.step_up().way)(Way::Sms)).click();
    browser.ask_for_code();
    browser.field(ZH.common().code).fill("123");
    browser.button(ZH.account().next).click();
    browser.must_warn(ZH.common().code_missing);
    browser.field(ZH.common().code).fill(&stage.wrong_code_to(OLD));
    browser.button(ZH.account().next).click();
    browser.must_warn(ZH.refusal(&Refusal::CodeWrong { left: 4 }));
    let first = stage.code_to(OLD);
    stage.advance(61);
    browser.reload();
    browser.button(ZH.common().send_code).click();
    browser.button_with(always(ZH.common().resend_in)).must_be_closed();
    browser.field(ZH.common().code).fill(&first);
    browser.button(ZH.account().next).click();
    browser.must_warn(ZH.refusal(&Refusal::CodeSuperseded));
    stage.advance(301);
    browser.field(ZH.common().code).fill(&stage.code_to(OLD));
    browser.button(ZH.account().next).click();
    browser.must_warn(ZH.refusal(&Refusal::CodeExpired));
    browser.button(ZH.step_up().other_way).click();
    browser.prove_by_password();
    browser.name_number(NEW);
    browser.heading(ZH.phone().code_title).must_appear();
    browser.field(ZH.common().code).fill(&stage.wrong_code_to(NEW));
    browser.button(ZH.phone().submit).click();
    browser.must_warn(always(|left| ZH.refusal(&Refusal::CodeWrong { left })));
    stage.advance(301);
    browser.field(ZH.common().code).fill(&stage.code_to(NEW));
    browser.button(ZH.phone().submit).click();
    browser.must_warn(ZH.refusal(&Refusal::CodeExpired));
    browser.heading(ZH.phone().code_title).must_appear();
}

#[test]
fn who_has_asked_for_no_code_is_told_to_ask_for_one() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with((ZH.step_up().way)(Way::Sms)).click();
    browser.button(ZH.account().next).click();
    browser.must_warn(ZH.common().code_first);
    browser.must_have_focus_on(ZH.common().send_code);
    browser.ask_for_code();
    browser.button(ZH.account().next).click();
    browser.must_warn(ZH.common().code_missing);
    browser.must_have_focus_on("code");
}

#[test]
fn g2_a_wrong_password_in_the_wizard_tells_the_tries_left() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.button(ZH.account().next).click();
    browser.must_warn(ZH.common().password_missing);
    browser.field(ZH.common().password).fill("not-the-password");
    browser.button(ZH.account().next).click();
    browser.must_warn(ZH.refusal(&Refusal::PasswordWrong { left: 4 }));
    browser.field(ZH.common().password).fill(PASSWORD);
    browser.button(ZH.account().next).click();
    browser.heading(ZH.phone().number_title).must_appear();
}

#[test]
fn phn_09_every_sms_step_names_its_risk_and_what_else_there_is() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with((ZH.step_up().way)(Way::Sms)).click();
    browser.must_read(ZH.step_up().sms_risk);
    browser.button(ZH.step_up().other_way).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.prove_by_password();
    browser.name_number(NEW);
    browser.must_read(ZH.phone().code_only_sms);
}

#[test]
fn f_10_impatient_fingers_send_every_request_once() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.link(ZH.overview().change_phone).click();
    // Held back, or the last click may meet what stands there next.
    stage.faults().once("POST", "/api/v1/changes", Fault::Hold);
    browser.button(ZH.phone().title).click_repeatedly(4);
    stage.faults().must_hold();
    stage.faults().release();
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_have_sent("/api/v1/changes", 1);
    browser.button_with((ZH.step_up().way)(Way::Sms)).click();
    browser.button(ZH.common().send_code).click_repeatedly(4);
    browser.must_read_where_the_code_went();
    browser.must_have_sent("/api/v1/step-up/code", 1);
    browser.field(ZH.common().code).fill(&stage.code_to(OLD));
    browser.button(ZH.account().next).press_enter_and_click();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.must_have_sent("/api/v1/step-up/sms", 1);
    browser.field(ZH.phone().number).fill(NEW);
    browser.button(ZH.common().send_code).press_enter_and_click();
    browser.heading(ZH.phone().code_title).must_appear();
    browser.must_have_sent("/api/v1/phone/code", 1);
    assert_eq!(stage.messages_to(NEW).len(), 1);
    browser.field(ZH.common().code).fill(&stage.code_to(NEW));
    browser.button(ZH.phone().submit).press_enter_and_click();
    browser.heading(ZH.phone().done_title).must_appear();
    browser.must_have_sent("/api/v1/phone/bind", 1);
}

#[test]
fn the_whole_way_in_english() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.button(Lang::En.name()).click();
    browser.button(EN.sign_in().by_password).click();
    browser.field(EN.sign_in().phone).fill(OLD);
    browser.field(EN.common().password).fill(PASSWORD);
    browser.checkbox(EN.sign_in().agree).click();
    browser.button(EN.sign_in().submit).click();
    browser.heading(EN.overview().title).must_appear();
    browser.link(EN.overview().change_phone).click();
    browser.button(EN.phone().title).click();
    browser.heading(EN.step_up().title).must_appear();
    browser.button_with((EN.step_up().way)(Way::Sms)).click();
    browser.button(EN.common().send_code).click();
    browser.button_with(always(EN.common().resend_in)).must_be_closed();
    browser.field(EN.common().code).fill(&stage.code_to(OLD));
    browser.button(EN.account().next).click();
    browser.heading(EN.phone().number_title).must_appear();
    browser.field(EN.phone().number).fill("13800000002");
    browser.button(EN.common().send_code).click();
    browser.must_warn(EN.refusal(&Refusal::PhoneTaken));
    browser.field(EN.phone().number).fill(NEW);
    browser.button(EN.common().send_code).click();
    browser.heading(EN.phone().code_title).must_appear();
    browser.field(EN.common().code).fill(&stage.code_to(NEW));
    browser.button(EN.phone().submit).click();
    browser.heading(EN.phone().done_title).must_appear();
    browser.must_read((EN.phone().done_lead)("139****0001"));
    browser.link(EN.phone().sign_in).click();
    browser.heading(EN.sign_in().title).must_appear();
}

#[test]
fn the_whole_way_on_a_phone() {
    let stage = Stage::new();
    let browser = stage.phone();
    browser.open("/sign-in");
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_fit_the_screen();
    browser.sign_in_by_code(OLD);
    browser.must_be_in();
    browser.must_fit_the_screen();
    stage.advance(60);
    browser.link(ZH.overview().change_phone).click();
    browser.button(ZH.phone().title).must_appear();
    browser.must_fit_the_screen();
    browser.button(ZH.phone().title).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_fit_the_screen();
    browser.button_with((ZH.step_up().way)(Way::Sms)).click();
    browser.ask_for_code();
    browser.must_fit_the_screen();
    browser.field(ZH.common().code).fill(&stage.code_to(OLD));
    browser.button(ZH.account().next).click();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.must_fit_the_screen();
    browser.name_number(NEW);
    browser.heading(ZH.phone().code_title).must_appear();
    browser.must_fit_the_screen();
    browser.give_new_code(NEW);
    browser.heading(ZH.phone().done_title).must_appear();
    browser.must_fit_the_screen();
}
