//! The record of one wizard (G5): begun here, shown here, moved on by the topics.
//!
//! A change is found by id, account and browser together, so the id in a URL is worth nothing
//! without the cookies. Every write raises its version and is refused when it was made for an older
//! one. Where it stands follows from its row and the session that asks:
//!
//! ```text
//! concluded                                         -> its last step
//! not proven, or proven in another login session    -> identify
//! a target, and its code alive or the proof fresh   -> new_code
//! a scan by the new WeChat that was allowed         -> confirm_wechat
//! such a scan that is open                          -> new_wechat
//! proof fresh                                       -> new_phone, new_password, granted, new_wechat,
//!                                                      confirm_cancel
//! proof too old                                     -> identify
//! ```
//!
//! A single sensitive action (G1) is a change too: it ends at `granted`, and its id is the grant.

use super::{cancel, device, enterprise};
use crate::app::App;
use crate::clock::Moment;
use crate::code::{self, Bond};
use crate::extract::Json;
use crate::gateway::sms::Letter;
use crate::problem::Problem;
use crate::rules;
use crate::scan::{self, Attempt};
use crate::secret;
use crate::session::Session;
use crate::store::{moment, read_text, text_of};
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use contract::account::Way;
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::code::Purpose;
use contract::endpoint::Endpoint;
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, ScanState};
use sqlx::{Row, Sqlite, SqliteConnection, Transaction};
use std::time::Duration;

/// Life of a change *(ours)*.
const CHANGE_LIFE: Duration = Duration::from_secs(30 * 60);

pub(crate) fn router() -> Router<App> {
    Router::new().route(StartChange::PATH, post(start)).route(GetChange::PATH, get(show))
}

async fn start(
    State(app): State<App>,
    session: Session,
    Json(request): Json<StartChange>,
) -> Result<Json<Change>, Problem> {
    Ok(Json(begin(&app, &session, &request, None).await?))
}

/// Begins a change, or goes on with the one under way. One that cancels the account is only begun
/// with the present notice (C2).
pub(crate) async fn begin(
    app: &App,
    session: &Session,
    request: &StartChange,
    notice: Option<&str>,
) -> Result<Change, Problem> {
    let StartChange { action, about } = request;
    let action = *action;
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    session.account.may(action, session.surface, now)?;
    if action == Action::Cancel {
        cancel::notice_read(notice)?;
    }
    may_be_about(&mut tx, &session, request, now).await?;
    if let Some(open) = Open::under_way(&mut tx, &session, action, notice, now).await? {
        return open.record(&mut tx, &session, now).await;
    }
    // One at a time for each action of an account in a browser: what another tab began and cannot
    // be gone on with is superseded, and that tab is told so when it goes on (F-11).
    sqlx::query("DELETE FROM change WHERE account = ? AND browser = ? AND action = ? AND done IS NULL")
        .bind(&session.account.id)
        .bind(&session.browser)
        .bind(text_of(action))
        .execute(&mut *tx)
        .await?;
    let id = secret::id();
    sqlx::query(
        "INSERT INTO change (id, account, browser, action, about, notice, version, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
    )
    .bind(&id)
    .bind(&session.account.id)
    .bind(&session.browser)
    .bind(text_of(action))
    .bind(about)
    .bind(notice)
    .bind(now.millis())
    .bind(now.after(CHANGE_LIFE).millis())
    .execute(&mut *tx)
    .await?;
    let record = Open::find(&mut tx, &session, &id, now).await?.record(&mut tx, &session, now).await?;
    tx.commit().await?;
    Ok(record)
}

/// Whether an action can be about this one thing, and about none if it is about the whole account;
/// asked before any effort, and of those again in the transaction of the effect.
async fn may_be_about(
    connection: &mut SqliteConnection,
    session: &Session,
    request: &StartChange,
    now: Moment,
) -> Result<(), Problem> {
    match (request.action, &request.about) {
        (Action::EndDevice, Some(id)) => device::other(connection, session, id, now).await.map(drop),
        (Action::DeleteUser, Some(id)) => enterprise::may_delete(connection, session, id).await.map(drop),
        (Action::ChangeSuperAdmin, Some(id)) => {
            enterprise::may_be_given_role(connection, session, id).await.map(drop)
        }
        (Action::EndDevice | Action::DeleteUser | Action::ChangeSuperAdmin, None) | (_, Some(_)) => {
            Err(Refusal::BadRequest.into())
        }
        (_, None) => Ok(()),
    }
}

