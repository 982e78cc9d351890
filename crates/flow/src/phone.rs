//! Replacing the phone number (P1–P9).
//!
//! ```text
//! Proving ──proven──► Number ──Send──► Code ──Submit──► Bound
//!    ▲                 │ Back           │ Back ► Number
//!    └─────────────────┘
//! ```
//!
//! `Number` and `Code` are only ever built from a record whose step says so: the server recorded
//! the proof.

use crate::code::Code;
use crate::machine::{Machine, Moment, Turn};
use crate::proving::{self, Proving};
use crate::step_up::ChangeRef;
use contract::change::{Change, ChangeStep};
use contract::code::OneTimeCode;
use contract::me::Action;
use contract::outcome::GetOutcome;
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::refusal::Refusal;
use contract::scan::Scan;

const ACTION: Action = Action::Phone;

/// Where the wizard stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Phone {
    /// Its first half.
    Proving(Proving),
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

/// The steps as the URL names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a state of the machine")]
pub enum Step {
    Proving(proving::Step),
    Number,
    Code,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Something in the first half.
    Prove(proving::Act),
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
    /// One of the first half.
    Prove(proving::Effect),
    /// Send a code to the new number.
    Send(SendNewPhoneCode),
    /// Bind the new number.
    Bind(BindPhone),
    /// See what was bound already.
    Outcome(GetOutcome),
}

