//! Turns the compiled app into a page and its files, in a folder of its own; `dist` names, checks and packs them.
//!
//! The binary is split at the functions that `src/parts.rs` of the app names: one file for the sign-in, one for each
//! part, and one for each set of parts that share something. Those are many and small, so the shared ones become three:
//! what the overview needs joins its file, what a wizard needs is a file, and the rest is another. `index.html` is read as Trunk reads it:
//! links with `data-trunk` name style sheets and folders, and `Trunk.toml` has the tag of the script.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::app::{self, Build};
use crate::dist;
use crate::step::{self, Result};
use crate::tools;
use crate::wasm;

/// What Rust's output uses of WebAssembly; `index.html` tells the same to Trunk (a test compares them).
pub(crate) const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The part whose file also takes what it shares with others: everybody who signs in opens it.
const HOME: &str = "home";
/// The file of what a wizard shares with other parts.
const WIZARDS: &str = "wizards";
/// The file of everything else that several parts share.
const SHARED: &str = "shared";
/// The files of what several parts share, each with the parts that need it: the first row that has one of the users.
const TIERS: [(&str, &[&str]); 2] = [(HOME, &[HOME]), (WIZARDS, &WIZARD_PARTS)];
/// The parts that are wizards.
pub(crate) const WIZARD_PARTS: [&str; 4] = ["phone", "wechat", "password", "cancel"];

/// The files of each part.
pub(crate) type FilesOfParts = BTreeMap<String, Vec<String>>;

/// The page and its files.
pub(crate) struct Bundle {
    /// Where they are. `index.html` names all but the parts' files.
    pub(crate) folder: PathBuf,
    /// The files of each part, in the order in which they are to be fetched.
    pub(crate) parts: FilesOfParts,
}

/// Makes the page of a build that [`app::compile`] has compiled.
pub(crate) fn make(build: Build) -> Result<Bundle> {
    let folder = build.bundled();
    dist::clear(&folder)?;
    let (split, page) = (folder.join("split"), folder.join("page"));
    for folder in [&split, &page] {
        fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    }
    let mut splitter = tools::command("wasm-parts");
    let chunks =
        read_parts(&step::captured("wasm-parts", splitter.arg(build.binary()).arg(&split).arg("menshen"))?);
    let to = page.join("menshen_bg.wasm");
    let (binary, glue) = (read(&app::with_names(build))?, app::read(&split.join("menshen.js"))?);
    let (parts, glue) = match build {
        Build::Size => {
            let (parts, mut files) = merged(&chunks, &split, &page)?;
            let (binary, glue) = with_short_names(&binary, &glue)?;
            dist::write(&to, &binary)?;
            files.push((to.clone(), to));
            optimize_all(files)?;
            (parts, glue)
        }
        Build::Fast => {
            dist::write(&to, &binary)?;
            for file in chunks.values().flatten().collect::<BTreeSet<_>>() {
                copy(&split.join(file), &page.join(plain(file)))?;
            }
            let plain = |files: Vec<String>| files.iter().map(|file| plain(file).to_owned()).collect();
            (chunks.into_iter().map(|(part, files)| (part, plain(files))).collect(), glue)
        }
    };
    dist::write(&parts_file(build), print_parts(&parts).as_bytes())?;
    dist::write(&page.join("menshen.js"), glue.as_bytes())?;
    write_page(&page)?;
    Ok(Bundle { folder: page, parts })
}

/// What wasm-bindgen wrote for a build, before `dist` shortens it.
pub(crate) fn glue(build: Build) -> PathBuf {
    build.bundled().join("page/menshen.js")
}

/// The name of a part's own file, without what the splitter puts before it.
fn plain(file: &str) -> &str {
    file.strip_prefix("split_").unwrap_or(file)
}

/// The files of each part as [`make`] left them.
pub(crate) fn parts(build: Build) -> Result<FilesOfParts> {
    Ok(read_parts(&app::read(&parts_file(build))?))
}

