//! Project rules that the compiler does not check, checked by searching the source text.
//!
//! A rule returns the lines that break it. `every_rule_is_kept` runs all rules over the repository;
//! `every_rule_has_teeth` runs each over an example that breaks it, so that a rule that finds nothing
//! any more fails.

use routes::{Named, Screen};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};
use words::Lang;

/// A source file; the path is relative to the root, with `/`.
struct File {
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Lines with their numbers, without those that are only a comment.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The same before the unit tests, which may look at more than the code they test.
    fn code_before_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code().take_while(|(_, line)| line.trim() != "#[cfg(test)]")
    }

    /// The lines of code that contain one of the texts.
    fn lines_with(&self, texts: &[&str]) -> Vec<usize> {
        let hit = |line: &str| texts.iter().any(|text| line.contains(text));
        self.code().filter(|(_, line)| hit(line)).map(|(at, _)| at).collect()
    }
}

/// Something that must hold for every file.
struct Rule {
    /// What to do instead, for whoever breaks it.
    says: &'static str,
    /// The numbers of the lines that break it; empty for files it does not speak of.
    finds: fn(&File) -> Vec<usize>,
    /// A file that breaks it: path and text.
    broken_by: (&'static str, &'static str),
}

const RULES: &[Rule] = &[
    Rule {
        says: "a Rust file begins with a module doc (`//!`) that says what it is for",
        finds: |file| if file.is_rust() && !file.text.starts_with("//!") { vec![1] } else { vec![] },
        broken_by: ("src/x.rs", "use std::fs;\n"),
    },
    Rule {
        says: "contract knows nothing of the flows, the words, the app or the server",
        finds: |file| {
            mentions(
                file,
                "crates/contract/src/",
                &["flow", "words", "server", "leptos", "web_sys", "axum", "sqlx"],
            )
        },
        broken_by: ("crates/contract/src/x.rs", "use axum::Router;\n"),
    },
    Rule {
        says: "flow is pure: no browser, no waiting, no clock, no wire",
        finds: |file| {
            let foreign = [
                "words",
                "server",
                "leptos",
                "web_sys",
                "js_sys",
                "wasm_bindgen",
                "serde",
                "serde_json",
                "std::time",
            ];
            let mut lines = mentions(file, "crates/flow/src/", &foreign);
            if file.path.starts_with("crates/flow/src/") {
                lines.extend(file.lines_with(&["async ", ".await"]));
            }
            lines
        },
        broken_by: ("crates/flow/src/x.rs", "async fn wait() {}\n"),
    },
    Rule {
        says: "words are the same wherever they are read: no browser, no clock, no wire",
        finds: |file| {
            let foreign =
                ["flow", "server", "leptos", "web_sys", "js_sys", "wasm_bindgen", "serde", "std::time"];
            mentions(file, "crates/words/src/", &foreign)
        },
        broken_by: ("crates/words/src/x.rs", "use js_sys::Date;\n"),
    },
    Rule {
        says: "the table of paths is pure, for it is read everywhere: no browser, no clock, no wire",
        finds: |file| {
            let foreign = [
                "contract",
                "flow",
                "words",
                "server",
                "leptos",
                "web_sys",
                "js_sys",
                "wasm_bindgen",
                "serde",
                "axum",
                "std::time",
            ];
            mentions(file, "crates/routes/src/", &foreign)
        },
        broken_by: ("crates/routes/src/x.rs", "use axum::http::Uri;\n"),
    },
    Rule {
        says: "the server decides for itself and never sees the flows; its tests may",
        finds: |file| mentions(file, "crates/server/src/", &["flow", "leptos"]),
        broken_by: ("crates/server/src/x.rs", "use flow::phone::Phone;\n"),
    },
    Rule {
        says: "xtask builds the product and must not depend on it, but for its words and its table of paths",
        finds: |file| mentions(file, "crates/xtask/src/", &["contract", "flow", "server", "leptos"]),
        broken_by: ("crates/xtask/src/x.rs", "use contract::phone;\n"),
    },
    Rule {
        says: "only src/api.rs knows gloo_net: ask it",
        finds: |file| if file.path == "src/api.rs" { vec![] } else { mentions(file, "src/", &["gloo_net"]) },
        broken_by: ("src/screen/x.rs", "use gloo_net::http::Request;\n"),
    },
    Rule {
        says: "only src/browser.rs and what is in its folder know the browser: add a function there (types of events may be named anywhere)",
        finds: |file| {
            let foreign: &[&str] = match file.path.as_str() {
                path if path == "src/browser.rs" || path.starts_with("src/browser/") => return vec![],
                // Dates in the reader's language are words too.
                "src/i18n.rs" => &["web_sys", "wasm_bindgen"],
                _ => &["web_sys", "js_sys", "wasm_bindgen"],
            };
            let mut lines = mentions(file, "src/", foreign);
            let text: Vec<&str> = file.text.lines().collect();
            lines.retain(|at| !names_only_an_event(text[at - 1]));
            lines
        },
        broken_by: ("src/screen/x.rs", "    let it = web_sys::window();\n"),
    },
    Rule {
        says: "a part of the app imports only what APP_IMPORTS in crates/xtask/tests/tidy.rs allows it",
        finds: against_the_app_imports,
        broken_by: ("src/ui/x.rs", "use crate::{\n    api::Api,\n};\n"),
    },
    Rule {
        says: "inside the server, imports point one way (see SERVER_LAYERS in crates/xtask/tests/tidy.rs)",
        finds: against_the_server_layers,
        broken_by: ("crates/server/src/store/x.rs", "use crate::{\n    usecase::phone,\n};\n"),
    },
    Rule {
        says: "SQL is written under crates/server/src/store/ alone: add a method to Reader or WriteTx",
        finds: |file| {
            let is_store = file.path.starts_with("crates/server/src/store/");
            if is_store { vec![] } else { mentions(file, "crates/server/src/", &["sqlx"]) }
        },
        broken_by: ("crates/server/src/usecase/x.rs", "    sqlx::query(\"DELETE FROM account\")\n"),
    },
    Rule {
        says: "a handler sees no connection: it calls a use case",
        finds: |file| {
            let reads = |line: &str| line.contains("store.read()") || line.contains("store.write()");
            let is_http = file.path.starts_with("crates/server/src/http/");
            let lines = file.code_before_tests().filter(|(_, line)| is_http && reads(line));
            lines.map(|(at, _)| at).collect()
        },
        broken_by: ("crates/server/src/http/handler/x.rs", "    let mut tx = state.store.write().await?;\n"),
    },
    Rule {
        says: "a column is read by `Columns::column`, which answers a wrong name as a fault; `Row::get` panics",
        finds: |file| {
            let is_store = file.path.starts_with("crates/server/src/store/");
            let gets = |line: &str| line.contains(".get(\"") || line.contains(".get::<");
            if is_store { numbers(file.text.lines().map(gets)) } else { vec![] }
        },
        broken_by: ("crates/server/src/store/x.rs", "        id: row.get(\"id\"),\n"),
    },
    Rule {
        says: "screens do not know each other; what two of them need is a piece (PIECES) or belongs in src/ui",
        finds: screen_imports_screen,
        broken_by: ("src/screen/phone.rs", "use crate::screen::overview::Overview;\n"),
    },
    Rule {
        says: "words of a language live in the word tables, complete in every language",
        finds: foreign_words,
        broken_by: ("src/screen/x.rs", "    view! { <p>\"\u{8d26}\u{53f7}\"</p> }\n"),
    },
    Rule {
        says: "it is written \u{8d26}\u{53f7}, never with \u{5e10}",
        finds: |file| {
            let tells_the_rule = file.path == "docs/rules.md";
            let wrong = |line: &str| !tells_the_rule && line.contains("\u{5e10}\u{53f7}");
            numbers(file.text.lines().map(wrong))
        },
        broken_by: ("docs/x.md", "\u{5e10}\u{53f7}\n"),
    },
    Rule {
        says: "our policy blocks `style` attributes and inner HTML is never safe: use a class, or style:name=",
        finds: |file| {
            let is_app = file.path.starts_with("src/");
            if is_app {
                file.lines_with(&[" style=", "inner_html", "set_inner_html", "outer_html"])
            } else {
                vec![]
            }
        },
        broken_by: ("src/ui/x.rs", "    <p style=\"color: red\">\n"),
    },
    Rule {
        says: "roles and names find elements in tests, as people do; no test ids",
        finds: |file| {
            if file.is_rust() && !is_this(file) { file.lines_with(&["data-testid"]) } else { vec![] }
        },
        broken_by: ("src/ui/x.rs", "    <p data-testid=\"x\">\n"),
    },
    Rule {
        says: "a test that is ignored or that cannot fail proves nothing; unfinished work is not committed",
        finds: |file| {
            let empty =
                ["#[ignore", "assert!(true", "assert_eq!(true, true", "todo!(", "unimplemented!(", "dbg!("];
            if file.is_rust() && !is_this(file) { file.lines_with(&empty) } else { vec![] }
        },
        broken_by: ("tests/phone.rs", "#[ignore]\n"),
    },
    Rule {
        says: "a test has something to say: it asserts, expects, or calls a check that does",
        finds: tests_without_a_claim,
        broken_by: ("tests/phone.rs", "#[test]\nfn p1_x() {\n    let _ = 1;\n}\n"),
    },
    Rule {
        says: "a test's name has at most 60 characters: whose id, what, when, and what comes of it",
        finds: tests_with_long_names,
        broken_by: (
            "src/x.rs",
            "#[test]\nfn p1_a_name_that_tells_the_whole_story_of_what_is_done_and_not_its_end() {}\n",
        ),
    },
    Rule {
        says: "browser tests find things through the app's words (`ZH.phone.submit`); a sentence stands there only where a rule demands it, below a comment that names the rule",
        finds: sentences_that_no_rule_demands,
        broken_by: ("tests/x.rs", "    // Asks.\n    browser.must_read(\"\u{8bf7}\");\n"),
    },
    Rule {
        says: "tests wait for what they mean, not for time to pass",
        finds: |file| {
            let is_test = file.path.starts_with("tests/") || file.path.contains("/tests/");
            if is_test && !is_this(file) { file.lines_with(&["thread::sleep"]) } else { vec![] }
        },
        broken_by: ("tests/phone.rs", "    std::thread::sleep(SECOND);\n"),
    },
    Rule {
        says: "only style/tokens.css holds literal colors",
        finds: |file| {
            let is_style = file.path.starts_with("style/") && file.path != "style/tokens.css";
            if is_style { numbers(file.text.lines().map(has_color)) } else { vec![] }
        },
        broken_by: ("style/ui/x.css", "a { color: #fff; }\n"),
    },
    Rule {
        says: "a lock of npm packages names no address (`resolved`, `http`, also in `funding`): the registry is the choice of each machine",
        finds: |file| {
            let is_address = |line: &str| line.contains("\"resolved\"") || line.contains("http");
            if is_npm_lock(file) { numbers(file.text.lines().map(is_address)) } else { vec![] }
        },
        broken_by: (
            "crates/xtask/npm/x/package-lock.json",
            "      \"resolved\": \"https://registry.example/x.tgz\",\n",
        ),
    },
    Rule {
        says: "a lock of npm packages names the hash (`integrity`) of every package",
        finds: packages_without_hash,
        broken_by: (
            "crates/xtask/npm/x/package-lock.json",
            "    \"node_modules/x\": {\n      \"version\": \"1.0.0\"\n    },\n    \"node_modules/y\": {\n      \"integrity\": \"sha512-x\"\n    }\n",
        ),
    },
    Rule {
        says: "one term for one thing: these names were replaced by those of the glossary (ARCHITECTURE.md)",
        finds: |file| {
            if is_this(file) || !file.is_rust() {
                return vec![];
            }
            let is_old = |line: &str| {
                line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| REPLACED.contains(&word))
            };
            numbers(file.text.lines().map(is_old))
        },
        broken_by: ("src/x.rs", "let what = Happening::SignedIn;\n"),
    },
    Rule {
        says: "American spelling, one for the whole project",
        finds: |file| {
            let is_prose = file.is_rust() || file.path.ends_with(".md") || file.path.ends_with(".json");
            if is_this(file) || !is_prose {
                return vec![];
            }
            let is_british = |line: &str| {
                let line = line.to_ascii_lowercase();
                BRITISH
                    .iter()
                    .any(|stem| line.split(|c: char| !c.is_alphabetic()).any(|word| word.starts_with(stem)))
            };
            numbers(file.text.lines().map(is_british))
        },
        broken_by: ("docs/x.md", "What the organisation allows.\n"),
    },
    Rule {
        says: "no path of one machine: it is wrong on every other",
        finds: |file| {
            if is_this(file) {
                return vec![];
            }
            let homes = ["/Users/", "/home/", "C:\\"];
            let is_home = |line: &str| {
                homes.iter().any(|home| {
                    line.match_indices(home).any(|(at, _)| {
                        // `src/home/` and `https://host/home/` are not such paths.
                        !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-/}".contains(c))
                    })
                })
            };
            numbers(file.text.lines().map(is_home))
        },
        broken_by: ("docs/x.md", "cd /home/lin/menshen\n"),
    },
];

