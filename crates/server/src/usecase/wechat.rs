//! Replacing the WeChat, or binding the first (W1–W7).
//!
//! The new WeChat scans and allows it on its phone; the browser that began the scan then shows its nickname and
//! binds it.

use crate::clock::Moment;
use crate::domain::change::OpenChange;
use crate::domain::message::{Notice, Topic};
use crate::domain::scan::StoredScan;
use crate::domain::scan::life::{self, Fit};
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::rules;
use crate::state::AppState;
use crate::store::{EffectSession, Reader, SignInScans, WriteTx};
use crate::texts;
use crate::usecase::change::{self, find_for, must_be_fresh, must_be_proven, refuse_with_record};
use crate::usecase::conclude::{Applied, Concluded, Effect, EffectKey, once};
use crate::usecase::revoke;
use contract::activity::SecurityEvent;
use contract::change::{Change, ChangeStep};
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, ScanState, StartNewWechatScan};
use contract::wechat::BindWechat;

/// Begins a scan by the new WeChat.
pub(crate) async fn begin_scan(
    state: &AppState,
    visitor: &Visitor,
    request: &StartNewWechatScan,
) -> Result<Change, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    let open = find_for(Action::Wechat, &mut tx, &session, &request.change, request.version, now).await?;
    must_be_fresh(&mut tx, &open, &session, now).await?;
    way_still_open(&open, &session, now)?;
    change::begin_scan(state, tx, session, open, ScanPurpose::BindNew, now).await
}

/// Binds the WeChat that allowed it.
pub(crate) async fn bind(
    state: &AppState,
    visitor: &Visitor,
    key: EffectKey<'_>,
    request: &BindWechat,
) -> Result<Concluded, Problem> {
    once(state, visitor, key, async { Ok(WechatBinding { request }) }).await
}

/// The WeChat is replaced; sessions that the old one opened end, and this one gets a new token.
struct WechatBinding<'a> {
    request: &'a BindWechat,
}

impl Effect for WechatBinding<'_> {
    async fn apply(
        self,
        _: &AppState,
        tx: &mut WriteTx,
        session: &EffectSession,
        now: Moment,
    ) -> Result<Applied, Problem> {
        let (change, scan) = ready(tx, session, self.request, now).await?;
        let account = &session.account;
        let wechat = tx.redeem_scan(&scan, now).await?;
        let taken = tx.is_wechat_taken(account, &wechat).await?;
        match life::fit(ScanPurpose::BindNew, &wechat, account.wechat_id(), taken) {
            Fit::Fits => {}
            Fit::Same => return Err(Refusal::WechatSame.into()),
            Fit::Taken => return Err(Refusal::WechatTaken.into()),
            Fit::Mismatch => return Err(Refusal::WechatMismatch.into()),
        }
        let ended = tx.end_wechat_sessions(session, now).await?;
        // Pending sign-ins are by the old WeChat, or by the new one since before it opened this account.
        revoke::pending(tx, account, &change.id).await?;
        tx.replace_wechat(session, &wechat).await?;
        tx.supersede_sign_in_scans(&account.id, SignInScans::InAllBrowsers).await?;
        let first = account.wechat_id().is_none();
        let what = if first { SecurityEvent::WechatBound } else { SecurityEvent::WechatChanged };
        let profile = tx.wechat_profile(&wechat).await?;
        tx.renew_token(session).await?;
        Ok(Applied {
            events: vec![session.event(what, change.proven_way())],
            notices: vec![Notice {
                to: account.clone(),
                topic: Topic::WechatChanged,
                text: texts::wechat_changed(&account.phone, &profile.nickname, first, now),
            }],
            step: ChangeStep::WechatBound { wechat: profile, replaced: !first, ended },
            change,
            erases: None,
        })
    }
}

/// The change and the scan, if only the person's confirmation is missing (QR-18, STP-06).
async fn ready(
    reader: &mut Reader,
    session: &Session,
    request: &BindWechat,
    now: Moment,
) -> Result<(OpenChange, StoredScan), Problem> {
    let open = find_for(Action::Wechat, reader, session, &request.change, request.version, now).await?;
    // The proof had to be fresh when the scan was begun; a confirmed scan has a life of its own.
    must_be_proven(reader, &open, session, now).await?;
    way_still_open(&open, session, now)?;
    match reader.latest_scan(open.scan(session, ScanPurpose::BindNew), now).await? {
        Some(scan) if scan.state == ScanState::Confirmed => Ok((open, scan)),
        _ => Err(refuse_with_record(reader, &open, session, Refusal::StepOutOfOrder, now).await),
    }
}

/// Whether the way of the proof is still open for this change (W2, STP-04).
fn way_still_open(open: &OpenChange, session: &Session, now: Moment) -> Result<(), Refusal> {
    let way = open.proven_way().ok_or(Refusal::StepOutOfOrder)?;
    rules::proof::way_open(&session.account.ways(Action::Wechat, now), way)
}
