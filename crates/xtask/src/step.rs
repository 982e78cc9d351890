//! Progress output, timing, and running of external programs.
//!
//! Work that has the terminal to itself is a `Steps::next` followed by `run`. Work that runs
//! beside other work is a `Lane`: its output goes to a log file and the terminal shows one
//! line of progress for all lanes together.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Every failure is a sentence for the person at the terminal.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// Starts a stop-watch.
#[expect(
    clippy::disallowed_methods,
    reason = "build times are real time; no rule of the product depends on them"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// `75` as `1 min 15 s`.
pub(crate) fn spell(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f32()),
        10..120 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// Numbered announcements: `[2/5] packing dist …`, and the time it took below.
pub(crate) struct Steps {
    total: usize,
    begun: usize,
    since: Instant,
    start: Instant,
}

impl Steps {
    /// Announces nothing yet; `total` is what the numbers count up to.
    pub(crate) fn new(total: usize) -> Self {
        let now = now();
        Steps { total, begun: 0, since: now, start: now }
    }

    /// Ends the step before, if any, and announces the next one.
    pub(crate) fn next(&mut self, title: &str) {
        self.end();
        self.begun += 1;
        self.since = now();
        println!("[{}/{}] {title} …", self.begun, self.total);
    }

    /// Prints the time of the step that is running.
    fn end(&self) {
        if self.begun > 0 {
            println!("      done in {}", spell(self.since.elapsed()));
        }
    }

    /// Ends the last step and answers the time of all of them.
    pub(crate) fn finish(self) -> Duration {
        self.end();
        self.start.elapsed()
    }
}

