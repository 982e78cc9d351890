//! Protection from links on other sites that change what this device is (V8).
//!
//! An address can make a browser a shared device (`surface=kiosk`), or one of a host app (`host_code`). It
//! takes effect if a person types it or the host's own app opens it. Whoever followed a link on another site
//! is asked first, and a host code in such a link has no effect unless the operator lists that site. Browsers
//! send where a navigation comes from (`Sec-Fetch-Site`); old ones at most send the page (`Referer`).

use crate::config::{Config, plain_host};
use crate::http::cookie;
use crate::http::header::host_of;
use crate::http::{first_paint, header};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header as name};
use contract::sign_in::SHARED_COOKIE;
use std::sync::Arc;
use words::Lang;

/// Query parameters that change the device.
const SURFACE: &str = "surface";
const HOST_CODE: &str = "host_code";

/// The pages that ask whether this is a shared device.
const ZH: &str = include_str!("arrival/shared.zh-CN.html");
const EN: &str = include_str!("arrival/shared.en.html");

/// The operator's settings for arrivals.
#[derive(Clone)]
pub(crate) struct Arrivals {
    kiosk_hosts: Arc<[String]>,
    /// Origins of host apps' own pages.
    referrers: Arc<[String]>,
}

impl Arrivals {
    pub(crate) fn new(config: &Config) -> Self {
        let referrers = config.hosts.iter().flat_map(|host| host.referrers.iter().cloned());
        Self { kiosk_hosts: config.kiosk_hosts.clone().into(), referrers: referrers.collect() }
    }

    /// The answer in place of a screen, if the address comes from another site and would change the device.
    pub(crate) fn instead(&self, asked: &Parts) -> Option<Response<Body>> {
        if !is_from_elsewhere(&asked.uri, &asked.headers) {
            return None;
        }
        let surface = value(&asked.uri, SURFACE);
        if value(&asked.uri, HOST_CODE).is_some() && !self.is_known(&asked.headers) {
            return Some(again(&without(&asked.uri, HOST_CODE)));
        }
        match surface.as_deref() {
            None => None,
            Some("kiosk") if self.is_shared(asked) => None,
            Some("kiosk") => Some(question(asked)),
            // A link does not turn a shared device into another.
            Some(_) => Some(again(&without(&asked.uri, SURFACE))),
        }
    }

    /// The cookie that marks a shared device, for every page of a kiosk host; scripts read it.
    pub(crate) fn cookie(&self, asked: &Parts) -> Option<HeaderValue> {
        let is_kiosk = header::is_for(&self.kiosk_hosts, &asked.uri, &asked.headers);
        let text = format!("{SHARED_COOKIE}=1; Path=/; Secure; SameSite=Lax");
        if is_kiosk { HeaderValue::try_from(text).ok() } else { None }
    }

    /// Whether the page is for a shared device, or makes this one.
    pub(crate) fn is_for_shared(&self, asked: &Parts) -> bool {
        self.is_shared(asked) || value(&asked.uri, SURFACE).as_deref() == Some("kiosk")
    }

    fn is_shared(&self, asked: &Parts) -> bool {
        self.cookie(asked).is_some() || cookie::is_shared(&asked.headers)
    }

    /// Whether the referring page belongs to a host app.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        referrer(headers).is_some_and(|origin| self.referrers.contains(&origin))
    }
}

/// Whether a navigation started on another site, or on another origin of this one.
fn is_from_elsewhere(uri: &Uri, headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site != "same-origin" && site != "none",
        None => referrer(headers).is_some_and(|origin| {
            let host = origin.split_once("://").map(|(_, host)| plain_host(host));
            host != host_of(uri, headers)
        }),
    }
}

/// The origin of the referring page, if the browser sends it.
fn referrer(headers: &HeaderMap) -> Option<String> {
    let page: Uri = header::ascii(headers.get(name::REFERER)?.as_bytes())?.parse().ok()?;
    Some(format!("{}://{}", page.scheme_str()?, page.authority()?.as_str().to_ascii_lowercase()))
}

