//! The tables `session` and `last_word`: login sessions, and why those of erased accounts ended.
//!
//! Tokens are 256 random bits, stored as SHA-256. A session lives as long as its row says and its epoch
//! equals the account's: raising the account's epoch ends every session at once, after a restart too
//! (SES-03, SES-04).

use super::values::{Columns, Name};
use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::event::LoggedEvent;
use crate::domain::ids::{AccountId, BrowserId, DeviceId, SessionId};
use crate::domain::session::{Admission, Session};
use crate::domain::visitor::{SignInSurface, Visitor};
use crate::problem::Problem;
use crate::rules;
use crate::secret;
use contract::account::{DeviceKind, Surface, Way};
use contract::activity::SecurityEvent;
use contract::refusal::{Refusal, SessionEnd};
use std::ops::Deref;

/// A session that was read under the write lock, so that it is true until the transaction ends (STP-05).
/// Effects take this one; [`WriteTx::effect_session`] alone creates it.
pub(crate) struct EffectSession(Session);

/// What a transaction did to the session it was given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum SessionAfter {
    #[default]
    Unchanged,
    /// It has a new token (SES-02).
    Renewed(String),
    /// It is over.
    Over,
}

impl Deref for EffectSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl Reader {
    /// The visitor's login session, or why there is none. It is charged to the account's budget (V9).
    pub(crate) async fn session(&mut self, visitor: &Visitor, now: Moment) -> Result<Session, Problem> {
        let ended = |why| Problem::from(Refusal::SessionEnded { why });
        let Some(browser) = &visitor.browser else { return Err(ended(SessionEnd::NotSignedIn)) };
        let Some(token) = &visitor.session_token else {
            return Err(ended(self.end_without_cookie(browser).await?));
        };
        let row = sqlx::query(
            "SELECT id, account, device, browser, surface, epoch, created_at, last_seen_at, ended_why
             FROM session WHERE token_hash = ?",
        )
        .bind(secret::token_hash(token))
        .fetch_optional(self.connection())
        .await?;
        let row = match row {
            Some(row) if row.column::<BrowserId>("browser")? == *browser => row,
            _ => return Err(ended(self.end_without_row(token).await?)),
        };
        if let Some(why) = row.name_or_none("ended_why")? {
            return Err(ended(why));
        }
        let surface: Surface = row.name("surface")?;
        if visitor.is_on_kiosk() && surface != Surface::Kiosk {
            // It was opened when this was somebody's own device (K5).
            return Err(ended(SessionEnd::SignedOut));
        }
        let last_seen_at = row.column("last_seen_at")?;
        if rules::session::end(surface, row.column("created_at")?, last_seen_at) <= now {
            return Err(ended(SessionEnd::Expired));
        }
        let epoch: i64 = row.column("epoch")?;
        let account = self.account(&row.column("account")?).await?;
        let Some(account) = account.filter(|account| account.epoch == epoch) else {
            return Err(ended(self.why_ended(token).await?));
        };
        visitor.budget.charge(&account.id, now)?;
        if visitor.shown_account.as_ref().is_some_and(|shown| *shown != account.id.as_str()) {
            return Err(ended(SessionEnd::AnotherAccount));
        }
        Ok(Session {
            id: row.column("id")?,
            device: row.column("device")?,
            browser: row.column("browser")?,
            surface,
            account,
            last_seen_at,
            visitor: visitor.clone(),
        })
    }

    /// The kind of device that a session was opened on, for the phone that is asked (QR-03).
    pub(crate) async fn kind_of_session(&mut self, session: &Session) -> Result<DeviceKind, Problem> {
        let kind = self.device_kind(&session.account.id, &session.device).await?;
        kind.ok_or_else(|| Problem::fault("a session without a device"))
    }

    /// Why a session ended whose row did not say so. It may have ended between two reads; then the row or
    /// `last_word` has the reason (G7). Otherwise the account's epoch was raised.
    async fn why_ended(&mut self, token: &str) -> Result<SessionEnd, Problem> {
        let row: Option<Option<Name<SessionEnd>>> =
            sqlx::query_scalar("SELECT ended_why FROM session WHERE token_hash = ?")
                .bind(secret::token_hash(token))
                .fetch_optional(self.connection())
                .await?;
        match row {
            Some(Some(Name(why))) => Ok(why),
            Some(None) => Ok(SessionEnd::EndedElsewhere),
            None => self.end_without_row(token).await,
        }
    }

    /// Why a token has no session: it was erased with its account, or never existed (G7).
    async fn end_without_row(&mut self, token: &str) -> Result<SessionEnd, Problem> {
        let why: Option<Name<SessionEnd>> =
            sqlx::query_scalar("SELECT why FROM last_word WHERE token_hash = ?")
                .bind(secret::token_hash(token))
                .fetch_optional(self.connection())
                .await?;
        Ok(why.map_or(SessionEnd::NotSignedIn, |Name(why)| why))
    }

