//! The step `deny` of `cargo xtask test`: checks all dependencies by `deny.toml`.
//!
//! Licenses, bans and sources need no network once the crates are downloaded. Known vulnerabilities
//! come from the RustSec database, which needs a network. cargo-deny exits with the same code for a
//! vulnerability, for a failed download and for a broken database, so the database is fetched by a
//! separate command: only if that reports a failed download, the check is skipped with a message.

use std::process::{Command, Stdio};

use crate::app;
use crate::step::{self, Result};
use crate::tools;

/// Checks what can be checked here.
pub(crate) fn check() -> Result {
    tools::check_machine()?;
    step::side_by_side(&app::logs(), tools::missing_for_deny()?)?;
    // Without `--workspace` it would look at the app alone, which is the package at the root.
    let mut here = deny();
    here.args(["--workspace", "--locked", "check", "licenses", "bans", "sources"]);
    step::run("cargo deny", &mut here)?;
    match fetch()? {
        Database::Here => {
            // Every crate has just been looked at, so none is missing. Without `--offline` the
            // database would be fetched again, which may fail by now.
            let mut found = deny();
            found.args(["--workspace", "--locked", "--offline", "check", "advisories"]);
            step::run("cargo deny", &mut found)
        }
        Database::OutOfReach(why) => {
            println!("      known weaknesses were not looked for: their database is out of reach ({why})");
            Ok(())
        }
        Database::Broken(said) => Err(format!("cargo deny cannot use its database:\n\n{said}")),
    }
}

/// Our own, past cargo, which would prefer one in its own folder.
fn deny() -> Command {
    let mut deny = Command::new(tools::find("cargo-deny").unwrap_or_else(|| "cargo-deny".into()));
    deny.current_dir(app::root());
    deny
}

/// The database of known weaknesses after it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Database {
    /// As it is today.
    Here,
    /// There is no network, or no way to that host; in git's words.
    OutOfReach(String),
    /// Anything else, which must not pass for a check that found nothing.
    Broken(String),
}

impl Database {
    /// What cargo-deny of our version makes of a failure of git, and of nothing else.
    const OUT_OF_REACH: &str = "failed to fetch advisory database";

    fn of(is_success: bool, said: &str) -> Self {
        if is_success {
            return Database::Here;
        }
        if !said.contains(Self::OUT_OF_REACH) {
            return Database::Broken(said.trim().to_owned());
        }
        let why = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
        Database::OutOfReach(why.unwrap_or_default().to_owned())
    }
}

fn fetch() -> Result<Database> {
    let mut fetch = deny();
    fetch.args(["fetch", "db"]).stdin(Stdio::null());
    // A gateway may want a password or never answer; neither may hold up a test.
    fetch.env("GIT_TERMINAL_PROMPT", "0");
    fetch.env("GIT_HTTP_LOW_SPEED_LIMIT", "1000").env("GIT_HTTP_LOW_SPEED_TIME", "20");
    let output = fetch.output().map_err(|error| format!("cargo-deny cannot be started: {error}"))?;
    Ok(Database::of(output.status.success(), &String::from_utf8_lossy(&output.stderr)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_out_of_reach_is_not_a_broken_one() {
        let out_of_reach = "[ERROR] failed to fetch database: failed to fetch advisory database https://db.example/ with cli: failed to clone: [\"clone\"]\nCloning into 'db'...\nfatal: unable to access 'https://db.example/': Could not resolve host: db.example\n\n";
        assert_eq!(
            Database::of(false, out_of_reach),
            Database::OutOfReach(
                "fatal: unable to access 'https://db.example/': Could not resolve host: db.example"
                    .to_owned()
            )
        );
        for broken in [
            "[ERROR] failed to fetch database: failed to load advisory database: failed to parse advisory from 'db/x.md': failed to find toml block\n",
            "error: unknown field\n[ERROR] failed to validate configuration file deny.toml\n",
            "error[vulnerability]: a weakness\n",
            "",
        ] {
            assert_eq!(Database::of(false, broken), Database::Broken(broken.trim().to_owned()));
        }
        assert_eq!(Database::of(true, out_of_reach), Database::Here);
    }
}
