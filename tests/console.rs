//! The console of an organization: settings, user list, roles and deletion (E1–E4, ADM-1…3).

use contract::account::{Role, Way};
use contract::activity::SecurityEvent;
use contract::problem::Trouble;
use contract::refusal::{Refusal, SessionEnd};
use e2e::{Browser, Fault, Key, PASSWORD, Stage, ZH, ended, trouble};
use words::Occasion;

const FREE: &str = "13800000001";
const OTHER_ORDINARY: &str = "13800000004";
const ORDINARY: &str = "13800000005";
const SUPER: &str = "13800000006";
const ADMIN: &str = "13800000008";
const OTHER_SUPER: &str = "13800000010";
const SETTINGS: &str = "/api/v1/enterprise/settings";
const USERS: &str = "/api/v1/enterprise/users";
/// E1 names it.
const AVATARS: &str = "允许企业用户修改头像";

/// A super admin at the settings.
fn at_settings(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(SUPER);
    browser.link(ZH.overview().see_settings).click();
    browser.heading(ZH.overview().settings).must_appear();
    browser.checkbox(AVATARS).must_be_ticked(true);
    browser
}

/// A super admin at the list of users.
fn at_users(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(SUPER);
    browser.link(ZH.overview().see_users).click();
    browser.heading(ZH.overview().users).must_appear();
    browser.must_read((ZH.console().count)(17));
    browser
}

/// How many rows there are.
fn rows(browser: &Browser<'_>) -> u64 {
    let rows = browser.run("return document.querySelectorAll('.user').length", vec![]);
    rows.as_u64().expect("a number")
}

/// Opens what else can be done with somebody.
fn choose(browser: &Browser<'_>, nickname: &str) {
    browser.button((ZH.console().more_of)(nickname)).click();
    browser.heading(nickname).must_appear();
}

/// Gives somebody another role.
fn give_role(browser: &Browser<'_>, nickname: &str, role: Role) {
    let name = (ZH.console().role)(role);
    choose(browser, nickname);
    browser.radio(name).click();
    browser.button(ZH.console().save).click();
    if role == Role::SuperAdmin {
        browser.heading((ZH.console().raise_title)(nickname)).must_appear();
        browser.button(ZH.console().give_role).click();
        prove_for(browser, nickname, Occasion::MakeSuperAdmin);
    }
    browser.must_read((ZH.console().role_changed)(nickname, name));
    browser.heading(nickname).must_be_gone();
}

/// Proves who is making somebody a super admin, or one no more (G1).
fn prove_for(browser: &Browser<'_>, nickname: &str, occasion: Occasion) {
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_read((ZH.step_up().gate)(occasion)[0]);
    browser.must_read(format!("{nickname} · 138****"));
    browser.give_step_up_password();
}

/// Deletes somebody, with the proof.
fn delete(browser: &Browser<'_>, nickname: &str) {
    choose(browser, nickname);
    browser.button(ZH.console().delete).click();
    browser.heading(ZH.console().delete_title).must_appear();
    browser.must_read(ZH.console().delete_facts[1]);
    browser.button(ZH.console().delete_submit).click();
    browser.heading(ZH.step_up().title).must_appear();
    browser.must_read((ZH.step_up().gate)(Occasion::DeleteUser)[0]);
    browser.must_read(format!("{nickname} · 138****"));
    browser.give_step_up_password();
    browser.must_read((ZH.console().deleted)(nickname));
    browser.button((ZH.console().more_of)(nickname)).must_be_gone();
}

#[test]
fn e1_a_tab_taken_out_again_shows_what_is_allowed_by_now() {
    let stage = Stage::new();
    let xu = stage.browser();
    xu.enter(ORDINARY);
    xu.link(ZH.overview().change_avatar).must_appear();
    let qin = at_settings(&stage);
    xu.put_away(true);
    qin.checkbox(AVATARS).click();
    qin.must_read(ZH.console().saved);
    xu.put_away(false);
    xu.button(ZH.overview().change_avatar).must_be_closed();
    xu.button(ZH.overview().change_avatar).must_be_described(ZH.refusal(&Refusal::AvatarLocked));
    xu.put_away(true);
    qin.checkbox(AVATARS).click();
    qin.must_have_sent(SETTINGS, 3);
    xu.put_away(false);
    xu.link(ZH.overview().change_avatar).must_appear();
    qin.reload();
    qin.checkbox(AVATARS).must_be_ticked(true);
}

