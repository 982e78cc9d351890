//! Setting and replacing the password: the whole way, its rules, and coming back to it.

use e2e::{Browser, Fault, PASSWORD, Stage};

const PHONE: &str = "13800000001";
const SENTENCE: &str = "the seven blue lamps of home";
const CHANGED: &str = "账号的登录密码已更改，请用新密码或短信重新登录。";

/// Account 1 at the new password.
fn at_the_new_password(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_password();
    browser.give_step_up_password();
    browser.heading("输入新密码").must_appear();
    browser
}

/// Account 1 has the new password.
fn changed(stage: &Stage) -> Browser<'_> {
    let browser = at_the_new_password(stage);
    browser.set_password(SENTENCE);
    browser.heading("登录密码已设置").must_appear();
    browser
}

#[test]
fn stp_01_the_password_is_replaced_after_a_code() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.link("修改密码").click();
    browser.heading("修改登录密码").must_appear();
    browser.must_read("新密码生效后，其他设备都会退出登录，需要重新登录。");
    browser.must_read("这台设备保持登录。");
    browser.button("修改登录密码").click();
    browser.must_read("第 1 步，共 2 步");
    browser.give_step_up_code(PHONE);
    browser.heading("输入新密码").must_appear();
    browser.must_read("第 2 步，共 2 步");
    browser.set_password(SENTENCE);
    browser.heading("登录密码已设置").must_appear();
    browser.must_read("这台设备不受影响，可以放心继续使用。");
    browser.reload();
    browser.heading("登录密码已设置").must_appear();
    browser.link("返回账号与安全").click();
    browser.must_be_in();
    browser.must_read("已设置");
}

#[test]
fn ses_03_the_old_password_does_not_sign_in_any_more_and_the_new_one_does() {
    let stage = Stage::new();
    let browser = changed(&stage);
    browser.leave();
    browser.give_password(PHONE);
    browser.must_warn("密码不正确，还可以试");
    browser.field("密码").fill(SENTENCE);
    browser.button("登录").click();
    browser.must_be_in();
    browser.must_read("林晓");
}

#[test]
fn ses_03_another_browser_is_asked_to_sign_in_and_told_why() {
    let stage = Stage::new();
    let other = stage.browser();
    other.enter(PHONE);
    let _here = changed(&stage);
    other.link("查看设备").click();
    other.heading("登录").must_appear();
    other.must_read(CHANGED);
    other.give_this_password(PHONE, SENTENCE);
    other.heading("登录设备").must_appear();
}

#[test]
fn stp_09_who_was_changing_it_too_is_asked_to_sign_in_and_begins_at_the_overview() {
    let stage = Stage::new();
    let other = at_the_new_password(&stage);
    let _here = changed(&stage);
    other.set_password("another sentence of lamps");
    other.heading("登录").must_appear();
    other.must_read(CHANGED);
    other.give_this_password(PHONE, SENTENCE);
    other.must_be_in();
}

#[test]
fn p8_the_bound_phone_is_told() {
    let stage = Stage::new();
    let browser = changed(&stage);
    browser.must_read(
        "我们会发短信通知账号绑定的手机号，绑定了微信的也会通知微信。如果不是你本人设置的，请立即",
    );
    let notice = stage.notice_to(PHONE);
    assert!(notice.contains("密码") && !notice.contains(SENTENCE), "{notice}");
}

#[test]
fn api_07_the_first_password_of_an_account_is_set() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_code("13911110002");
    browser.must_be_in();
    browser.must_read("未设置");
    stage.advance(61);
    browser.link("设置密码").click();
    browser.button("设置登录密码").click();
    browser.heading("验证身份").must_appear();
    browser.button_with("密码验证").must_be_closed();
    browser.must_read("这个账号还没有设置密码。");
    browser.give_step_up_code("13911110002");
    browser.set_password(SENTENCE);
    browser.heading("登录密码已设置").must_appear();
    browser.link("返回账号与安全").click();
    browser.link("修改密码").must_appear();
    browser.leave();
    browser.give_this_password("13911110002", SENTENCE);
    browser.must_be_in();
}

