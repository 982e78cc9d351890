//! Layers around all handlers.
//!
//! The outermost layer gives a request an id, checks its host, sets the headers of every answer, writes
//! problems as JSON and adds one line to the log. A request runs in a task of its own, so that a client that
//! disconnects neither stops it half-way nor escapes the log and the limits, and a panic becomes an answer.
//! API routes also require `X-Client` and refuse cross-site requests; event streams cannot send the former
//! and check the page instead.

use crate::clock::{Clock, Stopwatch};
use crate::http::cookie::NewCookies;
use crate::http::header::host_of;
use crate::http::problem::{InWords, render};
use crate::http::serve::Connection;
use crate::http::{assets, handler, openapi};
use crate::problem::Problem;
use crate::secret;
use crate::state::AppState;
use crate::store::Store;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use contract::refusal::Refusal;
use std::net::SocketAddr;
use std::sync::Arc;
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// Headers of every answer, errors and files too (WEB-01, WEB-06).
const HEADERS: [(&str, &str); 8] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'self'; \
         frame-src 'self'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("referrer-policy", "no-referrer"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
         magnetometer=(), microphone=(), midi=(), otp-credentials=(self), payment=(), serial=(), usb=()",
    ),
    ("x-frame-options", "DENY"),
];

/// Headers that proxies add.
const FORWARDING: [&str; 10] = [
    "cf-connecting-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-real-ip",
];

/// The state of the outermost layer.
#[derive(Clone)]
struct Edge {
    hosts: Arc<[String]>,
    demo: bool,
    lan: bool,
    clock: Clock,
    store: Store,
}

/// The routes of the demo's stand-ins.
pub(crate) struct StandIns {
    /// Answered to this computer alone.
    pub(crate) local: Router,
    /// The page that plays WeChat, which other devices may open with `--lan`.
    pub(crate) phones: Router,
}

/// All routes with their layers, for a server that listens on `port`.
pub(crate) fn router(state: &AppState, stand_ins: Option<StandIns>, port: u16) -> Router {
    let config = &state.config;
    let edge = Edge {
        hosts: config.host_list(port).into(),
        demo: config.demo,
        lan: config.lan,
        clock: state.clock.clone(),
        store: state.store.clone(),
    };
    let csrf = || CsrfLayer::new().with_rejection_response(cross_site);
    let api = handler::api().layer(csrf()).layer(middleware::from_fn(client_named));
    let streams = handler::streams().layer(middleware::from_fn(own_page));
    let mut routes = Router::new().merge(api).merge(streams).merge(handler::service());
    routes = routes.merge(handler::pictures()).merge(handler::pages()).merge(handler::health());
    let mut routes = routes.fallback_service(assets::service(config, &state.key)).with_state(state.clone());
    if let Some(StandIns { local, phones }) = stand_ins {
        // With --lan the outermost layer admits other devices to the phone page alone.
        let phones = phones.layer(csrf());
        let phones = if config.lan { phones } else { phones.layer(middleware::from_fn(from_loopback)) };
        routes = routes.merge(local.layer(csrf()).layer(middleware::from_fn(from_loopback)));
        routes = routes.merge(phones);
    }
    routes.layer(middleware::from_fn_with_state(edge, around))
}

