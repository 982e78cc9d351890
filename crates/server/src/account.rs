//! Accounts as the handlers see them.

use crate::clock::Moment;
use crate::problem::Problem;
use crate::rules::cancel::CancelFacts;
use crate::rules::{self, PhoneChangeFacts, WayFacts};
use crate::scan;
use crate::store::{moment, read_text};
use contract::account::{Edition, Role, Surface, Tenant, Way, WayOffer};
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use contract::wechat::WechatProfile;
use sqlx::{Row, SqliteConnection};

/// One account with its tenant.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Opaque.
    pub(crate) id: String,
    /// The tenant's id; the personal realm is one too.
    pub(crate) tenant: String,
    /// The organization's name, absent in the personal realm.
    organization: Option<String>,
    /// The organization's edition, `free` in the personal realm.
    tenant_edition: Edition,
    /// The bound number.
    pub(crate) phone: PhoneNumber,
    /// As the person chose it.
    pub(crate) nickname: String,
    member_until: Option<Moment>,
    /// The place in the organization.
    pub(crate) role: Option<Role>,
    /// Argon2id, absent if no password is set.
    pub(crate) password_hash: Option<String>,
    /// Whether the organization's own sign-in manages the account.
    pub(crate) sso: bool,
    /// Whether it signs in by SMS and password; most SSO accounts do so at their organization
    /// alone (L2).
    pub(crate) signs_in_here: bool,
    /// Compared with the one each session was born in.
    pub(crate) epoch: i64,
    /// What its events and its receipt call it.
    pub(crate) pseudonym: String,
    /// When it goes, while it is being canceled (C8).
    pub(crate) goes_at: Option<Moment>,
    /// Its picture, by the name in its address.
    pub(crate) avatar: Option<String>,
    /// Whether its organization lets its users change theirs (E1).
    avatars_open: bool,
    /// Whether nobody else runs the organization.
    last_super_admin: bool,
    /// Since when the phone is bound (W2).
    phone_bound_at: Moment,
    /// The bound WeChat: its identity and what it is called.
    wechat: Option<(String, WechatProfile)>,
}

impl Account {
    /// Reads an account.
    pub(crate) async fn load(connection: &mut SqliteConnection, id: &str) -> Result<Option<Self>, Problem> {
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
        .fetch_optional(connection)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let organization = row.get::<String, _>("kind") == "organization";
        let phone: String = row.get("phone");
        let wechat: Option<String> = row.get("wechat");
        Ok(Some(Self {
            id: row.get("id"),
            tenant: row.get("tenant"),
            organization: organization.then(|| row.get("name")),
            tenant_edition: read_text(row.get("edition"))?,
            phone: PhoneNumber::parse(&phone)
                .ok_or_else(|| Problem::fault("a stored phone is not canonical"))?,
            nickname: row.get("nickname"),
            member_until: moment(row.get("member_until")),
            role: row.get::<Option<String>, _>("role").map(read_text).transpose()?,
            password_hash: row.get("password_hash"),
            sso: row.get("sso"),
            signs_in_here: !row.get::<bool, _>("sso") || row.get::<bool, _>("sso_local_sign_in"),
            epoch: row.get("epoch"),
            pseudonym: row.get("pseudonym"),
            goes_at: moment(row.get("due_at")),
            avatar: row.get("avatar"),
            avatars_open: row.get("avatars_open"),
            last_super_admin: row.get::<Option<bool>, _>("last_super_admin").unwrap_or_default(),
            phone_bound_at: Moment::from_millis(row.get("phone_bound_at")),
            wechat: wechat.map(|id| {
                let profile = scan::profile(&id, row.get("wechat_nickname"));
                (id, profile)
            }),
        }))
    }