/// The value of a query parameter, by its decoded name, as a script would read it.
pub(crate) fn value(uri: &Uri, name: &str) -> Option<String> {
    let mut pairs = uri.query().unwrap_or_default().split('&');
    pairs.find_map(|pair| {
        let (found, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(found) == name).then(|| decoded(value))
    })
}

/// The path with its query, without one parameter.
fn without(uri: &Uri, name: &str) -> String {
    let pairs = uri.query().unwrap_or_default().split('&');
    let kept: Vec<&str> = pairs
        .filter(|pair| {
            !pair.is_empty() && decoded(pair.split_once('=').map_or(*pair, |(found, _)| found)) != name
        })
        .collect();
    if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) }
}

/// Decodes like browsers (URL Standard, *urlencoded parsing*): an invalid escape stays as it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut read, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                read.push((high * 16 + low) as u8);
                at += 3;
            }
            (b'+', ..) => {
                read.push(b' ');
                at += 1;
            }
            _ => {
                read.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// Redirects to the same screen, by an address that changes nothing.
fn again(place: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(name::LOCATION, place);
    }
    response
}

/// Asks whether this is a shared device; both answers are links to this server.
fn question(asked: &Parts) -> Response<Body> {
    let text = match first_paint::lang(&asked.uri, &asked.headers) {
        Lang::Zh => ZH,
        Lang::En => EN,
    };
    let yes = asked.uri.path_and_query().map_or("/", |whole| whole.as_str());
    let host = host_of(&asked.uri, &asked.headers).unwrap_or_default();
    let text = text
        .replace("{yes}", &escape(yes))
        .replace("{no}", &escape(&without(&asked.uri, SURFACE)))
        .replace("{host}", &escape(&host));
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(name::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(name::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Escapes a text for an attribute or an element of HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{decoded, is_from_elsewhere, value, without};
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};

    fn uri(text: &'static str) -> Uri {
        Uri::from_static(text)
    }

    #[test]
    fn v8_where_a_navigation_comes_from() {
        for (headers, expected) in [
            (&[][..], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "same-site")], true),
            // Browsers without `Sec-Fetch-Site`.
            (&[("referer", "https://account.example/devices")], false),
            (&[("referer", "https://ACCOUNT.example:443/")], false),
            (&[("referer", "https://evil.example/")], true),
            (&[("referer", "about:blank")], false),
            // `Sec-Fetch-Site` takes precedence over `Referer`.
            (&[("sec-fetch-site", "cross-site"), ("referer", "https://account.example/")], true),
        ] {
            let mut map = HeaderMap::new();
            map.insert("host", HeaderValue::from_static("account.example"));
            for (name, value) in headers {
                map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(is_from_elsewhere(&uri("/"), &map), expected, "{headers:?}");
        }
    }

    #[test]
    fn v8_an_address_is_read_as_a_script_reads_it() {
        for (address, found) in [
            ("/?surface=kiosk", Some("kiosk")),
            ("/?a=1&surface=kiosk&surface=web", Some("kiosk")),
            ("/?%73urface=%6biosk", Some("kiosk")),
            ("/?surface", Some("")),
            ("/?xsurface=kiosk", None),
            ("/", None),
        ] {
            assert_eq!(value(&uri(address), "surface").as_deref(), found, "{address}");
        }
        for (address, rest) in [
            ("/phone?surface=kiosk", "/phone"),
            ("/?a=1&%73urface=x&b=%26", "/?a=1&b=%26"),
            ("/?surface=a&surface=b", "/"),
        ] {
            assert_eq!(without(&uri(address), "surface"), rest, "{address}");
        }
        assert_eq!(decoded("a%zz%4+%E6%9E%97"), "a%zz%4 \u{6797}");
    }
}
