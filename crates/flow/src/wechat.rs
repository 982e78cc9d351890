//! Replacing the WeChat, or binding the first (W1–W7).
//!
//! ```text
//! Proving ──proven──► Scan ──a scan is begun, allowed──► Confirm ──Bind──► Done
//!    ▲                 │ Back   ▲                          │ Back
//!    └─────────────────┘        └──────────────────────────┘
//! ```
//!
//! The WeChat to be bound is the one the record names (QR-18).

use crate::machine::{Instant, Turn};
use crate::scan::{Due, Scanning};
use crate::step_up::ChangeRef;
use crate::wizard::{Exit, Half, Wizard};
use contract::change::{Change, ChangeStep, GetChange};
use contract::me::Action;
use contract::outcome::GetOutcome;
use contract::refusal::Refusal;
use contract::scan::{Scan, StartNewWechatScan};
use contract::wechat::{BindWechat, WechatProfile};

/// The whole wizard.
pub type Wechat = Wizard<NewWechat>;

/// Where its own half stands.
#[derive(Clone, Debug, PartialEq)]
pub enum NewWechat {
    /// The new WeChat is to scan.
    Scan(New),
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
#[expect(missing_docs, reason = "each is a state of the half")]
pub enum Step {
    New,
    Confirm,
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Wants a QR for the new WeChat, the first or another.
    Scan,
    /// Binds the WeChat that is shown.
    Bind,
}

/// Requests to perform; each answers with the fresh change.
pub enum Effect {
    /// Begin a scan by the new WeChat.
    Scan(StartNewWechatScan),
    /// See which WeChat allowed it.
    Get(GetChange),
    /// Bind it.
    Bind(BindWechat),
    /// See what was bound already.
    Outcome(GetOutcome),
}

impl New {
    /// Asks for what is due without the person. The first scan is theirs to ask for.
    fn settle(self) -> Turn<Wechat> {
        if self.scanning.scan.is_none() { NewWechat::Scan(self).stays() } else { self.go_on() }
    }

    fn go_on(self) -> Turn<Wechat> {
        let (scanning, due) = self.scanning.due();
        let ChangeRef { id: change, version } = self.change.clone();
        let half = NewWechat::Scan(Self { scanning, ..self });
        match due {
            Due::Nothing => half.stays(),
            Due::Begin => half.asks(Effect::Scan(StartNewWechatScan { change, version })),
            // Which WeChat it was is in the change.
            Due::Redeem(_) => half.asks(Effect::Get(GetChange { change })),
        }
    }
}

impl NewWechat {
    /// Room for another WeChat than the one that was shown.
    fn another(change: ChangeRef) -> Turn<Wechat> {
        Self::Scan(New { change, scanning: Scanning::default() }).stays()
    }
}

impl Half for NewWechat {
    const ACTION: Action = Action::Wechat;
    type Step = Step;
    type Act = Act;
    type Effect = Effect;

    fn step(&self) -> Step {
        match self {
            Self::Scan(_) => Step::New,
            Self::Confirm(_) => Step::Confirm,
        }
    }

    fn change(&self) -> &ChangeRef {
        match self {
            Self::Scan(New { change, .. }) | Self::Confirm(Confirm { change, .. }) => change,
        }
    }

    fn proven(change: Change, known: Option<Self>, at: Instant) -> Turn<Wechat> {
        let reference = ChangeRef::from(&change);
        match change.step {
            ChangeStep::NewWechat { scan } => {
                let known = match known {
                    Some(Self::Scan(new)) => new.scanning,
                    _ => Scanning::default(),
                };
                New { change: reference, scanning: known.updated(scan, at) }.settle()
            }
            ChangeStep::ConfirmWechat { wechat, .. } => {
                Self::Confirm(Confirm { change: reference, wechat }).stays()
            }
            ChangeStep::WechatBound { .. } => Turn::Leave(Exit::Done(change.id)),
            // A step that no change of a WeChat has.
            _ => Turn::Stay(Wizard::start()),
        }
    }

    fn act(self, act: Act) -> Turn<Wechat> {
        match (self, act) {
            (Self::Scan(new), Act::Scan) => New { scanning: new.scanning.anew(), ..new }.go_on(),
            (Self::Confirm(confirm), Act::Bind) => {
                let ChangeRef { id: change, version } = confirm.change.clone();
                Self::Confirm(confirm).asks(Effect::Bind(BindWechat { change, version }))
            }
            (half, _) => half.stays(),
        }
    }

    fn back(self) -> Turn<Wechat> {
        match self {
            Self::Scan(_) => Wizard::back_to_start(&self),
            // It was the wrong one: what it allowed is put away by the next scan.
            Self::Confirm(Confirm { change, .. }) => Self::another(change),
        }
    }

    fn forward(self) -> Turn<Wechat> {
        match self {
            // It may have been the right one after all.
            Self::Scan(new) if new.scanning.scan.is_none() => {
                let get = GetChange { change: new.change.id.clone() };
                Self::Scan(new).asks(Effect::Get(get))
            }
            half => half.stays(),
        }
    }