/// Whether an action is a single one behind the gate (G1), and no wizard.
fn is_single(action: Action) -> bool {
    matches!(
        action,
        Action::EndOtherSessions | Action::EndDevice | Action::DeleteUser | Action::ChangeSuperAdmin
    )
}

async fn show(
    State(app): State<App>,
    session: Session,
    Path(id): Path<String>,
) -> Result<Json<Change>, Problem> {
    let now = app.now();
    let mut reader = app.store().read().await?;
    let open = Open::find(&mut reader, &session, &id, now).await?;
    Ok(Json(open.record(&mut reader, &session, now).await?))
}

/// A change that exists for this account and browser.
pub(crate) struct Open {
    pub(crate) id: String,
    pub(crate) action: Action,
    version: u32,
    expires_at: Moment,
    proven_at: Option<Moment>,
    proven_session: Option<String>,
    /// The new number that is being proven.
    pub(crate) target: Option<PhoneNumber>,
    /// The way the old identity was proven.
    pub(crate) proven_way: Option<Way>,
    /// The very WeChat, if it was proven by that (STP-10).
    proven_wechat: Option<String>,
    /// The one thing a single action is about (STP-02).
    about: Option<String>,
    /// The notice that was agreed to, if it cancels the account (C2).
    notice: Option<String>,
    /// Its last step, once it is concluded.
    done: Option<ChangeStep>,
}

/// How the old identity stands proven in a change, for one login session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Never in this change.
    Never,
    /// In another login session, or more than five minutes ago.
    Stale {
        /// Whether it was in this login session.
        here: bool,
    },
    /// Here and now.
    Fresh,
}

impl Open {
    /// The change of this action that can be gone on with instead of beginning another (G5): alive
    /// and not concluded. Where it stands is for its record to say, which takes a proof given in
    /// another login session, or too long ago, for none (P5). One that has no new numbers left
    /// would lead nowhere; whoever begins again then begins anew, and proves again. So does who has
    /// read another notice since.
    async fn under_way(
        connection: &mut SqliteConnection,
        session: &Session,
        action: Action,
        notice: Option<&str>,
        now: Moment,
    ) -> Result<Option<Self>, Problem> {
        // The proof for a single action is for the click that asked for it, not for a later one.
        if is_single(action) {
            return Ok(None);
        }
        let id: Option<String> = sqlx::query_scalar(
            "SELECT id FROM change
             WHERE account = ? AND browser = ? AND action = ? AND done IS NULL AND expires_at > ?",
        )
        .bind(&session.account.id)
        .bind(&session.browser)
        .bind(text_of(action))
        .bind(now.millis())
        .fetch_optional(&mut *connection)
        .await?;
        let Some(id) = id else { return Ok(None) };
        let open = Self::find(connection, session, &id, now).await?;
        let leads_on = open.notice.as_deref() == notice && open.targets_left(connection).await? > 0;
        Ok(leads_on.then_some(open))
    }

    /// Finds it, or `CHANGE_GONE`.
    pub(crate) async fn find(
        connection: &mut SqliteConnection,
        session: &Session,
        id: &str,
        now: Moment,
    ) -> Result<Self, Problem> {
        let row = sqlx::query(
            "SELECT id, action, version, expires_at, proven_way, proven_at, proven_session, proven_wechat, target,
                    about, notice, done
             FROM change
             WHERE id = ? AND account = ? AND browser = ? AND expires_at > ?",
        )
        .bind(id)
        .bind(&session.account.id)
        .bind(&session.browser)
        .bind(now.millis())
        .fetch_optional(connection)
        .await?
        .ok_or(Refusal::ChangeGone)?;
        let target: Option<String> = row.get("target");
        let done: Option<String> = row.get("done");
        Ok(Self {
            id: row.get("id"),
            action: read_text(row.get("action"))?,
            version: row.get("version"),
            expires_at: Moment::from_millis(row.get("expires_at")),
            proven_at: moment(row.get("proven_at")),
            proven_session: row.get("proven_session"),
            target: target.as_deref().and_then(PhoneNumber::parse),
            proven_way: row.get::<Option<String>, _>("proven_way").map(read_text).transpose()?,
            proven_wechat: row.get("proven_wechat"),
            about: row.get("about"),
            notice: row.get("notice"),
            done: done.map(|json| serde_json::from_str(&json)).transpose().map_err(Problem::fault)?,
        })
    }