fn parts_file(build: Build) -> PathBuf {
    build.bundled().join("parts.txt")
}

fn print_parts(parts: &FilesOfParts) -> String {
    let stems = |files: &[String]| {
        files.iter().map(|file| file.trim_end_matches(".wasm")).collect::<Vec<_>>().join(" ")
    };
    parts.iter().map(|(part, files)| format!("{part} {}\n", stems(files))).collect()
}

/// Reads what `wasm-parts` prints: a line for each part, with the stems of its files.
fn read_parts(printed: &str) -> FilesOfParts {
    let parts = printed.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let part = words.next()?.to_owned();
        Some((part, words.map(|stem| format!("{stem}.wasm")).collect()))
    });
    parts.collect()
}

/// Files that are to be optimized, each with where the result goes.
type ToOptimize = Vec<(PathBuf, PathBuf)>;

/// Merges what is shared; answers the files of each part, and what is still to be optimized.
fn merged(chunks: &FilesOfParts, split: &Path, page: &Path) -> Result<(FilesOfParts, ToOptimize)> {
    let tiers = tiers(chunks)?;
    let mut files = Vec::new();
    for (tier, members) in &tiers.members {
        let joined = split.join(format!("{tier}.joined.wasm"));
        let mut merge = tools::command("wasm-merge");
        merge.args(FEATURES).arg(split.join("stub.wasm")).arg("__wasm_split");
        for (at, member) in members.iter().enumerate() {
            merge.arg(split.join(member)).arg(format!("member{at}"));
        }
        merge.arg("--rename-export-conflicts").arg("-o").arg(&joined);
        step::captured("wasm-merge", &mut merge)?;
        files.push((joined, page.join(format!("{tier}.wasm"))));
    }
    Ok((tiers.parts, files))
}

/// The files that are published, each with those that it is merged from, and the files of each part.
#[derive(Debug, PartialEq)]
struct Tiers {
    members: BTreeMap<String, Vec<String>>,
    parts: FilesOfParts,
}

/// What several parts share is merged by [`TIERS`].
fn tiers(chunks: &FilesOfParts) -> Result<Tiers> {
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (part, files) in chunks {
        for file in files {
            users.entry(file).or_default().push(part);
        }
    }
    let tier = |file: &str| match users.get(file).map(Vec::as_slice) {
        Some([own]) => (*own).to_owned(),
        users => {
            let users = users.unwrap_or_default();
            let of = |parts: &[&str]| parts.iter().any(|part| users.contains(part));
            TIERS.iter().find(|(_, parts)| of(parts)).map_or(SHARED, |(tier, _)| *tier).to_owned()
        }
    };
    let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in users.keys() {
        members.entry(tier(file)).or_default().push((*file).to_owned());
    }
    let mut parts = BTreeMap::new();
    for (part, files) in chunks {
        let needed: BTreeSet<String> = files.iter().map(|file| tier(file)).collect();
        // What is shared comes first, though all are fetched at once.
        let rank = |tier: &String| (tier == part, tier != HOME, tier != WIZARDS);
        let mut needed: Vec<String> = needed.into_iter().collect();
        needed.sort_by_key(rank);
        parts.insert(part.clone(), needed.into_iter().map(|tier| format!("{tier}.wasm")).collect());
    }
    if let Some(tier) = [WIZARDS, SHARED].into_iter().find(|tier| parts.contains_key(*tier)) {
        return Err(format!("no part may be named `{tier}`: it is a file that parts share"));
    }
    Ok(Tiers { members, parts })
}

