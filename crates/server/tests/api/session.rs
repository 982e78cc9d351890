//! SES-*: cookies and session lifetime.

use crate::shell::app_folder;
use crate::support::{Browser, House, PASSWORD};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use contract::me::GetMe;
use contract::refusal::{Refusal, SessionEnd};
use contract::scan::StartSignInScan;
use contract::sign_in::{EnterSurface, SendSignInCode, SignIn, SignInByPassword, SignInBySms, SignOut};

const DAY: i64 = 86_400;

fn sign_in() -> SignInByPassword {
    SignInByPassword { phone: "13800000001".into(), password: PASSWORD.into() }
}

#[tokio::test]
async fn ses_01_cookies_are_host_only_secure_and_invisible_to_scripts() {
    let house = House::open().await;
    let browser = house.browser();
    let answer = browser.answer(&sign_in()).await;
    let cookies: Vec<_> =
        answer.headers.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().expect("text")).collect();
    assert_eq!(cookies.len(), 2);
    for (cookie, name, life) in [
        (cookies[0], "__Host-browser=", "Max-Age=31536000"),
        (cookies[1], "__Host-session=", "Max-Age=2592000"),
    ] {
        assert!(cookie.starts_with(name), "{cookie}");
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", life] {
            assert!(cookie.contains(attribute), "{attribute} in {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        let value = cookie[name.len()..].split(';').next().expect("a value");
        assert_eq!(value.len(), 64, "256 bits in hexadecimal");
        for rows in house.rows().await.into_values() {
            assert!(!rows.iter().any(|row| row.contains(value)), "stored as a hash only");
        }
    }
}

#[tokio::test]
async fn ses_01_on_a_kiosk_cookies_last_as_long_as_the_browser() {
    let house = House::open().await;
    let browser = house.browser();
    let mut cookies = Vec::new();
    let mut note = |answer: &crate::support::Answer| {
        let set = answer.headers.get_all(header::SET_COOKIE).iter();
        cookies.extend(set.map(|cookie| cookie.to_str().expect("text").to_owned()));
    };
    note(&browser.answer(&EnterSurface::Kiosk).await);
    note(&browser.answer(&sign_in()).await);
    cookies.retain(|cookie| !cookie.contains("Max-Age=0"));
    // One for the device, one for its mark, and two for the person who signed in.
    assert_eq!(cookies.len(), 4, "{cookies:?}");
    assert!(cookies.iter().all(|cookie| !cookie.contains("Max-Age")), "{cookies:?}");
    browser.send(&SignOut {}).await.expect("signed out");
    let after = browser.jar.lock().expect("the jar").clone();
    assert_eq!(after.keys().collect::<Vec<_>>(), ["__Host-shared"], "session and browser are gone");
}

#[tokio::test]
async fn ses_05_session_ends_after_an_idle_week_or_thirty_days() {
    let expired = Refusal::SessionEnded { why: SessionEnd::Expired };
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    house.advance(7 * DAY - 1);
    browser.send(&GetMe {}).await.expect("still signed in");
    for _ in 0..3 {
        house.advance(7 * DAY - 1);
        browser.send(&GetMe {}).await.expect("in use");
    }
    house.advance(2 * DAY + 3);
    browser.send(&GetMe {}).await.expect("the last second");
    house.advance(1);
    assert_eq!(browser.refused(&GetMe {}).await, expired, "thirty days, used or not");

    let browser = house.signed_in("13800000001").await;
    house.advance(7 * DAY);
    assert_eq!(browser.refused(&GetMe {}).await, expired, "a week unused");
}

#[tokio::test]
async fn g7_expired_session_is_distinguished_from_a_sign_out() {
    let expired = Refusal::SessionEnded { why: SessionEnd::Expired };
    let not_signed_in = Refusal::SessionEnded { why: SessionEnd::NotSignedIn };
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    let drop_cookie = || browser.jar.lock().expect("the jar").remove("__Host-session").expect("a cookie");
    // The browser drops the cookie when the session may live no longer, or for reasons of its own.
    for days in [0, 30] {
        house.advance(days * DAY);
        browser.by_password("13800000001").await.expect("signed in");
        house.advance(days * DAY);
        let token = drop_cookie();
        assert_eq!(browser.refused(&GetMe {}).await, expired, "after {days} days");
        browser.jar.lock().expect("the jar").insert("__Host-session".into(), token);
    }
    browser.by_password("13800000001").await.expect("signed in");
    browser.send(&SignOut {}).await.expect("signed out");
    assert_eq!(browser.refused(&GetMe {}).await, not_signed_in, "a sign-out here, in this tab or another");
    assert_eq!(house.browser().refused(&GetMe {}).await, not_signed_in, "nobody was ever here");
    // What ended the session elsewhere is told with its cookie; without, it is old news.
    browser.by_password("13800000001").await.expect("signed in");
    house.execute("UPDATE session SET ended_at = 1, ended_why = 'ended_elsewhere'").await;
    drop_cookie();
    assert_eq!(browser.refused(&GetMe {}).await, not_signed_in);
}

#[tokio::test]
async fn ses_05_active_kiosk_session_ends_after_half_an_hour() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send(&EnterSurface::Kiosk).await.expect("entered");
    browser.send(&sign_in()).await.expect("signed in");
    for _ in 0..29 {
        house.advance(60);
        browser.send(&GetMe {}).await.expect("in use");
    }
    house.advance(60);
    assert_eq!(browser.refused(&GetMe {}).await, Refusal::SessionEnded { why: SessionEnd::Expired });
}

