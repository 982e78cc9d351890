//! The table `resting`: numbers that were unbound and cannot be bound by others for a while (P7).

use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::ids::AccountId;
use crate::problem::Problem;
use crate::rules::limits;
use crate::rules::phone::Rest;
use contract::phone::PhoneNumber;

impl Reader {
    /// The rests of a number, as an account sees them; without one they are others'.
    pub(crate) async fn rests(
        &mut self,
        number: &PhoneNumber,
        account: Option<&AccountId>,
        now: Moment,
    ) -> Result<Vec<Rest>, Problem> {
        let rows: Vec<(Option<AccountId>, Moment)> =
            sqlx::query_as("SELECT held_by, until FROM resting WHERE phone = ? AND until > ?")
                .bind(number.as_str())
                .bind(now)
                .fetch_all(self.connection())
                .await?;
        let rest = |(held_by, until): (Option<AccountId>, Moment)| Rest {
            own: held_by.is_some() && held_by.as_ref() == account,
            until,
        };
        Ok(rows.into_iter().map(rest).collect())
    }
}

impl WriteTx {
    /// Lets a number rest that an account gave up.
    pub(super) async fn rest(
        &mut self,
        number: &PhoneNumber,
        held_by: &AccountId,
        now: Moment,
    ) -> Result<(), Problem> {
        sqlx::query("DELETE FROM resting WHERE until <= ?").bind(now).execute(self.connection()).await?;
        sqlx::query(
            "INSERT INTO resting (phone, held_by, until) VALUES (?, ?, ?)
             ON CONFLICT (phone, coalesce(held_by, '')) DO UPDATE SET until = excluded.until",
        )
        .bind(number.as_str())
        .bind(held_by)
        .bind(now.after(limits::REST))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