#[test]
fn e1_what_was_not_saved_stands_as_before() {
    let stage = Stage::behind_proxy();
    let qin = at_settings(&stage);
    stage.faults().once("POST", SETTINGS, Fault::CutBefore);
    qin.checkbox(AVATARS).click();
    qin.must_warn(trouble(&ZH, Trouble::Timeout));
    qin.checkbox(AVATARS).must_be_ticked(true);
    qin.checkbox(AVATARS).click();
    qin.must_read(ZH.console().saved);
    qin.checkbox(AVATARS).must_be_ticked(false);
}

#[test]
fn adm_2_settings_changed_elsewhere_are_told_as_they_are_now() {
    let stage = Stage::new();
    let (one, other) = (at_settings(&stage), at_settings(&stage));
    one.checkbox(AVATARS).click();
    one.must_read(ZH.console().saved);
    one.checkbox(AVATARS).click();
    one.must_have_sent(SETTINGS, 3);
    other.checkbox(AVATARS).click();
    other.must_warn(ZH.refusal(&Refusal::VersionStale));
    other.checkbox(AVATARS).must_be_ticked(true);
    other.checkbox(AVATARS).click();
    other.must_read(ZH.console().saved);
    other.checkbox(AVATARS).must_be_ticked(false);
}

#[test]
fn e2_users_come_in_pages_with_masked_numbers() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    qin.must_read(ZH.console().oneself);
    qin.must_read(ZH.console().sso);
    qin.must_read("138****0006");
    // Two of them have a picture, the others their first sign.
    qin.must_come_true("return document.querySelectorAll('.user img').length === 2");
    qin.must_come_true("return document.querySelectorAll('.user span.initial').length === 8");
    assert_eq!(rows(&qin), 10);
    qin.button(ZH.console().next_page).click();
    qin.must_come_true("return document.querySelectorAll('.user').length === 17");
    qin.button(ZH.console().next_page).must_be_gone();
    // The button goes: the first that came takes the focus.
    qin.button((ZH.console().more_of)("邓凯")).must_have_focus();
    let text = qin.run("return document.body.textContent", vec![]);
    let text = text.as_str().expect("text");
    assert!(!text.contains("13800000006") && !text.contains("19900000101"), "{text}");
}

#[test]
fn e2_users_are_searched_while_one_types() {
    let stage = Stage::behind_proxy();
    let qin = at_users(&stage);
    // As fast as nobody types: what stands at the end is asked for.
    let type_fast = "const field = document.querySelector('#search');
        for (const text of ['0', '01', '010', '0102']) {
            field.value = text;
            field.dispatchEvent(new Event('input', { bubbles: true }));
        }";
    assert!(qin.run(type_fast, vec![]).is_null());
    qin.button((ZH.console().more_of)("宋瑶")).must_appear();
    qin.must_read((ZH.console().found)(1));
    assert_eq!(qin.requests_to(USERS), 2);
    qin.field(ZH.console().search).fill("一");
    qin.must_read((ZH.console().found)(2));
    qin.button((ZH.console().more_of)("罗一")).must_appear();
    qin.button((ZH.console().more_of)("蒋一鸣")).must_appear();
    qin.field(ZH.console().search).fill("138 0000 0005");
    qin.must_read((ZH.console().found)(1));
    qin.button((ZH.console().more_of)("许安")).must_appear();
    for nobody in ["zz", "何苗", "138", "%"] {
        qin.field(ZH.console().search).fill("一");
        qin.must_read((ZH.console().found)(2));
        qin.field(ZH.console().search).fill(nobody);
        qin.must_read((ZH.console().found)(0));
        assert_eq!(rows(&qin), 0, "{nobody}");
    }
    // An answer that comes late is none to what is asked now.
    let sent = qin.requests_to(USERS);
    stage.faults().once("GET", &[USERS, "?search=7"].concat(), Fault::Hold);
    qin.field(ZH.console().search).fill("7");
    stage.faults().must_hold();
    qin.field(ZH.console().search).fill("0005");
    qin.button((ZH.console().more_of)("许安")).must_appear();
    stage.faults().release();
    qin.must_have_sent_more(USERS, sent + 1);
    qin.button((ZH.console().more_of)("许安")).must_appear();
    qin.field(ZH.console().search).must_hold("0005");
    qin.field(ZH.console().search).fill("");
    qin.must_read((ZH.console().count)(17));
}

