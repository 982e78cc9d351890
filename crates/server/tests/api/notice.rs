//! P8, PHN-07: messages to account owners are delivered once each, also when the gateway fails meanwhile.

use crate::support::SEND_GAP;
use crate::support::{Browser, Folder, House, PORT, Sms, log, rebind, step_up_code};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use contract::cancel::CancelAccount;
use contract::limits::SEND_GAP_SECONDS;
use contract::refusal::Refusal;
use contract::sign_in::{SendSignInCode, SignIn, SignInBySms};
use contract::step_up::{SendStepUpCode, StepUpBySms};
use contract::text::is_unseen;
use serde_json::Value;
use server::App;
use server::clock::{Clock, Moment};
use server::config::{Config, SmsRelay};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// The names that are there from the start, and that of who signs up, hold nothing that is not seen.
#[tokio::test]
async fn b35_stored_names_have_no_invisible_characters() {
    let house = House::open().await;
    house.signed_in_by_sms("13911110001").await;
    let mut database = house.database().await;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT nickname FROM account UNION ALL SELECT nickname FROM wechat UNION ALL SELECT name FROM tenant
         UNION ALL SELECT title FROM presence UNION ALL SELECT title FROM scheduled",
    )
    .fetch_all(&mut database)
    .await
    .expect("names");
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        assert!(!name.contains(is_unseen) && name.trim() == name, "{name:?}");
    }
}

#[tokio::test]
async fn p8_rebind_notice_goes_once_to_old_number_and_wechat() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    rebind(&house, &lin, "13911110001").await;
    assert_eq!(house.app.deliver_messages().await, Ok(2));
    assert_eq!(house.app.deliver_messages().await, Ok(0), "once");
    let inbox = house.inbox().await;
    let mut notices: Vec<_> = inbox.iter().filter(|sms| sms.code.is_none()).collect();
    notices.sort_by_key(|sms| &sms.to);
    let to: Vec<&str> = notices.iter().map(|sms| sms.to.as_str()).collect();
    assert_eq!(to, ["+8613800000001", "wx-lin"]);
    for notice in notices {
        assert_eq!(notice.purpose, "phone_changed");
        assert!(notice.text.contains("139****0001") && notice.text.contains("如非本人操作"));
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM outbox WHERE recipient <> '' OR text <> ''").await, 0);
}

/// A relay that can be switched off: what it was asked, and what it answers.
#[derive(Clone)]
struct Relay {
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    answer: Arc<Mutex<StatusCode>>,
    /// Nothing is answered while somebody holds it.
    gate: Arc<tokio::sync::Mutex<()>>,
}

