//! Erasing an account with everything personal (C7, DEL-04, DEL-05), in the transaction of the effect that
//! decided it.
//!
//! Nothing that remains leads back to the person: security events and the receipt are under a pseudonym that
//! stood in the account's row alone, tokens of ended sessions are without an owner, and the number rests for
//! its day. Timestamps do not lead back either: where one transaction wrote the same one into an event and
//! into a row that remains, that row keeps the day alone. A number or a WeChat that another account holds too
//! belongs to that one as well; what belongs to the number as such stays with it (P9). Limits go on: what was
//! counted for a number, a browser or a network stays for its day, without the account.

use super::WriteTx;
use super::values::Name;
use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::message::Farewell;
use crate::domain::presence::Presence;
use crate::problem::Problem;
use crate::rules::limits;
use contract::refusal::SessionEnd;

/// In this order: later statements look for what earlier ones left. `?1` is the account, `?2` its number,
/// `?3` its WeChat, `?4` now, `?5` the end of the number's rest, `?6` why its sessions ended.
const STEPS: [&str; 30] = [
    // Codes to numbers that it let go, as long as nobody else holds them, are its own. Any other code
    // counts for the number it was sent to, its browser and its network, and does so on (G2).
    "DELETE FROM code WHERE account = ?1 AND phone IN (SELECT phone FROM resting WHERE held_by = ?1)
        AND NOT EXISTS (SELECT 1 FROM account WHERE phone = code.phone)",
    "UPDATE code SET account = NULL, change = NULL, hash = x'', used_at = NULL, void = 1 WHERE account = ?1",
    // Numbers that it held rest on, for everybody alike.
    "INSERT INTO resting (phone, held_by, until) SELECT phone, NULL, until FROM resting WHERE held_by = ?1
        ON CONFLICT (phone, coalesce(held_by, '')) DO UPDATE SET until = MAX(until, excluded.until)",
    "DELETE FROM resting WHERE held_by = ?1",
    "INSERT INTO resting (phone, held_by, until) VALUES (?2, NULL, ?5)
        ON CONFLICT (phone, coalesce(held_by, '')) DO UPDATE SET until = MAX(until, excluded.until)",
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
    // Counted on for the browser (QR-10); that they were begun in a session stays.
    "UPDATE scan SET account = NULL, change = NULL, session = NULL, wechat = NULL, state = 'superseded'
        WHERE account = ?1",
    "UPDATE attempt SET subject = NULL WHERE kind = 'number' AND subject = ?1",
    "DELETE FROM upload WHERE account = ?1",
    // The account points at one of its pictures, and they at it.
    "UPDATE account SET avatar = NULL WHERE id = ?1",
    "DELETE FROM picture WHERE account = ?1",
    // Whoever set out to delete it finds nothing to delete any more.
    "UPDATE change SET about = NULL WHERE about = ?1",
    "UPDATE cancellation SET done_at = ?4 WHERE pseudonym = (SELECT pseudonym FROM account WHERE id = ?1)",
    "DELETE FROM account WHERE id = ?1",
    // What is the number's, unless somebody else's is the same.
    "DELETE FROM sign_in WHERE phone = ?2 AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    "DELETE FROM code WHERE phone = ?2 AND account IS NULL AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    "DELETE FROM chain WHERE phone = ?2 AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    "UPDATE attempt SET subject = NULL WHERE kind <> 'number' AND subject = ?2
        AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    // And what is the WeChat's; one that is about to be bound to another account is that one's.
    "DELETE FROM sign_in WHERE wechat = ?3 AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = ?3)",
    "UPDATE scan SET wechat = NULL, state = 'superseded'
        WHERE wechat = ?3 AND account IS NULL AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = ?3)",
    "DELETE FROM wechat WHERE id = ?3 AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = ?3)
        AND NOT EXISTS (SELECT 1 FROM scan WHERE wechat = ?3)",
];

impl WriteTx {
    /// Erases an account and everything personal of it, and writes a message by which the meeting service does
    /// the same. `why` is what its devices are told.
    pub(crate) async fn erase(
        &mut self,
        account: &Account,
        why: SessionEnd,
        now: Moment,
    ) -> Result<(), Problem> {
        let (running, drop) = self.meetings_of(&account.id, now).await?;
        let (own, others): (Vec<_>, Vec<_>) = running.into_iter().partition(|presence| presence.own);
        let names = |list: Vec<Presence>| list.into_iter().map(|presence| presence.meeting).collect();
        let farewell =
            Farewell { account: account.id.to_string(), end: names(own), leave: names(others), drop };
        self.notify_service(&farewell, now).await?;
        for sql in STEPS {
            sqlx::query(sql)
                .bind(&account.id)
                .bind(account.phone.as_str())
                .bind(account.wechat_id())
                .bind(now)
                .bind(now.after(limits::REST))
                .bind(Name(why))
                .execute(self.connection())
                .await?;
        }
        self.pending.streams();
        Ok(())
    }
}
