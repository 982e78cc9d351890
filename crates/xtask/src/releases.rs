//! The assets of the releases before: a page that was opened before an update still asks for its parts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::app;
use crate::dist;
use crate::step::Result;

/// How many releases before the newest keep their assets.
const KEPT: usize = 2;

/// The list in the published folder: a line for each release, the newest first, with the names of its assets.
const LIST: &str = "releases.txt";

/// The names of a release's assets, without their packed copies.
type Assets = BTreeSet<String>;

/// The assets of each release in a published folder, the newest first.
fn read(dist: &Path) -> Result<Vec<Assets>> {
    let list = dist.join(LIST);
    if !list.is_file() {
        return Ok(Vec::new());
    }
    Ok(app::read(&list)?.lines().map(|line| line.split(' ').map(ToOwned::to_owned).collect()).collect())
}

/// Every file of a published folder but the assets that only releases before the newest have.
pub(crate) fn files_of_newest(dist: &Path) -> Result<Vec<String>> {
    let releases = read(dist)?;
    let is_older = |file: &str| {
        let name = unpacked(file);
        releases.split_first().is_some_and(|(newest, older)| {
            !newest.contains(name) && older.iter().any(|release| release.contains(name))
        })
    };
    Ok(dist::files(dist)?.into_iter().filter(|file| !is_older(file)).collect())
}

/// The name of a file of which this may be a packed copy.
fn unpacked(file: &str) -> &str {
    PACKED.iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(file)
}

/// How the names of packed copies end.
const PACKED: [&str; 2] = [".br", ".gz"];

/// Copies the assets of the releases before from the folder that was published last into a fresh one, whose own
/// assets are named, and lists them all there.
pub(crate) fn keep(published: &Path, fresh: &Path, own: Assets) -> Result {
    let mut releases = read(published)?;
    releases.retain(|release| *release != own);
    releases.truncate(KEPT);
    for name in releases.iter().flatten() {
        for ending in [""].into_iter().chain(PACKED) {
            let file = format!("{name}{ending}");
            let (from, to) = (published.join(&file), fresh.join(&file));
            if to.exists() || !from.is_file() {
                continue;
            }
            fs::copy(&from, &to).map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
        }
    }
    releases.insert(0, own);
    let line = |release: &Assets| release.iter().map(String::as_str).collect::<Vec<_>>().join(" ") + "\n";
    dist::write(&fresh.join(LIST), releases.iter().map(line).collect::<String>().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assets_of_two_releases_before_stay() {
        let folder = std::env::temp_dir().join(format!("xtask-releases-{}", std::process::id()));
        let (dist, fresh) = (folder.join("dist"), folder.join("fresh"));
        let release = |names: &[&str]| {
            for name in names {
                dist::write(&fresh.join(name), b"x").expect("writable");
                dist::write(&fresh.join(format!("{name}.br")), b"x").expect("writable");
            }
            dist::write(&fresh.join("index.html"), b"page").expect("writable");
            keep(&dist, &fresh, names.iter().map(|name| (*name).to_owned()).collect()).expect("kept");
            dist::clear(&dist).expect("removable");
            fs::rename(&fresh, &dist).expect("renamed");
        };
        let assets = || -> Vec<String> {
            let files = dist::files(&dist).expect("readable").into_iter();
            files.filter(|file| file.starts_with("assets/") && !file.ends_with(".br")).collect()
        };
        release(&["assets/a-1", "assets/s-1"]);
        release(&["assets/a-2", "assets/s-1"]);
        release(&["assets/a-3", "assets/s-2"]);
        // What is made again is no new release.
        release(&["assets/a-3", "assets/s-2"]);
        assert_eq!(assets(), ["assets/a-1", "assets/a-2", "assets/a-3", "assets/s-1", "assets/s-2"]);
        assert!(dist.join("assets/a-1.br").is_file());
        release(&["assets/a-4", "assets/s-2"]);
        assert_eq!(assets(), ["assets/a-2", "assets/a-3", "assets/a-4", "assets/s-1", "assets/s-2"]);
        assert_eq!(
            files_of_newest(&dist).expect("readable"),
            ["assets/a-4", "assets/a-4.br", "assets/s-2", "assets/s-2.br", "index.html", LIST]
        );
        fs::remove_dir_all(folder).expect("it was made");
    }
}
