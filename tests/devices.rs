//! The devices of an account, and ending all others behind the step-up gate (G1, SES-06).

use contract::account::DeviceKind;
use e2e::{Browser, Key, Meet, Stage};

const PHONE: &str = "13800000001";
const END: &str = "/api/v1/devices/end-others";
const NOT_ON_KIOSK: &str = "公用设备上不能进行此操作，请在自己的设备上操作。";
const PROVE: &str = "验证并退出其他设备";
const ENDED_ELSEWHERE: &str = "这台设备的登录已在其他设备上被结束，请重新登录。";

/// Account 1 on two devices; the first at its list of them.
fn on_two(stage: &Stage) -> (Browser<'_>, Browser<'_>) {
    let other = stage.browser();
    other.enter(PHONE);
    let here = stage.browser();
    here.enter(PHONE);
    here.open_devices();
    (here, other)
}

/// The same with the gate open.
fn at_the_gate(stage: &Stage) -> (Browser<'_>, Browser<'_>) {
    let (here, other) = on_two(stage);
    here.button("退出其他设备").click();
    here.heading("验证身份").must_appear();
    here.must_read("验证通过后，将立即退出其他设备，这台设备保持登录。");
    (here, other)
}

/// The other one is out and reads why; this one goes on.
fn proves_others_are_out(here: &Browser<'_>, other: &Browser<'_>) {
    here.must_read("已退出 1 台其他设备，这台设备保持登录。");
    here.button("退出其他设备").must_be_closed();
    here.must_read("只有这台设备登录着你的账号。");
    here.must_have_sent("/api/v1/changes", 1);
    here.must_have_sent(END, 2);
    other.link("更换手机号").click();
    other.heading("登录").must_appear();
    other.must_read(ENDED_ELSEWHERE);
    here.link("返回账号与安全").click();
    here.must_be_in();
}

#[test]
fn ses_06_every_device_is_listed_and_this_one_is_marked() {
    let stage = Stage::new();
    let other = stage.browser();
    other.sign_in_by_code(PHONE);
    other.must_be_in();
    let here = stage.browser();
    here.enter(PHONE);
    here.open_devices();
    here.must_read("用短信登录");
    here.must_read("用密码登录");
    here.must_read("最近使用：刚刚");
    let rows = here.run("return document.querySelectorAll('.device').length", vec![]);
    let marks = here.run("return document.body.textContent.split('\\u672c\\u673a').length - 1", vec![]);
    assert_eq!((rows, marks), (2.into(), 1.into()));
}

#[test]
fn ses_06_a_sign_in_elsewhere_is_seen_by_who_comes_back_to_the_list() {
    let stage = Stage::new();
    let here = stage.browser();
    here.enter(PHONE);
    here.open_devices();
    here.must_read("只有这台设备登录着你的账号。");
    here.put_away(true);
    let other = stage.browser();
    other.enter(PHONE);
    here.put_away(false);
    here.button("退出网页浏览器").must_appear();
    here.button("退出其他设备").must_be_open();
}

#[test]
fn ses_06_who_is_signed_in_here_alone_has_nothing_to_end() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    let button = browser.button("退出其他设备");
    button.must_be_closed();
    button.must_be_described("只有这台设备登录着你的账号。");
    assert_eq!(browser.requests_to(END), 0);
}

#[test]
fn g1_ending_all_others_asks_for_a_code_and_is_sent_again_once() {
    let stage = Stage::new();
    let (here, other) = at_the_gate(&stage);
    here.give_step_up_code(PHONE);
    proves_others_are_out(&here, &other);
}

#[test]
fn what_was_done_is_said_for_a_while() {
    let stage = Stage::new();
    let (here, _other) = at_the_gate(&stage);
    let status = "return document.querySelector('.toasts').textContent";
    assert_eq!(here.run(status, vec![]), "", "who listens has to know the place before");
    here.give_step_up_password();
    here.must_read("已退出 1 台其他设备，这台设备保持登录。");
    here.must_have_focus_on("登录设备");
    here.must_come_true("return document.querySelector('.toasts').textContent === ''");
    here.heading("登录设备").must_appear();
}

#[test]
fn what_was_done_is_said_as_long_as_somebody_looks_at_it() {
    let stage = Stage::new();
    let (here, _other) = at_the_gate(&stage);
    here.give_step_up_password();
    // Where a keyboard comes to it, its time stands still.
    here.tab_to(&here.button("知道了"));
    here.must_come_true(
        "return document.querySelector('.toasts p').getAnimations()[0].playState === 'paused'",
    );
    here.press(Key::Enter);
    here.must_come_true("return document.querySelector('.toasts').textContent === ''");
    here.must_have_focus_on("登录设备");
}

#[test]
fn g1_ending_all_others_asks_for_the_password() {
    let stage = Stage::new();
    let (here, other) = at_the_gate(&stage);
    here.give_step_up_password();
    proves_others_are_out(&here, &other);
    here.reload();
    here.must_be_in();
}

