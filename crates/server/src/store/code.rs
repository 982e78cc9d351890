//! The table `code`: one-time codes, as keyed hashes.

use super::values::{Columns, Name};
use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::code::CodeBinding;
use crate::domain::ids::{AccountId, BrowserId, ChangeId};
use crate::domain::network::Network;
use crate::problem::Problem;
use contract::phone::PhoneNumber;
use sqlx::sqlite::SqliteRow;

/// A code that is to be stored.
pub(crate) struct NewCode<'a> {
    pub(crate) id: &'a str,
    pub(crate) hash: CodeHash,
    pub(crate) digits: usize,
    pub(crate) serial: &'a str,
    pub(crate) expires_at: Moment,
}

/// The keyed hash of a code with everything it is bound to.
pub(crate) type CodeHash = Vec<u8>;

/// A code that is neither used nor void.
pub(crate) struct StoredCode {
    pub(crate) id: String,
    pub(crate) hash: CodeHash,
    pub(crate) digits: u8,
    pub(crate) serial: String,
    pub(crate) expires_at: Moment,
}

impl StoredCode {
    fn read(row: &SqliteRow) -> Result<Self, Problem> {
        Ok(Self {
            id: row.column("id")?,
            hash: row.column("hash")?,
            digits: row.column("digits")?,
            serial: row.column("serial")?,
            expires_at: row.column("expires_at")?,
        })
    }
}

impl Reader {
    /// The codes of a binding that are neither used nor void, newest first; with `now`, those that have not
    /// expired.
    pub(crate) async fn codes(
        &mut self,
        binding: CodeBinding<'_>,
        now: Option<Moment>,
    ) -> Result<Vec<StoredCode>, Problem> {
        let rows = sqlx::query(
            "SELECT id, hash, digits, serial, expires_at FROM code
             WHERE phone = ? AND browser = ? AND purpose = ? AND account IS ? AND change IS ?
               AND used_at IS NULL AND void = 0 AND expires_at > ?
             ORDER BY sent_at DESC, rowid DESC",
        )
        .bind(binding.phone.as_str())
        .bind(binding.requester.browser)
        .bind(Name(binding.purpose))
        .bind(binding.account())
        .bind(binding.change())
        .bind(now.map_or(i64::MIN, Moment::millis))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(StoredCode::read).collect()
    }

    /// When codes were sent to a number since a moment, newest first.
    pub(crate) async fn codes_sent_to(
        &mut self,
        phone: &PhoneNumber,
        since: Moment,
    ) -> Result<Vec<Moment>, Problem> {
        let sql = "SELECT sent_at FROM code WHERE phone = ? AND sent_at > ? ORDER BY sent_at DESC";
        let sent =
            sqlx::query_scalar(sql).bind(phone.as_str()).bind(since).fetch_all(self.connection()).await?;
        Ok(sent)
    }

    /// When the last code was sent to a number.
    pub(crate) async fn last_code_to(&mut self, phone: &PhoneNumber) -> Result<Option<Moment>, Problem> {
        let last = sqlx::query_scalar("SELECT MAX(sent_at) FROM code WHERE phone = ?")
            .bind(phone.as_str())
            .fetch_one(self.connection())
            .await?;
        Ok(last)
    }

    /// When the `nth` newest code since a moment was sent at a browser's request; none if there are fewer.
    pub(crate) async fn nth_code_of_browser(
        &mut self,
        browser: &BrowserId,
        nth: u32,
        since: Moment,
    ) -> Result<Option<Moment>, Problem> {
        let sql = "SELECT sent_at FROM code WHERE browser = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?";
        self.nth(sql, browser.as_str(), nth, since).await
    }

    /// The same at an account's request.
    pub(crate) async fn nth_code_of_account(
        &mut self,
        account: &AccountId,
        nth: u32,
        since: Moment,
    ) -> Result<Option<Moment>, Problem> {
        let sql = "SELECT sent_at FROM code WHERE account = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?";
        self.nth(sql, account.as_str(), nth, since).await
    }

    /// The same at a network's request.
    pub(crate) async fn nth_code_of_network(
        &mut self,
        network: &Network,
        nth: u32,
        since: Moment,
    ) -> Result<Option<Moment>, Problem> {
        let sql =
            "SELECT sent_at FROM code WHERE block = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?";
        self.nth(sql, network.as_str(), nth, since).await
    }

    /// The moment in the `nth` row, counted from 1, of a statement that takes whose rows, since when and how
    /// many to skip.
    pub(super) async fn nth(
        &mut self,
        sql: &'static str,
        whose: &str,
        nth: u32,
        since: Moment,
    ) -> Result<Option<Moment>, Problem> {
        let at = sqlx::query_scalar(sql)
            .bind(whose)
            .bind(since)
            .bind(nth.saturating_sub(1))
            .fetch_optional(self.connection())
            .await?;
        Ok(at)
    }
}

