//! The devices of an account, and ending all others behind the step-up gate (G1, SES-06).

use contract::account::{DeviceKind, Way};
use contract::activity::SecurityEvent;
use contract::meetings::MeetingRule;
use contract::problem::Trouble;
use contract::refusal::{Refusal, SessionEnd};
use e2e::{Browser, EN, Key, Lang, Meet, Stage, ZH, always, ended, trouble};
use serde_json::json;
use words::Occasion;

const PHONE: &str = "13800000001";
const END: &str = "/api/v1/devices/end-others";

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
    here.button(ZH.devices().end_others).click();
    here.heading(ZH.step_up().title).must_appear();
    here.must_read((ZH.step_up().gate)(Occasion::EndOthers)[0]);
    (here, other)
}

/// The other one is out and reads why; this one goes on.
fn proves_others_are_out(here: &Browser<'_>, other: &Browser<'_>) {
    here.must_read((ZH.devices().ended)(1));
    here.button(ZH.devices().end_others).must_be_closed();
    here.must_read(ZH.devices().only_here);
    here.must_have_sent("/api/v1/changes", 1);
    here.must_have_sent(END, 2);
    other.link(ZH.overview().change_phone).click();
    other.heading(ZH.sign_in().title).must_appear();
    other.must_read(ended(&ZH, SessionEnd::EndedElsewhere));
    here.link(ZH.common().home).click();
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
    here.must_read(always(|at| (ZH.devices().signed_in)(at, Way::Sms)));
    here.must_read(always(|at| (ZH.devices().signed_in)(at, Way::Password)));
    here.must_read((ZH.devices().last_seen)(ZH.account().just_now));
    let rows = here.run("return document.querySelectorAll('.device').length", vec![]);
    let marks = "return document.body.textContent.split(arguments[0]).length - 1";
    let marks = here.run(marks, vec![ZH.devices().here.into()]);
    assert_eq!((rows, marks), (2.into(), 1.into()));
}

#[test]
fn ses_06_a_sign_in_elsewhere_is_seen_on_coming_back() {
    let stage = Stage::new();
    let here = stage.browser();
    here.enter(PHONE);
    here.open_devices();
    here.must_read(ZH.devices().only_here);
    here.put_away(true);
    let other = stage.browser();
    other.enter(PHONE);
    here.put_away(false);
    here.button((ZH.devices().end_one)(DeviceKind::Web)).must_appear();
    here.button(ZH.devices().end_others).must_be_open();
}

#[test]
fn ses_06_who_is_signed_in_here_alone_has_nothing_to_end() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    let button = browser.button(ZH.devices().end_others);
    button.must_be_closed();
    button.must_be_described(ZH.devices().only_here);
    // Under the pointer it looks as closed as before.
    button.click();
    browser.must_come_true(
        "const closed = document.querySelector('.button:disabled:hover');
        return closed && !closed.getAnimations().length
            && getComputedStyle(closed).backgroundColor === 'rgba(0, 0, 0, 0)'",
    );
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
    here.must_read((ZH.devices().ended)(1));
    here.must_have_focus_on(ZH.overview().devices);
    here.must_come_true("return document.querySelector('.toasts').textContent === ''");
    here.heading(ZH.overview().devices).must_appear();
}

#[test]
fn what_was_done_is_said_as_long_as_somebody_looks_at_it() {
    let stage = Stage::new();
    let (here, _other) = at_the_gate(&stage);
    here.give_step_up_password();
    // Where a keyboard comes to it, its time stands still.
    here.tab_to(&here.button(ZH.common().dismiss));
    here.must_come_true(
        "return document.querySelector('.toasts p').getAnimations()[0].playState === 'paused'",
    );
    // On a phone too it is one row, which hides as little as possible.
    here.shrink_to(360, 740);
    here.must_come_true(
        "const [sign, text, close] = [...document.querySelectorAll('.toasts p > *')]
            .map(it => it.getBoundingClientRect());
        return sign.right <= text.left && text.right <= close.left && close.right <= innerWidth",
    );
    here.press(Key::Enter);
    here.must_come_true("return document.querySelector('.toasts').textContent === ''");
    here.must_have_focus_on(ZH.overview().devices);
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
    here.must_have_focus_on(ZH.devices().end_others);
    here.button(ZH.devices().end_others).click();
    here.button_with((ZH.step_up().way)(Way::Password)).click();
    here.heading(ZH.step_up().password_title).must_appear();
    here.button(ZH.step_up().other_way).click();
    here.heading(ZH.step_up().title).must_appear();
    here.button(ZH.account().cancel).click();
    here.must_have_focus_on(ZH.devices().end_others);
    here.must_have_sent(END, 2);
    other.reload();
    other.must_be_in();
    here.button(ZH.devices().end_others).click();
    here.give_step_up_password();
    here.must_read((ZH.devices().ended)(1));
}

