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
        let wechat = || WechatProfile { nickname: String::new(), initial: String::new(), tone: 0 };
        let step = match self.below(21) {
            0 | 1 => ChangeStep::Identify { sent: None, scan: None },
            2 => ChangeStep::Identify { sent: Some(sent()), scan: None },
            3 => ChangeStep::NewPhone { targets_left: 3 },
            4 => ChangeStep::NewCode { sent: sent(), targets_left: 2 },
            5 => ChangeStep::PhoneBound { phone: String::new() },
            6 => ChangeStep::NewPassword,
            7 => ChangeStep::PasswordSet,
            8 => ChangeStep::Granted,
            9 => ChangeStep::Identify { sent: None, scan: Some(self.scan()) },
            10 => ChangeStep::NewWechat { scan: None },
            11 => ChangeStep::NewWechat { scan: Some(self.scan()) },
            12 => ChangeStep::ConfirmWechat { wechat: wechat(), expires_in: 9 },
            13 => ChangeStep::WechatBound { wechat: wechat(), replaced: true, ended: 0 },
            14 => ChangeStep::ConfirmCancel,
            15 => ChangeStep::Canceled { receipt: String::new() },
            16 => ChangeStep::CoolingOff { receipt: String::new(), until: Timestamp(String::new()) },
            17 => ChangeStep::DeviceEnded { kind: DeviceKind::Mac },
            18 => ChangeStep::UserDeleted,
            19 => ChangeStep::SuperAdminChanged { role: Role::SuperAdmin },
            _ => ChangeStep::SessionsEnded { count: 1 },
        };
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
    /// How far the steps of its records reach.
    fn says(step: &ChangeStep) -> Reach;
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
        let (turn, told) = match dice.below(9) {
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
            let record = told.expect("only a record leads past the proof");
            assert_eq!(record.action, M::ACTION);
            assert_eq!(M::says(&record.step), after, "{record:?}");
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

impl Walkable for NewPhone {
    const PAST: fn(&ChangeStep) -> bool =
        |step| matches!(step, ChangeStep::NewPhone { .. } | ChangeStep::NewCode { .. });
    const END: fn(&ChangeStep) -> bool = |step| matches!(step, ChangeStep::PhoneBound { .. });

    fn any(dice: &mut Dice) -> phone::Act {
        match dice.below(3) {
            0 => phone::Act::Name(String::new()),
            1 => phone::Act::Resend,
            _ => phone::Act::Submit(six_digits()),
        }
    }
}

impl Walkable for NewPassword {
    const PAST: fn(&ChangeStep) -> bool = |step| matches!(step, ChangeStep::NewPassword);
    const END: fn(&ChangeStep) -> bool = |step| matches!(step, ChangeStep::PasswordSet);

    fn any(_: &mut Dice) -> password::Act {
        password::Act::Set(String::new())
    }
}

impl Walkable for LastWord {
    const PAST: fn(&ChangeStep) -> bool = |step| matches!(step, ChangeStep::ConfirmCancel);
    const END: fn(&ChangeStep) -> bool =
        |step| matches!(step, ChangeStep::Canceled { .. } | ChangeStep::CoolingOff { .. });

    fn any(_: &mut Dice) -> cancel::Act {
        cancel::Act::Confirm
    }
}

impl Walkable for NewWechat {
    const PAST: fn(&ChangeStep) -> bool =
        |step| matches!(step, ChangeStep::NewWechat { .. } | ChangeStep::ConfirmWechat { .. });
    const END: fn(&ChangeStep) -> bool = |step| matches!(step, ChangeStep::WechatBound { .. });

    fn any(dice: &mut Dice) -> wechat::Act {
        if dice.below(2) == 0 { wechat::Act::Scan } else { wechat::Act::Bind }
    }
}

/// The own half of a wizard that can be walked at random.
trait Walkable: Half {
    /// The steps of its records.
    const PAST: fn(&ChangeStep) -> bool;
    /// Those at which it is done.
    const END: fn(&ChangeStep) -> bool;
    fn any(dice: &mut Dice) -> Self::Act;
}

impl<H: Walkable> Walked for Wizard<H> {
    const ACTION: Action = H::ACTION;

    fn says(step: &ChangeStep) -> Reach {
        match step {
            step if H::PAST(step) => Reach::Past,
            step if H::END(step) => Reach::End,
            _ => Reach::Before,
        }
    }
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

    fn says(step: &ChangeStep) -> Reach {
        if matches!(step, ChangeStep::Granted) { Reach::End } else { Reach::Before }
    }
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