impl From<proving::Effect> for Effect {
    fn from(effect: proving::Effect) -> Self {
        Self::Prove(effect)
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
    /// The change with this id is to be looked up by [`Act::Forward`].
    #[must_use]
    pub fn open(id: String, step: Step) -> Self {
        let shown = match step {
            Step::Proving(step) => Some(step),
            Step::Number | Step::Code => None,
        };
        Self::Proving(Proving::open(ACTION, id, shown))
    }

    /// Before anything was begun.
    #[must_use]
    pub fn start() -> Self {
        Self::Proving(Proving::start(ACTION))
    }

    /// The step on the screen and in the URL.
    #[must_use]
    pub fn step(&self) -> Step {
        match self {
            Self::Proving(proving) => Step::Proving(proving.step()),
            Self::Number(_) => Step::Number,
            Self::Code(_) => Step::Code,
        }
    }

    /// The change under way, for the URL; none at the start.
    #[must_use]
    pub fn change(&self) -> Option<&ChangeRef> {
        match self {
            Self::Proving(proving) => proving.change(),
            Self::Number(target) | Self::Code(target) => Some(&target.change),
        }
    }

    /// The first half, while it is in it.
    #[must_use]
    pub fn proving(&self) -> Option<&Proving> {
        match self {
            Self::Proving(proving) => Some(proving),
            _ => None,
        }
    }

    fn proved(turn: Turn<Proving>) -> Turn<Self> {
        turn.lift(Self::Proving, |exit| match exit {
            proving::Exit::Left => Turn::Leave(Exit::Left),
            proving::Exit::Proven(change, at) => Self::proven(&change, at),
        })
    }

    fn proven(change: &Change, at: Moment) -> Turn<Self> {
        let target = |targets_left, code| Target { change: change.into(), targets_left, code, typed: None };
        match &change.step {
            ChangeStep::NewPhone { targets_left } => {
                Turn::Stay(Self::Number(target(*targets_left, Code::default())))
            }
            ChangeStep::NewCode { sent, targets_left } => {
                Turn::Stay(Self::Code(target(*targets_left, Code::sent(sent.clone(), at))))
            }
            ChangeStep::PhoneBound { .. } => Turn::Leave(Exit::Bound(change.id.clone())),
            // A step that no change of a phone has.
            _ => Turn::Stay(Self::start()),
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
            (Self::Proving(proving), Act::Prove(act)) => Self::proved(proving.act(act)),
            (Self::Proving(proving), Act::Back) => Self::proved(proving.act(proving::Act::Back)),
            (Self::Proving(proving), Act::Forward) => Self::proved(proving.act(proving::Act::Forward)),
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
            (Self::Number(target), Act::Back) => {
                Turn::Stay(Self::Proving(Proving::back_from(ACTION, target.change)))
            }
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
        match self {
            Self::Proving(proving) => Self::proved(proving.reply(change, at)),
            Self::Number(Target { typed, .. }) | Self::Code(Target { typed, .. }) => {
                match Self::proved(Proving::resume(ACTION, change, at)) {
                    Turn::Stay(Self::Code(target)) => Turn::Stay(Self::Code(Target { typed, ..target })),
                    turn => turn,
                }
            }
        }
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Moment) -> Turn<Self> {
        Turn::Stay(match (self, fresh) {
            (Self::Proving(proving), fresh) => return Self::proved(proving.refuse(refusal, fresh, at)),
            // The change stands elsewhere than this tab thought, or its proof is too old: redraw.
            (_, Some(change)) => return Self::proved(Proving::resume(ACTION, change.clone(), at)),
            _ if *refusal == Refusal::ChangeGone => Self::start(),
            // Bound by an earlier press whose answer was lost, with another code than this one.
            (Self::Code(target), None) if *refusal == Refusal::KeyReused => {
                let outcome = GetOutcome { key: target.change.id.clone() };
                return Turn::Ask(Self::Code(target), Effect::Outcome(outcome));
            }
            // What was named was not accepted: no code went to it.
            (Self::Number(target), None) => Self::Number(Target { typed: None, ..target }),
            (Self::Code(target), None) => {
                let code = target.code.clone().refused(refusal, at);
                Self::Code(Target { code, ..target })
            }
        })
    }

    fn watched(&self) -> Option<&str> {
        self.proving()?.watched()
    }

    fn news(self, scan: Scan, at: Moment) -> Turn<Self> {
        match self {
            Self::Proving(proving) => Self::proved(proving.news(scan, at)),
            state => Turn::Stay(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_up::tests::{NOW, change, sent, six_digits};
    use contract::account::Way;

    fn at(step: ChangeStep) -> Phone {
        match Phone::start().reply(change(3, step), NOW) {
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
        let step = |phone: &Phone| match phone.step() {
            Step::Proving(step) => format!("{step:?}"),
            step => format!("{step:?}"),
        };
        match turn {
            Turn::Stay(phone) => step(phone),
            Turn::Ask(phone, Effect::Prove(_)) => step(phone) + " prove",
            Turn::Ask(phone, Effect::Send(_)) => step(phone) + " send",
            Turn::Ask(phone, Effect::Bind(_)) => step(phone) + " bind",
            Turn::Ask(phone, Effect::Outcome(_)) => step(phone) + " outcome",
            Turn::Leave(Exit::Bound(_)) => "bound".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            Act::Prove(proving::Act::Begin),
            Act::Name("13900000001".into()),
            Act::Resend,
            Act::Submit(six_digits()),
            Act::Back,
            Act::Forward,
        ];
        let identify = at(ChangeStep::Identify { sent: None, scan: None });
        let table = [
            (
                Phone::open("c1".into(), Step::Number),
                ["Opening", "Opening", "Opening", "Opening", "Opening", "Opening prove"],
            ),
            (Phone::start(), ["Start prove", "Start", "Start", "Start", "left", "Start"]),
            (identify, ["Choose", "Choose", "Choose", "Choose", "Start", "Choose"]),
            (number(), ["Number", "Number send", "Number", "Number", "Start", "Number"]),
            (code(), ["Code", "Code", "Code send", "Code bind", "Number", "Code"]),
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
            let turn = at(ChangeStep::Identify { sent: None, scan: None }).act(act);
            assert_eq!(name(&turn), "Choose");
        }
        let proven = change(4, ChangeStep::NewPhone { targets_left: 3 });
        assert_eq!(name(&at(ChangeStep::Identify { sent: None, scan: None }).reply(proven, NOW)), "Number");
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
        let fresh = change(6, ChangeStep::Identify { sent: None, scan: None });
        let turn = number().refuse(&Refusal::StepUpNeeded { ways: vec![Way::Sms] }, Some(&fresh), NOW);
        assert_eq!(name(&turn), "Choose");
    }

    #[test]
    fn a_change_that_is_gone_begins_again() {
        for state in [
            Phone::open("c1".into(), Step::Code),
            at(ChangeStep::Identify { sent: None, scan: None }),
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
    fn idm_1_another_code_after_a_lost_answer_asks_what_happened() {
        let turn = code().refuse(&Refusal::KeyReused, None, NOW);
        assert_eq!(name(&turn), "Code outcome");
        let Turn::Ask(asked, _) = turn else { panic!("it asks") };
        let bound = change(7, ChangeStep::PhoneBound { phone: "139****0001".into() });
        assert_eq!(name(&asked.reply(bound, NOW)), "bound");
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
    fn stp_06_a_change_of_the_password_is_not_gone_on_with() {
        let foreign = Change { action: Action::Password, ..change(4, ChangeStep::NewPassword) };
        assert_eq!(name(&Phone::open("c1".into(), Step::Code).reply(foreign.clone(), NOW)), "Start");
        assert_eq!(name(&number().reply(foreign, NOW)), "Start");
    }

    #[test]
    fn f_15_a_reload_stays_at_the_step_of_the_record() {
        let open = || Phone::open("c1".into(), Step::Proving(proving::Step::Sms));
        assert_eq!(
            name(&open().reply(change(2, ChangeStep::Identify { sent: None, scan: None }), NOW)),
            "Sms"
        );
        let code = ChangeStep::NewCode { sent: sent(), targets_left: 2 };
        assert_eq!(name(&open().reply(change(5, code), NOW)), "Code");
    }
}
