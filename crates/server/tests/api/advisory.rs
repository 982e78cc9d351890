//! Regression tests for published vulnerabilities of other products in the same flows, one test each,
//! named after the case. Each says what happened there and which requirement prevents it here.

use crate::support::SEND_GAP;
use crate::support::{Answer, Browser, House, PASSWORD, another, rebind, step_up_code};
use axum::http::{Method, StatusCode, header};
use contract::avatar::{RemoveAvatar, SetAvatar, UPLOAD};
use contract::cancel::{CancelAccount, StartCancel, UndoCancel};
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::console::{ChangeSuperAdmin, DeleteUser, SetRole, SetSettings};
use contract::devices::{EndDevice, EndOtherSessions, GetDevices};
use contract::endpoint::{Endpoint, Gated};
use contract::history::SetHistorySync;
use contract::limits::SEND_GAP_SECONDS;
use contract::me::{Action, GetMe};
use contract::outcome::GetOutcome;
use contract::password::SetPassword;
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::refusal::{Refusal, SessionEnd};
use contract::scan::{StartNewWechatScan, StartSignInScan, StartStepUpScan};
use contract::sign_in::SignInByWechat;
use contract::sign_in::{
    ChooseAccount, EndVisit, EnterSurface, SendSignInCode, SignIn, SignInByPassword, SignInBySms, SignOut,
};
use contract::step_up::StepUpByWechat;
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms};
use contract::wechat::BindWechat;
use serde_json::{Value, json};
use std::future::Future;

const PHONE: &str = "13800000001";
const NEW: &str = "13911110001";
const NEW_PASSWORD: &str = "correct horse battery staple";
const ACTIONS: [Action; 3] = [Action::Phone, Action::Password, Action::EndOtherSessions];

async fn begin(browser: &Browser, action: Action) -> Change {
    browser.send(&StartChange::of(action)).await.expect("begun")
}

async fn proven(browser: &Browser, action: Action) -> Change {
    browser.prove(&begin(browser, action).await).await.expect("proven")
}

async fn shown(browser: &Browser, change: &Change) -> Result<Change, Refusal> {
    browser.send(&GetChange { change: change.id.clone() }).await
}

fn by_code(change: &Change, code: &str) -> StepUpBySms {
    StepUpBySms { change: change.id.clone(), version: change.version, code: code.into() }
}

fn new_password(change: &Change) -> SetPassword {
    SetPassword { change: change.id.clone(), version: change.version, new_password: NEW_PASSWORD.into() }
}

fn end_others(change: &Change) -> EndOtherSessions {
    EndOtherSessions::default().granted(change.id.clone())
}

fn try_code(phone: &str, code: &str) -> SignInBySms {
    SignInBySms { phone: phone.into(), code: code.into() }
}

fn try_password(phone: &str, password: &str) -> SignInByPassword {
    SignInByPassword { phone: phone.into(), password: password.into() }
}

pub(crate) fn ended(why: SessionEnd) -> Refusal {
    Refusal::SessionEnded { why }
}

/// A copy of all its cookies as they are now, in a jar of its own: what malware takes.
pub(crate) fn stolen(house: &House, browser: &Browser) -> Browser {
    let thief = house.browser();
    let jar = browser.jar.lock().expect("the jar").clone();
    *thief.jar.lock().expect("the jar") = jar;
    thief
}

/// Everybody at once; the answers in any order.
async fn all_at_once<T, F>(crowd: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = crowd.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(task.await.expect("no panic"));
    }
    answers
}

/// Tries every effect with a change that must not be good enough for any.
async fn no_effect(browser: &Browser, change: &Change, code: &str, when: &str) {
    assert!(browser.bind(change, code).await.is_err(), "bind {when}");
    assert!(browser.send(&new_password(change)).await.is_err(), "password {when}");
    assert!(browser.send(&end_others(change)).await.is_err(), "end others {when}");
    assert!(browser.target(change, Some("13911119999")).await.is_err(), "a code to a new number {when}");
}

/// The factors and the epoch of every account.
async fn factors(house: &House) -> Vec<(String, String, Option<String>, i64)> {
    let mut database = house.database().await;
    sqlx::query_as("SELECT id, phone, password_hash, epoch FROM account ORDER BY id")
        .fetch_all(&mut database)
        .await
        .expect("the accounts")
}

/// Every path of the contract that is written to.
fn written_paths() -> Vec<String> {
    let document: Value = serde_json::from_str(&server::openapi::document()).expect("the document");
    let paths = document["paths"].as_object().expect("paths");
    paths.iter().filter(|(_, item)| item.get("post").is_some()).map(|(path, _)| path.clone()).collect()
}

/// A body for a path that is what the contract says, about a given change.
fn body_of(path: &str, change: &Change) -> Value {
    let (id, version) = (&change.id, change.version);
    match path {
        SendSignInCode::PATH => json!({ "phone": "13911118888" }),
        SignInBySms::PATH => json!({ "phone": PHONE, "code": "12345" }),
        SignInByPassword::PATH => json!({ "phone": PHONE, "password": "x" }),
        ChooseAccount::PATH | UndoCancel::PATH => json!({ "sign_in_id": id, "account": "x" }),
        SignOut::PATH | EndVisit::PATH => json!({}),
        EnterSurface::PATH => json!({ "host_code": "x" }),
        StartChange::PATH => json!({ "action": change.action }),
        SendStepUpCode::PATH => json!({ "change": id, "version": version }),
        StepUpBySms::PATH => json!({ "change": id, "version": version, "code": "12345" }),
        StepUpByPassword::PATH => json!({ "change": id, "version": version, "password": "x" }),
        SendNewPhoneCode::PATH => json!({ "change": id, "version": version, "phone": NEW }),
        BindPhone::PATH => json!({ "change": id, "version": version, "code": "12345" }),
        SetPassword::PATH => json!({ "change": id, "version": version, "new_password": NEW_PASSWORD }),
        EndOtherSessions::PATH => json!({ "grant": id }),
        EndDevice::PATH => json!({ "device": id, "grant": id }),
        DeleteUser::PATH => json!({ "user": id, "grant": id }),
        ChangeSuperAdmin::PATH => json!({ "user": id, "role": "super_admin", "version": 1, "grant": id }),
        SetRole::PATH => json!({ "user": id, "role": "ordinary", "version": 1 }),
        SetSettings::PATH => json!({ "avatars_open": true, "version": 1 }),
        SetHistorySync::PATH => json!({ "on": true }),
        StartSignInScan::PATH => json!({}),
        SignInByWechat::PATH => json!({ "scan": id }),
        StepUpByWechat::PATH => json!({ "change": id, "version": version, "scan": id }),
        StartCancel::PATH => json!({ "notice": "x" }),
        StartStepUpScan::PATH | StartNewWechatScan::PATH | BindWechat::PATH | CancelAccount::PATH => {
            json!({ "change": id, "version": version })
        }
        UPLOAD => json!("no picture"),
        SetAvatar::PATH => json!({ "picture": id }),
        RemoveAvatar::PATH => json!({}),
        other => panic!("{other} is new: say here what it takes; without a proof it must change no factor"),
    }
}

async fn write(browser: &Browser, path: &str, change: &Change, body: &Value) -> Answer {
    let mut request = Browser::request(Method::POST, path, body.to_string());
    request.headers_mut().insert("idempotency-key", change.id.parse().expect("a key"));
    browser.raw(request).await
}

