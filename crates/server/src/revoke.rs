//! What a changed factor ends and voids (P6, STP-09, SES-03): login sessions, codes, waiting
//! sign-ins, scans, proofs, other changes. Everything in the transaction of the change itself.

use crate::clock::Moment;
use crate::problem::Problem;
use crate::scan::{self, Where};
use crate::session::Session;
use crate::store::text_of;
use contract::refusal::SessionEnd;
use sqlx::SqliteConnection;

/// Which session of the account goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// None; the person signs in anew.
    Nothing,
    /// The one that made the change.
    ThisSession,
}

/// Ends the account's login sessions and tells why. The epoch is raised first, so a session that
/// this list somehow missed is over all the same.
pub(crate) async fn end_sessions(
    connection: &mut SqliteConnection,
    session: &Session,
    keep: Keep,
    why: SessionEnd,
    now: Moment,
) -> Result<(), Problem> {
    let account = &session.account.id;
    sqlx::query("UPDATE account SET epoch = epoch + 1 WHERE id = ?")
        .bind(account)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE session SET ended_at = ?, ended_why = ? WHERE account = ? AND id <> ? AND ended_at IS NULL",
    )
    .bind(now.millis())
    .bind(text_of(why))
    .bind(account)
    .bind(&session.id)
    .execute(&mut *connection)
    .await?;
    // Whoever was thrown out is a stranger to the account from now on.
    sqlx::query("UPDATE device SET known = 0 WHERE account = ? AND id <> ?")
        .bind(account)
        .bind(&session.device)
        .execute(&mut *connection)
        .await?;
    let this = match keep {
        Keep::Nothing => sqlx::query("UPDATE session SET ended_at = ?, ended_why = ? WHERE id = ?")
            .bind(now.millis())
            .bind(text_of(why))
            .bind(&session.id),
        Keep::ThisSession => sqlx::query(
            "UPDATE session SET epoch = (SELECT epoch FROM account WHERE id = session.account) WHERE id = ?",
        )
        .bind(&session.id),
    };
    this.execute(connection).await?;
    Ok(())
}

/// Ends the sessions of the account that were opened by its WeChat, but not this one (W6); answers
/// how many. Those opened by SMS or password go on, so the epoch stays.
pub(crate) async fn end_wechat_sessions(
    connection: &mut SqliteConnection,
    session: &Session,
    now: Moment,
) -> Result<u32, Problem> {
    let devices: Vec<String> = sqlx::query_scalar(
        "UPDATE session SET ended_at = ?, ended_why = ?
         WHERE account = ? AND id <> ? AND way = 'wechat' AND ended_at IS NULL RETURNING device",
    )
    .bind(now.millis())
    .bind(text_of(SessionEnd::WechatChanged))
    .bind(&session.account.id)
    .bind(&session.id)
    .fetch_all(&mut *connection)
    .await?;
    for device in &devices {
        sqlx::query("UPDATE device SET known = 0 WHERE id = ? AND id <> ?")
            .bind(device)
            .bind(&session.device)
            .execute(&mut *connection)
            .await?;
    }
    Ok(u32::try_from(devices.len()).unwrap_or(u32::MAX))
}

/// Voids whatever is under way for the account but the change that is being concluded: codes,
/// waiting sign-ins, proofs and grants, other changes.
pub(crate) async fn void_pending(
    connection: &mut SqliteConnection,
    account: &str,
    concluded: &str,
) -> Result<(), Problem> {
    sqlx::query("UPDATE code SET void = 1 WHERE account = ? AND used_at IS NULL")
        .bind(account)
        .execute(&mut *connection)
        .await?;
    // A code to sign in belongs to the number alone, and so to the account that holds it.
    sqlx::query(
        "UPDATE code SET void = 1
         WHERE account = '' AND used_at IS NULL AND phone = (SELECT phone FROM account WHERE id = ?)",
    )
    .bind(account)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM sign_in_account WHERE account = ?")
        .bind(account)
        .execute(&mut *connection)
        .await?;
    scan::supersede_sign_ins(connection, account, Where::Anywhere).await?;
    // Scans end with the change they are for.
    sqlx::query("DELETE FROM change WHERE account = ? AND id <> ?")
        .bind(account)
        .bind(concluded)
        .execute(connection)
        .await?;
    Ok(())
}

/// Voids the codes and waiting sign-ins of the account in other browsers than this one. Changes
/// stay: their proofs ended with their sessions, and whoever signs in again goes on there (P5).
pub(crate) async fn void_elsewhere(
    connection: &mut SqliteConnection,
    session: &Session,
) -> Result<(), Problem> {
    for sql in [
        "UPDATE code SET void = 1 WHERE account = ? AND browser <> ? AND used_at IS NULL",
        "UPDATE code SET void = 1 WHERE account = '' AND used_at IS NULL
            AND phone = (SELECT phone FROM account WHERE id = ?) AND browser <> ?",
        "DELETE FROM sign_in_account WHERE account = ?
            AND sign_in IN (SELECT id FROM sign_in WHERE browser <> ?)",
    ] {
        sqlx::query(sql).bind(&session.account.id).bind(&session.browser).execute(&mut *connection).await?;
    }
    scan::supersede_sign_ins(connection, &session.account.id, Where::Elsewhere(&session.browser)).await
}

/// Ends the session of one other device of the account, and what is under way in its browser to come
/// in again (SES-06). A change that was proven there has lost its proof with the session.
pub(crate) async fn end_device(
    connection: &mut SqliteConnection,
    session: &Session,
    device: &str,
    now: Moment,
) -> Result<(), Problem> {
    let account = &session.account.id;
    sqlx::query(
        "UPDATE session SET ended_at = ?, ended_why = ? WHERE account = ? AND device = ? AND ended_at IS NULL",
    )
    .bind(now.millis())
    .bind(text_of(SessionEnd::EndedElsewhere))
    .bind(account)
    .bind(device)
    .execute(&mut *connection)
    .await?;
    let browser: String = sqlx::query_scalar("UPDATE device SET known = 0 WHERE id = ? RETURNING browser")
        .bind(device)
        .fetch_one(&mut *connection)
        .await?;
    for sql in [
        "UPDATE code SET void = 1 WHERE account = ? AND browser = ? AND used_at IS NULL",
        "UPDATE code SET void = 1 WHERE account = '' AND used_at IS NULL
            AND phone = (SELECT phone FROM account WHERE id = ?) AND browser = ?",
        "DELETE FROM sign_in_account WHERE account = ?
            AND sign_in IN (SELECT id FROM sign_in WHERE browser = ?)",
    ] {
        sqlx::query(sql).bind(account).bind(&browser).execute(&mut *connection).await?;
    }
    scan::supersede_sign_ins(connection, account, Where::Here(&browser)).await
}
