//! Requests per second and p99 of three answers: `/me` (reads), sending a code (a write) and a
//! wrong guess (charge, commit, compare). In process, on a real file with every commit on the disk.
//!
//! `cargo bench -p server`

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use server::app::App;
use server::clock::Clock;
use server::config::Config;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tower::ServiceExt;

/// Clients at once.
const CLIENTS: usize = 16;

fn main() {
    let folder = std::env::temp_dir().join(format!("menshen-bench-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async {
        let app = App::open(Config::demo(&folder), Clock::wall()).await.expect("the server opens");
        let router = app.router(8080);
        measure_all(&router).await;
        app.close().await;
    });
    let _ = std::fs::remove_dir_all(&folder);
}

async fn measure_all(router: &Router) {
    let body = r#"{"phone":"13800000001","password":"demo-Password-2026"}"#;
    let cookies = cookies(&post(router, "/api/v1/sign-in/password", body, "").await);
    measure("GET /me", 20_000, |_| {
        let (router, cookies) = (router.clone(), cookies.clone());
        async move { status(router, Request::get("/api/v1/me"), &cookies, Body::empty()).await }
    })
    .await;

    let count = 4_000;
    let jars: Arc<Vec<_>> = Arc::new((0..count).map(|_| std::sync::Mutex::new(String::new())).collect());
    measure("POST /sign-in/code", count, |at| {
        let (router, jars) = (router.clone(), Arc::clone(&jars));
        async move {
            let body = format!(r#"{{"phone":"139{at:08}"}}"#);
            let answer = post(&router, "/api/v1/sign-in/code", &body, "").await;
            *jars[at].lock().expect("a jar") = self::cookies(&answer);
            answer.status()
        }
    })
    .await;
    let wrong = measure("POST /sign-in/sms, wrong", count, |at| {
        let (router, jars) = (router.clone(), Arc::clone(&jars));
        async move {
            let body = format!(r#"{{"phone":"139{at:08}","code":"00000x"}}"#);
            let cookies = jars[at].lock().expect("a jar").clone();
            post(&router, "/api/v1/sign-in/sms", &body, &cookies).await.status()
        }
    })
    .await;
    assert_eq!(wrong, StatusCode::UNPROCESSABLE_ENTITY);
}

/// Does something so often, by several clients at once, and prints how it went.
async fn measure<F, R>(what: &str, count: usize, work: F) -> StatusCode
where
    F: Fn(usize) -> R + Sync,
    R: Future<Output = StatusCode> + Send + 'static,
{
    let next = AtomicUsize::new(0);
    let started = now();
    let clients = (0..CLIENTS).map(|_| async {
        let mut times = Vec::new();
        let mut last = StatusCode::OK;
        loop {
            let at = next.fetch_add(1, Ordering::SeqCst);
            if at >= count {
                return (times, last);
            }
            let begun = now();
            last = tokio::spawn(work(at)).await.expect("no panic");
            times.push(begun.elapsed());
        }
    });
    let mut times: Vec<Duration> = Vec::new();
    let mut last = StatusCode::OK;
    for (some, status) in join_all(clients).await {
        times.extend(some);
        last = status;
    }
    let took = started.elapsed();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!(
        "{what:26} {:>7.0}/s  p50 {:>6.2} ms  p99 {:>6.2} ms  ({last})",
        count as f64 / took.as_secs_f64(),
        at(0.5),
        at(0.99)
    );
    last
}

/// All of them side by side on this task; the work itself runs in tasks of its own.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut waiting {
            if output.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(context)
            {
                *output = Some(done);
            }
        }
        if waiting.iter().all(|(_, output)| output.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    waiting.into_iter().filter_map(|(_, output)| output).collect()
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    Instant::now()
}

async fn post(router: &Router, path: &str, body: &str, cookies: &str) -> Response<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    send(router.clone(), request, cookies, Body::from(body.to_owned())).await
}

async fn status(
    router: Router,
    request: axum::http::request::Builder,
    cookies: &str,
    body: Body,
) -> StatusCode {
    let answer = send(router, request, cookies, body).await;
    let status = answer.status();
    answer.into_body().collect().await.expect("a body");
    status
}

async fn send(
    router: Router,
    request: axum::http::request::Builder,
    cookies: &str,
    body: Body,
) -> Response<Body> {
    let request = request
        .header(header::HOST, "127.0.0.1:8080")
        .header("x-client", "bench/1")
        .header(header::COOKIE, cookies)
        .body(body)
        .expect("a request");
    router.oneshot(request).await.expect("an answer")
}

fn cookies(answer: &Response<Body>) -> String {
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let pairs = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}
