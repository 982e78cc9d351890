//! Journeys: every machine of `flow` runs against the server, without a browser.
//!
//! The test does what the app does: it passes an act to the machine, sends the request that the machine
//! returns, and passes the answer back, until the machine waits for a person or has exited. A journey
//! records its steps. At each stop, a new machine, as after a reload, has to reach the same step from
//! the server's record (G5).

use crate::support::{Browser, House, PASSWORD, Refused, another};
use crate::wechat::phone;
use contract::account::{DeviceKind, Way};
use contract::cancel::GetCancel;
use contract::change::{Change, ChangeStep, StartChange};
use contract::code::OneTimeCode;
use contract::console::{DeleteUser, GetUsers};
use contract::devices::{EndDevice, EndOtherSessions, GetDevices};
use contract::endpoint::{Endpoint, Gated};
use contract::limits::SEND_GAP_SECONDS;
use contract::me::{GetMe, Me};
use contract::outcome::GetOutcome;
use contract::problem::{Problem, RefusalDetails};
use contract::refusal::{PasswordFlaw, Refusal, SessionEnd};
use contract::scan::{GetScan, Scan, ScanState};
use flow::cancel::{self, Cancel, LastWord};
use flow::gate::{self, Gate};
use flow::machine::{Flow, Instant, Machine, Next, Request, Turn};
use flow::password::{self, NewPassword, Password};
use flow::phone::{self, NewPhone, Phone};
use flow::proving;
use flow::sign_in::{self, SignIn, SignedIn};
use flow::step_up::{self, StepUp};
use flow::wechat::{self, NewWechat, Wechat};
use flow::wizard::{self, Half, Step, Wizard};
use server::config::Limits;
use std::fmt::Debug;

const FREE: &str = "13800000001";
const TWO_ACCOUNTS: &str = "13800000009";
const ORDINARY: &str = "13800000005";
const SUPER: &str = "13800000006";
const FRESH: &str = "13911110001";
const GOOD: &str = "correct horse battery staple";
const DAY: i64 = 86_400;

/// A machine as its screen runs it.
trait Walked: Machine {
    /// The step on the screen.
    fn name(&self) -> String;
    /// Sends an effect.
    async fn perform(browser: &Browser, effect: Self::Effect) -> Result<Self::Reply, Problem>;
    /// What a reload makes of it, and the act that looks up where it stands; nothing where the
    /// address names nothing.
    fn reloaded(&self) -> Option<(Self, Self::Act)>;
    /// The scan whose QR is on the screen.
    fn scan(&self) -> Option<&Scan>;
}

/// A machine in which the old identity is proven.
trait Proves: Walked {
    fn prove(act: step_up::Act) -> Self::Act;
}

/// A half of a wizard whose requests are sent.
trait Sent: Half {
    async fn send(browser: &Browser, effect: Self::Effect) -> Result<Change, Problem>;
    fn scan(&self) -> Option<&Scan> {
        None
    }
}

/// Sends a request, as the app reads its answer.
async fn ask<E: Endpoint>(browser: &Browser, request: E) -> Result<E::Reply, Problem> {
    browser.try_send(&request).await.map_err(|Refused { refusal, change }| Problem::Refused {
        refusal,
        details: RefusalDetails::of(&serde_json::json!({ "change": change }).to_string()),
        request_id: String::new(),
    })
}

async fn send_step_up(browser: &Browser, effect: step_up::Effect) -> Result<Change, Problem> {
    match effect {
        step_up::Effect::Send(request) => ask(browser, request).await,
        step_up::Effect::Sms(request) => ask(browser, request).await,
        step_up::Effect::Password(request) => ask(browser, request).await,
        step_up::Effect::Scan(request) => ask(browser, request).await,
        step_up::Effect::Wechat(request) => ask(browser, request).await,
    }
}

async fn send_proving(browser: &Browser, effect: proving::Effect) -> Result<Change, Problem> {
    match effect {
        proving::Effect::Start(request) => ask(browser, request).await,
        proving::Effect::Agree(request) => ask(browser, request).await,
        proving::Effect::Get(request) => ask(browser, request).await,
        proving::Effect::StepUp(effect) => send_step_up(browser, effect).await,
    }
}

impl Sent for NewPhone {
    async fn send(browser: &Browser, effect: phone::Effect) -> Result<Change, Problem> {
        match effect {
            phone::Effect::Send(request) => ask(browser, request).await,
            phone::Effect::Bind(request) => ask(browser, request).await,
            phone::Effect::Outcome(request) => ask(browser, request).await,
        }
    }
}

