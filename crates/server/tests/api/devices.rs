//! G1, STP-02, SES-06: the devices, and ending the others behind the gate.

use crate::support::SEND_GAP;
use crate::support::{Browser, House, step_up_code};
use contract::account::{DeviceKind, Way};
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::devices::{Device, EndDevice, EndOtherSessions, GetDevices};
use contract::endpoint::Gated;
use contract::me::{Action, GetMe};
use contract::outcome::GetOutcome;
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::{EnterSurface, SignIn, SignInBySms, SignOut};
use contract::step_up::StepUpBySms;

const PHONE: &str = "13800000001";

fn end_others(grant: &Change) -> EndOtherSessions {
    EndOtherSessions::default().granted(grant.id.clone())
}

fn elsewhere() -> Refusal {
    Refusal::SessionEnded { why: SessionEnd::EndedElsewhere }
}

async fn begin(browser: &Browser, action: Action) -> Change {
    browser.send(&StartChange::of(action)).await.expect("begun")
}

async fn granted(browser: &Browser) -> Change {
    let granted = browser.prove(&begin(browser, Action::EndOtherSessions).await).await.expect("proven");
    assert_eq!(granted.step, ChangeStep::Granted);
    granted
}

async fn devices(browser: &Browser) -> Vec<Device> {
    browser.send(&GetDevices {}).await.expect("signed in").devices
}

#[tokio::test]
async fn ses_06_device_list_has_own_devices_only_this_one_first() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    house.signed_in("13800000002").await;
    house.advance(SEND_GAP);
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(PHONE).await.expect("signed in");
    let out = house.signed_in(PHONE).await;
    out.send(&SignOut {}).await.expect("signed out");

    let seen = devices(&lin).await;
    let shown: Vec<_> = seen.iter().map(|device| (device.kind, device.here)).collect();
    assert_eq!(shown, [(DeviceKind::Web, true), (DeviceKind::Kiosk, false)]);
    assert_eq!(seen[0].way, Way::Password);
    assert_eq!(seen[1].signed_in_at, house.app.now().timestamp());
    assert_eq!(kiosk.refused(&GetDevices {}).await, Refusal::NotOnKiosk, "G6");
    // What a thief of the answer gets opens nothing.
    let answer = lin.answer(&GetDevices {}).await.text();
    for token in lin.jar.lock().expect("the jar").values() {
        assert!(!answer.contains(token.as_str()));
    }
    house.advance(91);
    assert_eq!(devices(&lin).await.len(), 1, "the kiosk's session ran out");
}

#[tokio::test]
async fn g1_end_others_without_a_grant_is_refused_with_the_ways() {
    let house = House::open().await;
    let (lin, other) = (house.signed_in(PHONE).await, house.signed_in(PHONE).await);
    let before = house.rows().await;
    let refused = lin.refused(&EndOtherSessions::default()).await;
    assert_eq!(refused, Refusal::StepUpNeeded { ways: vec![Way::Sms, Way::Password, Way::Wechat] });
    assert_eq!(house.rows().await, before);
    other.send(&GetMe {}).await.expect("still signed in");
    assert_eq!(
        house.browser().refused(&EndOtherSessions::default()).await,
        Refusal::SessionEnded { why: SessionEnd::NotSignedIn }
    );
}

#[tokio::test]
async fn g1_grant_ends_all_other_sessions_and_keeps_this_one() {
    let house = House::open().await;
    let (lin, other, third) =
        (house.signed_in(PHONE).await, house.signed_in(PHONE).await, house.signed_in(PHONE).await);
    let stranger = house.signed_in("13800000002").await;
    let grant = granted(&lin).await;
    let shown = lin.send(&GetChange { change: grant.id.clone() }).await.expect("after a reload");
    assert_eq!(shown, grant);
    let request = end_others(&grant);
    let done = lin.send(&request).await.expect("ended");
    assert_eq!(done.step, ChangeStep::SessionsEnded { count: 2 });
    assert_eq!(other.refused(&GetMe {}).await, elsewhere());
    assert_eq!(third.refused(&GetMe {}).await, elsewhere());
    lin.send(&GetMe {}).await.expect("this one goes on");
    stranger.send(&GetMe {}).await.expect("another account");
    assert_eq!(devices(&lin).await.len(), 1);
    // The answer may be lost: the same request is answered the same, and the key tells.
    let again = house.signed_in(PHONE).await;
    assert_eq!(lin.send(&request).await, Ok(done.clone()));
    assert_eq!(lin.send(&GetOutcome { key: grant.id }).await, Ok(done));
    again.send(&GetMe {}).await.expect("nothing happened twice");
    let house = house.restarted().await;
    assert_eq!(house.adopt(&other).refused(&GetMe {}).await, elsewhere(), "SES-04");
}

