//! What happened to the account, and the lock-down for whoever did not do it.

use e2e::{Browser, PASSWORD, Stage};
use serde_json::json;

const ONE: &str = "13800000001";

/// From the overview to what happened.
fn look_back(browser: &Browser<'_>) {
    browser.link("查看动态").click();
    browser.heading("安全动态").must_appear();
}

/// How many rows there are.
fn rows(browser: &Browser<'_>) -> u64 {
    let rows = browser.run("return document.querySelectorAll('.device').length", vec![]);
    rows.as_u64().expect("a number")
}

#[test]
fn activity_tells_what_was_done_where_and_by_which_way() {
    let stage = Stage::new();
    let (browser, stranger) = (stage.browser(), stage.browser());
    stranger.open("/sign-in");
    stranger.give_this_password(ONE, "not-the-password");
    stranger.must_warn("密码不正确");
    browser.enter(ONE);
    browser.begin_password();
    browser.give_step_up_wechat("wx-lin");
    browser.heading("输入新密码").must_appear();
    browser.set_password("the seven blue lamps of home");
    browser.heading("登录密码已设置").must_appear();
    browser.open("/");
    look_back(&browser);
    browser.must_read("最近 24 小时未通过的验证");
    browser.must_read("密码不正确");
    for what in ["设置登录密码", "验证身份", "登录"] {
        browser.must_read(what);
    }
    browser.must_read("网页浏览器 · 微信");
    browser.must_read("网页浏览器 · 密码");
    browser.must_read("本机");
    assert_eq!(rows(&browser), 4);
}

#[test]
fn activity_comes_in_pages() {
    let stage = Stage::new();
    let browser = stage.browser();
    for _ in 0..11 {
        browser.enter(ONE);
        browser.leave();
    }
    browser.enter(ONE);
    look_back(&browser);
    browser.button("查看更早的动态").must_appear();
    assert_eq!(rows(&browser), 20);
    browser.button("查看更早的动态").click();
    browser.must_come_true("return document.querySelectorAll('.device').length === 23");
    browser.button("查看更早的动态").must_be_gone();
    let held = browser.run("return document.activeElement.className", vec![]);
    assert_eq!(held, json!("more"), "the focus stays where the button was");
}

#[test]
fn activity_who_did_not_do_it_locks_the_others_out_and_changes_the_password() {
    let stage = Stage::new();
    let (browser, stranger) = (stage.browser(), stage.browser());
    stranger.enter(ONE);
    stranger.begin_rebind();
    stranger.prove_by_password();
    browser.enter(ONE);
    look_back(&browser);
    browser.button("不是我本人的操作").click();
    browser.heading("验证身份").must_appear();
    browser.button_with("密码验证").click();
    browser.button("验证并保护账号").must_appear();
    browser.field("密码").fill(PASSWORD);
    browser.button("验证并保护账号").click();
    browser.heading("修改登录密码").must_appear();
    browser.must_read("已退出 1 台其他设备；未完成的更改需要重新验证。");
    stranger.reload();
    stranger.heading("登录").must_appear();
    stranger.must_read("这台设备的登录已在其他设备上被结束");
    // What they had begun asks for a new proof.
    stranger.give_this_password(ONE, PASSWORD);
    stranger.heading("验证身份").must_appear();
}

#[test]
fn activity_who_is_signed_in_nowhere_else_is_told_so() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(ONE);
    look_back(&browser);
    browser.button("不是我本人的操作").click();
    browser.heading("验证身份").must_appear();
    browser.give_step_up_password();
    browser.heading("修改登录密码").must_appear();
    browser.must_read("没有其他设备需要退出；未完成的更改需要重新验证。");
}

#[test]
fn activity_is_not_for_shared_devices() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.heading("登录").must_appear();
    browser.must_have_sent("/api/v1/surface", 1);
    browser.give_password(ONE);
    browser.must_be_in();
    let row = browser.button("查看动态");
    row.must_be_closed();
    row.must_be_described("公用设备上不能进行此操作");
}