impl Relay {
    async fn listen() -> (Self, String) {
        let answer = Arc::new(Mutex::new(StatusCode::OK));
        let relay = Self { asked: Arc::default(), answer, gate: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/sms", listener.local_addr().expect("an address"));
        let take = async |State(relay): State<Self>, headers: HeaderMap, body: String| {
            relay.asked.lock().expect("asked").push((headers, serde_json::from_str(&body).expect("JSON")));
            let _open = relay.gate.lock().await;
            *relay.answer.lock().expect("an answer")
        };
        let router = Router::new().route("/sms", post(take)).with_state(relay.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (relay, url)
    }

    /// The letters so far, once there are as many as expected.
    async fn letters(&self, expected: usize) -> Vec<(HeaderMap, Value)> {
        for _ in 0..2_000 {
            let asked = self.asked.lock().expect("asked").clone();
            if asked.len() >= expected {
                return asked;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("{expected} letters did not come");
    }
}

/// The configuration of an operator with a relay.
fn relayed(folder: &Folder, url: &str) -> Config {
    let mut config = Config::demo(folder.path());
    config.demo = false;
    config.sms = Some(SmsRelay { url: url.to_owned(), token: "a-token".into() });
    config
}

/// A real server in process whose SMS go through a relay on a real port.
async fn with_relay(folder: &Folder, url: &str) -> (App, Clock, Browser) {
    let config = relayed(folder, url);
    let clock = Clock::standing(Moment::from_millis(1_795_314_400_000));
    let app = App::open(config, clock.clone()).await.expect("opens");
    let browser = Browser::of(app.router(PORT));
    (app, clock, browser)
}

async fn sign_in(relay: &Relay, browser: &Browser, phone: &str, letters: usize) {
    browser.send_code(phone).await;
    let letter = relay.letters(letters).await.pop().expect("a letter").1;
    let code = letter["code"].as_str().expect("a code").to_owned();
    let signed_in = browser.send(&SignInBySms { phone: phone.into(), code }).await;
    assert_eq!(signed_in, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn ex_01_failed_send_is_refused_with_the_current_change() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (_app, clock, browser) = with_relay(&folder, &url).await;
    sign_in(&relay, &browser, "13911110001", 1).await;
    clock.advance(SEND_GAP + 1);
    *relay.answer.lock().expect("an answer") = StatusCode::BAD_REQUEST;
    let change = browser.start().await;
    let answer = browser.answer(&step_up_code(&change)).await;
    assert_eq!((answer.problem().as_str(), answer.status.as_u16()), ("TOO_BUSY", 503));
    let fresh = &answer.json()["change"];
    assert_eq!(fresh["id"], change.id);
    assert_eq!(fresh["step"]["identify"]["sent"], Value::Null);
    // The next try is none of an older version.
    *relay.answer.lock().expect("an answer") = StatusCode::OK;
    clock.advance(SEND_GAP + 1);
    let version = u32::try_from(fresh["version"].as_u64().expect("a version")).expect("small");
    browser.send(&SendStepUpCode { change: change.id, version }).await.expect("sent");
}

#[tokio::test]
async fn sms_relay_request_has_token_key_and_message_fields() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (_app, _clock, browser) = with_relay(&folder, &url).await;
    sign_in(&relay, &browser, "13911110001", 1).await;
    let (headers, letter) = relay.letters(1).await.remove(0);
    assert_eq!(headers["authorization"], "Bearer a-token");
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers.contains_key("idempotency-key"));
    assert_eq!(letter["to"], "+8613911110001");
    assert_eq!(letter["purpose"], "sign_in");
    let code = letter["code"].as_str().expect("a code");
    assert!(letter["text"].as_str().expect("a text").contains(code));
}

#[tokio::test]
async fn ex_01_unreachable_gateway_is_paused_after_three_failures() {
    let folder = Folder::new();
    // Nothing listens on port 9.
    let (_app, clock, browser) = with_relay(&folder, "http://127.0.0.1:9/sms").await;
    let send = |phone: &str| SendSignInCode { phone: phone.into() };
    for phone in ["13911110001", "13911110002", "13911110003"] {
        assert_eq!(browser.refused(&send(phone)).await, Refusal::TooBusy { after: SEND_GAP_SECONDS });
    }
    let typed = SignInBySms { phone: "13911110001".into(), code: "123456".into() };
    assert_eq!(browser.refused(&typed).await, Refusal::CodeExpired, "what nobody got is no code");
    // Three failures in a row: nobody waits for it any more, and no number pays for that.
    assert_eq!(browser.refused(&send("13911110004")).await, Refusal::TooBusy { after: 30 });
    clock.advance(30);
    assert_eq!(
        browser.refused(&send("13911110004")).await,
        Refusal::TooBusy { after: SEND_GAP_SECONDS },
        "asked again"
    );
    assert_eq!(browser.refused(&send("13911110005")).await, Refusal::TooBusy { after: 30 });
}

#[tokio::test]
async fn ex_01_rejected_numbers_do_not_pause_the_gateway() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (_app, _clock, browser) = with_relay(&folder, &url).await;
    *relay.answer.lock().expect("an answer") = StatusCode::BAD_REQUEST;
    for n in 0..5 {
        let send = SendSignInCode { phone: format!("1391111000{n}") };
        assert_eq!(browser.refused(&send).await, Refusal::TooBusy { after: SEND_GAP_SECONDS });
    }
    *relay.answer.lock().expect("an answer") = StatusCode::OK;
    browser.send(&SendSignInCode { phone: "13911110009".into() }).await.expect("everybody else is served");
}

#[tokio::test]
async fn otp_11_unknown_number_is_answered_like_a_known_one() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (_app, clock, browser) = with_relay(&folder, &url).await;
    // Abroad and unknown: no SMS goes out, and the answer is the same.
    let unknown = SendSignInCode { phone: "+85269999999".into() };
    assert_eq!(browser.send(&unknown).await.expect("as if").expires_in, 300);
    browser.send_code("13911110001").await;
    assert_eq!(relay.letters(1).await.len(), 1);
    *relay.answer.lock().expect("an answer") = StatusCode::BAD_GATEWAY;
    assert_eq!(
        browser.refused(&SendSignInCode { phone: "13911110002".into() }).await,
        Refusal::TooBusy { after: SEND_GAP_SECONDS }
    );
    clock.advance(SEND_GAP);
    assert_eq!(browser.refused(&unknown).await, Refusal::TooBusy { after: SEND_GAP_SECONDS });
}

#[tokio::test]
async fn phn_07_notice_is_retried_and_sent_once_after_an_outage() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (app, clock, browser) = with_relay(&folder, &url).await;
    sign_in(&relay, &browser, "13911110001", 1).await;
    let change = browser.start().await;
    let send = contract::step_up::SendStepUpCode { change: change.id.clone(), version: change.version };
    clock.advance(SEND_GAP);
    let change = browser.send(&send).await.expect("sent");
    let code = relay.letters(2).await[1].1["code"].as_str().expect("a code").to_owned();
    let step = contract::step_up::StepUpBySms { change: change.id.clone(), version: change.version, code };
    let change = browser.send(&step).await.expect("proven");
    let change = browser.target(&change, Some("13911110002")).await.expect("sent");
    let code = relay.letters(3).await[2].1["code"].as_str().expect("a code").to_owned();
    *relay.answer.lock().expect("an answer") = StatusCode::BAD_GATEWAY;
    browser.bind(&change, &code).await.expect("bound all the same");

