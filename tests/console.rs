//! The console of an organization: what its users may do, who they are, and what becomes of them
//! (E1–E4, ADM-1…3).

use e2e::{Browser, Fault, Key, PASSWORD, Stage};

const FREE: &str = "13800000001";
const OTHER_ORDINARY: &str = "13800000004";
const ORDINARY: &str = "13800000005";
const SUPER: &str = "13800000006";
const ADMIN: &str = "13800000008";
const OTHER_SUPER: &str = "13800000010";
const SUPER_ADMIN: &str = "超级管理员";
const SETTINGS: &str = "/api/v1/enterprise/settings";
const USERS: &str = "/api/v1/enterprise/users";
const AVATARS: &str = "允许企业用户修改头像";
const AVATAR_LOCKED: &str = "企业未允许修改头像。超级管理员可在企业管理 > 账户设置中开启。";
const STALE: &str = "内容刚刚在别处被更改，已为你更新，请确认后重试。";
const GONE: &str = "这位用户已不在企业中，可能刚刚被删除。列表已更新。";
const CLOSED: &str = "企业管理仅供企业的超级管理员使用";
const HAND_OVER: &str = "请先由超级管理员将其更换为其他角色";
const LAST: &str = "最后一位超级管理员不能被删除、注销或更换角色";

/// A super admin at the settings.
fn at_settings(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(SUPER);
    browser.link("查看设置").click();
    browser.heading("账户设置").must_appear();
    browser.checkbox(AVATARS).must_be_ticked(true);
    browser
}

/// A super admin at the list of users.
fn at_users(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(SUPER);
    browser.link("管理用户").click();
    browser.heading("用户管理").must_appear();
    browser.must_read("共 17 位用户");
    browser
}

/// How many rows there are.
fn rows(browser: &Browser<'_>) -> u64 {
    let rows = browser.run("return document.querySelectorAll('.user').length", vec![]);
    rows.as_u64().expect("a number")
}

/// Opens what else can be done with somebody.
fn choose(browser: &Browser<'_>, nickname: &str) {
    browser.button(&format!("更多：{nickname}")).click();
    browser.heading(nickname).must_appear();
}

/// Gives somebody another role.
fn give_role(browser: &Browser<'_>, nickname: &str, role: &str) {
    choose(browser, nickname);
    browser.radio(role).click();
    browser.button("保存").click();
    if role == SUPER_ADMIN {
        browser.heading(&format!("将{nickname}设为超级管理员？")).must_appear();
        browser.button("确认更换").click();
        prove_for(browser, nickname);
    }
    browser.must_read(&format!("{nickname}的角色已更换为{role}。"));
    browser.heading(nickname).must_be_gone();
}

/// Proves who is making somebody a super admin, or one no more (G1).
fn prove_for(browser: &Browser<'_>, nickname: &str) {
    browser.heading("验证身份").must_appear();
    browser.must_read("企业的每位超级管理员都会收到通知。");
    browser.must_read(&format!("{nickname} · 138****"));
    browser.give_step_up_password();
}

/// Deletes somebody, with the proof.
fn delete(browser: &Browser<'_>, nickname: &str) {
    choose(browser, nickname);
    browser.button("删除用户").click();
    browser.heading("删除这位用户？").must_appear();
    browser.must_read("正在进行的会议会结束，预约的会议会取消。");
    browser.button("继续删除").click();
    browser.heading("验证身份").must_appear();
    browser.must_read("验证通过后，将立即删除下面这位用户的账号");
    browser.must_read(&format!("{nickname} · 138****"));
    browser.give_step_up_password();
    browser.must_read(&format!("{nickname}的账号已删除。"));
    browser.button(&format!("更多：{nickname}")).must_be_gone();
}

