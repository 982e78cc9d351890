//! State of a scan that was or will be begun, shared by several machines (W8).
//!
//! ```text
//! nothing ──begin──► waiting ─► scanned ─► confirmed ──redeem
//!    ▲                  │ expired: begun again by itself, five times at most
//!    └──── asked ───────┴─ every other end: its words, and a button
//! ```

use crate::machine::Instant;
use contract::refusal::Refusal;
use contract::scan::{Scan, ScanState};

/// How often a scan is begun again by itself before it waits for the person: who left a QR on a
/// screen did not mean to leave it there for the night.
pub const RENEWALS: u8 = 5;

/// Where a scan stands, as far as the person needs to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scanning {
    /// The scan as last received, with the text of its QR where this app began it.
    pub scan: Option<Scan>,
    /// When that was. A state from before the person came back may be over.
    pub read_at: Option<Instant>,
    /// How many were begun since the person asked, theirs among them.
    begun: u8,
}

/// What a scan needs now, without the person.
#[derive(Debug, PartialEq)]
pub enum Due {
    /// Nothing: a phone is awaited, or the person.
    Nothing,
    /// To be begun.
    Begin,
    /// This scan was allowed: to be redeemed. The answer to one that another tab redeemed says so.
    Redeem(String),
}

impl Scanning {
    /// What the server's record says of it.
    #[must_use]
    pub fn updated(self, scan: Option<Scan>, at: Instant) -> Self {
        let scan = scan.map(|new| match self.scan {
            // Only the answer that began it has the text.
            Some(Scan { id, qr, .. }) if id == new.id && new.qr.is_none() => Scan { qr, ..new },
            _ => new,
        });
        Self { read_at: scan.is_some().then_some(at), scan, ..self }
    }

    /// Takes a changed scan; ignores any other than this one.
    #[must_use]
    pub fn heard(self, scan: Scan, at: Instant) -> Self {
        if self.scan.as_ref().is_some_and(|known| known.id == scan.id) {
            self.updated(Some(scan), at)
        } else {
            self
        }
    }

    /// The person asks for another: only what was allowed is kept, to be redeemed again.
    #[must_use]
    pub fn anew(self) -> Self {
        let scan = self.scan.filter(|scan| scan.state == ScanState::Confirmed);
        Self { scan, begun: 0, ..self }
    }

    /// The person comes to it: what can still lead somewhere is kept, an end is put away.
    #[must_use]
    pub fn asked(self) -> Self {
        let scan = self.scan.filter(|scan| scan.state.is_open() || scan.state == ScanState::Confirmed);
        Self { scan, begun: 0, ..self }
    }

    /// Beginning or redeeming it was refused. It is put away, unless it was only the wrong moment.
    #[must_use]
    pub fn refused(self, refusal: &Refusal) -> Self {
        match refusal {
            Refusal::TooBusy { .. } => self,
            _ => Self { scan: None, ..self },
        }
    }

    /// What is due now; whatever a server could have us do for ever counts.
    #[must_use]
    pub fn due(mut self) -> (Self, Due) {
        let due = match &self.scan {
            None => Due::Begin,
            Some(scan) => match scan.state {
                ScanState::Confirmed | ScanState::Consumed => Due::Redeem(scan.id.clone()),
                // Begun before a reload: nobody has its text any more.
                ScanState::Created | ScanState::Waiting if scan.qr.is_none() => Due::Begin,
                ScanState::Expired => Due::Begin,
                _ => Due::Nothing,
            },
        };
        let is_first = self.scan.as_ref().is_some_and(|scan| scan.state == ScanState::Confirmed);
        if due != Due::Nothing && !is_first {
            if self.begun > RENEWALS {
                return (self, Due::Nothing);
            }
            self.begun += 1;
        }
        (self, due)
    }

    /// The id of the scan whose changes matter.
    #[must_use]
    pub fn watched(&self) -> Option<&str> {
        self.scan.as_ref().filter(|scan| scan.state.is_open()).map(|scan| scan.id.as_str())
    }

    /// The id of the scan that can still lead somewhere.
    #[must_use]
    pub fn alive(&self) -> Option<&str> {
        let alive = |scan: &&Scan| scan.state.is_open() || scan.state == ScanState::Confirmed;
        self.scan.as_ref().filter(alive).map(|scan| scan.id.as_str())
    }

