//! `cargo xtask size`: what visits download, and which crates the main file is made of. Each visit has a
//! budget, and README.md states the first: both are checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::app::{self, Build};
use crate::bundle::{self, FilesOfParts};
use crate::dist;
use crate::releases;
use crate::step::Result;
use crate::wasm;

/// What a visit downloads, in bytes, packed by brotli, and the most that it may.
///
/// On a slow phone every 10 kB are a fifth of a second before anything can be touched. The budgets follow
/// the measured sizes with a little slack, so that a heavy change is noticed when it is made. Raise one
/// in the commit that needs it, and say there what was bought.
const BUDGETS: [(Visit, usize); 4] = [
    (Visit::SignIn, 122_500),
    (Visit::Overview, 155_500),
    (Visit::Wizard, 194_000),
    (Visit::Everything, 348_000),
];

/// How far somebody comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Visit {
    /// The sign-in is drawn: a first visit.
    SignIn,
    /// The overview is too.
    Overview,
    /// So is the heaviest of the wizards.
    Wizard,
    /// Every part.
    Everything,
}

impl Visit {
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "a first visit: the sign-in",
            Self::Overview => "and the overview",
            Self::Wizard => "and the heaviest wizard",
            Self::Everything => "every part",
        }
    }
}

/// How many crates are worth a line.
const LINES: usize = 15;

/// `cargo xtask size`
pub(crate) fn run() -> Result {
    dist::run()?;
    println!("\nwhat the WebAssembly is made of, before it is optimized and packed:");
    crates(&app::with_names(Build::Size))?;
    println!("\nwhat a first visit downloads:");
    check()
}

/// Prints the sizes of all visits and compares them with their budgets, and the first with what README.md states.
pub(crate) fn check() -> Result {
    let dist = dist::folder();
    let parts = bundle::parts(Build::Size)?;
    let files = visit(&dist)?;
    for (name, size) in &files {
        println!("      {size:>8}  {name}");
    }
    let first: usize = files.iter().map(|(_, size)| size).sum();
    let weights = weights(&dist, &parts)?;
    for (name, size) in &weights {
        println!("      {size:>8}  part file {name}");
    }
    let mut over = Vec::new();
    for (visit, budget) in BUDGETS {
        let size = first + added(visit, &parts, &weights)?;
        println!("      {size:>8}  {}, of {budget} allowed", visit.name());
        if size > budget {
            over.push(format!("{} downloads {size} bytes, {} over its budget", visit.name(), size - budget));
        }
    }
    if !over.is_empty() {
        return Err(format!(
            "{}: `cargo xtask size` shows the heaviest crates, and BUDGETS in crates/xtask/src/size.rs \
             tells when to raise one",
            over.join(", ")
        ));
    }
    compare(&app::read(&app::root().join("README.md"))?, first)
}

/// How the published name of the style sheet begins that comes with most parts.
const ACCOUNT: &str = "assets/account-";

/// The bytes of each file of a part, the style sheet that comes with them included.
fn weights(dist: &Path, parts: &FilesOfParts) -> Result<BTreeMap<String, usize>> {
    let files = releases::files_of_newest(dist)?;
    let mut weights = BTreeMap::new();
    for name in parts.values().flatten() {
        let published =
            files.iter().find(|file| file.starts_with(&published_as(name)) && file.ends_with(".wasm"));
        let published = published.ok_or_else(|| format!("{name} is not in {}", dist.display()))?;
        weights.insert(name.clone(), size_of(dist, published)?);
    }
    let sheet = files.iter().find(|file| file.starts_with(ACCOUNT) && file.ends_with(".css"));
    let sheet = sheet.ok_or("there is no style sheet of the account's screens")?;
    weights.insert(dist::ACCOUNT_SHEET.to_owned(), size_of(dist, sheet)?);
    Ok(weights)
}

/// How the published name of a part's file begins.
fn published_as(file: &str) -> String {
    format!("assets/{}-", file.trim_end_matches(".wasm"))
}

/// What a visit downloads beyond the sign-in.
fn added(visit: Visit, parts: &FilesOfParts, weights: &BTreeMap<String, usize>) -> Result<usize> {
    let sum = |wanted: &[&str]| -> Result<usize> {
        let mut files = BTreeSet::new();
        for part in wanted {
            files.extend(parts.get(*part).ok_or_else(|| format!("there is no part `{part}`"))?);
        }
        let sheet = weights.get(dist::ACCOUNT_SHEET).unwrap_or(&0);
        Ok(files.into_iter().filter_map(|file| weights.get(file)).sum::<usize>() + sheet)
    };
    match visit {
        Visit::SignIn => Ok(0),
        Visit::Overview => sum(&["home"]),
        Visit::Wizard => {
            let mut heaviest = 0;
            for wizard in bundle::WIZARD_PARTS {
                heaviest = heaviest.max(sum(&["home", wizard])?);
            }
            Ok(heaviest)
        }
        Visit::Everything => sum(&parts.keys().map(String::as_str).collect::<Vec<_>>()),
    }
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

/// The page that a first visit begins with.
const PAGE: &str = "shell/sign-in.zh-CN.html";

/// The page of a first visit and every file that it names, with its bytes on the wire, the heaviest first.
fn visit(dist: &Path) -> Result<Vec<(String, usize)>> {
    let page = app::read(&dist.join(PAGE))?;
    let mut files = Vec::new();
    for name in dist::files(dist)? {
        // It also links the legal texts, which few people open.
        let is_loaded = page.contains(&format!("\"/{name}\"")) && !name.starts_with("legal/");
        if name != PAGE && !is_loaded {
            continue;
        }
        let size = size_of(dist, &name)?;
        files.push((name, size));
    }
    files.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(files)
}

/// The bytes of a file on the wire.
fn size_of(dist: &Path, name: &str) -> Result<usize> {
    let packed = dist.join(format!("{name}.br"));
    let path = if packed.is_file() { packed } else { dist.join(name) };
    let metadata = fs::metadata(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(usize::try_from(metadata.len()).unwrap_or(usize::MAX))
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
    use super::{BUDGETS, Visit, added, compare, stated};
    use crate::bundle::FilesOfParts;
    use std::collections::BTreeMap;

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
    fn a_visit_counts_each_file_once() {
        let own = |files: &[&str]| files.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>();
        let parts = FilesOfParts::from([
            ("home".to_owned(), own(&["home"])),
            ("phone".to_owned(), own(&["home", "shared", "phone"])),
            ("cancel".to_owned(), own(&["shared", "cancel"])),
            ("wechat".to_owned(), own(&["home"])),
            ("password".to_owned(), own(&["home"])),
            ("lists".to_owned(), own(&["lists"])),
        ]);
        let sizes = [("home", 1), ("shared", 10), ("phone", 100), ("cancel", 200), ("lists", 1000)];
        let weights = BTreeMap::from(sizes.map(|(name, size)| (name.to_owned(), size)));
        let all = BUDGETS.map(|(visit, _)| added(visit, &parts, &weights));
        assert_eq!(all, [Ok(0), Ok(1), Ok(211), Ok(1311)]);
        assert!(
            added(Visit::Overview, &FilesOfParts::new(), &weights).is_err(),
            "a part that is named otherwise"
        );
    }

    #[test]
    fn the_readme_states_one_figure() {
        let readme = include_str!("../../../README.md");
        assert!(matches!(stated(readme)[..], [Some(_)]), "{:?}", stated(readme));
    }
}
