//! Whether there is a network: `navigator.onLine`, until an answer of the server proves it wrong.

use crate::browser;
use contract::problem::{Problem, Trouble};
use leptos::prelude::*;

/// Whether there is a network, as far as this page knows.
///
/// `navigator.onLine` and its events are a hint: desktop webviews and virtual machines report offline
/// while everything works (B23). An answer to a request that was sent nevertheless proves the hint
/// wrong; from then on it is ignored.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    is_there: RwSignal<bool>,
    is_hint_wrong: StoredValue<bool>,
}

impl Network {
    /// Creates the page's only instance.
    pub(crate) fn new() -> Self {
        let network = Self { is_there: RwSignal::new(true), is_hint_wrong: StoredValue::new(false) };
        network.doubted();
        browser::on_network(move || _ = network.doubted());
        network
    }

    /// Whether there is a network; tracks changes.
    pub(crate) fn is_there(self) -> bool {
        self.is_there.get()
    }

    /// Whether there is a network, without tracking changes.
    pub(crate) fn is_there_now(self) -> bool {
        self.is_there.get_untracked()
    }

    /// Records that the server answered a request sent while the browser reported offline.
    pub(crate) fn proven(self) {
        self.is_hint_wrong.set_value(true);
        self.set(true);
    }

    /// Reads `navigator.onLine` again, after an event or a request without an answer; returns whether there
    /// is a network. Once the hint was proven wrong, it is ignored.
    pub(crate) fn doubted(self) -> bool {
        self.set(self.is_hint_wrong.get_value() || !browser::is_offline());
        self.is_there_now()
    }

    fn set(self, is_there: bool) {
        if self.is_there_now() != is_there {
            self.is_there.set(is_there);
        }
    }

    /// Waits for a network, at most this many seconds; returns whether there is one.
    pub(crate) async fn within(self, seconds: u32) -> bool {
        let mut left = seconds;
        while !self.is_there_now() && left > 0 {
            left -= 1;
            browser::pause(1_000).await;
        }
        self.is_there_now()
    }

    /// Whether the problem was that there was no network, and there is one again.
    pub(crate) fn is_back_after(self, problem: &Problem) -> bool {
        *problem == Problem::Trouble(Trouble::Offline) && self.is_there()
    }
}
