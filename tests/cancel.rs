//! C1–C8: canceling the account.

use e2e::{Answer, Browser, Fault, Key, PASSWORD, Stage};

const ONE: &str = "13800000001";
const TWO: &str = "13800000002";
const DAY: u32 = 86_400;

/// The number of the receipt on the page.
fn receipt(browser: &Browser<'_>) -> String {
    let shown = browser.run("return document.querySelector('.big').textContent", vec![]);
    let receipt = shown.as_str().expect("a text").to_owned();
    assert!(receipt.len() >= 8, "{receipt}");
    receipt
}

/// Nobody is signed in, the number rests a day, and then opens an account that has nothing of the
/// one before.
fn must_be_gone(browser: &Browser<'_>, phone: &str, name: &str) {
    let stage = browser.stage();
    browser.link("返回登录").click();
    browser.heading("登录").must_appear();
    browser.open("/");
    browser.heading("登录").must_appear();
    stage.advance(61);
    browser.sign_in_by_code(phone);
    browser.must_warn("该手机号 24 小时内刚从一个账号解绑");
    stage.advance(DAY);
    browser.sign_in_by_code(phone);
    browser.must_be_in();
    browser.must_read("免费版");
    browser.must_read("未绑定");
    browser.must_read("未设置");
    assert!(!browser.reads(name), "nothing is left of the one before");
}

#[test]
fn c4_account_2_cancels_by_a_code_and_comes_back_as_somebody_new() {
    let stage = Stage::new();
    let (browser, other) = (stage.browser(), stage.browser());
    other.enter(TWO);
    browser.enter(TWO);
    browser.must_read("陈默");
    browser.begin_cancel();
    browser.must_read("第 1 步，共 2 步");
    browser.give_step_up_code(TWO);
    browser.must_read("第 2 步，共 2 步");
    browser.must_read("138****0002");
    browser.confirm_cancel();
    browser.must_have_sent("/api/v1/cancel/confirm", 1);
    let receipt = receipt(&browser);
    browser.reload();
    browser.heading("账号已注销").must_appear();
    browser.must_read(&receipt);
    let notice = stage.notice_to(TWO);
    assert!(notice.contains(&receipt), "{notice}");
    // Signed out everywhere, and told why.
    other.reload();
    other.heading("登录").must_appear();
    other.must_read("这个账号已注销。");
    must_be_gone(&browser, TWO, "陈默");
}

#[test]
fn c4_account_2_cancels_by_password() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.begin_cancel();
    browser.give_step_up_password();
    browser.confirm_cancel();
    must_be_gone(&browser, TWO, "陈默");
}

#[test]
fn c4_account_1_cancels_by_its_wechat_which_then_opens_nothing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(ONE);
    browser.begin_cancel();
    browser.button_with("通过微信号验证").click();
    browser.scan_with("wx-lin");
    browser.confirm_cancel();
    browser.sign_in_by_wechat("wx-lin");
    browser.must_warn("这个微信还没有绑定账号。");
}

#[test]
fn c2_the_notice_is_there_to_be_read_and_nothing_begins_before_the_box_is_ticked() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.link("注销账号").click();
    browser.checkbox("我已阅读").must_appear();
    browser.must_come_true("return !document.getElementById('agree').checked");
    browser.button("下一步").click();
    browser.must_warn("请先阅读《账号注销说明》并勾选“我已阅读”。");
    browser.checkbox("我已阅读").must_have_focus();
    assert_eq!(browser.requests_to("/api/v1/cancel/start"), 0);
    let path = browser.link("《账号注销说明》").attribute("href").expect("a link leads somewhere");
    browser.open(&path);
    browser.heading("账号注销说明").must_appear();
    browser.must_read("会员权益视为放弃");
}

#[test]
fn c3_another_way_is_a_press_away_and_starts_from_nothing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(ONE);
    browser.begin_cancel();
    browser.button_with("通过短信验证码验证").click();
    browser.ask_for_code();
    browser.button("使用其它身份验证方式").click();
    browser.button_with("通过手机号密码验证").click();
    browser.button("使用其它身份验证方式").click();
    browser.button_with("通过微信号验证").click();
    browser.image("微信二维码").must_appear();
    browser.button("使用其它身份验证方式").click();
    browser.heading("验证身份").must_appear();
    assert_eq!(browser.requests_to("/api/v1/cancel/confirm"), 0);
}

