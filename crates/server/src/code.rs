//! One-time codes: the only place that sends, charges and compares them (OTP-01…05, 10, 12).
//!
//! A try is charged first, in a transaction of its own, and compared only after that is committed
//! (shape 1): whatever happens to the request afterwards, the try is spent. A right code is used up
//! by a conditional write inside the transaction of the effect it is for (shape 2). The same
//! chains count wrong passwords.

use crate::app::App;
use crate::clock::Moment;
use crate::gateway::sms::{Letter, Sms};
use crate::problem::Problem;
use crate::rules::{self, Chain};
use crate::store::{moment, text_of};
use crate::{secret, words};
use contract::code::{OneTimeCode, Purpose, SentCode};
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use sqlx::{Row, SqliteConnection};

/// What the chains of wrong passwords are kept under, beside the purposes of codes.
const PASSWORD: &str = "password";

/// Everything a code is bound to (OTP-04). It opens nothing else.
#[derive(Clone, Copy)]
pub(crate) struct Bond<'a> {
    pub(crate) browser: &'a str,
    pub(crate) phone: &'a PhoneNumber,
    pub(crate) purpose: Purpose,
    /// The account it is asked for; empty when signing in.
    pub(crate) account: &'a str,
    /// The change it is asked for; empty when signing in.
    pub(crate) change: &'a str,
}

impl Bond<'_> {
    fn hash(&self, app: &App, id: &str, code: &str) -> Vec<u8> {
        let purpose = text_of(self.purpose);
        app.key().hash(&[id, self.browser, self.phone.as_str(), &purpose, self.account, self.change, code])
    }
}

