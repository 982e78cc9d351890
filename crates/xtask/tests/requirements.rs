//! The requirement ids that code, tests and documents cite, against `docs/requirements.md`, which has
//! one line for each.
//!
//! An id is a letter and a number (`P5`, `B45b`), or a group, a hyphen and a number (`OTP-03`). It is
//! cited in prose (documents, comments, messages in parentheses) and by the beginning of a test's name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The page with a line for each id.
const PAGE: &str = "docs/requirements.md";
/// Files in which ids are examples.
const EXAMPLES: [&str; 2] = ["crates/xtask/src/rules.rs", "crates/xtask/tests/requirements.rs"];

/// The letters that ids without a hyphen begin with.
const LETTERS: &str = "ABCDEGHKLMPVW";
/// What stands before the hyphen of the others.
const GROUPS: [&str; 20] = [
    "ADM", "API", "AVA", "CC", "DB", "DEL", "EX", "F", "HIS", "IDM", "KSK", "LD", "OTP", "PHN", "QR", "SEC",
    "SES", "STP", "WEB", "WV",
];

/// Begins a demand that is not built yet and needs no test.
const PLANNED: &str = "*planned*";

/// A line of the page.
struct Line {
    id: String,
    demand: String,
    source: String,
}

/// The group of an id, with the hyphen if it has one, its number, and the letter behind that.
fn parts(word: &str) -> Option<(&str, &str, &str)> {
    let begin = word.find(|c: char| c.is_ascii_digit())?;
    let end = begin + word[begin..].bytes().take_while(u8::is_ascii_digit).count();
    let (group, number, letter) = (&word[..begin], &word[begin..end], &word[end..]);
    let is_group = match group.strip_suffix('-') {
        Some(group) => GROUPS.contains(&group) && letter.is_empty(),
        None => group.len() == 1 && LETTERS.contains(group) && ["", "b"].contains(&letter),
    };
    (is_group && number.len() <= 2).then_some((group, number, letter))
}

fn is_id(word: &str) -> bool {
    parts(word).is_some()
}

/// All ids from one to another, which may be given by its number alone.
fn range(first: &str, last: &str) -> Option<Vec<String>> {
    let (group, from, _) = parts(first)?;
    let to = match parts(last) {
        Some((other, number, _)) if other == group => number,
        Some(_) => return None,
        None => last,
    };
    let (from, to, width) = (from.parse::<u8>().ok()?, to.parse::<u8>().ok()?, from.len());
    (from < to).then(|| (from..=to).map(|number| format!("{group}{number:0width$}")).collect())
}

/// The ids in a text, ranges (`P1–P9`, `DEL-01…06`) taken apart. `U+00E2`, `%E6` and the like are none.
fn ids(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut found: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    let mut before = ' ';
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if !is_part(next) {
            before = next;
            rest = &rest[next.len_utf8()..];
            continue;
        }
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let word = word.trim_end_matches('-');
        let is_joined = matches!(before, '–' | '…');
        if let Some(all) = open.take().filter(|_| is_joined).and_then(|first| range(&first, word)) {
            found.extend(all);
        } else if is_id(word) && !"_%+./#".contains(before) && !behind.starts_with('_') {
            found.push(word.to_owned());
            open = Some(word.to_owned());
        }
        before = 'x';
        rest = behind;
    }
    found
}

/// The comment and the code in a line of a file; documents are comment throughout. `None` for files
/// that cite nothing.
fn prose_and_code<'a>(path: &str, line: &'a str) -> Option<(&'a str, &'a str)> {
    let (_, kind) = path.rsplit_once('.')?;
    let mark = match kind {
        "md" | "html" => return Some((line, "")),
        "rs" | "js" | "c" => "//",
        "sql" => "--",
        "toml" => "#",
        "css" if line.trim_start().starts_with('*') => return Some((line, "")),
        "css" => "/*",
        _ => return None,
    };
    let (code, prose) = line.split_at(line.find(mark).unwrap_or(line.len()));
    Some((prose, code))
}