/// Gives the functions that the main file imports from its glue names of a letter or two. wasm-bindgen's name the
/// crate, the function and a hash, twice for each of some hundred functions.
fn with_short_names(binary: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    let (binary, names) = wasm::with_short_imports(binary, GLUE_MODULE)
        .ok_or("the imports of the main file are not understood")?;
    let short: BTreeMap<&str, &str> =
        names.iter().map(|(long, short)| (long.as_str(), short.as_str())).collect();
    let mut renamed = 0;
    let mut lines = Vec::new();
    for line in glue.lines() {
        let name = line.strip_prefix("        ").and_then(|line| line.split_once(": "));
        match name.and_then(|(name, rest)| Some((short.get(name)?, rest))) {
            Some((short, rest)) => {
                renamed += 1;
                lines.push(format!("        {short}: {rest}"));
            }
            None => lines.push(line.to_owned()),
        }
    }
    if renamed != names.len() {
        return Err(format!("the glue has {renamed} of the {} functions that the app imports", names.len()));
    }
    Ok((binary, lines.join("\n")))
}

/// The module from which the main file imports the functions of its glue.
const GLUE_MODULE: &str = "./menshen_bg.js";

/// As small as it gets; of the main file each round and each flattening is worth 200 to 500 packed bytes. The lowest
/// kilobyte of memory is the far end of the stack, which only an overflow would reach.
pub(crate) fn optimize(from: &Path, to: &Path) -> Result {
    let mut optimizer = tools::command("wasm-opt");
    optimizer.args(["--low-memory-unused", "--flatten", "--rereloop", "-Oz", "--flatten", "--rereloop"]);
    optimizer.args(["-Oz", "-Oz", "-Oz", "--strip-debug", "--strip-producers"]);
    optimizer.args(FEATURES).arg(from).arg("-o").arg(to);
    step::run("wasm-opt", &mut optimizer)
}

/// Optimizes several files, as many at once as the machine has cores: each takes one for seconds.
fn optimize_all(mut files: ToOptimize) -> Result {
    // The largest first, so that no core is left with it at the end.
    files.sort_by_key(|(from, _)| fs::metadata(from).map_or(0, |file| file.len()));
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let left = Mutex::new(files);
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let work = || {
        while let Some((from, to)) = next() {
            optimize(&from, &to)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| "the optimizer's thread ended".to_owned())?)
    })
}

/// Writes `index.html`, its style sheets and `public/`.
fn write_page(to: &Path) -> Result {
    let root = app::root();
    let page = read_page(&app::read(&root.join("index.html"))?, &script_tag()?)?;
    for sheet in &page.sheets {
        copy(&root.join(sheet), &to.join(sheet_name(sheet)))?;
    }
    for folder in &page.folders {
        for file in dist::files(&root.join(folder))? {
            copy(&root.join(folder).join(&file), &to.join(&file))?;
        }
    }
    dist::write(&to.join("index.html"), page.text.as_bytes())
}

/// `index.html` with everything in place that Trunk would put there, and what it names.
#[derive(Debug, PartialEq)]
struct SourcePage {
    text: String,
    sheets: Vec<String>,
    folders: Vec<String>,
}

/// Reads the elements that are marked for Trunk.
fn read_page(source: &str, script: &str) -> Result<SourcePage> {
    const MARK: &str = "<link data-trunk ";
    let mut parts = source.split(MARK);
    let mut page = SourcePage {
        text: parts.next().unwrap_or_default().replace("<base data-trunk-public-url>", "<base href=\"/\">"),
        sheets: vec![],
        folders: vec![],
    };
    for part in parts {
        let (tag, rest) = part.split_once('>').ok_or("index.html: a tag has no end")?;
        match (attribute(tag, "rel"), attribute(tag, "href")) {
            (Some("css"), Some(href)) => {
                page.text.push_str(&format!("<link rel=\"stylesheet\" href=\"/{}\">", sheet_name(href)));
                page.sheets.push(href.to_owned());
            }
            (Some("copy-dir"), Some(href)) => page.folders.push(href.to_owned()),
            (Some("rust"), None) => {
                // Here, and not where Trunk puts it, which is the end of the head: that is next.
                page.text.push_str(script);
            }
            _ => return Err(format!("index.html: <link data-trunk {tag}> is not understood")),
        }
        page.text.push_str(rest);
    }
    Ok(page)
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, value) = tag.split_once(&format!("{name}=\""))?;
    value.split('"').next()
}