    /// The accounts of a number, the personal one first.
    pub(crate) async fn holding(
        connection: &mut SqliteConnection,
        phone: &PhoneNumber,
    ) -> Result<Vec<Self>, Problem> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN tenant t ON t.id = a.tenant
             WHERE a.phone = ? ORDER BY t.kind = 'organization', t.name",
        )
        .bind(phone.as_str())
        .fetch_all(&mut *connection)
        .await?;
        Self::load_all(connection, ids).await
    }

    /// The accounts of a WeChat identity, the personal one first.
    pub(crate) async fn with_wechat(
        connection: &mut SqliteConnection,
        wechat: &str,
    ) -> Result<Vec<Self>, Problem> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN tenant t ON t.id = a.tenant
             WHERE a.wechat = ? ORDER BY t.kind = 'organization', t.name",
        )
        .bind(wechat)
        .fetch_all(&mut *connection)
        .await?;
        Self::load_all(connection, ids).await
    }

    /// Whether somebody signed in to it in this browser before, and nobody has thrown it out since.
    /// A shared device is nobody's.
    pub(crate) async fn has_device_at(
        &self,
        connection: &mut SqliteConnection,
        browser: &str,
    ) -> Result<bool, Problem> {
        let has = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM device
                                WHERE account = ? AND browser = ? AND known AND kind <> 'kiosk')",
        )
        .bind(&self.id)
        .bind(browser)
        .fetch_one(connection)
        .await?;
        Ok(has)
    }

    /// Whether its cooling-off is over: whatever its row still says, it is not there any more (C8).
    pub(crate) fn is_over(&self, now: Moment) -> bool {
        self.goes_at.is_some_and(|at| at <= now)
    }

    async fn load_all(connection: &mut SqliteConnection, ids: Vec<String>) -> Result<Vec<Self>, Problem> {
        let mut accounts = Vec::with_capacity(ids.len());
        for id in ids {
            accounts.extend(Self::load(connection, &id).await?);
        }
        Ok(accounts)
    }

    /// What is paid for now.
    pub(crate) fn edition(&self, now: Moment) -> Edition {
        match self.tenant_edition {
            Edition::Free if self.member_until.is_some_and(|until| until > now) => Edition::Member,
            edition => edition,
        }
    }

    /// The organization as the wire has it.
    pub(crate) fn organization(&self) -> Option<Tenant> {
        self.organization.clone().map(|name| Tenant { id: self.tenant.clone(), name })
    }

    /// Whether an action is open to this account on a surface: eligibility before effort, and
    /// again in every transaction (STP-04, STP-05).
    pub(crate) fn may(&self, action: Action, surface: Surface, now: Moment) -> Result<(), Refusal> {
        match action {
            Action::Phone => rules::phone_change(PhoneChangeFacts {
                edition: self.edition(now),
                surface,
                sso: self.sso,
                bound: &self.phone,
            }),
            Action::Password => rules::password_change(surface, self.sso),
            Action::EndOtherSessions | Action::EndDevice => rules::end_others(surface),
            Action::DeleteUser | Action::ChangeSuperAdmin => {
                rules::console::entry(self.edition(now), self.role, surface)
            }
            Action::Wechat => rules::wechat_change(self.edition(now), surface, self.sso),
            Action::Cancel => match self.obstacles(surface, now).into_iter().next() {
                Some(first) => Err(first),
                None => Ok(()),
            },
        }
    }

    /// Whether it may change its picture from here (A1).
    pub(crate) fn may_change_avatar(&self, surface: Surface) -> Result<(), Refusal> {
        rules::avatar_change(self.tenant_edition, surface, self.avatars_open)
    }

    /// Every reason why it cannot be canceled from here (C6).
    pub(crate) fn obstacles(&self, surface: Surface, now: Moment) -> Vec<Refusal> {
        rules::cancel::obstacles(CancelFacts {
            edition: self.edition(now),
            surface,
            role: self.role,
            last_super_admin: self.last_super_admin,
        })
    }

    /// Days of membership that are paid for, while there are any (C5).
    pub(crate) fn benefit_days(&self, now: Moment) -> Option<u32> {
        let until = self.member_until.filter(|_| self.edition(now) == Edition::Member)?;
        Some(rules::cancel::days_left(until, now))
    }

    /// The ways to prove identity for an action (P1, W1).
    pub(crate) fn ways(&self, action: Action, now: Moment) -> Vec<WayOffer> {
        let facts = WayFacts {
            has_password: self.password_hash.is_some(),
            has_wechat: self.wechat.is_some(),
            phone_bound_at: self.phone_bound_at,
        };
        rules::ways(action, facts, now)
    }

    /// The ways that are open.
    pub(crate) fn open_ways(&self, action: Action, now: Moment) -> Vec<Way> {
        let offers = self.ways(action, now).into_iter();
        offers.filter(|offer| offer.closed.is_none()).map(|offer| offer.way).collect()
    }

    /// The identity of the bound WeChat.
    pub(crate) fn wechat_id(&self) -> Option<&str> {
        self.wechat.as_ref().map(|(id, _)| id.as_str())
    }

    /// The bound WeChat as the wire has it.
    pub(crate) fn wechat(&self) -> Option<WechatProfile> {
        self.wechat.as_ref().map(|(_, profile)| profile.clone())
    }

    /// Whether another account of the tenant holds a WeChat (W5).
    pub(crate) async fn wechat_taken(
        &self,
        connection: &mut SqliteConnection,
        wechat: &str,
    ) -> Result<bool, Problem> {
        let taken = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM account WHERE tenant = ? AND wechat = ? AND id <> ?)",
        )
        .bind(&self.tenant)
        .bind(wechat)
        .bind(&self.id)
        .fetch_one(connection)
        .await?;
        Ok(taken)
    }
}
