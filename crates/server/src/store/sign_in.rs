//! The tables `sign_in` and `sign_in_account`: proofs of sign-in that wait for the choice of an account.

use super::WriteTx;
use super::values::{Columns, Name};
use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::ids::{AccountId, BrowserId, SignInId};
use crate::domain::sign_in::ProvenBy;
use crate::problem::Problem;
use contract::account::Way;
use contract::refusal::Refusal;

impl WriteTx {
    /// Stores a proof until one of the accounts is chosen.
    pub(crate) async fn insert_sign_in(
        &mut self,
        browser: &BrowserId,
        proven: ProvenBy<'_>,
        accounts: &[Account],
        expires_at: Moment,
    ) -> Result<SignInId, Problem> {
        let id = SignInId::fresh();
        let (phone, wechat) = match proven {
            ProvenBy::Number(_, phone) => (Some(phone.as_str()), None),
            ProvenBy::Wechat(wechat) => (None, Some(wechat)),
        };
        sqlx::query(
            "INSERT INTO sign_in (id, browser, phone, wechat, way, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(browser)
        .bind(phone)
        .bind(wechat)
        .bind(Name(proven.way()))
        .bind(expires_at)
        .execute(self.connection())
        .await?;
        for account in accounts {
            sqlx::query("INSERT INTO sign_in_account (sign_in, account) VALUES (?, ?)")
                .bind(&id)
                .bind(&account.id)
                .execute(self.connection())
                .await?;
        }
        Ok(id)
    }

    /// Uses a waiting proof up for one of its accounts, which has to hold still what was proven; answers the
    /// account and the way. An account whose cooling-off is over cannot be chosen; the retention job erases
    /// it.
    pub(crate) async fn use_sign_in(
        &mut self,
        browser: &BrowserId,
        sign_in: &SignInId,
        account: &AccountId,
        now: Moment,
    ) -> Result<(Account, Way), Problem> {
        let row = sqlx::query(
            "UPDATE sign_in SET used_at = ?
             WHERE id = ? AND browser = ? AND used_at IS NULL AND expires_at > ?
               AND EXISTS (SELECT 1 FROM sign_in_account s JOIN account a ON a.id = s.account
                           WHERE s.sign_in = sign_in.id AND s.account = ?
                             AND (a.phone = sign_in.phone OR a.wechat = sign_in.wechat)
                             AND (a.sso = 0 OR a.sso_local_sign_in = 1))
             RETURNING way",
        )
        .bind(now)
        .bind(sign_in)
        .bind(browser)
        .bind(now)
        .bind(account)
        .fetch_optional(self.connection())
        .await?
        .ok_or(Refusal::SignInFailed)?;
        let account = self.account(account).await?.filter(|account| !account.is_over(now));
        Ok((account.ok_or(Refusal::SignInFailed)?, row.name("way")?))
    }

    /// Removes an account from all waiting proofs.
    pub(crate) async fn withdraw_sign_ins(&mut self, account: &AccountId) -> Result<(), Problem> {
        sqlx::query("DELETE FROM sign_in_account WHERE account = ?")
            .bind(account)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// The same in one browser.
    pub(crate) async fn withdraw_sign_ins_in(
        &mut self,
        account: &AccountId,
        browser: &BrowserId,
    ) -> Result<(), Problem> {
        sqlx::query(
            "DELETE FROM sign_in_account WHERE account = ?
                AND sign_in IN (SELECT id FROM sign_in WHERE browser = ?)",
        )
        .bind(account)
        .bind(browser)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The same in all browsers but one.
    pub(crate) async fn withdraw_sign_ins_outside(
        &mut self,
        account: &AccountId,
        browser: &BrowserId,
    ) -> Result<(), Problem> {
        sqlx::query(
            "DELETE FROM sign_in_account WHERE account = ?
                AND sign_in IN (SELECT id FROM sign_in WHERE browser <> ?)",
        )
        .bind(account)
        .bind(browser)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Deletes the waiting proofs, the recorded answers and the changes of a browser, and supersedes its scans.
    pub(crate) async fn forget_waiting(&mut self, browser: &BrowserId) -> Result<(), Problem> {
        for sql in [
            "DELETE FROM sign_in WHERE browser = ?",
            "DELETE FROM outcome WHERE browser = ?",
            "UPDATE scan SET state = 'superseded'
             WHERE browser = ? AND state IN ('created', 'waiting', 'scanned', 'confirmed')",
            "DELETE FROM change WHERE browser = ? AND done IS NULL",
        ] {
            sqlx::query(sql).bind(browser).execute(self.connection()).await?;
        }
        self.pending.browser(browser);
        Ok(())
    }
}
