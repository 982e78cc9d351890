//! What the app needs of a browser, read off its own imports: `needs.txt` names everything they call,
//! with the first versions that have it by MDN's data, and none of the oldest supported browsers may
//! lack any of it (B20). Those versions themselves are not run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// The table; its first lines say how to read it.
const NEEDS: &str = include_str!("needs.txt");

/// The oldest browsers that the app is for, in the order of the table's columns. `boot.js` asks for
/// the dialogs of Safari 15.4 and Firefox 98; the layers of the style sheets came with Chromium 99.
const OLDEST: [(&str, Version); 3] =
    [("Chromium", Version(99, 0)), ("Safari", Version(15, 4)), ("Firefox", Version(98, 0))];

/// What only the quick build imports, for whoever debugs: `debug_string`, which writes `{:?}` of what is
/// not Rust's, and the named tasks of `js-sys`, which goes without them where the console
/// makes none. Nobody needs them, so they are not in the table.
const FOR_DEBUGGING: [&str; 5] =
    [".run", "Array.from", "JSON.stringify", "console.createTask", "toString.call"];

/// The version of a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u16, u16);

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

/// The rows of the table, in its order.
fn rows() -> Vec<(&'static str, [Version; 3])> {
    let lines = NEEDS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let row = |line: &'static str| {
        let mut columns = line.split_whitespace();
        let api = columns.next()?;
        let mut version = || columns.next().and_then(Version::parse);
        let versions = [version()?, version()?, version()?];
        columns.next().is_none().then_some((api, versions))
    };
    lines.map(|line| row(line).unwrap_or_else(|| panic!("needs.txt: not a row: `{line}`"))).collect()
}

/// The script that wasm-bindgen wrote for the app that the other tests use, before it is shortened, and the loader of
/// the parts.
fn glue() -> String {
    let path = std::env::var_os("MENSHEN_GLUE").map(PathBuf::from);
    let path = path.expect("MENSHEN_GLUE is not set: run `cargo xtask test --only e2e`");
    let glue = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    without_comments(&[include_str!("../crates/xtask/src/loader.js"), &glue].concat())
}

/// The lines that are not of a comment.
fn without_comments(script: &str) -> String {
    let is_code = |line: &&str| !["//", "/*", "*"].iter().any(|sign| line.trim_start().starts_with(sign));
    script.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

/// Names with the members that follow them, such as `Reflect.get`, and single signs. What is quoted says
/// nothing, but stays as its first quote.
fn tokens(script: &str) -> Vec<String> {
    let begins = |letter: char| letter.is_alphabetic() || "_$".contains(letter);
    let name_ends =
        |text: &str| text.find(|letter: char| !letter.is_alphanumeric() && !"_$".contains(letter));
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = script.trim_start();
    while let Some(sign) = rest.chars().next() {
        // Elsewhere it divides.
        let is_pattern = sign == '/' && tokens.last().is_some_and(|last| ["=", "("].contains(&last.as_str()));
        let mut token = String::from(sign);
        rest = &rest[sign.len_utf8()..];
        if is_pattern || "'\"`".contains(sign) {
            let mut is_escaped = false;
            let end = rest.find(|letter: char| {
                let is_end = letter == sign && !is_escaped;
                is_escaped = letter == '\\' && !is_escaped;
                is_end
            });
            rest = &rest[end.expect("what is quoted ends") + sign.len_utf8()..];
        } else if begins(sign) || sign.is_ascii_digit() {
            let is_name = begins(sign);
            loop {
                let (more, behind) = rest.split_at(name_ends(rest).unwrap_or(rest.len()));
                token.push_str(more);
                rest = behind;
                let member = behind.strip_prefix("?.").or_else(|| behind.strip_prefix('.'));
                let Some(member) = member.filter(|member| is_name && member.starts_with(begins)) else {
                    break;
                };
                token.push('.');
                rest = member;
            }
        }
        tokens.push(token);
        rest = rest.trim_start();
    }
    tokens
}

/// The names that a script gives to what is its own: functions, values, parameters.
fn own_names(tokens: &[String]) -> BTreeSet<&str> {
    let mut own = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let behind = || tokens[at + 1..].iter().map(String::as_str);
        match token.as_str() {
            "const" | "let" | "var" => own.extend(behind().take_while(|token| !["=", ";"].contains(token))),
            // Its name, if it has one, and its parameters.
            "function" => own.extend(behind().take_while(|token| *token != ")")),
            name if behind().take(2).eq(["=", ">"]) => _ = own.insert(name),
            _ => {}
        }
    }
    own
}

