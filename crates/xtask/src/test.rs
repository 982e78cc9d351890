//! `cargo xtask test`: everything CI runs, in the same order. The first failure ends it.

use std::process::Command;

use crate::app::{self, Build};
use crate::browser::Browser;
use crate::dist::{self, Pack};
use crate::stage::Stage;
use crate::step::{self, Result, Steps};
use crate::{bundle, deny, size, tools};

/// The packages that run on the machine itself. The app is checked for the browser's target
/// too, and the end-to-end tests have a step of their own.
const HOST: [&str; 9] =
    ["contract", "flow", "json", "json-derive", "routes", "words", "server", "xtask", "menshen"];

/// One step, cheapest first: a missing space should not cost ten minutes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Fmt,
    Deny,
    Clippy,
    Unit,
    App,
    EndToEnd,
}

impl Step {
    const ALL: [Step; 6] = [Step::Fmt, Step::Deny, Step::Clippy, Step::Unit, Step::App, Step::EndToEnd];

    fn name(self) -> &'static str {
        match self {
            Step::Fmt => "fmt",
            Step::Deny => "deny",
            Step::Clippy => "clippy",
            Step::Unit => "unit",
            Step::App => "app",
            Step::EndToEnd => "e2e",
        }
    }

    /// All of them, as the help tells them.
    fn names() -> String {
        Step::ALL.map(Step::name).join(" ")
    }

    fn title(self) -> &'static str {
        match self {
            Step::Fmt => "fmt: layout of the code, and a lock file that is up to date",
            Step::Deny => "deny: licenses, sources and known weaknesses of what we build on",
            Step::Clippy => "clippy: no warning, on the machine and in the browser",
            Step::Unit => {
                "unit: contract, flows, json, routes, words, server, xtask, and the app's pure parts"
            }
            Step::App => "app: release build, and its size against the budget",
            Step::EndToEnd => "e2e: a real browser against the real server",
        }
    }
}

/// What the person asked for.
#[derive(Debug, Default, PartialEq)]
struct Wishes {
    only: Option<Step>,
    long: bool,
    passed_on: Vec<String>,
}

impl Wishes {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wishes = Wishes::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--all" => wishes.long = true,
                "--only" => {
                    let name = arguments.next().map(String::as_str).unwrap_or_default();
                    let step = Step::ALL.into_iter().find(|step| step.name() == name);
                    wishes.only = Some(step.ok_or_else(|| format!("--only needs one of {}", Step::names()))?);
                }
                "--" => wishes.passed_on = arguments.by_ref().cloned().collect(),
                other => {
                    return Err(format!(
                        "unknown argument `{other}`; there are --only STEP, --all and -- ARGS"
                    ));
                }
            }
        }
        if !wishes.passed_on.is_empty() && !matches!(wishes.only, Some(Step::Unit | Step::EndToEnd)) {
            return Err("arguments after -- need --only unit or --only e2e".to_owned());
        }
        Ok(wishes)
    }
}

/// `cargo xtask test`
pub(crate) fn run(arguments: &[String]) -> Result {
    let wishes = Wishes::parse(arguments)?;
    let chosen: Vec<Step> =
        Step::ALL.into_iter().filter(|step| wishes.only.is_none_or(|only| only == *step)).collect();
    check_needs(&chosen)?;
    let mut steps = Steps::new(chosen.len());
    for step in chosen {
        steps.next(step.title());
        match step {
            Step::Fmt => fmt(),
            Step::Deny => deny::check(),
            Step::Clippy => clippy(),
            Step::Unit => unit(&wishes),
            Step::App => release_app(),
            Step::EndToEnd => end_to_end(&wishes),
        }
        .map_err(|why| format!("{why}\n\nrepeat this step alone: cargo xtask test --only {}", step.name()))?;
    }
    println!("      everything passed in {}", step::spell(steps.finish()));
    Ok(())
}

/// Finds out what the machine lacks before the first step, so that no minute is spent in vain.
fn check_needs(chosen: &[Step]) -> Result {
    if chosen.iter().any(|step| [Step::Clippy, Step::App, Step::EndToEnd].contains(step)) {
        tools::check_machine()?;
    }
    if chosen.contains(&Step::EndToEnd) {
        Browser::get()?;
    }
    Ok(())
}

