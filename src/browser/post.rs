//! Uploads a file by XMLHttpRequest, which reports upload progress; `fetch` does not. It can also be
//! canceled.

use crate::one_shot::OneShot;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

/// Timeout of an upload in milliseconds; that of the server is shorter.
const PATIENCE: u32 = 40_000;

/// An upload.
#[derive(Clone)]
pub(crate) struct Transfer(XmlHttpRequest);

impl Transfer {
    /// Prepares an upload; `None` if the browser cannot create an `XMLHttpRequest`.
    pub(crate) fn new() -> Option<Self> {
        XmlHttpRequest::new().ok().map(Self)
    }

    /// Sends the file and reports the part that was sent, up to 1. Returns status and text of the
    /// answer, or `None` if there was none.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        file: &Blob,
        moved: impl Fn(f64) + 'static,
    ) -> Option<(u16, String)> {
        let Self(request) = self;
        request.open("POST", path).ok()?;
        request.set_timeout(PATIENCE);
        for (name, value) in headers {
            request.set_request_header(name, value).ok()?;
        }
        let over = OneShot::new();
        let done = over.clone();
        // Fires in every case: answered, canceled, timed out, no network.
        let ended = Closure::<dyn Fn()>::new(move || done.complete(()));
        request.set_onloadend(Some(ended.as_ref().unchecked_ref()));
        let moved = Closure::<dyn Fn(_)>::new(move |event: ProgressEvent| {
            if event.length_computable() && event.total() > 0.0 {
                moved(event.loaded() / event.total());
            }
        });
        request.upload().ok()?.set_onprogress(Some(moved.as_ref().unchecked_ref()));
        request.send_with_opt_blob(Some(file)).ok()?;
        over.await;
        let status = request.status().ok().filter(|status| *status > 0)?;
        Some((status, request.response_text().ok().flatten().unwrap_or_default()))
    }

    /// Cancels it.
    pub(crate) fn stop(&self) {
        let _gone = self.0.abort();
    }
}
