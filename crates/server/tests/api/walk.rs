//! STP-03: random requests in random order, with two tabs, two browsers, two accounts and a thief who
//! has the session's cookie; no sensitive action succeeds without a valid proof.
//!
//! A walk sends random requests and keeps a model: who is signed in where, which change was proven in
//! which login session and when, which codes are valid. After every request it checks that the server
//! refuses what the model forbids, does what it allows unless a budget is used up, and changed nothing
//! else in the accounts.
//!
//! 3,000 steps; a million with `MENSHEN_LONG`. A failure prints the steps and the seed; `MENSHEN_SEED` begins
//! with that seed.

use crate::support::{Browser, House, PASSWORD, another};
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::devices::EndOtherSessions;
use contract::endpoint::Gated;
use contract::me::Action;
use contract::password::SetPassword;
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::{SendSignInCode, SignIn, SignInByPassword, SignInBySms, SignOut};
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms};
use serde::Serialize;
use sqlx::sqlite::SqliteConnection;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;

/// Steps on one server.
const STEPS: u32 = 500;
const FIRST_SEED: u64 = 20_260_701;

const LIN: usize = 0;
const CHEN: usize = 1;
/// The first two are Lin's, the third is Chen's.
const THIEF: usize = 3;
/// The browsers that tabs are in: Lin has two tabs in one.
const TABS: [usize; 5] = [0, 0, 1, 2, THIEF];

const NUMBERS: [&str; 5] =
    ["+8613911110001", "+8613911110002", "+8613911110003", "+8613800000001", "+8613800000002"];
const PASSWORDS: [&str; 3] = [PASSWORD, "correct horse battery staple", "eleven quiet otters paint maps"];
const ACTIONS: [Action; 3] = [Action::Phone, Action::Password, Action::EndOtherSessions];

/// Lives of a code, a proof, a change, a recorded answer, a number's rest; in seconds.
const CODE: i64 = 300;
const PROOF: i64 = 300;
const CHANGE: i64 = 1800;
const OUTCOME: i64 = 600;
const REST: i64 = 86_400;

#[tokio::test]
async fn stp_03_random_walk_has_no_effect_without_a_fresh_proof() {
    let long = std::env::var_os("MENSHEN_LONG").is_some();
    let houses = if long { 1_000_000 / STEPS } else { 3_000 / STEPS };
    let first = std::env::var("MENSHEN_SEED").map_or(FIRST_SEED, |seed| seed.parse().expect("a number"));
    let mut happened: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in (first..).take(houses as usize) {
        let mut walk = Walk::begin(seed).await;
        for _ in 0..STEPS {
            walk.step().await;
            walk.compare().await;
        }
        for (what, count) in std::mem::take(&mut walk.happened) {
            *happened.entry(what).or_default() += count;
        }
    }
    // A walk that gets nowhere proves nothing.
    println!("{happened:?}");
    for what in [
        "begun",
        "gone on with",
        "step-up code",
        "proven by code",
        "proven by password",
        "new code",
        "bound",
        "password set",
        "others ended",
        "told again",
        "signed in by code",
        "signed in by password",
        "signed out",
    ] {
        assert!(happened.get(what).is_some_and(|count| *count >= 3), "too few of {what}: {happened:?}");
    }
}

/// Chance that can be repeated (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("below an usize")
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// A login session; a number of its own for each.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Login {
    account: usize,
    number: u32,
}

/// An account as it has to be.
#[derive(Debug)]
struct Person {
    id: String,
    phone: String,
    password: usize,
    epoch: i64,
}

/// A change as it has to be.
#[derive(Debug)]
struct Known {
    id: String,
    account: usize,
    browser: usize,
    action: Action,
    version: u32,
    born: i64,
    /// The login session it was proven in, and when.
    proof: Option<(u32, i64)>,
    target: Option<String>,
    targets: Vec<String>,
    done: bool,
    gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    SignIn,
    StepUp,
    New,
}

/// A code that was sent.
#[derive(Debug)]
struct Sent {
    kind: Kind,
    /// What it proves an identity for, besides the kind.
    action: Option<Action>,
    change: Option<usize>,
    account: Option<usize>,
    browser: usize,
    phone: String,
    code: String,
    at: i64,
    dead: bool,
}

/// An effect whose answer is recorded.
struct Recorded {
    browser: usize,
    body: String,
    at: i64,
    answer: Change,
    /// Whether another body came under its key; from then on none is told it.
    spoiled: bool,
}

