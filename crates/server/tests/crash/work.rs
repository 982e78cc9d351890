//! Simulated users that record every answer of the server.
//!
//! A worker updates its expectation only after a complete answer. A request that was under way at a
//! kill is a [`Doubt`]: after the restart the worker asks the server for the outcome, as the app does.

use crate::audit::Database;
use crate::browser::{Browser, Gone};
use crate::dice::Dice;
use contract::cancel::{CancelAccount, GetCancel, StartCancel};
use contract::change::{Change, ChangeStep, StartChange};
use contract::me::{Action, GetMe};
use contract::outcome::GetOutcome;
use contract::phone::{BindPhone, PhoneNumber, SendNewPhoneCode};
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::{SendSignInCode, SignIn, SignInByPassword, SignInBySms, SignOut};
use contract::step_up::StepUpByPassword;
use std::collections::BTreeSet;
use std::sync::mpsc::Sender;

/// The password of every demo account.
const PASSWORD: &str = "demo-Password-2026";
/// The fifth wrong try locks a chain (G2).
const TRIES: i64 = 5;

/// How many of each effect were acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) opened: usize,
    pub(crate) signed_in: usize,
    pub(crate) signed_out: usize,
    pub(crate) wrong: usize,
    pub(crate) rebound: usize,
    pub(crate) canceled: usize,
    /// Effects whose answer a kill took and that turned out done.
    pub(crate) unheard: usize,
    /// The same, but not done.
    pub(crate) undone: usize,
    /// Tokens that had to be refused after a restart, and were.
    pub(crate) refused: usize,
    /// Tokens that had to work after a restart, and did.
    pub(crate) living: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.opened += other.opened;
        self.signed_in += other.signed_in;
        self.signed_out += other.signed_out;
        self.wrong += other.wrong;
        self.rebound += other.rebound;
        self.canceled += other.canceled;
        self.unheard += other.unheard;
        self.undone += other.undone;
        self.refused += other.refused;
        self.living += other.living;
    }
}

/// One account.
struct Account {
    phone: String,
    has_password: bool,
    rebinds: i64,
    canceled: bool,
}

/// One session, with the browser that holds its token.
struct Login {
    browser: Browser,
    account: usize,
    ended: Option<SessionEnd>,
    /// Kills between charging a right password and taking the charge back have used up its tries.
    locked: bool,
}

/// Wrong tries at a number that is tried nowhere else.
struct Chain {
    browser: Browser,
    phone: String,
    /// The right code, which is never typed; without one it is passwords that are tried.
    code: Option<String>,
    told: i64,
}

impl Chain {
    fn purpose(&self) -> &'static str {
        if self.code.is_some() { "sign_in" } else { "password" }
    }
}

/// What was under way when the server went.
enum Doubt {
    None,
    SignOut(usize),
    Wrong(usize),
    Rebind { login: usize, to: String, change: String },
    Cancel { login: usize, change: String },
}

/// Somebody at work.
pub(crate) struct Worker {
    place: u64,
    numbers: u64,
    dice: Dice,
    accounts: Vec<Account>,
    logins: Vec<Login>,
    chains: Vec<Chain>,
    doubt: Doubt,
    /// What happened since the last restart.
    changed: Changed,
    pub(crate) told: Tally,
}

#[derive(Default)]
struct Changed {
    accounts: BTreeSet<usize>,
    logins: BTreeSet<usize>,
    chains: BTreeSet<usize>,
}

impl Worker {
    pub(crate) fn new(place: u64, seed: u64, subscribers: Vec<String>) -> Self {
        let account = |phone| Account { phone, has_password: true, rebinds: 0, canceled: false };
        Self {
            place,
            numbers: 0,
            dice: Dice::new(seed),
            accounts: subscribers.into_iter().map(account).collect(),
            logins: Vec::new(),
            chains: Vec::new(),
            doubt: Doubt::None,
            changed: Changed::default(),
            told: Tally::default(),
        }
    }