#[test]
fn c5_a_member_reads_what_is_lost_and_what_is_kept() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.link("注销账号").click();
    browser.must_read("会员权益还剩");
    browser.must_read("重新注册也无法恢复");
    browser.must_read("手机号 24 小时内不能用来注册或绑定");
    browser.must_read("注销回执保留 3 年");
    browser.must_read("确认后立即注销，不能撤销。");
}

#[test]
fn c6_organizations_and_their_admins_read_why_not_and_what_to_do() {
    const ASK: &str = "请联系企业超级管理员在企业管理 > 用户管理 > 用户列表 > 更多 > 删除中操作";
    const HAND_OVER: &str = "请先由超级管理员将其更换为其他角色";
    const LAST: &str = "最后一位超级管理员不能被删除、注销或更换角色";
    let stage = Stage::new();
    let browser = stage.browser();
    for (phone, reasons) in [
        ("13800000004", &[ASK][..]),
        ("13800000005", &[ASK]),
        ("13800000006", &[ASK, LAST]),
        ("13800000008", &[ASK, HAND_OVER]),
        ("13800000010", &[ASK, LAST]),
    ] {
        browser.enter(phone);
        let row = browser.button("注销账号");
        row.must_be_closed();
        row.must_be_described(reasons[0]);
        browser.open("/cancel");
        browser.heading("注销账号").must_appear();
        for reason in reasons {
            browser.must_read(reason);
        }
        browser.button("下一步").must_be_gone();
        assert_eq!(browser.requests_to("/api/v1/cancel/start"), 0);
        browser.open("/");
        browser.leave();
    }
}

#[test]
fn c8_while_it_cools_off_the_account_can_be_kept() {
    let stage = Stage::configured("cooling_off_days = 7");
    let browser = stage.browser();
    browser.enter(TWO);
    browser.link("注销账号").click();
    browser.must_read("确认后有 7 天冷静期，期间登录并选择“撤销注销”，可以保留账号。");
    browser.checkbox("我已阅读").click();
    browser.button("下一步").click();
    browser.give_step_up_password();
    browser.button("继续注销").click();
    browser.button("确认注销").click();
    browser.heading("账号正在注销").must_appear();
    assert!(!receipt(&browser).is_empty());
    stage.advance(3 * DAY + 1);
    browser.sign_in_by_password(TWO);
    browser.heading("账号正在注销").must_appear();
    browser.must_read("正在注销，剩余 4 天。");
    browser.button("撤销注销").click();
    browser.must_be_in();
    browser.must_read("陈默");
}

#[test]
fn c1_a_shared_device_cancels_nothing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.heading("登录").must_appear();
    browser.must_have_sent("/api/v1/surface", 1);
    browser.give_password(ONE);
    browser.must_be_in();
    let row = browser.button("注销账号");
    row.must_be_closed();
    row.must_be_described("公用设备上不能进行此操作");
}

#[test]
fn g5_a_reload_comes_back_to_the_last_step_and_back_leads_to_the_consequences() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.begin_cancel();
    browser.give_step_up_password();
    browser.heading("确认注销账号").must_appear();
    browser.reload();
    browser.heading("确认注销账号").must_appear();
    browser.button("继续注销").click();
    browser.press_escape();
    browser.button("确认注销").must_be_gone();
    browser.button("暂不注销").click();
    browser.heading("注销账号").must_appear();
    // Who comes back agrees again, and goes on where they were.
    browser.checkbox("我已阅读").click();
    browser.button("下一步").click();
    browser.confirm_cancel();
}

#[test]
fn del_03_a_proof_of_six_minutes_ago_is_given_again() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.begin_cancel();
    browser.give_step_up_password();
    browser.heading("确认注销账号").must_appear();
    stage.advance(301);
    browser.button("继续注销").click();
    browser.button("确认注销").click();
    browser.heading("验证身份").must_appear();
    browser.must_warn("身份验证已失效");
    browser.give_step_up_password();
    browser.confirm_cancel();
}

