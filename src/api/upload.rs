//! Uploading a file: the one exchange that says how far it is and can be called off on its way,
//! which `fetch` cannot.

use super::{Api, CLIENT, problem, trouble};
use crate::browser;
use crate::later::Later;
use contract::avatar::{UPLOAD, Uploaded};
use contract::me::SHOWN_ACCOUNT;
use contract::problem::{Problem, Trouble};
use contract::refusal::Refusal;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

/// After this many milliseconds it is given up; the server gives it up sooner.
const PATIENCE: u32 = 40_000;

/// A file on its way, or none.
#[derive(Clone, Copy)]
pub(crate) struct Upload {
    /// How much of it is there, up to 1.
    part: RwSignal<Option<f64>>,
    request: StoredValue<Option<XmlHttpRequest>, LocalStorage>,
}

impl Upload {
    pub(crate) fn new() -> Self {
        let upload = Self { part: RwSignal::new(None), request: StoredValue::new_local(None) };
        on_cleanup(move || upload.stop());
        upload
    }

    /// How much of it is there, up to 1, while it is on its way.
    pub(crate) fn part(self) -> Option<f64> {
        self.part.get()
    }

    /// Calls it off.
    pub(crate) fn stop(self) {
        if let Some(Some(request)) = self.request.try_update_value(Option::take) {
            let _gone = request.abort();
        }
    }
}

impl Api {
    /// Uploads a picture; nothing where it was called off.
    ///
    /// # Errors
    /// The server's refusal, or the trouble that kept its answer away.
    pub(crate) async fn upload(self, file: &Blob, upload: Upload) -> Result<Option<Uploaded>, Problem> {
        upload.part.set(Some(0.0));
        let answer = self.exchange_file(file, upload).await;
        let was_stopped = upload.request.try_update_value(Option::take).flatten().is_none();
        let _gone = upload.part.try_set(None);
        match answer {
            _ if was_stopped => Ok(None),
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|_| trouble(Trouble::Unreadable)),
            Err(Problem::Refused { refusal: Refusal::SessionEnded { why }, .. }) => {
                self.session.ended(why, self);
                Err(Refusal::SessionEnded { why }.into())
            }
            Err(problem) => Err(problem),
        }
    }

    async fn exchange_file(self, file: &Blob, upload: Upload) -> Result<String, Problem> {
        let lost = |_| trouble(if browser::is_offline() { Trouble::Offline } else { Trouble::Timeout });
        let request = XmlHttpRequest::new().map_err(lost)?;
        upload.request.set_value(Some(request.clone()));
        request.open("POST", UPLOAD).map_err(lost)?;
        request.set_timeout(PATIENCE);
        request.set_request_header("X-Client", CLIENT).map_err(lost)?;
        if let Some(account) = self.session.shown() {
            request.set_request_header(SHOWN_ACCOUNT, &account).map_err(lost)?;
        }
        let over = Later::new();
        let told = over.clone();
        // However it ends: answered, called off, too late, or without a network.
        let ended = Closure::<dyn Fn()>::new(move || told.tell(()));
        request.set_onloadend(Some(ended.as_ref().unchecked_ref()));
        let moved = Closure::<dyn Fn(_)>::new(move |event: ProgressEvent| {
            if event.length_computable() && event.total() > 0.0 {
                let _gone = upload.part.try_set(Some(event.loaded() / event.total()));
            }
        });
        request.upload().map_err(lost)?.set_onprogress(Some(moved.as_ref().unchecked_ref()));
        request.send_with_opt_blob(Some(file)).map_err(lost)?;
        over.await;
        let text = request.response_text().ok().flatten().unwrap_or_default();
        match request.status().unwrap_or_default() {
            0 => Err(lost(wasm_bindgen::JsValue::NULL)),
            200..300 => Ok(text),
            status => Err(problem(status, &text)),
        }
    }
}
