//! Signing in (L1).
//!
//! ```text
//! Sms, Password, Wechat: the person turns to whichever they like
//!  │ a code, the password, a scan that was allowed
//!  └──► Choose, if several accounts match ──► SignedIn
//!       └──► CoolingOff, if the account is being canceled ──Keep──► SignedIn
//! ```

use crate::code::Code;
use crate::machine::{Instant, Machine, Turn};
use crate::scan::{Due, Scanning};
use contract::cancel::{CoolingOff, UndoCancel};
use contract::change::Change;
use contract::code::{OneTimeCode, SentCode};
use contract::refusal::Refusal;
use contract::scan::{GetScan, Scan, StartSignInScan};
use contract::sign_in::{
    self as wire, Choice, ChooseAccount, SendSignInCode, SignInByPassword, SignInBySms, SignInByWechat,
};

/// Where the sign-in stands.
#[derive(Clone, Debug, PartialEq)]
pub enum SignIn {
    /// By a code.
    Sms(Begun),
    /// By password.
    Password(Begun),
    /// By WeChat.
    Wechat(Begun),
    /// Several accounts match.
    Choose(Choice),
    /// The account is being canceled and can be kept (C8).
    CoolingOff(CoolingOff),
}

/// What is under way, whichever form is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Begun {
    /// The code.
    pub code: Code,
    /// The scan; none before the person set out for it.
    pub scanning: Scanning,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Turns to the SMS form.
    UseSms,
    /// Turns to the password form.
    UsePassword,
    /// Turns to WeChat.
    UseWechat,
    /// Wants a QR, the first or another.
    Scan,
    /// Goes on with the scan with this id.
    Resume(String),
    /// Asks for a code to this number, as typed.
    Send(String),
    /// Gives number and code.
    SubmitCode(String, OneTimeCode),
    /// Gives number and password.
    SubmitPassword(String, String),
    /// Picks an account by its id.
    Choose(String),
    /// Keeps the account that is being canceled.
    Keep,
    /// Back to the form.
    Back,
}

/// Requests to perform.
pub enum Effect {
    /// Send a code.
    Send(SendSignInCode),
    /// Check it.
    Sms(SignInBySms),
    /// Check the password.
    Password(SignInByPassword),
    /// Begin a scan.
    Scan(StartSignInScan),
    /// See where a scan stands.
    Get(GetScan),
    /// Redeem the scan that was allowed.
    Wechat(SignInByWechat),
    /// Open one of several accounts.
    Choose(ChooseAccount),
    /// Keep the account that is being canceled.
    Keep(UndoCancel),
}

/// What came back.
pub enum Reply {
    /// A code is on its way.
    Sent(SentCode),
    /// A scan is begun, or found again.
    Scan(Scan),
    /// The scan of the address is not this browser's, or long over.
    NoScan,
    /// The proof was right.
    Proven(wire::SignIn),
}

/// What it was for.
#[derive(Debug, PartialEq)]
pub struct SignedIn;

impl Default for SignIn {
    fn default() -> Self {
        Self::Sms(Begun::default())
    }
}

impl SignIn {
    /// A reload, a killed webview: this scan was begun before, and is to be looked up by
    /// [`Act::Resume`].
    #[must_use]
    pub fn reopen() -> Self {
        Self::Wechat(Begun::default())
    }

    /// The scan that can be gone on with after a reload.
    #[must_use]
    pub fn scan(&self) -> Option<&str> {
        match self {
            Self::Wechat(begun) => begun.scanning.alive(),
            _ => None,
        }
    }

    /// What is under way; nothing any more once there are accounts to choose from.
    #[must_use]
    pub fn begun(&self) -> Option<&Begun> {
        match self {
            Self::Sms(begun) | Self::Password(begun) | Self::Wechat(begun) => Some(begun),
            Self::Choose(_) | Self::CoolingOff(_) => None,
        }
    }

    /// Another form, with what is under way.
    fn turned(self, form: fn(Begun) -> Self) -> Self {
        match self {
            Self::Sms(begun) | Self::Password(begun) | Self::Wechat(begun) => form(begun),
            state @ (Self::Choose(_) | Self::CoolingOff(_)) => state,
        }
    }
}

