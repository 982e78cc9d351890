//! The server command: flags, start, orderly shutdown.

use server::App;
use server::clock::Clock;
use server::config::{Config, File};
use server::serve::Security;
use std::io::{IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
menshen-server --data DIR [--demo] [--config FILE] [--dist DIR] [--port N] [--lan] [--tls]
               [--accept-clock]
menshen-server --openapi

  --data DIR     folder of the database and the key file
  --demo         demo accounts and stand-ins instead of a real SMS gateway
  --config FILE  configuration in TOML
  --dist DIR     the built app, served beside the API
  --port N       port to listen on, 0 takes any free one (default 8080)
  --lan          let the local network open /dev/wechat
  --tls          https with a certificate made at start and signed by nobody
  --accept-clock the clock is right, though it is more than an hour off the last time the database knew
  --openapi      print the OpenAPI document
";

fn main() -> ExitCode {
    let flags = match Flags::parse(std::env::args().skip(1)) {
        Ok(flags) => flags,
        Err(why) => return stop(&format!("{why}\n\n{USAGE}")),
    };
    match flags {
        Flags::Help => print_out(USAGE),
        Flags::OpenApi => print_out(&server::openapi::document()),
        Flags::Serve(serve) => {
            let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return stop(&format!("The server cannot start its threads: {error}.")),
            };
            let color = std::io::stderr().is_terminal();
            tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(color).with_target(false).init();
            match runtime.block_on(run(serve)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(why) => stop(&why),
            }
        }
    }
}

fn stop(why: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{why}");
    ExitCode::from(2)
}

fn print_out(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

enum Flags {
    Help,
    OpenApi,
    Serve(Serve),
}

#[derive(Default)]
struct Serve {
    data: PathBuf,
    config: Option<PathBuf>,
    dist: Option<PathBuf>,
    port: Option<u16>,
    demo: bool,
    lan: bool,
    tls: bool,
    accept_clock: bool,
}

impl Flags {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut serve = Serve::default();
        let mut data = None;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value."));
            match word.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--openapi" => return Ok(Self::OpenApi),
                "--demo" => serve.demo = true,
                "--lan" => serve.lan = true,
                "--tls" => serve.tls = true,
                "--accept-clock" => serve.accept_clock = true,
                "--data" => data = Some(PathBuf::from(value()?)),
                "--config" => serve.config = Some(PathBuf::from(value()?)),
                "--dist" => serve.dist = Some(PathBuf::from(value()?)),
                "--port" => {
                    let text = value()?;
                    serve.port = Some(text.parse().map_err(|_| format!("{text} is not a port."))?);
                }
                unknown => return Err(format!("There is no flag {unknown}.")),
            }
        }
        serve.data = data.ok_or("The folder for the data is missing: --data DIR.")?;
        Ok(Self::Serve(serve))
    }
}

/// The configuration file completed by the flags.
fn configure(serve: Serve) -> Result<Config, String> {
    let file = match &serve.config {
        Some(path) => File::read(path)?,
        None => File::default(),
    };
    let mut config = file.into_config(&serve.data);
    config.demo = serve.demo;
    config.lan = serve.lan;
    config.accept_clock = serve.accept_clock;
    config.port = serve.port.unwrap_or(config.port);
    if let Some(dist) = &serve.dist
        && !dist.join("index.html").is_file()
    {
        return Err(format!("There is no index.html in {}: build the app first.", dist.display()));
    }
    config.dist = serve.dist;
    let is_alone =
        config.allowed_hosts.is_empty() && config.kiosk_hosts.is_empty() && config.proxies.is_empty();
    if config.demo && !is_alone {
        return Err(
            "--demo is for this computer alone: its inbox shows everybody's codes. It does not start \
                    with allowed_hosts, kiosk_hosts or proxies in the configuration."
                .to_owned(),
        );
    }
    if config.lan && !config.demo {
        return Err("--lan serves a stand-in of the demo; it needs --demo.".to_owned());
    }
    if config.lan {
        // Other devices get 404, except on the page for phones.
        config.listen = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    }
    Ok(if config.demo { config.with_demo_hosts() } else { config })
}

async fn run(serve: Serve) -> Result<(), String> {
    let (scheme, security) = secured(serve.tls)?;
    let config = configure(serve)?;
    let (demo, lan, proxies) = (config.demo, config.lan, config.proxies.clone());
    let capacity = server::serve::capacity()?;
    let asked = SocketAddr::new(config.listen, config.port);
    let app = App::open(config, Clock::wall()).await?;
    let listener = server::serve::listen(asked).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("Port {} is taken: stop what uses it or pass another --port.", asked.port())
        }
        kind => format!("The server cannot listen on {asked}: {kind}."),
    })?;
    let address = listener.local_addr().map_err(|error| format!("The server has no address: {error}."))?;
    let port = address.port();
    let outbox = tokio::spawn(app.clone().run_outbox());
    let retention = tokio::spawn(app.clone().run_retention());
    let phones =
        format!("{scheme}://{}:{port}", if lan { own_address() } else { IpAddr::V4(Ipv4Addr::LOCALHOST) });
    app.set_demo_origin(&phones);
    announce(scheme, port, demo, &phones);
    let stop = async {
        told_to_stop().await;
        app.close_streams();
    };
    server::serve::serve(listener, security, app.router(port), capacity, proxies, stop).await;
    app.end_outbox().await;
    outbox.abort();
    retention.abort();
    app.close().await;
    Ok(())
}

/// The scheme of this server's address, and the security of its connections.
fn secured(tls: bool) -> Result<(&'static str, Security), String> {
    if !tls {
        return Ok(("http", Security::Plain));
    }
    #[cfg(feature = "tls")]
    return Security::self_signed()
        .map(|security| ("https", security))
        .map_err(|why| format!("No certificate could be made: {why}."));
    #[cfg(not(feature = "tls"))]
    Err("This server was built without the feature tls.".to_owned())
}

/// Programs read the first line; the rest is for people.
fn announce(scheme: &str, port: u16, demo: bool, phones: &str) {
    let origin = format!("{scheme}://127.0.0.1:{port}");
    let mut text = format!("listening on {origin}\n");
    if demo {
        text.push_str(server::DEMO_ACCOUNTS);
        text.push_str(&format!("SMS inbox: {origin}/dev/inbox\n"));
        text.push_str(&format!("WeChat: {phones}/dev/wechat\n"));
    }
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// This computer's address in the local network: the one it would send from. Nothing is sent; without a
/// network it is loopback.
fn own_address() -> IpAddr {
    let asked = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    asked.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}

async fn told_to_stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
