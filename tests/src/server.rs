//! The real server, with demo data.

use crate::process::{Process, evidence, evidence_folder, path_of};
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

/// What it says when it can be asked.
const LISTENS: &str = "listening on ";

/// A server with demo data on a free port.
fn command(data: &Path) -> Command {
    let mut command = Command::new(path_of("MENSHEN_SERVER"));
    command.args(["--demo", "--port", "0", "--data"]).arg(data);
    command
}

/// How old demo data may be when a test begins: the moments in them are told from when they were made.
const FRESH: Duration = Duration::from_secs(30);

/// A folder with fresh demo data. To make them costs a server as much as all else that it does in a short test, so
/// tests get copies.
fn demo_data() -> TempDir {
    static MADE: Mutex<Option<Instant>> = Mutex::new(None);
    let master = evidence_folder().join("demo-data");
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if made.is_none_or(|made| made.elapsed() > FRESH) {
        // There is none at first.
        let _gone = fs::remove_dir_all(&master);
        // Ended at once; whoever opens the data next finds them as they are.
        drop(Process::start(command(&master).stderr(Stdio::null()), LISTENS));
        *made = Some(Instant::now());
    }
    let copy = TempDir::with_prefix("menshen-e2e-").expect("the temporary folder is writable");
    for file in fs::read_dir(&master).expect("the server made it") {
        let file = file.expect("it is ours");
        fs::copy(file.path(), copy.path().join(file.file_name())).expect("the temporary folder is writable");
    }
    copy
}

/// A server on a port, a database and a clock of its own.
pub(crate) struct Server {
    // Dropped in this order: first the program, then its files.
    _process: Process,
    _data: TempDir,
    /// `http://127.0.0.1:PORT`
    pub(crate) origin: String,
    client: Client,
}

impl Server {
    /// With these lines of configuration.
    pub(crate) fn start(config: &str) -> Self {
        let data = demo_data();
        let log = File::create(evidence(".log")).expect("the target folder is writable");
        let file = data.path().join("menshen.toml");
        fs::write(&file, config).expect("the temporary folder is writable");
        let mut command = command(data.path());
        command.arg("--config").arg(file).arg("--dist").arg(path_of("MENSHEN_DIST")).stderr(log);
        let (process, origin) = Process::start(&mut command, LISTENS);
        Self { _process: process, _data: data, origin: origin.trim().to_owned(), client: Client::new() }
    }

    /// Asks for an address as a program does, without a browser's cookies.
    pub(crate) fn get(&self, path: &str) -> Response {
        self.client.get(self.origin.clone() + path).send().expect("the server answers")
    }

    /// Sends JSON to a stand-in, which may refuse it.
    pub(crate) fn answer_to_post(&self, path: &str, body: &Value) -> Response {
        self.client.post(self.origin.clone() + path).json(body).send().expect("the server answers")
    }

    /// Sends JSON to a stand-in or a service, under a secret if there is one.
    pub(crate) fn post(&self, path: &str, secret: Option<&str>, body: &Value) -> Value {
        let mut request = self.client.post(self.origin.clone() + path).json(body);
        if let Some(secret) = secret {
            request = request.bearer_auth(secret);
        }
        let response = request.send().expect("the server answers");
        let response = response.error_for_status().unwrap_or_else(|error| panic!("{path}: {error}"));
        response.json().unwrap_or(json!(null))
    }
}
