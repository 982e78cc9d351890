//! The words by which tests find what is on the screen: the app's own.
//!
//! [`ZH`] and [`EN`] are the tables that the app draws with, so a sentence that is worded anew there
//! breaks no test. Where a rule demands a sentence, a test states it, below a comment that names the rule.

use contract::problem::{Problem, Trouble};
use contract::refusal::{Refusal, SessionEnd};
use contract::time::Timestamp;
use std::borrow::Cow;
use words::Messages;

pub use words::Lang;

/// The app's words in Chinese, which every browser reads that is told nothing else.
pub static ZH: Messages = Lang::Zh.messages(as_it_came);

/// The app's words in English.
pub static EN: Messages = Lang::En.messages(as_it_came);

/// The app's words in a language.
#[must_use]
pub fn words_of(lang: Lang) -> &'static Messages {
    match lang {
        Lang::Zh => &ZH,
        Lang::En => &EN,
    }
}

/// Only a browser writes a moment as its reader does; see [`always`].
fn as_it_came(_tag: &str, at: &Timestamp) -> String {
    at.0.clone()
}

/// Why nobody is signed in any more.
#[must_use]
pub fn ended(t: &Messages, why: SessionEnd) -> Cow<'static, str> {
    t.refusal(&Refusal::SessionEnded { why })
}

/// What is said in place of a reply.
#[must_use]
pub fn trouble(t: &Messages, trouble: Trouble) -> Cow<'static, str> {
    t.problem(&Problem::Trouble(trouble))
}

/// What a sentence says whatever stands in its hole: all before it, or what follows where it begins
/// with one.
#[must_use]
pub fn always<H: Hole, S: AsRef<str>>(sentence: impl Fn(H) -> S) -> String {
    let [one, other] = H::two().map(sentence);
    let (one, other) = (one.as_ref(), other.as_ref());
    let mut before = one.len();
    while !other.starts_with(&one[..before]) {
        before = one.floor_char_boundary(before - 1);
    }
    let mut behind = 0;
    while !other.ends_with(&one[behind..]) {
        behind = one.ceil_char_boundary(behind + 1);
    }
    let said = [&one[..before], &one[behind..]].map(str::trim);
    let said = said.into_iter().find(|part| !part.is_empty());
    said.unwrap_or_else(|| panic!("`{one}` and `{other}` have nothing in common")).to_owned()
}

/// What may stand in a hole of a sentence.
pub trait Hole: Sized {
    /// Two that have no sign in common, and are both more than one thing.
    fn two() -> [Self; 2];
}

impl Hole for u32 {
    fn two() -> [Self; 2] {
        [2, 3]
    }
}

impl Hole for &'static str {
    fn two() -> [Self; 2] {
        ["2", "3"]
    }
}

impl Hole for Timestamp {
    fn two() -> [Self; 2] {
        <&str>::two().map(|at| Self(at.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{EN, ZH, always};
    use contract::refusal::Refusal;

    #[test]
    fn what_a_sentence_always_says_is_found_in_every_one() {
        for t in [&ZH, &EN] {
            let wrong = always(|left| t.refusal(&Refusal::CodeWrong { left }));
            assert!(t.refusal(&Refusal::CodeWrong { left: 4 }).contains(&wrong), "{wrong}");
            assert!(!t.refusal(&Refusal::PasswordWrong { left: 4 }).contains(&wrong), "{wrong}");
            let again = always(t.common().resend_in);
            assert!((t.common().resend_in)(59).contains(&again), "{again}");
            let lost = always(t.cancel().benefits);
            assert!((t.cancel().benefits)(300).contains(&lost), "{lost}");
        }
    }
}
