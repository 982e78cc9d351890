//! The tables `account` and `wechat`.

use super::values::{Columns, Name};
use super::{EffectSession, Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::account::{Account, wechat_profile};
use crate::domain::ids::{AccountId, Pseudonym, TenantId};
use crate::domain::scan::Identity;
use crate::domain::search;
use crate::names;
use crate::problem::Problem;
use crate::texts;
use contract::account::Role;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use contract::wechat::WechatProfile;

/// Accounts whose search key is computed at once: the write lock is not kept from others.
const FOLD_BATCH: u32 = 500;

impl Reader {
    pub(crate) async fn account(&mut self, id: &AccountId) -> Result<Option<Account>, Problem> {
        let row = sqlx::query(
            "SELECT a.id, a.tenant, t.name, t.kind, t.edition, a.phone, a.nickname, a.member_until, a.role,
                    a.password_hash, a.sso, a.sso_local_sign_in, a.epoch, a.phone_bound_at, a.wechat,
                    COALESCE(w.nickname, '') AS wechat_nickname, a.pseudonym, c.due_at,
                    a.avatar, t.avatars_open,
                    a.role = 'super_admin' AND NOT EXISTS (
                        SELECT 1 FROM account o
                        WHERE o.tenant = a.tenant AND o.role = 'super_admin' AND o.id <> a.id
                    ) AS last_super_admin
             FROM account a JOIN tenant t ON t.id = a.tenant LEFT JOIN wechat w ON w.id = a.wechat
                  LEFT JOIN cancellation c ON c.pseudonym = a.pseudonym
             WHERE a.id = ?",
        )
        .bind(id)
        .fetch_optional(self.connection())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let kind: String = row.column("kind")?;
        let sso: bool = row.column("sso")?;
        let wechat: Option<String> = row.column("wechat")?;
        let wechat_nickname: String = row.column("wechat_nickname")?;
        Ok(Some(Account {
            id: row.column("id")?,
            tenant: row.column("tenant")?,
            organization_name: if kind == "organization" { Some(row.column("name")?) } else { None },
            tenant_edition: row.name("edition")?,
            phone: row.phone("phone")?,
            nickname: row.column("nickname")?,
            member_until: row.column("member_until")?,
            role: row.name_or_none("role")?,
            password_hash: row.column("password_hash")?,
            sso,
            signs_in_here: !sso || row.column("sso_local_sign_in")?,
            epoch: row.column("epoch")?,
            pseudonym: row.column("pseudonym")?,
            goes_at: row.column("due_at")?,
            avatar: row.column("avatar")?,
            avatars_open: row.column("avatars_open")?,
            last_super_admin: row.column::<Option<bool>>("last_super_admin")?.unwrap_or_default(),
            phone_bound_at: row.column("phone_bound_at")?,
            wechat: wechat.map(|id| {
                let profile = wechat_profile(&id, wechat_nickname);
                (id, profile)
            }),
        }))
    }

    /// The accounts of a number, the personal one first.
    pub(crate) async fn accounts_with_phone(&mut self, phone: &PhoneNumber) -> Result<Vec<Account>, Problem> {
        let ids = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN tenant t ON t.id = a.tenant
             WHERE a.phone = ? ORDER BY t.kind = 'organization', t.name",
        )
        .bind(phone.as_str())
        .fetch_all(self.connection())
        .await?;
        self.accounts(ids).await
    }

    /// The accounts of a WeChat identity, the personal one first.
    pub(crate) async fn accounts_with_wechat(&mut self, wechat: &str) -> Result<Vec<Account>, Problem> {
        let ids = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN tenant t ON t.id = a.tenant
             WHERE a.wechat = ? ORDER BY t.kind = 'organization', t.name",
        )
        .bind(wechat)
        .fetch_all(self.connection())
        .await?;
        self.accounts(ids).await
    }

    /// The super admins of an organization.
    pub(crate) async fn super_admins(&mut self, tenant: &TenantId) -> Result<Vec<Account>, Problem> {
        let ids = sqlx::query_scalar(
            "SELECT id FROM account WHERE tenant = ? AND role = 'super_admin' ORDER BY id",
        )
        .bind(tenant)
        .fetch_all(self.connection())
        .await?;
        self.accounts(ids).await
    }

    async fn accounts(&mut self, ids: Vec<AccountId>) -> Result<Vec<Account>, Problem> {
        let mut accounts = Vec::with_capacity(ids.len());
        for id in ids {
            accounts.extend(self.account(&id).await?);
        }
        Ok(accounts)
    }

    /// Whether any account holds a number.
    pub(crate) async fn is_phone_known(&mut self, phone: &PhoneNumber) -> Result<bool, Problem> {
        let known = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM account WHERE phone = ?)")
            .bind(phone.as_str())
            .fetch_one(self.connection())
            .await?;
        Ok(known)
    }

    /// Whether another account of the tenant holds a number (P4).
    pub(crate) async fn is_phone_taken(
        &mut self,
        account: &Account,
        phone: &PhoneNumber,
    ) -> Result<bool, Problem> {
        let taken = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM account WHERE tenant = ? AND phone = ? AND id <> ?)",
        )
        .bind(&account.tenant)
        .bind(phone.as_str())
        .bind(&account.id)
        .fetch_one(self.connection())
        .await?;
        Ok(taken)
    }

    /// Whether another account of the tenant holds a WeChat (W5).
    pub(crate) async fn is_wechat_taken(&mut self, account: &Account, wechat: &str) -> Result<bool, Problem> {
        let taken = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM account WHERE tenant = ? AND wechat = ? AND id <> ?)",
        )
        .bind(&account.tenant)
        .bind(wechat)
        .bind(&account.id)
        .fetch_one(self.connection())
        .await?;
        Ok(taken)
    }

    /// Since when an account syncs its history; none while the switch is off.
    pub(crate) async fn history_since(&mut self, account: &AccountId) -> Result<Option<Moment>, Problem> {
        let since = sqlx::query_scalar("SELECT history_since FROM account WHERE id = ?")
            .bind(account)
            .fetch_one(self.connection())
            .await?;
        Ok(since)
    }

    /// The profile of a WeChat that was seen before.
    pub(crate) async fn wechat_profile(&mut self, wechat: &str) -> Result<WechatProfile, Problem> {
        let nickname: Option<String> = sqlx::query_scalar("SELECT nickname FROM wechat WHERE id = ?")
            .bind(wechat)
            .fetch_optional(self.connection())
            .await?;
        Ok(wechat_profile(wechat, nickname.unwrap_or_default()))
    }
}

