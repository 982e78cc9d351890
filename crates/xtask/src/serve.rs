//! `cargo xtask serve`: builds everything and runs the server with demo data.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use crate::app::{self, Build};
use crate::step::{self, Result, Steps, Work};
use crate::{dist, tools};

/// The port that the documentation names.
const PORT: u16 = 8080;

/// What the person asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// Keep the demo data of the last run.
    pub(crate) keep: bool,
    /// Where to listen.
    pub(crate) port: u16,
    /// Let phones on this network in.
    pub(crate) lan: bool,
    /// Encrypt.
    pub(crate) tls: bool,
}

impl Wishes {
    /// Reads the arguments after the command's name.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut wishes = Wishes { keep: false, port: PORT, lan: false, tls: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--keep" => wishes.keep = true,
                "--lan" => wishes.lan = true,
                "--tls" => wishes.tls = true,
                "--port" => {
                    wishes.port = arguments
                        .next()
                        .and_then(|port| port.parse().ok())
                        .ok_or("--port needs a number from 1 to 65535")?;
                }
                other => {
                    return Err(format!(
                        "unknown argument `{other}`; there are --keep, --port N, --lan and --tls"
                    ));
                }
            }
        }
        Ok(wishes)
    }

    /// Fails if the port is taken, before minutes are spent on building.
    pub(crate) fn check_port(&self) -> Result {
        let address = if self.lan { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        TcpListener::bind((address, self.port)).map(drop).map_err(|error| {
            format!(
                "port {} cannot be used ({error}): end the program that has it, or choose another by --port",
                self.port
            )
        })
    }

    /// The server with demo data, serving the app in `dist`.
    pub(crate) fn server(&self, dist: &std::path::Path) -> Command {
        let mut command = Command::new(app::server());
        command
            .current_dir(app::root())
            .args(["--demo", "--data", DATA, "--port", &self.port.to_string(), "--dist"])
            .arg(dist);
        if self.lan {
            command.arg("--lan");
        }
        if self.tls {
            command.arg("--tls");
        }
        command
    }

    /// Starts with fresh demo data, unless the last are to be kept.
    pub(crate) fn prepare_data(&self) -> Result {
        if self.keep { Ok(()) } else { dist::clear(&app::root().join(DATA)) }
    }
}

/// Below the root of the repository, so that it is found and wiped easily.
const DATA: &str = ".menshen/demo";

/// `cargo xtask serve`
pub(crate) fn run(arguments: &[String]) -> Result {
    let wishes = Wishes::parse(arguments)?;
    wishes.check_port()?;
    let mut steps = Steps::new(4);
    steps.next("looking for the build tools");
    tools::check_machine()?;
    let mut work = tools::missing()?;
    if !work.is_empty() {
        println!("      on two cores the first run takes 5 to 8 minutes, later ones seconds");
    }
    steps.next("compiling the app and the server");
    work.extend(halves());
    step::side_by_side(&app::logs(), work)?;
    dist::page(&mut steps)?;
    println!("      everything is built after {}; starting the server\n", step::spell(steps.finish()));
    wishes.prepare_data()?;
    become_server(wishes.server(&dist::folder()))
}

/// The app and the server share no compiled crate, so they build beside each other: one links,
/// which takes a single core, while the other compiles.
fn halves() -> Vec<Work> {
    vec![("app", Box::new(|lane| app::compile(Build::Size, lane))), ("server", Box::new(app::compile_server))]
}

/// Becomes the server, so that signals and the exit code are its own.
#[cfg(unix)]
fn become_server(mut server: Command) -> Result {
    use std::os::unix::process::CommandExt;
    let error = server.exec();
    Err(format!("the server cannot be started: {error}"))
}

/// Runs the server; Windows delivers Ctrl-C to both of us.
#[cfg(not(unix))]
fn become_server(mut server: Command) -> Result {
    step::run("the server", &mut server)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Wishes> {
        Wishes::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_are_read() {
        let plain = Wishes { keep: false, port: 8080, lan: false, tls: false };
        assert_eq!(parse(""), Ok(plain));
        let all = Wishes { keep: true, port: 9000, lan: true, tls: true };
        assert_eq!(parse("--port 9000 --tls --lan --keep"), Ok(all));
        for wrong in ["--port", "--port x", "--port 70000", "--keepp", "keep"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_taken_port_is_told_at_once() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = taken.local_addr().expect("it is bound").port();
        let wishes = Wishes { keep: true, port, lan: false, tls: false };
        assert!(wishes.check_port().is_err_and(|why| why.contains(&port.to_string())));
    }
}
