//! Scans: the only place that makes them, moves them on and redeems them (QR-01…06, 09, 10, 15).
//!
//! A scan has two secrets. The scene is in the QR, for every camera in the room, and is stored as a
//! hash alone; it can be answered by a phone and nothing else. The id is the opener's: asking and
//! redeeming find a row by id and browser, and by the login session for a change. Everybody else is
//! told `NOT_FOUND`, as if there were no such scan.
//!
//! WeChat is asked for the QR between two transactions: the first writes the scan and supersedes
//! the earlier one, so that no two can be scanned, the second makes it wait. What may become of a
//! state is in [`life`] alone. A scan whose session, change or time is over is over whatever its row
//! says.

pub(crate) mod life;
pub(crate) mod watch;

use crate::account::Account;
use crate::app::App;
use crate::clock::Moment;
use crate::gateway::wechat::{Identity, Scene};
use crate::guess;
use crate::names;
use crate::problem::Problem;
use crate::rules;
use crate::secret;
use crate::session::{Asker, Visitor};
use crate::store::{moment, read_text, text_of};
use crate::words;
use contract::account::DeviceKind;
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::{Scan, ScanPurpose, ScanState};
use contract::wechat::{TONES, WechatProfile};
use life::{Event, Phone};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// Seconds between two questions of a browser that has no event stream.
const POLL_IN: u32 = 2;

/// Everything a scan is bound to. It opens nothing else (QR-07).
#[derive(Clone, Copy)]
pub(crate) struct Bond<'a> {
    pub(crate) asker: Asker<'a>,
    pub(crate) purpose: ScanPurpose,
    /// The login session it is begun in; empty when signing in.
    pub(crate) session: &'a str,
    /// Its account; empty when signing in.
    pub(crate) account: &'a str,
    /// The change it is begun for; empty when signing in.
    pub(crate) change: &'a str,
}

/// A scan that was written and has no QR yet.
pub(crate) struct Begun {
    id: String,
    scene: Scene,
}

