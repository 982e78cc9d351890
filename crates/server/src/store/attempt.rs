//! The tables `attempt` and `chain`: attempt limits, the one counter behind everything that compares a
//! secret (G2, OTP-05…09).
//!
//! An attempt is charged in a transaction of its own before it is compared. The [`AttemptReceipt`] is what
//! a comparison of codes or passwords takes. A right attempt is refunded in the transaction of its effect,
//! so an effect that fails refunds nothing.
//!
//! There are three limits, the first two of rule G2:
//!
//! ```text
//! chain    browser x number x purpose   5 wrong   locked for 15 minutes
//! day      number, over all browsers that hold no device of an account there;
//!          or number x browser for one that does   10 wrong in a rolling day
//! network  the network of a browser that does not know the number
//!          as configured, in a rolling hour
//! ```
//!
//! So strangers never lock out a browser in which the account was signed in before (OTP-09), and deleting
//! cookies gains no attempts.

use super::values::{Columns, Name};
use super::{DailyCounter, EffectSession, Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::ids::{AccountId, BrowserId};
use crate::domain::network::Network;
use crate::domain::session::Session;
use crate::domain::visitor::Requester;
use crate::problem::Problem;
use crate::rules::attempt::{Chain, day_lock};
use crate::rules::{limits, window};
use crate::wire;
use contract::account::Way;
use contract::activity::{FailedProof, SecurityEvent};
use contract::code::Purpose;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;

/// Failed attempts that are listed for an account's owner.
const LISTED: u32 = 50;

/// What an attempt is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptKind {
    /// A code sent by SMS for a purpose.
    Code(Purpose),
    /// The password; every endpoint that takes one shares the limits (OTP-07).
    Password,
}

impl AttemptKind {
    fn text(self) -> &'static str {
        match self {
            Self::Code(_) => "code",
            Self::Password => "password",
        }
    }

    /// The name under which the chain is counted.
    fn chain(self) -> Result<String, Problem> {
        match self {
            Self::Code(purpose) => wire::name(&purpose).map_err(Problem::fault),
            Self::Password => Ok("password".to_owned()),
        }
    }

    fn locked(self, until: Moment) -> Problem {
        let until = until.timestamp();
        match self {
            Self::Code(_) => Refusal::CodeTooMany { until }.into(),
            Self::Password => Refusal::PasswordLocked { until }.into(),
        }
    }
}

/// An attempt at a secret: requester, number and kind.
#[derive(Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) requester: Requester<'a>,
    /// The number the secret belongs to.
    pub(crate) phone: &'a PhoneNumber,
    pub(crate) kind: AttemptKind,
}

impl<'a> Attempt<'a> {
    /// An attempt at the password of whoever holds a number.
    pub(crate) fn at_password(requester: Requester<'a>, phone: &'a PhoneNumber) -> Self {
        Self { requester, phone, kind: AttemptKind::Password }
    }
}

/// The receipt of an attempt that was charged; nothing is compared without one.
#[derive(Debug)]
pub(crate) struct AttemptReceipt {
    id: i64,
    browser: BrowserId,
    phone: String,
    kind: AttemptKind,
    /// The day in UTC on which it was counted.
    day: i64,
    left: u32,
    locked_until: Option<Moment>,
}

impl AttemptReceipt {
    /// The answer to a wrong attempt.
    pub(crate) fn wrong(&self) -> Problem {
        match (self.locked_until, self.kind) {
            (Some(until), kind) => kind.locked(until),
            (None, AttemptKind::Code(_)) => Refusal::CodeWrong { left: self.left }.into(),
            (None, AttemptKind::Password) => Refusal::PasswordWrong { left: self.left }.into(),
        }
    }

    /// Whether this attempt was the last before a lock.
    pub(crate) fn locks(&self) -> bool {
        self.locked_until.is_some()
    }
}

impl Reader {
    /// Refuses while attempts are locked; asked before another code is sent.
    pub(crate) async fn refuse_if_locked(
        &mut self,
        attempt: Attempt<'_>,
        now: Moment,
    ) -> Result<(), Problem> {
        let known = self.knows_phone(attempt.requester.browser, attempt.phone).await?;
        let chained = self.chain(attempt).await?.lock(now);
        let today = day_lock(&self.wrong_today(attempt, known, now).await?, now);
        match chained.max(today) {
            Some(until) => Err(attempt.kind.locked(until)),
            None => Ok(()),
        }
    }

