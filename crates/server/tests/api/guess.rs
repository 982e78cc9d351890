//! G2, OTP-05…11: limits of wrong codes and passwords over all browsers, endpoints, numbers and networks.

use crate::support::SEND_GAP;
use crate::support::{Browser, House, PASSWORD, another, step_up_code};
use contract::change::StartChange;
use contract::endpoint::Endpoint;
use contract::history::SetHistorySync;
use contract::me::Action;
use contract::phone::BindPhone;
use contract::refusal::Refusal;
use contract::sign_in::{SendSignInCode, SignIn, SignInByPassword, SignInBySms};
use contract::step_up::{StepUpByPassword, StepUpBySms};
use contract::time::Timestamp;
use std::collections::BTreeSet;
use std::time::Duration;

const PHONE: &str = "13800000001";

fn wrong_password() -> SignInByPassword {
    SignInByPassword { phone: PHONE.into(), password: "x".into() }
}

fn in_a_day(house: &House) -> Timestamp {
    house.app.now().after(Duration::from_secs(86_400)).timestamp()
}

/// Every endpoint that compares a secret, with a wrong try of each (OTP-07). A new one that is not
/// here fails the test below.
const COMPARES: [&str; 5] =
    [SignInBySms::PATH, SignInByPassword::PATH, StepUpBySms::PATH, StepUpByPassword::PATH, BindPhone::PATH];

#[test]
fn otp_07_every_endpoint_that_compares_a_secret_is_in_the_table() {
    let document: serde_json::Value =
        serde_json::from_str(&server::openapi::document()).expect("the document");
    let mut takes_a_secret = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let body = &item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(name) = body.as_str().and_then(|reference| reference.rsplit('/').next()) else { continue };
        let fields = document["components"]["schemas"][name]["properties"].as_object();
        if fields.is_some_and(|fields| fields.contains_key("code") || fields.contains_key("password")) {
            takes_a_secret.insert(path.as_str());
        }
    }
    assert_eq!(takes_a_secret, COMPARES.into());
}

#[tokio::test]
async fn otp_07_every_wrong_secret_charges_the_same_counter() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let change = lin.start().await;
    let change = lin.send(&step_up_code(&change)).await.expect("sent");
    let code = house.code_to(PHONE).await;
    house.advance(SEND_GAP);
    let charged = async |path: &str, kind: &str| {
        let mut database = house.database().await;
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM attempt WHERE kind = ?")
            .bind(kind)
            .fetch_one(&mut database)
            .await
            .expect("counted");
        (path.to_owned(), count)
    };

    let step = StepUpBySms { change: change.id.clone(), version: change.version, code: another(&code) };
    assert_eq!(lin.refused(&step).await, Refusal::CodeWrong { left: 4 });
    assert_eq!(charged(StepUpBySms::PATH, "code").await.1, 1);
    let step = StepUpByPassword { change: change.id.clone(), version: change.version, password: "x".into() };
    assert_eq!(lin.refused(&step).await, Refusal::PasswordWrong { left: 4 });
    assert_eq!(charged(StepUpByPassword::PATH, "password").await.1, 1);
    assert_eq!(lin.refused(&wrong_password()).await, Refusal::PasswordWrong { left: 3 });
    assert_eq!(charged(SignInByPassword::PATH, "password").await.1, 2);
    lin.send_code(PHONE).await;
    let sign_in = SignInBySms { phone: PHONE.into(), code: another(&house.code_to(PHONE).await) };
    assert_eq!(lin.refused(&sign_in).await, Refusal::CodeWrong { left: 4 });
    assert_eq!(charged(SignInBySms::PATH, "code").await.1, 2);
    let aimed = lin.target(&lin.prove(&change).await.expect("proven"), Some("13911110001")).await;
    let aimed = aimed.expect("sent");
    let wrong = another(&house.code_to("13911110001").await);
    assert_eq!(lin.bind(&aimed, &wrong).await, Err(Refusal::CodeWrong { left: 4 }));
    assert_eq!(charged(BindPhone::PATH, "code").await.1, 3);
}

