//! The built app, served as files: precompressed where a `.br` or `.gz` lies beside a file, with
//! ETag, hashed files for a year. A screen of the app gets the page that is painted until the app has
//! arrived, or `index.html`; each has one path, and every other spelling leads there. What is neither is
//! 404, with the app's page where a person may have mistyped.
//!
//! A part of a file is never answered: the whole one is what RFC 9110 (14.2) allows in its place, and
//! nobody asks for parts of what is so small.
//!
//! Pages are asked for again each time and named by their content: a build may give all files one
//! time, and then two releases, or two languages, of equal length would pass for each other under
//! the file service's tags. A few kilobytes each, they are hashed as they are read, so that a page
//! replaced on the disk is never told by the tag of the one before.

use crate::config::Config;
use crate::http::arrival::Arrivals;
use crate::http::problem::InWords;
use crate::http::{extract, first_paint};
use crate::problem::Problem;
use crate::secret;
use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use contract::refusal::Refusal;
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use tower::{ServiceExt, service_fn};
use tower_http::services::{ServeDir, ServeFile};

/// Hashed names live here: the content of a name never changes.
const IMMUTABLE: &str = "/assets/";

/// A file is read in pieces of so many bytes: who reads slowly holds no more of it in memory.
const FILE_CHUNK: usize = 16 * 1024;

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// Answers everything that no route answers.
pub(crate) fn service(
    config: &Config,
) -> impl tower::Service<Request, Response = Response<Body>, Error = Infallible, Future = Answer>
+ Clone
+ Send
+ Sync
+ 'static {
    let arrivals = Arrivals::new(config);
    let files = config.dist.as_deref().map(|dist| {
        let folder =
            ServeDir::new(dist).append_index_html_on_directories(false).with_buf_chunk_size(FILE_CHUNK);
        let index = ServeFile::new(dist.join("index.html"));
        (folder.precompressed_br().precompressed_gzip(), index.precompressed_br().precompressed_gzip())
    });
    service_fn(move |request: Request| -> Answer {
        let (files, arrivals) = (files.clone(), arrivals.clone());
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let wanted = Wanted::at(&path);
            let Some((folder, index)) = files.filter(|_| wanted != Wanted::Nothing) else {
                return Ok(Problem::from(Refusal::NotFound).into_response());
            };
            if !matches!(*request.method(), Method::GET | Method::HEAD) {
                let mut response =
                    Problem::malformed(StatusCode::METHOD_NOT_ALLOWED.as_u16()).into_response();
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
                return Ok(response);
            }
            let (mut asked, _) = request.into_parts();
            let itself = whole(&asked, asked.uri.clone());
            match wanted {
                Wanted::File => {
                    for part in [header::RANGE, header::IF_RANGE] {
                        asked.headers.remove(part);
                    }
                    let request = Request::from_parts(asked, Body::empty());
                    return Ok(answer(folder.oneshot(request).await, &path));
                }
                Wanted::Text => return Ok(page(answer(folder.oneshot(itself).await, &path), &asked).await),
                Wanted::Other(place, status) => return Ok(elsewhere(place, &asked.uri, status)),
                Wanted::Screen | Wanted::Mistyped | Wanted::Nothing => {}
            }
            // Whatever carries the app obeys what its address says of the surface.
            if let Some(instead) = arrivals.instead(&asked) {
                return Ok(instead);
            }
            let mut app = if wanted == Wanted::Mistyped {
                mistyped(page(answer(index.oneshot(itself).await, &path), &asked).await)
            } else {
                screen(folder, index, &asked).await
            };
            if let Some(cookie) = arrivals.cookie(&asked) {
                app.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(app)
        })
    })
}

