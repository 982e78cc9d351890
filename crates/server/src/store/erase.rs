//! Erasing an account with all its personal data (C7, DEL-04, DEL-05), in the transaction of the effect that
//! decided it.
//!
//! No remaining row leads back to the person: security events and the receipt carry a pseudonym, which only
//! the deleted row tied to the account, tokens of ended sessions have no owner, and the number rests for its day. Nor do
//! timestamps: where one transaction wrote the same one into an event and into a remaining row, that row
//! keeps the day alone. A number or a WeChat that another account holds too stays with that one; data of the
//! number itself stays with the number (P9). Limits continue: what was counted for a number, a browser or a
//! network stays for its day, without the account.

use super::WriteTx;
use super::values::Name;
use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::message::Farewell;
use crate::domain::presence::Presence;
use crate::problem::Problem;
use crate::rules::limits;
use contract::refusal::SessionEnd;

/// In this order: later statements depend on what earlier ones left. `?1` is the account, `?2` its number,
/// `?3` its WeChat, `?4` now, `?5` the end of the number's rest, `?6` why its sessions ended.
const STEPS: [&str; 30] = [
    // Codes to numbers that the account unbound are its own, unless somebody else holds the number now. All
    // other codes still count for their number, browser and network (G2).
    "DELETE FROM code WHERE account = ?1 AND phone IN (SELECT phone FROM resting WHERE held_by = ?1)
        AND NOT EXISTS (SELECT 1 FROM account WHERE phone = code.phone)",
    "UPDATE code SET account = NULL, change = NULL, hash = x'', used_at = NULL, void = 1 WHERE account = ?1",
    // Numbers that it held keep resting, for everybody alike.
    "INSERT INTO resting (phone, held_by, until) SELECT phone, NULL, until FROM resting WHERE held_by = ?1
        ON CONFLICT (phone, coalesce(held_by, '')) DO UPDATE SET until = MAX(until, excluded.until)",
    "DELETE FROM resting WHERE held_by = ?1",
    "INSERT INTO resting (phone, held_by, until) VALUES (?2, NULL, ?5)
        ON CONFLICT (phone, coalesce(held_by, '')) DO UPDATE SET until = MAX(until, excluded.until)",
    "INSERT INTO last_word (token_hash, ended_at, why)
        SELECT token_hash, ?4 / 86400000 * 86400000, ?6 FROM session WHERE account = ?1",
    "DELETE FROM session WHERE account = ?1",
    // A sign-in may have created the browser, and ended another account's session in it.
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
    // They still count for the browser (QR-10); that they were begun in a session stays.
    "UPDATE scan SET account = NULL, change = NULL, session = NULL, wechat = NULL, state = 'superseded'
        WHERE account = ?1",
    "UPDATE attempt SET subject = NULL WHERE kind = 'number' AND subject = ?1",
    "DELETE FROM upload WHERE account = ?1",
    // The account refers to one of its pictures, and they to it.
    "UPDATE account SET avatar = NULL WHERE id = ?1",
    "DELETE FROM picture WHERE account = ?1",
    // Changes about this account, e.g. to delete it, lose their subject.
    "UPDATE change SET about = NULL WHERE about = ?1",
    "UPDATE cancellation SET done_at = ?4 WHERE pseudonym = (SELECT pseudonym FROM account WHERE id = ?1)",
    "DELETE FROM account WHERE id = ?1",
    // Data of the number, unless another account holds it.
    "DELETE FROM sign_in WHERE phone = ?2 AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    "DELETE FROM code WHERE phone = ?2 AND account IS NULL AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    "DELETE FROM chain WHERE phone = ?2 AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    "UPDATE attempt SET subject = NULL WHERE kind <> 'number' AND subject = ?2
        AND NOT EXISTS (SELECT 1 FROM account WHERE phone = ?2)",
    // Data of the WeChat, unless another account holds it; scans for another account stay.
    "DELETE FROM sign_in WHERE wechat = ?3 AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = ?3)",
    "UPDATE scan SET wechat = NULL, state = 'superseded'
        WHERE wechat = ?3 AND account IS NULL AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = ?3)",
    "DELETE FROM wechat WHERE id = ?3 AND NOT EXISTS (SELECT 1 FROM account WHERE wechat = ?3)
        AND NOT EXISTS (SELECT 1 FROM scan WHERE wechat = ?3)",
];

impl WriteTx {
    /// Erases an account with all its personal data, and writes a message that tells the meeting service to
    /// do the same. `why` is the reason that its devices get.
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
