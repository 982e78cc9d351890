//! Replacing the phone number (P1–P9).
//!
//! ```text
//! Proving ──proven──► Number ──Name──► Code ──Submit──► Done
//!    ▲                 │ Back           │ Back ► Number
//!    └─────────────────┘
//! ```

use crate::code::Code;
use crate::machine::{Instant, Turn};
use crate::step_up::ChangeRef;
use crate::wizard::{Exit, Half, Wizard};
use contract::change::{Change, ChangeStep};
use contract::code::OneTimeCode;
use contract::me::Action;
use contract::outcome::GetOutcome;
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::refusal::Refusal;

/// The whole wizard.
pub type Phone = Wizard<NewPhone>;

/// Where its own half stands.
#[derive(Clone, Debug, PartialEq)]
pub enum NewPhone {
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
#[expect(missing_docs, reason = "each is a state of the half")]
pub enum Step {
    Number,
    Code,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Names the new number, as typed.
    Name(String),
    /// Asks for another code to the same number.
    Resend,
    /// Gives the code.
    Submit(OneTimeCode),
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// Send a code to the new number.
    Send(SendNewPhoneCode),
    /// Bind the new number.
    Bind(BindPhone),
    /// See what was bound already.
    Outcome(GetOutcome),
}

impl Target {
    fn send(self, phone: Option<String>, state: fn(Self) -> NewPhone) -> Turn<Phone> {
        let effect = SendNewPhoneCode {
            change: self.change.id.clone(),
            version: self.change.version,
            phone: phone.clone(),
        };
        let typed = phone.or_else(|| self.typed.clone());
        state(Self { typed, ..self }).asks(Effect::Send(effect))
    }
}

impl NewPhone {
    fn target(&self) -> &Target {
        match self {
            Self::Number(target) | Self::Code(target) => target,
        }
    }
}

impl Half for NewPhone {
    const ACTION: Action = Action::Phone;
    type Step = Step;
    type Act = Act;
    type Effect = Effect;

    fn step(&self) -> Step {
        match self {
            Self::Number(_) => Step::Number,
            Self::Code(_) => Step::Code,
        }
    }

    fn change(&self) -> &ChangeRef {
        &self.target().change
    }

    fn proven(change: Change, known: Option<Self>, at: Instant) -> Turn<Phone> {
        let typed = known.and_then(|half| half.target().typed.clone());
        let reference = ChangeRef::from(&change);
        let target = |targets_left, code, typed| Target { change: reference, targets_left, code, typed };
        match change.step {
            ChangeStep::NewPhone { targets_left } => {
                Self::Number(target(targets_left, Code::default(), None)).stays()
            }
            ChangeStep::NewCode { sent, targets_left } => {
                Self::Code(target(targets_left, Code::sent(sent, at), typed)).stays()
            }
            ChangeStep::PhoneBound { .. } => Turn::Leave(Exit::Done(change.id)),
            // A step that no change of a phone has.
            _ => Turn::Stay(Wizard::start()),
        }
    }

    fn act(self, act: Act) -> Turn<Phone> {
        match (self, act) {
            // The number is the one the code is on its way to: nothing to ask, nothing to pay.
            (Self::Number(target), Act::Name(phone))
                if target.code.sent.is_some() && target.typed.as_ref() == Some(&phone) =>
            {
                Self::Code(target).stays()
            }
            (Self::Number(target), Act::Name(phone)) => target.send(Some(phone), Self::Number),
            (Self::Code(target), Act::Resend) => target.send(None, Self::Code),
            (Self::Code(target), Act::Submit(code)) => {
                let bind = BindPhone {
                    change: target.change.id.clone(),
                    version: target.change.version,
                    code: code.as_str().into(),
                };
                Self::Code(target).asks(Effect::Bind(bind))
            }
            (half, _) => half.stays(),
        }
    }

    fn back(self) -> Turn<Phone> {
        match self {
            Self::Number(_) => Wizard::back_to_start(&self),
            Self::Code(target) => Self::Number(target).stays(),
        }
    }

    fn forward(self) -> Turn<Phone> {
        match self {
            Self::Number(target) if target.code.sent.is_some() => Self::Code(target).stays(),
            half => half.stays(),
        }
    }

    /// Another number may have been named elsewhere.
    fn doubted(self) -> Self {
        match self {
            Self::Number(target) => Self::Number(Target { typed: None, ..target }),
            Self::Code(target) => Self::Code(Target { typed: None, ..target }),
        }
    }

