//! Proving the old identity inside a change; shared by every wizard (P5).
//!
//! ```text
//! Choose ──Use(Sms)──► Sms ──Send, SubmitCode──► Moved
//!    │                   │ Back ► Choose
//!    ├─Use(Password)──► Password ──SubmitPassword──► Moved
//!    └─Use(Wechat)──► Wechat ──a scan is begun, allowed, redeemed──► Moved
//! ```

use crate::code::Code;
use crate::machine::{Instant, Machine, Turn};
use crate::scan::{Due, Scanning};
use contract::account::{Way, WayOffer};
use contract::change::{Change, ChangeStep};
use contract::code::OneTimeCode;
use contract::refusal::Refusal;
use contract::scan::{Scan, StartStepUpScan};
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms, StepUpByWechat};

/// The change a step belongs to, as a request names it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeRef {
    /// Opaque.
    pub id: String,
    /// The version the person saw.
    pub version: u32,
}

impl From<&Change> for ChangeRef {
    fn from(change: &Change) -> Self {
        Self { id: change.id.clone(), version: change.version }
    }
}

/// Where the proof stands.
#[derive(Clone, Debug, PartialEq)]
pub struct StepUp {
    /// The change to be proven for.
    pub change: ChangeRef,
    /// The ways, open and closed.
    pub ways: Vec<WayOffer>,
    /// The code to the bound phone.
    pub code: Code,
    /// The scan by the bound WeChat.
    pub scanning: Scanning,
    /// What the person is at.
    pub at: At,
    /// The way the person came back from, to go forward to again.
    pub left: Option<Way>,
}

/// What the person is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// Choosing a way.
    Choose,
    /// Typing the code.
    Sms,
    /// Typing the password.
    Password,
    /// Scanning with the bound WeChat.
    Wechat,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Takes a way.
    Use(Way),
    /// Asks for a code, the first or another.
    Send,
    /// Gives the code.
    SubmitCode(OneTimeCode),
    /// Gives the password.
    SubmitPassword(String),
    /// Wants a QR, the first or another.
    Scan,
    /// Goes back to the choice; from the choice, out.
    Back,
    /// Goes to the way again that the person came back from.
    Forward,
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// Send a code to the bound phone.
    Send(SendStepUpCode),
    /// Check the code.
    Sms(StepUpBySms),
    /// Check the password.
    Password(StepUpByPassword),
    /// Begin a scan.
    Scan(StartStepUpScan),
    /// Redeem the scan that was allowed.
    Wechat(StepUpByWechat),
}

/// How it ends.
#[derive(Debug, PartialEq)]
pub enum Exit {
    /// The change went on; its fresh record says where.
    Moved(Change, Instant),
    /// The person went back out of it.
    Left(ChangeRef),
}

impl StepUp {
    /// The proof of a change at [`ChangeStep::Identify`].
    #[must_use]
    pub fn new(change: &Change, at: Instant) -> Self {
        let mut step_up = Self {
            change: change.into(),
            ways: change.ways.clone(),
            code: Code::default(),
            scanning: Scanning::default(),
            at: At::Choose,
            left: None,
        };
        if let ChangeStep::Identify { sent, scan } = &change.step {
            step_up.scanning = step_up.scanning.updated(scan.clone(), at);
            if step_up.scanning.watched().is_some() {
                step_up.at = At::Wechat;
            }
            if let Some(sent) = sent {
                step_up.code = Code::sent(sent.clone(), at);
                step_up.at = At::Sms;
            }
        }
        step_up
    }

    /// The same proof at the step of a way, if that is open; else where it was.
    #[must_use]
    pub fn by(self, way: Way) -> Self {
        let at = match way {
            _ if !self.is_open(way) => self.at,
            Way::Sms => At::Sms,
            Way::Password => At::Password,
            Way::Wechat => At::Wechat,
        };
        Self { at, ..self }
    }

