//! The table `tenant`, and the users of one.

use super::values::{Columns, Name};
use super::{EffectSession, Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::ids::{AccountId, TenantId};
use crate::problem::Problem;
use contract::account::Role;
use contract::console::Settings;
use contract::phone::PhoneNumber;
use sqlx::sqlite::SqliteRow;

/// A user of an organization.
pub(crate) struct UserRow {
    pub(crate) id: AccountId,
    pub(crate) nickname: String,
    pub(crate) avatar: Option<String>,
    pub(crate) phone: PhoneNumber,
    pub(crate) role: Role,
    pub(crate) sso: bool,
    pub(crate) created_at: Moment,
    pub(crate) version: u32,
}

impl UserRow {
    fn read(row: &SqliteRow) -> Result<Self, Problem> {
        Ok(Self {
            id: row.column("id")?,
            nickname: row.column("nickname")?,
            avatar: row.column("avatar")?,
            phone: row.phone("phone")?,
            role: row.name_or_none("role")?.unwrap_or(Role::Ordinary),
            sso: row.column("sso")?,
            created_at: row.column("created_at")?,
            version: row.column("version")?,
        })
    }
}

/// The user after whom a page begins: when the account was created, in milliseconds since 1970, and its id.
pub(crate) struct UserCursor {
    pub(crate) created_at: i64,
    pub(crate) id: String,
}

/// Users whose search key contains a text, or whose number begins and ends so.
const MATCHES: &str = "tenant = ?1 AND (instr(search_key, ?2) > 0
                                OR (substr(phone, 1, length(?3)) = ?3 AND substr(phone, -4) = ?4))";

impl Reader {
    /// The settings of an organization.
    pub(crate) async fn settings(&mut self, tenant: &TenantId) -> Result<Settings, Problem> {
        let row = sqlx::query("SELECT avatars_open, version FROM tenant WHERE id = ?")
            .bind(tenant)
            .fetch_one(self.connection())
            .await?;
        Ok(Settings { avatars_open: row.column("avatars_open")?, version: row.column("version")? })
    }

    /// How many users of an organization a search finds. `number` is how their number begins and ends.
    pub(crate) async fn count_users(
        &mut self,
        tenant: &TenantId,
        key: &str,
        number: Option<&(String, String)>,
    ) -> Result<u32, Problem> {
        let total =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM account WHERE {MATCHES}")))
                .bind(tenant)
                .bind(key)
                .bind(number.map(|(begins, _)| begins))
                .bind(number.map(|(_, ends)| ends))
                .fetch_one(self.connection())
                .await?;
        Ok(total)
    }

    /// The users that a search finds after one of them, the oldest account first.
    pub(crate) async fn users(
        &mut self,
        tenant: &TenantId,
        key: &str,
        number: Option<&(String, String)>,
        after: &UserCursor,
        most: usize,
    ) -> Result<Vec<UserRow>, Problem> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT id, nickname, avatar, phone, role, sso, created_at, version FROM account
             WHERE {MATCHES} AND (created_at > ?5 OR (created_at = ?5 AND id > ?6))
             ORDER BY created_at, id LIMIT ?7"
        )))
        .bind(tenant)
        .bind(key)
        .bind(number.map(|(begins, _)| begins))
        .bind(number.map(|(_, ends)| ends))
        .bind(after.created_at)
        .bind(&after.id)
        .bind(most as i64)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(UserRow::read).collect()
    }

    /// A user of an organization; those of others are not found (ADM-1).
    pub(crate) async fn user(
        &mut self,
        tenant: &TenantId,
        id: &AccountId,
    ) -> Result<Option<UserRow>, Problem> {
        let row = sqlx::query(
            "SELECT id, nickname, avatar, phone, role, sso, created_at, version FROM account WHERE id = ? AND tenant = ?",
        )
        .bind(id)
        .bind(tenant)
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| UserRow::read(&row)).transpose()
    }

    /// Whether an organization has one super admin at most.
    pub(crate) async fn has_one_super_admin(&mut self, tenant: &TenantId) -> Result<bool, Problem> {
        let one =
            sqlx::query_scalar("SELECT COUNT(*) <= 1 FROM account WHERE tenant = ? AND role = 'super_admin'")
                .bind(tenant)
                .fetch_one(self.connection())
                .await?;
        Ok(one)
    }
}

impl WriteTx {
    /// Sets whether an organization's users may change their pictures.
    pub(crate) async fn set_avatars_open(
        &mut self,
        session: &EffectSession,
        open: bool,
    ) -> Result<(), Problem> {
        sqlx::query("UPDATE tenant SET avatars_open = ?, version = version + 1 WHERE id = ?")
            .bind(open)
            .bind(&session.account.tenant)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Creates the personal realm of a new production database.
    pub(crate) async fn insert_personal_realm(&mut self) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO tenant (id, name, kind, edition) VALUES (?, '', 'personal', 'free') ON CONFLICT DO NOTHING",
        )
        .bind(PERSONAL)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Creates a tenant of the demo; `edition` is `free` for the personal realm.
    pub(crate) async fn insert_tenant(
        &mut self,
        id: &TenantId,
        name: &str,
        edition: contract::account::Edition,
        avatars_open: bool,
    ) -> Result<(), Problem> {
        let kind = if id.as_str() == PERSONAL { "personal" } else { "organization" };
        sqlx::query("INSERT INTO tenant (id, name, kind, edition, avatars_open) VALUES (?, ?, ?, ?, ?)")
            .bind(id)
            .bind(name)
            .bind(kind)
            .bind(Name(edition))
            .bind(avatars_open)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

/// The id of the personal realm.
pub(crate) const PERSONAL: &str = "personal";
