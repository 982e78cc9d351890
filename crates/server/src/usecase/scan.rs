//! Scans: begun here, given a QR, scanned and answered by a phone (QR-01…06, 09, 10, 15).
//!
//! WeChat is asked for the QR between two transactions: the first writes the scan and supersedes the earlier
//! one, so that no two can be scanned, the second makes it wait.

use crate::clock::Moment;
use crate::domain::ids::ScanId;
use crate::domain::scan::life::{self, Event, Phone};
use crate::domain::scan::{BegunScan, Consent, Identity, ScanBinding, StoredScan};
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::rules::{limits, window};
use crate::state::AppState;
use crate::store::{Reader, WriteTx};
use contract::account::DeviceKind;
use contract::refusal::Refusal;
use contract::scan::{Scan, ScanPurpose, ScanState};

/// Begins a scan in the caller's transaction, within all limits. [`make_qr`] follows the commit.
pub(crate) async fn begin(
    state: &AppState,
    tx: &mut WriteTx,
    binding: ScanBinding<'_>,
    device_kind: DeviceKind,
    now: Moment,
) -> Result<BegunScan, Problem> {
    within_limits(state, tx, binding, now).await?;
    tx.insert_scan(binding, device_kind, now).await
}

/// The limits of beginning (QR-10): a browser's, then its network's, which never refuses signed-in sessions and known
/// browsers (OTP-09).
async fn within_limits(
    state: &AppState,
    reader: &mut Reader,
    binding: ScanBinding<'_>,
    now: Moment,
) -> Result<(), Problem> {
    let (requester, configured) = (binding.requester, &state.config.limits);
    let since = window::hour_before(now);
    let refuse = |first: Option<Moment>| match first {
        Some(first) => Err(Problem::over_budget(now.seconds_until(first.after(limits::HOUR)))),
        None => Ok(()),
    };
    let most = configured.scans_per_browser_and_hour;
    refuse(reader.nth_scan_of_browser(requester.browser, most, since).await?)?;
    if binding.change.is_none() && !reader.is_browser_known(requester.browser).await? {
        let most = configured.scans_per_network_and_hour;
        refuse(reader.nth_sign_in_scan_of_network(requester.network, most, since).await?)?;
    }
    Ok(())
}

/// Asks WeChat for the QR, outside every transaction, and makes the scan wait; answers the content of the QR, or
/// `WECHAT_BUSY`, and the scan has failed (EX-02).
pub(crate) async fn make_qr(state: &AppState, begun: &BegunScan) -> Result<String, Problem> {
    let made = state.wechat.qr(&begun.scene).await;
    let event = if made.is_ok() { Event::QrMade } else { Event::QrFailed };
    let now = state.now();
    let mut tx = state.store.write().await?;
    let scan = tx.scan_of_scene(&begun.scene.hash(), now).await?.ok_or(Refusal::NotFound)?;
    tx.move_scan(&scan, event, None, now).await?;
    tx.commit().await?;
    made.map_err(|why| {
        tracing::warn!(why = why.0, "WeChat made no QR");
        Refusal::WechatBusy.into()
    })
}

/// The scan with an id, for the browser that began it; for a change, in its login session too. Everybody else
/// gets the same answer as for no scan at all (QR-02, QR-10).
pub(crate) async fn find(
    reader: &mut Reader,
    visitor: &Visitor,
    id: &ScanId,
    now: Moment,
) -> Result<StoredScan, Problem> {
    let scan = reader.scan_of_browser(visitor.browser.as_ref(), id, now).await?;
    if scan.signed_in {
        // If the session ended, the refusal says why.
        let session = reader.session(visitor, now).await?;
        if scan.session.as_ref() != Some(&session.id) {
            return Err(Refusal::NotFound.into());
        }
    }
    Ok(scan)
}

/// The present state of a scan.
pub(crate) async fn show(state: &AppState, visitor: &Visitor, id: &ScanId) -> Result<Scan, Problem> {
    let now = state.now();
    let mut reader = state.store.read().await?;
    Ok(find(&mut reader, visitor, id, now).await?.shown(now))
}

/// Refuses a browser that asks faster than any app does, until the next minute, whatever it asks about (QR-10).
pub(crate) fn within_pace(state: &AppState, visitor: &Visitor) -> Result<(), Problem> {
    let browser = visitor.browser.as_ref().ok_or(Refusal::NotFound)?;
    let seconds = state.now().millis() / 1000;
    if state.wakeups.scans().may_poll(browser, seconds / 60) {
        return Ok(());
    }
    let after = u32::try_from(60 - seconds.rem_euclid(60)).unwrap_or(60);
    Err(Problem::over_budget(after))
}