    async fn chain(&mut self, attempt: Attempt<'_>) -> Result<Chain, Problem> {
        let row: Option<(u32, Moment, Option<Moment>)> = sqlx::query_as(
            "SELECT wrong, tried_at, locked_until FROM chain WHERE browser = ? AND phone = ? AND purpose = ?",
        )
        .bind(attempt.requester.browser)
        .bind(attempt.phone.as_str())
        .bind(attempt.kind.chain()?)
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map_or_else(Chain::default, |(wrong, tried_at, locked_until)| Chain {
            wrong,
            tried_at: Some(tried_at),
            locked_until,
        }))
    }

    /// The wrong attempts of a rolling day that count together with this one, newest first.
    async fn wrong_today(
        &mut self,
        attempt: Attempt<'_>,
        known: bool,
        now: Moment,
    ) -> Result<Vec<Moment>, Problem> {
        let own = known.then_some(attempt.requester.browser);
        let wrong = sqlx::query_scalar(
            "SELECT at FROM attempt
             WHERE subject = ? AND kind = ? AND at > ? AND known = ? AND (? IS NULL OR browser = ?)
             ORDER BY at DESC",
        )
        .bind(attempt.phone.as_str())
        .bind(attempt.kind.text())
        .bind(window::day_before(now))
        .bind(known)
        .bind(own)
        .bind(own)
        .fetch_all(self.connection())
        .await?;
        Ok(wrong)
    }

    /// When a network that used up its wrong attempts of this hour may try again.
    async fn network_lock(
        &mut self,
        network: &Network,
        limit: u32,
        now: Moment,
    ) -> Result<Option<Moment>, Problem> {
        // Requests for numbers have a limit of their own and are no attempts at a secret.
        let sql = "SELECT at FROM attempt WHERE block = ? AND at > ? AND kind <> 'number'
                   ORDER BY at DESC LIMIT 1 OFFSET ?";
        let first = self.nth(sql, network.as_str(), limit, window::hour_before(now)).await?;
        Ok(first.map(|at| at.after(limits::HOUR)))
    }

    /// Refuses an account that requested too many numbers it cannot have today.
    pub(crate) async fn refuse_if_probing(
        &mut self,
        account: &AccountId,
        now: Moment,
    ) -> Result<(), Problem> {
        let requested: Vec<Moment> = sqlx::query_scalar(
            "SELECT at FROM attempt WHERE subject = ? AND kind = 'number' AND at > ? ORDER BY at DESC",
        )
        .bind(account)
        .bind(window::day_before(now))
        .fetch_all(self.connection())
        .await?;
        match day_lock(&requested, now) {
            Some(until) => Err(Refusal::SendQuota { until: until.timestamp() }.into()),
            None => Ok(()),
        }
    }

    /// The wrong attempts of the last day at the number of the session's account, newest first.
    pub(crate) async fn failed_proofs(
        &mut self,
        session: &Session,
        now: Moment,
    ) -> Result<Vec<FailedProof>, Problem> {
        let rows = sqlx::query(
            "SELECT at, kind, browser FROM attempt
             WHERE subject = ?1 AND kind IN ('code', 'password') AND at > ?2
               AND at >= (SELECT phone_bound_at FROM account WHERE id = ?4)
             ORDER BY at DESC LIMIT ?3",
        )
        .bind(session.account.phone.as_str())
        .bind(window::day_before(now))
        .bind(LISTED)
        .bind(&session.account.id)
        .fetch_all(self.connection())
        .await?;
        let mut failed = Vec::with_capacity(rows.len());
        for row in &rows {
            let kind: String = row.column("kind")?;
            failed.push(FailedProof {
                at: row.column::<Moment>("at")?.timestamp(),
                way: if kind == "password" { Way::Password } else { Way::Sms },
                here: row.column::<BrowserId>("browser")? == session.browser,
            });
        }
        Ok(failed)
    }
}

