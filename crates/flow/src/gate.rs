//! The step-up of a single sensitive action outside the wizards (G1).
//!
//! ```text
//! Starting ──Begin──► StepUp ──proved──► Granted
//!    │ Back             │ Back
//!    └──────────────────┴──► Left
//! ```
//!
//! [`Exit::Granted`] is only ever made of a record of the action that stands at `granted`.

use crate::machine::{Instant, Machine, Turn};
use crate::step_up::{self, StepUp};
use contract::change::{Change, ChangeStep, StartChange};
use contract::refusal::Refusal;
use contract::scan::Scan;

/// The gate before one action.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// What the grant is asked for: the action, and the one thing it is about.
    start: StartChange,
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
    pub fn new(start: StartChange) -> Self {
        Self { start, step_up: None }
    }

    /// The proof, once it can be given.
    #[must_use]
    pub fn step_up(&self) -> Option<&StepUp> {
        self.step_up.as_ref()
    }

    fn at(start: StartChange, change: &Change, at: Instant) -> Turn<Self> {
        match &change.step {
            _ if change.action != start.action => Turn::Stay(Self::new(start)),
            ChangeStep::Identify { .. } => Self::stepped(start, StepUp::new(change, at).settle()),
            ChangeStep::Granted => Turn::Leave(Exit::Granted(change.id.clone())),
            // A grant that is used is none.
            _ => Turn::Stay(Self::new(start)),
        }
    }

    fn stepped(start: StartChange, turn: Turn<StepUp>) -> Turn<Self> {
        let again = start.clone();
        turn.lift(
            |step_up| Self { start, step_up: Some(step_up) },
            |exit| match exit {
                step_up::Exit::Moved(change, at) => Self::at(again, &change, at),
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
        let start = self.start;
        match (self.step_up, act) {
            (None, Act::Begin) => Turn::Ask(Self::new(start.clone()), Effect::Start(start)),
            (None, Act::StepUp(step_up::Act::Back)) => Turn::Leave(Exit::Left),
            (Some(step_up), Act::StepUp(act)) => Self::stepped(start, step_up.act(act)),
            (step_up, _) => Turn::Stay(Self { start, step_up }),
        }
    }

    fn reply(self, change: Change, at: Instant) -> Turn<Self> {
        match self.step_up {
            // What it holds of a scan no record tells again.
            Some(step_up) if change.action == self.start.action => {
                Self::stepped(self.start, step_up.reply(change, at))
            }
            _ => Self::at(self.start, &change, at),
        }
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Instant) -> Turn<Self> {
        let start = self.start;
        match (self.step_up, fresh) {
            (step_up, Some(change)) => Self { start, step_up }.reply(change.clone(), at),
            _ if *refusal == Refusal::ChangeGone => Turn::Stay(Self::new(start)),
            (Some(step_up), None) => Self::stepped(start, step_up.refuse(refusal, None, at)),
            (None, None) => Turn::Stay(Self::new(start)),
        }
    }

    fn watched(&self) -> Option<&str> {
        self.step_up()?.watched()
    }

    fn scan_changed(self, scan: Scan, at: Instant) -> Turn<Self> {
        let start = self.start;
        match self.step_up {
            Some(step_up) => Self::stepped(start, step_up.scan_changed(scan, at)),
            None => Turn::Stay(Self::new(start)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_up::tests::{NOW, change, six_digits};
    use contract::account::Way;
    use contract::me::Action;

    const ACTION: Action = Action::EndOtherSessions;

    fn gate() -> Gate {
        Gate::new(StartChange::of(ACTION))
    }

    fn record(version: u32, step: ChangeStep) -> Change {
        Change { action: ACTION, ..change(version, step) }
    }

    fn at_step_up() -> Gate {
        match gate().reply(record(1, ChangeStep::Identify { sent: None, scan: None }), NOW) {
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
            (gate(), ["Starting start", "Starting", "Starting", "Starting", "Starting", "left"]),
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
        for state in [gate(), at_step_up()] {
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

    #[test]
    fn g1_stp_02_what_it_is_about_is_asked_for_each_time_it_begins() {
        for action in [Action::EndDevice, Action::DeleteUser, Action::ChangeSuperAdmin] {
            let start = StartChange { action, about: Some("a".into()) };
            let begins = |turn: Turn<Gate>| match turn {
                Turn::Ask(gate, Effect::Start(asked)) => (gate, asked),
                other => panic!("{}", name(&other)),
            };
            let (gate, asked) = begins(Gate::new(start.clone()).act(Act::Begin));
            assert_eq!(asked, start);
            // A change that is gone while it is being proven is begun again, about the same.
            let record = Change { action, ..change(1, ChangeStep::Identify { sent: None, scan: None }) };
            let Turn::Stay(proving) = gate.reply(record, NOW) else { panic!("a begun change stays") };
            let Turn::Stay(gone) = proving.refuse(&Refusal::ChangeGone, None, NOW) else { panic!("stays") };
            assert_eq!(begins(gone.act(Act::Begin)).1, start);
        }
    }
}
