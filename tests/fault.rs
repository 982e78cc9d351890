//! What a person sees when something goes wrong between browser and server (F-02, F-04 to F-06,
//! IDM-1): the truth, with everything typed still there.
//!
//! The server is the real one; [`Fault`]s happen on the way. `MENSHEN_LONG` in the environment
//! repeats each lost effect.

use e2e::{Answer, Browser, Fault, PASSWORD, Stage};
use std::time::Duration;

const OLD: &str = "13800000001";
const NEW: &str = "13911110001";
const NEW_PASSWORD: &str = "ping guo shu xia du shu";
const BIND: &str = "/api/v1/phone/bind";
const SET: &str = "/api/v1/password";
const LINK: &str = "/api/v1/wechat/bind";
const END_OTHERS: &str = "/api/v1/devices/end-others";
const OUTCOMES: &str = "/api/v1/outcomes/";

const NO_ANSWER: &str = "没有收到服务器的答复，结果尚未确认。请检查网络后重试，不会重复提交。";
const CONFIRMING: &str = "正在确认结果…请稍候，不会重复提交。";
const OFFLINE: &str = "网络已断开，这个页面会保持原样，请在网络恢复后重试。";
const BROKEN: &str = "服务暂时出错，这个页面会保持原样，请稍后重试。";
const UNREADABLE: &str = "收到了无法识别的答复，请刷新页面后重试。";

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
    browser.heading("验证新手机号").must_appear();
    browser.field("验证码").fill(&stage.code_to(NEW));
    browser
}

/// The new number is bound, once, and the page says so.
fn must_be_bound_once(browser: &Browser<'_>) {
    let stage = browser.stage();
    browser.heading("手机号已更换").must_appear();
    browser.must_read("这个账号现在绑定 139****0001。");
    must_be_told_once(stage);
    browser.reload();
    browser.heading("手机号已更换").must_appear();
}

/// Account 1 with a new password typed in, not sent.
fn about_to_set(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_password();
    browser.give_step_up_password();
    browser.field("新密码").fill(NEW_PASSWORD);
    browser
}

/// The new password is set, once, and the page says so.
fn must_be_set_once(browser: &Browser<'_>) {
    browser.heading("登录密码已设置").must_appear();
    must_be_told_once(browser.stage());
    browser.reload();
    browser.heading("登录密码已设置").must_appear();
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
    browser.heading("微信已更换").must_appear();
    browser.must_read("这个账号现在绑定微信“新号上路”。");
    must_be_told_once(browser.stage());
    browser.reload();
    browser.heading("微信已更换").must_appear();
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
    here.button("退出其他设备").must_be_open();
    here.button("退出其他设备").click();
    here.button_with("密码验证").click();
    here.field("密码").fill(PASSWORD);
    (here, there)
}

/// The second browser is out and the first says so.
fn must_be_alone((here, there): &(Browser<'_>, Browser<'_>)) {
    here.must_read("已退出 1 台其他设备，这台设备保持登录。");
    here.reload();
    here.must_read("只有这台设备登录着你的账号。");
    there.reload();
    there.heading("登录").must_appear();
}

/// The account's number got one notice.
fn must_be_told_once(stage: &Stage) {
    let notice = stage.notice_to(OLD);
    let notices = stage.messages_to(OLD).into_iter().filter(|message| message.code.is_none());
    assert_eq!(notices.count(), 1, "more than once: {notice}");
}

#[test]
fn f_02_idm_1_a_bound_number_is_shown_though_the_answer_was_lost() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_bind(&stage);
        stage.faults().once("POST", BIND, Fault::CutAfter);
        browser.button("确认更换").click();
        must_be_bound_once(&browser);
        assert_eq!(stage.faults().sent("POST", BIND), 1);
        browser.link("用新手机号登录").click();
        browser.give_password(NEW);
        browser.must_be_in();
    }
}

#[test]
fn f_02_idm_1_a_number_that_was_not_bound_is_said_to_be_open_and_bound_at_the_second_press() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_bind(&stage);
        let code = stage.code_to(NEW);
        stage.faults().once("POST", BIND, Fault::CutBefore);
        browser.button("确认更换").click();
        browser.must_warn(NO_ANSWER);
        browser.field("验证码").must_hold(&code);
        assert_eq!((stage.faults().sent("POST", BIND), stage.faults().passed("POST", BIND)), (1, 0));
        browser.button("确认更换").click();
        must_be_bound_once(&browser);
        assert_eq!(stage.faults().passed("POST", BIND), 1);
    }
}

