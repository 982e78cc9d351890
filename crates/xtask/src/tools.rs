//! The pinned build tools: found on PATH, or installed once into `.tools/`.
//!
//! `MENSHEN_TOOLS` names another folder, so that fresh clones on one machine can share it.
//! Downloads are packages of crates.io and the npm registry (`npm`), each by its lock, and through
//! rustup the WebAssembly target and the standard library's source: prebuilt binaries of other hosts
//! are often blocked in companies.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::app;
use crate::npm::{Group, NODE};
use crate::step::{self, Lane, Result, Steps, Work};

/// The last Trunk that this toolchain compiles. `Trunk.toml` insists on the same.
pub(crate) const TRUNK: &str = "0.21.14";
/// The judge of licenses, sources and known weaknesses. It fetches by the machine's own git, so
/// neither git nor TLS is compiled for it.
const DENY: &str = "0.20.2";
/// What the browser runs.
const TARGET: &str = "wasm32-unknown-unknown";

/// The programs that turn Rust into a page, Trunk that watches, the script that judges the page, and the program
/// that judges what it is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tool {
    Trunk,
    WasmBindgen,
    WasmParts,
    WasmOpt,
    Esbuild,
    Axe,
    Deny,
}

impl Tool {
    /// What a build needs.
    const BUILD: [Tool; 3] = [Tool::WasmOpt, Tool::Esbuild, Tool::WasmParts];
    /// What `dev` needs.
    const TRUNK: [Tool; 3] = [Tool::WasmOpt, Tool::WasmBindgen, Tool::Trunk];
    /// What the end-to-end tests need besides.
    const BROWSER: [Tool; 4] = [Tool::Axe, Tool::WasmOpt, Tool::Esbuild, Tool::WasmParts];
    /// Everything.
    const ALL: [Tool; 7] = [
        Tool::Axe,
        Tool::WasmOpt,
        Tool::Esbuild,
        Tool::WasmBindgen,
        Tool::WasmParts,
        Tool::Trunk,
        Tool::Deny,
    ];

    fn name(self) -> &'static str {
        match self {
            Tool::Trunk => "trunk",
            Tool::WasmBindgen => "wasm-bindgen",
            Tool::WasmParts => "wasm-parts",
            Tool::WasmOpt => "wasm-opt",
            Tool::Esbuild => "esbuild",
            Tool::Axe => "axe-core",
            Tool::Deny => "cargo-deny",
        }
    }

    fn version(self) -> Result<String> {
        match self {
            Tool::Trunk => Ok(TRUNK.to_owned()),
            Tool::WasmBindgen => bindgen_version(),
            Tool::WasmParts => parts_version(),
            Tool::WasmOpt => Ok(major(&Group::Binaryen.version("binaryen")?)),
            Tool::Esbuild => Group::Esbuild.version("esbuild"),
            Tool::Axe => Group::Axe.version("axe-core"),
            Tool::Deny => Ok(DENY.to_owned()),
        }
    }

    /// Measured on two cores with everything else idle.
    fn price(self) -> &'static str {
        match self {
            Tool::Trunk => "about 3 minutes, once",
            Tool::WasmBindgen | Tool::Deny => "about 1 minute, once",
            Tool::WasmParts => "half a minute, once",
            Tool::WasmOpt => "a download of 20 MB, once",
            Tool::Esbuild => "a download of 5 MB, once",
            Tool::Axe => "a download of 2 MB, once",
        }
    }

    /// True if the first such program on our PATH is exactly the pinned one.
    fn is_there(self) -> Result<bool> {
        if self == Tool::Axe {
            // A script has no `--version`.
            return Ok(Group::Axe.is_installed() && axe().is_file());
        }
        if self == Tool::WasmOpt && find("wasm-merge").is_none() {
            return Ok(false);
        }
        let version = self.version()?;
        let printed = find(self.name())
            .and_then(|path| step::output(Command::new(path).arg("--version")))
            .unwrap_or_default();
        Ok(printed.split_whitespace().any(|word| word == version))
    }

    fn install(self, lane: &Lane) -> Result {
        match self {
            Tool::Trunk => cargo_install(lane, &Source::Published("trunk", TRUNK)),
            Tool::WasmBindgen => cargo_install(lane, &Source::Ours("wasm-bindgen")),
            Tool::WasmParts => cargo_install(lane, &Source::Ours("wasm-parts")),
            Tool::WasmOpt => lane.run("npm ci", &mut Group::Binaryen.install()?),
            Tool::Esbuild => lane.run("npm ci", &mut Group::Esbuild.install()?),
            Tool::Axe => lane.run("npm ci", &mut Group::Axe.install()?),
            Tool::Deny => cargo_install(lane, &Source::Published("cargo-deny", DENY)),
        }?;
        if self.is_there()? {
            return Ok(());
        }
        Err(format!(
            "{} was installed into {} but does not run as version {}",
            self.name(),
            home().display(),
            self.version()?
        ))
    }
}

