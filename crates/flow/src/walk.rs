//! A million random steps through each of the machines that guard something (STP-03).
//!
//! Acts, records, refusals and scan updates come in random order, including orders that no person and
//! no server would produce. Checked: a state past the proof is only entered by a record that says so,
//! and each way of proof only requests its own check.

use crate::cancel::{self, LastWord};
use crate::gate::{self, Gate};
use crate::machine::{Machine, Turn};
use crate::password::{self, NewPassword};
use crate::phone::{self, NewPhone};
use crate::proving;
use crate::scan::tests::scan;
use crate::step_up::tests::{NOW, change, sent, six_digits};
use crate::step_up::{self, At, StepUp};
use crate::wechat::{self, NewWechat};
use crate::wizard::{self, Half, Wizard};
use contract::account::{DeviceKind, Role, Way};
use contract::change::{Change, ChangeStep, StartChange};
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::{Scan, ScanState};
use contract::time::Timestamp;
use contract::wechat::WechatProfile;

const STEPS: u32 = 1_000_000;

/// Xorshift: the same walk every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn scan(&mut self) -> Scan {
        use ScanState as S;
        let states = [S::Waiting, S::Waiting, S::Scanned, S::Confirmed, S::Expired, S::Denied];
        let state = states[self.below(6) as usize];
        let id = ["s1", "s2"][self.below(2) as usize];
        scan(id, state, (self.below(2) == 0).then_some("text"))
    }

    fn record(&mut self) -> Change {
        let actions = [
            Action::Phone,
            Action::Password,
            Action::EndOtherSessions,
            Action::Wechat,
            Action::Cancel,
            Action::EndDevice,
            Action::DeleteUser,
            Action::ChangeSuperAdmin,
        ];
        let action = actions[self.below(8) as usize];
        let step = SAMPLES[self.below(SAMPLES.len() as u64) as usize](self);
        Change { action, ..change(1, step) }
    }

    fn refusal(&mut self) -> Refusal {
        match self.below(6) {
            0 => Refusal::ChangeGone,
            4 => Refusal::KeyReused,
            1 => Refusal::ChangeStale,
            2 => Refusal::StepUpNeeded { ways: vec![Way::Sms] },
            3 => Refusal::SendTooOften { after: 9 },
            _ => Refusal::CodeWrong { left: 1 },
        }
    }

    fn step_up(&mut self) -> step_up::Act {
        match self.below(9) {
            7 => step_up::Act::Use(Way::Wechat),
            8 => step_up::Act::Scan,
            0 => step_up::Act::Use(Way::Sms),
            1 => step_up::Act::Use(Way::Password),
            2 => step_up::Act::Send,
            3 => step_up::Act::SubmitCode(six_digits()),
            4 => step_up::Act::SubmitPassword(String::new()),
            5 => step_up::Act::Back,
            _ => step_up::Act::Forward,
        }
    }

    fn proving(&mut self) -> proving::Act {
        match self.below(7) {
            6 => proving::Act::Agree(String::new()),
            0 => proving::Act::Begin,
            1 => proving::Act::Back,
            2 => proving::Act::Forward,
            _ => proving::Act::StepUp(self.step_up()),
        }
    }
}

/// Defines [`stands`] and [`SAMPLES`] by one row for each step: an example, the actions whose changes have it, and how
/// far it reaches. A step without a row does not compile.
macro_rules! steps {
    ($($step:ident: $sample:expr, $actions:expr, $reach:ident;)*) => {
        fn stands(step: &ChangeStep) -> (&'static [Action], Reach) {
            match step {
                $(ChangeStep::$step { .. } => ($actions, Reach::$reach),)*
            }
        }

        const SAMPLES: &[fn(&mut Dice) -> ChangeStep] = &[$($sample),*];
    };
}

/// The actions that need a grant.
const SINGLE: &[Action] =
    &[Action::EndOtherSessions, Action::EndDevice, Action::DeleteUser, Action::ChangeSuperAdmin];

const WECHAT: WechatProfile = WechatProfile { nickname: String::new(), initial: String::new(), tone: 0 };

