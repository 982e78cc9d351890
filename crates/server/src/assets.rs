//! The built app, served as files: precompressed where a `.br` or `.gz` lies beside a file, with
//! ETag, hashed files for a year. A missing file is 404; a path without an extension is a screen
//! of the app and gets the page that is painted until the app has arrived, or `index.html`.
//!
//! Pages are asked for again each time and named by their content: a build may give all files one
//! time, and then two releases, or two languages, of equal length would pass for each other under
//! the file service's tags. A few kilobytes each, they are hashed as they are read, so that a page
//! replaced on the disk is never told by the tag of the one before.

use crate::problem::Problem;
use crate::{extract, secret, shell};
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
use std::path::Path;
use std::pin::Pin;
use tower::{ServiceExt, service_fn};
use tower_http::services::{ServeDir, ServeFile};

/// Hashed names live here: the content of a name never changes.
const IMMUTABLE: &str = "/assets/";

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// Answers everything that no route answers.
pub(crate) fn service(
    dist: Option<&Path>,
) -> impl tower::Service<Request, Response = Response<Body>, Error = Infallible, Future = Answer>
+ Clone
+ Send
+ Sync
+ 'static {
    let files = dist.map(|dist| {
        let folder = ServeDir::new(dist).append_index_html_on_directories(false);
        let index = ServeFile::new(dist.join("index.html"));
        (folder.precompressed_br().precompressed_gzip(), index.precompressed_br().precompressed_gzip())
    });
    service_fn(move |request: Request| -> Answer {
        let files = files.clone();
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let has_extension = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
            // Hashed files always have one; the shell must not be kept for a year under such a name.
            let is_there =
                is_file(&path) && is_nameable(&path) && (has_extension || !path.starts_with(IMMUTABLE));
            let Some((folder, index)) = files.filter(|_| is_there) else {
                return Ok(Problem::from(Refusal::NotFound).into_response());
            };
            if !matches!(*request.method(), Method::GET | Method::HEAD) {
                let mut response = Problem::malformed(StatusCode::METHOD_NOT_ALLOWED).into_response();
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
                return Ok(response);
            }
            if has_extension && !path.ends_with(".html") {
                return Ok(answer(folder.oneshot(request).await, &path));
            }
            let (asked, _) = request.into_parts();
            let itself = whole(&asked, asked.uri.clone());
            if has_extension {
                return Ok(page(answer(folder.oneshot(itself).await, &path), &asked).await);
            }
            if let Some(file) = shell::file(&asked.uri, &asked.headers) {
                let mut response = answer(folder.oneshot(whole(&asked, file)).await, &path);
                // Trunk's own output, which `cargo xtask dev` serves, has none.
                if response.status() != StatusCode::NOT_FOUND {
                    response.headers_mut().insert(header::VARY, HeaderValue::from_static(shell::VARY));
                    return Ok(page(response, &asked).await);
                }
            }
            Ok(page(answer(index.oneshot(itself).await, &path), &asked).await)
        })
    })
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
    for of_the_file in [header::LAST_MODIFIED, header::ACCEPT_RANGES] {
        headers.remove(of_the_file);
    }
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
    use super::is_file;

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
