//! The grammar of RFC 8259.

use crate::Json;

/// How many arrays and objects may be in one another, as with serde_json; the stack of the app is small.
const DEPTH: u8 = 127;

/// The tree of a text; `None` if it is not JSON.
#[must_use]
pub fn parse(text: &str) -> Option<Json> {
    let mut parser = Parser { rest: text };
    let json = parser.value(DEPTH)?;
    parser.space();
    parser.rest.is_empty().then_some(json)
}

struct Parser<'t> {
    /// What is not yet read.
    rest: &'t str,
}

impl<'t> Parser<'t> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Takes this sign, after white space.
    fn take(&mut self, sign: char) -> Option<()> {
        self.space();
        self.rest = self.rest.strip_prefix(sign)?;
        Some(())
    }

    fn word(&mut self, word: &str, value: Json) -> Option<Json> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(value)
    }

    /// Takes the first bytes of the rest; they end between two characters.
    fn split(&mut self, at: usize) -> Option<&'t str> {
        let (first, rest) = self.rest.split_at_checked(at)?;
        self.rest = rest;
        Some(first)
    }

    fn value(&mut self, depth: u8) -> Option<Json> {
        self.space();
        match self.rest.as_bytes().first()? {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => {
                let mut items = vec![];
                self.sequence('[', ']', depth, |parser, depth| {
                    items.push(parser.value(depth)?);
                    Some(())
                })?;
                Some(Json::List(items))
            }
            b'{' => {
                let mut members = vec![];
                self.sequence('{', '}', depth, |parser, depth| {
                    parser.space();
                    let name = parser.string()?;
                    parser.take(':')?;
                    members.push((name, parser.value(depth)?));
                    Some(())
                })?;
                Some(Json::Object(members))
            }
            _ => self.number(),
        }
    }

    /// What stands between brackets, with commas.
    fn sequence(
        &mut self,
        open: char,
        close: char,
        depth: u8,
        mut item: impl FnMut(&mut Self, u8) -> Option<()>,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        self.take(open)?;
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            item(self, depth)?;
            if self.take(',').is_none() {
                return self.take(close);
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.rest = self.rest.strip_prefix('"')?;
        let mut text = String::new();
        loop {
            let plain = self.rest.find(|sign| sign == '"' || sign == '\\' || sign < ' ')?;
            text.push_str(self.split(plain)?);
            match self.split(1)? {
                "\"" => return Some(text),
                "\\" => text.push(self.escape()?),
                _ => return None,
            }
        }
    }

    /// What stands after a backslash.
    fn escape(&mut self) -> Option<char> {
        Some(match self.split(1)? {
            "n" => '\n',
            "t" => '\t',
            "r" => '\r',
            "b" => '\u{8}',
            "f" => '\u{c}',
            "u" => {
                let unit = self.unit()?;
                // Half of a pair is not a character, and so is no text.
                let high = unit.wrapping_sub(0xd800);
                if high < 0x400 {
                    self.rest = self.rest.strip_prefix("\\u")?;
                    let low = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    char::from_u32(0x1_0000 + (high << 10) + low)?
                } else {
                    char::from_u32(unit)?
                }
            }
            same @ ("\"" | "\\" | "/") => same.chars().next()?,
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        self.split(4)?.chars().try_fold(0, |unit, digit| Some(unit << 4 | digit.to_digit(16)?))
    }

    fn number(&mut self) -> Option<Json> {
        let whole = self.rest;
        self.rest = whole.strip_prefix('-').unwrap_or(whole);
        if let Some(rest) = self.rest.strip_prefix('0') {
            self.rest = rest;
        } else {
            self.digits()?;
        }
        if let Some(rest) = self.rest.strip_prefix('.') {
            self.rest = rest;
            self.digits()?;
        }
        if let Some(rest) = self.rest.strip_prefix(['e', 'E']) {
            self.rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
            self.digits()?;
        }
        let number = whole.get(..whole.len() - self.rest.len())?;
        Some(Json::Number(number.to_owned()))
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let rest = self.rest.trim_start_matches(|sign: char| sign.is_ascii_digit());
        let some = rest.len() < self.rest.len();
        self.rest = rest;
        some.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// As serde_json reads it.
    fn peer(value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(is) => Json::Bool(*is),
            Value::Number(number) => Json::Number(number.to_string()),
            Value::String(text) => Json::Text(text.clone()),
            Value::Array(items) => Json::List(items.iter().map(peer).collect()),
            Value::Object(members) => {
                Json::Object(members.iter().map(|(name, value)| (name.clone(), peer(value))).collect())
            }
        }
    }

    /// Texts with every branch of the grammar; members in the order of their names, as the peer keeps them.
    const GOOD: &[&str] = &[
        "null",
        " true ",
        "\t\r\n[ ]",
        "{ }",
        "[false,0,7,-12,4294967296,18446744073709551615]",
        r#"{"a":{"b":[[],{}]},"c":"","d":[1 , 2]}"#,
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\u0041\u00e9\u95e8\ud83d\ude00门神😀""#,
        "\"\u{7f}\u{2028}\"",
    ];

    #[test]
    fn what_is_json_is_read_as_serde_json_reads_it() {
        for text in GOOD {
            let value: Value = serde_json::from_str(text).expect("is JSON");
            assert_eq!(parse(text), Some(peer(&value)), "{text}");
        }
    }

    #[test]
    fn a_number_is_kept_as_it_is_written() {
        for number in ["0", "-0", "0.5", "-3.250", "1.5e3", "2E-1", "10e+20", "1e999"] {
            assert_eq!(parse(number), Some(Json::Number(number.into())));
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let bad = [
            "",
            " ",
            "nul",
            "nulll",
            "tru",
            "[",
            "]",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{1:1}",
            "01",
            "-",
            "+1",
            ".5",
            "1.",
            "1e",
            "1e+",
            "0x1",
            "Infinity",
            "NaN",
            "\"",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\u+123\"",
            "\"\\ud83d\"",
            "\"\\ud83dA\"",
            "\"\\ud83d\\u0041\"",
            "\"\\ude00\"",
            "\"\n\"",
            "\"\u{1}\"",
            "'a'",
            "1 1",
            "\u{feff}1",
            "\u{a0}1",
            "\"\\u12é\"",
        ];
        for text in bad {
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text:?} is JSON");
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn each_altered_sign_is_judged_as_by_serde_json() {
        for text in GOOD.iter().chain(&["[-0,0.5,-3.25,1.5e3]"]) {
            for (at, _) in text.char_indices() {
                let (before, after) = text.split_at(at);
                let rest = after.chars().next().map_or("", |sign| after.trim_start_matches(sign));
                let mut altered = vec![before.to_owned(), [before, rest].concat()];
                altered.extend(
                    ["\"", "\\", "{", "]", ",", ":", "0", "e", "-", " ", "\u{0}", "门"]
                        .map(|sign| [before, sign, rest].concat()),
                );
                for text in altered {
                    let peer = serde_json::from_str::<Value>(&text);
                    // Numbers that are never read may have any size here.
                    let is_large =
                        peer.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
                    assert_eq!(parse(&text).is_some(), peer.is_ok() || is_large, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn depth_has_the_same_end_as_with_serde_json() {
        for depth in [1, 126, 127, 128, 129, 100_000] {
            let text = ["[".repeat(depth), "]".repeat(depth)].concat();
            assert_eq!(parse(&text).is_some(), serde_json::from_str::<Value>(&text).is_ok(), "{depth}");
        }
    }
}
