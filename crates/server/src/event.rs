//! The audit trail: who, what, when, on which device, by which way, with what result (API-04).
//!
//! Rows are written in the transaction of the effect they tell of and never changed (the database
//! refuses). They call the account by its pseudonym, which is in the account's row and nowhere else:
//! when that is gone, they are about nobody any more (C7). That is why they name the device, which
//! goes with the account, and never the browser, in which other accounts live on.

use crate::clock::Moment;
use crate::problem::Problem;
use crate::store::text_of;
use contract::account::Way;
use contract::activity::Happening;
use sqlx::SqliteConnection;

/// One thing that happened to an account.
pub(crate) struct Event<'a> {
    /// Whose.
    pub(crate) account: &'a str,
    /// On which of its devices; none where nobody was there.
    pub(crate) device: Option<&'a str>,
    /// What.
    pub(crate) what: Happening,
    /// By which way.
    pub(crate) way: Option<Way>,
}

impl Event<'_> {
    /// Writes it down.
    pub(crate) async fn write(self, connection: &mut SqliteConnection, now: Moment) -> Result<(), Problem> {
        self.put(connection, None, now).await
    }

    /// The same with the other account that had a part in it (ADM-3), by its pseudonym as well.
    pub(crate) async fn write_about(
        self,
        connection: &mut SqliteConnection,
        other: &str,
        now: Moment,
    ) -> Result<(), Problem> {
        self.put(connection, Some(other), now).await
    }

    async fn put(
        self,
        connection: &mut SqliteConnection,
        other: Option<&str>,
        now: Moment,
    ) -> Result<(), Problem> {
        let written = sqlx::query(
            "INSERT INTO event (at, account, device, what, way, about, result)
             SELECT ?, pseudonym, ?, ?, ?, (SELECT pseudonym FROM account WHERE id = ?), 'ok'
             FROM account WHERE id = ?",
        )
        .bind(now.millis())
        .bind(self.device)
        .bind(text_of(self.what))
        .bind(self.way.map(text_of))
        .bind(other)
        .bind(self.account)
        .execute(connection)
        .await?;
        if written.rows_affected() == 1 { Ok(()) } else { Err(Problem::fault("an event of no account")) }
    }
}