/// The outermost layer. It runs in a task of its own, which goes on when the client disconnects: the request
/// is finished and logged, and holds its place among the connections until then.
async fn around(State(edge): State<Edge>, request: Request, next: Next) -> Response<Body> {
    tokio::spawn(edge.answer(request, next)).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the outermost layer panicked");
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

impl Edge {
    async fn answer(self, mut request: Request, next: Next) -> Response<Body> {
        let started = Stopwatch::start();
        let request_id = secret::id()[..16].to_owned();
        let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
        let _connection = request.extensions().get::<Connection>().cloned();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let cookies = NewCookies::default();
        request.extensions_mut().insert(cookies.clone());
        let mut response = match self.admits(&request) {
            Err(problem) => problem.into_response(),
            // In one more task, so that a panic becomes an answer.
            Ok(()) => tokio::spawn(next.run(request)).await.unwrap_or_else(|error| {
                Problem::fault(format!("the handler panicked: {error}")).into_response()
            }),
        };
        let problem = problem_of(&mut response);
        let is_over = problem.as_ref().is_some_and(Problem::is_session_over);
        if let Some(problem) = problem {
            match &problem {
                Problem::Refused { .. } => {}
                Problem::Unavailable(what) => {
                    tracing::error!(%request_id, %what, "the store is not available");
                    self.store.doubt();
                }
                Problem::Fault(what) => tracing::error!(%request_id, %what, "fault"),
            }
            let allow = response.headers_mut().remove(header::ALLOW);
            response = render(&problem, &request_id, self.clock.now());
            if let Some(allow) = allow {
                response.headers_mut().insert(header::ALLOW, allow);
            }
        }
        let headers = response.headers_mut();
        for cookie in cookies.take(is_over) {
            headers.append(header::SET_COOKIE, cookie);
        }
        finish(headers, &path, &request_id);
        // API answers carry the time of this server, by which clients correct their own clocks (B15). hyper
        // would write the computer's time, which differs where the demo's clock was moved; it keeps a date
        // that is set.
        if path.starts_with("/api/")
            && let Ok(date) = HeaderValue::try_from(self.clock.now().http_date())
        {
            headers.insert(header::DATE, date);
        }
        let status = response.status().as_u16();
        tracing::info!(%request_id, %method, %route, status, ms = started.millis(), "answered");
        response
    }

    /// Whether a request is admitted: with `--lan`, other devices reach the phone page alone; and the host
    /// has to be one of this server's, which prevents DNS rebinding.
    fn admits(&self, request: &Request) -> Result<(), Problem> {
        let outside = self.lan && !is_loopback(request);
        if outside && !is_for_phones(request.uri().path()) {
            return Err(Refusal::NotFound.into());
        }
        if matches!(request.uri().path(), "/healthz" | "/readyz") {
            // Probes use the address as host; their answers contain nothing secret.
            return Ok(());
        }
        // A demo shows everybody's codes, so it must not be reachable through a proxy.
        if self.demo && FORWARDING.iter().any(|name| request.headers().contains_key(*name)) {
            tracing::warn!("a request came through a proxy: --demo is for this computer alone");
            return Err(Refusal::Forbidden.into());
        }
        // Two hosts are two servers, and a proxy before this one may have used the other.
        if request.headers().get_all(header::HOST).iter().count() > 1 {
            return Err(Refusal::BadRequest.into());
        }
        let known = host_of(request.uri(), request.headers()).is_some_and(|named| {
            // Phones use this computer's address, to which no foreign name leads.
            self.hosts.contains(&named) || (outside && named.parse::<SocketAddr>().is_ok())
        });
        if known { Ok(()) } else { Err(Refusal::Forbidden.into()) }
    }
}

/// Whether a path belongs to the page that plays WeChat.
fn is_for_phones(path: &str) -> bool {
    path.strip_prefix("/dev/wechat").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the client is on this computer. Without a peer's address the router was called in process.
fn is_loopback(request: &Request) -> bool {
    request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .is_none_or(|peer| peer.ip().to_canonical().is_loopback())
}

/// The problem of a handler, or the one that an empty answer of the router stands for.
fn problem_of(response: &mut Response<Body>) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    if response.extensions().get::<InWords>().is_some() {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Refusal::NotFound.into()),
        status if status.is_client_error() => Some(Problem::malformed(status.as_u16())),
        status if status.is_server_error() => Some(Problem::fault(format!("answered {status}"))),
        _ => None,
    }
}

/// Sets the headers of every answer.
fn finish(headers: &mut HeaderMap, path: &str, request_id: &str) {
    for (name, value) in HEADERS {
        // Pictures and documents have policies of their own (AVA-3, WEB-01).
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    // Only files and pictures may be cached; their handlers set for how long.
    let may_be_kept = assets::is_file(path) || assets::is_picture(path);
    if !may_be_kept || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("Origin, Sec-Fetch-Site"));
    }
}

