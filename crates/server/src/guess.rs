//! What guessing costs: the one counter behind everything that compares a secret (G2, OTP-05…09).
//!
//! A try is charged here, in a transaction of its own, before it is compared. [`Charged`] is the
//! receipt without which neither `code` nor `password` compares anything. A right try takes its
//! charge back inside the transaction of its effect, so an effect that fails gives nothing back.
//!
//! Three budgets, the first two of rule G2:
//!
//! ```text
//! chain    browser x number x purpose   5 wrong   locked for 15 minutes
//! day      number, over all browsers that hold no device of an account there;
//!          or number x browser for one that does   10 wrong in a rolling day
//! network  the browser's address block, for a browser that does not know the number
//!          as configured, in a rolling hour
//! ```
//!
//! Strangers therefore never lock out a browser in which the account was signed in before
//! (OTP-09), and nobody gains tries by dropping cookies.

use crate::app::App;
use crate::clock::Moment;
use crate::problem::Problem;
use crate::rules::{self, Chain};
use crate::session::Asker;
use crate::store::{moment, text_of};
use contract::account::Way;
use contract::activity::Happening;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use sqlx::SqliteConnection;

/// What is guessed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A code sent by SMS.
    Code,
    /// A password.
    Password,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Password => "password",
        }
    }

    fn locked(self, until: Moment) -> Problem {
        let until = until.timestamp();
        match self {
            Self::Code => Refusal::CodeTooMany { until }.into(),
            Self::Password => Refusal::PasswordLocked { until }.into(),
        }
    }
}

/// Who guesses at what.
#[derive(Clone, Copy)]
pub(crate) struct Guess<'a> {
    /// The browser and where it is.
    pub(crate) asker: Asker<'a>,
    /// The number the secret belongs to.
    pub(crate) phone: &'a PhoneNumber,
    /// What is guessed at.
    pub(crate) kind: Kind,
    /// What the chain is kept under: the purpose of a code, or `password`.
    pub(crate) purpose: &'a str,
}

/// A try that is paid for.
#[derive(Debug)]
pub(crate) struct Charged {
    attempt: i64,
    browser: String,
    phone: String,
    purpose: String,
    kind: Kind,
    day: i64,
    left: u32,
    locked_until: Option<Moment>,
}