#[test]
fn g1_a_wrong_code_at_the_gate_is_refused_in_words() {
    let stage = Stage::new();
    let (here, other) = at_the_gate(&stage);
    here.button_with((ZH.step_up().way)(Way::Sms)).click();
    here.ask_for_code();
    here.field(ZH.common().code).fill(&stage.wrong_code_to(PHONE));
    here.button((ZH.step_up().gate)(Occasion::EndOthers)[1]).click();
    here.must_warn(ZH.refusal(&Refusal::CodeWrong { left: 4 }));
    here.field(ZH.common().code).fill(&stage.code_to(PHONE));
    here.button((ZH.step_up().gate)(Occasion::EndOthers)[1]).click();
    proves_others_are_out(&here, &other);
}

#[test]
fn g6_a_shared_device_shows_no_devices_and_leads_back() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.give_password(PHONE);
    browser.must_be_in();
    browser.open("/devices");
    browser.must_warn(ZH.refusal(&Refusal::NotOnKiosk));
    assert!(!browser.reads(ZH.common().retry), "another try would end the same");
    browser.link(ZH.common().home).click();
    browser.must_be_in();
}

#[test]
fn f_10_impatient_fingers_open_one_gate() {
    let stage = Stage::new();
    let (here, _other) = on_two(&stage);
    here.button(ZH.devices().end_others).click_repeatedly(4);
    here.heading(ZH.step_up().title).must_appear();
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
    here.button(Lang::En.name()).click();
    here.link(EN.overview().see_devices).click();
    here.must_read(EN.devices().here);
    here.must_fit_the_screen();
    here.button(EN.devices().end_others).click();
    here.heading(EN.step_up().title).must_appear();
    here.must_fit_the_screen();
    here.button_with((EN.step_up().way)(Way::Sms)).click();
    here.button(EN.common().send_code).click();
    here.must_read(always(|to| (EN.common().sent_to)(to, to)));
    here.must_fit_the_screen();
    here.field(EN.common().code).fill(&stage.code_to(PHONE));
    here.button((EN.step_up().gate)(Occasion::EndOthers)[1]).click();
    here.must_read((EN.devices().ended)(1));
    here.must_fit_the_screen();
}

#[test]
fn f_12_the_dialog_goes_with_the_account_that_opened_it() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000005");
    browser.link(ZH.overview().see_devices).click();
    let elsewhere = stage.browser();
    elsewhere.enter("13800000005");
    browser.reload();
    browser.button(ZH.devices().end_others).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.open_tab();
    browser.open("/");
    browser.button(ZH.overview().sign_out).click();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.give_password("13800000002");
    browser.must_be_in();
    browser.turn_to_tab(0);
    browser.must_warn(ended(&ZH, SessionEnd::AnotherAccount));
    assert!(!browser.reads(ZH.step_up().title), "the dialog is gone");
    browser.button(ZH.devices().end_others).must_be_closed();
    elsewhere.reload();
    elsewhere.must_be_in();
}