    fn refuse(self, refusal: &Refusal, _: Instant) -> Turn<Wechat> {
        match self {
            Self::Scan(New { change, scanning }) => {
                Self::Scan(New { change, scanning: scanning.refused(refusal) }).stays()
            }
            // Bound by an earlier press whose answer was lost.
            Self::Confirm(confirm) if *refusal == Refusal::KeyReused => {
                let outcome = GetOutcome { key: confirm.change.id.clone() };
                Self::Confirm(confirm).asks(Effect::Outcome(outcome))
            }
            Self::Confirm(_) if matches!(refusal, Refusal::TooBusy { .. }) => self.stays(),
            // This WeChat cannot be bound (any more): another can.
            Self::Confirm(Confirm { change, .. }) => Self::another(change),
        }
    }

    fn watched(&self) -> Option<&str> {
        match self {
            Self::Scan(new) => new.scanning.watched(),
            Self::Confirm(_) => None,
        }
    }

    fn scan_changed(self, scan: Scan, at: Instant) -> Turn<Wechat> {
        match self {
            Self::Scan(New { change, scanning }) => {
                New { change, scanning: scanning.heard(scan, at) }.settle()
            }
            half => half.stays(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::scan::tests::scan;
    use crate::step_up::tests::{NOW, change};
    use crate::{proving, wizard};
    use contract::account::Way;
    use contract::scan::ScanState;

    fn record(version: u32, step: ChangeStep) -> Change {
        Change { action: NewWechat::ACTION, ..change(version, step) }
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
        let Turn::Ask(asked, wizard::Effect::Then(Effect::Scan(_))) = new().act(wizard::Act::Then(Act::Scan))
        else {
            panic!("a scan is begun")
        };
        let begun = ChangeStep::NewWechat { scan: Some(scan("s1", ScanState::Waiting, Some("text"))) };
        match asked.reply(record(4, begun), NOW) {
            Turn::Stay(shown) => shown,
            _ => panic!("a living scan waits"),
        }
    }

    fn name(turn: &Turn<Wechat>) -> String {
        let step = |wechat: &Wechat| match wechat.step() {
            wizard::Step::Proving(step) => format!("{step:?}"),
            wizard::Step::Then(step) => format!("{step:?}"),
        };
        match turn {
            Turn::Stay(wechat) => step(wechat),
            Turn::Ask(wechat, wizard::Effect::Prove(_)) => step(wechat) + " prove",
            Turn::Ask(wechat, wizard::Effect::Then(Effect::Scan(_))) => step(wechat) + " scan",
            Turn::Ask(wechat, wizard::Effect::Then(Effect::Get(_))) => step(wechat) + " get",
            Turn::Ask(wechat, wizard::Effect::Then(Effect::Bind(_))) => step(wechat) + " bind",
            Turn::Ask(wechat, wizard::Effect::Then(Effect::Outcome(_))) => step(wechat) + " outcome",
            Turn::Leave(Exit::Done(_)) => "bound".into(),
            Turn::Leave(Exit::Left) => "left".into(),
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            wizard::Act::Prove(proving::Act::Begin),
            wizard::Act::Then(Act::Scan),
            wizard::Act::Then(Act::Bind),
            wizard::Act::Back,
            wizard::Act::Forward,
        ];
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
        let Turn::Ask(asked, wizard::Effect::Then(Effect::Get(_))) =
            shown.scan_changed(scan("s1", ScanState::Confirmed, None), NOW)
        else {
            panic!("the change is asked which one it was")
        };
        let allowed = ChangeStep::ConfirmWechat { wechat: profile(), expires_in: 120 };
        let Turn::Stay(confirm) = asked.reply(record(5, allowed), NOW) else { panic!("it is shown") };
        assert_eq!(confirm, at_version(5));
        assert_eq!(name(&confirm.act(wizard::Act::Then(Act::Bind))), "Confirm bind");
    }

    fn at_version(version: u32) -> Wechat {
        Wizard::Then(NewWechat::Confirm(Confirm {
            change: ChangeRef { id: "c1".into(), version },
            wechat: profile(),
        }))
    }

    #[test]
    fn w5_a_wechat_that_cannot_be_bound_makes_room_for_another() {
        for refusal in [Refusal::WechatSame, Refusal::WechatTaken, Refusal::ScanExpired] {
            assert_eq!(name(&confirm().refuse(&refusal, None, NOW)), "New", "{refusal:?}");
        }
        for end in [ScanState::Same, ScanState::Taken, ScanState::Denied, ScanState::Snapshot] {
            let Turn::Stay(ended) = shown().scan_changed(scan("s1", end, None), NOW) else {
                panic!("an end waits for the person")
            };
            assert_eq!(name(&ended.act(wizard::Act::Then(Act::Scan))), "New scan", "{end:?}");
        }
    }

    #[test]
    fn f_15_reload_renews_a_waiting_qr_and_keeps_a_scanned_one() {
        let resumed = |state| {
            let step = ChangeStep::NewWechat { scan: Some(scan("s1", state, None)) };
            name(&Wechat::open("c1".into(), wizard::Step::Then(Step::New)).reply(record(3, step), NOW))
        };
        assert_eq!(resumed(ScanState::Waiting), "New scan");
        assert_eq!(resumed(ScanState::Scanned), "New");
        assert_eq!(resumed(ScanState::Denied), "New");
    }

    #[test]
    fn idm_1_a_binding_whose_answer_was_lost_is_looked_up() {
        assert_eq!(name(&confirm().refuse(&Refusal::KeyReused, None, NOW)), "Confirm outcome");
        assert_eq!(name(&confirm().refuse(&Refusal::TooBusy { after: 1 }, None, NOW)), "Confirm");
        let bound = ChangeStep::WechatBound { wechat: profile(), replaced: true, ended: 0 };
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