/// Names that were replaced, for example `Happening` by `SecurityEvent` and `lean` by `erased`.
const REPLACED: [&str; 21] = [
    "Happening",
    "Absence",
    "Untold",
    "Deed",
    "Ear",
    "lean",
    "News",
    "Sweep",
    "sweep",
    "roof",
    "fortune",
    "Charged",
    "forgive",
    "hang_up",
    "stands_at",
    "stands_elsewhere",
    "moved_on",
    "BROOM",
    "breaker_open",
    "Letter",
    "told_by",
];

/// How words begin that are spelled otherwise in American English.
const BRITISH: [&str; 9] =
    ["organis", "normalis", "optimis", "recognis", "authoris", "behaviour", "colour", "favour", "cancelled"];

/// The parts of the app, and what each may import beside itself. `app` is the root component, which `main` alone
/// imports; both see everything, and screens everything but these two.
const APP_IMPORTS: &[(&str, &[&str])] = &[
    ("erased", &[]),
    ("one_shot", &[]),
    ("browser", &["one_shot"]),
    ("route", &[]),
    ("address", &["browser", "erased", "route", "surface"]),
    ("ui", &["erased"]),
    ("bridge", &["browser", "parts"]),
    ("i18n", &["browser"]),
    ("network", &["browser"]),
    ("context", &["browser", "erased", "i18n"]),
    ("drive", &["address", "browser", "erased", "route"]),
    // A request belongs to a session, and the session is read by a request.
    ("api", &["browser", "network", "session"]),
    ("session", &["api", "browser", "surface"]),
    ("surface", &["api", "browser"]),
    ("watch", &["api", "browser", "drive", "erased", "network", "parts"]),
    ("load", &["api", "browser", "context", "erased", "network", "ui", "watch"]),
    // Names what each part holds; who needs a piece asks it, and so does not name the piece.
    (
        "parts",
        &[
            "address", "api", "bridge", "browser", "context", "erased", "load", "network", "screen",
            "session", "watch",
        ],
    ),
];

