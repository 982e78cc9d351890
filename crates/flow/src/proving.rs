//! The first half of every wizard: finding or beginning its change, and verifying the current
//! identity in it.
//!
//! ```text
//! Opening ──Forward──► wherever the change of the URL stands
//! Start ──Begin──► StepUp ──proved──► Proven
//!   ▲ Back           │ Back
//!   └────────────────┘
//! ```
//!
//! Begin brings the change that is under way, if there is one (G5), and leads to where that stands.
//! [`Exit::Proven`] is only ever made of a record of the wizard's own action whose step is past
//! the proof: the server recorded it.

use crate::machine::{Instant, Machine, Turn};
use crate::step_up::{self, ChangeRef, StepUp};
use contract::account::Way;
use contract::cancel::StartCancel;
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::Scan;

/// The first half of the wizard of one action.
#[derive(Clone, Debug, PartialEq)]
pub struct Proving {
    action: Action,
    /// Where it stands.
    pub at: At,
}

/// Where the first half stands.
#[derive(Clone, Debug, PartialEq)]
// Below the lint's bound where pointers have 32 bits, as in the browser.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "one lives at a time and seldom moves; a box is more code")
)]
pub enum At {
    /// A change named by the URL is being looked up, and the way of proof the URL shows, if any.
    Opening(ChangeRef, Option<Way>),
    /// What will happen; `begun` is the change the person came back from.
    Start {
        /// A change that can be gone on with.
        begun: Option<ChangeRef>,
    },
    /// The old identity is being proven.
    StepUp(StepUp),
}

/// The steps as the URL names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a state of the machine or of its step-up")]
pub enum Step {
    Opening,
    Start,
    Choose,
    Sms,
    Password,
    Wechat,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Sets out.
    Begin,
    /// Sets out to cancel the account, having read this version of the notice (C2).
    Agree(String),
    /// Proves the old identity.
    StepUp(step_up::Act),
    /// One step back; from the start, out.
    Back,
    /// Forward again to where the change stands.
    Forward,
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// Begin a change.
    Start(StartChange),
    /// Begin the one that cancels the account.
    Agree(StartCancel),
    /// See where a change stands.
    Get(GetChange),
    /// Prove the old identity.
    StepUp(step_up::Effect),
}

impl From<step_up::Effect> for Effect {
    fn from(effect: step_up::Effect) -> Self {
        Self::StepUp(effect)
    }
}

/// How it ends.
#[derive(Debug, PartialEq)]
// Below the lint's bound where pointers have 32 bits, as in the browser.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "one lives at a time and seldom moves; a box is more code")
)]
pub enum Exit {
    /// The change is past the proof; its record says where.
    Proven(Change, Instant),
    /// The person went back from the start.
    Left,
}

impl Proving {
    /// A reload, a second tab, a link: the change with this id is to be looked up by
    /// [`Act::Forward`]. Of the step in the URL only the way of proof counts, for the record does
    /// not know it before a code was sent.
    #[must_use]
    pub fn open(action: Action, id: String, shown: Option<Step>) -> Self {
        let way = match shown {
            Some(Step::Sms) => Some(Way::Sms),
            Some(Step::Password) => Some(Way::Password),
            Some(Step::Wechat) => Some(Way::Wechat),
            _ => None,
        };
        Self { action, at: At::Opening(ChangeRef { id, version: 0 }, way) }
    }

    /// Before anything was begun.
    #[must_use]
    pub fn start(action: Action) -> Self {
        Self { action, at: At::Start { begun: None } }
    }

    /// At the start again, with a change to go on with.
    #[must_use]
    pub fn back_from(action: Action, change: ChangeRef) -> Self {
        Self { action, at: At::Start { begun: Some(change) } }
    }

    /// Where a record says that the wizard of this action stands. A change of another action is
    /// none of its business: that begins anew.
    #[must_use]
    pub fn resume(action: Action, change: Change, at: Instant) -> Turn<Self> {
        Self::resume_by(action, change, None, at)
    }

    /// The same at the step of a way, where the proof is still to be given.
    fn resume_by(action: Action, change: Change, way: Option<Way>, at: Instant) -> Turn<Self> {
        match change.step {
            _ if change.action != action => Turn::Stay(Self::start(action)),
            ChangeStep::Identify { .. } => {
                let step_up = StepUp::new(&change, at);
                let step_up = match way {
                    Some(way) => step_up.by(way),
                    None => step_up,
                };
                Self::stepped(action, step_up.settle())
            }
            _ => Turn::Leave(Exit::Proven(change, at)),
        }
    }

