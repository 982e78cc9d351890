//! WeChat, played by the stand-in: sign-in, replacing, first binding and step-up (W1–W8).

use contract::account::{Edition, Way};
use contract::refusal::{Refusal, SessionEnd};
use contract::scan::ScanState;
use e2e::{Browser, EN, Lang, PASSWORD, Stage, ZH, always, ended};

const ONE: &str = "13800000001";
const UNBOUND: &str = ZH.sign_in().wechat_unbound;
const DAY: u32 = 24 * 3600;

/// Account 1 at the step of the new WeChat, proven by the old one.
fn at_the_new_one(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(ONE);
    browser.begin_wechat();
    browser.prove_for_wechat_by_the_old_one("wx-lin");
    browser
}

/// The person's word, where the new WeChat is shown.
fn confirm(browser: &Browser<'_>) {
    browser.button(ZH.wechat().submit).click();
    browser.must_read(always(ZH.wechat().done_lead));
}

/// The browser's session, as its cookie names it.
fn session_of(browser: &Browser<'_>) -> String {
    let cookie = browser.cookies().into_iter().find(|cookie| cookie.name == "__Host-session");
    cookie.expect("somebody is signed in").value
}

#[test]
fn l1_the_bound_wechat_signs_in() {
    let stage = Stage::new();
    let browser = stage.browser();
    let consent = stage.wechat("wx-lin").scan(&browser.show_sign_in_qr());
    browser.must_match(&consent);
    assert_eq!(consent.allow(), ScanState::Confirmed);
    browser.must_enter();
    browser.must_read("林晓");
    browser.must_read("林间晓风");
    assert_eq!(browser.address(), "/");
    browser.must_have_sent("/api/v1/sign-in/wechat", 1);
    browser.open_devices();
    browser.must_read(always(|at| (ZH.devices().signed_in)(at, Way::Wechat)));
}

#[test]
fn l1_account_9_chooses_after_the_wechat() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_wechat("wx-sun");
    browser.must_enter();
    browser.must_read((ZH.account().edition)(Edition::Free));
    browser.leave();
    browser.sign_in_by_password("13800000009");
    browser.button_with("云桥科技").click();
    browser.must_be_in();
    browser.must_read(ZH.overview().wechat_none);
    browser.begin_first_wechat();
    browser.prove_for_wechat_by_password();
    browser.bind_wechat("wx-sun");
    browser.leave();
    browser.sign_in_by_wechat("wx-sun");
    browser.heading(ZH.chooser().choose).must_appear();
    browser.button_with(ZH.chooser().personal).must_appear();
    browser.button_with("云桥科技").click();
    browser.must_be_in();
    browser.must_read((ZH.overview().managed)("云桥科技"));
    browser.must_read("悦悦子");
}

#[test]
fn l1_a_wechat_bound_nowhere_opens_nothing_and_another_can_scan() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_wechat("wx-spare");
    browser.must_warn(UNBOUND);
    browser.button(ZH.scan().again).click();
    browser.scan_with("wx-lin");
    browser.must_enter();
}

#[test]
fn l1_no_qr_is_asked_for_without_consent() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.button(ZH.sign_in().by_wechat).click();
    browser.button(ZH.sign_in().wechat_show).click();
    browser.must_warn(ZH.sign_in().agree_first);
    assert_eq!(browser.requests_to("/api/v1/sign-in/scan"), 0);
    browser.agree();
    browser.button(ZH.sign_in().wechat_show).click();
    browser.scan_with("wx-lin");
    browser.must_enter();
    assert_eq!(browser.requests_to("/api/v1/sign-in/scan"), 1);
}

#[test]
fn w1_account_1_replaces_its_wechat_by_a_code() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(ONE);
    browser.must_read("林间晓风");
    browser.begin_wechat();
    browser.must_read((ZH.account().progress)(1, 3));
    for name in [ZH.step_up().way, ZH.wechat().way] {
        assert!(!browser.reads(name(Way::Password)), "a password proves nothing here");
    }
    browser.prove_for_wechat_by_code(ONE);
    browser.must_read((ZH.account().progress)(2, 3));
    browser.offer_wechat("wx-new");
    browser.must_read((ZH.account().progress)(3, 3));
    browser.must_read("新号上路");
    confirm(&browser);
    browser.heading(ZH.wechat().changed_title).must_appear();
    browser.must_read((ZH.wechat().done_lead)("新号上路"));
    browser.reload();
    browser.must_read((ZH.wechat().done_lead)("新号上路"));
    browser.link(ZH.common().home).click();
    browser.must_be_in();
    browser.must_read("新号上路");
    assert!(!browser.reads("林间晓风"), "the old one is gone");
    let notice = stage.notice_to(ONE);
    assert!(notice.contains("新号上路"), "{notice}");
    browser.leave();
    browser.sign_in_by_wechat("wx-lin");
    browser.must_warn(UNBOUND);
    browser.button(ZH.scan().again).click();
    browser.scan_with("wx-new");
    browser.must_be_in();
    browser.must_read("林晓");
}

