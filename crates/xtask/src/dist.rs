//! Turns the page and its files that `bundle` makes into what is published: `dist/`.
//!
//! Every script, style sheet and binary moves to `assets/` under a name made of its final
//! bytes, so the server lets browsers cache `assets/` for a year. The style sheets become two, in
//! the order in which the page links them. The page refers to its files with `integrity`, and
//! everything is packed once at the highest quality. Of the page itself, one is made for each first
//! paint (`shell`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::app::{self, Build};
use crate::bundle::{self, Bundle};
use crate::releases;
use crate::shell;
use crate::step::{self, Result, Steps};
use crate::tools;

/// Whether compressed copies are made: they take seconds and tests do without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pack {
    /// Scripts and sheet shortened; `.br` and `.gz` beside every file that gains by them.
    Release,
    /// The same without shortening, which needs a tool.
    #[cfg(test)]
    Compressed,
    /// The files alone.
    Plain,
}

/// Where the published app is.
pub(crate) fn folder() -> PathBuf {
    app::root().join("dist")
}

/// `cargo xtask dist`
pub(crate) fn run() -> Result {
    let mut steps = Steps::new(4);
    steps.next("build tools");
    tools::check_machine()?;
    step::side_by_side(&app::logs(), tools::missing()?)?;
    steps.next("compiling the app");
    step::side_by_side(&app::logs(), vec![("app", Box::new(|lane| app::compile(Build::Size, lane)))])?;
    page(&mut steps)?;
    steps.finish();
    println!("      in {}", folder().display());
    Ok(())
}

/// The two steps from the compiled app to `dist/`, left out when nothing has changed since.
pub(crate) fn page(steps: &mut Steps) -> Result {
    if is_fresh() {
        steps.next("making the page");
        println!("      nothing has changed");
        steps.next("naming and packing its files");
        println!("      nothing has changed");
        return Ok(());
    }
    steps.next("making the page (wasm-parts, wasm-opt)");
    let bundle = bundle::make(Build::Size)?;
    steps.next("naming and packing its files");
    publish(&bundle, &folder(), Pack::Release)
}

/// Like `make`: true if `dist/` is newer than everything it is made of.
fn is_fresh() -> bool {
    let root = app::root();
    let mut inputs = vec![Build::Size.binary(), root.join("index.html"), root.join("Trunk.toml")];
    // A change of this file, or of the words, changes the program that runs it.
    inputs.extend(std::env::current_exe());
    for folder in ["style", "public"] {
        let Ok(files) = files(&root.join(folder)) else { return false };
        inputs.extend(files.into_iter().map(|file| root.join(folder).join(file)));
    }
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let Some(made) = changed(&folder().join("index.html")) else { return false };
    inputs.iter().all(|input| changed(input).is_some_and(|at| at < made))
}

