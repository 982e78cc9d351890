//! The record of one wizard (G5): begun here, shown here, moved on by the topics.
//!
//! A change is found by id, account and browser together, so the id in a URL is worth nothing
//! without the cookies. Every write raises its version and is refused when it was made for an older
//! one. Where it stands follows from its row and the session that asks:
//!
//! ```text
//! bound already                                     -> phone_bound
//! not proven, or proven in another login session    -> identify
//! a target, and its code alive or the proof fresh   -> new_code
//! proof fresh                                       -> new_phone
//! proof too old                                     -> identify
//! ```

use crate::app::App;
use crate::clock::Moment;
use crate::code::{self, Bond};
use crate::extract::Json;
use crate::problem::Problem;
use crate::rules;
use crate::secret;
use crate::session::Session;
use crate::store::{moment, text_of};
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
use sqlx::{Row, SqliteConnection};
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
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    match request.action {
        Action::Phone => session.account.may_change_phone(session.surface, now)?,
    }
    sqlx::query("DELETE FROM change WHERE expires_at <= ?").bind(now.millis()).execute(&mut *tx).await?;
    let id = secret::id();
    sqlx::query(
        "INSERT INTO change (id, account, browser, action, version, created_at, expires_at)
         VALUES (?, ?, ?, ?, 1, ?, ?)",
    )
    .bind(&id)
    .bind(&session.account.id)
    .bind(&session.browser)
    .bind(text_of(request.action))
    .bind(now.millis())
    .bind(now.after(CHANGE_LIFE).millis())
    .execute(&mut *tx)
    .await?;
    let record = Open::find(&mut tx, &session, &id, now).await?.record(&mut tx, &session, now).await?;
    tx.commit().await?;
    Ok(Json(record))
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
    version: u32,
    expires_at: Moment,
    proven_at: Option<Moment>,
    proven_session: Option<String>,
    /// The new number that is being proven.
    pub(crate) target: Option<PhoneNumber>,
    /// The new number once it is bound, masked.
    bound_phone: Option<String>,
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
    /// Finds it, or `CHANGE_GONE`.
    pub(crate) async fn find(
        connection: &mut SqliteConnection,
        session: &Session,
        id: &str,
        now: Moment,
    ) -> Result<Self, Problem> {
        let row = sqlx::query(
            "SELECT id, version, expires_at, proven_at, proven_session, target, bound_phone FROM change
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
        Ok(Self {
            id: row.get("id"),
            version: row.get("version"),
            expires_at: Moment::from_millis(row.get("expires_at")),
            proven_at: moment(row.get("proven_at")),
            proven_session: row.get("proven_session"),
            target: target.as_deref().and_then(PhoneNumber::parse),
            bound_phone: row.get("bound_phone"),
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
        if open.bound_phone.is_some() {
            return Err(open.stands_elsewhere(Refusal::StepOutOfOrder, connection, session, now).await);
        }
        session.account.may_change_phone(session.surface, now)?;
        Ok(open)
    }

    /// How the old identity stands proven.
    pub(crate) fn proof(&self, session: &Session, now: Moment) -> Proof {
        let Some(proven_session) = &self.proven_session else { return Proof::Never };
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
                let offers = session.account.phone_change_ways().into_iter();
                let ways: Vec<Way> =
                    offers.filter(|offer| offer.closed.is_none()).map(|offer| offer.way).collect();
                Problem::elsewhere(Refusal::StepUpNeeded { ways }, record)
            }
            Err(fault) => fault,
        }
    }

    /// What the code to the bound phone is bound to; where it goes comes from the account, never
    /// from a request (OTP-12).
    pub(crate) fn old_bond<'a>(&'a self, session: &'a Session) -> Bond<'a> {
        self.bond(session, &session.account.phone, Purpose::VerifyPhoneChange)
    }

    /// What the code to a new phone is bound to.
    pub(crate) fn new_bond<'a>(&'a self, session: &'a Session, target: &'a PhoneNumber) -> Bond<'a> {
        self.bond(session, target, Purpose::NewPhone)
    }

    fn bond<'a>(&'a self, session: &'a Session, phone: &'a PhoneNumber, purpose: Purpose) -> Bond<'a> {
        Bond { browser: &session.browser, phone, purpose, account: &session.account.id, change: &self.id }
    }

    /// Raises the version inside the transaction that writes something else of this change.
    pub(crate) async fn moved_on(self, connection: &mut SqliteConnection) -> Result<(), Problem> {
        let moved = sqlx::query("UPDATE change SET version = version + 1 WHERE id = ? AND version = ?")
            .bind(&self.id)
            .bind(self.version)
            .execute(connection)
            .await?;
        if moved.rows_affected() == 1 {
            Ok(())
        } else {
            Err(Problem::fault("a change moved under the write lock"))
        }
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
            action: Action::Phone,
            version: self.version,
            expires_in: now.seconds_until(self.expires_at),
            ways: session.account.phone_change_ways(),
            step,
        }
    }

    async fn step(
        &self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Result<ChangeStep, Problem> {
        if let Some(phone) = &self.bound_phone {
            return Ok(ChangeStep::PhoneBound { phone: phone.clone() });
        }
        let proof = self.proof(session, now);
        if let (Proof::Fresh | Proof::Stale { here: true }, Some(target)) = (proof, &self.target) {
            let sent = code::latest(connection, self.new_bond(session, target), now).await?;
            if let Some(sent) = sent.filter(|sent| proof == Proof::Fresh || sent.expires_in > 0) {
                return Ok(ChangeStep::NewCode { sent, targets_left: self.targets_left(connection).await? });
            }
        }
        if proof == Proof::Fresh {
            return Ok(ChangeStep::NewPhone { targets_left: self.targets_left(connection).await? });
        }
        self.identify(connection, session, now).await
    }

    async fn identify(
        &self,
        connection: &mut SqliteConnection,
        session: &Session,
        now: Moment,
    ) -> Result<ChangeStep, Problem> {
        let sent = code::latest(connection, self.old_bond(session), now).await?;
        Ok(ChangeStep::Identify { sent: sent.filter(|sent| sent.expires_in > 0) })
    }

    async fn targets_left(&self, connection: &mut SqliteConnection) -> Result<u32, Problem> {
        let tried: u32 = sqlx::query_scalar("SELECT COUNT(*) FROM change_target WHERE change = ?")
            .bind(&self.id)
            .fetch_one(connection)
            .await?;
        Ok(rules::TARGETS.saturating_sub(tried))
    }
}
