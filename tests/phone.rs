//! Rebinding the phone: the whole way, its rules, and its refusals.

use e2e::{Browser, Fault, PASSWORD, Stage};

const OLD: &str = "13800000001";
const NEW: &str = "13911110001";
const RESTING: &str = "该手机号 24 小时内刚从一个账号解绑，请在";
const PHONE_CHANGED: &str = "账号的手机号已更换，请用新手机号重新登录。";

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
    browser.must_read("第 1 步，共 3 步");
    browser.prove_by_code(OLD);
    browser.must_read("第 2 步，共 3 步");
    browser.name_number(NEW);
    browser.heading("验证新手机号").must_appear();
    browser.must_read("第 3 步，共 3 步");
    browser.must_read("139****0001");
    browser.give_new_code(NEW);
    browser.heading("手机号已更换").must_appear();
    browser.must_read("这个账号现在绑定 139****0001。");
    browser.reload();
    browser.heading("手机号已更换").must_appear();
    browser.link("用新手机号登录").click();
    browser.heading("登录").must_appear();
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
    browser.must_warn("密码不正确，还可以试");
    browser.sign_in_by_code(OLD);
    browser.must_warn(RESTING);
    browser.field("手机号").must_hold(OLD);
}

#[test]
fn p6_a_second_browser_is_asked_to_sign_in_and_told_why() {
    let stage = Stage::new();
    let second = stage.browser();
    second.enter(OLD);
    let _first = rebound(&stage);
    second.reload();
    second.heading("登录").must_appear();
    second.must_read(PHONE_CHANGED);
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
    second.heading("登录").must_appear();
    second.must_read(PHONE_CHANGED);
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
    other.must_warn(RESTING);
    other.field("新手机号").must_hold(OLD);
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
    browser.must_read("我们会发短信通知旧手机号");
    browser.reload();
    browser.heading("手机号已更换").must_appear();
    let notice = stage.notice_to(OLD);
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
    at_home.button_with("个人账号").click();
    at_home.must_be_in();
    at_home.begin_rebind();
    at_home.must_read("发送验证码到 138****0009");
    at_home.prove_by_password();
    at_home.rebind_to("13911110009");
    at_work.reload();
    at_work.must_be_in();
    at_home.sign_in_by_password("13800000009");
    at_home.must_be_in();
    at_home.must_read("由 云桥科技 管理");
    at_home.button("退出登录").click();
    at_home.heading("登录").must_appear();
    at_home.sign_in_by_password("13911110009");
    at_home.must_be_in();
    at_home.must_read("免费版");
}

#[test]
fn p4_a_number_that_cannot_be_bound_is_refused_in_words_and_kept() {
    let stage = Stage::new();
    let browser = at_the_number(&stage);
    for (typed, words) in [
        ("12345", "请输入正确的手机号"),
        (OLD, "这就是当前绑定的手机号，请填写新的手机号。"),
        ("13800000002", "该手机号已绑定其他账号，请换一个手机号。"),
        ("+852 6123 4567", "暂不支持换绑境外手机号"),
        ("+886 912 345 678", "暂不支持换绑境外手机号"),
    ] {
        browser.name_number(typed);
        browser.must_warn(words);
        browser.field("新手机号").must_hold(typed);
        browser.heading("填写新手机号").must_appear();
    }
}

#[test]
fn p4_a_number_however_it_is_typed() {
    for typed in ["139 1111 0001", "+86 139-1111-0001", "１３９１１１１０００１"] {
        let stage = Stage::new();
        let browser = at_the_number(&stage);
        browser.name_number(typed);
        browser.heading("验证新手机号").must_appear();
        browser.must_read("139****0001");
        browser.button("修改手机号").click();
        browser.field("新手机号").must_hold(typed);
    }
}

#[test]
fn p5_the_fourth_number_of_a_change_is_one_too_many() {
    let stage = Stage::new();
    let browser = at_the_number(&stage);
    for (number, left) in [("13911110001", 2), ("13911110002", 1), ("13911110003", 0)] {
        browser.name_number(number);
        browser.heading("验证新手机号").must_appear();
        browser.button("修改手机号").click();
        browser.must_read(&format!("本次还可以尝试 {left} 个手机号。"));
    }
    browser.name_number("13911110004");
    browser.must_warn("本次尝试的新手机号过多，请返回“账号与安全”重新开始更换。");
    browser.field("新手机号").must_hold("13911110004");
    assert!(stage.messages_to("13911110004").is_empty());
}