    fn refuse(self, refusal: &Refusal, at: Instant) -> Turn<Phone> {
        match self {
            // Bound by an earlier press whose answer was lost, with another code than this one.
            Self::Code(target) if *refusal == Refusal::KeyReused => {
                let outcome = GetOutcome { key: target.change.id.clone() };
                Self::Code(target).asks(Effect::Outcome(outcome))
            }
            // What was named was not accepted: no code went to it.
            Self::Number(target) => Self::Number(Target { typed: None, ..target }).stays(),
            Self::Code(target) => {
                let code = target.code.clone().refused(refusal, at);
                Self::Code(Target { code, ..target }).stays()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::step_up::tests::{NOW, change, sent, six_digits};
    use crate::{proving, wizard};
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
            wizard::Step::Proving(step) => format!("{step:?}"),
            wizard::Step::Then(step) => format!("{step:?}"),
        };
        match turn {
            Turn::Stay(phone) => step(phone),
            Turn::Ask(phone, wizard::Effect::Prove(_)) => step(phone) + " prove",
            Turn::Ask(phone, wizard::Effect::Then(Effect::Send(_))) => step(phone) + " send",
            Turn::Ask(phone, wizard::Effect::Then(Effect::Bind(_))) => step(phone) + " bind",
            Turn::Ask(phone, wizard::Effect::Then(Effect::Outcome(_))) => step(phone) + " outcome",
            Turn::Leave(Exit::Done(_)) => "bound".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            wizard::Act::Prove(proving::Act::Begin),
            wizard::Act::Then(Act::Name("13900000001".into())),
            wizard::Act::Then(Act::Resend),
            wizard::Act::Then(Act::Submit(six_digits())),
            wizard::Act::Back,
            wizard::Act::Forward,
        ];
        let identify = at(ChangeStep::Identify { sent: None, scan: None });
        let table = [
            (
                Phone::open("c1".into(), wizard::Step::Then(Step::Number)),
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
    fn stp_06_acts_before_the_proof_do_not_reach_the_number() {
        let acts = [
            wizard::Act::Then(Act::Name("13900000001".into())),
            wizard::Act::Then(Act::Submit(six_digits())),
            wizard::Act::Then(Act::Resend),
            wizard::Act::Forward,
        ];
        for act in acts {
            let turn = at(ChangeStep::Identify { sent: None, scan: None }).act(act);
            assert_eq!(name(&turn), "Choose");
        }
        let proven = change(4, ChangeStep::NewPhone { targets_left: 3 });
        assert_eq!(name(&at(ChangeStep::Identify { sent: None, scan: None }).reply(proven, NOW)), "Number");
    }

    #[test]
    fn f_13_back_and_the_same_number_again_sends_no_second_code() {
        let Turn::Ask(asked, wizard::Effect::Then(Effect::Send(_))) =
            number().act(wizard::Act::Then(Act::Name("13900000001".into())))
        else {
            panic!("naming a number sends a code")
        };
        let sent = change(5, ChangeStep::NewCode { sent: sent(), targets_left: 2 });
        let Turn::Stay(at_code) = asked.reply(sent, NOW) else { panic!("the code is awaited") };
        let Turn::Stay(back) = at_code.act(wizard::Act::Back) else { panic!("one step back") };
        assert_eq!(name(&back.clone().act(wizard::Act::Then(Act::Name("13900000001".into())))), "Code");
        assert_eq!(name(&back.clone().act(wizard::Act::Forward)), "Code");
        assert_eq!(name(&back.act(wizard::Act::Then(Act::Name("13900000002".into())))), "Number send");
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
            Phone::open("c1".into(), wizard::Step::Then(Step::Code)),
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
        let later = Instant(30_000.0);
        match code().refuse(&Refusal::SendTooOften { after: 12 }, None, later) {
            Turn::Stay(Wizard::Then(NewPhone::Code(target))) => {
                assert_eq!(target.code.retry_at, Some(later.after(12)))
            }
            _ => panic!("the code is still awaited"),
        }
    }

    #[test]
    fn stp_06_a_change_of_the_password_is_not_gone_on_with() {
        let foreign = Change { action: Action::Password, ..change(4, ChangeStep::NewPassword) };
        assert_eq!(
            name(&Phone::open("c1".into(), wizard::Step::Then(Step::Code)).reply(foreign.clone(), NOW)),
            "Start"
        );
        assert_eq!(name(&number().reply(foreign, NOW)), "Start");
    }

    #[test]
    fn f_15_a_reload_stays_at_the_step_of_the_record() {
        let open = || Phone::open("c1".into(), wizard::Step::Proving(proving::Step::Sms));
        assert_eq!(
            name(&open().reply(change(2, ChangeStep::Identify { sent: None, scan: None }), NOW)),
            "Sms"
        );
        let code = ChangeStep::NewCode { sent: sent(), targets_left: 2 };
        assert_eq!(name(&open().reply(change(5, code), NOW)), "Code");
    }
}
