//! The table `scan`.
//!
//! Whether the session and the change of a scan still exist is read with every row, so nothing has to be
//! written where those end (P6, STP-09).

use super::values::{Columns, Name};
use super::{Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::ids::{AccountId, BrowserId, ChangeId, ScanId};
use crate::domain::network::Network;
use crate::domain::scan::life::{self, Event};
use crate::domain::scan::{BegunScan, ScanBinding, Scene, StoredScan};
use crate::problem::Problem;
use crate::rules::proof;
use crate::secret;
use contract::account::DeviceKind;
use contract::refusal::Refusal;
use contract::scan::ScanState;
use sqlx::sqlite::SqliteRow;

/// Every column, and whether the login session and the change that a scan was begun for still exist.
const SELECT: &str = "
    SELECT s.*, NOT s.signed_in OR (
        EXISTS (SELECT 1 FROM session l JOIN account a ON a.id = l.account
                WHERE l.id = s.session AND l.ended_at IS NULL AND l.epoch = a.epoch)
        AND EXISTS (SELECT 1 FROM change c WHERE c.id = s.change AND c.done IS NULL)) AS founded
    FROM scan s WHERE ";

fn select(condition: &'static str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{SELECT}{condition}"))
}

fn read(row: &SqliteRow, now: Moment) -> Result<StoredScan, Problem> {
    let stored_state: ScanState = row.name("state")?;
    let expires_at: Moment = row.column("expires_at")?;
    let mut state = stored_state;
    if !row.column::<bool>("founded")? {
        state = life::after(state, Event::Superseded).unwrap_or(state);
    }
    if expires_at <= now {
        state = life::after(state, Event::Expired).unwrap_or(state);
    }
    Ok(StoredScan {
        id: row.column("id")?,
        purpose: row.name("purpose")?,
        state,
        stored_state,
        wechat: row.column("wechat")?,
        signed_in: row.column("signed_in")?,
        session: row.column("session")?,
        account: row.column("account")?,
        change: row.column("change")?,
        device_kind: row.name("device_kind")?,
        number: row.column("number")?,
        created_at: row.column("created_at")?,
        expires_at,
    })
}

/// The browsers in which scans to sign in are superseded.
#[derive(Clone, Copy)]
pub(crate) enum SignInScans<'a> {
    InAllBrowsers,
    Outside(&'a BrowserId),
    In(&'a BrowserId),
}

impl Reader {
    /// The scan of a scene's hash.
    pub(crate) async fn scan_of_scene(
        &mut self,
        scene_hash: &[u8],
        now: Moment,
    ) -> Result<Option<StoredScan>, Problem> {
        let row = sqlx::query(select("s.scene_hash = ?"))
            .bind(scene_hash)
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| read(&row, now)).transpose()
    }

    /// The scan with an id that a browser began. Everybody else gets the same answer as for no scan at all
    /// (QR-02, QR-10).
    pub(crate) async fn scan_of_browser(
        &mut self,
        browser: Option<&BrowserId>,
        id: &ScanId,
        now: Moment,
    ) -> Result<StoredScan, Problem> {
        let row = sqlx::query(select("s.id = ? AND s.browser = ?"))
            .bind(id)
            .bind(browser)
            .fetch_optional(self.connection())
            .await?
            .ok_or(Refusal::NotFound)?;
        read(&row, now)
    }

    /// The scan with an id under a binding.
    pub(crate) async fn bound_scan(
        &mut self,
        binding: ScanBinding<'_>,
        id: &ScanId,
        now: Moment,
    ) -> Result<StoredScan, Problem> {
        let row = sqlx::query(select(
            "s.id = ? AND s.browser = ? AND s.session IS ? AND s.account IS ? AND s.change IS ? AND s.purpose = ?",
        ))
        .bind(id)
        .bind(binding.requester.browser)
        .bind(binding.session())
        .bind(binding.account())
        .bind(binding.change())
        .bind(Name(binding.purpose))
        .fetch_optional(self.connection())
        .await?
        .ok_or(Refusal::NotFound)?;
        read(&row, now)
    }

    /// The newest scan of a change under a binding.
    pub(crate) async fn latest_scan(
        &mut self,
        binding: ScanBinding<'_>,
        now: Moment,
    ) -> Result<Option<StoredScan>, Problem> {
        let row = sqlx::query(select(
            "s.change = ? AND s.purpose = ? AND s.browser = ? AND s.session IS ? AND s.account IS ?
             ORDER BY s.created_at DESC, s.rowid DESC LIMIT 1",
        ))
        .bind(binding.change())
        .bind(Name(binding.purpose))
        .bind(binding.requester.browser)
        .bind(binding.session())
        .bind(binding.account())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| read(&row, now)).transpose()
    }

    /// When the `nth` newest scan since a moment was begun in a browser; none if there are fewer.
    pub(crate) async fn nth_scan_of_browser(
        &mut self,
        browser: &BrowserId,
        nth: u32,
        since: Moment,
    ) -> Result<Option<Moment>, Problem> {
        let sql = "SELECT created_at FROM scan WHERE browser = ? AND created_at > ? ORDER BY created_at DESC LIMIT 1 OFFSET ?";
        self.nth(sql, browser.as_str(), nth, since).await
    }

    /// The same for scans to sign in from a network.
    pub(crate) async fn nth_sign_in_scan_of_network(
        &mut self,
        network: &Network,
        nth: u32,
        since: Moment,
    ) -> Result<Option<Moment>, Problem> {
        let sql = "SELECT created_at FROM scan WHERE block = ? AND created_at > ? AND NOT signed_in ORDER BY created_at DESC LIMIT 1 OFFSET ?";
        self.nth(sql, network.as_str(), nth, since).await
    }
}