impl Sent for NewWechat {
    async fn send(browser: &Browser, effect: wechat::Effect) -> Result<Change, Problem> {
        match effect {
            wechat::Effect::Scan(request) => ask(browser, request).await,
            wechat::Effect::Get(request) => ask(browser, request).await,
            wechat::Effect::Bind(request) => ask(browser, request).await,
            wechat::Effect::Outcome(request) => ask(browser, request).await,
        }
    }

    fn scan(&self) -> Option<&Scan> {
        match self {
            Self::Scan(new) => new.scanning.scan.as_ref(),
            Self::Confirm(_) => None,
        }
    }
}

impl Sent for NewPassword {
    async fn send(
        browser: &Browser,
        password::Effect::Set(request): password::Effect,
    ) -> Result<Change, Problem> {
        ask(browser, request).await
    }
}

impl Sent for LastWord {
    async fn send(browser: &Browser, effect: cancel::Effect) -> Result<Change, Problem> {
        match effect {
            cancel::Effect::Confirm(request) => ask(browser, request).await,
            cancel::Effect::Outcome(request) => ask(browser, request).await,
        }
    }
}

impl<H: Sent> Walked for Wizard<H>
where
    H::Step: Debug,
{
    fn name(&self) -> String {
        match self.step() {
            Step::Proving(step) => format!("{step:?}"),
            Step::Then(step) => format!("{step:?}"),
        }
    }

    async fn perform(browser: &Browser, effect: Self::Effect) -> Result<Change, Problem> {
        match effect {
            wizard::Effect::Prove(effect) => send_proving(browser, effect).await,
            wizard::Effect::Then(effect) => H::send(browser, effect).await,
        }
    }

    fn reloaded(&self) -> Option<(Self, Self::Act)> {
        let change = self.change()?.id.clone();
        Some((Self::open(change, self.step()), wizard::Act::Forward))
    }

    fn scan(&self) -> Option<&Scan> {
        match self {
            Self::Proving(proving) => proving.step_up().and_then(qr),
            Self::Then(half) => half.scan(),
        }
    }
}

impl<H: Sent> Proves for Wizard<H>
where
    H::Step: Debug,
{
    fn prove(act: step_up::Act) -> Self::Act {
        wizard::Act::Prove(proving::Act::StepUp(act))
    }
}

impl Walked for Gate {
    fn name(&self) -> String {
        self.step_up().map_or("Starting".into(), |step_up| format!("{:?}", step_up.at))
    }

    async fn perform(browser: &Browser, effect: gate::Effect) -> Result<Change, Problem> {
        match effect {
            gate::Effect::Start(request) => ask(browser, request).await,
            gate::Effect::StepUp(effect) => send_step_up(browser, effect).await,
        }
    }

    /// It is a dialog: a reload closes it.
    fn reloaded(&self) -> Option<(Self, gate::Act)> {
        None
    }

    fn scan(&self) -> Option<&Scan> {
        self.step_up().and_then(qr)
    }
}

impl Proves for Gate {
    fn prove(act: step_up::Act) -> gate::Act {
        gate::Act::StepUp(act)
    }
}

impl Walked for SignIn {
    fn name(&self) -> String {
        let name = match self {
            Self::Sms(_) => "Sms",
            Self::Password(_) => "Password",
            Self::Wechat(_) => "Wechat",
            Self::Choose(_) => "Choose",
            Self::CoolingOff(_) => "CoolingOff",
        };
        name.into()
    }

    async fn perform(browser: &Browser, effect: sign_in::Effect) -> Result<sign_in::Reply, Problem> {
        use sign_in::{Effect, Reply};
        Ok(match effect {
            Effect::Send(request) => Reply::Sent(ask(browser, request).await?),
            Effect::Sms(request) => Reply::Proven(ask(browser, request).await?),
            Effect::Password(request) => Reply::Proven(ask(browser, request).await?),
            Effect::Scan(request) => Reply::Scan(ask(browser, request).await?),
            Effect::Get(request) => match ask(browser, request).await {
                Err(Problem::Refused { refusal: Refusal::NotFound, .. }) => Reply::NoScan,
                answer => Reply::Scan(answer?),
            },
            Effect::Wechat(request) => Reply::Proven(ask(browser, request).await?),
            Effect::Choose(request) => Reply::Proven(ask(browser, request).await?),
            Effect::Keep(request) => Reply::Proven(ask(browser, request).await?),
        })
    }

