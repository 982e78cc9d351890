//! The demo's stand-ins for SMS, WeChat and the meeting service. Each keeps what it was given in memory, for the
//! demo's pages.

use crate::clock::Moment;
use crate::domain::message::{Farewell, Message};
use crate::domain::scan::{Identity, Scene};
use crate::secret;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Messages that the inbox keeps.
const INBOX_LENGTH: usize = 2000;
/// Consents that the phone keeps; one that comes back later scans again.
const CONSENTS: usize = 2000;
/// Farewells that the meeting service keeps.
const FAREWELLS: usize = 200;

/// Every SMS to every number, and what WeChat hands on, newest first. Clones are the same inbox.
#[derive(Clone, Default)]
pub(crate) struct Inbox(Arc<Mutex<VecDeque<InboxEntry>>>);

/// A message as the inbox shows it.
#[derive(Clone, Serialize)]
pub(crate) struct InboxEntry {
    /// The full number: this is the phone itself.
    pub(crate) to: String,
    pub(crate) text: String,
    /// The code in the text, absent in notices.
    pub(crate) code: Option<String>,
    /// The purpose of a code, or the topic of a notice.
    pub(crate) purpose: String,
    /// RFC 3339.
    pub(crate) sent_at: String,
}

impl Inbox {
    pub(super) fn push(&self, message: &Message, now: Moment) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_front(InboxEntry {
            to: message.to.clone(),
            text: message.text.clone(),
            code: message.code.clone(),
            purpose: message.purpose.clone(),
            sent_at: now.timestamp().0,
        });
        entries.truncate(INBOX_LENGTH);
    }

    /// Everything, newest first.
    pub(crate) fn entries(&self) -> Vec<InboxEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Deletes everything.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The phone with WeChat. Clones are the same phone.
#[derive(Clone, Default)]
pub(crate) struct DemoPhone(Arc<Memory>);

#[derive(Default)]
struct Memory {
    /// The origin under which people reach this server.
    origin: OnceLock<String>,
    consents: Mutex<VecDeque<(String, PendingConsent)>>,
    /// The content of the QR that was made last, wherever it is shown.
    latest: Mutex<Option<String>>,
}

/// A page on the phone that waits for its owner to allow or refuse.
#[derive(Clone)]
pub(crate) struct PendingConsent {
    /// The hash of the scene.
    pub(crate) scene: Vec<u8>,
    /// Who holds the phone.
    pub(crate) who: Identity,
}

impl DemoPhone {
    /// Sets the origin under which people reach this server; the first call counts.
    pub(crate) fn set_origin(&self, origin: &str) {
        let _ = self.0.origin.set(origin.to_owned());
    }

    /// The content of a QR that leads to the phone's page.
    pub(super) fn link(&self, scene: &Scene) -> String {
        let origin = self.0.origin.get().map_or("", String::as_str);
        let link = format!("{origin}/dev/wechat?scene={}", scene.as_str());
        *self.0.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(link.clone());
        link
    }

    /// The content of the last QR: the demo is played without a camera.
    pub(crate) fn latest(&self) -> Option<String> {
        self.0.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The scene in the content of a QR, or pasted alone.
    pub(crate) fn scene_of(text: &str) -> Option<Scene> {
        let text = text.trim();
        let scene = text.split_once("scene=").map_or(text, |(_, scene)| scene);
        Scene::parse(scene.split(['&', '#']).next().unwrap_or_default())
    }

    /// Opens the page that asks for consent; answers its id.
    pub(crate) fn ask(&self, consent: PendingConsent) -> String {
        let mut consents = self.0.consents.lock().unwrap_or_else(PoisonError::into_inner);
        let known =
            consents.iter().find(|(_, known)| known.scene == consent.scene && known.who == consent.who);
        if let Some((id, _)) = known {
            return id.clone();
        }
        let id = secret::id();
        consents.push_front((id.clone(), consent));
        consents.truncate(CONSENTS);
        id
    }

    /// The consent of such a page.
    pub(crate) fn asked(&self, id: &str) -> Option<PendingConsent> {
        let consents = self.0.consents.lock().unwrap_or_else(PoisonError::into_inner);
        consents.iter().find(|(known, _)| known == id).map(|(_, consent)| consent.clone())
    }

    /// Forgets everything but the origin.
    pub(crate) fn clear(&self) {
        self.0.consents.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.0.latest.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What the meeting service was asked to forget, newest first. Clones are the same list.
#[derive(Clone, Default)]
pub(crate) struct Farewells(Arc<Mutex<VecDeque<Farewell>>>);

impl Farewells {
    pub(super) fn push(&self, farewell: Farewell) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(farewell);
        kept.truncate(FAREWELLS);
    }

    /// Everything, newest first.
    pub(crate) fn all(&self) -> Vec<Farewell> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Deletes everything.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