    /// Works until the server is gone; tells of every effect that was acknowledged.
    pub(crate) fn work(&mut self, host: &str, acknowledges: &Sender<()>) {
        loop {
            let done = match self.dice.below(24) {
                0..4 => self.open_account(host),
                4..10 => self.sign_in(host),
                10..14 => self.sign_out(host),
                14..20 => self.try_wrong(host),
                20..23 => self.rebind(host),
                _ => self.cancel(host),
            };
            match done {
                Ok(true) => drop(acknowledges.send(())),
                Ok(false) => {}
                Err(Gone) => break,
            }
        }
    }

    /// A number nobody else uses.
    fn number(&mut self) -> String {
        self.numbers += 1;
        format!("+8615{}{:08}", self.place, self.numbers)
    }

    fn open_account(&mut self, host: &str) -> Result<bool, Gone> {
        let (phone, mut browser) = (self.number(), Browser::default());
        browser.send(host, &SendSignInCode { phone: phone.clone() })?.expect("a code is sent");
        let code = browser.code_to(host, &phone)?;
        let opened = browser.send(host, &SignInBySms { phone: phone.clone(), code })?;
        assert_eq!(opened, Ok(SignIn::SignedIn));
        self.accounts.push(Account { phone, has_password: false, rebinds: 0, canceled: false });
        self.told.opened += 1;
        self.log_in(browser, self.accounts.len() - 1);
        Ok(true)
    }

    fn sign_in(&mut self, host: &str) -> Result<bool, Gone> {
        let opens = |at: usize| self.accounts[at].has_password && !self.accounts[at].canceled;
        let Some(account) = self.dice.one_of(self.accounts.len(), opens) else { return Ok(false) };
        let (phone, mut browser) = (self.accounts[account].phone.clone(), Browser::default());
        let opened = browser.send(host, &SignInByPassword { phone, password: PASSWORD.to_owned() })?;
        assert_eq!(opened, Ok(SignIn::SignedIn));
        self.log_in(browser, account);
        Ok(true)
    }

    fn log_in(&mut self, browser: Browser, account: usize) {
        self.changed.accounts.insert(account);
        self.changed.logins.insert(self.logins.len());
        self.logins.push(Login { browser, account, ended: None, locked: false });
        self.told.signed_in += 1;
    }

    fn sign_out(&mut self, host: &str) -> Result<bool, Gone> {
        let Some(login) = self.dice.one_of(self.logins.len(), |at| self.logins[at].ended.is_none()) else {
            return Ok(false);
        };
        self.doubt = Doubt::SignOut(login);
        self.logins[login].browser.send(host, &SignOut {})?.expect("signed out");
        self.end_login(login, SessionEnd::SignedOut);
        self.doubt = Doubt::None;
        self.told.signed_out += 1;
        Ok(true)
    }

    fn end_login(&mut self, login: usize, why: SessionEnd) {
        self.logins[login].ended = Some(why);
        self.changed.logins.insert(login);
    }

    fn try_wrong(&mut self, host: &str) -> Result<bool, Gone> {
        let begun = self.dice.one_of(self.chains.len(), |at| self.chains[at].told < TRIES);
        let at = match begun.filter(|_| self.dice.below(3) > 0) {
            Some(at) => at,
            None => {
                let (phone, mut browser) = (self.number(), Browser::default());
                // Makes the browser known either way, so that its cookie is not lost with an answer.
                browser.send(host, &SendSignInCode { phone: phone.clone() })?.expect("a code is sent");
                let code = browser.code_to(host, &phone)?;
                let code = (self.dice.below(2) > 0).then_some(code);
                self.chains.push(Chain { browser, phone, code, told: 0 });
                self.chains.len() - 1
            }
        };
        self.changed.chains.insert(at);
        self.doubt = Doubt::Wrong(at);
        let chain = &mut self.chains[at];
        let phone = chain.phone.clone();
        let answer = match &chain.code {
            Some(code) => chain.browser.send(host, &SignInBySms { phone, code: another(code) })?,
            None => chain.browser.send(host, &SignInByPassword { phone, password: "wrong".to_owned() })?,
        };
        chain.told += 1;
        let left = u32::try_from(TRIES - chain.told).expect("at most five");
        match answer.expect_err("it is wrong") {
            Refusal::CodeWrong { left: said } | Refusal::PasswordWrong { left: said } => {
                assert_eq!(said, left)
            }
            Refusal::CodeTooMany { .. } | Refusal::PasswordLocked { .. } => assert_eq!(left, 0),
            other => panic!("{other:?}"),
        }
        self.doubt = Doubt::None;
        self.told.wrong += 1;
        Ok(true)
    }

