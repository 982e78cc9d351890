//! Ways that many tests go, in the words of the app.

use crate::browser::Browser;
use crate::element::said;
use crate::wechat::Consent;
use contract::scan::ScanState;
use thirtyfour::Key;

/// The password of every demo account.
pub const PASSWORD: &str = "demo-Password-2026";

impl Browser<'_> {
    /// Signs in by the code of an SMS; whoever has several accounts, or one that
    /// this browser does not know, then stands at the chooser.
    #[track_caller]
    pub fn sign_in_by_code(&self, phone: &str) {
        self.open("/sign-in");
        self.field("手机号").fill(phone);
        self.ask_for_code();
        self.field("验证码").fill(&self.stage().code_to(phone));
        self.agree();
        self.button("登录").click();
    }

    /// Signs in by password; whoever has several accounts, or one that
    /// this browser does not know, then stands at the chooser.
    #[track_caller]
    pub fn sign_in_by_password(&self, phone: &str) {
        self.open("/sign-in");
        self.give_password(phone);
    }

    /// Fills in and sends the password form where the sign-in already is.
    #[track_caller]
    pub fn give_password(&self, phone: &str) {
        self.give_this_password(phone, PASSWORD);
    }

    /// The same with a password of one's own.
    #[track_caller]
    pub fn give_this_password(&self, phone: &str, password: &str) {
        self.button("密码登录").click();
        self.field("手机号").fill(phone);
        self.field("密码").fill(password);
        self.agree();
        self.button("登录").click();
    }

    /// Signs in by password and waits for the overview.
    #[track_caller]
    pub fn enter(&self, phone: &str) {
        self.sign_in_by_password(phone);
        self.must_be_in();
    }

    /// Ticks the consent.
    #[track_caller]
    pub fn agree(&self) {
        self.checkbox("我已阅读并同意").click();
    }

    /// The overview of the account signed in.
    #[track_caller]
    pub fn must_be_in(&self) {
        self.heading("账号与安全").must_appear();
        self.button("退出登录").must_appear();
    }

    /// Says that the account that a phone brought to a browser that does not know it is the right one,
    /// and is in.
    #[track_caller]
    pub fn must_enter(&self) {
        self.heading("登录到这个账号？").must_appear();
        self.button_with("个人账号").click();
        self.must_be_in();
    }

    /// Asks for a code and waits until it is on its way.
    #[track_caller]
    pub fn ask_for_code(&self) {
        self.button("获取验证码").click();
        self.must_read("验证码已发送至");
    }

    /// From the overview to the choice of ways.
    #[track_caller]
    pub fn begin_rebind(&self) {
        self.link("更换手机号").click();
        self.heading("更换手机号").must_appear();
        self.button("更换手机号").click();
        self.heading("验证身份").must_appear();
    }

    /// From the overview to the choice of ways.
    #[track_caller]
    pub fn begin_password(&self) {
        self.link("修改密码").click();
        self.button("修改登录密码").click();
        self.heading("验证身份").must_appear();
    }

    /// From the overview to the choice of ways, the notice read.
    #[track_caller]
    pub fn begin_cancel(&self) {
        self.link("注销账号").click();
        self.heading("注销账号").must_appear();
        self.checkbox("我已阅读").click();
        self.button("下一步").click();
        self.heading("验证身份").must_appear();
    }

    /// The last word, where the account is about to be canceled.
    #[track_caller]
    pub fn confirm_cancel(&self) {
        self.heading("确认注销账号").must_appear();
        self.button("继续注销").click();
        self.button("确认注销").click();
        self.heading("账号已注销").must_appear();
    }

    /// From the choice of ways through the proof, by a code to the bound phone.
    #[track_caller]
    pub fn give_step_up_code(&self, phone: &str) {
        self.button_with("短信验证码验证").click();
        self.type_step_up_code(phone);
    }

    /// Gives the proof by a code, where the person is at that.
    #[track_caller]
    fn type_step_up_code(&self, phone: &str) {
        self.heading("短信验证码验证").must_appear();
        self.ask_for_code();
        // What the button says depends on what the proof is for.
        self.field("验证码").fill(&self.stage().code_to(phone));
        self.field("验证码").press_enter();
    }

    /// From the choice of ways through the proof, by password.
    #[track_caller]
    pub fn give_step_up_password(&self) {
        self.button_with("密码验证").click();
        self.heading("密码验证").must_appear();
        self.field("密码").fill(PASSWORD);
        self.field("密码").press_enter();
    }

    /// From the choice of ways through the proof, by a WeChat; brings the consent it gave.
    #[track_caller]
    pub fn give_step_up_wechat<'w>(&'w self, who: &'w str) -> Consent<'w> {
        self.button_with("微信验证").click();
        self.heading("微信验证").must_appear();
        self.scan_with(who)
    }

    /// From the choice of ways to the new number, by a code to the bound phone.
    #[track_caller]
    pub fn prove_by_code(&self, phone: &str) {
        self.give_step_up_code(phone);
        self.heading("填写新手机号").must_appear();
    }

    /// From the choice of ways to the new number, by password.
    #[track_caller]
    pub fn prove_by_password(&self) {
        self.give_step_up_password();
        self.heading("填写新手机号").must_appear();
    }

    /// Types the new password and sends it; where that leads is not said.
    #[track_caller]
    pub fn set_password(&self, password: &str) {
        self.field("新密码").fill(password);
        self.button("确认设置").click();
    }

    /// From nothing to the QR of the sign-in, and what it says.
    #[track_caller]
    #[must_use]
    pub fn show_sign_in_qr(&self) -> String {
        self.open("/sign-in");
        self.button("微信登录").click();
        self.agree();
        self.button("显示二维码").click();
        self.read_qr()
    }

    /// Signs in by WeChat; whoever has several accounts, or one that
    /// this browser does not know, then stands at the chooser.
    #[track_caller]
    pub fn sign_in_by_wechat(&self, who: &str) {
        let text = self.show_sign_in_qr();
        assert_eq!(self.stage().wechat(who).scan(&text).allow(), ScanState::Confirmed);
    }

    /// Scans the QR on the screen and allows it, whatever becomes of that.
    #[track_caller]
    pub fn scan_with<'w>(&'w self, who: &'w str) -> Consent<'w> {
        let consent = self.stage().wechat(who).scan(&self.read_qr());
        self.must_match(&consent);
        consent.allow();
        consent
    }

    /// From the overview to the choice of ways, to replace the WeChat.
    #[track_caller]
    pub fn begin_wechat(&self) {
        self.link("更换微信").click();
        self.heading("更换微信").must_appear();
        self.button("更换微信").click();
        self.heading("验证身份").must_appear();
    }

    /// From the overview to the choice of ways, to bind the first WeChat.
    #[track_caller]
    pub fn begin_first_wechat(&self) {
        self.link("绑定微信").click();
        self.heading("绑定微信").must_appear();
        self.button("绑定微信").click();
        self.heading("验证身份").must_appear();
    }

    /// From the choice of ways to the new WeChat, by a code to the bound phone.
    #[track_caller]
    pub fn prove_for_wechat_by_code(&self, phone: &str) {
        self.button_with("通过手机号验证").click();
        self.type_step_up_code(phone);
        self.heading("绑定新微信").must_appear();
    }

    /// From the choice of ways to the new WeChat, by password.
    #[track_caller]
    pub fn prove_for_wechat_by_password(&self) {
        self.button_with("通过密码验证").click();
        self.heading("密码验证").must_appear();
        self.field("密码").fill(PASSWORD);
        self.field("密码").press_enter();
        self.heading("绑定新微信").must_appear();
    }

    /// From the choice of ways to the new WeChat, by the bound one.
    #[track_caller]
    pub fn prove_for_wechat_by_the_old_one(&self, who: &str) {
        self.button_with("通过原微信号验证").click();
        self.heading("微信验证").must_appear();
        self.scan_with(who);
        self.heading("绑定新微信").must_appear();
    }

    /// From the new WeChat to the question whether it is the right one.
    #[track_caller]
    pub fn offer_wechat(&self, who: &str) {
        self.button("去绑定新微信").click();
        self.scan_with(who);
        self.heading("确认新微信").must_appear();
    }

    /// From the new WeChat to the result.
    #[track_caller]
    pub fn bind_wechat(&self, who: &str) {
        self.offer_wechat(who);
        self.button("确认绑定").click();
        self.must_read("这个账号现在绑定微信");
    }

    /// From the overview to the devices.
    #[track_caller]
    pub fn open_devices(&self) {
        self.link("查看设备").click();
        self.heading("登录设备").must_appear();
        self.must_read("本机");
    }

    /// Signs out from the overview.
    #[track_caller]
    pub fn leave(&self) {
        self.open("/");
        self.button("退出登录").click();
        self.heading("登录").must_appear();
    }

    /// Presses Esc, wherever the cursor is.
    #[track_caller]
    pub fn press_escape(&self) {
        self.until(async || said(self.actions().send_keys(Key::Escape.value().to_string()).perform().await));
    }

    /// Waits until the cursor is in what has this text or this id.
    #[track_caller]
    pub fn must_have_focus_on(&self, what: &str) {
        let script = "const it = document.activeElement; return [it.id, it.textContent.trim()]";
        self.until(async || {
            let focus = said(self.driver().execute(script, vec![]).await)?.json().clone();
            let is_there = focus.as_array().is_some_and(|names| names.iter().any(|name| name == what));
            if is_there { Ok(()) } else { Err(format!("the focus is on {focus}, not on {what}")) }
        });
    }

    /// Names the new number and sends the form; where that leads is not said.
    #[track_caller]
    pub fn name_number(&self, phone: &str) {
        self.field("新手机号").fill(phone);
        self.button("获取验证码").click();
    }

    /// From the new number to the result, by the code sent to it.
    #[track_caller]
    pub fn rebind_to(&self, phone: &str) {
        self.name_number(phone);
        self.heading("验证新手机号").must_appear();
        self.give_new_code(phone);
        self.heading("手机号已更换").must_appear();
    }

    /// Types the code sent to the new number and sends it.
    #[track_caller]
    pub fn give_new_code(&self, phone: &str) {
        self.field("验证码").fill(&self.stage().code_to(phone));
        self.button("确认更换").click();
    }
}