#[test]
fn idm_1_a_lost_answer_shows_what_happened() {
    for fault in [Fault::CutAfter, Fault::Truncate(40)] {
        let stage = Stage::behind_proxy();
        let browser = stage.browser();
        browser.enter(TWO);
        browser.begin_cancel();
        browser.give_step_up_password();
        browser.heading("确认注销账号").must_appear();
        stage.faults().once("POST", "/api/v1/cancel/confirm", fault);
        browser.confirm_cancel();
        assert!(!receipt(&browser).is_empty());
        assert_eq!(stage.faults().passed("POST", "/api/v1/cancel/confirm"), 1);
    }
}

#[test]
fn c4_what_is_on_its_way_cannot_be_put_aside() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.begin_cancel();
    browser.give_step_up_password();
    browser.button("继续注销").click();
    stage.faults().once("POST", "/api/v1/cancel/confirm", Fault::Hold);
    browser.button("确认注销").click();
    stage.faults().must_hold();
    browser.button("暂不注销").must_be_closed();
    browser.press_escape();
    browser.button("确认注销").must_appear();
    stage.faults().release();
    browser.heading("账号已注销").must_appear();
}

#[test]
fn c2_another_notice_meanwhile_is_read_anew() {
    let changed = Answer {
        head: "422 Unprocessable Content\r\nContent-Type: application/problem+json",
        body: r#"{"status":422,"code":"NOTICE_NOT_READ","request_id":"0"}"#,
    };
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.link("注销账号").click();
    browser.checkbox("我已阅读").click();
    stage.faults().once("POST", "/api/v1/cancel/start", Fault::Gateway(changed));
    browser.button("下一步").click();
    browser.must_warn("请先阅读最新的说明并勾选同意。");
    browser.must_come_true("return !document.getElementById('agree').checked");
    browser.must_have_sent("/api/v1/cancel", 2);
    browser.checkbox("我已阅读").click();
    browser.button("下一步").click();
    browser.heading("验证身份").must_appear();
}

#[test]
fn c4_whoever_signs_in_next_does_not_stand_at_canceling() {
    let stage = Stage::new();
    let (browser, other) = (stage.browser(), stage.browser());
    browser.enter(TWO);
    browser.begin_cancel();
    other.enter(TWO);
    other.begin_cancel();
    other.give_step_up_password();
    other.confirm_cancel();
    browser.reload();
    browser.heading("登录").must_appear();
    browser.give_password(ONE);
    browser.must_be_in();
}

#[test]
fn f_10_impatient_fingers_cancel_once() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.begin_cancel();
    browser.give_step_up_password();
    browser.button("继续注销").click();
    browser.button("确认注销").click_repeatedly(3);
    browser.heading("账号已注销").must_appear();
    browser.must_have_sent("/api/v1/cancel/confirm", 1);
}

#[test]
fn c4_the_account_is_canceled_by_keyboard_alone() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.tab_to(&browser.link("注销账号"));
    browser.press(Key::Enter);
    browser.heading("注销账号").must_have_focus();
    browser.tab_to(&browser.checkbox("我已阅读"));
    browser.press(Key::Space);
    browser.tab_to(&browser.button("下一步"));
    browser.press(Key::Enter);
    browser.heading("验证身份").must_have_focus();
    browser.tab_to(&browser.button_with("通过手机号密码验证"));
    browser.press(Key::Enter);
    browser.heading("密码验证").must_have_focus();
    browser.tab_to(&browser.field("密码"));
    browser.type_keys(PASSWORD);
    browser.press(Key::Enter);
    browser.heading("确认注销账号").must_have_focus();
    browser.tab_to(&browser.button("继续注销"));
    browser.press(Key::Enter);
    browser.button("确认注销").must_appear();
    browser.press_escape();
    browser.button("继续注销").must_have_focus();
    browser.press(Key::Enter);
    browser.tab_to(&browser.button("确认注销"));
    browser.press(Key::Enter);
    browser.heading("账号已注销").must_have_focus();
    browser.tab_to(&browser.link("返回登录"));
    browser.press(Key::Enter);
    browser.heading("登录").must_have_focus();
}
