//! Setting and replacing the password: the whole way, its rules, and coming back to it.

use contract::account::Way;
use contract::refusal::{PasswordFlaw, Refusal, SessionEnd};
use e2e::{Browser, EN, Fault, Lang, PASSWORD, Stage, ZH, always, ended};

const PHONE: &str = "13800000001";
const SENTENCE: &str = "the seven blue lamps of home";

/// Account 1 at the new password.
fn at_the_new_password(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_password();
    browser.give_step_up_password();
    browser.heading(ZH.password().new_title).must_appear();
    browser
}

/// Account 1 has the new password.
fn changed(stage: &Stage) -> Browser<'_> {
    let browser = at_the_new_password(stage);
    browser.set_password(SENTENCE);
    browser.heading(ZH.password().done_title).must_appear();
    browser
}

#[test]
fn stp_01_the_password_is_replaced_after_a_code() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.link(ZH.overview().change_password).click();
    browser.heading(ZH.password().change_title).must_appear();
    browser.must_read(ZH.password().consequences[0]);
    browser.must_read(ZH.password().consequences[1]);
    browser.button(ZH.password().change_title).click();
    browser.must_read((ZH.account().progress)(1, 2));
    browser.give_step_up_code(PHONE);
    browser.heading(ZH.password().new_title).must_appear();
    browser.must_read((ZH.account().progress)(2, 2));
    browser.set_password(SENTENCE);
    browser.heading(ZH.password().done_title).must_appear();
    browser.must_read(ZH.password().done_facts[1]);
    browser.reload();
    browser.heading(ZH.password().done_title).must_appear();
    browser.link(ZH.common().home).click();
    browser.must_be_in();
    browser.must_read(ZH.overview().password_set);
}

#[test]
fn ses_03_the_new_password_signs_in_and_the_old_one_does_not() {
    let stage = Stage::new();
    let browser = changed(&stage);
    browser.leave();
    browser.give_password(PHONE);
    browser.must_warn(always(|left| ZH.refusal(&Refusal::PasswordWrong { left })));
    browser.field(ZH.common().password).fill(SENTENCE);
    browser.button(ZH.sign_in().submit).click();
    browser.must_be_in();
    browser.must_read("林晓");
}

#[test]
fn ses_03_another_browser_is_asked_to_sign_in_and_told_why() {
    let stage = Stage::new();
    let other = stage.browser();
    other.enter(PHONE);
    let _here = changed(&stage);
    other.link(ZH.overview().see_devices).click();
    other.heading(ZH.sign_in().title).must_appear();
    other.must_read(ended(&ZH, SessionEnd::PasswordChanged));
    other.give_this_password(PHONE, SENTENCE);
    other.heading(ZH.overview().devices).must_appear();
}

#[test]
fn stp_09_who_was_changing_it_too_signs_in_and_begins_anew() {
    let stage = Stage::new();
    let other = at_the_new_password(&stage);
    let _here = changed(&stage);
    other.set_password("another sentence of lamps");
    other.heading(ZH.sign_in().title).must_appear();
    other.must_read(ended(&ZH, SessionEnd::PasswordChanged));
    other.give_this_password(PHONE, SENTENCE);
    other.must_be_in();
}

#[test]
fn p8_the_bound_phone_is_told() {
    let stage = Stage::new();
    let browser = changed(&stage);
    browser.must_read(ZH.password().done_facts[2]);
    let notice = stage.notice_to(PHONE);
    // In the server's words (P8).
    assert!(notice.contains("密码") && !notice.contains(SENTENCE), "{notice}");
}

#[test]
fn api_07_the_first_password_of_an_account_is_set() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_code("13911110002");
    browser.must_be_in();
    browser.must_read(ZH.overview().password_not_set);
    stage.advance(61);
    browser.link(ZH.overview().set_password).click();
    browser.button(ZH.password().set_title).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.button_with((ZH.step_up().way)(Way::Password)).must_be_closed();
    browser.must_read(ZH.step_up().no_password);
    browser.give_step_up_code("13911110002");
    browser.set_password(SENTENCE);
    browser.heading(ZH.password().done_title).must_appear();
    browser.link(ZH.common().home).click();
    browser.link(ZH.overview().change_password).must_appear();
    browser.leave();
    browser.give_this_password("13911110002", SENTENCE);
    browser.must_be_in();
}

