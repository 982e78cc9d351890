//! The type of every wizard: a shared first half, which verifies the current identity, then a half
//! of its own.
//!
//! ```text
//! Proving ──proven──► Then(its own half) ──► Done
//!    ▲                  │ Back
//!    └──────────────────┘
//! ```
//!
//! The own half is only built from a server record whose step is past the proof.

use crate::machine::{Instant, Machine, Turn};
use crate::proving::{self, Proving};
use crate::step_up::ChangeRef;
use contract::change::Change;
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::Scan;

/// Where a wizard stands.
#[derive(Clone, Debug, PartialEq)]
// Below the lint's bound where pointers have 32 bits, as in the browser.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "one lives at a time and seldom moves; a box is more code")
)]
pub enum Wizard<H> {
    /// Its first half.
    Proving(Proving),
    /// Its own half.
    Then(H),
}

/// What a wizard is for: what is done with the proven change.
pub trait Half: Sized {
    /// The action of its change.
    const ACTION: Action;
    /// Its steps as the URL names them.
    type Step: Copy + PartialEq;
    /// What a person does in it.
    type Act;
    /// Requests to perform; each answers with the fresh change.
    type Effect;

    /// The step on the screen and in the URL.
    fn step(&self) -> Self::Step;
    /// The change under way.
    fn change(&self) -> &ChangeRef;
    /// Where a record past the proof says that it stands; `known` is where it stood, for what no
    /// record tells again.
    fn proven(change: Change, known: Option<Self>, at: Instant) -> Turn<Wizard<Self>>;
    /// The person did something.
    fn act(self, act: Self::Act) -> Turn<Wizard<Self>>;
    /// An effect was refused, and nothing said where the change stands.
    fn refuse(self, refusal: &Refusal, at: Instant) -> Turn<Wizard<Self>>;

    /// It is in this state.
    fn stays(self) -> Turn<Wizard<Self>> {
        Turn::Stay(Wizard::Then(self))
    }
    /// It is in this state and wants this done.
    fn asks(self, effect: Self::Effect) -> Turn<Wizard<Self>> {
        Turn::Ask(Wizard::Then(self), Effect::Then(effect))
    }
    /// One step back.
    fn back(self) -> Turn<Wizard<Self>> {
        Wizard::back_to_start(&self)
    }
    /// Forward again.
    fn forward(self) -> Turn<Wizard<Self>> {
        self.stays()
    }
    /// What of it may still be believed when the change stands elsewhere than it thought.
    fn doubted(self) -> Self {
        self
    }
    /// The id of the scan whose changes it waits for.
    fn watched(&self) -> Option<&str> {
        None
    }
    /// That scan has changed.
    fn scan_changed(self, _: Scan, _: Instant) -> Turn<Wizard<Self>> {
        self.stays()
    }
}

/// The steps as the URL names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<S> {
    /// One of the first half.
    Proving(proving::Step),
    /// One of its own.
    Then(S),
}

/// What a person does.
#[derive(Clone)]
pub enum Act<A> {
    /// Something in the first half.
    Prove(proving::Act),
    /// Something in its own.
    Then(A),
    /// One step back; from the start, out.
    Back,
    /// Forward again to where the change stands.
    Forward,
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect<E> {
    /// One of the first half.
    Prove(proving::Effect),
    /// One of its own.
    Then(E),
}

impl<E> From<proving::Effect> for Effect<E> {
    fn from(effect: proving::Effect) -> Self {
        Self::Prove(effect)
    }
}

/// How it ends.
#[derive(Debug, PartialEq)]
pub enum Exit {
    /// What it was for is done; the outcome is found under the change's id.
    Done(String),
    /// The person went back from the start.
    Left,
}

impl<H: Half> Wizard<H> {
    /// Before anything was begun.
    #[must_use]
    pub fn start() -> Self {
        Self::Proving(Proving::start(H::ACTION))
    }

