//! Every screen in every state: what the gallery shows, and what the checks of accessibility and
//! layout look at.
//!
//! **To add a view**, go there in the tour of its screen as a person does, wait for what makes it
//! this view, and `show("its-name")`. A new screen is a line in [`TOURS`].

use crate::browser::Browser;
use crate::journey::PASSWORD;
use crate::lang::{always, ended, trouble};
use crate::picture::quarters;
use crate::proxy::{Answer, Fault};
use crate::stage::Meet;
use contract::account::{DeviceKind, Role, Way};
use contract::avatar::UPLOAD;
use contract::problem::Trouble;
use contract::refusal::{AvatarFlaw, PasswordFlaw, Refusal, SessionEnd};
use words::Occasion;

/// A screen in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The screen, by the name of its tour.
    pub screen: &'static str,
    /// What is to be seen there.
    pub state: &'static str,
}

/// A way through all the states of a screen; calls the other wherever there is something to see,
/// which must leave the page as it was.
pub type Tour = fn(&Browser<'_>, &mut dyn FnMut(&'static str));

/// A tour for every screen.
pub const TOURS: &[(&str, Tour)] = &[
    ("sign-in", sign_in),
    ("overview", overview),
    ("avatar", avatar),
    ("phone", phone),
    ("wechat", wechat),
    ("password", password),
    ("activity", activity),
    ("cancel", cancel),
    ("devices", devices),
    ("history", history),
    ("console", console),
    ("kiosk", kiosk),
    ("not-found", not_found),
    ("legal", legal),
];

/// Goes all tours whose screen is wanted, each with fresh demo data. The stage must be behind a
/// proxy, for some states are those of a bad network.
#[track_caller]
pub fn go(browser: &Browser<'_>, wanted: impl Fn(&str) -> bool, mut show: impl FnMut(View)) {
    for (screen, tour) in TOURS {
        if wanted(screen) {
            browser.stage().reset();
            browser.forget_everything();
            tour(browser, &mut |state| show(View { screen, state }));
        }
    }
}

const ONE: &str = "13800000001";
const BUSY: Fault = Fault::Gateway(Answer {
    head: "503 Service Unavailable\r\nContent-Type: text/html",
    body: "<h1>503</h1>",
});

fn sign_in(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    let faults = browser.stage().faults();
    browser.open("/sign-in");
    browser.heading(t.sign_in().title).must_appear();
    show("by-sms");
    browser.button(t.sign_in().submit).click();
    browser.must_warn(t.common().phone_missing);
    show("slip");
    browser.field(t.sign_in().phone).fill(ONE);
    browser.ask_for_code();
    show("code-sent");
    browser.field(t.common().code).fill(&browser.stage().wrong_code_to(ONE));
    browser.button(t.sign_in().submit).click();
    browser.must_warn(t.sign_in().agree_first);
    show("consent-missing");
    browser.agree();
    browser.button(t.sign_in().submit).click();
    browser.must_warn(always(|left| t.refusal(&Refusal::CodeWrong { left })));
    show("wrong-code");
    browser.button(t.sign_in().by_password).click();
    browser.field(t.common().password).must_appear();
    show("by-password");
    browser.field(t.common().password).fill("not-the-password");
    browser.button(t.sign_in().submit).click();
    browser.must_warn(always(|left| t.refusal(&Refusal::PasswordWrong { left })));
    show("wrong-password");
    faults.once("POST", "/api/v1/sign-in/password", BUSY);
    browser.button(t.sign_in().submit).click();
    browser.must_warn(trouble(t, Trouble::Server { request_id: String::new() }));
    show("server-error");
    browser.unplug(true);
    browser.button(t.sign_in().submit).click();
    browser.must_warn(trouble(t, Trouble::Offline));
    show("offline");
    browser.unplug(false);
    browser.open("/sign-in");
    browser.button(t.sign_in().by_wechat).click();
    browser.button(t.sign_in().wechat_show).must_appear();
    show("by-wechat");
    browser.agree();
    browser.button(t.sign_in().wechat_show).click();
    browser.image(t.scan().label).must_appear();
    show("wechat-qr");
    let consent = browser.stage().wechat("wx-lin").scan(&browser.read_qr());
    browser.must_match(&consent);
    show("wechat-scanned");
    consent.deny();
    browser.must_warn(t.refusal(&Refusal::WechatDenied));
    show("wechat-denied");
    browser.button(t.scan().again).click();
    browser.scan_with("wx-spare");
    browser.must_warn(t.sign_in().wechat_unbound);
    show("wechat-unbound");
    browser.button(t.scan().again).click();
    browser.scan_with("wx-zhou");
    browser.heading(t.chooser().confirm).must_appear();
    show("wechat-account");
    browser.sign_in_by_password("13800000009");
    browser.heading(t.chooser().choose).must_appear();
    show("chooser");
    browser.enter(ONE);
    browser.button(t.overview().sign_out).click();
    browser.must_read(ended(t, SessionEnd::SignedOut));
    show("signed-out");
    browser.enter(ONE);
    browser.stage().advance(8 * 24 * 3600);
    browser.reload();
    browser.must_read(ended(t, SessionEnd::Expired));
    show("session-ended");
}