    /// The step on the screen and in the URL.
    #[must_use]
    pub fn step(&self) -> Step {
        match &self.at {
            At::Opening(..) => Step::Opening,
            At::Start { .. } => Step::Start,
            At::StepUp(step_up) => match step_up.at {
                step_up::At::Choose => Step::Choose,
                step_up::At::Sms => Step::Sms,
                step_up::At::Password => Step::Password,
                step_up::At::Wechat => Step::Wechat,
            },
        }
    }

    /// The change under way, for the URL; none at the start.
    #[must_use]
    pub fn change(&self) -> Option<&ChangeRef> {
        match &self.at {
            At::Start { .. } => None,
            At::Opening(change, _) => Some(change),
            At::StepUp(step_up) => Some(&step_up.change),
        }
    }

    /// The proof, while it is being given.
    #[must_use]
    pub fn step_up(&self) -> Option<&StepUp> {
        match &self.at {
            At::StepUp(step_up) => Some(step_up),
            _ => None,
        }
    }

    fn asks(self, effect: Effect) -> Turn<Self> {
        Turn::Ask(self, effect)
    }

    /// A turn of the step-up inside.
    fn stepped(action: Action, turn: Turn<StepUp>) -> Turn<Self> {
        turn.lift(
            |step_up| Self { action, at: At::StepUp(step_up) },
            |exit| match exit {
                step_up::Exit::Moved(change, at) => Self::resume(action, change, at),
                step_up::Exit::Left(change) => Turn::Stay(Self::back_from(action, change)),
            },
        )
    }
}

impl Machine for Proving {
    type Act = Act;
    type Effect = Effect;
    type Reply = Change;
    type Exit = Exit;

    fn act(self, act: Act) -> Turn<Self> {
        let action = self.action;
        match (self.at, act) {
            (At::Opening(change, way), Act::Forward) => {
                let get = GetChange { change: change.id.clone() };
                Self { action, at: At::Opening(change, way) }.asks(Effect::Get(get))
            }
            (At::Start { begun: None }, Act::Begin) => {
                Self::start(action).asks(Effect::Start(StartChange::of(action)))
            }
            // Whoever agreed before and came back agrees to what they read now.
            (At::Start { begun }, Act::Agree(notice)) => {
                Self { action, at: At::Start { begun } }.asks(Effect::Agree(StartCancel { notice }))
            }
            (At::Start { begun: Some(change) }, Act::Begin | Act::Forward) => {
                let get = GetChange { change: change.id.clone() };
                Self::back_from(action, change).asks(Effect::Get(get))
            }
            (At::Start { .. }, Act::Back) => Turn::Leave(Exit::Left),
            (At::StepUp(step_up), Act::StepUp(act)) => Self::stepped(action, step_up.act(act)),
            (At::StepUp(step_up), Act::Back) => Self::stepped(action, step_up.act(step_up::Act::Back)),
            (At::StepUp(step_up), Act::Forward) => Self::stepped(action, step_up.act(step_up::Act::Forward)),
            (at, _) => Turn::Stay(Self { action, at }),
        }
    }

    fn reply(self, change: Change, at: Instant) -> Turn<Self> {
        match self.at {
            At::Opening(_, way) => Self::resume_by(self.action, change, way, at),
            // What it holds of a scan no record tells again.
            At::StepUp(step_up) if change.action == self.action => {
                Self::stepped(self.action, step_up.reply(change, at))
            }
            At::Start { .. } | At::StepUp(_) => Self::resume(self.action, change, at),
        }
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Instant) -> Turn<Self> {
        let action = self.action;
        match (self.at, fresh) {
            // The change stands elsewhere than this tab thought: redraw.
            (was, Some(change)) => Self { action, at: was }.reply(change.clone(), at),
            _ if *refusal == Refusal::ChangeGone => Turn::Stay(Self::start(action)),
            (At::StepUp(step_up), None) => Self::stepped(action, step_up.refuse(refusal, None, at)),
            (was, None) => Turn::Stay(Self { action, at: was }),
        }
    }

    fn watched(&self) -> Option<&str> {
        self.step_up()?.watched()
    }

