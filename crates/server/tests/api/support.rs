//! A server to test against and a browser to test with.
//!
//! ```ignore
//! let house = House::open().await;
//! let lin = house.signed_in("13800000001").await;
//! let me = lin.send(&GetMe {}).await.expect("signed in");
//! house.advance(SEND_GAP);
//! lin.refused(&StartChange::of(Action::Phone)).await;
//! ```

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use contract::cancel::{GetCancel, StartCancel};
use contract::change::{Change, ChangeStep, StartChange};
use contract::endpoint::{self, Endpoint};
use contract::me::Action;
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::refusal::Refusal;
use contract::sign_in::{EnterSurface, SendSignInCode, SignIn, SignInByPassword, SignInBySms};
use contract::step_up::{SendStepUpCode, StepUpByPassword};
use http_body_util::BodyExt;
use json::FromJson;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use server::App;
use server::clock::{Clock, Moment};
use server::config::Config;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Column, ConnectOptions, Connection, Row};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Once};
use tower::ServiceExt;
use words::Lang;

/// The password of every demo account.
pub(crate) const PASSWORD: &str = "demo-Password-2026";
/// The port the router answers for; nothing listens there.
pub(crate) const PORT: u16 = 8080;
/// When the tests begin: 2026-11-22T02:26:40Z.
/// Between two codes to one number, in seconds (G2).
pub const SEND_GAP: i64 = contract::limits::SEND_GAP_SECONDS as i64;

const START: Moment = Moment::from_millis(1_795_314_400_000);

thread_local! {
    /// What the server logged on this thread; a test with a runtime of its own has one for itself.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Log;

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Collects the log; for the whole process, before anything is logged.
fn collect_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::fmt().with_writer(|| Log).with_ansi(false).init());
}

/// What the server logged in this test so far.
pub(crate) fn log() -> String {
    LOG.with_borrow(|log| String::from_utf8(log.clone()).expect("text"))
}

