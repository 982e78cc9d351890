//! Replacing the WeChat, or binding the first (W1–W7).
//!
//! ```text
//! Proving ──proven──► New ──a scan is begun, allowed──► Confirm ──Bind──► Bound
//!    ▲                 │ Back   ▲                          │ Back
//!    └─────────────────┘        └──────────────────────────┘
//! ```
//!
//! `New` and `Confirm` are only ever built from a record whose step says so: the server recorded
//! the proof, and the WeChat to be bound is the one it names (QR-18).

use crate::machine::{Machine, Moment, Turn};
use crate::proving::{self, Proving};
use crate::scan::{Due, Scanning};
use crate::step_up::ChangeRef;
use contract::change::{Change, ChangeStep, GetChange};
use contract::me::Action;
use contract::outcome::GetOutcome;
use contract::refusal::Refusal;
use contract::scan::{Scan, StartNewWechatScan};
use contract::wechat::{BindWechat, WechatProfile};

const ACTION: Action = Action::Wechat;

/// Where the wizard stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Wechat {
    /// Its first half.
    Proving(Proving),
    /// The new WeChat is to scan.
    New(New),
    /// The new WeChat allowed it; is it the right one?
    Confirm(Confirm),
}

/// The new WeChat is to scan.
#[derive(Clone, Debug, PartialEq)]
pub struct New {
    /// The proven change.
    pub change: ChangeRef,
    /// Its scan; none before the person set out for it.
    pub scanning: Scanning,
}

/// The new WeChat, to be looked at before it is bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirm {
    /// The proven change.
    pub change: ChangeRef,
    /// As the phone said it is called.
    pub wechat: WechatProfile,
}

/// The steps as the URL names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a state of the machine")]
pub enum Step {
    Proving(proving::Step),
    New,
    Confirm,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Something in the first half.
    Prove(proving::Act),
    /// Wants a QR for the new WeChat, the first or another.
    Scan,
    /// Binds the WeChat that is shown.
    Bind,
    /// One step back; from the start, out.
    Back,
    /// Forward again to where the change stands.
    Forward,
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// One of the first half.
    Prove(proving::Effect),
    /// Begin a scan by the new WeChat.
    Scan(StartNewWechatScan),
    /// See which WeChat allowed it.
    Get(GetChange),
    /// Bind it.
    Bind(BindWechat),
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
    /// The new WeChat is bound; the outcome is found under the change's id.
    Bound(String),
    /// The person went back from the start.
    Left,
}

impl Wechat {
    /// The change with this id is to be looked up by [`Act::Forward`].
    #[must_use]
    pub fn open(id: String, step: Step) -> Self {
        let shown = match step {
            Step::Proving(step) => Some(step),
            Step::New | Step::Confirm => None,
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
            Self::Confirm(_) => Step::Confirm,
        }
    }

    /// The change under way, for the URL; none at the start.
    #[must_use]
    pub fn change(&self) -> Option<&ChangeRef> {
        match self {
            Self::Proving(proving) => proving.change(),
            Self::New(New { change, .. }) | Self::Confirm(Confirm { change, .. }) => Some(change),
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
            proving::Exit::Proven(change, at) => Self::proven(change, Scanning::default(), at),
        })
    }

    /// Where a record past the proof says that it stands; `known` is what is held of its scan.
    fn proven(change: Change, known: Scanning, at: Moment) -> Turn<Self> {
        let reference = ChangeRef::from(&change);
        match change.step {
            ChangeStep::NewWechat { scan } => {
                New { change: reference, scanning: known.told(scan, at) }.settle()
            }
            ChangeStep::ConfirmWechat { wechat, .. } => {
                Turn::Stay(Self::Confirm(Confirm { change: reference, wechat }))
            }
            ChangeStep::WechatBound { .. } => Turn::Leave(Exit::Bound(change.id)),
            // A step that no change of a WeChat has.
            _ => Turn::Stay(Self::start()),
        }
    }

    /// A record, whatever it says.
    fn recorded(change: Change, known: Scanning, at: Moment) -> Turn<Self> {
        match Proving::resume(ACTION, change, at) {
            Turn::Leave(proving::Exit::Proven(change, at)) => Self::proven(change, known, at),
            turn => Self::proved(turn),
        }
    }
}

impl New {
    /// Asks for what is due without the person. The first scan is theirs to ask for.
    fn settle(self) -> Turn<Wechat> {
        if self.scanning.scan.is_none() { Turn::Stay(Wechat::New(self)) } else { self.go_on() }
    }

    fn go_on(self) -> Turn<Wechat> {
        let (scanning, due) = self.scanning.due();
        let ChangeRef { id: change, version } = self.change.clone();
        let state = Wechat::New(Self { scanning, ..self });
        match due {
            Due::Nothing => Turn::Stay(state),
            Due::Begin => Turn::Ask(state, Effect::Scan(StartNewWechatScan { change, version })),
            // Which WeChat it was is in the change.
            Due::Redeem(_) => Turn::Ask(state, Effect::Get(GetChange { change })),
        }
    }