/// Charges a try, or tells until when there is none. The caller commits before it compares.
pub(crate) async fn charge(
    app: &App,
    connection: &mut SqliteConnection,
    guess: Guess<'_>,
    now: Moment,
) -> Result<Charged, Problem> {
    let known = knows(connection, guess.asker.browser, guess.phone).await?;
    let chain = chain(connection, guess).await?;
    let earlier = wrong_today(connection, guess, known, now).await?;
    if let Some(until) = chain.lock(now).max(rules::day_lock(&earlier, now)) {
        return Err(guess.kind.locked(until));
    }
    let charged = chain.charge(now).map_err(|until| guess.kind.locked(until))?;
    // What a known browser may try is little, whatever its neighbors do (OTP-09).
    if !known {
        let limit = app.config().limits.wrong_tries_per_network_and_hour;
        if let Some(until) = in_block(connection, guess.asker.block, limit, now).await? {
            return Err(Problem::over_budget(now.seconds_until(until)));
        }
    }
    write_chain(connection, guess, charged).await?;
    let attempt = sqlx::query(
        "INSERT INTO attempt (at, kind, subject, browser, known, block) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(now.millis())
    .bind(guess.kind.text())
    .bind(guess.phone.as_str())
    .bind(guess.asker.browser)
    .bind(known)
    .bind(guess.asker.block)
    .execute(&mut *connection)
    .await?
    .last_insert_rowid();
    if guess.kind == Kind::Code {
        spend(connection, WRONG, 1, now).await?;
    }
    let mut tries = vec![now];
    tries.extend(&earlier);
    let left_today = rules::TRIES_A_DAY - tries.len();
    Ok(Charged {
        attempt,
        browser: guess.asker.browser.to_owned(),
        phone: guess.phone.as_str().to_owned(),
        purpose: guess.purpose.to_owned(),
        kind: guess.kind,
        day: rules::day_of(now),
        left: charged.left().min(u32::try_from(left_today).unwrap_or(0)),
        locked_until: charged.locked_until.max(rules::day_lock(&tries, now)),
    })
}

/// Whether tries are locked, for who asks for another code to try.
pub(crate) async fn lock(
    connection: &mut SqliteConnection,
    guess: Guess<'_>,
    now: Moment,
) -> Result<(), Problem> {
    let known = knows(connection, guess.asker.browser, guess.phone).await?;
    let chained = chain(connection, guess).await?.lock(now);
    let today = rules::day_lock(&wrong_today(connection, guess, known, now).await?, now);
    match chained.max(today) {
        Some(until) => Err(guess.kind.locked(until)),
        None => Ok(()),
    }
}

/// Tries whose day is over: nothing is counted from them any more, and the trail takes them up
/// (API-04). Not sooner, for whoever tries must not be able to tell by the time it takes whether a
/// number has an account (OTP-11). Answers how many.
pub(crate) async fn settle(
    connection: &mut SqliteConnection,
    batch: u32,
    now: Moment,
) -> Result<u64, Problem> {
    let then = rules::day_before(now).millis();
    // Whoever holds the number now did not always.
    sqlx::query(
        "INSERT INTO event (at, account, device, what, way, result)
         SELECT t.at, a.pseudonym, d.id, ?, CASE t.kind WHEN 'code' THEN ? ELSE ? END, 'failed'
         FROM (SELECT * FROM attempt WHERE at <= ? ORDER BY id LIMIT ?) t
         JOIN account a ON a.phone = t.subject AND a.phone_bound_at <= t.at
         LEFT JOIN device d ON d.account = a.id AND d.browser = t.browser
         WHERE t.kind IN ('code', 'password')",
    )
    .bind(text_of(Happening::ProofFailed))
    .bind(text_of(Way::Sms))
    .bind(text_of(Way::Password))
    .bind(then)
    .bind(batch)
    .execute(&mut *connection)
    .await?;
    let settled = sqlx::query(
        "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE at <= ? ORDER BY id LIMIT ?)",
    )
    .bind(then)
    .bind(batch)
    .execute(&mut *connection)
    .await?;
    Ok(settled.rows_affected())
}

/// The number of an account is about to be another: what failed at the one that it leaves is taken up
/// now, for later nobody knows any more whose it was (API-04).
pub(crate) async fn keep_failed(connection: &mut SqliteConnection, account: &str) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO event (at, account, device, what, way, result)
         SELECT t.at, a.pseudonym, d.id, ?, CASE t.kind WHEN 'code' THEN ? ELSE ? END, 'failed'
         FROM account a JOIN attempt t ON t.subject = a.phone AND t.at >= a.phone_bound_at
         LEFT JOIN device d ON d.account = a.id AND d.browser = t.browser
         WHERE a.id = ? AND t.kind IN ('code', 'password')",
    )
    .bind(text_of(Happening::ProofFailed))
    .bind(text_of(Way::Sms))
    .bind(text_of(Way::Password))
    .bind(account)
    .execute(connection)
    .await?;
    Ok(())
}

impl Charged {
    /// What a try that did not match is answered.
    pub(crate) fn wrong(&self) -> Problem {
        match (self.locked_until, self.kind) {
            (Some(until), kind) => kind.locked(until),
            (None, Kind::Code) => Refusal::CodeWrong { left: self.left }.into(),
            (None, Kind::Password) => Refusal::PasswordWrong { left: self.left }.into(),
        }
    }

    /// Whether this try was the last before a lock.
    pub(crate) fn locks(&self) -> bool {
        self.locked_until.is_some()
    }

