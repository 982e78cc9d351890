//! The state machine trait and the runner that every wizard uses.
//!
//! ```text
//! act ──► Machine::act ──► Turn::Stay        a new state
//!                          Turn::Ask         a new state and one request to perform
//!                          Turn::Leave       the wizard is over
//! reply / refusal of that request ──► Machine::reply / Machine::refuse ──► Turn
//! change of the scan it watches ──► Machine::scan_changed ──► Turn
//! ```
//!
//! [`Flow`] wraps a machine and owns what every wizard needs: waiting, ignoring acts meanwhile,
//! dropping late answers, keeping the problem to show, and keeping scan updates that arrive while a
//! request is under way.

use contract::change::Change;
use contract::problem::Problem;
use contract::refusal::Refusal;
use contract::scan::Scan;

/// Milliseconds on the app's own running clock. Durations from the server become moments here,
/// so that a countdown does not trust the device's date.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Instant(pub f64);

impl Instant {
    /// The moment `seconds` later.
    #[must_use]
    pub fn after(self, seconds: u32) -> Self {
        Self(self.0 + f64::from(seconds) * 1000.0)
    }

    /// Whole seconds from `now` until this moment, rounded up; 0 when it has passed.
    #[must_use]
    pub fn seconds_from(self, now: Self) -> u32 {
        let left = (self.0 - now.0) / 1000.0;
        if left <= 0.0 { 0 } else { left.ceil() as u32 }
    }
}

/// A wizard as three pure functions by value: a proof inside a state moves, it is never copied.
///
/// Pairs of state and act that make no sense stay put and never panic.
pub trait Machine: Sized {
    /// What a person does.
    type Act;
    /// What the machine wants done.
    type Effect;
    /// What came back well.
    type Reply;
    /// What the machine was for.
    type Exit;

    /// Whether a refusal can hold a change that it needs.
    const READS_CHANGES: bool = true;

    /// The person did something.
    fn act(self, act: Self::Act) -> Turn<Self>;
    /// The effect succeeded at `at`.
    fn reply(self, reply: Self::Reply, at: Instant) -> Turn<Self>;
    /// The server refused the effect at `at`; `fresh` is the change as it is now, if the answer has it.
    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Instant) -> Turn<Self>;

    /// The id of the scan whose changes it waits for.
    fn watched(&self) -> Option<&str> {
        None
    }
    /// That scan, or one before it, changed at `at`.
    fn scan_changed(self, _: Scan, _: Instant) -> Turn<Self> {
        Turn::Stay(self)
    }
}

/// What a machine does with an input.
pub enum Turn<M: Machine> {
    /// It is in this state.
    Stay(M),
    /// It is in this state and wants this done.
    Ask(M, M::Effect),
    /// It is over.
    Leave(M::Exit),
}

impl<M: Machine> Turn<M> {
    /// Turns a child's turn into its parent's: where the child lives in the parent, and what the
    /// parent does with the child's exit.
    pub fn lift<P>(self, state: impl FnOnce(M) -> P, exit: impl FnOnce(M::Exit) -> Turn<P>) -> Turn<P>
    where
        P: Machine,
        P::Effect: From<M::Effect>,
    {
        match self {
            Self::Stay(child) => Turn::Stay(state(child)),
            Self::Ask(child, effect) => Turn::Ask(state(child), effect.into()),
            Self::Leave(value) => exit(value),
        }
    }
}

/// Whether the wizard waits for the server.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Request {
    /// Nothing is under way.
    #[default]
    Idle,
    /// One request is; only leaving the screen is possible.
    Waiting,
    /// The last one brought this instead of a reply; shown until the next act.
    Failed(Problem),
}

/// What the screen must do after telling the flow something.
#[derive(Debug, PartialEq)]
pub enum Next<Effect, Exit> {
    /// Redraw, that is all.
    Nothing,
    /// Perform the effect and bring its answer back under this number.
    Perform(u32, Effect),
    /// Go where the wizard leads.
    Exit(Exit),
}

/// A machine with its one request.
pub struct Flow<M: Machine> {
    machine: Option<M>,
    request: Request,
    number: u32,
    /// The latest change of the scan that came while a request was under way.
    unheard: Option<Scan>,
}

impl<M: Machine> Flow<M> {
    /// A flow at its machine's given state.
    #[must_use]
    pub fn new(machine: M) -> Self {
        Self { machine: Some(machine), request: Request::Idle, number: 0, unheard: None }
    }

    /// The machine; nothing once it has left.
    #[must_use]
    pub fn machine(&self) -> Option<&M> {
        self.machine.as_ref()
    }

    /// The state of its request.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The person did something. Ignored while a request is under way: a double click is one
    /// request.
    pub fn act(&mut self, act: M::Act) -> Next<M::Effect, M::Exit> {
        if self.request == Request::Waiting {
            return Next::Nothing;
        }
        self.request = Request::Idle;
        match self.machine.take() {
            Some(machine) => self.turn(machine.act(act)),
            None => Next::Nothing,
        }
    }