/// Makes `to` from a page and its files. Everything is written beside it first; then two renames replace
/// the folder, so that it never holds a part of the files. Assets of the last releases stay (`releases`).
pub(crate) fn publish(bundle: &Bundle, to: &Path, pack: Pack) -> Result {
    let from = &bundle.folder;
    let page = app::read(&from.join("index.html"))?;
    let mut published: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut assets = Vec::new();
    let parts = parts(bundle)?;
    let read = |name: &String| {
        let path = from.join(name);
        fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let names = files(from)?;
    let (sheets, others): (Vec<_>, Vec<_>) =
        names.iter().partition(|name| is_asset(name) && name.ends_with(".css"));
    let sheets = sheets.into_iter().map(|name| Ok((name.clone(), read(name)?))).collect::<Result<_>>()?;
    let (page, sheets) = with_two_sheets(&without_comments(&page), sheets)?;
    for (name, mut sheet) in sheets {
        if pack == Pack::Release {
            sheet = shortened(name, &sheet)?;
        }
        let asset = Asset::new(name.to_owned(), &sheet);
        published.insert(asset.to.clone(), sheet);
        assets.push(asset);
    }
    for name in others {
        if name == "index.html" || parts.contains_key(name) {
            continue;
        }
        let mut bytes = read(name)?;
        if name == GLUE {
            let account = assets.iter().find(|asset| asset.from == ACCOUNT_SHEET);
            bytes = with_loader(&String::from_utf8_lossy(&bytes), bundle, &parts, account)?.into_bytes();
        }
        if pack == Pack::Release && is_asset(name) && name.ends_with(".js") {
            bytes = shortened(name, &bytes)?;
        }
        if name == GLUE {
            bytes.splice(..0, COMPILE_EARLY.bytes());
        }
        if name.starts_with("snippets/") {
            // Imports between scripts would have to be rewritten too; no crate needs it yet.
            return Err(format!("{name}: a crate brings a script of its own, which dist cannot rename"));
        }
        if name.ends_with(".html") {
            check_page(name, &String::from_utf8_lossy(&bytes))?;
        }
        if is_asset(name) {
            let asset = Asset::new(name.clone(), &bytes);
            published.insert(asset.to.clone(), bytes);
            assets.push(asset);
        } else {
            published.insert(name.clone(), bytes);
        }
    }
    let page = rewrite(&page, &assets)?;
    check_page("index.html", &page)?;
    let hints = |part: &str| {
        let files =
            bundle.parts.get(part).ok_or_else(|| format!("there is no part `{part}` to ask for early"))?;
        Ok(files
            .iter()
            .filter_map(|file| parts.get(file))
            .map(|(asset, _)| preload(asset))
            .collect::<String>())
    };
    let account = assets.iter().find(|asset| asset.from == ACCOUNT_SHEET).map(stylesheet).unwrap_or_default();
    for (name, page) in shell::pages(&page, &account, hints)? {
        check_page(&name, &page)?;
        published.insert(name, page.into_bytes());
    }
    published.insert("index.html".to_owned(), page.into_bytes());
    for (asset, bytes) in parts.into_values() {
        published.insert(asset.to, bytes);
    }

    let fresh = to.with_extension("fresh");
    clear(&fresh)?;
    for (name, bytes) in &published {
        write(&fresh.join(name), bytes)?;
        if pack != Pack::Plain && gains_by_packing(name) {
            for (extension, packed) in [("br", brotli(bytes)?), ("gz", gzip(bytes)?)] {
                if packed.len() < bytes.len() {
                    write(&fresh.join(format!("{name}.{extension}")), &packed)?;
                }
            }
        }
    }
    releases::keep(to, &fresh, published.keys().filter(|name| name.starts_with(ASSETS)).cloned().collect())?;
    let old = to.with_extension("old");
    clear(&old)?;
    match fs::rename(to, &old) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("cannot move {}: {error}", to.display()));
        }
        _ => {}
    }
    fs::rename(&fresh, to).map_err(|error| format!("cannot create {}: {error}", to.display()))?;
    clear(&old)
}

/// What wasm-bindgen writes.
const GLUE: &str = "menshen.js";

/// Asks the browser to compile all functions of a script while it arrives, beside the page's own work: the start of
/// the app calls most of the glue's. Chromium does since 136; to others it is a comment.
const COMPILE_EARLY: &str = "//# allFunctionsCalledOnLoad\n";

/// What the splitter calls the module from which the app imports the functions that fetch its parts.
const LOADERS: &str = "./__wasm_split.js";

/// The files of the parts with their bytes, by the names that they have before.
fn parts(bundle: &Bundle) -> Result<BTreeMap<String, (Asset, Vec<u8>)>> {
    let mut parts = BTreeMap::new();
    for name in bundle.parts.values().flatten() {
        let path = bundle.folder.join(name);
        let bytes = fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        parts.insert(name.clone(), (Asset::new(name.clone(), &bytes), bytes));
    }
    Ok(parts)
}

/// The parts that draw nothing but what a sign-in draws, too.
const GUEST_PARTS: [&str; 1] = ["scan"];

