//! G2, OTP-*: budgets, chains, purposes, races.

use crate::support::SEND_GAP;
use crate::support::{Browser, House, another, step_up_code};
use contract::change::{Change, StartChange};
use contract::code::Purpose;
use contract::devices::GetDevices;
use contract::limits::SEND_GAP_SECONDS;
use contract::me::Action;
use contract::refusal::Refusal;
use contract::sign_in::{SendSignInCode, SignIn, SignInBySms};
use contract::step_up::{SendStepUpCode, StepUpBySms};
use std::time::Duration;

const PHONE: &str = "13800000001";
const NEW: &str = "13911110001";

fn send() -> SendSignInCode {
    SendSignInCode { phone: PHONE.into() }
}

fn try_code(code: &str) -> SignInBySms {
    SignInBySms { phone: PHONE.into(), code: code.into() }
}

#[tokio::test]
async fn otp_02_a_code_lives_five_minutes_to_the_second() {
    for (seconds, good) in [(299, true), (300, false), (301, false)] {
        let house = House::open().await;
        let browser = house.browser();
        browser.send_code(PHONE).await;
        let code = house.code_to(PHONE).await;
        house.advance(seconds);
        let answer = browser.send(&try_code(&code)).await;
        let expected = if good { Ok(SignIn::SignedIn) } else { Err(Refusal::CodeExpired) };
        assert_eq!(answer, expected, "after {seconds} s");
    }
}

#[tokio::test]
async fn g2_a_number_gets_a_code_a_minute_five_an_hour_ten_a_day() {
    let house = House::open().await;
    // Any browser, any purpose: the budget is the number's (OTP-10).
    let lin = house.signed_in(PHONE).await;
    let change = lin.start().await;
    house.browser().send(&send()).await.expect("the first");
    let step = SendStepUpCode { change: change.id.clone(), version: change.version };
    assert_eq!(lin.refused(&step).await, Refusal::SendTooOften { after: SEND_GAP_SECONDS });
    house.advance(SEND_GAP - 1);
    assert_eq!(lin.refused(&step).await, Refusal::SendTooOften { after: 1 });
    house.advance(1);
    lin.send(&step).await.expect("the second");
    for _ in 0..3 {
        house.advance(SEND_GAP);
        house.browser().send(&send()).await.expect("up to the fifth");
    }
    let first = house.app.now().after(
        Duration::from_secs(3600).saturating_sub(Duration::from_secs(4 * u64::from(SEND_GAP_SECONDS))),
    );
    house.advance(SEND_GAP);
    assert_eq!(house.browser().refused(&send()).await, Refusal::SendQuota { until: first.timestamp() });
    house.advance(3600 - 5 * SEND_GAP - 1);
    assert_eq!(house.browser().refused(&send()).await, Refusal::SendQuota { until: first.timestamp() });
    for _ in 0..5 {
        house.advance(3600);
        house.browser().send(&send()).await.expect("up to the tenth");
    }
    house.advance(3600);
    let refused = house.browser().refused(&send()).await;
    assert!(matches!(refused, Refusal::SendQuota { .. }), "{refused:?}");
    house.advance(86_400);
    house.browser().send(&send()).await.expect("another day");
    assert_eq!(house.inbox().await.len(), 11);
}

#[tokio::test]
async fn otp_10_parallel_sends_send_one() {
    let house = House::open().await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let browser = house.browser();
            tokio::spawn(async move { browser.send(&send()).await.is_ok() })
        })
        .collect();
    let mut sent = 0;
    for task in tasks {
        sent += usize::from(task.await.expect("no panic"));
    }
    assert_eq!((sent, house.inbox().await.len()), (1, 1));
}