#[test]
fn api_07_the_rules_are_read_before_anything_is_typed() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    for rule in ["任何字符都可以，包括空格；可以粘贴", "太常见或容易猜到的密码会被拒绝"]
    {
        browser.must_read(rule);
    }
    let field = browser.field("新密码");
    field.must_be_described("15 到 128 个字符");
    assert_eq!(field.attribute("autocomplete").as_deref(), Some("new-password"));
    assert_eq!(field.attribute("type").as_deref(), Some("password"));
    browser.button("显示").click();
    assert_eq!(field.attribute("type").as_deref(), Some("text"));
    browser.button("隐藏").click();
    assert_eq!(field.attribute("type").as_deref(), Some("password"));
}

#[test]
fn api_07_a_weak_password_is_refused_in_words_and_kept() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    browser.button("确认设置").click();
    browser.must_warn("请输入新密码。");
    assert_eq!(browser.requests_to("/api/v1/password"), 0);
    let long = "x1".repeat(65);
    for (typed, words) in [
        ("fourteen chars", "密码太短，至少需要 15 个字符。"),
        (&long, "密码太长，最多 128 个字符。"),
        ("passwordpassword", "这个密码太常见或容易被猜到，请换一个"),
        ("1380000000113800000001", "这个密码太常见或容易被猜到，请换一个"),
    ] {
        browser.set_password(typed);
        browser.must_warn(words);
        browser.field("新密码").must_be_described(words);
        browser.field("新密码").must_hold(typed);
        browser.heading("输入新密码").must_appear();
    }
    browser.set_password(SENTENCE);
    browser.heading("登录密码已设置").must_appear();
}

#[test]
fn p5_a_proof_older_than_five_minutes_is_asked_for_again_and_the_text_kept() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    stage.advance(301);
    browser.set_password(SENTENCE);
    browser.heading("验证身份").must_appear();
    browser.must_warn("身份验证已失效（有效期 5 分钟），请重新验证，已填写的内容会保留。");
    browser.give_step_up_password();
    browser.field("新密码").must_hold(SENTENCE);
    browser.button("确认设置").click();
    browser.heading("登录密码已设置").must_appear();
}

#[test]
fn f_02_the_screen_says_that_the_result_is_being_checked() {
    let stage = Stage::behind_proxy();
    let browser = at_the_new_password(&stage);
    stage.faults().once("POST", "/api/v1/password", Fault::CutAfter);
    stage.faults().always("GET", "/api/v1/outcomes/", Fault::CutBefore);
    browser.set_password(SENTENCE);
    browser.must_read("正在确认结果…请稍候，不会重复提交。");
    stage.faults().end();
    browser.heading("登录密码已设置").must_appear();
    assert_eq!(stage.faults().sent("POST", "/api/v1/password"), 1);
}

#[test]
fn f_15_a_reload_stays_at_the_step() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.link("修改密码").click();
    browser.heading("修改登录密码").must_appear();
    browser.reload();
    browser.button("修改登录密码").click();
    browser.heading("验证身份").must_appear();
    browser.reload();
    browser.heading("验证身份").must_appear();
    browser.button_with("密码验证").click();
    browser.heading("密码验证").must_appear();
    browser.reload();
    browser.heading("密码验证").must_appear();
    browser.field("密码").fill(PASSWORD);
    browser.button("下一步").click();
    browser.heading("输入新密码").must_appear();
    browser.reload();
    browser.heading("输入新密码").must_appear();
    browser.must_be_at("/password/new?");
    browser.set_password(SENTENCE);
    browser.heading("登录密码已设置").must_appear();
}

