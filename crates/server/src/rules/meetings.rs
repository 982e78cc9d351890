//! Meetings at the same time (M1–M4), and which past ones are listed on every device (H1, H2).

use super::limits::DAY;
use crate::clock::Moment;
use contract::account::{DeviceKind, Edition};
use contract::meetings::{MeetingRule, SLOTS};
use std::time::Duration;

/// A meeting whose end was not reported is over after this time, so that a lost report does not hold its slot
/// forever *(ours)*.
pub(crate) const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long past meetings are listed *(ours)*.
pub(crate) const HISTORY_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// How far in the future a reported event may lie, because clocks differ *(ours)*.
pub(crate) const CLOCKS_DIFFER: Duration = Duration::from_secs(5 * 60);
/// How far ahead a meeting may be scheduled *(ours)*.
pub(crate) const AHEAD: Duration = Duration::from_secs(2 * 365 * 24 * 3600);

/// A meeting that the account is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attending<'a> {
    pub(crate) meeting: &'a str,
    pub(crate) kind: DeviceKind,
    /// Whether the account started it.
    pub(crate) own: bool,
}

/// A meeting that the account wants to join as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// Its id; none for a meeting that the account is not in.
    pub(crate) meeting: Option<&'a str>,
    pub(crate) kind: DeviceKind,
    /// Whether the account starts it.
    pub(crate) own: bool,
}

/// Whether a kind of device holds a slot (M4).
pub(crate) fn holds_slot(kind: DeviceKind) -> bool {
    SLOTS.contains(&kind)
}