/// The layers of the server, the lowest first. A module imports those of lower rows and itself.
const SERVER_LAYERS: &[&[&str]] = &[
    &["clock", "secret", "names", "wire"],
    &["config", "problem"],
    &["rules"],
    &["domain"],
    &["texts", "wakeup"],
    &["picture", "gateway"],
    &["store"],
    &["hasher"],
    &["state"],
    &["usecase"],
    &["http", "jobs"],
    &["demo"],
    &["boot"],
];

/// Pieces of screens: any screen may use them.
const PIECES: [&str; 12] = [
    "wizard",
    "proving",
    "step_up",
    "scan",
    "reading",
    "gate",
    "meetings",
    "act",
    "form",
    "frame",
    "not_found",
    "signed_in",
];

/// Where the words of a language live: the tables, the first paint, which has no tables yet,
/// what the server sends by SMS or writes into demo data, and documentation.
const WORDS: [&str; 10] = [
    "crates/words/",
    "index.html",
    "public/boot.js",
    "public/theme.js",
    "public/legal/",
    "crates/server/src/texts.rs",
    "crates/server/src/notice",
    "crates/server/src/http/arrival",
    "crates/server/src/demo",
    "docs/",
];

/// This file names what it forbids.
fn is_this(file: &File) -> bool {
    file.path == "crates/xtask/tests/tidy.rs"
}

