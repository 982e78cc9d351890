//! The organization's console, for its super admins alone (E1–E4).
//!
//! Whether somebody is one is read from the account's row in every request, and again in the
//! transaction of every effect: a role that was taken away meanwhile does nothing any more (ADM-2). An id
//! is only ever looked for inside the organization of who asks, so others' are not there (ADM-1). What is
//! done to somebody stands in the trail of both (ADM-3).

use super::change::Open;
use super::outcome;
use crate::account::Account;
use crate::app::App;
use crate::clock::Moment;
use crate::erase;
use crate::event::Event;
use crate::extract::{Json, Keyed, query};
use crate::names;
use crate::outbox::{self, Topic};
use crate::problem::Problem;
use crate::rules;
use crate::search;
use crate::session::{Session, Visitor};
use crate::store::{read_text, text_of};
use crate::words;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode, Uri};
use axum::routing::{get, post};
use contract::account::Role;
use contract::activity::Happening;
use contract::change::ChangeStep;
use contract::endpoint::Endpoint;
use contract::enterprise::{
    ChangeSuperAdmin, DeleteUser, GetSettings, GetUsers, SetRole, SetSettings, Settings, User, Users,
};
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::problem::Fresh;
use contract::refusal::{Refusal, SessionEnd};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// Users of one page.
const PAGE: usize = 10;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(GetSettings::PATH, get(settings).post(set_settings))
        .route(GetUsers::PATH, get(users))
        .route(SetRole::PATH, post(set_role))
        .route(ChangeSuperAdmin::PATH, post(change_super_admin))
        .route(DeleteUser::PATH, post(delete))
}

/// Whether who asks may do anything here at all; asked before anything is looked up, so that nobody
/// else learns what there is.
fn enter(session: &Session, now: Moment) -> Result<(), Refusal> {
    session.account.may(Action::DeleteUser, session.surface, now)
}

async fn settings(State(app): State<App>, session: Session) -> Result<Json<Settings>, Problem> {
    enter(&session, app.now())?;
    let mut reader = app.store().read().await?;
    Ok(Json(read_settings(&mut reader, &session).await?))
}

async fn read_settings(connection: &mut SqliteConnection, session: &Session) -> Result<Settings, Problem> {
    let row = sqlx::query("SELECT avatars_open, version FROM tenant WHERE id = ?")
        .bind(&session.account.tenant)
        .fetch_one(connection)
        .await?;
    Ok(Settings { avatars_open: row.get("avatars_open"), version: row.get("version") })
}

async fn set_settings(
    State(app): State<App>,
    session: Session,
    Json(request): Json<SetSettings>,
) -> Result<Json<Settings>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    enter(&session, now)?;
    let found = read_settings(&mut tx, &session).await?;
    if found.version != request.version {
        return Err(Problem::stale(Fresh::Settings(found)));
    }
    if found.avatars_open == request.avatars_open {
        return Ok(Json(found));
    }
    sqlx::query("UPDATE tenant SET avatars_open = ?, version = version + 1 WHERE id = ?")
        .bind(request.avatars_open)
        .bind(&session.account.tenant)
        .execute(&mut *tx)
        .await?;
    session.event(Happening::SettingsChanged, None).write(&mut tx, now).await?;
    let fresh = read_settings(&mut tx, &session).await?;
    tx.commit().await?;
    Ok(Json(fresh))
}

/// After whom a page begins: since when they are there, and their id.
struct Cursor(i64, String);

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        let (since, id) = text.split_once('-')?;
        Some(Self(since.parse().ok()?, id.to_owned()))
    }
}

