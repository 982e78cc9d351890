//! Checks of the database file after a crash.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row};
use std::path::Path;
use tokio::runtime::{Builder, Runtime};

/// Subscribers with a password, of each worker.
const SUBSCRIBERS: u64 = 8;

/// Each finds the rows that would be half of something: what one transaction writes carries one
/// moment, so its parts are found by that.
const TORN: [(&str, &str); 18] = [
    (
        "a session without its event",
        "SELECT COUNT(*) FROM session s JOIN account a ON a.id = s.account
             WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.account = a.pseudonym
             AND e.at = s.created_at AND e.what = 'signed_in' AND e.device = s.device)",
    ),
    (
        "sessions and their events",
        "SELECT (SELECT COUNT(*) FROM session) <> (SELECT COUNT(*) FROM event e
             JOIN account a ON a.pseudonym = e.account WHERE what = 'signed_in')",
    ),
    (
        "a sign-out without its event",
        "SELECT COUNT(*) FROM session s JOIN account a ON a.id = s.account
             WHERE ended_why = 'signed_out' AND NOT EXISTS (SELECT 1 FROM event e
             WHERE e.account = a.pseudonym AND e.at = s.ended_at AND e.what = 'signed_out' AND e.device = s.device)",
    ),
    (
        "sign-outs and their events",
        "SELECT (SELECT COUNT(*) FROM session WHERE ended_why = 'signed_out')
             <> (SELECT COUNT(*) FROM event e JOIN account a ON a.pseudonym = e.account WHERE what = 'signed_out')",
    ),
    (
        "a used code without its session",
        "SELECT (SELECT COUNT(*) FROM code WHERE purpose = 'sign_in' AND used_at IS NOT NULL)
             <> (SELECT COUNT(*) FROM session WHERE way = 'sms')",
    ),
    (
        "an account without its event or its session",
        "SELECT COUNT(*) FROM account a WHERE password_hash IS NULL AND (
             NOT EXISTS (SELECT 1 FROM event e
                 WHERE e.account = a.pseudonym AND e.at = a.created_at AND e.what = 'account_opened')
             OR NOT EXISTS (SELECT 1 FROM event e
                 WHERE e.account = a.pseudonym AND e.at = a.created_at AND e.what = 'signed_in'))",
    ),
    (
        "accounts and their events",
        "SELECT (SELECT COUNT(*) FROM account WHERE password_hash IS NULL)
             <> (SELECT COUNT(*) FROM event WHERE what = 'account_opened')",
    ),
    (
        "an epoch that is not one more for every new number",
        "SELECT COUNT(*) FROM account a WHERE epoch <> 1 + (SELECT COUNT(*) FROM event e
             WHERE e.account = a.pseudonym AND e.what = 'phone_changed')",
    ),
    (
        "a number that is not as new as the last event says",
        "SELECT COUNT(*) FROM account a WHERE epoch > 1 AND phone_bound_at <> (SELECT MAX(at) FROM event e
             WHERE e.account = a.pseudonym AND e.what = 'phone_changed')",
    ),
    (
        "a new number without its resting one, notice, outcome or used code",
        "SELECT COUNT(*) FROM event e JOIN account a ON a.pseudonym = e.account WHERE e.what = 'phone_changed' AND (
             NOT EXISTS (SELECT 1 FROM resting r WHERE r.held_by = a.id AND r.until = e.at + 86400000)
             OR NOT EXISTS (SELECT 1 FROM outbox o WHERE o.created_at = e.at AND o.purpose = 'phone_changed')
             OR NOT EXISTS (SELECT 1 FROM outcome o JOIN device d ON d.browser = o.browser
                 WHERE o.created_at = e.at AND d.id = e.device)
             OR NOT EXISTS (SELECT 1 FROM code c
                 WHERE c.account = a.id AND c.used_at = e.at AND c.purpose = 'new_phone'))",
    ),
    (
        "new numbers, resting ones, outcomes and used codes",
        "SELECT COUNT(*) FROM (
             SELECT COUNT(*) AS n FROM event e JOIN account a ON a.pseudonym = e.account WHERE what = 'phone_changed'
             UNION SELECT COUNT(*) FROM resting WHERE held_by IS NOT NULL
             UNION SELECT COUNT(*) FROM outcome WHERE account IS NOT NULL
             UNION SELECT COUNT(*) FROM code WHERE purpose = 'new_phone' AND used_at IS NOT NULL) HAVING COUNT(*) > 1",
    ),
    (
        "a living session of an epoch that is over",
        "SELECT COUNT(*) FROM session s JOIN account a ON a.id = s.account
             WHERE s.ended_at IS NULL AND s.epoch <> a.epoch",
    ),
    (
        "a session ended by a new number that is none",
        "SELECT COUNT(*) FROM session s JOIN account a ON a.id = s.account
             WHERE ended_why = 'phone_changed' AND NOT EXISTS (SELECT 1 FROM event e
             WHERE e.account = a.pseudonym AND e.at = s.ended_at AND e.what = 'phone_changed')",
    ),
    (
        "new numbers and their notices",
        "SELECT (SELECT COUNT(*) FROM event WHERE what = 'phone_changed')
             <> (SELECT COUNT(*) FROM outbox WHERE purpose = 'phone_changed')",
    ),
    (
        "a canceled account that is there, or without its receipt, notice, outcome or resting number",
        "SELECT COUNT(*) FROM event e WHERE e.what = 'account_canceled' AND (
             EXISTS (SELECT 1 FROM account a WHERE a.pseudonym = e.account)
             OR NOT EXISTS (SELECT 1 FROM cancellation c WHERE c.pseudonym = e.account AND c.done_at = e.at)
             OR NOT EXISTS (SELECT 1 FROM outbox o WHERE o.created_at = e.at AND o.purpose = 'account_canceled')
             OR NOT EXISTS (SELECT 1 FROM outcome o WHERE o.created_at = e.at AND o.account IS NULL)
             OR NOT EXISTS (SELECT 1 FROM resting r WHERE r.held_by IS NULL AND r.until = e.at + 86400000))",
    ),
    (
        "canceled accounts, receipts, notices and outcomes",
        "SELECT COUNT(*) FROM (
             SELECT COUNT(*) AS n FROM event WHERE what = 'account_canceled'
             UNION SELECT COUNT(*) FROM cancellation
             UNION SELECT COUNT(*) FROM outbox WHERE purpose = 'account_canceled'
             UNION SELECT COUNT(*) FROM outcome WHERE account IS NULL) HAVING COUNT(*) > 1",
    ),
    (
        "an outcome of an account that is not there",
        "SELECT COUNT(*) FROM outcome o
             WHERE account IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = o.account)",
    ),
    (
        "a session ended by half",
        "SELECT COUNT(*) FROM session WHERE (ended_at IS NULL) <> (ended_why IS NULL)",
    ),
];