#[test]
fn p5_a_proof_older_than_five_minutes_is_asked_for_again() {
    let stage = Stage::new();
    let browser = at_the_number(&stage);
    stage.advance(301);
    browser.name_number(NEW);
    browser.heading("验证身份").must_appear();
    browser.must_warn("身份验证已失效（有效期 5 分钟），请重新验证，已填写的内容会保留。");
    assert!(stage.messages_to(NEW).is_empty());
    browser.prove_by_password();
    browser.field("新手机号").must_hold(NEW);
    browser.button("获取验证码").click();
    browser.heading("验证新手机号").must_appear();
    browser.give_new_code(NEW);
    browser.heading("手机号已更换").must_appear();
}

#[test]
fn p5_a_change_goes_on_at_the_identity_after_another_sign_in() {
    let stage = Stage::new();
    let browser = at_the_number(&stage);
    let here = browser.address();
    browser.open("/");
    browser.button("退出登录").click();
    browser.heading("登录").must_appear();
    browser.open(&here);
    browser.heading("登录").must_appear();
    browser.give_password(OLD);
    browser.heading("验证身份").must_appear();
    browser.prove_by_password();
    browser.rebind_to(NEW);
}

#[test]
fn g2_wrong_codes_of_the_wizard_are_refused_in_words() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with("短信验证码验证").click();
    browser.ask_for_code();
    browser.field("验证码").fill("123");
    browser.button("下一步").click();
    browser.must_warn("请输入短信中的数字验证码。");
    browser.field("验证码").fill(&stage.wrong_code_to(OLD));
    browser.button("下一步").click();
    browser.must_warn("验证码不正确，还可以试 4 次。");
    let first = stage.code_to(OLD);
    stage.advance(61);
    browser.reload();
    browser.button("获取验证码").click();
    browser.button_with("s 后重新获取").must_be_closed();
    browser.field("验证码").fill(&first);
    browser.button("下一步").click();
    browser.must_warn("这是较早的一条验证码");
    stage.advance(301);
    browser.field("验证码").fill(&stage.code_to(OLD));
    browser.button("下一步").click();
    browser.must_warn("验证码已过期或失效，请重新获取。");
    browser.button("使用其它身份验证方式").click();
    browser.prove_by_password();
    browser.name_number(NEW);
    browser.heading("验证新手机号").must_appear();
    browser.field("验证码").fill(&stage.wrong_code_to(NEW));
    browser.button("确认更换").click();
    browser.must_warn("验证码不正确，还可以试");
    stage.advance(301);
    browser.field("验证码").fill(&stage.code_to(NEW));
    browser.button("确认更换").click();
    browser.must_warn("验证码已过期或失效，请重新获取。");
    browser.heading("验证新手机号").must_appear();
}

#[test]
fn who_has_asked_for_no_code_is_told_to_ask_for_one() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with("短信验证码验证").click();
    browser.button("下一步").click();
    browser.must_warn("请先获取验证码，再填写短信中的数字。");
    browser.must_have_focus_on("获取验证码");
    browser.ask_for_code();
    browser.button("下一步").click();
    browser.must_warn("请输入短信中的数字验证码。");
    browser.must_have_focus_on("code");
}

#[test]
fn g2_a_wrong_password_in_the_wizard_says_how_many_tries_are_left() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with("密码验证").click();
    browser.button("下一步").click();
    browser.must_warn("请输入密码。");
    browser.field("密码").fill("not-the-password");
    browser.button("下一步").click();
    browser.must_warn("还可以试 4 次。");
    browser.field("密码").fill(PASSWORD);
    browser.button("下一步").click();
    browser.heading("填写新手机号").must_appear();
}

