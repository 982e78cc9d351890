//! One-time codes: the only place that sends and compares them (OTP-01…05, 10, 12).
//!
//! A try is charged first (`guess`), in a transaction of its own, and compared only after that is
//! committed (OTP-06): whatever happens to the request afterwards, the try is spent. A right
//! code is used up by a conditional write inside the transaction of the effect it is for (OTP-03).

use crate::app::App;
use crate::clock::Moment;
use crate::gateway::sms::{Letter, Unsent};
use crate::guess::{self, Charged, Guess, Kind};
use crate::problem::Problem;
use crate::rules;
use crate::session::Asker;
use crate::store::{moment, text_of};
use crate::{secret, words};
use contract::code::{CODE_LENGTH, LONG_CODE_LENGTH, OneTimeCode, Purpose, SentCode};
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use sqlx::{Row, SqliteConnection};

/// Everything a code is bound to (OTP-04). It opens nothing else.
#[derive(Clone, Copy)]
pub(crate) struct Bond<'a> {
    pub(crate) asker: Asker<'a>,
    pub(crate) phone: &'a PhoneNumber,
    pub(crate) purpose: Purpose,
    /// The account it is asked for; empty when signing in.
    pub(crate) account: &'a str,
    /// The change it is asked for; empty when signing in.
    pub(crate) change: &'a str,
}

impl<'a> Bond<'a> {
    fn hash(&self, app: &App, id: &str, code: &str) -> Vec<u8> {
        let purpose = text_of(self.purpose);
        let browser = self.asker.browser;
        app.key().hash(&[id, browser, self.phone.as_str(), &purpose, self.account, self.change, code])
    }

    fn guess(self, purpose: &'a str) -> Guess<'a> {
        Guess { asker: self.asker, phone: self.phone, kind: Kind::Code, purpose }
    }
}

/// Makes a code inside the caller's transaction, within all budgets. The letter is to be handed
/// to [`deliver`] after the commit, where `is_sent` says so; what is not sent costs nothing.
pub(crate) async fn issue(
    app: &App,
    connection: &mut SqliteConnection,
    bond: Bond<'_>,
    is_sent: bool,
    now: Moment,
) -> Result<(SentCode, Letter), Problem> {
    let purpose = text_of(bond.purpose);
    app.sms().ready(now)?;
    guess::lock(connection, bond.guess(&purpose), now).await?;
    let known = guess::knows(connection, bond.asker.browser, bond.phone).await?;
    within_budgets(app, connection, bond, known, now).await?;
    let long = !known && guess::breaker_open(app, connection, now).await?;
    let digits = if long { LONG_CODE_LENGTH } else { CODE_LENGTH };
    let (id, code, serial) = (secret::id(), secret::digits(digits), secret::serial());
    let expires_at = now.after(rules::CODE_LIFE);
    sqlx::query(
        "INSERT INTO code (id, browser, block, phone, purpose, account, change, hash, digits, serial, sent_at,
                           expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&id)
    .bind(bond.asker.browser)
    .bind(bond.asker.block)
    .bind(bond.phone.as_str())
    .bind(&purpose)
    .bind(bond.account)
    .bind(bond.change)
    .bind(bond.hash(app, &id, &code))
    .bind(digits as i64)
    .bind(&serial)
    .bind(now.millis())
    .bind(expires_at.millis())
    .execute(&mut *connection)
    .await?;
    // Written either way, so that the time does not tell (OTP-11).
    guess::spend(connection, guess::SMS, i32::from(is_sent), now).await?;
    let letter = Letter {
        to: bond.phone.as_str().to_owned(),
        text: words::code_sms(bond.purpose, bond.phone, &code, &serial, &app.config().public_host),
        code: Some(code),
        purpose,
        id,
    };
    let sent = SentCode {
        to: bond.phone.masked(),
        digits: digits as u8,
        serial,
        expires_in: now.seconds_until(expires_at),
        retry_in: rules::retry_in(Some(now), now),
    };
    Ok((sent, letter))
}

/// The budgets of sending: the number's (G2), then those that keep one browser, account or network
/// from writing to many numbers, then the cap on what a day may cost (OTP-10).
async fn within_budgets(
    app: &App,
    connection: &mut SqliteConnection,
    bond: Bond<'_>,
    known: bool,
    now: Moment,
) -> Result<(), Problem> {
    let sent: Vec<i64> =
        sqlx::query_scalar("SELECT sent_at FROM code WHERE phone = ? AND sent_at > ? ORDER BY sent_at DESC")
            .bind(bond.phone.as_str())
            .bind(rules::day_before(now).millis())
            .fetch_all(&mut *connection)
            .await?;
    let sent: Vec<Moment> = sent.into_iter().map(Moment::from_millis).collect();
    rules::may_send(&sent, now)?;
    let (hour, day) = (rules::HOUR, rules::DAY);
    let limits = &app.config().limits;
    for (sql, whose, budget, window) in [
        (BY_BROWSER, bond.asker.browser, limits.codes_per_browser_and_hour, hour),
        (BY_ACCOUNT, bond.account, limits.codes_per_account_and_day, day),
        (BY_BLOCK, bond.asker.block, limits.codes_per_network_and_hour, hour),
    ] {
        // Signing in asks for no account; a known browser does not pay for its neighbors (OTP-09).
        if whose.is_empty() || (known && sql == BY_BLOCK) {
            continue;
        }
        let first_of_budget: Option<i64> = sqlx::query_scalar(sql)
            .bind(whose)
            .bind(now.before(window).millis())
            .bind(budget.saturating_sub(1))
            .fetch_optional(&mut *connection)
            .await?;
        if let Some(first) = moment(first_of_budget) {
            return Err(Refusal::SendQuota { until: first.after(window).timestamp() }.into());
        }
    }
    // A code for a step-up goes to the account's own number; these go to anybody's.
    let is_to_anybody = matches!(bond.purpose, Purpose::SignIn | Purpose::NewPhone);
    let of_day = rules::codes_of_day(limits.codes_per_day, known || !is_to_anybody);
    if guess::spent(connection, guess::SMS, now).await? >= of_day {
        tracing::warn!(known, "the codes of this day are used up");
        return Err(Refusal::SendQuota { until: rules::day_end(now).timestamp() }.into());
    }
    Ok(())
}

const BY_BROWSER: &str =
    "SELECT sent_at FROM code WHERE browser = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?";
const BY_ACCOUNT: &str =
    "SELECT sent_at FROM code WHERE account = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?";
const BY_BLOCK: &str =
    "SELECT sent_at FROM code WHERE block = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?";

/// Seconds to wait after a code that could not be handed over; so long the number's gap lasts.
const UNDELIVERED_WAIT: u32 = 60;

/// Hands a code to the gateway and tells whether that went well, within three seconds (EX-01).
/// `network` is where it was asked for. Codes do not go through the outbox, where they would lie in clear and come too late.
pub(crate) async fn deliver(app: &App, letter: Letter, network: &str, now: Moment) -> Result<(), Problem> {
    let Err(why) = app.sms().send_code(&letter, network, now).await else { return Ok(()) };
    tracing::warn!(to = %letter.masked_to(), purpose = %letter.purpose, %why, "a code was not sent");
    let mut tx = app.store().write().await?;
    sqlx::query("UPDATE code SET void = 1 WHERE id = ?").bind(&letter.id).execute(&mut *tx).await?;
    // What the gateway does not take costs nothing.
    if matches!(why, Unsent::Refused(_)) {
        guess::spend(&mut tx, guess::SMS, -1, now).await?;
    }
    tx.commit().await?;
    Err(Refusal::TooBusy { after: UNDELIVERED_WAIT }.into())
}

/// Sends nothing and takes as long, with the same end: nobody learns that a number is unknown
/// (OTP-11).
pub(crate) async fn deliver_nothing(app: &App) -> Result<(), Problem> {
    match app.sms().send_nothing().await {
        Ok(()) => Ok(()),
        Err(_) => Err(Refusal::TooBusy { after: UNDELIVERED_WAIT }.into()),
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
        digits: latest.digits,
        serial: latest.serial,
        expires_in: now.seconds_until(latest.expires_at),
        retry_in: rules::retry_in(moment(newest), now),
    }))
}