    fn scan_changed(self, scan: Scan, at: Instant) -> Turn<Self> {
        let action = self.action;
        match self.at {
            At::StepUp(step_up) => Self::stepped(action, step_up.scan_changed(scan, at)),
            was => Turn::Stay(Self { action, at: was }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_up::tests::{NOW, change, sent};

    const ACTION: Action = Action::Phone;

    fn identify() -> Change {
        change(2, ChangeStep::Identify { sent: None, scan: None })
    }

    fn proven() -> Change {
        change(3, ChangeStep::NewPhone { targets_left: 3 })
    }

    fn at_step_up() -> Proving {
        match Proving::resume(ACTION, identify(), NOW) {
            Turn::Stay(proving) => proving,
            _ => panic!("an unproven change stays"),
        }
    }

    fn name(turn: &Turn<Proving>) -> String {
        match turn {
            Turn::Stay(proving) => format!("{:?}", proving.step()),
            Turn::Ask(proving, effect) => {
                let effect = match effect {
                    Effect::Start(_) => "start",
                    Effect::Agree(_) => "agree",
                    Effect::Get(_) => "get",
                    Effect::StepUp(_) => "step up",
                };
                format!("{:?} {effect}", proving.step())
            }
            Turn::Leave(Exit::Proven(..)) => "proven".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            Act::Begin,
            Act::StepUp(step_up::Act::Use(Way::Sms)),
            Act::StepUp(step_up::Act::Send),
            Act::Back,
            Act::Forward,
        ];
        let begun = Proving::back_from(ACTION, ChangeRef { id: "c1".into(), version: 3 });
        let Turn::Stay(at_sms) = at_step_up().act(acts[1].clone()) else { panic!("a way is taken") };
        let table = [
            (
                Proving::open(ACTION, "c1".into(), None),
                ["Opening", "Opening", "Opening", "Opening", "Opening get"],
            ),
            (Proving::start(ACTION), ["Start start", "Start", "Start", "left", "Start"]),
            (begun, ["Start get", "Start", "Start", "left", "Start get"]),
            (at_step_up(), ["Choose", "Sms", "Choose", "Start", "Choose"]),
            (at_sms, ["Sms", "Sms", "Sms step up", "Choose", "Sms"]),
        ];
        for (state, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                assert_eq!(name(&state.clone().act(act)), expected, "{state:?}");
            }
        }
    }

    #[test]
    fn stp_06_only_a_record_past_the_proof_is_proven() {
        let states = [Proving::open(ACTION, "c1".into(), None), Proving::start(ACTION), at_step_up()];
        for state in states {
            assert_eq!(name(&state.clone().reply(identify(), NOW)), "Choose", "{state:?}");
            assert_eq!(name(&state.clone().reply(proven(), NOW)), "proven", "{state:?}");
            let turn = state.clone().refuse(&Refusal::ChangeStale, Some(&proven()), NOW);
            assert_eq!(name(&turn), "proven", "{state:?}");
        }
    }

    #[test]
    fn stp_06_a_change_of_another_action_begins_anew() {
        let foreign = |record: Change| Change { action: Action::Password, ..record };
        let states = [Proving::open(ACTION, "c1".into(), None), Proving::start(ACTION), at_step_up()];
        for state in states {
            for record in [foreign(identify()), foreign(proven())] {
                assert_eq!(name(&state.clone().reply(record, NOW)), "Start", "{state:?}");
            }
        }
    }

    #[test]
    fn g5_a_change_that_is_gone_begins_again() {
        let states = [
            Proving::open(ACTION, "c1".into(), None),
            Proving::back_from(ACTION, ChangeRef { id: "c1".into(), version: 3 }),
            at_step_up(),
        ];
        for state in states {
            let turn = state.refuse(&Refusal::ChangeGone, None, NOW);
            assert!(matches!(turn, Turn::Stay(Proving { at: At::Start { begun: None }, .. })));
        }
    }

    #[test]
    fn g2_a_refused_code_moves_the_countdown() {
        let later = Instant(30_000.0);
        let state = match Proving::resume(
            ACTION,
            change(2, ChangeStep::Identify { sent: Some(sent()), scan: None }),
            NOW,
        ) {
            Turn::Stay(state) => state,
            _ => panic!("an unproven change stays"),
        };
        match state.refuse(&Refusal::SendTooOften { after: 12 }, None, later) {
            Turn::Stay(state) => {
                let retry_at = state.step_up().and_then(|step_up| step_up.code.retry_at);
                assert_eq!(retry_at, Some(later.after(12)));
            }
            _ => panic!("the proof goes on"),
        }
    }

    #[test]
    fn f_13_forward_from_the_start_asks_where_the_change_stands() {
        let Turn::Stay(start) = at_step_up().act(Act::Back) else { panic!("back is the start") };
        assert_eq!(name(&start.clone().act(Act::Forward)), "Start get");
        assert_eq!(name(&start.reply(identify(), NOW)), "Choose");
    }

    #[test]
    fn f_15_a_reload_stays_at_the_way_of_the_url() {
        for step in [Step::Choose, Step::Sms, Step::Password, Step::Wechat] {
            let turn = Proving::open(ACTION, "c1".into(), Some(step)).reply(identify(), NOW);
            let begins = if step == Step::Wechat { " step up" } else { "" };
            assert_eq!(name(&turn), format!("{step:?}{begins}"));
        }
        let closed = Change { ways: Vec::new(), ..identify() };
        let turn = Proving::open(ACTION, "c1".into(), Some(Step::Sms)).reply(closed, NOW);
        assert_eq!(name(&turn), "Choose");
    }
}