impl Begun {
    /// Asks for what is due without the person. The first scan is theirs to ask for.
    fn settle(self) -> Turn<SignIn> {
        if self.scanning.scan.is_none() { Turn::Stay(SignIn::Wechat(self)) } else { self.go_on() }
    }

    fn go_on(self) -> Turn<SignIn> {
        let (scanning, due) = self.scanning.due();
        let state = SignIn::Wechat(Self { scanning, ..self });
        match due {
            Due::Nothing => Turn::Stay(state),
            Due::Begin => Turn::Ask(state, Effect::Scan(StartSignInScan {})),
            Due::Redeem(scan) => Turn::Ask(state, Effect::Wechat(SignInByWechat { scan })),
        }
    }
}

impl Machine for SignIn {
    type Act = Act;
    type Effect = Effect;
    type Reply = Reply;
    type Exit = SignedIn;

    // There is none before somebody is signed in.
    const READS_CHANGES: bool = false;

    fn act(self, act: Act) -> Turn<Self> {
        match (self, act) {
            (state, Act::UseSms) => Turn::Stay(state.turned(Self::Sms)),
            (state, Act::UsePassword) => Turn::Stay(state.turned(Self::Password)),
            (state, Act::UseWechat) => match state.turned(Self::Wechat) {
                Self::Wechat(begun) => begun.settle(),
                state => Turn::Stay(state),
            },
            (Self::Wechat(begun), Act::Scan) => {
                let scanning = begun.scanning.anew();
                Begun { scanning, ..begun }.go_on()
            }
            (state @ Self::Wechat(_), Act::Resume(scan)) => Turn::Ask(state, Effect::Get(GetScan { scan })),
            (state @ Self::Sms(_), Act::Send(phone)) => {
                Turn::Ask(state, Effect::Send(SendSignInCode { phone }))
            }
            (state @ Self::Sms(_), Act::SubmitCode(phone, code)) => {
                let code = code.as_str().to_owned();
                Turn::Ask(state, Effect::Sms(SignInBySms { phone, code }))
            }
            (state @ Self::Password(_), Act::SubmitPassword(phone, password)) => {
                Turn::Ask(state, Effect::Password(SignInByPassword { phone, password }))
            }
            (Self::Choose(choice), Act::Choose(account)) => {
                let sign_in_id = choice.sign_in_id.clone();
                Turn::Ask(Self::Choose(choice), Effect::Choose(ChooseAccount { sign_in_id, account }))
            }
            (Self::CoolingOff(found), Act::Keep) => {
                let (sign_in_id, account) = (found.sign_in_id.clone(), found.account.clone());
                Turn::Ask(Self::CoolingOff(found), Effect::Keep(UndoCancel { sign_in_id, account }))
            }
            (Self::Choose(_) | Self::CoolingOff(_), Act::Back) => Turn::Stay(Self::default()),
            (state, _) => Turn::Stay(state),
        }
    }

    fn reply(self, reply: Reply, at: Instant) -> Turn<Self> {
        let begun = self.begun().cloned().unwrap_or_default();
        match reply {
            Reply::Sent(sent) => Turn::Stay(Self::Sms(Begun { code: Code::sent(sent, at), ..begun })),
            Reply::Scan(scan) => {
                let scanning = begun.scanning.updated(Some(scan), at);
                Begun { scanning, ..begun }.settle()
            }
            Reply::NoScan => Turn::Stay(Self::default()),
            Reply::Proven(wire::SignIn::SignedIn) => Turn::Leave(SignedIn),
            Reply::Proven(wire::SignIn::Choose(choice)) => Turn::Stay(Self::Choose(choice)),
            Reply::Proven(wire::SignIn::CoolingOff(found)) => Turn::Stay(Self::CoolingOff(found)),
        }
    }

    fn refuse(self, refusal: &Refusal, _: Option<&Change>, at: Instant) -> Turn<Self> {
        Turn::Stay(match self {
            Self::Sms(begun) => Self::Sms(Begun { code: begun.code.refused(refusal, at), ..begun }),
            Self::Wechat(begun) => Self::Wechat(Begun { scanning: begun.scanning.refused(refusal), ..begun }),
            // The choice is good once and for ten minutes: begin again, with the words kept.
            Self::Choose(_) | Self::CoolingOff(_) if *refusal == Refusal::SignInFailed => Self::default(),
            state => state,
        })
    }