#[test]
fn phn_09_every_sms_step_names_its_risk_and_what_else_there_is() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with("短信验证码验证").click();
    browser.must_read("请勿把验证码告诉任何人");
    browser.button("使用其它身份验证方式").click();
    browser.heading("验证身份").must_appear();
    browser.prove_by_password();
    browser.name_number(NEW);
    browser.must_read("这一步用来确认新手机号在你手中，因此只能使用短信。请勿把验证码告诉任何人。");
}

#[test]
fn f_10_impatient_fingers_send_every_request_once() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.link("更换手机号").click();
    // Held back, or the last click may meet what stands there next.
    stage.faults().once("POST", "/api/v1/changes", Fault::Hold);
    browser.button("更换手机号").click_repeatedly(4);
    stage.faults().must_hold();
    stage.faults().release();
    browser.heading("验证身份").must_appear();
    browser.must_have_sent("/api/v1/changes", 1);
    browser.button_with("短信验证码验证").click();
    browser.button_with("获取").click_repeatedly(4);
    browser.must_read("验证码已发送至");
    browser.must_have_sent("/api/v1/step-up/code", 1);
    browser.field("验证码").fill(&stage.code_to(OLD));
    browser.button("下一步").press_enter_and_click();
    browser.heading("填写新手机号").must_appear();
    browser.must_have_sent("/api/v1/step-up/sms", 1);
    browser.field("新手机号").fill(NEW);
    browser.button("获取验证码").press_enter_and_click();
    browser.heading("验证新手机号").must_appear();
    browser.must_have_sent("/api/v1/phone/code", 1);
    assert_eq!(stage.messages_to(NEW).len(), 1);
    browser.field("验证码").fill(&stage.code_to(NEW));
    browser.button("确认更换").press_enter_and_click();
    browser.heading("手机号已更换").must_appear();
    browser.must_have_sent("/api/v1/phone/bind", 1);
}

#[test]
fn the_whole_way_in_english() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.button("English").click();
    browser.button("Password").click();
    browser.field("Phone number").fill(OLD);
    browser.field("Password").fill(PASSWORD);
    browser.checkbox("I have read and agree to the").click();
    browser.button("Sign in").click();
    browser.heading("Account & security").must_appear();
    browser.link("Change phone number").click();
    browser.button("Change phone number").click();
    browser.heading("Verify it's you").must_appear();
    browser.button_with("Text message code").click();
    browser.button("Get code").click();
    browser.button_with("Resend in").must_be_closed();
    browser.field("Verification code").fill(&stage.code_to(OLD));
    browser.button("Next").click();
    browser.heading("Enter your new number").must_appear();
    browser.field("New phone number").fill("13800000002");
    browser.button("Get code").click();
    browser.must_warn("number");
    browser.field("New phone number").fill(NEW);
    browser.button("Get code").click();
    browser.heading("Verify your new number").must_appear();
    browser.field("Verification code").fill(&stage.code_to(NEW));
    browser.button("Change number").click();
    browser.heading("Phone number changed").must_appear();
    browser.must_read("This account now uses 139****0001.");
    browser.link("Sign in with the new number").click();
    browser.heading("Sign in").must_appear();
}

#[test]
fn the_whole_way_on_a_phone() {
    let stage = Stage::new();
    let browser = stage.phone();
    browser.open("/sign-in");
    browser.heading("登录").must_appear();
    browser.must_fit_the_screen();
    browser.sign_in_by_code(OLD);
    browser.must_be_in();
    browser.must_fit_the_screen();
    stage.advance(60);
    browser.link("更换手机号").click();
    browser.button("更换手机号").must_appear();
    browser.must_fit_the_screen();
    browser.button("更换手机号").click();
    browser.heading("验证身份").must_appear();
    browser.must_fit_the_screen();
    browser.button_with("短信验证码验证").click();
    browser.ask_for_code();
    browser.must_fit_the_screen();
    browser.field("验证码").fill(&stage.code_to(OLD));
    browser.button("下一步").click();
    browser.heading("填写新手机号").must_appear();
    browser.must_fit_the_screen();
    browser.name_number(NEW);
    browser.heading("验证新手机号").must_appear();
    browser.must_fit_the_screen();
    browser.give_new_code(NEW);
    browser.heading("手机号已更换").must_appear();
    browser.must_fit_the_screen();
}
