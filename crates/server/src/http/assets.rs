//! Serves the built app as files: precompressed where a `.br` or `.gz` lies beside a file, with an ETag, and
//! cached for a year where names contain a hash. Each screen has one path, to which other spellings redirect;
//! it answers its first paint, or `index.html`. All other paths answer 404, with the app's page where a
//! person may have mistyped the path.
//!
//! Range requests get the whole file, as RFC 9110 (14.2) allows: the files are too small to be read in parts.
//!
//! Pages are revalidated at each request, by an ETag of their content. The file service makes its tags of
//! time and length, and a build may give all files one time, so pages of two releases or languages with equal
//! length would have the same tag. Pages are a few kilobytes and are hashed as they are read, so a page
//! replaced on the disk never has the tag of the one before.

use crate::config::Config;
use crate::http::arrival::Arrivals;
use crate::http::problem::InWords;
use crate::http::{cookie, document, extract, first_paint, header};
use crate::problem::Problem;
use crate::secret::{self, Key};
use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri, header as name};
use axum::response::IntoResponse;
use contract::refusal::Refusal;
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use tower::{ServiceExt, service_fn};
use tower_http::services::{ServeDir, ServeFile};

/// The folder of files with hashed names: the content of a name never changes.
const IMMUTABLE: &str = "/assets/";

/// In the demo, the cookie of a browser that plays the webview of an app (`demo/host`).
pub(crate) const DEMO_HOST_COOKIE: &str = "dev-host";
/// The script that plays that app, before all others of a page.
const DEMO_HOST_SCRIPT: &str = "<script src=\"/dev/host/script.js\"></script>\n    ";

/// Bytes of a file that are read at once, so that a slow client holds no more in memory.
const FILE_CHUNK: usize = 16 * 1024;

type Serving = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// Answers every request that no route takes.
pub(crate) fn service(
    config: &Config,
    key: &Key,
) -> impl tower::Service<Request, Response = Response<Body>, Error = Infallible, Future = Serving>
+ Clone
+ Send
+ Sync
+ 'static {
    let (arrivals, key, is_demo) = (Arrivals::new(config), key.clone(), config.demo);
    let files = config.dist.as_deref().map(|dist| {
        let folder =
            ServeDir::new(dist).append_index_html_on_directories(false).with_buf_chunk_size(FILE_CHUNK);
        let index = ServeFile::new(dist.join("index.html"));
        (folder.precompressed_br().precompressed_gzip(), index.precompressed_br().precompressed_gzip())
    });
    service_fn(move |request: Request| -> Serving {
        let (files, arrivals, key) = (files.clone(), arrivals.clone(), key.clone());
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let wanted = Wanted::at(&path);
            let Some((folder, index)) = files.filter(|_| wanted != Wanted::Nothing) else {
                return Ok(Problem::from(Refusal::NotFound).into_response());
            };
            if !matches!(*request.method(), Method::GET | Method::HEAD) {
                let mut response =
                    Problem::malformed(StatusCode::METHOD_NOT_ALLOWED.as_u16()).into_response();
                response.headers_mut().insert(name::ALLOW, HeaderValue::from_static("GET, HEAD"));
                return Ok(response);
            }
            let (mut asked, _) = request.into_parts();
            let is_played = is_demo && header::cookie(&asked.headers, DEMO_HOST_COOKIE).is_some();
            if is_played {
                // The page will be changed, so it is read unpacked, and whole.
                for name in [name::ACCEPT_ENCODING, name::IF_NONE_MATCH] {
                    asked.headers.remove(name);
                }
            }
            let itself = whole(&asked, asked.uri.clone());
            match wanted {
                Wanted::File => {
                    for part in [name::RANGE, name::IF_RANGE] {
                        asked.headers.remove(part);
                    }
                    let request = Request::from_parts(asked, Body::empty());
                    return Ok(answer(folder.oneshot(request).await, &path));
                }
                Wanted::Text => {
                    let text = page(answer(folder.oneshot(itself).await, &path), &asked).await;
                    return Ok(document::framed(text));
                }
                Wanted::Other(place, status) => return Ok(elsewhere(place, &asked.uri, status)),
                Wanted::Screen | Wanted::Mistyped | Wanted::Nothing => {}
            }
            // A link of another site must not change the surface, whichever path carries the app.
            if let Some(instead) = arrivals.instead(&asked) {
                return Ok(instead);
            }
            let first = cookie::first(&asked.headers, &key, arrivals.is_for_shared(&asked));
            if first.is_some() {
                // A cache between could add the cookie of a 304 to the page that it has for all.
                asked.headers.remove(name::IF_NONE_MATCH);
            }
            let mut app = if wanted == Wanted::Mistyped {
                mistyped(page(answer(index.oneshot(itself).await, &path), &asked).await)
            } else {
                screen(folder, index, &asked, arrivals.is_for_shared(&asked)).await
            };
            if is_played {
                app = in_app(app).await;
            }
            if let Some(cookie) = arrivals.cookie(&asked) {
                app.headers_mut().append(name::SET_COOKIE, cookie);
            }
            if let Some(cookie) = first {
                app.headers_mut().append(name::SET_COOKIE, cookie);
                // No cache between may give it to another.
                let keep = HeaderValue::from_static("private, no-cache");
                app.headers_mut().insert(name::CACHE_CONTROL, keep);
            }
            Ok(app)
        })
    })
}

