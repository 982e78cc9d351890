//! Coming back to a wizard (G5): reload, Back, Forward, a second tab. What the server accepted is
//! kept, and no SMS is sent twice.

use e2e::{Browser, Stage};

const OLD: &str = "13800000001";
const NEW: &str = "13911110001";

/// Account 1 at the start of the wizard.
fn at_the_start(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(OLD);
    browser.link("更换手机号").click();
    browser.heading("更换手机号").must_appear();
    browser
}

/// Account 1 at the choice of ways.
fn at_the_choice(stage: &Stage) -> Browser<'_> {
    let browser = at_the_start(stage);
    browser.button("更换手机号").click();
    browser.heading("验证身份").must_appear();
    browser
}

/// Account 1 at the code to the new number.
fn at_the_new_code(stage: &Stage) -> Browser<'_> {
    let browser = at_the_choice(stage);
    browser.prove_by_password();
    browser.name_number(NEW);
    browser.heading("验证新手机号").must_appear();
    browser
}

/// Reads the countdown of the button that asks for another code.
fn proves_countdown_of_at_most(browser: &Browser<'_>, seconds: u32) {
    let name = browser.button_with("s 后重新获取").name();
    let left: u32 = name.split('s').next().and_then(|n| n.parse().ok()).expect("it begins with a number");
    assert!(left <= seconds, "`{name}`, but at most {seconds} s are left");
}

#[test]
fn f_15_a_reload_stays_at_the_step() {
    let stage = Stage::new();
    let browser = at_the_start(&stage);
    browser.reload();
    browser.heading("更换手机号").must_appear();
    browser.button("更换手机号").click();
    browser.heading("验证身份").must_appear();
    browser.reload();
    browser.heading("验证身份").must_appear();
    browser.button_with("密码验证").click();
    browser.heading("密码验证").must_appear();
    browser.reload();
    browser.heading("密码验证").must_appear();
    browser.button("使用其它身份验证方式").click();
    browser.button_with("短信验证码验证").click();
    browser.heading("短信验证码验证").must_appear();
    browser.reload();
    browser.heading("短信验证码验证").must_appear();
    browser.ask_for_code();
    browser.reload();
    browser.heading("短信验证码验证").must_appear();
    browser.field("验证码").fill(&stage.code_to(OLD));
    browser.button("下一步").click();
    browser.heading("填写新手机号").must_appear();
    browser.reload();
    browser.heading("填写新手机号").must_appear();
    browser.name_number(NEW);
    browser.heading("验证新手机号").must_appear();
    browser.reload();
    browser.heading("验证新手机号").must_appear();
    browser.must_read("139****0001");
    browser.give_new_code(NEW);
    browser.heading("手机号已更换").must_appear();
    let codes = |phone| stage.messages_to(phone).into_iter().filter(|message| message.code.is_some()).count();
    assert_eq!((codes(OLD), codes(NEW)), (1, 1));
}

#[test]
fn f_15_the_countdown_is_right_after_a_reload() {
    let stage = Stage::new();
    let browser = at_the_choice(&stage);
    browser.button_with("短信验证码验证").click();
    browser.ask_for_code();
    proves_countdown_of_at_most(&browser, 60);
    stage.advance(20);
    browser.reload();
    proves_countdown_of_at_most(&browser, 40);
    stage.advance(40);
    browser.reload();
    browser.button("获取验证码").must_be_open();
    browser.field("验证码").fill(&stage.code_to(OLD));
    browser.button("下一步").click();
    browser.heading("填写新手机号").must_appear();
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
    browser.heading("更换手机号").must_appear();
    browser.forward();
    browser.heading("验证身份").must_appear();
    browser.button_with("密码验证").click();
    browser.heading("密码验证").must_appear();
    browser.back();
    browser.heading("验证身份").must_appear();
    browser.button_with("短信验证码验证").click();
    browser.ask_for_code();
    browser.back();
    browser.heading("验证身份").must_appear();
    browser.button_with("短信验证码验证").click();
    browser.heading("短信验证码验证").must_appear();
    proves_countdown_of_at_most(&browser, 60);
    assert_eq!(stage.messages_to(OLD).len(), 1);
    browser.must_have_sent("/api/v1/changes", 1);
}