    /// Takes up where a record left it: what is due without the person is asked for.
    #[must_use]
    pub fn settle(self) -> Turn<Self> {
        if self.at != At::Wechat {
            return Turn::Stay(self);
        }
        let (scanning, due) = self.scanning.clone().due();
        let state = Self { scanning, ..self };
        match due {
            Due::Nothing => Turn::Stay(state),
            Due::Begin => state.asks(|c| Effect::Scan(StartStepUpScan { change: c.id, version: c.version })),
            Due::Redeem(scan) => {
                state.asks(|c| Effect::Wechat(StepUpByWechat { change: c.id, version: c.version, scan }))
            }
        }
    }

    fn scan(self) -> Turn<Self> {
        let scanning = self.scanning.clone().asked();
        Self { scanning, ..self }.settle()
    }

    fn scan_if_there(self) -> Turn<Self> {
        if self.at == At::Wechat { self.scan() } else { Turn::Stay(self) }
    }

    fn leaving(self, way: Way) -> Self {
        Self { at: At::Choose, left: Some(way), ..self }
    }

    fn is_open(&self, way: Way) -> bool {
        self.ways.iter().any(|offer| offer.way == way && offer.closed.is_none())
    }

    fn asks(self, effect: impl FnOnce(ChangeRef) -> Effect) -> Turn<Self> {
        let effect = effect(self.change.clone());
        Turn::Ask(self, effect)
    }
}

impl Machine for StepUp {
    type Act = Act;
    type Effect = Effect;
    type Reply = Change;
    type Exit = Exit;

    fn act(self, act: Act) -> Turn<Self> {
        match (self.at, act) {
            (At::Choose, Act::Use(way)) => self.by(way).scan_if_there(),
            (At::Sms, Act::Send) => {
                self.asks(|c| Effect::Send(SendStepUpCode { change: c.id, version: c.version }))
            }
            (At::Sms, Act::SubmitCode(code)) => self.asks(|c| {
                Effect::Sms(StepUpBySms { change: c.id, version: c.version, code: code.as_str().into() })
            }),
            (At::Password, Act::SubmitPassword(password)) => self
                .asks(|c| Effect::Password(StepUpByPassword { change: c.id, version: c.version, password })),
            (At::Wechat, Act::Scan) => {
                let scanning = self.scanning.clone().anew();
                Self { scanning, ..self }.settle()
            }
            (At::Sms, Act::Back) => Turn::Stay(self.leaving(Way::Sms)),
            (At::Password, Act::Back) => Turn::Stay(self.leaving(Way::Password)),
            (At::Wechat, Act::Back) => Turn::Stay(self.leaving(Way::Wechat)),
            (At::Choose, Act::Forward) => match self.left {
                Some(way) => self.by(way).scan_if_there(),
                None => Turn::Stay(self),
            },
            (At::Choose, Act::Back) => Turn::Leave(Exit::Left(self.change)),
            _ => Turn::Stay(self),
        }
    }

    fn reply(self, change: Change, at: Instant) -> Turn<Self> {
        match &change.step {
            // Still unproven: a code was sent, a scan begun, or another tab was quicker.
            ChangeStep::Identify { scan, .. } => {
                let scanning = self.scanning.updated(scan.clone(), at);
                let fresh = Self { scanning, ..Self::new(&change, at) };
                match self.at {
                    At::Sms => fresh.by(Way::Sms),
                    At::Wechat => fresh.by(Way::Wechat),
                    At::Choose | At::Password => fresh,
                }
                .settle()
            }
            _ => Turn::Leave(Exit::Moved(change, at)),
        }
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Instant) -> Turn<Self> {
        match fresh {
            Some(change) => self.reply(change.clone(), at),
            None if self.at == At::Wechat => {
                let scanning = self.scanning.refused(refusal);
                Turn::Stay(Self { scanning, ..self })
            }
            None => {
                let code = self.code.clone().refused(refusal, at);
                Turn::Stay(Self { code, ..self })
            }
        }
    }

    fn watched(&self) -> Option<&str> {
        if self.at == At::Wechat { self.scanning.watched() } else { None }
    }