#[tokio::test]
async fn otp_05_fifth_wrong_try_locks_and_a_resend_keeps_the_count() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send_code(PHONE).await;
    let wrong = try_code(&another(&house.code_to(PHONE).await));
    for left in [4, 3] {
        assert_eq!(browser.refused(&wrong).await, Refusal::CodeWrong { left });
    }
    house.advance(SEND_GAP);
    browser.send_code(PHONE).await;
    let code = house.code_to(PHONE).await;
    let wrong = try_code(&format!("x{}", &another(&code)[1..]));
    for left in [2, 1] {
        assert_eq!(browser.refused(&wrong).await, Refusal::CodeWrong { left }, "not reset by the resend");
    }
    let until = house.app.now().after(Duration::from_secs(900)).timestamp();
    let locked = Refusal::CodeTooMany { until };
    assert_eq!(browser.refused(&wrong).await, locked);
    assert_eq!(browser.refused(&try_code(&code)).await, locked, "the right one too");
    house.advance(SEND_GAP);
    assert_eq!(browser.refused(&send()).await, locked, "nor is another one sent");
    // A stranger's chain is his own; the owner in another browser is not locked out (OTP-09).
    let owner = house.browser();
    owner.send_code(PHONE).await;
    assert_eq!(owner.send(&try_code(&house.code_to(PHONE).await)).await, Ok(SignIn::SignedIn));
    house.advance(840);
    browser.send_code(PHONE).await;
    assert_eq!(
        browser.refused(&try_code(&another(&house.code_to(PHONE).await))).await,
        Refusal::CodeWrong { left: 4 },
        "a fresh chain"
    );
}

#[tokio::test]
async fn otp_13_an_older_code_is_superseded_and_costs_a_try() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send_code(PHONE).await;
    let first = house.code_to(PHONE).await;
    let sent = {
        house.advance(SEND_GAP);
        browser.send(&send()).await.expect("sent")
    };
    let second = house.code_to(PHONE).await;
    assert!(house.inbox().await[0].text.contains(&sent.serial));
    if first == second {
        return;
    }
    assert_eq!(browser.refused(&try_code(&first)).await, Refusal::CodeSuperseded);
    assert_eq!(house.count("SELECT wrong FROM chain").await, 1);
    assert_eq!(browser.send(&try_code(&second)).await, Ok(SignIn::SignedIn));
    assert_eq!(browser.refused(&try_code(&first)).await, Refusal::CodeExpired);
}

