//! Every screen in every state: what the gallery shows, and what the checks of accessibility and
//! layout look at.
//!
//! **To add a view**, go there in the tour of its screen as a person does, wait for what makes it
//! this view, and `show("its-name")`. Words that the tours have not used yet need their English in
//! `words.rs`. A new screen is a line in [`TOURS`].

use crate::browser::Browser;
use crate::journey::PASSWORD;
use crate::picture::quarters;
use crate::proxy::{Answer, Fault};
use crate::stage::Meet;
use contract::account::DeviceKind;
use contract::avatar::UPLOAD;

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
    let faults = browser.stage().faults();
    browser.open("/sign-in");
    browser.heading("登录").must_appear();
    show("by-sms");
    browser.button("登录").click();
    browser.must_warn("请输入正确的手机号");
    show("slip");
    browser.field("手机号").fill(ONE);
    browser.ask_for_code();
    show("code-sent");
    browser.field("验证码").fill(&browser.stage().wrong_code_to(ONE));
    browser.button("登录").click();
    browser.must_warn("请先阅读并勾选同意");
    show("consent-missing");
    browser.agree();
    browser.button("登录").click();
    browser.must_warn("验证码不正确");
    show("wrong-code");
    browser.button("密码登录").click();
    browser.field("密码").must_appear();
    show("by-password");
    browser.field("密码").fill("not-the-password");
    browser.button("登录").click();
    browser.must_warn("密码不正确");
    show("wrong-password");
    faults.once("POST", "/api/v1/sign-in/password", BUSY);
    browser.button("登录").click();
    browser.must_warn("服务暂时出错");
    show("server-error");
    browser.unplug(true);
    browser.button("登录").click();
    browser.must_warn("网络已断开");
    show("offline");
    browser.unplug(false);
    browser.open("/sign-in");
    browser.button("微信登录").click();
    browser.button("显示二维码").must_appear();
    show("by-wechat");
    browser.agree();
    browser.button("显示二维码").click();
    browser.image("微信二维码").must_appear();
    show("wechat-qr");
    let consent = browser.stage().wechat("wx-lin").scan(&browser.read_qr());
    browser.must_match(&consent);
    show("wechat-scanned");
    consent.deny();
    browser.must_warn("这次请求在微信中被拒绝");
    show("wechat-denied");
    browser.button("重新获取二维码").click();
    browser.scan_with("wx-spare");
    browser.must_warn("这个微信还没有绑定账号。");
    show("wechat-unbound");
    browser.button("重新获取二维码").click();
    browser.scan_with("wx-zhou");
    browser.heading("登录到这个账号？").must_appear();
    show("wechat-account");
    browser.sign_in_by_password("13800000009");
    browser.heading("选择要登录的账号").must_appear();
    show("chooser");
    browser.enter(ONE);
    browser.button("退出登录").click();
    browser.must_read("你已退出登录。");
    show("signed-out");
    browser.enter(ONE);
    browser.stage().advance(8 * 24 * 3600);
    browser.reload();
    browser.must_read("登录已过期，请重新登录。");
    show("session-ended");
}

fn overview(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
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
    browser.must_read("未设置");
    show("no-password");
    faults.once("GET", "/api/v1/me", Fault::Hold);
    browser.open_early("/");
    browser.must_read("正在加载…");
    faults.must_hold();
    show("loading");
    faults.release();
    browser.must_be_in();
    faults.once("GET", "/api/v1/me", BUSY);
    browser.reload();
    browser.must_warn("服务暂时出错");
    show("server-error");
}

