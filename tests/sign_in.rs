//! Signing in: by SMS, by password, with the chooser, and every refusal on the way.

use contract::account::Edition;
use contract::problem::Trouble;
use contract::refusal::{Refusal, SessionEnd};
use e2e::{Answer, Browser, EN, Fault, Lang, PASSWORD, Stage, ZH, always, ended, trouble};

const CODE_PATH: &str = "/api/v1/sign-in/code";

/// The form with a number in it, before anything is sent.
fn form_with<'s>(stage: &'s Stage, phone: &str) -> Browser<'s> {
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.field(ZH.sign_in().phone).fill(phone);
    browser
}

#[test]
fn l1_the_code_of_the_sms_signs_in() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_code("13800000001");
    browser.must_be_in();
    browser.must_read("林晓");
    browser.must_read("138****0001");
    assert_eq!(browser.address(), "/");
    browser.reload();
    browser.must_be_in();
}

#[test]
fn b24_what_was_filled_in_silently_is_read_when_it_is_sent() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.button(ZH.sign_in().by_password).click();
    browser.field(ZH.common().password).must_appear();
    let script = "document.querySelector('#phone').value = arguments[0];
        document.querySelector('#password').value = arguments[1];
        document.querySelector('#agree').checked = true;";
    let _null = browser.run(script, vec!["13800000002".into(), PASSWORD.into()]);
    // Drawn anew, they are still there; so they are when a code is sent.
    browser.button(ZH.sign_in().by_sms).click();
    browser.field(ZH.sign_in().phone).must_hold("13800000002");
    let _null = browser.run("document.querySelector('#phone').value = '13800000003'", vec![]);
    browser.ask_for_code();
    assert_eq!(stage.messages_to("13800000003").len(), 1);
    let _null = browser.run("document.querySelector('#phone').value = '13800000002'", vec![]);
    browser.button(ZH.sign_in().by_password).click();
    browser.field(ZH.sign_in().phone).must_hold("13800000002");
    browser.field(ZH.common().password).must_hold(PASSWORD);
    browser.button(ZH.sign_in().submit).click();
    browser.must_be_in();
    browser.must_read("陈默");
    browser.leave();
    browser.button(ZH.sign_in().by_wechat).click();
    browser.checkbox(ZH.sign_in().agree).must_be_ticked(false);
    let _null = browser.run("document.querySelector('#agree').checked = true", vec![]);
    browser.button(ZH.sign_in().wechat_show).click();
    let _text = browser.read_qr();
}

#[test]
fn b10_an_input_method_that_never_ends_keeps_nothing_back() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.field(ZH.sign_in().phone).fill("13900000101");
    let begun = "document.querySelector('#phone').dispatchEvent(new CompositionEvent('compositionstart'))";
    let _null = browser.run(begun, vec![]);
    browser.field(ZH.sign_in().phone).fill("13900000102");
    browser.ask_for_code();
    assert_eq!(stage.messages_to("13900000102").len(), 1);
    assert_eq!(stage.messages_to("13900000101").len(), 0);
}

#[test]
fn l1_the_password_signs_in() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_password("13800000002");
    browser.must_be_in();
    browser.must_read("陈默");
    browser.must_read((ZH.account().edition)(Edition::Member));
}

#[test]
fn l1_an_unknown_number_opens_a_free_account() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_code("13911110001");
    browser.must_be_in();
    browser.must_read((ZH.account().edition)(Edition::Free));
    browser.must_read("139****0001");
}

#[test]
fn l1_account_9_chooses_after_the_code() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_code("13800000009");
    browser.heading(ZH.chooser().choose).must_appear();
    browser.button_with(ZH.chooser().personal).must_appear();
    browser.button_with("云桥科技").click();
    browser.must_be_in();
    browser.must_read((ZH.overview().managed)("云桥科技"));
}

#[test]
fn l1_account_9_chooses_after_the_password() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_password("13800000009");
    browser.heading(ZH.chooser().choose).must_appear();
    browser.button_with(ZH.chooser().personal).click();
    browser.must_be_in();
    browser.must_read((ZH.account().edition)(Edition::Free));
}

#[test]
fn l1_another_number_can_be_used_instead_of_choosing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_password("13800000009");
    browser.button(ZH.chooser().other_number).click();
    browser.button(ZH.sign_in().by_sms).must_appear();
    browser.field(ZH.sign_in().phone).must_hold("13800000009");
}

#[test]
fn l1_a_number_outside_the_mainland_signs_in_to_its_account() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_password("+852 6123 4567");
    browser.must_be_in();
    browser.must_read("+852 ****4567");
}