#[test]
fn g1_who_goes_back_from_the_gate_has_done_nothing() {
    let stage = Stage::new();
    let (here, other) = at_the_gate(&stage);
    here.press_escape();
    here.must_have_focus_on("退出其他设备");
    here.button("退出其他设备").click();
    here.button_with("密码验证").click();
    here.heading("密码验证").must_appear();
    here.button("使用其它身份验证方式").click();
    here.heading("验证身份").must_appear();
    here.button("取消").click();
    here.must_have_focus_on("退出其他设备");
    here.must_have_sent(END, 2);
    other.reload();
    other.must_be_in();
    here.button("退出其他设备").click();
    here.give_step_up_password();
    here.must_read("已退出 1 台其他设备，这台设备保持登录。");
}

#[test]
fn g1_a_wrong_code_at_the_gate_is_refused_in_words() {
    let stage = Stage::new();
    let (here, other) = at_the_gate(&stage);
    here.button_with("短信验证码验证").click();
    here.ask_for_code();
    here.field("验证码").fill(&stage.wrong_code_to(PHONE));
    here.button(PROVE).click();
    here.must_warn("验证码不正确，还可以试 4 次。");
    here.field("验证码").fill(&stage.code_to(PHONE));
    here.button(PROVE).click();
    proves_others_are_out(&here, &other);
}

#[test]
fn g6_a_shared_device_shows_no_devices_and_leads_back() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.give_password(PHONE);
    browser.must_be_in();
    browser.button("查看设备").must_be_closed();
    browser.button("查看设备").must_be_described(NOT_ON_KIOSK);
    browser.open("/devices");
    browser.must_warn(NOT_ON_KIOSK);
    assert!(!browser.reads("重试"), "another try would end the same");
    browser.link("返回账号与安全").click();
    browser.must_be_in();
}

#[test]
fn f_10_impatient_fingers_open_one_gate() {
    let stage = Stage::new();
    let (here, _other) = on_two(&stage);
    here.button("退出其他设备").click_repeatedly(4);
    here.heading("验证身份").must_appear();
    here.must_have_sent(END, 1);
    here.must_have_sent("/api/v1/changes", 1);
}

#[test]
fn the_gate_on_a_phone_in_english() {
    let stage = Stage::new();
    let other = stage.browser();
    other.enter(PHONE);
    let here = stage.phone();
    here.enter(PHONE);
    here.button("English").click();
    here.link("See devices").click();
    here.must_read("This device");
    here.must_fit_the_screen();
    here.button("Sign out other devices").click();
    here.heading("Verify it's you").must_appear();
    here.must_fit_the_screen();
    here.button_with("Text message code").click();
    here.button("Get code").click();
    here.must_read("We sent a code to");
    here.must_fit_the_screen();
    here.field("Verification code").fill(&stage.code_to(PHONE));
    here.button("Verify and sign out other devices").click();
    here.must_read("Signed out 1 other device. This one stays signed in.");
    here.must_fit_the_screen();
}

#[test]
fn f_12_the_dialog_goes_with_the_account_that_opened_it() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000005");
    browser.link("查看设备").click();
    let elsewhere = stage.browser();
    elsewhere.enter("13800000005");
    browser.reload();
    browser.button("退出其他设备").click();
    browser.heading("验证身份").must_appear();
    browser.open_tab();
    browser.open("/");
    browser.button("退出登录").click();
    browser.heading("登录").must_appear();
    browser.give_password("13800000002");
    browser.must_be_in();
    browser.turn_to_tab(0);
    browser.must_warn("这个浏览器现在登录的是另");
    assert!(!browser.reads("验证身份"), "the dialog is gone");
    browser.button("退出其他设备").must_be_closed();
    elsewhere.reload();
    elsewhere.must_be_in();
}

#[test]
fn ses_06_one_device_is_ended_behind_the_gate_and_the_third_goes_on() {
    let stage = Stage::new();
    let third = stage.browser();
    third.open(&format!("/sign-in?host_code={}", stage.desktop_host_code()));
    third.must_have_sent("/api/v1/surface", 1);
    third.give_password(PHONE);
    third.must_be_in();
    let (here, other) = on_two(&stage);
    here.button("退出 Windows 电脑").must_appear();
    // Several browsers differ by when they signed in.
    here.button("退出网页浏览器").must_be_described("用密码登录");
    here.button("退出网页浏览器").click();
    here.must_read("验证通过后，将立即退出下面这台设备，现在使用的设备保持登录。");
    here.must_read("网页浏览器 · ");
    here.button_with("密码验证").click();
    here.field("密码").fill(e2e::PASSWORD);
    here.button("验证并退出该设备").click();
    here.must_read("已退出网页浏览器，这台设备保持登录。");
    here.must_have_focus_on("登录设备");
    here.must_come_true("return document.querySelectorAll('.device').length === 2");
    other.reload();
    other.heading("登录").must_appear();
    other.must_read(ENDED_ELSEWHERE);
    third.reload();
    third.must_be_in();
    here.link("返回账号与安全").click();
    here.link("查看动态").click();
    here.must_read("退出一台设备");
}