#[tokio::test]
async fn g2_strangers_share_ten_wrong_codes_a_day() {
    let house = House::open().await;
    let begun = house.app.now();
    for turn in 0..2 {
        // Cookies dropped: a fresh chain each time, and the same budget.
        let stranger = house.browser();
        stranger.send_code(PHONE).await;
        let wrong = SignInBySms { phone: PHONE.into(), code: another(&house.code_to(PHONE).await) };
        for left in [4, 3, 2, 1] {
            assert_eq!(stranger.refused(&wrong).await, Refusal::CodeWrong { left }, "turn {turn}");
        }
        let locked = stranger.refused(&wrong).await;
        assert!(matches!(locked, Refusal::CodeTooMany { .. }), "{locked:?}");
        house.advance(SEND_GAP);
    }
    let until = begun.after(Duration::from_secs(86_400)).timestamp();
    let stranger = house.browser();
    let asked = stranger.refused(&SendSignInCode { phone: PHONE.into() }).await;
    assert_eq!(asked, Refusal::CodeTooMany { until: until.clone() }, "no code to try either");

    // Whoever signed in here before has tries of his own (OTP-09).
    let lin = house.signed_in(PHONE).await;
    lin.send_code(PHONE).await;
    let code = house.code_to(PHONE).await;
    let wrong = SignInBySms { phone: PHONE.into(), code: another(&code) };
    assert_eq!(lin.refused(&wrong).await, Refusal::CodeWrong { left: 4 });
    assert_eq!(lin.send(&SignInBySms { phone: PHONE.into(), code }).await, Ok(SignIn::SignedIn));

    // A rolling day after the first of the ten, strangers have the tries of that first turn again.
    house.advance(86_400 - 2 * SEND_GAP - 1);
    let refused = stranger.refused(&SendSignInCode { phone: PHONE.into() }).await;
    assert_eq!(refused, Refusal::CodeTooMany { until }, "tries during the lock did not extend it");
    house.advance(1);
    stranger.send_code(PHONE).await;
    let wrong = SignInBySms { phone: PHONE.into(), code: another(&house.code_to(PHONE).await) };
    for left in [4, 3, 2, 1] {
        assert_eq!(stranger.refused(&wrong).await, Refusal::CodeWrong { left });
    }
}

