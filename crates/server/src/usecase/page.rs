//! Lists in pages. A page is read with one row more than it shows, which tells whether another follows.

use std::fmt::Display;
use std::str::FromStr;

/// A page of rows, and where the next one begins if there is one.
pub(super) struct Page<T> {
    pub(super) rows: Vec<T>,
    pub(super) more: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `rows`, of which up to `size + 1` were read; `cursor` is the position of a row in the order of the
    /// list.
    pub(super) fn cut<A: Display, B: Display>(
        mut rows: Vec<T>,
        size: usize,
        cursor: impl FnOnce(&T) -> (A, B),
    ) -> Self {
        let goes_on = rows.len() > size;
        rows.truncate(size);
        let last = rows.last().filter(|_| goes_on).map(cursor);
        Self { rows, more: last.map(|(first, second)| format!("{first}-{second}")) }
    }
}

/// Reads what [`Page::more`] said.
pub(super) fn read_cursor<A: FromStr, B: FromStr>(text: &str) -> Option<(A, B)> {
    let (first, second) = text.split_once('-')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(rows: &[i64]) -> (Vec<i64>, Option<String>) {
        let page = Page::cut(rows.to_vec(), 2, |row| (*row, "id-7"));
        (page.rows, page.more)
    }

    #[test]
    fn another_page_follows_where_more_rows_were_read() {
        assert_eq!(cut(&[]), (vec![], None));
        assert_eq!(cut(&[1, 2]), (vec![1, 2], None));
        assert_eq!(cut(&[1, 2, 3]), (vec![1, 2], Some("2-id-7".to_owned())));
    }

    #[test]
    fn a_cursor_is_read_back_and_another_text_is_none() {
        assert_eq!(read_cursor("2-id-7"), Some((2_i64, "id-7".to_owned())));
        assert_eq!(read_cursor("2-7"), Some((2_i64, 7_i64)));
        for text in ["", "2", "x-7", "-2-7", "2-"] {
            assert_eq!(read_cursor::<i64, i64>(text), None, "{text}");
        }
    }
}
