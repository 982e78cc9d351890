//! The colors of `style/tokens.css`, by the contrast that WCAG 2.2 asks for: 4.5 for text (1.4.3),
//! 3 for the borders of controls and the ring of the focus (1.4.11). No browser is needed
//! for this check.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

/// Foreground and background by the names of their tokens, and the least contrast between them.
const PAIRS: &[(&str, &str, f64)] = &[
    ("text", "ground", 4.5),
    ("text", "surface", 4.5),
    ("text-quiet", "ground", 4.5),
    ("text-quiet", "surface", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    ("text", "accent-faint", 4.5),
    ("accent", "ground", 4.5),
    ("accent", "surface", 4.5),
    ("accent", "accent-faint", 4.5),
    ("error", "error-faint", 4.5),
    ("error", "surface", 4.5),
    ("qr-dark", "qr-light", 7.0),
    ("on-tone", "tone-0", 4.5),
    ("on-tone", "tone-1", 4.5),
    ("on-tone", "tone-2", 4.5),
    ("on-tone", "tone-3", 4.5),
    ("on-tone", "tone-4", 4.5),
    ("on-tone", "tone-5", 4.5),
    ("on-tone", "tone-6", 4.5),
    ("on-tone", "tone-7", 4.5),
    ("success", "success-faint", 4.5),
    ("line-strong", "ground", 3.0),
    ("line-strong", "surface", 3.0),
    // The ring of the focus has the color of the accent, unless it gets one of its own.
    ("focus", "ground", 3.0),
    ("focus", "surface", 3.0),
];

/// A set of tokens: the values where it applies, over those of everywhere.
type Theme = BTreeMap<String, String>;

/// A rule of the style sheet: every prelude around it, from `@media` to the selector, and what it
/// declares.
#[derive(Debug)]
struct Rule {
    place: String,
    tokens: Theme,
}

/// The rules that set tokens, in their order. Of CSS, only blocks and declarations are read.
fn rules(css: &str) -> Vec<Rule> {
    let css = without_comments(css);
    let mut rules: Vec<Rule> = Vec::new();
    let mut places: Vec<String> = Vec::new();
    let mut text = String::new();
    for c in css.chars() {
        match c {
            '{' => places.push(std::mem::take(&mut text).trim().to_owned()),
            ';' | '}' => {
                if let Some((name, value)) = text.trim().strip_prefix("--").and_then(|it| it.split_once(':'))
                {
                    let place = places.join(" ");
                    if rules.last().is_none_or(|rule| rule.place != place) {
                        rules.push(Rule { place, tokens: Theme::new() });
                    }
                    let tokens = &mut rules.last_mut().expect("there is one now").tokens;
                    tokens.insert(name.trim().to_owned(), value.trim().to_owned());
                }
                text.clear();
                if c == '}' {
                    places.pop();
                }
            }
            _ => text.push(c),
        }
    }
    rules
}

fn without_comments(css: &str) -> String {
    let mut rest = css;
    let mut kept = String::new();
    while let Some((before, comment)) = rest.split_once("/*") {
        kept += before;
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept + rest
}

/// What a place is for: a theme, and whether the system asks for more contrast.
fn is_dark(place: &str) -> bool {
    let place: String = place.chars().filter(|c| !c.is_whitespace() && !"\"'".contains(*c)).collect();
    place.contains("prefers-color-scheme:dark") || place.contains("[data-theme=dark]")
}

fn is_light(place: &str) -> bool {
    let place: String = place.chars().filter(|c| !c.is_whitespace() && !"\"'".contains(*c)).collect();
    place.contains("prefers-color-scheme:light") || place.contains("[data-theme=light]")
}

fn is_for_more_contrast(place: &str) -> bool {
    place.chars().filter(|c| !c.is_whitespace()).collect::<String>().contains("prefers-contrast:more")
}

/// Every theme there is, by name: light and dark, and each with more contrast if the sheet has it.
/// Later rules go over earlier ones, as they do in a browser for these selectors.
fn themes(css: &str) -> Vec<(String, Theme)> {
    let rules = rules(css);
    let mut themes = Vec::new();
    for dark in [false, true] {
        for more in [false, true] {
            if more && !rules.iter().any(|rule| is_for_more_contrast(&rule.place)) {
                continue;
            }
            let mut theme = Theme::new();
            for rule in &rules {
                let other_theme = if dark { is_light(&rule.place) } else { is_dark(&rule.place) };
                let forced = rule.place.contains("forced-colors") || rule.place.contains("print");
                if !other_theme && !forced && (more || !is_for_more_contrast(&rule.place)) {
                    theme.extend(rule.tokens.clone());
                }
            }
            let name = if dark { "dark" } else { "light" };
            themes.push((format!("{name}{}", if more { ", more contrast" } else { "" }), theme));
        }
    }
    themes
}

/// The literal color behind a name, through `var(…)`.
fn color(theme: &Theme, name: &str) -> Option<[f64; 3]> {
    let value = theme.get(name)?;
    if let Some(other) = value.strip_prefix("var(--").and_then(|rest| rest.strip_suffix(')')) {
        return color(theme, other.trim());
    }
    let hex = value.strip_prefix('#')?;
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let parts: Vec<u32> = match digits.len() {
        3 => digits.iter().map(|digit| digit * 17).collect(),
        6 => digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect(),
        _ => return None,
    };
    Some([parts[0], parts[1], parts[2]].map(|part| f64::from(part) / 255.0))
}

/// The relative luminance of WCAG.
fn luminance(color: [f64; 3]) -> f64 {
    let [red, green, blue] =
        color.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// A line for every pair that is too pale, and for every token that cannot be read.
fn complaints(css: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, theme) in themes(css) {
        let color_of = |token: &str| {
            let token = if token == "focus" && !theme.contains_key("focus") { "accent" } else { token };
            color(&theme, token).ok_or_else(|| format!("{name}: --{token} is no literal color"))
        };
        for (front, back, least) in PAIRS {
            match (color_of(front), color_of(back)) {
                (Ok(one), Ok(other)) => {
                    let contrast = contrast(one, other);
                    if contrast < *least {
                        complaints.push(format!(
                            "{name}: --{front} on --{back} has a contrast of {contrast:.2}, not {least}"
                        ));
                    }
                }
                (one, other) => complaints.extend(one.err().into_iter().chain(other.err())),
            }
        }
    }
    complaints
}

fn tokens() -> String {
    let own = env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells where this crate is");
    let path = Path::new(&own).join("../../style/tokens.css");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_pair_of_tokens_can_be_told_apart() {
    let complaints = complaints(&tokens());
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn there_is_a_dark_theme_of_its_own() {
    let themes = themes(&tokens());
    let find = |name: &str| &themes.iter().find(|(known, _)| known == name).expect("it is always there").1;
    for token in ["ground", "surface", "text", "text-quiet", "accent", "line-strong"] {
        assert_ne!(find("light")[token], find("dark")[token], "--{token}");
    }
}

#[test]
fn contrast_is_that_of_the_standard() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    let theme = Theme::from([("gray".to_owned(), "#767676".to_owned())]);
    let gray = color(&theme, "gray").expect("it is a color");
    assert!((contrast(gray, [1.0; 3]) - 4.54).abs() < 0.005, "{}", contrast(gray, [1.0; 3]));
}

#[test]
fn the_themes_of_a_sheet_are_found_however_they_are_written() {
    let sheets = [
        ":root { --a: #fff; --b: var(--a) } @media (prefers-color-scheme: dark) { :root { --a: #000; } }",
        ":root { --a: #fff; --b: var(--a); } /* { */ :root[data-theme=\"dark\"] { --a: #000; }",
        "@layer t { :root { --a:#fff;--b:var(--a) } :root[data-theme='dark'] { --a: #000 } \
         @media (prefers-contrast: more) { :root { --a: #eee } :root[data-theme=dark] { --a: #111 } } }",
    ];
    for sheet in sheets {
        let seen: Vec<_> =
            themes(sheet).into_iter().map(|(name, theme)| (name, color(&theme, "b"))).collect();
        let gray = |part: f64| Some([part / 255.0; 3]);
        let mut wanted = vec![("light".to_owned(), gray(255.0)), ("dark".to_owned(), gray(0.0))];
        if sheet.contains("contrast") {
            wanted.insert(1, ("light, more contrast".to_owned(), gray(238.0)));
            wanted.push(("dark, more contrast".to_owned(), gray(17.0)));
        }
        assert_eq!(seen, wanted, "{sheet}");
    }
}

#[test]
fn a_pale_pair_and_a_lost_token_are_told() {
    let sheet = tokens();
    let value = rules(&sheet).swap_remove(0).tokens.remove("text-quiet").expect("it is there");
    let pale = complaints(&sheet.replacen(&value, "#b0b0b0", 1));
    assert!(pale.iter().any(|line| line.starts_with("light: --text-quiet on --surface")), "{pale:?}");
    let lost = complaints(&sheet.replace("--on-accent:", "--over-accent:"));
    assert!(lost.iter().any(|line| line == "light: --on-accent is no literal color"), "{lost:?}");
}
