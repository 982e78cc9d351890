//! The tables `change` and `change_target`: the records of wizards and single actions.

use super::values::{Columns, Name};
use super::{EffectSession, Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::change::{OpenChange, Proven};
use crate::domain::ids::{AccountId, ChangeId};
use crate::domain::session::Session;
use crate::problem::Problem;
use crate::rules::limits;
use contract::account::Way;
use contract::change::{ChangeStep, StartChange};
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;

impl Reader {
    /// A change of this account and browser, or `CHANGE_GONE`.
    pub(crate) async fn change(
        &mut self,
        session: &Session,
        id: &ChangeId,
        now: Moment,
    ) -> Result<OpenChange, Problem> {
        let row = sqlx::query(
            "SELECT id, action, version, expires_at, proven_way, proven_at, proven_session, proven_wechat, target,
                    about, notice, done
             FROM change
             WHERE id = ? AND account = ? AND browser = ? AND expires_at > ?",
        )
        .bind(id)
        .bind(&session.account.id)
        .bind(&session.browser)
        .bind(now)
        .fetch_optional(self.connection())
        .await?
        .ok_or(Refusal::ChangeGone)?;
        let proven = match row.name_or_none::<Way>("proven_way")? {
            Some(way) => Some(Proven {
                at: row.column("proven_at")?,
                session: row.column("proven_session")?,
                way,
                wechat: row.column("proven_wechat")?,
            }),
            None => None,
        };
        let target: Option<String> = row.column("target")?;
        let done: Option<String> = row.column("done")?;
        Ok(OpenChange {
            id: row.column("id")?,
            action: row.name("action")?,
            version: row.column("version")?,
            expires_at: row.column("expires_at")?,
            proven,
            target: target.as_deref().and_then(PhoneNumber::parse),
            about: row.column("about")?,
            notice: row.column("notice")?,
            done: done.map(|json| serde_json::from_str(&json)).transpose().map_err(Problem::fault)?,
        })
    }

    /// The change of an action that is under way in this browser: alive and not concluded.
    pub(crate) async fn change_under_way(
        &mut self,
        session: &Session,
        action: Action,
        now: Moment,
    ) -> Result<Option<OpenChange>, Problem> {
        let id: Option<ChangeId> = sqlx::query_scalar(
            "SELECT id FROM change
             WHERE account = ? AND browser = ? AND action = ? AND done IS NULL AND expires_at > ?",
        )
        .bind(&session.account.id)
        .bind(&session.browser)
        .bind(Name(action))
        .bind(now)
        .fetch_optional(self.connection())
        .await?;
        match id {
            Some(id) => Ok(Some(self.change(session, &id, now).await?)),
            None => Ok(None),
        }
    }

    /// The action of a change, for the phone that is asked (QR-03).
    pub(crate) async fn action_of(&mut self, change: &ChangeId) -> Result<Option<Action>, Problem> {
        let action: Option<Name<Action>> = sqlx::query_scalar("SELECT action FROM change WHERE id = ?")
            .bind(change)
            .fetch_optional(self.connection())
            .await?;
        Ok(action.map(|Name(action)| action))
    }

    /// New numbers that a change may still try (P5).
    pub(crate) async fn targets_left(&mut self, change: &ChangeId) -> Result<u32, Problem> {
        let tried: u32 = sqlx::query_scalar("SELECT COUNT(*) FROM change_target WHERE change = ?")
            .bind(change)
            .fetch_one(self.connection())
            .await?;
        Ok(limits::TARGETS.saturating_sub(tried))
    }
}

impl WriteTx {
    /// Begins a change. There is one at a time for each action of an account in a browser: an earlier one is
    /// deleted, and requests for it answer `CHANGE_GONE` (F-11).
    pub(crate) async fn insert_change(
        &mut self,
        session: &EffectSession,
        request: &StartChange,
        notice: Option<&str>,
        now: Moment,
    ) -> Result<OpenChange, Problem> {
        sqlx::query("DELETE FROM change WHERE account = ? AND browser = ? AND action = ? AND done IS NULL")
            .bind(&session.account.id)
            .bind(&session.browser)
            .bind(Name(request.action))
            .execute(self.connection())
            .await?;
        let id = ChangeId::fresh();
        sqlx::query(
            "INSERT INTO change (id, account, browser, action, about, notice, version, created_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
        )
        .bind(&id)
        .bind(&session.account.id)
        .bind(&session.browser)
        .bind(Name(request.action))
        .bind(&request.about)
        .bind(notice)
        .bind(now)
        .bind(now.after(limits::CHANGE_LIFE))
        .execute(self.connection())
        .await?;
        self.change(session, &id, now).await
    }

    /// Writes the proof of the old identity into a change.
    pub(crate) async fn prove_change(
        &mut self,
        session: &EffectSession,
        change: &ChangeId,
        way: Way,
        wechat: Option<&str>,
        now: Moment,
    ) -> Result<(), Problem> {
        sqlx::query(
            "UPDATE change SET proven_way = ?, proven_at = ?, proven_session = ?, proven_wechat = ? WHERE id = ?",
        )
        .bind(Name(way))
        .bind(now)
        .bind(&session.id)
        .bind(wechat)
        .bind(change)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Makes a number the target of a change. Another target voids the code to the earlier one, not the
    /// proof; the fourth is refused (P5).
    pub(crate) async fn set_target(
        &mut self,
        change: &ChangeId,
        target: &PhoneNumber,
    ) -> Result<(), Problem> {
        let others: u32 =
            sqlx::query_scalar("SELECT COUNT(*) FROM change_target WHERE change = ? AND phone <> ?")
                .bind(change)
                .bind(target.as_str())
                .fetch_one(self.connection())
                .await?;
        let known: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM change_target WHERE change = ? AND phone = ?)")
                .bind(change)
                .bind(target.as_str())
                .fetch_one(self.connection())
                .await?;
        if !known && others >= limits::TARGETS {
            return Err(Refusal::TooManyTargets.into());
        }
        sqlx::query("INSERT INTO change_target (change, phone) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(change)
            .bind(target.as_str())
            .execute(self.connection())
            .await?;
        self.void_codes_to_other_targets(change, target).await?;
        sqlx::query("UPDATE change SET target = ? WHERE id = ?")
            .bind(target.as_str())
            .bind(change)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Raises the version of a change in the transaction that wrote something else of it; answers it as it
    /// is now.
    pub(crate) async fn bump_version(
        &mut self,
        change: &OpenChange,
        session: &EffectSession,
        now: Moment,
    ) -> Result<OpenChange, Problem> {
        let bumped = sqlx::query("UPDATE change SET version = version + 1 WHERE id = ? AND version = ?")
            .bind(&change.id)
            .bind(change.version)
            .execute(self.connection())
            .await?;
        if bumped.rows_affected() != 1 {
            return Err(Problem::fault("a change changed under the write lock"));
        }
        self.change(session, &change.id, now).await
    }

    /// The same where a phone moved the change on, whatever its version (QR-18).
    pub(crate) async fn bump_any_version(&mut self, change: &ChangeId) -> Result<(), Problem> {
        sqlx::query("UPDATE change SET version = version + 1 WHERE id = ?")
            .bind(change)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Concludes a change with its last step, in the transaction of its effect.
    pub(crate) async fn conclude_change(
        &mut self,
        change: &OpenChange,
        session: &EffectSession,
        step: &ChangeStep,
        now: Moment,
    ) -> Result<OpenChange, Problem> {
        let step = serde_json::to_string(step).map_err(Problem::fault)?;
        let concluded = sqlx::query("UPDATE change SET done = ? WHERE id = ? AND done IS NULL")
            .bind(step)
            .bind(&change.id)
            .execute(self.connection())
            .await?;
        if concluded.rows_affected() != 1 {
            return Err(Problem::fault("a change was concluded under the write lock"));
        }
        self.bump_version(change, session, now).await
    }

    /// Deletes all changes of an account but one.
    pub(crate) async fn delete_changes_but(
        &mut self,
        account: &AccountId,
        but: &ChangeId,
    ) -> Result<(), Problem> {
        sqlx::query("DELETE FROM change WHERE account = ? AND id <> ?")
            .bind(account)
            .bind(but)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Deletes the changes of an account that cancel it.
    pub(super) async fn delete_cancellations(&mut self, account: &AccountId) -> Result<(), Problem> {
        // The answers recorded for them are not true any more.
        sqlx::query(
            "DELETE FROM outcome WHERE account = ?1
                AND key IN (SELECT id FROM change WHERE account = ?1 AND action = ?2)",
        )
        .bind(account)
        .bind(Name(Action::Cancel))
        .execute(self.connection())
        .await?;
        sqlx::query("DELETE FROM change WHERE account = ? AND action = ?")
            .bind(account)
            .bind(Name(Action::Cancel))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Deletes the grants that a change of a user's role makes void, but the one that is being used: those of
    /// the user for the console, and those of anybody for changing this role as it was (ADM-2).
    pub(crate) async fn delete_console_grants(
        &mut self,
        user: &AccountId,
        but: Option<&ChangeId>,
    ) -> Result<(), Problem> {
        for action in [Action::DeleteUser, Action::ChangeSuperAdmin] {
            sqlx::query(
                "DELETE FROM change WHERE account = ? AND action = ? AND done IS NULL AND id IS NOT ?",
            )
            .bind(user)
            .bind(Name(action))
            .bind(but)
            .execute(self.connection())
            .await?;
        }
        sqlx::query("DELETE FROM change WHERE about = ? AND action = ? AND done IS NULL AND id IS NOT ?")
            .bind(user)
            .bind(Name(Action::ChangeSuperAdmin))
            .bind(but)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
