//! The npm packages among the tools: each group is installed from its own committed lock, which
//! lies in `crates/xtask/npm/<group>` and is the only place that tells a version.
//!
//! A lock has the hash of every package and no URL. The files come from the registry that this
//! machine is configured for, and npm refuses files with another hash. Install scripts are disabled.
//!
//! Another version: change `package.json`, run `npm install --package-lock-only --ignore-scripts
//! --omit-lockfile-registry-resolved` beside it, and take every `funding` out of the lock, which
//! is made of addresses too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::Result;
use crate::{app, dist, tools};

/// How to get npm.
pub(crate) const NODE: &str = "install Node.js 18 or later from your package manager or https://nodejs.org";

/// Packages that are needed at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Group {
    /// `wasm-opt`; distributions carry versions too old for Rust's output.
    Binaryen,
    /// The judge of accessibility, which the end-to-end tests put into their pages.
    Axe,
    /// What makes scripts and style sheets small.
    Esbuild,
    /// The JavaScript library that most draw their QR codes with.
    Qr,
}

/// What npm reads.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

impl Group {
    fn name(self) -> &'static str {
        match self {
            Group::Binaryen => "binaryen",
            Group::Axe => "axe",
            Group::Esbuild => "esbuild",
            Group::Qr => "qr",
        }
    }

    /// What it is made of.
    fn source(self) -> PathBuf {
        app::root().join("crates/xtask/npm").join(self.name())
    }

    /// Where it is installed, for itself: npm removes from a folder what its lock does not name.
    fn folder(self) -> PathBuf {
        tools::home().join("npm").join(self.name())
    }

    /// What was installed.
    pub(crate) fn modules(self) -> PathBuf {
        self.folder().join("node_modules")
    }

    /// The version that the lock names.
    pub(crate) fn version(self, package: &str) -> Result<String> {
        let path = self.source().join("package-lock.json");
        version_in(&app::read(&path)?, package)
            .ok_or_else(|| format!("{} does not name {package}", path.display()))
    }

    /// True if what our lock names has been installed, to the end: npm writes a list of its own
    /// when it is ready.
    pub(crate) fn is_installed(self) -> bool {
        let is_ours = |file: &str| {
            let (ours, theirs) = (fs::read(self.source().join(file)), fs::read(self.folder().join(file)));
            matches!((ours, theirs), (Ok(ours), Ok(theirs)) if ours == theirs)
        };
        FILES.iter().all(|file| is_ours(file)) && self.modules().join(".package-lock.json").is_file()
    }

    /// The command that installs it, into a folder that holds nothing else.
    pub(crate) fn install(self) -> Result<Command> {
        let npm = tools::find("npm")
            .ok_or_else(|| format!("`npm` is missing, which brings {}: {NODE}", self.name()))?;
        let folder = self.folder();
        dist::clear(&folder)?;
        fs::create_dir_all(&folder)
            .and_then(|()| {
                FILES
                    .iter()
                    .try_for_each(|file| fs::copy(self.source().join(file), folder.join(file)).map(drop))
            })
            .map_err(|error| format!("cannot prepare {}: {error}", folder.display()))?;
        Ok(ci(&npm, &folder))
    }
}

fn ci(npm: &Path, folder: &Path) -> Command {
    let mut ci = Command::new(npm);
    ci.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefix"])
        .arg(folder);
    ci
}

/// npm writes a lock with one value on a line, the version first.
fn version_in(lock: &str, package: &str) -> Option<String> {
    let mut lines = lock.lines().map(str::trim);
    lines.find(|line| *line == format!("\"node_modules/{package}\": {{"))?;
    let version = lines.next()?.strip_prefix("\"version\": \"")?.strip_suffix("\",")?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_names_the_version() {
        let lock = "{\n  \"packages\": {\n    \"\": {\n      \"dependencies\": {\n        \"axe-core\": \"4\"\n      }\n    },\n    \"node_modules/axe-core\": {\n      \"version\": \"4.14.1\",\n      \"integrity\": \"sha512-x\"\n    }\n  }\n}\n";
        assert_eq!(version_in(lock, "axe-core").as_deref(), Some("4.14.1"));
        assert_eq!(version_in(lock, "axe"), None);
    }

    #[test]
    fn a_group_is_installed_by_its_lock_and_without_scripts() {
        let command = ci(Path::new("npm"), Path::new("somewhere"));
        let arguments: Vec<_> = command.get_args().map(|part| part.to_string_lossy()).collect();
        assert_eq!(arguments[..2], ["ci", "--ignore-scripts"]);
        assert_eq!(arguments[arguments.len() - 2..], ["--prefix", "somewhere"]);
    }

    #[test]
    fn every_group_has_a_version() {
        for (group, package) in [
            (Group::Binaryen, "binaryen"),
            (Group::Axe, "axe-core"),
            (Group::Esbuild, "esbuild"),
            (Group::Qr, "qrcode"),
        ] {
            let version = group.version(package);
            assert!(version.as_ref().is_ok_and(|version| version.contains('.')), "{version:?}");
        }
    }
}
