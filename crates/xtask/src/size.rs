//! `cargo xtask size`: what a first visit downloads, and which crates it is made of. The size has a
//! budget, and README.md states it: both are checked.

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
const BUDGET: usize = 302_500;

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

/// Prints the size of a first visit and compares it with the budget and with what README.md states.
pub(crate) fn check() -> Result {
    let files = visit(&dist::folder())?;
    for (name, size) in &files {
        println!("      {size:>8}  {name}");
    }
    let total: usize = files.iter().map(|(_, size)| size).sum();
    println!("      {total:>8}  in all, of {BUDGET} allowed");
    if total > BUDGET {
        return Err(format!(
            "a first visit downloads {total} bytes, {} over the budget: `cargo xtask size` shows the \
             heaviest crates, and BUDGET in crates/xtask/src/size.rs tells when to raise it",
            total - BUDGET
        ));
    }
    compare(&app::read(&app::root().join("README.md"))?, total)
}

/// What stands before the figure in README.md, and the unit behind it.
const CLAIM: (&str, &str) = ("A first visit downloads", "kB");

/// The figures that a text states for the first visit, in kB.
fn stated(text: &str) -> Vec<Option<usize>> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let claims = words.split(CLAIM.0).skip(1).map(|behind| {
        let (figure, _) = behind.trim_start().split_once(CLAIM.1)?;
        figure.trim_end().parse().ok()
    });
    claims.collect()
}

/// Refuses a text that does not state the measured size once, in whole kB. Rounded up or down: a folder with crates
/// of earlier builds compiles to some hundred bytes more or less than an empty one.
fn compare(text: &str, bytes: usize) -> Result {
    let measured = (bytes + 500) / 1000;
    let (before, unit) = CLAIM;
    match stated(text)[..] {
        [Some(figure)] if bytes.abs_diff(figure * 1000) < 1000 => Ok(()),
        [Some(figure)] => Err(format!(
            "README.md states {figure} kB for a first visit, which downloads {bytes} bytes: write {measured} kB"
        )),
        _ => Err(format!(
            "README.md has to say once \u{201c}{before} {measured} {unit}\u{201d}, with this figure"
        )),
    }
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

#[cfg(test)]
mod tests {
    use super::{compare, stated};

    #[test]
    fn the_figure_of_the_readme_is_read() {
        assert_eq!(stated("# Figures\n\nA first visit downloads 304 kB (`cargo xtask size`)."), [Some(304)]);
        assert_eq!(stated("A first visit\ndownloads 7 kB."), [Some(7)]);
        assert_eq!(stated("A first visit downloads little."), [None]);
        assert_eq!(stated("A first visit downloads about 304 kB."), [None]);
        assert_eq!(stated("304 kB"), []);
    }

    #[test]
    fn a_readme_that_states_another_size_is_refused() {
        let readme = "A first visit downloads 304 kB (`cargo xtask size`).";
        for bytes in [303_001, 304_000, 304_999] {
            assert_eq!(compare(readme, bytes), Ok(()), "{bytes}");
        }
        for bytes in [303_000, 305_000, 221_000] {
            let why = compare(readme, bytes).expect_err("another figure");
            assert!(why.contains("304 kB") && why.contains(&format!("{bytes} bytes")), "{why}");
        }
        for vague in ["", "A first visit downloads little.", &format!("{readme} {readme}")] {
            assert!(compare(vague, 304_000).is_err_and(|why| why.contains("once")), "{vague}");
        }
    }

    #[test]
    fn the_readme_states_one_figure() {
        let readme = include_str!("../../../README.md");
        assert!(matches!(stated(readme)[..], [Some(_)]), "{:?}", stated(readme));
    }
}
