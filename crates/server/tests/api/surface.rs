//! Surfaces and host codes (docs/rules.md, Terms: surface).

use crate::support::{Answer, Browser, House, PASSWORD, rebind};
use crate::wechat::{old_scan, phone, sign_in_scan};
use axum::body::Body;
use axum::http::{Method, Request, header};
use contract::account::Surface;
use contract::endpoint::Endpoint;
use contract::me::{Action, GetMe, Me};
use contract::outcome::GetOutcome;
use contract::refusal::{Refusal, SessionEnd};
use contract::scan::{GetScan, Scan, ScanState};
use contract::sign_in::{Choice, ChooseAccount, EndVisit, EnterSurface, SignIn, SignInByPassword, SignOut};

async fn desktop_code(house: &House) -> String {
    let body = r#"{"host":"demo-desktop","device_kind":"mac"}"#;
    let answer = house.ask_host_code("demo-desktop-secret", body).await;
    assert_eq!(answer.json()["expires_in"], 60);
    answer.json()["host_code"].as_str().expect("a code").to_owned()
}

async fn enter(browser: &Browser, code: &str) -> Result<Surface, Refusal> {
    browser.send(&EnterSurface::HostCode(code.to_owned())).await.map(|entered| entered.surface)
}

#[tokio::test]
async fn p2_account_4_rebinds_in_a_desktop_host_session() {
    let house = House::open().await;
    let browser = house.browser();
    assert_eq!(enter(&browser, &desktop_code(&house).await).await, Ok(Surface::Desktop));
    browser.by_password("13800000004").await.expect("signed in");
    let me = browser.send(&GetMe {}).await.expect("signed in");
    assert_eq!(me.surface, Surface::Desktop);
    assert_eq!(me.offer(Action::Phone).expect("offered").closed, None);
    rebind(&house, &browser, "13911110004").await;
    let here = "SELECT COUNT(*) FROM device WHERE kind = 'mac' AND browser IN (SELECT browser FROM session)";
    assert_eq!(house.count(here).await, 1);
}

#[tokio::test]
async fn p2_a_member_rebinds_on_a_kiosk() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send(&EnterSurface::Kiosk).await.expect("entered");
    browser.by_password("13800000002").await.expect("signed in");
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Kiosk);
    rebind(&house, &browser, "13911110002").await;
}

#[tokio::test]
async fn surface_a_host_code_is_good_once_for_sixty_seconds() {
    let house = House::open().await;
    let browser = house.browser();
    let code = desktop_code(&house).await;
    enter(&browser, &code).await.expect("entered");
    assert_eq!(enter(&house.browser(), &code).await, Err(Refusal::SignInFailed));
    let code = desktop_code(&house).await;
    house.advance(60);
    assert_eq!(enter(&browser, &code).await, Err(Refusal::SignInFailed));
    assert_eq!(enter(&browser, "made up").await, Err(Refusal::SignInFailed));
}

#[tokio::test]
async fn surface_entered_by_host_code_expires_in_half_an_hour() {
    let house = House::open().await;
    let browser = house.browser();
    enter(&browser, &desktop_code(&house).await).await.expect("entered");
    house.advance(1799);
    browser.by_password("13800000004").await.expect("signed in");
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Desktop);
    house.advance(1);
    browser.by_password("13800000004").await.expect("signed in");
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Web);
}

#[tokio::test]
async fn surface_a_host_code_raises_the_session_open_here() {
    let house = House::open().await;
    let (browser, other) = (house.signed_in("13800000004").await, house.signed_in("13800000004").await);
    let me = browser.send(&GetMe {}).await.expect("signed in");
    let closed = |me: &Me| me.offer(Action::Phone).expect("offered").closed.clone();
    assert_eq!((me.surface, closed(&me)), (Surface::Web, Some(Refusal::EditionNotOnSurface)));
    enter(&browser, &desktop_code(&house).await).await.expect("entered");
    let me = browser.send(&GetMe {}).await.expect("still signed in");
    assert_eq!((me.surface, closed(&me)), (Surface::Desktop, None));
    let here = "SELECT COUNT(*) FROM device WHERE kind = 'mac' AND browser IN (SELECT browser FROM session)";
    assert_eq!(house.count(here).await, 1, "the device of that session alone");
    assert_eq!(other.send(&GetMe {}).await.expect("signed in").surface, Surface::Web, "another browser");
    // The right of the app is the session's: it lasts longer than the code's own half hour.
    house.advance(3600);
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Desktop);
    rebind(&house, &browser, "13911110004").await;
}