    fn watched(&self) -> Option<&str> {
        match self {
            Self::Wechat(begun) => begun.scanning.watched(),
            _ => None,
        }
    }

    fn scan_changed(self, scan: Scan, at: Instant) -> Turn<Self> {
        match self {
            Self::Wechat(begun) => {
                let scanning = begun.scanning.heard(scan, at);
                Begun { scanning, ..begun }.settle()
            }
            state => Turn::Stay(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::scan;
    use crate::step_up::tests::{NOW, sent, six_digits};
    use contract::scan::ScanState;

    fn choice() -> Choice {
        Choice { sign_in_id: "s1".into(), accounts: Vec::new() }
    }

    fn found() -> CoolingOff {
        let until = contract::time::Timestamp("2026-11-29T02:06:41Z".into());
        CoolingOff { sign_in_id: "s1".into(), account: "a".into(), days_left: 7, until }
    }

    fn name(turn: &Turn<SignIn>) -> &'static str {
        match turn {
            Turn::Stay(SignIn::Sms(_)) => "sms",
            Turn::Stay(SignIn::Password(_)) => "password",
            Turn::Stay(SignIn::Wechat(_)) => "wechat",
            Turn::Stay(SignIn::Choose(_)) => "choose",
            Turn::Stay(SignIn::CoolingOff(_)) => "cooling",
            Turn::Ask(_, Effect::Send(_)) => "ask send",
            Turn::Ask(_, Effect::Sms(_)) => "ask sms",
            Turn::Ask(_, Effect::Password(_)) => "ask password",
            Turn::Ask(_, Effect::Scan(_)) => "ask scan",
            Turn::Ask(_, Effect::Get(_)) => "ask get",
            Turn::Ask(_, Effect::Wechat(_)) => "ask redeem",
            Turn::Ask(_, Effect::Choose(_)) => "ask choose",
            Turn::Ask(_, Effect::Keep(_)) => "ask keep",
            Turn::Leave(SignedIn) => "signed in",
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            Act::UseSms,
            Act::UsePassword,
            Act::UseWechat,
            Act::Send("1".into()),
            Act::SubmitCode("1".into(), six_digits()),
            Act::SubmitPassword("1".into(), "p".into()),
            Act::Scan,
            Act::Choose("a".into()),
            Act::Keep,
            Act::Back,
        ];
        let (sms, password, wechat, choose, cooling) = ("sms", "password", "wechat", "choose", "cooling");
        #[rustfmt::skip]
        let table = [
            (SignIn::default(),
                [sms, password, wechat, "ask send", "ask sms", sms, sms, sms, sms, sms]),
            (SignIn::Password(Begun::default()),
                [sms, password, wechat, password, password, "ask password", password, password, password, password]),
            (SignIn::Wechat(Begun::default()),
                [sms, password, wechat, wechat, wechat, wechat, "ask scan", wechat, wechat, wechat]),
            (SignIn::Choose(choice()),
                [choose, choose, choose, choose, choose, choose, choose, "ask choose", choose, sms]),
            (SignIn::CoolingOff(found()),
                [cooling, cooling, cooling, cooling, cooling, cooling, cooling, cooling, "ask keep", sms]),
        ];
        for (state, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                assert_eq!(name(&state.clone().act(act)), expected, "{state:?}");
            }
        }
    }

    fn waiting() -> SignIn {
        let Turn::Ask(asked, _) = SignIn::Wechat(Begun::default()).act(Act::Scan) else {
            panic!("a scan is begun")
        };
        match asked.reply(Reply::Scan(scan("s1", ScanState::Waiting, Some("text"))), NOW) {
            Turn::Stay(waiting) => waiting,
            _ => panic!("a living scan waits"),
        }
    }

    #[test]
    fn w8_a_scan_that_was_allowed_signs_in_by_itself() {
        let waiting = waiting();
        assert_eq!(waiting.watched(), Some("s1"));
        assert_eq!(name(&waiting.clone().scan_changed(scan("s1", ScanState::Scanned, None), NOW)), "wechat");
        assert_eq!(
            name(&waiting.clone().scan_changed(scan("s1", ScanState::Expired, None), NOW)),
            "ask scan"
        );
        assert_eq!(name(&waiting.clone().scan_changed(scan("s1", ScanState::Denied, None), NOW)), "wechat");
        let Turn::Ask(redeeming, Effect::Wechat(request)) =
            waiting.scan_changed(scan("s1", ScanState::Confirmed, None), NOW)
        else {
            panic!("it is redeemed")
        };
        assert_eq!(request.scan, "s1");
        let Turn::Stay(refused) = redeeming.refuse(&Refusal::WayNotOpen, None, NOW) else {
            panic!("its words are shown")
        };
        assert_eq!(name(&refused.act(Act::UseWechat)), "wechat");
    }

    #[test]
    fn a_scan_is_kept_while_the_person_looks_at_another_form() {
        let Turn::Stay(elsewhere) = waiting().act(Act::UseSms) else { panic!("stays") };
        assert_eq!(elsewhere.watched(), None);
        let Turn::Stay(elsewhere) = elsewhere.scan_changed(scan("s1", ScanState::Confirmed, None), NOW)
        else {
            panic!("nobody is at it")
        };
        let Turn::Stay(back) = elsewhere.act(Act::UseWechat) else { panic!("stays") };
        assert_eq!(back, waiting());
    }

    #[test]
    fn f_15_a_reload_goes_on_with_what_the_phone_did_meanwhile() {
        let resumed = |state| {
            let Turn::Ask(asked, Effect::Get(get)) = SignIn::reopen().act(Act::Resume("s1".into())) else {
                panic!("it is looked up")
            };
            assert_eq!(get.scan, "s1");
            name(&asked.reply(Reply::Scan(scan("s1", state, None)), NOW))
        };
        assert_eq!(resumed(ScanState::Waiting), "ask scan", "nobody has its text any more");
        assert_eq!(resumed(ScanState::Scanned), "wechat");
        assert_eq!(resumed(ScanState::Confirmed), "ask redeem");
        assert_eq!(resumed(ScanState::Denied), "wechat");
        assert_eq!(name(&SignIn::reopen().reply(Reply::NoScan, NOW)), "sms", "somebody else's address");
        assert_eq!(waiting().scan(), Some("s1"));
        assert_eq!(SignIn::reopen().scan(), None);
    }

    #[test]
    fn l1_one_account_signs_in_and_several_are_offered() {
        let one = SignIn::default().reply(Reply::Proven(wire::SignIn::SignedIn), NOW);
        assert_eq!(name(&one), "signed in");
        let several = SignIn::default().reply(Reply::Proven(wire::SignIn::Choose(choice())), NOW);
        assert_eq!(name(&several), "choose");
    }

    #[test]
    fn c8_an_account_that_is_being_canceled_is_kept_or_left() {
        let replied = SignIn::Choose(choice()).reply(Reply::Proven(wire::SignIn::CoolingOff(found())), NOW);
        assert_eq!(name(&replied), "cooling");
        let Turn::Ask(asked, Effect::Keep(request)) = SignIn::CoolingOff(found()).act(Act::Keep) else {
            panic!("it is kept")
        };
        assert_eq!((request.sign_in_id.as_str(), request.account.as_str()), ("s1", "a"));
        assert_eq!(name(&asked.clone().reply(Reply::Proven(wire::SignIn::SignedIn), NOW)), "signed in");
        assert_eq!(name(&asked.refuse(&Refusal::SignInFailed, None, NOW)), "sms", "too late");
    }

    #[test]
    fn the_code_on_its_way_survives_a_look_at_the_password_form() {
        let Turn::Stay(state) = SignIn::default().reply(Reply::Sent(sent()), NOW) else {
            panic!("a sent code stays")
        };
        let Turn::Stay(state) = state.act(Act::UsePassword) else { panic!("stays") };
        let Turn::Stay(SignIn::Sms(begun)) = state.act(Act::UseSms) else { panic!("stays") };
        assert_eq!(begun.code, Code::sent(sent(), NOW));
    }

    #[test]
    fn a_choice_that_died_begins_again() {
        let turn = SignIn::Choose(choice()).refuse(&Refusal::SignInFailed, None, NOW);
        assert_eq!(name(&turn), "sms");
    }
}