/// Makes a code inside the caller's transaction, within the budgets of its number. The letter is
/// to be handed to [`deliver`] after the commit.
pub(crate) async fn issue(
    app: &App,
    connection: &mut SqliteConnection,
    bond: Bond<'_>,
    now: Moment,
) -> Result<(SentCode, Letter), Problem> {
    let purpose = text_of(bond.purpose);
    let chain = chain(connection, bond.browser, bond.phone, &purpose).await?;
    if let Some(until) = chain.lock(now) {
        return Err(Refusal::CodeTooMany { until: until.timestamp() }.into());
    }
    let sent: Vec<i64> =
        sqlx::query_scalar("SELECT sent_at FROM code WHERE phone = ? AND sent_at > ? ORDER BY sent_at DESC")
            .bind(bond.phone.as_str())
            .bind(rules::send_horizon(now).millis())
            .fetch_all(&mut *connection)
            .await?;
    let sent: Vec<Moment> = sent.into_iter().map(Moment::from_millis).collect();
    rules::may_send(&sent, now)?;
    // What is older than every budget is of no use any more.
    sqlx::query("DELETE FROM code WHERE sent_at <= ?")
        .bind(rules::send_horizon(now).millis())
        .execute(&mut *connection)
        .await?;
    let (id, code, serial) = (secret::id(), secret::six_digits(), secret::serial());
    let expires_at = now.after(rules::CODE_LIFE);
    sqlx::query(
        "INSERT INTO code (id, browser, phone, purpose, account, change, hash, serial, sent_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&id)
    .bind(bond.browser)
    .bind(bond.phone.as_str())
    .bind(&purpose)
    .bind(bond.account)
    .bind(bond.change)
    .bind(bond.hash(app, &id, &code))
    .bind(&serial)
    .bind(now.millis())
    .bind(expires_at.millis())
    .execute(&mut *connection)
    .await?;
    let letter = Letter {
        to: bond.phone.as_str().to_owned(),
        text: words::code_sms(bond.purpose, bond.phone, &code, &serial, &app.config().public_host),
        code: Some(code),
        purpose,
        id,
    };
    let sent = SentCode {
        to: bond.phone.masked(),
        serial,
        expires_in: now.seconds_until(expires_at),
        retry_in: rules::retry_in(Some(now), now),
    };
    Ok((sent, letter))
}

/// Hands a code to the gateway. Nobody waits for a relay: the answer takes as long for a number
/// that gets no SMS (OTP-11). Codes do not go through the outbox, where they would lie in clear.
pub(crate) async fn deliver(app: &App, letter: Letter) {
    let (sms, now) = (app.sms().clone(), app.now());
    let send = async move {
        if let Err(why) = sms.send(&letter, now).await {
            tracing::warn!(to = %letter.masked_to(), purpose = %letter.purpose, %why, "a code was not sent");
        }
    };
    match app.sms() {
        Sms::Inbox(_) => send.await,
        Sms::Relay(_) => drop(tokio::spawn(send)),
    }
}

/// The last code sent under a bond, as the record of a change shows it.
pub(crate) async fn latest(
    connection: &mut SqliteConnection,
    bond: Bond<'_>,
    now: Moment,
) -> Result<Option<SentCode>, Problem> {
    let Some(latest) = alive(connection, bond, None).await?.into_iter().next() else { return Ok(None) };
    let newest: Option<i64> = sqlx::query_scalar("SELECT MAX(sent_at) FROM code WHERE phone = ?")
        .bind(bond.phone.as_str())
        .fetch_one(connection)
        .await?;
    Ok(Some(SentCode {
        to: bond.phone.masked(),
        serial: latest.serial,
        expires_in: now.seconds_until(latest.expires_at),
        retry_in: rules::retry_in(moment(newest), now),
    }))
}

/// A code that was typed right. It is worth nothing before [`Right::consume`].
pub(crate) struct Right {
    id: String,
    browser: String,
    phone: String,
    purpose: String,
}

/// Charges a try, then compares (shape 1).
pub(crate) async fn attempt(app: &App, bond: Bond<'_>, typed: &str, now: Moment) -> Result<Right, Problem> {
    let purpose = text_of(bond.purpose);
    let (codes, charged) = {
        let mut tx = app.store().write().await?;
        let chain = chain(&mut tx, bond.browser, bond.phone, &purpose).await?;
        let charged = chain.charge(now).map_err(|until| Refusal::CodeTooMany { until: until.timestamp() })?;
        let codes = alive(&mut tx, bond, Some(now)).await?;
        // Without a living code there is nothing to guess, and nothing to charge for.
        let Some(latest) = codes.first().filter(|code| code.expires_at > now) else {
            return Err(Refusal::CodeExpired.into());
        };
        write_chain(&mut tx, bond.browser, bond.phone, &purpose, charged).await?;
        sqlx::query("UPDATE code SET tries = tries + 1 WHERE id = ?")
            .bind(&latest.id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        (codes, charged)
    };
    let typed = OneTimeCode::parse(typed);
    let typed = typed.as_ref().map_or("", OneTimeCode::as_str);
    // Every code is compared, so the time does not tell which one it was.
    let mut matching = None;
    for (age, code) in codes.iter().enumerate() {
        if secret::same(&bond.hash(app, &code.id, typed), &code.hash) {
            matching = matching.or(Some(age));
        }
    }
    match (matching, charged.locked_until) {
        (Some(0), _) => Ok(Right {
            id: codes[0].id.clone(),
            browser: bond.browser.to_owned(),
            phone: bond.phone.as_str().to_owned(),
            purpose,
        }),
        (_, Some(until)) => Err(Refusal::CodeTooMany { until: until.timestamp() }.into()),
        (Some(_), None) => Err(Refusal::CodeSuperseded.into()),
        (None, None) => Err(Refusal::CodeWrong { left: charged.left() }.into()),
    }
}

impl Right {
    /// Uses the code up inside the transaction of its effect; only one caller ever can (OTP-03).
    pub(crate) async fn consume(self, connection: &mut SqliteConnection, now: Moment) -> Result<(), Problem> {
        let used = sqlx::query(
            "UPDATE code SET used_at = ? WHERE id = ? AND used_at IS NULL AND void = 0 AND expires_at > ?",
        )
        .bind(now.millis())
        .bind(&self.id)
        .bind(now.millis())
        .execute(&mut *connection)
        .await?;
        if used.rows_affected() != 1 {
            return Err(Refusal::CodeExpired.into());
        }
        sqlx::query(
            "UPDATE code SET void = 1 WHERE browser = ? AND phone = ? AND purpose = ? AND used_at IS NULL",
        )
        .bind(&self.browser)
        .bind(&self.phone)
        .bind(&self.purpose)
        .execute(&mut *connection)
        .await?;
        forget_chain(connection, &self.browser, &self.phone, &self.purpose).await
    }
}

/// Charges a try of a password against browser x number; compared by the caller after that is
/// committed, forgiven by [`forgive_password`].
pub(crate) async fn charge_password(
    connection: &mut SqliteConnection,
    browser: &str,
    phone: &PhoneNumber,
    now: Moment,
) -> Result<Chain, Problem> {
    let chain = chain(connection, browser, phone, PASSWORD).await?;
    let charged = chain.charge(now).map_err(|until| Refusal::PasswordLocked { until: until.timestamp() })?;
    write_chain(connection, browser, phone, PASSWORD, charged).await?;
    Ok(charged)
}

/// What a charged try that did not match is answered.
pub(crate) fn password_wrong(charged: Chain) -> Problem {
    match charged.locked_until {
        Some(until) => Refusal::PasswordLocked { until: until.timestamp() }.into(),
        None => Refusal::PasswordWrong { left: charged.left() }.into(),
    }
}

/// The password was right: its chain ends, inside the transaction of the effect.
pub(crate) async fn forgive_password(
    connection: &mut SqliteConnection,
    browser: &str,
    phone: &PhoneNumber,
) -> Result<(), Problem> {
    forget_chain(connection, browser, phone.as_str(), PASSWORD).await
}

struct Alive {
    id: String,
    hash: Vec<u8>,
    serial: String,
    expires_at: Moment,
}

/// The codes of a bond that are neither used nor void, newest first; with `now`, those that have
/// not expired.
async fn alive(
    connection: &mut SqliteConnection,
    bond: Bond<'_>,
    now: Option<Moment>,
) -> Result<Vec<Alive>, Problem> {
    let rows = sqlx::query(
        "SELECT id, hash, serial, expires_at FROM code
         WHERE phone = ? AND browser = ? AND purpose = ? AND account = ? AND change = ?
           AND used_at IS NULL AND void = 0 AND expires_at > ?
         ORDER BY sent_at DESC, rowid DESC",
    )
    .bind(bond.phone.as_str())
    .bind(bond.browser)
    .bind(text_of(bond.purpose))
    .bind(bond.account)
    .bind(bond.change)
    .bind(now.map_or(i64::MIN, Moment::millis))
    .fetch_all(connection)
    .await?;
    let read = |row: sqlx::sqlite::SqliteRow| Alive {
        id: row.get("id"),
        hash: row.get("hash"),
        serial: row.get("serial"),
        expires_at: Moment::from_millis(row.get("expires_at")),
    };
    Ok(rows.into_iter().map(read).collect())
}

async fn chain(
    connection: &mut SqliteConnection,
    browser: &str,
    phone: &PhoneNumber,
    purpose: &str,
) -> Result<Chain, Problem> {
    let row: Option<(u32, i64, Option<i64>)> = sqlx::query_as(
        "SELECT wrong, tried_at, locked_until FROM chain WHERE browser = ? AND phone = ? AND purpose = ?",
    )
    .bind(browser)
    .bind(phone.as_str())
    .bind(purpose)
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
    browser: &str,
    phone: &PhoneNumber,
    purpose: &str,
    chain: Chain,
) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO chain (browser, phone, purpose, wrong, tried_at, locked_until) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (browser, phone, purpose) DO UPDATE
         SET wrong = excluded.wrong, tried_at = excluded.tried_at, locked_until = excluded.locked_until",
    )
    .bind(browser)
    .bind(phone.as_str())
    .bind(purpose)
    .bind(chain.wrong)
    .bind(chain.tried_at.map_or(0, Moment::millis))
    .bind(chain.locked_until.map(Moment::millis))
    .execute(connection)
    .await?;
    Ok(())
}

async fn forget_chain(
    connection: &mut SqliteConnection,
    browser: &str,
    phone: &str,
    purpose: &str,
) -> Result<(), Problem> {
    sqlx::query("DELETE FROM chain WHERE browser = ? AND phone = ? AND purpose = ?")
        .bind(browser)
        .bind(phone)
        .bind(purpose)
        .execute(connection)
        .await?;
    Ok(())
}
