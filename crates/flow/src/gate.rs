//! The step-up of a single sensitive action outside the wizards (G1).
//!
//! ```text
//! Starting ──Begin──► StepUp ──proved──► Granted
//!    │ Back             │ Back
//!    └──────────────────┴──► Left
//! ```
//!
//! [`Exit::Granted`] is only ever made of a record of the action that stands at `granted`.

use crate::machine::{Machine, Moment, Turn};
use crate::step_up::{self, StepUp};
use contract::change::{Change, ChangeStep, StartChange};
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::Scan;

/// The gate before one action.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    action: Action,
    /// The proof; nothing before its change is begun.
    step_up: Option<StepUp>,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Begins at once, or again after something went wrong.
    Begin,
    /// Proves the identity.
    StepUp(step_up::Act),
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// Begin the change that becomes the grant.
    Start(StartChange),
    /// Prove the identity.
    StepUp(step_up::Effect),
}

impl From<step_up::Effect> for Effect {
    fn from(effect: step_up::Effect) -> Self {
        Self::StepUp(effect)
    }
}

/// How it ends.
#[derive(Debug, PartialEq)]
pub enum Exit {
    /// The grant, by its id.
    Granted(String),
    /// The person went back.
    Left,
}

impl Gate {
    /// Before anything was begun; [`Act::Begin`] is due at once.
    #[must_use]
    pub fn new(action: Action) -> Self {
        Self { action, step_up: None }
    }

    /// The proof, once it can be given.
    #[must_use]
    pub fn step_up(&self) -> Option<&StepUp> {
        self.step_up.as_ref()
    }

    fn at(action: Action, change: &Change, at: Moment) -> Turn<Self> {
        match &change.step {
            _ if change.action != action => Turn::Stay(Self::new(action)),
            ChangeStep::Identify { .. } => Self::stepped(action, StepUp::new(change, at).settle()),
            ChangeStep::Granted => Turn::Leave(Exit::Granted(change.id.clone())),
            // A grant that is used is none.
            _ => Turn::Stay(Self::new(action)),
        }
    }

    fn stepped(action: Action, turn: Turn<StepUp>) -> Turn<Self> {
        turn.lift(
            |step_up| Self { action, step_up: Some(step_up) },
            |exit| match exit {
                step_up::Exit::Moved(change, at) => Self::at(action, &change, at),
                step_up::Exit::Left(_) => Turn::Leave(Exit::Left),
            },
        )
    }
}

impl Machine for Gate {
    type Act = Act;
    type Effect = Effect;
    type Reply = Change;
    type Exit = Exit;

    fn act(self, act: Act) -> Turn<Self> {
        let action = self.action;
        match (self.step_up, act) {
            (None, Act::Begin) => Turn::Ask(Self::new(action), Effect::Start(StartChange { action })),
            (None, Act::StepUp(step_up::Act::Back)) => Turn::Leave(Exit::Left),
            (Some(step_up), Act::StepUp(act)) => Self::stepped(action, step_up.act(act)),
            (step_up, _) => Turn::Stay(Self { action, step_up }),
        }
    }

    fn reply(self, change: Change, at: Moment) -> Turn<Self> {
        match self.step_up {
            // What it holds of a scan no record tells again.
            Some(step_up) if change.action == self.action => {
                Self::stepped(self.action, step_up.reply(change, at))
            }
            _ => Self::at(self.action, &change, at),
        }
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Moment) -> Turn<Self> {
        let action = self.action;
        match (self.step_up, fresh) {
            (step_up, Some(change)) => Self { action, step_up }.reply(change.clone(), at),
            _ if *refusal == Refusal::ChangeGone => Turn::Stay(Self::new(action)),
            (Some(step_up), None) => Self::stepped(action, step_up.refuse(refusal, None, at)),
            (None, None) => Turn::Stay(Self::new(action)),
        }
    }

    fn watched(&self) -> Option<&str> {
        self.step_up()?.watched()
    }

    fn news(self, scan: Scan, at: Moment) -> Turn<Self> {
        let action = self.action;
        match self.step_up {
            Some(step_up) => Self::stepped(action, step_up.news(scan, at)),
            None => Turn::Stay(Self::new(action)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_up::tests::{NOW, change, six_digits};
    use contract::account::Way;

    const ACTION: Action = Action::EndOtherSessions;

    fn record(version: u32, step: ChangeStep) -> Change {
        Change { action: ACTION, ..change(version, step) }
    }

    fn at_step_up() -> Gate {
        match Gate::new(ACTION).reply(record(1, ChangeStep::Identify { sent: None, scan: None }), NOW) {
            Turn::Stay(gate) => gate,
            _ => panic!("a begun change stays"),
        }
    }

    fn name(turn: &Turn<Gate>) -> String {
        let step = |gate: &Gate| match gate.step_up() {
            None => "Starting".to_owned(),
            Some(step_up) => format!("{:?}", step_up.at),
        };
        match turn {
            Turn::Stay(gate) => step(gate),
            Turn::Ask(gate, Effect::Start(_)) => step(gate) + " start",
            Turn::Ask(gate, Effect::StepUp(_)) => step(gate) + " step up",
            Turn::Leave(Exit::Granted(_)) => "granted".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            Act::Begin,
            Act::StepUp(step_up::Act::Use(Way::Sms)),
            Act::StepUp(step_up::Act::Send),
            Act::StepUp(step_up::Act::SubmitCode(six_digits())),
            Act::StepUp(step_up::Act::SubmitPassword("secret".into())),
            Act::StepUp(step_up::Act::Back),
        ];
        let Turn::Stay(at_sms) = at_step_up().act(acts[1].clone()) else { panic!("a way is taken") };
        let table = [
            (Gate::new(ACTION), ["Starting start", "Starting", "Starting", "Starting", "Starting", "left"]),
            (at_step_up(), ["Choose", "Sms", "Choose", "Choose", "Choose", "left"]),
            (at_sms, ["Sms", "Sms", "Sms step up", "Sms step up", "Sms", "Choose"]),
        ];
        for (state, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                assert_eq!(name(&state.clone().act(act)), expected, "{state:?}");
            }
        }
    }

    #[test]
    fn g1_the_grant_is_a_record_of_this_action_that_says_granted() {
        let granted = || record(2, ChangeStep::Granted);
        for state in [Gate::new(ACTION), at_step_up()] {
            assert_eq!(name(&state.clone().reply(granted(), NOW)), "granted");
            let foreign = Change { action: Action::Password, ..granted() };
            assert_eq!(name(&state.clone().reply(foreign, NOW)), "Starting");
            let used = record(3, ChangeStep::SessionsEnded { count: 2 });
            assert_eq!(name(&state.reply(used, NOW)), "Starting");
        }
    }

    #[test]
    fn g1_a_change_that_is_gone_is_begun_again() {
        assert_eq!(name(&at_step_up().refuse(&Refusal::ChangeGone, None, NOW)), "Starting");
    }

    #[test]
    fn g1_a_wrong_code_stays_at_the_code() {
        let Turn::Stay(at_sms) = at_step_up().act(Act::StepUp(step_up::Act::Use(Way::Sms))) else {
            panic!("a way is taken")
        };
        assert_eq!(name(&at_sms.refuse(&Refusal::CodeWrong { left: 3 }, None, NOW)), "Sms");
    }
}
