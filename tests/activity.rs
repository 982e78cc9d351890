//! Security activity and the lock-down.

use contract::account::{DeviceKind, Way};
use contract::activity::SecurityEvent;
use contract::refusal::{Refusal, SessionEnd};
use e2e::{Browser, PASSWORD, Stage, ZH, always, ended};
use serde_json::json;
use words::Occasion;

const ONE: &str = "13800000001";

/// From the overview to what happened.
fn look_back(browser: &Browser<'_>) {
    browser.link(ZH.overview().see_activity).click();
    browser.heading(ZH.overview().activity).must_appear();
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
    stranger.must_warn(always(|left| ZH.refusal(&Refusal::PasswordWrong { left })));
    browser.enter(ONE);
    browser.begin_password();
    browser.give_step_up_wechat("wx-lin");
    browser.heading(ZH.password().new_title).must_appear();
    browser.set_password("the seven blue lamps of home");
    browser.heading(ZH.password().done_title).must_appear();
    browser.open("/");
    look_back(&browser);
    browser.must_read(ZH.activity().failed);
    browser.must_read((ZH.activity().wrong)(Way::Password));
    for what in [SecurityEvent::PasswordSet, SecurityEvent::SteppedUp, SecurityEvent::SignedIn] {
        browser.must_read((ZH.activity().what)(what));
    }
    for way in [Way::Wechat, Way::Password] {
        browser.must_read([(ZH.devices().kind)(DeviceKind::Web), (ZH.activity().by)(way)].join(" · "));
    }
    browser.must_read(ZH.devices().here);
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
    browser.button(ZH.activity().more).must_appear();
    assert_eq!(rows(&browser), 20);
    browser.button(ZH.activity().more).click();
    browser.must_come_true("return document.querySelectorAll('.device').length === 23");
    browser.button(ZH.activity().more).must_be_gone();
    let held = browser.run("return document.activeElement.className", vec![]);
    assert_eq!(held, json!("more"), "the focus stays where the button was");
}

#[test]
fn activity_who_did_not_do_it_ends_the_others_sets_a_password() {
    let stage = Stage::new();
    let (browser, stranger) = (stage.browser(), stage.browser());
    stranger.enter(ONE);
    stranger.begin_rebind();
    stranger.prove_by_password();
    browser.enter(ONE);
    look_back(&browser);
    browser.button(ZH.activity().not_me).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.button((ZH.step_up().gate)(Occasion::NotMe)[1]).must_appear();
    browser.field(ZH.common().password).fill(PASSWORD);
    browser.button((ZH.step_up().gate)(Occasion::NotMe)[1]).click();
    browser.heading(ZH.password().change_title).must_appear();
    browser.must_read((ZH.activity().ended)(1));
    stranger.reload();
    stranger.heading(ZH.sign_in().title).must_appear();
    stranger.must_read(ended(&ZH, SessionEnd::EndedElsewhere));
    // What they had begun asks for a new proof.
    stranger.give_this_password(ONE, PASSWORD);
    stranger.heading(ZH.step_up().title).must_appear();
}

#[test]
fn activity_who_is_signed_in_nowhere_else_is_told_so() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(ONE);
    look_back(&browser);
    browser.button(ZH.activity().not_me).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.give_step_up_password();
    browser.heading(ZH.password().change_title).must_appear();
    browser.must_read((ZH.activity().ended)(0));
}

#[test]
fn activity_is_not_for_shared_devices() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_have_sent("/api/v1/surface", 1);
    browser.give_password(ONE);
    browser.must_be_in();
    browser.open("/activity");
    browser.must_warn(ZH.refusal(&Refusal::NotOnKiosk));
}