#[tokio::test]
async fn surface_of_a_host_is_left_by_entering_the_web() {
    let house = House::open().await;
    let browser = house.browser();
    enter(&browser, &desktop_code(&house).await).await.expect("entered");
    assert_eq!(browser.send(&EnterSurface::Web).await.expect("left").surface, Surface::Web);
    browser.by_password("13800000004").await.expect("signed in");
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Web);
}

#[tokio::test]
async fn g6_shared_device_stays_shared_after_a_sign_out() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send(&EnterSurface::Kiosk).await.expect("entered");
    house.advance(3600);
    for phone in ["13800000002", "13800000001"] {
        browser.by_password(phone).await.expect("signed in");
        assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Kiosk, "{phone}");
        browser.send(&SignOut {}).await.expect("signed out");
    }
    assert_eq!(
        house.count("SELECT COUNT(DISTINCT browser) FROM session").await,
        2,
        "nobody shares a browser"
    );
}

#[tokio::test]
async fn surface_is_not_taken_from_the_user_agent() {
    let house = House::open().await;
    let browser = house.browser();
    let request = SignInByPassword { phone: "13800000004".into(), password: PASSWORD.into() };
    let mut wire = Browser::request(
        axum::http::Method::POST,
        "/api/v1/sign-in/password",
        serde_json::to_string(&request).expect("JSON"),
    );
    wire.headers_mut().insert(header::USER_AGENT, "MenshenDesktop/1.0 (Macintosh)".parse().expect("text"));
    assert!(browser.raw(wire).await.status.is_success());
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Web);
}

