//! WeChat: makes the content of QRs, and hands notices over.
//!
//! Behind this gateway is the operator's Official Account (*planned*), or in the demo a page that plays the
//! phone.

use crate::clock::Moment;
use crate::domain::message::Message;
use crate::domain::scan::Scene;
use crate::gateway::sms::Unsent;
use crate::gateway::stand_in::{DemoPhone, Inbox};

/// Why there is no QR; the text is for the log.
#[derive(Debug)]
pub(crate) struct NoQr(pub(crate) String);

/// The gateway to WeChat. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Wechat(Backend);

#[derive(Clone)]
enum Backend {
    /// The demo's phone, and the inbox that plays everybody's.
    StandIn(DemoPhone, Inbox),
    /// No Official Account is configured.
    Closed,
}

impl Wechat {
    /// The demo's phone.
    pub(crate) fn stand_in(phone: DemoPhone, inbox: Inbox) -> Self {
        Self(Backend::StandIn(phone, inbox))
    }

    /// No WeChat: every scan fails at once, everything else works (EX-02).
    pub(crate) fn closed() -> Self {
        Self(Backend::Closed)
    }

    /// Makes the content of a QR with this scene. Called outside every transaction.
    ///
    /// *Planned*: the client of an Official Account asks for a temporary ticket with the scene as its text and
    /// answers the ticket's `url`, within three seconds and without a second try (QR-17).
    pub(crate) async fn qr(&self, scene: &Scene) -> Result<String, NoQr> {
        match &self.0 {
            Backend::StandIn(phone, _) => Ok(phone.link(scene)),
            Backend::Closed => Err(NoQr("no Official Account is configured".to_owned())),
        }
    }

    /// Hands over a notice to a WeChat identity. Without an Official Account the notice is dropped: it would
    /// never arrive, and its recipient gets the same one by SMS.
    pub(crate) fn send(&self, message: &Message, now: Moment) -> Result<(), Unsent> {
        match &self.0 {
            Backend::StandIn(_, inbox) => inbox.push(message, now),
            Backend::Closed => tracing::warn!(notice = %message.id, "no Official Account is configured"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{DemoPhone, Inbox, Scene, Wechat};

    #[tokio::test]
    async fn qr_01_a_qr_leads_to_our_origin_with_a_new_scene_each_time() {
        let phone = DemoPhone::default();
        phone.set_origin("http://127.0.0.1:8080");
        phone.set_origin("http://elsewhere.example");
        let (first, second) = (Scene::new(), Scene::new());
        let gateway = Wechat::stand_in(phone, Inbox::default());
        let text = gateway.qr(&first).await.expect("a QR");
        assert!(text.starts_with("http://127.0.0.1:8080/dev/wechat?scene="), "{text}");
        let read = DemoPhone::scene_of(&text).expect("a scene");
        assert_eq!(read.hash(), first.hash());
        assert_ne!(first.hash(), second.hash());
        assert_eq!(first.as_str().len(), 32, "128 bits in hexadecimal");
        assert!(DemoPhone::scene_of(&format!(" {} ", first.as_str())).is_some(), "pasted alone");
        for text in ["", "scene=", "https://x/?scene=1", &"g".repeat(32), &first.as_str()[1..]] {
            assert!(DemoPhone::scene_of(text).is_none(), "{text}");
        }
    }

    #[tokio::test]
    async fn ex_02_without_wechat_there_is_no_qr() {
        assert!(Wechat::closed().qr(&Scene::new()).await.is_err());
    }
}