/// The ids in parentheses in a line of code: `"constant (QR-10)"`, `"(G2, OTP-10)"`.
fn in_parentheses(code: &str) -> Vec<String> {
    let inner = code.split('(').skip(1).filter_map(|rest| rest.split_once(')').map(|(inner, _)| inner));
    let lists = inner.filter(|inner| inner.split(", ").all(is_id));
    lists.flat_map(|inner| inner.split(", ").map(str::to_owned)).collect()
}

/// The ids that a file cites, with the numbers of the lines.
fn cited(path: &str, text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some((prose, code)) = prose_and_code(path, line) else { continue };
        let with_hyphen = ids(code).into_iter().filter(|id| id.contains('-'));
        let all = ids(prose).into_iter().chain(with_hyphen).chain(in_parentheses(code));
        found.extend(all.map(|id| (at + 1, id)));
    }
    let proofs =
        tests(text).into_iter().flat_map(|(at, name)| proven_by(name).into_iter().map(move |id| (at, id)));
    if path.ends_with(".rs") {
        found.extend(proofs);
    }
    found
}

/// The functions that a file marks as tests, with the numbers of their lines.
fn tests(text: &str) -> Vec<(usize, &str)> {
    let mut is_marked = false;
    let mut names = Vec::new();
    for (at, line) in text.lines().map(str::trim).enumerate() {
        is_marked |= line == "#[test]" || line.starts_with("#[tokio::test");
        if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_marked) {
            names.extend(rest.split(['(', '<']).next().map(|name| (at + 1, name)));
            is_marked = false;
        }
    }
    names
}

/// The ids that the name of a test begins with: `c7_del_05_…`, and ranges: `b01_to_b07_…`.
fn proven_by(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split('_').collect();
    let mut found: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some((id, length)) = words.get(at..).and_then(leading_id) {
        found.push(id);
        at += length;
        let Some((last, length)) = words.get(at + 1..).and_then(leading_id) else { continue };
        if words[at] == "to" {
            found.extend(found.last().and_then(|first| range(first, &last)).unwrap_or_default());
            at += 1 + length;
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The id that the words of a name begin with, and how many words it takes.
fn leading_id(words: &[&str]) -> Option<(String, usize)> {
    let first = words.first()?.to_uppercase();
    let first = first.strip_suffix('B').filter(|id| is_id(id)).map_or(first.clone(), |id| format!("{id}b"));
    if is_id(&first) {
        return Some((first, 1));
    }
    let both = format!("{first}-{}", words.get(1)?);
    is_id(&both).then_some((both, 2))
}

/// The rows of the page's tables; a row that is no line of an id is an error.
fn lines(page: &str) -> Result<Vec<Line>, String> {
    let rows = page.lines().filter(|row| row.starts_with('|') && !row.starts_with("|---"));
    let rows = rows.filter(|row| !row.starts_with("| Id |"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        match cells[..] {
            [id, demand, source] if is_id(id) && !demand.is_empty() && !source.is_empty() => {
                Ok(Line { id: id.to_owned(), demand: demand.to_owned(), source: source.to_owned() })
            }
            _ => Err(format!("no id, demand and source: {row}")),
        }
    })
    .collect()
}

/// Ids that are cited and have no line, with the places.
fn undefined(cited: &[(String, String)], lines: &[Line]) -> Vec<String> {
    let known: BTreeSet<&str> = lines.iter().map(|line| line.id.as_str()).collect();
    let unknown = cited.iter().filter(|(_, id)| !known.contains(id.as_str()));
    unknown.map(|(place, id)| format!("{place}: {id} has no line in {PAGE}")).collect()
}

/// Lines that no test proves, and planned ones that a test proves.
fn unproven(lines: &[Line], proofs: &BTreeMap<String, String>) -> Vec<String> {
    let wrong = |line: &Line| match (line.demand.starts_with(PLANNED), proofs.get(&line.id)) {
        (false, None) => Some(format!("{}: no test is named after it", line.id)),
        (true, Some(test)) => Some(format!("{}: {test} proves what is marked as planned", line.id)),
        _ => None,
    };
    lines.iter().filter_map(wrong).collect()
}

/// Ids with more than one line.
fn repeated(lines: &[Line]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again = lines.iter().filter(|line| !seen.insert(line.id.as_str()));
    again.map(|line| format!("{} has two lines", line.id)).collect()
}

/// Lines that refer to documents outside of the repository.
fn private(text: &str) -> Vec<usize> {
    let hit = |line: &str| {
        let line = line.to_lowercase();
        let shape = line.split("shape ").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let section =
            ["product §", "(product,", "as the seed", "of the seed"].iter().any(|word| line.contains(word));
        shape || section
    };
    text.lines().enumerate().filter(|(_, line)| hit(line)).map(|(at, _)| at + 1).collect()
}

fn root() -> PathBuf {
    let own = env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells where this crate is");
    Path::new(&own).ancestors().nth(2).expect("it is two folders down").to_path_buf()
}

/// Folders below the root that are no part of the sources.
const NOT_OURS: [&str; 7] = [".git", "target", "dist", "dist.fresh", ".tools", ".menshen", "node_modules"];

/// Path and text of every file that can cite an id.
fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    walk(&root(), "", &mut files);
    files.retain(|(path, _)| path != PAGE && !EXAMPLES.contains(&path.as_str()));
    assert!(files.len() > 100, "this is not the repository: {}", root().display());
    files
}

fn walk(folder: &Path, below: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let entry = entry.expect("the folder is readable");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{below}{name}");
        if NOT_OURS.contains(&path.as_str()) || name == "node_modules" {
            continue;
        }
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push((path, text));
        }
    }
}

