//! Stands in for the crate `wasm-streams`, as far as Leptos names it.
//!
//! Leptos brings server functions along, which this app has none of, and they bring streams. What
//! those export to JavaScript no linker can leave out: 5 kB of a first visit that nothing ever
//! calls. Cargo.toml puts this in their place.

use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};
use wasm_bindgen::JsValue;

/// A stream of the browser.
#[derive(Debug)]
pub struct ReadableStream {
    raw: web_sys::ReadableStream,
}

/// What comes out of it here: nothing.
#[derive(Debug)]
pub struct IntoStream;

impl ReadableStream {
    /// Wraps it.
    #[must_use]
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self { raw }
    }

    /// Would make one.
    ///
    /// # Panics
    /// Always: only a server function would send one.
    pub fn from_stream<S>(_: S) -> Self
    where
        S: Stream<Item = Result<JsValue, JsValue>> + 'static,
    {
        panic!("there are no server functions")
    }

    /// Unwraps it.
    #[must_use]
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.raw
    }

    /// Would read it.
    #[must_use]
    pub fn into_stream(self) -> IntoStream {
        IntoStream
    }
}

impl Stream for IntoStream {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}
