//! What a changed factor ends and voids (P6, STP-09, SES-03): login sessions, codes, waiting sign-ins, scans,
//! proofs, other changes. All in the transaction of the change itself.

use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::ids::{ChangeId, DeviceId};
use crate::problem::Problem;
use crate::store::{EffectSession, SignInScans, WriteTx};
use contract::refusal::SessionEnd;

/// Ends all sessions of the account, this one too, and voids everything pending but the change that is being
/// concluded.
pub(crate) async fn all_sessions(
    tx: &mut WriteTx,
    session: &EffectSession,
    concluded: &ChangeId,
    why: SessionEnd,
    now: Moment,
) -> Result<(), Problem> {
    tx.end_all_sessions(session, why, now).await?;
    pending(tx, &session.account, concluded).await
}

/// The same, but this session goes on.
pub(crate) async fn other_sessions(
    tx: &mut WriteTx,
    session: &EffectSession,
    concluded: &ChangeId,
    why: SessionEnd,
    now: Moment,
) -> Result<(), Problem> {
    tx.end_other_sessions(session, why, now).await?;
    pending(tx, &session.account, concluded).await
}

/// Voids everything pending of an account but the change that is being concluded: codes, waiting sign-ins,
/// scans to sign in, proofs and grants. Scans for changes end with their change.
pub(crate) async fn pending(
    tx: &mut WriteTx,
    account: &Account,
    concluded: &ChangeId,
) -> Result<(), Problem> {
    tx.void_codes_of(&account.id).await?;
    tx.withdraw_sign_ins(&account.id).await?;
    tx.supersede_sign_in_scans(&account.id, SignInScans::InAllBrowsers).await?;
    tx.delete_changes_but(&account.id, concluded).await
}

/// Ends the other sessions and voids codes and waiting sign-ins in other browsers. Changes stay: their proofs
/// ended with their sessions, and whoever signs in again goes on there (P5).
pub(crate) async fn elsewhere(tx: &mut WriteTx, session: &EffectSession, now: Moment) -> Result<(), Problem> {
    let (account, browser) = (&session.account.id, &session.browser);
    tx.end_other_sessions(session, SessionEnd::EndedElsewhere, now).await?;
    tx.void_codes_outside(account, browser).await?;
    tx.withdraw_sign_ins_outside(account, browser).await?;
    tx.supersede_sign_in_scans(account, SignInScans::Outside(browser)).await
}

/// Ends the session on one other device of the account, and voids codes and waiting sign-ins in its browser
/// (SES-06). A change that was proven there has lost its proof with the session.
pub(crate) async fn device(
    tx: &mut WriteTx,
    session: &EffectSession,
    device: &DeviceId,
    now: Moment,
) -> Result<(), Problem> {
    let account = &session.account.id;
    let browser = tx.end_session_on(session, device, now).await?;
    tx.void_codes_in(account, &browser).await?;
    tx.withdraw_sign_ins_in(account, &browser).await?;
    tx.supersede_sign_in_scans(account, SignInScans::In(&browser)).await
}