/// Whether an account may be in one more meeting, or the rule that forbids it; of several, the one that is
/// hardest to get around. The same meeting on another device is a move, so its old place does not count.
/// Browsers and shared devices hold no slot, but own meetings count wherever they are held (M1).
pub(crate) fn may_join(
    edition: Edition,
    attending: &[Attending<'_>],
    wish: Wish<'_>,
) -> Result<(), MeetingRule> {
    let others = || attending.iter().filter(|attended| Some(attended.meeting) != wish.meeting);
    if wish.own && edition != Edition::Enterprise && others().any(|attended| attended.own) {
        return Err(MeetingRule::M1);
    }
    if !holds_slot(wish.kind) {
        return Ok(());
    }
    let taken = |kind: DeviceKind| others().any(|attended| attended.kind == kind);
    if SLOTS.into_iter().all(taken) {
        return Err(if edition == Edition::Enterprise { MeetingRule::M3 } else { MeetingRule::M2 });
    }
    if taken(wish.kind) { Err(MeetingRule::M4) } else { Ok(()) }
}

/// The rules that apply to an edition.
pub(crate) fn rules_of(edition: Edition) -> Vec<MeetingRule> {
    match edition {
        Edition::Free | Edition::Member | Edition::Business => {
            vec![MeetingRule::M1, MeetingRule::M2, MeetingRule::M4]
        }
        Edition::Enterprise => vec![MeetingRule::M3, MeetingRule::M4],
    }
}

/// Whether a meeting that ended is listed on every device, given when the switch was turned on (H1, H2). One
/// that ended before and is reported late is not (HIS-1).
pub(crate) fn is_synced(on_since: Option<Moment>, ended_at: Moment) -> bool {
    on_since.is_some_and(|since| ended_at >= since)
}

/// Whether the times of a reported meeting are plausible.
pub(crate) fn times_are_sane(started_at: Moment, ended_at: Option<Moment>, now: Moment) -> bool {
    let latest = now.after(CLOCKS_DIFFER);
    match ended_at {
        Some(ended_at) => {
            started_at <= ended_at
                && ended_at <= latest
                && ended_at <= started_at.after(LONGEST)
                && ended_at.after(HISTORY_LIFE) > now
        }
        None => started_at <= latest && started_at.after(LONGEST) > now,
    }
}

/// Whether a meeting can be scheduled for a time.
pub(crate) fn can_be_scheduled(starts_at: Moment, now: Moment) -> bool {
    starts_at > now.before(DAY) && starts_at <= now.after(AHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use DeviceKind::{Kiosk, Web};
    use Edition::{Business, Enterprise, Free, Member};
    use MeetingRule::{M1, M2, M3, M4};

    const EDITIONS: [Edition; 4] = [Free, Member, Business, Enterprise];
    const KINDS: [DeviceKind; 7] = [
        DeviceKind::Windows,
        DeviceKind::Mac,
        DeviceKind::Android,
        DeviceKind::Ios,
        DeviceKind::Ipad,
        Web,
        Kiosk,
    ];
    const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

    /// Every set of kinds in use, each in a meeting of its own that is own or others', against every
    /// wish: 4 editions x 3^7 states x 7 kinds x own or not x another meeting or each of those.
    #[test]
    fn m1_m2_m3_m4_may_join_equals_the_model_in_every_state() {
        let mut seen = std::collections::BTreeMap::<String, u32>::new();
        let mut cases = 0_u32;
        for state in 0..3_usize.pow(7) {
            let attending: Vec<Attending<'_>> = (0..7)
                .filter_map(|at| match state / 3_usize.pow(at) % 3 {
                    0 => None,
                    n => {
                        let at = at as usize;
                        Some(Attending { meeting: NAMES[at], kind: KINDS[at], own: n == 1 })
                    }
                })
                .collect();
            for edition in EDITIONS {
                for (kind, own) in KINDS.into_iter().flat_map(|kind| [(kind, true), (kind, false)]) {
                    let known = attending.iter().map(|attended| Some(attended.meeting));
                    for meeting in known.chain([None, Some("new")]) {
                        let wish = Wish { meeting, kind, own };
                        let said = may_join(edition, &attending, wish);
                        assert_eq!(
                            said,
                            expected(edition, &attending, wish),
                            "{edition:?} {attending:?} {wish:?}"
                        );
                        *seen.entry(format!("{edition:?} {said:?}")).or_default() += 1;
                        cases += 1;
                    }
                }
            }
        }
        assert!(cases > 400_000, "{cases}");
        // Each rule decides somewhere, but only for its own editions.
        for edition in EDITIONS {
            for rule in [M1, M2, M3, M4] {
                let applies = rules_of(edition).contains(&rule);
                assert_eq!(
                    seen.contains_key(&format!("{edition:?} Err({rule:?})")),
                    applies,
                    "{edition:?} {rule:?}"
                );
            }
        }
    }

    /// M1 to M4, computed in another way.
    fn expected(edition: Edition, attending: &[Attending<'_>], wish: Wish<'_>) -> Result<(), MeetingRule> {
        let mut own = 0;
        let mut slots = Vec::new();
        for attended in attending {
            if wish.meeting == Some(attended.meeting) {
                continue;
            }
            own += usize::from(attended.own);
            if !matches!(attended.kind, Web | Kiosk) {
                slots.push(attended.kind);
            }
        }
        let paid_for_many = edition == Enterprise;
        let takes_slot = !matches!(wish.kind, Web | Kiosk);
        match (paid_for_many, takes_slot) {
            (false, _) if wish.own && own > 0 => Err(M1),
            (_, false) => Ok(()),
            (false, true) if slots.len() == 5 => Err(M2),
            (true, true) if slots.len() == 5 => Err(M3),
            (_, true) if slots.contains(&wish.kind) => Err(M4),
            _ => Ok(()),
        }
    }

    #[test]
    fn m1_m2_m3_m4_as_the_help_page_tells_it() {
        use DeviceKind::{Android, Ios, Ipad, Mac, Windows};
        let own = |meeting, kind| Attending { meeting, kind, own: true };
        let others = |meeting, kind| Attending { meeting, kind, own: false };
        let ask = |edition, attending: &[Attending<'_>], kind, own| {
            may_join(edition, attending, Wish { meeting: None, kind, own })
        };
        // Account 1: its own on windows, somebody else's on ios.
        let lin = [own("a", Windows), others("b", Ios)];
        assert_eq!(ask(Free, &lin, Mac, false), Ok(()));
        assert_eq!(ask(Free, &lin, Mac, true), Err(M1));
        assert_eq!(ask(Free, &lin, Web, true), Err(M1), "a browser holds no slot and is no way around M1");
        assert_eq!(ask(Free, &lin, Ios, false), Err(M4));
        assert_eq!(ask(Free, &lin, Web, false), Ok(()));
        // Account 6: hosts on mac and ipad at once.
        let qin = [own("a", Mac), own("b", Ipad)];
        assert_eq!(ask(Enterprise, &qin, Windows, true), Ok(()));
        assert_eq!(ask(Enterprise, &qin, Mac, true), Err(M4));
        let all = [Windows, Mac, Android, Ios, Ipad];
        let five: Vec<_> = NAMES.into_iter().zip(all).map(|(name, kind)| others(name, kind)).collect();
        assert_eq!(ask(Enterprise, &five, Mac, true), Err(M3));
        assert_eq!(ask(Business, &five, Mac, false), Err(M2));
        assert_eq!(ask(Business, &five, Web, false), Ok(()));
        // The same meeting on another device is a move.
        let moves = |kind| may_join(Free, &lin, Wish { meeting: Some("a"), kind, own: true });
        assert_eq!((moves(Mac), moves(Windows), moves(Ios)), (Ok(()), Ok(()), Err(M4)));
    }

    #[test]
    fn h1_h2_his_1_meeting_ended_before_sync_is_not_synced() {
        let at = Moment::from_millis;
        for (since, ended, expected) in
            [(None, 5, false), (Some(5), 4, false), (Some(5), 5, true), (Some(5), 6, true)]
        {
            assert_eq!(is_synced(since.map(at), at(ended)), expected, "{since:?} {ended}");
        }
    }

    #[test]
    fn what_cannot_have_happened_is_not_believed() {
        let hours = |hours: i64| Moment::from_millis(hours * 3_600_000);
        let week = 7 * 24;
        for (started, ended, now, sane) in [
            (0, None, 0, true),
            (0, None, week - 1, true),
            (0, None, week, false),
            (1, None, 0, false),
            (0, Some(0), 0, true),
            (1, Some(0), 5, false),
            (0, Some(1), 0, false),
            (0, Some(week), 9 * week, true),
            (0, Some(week + 1), 9 * week, false),
        ] {
            let said = times_are_sane(hours(started), ended.map(hours), hours(now));
            assert_eq!(said, sane, "{started} {ended:?} at {now}");
        }
        assert!(times_are_sane(hours(0).after(CLOCKS_DIFFER), None, hours(0)));
        for (starts, sane) in
            [(-24, false), (-23, true), (1, true), (2 * 365 * 24, true), (2 * 365 * 24 + 1, false)]
        {
            assert_eq!(can_be_scheduled(hours(starts), hours(0)), sane, "{starts}");
        }
    }
}