    /// Finds it for a write that was made for `version`: what the person saw has to be what is,
    /// and the account has to be allowed still (STP-04).
    pub(crate) async fn find_at(
        connection: &mut SqliteConnection,
        session: &Session,
        id: &str,
        version: u32,
        now: Moment,
    ) -> Result<Self, Problem> {
        let open = Self::find(connection, session, id, now).await?;
        if open.version != version {
            return Err(open.stands_elsewhere(Refusal::ChangeStale, connection, session, now).await);
        }
        if open.done.is_some() {
            return Err(open.stands_elsewhere(Refusal::StepOutOfOrder, connection, session, now).await);
        }
        session.account.may(open.action, session.surface, now)?;
        if open.action == Action::Cancel {
            cancel::notice_read(open.notice.as_deref())?;
        }
        Ok(open)
    }

    /// The same for a write of one action alone; a change of another is none of it.
    pub(crate) async fn find_for(
        action: Action,
        connection: &mut SqliteConnection,
        session: &Session,
        id: &str,
        version: u32,
        now: Moment,
    ) -> Result<Self, Problem> {
        let open = Self::find_at(connection, session, id, version, now).await?;
        if open.action == action { Ok(open) } else { Err(Refusal::ChangeGone.into()) }
    }

    /// Refuses, with the record, what a proof of five minutes at most has to come before (P5, DEL-03).
    pub(crate) async fn must_be_fresh(
        &self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Result<(), Problem> {
        match self.proof(session, now) {
            Proof::Fresh => Ok(()),
            Proof::Stale { .. } => Err(self.step_up_needed(connection, session, now).await),
            Proof::Never => {
                Err(self.stands_elsewhere(Refusal::StepOutOfOrder, connection, session, now).await)
            }
        }
    }

    /// The same for what has a time of its own since it was begun behind a fresh proof: that only has
    /// to be of this login session.
    pub(crate) async fn must_be_proven(
        &self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Result<(), Problem> {
        match self.proof(session, now) {
            Proof::Stale { here: true } => Ok(()),
            _ => self.must_be_fresh(connection, session, now).await,
        }
    }

    /// The proof for a single action (G1, STP-02): a change of this very action, about this very
    /// thing, that stands at `granted` in this login session. Whoever concludes it has used it up.
    pub(crate) async fn granted(
        action: Action,
        about: Option<&str>,
        connection: &mut SqliteConnection,
        session: &Session,
        id: &str,
        now: Moment,
    ) -> Result<Self, Problem> {
        let open = match Self::find(connection, session, id, now).await {
            Err(Problem::Refused { .. }) => return Err(Refusal::GrantExpired.into()),
            found => found?,
        };
        if open.action != action || open.about.as_deref() != about {
            return Err(Refusal::GrantWrongPurpose.into());
        }
        if open.done.is_some() || open.proof(session, now) != Proof::Fresh {
            return Err(Refusal::GrantExpired.into());
        }
        session.account.may(action, session.surface, now)?;
        Ok(open)
    }

    /// How the old identity stands proven.
    pub(crate) fn proof(&self, session: &Session, now: Moment) -> Proof {
        let Some(proven_session) = &self.proven_session else { return Proof::Never };
        if self.proven_way == Some(Way::Wechat)
            && self.proven_wechat.as_deref() != session.account.wechat_id()
        {
            // What was proven is bound no more (STP-10).
            return Proof::Never;
        }
        let here = *proven_session == session.id;
        if here && rules::step_up_fresh(self.proven_at, now) { Proof::Fresh } else { Proof::Stale { here } }
    }

    /// Refuses a step that is not the change's present one, with the fresh record (G5).
    pub(crate) async fn stands_elsewhere(
        &self,
        refusal: Refusal,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Problem {
        match self.record(connection, session, now).await {
            Ok(record) => Problem::elsewhere(refusal, record),
            Err(fault) => fault,
        }
    }

    /// Hands the letter of a step that was written to the gateway. When that fails the change has
    /// moved on all the same, so the refusal says where it stands.
    pub(crate) async fn deliver(
        app: &App,
        session: &Session,
        record: &Change,
        letter: Letter,
        now: Moment,
    ) -> Result<(), Problem> {
        match code::deliver(app, letter, session.visitor.block(), now).await {
            Err(Problem::Refused { refusal, .. }) => {
                // The gateway took its time: the session may be over.
                let mut reader = app.store().read().await?;
                let session = session.again(&mut reader, now).await?;
                let open = Self::find(&mut reader, &session, &record.id, now).await?;
                Err(open.stands_elsewhere(*refusal, &mut reader, &session, now).await)
            }
            delivered => delivered,
        }
    }

    /// Refuses a step that needs a proof, with the ways to give one: the change goes back to the
    /// identity step. Nothing is written, so a code that is alive can still be typed.
    pub(crate) async fn step_up_needed(
        &self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Problem {
        let identify = self.identify(connection, session, now).await;
        match identify.map(|step| self.at(step, session, now)) {
            Ok(record) => {
                let ways = session.account.open_ways(self.action, now);
                Problem::elsewhere(Refusal::StepUpNeeded { ways }, record)
            }
            Err(fault) => fault,
        }
    }

    /// What the code to the bound phone is bound to; where it goes comes from the account, never
    /// from a request (OTP-12).
    pub(crate) fn old_bond<'a>(&'a self, session: &'a Session) -> Bond<'a> {
        let purpose = match self.action {
            Action::Phone => Purpose::VerifyPhoneChange,
            Action::Password => Purpose::VerifyPasswordChange,
            Action::EndOtherSessions => Purpose::VerifyEndOthers,
            Action::Wechat => Purpose::VerifyWechatChange,
            Action::Cancel => Purpose::VerifyCancel,
            Action::EndDevice => Purpose::VerifyEndDevice,
            Action::DeleteUser => Purpose::VerifyDeleteUser,
            Action::ChangeSuperAdmin => Purpose::VerifyChangeSuperAdmin,
        };
        self.bond(session, &session.account.phone, purpose)
    }

    /// What the code to a new phone is bound to.
    pub(crate) fn new_bond<'a>(&'a self, session: &'a Session, target: &'a PhoneNumber) -> Bond<'a> {
        self.bond(session, target, Purpose::NewPhone)
    }

    fn bond<'a>(&'a self, session: &'a Session, phone: &'a PhoneNumber, purpose: Purpose) -> Bond<'a> {
        Bond { asker: session.asker(), phone, purpose, account: &session.account.id, change: &self.id }
    }

