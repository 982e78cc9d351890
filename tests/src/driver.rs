//! The program that drives browsers, and how a browser is started.

use crate::lang::Lang;
use crate::process::{Process, evidence, path_of};
use serde_json::{Value, json};
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use thirtyfour::{
    ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver, WebDriverBuilder,
};

/// A WebDriver server on a free port.
pub(crate) struct Driver {
    _process: Process,
    url: String,
}

/// Looked for on PATH in this order if `CHROME` does not name one.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// How often a driver is started that finds no port.
const TRIES: usize = 3;

impl Driver {
    pub(crate) fn start() -> Self {
        // It takes a free port of IPv4 and then the same one of IPv6, and ends if somebody else was
        // quicker there.
        let started = (0..TRIES).find_map(|_| {
            let log = File::create(evidence(".driver.log")).expect("the target folder is writable");
            let mut command = Command::new(found("CHROMEDRIVER", &["chromedriver"]));
            command.arg("--port=0").stderr(log);
            Process::try_start(&mut command, "started successfully on port ")
        });
        let (process, rest) = started.expect("a driver starts; its log says why not");
        Self { _process: process, url: format!("http://127.0.0.1:{}", rest.trim_end_matches('.')) }
    }

    /// A new browser of somebody who reads this language; it says everything in its console. Their
    /// settings may be others than it comes with.
    pub(crate) fn browser(&self, lang: Lang, settings: &Value) -> WebDriverBuilder {
        let mut wishes = DesiredCapabilities::chrome();
        let (interface, languages) = match lang {
            Lang::Zh => ("--lang=zh-CN", "zh-CN,zh"),
            Lang::En => ("--lang=en-US", "en-US,en"),
        };
        let mut arguments = vec![
            "--headless",
            interface,
            "--window-size=1280,960",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // Elements tell the role and the name that the browser computes for them (`element.rs`).
            "--enable-blink-features=ComputedAccessibilityInfo",
            // Otherwise it builds the whole tree of roles and names anew for each of them.
            "--force-renderer-accessibility=basic",
        ];
        if is_root() {
            // Chromium's sandbox refuses to work for root, which containers are.
            arguments.push("--no-sandbox");
        }
        let chrome = found("CHROME", &BROWSERS);
        let asked = arguments
            .into_iter()
            .try_for_each(|argument| wishes.add_arg(argument))
            .and_then(|()| wishes.set_binary(&chrome.to_string_lossy()))
            .and_then(|()| {
                let mut settings = settings.clone();
                settings["intl.accept_languages"] = json!(languages);
                wishes.add_experimental_option("prefs", settings)
            })
            .and_then(|()| wishes.set_browser_log_level(LoggingPrefsLogLevel::All));
        asked.expect("these are valid wishes");
        WebDriver::builder(&self.url, wishes)
    }
}

/// What the variable names, or else the first of the programs that is on PATH.
fn found(variable: &str, programs: &[&str]) -> PathBuf {
    if std::env::var_os(variable).is_some() {
        return path_of(variable);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = || std::env::split_paths(&path);
    programs
        .iter()
        .flat_map(|program| places().map(move |folder| folder.join(program)))
        .find(|program| program.is_file())
        .unwrap_or_else(|| {
            panic!("there is no {}: run `cargo xtask test --only e2e`, which says how to get it", programs[0])
        })
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
