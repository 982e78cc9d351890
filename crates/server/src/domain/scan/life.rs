//! The state machine of a scan as a pure function (QR-04).
//!
//! States only move forward, end states are final, and only the first phone that scans it can answer. Events
//! may arrive twice and late: one that does not apply any more changes nothing (QR-15).

use crate::domain::scan::Identity;
use contract::scan::{ScanPurpose, ScanState};

/// An event of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// WeChat made the QR.
    QrMade,
    /// WeChat made no QR.
    QrFailed,
    /// A phone scanned it.
    Scanned(Phone),
    /// A phone allowed it.
    Allowed(Phone, Fit),
    /// A phone refused it.
    Refused(Phone),
    /// The browser that began it redeemed it.
    Redeemed,
    /// A newer scan replaced it, or its session or change is over.
    Superseded,
    /// Its time is over.
    Expired,
}

/// The phone that an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phone {
    /// The phone that scanned it first; before that, any phone.
    Owner,
    /// Another phone than the one that scanned it first.
    Other,
    /// A phone with a visitor's identity, which belongs to nobody.
    Visitor,
}

/// Whether a WeChat fits the purpose of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It fits.
    Fits,
    /// Not the bound WeChat (W3).
    Mismatch,
    /// Bound to this account already (W5).
    Same,
    /// Bound to another account of the tenant (W5).
    Taken,
}

/// The state after an event; none if the event changes nothing.
pub(crate) fn after(state: ScanState, event: Event) -> Option<ScanState> {
    use ScanState as S;
    Some(match (state, event) {
        (S::Created, Event::QrMade) => S::Waiting,
        (S::Created, Event::QrFailed) => S::Failed,
        (S::Waiting, Event::Scanned(Phone::Owner)) => S::Scanned,
        // WeChat may report the answer before the scan.
        (S::Waiting | S::Scanned, Event::Allowed(Phone::Owner, fit)) => match fit {
            Fit::Fits => S::Confirmed,
            Fit::Mismatch => S::Mismatch,
            Fit::Same => S::Same,
            Fit::Taken => S::Taken,
        },
        (S::Waiting | S::Scanned, Event::Refused(Phone::Owner)) => S::Denied,
        (
            S::Waiting,
            Event::Scanned(Phone::Visitor)
            | Event::Allowed(Phone::Visitor, _)
            | Event::Refused(Phone::Visitor),
        ) => S::Snapshot,
        (S::Confirmed, Event::Redeemed) => S::Consumed,
        (S::Created | S::Waiting | S::Scanned | S::Confirmed, Event::Superseded) => S::Superseded,
        (S::Created | S::Waiting | S::Scanned | S::Confirmed, Event::Expired) => S::Expired,
        _ => return None,
    })
}

/// Whose phone it is, given the identity that owns the scan.
pub(crate) fn phone(owner: Option<&str>, who: &Identity) -> Phone {
    match owner {
        _ if who.snapshot => Phone::Visitor,
        Some(owner) if owner != who.id => Phone::Other,
        _ => Phone::Owner,
    }
}