    fn reloaded(&self) -> Option<(Self, sign_in::Act)> {
        let scan = SignIn::scan(self)?.to_owned();
        Some((Self::reopen(), sign_in::Act::Resume(scan)))
    }

    fn scan(&self) -> Option<&Scan> {
        self.begun()?.scanning.scan.as_ref()
    }
}

fn qr(step_up: &StepUp) -> Option<&Scan> {
    step_up.scanning.scan.as_ref()
}

/// One tab in which a machine is under way.
struct Journey<'a, M: Walked> {
    house: &'a House,
    browser: Browser,
    flow: Flow<M>,
    /// Every step it came to.
    passed: Vec<String>,
    exit: Option<M::Exit>,
}

impl<'a, M: Walked> Journey<'a, M> {
    fn of(house: &'a House, browser: &Browser, machine: M) -> Self {
        let passed = vec![machine.name()];
        Self { house, browser: browser.clone(), flow: Flow::new(machine), passed, exit: None }
    }

    /// The person did something, which the server took.
    async fn act(&mut self, act: M::Act) {
        self.tell(act).await;
        assert_eq!(self.flow.request(), &Request::Idle, "at {:?}", self.passed);
        self.check_a_reload(self.passed.last().cloned()).await;
    }

    /// The person did something, which the server refused.
    async fn refused(&mut self, act: M::Act) -> Refusal {
        self.tell(act).await;
        self.check_a_reload(self.passed.last().cloned()).await;
        self.problem().unwrap_or_else(|| panic!("no refusal at {:?}", self.passed))
    }

    /// The person went back. Of that the server knows nothing: a reload leads to where the change
    /// stands.
    async fn back(&mut self, act: M::Act, stands: &str) {
        self.tell(act).await;
        self.check_a_reload(Some(stands.into())).await;
    }

    /// What the server told of the scan that is watched.
    async fn news(&mut self) {
        let watched = self.flow.machine().and_then(M::watched).expect("a scan is watched").to_owned();
        let scan = self.browser.send(&GetScan { scan: watched }).await.expect("its opener asks");
        let next = self.flow.scan_changed(scan, self.now());
        self.follow(next).await;
        self.check_a_reload(self.passed.last().cloned()).await;
    }

    /// Somebody's WeChat scans the QR on the screen and says yes; answers what WeChat says then.
    async fn scanned_by(&mut self, who: &str) -> String {
        let told = phone(self.house, who).allows(&self.scan()).await;
        self.news().await;
        told
    }

    /// What the last request brought instead of a reply.
    fn problem(&self) -> Option<Refusal> {
        match self.flow.request() {
            Request::Failed(problem) => problem.refusal().cloned(),
            _ => None,
        }
    }

    fn machine(&self) -> &M {
        self.flow.machine().expect("it is under way")
    }

    fn scan(&self) -> Scan {
        self.machine().scan().expect("a scan").clone()
    }

    /// The same in a tab that was reloaded.
    async fn reloaded(&self) -> Self {
        let (machine, act) = self.machine().reloaded().expect("the address names it");
        let mut fresh = Self::of(self.house, &self.browser, machine);
        fresh.act(act).await;
        fresh
    }

    /// How it ended, by these steps.
    #[track_caller]
    fn ends(self, steps: &[&str]) -> M::Exit {
        assert_eq!(self.passed, steps);
        self.exit.expect("it is over")
    }

    fn now(&self) -> Instant {
        Instant(self.house.clock.moved() as f64)
    }

    async fn tell(&mut self, act: M::Act) {
        let next = self.flow.act(act);
        self.follow(next).await;
    }

    async fn follow(&mut self, mut next: Next<M::Effect, M::Exit>) {
        loop {
            let step = self.flow.machine().map(M::name);
            if let Some(step) = step.filter(|step| self.passed.last() != Some(step)) {
                self.passed.push(step);
            }
            next = match next {
                Next::Nothing => return,
                Next::Exit(exit) => {
                    self.exit = Some(exit);
                    return;
                }
                Next::Perform(number, effect) => {
                    let answer = M::perform(&self.browser, effect).await;
                    self.flow.answer(number, answer, self.now())
                }
            };
        }
    }

