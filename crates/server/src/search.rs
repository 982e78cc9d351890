//! Nicknames as they are searched for: letters that a person takes for the same are the same.
//!
//! The database folds ASCII alone, so the folding is done here and its result is stored.

use crate::problem::Problem;
use crate::store::Store;
use contract::text::is_unseen;
use unicode_normalization::UnicodeNormalization;

/// Rows at once: the write lock is not kept from others.
const BATCH: u32 = 500;

/// A text with nothing left of what does not count in a search: letter case (in every script), the
/// width and the composition of signs (NFKC), spaces, and what cannot be seen.
pub(crate) fn fold(text: &str) -> String {
    let seen = text.nfkc().filter(|sign| !sign.is_whitespace() && !is_unseen(*sign));
    // Through the upper case, for some letters have two lower ones (final sigma) or grow (sharp s).
    let folded = seen.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect::<String>();
    folded.nfkc().collect()
}

/// Folds the nicknames that nobody folded yet: those of earlier releases.
pub(crate) async fn fold_all(store: &Store) -> Result<(), Problem> {
    let mut after = String::new();
    loop {
        let mut tx = store.write().await?;
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT id, nickname FROM account WHERE search_key = '' AND nickname <> '' AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(&after)
        .bind(BATCH)
        .fetch_all(&mut *tx)
        .await?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after.clone_from(last);
        for (id, nickname) in &rows {
            sqlx::query("UPDATE account SET search_key = ? WHERE id = ?")
                .bind(fold(nickname))
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
    }
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
