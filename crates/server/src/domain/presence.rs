//! Meetings that an account is in, as the meeting service reports them (M1–M4).

use crate::clock::Moment;
use crate::domain::ids::DeviceId;
use crate::rules::meetings::Attending;
use contract::account::DeviceKind;

/// A meeting that an account is in.
pub(crate) struct Presence {
    /// The meeting service's name for it.
    pub(crate) meeting: String,
    pub(crate) device: DeviceId,
    pub(crate) kind: DeviceKind,
    /// Whether the account started the meeting.
    pub(crate) own: bool,
    /// Absent if the meeting has none.
    pub(crate) title: Option<String>,
    pub(crate) since: Moment,
}

impl Presence {
    /// The facts for the rules.
    pub(crate) fn attending(&self) -> Attending<'_> {
        Attending { meeting: &self.meeting, kind: self.kind, own: self.own }
    }
}

/// A report about an account in a meeting.
pub(crate) struct Report<'a> {
    pub(crate) meeting: &'a str,
    /// One of the account's devices.
    pub(crate) device: &'a DeviceId,
    pub(crate) kind: DeviceKind,
    /// Whether the account started the meeting.
    pub(crate) own: bool,
    /// Empty if the meeting has none.
    pub(crate) title: &'a str,
    /// When the account joined.
    pub(crate) started_at: Moment,
}
