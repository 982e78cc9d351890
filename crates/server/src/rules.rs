//! The rules of decision: pure functions of facts and time, no SQL, no HTTP, each with a table
//! test. Handlers ask them when something is offered, when it is tried and when it is done.

pub(crate) mod cancel;
pub(crate) mod console;
pub(crate) mod meeting;

use crate::clock::Moment;
use contract::account::{Edition, Surface, Way, WayOffer};
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use contract::scan::ScanPurpose;
use std::time::Duration;

/// Life of a code (G2).
pub(crate) const CODE_LIFE: Duration = Duration::from_secs(5 * 60);
/// Between two codes to one number (G2).
pub(crate) const SEND_GAP: Duration = Duration::from_secs(60);
/// Wrong tries of a chain before the lock (G2).
pub(crate) const TRIES: u32 = 5;
/// The lock (G2).
pub(crate) const LOCK: Duration = Duration::from_secs(15 * 60);
/// Wrong tries in a rolling day, of a number's strangers together or of one known browser (G2).
pub(crate) const TRIES_A_DAY: usize = 10;
/// How old a step-up may be when a code to the new number is sent (P5).
pub(crate) const STEP_UP_LIFE: Duration = Duration::from_secs(5 * 60);
/// New numbers a change may try (P5).
pub(crate) const TARGETS: u32 = 3;
/// How long an unbound number rests (P7).
pub(crate) const REST: Duration = DAY;
/// Life of a QR (QR-01).
pub(crate) const SCAN_LIFE: Duration = Duration::from_secs(120);
/// How long a phone has to be bound before it can verify a change of the WeChat (W2).
pub(crate) const PHONE_AGE: Duration = Duration::from_secs(14 * 24 * 3600);
/// How long the recorded answer of an effect can be asked for (G4).
pub(crate) const OUTCOME_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long events are kept, which the database insists on too *(ours)*.
pub(crate) const TRAIL_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long an uploaded picture waits to be set (AVA-5).
pub(crate) const PENDING_LIFE: Duration = Duration::from_secs(10 * 60);
/// Uploaded pictures of an account that wait at one time (AVA-5).
pub(crate) const PENDING_PICTURES: u32 = 3;
/// Files of an account that are decoded in a rolling hour (AVA-5).
const UPLOADS_AN_HOUR: usize = 20;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
/// Codes to one number in a rolling hour and a rolling day (G2).
const SEND_BUDGETS: [(usize, Duration); 2] = [(5, HOUR), (10, DAY)];

/// What decides whether an account may replace its phone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PhoneChangeFacts<'a> {
    /// What is paid for.
    pub(crate) edition: Edition,
    /// Where the session was opened.
    pub(crate) surface: Surface,
    /// Whether the organization's own sign-in manages the account.
    pub(crate) sso: bool,
    /// The number bound now.
    pub(crate) bound: &'a PhoneNumber,
}

/// Whether an account may replace its phone (P2, P3). The reason that is hardest to cure is
/// named first.
pub(crate) fn phone_change(facts: PhoneChangeFacts<'_>) -> Result<(), Refusal> {
    if facts.sso {
        return Err(Refusal::SsoManaged);
    }
    let paid_by_organization = matches!(facts.edition, Edition::Business | Edition::Enterprise);
    if paid_by_organization && matches!(facts.surface, Surface::Web | Surface::Kiosk) {
        return Err(Refusal::EditionNotOnSurface);
    }
    if !facts.bound.is_mainland() {
        return Err(Refusal::PhoneForeign);
    }
    Ok(())
}

/// Whether an account may set its password: not where nobody's own device is (G6), nor where the
/// organization's sign-in takes its place (L2).
pub(crate) fn password_change(surface: Surface, sso: bool) -> Result<(), Refusal> {
    match (sso, surface) {
        (true, _) => Err(Refusal::SsoManaged),
        (false, Surface::Kiosk) => Err(Refusal::NotOnKiosk),
        (false, _) => Ok(()),
    }
}

/// Whether an account may end its other sessions from here (G6).
pub(crate) fn end_others(surface: Surface) -> Result<(), Refusal> {
    if surface == Surface::Kiosk { Err(Refusal::NotOnKiosk) } else { Ok(()) }
}