#[test]
fn api_07_the_rules_are_read_before_anything_is_typed() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    for rule in ZH.password().rules {
        browser.must_read(rule);
    }
    let field = browser.field(ZH.password().new);
    field.must_be_described(ZH.password().hint);
    assert_eq!(field.attribute("autocomplete").as_deref(), Some("new-password"));
    assert_eq!(field.attribute("type").as_deref(), Some("password"));
    browser.button(ZH.common().show_password).click();
    assert_eq!(field.attribute("type").as_deref(), Some("text"));
    browser.button(ZH.common().hide_password).click();
    assert_eq!(field.attribute("type").as_deref(), Some("password"));
}

#[test]
fn api_07_a_weak_password_is_refused_in_words_and_kept() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    browser.button(ZH.password().submit).click();
    browser.must_warn(ZH.password().missing);
    assert_eq!(browser.requests_to("/api/v1/password"), 0);
    let long = "x1".repeat(65);
    for (typed, why) in [
        ("fourteen chars", PasswordFlaw::Short),
        (&long, PasswordFlaw::Long),
        ("passwordpassword", PasswordFlaw::Common),
        ("1380000000113800000001", PasswordFlaw::Common),
    ] {
        let words = ZH.refusal(&Refusal::PasswordWeak { why });
        browser.set_password(typed);
        browser.must_warn(&words);
        browser.field(ZH.password().new).must_be_described(&words);
        browser.field(ZH.password().new).must_hold(typed);
        browser.heading(ZH.password().new_title).must_appear();
    }
    browser.set_password(SENTENCE);
    browser.heading(ZH.password().done_title).must_appear();
}

#[test]
fn p5_a_proof_of_over_five_minutes_is_renewed_and_the_text_kept() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    stage.advance(301);
    browser.set_password(SENTENCE);
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_warn(ZH.refusal(&Refusal::StepUpNeeded { ways: vec![] }));
    browser.give_step_up_password();
    browser.field(ZH.password().new).must_hold(SENTENCE);
    browser.button(ZH.password().submit).click();
    browser.heading(ZH.password().done_title).must_appear();
}

#[test]
fn f_02_the_screen_says_that_the_result_is_being_checked() {
    let stage = Stage::behind_proxy();
    let browser = at_the_new_password(&stage);
    stage.faults().once("POST", "/api/v1/password", Fault::CutAfter);
    stage.faults().always("GET", "/api/v1/outcomes/", Fault::CutBefore);
    browser.set_password(SENTENCE);
    browser.must_read(ZH.common().confirming);
    stage.faults().end();
    browser.heading(ZH.password().done_title).must_appear();
    assert_eq!(stage.faults().sent("POST", "/api/v1/password"), 1);
}

#[test]
fn f_15_a_reload_stays_at_the_step() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.link(ZH.overview().change_password).click();
    browser.heading(ZH.password().change_title).must_appear();
    browser.reload();
    browser.button(ZH.password().change_title).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.reload();
    browser.heading(ZH.step_up().title).must_appear();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.heading(ZH.step_up().password_title).must_appear();
    browser.reload();
    browser.heading(ZH.step_up().password_title).must_appear();
    browser.field(ZH.common().password).fill(PASSWORD);
    browser.button(ZH.account().next).click();
    browser.heading(ZH.password().new_title).must_appear();
    browser.reload();
    browser.heading(ZH.password().new_title).must_appear();
    browser.must_be_at("/password/new?");
    browser.set_password(SENTENCE);
    browser.heading(ZH.password().done_title).must_appear();
}

