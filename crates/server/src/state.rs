//! What use cases reach: configuration, clock, database, keys, gateways. No logic.

use crate::clock::{Clock, Moment};
use crate::config::Config;
use crate::domain::budget::Budgets;
use crate::gateway::meeting_service::MeetingService;
use crate::gateway::sms::Sms;
use crate::gateway::wechat::Wechat;
use crate::hasher::Hasher;
use crate::picture::decoder::Decoder;
use crate::secret::Key;
use crate::store::{FolderLock, Store};
use crate::wakeup::Wakeups;
use std::ops::Deref;
use std::sync::Arc;

/// The state of a running server. Clones are the same one.
#[derive(Clone)]
pub(crate) struct AppState(Arc<Parts>);

/// The parts of the state; `boot` assembles them.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) key: Key,
    pub(crate) hasher: Hasher,
    pub(crate) decoder: Decoder,
    pub(crate) sms: Sms,
    pub(crate) wechat: Wechat,
    pub(crate) meeting_service: MeetingService,
    pub(crate) wakeups: Wakeups,
    pub(crate) budgets: Budgets,
    /// Held as long as anything can reach the database.
    pub(crate) folder: FolderLock,
    /// Why the time cannot be trusted, until the operator confirms it (`--accept-clock`); nothing is deleted
    /// for its age meanwhile.
    pub(crate) clock_doubt: Option<String>,
}

impl AppState {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The present, on the server's clock.
    pub(crate) fn now(&self) -> Moment {
        self.0.clock.now()
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