/// The script of axe.
pub(crate) fn axe() -> PathBuf {
    Group::Axe.modules().join("axe-core/axe.min.js")
}

/// The folder that holds the QR library.
pub(crate) fn qr_library() -> Result<PathBuf> {
    if !Group::Qr.is_installed() {
        step::run("npm ci", &mut Group::Qr.install()?)?;
    }
    Ok(Group::Qr.modules())
}

/// Where the tools live.
pub(crate) fn home() -> PathBuf {
    env::var_os("MENSHEN_TOOLS").map_or_else(|| app::root().join(".tools"), PathBuf::from)
}

/// PATH with our own tools first. They exist only where the rest of PATH had no right version.
pub(crate) fn path() -> OsString {
    let programs = [Group::Binaryen, Group::Esbuild].map(|group| group.modules().join(".bin"));
    let own = [home().join("bin")].into_iter().chain(programs);
    let rest = env::var_os("PATH").unwrap_or_default();
    env::join_paths(own.chain(env::split_paths(&rest))).unwrap_or(rest)
}

/// A command of one of the tools.
pub(crate) fn command(program: &str) -> Command {
    Command::new(find(program).unwrap_or_else(|| program.into()))
}

/// The first such program on our PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let names = if cfg!(windows) {
        vec![format!("{program}.exe"), format!("{program}.cmd")]
    } else {
        vec![program.to_owned()]
    };
    env::split_paths(&path())
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>())
        .find(|candidate| candidate.is_file())
}

/// wasm-bindgen's tool and library must agree to the last digit, so the lock file decides.
fn bindgen_version() -> Result<String> {
    let lock = app::read(&app::root().join("Cargo.lock"))?;
    version_in(&lock, "wasm-bindgen").ok_or_else(|| "Cargo.lock does not name wasm-bindgen".to_owned())
}

/// `wasm-parts` is ours: the version of wasm-bindgen, and one of its own.
fn parts_version() -> Result<String> {
    let source = app::read(&app::root().join(PARTS_SOURCE))?;
    let own = source.split_once("const VERSION: &str = \"").and_then(|(_, rest)| rest.split('"').next());
    let own = own.ok_or_else(|| format!("{PARTS_SOURCE} has no VERSION"))?;
    Ok(format!("{}-{own}", bindgen_version()?))
}

const PARTS_SOURCE: &str = "crates/xtask/cargo/wasm-parts/src/main.rs";

/// `132.0.0` as `132`, which is how `wasm-opt` names itself.
fn major(version: &str) -> String {
    version.split('.').next().unwrap_or_default().to_owned()
}

fn version_in(lock: &str, name: &str) -> Option<String> {
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{name}\""))?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}

/// Names the first thing that we cannot install ourselves, with its cure.
pub(crate) fn check_machine() -> Result {
    if cfg!(unix) && find("cc").is_none() {
        let cure = if cfg!(target_os = "macos") {
            "xcode-select --install"
        } else {
            "apt-get install build-essential (or your system's C compiler)"
        };
        return Err(format!("a C compiler is missing (no `cc` on PATH): {cure}"));
    }
    if !Tool::WasmOpt.is_there()? {
        for program in ["node", "npm"] {
            if find(program).is_none() {
                return Err(format!("`{program}` is missing, which brings the wasm optimizer: {NODE}"));
            }
        }
    }
    add_target()?;
    add_library_source();
    Ok(())
}

/// The source of Rust's standard library, from which the app for people gets a smaller one. Not
/// to have it costs bytes, not the build.
fn add_library_source() {
    if has_library_source() {
        return;
    }
    println!("      adding the source of Rust's standard library: rustup component add rust-src");
    let added = step::run("rustup", Command::new("rustup").args(["component", "add", "rust-src"]));
    if let Err(why) = added {
        println!("      it could not be added ({why}): the app will be larger, but the same");
    }
}