    /// What else a fresh machine wants, a QR in place of one whose text nobody has, is not done: it
    /// would take the QR of this tab away.
    async fn check_a_reload(&self, stands: Option<String>) {
        let Some((fresh, act)) = self.flow.machine().and_then(M::reloaded) else { return };
        let Turn::Ask(asked, effect) = fresh.act(act) else { panic!("it is looked up") };
        let reply = M::perform(&self.browser, effect).await.expect("it is there");
        let (Turn::Stay(fresh) | Turn::Ask(fresh, _)) = asked.reply(reply, self.now()) else {
            panic!("it is not over at {:?}", self.passed)
        };
        assert_eq!(Some(fresh.name()), stands, "after {:?}", self.passed);
    }
}

impl<M: Proves> Journey<'_, M> {
    /// The old identity is proven by the code to a bound number.
    async fn by_sms(&mut self, number: &str) {
        self.act(M::prove(step_up::Act::Use(Way::Sms))).await;
        self.act(M::prove(step_up::Act::Send)).await;
        let code = self.house.code_to(number).await;
        self.act(M::prove(step_up::Act::SubmitCode(digits(&code)))).await;
    }

    /// By the password, after a wrong one.
    async fn by_password(&mut self) {
        self.act(M::prove(step_up::Act::Use(Way::Password))).await;
        let wrong = M::prove(step_up::Act::SubmitPassword("not this one".into()));
        assert_eq!(self.refused(wrong).await, Refusal::PasswordWrong { left: 4 });
        self.act(M::prove(step_up::Act::SubmitPassword(PASSWORD.into()))).await;
    }

    /// By the bound WeChat.
    async fn by_wechat(&mut self, who: &str) {
        self.act(M::prove(step_up::Act::Use(Way::Wechat))).await;
        assert_eq!(self.scanned_by(who).await, "confirmed");
        assert_eq!(self.problem(), None);
    }
}

/// A request that waits for a proof, and the gate that was opened before it.
async fn gated<'a, E: Gated>(house: &'a House, browser: &Browser, request: &E) -> Journey<'a, Gate> {
    let refused = browser.send(request).await.expect_err("not without a grant");
    assert!(matches!(refused, Refusal::StepUpNeeded { .. }), "{refused:?}");
    let start = StartChange { action: E::ACTION, about: request.about().map(str::to_owned) };
    let mut gate = Journey::of(house, browser, Gate::new(start));
    gate.act(gate::Act::Begin).await;
    gate
}

/// The request with the grant that a gate ended with.
fn granted<E: Gated>(request: E, exit: gate::Exit) -> E {
    match exit {
        gate::Exit::Granted(id) => request.granted(id),
        gate::Exit::Left => panic!("nobody went back"),
    }
}

fn begin<A>() -> wizard::Act<A> {
    wizard::Act::Prove(proving::Act::Begin)
}

fn digits(code: &str) -> OneTimeCode {
    OneTimeCode::parse(code).expect("digits")
}

async fn me(browser: &Browser) -> Me {
    browser.send(&GetMe {}).await.expect("signed in")
}

fn ended(why: SessionEnd) -> Refusal {
    Refusal::SessionEnded { why }
}

/// The record of what a wizard was for, under the id that it ended with.
async fn outcome(browser: &Browser, exit: wizard::Exit) -> ChangeStep {
    let wizard::Exit::Done(key) = exit else { panic!("nobody went back") };
    browser.send(&GetOutcome { key }).await.expect("recorded").step
}

#[tokio::test]
async fn l1_sign_in_by_sms_after_wrong_and_expired_codes() {
    use sign_in::Act::{Send, SubmitCode};
    let house = House::open().await;
    let browser = house.browser();
    let mut way = Journey::of(&house, &browser, SignIn::default());
    way.act(Send(FREE.into())).await;
    let code = house.code_to(FREE).await;
    let wrong = SubmitCode(FREE.into(), digits(&another(&code)));
    assert_eq!(way.refused(wrong).await, Refusal::CodeWrong { left: 4 });
    assert_eq!(way.refused(Send(FREE.into())).await, Refusal::SendTooOften { after: SEND_GAP_SECONDS });
    house.advance(301);
    assert_eq!(way.refused(SubmitCode(FREE.into(), digits(&code))).await, Refusal::CodeExpired);
    way.act(Send(FREE.into())).await;
    way.act(SubmitCode(FREE.into(), digits(&house.code_to(FREE).await))).await;
    assert_eq!(way.ends(&["Sms"]), SignedIn);
    assert_eq!(me(&browser).await.phone, "138****0001");
}