impl Begun {
    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

/// Writes a scan into the caller's transaction, within all budgets; the earlier one of the same
/// bond is over from then on. [`draw`] comes after the commit.
pub(crate) async fn begin(
    app: &App,
    connection: &mut SqliteConnection,
    bond: Bond<'_>,
    device_kind: DeviceKind,
    now: Moment,
) -> Result<Begun, Problem> {
    within_budgets(app, connection, bond, now).await?;
    sqlx::query(
        "UPDATE scan SET state = 'superseded'
         WHERE browser = ? AND purpose = ? AND change = ?
           AND state IN ('created', 'waiting', 'scanned', 'confirmed')",
    )
    .bind(bond.asker.browser)
    .bind(text_of(bond.purpose))
    .bind(bond.change)
    .execute(&mut *connection)
    .await?;
    let (id, scene) = (secret::id(), Scene::new());
    sqlx::query(
        "INSERT INTO scan (id, scene_hash, purpose, state, browser, block, device_kind, session, account,
                           change, number, created_at, expires_at)
         VALUES (?, ?, ?, 'created', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&id)
    .bind(scene.hash())
    .bind(text_of(bond.purpose))
    .bind(bond.asker.browser)
    .bind(bond.asker.block)
    .bind(text_of(device_kind))
    .bind(bond.session)
    .bind(bond.account)
    .bind(bond.change)
    .bind(secret::digits(2))
    .bind(now.millis())
    .bind(now.after(rules::SCAN_LIFE).millis())
    .execute(connection)
    .await?;
    Ok(Begun { id, scene })
}

/// The budgets of beginning (QR-10): a browser's, then its network's, which those that are signed
/// in do not pay for.
async fn within_budgets(
    app: &App,
    connection: &mut SqliteConnection,
    bond: Bond<'_>,
    now: Moment,
) -> Result<(), Problem> {
    let limits = &app.config().limits;
    let whose_browser = bond.asker.browser;
    for (sql, whose, budget) in [
        (BY_BROWSER, bond.asker.browser, limits.scans_per_browser_and_hour),
        (BY_BLOCK, bond.asker.block, limits.scans_per_network_and_hour),
    ] {
        // Who is signed in, or was here before, does not pay for the neighbors (OTP-09).
        let is_own = sql == BY_BLOCK
            && (!bond.session.is_empty() || guess::is_known(connection, whose_browser).await?);
        if is_own {
            continue;
        }
        let first_of_budget: Option<i64> = sqlx::query_scalar(sql)
            .bind(whose)
            .bind(rules::hour_before(now).millis())
            .bind(budget.saturating_sub(1))
            .fetch_optional(&mut *connection)
            .await?;
        if let Some(first) = moment(first_of_budget) {
            return Err(Problem::over_budget(now.seconds_until(first.after(rules::HOUR))));
        }
    }
    Ok(())
}

const BY_BROWSER: &str = "SELECT created_at FROM scan WHERE browser = ? AND created_at > ? ORDER BY created_at DESC LIMIT 1 OFFSET ?";
const BY_BLOCK: &str = "SELECT created_at FROM scan WHERE block = ? AND created_at > ? AND session = '' ORDER BY created_at DESC LIMIT 1 OFFSET ?";

/// Asks WeChat for the QR, outside every transaction, and makes the scan wait; answers the text to
/// draw, or `WECHAT_BUSY` with the scan at its end (EX-02).
pub(crate) async fn draw(app: &App, begun: &Begun) -> Result<String, Problem> {
    let made = app.wechat().qr(&begun.scene).await;
    let event = if made.is_ok() { Event::QrMade } else { Event::QrFailed };
    let now = app.now();
    let mut tx = app.store().write().await?;
    let attempt = Attempt::by_scene(&mut tx, &begun.scene.hash(), now).await?.ok_or(Refusal::NotFound)?;
    attempt.moved(&mut tx, event, None, now).await?;
    tx.commit().await?;
    made.map_err(|why| {
        tracing::warn!(why = why.0, "WeChat made no QR");
        Refusal::WechatBusy.into()
    })
}

/// One scan as it stands at a moment.
pub(crate) struct Attempt {
    pub(crate) id: String,
    pub(crate) purpose: ScanPurpose,
    /// Where it stands, its time and its ground considered.
    pub(crate) state: ScanState,
    /// The state in its row.
    written: ScanState,
    /// The identity that owns it.
    pub(crate) wechat: Option<String>,
    session: String,
    account: String,
    pub(crate) change: String,
    device_kind: DeviceKind,
    number: String,
    created_at: Moment,
    expires_at: Moment,
}

/// Every column, and whether what a scan was begun for is still there: its login session and its
/// change. So nothing has to be remembered where those end (P6, STP-09).
const SELECT: &str = "
    SELECT s.*, s.session = '' OR (
        EXISTS (SELECT 1 FROM session l JOIN account a ON a.id = l.account
                WHERE l.id = s.session AND l.ended_at IS NULL AND l.epoch = a.epoch)
        AND EXISTS (SELECT 1 FROM change c WHERE c.id = s.change AND c.done IS NULL)) AS founded
    FROM scan s WHERE ";

fn select(condition: &'static str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{SELECT}{condition}"))
}

impl Attempt {
    fn read(row: &SqliteRow, now: Moment) -> Result<Self, Problem> {
        let written: ScanState = read_text(row.get("state"))?;
        let expires_at = Moment::from_millis(row.get("expires_at"));
        let mut state = written;
        if !row.get::<bool, _>("founded") {
            state = life::after(state, Event::Superseded).unwrap_or(state);
        }
        if expires_at <= now {
            state = life::after(state, Event::Expired).unwrap_or(state);
        }
        Ok(Self {
            id: row.get("id"),
            purpose: read_text(row.get("purpose"))?,
            state,
            written,
            wechat: row.get("wechat"),
            session: row.get("session"),
            account: row.get("account"),
            change: row.get("change"),
            device_kind: read_text(row.get("device_kind"))?,
            number: row.get("number"),
            created_at: Moment::from_millis(row.get("created_at")),
            expires_at,
        })
    }

