//! Talking to the app around this page, where one is: a webview of ours in a host.
//!
//! The host injects an object into the page's top frame, [`browser::HostChannel`]. Only what comes
//! through that object is heard: a message that a frame or an opener posts to the window is not,
//! whatever it says (WV-1). Nothing secret and nothing personal is sent (WV-2) but the link that
//! WeChat is to open.

use crate::browser::HostChannel;
use contract::bridge::{Envelope, Kind};
use leptos::prelude::*;

/// The line to the host; nothing happens on it where there is none.
#[derive(Clone, Copy)]
pub(crate) struct Bridge {
    channel: StoredValue<Option<HostChannel>, LocalStorage>,
    opens_wechat: RwSignal<bool>,
    /// The id of what was sent last.
    last: StoredValue<u32>,
}

impl Bridge {
    /// The page's only one; tells the host that the page is ready.
    pub(crate) fn new() -> Self {
        let bridge = Self {
            channel: StoredValue::new_local(None),
            opens_wechat: RwSignal::new(false),
            last: StoredValue::new(0),
        };
        let heard = move |text: String| {
            if let Ok(envelope) = serde_json::from_str::<Envelope>(&text)
                && envelope.is_ours()
            {
                bridge.heard(&envelope);
            }
        };
        bridge.channel.set_value(HostChannel::open(heard));
        bridge.send(Kind::Ready, None);
        bridge
    }

    /// Whether the host opens WeChat itself, so that no QR is needed.
    pub(crate) fn opens_wechat(self) -> bool {
        self.opens_wechat.get()
    }

    /// Asks the host to open a scan's link in WeChat.
    pub(crate) fn open_wechat(self, url: &str) {
        self.send(Kind::OpenWechat, Some(url));
    }

    fn send(self, kind: Kind, url: Option<&str>) {
        self.last.update_value(|last| *last += 1);
        let envelope = Envelope::new(self.last.get_value(), kind, url);
        self.channel.with_value(|channel| {
            if let (Some(channel), Ok(text)) = (channel, serde_json::to_string(&envelope)) {
                channel.post(&text);
            }
        });
    }

    /// Hears answers alone: to what was sent last.
    fn heard(self, envelope: &Envelope) {
        if envelope.id != self.last.get_value().to_string() {
            return;
        }
        match envelope.kind {
            Kind::Hello => self.opens_wechat.set(envelope.data.can(Kind::OpenWechat)),
            // It cannot after all: the QR takes its place.
            Kind::Error => self.opens_wechat.set(false),
            Kind::Ready | Kind::OpenWechat | Kind::Unknown => {}
        }
    }
}
