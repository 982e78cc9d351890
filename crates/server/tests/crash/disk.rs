//! The disk fails under the real program: it is full, or broken at writing or at syncing, or read-only,
//! at every call that it makes (B50, V2); or somebody else holds the database. No transaction
//! is applied in part, no message is sent twice, `/readyz` reports the failure, and the server recovers
//! without a restart.
//!
//! `fault.c` is a preloaded library that makes file-system calls fail (Linux).

use crate::audit::Database;
use crate::browser::{Browser, Gone};
use crate::process::{Folder, Server};
use contract::cancel::{CancelAccount, GetCancel, StartCancel};
use contract::change::{Change, ChangeStep, StartChange};
use contract::endpoint::Endpoint;
use contract::me::{Action, GetMe};
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::refusal::Refusal;
use contract::sign_in::{SendSignInCode, SignIn, SignInByPassword, SignInBySms};
use contract::step_up::{SendStepUpCode, StepUpBySms};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const WRITES: i32 = 1;
const SYNCS: i32 = 2;
const OPENS: i32 = 4;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;

/// What can be wrong with a disk: which calls fail, and with which error.
#[derive(Clone, Copy)]
struct Fault {
    name: &'static str,
    kinds: i32,
    error: i32,
}

const FAULTS: [Fault; 4] = [
    Fault { name: "full", kinds: WRITES, error: ENOSPC },
    Fault { name: "broken at writing", kinds: WRITES, error: EIO },
    Fault { name: "broken at syncing", kinds: SYNCS, error: EIO },
    Fault { name: "read-only", kinds: WRITES | OPENS, error: EROFS },
];

/// What the program's calls meet; `fault.c` has the same five numbers.
struct Plan(File);

impl Plan {
    fn new(path: &Path) -> Self {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path);
        let plan = Self(file.expect("a file"));
        plan.write([0; 5]);
        plan
    }

    fn write(&self, numbers: [i32; 5]) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
        self.0.write_all_at(&bytes, 0).expect("written");
    }

    /// From now on calls of these kinds fail, after so many that go well.
    fn arm(&self, kinds: i32, error: i32, spare: i32) {
        self.write([0, kinds, error, spare, 0]);
        self.0.write_all_at(&1_i32.to_ne_bytes(), 0).expect("written");
    }

    /// All is well again; answers how many calls failed.
    fn disarm(&self) -> i32 {
        self.0.write_all_at(&0_i32.to_ne_bytes(), 0).expect("written");
        let mut hits = [0; 4];
        self.0.read_exact_at(&mut hits, 16).expect("read");
        i32::from_ne_bytes(hits)
    }
}

/// The library that makes calls fail, built by the C compiler that built SQLite.
fn library(folder: &Path) -> PathBuf {
    let library = folder.join("fault.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/fault.c");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(cc.status().expect("a C compiler").success());
    library
}

/// A server whose disk can be made to fail, and two who use it.
struct Patient {
    server: Server,
    plan: Plan,
    folder: Folder,
    /// Who changes things.
    browser: Browser,
    /// Who is signed in and only reads.
    reader: Browser,
    /// How many tries met the fault.
    met: u32,
}

impl Patient {
    fn new() -> Self {
        let folder = Folder::new();
        let plan_file = folder.path().join("plan");
        let plan = Plan::new(&plan_file);
        let text = |path: &Path| path.display().to_string();
        let environment = [
            ("LD_PRELOAD", text(&library(folder.path()))),
            ("MENSHEN_FAULT", text(&plan_file)),
            ("MENSHEN_FAULT_FOLDER", text(folder.path())),
        ];
        let server = Server::start_with(folder.path(), &environment);
        let mut reader = Browser::default();
        let proof = SignInByPassword { phone: "13800000001".into(), password: "demo-Password-2026".into() };
        let signed_in = reader.send(&server.host, &proof).expect("an answer");
        assert_eq!(signed_in, Ok(SignIn::SignedIn));
        Self { server, plan, folder, browser: Browser::default(), reader, met: 0 }
    }

    /// What `/readyz` answers.
    fn ready(&mut self) -> u16 {
        self.reader.get(&self.server.host, "/readyz").expect("an answer").0
    }

    /// Does a request again and again, with the fault at each of its calls in turn, until it is done.
    fn through<E: Endpoint>(&mut self, fault: Fault, request: &E) -> E::Reply {
        let Fault { name, kinds, error } = fault;
        for spare in 0..2000 {
            self.plan.arm(kinds, error, spare);
            let answer = self.browser.send_once(&self.server.host, request);
            let busy = matches!(answer, Ok(Err(Refusal::TooBusy { .. })));
            // Who reads is answered while nothing can be written.
            let read = self.reader.send_once(&self.server.host, &GetMe {});
            assert!(matches!(read, Ok(Ok(_))), "{name}, {}: reading", E::PATH);
            let ready = busy.then(|| self.ready());
            let hits = self.plan.disarm();
            assert_eq!(ready.unwrap_or(503), 503, "{name}, {}: ready while nothing can be written", E::PATH);
            assert_eq!(self.ready(), 200, "{name}, {}: healed after {hits} faults", E::PATH);
            match answer {
                // Also where the fault came after the commit.
                Ok(Ok(reply)) => return reply,
                Ok(Err(Refusal::TooBusy { .. })) if hits > 0 => self.met += 1,
                Ok(Err(refusal)) => panic!("{name}, {}: {refusal:?} after {hits} faults", E::PATH),
                Err(Gone) => panic!("{name}, {}: no answer after {hits} faults", E::PATH),
            }
            // A try that was charged stays charged, whatever became of its effect (OTP-06).
            Database::open(self.folder.path()).close();
        }
        panic!("{name}, {}: no end of calls", E::PATH)
    }