async fn users(State(app): State<App>, session: Session, uri: Uri) -> Result<Json<Users>, Problem> {
    enter(&session, app.now())?;
    let [search, after] = query(&uri, GetUsers::QUERY)?;
    let search = search.unwrap_or_default().trim().to_owned();
    if search.chars().count() > GetUsers::LONGEST {
        return Err(Problem::malformed(StatusCode::BAD_REQUEST));
    }
    let Cursor(since, id) = match after {
        None => Cursor(i64::MIN, String::new()),
        Some(after) => Cursor::read(&after).ok_or(Refusal::NotFound)?,
    };
    let search = search::fold(&search);
    let (begins, ends) = rules::console::shown_of_number(&search).unzip();
    let mut reader = app.store().read().await?;
    let total = sqlx::query_scalar(
        "SELECT COUNT(*) FROM account
         WHERE tenant = ?1 AND (instr(search_key, ?2) > 0
                                OR (substr(phone, 1, length(?3)) = ?3 AND substr(phone, -4) = ?4))",
    )
    .bind(&session.account.tenant)
    .bind(&search)
    .bind(&begins)
    .bind(&ends)
    .fetch_one(&mut *reader)
    .await?;
    let mut rows = sqlx::query(
        "SELECT id, nickname, avatar, phone, role, sso, created_at, version FROM account
         WHERE tenant = ?1 AND (instr(search_key, ?2) > 0
                                OR (substr(phone, 1, length(?3)) = ?3 AND substr(phone, -4) = ?4))
           AND (created_at > ?5 OR (created_at = ?5 AND id > ?6))
         ORDER BY created_at, id LIMIT ?7",
    )
    .bind(&session.account.tenant)
    .bind(&search)
    .bind(&begins)
    .bind(&ends)
    .bind(since)
    .bind(id)
    .bind(PAGE as i64 + 1)
    .fetch_all(&mut *reader)
    .await?;
    let goes_on = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last =
        rows.last().map(|row| format!("{}-{}", row.get::<i64, _>("created_at"), row.get::<String, _>("id")));
    let one_runs_it = one_super_admin(&mut reader, &session).await?;
    Ok(Json(Users {
        users: rows.iter().map(|row| user(row, &session, one_runs_it)).collect::<Result<_, _>>()?,
        total,
        more: last.filter(|_| goes_on),
    }))
}

/// Whether a single super admin is left.
async fn one_super_admin(connection: &mut SqliteConnection, session: &Session) -> Result<bool, Problem> {
    let one =
        sqlx::query_scalar("SELECT COUNT(*) <= 1 FROM account WHERE tenant = ? AND role = 'super_admin'")
            .bind(&session.account.tenant)
            .fetch_one(connection)
            .await?;
    Ok(one)
}

/// One row of the list.
fn user(row: &SqliteRow, session: &Session, one_runs_it: bool) -> Result<User, Problem> {
    let id: String = row.get("id");
    let (nickname, phone): (String, String) = (row.get("nickname"), row.get("phone"));
    let phone =
        PhoneNumber::parse(&phone).ok_or_else(|| Problem::fault("a stored phone is not canonical"))?;
    let role = row.get::<Option<String>, _>("role").map(read_text).transpose()?.unwrap_or(Role::Ordinary);
    let last = one_runs_it && role == Role::SuperAdmin;
    Ok(User {
        oneself: id == session.account.id,
        id,
        initial: names::initial(&nickname),
        nickname,
        avatar: row.get("avatar"),
        phone: phone.masked(),
        role,
        sso: row.get("sso"),
        since: Moment::from_millis(row.get("created_at")).timestamp(),
        delete_closed: rules::console::delete(role, last).err(),
        role_closed: rules::console::change_role(last).err(),
        version: row.get("version"),
    })
}

/// A user of the organization of who asks; those of others are not there (ADM-1).
async fn find(connection: &mut SqliteConnection, session: &Session, id: &str) -> Result<User, Problem> {
    let row = sqlx::query(
        "SELECT id, nickname, avatar, phone, role, sso, created_at, version FROM account WHERE id = ? AND tenant = ?",
    )
    .bind(id)
    .bind(&session.account.tenant)
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(Refusal::NotFound)?;
    let one_runs_it = one_super_admin(connection, session).await?;
    user(&row, session, one_runs_it)
}

async fn set_role(
    State(app): State<App>,
    session: Session,
    Json(request): Json<SetRole>,
) -> Result<Json<User>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    enter(&session, now)?;
    let found = find(&mut tx, &session, &request.user).await?;
    if found.version != request.version {
        return Err(Problem::stale(Fresh::User(found)));
    }
    if found.role == request.role {
        return Ok(Json(found));
    }
    if let Some(closed) = found.role_closed {
        return Err(closed.into());
    }
    if is_about_super_admins(&found, request.role) {
        return Err(step_up_needed(&session, Action::ChangeSuperAdmin, now));
    }
    give_role(&app, &mut tx, &session, &found, request.role, None, now).await?;
    let fresh = find(&mut tx, &session, &found.id).await?;
    tx.commit().await?;
    app.notices().notify_one();
    Ok(Json(fresh))
}