/// The page of a screen: the first paint, or the app's own page where the build has none.
async fn screen(folder: ServeDir, index: ServeFile, asked: &Parts) -> Response<Body> {
    let path = asked.uri.path();
    if let Some(file) = first_paint::file(&asked.uri, &asked.headers) {
        let mut response = answer(folder.oneshot(whole(asked, file)).await, path);
        // Trunk's own output, which `cargo xtask dev` serves, has none.
        if response.status() != StatusCode::NOT_FOUND {
            response.headers_mut().insert(header::VARY, HeaderValue::from_static(first_paint::VARY));
            return page(response, asked).await;
        }
    }
    page(answer(index.oneshot(whole(asked, asked.uri.clone())).await, path), asked).await
}

/// What somebody wants who asks for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted<'p> {
    /// A screen of the app.
    Screen,
    /// A file of the build.
    File,
    /// A text that is read without the app.
    Text,
    /// The same as another path has.
    Other(&'p str, StatusCode),
    /// A screen that there is not.
    Mistyped,
    /// None of ours.
    Nothing,
}

impl<'p> Wanted<'p> {
    fn at(path: &'p str) -> Self {
        if !is_file(path) || !is_nameable(path) {
            return Self::Nothing;
        }
        if first_paint::is_screen(path) {
            return Self::Screen;
        }
        match path {
            "/index.html" => return Self::Other("/", StatusCode::PERMANENT_REDIRECT),
            // Password managers lead there (W3C, A Well-Known URL for Changing Passwords).
            "/.well-known/change-password" => return Self::Other("/password", StatusCode::FOUND),
            _ => {}
        }
        let trimmed = path.trim_end_matches('/');
        if first_paint::is_screen(trimmed) {
            return Self::Other(trimmed, StatusCode::PERMANENT_REDIRECT);
        }
        // Names of the build's files are plain; what is encoded is another spelling of one.
        let is_plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.".contains(&b))
            && !path.split('/').skip(1).any(|name| matches!(name, "" | "." | ".."));
        let has_extension = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        match (path.ends_with(".html"), has_extension) {
            // First paints are no pages of their own.
            (true, _) if is_plain && path.starts_with("/legal/") => Self::Text,
            (false, true) if is_plain => Self::File,
            // The shell must not be kept for a year under such a name.
            _ if path.starts_with(IMMUTABLE) => Self::Nothing,
            _ => Self::Mistyped,
        }
    }
}

