//! The browsers for the end-to-end tests: found, or installed where that is one command.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::step::{self, Result};
use crate::tools;

/// A browser with the driver of the same version, and one with another engine.
#[derive(Debug)]
pub(crate) struct Browser {
    /// The browser itself.
    pub(crate) chrome: PathBuf,
    /// Its WebDriver server.
    pub(crate) driver: PathBuf,
    /// The other one, which needs no driver.
    pub(crate) firefox: PathBuf,
}

/// In the order of preference; a distribution's package keeps browser and driver in step.
const BROWSERS: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/// In the order of preference.
const FIREFOXES: [&str; 2] = ["firefox-esr", "firefox"];

/// The words of the demo data must be drawn, not shown as boxes: hence the font.
const CHROME_PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-noto-cjk"];
const FIREFOX_PACKAGES: [&str; 1] = ["firefox-esr"];

impl Browser {
    /// What `CHROME`, `CHROMEDRIVER` and `FIREFOX` name, or else what is installed.
    fn find() -> Option<Browser> {
        let (chrome, driver) = chrome()?;
        Some(Browser { chrome, driver, firefox: firefox()? })
    }

    /// Finds the browsers; installs what is missing on Debian and its kin if we are root; else tells how.
    pub(crate) fn get() -> Result<Browser> {
        if let Some(browser) = Browser::find() {
            return Ok(browser);
        }
        let packages = missing(chrome().is_some(), firefox().is_some());
        let command = format!("apt-get install --yes {}", packages.join(" "));
        let root = step::output(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
        if root && tools::find("apt-get").is_some() {
            println!("      not every browser is here: {command}");
            let apt = |arguments: &[&str]| {
                let mut apt = Command::new("apt-get");
                apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
                step::run("apt-get", &mut apt)
            };
            apt(&["update", "--quiet"])?;
            let mut install = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
            install.extend(packages);
            apt(&install)?;
        }
        Browser::find().ok_or_else(|| {
            format!(
                "the end-to-end tests need Chrome or Chromium with its driver, and Firefox. Debian: {command}. \
                 Elsewhere install all three, and name them by CHROME, CHROMEDRIVER and FIREFOX if they are \
                 not on PATH"
            )
        })
    }
}

/// The packages to install, by what is here.
fn missing(chrome: bool, firefox: bool) -> Vec<&'static str> {
    let of_chrome = CHROME_PACKAGES.into_iter().filter(|_| !chrome);
    of_chrome.chain(FIREFOX_PACKAGES.into_iter().filter(|_| !firefox)).collect()
}

fn chrome() -> Option<(PathBuf, PathBuf)> {
    let chrome = named("CHROME")
        .or_else(|| BROWSERS.iter().find_map(|name| tools::find(name)))
        .or_else(|| mac("Google Chrome.app/Contents/MacOS/Google Chrome"))?;
    let driver = named("CHROMEDRIVER").or_else(|| tools::find("chromedriver"))?;
    Some((chrome, driver))
}

fn firefox() -> Option<PathBuf> {
    named("FIREFOX")
        .or_else(|| FIREFOXES.iter().find_map(|name| tools::find(name)))
        .or_else(|| mac("Firefox.app/Contents/MacOS/firefox"))
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file())
}

fn mac(program: &str) -> Option<PathBuf> {
    let path = PathBuf::from("/Applications").join(program);
    path.is_file().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_installed() {
        assert_eq!(missing(true, false), ["firefox-esr"]);
        assert_eq!(missing(false, true), ["chromium", "chromium-driver", "fonts-noto-cjk"]);
        assert_eq!(missing(false, false).len(), 4);
    }
}
