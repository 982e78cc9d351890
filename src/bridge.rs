//! The bridge to a host app whose webview shows this page, if there is one.
//!
//! The host puts an object into the page's top frame, [`browser::host`]. Only messages through that object are read;
//! messages that a frame or an opener posts to the window are ignored (WV-1). Nothing secret or personal is sent
//! (WV-2), except the link for WeChat, which contains the scan's secret. What the page tells the host, and does for it,
//! is in the part `host` (`screen/hosted`).

use crate::browser::host::{self, HostChannel};
use crate::{browser, parts};
use contract::bridge::{Data, Envelope, MessageKind, OFFERED};
use leptos::prelude::*;

/// Milliseconds between the looks for a host, as some attach their object when the page has begun, and before the code
/// that talks to it is asked for again.
const PAUSES: [u32; 7] = [100, 400, 1_500, 3_000, 8_000, 30_000, 60_000];
/// A host that has not answered for so many milliseconds does not do it; an answer that comes later still counts.
const PATIENCE: u32 = 5_000;

/// The channel to the host; without a host it does nothing.
#[derive(Clone, Copy)]
pub(crate) struct Bridge {
    channel: StoredValue<Option<HostChannel>, LocalStorage>,
    opens_wechat: RwSignal<bool>,
    picks_images: RwSignal<bool>,
    /// The picked file, in base64, until it is taken.
    image: RwSignal<Option<String>>,
    /// What was asked by each message, in the order of their ids; `Unknown` if nothing was, or once it is answered.
    asked: StoredValue<Vec<MessageKind>>,
    /// Whether the host speaks our language.
    is_greeted: RwSignal<bool>,
}

impl Bridge {
    /// Creates the page's only instance. If there is a host, the code that talks to it is fetched.
    pub(crate) fn new() -> Self {
        let bridge = Self {
            channel: StoredValue::new_local(None),
            opens_wechat: RwSignal::new(false),
            picks_images: RwSignal::new(false),
            image: RwSignal::new(None),
            asked: StoredValue::new(Vec::new()),
            is_greeted: RwSignal::new(false),
        };
        let owner = Owner::current();
        leptos::task::spawn_local(async move {
            // Until it comes the app is as in a browser: a QR, and the browser's own picker.
            for pause in PAUSES {
                if host::is_there()
                    && let (Ok(open), Some(owner)) = (parts::bridge().await, &owner)
                {
                    return owner.with(|| open(bridge));
                }
                browser::pause(pause).await;
            }
        });
        bridge
    }

    /// Listens to the host and tells it that the page is ready. `back` goes one step back, and returns whether there
    /// was one.
    pub(crate) fn open(self, back: Box<dyn Fn() -> bool>) {
        let bridge = self;
        let heard = move |text: String| {
            if let Some(envelope) = json::read::<Envelope>(&text)
                && envelope.is_ours()
            {
                if envelope.kind == MessageKind::Back {
                    let data = Data { handled: Some(back()), ..Data::default() };
                    return bridge.post(&Envelope::new(envelope.id, MessageKind::Back, data));
                }
                bridge.answered(envelope);
            }
        };
        bridge.channel.set_value(HostChannel::open(heard));
        bridge.send(MessageKind::Ready, MessageKind::Ready, Data::able(&OFFERED));
    }

    /// Whether the host has said hello; tracked.
    pub(crate) fn is_greeted(self) -> bool {
        self.is_greeted.get()
    }

    /// Tells the host something, if it speaks our language.
    pub(crate) fn tell(self, kind: MessageKind, data: Data) {
        if self.is_greeted.get_untracked() {
            self.send(kind, MessageKind::Unknown, data);
        }
    }

    /// Whether the host opens WeChat itself, so that no QR is needed.
    pub(crate) fn opens_wechat(self) -> bool {
        self.opens_wechat.get()
    }

    /// Asks the host to open a scan's link in WeChat.
    pub(crate) fn open_wechat(self, url: &str) {
        self.ask(MessageKind::OpenWechat, Data { url: Some(url.to_owned()), ..Data::default() });
    }

    /// Whether the host lets people pick a picture itself.
    pub(crate) fn picks_images(self) -> bool {
        self.picks_images.get()
    }

    /// Asks the host for a picture; it arrives at [`Self::image`].
    pub(crate) fn pick_image(self) {
        self.ask(MessageKind::PickImage, Data::default());
    }

    /// Takes the picked file, in base64.
    pub(crate) fn image(self) -> RwSignal<Option<String>> {
        self.image
    }

    /// Asks the host to do something; one that stays silent does not do it.
    fn ask(self, kind: MessageKind, data: Data) {
        let id = self.send(kind, kind, data);
        leptos::task::spawn_local(async move {
            browser::pause(PATIENCE).await;
            if self.asked_by(id) == Some(kind) {
                self.cannot(kind);
            }
        });
    }

    /// Sends a message of a kind, and notes what it asks; returns its id.
    fn send(self, kind: MessageKind, asks: MessageKind, data: Data) -> usize {
        self.asked.update_value(|asked| asked.push(asks));
        let id = self.asked.with_value(Vec::len);
        self.post(&Envelope::new(id.to_string(), kind, data));
        id
    }

    fn post(self, envelope: &Envelope) {
        self.channel.with_value(|channel| {
            if let (Some(channel), Ok(text)) = (channel, serde_json::to_string(envelope)) {
                channel.post(&text);
            }
        });
    }

    /// What the message with this id asked, if that is not answered yet.
    fn asked_by(self, id: usize) -> Option<MessageKind> {
        self.asked.with_value(|asked| asked.get(id.checked_sub(1)?).copied())
    }

    /// The host does not do that (any more): the QR, or the browser's own picker, takes its place.
    fn cannot(self, kind: MessageKind) {
        match kind {
            MessageKind::OpenWechat => self.opens_wechat.set(false),
            MessageKind::PickImage => self.picks_images.set(false),
            _ => {}
        }
    }

    /// Handles an answer of the host; one to nothing that was asked, or that is answered already, does nothing.
    fn answered(self, envelope: Envelope) {
        let Some((id, asked)) = envelope.id.parse().ok().and_then(|id| Some((id, self.asked_by(id)?))) else {
            return;
        };
        match (envelope.kind, asked) {
            (MessageKind::Hello, MessageKind::Ready) => {
                self.opens_wechat.set(envelope.data.can(MessageKind::OpenWechat));
                self.picks_images.set(envelope.data.can(MessageKind::PickImage));
                self.is_greeted.set(true);
            }
            (MessageKind::PickImage, MessageKind::PickImage) => self.image.set(envelope.data.image),
            (MessageKind::OpenWechat, MessageKind::OpenWechat) => {}
            (MessageKind::Error, asked) => self.cannot(asked),
            _ => return,
        }
        self.asked.update_value(|asked| asked[id - 1] = MessageKind::Unknown);
    }
}
