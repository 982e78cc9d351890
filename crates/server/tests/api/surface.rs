//! Surfaces and host codes (product §1).

use crate::support::{Browser, House, PASSWORD, rebind};
use axum::body::Body;
use axum::http::{Request, header};
use contract::account::Surface;
use contract::me::{Action, GetMe};
use contract::refusal::Refusal;
use contract::sign_in::{EnterSurface, SignInByPassword, SignOut};

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
async fn p2_account_4_in_a_session_opened_with_a_desktop_host_code_rebinds() {
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
async fn surface_what_a_browser_entered_counts_for_half_an_hour() {
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
async fn g6_a_shared_device_stays_one() {
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
async fn surface_the_user_agent_proves_nothing() {
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