/// The server's file with the write lock taken.
pub(crate) struct Held(Database);

impl Held {
    /// Lets it go.
    pub(crate) fn release(mut self) {
        let end = sqlx::query("ROLLBACK");
        self.0.runtime.block_on(async { end.execute(&mut self.0.connection).await }).expect("let go");
    }
}

/// The server's file, read beside it.
pub(crate) struct Database {
    runtime: Runtime,
    connection: SqliteConnection,
}

impl Database {
    pub(crate) fn open(folder: &Path) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let options = SqliteConnectOptions::new().filename(folder.join("menshen.db"));
        let connection = runtime.block_on(async { options.connect().await.expect("the database") });
        Self { runtime, connection }
    }

    /// Puts in personal accounts with the demo's password; answers their numbers.
    pub(crate) fn subscribers(&mut self, worker: u64) -> Vec<String> {
        let numbers: Vec<String> =
            (0..SUBSCRIBERS).map(|at| format!("+861400000{worker:02}{at:02}")).collect();
        for number in &numbers {
            let insert = sqlx::query(
                "INSERT INTO account (id, tenant, phone, phone_bound_at, nickname, password_hash, created_at,
                                      pseudonym)
                 SELECT ?1, tenant, ?2, phone_bound_at, nickname, password_hash, created_at, ?1 || '-pseudonym'
                 FROM account WHERE phone = '+8613800000001'",
            );
            let insert = insert.bind(format!("crash-{number}")).bind(number);
            let done = self.runtime.block_on(async { insert.execute(&mut self.connection).await });
            done.expect("inserted");
        }
        numbers
    }

    /// The epoch of the account that holds a number.
    pub(crate) fn epoch_of(&mut self, phone: &str) -> Option<i64> {
        let query = sqlx::query_scalar("SELECT epoch FROM account WHERE phone = ?").bind(phone);
        self.runtime.block_on(async { query.fetch_optional(&mut self.connection).await.expect("read") })
    }

    /// The wrong tries charged for a number, which several tables have to agree on.
    pub(crate) fn charged(&mut self, phone: &str, purpose: &str) -> i64 {
        let query = sqlx::query(
            "SELECT IFNULL((SELECT SUM(wrong) FROM chain WHERE phone = ?1 AND purpose = ?2), 0) AS chain,
                    (SELECT COUNT(*) FROM attempt WHERE subject = ?1
                         AND kind = CASE ?2 WHEN 'password' THEN 'password' ELSE 'code' END) AS attempts,
                    IFNULL((SELECT SUM(tries) FROM code WHERE phone = ?1), 0) AS tries",
        );
        let query = query.bind(phone).bind(purpose);
        let row = self.runtime.block_on(async { query.fetch_one(&mut self.connection).await.expect("read") });
        let [chain, attempts, tries] = ["chain", "attempts", "tries"].map(|column| row.get::<i64, _>(column));
        assert_eq!(chain, attempts, "the counter and the attempts of {phone}");
        if purpose != "password" {
            assert_eq!(chain, tries, "the counter and the tries of the code to {phone}");
        }
        chain
    }

    /// Takes back every try that was charged, as if nobody had tried.
    pub(crate) fn close(&mut self) {
        for sql in ["DELETE FROM chain", "DELETE FROM attempt"] {
            let done = self.runtime.block_on(async { sqlx::query(sql).execute(&mut self.connection).await });
            done.expect(sql);
        }
    }

    /// Takes the write lock, as a tool that is run on the file does.
    pub(crate) fn hold(mut self) -> Held {
        let begin = sqlx::query("BEGIN IMMEDIATE");
        self.runtime.block_on(async { begin.execute(&mut self.connection).await }).expect("the lock");
        Held(self)
    }

    /// The file is sound and holds nothing that is only half there.
    pub(crate) fn must_be_whole(&mut self) {
        let whole: String = self.runtime.block_on(async {
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut self.connection).await.expect("read")
        });
        assert_eq!(whole, "ok");
        for (what, sql) in TORN {
            let found: Option<i64> = self.runtime.block_on(async {
                sqlx::query_scalar(sql).fetch_optional(&mut self.connection).await.expect(what)
            });
            assert_eq!(found.unwrap_or(0), 0, "torn: {what}");
        }
    }
}
