//! G5: the record of a wizard.

use crate::support::SEND_GAP;
use crate::support::{House, Refused};
use contract::account::Way;
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::limits::SEND_GAP_SECONDS;
use contract::me::Action;
use contract::phone::SendNewPhoneCode;
use contract::refusal::{Refusal, SessionEnd};
use contract::step_up::{SendStepUpCode, StepUpBySms};

#[tokio::test]
async fn g5_a_reload_finds_step_and_countdown() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.start().await;
    assert_eq!(change.expires_in, 1800);
    let send = SendStepUpCode { change: change.id.clone(), version: change.version };
    let sent = lin.send(&send).await.expect("sent");
    house.advance(20);
    let shown = lin.send(&GetChange { change: change.id.clone() }).await.expect("there");
    assert_eq!((shown.version, shown.expires_in), (sent.version, 1780));
    let ChangeStep::Identify { sent: Some(code), .. } = &shown.step else { panic!("{shown:?}") };
    assert_eq!((code.expires_in, code.retry_in), (280, SEND_GAP_SECONDS - 20));
    house.advance(280);
    let shown = lin.send(&GetChange { change: change.id.clone() }).await.expect("there");
    assert_eq!(shown.step, ChangeStep::Identify { sent: None, scan: None }, "the code is dead");

    let code = house.code_to("13800000001").await;
    let late = StepUpBySms { change: change.id.clone(), version: shown.version, code };
    assert_eq!(lin.refused(&late).await, Refusal::CodeExpired);
}

#[tokio::test]
async fn g5_stale_write_is_refused_with_the_current_record() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let tab = lin.clone();
    let change = lin.start().await;
    let proven = lin.prove(&change).await.expect("proven");
    assert!(proven.version > change.version);
    let stale = SendNewPhoneCode { change: change.id.clone(), version: change.version, phone: None };
    let Refused { refusal, change: fresh } = tab.try_send(&stale).await.expect_err("stale");
    assert_eq!((refusal, fresh), (Refusal::ChangeStale, Some(proven.clone())));
    let ahead = SendNewPhoneCode { version: proven.version + 1, ..stale };
    assert_eq!(tab.refused(&ahead).await, Refusal::ChangeStale);
}

#[tokio::test]
async fn phn_05_change_is_gone_for_other_accounts_and_browsers() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.proven().await;
    let get = GetChange { change: change.id.clone() };
    assert_eq!(house.browser().refused(&get).await, Refusal::SessionEnded { why: SessionEnd::NotSignedIn });
    // Another account, the same account in another browser, another account in the same browser.
    assert_eq!(house.signed_in("13800000002").await.refused(&get).await, Refusal::ChangeGone);
    assert_eq!(house.signed_in("13800000001").await.refused(&get).await, Refusal::ChangeGone);
    lin.by_password("13800000002").await.expect("signed in");
    assert_eq!(lin.refused(&get).await, Refusal::ChangeGone);
    assert_eq!(lin.target(&change, Some("13911110001")).await, Err(Refusal::ChangeGone));
    assert_eq!(lin.refused(&GetChange { change: "nonsense".into() }).await, Refusal::ChangeGone);
}

#[tokio::test]
async fn g5_a_change_lives_half_an_hour() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.start().await;
    house.advance(1799);
    assert_eq!(lin.send(&GetChange { change: change.id.clone() }).await.expect("there").expires_in, 1);
    house.advance(1);
    assert_eq!(lin.refused(&GetChange { change: change.id.clone() }).await, Refusal::ChangeGone);
    assert_eq!(lin.prove(&change).await, Err(Refusal::ChangeGone));
    lin.send(&StartChange::of(Action::Phone)).await.expect("another");
    assert_eq!(house.count("SELECT COUNT(*) FROM change").await, 1, "one at a time");
}