    /// The change with this id, which the URL shows at this step, is to be looked up by
    /// [`Act::Forward`].
    #[must_use]
    pub fn open(id: String, shown: Step<H::Step>) -> Self {
        let shown = match shown {
            Step::Proving(step) => Some(step),
            Step::Then(_) => None,
        };
        Self::Proving(Proving::open(H::ACTION, id, shown))
    }

    /// The step on the screen and in the URL.
    #[must_use]
    pub fn step(&self) -> Step<H::Step> {
        match self {
            Self::Proving(proving) => Step::Proving(proving.step()),
            Self::Then(half) => Step::Then(half.step()),
        }
    }

    /// The change under way, for the URL; none at the start.
    #[must_use]
    pub fn change(&self) -> Option<&ChangeRef> {
        match self {
            Self::Proving(proving) => proving.change(),
            Self::Then(half) => Some(half.change()),
        }
    }

    /// The first half, while it is in it.
    #[must_use]
    pub fn proving(&self) -> Option<&Proving> {
        match self {
            Self::Proving(proving) => Some(proving),
            Self::Then(_) => None,
        }
    }

    /// Its own half, once it is in it.
    #[must_use]
    pub fn own(&self) -> Option<&H> {
        match self {
            Self::Proving(_) => None,
            Self::Then(half) => Some(half),
        }
    }

    /// At the start again, with a change to go on with.
    pub fn back_to_start(half: &H) -> Turn<Self> {
        Turn::Stay(Self::Proving(Proving::back_from(H::ACTION, half.change().clone())))
    }

    /// A turn of the first half; `known` is where its own stood.
    fn proved(turn: Turn<Proving>, known: Option<H>) -> Turn<Self> {
        turn.lift(Self::Proving, |exit| match exit {
            proving::Exit::Left => Turn::Leave(Exit::Left),
            proving::Exit::Proven(change, at) => H::proven(change, known, at),
        })
    }
}

impl<H: Half> Machine for Wizard<H> {
    type Act = Act<H::Act>;
    type Effect = Effect<H::Effect>;
    type Reply = Change;
    type Exit = Exit;

    fn act(self, act: Self::Act) -> Turn<Self> {
        match (self, act) {
            (Self::Proving(proving), Act::Prove(act)) => Self::proved(proving.act(act), None),
            (Self::Proving(proving), Act::Back) => Self::proved(proving.act(proving::Act::Back), None),
            (Self::Proving(proving), Act::Forward) => Self::proved(proving.act(proving::Act::Forward), None),
            (Self::Then(half), Act::Then(act)) => half.act(act),
            (Self::Then(half), Act::Back) => half.back(),
            (Self::Then(half), Act::Forward) => half.forward(),
            (state, Act::Prove(_) | Act::Then(_)) => Turn::Stay(state),
        }
    }

    fn reply(self, change: Change, at: Instant) -> Turn<Self> {
        match self {
            Self::Proving(proving) => Self::proved(proving.reply(change, at), None),
            Self::Then(half) => Self::proved(Proving::resume(H::ACTION, change, at), Some(half)),
        }
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Instant) -> Turn<Self> {
        match (self, fresh) {
            (Self::Proving(proving), fresh) => Self::proved(proving.refuse(refusal, fresh, at), None),
            // The change stands elsewhere than this tab thought, or its proof is too old: redraw.
            (Self::Then(half), Some(change)) => Self::Then(half.doubted()).reply(change.clone(), at),
            (Self::Then(_), None) if *refusal == Refusal::ChangeGone => Turn::Stay(Self::start()),
            (Self::Then(half), None) => half.refuse(refusal, at),
        }
    }

    fn watched(&self) -> Option<&str> {
        match self {
            Self::Proving(proving) => proving.watched(),
            Self::Then(half) => half.watched(),
        }
    }

    fn scan_changed(self, scan: Scan, at: Instant) -> Turn<Self> {
        match self {
            Self::Proving(proving) => Self::proved(proving.scan_changed(scan, at), None),
            Self::Then(half) => half.scan_changed(scan, at),
        }
    }
}
