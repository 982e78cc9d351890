//! C1–C8: canceling the account.

use contract::account::{Edition, Way};
use contract::cancel::Remains;
use contract::refusal::{Refusal, SessionEnd};
use e2e::{Answer, Browser, Fault, Key, PASSWORD, Stage, ZH, always, ended};

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
    browser.link(ZH.cancel().sign_in).click();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.open("/");
    browser.heading(ZH.sign_in().title).must_appear();
    stage.advance(61);
    browser.sign_in_by_code(phone);
    browser.must_warn(always(|until| ZH.refusal(&Refusal::PhoneResting { until })));
    stage.advance(DAY);
    browser.sign_in_by_code(phone);
    browser.must_be_in();
    browser.must_read((ZH.account().edition)(Edition::Free));
    browser.must_read(ZH.overview().wechat_none);
    browser.must_read(ZH.overview().password_not_set);
    assert!(!browser.reads(name), "nothing is left of the one before");
}

#[test]
fn c4_account_2_cancels_by_a_code_and_comes_back_as_a_new_one() {
    let stage = Stage::new();
    let (browser, other) = (stage.browser(), stage.browser());
    other.enter(TWO);
    browser.enter(TWO);
    browser.must_read("陈默");
    browser.begin_cancel();
    browser.must_read((ZH.account().progress)(1, 2));
    browser.give_step_up_code(TWO);
    browser.must_read((ZH.account().progress)(2, 2));
    browser.must_read("138****0002");
    browser.confirm_cancel();
    browser.must_have_sent("/api/v1/cancel/confirm", 1);
    let receipt = receipt(&browser);
    browser.reload();
    browser.heading(ZH.cancel().done_title).must_appear();
    browser.must_read(&receipt);
    let notice = stage.notice_to(TWO);
    assert!(notice.contains(&receipt), "{notice}");
    // Signed out everywhere, and told why.
    other.reload();
    other.heading(ZH.sign_in().title).must_appear();
    other.must_read(ended(&ZH, SessionEnd::AccountCanceled));
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
    browser.button_with((ZH.cancel().way)(Way::Wechat)).click();
    browser.scan_with("wx-lin");
    browser.confirm_cancel();
    browser.sign_in_by_wechat("wx-lin");
    browser.must_warn(ZH.sign_in().wechat_unbound);
}

#[test]
fn c2_the_notice_can_be_read_and_an_empty_box_begins_nothing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.link(ZH.overview().cancel_account).click();
    // C2 names them.
    let [read, next, notice] = ["我已阅读", "下一步", "《账号注销说明》"];
    browser.checkbox(read).must_appear();
    browser.must_come_true("return !document.getElementById('agree').checked");
    browser.button(next).click();
    browser.must_warn(ZH.cancel().agree_first);
    browser.checkbox(read).must_have_focus();
    assert_eq!(browser.requests_to("/api/v1/cancel/start"), 0);
    let path = browser.link(notice).attribute("href").expect("a link leads somewhere");
    browser.open(&path);
    // What the server's notice says (C2, C5).
    let [title, lost] = ["账号注销说明", "会员权益视为放弃"];
    browser.heading(title).must_appear();
    browser.must_read(lost);
}

#[test]
fn c3_another_way_is_a_press_away_and_starts_from_nothing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(ONE);
    browser.begin_cancel();
    // C3 names them.
    let [sms, password, wechat] = ["通过短信验证码验证", "通过手机号密码验证", "通过微信号验证"];
    // C3 names it.
    let another = "使用其它身份验证方式";
    browser.button_with(sms).click();
    browser.ask_for_code();
    browser.button(another).click();
    browser.button_with(password).click();
    browser.button(another).click();
    browser.button_with(wechat).click();
    browser.image(ZH.scan().label).must_appear();
    browser.button(another).click();
    browser.heading(ZH.step_up().title).must_appear();
    assert_eq!(browser.requests_to("/api/v1/cancel/confirm"), 0);
}

#[test]
fn c5_a_member_reads_what_is_lost_and_what_is_kept() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.link(ZH.overview().cancel_account).click();
    // However many days there are.
    for part in (ZH.cancel().benefits)(0).split('0') {
        browser.must_read(part);
    }
    browser.must_read((ZH.cancel().remains)(Remains::RestingNumber, 1));
    browser.must_read((ZH.cancel().remains)(Remains::Receipt, 3 * 365));
    browser.must_read((ZH.cancel().undo)(0));
}

