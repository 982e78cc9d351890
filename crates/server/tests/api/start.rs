//! The command line: one-sentence errors at start, orderly shutdown.

use crate::support::Folder;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn server(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_menshen-server"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end: the exit code and what it said.
fn fails(arguments: &[&str]) -> String {
    let output = server(arguments).output().expect("it runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty());
    said
}

/// One sentence, and the words in it that help.
fn says(arguments: &[&str], words: &[&str]) {
    let said = fails(arguments);
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.trim_end().ends_with('.'), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} in {said}");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn start_without_a_gateway_it_says_what_is_missing() {
    let folder = Folder::new();
    says(&["--data", text(folder.path())], &["SMS", "[sms]", "--demo"]);
}

#[test]
fn start_bad_flags_are_named() {
    for (arguments, word) in [
        (&["--demo"] as &[&str], "--data"),
        (&["--data"], "--data"),
        (&["--data", "d", "--port", "x"], "x is not a port"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let said = fails(arguments);
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn start_a_bad_configuration_is_named() {
    let folder = Folder::new();
    let file = folder.path().join("menshen.toml");
    let data = text(folder.path());
    says(&["--data", data, "--config", text(&file)], &["menshen.toml", "cannot be read"]);
    std::fs::write(&file, "prot = 8080\n").expect("written");
    says(&["--data", data, "--config", text(&file)], &["menshen.toml", "prot"]);
    std::fs::write(&file, "[sms]\nurl = \"https://sms.example\"\ntoken = \"t\"\n").expect("written");
    says(&["--data", data, "--config", text(&file)], &["sms.url"]);
}

#[test]
fn v15_a_demo_does_not_start_for_other_computers() {
    let folder = Folder::new();
    let file = folder.path().join("menshen.toml");
    let data = text(folder.path());
    for line in [
        "allowed_hosts = ['account.example.com']",
        "kiosk_hosts = ['lobby.example.com']",
        "proxies = ['127.0.0.1']",
    ] {
        std::fs::write(&file, line).expect("written");
        let words = ["--demo", "allowed_hosts", "kiosk_hosts", "proxies"];
        says(&["--demo", "--data", data, "--config", text(&file)], &words);
    }
}

#[test]
fn start_an_unusable_folder_is_named() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").expect("written");
    let data = file.join("data");
    says(&["--demo", "--data", text(&data)], &["data folder", text(&data)]);
    let broken = folder.path().join("broken");
    std::fs::create_dir(&broken).expect("a folder");
    std::fs::write(broken.join("menshen.db"), "this is not a database, whatever its name says")
        .expect("written");
    says(&["--demo", "--data", text(&broken)], &["database"]);
}

#[test]
fn start_a_missing_app_is_named() {
    let folder = Folder::new();
    let dist = folder.path().join("dist");
    says(&["--demo", "--data", text(folder.path()), "--dist", text(&dist)], &["index.html", text(&dist)]);
}

#[test]
fn start_a_taken_port_is_named() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    says(&["--demo", "--data", text(folder.path()), "--port", &port], &["Port", &port, "--port"]);
}

#[test]
fn start_the_openapi_document_is_printed() {
    let output = server(&["--openapi"]).output().expect("it runs");
    assert!(output.status.success());
    let is_committed = output.stdout == include_bytes!("../../openapi.json");
    assert!(is_committed, "another document than crates/server/openapi.json");
}

/// A running server and the origin it printed.
fn running(folder: &Path) -> (Child, String, BufReader<std::process::ChildStdout>) {
    let mut child = server(&["--demo", "--data", text(folder), "--port", "0"]).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output"));
    let mut first = String::new();
    lines.read_line(&mut first).expect("a line");
    let origin = first.trim_end().strip_prefix("listening on ").expect("the first line").to_owned();
    (child, origin, lines)
}

/// One request over a real connection.
fn ask(origin: &str, request: &str) -> String {
    use std::io::Write;
    let address = origin.strip_prefix("http://").expect("http");
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    let request = request.replace("HOST", address);
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// Moves the clock; answers the date it shows.
fn move_clock(origin: &str, seconds: i64) -> String {
    let body = format!("{{\"advance_s\":{seconds}}}");
    let head = "POST /dev/clock HTTP/1.1\r\nhost: HOST\r\nconnection: close\r\ncontent-length:";
    let answer = ask(origin, &format!("{head} {}\r\n\r\n{body}", body.len()));
    answer.split("\"now\":\"").nth(1).expect("a moment").get(..10).expect("a date").to_owned()
}

#[test]
fn start_it_announces_itself_serves_and_ends_in_order() {
    let folder = Folder::new();
    let (mut child, origin, mut rest) = running(folder.path());
    let answer =
        ask(&origin, "GET /api/v1/me HTTP/1.1\r\nhost: HOST\r\nx-client: t/1\r\nconnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let foreign = ask(&origin, "GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
    assert!(foreign.starts_with("HTTP/1.1 403"), "{foreign}");
    // Two megabytes over a real connection: the answer arrives.
    let body = "x".repeat(2 * 1024 * 1024);
    let large = ask(
        &origin,
        &format!(
            "POST /api/v1/sign-out HTTP/1.1\r\nhost: HOST\r\nx-client: t/1\r\ncontent-type: application/json\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
    );
    assert!(large.starts_with("HTTP/1.1 413") || large.starts_with("HTTP/1.1 401"), "{large}");
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("a signal");
    assert!(status.success());
    assert!(child.wait().expect("its end").success());
    let mut said = String::new();
    rest.read_to_string(&mut said).expect("the rest");
    for line in ["13800000001", "demo-Password-2026", "/dev/inbox"] {
        assert!(said.contains(line), "{line} in {said}");
    }
}

#[test]
fn start_server_stop_ends_open_scan_streams() {
    use std::io::Write;
    let folder = Folder::new();
    let (mut child, origin, _rest) = running(folder.path());
    let begun = ask(
        &origin,
        "POST /api/v1/sign-in/scan HTTP/1.1\r\nhost: HOST\r\nx-client: t/1\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: 2\r\n\r\n{}",
    );
    let after = |name: &str| begun.split(name).nth(1).unwrap_or_else(|| panic!("{name} in {begun}"));
    let cookie = after("__Host-browser=").split(';').next().expect("a cookie");
    let id = after("\"id\":\"").split('"').next().expect("an id");
    let address = origin.strip_prefix("http://").expect("http");
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    let request = format!(
        "GET /api/v1/scans/{id}/events HTTP/1.1\r\nhost: {address}\r\ncookie: __Host-browser={cookie}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    while !line.contains("\"state\":\"waiting\"") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).expect("a line"), 0, "the stream ended too early");
    }
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("a signal");
    assert!(status.success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("the end of the stream");
    assert!(rest.ends_with("0\r\n\r\n"), "ended and not cut off: {rest:?}");
    assert!(child.wait().expect("its end").success());
}

#[test]
fn start_demo_data_is_kept_and_refused_without_the_flag() {
    let folder = Folder::new();
    let (mut child, origin, _rest) = running(folder.path());
    move_clock(&origin, 86_400);
    // Not asked to stop: killed.
    child.kill().expect("killed");
    child.wait().expect("its end");
    let config = folder.path().join("menshen.toml");
    std::fs::write(&config, "[sms]\nurl = \"http://127.0.0.1:9/\"\ntoken = \"t\"\n").expect("written");
    says(&["--data", text(folder.path()), "--config", text(&config)], &["demo data", "--demo"]);
    let (mut child, origin, _rest) = running(folder.path());
    let now = move_clock(&origin, 0);
    let output = Command::new("date").args(["-u", "-d", "+1 day", "+%F"]).output().expect("date");
    assert_eq!(now, String::from_utf8(output.stdout).expect("text").trim());
    child.kill().expect("killed");
    child.wait().expect("its end");
}

/// What a client keeps between raw requests.
struct Client {
    origin: String,
    cookies: Vec<String>,
}

impl Client {
    /// Posts (with a body) or gets; answers status and body.
    fn ask(&mut self, path: &str, key: &str, body: Option<&str>) -> (u16, String) {
        let method = if body.is_some() { "POST" } else { "GET" };
        let body = body.unwrap_or_default();
        let answer = ask(
            &self.origin,
            &format!(
                "{method} {path} HTTP/1.1\r\nhost: HOST\r\nx-client: t/1\r\nconnection: close\r\n\
                 content-type: application/json\r\nidempotency-key: {key}\r\ncookie: {}\r\n\
                 content-length: {}\r\n\r\n{body}",
                self.cookies.join("; "),
                body.len()
            ),
        );
        let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
        for line in head.lines() {
            if let Some(cookie) = line.strip_prefix("set-cookie: ") {
                self.cookies.push(cookie.split(';').next().expect("a pair").to_owned());
            }
        }
        let status = head[9..12].parse().expect("a status");
        (status, body.to_owned())
    }
}

fn field<'a>(json: &'a str, name: &str) -> &'a str {
    let rest = json.split(&format!("\"{name}\":\"")).nth(1).expect(name);
    rest.split('"').next().expect(name)
}

#[test]
fn ses_04_db_01_what_was_acknowledged_survives_a_kill() {
    let folder = Folder::new();
    let (mut child, origin, _rest) = running(folder.path());
    let mut lin = Client { origin, cookies: Vec::new() };
    let proof = r#"{"phone":"13800000001","password":"demo-Password-2026"}"#;
    assert_eq!(lin.ask("/api/v1/sign-in/password", "", Some(proof)).0, 200);
    let (_, change) = lin.ask("/api/v1/changes", "", Some(r#"{"action":"phone"}"#));
    let id = field(&change, "id").to_owned();
    let step = format!(r#"{{"change":"{id}","version":1,"password":"demo-Password-2026"}}"#);
    assert_eq!(lin.ask("/api/v1/step-up/password", "", Some(&step)).0, 200);
    let send = format!(r#"{{"change":"{id}","version":2,"phone":"13911110001"}}"#);
    assert_eq!(lin.ask("/api/v1/phone/code", "", Some(&send)).0, 200);
    let (_, inbox) = lin.ask("/dev/inbox.json", "", None);
    let bind = format!(r#"{{"change":"{id}","version":3,"code":"{}"}}"#, field(&inbox, "code"));
    let (status, bound) = lin.ask("/api/v1/phone/bind", &id, Some(&bind));
    child.kill().expect("killed");
    child.wait().expect("its end");
    assert_eq!(status, 200, "{bound}");

    let (mut child, origin, _rest) = running(folder.path());
    lin.origin = origin;
    let (status, me) = lin.ask("/api/v1/me", "", None);
    assert_eq!((status, field(&me, "why")), (401, "phone_changed"));
    assert_eq!(lin.ask(&format!("/api/v1/outcomes/{id}"), "", None), (200, bound.clone()));
    assert_eq!(lin.ask("/api/v1/phone/bind", &id, Some(&bind)), (200, bound));
    child.kill().expect("killed");
    child.wait().expect("its end");
}

#[cfg(feature = "tls")]
#[test]
fn start_with_tls_plain_requests_get_no_answer() {
    use std::io::Write;
    let folder = Folder::new();
    let mut child = server(&["--demo", "--tls", "--data", text(folder.path()), "--port", "0"])
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output"));
    let mut first = String::new();
    lines.read_line(&mut first).expect("a line");
    let address = first.trim_end().strip_prefix("listening on https://").expect("https").to_owned();
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    stream.write_all(b"GET /healthz HTTP/1.1\r\n\r\n").expect("sent");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    // An alert record of TLS (type 21), or nothing.
    assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
    child.kill().expect("killed");
    child.wait().expect("its end");
}