fn phone(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    const NEW: &str = "13911110001";
    let (stage, faults) = (browser.stage(), browser.stage().faults());
    browser.enter(ONE);
    browser.link("更换手机号").click();
    browser.button("更换手机号").must_appear();
    show("start");
    browser.button("更换手机号").click();
    browser.heading("验证身份").must_appear();
    show("ways");
    browser.button_with("微信验证").click();
    browser.image("微信二维码").must_appear();
    show("wechat");
    browser.button("使用其它身份验证方式").click();
    browser.heading("验证身份").must_appear();
    browser.button_with("短信验证码验证").click();
    browser.heading("短信验证码验证").must_appear();
    show("sms");
    browser.button("下一步").click();
    browser.must_warn("请先获取验证码");
    show("sms-no-code");
    browser.ask_for_code();
    show("sms-sent");
    browser.field("验证码").fill(&stage.wrong_code_to(ONE));
    browser.button("下一步").click();
    browser.must_warn("验证码不正确");
    show("sms-wrong");
    browser.button("使用其它身份验证方式").click();
    browser.button_with("密码验证").click();
    browser.heading("密码验证").must_appear();
    show("password");
    browser.field("密码").fill("not-the-password");
    browser.button("下一步").click();
    browser.must_warn("密码不正确");
    show("password-wrong");
    browser.field("密码").fill(PASSWORD);
    browser.button("下一步").click();
    browser.heading("填写新手机号").must_appear();
    show("number");
    browser.name_number("13800000002");
    browser.must_warn("该手机号已绑定其他账号");
    show("number-taken");
    browser.name_number(NEW);
    browser.heading("验证新手机号").must_appear();
    show("code");
    browser.field("验证码").fill(&stage.wrong_code_to(NEW));
    browser.button("确认更换").click();
    browser.must_warn("验证码不正确");
    show("code-wrong");
    faults.once("POST", "/api/v1/phone/bind", Fault::CutAfter);
    faults.once("GET", "/api/v1/outcomes/", Fault::Hold);
    browser.give_new_code(NEW);
    browser.must_read("正在确认结果");
    faults.must_hold();
    show("confirming");
    faults.release();
    browser.heading("手机号已更换").must_appear();
    show("done");
    browser.open("/phone/done?change=0123456789");
    browser.heading("无法显示这次操作的结果").must_appear();
    show("lost");
    browser.forget_everything();
    browser.enter("13800000004");
    browser.open("/phone");
    browser.must_read("商业版、企业版账号请在手机 App 或桌面客户端中更换手机号。");
    show("closed");
    browser.forget_everything();
    browser.sign_in_by_code("13911110002");
    browser.must_be_in();
    browser.begin_rebind();
    browser.must_read("这个账号还没有设置密码。");
    show("ways-no-password");
}

fn wechat(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    browser.enter("13800000002");
    browser.link("绑定微信").click();
    browser.heading("绑定微信").must_appear();
    show("start-first");
    browser.forget_everything();
    browser.enter("13800000003");
    browser.begin_wechat();
    browser.must_read("手机号绑定未满 14 天");
    show("ways-new-phone");
    browser.forget_everything();
    browser.enter(ONE);
    browser.link("更换微信").click();
    browser.button("更换微信").must_appear();
    show("start");
    browser.button("更换微信").click();
    browser.heading("验证身份").must_appear();
    show("ways");
    browser.button_with("通过原微信号验证").click();
    browser.heading("微信验证").must_appear();
    browser.image("微信二维码").must_appear();
    show("verify-wechat");
    browser.scan_with("wx-zhou");
    browser.must_warn("这不是账号绑定的微信");
    show("mismatch");
    browser.button("重新获取二维码").click();
    browser.scan_with("wx-lin");
    browser.button("去绑定新微信").must_appear();
    show("new");
    browser.button("去绑定新微信").click();
    browser.image("微信二维码").must_appear();
    show("new-qr");
    browser.scan_with("wx-zhou");
    browser.must_warn("这个微信已绑定其他账号");
    show("taken");
    browser.button("重新获取二维码").click();
    browser.scan_with("wx-new");
    browser.heading("确认新微信").must_appear();
    show("confirm");
    browser.button("确认绑定").click();
    browser.must_read("这个账号现在绑定微信");
    show("done");
    browser.open("/wechat/done?change=0123456789");
    browser.heading("无法显示这次操作的结果").must_appear();
    show("lost");
}