fn page() -> Vec<Line> {
    let text = fs::read_to_string(root().join(PAGE)).expect("the page of requirements");
    lines(&text).expect("every row is a line")
}

/// For every id that a test proves, the name of one such test.
fn proofs(files: &[(String, String)]) -> BTreeMap<String, String> {
    let rust = files.iter().filter(|(path, _)| path.ends_with(".rs"));
    let names = rust.flat_map(|(_, text)| tests(text)).map(|(_, name)| name);
    names.flat_map(|name| proven_by(name).into_iter().map(move |id| (id, name.to_owned()))).collect()
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "\n\n{}\n", faults.join("\n"));
}

#[test]
fn every_cited_id_has_a_line() {
    let all = files();
    let of_file = |(path, text): &(String, String)| -> Vec<(String, String)> {
        cited(path, text).into_iter().map(|(at, id)| (format!("{path}:{at}"), id)).collect()
    };
    let cited: Vec<(String, String)> = all.iter().flat_map(of_file).collect();
    assert!(cited.len() > 1000, "only {} citations were found", cited.len());
    report(&undefined(&cited, &page()));
}

#[test]
fn every_line_is_proven_by_a_test_or_marked() {
    report(&unproven(&page(), &proofs(&files())));
}

#[test]
fn every_id_has_one_line() {
    report(&repeated(&page()));
}

#[test]
fn every_reference_can_be_looked_up() {
    // A migration that was once applied keeps its bytes: the database holds their checksum.
    let all = files();
    let others = all.iter().filter(|(path, _)| !path.starts_with("crates/server/migrations/"));
    let of_file = |(path, text): &(String, String)| -> Vec<String> {
        private(text).into_iter().map(|at| format!("{path}:{at}: no reader has this document")).collect()
    };
    report(&others.flat_map(of_file).collect::<Vec<_>>());
}