#[test]
fn e1_a_tab_that_is_taken_out_again_shows_what_was_forbidden_and_allowed_meanwhile() {
    let stage = Stage::new();
    let xu = stage.browser();
    xu.enter(ORDINARY);
    xu.link("更换头像").must_appear();
    let qin = at_settings(&stage);
    xu.put_away(true);
    qin.checkbox(AVATARS).click();
    qin.must_read("已保存。");
    xu.put_away(false);
    xu.button("更换头像").must_be_closed();
    xu.button("更换头像").must_be_described(AVATAR_LOCKED);
    xu.put_away(true);
    qin.checkbox(AVATARS).click();
    qin.must_have_sent(SETTINGS, 3);
    xu.put_away(false);
    xu.link("更换头像").must_appear();
    qin.reload();
    qin.checkbox(AVATARS).must_be_ticked(true);
}

#[test]
fn e1_what_was_not_saved_stands_as_before() {
    let stage = Stage::behind_proxy();
    let qin = at_settings(&stage);
    stage.faults().once("POST", SETTINGS, Fault::CutBefore);
    qin.checkbox(AVATARS).click();
    qin.must_warn("网络");
    qin.checkbox(AVATARS).must_be_ticked(true);
    qin.checkbox(AVATARS).click();
    qin.must_read("已保存。");
    qin.checkbox(AVATARS).must_be_ticked(false);
}

#[test]
fn adm_2_settings_changed_elsewhere_are_told_as_they_are_now() {
    let stage = Stage::new();
    let (one, other) = (at_settings(&stage), at_settings(&stage));
    one.checkbox(AVATARS).click();
    one.must_read("已保存。");
    one.checkbox(AVATARS).click();
    one.must_have_sent(SETTINGS, 3);
    other.checkbox(AVATARS).click();
    other.must_warn(STALE);
    other.checkbox(AVATARS).must_be_ticked(true);
    other.checkbox(AVATARS).click();
    other.must_read("已保存。");
    other.checkbox(AVATARS).must_be_ticked(false);
}

#[test]
fn e2_users_come_in_pages_with_masked_numbers() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    qin.must_read("本人");
    qin.must_read("单点登录");
    qin.must_read("138****0006");
    // Two of them have a picture, the others their first sign.
    qin.must_come_true("return document.querySelectorAll('.user img').length === 2");
    qin.must_come_true("return document.querySelectorAll('.user span.initial').length === 8");
    assert_eq!(rows(&qin), 10);
    qin.button("加载更多").click();
    qin.must_come_true("return document.querySelectorAll('.user').length === 17");
    qin.button("加载更多").must_be_gone();
    // The button goes: the first that came takes the focus.
    qin.button("更多：邓凯").must_have_focus();
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
    qin.button("更多：宋瑶").must_appear();
    qin.must_read("找到 1 位用户");
    assert_eq!(qin.requests_to(USERS), 2);
    qin.field("搜索用户").fill("一");
    qin.must_read("找到 2 位用户");
    qin.button("更多：罗一").must_appear();
    qin.button("更多：蒋一鸣").must_appear();
    qin.field("搜索用户").fill("138 0000 0005");
    qin.must_read("找到 1 位用户");
    qin.button("更多：许安").must_appear();
    for nobody in ["zz", "何苗", "138", "%"] {
        qin.field("搜索用户").fill("一");
        qin.must_read("找到 2 位用户");
        qin.field("搜索用户").fill(nobody);
        qin.must_read("没有找到用户");
        assert_eq!(rows(&qin), 0, "{nobody}");
    }
    // An answer that comes late is none to what is asked now.
    let sent = qin.requests_to(USERS);
    stage.faults().once("GET", &[USERS, "?search=7"].concat(), Fault::Hold);
    qin.field("搜索用户").fill("7");
    stage.faults().must_hold();
    qin.field("搜索用户").fill("0005");
    qin.button("更多：许安").must_appear();
    stage.faults().release();
    qin.must_have_sent_more(USERS, sent + 1);
    qin.button("更多：许安").must_appear();
    qin.field("搜索用户").must_hold("0005");
    qin.field("搜索用户").fill("");
    qin.must_read("共 17 位用户");
}

