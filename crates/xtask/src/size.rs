//! `cargo xtask size`: what a first visit downloads, and which crates it is made of.

use std::fs;
use std::path::Path;

use crate::app;
use crate::dist;
use crate::step::Result;
use crate::wasm;

/// The most that a first visit may download, in bytes, packed by brotli.
///
/// On a slow phone every 10 kB are a fifth of a second before anything can be touched. It follows
/// the measured size with a little slack, so that a heavy change is noticed when it is made. Raise
/// it in the commit that needs it, and say there what was bought.
const BUDGET: usize = 304_600;

/// How many crates are worth a line.
const LINES: usize = 15;

/// `cargo xtask size`
pub(crate) fn run() -> Result {
    dist::run()?;
    println!("\nwhat the WebAssembly is made of, before it is optimized and packed:");
    crates(&app::binary_with_names())?;
    println!("\nwhat a first visit downloads:");
    check()
}

/// Prints the size of a first visit and compares it with the budget.
pub(crate) fn check() -> Result {
    let files = visit(&dist::folder())?;
    for (name, size) in &files {
        println!("      {size:>8}  {name}");
    }
    let total: usize = files.iter().map(|(_, size)| size).sum();
    println!("      {total:>8}  in all, of {BUDGET} allowed");
    if total <= BUDGET {
        return Ok(());
    }
    Err(format!(
        "a first visit downloads {total} bytes, {} over the budget: `cargo xtask size` shows the \
         heaviest crates, and BUDGET in crates/xtask/src/size.rs tells when to raise it",
        total - BUDGET
    ))
}

/// Every file that the app's page loads, with its bytes on the wire, the heaviest first.
fn visit(dist: &Path) -> Result<Vec<(String, usize)>> {
    let mut files = Vec::new();
    for name in dist::files(dist)? {
        // A first visit begins with the sign-in's first paint in place of the plain page. Other
        // folders hold pages of their own, which few people ever open.
        let is_page =
            if name.contains('/') { name == "shell/sign-in.zh-CN.html" } else { name != "index.html" };
        let is_loaded = is_page || name.starts_with("assets/");
        if !is_loaded || name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let packed = dist.join(format!("{name}.br"));
        let path = if packed.is_file() { packed } else { dist.join(&name) };
        let size =
            fs::metadata(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?.len();
        files.push((name, usize::try_from(size).unwrap_or(usize::MAX)));
    }
    files.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(files)
}

fn crates(binary: &Path) -> Result {
    let bytes = fs::read(binary).map_err(|error| format!("cannot read {}: {error}", binary.display()))?;
    let weights = wasm::weigh(&bytes).ok_or_else(|| format!("{} is not understood", binary.display()))?;
    let total: usize = weights.values().sum();
    let mut weights: Vec<_> = weights.into_iter().collect();
    weights.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    for (name, size) in weights.iter().take(LINES) {
        println!("      {size:>8}  {:>3} %  {name}", size * 100 / total.max(1));
    }
    println!("      {total:>8}         all code");
    Ok(())
}