fn is_npm_lock(file: &File) -> bool {
    file.path.ends_with("package-lock.json")
}

/// The lines at which such packages begin. npm ends each with a brace as far in as its name.
fn packages_without_hash(file: &File) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    for (at, line) in file.text.lines().enumerate().filter(|_| is_npm_lock(file)) {
        if line.trim_start().starts_with("\"node_modules/") {
            found.extend(open.replace((at + 1, indent(line))).map(|(at, _)| at));
        } else if line.trim_start().starts_with("\"integrity\": \"sha512-") {
            open = None;
        } else if open.is_some_and(|(_, margin)| line.trim_end_matches(',') == format!("{margin}}}")) {
            found.extend(open.take().map(|(at, _)| at));
        }
    }
    found
}

fn numbers(hits: impl Iterator<Item = bool>) -> Vec<usize> {
    hits.enumerate().filter(|(_, hit)| *hit).map(|(at, _)| at + 1).collect()
}

/// Lines of code below a folder that use one of the crates or paths.
fn mentions(file: &File, folder: &str, foreign: &[&str]) -> Vec<usize> {
    if !file.path.starts_with(folder) || !file.is_rust() {
        return vec![];
    }
    let uses = |line: &str, name: &str| {
        let path = format!("{name}::");
        line.match_indices(&path)
            .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c)))
            || line.trim_start().starts_with(&format!("use {name};"))
    };
    let hit = |line: &str| foreign.iter().any(|name| uses(line, name));
    file.code_before_tests().filter(|(_, line)| hit(line)).map(|(at, _)| at).collect()
}

/// `web_sys::SubmitEvent` and nothing else of the browser.
fn names_only_an_event(line: &str) -> bool {
    line.split("web_sys::").skip(1).all(|rest| {
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
        name.ends_with("Event")
    }) && line.contains("web_sys::")
        && !line.contains("js_sys::")
        && !line.contains("wasm_bindgen::")
}

/// The modules of the app that a file names after `crate::`, with their lines. A group
/// `use crate::{a, b::C}` names `a` and `b`.
fn own_modules(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut group: Option<String> = None;
    for (at, line) in file.code_before_tests() {
        let mut rest = line;
        if let Some(names) = &mut group {
            names.push_str(line);
        } else if let Some((_, names)) = line.split_once("use crate::{") {
            group = Some(names.to_owned());
        }
        if let Some(names) = &group {
            if names.contains("};") {
                found.extend(first_names(names.trim_end_matches("};")).map(|name| (at, name)));
                group = None;
            }
            continue;
        }
        while let Some((_, path)) = rest.split_once("crate::") {
            let name: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push((at, name));
            rest = path;
        }
    }
    found
}

/// `browser, i18n::{Lang, Words}` as `browser`, `i18n`.
fn first_names(group: &str) -> impl Iterator<Item = String> {
    let mut depth = 0;
    let mut names = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().expect("there is always one").push(c),
            _ => {}
        }
    }
    names.into_iter().map(|name| name.trim().split("::").next().unwrap_or_default().to_owned())
}