/// A folder that is gone when the test is.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("menshen-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        // In memory where the system has such a folder: a busy disk would make the races wait.
        let memory = PathBuf::from("/dev/shm");
        let path = if memory.is_dir() { memory } else { std::env::temp_dir() }.join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server with the demo's accounts and a clock that stands until it is moved.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    router: Router,
    config: Config,
    folder: Folder,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// With something changed in the configuration.
    pub(crate) async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        collect_log();
        let folder = Folder::new();
        let mut config = Config::demo(folder.path());
        change(&mut config);
        Self::start(folder, config, Clock::standing(START)).await
    }

    async fn start(folder: Folder, config: Config, clock: Clock) -> Self {
        let app = App::open(config.clone(), clock.clone()).await.expect("the server opens");
        let router = app.router(PORT);
        Self { app, clock, router, config, folder }
    }

    /// Stops it and starts it again on the same folder; cookies of browsers stay good.
    pub(crate) async fn restarted(self) -> Self {
        let Self { app, clock, config, folder, router } = self;
        drop(router);
        app.close().await;
        // A new process has a clock of its own, which the demo puts where it stood.
        let standing = Clock::standing(START);
        standing.advance(clock.moved() / 1000);
        Self::start(folder, config, standing).await
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    /// All that the server answers.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// A browser without cookies.
    pub(crate) fn browser(&self) -> Browser {
        Browser::of(self.router())
    }

    /// The same cookies, talking to this server (after a restart).
    pub(crate) fn adopt(&self, browser: &Browser) -> Browser {
        Browser { router: self.router.clone(), jar: browser.jar.clone() }
    }

    /// A browser in which the only account of a number is signed in by password.
    pub(crate) async fn signed_in(&self, phone: &str) -> Browser {
        let browser = self.browser();
        assert_eq!(browser.by_password(phone).await, Ok(SignIn::SignedIn));
        browser
    }

    /// A browser in which the only account of a number is signed in by SMS, whatever the number's
    /// budgets say.
    pub(crate) async fn signed_in_by_sms(&self, phone: &str) -> Browser {
        let browser = self.browser();
        browser.send_code(phone).await;
        let code = self.code_to(phone).await;
        assert_eq!(browser.send(&SignInBySms { phone: phone.into(), code }).await, Ok(SignIn::SignedIn));
        self.execute("UPDATE code SET sent_at = sent_at - 86400000").await;
        browser
    }

    /// A webview of the demo's app or desktop client on a kind of device, in which the only account of a
    /// number is signed in by password.
    pub(crate) async fn signed_in_on(&self, kind: &str, phone: &str) -> Browser {
        let host = if ["windows", "mac"].contains(&kind) { "demo-desktop" } else { "demo-app" };
        let body = format!(r#"{{"host":"{host}","device_kind":"{kind}"}}"#);
        let code = self.ask_host_code(&format!("{host}-secret"), &body).await.json();
        let code = code["host_code"].as_str().expect("a code").to_owned();
        let browser = self.browser();
        browser.send(&EnterSurface::HostCode(code)).await.expect("entered");
        assert_eq!(browser.by_password(phone).await, Ok(SignIn::SignedIn));
        browser
    }

    /// The meeting service tells of a meeting.
    pub(crate) async fn report(&self, meeting: &str, body: &Value) -> Answer {
        self.report_as("demo-meeting-secret", meeting, body).await
    }

    /// The same under another secret.
    pub(crate) async fn report_as(&self, secret: &str, meeting: &str, body: &Value) -> Answer {
        let request = Request::put(format!("/service/v1/meetings/{meeting}"))
            .header(header::HOST, format!("127.0.0.1:{PORT}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .body(Body::from(body.to_string()))
            .expect("a request");
        self.browser().raw(request).await
    }

    /// Plays the meeting service by hand.
    pub(crate) async fn meet(&self, body: &Value) -> Answer {
        self.browser().post("/dev/meetings", &body.to_string()).await
    }

    /// One text out of the database, by one value.
    pub(crate) async fn text(&self, sql: &'static str, by: &str) -> String {
        let mut database = self.database().await;
        let text = sqlx::query_scalar(sql).bind(by).fetch_one(&mut database).await.expect(sql);
        database.close().await.expect("closed");
        text
    }

    /// What the server of a host app gets for its webview, or what it is told instead.
    pub(crate) async fn ask_host_code(&self, secret: &str, body: &str) -> Answer {
        let request = Request::post("/service/v1/host-codes")
            .header(header::HOST, format!("127.0.0.1:{PORT}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .body(Body::from(body.to_owned()))
            .expect("a request");
        self.browser().raw(request).await
    }

    /// Everything in the inbox, newest first.
    pub(crate) async fn inbox(&self) -> Vec<Sms> {
        let answer = self.browser().get("/dev/inbox.json").await;
        serde_json::from_value(answer.json()).expect("a list of SMS")
    }

    /// The newest code sent to a number given in full.
    pub(crate) async fn code_to(&self, phone: &str) -> String {
        let to = contract::phone::PhoneNumber::parse(phone).expect("a number");
        let newest = self.inbox().await.into_iter().find(|sms| sms.to == to.as_str() && sms.code.is_some());
        newest.and_then(|sms| sms.code).expect("a code was sent")
    }

    /// Opens the database beside the server.
    pub(crate) async fn database(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.data().join("menshen.db"))
            .connect()
            .await
            .expect("the database")
    }

    /// One number out of the database.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let mut database = self.database().await;
        let count = sqlx::query_scalar(sql).fetch_one(&mut database).await.expect(sql);
        database.close().await.expect("closed");
        count
    }

    /// Changes the database behind the server's back.
    pub(crate) async fn execute(&self, sql: &'static str) {
        let mut database = self.database().await;
        sqlx::query(sql).execute(&mut database).await.expect(sql);
        database.close().await.expect("closed");
    }

    /// Makes every row that is written burn a piece of a fuse; where it ends, the statement fails.
    pub(crate) async fn fuse(&self) -> Fuse {
        self.fuse_that("ABORT").await
    }

    /// The same with what SQLite does then: `ROLLBACK` ends the whole transaction, as a full disk does.
    pub(crate) async fn fuse_that(&self, ends: &str) -> Fuse {
        self.execute("CREATE TABLE fuse (left INTEGER NOT NULL)").await;
        self.execute("INSERT INTO fuse VALUES (0)").await;
        let mut database = self.database().await;
        for table in self.rows_but_the_fuse().await.keys() {
            for what in ["INSERT", "UPDATE", "DELETE"] {
                let sql = format!(
                    "CREATE TRIGGER fuse_{table}_{what} AFTER {what} ON {table} BEGIN
                         UPDATE fuse SET left = left - 1;
                         SELECT RAISE ({ends}, 'the fuse has burnt down') FROM fuse WHERE left < 0;
                     END"
                );
                sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut database).await.expect("a trigger");
            }
        }
        database.close().await.expect("closed");
        Fuse { next: 0 }
    }

    /// Begins a new fuse in the place of the one that is there.
    pub(crate) fn another_fuse(&self) -> Fuse {
        Fuse { next: 0 }
    }

    /// Lets every row pass from now on.
    pub(crate) async fn disarm(&self) {
        self.execute("UPDATE fuse SET left = 1000000").await;
    }

    /// Takes back every try that was charged, as if nobody had tried.
    pub(crate) async fn forgive_tries(&self) {
        self.disarm().await;
        self.execute("DELETE FROM chain").await;
        self.execute("DELETE FROM attempt").await;
    }

    /// Messages that wait in the outbox.
    pub(crate) async fn unsent(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND channel <> 'service'").await
    }

    /// Every row but the fuse's own.
    pub(crate) async fn rows_but_the_fuse(&self) -> BTreeMap<String, Vec<String>> {
        let mut rows = self.rows().await;
        rows.remove("fuse");
        rows
    }

    /// Every row of every table, as text.
    pub(crate) async fn rows(&self) -> BTreeMap<String, Vec<String>> {
        let mut database = self.database().await;
        let tables: Vec<String> =
            sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
                .fetch_all(&mut database)
                .await
                .expect("tables");
        let mut all = BTreeMap::new();
        for table in tables {
            let sql = sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"));
            let rows = sqlx::query(sql).fetch_all(&mut database).await.expect("rows");
            let mut texts: Vec<String> = rows
                .iter()
                .map(|row| {
                    let cells = (0..row.columns().len()).map(|at| {
                        let value = row
                            .try_get_unchecked::<Option<Vec<u8>>, _>(at)
                            .map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
                        format!("{}={value:?}", row.column(at).name())
                    });
                    cells.collect::<Vec<_>>().join(" ")
                })
                .collect();
            texts.sort();
            all.insert(table, texts);
        }
        all
    }
}

/// A fuse that burns one row further each time.
pub(crate) struct Fuse {
    next: i64,
}

impl Fuse {
    /// Sets it to the next length; answers every row as it is before.
    pub(crate) async fn burn(&mut self, house: &House) -> BTreeMap<String, Vec<String>> {
        let mut database = house.database().await;
        sqlx::query("UPDATE fuse SET left = ?").bind(self.next).execute(&mut database).await.expect("set");
        database.close().await.expect("closed");
        self.next += 1;
        house.rows_but_the_fuse().await
    }

    /// How many rows it let pass.
    pub(crate) fn at(&self) -> i64 {
        self.next - 1
    }
}

/// One SMS of the inbox.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub(crate) struct Sms {
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) code: Option<String>,
    pub(crate) purpose: String,
    pub(crate) sent_at: String,
}