#[tokio::test]
async fn ses_06_expired_sessions_are_not_listed_or_counted() {
    let house = House::open().await;
    let (lin, _idle) = (house.signed_in(PHONE).await, house.signed_in(PHONE).await);
    for _ in 0..2 {
        house.advance(4 * 86_400);
        lin.send(&GetMe {}).await.expect("in use");
    }
    assert_eq!(devices(&lin).await.len(), 1);
    let done = lin.send(&end_others(&granted(&lin).await)).await.expect("ended");
    assert_eq!(done.step, ChangeStep::SessionsEnded { count: 0 });
}

#[tokio::test]
async fn stp_02_a_grant_is_for_one_account_session_action_and_use() {
    let house = House::open().await;
    let (lin, other) = (house.signed_in(PHONE).await, house.signed_in(PHONE).await);
    let expired = Refusal::GrantExpired;

    // Nobody's id, an unproven change, a change of another action.
    let made_up = EndOtherSessions::default().granted("0123456789abcdef0123456789abcdef".into());
    assert_eq!(lin.refused(&made_up).await, expired);
    let unproven = begin(&lin, Action::EndOtherSessions).await;
    assert_eq!(lin.refused(&end_others(&unproven)).await, expired);
    for action in [Action::Phone, Action::Password] {
        let proven = lin.prove(&begin(&lin, action).await).await.expect("proven");
        assert_eq!(lin.refused(&end_others(&proven)).await, Refusal::GrantWrongPurpose);
    }

    // Another browser of the same account, another account in the same browser, another session.
    let grant = granted(&lin).await;
    assert_eq!(other.refused(&end_others(&grant)).await, expired);
    let mine = lin.jar.lock().expect("the jar").clone();
    lin.by_password("13800000002").await.expect("signed in");
    assert_eq!(lin.refused(&end_others(&grant)).await, expired);
    *lin.jar.lock().expect("the jar") = mine;
    lin.by_password(PHONE).await.expect("signed in again");
    assert_eq!(lin.refused(&end_others(&grant)).await, expired, "proven in the earlier session");

    // Five minutes, to the second.
    let grant = granted(&lin).await;
    house.advance(301);
    assert_eq!(lin.refused(&end_others(&grant)).await, expired);
    let grant = granted(&lin).await;
    house.advance(300);
    lin.send(&end_others(&grant)).await.expect("in time");
    let key_of_another = granted(&lin).await;
    assert_eq!(other.refused(&GetMe {}).await, elsewhere());
    // Once: under another key there is no replay, and nothing is left to use.
    house.execute("DELETE FROM outcome").await;
    assert_eq!(lin.refused(&end_others(&grant)).await, expired);
    let mut request = Browser::request(
        axum::http::Method::POST,
        "/api/v1/devices/end-others",
        serde_json::to_string(&end_others(&key_of_another)).expect("JSON"),
    );
    request.headers_mut().insert("idempotency-key", grant.id.parse().expect("a key"));
    assert_eq!(lin.raw(request).await.problem(), "BAD_REQUEST", "the key is the grant");
}

#[tokio::test]
async fn g1_end_other_sessions_can_be_proven_by_sms() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let change = begin(&lin, Action::EndOtherSessions).await;
    let change = lin.send(&step_up_code(&change)).await.expect("sent");
    let sms = house.inbox().await.remove(0);
    assert_eq!(sms.purpose, "verify_end_others");
    assert!(sms.text.contains("退出其他设备"), "{}", sms.text);
    let code = sms.code.expect("a code");
    let step = StepUpBySms { change: change.id, version: change.version, code };
    let grant = lin.send(&step).await.expect("proven");
    let done = lin.send(&end_others(&grant)).await.expect("ended");
    assert_eq!(done.step, ChangeStep::SessionsEnded { count: 0 });
}

#[tokio::test]
async fn g6_end_others_and_password_are_closed_on_shared_device() {
    let house = House::open().await;
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(PHONE).await.expect("signed in");
    assert_eq!(kiosk.refused(&EndOtherSessions::default()).await, Refusal::NotOnKiosk);
    for action in [Action::EndOtherSessions, Action::Password] {
        assert_eq!(kiosk.refused(&StartChange::of(action)).await, Refusal::NotOnKiosk);
        let me = kiosk.send(&GetMe {}).await.expect("signed in");
        assert_eq!(me.offer(action).expect("offered").closed, Some(Refusal::NotOnKiosk));
    }
}