#[tokio::test]
async fn g5_restarted_wizard_resumes_the_same_change() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let begin = async || lin.clone().start().await;
    let first = begin().await;
    let sent = lin.send(&step_up_code(&first)).await.expect("sent");
    house.advance(20);
    let again = begin().await;
    assert_eq!((&again.id, again.version, again.expires_in), (&first.id, sent.version, 1780));
    let ChangeStep::Identify { sent: Some(code), .. } = &again.step else { panic!("{again:?}") };
    assert_eq!(code.retry_in, SEND_GAP_SECONDS - 20);
    let proven = lin.prove(&again).await.expect("proven");
    assert_eq!(begin().await, proven);
    let aimed = lin.target(&proven, Some("13911110001")).await.expect("sent");
    assert_eq!(begin().await, aimed);
    // Another action, another account, another browser: changes of their own.
    let password = lin.send(&StartChange::of(Action::Password)).await.expect("begun");
    let elsewhere = house.signed_in("13800000001").await.start().await;
    let step = ChangeStep::Identify { sent: None, scan: None };
    for other in [&password, &elsewhere] {
        assert_ne!(other.id, first.id);
        assert_eq!(other.step, step);
    }
    lin.bind(&aimed, &house.code_to("13911110001").await).await.expect("bound");
    lin.by_password("13911110001").await.expect("signed in");
    let anew = begin().await;
    assert_ne!(anew.id, first.id, "what is concluded is not gone on with");
    house.advance(1800);
    assert_ne!(begin().await.id, anew.id, "nor what has expired");
    lin.by_password("13800000002").await.expect("signed in");
    assert_eq!(begin().await.step, step);
}

#[tokio::test]
async fn p5_resumed_change_needs_proof_after_sign_in_or_five_minutes() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let proven = lin.proven().await;
    lin.by_password("13800000001").await.expect("signed in again");
    let again = lin.start().await;
    assert_eq!((&again.id, &again.step), (&proven.id, &ChangeStep::Identify { sent: None, scan: None }));
    assert_eq!(lin.refused(&send_to("13911110001", &again)).await, step_up_needed());
    lin.prove(&again).await.expect("proven");
    house.advance(300);
    let last = lin.start().await;
    assert!(matches!(last.step, ChangeStep::NewPhone { .. }), "{last:?}");
    house.advance(1);
    assert_eq!(lin.start().await.step, ChangeStep::Identify { sent: None, scan: None });
    assert_eq!(lin.refused(&send_to("13911110001", &last)).await, step_up_needed());
}

#[tokio::test]
async fn p5_change_restarts_after_three_new_numbers() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let mut change = lin.proven().await;
    for phone in ["13911110001", "13911110002", "13911110003"] {
        assert_eq!(lin.start().await, change, "numbers are left");
        change = lin.target(&change, Some(phone)).await.expect("sent");
    }
    assert_eq!(lin.target(&change, Some("13911110004")).await, Err(Refusal::TooManyTargets));
    let anew = lin.start().await;
    assert_eq!(
        anew.step,
        ChangeStep::Identify { sent: None, scan: None },
        "the proof was for the first alone"
    );
    assert_eq!(lin.target(&change, None).await, Err(Refusal::ChangeGone), "the other tab is told (F-11)");
    assert_eq!(house.count("SELECT COUNT(*) FROM change").await, 1);
}

#[tokio::test]
async fn g1_restarting_end_other_sessions_needs_a_new_proof() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let begin = async || lin.send(&StartChange::of(Action::EndOtherSessions)).await.expect("begun");
    let granted = lin.prove(&begin().await).await.expect("granted");
    assert_eq!(granted.step, ChangeStep::Granted);
    assert_eq!(begin().await.step, ChangeStep::Identify { sent: None, scan: None });
    assert_eq!(lin.refused(&GetChange { change: granted.id }).await, Refusal::ChangeGone);
}

fn step_up_code(change: &Change) -> SendStepUpCode {
    SendStepUpCode { change: change.id.clone(), version: change.version }
}

fn send_to(phone: &str, change: &Change) -> SendNewPhoneCode {
    SendNewPhoneCode { change: change.id.clone(), version: change.version, phone: Some(phone.into()) }
}

fn step_up_needed() -> Refusal {
    Refusal::StepUpNeeded { ways: vec![Way::Sms, Way::Password, Way::Wechat] }
}

#[tokio::test]
async fn g5_a_change_outlives_a_restart() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let proven = lin.proven().await;
    let house = house.restarted().await;
    let lin = house.adopt(&lin);
    let shown = lin.send(&GetChange { change: proven.id.clone() }).await.expect("there");
    assert_eq!(shown, proven);
    let aimed = lin.target(&shown, Some("13911110001")).await.expect("sent");
    let house = house.restarted().await;
    // The demo's phone is in memory and empty now; the code is as dead as a lost SMS.
    house.advance(SEND_GAP);
    let lin = house.adopt(&lin);
    let resent = lin.target(&aimed, None).await.expect("sent again");
    lin.bind(&resent, &house.code_to("13911110001").await).await.expect("bound");
}
