//! Search keys of nicknames: texts that a person reads as the same have the same key.
//!
//! SQLite folds the case of ASCII alone, so the key is computed here and stored.

use contract::text::is_unseen;
use unicode_normalization::UnicodeNormalization;

/// Removes what a search ignores: letter case (in every script), width and composition of characters (NFKC),
/// spaces, and invisible characters.
pub(crate) fn fold(text: &str) -> String {
    let seen = text.nfkc().filter(|sign| !sign.is_whitespace() && !is_unseen(*sign));
    // Upper case first, because some letters have two lower-case forms (final sigma) or expand (sharp s).
    let folded = seen.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect::<String>();
    folded.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn b11_b12_what_a_person_takes_for_the_same_is_the_same() {
        for (one, other) in [
            ("Émile", "émile"),
            ("E\u{301}mile", "émile"),
            ("ＡＢＣ１２３", "abc123"),
            ("王 芳", "王芳"),
            ("王\u{3000}芳", "王芳"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("ИВАН", "иван"),
            ("Straße", "STRASSE"),
            ("ﬁn", "FIN"),
            ("许\u{200b}安", "许安"),
            ("İstanbul", "i\u{307}stanbul"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_ne!(fold("Émile"), fold("Emile"), "another letter");
        assert_eq!(fold(" \u{200b}"), "");
    }
}