/// Whether another role makes a super admin, or takes one away (G1).
fn is_about_super_admins(user: &User, role: Role) -> bool {
    (user.role == Role::SuperAdmin) != (role == Role::SuperAdmin)
}

fn step_up_needed(session: &Session, action: Action, now: Moment) -> Problem {
    Refusal::StepUpNeeded { ways: session.account.open_ways(action, now) }.into()
}

/// Gives a user another role, with the trail of both and what they are told (E4, ADM-3).
async fn give_role(
    app: &App,
    connection: &mut SqliteConnection,
    session: &Session,
    found: &User,
    role: Role,
    proof: Option<&Open>,
    now: Moment,
) -> Result<(), Problem> {
    sqlx::query("UPDATE account SET role = ?, version = version + 1 WHERE id = ?")
        .bind(text_of(role))
        .bind(&found.id)
        .execute(&mut *connection)
        .await?;
    // What was proven as a super admin is worth nothing to who is one again later (ADM-2).
    for action in [Action::DeleteUser, Action::ChangeSuperAdmin] {
        sqlx::query("DELETE FROM change WHERE account = ? AND action = ? AND done IS NULL AND id IS NOT ?")
            .bind(&found.id)
            .bind(text_of(action))
            .bind(proof.map(|open| &open.id))
            .execute(&mut *connection)
            .await?;
    }
    // Nor what somebody proved for changing this role as it was.
    sqlx::query("DELETE FROM change WHERE about = ? AND action = ? AND done IS NULL AND id IS NOT ?")
        .bind(&found.id)
        .bind(text_of(Action::ChangeSuperAdmin))
        .bind(proof.map(|open| &open.id))
        .execute(&mut *connection)
        .await?;
    let way = proof.and_then(|open| open.proven_way);
    session.event(Happening::RoleChanged, way).write_about(connection, &found.id, now).await?;
    // The trail of who changes their own role says so once.
    if !found.oneself {
        let given = Event { account: &found.id, device: None, what: Happening::RoleGiven, way: None };
        given.write_about(connection, &session.account.id, now).await?;
    }
    let user = Account::load(connection, &found.id).await?.ok_or(Refusal::NotFound)?;
    let organization = user.organization().map(|tenant| tenant.name).unwrap_or_default();
    let text = words::role_given(&user.phone, &organization, role, now);
    let is_grave = is_about_super_admins(found, role);
    let topic = if is_grave { Topic::SuperAdminGiven } else { Topic::RoleGiven };
    outbox::tell(app, connection, &user, topic, &text, now).await?;
    if is_grave {
        let text = words::super_admins_changed(&user.phone, &organization, role, now);
        for admin in super_admins(connection, session).await? {
            if admin.id != user.id {
                outbox::tell(app, connection, &admin, Topic::SuperAdmins, &text, now).await?;
            }
        }
    }
    Ok(())
}

/// Who runs the organization now.
async fn super_admins(connection: &mut SqliteConnection, session: &Session) -> Result<Vec<Account>, Problem> {
    let ids: Vec<String> =
        sqlx::query_scalar("SELECT id FROM account WHERE tenant = ? AND role = 'super_admin' ORDER BY id")
            .bind(&session.account.tenant)
            .fetch_all(&mut *connection)
            .await?;
    let mut admins = Vec::with_capacity(ids.len());
    for id in ids {
        admins.extend(Account::load(connection, &id).await?);
    }
    Ok(admins)
}

async fn change_super_admin(
    State(app): State<App>,
    visitor: Visitor,
    keyed: Keyed<ChangeSuperAdmin>,
) -> Result<Response<Body>, Problem> {
    let Some(grant) = &keyed.request.grant else {
        let now = app.now();
        let mut reader = app.store().read().await?;
        let session = visitor.session(&mut reader, now).await?;
        enter(&session, now)?;
        may_change_super_admin(&mut reader, &session, &keyed.request).await?;
        return Err(step_up_needed(&session, Action::ChangeSuperAdmin, now));
    };
    outcome::once(&app, &visitor, keyed.named(grant)?, raise_or_lower(&app, &visitor, &keyed, grant)).await
}

