//! The table `setting`: what is known of the database itself.

use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::problem::Problem;

/// The last time this database knew, in milliseconds since 1970.
const TIME: &str = "time";
/// How far the demo's clock was moved, in milliseconds.
const CLOCK: &str = "clock";
/// `demo` or `production`.
const KIND: &str = "kind";

impl Reader {
    async fn setting(&mut self, key: &str) -> Result<Option<String>, Problem> {
        let value = sqlx::query_scalar("SELECT value FROM setting WHERE key = ?")
            .bind(key)
            .fetch_optional(self.connection())
            .await?;
        Ok(value)
    }

    /// The last time this database knew; none in a new one.
    pub(crate) async fn time(&mut self) -> Result<Option<Moment>, Problem> {
        let text = self.setting(TIME).await?;
        Ok(text.and_then(|text| text.parse().ok()).map(Moment::from_millis))
    }

    /// How far the demo's clock was moved, in milliseconds.
    pub(crate) async fn demo_clock(&mut self) -> Result<Option<i64>, Problem> {
        Ok(self.setting(CLOCK).await?.and_then(|text| text.parse().ok()))
    }
}

impl WriteTx {
    async fn set(&mut self, key: &str, value: &str) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO setting (key, value) VALUES (?, ?)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keeps the time, for the next start to compare its clock with.
    pub(crate) async fn set_time(&mut self, now: Moment) -> Result<(), Problem> {
        self.set(TIME, &now.millis().to_string()).await
    }

    /// Keeps how far the demo's clock was moved, in milliseconds.
    pub(crate) async fn set_demo_clock(&mut self, moved: i64) -> Result<(), Problem> {
        self.set(CLOCK, &moved.to_string()).await
    }

    /// Forgets that the demo's clock was moved.
    pub(crate) async fn clear_demo_clock(&mut self) -> Result<(), Problem> {
        sqlx::query("DELETE FROM setting WHERE key = ?").bind(CLOCK).execute(self.connection()).await?;
        Ok(())
    }

    /// Writes so many bytes that a disk with room for them has room for a transaction.
    pub(super) async fn write_probe(&mut self, bytes: usize) -> Result<(), Problem> {
        self.set("probe", &"0".repeat(bytes)).await
    }

    /// Sets the kind of a new database; answers the kind it has.
    pub(crate) async fn settle_kind(&mut self, kind: &str) -> Result<String, Problem> {
        sqlx::query("INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(KIND)
            .bind(kind)
            .execute(self.connection())
            .await?;
        self.setting(KIND).await?.ok_or_else(|| Problem::fault("the kind of the database is not there"))
    }
}