    for _ in 0..10 {
        assert_eq!(app.deliver_messages().await, Ok(0));
        clock.advance(SEND_GAP);
    }
    let tries = relay.letters(4).await.len() - 3;
    assert!((8..=10).contains(&tries), "{tries} tries in ten minutes, no storm");
    *relay.answer.lock().expect("an answer") = StatusCode::OK;
    clock.advance(SEND_GAP);
    assert_eq!(app.deliver_messages().await, Ok(1));
    assert_eq!(app.deliver_messages().await, Ok(0));
    let letters = relay.letters(4).await;
    let notices: Vec<_> = letters.iter().filter(|(_, letter)| letter["code"].is_null()).collect();
    assert!(notices.iter().all(|(_, letter)| letter["to"] == "+8613911110001"));
    let ids: std::collections::BTreeSet<_> = notices
        .iter()
        .map(|(headers, _)| &headers["idempotency-key"])
        .map(|v| v.to_str().expect("text"))
        .collect();
    assert_eq!(ids.len(), 1, "every try names the same notice");
}

#[tokio::test]
async fn phn_07_c7_undeliverable_sms_is_dropped_after_a_week() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (app, clock, browser) = with_relay(&folder, &url).await;
    sign_in(&relay, &browser, "13911110001", 1).await;
    clock.advance(SEND_GAP + 1);
    let begun = browser.send(&step_up_code(&browser.start_cancel().await)).await.expect("sent");
    let code = relay.letters(2).await[1].1["code"].as_str().expect("a code").to_owned();
    let step = StepUpBySms { change: begun.id, version: begun.version, code };
    let proven = browser.send(&step).await.expect("proven");
    *relay.answer.lock().expect("an answer") = StatusCode::BAD_GATEWAY;
    browser.send(&CancelAccount { change: proven.id, version: proven.version }).await.expect("canceled");
    clock.advance(7 * 86_400 - 100 * 60);
    for _ in 0..98 {
        assert_eq!(app.deliver_messages().await, Ok(0));
        clock.advance(SEND_GAP);
    }
    let options = SqliteConnectOptions::new().filename(folder.path().join("menshen.db"));
    let mut database = options.connect().await.expect("the database");
    let mut waiting = async |channel: &str| -> Vec<String> {
        assert_eq!(app.deliver_messages().await, Ok(0));
        sqlx::query_scalar("SELECT id FROM outbox WHERE sent_at IS NULL AND channel = ?")
            .bind(channel)
            .fetch_all(&mut database)
            .await
            .expect("read")
    };
    let ids = waiting("sms").await;
    assert_eq!(ids.len(), 1);
    clock.advance(120);
    assert_eq!(waiting("sms").await, Vec::<String>::new());
    assert_eq!(waiting("service").await.len(), 1, "what the meeting service has to forget waits on (DEL-04)");
    let log = log();
    let told = log.lines().find(|line| line.contains("a message is given up")).expect("told");
    assert!(told.contains(&ids[0]) && !told.contains("139"), "{told}");
}