steps! {
    Identify: |dice| {
        let sent = (dice.below(3) == 0).then(sent);
        let scan = (dice.below(3) == 0).then(|| dice.scan());
        ChangeStep::Identify { sent, scan }
    }, &[], Before;
    NewPhone: |_| ChangeStep::NewPhone { targets_left: 3 }, &[Action::Phone], Past;
    NewCode: |_| ChangeStep::NewCode { sent: sent(), targets_left: 2 }, &[Action::Phone], Past;
    PhoneBound: |_| ChangeStep::PhoneBound { phone: String::new() }, &[Action::Phone], End;
    NewPassword: |_| ChangeStep::NewPassword, &[Action::Password], Past;
    PasswordSet: |_| ChangeStep::PasswordSet, &[Action::Password], End;
    NewWechat: |dice| {
        ChangeStep::NewWechat { scan: (dice.below(2) == 0).then(|| dice.scan()) }
    }, &[Action::Wechat], Past;
    ConfirmWechat: |_| ChangeStep::ConfirmWechat { wechat: WECHAT, expires_in: 9 }, &[Action::Wechat], Past;
    WechatBound: |_| {
        ChangeStep::WechatBound { wechat: WECHAT, replaced: true, ended: 0 }
    }, &[Action::Wechat], End;
    ConfirmCancel: |_| ChangeStep::ConfirmCancel, &[Action::Cancel], Past;
    Canceled: |_| ChangeStep::Canceled { receipt: String::new() }, &[Action::Cancel], End;
    CoolingOff: |_| {
        ChangeStep::CoolingOff { receipt: String::new(), until: Timestamp(String::new()) }
    }, &[Action::Cancel], End;
    Granted: |_| ChangeStep::Granted, SINGLE, End;
    // The answers of single actions: the gate is gone by then.
    SessionsEnded: |_| ChangeStep::SessionsEnded { count: 1 }, &[], Before;
    DeviceEnded: |_| ChangeStep::DeviceEnded { kind: DeviceKind::Mac }, &[], Before;
    UserDeleted: |_| ChangeStep::UserDeleted, &[], Before;
    SuperAdminChanged: |_| ChangeStep::SuperAdminChanged { role: Role::SuperAdmin }, &[], Before;
}

/// How far a step reaches for one action.
fn says(action: Action, step: &ChangeStep) -> Reach {
    let (actions, reach) = stands(step);
    if actions.contains(&action) { reach } else { Reach::Before }
}

/// How far a machine is: before the proof, past it, or at the end of what it is for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reach {
    Before,
    Past,
    End,
}

/// A machine that can be walked at random.
trait Walked: Machine<Reply = Change> {
    const ACTION: Action;
    fn begin() -> Self;
    fn any_act(dice: &mut Dice) -> Self::Act;
    fn reach(&self) -> Reach;
    fn exit(exit: &Self::Exit) -> Reach;
    /// The proof being given, and the check asked for, if it is one.
    fn proof<'t>(&'t self, effect: &'t Self::Effect) -> Option<(&'t StepUp, &'t step_up::Effect)>;
}

/// Walks and brings how often each reach was entered from another.
fn walk<M: Walked>(dice: &mut Dice) -> [u32; 3] {
    let mut seen = [0; 3];
    let mut machine = M::begin();
    for _ in 0..STEPS {
        let before = machine.reach();
        let (turn, record) = match dice.below(9) {
            0 => {
                let record = dice.record();
                (machine.reply(record.clone(), NOW), Some(record))
            }
            1 => {
                let fresh = (dice.below(2) == 0).then(|| dice.record());
                (machine.refuse(&dice.refusal(), fresh.as_ref(), NOW), fresh)
            }
            2 => (machine.scan_changed(dice.scan(), NOW), None),
            _ => (machine.act(M::any_act(dice)), None),
        };
        let (after, next) = match turn {
            Turn::Stay(machine) => (machine.reach(), machine),
            Turn::Ask(machine, effect) => {
                if let Some((step_up, effect)) = machine.proof(&effect) {
                    let by = match effect {
                        step_up::Effect::Send(_) | step_up::Effect::Sms(_) => At::Sms,
                        step_up::Effect::Password(_) => At::Password,
                        step_up::Effect::Scan(_) | step_up::Effect::Wechat(_) => At::Wechat,
                    };
                    assert_eq!(step_up.at, by, "a way asks for its own check only");
                }
                (machine.reach(), machine)
            }
            Turn::Leave(exit) => (M::exit(&exit), M::begin()),
        };
        if after != before && after != Reach::Before {
            let record = record.expect("only a record leads past the proof");
            assert_eq!(record.action, M::ACTION);
            assert_eq!(says(M::ACTION, &record.step), after, "{record:?}");
        }
        if after != before {
            seen[after as usize] += 1;
        }
        machine = next;
    }
    seen
}