fn against_the_app_imports(file: &File) -> Vec<usize> {
    let Some(rest) = file.path.strip_prefix("src/") else { return vec![] };
    let own = rest.split(['/', '.']).next().unwrap_or_default();
    let may = |name: &str| match own {
        "app" | "main" => true,
        "screen" => !matches!(name, "app" | "main"),
        _ => APP_IMPORTS.iter().any(|(part, imports)| *part == own && imports.contains(&name)),
    };
    // A part without a row has to be given one.
    let is_known =
        matches!(own, "app" | "main" | "screen") || APP_IMPORTS.iter().any(|(part, _)| *part == own);
    let wrong = own_modules(file).into_iter().filter(|(_, name)| name != own && !may(name));
    if is_known { wrong.map(|(at, _)| at).collect() } else { vec![1] }
}

fn against_the_server_layers(file: &File) -> Vec<usize> {
    let Some(rest) = file.path.strip_prefix("crates/server/src/").filter(|_| file.is_rust()) else {
        return vec![];
    };
    let own = rest.split(['/', '.']).next().unwrap_or_default();
    let rank = |name: &str| SERVER_LAYERS.iter().position(|row| row.contains(&name));
    let Some(own_rank) = rank(own) else {
        // The roots see everything; any other module has to be given its layer.
        return if matches!(own, "lib" | "main") { vec![] } else { vec![1] };
    };
    let is_wrong = |name: &str| name != own && rank(name).is_none_or(|rank| rank >= own_rank);
    own_modules(file).into_iter().filter(|(_, name)| is_wrong(name)).map(|(at, _)| at).collect()
}

/// The files of the server that a file imports. A folder's `mod.rs` and the files in it are not counted for each
/// other: it declares them.
fn server_imports(file: &File, all: &BTreeSet<String>) -> BTreeSet<String> {
    let code: String = file.code_before_tests().flat_map(|(_, line)| [line, "\n"]).collect();
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut found = BTreeSet::new();
    for path in paths(&code) {
        let steps: Vec<&str> = path.split("::").collect();
        let deepest = (1..=steps.len()).rev().find_map(|length| {
            let module = format!("crates/server/src/{}", steps[..length].join("/"));
            [format!("{module}.rs"), format!("{module}/mod.rs")].into_iter().find(|path| all.contains(path))
        });
        let is_kin = |other: &str| {
            let other_folder = other.rsplit_once('/').map_or("", |(folder, _)| folder);
            other == file.path
                || (other_folder == folder && (other.ends_with("/mod.rs") || file.path.ends_with("/mod.rs")))
        };
        found.extend(deepest.filter(|other| !is_kin(other)));
    }
    found
}

/// The paths after `crate::` in a text, groups expanded: `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let mut depth = 0;
        let end = rest.find(|c: char| {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                _ if depth > 0 => {}
                c if c.is_alphanumeric() || "_:".contains(c) => {}
                _ => return true,
            }
            false
        });
        expand("", &rest[..end.unwrap_or(rest.len())], &mut found);
    }
    found
}