/// Asks for a code from a network.
async fn ask_from(browser: &Browser, peer: impl Into<IpAddr>, phone: &str) -> crate::support::Answer {
    let body = format!(r#"{{"phone":"{phone}"}}"#);
    let mut request = Browser::request(axum::http::Method::POST, "/api/v1/sign-in/code", body);
    let peer = SocketAddr::from((peer.into(), 4000));
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    browser.raw(request).await
}

#[tokio::test]
async fn v13_failures_of_one_network_do_not_pause_the_gateway() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (_app, _clock, browser) = with_relay(&folder, &url).await;
    let answers = |status| *relay.answer.lock().expect("an answer") = status;
    answers(StatusCode::INTERNAL_SERVER_ERROR);
    for n in 0..9 {
        let refused = ask_from(&browser, [203, 0, 113, 7], &format!("1391111000{n}")).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["after"]),
            (503, &SEND_GAP_SECONDS.into()),
            "{n}"
        );
    }
    answers(StatusCode::OK);
    let stranger = Browser::of(_app.router(PORT));
    assert_eq!(ask_from(&stranger, [198, 51, 100, 7], "13922220001").await.status, StatusCode::OK);
    // What fails for several networks in a row is the gateway's fault.
    answers(StatusCode::INTERNAL_SERVER_ERROR);
    for n in 0..3_u8 {
        ask_from(&browser, [192, 0, n, 7], &format!("1393333000{n}")).await;
    }
    answers(StatusCode::OK);
    let refused = ask_from(&stranger, [198, 51, 101, 7], "13922220002").await;
    assert_eq!((refused.status.as_u16(), &refused.json()["after"]), (503, &30.into()));
}

#[tokio::test]
async fn v13_failures_of_one_ipv6_site_do_not_pause_the_gateway() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (app, _clock, browser) = with_relay(&folder, &url).await;
    *relay.answer.lock().expect("an answer") = StatusCode::INTERNAL_SERVER_ERROR;
    for n in 1..=5_u16 {
        let peer = Ipv6Addr::new(0x2001, 0xdb8, 7, n << 8, 0, 0, 0, 1);
        let refused = ask_from(&browser, peer, &format!("1391111000{n}")).await;
        assert_eq!(refused.status.as_u16(), 503, "{n}");
    }
    *relay.answer.lock().expect("an answer") = StatusCode::OK;
    let stranger = Browser::of(app.router(PORT));
    assert_eq!(ask_from(&stranger, [198, 51, 100, 7], "13922220001").await.status, StatusCode::OK);
}

