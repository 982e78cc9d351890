//! The table `outcome`: the recorded answers of effects (G4, IDM-1).

use super::values::Columns;
use super::{EffectSession, Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::ids::BrowserId;
use crate::problem::Problem;

/// A recorded answer.
pub(crate) struct Outcome {
    /// The keyed hash of the request's body.
    pub(crate) request_hash: Vec<u8>,
    /// The HTTP status.
    pub(crate) status: u16,
    /// JSON.
    pub(crate) body: String,
}

impl Outcome {
    /// Whether it matches no request any more ([`WriteTx::spoil_outcome`]).
    pub(crate) fn is_spoiled(&self) -> bool {
        self.request_hash.is_empty()
    }
}

impl Reader {
    /// The answer recorded for a browser under a key since a moment.
    pub(crate) async fn outcome(
        &mut self,
        browser: &BrowserId,
        key: &str,
        since: Moment,
    ) -> Result<Option<Outcome>, Problem> {
        let row = sqlx::query(
            "SELECT request_hash, status, body FROM outcome WHERE browser = ? AND key = ? AND created_at > ?",
        )
        .bind(browser)
        .bind(key)
        .bind(since)
        .fetch_optional(self.connection())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Outcome {
            request_hash: row.column("request_hash")?,
            status: row.column("status")?,
            body: row.column("body")?,
        }))
    }
}

impl WriteTx {
    /// Records the answer of an effect in its transaction. It is deleted with the account; the answer to an
    /// erasure belongs to no account.
    pub(crate) async fn insert_outcome(
        &mut self,
        session: &EffectSession,
        key: &str,
        outcome: &Outcome,
        now: Moment,
    ) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO outcome (browser, account, key, request_hash, status, body, created_at)
             VALUES (?, (SELECT id FROM account WHERE id = ?), ?, ?, ?, ?, ?)",
        )
        .bind(&session.browser)
        .bind(&session.account.id)
        .bind(key)
        .bind(&outcome.request_hash)
        .bind(outcome.status)
        .bind(&outcome.body)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Makes a recorded answer match no request: the request may hold a password, so another body may be
    /// compared once only.
    pub(crate) async fn spoil_outcome(&mut self, browser: &BrowserId, key: &str) -> Result<(), Problem> {
        sqlx::query("UPDATE outcome SET request_hash = x'' WHERE browser = ? AND key = ?")
            .bind(browser)
            .bind(key)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
