//! The real server, with demo data.

use crate::process::{Process, evidence, path_of};
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use std::fs::File;
use std::process::Command;
use tempfile::TempDir;

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
        let data = TempDir::with_prefix("menshen-e2e-").expect("the temporary folder is writable");
        let log = File::create(evidence(".log")).expect("the target folder is writable");
        let file = data.path().join("menshen.toml");
        std::fs::write(&file, config).expect("the temporary folder is writable");
        let mut command = Command::new(path_of("MENSHEN_SERVER"));
        command
            .arg("--config")
            .arg(file)
            .args(["--demo", "--port", "0", "--data"])
            .arg(data.path())
            .arg("--dist")
            .arg(path_of("MENSHEN_DIST"))
            .stderr(log);
        let (process, origin) = Process::start(&mut command, "listening on ");
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
