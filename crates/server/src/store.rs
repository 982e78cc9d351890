//! The SQLite file: one connection that writes, several that read.
//!
//! Every transaction that writes takes the write lock first (`BEGIN IMMEDIATE`), so none reads
//! a state that another changes before it writes (DB-02). Acknowledged writes are on the disk
//! (`synchronous=FULL`), and what is deleted is overwritten (`secure_delete`), in the log too once it
//! is folded in.

use crate::clock::Moment;
use crate::problem::Problem;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{SqlSafeStr, Sqlite, Transaction};
use std::path::Path;
use std::time::Duration;

/// The steps from an empty file to the present tables. A step that was released is never edited.
const MIGRATIONS: [(i64, &str, &str); 7] = [
    (1, "accounts, sessions, changes", include_str!("../migrations/0001_accounts_sessions_changes.sql")),
    (2, "tries and outcomes", include_str!("../migrations/0002_tries_and_outcomes.sql")),
    (3, "scans", include_str!("../migrations/0003_scans.sql")),
    (4, "cancellation", include_str!("../migrations/0004_cancellation.sql")),
    (5, "activity", include_str!("../migrations/0005_activity.sql")),
    (6, "avatars", include_str!("../migrations/0006_avatars.sql")),
    (7, "meetings, history, console", include_str!("../migrations/0007_meetings_history_console.sql")),
];

/// How long anybody waits for the lock or a connection before `TOO_BUSY`.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    /// Opens the file, makes it if need be, brings its tables up to date.
    pub(crate) async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone().pragma("secure_delete", "ON"))
            .await?;
        migrator(&MIGRATIONS).run(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
            .await?;
        Ok(Self { writer, readers })
    }

    /// Begins a transaction that holds the write lock.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    /// A connection that can only read.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.readers.acquire().await
    }

    /// Folds the log into the file and empties it: what was deleted is in neither from then on.
    pub(crate) async fn fold(&self) -> Result<(), sqlx::Error> {
        let mut writer = self.writer.acquire().await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *writer).await?;
        Ok(())
    }

    /// Lets the file go, its log folded in.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// What takes these steps.
fn migrator(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let step = |&(version, title, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, title.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.iter().map(step).collect())
}

/// The text by which an enum of the contract is stored: its name on the wire.
pub(crate) fn text_of<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// Reads such a text back.
pub(crate) fn read_text<T: DeserializeOwned>(text: String) -> Result<T, Problem> {
    serde_json::from_value(serde_json::Value::String(text)).map_err(Problem::fault)
}

/// A moment that may be absent.
pub(crate) fn moment(millis: Option<i64>) -> Option<Moment> {
    millis.map(Moment::from_millis)
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, Store, migrator};
    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions, Connection};

    #[tokio::test]
    async fn c7_events_of_earlier_releases_are_under_the_pseudonym_too() {
        let folder = std::env::temp_dir().join(format!("menshen-store-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("menshen.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut before = options.connect().await.expect("a file");
        migrator(&MIGRATIONS[..3]).run(&mut before).await.expect("the tables as they were");
        for sql in [
            "INSERT INTO tenant (id, name, kind, edition) VALUES ('personal', '', 'personal', 'free')",
            "INSERT INTO account (id, tenant, phone, phone_bound_at, nickname, created_at)
                 VALUES ('a', 'personal', '+8613800000001', 0, 'x', 0), ('b', 'personal', '+8613800000002', 0, 'x', 0)",
            "INSERT INTO event (at, account, browser, what, result)
                 VALUES (0, 'a', '', 'signed_in', 'ok'), (1, 'a', '', 'signed_out', 'ok'), (2, 'b', '', 'signed_in', 'ok')",
        ] {
            sqlx::query(sql).execute(&mut before).await.expect(sql);
        }
        before.close().await.expect("closed");
        let store = Store::open(&path).await.expect("brought up to date");
        let mut reader = store.read().await.expect("a connection");
        let found: Vec<(String, i64)> = sqlx::query_as(
            "SELECT a.id, COUNT(e.id) FROM account a JOIN event e ON e.account = a.pseudonym
             WHERE a.pseudonym <> a.id AND length(a.pseudonym) = 32 GROUP BY a.id ORDER BY a.id",
        )
        .fetch_all(&mut *reader)
        .await
        .expect("read");
        assert_eq!(found, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
        drop(reader);
        let rewriting = "UPDATE event SET what = 'x'";
        let mut tx = store.write().await.expect("the lock");
        assert!(sqlx::query(rewriting).execute(&mut *tx).await.is_err(), "append-only again");
        // A year later than the first, which alone may go then.
        for (sql, goes) in [
            ("DELETE FROM event", false),
            (
                "INSERT INTO event (at, account, what, result) VALUES (31536000000, 'b', 'signed_in', 'ok')",
                true,
            ),
            ("DELETE FROM event WHERE at = 1", false),
            ("DELETE FROM event WHERE at = 0", true),
        ] {
            assert_eq!(sqlx::query(sql).execute(&mut *tx).await.is_ok(), goes, "{sql}");
        }
        drop(tx);
        store.close().await;
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