/// Runs a program in the foreground; `what` names it in the failure.
pub(crate) fn run(what: &str, command: &mut Command) -> Result {
    let status = command.status().map_err(|error| cannot_start(what, command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{what} failed ({status})")) }
}

/// Runs a program and answers what it prints; `what` names it in the failure, with what it says of it.
pub(crate) fn captured(what: &str, command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| cannot_start(what, command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{what} failed ({})\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

/// Runs a program on bytes and answers those that it prints.
pub(crate) fn piped(what: &str, command: &mut Command, bytes: &[u8]) -> Result<Vec<u8>> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_start(what, command, &error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Who does not read it to the end says why, below.
        let _ = stdin.write_all(bytes);
    }
    let output = child.wait_with_output().map_err(|error| format!("{what}: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("{what} failed ({})\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

/// What a program prints, trimmed; `None` if it cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn cannot_start(what: &str, command: &Command, error: &std::io::Error) -> String {
    format!("{what} cannot be started ({}: {error})", command.get_program().to_string_lossy())
}

/// A row of work that runs beside other rows.
pub(crate) struct Lane {
    name: &'static str,
    log: PathBuf,
    seen: Mutex<Seen>,
    child: Mutex<Option<Child>>,
}

/// What a lane's programs have printed so far, as far as progress and failure need it.
#[derive(Default)]
struct Seen {
    compiled: usize,
    latest: String,
    tail: VecDeque<String>,
    stopped: bool,
}

/// Enough to show a compiler's last error and not so much that it scrolls away.
const TAIL: usize = 60;

impl Lane {
    fn new(name: &'static str, folder: &Path) -> Self {
        Lane {
            name,
            log: folder.join(format!("{name}.log")),
            seen: Mutex::default(),
            child: Mutex::default(),
        }
    }

    /// Runs a program with its output in the lane's log.
    pub(crate) fn run(&self, what: &str, command: &mut Command) -> Result {
        let mut log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(|error| format!("cannot write {}: {error}", self.log.display()))?;
        if lock(&self.seen).stopped {
            return Err(format!("{what} was not started, because something else failed"));
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| cannot_start(what, command, &error))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        *lock(&self.child) = Some(child);
        let (line, lines) = mpsc::channel();
        thread::scope(|scope| {
            if let Some(out) = out {
                let line = line.clone();
                scope.spawn(move || read_lines(out, &line));
            }
            if let Some(err) = err {
                scope.spawn(move || read_lines(err, &line));
            }
            for line in lines {
                // A log that cannot be written must not stop the build.
                let _ = writeln!(log, "{line}");
                lock(&self.seen).note(line);
            }
        });
        let child = lock(&self.child).take();
        let status = child
            .ok_or_else(|| format!("{what} was stopped"))?
            .wait()
            .map_err(|error| format!("{what} cannot be waited for: {error}"))?;
        if status.success() {
            return Ok(());
        }
        let tail: Vec<String> = lock(&self.seen).tail.drain(..).collect();
        Err(format!("{what} failed ({status}); the end of {}:\n\n{}", self.log.display(), tail.join("\n")))
    }

    /// Ends the running program, because another lane has failed.
    fn stop(&self) {
        lock(&self.seen).stopped = true;
        if let Some(child) = lock(&self.child).as_mut() {
            // It may just have ended by itself.
            let _ = child.kill();
        }
    }

    /// `server 87: axum`: how many crates were compiled and which one now.
    fn progress(&self) -> String {
        let seen = lock(&self.seen);
        format!("{} {}: {}", self.name, seen.compiled, seen.latest)
    }
}

impl Seen {
    fn note(&mut self, line: String) {
        if let Some(name) = line.trim_start().strip_prefix("Compiling ") {
            self.compiled += 1;
            self.latest = name.split(' ').next().unwrap_or_default().to_owned();
        }
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }
}

fn read_lines(from: impl std::io::Read, to: &mpsc::Sender<String>) {
    for line in BufReader::new(from).split(b'\n').map_while(std::result::Result::ok) {
        if to.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
            return;
        }
    }
}

/// A poisoned lock only means that another lane has failed, which is reported anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one lane does, under a name that also names its log file.
pub(crate) type Work = (&'static str, Box<dyn FnOnce(&Lane) -> Result + Send>);

/// Runs all the work at once, so that one lane compiles while another links on a single core,
/// and shows progress. The first failure ends the other lanes.
pub(crate) fn side_by_side(logs: &Path, work: Vec<Work>) -> Result {
    std::fs::create_dir_all(logs).map_err(|error| format!("cannot create {}: {error}", logs.display()))?;
    let live = std::io::stdout().is_terminal();
    let interval = Duration::from_secs(if live { 1 } else { 20 });
    let clear = if live { "\r\x1b[K" } else { "" };
    let start = now();
    let (sender, results) = mpsc::channel();
    let mut lanes: Vec<Arc<Lane>> = Vec::new();
    for (name, job) in work {
        let lane = Arc::new(Lane::new(name, logs));
        // Yesterday's log would confuse today's reader.
        let _ = std::fs::remove_file(&lane.log);
        lanes.push(Arc::clone(&lane));
        let sender = sender.clone();
        thread::spawn(move || {
            let result = job(&lane);
            // Nobody listens after the first failure.
            let _ = sender.send((lane.name, result));
        });
    }
    drop(sender);
    loop {
        match results.recv_timeout(interval) {
            Ok((name, Ok(()))) => {
                println!("{clear}      {name} ready after {}", spell(start.elapsed()));
                lanes.retain(|lane| lane.name != name);
            }
            Ok((_, Err(sentence))) => {
                print!("{clear}");
                for lane in &lanes {
                    lane.stop();
                }
                return Err(sentence);
            }
            Err(RecvTimeoutError::Timeout) => {
                let all: Vec<String> = lanes.iter().map(|lane| lane.progress()).collect();
                let line = format!("      {} · {}", spell(start.elapsed()), all.join(" · "));
                if live {
                    // A wrapped line could not be cleared again.
                    print!("{clear}{}", line.chars().take(78).collect::<String>());
                    let _ = std::io::stdout().flush();
                } else {
                    println!("{line}");
                }
            }
            Err(RecvTimeoutError::Disconnected) if lanes.is_empty() => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err("a part of the build ended without a word".to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_spelled_for_people() {
        assert_eq!(spell(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(spell(Duration::from_secs(75)), "75 s");
        assert_eq!(spell(Duration::from_secs(185)), "3 min 05 s");
    }

    #[test]
    fn progress_counts_compiled_crates() {
        let mut seen = Seen::default();
        seen.note("   Compiling axum v0.8.1".to_owned());
        seen.note("warning: something".to_owned());
        assert_eq!((seen.compiled, seen.latest.as_str()), (1, "axum"));
    }

    #[test]
    fn the_first_failure_is_told() {
        let logs = std::env::temp_dir().join(format!("xtask-lanes-{}", std::process::id()));
        let work: Vec<Work> =
            vec![("good", Box::new(|_| Ok(()))), ("bad", Box::new(|_| Err("no disk".to_owned())))];
        assert_eq!(side_by_side(&logs, work), Err("no disk".to_owned()));
        std::fs::remove_dir_all(logs).expect("the folder of logs was made");
    }
}