/// The name of a style sheet in the page. `dist` joins those that begin like [`dist::ACCOUNT`] into one.
fn sheet_name(path: &str) -> String {
    let folder = if path.contains("/account/") { dist::ACCOUNT } else { "" };
    [folder, name_of(path)].concat()
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The tag of the script, as `Trunk.toml` has it.
fn script_tag() -> Result<String> {
    let trunk = app::read(&app::root().join("Trunk.toml"))?;
    let pattern = trunk.split_once("pattern_script = '").and_then(|(_, rest)| rest.split('\'').next());
    let pattern = pattern.ok_or("Trunk.toml has no pattern_script in single quotes")?;
    Ok(pattern.replace("{base}", "/").replace("{js}", "menshen.js").replace("{wasm}", "menshen_bg.wasm"))
}

fn copy(from: &Path, to: &Path) -> Result {
    dist::write(to, &read(from)?)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(lines: &[(&str, &[&str])]) -> FilesOfParts {
        let own = |files: &[&str]| files.iter().map(|file| format!("{file}.wasm")).collect();
        lines.iter().map(|(part, files)| ((*part).to_owned(), own(files))).collect()
    }

    #[test]
    fn shared_files_are_merged_into_three() {
        let chunks = read_parts(
            "home chunk_0 chunk_1 split_home\nphone chunk_0 chunk_2 split_phone\n\
             lists chunk_2 chunk_3 split_lists\navatar chunk_3 split_avatar\n",
        );
        assert_eq!(
            chunks,
            parts(&[
                ("home", &["chunk_0", "chunk_1", "split_home"]),
                ("phone", &["chunk_0", "chunk_2", "split_phone"]),
                ("lists", &["chunk_2", "chunk_3", "split_lists"]),
                ("avatar", &["chunk_3", "split_avatar"]),
            ])
        );
        let tiers = tiers(&chunks).expect("no part is named as the shared file");
        assert_eq!(
            tiers.parts,
            parts(&[
                ("home", &["home"]),
                ("phone", &["home", "wizards", "phone"]),
                ("lists", &["wizards", "shared", "lists"]),
                ("avatar", &["shared", "avatar"]),
            ])
        );
        assert_eq!(
            tiers.members,
            parts(&[
                ("home", &["chunk_0", "chunk_1", "split_home"]),
                ("wizards", &["chunk_2"]),
                ("shared", &["chunk_3"]),
                ("phone", &["split_phone"]),
                ("lists", &["split_lists"]),
                ("avatar", &["split_avatar"]),
            ])
        );
    }

    #[test]
    fn the_page_is_read_as_trunk_reads_it() {
        let page = read_page(
            "<base data-trunk-public-url>\n<link data-trunk rel=\"css\" href=\"style/ui/a.css\">\n\
             <link data-trunk rel=\"copy-dir\" href=\"public\" data-target-path=\".\">\n\
             <link data-trunk rel=\"rust\"\n  data-wasm-opt=\"z\">\n</head>",
            "<script src=\"/x\"></script>",
        );
        assert_eq!(page, Ok(SourcePage {
            text: "<base href=\"/\">\n<link rel=\"stylesheet\" href=\"/a.css\">\n\n<script src=\"/x\"></script>\n</head>".into(),
            sheets: vec!["style/ui/a.css".into()],
            folders: vec!["public".into()],
        }));
        assert!(read_page("<link data-trunk rel=\"icon\" href=\"x\">", "").is_err());
    }

    #[test]
    fn the_optimizer_gets_the_features_of_index_html() {
        let index = include_str!("../../../index.html");
        let told = attribute(index, "data-wasm-opt-params").expect("index.html tells it");
        assert_eq!(told.split_whitespace().collect::<Vec<_>>(), FEATURES);
        let tag = script_tag().expect("a tag");
        assert!(
            tag.contains("data-js=\"/menshen.js\"") && tag.contains("data-wasm=\"/menshen_bg.wasm\""),
            "{tag}"
        );
    }
}
