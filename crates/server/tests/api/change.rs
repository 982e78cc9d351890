//! G5: the record of a wizard.

use crate::support::{House, Refused};
use contract::change::{ChangeStep, GetChange, StartChange};
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
    assert_eq!((code.expires_in, code.retry_in), (280, 40));
    house.advance(280);
    let shown = lin.send(&GetChange { change: change.id.clone() }).await.expect("there");
    assert_eq!(shown.step, ChangeStep::Identify { sent: None, scan: None }, "the code is dead");

    let code = house.code_to("13800000001").await;
    let late = StepUpBySms { change: change.id.clone(), version: shown.version, code };
    assert_eq!(lin.refused(&late).await, Refusal::CodeExpired);
}

#[tokio::test]
async fn g5_a_stale_write_gets_the_fresh_record() {
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
async fn phn_05_a_change_is_nothing_without_its_cookies() {
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
    lin.send(&StartChange { action: Action::Phone }).await.expect("another");
    assert_eq!(house.count("SELECT COUNT(*) FROM change").await, 1, "one at a time");
}

#[tokio::test]
async fn f_11_a_wizard_begun_again_supersedes_the_earlier_one() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let first = lin.proven().await;
    let second = lin.clone().start().await;
    assert_eq!(
        second.step,
        ChangeStep::Identify { sent: None, scan: None },
        "its proof was for the first alone"
    );
    assert_eq!(lin.target(&first, Some("13911110001")).await, Err(Refusal::ChangeGone));
    // Another action, another browser: none of their business.
    let password = lin.send(&StartChange { action: Action::Password }).await.expect("begun");
    house.signed_in("13800000001").await.start().await;
    for change in [second, password] {
        lin.send(&GetChange { change: change.id }).await.expect("still there");
    }
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
    house.advance(60);
    let lin = house.adopt(&lin);
    let resent = lin.target(&aimed, None).await.expect("sent again");
    lin.bind(&resent, &house.code_to("13911110001").await).await.expect("bound");
}