#[test]
fn c6_organizations_and_admins_read_why_not_and_what_to_do() {
    use Refusal::{AdminMustHandOver, LastSuperAdmin, ManagedBySuperAdmin};
    // C1 names the way.
    assert!(ZH.refusal(&ManagedBySuperAdmin).contains("企业管理 > 用户管理 > 用户列表 > 更多 > 删除"));
    let stage = Stage::new();
    let browser = stage.browser();
    for (phone, reasons) in [
        ("13800000004", &[ManagedBySuperAdmin][..]),
        ("13800000005", &[ManagedBySuperAdmin]),
        ("13800000006", &[ManagedBySuperAdmin, LastSuperAdmin]),
        ("13800000008", &[ManagedBySuperAdmin, AdminMustHandOver]),
        ("13800000010", &[ManagedBySuperAdmin, LastSuperAdmin]),
    ] {
        browser.enter(phone);
        let row = browser.button(ZH.overview().cancel_account);
        row.must_be_closed();
        row.must_be_described(ZH.refusal(&reasons[0]));
        browser.open("/cancel");
        browser.heading(ZH.cancel().title).must_appear();
        for reason in reasons {
            browser.must_read(ZH.refusal(reason));
        }
        browser.button(ZH.account().next).must_be_gone();
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
    browser.link(ZH.overview().cancel_account).click();
    browser.must_read((ZH.cancel().undo)(7));
    browser.checkbox(ZH.cancel().agree).click();
    browser.button(ZH.account().next).click();
    browser.give_step_up_password();
    browser.heading(ZH.cancel().confirm_title).must_appear();
    browser.button(ZH.cancel().go_on).click();
    browser.button(ZH.cancel().submit).click();
    browser.heading(ZH.cancel().cooling_title).must_appear();
    assert!(!receipt(&browser).is_empty());
    stage.advance(3 * DAY + 1);
    browser.sign_in_by_password(TWO);
    browser.heading(ZH.chooser().leaving).must_appear();
    // C8 names them.
    let [left, keep] = ["正在注销，剩余 4 天。", "撤销注销"];
    browser.must_read(left);
    browser.button(keep).click();
    browser.must_be_in();
    browser.must_read("陈默");
}

#[test]
fn c1_a_shared_device_cancels_nothing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_have_sent("/api/v1/surface", 1);
    browser.give_password(ONE);
    browser.must_be_in();
    browser.open("/cancel");
    browser.must_read(ZH.refusal(&Refusal::NotOnKiosk));
    browser.button(ZH.account().next).must_be_gone();
}

#[test]
fn g5_a_reload_keeps_the_last_step_and_back_leads_to_the_start() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.begin_cancel();
    browser.give_step_up_password();
    browser.heading(ZH.cancel().confirm_title).must_appear();
    browser.reload();
    browser.heading(ZH.cancel().confirm_title).must_appear();
    browser.button(ZH.cancel().go_on).click();
    browser.press_escape();
    browser.button(ZH.cancel().submit).must_be_gone();
    browser.button(ZH.cancel().stay).click();
    browser.heading(ZH.cancel().title).must_appear();
    // Who comes back agrees again, and goes on where they were.
    browser.checkbox(ZH.cancel().agree).click();
    browser.button(ZH.account().next).click();
    browser.confirm_cancel();
}

#[test]
fn del_03_a_proof_of_six_minutes_ago_is_given_again() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.begin_cancel();
    browser.give_step_up_password();
    browser.heading(ZH.cancel().confirm_title).must_appear();
    stage.advance(301);
    browser.button(ZH.cancel().go_on).click();
    browser.button(ZH.cancel().submit).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_warn(ZH.refusal(&Refusal::StepUpNeeded { ways: vec![] }));
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
        browser.heading(ZH.cancel().confirm_title).must_appear();
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
    browser.button(ZH.cancel().go_on).click();
    stage.faults().once("POST", "/api/v1/cancel/confirm", Fault::Hold);
    browser.button(ZH.cancel().submit).click();
    stage.faults().must_hold();
    browser.button(ZH.cancel().stay).must_be_closed();
    browser.press_escape();
    browser.button(ZH.cancel().submit).must_appear();
    stage.faults().release();
    browser.heading(ZH.cancel().done_title).must_appear();
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
    browser.link(ZH.overview().cancel_account).click();
    browser.checkbox(ZH.cancel().agree).click();
    stage.faults().once("POST", "/api/v1/cancel/start", Fault::Gateway(changed));
    browser.button(ZH.account().next).click();
    browser.must_warn(ZH.refusal(&Refusal::NoticeNotRead));
    browser.must_come_true("return !document.getElementById('agree').checked");
    browser.must_have_sent("/api/v1/cancel", 2);
    browser.checkbox(ZH.cancel().agree).click();
    browser.button(ZH.account().next).click();
    browser.heading(ZH.step_up().title).must_appear();
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
    browser.heading(ZH.sign_in().title).must_appear();
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
    browser.button(ZH.cancel().go_on).click();
    browser.button(ZH.cancel().submit).click_repeatedly(3);
    browser.heading(ZH.cancel().done_title).must_appear();
    browser.must_have_sent("/api/v1/cancel/confirm", 1);
}

#[test]
fn c4_the_account_is_canceled_by_keyboard_alone() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(TWO);
    browser.tab_to(&browser.link(ZH.overview().cancel_account));
    browser.press(Key::Enter);
    browser.heading(ZH.cancel().title).must_have_focus();
    browser.tab_to(&browser.checkbox(ZH.cancel().agree));
    browser.press(Key::Space);
    browser.tab_to(&browser.button(ZH.account().next));
    browser.press(Key::Enter);
    browser.heading(ZH.step_up().title).must_have_focus();
    browser.tab_to(&browser.button_with((ZH.cancel().way)(Way::Password)));
    browser.press(Key::Enter);
    browser.heading(ZH.step_up().password_title).must_have_focus();
    browser.tab_to(&browser.field(ZH.common().password));
    browser.type_keys(PASSWORD);
    browser.press(Key::Enter);
    browser.heading(ZH.cancel().confirm_title).must_have_focus();
    browser.tab_to(&browser.button(ZH.cancel().go_on));
    browser.press(Key::Enter);
    browser.button(ZH.cancel().submit).must_appear();
    browser.press_escape();
    browser.button(ZH.cancel().go_on).must_have_focus();
    browser.press(Key::Enter);
    // C4 names it.
    browser.tab_to(&browser.button("确认注销"));
    browser.press(Key::Enter);
    browser.heading(ZH.cancel().done_title).must_have_focus();
    browser.tab_to(&browser.link(ZH.cancel().sign_in));
    browser.press(Key::Enter);
    browser.heading(ZH.sign_in().title).must_have_focus();
}