#[test]
fn b10_what_an_input_method_has_not_committed_is_not_searched_for() {
    let stage = Stage::new();
    let browser = stage.browser();
    // A person pauses between two keys; here every key is a pause.
    browser.run_before_pages(
        "const later = window.setTimeout;
         window.setTimeout = (run, after, ...rest) => later(run, after === 300 ? 0 : after, ...rest);",
    );
    browser.enter(SUPER);
    browser.open("/enterprise/users");
    browser.must_read("共 17 位用户");
    browser.field("搜索用户").click();
    for draft in ["x", "xu", "xu'a", "xu'an"] {
        browser.compose(&[draft], None);
    }
    browser.compose(&[], Some("许安"));
    browser.must_read("找到 1 位用户");
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
    qin.button("加载更多").click();
    qin.must_warn("网络");
    assert_eq!(rows(&qin), 10);
    qin.button("加载更多").click();
    qin.must_come_true("return document.querySelectorAll('.user').length === 17");
    stage.faults().once("GET", USERS, Fault::CutBefore);
    qin.field("搜索用户").fill("一");
    qin.must_warn("网络");
    qin.button("重试").click();
    qin.must_read("找到 2 位用户");
}

#[test]
fn e3_who_is_deleted_is_out_everywhere_and_told() {
    let stage = Stage::new();
    let xu = stage.browser();
    xu.enter(ORDINARY);
    let qin = at_users(&stage);
    delete(&qin, "许安");
    qin.must_read("共 16 位用户");
    qin.must_have_focus_on("用户管理");
    qin.must_have_sent("/api/v1/changes", 1);
    xu.link("查看设备").click();
    xu.heading("登录").must_appear();
    xu.must_read("这个账号已被企业超级管理员删除。");
    assert!(stage.notice_to(ORDINARY).contains("云桥科技"));
    qin.open("/activity");
    qin.must_read("删除企业用户");
}

#[test]
fn g1_who_goes_back_from_the_gate_has_deleted_nobody() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "许安");
    qin.button("删除用户").click();
    qin.button("取消").click();
    qin.button("更多：许安").must_have_focus();
    choose(&qin, "许安");
    qin.button("删除用户").click();
    qin.button("继续删除").click();
    qin.heading("验证身份").must_appear();
    qin.press_escape();
    qin.button("更多：许安").must_have_focus();
    qin.reload();
    qin.must_read("共 17 位用户");
}

#[test]
fn e3_e4_an_admin_is_given_another_role_first() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "罗一");
    qin.button("删除用户").must_be_closed();
    qin.button("删除用户").must_be_described(HAND_OVER);
    qin.button("取消").click();
    give_role(&qin, "罗一", "普通成员");
    qin.button("更多：罗一").must_have_focus();
    delete(&qin, "罗一");
}

#[test]
fn e3_e4_the_last_super_admin_stays_until_there_is_another() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "秦岚");
    for button in ["保存", "删除用户"] {
        qin.button(button).must_be_closed();
        qin.button(button).must_be_described(LAST);
    }
    qin.button("取消").click();
    give_role(&qin, "罗一", SUPER_ADMIN);
    choose(&qin, "秦岚");
    qin.button("保存").must_be_open();
    qin.button("保存").must_be_described("这是你自己的账号。");
    qin.button("删除用户").must_be_described("不能在这里删除自己的账号。");
    qin.button("取消").click();
    // Whoever gives the role away is out of here at once, and told that it was done.
    choose(&qin, "秦岚");
    qin.radio("普通成员").click();
    qin.button("保存").click();
    qin.heading("将自己的角色更换为普通成员？").must_appear();
    qin.must_read("只有其他超级管理员能恢复你的角色。");
    qin.button("确认更换").click();
    prove_for(&qin, "秦岚");
    qin.must_be_at("/");
    qin.must_be_in();
    qin.must_read("秦岚的角色已更换为普通成员。");
    qin.heading("企业管理").must_be_gone();
}