/// Whether past meetings are shown here: not where the next person stands soon (H3, G6).
pub(crate) fn history(surface: Surface) -> Result<(), Refusal> {
    end_others(surface)
}

/// Whether an account may replace its WeChat, or bind the first: not where the organization's
/// sign-in takes its place (L2), and on a shared device only personal accounts (G6).
pub(crate) fn wechat_change(edition: Edition, surface: Surface, sso: bool) -> Result<(), Refusal> {
    let paid_by_organization = matches!(edition, Edition::Business | Edition::Enterprise);
    match (sso, surface) {
        (true, _) => Err(Refusal::SsoManaged),
        (false, Surface::Kiosk) if paid_by_organization => Err(Refusal::EditionNotOnSurface),
        (false, _) => Ok(()),
    }
}

/// Whether an account may change its picture: personal ones always, those of an organization while it
/// lets them (A1); none at a shared device (G6). Who signs in at the organization may too.
pub(crate) fn avatar_change(edition: Edition, surface: Surface, open: bool) -> Result<(), Refusal> {
    let paid_by_organization = matches!(edition, Edition::Business | Edition::Enterprise);
    if paid_by_organization && !open {
        return Err(Refusal::AvatarLocked);
    }
    if surface == Surface::Kiosk { Err(Refusal::NotOnKiosk) } else { Ok(()) }
}

/// Whether another file is decoded for an account, given those of the last hour, newest first, or how many
/// seconds later (AVA-5).
pub(crate) fn may_upload(uploaded: &[Moment], now: Moment) -> Result<(), u32> {
    let open_at = uploaded.get(UPLOADS_AN_HOUR - 1).map(|first_of_budget| first_of_budget.after(HOUR));
    match open_at.filter(|open_at| *open_at > now) {
        Some(open_at) => Err(now.seconds_until(open_at)),
        None => Ok(()),
    }
}

/// What decides which ways are open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WayFacts {
    /// Whether a password is set.
    pub(crate) has_password: bool,
    /// Whether a WeChat is bound.
    pub(crate) has_wechat: bool,
    /// Since when the phone is bound to this account.
    pub(crate) phone_bound_at: Moment,
}

/// The ways to prove the old identity (P1, W1, W7, C3). Each is a factor that is bound now, so nothing
/// weaker than what is replaced ever replaces it: the phone, the password and the WeChat prove each
/// other as those rules say, and none is removed (STP-08). A password never replaces a WeChat
/// (W1), and a phone that is new to the account does not yet (W2).
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