fn cross_site(_: ProtectionError) -> Response<Body> {
    Problem::from(Refusal::Forbidden).into_response()
}

/// API requests name their client: a page of another site cannot set the header without a preflight, and the
/// log of a proxy can distinguish app versions. The OpenAPI document is exempt, for people to open.
async fn client_named(request: Request, next: Next) -> Response<Body> {
    let named =
        request.headers().get("x-client").and_then(|value| value.to_str().ok()).is_some_and(is_client);
    if named || request.uri().path() == openapi::PATH {
        next.run(request).await
    } else {
        Problem::from(Refusal::BadRequest).into_response()
    }
}

/// The browser itself opens an event stream and sets no header of the app. It does send where the page is
/// from, and pages of other origins are refused: cookies with `SameSite=Lax` are sent from other ports of
/// this host too, and a new stream ends the one before (SES-08).
async fn own_page(request: Request, next: Next) -> Response<Body> {
    if is_our_page(request.headers()) {
        next.run(request).await
    } else {
        Problem::from(Refusal::Forbidden).into_response()
    }
}

fn is_our_page(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        // Browsers without this header send `Origin` if the page has another origin.
        None => !headers.contains_key(header::ORIGIN),
    }
}

/// Whether a text is `name/version`.
fn is_client(text: &str) -> bool {
    let word = |text: &str| {
        (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._+".contains(&b))
    };
    text.split_once('/').is_some_and(|(name, version)| word(name) && word(version))
}

/// Stand-ins answer this computer only.
async fn from_loopback(request: Request, next: Next) -> Response<Body> {
    if is_loopback(&request) {
        next.run(request).await
    } else {
        Problem::from(Refusal::NotFound).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, around, is_client};
    use crate::clock::{Clock, Moment};
    use crate::store::Store;
    use crate::wakeup::Wakeups;
    use axum::Router;
    use axum::body::Body;
    use axum::extract::State;
    use axum::http::{Request, StatusCode};
    use axum::middleware;
    use axum::routing::get;
    use tower::ServiceExt;

    /// Writes, and panics before the commit.
    async fn panics(State(store): State<Store>) -> &'static str {
        let mut tx = store.write().await.expect("the write lock");
        tx.set_time(Moment::from_millis(7)).await.expect("written");
        panic!("on purpose")
    }

    async fn reads(State(store): State<Store>) -> String {
        let mut tx = store.write().await.expect("the write lock is free again");
        format!("{:?}", tx.time().await.expect("read"))
    }

    #[tokio::test]
    async fn sec_2_a_panic_is_an_answer_and_rolls_back() {
        let file = std::env::temp_dir().join(crate::secret::token());
        let store = Store::open(&file, Wakeups::default()).await.expect("opens");
        let edge = Edge {
            hosts: ["localhost:1".to_owned()].into(),
            demo: true,
            lan: false,
            clock: Clock::wall(),
            store: store.clone(),
        };
        let router = Router::new()
            .route("/panics", get(panics))
            .route("/reads", get(reads))
            .layer(middleware::from_fn_with_state(edge, around))
            .with_state(store.clone());
        let ask = async |path: &str| {
            let request = Request::get(path).header("host", "localhost:1").body(Body::empty());
            router.clone().oneshot(request.expect("a request")).await.expect("an answer")
        };
        for _ in 0..3 {
            let answer = ask("/panics").await;
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            let body = axum::body::to_bytes(ask("/reads").await.into_body(), 100).await.expect("a body");
            assert_eq!(&body[..], b"None", "rolled back");
        }
        store.close().await;
        std::fs::remove_file(&file).expect("cleaned up");
    }

    #[test]
    fn ses_08_a_client_is_a_name_and_a_version() {
        for good in ["menshen-web/0.1.0", "a/1"] {
            assert!(is_client(good), "{good}");
        }
        for bad in ["", "/", "web", "web/", "/1", "web/1/2", "w b/1", "web/\u{7f}"] {
            assert!(!is_client(bad), "{bad:?}");
        }
    }
}
