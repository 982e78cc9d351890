//! The real program and its data folder.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// High enough for one machine that plays many people.
const CONFIGURATION: &str = "\
[limits]
codes_per_network_and_hour = 1000000
wrong_tries_per_network_and_hour = 1000000
codes_per_day = 1000000
wrong_codes_per_day = 1000000
writes_per_account_and_hour = 1000000
sign_ins_per_account_and_hour = 1000000
";

/// A data folder on the disk; gone with the test, but left for a look if that fails.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("menshen-crash-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        std::fs::write(path.join("menshen.toml"), CONFIGURATION).expect("a file");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what is left: {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// `127.0.0.1:PORT`
    pub(crate) host: String,
    /// How long it took until it listened.
    pub(crate) start: Duration,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// With something in its environment.
    pub(crate) fn start_with(folder: &Path, environment: &[(&str, String)]) -> Self {
        let log = File::options().create(true).append(true).open(folder.join("log")).expect("a file");
        #[expect(clippy::disallowed_methods, reason = "measures, decides nothing")]
        let before = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_menshen-server"))
            .args(["--demo", "--port", "0", "--data"])
            .arg(folder)
            .arg("--config")
            .arg(folder.join("menshen.toml"))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut says =
            BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        let host = says.find_map(|line| line.strip_prefix("listening on http://").map(ToOwned::to_owned));
        let start = before.elapsed();
        let host =
            host.unwrap_or_else(|| panic!("it does not start again; see {}", folder.join("log").display()));
        // Nobody wants the rest, but a full pipe would stop the program.
        std::thread::spawn(move || says.for_each(drop));
        Self { child, host, start }
    }

    /// What the system says of its memory, in kB.
    pub(crate) fn memory(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("the system counts")
    }

    /// From now on the peak of its memory is a new one.
    pub(crate) fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("the system counts anew");
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may be gone already; both calls only fail then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
