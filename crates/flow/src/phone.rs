//! Replacing the phone number (P1–P9).
//!
//! ```text
//! Opening ──► wherever the change of the URL stands
//! Start ──Begin──► StepUp ──proved──► Number ──Send──► Code ──Submit──► Bound
//!   ▲ Back           │ Back             │ Back           │ Back ► Number
//!   └────────────────┴──────────────────┘
//! ```
//!
//! `Number` and `Code` are only ever built from a record whose step says so: the server recorded
//! the proof.

use crate::code::Code;
use crate::machine::{Machine, Moment, Turn};
use crate::step_up::{self, ChangeRef, StepUp};
use contract::account::Way;
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::code::OneTimeCode;
use contract::me::Action;
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::refusal::Refusal;

/// Where the wizard stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Phone {
    /// A change named by the URL is being looked up, and the way of proof the URL shows, if any.
    Opening(ChangeRef, Option<Way>),
    /// What will happen; `begun` is the change the person came back from.
    Start {
        /// A change that can be gone on with.
        begun: Option<ChangeRef>,
    },
    /// The old identity is being proven.
    StepUp(StepUp),
    /// The new number is being named.
    Number(Target),
    /// The code to the new number is being typed.
    Code(Target),
}

/// The new number, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The proven change.
    pub change: ChangeRef,
    /// New numbers that may still be tried (P5).
    pub targets_left: u32,
    /// The code to the number that was named last.
    pub code: Code,
    /// That number as it was typed here; unknown after a reload.
    pub typed: Option<String>,
}

/// The steps as the URL names them, in the order a person meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is a state of the machine or of its step-up")]
pub enum Step {
    Opening,
    Start,
    Choose,
    Sms,
    Password,
    Number,
    Code,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Sets out.
    Begin,
    /// Proves the old identity.
    StepUp(step_up::Act),
    /// Names the new number, as typed.
    Name(String),
    /// Asks for another code to the same number.
    Resend,
    /// Gives the code.
    Submit(OneTimeCode),
    /// One step back; from the start, out.
    Back,
    /// Forward again to where the change stands.
    Forward,
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// Begin a change.
    Start(StartChange),
    /// See where a change stands.
    Get(GetChange),
    /// Prove the old identity.
    StepUp(step_up::Effect),
    /// Send a code to the new number.
    Send(SendNewPhoneCode),
    /// Bind the new number.
    Bind(BindPhone),
}

impl From<step_up::Effect> for Effect {
    fn from(effect: step_up::Effect) -> Self {
        Self::StepUp(effect)
    }
}

/// How it ends.
#[derive(Debug, PartialEq)]
pub enum Exit {
    /// The new number is bound; the outcome is found under the change's id.
    Bound(String),
    /// The person went back from the start.
    Left,
}

impl Phone {
    /// A reload, a second tab, a link: the change with this id is to be looked up by
    /// [`Act::Forward`]. Of the step in the URL only the way of proof counts, for the record does
    /// not know it before a code was sent.
    #[must_use]
    pub fn open(id: String, step: Step) -> Self {
        let way = match step {
            Step::Sms => Some(Way::Sms),
            Step::Password => Some(Way::Password),
            _ => None,
        };
        Self::Opening(ChangeRef { id, version: 0 }, way)
    }

    /// Before anything was begun.
    #[must_use]
    pub fn start() -> Self {
        Self::Start { begun: None }
    }

    /// The wizard of a change that is under way; it stays or has left.
    #[must_use]
    pub fn resume(change: &Change, at: Moment) -> Turn<Self> {
        let target = |targets_left, code| Target { change: change.into(), targets_left, code, typed: None };
        match &change.step {
            ChangeStep::Identify { .. } => Turn::Stay(Self::StepUp(StepUp::new(change, at))),
            ChangeStep::NewPhone { targets_left } => {
                Turn::Stay(Self::Number(target(*targets_left, Code::default())))
            }
            ChangeStep::NewCode { sent, targets_left } => {
                Turn::Stay(Self::Code(target(*targets_left, Code::sent(sent.clone(), at))))
            }
            ChangeStep::PhoneBound { .. } => Turn::Leave(Exit::Bound(change.id.clone())),
        }
    }

    /// The step on the screen and in the URL.
    #[must_use]
    pub fn step(&self) -> Step {
        match self {
            Self::Opening(..) => Step::Opening,
            Self::Start { .. } => Step::Start,
            Self::StepUp(step_up) => match step_up.at {
                step_up::At::Choose => Step::Choose,
                step_up::At::Sms => Step::Sms,
                step_up::At::Password => Step::Password,
            },
            Self::Number(_) => Step::Number,
            Self::Code(_) => Step::Code,
        }
    }

    /// The change under way, for the URL; none at the start.
    #[must_use]
    pub fn change(&self) -> Option<&ChangeRef> {
        match self {
            Self::Start { .. } => None,
            Self::Opening(change, _) => Some(change),
            Self::StepUp(step_up) => Some(&step_up.change),
            Self::Number(target) | Self::Code(target) => Some(&target.change),
        }
    }