#[tokio::test]
async fn f_12_request_naming_another_account_is_refused() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let shown = lin.send(&GetMe {}).await.expect("signed in").account;
    lin.by_password("13800000002").await.expect("in another tab");
    let ask = |path: &str, body: &str, account: &str| {
        let mut request = Browser::request(axum::http::Method::POST, path, body.to_owned());
        request.headers_mut().insert("x-account", account.parse().expect("a value"));
        request
    };
    let now = lin.send(&GetMe {}).await.expect("signed in").account;
    for (path, body) in [
        ("/api/v1/changes", r#"{"action":"phone"}"#),
        ("/api/v1/sign-out", "{}"),
        ("/api/v1/devices/end-others", r#"{"grant":null}"#),
    ] {
        let answer = lin.raw(ask(path, body, &shown)).await;
        assert_eq!(answer.problem(), "SESSION_ENDED", "{path}");
        assert_eq!(answer.json()["why"], "another_account", "{path}");
    }
    // What no account's id can be is no way around the header.
    let mut garbled = ask("/api/v1/changes", r#"{"action":"phone"}"#, &now);
    let bytes = axum::http::HeaderValue::from_bytes("林".as_bytes()).expect("bytes");
    garbled.headers_mut().insert("x-account", bytes);
    assert_eq!(lin.raw(garbled).await.json()["why"], "another_account");
    let answer = lin.raw(ask("/api/v1/changes", r#"{"action":"phone"}"#, &now)).await;
    assert_eq!(answer.status, 200);
}

/// The device of another browser of the account, as this one sees it.
pub(crate) async fn other_than(browser: &Browser, known: &[String]) -> Device {
    let found = devices(browser).await.into_iter().find(|device| !device.here && !known.contains(&device.id));
    found.expect("another device")
}

async fn begin_about(browser: &Browser, about: &str) -> Result<Change, Refusal> {
    browser.send(&StartChange { action: Action::EndDevice, about: Some(about.into()) }).await
}

pub(crate) async fn granted_for(browser: &Browser, device: &str) -> EndDevice {
    let grant = browser.prove(&begin_about(browser, device).await.expect("begun")).await.expect("proven");
    assert_eq!(grant.step, ChangeStep::Granted);
    EndDevice::of(device.into()).granted(grant.id)
}

#[tokio::test]
async fn ses_06_one_device_is_ended_and_the_others_go_on() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let phone = house.signed_in_on("ios", PHONE).await;
    let target = other_than(&lin, &[]).await;
    let third = house.signed_in(PHONE).await;
    let before = house.rows().await;
    let refused = lin.refused(&EndDevice::of(target.id.clone())).await;
    assert_eq!(refused, Refusal::StepUpNeeded { ways: vec![Way::Sms, Way::Password, Way::Wechat] });
    assert_eq!(house.rows().await, before, "nothing happens without a grant (G1)");
    let request = granted_for(&lin, &target.id).await;
    let done = lin.send(&request).await.expect("ended");
    assert_eq!(done.step, ChangeStep::DeviceEnded { kind: DeviceKind::Ios });
    assert_eq!(phone.refused(&GetMe {}).await, elsewhere());
    for browser in [&lin, &third] {
        browser.send(&GetMe {}).await.expect("goes on");
    }
    assert_eq!(devices(&lin).await.len(), 2);
    // The answer may be lost: the same request is answered the same, and the key tells.
    assert_eq!(lin.send(&request).await, Ok(done.clone()));
    assert_eq!(lin.send(&GetOutcome { key: done.id.clone() }).await, Ok(done));
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'device_ended'").await, 1);
    // It is a stranger's from then on, until somebody signs in there again.
    let known = "SELECT COUNT(*) FROM device WHERE kind = 'ios' AND NOT known";
    assert_eq!(house.count(known).await, 1);
    assert_eq!(phone.by_password(PHONE).await, Ok(SignIn::SignedIn));
    assert_eq!(house.count(known).await, 0);
    let house = house.restarted().await;
    house.adopt(&lin).send(&GetMe {}).await.expect("goes on (SES-04)");
}

#[tokio::test]
async fn ses_06_adm_1_only_another_device_of_ones_own_can_be_ended() {
    let house = House::open().await;
    let (lin, chen) = (house.signed_in(PHONE).await, house.signed_in("13800000002").await);
    let other = house.signed_in(PHONE).await;
    let here = devices(&lin).await.into_iter().find(|device| device.here).expect("this one").id;
    let mine = other_than(&lin, &[]).await.id;
    let theirs = devices(&chen).await[0].id.clone();
    // One on which nobody is signed in is not in the list.
    let idle = house.text("SELECT id FROM device WHERE kind = ? AND account = (SELECT id FROM account WHERE phone = '+8613800000001')", "windows").await;
    let granted = granted_for(&lin, &mine).await;
    let before = house.rows().await;
    for (id, why) in [
        (theirs.as_str(), Refusal::NotFound),
        (idle.as_str(), Refusal::NotFound),
        ("0123456789abcdef0123456789abcdef", Refusal::NotFound),
        ("", Refusal::NotFound),
        (here.as_str(), Refusal::Forbidden),
    ] {
        assert_eq!(begin_about(&lin, id).await, Err(why.clone()), "{id}");
        assert_eq!(lin.refused(&EndDevice::of(id.into())).await, why, "{id}");
        assert_eq!(lin.refused(&EndDevice { device: id.into(), ..granted.clone() }).await, why, "{id}");
    }
    assert_eq!(house.rows().await, before);
    assert_eq!(lin.refused(&StartChange::of(Action::EndDevice)).await, Refusal::BadRequest);
    lin.send(&granted).await.expect("its own");
    assert_eq!(other.refused(&GetMe {}).await, elsewhere());
    chen.send(&GetMe {}).await.expect("another account");
    assert_eq!(begin_about(&lin, &mine).await, Err(Refusal::NotFound), "nobody is signed in there any more");
}

#[tokio::test]
async fn stp_02_a_grant_for_one_device_ends_no_other() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    house.signed_in(PHONE).await;
    let first = other_than(&lin, &[]).await.id;
    house.signed_in(PHONE).await;
    let second = other_than(&lin, std::slice::from_ref(&first)).await.id;
    let for_first = granted_for(&lin, &first).await;
    let key = for_first.grant.clone().expect("a grant");
    let aimed_anew = EndDevice { device: second.clone(), ..for_first.clone() };
    assert_eq!(lin.refused(&aimed_anew).await, Refusal::GrantWrongPurpose);
    assert_eq!(lin.refused(&EndOtherSessions::default().granted(key)).await, Refusal::GrantWrongPurpose);
    let others = end_others(&granted(&lin).await).grant.expect("a grant");
    assert_eq!(lin.refused(&EndDevice::of(first.clone()).granted(others)).await, Refusal::GrantWrongPurpose);
    // Five minutes, to the second; in this session, once; a newer one takes its place.
    let late = granted_for(&lin, &first).await;
    house.advance(301);
    assert_eq!(lin.refused(&late).await, Refusal::GrantExpired);
    let for_first = granted_for(&lin, &first).await;
    let for_second = granted_for(&lin, &second).await;
    assert_eq!(lin.refused(&for_first).await, Refusal::GrantExpired);
    lin.send(&for_second).await.expect("ended");
    house.execute("DELETE FROM outcome").await;
    lin.refused(&for_second).await;
    assert_eq!(devices(&lin).await.len(), 2, "the first goes on");
}

#[tokio::test]
async fn ses_06_stp_09_ended_device_loses_its_codes_and_proofs() {
    let house = House::open().await;
    let (lin, other) = (house.signed_in(PHONE).await, house.signed_in(PHONE).await);
    let bystander = house.browser();
    let target = other_than(&lin, &[]).await.id;
    let half = other.prove(&begin(&other, Action::Password).await).await.expect("proven");
    other.send_code(PHONE).await;
    let code = house.code_to(PHONE).await;
    house.advance(SEND_GAP);
    bystander.send_code(PHONE).await;
    let theirs = house.code_to(PHONE).await;
    lin.send(&granted_for(&lin, &target).await).await.expect("ended");
    let try_code = |code: String| SignInBySms { phone: PHONE.into(), code };
    assert_eq!(other.refused(&try_code(code)).await, Refusal::CodeExpired);
    // Whoever asked elsewhere comes in: that was not ended.
    assert_eq!(bystander.send(&try_code(theirs)).await, Ok(SignIn::SignedIn));
    // Signed in again there, what was proven before is none.
    house.advance(3600);
    other.by_password(PHONE).await.expect("signed in");
    let again = other.send(&GetChange { change: half.id }).await;
    assert!(!matches!(again.map(|change| change.step), Ok(ChangeStep::NewPassword)));
}

#[tokio::test]
async fn g6_a_shared_device_ends_no_other_and_can_be_ended_from_afar() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let mine = devices(&lin).await[0].id.clone();
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(PHONE).await.expect("signed in");
    assert_eq!(kiosk.refused(&EndDevice::of(mine.clone())).await, Refusal::NotOnKiosk);
    assert_eq!(begin_about(&kiosk, &mine).await, Err(Refusal::NotOnKiosk));
    let there = other_than(&lin, &[]).await;
    assert_eq!(there.kind, DeviceKind::Kiosk);
    let done = lin.send(&granted_for(&lin, &there.id).await).await.expect("ended");
    assert_eq!(done.step, ChangeStep::DeviceEnded { kind: DeviceKind::Kiosk });
    assert_eq!(kiosk.refused(&GetMe {}).await, elsewhere());
}
