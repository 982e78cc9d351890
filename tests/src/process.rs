//! A program that runs as long as a test needs it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running program; ended with its owner.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a program and waits until it says `sign`; brings what stood behind it in that line.
    pub(crate) fn start(command: &mut Command, sign: &str) -> (Self, String) {
        let started = Self::try_start(command, sign);
        started.unwrap_or_else(|| panic!("{command:?} ended without saying `{sign}`"))
    }

    /// The same; nothing if it ended without saying so.
    pub(crate) fn try_start(command: &mut Command, sign: &str) -> Option<(Self, String)> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let output = child.stdout.take().expect("it is piped");
        let process = Self(child);
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let said = lines.find_map(|line| line.split_once(sign).map(|(_, rest)| rest.to_owned()))?;
        // Nobody wants the rest, but a full pipe would stop the program.
        std::thread::spawn(move || lines.for_each(drop));
        Some((process, said))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; both calls only fail then.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// A path that `cargo xtask test` hands over.
pub(crate) fn path_of(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable).map(PathBuf::from);
    let path = path.unwrap_or_else(|| panic!("{variable} is not set: run `cargo xtask test --only e2e`"));
    assert!(path.exists(), "{variable} is {}, which is not there", path.display());
    path
}

/// What a failing test leaves: `target/e2e/<topic>.<name of the test><ending>`.
pub(crate) fn evidence(ending: &str) -> PathBuf {
    let thread = std::thread::current();
    // A colon is no name of a file everywhere.
    let test = thread.name().unwrap_or("test").replace("::", ".");
    evidence_folder().join(format!("{test}{ending}"))
}

/// `target/e2e`
pub(crate) fn evidence_folder() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |t| root.join(t));
    let folder = target.join("e2e");
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}