async fn raise_or_lower(
    app: &App,
    visitor: &Visitor,
    keyed: &Keyed<ChangeSuperAdmin>,
    grant: &str,
) -> Result<Response<Body>, Problem> {
    let now = app.now();
    let role = keyed.request.role;
    let mut tx = app.store().write().await?;
    let session = visitor.session(&mut tx, now).await?;
    enter(&session, now)?;
    let found = may_change_super_admin(&mut tx, &session, &keyed.request).await?;
    let open =
        Open::granted(Action::ChangeSuperAdmin, Some(&found.id), &mut tx, &session, grant, now).await?;
    give_role(app, &mut tx, &session, &found, role, Some(&open), now).await?;
    let changed = ChangeStep::SuperAdminChanged { role };
    let record = open.conclude(&mut tx, &session, &changed, now).await?;
    let answer = outcome::record(&mut tx, &session, keyed.named(grant)?, &record, now).await?;
    tx.commit().await?;
    app.notices().notify_one();
    Ok(answer)
}

/// Whether a user can be made a super admin, or one no more, by who asks; before any effort, and in the
/// transaction of the effect.
async fn may_change_super_admin(
    connection: &mut SqliteConnection,
    session: &Session,
    request: &ChangeSuperAdmin,
) -> Result<User, Problem> {
    let found = may_be_given_role(connection, session, &request.user).await?;
    if found.version != request.version {
        return Err(Problem::stale(Fresh::User(found)));
    }
    if !is_about_super_admins(&found, request.role) {
        return Err(Refusal::BadRequest.into());
    }
    Ok(found)
}

/// Whether a user can be given another role by who asks.
pub(super) async fn may_be_given_role(
    connection: &mut SqliteConnection,
    session: &Session,
    user: &str,
) -> Result<User, Problem> {
    let found = find(connection, session, user).await?;
    match &found.role_closed {
        Some(closed) => Err(closed.clone().into()),
        None => Ok(found),
    }
}

/// Whether a user can be deleted by who asks; before any effort, and in the transaction of the effect.
pub(super) async fn may_delete(
    connection: &mut SqliteConnection,
    session: &Session,
    user: &str,
) -> Result<User, Problem> {
    let found = find(connection, session, user).await?;
    match &found.delete_closed {
        Some(closed) => Err(closed.clone().into()),
        None => Ok(found),
    }
}

async fn delete(
    State(app): State<App>,
    visitor: Visitor,
    keyed: Keyed<DeleteUser>,
) -> Result<Response<Body>, Problem> {
    let Some(grant) = &keyed.request.grant else {
        let now = app.now();
        let mut reader = app.store().read().await?;
        let session = visitor.session(&mut reader, now).await?;
        enter(&session, now)?;
        may_delete(&mut reader, &session, &keyed.request.user).await?;
        return Err(step_up_needed(&session, Action::DeleteUser, now));
    };
    outcome::once(&app, &visitor, keyed.named(grant)?, remove(&app, &visitor, &keyed, grant)).await
}

async fn remove(
    app: &App,
    visitor: &Visitor,
    keyed: &Keyed<DeleteUser>,
    grant: &str,
) -> Result<Response<Body>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = visitor.session(&mut tx, now).await?;
    enter(&session, now)?;
    let found = may_delete(&mut tx, &session, &keyed.request.user).await?;
    let open = Open::granted(Action::DeleteUser, Some(&found.id), &mut tx, &session, grant, now).await?;
    let user = Account::load(&mut tx, &found.id).await?.ok_or(Refusal::NotFound)?;
    let by = session.event(Happening::UserDeleted, open.proven_way);
    by.write_about(&mut tx, &user.id, now).await?;
    let removed = Event { account: &user.id, device: None, what: Happening::Removed, way: None };
    removed.write_about(&mut tx, &session.account.id, now).await?;
    let organization = user.organization().map(|tenant| tenant.name).unwrap_or_default();
    let text = words::account_removed(&user.phone, &organization, now);
    outbox::tell(app, &mut tx, &user, Topic::AccountRemoved, &text, now).await?;
    erase::erase(&mut tx, &user, SessionEnd::Removed, now).await?;
    let record = open.conclude(&mut tx, &session, &ChangeStep::UserDeleted, now).await?;
    let answer = outcome::record(&mut tx, &session, keyed.named(grant)?, &record, now).await?;
    tx.commit().await?;
    app.notices().notify_one();
    // Streams of sessions that ended here end now (SES-03).
    app.scans().look();
    Ok(answer)
}