    /// What a scan of this change is bound to.
    pub(crate) fn scan_bond<'a>(&'a self, session: &'a Session, purpose: ScanPurpose) -> scan::Bond<'a> {
        scan::Bond {
            asker: session.asker(),
            purpose,
            session: &session.id,
            account: &session.account.id,
            change: &self.id,
        }
    }

    /// Begins a scan for this change and answers the change with it, once WeChat has made the QR.
    /// The caller has found out that this is the step for it.
    pub(crate) async fn scanning(
        self,
        app: &App,
        mut tx: Transaction<'_, Sqlite>,
        session: &Session,
        purpose: ScanPurpose,
        now: Moment,
    ) -> Result<Change, Problem> {
        let kind = session.device_kind(&mut tx).await?;
        let begun = scan::begin(app, &mut tx, self.scan_bond(session, purpose), kind, now).await?;
        let id = self.id.clone();
        self.moved_on(&mut tx, session, now).await?;
        tx.commit().await?;
        app.scans().look_in(&session.browser);
        let drawn = scan::draw(app, &begun).await;
        let mut reader = app.store().read().await?;
        let session = session.again(&mut reader, now).await?;
        let open = Self::find(&mut reader, &session, &id, now).await?;
        match drawn {
            Ok(qr) => Ok(with_qr(open.record(&mut reader, &session, now).await?, begun.id(), qr)),
            Err(Problem::Refused { refusal, .. }) => {
                Err(open.stands_elsewhere(*refusal, &mut reader, &session, now).await)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Raises the version inside the transaction that wrote something else of this change, and
    /// answers how it stands now.
    pub(crate) async fn moved_on(
        self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Result<Change, Problem> {
        let moved = sqlx::query("UPDATE change SET version = version + 1 WHERE id = ? AND version = ?")
            .bind(&self.id)
            .bind(self.version)
            .execute(&mut *connection)
            .await?;
        if moved.rows_affected() != 1 {
            return Err(Problem::fault("a change moved under the write lock"));
        }
        Self::find(connection, session, &self.id, now).await?.record(connection, session, now).await
    }

    /// Concludes the change with its last step, inside the transaction of its effect.
    pub(crate) async fn conclude(
        self,
        connection: &mut SqliteConnection,
        session: &Session,
        step: &ChangeStep,
        now: Moment,
    ) -> Result<Change, Problem> {
        let step = serde_json::to_string(step).map_err(Problem::fault)?;
        let concluded = sqlx::query("UPDATE change SET done = ? WHERE id = ? AND done IS NULL")
            .bind(step)
            .bind(&self.id)
            .execute(&mut *connection)
            .await?;
        if concluded.rows_affected() != 1 {
            return Err(Problem::fault("a change was concluded under the write lock"));
        }
        self.moved_on(connection, session, now).await
    }

    /// The last record of a change that went with its account.
    pub(crate) fn gone(&self, step: ChangeStep, session: &Session, now: Moment) -> Change {
        Change { version: self.version + 1, ..self.at(step, session, now) }
    }

    /// The whole record as the wire has it.
    pub(crate) async fn record(
        &self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Result<Change, Problem> {
        Ok(self.at(self.step(connection, session, now).await?, session, now))
    }

    fn at(&self, step: ChangeStep, session: &Session, now: Moment) -> Change {
        Change {
            id: self.id.clone(),
            action: self.action,
            version: self.version,
            expires_in: now.seconds_until(self.expires_at),
            ways: session.account.ways(self.action, now),
            step,
        }
    }

    async fn step(
        &self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Result<ChangeStep, Problem> {
        if let Some(done) = &self.done {
            return Ok(done.clone());
        }
        let proof = self.proof(session, now);
        if let (Proof::Fresh | Proof::Stale { here: true }, Some(target)) = (proof, &self.target) {
            let sent = code::latest(connection, self.new_bond(session, target), now).await?;
            if let Some(sent) = sent.filter(|sent| proof == Proof::Fresh || sent.expires_in > 0) {
                return Ok(ChangeStep::NewCode { sent, targets_left: self.targets_left(connection).await? });
            }
        }
        if let (Proof::Fresh | Proof::Stale { here: true }, Action::Wechat) = (proof, self.action)
            && let Some(step) = self.new_wechat(connection, session, now).await?
        {
            return Ok(step);
        }
        if proof != Proof::Fresh {
            return self.identify(connection, session, now).await;
        }
        Ok(match self.action {
            Action::Phone => ChangeStep::NewPhone { targets_left: self.targets_left(connection).await? },
            Action::Password => ChangeStep::NewPassword,
            Action::EndOtherSessions | Action::EndDevice | Action::DeleteUser | Action::ChangeSuperAdmin => {
                ChangeStep::Granted
            }
            Action::Wechat => ChangeStep::NewWechat { scan: None },
            Action::Cancel => ChangeStep::ConfirmCancel,
        })
    }

    /// The step that the scan by the new WeChat is at, if there is one under way.
    async fn new_wechat(
        &self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Result<Option<ChangeStep>, Problem> {
        let bond = self.scan_bond(session, ScanPurpose::BindNew);
        let Some(attempt) = Attempt::latest(connection, bond, now).await? else { return Ok(None) };
        Ok(match (attempt.state, &attempt.wechat) {
            (ScanState::Confirmed, Some(wechat)) => Some(ChangeStep::ConfirmWechat {
                wechat: scan::profile_of(connection, wechat).await?,
                expires_in: attempt.expires_in(now),
            }),
            (state, _) if state.is_open() => Some(ChangeStep::NewWechat { scan: Some(attempt.shown(now)) }),
            _ => None,
        })
    }

    async fn identify(
        &self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Result<ChangeStep, Problem> {
        let sent = code::latest(connection, self.old_bond(session), now).await?;
        let bond = self.scan_bond(session, ScanPurpose::VerifyBound);
        let attempt = Attempt::latest(connection, bond, now).await?;
        let alive = attempt.filter(|scan| scan.state.is_open() || scan.state == ScanState::Confirmed);
        Ok(ChangeStep::Identify {
            sent: sent.filter(|sent| sent.expires_in > 0),
            scan: alive.map(|attempt| attempt.shown(now)),
        })
    }

    async fn targets_left(&self, connection: &mut SqliteConnection) -> Result<u32, Problem> {
        let tried: u32 = sqlx::query_scalar("SELECT COUNT(*) FROM change_target WHERE change = ?")
            .bind(&self.id)
            .fetch_one(connection)
            .await?;
        Ok(rules::TARGETS.saturating_sub(tried))
    }
}

/// The record with the text to draw, in the answer that began the scan and nowhere else.
fn with_qr(mut record: Change, id: &str, qr: String) -> Change {
    if let ChangeStep::Identify { scan: Some(scan), .. } | ChangeStep::NewWechat { scan: Some(scan) } =
        &mut record.step
        && scan.id == id
    {
        scan.qr = Some(qr);
    }
    record
}