/// Keycloak CVE-2026-18963: "try another way" kept what the first way had begun, and any password
/// could be reset (STP-03).
#[tokio::test]
async fn cve_2026_18963_switching_proof_ways_voids_earlier_code() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    for action in ACTIONS {
        let change = begin(&lin, action).await;
        let sent = lin.send(&step_up_code(&change)).await.expect("sent");
        let code = house.code_to(PHONE).await;

        // A code under way is no password, and a wrong password no code.
        let wrong = StepUpByPassword { change: sent.id.clone(), version: sent.version, password: "x".into() };
        assert!(matches!(lin.refused(&wrong).await, Refusal::PasswordWrong { .. }));
        assert!(matches!(lin.refused(&by_code(&sent, &another(&code))).await, Refusal::CodeWrong { .. }));
        let half = shown(&lin, &sent).await.expect("there");
        assert!(matches!(half.step, ChangeStep::Identify { .. }), "{half:?}");
        no_effect(&lin, &half, &code, "after half of two proofs").await;

        // Proven by the other way, what the first one began is worth nothing, also where the
        // identity is asked for again.
        lin.prove(&half).await.expect("proven by password");
        lin.by_password(PHONE).await.expect("signed in again");
        let again = shown(&lin, &sent).await.expect("there");
        assert_eq!(again.step, ChangeStep::Identify { sent: None, scan: None }, "the code went with its way");
        assert_eq!(lin.refused(&by_code(&again, &code)).await, Refusal::CodeExpired);
        no_effect(&lin, &again, &code, "with the code of the way that was left").await;
        house.advance(900);
    }
}

/// Keycloak CVE-2026-3429: the account API let a weak session remove a strong factor (STP-08,
/// STP-01).
#[tokio::test]
async fn cve_2026_3429_a_session_alone_replaces_no_factor() {
    let house = House::open().await;
    // Signed in this very second, by either way.
    let by_sms = house.signed_in_by_sms(PHONE).await;
    let by_password = house.signed_in(PHONE).await;
    let before = factors(&house).await;
    for browser in [&by_sms, &by_password] {
        for action in ACTIONS {
            let change = begin(browser, action).await;
            assert_eq!(change.step, ChangeStep::Identify { sent: None, scan: None });
            no_effect(browser, &change, "123456", "by a session alone").await;
        }
        let refused = browser.refused(&EndOtherSessions::default()).await;
        assert!(matches!(refused, Refusal::StepUpNeeded { .. }), "{refused:?}");
    }
    assert_eq!(factors(&house).await, before);
    by_sms.send(&GetMe {}).await.expect("nobody was signed out");
}

/// Kratos b0111d4 (CVE-2024-45042): a code that had signed in counted as the second factor too
/// (STP-08, OTP-04).
#[tokio::test]
async fn kratos_b0111d4_cve_2024_45042_sign_in_code_is_no_step_up() {
    let house = House::open().await;
    let lin = house.browser();
    lin.send_code(PHONE).await;
    let code = house.code_to(PHONE).await;
    assert_eq!(lin.send(&try_code(PHONE, &code)).await, Ok(SignIn::SignedIn));
    for action in ACTIONS {
        let change = begin(&lin, action).await;
        assert_eq!(lin.refused(&by_code(&change, &code)).await, Refusal::CodeExpired);
        // Nor does one that is still alive.
        house.advance(SEND_GAP);
        lin.send_code(PHONE).await;
        let unused = house.code_to(PHONE).await;
        assert_eq!(lin.refused(&by_code(&change, &unused)).await, Refusal::CodeExpired);
        no_effect(&lin, &change, &unused, "with a code to sign in").await;
        // The other way round neither.
        house.advance(SEND_GAP);
        lin.send(&step_up_code(&change)).await.expect("sent");
        let step_up = house.code_to(PHONE).await;
        let stranger = house.browser();
        assert_eq!(stranger.refused(&try_code(PHONE, &step_up)).await, Refusal::CodeExpired);
        house.advance(3600);
    }
}

/// Keycloak CVE-2026-9798: a locked account got tokens by a door where only the start asked for
/// the lock (OTP-07).
#[tokio::test]
async fn cve_2026_9798_lock_also_applies_to_changes_begun_before_it() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let change = lin.send(&step_up_code(&begin(&lin, Action::EndOtherSessions).await)).await.expect("sent");
    let code = house.code_to(PHONE).await;
    // Tabs that opened earlier have everything they need but the lock's end.
    for _ in 0..5 {
        lin.refused(&by_code(&change, &another(&code))).await;
        lin.refused(&try_password(PHONE, "x")).await;
    }
    let locked = lin.refused(&by_code(&change, &code)).await;
    assert!(matches!(locked, Refusal::CodeTooMany { .. }), "{locked:?}");
    assert_eq!(lin.refused(&step_up_code(&change)).await, locked, "nor is another one sent");
    let locked = lin.prove(&change).await;
    assert!(matches!(locked, Err(Refusal::PasswordLocked { .. })), "{locked:?}");
    assert_eq!(lin.by_password(PHONE).await.map(drop), locked.map(drop));
    let step = shown(&lin, &change).await.expect("there").step;
    assert!(matches!(step, ChangeStep::Identify { .. }), "{step:?}");
}

/// Keycloak CVE-2026-16103, the same once more: what was granted before was not asked again when
/// it was redeemed (OTP-07, STP-09).
#[tokio::test]
async fn cve_2026_16103_proofs_before_password_change_are_refused() {
    let house = House::open().await;
    // Somebody who saw the phone and the password waits one step before each door.
    let chooser = house.browser();
    let Ok(SignIn::Choose(choice)) = chooser.by_password("13800000009").await else { panic!("a choice") };
    let coder = house.browser();
    coder.send_code("13800000009").await;
    let code = house.code_to("13800000009").await;
    let tab = pick(&house, 0).await;
    let grant = proven(&tab, Action::EndOtherSessions).await;

    let owner = pick(&house, 0).await;
    owner.send(&new_password(&proven(&owner, Action::Password).await)).await.expect("set");

    let personal = choice.accounts[0].id.clone();
    let chosen = ChooseAccount { sign_in_id: choice.sign_in_id, account: personal };
    assert_eq!(chooser.refused(&chosen).await, Refusal::SignInFailed);
    assert_eq!(coder.refused(&try_code("13800000009", &code)).await, Refusal::CodeExpired);
    assert_eq!(tab.refused(&end_others(&grant)).await, ended(SessionEnd::PasswordChanged));
    assert_eq!(tab.send(&try_password("13800000009", NEW_PASSWORD)).await, Ok(SignIn::SignedIn));
    assert_eq!(tab.refused(&end_others(&grant)).await, Refusal::GrantExpired);
}

/// Account 9 signed in to its personal (0) or its company account (1).
pub(crate) async fn pick(house: &House, at: usize) -> Browser {
    let browser = house.browser();
    let Ok(SignIn::Choose(choice)) = browser.by_password("13800000009").await else { panic!("a choice") };
    let account = choice.accounts[at].id.clone();
    browser.send(&ChooseAccount { sign_in_id: choice.sign_in_id, account }).await.expect("chosen");
    browser
}

/// ZITADEL CVE-2023-47111: many guesses at once all read the counter before any of them wrote it
/// (OTP-06).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cve_2023_47111_only_ten_parallel_code_guesses_are_compared() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let mut guessers = Vec::new();
    for n in 0..4 {
        if n > 0 {
            house.advance(SEND_GAP);
        }
        let stranger = house.browser();
        stranger.send_code(PHONE).await;
        guessers.push((stranger, house.code_to(PHONE).await));
    }
    let crowd = guessers.iter().flat_map(|(stranger, code)| {
        (0..50).map(|_| {
            let (stranger, wrong) = (stranger.clone(), try_code(PHONE, &another(code)));
            async move { stranger.refused(&wrong).await }
        })
    });
    for answer in all_at_once(crowd).await {
        let expected = matches!(answer, Refusal::CodeWrong { .. } | Refusal::CodeTooMany { .. });
        assert!(expected, "{answer:?}");
    }
    assert_eq!(house.count("SELECT SUM(tries) FROM code").await, 10, "four browsers, one budget");
    assert!(house.count("SELECT MAX(tries) FROM code").await <= 5, "five for each of them");
    house.advance(SEND_GAP);
    for (stranger, code) in &guessers {
        let locked = stranger.refused(&try_code(PHONE, code)).await;
        assert!(matches!(locked, Refusal::CodeTooMany { .. }), "{locked:?}");
    }
    lin.send_code(PHONE).await;
    assert_eq!(lin.send(&try_code(PHONE, &house.code_to(PHONE).await)).await, Ok(SignIn::SignedIn));
}