    fn left_step_up(exit: step_up::Exit) -> Turn<Self> {
        match exit {
            step_up::Exit::Moved(change, at) => Self::resume(&change, at),
            step_up::Exit::Left(change) => Turn::Stay(Self::Start { begun: Some(change) }),
        }
    }
}

impl Target {
    fn send(self, phone: Option<String>, state: fn(Self) -> Phone) -> Turn<Phone> {
        let effect = SendNewPhoneCode {
            change: self.change.id.clone(),
            version: self.change.version,
            phone: phone.clone(),
        };
        let typed = phone.or_else(|| self.typed.clone());
        Turn::Ask(state(Self { typed, ..self }), Effect::Send(effect))
    }
}

impl Machine for Phone {
    type Act = Act;
    type Effect = Effect;
    type Reply = Change;
    type Exit = Exit;

    fn act(self, act: Act) -> Turn<Self> {
        match (self, act) {
            (Self::Opening(change, way), Act::Forward) => {
                let effect = Effect::Get(GetChange { change: change.id.clone() });
                Turn::Ask(Self::Opening(change, way), effect)
            }
            (Self::Start { begun: None }, Act::Begin) => {
                Turn::Ask(Self::start(), Effect::Start(StartChange { action: Action::Phone }))
            }
            (Self::Start { begun: Some(change) }, Act::Begin | Act::Forward) => {
                let effect = Effect::Get(GetChange { change: change.id.clone() });
                Turn::Ask(Self::Start { begun: Some(change) }, effect)
            }
            (Self::Start { .. }, Act::Back) => Turn::Leave(Exit::Left),
            (Self::StepUp(step_up), Act::StepUp(act)) => {
                step_up.act(act).lift(Self::StepUp, Self::left_step_up)
            }
            (Self::StepUp(step_up), Act::Back) => {
                step_up.act(step_up::Act::Back).lift(Self::StepUp, Self::left_step_up)
            }
            (Self::StepUp(step_up), Act::Forward) => {
                step_up.act(step_up::Act::Forward).lift(Self::StepUp, Self::left_step_up)
            }
            // The number is the one the code is on its way to: nothing to ask, nothing to pay.
            (Self::Number(target), Act::Name(phone))
                if target.code.sent.is_some() && target.typed.as_ref() == Some(&phone) =>
            {
                Turn::Stay(Self::Code(target))
            }
            (Self::Number(target), Act::Name(phone)) => target.send(Some(phone), Self::Number),
            (Self::Number(target), Act::Forward) if target.code.sent.is_some() => {
                Turn::Stay(Self::Code(target))
            }
            (Self::Number(target), Act::Back) => Turn::Stay(Self::Start { begun: Some(target.change) }),
            (Self::Code(target), Act::Resend) => target.send(None, Self::Code),
            (Self::Code(target), Act::Submit(code)) => {
                let bind = BindPhone {
                    change: target.change.id.clone(),
                    version: target.change.version,
                    code: code.as_str().into(),
                };
                Turn::Ask(Self::Code(target), Effect::Bind(bind))
            }
            (Self::Code(target), Act::Back) => Turn::Stay(Self::Number(target)),
            (state, _) => Turn::Stay(state),
        }
    }