#[test]
fn f_13_back_and_forward_at_each_step() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    browser.field(ZH.password().new).fill(SENTENCE);
    browser.back();
    browser.heading(ZH.password().change_title).must_appear();
    browser.forward();
    browser.heading(ZH.password().new_title).must_appear();
    browser.field(ZH.password().new).must_hold(SENTENCE);
    browser.button(ZH.password().submit).click();
    browser.heading(ZH.password().done_title).must_appear();
    browser.back();
    browser.must_have_sent("/api/v1/password", 1);
    browser.must_have_sent("/api/v1/changes", 1);
    browser.forward();
    browser.heading(ZH.password().done_title).must_appear();
}

#[test]
fn f_10_impatient_fingers_set_it_once() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    browser.field(ZH.password().new).fill(SENTENCE);
    browser.button(ZH.password().submit).press_enter_and_click();
    browser.heading(ZH.password().done_title).must_appear();
    browser.must_have_sent("/api/v1/password", 1);
}

#[test]
fn stp_06_a_change_of_the_phone_opened_as_another_begins_anew() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_rebind();
    browser.prove_by_password();
    let foreign = browser.address().replace("/phone/number", "/password/new");
    browser.open(&foreign);
    browser.heading(ZH.password().change_title).must_appear();
    browser.must_be_at("/password");
    assert_eq!(browser.address(), "/password");
}

#[test]
fn stp_06_the_address_of_a_step_is_worthless_without_a_proof() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_password();
    let ahead = browser.address().replace("/verify", "/new");
    browser.open(&ahead);
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_be_at("/password/verify?");
    browser.open("/password/new");
    browser.heading(ZH.password().change_title).must_appear();
}

#[test]
fn p3_account_7_has_its_password_at_its_organization() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000007");
    let row = browser.button(ZH.overview().change_password);
    row.must_be_closed();
    row.must_be_described(ZH.refusal(&Refusal::SsoManaged));
    browser.open("/password");
    browser.must_read(ZH.refusal(&Refusal::SsoManaged));
    assert_eq!(browser.requests_to("/api/v1/changes"), 0);
}

#[test]
fn a_link_of_a_host_opens_the_account() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open("/?action=password");
    browser.button(ZH.password().change_title).must_appear();
    browser.must_be_at("/password");
}

#[test]
fn the_whole_way_in_english() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.button(Lang::En.name()).click();
    browser.link(EN.overview().change_password).click();
    browser.button(EN.password().change_title).click();
    browser.heading(EN.step_up().title).must_appear();
    browser.button_with((EN.step_up().way)(Way::Password)).click();
    browser.field(EN.common().password).fill(PASSWORD);
    browser.button(EN.account().next).click();
    browser.heading(EN.password().new_title).must_appear();
    browser.field(EN.password().new).fill("fourteen chars");
    browser.button(EN.password().submit).click();
    browser.must_warn(EN.refusal(&Refusal::PasswordWeak { why: PasswordFlaw::Short }));
    browser.field(EN.password().new).fill(SENTENCE);
    browser.button(EN.password().submit).click();
    browser.heading(EN.password().done_title).must_appear();
    browser.must_read(EN.password().done_facts[1]);
}

#[test]
fn the_whole_way_on_a_phone() {
    let stage = Stage::new();
    let browser = stage.phone();
    browser.enter(PHONE);
    browser.must_fit_the_screen();
    browser.link(ZH.overview().change_password).click();
    browser.button(ZH.password().change_title).must_appear();
    browser.must_fit_the_screen();
    browser.button(ZH.password().change_title).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_fit_the_screen();
    browser.give_step_up_password();
    browser.heading(ZH.password().new_title).must_appear();
    browser.must_fit_the_screen();
    browser.set_password("too short");
    browser.must_warn(ZH.refusal(&Refusal::PasswordWeak { why: PasswordFlaw::Short }));
    browser.must_fit_the_screen();
    browser.set_password(SENTENCE);
    browser.heading(ZH.password().done_title).must_appear();
    browser.must_fit_the_screen();
}

#[test]
fn idm_1_a_result_that_is_not_there_leads_back() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000001");
    browser.open("/password/done?change=ffffffffffffffffffffffffffffffff");
    browser.heading(ZH.account().lost_title).must_appear();
    browser.link(ZH.common().home).click();
    browser.must_be_in();
}