/// Keycloak CVE-2024-4629: the same for passwords (OTP-06).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cve_2024_4629_only_ten_parallel_passwords_are_compared() {
    let house = House::open().await;
    let crowd = (0..40).map(|_| {
        let stranger = house.browser();
        async move {
            loop {
                // One network has few places at a time; whoever finds none comes back.
                match stranger.refused(&try_password(PHONE, "x")).await {
                    Refusal::TooBusy { .. } => tokio::task::yield_now().await,
                    answer => return answer,
                }
            }
        }
    });
    let answers = all_at_once(crowd).await;
    let compared = answers.iter().filter(|answer| matches!(answer, Refusal::PasswordWrong { .. })).count();
    let locked = answers.iter().filter(|answer| matches!(answer, Refusal::PasswordLocked { .. })).count();
    assert_eq!((compared, locked), (9, 31), "the tenth compare answers with the lock");
    assert_eq!(house.count("SELECT COUNT(*) FROM attempt").await, 10);
    let right = house.browser().by_password(PHONE).await;
    assert!(matches!(right, Err(Refusal::PasswordLocked { .. })), "{right:?}");
}

/// ZITADEL CVE-2024-32868, CVE-2025-64102 and Casdoor 54d6a59: passwords were limited, codes were
/// not, or those of the newer API were not (OTP-07).
#[tokio::test]
async fn cve_2024_32868_cve_2025_64102_casdoor_54d6a59_5th_try_locks() {
    let mut doors = 0;
    for path in written_paths() {
        let house = House::open().await;
        let lin = house.signed_in(PHONE).await;
        let (change, right) = match path.as_str() {
            SignInBySms::PATH => {
                lin.send_code(PHONE).await;
                (begin(&lin, Action::Phone).await, json!({ "code": house.code_to(PHONE).await }))
            }
            SignInByPassword::PATH | StepUpByPassword::PATH => {
                (begin(&lin, Action::Phone).await, json!({ "password": PASSWORD }))
            }
            StepUpBySms::PATH => {
                let sent = lin.send(&step_up_code(&begin(&lin, Action::Password).await)).await;
                (sent.expect("sent"), json!({ "code": house.code_to(PHONE).await }))
            }
            BindPhone::PATH => {
                let aimed = lin.target(&lin.proven().await, Some(NEW)).await.expect("sent");
                (aimed, json!({ "code": house.code_to(NEW).await }))
            }
            _ => continue,
        };
        doors += 1;
        let mut body = body_of(&path, &change);
        for left in [4, 3, 2, 1] {
            let answer = write(&lin, &path, &change, &body).await;
            assert_eq!(answer.json()["left"], left, "{path}: {}", answer.text());
        }
        let fifth = write(&lin, &path, &change, &body).await;
        assert_eq!(fifth.status, StatusCode::TOO_MANY_REQUESTS, "{path}: {}", fifth.text());
        for (name, value) in right.as_object().expect("fields") {
            body[name] = value.clone();
        }
        let sixth = write(&lin, &path, &change, &body).await;
        assert_eq!(sixth.problem(), fifth.problem(), "{path}: the right one too");
        house.advance(899);
        assert_eq!(write(&lin, &path, &change, &body).await.problem(), fifth.problem(), "{path}");
    }
    assert_eq!(doors, 5, "those of the table of OTP-07");
}

/// Vaultwarden CVE-2026-27801: the counter before a protected action was raised in memory and
/// never saved (OTP-06).
#[tokio::test]
async fn cve_2026_27801_wrong_try_count_survives_a_restart() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let change = lin.send(&step_up_code(&begin(&lin, Action::EndOtherSessions).await)).await.expect("sent");
    let code = house.code_to(PHONE).await;
    let (wrong, right) = (by_code(&change, &another(&code)), by_code(&change, &code));
    let password =
        StepUpByPassword { change: change.id.clone(), version: change.version, password: "x".into() };
    let (mut house, mut lin) = (house, lin);
    for left in [4, 3, 2, 1] {
        assert_eq!(lin.refused(&wrong).await, Refusal::CodeWrong { left });
        assert_eq!(lin.refused(&password).await, Refusal::PasswordWrong { left });
        house = house.restarted().await;
        lin = house.adopt(&lin);
    }
    let locked = lin.refused(&wrong).await;
    assert!(matches!(locked, Refusal::CodeTooMany { .. }), "{locked:?}");
    let house = house.restarted().await;
    assert_eq!(house.adopt(&lin).refused(&right).await, locked, "the lock survives too");
}

/// Vikunja GHSA-fgfv-pv97-6cmj: the try was charged inside the sign-in's transaction and came back
/// when that was rolled back (OTP-06).
#[tokio::test]
async fn ghsa_fgfv_pv97_6cmj_failed_effect_does_not_refund_the_try() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let aimed = lin.target(&lin.proven().await, Some(NEW)).await.expect("sent");
    let code = house.code_to(NEW).await;
    // Somebody else has the number by now, so the right code's effect is rolled back each time.
    house.execute("UPDATE account SET phone = '+8613911110001' WHERE nickname = '周宁'").await;
    for tried in 1..=5 {
        assert_eq!(lin.bind(&aimed, &code).await, Err(Refusal::PhoneTaken));
        assert_eq!(house.count("SELECT SUM(tries) FROM code").await, tried);
        assert_eq!(house.count("SELECT COUNT(*) FROM attempt WHERE kind = 'code'").await, tried);
    }
    house.execute("UPDATE account SET phone = '+8613800000003' WHERE nickname = '周宁'").await;
    let locked = lin.bind(&aimed, &code).await;
    assert!(matches!(locked, Err(Refusal::CodeTooMany { .. })), "{locked:?}");
    assert_eq!(house.count("SELECT count FROM spent WHERE what = 'wrong'").await, 5);
}

/// Kratos 8d4b3c3: two who read and then wrote on SQLite got an error or lost an increment (DB-02).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kratos_8d4b3c3_no_wrong_try_is_lost_among_parallel_ones() {
    const CROWD: i64 = 40;
    let house = House::open().await;
    let mut crowd = Vec::new();
    for n in 0..CROWD {
        let (stranger, phone) = (house.browser(), format!("139111122{n:02}"));
        stranger.send_code(&phone).await;
        let wrong = try_code(&phone, &another(&house.code_to(&phone).await));
        for _ in 0..3 {
            let (stranger, wrong) = (stranger.clone(), wrong.clone());
            crowd.push(async move { stranger.refused(&wrong).await });
        }
    }
    for answer in all_at_once(crowd).await {
        assert!(matches!(answer, Refusal::CodeWrong { .. }), "never busy, never a fault: {answer:?}");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM attempt").await, 3 * CROWD);
    assert_eq!(house.count("SELECT count FROM spent WHERE what = 'wrong'").await, 3 * CROWD);
    assert_eq!(house.count("SELECT COUNT(*) FROM chain WHERE wrong = 3").await, CROWD);
    assert_eq!(house.count("SELECT COUNT(*) FROM code WHERE tries = 3").await, CROWD);
}

