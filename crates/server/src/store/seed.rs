//! Statements for the demo alone.

use super::values::Name;
use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::ids::{AccountId, BrowserId, DeviceId, Pseudonym, TenantId};
use crate::domain::search;
use crate::problem::Problem;
use crate::secret;
use contract::account::{DeviceKind, Role};
use contract::phone::PhoneNumber;

/// An account of the demo.
pub(crate) struct NewAccount<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) phone: &'a PhoneNumber,
    pub(crate) phone_bound_at: Moment,
    pub(crate) nickname: &'a str,
    pub(crate) member_until: Option<Moment>,
    pub(crate) role: Option<Role>,
    pub(crate) password_hash: &'a str,
    pub(crate) wechat: Option<&'a str>,
    /// Whether the organization's sign-in manages it; it may sign in here too (L2).
    pub(crate) sso: bool,
    pub(crate) created_at: Moment,
    pub(crate) history_since: Option<Moment>,
}

/// A meeting of the demo that runs or is over.
pub(crate) struct NewPresence<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) device: &'a DeviceId,
    pub(crate) kind: DeviceKind,
    pub(crate) own: bool,
    pub(crate) title: &'a str,
    pub(crate) started_at: Moment,
    pub(crate) ended_at: Option<Moment>,
    pub(crate) synced: Option<bool>,
}

/// Deletes all data, children first; the settings stay.
const DELETE_ALL: [&str; 27] = [
    "UPDATE account SET avatar = NULL",
    "DELETE FROM picture",
    "DELETE FROM upload",
    "DELETE FROM scan",
    "DELETE FROM sign_in_account",
    "DELETE FROM sign_in",
    "DELETE FROM change_target",
    "DELETE FROM change",
    "DELETE FROM outcome",
    "DELETE FROM outbox",
    "DELETE FROM code",
    "DELETE FROM chain",
    "DELETE FROM attempt",
    "DELETE FROM spent",
    "DELETE FROM last_word",
    "DELETE FROM cancellation",
    "DELETE FROM presence",
    "DELETE FROM scheduled",
    "DELETE FROM session",
    "DELETE FROM device",
    "DELETE FROM browser",
    "DELETE FROM host_code",
    "DELETE FROM event",
    "DELETE FROM resting",
    "DELETE FROM account",
    "DELETE FROM wechat",
    "DELETE FROM tenant",
];

impl Reader {
    /// Whether there is no tenant, so no data at all.
    pub(crate) async fn is_empty(&mut self) -> Result<bool, Problem> {
        let empty = sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM tenant)")
            .fetch_one(self.connection())
            .await?;
        Ok(empty)
    }
}

impl WriteTx {
    /// Deletes all data.
    pub(crate) async fn delete_all(&mut self) -> Result<(), Problem> {
        for sql in DELETE_ALL {
            sqlx::query(sql).execute(self.connection()).await?;
        }
        self.pending.streams();
        Ok(())
    }

    /// Creates an account.
    pub(crate) async fn insert_account(&mut self, account: &NewAccount<'_>) -> Result<AccountId, Problem> {
        let id = AccountId::fresh();
        sqlx::query(
            "INSERT INTO account (id, tenant, phone, phone_bound_at, nickname, search_key, member_until, role,
                                  password_hash, wechat, sso, sso_local_sign_in, created_at, pseudonym, history_since)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(account.tenant)
        .bind(account.phone.as_str())
        .bind(account.phone_bound_at)
        .bind(account.nickname)
        .bind(search::fold(account.nickname))
        .bind(account.member_until)
        .bind(account.role.map(Name))
        .bind(account.password_hash)
        .bind(account.wechat)
        .bind(account.sso)
        .bind(account.sso)
        .bind(account.created_at)
        .bind(Pseudonym::fresh())
        .bind(account.history_since)
        .execute(self.connection())
        .await?;
        Ok(id)
    }

    /// Sets the picture of a demo account.
    pub(crate) async fn set_demo_avatar(
        &mut self,
        account: &AccountId,
        picture: &str,
    ) -> Result<(), Problem> {
        self.set_avatar(account, Some(picture)).await
    }

    /// The device of a kind that an account used last; one is created if it has none.
    pub(crate) async fn device_of_kind(
        &mut self,
        account: &AccountId,
        kind: DeviceKind,
        now: Moment,
    ) -> Result<DeviceId, Problem> {
        let found = sqlx::query_scalar(
            "SELECT id FROM device WHERE account = ? AND kind = ? ORDER BY last_seen_at DESC, rowid DESC LIMIT 1",
        )
        .bind(account)
        .bind(Name(kind))
        .fetch_optional(self.connection())
        .await?;
        if let Some(found) = found {
            return Ok(found);
        }
        let (browser, device) = (BrowserId::fresh(), DeviceId::fresh());
        sqlx::query("INSERT INTO browser (id, token_hash, created_at) VALUES (?, ?, ?)")
            .bind(&browser)
            .bind(secret::token_hash(&secret::token()))
            .bind(now)
            .execute(self.connection())
            .await?;
        sqlx::query(
            "INSERT INTO device (id, account, browser, kind, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&device)
        .bind(account)
        .bind(browser)
        .bind(Name(kind))
        .bind(now)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(device)
    }

    /// Stores a meeting that runs or is over.
    pub(crate) async fn insert_demo_presence(&mut self, presence: &NewPresence<'_>) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO presence (meeting, account, device, kind, own, title, started_at, ended_at, synced)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(secret::id())
        .bind(presence.account)
        .bind(presence.device)
        .bind(Name(presence.kind))
        .bind(presence.own)
        .bind(presence.title)
        .bind(presence.started_at)
        .bind(presence.ended_at)
        .bind(presence.synced)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
