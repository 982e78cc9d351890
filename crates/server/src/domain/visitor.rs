//! Who asks: a browser, from a network, on a surface, perhaps with a session's cookie.

use crate::domain::budget::RequestBudget;
use crate::domain::ids::BrowserId;
use crate::domain::network::Network;
use crate::rules;
use contract::account::{DeviceKind, Surface};
use std::time::Duration;

/// Where a sign-in happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignInSurface {
    pub(crate) surface: Surface,
    pub(crate) device_kind: DeviceKind,
}

impl SignInSurface {
    /// A browser that did not prove to be something else.
    pub(crate) const WEB: Self = Self { surface: Surface::Web, device_kind: DeviceKind::Web };
    /// A shared device.
    pub(crate) const KIOSK: Self = Self { surface: Surface::Kiosk, device_kind: DeviceKind::Kiosk };
}

/// A browser and its network: what limits are charged to.
#[derive(Clone, Copy)]
pub(crate) struct Requester<'a> {
    pub(crate) browser: &'a BrowserId,
    pub(crate) network: &'a Network,
}

/// The browser that sends a request, whether anybody is signed in there or not.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// Its id, if it has a row.
    pub(crate) browser: Option<BrowserId>,
    /// Whether its row was created on a shared device.
    pub(crate) is_kiosk_browser: bool,
    /// Where its next sign-in happens.
    pub(crate) sign_in_surface: SignInSurface,
    pub(crate) network: Network,
    /// Whether its host is always a shared device (`kiosk_hosts`).
    pub(crate) is_at_kiosk_host: bool,
    /// The account its tab shows, if the tab says so (F-12).
    pub(crate) shown_account: Option<String>,
    /// The value of its browser cookie: the one that it sends, or a new one that this answer sets.
    pub(crate) browser_token: String,
    /// The value of its session cookie.
    pub(crate) session_token: Option<String>,
    pub(crate) budget: RequestBudget,
}

impl Visitor {
    /// The browser and network that limits are counted by; a new browser gets its id in the transaction.
    pub(crate) fn requester<'a>(&'a self, browser: &'a BrowserId) -> Requester<'a> {
        Requester { browser, network: &self.network }
    }

    /// Whether it is a shared device.
    pub(crate) fn is_on_kiosk(&self) -> bool {
        self.sign_in_surface == SignInSurface::KIOSK
    }

    /// Whether its row dates from before this was a shared device.
    pub(crate) fn is_from_before_kiosk(&self) -> bool {
        self.browser.is_some() && !self.is_kiosk_browser
    }

    /// The life of something that waits for this person; on a shared device the next person may be there
    /// after the idle time (G6).
    pub(crate) fn waiting_life(&self, elsewhere: Duration) -> Duration {
        if self.is_on_kiosk() { elsewhere.min(rules::session::limits(Surface::Kiosk).1) } else { elsewhere }
    }
}

/// A browser that takes the place of the visitor's; its cookie is set once its row is committed.
pub(crate) struct NewBrowser {
    pub(crate) id: BrowserId,
    /// The value of its cookie.
    pub(crate) token: String,
}