#[tokio::test]
async fn l1_sign_in_by_password_to_one_of_two_accounts() {
    use sign_in::Act::{Back, Choose, SubmitPassword, UsePassword};
    let house = House::open().await;
    let browser = house.browser();
    let mut way = Journey::of(&house, &browser, SignIn::default());
    way.act(UsePassword).await;
    let wrong = SubmitPassword(TWO_ACCOUNTS.into(), "not this one".into());
    assert_eq!(way.refused(wrong).await, Refusal::PasswordWrong { left: 4 });
    let right = SubmitPassword(TWO_ACCOUNTS.into(), PASSWORD.into());
    way.act(right.clone()).await;
    way.act(Back).await;
    way.act(UsePassword).await;
    way.act(right).await;
    let SignIn::Choose(choice) = way.machine() else { panic!("two accounts") };
    let company = choice.accounts.iter().find(|account| account.tenant.is_some()).expect("one of them");
    let company = company.id.clone();
    way.act(Choose(company.clone())).await;
    assert_eq!(way.ends(&["Sms", "Password", "Choose", "Sms", "Password", "Choose"]), SignedIn);
    assert_eq!(me(&browser).await.account, company);
}

#[tokio::test]
async fn w8_qr_13_qr_sign_in_after_expired_and_unbound_scans() {
    use sign_in::Act::{Choose, Scan, UseWechat};
    let house = House::open().await;
    let browser = house.browser();
    let mut way = Journey::of(&house, &browser, SignIn::default());
    way.act(UseWechat).await;
    way.act(Scan).await;
    let first = way.scan().id;
    house.advance(121);
    way.news().await;
    assert_ne!(way.scan().id, first, "begun again by itself");
    assert_eq!(way.scanned_by("wx-new").await, "confirmed");
    assert_eq!(way.problem(), Some(Refusal::WayNotOpen), "bound nowhere");
    way.act(Scan).await;
    // A webview that was killed while its person was in WeChat finds what the phone did.
    assert_eq!(phone(&house, "wx-lin").allows(&way.scan()).await, "confirmed");
    let mut way = way.reloaded().await;
    let SignIn::Choose(choice) = way.machine() else { panic!("shown before it is opened") };
    let only = choice.accounts[0].id.clone();
    way.act(Choose(only.clone())).await;
    assert_eq!(way.ends(&["Wechat", "Choose"]), SignedIn);
    assert_eq!(me(&browser).await.account, only);
}

#[tokio::test]
async fn p5_p6_rebind_by_sms_after_wrong_and_expired_codes() {
    use phone::Act::{Name, Submit};
    use step_up::Act::{Send, SubmitCode, Use};
    let house = House::open().await;
    let (lin, other) = (house.signed_in(FREE).await, house.signed_in(FREE).await);
    let mut way = Journey::of(&house, &lin, Phone::start());
    way.act(begin()).await;
    way.act(Phone::prove(Use(Way::Sms))).await;
    way.act(Phone::prove(Send)).await;
    let code = house.code_to(FREE).await;
    let wrong = SubmitCode(digits(&another(&code)));
    assert_eq!(way.refused(Phone::prove(wrong)).await, Refusal::CodeWrong { left: 4 });
    house.advance(301);
    let late = SubmitCode(digits(&code));
    assert_eq!(way.refused(Phone::prove(late)).await, Refusal::CodeExpired);
    way.act(Phone::prove(Send)).await;
    let code = house.code_to(FREE).await;
    way.act(Phone::prove(SubmitCode(digits(&code)))).await;

    let name = |number: &str| wizard::Act::Then(Name(number.into()));
    let submit = |code: &str| wizard::Act::Then(Submit(digits(code)));
    assert_eq!(way.refused(name(FREE)).await, Refusal::PhoneSame);
    way.act(name(FRESH)).await;
    let code = house.code_to(FRESH).await;
    assert_eq!(way.refused(submit(&another(&code))).await, Refusal::CodeWrong { left: 4 });
    way.back(wizard::Act::Back, "Code").await;
    way.act(wizard::Act::Forward).await;
    way.act(submit(&code)).await;
    let exit = way.ends(&["Start", "Choose", "Sms", "Number", "Code", "Number", "Code"]);

    assert_eq!(outcome(&lin, exit).await, ChangeStep::PhoneBound { phone: "139****0001".into() });
    for browser in [&lin, &other] {
        assert_eq!(browser.refused(&GetMe {}).await, ended(SessionEnd::PhoneChanged));
    }
    // The new number opens the account, in a journey of its own.
    let mut way = Journey::of(&house, &lin, SignIn::default());
    way.act(sign_in::Act::UsePassword).await;
    way.act(sign_in::Act::SubmitPassword(FRESH.into(), PASSWORD.into())).await;
    assert_eq!(way.ends(&["Sms", "Password"]), SignedIn);
    assert_eq!(me(&lin).await.phone, "139****0001");
}

