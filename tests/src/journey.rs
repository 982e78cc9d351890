//! Sequences of steps that many tests share, in the language of the browser.

use crate::browser::Browser;
use crate::element::said;
use crate::lang::always;
use crate::wechat::Consent;
use contract::account::Way;
use contract::scan::ScanState;
use thirtyfour::Key;

/// The password of every demo account.
pub const PASSWORD: &str = "demo-Password-2026";

impl Browser<'_> {
    /// Signs in by the code of an SMS; whoever has several accounts, or one that
    /// this browser does not know, then stands at the chooser.
    #[track_caller]
    pub fn sign_in_by_code(&self, phone: &str) {
        let t = self.t();
        self.open("/sign-in");
        self.field(t.sign_in().phone).fill(phone);
        self.ask_for_code();
        self.field(t.common().code).fill(&self.stage().code_to(phone));
        self.agree();
        self.button(t.sign_in().submit).click();
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
        let t = self.t();
        self.button(t.sign_in().by_password).click();
        self.field(t.sign_in().phone).fill(phone);
        self.field(t.common().password).fill(password);
        self.agree();
        self.button(t.sign_in().submit).click();
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
        self.checkbox(self.t().sign_in().agree).click();
    }

    /// The overview of the account signed in.
    #[track_caller]
    pub fn must_be_in(&self) {
        let t = self.t();
        self.heading(t.overview().title).must_appear();
        self.button(t.overview().sign_out).must_appear();
    }

    /// Says that the account that a phone brought to a browser that does not know it is the right one,
    /// and is in.
    #[track_caller]
    pub fn must_enter(&self) {
        let t = self.t();
        self.heading(t.chooser().confirm).must_appear();
        self.button_with(t.chooser().personal).click();
        self.must_be_in();
    }

    /// Waits until the page says where a code went.
    #[track_caller]
    pub fn must_read_where_the_code_went(&self) {
        self.must_read(always(|to| (self.t().common().sent_to)(to, to)));
    }

    /// Asks for a code and waits until it is on its way.
    #[track_caller]
    pub fn ask_for_code(&self) {
        self.button(self.t().common().send_code).click();
        self.must_read_where_the_code_went();
    }

    /// From the overview to the choice of ways.
    #[track_caller]
    pub fn begin_rebind(&self) {
        let t = self.t();
        self.link(t.overview().change_phone).click();
        self.heading(t.phone().title).must_appear();
        self.button(t.phone().title).click();
        self.heading(t.step_up().title).must_appear();
    }

    /// From the overview to the choice of ways.
    #[track_caller]
    pub fn begin_password(&self) {
        let t = self.t();
        self.link(t.overview().change_password).click();
        self.button(t.password().change_title).click();
        self.heading(t.step_up().title).must_appear();
    }

    /// From the overview to the choice of ways, the notice read.
    #[track_caller]
    pub fn begin_cancel(&self) {
        let t = self.t();
        self.link(t.overview().cancel_account).click();
        self.heading(t.cancel().title).must_appear();
        self.checkbox(t.cancel().agree).click();
        self.button(t.account().next).click();
        self.heading(t.step_up().title).must_appear();
    }

    /// The last word, where the account is about to be canceled.
    #[track_caller]
    pub fn confirm_cancel(&self) {
        let t = self.t();
        self.heading(t.cancel().confirm_title).must_appear();
        self.button(t.cancel().go_on).click();
        self.button(t.cancel().submit).click();
        self.heading(t.cancel().done_title).must_appear();
    }

    /// From the choice of ways through the proof, by a code to the bound phone.
    #[track_caller]
    pub fn give_step_up_code(&self, phone: &str) {
        self.button_with((self.t().step_up().way)(Way::Sms)).click();
        self.type_step_up_code(phone);
    }

    /// Gives the proof by a code, where the person is at that.
    #[track_caller]
    fn type_step_up_code(&self, phone: &str) {
        let t = self.t();
        self.heading(t.step_up().sms_title).must_appear();
        self.ask_for_code();
        // What the button says depends on what the proof is for.
        self.field(t.common().code).fill(&self.stage().code_to(phone));
        self.field(t.common().code).press_enter();
    }

    /// From the choice of ways through the proof, by password.
    #[track_caller]
    pub fn give_step_up_password(&self) {
        let t = self.t();
        self.button_with((t.step_up().way)(Way::Password)).click();
        self.heading(t.step_up().password_title).must_appear();
        self.field(t.common().password).fill(PASSWORD);
        self.field(t.common().password).press_enter();
    }

    /// From the choice of ways through the proof, by a WeChat; brings the consent it gave.
    #[track_caller]
    pub fn give_step_up_wechat<'w>(&'w self, who: &'w str) -> Consent<'w> {
        let t = self.t();
        self.button_with((t.step_up().way)(Way::Wechat)).click();
        self.heading(t.step_up().wechat_title).must_appear();
        self.scan_with(who)
    }

    /// From the choice of ways to the new number, by a code to the bound phone.
    #[track_caller]
    pub fn prove_by_code(&self, phone: &str) {
        self.give_step_up_code(phone);
        self.heading(self.t().phone().number_title).must_appear();
    }

    /// From the choice of ways to the new number, by password.
    #[track_caller]
    pub fn prove_by_password(&self) {
        self.give_step_up_password();
        self.heading(self.t().phone().number_title).must_appear();
    }

    /// Types the new password and sends it; where that leads is not said.
    #[track_caller]
    pub fn set_password(&self, password: &str) {
        let t = self.t();
        self.field(t.password().new).fill(password);
        self.button(t.password().submit).click();
    }

    /// From nothing to the QR of the sign-in, and what it says.
    #[track_caller]
    #[must_use]
    pub fn show_sign_in_qr(&self) -> String {
        let t = self.t();
        self.open("/sign-in");
        self.button(t.sign_in().by_wechat).click();
        self.agree();
        self.button(t.sign_in().wechat_show).click();
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
        let t = self.t();
        self.link(t.overview().change_wechat).click();
        self.heading(t.wechat().change_title).must_appear();
        self.button(t.wechat().change_title).click();
        self.heading(t.step_up().title).must_appear();
    }

    /// From the overview to the choice of ways, to bind the first WeChat.
    #[track_caller]
    pub fn begin_first_wechat(&self) {
        let t = self.t();
        self.link(t.overview().bind_wechat).click();
        self.heading(t.wechat().bind_title).must_appear();
        self.button(t.wechat().bind_title).click();
        self.heading(t.step_up().title).must_appear();
    }

    /// From the choice of ways to the new WeChat, by a code to the bound phone.
    #[track_caller]
    pub fn prove_for_wechat_by_code(&self, phone: &str) {
        let t = self.t();
        self.button_with((t.wechat().way)(Way::Sms)).click();
        self.type_step_up_code(phone);
        self.heading(t.wechat().new_title).must_appear();
    }

    /// From the choice of ways to the new WeChat, by password.
    #[track_caller]
    pub fn prove_for_wechat_by_password(&self) {
        let t = self.t();
        self.button_with((t.wechat().way)(Way::Password)).click();
        self.heading(t.step_up().password_title).must_appear();
        self.field(t.common().password).fill(PASSWORD);
        self.field(t.common().password).press_enter();
        self.heading(t.wechat().new_title).must_appear();
    }

    /// From the choice of ways to the new WeChat, by the bound one.
    #[track_caller]
    pub fn prove_for_wechat_by_the_old_one(&self, who: &str) {
        let t = self.t();
        self.button_with((t.wechat().way)(Way::Wechat)).click();
        self.heading(t.step_up().wechat_title).must_appear();
        self.scan_with(who);
        self.heading(t.wechat().new_title).must_appear();
    }

    /// From the new WeChat to the question whether it is the right one.
    #[track_caller]
    pub fn offer_wechat(&self, who: &str) {
        let t = self.t();
        self.button(t.wechat().go).click();
        self.scan_with(who);
        self.heading(t.wechat().confirm_title).must_appear();
    }

    /// From the new WeChat to the result.
    #[track_caller]
    pub fn bind_wechat(&self, who: &str) {
        let t = self.t();
        self.offer_wechat(who);
        self.button(t.wechat().submit).click();
        self.must_read(always(t.wechat().done_lead));
    }

    /// From the overview to the devices.
    #[track_caller]
    pub fn open_devices(&self) {
        let t = self.t();
        self.link(t.overview().see_devices).click();
        self.heading(t.overview().devices).must_appear();
        self.must_read(t.devices().here);
    }

    /// Signs out from the overview.
    #[track_caller]
    pub fn leave(&self) {
        let t = self.t();
        self.open("/");
        self.button(t.overview().sign_out).click();
        self.heading(t.sign_in().title).must_appear();
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
        let t = self.t();
        self.field(t.phone().number).fill(phone);
        self.button(t.common().send_code).click();
    }

    /// From the new number to the result, by the code sent to it.
    #[track_caller]
    pub fn rebind_to(&self, phone: &str) {
        let t = self.t();
        self.name_number(phone);
        self.heading(t.phone().code_title).must_appear();
        self.give_new_code(phone);
        self.heading(t.phone().done_title).must_appear();
    }

    /// Types the code sent to the new number and sends it.
    #[track_caller]
    pub fn give_new_code(&self, phone: &str) {
        let t = self.t();
        self.field(t.common().code).fill(&self.stage().code_to(phone));
        self.button(t.phone().submit).click();
    }
}