/// Whether a WeChat fits the purpose of a scan, given the account's own WeChat and whether another account of
/// the tenant holds this one.
pub(crate) fn fit(purpose: ScanPurpose, who: &str, bound: Option<&str>, taken: bool) -> Fit {
    match purpose {
        ScanPurpose::SignIn => Fit::Fits,
        ScanPurpose::VerifyBound if bound == Some(who) => Fit::Fits,
        ScanPurpose::VerifyBound => Fit::Mismatch,
        ScanPurpose::BindNew if bound == Some(who) => Fit::Same,
        ScanPurpose::BindNew if taken => Fit::Taken,
        ScanPurpose::BindNew => Fit::Fits,
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Fit, Phone, after, fit, phone};
    use crate::domain::scan::Identity;
    use contract::scan::{ScanPurpose, ScanState};

    const STATES: [ScanState; 13] = [
        ScanState::Created,
        ScanState::Waiting,
        ScanState::Scanned,
        ScanState::Confirmed,
        ScanState::Consumed,
        ScanState::Denied,
        ScanState::Expired,
        ScanState::Superseded,
        ScanState::Mismatch,
        ScanState::Same,
        ScanState::Taken,
        ScanState::Snapshot,
        ScanState::Failed,
    ];

    fn events() -> Vec<Event> {
        let phones = [Phone::Owner, Phone::Other, Phone::Visitor];
        let mut events =
            vec![Event::QrMade, Event::QrFailed, Event::Redeemed, Event::Superseded, Event::Expired];
        for phone in phones {
            events.extend([Event::Scanned(phone), Event::Refused(phone)]);
            events.extend(
                [Fit::Fits, Fit::Mismatch, Fit::Same, Fit::Taken].map(|fit| Event::Allowed(phone, fit)),
            );
        }
        events
    }

    /// All edges, written once more by hand.
    fn edges() -> Vec<(ScanState, Event, ScanState)> {
        use Event as E;
        use Phone::{Owner, Visitor};
        use ScanState as S;
        let mut edges = vec![
            (S::Created, E::QrMade, S::Waiting),
            (S::Created, E::QrFailed, S::Failed),
            (S::Waiting, E::Scanned(Owner), S::Scanned),
            (S::Waiting, E::Allowed(Owner, Fit::Fits), S::Confirmed),
            (S::Waiting, E::Allowed(Owner, Fit::Mismatch), S::Mismatch),
            (S::Waiting, E::Allowed(Owner, Fit::Same), S::Same),
            (S::Waiting, E::Allowed(Owner, Fit::Taken), S::Taken),
            (S::Waiting, E::Refused(Owner), S::Denied),
            (S::Waiting, E::Scanned(Visitor), S::Snapshot),
            (S::Waiting, E::Refused(Visitor), S::Snapshot),
            (S::Scanned, E::Allowed(Owner, Fit::Fits), S::Confirmed),
            (S::Scanned, E::Allowed(Owner, Fit::Mismatch), S::Mismatch),
            (S::Scanned, E::Allowed(Owner, Fit::Same), S::Same),
            (S::Scanned, E::Allowed(Owner, Fit::Taken), S::Taken),
            (S::Scanned, E::Refused(Owner), S::Denied),
            (S::Confirmed, E::Redeemed, S::Consumed),
        ];
        for fit in [Fit::Fits, Fit::Mismatch, Fit::Same, Fit::Taken] {
            edges.push((S::Waiting, E::Allowed(Visitor, fit), S::Snapshot));
        }
        for state in [S::Created, S::Waiting, S::Scanned, S::Confirmed] {
            edges.push((state, E::Superseded, S::Superseded));
            edges.push((state, E::Expired, S::Expired));
        }
        edges
    }

    #[test]
    fn qr_04_every_state_meets_every_event() {
        let edges = edges();
        for state in STATES {
            for event in events() {
                let edge = edges.iter().find(|(from, on, _)| (*from, *on) == (state, event));
                assert_eq!(after(state, event), edge.map(|(_, _, to)| *to), "{state:?} and {event:?}");
            }
        }
    }

    #[test]
    fn qr_04_a_million_random_events_find_no_illegal_edge() {
        // The states on the way to success in their order; all others are ends.
        let way = [
            ScanState::Created,
            ScanState::Waiting,
            ScanState::Scanned,
            ScanState::Confirmed,
            ScanState::Consumed,
        ];
        let rank = |state| way.iter().position(|known| *known == state);
        let events = events();
        let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
        let mut state = ScanState::Created;
        let (mut ends, mut consumed) = (0, 0);
        for _ in 0..1_000_000 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            if dice.is_multiple_of(16) {
                // Most scans of a random walk end soon, so a new one begins now and then.
                state = ScanState::Created;
            }
            let event = events[usize::try_from((dice >> 32) % events.len() as u64).expect("small")];
            let Some(next) = after(state, event) else { continue };
            match (rank(state), rank(next)) {
                (Some(from), Some(to)) => assert!(to > from, "{state:?} went back to {next:?}"),
                (Some(from), None) => {
                    assert!(from < 4, "{state:?} is an end and became {next:?}");
                    ends += 1;
                }
                (None, _) => panic!("{state:?} is an end and became {next:?}"),
            }
            if next == ScanState::Consumed {
                assert_eq!((state, event), (ScanState::Confirmed, Event::Redeemed));
                consumed += 1;
            }
            if next == ScanState::Confirmed {
                assert_eq!(event, Event::Allowed(Phone::Owner, Fit::Fits));
            }
            assert!(!matches!(event, Event::Scanned(Phone::Other) | Event::Allowed(Phone::Other, _)));
            state = next;
        }
        assert!(ends > 1000 && consumed > 100, "a walk that gets nowhere: {ends} {consumed}");
    }

    #[test]
    fn qr_15_events_in_any_order_and_number_reach_the_same_end() {
        let scanned = Event::Scanned(Phone::Owner);
        for (answer, end) in [
            (Event::Allowed(Phone::Owner, Fit::Fits), ScanState::Confirmed),
            (Event::Allowed(Phone::Owner, Fit::Taken), ScanState::Taken),
            (Event::Refused(Phone::Owner), ScanState::Denied),
        ] {
            for order in [
                [scanned, answer, scanned],
                [answer, scanned, answer],
                [scanned, scanned, answer],
                [answer, scanned, scanned],
                [answer, answer, scanned],
                [scanned, answer, answer],
            ] {
                let walked = order
                    .into_iter()
                    .fold(ScanState::Waiting, |state, event| after(state, event).unwrap_or(state));
                assert_eq!(walked, end, "{order:?}");
            }
        }
    }

    #[test]
    fn qr_04_the_first_phone_owns_it() {
        let who = |id: &str, snapshot| Identity { id: id.into(), nickname: String::new(), snapshot };
        assert_eq!(phone(None, &who("a", false)), Phone::Owner);
        assert_eq!(phone(Some("a"), &who("a", false)), Phone::Owner);
        assert_eq!(phone(Some("a"), &who("b", false)), Phone::Other);
        assert_eq!(phone(None, &who("a", true)), Phone::Visitor);
        assert_eq!(phone(Some("a"), &who("a", true)), Phone::Visitor);
    }

    #[test]
    fn w3_w5_which_wechat_fits() {
        use ScanPurpose::{BindNew, SignIn, VerifyBound};
        for (purpose, bound, taken, expected) in [
            (SignIn, None, false, Fit::Fits),
            (SignIn, Some("b"), true, Fit::Fits),
            (VerifyBound, Some("a"), false, Fit::Fits),
            (VerifyBound, Some("b"), false, Fit::Mismatch),
            (VerifyBound, None, false, Fit::Mismatch),
            (BindNew, None, false, Fit::Fits),
            (BindNew, Some("b"), false, Fit::Fits),
            (BindNew, Some("a"), false, Fit::Same),
            (BindNew, Some("a"), true, Fit::Same),
            (BindNew, Some("b"), true, Fit::Taken),
            (BindNew, None, true, Fit::Taken),
        ] {
            assert_eq!(fit(purpose, "a", bound, taken), expected, "{purpose:?} {bound:?} {taken}");
        }
    }
}