    /// Why a browser sends no session's cookie (G7). Signing out, and whatever else ends a session, marks its
    /// row. If nothing ended the last one, the browser dropped the cookie, which does not live longer than
    /// the session may. On a shared device the next person learns nothing (G6).
    async fn end_without_cookie(&mut self, browser: &BrowserId) -> Result<SessionEnd, Problem> {
        let expired: Option<bool> = sqlx::query_scalar(
            "SELECT ended_at IS NULL AND surface <> 'kiosk' FROM session WHERE browser = ?
             ORDER BY rowid DESC LIMIT 1",
        )
        .bind(browser)
        .fetch_optional(self.connection())
        .await?;
        Ok(if expired == Some(true) { SessionEnd::Expired } else { SessionEnd::NotSignedIn })
    }
}

impl WriteTx {
    /// The visitor's login session as it is now, fit for an effect, or why there is none.
    pub(crate) async fn effect_session(
        &mut self,
        visitor: &Visitor,
        now: Moment,
    ) -> Result<EffectSession, Problem> {
        Ok(EffectSession(self.session(visitor, now).await?))
    }

    /// Signs an account in: ends the sessions of this browser and opens one with a token of its own
    /// (SES-02). On a shared device each person gets a browser of their own, so that nothing an earlier
    /// person left there is theirs (G6).
    pub(crate) async fn open_session(
        &mut self,
        visitor: &Visitor,
        browser: &BrowserId,
        account: &AccountId,
        way: Way,
        now: Moment,
    ) -> Result<Admission, Problem> {
        visitor.budget.charge_sign_in(account, &visitor.network, now)?;
        sqlx::query(
            "UPDATE session SET ended_at = ?, ended_why = 'signed_out' WHERE browser = ? AND ended_at IS NULL",
        )
        .bind(now)
        .bind(browser)
        .execute(self.connection())
        .await?;
        self.supersede_sign_in_scans_of(browser).await?;
        let own = if visitor.is_on_kiosk() {
            self.forget_waiting(browser).await?;
            let own = self.new_kiosk_browser(now).await?;
            self.move_device(account, browser, &own.id).await?;
            Some(own)
        } else {
            None
        };
        let browser = own.as_ref().map_or(browser, |own| &own.id);
        let device = self.device(account, browser, visitor.sign_in_surface.device_kind, now).await?;
        let token = secret::token();
        sqlx::query(
            "INSERT INTO session
                 (id, token_hash, account, device, browser, surface, way, epoch, created_at, last_seen_at)
             SELECT ?, ?, id, ?, ?, ?, ?, epoch, ?, ? FROM account WHERE id = ?",
        )
        .bind(SessionId::fresh())
        .bind(secret::token_hash(&token))
        .bind(&device)
        .bind(browser)
        .bind(Name(visitor.sign_in_surface.surface))
        .bind(Name(way))
        .bind(now)
        .bind(now)
        .bind(account)
        .execute(self.connection())
        .await?;
        let event = LoggedEvent::on(account, &device, SecurityEvent::SignedIn, Some(way));
        self.log(&event, now).await?;
        Ok(Admission { token, browser: own })
    }