fn password(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    browser.enter(ONE);
    browser.link("修改密码").click();
    browser.heading("修改登录密码").must_appear();
    show("start");
    browser.button("修改登录密码").click();
    browser.heading("验证身份").must_appear();
    browser.button_with("微信验证").click();
    browser.image("微信二维码").must_appear();
    show("wechat");
    browser.button("使用其它身份验证方式").click();
    browser.heading("验证身份").must_appear();
    browser.give_step_up_password();
    browser.heading("输入新密码").must_appear();
    show("new");
    browser.set_password("too short");
    browser.must_warn("密码太短");
    show("weak");
    browser.set_password("the seven blue lamps of home");
    browser.heading("登录密码已设置").must_appear();
    show("done");
    browser.open("/password/done?change=0123456789");
    browser.heading("无法显示这次操作的结果").must_appear();
    show("lost");
    browser.forget_everything();
    browser.sign_in_by_code("13911110003");
    browser.must_be_in();
    browser.open("/password");
    browser.heading("设置登录密码").must_appear();
    show("start-first");
}

fn activity(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let stranger = browser.stage().browser();
    stranger.open("/sign-in");
    stranger.give_this_password(ONE, "not-the-password");
    stranger.must_warn("密码不正确");
    browser.enter(ONE);
    browser.link("查看动态").click();
    browser.must_read("最近 24 小时未通过的验证");
    show("list");
    browser.button("不是我本人的操作").click();
    browser.heading("验证身份").must_appear();
    show("not-me");
}

fn cancel(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    browser.enter("13800000006");
    browser.open("/cancel");
    browser.must_read("最后一位超级管理员");
    show("closed");
    browser.forget_everything();
    browser.enter("13800000002");
    browser.link("注销账号").click();
    browser.checkbox("我已阅读").must_appear();
    show("start");
    browser.button("下一步").click();
    browser.must_warn("请先阅读《账号注销说明》");
    show("not-read");
    browser.checkbox("我已阅读").click();
    browser.button("下一步").click();
    browser.heading("验证身份").must_appear();
    show("ways");
    browser.button_with("通过手机号密码验证").click();
    browser.heading("密码验证").must_appear();
    browser.field("密码").fill(PASSWORD);
    browser.field("密码").press_enter();
    browser.heading("确认注销账号").must_appear();
    browser.must_read("会员权益还剩");
    show("confirm");
    browser.button("继续注销").click();
    browser.button("确认注销").must_appear();
    show("last-word");
    browser.button("确认注销").click();
    browser.heading("账号已注销").must_appear();
    show("done");
}

fn avatar(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    browser.enter("13800000004");
    browser.open("/avatar");
    browser.must_read("企业未允许修改头像");
    show("locked");
    browser.leave();
    browser.enter(ONE);
    browser.link("更换头像").click();
    browser.button("选择图片").must_appear();
    show("none");
    browser.pick_file("page.svg", b"<svg/>");
    browser.must_warn("仅支持 PNG、JPEG 和 WebP 图片");
    show("no-picture");
    browser.pick_file("quarters.png", &quarters(640, 480));
    browser.button("保存").must_appear();
    show("cut");
    browser.button("整张图片").click();
    show("whole");
    browser.stage().faults().once("POST", UPLOAD, Fault::Hold);
    browser.button("保存").click();
    browser.stage().faults().must_hold();
    browser.button("取消上传").must_appear();
    show("uploading");
    browser.button("取消上传").click();
    browser.stage().faults().cut();
    browser.button("换一张").must_appear();
    browser.button("保存").click();
    browser.must_read("头像已更换。");
    show("changed");
    browser.link("更换头像").click();
    browser.button("移除头像").must_appear();
    show("present");
    browser.button("移除头像").click();
    browser.heading("移除头像？").must_appear();
    show("remove");
}

