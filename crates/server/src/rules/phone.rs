//! Replacing the phone: which number may be replaced, and by which (P2–P4, P7).

use crate::clock::Moment;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;

/// Whether a bound number may be replaced (P3).
pub(crate) fn replaceable(bound: &PhoneNumber) -> Result<(), Refusal> {
    if bound.is_mainland() { Ok(()) } else { Err(Refusal::PhoneForeign) }
}

/// Facts about a number that an account wants to bind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewNumberFacts<'a> {
    /// The number bound now.
    pub(crate) bound: &'a PhoneNumber,
    /// Whether another account of the tenant holds it.
    pub(crate) taken: bool,
    /// The end of its rest for this account (P7).
    pub(crate) resting_until: Option<Moment>,
}

/// Whether a text has the form of a new number; checked before any lookup.
pub(crate) fn new_number_form(typed: &str) -> Result<PhoneNumber, Refusal> {
    let number = PhoneNumber::parse(typed).ok_or(Refusal::PhoneInvalid)?;
    if number.is_mainland() { Ok(number) } else { Err(Refusal::PhoneForeign) }
}

/// Whether a number may be bound (P4, P7); checked when a code is sent to it, and again in the transaction
/// that binds it.
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

/// An unbound number that others cannot bind for a while (P7).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    /// Whether the requesting account held it.
    pub(crate) own: bool,
    pub(crate) until: Moment,
}

/// The end of a number's rest for an account, given its rests; none for an account that held it (P7).
pub(crate) fn resting_until(rests: &[Rest], now: Moment) -> Option<Moment> {
    let running = rests.iter().filter(|rest| rest.until > now);
    if running.clone().any(|rest| rest.own) {
        return None;
    }
    running.map(|rest| rest.until).max()
}

#[cfg(test)]
mod tests {
    use super::{NewNumberFacts, Rest, new_number, new_number_form, replaceable, resting_until};
    use crate::clock::Moment;
    use contract::phone::PhoneNumber;
    use contract::refusal::Refusal;

    fn number(typed: &str) -> PhoneNumber {
        PhoneNumber::parse(typed).expect("a number")
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn p3_only_a_mainland_number_is_replaced() {
        assert_eq!(replaceable(&number("13800000001")), Ok(()));
        assert_eq!(replaceable(&number("+85261234567")), Err(Refusal::PhoneForeign));
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
        let rests = |account: Option<&str>| {
            [("a", 50), ("b", 80)]
                .map(|(holder, until)| Rest { own: account == Some(holder), until: at(until) })
        };
        for (account, now, expected) in [
            (None, 0, Some(80)),
            (Some("c"), 0, Some(80)),
            (Some("a"), 0, None),
            (Some("b"), 79, None),
            (Some("a"), 50, Some(80)),
            (Some("c"), 79, Some(80)),
            (Some("c"), 80, None),
        ] {
            assert_eq!(resting_until(&rests(account), at(now)), expected.map(at), "{account:?} at {now}");
        }
    }
}