#[test]
fn f_13_back_and_forward_at_the_new_number() {
    let stage = Stage::new();
    let browser = at_the_new_code(&stage);
    browser.back();
    browser.heading("填写新手机号").must_appear();
    browser.field("新手机号").must_hold(NEW);
    browser.forward();
    browser.heading("验证新手机号").must_appear();
    browser.back();
    browser.heading("填写新手机号").must_appear();
    browser.button("获取验证码").click();
    browser.heading("验证新手机号").must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1, "the same number needs no second SMS");
    browser.back();
    browser.back();
    browser.heading("更换手机号").must_appear();
    browser.button("更换手机号").click();
    browser.heading("验证新手机号").must_appear();
    proves_countdown_of_at_most(&browser, 60);
    browser.must_have_sent("/api/v1/changes", 1);
    browser.give_new_code(NEW);
    browser.heading("手机号已更换").must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1);
}

#[test]
fn f_13_back_from_the_start_leaves_the_wizard() {
    let stage = Stage::new();
    let browser = at_the_start(&stage);
    browser.back();
    browser.must_be_in();
    browser.forward();
    browser.button("更换手机号").must_appear();
    browser.link("返回账号与安全").click();
    browser.must_be_in();
}

#[test]
fn f_13_back_from_the_result_repeats_nothing() {
    let stage = Stage::new();
    let browser = at_the_new_code(&stage);
    browser.give_new_code(NEW);
    browser.heading("手机号已更换").must_appear();
    browser.back();
    browser.heading("登录").must_appear();
    browser.must_have_sent("/api/v1/phone/bind", 1);
    browser.forward();
    browser.heading("手机号已更换").must_appear();
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
    browser.heading("填写新手机号").must_appear();
    browser.name_number(NEW);
    browser.heading("验证新手机号").must_appear();
    browser.turn_to_tab(0);
    browser.name_number("13911110002");
    browser.heading("验证新手机号").must_appear();
    browser.must_warn("这次操作已有新的进度（例如在另一个页面继续过），已为你更新。");
    browser.must_read("139****0001");
    assert!(stage.messages_to("13911110002").is_empty());
}

#[test]
fn g5_whoever_begins_again_from_the_overview_goes_on_at_the_step() {
    let stage = Stage::new();
    let browser = at_the_new_code(&stage);
    browser.open("/");
    browser.link("更换手机号").click();
    browser.button("更换手机号").click();
    browser.heading("验证新手机号").must_appear();
    browser.must_be_at("/phone/code?");
    browser.must_read("139****0001");
    proves_countdown_of_at_most(&browser, 60);
    // Another number is still a step away.
    browser.button("修改手机号").click();
    browser.heading("填写新手机号").must_appear();
    browser.name_number("13911110002");
    browser.heading("验证新手机号").must_appear();
    browser.must_read("139****0002");
    browser.give_new_code("13911110002");
    browser.heading("手机号已更换").must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1);
}

#[test]
fn g5_a_password_begun_again_goes_on_after_the_proof() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_password();
    browser.give_step_up_password();
    browser.heading("输入新密码").must_appear();
    browser.open("/");
    browser.link("修改密码").click();
    browser.button("修改登录密码").click();
    browser.heading("输入新密码").must_appear();
    stage.advance(301);
    browser.open("/");
    browser.link("修改密码").click();
    browser.button("修改登录密码").click();
    browser.heading("验证身份").must_appear();
}

#[test]
fn g5_a_change_that_is_gone_begins_again() {
    let stage = Stage::new();
    let browser = at_the_new_code(&stage);
    stage.advance(3600);
    browser.reload();
    browser.heading("更换手机号").must_appear();
    browser.must_warn("这次操作已过期或已被取代，请重新开始。");
    browser.must_be_at("/phone");
    browser.button("更换手机号").click();
    browser.heading("验证身份").must_appear();
}

#[test]
fn g5_an_address_the_change_does_not_justify_is_replaced() {
    let stage = Stage::new();
    let browser = at_the_choice(&stage);
    let ahead = browser.address().replace("/verify", "/code");
    browser.open(&ahead);
    browser.heading("验证身份").must_appear();
    browser.must_be_at("/phone/verify?");
    browser.open("/phone/code");
    browser.heading("更换手机号").must_appear();
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
        browser.heading("更换手机号").must_appear();
        browser.forward();
        browser.heading("验证身份").must_appear();
        browser.must_be_at("/phone/verify?");
    }
    assert_eq!(entries(), before);
    browser.back();
    browser.heading("更换手机号").must_appear();
    browser.back();
    browser.must_be_in();
}