#[test]
fn e4_who_makes_another_super_admin_is_asked_twice() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "许安");
    qin.radio(SUPER_ADMIN).click();
    qin.button("保存").click();
    qin.must_have_focus_on("user-title");
    qin.heading("将许安设为超级管理员？").must_appear();
    qin.must_read("包括更换你的角色。");
    qin.button("上一步").click();
    qin.radio(SUPER_ADMIN).must_be_ticked(true);
    qin.button("取消").click();
    assert_eq!(qin.requests_to("/api/v1/enterprise/users/super-admin"), 0);
    give_role(&qin, "许安", SUPER_ADMIN);
    // Who did it is told as well: it may have been somebody at their session (V6).
    assert!(stage.notice_to("13800000006").contains("超级管理员有变更"));
    qin.button("更多：许安").must_have_focus();
    qin.open("/activity");
    qin.must_read("更换用户的角色");
    qin.must_read("· 许安 ·");
}

#[test]
fn adm_2_a_role_that_was_taken_away_leads_out_with_the_next_step() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    give_role(&qin, "罗一", SUPER_ADMIN);
    choose(&qin, "许安");
    qin.radio("管理员").click();
    let luo = stage.browser();
    luo.enter(ADMIN);
    luo.link("管理用户").click();
    choose(&luo, "秦岚");
    luo.radio("普通成员").click();
    luo.button("保存").click();
    prove_for(&luo, "秦岚");
    luo.must_read("秦岚的角色已更换为普通成员。");
    qin.button("保存").click();
    qin.must_warn(CLOSED);
    qin.heading("许安").must_be_gone();
    assert_eq!(rows(&qin), 0);
    qin.must_have_focus_on("用户管理");
    luo.reload();
    choose(&luo, "许安");
    luo.radio("普通成员").must_be_ticked(true);
}

#[test]
fn adm_2_a_role_changed_in_another_tab_is_told_as_it_is_now() {
    let stage = Stage::new();
    let qin = at_users(&stage);
    choose(&qin, "许安");
    qin.open_tab();
    qin.open("/enterprise/users");
    give_role(&qin, "许安", "管理员");
    qin.turn_to_tab(0);
    qin.radio(SUPER_ADMIN).click();
    qin.button("保存").click();
    qin.button("确认更换").click();
    qin.must_warn(STALE);
    qin.must_have_focus_on("role-problem");
    qin.radio("管理员").must_be_ticked(true);
    qin.button("删除用户").must_be_described(HAND_OVER);
    qin.radio("普通成员").click();
    qin.button("保存").click();
    qin.must_read("许安的角色已更换为普通成员。");
}

#[test]
fn adm_2_who_was_deleted_meanwhile_is_gone_from_the_list() {
    let stage = Stage::new();
    let (one, other) = (at_users(&stage), at_users(&stage));
    choose(&one, "许安");
    one.radio("管理员").click();
    delete(&other, "许安");
    one.button("保存").click();
    one.must_warn(GONE);
    one.must_have_focus_on("list-problem");
    one.must_read("共 16 位用户");
    one.button("更多：许安").must_be_gone();
    // Before any effort too.
    choose(&one, "沈舟");
    delete(&other, "沈舟");
    one.button("删除用户").click();
    one.button("继续删除").click();
    one.must_warn(GONE);
    one.must_read("共 15 位用户");
    assert_eq!(one.requests_to("/api/v1/changes"), 0);
}