#[test]
fn f_13_back_and_forward_at_each_step() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    browser.field("新密码").fill(SENTENCE);
    browser.back();
    browser.heading("修改登录密码").must_appear();
    browser.forward();
    browser.heading("输入新密码").must_appear();
    browser.field("新密码").must_hold(SENTENCE);
    browser.button("确认设置").click();
    browser.heading("登录密码已设置").must_appear();
    browser.back();
    browser.must_have_sent("/api/v1/password", 1);
    browser.must_have_sent("/api/v1/changes", 1);
    browser.forward();
    browser.heading("登录密码已设置").must_appear();
}

#[test]
fn f_10_impatient_fingers_set_it_once() {
    let stage = Stage::new();
    let browser = at_the_new_password(&stage);
    browser.field("新密码").fill(SENTENCE);
    browser.button("确认设置").press_enter_and_click();
    browser.heading("登录密码已设置").must_appear();
    browser.must_have_sent("/api/v1/password", 1);
}

#[test]
fn stp_06_a_change_of_the_phone_opened_as_one_of_the_password_begins_anew() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_rebind();
    browser.prove_by_password();
    let foreign = browser.address().replace("/phone/number", "/password/new");
    browser.open(&foreign);
    browser.heading("修改登录密码").must_appear();
    browser.must_be_at("/password");
    assert_eq!(browser.address(), "/password");
}

#[test]
fn stp_06_the_address_of_the_new_password_is_worth_nothing_without_a_proof() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.begin_password();
    let ahead = browser.address().replace("/verify", "/new");
    browser.open(&ahead);
    browser.heading("验证身份").must_appear();
    browser.must_be_at("/password/verify?");
    browser.open("/password/new");
    browser.heading("修改登录密码").must_appear();
}

#[test]
fn p3_account_7_has_its_password_at_its_organization() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000007");
    let row = browser.button("修改密码");
    row.must_be_closed();
    row.must_be_described("你的账号由企业单点登录管理，手机号和密码不能在这里更改。");
    browser.open("/password");
    browser.must_read("你的账号由企业单点登录管理，手机号和密码不能在这里更改。");
    assert_eq!(browser.requests_to("/api/v1/changes"), 0);
}

#[test]
fn a_link_of_a_host_opens_the_wizard() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open("/?action=password");
    browser.button("修改登录密码").must_appear();
    browser.must_be_at("/password");
}

#[test]
fn the_whole_way_in_english() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.button("English").click();
    browser.link("Change password").click();
    browser.button("Change your password").click();
    browser.heading("Verify it's you").must_appear();
    browser.button_with("Password").click();
    browser.field("Password").fill(PASSWORD);
    browser.button("Next").click();
    browser.heading("Enter a new password").must_appear();
    browser.field("New password").fill("fourteen chars");
    browser.button("Set password").click();
    browser.must_warn("That password is too short. It needs at least 15 characters.");
    browser.field("New password").fill(SENTENCE);
    browser.button("Set password").click();
    browser.heading("Password set").must_appear();
    browser.must_read("Nothing changes on this device: you can carry on here.");
}

#[test]
fn the_whole_way_on_a_phone() {
    let stage = Stage::new();
    let browser = stage.phone();
    browser.enter(PHONE);
    browser.must_fit_the_screen();
    browser.link("修改密码").click();
    browser.button("修改登录密码").must_appear();
    browser.must_fit_the_screen();
    browser.button("修改登录密码").click();
    browser.heading("验证身份").must_appear();
    browser.must_fit_the_screen();
    browser.give_step_up_password();
    browser.heading("输入新密码").must_appear();
    browser.must_fit_the_screen();
    browser.set_password("too short");
    browser.must_warn("密码太短");
    browser.must_fit_the_screen();
    browser.set_password(SENTENCE);
    browser.heading("登录密码已设置").must_appear();
    browser.must_fit_the_screen();
}

#[test]
fn idm_1_a_result_that_is_not_there_leads_back() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000001");
    browser.open("/password/done?change=ffffffffffffffffffffffffffffffff");
    browser.heading("无法显示这次操作的结果").must_appear();
    browser.link("返回账号与安全").click();
    browser.must_be_in();
}