impl WriteTx {
    /// Opens a free personal account.
    pub(crate) async fn open_account(
        &mut self,
        phone: &PhoneNumber,
        nickname: &str,
        now: Moment,
    ) -> Result<Account, Problem> {
        let id = AccountId::fresh();
        sqlx::query(
            "INSERT INTO account (id, tenant, phone, phone_bound_at, nickname, search_key, created_at, pseudonym)
             SELECT ?, id, ?, ?, ?, ?, ?, ? FROM tenant WHERE kind = 'personal'",
        )
        .bind(&id)
        .bind(phone.as_str())
        .bind(now)
        .bind(nickname)
        .bind(search::fold(nickname))
        .bind(now)
        .bind(Pseudonym::fresh())
        .execute(self.connection())
        .await?;
        self.account(&id).await?.ok_or_else(|| Problem::fault("a new account is not there"))
    }

    /// Replaces the number of the session's account; the old one rests from now on (P7). The database
    /// decides about uniqueness (PHN-05).
    pub(crate) async fn replace_phone(
        &mut self,
        session: &EffectSession,
        target: &PhoneNumber,
        now: Moment,
    ) -> Result<(), Problem> {
        let account = &session.account;
        let replaced = sqlx::query(
            "UPDATE account SET phone = ?, phone_bound_at = ?
             WHERE id = ? AND phone = ? AND epoch = ?",
        )
        .bind(target.as_str())
        .bind(now)
        .bind(&account.id)
        .bind(account.phone.as_str())
        .bind(account.epoch)
        .execute(self.connection())
        .await;
        unique(replaced, Refusal::PhoneTaken)?;
        self.rest(&account.phone, &account.id, now).await
    }