#[test]
fn l1_nothing_is_sent_without_consent() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.ask_for_code();
    browser.field(ZH.common().code).fill(&stage.code_to("13800000001"));
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.sign_in().agree_first);
    assert_eq!(browser.requests_to("/api/v1/sign-in/sms"), 0);
    browser.agree();
    browser.button(ZH.sign_in().submit).click();
    browser.must_be_in();
}

#[test]
fn l1_the_two_documents_can_be_read() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    for document in [ZH.sign_in().terms, ZH.sign_in().privacy] {
        let path = browser.link(document).attribute("href").expect("a link leads somewhere");
        let answer = stage.get(&path);
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.text().expect("it is text").contains(document.trim_matches(['《', '》'])), "{path}");
    }
}

#[test]
fn l1_what_is_missing_is_said_before_anything_is_sent() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.common().phone_missing);
    browser.field(ZH.sign_in().phone).fill("1380000");
    browser.button(ZH.common().send_code).click();
    browser.must_warn(ZH.common().phone_missing);
    browser.field(ZH.sign_in().phone).must_hold("1380000");
    browser.field(ZH.sign_in().phone).fill("13800000001");
    browser.field(ZH.common().code).fill("12345");
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.common().code_missing);
    browser.button(ZH.sign_in().by_password).click();
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.common().password_missing);
    browser.field(ZH.sign_in().phone).must_hold("13800000001");
    assert!(stage.messages_to("13800000001").is_empty());
}

#[test]
fn l1_the_chooser_has_one_heading_and_a_picture_for_each_kind() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_password("13800000009");
    browser.heading(ZH.chooser().choose).must_have_focus();
    let drawn = browser.run(
        "return [document.querySelectorAll('h1, h2').length,
            new Set([...document.querySelectorAll('.choice > svg:first-child')].map(it => it.innerHTML)).size]",
        vec![],
    );
    assert_eq!(drawn, serde_json::json!([1, 2]));
}

/// One sentence tells what is wrong: at most a line below this, and it describes the field.
fn proves_it_is_told_at(browser: &Browser<'_>, field: &str, place: &str) {
    browser.must_come_true(&format!(
        "const [told, more] = document.querySelectorAll('[role=alert]');
        const [field, place] = [document.querySelector('{field}'), document.querySelector('{place}')];
        const gap = told.getBoundingClientRect().top - place.getBoundingClientRect().bottom;
        return !more && gap >= 0 && gap < 20 && field.getAttribute('aria-invalid') === 'true'
            && field.getAttribute('aria-describedby').split(' ').includes(told.id)
            && document.querySelectorAll('[aria-invalid]').length === 1"
    ));
}

#[test]
fn what_is_wrong_stands_once_and_at_its_field() {
    let stage = Stage::behind_proxy();
    let browser = stage.phone();
    browser.open("/sign-in");
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.common().phone_missing);
    proves_it_is_told_at(&browser, "#phone", ".field-row:has(#phone)");
    browser.field(ZH.sign_in().phone).fill("13800000001");
    browser.ask_for_code();
    browser.field(ZH.common().code).fill(&stage.wrong_code_to("13800000001"));
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.sign_in().agree_first);
    proves_it_is_told_at(&browser, "#agree", ".consent");
    browser.agree();
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.refusal(&Refusal::CodeWrong { left: 4 }));
    proves_it_is_told_at(&browser, "#code", ".field-row:has(#code)");
    browser.button(ZH.sign_in().by_password).click();
    browser.field(ZH.common().password).fill("not-the-password");
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.refusal(&Refusal::PasswordWrong { left: 4 }));
    proves_it_is_told_at(&browser, "#password", ".field-row:has(#password)");
    // What is about no field stands above the button.
    let busy = Answer { head: "503 Service Unavailable", body: "" };
    stage.faults().once("POST", "/api/v1/sign-in/password", Fault::Gateway(busy));
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(trouble(&ZH, Trouble::Server { request_id: String::new() }));
    browser.must_come_true(
        "const [told, more] = document.querySelectorAll('[role=alert]');
        const way_on = document.querySelector('[type=submit]').getBoundingClientRect().top;
        const gap = way_on - told.getBoundingClientRect().bottom;
        return !more && gap >= 0 && gap < 40 && !document.querySelector('[aria-invalid]')",
    );
    browser.field(ZH.common().password).must_hold("not-the-password");
}

#[test]
fn a_guest_can_choose_the_language_wherever_a_link_leads() {
    let stage = Stage::new();
    let browser = stage.browser();
    for path in ["/phone", "/password/new?change=ab1", "/devices", "/?action=password", "/nope"] {
        browser.open(path);
        browser.button(Lang::En.name()).must_appear();
    }
    browser.open("/phone/done?change=ab1");
    browser.button(Lang::En.name()).click();
    browser.heading(EN.account().lost_title).must_appear();
}

