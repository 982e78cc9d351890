//! `cargo xtask bench`: how long drawing a QR takes, compared with the npm package `qrcode` in the
//! same page of a real browser. The server's figures are `cargo bench -p server`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::app;
use crate::bundle;
use crate::stage::Stage;
use crate::step::{self, Result, Steps};
use crate::tools;

/// `cargo xtask bench`
pub(crate) fn run() -> Result {
    let mut steps = Steps::new(3);
    steps.next("building the server");
    let folder = app::target().join("bench");
    let stage = Stage::of(folder.clone())?;
    steps.next("making the page");
    page(&folder)?;
    steps.next("drawing");
    let mut bench = app::cargo();
    bench.args(["run", "--quiet", "--package", "e2e", "--bin", "qr-bench"]);
    step::run("the stopwatch", stage.told_to(&mut bench))?;
    println!("      after {}", step::spell(steps.finish()));
    Ok(())
}

/// The page, our code packed as the app's is, and theirs as one module.
fn page(folder: &Path) -> Result {
    let made = |result: std::io::Result<_>| {
        result.map_err(|error| format!("cannot write {}: {error}", folder.display()))
    };
    made(fs::create_dir_all(folder))?;
    for file in ["index.html", "bench.js"] {
        made(fs::copy(app::root().join("crates/qr-bench/page").join(file), folder.join(file)).map(|_| ()))?;
    }
    made(fs::copy(app::root().join("public/favicon.svg"), folder.join("favicon.svg")).map(|_| ()))?;
    ours(folder)?;
    step::run("esbuild", theirs()?.arg(format!("--outfile={}", folder.join("theirs.js").display())))
}

fn ours(folder: &Path) -> Result {
    step::run("cargo", &mut app::build_small("qr-bench")?)?;
    let mut binder = tools::command("wasm-parts");
    binder.arg("--whole").arg(app::small_binary("qr_bench")).arg(folder).arg("ours");
    step::run("wasm-parts", &mut binder)?;
    let binary = folder.join("ours_bg.wasm");
    bundle::optimize(&binary, &binary)
}

/// A command that bundles the library; where it goes is still to be said.
fn theirs() -> Result<Command> {
    let modules = tools::qr_library()?;
    // Beside the library, or its name would not be found.
    let entry = modules.with_file_name("entry.mjs");
    fs::write(&entry, "export { default } from \"qrcode\";\n")
        .map_err(|error| format!("cannot write {}: {error}", entry.display()))?;
    let mut esbuild = tools::command("esbuild");
    esbuild.arg(&entry).args(["--bundle", "--format=esm", "--minify", "--log-level=warning"]);
    Ok(esbuild)
}