struct Walk {
    seed: u64,
    chance: Chance,
    house: House,
    database: SqliteConnection,
    now: i64,
    browsers: Vec<Browser>,
    /// The thief's own, made in the proper way.
    thief: String,
    logins: [Option<Login>; 4],
    next_login: u32,
    people: [Person; 2],
    /// What each tab saw of each change last.
    seen: Vec<BTreeMap<usize, u32>>,
    changes: Vec<Known>,
    codes: Vec<Sent>,
    resting: Vec<(String, usize, i64)>,
    recorded: Vec<Recorded>,
    new_codes: i64,
    /// Whether a budget was used up, so that time should pass.
    thirsty: bool,
    happened: BTreeMap<&'static str, u32>,
    /// What was done lately, for the message of a failure.
    done: VecDeque<String>,
}

impl Drop for Walk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for line in &self.done {
                println!("{line}");
            }
            println!("now {}, logins {:?}, people {:?}", self.now, self.logins, self.people);
            println!("MENSHEN_SEED={} repeats this walk", self.seed);
        }
    }
}

impl Walk {
    async fn begin(seed: u64) -> Self {
        let house = House::open().await;
        let mut database = house.database().await;
        let mut people = Vec::new();
        for phone in [NUMBERS[3], NUMBERS[4]] {
            let id = sqlx::query_scalar("SELECT id FROM account WHERE phone = ?")
                .bind(phone)
                .fetch_one(&mut database)
                .await
                .expect("a demo account");
            people.push(Person { id, phone: phone.to_owned(), password: 0, epoch: 1 });
        }
        let browsers: Vec<_> = (0..4).map(|_| house.browser()).collect();
        // A browser of his own, as everybody has who asked for anything once.
        browsers[THIEF].send_code("13911119999").await;
        let thief = browsers[THIEF].jar.lock().expect("the jar")["__Host-browser"].clone();
        Self {
            seed,
            chance: Chance(seed),
            house,
            database,
            now: 0,
            browsers,
            thief,
            logins: [None; 4],
            next_login: 1,
            people: people.try_into().expect("two"),
            seen: vec![BTreeMap::new(); TABS.len()],
            changes: Vec::new(),
            codes: Vec::new(),
            resting: Vec::new(),
            recorded: Vec::new(),
            new_codes: 0,
            thirsty: false,
            happened: BTreeMap::new(),
            done: VecDeque::new(),
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        if self.done.len() == 60 {
            self.done.pop_front();
        }
        let what = what.into();
        self.done.push_back(format!("{:>7} {what}", self.now));
    }

    fn count(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    fn advance(&mut self, seconds: i64) {
        self.house.advance(seconds);
        self.now += seconds;
        self.note(format!("{seconds} s pass"));
    }

    async fn step(&mut self) {
        if std::mem::take(&mut self.thirsty) && self.chance.one_in(2) {
            let seconds = self.chance.pick(&[900, 3600, 86_400]);
            return self.advance(seconds);
        }
        // The thief comes less often: all he gets is refused.
        let tab = if self.chance.one_in(12) { 4 } else { self.chance.below(4) };
        let browser = TABS[tab];
        if browser == THIEF {
            self.steal();
        } else if self.logins[browser].is_none() && self.chance.one_in(2) {
            return self.sign_in(browser).await;
        }
        if browser != THIEF && self.chance.one_in(2) {
            return self.go_on(tab).await;
        }
        match self.chance.below(100) {
            0..6 => self.start(browser).await,
            6..16 => self.show(tab).await,
            16..28 => self.send_step_up(tab).await,
            28..44 => self.prove_by_code(tab).await,
            44..47 => self.prove_by_password(tab).await,
            47..58 => self.send_new(tab).await,
            58..72 => self.bind(tab).await,
            72..76 => self.set_password(tab).await,
            76..84 => self.end_others(tab).await,
            84..87 => self.repeat(browser).await,
            87..88 if browser != THIEF => self.sign_out(browser).await,
            88..91 if browser != THIEF => self.sign_in(browser).await,
            91..98 => {
                let seconds = self.chance.pick(&[1, 59, 60, 61, 75, 90]);
                self.advance(seconds);
            }
            _ => {
                let seconds = 1 + self.chance.below(400);
                self.advance(i64::try_from(seconds).expect("seconds"));
            }
        }
    }

    /// The next step that a person takes who wants to get somewhere; by chance alone nobody would
    /// get far.
    async fn go_on(&mut self, tab: usize) {
        let browser = TABS[tab];
        let alive = |at: &usize| self.holder(browser, *at).is_some() && !self.changes[*at].done;
        let Some(at) = (0..self.changes.len()).rev().find(alive) else { return self.start(browser).await };
        let fresh = self.holder(browser, at).is_some_and(|login| self.fresh(at, login));
        let waits = |kind| {
            self.newest(|sent| sent.kind == kind && sent.change == Some(at))
                .is_some_and(|sent| self.now - sent.at < CODE)
        };
        match (self.changes[at].action, fresh) {
            (Action::Phone, _) if waits(Kind::New) => self.bind(tab).await,
            (_, false) if waits(Kind::StepUp) => self.prove_by_code(tab).await,
            (_, false) if self.chance.one_in(8) => self.prove_by_password(tab).await,
            (_, false) => {
                self.send_step_up(tab).await;
                self.advance(61);
            }
            (Action::Phone, true) => self.send_new(tab).await,
            (Action::Password, true) => self.set_password(tab).await,
            (Action::EndOtherSessions, true) => self.end_others(tab).await,
            (
                Action::Wechat
                | Action::Cancel
                | Action::EndDevice
                | Action::DeleteUser
                | Action::ChangeSuperAdmin,
                true,
            ) => unreachable!("no walk begins it"),
        }
    }

    /// The thief's jar: a session of Lin's as it is now, beside a browser cookie of his own or none.
    fn steal(&mut self) {
        let from = self.chance.below(2);
        let own = !self.chance.one_in(3);
        let taken = self.browsers[from].jar.lock().expect("the jar").get("__Host-session").cloned();
        let mut jar = self.browsers[THIEF].jar.lock().expect("the jar");
        jar.clear();
        jar.extend(taken.map(|token| ("__Host-session".to_owned(), token)));
        if own {
            jar.insert("__Host-browser".to_owned(), self.thief.clone());
        }
    }

    /// Model and server about one request.
    fn agree<T: Debug>(&mut self, browser: usize, allowed: bool, answer: &Result<T, Refusal>) -> bool {
        self.note(match answer {
            Ok(_) => "  done".to_owned(),
            Err(refusal) => format!("  {refusal:?}"),
        });
        match answer {
            Ok(_) => assert!(allowed, "the server did what it has to refuse"),
            Err(Refusal::SessionEnded { why }) => {
                let alive = self.logins[browser].take();
                assert!(alive.is_none() || *why == SessionEnd::Expired, "{alive:?} was ended: {why:?}");
            }
            Err(
                Refusal::SendQuota { .. }
                | Refusal::CodeTooMany { .. }
                | Refusal::PasswordLocked { .. }
                | Refusal::TooBusy { .. },
            ) => self.thirsty = true,
            Err(Refusal::SendTooOften { .. }) => {}
            Err(refusal) => assert!(!allowed, "refused what is allowed: {refusal:?}"),
        }
        answer.is_ok()
    }

    /// The accounts as they are, beside what they have to be.
    async fn compare(&mut self) {
        for person in &self.people {
            let (phone, epoch): (String, i64) =
                sqlx::query_as("SELECT phone, epoch FROM account WHERE id = ?")
                    .bind(&person.id)
                    .fetch_one(&mut self.database)
                    .await
                    .expect("the account");
            assert_eq!((&phone, epoch), (&person.phone, person.epoch), "an account moved by itself");
        }
        let new_codes: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM code WHERE purpose = 'new_phone'")
            .fetch_one(&mut self.database)
            .await
            .expect("counted");
        assert_eq!(new_codes, self.new_codes, "a code went to a new number");
    }

    /// A change to ask about: mostly the latest of this browser, sometimes anybody's, also of those
    /// that are gone; and the version the tab has in mind.
    fn aim(&mut self, tab: usize, action: Option<Action>) -> Option<(usize, u32)> {
        let browser = TABS[tab];
        let all = self.changes.len();
        if all == 0 {
            return None;
        }
        let lately = all.saturating_sub(12);
        let whichever = self.chance.one_in(4);
        let at = if whichever {
            lately + self.chance.below(all - lately)
        } else {
            let fits = |change: &Known| {
                change.browser == browser && action.is_none_or(|action| change.action == action)
            };
            (0..all).rev().find(|at| fits(&self.changes[*at]))?
        };
        let version = if self.chance.one_in(8) {
            self.seen[tab].get(&at).copied().unwrap_or(1)
        } else {
            self.changes[at].version
        };
        Some((at, version))
    }

    fn saw(&mut self, tab: usize, at: usize, change: &Change) {
        assert_eq!(change.version, self.changes[at].version, "the version of {:?}", self.changes[at]);
        self.seen[tab].insert(at, change.version);
    }

    /// The login session a browser may use for a change at all.
    fn holder(&self, browser: usize, at: usize) -> Option<Login> {
        let change = &self.changes[at];
        let alive = !change.gone && self.now - change.born < CHANGE;
        self.logins[browser]
            .filter(|login| alive && change.browser == browser && change.account == login.account)
    }

    /// The same for a write with what the tab saw.
    fn writer(&self, browser: usize, at: usize, version: u32) -> Option<Login> {
        let change = &self.changes[at];
        self.holder(browser, at).filter(|_| !change.done && change.version == version)
    }

    fn proven_here(&self, at: usize, login: Login) -> bool {
        self.changes[at].proof.is_some_and(|(session, _)| session == login.number)
    }

    fn fresh(&self, at: usize, login: Login) -> bool {
        let in_time = self.changes[at].proof.is_some_and(|(_, when)| self.now - when <= PROOF);
        in_time && self.proven_here(at, login)
    }

    /// The newest code that is neither used nor void.
    fn newest(&self, fits: impl Fn(&Sent) -> bool) -> Option<&Sent> {
        self.codes.iter().rev().find(|sent| !sent.dead && fits(sent))
    }

    fn is_right(&self, typed: &str, fits: impl Fn(&Sent) -> bool) -> bool {
        self.newest(fits).is_some_and(|sent| sent.code == typed && self.now - sent.at < CODE)
    }

    /// Something to type: mostly the right code, sometimes one sent for something else, or nobody's.
    fn typed(&mut self, fits: impl Fn(&Sent) -> bool) -> String {
        let right = self.codes.iter().rev().find(|sent| fits(sent)).map(|sent| sent.code.clone());
        let lately = self.codes.len().saturating_sub(8);
        match self.chance.below(10) {
            0 => another(right.as_deref().unwrap_or("123456")),
            1 | 2 if !self.codes.is_empty() => {
                let at = lately + self.chance.below(self.codes.len() - lately);
                self.codes[at].code.clone()
            }
            _ => right.unwrap_or_else(|| "123456".to_owned()),
        }
    }

    fn kill(&mut self, dies: impl Fn(&Sent) -> bool) {
        for sent in self.codes.iter_mut().filter(|sent| dies(sent)) {
            sent.dead = true;
        }
    }

    async fn sent(&mut self, kind: Kind, at: Option<usize>, browser: usize, phone: String) {
        let newest = self.house.inbox().await.into_iter().find(|sms| sms.code.is_some()).expect("an SMS");
        assert_eq!(newest.to, phone, "where the code went");
        let change = at.map(|at| &self.changes[at]);
        self.codes.push(Sent {
            kind,
            action: change.map(|change| change.action),
            change: at,
            account: change.map(|change| change.account),
            browser,
            phone,
            code: newest.code.expect("a code"),
            at: self.now,
            dead: false,
        });
    }

    async fn start(&mut self, browser: usize) {
        let action = self.chance.pick(&[Action::Phone, Action::Phone, ACTIONS[1], ACTIONS[2]]);
        self.note(format!("browser {browser} begins {action:?}"));
        let answer = self.browsers[browser].send(&StartChange::of(action)).await;
        let login = self.logins[browser];
        if !self.agree(browser, login.is_some(), &answer) {
            return;
        }
        let (login, begun) = (login.expect("allowed"), answer.expect("done"));
        let goes_on = |at: &usize| {
            let change = &self.changes[*at];
            self.holder(browser, *at).is_some()
                && change.action == action
                && action != Action::EndOtherSessions
                && !change.done
                && change.targets.len() < 3
        };
        if let Some(at) = (0..self.changes.len()).find(goes_on) {
            assert_eq!((&begun.id, begun.version), (&self.changes[at].id, self.changes[at].version));
            self.must_stand(at, login, &begun);
            return self.count("gone on with");
        }
        assert_eq!(begun.step, ChangeStep::Identify { sent: None, scan: None });
        for change in &mut self.changes {
            let same =
                change.account == login.account && change.browser == browser && change.action == action;
            change.gone |= same && !change.done;
        }
        self.changes.push(Known {
            id: begun.id,
            account: login.account,
            browser,
            action,
            version: begun.version,
            born: self.now,
            proof: None,
            target: None,
            targets: Vec::new(),
            done: false,
            gone: false,
        });
        self.count("begun");
    }

    async fn show(&mut self, tab: usize) {
        if let Some((at, _)) = self.aim(tab, None) {
            self.show_this(tab, at).await;
        }
    }

    async fn show_this(&mut self, tab: usize, at: usize) {
        let browser = TABS[tab];
        self.note(format!("tab {tab} looks at change {at}"));
        let answer = self.browsers[browser].send(&GetChange { change: self.changes[at].id.clone() }).await;
        let holder = self.holder(browser, at);
        if !self.agree(browser, holder.is_some(), &answer) {
            return;
        }
        let shown = answer.expect("done");
        self.saw(tab, at, &shown);
        self.must_stand(at, holder.expect("allowed"), &shown);
    }

    /// Whether a record says of a change what is true for a login session.
    fn must_stand(&self, at: usize, login: Login, shown: &Change) {
        let change = &self.changes[at];
        let fresh = self.fresh(at, login);
        let awaited = change.target.as_ref().and_then(|target| {
            self.newest(|sent| sent.kind == Kind::New && sent.change == Some(at) && sent.phone == *target)
        });
        let awaited = awaited.filter(|sent| fresh || self.now - sent.at < CODE);
        let left = u32::try_from(3 - change.targets.len()).expect("at most three");
        let as_expected = match &shown.step {
            ChangeStep::PhoneBound { .. } => change.done && change.action == Action::Phone,
            ChangeStep::PasswordSet => change.done && change.action == Action::Password,
            ChangeStep::SessionsEnded { .. } => change.done && change.action == Action::EndOtherSessions,
            _ if change.done => false,
            ChangeStep::NewCode { targets_left, .. } => {
                awaited.is_some() && self.proven_here(at, login) && *targets_left == left
            }
            _ if awaited.is_some() && self.proven_here(at, login) => false,
            ChangeStep::Identify { .. } => !fresh,
            _ if !fresh => false,
            ChangeStep::NewPhone { targets_left } => change.action == Action::Phone && *targets_left == left,
            ChangeStep::NewPassword => change.action == Action::Password,
            ChangeStep::Granted => change.action == Action::EndOtherSessions,
            ChangeStep::DeviceEnded { .. }
            | ChangeStep::UserDeleted
            | ChangeStep::SuperAdminChanged { .. }
            | ChangeStep::NewWechat { .. }
            | ChangeStep::ConfirmWechat { .. }
            | ChangeStep::WechatBound { .. }
            | ChangeStep::ConfirmCancel
            | ChangeStep::Canceled { .. }
            | ChangeStep::CoolingOff { .. } => false,
        };
        assert!(as_expected, "{:?} of {change:?}", shown.step);
    }

    async fn send_step_up(&mut self, tab: usize) {
        let Some((at, version)) = self.aim(tab, None) else { return };
        let browser = TABS[tab];
        self.note(format!("tab {tab} asks for a code to the bound phone for change {at}"));
        let request = SendStepUpCode { change: self.changes[at].id.clone(), version };
        let login = self.writer(browser, at, version).filter(|login| !self.fresh(at, *login));
        let answer = self.browsers[browser].send(&request).await;
        if !self.agree(browser, login.is_some(), &answer) {
            return;
        }
        self.changes[at].version += 1;
        let phone = self.people[self.changes[at].account].phone.clone();
        self.sent(Kind::StepUp, Some(at), browser, phone).await;
        self.saw(tab, at, &answer.expect("done"));
        self.count("step-up code");
    }

    async fn prove_by_code(&mut self, tab: usize) {
        let Some((at, version)) = self.aim(tab, None) else { return };
        let browser = TABS[tab];
        let fits = |sent: &Sent| sent.kind == Kind::StepUp && sent.change == Some(at);
        let code = self.typed(fits);
        self.note(format!("tab {tab} proves change {at} by the code {code}"));
        let request = StepUpBySms { change: self.changes[at].id.clone(), version, code: code.clone() };
        let login = self
            .writer(browser, at, version)
            .filter(|login| !self.fresh(at, *login) && self.is_right(&code, fits));
        let answer = self.browsers[browser].send(&request).await;
        if self.agree(browser, login.is_some(), &answer) {
            self.proven(tab, at, login.expect("allowed"), &answer.expect("done"));
            let (action, phone) =
                (self.changes[at].action, self.people[self.changes[at].account].phone.clone());
            self.kill(|sent| {
                sent.kind == Kind::StepUp
                    && (sent.browser, sent.action, &sent.phone) == (browser, Some(action), &phone)
            });
            self.count("proven by code");
        }
    }

    async fn prove_by_password(&mut self, tab: usize) {
        let Some((at, version)) = self.aim(tab, None) else { return };
        let browser = TABS[tab];
        let right = self.people[self.changes[at].account].password;
        let password = if self.chance.one_in(4) { self.chance.below(3) } else { right };
        self.note(format!("tab {tab} proves change {at} by password {password}"));
        let request = StepUpByPassword {
            change: self.changes[at].id.clone(),
            version,
            password: PASSWORDS[password].to_owned(),
        };
        let login =
            self.writer(browser, at, version).filter(|login| !self.fresh(at, *login) && password == right);
        let answer = self.browsers[browser].send(&request).await;
        if self.agree(browser, login.is_some(), &answer) {
            self.proven(tab, at, login.expect("allowed"), &answer.expect("done"));
            self.count("proven by password");
        }
    }

    fn proven(&mut self, tab: usize, at: usize, login: Login, shown: &Change) {
        self.changes[at].proof = Some((login.number, self.now));
        self.changes[at].version += 1;
        self.kill(|sent| sent.kind == Kind::StepUp && sent.change == Some(at));
        self.saw(tab, at, shown);
    }

    /// Whether an account may have a number.
    fn free(&self, number: &str, account: usize) -> bool {
        let running: Vec<_> =
            self.resting.iter().filter(|(phone, _, until)| phone == number && *until > self.now).collect();
        let rests = !running.is_empty() && running.iter().all(|(_, held_by, _)| *held_by != account);
        !rests && self.people.iter().all(|person| person.phone != number)
    }

    async fn send_new(&mut self, tab: usize) {
        let Some((at, version)) = self.aim(tab, Some(Action::Phone)) else { return };
        let browser = TABS[tab];
        let end = if self.chance.one_in(8) { 5 } else { 3 };
        let phone = (!self.chance.one_in(4)).then(|| NUMBERS[self.chance.below(end)].to_owned());
        self.note(format!("tab {tab} asks for a code to {phone:?} for change {at}"));
        let request = SendNewPhoneCode { change: self.changes[at].id.clone(), version, phone: phone.clone() };
        let change = &self.changes[at];
        let target = phone.or_else(|| change.target.clone());
        let login = self.writer(browser, at, version).filter(|login| {
            let target = target.as_ref().filter(|target| self.free(target, login.account));
            let room =
                target.is_some_and(|target| change.targets.contains(target) || change.targets.len() < 3);
            change.action == Action::Phone && self.fresh(at, *login) && room
        });
        let answer = self.browsers[browser].send(&request).await;
        if !self.agree(browser, login.is_some(), &answer) {
            return;
        }
        let target = target.expect("allowed");
        self.kill(|sent| sent.kind == Kind::New && sent.change == Some(at) && sent.phone != target);
        let change = &mut self.changes[at];
        change.version += 1;
        change.target = Some(target.clone());
        if !change.targets.contains(&target) {
            change.targets.push(target.clone());
        }
        self.new_codes += 1;
        self.sent(Kind::New, Some(at), browser, target).await;
        self.saw(tab, at, &answer.expect("done"));
        self.count("new code");
    }

    /// An effect: told again if the very request was done before, or done if the model allows it.
    fn effect(
        &mut self,
        browser: usize,
        allowed: bool,
        request: &impl Serialize,
        answer: Result<Change, Refusal>,
    ) -> Option<Change> {
        let body = serde_json::to_string(request).expect("JSON");
        let told = self.recorded.iter().rev().find(|recorded| {
            recorded.browser == browser && recorded.body == body && self.now - recorded.at < OUTCOME
        });
        if let Some(told) = told {
            // The thief's cookie of his own is another browser's.
            let expected = if told.spoiled { Err(&Refusal::KeyReused) } else { Ok(&told.answer) };
            assert_eq!(answer.as_ref(), expected, "what was done is told again");
            self.count("told again");
            return None;
        }
        if answer == Err(Refusal::KeyReused) {
            for recorded in self.recorded.iter_mut().filter(|recorded| recorded.browser == browser) {
                recorded.spoiled |= body.contains(&recorded.answer.id);
            }
        }
        if !self.agree(browser, allowed, &answer) {
            return None;
        }
        let answer = answer.expect("done");
        let spoiled = false;
        self.recorded.push(Recorded { browser, body, at: self.now, answer: answer.clone(), spoiled });
        Some(answer)
    }

    /// What every effect does: the change is concluded, other sessions of the account are over.
    fn conclude(&mut self, at: usize, keeps: Option<usize>) {
        let account = self.changes[at].account;
        self.changes[at].done = true;
        self.changes[at].version += 1;
        self.people[account].epoch += 1;
        for (browser, login) in self.logins.iter_mut().enumerate() {
            if keeps != Some(browser) {
                *login = login.filter(|login| login.account != account);
            }
        }
    }

    /// What a changed factor does besides: everything else of the account is void (STP-09).
    async fn void(&mut self, at: usize, spared: Option<usize>) {
        let account = self.changes[at].account;
        for (other, change) in self.changes.iter_mut().enumerate() {
            // Ending others leaves their changes, unproven from now on.
            change.gone |= spared.is_none() && other != at && change.account == account;
        }
        let phone = self.people[account].phone.clone();
        self.kill(|sent| {
            let its = sent.account == Some(account) || (sent.kind == Kind::SignIn && sent.phone == phone);
            its && Some(sent.browser) != spared
        });
        // Every tab looks at every change there was lately.
        for change in self.changes.len().saturating_sub(5)..self.changes.len() {
            for tab in 0..TABS.len() - 1 {
                self.show_this(tab, change).await;
            }
        }
    }

    async fn bind(&mut self, tab: usize) {
        let Some((at, version)) = self.aim(tab, Some(Action::Phone)) else { return };
        let browser = TABS[tab];
        let target = self.changes[at].target.clone();
        let fits = |sent: &Sent| {
            sent.kind == Kind::New && sent.change == Some(at) && Some(&sent.phone) == target.as_ref()
        };
        let code = self.typed(fits);
        self.note(format!("tab {tab} binds by the code {code} for change {at}"));
        let request = BindPhone { change: self.changes[at].id.clone(), version, code: code.clone() };
        let change = &self.changes[at];
        let login = self.writer(browser, at, version).filter(|login| {
            change.action == Action::Phone
                && self.proven_here(at, *login)
                && self.is_right(&code, fits)
                && target.as_ref().is_some_and(|target| self.free(target, login.account))
        });
        let answer = self.browsers[browser].send(&request).await;
        if self.effect(browser, login.is_some(), &request, answer).is_none() {
            return;
        }
        let (account, target) = (self.changes[at].account, target.expect("allowed"));
        let old = std::mem::replace(&mut self.people[account].phone, target.clone());
        self.resting
            .retain(|(phone, held_by, until)| *until > self.now && (phone, *held_by) != (&old, account));
        self.resting.push((old, account, self.now + REST));
        self.kill(|sent| sent.kind == Kind::New && (sent.browser, &sent.phone) == (browser, &target));
        self.conclude(at, None);
        self.void(at, None).await;
        self.count("bound");
    }

    async fn set_password(&mut self, tab: usize) {
        let Some((at, version)) = self.aim(tab, Some(Action::Password)) else { return };
        let browser = TABS[tab];
        let password = self.chance.below(3);
        self.note(format!("tab {tab} sets password {password} for change {at}"));
        let request = SetPassword {
            change: self.changes[at].id.clone(),
            version,
            new_password: PASSWORDS[password].to_owned(),
        };
        let login = self
            .writer(browser, at, version)
            .filter(|login| self.changes[at].action == Action::Password && self.fresh(at, *login));
        let answer = self.browsers[browser].send(&request).await;
        if self.effect(browser, login.is_some(), &request, answer).is_none() {
            return;
        }
        self.people[self.changes[at].account].password = password;
        self.conclude(at, Some(browser));
        self.void(at, None).await;
        self.count("password set");
    }

    async fn end_others(&mut self, tab: usize) {
        // Any change may be offered as the grant.
        let action = (!self.chance.one_in(2)).then_some(Action::EndOtherSessions);
        let Some((at, _)) = self.aim(tab, action) else { return };
        let browser = TABS[tab];
        self.note(format!("tab {tab} ends other sessions with change {at} as the grant"));
        let request = EndOtherSessions::default().granted(self.changes[at].id.clone());
        let change = &self.changes[at];
        let login = self.holder(browser, at).filter(|login| {
            change.action == Action::EndOtherSessions && !change.done && self.fresh(at, *login)
        });
        let answer = self.browsers[browser].send(&request).await;
        if self.effect(browser, login.is_some(), &request, answer).is_some() {
            self.conclude(at, Some(browser));
            self.void(at, Some(browser)).await;
            self.count("others ended");
        }
    }

    /// The last effect once more, from any browser, as a lost answer or a thief would have it.
    async fn repeat(&mut self, browser: usize) {
        let Some(last) = self.recorded.last() else { return };
        let body = last.body.clone();
        self.note(format!("browser {browser} repeats {body}"));
        let browsers = &self.browsers[browser];
        if let Ok(request) = serde_json::from_str::<EndOtherSessions>(&body) {
            let answer = browsers.send(&request).await;
            self.effect(browser, false, &request, answer);
        } else if let Ok(request) = serde_json::from_str::<SetPassword>(&body) {
            let answer = browsers.send(&request).await;
            self.effect(browser, false, &request, answer);
        } else {
            let request: BindPhone = serde_json::from_str(&body).expect("one of the three");
            let answer = browsers.send(&request).await;
            self.effect(browser, false, &request, answer);
        }
    }

    async fn sign_out(&mut self, browser: usize) {
        self.note(format!("browser {browser} signs out"));
        let answer = self.browsers[browser].send(&SignOut {}).await;
        let allowed = self.logins[browser].is_some();
        if self.agree(browser, allowed, &answer) {
            self.logins[browser] = None;
            self.count("signed out");
        }
    }

    /// By password now and then: that takes long.
    async fn sign_in(&mut self, browser: usize) {
        let own = if browser == 2 { CHEN } else { LIN };
        let account = if self.chance.one_in(8) { 1 - own } else { own };
        let phone = self.people[account].phone.clone();
        match self.chance.below(6) {
            0 | 1 => {
                self.note(format!("browser {browser} asks for a code to sign in to {phone}"));
                let answer = self.browsers[browser].send(&SendSignInCode { phone: phone.clone() }).await;
                if self.agree(browser, true, &answer) {
                    self.sent(Kind::SignIn, None, browser, phone).await;
                }
            }
            2..5 => self.sign_in_by_code(browser).await,
            _ => {
                let right = self.people[account].password;
                let password = if self.chance.one_in(8) { self.chance.below(3) } else { right };
                self.note(format!("browser {browser} signs in to {phone} by password {password}"));
                let request = SignInByPassword { phone, password: PASSWORDS[password].to_owned() };
                let answer = self.browsers[browser].send(&request).await;
                if self.agree(browser, password == right, &answer) {
                    self.signed_in(browser, account, answer);
                    self.count("signed in by password");
                }
            }
        }
    }

    /// With the last code that was sent to sign in here, whoever's number it was.
    async fn sign_in_by_code(&mut self, browser: usize) {
        let fits = |sent: &Sent| sent.kind == Kind::SignIn && sent.browser == browser;
        let Some(phone) = self.codes.iter().rev().find(|sent| fits(sent)).map(|sent| sent.phone.clone())
        else {
            return;
        };
        let fits = |sent: &Sent| fits(sent) && sent.phone == phone;
        let code = self.typed(fits);
        self.note(format!("browser {browser} signs in to {phone} by the code {code}"));
        let right = self.is_right(&code, fits);
        let holder = self.people.iter().position(|person| person.phone == phone);
        let answer = self.browsers[browser].send(&SignInBySms { phone: phone.clone(), code }).await;
        // A right code for a number that rests opens nothing and is used up all the same.
        let used = right && matches!(answer, Ok(_) | Err(Refusal::PhoneResting { .. }));
        if self.agree(browser, right && holder.is_some(), &answer) {
            self.signed_in(browser, holder.expect("allowed"), answer);
            self.count("signed in by code");
        }
        if used {
            self.kill(fits);
        }
    }

    fn signed_in(&mut self, browser: usize, account: usize, answer: Result<SignIn, Refusal>) {
        assert_eq!(answer, Ok(SignIn::SignedIn));
        self.logins[browser] = Some(Login { account, number: self.next_login });
        self.next_login += 1;
    }
}