/// How long what a phone allowed waits for the browser that asked (QR-01). A new WeChat is looked
/// at before it is bound, as a code to a new number is typed (P5).
pub(crate) fn confirmed_life(purpose: ScanPurpose) -> Duration {
    match purpose {
        ScanPurpose::SignIn | ScanPurpose::VerifyBound => SCAN_LIFE,
        ScanPurpose::BindNew => STEP_UP_LIFE,
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

/// What is known about a number somebody wants to bind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewNumberFacts<'a> {
    /// The number bound now.
    pub(crate) bound: &'a PhoneNumber,
    /// Whether another account of the tenant holds it.
    pub(crate) taken: bool,
    /// Until when it rests for this account (P7).
    pub(crate) resting_until: Option<Moment>,
}

/// Whether a number could be a new one at all; tells before anything is looked up.
pub(crate) fn new_number_form(typed: &str) -> Result<PhoneNumber, Refusal> {
    let number = PhoneNumber::parse(typed).ok_or(Refusal::PhoneInvalid)?;
    if number.is_mainland() { Ok(number) } else { Err(Refusal::PhoneForeign) }
}

/// Whether a number may be bound (P4, P7), asked when a code is sent to it and again in the
/// transaction that binds it.
pub(crate) fn new_number(
    number: &PhoneNumber,
    facts: NewNumberFacts<'_>,
    now: Moment,
) -> Result<(), Refusal> {
    if !number.is_mainland() {
        return Err(Refusal::PhoneForeign);
    }
    if number == facts.bound {
        return Err(Refusal::PhoneSame);
    }
    if facts.taken {
        return Err(Refusal::PhoneTaken);
    }
    match facts.resting_until {
        Some(until) if until > now => Err(Refusal::PhoneResting { until: until.timestamp() }),
        _ => Ok(()),
    }
}

/// Until when a number rests for `account`, given its unexpired rests (P7): nobody waits who
/// held it himself.
pub(crate) fn resting_until(
    rests: &[(String, Moment)],
    account: Option<&str>,
    now: Moment,
) -> Option<Moment> {
    let running = rests.iter().filter(|(_, until)| *until > now);
    if running.clone().any(|(held_by, _)| Some(held_by.as_str()) == account) {
        return None;
    }
    running.map(|(_, until)| *until).max()
}

/// When the next code can be sent to a number that got codes at `sent`, newest first (G2).
pub(crate) fn may_send(sent: &[Moment], now: Moment) -> Result<(), Refusal> {
    if let Some(&latest) = sent.first() {
        let next = latest.after(SEND_GAP);
        if next > now {
            return Err(Refusal::SendTooOften { after: now.seconds_until(next) });
        }
    }
    let open_at = SEND_BUDGETS
        .iter()
        .filter_map(|&(budget, window)| {
            sent.get(budget - 1).map(|first_of_budget| first_of_budget.after(window))
        })
        .filter(|open_at| *open_at > now)
        .max();
    match open_at {
        Some(until) => Err(Refusal::SendQuota { until: until.timestamp() }),
        None => Ok(()),
    }
}

/// The day that budgets of a rolling day look back over begins here.
pub(crate) fn day_before(now: Moment) -> Moment {
    now.before(DAY)
}

/// The same for budgets of a rolling hour.
pub(crate) fn hour_before(now: Moment) -> Moment {
    now.before(HOUR)
}

/// The day of UTC, counted from 1970, that the system's own budgets are kept by.
pub(crate) fn day_of(now: Moment) -> i64 {
    now.millis().div_euclid(i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX))
}

/// When the day of UTC ends.
pub(crate) fn day_end(now: Moment) -> Moment {
    let day = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
    Moment::from_millis((day_of(now) + 1).saturating_mul(day))
}

/// Of the codes of a day, how many may go to somebody: strangers leave the last fifth to browsers that know
/// the number and to people who are signed in, so that nobody can lock them out by asking (V7).
pub(crate) fn codes_of_day(in_all: u32, is_known: bool) -> u32 {
    if is_known { in_all } else { in_all - in_all / 5 }
}

/// Until when there are no more tries, given those of a rolling day, newest first (G2).
pub(crate) fn day_lock(tried: &[Moment], now: Moment) -> Option<Moment> {
    tried.get(TRIES_A_DAY - 1).map(|first_of_budget| first_of_budget.after(DAY)).filter(|until| *until > now)
}

/// When a login session ends if it is not used again: idle for too long, or open for too long
/// whatever was done (SES-05). Using it moves the first limit and never the second.
pub(crate) fn session_end(surface: Surface, created_at: Moment, last_seen_at: Moment) -> Moment {
    let (open, idle) = session_limits(surface);
    created_at.after(open).min(last_seen_at.after(idle))
}

/// How long a login session may be open, and how long idle *(ours, but for kiosk's idle time, G6)*.
pub(crate) fn session_limits(surface: Surface) -> (Duration, Duration) {
    match surface {
        Surface::Web => (DAY * 30, DAY * 7),
        // The host app guards the device; it says so by opening the webview.
        Surface::App | Surface::Desktop => (DAY * 30, DAY * 30),
        Surface::Kiosk => (Duration::from_secs(30 * 60), Duration::from_secs(90)),
    }
}

/// Seconds until another code can be sent, as the screen counts them down.
pub(crate) fn retry_in(latest: Option<Moment>, now: Moment) -> u32 {
    latest.map_or(0, |latest| now.seconds_until(latest.after(SEND_GAP)))
}

/// The wrong tries of a chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chain {
    /// Tries charged since the last success, lock or lapse.
    pub(crate) wrong: u32,
    /// The last of them.
    pub(crate) tried_at: Option<Moment>,
    /// Set by the fifth.
    pub(crate) locked_until: Option<Moment>,
}

