//! Setting or replacing the password.
//!
//! ```text
//! Proving ──proven──► New ──Set──► Done
//!    ▲                 │ Back
//!    └─────────────────┘
//! ```

use crate::machine::{Instant, Turn};
use crate::step_up::ChangeRef;
use crate::wizard::{Exit, Half, Wizard};
use contract::change::{Change, ChangeStep};
use contract::me::Action;
use contract::password::SetPassword;
use contract::refusal::Refusal;

/// The whole wizard.
pub type Password = Wizard<NewPassword>;

/// Its own half: the new password is being typed, for this proven change.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPassword(pub ChangeRef);

/// The steps as the URL names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the state of the half")]
pub enum Step {
    New,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Gives the new password.
    Set(String),
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// Set the new password.
    Set(SetPassword),
}

impl Half for NewPassword {
    const ACTION: Action = Action::Password;
    type Step = Step;
    type Act = Act;
    type Effect = Effect;

    fn step(&self) -> Step {
        Step::New
    }

    fn change(&self) -> &ChangeRef {
        &self.0
    }

    fn proven(change: Change, _: Option<Self>, _: Instant) -> Turn<Password> {
        match change.step {
            ChangeStep::NewPassword => Self((&change).into()).stays(),
            ChangeStep::PasswordSet => Turn::Leave(Exit::Done(change.id)),
            // A step that no change of a password has.
            _ => Turn::Stay(Wizard::start()),
        }
    }

    fn act(self, Act::Set(new_password): Act) -> Turn<Password> {
        let set = SetPassword { change: self.0.id.clone(), version: self.0.version, new_password };
        self.asks(Effect::Set(set))
    }

    fn refuse(self, _: &Refusal, _: Instant) -> Turn<Password> {
        self.stays()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::step_up::tests::{NOW, change};
    use crate::{proving, wizard};
    use contract::account::Way;
    use contract::refusal::PasswordFlaw;

    fn record(version: u32, step: ChangeStep) -> Change {
        Change { action: NewPassword::ACTION, ..change(version, step) }
    }

    fn at(step: ChangeStep) -> Password {
        match Password::start().reply(record(3, step), NOW) {
            Turn::Stay(password) => password,
            _ => panic!("a change under way stays"),
        }
    }

    fn name(turn: &Turn<Password>) -> String {
        let step = |password: &Password| match password.step() {
            wizard::Step::Proving(step) => format!("{step:?}"),
            wizard::Step::Then(step) => format!("{step:?}"),
        };
        match turn {
            Turn::Stay(password) => step(password),
            Turn::Ask(password, wizard::Effect::Prove(_)) => step(password) + " prove",
            Turn::Ask(password, wizard::Effect::Then(Effect::Set(_))) => step(password) + " set",
            Turn::Leave(Exit::Done(_)) => "set".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            wizard::Act::Prove(proving::Act::Begin),
            wizard::Act::Then(Act::Set("a sentence of mine".into())),
            wizard::Act::Back,
            wizard::Act::Forward,
        ];
        let table = [
            (
                Password::open("c1".into(), wizard::Step::Then(Step::New)),
                ["Opening", "Opening", "Opening", "Opening prove"],
            ),
            (Password::start(), ["Start prove", "Start", "left", "Start"]),
            (at(ChangeStep::Identify { sent: None, scan: None }), ["Choose", "Choose", "Start", "Choose"]),
            (at(ChangeStep::NewPassword), ["New", "New set", "Start", "New"]),
        ];
        for (state, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                assert_eq!(name(&state.clone().act(act)), expected, "{state:?}");
            }
        }
    }

    #[test]
    fn stp_06_the_new_password_is_asked_for_when_the_record_says_so() {
        let states = [
            Password::open("c1".into(), wizard::Step::Then(Step::New)),
            Password::start(),
            at(ChangeStep::Identify { sent: None, scan: None }),
        ];
        for state in states {
            assert_eq!(name(&state.reply(record(4, ChangeStep::NewPassword), NOW)), "New");
        }
    }

    #[test]
    fn stp_06_a_change_of_the_phone_is_not_gone_on_with() {
        let phone = change(4, ChangeStep::NewPhone { targets_left: 3 });
        assert_eq!(
            name(&Password::open("c1".into(), wizard::Step::Then(Step::New)).reply(phone.clone(), NOW)),
            "Start"
        );
        assert_eq!(name(&at(ChangeStep::NewPassword).reply(phone, NOW)), "Start");
        let torn = record(4, ChangeStep::NewPhone { targets_left: 3 });
        assert_eq!(name(&Password::start().reply(torn, NOW)), "Start");
    }

    #[test]
    fn api_07_a_weak_password_is_typed_again_where_it_was() {
        let weak = Refusal::PasswordWeak { why: PasswordFlaw::Common };
        let turn = at(ChangeStep::NewPassword).refuse(&weak, None, NOW);
        assert_eq!(name(&turn), "New");
    }

    #[test]
    fn p5_an_old_proof_returns_to_the_step_up() {
        let fresh = record(6, ChangeStep::Identify { sent: None, scan: None });
        let needed = Refusal::StepUpNeeded { ways: vec![Way::Sms] };
        assert_eq!(name(&at(ChangeStep::NewPassword).refuse(&needed, Some(&fresh), NOW)), "Choose");
    }

    #[test]
    fn g5_a_change_that_is_gone_begins_again() {
        let turn = at(ChangeStep::NewPassword).refuse(&Refusal::ChangeGone, None, NOW);
        assert_eq!(name(&turn), "Start");
    }

    #[test]
    fn f_11_a_second_tab_that_was_slower_learns_the_result() {
        let done = record(5, ChangeStep::PasswordSet);
        let turn = at(ChangeStep::NewPassword).refuse(&Refusal::StepOutOfOrder, Some(&done), NOW);
        assert_eq!(name(&turn), "set");
    }

    #[test]
    fn idm_1_reused_key_returns_to_the_new_password_form() {
        let turn = at(ChangeStep::NewPassword).refuse(&Refusal::KeyReused, None, NOW);
        assert_eq!(name(&turn), "New");
    }

    #[test]
    fn f_13_back_from_the_new_password_can_be_gone_forward_from() {
        let Turn::Stay(back) = at(ChangeStep::NewPassword).act(wizard::Act::Back) else {
            panic!("one step back")
        };
        let Turn::Ask(asked, wizard::Effect::Prove(_)) = back.act(wizard::Act::Forward) else {
            panic!("where it stands is asked")
        };
        assert_eq!(name(&asked.reply(record(3, ChangeStep::NewPassword), NOW)), "New");
    }

    #[test]
    fn the_set_password_ends_the_wizard() {
        let turn = at(ChangeStep::NewPassword).reply(record(5, ChangeStep::PasswordSet), NOW);
        assert_eq!(name(&turn), "set");
    }
}