    fn scan_changed(self, scan: Scan, at: Instant) -> Turn<Self> {
        let scanning = self.scanning.heard(scan, at);
        Self { scanning, ..self }.settle()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::scan::tests::scan;
    use contract::code::SentCode;
    use contract::me::Action;
    use contract::scan::ScanState;

    pub(crate) const NOW: Instant = Instant(1_000.0);

    pub(crate) fn sent() -> SentCode {
        SentCode { to: "138****0001".into(), digits: 6, serial: "K7".into(), expires_in: 300, retry_in: 60 }
    }

    pub(crate) fn change(version: u32, step: ChangeStep) -> Change {
        let open = |way| WayOffer { way, closed: None };
        Change {
            id: "c1".into(),
            action: Action::Phone,
            version,
            expires_in: 1800,
            ways: vec![open(Way::Sms), open(Way::Password), open(Way::Wechat)],
            step,
        }
    }

    pub(crate) fn six_digits() -> OneTimeCode {
        OneTimeCode::parse("123456").expect("six digits")
    }

    /// A name for every turn, so that a whole table fits on a screen.
    fn name(turn: &Turn<StepUp>) -> String {
        match turn {
            Turn::Stay(s) => format!("{:?}", s.at),
            Turn::Ask(s, Effect::Send(_)) => format!("{:?} send", s.at),
            Turn::Ask(s, Effect::Sms(_)) => format!("{:?} check code", s.at),
            Turn::Ask(s, Effect::Password(_)) => format!("{:?} check password", s.at),
            Turn::Ask(s, Effect::Scan(_)) => format!("{:?} begin", s.at),
            Turn::Ask(s, Effect::Wechat(_)) => format!("{:?} redeem", s.at),
            Turn::Leave(Exit::Moved(..)) => "moved".into(),
            Turn::Leave(Exit::Left(_)) => "left".into(),
        }
    }

    fn identify(scan: Option<Scan>) -> Change {
        change(1, ChangeStep::Identify { sent: None, scan })
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            Act::Use(Way::Sms),
            Act::Use(Way::Password),
            Act::Use(Way::Wechat),
            Act::Send,
            Act::SubmitCode(six_digits()),
            Act::SubmitPassword("secret".into()),
            Act::Scan,
            Act::Back,
            Act::Forward,
        ];
        let (choose, sms, password, wechat) = ("Choose", "Sms", "Password", "Wechat");
        #[rustfmt::skip]
        let table = [
            (At::Choose,
                [sms, password, "Wechat begin", choose, choose, choose, choose, "left", choose]),
            (At::Sms,
                [sms, sms, sms, "Sms send", "Sms check code", sms, sms, choose, sms]),
            (At::Password,
                [password, password, password, password, password, "Password check password", password, choose, password]),
            (At::Wechat,
                [wechat, wechat, wechat, wechat, wechat, wechat, "Wechat begin", choose, wechat]),
        ];
        for (at, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                let state = StepUp { at, ..StepUp::new(&identify(None), NOW) };
                assert_eq!(name(&state.act(act)), expected, "{at:?}");
            }
        }
    }

    fn at_wechat(scan: Scan) -> StepUp {
        let state = StepUp { at: At::Wechat, ..StepUp::new(&identify(None), NOW) };
        match state.reply(identify(Some(scan)), NOW) {
            Turn::Stay(state) => state,
            _ => panic!("a living scan waits"),
        }
    }

    #[test]
    fn w3_a_scan_that_was_allowed_is_redeemed_by_itself() {
        let state = at_wechat(scan("s1", ScanState::Waiting, Some("text")));
        assert_eq!(state.watched(), Some("s1"));
        assert_eq!(name(&state.clone().scan_changed(scan("s1", ScanState::Scanned, None), NOW)), "Wechat");
        let turn = state.clone().scan_changed(scan("s1", ScanState::Confirmed, None), NOW);
        match turn {
            Turn::Ask(_, Effect::Wechat(request)) => assert_eq!(request.scan, "s1"),
            _ => panic!("it is redeemed"),
        }
        assert_eq!(name(&state.clone().scan_changed(scan("s1", ScanState::Denied, None), NOW)), "Wechat");
        assert_eq!(
            name(&state.clone().scan_changed(scan("s1", ScanState::Expired, None), NOW)),
            "Wechat begin"
        );
        // Another tab was quicker: the refusal brings the change as it is now.
        assert_eq!(name(&state.scan_changed(scan("s1", ScanState::Consumed, None), NOW)), "Wechat redeem");
    }

    #[test]
    fn w3_at_another_way_a_scan_neither_tells_nor_redeems() {
        let state = at_wechat(scan("s1", ScanState::Waiting, Some("text")));
        let Turn::Stay(back) = state.act(Act::Back) else { panic!("back is the choice") };
        assert_eq!(back.watched(), None);
        let Turn::Stay(back) = back.scan_changed(scan("s1", ScanState::Confirmed, None), NOW) else {
            panic!("nobody is at it")
        };
        // Taking the way again is what redeems it.
        assert_eq!(name(&back.act(Act::Use(Way::Wechat))), "Wechat redeem");
    }

    #[test]
    fn f_15_reload_restarts_a_waiting_scan_and_keeps_a_scanned_one() {
        let resumed = |state| name(&StepUp::new(&identify(Some(scan("s1", state, None))), NOW).settle());
        assert_eq!(resumed(ScanState::Waiting), "Wechat begin");
        assert_eq!(resumed(ScanState::Scanned), "Wechat");
        assert_eq!(resumed(ScanState::Denied), "Choose");
        let confirmed = StepUp::new(&identify(Some(scan("s1", ScanState::Confirmed, None))), NOW);
        assert_eq!(name(&confirmed.by(Way::Wechat).settle()), "Wechat redeem");
    }

    #[test]
    fn a_redemption_that_was_refused_is_not_tried_again_by_itself() {
        let state = at_wechat(scan("s1", ScanState::Waiting, Some("text")));
        let Turn::Ask(state, _) = state.scan_changed(scan("s1", ScanState::Confirmed, None), NOW) else {
            panic!("it is redeemed")
        };
        let Turn::Stay(state) = state.refuse(&Refusal::WechatMismatch, None, NOW) else {
            panic!("its words are shown")
        };
        assert_eq!(name(&state.act(Act::Scan)), "Wechat begin");
    }

    #[test]
    fn f_13_forward_returns_to_the_way_that_was_left() {
        for (way, at) in [(Way::Sms, At::Sms), (Way::Password, At::Password), (Way::Wechat, At::Wechat)] {
            let state = StepUp::new(&identify(None), NOW).by(way);
            let Turn::Stay(back) = state.act(Act::Back) else { panic!("back is the choice") };
            let (Turn::Stay(forward) | Turn::Ask(forward, _)) = back.act(Act::Forward) else {
                panic!("forward is the way")
            };
            assert_eq!(forward.at, at);
        }
    }

    #[test]
    fn stp_04_a_closed_way_cannot_be_taken() {
        let mut record = change(1, ChangeStep::Identify { sent: None, scan: None });
        record.ways[0].closed = Some(Refusal::WayNotOpen);
        let turn = StepUp::new(&record, NOW).act(Act::Use(Way::Sms));
        assert_eq!(name(&turn), "Choose");
    }

    #[test]
    fn f_15_a_living_code_is_resumed_with_its_countdown() {
        let state = StepUp::new(&change(2, ChangeStep::Identify { sent: Some(sent()), scan: None }), NOW);
        assert_eq!(state.at, At::Sms);
        assert_eq!(state.code.retry_at, Some(NOW.after(60)));
    }

    #[test]
    fn p5_a_proven_change_leaves_with_its_record() {
        let state = StepUp::new(&change(2, ChangeStep::Identify { sent: None, scan: None }), NOW);
        let moved = change(3, ChangeStep::NewPhone { targets_left: 3 });
        assert_eq!(name(&state.reply(moved, NOW)), "moved");
    }

    #[test]
    fn g5_a_stale_write_redraws_from_the_fresh_record() {
        let state = StepUp {
            at: At::Password,
            ..StepUp::new(&change(1, ChangeStep::Identify { sent: None, scan: None }), NOW)
        };
        let fresh = change(2, ChangeStep::Identify { sent: Some(sent()), scan: None });
        match state.refuse(&Refusal::ChangeStale, Some(&fresh), NOW) {
            Turn::Stay(state) => {
                assert_eq!((state.at, state.change.version), (At::Sms, 2));
            }
            _ => panic!("the proof goes on"),
        }
    }
}