/// The glue with our loader in place of the one that the splitter would import: it knows the final names and the
/// integrity of the parts' files, and is no module of its own, whose name would depend on the glue's and the
/// glue's on it.
fn with_loader(
    glue: &str,
    bundle: &Bundle,
    parts: &BTreeMap<String, (Asset, Vec<u8>)>,
    account: Option<&Asset>,
) -> Result<String> {
    let quoted = |text: &str| format!("\"{text}\"");
    let table = |rows: Vec<(String, Vec<String>)>| {
        let rows = rows.into_iter().map(|(name, of)| format!("{}:[{}],", quoted(&name), of.join(",")));
        format!("{{{}}}", rows.collect::<String>())
    };
    let assets = parts.values().map(|(asset, _)| asset).chain(account);
    let files = assets
        .map(|asset| (asset.from.clone(), vec![quoted(&format!("/{}", asset.to)), quoted(&asset.integrity)]));
    let needs = bundle.parts.iter().map(|(part, files)| {
        let sheet = account.filter(|_| !GUEST_PARTS.contains(&part.as_str())).map(|_| ACCOUNT_SHEET);
        (part.clone(), sheet.into_iter().chain(files.iter().map(String::as_str)).map(quoted).collect())
    });
    let loader = include_str!("loader.js")
        .replacen("const FILES = {}", &format!("const FILES = {}", table(files.collect())), 1)
        .replacen("const PARTS = {}", &format!("const PARTS = {}", table(needs.collect())), 1);
    let mut kept = loader;
    let mut names = Vec::new();
    for line in glue.lines() {
        // wasm-bindgen writes one for each part, all of the same module.
        match line
            .strip_suffix(&format!(" from \"{LOADERS}\""))
            .and_then(|line| line.strip_prefix("import * as "))
        {
            Some(name) => names.push(name.to_owned()),
            None => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    for name in &names {
        kept = kept.replace(&format!("\"{LOADERS}\": {name},"), &format!("\"{LOADERS}\": loaders,"));
    }
    if names.is_empty() || kept.contains("import * as") || kept.matches(": loaders,").count() != names.len() {
        return Err(
            "the glue does not import its loaders as expected: another version of wasm-bindgen?".to_owned()
        );
    }
    Ok(kept)
}

/// The folder of what is published under a name made of its bytes.
const ASSETS: &str = "assets/";

/// A file that is published under a name made of its bytes.
struct Asset {
    from: String,
    to: String,
    integrity: String,
    size: usize,
}

impl Asset {
    fn new(from: String, bytes: &[u8]) -> Self {
        let (stem, extension) = from.rsplit_once('.').unwrap_or((&from, ""));
        let hash = Sha256::digest(bytes).iter().take(8).fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let to = format!("{ASSETS}{}-{hash}.{extension}", without_hash(stem));
        let integrity = format!("sha256-{}", base64(&Sha256::digest(bytes)));
        Asset { from, to, integrity, size: bytes.len() }
    }
}

/// `menshen-0123456789abcdef_bg` as `menshen_bg`: Trunk's hash is replaced by ours.
fn without_hash(stem: &str) -> String {
    let Some((name, rest)) = stem.split_once('-') else { return stem.to_owned() };
    let (hash, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len()));
    if hash.len() >= 8 { format!("{name}{tail}") } else { stem.to_owned() }
}

/// What index.html itself loads. Pages in folders bring their own files, under stable names.
fn is_asset(name: &str) -> bool {
    !name.contains('/') && is_code(name)
}

fn is_code(name: &str) -> bool {
    ["css", "js", "wasm"].iter().any(|extension| name.ends_with(&format!(".{extension}")))
}

fn gains_by_packing(name: &str) -> bool {
    is_code(name)
        || ["html", "svg", "json", "txt", "webmanifest"]
            .iter()
            .any(|extension| name.ends_with(&format!(".{extension}")))
}

/// Puts the final names into the page. An attribute `data-js="/old"` gets a neighbor
/// `data-js-integrity`, `src` and `href` get `integrity`; the binary also tells its size, for
/// an honest progress line. What `boot.js` will fetch is also hinted before its tag, so that the browser asks for
/// it together with `boot.js` and not one round trip later.
fn rewrite(page: &str, assets: &[Asset]) -> Result<String> {
    let mut page = page.to_owned();
    let mut hints = String::new();
    for asset in assets {
        let mut used = false;
        for (attribute, integrity) in [
            ("src", "integrity"),
            ("href", "integrity"),
            ("data-js", "data-js-integrity"),
            ("data-wasm", "data-wasm-integrity"),
        ] {
            let old = format!(" {attribute}=\"/{}\"", asset.from);
            if !page.contains(&old) {
                continue;
            }
            used = true;
            let mut new = format!(" {attribute}=\"/{}\" {integrity}=\"{}\"", asset.to, asset.integrity);
            let (to, sum) = (&asset.to, &asset.integrity);
            // Writing to a String cannot fail.
            let _ = match attribute {
                "data-wasm" => {
                    let _ = write!(new, " data-wasm-size=\"{}\"", asset.size);
                    hints.push_str(&preload(asset));
                    Ok(())
                }
                "data-js" => {
                    write!(hints, "<link rel=\"modulepreload\" href=\"/{to}\" integrity=\"{sum}\">")
                }
                _ => Ok(()),
            };
            page = page.replace(&old, &new);
        }
        if !used {
            return Err(format!("{} is not used by index.html: name it there or delete it", asset.from));
        }
    }
    Ok(page.replacen(shell::SCRIPT, &[&hints, shell::SCRIPT].concat(), 1))
}

/// How [`rewrite`] links a style sheet.
fn stylesheet(asset: &Asset) -> String {
    format!("<link rel=\"stylesheet\" href=\"/{}\" integrity=\"{}\">", asset.to, asset.integrity)
}

/// Asks for a binary early. Who fetches it compares its sum; with `integrity` here, Chromium would fetch it twice.
fn preload(asset: &Asset) -> String {
    format!("<link rel=\"preload\" href=\"/{}\" as=\"fetch\" crossorigin>", asset.to)
}

/// How the names of the style sheets begin that a sign-in does not need.
pub(crate) const ACCOUNT: &str = "account.";

/// The published style sheets, before their bytes name them: of every page, and of all but the sign-in's.
const SHEETS: [&str; 2] = ["style.css", ACCOUNT_SHEET];
pub(crate) const ACCOUNT_SHEET: &str = "account.css";

/// Style sheets with those names, and their rules.
type Sheets = Vec<(&'static str, Vec<u8>)>;

/// The page with two style sheets in place of all that it links, and those sheets: their rules in the order of the
/// links. It is two requests, and packs better than its parts.
fn with_two_sheets(page: &str, mut sheets: BTreeMap<String, Vec<u8>>) -> Result<(String, Sheets)> {
    let mut parts = page.split("<link rel=\"stylesheet\" href=\"/");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    let mut joined: Vec<(&'static str, Vec<u8>)> = Vec::new();
    for part in parts {
        let (name, rest) = part.split_once('"').unwrap_or_default();
        let rest = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>'));
        let rest =
            rest.ok_or_else(|| format!("{name} is linked with an attribute, which its rules would lose"))?;
        let sheet =
            sheets.remove(name).ok_or_else(|| format!("{name} is linked twice, or no style sheet"))?;
        let all = SHEETS[usize::from(name.starts_with(ACCOUNT))];
        match joined.last_mut().filter(|(last, _)| *last == all) {
            Some((_, rules)) => rules.extend(sheet),
            None => {
                // Writing to a String cannot fail.
                let _ = write!(whole, "<link rel=\"stylesheet\" href=\"/{all}\">");
                joined.push((all, sheet));
            }
        }
        whole.push_str(rest.trim_end());
    }
    whole.push('\n');
    if joined.len() > 2 || joined.first().is_some_and(|(first, _)| *first == ACCOUNT_SHEET) {
        return Err(
            "index.html links what a sign-in needs first, and the folder `account` behind it".to_owned()
        );
    }
    match sheets.into_keys().next() {
        None => Ok((whole, joined)),
        Some(name) => Err(format!("{name} is not linked by index.html: name it there or delete it")),
    }
}

/// Comments in the page speak to developers; nobody has to download them.
fn without_comments(page: &str) -> String {
    let mut kept = String::new();
    let mut rest = page;
    while let Some((before, comment)) = rest.split_once("<!--") {
        kept.push_str(before.trim_end());
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    kept + rest
}

/// A script or a style sheet with short local names and without what is for its readers, in a syntax that the oldest
/// supported browsers know. What is there before the app is checked is for older ones, too.
fn shortened(name: &str, code: &[u8]) -> Result<Vec<u8>> {
    let loader = if name.ends_with(".css") { "--loader=css" } else { "--loader=js" };
    let is_early = ["boot.js", "theme.js"].contains(&name);
    let target = if is_early { "--target=es2018" } else { "--target=chrome99,safari15.4,firefox98" };
    let mut esbuild = tools::command("esbuild");
    esbuild.args([target, "--minify", "--charset=utf8", "--log-level=error", loader]);
    step::piped("esbuild", &mut esbuild, code)
}

/// The content security policy would block each of these in the browser; here it is a sentence.
fn check_page(file: &str, page: &str) -> Result {
    let lower = page.to_ascii_lowercase();
    for tag in lower.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag.split_whitespace().next().unwrap_or_default();
        let attributes =
            tag.split_whitespace().skip(1).filter_map(|part| part.split_once('=')).map(|(name, _)| name);
        if name == "style" || (name == "script" && !tag.contains(" src=")) {
            return Err(format!("{file} has an inline <{name}>: the policy allows files only"));
        }
        for attribute in attributes {
            if attribute == "style" || attribute.starts_with("on") {
                return Err(format!("{file} has an inline `{attribute}` on <{name}>: the policy forbids it"));
            }
        }
        if tag.contains("://") || tag.contains("=\"//") {
            return Err(format!("{file} refers to another host: <{tag}>"));
        }
    }
    Ok(())
}

/// Every file below a folder, as a path with `/` from there.
pub(crate) fn files(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    walk(folder, Path::new(""), &mut files)?;
    files.sort();
    Ok(files)
}

fn walk(folder: &Path, below: &Path, files: &mut Vec<String>) -> Result {
    let here = folder.join(below);
    let unreadable = |error| format!("cannot read {}: {error}", here.display());
    for entry in fs::read_dir(&here).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            walk(folder, &name, files)?;
        } else {
            files.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Removes a folder that may not be there.
pub(crate) fn clear(folder: &Path) -> Result {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Brotli at its highest quality.
pub(crate) fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    const BUFFER: usize = 64 * 1024;
    /// The largest window that every browser accepts.
    const WINDOW: u32 = 24;
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, BUFFER, 11, WINDOW)
        .write_all(bytes)
        .map_err(|error| format!("cannot pack by brotli: {error}"))?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|error| format!("cannot pack by gzip: {error}"))
}

/// Too little code to be worth a crate.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            (0..3).fold(0_usize, |word, at| word << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            text.push(if at <= chunk.len() { char::from(ALPHABET[word >> (18 - 6 * at) & 63]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads_as_everyone_does() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn trunks_hash_is_taken_out_of_a_name() {
        assert_eq!(without_hash("menshen-7c1ad75ae3f2b1c0_bg"), "menshen_bg");
        assert_eq!(without_hash("tokens-7c1ad75ae3f2b1c0"), "tokens");
        assert_eq!(without_hash("boot"), "boot");
        assert_eq!(without_hash("dark-mode"), "dark-mode");
    }

    #[test]
    fn names_follow_bytes_and_the_page_follows_names() {
        let one = Asset::new("app-0123456789abcdef_bg.wasm".to_owned(), b"one");
        let two = Asset::new("app-0123456789abcdef_bg.wasm".to_owned(), b"two");
        assert_ne!(one.to, two.to);
        let page = rewrite("<script src-x data-wasm=\"/app-0123456789abcdef_bg.wasm\">", &[one])
            .expect("it is used");
        assert!(page.contains("data-wasm=\"/assets/app_bg-"), "{page}");
        assert!(page.contains("data-wasm-integrity=\"sha256-"), "{page}");
        assert!(page.contains("data-wasm-size=\"3\""), "{page}");
        assert!(!page.contains("preload"), "there is no tag to put a hint before: {page}");
        assert!(rewrite("<p>", &[two]).is_err(), "an unused file is an error");
    }

    #[test]
    fn what_boot_fetches_is_hinted_before_its_tag() {
        let glue = Asset::new("app-0123456789abcdef.js".to_owned(), b"glue");
        let wasm = Asset::new("app-0123456789abcdef_bg.wasm".to_owned(), b"wasm");
        let (js, bin, sum) = (glue.to.clone(), wasm.to.clone(), glue.integrity.clone());
        let tag = "<p><script type=\"module\" data-js=\"/app-0123456789abcdef.js\" \
                   data-wasm=\"/app-0123456789abcdef_bg.wasm\"></script>";
        let page = rewrite(tag, &[glue, wasm]).expect("both are used");
        let hints = format!(
            "<p><link rel=\"modulepreload\" href=\"/{js}\" integrity=\"{sum}\">\
             <link rel=\"preload\" href=\"/{bin}\" as=\"fetch\" crossorigin><script type=\"module\""
        );
        assert!(page.starts_with(&hints), "{page}");
    }

    #[test]
    fn two_sheets_have_the_rules_in_the_order_of_the_links() {
        let page = "<head>\n    <link rel=\"icon\" href=\"/i.svg\">\n    <link rel=\"stylesheet\" href=\"/z.css\"/>\n    \
                    <link rel=\"stylesheet\" href=\"/a.css\"/>\n    <link rel=\"stylesheet\" href=\"/account.x.css\"/>\n\n    \
                    <script src=\"/b.js\"></script>\n</head>\n";
        let sheets = |names: &[&str]| {
            names.iter().map(|name| ((*name).to_owned(), format!("{name}\n").into_bytes())).collect()
        };
        let all = ["a.css", "account.x.css", "z.css"];
        let (whole, joined) = with_two_sheets(page, sheets(&all)).expect("all are linked");
        assert_eq!(
            joined,
            [("style.css", b"z.css\na.css\n".to_vec()), ("account.css", b"account.x.css\n".to_vec())]
        );
        assert_eq!(
            whole,
            "<head>\n    <link rel=\"icon\" href=\"/i.svg\">\n    \
             <link rel=\"stylesheet\" href=\"/style.css\">\
             <link rel=\"stylesheet\" href=\"/account.css\">\n\n    \
             <script src=\"/b.js\"></script>\n</head>\n"
        );
        let why =
            |page: &str, names: &[&str]| with_two_sheets(page, sheets(names)).expect_err("it is refused");
        assert!(why(page, &all[..2]).starts_with("z.css is linked twice, or no style sheet"));
        assert!(why(page, &["a.css", "account.x.css", "b.css", "z.css"]).starts_with("b.css is not linked"));
        let mixed = page.replace("z.css", "account.z.css");
        let mixed = why(&mixed, &["a.css", "account.x.css", "account.z.css"]);
        assert!(mixed.starts_with("index.html links what a sign-in needs first"), "{mixed}");
        let print = page.replace("z.css\"", "z.css\" media=\"print\"");
        assert!(why(&print, &all).starts_with("z.css is linked with an attribute"));
    }

    #[test]
    fn what_the_policy_would_block_is_refused() {
        for bad in [
            "<script>alert(1)</script>",
            "<style>p{}</style>",
            "<p style=\"color:red\">",
            "<body onload=\"x()\">",
            "<link href=\"https://cdn.example/x.css\">",
            "<script src=\"//cdn.example/x.js\"></script>",
        ] {
            assert!(check_page("x.html", bad).is_err(), "{bad}");
        }
        assert_eq!(
            check_page(
                "x.html",
                "<script type=\"module\" src=\"/boot.js\"></script><p title=\"only one\">1 < 2</p>"
            ),
            Ok(())
        );
        assert_eq!(without_comments("a\n<!-- b -->\nc"), "a\nc");
    }

    #[test]
    fn packing_is_undone_by_unpacking() {
        let bytes = b"an account and security center ".repeat(40);
        let mut back = Vec::new();
        let packed = brotli(&bytes).expect("memory");
        std::io::Read::read_to_end(&mut brotli::Decompressor::new(&packed[..], 4096), &mut back)
            .expect("valid");
        assert_eq!(back, bytes);
        assert!(gzip(&bytes).expect("memory").len() < bytes.len());
    }

    const GLUE_OF_ONE_PART: &str = "import * as import1 from \"./__wasm_split.js\"\n\
        const imports = {\n    \"./__wasm_split.js\": import1,\n};\nlet wasm;\n";

    #[test]
    fn a_whole_folder_is_published() {
        let folder = std::env::temp_dir().join(format!("xtask-dist-{}", std::process::id()));
        let (from, to) = (folder.join("raw"), folder.join("dist"));
        let page = "<html lang=\"zh-CN\"><title>x</title><link rel=\"stylesheet\" href=\"/z.css\"/>\
                    <link rel=\"stylesheet\" href=\"/a.css\"/>\
                    <script type=\"module\" src=\"/boot.js\" data-js=\"/menshen.js\"></script><div id=\"boot\"></div>";
        write(&from.join("index.html"), page.as_bytes()).expect("writable");
        write(&from.join("z.css"), b"/* first */\na { top: 0; }\n").expect("writable");
        write(&from.join("a.css"), b"a { top: 1px; }\n").expect("writable");
        write(&to.join("assets/style-of-before.css"), b"a {}").expect("writable");
        write(
            &from.join("boot.js"),
            b"console.log('a long enough script to be packed, packed, packed, packed');",
        )
        .expect("writable");
        write(&from.join("favicon.svg"), b"<svg/>").expect("writable");
        write(&from.join("menshen.js"), GLUE_OF_ONE_PART.as_bytes()).expect("writable");
        write(&from.join("home.wasm"), b"\0asm").expect("writable");
        let home = vec!["home.wasm".to_owned()];
        let parts = BTreeMap::from([("home".to_owned(), home.clone()), ("lists".to_owned(), home)]);
        let bundle = Bundle { folder: from, parts };
        publish(&bundle, &to, Pack::Compressed).expect("publishes");
        let files = files(&to).expect("readable");
        assert!(files.contains(&"favicon.svg".to_owned()), "{files:?}");
        assert!(files.contains(&"shell/sign-in.zh-CN.html.br".to_owned()), "{files:?}");
        assert!(
            files.iter().any(|name| name.starts_with("assets/boot-") && name.ends_with(".js.br")),
            "{files:?}"
        );
        assert!(!files.contains(&"boot.js".to_owned()), "{files:?}");

        // The glue knows the file of the part by its final name, with the integrity of its bytes.
        let glue =
            files.iter().find(|name| name.ends_with(".js") && name.contains("menshen")).expect("the glue");
        let glue = app::read(&to.join(glue)).expect("readable");
        assert!(glue.starts_with("//# allFunctionsCalledOnLoad\n"), "{glue}");
        let part = files.iter().find(|name| name.ends_with(".wasm")).expect("the part");
        let integrity = format!("sha256-{}", base64(&Sha256::digest(b"\0asm")));
        assert!(
            glue.contains(&format!("const FILES = {{\"home.wasm\":[\"/{part}\",\"{integrity}\"],}};")),
            "{glue}"
        );
        assert!(
            glue.contains("const PARTS = {\"home\":[\"home.wasm\"],\"lists\":[\"home.wasm\"],};"),
            "{glue}"
        );
        assert!(glue.contains("\"./__wasm_split.js\": loaders,") && !glue.contains("import *"), "{glue}");
        let unknown = GLUE_OF_ONE_PART.replace("__wasm_split", "other");
        assert!(with_loader(&unknown, &bundle, &BTreeMap::new(), None).is_err());

        // The sheets are one, with the integrity of its bytes; nothing of before is left.
        let sheets: Vec<_> = files.iter().filter(|name| name.ends_with(".css")).collect();
        let [sheet] = sheets[..] else { panic!("{files:?}") };
        let bytes = fs::read(to.join(sheet)).expect("readable");
        assert_eq!(String::from_utf8_lossy(&bytes), "/* first */\na { top: 0; }\na { top: 1px; }\n");
        let integrity = format!("sha256-{}", base64(&Sha256::digest(&bytes)));
        for page in ["index.html", "shell/sign-in.zh-CN.html"] {
            let page = app::read(&to.join(page)).expect("readable");
            assert_eq!(page.matches("rel=\"stylesheet\"").count(), 1, "{page}");
            assert!(page.contains(&format!("href=\"/{sheet}\"")) && page.contains(&integrity), "{page}");
        }
        assert_eq!(fs::read_dir(&folder).expect("readable").count(), 2, "no folder is left beside it");
        fs::remove_dir_all(folder).expect("the folder was made");
    }
}