    /// The try was right: it was no guess, and the chain ends. Inside the transaction of the
    /// effect.
    pub(crate) async fn forgive(self, connection: &mut SqliteConnection) -> Result<(), Problem> {
        sqlx::query("DELETE FROM attempt WHERE id = ?").bind(self.attempt).execute(&mut *connection).await?;
        sqlx::query("DELETE FROM chain WHERE browser = ? AND phone = ? AND purpose = ?")
            .bind(&self.browser)
            .bind(&self.phone)
            .bind(&self.purpose)
            .execute(&mut *connection)
            .await?;
        if self.kind == Kind::Code {
            spend_on(connection, WRONG, -1, self.day).await?;
        }
        Ok(())
    }
}

/// Whether the browser holds a device of an account of the number: somebody signed in to it here
/// before (G2), and its session was not ended from elsewhere since. A shared device is nobody's.
pub(crate) async fn knows(
    connection: &mut SqliteConnection,
    browser: &str,
    phone: &PhoneNumber,
) -> Result<bool, Problem> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM account a JOIN device d ON d.account = a.id
                        WHERE a.phone = ? AND d.browser = ? AND d.known AND d.kind <> 'kiosk')",
    )
    .bind(phone.as_str())
    .bind(browser)
    .fetch_one(connection)
    .await?)
}

/// Whether the browser holds a device of any account: somebody signed in here before, and was not thrown
/// out since. A shared device is nobody's.
pub(crate) async fn is_known(connection: &mut SqliteConnection, browser: &str) -> Result<bool, Problem> {
    let sql = "SELECT EXISTS (SELECT 1 FROM device WHERE browser = ? AND known AND kind <> 'kiosk')";
    Ok(sqlx::query_scalar(sql).bind(browser).fetch_one(connection).await?)
}

/// The wrong tries of a rolling day that count together with this guess, newest first.
async fn wrong_today(
    connection: &mut SqliteConnection,
    guess: Guess<'_>,
    known: bool,
    now: Moment,
) -> Result<Vec<Moment>, Problem> {
    let own = if known { Some(guess.asker.browser) } else { None };
    let tried: Vec<i64> = sqlx::query_scalar(
        "SELECT at FROM attempt
         WHERE subject = ? AND kind = ? AND at > ? AND known = ? AND (? IS NULL OR browser = ?)
         ORDER BY at DESC",
    )
    .bind(guess.phone.as_str())
    .bind(guess.kind.text())
    .bind(rules::day_before(now).millis())
    .bind(known)
    .bind(own)
    .bind(own)
    .fetch_all(connection)
    .await?;
    Ok(tried.into_iter().map(Moment::from_millis).collect())
}

/// When a network that has had its wrong tries of this hour may try again.
async fn in_block(
    connection: &mut SqliteConnection,
    block: &str,
    limit: u32,
    now: Moment,
) -> Result<Option<Moment>, Problem> {
    let first_of_budget: Option<i64> = sqlx::query_scalar(
        "SELECT at FROM attempt WHERE block = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
    )
    .bind(block)
    .bind(rules::hour_before(now).millis())
    .bind(limit.saturating_sub(1))
    .fetch_optional(connection)
    .await?;
    Ok(moment(first_of_budget).map(|at| at.after(rules::HOUR)))
}

/// Charges an account for asking about a new number it cannot have: who could ask without end
/// would learn which numbers have accounts.
pub(crate) async fn charge_number(
    connection: &mut SqliteConnection,
    account: &str,
    asker: Asker<'_>,
    now: Moment,
) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO attempt (at, kind, subject, browser, known, block) VALUES (?, 'number', ?, ?, 1, ?)",
    )
    .bind(now.millis())
    .bind(account)
    .bind(asker.browser)
    .bind(asker.block)
    .execute(connection)
    .await?;
    Ok(())
}

