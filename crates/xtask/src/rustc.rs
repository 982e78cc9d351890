//! A compiler wrapper that limits the nightly settings of the app's release build.
//!
//! Stable cargo rebuilds the standard library only with `RUSTC_BOOTSTRAP=1`; a list of crates, which
//! the compiler accepts, is not enough for cargo. Cargo passes the variable to every process, which
//! would allow every unstable feature in every crate and make build scripts detect a nightly
//! compiler. So cargo calls the compiler through this program: the standard library keeps the
//! variable, the app's crates get it without unstable features, build scripts and macros do not get it.
//!
//! Limits: a running build script has the variable in its environment, so a compiler that it starts
//! without `RUSTC_WRAPPER` acts as nightly; and this cargo accepts unstable manifest keys.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

use crate::step::Result;

/// The variable in question.
const BOOTSTRAP: &str = "RUSTC_BOOTSTRAP";
/// Tells this program, when cargo starts it, that it was started in place of the compiler.
const INSTEAD: &str = "MENSHEN_INSTEAD_OF_RUSTC";

/// Where this program is. `main` asks at once: the tests may build it anew, and from then on a
/// system would tell where the old one was.
static OWN: LazyLock<Option<PathBuf>> = LazyLock::new(|| std::env::current_exe().ok());

/// To be called first.
pub(crate) fn remember_own_place() {
    LazyLock::force(&OWN);
}

/// Makes cargo, or what calls it, take nightly settings and call the compiler through us.
pub(crate) fn open(cargo: &mut Command) -> Result {
    let own = OWN.as_ref().ok_or("xtask does not find its own program")?;
    cargo.env(BOOTSTRAP, "1").env(INSTEAD, "1").env("RUSTC_WRAPPER", own);
    Ok(())
}

/// For what the compiler is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reach {
    /// For a part of the standard library, which is made of unstable features.
    Library,
    /// For a crate of the app: the settings of the compiler, but no unstable feature.
    App,
    /// For a build script or a macro, which run on this machine: nothing unstable at all.
    Machine,
}

impl Reach {
    /// Cargo itself marks the parts of the library, and names a target only for what does not
    /// run on this machine.
    fn of(arguments: &[OsString]) -> Self {
        let marks = ["force-unstable-if-unmarked", "-Zforce-unstable-if-unmarked"];
        if arguments.iter().any(|argument| marks.iter().any(|mark| argument == mark)) {
            return Reach::Library;
        }
        let is_target = |argument: &OsString| {
            argument == "--target" || argument.as_encoded_bytes().starts_with(b"--target=")
        };
        if arguments.iter().any(is_target) { Reach::App } else { Reach::Machine }
    }

    fn limit(self, compiler: &mut Command) {
        match self {
            Reach::Library => {}
            Reach::App => {
                compiler.arg("-Zallow-features=");
            }
            Reach::Machine => {
                compiler.env_remove(BOOTSTRAP);
            }
        }
    }
}

/// What cargo asked for, limited; `None` if it was not cargo who started this program.
pub(crate) fn asked_for() -> Option<Command> {
    std::env::var_os(INSTEAD)?;
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next()?;
    Some(limited(&program, arguments.collect(), std::env::var_os(BOOTSTRAP).is_some()))
}

/// A probe of a build script may have taken the variable away; then there is nothing to limit,
/// and the setting that limits would be refused.
fn limited(program: &OsStr, arguments: Vec<OsString>, is_open: bool) -> Command {
    let mut compiler = Command::new(program);
    compiler.args(&arguments);
    if is_open {
        Reach::of(&arguments).limit(&mut compiler);
    }
    compiler
}

/// Becomes the compiler.
#[cfg(unix)]
pub(crate) fn become_compiler(mut compiler: Command) -> ExitCode {
    use std::os::unix::process::CommandExt;
    let error = compiler.exec();
    eprintln!("the compiler cannot be started: {error}");
    ExitCode::FAILURE
}

/// Runs the compiler.
#[cfg(not(unix))]
pub(crate) fn become_compiler(mut compiler: Command) -> ExitCode {
    match compiler.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the compiler cannot be started: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::Stdio;

    use super::*;

    /// The arguments and what becomes of the variable.
    fn limited(line: &str, is_open: bool) -> (String, Option<Option<OsString>>) {
        let arguments = line.split(' ').map(OsString::from).collect();
        let compiler = super::limited(OsStr::new("rustc"), arguments, is_open);
        let arguments: Vec<_> = compiler.get_args().map(OsStr::to_string_lossy).collect();
        let variable = compiler.get_envs().find(|(name, _)| *name == BOOTSTRAP);
        (arguments.join(" "), variable.map(|(_, value)| value.map(OsStr::to_owned)))
    }

    #[test]
    fn the_library_alone_keeps_its_unstable_features() {
        for mark in ["-Z force-unstable-if-unmarked", "-Zforce-unstable-if-unmarked"] {
            let library = format!("--crate-name core --target wasm32-unknown-unknown {mark} -Cpanic=abort");
            assert_eq!(limited(&library, true), (library, None));
        }
        for target in ["--target wasm32-unknown-unknown", "--target=wasm32-unknown-unknown"] {
            let app = format!("--crate-name leptos {target} -Zfmt-debug=none");
            assert_eq!(limited(&app, true), (format!("{app} -Zallow-features="), None));
        }
    }

    #[test]
    fn build_scripts_are_compiled_as_by_a_stable_compiler() {
        let script = "--crate-name build_script_build build.rs";
        assert_eq!(limited(script, true), (script.to_owned(), Some(None)));
    }

    #[test]
    fn the_compiler_itself_refuses_the_app_an_unstable_feature() {
        let refused = |mark: &str| {
            let out = std::env::temp_dir().join(format!("xtask-reach-{}", std::process::id()));
            let line = format!("--crate-type lib --emit metadata --target wasm32-unknown-unknown {mark} -");
            let arguments = line.split_whitespace().map(OsString::from).collect();
            let mut compiler = super::limited(OsStr::new("rustc"), arguments, true);
            compiler.env(BOOTSTRAP, "1").arg("-o").arg(&out);
            compiler.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
            let mut compiler = compiler.spawn().expect("the compiler is on PATH");
            let mut source = compiler.stdin.take().expect("it is piped");
            source.write_all(b"#![feature(never_type)]\n").expect("it reads its source");
            drop(source);
            let output = compiler.wait_with_output().expect("it ends");
            // It is not written where the source is refused.
            let _ = std::fs::remove_file(out);
            String::from_utf8_lossy(&output.stderr).contains("E0725")
        };
        assert!(refused(""));
        assert!(!refused("-Zforce-unstable-if-unmarked"));
    }

    #[test]
    fn nothing_is_limited_where_nothing_is_open() {
        let probe = "--crate-name probe --target wasm32-unknown-unknown";
        assert_eq!(limited(probe, false), (probe.to_owned(), None));
    }
}
