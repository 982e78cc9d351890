//! `cargo xtask rules`: lists the tests named after each rule of `docs/rules.md`, section 3, and fails
//! if a rule has none.
//!
//! A test says by the beginning of its name what it proves: `p6_…`, or several, `h1_h2_…`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::app;
use crate::step::Result;

/// Where tests are.
const PLACES: [&str; 3] = ["src", "crates", "tests"];

/// `cargo xtask rules`
pub(crate) fn run() -> Result {
    let proofs = proofs(&app::root())?;
    for (rule, tests) in &proofs {
        println!("{rule:<4} {}", tests.len());
        for test in tests {
            println!("     {test}");
        }
    }
    println!("{} rules", proofs.len());
    gaps(&proofs)
}

/// Refuses where a rule has no test.
fn gaps(proofs: &BTreeMap<String, Vec<String>>) -> Result {
    let bare: Vec<&str> =
        proofs.iter().filter(|(_, tests)| tests.is_empty()).map(|(rule, _)| rule.as_str()).collect();
    if bare.is_empty() { Ok(()) } else { Err(format!("no test is named after {}", bare.join(", "))) }
}

/// The tests of every rule, in the order of the names.
fn proofs(root: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let text = app::read(&root.join("docs/rules.md"))?;
    let mut proofs: BTreeMap<String, Vec<String>> =
        rules(&text).into_iter().map(|rule| (rule, Vec::new())).collect();
    let mut names = Vec::new();
    for place in PLACES {
        gather(&root.join(place), &mut names)?;
    }
    names.sort();
    for name in names {
        for rule in proven_by(&name) {
            if let Some(tests) = proofs.get_mut(&rule) {
                tests.push(name.clone());
            }
        }
    }
    Ok(proofs)
}

/// The ids that section 3 defines: a capital and a number at the beginning of an item, or of a
/// further sentence in it.
fn rules(text: &str) -> Vec<String> {
    let section = text.split("\n## ").find(|section| section.starts_with("3.")).unwrap_or_default();
    let items = section.lines().filter_map(|line| line.strip_prefix("- "));
    let sentences = items.flat_map(|item| item.split(". "));
    sentences
        .filter_map(|sentence| sentence.split(' ').next())
        .filter(|word| is_id(word))
        .map(Into::into)
        .collect()
}

fn is_id(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && !letters.as_str().is_empty()
        && letters.all(|digit| digit.is_ascii_digit())
}

/// The rules that a name begins with; ids of other documents, `del_05`, may stand between them.
fn proven_by(name: &str) -> Vec<String> {
    let mut rules = Vec::new();
    let mut words = name.split('_').peekable();
    while let Some(word) = words.next() {
        let id = word.to_uppercase();
        let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
        if is_id(&id) {
            rules.push(id);
        } else if words.peek().is_some_and(is_number) {
            words.next();
        } else {
            break;
        }
    }
    rules
}

/// The names of all tests in a folder and below.
fn gather(folder: &Path, names: &mut Vec<String>) -> Result {
    let named = |error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(named)? {
        let path = entry.map_err(named)?.path();
        if path.is_dir() {
            gather(&path, names)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(tests(&app::read(&path)?));
        }
    }
    Ok(())
}

/// The names of the functions that a file marks as tests.
fn tests(text: &str) -> Vec<String> {
    let mut is_marked = false;
    let mut names = Vec::new();
    for line in text.lines().map(str::trim) {
        is_marked |= line == "#[test]" || line.starts_with("#[tokio::test");
        if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_marked) {
            names.extend(rest.split('(').next().map(Into::into));
            is_marked = false;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_product_has_a_test() {
        gaps(&proofs(&app::root()).expect("the sources can be read")).expect("no gap");
    }

    #[test]
    fn rules_are_read_where_they_are_defined() {
        let text = "## 2. Screens\n- Z9 no\n\n## 3. Rules\nSigning in\n- L1 Proof (P5). L2 next to it, W3. Not A\n- none\n\n## 4. Words\n- Y1 no\n";
        assert_eq!(rules(text), ["L1", "L2"]);
    }

    #[test]
    fn names_say_what_they_prove() {
        assert_eq!(proven_by("h1_h2_only_what_ends"), ["H1", "H2"]);
        assert_eq!(proven_by("c7_del_05_no_row"), ["C7"]);
        assert_eq!(proven_by("ses_06_g1_one"), ["G1"]);
        assert_eq!(proven_by("ava_2_a_head"), Vec::<String>::new());
        assert_eq!(proven_by("what_p6_does"), Vec::<String>::new());
    }

    #[test]
    fn tests_are_functions_that_are_marked() {
        let text = "fn a() {}\n#[test]\n#[cfg(unix)]\nfn b_1() {}\nfn c() {}\n    #[tokio::test(flavor = \"x\")]\n    async fn d() {}\n";
        assert_eq!(tests(text), ["b_1", "d"]);
    }

    #[test]
    fn a_rule_without_a_test_is_told() {
        let proofs = BTreeMap::from([("P1".into(), vec!["p1_x".into()]), ("P2".into(), Vec::new())]);
        assert_eq!(gaps(&proofs), Err("no test is named after P2".into()));
    }
}