#[test]
fn f_02_idm_1_a_set_password_is_shown_though_the_answer_was_lost() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_set(&stage);
        stage.faults().once("POST", SET, Fault::CutAfter);
        browser.button("确认设置").click();
        must_be_set_once(&browser);
        assert_eq!(stage.faults().sent("POST", SET), 1);
    }
}

#[test]
fn f_02_idm_1_a_password_that_was_not_set_is_said_to_be_open_and_set_at_the_second_press() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_set(&stage);
        stage.faults().once("POST", SET, Fault::CutBefore);
        browser.button("确认设置").click();
        browser.must_warn(NO_ANSWER);
        browser.field("新密码").must_hold(NEW_PASSWORD);
        assert_eq!((stage.faults().sent("POST", SET), stage.faults().passed("POST", SET)), (1, 0));
        browser.button("确认设置").click();
        must_be_set_once(&browser);
        assert_eq!(stage.faults().passed("POST", SET), 1);
    }
}

#[test]
fn f_02_idm_1_a_bound_wechat_is_shown_though_the_answer_was_lost() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_link(&stage);
        stage.faults().once("POST", LINK, Fault::CutAfter);
        browser.button("确认绑定").click();
        must_be_linked_once(&browser);
        // The new name of the session went with the answer: nobody is told that they are signed in.
        browser.link("登录").must_appear();
        assert!(!browser.reads("这台设备保持登录"));
        assert_eq!(stage.faults().sent("POST", LINK), 1);
    }
}

#[test]
fn f_02_idm_1_a_wechat_that_was_not_bound_is_said_to_be_open_and_bound_at_the_second_press() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let browser = about_to_link(&stage);
        stage.faults().once("POST", LINK, Fault::CutBefore);
        browser.button("确认绑定").click();
        browser.must_warn(NO_ANSWER);
        browser.must_read("新号上路");
        assert_eq!((stage.faults().sent("POST", LINK), stage.faults().passed("POST", LINK)), (1, 0));
        browser.button("确认绑定").click();
        must_be_linked_once(&browser);
        assert_eq!(stage.faults().passed("POST", LINK), 1);
    }
}

#[test]
fn f_02_a_scan_that_was_redeemed_though_nobody_said_so_is_followed_by_another() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    stage.faults().once("POST", "/api/v1/sign-in/wechat", Fault::CutAfter);
    browser.sign_in_by_wechat("wx-lin");
    browser.must_warn(NO_ANSWER);
    // What was allowed might still count: it is tried before another is begun.
    browser.button("重试").click();
    browser.must_warn("二维码已过期，请重新获取。");
    browser.button("重新获取二维码").click();
    browser.scan_with("wx-lin");
    browser.must_enter();
    browser.begin_wechat();
    stage.faults().once("POST", "/api/v1/step-up/wechat", Fault::CutAfter);
    browser.button_with("通过原微信号验证").click();
    browser.scan_with("wx-lin");
    browser.must_warn(NO_ANSWER);
    browser.button("重试").click();
    // It was proven: the server says where the change stands.
    browser.heading("绑定新微信").must_appear();
}

#[test]
fn f_02_idm_1_ended_sessions_are_shown_though_the_answer_was_lost() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let both = about_to_end_others(&stage);
        stage.faults().once("POST", END_OTHERS, Fault::CutAfter);
        both.0.button("验证并退出其他设备").click();
        must_be_alone(&both);
        assert_eq!(stage.faults().sent("POST", END_OTHERS), 2, "without a grant and with it");
    }
}

#[test]
fn f_02_idm_1_sessions_that_were_not_ended_live_and_are_ended_at_the_second_press() {
    for _ in 0..rounds() {
        let stage = Stage::behind_proxy();
        let both = about_to_end_others(&stage);
        let (here, there) = &both;
        stage.faults().once("POST", END_OTHERS, Fault::CutBefore);
        here.button("验证并退出其他设备").click();
        here.must_warn(NO_ANSWER);
        there.reload();
        there.must_be_in();
        here.button("退出其他设备").must_be_open();
        here.button("退出其他设备").click();
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
        browser.button("确认更换").click();
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
    browser.button("确认更换").click();
    stage.faults().must_hold();
    browser.must_read(CONFIRMING);
    stage.faults().release();
    must_be_bound_once(&browser);
    assert_eq!(stage.faults().sent("POST", BIND), 1);
}

#[test]
fn f_02_idm_1_what_could_not_be_learned_is_learned_at_the_second_press() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::CutAfter);
    stage.faults().always("GET", OUTCOMES, Fault::CutBefore);
    browser.button("确认更换").click();
    browser.must_warn(NO_ANSWER);
    stage.faults().end();
    browser.button("确认更换").click();
    must_be_bound_once(&browser);
}

