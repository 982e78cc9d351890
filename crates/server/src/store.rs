//! The SQLite file: one connection that writes, several that read.
//!
//! A statement that fails on the disk (full, broken, held by another process) takes its transaction
//! with it. A connection whose transaction did not end in order is closed and opened anew, so the next
//! request begins with a sound one.
//!
//! Every transaction that writes takes the write lock first (`BEGIN IMMEDIATE`), so none reads
//! a state that another changes before it writes (DB-02). Acknowledged writes are on the disk
//! (`synchronous=FULL`), and what is deleted is overwritten (`secure_delete`), in the log too once it
//! is folded in.

use crate::clock::{Moment, Stopwatch};
use crate::problem::Problem;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, SqlSafeStr, Sqlite, SqliteConnection, Transaction};
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The steps from an empty file to the present tables. A step that was released is never edited.
const MIGRATIONS: [(i64, &str, &str); 8] = [
    (1, "accounts, sessions, changes", include_str!("../migrations/0001_accounts_sessions_changes.sql")),
    (2, "tries and outcomes", include_str!("../migrations/0002_tries_and_outcomes.sql")),
    (3, "scans", include_str!("../migrations/0003_scans.sql")),
    (4, "cancellation", include_str!("../migrations/0004_cancellation.sql")),
    (5, "activity", include_str!("../migrations/0005_activity.sql")),
    (6, "avatars", include_str!("../migrations/0006_avatars.sql")),
    (7, "meetings, history, console", include_str!("../migrations/0007_meetings_history_console.sql")),
    (8, "fair outbox, folded names", include_str!("../migrations/0008_fair_outbox_folded_names.sql")),
];

/// How long anybody waits for the lock or a connection before `TOO_BUSY`.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the probe of readiness writes, in bytes: more than almost every transaction of ours, so that a
/// disk with room for this has room for them.
const PROBE_LENGTH: usize = 32 * 1024;

/// The one server that may use a data folder. The system lets go of it when the process ends, however
/// that happens.
#[derive(Debug)]
pub(crate) struct FolderLock(Mutex<Option<File>>);

impl FolderLock {
    /// Takes the folder, or answers one sentence for the operator.
    pub(crate) fn take(folder: &Path) -> Result<Self, String> {
        let shown = folder.display();
        let unusable =
            |error: io::Error| format!("The data folder {shown} cannot be used: {}.", error.kind());
        let file = private_file(&folder.join("menshen.lock")).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(Mutex::new(Some(file)))),
            Err(TryLockError::WouldBlock) => Err(format!(
                "Another server uses the data folder {shown}: stop that one first, or name another folder."
            )),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Lets the next server have it.
    pub(crate) fn release(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Opens a file for writing, made if need be, that only its owner can read, whatever the folder allows.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// The database file and what SQLite keeps beside it.
fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

/// The database.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    /// One connection that is opened at the start and only closed at the end. All connections of a process
    /// share the log's index as the first of them opened it: as long as this one is there, none finds
    /// it read-only because the disk was so for a while.
    anchor: SqlitePool,
    probe: Arc<Probe>,
}

/// What was found out about the disk lately.
#[derive(Debug, Default)]
struct Probe {
    /// Held while it is tried: one probe at a time.
    found: tokio::sync::Mutex<Found>,
    /// Whether a request met a failure since then.
    doubted: AtomicBool,
    /// Whether the writer's connection may have been opened while nothing could be written.
    is_writer_doubted: AtomicBool,
}

/// What the last probe found.
#[derive(Debug, Default)]
struct Found {
    /// Since when it takes transactions.
    sound_since: Option<Stopwatch>,
    /// When it last failed to.
    failed_at: Option<Stopwatch>,
}

/// So long the answer of a probe is good, or a flood of questions would keep the writer from everybody.
const PROBE_LIFE: Duration = Duration::from_secs(1);

impl Store {
    /// Opens the file, makes it if need be, brings its tables up to date. It is its owner's alone.
    pub(crate) async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let [database, beside @ ..] = files(path);
        private_file(&database)?;
        for file in beside.iter().filter(|file| file.exists()) {
            private_file(file)?;
        }
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
            .after_release(|connection, _| Box::pin(is_sound(connection)))
            .connect_with(options.clone().pragma("secure_delete", "ON"))
            .await?;
        migrator(&MIGRATIONS).run(&writer).await?;
        let anchored = options.clone();
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
            .await?;
        let anchor = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(anchored)
            .await?;
        sqlx::query("SELECT 1 FROM setting").execute(&anchor).await?;
        Ok(Self { writer, readers, anchor, probe: Arc::default() })
    }