/// Whether the standard library can be rebuilt.
pub(crate) fn has_library_source() -> bool {
    step::output(Command::new("rustc").args(["--print", "sysroot"]))
        .is_some_and(|sysroot| Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").is_dir())
}

/// Rust's standard library for the browser.
fn add_target() -> Result {
    let sysroot = step::output(Command::new("rustc").args(["--print", "sysroot"]))
        .ok_or_else(|| "`rustc` does not run: install Rust from https://rustup.rs".to_owned())?;
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    let cure = format!("rustup target add {TARGET}");
    println!("      adding Rust's standard library for the browser: {cure}");
    step::run("rustup", Command::new("rustup").args(["target", "add", TARGET])).map_err(|why| {
        format!("Rust's {TARGET} target is missing and could not be added ({why}): run `{cure}`, or install the package of that name if Rust did not come from rustup")
    })
}

/// The work of installing what is missing for a build; empty when everything is there.
pub(crate) fn missing() -> Result<Vec<Work>> {
    missing_of(&Tool::BUILD)
}

/// The same for builds by Trunk.
pub(crate) fn missing_for_trunk() -> Result<Vec<Work>> {
    missing_of(&Tool::TRUNK)
}

/// The same for a build that is to be tested in a browser.
pub(crate) fn missing_for_tests() -> Result<Vec<Work>> {
    missing_of(&Tool::BROWSER)
}

/// The same for what judges licenses, sources and known weaknesses.
pub(crate) fn missing_for_deny() -> Result<Vec<Work>> {
    missing_of(&[Tool::Deny])
}

fn missing_of(tools: &[Tool]) -> Result<Vec<Work>> {
    let mut lacking = Vec::new();
    for tool in tools.iter().copied() {
        if tool.is_there()? {
            continue;
        }
        println!("      {} {} is not here: installing it ({})", tool.name(), tool.version()?, tool.price());
        lacking.push(tool);
    }
    if lacking.is_empty() {
        println!("      all tools are here");
        return Ok(Vec::new());
    }
    // One lane: they share the crates that they compile.
    Ok(vec![(
        "tools",
        Box::new(move |lane| {
            for tool in lacking {
                tool.install(lane)?;
            }
            // Only needed while an interrupted installation is taken up again.
            let _ = std::fs::remove_dir_all(build_folder());
            Ok(())
        }),
    )])
}

fn build_folder() -> PathBuf {
    home().join("build")
}

/// Where a program of crates.io comes from, with every version that it is built of.
enum Source {
    /// The package of a version, by the lock file that its authors published with it.
    Published(&'static str, &'static str),
    /// A package of ours below `crates/xtask/cargo`, by the lock file committed there.
    Ours(&'static str),
}

impl Source {
    fn arguments(&self) -> Vec<OsString> {
        match self {
            Source::Published(package, version) => vec![format!("{package}@{version}").into()],
            Source::Ours(folder) => {
                vec!["--path".into(), app::root().join("crates/xtask/cargo").join(folder).into()]
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Source::Published(package, version) => format!("{package}@{version}"),
            Source::Ours(folder) => (*folder).to_owned(),
        }
    }
}

fn cargo_install(lane: &Lane, source: &Source) -> Result {
    let name = source.name();
    lane.run(&format!("installing {name}"), &mut from_source(source)).map_err(|why| {
        format!(
            "{why}\n\n{name} is built from the versions in its lock file, and from no others. \
             If your registry lacks one of them, ask for it there; or put this version of the \
             program on PATH, from a source you trust"
        )
    })
}

/// From source, with the cheapest profile: these programs run for seconds, so an optimizing
/// build of several minutes would never pay for itself. No features, so no TLS either: Trunk
/// has nothing to download here.
///
/// Always with the versions that a lock file names, which were tested: without it, whatever was
/// published last night would run on this machine.
fn from_source(source: &Source) -> Command {
    let mut cargo = app::cargo();
    cargo.arg("install").args(source.arguments());
    cargo.args(["--locked", "--no-default-features", "--force", "--root"]).arg(home());
    for (key, value) in [
        ("OPT_LEVEL", OPT_LEVEL),
        ("LTO", "off"),
        ("CODEGEN_UNITS", "16"),
        ("PANIC", "abort"),
        ("DEBUG", "false"),
    ] {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{key}"), value);
    }
    cargo.env("CARGO_TARGET_DIR", build_folder()).current_dir(env::temp_dir());
    cargo
}

/// An optimized wasm-bindgen would save a second per build and cost minutes once.
const OPT_LEVEL: &str = "0";

/// `cargo xtask tools`: for images of CI machines, where later builds have no network.
pub(crate) fn run() -> Result {
    let mut steps = Steps::new(1);
    steps.next("build tools");
    check_machine()?;
    step::side_by_side(&app::logs(), missing_of(&Tool::ALL)?)?;
    steps.finish();
    println!("      in {}", home().display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_the_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "trunk"), None);
    }

    #[test]
    fn a_tool_is_built_from_locked_versions_alone() {
        for source in
            [Source::Published("trunk", TRUNK), Source::Ours("wasm-bindgen"), Source::Ours("wasm-parts")]
        {
            let cargo = from_source(&source);
            assert!(cargo.get_args().any(|argument| argument == "--locked"), "{}", source.name());
        }
        for (folder, package) in
            [("wasm-bindgen", "wasm-bindgen-cli"), ("wasm-parts", "wasm-bindgen-cli-support")]
        {
            let lock = app::root().join("crates/xtask/cargo").join(folder).join("Cargo.lock");
            let locked = version_in(&app::read(&lock).expect("a lock"), package);
            assert_eq!(locked, bindgen_version().ok(), "{folder}");
        }
    }

    #[test]
    fn our_own_tools_come_first() {
        let first = env::split_paths(&path()).next();
        assert_eq!(first, Some(home().join("bin")));
    }
}