#[test]
fn w1_account_1_replaces_its_wechat_by_the_old_one() {
    let stage = Stage::new();
    let browser = at_the_new_one(&stage);
    browser.bind_wechat("wx-new");
    browser.must_read((ZH.wechat().done_lead)("新号上路"));
    browser.link(ZH.common().home).click();
    browser.must_be_in();
    browser.must_read("新号上路");
}

#[test]
fn w2_a_phone_of_three_days_proves_nothing_but_the_wechat_does() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000003");
    browser.begin_wechat();
    // W1 and W2 name them.
    let [way, why] = ["通过手机号验证", "手机号绑定未满 14 天"];
    let way = browser.button_with(way);
    way.must_be_closed();
    let date = browser.run_until_done(
        "const change = new URLSearchParams(location.search).get('change');
        fetch('/api/v1/changes/' + change, { headers: { 'X-Client': 'menshen-web/0.1.0' } })
            .then(answer => answer.json())
            .then(change => new Date(change.ways.find(offer => offer.way === 'sms').closed.until))
            .then(until => done(until.toLocaleDateString('zh-CN', { month: 'long', day: 'numeric' })))",
    );
    let (name, date) = (way.name(), date.as_str().expect("a date").to_owned());
    assert!(name.contains(why) && name.contains(&date), "`{name}` does not tell {date}");
    browser.prove_for_wechat_by_the_old_one("wx-zhou");
    browser.bind_wechat("wx-new");
    browser.must_read((ZH.wechat().done_lead)("新号上路"));
}

#[test]
fn w2_a_phone_bound_fourteen_days_ago_proves_again() {
    let stage = Stage::new();
    let browser = stage.browser();
    stage.advance(12 * DAY);
    browser.enter("13800000003");
    browser.begin_wechat();
    browser.prove_for_wechat_by_code("13800000003");
    browser.bind_wechat("wx-new");
    browser.must_read((ZH.wechat().done_lead)("新号上路"));
}

#[test]
fn w2_the_first_wechat_needs_no_old_phone() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.sign_in_by_code("13911110001");
    browser.must_be_in();
    stage.advance(60);
    browser.begin_first_wechat();
    browser.prove_for_wechat_by_code("13911110001");
    browser.bind_wechat("wx-new");
    browser.must_read((ZH.wechat().done_lead)("新号上路"));
}

#[test]
fn w3_another_wechat_than_the_bound_one_proves_nothing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(ONE);
    browser.begin_wechat();
    // W1 names it.
    browser.button_with("通过原微信号验证").click();
    browser.scan_with("wx-zhou");
    browser.must_warn(ZH.refusal(&Refusal::WechatMismatch));
    browser.heading(ZH.step_up().wechat_title).must_appear();
    browser.button(ZH.scan().again).click();
    browser.scan_with("wx-lin");
    browser.heading(ZH.wechat().new_title).must_appear();
}

#[test]
fn w5_the_bound_and_the_tenants_are_refused_anothers_is_not() {
    let stage = Stage::new();
    let browser = at_the_new_one(&stage);
    // Named in docs/rules.md, §2.
    browser.button("去绑定新微信").click();
    browser.scan_with("wx-lin");
    browser.must_warn(ZH.refusal(&Refusal::WechatSame));
    browser.button(ZH.scan().again).click();
    browser.scan_with("wx-zhou");
    browser.must_warn(ZH.refusal(&Refusal::WechatTaken));
    browser.button(ZH.scan().again).click();
    browser.scan_with("wx-he");
    browser.heading(ZH.wechat().confirm_title).must_appear();
    browser.must_read("小禾苗");
    confirm(&browser);
    browser.leave();
    browser.sign_in_by_wechat("wx-he");
    browser.heading(ZH.chooser().choose).must_appear();
    browser.button_with("南枝设计").must_appear();
    browser.button_with(ZH.chooser().personal).click();
    browser.must_be_in();
    browser.must_read("林晓");
}