/// Kratos 6ce2bd8, better-auth 8067, Logto 9118867: what is good once was looked up, then marked as
/// used, by two at once or one after the other (OTP-03, STP-02).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kratos_6ce2bd8_better_auth_8067_logto_9118867_no_second_use() {
    let house = House::open().await;
    // A code, by eight tabs at once: as many as may be wrong before the lock, and then some.
    let lin = house.browser();
    lin.send_code(PHONE).await;
    let right = try_code(PHONE, &house.code_to(PHONE).await);
    let crowd = (0..8).map(|_| {
        let (lin, right) = (lin.clone(), right.clone());
        async move { lin.send(&right).await.is_ok() }
    });
    assert_eq!(all_at_once(crowd).await.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM session").await, 1);
    assert!(lin.send(&right).await.is_err(), "a moment later");

    // A grant, under no key that could replay it.
    let other = house.signed_in(PHONE).await;
    let lin = house.signed_in(PHONE).await;
    let grant = proven(&lin, Action::EndOtherSessions).await;
    lin.send(&end_others(&grant)).await.expect("ended");
    other.by_password(PHONE).await.expect("signed in again");
    house.execute("DELETE FROM outcome").await;
    assert_eq!(lin.refused(&end_others(&grant)).await, Refusal::GrantExpired);
    other.send(&GetMe {}).await.expect("not ended twice");

    // A code that proved cannot prove a second time where the identity is asked for again.
    let change = begin(&lin, Action::Password).await;
    house.advance(SEND_GAP);
    let sent = lin.send(&step_up_code(&change)).await.expect("sent");
    let code = house.code_to(PHONE).await;
    lin.send(&by_code(&sent, &code)).await.expect("proven");
    lin.by_password(PHONE).await.expect("signed in again");
    let again = shown(&lin, &sent).await.expect("there");
    assert_eq!(again.step, ChangeStep::Identify { sent: None, scan: None });
    assert_eq!(lin.refused(&by_code(&again, &code)).await, Refusal::CodeExpired);
}

/// Authelia CVE-2025-24806: user name and mail address of one person had a counter each (OTP-07).
#[tokio::test]
async fn cve_2025_24806_all_spellings_of_a_number_share_a_counter() {
    let house = House::open().await;
    let stranger = house.browser();
    stranger.send_code(PHONE).await;
    let wrong = another(&house.code_to(PHONE).await);
    let spellings = ["+86 138 0000 0001", "0086-13800000001", "１３８００００００01", "013800000001"];
    for (spelling, left) in spellings.into_iter().zip([4, 3, 2, 1]) {
        assert_eq!(stranger.refused(&try_code(spelling, &wrong)).await, Refusal::CodeWrong { left });
        let password = try_password(spelling, "x");
        assert_eq!(stranger.refused(&password).await, Refusal::PasswordWrong { left });
    }
    let locked = stranger.refused(&try_code("8613800000001", &wrong)).await;
    assert!(matches!(locked, Refusal::CodeTooMany { .. }), "{locked:?}");
    let locked = stranger.refused(&try_password("(138) 0000.0001", "x")).await;
    assert!(matches!(locked, Refusal::PasswordLocked { .. }), "{locked:?}");
    assert_eq!(house.count("SELECT COUNT(DISTINCT subject) FROM attempt").await, 1);
    // Sending has one budget over all of them too.
    house.advance(SEND_GAP);
    house.browser().send_code(PHONE).await;
    for spelling in spellings {
        let ask = SendSignInCode { phone: spelling.into() };
        assert_eq!(
            house.browser().refused(&ask).await,
            Refusal::SendTooOften { after: SEND_GAP_SECONDS },
            "{spelling}"
        );
    }
}

/// Vaultwarden CVE-2026-43914: the route that sends a code checked the password, without a limit
/// (OTP-07).
#[tokio::test]
async fn cve_2026_43914_code_sending_routes_do_not_check_passwords() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let change = lin.start().await;
    let unproven = begin(&lin, Action::Password).await;
    for path in [SendSignInCode::PATH, SendStepUpCode::PATH, SendNewPhoneCode::PATH, StartChange::PATH] {
        for guess in [PASSWORD, "x"] {
            let mut body = body_of(path, &change);
            body["password"] = json!(guess);
            let answer = write(&lin, path, &change, &body).await;
            assert_eq!(answer.problem(), "BAD_REQUEST", "{path}");
        }
    }
    assert!(house.inbox().await.is_empty());
    // Nor is a new password judged before the identity is proven: not even by being the old one.
    for guess in [PASSWORD, "x"] {
        let set = SetPassword {
            change: unproven.id.clone(),
            version: unproven.version,
            new_password: guess.into(),
        };
        assert_eq!(lin.refused(&set).await, Refusal::StepOutOfOrder);
    }
    // Where passwords are compared, each try costs.
    assert_eq!(house.count("SELECT COUNT(*) FROM attempt").await, 0);
}

/// Dashlane, May 2026: few guesses at each of very many accounts; six digits alone registered a
/// device (OTP-08).
#[tokio::test]
async fn dashlane_2026_spraying_gives_unknown_browsers_8_digit_codes() {
    let house = House::open_with(|config| config.limits.wrong_codes_per_day = 12).await;
    let known = house.signed_in("13800000002").await;
    let early = house.browser();
    early.send_code("13800000003").await;
    let six = house.code_to("13800000003").await;
    // Nobody comes near the limit of any number.
    for n in 4..10 {
        let phone = format!("1380000000{n}");
        let sprayer = house.browser();
        let sent = sprayer.send(&SendSignInCode { phone: phone.clone() }).await.expect("sent");
        assert_eq!(sent.digits, 6);
        let wrong = try_code(&phone, &another(&house.code_to(&phone).await));
        for left in [4, 3] {
            assert_eq!(sprayer.refused(&wrong).await, Refusal::CodeWrong { left });
        }
    }
    // From here on six digits register no device any more, not even right ones.
    assert_eq!(early.refused(&try_code("13800000003", &six)).await, Refusal::CodeExpired);
    house.advance(SEND_GAP);
    let sent = early.send(&SendSignInCode { phone: "13800000003".into() }).await.expect("sent");
    let eight = house.code_to("13800000003").await;
    assert_eq!((sent.digits, eight.len()), (8, 8));
    assert_eq!(early.refused(&try_code("13800000003", &six)).await, Refusal::CodeWrong { left: 4 });
    assert_eq!(early.send(&try_code("13800000003", &eight)).await, Ok(SignIn::SignedIn));
    // Who was signed in here before notices nothing: signing in, proving.
    let sent = known.send(&SendSignInCode { phone: "13800000002".into() }).await.expect("sent");
    assert_eq!(sent.digits, 6);
    let code = house.code_to("13800000002").await;
    assert_eq!(known.send(&try_code("13800000002", &code)).await, Ok(SignIn::SignedIn));
    house.advance(SEND_GAP);
    let sent = known.send(&step_up_code(&begin(&known, Action::Password).await)).await.expect("sent");
    let code = house.code_to("13800000002").await;
    assert_eq!(code.len(), 6);
    known.send(&by_code(&sent, &code)).await.expect("proven");
    // A restart does not close it, the next day does.
    let house = house.restarted().await;
    let sent = house.browser().send(&SendSignInCode { phone: "13911110003".into() }).await.expect("sent");
    assert_eq!(sent.digits, 8);
    house.advance(86_400);
    let sent = house.browser().send(&SendSignInCode { phone: "13911110003".into() }).await.expect("sent");
    assert_eq!(sent.digits, 6);
}