fn overview(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    let faults = browser.stage().faults();
    let accounts = [
        (ONE, "free"),
        ("13800000002", "member"),
        ("13800000004", "business"),
        ("13800000007", "single-sign-on"),
        ("+85261234567", "number-abroad"),
    ];
    for (phone, state) in accounts {
        browser.forget_everything();
        browser.enter(phone);
        show(state);
    }
    browser.forget_everything();
    browser.sign_in_by_password("13800000009");
    browser.button_with("云桥科技").click();
    browser.must_be_in();
    show("enterprise");
    browser.forget_everything();
    browser.sign_in_by_code("13911110009");
    browser.must_be_in();
    browser.must_read(t.overview().password_not_set);
    show("no-password");
    faults.once("GET", "/api/v1/me", Fault::Hold);
    browser.open_early("/");
    browser.must_read(t.common().loading);
    faults.must_hold();
    show("loading");
    faults.release();
    browser.must_be_in();
    faults.once("GET", "/api/v1/me", BUSY);
    browser.reload();
    browser.must_warn(trouble(t, Trouble::Server { request_id: String::new() }));
    show("server-error");
}

fn phone(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    const NEW: &str = "13911110001";
    let t = browser.t();
    let (stage, faults) = (browser.stage(), browser.stage().faults());
    browser.enter(ONE);
    browser.link(t.overview().change_phone).click();
    browser.button(t.phone().title).must_appear();
    show("start");
    browser.button(t.phone().title).click();
    browser.heading(t.step_up().title).must_appear();
    show("ways");
    browser.button_with((t.step_up().way)(Way::Wechat)).click();
    browser.image(t.scan().label).must_appear();
    show("wechat");
    browser.button(t.step_up().other_way).click();
    browser.heading(t.step_up().title).must_appear();
    browser.button_with((t.step_up().way)(Way::Sms)).click();
    browser.heading(t.step_up().sms_title).must_appear();
    show("sms");
    browser.button(t.account().next).click();
    browser.must_warn(t.common().code_first);
    show("sms-no-code");
    browser.ask_for_code();
    show("sms-sent");
    browser.field(t.common().code).fill(&stage.wrong_code_to(ONE));
    browser.button(t.account().next).click();
    browser.must_warn(always(|left| t.refusal(&Refusal::CodeWrong { left })));
    show("sms-wrong");
    browser.button(t.step_up().other_way).click();
    browser.button_with((t.step_up().way)(Way::Password)).click();
    browser.heading(t.step_up().password_title).must_appear();
    show("password");
    browser.field(t.common().password).fill("not-the-password");
    browser.button(t.account().next).click();
    browser.must_warn(always(|left| t.refusal(&Refusal::PasswordWrong { left })));
    show("password-wrong");
    browser.field(t.common().password).fill(PASSWORD);
    browser.button(t.account().next).click();
    browser.heading(t.phone().number_title).must_appear();
    show("number");
    browser.name_number("13800000002");
    browser.must_warn(t.refusal(&Refusal::PhoneTaken));
    show("number-taken");
    browser.name_number(NEW);
    browser.heading(t.phone().code_title).must_appear();
    show("code");
    browser.field(t.common().code).fill(&stage.wrong_code_to(NEW));
    browser.button(t.phone().submit).click();
    browser.must_warn(always(|left| t.refusal(&Refusal::CodeWrong { left })));
    show("code-wrong");
    faults.once("POST", "/api/v1/phone/bind", Fault::CutAfter);
    faults.once("GET", "/api/v1/outcomes/", Fault::Hold);
    browser.give_new_code(NEW);
    browser.must_read(t.common().confirming);
    faults.must_hold();
    show("confirming");
    faults.release();
    browser.heading(t.phone().done_title).must_appear();
    show("done");
    browser.open("/phone/done?change=0123456789");
    browser.heading(t.account().lost_title).must_appear();
    show("lost");
    browser.forget_everything();
    browser.enter("13800000004");
    browser.open("/phone");
    browser.must_read(t.refusal(&Refusal::EditionNotOnSurface));
    show("closed");
    browser.forget_everything();
    browser.sign_in_by_code("13911110002");
    browser.must_be_in();
    browser.begin_rebind();
    browser.must_read(t.step_up().no_password);
    show("ways-no-password");
}

