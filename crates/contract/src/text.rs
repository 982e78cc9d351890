//! Text that people typed or chose.

/// Whether a sign is not seen itself but changes how others are read: controls, line separators, spaces
/// of no width and what turns the direction of a text. What joins emoji and letters is none of them.
#[must_use]
pub fn is_unseen(sign: char) -> bool {
    sign.is_control()
        || matches!(
            sign,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
        )
}
