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

const CHROME_PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
const FIREFOX_PACKAGES: [&str; 1] = ["firefox-esr"];
/// The words of the demo data must be drawn, not shown as boxes.
const FONT_PACKAGES: [&str; 1] = ["fonts-noto-cjk"];

impl Browser {
    /// What `CHROME`, `CHROMEDRIVER` and `FIREFOX` name, or else what is installed.
    fn find() -> Option<Browser> {
        let (chrome, driver) = chrome()?;
        Some(Browser { chrome, driver, firefox: firefox()? })
    }

    /// Finds the browsers; installs what is missing on Debian and its kin if we are root; else tells how.
    pub(crate) fn get() -> Result<Browser> {
        let found = Browser::find().filter(|_| has_font());
        if let Some(browser) = found {
            return Ok(browser);
        }
        let packages = missing(chrome().is_some(), firefox().is_some(), has_font());
        let command = format!("apt-get install --yes {}", packages.join(" "));
        let root = step::output(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
        if root && tools::find("apt-get").is_some() {
            println!("      not everything that a browser needs is here: {command}");
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
        Browser::find().filter(|_| has_font()).ok_or_else(|| {
            format!(
                "the end-to-end tests need Chrome or Chromium with its driver, Firefox, and a font with Chinese \
                 characters. Debian: {command}. Elsewhere install all of them, and name the programs by CHROME, \
                 CHROMEDRIVER and FIREFOX if they are not on PATH"
            )
        })
    }
}

/// The packages to install, by what is here.
fn missing(chrome: bool, firefox: bool, font: bool) -> Vec<&'static str> {
    let of_chrome = CHROME_PACKAGES.into_iter().filter(|_| !chrome);
    let of_firefox = FIREFOX_PACKAGES.into_iter().filter(|_| !firefox);
    of_chrome.chain(of_firefox).chain(FONT_PACKAGES.into_iter().filter(|_| !font)).collect()
}

/// Whether a font has Chinese characters; taken for granted where nothing tells.
fn has_font() -> bool {
    step::output(Command::new("fc-list").args([":lang=zh", "family"])).is_none_or(|fonts| !fonts.is_empty())
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
        assert_eq!(missing(true, false, true), ["firefox-esr"]);
        assert_eq!(missing(false, true, true), ["chromium", "chromium-driver"]);
        assert_eq!(missing(true, true, false), ["fonts-noto-cjk"]);
        assert_eq!(missing(false, false, false).len(), 4);
    }
}
