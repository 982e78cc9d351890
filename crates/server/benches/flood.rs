//! Measures how a flood by one client affects other users: the server runs as in production (its own
//! process, default limits, an SMS relay), sixteen simulated users read and write at human speed, each
//! from a network of their own, and one client at a time floods it from another network.
//!
//! `cargo bench -p server --bench flood` prints, for each kind of flood, the honest users' medians beside
//! those of the server at rest, how long the notice of a changed number took, and the server's memory.
//! Compare ratios: absolute figures depend on the machine, on which the flooding client runs as well.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, header};
use axum::routing::post;
use contract::change::{Change, StartChange};
use contract::endpoint::Endpoint;
use contract::history::SetHistorySync;
use contract::me::{Action, GetMe};
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::sign_in::{EnterSurface, SendSignInCode, SignInBySms};
use contract::step_up::{SendStepUpCode, StepUpBySms};
use http_body_util::BodyExt;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// Honest users, each in a network of their own.
const PEOPLE: u8 = 16;
/// What each does while a flood goes on, and how long they think in between.
const TURNS: usize = 40;
const THOUGHT: Duration = Duration::from_millis(100);
/// Connections of the stranger that ask without a pause.
const FLOODERS: u64 = 8;
/// Connections of the stranger that hardly read: more than the server has.
const SLOW_READERS: u64 = 2_100;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the relay was asked to send: the newest code of each number, and when which notice came.
#[derive(Clone, Default)]
struct Relay(Arc<Mutex<Sent>>);
type Sent = (HashMap<String, String>, Vec<(String, Instant)>);

impl Relay {
    async fn listen() -> Result<(Self, SocketAddr), Failure> {
        let relay = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let take = async |State(relay): State<Self>, body: String| {
            let Ok(sms) = serde_json::from_str::<Value>(&body) else { return StatusCode::BAD_REQUEST };
            let to = sms["to"].as_str().unwrap_or_default().to_owned();
            let mut sent = relay.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match sms["code"].as_str() {
                Some(code) => drop(sent.0.insert(to, code.to_owned())),
                None => sent.1.push((to, Instant::now())),
            }
            StatusCode::OK
        };
        let router = Router::new().route("/sms", post(take)).with_state(relay.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((relay, address))
    }

    fn code(&self, phone: &str) -> Result<String, Failure> {
        let sent = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(sent.0.get(phone).cloned().ok_or("no code was sent")?)
    }

    /// How long after `since` a notice to a number came; waits for it.
    async fn notice(&self, phone: &str, since: Instant) -> Duration {
        loop {
            let found = {
                let sent = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                sent.1.iter().find(|(to, _)| to == phone).map(|(_, at)| *at)
            };
            match found {
                Some(at) => return at.duration_since(since),
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }
}

/// The program, as an operator runs it.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(folder: &Path, relay: SocketAddr) -> Result<Self, Failure> {
        let dist = folder.join("dist");
        std::fs::create_dir_all(dist.join("assets"))?;
        std::fs::write(dist.join("index.html"), "<!doctype html>")?;
        // What slow readers ask for: as large as the app's binary.
        std::fs::write(dist.join("assets/app-1.wasm"), vec![0; 1 << 20])?;
        let config = folder.join("menshen.toml");
        // So many people from one machine: nothing else of the limits is touched.
        std::fs::write(&config, format!("[sms]\nurl = \"http://{relay}/sms\"\ntoken = \"t\"\n"))?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_menshen-server"))
            .args(["--port", "0", "--data"])
            .arg(folder.join("data"))
            .arg("--config")
            .arg(config)
            .arg("--dist")
            .arg(dist)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let first = lines.next().ok_or("it does not start")??;
        let address = first.strip_prefix("listening on http://").ok_or("another first line")?.parse()?;
        Ok(Self { child, address })
    }

    /// What the system says of its memory, in MB.
    fn memory(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no figure")?;
        let kilobytes: u64 = line.split_whitespace().next().ok_or("no figure")?.parse()?;
        Ok(kilobytes / 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection from an address of this machine's loopback network, with its cookies.
struct Client {
    sender: SendRequest<Body>,
    server: SocketAddr,
    from: [u8; 4],
    cookies: HashMap<String, String>,
}

async fn socket(server: SocketAddr, from: [u8; 4]) -> Result<TcpStream, Failure> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((from, 0)))?;
    Ok(socket.connect(server).await?)
}

impl Client {
    async fn connect(server: SocketAddr, from: [u8; 4]) -> Result<Self, Failure> {
        let stream = socket(server, from).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, server, from, cookies: HashMap::new() })
    }

    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        key: &str,
        body: String,
    ) -> Result<(StatusCode, String), Failure> {
        // The server closes what was idle for half a minute.
        if self.sender.ready().await.is_err() {
            let cookies = std::mem::take(&mut self.cookies);
            *self = Self { cookies, ..Self::connect(self.server, self.from).await? };
        }
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.server.to_string())
            .header("sec-fetch-site", "same-origin")
            .header("X-Client", "bench/1")
            .header("idempotency-key", key)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::from(body))?;
        let response = self.sender.send_request(request).await?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str()?.split_once('=').ok_or("a cookie")?;
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap_or_default().to_owned());
        }
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((status, String::from_utf8(body.to_vec())?))
    }

    async fn send<E: Endpoint>(&mut self, request: &E) -> Result<E::Reply, Failure> {
        let key = request.idempotency_key().unwrap_or_default().to_owned();
        let (status, body) = self.ask("POST", E::PATH, &key, serde_json::to_string(request)?).await?;
        if status.is_success() {
            Ok(serde_json::from_str(&body)?)
        } else {
            Err(format!("{status} {body}").into())
        }
    }
}

