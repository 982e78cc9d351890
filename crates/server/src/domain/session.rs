//! Login sessions.

use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::event::LoggedEvent;
use crate::domain::ids::{BrowserId, DeviceId, SessionId};
use crate::domain::visitor::{NewBrowser, Requester, Visitor};
use contract::account::{Surface, Way};
use contract::activity::SecurityEvent;

/// A login session that is alive, with its account as it was when it was read.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) device: DeviceId,
    pub(crate) browser: BrowserId,
    /// Rules read this, never the user agent.
    pub(crate) surface: Surface,
    pub(crate) account: Account,
    pub(crate) last_seen_at: Moment,
    pub(crate) visitor: Visitor,
}

impl Session {
    /// The browser and network that limits are counted by.
    pub(crate) fn requester(&self) -> Requester<'_> {
        self.visitor.requester(&self.browser)
    }

    /// A security event of this session.
    pub(crate) fn event(&self, what: SecurityEvent, way: Option<Way>) -> LoggedEvent {
        LoggedEvent::on(&self.account.id, &self.device, what, way)
    }
}

/// A new session, for the browser that gets it.
pub(crate) struct Admission {
    /// The value of its cookie.
    pub(crate) token: String,
    /// The browser it belongs to, if that is another one than asked: on a shared device each person gets a
    /// browser of their own (G6).
    pub(crate) browser: Option<NewBrowser>,
}

/// A device on which an account is signed in.
pub(crate) struct SignedInDevice {
    pub(crate) id: DeviceId,
    pub(crate) session: SessionId,
    pub(crate) kind: contract::account::DeviceKind,
    pub(crate) way: Way,
    pub(crate) signed_in_at: Moment,
    pub(crate) last_seen_at: Moment,
}