    /// A session that can prove itself by password.
    fn provable(&mut self) -> Option<usize> {
        let lives = |at: usize| {
            let login = &self.logins[at];
            login.ended.is_none() && !login.locked && self.accounts[login.account].has_password
        };
        self.dice.one_of(self.logins.len(), lives)
    }

    /// The change, proven by password; none if the password is locked.
    fn prove(&mut self, host: &str, login: usize, change: Change) -> Result<Option<Change>, Gone> {
        let ChangeStep::Identify { .. } = change.step else {
            // The one that the last kill cut short, which is proven already (G5).
            return Ok(Some(change));
        };
        let (id, password) = (change.id, PASSWORD.to_owned());
        let proof = StepUpByPassword { change: id, version: change.version, password };
        match self.logins[login].browser.send(host, &proof)? {
            Err(Refusal::PasswordLocked { .. }) => {
                self.logins[login].locked = true;
                Ok(None)
            }
            proven => Ok(Some(proven.expect("proven"))),
        }
    }

    fn rebind(&mut self, host: &str) -> Result<bool, Gone> {
        let Some(login) = self.provable() else { return Ok(false) };
        let to = self.number();
        let begun = self.logins[login].browser.send(host, &StartChange::of(Action::Phone))?;
        let Some(change) = self.prove(host, login, begun.expect("a change"))? else { return Ok(false) };
        let id = change.id;
        let browser = &mut self.logins[login].browser;
        let target =
            SendNewPhoneCode { change: id.clone(), version: change.version, phone: Some(to.clone()) };
        let change = browser.send(host, &target)?.expect("a code to the new number");
        let code = browser.code_to(host, &to)?;
        self.doubt = Doubt::Rebind { login, to: to.clone(), change: id.clone() };
        let bound = browser.send(host, &BindPhone { change: id, version: change.version, code })?;
        assert!(matches!(bound.expect("bound").step, ChangeStep::PhoneBound { .. }));
        self.rebound(login, to);
        self.doubt = Doubt::None;
        self.told.rebound += 1;
        Ok(true)
    }

    fn cancel(&mut self, host: &str) -> Result<bool, Gone> {
        let Some(login) = self.provable() else { return Ok(false) };
        let browser = &mut self.logins[login].browser;
        let notice = browser.send(host, &GetCancel {})?.expect("consequences").notice;
        let begun = browser.send(host, &StartCancel { notice })?;
        let Some(change) = self.prove(host, login, begun.expect("a change"))? else { return Ok(false) };
        let id = change.id;
        self.doubt = Doubt::Cancel { login, change: id.clone() };
        let last_word = CancelAccount { change: id, version: change.version };
        let canceled = self.logins[login].browser.send(host, &last_word)?;
        assert!(matches!(canceled.expect("canceled").step, ChangeStep::Canceled { .. }));
        self.canceled(login);
        self.doubt = Doubt::None;
        self.told.canceled += 1;
        Ok(true)
    }

    /// Whatever ended a session of the account before, now it is this.
    fn canceled(&mut self, login: usize) {
        let account = self.logins[login].account;
        self.accounts[account].canceled = true;
        self.changed.accounts.insert(account);
        for at in 0..self.logins.len() {
            if self.logins[at].account == account {
                self.end_login(at, SessionEnd::AccountCanceled);
            }
        }
    }

    fn rebound(&mut self, login: usize, to: String) {
        let account = self.logins[login].account;
        self.accounts[account].phone = to;
        self.accounts[account].rebinds += 1;
        self.changed.accounts.insert(account);
        for at in 0..self.logins.len() {
            if self.logins[at].account == account && self.logins[at].ended.is_none() {
                self.end_login(at, SessionEnd::PhoneChanged);
            }
        }
    }