#[tokio::test]
async fn surface_host_codes_need_the_hosts_own_secret_and_kinds() {
    let house = House::open().await;
    let good = r#"{"host":"demo-desktop","device_kind":"windows"}"#;
    for (secret, body, code) in [
        ("", good, "FORBIDDEN"),
        ("wrong", good, "FORBIDDEN"),
        ("demo-app-secret", good, "FORBIDDEN"),
        ("demo-desktop-secret", r#"{"host":"demo-desktop","device_kind":"ios"}"#, "FORBIDDEN"),
        ("demo-desktop-secret", r#"{"host":"demo-desktop","device_kind":"web"}"#, "FORBIDDEN"),
        ("demo-desktop-secret", r#"{"host":"nobody","device_kind":"mac"}"#, "FORBIDDEN"),
        ("demo-desktop-secret", r#"{"host":"demo-desktop"}"#, "BAD_REQUEST"),
        ("demo-desktop-secret", r#"{"host":"demo-desktop","device_kind":"mac","x":1}"#, "BAD_REQUEST"),
        // A stranger learns nothing of what a request looks like.
        ("nobodys-secret", "no request", "FORBIDDEN"),
    ] {
        assert_eq!(house.ask_host_code(secret, body).await.problem(), code, "{secret} {body}");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM host_code").await, 0);
    let foreign = Request::post("/service/v1/host-codes")
        .header(header::HOST, "evil.example")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, "Bearer demo-desktop-secret")
        .body(Body::from(good))
        .expect("a request");
    assert_eq!(house.browser().raw(foreign).await.problem(), "FORBIDDEN");
}

/// A browser at a shared device.
async fn kiosk(house: &House) -> Browser {
    let browser = house.browser();
    browser.send(&EnterSurface::Kiosk).await.expect("entered");
    browser
}

fn cookies(browser: &Browser) -> Vec<String> {
    browser.jar.lock().expect("the jar").keys().cloned().collect()
}

/// A proof that opened two accounts, and the first of them.
async fn choose(browser: &Browser) -> ChooseAccount {
    let Ok(SignIn::Choose(Choice { sign_in_id, accounts })) = browser.by_password("13800000009").await else {
        panic!("two accounts")
    };
    ChooseAccount { sign_in_id, account: accounts[0].id.clone() }
}

#[tokio::test]
async fn k1_g6_account_chooser_on_kiosk_expires_in_90_seconds() {
    let house = House::open().await;
    let (at_kiosk, at_home) = (kiosk(&house).await, house.browser());
    let (shared, own) = (choose(&at_kiosk).await, choose(&at_home).await);
    house.advance(89);
    assert_eq!(choose(&at_kiosk).await.account, shared.account, "there is still time");
    let shared = choose(&at_kiosk).await;
    house.advance(90);
    assert_eq!(at_kiosk.refused(&shared).await, Refusal::SignInFailed);
    assert_eq!(at_home.send(&own).await, Ok(SignIn::SignedIn), "nobody else stands there");
}

#[tokio::test]
async fn k3_v18_session_end_on_shared_device_drops_its_cookies() {
    let house = House::open().await;
    let ids = "SELECT COUNT(DISTINCT browser) FROM session";
    // By itself, after 90 seconds.
    let browser = kiosk(&house).await;
    browser.by_password("13800000001").await.expect("signed in");
    house.advance(90);
    let ended = Refusal::SessionEnded { why: SessionEnd::Expired };
    assert_eq!(browser.refused(&GetMe {}).await, ended);
    assert_eq!(cookies(&browser), ["__Host-shared"]);
    // By signing out.
    browser.by_password("13800000002").await.expect("signed in");
    assert_eq!(house.count(ids).await, 2);
    browser.send(&SignOut {}).await.expect("signed out");
    assert_eq!(cookies(&browser), ["__Host-shared"]);
    // By a new number.
    browser.by_password("13800000002").await.expect("signed in");
    assert_eq!(house.count(ids).await, 3);
    let change = rebind(&house, &browser, "13911110002").await;
    assert_eq!(cookies(&browser), ["__Host-shared"]);
    assert_eq!(
        browser.refused(&GetOutcome { key: change.id }).await,
        Refusal::NotFound,
        "the next one's Back"
    );
    // And it is a shared device still.
    browser.by_password("13911110002").await.expect("signed in");
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Kiosk);
}

#[tokio::test]
async fn k3_g6_next_sign_in_on_shared_device_gets_a_new_browser() {
    let house = House::open().await;
    let browser = kiosk(&house).await;
    browser.by_password("13800000001").await.expect("signed in");
    // The answer to the rebind is lost, so that the browser keeps its cookies.
    let at = house.browser();
    *at.jar.lock().expect("the jar") = browser.jar.lock().expect("the jar").clone();
    let change = rebind(&house, &browser, "13911110001").await;
    let chooser = choose(&at).await;
    assert!(at.answer(&GetOutcome { key: change.id.clone() }).await.status.is_success());
    let before = at.jar.lock().expect("the jar").clone();
    // The next one signs in at once, by a request of their own.
    at.by_password("13800000002").await.expect("signed in");
    let after = at.jar.lock().expect("the jar").clone();
    assert_ne!(before["__Host-browser"], after["__Host-browser"], "another browser id");
    let old = house.browser();
    *old.jar.lock().expect("the jar") = before;
    for browser in [&at, &old] {
        assert_eq!(browser.answer(&GetOutcome { key: change.id.clone() }).await.problem(), "NOT_FOUND");
        assert_eq!(browser.answer(&chooser).await.problem(), "SIGN_IN_FAILED");
    }
}

#[tokio::test]
async fn k5_host_code_on_shared_device_ends_the_session() {
    let house = House::open().await;
    let browser = kiosk(&house).await;
    browser.by_password("13800000001").await.expect("signed in");
    let before = browser.jar.lock().expect("the jar").clone();
    browser.send(&EnterSurface::HostCode(desktop_code(&house).await)).await.expect("entered");
    let after = browser.jar.lock().expect("the jar").clone();
    assert_ne!(before["__Host-browser"], after["__Host-browser"]);
    assert!(!after.contains_key("__Host-session") && !after.contains_key("__Host-shared"), "{after:?}");
    let old = house.browser();
    *old.jar.lock().expect("the jar") = before;
    let ended = Refusal::SessionEnded { why: SessionEnd::SignedOut };
    assert_eq!(old.refused(&GetMe {}).await, ended);
    browser.by_password("13800000002").await.expect("signed in");
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Desktop);
}

#[tokio::test]
async fn k3_idm_1_outcome_on_shared_device_lasts_90_seconds() {
    let house = House::open().await;
    let browser = kiosk(&house).await;
    browser.by_password("13800000001").await.expect("signed in");
    // The answer is lost: its cookies too.
    let lost = house.browser();
    *lost.jar.lock().expect("the jar") = browser.jar.lock().expect("the jar").clone();
    let change = rebind(&house, &browser, "13911110001").await;
    let key = GetOutcome { key: change.id };
    assert!(lost.answer(&key).await.status.is_success());
    house.advance(89);
    assert!(lost.answer(&key).await.status.is_success());
    house.advance(1);
    assert_eq!(lost.answer(&key).await.problem(), "NOT_FOUND");
}

#[tokio::test]
async fn g6_ending_a_visit_ends_all_that_this_browser_began() {
    let house = House::open().await;
    let browser = kiosk(&house).await;
    let (scan, chooser) = (sign_in_scan(&browser).await, choose(&browser).await);
    let as_guest = copied(&house, &browser);
    browser.send(&EndVisit {}).await.expect("ended");
    assert_eq!(cookies(&browser), ["__Host-shared"]);
    assert_eq!(as_guest.refused(&chooser).await, Refusal::SignInFailed);
    assert_eq!(scan_state(&as_guest, &scan).await, ScanState::Superseded);
    // Signed in, in the middle of a wizard.
    browser.by_password("13800000001").await.expect("signed in");
    let change = browser.start().await;
    old_scan(&browser, &change).await.expect("a QR");
    let as_member = copied(&house, &browser);
    browser.send(&EndVisit {}).await.expect("ended");
    assert_eq!(cookies(&browser), ["__Host-shared"]);
    let ended = Refusal::SessionEnded { why: SessionEnd::SignedOut };
    assert_eq!(as_member.refused(&GetMe {}).await, ended);
    let open = "SELECT COUNT(*) FROM scan WHERE state IN ('created', 'waiting', 'scanned', 'confirmed')";
    assert_eq!(house.count(open).await, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM change").await, 0);
    let told = "SELECT COUNT(*) FROM event WHERE what = 'signed_out'";
    assert_eq!(house.count(told).await, 1, "the owner finds it in the activity");
    // After a result, whose session is over.
    browser.by_password("13800000002").await.expect("signed in");
    let as_changed = copied(&house, &browser);
    let change = rebind(&house, &browser, "13911110002").await;
    as_changed.send(&EndVisit {}).await.expect("ended");
    assert_eq!(as_changed.answer(&GetOutcome { key: change.id }).await.problem(), "NOT_FOUND");
    // Twice, and with nothing to end.
    browser.send(&EndVisit {}).await.expect("nothing to end");
    kiosk(&house).await.send(&EndVisit {}).await.expect("nothing to end");
}

#[tokio::test]
async fn g6_only_the_visit_at_a_shared_device_can_be_ended() {
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    assert_eq!(browser.refused(&EndVisit {}).await, Refusal::Forbidden);
    browser.send(&GetMe {}).await.expect("still signed in");
}

#[tokio::test]
async fn g6_qr_01_a_qr_on_a_shared_device_lasts_75_seconds() {
    let house = House::open().await;
    let browser = kiosk(&house).await;
    let first = sign_in_scan(&browser).await;
    assert_eq!(first.expires_in, 75);
    house.advance(74);
    assert_eq!(phone(&house, "wx-lin").allows(&first).await, "confirmed", "in time");
    house.advance(75);
    assert_eq!(scan_state(&browser, &first).await, ScanState::Expired, "nobody redeemed it");
    let second = sign_in_scan(&browser).await;
    house.advance(75);
    assert_eq!(scan_state(&browser, &second).await, ScanState::Expired);
    assert_eq!(sign_in_scan(&house.browser()).await.expires_in, 120, "elsewhere");
}

/// A second browser with the cookies that the first has now.
fn copied(house: &House, of: &Browser) -> Browser {
    let copy = house.browser();
    *copy.jar.lock().expect("the jar") = of.jar.lock().expect("the jar").clone();
    copy
}

async fn scan_state(browser: &Browser, scan: &Scan) -> ScanState {
    browser.send(&GetScan { scan: scan.id.clone() }).await.expect("its own scan").state
}

/// Sends a request of the contract to another host.
async fn at_host<E: Endpoint>(browser: &Browser, host: &str, request: &E) -> Answer {
    let body = serde_json::to_string(request).expect("JSON");
    let method = if body == "{}" { Method::GET } else { Method::POST };
    let body = if method == Method::GET { String::new() } else { body };
    let mut wire = Browser::request(method, &request.path(), body);
    wire.headers_mut().insert(header::HOST, host.parse().expect("a host"));
    browser.raw(wire).await
}

#[tokio::test]
async fn k4_kiosk_host_is_always_a_shared_device() {
    let house = House::open_with(|config| config.kiosk_hosts = vec!["lobby.example".to_owned()]).await;
    for host in ["lobby.example", "LOBBY.example.:443"] {
        let browser = house.browser();
        let proof = SignInByPassword { phone: "13800000001".into(), password: PASSWORD.into() };
        let answer = at_host(&browser, host, &proof).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            assert!(!cookie.contains("Max-Age"), "as long as the browser runs: {cookie}");
        }
        assert_eq!(at_host(&browser, host, &GetMe {}).await.json()["surface"], "kiosk", "{host}");
        for way_out in [EnterSurface::Web, EnterSurface::HostCode(desktop_code(&house).await)] {
            assert_eq!(at_host(&browser, host, &way_out).await.problem(), "NOT_ON_KIOSK", "{host}");
        }
    }
    // At the other hosts of the same server it is not.
    let browser = house.signed_in("13800000002").await;
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Web);
}

#[tokio::test]
async fn k5_entering_or_leaving_kiosk_mode_ends_the_session() {
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    let before = browser.jar.lock().expect("the jar").clone();
    browser.send(&EnterSurface::Kiosk).await.expect("entered");
    assert_eq!(cookies(&browser), ["__Host-shared"]);
    let stolen = house.browser();
    *stolen.jar.lock().expect("the jar") = before;
    let ended = Refusal::SessionEnded { why: SessionEnd::SignedOut };
    assert_eq!(stolen.refused(&GetMe {}).await, ended);
    let told = "SELECT COUNT(*) FROM event WHERE what = 'signed_out'";
    assert_eq!(house.count(told).await, 1);
    // And back (V8): neither is what somebody began at the shared device there any more.
    browser.by_password("13800000002").await.expect("signed in");
    assert_eq!(browser.send(&EnterSurface::Web).await.expect("left").surface, Surface::Web);
    assert_eq!(cookies(&browser), Vec::<String>::new());
    browser.by_password("13800000002").await.expect("signed in");
    assert_eq!(browser.send(&GetMe {}).await.expect("signed in").surface, Surface::Web);
    assert_eq!(house.count(told).await, 2);
    // Who is at none keeps what they have.
    browser.send(&EnterSurface::Web).await.expect("nothing to leave");
    browser.send(&GetMe {}).await.expect("still signed in");
}

#[tokio::test]
async fn k5_entering_kiosk_mode_again_keeps_the_session() {
    let house = House::open_with(|config| config.kiosk_hosts = vec!["lobby.example".to_owned()]).await;
    let browser = kiosk(&house).await;
    browser.by_password("13800000001").await.expect("signed in");
    // The address with `surface=kiosk` is loaded anew.
    browser.send(&EnterSurface::Kiosk).await.expect("entered");
    browser.send(&GetMe {}).await.expect("still signed in");
    let change = browser.start().await;
    browser.send(&EnterSurface::Kiosk).await.expect("entered");
    assert_eq!(browser.start().await.id, change.id);
    // Whose cookies say that it was their own device before are nobody's at a kiosk host.
    let own = house.signed_in("13800000002").await;
    let refused = at_host(&own, "lobby.example", &GetMe {}).await;
    assert_eq!((refused.problem().as_str(), &refused.json()["why"]), ("SESSION_ENDED", &"signed_out".into()));
    assert_eq!(cookies(&own), Vec::<String>::new());
}

#[tokio::test]
async fn v4_entering_a_surface_stores_nothing() {
    let house = House::open().await;
    let before = house.rows().await;
    for _ in 0..20 {
        house.browser().send(&EnterSurface::Kiosk).await.expect("entered");
        house.browser().send(&EnterSurface::Web).await.expect("entered");
        let code = EnterSurface::HostCode("made up".to_owned());
        assert_eq!(house.browser().refused(&code).await, Refusal::SignInFailed);
    }
    assert_eq!(house.rows().await, before);
}