fn wechat(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    browser.enter("13800000002");
    browser.link(t.overview().bind_wechat).click();
    browser.heading(t.wechat().bind_title).must_appear();
    show("start-first");
    browser.forget_everything();
    browser.enter("13800000003");
    browser.begin_wechat();
    browser.must_read(always(|until| t.refusal(&Refusal::PhoneTooNew { until })));
    show("ways-new-phone");
    browser.forget_everything();
    browser.enter(ONE);
    browser.link(t.overview().change_wechat).click();
    browser.button(t.wechat().change_title).must_appear();
    show("start");
    browser.button(t.wechat().change_title).click();
    browser.heading(t.step_up().title).must_appear();
    show("ways");
    browser.button_with((t.wechat().way)(Way::Wechat)).click();
    browser.heading(t.step_up().wechat_title).must_appear();
    browser.image(t.scan().label).must_appear();
    show("verify-wechat");
    browser.scan_with("wx-zhou");
    browser.must_warn(t.refusal(&Refusal::WechatMismatch));
    show("mismatch");
    browser.button(t.scan().again).click();
    browser.scan_with("wx-lin");
    browser.button(t.wechat().go).must_appear();
    show("new");
    browser.button(t.wechat().go).click();
    browser.image(t.scan().label).must_appear();
    show("new-qr");
    browser.scan_with("wx-zhou");
    browser.must_warn(t.refusal(&Refusal::WechatTaken));
    show("taken");
    browser.button(t.scan().again).click();
    browser.scan_with("wx-new");
    browser.heading(t.wechat().confirm_title).must_appear();
    show("confirm");
    browser.button(t.wechat().submit).click();
    browser.must_read(always(t.wechat().done_lead));
    show("done");
    browser.open("/wechat/done?change=0123456789");
    browser.heading(t.account().lost_title).must_appear();
    show("lost");
}

fn password(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    browser.enter(ONE);
    browser.link(t.overview().change_password).click();
    browser.heading(t.password().change_title).must_appear();
    show("start");
    browser.button(t.password().change_title).click();
    browser.heading(t.step_up().title).must_appear();
    browser.button_with((t.step_up().way)(Way::Wechat)).click();
    browser.image(t.scan().label).must_appear();
    show("wechat");
    browser.button(t.step_up().other_way).click();
    browser.heading(t.step_up().title).must_appear();
    browser.give_step_up_password();
    browser.heading(t.password().new_title).must_appear();
    show("new");
    browser.set_password("too short");
    browser.must_warn(t.refusal(&Refusal::PasswordWeak { why: PasswordFlaw::Short }));
    show("weak");
    browser.set_password("the seven blue lamps of home");
    browser.heading(t.password().done_title).must_appear();
    show("done");
    browser.open("/password/done?change=0123456789");
    browser.heading(t.account().lost_title).must_appear();
    show("lost");
    browser.forget_everything();
    browser.sign_in_by_code("13911110003");
    browser.must_be_in();
    browser.open("/password");
    browser.heading(t.password().set_title).must_appear();
    show("start-first");
}

fn activity(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    let stranger = browser.stage().browser();
    stranger.open("/sign-in");
    stranger.give_this_password(ONE, "not-the-password");
    stranger.must_warn(always(|left| stranger.t().refusal(&Refusal::PasswordWrong { left })));
    browser.enter(ONE);
    browser.link(t.overview().see_activity).click();
    browser.must_read(t.activity().failed);
    show("list");
    browser.button(t.activity().not_me).click();
    browser.heading(t.step_up().title).must_appear();
    show("not-me");
}