#[test]
fn w5_a_wechat_that_was_taken_while_it_was_looked_at_is_refused() {
    let stage = Stage::new();
    let (first, second) = (at_the_new_one(&stage), stage.browser());
    second.enter("13800000002");
    second.begin_first_wechat();
    second.prove_for_wechat_by_password();
    for browser in [&first, &second] {
        browser.offer_wechat("wx-new");
    }
    confirm(&second);
    first.button(ZH.wechat().submit).click();
    first.must_warn(ZH.refusal(&Refusal::WechatTaken));
    first.open("/");
    first.must_be_in();
    first.must_read("林间晓风");
}

#[test]
fn w6_what_the_old_one_opened_ends_and_this_session_is_renamed() {
    let stage = Stage::new();
    let (by_wechat, by_password, here) = (stage.browser(), stage.browser(), stage.browser());
    by_wechat.sign_in_by_wechat("wx-lin");
    by_wechat.must_enter();
    by_password.enter(ONE);
    // This one was opened with the old WeChat too.
    here.sign_in_by_wechat("wx-lin");
    here.must_enter();
    let before = session_of(&here);
    here.begin_wechat();
    here.prove_for_wechat_by_the_old_one("wx-lin");
    here.bind_wechat("wx-new");
    assert_ne!(session_of(&here), before);
    by_wechat.reload();
    by_wechat.heading(ZH.sign_in().title).must_appear();
    by_wechat.must_read(ended(&ZH, SessionEnd::WechatChanged));
    by_password.reload();
    by_password.must_be_in();
    by_password.must_read("新号上路");
    here.link(ZH.common().home).click();
    here.must_be_in();
    here.open_devices();
    let rows = here.run("return document.querySelectorAll('.device').length", vec![]);
    assert_eq!(rows, 2, "the ended one is not listed");
}

#[test]
fn w7_account_2_binds_its_first_by_a_code_and_it_is_shown() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000002");
    browser.must_read(ZH.overview().wechat_none);
    browser.link(ZH.overview().bind_wechat).click();
    browser.must_read(ZH.wechat().none);
    browser.must_read(ZH.wechat().bind_facts[1]);
    browser.button(ZH.wechat().bind_title).click();
    browser.button_with((ZH.wechat().way)(Way::Password)).must_be_open();
    assert!(!browser.reads((ZH.wechat().way)(Way::Wechat)), "there is none yet");
    browser.prove_for_wechat_by_code("13800000002");
    browser.bind_wechat("wx-spare");
    browser.heading(ZH.wechat().bound_title).must_appear();
    browser.must_read((ZH.wechat().done_lead)("备用小号"));
    browser.link(ZH.common().home).click();
    browser.must_be_in();
    browser.must_read("备用小号");
    browser.link(ZH.overview().change_wechat).must_appear();
    browser.leave();
    browser.sign_in_by_wechat("wx-spare");
    browser.must_be_in();
    browser.must_read("陈默");
}

#[test]
fn w7_account_2_binds_its_first_by_password() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000002");
    browser.begin_first_wechat();
    browser.prove_for_wechat_by_password();
    browser.bind_wechat("wx-new");
    browser.must_read((ZH.wechat().done_lead)("新号上路"));
}

#[test]
fn w8_a_scan_proves_the_change_of_the_phone() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(ONE);
    browser.begin_rebind();
    browser.give_step_up_wechat("wx-lin");
    browser.heading(ZH.phone().number_title).must_appear();
    browser.must_have_sent("/api/v1/step-up/wechat", 1);
    browser.rebind_to("13911110001");
    browser.sign_in_by_wechat("wx-lin");
    browser.must_be_in();
    browser.must_read("139****0001");
}

#[test]
fn w8_a_scan_proves_the_change_of_the_password() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(ONE);
    browser.begin_password();
    browser.give_step_up_wechat("wx-lin");
    browser.heading(ZH.password().new_title).must_appear();
    browser.set_password("the seven blue lamps of home");
    browser.heading(ZH.password().done_title).must_appear();
}

#[test]
fn w8_a_scan_opens_the_gate_of_the_devices() {
    let stage = Stage::new();
    let (here, other) = (stage.browser(), stage.browser());
    other.enter(ONE);
    here.enter(ONE);
    here.open_devices();
    here.button(ZH.devices().end_others).click();
    here.heading(ZH.step_up().title).must_appear();
    here.give_step_up_wechat("wx-lin");
    here.must_read((ZH.devices().ended)(1));
    here.must_have_sent("/api/v1/devices/end-others", 2);
    other.reload();
    other.heading(ZH.sign_in().title).must_appear();
}