impl WriteTx {
    /// Charges an attempt, or refuses it. The caller commits before it compares. `network_limit` is the
    /// number of wrong attempts of a network in a rolling hour.
    pub(crate) async fn charge_attempt(
        &mut self,
        attempt: Attempt<'_>,
        network_limit: u32,
        now: Moment,
    ) -> Result<AttemptReceipt, Problem> {
        let Requester { browser, network } = attempt.requester;
        let known = self.knows_phone(browser, attempt.phone).await?;
        let chain = self.chain(attempt).await?;
        let earlier = self.wrong_today(attempt, known, now).await?;
        if let Some(until) = chain.lock(now).max(day_lock(&earlier, now)) {
            return Err(attempt.kind.locked(until));
        }
        let charged = chain.charge(now).map_err(|until| attempt.kind.locked(until))?;
        // A known browser has few attempts of its own, whatever its neighbors do (OTP-09).
        if !known && let Some(until) = self.network_lock(network, network_limit, now).await? {
            return Err(Problem::over_budget(now.seconds_until(until)));
        }
        self.write_chain(attempt, charged).await?;
        let id = sqlx::query(
            "INSERT INTO attempt (at, kind, subject, browser, known, block) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(now)
        .bind(attempt.kind.text())
        .bind(attempt.phone.as_str())
        .bind(browser)
        .bind(known)
        .bind(network.as_str())
        .execute(self.connection())
        .await?
        .last_insert_rowid();
        if let AttemptKind::Code(_) = attempt.kind {
            self.count(DailyCounter::WrongCodes, 1, now).await?;
        }
        let mut today = vec![now];
        today.extend(&earlier);
        let left_today = limits::ATTEMPTS_PER_DAY - today.len();
        Ok(AttemptReceipt {
            id,
            browser: browser.clone(),
            phone: attempt.phone.as_str().to_owned(),
            kind: attempt.kind,
            day: window::day_of(now),
            left: charged.left().min(u32::try_from(left_today).unwrap_or(0)),
            locked_until: charged.locked_until.max(day_lock(&today, now)),
        })
    }

    /// Refunds a right attempt and ends the chain, in the transaction of the effect.
    pub(crate) async fn refund_attempt(&mut self, receipt: AttemptReceipt) -> Result<(), Problem> {
        sqlx::query("DELETE FROM attempt WHERE id = ?").bind(receipt.id).execute(self.connection()).await?;
        sqlx::query("DELETE FROM chain WHERE browser = ? AND phone = ? AND purpose = ?")
            .bind(&receipt.browser)
            .bind(&receipt.phone)
            .bind(receipt.kind.chain()?)
            .execute(self.connection())
            .await?;
        if let AttemptKind::Code(_) = receipt.kind {
            self.count_on(DailyCounter::WrongCodes, -1, receipt.day).await?;
        }
        Ok(())
    }

    async fn write_chain(&mut self, attempt: Attempt<'_>, chain: Chain) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO chain (browser, phone, purpose, wrong, tried_at, locked_until) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (browser, phone, purpose) DO UPDATE
             SET wrong = excluded.wrong, tried_at = excluded.tried_at, locked_until = excluded.locked_until",
        )
        .bind(attempt.requester.browser)
        .bind(attempt.phone.as_str())
        .bind(attempt.kind.chain()?)
        .bind(chain.wrong)
        .bind(chain.tried_at.map_or(0, Moment::millis))
        .bind(chain.locked_until)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Charges an account for requesting a number it cannot have: unlimited requests would reveal which
    /// numbers have accounts.
    pub(crate) async fn charge_probe(&mut self, session: &EffectSession, now: Moment) -> Result<(), Problem> {
        let Requester { browser, network } = session.requester();
        sqlx::query(
            "INSERT INTO attempt (at, kind, subject, browser, known, block) VALUES (?, 'number', ?, ?, 1, ?)",
        )
        .bind(now)
        .bind(&session.account.id)
        .bind(browser)
        .bind(network.as_str())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Moves attempts older than a day into the security events of the account (API-04); answers how many.
    /// Not sooner, or the time that an attempt takes would tell whether a number has an account (OTP-11).
    pub(crate) async fn archive_attempts(&mut self, batch: u32, now: Moment) -> Result<u64, Problem> {
        let then = window::day_before(now);
        // Only attempts since the account holds the number are about it.
        sqlx::query(
            "INSERT INTO event (at, account, device, what, way, result)
             SELECT t.at, a.pseudonym, d.id, ?, CASE t.kind WHEN 'code' THEN ? ELSE ? END, 'failed'
             FROM (SELECT * FROM attempt WHERE at <= ? ORDER BY id LIMIT ?) t
             JOIN account a ON a.phone = t.subject AND a.phone_bound_at <= t.at
             LEFT JOIN device d ON d.account = a.id AND d.browser = t.browser
             WHERE t.kind IN ('code', 'password')",
        )
        .bind(Name(SecurityEvent::ProofFailed))
        .bind(Name(Way::Sms))
        .bind(Name(Way::Password))
        .bind(then)
        .bind(batch)
        .execute(self.connection())
        .await?;
        let archived = sqlx::query(
            "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE at <= ? ORDER BY id LIMIT ?)",
        )
        .bind(then)
        .bind(batch)
        .execute(self.connection())
        .await?;
        Ok(archived.rows_affected())
    }

    /// Copies the failed attempts at an account's number into its security events before the number is
    /// replaced: later nobody knows whose it was (API-04).
    pub(crate) async fn archive_attempts_of(&mut self, account: &AccountId) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO event (at, account, device, what, way, result)
             SELECT t.at, a.pseudonym, d.id, ?, CASE t.kind WHEN 'code' THEN ? ELSE ? END, 'failed'
             FROM account a JOIN attempt t ON t.subject = a.phone AND t.at >= a.phone_bound_at
             LEFT JOIN device d ON d.account = a.id AND d.browser = t.browser
             WHERE a.id = ? AND t.kind IN ('code', 'password')",
        )
        .bind(Name(SecurityEvent::ProofFailed))
        .bind(Name(Way::Sms))
        .bind(Name(Way::Password))
        .bind(account)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