#[test]
fn an_undefined_id_is_found_wherever_it_is_cited() {
    let page = lines("| Id | Demand | Source |\n|---|---|---|\n| P1 | x | ours |\n").expect("a line");
    for (path, text) in [
        ("src/x.rs", "//! The number (P1, P2).\n"),
        ("src/x.rs", "    let x = 1; // As P2 says.\n"),
        ("src/x.rs", "    assert!(x, \"refused (P2)\");\n"),
        ("src/x.rs", "    assert!(x, \"STP-06\");\n"),
        ("tests/x.rs", "#[test]\nfn p1_p2_a_number() {}\n"),
        ("tests/x.rs", "    #[tokio::test(flavor = \"x\")]\n    async fn otp_03_a_code() {}\n"),
        ("x.md", "The rules P1–P2 hold.\n"),
        ("x.sql", "-- Kept for a day (P2).\n"),
        ("x.toml", "key = 1 # P2\n"),
        ("style/x.css", "/* Wide enough\n * for P2. */\n"),
    ] {
        let cited: Vec<_> = cited(path, text).into_iter().map(|(at, id)| (at.to_string(), id)).collect();
        assert_eq!(undefined(&cited, &page).len(), 1, "{text}");
    }
}

#[test]
fn what_only_looks_like_an_id_is_none() {
    for (path, text) in [
        ("src/x.rs", "    match ip { IpAddr::V4(ip) => \"K7\", SocketAddr::V6(_) => \"M12 3l7 2.5V11\" }\n"),
        (
            "src/x.rs",
            "// UTF-8, SHA-256, P-256, U+00E2, %E6%9E, H264, E2E, x86, PNG2000, _A1, src/B2, A1_x, RFC 9110\n",
        ),
        ("tests/x.rs", "#[test]\nfn a_429_of_64_is_base64() {}\n"),
        ("tests/x.rs", "fn p1_no_test() {}\n"),
        ("x.html", "<h1>H1x</h1>\n"),
        ("x.lock", "P2\n"),
    ] {
        assert_eq!(cited(path, text), [], "{text}");
    }
}

#[test]
fn ranges_are_taken_apart() {
    assert_eq!(ids("C1–C3, ADM-1…3, M1"), ["C1", "C1", "C2", "C3", "ADM-1", "ADM-1", "ADM-2", "ADM-3", "M1"]);
    assert_eq!(ids("OTP-01…05, 10"), ["OTP-01", "OTP-01", "OTP-02", "OTP-03", "OTP-04", "OTP-05"]);
    assert_eq!(proven_by("b01_to_b03_every_field"), ["B01", "B02", "B03"]);
    assert_eq!(proven_by("c7_del_05_p9_no_row_p1"), ["C7", "DEL-05", "P9"]);
    assert_eq!(proven_by("b45b_a_part"), ["B45b"]);
    assert_eq!(proven_by("f_05_a_429_is_kept"), ["F-05"]);
}

#[test]
fn an_unproven_line_is_found() {
    let page = "| P1 | proven | ours |\n| P2 | not proven | ours |\n| P3 | *planned* not yet | ours |\n\
                | P5 | *planned* but there | ours |\n";
    let proofs = BTreeMap::from(["P1", "P5"].map(|id| (id.to_owned(), format!("{id}_test"))));
    let faults = unproven(&lines(page).expect("lines"), &proofs);
    assert_eq!(faults, ["P2: no test is named after it", "P5: P5_test proves what is marked as planned"]);
}

#[test]
fn a_line_that_is_there_twice_is_found() {
    let page = lines("| P1 | one | ours |\n| P2 | x | ours |\n| P1 | another | ours |\n").expect("lines");
    assert_eq!(repeated(&page), ["P1 has two lines"]);
    assert!(page.iter().all(|line| line.source == "ours"));
}

#[test]
fn a_row_that_is_no_line_is_found() {
    for row in ["| P1 | no source |\n", "| P1 | no source | |\n", "| P1 | | ours |\n", "| Z9 | x | ours |\n"]
    {
        assert!(lines(row).is_err(), "{row}");
    }
}

#[test]
fn a_private_reference_is_found() {
    for text in [
        "// (shape 2)\n",
        "//! The terms (product §1).\n",
        "// (product, *surface*)\n",
        "/// As the seed has it.\n",
    ] {
        assert_eq!(private(text), [1], "{text}");
    }
    for text in ["// A seed for the dice.\n", "// The product of both.\n", "// RFC 9110 §14.2\n"] {
        assert_eq!(private(text), [], "{text}");
    }
}
