//! The database: an SQLite file with one writing connection and several reading ones.
//!
//! SQL is written in this layer alone, one file for each table or group of tables, as methods of two types: a
//! [`Reader`] reads, a [`WriteTx`] also writes. A `WriteTx` takes the write lock first (`BEGIN IMMEDIATE`),
//! so no other transaction changes what it has read before it writes (DB-02), and it alone gives out a
//! session that is fit for an effect ([`session::EffectSession`]). Its commit wakes the tasks that wait for
//! what was written. Dropped without a commit, it is rolled back.
//!
//! A statement that fails on the disk (full, broken, locked by another process) ends its transaction. A
//! connection whose transaction did not end in order is closed and reopened before the next request.
//! Committed writes are on the disk (`synchronous=FULL`), and deleted data is overwritten (`secure_delete`),
//! in the log too once that is checkpointed.

mod account;
mod attempt;
mod browser;
mod cancellation;
mod change;
mod code;
mod counter;
mod device;
mod erase;
mod event;
mod folder;
mod history;
mod meeting;
mod outbox;
mod outcome;
mod picture;
mod resting;
mod retention;
mod scan;
mod seed;
mod session;
mod setting;
mod sign_in;
mod tenant;
mod values;

pub(crate) use attempt::{Attempt, AttemptKind, AttemptReceipt};
pub(crate) use code::NewCode;
pub(crate) use counter::DailyCounter;
pub(crate) use folder::FolderLock;
pub(crate) use history::{HistoryCursor, PastPresence};
pub(crate) use outbox::{Channel, DueMessage, SentMessage};
pub(crate) use outcome::Outcome;
pub(crate) use retention::RETENTION;
pub(crate) use scan::SignInScans;
pub(crate) use seed::{NewAccount, NewPresence};
pub(crate) use session::{EffectSession, SessionAfter};
pub(crate) use tenant::{PERSONAL, UserCursor, UserRow};

use crate::clock::{Moment, Stopwatch};
use crate::problem::Problem;
use crate::wakeup::{Pending, Wakeups};
use folder::private_file;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, SqlSafeStr, Sqlite, SqliteConnection, Transaction};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The migrations from an empty file to the current tables. A released one is never edited.
const MIGRATIONS: [(i64, &str, &str); 9] = [
    (
        1,
        "accounts, sessions, changes",
        include_str!("../../migrations/sqlite/0001_accounts_sessions_changes.sql"),
    ),
    (2, "tries and outcomes", include_str!("../../migrations/sqlite/0002_tries_and_outcomes.sql")),
    (3, "scans", include_str!("../../migrations/sqlite/0003_scans.sql")),
    (4, "cancellation", include_str!("../../migrations/sqlite/0004_cancellation.sql")),
    (5, "activity", include_str!("../../migrations/sqlite/0005_activity.sql")),
    (6, "avatars", include_str!("../../migrations/sqlite/0006_avatars.sql")),
    (
        7,
        "meetings, history, console",
        include_str!("../../migrations/sqlite/0007_meetings_history_console.sql"),
    ),
    (
        8,
        "fair outbox, folded names",
        include_str!("../../migrations/sqlite/0008_fair_outbox_folded_names.sql"),
    ),
    (9, "none is NULL", include_str!("../../migrations/sqlite/0009_none_is_null.sql")),
];

/// How long a request waits for the write lock or a connection before `TOO_BUSY`.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes that the readiness probe writes: more than almost every transaction, so that a disk with room for
/// the probe has room for them.
const PROBE_LENGTH: usize = 32 * 1024;

/// The database file, and the files that SQLite keeps beside it.
fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

/// The database. Clones share its connections.
#[derive(Clone)]
pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    /// A connection that stays open from the start to the end. All connections of a process share the log's
    /// index as the first of them opened it: while this one is open, no other one finds it read-only because
    /// the disk was so for a while.
    anchor: SqlitePool,
    probe: Arc<Probe>,
    wakeups: Wakeups,
}

/// A reading connection: one of its own, or that of a transaction that may write too.
pub(crate) struct Reader(Source);

enum Source {
    Pooled(PoolConnection<Sqlite>),
    Transaction(Transaction<'static, Sqlite>),
}

impl Reader {
    /// The connection, for the statements of this layer.
    fn connection(&mut self) -> &mut SqliteConnection {
        match &mut self.0 {
            Source::Pooled(connection) => connection,
            Source::Transaction(transaction) => transaction,
        }
    }
}

/// A transaction that holds the write lock.
pub(crate) struct WriteTx {
    reader: Reader,
    /// What the commit wakes.
    pending: Pending,
    /// What became of the session of the effect.
    session_after: SessionAfter,
    wakeups: Wakeups,
}

impl Deref for WriteTx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

impl WriteTx {
    /// Commits, then wakes the event streams and the outbox if the writes concern them.
    pub(crate) async fn commit(self) -> Result<(), Problem> {
        let Source::Transaction(transaction) = self.reader.0 else {
            return Err(Problem::fault("a transaction that is none"));
        };
        transaction.commit().await?;
        self.wakeups.wake(&self.pending);
        Ok(())
    }

