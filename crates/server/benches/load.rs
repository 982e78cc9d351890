//! Throughput and 99th percentile of `/me`, sending a code and a wrong guess, compared with
//! `/healthz`, which does nothing; and of `/me` while 200 connections try passwords (API-07, LD-02).
//! Limits are switched off, and SMS go to the demo's inbox.
//!
//! `cargo bench -p server` runs it against a real socket and a real file. Absolute figures depend on the
//! machine; compare the ratio to `/healthz` between two states of the code.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use contract::endpoint::Endpoint;
use contract::me::GetMe;
use contract::sign_in::{SendSignInCode, SignInByPassword, SignInBySms};
use http_body_util::BodyExt;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use server::App;
use server::clock::Clock;
use server::config::{Config, Limits};
use server::serve::{Security, capacity, serve};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};

/// Connections that ask at the same time, each waiting for its answer before it asks again.
const CONNECTIONS: u64 = 16;
/// Requests of each connection.
const READS: u64 = 2_000;
const SENDS: u64 = 100;
/// Wrong guesses per code; the fifth would lock.
const GUESSES: u64 = 4;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One connection with its cookies, and numbers of its own.
struct Client {
    sender: SendRequest<Body>,
    port: u16,
    cookies: Vec<String>,
    id: u64,
}

impl Client {
    async fn connect(address: SocketAddr, id: u64) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, port: address.port(), cookies: Vec::new(), id })
    }

    async fn ask(&mut self, method: &str, path: &str, body: String) -> Result<StatusCode, Failure> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, format!("127.0.0.1:{}", self.port))
            .header(header::ORIGIN, format!("http://127.0.0.1:{}", self.port))
            .header("X-Client", "bench/1")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, self.cookies.join("; "))
            .body(Body::from(body))?;
        let response = self.sender.send_request(request).await?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            self.cookies.push(pair.to_owned());
        }
        let status = response.status();
        response.into_body().collect().await?;
        Ok(status)
    }

    /// The number this client uses at its `turn`; nobody else's, for budgets are per number.
    fn phone(&self, turn: u64) -> String {
        format!("139{:02}{turn:06}", self.id)
    }

    async fn post<E: Endpoint>(&mut self, request: &E) -> Result<StatusCode, Failure> {
        self.ask("POST", E::PATH, serde_json::to_string(request)?).await
    }
}

/// Connections that try passwords while others read.
const STORM: u64 = 200;

/// Tries one password after the other, each at another number, until told to stop; answers how
/// many were computed and how many were asked to come back.
async fn storm(mut client: Client, over: Arc<AtomicBool>) -> Result<(u64, u64), Failure> {
    let (mut computed, mut sent_away) = (0, 0);
    for turn in 0.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let phone = format!("135{:03}{turn:05}", client.id);
        match client.post(&SignInByPassword { phone, password: "not this one".into() }).await? {
            StatusCode::UNPROCESSABLE_ENTITY => computed += 1,
            StatusCode::SERVICE_UNAVAILABLE => {
                sent_away += 1;
                // As long as the answer asks for.
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            other => return Err(format!("{other} in the storm").into()),
        }
    }
    Ok((computed, sent_away))
}

/// What one scenario took.
struct Figures {
    name: &'static str,
    per_second: f64,
    median: Duration,
    p99: Duration,
}

impl Figures {
    fn of(name: &'static str, mut times: Vec<Duration>, wall: Duration) -> Self {
        times.sort();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        Self { name, per_second: times.len() as f64 / wall.as_secs_f64(), median: at(50), p99: at(99) }
    }

    fn print(&self, floor: &Self) {
        println!(
            "{:<14} {:>9.0} requests/s   median {:>7.2} ms   p99 {:>7.2} ms   1/{:.1} of /healthz",
            self.name,
            self.per_second,
            self.median.as_secs_f64() * 1000.0,
            self.p99.as_secs_f64() * 1000.0,
            floor.per_second / self.per_second,
        );
    }
}