type Jar = Arc<Mutex<BTreeMap<String, String>>>;

/// A client with cookies. Clones are tabs of the same browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) jar: Jar,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON: {}", self.text()))
    }

    /// A reply or a refusal. The app's reader and serde's have to read the same.
    pub(crate) fn read<T: Serialize + DeserializeOwned + FromJson>(&self) -> T {
        let text = self.text();
        let read: T =
            json::read(&text).unwrap_or_else(|| panic!("{} is not what was expected: {text}", self.status));
        let by_serde: T = serde_json::from_str(&text).expect("read by the app, and so by serde");
        let written = |value: &T| serde_json::to_value(value).expect("JSON");
        assert_eq!(written(&read), written(&by_serde), "{text}");
        read
    }

    /// The stable code of a problem.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{}", self.text());
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16());
        assert!(body["request_id"].as_str().is_some_and(|id| !id.is_empty()));
        body["code"].as_str().expect("a code").to_owned()
    }
}

/// A refusal as a client gets it.
#[derive(Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    pub(crate) change: Option<Change>,
}

impl Browser {
    /// A browser without cookies that talks to a router.
    pub(crate) fn of(router: Router) -> Self {
        collect_log();
        Self { router, jar: Jar::default() }
    }

    /// Sends any request with this browser's cookies beside its own, and nothing else added.
    pub(crate) async fn raw(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.open(request).await.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The same for an answer that goes on, an event stream: its body is still to come.
    pub(crate) async fn open(&self, mut request: Request<Body>) -> Response<Body> {
        let cookies: Vec<String> =
            self.jar.lock().expect("the jar").iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().append(header::COOKIE, cookies.join("; ").parse().expect("cookies"));
        }
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let (parts, body) = response.into_parts();
        {
            let mut jar = self.jar.lock().expect("the jar");
            for cookie in parts.headers.get_all(header::SET_COOKIE) {
                let cookie = cookie.to_str().expect("text");
                let (name, rest) = cookie.split_once('=').expect("name=value");
                let value = rest.split(';').next().unwrap_or_default();
                if cookie.contains("Max-Age=0") {
                    jar.remove(name);
                } else {
                    jar.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        Response::from_parts(parts, body)
    }

    /// A request as the app makes it, to be changed before it is sent.
    pub(crate) fn request(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
        let mut request = Request::new(body.into());
        *request.method_mut() = method.clone();
        *request.uri_mut() = path.parse().expect("a path");
        let headers = request.headers_mut();
        headers.insert(header::HOST, format!("127.0.0.1:{PORT}").parse().expect("a host"));
        headers.insert("x-client", "menshen-test/1".parse().expect("a client"));
        if method == Method::POST {
            headers.insert(header::CONTENT_TYPE, "application/json".parse().expect("a type"));
            headers.insert("sec-fetch-site", "same-origin".parse().expect("a site"));
        }
        request
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw(Self::request(Method::GET, path, Body::empty())).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.raw(Self::request(Method::POST, path, body.to_owned())).await
    }

    /// Sends a request of the contract as the app does.
    pub(crate) async fn answer<E: Endpoint>(&self, request: &E) -> Answer {
        let mut wire = match E::METHOD {
            endpoint::Method::Get => Self::request(Method::GET, &request.path(), Body::empty()),
            endpoint::Method::Post => {
                let body = serde_json::to_string(request).expect("JSON");
                Self::request(Method::POST, &request.path(), body)
            }
        };
        if let Some(key) = request.idempotency_key() {
            wire.headers_mut().insert("idempotency-key", key.parse().expect("a key"));
        }
        self.raw(wire).await
    }

    /// Sends a request of the contract; a reply or a refusal, nothing else.
    pub(crate) async fn send<E: Endpoint>(&self, request: &E) -> Result<E::Reply, Refusal> {
        self.try_send(request).await.map_err(|refused| refused.refusal)
    }

    /// The same with the change that travels beside a refusal.
    pub(crate) async fn try_send<E: Endpoint>(&self, request: &E) -> Result<E::Reply, Refused> {
        let answer = self.answer(request).await;
        if answer.status.is_success() {
            return Ok(answer.read());
        }
        let refusal: Refusal = answer.read();
        let is_at_sign_in = ["/api/v1/sign-in", "/api/v1/sign-out", "/api/v1/surface", "/api/v1/me"]
            .iter()
            .any(|path| E::PATH.starts_with(path));
        if is_at_sign_in {
            let words = Lang::Zh.messages(|_, _| String::new());
            assert!(
                words.has_at_sign_in(&refusal),
                "{} answers {refusal:?}, for which a sign-in has no words",
                E::PATH
            );
        }
        // A budget that is spent is 429, a server that is busy 503.
        let is_over_budget = answer.status == StatusCode::TOO_MANY_REQUESTS;
        if !(is_over_budget && matches!(refusal, Refusal::TooBusy { .. })) {
            assert_eq!(answer.status.as_u16(), refusal.status());
        }
        let change = answer.json().get("change").cloned();
        Err(Refused {
            refusal,
            change: change.map(|change| serde_json::from_value(change).expect("a change")),
        })
    }

    /// Sends a request that must be refused.
    pub(crate) async fn refused<E: Endpoint>(&self, request: &E) -> Refusal
    where
        E::Reply: std::fmt::Debug,
    {
        self.send(request).await.expect_err("a refusal")
    }

    pub(crate) async fn by_password(&self, phone: &str) -> Result<SignIn, Refusal> {
        self.send(&SignInByPassword { phone: phone.into(), password: PASSWORD.into() }).await
    }

    pub(crate) async fn send_code(&self, phone: &str) {
        self.send(&SendSignInCode { phone: phone.into() }).await.expect("a code is sent");
    }

    /// Begins a change of the phone.
    pub(crate) async fn start(&self) -> Change {
        self.send(&StartChange::of(Action::Phone)).await.expect("a change")
    }

    /// Begins a change and proves the old identity by password.
    pub(crate) async fn proven(&self) -> Change {
        let change = self.start().await;
        self.prove(&change).await.expect("proven")
    }

    pub(crate) async fn prove(&self, change: &Change) -> Result<Change, Refusal> {
        let password = PASSWORD.to_owned();
        self.send(&StepUpByPassword { change: change.id.clone(), version: change.version, password }).await
    }

    /// Begins to cancel the account, with the notice read.
    pub(crate) async fn start_cancel(&self) -> Change {
        let notice = self.send(&GetCancel {}).await.expect("consequences").notice;
        self.send(&StartCancel { notice }).await.expect("a change")
    }

    /// Sends a code to a new number.
    pub(crate) async fn target(&self, change: &Change, phone: Option<&str>) -> Result<Change, Refusal> {
        let phone = phone.map(str::to_owned);
        self.send(&SendNewPhoneCode { change: change.id.clone(), version: change.version, phone }).await
    }

    /// Concludes a change.
    pub(crate) async fn bind(&self, change: &Change, code: &str) -> Result<Change, Refusal> {
        self.send(&BindPhone { change: change.id.clone(), version: change.version, code: code.into() }).await
    }
}

/// A signed-in browser replaces its phone, by password and the code to the new number.
pub(crate) async fn rebind(house: &House, browser: &Browser, to: &str) -> Change {
    let change = browser.proven().await;
    let change = browser.target(&change, Some(to)).await.expect("a code to the new number");
    let bound = browser.bind(&change, &house.code_to(to).await).await.expect("bound");
    assert!(matches!(bound.step, ChangeStep::PhoneBound { .. }));
    bound
}

/// Asks for a code to the bound phone.
pub(crate) fn step_up_code(change: &Change) -> SendStepUpCode {
    SendStepUpCode { change: change.id.clone(), version: change.version }
}

/// A code that is not the given one.
pub(crate) fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().expect("digits") + 1) % 1_000_000)
}