#[tokio::test]
async fn p5_expired_proof_is_renewed_and_the_rebind_continues() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let mut way = Journey::of(&house, &lin, Phone::start());
    way.act(begin()).await;
    way.by_wechat("wx-lin").await;
    way.act(wizard::Act::Then(phone::Act::Name(FRESH.into()))).await;
    house.advance(301);
    let refused = way.refused(wizard::Act::Then(phone::Act::Resend)).await;
    assert!(matches!(refused, Refusal::StepUpNeeded { .. }), "{refused:?}");
    way.by_password().await;
    // The number that was named stays named.
    way.act(wizard::Act::Then(phone::Act::Resend)).await;
    let code = digits(&house.code_to(FRESH).await);
    way.act(wizard::Act::Then(phone::Act::Submit(code))).await;
    let steps = ["Start", "Choose", "Wechat", "Number", "Code", "Choose", "Password", "Code"];
    outcome(&lin, way.ends(&steps)).await;
    assert_eq!(lin.refused(&GetMe {}).await, ended(SessionEnd::PhoneChanged));
}

#[tokio::test]
async fn g5_idm_1_two_tabs_of_one_change_reach_the_same_end() {
    use phone::Act::{Name, Submit};
    use step_up::Act::{Send, SubmitCode, Use};
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let mut one = Journey::of(&house, &lin, Phone::start());
    let mut two = Journey::of(&house, &lin, Phone::start());
    for tab in [&mut one, &mut two] {
        tab.act(begin()).await;
        tab.act(Phone::prove(Use(Way::Sms))).await;
    }
    one.act(Phone::prove(Send)).await;
    assert_eq!(two.refused(Phone::prove(Send)).await, Refusal::ChangeStale);
    // It has the fresh record now, and so the version for the code that the other asked for.
    let code = digits(&house.code_to(FREE).await);
    two.act(Phone::prove(SubmitCode(code.clone()))).await;
    assert_eq!(one.refused(Phone::prove(SubmitCode(code))).await, Refusal::ChangeStale);
    one.act(wizard::Act::Then(Name(FRESH.into()))).await;
    let named = wizard::Act::Then(Name("13911110002".into()));
    assert_eq!(two.refused(named).await, Refusal::ChangeStale);
    let code = house.code_to(FRESH).await;
    two.act(wizard::Act::Then(Submit(digits(&code)))).await;
    // Concluded in the other tab: another code than that one's asks what became of it.
    one.act(wizard::Act::Then(Submit(digits(&another(&code))))).await;
    let steps = ["Start", "Choose", "Sms", "Number", "Code"];
    let exit = one.ends(&steps);
    assert_eq!(two.ends(&steps), exit);
    assert_eq!(outcome(&lin, exit).await, ChangeStep::PhoneBound { phone: "139****0001".into() });
}

#[tokio::test]
async fn ses_03_new_password_after_wrong_proof_and_weak_choice() {
    let house = House::open().await;
    let (lin, other) = (house.signed_in(FREE).await, house.signed_in(FREE).await);
    let mut way = Journey::of(&house, &lin, Password::start());
    way.act(begin()).await;
    way.by_password().await;
    let set = |password: &str| wizard::Act::Then(password::Act::Set(password.into()));
    assert_eq!(way.refused(set("short")).await, Refusal::PasswordWeak { why: PasswordFlaw::Short });
    way.back(wizard::Act::Back, "New").await;
    way.act(wizard::Act::Forward).await;
    way.act(set(GOOD)).await;
    let exit = way.ends(&["Start", "Choose", "Password", "New", "Start", "New"]);
    assert_eq!(outcome(&lin, exit).await, ChangeStep::PasswordSet);
    assert_eq!(other.refused(&GetMe {}).await, ended(SessionEnd::PasswordChanged));
    assert_eq!(me(&lin).await.phone, "138****0001", "this one goes on");
    let mut way = Journey::of(&house, &other, SignIn::default());
    way.act(sign_in::Act::UsePassword).await;
    way.act(sign_in::Act::SubmitPassword(FREE.into(), GOOD.into())).await;
    assert_eq!(way.ends(&["Sms", "Password"]), SignedIn);
}