/// A code that was typed right. It is worth nothing before [`Right::consume`].
pub(crate) struct Right {
    id: String,
    charged: Charged,
}

/// Charges a try, then compares (OTP-06).
pub(crate) async fn attempt(app: &App, bond: Bond<'_>, typed: &str, now: Moment) -> Result<Right, Problem> {
    let purpose = text_of(bond.purpose);
    let (codes, charged) = {
        let mut tx = app.store().write().await?;
        let mut codes = alive(&mut tx, bond, Some(now)).await?;
        if codes.iter().any(|code| usize::from(code.digits) == CODE_LENGTH) {
            let known = guess::knows(&mut tx, bond.asker.browser, bond.phone).await?;
            if !known && guess::breaker_open(app, &mut tx, now).await? {
                // Codes from before the breaker opened are too short for the guessing that goes on.
                codes.retain(|code| usize::from(code.digits) != CODE_LENGTH);
            }
        }
        let Some(latest) = codes.first() else {
            // Without a living code there is nothing to guess, and nothing to charge for.
            guess::lock(&mut tx, bond.guess(&purpose), now).await?;
            return Err(Refusal::CodeExpired.into());
        };
        let charged = guess::charge(app, &mut tx, bond.guess(&purpose), now).await?;
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
    match matching {
        Some(0) => Ok(Right { id: codes[0].id.clone(), charged }),
        Some(_) if !charged.locks() => Err(Refusal::CodeSuperseded.into()),
        _ => Err(charged.wrong()),
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
        // What was sent for the same before is worth nothing any more.
        sqlx::query(
            "UPDATE code SET void = 1 WHERE used_at IS NULL AND (browser, phone, purpose) IN
                 (SELECT browser, phone, purpose FROM code WHERE id = ?)",
        )
        .bind(&self.id)
        .execute(&mut *connection)
        .await?;
        self.charged.forgive(connection).await
    }
}

struct Alive {
    id: String,
    hash: Vec<u8>,
    digits: u8,
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
        "SELECT id, hash, digits, serial, expires_at FROM code
         WHERE phone = ? AND browser = ? AND purpose = ? AND account = ? AND change = ?
           AND used_at IS NULL AND void = 0 AND expires_at > ?
         ORDER BY sent_at DESC, rowid DESC",
    )
    .bind(bond.phone.as_str())
    .bind(bond.asker.browser)
    .bind(text_of(bond.purpose))
    .bind(bond.account)
    .bind(bond.change)
    .bind(now.map_or(i64::MIN, Moment::millis))
    .fetch_all(connection)
    .await?;
    let read = |row: sqlx::sqlite::SqliteRow| Alive {
        id: row.get("id"),
        hash: row.get("hash"),
        digits: row.get("digits"),
        serial: row.get("serial"),
        expires_at: Moment::from_millis(row.get("expires_at")),
    };
    Ok(rows.into_iter().map(read).collect())
}
