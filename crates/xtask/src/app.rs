//! Builds the two halves of the product: the app in the browser, and its server.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{Lane, Result};
use crate::{rustc, tools};

/// Which build of the app.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Build {
    /// Small, for people.
    Size,
    /// Quick, for development and the end-to-end tests of one topic.
    Fast,
}

impl Build {
    /// The cargo profile; `index.html` names the same two for Trunk.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Build::Size => "size",
            Build::Fast => "fast",
        }
    }

    /// Where `bundle` works and leaves the page.
    pub(crate) fn bundled(self) -> PathBuf {
        target().join("bundle").join(self.profile())
    }

    /// The app as the compiler leaves it.
    pub(crate) fn binary(self) -> PathBuf {
        target().join("wasm32-unknown-unknown").join(self.profile()).join("menshen.wasm")
    }
}

/// Makes a cargo that compiles the app for people rebuild the standard library for size too:
/// without unwinding texts, panic places and `{:?}`, a first visit downloads less.
///
/// These are settings of the nightly compiler, which the stable one takes with
/// `RUSTC_BOOTSTRAP`; `rustc` keeps its reach short. Where the library's source is missing, a
/// plain build gives the same app, only larger.
fn slim(cargo: &mut Command, build: Build) -> Result {
    if build == Build::Size && tools::has_library_source() {
        rustc::open(cargo)?;
        cargo
            .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", SLIM);
    }
    Ok(())
}

/// What [`slim`] tells the compiler; `erase_components` as in `.cargo/config.toml`, which these
/// replace.
const SLIM: &str = "--cfg erase_components -Zunstable-options -Cpanic=immediate-abort \
                    -Zlocation-detail=none -Zfmt-debug=none";

/// The main file between wasm-bindgen and wasm-opt, which drops the names of functions.
pub(crate) fn with_names(build: Build) -> PathBuf {
    build.bundled().join("split/menshen_bg.wasm")
}

/// Where Trunk leaves its own page, of quick builds in one file.
pub(crate) fn trunk_folder() -> PathBuf {
    target().join("trunk")
}

/// The root of the repository: the nearest folder upward that has a `Trunk.toml`.
///
/// Looked for at run time, because a cached xtask may serve several clones.
pub(crate) fn root() -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    let found = here.ancestors().find(|folder| folder.join("Trunk.toml").is_file());
    found.unwrap_or(&here).to_path_buf()
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Where the lanes leave their output.
pub(crate) fn logs() -> PathBuf {
    target().join("xtask")
}

/// A file as text, or a sentence that names it.
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Cargo, as it would be called from the shell.
///
/// `cargo xtask` itself runs under cargo, which sets variables that some build scripts watch;
/// handing them on would compile those crates again at every change of caller.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root());
    clear_cargo_variables(&mut cargo);
    cargo
}

fn clear_cargo_variables(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(name);
        }
    }
}

/// Compiles the app so that `bundle` can split it: with relocations and with the names of functions.
pub(crate) fn compile(build: Build, lane: &Lane) -> Result {
    let mut cargo = cargo();
    cargo.args(["rustc", "--target", "wasm32-unknown-unknown", "--package", "menshen", "--bin", "menshen"]);
    cargo.args(["--features", "split", "--profile", build.profile()]);
    cargo.args(["--", "-Clink-args=--emit-relocs", "-Cstrip=none"]);
    slim(&mut cargo, build)?;
    lane.run("compiling the app", &mut cargo)
}

/// A command that builds another package for the browser as small as the app is.
pub(crate) fn build_small(package: &str) -> Result<Command> {
    let mut cargo = cargo();
    let profile = Build::Size.profile();
    cargo.args(["build", "--target", "wasm32-unknown-unknown", "--profile", profile, "--package", package]);
    slim(&mut cargo, Build::Size)?;
    Ok(cargo)
}

/// What that leaves of a library of this name.
pub(crate) fn small_binary(name: &str) -> PathBuf {
    Build::Size.binary().with_file_name(format!("{name}.wasm"))
}

/// Trunk with our tools, which compiles the quick build in one file and makes its page in [`trunk_folder`].
pub(crate) fn trunk(subcommand: &str) -> Command {
    let mut trunk = tools::command("trunk");
    trunk.current_dir(root()).arg(subcommand).arg("--dist").arg(trunk_folder()).args(["--log", "warn"]);
    trunk.env("PATH", tools::path()).env("TRUNK_SKIP_VERSION_CHECK", "true");
    // Trunk 0.21 takes only `true` and `false` here, while the convention says `1`.
    trunk.env_remove("NO_COLOR");
    clear_cargo_variables(&mut trunk);
    trunk
}

/// Compiles the server as development and tests run it, with the crates that `cargo test` needs too. What is slow
/// without optimization has it (`profile.dev.package` in `Cargo.toml`).
pub(crate) fn compile_server(lane: &Lane) -> Result {
    let mut cargo = cargo();
    lane.run("compiling the server", cargo.args(["build", "--package", "server"]))
}

/// The program that [`compile_server`] leaves.
pub(crate) fn server() -> PathBuf {
    target().join("debug").join(format!("menshen-server{}", env::consts::EXE_SUFFIX))
}
