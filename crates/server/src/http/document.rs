//! The policy of the legal texts: pages without scripts, which a browser shows in a tab, and the app in a frame of its
//! own where there are no tabs (WEB-01).

use axum::http::{HeaderName, HeaderValue, Response, header};

const HEADERS: [(HeaderName, &str); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self'",
    ),
    (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
];

/// Lets the app show a text in place. A 304 too: its headers take the place of those in the browser's cache.
pub(crate) fn framed<B>(mut text: Response<B>) -> Response<B> {
    if !(text.status().is_client_error() || text.status().is_server_error()) {
        text.headers_mut().extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    }
    text
}
