//! The way to a new number without a mouse: by the keyboard alone, and by touch on a phone.
//!
//! A keyboard goes on from where the focus is, so after every step the focus is on its heading,
//! and at every stop one sees where it is (`tab_to` looks).

use e2e::{Browser, Key, PASSWORD, Stage};

const OLD: &str = "13800000001";
const NEW: &str = "13911110001";

/// Enter on what Tab leads to.
fn enter_on_button(browser: &Browser<'_>, name: &str) {
    browser.tab_to(&browser.button(name));
    browser.press(Key::Enter);
}

/// Typed where Tab leads to, and sent by Enter.
fn type_into(browser: &Browser<'_>, label: &str, text: &str) {
    browser.tab_to(&browser.field(label));
    browser.type_keys(text);
    browser.field(label).must_hold(text);
}

#[test]
fn p1_the_phone_is_rebound_by_keyboard_alone() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    enter_on_button(&browser, "密码登录");
    type_into(&browser, "手机号", OLD);
    type_into(&browser, "密码", PASSWORD);
    browser.tab_to(&browser.checkbox("我已阅读并同意"));
    browser.press(Key::Space);
    enter_on_button(&browser, "登录");
    browser.heading("账号与安全").must_have_focus();
    browser.tab_to(&browser.link("更换手机号"));
    browser.press(Key::Enter);
    browser.heading("更换手机号").must_have_focus();
    enter_on_button(&browser, "更换手机号");
    browser.heading("验证身份").must_have_focus();
    browser.tab_to(&browser.button_with("短信验证码验证"));
    browser.press(Key::Enter);
    browser.heading("短信验证码验证").must_have_focus();
    enter_on_button(&browser, "获取验证码");
    browser.must_read("验证码已发送至");
    browser.field("验证码").must_have_focus();
    browser.type_keys(&stage.code_to(OLD));
    browser.press(Key::Enter);
    browser.heading("填写新手机号").must_have_focus();
    type_into(&browser, "新手机号", NEW);
    browser.press(Key::Enter);
    browser.heading("验证新手机号").must_have_focus();
    type_into(&browser, "验证码", &stage.code_to(NEW));
    browser.press(Key::Enter);
    browser.heading("手机号已更换").must_have_focus();
    browser.tab_to(&browser.link("用新手机号登录"));
    browser.press(Key::Enter);
    browser.heading("登录").must_have_focus();
}

#[test]
fn p1_the_phone_is_rebound_by_touch() {
    let stage = Stage::new();
    let browser = stage.phone();
    browser.open("/sign-in");
    browser.button("密码登录").tap();
    browser.field("手机号").tap();
    browser.type_keys(OLD);
    browser.field("密码").tap();
    browser.type_keys(PASSWORD);
    browser.checkbox("我已阅读并同意").tap();
    browser.button("登录").tap();
    browser.must_be_in();
    browser.link("更换手机号").tap();
    browser.button("更换手机号").tap();
    browser.button_with("短信验证码验证").tap();
    browser.button("获取验证码").tap();
    browser.must_read("验证码已发送至");
    browser.field("验证码").tap();
    browser.type_keys(&stage.code_to(OLD));
    browser.button("下一步").tap();
    browser.field("新手机号").tap();
    browser.type_keys(NEW);
    browser.button("获取验证码").tap();
    browser.heading("验证新手机号").must_appear();
    browser.field("验证码").tap();
    browser.type_keys(&stage.code_to(NEW));
    browser.button("确认更换").tap();
    browser.heading("手机号已更换").must_appear();
    browser.must_fit_the_screen();
    browser.link("用新手机号登录").tap();
    browser.heading("登录").must_appear();
}

#[test]
fn w1_the_wechat_is_replaced_by_keyboard_alone() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    enter_on_button(&browser, "微信登录");
    enter_on_button(&browser, "显示二维码");
    browser.must_warn("请先阅读并勾选同意");
    browser.checkbox("我已阅读并同意").must_have_focus();
    browser.press(Key::Space);
    browser.tab_to(&browser.button("显示二维码"));
    browser.press(Key::Enter);
    let consent = stage.wechat("wx-lin").scan(&browser.read_qr());
    browser.must_match(&consent);
    consent.deny();
    browser.must_warn("这次请求在微信中被拒绝");
    browser.tab_to(&browser.button("重新获取二维码"));
    browser.press(Key::Enter);
    browser.scan_with("wx-lin");
    browser.heading("登录到这个账号？").must_have_focus();
    browser.tab_to(&browser.button_with("个人账号"));
    browser.press(Key::Enter);
    browser.heading("账号与安全").must_have_focus();
    browser.tab_to(&browser.link("更换微信"));
    browser.press(Key::Enter);
    browser.heading("更换微信").must_have_focus();
    enter_on_button(&browser, "更换微信");
    browser.heading("验证身份").must_have_focus();
    browser.tab_to(&browser.button_with("通过原微信号验证"));
    browser.press(Key::Enter);
    browser.heading("微信验证").must_have_focus();
    browser.scan_with("wx-lin");
    browser.heading("绑定新微信").must_have_focus();
    enter_on_button(&browser, "去绑定新微信");
    browser.scan_with("wx-new");
    browser.heading("确认新微信").must_have_focus();
    enter_on_button(&browser, "确认绑定");
    browser.heading("微信已更换").must_have_focus();
    browser.tab_to(&browser.link("返回账号与安全"));
    browser.press(Key::Enter);
    browser.heading("账号与安全").must_have_focus();
}

#[test]
fn w8_the_wechat_signs_in_by_touch() {
    let stage = Stage::new();
    let browser = stage.phone();
    browser.open("/sign-in");
    browser.button("微信登录").tap();
    browser.checkbox("我已阅读并同意").tap();
    browser.button("显示二维码").tap();
    browser.scan_with("wx-lin");
    browser.button_with("个人账号").tap();
    browser.must_be_in();
    browser.must_fit_the_screen();
}

#[test]
fn g1_the_gate_keeps_the_keyboard_and_gives_it_back() {
    let stage = Stage::new();
    stage.browser().enter(OLD);
    let browser = stage.browser();
    browser.enter(OLD);
    browser.open_devices();
    enter_on_button(&browser, "退出其他设备");
    browser.must_have_focus_on("验证身份");
    browser.tab_to(&browser.button("取消"));
    browser.press(Key::Tab);
    let inside = "return document.activeElement === document.body
        || document.activeElement.closest('dialog') !== null";
    assert_eq!(browser.run(inside, vec![]), true, "Tab has left the dialog");
    browser.press_escape();
    browser.button("退出其他设备").must_have_focus();
}