/// Vaultwarden CVE-2026-43911, Casdoor b505e64 and 5fff543: tokens lived on after the credential
/// was changed, the user shut out, or the only session replaced (SES-03, SES-02).
#[tokio::test]
async fn cve_2026_43911_casdoor_b505e64_5fff543_old_tokens_refused() {
    let house = House::open().await;
    // A new sign-in in the browser replaces the session that was there.
    let lin = house.signed_in(PHONE).await;
    let earlier = stolen(&house, &lin);
    lin.by_password(PHONE).await.expect("signed in again");
    assert_eq!(earlier.refused(&GetMe {}).await, ended(SessionEnd::SignedOut));

    // A new password: every other session, and this one's own token.
    let (other, mine) = (house.signed_in(PHONE).await, stolen(&house, &lin));
    lin.send(&new_password(&proven(&lin, Action::Password).await)).await.expect("set");
    assert_eq!(other.refused(&GetMe {}).await, ended(SessionEnd::PasswordChanged));
    assert_eq!(mine.refused(&GetMe {}).await, ended(SessionEnd::NotSignedIn), "its token is nobody's");
    lin.send(&GetMe {}).await.expect("this one goes on, under a new token");

    // A new phone: all, this one too.
    other.send(&try_password(PHONE, NEW_PASSWORD)).await.expect("signed in again");
    let change = begin(&lin, Action::Phone).await;
    let prove = StepUpByPassword {
        change: change.id.clone(),
        version: change.version,
        password: NEW_PASSWORD.into(),
    };
    let aimed = lin.target(&lin.send(&prove).await.expect("proven"), Some(NEW)).await.expect("sent");
    let mine = stolen(&house, &lin);
    lin.bind(&aimed, &house.code_to(NEW).await).await.expect("bound");
    for browser in [&lin, &mine, &other] {
        for _ in 0..2 {
            assert_eq!(browser.refused(&GetMe {}).await, ended(SessionEnd::PhoneChanged));
        }
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM session WHERE ended_at IS NULL").await, 0);
}

/// authentik CVE-2025-29928: "delete session" cleared another store than the one sessions were read
/// from (SES-03, SES-06).
#[tokio::test]
async fn cve_2025_29928_an_ended_session_is_refused_by_every_route() {
    let house = House::open().await;
    let (lin, other) = (house.signed_in(PHONE).await, house.signed_in(PHONE).await);
    let change = proven(&other, Action::EndOtherSessions).await;
    lin.send(&end_others(&proven(&lin, Action::EndOtherSessions).await)).await.expect("ended");
    let mut asked = 0;
    for path in written_paths() {
        let anonymous = [
            SendSignInCode::PATH,
            SignInBySms::PATH,
            SignInByPassword::PATH,
            StartSignInScan::PATH,
            SignInByWechat::PATH,
            ChooseAccount::PATH,
            UndoCancel::PATH,
            EnterSurface::PATH,
            EndVisit::PATH,
        ];
        if anonymous.contains(&path.as_str()) {
            continue;
        }
        let answer = write(&other, &path, &change, &body_of(&path, &change)).await;
        assert_eq!(answer.problem(), "SESSION_ENDED", "{path}");
        assert_eq!(answer.json()["why"], "ended_elsewhere", "{path}");
        asked += 1;
    }
    assert!(asked >= 13, "{asked}");
    let over = ended(SessionEnd::EndedElsewhere);
    assert_eq!(other.refused(&GetMe {}).await, over);
    assert_eq!(other.refused(&GetDevices {}).await, over);
    assert_eq!(shown(&other, &change).await, Err(over));
    assert_eq!(lin.send(&GetDevices {}).await.expect("the list").devices.len(), 1);
}

/// Keycloak CVE-2026-9802: what was revoked came alive again when the server started anew, for the
/// time of revocation was kept in memory (SES-04).
#[tokio::test]
async fn cve_2026_9802_revoked_sessions_stay_ended_after_a_restart() {
    let house = House::open().await;
    let mut revoked = Vec::new();
    let lin = house.signed_in(PHONE).await;
    revoked.push((stolen(&house, &lin), SessionEnd::SignedOut));
    lin.send(&SignOut {}).await.expect("signed out");

    let chen = house.signed_in("13800000002").await;
    revoked.push((house.signed_in("13800000002").await, SessionEnd::EndedElsewhere));
    chen.send(&end_others(&proven(&chen, Action::EndOtherSessions).await)).await.expect("ended");
    revoked.push((house.signed_in("13800000002").await, SessionEnd::PasswordChanged));
    revoked.push((stolen(&house, &chen), SessionEnd::NotSignedIn));
    chen.send(&new_password(&proven(&chen, Action::Password).await)).await.expect("set");

    let zhou = house.signed_in("13800000003").await;
    revoked.push((house.signed_in("13800000003").await, SessionEnd::PhoneChanged));
    revoked.push((stolen(&house, &zhou), SessionEnd::PhoneChanged));
    rebind(&house, &zhou, NEW).await;

    for back in [0, 3600] {
        house.advance(-back);
        for (browser, why) in &revoked {
            assert_eq!(browser.refused(&GetMe {}).await, ended(*why));
        }
    }
    let house = house.restarted().await;
    for (browser, why) in &revoked {
        assert_eq!(house.adopt(browser).refused(&GetMe {}).await, ended(*why), "after the restart");
    }
    house.adopt(&chen).send(&GetMe {}).await.expect("who was not revoked goes on");
}

/// Keycloak CVE-2025-12390: on a shared browser the next person got the session of the one before,
/// who had signed out without cookies (SES-02, K3).
#[tokio::test]
async fn cve_2025_12390_next_kiosk_user_never_gets_previous_session() {
    let house = House::open().await;
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(PHONE).await.expect("signed in");
    let change = kiosk.proven().await;
    let before = stolen(&house, &kiosk);
    kiosk.jar.lock().expect("the jar").remove("__Host-session");
    assert_eq!(kiosk.refused(&SignOut {}).await, ended(SessionEnd::NotSignedIn));
    assert_eq!(kiosk.refused(&GetMe {}).await, ended(SessionEnd::NotSignedIn), "nobody is found again");

    kiosk.by_password("13800000002").await.expect("the next person");
    assert_eq!(kiosk.send(&GetMe {}).await.expect("signed in").nickname, "陈默");
    assert_eq!(before.refused(&GetMe {}).await, ended(SessionEnd::SignedOut), "the session before is over");
    assert_eq!(shown(&kiosk, &change).await, Err(Refusal::ChangeGone));
    assert_eq!(kiosk.target(&change, Some(NEW)).await, Err(Refusal::ChangeGone));
    // And who comes after a proper sign-out is another browser altogether.
    let second = stolen(&house, &kiosk);
    let cookies = second.jar.lock().expect("the jar").clone();
    kiosk.send(&SignOut {}).await.expect("signed out");
    kiosk.by_password(PHONE).await.expect("the third person");
    assert_eq!(second.refused(&GetMe {}).await, ended(SessionEnd::SignedOut));
    let third = kiosk.jar.lock().expect("the jar").clone();
    let own = |name: &str| name != "__Host-shared";
    let mut of_a_person = cookies.iter().filter(|(name, _)| own(name)).peekable();
    assert!(of_a_person.peek().is_some());
    assert!(of_a_person.all(|(name, value)| third[name] != *value), "no cookie is shared");
    assert_eq!(shown(&kiosk, &change).await, Err(Refusal::ChangeGone), "in a browser of its own");
}

/// Keycloak CVE-2026-7507: somebody else could begin a sign-in that the victim then finished
/// (SES-02).
#[tokio::test]
async fn cve_2026_7507_sign_in_begun_by_another_browser_is_refused() {
    let house = House::open().await;
    // Planted cookies, one of them a session's, one made up: signing in replaces the session's.
    let attacker = house.signed_in("13800000002").await;
    let victim = stolen(&house, &attacker);
    victim.by_password(PHONE).await.expect("signed in");
    assert_eq!(attacker.refused(&GetMe {}).await, ended(SessionEnd::SignedOut));
    let made_up = house.browser();
    let token = "ab".repeat(32);
    made_up.jar.lock().expect("the jar").insert("__Host-session".into(), token.clone());
    made_up.jar.lock().expect("the jar").insert("__Host-browser".into(), token.clone());
    made_up.by_password(PHONE).await.expect("signed in");
    let given = made_up.jar.lock().expect("the jar").clone();
    assert!(given.values().all(|value| *value != token), "a token is the server's, never the client's");

    // A choice and a code begun elsewhere are nothing in another browser, either way round.
    let attacker = house.browser();
    let Ok(SignIn::Choose(choice)) = attacker.by_password("13800000009").await else { panic!("a choice") };
    let link = ChooseAccount { sign_in_id: choice.sign_in_id, account: choice.accounts[0].id.clone() };
    assert_eq!(house.browser().refused(&link).await, Refusal::SignInFailed);
    assert_eq!(victim.refused(&link).await, Refusal::SignInFailed);
    assert_eq!(victim.send(&GetMe {}).await.expect("as before").nickname, "林晓");
    attacker.send_code(PHONE).await;
    let code = house.code_to(PHONE).await;
    assert_eq!(victim.refused(&try_code(PHONE, &code)).await, Refusal::CodeExpired);
}

/// Casdoor #3607: the code that proves the old phone went where the request said (OTP-12).
#[tokio::test]
async fn casdoor_3607_a_code_goes_to_the_bound_phone_alone() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    for action in ACTIONS {
        let change = begin(&lin, action).await;
        for name in ["phone", "to", "dest", "account", "country_code"] {
            let mut body = body_of(SendStepUpCode::PATH, &change);
            body[name] = json!("13911110001");
            let answer = write(&lin, SendStepUpCode::PATH, &change, &body).await;
            assert_eq!(answer.problem(), "BAD_REQUEST", "{name}");
        }
        lin.send(&step_up_code(&change)).await.expect("sent");
        house.advance(SEND_GAP);
    }
    let inbox = house.inbox().await;
    assert!(inbox.iter().all(|sms| sms.to == "+8613800000001"), "{inbox:?}");
    assert_eq!(inbox.len(), 3);
    // A code that the new phone got is no proof of the old one.
    house.advance(300);
    let aimed = lin.target(&lin.proven().await, Some(NEW)).await.expect("sent");
    let other = begin(&lin, Action::Password).await;
    let code = house.code_to(NEW).await;
    assert_eq!(lin.refused(&by_code(&other, &code)).await, Refusal::CodeExpired);
    assert_eq!(lin.refused(&by_code(&aimed, &code)).await, Refusal::StepOutOfOrder);
}