    /// Moves the live sessions of a browser to the surface of the host app that it proved to be in, with their
    /// devices: who signed in before the app could vouch for the webview has the app's rights from now on.
    pub(crate) async fn raise_sessions(
        &mut self,
        browser: &BrowserId,
        to: SignInSurface,
    ) -> Result<(), Problem> {
        sqlx::query(
            "UPDATE device SET kind = ? WHERE id IN
                 (SELECT device FROM session WHERE browser = ? AND ended_at IS NULL AND surface <> 'kiosk')",
        )
        .bind(Name(to.device_kind))
        .bind(browser)
        .execute(self.connection())
        .await?;
        sqlx::query(
            "UPDATE session SET surface = ? WHERE browser = ? AND ended_at IS NULL AND surface <> 'kiosk'",
        )
        .bind(Name(to.surface))
        .bind(browser)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends one session and records why.
    pub(crate) async fn end_session(
        &mut self,
        session: &EffectSession,
        why: SessionEnd,
        now: Moment,
    ) -> Result<(), Problem> {
        sqlx::query("UPDATE session SET ended_at = ?, ended_why = ? WHERE id = ?")
            .bind(now)
            .bind(Name(why))
            .bind(&session.id)
            .execute(self.connection())
            .await?;
        self.pending.browser(&session.browser);
        self.session_after = SessionAfter::Over;
        Ok(())
    }

    /// Signs everybody out of a browser; answers whose sessions ended.
    pub(crate) async fn end_sessions_in(
        &mut self,
        browser: &BrowserId,
        now: Moment,
    ) -> Result<Vec<(AccountId, DeviceId)>, Problem> {
        let ended = sqlx::query_as(
            "UPDATE session SET ended_at = ?, ended_why = 'signed_out' WHERE browser = ? AND ended_at IS NULL
             RETURNING account, device",
        )
        .bind(now)
        .bind(browser)
        .fetch_all(self.connection())
        .await?;
        Ok(ended)
    }

    /// Ends all sessions of the account, this one too, and gives the reason.
    pub(crate) async fn end_all_sessions(
        &mut self,
        session: &EffectSession,
        why: SessionEnd,
        now: Moment,
    ) -> Result<(), Problem> {
        self.raise_epoch(session, why, now).await?;
        self.end_session(session, why, now).await
    }

    /// Ends all other sessions of the account and gives the reason; this one is carried into the new epoch.
    pub(crate) async fn end_other_sessions(
        &mut self,
        session: &EffectSession,
        why: SessionEnd,
        now: Moment,
    ) -> Result<(), Problem> {
        self.raise_epoch(session, why, now).await?;
        sqlx::query(
            "UPDATE session SET epoch = (SELECT epoch FROM account WHERE id = session.account) WHERE id = ?",
        )
        .bind(&session.id)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Raises the account's epoch and marks all other sessions as ended. The epoch is raised first, so a session
    /// that the second statement somehow missed is over all the same.
    async fn raise_epoch(
        &mut self,
        session: &EffectSession,
        why: SessionEnd,
        now: Moment,
    ) -> Result<(), Problem> {
        let account = &session.account.id;
        sqlx::query("UPDATE account SET epoch = epoch + 1 WHERE id = ?")
            .bind(account)
            .execute(self.connection())
            .await?;
        sqlx::query(
            "UPDATE session SET ended_at = ?, ended_why = ? WHERE account = ? AND id <> ? AND ended_at IS NULL",
        )
        .bind(now)
        .bind(Name(why))
        .bind(account)
        .bind(&session.id)
        .execute(self.connection())
        .await?;
        self.forget_devices_but(account, &session.device).await?;
        self.pending.streams();
        Ok(())
    }

    /// Ends the account's other sessions that were opened by its WeChat (W6); answers how many. Those opened
    /// by SMS or password go on, so the epoch stays.
    pub(crate) async fn end_wechat_sessions(
        &mut self,
        session: &EffectSession,
        now: Moment,
    ) -> Result<u32, Problem> {
        let devices: Vec<DeviceId> = sqlx::query_scalar(
            "UPDATE session SET ended_at = ?, ended_why = ?
             WHERE account = ? AND id <> ? AND way = 'wechat' AND ended_at IS NULL RETURNING device",
        )
        .bind(now)
        .bind(Name(SessionEnd::WechatChanged))
        .bind(&session.account.id)
        .bind(&session.id)
        .fetch_all(self.connection())
        .await?;
        for device in devices.iter().filter(|device| **device != session.device) {
            self.forget_device(device).await?;
        }
        self.pending.streams();
        Ok(u32::try_from(devices.len()).unwrap_or(u32::MAX))
    }

    /// Ends the session on one other device of the account; answers that device's browser.
    pub(crate) async fn end_session_on(
        &mut self,
        session: &EffectSession,
        device: &DeviceId,
        now: Moment,
    ) -> Result<BrowserId, Problem> {
        sqlx::query(
            "UPDATE session SET ended_at = ?, ended_why = ? WHERE account = ? AND device = ? AND ended_at IS NULL",
        )
        .bind(now)
        .bind(Name(SessionEnd::EndedElsewhere))
        .bind(&session.account.id)
        .bind(device)
        .execute(self.connection())
        .await?;
        self.pending.streams();
        self.forget_device(device).await
    }

    /// Gives the session a new token (SES-02); the old one is void.
    pub(crate) async fn renew_token(&mut self, session: &EffectSession) -> Result<(), Problem> {
        let token = secret::token();
        sqlx::query("UPDATE session SET token_hash = ? WHERE id = ?")
            .bind(secret::token_hash(&token))
            .bind(&session.id)
            .execute(self.connection())
            .await?;
        self.session_after = SessionAfter::Renewed(token);
        Ok(())
    }

    /// Notes that a session was used.
    pub(crate) async fn touch_session(&mut self, session: &Session, now: Moment) -> Result<(), Problem> {
        sqlx::query("UPDATE session SET last_seen_at = ? WHERE id = ? AND ended_at IS NULL")
            .bind(now)
            .bind(&session.id)
            .execute(self.connection())
            .await?;
        sqlx::query("UPDATE device SET last_seen_at = ? WHERE id = ?")
            .bind(now)
            .bind(&session.device)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
