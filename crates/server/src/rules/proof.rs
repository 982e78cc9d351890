//! Proof of the old identity: which ways are open, and how long a proof is valid.

use super::limits::{KIOSK_SCAN_LIFE, PHONE_AGE, SCAN_LIFE, STEP_UP_LIFE};
use crate::clock::Moment;
use contract::account::{DeviceKind, Way, WayOffer};
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::ScanPurpose;
use std::time::Duration;

/// Facts that decide which ways are open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WayFacts {
    pub(crate) has_password: bool,
    pub(crate) has_wechat: bool,
    /// When the phone was bound to this account.
    pub(crate) phone_bound_at: Moment,
}

/// The ways to prove the old identity (P1, W1, W7, C3). Each is a factor that is bound now, so that no weaker
/// one replaces it: the phone, the password and the WeChat prove each other as the product says, and none is
/// removed (STP-08). A password never replaces a WeChat (W1), nor does a phone that is new to the account
/// (W2).
pub(crate) fn ways(action: Action, facts: WayFacts, now: Moment) -> Vec<WayOffer> {
    let offer = |way, closed| WayOffer { way, closed };
    let unless = |bound: bool| (!bound).then_some(Refusal::WayNotOpen);
    let sms = offer(Way::Sms, None);
    let password = offer(Way::Password, unless(facts.has_password));
    let wechat = offer(Way::Wechat, unless(facts.has_wechat));
    match action {
        Action::Phone
        | Action::Password
        | Action::EndOtherSessions
        | Action::EndDevice
        | Action::DeleteUser
        | Action::ChangeSuperAdmin
        | Action::Cancel => vec![sms, password, wechat],
        Action::Wechat if facts.has_wechat => {
            let until = facts.phone_bound_at.after(PHONE_AGE);
            let too_new = (until > now).then(|| Refusal::PhoneTooNew { until: until.timestamp() });
            vec![offer(Way::Sms, too_new), wechat]
        }
        Action::Wechat => vec![sms, password],
    }
}

/// Whether a way is open among those offered (STP-04).
pub(crate) fn way_open(offers: &[WayOffer], way: Way) -> Result<(), Refusal> {
    match offers.iter().find(|offer| offer.way == way) {
        Some(WayOffer { closed: None, .. }) => Ok(()),
        Some(WayOffer { closed: Some(refusal), .. }) => Err(refusal.clone()),
        None => Err(Refusal::WayNotOpen),
    }
}

/// Whether a step-up is fresh enough to send a code to the new number (P5).
pub(crate) fn is_fresh(proven_at: Moment, now: Moment) -> bool {
    proven_at.after(STEP_UP_LIFE) >= now
}

/// How long a QR can be scanned (QR-01), on a shared device no longer than its person may be idle (G6).
pub(crate) fn scan_life(at: DeviceKind) -> Duration {
    if at == DeviceKind::Kiosk { KIOSK_SCAN_LIFE } else { SCAN_LIFE }
}

/// How long a scan that a phone allowed can be redeemed by the browser that began it (QR-01). A new WeChat is
/// shown before it is bound, so it has the time of a step-up (P5).
pub(crate) fn confirmed_life(purpose: ScanPurpose, at: DeviceKind) -> Duration {
    match purpose {
        ScanPurpose::SignIn | ScanPurpose::VerifyBound => scan_life(at),
        ScanPurpose::BindNew => STEP_UP_LIFE,
    }
}

#[cfg(test)]
mod tests {
    use super::{WayFacts, is_fresh, way_open, ways};
    use crate::clock::Moment;
    use contract::account::Way;
    use contract::me::Action;
    use contract::refusal::Refusal;

    /// Actions for which every bound way is open.
    const PLAIN: [Action; 7] = [
        Action::Phone,
        Action::Password,
        Action::EndOtherSessions,
        Action::EndDevice,
        Action::DeleteUser,
        Action::ChangeSuperAdmin,
        Action::Cancel,
    ];

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn p1_w1_w7_c3_the_ways_of_an_action_are_what_is_bound() {
        use Way::{Password, Sms, Wechat};
        const OPEN: Option<Refusal> = None;
        let closed = || Some(Refusal::WayNotOpen);
        let ask = |action, has_password, has_wechat| -> Vec<(Way, Option<Refusal>)> {
            let facts = WayFacts { has_password, has_wechat, phone_bound_at: at(0) };
            let offers = ways(action, facts, at(14 * 86_400)).into_iter();
            offers.map(|offer| (offer.way, offer.closed)).collect()
        };
        for action in PLAIN {
            assert_eq!(ask(action, true, true), [(Sms, OPEN), (Password, OPEN), (Wechat, OPEN)]);
            assert_eq!(ask(action, false, true), [(Sms, OPEN), (Password, closed()), (Wechat, OPEN)]);
            assert_eq!(ask(action, true, false), [(Sms, OPEN), (Password, OPEN), (Wechat, closed())]);
        }
        assert_eq!(ask(Action::Wechat, true, true), [(Sms, OPEN), (Wechat, OPEN)], "no password (W1)");
        assert_eq!(ask(Action::Wechat, false, true), [(Sms, OPEN), (Wechat, OPEN)]);
        assert_eq!(ask(Action::Wechat, true, false), [(Sms, OPEN), (Password, OPEN)], "the first (W7)");
        assert_eq!(ask(Action::Wechat, false, false), [(Sms, OPEN), (Password, closed())]);
    }

    #[test]
    fn w2_new_phone_closes_sms_for_a_wechat_change_for_14_days() {
        const DAYS: i64 = 86_400;
        let sms = |action, has_wechat, now| {
            let facts = WayFacts { has_password: true, has_wechat, phone_bound_at: at(100) };
            way_open(&ways(action, facts, at(now)), Way::Sms)
        };
        let too_new = Err(Refusal::PhoneTooNew { until: at(100 + 14 * DAYS).timestamp() });
        for (now, expected) in [
            (100, too_new.clone()),
            (100 + 14 * DAYS - 1, too_new),
            (100 + 14 * DAYS, Ok(())),
            (100 + 15 * DAYS, Ok(())),
        ] {
            assert_eq!(sms(Action::Wechat, true, now), expected, "{now}");
            assert_eq!(sms(Action::Wechat, false, now), Ok(()), "not for the first binding");
            for action in PLAIN {
                assert_eq!(sms(action, true, now), Ok(()), "not for {action:?}");
            }
        }
    }

    #[test]
    fn stp_04_only_what_is_offered_is_open() {
        let facts = WayFacts { has_password: true, has_wechat: true, phone_bound_at: at(0) };
        let offers = ways(Action::Wechat, facts, at(0));
        assert_eq!(way_open(&offers, Way::Wechat), Ok(()));
        assert_eq!(way_open(&offers, Way::Password), Err(Refusal::WayNotOpen));
    }

    #[test]
    fn p5_a_step_up_is_fresh_for_five_minutes() {
        assert!(is_fresh(at(0), at(299)));
        assert!(is_fresh(at(0), at(300)));
        assert!(!is_fresh(at(0), at(301)));
    }
}