    /// After a restart: learns what became of the doubt, then looks whether the server still
    /// stands by everything it said since the restart before.
    pub(crate) fn settle(&mut self, host: &str, database: &mut Database) {
        let done = match std::mem::replace(&mut self.doubt, Doubt::None) {
            Doubt::None => None,
            Doubt::SignOut(login) => {
                let done = self.ended(host, login).is_some();
                if done {
                    self.end_login(login, SessionEnd::SignedOut);
                }
                self.changed.logins.insert(login);
                Some(done)
            }
            Doubt::Wrong(at) => {
                let chain = &mut self.chains[at];
                let charged = database.charged(&chain.phone, chain.purpose());
                assert!((0..=1).contains(&(charged - chain.told)), "{charged} charged, {} told", chain.told);
                let done = charged > chain.told;
                chain.told = charged;
                Some(done)
            }
            Doubt::Rebind { login, to, change } => {
                let outcome = self.logins[login].browser.send(host, &GetOutcome { key: change });
                match outcome.expect("the server answers") {
                    Ok(change) => {
                        assert!(matches!(change.step, ChangeStep::PhoneBound { .. }));
                        self.rebound(login, to);
                        Some(true)
                    }
                    Err(refusal) => {
                        assert_eq!(refusal, Refusal::NotFound);
                        self.changed.logins.insert(login);
                        Some(false)
                    }
                }
            }
            Doubt::Cancel { login, change } => {
                let outcome = self.logins[login].browser.send(host, &GetOutcome { key: change });
                match outcome.expect("the server answers") {
                    Ok(change) => {
                        assert!(matches!(change.step, ChangeStep::Canceled { .. }));
                        self.canceled(login);
                        Some(true)
                    }
                    Err(refusal) => {
                        assert_eq!(refusal, Refusal::NotFound);
                        self.changed.logins.insert(login);
                        Some(false)
                    }
                }
            }
        };
        match done {
            Some(true) => self.told.unheard += 1,
            Some(false) => self.told.undone += 1,
            None => {}
        }
        self.must_be_right(host, database);
        self.changed = Changed::default();
    }

    /// The same for everything since the beginning.
    pub(crate) fn must_be_right_about_everything(&mut self, host: &str, database: &mut Database) {
        self.changed.accounts.extend(0..self.accounts.len());
        self.changed.logins.extend(0..self.logins.len());
        self.changed.chains.extend(0..self.chains.len());
        self.must_be_right(host, database);
    }

    fn must_be_right(&mut self, host: &str, database: &mut Database) {
        for at in &self.changed.accounts {
            let Account { phone, rebinds, canceled, .. } = &self.accounts[*at];
            assert_eq!(database.epoch_of(phone), (!canceled).then_some(1 + rebinds), "{phone}");
        }
        for at in &self.changed.chains {
            let chain = &self.chains[*at];
            assert_eq!(database.charged(&chain.phone, chain.purpose()), chain.told, "{}", chain.phone);
        }
        for login in self.changed.logins.clone() {
            let found = self.ended(host, login);
            assert_eq!(
                found, self.logins[login].ended,
                "{}",
                self.accounts[self.logins[login].account].phone
            );
            match found {
                Some(_) => self.told.refused += 1,
                None => self.told.living += 1,
            }
        }
    }

    /// Why a session does not live, as the server says.
    fn ended(&mut self, host: &str, login: usize) -> Option<SessionEnd> {
        let Login { browser, account, .. } = &mut self.logins[login];
        match browser.send(host, &GetMe {}).expect("the server answers") {
            Ok(me) => {
                let phone = PhoneNumber::parse(&self.accounts[*account].phone).expect("a number");
                assert_eq!(me.phone, phone.masked());
                None
            }
            Err(Refusal::SessionEnded { why }) => Some(why),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A code that is not this one.
pub(crate) fn another(code: &str) -> String {
    let next = (code.parse::<u32>().expect("digits") + 1) % 1_000_000;
    format!("{next:0width$}", width = code.len())
}