#[test]
fn stp_03_a_million_random_steps_reach_nothing_without_a_record() {
    let mut dice = Dice(0x5eed);
    let [back, past, end] = walk::<Wizard<NewPhone>>(&mut dice);
    assert!(back.min(past).min(end) > 900, "phone: {back} {past} {end}");
    let [back, past, end] = walk::<Wizard<NewPassword>>(&mut dice);
    assert!(back.min(past).min(end) > 900, "password: {back} {past} {end}");
    let [back, past, end] = walk::<Wizard<NewWechat>>(&mut dice);
    assert!(back.min(past).min(end) > 900, "wechat: {back} {past} {end}");
    let [back, past, end] = walk::<Wizard<LastWord>>(&mut dice);
    assert!(back.min(past).min(end) > 900, "cancel: {back} {past} {end}");
    let [_, past, end] = walk::<Gate>(&mut dice);
    assert!(past == 0 && end > 1000, "gate: {past} {end}");
}

/// Where a machine is after a record, from its beginning.
fn reached<M: Walked>(step: ChangeStep) -> Reach {
    match M::begin().reply(Change { action: M::ACTION, ..change(1, step) }, NOW) {
        Turn::Stay(machine) | Turn::Ask(machine, _) => machine.reach(),
        Turn::Leave(exit) => M::exit(&exit),
    }
}

#[test]
fn g5_every_step_is_known_to_the_machine_of_its_action() {
    let mut dice = Dice(0x5eed);
    for sample in SAMPLES {
        let step = sample(&mut dice);
        for (action, reached) in [
            (Action::Phone, reached::<Wizard<NewPhone>> as fn(ChangeStep) -> Reach),
            (Action::Password, reached::<Wizard<NewPassword>>),
            (Action::Wechat, reached::<Wizard<NewWechat>>),
            (Action::Cancel, reached::<Wizard<LastWord>>),
            (Action::EndOtherSessions, reached::<Gate>),
        ] {
            assert_eq!(reached(step.clone()), says(action, &step), "{action:?}, {step:?}");
        }
    }
}

impl Walkable for NewPhone {
    fn any(dice: &mut Dice) -> phone::Act {
        match dice.below(3) {
            0 => phone::Act::Name(String::new()),
            1 => phone::Act::Resend,
            _ => phone::Act::Submit(six_digits()),
        }
    }
}

impl Walkable for NewPassword {
    fn any(_: &mut Dice) -> password::Act {
        password::Act::Set(String::new())
    }
}

impl Walkable for LastWord {
    fn any(_: &mut Dice) -> cancel::Act {
        cancel::Act::Confirm
    }
}

impl Walkable for NewWechat {
    fn any(dice: &mut Dice) -> wechat::Act {
        if dice.below(2) == 0 { wechat::Act::Scan } else { wechat::Act::Bind }
    }
}

/// The own half of a wizard that can be walked at random.
trait Walkable: Half {
    fn any(dice: &mut Dice) -> Self::Act;
}

impl<H: Walkable> Walked for Wizard<H> {
    const ACTION: Action = H::ACTION;

    fn begin() -> Self {
        Self::start()
    }
    fn any_act(dice: &mut Dice) -> wizard::Act<H::Act> {
        match dice.below(8) {
            0..=2 => wizard::Act::Then(H::any(dice)),
            3 => wizard::Act::Back,
            4 => wizard::Act::Forward,
            _ => wizard::Act::Prove(dice.proving()),
        }
    }
    fn reach(&self) -> Reach {
        if self.proving().is_some() { Reach::Before } else { Reach::Past }
    }
    fn exit(exit: &wizard::Exit) -> Reach {
        if *exit == wizard::Exit::Left { Reach::Before } else { Reach::End }
    }
    fn proof<'t>(&'t self, effect: &'t Self::Effect) -> Option<(&'t StepUp, &'t step_up::Effect)> {
        match (self, effect) {
            (Self::Proving(proving), wizard::Effect::Prove(proving::Effect::StepUp(effect))) => {
                Some((proving.step_up()?, effect))
            }
            _ => None,
        }
    }
}

impl Walked for Gate {
    const ACTION: Action = Action::EndOtherSessions;

    fn begin() -> Self {
        Self::new(StartChange::of(Self::ACTION))
    }
    fn any_act(dice: &mut Dice) -> gate::Act {
        if dice.below(3) == 0 { gate::Act::Begin } else { gate::Act::StepUp(dice.step_up()) }
    }
    fn reach(&self) -> Reach {
        Reach::Before
    }
    fn exit(exit: &gate::Exit) -> Reach {
        if *exit == gate::Exit::Left { Reach::Before } else { Reach::End }
    }
    fn proof<'t>(&'t self, effect: &'t gate::Effect) -> Option<(&'t StepUp, &'t step_up::Effect)> {
        match effect {
            gate::Effect::StepUp(effect) => Some((self.step_up()?, effect)),
            gate::Effect::Start(_) => None,
        }
    }
}
