//! Scans of QR codes by a WeChat (QR-01…06, 09, 10, 15).
//!
//! A scan has two secrets. The scene is in the QR, visible to every camera in the room, and is stored as a
//! hash alone; a phone can answer it, and nothing else. The id belongs to the browser that began the scan:
//! a row is found by id and browser, and by the login session for a change. Everybody else gets
//! `NOT_FOUND`, as if there were no such scan.
//!
//! How a scan moves from state to state is in [`life`] alone. A scan whose session, change or time is over
//! is over whatever its row says.

pub(crate) mod life;

use crate::clock::Moment;
use crate::domain::ids::{AccountId, ChangeId, ScanId, SessionId};
use crate::domain::visitor::Requester;
use crate::secret;
use contract::account::DeviceKind;
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::{Scan, ScanPurpose, ScanState};

/// Seconds between two requests of a browser that has no event stream.
const POLL_IN: u32 = 2;

/// The content of a QR: 128 random bits, good once (QR-01). It is never printed; only its hash is stored.
pub(crate) struct Scene(String);

impl Scene {
    /// A new one.
    pub(crate) fn new() -> Self {
        Self(secret::id())
    }

    /// Reads the content of a QR; any other text is no scene.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let good = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        good.then(|| Self(text.to_owned()))
    }

    /// As the QR has it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As the database has it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        secret::token_hash(&self.0)
    }
}

/// The WeChat that scanned, made by a gateway from what WeChat reported over a connection of ours, never
/// from the body of a client (QR-06).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The identity at its provider; accounts are compared by it (QR-08).
    pub(crate) id: String,
    /// Shown, never compared.
    pub(crate) nickname: String,
    /// Whether WeChat made it up for a page shown as a snapshot.
    pub(crate) snapshot: bool,
}

/// Everything a scan is bound to. It is valid for nothing else (QR-07).
#[derive(Clone, Copy)]
pub(crate) struct ScanBinding<'a> {
    pub(crate) requester: Requester<'a>,
    pub(crate) purpose: ScanPurpose,
    /// The login session, the account and the change it is begun for; none when signing in.
    pub(crate) change: Option<(&'a SessionId, &'a AccountId, &'a ChangeId)>,
}

impl ScanBinding<'_> {
    pub(crate) fn session(&self) -> Option<&SessionId> {
        self.change.map(|(session, ..)| session)
    }

    pub(crate) fn account(&self) -> Option<&AccountId> {
        self.change.map(|(_, account, _)| account)
    }

    pub(crate) fn change(&self) -> Option<&ChangeId> {
        self.change.map(|(.., change)| change)
    }
}

/// A scan that was written and has no QR yet.
pub(crate) struct BegunScan {
    pub(crate) id: ScanId,
    pub(crate) scene: Scene,
}

/// A scan as it was at one moment.
pub(crate) struct StoredScan {
    pub(crate) id: ScanId,
    pub(crate) purpose: ScanPurpose,
    /// Its state, with its time, session and change considered.
    pub(crate) state: ScanState,
    /// The state in its row.
    pub(crate) stored_state: ScanState,
    /// The identity that scanned it first and owns it.
    pub(crate) wechat: Option<String>,
    /// Whether it was begun in a login session: then that session alone may ask about it.
    pub(crate) signed_in: bool,
    /// The session, account and change it was begun for; none when signing in, and of an erased account.
    pub(crate) session: Option<SessionId>,
    pub(crate) account: Option<AccountId>,
    pub(crate) change: Option<ChangeId>,
    pub(crate) device_kind: DeviceKind,
    /// Two digits that both screens show.
    pub(crate) number: String,
    pub(crate) created_at: Moment,
    pub(crate) expires_at: Moment,
}

impl StoredScan {
    /// Seconds until its present state ends by itself; 0 if it does not.
    pub(crate) fn expires_in(&self, now: Moment) -> u32 {
        let runs = self.state.is_open() || self.state == ScanState::Confirmed;
        if runs { now.seconds_until(self.expires_at) } else { 0 }
    }

    /// As the browser that began it sees it.
    pub(crate) fn shown(&self, now: Moment) -> Scan {
        Scan {
            id: self.id.to_string(),
            purpose: self.purpose,
            state: self.state,
            number: self.wechat.is_some().then(|| self.number.clone()),
            expires_in: self.expires_in(now),
            poll_in: POLL_IN,
            qr: None,
        }
    }

    /// Why it cannot be redeemed.
    pub(crate) fn not_confirmed(&self) -> Refusal {
        match self.state {
            // Another request redeemed it.
            ScanState::Consumed => Refusal::ScanExpired,
            state => state.refusal().unwrap_or(Refusal::StepOutOfOrder),
        }
    }
}

/// What a phone shows before its owner allows or refuses (QR-03).
pub(crate) struct Consent {
    pub(crate) purpose: ScanPurpose,
    /// The action of the change, if it is for one.
    pub(crate) action: Option<Action>,
    /// The masked number of the account, if there is one.
    pub(crate) account: Option<String>,
    /// The kind of device that shows the QR.
    pub(crate) device: DeviceKind,
    /// When the QR was requested.
    pub(crate) at: Moment,
    /// The two digits beside the QR.
    pub(crate) number: String,
}
