//! WeChat: what makes the text of a QR, and who tells us that one was scanned.
//!
//! Behind this door stands the operator's Official Account, or in the demo a page that plays the
//! phone. Either way an [`Identity`] is made here alone, from what WeChat told us over a connection
//! of our own and never from a body of a client (QR-06).

use crate::clock::Moment;
use crate::demo;
use crate::gateway::sms::{Inbox, Letter, Unsent};
use crate::secret;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Consents the stand-in remembers; a phone that comes back later scans again.
const CONSENTS: usize = 2000;

/// What a QR shows: 128 random bits, good once (QR-01). It is never printed; only its hash is kept.
pub(crate) struct Scene(String);

impl Scene {
    /// A new one.
    pub(crate) fn new() -> Self {
        Self(secret::id())
    }

    /// Reads what a QR showed; other texts are no scene of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let good = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        good.then(|| Self(text.to_owned()))
    }

    /// How it is stored.
    pub(crate) fn hash(&self) -> Vec<u8> {
        secret::token_hash(&self.0)
    }
}

/// Who held the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The identity at its provider: what accounts are compared by (QR-08).
    pub(crate) id: String,
    /// What it calls itself; shown, never compared.
    pub(crate) nickname: String,
    /// Whether it is a visitor's, made up by WeChat for a page it shows as a snapshot.
    pub(crate) snapshot: bool,
}

/// Why there is no QR; the text is for the log.
#[derive(Debug)]
pub(crate) struct NoQr(pub(crate) String);

/// The door to WeChat. Clones are the same door.
#[derive(Clone)]
pub(crate) struct Wechat(Door);

#[derive(Clone)]
enum Door {
    /// The demo's phone, and the inbox that plays everybody's.
    StandIn(StandIn, Inbox),
    /// No Official Account is configured.
    Shut,
}

impl Wechat {
    /// The demo's phone.
    pub(crate) fn stand_in(phone: StandIn, inbox: Inbox) -> Self {
        Self(Door::StandIn(phone, inbox))
    }

    /// No WeChat at all: every scan fails at once, everything else works (EX-02).
    pub(crate) fn shut() -> Self {
        Self(Door::Shut)
    }

    /// Makes the text of a QR that leads to us with this scene. Called outside every transaction.
    ///
    /// The Official Account's own client belongs here: it asks for a temporary ticket with the
    /// scene as its text and answers the ticket's `url`, within three seconds and without a second
    /// try (QR-17).
    pub(crate) async fn qr(&self, scene: &Scene) -> Result<String, NoQr> {
        match &self.0 {
            Door::StandIn(phone, _) => Ok(phone.link(scene)),
            Door::Shut => Err(NoQr("no Official Account is configured".to_owned())),
        }
    }

    /// Hands over a notice to whom we know by an identity. A shut door reaches nobody, however often
    /// it is tried; whoever is told by WeChat is told by SMS too.
    pub(crate) fn tell(&self, letter: &Letter, now: Moment) -> Result<(), Unsent> {
        match &self.0 {
            Door::StandIn(_, inbox) => inbox.push(letter, now),
            Door::Shut => tracing::warn!(notice = %letter.id, "no Official Account is configured"),
        }
        Ok(())
    }
}

/// The demo's phone: whose it is, and the consents it is asked for.
#[derive(Clone, Default)]
pub(crate) struct StandIn(Arc<Memory>);

#[derive(Default)]
struct Memory {
    /// Where people reach this server.
    origin: OnceLock<String>,
    consents: Mutex<VecDeque<(String, Consent)>>,
    /// The text of the QR that was made last, wherever it is shown.
    latest: Mutex<Option<String>>,
}

/// A page on the phone that waits for yes or no.
#[derive(Clone)]
pub(crate) struct Consent {
    /// What the QR showed, hashed.
    pub(crate) scene: Vec<u8>,
    /// Who holds the phone.
    pub(crate) who: Identity,
}

impl StandIn {
    /// Says where people reach this server; the first word counts.
    pub(crate) fn stands_at(&self, origin: &str) {
        let _ = self.0.origin.set(origin.to_owned());
    }

    fn link(&self, scene: &Scene) -> String {
        let origin = self.0.origin.get().map_or("", String::as_str);
        let link = format!("{origin}/dev/wechat?scene={}", scene.0);
        *self.0.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(link.clone());
        link
    }

    /// What a camera over this computer's screen would read: the demo is played without one.
    pub(crate) fn latest(&self) -> Option<String> {
        self.0.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The scene in the text of a QR, or pasted alone.
    pub(crate) fn scene_of(text: &str) -> Option<Scene> {
        let text = text.trim();
        let scene = text.split_once("scene=").map_or(text, |(_, scene)| scene);
        Scene::parse(scene.split(['&', '#']).next().unwrap_or_default())
    }

    /// One of the demo's WeChats.
    pub(crate) fn identity(id: &str) -> Option<Identity> {
        demo::WECHATS.into_iter().find(|(known, _)| *known == id).map(|(id, nickname)| Identity {
            id: id.to_owned(),
            nickname: nickname.to_owned(),
            snapshot: id == demo::VISITOR,
        })
    }

    /// Opens the page that asks for consent; answers its id.
    pub(crate) fn ask(&self, consent: Consent) -> String {
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

    /// What such a page asked for.
    pub(crate) fn asked(&self, id: &str) -> Option<Consent> {
        let consents = self.0.consents.lock().unwrap_or_else(PoisonError::into_inner);
        consents.iter().find(|(known, _)| known == id).map(|(_, consent)| consent.clone())
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.0.consents.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.0.latest.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{Inbox, Scene, StandIn, Wechat};

    #[tokio::test]
    async fn qr_01_a_qr_leads_to_our_own_origin_with_a_scene_that_never_repeats() {
        let phone = StandIn::default();
        phone.stands_at("http://127.0.0.1:8080");
        phone.stands_at("http://elsewhere.example");
        let (first, second) = (Scene::new(), Scene::new());
        let door = Wechat::stand_in(phone, Inbox::default());
        let text = door.qr(&first).await.expect("a QR");
        assert!(text.starts_with("http://127.0.0.1:8080/dev/wechat?scene="), "{text}");
        let read = StandIn::scene_of(&text).expect("a scene");
        assert_eq!(read.hash(), first.hash());
        assert_ne!(first.hash(), second.hash());
        assert_eq!(first.0.len(), 32, "128 bits in hexadecimal");
        assert!(StandIn::scene_of(&format!(" {} ", first.0)).is_some(), "pasted alone");
        for text in ["", "scene=", "https://x/?scene=1", &"g".repeat(32), &first.0[1..]] {
            assert!(StandIn::scene_of(text).is_none(), "{text}");
        }
    }

    #[tokio::test]
    async fn ex_02_without_wechat_there_is_no_qr() {
        assert!(Wechat::shut().qr(&Scene::new()).await.is_err());
    }
}