/// Leads to another path of ours, with what stood behind the `?`.
fn elsewhere(place: &str, asked: &Uri, status: StatusCode) -> Response<Body> {
    let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if let Ok(place) = HeaderValue::try_from(format!("{place}{query}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// The app's page for a screen that there is not: the app says so in words.
fn mistyped(mut page: Response<Body>) -> Response<Body> {
    if page.status() == StatusCode::OK {
        *page.status_mut() = StatusCode::NOT_FOUND;
        page.headers_mut().remove(header::ETAG);
        page.extensions_mut().insert(InWords);
    }
    page
}

/// The request for a page as the file service gets it: no part of the page and no condition, for
/// the service would judge both by its own tag. What is left of the headers is how it may be packed.
fn whole(asked: &Parts, file: Uri) -> Request {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = file;
    for packing in asked.headers.get_all(header::ACCEPT_ENCODING) {
        request.headers_mut().append(header::ACCEPT_ENCODING, packing.clone());
    }
    request
}

/// Answers with the page under the name of its content, or says that the browser has it.
async fn page(response: Response<Body>, asked: &Parts) -> Response<Body> {
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let content = match body.collect().await {
        Ok(content) => content.to_bytes(),
        Err(error) => return Problem::fault(error).into_response(),
    };
    let tag = format!("\"{}\"", secret::digest(&content));
    let headers = &mut parts.headers;
    headers.remove(header::LAST_MODIFIED);
    let is_had = extract::has(&asked.headers, &tag);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    if is_had {
        parts.status = StatusCode::NOT_MODIFIED;
        for of_the_content in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
            headers.remove(of_the_content);
        }
    }
    // The length stays, so that it is told to who asks for the head alone.
    let is_wanted = !is_had && asked.method != Method::HEAD;
    Response::from_parts(parts, if is_wanted { Body::from(content) } else { Body::empty() })
}

/// Whether a path is one of the app's and not one of the API, the pictures, the stand-ins or the probes.
pub(crate) fn is_file(path: &str) -> bool {
    !is_picture(path)
        && !["/api", "/service", "/dev", "/healthz", "/readyz"].iter().any(|root| is_below(path, root))
}

/// Whether a path is one of the pictures, whose handler says for how long they may be kept.
pub(crate) fn is_picture(path: &str) -> bool {
    is_below(path, "/avatars")
}

fn is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a file system could have such a path; a longer one is a fault there, and 404 here.
fn is_nameable(path: &str) -> bool {
    path.len() <= 1024 && path.split('/').all(|name| name.len() <= 255)
}

fn answer<B>(served: Result<Response<B>, Infallible>, path: &str) -> Response<Body>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    match served {
        Ok(response) => dress(response.map(Body::new), path),
        Err(error) => Problem::fault(error).into_response(),
    }
}

/// Adds what the file service does not know: for how long, in which charset.
fn dress(mut response: Response<Body>, path: &str) -> Response<Body> {
    if !response.status().is_success() && response.status() != StatusCode::NOT_MODIFIED {
        return response;
    }
    let headers = response.headers_mut();
    let keep = if path.starts_with(IMMUTABLE) { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.remove(header::ACCEPT_RANGES);
    let with_charset = match headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(b"text/html") => Some("text/html; charset=utf-8"),
        Some(b"text/css") => Some("text/css; charset=utf-8"),
        Some(b"text/javascript") => Some("text/javascript; charset=utf-8"),
        Some(b"application/javascript") => Some("text/javascript; charset=utf-8"),
        _ => None,
    };
    if let Some(with_charset) = with_charset {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(with_charset));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::{Wanted, is_file};
    use axum::http::StatusCode;

    #[test]
    fn b26_b47_every_screen_and_file_has_one_path() {
        let moved = |to| Wanted::Other(to, StatusCode::PERMANENT_REDIRECT);
        for (path, wanted) in [
            ("/", Wanted::Screen),
            ("/phone/verify", Wanted::Screen),
            ("/phone/done", Wanted::Screen),
            ("/enterprise/users", Wanted::Screen),
            ("/phone/verify/", moved("/phone/verify")),
            ("/devices//", moved("/devices")),
            ("/index.html", moved("/")),
            ("/.well-known/change-password", Wanted::Other("/password", StatusCode::FOUND)),
            ("/.well-known/resource-that-should-not-exist", Wanted::Mistyped),
            ("/boot.js", Wanted::File),
            ("/assets/app-1a2b.wasm", Wanted::File),
            ("/legal/terms.en.html", Wanted::Text),
            ("/shell/sign-in.en.html", Wanted::Mistyped),
            ("/nope", Wanted::Mistyped),
            ("/phone/nope", Wanted::Mistyped),
            ("/Phone", Wanted::Mistyped),
            ("//", Wanted::Mistyped),
            ("//readyz", Wanted::Mistyped),
            ("//boot.js", Wanted::Mistyped),
            ("/%62oot.js", Wanted::Mistyped),
            ("/%70hone", Wanted::Mistyped),
            ("/./boot.js", Wanted::Mistyped),
            ("/assets/../boot.js", Wanted::Nothing),
            ("/assets/nope", Wanted::Nothing),
            ("/api/v1/nope", Wanted::Nothing),
            ("/readyz/", Wanted::Nothing),
        ] {
            assert_eq!(Wanted::at(path), wanted, "{path}");
        }
    }

    #[test]
    fn web_07_screens_and_files_are_told_from_the_api() {
        for path in ["/", "/phone/code", "/devices", "/assets/app.wasm", "/apis"] {
            assert!(is_file(path), "{path}");
        }
        for path in
            ["/api", "/api/v1/me", "/dev/inbox", "/service/v1/x", "/healthz", "/avatars", "/avatars/x"]
        {
            assert!(!is_file(path), "{path}");
        }
    }
}