    /// The answer to effect `number` arrived. Late answers fall away.
    pub fn answer(
        &mut self,
        number: u32,
        answer: Result<M::Reply, Problem>,
        at: Instant,
    ) -> Next<M::Effect, M::Exit> {
        if number != self.number || self.request != Request::Waiting {
            return Next::Nothing;
        }
        self.request = Request::Idle;
        let Some(machine) = self.machine.take() else {
            return Next::Nothing;
        };
        let next = match answer {
            Ok(reply) => self.turn(machine.reply(reply, at)),
            Err(problem) => {
                let turn = match &problem {
                    Problem::Refused { refusal, details, .. } => {
                        let fresh = if M::READS_CHANGES { details.change() } else { None };
                        machine.refuse(refusal, fresh.as_ref(), at)
                    }
                    Problem::Trouble(_) => Turn::Stay(machine),
                };
                let next = self.turn(turn);
                if self.request == Request::Idle {
                    self.request = Request::Failed(problem);
                }
                next
            }
        };
        match (next, self.unheard.take()) {
            (Next::Nothing, Some(scan)) => self.scan_changed(scan, at),
            (next, unheard) => {
                self.unheard = unheard;
                next
            }
        }
    }

    /// The watched scan has changed. While a request is under way, the change waits for its answer.
    pub fn scan_changed(&mut self, scan: Scan, at: Instant) -> Next<M::Effect, M::Exit> {
        if self.request == Request::Waiting {
            self.unheard = Some(scan);
            return Next::Nothing;
        }
        match self.machine.take() {
            Some(machine) => self.turn(machine.scan_changed(scan, at)),
            None => Next::Nothing,
        }
    }

    fn turn(&mut self, turn: Turn<M>) -> Next<M::Effect, M::Exit> {
        match turn {
            Turn::Stay(machine) => {
                self.machine = Some(machine);
                Next::Nothing
            }
            Turn::Ask(machine, effect) => {
                self.machine = Some(machine);
                self.request = Request::Waiting;
                self.number += 1;
                Next::Perform(self.number, effect)
            }
            Turn::Leave(exit) => Next::Exit(exit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::scan;
    use contract::problem::Trouble;
    use contract::scan::ScanState;

    /// A door that asks before it opens; a scan that was allowed opens it too.
    #[derive(Debug, PartialEq)]
    struct Door {
        knocks: u32,
    }

    impl Machine for Door {
        type Act = ();
        type Effect = &'static str;
        type Reply = bool;
        type Exit = u32;

        fn act(self, (): ()) -> Turn<Self> {
            Turn::Ask(Self { knocks: self.knocks + 1 }, "open")
        }
        fn reply(self, open: bool, _: Instant) -> Turn<Self> {
            if open { Turn::Leave(self.knocks) } else { Turn::Stay(self) }
        }
        fn refuse(self, _: &Refusal, _: Option<&Change>, _: Instant) -> Turn<Self> {
            Turn::Stay(self)
        }
        fn scan_changed(self, scan: Scan, _: Instant) -> Turn<Self> {
            if scan.state == ScanState::Confirmed { Turn::Leave(self.knocks) } else { Turn::Stay(self) }
        }
    }

    const NOW: Instant = Instant(0.0);

    #[test]
    fn f_10_an_act_while_waiting_is_ignored() {
        let mut flow = Flow::new(Door { knocks: 0 });
        assert_eq!(flow.act(()), Next::Perform(1, "open"));
        assert_eq!(flow.act(()), Next::Nothing);
        assert_eq!(flow.machine(), Some(&Door { knocks: 1 }));
    }

    #[test]
    fn a_late_answer_falls_away() {
        let mut flow = Flow::new(Door { knocks: 0 });
        flow.act(());
        assert_eq!(flow.answer(1, Ok(false), NOW), Next::Nothing);
        flow.act(());
        assert_eq!(flow.answer(1, Ok(true), NOW), Next::Nothing);
        assert_eq!(flow.request(), &Request::Waiting);
        assert_eq!(flow.answer(2, Ok(true), NOW), Next::Exit(2));
        assert_eq!(flow.answer(2, Ok(true), NOW), Next::Nothing);
    }

    #[test]
    fn a_problem_is_kept_until_the_next_act() {
        let mut flow = Flow::new(Door { knocks: 0 });
        flow.act(());
        let problem = Problem::Trouble(Trouble::Offline);
        assert_eq!(flow.answer(1, Err(problem.clone()), NOW), Next::Nothing);
        assert_eq!(flow.request(), &Request::Failed(problem));
        assert_eq!(flow.act(()), Next::Perform(2, "open"));
        assert_eq!(flow.request(), &Request::Waiting);
    }

    #[test]
    fn scan_changes_wait_for_the_pending_answer() {
        let mut flow = Flow::new(Door { knocks: 0 });
        let changed = |state| scan("s1", state, None);
        assert_eq!(flow.scan_changed(changed(ScanState::Scanned), NOW), Next::Nothing);
        flow.act(());
        assert_eq!(flow.scan_changed(changed(ScanState::Scanned), NOW), Next::Nothing);
        assert_eq!(flow.scan_changed(changed(ScanState::Confirmed), NOW), Next::Nothing);
        assert_eq!(flow.answer(1, Err(Problem::Trouble(Trouble::Offline)), NOW), Next::Exit(1));
        assert_eq!(
            flow.scan_changed(changed(ScanState::Confirmed), NOW),
            Next::Nothing,
            "nobody is there any more"
        );
    }

    #[test]
    fn f_08_seconds_are_rounded_up_and_never_negative() {
        assert_eq!(NOW.after(60).seconds_from(Instant(1.0)), 60);
        assert_eq!(NOW.after(60).seconds_from(Instant(59_999.0)), 1);
        assert_eq!(NOW.after(60).seconds_from(Instant(86_400_000.0)), 0);
    }
}