/// ZITADEL CVE-2026-27946: people could write the flag that says they are verified (STP-07).
#[tokio::test]
async fn cve_2026_27946_client_supplied_proof_fields_are_refused() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let change = lin.start().await;
    let before = house.rows().await;
    // A file has no fields.
    for path in written_paths().into_iter().filter(|path| path != UPLOAD) {
        for (name, value) in [
            ("verified", json!(true)),
            ("proven", json!(true)),
            ("proven_way", json!("password")),
            ("proven_at", json!(9_000_000_000_000_i64)),
            ("proven_session", json!("x")),
            ("step", json!("granted")),
            ("ways", json!(["sms"])),
            ("epoch", json!(1)),
        ] {
            let mut body = body_of(&path, &change);
            body[name] = value;
            let answer = write(&lin, &path, &change, &body).await;
            assert_eq!(answer.problem(), "BAD_REQUEST", "{path} with {name}");
        }
    }
    assert_eq!(house.rows().await, before);
}

/// supabase auth #2430: the pending change was looked up by the new number, and another user's
/// phone was changed (PHN-05).
#[tokio::test]
async fn supabase_2430_bind_of_contested_number_changes_own_account() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let chen = house.signed_in("13800000002").await;
    let lin_aimed = lin.target(&lin.proven().await, Some(NEW)).await.expect("sent");
    let lin_code = house.code_to(NEW).await;
    house.advance(SEND_GAP);
    let chen_aimed = chen.target(&chen.proven().await, Some(NEW)).await.expect("sent");
    let chen_code = house.code_to(NEW).await;
    if lin_code != chen_code {
        assert_eq!(chen.bind(&chen_aimed, &lin_code).await, Err(Refusal::CodeWrong { left: 4 }));
    }
    assert_eq!(chen.bind(&lin_aimed, &lin_code).await, Err(Refusal::ChangeGone));
    // He who asked last has it; he who asked first keeps what he had, session and all.
    chen.bind(&chen_aimed, &chen_code).await.expect("bound");
    let me = lin.send(&GetMe {}).await.expect("still signed in");
    assert_eq!((me.nickname.as_str(), me.phone.as_str()), ("林晓", "138****0001"));
    assert_eq!(lin.bind(&lin_aimed, &lin_code).await, Err(Refusal::PhoneTaken));
    let owner = house.signed_in(NEW).await;
    assert_eq!(owner.send(&GetMe {}).await.expect("signed in").nickname, "陈默");
    house.signed_in(PHONE).await;
}

/// Kratos be5e987: the list of what needs a privileged session had left out the address that
/// recovers an account (STP-01).
#[tokio::test]
async fn kratos_be5e987_every_factor_change_needs_a_fresh_proof() {
    let house = House::open().await;
    let before = factors(&house).await;
    for action in ACTIONS {
        // Never proven; proven too long ago; proven in the session before.
        let lin = house.signed_in(PHONE).await;
        let never = begin(&lin, action).await;
        everything_is_refused(&house, &lin, &never).await;
        let lin = house.signed_in(PHONE).await;
        let old = proven(&lin, action).await;
        house.advance(301);
        everything_is_refused(&house, &lin, &old).await;
        let lin = house.signed_in(PHONE).await;
        let mut earlier = proven(&lin, action).await;
        if action == Action::Phone {
            earlier = lin
                .target(&earlier, Some(&format!("1391111{}", house.inbox().await.len() + 5000)))
                .await
                .expect("sent");
        }
        lin.by_password(PHONE).await.expect("signed in again");
        everything_is_refused(&house, &lin, &earlier).await;
        assert_eq!(factors(&house).await, before, "{action:?}");
        house.advance(86_400);
    }
}

/// Every route about a change that is not proven now: none refuses for its form, and none does more
/// than to send a code to the bound phone.
async fn everything_is_refused(house: &House, lin: &Browser, change: &Change) {
    let new_phone = "SELECT COUNT(*) FROM code WHERE purpose = 'new_phone'";
    let sent = house.count(new_phone).await;
    for path in written_paths() {
        // Signing in and out is not about the change, beginning goes on with it. A picture is no factor,
        // nor is where past meetings are listed.
        let beside = ["/api/v1/sign-", "/api/v1/avatar"].iter().any(|root| path.starts_with(root));
        if beside || [StartChange::PATH, SetHistorySync::PATH].contains(&path.as_str()) {
            continue;
        }
        let change = shown(lin, change).await.expect("there");
        let answer = write(lin, &path, &change, &body_of(&path, &change)).await;
        // A code and a QR for what is bound are where every proof begins.
        let begins = [SendStepUpCode::PATH, StartStepUpScan::PATH].contains(&path.as_str());
        if !begins || answer.status != StatusCode::OK {
            assert_ne!(answer.problem(), "BAD_REQUEST", "{path}: {}", answer.text());
        }
    }
    assert_eq!(house.count(new_phone).await, sent, "and no code went to a new number");
    let step = shown(lin, change).await.expect("there").step;
    assert!(matches!(step, ChangeStep::Identify { .. }), "{step:?}");
}

