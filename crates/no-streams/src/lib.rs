//! Replaces the crate `wasm-streams` with the few items that Leptos refers to.
//!
//! Leptos depends on `wasm-streams` for server functions, which this app does not use. Its exports to
//! JavaScript cannot be removed by the linker and cost 5 kB of the first visit (measured when this was
//! made). The workspace's Cargo.toml patches the crate with this one.

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