impl WriteTx {
    pub(crate) async fn insert_code(
        &mut self,
        binding: CodeBinding<'_>,
        code: &NewCode<'_>,
        now: Moment,
    ) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO code (id, browser, block, phone, purpose, account, change, hash, digits, serial, sent_at,
                               expires_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(code.id)
        .bind(binding.requester.browser)
        .bind(binding.requester.network.as_str())
        .bind(binding.phone.as_str())
        .bind(Name(binding.purpose))
        .bind(binding.account())
        .bind(binding.change())
        .bind(&code.hash)
        .bind(code.digits as i64)
        .bind(code.serial)
        .bind(now)
        .bind(code.expires_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Counts an attempt at a code.
    pub(crate) async fn count_attempt_at(&mut self, code: &str) -> Result<(), Problem> {
        sqlx::query("UPDATE code SET tries = tries + 1 WHERE id = ?")
            .bind(code)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Uses a code up; whether this call did, which is true for one caller only (OTP-03). Codes sent
    /// for the same before are void then.
    pub(crate) async fn use_code(&mut self, code: &str, now: Moment) -> Result<bool, Problem> {
        let used = sqlx::query(
            "UPDATE code SET used_at = ? WHERE id = ? AND used_at IS NULL AND void = 0 AND expires_at > ?",
        )
        .bind(now)
        .bind(code)
        .bind(now)
        .execute(self.connection())
        .await?;
        if used.rows_affected() != 1 {
            return Ok(false);
        }
        sqlx::query(
            "UPDATE code SET void = 1 WHERE used_at IS NULL AND (browser, phone, purpose) IN
                 (SELECT browser, phone, purpose FROM code WHERE id = ?)",
        )
        .bind(code)
        .execute(self.connection())
        .await?;
        Ok(true)
    }

    /// Voids one code.
    pub(crate) async fn void_code(&mut self, code: &str) -> Result<(), Problem> {
        sqlx::query("UPDATE code SET void = 1 WHERE id = ?").bind(code).execute(self.connection()).await?;
        Ok(())
    }

    /// Voids the codes by which a change was to be proven.
    pub(crate) async fn void_identity_codes(&mut self, change: &ChangeId) -> Result<(), Problem> {
        sqlx::query(
            "UPDATE code SET void = 1 WHERE change = ? AND purpose <> 'new_phone' AND used_at IS NULL",
        )
        .bind(change)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    pub(super) async fn void_codes_to_other_targets(
        &mut self,
        change: &ChangeId,
        target: &PhoneNumber,
    ) -> Result<(), Problem> {
        sqlx::query("UPDATE code SET void = 1 WHERE change = ? AND purpose = 'new_phone' AND phone <> ?")
            .bind(change)
            .bind(target.as_str())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Voids all codes of an account, and those to sign in to its number, which belong to no account.
    pub(crate) async fn void_codes_of(&mut self, account: &AccountId) -> Result<(), Problem> {
        for sql in [
            "UPDATE code SET void = 1 WHERE account = ? AND used_at IS NULL",
            "UPDATE code SET void = 1
             WHERE account IS NULL AND used_at IS NULL AND phone = (SELECT phone FROM account WHERE id = ?)",
        ] {
            sqlx::query(sql).bind(account).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// The same in one browser.
    pub(crate) async fn void_codes_in(
        &mut self,
        account: &AccountId,
        browser: &BrowserId,
    ) -> Result<(), Problem> {
        for sql in [
            "UPDATE code SET void = 1 WHERE account = ? AND browser = ? AND used_at IS NULL",
            "UPDATE code SET void = 1 WHERE account IS NULL AND used_at IS NULL
                AND phone = (SELECT phone FROM account WHERE id = ?) AND browser = ?",
        ] {
            sqlx::query(sql).bind(account).bind(browser).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// The same in all browsers but one.
    pub(crate) async fn void_codes_outside(
        &mut self,
        account: &AccountId,
        browser: &BrowserId,
    ) -> Result<(), Problem> {
        for sql in [
            "UPDATE code SET void = 1 WHERE account = ? AND browser <> ? AND used_at IS NULL",
            "UPDATE code SET void = 1 WHERE account IS NULL AND used_at IS NULL
                AND phone = (SELECT phone FROM account WHERE id = ?) AND browser <> ?",
        ] {
            sqlx::query(sql).bind(account).bind(browser).execute(self.connection()).await?;
        }
        Ok(())
    }
}