    fn scan(self) -> Turn<Wechat> {
        let scanning = self.scanning.anew();
        Self { scanning, ..self }.go_on()
    }
}

impl Machine for Wechat {
    type Act = Act;
    type Effect = Effect;
    type Reply = Change;
    type Exit = Exit;

    fn act(self, act: Act) -> Turn<Self> {
        match (self, act) {
            (Self::Proving(proving), Act::Prove(act)) => Self::proved(proving.act(act)),
            (Self::Proving(proving), Act::Back) => Self::proved(proving.act(proving::Act::Back)),
            (Self::Proving(proving), Act::Forward) => Self::proved(proving.act(proving::Act::Forward)),
            (Self::New(new), Act::Scan) => new.scan(),
            (Self::New(new), Act::Back) => Turn::Stay(Self::Proving(Proving::back_from(ACTION, new.change))),
            (Self::Confirm(confirm), Act::Bind) => {
                let ChangeRef { id: change, version } = confirm.change.clone();
                Turn::Ask(Self::Confirm(confirm), Effect::Bind(BindWechat { change, version }))
            }
            // It was the wrong one: what it allowed is put away by the next scan.
            (Self::Confirm(Confirm { change, .. }), Act::Back) => {
                Turn::Stay(Self::New(New { change, scanning: Scanning::default() }))
            }
            // It may have been the right one after all.
            (Self::New(new), Act::Forward) if new.scanning.scan.is_none() => {
                let get = GetChange { change: new.change.id.clone() };
                Turn::Ask(Self::New(new), Effect::Get(get))
            }
            (state, _) => Turn::Stay(state),
        }
    }

    fn reply(self, change: Change, at: Moment) -> Turn<Self> {
        match self {
            Self::Proving(proving) => Self::proved(proving.reply(change, at)),
            Self::New(New { scanning, .. }) => Self::recorded(change, scanning, at),
            Self::Confirm(_) => Self::recorded(change, Scanning::default(), at),
        }
    }

    fn refuse(self, refusal: &Refusal, fresh: Option<&Change>, at: Moment) -> Turn<Self> {
        match (self, fresh) {
            (Self::Proving(proving), fresh) => Self::proved(proving.refuse(refusal, fresh, at)),
            // The change stands elsewhere than this tab thought, or its proof is too old: redraw.
            (state, Some(change)) => state.reply(change.clone(), at),
            _ if *refusal == Refusal::ChangeGone => Turn::Stay(Self::start()),
            (Self::New(New { change, scanning }), None) => {
                Turn::Stay(Self::New(New { change, scanning: scanning.refused(refusal) }))
            }
            // Bound by an earlier press whose answer was lost.
            (Self::Confirm(confirm), None) if *refusal == Refusal::KeyReused => {
                let outcome = GetOutcome { key: confirm.change.id.clone() };
                Turn::Ask(Self::Confirm(confirm), Effect::Outcome(outcome))
            }
            (Self::Confirm(confirm), None) if matches!(refusal, Refusal::TooBusy { .. }) => {
                Turn::Stay(Self::Confirm(confirm))
            }
            // This WeChat cannot be bound (any more): another can.
            (Self::Confirm(Confirm { change, .. }), None) => {
                Turn::Stay(Self::New(New { change, scanning: Scanning::default() }))
            }
        }
    }

    fn watched(&self) -> Option<&str> {
        match self {
            Self::Proving(proving) => proving.watched(),
            Self::New(new) => new.scanning.watched(),
            Self::Confirm(_) => None,
        }
    }

