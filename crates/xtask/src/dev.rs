//! `cargo xtask dev`: the product with quick builds, the app rebuilt when a file changes.
//!
//! Trunk only watches and builds; pages come from our own server, so the production headers
//! stay on and no proxy is needed. Reload the page by hand. After a change of the server, end
//! this with Ctrl-C and start it again; `--keep` keeps the demo data.

use crate::app;
use crate::serve::Wishes;
use crate::step::{self, Result, Steps};
use crate::tools;

/// `cargo xtask dev`
pub(crate) fn run(arguments: &[String]) -> Result {
    let wishes = Wishes::parse(arguments)?;
    wishes.check_port()?;
    let mut steps = Steps::new(3);
    steps.next("looking for the build tools");
    tools::check_machine()?;
    let mut work = tools::missing_for_trunk()?;
    steps.next("compiling the server");
    work.push(("server", Box::new(app::compile_server)));
    step::side_by_side(&app::logs(), work)?;
    steps.next("compiling the app and making the page");
    step::run("trunk", &mut app::trunk("build"))?;
    println!("      everything is built after {}; watching for changes\n", step::spell(steps.finish()));

    wishes.prepare_data()?;
    let mut watch =
        app::trunk("watch").spawn().map_err(|error| format!("trunk cannot be started: {error}"))?;
    // Ctrl-C reaches both. If the server ends by itself, Trunk must not stay behind.
    let served = step::run("the server", &mut wishes.server(&app::trunk_folder()));
    let _ = watch.kill();
    let _ = watch.wait();
    served
}
