//! An account goes with everything personal (C7, DEL-04, DEL-05), in the transaction of whoever
//! decided it.
//!
//! What stays has no way back to the person: events and the receipt under a pseudonym that was the
//! account row's alone, tokens of ended sessions without whose they were, and the number that
//! rests, for its day. Nor do moments lead back: where one transaction wrote the same one into an
//! event and into a row that lives on, that row keeps the day alone. A number or a WeChat that another account holds too is that one's as well;
//! what belongs to the number as such then stays with it (P9). Budgets go on: what was counted for a
//! stranger's number, a browser or a network stays for its day, without the account.

use crate::account::Account;
use crate::clock::Moment;
use crate::gateway::meetings::Farewell;
use crate::meeting::{self, Presence};
use crate::outbox;
use crate::problem::Problem;
use crate::rules;
use crate::store::text_of;
use contract::refusal::SessionEnd;
use sqlx::SqliteConnection;

/// In this order, for later ones look for what earlier ones left. `?1` is the account, `?2` its
/// number, `?3` its WeChat, `?4` now, `?5` until when the number rests, `?6` why its sessions ended.
const STEPS: [&str; 30] = [
    // Codes to numbers that it let go, as long as nobody else holds them, are its own. Any other code
    // counts for the number it was sent to, its browser and its network, and does so on (G2).
    "DELETE FROM code WHERE account = ?1 AND phone IN (SELECT phone FROM resting WHERE held_by = ?1)
        AND NOT EXISTS (SELECT 1 FROM account WHERE phone = code.phone)",
    "UPDATE code SET account = '', change = '', hash = x'', used_at = NULL, void = 1 WHERE account = ?1",
    // Numbers that it held rest on, for everybody alike.
    "INSERT INTO resting (phone, held_by, until) SELECT phone, '', until FROM resting WHERE held_by = ?1
        ON CONFLICT (phone, held_by) DO UPDATE SET until = MAX(until, excluded.until)",
    "DELETE FROM resting WHERE held_by = ?1",
    "INSERT INTO resting (phone, held_by, until) VALUES (?2, '', ?5)
        ON CONFLICT (phone, held_by) DO UPDATE SET until = MAX(until, excluded.until)",
    "INSERT INTO last_word (token_hash, ended_at, why)
        SELECT token_hash, ?4 / 86400000 * 86400000, ?6 FROM session WHERE account = ?1",
    "DELETE FROM session WHERE account = ?1",
    // A sign-in may have made the browser, and ended what another account had there.
    "UPDATE browser SET created_at = created_at / 86400000 * 86400000
        WHERE id IN (SELECT browser FROM device WHERE account = ?1)",
    "UPDATE session SET ended_at = ended_at / 86400000 * 86400000
        WHERE browser IN (SELECT browser FROM device WHERE account = ?1)",
    "DELETE FROM presence WHERE account = ?1",
    "DELETE FROM scheduled WHERE account = ?1",
    "DELETE FROM device WHERE account = ?1",
    "DELETE FROM outcome WHERE account = ?1",
    "DELETE FROM change WHERE account = ?1",
    "DELETE FROM sign_in_account WHERE account = ?1",
    // Counted on for browser and network (QR-10); `-` is a session that nobody has, for those of a
    // session cost the network nothing.
    "UPDATE scan SET account = '', change = '', session = '-', wechat = NULL, state = 'superseded'
        WHERE account = ?1",
    "UPDATE attempt SET subject = '' WHERE kind = 'number' AND subject = ?1",
    "DELETE FROM upload WHERE account = ?1",
    // The account points at one of its pictures, and they at it.
    "UPDATE account SET avatar = NULL WHERE id = ?1",
    "DELETE FROM picture WHERE account = ?1",
    // Whoever set out to delete it finds nothing to delete any more.
    "UPDATE change SET about = '' WHERE about = ?1",
    "UPDATE cancellation SET done_at = ?4 WHERE pseudonym = (SELECT pseudonym FROM account WHERE id = ?1)",
    "DELETE FROM account WHERE id = ?1",
    // What is the number's, unless somebody else's is the same.
    "DELETE FROM sign_in WHERE phone = ?2 AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    "DELETE FROM code WHERE phone = ?2 AND account = '' AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    "DELETE FROM chain WHERE phone = ?2 AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    "UPDATE attempt SET subject = '' WHERE kind <> 'number' AND subject = ?2
        AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    // And what is the WeChat's; one that is about to be bound to another account is that one's.
    "DELETE FROM sign_in WHERE wechat = ?3 AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = ?3)",
    "UPDATE scan SET wechat = NULL, state = 'superseded'
        WHERE wechat = ?3 AND account = '' AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = ?3)",
    "DELETE FROM wechat WHERE id = ?3 AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = ?3)
        AND NOT EXISTS (SELECT 1 FROM scan WHERE wechat = ?3)",
];

/// Removes an account and everything personal of it, and tells the meeting service to do the same.
/// `why` is what its devices are told.
pub(crate) async fn erase(
    connection: &mut SqliteConnection,
    account: &Account,
    why: SessionEnd,
    now: Moment,
) -> Result<(), Problem> {
    let (running, drop) = meeting::of(connection, &account.id, now).await?;
    let (own, others): (Vec<_>, Vec<_>) = running.into_iter().partition(|presence| presence.own);
    let names = |list: Vec<Presence>| list.into_iter().map(|presence| presence.meeting).collect();
    let farewell = Farewell { account: account.id.clone(), end: names(own), leave: names(others), drop };
    outbox::forget(connection, &farewell, now).await?;
    for sql in STEPS {
        sqlx::query(sql)
            .bind(&account.id)
            .bind(account.phone.as_str())
            .bind(account.wechat_id())
            .bind(now.millis())
            .bind(now.after(rules::REST).millis())
            .bind(text_of(why))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
