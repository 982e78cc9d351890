//! Builds what the `e2e` crate needs: a server, the app, browsers and axe-core.

use std::path::PathBuf;
use std::process::Command;

use crate::app::{self, Build};
use crate::browser::Browser;
use crate::bundle;
use crate::dist::{self, Pack};
use crate::step::{self, Result};
use crate::tools;

/// Everything built and found.
pub(crate) struct Stage {
    browser: Browser,
    dist: PathBuf,
    /// What wasm-bindgen wrote for it, for people to read; not of another page.
    glue: Option<PathBuf>,
}

impl Stage {
    /// With the files that people get, which must have been made just before.
    pub(crate) fn of_release() -> Result<Self> {
        let browser = Browser::get()?;
        build(Build::Size)?;
        Ok(Stage { browser, dist: dist::folder(), glue: Some(bundle::glue(Build::Size)) })
    }

    /// With a quick build of the same app, which saves a minute at every try.
    pub(crate) fn quick() -> Result<Self> {
        let browser = Browser::get()?;
        build(Build::Fast)?;
        let dist = app::target().join("dist-fast");
        dist::publish(&bundle::make(Build::Fast)?, &dist, Pack::Plain)?;
        Ok(Stage { browser, dist, glue: Some(bundle::glue(Build::Fast)) })
    }

    /// With another page than the app, made later.
    pub(crate) fn of(dist: PathBuf) -> Result<Self> {
        let browser = Browser::get()?;
        tools::check_machine()?;
        let mut work = tools::missing_for_tests()?;
        work.push(("server", Box::new(app::compile_server)));
        step::side_by_side(&app::logs(), work)?;
        Ok(Stage { browser, dist, glue: None })
    }

    /// Hands it over to a program of the crate.
    pub(crate) fn told_to<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("MENSHEN_SERVER", app::server())
            .env("MENSHEN_DIST", &self.dist)
            .envs(self.glue.iter().map(|glue| ("MENSHEN_GLUE", glue)))
            .env("MENSHEN_AXE", tools::axe())
            .env("CHROME", &self.browser.chrome)
            .env("CHROMEDRIVER", &self.browser.driver)
            .env("FIREFOX", &self.browser.firefox)
    }
}

/// Compiles the app and the server beside whatever tool is missing.
fn build(build: Build) -> Result {
    tools::check_machine()?;
    let mut work = tools::missing_for_tests()?;
    work.push(("app", Box::new(move |lane| app::compile(build, lane))));
    work.push(("server", Box::new(app::compile_server)));
    step::side_by_side(&app::logs(), work)
}