    fn news(self, scan: Scan, at: Moment) -> Turn<Self> {
        match self {
            Self::Proving(proving) => Self::proved(proving.news(scan, at)),
            Self::New(New { change, scanning }) => {
                New { change, scanning: scanning.heard(scan, at) }.settle()
            }
            state => Turn::Stay(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::scan;
    use crate::step_up::tests::{NOW, change};
    use contract::account::Way;
    use contract::scan::ScanState;

    fn record(version: u32, step: ChangeStep) -> Change {
        Change { action: ACTION, ..change(version, step) }
    }

    fn profile() -> WechatProfile {
        WechatProfile { nickname: "新".into(), initial: "新".into(), tone: 1 }
    }

    fn at(step: ChangeStep) -> Wechat {
        match Wechat::start().reply(record(3, step), NOW) {
            Turn::Stay(wechat) => wechat,
            _ => panic!("a change under way stays"),
        }
    }

    fn new() -> Wechat {
        at(ChangeStep::NewWechat { scan: None })
    }

    fn confirm() -> Wechat {
        at(ChangeStep::ConfirmWechat { wechat: profile(), expires_in: 120 })
    }

    /// The QR of the new WeChat is on the screen.
    fn shown() -> Wechat {
        let Turn::Ask(asked, Effect::Scan(_)) = new().act(Act::Scan) else { panic!("a scan is begun") };
        let begun = ChangeStep::NewWechat { scan: Some(scan("s1", ScanState::Waiting, Some("text"))) };
        match asked.reply(record(4, begun), NOW) {
            Turn::Stay(shown) => shown,
            _ => panic!("a living scan waits"),
        }
    }

    fn name(turn: &Turn<Wechat>) -> String {
        let step = |wechat: &Wechat| match wechat.step() {
            Step::Proving(step) => format!("{step:?}"),
            step => format!("{step:?}"),
        };
        match turn {
            Turn::Stay(wechat) => step(wechat),
            Turn::Ask(wechat, Effect::Prove(_)) => step(wechat) + " prove",
            Turn::Ask(wechat, Effect::Scan(_)) => step(wechat) + " scan",
            Turn::Ask(wechat, Effect::Get(_)) => step(wechat) + " get",
            Turn::Ask(wechat, Effect::Bind(_)) => step(wechat) + " bind",
            Turn::Ask(wechat, Effect::Outcome(_)) => step(wechat) + " outcome",
            Turn::Leave(Exit::Bound(_)) => "bound".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [Act::Prove(proving::Act::Begin), Act::Scan, Act::Bind, Act::Back, Act::Forward];
        let identify = at(ChangeStep::Identify { sent: None, scan: None });
        let table = [
            (Wechat::start(), ["Start prove", "Start", "Start", "left", "Start"]),
            (identify, ["Choose", "Choose", "Choose", "Start", "Choose"]),
            (new(), ["New", "New scan", "New", "Start", "New get"]),
            (shown(), ["New", "New scan", "New", "Start", "New"]),
            (confirm(), ["Confirm", "Confirm", "Confirm bind", "New", "Confirm"]),
        ];
        for (state, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                assert_eq!(name(&state.clone().act(act)), expected, "{state:?}");
            }
        }
    }

    #[test]
    fn w4_what_the_phone_allowed_is_shown_before_it_is_bound() {
        let shown = shown();
        assert_eq!(shown.watched(), Some("s1"));
        let Turn::Ask(asked, Effect::Get(_)) = shown.news(scan("s1", ScanState::Confirmed, None), NOW) else {
            panic!("the change is asked which one it was")
        };
        let allowed = ChangeStep::ConfirmWechat { wechat: profile(), expires_in: 120 };
        let Turn::Stay(confirm) = asked.reply(record(5, allowed), NOW) else { panic!("it is shown") };
        assert_eq!(confirm, at_version(5));
        assert_eq!(name(&confirm.act(Act::Bind)), "Confirm bind");
    }

    fn at_version(version: u32) -> Wechat {
        Wechat::Confirm(Confirm { change: ChangeRef { id: "c1".into(), version }, wechat: profile() })
    }

    #[test]
    fn w5_a_wechat_that_cannot_be_bound_makes_room_for_another() {
        for refusal in [Refusal::WechatSame, Refusal::WechatTaken, Refusal::ScanExpired] {
            assert_eq!(name(&confirm().refuse(&refusal, None, NOW)), "New", "{refusal:?}");
        }
        for end in [ScanState::Same, ScanState::Taken, ScanState::Denied, ScanState::Snapshot] {
            let Turn::Stay(ended) = shown().news(scan("s1", end, None), NOW) else {
                panic!("an end waits for the person")
            };
            assert_eq!(name(&ended.act(Act::Scan)), "New scan", "{end:?}");
        }
    }

    #[test]
    fn f_15_a_reload_draws_a_new_qr_or_goes_on_with_one_that_a_phone_has() {
        let resumed = |state| {
            let step = ChangeStep::NewWechat { scan: Some(scan("s1", state, None)) };
            name(&Wechat::open("c1".into(), Step::New).reply(record(3, step), NOW))
        };
        assert_eq!(resumed(ScanState::Waiting), "New scan");
        assert_eq!(resumed(ScanState::Scanned), "New");
        assert_eq!(resumed(ScanState::Denied), "New");
    }

    #[test]
    fn idm_1_a_binding_whose_answer_was_lost_is_looked_up() {
        assert_eq!(name(&confirm().refuse(&Refusal::KeyReused, None, NOW)), "Confirm outcome");
        assert_eq!(name(&confirm().refuse(&Refusal::TooBusy { after: 1 }, None, NOW)), "Confirm");
        let bound = ChangeStep::WechatBound { wechat: profile(), ended: 0 };
        assert_eq!(name(&confirm().reply(record(6, bound), NOW)), "bound");
    }

    #[test]
    fn g5_a_proof_that_is_too_old_is_given_again() {
        let fresh = record(9, ChangeStep::Identify { sent: None, scan: None });
        let needed = Refusal::StepUpNeeded { ways: vec![Way::Sms] };
        for state in [new(), shown(), confirm()] {
            assert_eq!(name(&state.refuse(&needed, Some(&fresh), NOW)), "Choose");
        }
        assert_eq!(name(&new().refuse(&Refusal::ChangeGone, None, NOW)), "Start");
    }
}