#[test]
fn adm_1_nobody_else_sees_the_console() {
    let stage = Stage::new();
    let browser = stage.browser();
    for phone in [FREE, OTHER_ORDINARY, ORDINARY, ADMIN] {
        browser.enter(phone);
        browser.heading("企业管理").must_be_gone();
        browser.link("用户管理").must_be_gone();
        for path in ["/enterprise/settings", "/enterprise/users"] {
            browser.open(path);
            browser.must_warn(CLOSED);
            assert_eq!((browser.requests_to(SETTINGS), browser.requests_to(USERS)), (0, 0), "{phone}");
        }
        // Nor does the server tell anything to who asks all the same.
        let asked = "fetch('/api/v1/enterprise/users', { headers: { 'X-Client': 'e2e/1' } })
            .then(answer => answer.json()).then(({ code }) => done(code))";
        assert_eq!(browser.run_until_done(asked), "FORBIDDEN", "{phone}");
        browser.leave();
    }
    browser.enter(OTHER_SUPER);
    browser.link("管理用户").click();
    browser.must_read("共 14 位用户");
    browser.field("搜索用户").fill("许安");
    browser.must_read("没有找到用户");
}

#[test]
fn g6_at_a_shared_device_the_console_is_closed_with_its_reason() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    browser.heading("登录").must_appear();
    browser.must_have_sent("/api/v1/surface", 1);
    browser.give_password(SUPER);
    browser.must_be_in();
    for row in ["查看设置", "管理用户"] {
        browser.button(row).must_be_closed();
        browser.button(row).must_be_described("公用设备上不能进行此操作");
    }
    browser.open("/enterprise/users");
    browser.must_warn("公用设备上不能进行此操作");
    assert_eq!(browser.requests_to(USERS), 0);
}

#[test]
fn e3_e4_everything_goes_by_keyboard() {
    let stage = Stage::new();
    let qin = stage.browser();
    qin.enter(SUPER);
    qin.tab_to(&qin.link("查看设置"));
    qin.press(Key::Enter);
    qin.tab_to(&qin.checkbox(AVATARS));
    qin.press(Key::Space);
    qin.must_read("已保存。");
    qin.checkbox(AVATARS).must_be_ticked(false);
    qin.open("/enterprise/users");
    qin.tab_to(&qin.field("搜索用户"));
    qin.type_keys("0005");
    qin.must_read("找到 1 位用户");
    qin.tab_to(&qin.button("更多：许安"));
    qin.press(Key::Enter);
    qin.tab_to(&qin.radio("普通成员"));
    qin.press(Key::Down);
    qin.radio("管理员").must_be_ticked(true);
    qin.press(Key::Enter);
    qin.must_read("许安的角色已更换为管理员。");
    qin.button("更多：许安").must_have_focus();
    qin.press(Key::Enter);
    qin.tab_to(&qin.radio("管理员"));
    qin.press(Key::Up);
    qin.tab_to(&qin.button("保存"));
    qin.press(Key::Space);
    qin.must_read("许安的角色已更换为普通成员。");
    qin.button("更多：许安").must_have_focus();
    qin.press(Key::Enter);
    qin.tab_to(&qin.button("删除用户"));
    qin.press(Key::Enter);
    qin.must_have_focus_on("user-title");
    qin.tab_to(&qin.button("继续删除"));
    qin.press(Key::Enter);
    qin.heading("验证身份").must_appear();
    qin.tab_to(&qin.button_with("密码验证"));
    qin.press(Key::Enter);
    qin.tab_to(&qin.field("密码"));
    qin.type_keys(PASSWORD);
    qin.press(Key::Enter);
    qin.must_read("许安的账号已删除。");
    qin.must_have_focus_on("用户管理");
}

#[test]
fn the_console_on_a_phone() {
    let stage = Stage::new();
    let qin = stage.phone();
    qin.enter(SUPER);
    qin.link("管理用户").tap();
    qin.must_read("共 17 位用户");
    qin.must_fit_the_screen();
    qin.button("更多：许安").tap();
    qin.radio("管理员").tap();
    qin.must_fit_the_screen();
    qin.button("保存").tap();
    qin.must_read("许安的角色已更换为管理员。");
    qin.must_fit_the_screen();
}