/// What is asked again and again.
#[derive(Clone, Copy)]
enum Scenario {
    /// Nothing: what sockets, layers and headers cost.
    Healthz,
    /// Who is signed in.
    Me,
    /// A code to a number that had none yet.
    Send,
    /// A wrong code, for a number that has one.
    Guess,
}

impl Scenario {
    fn name(self) -> &'static str {
        match self {
            Self::Healthz => "/healthz",
            Self::Me => "/me",
            Self::Send => "send a code",
            Self::Guess => "wrong guess",
        }
    }

    /// Requests of each client.
    fn turns(self) -> u64 {
        match self {
            Self::Healthz | Self::Me => READS,
            Self::Send => SENDS,
            Self::Guess => SENDS * GUESSES,
        }
    }

    /// One request; anything but the expected answer ends the benchmark.
    async fn ask(self, client: &mut Client, turn: u64) -> Result<(), Failure> {
        let (status, expected) = match self {
            Self::Healthz => (client.ask("GET", "/healthz", String::new()).await?, StatusCode::OK),
            Self::Me => (client.ask("GET", GetMe::PATH, String::new()).await?, StatusCode::OK),
            Self::Send => {
                let request = SendSignInCode { phone: client.phone(turn) };
                (client.post(&request).await?, StatusCode::OK)
            }
            // One in a million is right, and then the benchmark says so and ends.
            Self::Guess => {
                let request = SignInBySms { phone: client.phone(turn / GUESSES), code: "000000".into() };
                (client.post(&request).await?, StatusCode::UNPROCESSABLE_ENTITY)
            }
        };
        if status == expected { Ok(()) } else { Err(format!("{status} where {expected} was due").into()) }
    }
}

/// All clients at once, each through its turns.
async fn measure(scenario: Scenario, clients: &mut Vec<Client>) -> Result<Figures, Failure> {
    let began = Instant::now();
    let mut tasks = Vec::new();
    for mut client in clients.drain(..) {
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            for turn in 0..scenario.turns() {
                let asked = Instant::now();
                scenario.ask(&mut client, turn).await?;
                times.push(asked.elapsed());
            }
            Ok::<_, Failure>((client, times))
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        let (client, its) = task.await??;
        clients.push(client);
        times.extend(its);
    }
    Ok(Figures::of(scenario.name(), times, began.elapsed()))
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("menshen-bench-{}", std::process::id()));
    let config = Config { limits: Limits::none(), ..Config::demo(&folder) };
    let app = App::open(config, Clock::wall()).await?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let router = app.router(address.port());
    let serving = tokio::spawn(serve(
        listener,
        Security::Plain,
        router,
        capacity()?,
        Vec::new(),
        std::future::pending(),
    ));

    let mut clients = Vec::new();
    for id in 0..CONNECTIONS {
        let mut client = Client::connect(address, id).await?;
        let request = SignInByPassword { phone: "13800000001".into(), password: "demo-Password-2026".into() };
        client.post(&request).await?;
        clients.push(client);
    }
    let floor = measure(Scenario::Healthz, &mut clients).await?;
    println!("{CONNECTIONS} connections, release build, SQLite with synchronous=FULL");
    floor.print(&floor);
    for scenario in [Scenario::Me, Scenario::Send, Scenario::Guess] {
        measure(scenario, &mut clients).await?.print(&floor);
    }
    let over = Arc::new(AtomicBool::new(false));
    let mut crowd = Vec::new();
    for id in 0..STORM {
        crowd.push(tokio::spawn(storm(Client::connect(address, id).await?, Arc::clone(&over))));
    }
    let calm = measure(Scenario::Me, &mut clients).await?;
    over.store(true, Ordering::SeqCst);
    let (mut computed, mut sent_away) = (0, 0);
    for task in crowd {
        let (tried, refused) = task.await??;
        computed += tried;
        sent_away += refused;
    }
    println!("while {STORM} connections try passwords ({computed} computed, {sent_away} sent away):");
    calm.print(&floor);
    serving.abort();
    app.close().await;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