#[test]
fn ses_06_a_device_that_is_gone_meanwhile_is_told_and_nothing_else_ends() {
    let stage = Stage::new();
    let (here, other) = on_two(&stage);
    other.button("退出登录").click();
    other.heading("登录").must_appear();
    here.button("退出网页浏览器").click();
    here.must_warn("这台设备已经退出登录，列表已更新。");
    here.button("退出网页浏览器").must_be_gone();
    here.must_read("只有这台设备登录着你的账号。");
}

/// What each of the five slots says.
fn slots(browser: &Browser<'_>) -> Vec<String> {
    let script =
        "return [...document.querySelectorAll('.slot')].map(slot => slot.innerText.replaceAll('\\n', ' '))";
    serde_json::from_value(browser.run(script, vec![])).expect("texts")
}

/// Waits until so many slots are taken.
fn must_be_taken(browser: &Browser<'_>, count: usize) {
    browser.must_read(&format!("五端中有 {count} 端正在会议中"));
}

#[test]
fn m5_account_1_sees_its_own_meeting_another_and_three_free_slots() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    must_be_taken(&browser, 2);
    let slots = slots(&browser);
    assert_eq!(slots.len(), 5);
    assert!(slots[0].starts_with("Windows 电脑 产品周会") && slots[0].ends_with("自己发起"), "{slots:?}");
    assert!(slots[3].starts_with("iPhone 客户需求沟通") && slots[3].ends_with("他人发起"), "{slots:?}");
    for meeting in [0, 3] {
        assert!(slots[meeting].contains("该设备的登录已结束"), "it goes on all the same: {slots:?}");
    }
    for free in [1, 2, 4] {
        assert!(slots[free].ends_with("空闲"), "{slots:?}");
    }
    browser.must_read("自己发起的会议，同一时间只能加入其中一场。");
    // The one on Windows stands in the way there, on a Mac the rule of the edition.
    browser.must_read("现在不能加入：同一种设备同一时间只能在一场会议中");
    browser.must_read("请先离开“产品周会”（Windows 电脑），或换一种空闲的设备。");
    browser.button("Mac 电脑").click();
    browser.must_read("可以加入。");
    browser.button("自己发起").click();
    browser.must_read(
        "现在不能加入：自己发起的会议，同一时间只能加入其中一场。请先离开正在进行的“产品周会”（Windows 电脑）。",
    );
}

#[test]
fn m3_account_6_hosts_two_meetings_and_may_host_more() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000006");
    browser.open_devices();
    must_be_taken(&browser, 2);
    let slots = slots(&browser);
    assert!(slots[1].starts_with("Mac 电脑 云桥季度经营会") && slots[1].ends_with("自己发起"), "{slots:?}");
    assert!(slots[4].starts_with("iPad 新员工入职培训") && slots[4].ends_with("自己发起"), "{slots:?}");
    browser.must_read("登录五端，可以同时发起或加入 5 场不同的会议。");
    browser.button("自己发起").click();
    browser.must_read("可以加入。");
    browser.button("iPad").click();
    browser.must_read("现在不能加入：同一种设备同一时间只能在一场会议中");
    for kind in [DeviceKind::Windows, DeviceKind::Android, DeviceKind::Ios] {
        stage.meet("13800000006", kind, false, Meet::Start);
    }
    must_be_taken(&browser, 5);
    browser.must_read("五端都在会议中，请先离开其中一场，例如“新员工入职培训”（iPad）。");
}

#[test]
fn m5_the_slots_and_the_answer_follow_what_happens_elsewhere() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    must_be_taken(&browser, 2);
    browser.button("Mac 电脑").click();
    browser.must_read("可以加入。");
    stage.meet(PHONE, DeviceKind::Mac, false, Meet::Start);
    must_be_taken(&browser, 3);
    browser.must_read("现在不能加入：同一种设备同一时间只能在一场会议中");
    stage.meet(PHONE, DeviceKind::Mac, false, Meet::End);
    must_be_taken(&browser, 2);
    browser.must_read("可以加入。");
    browser.button("自己发起").click();
    browser.must_read("现在不能加入：自己发起的会议");
    stage.meet(PHONE, DeviceKind::Windows, true, Meet::End);
    must_be_taken(&browser, 1);
    browser.must_read("可以加入。");
}

#[test]
fn m5_nobody_asks_while_nobody_looks() {
    let stage = Stage::new();
    let browser = stage.browser();
    // The pauses between two questions are short, and it is known how many there are.
    browser.run_before_pages(
        "window.pauses = 0;
        const wait = window.setTimeout;
        window.setTimeout = (f, time) => {
            if (time !== 3000) return wait(f, time);
            pauses++;
            return wait(() => { pauses--; f(); }, 50);
        };",
    );
    browser.enter(PHONE);
    browser.open_devices();
    must_be_taken(&browser, 2);
    browser.must_have_sent_more("/api/v1/meetings", 3);
    browser.put_away(true);
    browser.must_come_true("return pauses === 0");
    let asked = browser.requests_to("/api/v1/meetings");
    stage.meet(PHONE, DeviceKind::Mac, false, Meet::Start);
    assert_eq!(browser.requests_to("/api/v1/meetings"), asked);
    browser.put_away(false);
    must_be_taken(&browser, 3);
}