/// Logto f56255a: a step-up was satisfied by any verification record, whatever it was made for
/// (OTP-04, STP-02).
#[tokio::test]
async fn logto_f56255a_proof_for_one_action_is_refused_for_others() {
    for action in ACTIONS {
        let house = House::open().await;
        let lin = house.signed_in(PHONE).await;
        let change = proven(&lin, action).await;
        let before = factors(&house).await;
        if action != Action::Phone {
            assert_eq!(lin.target(&change, Some(NEW)).await, Err(Refusal::ChangeGone));
            assert_eq!(lin.bind(&change, "123456").await, Err(Refusal::ChangeGone));
        }
        if action != Action::Password {
            assert_eq!(lin.refused(&new_password(&change)).await, Refusal::ChangeGone);
        }
        if action != Action::EndOtherSessions {
            assert_eq!(lin.refused(&end_others(&change)).await, Refusal::GrantWrongPurpose);
        }
        for other in ACTIONS.into_iter().filter(|other| *other != action) {
            let unproven = begin(&lin, other).await;
            assert_eq!(
                unproven.step,
                ChangeStep::Identify { sent: None, scan: None },
                "{action:?} proves no {other:?}"
            );
            no_effect(&lin, &unproven, "123456", "with another change's proof beside it").await;
        }
        assert_eq!(factors(&house).await, before);
    }
    // The same with codes: one that was sent to prove one thing proves no other.
    for action in ACTIONS {
        let house = House::open().await;
        let lin = house.signed_in(PHONE).await;
        let change = lin.send(&step_up_code(&begin(&lin, action).await)).await.expect("sent");
        let code = house.code_to(PHONE).await;
        for other in ACTIONS.into_iter().filter(|other| *other != action) {
            let refused = lin.refused(&by_code(&begin(&lin, other).await, &code)).await;
            assert_eq!(refused, Refusal::CodeExpired, "{action:?} for {other:?}");
        }
        lin.send(&by_code(&change, &code)).await.expect("its own");
    }
}

/// ZITADEL CVE-2026-32132: a registration code worked after its time, which nobody read (OTP-02).
#[tokio::test]
async fn cve_2026_32132_an_expired_code_opens_nothing() {
    let house = House::open().await;
    let accounts = house.count("SELECT COUNT(*) FROM account").await;
    let newcomer = house.browser();
    newcomer.send_code(NEW).await;
    let first = house.code_to(NEW).await;
    let lin = house.signed_in(PHONE).await;
    let proving = lin.send(&step_up_code(&begin(&lin, Action::Password).await)).await.expect("sent");
    let second = house.code_to(PHONE).await;
    let aimed = lin.target(&lin.proven().await, Some("13911110002")).await.expect("sent");
    let third = house.code_to("13911110002").await;
    house.advance(300);
    assert_eq!(newcomer.refused(&try_code(NEW, &first)).await, Refusal::CodeExpired);
    assert_eq!(lin.refused(&by_code(&proving, &second)).await, Refusal::CodeExpired);
    assert_eq!(lin.bind(&aimed, &third).await, Err(Refusal::CodeExpired));
    assert_eq!(house.count("SELECT COUNT(*) FROM account").await, accounts);
    assert_eq!(lin.send(&GetMe {}).await.expect("signed in").phone, "138****0001");
    // A second less, and each is good.
    let (newcomer, lin) = (house.browser(), house.signed_in(PHONE).await);
    newcomer.send_code(NEW).await;
    let aimed = lin.target(&lin.proven().await, Some("13911110002")).await.expect("sent");
    house.advance(299);
    let code = house.code_to(NEW).await;
    assert_eq!(newcomer.send(&try_code(NEW, &code)).await, Ok(SignIn::SignedIn));
    lin.bind(&aimed, &house.code_to("13911110002").await).await.expect("bound");
}

/// Casdoor CVE-2023-34927: a password was set by a GET that any page could make (SES-08).
#[tokio::test]
async fn cve_2023_34927_get_cross_site_and_form_writes_are_refused() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    // As near to every effect as can be.
    let password = proven(&lin, Action::Password).await;
    let grant = proven(&lin, Action::EndOtherSessions).await;
    let aimed = lin.target(&proven(&lin, Action::Phone).await, Some(NEW)).await.expect("sent");
    let code = house.code_to(NEW).await;
    let before = house.rows().await;
    for (path, change) in
        [(SetPassword::PATH, &password), (EndOtherSessions::PATH, &grant), (BindPhone::PATH, &aimed)]
    {
        let mut body = body_of(path, change);
        if path == BindPhone::PATH {
            body["code"] = json!(code);
        }
        let fields = body.as_object().expect("fields").iter();
        let query: Vec<String> =
            fields.map(|(name, value)| format!("{name}={value}").replace(['"', ' '], "")).collect();
        let link = format!("{path}?{}", query.join("&"));
        let ask = |method: Method, path: &str, names: &[(&'static str, &'static str)]| {
            let mut request = Browser::request(method, path, body.to_string());
            request.headers_mut().insert("idempotency-key", change.id.parse().expect("a key"));
            for (name, value) in names {
                request.headers_mut().insert(*name, value.parse().expect("a value"));
            }
            lin.raw(request)
        };
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let answer = ask(method, &link, &[]).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        }
        for foreign in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
            assert_eq!(ask(Method::POST, path, &[foreign]).await.problem(), "FORBIDDEN", "{path}");
        }
        for form in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
            let answer = ask(Method::POST, path, &[("content-type", form)]).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        }
    }
    assert_eq!(house.rows().await, before);
    lin.bind(&aimed, &code).await.expect("as it was meant");
}

/// Casdoor 5eec173: each try during a lock began it anew, so that anybody could keep anybody out
/// (OTP-09).
#[tokio::test]
async fn casdoor_5eec173_tries_during_a_lock_do_not_extend_it() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let change = lin.start().await;
    let change = lin.send(&step_up_code(&change)).await.expect("sent");
    let wrong = by_code(&change, &another(&house.code_to(PHONE).await));
    for _ in 0..4 {
        lin.refused(&wrong).await;
        lin.refused(&try_password(PHONE, "x")).await;
    }
    let codes = lin.refused(&wrong).await;
    let passwords = lin.refused(&try_password(PHONE, "x")).await;
    assert!(matches!(codes, Refusal::CodeTooMany { .. }), "{codes:?}");
    for _ in 0..29 {
        house.advance(31);
        assert_eq!(lin.refused(&step_up_code(&change)).await, codes);
        assert_eq!(lin.refused(&try_password(PHONE, "x")).await, passwords);
        assert_eq!(lin.by_password(PHONE).await, Err(passwords.clone()));
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM attempt").await, 10, "nor do they count for the day");
    house.advance(900 - 29 * 31);
    assert_eq!(lin.by_password(PHONE).await, Ok(SignIn::SignedIn), "the moment the lock ends");
    lin.send(&step_up_code(&change)).await.expect("sent");
}