#[tokio::test]
async fn g2_strangers_share_ten_wrong_passwords_a_day() {
    let house = House::open().await;
    let until = in_a_day(&house);
    let lin = house.signed_in(PHONE).await;
    for _ in 0..2 {
        let stranger = house.browser();
        for left in [4, 3, 2, 1] {
            assert_eq!(stranger.refused(&wrong_password()).await, Refusal::PasswordWrong { left });
        }
        stranger.refused(&wrong_password()).await;
    }
    let locked = Err(Refusal::PasswordLocked { until });
    assert_eq!(house.browser().by_password(PHONE).await, locked, "the right one too");
    for spelling in ["+86 138 0000 0001", "008613800000001", "１３８００００００01"] {
        let request = SignInByPassword { phone: spelling.into(), password: PASSWORD.into() };
        assert_eq!(house.browser().send(&request).await, locked, "{spelling}");
    }
    assert_eq!(lin.by_password(PHONE).await, Ok(SignIn::SignedIn), "OTP-09");
    // His own ten: five, a lock, five more.
    for _ in 0..5 {
        lin.refused(&wrong_password()).await;
    }
    house.advance(900);
    let until = house.app.now().after(Duration::from_secs(86_400 - 900)).timestamp();
    for left in [4, 3, 2, 1] {
        assert_eq!(lin.refused(&wrong_password()).await, Refusal::PasswordWrong { left });
    }
    // The tenth ends both his chain and his day: he is told the later of the two, then and later.
    for _ in 0..2 {
        assert_eq!(lin.refused(&wrong_password()).await, Refusal::PasswordLocked { until: until.clone() });
    }
    house.advance(900);
    assert_eq!(lin.by_password(PHONE).await, Err(Refusal::PasswordLocked { until }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn otp_09_ten_thousand_wrong_tries_do_not_keep_the_owner_out() {
    let house = House::open_with(|config| config.limits.wrong_tries_per_network_and_hour = u32::MAX).await;
    let lin = house.signed_in(PHONE).await;
    let mut crowd = Vec::new();
    for _ in 0..4 {
        let stranger = house.browser();
        crowd.push(tokio::spawn(async move {
            let wrong = SignInBySms { phone: PHONE.into(), code: "000000".into() };
            for _ in 0..2500 {
                stranger.send(&wrong).await.expect_err("wrong");
                stranger.send(&SendSignInCode { phone: PHONE.into() }).await.ok();
            }
        }));
    }
    for task in crowd {
        task.await.expect("no panic");
    }
    house.advance(SEND_GAP);
    lin.send_code(PHONE).await;
    let right = SignInBySms { phone: PHONE.into(), code: house.code_to(PHONE).await };
    assert_eq!(lin.send(&right).await, Ok(SignIn::SignedIn), "at the first try");
}

#[tokio::test]
async fn otp_06_right_code_is_free_unless_its_effect_fails() {
    let house = House::open().await;
    let lin = house.signed_in_by_sms("13911110009").await;
    assert_eq!(house.count("SELECT COUNT(*) FROM attempt").await, 0);
    assert_eq!(house.count("SELECT COALESCE(SUM(count), 0) FROM spent WHERE what = 'wrong'").await, 0);
    drop(lin);

    // The right code, and the effect fails: the number was taken meanwhile.
    let lin = house.signed_in(PHONE).await;
    let aimed = lin.target(&lin.proven().await, Some("13911110001")).await.expect("sent");
    let code = house.code_to("13911110001").await;
    house.execute("UPDATE account SET phone = '+8613911110001' WHERE phone = '+8613800000002'").await;
    assert_eq!(lin.bind(&aimed, &code).await, Err(Refusal::PhoneTaken));
    assert_eq!(house.count("SELECT COUNT(*) FROM attempt WHERE kind = 'code'").await, 1);
    assert_eq!(house.count("SELECT wrong FROM chain WHERE purpose = 'new_phone'").await, 1);
    let house = house.restarted().await;
    assert_eq!(house.count("SELECT COUNT(*) FROM attempt WHERE kind = 'code'").await, 1);
}

#[tokio::test]
async fn otp_08_strangers_get_eight_digits_above_the_daily_limit() {
    let house = House::open_with(|config| config.limits.wrong_codes_per_day = 8).await;
    let lin = house.signed_in(PHONE).await;
    // Before: six digits, sent to somebody who has not typed them yet.
    let early = house.browser();
    early.send_code("13911110001").await;
    let six = house.code_to("13911110001").await;
    assert_eq!(six.len(), 6);
    for n in 0..4 {
        let phone = format!("1392222000{n}");
        let sprayer = house.browser();
        sprayer.send_code(&phone).await;
        let wrong = SignInBySms { phone: phone.clone(), code: another(&house.code_to(&phone).await) };
        sprayer.refused(&wrong).await;
        sprayer.refused(&wrong).await;
    }
    let late = SignInBySms { phone: "13911110001".into(), code: six };
    assert_eq!(early.refused(&late).await, Refusal::CodeExpired, "too short for what goes on");
    house.advance(SEND_GAP);
    let sent = early.send(&SendSignInCode { phone: "13911110001".into() }).await.expect("sent");
    let eight = house.code_to("13911110001").await;
    assert_eq!((sent.digits, eight.len()), (8, 8));
    let signed_in = early.send(&SignInBySms { phone: "13911110001".into(), code: eight }).await;
    assert_eq!(signed_in, Ok(SignIn::SignedIn));
    // Where the account was signed in before, six are enough: its tries are few whatever goes on.
    lin.send_code(PHONE).await;
    let code = house.code_to(PHONE).await;
    assert_eq!(code.len(), 6);
    assert_eq!(lin.send(&SignInBySms { phone: PHONE.into(), code }).await, Ok(SignIn::SignedIn));
    house.advance(86_400);
    assert_eq!(
        house.browser().send(&SendSignInCode { phone: "13911110003".into() }).await.map(|s| s.digits),
        Ok(6)
    );
}

#[tokio::test]
async fn otp_10_codes_are_limited_per_browser_account_network_day() {
    let quota = |answer: &Refusal| matches!(answer, Refusal::SendQuota { .. });
    let house = House::open().await;
    let browser = house.browser();
    for n in 0..20 {
        browser.send_code(&format!("139111100{n:02}")).await;
    }
    let refused = browser.refused(&SendSignInCode { phone: "13911119999".into() }).await;
    let until = house.app.now().after(Duration::from_secs(3600)).timestamp();
    assert_eq!(refused, Refusal::SendQuota { until });
    house.advance(3600);
    browser.send_code("13911119999").await;

    let house = House::open_with(|config| config.limits.codes_per_network_and_hour = 3).await;
    for n in 0..3 {
        house.browser().send_code(&format!("1391111000{n}")).await;
    }
    let refused = house.browser().refused(&SendSignInCode { phone: "13911119999".into() }).await;
    assert!(quota(&refused), "{refused:?}");

    let house = House::open_with(|config| config.limits.codes_per_day = 2).await;
    for n in 0..2 {
        house.browser().send_code(&format!("1391111000{n}")).await;
    }
    let ask = SendSignInCode { phone: "13911119999".into() };
    let midnight = Timestamp("2026-11-23T00:00:00Z".to_owned());
    assert_eq!(house.browser().refused(&ask).await, Refusal::SendQuota { until: midnight });
    house.advance(86_400);
    house.browser().send(&ask).await.expect("another day");

    // Twenty codes of one account in a day, over all its browsers and numbers.
    let house = House::open().await;
    let mut sent = 0;
    let refused = loop {
        let lin = house.signed_in(PHONE).await;
        let mut change = lin.proven().await;
        let mut refused = None;
        for n in 0..3 {
            match lin.target(&change, Some(&format!("138222{sent:03}{n:02}"))).await {
                Ok(aimed) => change = aimed,
                Err(refusal) => {
                    refused = Some(refusal);
                    break;
                }
            }
            sent += 1;
        }
        if let Some(refusal) = refused {
            break refusal;
        }
    };
    assert_eq!((sent, quota(&refused)), (20, true), "{refused:?}");
}

#[tokio::test]
async fn otp_08_one_network_has_a_budget_of_wrong_tries() {
    let house = House::open_with(|config| config.limits.wrong_tries_per_network_and_hour = 3).await;
    for n in 0..3 {
        let request = SignInByPassword { phone: format!("1391111000{n}"), password: "x".into() };
        assert_eq!(house.browser().refused(&request).await, Refusal::PasswordWrong { left: 4 });
    }
    assert_eq!(house.browser().refused(&wrong_password()).await, Refusal::TooBusy { after: 3600 });
    house.advance(3600);
    assert_eq!(house.browser().refused(&wrong_password()).await, Refusal::PasswordWrong { left: 4 });
}

#[tokio::test]
async fn otp_08_requests_for_taken_numbers_spare_the_network() {
    let house = House::open_with(|config| config.limits.wrong_tries_per_network_and_hour = 3).await;
    let lin = house.signed_in(PHONE).await;
    let change = lin.proven().await;
    for _ in 0..3 {
        assert_eq!(lin.target(&change, Some("13800000002")).await, Err(Refusal::PhoneTaken));
    }
    assert_eq!(house.browser().refused(&wrong_password()).await, Refusal::PasswordWrong { left: 4 });
}

#[tokio::test]
async fn p4_probes_for_taken_numbers_are_limited_to_ten_a_day() {
    let house = House::open().await;
    let until = in_a_day(&house);
    let lin = house.signed_in(PHONE).await;
    let change = lin.proven().await;
    for _ in 0..10 {
        assert_eq!(lin.target(&change, Some("13800000002")).await, Err(Refusal::PhoneTaken));
    }
    let stopped = Err(Refusal::SendQuota { until });
    assert_eq!(lin.target(&change, Some("13800000002")).await, stopped);
    assert_eq!(lin.target(&change, Some("13911110001")).await, stopped, "a free one tells as much");
    let elsewhere = house.signed_in(PHONE).await;
    assert_eq!(elsewhere.target(&elsewhere.proven().await, Some("13800000003")).await, stopped);
    // A slip that tells nothing of others costs nothing.
    let chen = house.signed_in("13800000002").await;
    let change = chen.proven().await;
    for _ in 0..12 {
        assert_eq!(chen.target(&change, Some("13800000002")).await, Err(Refusal::PhoneSame));
    }
    chen.target(&change, Some("13911110001")).await.expect("sent");
    house.advance(86_400);
    let lin = house.signed_in(PHONE).await;
    lin.target(&lin.proven().await, Some("13911110002")).await.expect("another day");
}

#[tokio::test]
async fn ld_05_sweep_removes_expired_rows() {
    let house = House::open().await;
    let demo = house.rows().await["browser"].len();
    let lin = house.signed_in(PHONE).await;
    lin.target(&lin.proven().await, Some("13911110001")).await.expect("sent");
    let stranger = house.browser();
    stranger.refused(&wrong_password()).await;
    stranger.send_code("13911110002").await;
    lin.send(&StartChange::of(Action::Password)).await.expect("begun");
    assert_eq!(house.app.delete_old().await, Ok(0), "nothing is old");
    house.advance(90 * 86_400);
    assert!(house.app.delete_old().await.expect("swept") > 0);
    let rows = house.rows().await;
    for table in ["attempt", "chain", "code", "change", "change_target", "spent", "session", "outcome"] {
        assert!(rows[table].is_empty(), "{table}: {:?}", rows[table]);
    }
    assert_eq!(rows["browser"].len(), demo + 1, "those with a device are known for good");
    assert_eq!(house.app.delete_old().await, Ok(0));
    let again: Browser = lin;
    again.by_password(PHONE).await.expect("signed in");
}

#[tokio::test]
async fn otp_09_known_device_signs_in_despite_network_limits() {
    let house = House::open_with(|config| {
        config.limits.wrong_tries_per_network_and_hour = 3;
        config.limits.codes_per_network_and_hour = 3;
    })
    .await;
    let lin = house.signed_in(PHONE).await;
    for n in 0..3 {
        let phone = format!("1391111000{n}");
        house.browser().refused(&SignInByPassword { phone: phone.clone(), password: "x".into() }).await;
        house.browser().send_code(&phone).await;
    }
    assert_eq!(house.browser().refused(&wrong_password()).await, Refusal::TooBusy { after: 3600 });
    assert_eq!(lin.by_password(PHONE).await, Ok(SignIn::SignedIn));
    lin.send_code(PHONE).await;
    let right = SignInBySms { phone: PHONE.into(), code: house.code_to(PHONE).await };
    assert_eq!(lin.send(&right).await, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn otp_09_browser_of_an_ended_session_is_a_stranger() {
    let house = House::open().await;
    let (lin, thief) = (house.signed_in(PHONE).await, house.signed_in(PHONE).await);
    let change = lin.send(&StartChange::of(Action::EndOtherSessions)).await.expect("begun");
    let grant = lin.prove(&change).await.expect("granted");
    lin.send(&contract::devices::EndOtherSessions { grant: Some(grant.id) }).await.expect("ended");
    for _ in 0..10 {
        house.browser().refused(&wrong_password()).await;
    }
    let locked = thief.by_password(PHONE).await;
    assert!(matches!(locked, Err(Refusal::PasswordLocked { .. })), "no tries of its own: {locked:?}");
    assert_eq!(lin.by_password(PHONE).await, Ok(SignIn::SignedIn), "the owner has them");
}

#[tokio::test]
async fn g6_kiosk_stays_a_kiosk_after_a_sweep() {
    let house = House::open().await;
    let demo = house.count("SELECT COUNT(*) FROM browser").await;
    let kiosk = house.browser();
    kiosk.send(&contract::sign_in::EnterSurface::Kiosk).await.expect("entered");
    house.browser().send_code("13911110001").await;
    house.advance(40 * 86_400);
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM browser").await, demo);
    kiosk.by_password(PHONE).await.expect("signed in");
    let me = kiosk.send(&contract::me::GetMe {}).await.expect("signed in");
    assert_eq!(me.surface, contract::account::Surface::Kiosk);
}

#[tokio::test]
async fn v7_daily_code_limit_keeps_a_reserve_for_known_browsers() {
    let house = House::open_with(|config| {
        config.limits.codes_per_day = 10;
        config.limits.codes_per_browser_and_hour = 5000;
        config.limits.codes_per_network_and_hour = 5000;
    })
    .await;
    // Nothing is sent to numbers abroad that nobody holds, and nothing is counted for them.
    let flood = house.browser();
    for n in 0..1000 {
        flood.send_code(&format!("+8526{n:07}")).await;
    }
    assert_eq!(house.inbox().await, []);
    let known = house.signed_in(PHONE).await;
    // Strangers may have eight of the ten.
    for n in 0..8 {
        house.browser().send_code(&format!("1391111000{n}")).await;
    }
    let ask = SendSignInCode { phone: "13911119999".into() };
    let refused = house.browser().refused(&ask).await;
    let midnight = Timestamp("2026-11-23T00:00:00Z".to_owned());
    assert_eq!(refused, Refusal::SendQuota { until: midnight.clone() }, "the true moment");
    // Numbers abroad are answered alike, whoever holds them.
    for phone in ["+85261234567", "+85269999999"] {
        let refused = house.browser().refused(&SendSignInCode { phone: phone.into() }).await;
        assert_eq!(refused, Refusal::SendQuota { until: midnight.clone() }, "{phone}");
    }
    // The rest is for who was here before, and for who is signed in.
    let change = known.start().await;
    known.send(&crate::support::step_up_code(&change)).await.expect("a step-up");
    house.advance(SEND_GAP + 1);
    known.send_code(PHONE).await;
    let refused = known.refused(&SendSignInCode { phone: "13911110009".into() }).await;
    assert!(matches!(refused, Refusal::SendQuota { .. }), "of a number it does not know it is a stranger");
}

#[tokio::test]
async fn v7_code_to_a_new_number_cannot_use_the_reserve() {
    let house = House::open_with(|config| config.limits.codes_per_day = 10).await;
    let lin = house.signed_in(PHONE).await;
    let change = lin.proven().await;
    for n in 0..8 {
        house.browser().send_code(&format!("1391111000{n}")).await;
    }
    let refused = lin.target(&change, Some("13922220000")).await;
    assert!(matches!(refused, Err(Refusal::SendQuota { .. })), "as good as a stranger: {refused:?}");
}

#[tokio::test]
async fn v9_writes_are_limited_per_account_and_hour() {
    let house = House::open_with(|config| config.limits.writes_per_account_and_hour = 10).await;
    let lin = house.signed_in(PHONE).await;
    for n in 0..10 {
        lin.send(&SetHistorySync { on: n % 2 == 0 }).await.expect("within the budget");
    }
    let answer = lin.answer(&SetHistorySync { on: true }).await;
    assert_eq!((answer.problem().as_str(), answer.status.as_u16()), ("TOO_BUSY", 429));
    let left = answer.json()["after"].as_u64().expect("seconds");
    assert!((1..=3600).contains(&left), "{left}");
    // A second session of the account has no budget of its own; other routes and accounts have.
    let second = house.signed_in(PHONE).await;
    assert!(matches!(second.refused(&SetHistorySync { on: true }).await, Refusal::TooBusy { .. }));
    lin.start().await;
    house.signed_in("13800000002").await.send(&SetHistorySync { on: true }).await.expect("another account");
    lin.send(&contract::history::GetHistory { before: None }).await.expect("reading costs nothing");
    assert!(house.count("SELECT COUNT(*) FROM event WHERE what LIKE 'history%'").await <= 11);
    house.advance(3600);
    lin.send(&SetHistorySync { on: true }).await.expect("another hour");
}

#[tokio::test]
async fn v9_sign_ins_are_limited_per_account_and_hour() {
    let house = House::open_with(|config| config.limits.sign_ins_per_account_and_hour = 5).await;
    for _ in 0..5 {
        house.signed_in(PHONE).await;
    }
    assert!(matches!(house.browser().by_password(PHONE).await, Err(Refusal::TooBusy { .. })));
    assert_eq!(house.count("SELECT COUNT(*) FROM session").await, 5);
    // Who is here stays, and nobody is locked out by a password that is right.
    let here = house.signed_in("13800000002").await;
    for _ in 0..15 {
        assert!(matches!(here.by_password(PHONE).await, Err(Refusal::TooBusy { .. })));
    }
    here.send(&contract::me::GetMe {}).await.expect("signed in still");
    house.advance(3600);
    house.signed_in(PHONE).await;
}