fn devices(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    browser.enter(ONE);
    browser.open_devices();
    browser.must_read("只有这台设备登录着你的账号。");
    show("one");
    browser.stage().browser().enter(ONE);
    browser.reload();
    browser.button("退出其他设备").must_be_open();
    show("two");
    browser.button("退出其他设备").click();
    browser.heading("验证身份").must_appear();
    show("gate");
    browser.button_with("微信验证").click();
    browser.image("微信二维码").must_appear();
    show("gate-wechat");
    browser.button("使用其它身份验证方式").click();
    browser.heading("验证身份").must_appear();
    browser.button_with("密码验证").click();
    browser.heading("密码验证").must_appear();
    show("gate-password");
    browser.field("密码").fill("not-the-password");
    browser.button("验证并退出其他设备").click();
    browser.must_warn("密码不正确");
    show("gate-refused");
    browser.field("密码").fill(PASSWORD);
    browser.button("验证并退出其他设备").click();
    browser.must_read("已退出 1 台其他设备");
    // Otherwise it goes while one looks.
    browser.tab_to(&browser.button("知道了"));
    show("after");
    browser.button("自己发起").click();
    browser.must_read("现在不能加入：");
    show("cannot-join");
    browser.leave();
    browser.enter("13800000006");
    browser.open_devices();
    browser.button("自己发起").click();
    browser.must_read("可以加入。");
    show("enterprise");
}

fn history(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    browser.enter(ONE);
    browser.link("查看历史会议").click();
    browser.must_read("已同步");
    show("synced");
    browser.button("更多").click();
    browser.checkbox("开启同步历史会议").must_appear();
    show("menu");
    browser.checkbox("开启同步历史会议").click();
    browser.must_read("已关闭同步历史会议。");
    browser.press_escape();
    // Held in this browser, and nowhere else to be seen.
    browser.stage().meet(ONE, DeviceKind::Web, false, Meet::Start);
    browser.stage().meet(ONE, DeviceKind::Web, false, Meet::End);
    browser.reload();
    browser.must_read("仅本机");
    show("only-here");
}

fn console(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    let faults = browser.stage().faults();
    browser.enter("13800000005");
    browser.open("/enterprise/users");
    browser.must_warn("企业管理仅供");
    show("closed");
    browser.leave();
    browser.enter("13800000006");
    browser.link("管理用户").must_appear();
    show("overview");
    browser.link("查看设置").click();
    browser.checkbox("允许企业用户修改头像").must_be_ticked(true);
    show("settings");
    faults.once("POST", "/api/v1/enterprise/settings", BUSY);
    browser.checkbox("允许企业用户修改头像").click();
    browser.must_warn("服务暂时出错");
    show("settings-refused");
    browser.open("/enterprise/users");
    browser.button("加载更多").must_appear();
    show("users");
    browser.button("更多：秦岚").click();
    browser.button("保存").must_be_closed();
    show("last-super-admin");
    browser.button("取消").click();
    browser.field("搜索用户").fill("zz");
    browser.must_read("没有找到用户");
    show("nobody-found");
    browser.field("搜索用户").fill("0005");
    browser.button("更多：许安").click();
    browser.radio("普通成员").must_be_ticked(true);
    show("role");
    browser.radio("超级管理员").click();
    browser.button("保存").click();
    browser.heading("将许安设为超级管理员？").must_appear();
    show("raise");
    browser.button("上一步").click();
    browser.button("删除用户").click();
    browser.heading("删除这位用户？").must_appear();
    show("delete");
    browser.button("继续删除").click();
    browser.heading("验证身份").must_appear();
    show("gate");
    browser.give_step_up_password();
    browser.must_read("许安的账号已删除。");
    browser.must_read("没有找到用户");
    // Otherwise it goes while one looks.
    browser.tab_to(&browser.button("知道了"));
    show("deleted");
}

fn not_found(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    browser.open("/nope");
    browser.heading("页面不存在").must_appear();
    show("unknown-path");
}

fn legal(browser: &Browser<'_>, show: &mut dyn FnMut(&'static str)) {
    for (document, state) in [("《用户协议》", "terms"), ("《隐私政策》", "privacy")] {
        browser.open("/sign-in");
        let path = browser.link(document).attribute("href").expect("a link leads somewhere");
        browser.open(&path);
        show(state);
    }
}
