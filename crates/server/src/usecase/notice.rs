//! The notice that is agreed to before an account is canceled (C2).

use crate::secret;
use contract::refusal::Refusal;
use std::sync::LazyLock;
use words::Lang;

/// The page of the notice in a language (C2).
pub(crate) fn page(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => include_str!("../notice/cancel.zh-CN.html"),
        Lang::En => include_str!("../notice/cancel.en.html"),
    }
}

/// All languages are one text: changing any word creates a new version.
static NOTICE_VERSION: LazyLock<String> = LazyLock::new(|| {
    let text: String = Lang::ALL.iter().map(|lang| page(*lang)).collect();
    secret::digest(text.as_bytes())
});

/// The version of the present notice.
pub(crate) fn version() -> &'static str {
    &NOTICE_VERSION
}

/// Refuses any version of the notice but the present one (C2).
pub(crate) fn must_be_present(read: Option<&str>) -> Result<(), Refusal> {
    if read == Some(version()) { Ok(()) } else { Err(Refusal::NoticeNotRead) }
}

#[cfg(test)]
mod tests {
    use super::page;
    use contract::limits::REST_HOURS;
    use words::Lang;

    #[test]
    fn c2_p7_the_notice_states_how_long_the_number_rests() {
        let hours = |lang| match lang {
            Lang::Zh => format!("{REST_HOURS} 小时"),
            Lang::En => format!("{REST_HOURS} hours"),
        };
        for &lang in Lang::ALL {
            // Every number of hours is this one.
            let (page, rest) = (page(lang), hours(lang));
            let (_, unit) = rest.split_once(' ').expect("a number and a unit");
            assert_eq!((page.matches(unit).count(), page.matches(&rest).count()), (2, 2), "{lang:?}");
        }
    }
}
