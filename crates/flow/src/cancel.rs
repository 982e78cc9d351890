//! Canceling the account (C1–C8).
//!
//! ```text
//! Proving ──Agree, proven──► LastWord ──Confirm──► Done
//!    ▲                          │ Back
//!    └──────────────────────────┘
//! ```

use crate::machine::{Instant, Turn};
use crate::step_up::ChangeRef;
use crate::wizard::{Exit, Half, Wizard};
use contract::cancel::CancelAccount;
use contract::change::{Change, ChangeStep};
use contract::me::Action;
use contract::outcome::GetOutcome;
use contract::refusal::Refusal;

/// The whole wizard.
pub type Cancel = Wizard<LastWord>;

/// Its own half: the last word is to be said, for this proven change.
#[derive(Clone, Debug, PartialEq)]
pub struct LastWord(pub ChangeRef);

/// The steps as the URL names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the state of the half")]
pub enum Step {
    Confirm,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Says the last word.
    Confirm,
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// Cancel the account.
    Confirm(CancelAccount),
    /// See what was done already.
    Outcome(GetOutcome),
}

impl Half for LastWord {
    const ACTION: Action = Action::Cancel;
    type Step = Step;
    type Act = Act;
    type Effect = Effect;

    fn step(&self) -> Step {
        Step::Confirm
    }

    fn change(&self) -> &ChangeRef {
        &self.0
    }

    fn proven(change: Change, _: Option<Self>, _: Instant) -> Turn<Cancel> {
        match change.step {
            ChangeStep::ConfirmCancel => Self((&change).into()).stays(),
            ChangeStep::Canceled { .. } | ChangeStep::CoolingOff { .. } => Turn::Leave(Exit::Done(change.id)),
            // A step that no change of this action has.
            _ => Turn::Stay(Wizard::start()),
        }
    }

    fn act(self, Act::Confirm: Act) -> Turn<Cancel> {
        let confirm = CancelAccount { change: self.0.id.clone(), version: self.0.version };
        self.asks(Effect::Confirm(confirm))
    }

    fn refuse(self, refusal: &Refusal, _: Instant) -> Turn<Cancel> {
        // Done by an earlier press whose answer was lost.
        if *refusal == Refusal::KeyReused {
            let outcome = GetOutcome { key: self.0.id.clone() };
            return self.asks(Effect::Outcome(outcome));
        }
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
    use contract::time::Timestamp;

    fn record(version: u32, step: ChangeStep) -> Change {
        Change { action: LastWord::ACTION, ..change(version, step) }
    }

    fn at(step: ChangeStep) -> Cancel {
        match Cancel::start().reply(record(3, step), NOW) {
            Turn::Stay(cancel) => cancel,
            _ => panic!("a change under way stays"),
        }
    }

    fn name(turn: &Turn<Cancel>) -> String {
        let step = |cancel: &Cancel| match cancel.step() {
            wizard::Step::Proving(step) => format!("{step:?}"),
            wizard::Step::Then(step) => format!("{step:?}"),
        };
        match turn {
            Turn::Stay(cancel) => step(cancel),
            Turn::Ask(cancel, wizard::Effect::Prove(proving::Effect::Agree(start))) => {
                step(cancel) + " agree to " + &start.notice
            }
            Turn::Ask(cancel, wizard::Effect::Prove(_)) => step(cancel) + " prove",
            Turn::Ask(cancel, wizard::Effect::Then(Effect::Confirm(_))) => step(cancel) + " confirm",
            Turn::Ask(cancel, wizard::Effect::Then(Effect::Outcome(_))) => step(cancel) + " outcome",
            Turn::Leave(Exit::Done(_)) => "done".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            wizard::Act::Prove(proving::Act::Agree("v1".into())),
            wizard::Act::Then(Act::Confirm),
            wizard::Act::Back,
            wizard::Act::Forward,
        ];
        let open = Cancel::open("c1".into(), wizard::Step::Then(Step::Confirm));
        let table = [
            (open, ["Opening", "Opening", "Opening", "Opening prove"]),
            (Cancel::start(), ["Start agree to v1", "Start", "left", "Start"]),
            (at(ChangeStep::Identify { sent: None, scan: None }), ["Choose", "Choose", "Start", "Choose"]),
            (at(ChangeStep::ConfirmCancel), ["Confirm", "Confirm confirm", "Start", "Confirm"]),
        ];
        for (state, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                assert_eq!(name(&state.clone().act(act)), expected, "{state:?}");
            }
        }
    }

    #[test]
    fn c2_who_comes_back_to_the_consequences_agrees_again() {
        let Turn::Stay(back) = at(ChangeStep::ConfirmCancel).act(wizard::Act::Back) else {
            panic!("one step back")
        };
        let again = back.act(wizard::Act::Prove(proving::Act::Agree("v2".into())));
        assert_eq!(name(&again), "Start agree to v2");
    }

    #[test]
    fn c4_the_last_word_ends_it_now_or_after_the_cooling_off() {
        let receipt = || "R1".to_owned();
        let canceled = record(5, ChangeStep::Canceled { receipt: receipt() });
        assert_eq!(name(&at(ChangeStep::ConfirmCancel).reply(canceled, NOW)), "done");
        let until = Timestamp("2026-12-01T00:00:00Z".into());
        let cooling = record(5, ChangeStep::CoolingOff { receipt: receipt(), until });
        assert_eq!(name(&at(ChangeStep::ConfirmCancel).reply(cooling, NOW)), "done");
    }

    #[test]
    fn del_03_a_proof_that_is_too_old_is_given_again() {
        let fresh = record(6, ChangeStep::Identify { sent: None, scan: None });
        let needed = Refusal::StepUpNeeded { ways: vec![Way::Sms] };
        assert_eq!(name(&at(ChangeStep::ConfirmCancel).refuse(&needed, Some(&fresh), NOW)), "Choose");
    }

    #[test]
    fn idm_1_an_account_canceled_though_nobody_said_so_is_looked_up() {
        let turn = at(ChangeStep::ConfirmCancel).refuse(&Refusal::KeyReused, None, NOW);
        assert_eq!(name(&turn), "Confirm outcome");
        let busy = at(ChangeStep::ConfirmCancel).refuse(&Refusal::TooBusy { after: 1 }, None, NOW);
        assert_eq!(name(&busy), "Confirm");
    }

    #[test]
    fn stp_06_a_change_of_the_phone_is_not_gone_on_with() {
        let phone = change(4, ChangeStep::NewPhone { targets_left: 3 });
        assert_eq!(name(&at(ChangeStep::ConfirmCancel).reply(phone, NOW)), "Start");
    }
}
