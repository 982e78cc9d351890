//! The built app, served as files: precompressed where a `.br` or `.gz` lies beside a file, with
//! ETag, hashed files for a year. A missing file is 404; a path without an extension is a screen
//! of the app and gets the page that is painted until the app has arrived, or `index.html`.

use crate::problem::Problem;
use crate::shell;
use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::response::IntoResponse;
use contract::refusal::Refusal;
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
            if has_extension {
                return Ok(answer(folder.oneshot(request).await, &path));
            }
            if let Some(shell) = shell::request(&request) {
                let mut response = answer(folder.oneshot(shell).await, &path);
                // Trunk's own output, which `cargo xtask dev` serves, has none.
                if response.status() != StatusCode::NOT_FOUND {
                    shell::dress(&mut response);
                    return Ok(response);
                }
            }
            Ok(answer(index.oneshot(request).await, &path))
        })
    })
}

/// Whether a path is one of the app's and not one of the API, the stand-ins or the probes.
pub(crate) fn is_file(path: &str) -> bool {
    let reserved = ["/api", "/service", "/dev", "/healthz", "/readyz"];
    !reserved
        .iter()
        .any(|root| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
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
        for path in ["/api", "/api/v1/me", "/dev/inbox", "/service/v1/x", "/healthz"] {
            assert!(!is_file(path), "{path}");
        }
    }
}