fn cancel(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    browser.enter("13800000006");
    browser.open("/cancel");
    browser.must_read(t.refusal(&Refusal::LastSuperAdmin));
    show("closed");
    browser.forget_everything();
    browser.enter("13800000002");
    browser.link(t.overview().cancel_account).click();
    browser.checkbox(t.cancel().agree).must_appear();
    show("start");
    browser.button(t.account().next).click();
    browser.must_warn(t.cancel().agree_first);
    show("not-read");
    browser.checkbox(t.cancel().agree).click();
    browser.button(t.account().next).click();
    browser.heading(t.step_up().title).must_appear();
    show("ways");
    browser.button_with((t.cancel().way)(Way::Password)).click();
    browser.heading(t.step_up().password_title).must_appear();
    browser.field(t.common().password).fill(PASSWORD);
    browser.field(t.common().password).press_enter();
    browser.heading(t.cancel().confirm_title).must_appear();
    browser.must_read(always(t.cancel().benefits));
    show("confirm");
    browser.button(t.cancel().go_on).click();
    browser.button(t.cancel().submit).must_appear();
    show("last-word");
    browser.button(t.cancel().submit).click();
    browser.heading(t.cancel().done_title).must_appear();
    show("done");
}

fn avatar(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    browser.enter("13800000004");
    browser.open("/avatar");
    browser.must_read(t.refusal(&Refusal::AvatarLocked));
    show("locked");
    browser.leave();
    browser.enter(ONE);
    browser.link(t.overview().change_avatar).click();
    browser.button(t.avatar().pick).must_appear();
    show("none");
    browser.pick_file("page.svg", b"<svg/>");
    browser.must_warn(t.refusal(&Refusal::AvatarBad { why: AvatarFlaw::Format }));
    show("no-picture");
    browser.pick_file("quarters.png", &quarters(640, 480));
    browser.button(t.avatar().save).must_appear();
    show("cut");
    browser.button(t.avatar().whole).click();
    show("whole");
    browser.stage().faults().once("POST", UPLOAD, Fault::Hold);
    browser.button(t.avatar().save).click();
    browser.stage().faults().must_hold();
    browser.button(t.avatar().stop).must_appear();
    show("uploading");
    browser.button(t.avatar().stop).click();
    browser.stage().faults().cut();
    browser.button(t.avatar().another).must_appear();
    browser.button(t.avatar().save).click();
    browser.must_read(t.avatar().changed);
    show("changed");
    browser.link(t.overview().change_avatar).click();
    browser.button(t.avatar().remove).must_appear();
    show("present");
    browser.button(t.avatar().remove).click();
    browser.heading(t.avatar().remove_title).must_appear();
    show("remove");
}

fn devices(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    browser.enter(ONE);
    browser.open_devices();
    browser.must_read(t.devices().only_here);
    show("one");
    browser.stage().browser().enter(ONE);
    browser.reload();
    browser.button(t.devices().end_others).must_be_open();
    show("two");
    browser.button(t.devices().end_others).click();
    browser.heading(t.step_up().title).must_appear();
    show("gate");
    browser.button_with((t.step_up().way)(Way::Wechat)).click();
    browser.image(t.scan().label).must_appear();
    show("gate-wechat");
    browser.button(t.step_up().other_way).click();
    browser.heading(t.step_up().title).must_appear();
    browser.button_with((t.step_up().way)(Way::Password)).click();
    browser.heading(t.step_up().password_title).must_appear();
    show("gate-password");
    browser.field(t.common().password).fill("not-the-password");
    browser.button((t.step_up().gate)(Occasion::EndOthers)[1]).click();
    browser.must_warn(always(|left| t.refusal(&Refusal::PasswordWrong { left })));
    show("gate-refused");
    browser.field(t.common().password).fill(PASSWORD);
    browser.button((t.step_up().gate)(Occasion::EndOthers)[1]).click();
    browser.must_read((t.devices().ended)(1));
    // Otherwise it goes while one looks.
    browser.tab_to(&browser.button(t.common().dismiss));
    show("after");
    browser.button(t.devices().own).click();
    browser.must_read(t.devices().cannot_join);
    show("cannot-join");
    browser.leave();
    browser.enter("13800000006");
    browser.open_devices();
    browser.button(t.devices().own).click();
    browser.must_read(t.devices().can_join);
    show("enterprise");
}

