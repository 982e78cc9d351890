//! Upload limits of pictures (AVA-5).

use super::limits::{HOUR, UPLOADS_PER_HOUR};
use crate::clock::Moment;

/// Whether another file of an account is decoded, given those of the last hour, newest first; the error is
/// the number of seconds to wait (AVA-5).
pub(crate) fn may_upload(uploaded: &[Moment], now: Moment) -> Result<(), u32> {
    let open_at = uploaded.get(UPLOADS_PER_HOUR - 1).map(|first_of_budget| first_of_budget.after(HOUR));
    match open_at.filter(|open_at| *open_at > now) {
        Some(open_at) => Err(now.seconds_until(open_at)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::may_upload;
    use crate::clock::Moment;

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn ava_5_twenty_files_in_a_rolling_hour() {
        let uploaded: Vec<Moment> = (0..20).rev().map(|minute| at(minute * 60)).collect();
        assert_eq!(may_upload(&uploaded[1..], at(20 * 60)), Ok(()));
        assert_eq!(may_upload(&uploaded, at(20 * 60)), Err(40 * 60));
        assert_eq!(may_upload(&uploaded, at(3600)), Ok(()));
    }
}
