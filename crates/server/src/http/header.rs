//! Reads headers byte by byte and part by part.
//!
//! A header is a list of parts by several authors: neighboring pages set cookies, every proxy adds to
//! `X-Forwarded-For`. An unreadable part must not void the others, so no header is read as text as a whole.
//! Only SP and HTAB are space: browsers that protect `__Host-` names do not protect them after other Unicode
//! space.

use crate::config::plain_host;
use axum::http::{HeaderMap, HeaderName, Uri, header};

/// The value of the first cookie with a name whose value is ASCII.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let mut pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).map(trim);
    pairs.find_map(|pair| {
        let value = pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        ascii(value)
    })
}

/// The parts of a list header (RFC 9110, 5.6.1), in order over all its lines, without empty ones. A comma in
/// a quoted string does not split.
pub(crate) fn list(headers: &HeaderMap, name: HeaderName) -> Vec<&[u8]> {
    let lines = headers.get_all(name).into_iter();
    lines.flat_map(|line| split(line.as_bytes(), b',')).map(trim).filter(|part| !part.is_empty()).collect()
}

/// Splits at a byte outside of quotes.
pub(crate) fn split(text: &[u8], at: u8) -> Vec<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|byte| {
        let is_end = *byte == at && !quoted;
        match *byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        is_end
    })
    .collect()
}

/// Removes SP and HTAB at both ends.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let begin = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(begin, |last| last + 1);
    &text[begin..end]
}

/// The bytes as text, if they are ASCII.
pub(crate) fn ascii(bytes: &[u8]) -> Option<&str> {
    if bytes.is_ascii() { std::str::from_utf8(bytes).ok() } else { None }
}

/// The secret of `Authorization: Bearer …`; the scheme is case-insensitive (RFC 9110, 11.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = ascii(headers.get(header::AUTHORIZATION)?.as_bytes())?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim_start_matches(' '))
}

/// The host that a request is for, normalized by [`plain_host`].
pub(crate) fn host_of(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let named = match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(header::HOST).and_then(|host| host.to_str().ok()),
    };
    named.map(plain_host)
}

/// Whether a request is for one of these hosts, which are normalized.
pub(crate) fn is_for(hosts: &[String], uri: &Uri, headers: &HeaderMap) -> bool {
    !hosts.is_empty() && host_of(uri, headers).is_some_and(|host| hosts.contains(&host))
}

#[cfg(test)]
mod tests {
    use super::{bearer, cookie, list};
    use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

    fn headers(name: HeaderName, lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(&name, HeaderValue::from_bytes(line).expect("a value"));
        }
        headers
    }

    #[test]
    fn b46_a_cookie_is_read_whatever_its_neighbors_are() {
        for (lines, found) in [
            (&[&b"a=1"[..]][..], Some("1")),
            (&["nick=\u{6797}\u{6653}; a=1".as_bytes()], Some("1")),
            (&["a=1; nick=\u{6797}".as_bytes()], Some("1")),
            (&[b"x=\xff\xfe;a=1"], Some("1")),
            (&[b"\xff", b"b=2;\ta=1 ; c"], Some("1")),
            (&[b"; ;=;a=;a=2"], Some("")),
            (&[b"a=1=2"], Some("1=2")),
            (&[b"ab=1; ba=1; A=1; a =1"], None),
            // A value that is not ASCII is skipped.
            (&[b"a=\xff; a=1"], Some("1")),
            // Unicode space is part of the name, so this is another cookie.
            (&["\u{a0}a=1".as_bytes()], None),
            (&["\u{3000}a=1; \u{85}a=2".as_bytes()], None),
        ] {
            assert_eq!(cookie(&headers(header::COOKIE, lines), "a"), found, "{lines:?}");
        }
    }

    #[test]
    fn b41_lists_are_read_part_by_part() {
        let name = HeaderName::from_static("x-forwarded-for");
        let read = list(&headers(name.clone(), &[b"a, b\t,,c,", b" \xff , \"d,e\\\",f\",g"]), name)
            .into_iter()
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>();
        assert_eq!(read, [&b"a"[..], b"b", b"c", b"\xff", b"\"d,e\\\",f\"", b"g"]);
    }

    #[test]
    fn b56_bearer_is_bearer_in_any_case() {
        for (value, found) in [
            (&b"Bearer x"[..], Some("x")),
            (b"bearer x", Some("x")),
            (b"BEARER  x", Some("x")),
            (b"Bearerx", None),
            (b"Basic x", None),
            (b"bearer \xff", None),
        ] {
            assert_eq!(bearer(&headers(header::AUTHORIZATION, &[value])), found, "{value:?}");
        }
    }
}