/// Logto 4e968ae, 8eeba71 and rauthy 0eb7d3f: answers to a code or a password told who has an
/// account (OTP-11).
#[tokio::test]
async fn logto_4e968ae_8eeba71_rauthy_0eb7d3f_numbers_answered_alike() {
    let house = House::open().await;
    house.execute("UPDATE account SET sso_local_sign_in = 0 WHERE phone = '+8613800000007'").await;
    house.execute("UPDATE account SET password_hash = NULL WHERE phone = '+8613800000002'").await;
    let mut all = Vec::new();
    // A free account, one without a password, one of two, one that signs in elsewhere, nobody; the
    // same abroad.
    for phone in
        [PHONE, "13800000002", "13800000009", "13800000007", "13911112222", "+85261234567", "+85269999999"]
    {
        let mut seen = Vec::new();
        let browser = house.browser();
        let send = SendSignInCode { phone: phone.into() };
        for _ in 0..2 {
            seen.push(facts(&browser.answer(&send).await));
        }
        // Five digits are no code: wrong for sure, and charged like any other.
        for _ in 0..6 {
            seen.push(facts(&browser.answer(&try_code(phone, "12345")).await));
        }
        seen.push(facts(&browser.answer(&send).await));
        let browser = house.browser();
        seen.push(facts(&browser.answer(&try_code(phone, "12345")).await));
        for _ in 0..6 {
            seen.push(facts(&browser.answer(&try_password(phone, "x")).await));
        }
        seen.push(facts(&browser.answer(&send).await));
        all.push((phone, seen));
    }
    let (_, first) = &all[0];
    for (phone, seen) in &all {
        for (at, (one, other)) in first.iter().zip(seen).enumerate() {
            assert_eq!(one, other, "answer {at} for {phone}");
        }
    }
    let codes: Vec<_> = first.iter().filter_map(|(_, _, body)| body["code"].as_str()).collect();
    assert!(codes.contains(&"CODE_TOO_MANY") && codes.contains(&"PASSWORD_LOCKED"), "{codes:?}");
}

/// All of an answer that could tell two numbers apart.
fn facts(answer: &Answer) -> (StatusCode, Vec<String>, Value) {
    let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    names.extend(answer.headers.get(header::RETRY_AFTER).map(|value| format!("{value:?}")));
    let mut body = answer.json();
    for of_chance in ["serial", "request_id", "to"] {
        if let Some(value) = body.get_mut(of_chance) {
            *value = json!(value.as_str().is_some());
        }
    }
    (answer.status, names, body)
}

/// supabase auth PR 1489: codes that were out when the phone or the password changed went on
/// working (STP-09). Here with everything that can be pending at once.
#[tokio::test]
async fn supabase_1489_factor_change_voids_everything_pending() {
    for rebinds in [true, false] {
        let house = House::open().await;
        let phone = "13800000009";
        let (owner, other) = (pick(&house, 0).await, pick(&house, 0).await);
        let me = owner.send(&GetMe {}).await.expect("signed in").account;
        // Two who have not signed in yet: a code for the number as it is, one as it will be.
        let (now, then) = (house.browser(), house.browser());
        now.send_code(phone).await;
        let code_now = house.code_to(phone).await;
        then.send_code(NEW).await;
        let code_then = house.code_to(NEW).await;
        house.advance(SEND_GAP);
        // A choice, grants and proofs, a code to a second new number, a code to the bound one.
        let chooser = house.browser();
        let Ok(SignIn::Choose(choice)) = chooser.by_password(phone).await else { panic!("a choice") };
        let grant = proven(&other, Action::EndOtherSessions).await;
        let password = proven(&other, Action::Password).await;
        let aimed = other.target(&other.proven().await, Some("13911110002")).await.expect("sent");
        let aimed_code = house.code_to("13911110002").await;
        let asked = owner.send(&step_up_code(&begin(&owner, Action::EndOtherSessions).await)).await;
        let asked = asked.expect("sent");
        let asked_code = house.code_to(phone).await;
        let beside = if rebinds { Action::Password } else { Action::Phone };
        let beside = proven(&owner, beside).await;

        let new = if rebinds {
            rebind(&house, &owner, NEW).await;
            owner.by_password(NEW).await.expect("signed in with the new number");
            try_password(NEW, PASSWORD)
        } else {
            owner.send(&new_password(&proven(&owner, Action::Password).await)).await.expect("set");
            try_password(phone, NEW_PASSWORD)
        };

        let chosen = ChooseAccount { sign_in_id: choice.sign_in_id, account: me.clone() };
        assert_eq!(chooser.refused(&chosen).await, Refusal::SignInFailed);
        if rebinds {
            // The old number is the company account's still (P9), and opens that alone.
            now.send(&try_code(phone, &code_now)).await.expect("signed in");
            assert_ne!(now.send(&GetMe {}).await.expect("signed in").account, me);
            assert_eq!(then.refused(&try_code(NEW, &code_then)).await, Refusal::CodeExpired);
        } else {
            assert_eq!(now.refused(&try_code(phone, &code_now)).await, Refusal::CodeExpired);
        }
        assert_eq!(other.send(&new).await, Ok(SignIn::SignedIn));
        assert_eq!(other.refused(&end_others(&grant)).await, Refusal::GrantExpired);
        assert_eq!(other.refused(&new_password(&password)).await, Refusal::ChangeGone);
        assert_eq!(other.bind(&aimed, &aimed_code).await, Err(Refusal::ChangeGone));
        assert_eq!(owner.refused(&by_code(&asked, &asked_code)).await, Refusal::ChangeGone);
        for gone in [&grant, &password, &aimed, &asked, &beside] {
            for browser in [&owner, &other] {
                assert_eq!(shown(browser, gone).await, Err(Refusal::ChangeGone));
                let outcome = browser.refused(&GetOutcome { key: gone.id.clone() }).await;
                assert_eq!(outcome, Refusal::NotFound);
            }
        }
        let alive = "SELECT COUNT(*) FROM code WHERE account IS NOT NULL AND void = 0 AND used_at IS NULL";
        assert_eq!(house.count(alive).await, 0);
    }
}

/// A proof was checked when it began and not when it was redeemed (OTP-07).
#[tokio::test]
async fn cve_2026_9798_choosing_account_after_sso_switch_is_refused() {
    let house = House::open().await;
    let browser = house.browser();
    let Ok(SignIn::Choose(choice)) = browser.by_password("13800000009").await else { panic!("a choice") };
    house.execute("UPDATE account SET sso = 1 WHERE phone = '+8613800000009' AND tenant = 'yunqiao'").await;
    let chosen = ChooseAccount { sign_in_id: choice.sign_in_id, account: choice.accounts[1].id.clone() };
    assert_eq!(browser.refused(&chosen).await, Refusal::SignInFailed);
}

/// The recorded outcome holds a hash of the request, and the request a password.
#[tokio::test]
async fn api_07_no_fast_hash_of_a_new_password_is_stored() {
    use sha2::{Digest, Sha256};
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let request = new_password(&proven(&lin, Action::Password).await);
    lin.send(&request).await.expect("set");
    let guess = Sha256::digest(serde_json::to_string(&request).expect("JSON").as_bytes()).to_vec();
    let mut database = house.database().await;
    let stored: Vec<u8> =
        sqlx::query_scalar("SELECT request_hash FROM outcome").fetch_one(&mut database).await.expect("one");
    assert_ne!(stored, guess, "a stolen database tells at SHA-256 speed whether a guess is right");
}

/// Who is about to come in is out as well (SES-03).
#[tokio::test]
async fn cve_2025_29928_ending_others_ends_a_waiting_choice_too() {
    let house = House::open().await;
    let waiting = house.browser();
    let Ok(SignIn::Choose(choice)) = waiting.by_password("13800000009").await else { panic!("a choice") };
    let owner = pick(&house, 0).await;
    owner.send(&end_others(&proven(&owner, Action::EndOtherSessions).await)).await.expect("ended");
    let chosen = ChooseAccount { sign_in_id: choice.sign_in_id, account: choice.accounts[0].id.clone() };
    assert_eq!(waiting.refused(&chosen).await, Refusal::SignInFailed);
}

/// Whoever comes next at a shared device is a stranger (G2, G6).
#[tokio::test]
async fn otp_09_kiosk_browser_is_treated_as_unknown() {
    let house = House::open_with(|config| config.limits.wrong_codes_per_day = 0).await;
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(PHONE).await.expect("signed in");
    house.advance(91);
    // Gone without signing out; whoever comes next asks for the number of the one before.
    let sent = kiosk.send(&SendSignInCode { phone: PHONE.into() }).await.expect("sent");
    assert_eq!(sent.digits, 8);
}
