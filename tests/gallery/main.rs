//! Takes screenshots of the tours' views in four widths, two themes and two languages, for one page; or
//! composes the pictures of README.md from the same views. What the tours do not visit is not shown.
//!
//! `cargo xtask gallery` builds what this needs and runs it: `gallery FOLDER [SCREEN]`, or
//! `gallery FOLDER --readme IMAGES`.

use e2e::tour::{self, View};
use e2e::{Browser, Lang, Look, Stage, Theme};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

/// The narrowest screen there is, a phone, a tablet, a desk.
const WIDTHS: [u32; 4] = [320, 390, 768, 1280];

/// The page; it reads `pictures.js` beside it.
const SHEET: &str = include_str!("sheet.html");

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [folder, "--readme", images] => readme(Path::new(folder), Path::new(images)),
        [folder] => contact_sheet(Path::new(folder), |_| true),
        [folder, screen] if tour::TOURS.iter().any(|(known, _)| *known == screen) => {
            contact_sheet(Path::new(folder), |wanted| wanted == screen);
        }
        _ => {
            let screens: Vec<&str> = tour::TOURS.iter().map(|(screen, _)| *screen).collect();
            eprintln!("gallery: the screens are {}", screens.join(", "));
            std::process::exit(1);
        }
    }
}

/// Every wanted screen, on one page.
fn contact_sheet(folder: &Path, wanted: impl Fn(&str) -> bool + Sync) {
    // Pictures of views that are no more would stay for ever.
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the last gallery can be removed");
    }
    fs::create_dir_all(folder).expect("the folder can be made");
    let pictures = in_every_language(|lang, browser| {
        let mut pictures = Vec::new();
        tour::go(browser, &wanted, |view| {
            for width in WIDTHS {
                for theme in Theme::ALL {
                    let look = Look::new(width, theme);
                    let file = name_of(view, lang, look);
                    save(&folder.join(&file), &browser.picture(look));
                    pictures.push(json!({
                        "file": file,
                        "screen": view.screen,
                        "state": view.state,
                        "language": lang.tag(),
                        "width": width,
                        "theme": theme.name(),
                    }));
                }
            }
            browser.look_as_before();
            println!("      {} {}/{}", lang.tag(), view.screen, view.state);
        });
        pictures
    });
    let list = Value::Array(pictures.into_iter().flatten().collect());
    save(&folder.join("pictures.js"), format!("const pictures = {list};\n").as_bytes());
    let page = folder.join("index.html");
    save(&page, SHEET.as_bytes());
    println!("      {}", page.display());
}

/// A picture of README.md, made of views side by side.
struct Strip {
    name: &'static str,
    lang: Lang,
    look: Look,
    screen: &'static str,
    states: &'static [&'static str],
}

const STRIPS: [Strip; 5] = [
    Strip {
        name: "phone-change",
        lang: Lang::En,
        look: Look { width: 320, height: 720, theme: Theme::Light },
        screen: "phone",
        states: &["start", "ways", "sms-sent", "number", "code", "done"],
    },
    Strip {
        name: "overview",
        lang: Lang::En,
        look: Look { width: 390, height: 844, theme: Theme::Light },
        screen: "overview",
        states: &["free"],
    },
    Strip {
        name: "closed",
        lang: Lang::Zh,
        look: Look { width: 390, height: 844, theme: Theme::Light },
        screen: "overview",
        states: &["business"],
    },
    Strip {
        name: "new-password",
        lang: Lang::Zh,
        look: Look { width: 390, height: 844, theme: Theme::Dark },
        screen: "password",
        states: &["weak"],
    },
    Strip {
        name: "step-up",
        lang: Lang::En,
        look: Look { width: 390, height: 844, theme: Theme::Dark },
        screen: "devices",
        states: &["gate"],
    },
];

/// Every strip, into the folder of the repository's images.
fn readme(folder: &Path, images: &Path) {
    let parts = folder.join("readme");
    fs::create_dir_all(&parts).expect("the folder can be made");
    in_every_language(|lang, browser| {
        let strips = || STRIPS.iter().filter(move |strip| strip.lang == lang);
        tour::go(
            browser,
            |screen| strips().any(|strip| strip.screen == screen),
            |view| {
                for strip in strips().filter(|strip| strip.has(view)) {
                    save(&parts.join(name_of(view, lang, strip.look)), &browser.picture(strip.look));
                }
                browser.look_as_before();
            },
        );
        for strip in strips() {
            let page = parts.join(format!("{}.html", strip.name));
            save(&page, strip.page().as_bytes());
            let picture = images.join(format!("{}.png", strip.name));
            save(&picture, &browser.picture_of_file(&page, strip.width()));
            println!("      {}", picture.display());
        }
    });
}

impl Strip {
    fn has(&self, view: View) -> bool {
        self.screen == view.screen && self.states.contains(&view.state)
    }

    /// The pixels of its parts and of the gaps between them.
    fn width(&self) -> u32 {
        let count = u32::try_from(self.states.len()).expect("a few");
        count * self.look.width + (count - 1) * GAP
    }

    /// Its parts side by side, a pixel for a pixel.
    fn page(&self) -> String {
        let parts: String = self
            .states
            .iter()
            .map(|state| {
                let view = View { screen: self.screen, state };
                format!("<img src=\"{}\">", name_of(view, self.lang, self.look))
            })
            .collect();
        format!(
            "<!doctype html><style>body {{ margin: 0; display: flex; gap: {GAP}px; \
             align-items: start }}</style>{parts}"
        )
    }
}

/// Between two parts of a strip.
const GAP: u32 = 24;

fn name_of(view: View, lang: Lang, look: Look) -> String {
    let View { screen, state } = view;
    format!("{screen}-{state}-{}-{}-{}.png", lang.tag(), look.width, look.theme.name())
}

/// Does it for all languages at once, each with a server and a browser of its own.
fn in_every_language<T: Send>(deed: impl Fn(Lang, &Browser<'_>) -> T + Sync) -> Vec<T> {
    let (done, results) = mpsc::channel();
    thread::scope(|scope| {
        for &lang in Lang::ALL {
            let (deed, done) = (&deed, done.clone());
            let work = move || {
                let stage = Stage::behind_proxy();
                let browser = stage.browser_in(lang);
                done.send(deed(lang, &browser)).expect("it is waited for");
            };
            // What a failure leaves is named after the thread.
            let name = format!("gallery-{}", lang.tag());
            thread::Builder::new().name(name).spawn_scoped(scope, work).expect("threads can be started");
        }
    });
    drop(done);
    results.iter().collect()
}

fn save(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