    /// Takes what the transaction did to the session of its effect.
    pub(crate) fn take_session_after(&mut self) -> SessionAfter {
        std::mem::take(&mut self.session_after)
    }
}

/// The last known state of the disk.
#[derive(Debug, Default)]
struct Probe {
    /// Locked during a probe, so that one runs at a time.
    found: tokio::sync::Mutex<Found>,
    /// Whether a request failed since the last probe.
    doubted: AtomicBool,
    /// Whether the writing connection may have been opened while the disk was read-only.
    is_writer_doubted: AtomicBool,
}

/// The result of the last probe.
#[derive(Debug, Default)]
struct Found {
    /// When it ended, if it succeeded.
    sound_since: Option<Stopwatch>,
    /// When it ended, if it failed.
    failed_at: Option<Stopwatch>,
}

/// How long the result of a probe is reused, so that a flood of probes does not occupy the writer.
const PROBE_LIFE: Duration = Duration::from_secs(1);

impl Store {
    /// Opens the file, creates it if needed, and runs the migrations. Only its owner can read it.
    pub(crate) async fn open(path: &Path, wakeups: Wakeups) -> Result<Self, String> {
        Self::open_file(path, wakeups).await.map_err(|error| error.to_string())
    }

    async fn open_file(path: &Path, wakeups: Wakeups) -> Result<Self, sqlx::Error> {
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
        Ok(Self { writer, readers, anchor, probe: Arc::default(), wakeups })
    }

    /// Begins a transaction that holds the write lock.
    pub(crate) async fn write(&self) -> Result<WriteTx, Problem> {
        if self.probe.is_writer_doubted.swap(false, Ordering::SeqCst) {
            self.renew_writer().await?;
        }
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        Ok(WriteTx {
            reader: Reader(Source::Transaction(transaction)),
            pending: Pending::default(),
            session_after: SessionAfter::default(),
            wakeups: self.wakeups.clone(),
        })
    }

    /// Closes the writing connection if it is read-only: SQLite opens an unwritable file for reading, without
    /// an error, and stays so when the file is writable again.
    async fn renew_writer(&self) -> Result<(), sqlx::Error> {
        const READONLY: &str = "8";
        let mut writer = self.writer.acquire().await?;
        let tried = sqlx::query("DELETE FROM setting WHERE FALSE").execute(&mut *writer).await;
        let code = tried.err().and_then(|error| Some(error.as_database_error()?.code()?.into_owned()));
        if code.as_deref() == Some(READONLY) {
            // A connection that cannot be closed in order is gone all the same.
            let _ = writer.close().await;
        }
        Ok(())
    }

    /// A connection that can only read.
    pub(crate) async fn read(&self) -> Result<Reader, Problem> {
        Ok(Reader(Source::Pooled(self.readers.acquire().await?)))
    }

    /// Notes that a request failed: the next probe tries the disk, however recent the last one is, and the
    /// next write checks its connection first.
    pub(crate) fn doubt(&self) {
        self.probe.doubted.store(true, Ordering::SeqCst);
        self.probe.is_writer_doubted.store(true, Ordering::SeqCst);
    }

