//! Names that others chose: of people, organizations, meetings, WeChats.
//!
//! A name stands beside the product's own words and must not change how those are read. Invisible characters
//! are removed when a name comes in; when it goes out, [`isolated`](contract::text::isolated) encloses it,
//! because earlier releases stored names unchanged.

use contract::text::is_unseen;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// A name as it is stored: without control characters, zero-width spaces and direction marks, and without
/// spaces at its ends. Joiners of letters and emoji stay. If nothing of it is visible, it is `otherwise`.
pub(crate) fn clean(name: &str, otherwise: &str) -> String {
    let plain = |sign: char| match sign {
        // They separate words, so each becomes a space.
        '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        _ if is_unseen(sign) => None,
        _ => Some(sign),
    };
    let kept: String = name.chars().filter_map(plain).collect();
    if initial(&kept).is_empty() { otherwise.to_owned() } else { kept.trim().to_owned() }
}

/// The placeholder for a picture: the first grapheme cluster ([UAX #29]) of a name that is visible,
/// unchanged; empty if there is none.
///
/// [UAX #29]: https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundaries
pub(crate) fn initial(name: &str) -> String {
    name.graphemes(true).find(|cluster| cluster.chars().any(is_seen)).unwrap_or_default().to_owned()
}

/// Whether a character makes a cluster visible by itself. Joiners and variation selectors do not, nor do
/// letters that are blank by definition (fillers, the Braille pattern without dots).
fn is_seen(sign: char) -> bool {
    !(sign.is_whitespace()
        || is_unseen(sign)
        || matches!(
            sign,
            '\u{34f}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200c}'
                | '\u{200d}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}'
                | '\u{e0000}'..='\u{e0fff}'
        ))
}

/// Longest name in an SMS, in clusters and in characters: a single cluster has no limit.
const BRIEF_CLUSTERS: usize = 12;
const BRIEF_SIGNS: usize = 36;

/// The beginning of a name without anything that forms sentences: letters and digits with their marks. No
/// cluster is cut.
pub(crate) fn brief(name: &str) -> String {
    let belongs = |sign: &char| {
        sign.is_alphanumeric() || is_combining_mark(*sign) || matches!(sign, '\u{200c}' | '\u{200d}')
    };
    let words = name.graphemes(true).filter(|cluster| cluster.starts_with(char::is_alphanumeric));
    let mut left = BRIEF_SIGNS;
    let fits = |cluster: &String| {
        let rest = left.checked_sub(cluster.chars().count());
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    words
        .map(|cluster| cluster.chars().filter(belongs).collect())
        .take(BRIEF_CLUSTERS)
        .take_while(fits)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b35_a_name_that_comes_in_is_without_what_cannot_be_seen() {
        for (came, kept) in [
            ("محمد\u{202e}", "محمد"),
            ("\u{2067}\u{2069}\u{2068}林\u{200f}晓\u{61c}", "林晓"),
            (" \u{feff}王\u{200b}\u{2060}\u{ad} 芳\u{7} ", "王 芳"),
            ("a\r\nb\u{2029}c", "a  b c"),
            // Joiners belong to the spelling (Persian, Sinhala), and combine several emoji into one.
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"),
            ("\u{202e}\u{200d} \u{3164}\u{2800}", "无名"),
            ("", "无名"),
        ] {
            assert_eq!(clean(came, "无名"), kept, "{came:?}");
        }
    }

    #[test]
    fn b36_the_initial_is_what_a_person_takes_for_one_sign() {
        for (name, first) in [
            ("林晓", "林"),
            ("👨\u{200d}👩\u{200d}👧\u{200d}👦一家", "👨\u{200d}👩\u{200d}👧\u{200d}👦"),
            ("🇨🇳🇫🇷", "🇨🇳"),
            ("👍🏽好", "👍🏽"),
            ("e\u{301}mile", "e\u{301}"),
            // A letter with its vowel sign is one cluster, and so is a conjunct.
            ("नि", "नि"),
            ("क्षत्रिय", "क्ष"),
            ("\u{1112}\u{1161}\u{11ab}글", "\u{1112}\u{1161}\u{11ab}"),
            ("\u{200b}Zoe", "Z"),
            (" \u{3000}\u{202e}\u{200d}许", "许"),
            ("\u{3164}\u{2800}b", "b"),
            ("\u{feff} ", ""),
            ("", ""),
        ] {
            assert_eq!(initial(name), first, "{name:?}");
        }
    }

    #[test]
    fn b36_a_brief_name_cuts_no_cluster_in_two() {
        assert_eq!(brief("点击 http://x.example/?y」已注销"), "点击httpxexamp");
        assert_eq!(brief(&"e\u{301}".repeat(20)), "e\u{301}".repeat(12));
        assert_eq!(brief("हिन्दी नाम"), "हिन्दीनाम");
        assert_eq!(brief(&format!("ab{}", "\u{301}".repeat(1000))), "a", "as long as an SMS bears");
        assert_eq!(brief("👍\u{301}。"), "");
    }
}