/// Somebody honest.
struct Person {
    client: Client,
    phone: String,
}

impl Person {
    async fn sign_in(server: SocketAddr, relay: &Relay, number: u8, round: usize) -> Result<Self, Failure> {
        let mut client = Client::connect(server, [127, 1, number, 1]).await?;
        let phone = format!("+861390000{round:02}{number:02}");
        client.send(&SendSignInCode { phone: phone.clone() }).await?;
        let code = relay.code(&phone)?;
        client.send(&SignInBySms { phone: phone.clone(), code }).await?;
        Ok(Self { client, phone })
    }

    /// Reads and writes at a person's pace; answers how long each took.
    async fn live(&mut self) -> Result<(Vec<Duration>, Vec<Duration>), Failure> {
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            tokio::time::sleep(THOUGHT).await;
            let began = Instant::now();
            let (status, body) = self.client.ask("GET", GetMe::PATH, "", String::new()).await?;
            if !status.is_success() {
                return Err(format!("an honest user reads {status} {body}").into());
            }
            reads.push(began.elapsed());
            let began = Instant::now();
            self.client.send(&StartChange::of(Action::Password)).await?;
            writes.push(began.elapsed());
        }
        Ok((reads, writes))
    }

    /// Changes the number; answers how long the old one waited for its notice.
    async fn rebind(&mut self, relay: &Relay, new: String) -> Result<Duration, Failure> {
        let change: Change = self.client.send(&StartChange::of(Action::Phone)).await?;
        // A resend to a number waits a minute; a fresh account has asked once to sign in.
        tokio::time::sleep(Duration::from_secs(61)).await;
        let change = self.client.send(&SendStepUpCode { change: change.id, version: change.version }).await?;
        let code = relay.code(&self.phone)?;
        let step_up = StepUpBySms { change: change.id, version: change.version, code };
        let change = self.client.send(&step_up).await?;
        let aim = SendNewPhoneCode { change: change.id, version: change.version, phone: Some(new.clone()) };
        let change = self.client.send(&aim).await?;
        let code = relay.code(&new)?;
        let began = Instant::now();
        self.client.send(&BindPhone { change: change.id, version: change.version, code }).await?;
        Ok(relay.notice(&self.phone, began).await)
    }
}

/// What the stranger does.
#[derive(Clone, Copy)]
enum Flood {
    None,
    /// Writes rows and causes work, signed in (V1, V9).
    Writes,
    /// Holds connections and hardly reads (V3).
    SlowReaders,
    /// Turns into a shared device again and again, without a cookie (V4).
    Surfaces,
    /// Asks for codes to numbers abroad that nobody holds (V7).
    Codes,
}