#[test]
fn phn_01_a_number_however_it_is_typed() {
    for typed in ["138 0000 0001", "+8613800000001", "１３８０００００００１"] {
        let stage = Stage::new();
        let browser = stage.browser();
        browser.open("/sign-in");
        browser.field(ZH.sign_in().phone).fill(typed);
        browser.ask_for_code();
        browser.field(ZH.sign_in().phone).must_hold(typed);
        browser.field(ZH.common().code).fill(&stage.code_to("13800000001"));
        browser.agree();
        browser.button(ZH.sign_in().submit).click();
        browser.must_be_in();
        browser.must_read("林晓");
    }
}

#[test]
fn otp_13_the_screen_shows_the_serial_of_the_sms() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.ask_for_code();
    let message = stage.messages_to("13800000001").remove(0);
    let code = message.code.expect("it carries a code");
    assert!(message.text.contains("138****0001"), "{}", message.text);
    assert!(message.text.ends_with(&format!("\n@127.0.0.1 #{code}")), "{}", message.text);
    // In the server's words (OTP-13).
    let (_, rest) = message.text.split_once("序号 ").expect("it names its serial");
    let serial: String = rest.chars().take(2).collect();
    browser.must_read((ZH.common().sent_to)("138****0001", &serial));
}

#[test]
fn otp_14_the_code_is_one_input_that_a_phone_can_fill() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.ask_for_code();
    let field = browser.field(ZH.common().code);
    assert_eq!(field.attribute("autocomplete").as_deref(), Some("one-time-code"));
    assert_eq!(field.attribute("inputmode").as_deref(), Some("numeric"));
    assert_eq!(field.attribute("type").as_deref(), Some("text"));
    let code = stage.code_to("13800000001");
    let full_width: String =
        code.chars().filter_map(|digit| char::from_u32(u32::from(digit) + 0xfee0)).collect();
    field.fill(&format!("{} {}", &full_width[..9], &full_width[9..]));
    browser.agree();
    browser.button(ZH.sign_in().submit).click();
    browser.must_be_in();
}

#[test]
fn phn_09_the_sms_form_names_its_risk_and_another_way() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.must_read(ZH.sign_in().sms_hint);
    browser.button(ZH.sign_in().by_password).must_appear();
}

#[test]
fn g2_a_wrong_code_says_how_many_tries_are_left_until_none_is() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.ask_for_code();
    browser.agree();
    browser.field(ZH.common().code).fill(&stage.wrong_code_to("13800000001"));
    for left in (1..=4).rev() {
        browser.button(ZH.sign_in().submit).click();
        browser.must_warn(ZH.refusal(&Refusal::CodeWrong { left }));
    }
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(always(|until| ZH.refusal(&Refusal::CodeTooMany { until })));
    browser.field(ZH.common().code).fill(&stage.code_to("13800000001"));
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(always(|until| ZH.refusal(&Refusal::CodeTooMany { until })));
    browser.field(ZH.sign_in().phone).must_hold("13800000001");
    stage.advance(15 * 60 + 1);
    browser.reload();
    browser.sign_in_by_code("13800000001");
    browser.must_be_in();
}

#[test]
fn g2_an_old_code_is_expired_and_an_older_one_superseded() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.ask_for_code();
    let first = stage.code_to("13800000001");
    stage.advance(61);
    browser.reload();
    browser.field(ZH.sign_in().phone).fill("13800000001");
    browser.ask_for_code();
    assert_eq!(stage.messages_to("13800000001").len(), 2);
    browser.agree();
    browser.field(ZH.common().code).fill(&first);
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.refusal(&Refusal::CodeSuperseded));
    stage.advance(301);
    browser.field(ZH.common().code).fill(&stage.code_to("13800000001"));
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.refusal(&Refusal::CodeExpired));
    browser.field(ZH.sign_in().phone).must_hold("13800000001");
}

#[test]
fn g2_a_code_is_sent_again_only_after_a_minute() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.ask_for_code();
    // Named in docs/rules.md, §4.
    let [send, again] = ["获取验证码", "s 后重新获取"];
    browser.button_with(again).must_be_closed();
    browser.reload();
    browser.field(ZH.sign_in().phone).fill("13800000001");
    browser.button(send).click();
    browser.must_warn(always(|after| ZH.refusal(&Refusal::SendTooOften { after })));
    browser.field(ZH.sign_in().phone).must_hold("13800000001");
    browser.button_with(again).must_be_closed();
    assert_eq!(stage.messages_to("13800000001").len(), 1);
}

