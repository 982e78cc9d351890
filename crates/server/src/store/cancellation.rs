//! The table `cancellation`: the receipts of canceled accounts, kept under the pseudonym (C7, C8).

use super::{EffectSession, Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::change::OpenChange;
use crate::domain::ids::AccountId;
use crate::problem::Problem;
use crate::secret;

impl Reader {
    /// The accounts whose cooling-off is over and that still exist.
    pub(crate) async fn due_cancellations(&mut self, now: Moment) -> Result<Vec<AccountId>, Problem> {
        let due = sqlx::query_scalar(
            "SELECT a.id FROM cancellation c JOIN account a ON a.pseudonym = c.pseudonym
             WHERE c.done_at IS NULL AND c.due_at <= ?",
        )
        .bind(now)
        .fetch_all(self.connection())
        .await?;
        Ok(due)
    }

    /// The receipt's number of an account that is being canceled.
    pub(crate) async fn receipt(&mut self, account: &Account) -> Result<String, Problem> {
        let receipt = sqlx::query_scalar("SELECT receipt FROM cancellation WHERE pseudonym = ?")
            .bind(&account.pseudonym)
            .fetch_one(self.connection())
            .await?;
        Ok(receipt)
    }
}

impl WriteTx {
    /// Writes the receipt: that the owner wanted it, when the notice was agreed to (the age of the change), and
    /// by which way the identity was proven. Answers its number.
    pub(crate) async fn insert_receipt(
        &mut self,
        session: &EffectSession,
        change: &OpenChange,
        now: Moment,
        due_at: Moment,
    ) -> Result<String, Problem> {
        let receipt = secret::receipt();
        sqlx::query(
            "INSERT INTO cancellation (receipt, pseudonym, notice, agreed_at, way, confirmed_at, due_at)
             SELECT ?, ?, notice, created_at, proven_way, ?, ? FROM change WHERE id = ?",
        )
        .bind(&receipt)
        .bind(&session.account.pseudonym)
        .bind(now)
        .bind(due_at)
        .bind(&change.id)
        .execute(self.connection())
        .await?;
        Ok(receipt)
    }

    /// Withdraws the cancellation of an account during its cooling-off (C8).
    pub(crate) async fn undo_cancellation(&mut self, account: &Account) -> Result<(), Problem> {
        sqlx::query("DELETE FROM cancellation WHERE pseudonym = ?")
            .bind(&account.pseudonym)
            .execute(self.connection())
            .await?;
        self.delete_cancellations(&account.id).await
    }
}