#[tokio::test]
async fn v1_stopping_server_finishes_only_the_delivery_under_way() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (app, _clock, _browser) = with_relay(&folder, &url).await;
    let mut database = database(&folder).await;
    let held = relay.gate.lock().await;
    wait_for(&mut database, "under-way", 1_795_314_400_000).await;
    let delivering = tokio::spawn({
        let app = app.clone();
        async move { app.deliver_messages().await }
    });
    relay.letters(1).await;
    let mut ending = tokio::spawn({
        let app = app.clone();
        async move { app.end_outbox().await }
    });
    assert!(tokio::time::timeout(Duration::from_millis(20), &mut ending).await.is_err(), "it waits");
    wait_for(&mut database, "too-late", 1_795_314_400_000).await;
    drop(held);
    ending.await.expect("ended");
    assert_eq!(delivering.await.expect("it ends"), Ok(1));
    assert_eq!(app.deliver_messages().await, Ok(0));
    let unsent: Vec<String> = sqlx::query_scalar("SELECT id FROM outbox WHERE sent_at IS NULL")
        .fetch_all(&mut database)
        .await
        .expect("read");
    assert_eq!(unsent, ["too-late"], "what was sent is written down");
}

/// The database of a server that runs.
async fn database(folder: &Folder) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("menshen.db"));
    options.connect().await.expect("the database")
}

/// Puts a notice into the outbox, for a number of its own.
async fn wait_for(database: &mut sqlx::SqliteConnection, id: &str, created_at: i64) {
    sqlx::query(
        "INSERT INTO outbox (id, recipient, text, purpose, subject, urgent, created_at, next_try_at)
         VALUES (?1, '+86139' || ?2, 'x', 'password_set', CAST(?1 AS BLOB), 1, ?2, 0)",
    )
    .bind(id)
    .bind(created_at)
    .execute(database)
    .await
    .expect("written");
}

#[tokio::test]
async fn v10_notice_expires_only_after_many_tries_at_a_known_time() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let (app, clock, _browser) = with_relay(&folder, &url).await;
    *relay.answer.lock().expect("an answer") = StatusCode::SERVICE_UNAVAILABLE;
    let mut database = database(&folder).await;
    wait_for(&mut database, "old", 1_795_314_400_000 - 8 * 86_400_000).await;
    for _ in 0..99 {
        assert_eq!(app.deliver_messages().await, Ok(0));
        clock.advance(SEND_GAP);
    }
    let left = async |database: &mut sqlx::SqliteConnection| -> (i64, Option<i64>) {
        let sql = "SELECT COUNT(*), MAX(tries) FROM outbox";
        sqlx::query_as(sql).fetch_one(database).await.expect("read")
    };
    assert_eq!(left(&mut database).await, (1, Some(99)), "the server may have been off for a week");
    // In doubt about the clock it stays.
    app.close().await;
    let config = relayed(&folder, &url);
    let later = Clock::standing(Moment::from_millis(1_795_314_400_000 + 9 * 86_400_000));
    let app = App::open(config.clone(), later.clone()).await.expect("opens");
    app.deliver_messages().await.expect("tried");
    assert_eq!(left(&mut database).await, (1, Some(100)));
    app.close().await;
    let app = App::open(Config { accept_clock: true, ..config }, later.clone()).await.expect("opens");
    later.advance(SEND_GAP);
    app.deliver_messages().await.expect("tried");
    assert_eq!(left(&mut database).await, (0, None), "no news any more");
}