/// Everything of the browser and of its language that a script calls, reads or makes. Of what is handed
/// to it (`arg0`) it does not tell the kind: such a member is `.member`.
fn apis(script: &str) -> BTreeSet<String> {
    const KEYWORDS: [&str; 8] = ["await", "catch", "for", "function", "if", "return", "switch", "typeof"];
    let tokens = tokens(script);
    let own = own_names(&tokens);
    let mut apis = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].as_str());
        let is_called = tokens.get(at + 1).is_some_and(|after| after == "(");
        let (name, member) = token.split_once('.').map_or((token.as_str(), None), |(n, m)| (n, Some(m)));
        // A member of what was just answered is wasm-bindgen's own affair.
        if before == "." || !name.starts_with(|letter: char| letter.is_alphabetic()) {
            continue;
        }
        let is_argument = name.strip_prefix("arg").is_some_and(|number| number.parse::<u8>().is_ok());
        if is_argument {
            // `_wbg_cb_unref` is a member of wasm-bindgen's closures.
            let member = member.filter(|member| !member.starts_with("_wbg"));
            apis.extend(member.map(|member| format!(".{member}")));
        } else if !own.contains(name)
            && !KEYWORDS.contains(&name)
            && (is_called || member.is_some() || ["new", "instanceof"].contains(&before))
        {
            apis.insert(token.clone());
        }
    }
    apis
}

#[test]
fn apis_are_read_off_a_script() {
    let script = "
        function get(arg0, arg1, other) {
            const ret = arg1.call(new Intl.Part(arg0, 'new Said()').made(), other.own(1 / 2));
            arg0.body = /a (b)/.test(`${x}`); arg0[arg1 >>> 0]; arg0._wbg_cb_unref();
            return typeof console === 'undefined' ? ret : console?.draw(0xFF, other => other.own());
        }
        let one, two;
        try { one.a(); two(); get(...args); ask(arg0) } catch (e) { if (e instanceof Bad) Reflect.get(e) }";
    let read: Vec<String> = apis(script).into_iter().collect();
    assert_eq!(read, [".body", ".call", "Bad", "Intl.Part", "Reflect.get", "ask", "console.draw"]);
}

#[test]
fn b20_every_api_that_the_app_imports_is_known() {
    let rows = rows();
    assert!(rows.is_sorted_by(|(one, _), (next, _)| one < next), "needs.txt is sorted, each API stands once");
    // The full run serves the build for people, `--only e2e` the quick one. They import the same but for
    // what is FOR_DEBUGGING, so without that the table must be right for both, in both directions.
    let imported: BTreeSet<String> =
        apis(&glue()).into_iter().filter(|api| !FOR_DEBUGGING.contains(&api.as_str())).collect();
    assert!(imported.len() > 100, "the script is read: {imported:?}");
    let listed: BTreeSet<String> = rows.iter().map(|(api, _)| (*api).to_owned()).collect();
    let unknown: Vec<_> = imported.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&imported).collect();
    assert!(
        unknown.is_empty() && gone.is_empty(),
        "needs.txt lacks {unknown:?}: look up since when browsers have it. It lists {gone:?}, which the app \
         imports no more"
    );
}

#[test]
fn b20_nothing_is_needed_that_the_oldest_browsers_lack() {
    let mut young: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (api, versions) in rows() {
        for ((browser, oldest), Version(major, minor)) in OLDEST.into_iter().zip(versions) {
            if Version(major, minor) > oldest {
                young.entry(api).or_default().push(format!("{browser} {major}.{minor}"));
            }
        }
    }
    assert!(young.is_empty(), "the oldest browsers lack it: do without, or ask for it in boot.js: {young:?}");
}