    /// When it ends by itself.
    #[must_use]
    pub fn ends_at(&self) -> Option<Instant> {
        Some(self.read_at?.after(self.scan.as_ref()?.expires_in))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::step_up::tests::NOW;
    use contract::scan::ScanPurpose;

    pub(crate) fn scan(id: &str, state: ScanState, qr: Option<&str>) -> Scan {
        Scan {
            id: id.into(),
            purpose: ScanPurpose::VerifyBound,
            state,
            number: None,
            expires_in: 120,
            poll_in: 2,
            qr: qr.map(Into::into),
        }
    }

    fn at(state: ScanState) -> Scanning {
        Scanning::default().updated(Some(scan("s1", state, Some("text"))), NOW)
    }

    #[test]
    fn every_state_has_what_is_due() {
        use ScanState as S;
        let table = [
            (S::Created, "nothing"),
            (S::Waiting, "nothing"),
            (S::Scanned, "nothing"),
            (S::Confirmed, "redeem"),
            (S::Consumed, "redeem"),
            (S::Denied, "nothing"),
            (S::Expired, "begin"),
            (S::Superseded, "nothing"),
            (S::Mismatch, "nothing"),
            (S::Same, "nothing"),
            (S::Taken, "nothing"),
            (S::Snapshot, "nothing"),
            (S::Failed, "nothing"),
        ];
        for (state, expected) in table {
            let (scanning, due) = at(state).due();
            let name = match due {
                Due::Nothing => "nothing",
                Due::Begin => "begin",
                Due::Redeem(id) => {
                    assert_eq!(id, "s1");
                    "redeem"
                }
            };
            assert_eq!(name, expected, "{state:?}");
            // Whatever it is, asking for one leads on.
            let asked = scanning.asked().due().1;
            let alive = state.is_open() || state == S::Confirmed;
            assert_eq!(asked == Due::Begin, !alive, "{state:?}");
            let anew = at(state).anew().due().1;
            assert_eq!(anew == Due::Begin, state != S::Confirmed, "{state:?}");
        }
        assert_eq!(Scanning::default().due().1, Due::Begin);
    }

    #[test]
    fn qr_13_qr_renews_five_times_then_waits_for_the_person() {
        let mut scanning = Scanning::default().asked();
        for round in 0..=RENEWALS {
            let (next, due) = scanning.due();
            assert_eq!(due, Due::Begin, "{round}");
            let id = format!("s{round}");
            scanning = next
                .updated(Some(scan(&id, ScanState::Waiting, Some("text"))), NOW)
                .heard(scan(&id, ScanState::Expired, None), NOW);
        }
        let (scanning, due) = scanning.due();
        assert_eq!(due, Due::Nothing);
        assert_eq!(scanning.asked().due().1, Due::Begin);
    }

    #[test]
    fn qr_02_the_text_stays_with_the_scan_it_belongs_to() {
        let scanned = at(ScanState::Waiting).heard(scan("s1", ScanState::Scanned, None), NOW);
        assert_eq!(scanned.scan.as_ref().and_then(|scan| scan.qr.as_deref()), Some("text"));
        let newer = scanned.updated(Some(scan("s2", ScanState::Waiting, None)), NOW);
        assert_eq!(newer.scan.as_ref().and_then(|scan| scan.qr.as_deref()), None);
        assert_eq!(newer.due().1, Due::Begin, "a QR nobody has the text of");
    }

    #[test]
    fn a_state_of_another_scan_changes_nothing() {
        let waiting = at(ScanState::Waiting);
        assert_eq!(waiting.clone().heard(scan("s0", ScanState::Confirmed, None), NOW), waiting);
    }

    #[test]
    fn only_an_open_scan_is_watched_and_its_end_is_known() {
        assert_eq!(at(ScanState::Scanned).watched(), Some("s1"));
        assert_eq!(at(ScanState::Denied).watched(), None);
        assert_eq!(at(ScanState::Waiting).ends_at(), Some(NOW.after(120)));
        assert_eq!(Scanning::default().ends_at(), None);
    }

    #[test]
    fn too_busy_keeps_the_scan() {
        let confirmed = at(ScanState::Confirmed);
        assert_eq!(confirmed.clone().refused(&Refusal::TooBusy { after: 3 }), confirmed);
        assert_eq!(confirmed.refused(&Refusal::WechatMismatch).scan, None);
    }
}