impl Flood {
    fn name(self) -> &'static str {
        match self {
            Self::None => "at rest",
            Self::Writes => "V1, V9 writes of one account",
            Self::SlowReaders => "V3 slow readers",
            Self::Surfaces => "V4 surfaces without cookies",
            Self::Codes => "V7 codes to numbers of nobody",
        }
    }

    /// Begins it; it goes on until `over`. `count` counts the requests.
    async fn begin(
        self,
        server: SocketAddr,
        relay: &Relay,
        over: &Arc<AtomicBool>,
        count: &Arc<AtomicU64>,
    ) -> Result<JoinSet<()>, Failure> {
        const STRANGER: [u8; 4] = [127, 0, 99, 1];
        let mut work = JoinSet::new();
        match self {
            Self::None => {}
            Self::SlowReaders => {
                let held = Arc::new(Mutex::new(Vec::new()));
                for _ in 0..SLOW_READERS {
                    let Ok(mut stream) = socket(server, STRANGER).await else { continue };
                    let request = format!("GET /assets/app-1.wasm HTTP/1.1\r\nhost: {server}\r\n\r\n");
                    if stream.write_all(request.as_bytes()).await.is_ok() {
                        count.fetch_add(1, Ordering::Relaxed);
                        held.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(stream);
                    }
                }
                let over = Arc::clone(over);
                work.spawn(async move {
                    // A byte of each now and then.
                    while !over.load(Ordering::SeqCst) {
                        tokio::time::sleep(Duration::from_millis(500)).await;
                        let mut streams = std::mem::take(
                            &mut *held.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
                        );
                        for stream in &mut streams {
                            let _ = tokio::time::timeout(Duration::from_millis(1), stream.read_u8()).await;
                        }
                        *held.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = streams;
                    }
                });
            }
            Self::Writes | Self::Surfaces | Self::Codes => {
                let cookies = match self {
                    Self::Writes => Person::sign_in(server, relay, 99, 99).await?.client.cookies,
                    _ => HashMap::new(),
                };
                for id in 0..FLOODERS {
                    let mut client = Client::connect(server, STRANGER).await?;
                    client.cookies = cookies.clone();
                    let (over, count) = (Arc::clone(over), Arc::clone(count));
                    work.spawn(async move {
                        for turn in 0_u64.. {
                            if over.load(Ordering::SeqCst) {
                                return;
                            }
                            count.fetch_add(1, Ordering::Relaxed);
                            let _ = match self {
                                Self::Writes => {
                                    client.send(&SetHistorySync { on: turn % 2 == 0 }).await.map(drop)
                                }
                                Self::Surfaces => {
                                    client.cookies.clear();
                                    client.send(&EnterSurface::Kiosk).await.map(drop)
                                }
                                _ => {
                                    client.cookies.clear();
                                    let phone = format!("+8526{:07}", id * 1_000_000 + turn);
                                    client.send(&SendSignInCode { phone }).await.map(drop)
                                }
                            };
                        }
                    });
                }
            }
        }
        Ok(work)
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("menshen-flood-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (relay, address) = Relay::listen().await?;
    let mut rest: Option<(Duration, Duration)> = None;
    println!("{PEOPLE} people, each read and write {TURNS} times at a person's pace; medians");
    for (round, flood) in [Flood::None, Flood::Writes, Flood::SlowReaders, Flood::Surfaces, Flood::Codes]
        .into_iter()
        .enumerate()
    {
        // Each on a server of its own, so that none pays for the one before.
        let data = folder.join(round.to_string());
        std::fs::create_dir_all(&data)?;
        let server = Server::start(&data, address)?;
        let mut people = Vec::new();
        for number in 1..=PEOPLE {
            people.push(Person::sign_in(server.address, &relay, number, round).await?);
        }
        let mut mover = Person::sign_in(server.address, &relay, 50, round).await?;
        let (over, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let began = Instant::now();
        let mut work = flood.begin(server.address, &relay, &over, &count).await?;
        let notice = {
            let (relay, new) = (relay.clone(), format!("+861391111{round:02}50"));
            tokio::spawn(async move { mover.rebind(&relay, new).await })
        };
        let mut lives = JoinSet::new();
        for mut person in people {
            lives.spawn(async move { person.live().await });
        }
        let (mut reads, mut writes, mut memory) = (Vec::new(), Vec::new(), 0);
        while let Some(life) = lives.join_next().await {
            let (read, written) = life??;
            reads.extend(read);
            writes.extend(written);
            memory = memory.max(server.memory()?);
        }
        let notice = notice.await??;
        memory = memory.max(server.memory()?);
        over.store(true, Ordering::SeqCst);
        let pace = count.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
        while work.join_next().await.is_some() {}
        let (read, write) = (median(reads), median(writes));
        let (read_rest, write_rest) = *rest.get_or_insert((read, write));
        let millis = |time: Duration| time.as_secs_f64() * 1000.0;
        println!(
            "{:<30} /me {:>6.2} ms ({:.2} of rest)   write {:>6.2} ms ({:.2})   notice {:>6.0} ms   memory {memory:>3} MB   {pace:>6.0} requests/s of the stranger",
            flood.name(),
            millis(read),
            millis(read) / millis(read_rest),
            millis(write),
            millis(write) / millis(write_rest),
            millis(notice),
        );
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