#[tokio::test]
async fn g6_a_kiosk_session_ends_when_idle() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send(&EnterSurface::Kiosk).await.expect("entered");
    browser.send(&sign_in()).await.expect("signed in");
    for _ in 0..4 {
        house.advance(80);
        browser.send(&GetMe {}).await.expect("in use");
    }
    house.advance(90);
    assert_eq!(browser.refused(&GetMe {}).await, Refusal::SessionEnded { why: SessionEnd::Expired });
}

#[tokio::test]
async fn ses_04_revocation_survives_restart_and_clock_step_back() {
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    let token = browser.jar.lock().expect("the jar")["__Host-session"].clone();
    browser.send(&SignOut {}).await.expect("signed out");
    browser.jar.lock().expect("the jar").insert("__Host-session".into(), token);
    house.advance(-3600);
    let ended = Refusal::SessionEnded { why: SessionEnd::SignedOut };
    assert_eq!(browser.refused(&GetMe {}).await, ended);
    let house = house.restarted().await;
    assert_eq!(house.adopt(&browser).refused(&GetMe {}).await, ended);
}

#[tokio::test]
async fn ses_01_session_cookie_needs_its_browser_cookie() {
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    let thief = house.browser();
    let not_signed_in = Refusal::SessionEnded { why: SessionEnd::NotSignedIn };
    let jar = browser.jar.lock().expect("the jar").clone();
    thief.jar.lock().expect("the jar").insert("__Host-session".into(), jar["__Host-session"].clone());
    assert_eq!(thief.refused(&GetMe {}).await, not_signed_in);
    let other = house.signed_in("13800000002").await;
    other.jar.lock().expect("the jar").insert("__Host-session".into(), jar["__Host-session"].clone());
    assert_eq!(other.refused(&GetMe {}).await, not_signed_in);
}

#[tokio::test]
async fn ses_08_refused_requests_create_no_browser() {
    let house = House::open().await;
    let before = house.rows().await;
    let browser = house.browser();
    browser.refused(&GetMe {}).await;
    browser.refused(&SendSignInCode { phone: "1".into() }).await;
    browser.refused(&EnterSurface::HostCode("x".into())).await;
    assert_eq!(browser.jar.lock().expect("the jar").keys().collect::<Vec<_>>(), ["__Host-browser"]);
    assert_eq!(house.rows().await, before, "the cookie has no row yet");
}

#[tokio::test]
async fn ses_01_a_code_whose_answer_is_lost_has_its_browser() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.browser();
    browser.get("/sign-in").await;
    let before = browser.jar.lock().expect("the jar").clone();
    assert_eq!(before.len(), 1, "{before:?}");
    browser.send_code("13800000001").await;
    *browser.jar.lock().expect("the jar") = before;
    let code = house.code_to("13800000001").await;
    let typed = SignInBySms { phone: "13800000001".into(), code };
    assert_eq!(browser.send(&typed).await, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn ses_01_first_requests_at_once_are_of_one_browser() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.browser();
    browser.get("/sign-in").await;
    let browsers = house.count("SELECT COUNT(*) FROM browser").await;
    let (sms, scan) = (SendSignInCode { phone: "13800000001".into() }, StartSignInScan {});
    let (sent, begun) = tokio::join!(browser.send(&sms), browser.send(&scan));
    assert!(sent.is_ok() && begun.is_ok(), "{sent:?} {begun:?}");
    assert_eq!(house.count("SELECT COUNT(*) FROM browser").await, browsers + 1);
}

#[tokio::test]
async fn ses_01_the_page_sets_a_cookie_of_its_own_for_each() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let first = house.browser().get("/sign-in").await;
    let tag = first.headers[header::ETAG].clone();
    // Whoever has the page but no cookie gets both anew: no cache between may keep one for all.
    let stranger = house.browser();
    let mut again = Browser::request(Method::GET, "/sign-in", Body::empty());
    again.headers_mut().insert(header::IF_NONE_MATCH, tag);
    let again = stranger.raw(again).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.headers[header::CACHE_CONTROL], "private, no-cache");
    assert_ne!(again.headers[header::SET_COOKIE], first.headers[header::SET_COOKIE]);
    // What becomes a shared device by its address keeps nothing for a year.
    let kiosk = house.browser().get("/sign-in?surface=kiosk").await;
    let cookie = kiosk.headers[header::SET_COOKIE].to_str().expect("text");
    assert!(cookie.starts_with("__Host-browser=") && !cookie.contains("Max-Age"), "{cookie}");
}

#[tokio::test]
async fn ses_01_a_made_up_browser_cookie_is_replaced() {
    let house = House::open().await;
    let browser = house.browser();
    let made_up = "ab".repeat(32);
    browser.jar.lock().expect("the jar").insert("__Host-browser".into(), made_up.clone());
    browser.send_code("13800000001").await;
    let own = browser.jar.lock().expect("the jar")["__Host-browser"].clone();
    assert_ne!(own, made_up);
    // The one that was set is the one that the code belongs to.
    let code = house.code_to("13800000001").await;
    let typed = SignInBySms { phone: "13800000001".into(), code };
    assert_eq!(browser.send(&typed).await, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn ses_06_browser_is_one_device_until_it_becomes_a_kiosk() {
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    browser.send(&SignOut {}).await.expect("signed out");
    browser.send(&sign_in()).await.expect("signed in");
    let here = "SELECT COUNT(*) FROM device WHERE browser IN (SELECT browser FROM session)";
    assert_eq!(house.count(here).await, 1);
    // What becomes a shared device is nobody's browser any more.
    browser.send(&EnterSurface::Kiosk).await.expect("entered");
    browser.send(&sign_in()).await.expect("signed in");
    assert_eq!(house.count(here).await, 2);
    assert_eq!(house.count("SELECT COUNT(*) FROM device WHERE kind = 'kiosk'").await, 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM session WHERE ended_at IS NULL").await, 1);
}
