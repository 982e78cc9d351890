//! `cargo xtask gallery`: pictures of every screen in every state, on one page.

use crate::app;
use crate::stage::Stage;
use crate::step::{self, Result, Steps};

/// `cargo xtask gallery`
pub(crate) fn run(arguments: &[String]) -> Result {
    check(arguments)?;
    let mut steps = Steps::new(2);
    steps.next("building the app and the server");
    let stage = Stage::quick()?;
    steps.next("taking pictures");
    let folder = app::target().join("gallery");
    let mut gallery = app::cargo();
    gallery.args(["run", "--quiet", "--package", "e2e", "--bin", "gallery", "--"]).arg(&folder);
    if arguments.first().is_some_and(|argument| argument == "--readme") {
        gallery.arg("--readme").arg(app::root().join("docs/images"));
    } else {
        gallery.args(arguments);
    }
    step::run("the gallery", stage.told_to(&mut gallery))?;
    println!("      after {}", step::spell(steps.finish()));
    Ok(())
}

/// Nothing, the name of a screen, or `--readme`.
fn check(arguments: &[String]) -> Result {
    match arguments {
        [] => Ok(()),
        [one] if one == "--readme" || !one.starts_with('-') => Ok(()),
        _ => Err("there are only --readme and the name of one screen".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read() {
        let check = |line: &str| check(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        for right in ["", "phone", "--readme"] {
            assert_eq!(check(right), Ok(()), "{right}");
        }
        for wrong in ["--readm", "phone devices", "--readme phone"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
