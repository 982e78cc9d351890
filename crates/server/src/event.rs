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
use std::time::Duration;

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
        if repeats(self.what) && self.is_told(connection, other, now).await? {
            return Ok(());
        }
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

    /// Whether the newest event of the account says the same, and is a minute old at most.
    async fn is_told(
        &self,
        connection: &mut SqliteConnection,
        other: Option<&str>,
        now: Moment,
    ) -> Result<bool, Problem> {
        let told = sqlx::query_scalar(
            "SELECT EXISTS (
                 SELECT 1 FROM event e JOIN account a ON a.pseudonym = e.account
                 WHERE a.id = ?1 AND e.id = (SELECT MAX(id) FROM event WHERE account = a.pseudonym)
                   AND e.what = ?2 AND e.way IS ?3 AND e.device IS ?4 AND e.at > ?5
                   AND e.about IS (SELECT pseudonym FROM account WHERE id = ?6))",
        )
        .bind(self.account)
        .bind(text_of(self.what))
        .bind(self.way.map(text_of))
        .bind(self.device)
        .bind(now.before(FOLDED).millis())
        .bind(other)
        .fetch_one(connection)
        .await?;
        Ok(told)
    }
}

/// Events that say the same within this time are one.
const FOLDED: Duration = Duration::from_secs(60);

/// Whether somebody may do the same again and again without anything new to tell of; what opens or ends
/// something is told each time.
fn repeats(what: Happening) -> bool {
    match what {
        Happening::SettingsChanged => true,
        Happening::AvatarChanged
        | Happening::AvatarRemoved
        | Happening::SignedIn
        | Happening::SignedOut
        | Happening::AccountOpened
        | Happening::SteppedUp
        | Happening::PhoneChanged
        | Happening::PasswordSet
        | Happening::OthersEnded
        | Happening::DeviceEnded
        | Happening::WechatBound
        | Happening::WechatChanged
        | Happening::CancelBegun
        | Happening::CancelUndone
        | Happening::AccountCanceled
        | Happening::RoleChanged
        | Happening::RoleGiven
        | Happening::HistoryOn
        | Happening::HistoryOff
        | Happening::UserDeleted
        | Happening::Removed
        | Happening::ProofFailed
        | Happening::Unknown => false,
    }
}