#[test]
fn ses_06_one_device_ends_behind_the_gate_and_a_third_goes_on() {
    let stage = Stage::new();
    let third = stage.browser();
    third.open(&format!("/sign-in?host_code={}", stage.desktop_host_code()));
    third.must_have_sent("/api/v1/surface", 1);
    third.give_password(PHONE);
    third.must_be_in();
    let (here, other) = on_two(&stage);
    here.button((ZH.devices().end_one)(DeviceKind::Windows)).must_appear();
    // Several browsers differ by when they signed in.
    here.button((ZH.devices().end_one)(DeviceKind::Web))
        .must_be_described(always(|at| (ZH.devices().signed_in)(at, Way::Password)));
    here.button((ZH.devices().end_one)(DeviceKind::Web)).click();
    here.must_read((ZH.step_up().gate)(Occasion::EndDevice)[0]);
    here.must_read((ZH.devices().kind)(DeviceKind::Web).to_owned() + " · ");
    here.button_with((ZH.step_up().way)(Way::Password)).click();
    here.field(ZH.common().password).fill(e2e::PASSWORD);
    here.button((ZH.step_up().gate)(Occasion::EndDevice)[1]).click();
    here.must_read((ZH.devices().ended_one)(DeviceKind::Web));
    here.must_have_focus_on(ZH.overview().devices);
    here.must_come_true("return document.querySelectorAll('.device').length === 2");
    other.reload();
    other.heading(ZH.sign_in().title).must_appear();
    other.must_read(ended(&ZH, SessionEnd::EndedElsewhere));
    third.reload();
    third.must_be_in();
    here.link(ZH.common().home).click();
    here.link(ZH.overview().see_activity).click();
    here.must_read((ZH.activity().what)(SecurityEvent::DeviceEnded));
}

#[test]
fn ses_06_the_focus_stays_with_its_device_in_another_order() {
    let stage = Stage::new();
    let desktop = stage.browser();
    desktop.open(&format!("/sign-in?host_code={}", stage.desktop_host_code()));
    desktop.must_have_sent("/api/v1/surface", 1);
    desktop.give_password(PHONE);
    desktop.must_be_in();
    let here = stage.browser();
    here.enter(PHONE);
    here.open_devices();
    let end = (ZH.devices().end_one)(DeviceKind::Windows);
    here.button(end).must_appear();
    let focus = "document.querySelector('.device .row-action').focus()";
    let _none = here.run(focus, vec![]);
    here.put_away(true);
    let other = stage.browser();
    other.enter(PHONE);
    here.put_away(false);
    // The new one comes before it, in the element that had the focus.
    here.must_come_true("return document.querySelectorAll('.device').length === 3");
    let label = "return document.activeElement.getAttribute('aria-label')";
    assert_eq!(here.run(label, vec![]), json!((ZH.devices().end_one)(DeviceKind::Windows)));
    let rows = "return [...document.querySelectorAll('.device .row-action')].indexOf(document.activeElement)";
    assert_eq!(here.run(rows, vec![]), json!(1));
    // Once it is gone, the focus is not left on another's button.
    here.put_away(true);
    desktop.button(ZH.overview().sign_out).click();
    desktop.heading(ZH.sign_in().title).must_appear();
    here.put_away(false);
    here.must_come_true("return document.querySelectorAll('.device').length === 2");
    here.must_have_focus_on(ZH.overview().devices);
}

#[test]
fn ses_06_a_device_gone_meanwhile_is_told_and_no_other_ends() {
    let stage = Stage::new();
    let (here, other) = on_two(&stage);
    other.button(ZH.overview().sign_out).click();
    other.heading(ZH.sign_in().title).must_appear();
    here.button((ZH.devices().end_one)(DeviceKind::Web)).click();
    here.must_warn(ZH.devices().gone);
    here.button((ZH.devices().end_one)(DeviceKind::Web)).must_be_gone();
    here.must_read(ZH.devices().only_here);
}

/// What each of the five slots says.
fn slots(browser: &Browser<'_>) -> Vec<String> {
    let script =
        "return [...document.querySelectorAll('.slot')].map(slot => slot.innerText.replaceAll('\\n', ' '))";
    serde_json::from_value(browser.run(script, vec![])).expect("texts")
}

/// Whether a slot tells of a meeting on that kind of device, and who began it.
fn is_held(slot: &str, kind: DeviceKind, title: &str, whose: &str) -> bool {
    slot.starts_with(&[(ZH.devices().kind)(kind), title].join(" ")) && slot.ends_with(whose)
}

/// That none can be joined now, for this rule.
fn not_now(rule: MeetingRule) -> String {
    ZH.devices().cannot_join.to_owned() + (ZH.devices().rule)(rule)
}