#[test]
fn f_02_idm_1_another_code_at_the_second_press_does_not_hide_what_happened() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    let wrong = stage.wrong_code_to(NEW);
    stage.faults().once("POST", BIND, Fault::CutAfter);
    stage.faults().always("GET", OUTCOMES, Fault::CutBefore);
    browser.button("确认更换").click();
    browser.must_warn(NO_ANSWER);
    stage.faults().end();
    browser.field("验证码").fill(&wrong);
    browser.button("确认更换").click();
    must_be_bound_once(&browser);
}

#[test]
fn f_02_the_network_goes_after_sending_and_comes_back() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Hold);
    browser.button("确认更换").click();
    stage.faults().must_hold();
    browser.unplug(true);
    stage.faults().cut();
    browser.must_read(CONFIRMING);
    browser.unplug(false);
    must_be_bound_once(&browser);
    assert_eq!(stage.faults().sent("POST", BIND), 1);
}

#[test]
fn f_02_the_network_goes_before_the_result_is_drawn() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Hold);
    browser.button("确认更换").click();
    stage.faults().must_hold();
    browser.unplug(true);
    stage.faults().release();
    browser.must_read(OFFLINE);
    // Nobody has to ask again for what is only to be read.
    browser.unplug(false);
    must_be_bound_once(&browser);
}

#[test]
fn f_10_nothing_can_be_pressed_while_an_answer_is_on_its_way() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Hold);
    browser.button("确认更换").click();
    stage.faults().must_hold();
    browser.button("确认更换").click_repeatedly(4);
    stage.faults().release();
    must_be_bound_once(&browser);
    assert_eq!(stage.faults().sent("POST", BIND), 1);
}

#[test]
fn f_15_a_reload_while_the_answer_is_on_its_way_finds_what_happened() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Hold);
    browser.button("确认更换").click();
    stage.faults().must_hold();
    browser.reload();
    browser.heading("登录").must_appear();
    browser.must_read("账号的手机号已更换，请用新手机号重新登录。");
    stage.faults().release();
    browser.give_password(NEW);
    browser.heading("手机号已更换").must_appear();
}

/// Goes the whole way; at every step the request meets a fault, everything typed stays, and the
/// same button goes on once the fault is over.
fn stumbles_at_every_step(fault: &Fault, words: &str) {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.link("更换手机号").click();
    let press = |button: &str, method: &str, path: &str, held: Option<(&str, &str)>| {
        stage.faults().always(method, path, fault.clone());
        browser.button(button).click();
        browser.must_warn(words);
        if let Some((field, text)) = held {
            browser.field(field).must_hold(text);
        }
        assert_eq!(stage.faults().sent(method, path), 1, "{path} is not sent again by itself");
        stage.faults().end();
        browser.button(button).click();
    };
    press("更换手机号", "POST", "/api/v1/changes", None);
    browser.heading("验证身份").must_appear();
    browser.button_with("密码验证").click();
    browser.field("密码").fill(PASSWORD);
    press("下一步", "POST", "/api/v1/step-up/password", Some(("密码", PASSWORD)));
    browser.heading("填写新手机号").must_appear();
    browser.field("新手机号").fill(NEW);
    press("获取验证码", "POST", "/api/v1/phone/code", Some(("新手机号", NEW)));
    browser.heading("验证新手机号").must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1);
    let code = stage.code_to(NEW);
    browser.field("验证码").fill(&code);
    press("确认更换", "POST", BIND, Some(("验证码", &code)));
    must_be_bound_once(&browser);
}

#[test]
fn f_02_a_cut_before_any_step_keeps_what_was_typed() {
    stumbles_at_every_step(&Fault::CutBefore, NO_ANSWER);
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
    browser.field("手机号").fill(OLD);
    stage.faults().once("POST", "/api/v1/sign-in/code", Fault::Gateway(FORBIDDEN));
    browser.button("获取验证码").click();
    browser.must_warn(
        "没有权限进行此操作。如认为有误，请刷新页面后重试。如需帮助，请把编号 1a2b3c 提供给客服。",
    );
}