fn expand(prefix: &str, path: &str, found: &mut Vec<String>) {
    let Some((head, group)) = path.split_once('{') else {
        found.push(format!("{prefix}{}", path.trim()));
        return;
    };
    let group = group.trim_end().trim_end_matches('}');
    let prefix = format!("{prefix}{}", head.trim());
    let (mut depth, mut from) = (0, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = group[from..at].trim();
                if !part.is_empty() {
                    expand(&prefix, part, found);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// A circle of imports, if there is one.
fn circle(imports: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk(
        at: &str,
        imports: &BTreeMap<String, BTreeSet<String>>,
        path: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> bool {
        if let Some(from) = path.iter().position(|step| step == at) {
            path.drain(..from);
            return true;
        }
        if done.contains(at) {
            return false;
        }
        path.push(at.to_owned());
        for next in imports.get(at).into_iter().flatten() {
            if walk(next, imports, path, done) {
                return true;
            }
        }
        path.pop();
        done.insert(at.to_owned());
        false
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|start| {
        let mut path = Vec::new();
        walk(start, imports, &mut path, &mut done).then_some(path)
    })
}

#[test]
fn no_file_of_the_server_imports_itself_by_a_detour() {
    let files: Vec<File> = files()
        .into_iter()
        .filter(|file| file.path.starts_with("crates/server/src/") && file.is_rust())
        .collect();
    let all: BTreeSet<String> = files.iter().map(|file| file.path.clone()).collect();
    let imports = files.iter().map(|file| (file.path.clone(), server_imports(file, &all))).collect();
    assert_eq!(circle(&imports), None);
    let arrows: usize = imports.values().map(BTreeSet::len).sum();
    assert!(arrows > 300, "the graph has {arrows} arrows: imports are not read");
}

#[test]
fn a_circle_of_imports_is_found() {
    let all: BTreeSet<String> =
        ["a.rs", "b/mod.rs", "b/c.rs", "d.rs"].map(|path| format!("crates/server/src/{path}")).into();
    let of = |path: &str, text: &str| {
        let file = File::new(&format!("crates/server/src/{path}"), text);
        (file.path.clone(), server_imports(&file, &all))
    };
    let graph = [
        of("a.rs", "use crate::b::{\n    self,\n    c::{Thing, Other},\n};\n"),
        of("b/c.rs", "use super::Parent;\nfn f() -> crate::d::D {}\n"),
        of("b/mod.rs", "use crate::b::c::Thing;\n"),
        of("d.rs", "use crate::a::A;\n"),
    ];
    let open: BTreeMap<_, _> = graph.iter().take(3).cloned().collect();
    assert_eq!(open["crates/server/src/a.rs"].len(), 2, "{open:?}");
    assert_eq!(circle(&open), None);
    let found = circle(&graph.into_iter().collect()).expect("a, c and d");
    assert_eq!(found.len(), 3, "{found:?}");
}

fn screen_imports_screen(file: &File) -> Vec<usize> {
    let Some(own) = file.path.strip_prefix("src/screen/") else { return vec![] };
    let own = own.split(['/', '.']).next().unwrap_or_default();
    let other = |line: &str| {
        ["screen::", "super::"].iter().any(|prefix| {
            line.split(prefix).skip(1).any(|path| {
                let name: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_module = name.chars().next().is_some_and(char::is_lowercase)
                    && path[name.len()..].starts_with("::");
                is_module && name != own && !PIECES.contains(&name.as_str())
            })
        })
    };
    // Below a folder of one screen, `super` is that screen.
    let is_flat = file.path.matches('/').count() == 2;
    let hit = |line: &str| other(line) && (is_flat || line.contains("screen::"));
    file.code_before_tests().filter(|(_, line)| hit(line)).map(|(at, _)| at).collect()
}

fn foreign_words(file: &File) -> Vec<usize> {
    let is_source =
        ["rs", "css", "js", "sql", "html"].iter().any(|end| file.path.ends_with(&format!(".{end}")));
    let is_test = file.path.starts_with("tests/") || file.path.contains("/tests/");
    if !is_source || is_test || WORDS.iter().any(|place| file.path.starts_with(place)) {
        return vec![];
    }
    let foreign = |line: &str| line.chars().any(|c| !c.is_ascii() && c.is_alphabetic());
    file.code_before_tests().filter(|(_, line)| foreign(line)).map(|(at, _)| at).collect()
}

/// `#fff`, `rgb(…)` and their kin; not `url(#a)` or an id in a selector.
fn has_color(line: &str) -> bool {
    let Some((_, value)) = line.split_once(':') else { return false };
    let is_hex = |text: &str| {
        let digits = text.chars().take_while(char::is_ascii_hexdigit).count();
        matches!(digits, 3 | 4 | 6 | 8)
            && !text[digits..].starts_with(|c: char| c.is_alphanumeric() || c == '-')
    };
    ["rgb(", "rgba(", "hsl(", "hsla(", "oklch(", "oklab("].iter().any(|function| value.contains(function))
        || value.split('#').skip(1).any(is_hex)
}

/// A claim is an assertion, an `expect`, a `?`, or a call of a function that makes one: of this
/// file, or one whose name says so.
fn tests_without_a_claim(file: &File) -> Vec<usize> {
    if !file.is_rust() || is_this(file) {
        return vec![];
    }
    const CLAIMS: [&str; 12] = [
        "assert",
        "expect",
        "unwrap",
        "panic!",
        "matches!",
        "should_panic",
        "?;",
        "?\n",
        "check",
        "prove",
        "wait_",
        "must_",
    ];
    let lines: Vec<&str> = file.text.lines().collect();
    let body = |from: usize| -> String {
        let end = format!("{}}}", indent(lines[from]));
        lines[from..].iter().take_while(|line| **line != end).flat_map(|line| [line, "\n"]).collect()
    };
    let mut claims: Vec<String> = CLAIMS.map(str::to_owned).to_vec();
    for (at, line) in lines.iter().enumerate() {
        let Some((_, rest)) = line.split_once("fn ") else { continue };
        let Some((name, _)) = rest.split_once(['(', '<']) else { continue };
        if CLAIMS.iter().any(|claim| body(at).contains(claim)) {
            claims.push(format!("{name}("));
        }
    }
    let tests = lines.iter().enumerate().filter(|(_, line)| is_test(line));
    let idle = tests.filter(|(at, _)| {
        // Its own name would count as a call of a function that makes a claim.
        let body = body(*at);
        let body = body.split_once('{').map_or("", |(_, body)| body);
        !claims.iter().any(|claim| body.contains(claim.as_str()))
    });
    idle.map(|(at, _)| at + 1).collect()
}

/// The attribute that makes a test of the function below.
fn is_test(line: &str) -> bool {
    ["#[test]", "#[tokio::test"].iter().any(|attribute| line.trim().starts_with(attribute))
}

fn tests_with_long_names(file: &File) -> Vec<usize> {
    const LONGEST: usize = 60;
    let mut found = Vec::new();
    let mut awaited = false;
    for (at, line) in file.code().filter(|_| file.is_rust()) {
        awaited |= is_test(line);
        let name = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
        if let Some((name, _)) = name.filter(|_| awaited) {
            awaited = false;
            found.extend((name.len() > LONGEST).then_some(at));
        }
    }
    found
}

/// The lines of browser tests with a text that begins a Chinese sentence of the app. A comment that
/// names a rule speaks of the statement below.
fn sentences_that_no_rule_demands(file: &File) -> Vec<usize> {
    if !file.path.starts_with("tests/") || !file.is_rust() {
        return vec![];
    }
    let table = read("crates/words/src/zh.rs");
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let repeats = |line: &str| {
        let mut texts = line.split('"').skip(1).step_by(2);
        texts.any(|text| is_chinese(text) && table.contains(&["\"", text].concat()))
    };
    let mut found = Vec::new();
    let mut demanded = false;
    for (at, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            demanded |= names_a_rule(line);
            continue;
        }
        found.extend((repeats(line) && !demanded).then_some(at + 1));
        if line.is_empty() || line.ends_with([';', '{', '}']) {
            demanded = false;
        }
    }
    found
}

/// `W1`, `OTP-13`, or the page of all rules.
fn names_a_rule(comment: &str) -> bool {
    let is_id = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.ends_with(|c: char| c.is_ascii_digit())
            && !word.contains(|c: char| c.is_ascii_lowercase())
    };
    comment.contains("docs/rules.md")
        || comment.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(is_id)
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

fn root() -> PathBuf {
    let own = env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells where this crate is");
    Path::new(&own).ancestors().nth(2).expect("it is two folders down").to_path_buf()
}

/// Every text file that belongs to the project.
fn files() -> Vec<File> {
    let mut files = Vec::new();
    walk(&root(), "", &mut files);
    assert!(files.len() > 20, "this is not the repository: {}", root().display());
    files
}

const NOT_OURS: [&str; 8] =
    [".git", "target", "dist", "dist.fresh", ".tools", ".menshen", "node_modules", "Cargo.lock"];

fn walk(folder: &Path, below: &str, files: &mut Vec<File>) {
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
            files.push(File { path, text });
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_rule_is_kept() {
    let files = files();
    let mut report = String::new();
    for rule in RULES {
        for file in &files {
            for line in (rule.finds)(file) {
                report += &format!("{}:{line}: {}\n", file.path, rule.says);
            }
        }
    }
    assert!(report.is_empty(), "\n\n{report}");
}

#[test]
fn every_rule_has_teeth() {
    for rule in RULES {
        let (path, text) = rule.broken_by;
        assert!(
            !(rule.finds)(&File::new(path, text)).is_empty(),
            "finds nothing in its own example: {}",
            rule.says
        );
        let innocent = File::new(path, "//! A file that breaks nothing.\n");
        assert!((rule.finds)(&innocent).is_empty(), "finds fault with an innocent file: {}", rule.says);
    }
}

#[test]
fn crates_depend_only_on_what_their_layer_may() {
    let dependencies = |manifest: &str| -> BTreeSet<String> {
        let text = read(manifest);
        let (_, section) = text.split_once("[dependencies]").expect("it has dependencies");
        let section = section.split("\n[").next().unwrap_or_default();
        let names =
            section.lines().filter_map(|line| line.split_once('=').map(|(name, _)| name.trim().to_owned()));
        names.filter(|name| !name.starts_with('#')).collect()
    };
    let only = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    // utoipa describes the wire for the server and is not compiled into the app.
    assert_eq!(dependencies("crates/contract/Cargo.toml"), only(&["json", "serde", "utoipa"]));
    assert_eq!(dependencies("crates/json/Cargo.toml"), only(&["json-derive"]));
    assert_eq!(dependencies("crates/flow/Cargo.toml"), only(&["contract"]));
    assert_eq!(dependencies("crates/words/Cargo.toml"), only(&["contract"]));
    assert_eq!(dependencies("crates/routes/Cargo.toml"), only(&[]));
    assert!(!dependencies("crates/server/Cargo.toml").contains("flow"));
    assert!(
        dependencies("crates/xtask/Cargo.toml")
            .is_disjoint(&only(&["contract", "flow", "server", "menshen"]))
    );
    // Weighed and found too heavy for the app, each of them.
    assert!(dependencies("Cargo.toml").is_disjoint(&only(&["chrono", "regex", "tracing", "url", "reqwest"])));
}

#[test]
fn every_screen_is_in_the_rules() {
    let rules = read("docs/rules.md");
    let rows = rules.lines().filter_map(|line| line.strip_prefix("| `/")?.split('`').next());
    let told: BTreeSet<String> = rows.map(|path| format!("/{path}")).collect();
    let screens = Screen::ALL.iter().map(|screen| screen.path().to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(told, screens, "docs/rules.md (Screens) on the left, crates/routes on the right");
}

#[test]
fn every_language_has_its_pages_and_its_words_before_the_app() {
    let (boot, index) = (read("public/boot.js"), read("index.html"));
    for lang in Lang::ALL {
        let tag = lang.tag();
        for page in ["terms", "privacy"] {
            let path = format!("public/legal/{page}.{tag}.html");
            assert!(root().join(&path).is_file(), "{path} is missing");
        }
        assert!(index.contains(&format!("lang=\"{tag}\"")), "index.html says nothing in {tag}");
        assert!(boot.contains(&format!(", \"{tag}\")")), "boot.js shows nothing in {tag}");
    }
    let reasons = boot.split_once("const REASONS = {").and_then(|(_, rest)| rest.split_once("\n};"));
    let (reasons, _) = reasons.expect("boot.js has its reasons");
    let mut count = 0;
    for reason in reasons.split("],").filter(|reason| reason.contains(": [")) {
        let sentences = reason.lines().filter(|line| line.starts_with("    \"")).count();
        assert_eq!(sentences, Lang::ALL.len(), "a sentence for each language: {reason}");
        count += 1;
    }
    assert!(count > 0, "boot.js has no reason");
}

#[test]
fn every_style_sheet_is_linked_once() {
    let page = read("index.html");
    let linked: Vec<&str> =
        page.split("rel=\"css\" href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let files: BTreeSet<String> =
        files().into_iter().map(|file| file.path).filter(|path| path.starts_with("style/")).collect();
    assert_eq!(linked.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<_>>(), files);
    assert_eq!(linked.len(), files.len(), "a file is linked twice");
    assert_eq!(linked.first(), Some(&"style/tokens.css"), "tokens come first: everything uses them");
}

#[test]
fn every_page_of_the_documentation_is_linked() {
    let files = files();
    let pages: Vec<&File> = files.iter().filter(|file| file.path.ends_with(".md")).collect();
    for page in files.iter().filter(|file| file.path.starts_with("docs/")) {
        let name = page.path.rsplit('/').next().unwrap_or_default();
        let is_linked = pages.iter().any(|other| other.path != page.path && other.text.contains(name));
        assert!(is_linked, "{} is named by no other page: nobody will find it", page.path);
    }
}

#[test]
fn versions_of_tools_agree() {
    let tools = read("crates/xtask/src/tools.rs");
    let trunk = read("Trunk.toml");
    let (_, version) = tools.split_once("const TRUNK: &str = \"").expect("the constant is there");
    let version = version.split('"').next().unwrap_or_default();
    assert!(trunk.contains(&format!("trunk-version = \"={version}\"")));
    let (_, binaryen) = npm_packages("binaryen").pop().expect("the group has a package");
    let major = binaryen.split('.').next().unwrap_or_default();
    assert!(trunk.contains(&format!("wasm_opt = \"version_{major}\"")));
    let manifest = read("Cargo.toml");
    assert!(manifest.contains("wasm-bindgen = \"="), "wasm-bindgen must be pinned: its tool has to match");
}

/// The packages that a group asks for, with their versions.
fn npm_packages(group: &str) -> Vec<(String, String)> {
    let manifest = read(&format!("crates/xtask/npm/{group}/package.json"));
    let (_, asked) = manifest.split_once("\"dependencies\": {").expect("it asks for something");
    let asked = asked.split('}').next().unwrap_or_default();
    let pairs = asked.lines().filter_map(|line| line.trim().trim_end_matches(',').split_once(": "));
    pairs.map(|(name, version)| (name.replace('"', ""), version.replace('"', ""))).collect()
}

#[test]
fn npm_packages_are_asked_for_by_their_locked_version() {
    for group in ["axe", "binaryen", "qr"] {
        let lock = read(&format!("crates/xtask/npm/{group}/package-lock.json"));
        let packages = npm_packages(group);
        assert!(!packages.is_empty(), "{group} asks for nothing");
        for (name, version) in packages {
            let exact = format!("\"node_modules/{name}\": {{\n      \"version\": \"{version}\",\n");
            assert!(lock.contains(&exact), "{group}: {name} {version} is not what the lock names");
        }
    }
}

#[test]
fn groups_of_imports_are_taken_apart() {
    let file =
        File::new("src/x.rs", "use crate::{browser, i18n::{Lang, Words}};\nlet a = crate::api::Api;\n");
    let names: Vec<String> = own_modules(&file).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["browser", "i18n", "api"]);
}

#[test]
fn a_part_of_the_app_without_a_row_is_refused() {
    assert_eq!(against_the_app_imports(&File::new("src/x/y.rs", "use std::rc::Rc;\n")), [1]);
    assert!(against_the_app_imports(&File::new("src/erased.rs", "use std::rc::Rc;\n")).is_empty());
}

#[test]
fn nothing_but_main_imports_app() {
    for path in ["src/load.rs", "src/watch.rs", "src/ui/x.rs", "src/screen/x/y.rs"] {
        assert_eq!(against_the_app_imports(&File::new(path, "use crate::app::start;\n")), [1], "{path}");
    }
}