#[test]
fn w8_who_has_no_wechat_is_not_asked_for_one() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000002");
    browser.begin_rebind();
    browser.button_with((ZH.step_up().way)(Way::Wechat)).must_be_closed();
    browser.give_step_up_password();
    browser.heading(ZH.phone().number_title).must_appear();
}

#[test]
fn qr_18_nothing_is_bound_before_it_was_seen_and_confirmed() {
    let stage = Stage::new();
    let (browser, other) = (at_the_new_one(&stage), stage.browser());
    browser.offer_wechat("wx-new");
    browser.must_read("新号上路");
    assert_eq!(browser.requests_to("/api/v1/wechat/bind"), 0);
    other.enter(ONE);
    other.must_read("林间晓风");
    other.leave();
    other.sign_in_by_wechat("wx-new");
    other.must_warn(UNBOUND);
    browser.button(ZH.wechat().another).click();
    browser.heading(ZH.wechat().new_title).must_appear();
    browser.offer_wechat("wx-spare");
    browser.must_read("备用小号");
    confirm(&browser);
    browser.must_read((ZH.wechat().done_lead)("备用小号"));
    browser.must_have_sent("/api/v1/wechat/bind", 1);
}

#[test]
fn qr_18_what_was_allowed_too_long_ago_is_not_bound() {
    let stage = Stage::new();
    let browser = at_the_new_one(&stage);
    browser.offer_wechat("wx-new");
    stage.advance(301);
    browser.button(ZH.wechat().submit).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_warn(ZH.refusal(&Refusal::StepOutOfOrder));
    browser.open("/");
    browser.must_be_in();
    browser.must_read("林间晓风");
}

#[test]
fn g5_a_reload_shows_the_same_wechat_again() {
    let stage = Stage::new();
    let browser = at_the_new_one(&stage);
    browser.offer_wechat("wx-new");
    browser.reload();
    browser.heading(ZH.wechat().confirm_title).must_appear();
    browser.must_read("新号上路");
    browser.back();
    browser.heading(ZH.wechat().new_title).must_appear();
    browser.forward();
    browser.heading(ZH.wechat().confirm_title).must_appear();
    browser.must_read("新号上路");
    confirm(&browser);
}

#[test]
fn f_10_impatient_fingers_bind_it_once() {
    let stage = Stage::new();
    let browser = at_the_new_one(&stage);
    browser.button(ZH.wechat().go).click_repeatedly(3);
    let text = browser.read_qr();
    browser.must_have_sent("/api/v1/wechat/scan", 1);
    assert_eq!(stage.wechat("wx-new").scan(&text).allow(), ScanState::Confirmed);
    browser.button(ZH.wechat().submit).click_repeatedly(3);
    browser.heading(ZH.wechat().changed_title).must_appear();
    browser.must_have_sent("/api/v1/wechat/bind", 1);
}

#[test]
fn p6_a_new_phone_number_ends_the_qr_of_every_browser() {
    let stage = Stage::new();
    let (browser, other) = (stage.browser(), stage.browser());
    other.enter(ONE);
    other.begin_wechat();
    other.button_with((ZH.wechat().way)(Way::Wechat)).click();
    let text = other.read_qr();
    browser.enter(ONE);
    browser.begin_rebind();
    browser.prove_by_password();
    browser.rebind_to("13911110001");
    assert_eq!(stage.wechat("wx-lin").refused_scan(&text), Refusal::ScanSuperseded);
    other.heading(ZH.sign_in().title).must_appear();
    other.must_read(ended(&ZH, SessionEnd::PhoneChanged));
}

#[test]
fn the_whole_way_on_a_phone_in_english() {
    let stage = Stage::new();
    let browser = stage.phone();
    browser.open("/sign-in");
    browser.button(Lang::En.name()).click();
    browser.button(EN.sign_in().by_wechat).click();
    browser.must_fit_the_screen();
    browser.checkbox(EN.sign_in().agree).click();
    browser.button(EN.sign_in().wechat_show).click();
    browser.image(EN.scan().label).must_appear();
    browser.must_fit_the_screen();
    browser.button(EN.sign_in().by_password).click();
    browser.field(EN.sign_in().phone).fill(ONE);
    browser.field(EN.common().password).fill(PASSWORD);
    browser.button(EN.sign_in().submit).click();
    browser.heading(EN.overview().title).must_appear();
    browser.link(EN.overview().change_wechat).click();
    browser.must_read("林间晓风");
    browser.must_fit_the_screen();
    browser.button(EN.wechat().change_title).click();
    browser.button_with((EN.wechat().way)(Way::Wechat)).click();
    browser.image(EN.scan().label).must_appear();
    browser.must_fit_the_screen();
}