#[tokio::test]
async fn w3_w4_w5_wechat_rebind_after_mismatched_and_same_scans() {
    use step_up::Act::{Scan, Use};
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let mut way = Journey::of(&house, &lin, Wechat::start());
    way.act(begin()).await;
    way.act(Wechat::prove(Use(Way::Wechat))).await;
    assert_eq!(way.scanned_by("wx-new").await, "mismatch");
    assert_eq!(way.scan().state, ScanState::Mismatch);
    way.act(Wechat::prove(Scan)).await;
    house.advance(121);
    way.news().await;
    assert_eq!(way.scan().state, ScanState::Waiting, "begun again by itself");
    // Allowed while the tab was gone: the one that comes back redeems it.
    assert_eq!(phone(&house, "wx-lin").allows(&way.scan()).await, "confirmed");
    let mut way = way.reloaded().await;

    let scan = || wizard::Act::Then(wechat::Act::Scan);
    way.act(scan()).await;
    assert_eq!(way.scanned_by("wx-lin").await, "same");
    way.act(scan()).await;
    assert_eq!(way.scanned_by("wx-new").await, "confirmed");
    way.back(wizard::Act::Back, "Confirm").await;
    way.act(wizard::Act::Forward).await;
    way.act(wizard::Act::Then(wechat::Act::Bind)).await;
    let exit = way.ends(&["Opening", "Wechat", "New", "Confirm", "New", "Confirm"]);

    let wechat = me(&lin).await.wechat.expect("bound");
    assert_eq!(wechat.nickname, "新号上路");
    assert_eq!(outcome(&lin, exit).await, ChangeStep::WechatBound { wechat, replaced: true, ended: 0 });
}

#[tokio::test]
async fn c2_c3_c4_the_account_is_canceled_by_each_of_the_three_ways() {
    for way in [Way::Sms, Way::Password, Way::Wechat] {
        let house = House::open().await;
        let (lin, other) = (house.signed_in(FREE).await, house.signed_in(FREE).await);
        let mut walk = Journey::of(&house, &lin, Cancel::start());
        let agree = |notice: &str| wizard::Act::Prove(proving::Act::Agree(notice.into()));
        assert_eq!(walk.refused(agree("an earlier one")).await, Refusal::NoticeNotRead);
        walk.act(agree(&lin.send(&GetCancel {}).await.expect("told").notice)).await;
        match way {
            Way::Sms => walk.by_sms(FREE).await,
            Way::Password => walk.by_password().await,
            Way::Wechat => walk.by_wechat("wx-lin").await,
        }
        walk.act(wizard::Act::Then(cancel::Act::Confirm)).await;
        let exit = walk.ends(&["Start", "Choose", &format!("{way:?}"), "Confirm"]);
        let step = outcome(&lin, exit).await;
        assert!(matches!(step, ChangeStep::Canceled { .. }), "{step:?}");
        for browser in [&lin, &other] {
            assert_eq!(browser.refused(&GetMe {}).await, ended(SessionEnd::AccountCanceled));
        }
    }
}

#[tokio::test]
async fn del_03_c8_late_confirm_is_proven_again_and_then_undone() {
    let house = House::open_with(|config| {
        config.cooling_off_days = 7;
        config.limits = Limits::none();
    })
    .await;
    let lin = house.signed_in(FREE).await;
    let mut way = Journey::of(&house, &lin, Cancel::start());
    let notice = lin.send(&GetCancel {}).await.expect("told").notice;
    way.act(wizard::Act::Prove(proving::Act::Agree(notice))).await;
    way.by_password().await;
    let confirm = || wizard::Act::Then(cancel::Act::Confirm);
    house.advance(301);
    let refused = way.refused(confirm()).await;
    assert!(matches!(refused, Refusal::StepUpNeeded { .. }), "{refused:?}");
    way.by_sms(FREE).await;
    way.act(confirm()).await;
    let exit = way.ends(&["Start", "Choose", "Password", "Confirm", "Choose", "Sms", "Confirm"]);
    let step = outcome(&lin, exit).await;
    assert!(matches!(step, ChangeStep::CoolingOff { .. }), "{step:?}");
    assert_eq!(lin.refused(&GetMe {}).await, ended(SessionEnd::AccountCanceled));

    house.advance(DAY);
    let mut way = Journey::of(&house, &lin, SignIn::default());
    way.act(sign_in::Act::UsePassword).await;
    way.act(sign_in::Act::SubmitPassword(FREE.into(), PASSWORD.into())).await;
    let SignIn::CoolingOff(found) = way.machine() else { panic!("it is being canceled") };
    assert_eq!(found.days_left, 6);
    way.act(sign_in::Act::Keep).await;
    assert_eq!(way.ends(&["Sms", "Password", "CoolingOff"]), SignedIn);
    assert_eq!(me(&lin).await.phone, "138****0001");
}

