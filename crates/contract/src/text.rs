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

/// A name that somebody chose, within a sentence of ours: it turns the direction of nothing but itself,
/// and cannot end that by itself (FSI and PDI, [UAX #9]).
///
/// [UAX #9]: https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
#[must_use]
pub fn isolated(name: &str) -> String {
    let mut out = String::from('\u{2068}');
    out.extend(name.chars().filter(|sign| !is_unseen(*sign)));
    out.push('\u{2069}');
    out
}

/// A text as fields of numbers and codes read it: digits of other scripts are ASCII digits, plus signs
/// and brackets ASCII too, spaces, dashes and dots one space each, and anything else an `x`. What cannot
/// be seen is left out: it comes along when a number is copied, and nobody can take it away.
#[must_use]
pub fn plain_digits(typed: &str) -> String {
    // Where the ten digits of a script begin: Arabic, Persian, Devanagari, Bengali, Thai, full width.
    const ZEROS: [char; 6] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{ff10}'];
    let plain = |sign: char| match sign {
        '0'..='9' | '+' | '(' | ')' => Some(sign),
        '\u{ff0b}' => Some('+'),
        '\u{ff08}' => Some('('),
        '\u{ff09}' => Some(')'),
        '-' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' | '\u{ff0e}' => Some(' '),
        _ if sign.is_whitespace() => Some(' '),
        // What joins letters, and what chooses a picture for one, has nothing to do beside a digit.
        '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => None,
        _ if is_unseen(sign) => None,
        _ => {
            let values = ZEROS.iter().map(|zero| u32::from(sign).wrapping_sub(u32::from(*zero)));
            let digit = values.filter(|value| *value < 10).find_map(|value| char::from_digit(value, 10));
            digit.or(Some('x'))
        }
    };
    typed.chars().filter_map(plain).collect()
}

/// The one value that a text holds, where it holds one: what is pasted may have words around it, but
/// between two nobody can choose.
pub(crate) fn only<T: PartialEq>(mut found: impl Iterator<Item = T>) -> Option<T> {
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b35_a_name_ends_where_its_isolate_does() {
        assert_eq!(isolated("a\u{2069}\u{202e}\u{2029}b\nc"), "\u{2068}abc\u{2069}");
    }
}