#[tokio::test]
async fn v1_untried_notices_are_sent_before_retries() {
    let house = House::open().await;
    house
        .execute(
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 99)
             INSERT INTO outbox (id, recipient, text, purpose, subject, urgent, created_at, next_try_at, tries)
             SELECT 'again-' || n, '+86139222' || (10000 + n), 'x', 'password_set', CAST('again-' || n AS BLOB),
                    1, 0, 0, 3 FROM n",
        )
        .await;
    let lin = house.signed_in("13800000001").await;
    rebind(&house, &lin, "13911110001").await;
    assert_eq!(house.app.deliver_messages().await, Ok(102));
    let notices = notices(&house).await;
    let place = notices.iter().position(|sms| sms.purpose == "phone_changed").expect("told");
    assert!(place < 16, "among the first that are handed over: {place}");
}

/// The notices that were sent, first to last.
async fn notices(house: &House) -> Vec<Sms> {
    let mut sent: Vec<Sms> = house.inbox().await.into_iter().filter(|sms| sms.code.is_none()).collect();
    sent.reverse();
    sent
}

#[tokio::test]
async fn v7_a_code_that_the_relay_refuses_is_not_counted_for_the_day() {
    let (relay, url) = Relay::listen().await;
    let folder = Folder::new();
    let mut config = relayed(&folder, &url);
    // Strangers may have four of them.
    config.limits.codes_per_day = 5;
    let clock = Clock::standing(Moment::from_millis(1_795_314_400_000));
    let app = App::open(config, clock).await.expect("opens");
    let stranger = Browser::of(app.router(PORT));
    *relay.answer.lock().expect("an answer") = StatusCode::BAD_REQUEST;
    for n in 0..6 {
        let refused = ask_from(&stranger, [198, 51, 100, 7], &format!("1391111000{n}")).await;
        assert_eq!(refused.problem(), "TOO_BUSY", "{n}");
    }
    *relay.answer.lock().expect("an answer") = StatusCode::OK;
    for n in 0..4 {
        let sent = ask_from(&stranger, [198, 51, 100, 7], &format!("1392222000{n}")).await;
        assert_eq!(sent.status, StatusCode::OK, "{n}");
    }
    assert_eq!(ask_from(&stranger, [198, 51, 100, 7], "13922220004").await.problem(), "SEND_QUOTA");
}

#[tokio::test]
async fn v13_service_numbers_are_no_mobile_numbers() {
    let house = House::open().await;
    for phone in ["10086100861", "+86 110 1234 5678", "12345678901"] {
        let refused = house.browser().refused(&SendSignInCode { phone: phone.into() }).await;
        assert_eq!(refused, Refusal::PhoneInvalid, "{phone}");
    }
    house.browser().send_code("13012345678").await;
}

#[tokio::test]
async fn v1_phn_07_message_flood_does_not_delay_urgent_notices() {
    let house = House::open().await;
    // What an organization tells all its people, an hour of it, to many and to one.
    house
        .execute(
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 999)
             INSERT INTO outbox (id, recipient, text, purpose, subject, urgent, created_at, next_try_at)
             SELECT 'flood-' || n, CASE WHEN n % 2 THEN '+8613911119999' ELSE '+86139222' || (10000 + n) END,
                    'x', 'role_given', CAST('flood-' || n AS BLOB), n % 5 = 0, 0, 0 FROM n",
        )
        .await;
    let lin = house.signed_in("13800000001").await;
    rebind(&house, &lin, "13911110001").await;
    assert_eq!(house.app.deliver_messages().await, Ok(1002));
    let sent = notices(&house).await;
    let at = |to: &str| sent.iter().position(|sms| sms.to == to).expect("told");
    // Of what is urgent each recipient's first goes before anybody's second.
    let first_of_others = sent.iter().filter(|sms| sms.to.starts_with("+86139222")).count();
    assert!(at("+8613800000001") <= first_of_others, "{} of {}", at("+8613800000001"), sent.len());
    let urgent = sent.iter().rposition(|sms| sms.purpose == "phone_changed").expect("told");
    assert!(urgent < 202, "before whatever is not urgent: {urgent}");
}