/// Refuses an account that has asked about too many numbers it cannot have today.
pub(crate) async fn may_ask_numbers(
    connection: &mut SqliteConnection,
    account: &str,
    now: Moment,
) -> Result<(), Problem> {
    let asked: Vec<i64> = sqlx::query_scalar(
        "SELECT at FROM attempt WHERE subject = ? AND kind = 'number' AND at > ? ORDER BY at DESC",
    )
    .bind(account)
    .bind(rules::day_before(now).millis())
    .fetch_all(connection)
    .await?;
    let asked: Vec<Moment> = asked.into_iter().map(Moment::from_millis).collect();
    match rules::day_lock(&asked, now) {
        Some(until) => Err(Refusal::SendQuota { until: until.timestamp() }.into()),
        None => Ok(()),
    }
}

const WRONG: &str = "wrong";
/// Codes sent in a day, for the cap on their cost (OTP-10).
pub(crate) const SMS: &str = "sms";
/// Messages handed over in a day (`outbox`).
pub(crate) const MESSAGES: &str = "messages";

/// Whether so many codes were guessed wrong today, over all numbers, that six digits are not
/// enough any more for a browser we do not know (OTP-08).
pub(crate) async fn breaker_open(
    app: &App,
    connection: &mut SqliteConnection,
    now: Moment,
) -> Result<bool, Problem> {
    Ok(spent(connection, WRONG, now).await? >= app.config().limits.wrong_codes_per_day)
}

/// What the whole system has spent of something today.
pub(crate) async fn spent(
    connection: &mut SqliteConnection,
    what: &str,
    now: Moment,
) -> Result<u32, Problem> {
    let count: Option<u32> = sqlx::query_scalar("SELECT count FROM spent WHERE day = ? AND what = ?")
        .bind(rules::day_of(now))
        .bind(what)
        .fetch_optional(connection)
        .await?;
    Ok(count.unwrap_or(0))
}

/// Adds to what the whole system has spent today.
pub(crate) async fn spend(
    connection: &mut SqliteConnection,
    what: &str,
    count: i32,
    now: Moment,
) -> Result<(), Problem> {
    spend_on(connection, what, count, rules::day_of(now)).await
}

async fn spend_on(
    connection: &mut SqliteConnection,
    what: &str,
    count: i32,
    day: i64,
) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO spent (day, what, count) VALUES (?, ?, MAX(?, 0))
         ON CONFLICT (day, what) DO UPDATE SET count = MAX(count + ?, 0)",
    )
    .bind(day)
    .bind(what)
    .bind(count)
    .bind(count)
    .execute(connection)
    .await?;
    Ok(())
}

async fn chain(connection: &mut SqliteConnection, guess: Guess<'_>) -> Result<Chain, Problem> {
    let row: Option<(u32, i64, Option<i64>)> = sqlx::query_as(
        "SELECT wrong, tried_at, locked_until FROM chain WHERE browser = ? AND phone = ? AND purpose = ?",
    )
    .bind(guess.asker.browser)
    .bind(guess.phone.as_str())
    .bind(guess.purpose)
    .fetch_optional(connection)
    .await?;
    Ok(row.map_or_else(Chain::default, |(wrong, tried_at, locked_until)| Chain {
        wrong,
        tried_at: Some(Moment::from_millis(tried_at)),
        locked_until: moment(locked_until),
    }))
}

async fn write_chain(
    connection: &mut SqliteConnection,
    guess: Guess<'_>,
    chain: Chain,
) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO chain (browser, phone, purpose, wrong, tried_at, locked_until) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (browser, phone, purpose) DO UPDATE
         SET wrong = excluded.wrong, tried_at = excluded.tried_at, locked_until = excluded.locked_until",
    )
    .bind(guess.asker.browser)
    .bind(guess.phone.as_str())
    .bind(guess.purpose)
    .bind(chain.wrong)
    .bind(chain.tried_at.map_or(0, Moment::millis))
    .bind(chain.locked_until.map(Moment::millis))
    .execute(connection)
    .await?;
    Ok(())
}