    /// Begins a transaction that holds the write lock.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        if self.probe.is_writer_doubted.swap(false, Ordering::SeqCst) {
            self.renew_writer().await?;
        }
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    /// Closes the writer's connection if it cannot write: SQLite opens what it may not write to for reading
    /// alone, without an error, and stays with it when it may again.
    async fn renew_writer(&self) -> Result<(), sqlx::Error> {
        const READONLY: &str = "8";
        let mut writer = self.writer.acquire().await?;
        let tried = sqlx::query("DELETE FROM setting WHERE FALSE").execute(&mut *writer).await;
        let code = tried.err().and_then(|error| Some(error.as_database_error()?.code()?.into_owned()));
        if code.as_deref() == Some(READONLY) {
            // What cannot be closed in order is gone all the same.
            let _ = writer.close().await;
        }
        Ok(())
    }

    /// A connection that can only read.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.readers.acquire().await
    }

    /// A request met a failure: the next probe tries the disk, however late the last one was, and the next
    /// who writes makes sure that the connection can.
    pub(crate) fn doubt(&self) {
        self.probe.doubted.store(true, Ordering::SeqCst);
        self.probe.is_writer_doubted.store(true, Ordering::SeqCst);
    }

    /// Whether a transaction can be written now, and a row be read. It is really committed: a
    /// transaction that is rolled back never reaches the disk (the log is only written at the commit).
    /// `time` is kept as the time that this database knew last.
    ///
    /// # Errors
    /// What a request would meet.
    pub(crate) async fn probe(&self, time: Option<Moment>) -> Result<(), sqlx::Error> {
        let asked = Stopwatch::start();
        let mut found = self.probe.found.lock().await;
        // Whoever waited for one that failed has their answer: else each waits for all before them.
        if found.failed_at.is_some_and(|failed| failed.passed() < asked.passed()) {
            return Err(sqlx::Error::PoolTimedOut);
        }
        let doubted = self.probe.doubted.swap(false, Ordering::SeqCst);
        if !doubted && found.sound_since.is_some_and(|since| since.passed() < PROBE_LIFE) {
            return Ok(());
        }
        let tried = self.try_disk(time).await;
        let (sound_since, failed_at) = match tried {
            Ok(()) => (Some(Stopwatch::start()), None),
            Err(_) => (None, Some(Stopwatch::start())),
        };
        *found = Found { sound_since, failed_at };
        tried
    }

    async fn try_disk(&self, time: Option<Moment>) -> Result<(), sqlx::Error> {
        let mut tx = self.write().await?;
        put_setting(&mut tx, "probe", &"0".repeat(PROBE_LENGTH)).await?;
        if let Some(time) = time {
            keep_time(&mut tx, time).await?;
        }
        tx.commit().await?;
        let mut reader = self.read().await?;
        sqlx::query("SELECT 1 FROM setting").execute(&mut *reader).await?;
        Ok(())
    }

    /// Folds the log into the file and empties it: what was deleted is in neither from then on.
    pub(crate) async fn fold(&self) -> Result<(), sqlx::Error> {
        let mut writer = self.writer.acquire().await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *writer).await?;
        Ok(())
    }

    /// Lets the file go, its log folded in.
    pub(crate) async fn close(&self) {
        self.doubt();
        self.readers.close().await;
        self.anchor.close().await;
        self.writer.close().await;
    }
}

async fn put_setting(connection: &mut SqliteConnection, key: &str, value: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .bind(key)
    .bind(value)
    .execute(connection)
    .await?;
    Ok(())
}

/// The setting that holds the last time this database knew, in milliseconds since 1970.
const TIME: &str = "time";

/// Keeps the time, for the next start to compare its clock with.
pub(crate) async fn keep_time(connection: &mut SqliteConnection, now: Moment) -> Result<(), sqlx::Error> {
    put_setting(connection, TIME, &now.millis().to_string()).await
}

/// The last time this database knew; none in a new one.
pub(crate) async fn known_time(connection: &mut SqliteConnection) -> Result<Option<Moment>, sqlx::Error> {
    let text: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE key = ?")
        .bind(TIME)
        .fetch_optional(connection)
        .await?;
    Ok(moment(text.and_then(|text| text.parse().ok())))
}

/// Whether a connection that comes back can be lent again. Where SQLite itself rolled a transaction back
/// (a full disk, say), the one that the library began is still open for it, and every later one would
/// be refused; such a connection is closed.
async fn is_sound(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // What was sent to the connection before, a rollback above all, is done when this is answered.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
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