    /// Replaces the WeChat of the session's account, or binds the first. The database decides about
    /// uniqueness (QR-09).
    pub(crate) async fn replace_wechat(
        &mut self,
        session: &EffectSession,
        wechat: &str,
    ) -> Result<(), Problem> {
        let account = &session.account;
        let replaced =
            sqlx::query("UPDATE account SET wechat = ? WHERE id = ? AND wechat IS ? AND epoch = ?")
                .bind(wechat)
                .bind(&account.id)
                .bind(account.wechat_id())
                .bind(account.epoch)
                .execute(self.connection())
                .await;
        unique(replaced, Refusal::WechatTaken)
    }

    /// Stores the hash of a new password.
    pub(crate) async fn set_password(&mut self, session: &EffectSession, hash: &str) -> Result<(), Problem> {
        sqlx::query("UPDATE account SET password_hash = ? WHERE id = ?")
            .bind(hash)
            .bind(&session.account.id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Gives a user another role.
    pub(crate) async fn set_role(&mut self, user: &AccountId, role: Role) -> Result<(), Problem> {
        sqlx::query("UPDATE account SET role = ?, version = version + 1 WHERE id = ?")
            .bind(Name(role))
            .bind(user)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Switches the sync of the history on or off; whether that changed anything.
    pub(crate) async fn set_history_sync(
        &mut self,
        session: &EffectSession,
        on: bool,
        now: Moment,
    ) -> Result<bool, Problem> {
        let moved = sqlx::query(
            "UPDATE account SET history_since = ? WHERE id = ? AND (history_since IS NOT NULL) <> ?",
        )
        .bind(on.then_some(now))
        .bind(&session.account.id)
        .bind(on)
        .execute(self.connection())
        .await?;
        Ok(moved.rows_affected() > 0)
    }

    /// Stores the nickname of a WeChat, cleaned whichever gateway reported it.
    pub(crate) async fn remember_wechat(&mut self, who: &Identity, now: Moment) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO wechat (id, nickname, seen_at) VALUES (?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET nickname = excluded.nickname, seen_at = excluded.seen_at",
        )
        .bind(&who.id)
        .bind(names::clean(&who.nickname, texts::NAMELESS))
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Computes the search keys of accounts from earlier releases, a batch after an id; answers the last
    /// id of the batch.
    pub(crate) async fn fold_nicknames(
        &mut self,
        after: Option<&AccountId>,
    ) -> Result<Option<AccountId>, Problem> {
        let rows: Vec<(AccountId, String)> = sqlx::query_as(
            "SELECT id, nickname FROM account WHERE search_key = '' AND nickname <> '' AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(after.map_or("", AccountId::as_str))
        .bind(FOLD_BATCH)
        .fetch_all(self.connection())
        .await?;
        for (id, nickname) in &rows {
            sqlx::query("UPDATE account SET search_key = ? WHERE id = ?")
                .bind(search::fold(nickname))
                .bind(id)
                .execute(self.connection())
                .await?;
        }
        Ok(rows.into_iter().next_back().map(|(id, _)| id))
    }
}

/// One row was replaced; a violated unique index is the refusal.
fn unique(
    replaced: Result<sqlx::sqlite::SqliteQueryResult, sqlx::Error>,
    taken: Refusal,
) -> Result<(), Problem> {
    match replaced {
        Ok(done) if done.rows_affected() == 1 => Ok(()),
        Ok(_) => Err(Problem::fault("an account changed under the write lock")),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(taken.into()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Moment;
    use crate::domain::scan::Identity;
    use crate::store::Store;
    use crate::wakeup::Wakeups;

    #[tokio::test]
    async fn b35_the_nickname_of_a_wechat_is_stored_cleaned() {
        let file = std::env::temp_dir().join(crate::secret::token());
        let store = Store::open(&file, Wakeups::default()).await.expect("opens");
        for (came, kept, initial) in [
            ("محمد\u{202e}", "محمد", "م"),
            ("\u{2066}\u{200b} 👨\u{200d}👩\u{200d}👧 ", "👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
            ("\u{202e}", "无名", "无"),
        ] {
            let who = Identity { id: "wx-a".into(), nickname: came.into(), snapshot: false };
            let mut tx = store.write().await.expect("the write lock");
            tx.remember_wechat(&who, Moment::from_millis(0)).await.expect("kept");
            let profile = tx.wechat_profile("wx-a").await.expect("there");
            assert_eq!((profile.nickname.as_str(), profile.initial.as_str()), (kept, initial), "{came:?}");
        }
        store.close().await;
        std::fs::remove_file(&file).expect("cleaned up");
    }
}