/// A phone scanned the QR. The first one owns the scan; another one, and a phone whose scan is over, is refused.
pub(crate) async fn scanned(
    state: &AppState,
    scene_hash: &[u8],
    who: &Identity,
    now: Moment,
) -> Result<Consent, Problem> {
    let mut tx = state.store.write().await?;
    let scan = tx.scan_of_scene(scene_hash, now).await?.ok_or(Refusal::NotFound)?;
    let phone = life::phone(scan.wechat.as_deref(), who);
    tx.remember_wechat(who, now).await?;
    let moved = tx.move_scan(&scan, Event::Scanned(phone), Some(&who.id), now).await?;
    let consent = consent(&mut tx, &scan, who, now).await?;
    tx.commit().await?;
    let state = moved.unwrap_or(scan.state);
    match (phone, state) {
        (_, state) if state.refusal().is_some() => Err(refusal_for_phone(state).into()),
        // There is nothing left to ask.
        (Phone::Owner, ScanState::Confirmed | ScanState::Consumed) => Err(Refusal::ScanExpired.into()),
        (Phone::Owner, _) => Ok(consent),
        // Somebody else's scan is not described.
        (Phone::Other | Phone::Visitor, _) => Err(Refusal::Forbidden.into()),
    }
}

/// A phone allowed or refused; answers the state of the scan. Repeated and late answers change nothing.
pub(crate) async fn answered(
    state: &AppState,
    scene_hash: &[u8],
    who: &Identity,
    allow: bool,
    now: Moment,
) -> Result<ScanState, Problem> {
    let mut tx = state.store.write().await?;
    let scan = tx.scan_of_scene(scene_hash, now).await?.ok_or(Refusal::NotFound)?;
    let phone = life::phone(scan.wechat.as_deref(), who);
    let event =
        if allow { Event::Allowed(phone, fit(&mut tx, &scan, who).await?) } else { Event::Refused(phone) };
    tx.remember_wechat(who, now).await?;
    let moved = tx.move_scan(&scan, event, Some(&who.id), now).await?;
    if moved == Some(ScanState::Confirmed)
        && scan.purpose == ScanPurpose::BindNew
        && let Some(change) = &scan.change
    {
        // The step changed without a request of the browser, so the version is raised (QR-18).
        tx.bump_any_version(change).await?;
    }
    tx.commit().await?;
    if phone == Phone::Other { Err(Refusal::Forbidden.into()) } else { Ok(moved.unwrap_or(scan.state)) }
}

/// The refusal that a phone gets for a scan that ended. It does not name the account.
fn refusal_for_phone(state: ScanState) -> Refusal {
    match state {
        ScanState::Snapshot => Refusal::WechatSnapshot,
        ScanState::Superseded => Refusal::ScanSuperseded,
        ScanState::Created
        | ScanState::Waiting
        | ScanState::Scanned
        | ScanState::Confirmed
        | ScanState::Consumed
        | ScanState::Denied
        | ScanState::Expired
        | ScanState::Mismatch
        | ScanState::Same
        | ScanState::Taken
        | ScanState::Failed => Refusal::ScanExpired,
    }
}

async fn fit(reader: &mut Reader, scan: &StoredScan, who: &Identity) -> Result<life::Fit, Problem> {
    let account = match &scan.account {
        Some(account) => reader.account(account).await?,
        None => None,
    };
    let taken = match &account {
        Some(account) => reader.is_wechat_taken(account, &who.id).await?,
        None => false,
    };
    let bound = account.as_ref().and_then(|account| account.wechat_id());
    Ok(life::fit(scan.purpose, &who.id, bound, taken))
}

async fn consent(
    reader: &mut Reader,
    scan: &StoredScan,
    who: &Identity,
    now: Moment,
) -> Result<Consent, Problem> {
    let action = match &scan.change {
        Some(change) => reader.action_of(change).await?,
        None => None,
    };
    // Whoever signs in is shown an own account; whoever verifies, the account of the change.
    let accounts = match (scan.purpose, &scan.account) {
        (ScanPurpose::SignIn, _) => reader.accounts_with_wechat(&who.id).await?,
        (ScanPurpose::VerifyBound | ScanPurpose::BindNew, Some(account)) => {
            reader.account(account).await?.into_iter().collect()
        }
        (ScanPurpose::VerifyBound | ScanPurpose::BindNew, None) => Vec::new(),
    };
    let mut masked: Vec<String> = accounts.iter().map(|account| account.phone.masked()).collect();
    masked.dedup();
    Ok(Consent {
        purpose: scan.purpose,
        action,
        account: (!masked.is_empty()).then(|| masked.join(", ")),
        device: scan.device_kind,
        at: scan.created_at.min(now),
        number: scan.number.clone(),
    })
}

/// Whether a phone that scans this would be asked for consent.
pub(crate) async fn is_awaited(state: &AppState, scene_hash: &[u8]) -> Result<bool, Problem> {
    let mut reader = state.store.read().await?;
    let scan = reader.scan_of_scene(scene_hash, state.now()).await?;
    Ok(scan.is_some_and(|scan| scan.state == ScanState::Waiting))
}