fn history(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    browser.enter(ONE);
    browser.link(t.overview().see_history).click();
    browser.must_read(t.history().synced);
    show("synced");
    browser.button(t.history().menu).click();
    browser.checkbox(t.history().sync).must_appear();
    show("menu");
    browser.checkbox(t.history().sync).click();
    browser.must_read(t.history().off);
    browser.press_escape();
    // Held in this browser, and nowhere else to be seen.
    browser.stage().meet(ONE, DeviceKind::Web, false, Meet::Start);
    browser.stage().meet(ONE, DeviceKind::Web, false, Meet::End);
    browser.reload();
    browser.must_read(t.history().only_here);
    show("only-here");
}

fn console(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    let faults = browser.stage().faults();
    browser.enter("13800000005");
    browser.open("/enterprise/users");
    browser.must_warn(t.console().closed);
    show("closed");
    browser.leave();
    browser.enter("13800000006");
    browser.link(t.overview().see_users).must_appear();
    show("overview");
    browser.link(t.overview().see_settings).click();
    browser.checkbox(t.console().avatars).must_be_ticked(true);
    show("settings");
    faults.once("POST", "/api/v1/enterprise/settings", BUSY);
    browser.checkbox(t.console().avatars).click();
    browser.must_warn(trouble(t, Trouble::Server { request_id: String::new() }));
    show("settings-refused");
    browser.open("/enterprise/users");
    browser.button(t.console().next_page).must_appear();
    show("users");
    browser.button((t.console().more_of)("秦岚")).click();
    browser.button(t.console().save).must_be_closed();
    show("last-super-admin");
    browser.button(t.account().cancel).click();
    browser.field(t.console().search).fill("zz");
    browser.must_read((t.console().found)(0));
    show("nobody-found");
    browser.field(t.console().search).fill("0005");
    browser.button((t.console().more_of)("许安")).click();
    browser.radio((t.console().role)(Role::Ordinary)).must_be_ticked(true);
    show("role");
    browser.radio((t.console().role)(Role::SuperAdmin)).click();
    browser.button(t.console().save).click();
    browser.heading((t.console().raise_title)("许安")).must_appear();
    show("raise");
    browser.button(t.account().back).click();
    browser.button(t.console().delete).click();
    browser.heading(t.console().delete_title).must_appear();
    show("delete");
    browser.button(t.console().delete_submit).click();
    browser.heading(t.step_up().title).must_appear();
    show("gate");
    browser.give_step_up_password();
    browser.must_read((t.console().deleted)("许安"));
    browser.must_read((t.console().found)(0));
    // Otherwise it goes while one looks.
    browser.tab_to(&browser.button(t.common().dismiss));
    show("deleted");
}

#[track_caller]
fn kiosk(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    browser.open("/sign-in?surface=kiosk");
    browser.button(t.kiosk().done).must_appear();
    show("start");
    browser.link(t.sign_in().terms).click();
    browser.button(t.account().close).must_appear();
    show("reading");
    browser.button(t.account().close).click();
    browser.give_password(ONE);
    browser.must_be_in();
    show("overview");
    // A minute later, and there time stands still.
    let later = "const [date, running] = [Date.now() + 61000, performance.now() + 61000];
        Date.now = () => date; performance.now = () => running;";
    assert!(browser.run(later, vec![]).is_null());
    browser.heading(t.kiosk().still_there).must_appear();
    show("asked");
    browser.button(t.kiosk().stay).click();
    browser.heading(t.kiosk().still_there).must_be_gone();
    browser.unplug(true);
    browser.button(t.kiosk().done).click();
    browser.must_read(t.kiosk().offline);
    show("cleared");
    browser.unplug(false);
    browser.heading(t.sign_in().title).must_appear();
}

fn not_found(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    browser.open("/nope");
    browser.heading(t.not_found().title).must_appear();
    show("unknown-path");
}

fn legal(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let t = browser.t();
    for (document, state) in [(t.sign_in().terms, "terms"), (t.sign_in().privacy, "privacy")] {
        browser.open("/sign-in");
        let path = browser.link(document).attribute("href").expect("a link leads somewhere");
        browser.open(&path);
        show(state);
    }
}