/// The page of a screen: its first paint, or `index.html` if the build has none.
async fn screen(folder: ServeDir, index: ServeFile, asked: &Parts, is_shared: bool) -> Response<Body> {
    let path = asked.uri.path();
    if let Some(file) = first_paint::file(&asked.uri, &asked.headers, is_shared) {
        let mut response = answer(folder.oneshot(whole(asked, file)).await, path);
        // Trunk's own output, which `cargo xtask dev` serves, has no first paints.
        if response.status() != StatusCode::NOT_FOUND {
            response.headers_mut().insert(name::VARY, HeaderValue::from_static(first_paint::VARY));
            return page(response, asked).await;
        }
    }
    page(answer(index.oneshot(whole(asked, asked.uri.clone())).await, path), asked).await
}

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted<'p> {
    /// A screen of the app.
    Screen,
    /// A file of the build.
    File,
    /// A legal text, read without the app.
    Text,
    /// The same as another path: a redirect.
    Other(&'p str, StatusCode),
    /// A screen that does not exist.
    Mistyped,
    /// Nothing of the app.
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
            // Password managers open it (W3C, A Well-Known URL for Changing Passwords).
            "/.well-known/change-password" => return Self::Other("/password", StatusCode::FOUND),
            _ => {}
        }
        let trimmed = path.trim_end_matches('/');
        if first_paint::is_screen(trimmed) {
            return Self::Other(trimmed, StatusCode::PERMANENT_REDIRECT);
        }
        // The build's file names are plain; an encoded path is another spelling of one.
        let is_plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.".contains(&b))
            && !path.split('/').skip(1).any(|name| matches!(name, "" | "." | ".."));
        let has_extension = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        match (path.ends_with(".html"), has_extension) {
            // First paints are not pages of their own.
            (true, _) if is_plain && path.starts_with("/legal/") => Self::Text,
            (false, true) if is_plain => Self::File,
            // The app's page must not be cached for a year under such a name.
            _ if path.starts_with(IMMUTABLE) => Self::Nothing,
            _ => Self::Mistyped,
        }
    }
}

/// Redirects to another path of the app, with the same query.
fn elsewhere(place: &str, asked: &Uri, status: StatusCode) -> Response<Body> {
    let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if let Ok(place) = HeaderValue::try_from(format!("{place}{query}")) {
        response.headers_mut().insert(name::LOCATION, place);
    }
    response
}

/// The app's page with status 404: the app says in words that there is no such screen.
fn mistyped(mut page: Response<Body>) -> Response<Body> {
    if page.status() == StatusCode::OK {
        *page.status_mut() = StatusCode::NOT_FOUND;
        page.headers_mut().remove(name::ETAG);
        page.extensions_mut().insert(InWords);
    }
    page
}

/// The request for a page as the file service gets it: without ranges and conditions, which the service would
/// judge by its own tag. Of the headers only `Accept-Encoding` is left.
fn whole(asked: &Parts, file: Uri) -> Request {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = file;
    for packing in asked.headers.get_all(name::ACCEPT_ENCODING) {
        request.headers_mut().append(name::ACCEPT_ENCODING, packing.clone());
    }
    request
}

/// Answers with a page and the ETag of its content, or with 304 if the browser has it.
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
    headers.remove(name::LAST_MODIFIED);
    let is_had = extract::has(&asked.headers, &tag);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(name::ETAG, tag);
    }
    if is_had {
        parts.status = StatusCode::NOT_MODIFIED;
        for of_the_content in [name::CONTENT_TYPE, name::CONTENT_LENGTH, name::CONTENT_ENCODING] {
            headers.remove(of_the_content);
        }
    }
    // The length stays, so that a HEAD request gets it.
    let is_wanted = !is_had && asked.method != Method::HEAD;
    Response::from_parts(parts, if is_wanted { Body::from(content) } else { Body::empty() })
}

/// A page with the script of the demo's app before its own.
async fn in_app(page: Response<Body>) -> Response<Body> {
    let (mut parts, body) = page.into_parts();
    let content = match body.collect().await {
        Ok(content) => String::from_utf8_lossy(&content.to_bytes()).replacen(
            "<script",
            &[DEMO_HOST_SCRIPT, "<script"].concat(),
            1,
        ),
        Err(error) => return Problem::fault(error).into_response(),
    };
    for of_the_content in [name::CONTENT_LENGTH, name::ETAG] {
        parts.headers.remove(of_the_content);
    }
    Response::from_parts(parts, Body::from(content))
}

/// Whether a path belongs to the app, and not to the API, the pictures, the stand-ins or the probes.
pub(crate) fn is_file(path: &str) -> bool {
    !is_picture(path)
        && !["/api", "/service", "/dev", "/healthz", "/readyz"].iter().any(|root| is_below(path, root))
}

/// Whether a path belongs to a picture; its handler sets how long it may be cached.
pub(crate) fn is_picture(path: &str) -> bool {
    is_below(path, "/avatars")
}

fn is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a file system could have such a path; a longer one is a fault there, so it answers 404.
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

/// Adds what the file service leaves out: how long a file may be cached, and its charset.
fn dress(mut response: Response<Body>, path: &str) -> Response<Body> {
    if !response.status().is_success() && response.status() != StatusCode::NOT_MODIFIED {
        return response;
    }
    let headers = response.headers_mut();
    let keep = if path.starts_with(IMMUTABLE) { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(name::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(name::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.remove(name::ACCEPT_RANGES);
    let with_charset = match headers.get(name::CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(b"text/html") => Some("text/html; charset=utf-8"),
        Some(b"text/css") => Some("text/css; charset=utf-8"),
        Some(b"text/javascript") => Some("text/javascript; charset=utf-8"),
        Some(b"application/javascript") => Some("text/javascript; charset=utf-8"),
        _ => None,
    };
    if let Some(with_charset) = with_charset {
        headers.insert(name::CONTENT_TYPE, HeaderValue::from_static(with_charset));
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
