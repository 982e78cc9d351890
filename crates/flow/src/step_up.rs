//! Proving the old identity inside a change; shared by every wizard (P5).
//!
//! ```text
//! Choose ──UseSms──► Sms ──Send, Submit──► Proved
//!    │                 │ Back ► Choose
//!    └─UsePassword──► Password ──Submit──► Proved
//! ```

use crate::code::Code;
use crate::machine::{Machine, Moment, Turn};
use contract::account::{Way, WayOffer};
use contract::change::{Change, ChangeStep};
use contract::code::OneTimeCode;
use contract::refusal::Refusal;
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms};

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
}

/// How it ends.
#[derive(Debug, PartialEq)]
pub enum Exit {
    /// The change went on; its fresh record says where.
    Moved(Change, Moment),
    /// The person went back out of it.
    Left(ChangeRef),
}

impl StepUp {
    /// The proof of a change at [`ChangeStep::Identify`].
    #[must_use]
    pub fn new(change: &Change, at: Moment) -> Self {
        let mut step_up = Self {
            change: change.into(),
            ways: change.ways.clone(),
            code: Code::default(),
            at: At::Choose,
            left: None,
        };
        if let ChangeStep::Identify { sent: Some(sent), .. } = &change.step {
            step_up.code = Code::sent(sent.clone(), at);
            step_up.at = At::Sms;
        }
        step_up
    }

    /// The same proof at the step of a way, if that is open; else where it was.
    #[must_use]
    pub fn by(self, way: Way) -> Self {
        let at = match way {
            Way::Sms if self.is_open(way) => At::Sms,
            Way::Password if self.is_open(way) => At::Password,
            _ => self.at,
        };
        Self { at, ..self }
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
            (At::Choose, Act::Use(way)) => Turn::Stay(self.by(way)),
            (At::Sms, Act::Send) => {
                self.asks(|c| Effect::Send(SendStepUpCode { change: c.id, version: c.version }))
            }
            (At::Sms, Act::SubmitCode(code)) => self.asks(|c| {
                Effect::Sms(StepUpBySms { change: c.id, version: c.version, code: code.as_str().into() })
            }),
            (At::Password, Act::SubmitPassword(password)) => self
                .asks(|c| Effect::Password(StepUpByPassword { change: c.id, version: c.version, password })),
            (At::Sms, Act::Back) => Turn::Stay(Self { at: At::Choose, left: Some(Way::Sms), ..self }),
            (At::Password, Act::Back) => {
                Turn::Stay(Self { at: At::Choose, left: Some(Way::Password), ..self })
            }
            (At::Choose, Act::Forward) => Turn::Stay(match self.left {
                Some(way) => self.by(way),
                None => self,
            }),
            (At::Choose, Act::Back) => Turn::Leave(Exit::Left(self.change)),
            _ => Turn::Stay(self),
        }
    }

    fn reply(self, change: Change, at: Moment) -> Turn<Self> {
        match change.step {
            // Still unproven: a code was sent.
            ChangeStep::Identify { .. } => Turn::Stay(Self::new(&change, at)),
            _ => Turn::Leave(Exit::Moved(change, at)),
        }
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Moment) -> Turn<Self> {
        match fresh {
            Some(change) => self.reply(change.clone(), at),
            None => {
                let code = self.code.clone().refused(refusal, at);
                Turn::Stay(Self { code, ..self })
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use contract::code::SentCode;
    use contract::me::Action;

    pub(crate) const NOW: Moment = Moment(1_000.0);

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
            ways: vec![open(Way::Sms), open(Way::Password)],
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
            Turn::Leave(Exit::Moved(..)) => "moved".into(),
            Turn::Leave(Exit::Left(_)) => "left".into(),
        }
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
            Act::Back,
            Act::Forward,
        ];
        let table = [
            (At::Choose, ["Sms", "Password", "Choose", "Choose", "Choose", "Choose", "left", "Choose"]),
            (At::Sms, ["Sms", "Sms", "Sms", "Sms send", "Sms check code", "Sms", "Choose", "Sms"]),
            (
                At::Password,
                [
                    "Password",
                    "Password",
                    "Password",
                    "Password",
                    "Password",
                    "Password check password",
                    "Choose",
                    "Password",
                ],
            ),
        ];
        for (at, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                let state = StepUp {
                    at,
                    ..StepUp::new(&change(1, ChangeStep::Identify { sent: None, scan: None }), NOW)
                };
                assert_eq!(name(&state.act(act)), expected, "{at:?}");
            }
        }
    }

    #[test]
    fn f_13_forward_returns_to_the_way_that_was_left() {
        for (way, at) in [(Way::Sms, At::Sms), (Way::Password, At::Password)] {
            let state = StepUp::new(&change(1, ChangeStep::Identify { sent: None, scan: None }), NOW).by(way);
            let Turn::Stay(back) = state.act(Act::Back) else { panic!("back is the choice") };
            let Turn::Stay(forward) = back.act(Act::Forward) else { panic!("forward is the way") };
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