#[test]
fn b10_what_an_input_method_only_drafts_is_not_searched_for() {
    let stage = Stage::new();
    let browser = stage.browser();
    // A person pauses between two keys; here every key is a pause.
    browser.run_before_pages(
        "const later = window.setTimeout;
         window.setTimeout = (run, after, ...rest) => later(run, after === 300 ? 0 : after, ...rest);",
    );
    browser.enter(SUPER);
    browser.open("/enterprise/users");
    browser.must_read((ZH.console().count)(17));
    browser.field(ZH.console().search).click();
    for draft in ["x", "xu", "xu'a", "xu'an"] {
        browser.compose(&[draft], None);
    }
    browser.compose(&[], Some("许安"));
    browser.must_read((ZH.console().found)(1));
    let searches = browser.run(
        "return performance.getEntriesByType('resource').map(it => new URL(it.name).searchParams.get('search'))
             .filter(search => search)",
        vec![],
    );
    assert_eq!(searches, serde_json::json!(["许安"]));
}

#[test]
fn e2_a_bad_network_says_so_and_leaves_what_is_listed() {
    let stage = Stage::behind_proxy();
    let qin = at_users(&stage);
    stage.faults().once("GET", USERS, Fault::CutBefore);
    qin.button(ZH.console().next_page).click();
    qin.must_warn(trouble(&ZH, Trouble::Timeout));
    assert_eq!(rows(&qin), 10);
    qin.button(ZH.console().next_page).click();
    qin.must_come_true("return document.querySelectorAll('.user').length === 17");
    stage.faults().once("GET", USERS, Fault::CutBefore);
    qin.field(ZH.console().search).fill("一");
    qin.must_warn(trouble(&ZH, Trouble::Timeout));
    qin.button(ZH.common().retry).click();
    qin.must_read((ZH.console().found)(2));
}

#[test]
fn e3_who_is_deleted_is_out_everywhere_and_told() {
    let stage = Stage::new();
    let xu = stage.browser();
    xu.enter(ORDINARY);
    let qin = at_users(&stage);
    delete(&qin, "许安");
    qin.must_read((ZH.console().count)(16));
    qin.must_have_focus_on(ZH.overview().users);
    qin.must_have_sent("/api/v1/changes", 1);
    xu.link(ZH.overview().see_devices).click();
    xu.heading(ZH.sign_in().title).must_appear();
    xu.must_read(ended(&ZH, SessionEnd::Removed));
    assert!(stage.notice_to(ORDINARY).contains("云桥科技"));
    qin.open("/activity");
    qin.must_read((ZH.activity().what)(SecurityEvent::UserDeleted));
}

#[test]
fn g1_who_goes_back_from_the_gate_has_deleted_nobody() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "许安");
    qin.button(ZH.console().delete).click();
    qin.button(ZH.account().cancel).click();
    qin.button((ZH.console().more_of)("许安")).must_have_focus();
    choose(&qin, "许安");
    qin.button(ZH.console().delete).click();
    qin.button(ZH.console().delete_submit).click();
    qin.heading(ZH.step_up().title).must_appear();
    qin.press_escape();
    qin.button((ZH.console().more_of)("许安")).must_have_focus();
    qin.reload();
    qin.must_read((ZH.console().count)(17));
}

#[test]
fn e3_e4_an_admin_is_given_another_role_first() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "罗一");
    qin.button(ZH.console().delete).must_be_closed();
    qin.button(ZH.console().delete).must_be_described(ZH.refusal(&Refusal::AdminMustHandOver));
    qin.button(ZH.account().cancel).click();
    give_role(&qin, "罗一", Role::Ordinary);
    qin.button((ZH.console().more_of)("罗一")).must_have_focus();
    delete(&qin, "罗一");
}

#[test]
fn e3_e4_the_last_super_admin_stays_until_there_is_another() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "秦岚");
    for button in [ZH.console().save, ZH.console().delete] {
        qin.button(button).must_be_closed();
        qin.button(button).must_be_described(ZH.refusal(&Refusal::LastSuperAdmin));
    }
    qin.button(ZH.account().cancel).click();
    give_role(&qin, "罗一", Role::SuperAdmin);
    choose(&qin, "秦岚");
    qin.button(ZH.console().save).must_be_open();
    qin.button(ZH.console().save).must_be_described(ZH.console().own_role);
    qin.button(ZH.console().delete).must_be_described(ZH.console().own_delete);
    qin.button(ZH.account().cancel).click();
    // Whoever gives the role away is out of here at once, and told that it was done.
    choose(&qin, "秦岚");
    qin.radio((ZH.console().role)(Role::Ordinary)).click();
    qin.button(ZH.console().save).click();
    qin.heading((ZH.console().leave_title)((ZH.console().role)(Role::Ordinary))).must_appear();
    qin.must_read(ZH.console().leave_lead);
    qin.button(ZH.console().give_role).click();
    prove_for(&qin, "秦岚", Occasion::UnmakeSuperAdmin);
    qin.must_be_at("/");
    qin.must_be_in();
    qin.must_read((ZH.console().role_changed)("秦岚", (ZH.console().role)(Role::Ordinary)));
    qin.heading(ZH.overview().enterprise).must_be_gone();
}