#[tokio::test]
async fn otp_13_older_code_as_the_fifth_try_locks() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send_code(PHONE).await;
    let first = house.code_to(PHONE).await;
    house.advance(SEND_GAP);
    browser.send_code(PHONE).await;
    let second = house.code_to(PHONE).await;
    if first == second {
        return;
    }
    let wrong = Some(another(&second)).filter(|code| *code != first).unwrap_or_else(|| another(&first));
    for left in [4, 3, 2, 1] {
        assert_eq!(browser.refused(&try_code(&wrong)).await, Refusal::CodeWrong { left });
    }
    let locked = browser.refused(&try_code(&first)).await;
    assert!(matches!(locked, Refusal::CodeTooMany { .. }), "{locked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn otp_03_of_64_parallel_submits_of_one_right_code_one_succeeds() {
    let house = House::open().await;
    for round in 0..5 {
        let browser = house.browser();
        browser.send_code(PHONE).await;
        let code = house.code_to(PHONE).await;
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let (browser, code) = (browser.clone(), code.clone());
                tokio::spawn(async move { browser.send(&try_code(&code)).await })
            })
            .collect();
        let mut successes = 0;
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(signed_in) => {
                    assert_eq!(signed_in, SignIn::SignedIn);
                    successes += 1;
                }
                Err(Refusal::CodeExpired | Refusal::CodeTooMany { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(successes, 1, "round {round}");
        house.advance(3600);
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM session").await, 5);
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'signed_in'").await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn otp_06_only_five_of_200_parallel_guesses_are_compared() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send_code(PHONE).await;
    let code = house.code_to(PHONE).await;
    let wrong = another(&code);
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (browser, wrong) = (browser.clone(), wrong.clone());
            tokio::spawn(async move { browser.refused(&try_code(&wrong)).await })
        })
        .collect();
    let mut compared = 0;
    let mut locks = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Refusal::CodeWrong { .. } => compared += 1,
            Refusal::CodeTooMany { .. } => locks += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((compared, locks), (4, 196), "the fifth compare answers with the lock");
    assert_eq!(house.count("SELECT SUM(tries) FROM code").await, 5);
    assert!(matches!(browser.refused(&try_code(&code)).await, Refusal::CodeTooMany { .. }));
    let house = house.restarted().await;
    assert!(matches!(house.adopt(&browser).refused(&try_code(&code)).await, Refusal::CodeTooMany { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g2_parallel_wrong_passwords_are_compared_five_times() {
    let house = House::open().await;
    let browser = house.signed_in(PHONE).await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let browser = browser.clone();
            let wrong = contract::sign_in::SignInByPassword { phone: PHONE.into(), password: "x".into() };
            tokio::spawn(async move { browser.refused(&wrong).await })
        })
        .collect();
    let mut compared = 0;
    for task in tasks {
        compared += usize::from(matches!(task.await.expect("no panic"), Refusal::PasswordWrong { .. }));
    }
    assert_eq!(compared, 4);
    assert_eq!(house.count("SELECT wrong FROM chain WHERE purpose = 'password'").await, 5);
}

/// Account 1 with a living code of each purpose and the change it belongs to.
struct Everything {
    browser: Browser,
    codes: [(Purpose, String); 8],
    phone: Change,
    password: Change,
    others: Change,
    wechat: Change,
    cancel: Change,
    device: Change,
}

/// The change of the phone stands where the new number's code is awaited, and long enough ago for
/// the old number to be asked again.
async fn everything(house: &House) -> Everything {
    let browser = house.signed_in(PHONE).await;
    let phone = browser.proven().await;
    house.advance(299);
    let phone = browser.target(&phone, Some(NEW)).await.expect("sent");
    let new = house.code_to(NEW).await;
    house.advance(2);
    let wechat = browser.send(&StartChange::of(Action::Wechat)).await.expect("begun");
    let wechat = browser.send(&step_up_code(&wechat)).await.expect("sent");
    let for_wechat = house.code_to(PHONE).await;
    // Eight are more than an hour's budget.
    let spare = "UPDATE code SET sent_at = sent_at - 86400000
                 WHERE purpose IN ('verify_wechat_change', 'verify_cancel', 'verify_end_device')";
    house.execute(spare).await;
    let cancel = browser.start_cancel().await;
    let cancel = browser.send(&step_up_code(&cancel)).await.expect("sent");
    let for_cancel = house.code_to(PHONE).await;
    house.execute(spare).await;
    house.signed_in(PHONE).await;
    let about = Some(browser.send(&GetDevices {}).await.expect("the list").devices[1].id.clone());
    let device = StartChange { action: Action::EndDevice, about };
    let device = browser.send(&device).await.expect("begun");
    let device = browser.send(&step_up_code(&device)).await.expect("sent");
    let for_device = house.code_to(PHONE).await;
    house.execute(spare).await;
    let mut codes = Vec::new();
    let mut changes = Vec::new();
    for action in [Action::Password, Action::EndOtherSessions] {
        let change = browser.send(&StartChange::of(action)).await.expect("begun");
        changes.push(browser.send(&step_up_code(&change)).await.expect("sent"));
        codes.push(house.code_to(PHONE).await);
        house.advance(SEND_GAP);
    }
    let phone = browser.send(&step_up_code(&phone)).await.expect("sent");
    let verify = house.code_to(PHONE).await;
    house.advance(SEND_GAP);
    browser.send_code(PHONE).await;
    let sign_in = house.code_to(PHONE).await;
    let [password, others] = <[Change; 2]>::try_from(changes).expect("two");
    let [for_password, for_others] = <[String; 2]>::try_from(codes).expect("two");
    let codes = [
        (Purpose::SignIn, sign_in),
        (Purpose::VerifyPhoneChange, verify),
        (Purpose::NewPhone, new),
        (Purpose::VerifyPasswordChange, for_password),
        (Purpose::VerifyEndOthers, for_others),
        (Purpose::VerifyWechatChange, for_wechat),
        (Purpose::VerifyCancel, for_cancel),
        (Purpose::VerifyEndDevice, for_device),
    ];
    Everything { browser, codes, phone, password, others, wechat, cancel, device }
}

impl Everything {
    /// Tries a code at the door of a purpose.
    async fn door(&self, purpose: Purpose, code: &str) -> Result<(), Refusal> {
        let step_up = |change: &Change| StepUpBySms {
            change: change.id.clone(),
            version: change.version,
            code: code.to_owned(),
        };
        match purpose {
            Purpose::SignIn => self.browser.send(&try_code(code)).await.map(drop),
            Purpose::VerifyPhoneChange => self.browser.send(&step_up(&self.phone)).await.map(drop),
            Purpose::NewPhone => self.browser.bind(&self.phone, code).await.map(drop),
            Purpose::VerifyPasswordChange => self.browser.send(&step_up(&self.password)).await.map(drop),
            Purpose::VerifyEndOthers => self.browser.send(&step_up(&self.others)).await.map(drop),
            Purpose::VerifyWechatChange => self.browser.send(&step_up(&self.wechat)).await.map(drop),
            Purpose::VerifyCancel => self.browser.send(&step_up(&self.cancel)).await.map(drop),
            Purpose::VerifyEndDevice => self.browser.send(&step_up(&self.device)).await.map(drop),
            Purpose::VerifyDeleteUser | Purpose::VerifyChangeSuperAdmin => {
                unreachable!("nobody who may change the phone here may do that too")
            }
        }
    }
}

#[tokio::test]
async fn otp_04_a_code_serves_its_own_purpose_only() {
    for at in 0..8 {
        for door in 0..8 {
            let house = House::open().await;
            let all = everything(&house).await;
            let (purpose, code) = &all.codes[at];
            if (0..8).any(|other| other != at && all.codes[other].1 == *code) {
                continue;
            }
            let opened = all.door(all.codes[door].0, code).await;
            let expected = if at == door { Ok(()) } else { Err(Refusal::CodeWrong { left: 4 }) };
            assert_eq!(opened, expected, "a code for {purpose:?} at the door of {:?}", all.codes[door].0);
        }
    }
}

#[tokio::test]
async fn otp_04_a_code_serves_the_browser_that_asked_only() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send_code(PHONE).await;
    let code = house.code_to(PHONE).await;
    assert_eq!(house.browser().refused(&try_code(&code)).await, Refusal::CodeExpired, "no browser at all");
    let other = house.signed_in("13800000002").await;
    assert_eq!(other.refused(&try_code(&code)).await, Refusal::CodeExpired);
    let elsewhere = SignInBySms { phone: "13800000002".into(), code: code.clone() };
    assert_eq!(browser.refused(&elsewhere).await, Refusal::CodeExpired, "another number");
    assert_eq!(browser.send(&try_code(&code)).await, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn otp_01_codes_are_not_in_answers_nor_in_the_database() {
    let house = House::open().await;
    let browser = house.browser();
    let answer = browser.answer(&send()).await;
    let code = house.code_to(PHONE).await;
    assert!(!answer.text().contains(&code));
    assert!(!format!("{:?}", answer.headers).contains(&code));
    for (table, rows) in house.rows().await {
        let clear = rows.iter().filter(|row| row.contains(&format!("Some(\"{code}\")"))).count();
        assert_eq!(clear, 0, "{table}");
    }
}