    async fn by_scene(
        connection: &mut SqliteConnection,
        scene_hash: &[u8],
        now: Moment,
    ) -> Result<Option<Self>, Problem> {
        let row = sqlx::query(select("s.scene_hash = ?")).bind(scene_hash).fetch_optional(connection).await?;
        row.map(|row| Self::read(&row, now)).transpose()
    }

    /// The scan with an id, for the browser that began it; for a change, in its login session too.
    /// Everybody else is told the same as about no scan at all (QR-02, QR-10).
    pub(crate) async fn find(
        connection: &mut SqliteConnection,
        visitor: &Visitor,
        id: &str,
        now: Moment,
    ) -> Result<Self, Problem> {
        let row = sqlx::query(select("s.id = ? AND s.browser = ?"))
            .bind(id)
            .bind(&visitor.browser)
            .fetch_optional(&mut *connection)
            .await?
            .ok_or(Refusal::NotFound)?;
        let attempt = Self::read(&row, now)?;
        if !attempt.session.is_empty() {
            // The same browser may be told why it cannot ask any more.
            let session = visitor.session(connection, now).await?;
            if session.id != attempt.session {
                return Err(Refusal::NotFound.into());
            }
        }
        Ok(attempt)
    }

    /// The scan with an id under a bond, to be redeemed.
    pub(crate) async fn bonded(
        connection: &mut SqliteConnection,
        bond: Bond<'_>,
        id: &str,
        now: Moment,
    ) -> Result<Self, Problem> {
        let row = sqlx::query(select("s.id = ? AND s.browser = ? AND s.session = ? AND s.account = ?"))
            .bind(id)
            .bind(bond.asker.browser)
            .bind(bond.session)
            .bind(bond.account)
            .fetch_optional(connection)
            .await?
            .ok_or(Refusal::NotFound)?;
        let attempt = Self::read(&row, now)?;
        let same = attempt.purpose == bond.purpose && attempt.change == bond.change;
        if same { Ok(attempt) } else { Err(Refusal::NotFound.into()) }
    }

    /// The newest scan under a bond, as the record of a change shows it.
    pub(crate) async fn latest(
        connection: &mut SqliteConnection,
        bond: Bond<'_>,
        now: Moment,
    ) -> Result<Option<Self>, Problem> {
        let row = sqlx::query(select(
            "s.change = ? AND s.purpose = ? AND s.browser = ? AND s.session = ? AND s.account = ?
             ORDER BY s.created_at DESC, s.rowid DESC LIMIT 1",
        ))
        .bind(bond.change)
        .bind(text_of(bond.purpose))
        .bind(bond.asker.browser)
        .bind(bond.session)
        .bind(bond.account)
        .fetch_optional(connection)
        .await?;
        row.map(|row| Self::read(&row, now)).transpose()
    }

    /// Moves it on, if the event changes anything; `owner` is written with it.
    async fn moved(
        &self,
        connection: &mut SqliteConnection,
        event: Event,
        owner: Option<&str>,
        now: Moment,
    ) -> Result<Option<ScanState>, Problem> {
        let Some(next) = life::after(self.state, event) else { return Ok(None) };
        let expires_at = if next == ScanState::Confirmed {
            now.after(rules::confirmed_life(self.purpose))
        } else {
            self.expires_at
        };
        let moved = sqlx::query(
            "UPDATE scan SET state = ?, wechat = COALESCE(wechat, ?), expires_at = ?
             WHERE id = ? AND state = ? AND (wechat IS NULL OR ? IS NULL OR wechat = ?)",
        )
        .bind(text_of(next))
        .bind(owner)
        .bind(expires_at.millis())
        .bind(&self.id)
        .bind(text_of(self.written))
        .bind(owner)
        .bind(owner)
        .execute(connection)
        .await?;
        if moved.rows_affected() != 1 {
            return Err(Problem::fault("a scan moved under the write lock"));
        }
        Ok(Some(next))
    }