#[tokio::test]
async fn g1_end_others_by_sms_with_a_grant_of_five_minutes() {
    let house = House::open().await;
    let (lin, other) = (house.signed_in(FREE).await, house.signed_in(FREE).await);
    let mut way = gated(&house, &lin, &EndOtherSessions::default()).await;
    way.by_sms(FREE).await;
    let late = granted(EndOtherSessions::default(), way.ends(&["Starting", "Choose", "Sms"]));
    house.advance(301);
    assert_eq!(lin.refused(&late).await, Refusal::GrantExpired);
    let mut way = gated(&house, &lin, &EndOtherSessions::default()).await;
    way.by_sms(FREE).await;
    let request = granted(EndOtherSessions::default(), way.ends(&["Starting", "Choose", "Sms"]));
    let done = lin.send(&request).await.expect("ended");
    assert_eq!(done.step, ChangeStep::SessionsEnded { count: 1 });
    assert_eq!(other.refused(&GetMe {}).await, ended(SessionEnd::EndedElsewhere));
    assert_eq!(me(&lin).await.phone, "138****0001");
}

#[tokio::test]
async fn g1_password_grant_ends_only_the_device_it_names() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let (other, third) = (house.signed_in_on("ios", FREE).await, house.signed_in_on("mac", FREE).await);
    let devices = lin.send(&GetDevices {}).await.expect("signed in").devices;
    let device = |kind| {
        let found = devices.iter().find(|device| device.kind == kind);
        EndDevice::of(found.expect("signed in").id.clone())
    };
    let mut way = gated(&house, &lin, &device(DeviceKind::Ios)).await;
    way.by_password().await;
    let gate::Exit::Granted(grant) = way.ends(&["Starting", "Choose", "Password"]) else { panic!("proven") };
    assert_eq!(
        lin.refused(&device(DeviceKind::Mac).granted(grant.clone())).await,
        Refusal::GrantWrongPurpose
    );
    lin.send(&device(DeviceKind::Ios).granted(grant)).await.expect("ended");
    assert_eq!(other.refused(&GetMe {}).await, ended(SessionEnd::EndedElsewhere));
    assert_eq!(me(&third).await.phone, "138****0001");
}

#[tokio::test]
async fn g1_e3_user_is_deleted_by_wechat_proof_and_not_when_left() {
    let house = House::open().await;
    let (qin, xu) = (house.signed_in(SUPER).await, house.signed_in(ORDINARY).await);
    let request = DeleteUser::of(me(&xu).await.account);
    let mut way = gated(&house, &qin, &request).await;
    way.act(Gate::prove(step_up::Act::Use(Way::Wechat))).await;
    way.act(Gate::prove(step_up::Act::Back)).await;
    way.act(Gate::prove(step_up::Act::Back)).await;
    assert_eq!(way.ends(&["Starting", "Choose", "Wechat", "Choose"]), gate::Exit::Left);
    assert_eq!(me(&xu).await.phone, "138****0005");

    let mut way = gated(&house, &qin, &request).await;
    way.act(Gate::prove(step_up::Act::Use(Way::Wechat))).await;
    assert_eq!(way.scanned_by("wx-lin").await, "mismatch");
    way.act(Gate::prove(step_up::Act::Scan)).await;
    assert_eq!(way.scanned_by("wx-qin").await, "confirmed");
    let request = granted(request, way.ends(&["Starting", "Choose", "Wechat"]));
    let before = qin.send(&GetUsers::default()).await.expect("a super admin").total;
    assert_eq!(qin.send(&request).await.expect("deleted").step, ChangeStep::UserDeleted);
    assert_eq!(qin.send(&GetUsers::default()).await.expect("a super admin").total, before - 1);
    assert_eq!(xu.refused(&GetMe {}).await, ended(SessionEnd::Removed));
}