#[test]
fn e4_who_makes_another_super_admin_is_asked_twice() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "许安");
    qin.radio((ZH.console().role)(Role::SuperAdmin)).click();
    qin.button(ZH.console().save).click();
    qin.must_have_focus_on("user-title");
    qin.heading((ZH.console().raise_title)("许安")).must_appear();
    qin.must_read(ZH.console().raise_lead);
    // Named in docs/rules.md, §4.
    qin.button("上一步").click();
    qin.radio((ZH.console().role)(Role::SuperAdmin)).must_be_ticked(true);
    qin.button(ZH.account().cancel).click();
    assert_eq!(qin.requests_to("/api/v1/enterprise/users/super-admin"), 0);
    give_role(&qin, "许安", Role::SuperAdmin);
    // Who did it is told as well, in the server's words: it may have been somebody at their session (V6).
    assert!(stage.notice_to("13800000006").contains("超级管理员有变更"));
    qin.button((ZH.console().more_of)("许安")).must_have_focus();
    qin.open("/activity");
    qin.must_read((ZH.activity().what)(SecurityEvent::RoleChanged));
    qin.must_read("· 许安 ·");
}

#[test]
fn adm_2_who_lost_the_role_is_led_out_by_the_next_step() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    give_role(&qin, "罗一", Role::SuperAdmin);
    choose(&qin, "许安");
    qin.radio((ZH.console().role)(Role::Admin)).click();
    let luo = stage.browser();
    luo.enter(ADMIN);
    luo.link(ZH.overview().see_users).click();
    choose(&luo, "秦岚");
    luo.radio((ZH.console().role)(Role::Ordinary)).click();
    luo.button(ZH.console().save).click();
    prove_for(&luo, "秦岚", Occasion::UnmakeSuperAdmin);
    luo.must_read((ZH.console().role_changed)("秦岚", (ZH.console().role)(Role::Ordinary)));
    qin.button(ZH.console().save).click();
    qin.must_warn(ZH.console().closed);
    qin.heading("许安").must_be_gone();
    assert_eq!(rows(&qin), 0);
    qin.must_have_focus_on(ZH.overview().users);
    luo.reload();
    choose(&luo, "许安");
    luo.radio((ZH.console().role)(Role::Ordinary)).must_be_ticked(true);
}

#[test]
fn adm_2_a_role_changed_in_another_tab_is_told_as_it_is_now() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "许安");
    qin.open_tab();
    qin.open("/enterprise/users");
    give_role(&qin, "许安", Role::Admin);
    qin.turn_to_tab(0);
    qin.radio((ZH.console().role)(Role::SuperAdmin)).click();
    qin.button(ZH.console().save).click();
    qin.button(ZH.console().give_role).click();
    qin.must_warn(ZH.refusal(&Refusal::VersionStale));
    qin.must_have_focus_on("role-problem");
    qin.radio((ZH.console().role)(Role::Admin)).must_be_ticked(true);
    qin.button(ZH.console().delete).must_be_described(ZH.refusal(&Refusal::AdminMustHandOver));
    qin.radio((ZH.console().role)(Role::Ordinary)).click();
    qin.button(ZH.console().save).click();
    qin.must_read((ZH.console().role_changed)("许安", (ZH.console().role)(Role::Ordinary)));
}

#[test]
fn adm_2_who_was_deleted_meanwhile_is_gone_from_the_list() {
    let stage = Stage::new();
    let (one, other) = (at_users(&stage), at_users(&stage));
    choose(&one, "许安");
    one.radio((ZH.console().role)(Role::Admin)).click();
    delete(&other, "许安");
    one.button(ZH.console().save).click();
    one.must_warn(ZH.console().gone);
    one.must_have_focus_on("list-problem");
    one.must_read((ZH.console().count)(16));
    one.button((ZH.console().more_of)("许安")).must_be_gone();
    // Before any effort too.
    choose(&one, "沈舟");
    delete(&other, "沈舟");
    one.button(ZH.console().delete).click();
    one.button(ZH.console().delete_submit).click();
    one.must_warn(ZH.console().gone);
    one.must_read((ZH.console().count)(15));
    assert_eq!(one.requests_to("/api/v1/changes"), 0);
}