    fn reply(self, change: Change, at: Moment) -> Turn<Self> {
        let (typed, way) = match self {
            Self::StepUp(step_up) => return step_up.reply(change, at).lift(Self::StepUp, Self::left_step_up),
            Self::Opening(_, way) => (None, way),
            Self::Start { .. } => (None, None),
            Self::Number(target) | Self::Code(target) => (target.typed, None),
        };
        match Self::resume(&change, at) {
            Turn::Stay(Self::StepUp(step_up)) => {
                Turn::Stay(Self::StepUp(way.into_iter().fold(step_up, StepUp::by)))
            }
            Turn::Stay(Self::Code(target)) => Turn::Stay(Self::Code(Target { typed, ..target })),
            turn => turn,
        }
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Moment) -> Turn<Self> {
        // The change stands elsewhere than this tab thought, or its proof is too old: redraw.
        if let Some(change) = fresh {
            return Self::resume(change, at);
        }
        Turn::Stay(match self {
            _ if *refusal == Refusal::ChangeGone => Self::start(),
            Self::StepUp(step_up) => {
                return step_up.refuse(refusal, None, at).lift(Self::StepUp, Self::left_step_up);
            }
            // What was named was not accepted: no code went to it.
            Self::Number(target) => Self::Number(Target { typed: None, ..target }),
            Self::Code(target) => {
                let code = target.code.clone().refused(refusal, at);
                Self::Code(Target { code, ..target })
            }
            state @ (Self::Opening(..) | Self::Start { .. }) => state,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_up::tests::{NOW, change, sent, six_digits};

    fn at(step: ChangeStep) -> Phone {
        match Phone::resume(&change(3, step), NOW) {
            Turn::Stay(phone) => phone,
            _ => panic!("a change under way stays"),
        }
    }

    fn number() -> Phone {
        at(ChangeStep::NewPhone { targets_left: 3 })
    }

    fn code() -> Phone {
        at(ChangeStep::NewCode { sent: sent(), targets_left: 2 })
    }

    fn name(turn: &Turn<Phone>) -> String {
        match turn {
            Turn::Stay(phone) => format!("{:?}", phone.step()),
            Turn::Ask(phone, effect) => {
                let effect = match effect {
                    Effect::Start(_) => "start",
                    Effect::Get(_) => "get",
                    Effect::StepUp(_) => "step up",
                    Effect::Send(_) => "send",
                    Effect::Bind(_) => "bind",
                };
                format!("{:?} {effect}", phone.step())
            }
            Turn::Leave(Exit::Bound(_)) => "bound".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            Act::Begin,
            Act::StepUp(step_up::Act::Use(Way::Sms)),
            Act::Name("13900000001".into()),
            Act::Resend,
            Act::Submit(six_digits()),
            Act::Back,
            Act::Forward,
        ];
        let begun = Phone::Start { begun: Some(ChangeRef { id: "c1".into(), version: 3 }) };
        let identify = at(ChangeStep::Identify { sent: None });
        let table = [
            (
                Phone::open("c1".into(), Step::Choose),
                ["Opening", "Opening", "Opening", "Opening", "Opening", "Opening", "Opening get"],
            ),
            (Phone::start(), ["Start start", "Start", "Start", "Start", "Start", "left", "Start"]),
            (begun, ["Start get", "Start", "Start", "Start", "Start", "left", "Start get"]),
            (identify, ["Choose", "Sms", "Choose", "Choose", "Choose", "Start", "Choose"]),
            (number(), ["Number", "Number", "Number send", "Number", "Number", "Start", "Number"]),
            (code(), ["Code", "Code", "Code", "Code send", "Code bind", "Number", "Code"]),
        ];
        for (state, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                assert_eq!(name(&state.clone().act(act)), expected, "{state:?}");
            }
        }
    }

    #[test]
    fn stp_06_no_act_reaches_the_number_before_the_record_says_proven() {
        let acts = [Act::Name("13900000001".into()), Act::Submit(six_digits()), Act::Resend, Act::Forward];
        for act in acts {
            let turn = at(ChangeStep::Identify { sent: None }).act(act);
            assert_eq!(name(&turn), "Choose");
        }
        let proven = change(4, ChangeStep::NewPhone { targets_left: 3 });
        assert_eq!(name(&at(ChangeStep::Identify { sent: None }).reply(proven, NOW)), "Number");
    }

    #[test]
    fn f_13_back_and_the_same_number_again_sends_no_second_code() {
        let Turn::Ask(asked, Effect::Send(_)) = number().act(Act::Name("13900000001".into())) else {
            panic!("naming a number sends a code")
        };
        let sent = change(5, ChangeStep::NewCode { sent: sent(), targets_left: 2 });
        let Turn::Stay(at_code) = asked.reply(sent, NOW) else { panic!("the code is awaited") };
        let Turn::Stay(back) = at_code.act(Act::Back) else { panic!("one step back") };
        assert_eq!(name(&back.clone().act(Act::Name("13900000001".into()))), "Code");
        assert_eq!(name(&back.clone().act(Act::Forward)), "Code");
        assert_eq!(name(&back.act(Act::Name("13900000002".into()))), "Number send");
    }

    #[test]
    fn p5_an_old_proof_returns_to_the_step_up() {
        let fresh = change(6, ChangeStep::Identify { sent: None });
        let turn = number().refuse(&Refusal::StepUpNeeded { ways: vec![Way::Sms] }, Some(&fresh), NOW);
        assert_eq!(name(&turn), "Choose");
    }

    #[test]
    fn a_change_that_is_gone_begins_again() {
        for state in [
            Phone::open("c1".into(), Step::Choose),
            at(ChangeStep::Identify { sent: None }),
            number(),
            code(),
        ] {
            assert_eq!(name(&state.refuse(&Refusal::ChangeGone, None, NOW)), "Start");
        }
    }

    #[test]
    fn p6_the_bound_number_ends_the_wizard() {
        let bound = change(7, ChangeStep::PhoneBound { phone: "139****0001".into() });
        assert_eq!(name(&code().reply(bound, NOW)), "bound");
    }

    #[test]
    fn g2_a_refused_resend_moves_the_countdown() {
        let later = Moment(30_000.0);
        match code().refuse(&Refusal::SendTooOften { after: 12 }, None, later) {
            Turn::Stay(Phone::Code(target)) => assert_eq!(target.code.retry_at, Some(later.after(12))),
            _ => panic!("the code is still awaited"),
        }
    }

    #[test]
    fn f_15_a_reload_stays_at_the_way_of_the_url() {
        let record = || change(2, ChangeStep::Identify { sent: None });
        for step in [Step::Choose, Step::Sms, Step::Password] {
            let turn = Phone::open("c1".into(), step).reply(record(), NOW);
            assert_eq!(name(&turn), format!("{step:?}"));
        }
        let closed = Change { ways: Vec::new(), ..record() };
        assert_eq!(name(&Phone::open("c1".into(), Step::Sms).reply(closed, NOW)), "Choose");
    }
}
