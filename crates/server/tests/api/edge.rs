//! WEB-*, SES-08, API-*: requirements of every request and every answer.

use crate::support::{Answer, Browser, Folder, House};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use contract::me::GetMe;
use contract::refusal::Refusal;
use contract::scan::{StartSignInScan, events_path};
use serde_json::json;
use std::collections::BTreeSet;

/// Every effect with a body that is well-formed.
const EFFECTS: [(&str, &str); 24] = [
    ("/api/v1/avatar", r#"{"picture":"x"}"#),
    ("/api/v1/avatar/remove", "{}"),
    ("/api/v1/sign-in/code", r#"{"phone":"13800000001"}"#),
    ("/api/v1/sign-in/sms", r#"{"phone":"13800000001","code":"123456"}"#),
    ("/api/v1/sign-in/password", r#"{"phone":"13800000001","password":"x"}"#),
    ("/api/v1/sign-in/choose", r#"{"sign_in_id":"x","account":"x"}"#),
    ("/api/v1/sign-out", "{}"),
    ("/api/v1/surface", r#"{"host_code":"x"}"#),
    ("/api/v1/changes", r#"{"action":"phone"}"#),
    ("/api/v1/step-up/code", r#"{"change":"x","version":1}"#),
    ("/api/v1/step-up/sms", r#"{"change":"x","version":1,"code":"123456"}"#),
    ("/api/v1/step-up/password", r#"{"change":"x","version":1,"password":"x"}"#),
    ("/api/v1/phone/code", r#"{"change":"x","version":1,"phone":"13911110001"}"#),
    ("/api/v1/phone/bind", r#"{"change":"x","version":1,"code":"123456"}"#),
    ("/api/v1/sign-in/scan", "{}"),
    ("/api/v1/sign-in/wechat", r#"{"scan":"x"}"#),
    ("/api/v1/step-up/scan", r#"{"change":"x","version":1}"#),
    ("/api/v1/step-up/wechat", r#"{"change":"x","version":1,"scan":"x"}"#),
    ("/api/v1/wechat/scan", r#"{"change":"x","version":1}"#),
    ("/api/v1/wechat/bind", r#"{"change":"x","version":1}"#),
    ("/api/v1/cancel/start", r#"{"notice":"x"}"#),
    ("/api/v1/cancel/confirm", r#"{"change":"x","version":1}"#),
    ("/api/v1/sign-in/undo-cancel", r#"{"sign_in_id":"x","account":"x"}"#),
    ("/service/v1/host-codes", r#"{"host":"demo-app","device_kind":"ios"}"#),
];
const READS: [&str; 11] = [
    "/avatars/x/128.jpg",
    "/api/v1/activity/now",
    "/api/v1/cancel",
    "/legal/cancel.zh-CN.html",
    "/legal/cancel.en.html",
    "/api/v1/me",
    "/api/v1/changes/x",
    "/api/v1/outcomes/x",
    "/api/v1/scans/x",
    "/api/v1/scans/x/events",
    "/api/v1/openapi.json",
];

fn with(request: &mut Request<Body>, name: &'static str, value: &str) {
    let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
    request.headers_mut().insert(HeaderName::from_static(name), value);
}

fn without(request: &mut Request<Body>, name: &str) {
    request.headers_mut().remove(name);
}

/// An effect that only lacks what a test takes away from it.
fn effect(path: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = Browser::request(Method::POST, path, body);
    if path.starts_with("/service") {
        with(&mut request, "authorization", "Bearer demo-app-secret");
    }
    request
}

/// Signed in, with a change under way: as much to lose as there can be.
async fn busy_house() -> (House, Browser) {
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    browser.target(&browser.proven().await, Some("13911110001")).await.expect("sent");
    (house, browser)
}

#[tokio::test]
async fn ses_08_writes_from_foreign_pages_and_hosts_are_refused() {
    let (house, browser) = busy_house().await;
    let before = house.rows().await;
    for (path, body) in EFFECTS {
        let service = path.starts_with("/service");
        let attempt = |change: fn(&mut Request<Body>)| {
            let mut request = effect(path, body);
            change(&mut request);
            browser.raw(request)
        };
        let foreign_host = attempt(|request| with(request, "host", "evil.example:8080")).await;
        assert_eq!(foreign_host.problem(), "FORBIDDEN", "{path}");
        let no_host = attempt(|request| without(request, "host")).await;
        assert_eq!(no_host.problem(), "FORBIDDEN", "{path}");
        let wrong_type = attempt(|request| with(request, "content-type", "text/plain")).await;
        assert_eq!(wrong_type.status, if path.ends_with("x") { 404 } else { 415 }, "{path}");
        let no_type = attempt(|request| without(request, "content-type")).await;
        assert_eq!(no_type.problem(), "BAD_REQUEST", "{path}");
        if service {
            continue;
        }
        let foreign_origin = attempt(|request| {
            without(request, "sec-fetch-site");
            with(request, "origin", "https://evil.example");
        });
        assert_eq!(foreign_origin.await.problem(), "FORBIDDEN", "{path}");
        let other_port = attempt(|request| {
            without(request, "sec-fetch-site");
            with(request, "origin", "http://127.0.0.1:8081");
        });
        assert_eq!(other_port.await.problem(), "FORBIDDEN", "{path}");
        for site in ["cross-site", "same-site", "nonsense"] {
            let mut request = Browser::request(Method::POST, path, body);
            with(&mut request, "sec-fetch-site", site);
            assert_eq!(browser.raw(request).await.problem(), "FORBIDDEN", "{path} from {site}");
        }
        let no_client = attempt(|request| without(request, "x-client")).await;
        assert_eq!(no_client.problem(), "BAD_REQUEST", "{path}");
        let odd_client = attempt(|request| with(request, "x-client", "me")).await;
        assert_eq!(odd_client.problem(), "BAD_REQUEST", "{path}");
    }
    assert_eq!(house.rows().await, before);
}

#[tokio::test]
async fn ses_08_safe_methods_change_nothing() {
    let (house, browser) = busy_house().await;
    let before = house.rows().await;
    for (path, _) in EFFECTS {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE, Method::PATCH]
        {
            let answer = browser.raw(Browser::request(method.clone(), path, "{}")).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.headers[header::ALLOW], "POST", "{method} {path}");
            if method != Method::HEAD {
                assert_eq!(answer.problem(), "BAD_REQUEST");
            }
        }
    }
    for path in READS {
        for method in [Method::GET, Method::HEAD] {
            let answer = browser.raw(Browser::request(method, path, Body::empty())).await;
            assert!(!answer.status.is_server_error(), "{path}");
        }
        let answer = browser.post(path, "{}").await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (405, "BAD_REQUEST"), "{path}");
    }
    assert_eq!(house.rows().await, before);
}

#[tokio::test]
async fn stp_07_malformed_bodies_are_refused_and_change_nothing() {
    let (house, browser) = busy_house().await;
    let before = house.rows().await;
    for (path, good) in EFFECTS {
        let mut bodies = vec![
            String::new(),
            "null".to_owned(),
            "[]".to_owned(),
            "1".to_owned(),
            "\"x\"".to_owned(),
            "{".to_owned(),
            format!("{good} {{}}"),
            format!("{good}x"),
            good.replace('}', r#","role":"super_admin"}"#).replace("{,", "{"),
            good.replace('}', r#","verified":true}"#).replace("{,", "{"),
        ];
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(good).expect("an object");
        for (name, value) in &fields {
            for wrong in
                [json!(null), json!([value]), json!({ "x": value }), json!(true), json!(-1), json!("")]
            {
                // Text stays text: an empty one is a value, if not a good one.
                if wrong != json!("") || !value.is_string() {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), wrong);
                    bodies.push(serde_json::Value::Object(fields).to_string());
                }
            }
            bodies.push(format!("{{\"{name}\":{value},{}", &good[1..]));
            let mut fields = fields.clone();
            fields.remove(name);
            bodies.push(serde_json::Value::Object(fields).to_string());
        }
        for body in bodies {
            // The optional number of a resend may be absent or null.
            if path == "/api/v1/phone/code" && (!body.contains("phone") || body.contains(r#""phone":null"#)) {
                continue;
            }
            let mut request = effect(path, body.clone());
            with(&mut request, "idempotency-key", "x");
            assert_eq!(browser.raw(request).await.problem(), "BAD_REQUEST", "{path} {body}");
        }
        let mut invalid = effect(path, vec![b'{', 0xff, 0xfe, b'}']);
        with(&mut invalid, "idempotency-key", "x");
        assert_eq!(browser.raw(invalid).await.problem(), "BAD_REQUEST", "{path}");
    }
    assert_eq!(house.rows().await, before);
}

#[tokio::test]
async fn api_01_oversized_bodies_are_refused_and_change_nothing() {
    let (house, browser) = busy_house().await;
    let before = house.rows().await;
    let large = format!(r#"{{"phone":"{}"}}"#, "1".repeat(2 * 1024 * 1024));
    for (path, _) in EFFECTS {
        let answer = browser.raw(effect(path, large.clone())).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (413, "BAD_REQUEST"), "{path}");
    }
    let edge = format!(r#"{{"phone":"{}"}}"#, "1".repeat(64 * 1024 - 12));
    assert_eq!(edge.len(), 64 * 1024);
    assert_eq!(browser.post("/api/v1/sign-in/code", &edge).await.problem(), "PHONE_INVALID");
    assert_eq!(browser.post("/api/v1/sign-in/code", &format!("{edge} ")).await.status, 413);
    assert_eq!(house.rows().await, before);
}

#[tokio::test]
async fn api_01_odd_paths_and_headers_are_never_a_fault() {
    let (house, browser) = busy_house().await;
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v2/me",
        "/api/v1/changes/",
        "/api/v1/changes/%ff",
        "/api/v1/changes/%00",
        "/api/v1/changes/..%2f..%2fme",
        "/api/v1/outcomes/'%20OR%201=1",
        "/service",
        "/dev",
        "/dev/none",
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = browser.raw(Browser::request(method, path, "{}")).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
            answer.problem();
        }
    }
    for cookie in ["__Host-session", "__Host-session=;", "__Host-browser=\"; ;;=", "__Host-session=%00"] {
        let stranger = house.browser();
        let mut request = Browser::request(Method::GET, "/api/v1/me", Body::empty());
        with(&mut request, "cookie", cookie);
        assert_eq!(stranger.raw(request).await.problem(), "SESSION_ENDED", "{cookie}");
    }
    let mut request = Browser::request(Method::POST, "/api/v1/sign-out", "{}");
    with(&mut request, "content-type", "application/json; charset=gbk");
    assert_eq!(browser.raw(request).await.status, 415);
    let mut request = Browser::request(Method::POST, "/api/v1/sign-out", "{}");
    with(&mut request, "content-type", "Application/JSON; charset=UTF-8");
    assert_eq!(browser.raw(request).await.status, 200);
}

/// WEB-01, WEB-06, WEB-07 for one answer.
fn check_headers(answer: &Answer, what: &str, is_file: bool) {
    let value = |name: &str| {
        answer
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_else(|| panic!("{name} of {what}"))
    };
    let policy = if what.starts_with("/legal/") {
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self'"
    } else {
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'self'; \
         frame-src 'self'; form-action 'none'; frame-ancestors 'none'"
    };
    assert_eq!(value("content-security-policy"), policy, "{what}");
    let frames = if what.starts_with("/legal/") { "SAMEORIGIN" } else { "DENY" };
    assert_eq!(value("x-frame-options"), frames, "{what}");
    assert_eq!(value("cross-origin-opener-policy"), "same-origin");
    assert_eq!(value("cross-origin-resource-policy"), "same-origin");
    assert_eq!(value("x-content-type-options"), "nosniff");
    assert_eq!(value("strict-transport-security"), "max-age=31536000; includeSubDomains");
    assert_eq!(value("referrer-policy"), "no-referrer");
    assert!(value("permissions-policy").contains("otp-credentials=(self)"));
    assert!(!value("x-request-id").is_empty());
    if is_file {
        assert_ne!(value("cache-control"), "no-store", "{what}");
    } else {
        assert_eq!(value("cache-control"), "no-store", "{what}");
        assert_eq!(value("vary"), "Origin, Sec-Fetch-Site", "{what}");
    }
}

#[tokio::test]
async fn web_06_every_answer_has_security_headers_errors_too() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.signed_in("13800000001").await;
    for (path, body) in EFFECTS {
        check_headers(&browser.post(path, body).await, path, false);
        check_headers(&browser.post(path, "?").await, path, false);
        check_headers(&browser.get(path).await, path, false);
    }
    for path in
        READS.into_iter().chain(["/healthz", "/readyz", "/dev/inbox", "/dev/inbox.json", "/dev/inbox.css"])
    {
        check_headers(&browser.get(path).await, path, false);
    }
    for path in ["/api/none", "/dev/none", "/none.js", "/assets/none.wasm"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 404);
        check_headers(&answer, path, false);
    }
    for path in ["/", "/phone/code?change=x", "/boot.js", "/assets/app-1.wasm", "/legal/terms.en.html"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        check_headers(&answer, path, true);
    }
    // What is said to a browser that has the text takes the place of what it was told first.
    let mut again = Browser::request(Method::GET, "/legal/terms.en.html", Body::empty());
    let tag = browser.get("/legal/terms.en.html").await.headers["etag"].to_str().expect("a tag").to_owned();
    with(&mut again, "if-none-match", &tag);
    let answer = browser.raw(again).await;
    assert_eq!(answer.status, 304);
    check_headers(&answer, "/legal/terms.en.html", true);
    // A text that is not there is a page of the app, which no page frames.
    check_headers(&browser.get("/legal/none.en.html").await, "a text that is not there", false);
    let mut foreign = Browser::request(Method::GET, "/", Body::empty());
    with(&mut foreign, "host", "evil.example");
    check_headers(&browser.raw(foreign).await, "a foreign host", false);
}

/// A built app in miniature.
fn app_folder() -> Folder {
    let folder = Folder::new();
    let root = folder.path();
    for folder in ["assets", "legal"] {
        std::fs::create_dir(root.join(folder)).expect("a folder");
    }
    for (name, content) in [
        ("index.html", "<!doctype html><title>app</title>"),
        ("boot.js", "export {}"),
        ("assets/app-1.wasm", "\0asm plain"),
        ("assets/app-1.wasm.br", "brotli"),
        ("assets/app-1.wasm.gz", "gzip"),
        ("assets/app-1.css", "body{}"),
        ("legal/terms.en.html", "<!doctype html><title>terms</title>"),
    ] {
        std::fs::write(root.join(name), content).expect("written");
    }
    folder
}

#[tokio::test]
async fn api_01_impossible_file_names_are_not_found() {
    let folder = app_folder();
    let house = House::open_with(|config| config.dist = Some(folder.path().to_owned())).await;
    let long_name = format!("/{}.js", "a".repeat(256));
    let long_path = format!("/{}x.js", "a/".repeat(2100));
    for path in
        [long_name.as_str(), &long_path, "/assets/", "/assets/x", "/assets/x/", "/assets/%2e%2e/phone"]
    {
        assert_eq!(house.browser().get(path).await.status, 404, "{}", &path[..path.len().min(40)]);
    }
}

#[tokio::test]
async fn web_07_files_have_content_type_encoding_and_cache_time() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.browser();
    // Later visits: the first one also sets the browser's cookie.
    browser.get("/").await;
    for (path, kind, life) in [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/phone/code", "text/html; charset=utf-8", "no-cache"),
        ("/boot.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/assets/app-1.wasm", "application/wasm", "public, max-age=31536000, immutable"),
        ("/assets/app-1.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], kind, "{path}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], life, "{path}");
        assert_eq!(answer.headers[header::VARY], "Accept-Encoding", "{path}");
        let tag = answer.headers[header::ETAG].clone();
        let mut again = Browser::request(Method::GET, path, Body::empty());
        again.headers_mut().insert(header::IF_NONE_MATCH, tag);
        assert_eq!(browser.raw(again).await.status, StatusCode::NOT_MODIFIED, "{path}");
        let head = browser.raw(Browser::request(Method::HEAD, path, Body::empty())).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0), "{path}");
        let posted = browser.post(path, "{}").await;
        assert_eq!(
            (posted.status.as_u16(), &posted.headers[header::ALLOW]),
            (405, &HeaderValue::from_static("GET, HEAD"))
        );
    }
    for (accepted, encoding, body) in [
        ("br, gzip", Some("br"), "brotli"),
        ("gzip", Some("gzip"), "gzip"),
        ("identity", None, "\0asm plain"),
    ] {
        let mut request = Browser::request(Method::GET, "/assets/app-1.wasm", Body::empty());
        with(&mut request, "accept-encoding", accepted);
        let answer = browser.raw(request).await;
        let found = answer.headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().expect("text"));
        assert_eq!((found, answer.text().as_str()), (encoding, body), "{accepted}");
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/wasm");
    }
    for path in
        ["/none.js", "/assets/none.wasm", "/assets/app-1.wasm.map", "/../code.key", "/%2e%2e/code.key"]
    {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn web_09_redirects_never_lead_to_another_site() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.browser();
    for path in [
        "/?return=https://evil.example",
        "//evil.example",
        "/assets",
        "/assets/",
        "//evil.example/",
        "//evil.example//phone/",
        "/phone//evil.example/",
    ] {
        let answer = browser.get(path).await;
        assert!(!answer.status.is_redirection(), "{path}: {}", answer.status);
        assert!(!answer.headers.contains_key(header::LOCATION), "{path}");
    }
    // Another spelling of a screen leads to that screen, whatever it carries.
    for (path, place) in [
        ("/phone/?next=//evil.example", "/phone?next=//evil.example"),
        ("/sign-in//?return_to=https://evil.example", "/sign-in?return_to=https://evil.example"),
    ] {
        assert_eq!(browser.get(path).await.headers[header::LOCATION], place, "{path}");
    }
}

#[tokio::test]
async fn api_02_fault_answer_has_only_code_request_id_and_status() {
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    house.execute("ALTER TABLE account RENAME TO lost").await;
    let answer = browser.answer(&GetMe {}).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (500, "INTERNAL"));
    let body = answer.json();
    let fields: Vec<_> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(fields, ["code", "request_id", "status"]);
    assert_eq!(body["request_id"], answer.headers["x-request-id"].to_str().expect("text"));
    assert_eq!(house.browser().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn db_05_a_locked_database_answers_too_busy_in_time() {
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    let mut other = house.database().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("locked");
    let (busy, reading) = tokio::join!(browser.post("/api/v1/sign-out", "{}"), browser.answer(&GetMe {}));
    assert_eq!((busy.status.as_u16(), busy.problem().as_str()), (503, "TOO_BUSY"));
    assert_eq!(busy.headers[header::RETRY_AFTER], "5");
    assert_eq!(reading.status, 200, "who only reads does not wait");
    sqlx::query("ROLLBACK").execute(&mut other).await.expect("unlocked");
    assert_eq!(browser.post("/api/v1/sign-out", "{}").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ld_02_api_07_excess_password_checks_are_told_busy() {
    let house = House::open().await;
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let (browser, phone) = (house.browser(), format!("139000000{n:02}"));
            tokio::spawn(async move { browser.by_password(&phone).await.expect_err("unknown") })
        })
        .collect();
    let mut busy = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Refusal::PasswordWrong { left: 4 } => {}
            Refusal::TooBusy { .. } => busy += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(busy > 0, "the queue is bounded");
    assert_eq!(
        house.count("SELECT SUM(wrong) FROM chain").await,
        100 - busy,
        "who was sent away paid no try"
    );
}

#[tokio::test]
async fn health_probes_answer_for_any_host_name() {
    let house = House::open().await;
    for path in ["/healthz", "/readyz"] {
        let mut request = Browser::request(Method::GET, path, Body::empty());
        with(&mut request, "host", "10.0.0.7");
        let answer = house.browser().raw(request).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "ok\n"), "{path}");
    }
    house.app.close().await;
    assert_eq!(house.browser().get("/healthz").await.status, 200);
    assert_eq!(house.browser().get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn api_04_the_log_has_a_line_for_each_request_and_no_secret() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.proven().await;
    let aimed = lin.target(&change, Some("13911110001")).await.expect("sent");
    let code = house.code_to("13911110001").await;
    assert_eq!(lin.bind(&aimed, &crate::support::another(&code)).await, Err(Refusal::CodeWrong { left: 4 }));
    lin.bind(&aimed, &code).await.expect("bound");
    house.app.deliver_messages().await.expect("delivered");
    lin.post("/api/v1/sign-in/code", "{\"phone\":\"13800000002\"}\r\nINFO forged line").await;
    lin.get("/api/v1/changes/a%0aINFO%20forged").await;
    let log = crate::support::log();
    assert!(log.contains("route=/api/v1/phone/bind"), "{log}");
    assert!(log.contains("route=/api/v1/changes/{change}"));
    assert!(log.lines().all(|line| line.contains("request_id=")), "{log}");
    let jar = lin.jar.lock().expect("the jar").clone();
    let mut secrets = vec![
        "13800000001",
        "13911110001",
        "13800000002",
        "demo-Password",
        "forged",
        code.as_str(),
        aimed.id.as_str(),
    ];
    secrets.extend(jar.values().map(String::as_str));
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn b46_foreign_cookies_do_not_break_the_session() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let own: Vec<String> =
        lin.jar.lock().expect("the jar").iter().map(|(name, value)| format!("{name}={value}")).collect();
    let own = own.join("; ");
    let stranger = house.browser();
    let ask = async |cookies: &[&[u8]]| {
        let mut request = Browser::request(Method::GET, "/api/v1/me", Body::empty());
        for line in cookies {
            request.headers_mut().append(header::COOKIE, HeaderValue::from_bytes(line).expect("a value"));
        }
        stranger.raw(request).await.status
    };
    for neighbor in ["nick=\u{6797}\u{6653}", "=", ";;", "x=\"a", "\u{a0}__Host-session=0"] {
        for line in [format!("{neighbor}; {own}"), format!("{own}; {neighbor}")] {
            assert_eq!(ask(&[line.as_bytes()]).await, StatusCode::OK, "{line}");
        }
        assert_eq!(ask(&[neighbor.as_bytes(), own.as_bytes()]).await, StatusCode::OK, "{neighbor}");
    }
    assert_eq!(ask(&[b"x=\xff\xfe", own.as_bytes()]).await, StatusCode::OK);
    // A neighboring host can set a cookie whose name begins with what Unicode calls space: that is none
    // of ours, or it would sign its victim in where it wants (session fixation).
    for space in ["\u{a0}", "\u{3000}", "\u{2003}", "\u{feff}", "\u{85}"] {
        let fixed = own.replace("__Host-", &format!("{space}__Host-"));
        assert_eq!(ask(&[fixed.as_bytes()]).await, StatusCode::UNAUTHORIZED, "{space:?}");
    }
}

#[tokio::test]
async fn b53_b44_host_header_is_matched_in_every_spelling() {
    let house = House::open_with(|config| config.kiosk_hosts = vec!["lobby.example".to_owned()]).await;
    for (host, status) in [
        ("lobby.example", 200),
        ("lobby.example.", 200),
        ("LOBBY.example:443", 200),
        ("lobby.example:444", 403),
        ("lobby.example.evil", 403),
        ("localhost:8080", 200),
        ("localhost.:8080", 200),
        ("localhost", 403),
    ] {
        let mut request = Browser::request(Method::GET, "/api/v1/openapi.json", Body::empty());
        with(&mut request, "host", host);
        assert_eq!(house.browser().raw(request).await.status.as_u16(), status, "{host}");
    }
    let mut request = Browser::request(Method::GET, "/api/v1/openapi.json", Body::empty());
    request.headers_mut().append(header::HOST, HeaderValue::from_static("localhost:8080"));
    let answer = house.browser().raw(request).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "BAD_REQUEST"));
}

#[tokio::test]
async fn b42_b43_b56_service_requests_are_read_leniently() {
    let house = House::open().await;
    let body = r#"{"host":"demo-app","device_kind":"ios"}"#;
    let ask = async |kind: &'static str, authorization: &'static str, body: String| {
        let mut request = Browser::request(Method::POST, "/service/v1/host-codes", body);
        with(&mut request, "content-type", kind);
        with(&mut request, "authorization", authorization);
        house.browser().raw(request).await.status.as_u16()
    };
    for kind in [
        "application/json;",
        "application/json ; charset=utf8",
        "application/json;charset=\"UTF8\"",
        "application/json; charset=utf-8;",
    ] {
        assert_eq!(ask(kind, "Bearer demo-app-secret", body.to_owned()).await, 200, "{kind}");
    }
    for kind in ["application/json; charset=gbk", "application/json; version=1", "text/json"] {
        assert_eq!(ask(kind, "Bearer demo-app-secret", body.to_owned()).await, 415, "{kind}");
    }
    let marked = format!("\u{feff}{body}");
    assert_eq!(ask("application/json", "bearer demo-app-secret", marked.clone()).await, 200);
    assert_eq!(ask("application/json", "BEARER  demo-app-secret", body.to_owned()).await, 200);
    assert_eq!(ask("application/json", "Basic demo-app-secret", body.to_owned()).await, 403);
    assert_eq!(ask("application/json", "Bearer demo-app-secret", format!("\u{feff}{marked}")).await, 400);
}

#[tokio::test]
async fn b45b_range_request_gets_the_whole_file() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let path = "/assets/app-1.css";
    let whole = house.browser().get(path).await;
    assert!(!whole.headers.contains_key(header::ACCEPT_RANGES));
    for (range, condition) in [
        ("bytes=0-1", None),
        ("bytes=0-1,3-4", None),
        ("bytes=90-", None),
        ("lines=1-2", None),
        ("bytes=0-1", Some("\"another\"")),
    ] {
        let mut request = Browser::request(Method::GET, path, Body::empty());
        with(&mut request, "range", range);
        if let Some(tag) = condition {
            with(&mut request, "if-range", tag);
        }
        let answer = house.browser().raw(request).await;
        assert_eq!((answer.status.as_u16(), answer.body), (200, whole.body.clone()), "{range}");
    }
}

#[tokio::test]
async fn v15_demo_refuses_requests_through_a_proxy() {
    let house = House::open().await;
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=x"),
        ("x-real-ip", "1.2.3.4"),
        ("x-forwarded-host", "x"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "443"),
        ("via", "1.1 proxy"),
        ("cf-connecting-ip", "1.2.3.4"),
        ("true-client-ip", "1.2.3.4"),
        ("x-client-ip", "1.2.3.4"),
    ] {
        for path in ["/", "/dev/inbox", "/api/v1/me"] {
            let mut request = Browser::request(Method::GET, path, Body::empty());
            request.headers_mut().insert(name, HeaderValue::from_static(value));
            assert_eq!(house.browser().raw(request).await.problem(), "FORBIDDEN", "{name} {path}");
        }
    }
}

#[test]
fn v16_versions_are_unsigned_in_the_openapi_document() {
    let document = server::openapi::document();
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let versions: Vec<_> = schemas
        .iter()
        .filter_map(|(name, schema)| Some((name, schema["properties"].get("version")?)))
        .collect();
    assert!(versions.len() > 10, "{versions:?}");
    for (name, version) in versions {
        assert_eq!((&version["format"], &version["minimum"]), (&json!("uint32"), &json!(0)), "{name}");
    }
}

#[tokio::test]
async fn v5_request_is_completed_and_logged_after_its_sender_left() {
    let house = House::open().await;
    let browser = house.browser();
    let body = r#"{"phone":"13800000001","password":"demo-Password-2026"}"#;
    let request = Browser::request(Method::POST, "/api/v1/sign-in/password", body);
    let mut asking = Box::pin(browser.raw(request));
    // Begun, and nobody waits for it any more.
    std::future::poll_fn(|context| {
        assert!(asking.as_mut().poll(context).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    drop(asking);
    let logged = async {
        while !crate::support::log().contains("route=/api/v1/sign-in/password status=200") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), logged).await.expect("a line in the log");
    assert_eq!(house.count("SELECT COUNT(*) FROM session").await, 1);
}

/// Whatever it is, an answer under `/api` tells the server's moment: a browser reckons "just now" from it
/// and not from its own clock.
#[tokio::test]
async fn b15_every_api_answer_has_the_date_of_the_server_clock() {
    let house = House::open().await;
    let browser = house.signed_in("13800000001").await;
    let all = async || {
        let watcher = house.browser();
        let scan = watcher.send(&StartSignInScan {}).await.expect("begun");
        let mut stream = Browser::request(Method::GET, &events_path(&scan.id), Body::empty());
        without(&mut stream, "x-client");
        with(&mut stream, "sec-fetch-site", "same-origin");
        let stream = watcher.open(stream).await;
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let mut foreign = Browser::request(Method::GET, "/api/v1/me", Body::empty());
        with(&mut foreign, "host", "evil.example");
        let answers = [
            (200, browser.get("/api/v1/me").await),
            (200, browser.get("/api/v1/openapi.json").await),
            (401, house.browser().get("/api/v1/me").await),
            (403, browser.raw(foreign).await),
            (404, browser.get("/api/none").await),
            (405, browser.get("/api/v1/sign-out").await),
        ];
        let mut headers = vec![stream.headers().clone()];
        for (status, answer) in answers {
            assert_eq!(answer.status, status, "{}", answer.text());
            headers.push(answer.headers);
        }
        let dates = headers.into_iter().map(|headers| {
            let all: Vec<_> = headers.get_all(header::DATE).iter().collect();
            let [date] = all[..] else { panic!("one date: {headers:?}") };
            date.to_str().expect("text").to_owned()
        });
        dates.collect::<BTreeSet<String>>()
    };
    assert_eq!(Vec::from_iter(all().await), ["Sun, 22 Nov 2026 02:26:40 GMT"]);
    // What is no part of it has the machine's own from hyper.
    assert!(!browser.get("/healthz").await.headers.contains_key(header::DATE));

    // As people move the demo's clock; a client reads it back to the second.
    house.browser().post("/dev/clock", r#"{"advance_s":259200}"#).await;
    let dates = Vec::from_iter(all().await);
    let [date] = &dates[..] else { panic!("one for all: {dates:?}") };
    assert_eq!(date, "Wed, 25 Nov 2026 02:26:40 GMT");
    let read = httpdate::parse_http_date(date).expect("a date of HTTP");
    let seconds = read.duration_since(std::time::UNIX_EPOCH).expect("later").as_secs();
    assert_eq!(i64::try_from(seconds), Ok(house.app.now().millis() / 1000));
}