/// Waits until so many slots are taken.
fn must_be_taken(browser: &Browser<'_>, count: usize) {
    browser.must_read((ZH.devices().taken)(count));
}

#[test]
fn m5_account_1_sees_its_meeting_anothers_and_three_free_slots() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    must_be_taken(&browser, 2);
    let slots = slots(&browser);
    assert_eq!(slots.len(), 5);
    assert!(is_held(&slots[0], DeviceKind::Windows, "产品周会", ZH.devices().own), "{slots:?}");
    assert!(is_held(&slots[3], DeviceKind::Ios, "客户需求沟通", ZH.devices().others), "{slots:?}");
    for meeting in [0, 3] {
        assert!(slots[meeting].contains(ZH.devices().signed_out), "it goes on all the same: {slots:?}");
    }
    for free in [1, 2, 4] {
        assert!(slots[free].ends_with(ZH.devices().free), "{slots:?}");
    }
    browser.must_read((ZH.devices().rule)(MeetingRule::M1));
    // The one on Windows stands in the way there, on a Mac the rule of the edition.
    browser.must_read(not_now(MeetingRule::M4));
    browser.must_read((ZH.devices().in_the_way)(MeetingRule::M4, DeviceKind::Windows, "产品周会"));
    browser.button((ZH.devices().kind)(DeviceKind::Mac)).click();
    browser.must_read(ZH.devices().can_join);
    browser.button(ZH.devices().own).click();
    let in_the_way = (ZH.devices().in_the_way)(MeetingRule::M1, DeviceKind::Windows, "产品周会");
    browser.must_read([not_now(MeetingRule::M1), in_the_way].concat());
}

#[test]
fn m3_account_6_hosts_two_meetings_and_may_host_more() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000006");
    browser.open_devices();
    must_be_taken(&browser, 2);
    let slots = slots(&browser);
    assert!(is_held(&slots[1], DeviceKind::Mac, "云桥季度经营会", ZH.devices().own), "{slots:?}");
    assert!(is_held(&slots[4], DeviceKind::Ipad, "新员工入职培训", ZH.devices().own), "{slots:?}");
    browser.must_read((ZH.devices().rule)(MeetingRule::M3));
    browser.button(ZH.devices().own).click();
    browser.must_read(ZH.devices().can_join);
    browser.button((ZH.devices().kind)(DeviceKind::Ipad)).click();
    browser.must_read(not_now(MeetingRule::M4));
    for kind in [DeviceKind::Windows, DeviceKind::Android, DeviceKind::Ios] {
        stage.meet("13800000006", kind, false, Meet::Start);
    }
    must_be_taken(&browser, 5);
    browser.must_read((ZH.devices().in_the_way)(MeetingRule::M3, DeviceKind::Ipad, "新员工入职培训"));
}

#[test]
fn m5_the_slots_and_the_answer_follow_what_happens_elsewhere() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    must_be_taken(&browser, 2);
    browser.button((ZH.devices().kind)(DeviceKind::Mac)).click();
    browser.must_read(ZH.devices().can_join);
    stage.meet(PHONE, DeviceKind::Mac, false, Meet::Start);
    must_be_taken(&browser, 3);
    browser.must_read(not_now(MeetingRule::M4));
    stage.meet(PHONE, DeviceKind::Mac, false, Meet::End);
    must_be_taken(&browser, 2);
    browser.must_read(ZH.devices().can_join);
    browser.button(ZH.devices().own).click();
    browser.must_read(not_now(MeetingRule::M1));
    stage.meet(PHONE, DeviceKind::Windows, true, Meet::End);
    must_be_taken(&browser, 1);
    browser.must_read(ZH.devices().can_join);
}

#[test]
fn m5_the_answer_comes_by_itself_after_an_outage() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.open_devices();
    must_be_taken(&browser, 2);
    browser.unplug(true);
    browser.button((ZH.devices().kind)(DeviceKind::Mac)).click();
    let offline = trouble(&ZH, Trouble::Offline);
    browser.must_come_true(&format!(
        "return document.querySelector('.ask .alert')?.textContent === '{offline}'"
    ));
    browser.unplug(false);
    browser.must_read(ZH.devices().can_join);
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