impl Chain {
    /// The lock that runs now.
    pub(crate) fn lock(&self, now: Moment) -> Option<Moment> {
        self.locked_until.filter(|until| *until > now)
    }

    /// The chain after one more try, or the end of the lock, which a try neither counts for nor
    /// extends. After a lock the chain is fresh; so it is a day after its last try *(ours)*.
    pub(crate) fn charge(self, now: Moment) -> Result<Self, Moment> {
        if let Some(until) = self.lock(now) {
            return Err(until);
        }
        let fresh = self.locked_until.is_some() || self.tried_at.is_none_or(|at| at.after(DAY) <= now);
        let wrong = if fresh { 1 } else { self.wrong + 1 };
        let locked_until = (wrong >= TRIES).then(|| now.after(LOCK));
        Ok(Self { wrong, tried_at: Some(now), locked_until })
    }

    /// Tries that remain.
    pub(crate) fn left(&self) -> u32 {
        TRIES.saturating_sub(self.wrong)
    }
}

/// Whether a step-up is fresh enough to send a code to the new number (P5).
pub(crate) fn step_up_fresh(proven_at: Option<Moment>, now: Moment) -> bool {
    proven_at.is_some_and(|at| at.after(STEP_UP_LIFE) >= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those for which every way that is bound will do.
    const PLAIN: [Action; 7] = [
        Action::Phone,
        Action::Password,
        Action::EndOtherSessions,
        Action::EndDevice,
        Action::DeleteUser,
        Action::ChangeSuperAdmin,
        Action::Cancel,
    ];

    fn number(typed: &str) -> PhoneNumber {
        PhoneNumber::parse(typed).expect("a number")
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn a1_g6_who_may_change_the_picture() {
        use Edition::{Business, Enterprise, Free, Member};
        use Surface::{App, Desktop, Kiosk, Web};
        for surface in [Web, App, Desktop] {
            for (edition, open, expected) in [
                (Free, false, Ok(())),
                (Free, true, Ok(())),
                (Member, false, Ok(())),
                (Business, false, Err(Refusal::AvatarLocked)),
                (Business, true, Ok(())),
                (Enterprise, false, Err(Refusal::AvatarLocked)),
                (Enterprise, true, Ok(())),
            ] {
                assert_eq!(avatar_change(edition, surface, open), expected, "{edition:?} {surface:?}");
            }
        }
        for (edition, open) in [(Free, false), (Member, false), (Business, true), (Enterprise, true)] {
            assert_eq!(avatar_change(edition, Kiosk, open), Err(Refusal::NotOnKiosk), "{edition:?}");
        }
        assert_eq!(avatar_change(Business, Kiosk, false), Err(Refusal::AvatarLocked));
    }

    #[test]
    fn ava_5_twenty_files_in_a_rolling_hour() {
        let uploaded: Vec<Moment> = (0..20).rev().map(|minute| at(minute * 60)).collect();
        assert_eq!(may_upload(&uploaded[1..], at(20 * 60)), Ok(()));
        assert_eq!(may_upload(&uploaded, at(20 * 60)), Err(40 * 60));
        assert_eq!(may_upload(&uploaded, at(3600)), Ok(()));
    }

    #[test]
    fn p2_p3_who_may_replace_the_phone() {
        use Edition::{Business, Enterprise, Free, Member};
        use Surface::{App, Desktop, Kiosk, Web};
        let mainland = number("13800000001");
        let abroad = number("+85261234567");
        let ask =
            |edition, surface, sso, bound| phone_change(PhoneChangeFacts { edition, surface, sso, bound });
        for edition in [Free, Member] {
            for surface in [Web, App, Desktop, Kiosk] {
                assert_eq!(ask(edition, surface, false, &mainland), Ok(()), "{edition:?} {surface:?}");
                assert_eq!(ask(edition, surface, false, &abroad), Err(Refusal::PhoneForeign));
                assert_eq!(ask(edition, surface, true, &abroad), Err(Refusal::SsoManaged));
            }
        }
        for edition in [Business, Enterprise] {
            for surface in [App, Desktop] {
                assert_eq!(ask(edition, surface, false, &mainland), Ok(()), "{edition:?} {surface:?}");
            }
            for surface in [Web, Kiosk] {
                assert_eq!(ask(edition, surface, false, &mainland), Err(Refusal::EditionNotOnSurface));
                assert_eq!(ask(edition, surface, false, &abroad), Err(Refusal::EditionNotOnSurface));
                assert_eq!(ask(edition, surface, true, &mainland), Err(Refusal::SsoManaged));
            }
        }
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
    fn w2_a_phone_of_less_than_fourteen_days_closes_this_way_of_this_change() {
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
    fn l2_g6_who_may_change_the_wechat_where() {
        use Edition::{Business, Enterprise, Free, Member};
        use Surface::{App, Desktop, Kiosk, Web};
        for edition in [Free, Member, Business, Enterprise] {
            for surface in [Web, App, Desktop, Kiosk] {
                assert_eq!(wechat_change(edition, surface, true), Err(Refusal::SsoManaged));
                let personal = matches!(edition, Free | Member);
                let expected =
                    if personal || surface != Kiosk { Ok(()) } else { Err(Refusal::EditionNotOnSurface) };
                assert_eq!(wechat_change(edition, surface, false), expected, "{edition:?} {surface:?}");
            }
        }
    }

    #[test]
    fn p4_what_a_new_number_may_be() {
        assert_eq!(new_number_form("1380000"), Err(Refusal::PhoneInvalid));
        assert_eq!(new_number_form("+85261234567"), Err(Refusal::PhoneForeign));
        assert_eq!(
            new_number_form("+86 139 0000 0001").map(|n| n.as_str().to_owned()),
            Ok("+8613900000001".into())
        );
        let bound = number("13800000001");
        let other = number("13900000001");
        let now = at(100);
        let free = NewNumberFacts { bound: &bound, taken: false, resting_until: None };
        let resting = NewNumberFacts { resting_until: Some(at(101)), ..free };
        assert_eq!(new_number(&other, free, now), Ok(()));
        assert_eq!(
            new_number(&bound, NewNumberFacts { taken: true, ..resting }, now),
            Err(Refusal::PhoneSame)
        );
        assert_eq!(
            new_number(&other, NewNumberFacts { taken: true, ..resting }, now),
            Err(Refusal::PhoneTaken)
        );
        assert_eq!(
            new_number(&other, resting, now),
            Err(Refusal::PhoneResting { until: at(101).timestamp() })
        );
        assert_eq!(new_number(&other, resting, at(101)), Ok(()), "free at the very moment");
    }

    #[test]
    fn p7_a_number_rests_for_everybody_but_its_holder() {
        let rests = [("a".to_owned(), at(50)), ("b".to_owned(), at(80))];
        for (account, now, expected) in [
            (None, 0, Some(80)),
            (Some("c"), 0, Some(80)),
            (Some("a"), 0, None),
            (Some("b"), 79, None),
            (Some("a"), 50, Some(80)),
            (Some("c"), 79, Some(80)),
            (Some("c"), 80, None),
        ] {
            assert_eq!(resting_until(&rests, account, at(now)), expected.map(at), "{account:?} at {now}");
        }
    }

    #[test]
    fn g2_when_a_code_may_be_sent() {
        let ask = |sent: &[i64], now| may_send(&sent.iter().map(|&s| at(s)).collect::<Vec<_>>(), at(now));
        assert_eq!(ask(&[], 0), Ok(()));
        assert_eq!(ask(&[0], 59), Err(Refusal::SendTooOften { after: 1 }));
        assert_eq!(ask(&[0], 60), Ok(()));
        let five = [240, 180, 120, 60, 0];
        assert_eq!(ask(&five, 300), Err(Refusal::SendQuota { until: at(3600).timestamp() }));
        assert_eq!(ask(&five, 3599), Err(Refusal::SendQuota { until: at(3600).timestamp() }));
        assert_eq!(ask(&five, 3600), Ok(()));
        let ten: Vec<i64> = (0..10).rev().map(|n| n * 1000).collect();
        assert_eq!(ask(&ten, 13_000), Err(Refusal::SendQuota { until: at(86_400).timestamp() }));
        assert_eq!(ask(&ten, 86_399), Err(Refusal::SendQuota { until: at(86_400).timestamp() }));
        assert_eq!(ask(&ten, 86_400), Ok(()));
        assert_eq!(retry_in(Some(at(0)), at(1)), 59);
        assert_eq!(retry_in(None, at(1)), 0);
    }

    #[test]
    fn otp_05_five_tries_then_a_lock_that_nothing_extends() {
        let mut chain = Chain::default();
        for (try_number, left) in [(1, 4), (2, 3), (3, 2), (4, 1), (5, 0)] {
            chain = chain.charge(at(try_number)).expect("open");
            assert_eq!(chain.left(), left);
        }
        assert_eq!(chain.locked_until, Some(at(5 + 900)));
        assert_eq!(chain.charge(at(6)), Err(at(905)));
        assert_eq!(chain.charge(at(904)), Err(at(905)));
        let fresh = chain.charge(at(905)).expect("open again");
        assert_eq!((fresh.wrong, fresh.locked_until), (1, None));
    }

    #[test]
    fn otp_05_a_chain_lapses_a_day_after_its_last_try() {
        let chain = Chain { wrong: 4, tried_at: Some(at(0)), locked_until: None };
        assert_eq!(chain.charge(at(86_399)).expect("open").wrong, 5);
        assert_eq!(chain.charge(at(86_400)).expect("open").wrong, 1);
    }

    #[test]
    fn g2_ten_wrong_tries_in_a_rolling_day() {
        let nine: Vec<Moment> = (0..9).rev().map(|n| at(n * 100)).collect();
        assert_eq!(day_lock(&nine, at(900)), None);
        let ten: Vec<Moment> = (0..10).rev().map(|n| at(n * 100)).collect();
        assert_eq!(day_lock(&ten, at(900)), Some(at(86_400)), "until the oldest is a day old");
        assert_eq!(day_lock(&ten, at(86_399)), Some(at(86_400)));
        assert_eq!(day_lock(&ten, at(86_400)), None);
    }

    #[test]
    fn days_of_utc() {
        assert_eq!((day_of(at(0)), day_of(at(86_399)), day_of(at(86_400)), day_of(at(-1))), (0, 0, 1, -1));
        assert_eq!((day_before(at(86_400)), hour_before(at(3600))), (at(0), at(0)));
    }

    #[test]
    fn ses_05_sliding_never_passes_absolute() {
        use Surface::{App, Desktop, Kiosk, Web};
        const DAYS: i64 = 86_400;
        for (surface, last_seen, end) in [
            (Web, 0, 7 * DAYS),
            (Web, DAYS, 8 * DAYS),
            (Web, 29 * DAYS, 30 * DAYS),
            (App, 0, 30 * DAYS),
            (App, 20 * DAYS, 30 * DAYS),
            (Desktop, 20 * DAYS, 30 * DAYS),
            (Kiosk, 0, 90),
            (Kiosk, 100, 190),
            (Kiosk, 1790, 1800),
        ] {
            assert_eq!(session_end(surface, at(0), at(last_seen)), at(end), "{surface:?} {last_seen}");
        }
    }

    #[test]
    fn g6_a_shared_device_neither_sets_passwords_nor_ends_sessions() {
        use Surface::{App, Desktop, Kiosk, Web};
        for surface in [Web, App, Desktop] {
            assert_eq!(password_change(surface, false), Ok(()));
            assert_eq!(password_change(surface, true), Err(Refusal::SsoManaged));
            assert_eq!(end_others(surface), Ok(()));
        }
        assert_eq!(password_change(Kiosk, false), Err(Refusal::NotOnKiosk));
        assert_eq!(end_others(Kiosk), Err(Refusal::NotOnKiosk));
    }

    #[test]
    fn p5_a_step_up_is_fresh_for_five_minutes() {
        assert!(!step_up_fresh(None, at(0)));
        assert!(step_up_fresh(Some(at(0)), at(299)));
        assert!(step_up_fresh(Some(at(0)), at(300)));
        assert!(!step_up_fresh(Some(at(0)), at(301)));
    }
}
