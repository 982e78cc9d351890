//! The bridge to a host app whose webview shows this page, if there is one.
//!
//! The host injects an object into the page's top frame, [`browser::HostChannel`]. Only messages
//! through that object are read; messages that a frame or an opener posts to the window are ignored
//! (WV-1). Nothing secret or personal is sent (WV-2), except the link for WeChat, which contains the
//! scan's secret.

use crate::browser::{self, HostChannel};
use crate::parts;
use contract::bridge::{Envelope, MessageKind};
use leptos::prelude::*;

/// Milliseconds before the code that talks to the host is asked for again.
const PAUSES: [u32; 6] = [1_000, 2_000, 4_000, 8_000, 30_000, 60_000];

/// The channel to the host; without a host it does nothing.
#[derive(Clone, Copy)]
pub(crate) struct Bridge {
    channel: StoredValue<Option<HostChannel>, LocalStorage>,
    opens_wechat: RwSignal<bool>,
    picks_images: RwSignal<bool>,
    /// The picked file, in base64, until it is taken.
    image: RwSignal<Option<String>>,
    /// The id and kind of the last request.
    last: StoredValue<(u32, MessageKind)>,
}

impl Bridge {
    /// Creates the page's only instance. If there is a host, the code that talks to it is fetched.
    pub(crate) fn new() -> Self {
        let bridge = Self {
            channel: StoredValue::new_local(None),
            opens_wechat: RwSignal::new(false),
            picks_images: RwSignal::new(false),
            image: RwSignal::new(None),
            last: StoredValue::new((0, MessageKind::Ready)),
        };
        if HostChannel::is_there() {
            leptos::task::spawn_local(async move {
                // Until it comes the app is as in a browser: a QR, and the browser's own picker.
                for pause in PAUSES {
                    if let Ok(open) = parts::bridge().await {
                        return open(bridge);
                    }
                    browser::pause(pause).await;
                }
            });
        }
        bridge
    }

    /// Listens to the host and tells it that the page is ready.
    pub(crate) fn open(self) {
        let bridge = self;
        let heard = move |text: String| {
            if let Some(envelope) = json::read::<Envelope>(&text)
                && envelope.is_ours()
            {
                bridge.heard(envelope);
            }
        };
        bridge.channel.set_value(HostChannel::open(heard));
        bridge.send(MessageKind::Ready, None);
    }

    /// Whether the host opens WeChat itself, so that no QR is needed.
    pub(crate) fn opens_wechat(self) -> bool {
        self.opens_wechat.get()
    }

    /// Asks the host to open a scan's link in WeChat.
    pub(crate) fn open_wechat(self, url: &str) {
        self.send(MessageKind::OpenWechat, Some(url));
    }

    /// Whether the host lets people pick a picture itself.
    pub(crate) fn picks_images(self) -> bool {
        self.picks_images.get()
    }

    /// Asks the host for a picture; it arrives at [`Self::image`].
    pub(crate) fn pick_image(self) {
        self.send(MessageKind::PickImage, None);
    }

    /// Takes the picked file, in base64.
    pub(crate) fn image(self) -> RwSignal<Option<String>> {
        self.image
    }

    fn send(self, kind: MessageKind, url: Option<&str>) {
        self.last.update_value(|(id, last)| (*id, *last) = (*id + 1, kind));
        let envelope = Envelope::new(self.last.get_value().0, kind, url);
        self.channel.with_value(|channel| {
            if let (Some(channel), Ok(text)) = (channel, serde_json::to_string(&envelope)) {
                channel.post(&text);
            }
        });
    }

    /// Handles a message of the host; only an answer to the last request counts.
    fn heard(self, envelope: Envelope) {
        let (id, asked) = self.last.get_value();
        if envelope.id != id.to_string() {
            return;
        }
        match (envelope.kind, asked) {
            (MessageKind::Hello, _) => {
                self.opens_wechat.set(envelope.data.can(MessageKind::OpenWechat));
                self.picks_images.set(envelope.data.can(MessageKind::PickImage));
            }
            (MessageKind::PickImage, MessageKind::PickImage) => self.image.set(envelope.data.image),
            // The host cannot do it after all: the browser's picker, or the QR, is used instead.
            (MessageKind::Error, MessageKind::PickImage) => self.picks_images.set(false),
            (MessageKind::Error, _) => self.opens_wechat.set(false),
            _ => {}
        }
    }
}
