//! The project's chores, run as `cargo xtask <command>`.
//!
//! One file a command: `serve`, `dev`, `dist`, `size`, `test`, `gallery`, `bench`, `rules`, `tools`. Used by
//! them: `app` builds app and server, `bundle` splits the app and makes its page, `rustc` limits the nightly settings of the app's build, `tools`
//! and `npm` install build tools, `browser` finds or installs browsers, `deny` checks dependencies,
//! `stage` builds what the end-to-end tests need, `wasm` reads function sizes from a binary, `shell`
//! writes the first paints, `step` prints progress and runs programs.

mod app;
mod bench;
mod browser;
mod bundle;
mod deny;
mod dev;
mod dist;
mod gallery;
mod npm;
mod releases;
mod rules;
mod rustc;
mod serve;
mod shell;
mod size;
mod stage;
mod step;
mod test;
mod tools;
mod wasm;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  serve   build everything and run the product with demo data
            --keep      keep the demo data of the last run
            --port N    another port than 8080
            --lan       let phones on this network open the QR code's link
            --tls       https with a self-signed certificate
  dev     the same with quick builds; the app is rebuilt when a file changes (--port N)
  test    everything CI runs, in the same order
            --only STEP one step: fmt deny clippy unit app e2e
            --all       the long versions too, and the app as Trunk builds it
            -- ARGS     passed on to `cargo test` (with --only unit or --only e2e)
  gallery take a picture of every screen in every state, into target/gallery/index.html
            SCREEN      this screen only
            --readme    the pictures of README.md instead
  bench   time the QR beside a JavaScript library in the same page
  rules   which test proves which rule of the product
  dist    build the app for release into dist/
  size    what a first visit downloads, and which crates it is made of
  tools   install the pinned build tools and stop
";

fn main() -> ExitCode {
    if let Some(compiler) = rustc::asked_for() {
        return rustc::become_compiler(compiler);
    }
    rustc::remember_own_place();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        print!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let outcome = match command.as_str() {
        "serve" => serve::run(rest),
        "dev" => dev::run(rest),
        "test" => test::run(rest),
        "gallery" => gallery::run(rest),
        "bench" => none(rest).and_then(|()| bench::run()),
        "rules" => none(rest).and_then(|()| rules::run()),
        "dist" => none(rest).and_then(|()| dist::run()),
        "size" => none(rest).and_then(|()| size::run()),
        "tools" => none(rest).and_then(|()| tools::run()),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!("there is no command `{other}`\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("\nxtask: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Refuses arguments where a command takes none: a mistyped flag must not be ignored.
fn none(rest: &[String]) -> step::Result {
    match rest.first() {
        None => Ok(()),
        Some(argument) => Err(format!("unknown argument `{argument}`\n\n{USAGE}")),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_run_says_at_once_what_it_compiles() {
        let config = include_str!("../../../.cargo/config.toml");
        let alias = config.lines().find(|line| line.starts_with("xtask = ")).expect("the alias");
        assert!(!alias.contains("--quiet"), "{alias}");
    }
}