    /// Whether a transaction can be written now, and a row read. It is really committed, because one that is
    /// rolled back never reaches the disk (the log is only written at the commit). `time` is stored as the
    /// last time that this database knew.
    ///
    /// # Errors
    /// The error that a request would get.
    pub(crate) async fn probe(&self, time: Option<Moment>) -> Result<(), Problem> {
        let asked = Stopwatch::start();
        let mut found = self.probe.found.lock().await;
        // A probe that waited for a failed one shares its result; otherwise each would wait for all before
        // it.
        if found.failed_at.is_some_and(|failed| failed.passed() < asked.passed()) {
            return Err(sqlx::Error::PoolTimedOut.into());
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

    async fn try_disk(&self, time: Option<Moment>) -> Result<(), Problem> {
        let mut tx = self.write().await?;
        tx.write_probe(PROBE_LENGTH).await?;
        if let Some(time) = time {
            tx.set_time(time).await?;
        }
        tx.commit().await?;
        let mut reader = self.read().await?;
        sqlx::query("SELECT 1 FROM setting").execute(reader.connection()).await?;
        Ok(())
    }

    /// Writes the log into the file and empties it, so that neither contains deleted rows.
    pub(crate) async fn checkpoint(&self) -> Result<(), Problem> {
        let mut writer = self.writer.acquire().await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *writer).await?;
        Ok(())
    }

    /// Closes all connections, with a checkpoint of the log.
    pub(crate) async fn close(&self) {
        self.doubt();
        self.readers.close().await;
        self.anchor.close().await;
        self.writer.close().await;
    }
}

/// Whether a returned connection can be lent again. If SQLite itself rolled a transaction back (on a full
/// disk, for example), the library still has its own one open and would refuse every later one; such a
/// connection is closed.
async fn is_sound(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // The answer comes after everything that was sent to the connection before, above all a rollback.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// The migrator for a list of migrations.
fn migrator(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let step = |&(version, title, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, title.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.iter().map(step).collect())
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if is_of_the_disk(&error) { Self::Unavailable(error.to_string()) } else { Self::fault(error) }
    }
}

/// Whether the file or the connection failed, and not the statement.
fn is_of_the_disk(error: &sqlx::Error) -> bool {
    // Primary result codes of SQLite: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
    const DISK: [i32; 7] = [5, 6, 8, 10, 13, 14, 15];
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_) => true,
        // SQLite rolled the transaction back at once.
        sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => {
            // The lowest byte of an extended code is the primary one.
            error
                .code()
                .and_then(|code| code.parse::<i32>().ok())
                .is_some_and(|code| DISK.contains(&(code & 0xff)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, Store, migrator};
    use crate::clock::Moment;
    use crate::problem::Problem;
    use crate::wakeup::{Wake, Wakeups};
    use contract::phone::PhoneNumber;
    use contract::refusal::SessionEnd;
    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions, Connection};
    use std::time::Duration;

    #[test]
    fn api_02_an_error_of_the_database_is_described_for_the_log() {
        let Problem::Fault(what) = Problem::from(sqlx::Error::RowNotFound) else { panic!("a fault") };
        assert!(!what.is_empty());
        assert!(matches!(Problem::from(sqlx::Error::PoolTimedOut), Problem::Unavailable(_)));
    }

    /// Empty texts and `-` stood for "none" before migration 9.
    #[tokio::test]
    async fn none_of_earlier_releases_is_null() {
        let folder = std::env::temp_dir().join(crate::secret::token());
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("menshen.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).foreign_keys(true);
        let mut before = options.connect().await.expect("a file");
        migrator(&MIGRATIONS[..8]).run(&mut before).await.expect("the tables as they were");
        for sql in [
            "INSERT INTO tenant (id, name, kind, edition) VALUES ('personal', '', 'personal', 'free')",
            "INSERT INTO account (id, tenant, phone, phone_bound_at, nickname, created_at, pseudonym)
                 VALUES ('a', 'personal', '+8613800000001', 0, 'x', 0, 'p')",
            "INSERT INTO browser (id, token_hash, created_at) VALUES ('b', x'00', 0)",
            "INSERT INTO code (id, browser, phone, purpose, account, change, hash, serial, sent_at, expires_at, tries)
                 VALUES ('1', 'b', '+86', 'sign_in', '', '', x'01', 'AA', 1, 2, 3), ('2', 'b', '+86', 'new_phone', 'a', 'c', x'02', 'BB', 4, 5, 6)",
            "INSERT INTO scan (id, scene_hash, purpose, state, browser, block, device_kind, session, account, change, number, created_at, expires_at)
                 VALUES ('1', x'01', 'sign_in', 'waiting', 'b', 'n', 'web', '', '', '', '12', 0, 1),
                        ('2', x'02', 'bind_new', 'superseded', 'b', 'n', 'web', '-', '', '', '34', 0, 1),
                        ('3', x'03', 'bind_new', 'waiting', 'b', 'n', 'web', 's', 'a', 'c', '56', 0, 1)",
            "INSERT INTO resting (phone, held_by, until) VALUES ('+86', '', 7), ('+86', 'a', 8)",
            "INSERT INTO attempt (at, kind, subject, browser, known, block)
                 VALUES (1, 'code', '', 'b', 0, 'n'), (2, 'number', 'a', 'b', 1, 'n')",
            "INSERT INTO sign_in (id, browser, phone, wechat, way, expires_at)
                 VALUES ('1', 'b', '', 'w', 'wechat', 9), ('2', 'b', '+86', NULL, 'sms', 9)",
            "INSERT INTO sign_in_account (sign_in, account) VALUES ('1', 'a'), ('2', 'a')",
            "INSERT INTO change (id, account, browser, action, version, created_at, expires_at, about)
                 VALUES ('c', 'a', 'b', 'delete_user', 1, 0, 1, '')",
        ] {
            sqlx::query(sql).execute(&mut before).await.expect(sql);
        }
        before.close().await.expect("closed");
        let store = Store::open(&path, Wakeups::default()).await.expect("brought up to date");
        let mut reader = store.read().await.expect("a connection");
        for (sql, expected) in [
            (
                "SELECT id || coalesce(account, '?') || coalesce(change, '?') || digits || tries FROM code",
                "1??63 2ac66",
            ),
            (
                "SELECT id || signed_in || coalesce(session, '?') || coalesce(account, '?') || coalesce(change, '?') FROM scan",
                "10??? 21??? 31sac",
            ),
            ("SELECT coalesce(held_by, '?') || until FROM resting ORDER BY until", "?7 a8"),
            ("SELECT coalesce(subject, '?') || at FROM attempt ORDER BY at", "?1 a2"),
            ("SELECT id || coalesce(phone, '?') || coalesce(wechat, '?') FROM sign_in", "1?w 2+86?"),
            ("SELECT sign_in || account FROM sign_in_account", "1a 2a"),
            ("SELECT coalesce(about, '?') FROM change", "?"),
        ] {
            let found: Vec<String> = sqlx::query_scalar(sql).fetch_all(reader.connection()).await.expect(sql);
            assert_eq!(found.join(" "), expected, "{sql}");
        }
        drop(reader);
        store.close().await;
        std::fs::remove_dir_all(&folder).expect("removed");
    }

    /// An erasure wakes the account's event streams and the outbox, whatever the use case is.
    #[tokio::test]
    async fn ses_03_the_commit_of_an_erasure_wakes_streams_and_outbox() {
        let path = std::env::temp_dir().join(crate::secret::token());
        let wakeups = Wakeups::default();
        let store = Store::open(&path, wakeups.clone()).await.expect("opens");
        let phone = PhoneNumber::parse("13800000001").expect("a number");
        let (at, long) = (Moment::from_millis(0), Duration::from_secs(3600));
        let mut tx = store.write().await.expect("the lock");
        tx.insert_personal_realm().await.expect("written");
        let account = tx.open_account(&phone, "x", at).await.expect("written");
        tx.commit().await.expect("committed");
        let stream = wakeups.scans().subscribe(&"b".into(), &"1".into());
        let mut tx = store.write().await.expect("the lock");
        tx.erase(&account, SessionEnd::AccountCanceled, at).await.expect("erased");
        drop(tx);
        assert_eq!(stream.wait(Duration::ZERO).await, Wake::Timeout, "rolled back");
        let mut tx = store.write().await.expect("the lock");
        tx.erase(&account, SessionEnd::AccountCanceled, at).await.expect("erased");
        tx.commit().await.expect("committed");
        assert_eq!(stream.wait(long).await, Wake::Changed);
        tokio::time::timeout(long, wakeups.outbox().notified()).await.expect("woken");
        drop(stream);
        store.close().await;
        std::fs::remove_file(&path).expect("removed");
    }

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
        let store = Store::open(&path, Wakeups::default()).await.expect("brought up to date");
        let mut reader = store.read().await.expect("a connection");
        let found: Vec<(String, i64)> = sqlx::query_as(
            "SELECT a.id, COUNT(e.id) FROM account a JOIN event e ON e.account = a.pseudonym
             WHERE a.pseudonym <> a.id AND length(a.pseudonym) = 32 GROUP BY a.id ORDER BY a.id",
        )
        .fetch_all(reader.connection())
        .await
        .expect("read");
        assert_eq!(found, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
        drop(reader);
        let rewriting = "UPDATE event SET what = 'x'";
        let mut tx = store.write().await.expect("the lock");
        assert!(sqlx::query(rewriting).execute(tx.connection()).await.is_err(), "append-only again");
        // A year later than the first event, which alone can be deleted then.
        for (sql, goes) in [
            ("DELETE FROM event", false),
            (
                "INSERT INTO event (at, account, what, result) VALUES (31536000000, 'b', 'signed_in', 'ok')",
                true,
            ),
            ("DELETE FROM event WHERE at = 1", false),
            ("DELETE FROM event WHERE at = 0", true),
        ] {
            assert_eq!(sqlx::query(sql).execute(tx.connection()).await.is_ok(), goes, "{sql}");
        }
        drop(tx);
        store.close().await;
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
