//! The stand-ins of the demo (docs/rules.md, section 6).

use crate::support::{Browser, House, rebind};
use axum::body::Body;
use axum::http::{Method, Request, header};
use contract::account::{Edition, Surface};
use contract::me::GetMe;
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::EnterSurface;
use serde_json::json;
use server::App;
use server::clock::Clock;
use server::config::{Config, SmsRelay};
use std::net::SocketAddr;

/// As a person does it: `curl -d`, no header of ours.
async fn curl(house: &House, path: &str, body: &str) -> crate::support::Answer {
    let request = Request::post(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .expect("a request");
    house.browser().raw(request).await
}

#[tokio::test]
async fn dev_the_inbox_shows_every_sms_newest_first() {
    let house = House::open().await;
    assert!(house.browser().get("/dev/inbox").await.text().contains("No SMS yet."));
    let browser = house.browser();
    browser.send_code("13800000001").await;
    house.advance(5);
    browser.send_code("+85261234567").await;
    let inbox = house.inbox().await;
    assert_eq!(
        inbox.iter().map(|sms| sms.to.as_str()).collect::<Vec<_>>(),
        ["+85261234567", "+8613800000001"]
    );
    assert_eq!(inbox[0].purpose, "sign_in");
    assert_eq!(inbox[0].sent_at, house.app.now().timestamp().0);
    let code = inbox[0].code.clone().expect("a code");
    assert!(inbox[0].text.ends_with(&format!("\n@127.0.0.1 #{code}")));
    let page = house.browser().get("/dev/inbox").await;
    assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(
        page.text().contains(&code) && !page.text().contains("<script") && !page.text().contains("style=")
    );
    assert_eq!(
        house.browser().get("/dev/inbox.css").await.headers[header::CONTENT_TYPE],
        "text/css; charset=utf-8"
    );
}

#[tokio::test]
async fn dev_the_clock_moves_and_stays_moved_over_a_restart() {
    let house = House::open().await;
    let before = house.app.now();
    let answer = curl(&house, "/dev/clock", r#"{"advance_s":86400}"#).await;
    let moved = before.after(std::time::Duration::from_secs(86_400));
    assert_eq!(answer.json(), json!({ "now": moved.timestamp().0 }));
    let house = house.restarted().await;
    assert_eq!(house.app.now(), moved);
    for body in ["", "{}", r#"{"advance_s":"1"}"#, r#"{"advance_s":1,"x":1}"#, r#"{"advance_s":1.5}"#] {
        assert_eq!(curl(&house, "/dev/clock", body).await.problem(), "BAD_REQUEST", "{body}");
    }
    assert_eq!(curl(&house, "/dev/clock", r#"{"advance_s":9223372036854775807}"#).await.status, 200);
}

#[tokio::test]
async fn dev_a_reset_brings_the_demo_back_and_ends_all_sessions() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let member = house.signed_in("13800000002").await;
    rebind(&house, &lin, "13911110001").await;
    house.app.deliver_messages().await.expect("delivered");
    curl(&house, "/dev/clock", r#"{"advance_s":100000}"#).await;
    assert_eq!(curl(&house, "/dev/reset", "").await.status, 204);
    assert_eq!(member.refused(&GetMe {}).await, Refusal::SessionEnded { why: SessionEnd::NotSignedIn });
    assert!(house.inbox().await.is_empty());
    let lin = house.signed_in("13800000001").await;
    assert_eq!(lin.send(&GetMe {}).await.expect("signed in").edition, Edition::Free);
    assert_eq!(house.count("SELECT COUNT(*) FROM account").await, 36);
    assert_eq!(house.count("SELECT COUNT(*) FROM resting").await, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM setting WHERE key = 'clock'").await, 0);
}

#[tokio::test]
async fn dev_reset_is_refused_for_other_sites_hosts_and_peers() {
    let house = House::open().await;
    let attempt = |change: fn(&mut Request<Body>)| {
        let mut request = Browser::request(Method::POST, "/dev/reset", Body::empty());
        request.headers_mut().remove("sec-fetch-site");
        change(&mut request);
        let browser = house.browser();
        async move { browser.raw(request).await }
    };
    let foreign = attempt(|request| {
        request.headers_mut().insert(header::ORIGIN, "https://evil.example".parse().expect("an origin"));
    });
    assert_eq!(foreign.await.problem(), "FORBIDDEN");
    let rebound = attempt(|request| {
        request.headers_mut().insert(header::HOST, "evil.example".parse().expect("a host"));
    });
    assert_eq!(rebound.await.problem(), "FORBIDDEN");
    let from_outside = attempt(|request| {
        let peer: SocketAddr = "192.168.1.7:5000".parse().expect("an address");
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    });
    assert_eq!(from_outside.await.problem(), "NOT_FOUND");
    assert_eq!(attempt(|_| {}).await.status, 204);
}

#[tokio::test]
async fn dev_local_network_sees_only_the_wechat_stand_in() {
    let house = House::open_with(|config| config.lan = true).await;
    let from_the_network = async |path: &str, host: &str| {
        let mut request = Browser::request(Method::GET, path, Body::empty());
        let peer: SocketAddr = "192.168.1.7:5000".parse().expect("an address");
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        request.headers_mut().insert(header::HOST, host.parse().expect("a host"));
        house.browser().raw(request).await
    };
    for host in ["127.0.0.1:8080", "192.168.1.2:8080"] {
        for path in [
            "/",
            "/api/v1/me",
            "/healthz",
            "/dev/inbox.json",
            "/dev/clock",
            "/dev/wechats",
            "/dev/wechat/latest",
            "/api/v1/scans/x",
        ] {
            assert_eq!(from_the_network(path, host).await.problem(), "NOT_FOUND", "{path}");
        }
        for path in ["/dev/wechat", "/dev/wechat?scene=x", "/dev/wechat/page.js", "/dev/wechat/page.css"] {
            assert_eq!(from_the_network(path, host).await.status, 200, "{path}");
        }
    }
    // A name that leads to our address is somebody else's page.
    assert_eq!(from_the_network("/dev/wechat", "evil.example:8080").await.problem(), "FORBIDDEN");
    assert_eq!(house.browser().get("/dev/inbox.json").await.status, 200);
}

#[tokio::test]
async fn dev_network_sees_no_wechat_stand_in_without_lan() {
    let house = House::open().await;
    for path in ["/dev/wechat", "/dev/wechat/page.js"] {
        let mut request = Browser::request(Method::GET, path, Body::empty());
        let peer: SocketAddr = "192.168.1.7:5000".parse().expect("an address");
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        assert_eq!(house.browser().raw(request).await.problem(), "NOT_FOUND", "{path}");
    }
}

#[tokio::test]
async fn dev_stand_ins_and_demo_accounts_exist_only_in_the_demo() {
    let folder = crate::support::Folder::new();
    let mut config = Config::demo(folder.path());
    config.demo = false;
    config.sms = Some(SmsRelay { url: "http://127.0.0.1:9/".into(), token: "t".into() });
    let app = App::open(config.clone(), Clock::wall()).await.expect("opens");
    let router = app.router(crate::support::PORT);
    let browser = Browser::of(router);
    for path in [
        "/dev/inbox",
        "/dev/inbox.json",
        "/dev/clock",
        "/dev/reset",
        "/dev/wechat",
        "/dev/host",
        "/dev/host/open?kind=ios",
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = browser.raw(Browser::request(method, path, "{}")).await;
            assert_eq!(answer.problem(), "NOT_FOUND", "{path}");
        }
    }
    assert_eq!(browser.by_password("13800000001").await, Err(Refusal::PasswordWrong { left: 4 }));
    app.close().await;
    let demo = Config { demo: true, ..config };
    let refused = App::open(demo, Clock::wall()).await.err().expect("a demo does not take it");
    assert!(refused.contains("real data"), "{refused}");
}

#[tokio::test]
async fn api_04_events_are_append_only_outside_the_demo() {
    let house = House::open().await;
    house.signed_in("13800000001").await;
    let mut database = house.database().await;
    let rewritten = sqlx::query("UPDATE event SET what = 'nothing'").execute(&mut database).await;
    assert!(rewritten.is_err());
    sqlx::query("UPDATE setting SET value = 'production' WHERE key = 'kind'")
        .execute(&mut database)
        .await
        .expect("set");
    assert!(sqlx::query("DELETE FROM event").execute(&mut database).await.is_err());
}

#[tokio::test]
async fn dev_host_opens_the_app_with_a_code_of_its_host() {
    let house = House::open().await;
    let browser = house.browser();
    for (kind, to, path) in [
        ("ios", "/phone?x=1", "/phone?x=1&host_code="),
        ("windows", "", "/?host_code="),
        ("mac", "//evil.example/", "/?host_code="),
        ("mac", "https://evil.example/", "/?host_code="),
    ] {
        let answer = browser.get(&format!("/dev/host/open?kind={kind}&can=open_wechat;x&to={to}")).await;
        assert_eq!(answer.status, 303, "{kind}");
        let place = answer.headers["location"].to_str().expect("text");
        let code = place.strip_prefix(path).unwrap_or_else(|| panic!("{place} of {kind}"));
        assert_eq!(answer.headers["set-cookie"], "dev-host=app.open_wechatx; Path=/; SameSite=Lax");
        let entered = browser.send(&EnterSurface::HostCode(code.to_owned())).await.expect("a good code");
        assert_eq!(entered.surface, if kind == "ios" { Surface::App } else { Surface::Desktop });
    }
    for kind in ["web", "kiosk", "", "toaster"] {
        let answer = browser.get(&format!("/dev/host/open?kind={kind}")).await;
        assert_eq!(answer.problem(), "BAD_REQUEST", "{kind}");
    }
    let left = browser.get("/dev/host/leave").await;
    assert_eq!(left.headers["set-cookie"], "dev-host=; Path=/; Max-Age=0");
}
