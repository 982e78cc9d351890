//! The notice that is agreed to before an account is canceled (C2).

use crate::secret;
use contract::refusal::Refusal;
use std::sync::LazyLock;

/// The notice: the path of each language's page, and the page (C2).
pub(crate) const NOTICES: [(&str, &str); 2] = [
    ("/legal/cancel.zh-CN.html", include_str!("../notice/cancel.zh-CN.html")),
    ("/legal/cancel.en.html", include_str!("../notice/cancel.en.html")),
];

/// Both languages are one text: changing any word creates a new version.
static NOTICE_VERSION: LazyLock<String> =
    LazyLock::new(|| secret::digest(NOTICES.map(|(_, text)| text).concat().as_bytes()));

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
    use super::NOTICES;
    use contract::limits::REST_HOURS;

    #[test]
    fn c2_p7_the_notice_states_how_long_the_number_rests() {
        let [(_, zh), (_, en)] = NOTICES;
        assert!(zh.contains(&format!("{REST_HOURS} 小时")) && en.contains(&format!("{REST_HOURS} hours")));
    }
}