    fn code(&mut self, phone: &str) -> String {
        self.browser.code_to(&self.server.host, phone).expect("a code")
    }

    /// Lets the gap between two codes pass.
    fn wait_a_minute(&mut self) {
        let moved = self.reader.post(&self.server.host, "/dev/clock", "{\"advance_s\":61}");
        assert_eq!(moved.expect("an answer").0, 200);
    }

    /// The purposes of all messages to a number or a WeChat, once there are so many.
    fn messages(&mut self, to: &str, count: usize) -> Vec<String> {
        loop {
            let purposes = self.browser.messages_to(&self.server.host, to).expect("the inbox");
            if purposes.len() >= count {
                return purposes;
            }
        }
    }
}

#[test]
fn b50_v2_disk_faults_lose_nothing_and_retries_succeed() {
    for fault in FAULTS {
        let mut patient = Patient::new();
        let (old, new) = ("+8613911110001", "+8613911110002");
        let phone = old.to_owned();
        patient.through(fault, &SendSignInCode { phone: phone.clone() });
        let code = patient.code(old);
        assert_eq!(patient.through(fault, &SignInBySms { phone, code }), SignIn::SignedIn);

        // A new number: begin, step up, aim, bind.
        patient.wait_a_minute();
        let change = patient.through(fault, &StartChange::of(Action::Phone));
        let change = step_up(&mut patient, fault, change, old);
        let Change { id, version, .. } = change;
        let aim = SendNewPhoneCode { change: id.clone(), version, phone: Some(new.to_owned()) };
        let Change { version, .. } = patient.through(fault, &aim);
        let code = patient.code(new);
        let bound = patient.through(fault, &BindPhone { change: id, version, code });
        assert!(matches!(bound.step, ChangeStep::PhoneBound { .. }));

        // Another account goes, in another browser: sign in, read, step up, confirm.
        patient.browser = Browser::default();
        let gone = "+8613800000002";
        let phone = gone.to_owned();
        patient.through(fault, &SendSignInCode { phone: phone.clone() });
        let code = patient.code(gone);
        patient.through(fault, &SignInBySms { phone, code });
        patient.wait_a_minute();
        let notice = patient.through(fault, &GetCancel {}).notice;
        let change = patient.through(fault, &StartCancel { notice });
        let Change { id, version, .. } = step_up(&mut patient, fault, change, gone);
        let canceled = patient.through(fault, &CancelAccount { change: id, version });
        assert!(matches!(canceled.step, ChangeStep::Canceled { .. }));

        // The outbox met the faults as well; each was told once.
        assert_eq!(patient.messages(old, 3), ["phone_changed", "verify_phone_change", "sign_in"]);
        assert_eq!(patient.messages(new, 1), ["new_phone"]);
        assert_eq!(patient.messages(gone, 3), ["account_canceled", "verify_cancel", "sign_in"]);
        Database::open(patient.folder.path()).must_be_whole();
        println!("a disk that is {}: {} tries met it", fault.name, patient.met);
        assert!(patient.met > 10, "the faults were met");
    }
}

/// Proves the old number by a code.
fn step_up(patient: &mut Patient, fault: Fault, change: Change, phone: &str) -> Change {
    let Change { id, version, .. } = change;
    let Change { version, .. } = patient.through(fault, &SendStepUpCode { change: id.clone(), version });
    let code = patient.code(phone);
    patient.through(fault, &StepUpBySms { change: id, version, code })
}

#[test]
fn b50_v2_locked_database_answers_too_busy_until_released() {
    let folder = Folder::new();
    let server = Server::start_with(folder.path(), &[]);
    let mut reader = Browser::default();
    let proof = SignInByPassword { phone: "13800000001".into(), password: "demo-Password-2026".into() };
    assert_eq!(reader.send(&server.host, &proof).expect("an answer"), Ok(SignIn::SignedIn));
    let held = Database::open(folder.path()).hold();
    // All at once: each waits its time out.
    std::thread::scope(|scope| {
        for phone in ["13911110001", "13911110002", "13911110003"] {
            let host = &server.host;
            scope.spawn(move || {
                let request = SendSignInCode { phone: phone.to_owned() };
                let answer = Browser::default().send_once(host, &request).expect("an answer");
                assert!(matches!(answer, Err(Refusal::TooBusy { .. })), "{answer:?}");
            });
        }
        let host = &server.host;
        scope.spawn(move || {
            assert_eq!(Browser::default().get(host, "/readyz").expect("an answer").0, 503);
        });
        // Who reads waits for nobody.
        assert!(reader.send_once(&server.host, &GetMe {}).expect("an answer").is_ok());
    });
    held.release();
    let request = SendSignInCode { phone: "13911110001".to_owned() };
    assert!(Browser::default().send_once(&server.host, &request).expect("an answer").is_ok());
    assert_eq!(reader.get(&server.host, "/readyz").expect("an answer").0, 200);
}
