//! The table `spent`: what the whole system did on a day in UTC, for the daily caps.

use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::problem::Problem;
use crate::rules::window;

/// What is counted per day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DailyCounter {
    /// Codes sent, for the cap on their cost (OTP-10).
    Codes,
    /// Wrong codes over all numbers, for the detection of spraying (OTP-08).
    WrongCodes,
    /// Messages handed over by the outbox.
    Messages,
}

impl DailyCounter {
    fn text(self) -> &'static str {
        match self {
            Self::Codes => "sms",
            Self::WrongCodes => "wrong",
            Self::Messages => "messages",
        }
    }
}

impl Reader {
    /// What was counted today.
    pub(crate) async fn counted(&mut self, counter: DailyCounter, now: Moment) -> Result<u32, Problem> {
        let count: Option<u32> = sqlx::query_scalar("SELECT count FROM spent WHERE day = ? AND what = ?")
            .bind(window::day_of(now))
            .bind(counter.text())
            .fetch_optional(self.connection())
            .await?;
        Ok(count.unwrap_or(0))
    }

    /// Whether so many codes were wrong today, over all numbers, that six digits are not enough for a
    /// browser we do not know (OTP-08).
    pub(crate) async fn is_spraying(&mut self, limit: u32, now: Moment) -> Result<bool, Problem> {
        Ok(self.counted(DailyCounter::WrongCodes, now).await? >= limit)
    }
}

impl WriteTx {
    /// Adds to what was counted today; never below 0.
    pub(crate) async fn count(
        &mut self,
        counter: DailyCounter,
        count: i32,
        now: Moment,
    ) -> Result<(), Problem> {
        self.count_on(counter, count, window::day_of(now)).await
    }

    pub(super) async fn count_on(
        &mut self,
        counter: DailyCounter,
        count: i32,
        day: i64,
    ) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO spent (day, what, count) VALUES (?, ?, MAX(?, 0))
             ON CONFLICT (day, what) DO UPDATE SET count = MAX(count + ?, 0)",
        )
        .bind(day)
        .bind(counter.text())
        .bind(count)
        .bind(count)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