#[test]
fn g2_the_sixth_code_of_an_hour_is_not_sent() {
    let stage = Stage::new();
    let browser = stage.browser();
    for _ in 0..5 {
        browser.open("/sign-in");
        browser.field(ZH.sign_in().phone).fill("13800000001");
        browser.ask_for_code();
        stage.advance(61);
    }
    browser.open("/sign-in");
    browser.field(ZH.sign_in().phone).fill("13800000001");
    browser.button(ZH.common().send_code).click();
    browser.must_warn(always(|until| ZH.refusal(&Refusal::SendQuota { until })));
    browser.field(ZH.sign_in().phone).must_hold("13800000001");
    assert_eq!(stage.messages_to("13800000001").len(), 5);
}

#[test]
fn g2_a_wrong_password_tells_the_tries_left_until_none_is() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.button(ZH.sign_in().by_password).click();
    browser.field(ZH.common().password).fill("not-the-password");
    browser.agree();
    for left in (1..=4).rev() {
        browser.button(ZH.sign_in().submit).click();
        browser.must_warn(ZH.refusal(&Refusal::PasswordWrong { left }));
    }
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(always(|until| ZH.refusal(&Refusal::PasswordLocked { until })));
    browser.field(ZH.common().password).fill(PASSWORD);
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(always(|until| ZH.refusal(&Refusal::PasswordLocked { until })));
    browser.field(ZH.sign_in().phone).must_hold("13800000001");
}

#[test]
fn f_10_a_double_click_asks_for_one_code() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.button(ZH.common().send_code).click_repeatedly(6);
    browser.must_read_where_the_code_went();
    browser.must_have_sent(CODE_PATH, 1);
    assert_eq!(stage.messages_to("13800000001").len(), 1);
}

#[test]
fn f_10_enter_and_click_sign_in_once() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.ask_for_code();
    browser.agree();
    browser.field(ZH.common().code).fill(&stage.code_to("13800000001"));
    browser.button(ZH.sign_in().submit).press_enter_and_click();
    browser.must_be_in();
    browser.must_have_sent("/api/v1/sign-in/sms", 1);
}

#[test]
fn web_09_no_address_leads_out_of_the_app() {
    let stage = Stage::new();
    let browser = stage.browser();
    for to in ["https://evil.example/", "//evil.example", "%2F%2Fevil.example", "javascript:alert(1)"] {
        browser.open(&format!("/sign-in?return_to={to}"));
        browser.give_password("13800000001");
        browser.must_be_in();
        assert_eq!(browser.address(), "/", "{to}");
        browser.button(ZH.overview().sign_out).click();
        browser.heading(ZH.sign_in().title).must_appear();
    }
}

#[test]
fn the_language_is_chosen_and_remembered() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.button(Lang::En.name()).click();
    browser.heading(EN.sign_in().title).must_appear();
    browser.reload();
    browser.heading(EN.sign_in().title).must_appear();
    browser.button(Lang::Zh.name()).click();
    browser.heading(ZH.sign_in().title).must_appear();
}

#[test]
fn g5_another_language_keeps_what_was_typed_and_the_countdown() {
    let stage = Stage::new();
    let browser = form_with(&stage, "13800000001");
    browser.ask_for_code();
    browser.field(ZH.common().code).fill("123");
    browser.agree();
    browser.button(Lang::En.name()).click();
    browser.heading(EN.sign_in().title).must_appear();
    browser.field(EN.sign_in().phone).must_hold("13800000001");
    browser.field(EN.common().code).must_hold("123");
    browser.must_read(always(|serial| (EN.common().sent_to)("138****0001", serial)));
    browser.button_with(always(EN.common().resend_in)).must_be_closed();
    browser.button(EN.sign_in().by_password).click();
    browser.field(EN.common().password).fill(PASSWORD);
    browser.button(Lang::Zh.name()).click();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.field(ZH.common().password).must_hold(PASSWORD);
    browser.field(ZH.sign_in().phone).must_hold("13800000001");
    // The consent is still there, and the app knows of all of it.
    browser.button(ZH.sign_in().submit).click();
    browser.must_be_in();
}

#[test]
fn what_proved_the_identity_is_not_kept_for_the_next_number() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_password("13800000009");
    browser.button(ZH.chooser().other_number).click();
    browser.button(ZH.sign_in().by_password).click();
    browser.field(ZH.common().password).must_hold("");
}

#[test]
fn g7_signing_out_is_told_and_lasts() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000001");
    // Named in docs/rules.md, §4.
    browser.button("退出登录").click();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_read(ended(&ZH, SessionEnd::SignedOut));
    browser.open("/");
    browser.heading(ZH.sign_in().title).must_appear();
}
