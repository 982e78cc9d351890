//! The tables `browser` and `host_code`: browsers, and the codes by which a host app proves a webview.

use super::values::{Columns, Name};
use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::ids::BrowserId;
use crate::domain::visitor::{NewBrowser, SignInSurface, Visitor};
use crate::problem::Problem;
use crate::rules::limits;
use crate::secret;
use contract::account::{DeviceKind, Surface};
use contract::refusal::Refusal;

impl Reader {
    /// The browser of a cookie's value, with the surface of its next sign-in and the end of that.
    pub(crate) async fn browser(
        &mut self,
        token: &str,
    ) -> Result<Option<(BrowserId, Option<(SignInSurface, Moment)>)>, Problem> {
        let row =
            sqlx::query("SELECT id, surface, device_kind, surface_until FROM browser WHERE token_hash = ?")
                .bind(secret::token_hash(token))
                .fetch_optional(self.connection())
                .await?;
        let Some(row) = row else { return Ok(None) };
        let surface = match row.column::<Option<Moment>>("surface_until")? {
            Some(until) => {
                let (surface, device_kind) = (row.name("surface")?, row.name("device_kind")?);
                Some((SignInSurface { surface, device_kind }, until))
            }
            None => None,
        };
        Ok(Some((row.column("id")?, surface)))
    }
}

impl WriteTx {
    /// The visitor's browser; its row is created if it has none.
    pub(crate) async fn browser_of(&mut self, visitor: &Visitor, now: Moment) -> Result<BrowserId, Problem> {
        match &visitor.browser {
            Some(id) => Ok(id.clone()),
            None => self.insert_browser(&visitor.browser_token, visitor.is_on_kiosk(), now).await,
        }
    }

    /// Creates a browser of a shared device, which takes the place of the visitor's.
    pub(crate) async fn new_kiosk_browser(&mut self, now: Moment) -> Result<NewBrowser, Problem> {
        let token = secret::token();
        let id = self.insert_browser(&token, true, now).await?;
        Ok(NewBrowser { id, token })
    }

    /// Creates a browser's row, on a shared device as one of that. Of two first requests with one cookie the
    /// second finds the row of the first.
    async fn insert_browser(
        &mut self,
        token: &str,
        is_on_kiosk: bool,
        now: Moment,
    ) -> Result<BrowserId, Problem> {
        let row = sqlx::query(
            "INSERT INTO browser (id, token_hash, created_at) VALUES (?, ?, ?)
             ON CONFLICT (token_hash) DO UPDATE SET token_hash = excluded.token_hash RETURNING id",
        )
        .bind(BrowserId::fresh())
        .bind(secret::token_hash(token))
        .bind(now)
        .fetch_one(self.connection())
        .await?;
        let id = row.column("id")?;
        if is_on_kiosk {
            self.set_surface(&id, SignInSurface::KIOSK, now).await?;
        }
        Ok(id)
    }

    /// Sets the surface of a browser's next sign-in.
    pub(crate) async fn set_surface(
        &mut self,
        browser: &BrowserId,
        at: SignInSurface,
        now: Moment,
    ) -> Result<(), Problem> {
        sqlx::query("UPDATE browser SET surface = ?, device_kind = ?, surface_until = ? WHERE id = ?")
            .bind(Name(at.surface))
            .bind(Name(at.device_kind))
            .bind(now.after(limits::SURFACE_LIFE))
            .bind(browser)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Makes the browser's next sign-in one on the web.
    pub(crate) async fn forget_surface(&mut self, browser: &BrowserId) -> Result<(), Problem> {
        sqlx::query(
            "UPDATE browser SET surface = NULL, device_kind = NULL, surface_until = NULL WHERE id = ?",
        )
        .bind(browser)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Stores a host code; those that expired are deleted.
    pub(crate) async fn insert_host_code(
        &mut self,
        code: &str,
        host: &str,
        surface: Surface,
        device_kind: DeviceKind,
        now: Moment,
    ) -> Result<(), Problem> {
        sqlx::query("DELETE FROM host_code WHERE expires_at <= ?")
            .bind(now)
            .execute(self.connection())
            .await?;
        sqlx::query(
            "INSERT INTO host_code (hash, host, surface, device_kind, expires_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(secret::token_hash(code))
        .bind(host)
        .bind(Name(surface))
        .bind(Name(device_kind))
        .bind(now.after(limits::HOST_CODE_LIFE))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Redeems a host code, once; answers what it proves.
    pub(crate) async fn redeem_host_code(
        &mut self,
        code: &str,
        now: Moment,
    ) -> Result<SignInSurface, Problem> {
        let row = sqlx::query(
            "UPDATE host_code SET used_at = ? WHERE hash = ? AND used_at IS NULL AND expires_at > ?
             RETURNING surface, device_kind",
        )
        .bind(now)
        .bind(secret::token_hash(code))
        .bind(now)
        .fetch_optional(self.connection())
        .await?
        .ok_or(Refusal::SignInFailed)?;
        Ok(SignInSurface { surface: row.name("surface")?, device_kind: row.name("device_kind")? })
    }
}
