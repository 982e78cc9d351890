//! Request input for handlers: bodies and queries that match the contract exactly, or a refusal.

use crate::http::header as fields;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::conclude::EffectKey;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Longest JSON body, in bytes; no request of the contract comes near it.
const BODY_LIMIT: usize = 64 * 1024;
/// Up to this length, the rest of a body that is too large is read and thrown away, so that the client gets
/// the answer instead of a broken connection.
const DRAIN_LIMIT: usize = 8 * 1024 * 1024;
/// Time for a body to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// Time for a file to arrive: 5 MB in this time is 1.4 Mbit/s.
const FILE_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest `Idempotency-Key`, in bytes.
const KEY_LENGTH: usize = 64;

/// A JSON request, or a JSON reply.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self(parse(&read(request).await?)?))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response<Body> {
        match serde_json::to_string(&self.0) {
            Ok(body) => json_text(StatusCode::OK, body),
            Err(error) => Problem::fault(error).into_response(),
        }
    }
}

/// An effect: a JSON request with its `Idempotency-Key` (G4).
pub(crate) struct Keyed<T> {
    key: Option<String>,
    /// Hash of path and body: the same key with another request is refused. Keyed, because the body may contain
    /// a password.
    hash: Vec<u8>,
    pub(crate) request: T,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Keyed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let key = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok());
        let key = key.filter(|key| (1..=KEY_LENGTH).contains(&key.len())).map(str::to_owned);
        let path = request.uri().path().to_owned();
        let bytes = read(request).await?;
        let request = parse(&bytes)?;
        let hash = state.key.hash(&["request", &path, &String::from_utf8_lossy(&bytes)]);
        Ok(Self { key, hash, request })
    }
}

impl<T> Keyed<T> {
    /// The key, which has to be the id of the change that the effect concludes.
    pub(crate) fn named<'a>(&'a self, change: &str) -> Result<EffectKey<'a>, Problem> {
        let key = self.key.as_deref().and_then(|key| EffectKey::of(key, &self.hash, change));
        key.ok_or_else(|| Problem::malformed(StatusCode::BAD_REQUEST.as_u16()))
    }

    /// The key of an effect behind the gate, which has to be the id of its grant; none without a grant.
    pub(crate) fn granted<'a>(&'a self, grant: Option<&str>) -> Result<Option<EffectKey<'a>>, Problem> {
        grant.map(|grant| self.named(grant)).transpose()
    }
}

/// The query parameters of an address by name: each at most once, and no others.
pub(crate) fn query<const N: usize>(uri: &Uri, names: [&str; N]) -> Result<[Option<String>; N], Problem> {
    let malformed = || Problem::malformed(StatusCode::BAD_REQUEST.as_u16());
    let mut values = [const { None }; N];
    for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(malformed)?;
        let at = names.iter().position(|known| *known == name).ok_or_else(malformed)?;
        if values[at].replace(decoded(value).ok_or_else(malformed)?).is_some() {
            return Err(malformed());
        }
    }
    Ok(values)
}

/// Decodes percent-encoding (RFC 3986); none if it is invalid.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// A JSON reply of a finished text.
pub(crate) fn json_text(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// Whether the body is declared as JSON, in UTF-8 if a charset is given.
fn is_json(request: &Request) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let Some(value) = value else { return false };
    let mut parts =
        fields::split(value, b';').into_iter().map(|part| fields::trim(part).to_ascii_lowercase());
    // Some clients of services write the charset's old name, or nothing after the semicolon.
    let is_known = |parameter: Vec<u8>| match parameter.strip_prefix(b"charset=") {
        Some(charset) => matches!(charset, b"utf-8" | b"\"utf-8\"" | b"utf8" | b"\"utf8\""),
        None => parameter.is_empty(),
    };
    parts.next().as_deref() == Some(b"application/json") && parts.all(is_known)
}