#[test]
fn f_05_a_429_with_a_junk_retry_after_keeps_what_was_typed() {
    stumbles_at_every_step(&Fault::Gateway(JUNK), UNREADABLE);
}

#[test]
fn f_06_the_page_of_a_hotel_keeps_what_was_typed() {
    stumbles_at_every_step(&Fault::Gateway(PORTAL), UNREADABLE);
}

#[test]
fn f_02_that_there_is_no_network_is_not_said_any_longer_than_it_is_so() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.open("/sign-in");
    for _ in 0..2 {
        browser.unplug(true);
        browser.give_password(OLD);
        browser.must_warn(OFFLINE);
        browser.unplug(false);
        browser.must_come_true("return document.querySelector('[role=alert]') === null");
        browser.field("密码").must_hold(PASSWORD);
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
    browser.link("更换手机号").click();
    let press = |button: &str, path: &str, held: Option<(&str, &str)>| {
        browser.unplug(true);
        browser.button(button).click();
        browser.must_warn(OFFLINE);
        if let Some((field, text)) = held {
            browser.field(field).must_hold(text);
        }
        assert_eq!(stage.faults().sent("POST", path), 0, "{path} was not sent");
        browser.unplug(false);
        browser.button(button).click();
    };
    press("更换手机号", "/api/v1/changes", None);
    browser.heading("验证身份").must_appear();
    browser.button_with("密码验证").click();
    browser.field("密码").fill(PASSWORD);
    press("下一步", "/api/v1/step-up/password", Some(("密码", PASSWORD)));
    browser.heading("填写新手机号").must_appear();
    browser.field("新手机号").fill(NEW);
    press("获取验证码", "/api/v1/phone/code", Some(("新手机号", NEW)));
    browser.heading("验证新手机号").must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1);
}

#[test]
fn f_02_a_step_that_was_taken_though_nobody_said_so_is_not_taken_twice() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(OLD);
    browser.begin_rebind();
    browser.button_with("密码验证").click();
    browser.field("密码").fill(PASSWORD);
    stage.faults().once("POST", "/api/v1/step-up/password", Fault::CutAfter);
    browser.button("下一步").click();
    browser.must_warn(NO_ANSWER);
    browser.button("下一步").click();
    browser.heading("填写新手机号").must_appear();
    browser.field("新手机号").fill(NEW);
    stage.faults().once("POST", "/api/v1/phone/code", Fault::CutAfter);
    browser.button("获取验证码").click();
    browser.must_warn(NO_ANSWER);
    browser.field("新手机号").must_hold(NEW);
    browser.button("获取验证码").click();
    browser.heading("验证新手机号").must_appear();
    assert_eq!(stage.messages_to(NEW).len(), 1, "one SMS");
    browser.give_new_code(NEW);
    must_be_bound_once(&browser);
}

#[test]
fn f_04_what_cannot_be_read_is_read_at_the_next_try() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    let faults = [
        (Fault::CutAfter, NO_ANSWER),
        (Fault::Gateway(BUSY), BROKEN),
        (Fault::Gateway(JUNK), UNREADABLE),
        (Fault::Mask(PORTAL), UNREADABLE),
        (Fault::Truncate(9), UNREADABLE),
        (Fault::Flip(0), UNREADABLE),
    ];
    for (fault, words) in faults {
        for path in ["/api/v1/me", "/api/v1/changes/"] {
            // The page that goes may ask once more as well.
            stage.faults().always("GET", path, fault.clone());
            browser.reload();
            browser.must_read(words);
            stage.faults().end();
            browser.button("重试").click();
            browser.heading("验证新手机号").must_appear();
        }
    }
}

#[test]
fn f_03_a_slow_answer_is_waited_for() {
    let stage = Stage::behind_proxy();
    let browser = about_to_bind(&stage);
    stage.faults().once("POST", BIND, Fault::Rate(400));
    stage.faults().once("GET", OUTCOMES, Fault::Delay(Duration::from_millis(500)));
    browser.button("确认更换").click();
    must_be_bound_once(&browser);
    assert_eq!(stage.faults().sent("POST", BIND), 1);
}
