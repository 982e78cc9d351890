//! Past meetings in the table `presence` (H1–H3).

use super::Reader;
use super::values::Columns;
use crate::clock::Moment;
use crate::domain::ids::DeviceId;
use crate::domain::session::Session;
use crate::problem::Problem;
use crate::rules::meetings;
use contract::account::DeviceKind;

/// The meeting after which a page begins: when it ended, in milliseconds since 1970, and its name.
pub(crate) struct HistoryCursor {
    pub(crate) ended_at: i64,
    pub(crate) meeting: String,
}

/// A meeting that is over for the account.
pub(crate) struct PastPresence {
    pub(crate) meeting: String,
    /// Absent if the meeting had none.
    pub(crate) title: Option<String>,
    pub(crate) own: bool,
    pub(crate) device: DeviceId,
    pub(crate) kind: DeviceKind,
    pub(crate) started_at: Moment,
    pub(crate) ended_at: Moment,
    /// Whether it is listed on every device.
    pub(crate) synced: bool,
}

impl Reader {
    /// The past meetings that the session's device may list, newest first. Each is listed once, by those of
    /// its presences that this device may know, and not while the account is in it.
    pub(crate) async fn past_meetings(
        &mut self,
        session: &Session,
        before: &HistoryCursor,
        most: usize,
        now: Moment,
    ) -> Result<Vec<PastPresence>, Problem> {
        let rows = sqlx::query(
            "WITH known AS (
                 SELECT * FROM presence p
                 WHERE account = ?1 AND ended_at IS NOT NULL AND (synced = 1 OR device = ?2)
                   AND NOT EXISTS (SELECT 1 FROM presence r
                                   WHERE r.account = ?1 AND r.meeting = p.meeting AND r.ended_at IS NULL
                                     AND r.started_at > ?6)
             ), listed AS (
                 SELECT meeting, MIN(started_at) AS started_at, MAX(ended_at) AS ended_at, MAX(synced IS 1) AS synced
                 FROM known GROUP BY meeting
             )
             SELECT l.meeting, l.started_at, l.ended_at, l.synced, k.device, k.kind, k.own, k.title
             FROM listed l JOIN known k ON k.meeting = l.meeting AND k.ended_at = l.ended_at
             WHERE l.ended_at < ?3 OR (l.ended_at = ?3 AND l.meeting < ?4)
             GROUP BY l.meeting ORDER BY l.ended_at DESC, l.meeting DESC LIMIT ?5",
        )
        .bind(&session.account.id)
        .bind(&session.device)
        .bind(before.ended_at)
        .bind(&before.meeting)
        .bind(most as i64)
        .bind(now.before(meetings::LONGEST))
        .fetch_all(self.connection())
        .await?;
        let mut past = Vec::with_capacity(rows.len());
        for row in &rows {
            past.push(PastPresence {
                meeting: row.column("meeting")?,
                title: Some(row.column("title")?).filter(|title: &String| !title.is_empty()),
                own: row.column("own")?,
                device: row.column("device")?,
                kind: row.name("kind")?,
                started_at: row.column("started_at")?,
                ended_at: row.column("ended_at")?,
                synced: row.column("synced")?,
            });
        }
        Ok(past)
    }
}