    /// Takes what was allowed, once (QR-05): the identity that allowed it. Inside the transaction
    /// of the effect it is for.
    pub(crate) async fn redeem(
        &self,
        connection: &mut SqliteConnection,
        now: Moment,
    ) -> Result<String, Problem> {
        let redeemed = self.moved(connection, Event::Redeemed, None, now).await?;
        match (redeemed, &self.wechat) {
            (Some(_), Some(wechat)) => Ok(wechat.clone()),
            (Some(_), None) => Err(Problem::fault("a confirmed scan is nobody's")),
            (None, _) => Err(self.not_confirmed().into()),
        }
    }

    /// Why it cannot be redeemed.
    fn not_confirmed(&self) -> Refusal {
        match self.state {
            // It was, by another request.
            ScanState::Consumed => Refusal::ScanExpired,
            state => state.refusal().unwrap_or(Refusal::StepOutOfOrder),
        }
    }

    /// Seconds until its present state ends by itself.
    pub(crate) fn expires_in(&self, now: Moment) -> u32 {
        let runs = self.state.is_open() || self.state == ScanState::Confirmed;
        if runs { now.seconds_until(self.expires_at) } else { 0 }
    }

    /// As its opener sees it.
    pub(crate) fn shown(&self, now: Moment) -> Scan {
        let known_to_both = self.wechat.is_some();
        Scan {
            id: self.id.clone(),
            purpose: self.purpose,
            state: self.state,
            number: known_to_both.then(|| self.number.clone()),
            expires_in: self.expires_in(now),
            poll_in: POLL_IN,
            qr: None,
        }
    }
}

/// What a phone shows before its owner says yes or no (QR-03).
pub(crate) struct Consent {
    pub(crate) purpose: ScanPurpose,
    /// What a change is about.
    pub(crate) action: Option<Action>,
    /// The masked number of the account it is for, if there is one.
    pub(crate) account: Option<String>,
    /// What the other screen is.
    pub(crate) device: DeviceKind,
    /// When the QR was asked for.
    pub(crate) at: Moment,
    /// The two digits on the other screen.
    pub(crate) number: String,
}

/// A phone has scanned the QR. The first owns it; another one, and a scan that is over, is told so.
pub(crate) async fn scanned(
    app: &App,
    scene_hash: &[u8],
    who: &Identity,
    now: Moment,
) -> Result<Consent, Problem> {
    let mut tx = app.store().write().await?;
    let attempt = Attempt::by_scene(&mut tx, scene_hash, now).await?.ok_or(Refusal::NotFound)?;
    let phone = life::phone(attempt.wechat.as_deref(), who);
    remember(&mut tx, who, now).await?;
    let moved = attempt.moved(&mut tx, Event::Scanned(phone), Some(&who.id), now).await?;
    let consent = attempt.consent(&mut tx, who, now).await?;
    tx.commit().await?;
    app.scans().look_at(&attempt.id);
    let state = moved.unwrap_or(attempt.state);
    match (phone, state) {
        (_, state) if state.refusal().is_some() => Err(told(state).into()),
        // There is nothing left to ask.
        (Phone::Owner, ScanState::Confirmed | ScanState::Consumed) => Err(Refusal::ScanExpired.into()),
        (Phone::Owner, _) => Ok(consent),
        // Nothing is told of somebody else's scan.
        (Phone::Other | Phone::Visitor, _) => Err(Refusal::Forbidden.into()),
    }
}

/// A phone said yes or no; answers where the scan stands. What comes twice or late changes nothing.
pub(crate) async fn answered(
    app: &App,
    scene_hash: &[u8],
    who: &Identity,
    allow: bool,
    now: Moment,
) -> Result<ScanState, Problem> {
    let mut tx = app.store().write().await?;
    let attempt = Attempt::by_scene(&mut tx, scene_hash, now).await?.ok_or(Refusal::NotFound)?;
    let phone = life::phone(attempt.wechat.as_deref(), who);
    let event =
        if allow { Event::Allowed(phone, attempt.fit(&mut tx, who).await?) } else { Event::Refused(phone) };
    remember(&mut tx, who, now).await?;
    let moved = attempt.moved(&mut tx, event, Some(&who.id), now).await?;
    if moved == Some(ScanState::Confirmed) && attempt.purpose == ScanPurpose::BindNew {
        // The change stands at another step now, which nobody has seen before (QR-18).
        sqlx::query("UPDATE change SET version = version + 1 WHERE id = ?")
            .bind(&attempt.change)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    app.scans().look_at(&attempt.id);
    if phone == Phone::Other { Err(Refusal::Forbidden.into()) } else { Ok(moved.unwrap_or(attempt.state)) }
}

/// What a phone is told of an end; only what concerns the QR, not whom it was for.
fn told(state: ScanState) -> Refusal {
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

impl Attempt {
    async fn fit(&self, connection: &mut SqliteConnection, who: &Identity) -> Result<life::Fit, Problem> {
        let account = Account::load(connection, &self.account).await?;
        let taken = match &account {
            Some(account) => account.wechat_taken(connection, &who.id).await?,
            None => false,
        };
        let bound = account.as_ref().and_then(Account::wechat_id);
        Ok(life::fit(self.purpose, &who.id, bound, taken))
    }

    async fn consent(
        &self,
        connection: &mut SqliteConnection,
        who: &Identity,
        now: Moment,
    ) -> Result<Consent, Problem> {
        let action: Option<String> = sqlx::query_scalar("SELECT action FROM change WHERE id = ?")
            .bind(&self.change)
            .fetch_optional(&mut *connection)
            .await?;
        // Who signs in is shown an own account; who verifies, the one that asks.
        let accounts = match self.purpose {
            ScanPurpose::SignIn => Account::with_wechat(connection, &who.id).await?,
            ScanPurpose::VerifyBound | ScanPurpose::BindNew => {
                Account::load(connection, &self.account).await?.into_iter().collect()
            }
        };
        let mut masked: Vec<String> = accounts.iter().map(|account| account.phone.masked()).collect();
        masked.dedup();
        Ok(Consent {
            purpose: self.purpose,
            action: action.map(read_text).transpose()?,
            account: (!masked.is_empty()).then(|| masked.join(", ")),
            device: self.device_kind,
            at: self.created_at.min(now),
            number: self.number.clone(),
        })
    }
}

/// Keeps what a WeChat calls itself, for the screen that asks whether it is the right one; whichever
/// door to WeChat it came by, it is cleaned here.
async fn remember(connection: &mut SqliteConnection, who: &Identity, now: Moment) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO wechat (id, nickname, seen_at) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET nickname = excluded.nickname, seen_at = excluded.seen_at",
    )
    .bind(&who.id)
    .bind(names::clean(&who.nickname, words::NAMELESS))
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether a phone that scans this would be asked something.
pub(crate) async fn is_awaited(app: &App, scene_hash: &[u8]) -> Result<bool, Problem> {
    let mut reader = app.store().read().await?;
    let attempt = Attempt::by_scene(&mut reader, scene_hash, app.now()).await?;
    Ok(attempt.is_some_and(|attempt| attempt.state == ScanState::Waiting))
}

/// What a WeChat that we were told of is called.
pub(crate) async fn profile_of(
    connection: &mut SqliteConnection,
    wechat: &str,
) -> Result<WechatProfile, Problem> {
    let nickname: Option<String> = sqlx::query_scalar("SELECT nickname FROM wechat WHERE id = ?")
        .bind(wechat)
        .fetch_optional(connection)
        .await?;
    Ok(profile(wechat, nickname.unwrap_or_default()))
}

/// A WeChat as people know it. Its tone is made from its identity, so it needs no memory.
pub(crate) fn profile(wechat: &str, nickname: String) -> WechatProfile {
    let tone = secret::token_hash(wechat).first().map_or(0, |byte| byte % TONES);
    WechatProfile { initial: names::initial(&nickname), nickname, tone }
}

/// Ends the open scans by which a change was to be proven: another way was taken, and what the
/// first had begun is worth nothing any more (STP-03).
pub(crate) async fn supersede_proofs(connection: &mut SqliteConnection, change: &str) -> Result<(), Problem> {
    sqlx::query(
        "UPDATE scan SET state = 'superseded' WHERE change = ? AND purpose = 'verify_bound'
           AND state IN ('created', 'waiting', 'scanned', 'confirmed')",
    )
    .bind(change)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends the scans by which somebody is about to sign in here: somebody did, or was signed out. Who
/// photographed the QR before must not put another account in the place of this one (QR-07).
pub(crate) async fn supersede_here(connection: &mut SqliteConnection, browser: &str) -> Result<(), Problem> {
    sqlx::query(
        "UPDATE scan SET state = 'superseded'
         WHERE browser = ? AND purpose = 'sign_in' AND state IN ('created', 'waiting', 'scanned', 'confirmed')",
    )
    .bind(browser)
    .execute(connection)
    .await?;
    Ok(())
}

/// Where somebody is about to sign in.
#[derive(Clone, Copy)]
pub(crate) enum Where<'a> {
    /// In every browser.
    Anywhere,
    /// In every browser but this one.
    Elsewhere(&'a str),
    /// In this browser.
    Here(&'a str),
}

/// Ends the scans by which somebody is about to sign in to an account (P6, STP-09, SES-06). Those for
/// changes end with their change or session, and those of other accounts go on.
pub(crate) async fn supersede_sign_ins(
    connection: &mut SqliteConnection,
    account: &str,
    place: Where<'_>,
) -> Result<(), Problem> {
    let (here, elsewhere) = match place {
        Where::Anywhere => (None, None),
        Where::Elsewhere(browser) => (None, Some(browser)),
        Where::Here(browser) => (Some(browser), None),
    };
    sqlx::query(
        "UPDATE scan SET state = 'superseded'
         WHERE purpose = 'sign_in' AND state IN ('scanned', 'confirmed')
           AND browser = coalesce(?, browser) AND browser IS NOT ?
           AND wechat = (SELECT wechat FROM account WHERE id = ?)",
    )
    .bind(here)
    .bind(elsewhere)
    .bind(account)
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Identity, profile_of, remember};
    use crate::app::App;
    use crate::clock::{Clock, Moment};
    use crate::config::Config;

    #[tokio::test]
    async fn b35_what_a_wechat_calls_itself_comes_in_without_what_turns_texts() {
        let folder = std::env::temp_dir().join(crate::secret::token());
        let app =
            App::open(Config::demo(&folder), Clock::standing(Moment::from_millis(0))).await.expect("opens");
        for (came, kept, initial) in [
            ("محمد\u{202e}", "محمد", "م"),
            ("\u{2066}\u{200b} 👨\u{200d}👩\u{200d}👧 ", "👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
            ("\u{202e}", "无名", "无"),
        ] {
            let who = Identity { id: "wx-a".into(), nickname: came.into(), snapshot: false };
            let mut tx = app.store().write().await.expect("the write lock");
            remember(&mut tx, &who, app.now()).await.expect("kept");
            let profile = profile_of(&mut tx, "wx-a").await.expect("there");
            assert_eq!((profile.nickname.as_str(), profile.initial.as_str()), (kept, initial), "{came:?}");
        }
        app.close().await;
        std::fs::remove_dir_all(&folder).expect("cleaned up");
    }
}