fn fmt() -> Result {
    step::run("cargo fmt", app::cargo().args(["fmt", "--all", "--check"]))?;
    // CI must test the versions that are committed, not those of the day.
    step::output(app::cargo().args(["metadata", "--locked", "--format-version", "1"]))
        .map(drop)
        .ok_or_else(|| "Cargo.lock does not fit the Cargo.toml files, or crates cannot be fetched: run `cargo metadata --locked` to see why".to_owned())
}

fn clippy() -> Result {
    let denied = ["--", "--deny", "warnings"];
    let mut host = app::cargo();
    host.args(["clippy", "--all-targets"]).args(packages()).args(["--package", "e2e"]).args(denied);
    step::run("clippy on the machine", &mut host)?;
    let mut browser = app::cargo();
    browser.args(["clippy", "--target", "wasm32-unknown-unknown", "--package", "menshen"]);
    browser.args(["--features", "split"]).args(denied);
    step::run("clippy for the browser", &mut browser)
}

fn unit(wishes: &Wishes) -> Result {
    step::run("cargo test", &mut cargo_test(&packages(), wishes))
}

fn release_app() -> Result {
    let mut work = tools::missing()?;
    work.push(("app", Box::new(|lane| app::compile(Build::Size, lane))));
    step::side_by_side(&app::logs(), work)?;
    dist::publish(&bundle::make(Build::Size)?, &dist::folder(), Pack::Release)?;
    size::check()
}

fn end_to_end(wishes: &Wishes) -> Result {
    // In the full run the files that people get have just been made.
    let stage = if wishes.only.is_none() { Stage::of_release() } else { Stage::quick() }?;
    let mut test = cargo_test(&["--package".to_owned(), "e2e".to_owned()], wishes);
    step::run("cargo test", stage.told_to(&mut test))?;
    if wishes.long { by_trunk() } else { Ok(()) }
}

/// The app as Trunk builds it, in one file: whoever has Trunk can use it alone.
fn by_trunk() -> Result {
    let stage = Stage::of(app::trunk_folder())?;
    step::side_by_side(&app::logs(), tools::missing_for_trunk()?)?;
    step::run("trunk", &mut app::trunk("build"))?;
    let wishes = Wishes { passed_on: vec!["overview::".to_owned()], ..Wishes::default() };
    let mut test = cargo_test(&["--package".to_owned(), "e2e".to_owned()], &wishes);
    step::run("cargo test with the app of Trunk", stage.told_to(&mut test))
}

fn cargo_test(packages: &[String], wishes: &Wishes) -> Command {
    let mut cargo = app::cargo();
    cargo.arg("test").args(packages).args(&wishes.passed_on);
    if wishes.long {
        cargo.env("MENSHEN_LONG", "1");
    }
    cargo
}

fn packages() -> Vec<String> {
    HOST.iter().flat_map(|package| ["--package".to_owned(), (*package).to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Wishes> {
        Wishes::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_are_read() {
        assert_eq!(parse(""), Ok(Wishes::default()));
        let wishes = parse("--only e2e --all -- phone:: -- --nocapture").expect("they are right");
        assert_eq!((wishes.only, wishes.long), (Some(Step::EndToEnd), true));
        assert_eq!(wishes.passed_on, ["phone::", "--", "--nocapture"]);
        assert_eq!(parse("--only deny").map(|wishes| wishes.only), Ok(Some(Step::Deny)));
        for wrong in ["--only", "--only tests", "-- x", "--only fmt -- x", "--only deny -- x", "e2e"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_crate_is_forgotten() {
        let manifest = app::read(&app::root().join("Cargo.toml")).expect("readable");
        let (_, rest) = manifest.split_once("members = [").expect("it has members");
        let (members, _) = rest.split_once(']').expect("the list ends");
        let trunk = app::read(&app::root().join("Trunk.toml")).expect("readable");
        for member in members.split(',').map(|member| member.trim().trim_matches('"')) {
            // The end-to-end tests have a step; the others have no tests.
            let Some(name) = member.strip_prefix("crates/") else { continue };
            if !["no-streams", "qr-bench"].contains(&name) {
                assert!(HOST.contains(&name), "HOST lacks {name}");
            }
            if !["no-streams", "qr-bench", "server", "xtask"].contains(&name) {
                assert!(trunk.contains(&format!("\"{member}\"")), "Trunk.toml does not watch {member}");
            }
        }
    }

    #[test]
    fn the_help_names_every_step() {
        let names = Step::names();
        assert!(crate::USAGE.contains(&format!("one step: {names}\n")), "{names}");
        assert_eq!(Step::ALL[..2], [Step::Fmt, Step::Deny], "what costs seconds comes first");
    }
}
