//! The browser for the end-to-end tests: found, or installed where that is one command.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::step::{self, Result};
use crate::tools;

/// A browser and the driver of the same version.
#[derive(Debug)]
pub(crate) struct Browser {
    /// The browser itself.
    pub(crate) chrome: PathBuf,
    /// Its WebDriver server.
    pub(crate) driver: PathBuf,
}

/// In the order of preference; a distribution's package keeps browser and driver in step.
const BROWSERS: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/// The words of the demo data must be drawn, not shown as boxes: hence the font.
const INSTALL: [&str; 3] = ["chromium", "chromium-driver", "fonts-noto-cjk"];

impl Browser {
    /// What `CHROME` and `CHROMEDRIVER` name, or else what is installed.
    fn find() -> Option<Browser> {
        let named = |variable| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file());
        let chrome = named("CHROME")
            .or_else(|| BROWSERS.iter().find_map(|name| tools::find(name)))
            .or_else(mac_chrome)?;
        let driver = named("CHROMEDRIVER").or_else(|| tools::find("chromedriver"))?;
        Some(Browser { chrome, driver })
    }

    /// Finds a browser; installs one on Debian and its kin if we are root; else tells how.
    pub(crate) fn get() -> Result<Browser> {
        if let Some(browser) = Browser::find() {
            return Ok(browser);
        }
        let command = format!("apt-get install --yes {}", INSTALL.join(" "));
        let root = step::output(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
        if root && tools::find("apt-get").is_some() {
            println!("      no browser with its driver is here: {command}");
            let apt = |arguments: &[&str]| {
                let mut apt = Command::new("apt-get");
                apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
                step::run("apt-get", &mut apt)
            };
            apt(&["update", "--quiet"])?;
            let mut install = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
            install.extend(INSTALL);
            apt(&install)?;
        }
        Browser::find().ok_or_else(|| {
            format!(
                "the end-to-end tests need Chrome or Chromium with its driver. Debian and Ubuntu: {command}. \
                 Elsewhere install both, and name them by CHROME and CHROMEDRIVER if they are not on PATH"
            )
        })
    }
}

fn mac_chrome() -> Option<PathBuf> {
    let path = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    path.is_file().then_some(path)
}