#[test]
fn adm_1_nobody_else_sees_the_console() {
    let stage = Stage::new();
    let browser = stage.browser();
    let (alone, closed) = (ZH.console().closed_alone, ZH.console().closed);
    for (phone, why) in [(FREE, alone), (OTHER_ORDINARY, closed), (ORDINARY, closed), (ADMIN, closed)] {
        browser.enter(phone);
        browser.heading(ZH.overview().enterprise).must_be_gone();
        browser.link(ZH.overview().users).must_be_gone();
        for path in ["/enterprise/settings", "/enterprise/users"] {
            browser.open(path);
            browser.must_warn(why);
            assert_eq!((browser.requests_to(SETTINGS), browser.requests_to(USERS)), (0, 0), "{phone}");
        }
        // Nor does the server tell anything to who asks all the same.
        let asked = "fetch('/api/v1/enterprise/users', { headers: { 'X-Client': 'e2e/1' } })
            .then(answer => answer.json()).then(({ code }) => done(code))";
        assert_eq!(browser.run_until_done(asked), "FORBIDDEN", "{phone}");
        browser.leave();
    }
    browser.enter(OTHER_SUPER);
    browser.link(ZH.overview().see_users).click();
    browser.must_read((ZH.console().count)(14));
    browser.field(ZH.console().search).fill("许安");
    browser.must_read((ZH.console().found)(0));
}

#[test]
fn g6_at_a_shared_device_the_console_is_closed_with_its_reason() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_have_sent("/api/v1/surface", 1);
    browser.give_password(SUPER);
    browser.must_be_in();
    assert!(!browser.reads(ZH.overview().enterprise));
    browser.open("/enterprise/users");
    browser.must_warn(ZH.refusal(&Refusal::NotOnKiosk));
    assert_eq!(browser.requests_to(USERS), 0);
}

#[test]
fn e3_e4_everything_goes_by_keyboard() {
    let stage = Stage::new();
    let qin = stage.browser();
    qin.enter(SUPER);
    qin.tab_to(&qin.link(ZH.overview().see_settings));
    qin.press(Key::Enter);
    qin.tab_to(&qin.checkbox(AVATARS));
    qin.press(Key::Space);
    qin.must_read(ZH.console().saved);
    qin.checkbox(AVATARS).must_be_ticked(false);
    qin.open("/enterprise/users");
    qin.tab_to(&qin.field(ZH.console().search));
    qin.type_keys("0005");
    qin.must_read((ZH.console().found)(1));
    qin.tab_to(&qin.button((ZH.console().more_of)("许安")));
    qin.press(Key::Enter);
    qin.tab_to(&qin.radio((ZH.console().role)(Role::Ordinary)));
    qin.press(Key::Down);
    qin.radio((ZH.console().role)(Role::Admin)).must_be_ticked(true);
    qin.press(Key::Enter);
    qin.must_read((ZH.console().role_changed)("许安", (ZH.console().role)(Role::Admin)));
    qin.button((ZH.console().more_of)("许安")).must_have_focus();
    qin.press(Key::Enter);
    qin.tab_to(&qin.radio((ZH.console().role)(Role::Admin)));
    qin.press(Key::Up);
    qin.tab_to(&qin.button(ZH.console().save));
    qin.press(Key::Space);
    qin.must_read((ZH.console().role_changed)("许安", (ZH.console().role)(Role::Ordinary)));
    qin.button((ZH.console().more_of)("许安")).must_have_focus();
    qin.press(Key::Enter);
    qin.tab_to(&qin.button(ZH.console().delete));
    qin.press(Key::Enter);
    qin.must_have_focus_on("user-title");
    qin.tab_to(&qin.button(ZH.console().delete_submit));
    qin.press(Key::Enter);
    qin.heading(ZH.step_up().title).must_appear();
    qin.tab_to(&qin.button_with((ZH.step_up().way)(Way::Password)));
    qin.press(Key::Enter);
    qin.tab_to(&qin.field(ZH.common().password));
    qin.type_keys(PASSWORD);
    qin.press(Key::Enter);
    qin.must_read((ZH.console().deleted)("许安"));
    qin.must_have_focus_on(ZH.overview().users);
}

#[test]
fn the_console_on_a_phone() {
    let stage = Stage::new();
    let qin = stage.phone();
    qin.enter(SUPER);
    qin.link(ZH.overview().see_users).tap();
    qin.must_read((ZH.console().count)(17));
    qin.must_fit_the_screen();
    qin.button((ZH.console().more_of)("许安")).tap();
    qin.radio((ZH.console().role)(Role::Admin)).tap();
    qin.must_fit_the_screen();
    qin.button(ZH.console().save).tap();
    qin.must_read((ZH.console().role_changed)("许安", (ZH.console().role)(Role::Admin)));
    qin.must_fit_the_screen();
}
