//! Whether there is a network: `navigator.onLine`, until an answer of the server proves it wrong.

use crate::browser;
use contract::problem::{Problem, Trouble};
use leptos::prelude::*;

/// Whether there is a network, as far as this page knows.
///
/// `navigator.onLine` and its events are a hint: desktop webviews and virtual machines are told to be
/// offline while everything works (B23). An answer to what was sent nevertheless proves that there is
/// one, and then the browser is not believed any more.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    is_there: RwSignal<bool>,
    is_hint_wrong: StoredValue<bool>,
}

impl Network {
    /// The page's only one.
    pub(crate) fn new() -> Self {
        let network = Self { is_there: RwSignal::new(true), is_hint_wrong: StoredValue::new(false) };
        network.doubted();
        browser::on_network(move || _ = network.doubted());
        network
    }

    /// Whether there is one.
    pub(crate) fn is_there(self) -> bool {
        self.is_there.get()
    }

    /// The same, for who does not wait for a change.
    pub(crate) fn is_there_now(self) -> bool {
        self.is_there.get_untracked()
    }

    /// The server answered what was sent without a network, as the browser said: it was wrong.
    pub(crate) fn proven(self) {
        self.is_hint_wrong.set_value(true);
        self.set(true);
    }

    /// The browser said something new, or a request brought nothing: its word counts again, if it was
    /// never wrong. Whether there is a network then.
    pub(crate) fn doubted(self) -> bool {
        self.set(self.is_hint_wrong.get_value() || !browser::is_offline());
        self.is_there_now()
    }

    fn set(self, is_there: bool) {
        if self.is_there_now() != is_there {
            self.is_there.set(is_there);
        }
    }

    /// Waits for one, so many seconds at most; whether it is there.
    pub(crate) async fn within(self, seconds: u32) -> bool {
        let mut left = seconds;
        while !self.is_there_now() && left > 0 {
            left -= 1;
            browser::pause(1_000).await;
        }
        self.is_there_now()
    }

    /// Whether a problem is over by itself: that there was no network, when there is one again.
    pub(crate) fn has_mended(self, problem: &Problem) -> bool {
        *problem == Problem::Trouble(Trouble::Offline) && self.is_there()
    }
}
