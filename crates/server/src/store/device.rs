//! The table `device`: browsers as accounts know them.

use super::values::{Columns, Name};
use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::ids::{AccountId, BrowserId, DeviceId};
use crate::domain::session::{Session, SignedInDevice};
use crate::problem::Problem;
use crate::rules;
use contract::account::DeviceKind;
use contract::phone::PhoneNumber;

impl Reader {
    /// Whether somebody signed in to the account in this browser before, and its session there was not
    /// ended from elsewhere since. A shared device does not count.
    pub(crate) async fn is_device_known(
        &mut self,
        account: &AccountId,
        browser: &BrowserId,
    ) -> Result<bool, Problem> {
        let known = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM device
                            WHERE account = ? AND browser = ? AND known AND kind <> 'kiosk')",
        )
        .bind(account)
        .bind(browser)
        .fetch_one(self.connection())
        .await?;
        Ok(known)
    }

    /// The same for any account of a number (G2).
    pub(crate) async fn knows_phone(
        &mut self,
        browser: &BrowserId,
        phone: &PhoneNumber,
    ) -> Result<bool, Problem> {
        let known = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM account a JOIN device d ON d.account = a.id
                            WHERE a.phone = ? AND d.browser = ? AND d.known AND d.kind <> 'kiosk')",
        )
        .bind(phone.as_str())
        .bind(browser)
        .fetch_one(self.connection())
        .await?;
        Ok(known)
    }

    /// The same for any account at all.
    pub(crate) async fn is_browser_known(&mut self, browser: &BrowserId) -> Result<bool, Problem> {
        let sql = "SELECT EXISTS (SELECT 1 FROM device WHERE browser = ? AND known AND kind <> 'kiosk')";
        Ok(sqlx::query_scalar(sql).bind(browser).fetch_one(self.connection()).await?)
    }

    /// The kind of an account's device; none if the account has no such device.
    pub(crate) async fn device_kind(
        &mut self,
        account: &AccountId,
        device: &DeviceId,
    ) -> Result<Option<DeviceKind>, Problem> {
        let kind: Option<Name<DeviceKind>> =
            sqlx::query_scalar("SELECT kind FROM device WHERE id = ? AND account = ?")
                .bind(device)
                .bind(account)
                .fetch_optional(self.connection())
                .await?;
        Ok(kind.map(|Name(kind)| kind))
    }

    /// The devices on which the session's account is signed in, that of the session first. Sessions that
    /// expired unnoticed are left out.
    pub(crate) async fn signed_in_devices(
        &mut self,
        session: &Session,
        now: Moment,
    ) -> Result<Vec<SignedInDevice>, Problem> {
        let rows = sqlx::query(
            "SELECT s.id, s.device, d.kind, s.surface, s.way, s.created_at, s.last_seen_at
             FROM session s JOIN device d ON d.id = s.device
             WHERE s.account = ? AND s.ended_at IS NULL AND s.epoch = ?
             ORDER BY s.id = ? DESC, s.last_seen_at DESC, s.rowid DESC",
        )
        .bind(&session.account.id)
        .bind(session.account.epoch)
        .bind(&session.id)
        .fetch_all(self.connection())
        .await?;
        let mut devices = Vec::with_capacity(rows.len());
        for row in &rows {
            let (signed_in_at, last_seen_at) = (row.column("created_at")?, row.column("last_seen_at")?);
            if rules::session::end(row.name("surface")?, signed_in_at, last_seen_at) > now {
                devices.push(SignedInDevice {
                    id: row.column("device")?,
                    session: row.column("id")?,
                    kind: row.name("kind")?,
                    way: row.name("way")?,
                    signed_in_at,
                    last_seen_at,
                });
            }
        }
        Ok(devices)
    }
}

impl WriteTx {
    /// The device that a browser is for an account somebody signs in to; created if it is none yet.
    pub(crate) async fn device(
        &mut self,
        account: &AccountId,
        browser: &BrowserId,
        kind: DeviceKind,
        now: Moment,
    ) -> Result<DeviceId, Problem> {
        let device = sqlx::query_scalar(
            "INSERT INTO device (id, account, browser, kind, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (account, browser) DO UPDATE SET kind = excluded.kind, last_seen_at = excluded.last_seen_at,
                                                            known = 1
             RETURNING id",
        )
        .bind(DeviceId::fresh())
        .bind(account)
        .bind(browser)
        .bind(Name(kind))
        .bind(now)
        .bind(now)
        .fetch_one(self.connection())
        .await?;
        Ok(device)
    }

    /// Moves the device of an account from one browser to another.
    pub(super) async fn move_device(
        &mut self,
        account: &AccountId,
        from: &BrowserId,
        to: &BrowserId,
    ) -> Result<(), Problem> {
        sqlx::query("UPDATE device SET browser = ? WHERE browser = ? AND account = ?")
            .bind(to)
            .bind(from)
            .bind(account)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// A device of an account is a stranger's from now on; answers its browser.
    pub(super) async fn forget_device(&mut self, device: &DeviceId) -> Result<BrowserId, Problem> {
        let browser = sqlx::query_scalar("UPDATE device SET known = 0 WHERE id = ? RETURNING browser")
            .bind(device)
            .fetch_one(self.connection())
            .await?;
        Ok(browser)
    }

    /// All devices of an account but one are strangers' from now on.
    pub(super) async fn forget_devices_but(
        &mut self,
        account: &AccountId,
        but: &DeviceId,
    ) -> Result<(), Problem> {
        sqlx::query("UPDATE device SET known = 0 WHERE account = ? AND id <> ?")
            .bind(account)
            .bind(but)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
