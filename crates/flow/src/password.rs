//! Setting or replacing the password.
//!
//! ```text
//! Proving ──proven──► New ──Set──► Set
//!    ▲                 │ Back
//!    └─────────────────┘
//! ```
//!
//! `New` is only ever built from a record whose step says so: the server recorded the proof.

use crate::machine::{Machine, Moment, Turn};
use crate::proving::{self, Proving};
use crate::step_up::ChangeRef;
use contract::change::{Change, ChangeStep};
use contract::me::Action;
use contract::password::SetPassword;
use contract::refusal::Refusal;
use contract::scan::Scan;

const ACTION: Action = Action::Password;

/// Where the wizard stands.
#[derive(Clone, Debug, PartialEq)]
// Below the lint's bound where pointers have 32 bits, as in the browser.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "one lives at a time and seldom moves; a box is more code")
)]
pub enum Password {
    /// Its first half.
    Proving(Proving),
    /// The new password is being typed.
    New(ChangeRef),
}

/// The steps as the URL names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a state of the machine")]
pub enum Step {
    Proving(proving::Step),
    New,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Something in the first half.
    Prove(proving::Act),
    /// Gives the new password.
    Set(String),
    /// One step back; from the start, out.
    Back,
    /// Forward again to where the change stands.
    Forward,
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// One of the first half.
    Prove(proving::Effect),
    /// Set the new password.
    Set(SetPassword),
}

impl From<proving::Effect> for Effect {
    fn from(effect: proving::Effect) -> Self {
        Self::Prove(effect)
    }
}

/// How it ends.
#[derive(Debug, PartialEq)]
pub enum Exit {
    /// The new password is set; the outcome is found under the change's id.
    Set(String),
    /// The person went back from the start.
    Left,
}

impl Password {
    /// The change with this id is to be looked up by [`Act::Forward`].
    #[must_use]
    pub fn open(id: String, step: Step) -> Self {
        let shown = match step {
            Step::Proving(step) => Some(step),
            Step::New => None,
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
            Self::New(_) => Step::New,
        }
    }

    /// The change under way, for the URL; none at the start.
    #[must_use]
    pub fn change(&self) -> Option<&ChangeRef> {
        match self {
            Self::Proving(proving) => proving.change(),
            Self::New(change) => Some(change),
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
            proving::Exit::Proven(change, _) => match change.step {
                ChangeStep::NewPassword => Turn::Stay(Self::New((&change).into())),
                ChangeStep::PasswordSet => Turn::Leave(Exit::Set(change.id)),
                // A step that no change of a password has.
                _ => Turn::Stay(Self::start()),
            },
        })
    }
}

impl Machine for Password {
    type Act = Act;
    type Effect = Effect;
    type Reply = Change;
    type Exit = Exit;

    fn act(self, act: Act) -> Turn<Self> {
        match (self, act) {
            (Self::Proving(proving), Act::Prove(act)) => Self::proved(proving.act(act)),
            (Self::Proving(proving), Act::Back) => Self::proved(proving.act(proving::Act::Back)),
            (Self::Proving(proving), Act::Forward) => Self::proved(proving.act(proving::Act::Forward)),
            (Self::New(change), Act::Set(new_password)) => {
                let set = SetPassword { change: change.id.clone(), version: change.version, new_password };
                Turn::Ask(Self::New(change), Effect::Set(set))
            }
            (Self::New(change), Act::Back) => Turn::Stay(Self::Proving(Proving::back_from(ACTION, change))),
            (state, _) => Turn::Stay(state),
        }
    }

    fn reply(self, change: Change, at: Moment) -> Turn<Self> {
        Self::proved(match self {
            Self::Proving(proving) => proving.reply(change, at),
            Self::New(_) => Proving::resume(ACTION, change, at),
        })
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Moment) -> Turn<Self> {
        match (self, fresh) {
            (Self::Proving(proving), fresh) => Self::proved(proving.refuse(refusal, fresh, at)),
            // It stands elsewhere than this tab thought, or its proof is too old: redraw.
            (Self::New(_), Some(change)) => Self::proved(Proving::resume(ACTION, change.clone(), at)),
            _ if *refusal == Refusal::ChangeGone => Turn::Stay(Self::start()),
            (state, None) => Turn::Stay(state),
        }
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
    use crate::step_up::tests::{NOW, change};
    use contract::account::Way;
    use contract::refusal::PasswordFlaw;

    fn record(version: u32, step: ChangeStep) -> Change {
        Change { action: ACTION, ..change(version, step) }
    }

    fn at(step: ChangeStep) -> Password {
        match Password::start().reply(record(3, step), NOW) {
            Turn::Stay(password) => password,
            _ => panic!("a change under way stays"),
        }
    }

    fn name(turn: &Turn<Password>) -> String {
        let step = |password: &Password| match password.step() {
            Step::Proving(step) => format!("{step:?}"),
            Step::New => "New".into(),
        };
        match turn {
            Turn::Stay(password) => step(password),
            Turn::Ask(password, Effect::Prove(_)) => step(password) + " prove",
            Turn::Ask(password, Effect::Set(_)) => step(password) + " set",
            Turn::Leave(Exit::Set(_)) => "set".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts =
            [Act::Prove(proving::Act::Begin), Act::Set("a sentence of mine".into()), Act::Back, Act::Forward];
        let table = [
            (Password::open("c1".into(), Step::New), ["Opening", "Opening", "Opening", "Opening prove"]),
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
            Password::open("c1".into(), Step::New),
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
        assert_eq!(name(&Password::open("c1".into(), Step::New).reply(phone.clone(), NOW)), "Start");
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
    fn idm_1_another_password_after_the_first_was_set_is_not_said_to_be_set() {
        let turn = at(ChangeStep::NewPassword).refuse(&Refusal::KeyReused, None, NOW);
        assert_eq!(name(&turn), "New");
    }

    #[test]
    fn f_13_back_from_the_new_password_can_be_gone_forward_from() {
        let Turn::Stay(back) = at(ChangeStep::NewPassword).act(Act::Back) else { panic!("one step back") };
        let Turn::Ask(asked, Effect::Prove(_)) = back.act(Act::Forward) else {
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