impl WriteTx {
    /// Begins a scan; the earlier one of the same binding is superseded. WeChat is asked for the QR after
    /// the commit.
    pub(crate) async fn insert_scan(
        &mut self,
        binding: ScanBinding<'_>,
        device_kind: DeviceKind,
        now: Moment,
    ) -> Result<BegunScan, Problem> {
        let browser = binding.requester.browser;
        sqlx::query(
            "UPDATE scan SET state = 'superseded'
             WHERE browser = ? AND purpose = ? AND change IS ?
               AND state IN ('created', 'waiting', 'scanned', 'confirmed')",
        )
        .bind(browser)
        .bind(Name(binding.purpose))
        .bind(binding.change())
        .execute(self.connection())
        .await?;
        let (id, scene) = (ScanId::fresh(), Scene::new());
        sqlx::query(
            "INSERT INTO scan (id, scene_hash, purpose, state, browser, block, device_kind, signed_in, session,
                               account, change, number, created_at, expires_at)
             VALUES (?, ?, ?, 'created', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(scene.hash())
        .bind(Name(binding.purpose))
        .bind(browser)
        .bind(binding.requester.network.as_str())
        .bind(Name(device_kind))
        .bind(binding.change.is_some())
        .bind(binding.session())
        .bind(binding.account())
        .bind(binding.change())
        .bind(secret::digits(2))
        .bind(now)
        .bind(now.after(proof::scan_life(device_kind)))
        .execute(self.connection())
        .await?;
        self.pending.browser(browser);
        Ok(BegunScan { id, scene })
    }

    /// Moves a scan on, if the event changes anything; `owner` becomes the identity that owns it.
    pub(crate) async fn move_scan(
        &mut self,
        scan: &StoredScan,
        event: Event,
        owner: Option<&str>,
        now: Moment,
    ) -> Result<Option<ScanState>, Problem> {
        let Some(next) = life::after(scan.state, event) else { return Ok(None) };
        let expires_at = if next == ScanState::Confirmed {
            now.after(proof::confirmed_life(scan.purpose, scan.device_kind))
        } else {
            scan.expires_at
        };
        let moved = sqlx::query(
            "UPDATE scan SET state = ?, wechat = COALESCE(wechat, ?), expires_at = ?
             WHERE id = ? AND state = ? AND (wechat IS NULL OR ? IS NULL OR wechat = ?)",
        )
        .bind(Name(next))
        .bind(owner)
        .bind(expires_at)
        .bind(&scan.id)
        .bind(Name(scan.stored_state))
        .bind(owner)
        .bind(owner)
        .execute(self.connection())
        .await?;
        if moved.rows_affected() != 1 {
            return Err(Problem::fault("a scan moved under the write lock"));
        }
        self.pending.scan(&scan.id);
        Ok(Some(next))
    }

    /// Redeems a confirmed scan, once (QR-05), in the transaction of the effect it is for; answers the
    /// identity that allowed it.
    pub(crate) async fn redeem_scan(&mut self, scan: &StoredScan, now: Moment) -> Result<String, Problem> {
        let redeemed = self.move_scan(scan, Event::Redeemed, None, now).await?;
        match (redeemed, &scan.wechat) {
            (Some(_), Some(wechat)) => Ok(wechat.clone()),
            (Some(_), None) => Err(Problem::fault("a confirmed scan is nobody's")),
            (None, _) => Err(scan.not_confirmed().into()),
        }
    }

    /// Supersedes the open scans by which a change was to be proven: it was proven by another way (STP-03).
    pub(crate) async fn supersede_identity_scans(&mut self, change: &ChangeId) -> Result<(), Problem> {
        sqlx::query(
            "UPDATE scan SET state = 'superseded' WHERE change = ? AND purpose = 'verify_bound'
               AND state IN ('created', 'waiting', 'scanned', 'confirmed')",
        )
        .bind(change)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Supersedes the scans to sign in of a browser: somebody signed in there, or was signed out. Whoever
    /// photographed the QR before must not replace the account there (QR-07).
    pub(crate) async fn supersede_sign_in_scans_of(&mut self, browser: &BrowserId) -> Result<(), Problem> {
        sqlx::query(
            "UPDATE scan SET state = 'superseded'
             WHERE browser = ? AND purpose = 'sign_in' AND state IN ('created', 'waiting', 'scanned', 'confirmed')",
        )
        .bind(browser)
        .execute(self.connection())
        .await?;
        self.pending.browser(browser);
        Ok(())
    }

    /// Supersedes the scans by which somebody is about to sign in to an account (P6, STP-09, SES-06). Those
    /// for changes end with their change or session, and those of other accounts go on.
    pub(crate) async fn supersede_sign_in_scans(
        &mut self,
        account: &AccountId,
        which: SignInScans<'_>,
    ) -> Result<(), Problem> {
        let (within, outside) = match which {
            SignInScans::InAllBrowsers => (None, None),
            SignInScans::Outside(browser) => (None, Some(browser)),
            SignInScans::In(browser) => (Some(browser), None),
        };
        sqlx::query(
            "UPDATE scan SET state = 'superseded'
             WHERE purpose = 'sign_in' AND state IN ('scanned', 'confirmed')
               AND browser = coalesce(?, browser) AND browser IS NOT ?
               AND wechat = (SELECT wechat FROM account WHERE id = ?)",
        )
        .bind(within)
        .bind(outside)
        .bind(account)
        .execute(self.connection())
        .await?;
        self.pending.streams();
        Ok(())
    }
}