async fn read(request: Request) -> Result<Bytes, Problem> {
    if !is_json(&request) {
        return Err(Problem::malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE.as_u16()));
    }
    let body = request.into_body();
    match tokio::time::timeout(BODY_TIMEOUT, collect(body)).await {
        Ok(bytes) => bytes,
        Err(_) => Err(Problem::malformed(StatusCode::REQUEST_TIMEOUT.as_u16())),
    }
}

async fn collect(mut body: Body) -> Result<Bytes, Problem> {
    let too_large = || Problem::malformed(StatusCode::PAYLOAD_TOO_LARGE.as_u16());
    if body.size_hint().lower() > DRAIN_LIMIT as u64 {
        return Err(too_large());
    }
    let mut kept = Vec::new();
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::malformed(StatusCode::BAD_REQUEST.as_u16()))?;
        if let Some(data) = frame.data_ref() {
            seen += data.len();
            if seen <= BODY_LIMIT {
                kept.extend_from_slice(data);
            } else if seen > DRAIN_LIMIT {
                break;
            }
        }
    }
    if seen > BODY_LIMIT { Err(too_large()) } else { Ok(kept.into()) }
}

/// Reads a body that is a file: its bytes, or none if there are more than `most`. Before each piece is kept,
/// `room` gets the new length.
pub(crate) async fn file(
    body: &mut Body,
    most: usize,
    mut room: impl FnMut(usize) -> Result<(), Problem>,
) -> Result<Option<Vec<u8>>, Problem> {
    let read = async {
        let mut kept = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Problem::malformed(StatusCode::BAD_REQUEST.as_u16()))?;
            if let Some(data) = frame.data_ref() {
                if kept.len() + data.len() > most {
                    return Ok(None);
                }
                room(kept.len() + data.len())?;
                kept.extend_from_slice(data);
            }
        }
        Ok(Some(kept))
    };
    match tokio::time::timeout(FILE_TIMEOUT, read).await {
        Ok(file) => file,
        Err(_) => Err(Problem::malformed(StatusCode::REQUEST_TIMEOUT.as_u16())),
    }
}

/// Reads the rest of a body and throws it away, if it is not too long, so that the client gets the refusal.
pub(crate) async fn drain(body: &mut Body) {
    if body.size_hint().lower() > DRAIN_LIMIT as u64 {
        return;
    }
    let read = async {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > DRAIN_LIMIT {
                break;
            }
        }
    };
    // The answer is sent in any case.
    let _ = tokio::time::timeout(BODY_TIMEOUT, read).await;
}

/// Whether `If-None-Match` has the tag of a content. Proxies that compress pages make it a weak one, which
/// compares equal here (RFC 9110, 13.1.2).
pub(crate) fn has(headers: &HeaderMap, tag: &str) -> bool {
    let named = fields::list(headers, header::IF_NONE_MATCH);
    named
        .into_iter()
        .any(|named| named == b"*" || named.strip_prefix(b"W/").unwrap_or(named) == tag.as_bytes())
}

/// Parses a JSON body. Unknown fields, duplicate fields and wrong types are the same refusal, by the types of
/// the contract (STP-07, API-06).
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Some clients of services begin with a byte order mark, which RFC 8259 (8.1) allows to ignore.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // serde would accept a list for a struct, its fields in order; the contract has no such form.
    let list = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let parsed = if list { None } else { serde_json::from_slice(bytes).ok() };
    parsed.ok_or_else(|| Problem::malformed(StatusCode::BAD_REQUEST.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::query;
    use axum::http::Uri;

    #[test]
    fn api_06_an_address_carries_what_it_may_and_each_thing_once() {
        let read = |address: &str| query(&address.parse::<Uri>().expect("an address"), ["a", "b"]).ok();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(read("/x"), Some([None, None]));
        assert_eq!(read("/x?b=2&a=1"), Some([text("1"), text("2")]));
        assert_eq!(read("/x?a=%E6%9E%97%26+"), Some([text("\u{6797}&+"), None]));
        assert_eq!(read("/x?a=&b=="), Some([text(""), text("=")]));
        for bad in ["/x?c=1", "/x?a=1&a=1", "/x?a", "/x?a=%", "/x?a=%4", "/x?a=%zz", "/x?a=%ff"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
