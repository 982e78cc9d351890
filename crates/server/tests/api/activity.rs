//! API-04: the owner of an account can read its events and failed attempts.

use crate::support::{Browser, House, PASSWORD, another, rebind};
use contract::account::{DeviceKind, Way};
use contract::activity::{Activity, ActivityEntry, GetActivity, SecurityEvent};
use contract::refusal::Refusal;
use contract::sign_in::{EnterSurface, SignInByPassword, SignInBySms, SignOut};
use contract::time::Timestamp;

const FREE: &str = "13800000001";

async fn page(browser: &Browser, before: Option<String>) -> Activity {
    browser.send(&GetActivity { before }).await.expect("signed in")
}

#[tokio::test]
async fn api_04_every_effect_is_told_newest_first_with_way_and_device() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let at = |house: &House| house.app.now().timestamp();
    let began = at(&house);
    house.advance(10);
    let other = house.signed_in(FREE).await;
    let signed_in = at(&house);
    house.advance(10);
    other.send(&SignOut {}).await.expect("signed out");
    let signed_out = at(&house);
    house.advance(10);
    rebind(&house, &lin, "13911110001").await;
    lin.by_password("13911110001").await.expect("signed in");
    let rebound = at(&house);
    let event = |at: &Timestamp, what, way, here| ActivityEntry {
        at: at.clone(),
        what,
        about: None,
        way,
        device: Some(DeviceKind::Web),
        here,
    };
    let password = Some(Way::Password);
    let told = page(&lin, None).await;
    assert_eq!(
        told.events,
        [
            event(&rebound, SecurityEvent::SignedIn, password, true),
            event(&rebound, SecurityEvent::PhoneChanged, password, true),
            event(&rebound, SecurityEvent::SteppedUp, password, true),
            event(&signed_out, SecurityEvent::SignedOut, None, false),
            event(&signed_in, SecurityEvent::SignedIn, password, false),
            event(&began, SecurityEvent::SignedIn, password, true),
        ]
    );
    assert_eq!((told.failed, told.more), (vec![], None));
    // And nothing of anybody else's.
    let chen = house.signed_in("13800000002").await;
    assert_eq!(page(&chen, None).await.events.len(), 1);
}

#[tokio::test]
async fn api_04_activity_is_paged_by_twenty() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    for _ in 0..44 {
        lin.by_password(FREE).await.expect("signed in");
    }
    let mut pages = Vec::new();
    let mut before = None;
    loop {
        let told = page(&lin, before).await;
        pages.push(told.events.len());
        before = told.more;
        // What happens meanwhile moves no page.
        house.signed_in(FREE).await;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(pages, [20, 20, 5]);
    for nowhere in ["0-0", "1-1"] {
        let answer = lin.get(&format!("/api/v1/activity/{nowhere}")).await;
        assert_eq!(answer.json()["events"], serde_json::json!([]), "{nowhere}");
    }
    for nothing in ["then", "0", "-", "1-"] {
        assert_eq!(lin.get(&format!("/api/v1/activity/{nothing}")).await.problem(), "NOT_FOUND", "{nothing}");
    }
}

#[tokio::test]
async fn api_04_activity_lists_failed_proofs_of_last_day_by_anyone() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let stranger = house.browser();
    stranger.send_code(FREE).await;
    let code = another(&house.code_to(FREE).await);
    let first = house.app.now().timestamp();
    stranger.refused(&SignInBySms { phone: FREE.into(), code }).await;
    house.advance(100);
    let second = house.app.now().timestamp();
    lin.refused(&SignInByPassword { phone: FREE.into(), password: "x".into() }).await;
    // One that was right is none.
    lin.send(&SignInByPassword { phone: FREE.into(), password: PASSWORD.into() }).await.expect("right");
    let told = page(&lin, None).await.failed;
    let told: Vec<_> = told.into_iter().map(|proof| (proof.at, proof.way, proof.here)).collect();
    assert_eq!(told, [(second, Way::Password, true), (first, Way::Sms, false)]);
    house.advance(86_400);
    assert_eq!(page(&house.signed_in(FREE).await, None).await.failed, []);
}

#[tokio::test]
async fn api_04_failed_proofs_join_trail_in_time_order_after_a_day() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    house.advance(10);
    let stranger = house.browser();
    stranger.send_code(FREE).await;
    let code = another(&house.code_to(FREE).await);
    let wrong = house.app.now().timestamp();
    stranger.refused(&SignInBySms { phone: FREE.into(), code }).await;
    lin.refused(&SignInByPassword { phone: FREE.into(), password: "x".into() }).await;
    // Nobody is told of tries at a number that is not theirs yet.
    stranger.refused(&SignInByPassword { phone: "13911110001".into(), password: "x".into() }).await;
    house.advance(10);
    lin.by_password(FREE).await.expect("signed in");
    let told = |activity: Activity| -> Vec<_> {
        activity.events.into_iter().map(|event| (event.at, event.what, event.way, event.here)).collect()
    };
    house.advance(86_400);
    house.app.delete_old().await.expect("swept");
    let chen = house.browser();
    chen.by_password("13800000002").await.expect("signed in");
    rebind(&house, &chen, "13911110001").await;
    chen.by_password("13911110001").await.expect("signed in");
    lin.by_password(FREE).await.expect("signed in");
    let trail = page(&lin, None).await;
    assert_eq!(trail.failed, []);
    let trail = told(trail);
    assert_eq!(trail[1].1, SecurityEvent::SignedIn);
    assert_eq!(
        trail[2..4],
        [
            (wrong.clone(), SecurityEvent::ProofFailed, Some(Way::Password), true),
            (wrong, SecurityEvent::ProofFailed, Some(Way::Sms), false),
        ]
    );
    assert_eq!(trail[4].1, SecurityEvent::SignedIn);
    let hers = told(page(&chen, None).await);
    assert!(hers.iter().all(|(_, what, ..)| *what != SecurityEvent::ProofFailed), "{hers:?}");
    // Once.
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE result = 'failed'").await, 2);
}

#[tokio::test]
async fn api_04_failed_proofs_at_old_number_stay_listed_after_rebind() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    lin.refused(&SignInByPassword { phone: FREE.into(), password: "x".into() }).await;
    // What somebody tried at the new number before it was theirs is not about them.
    let stranger = house.browser();
    stranger.refused(&SignInByPassword { phone: "13911110001".into(), password: "x".into() }).await;
    house.advance(10);
    rebind(&house, &lin, "13911110001").await;
    lin.by_password("13911110001").await.expect("signed in");
    let failed = |activity: &Activity| {
        activity.events.iter().filter(|event| event.what == SecurityEvent::ProofFailed).count()
    };
    let told = page(&lin, None).await;
    assert_eq!((told.failed.len(), failed(&told)), (0, 1));
    house.advance(86_400);
    house.app.delete_old().await.expect("swept");
    lin.by_password("13911110001").await.expect("signed in");
    assert_eq!(failed(&page(&lin, None).await), 1, "once");
}

#[tokio::test]
async fn g6_activity_is_refused_on_shared_device() {
    let house = House::open().await;
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(FREE).await.expect("signed in");
    assert_eq!(kiosk.refused(&GetActivity { before: None }).await, Refusal::NotOnKiosk);
}

#[tokio::test]
async fn api_04_the_trail_is_kept_for_a_year() {
    let house = House::open().await;
    house.signed_in(FREE).await;
    house.advance(365 * 86_400);
    house.signed_in(FREE).await;
    house.advance(-1);
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM event").await, 2);
    house.advance(1);
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM event").await, 1);
}
