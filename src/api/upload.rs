//! Uploading a picture.

use super::{Api, CLIENT, problem, trouble};
use crate::browser::picture::Cut;
use crate::browser::post::Transfer;
use contract::avatar::Uploaded;
use contract::me::SHOWN_ACCOUNT;
use contract::problem::{Problem, Trouble};
use leptos::prelude::*;

/// A file on its way, or none.
#[derive(Clone, Copy)]
pub(crate) struct Upload {
    /// How much of it is there, up to 1.
    part: RwSignal<Option<f64>>,
    sending: StoredValue<Option<Transfer>, LocalStorage>,
}

impl Upload {
    pub(crate) fn new() -> Self {
        let upload = Self { part: RwSignal::new(None), sending: StoredValue::new_local(None) };
        on_cleanup(move || upload.stop());
        upload
    }

    /// How much of it is there, up to 1, while it is on its way.
    pub(crate) fn part(self) -> Option<f64> {
        self.part.get()
    }

    /// Calls it off.
    pub(crate) fn stop(self) {
        if let Some(Some(sending)) = self.sending.try_update_value(Option::take) {
            sending.stop();
        }
    }
}

impl Api {
    /// Uploads a picture; nothing where it was called off.
    ///
    /// # Errors
    /// The server's refusal, or the trouble that kept its answer away.
    pub(crate) async fn upload(self, cut: &Cut, upload: Upload) -> Result<Option<Uploaded>, Problem> {
        let Some(sending) = Transfer::new() else { return Err(trouble(Trouble::Unreadable)) };
        upload.part.set(Some(0.0));
        upload.sending.set_value(Some(sending.clone()));
        let generation = self.session.generation();
        let account = self.session.shown().unwrap_or_default();
        let headers = [("X-Client", CLIENT), (SHOWN_ACCOUNT, &account)];
        let moved = move |part| {
            let _gone = upload.part.try_set(Some(part));
        };
        let answer = sending.post(&cut.address, &headers, &cut.file, moved).await;
        let was_stopped = upload.sending.try_update_value(Option::take).flatten().is_none();
        let _gone = upload.part.try_set(None);
        match answer {
            _ if was_stopped => Ok(None),
            None => Err(self.unanswered()),
            Some((200..300, text)) => json::read(&text).map(Some).ok_or(trouble(Trouble::Unreadable)),
            Some((status, text)) => {
                let problem = problem(status, &text);
                self.notice_end(generation, &problem);
                Err(problem)
            }
        }
    }
}
