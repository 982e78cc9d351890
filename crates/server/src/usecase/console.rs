//! The organization's console, for its super admins alone (E1–E4).
//!
//! Whether somebody is one is read from the account's row in every request, and again in the transaction of every
//! effect: a role that was taken away meanwhile allows nothing any more (ADM-2). A user's id is only looked for
//! inside the organization of the session, so others' are not found (ADM-1). What is done to a user is in the
//! security events of both (ADM-3).

use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::change::OpenChange;
use crate::domain::event::LoggedEvent;
use crate::domain::ids::AccountId;
use crate::domain::message::{Notice, Topic};
use crate::domain::search;
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::names;
use crate::problem::Problem;
use crate::rules;
use crate::rules::rights::Feature;
use crate::state::AppState;
use crate::store::{EffectSession, Reader, UserCursor, UserRow, WriteTx};
use crate::texts;
use crate::usecase::change::step_up_needed;
use crate::usecase::conclude::Applied;
use crate::usecase::gate::GatedAction;
use crate::usecase::page::{self, Page};
use contract::account::Role;
use contract::activity::SecurityEvent;
use contract::change::ChangeStep;
use contract::console::{
    ChangeSuperAdmin, DeleteUser, GetUsers, SetRole, SetSettings, Settings, User, Users,
};
use contract::me::Action;
use contract::problem::Fresh;
use contract::refusal::{Refusal, SessionEnd};

/// Users of one page.
const PAGE: usize = 10;

/// Whether the session may do anything here; asked before anything is looked up, so that nobody else learns what
/// there is.
pub(crate) fn enter(session: &Session, now: Moment) -> Result<(), Refusal> {
    session.account.may_use(Feature::Console, session.surface, now)
}

/// The organization's settings.
pub(crate) async fn settings(state: &AppState, session: &Session) -> Result<Settings, Problem> {
    enter(session, state.now())?;
    let mut reader = state.store.read().await?;
    reader.settings(&session.account.tenant).await
}

/// Changes them.
pub(crate) async fn set_settings(
    state: &AppState,
    visitor: &Visitor,
    request: &SetSettings,
) -> Result<Settings, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    enter(&session, now)?;
    let found = tx.settings(&session.account.tenant).await?;
    if found.version != request.version {
        return Err(Problem::stale(Fresh::Settings(found)));
    }
    if found.avatars_open == request.avatars_open {
        return Ok(found);
    }
    tx.set_avatars_open(&session, request.avatars_open).await?;
    tx.log(&session.event(SecurityEvent::SettingsChanged, None), now).await?;
    let fresh = tx.settings(&session.account.tenant).await?;
    tx.commit().await?;
    Ok(fresh)
}

/// A page of the users that a search finds, after the cursor of the page before.
pub(crate) async fn users(
    state: &AppState,
    session: &Session,
    search: Option<String>,
    after: Option<String>,
) -> Result<Users, Problem> {
    enter(session, state.now())?;
    let search = search.unwrap_or_default().trim().to_owned();
    if search.chars().count() > GetUsers::LONGEST {
        return Err(Refusal::BadRequest.into());
    }
    let after = match after {
        None => UserCursor { created_at: i64::MIN, id: String::new() },
        Some(after) => {
            let (created_at, id) = page::read_cursor(&after).ok_or(Refusal::NotFound)?;
            UserCursor { created_at, id }
        }
    };
    let key = search::fold(&search);
    let number = rules::console::shown_of_number(&key);
    let tenant = &session.account.tenant;
    let mut reader = state.store.read().await?;
    let total = reader.count_users(tenant, &key, number.as_ref()).await?;
    let rows = reader.users(tenant, &key, number.as_ref(), &after, PAGE + 1).await?;
    let page = Page::cut(rows, PAGE, |row| (row.created_at.millis(), row.id.clone()));
    let is_last_admin = reader.has_one_super_admin(tenant).await?;
    Ok(Users {
        users: page.rows.into_iter().map(|row| user(row, session, is_last_admin)).collect(),
        total,
        more: page.more,
    })
}

/// A user as the console shows it. `is_last_admin`: the organization has one super admin.
fn user(row: UserRow, session: &Session, is_last_admin: bool) -> User {
    let last = is_last_admin && row.role == Role::SuperAdmin;
    User {
        oneself: row.id == session.account.id,
        id: row.id.into(),
        initial: names::initial(&row.nickname),
        nickname: row.nickname,
        avatar: row.avatar,
        phone: row.phone.masked(),
        role: row.role,
        sso: row.sso,
        since: row.created_at.timestamp(),
        delete_closed: rules::console::delete(row.role, last).err(),
        role_closed: rules::console::change_role(last).err(),
        version: row.version,
    }
}

/// A user of the session's organization; those of others are not found (ADM-1).
async fn find(reader: &mut Reader, session: &Session, id: &str) -> Result<User, Problem> {
    let tenant = &session.account.tenant;
    let row = reader.user(tenant, &id.into()).await?.ok_or(Refusal::NotFound)?;
    let is_last_admin = reader.has_one_super_admin(tenant).await?;
    Ok(user(row, session, is_last_admin))
}

/// Gives a user another role, unless that makes or unmakes a super admin, which takes a grant (G1).
pub(crate) async fn set_role(
    state: &AppState,
    visitor: &Visitor,
    request: &SetRole,
) -> Result<User, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    enter(&session, now)?;
    let found = find(&mut tx, &session, &request.user).await?;
    if found.version != request.version {
        return Err(Problem::stale(Fresh::User(found)));
    }
    if found.role == request.role {
        return Ok(found);
    }
    if let Some(closed) = found.role_closed {
        return Err(closed.into());
    }
    if concerns_super_admins(&found, request.role) {
        return Err(step_up_needed(&session, Action::ChangeSuperAdmin, now));
    }
    let (events, notices) = give_role(&mut tx, &session, &found, request.role, None, now).await?;
    for event in &events {
        tx.log(event, now).await?;
    }
    for notice in &notices {
        tx.notify(&state.key, notice, now).await?;
    }
    let fresh = find(&mut tx, &session, &found.id).await?;
    tx.commit().await?;
    Ok(fresh)
}

/// Whether another role makes or unmakes a super admin (G1).
fn concerns_super_admins(user: &User, role: Role) -> bool {
    (user.role == Role::SuperAdmin) != (role == Role::SuperAdmin)
}

/// Gives a user another role; answers the security events of both and the notices (E4, ADM-3).
async fn give_role(
    tx: &mut WriteTx,
    session: &EffectSession,
    found: &User,
    role: Role,
    grant: Option<&OpenChange>,
    now: Moment,
) -> Result<(Vec<LoggedEvent>, Vec<Notice>), Problem> {
    let id: AccountId = found.id.as_str().into();
    tx.set_role(&id, role).await?;
    tx.delete_console_grants(&id, grant.map(|grant| &grant.id)).await?;
    let way = grant.and_then(OpenChange::proven_way);
    let mut events = vec![session.event(SecurityEvent::RoleChanged, way).about(&id)];
    // Whoever changes their own role finds it once in their events.
    if !found.oneself {
        events.push(LoggedEvent::caused_by(&id, SecurityEvent::RoleGiven, &session.account.id));
    }
    let user = tx.account(&id).await?.ok_or(Refusal::NotFound)?;
    let organization = user.organization_name.clone().unwrap_or_default();
    let is_grave = concerns_super_admins(found, role);
    let phone = user.phone.clone();
    let mut notices = vec![Notice {
        topic: if is_grave { Topic::SuperAdminGiven } else { Topic::RoleGiven },
        text: texts::role_given(&phone, &organization, role, now),
        to: user,
    }];
    if is_grave {
        let text = texts::super_admins_changed(&phone, &organization, role, now);
        let admins = tx.super_admins(&session.account.tenant).await?;
        let others = admins.into_iter().filter(|admin| admin.id != id);
        notices.extend(others.map(|to| Notice { to, topic: Topic::SuperAdmins, text: text.clone() }));
    }
    Ok((events, notices))
}

/// A user is made a super admin, or no longer is one; all super admins get a notice.
pub(crate) struct SuperAdminChange<'a> {
    pub(crate) request: &'a ChangeSuperAdmin,
}

impl GatedAction for SuperAdminChange<'_> {
    const ACTION: Action = Action::ChangeSuperAdmin;
    type Target = User;

    async fn target(&self, reader: &mut Reader, session: &Session, now: Moment) -> Result<User, Problem> {
        enter(session, now)?;
        changeable_super_admin(reader, session, self.request).await
    }

    fn about(user: &User) -> Option<&str> {
        Some(&user.id)
    }

    async fn apply(
        self,
        tx: &mut WriteTx,
        session: &EffectSession,
        user: User,
        change: OpenChange,
        now: Moment,
    ) -> Result<Applied, Problem> {
        let role = self.request.role;
        let (events, notices) = give_role(tx, session, &user, role, Some(&change), now).await?;
        Ok(Applied { step: ChangeStep::SuperAdminChanged { role }, events, notices, change, erases: None })
    }
}

/// The user, if the session may make them a super admin, or stop them being one; asked before any effort, and in
/// the transaction of the effect.
async fn changeable_super_admin(
    reader: &mut Reader,
    session: &Session,
    request: &ChangeSuperAdmin,
) -> Result<User, Problem> {
    let found = role_changeable(reader, session, &request.user).await?;
    if found.version != request.version {
        return Err(Problem::stale(Fresh::User(found)));
    }
    if !concerns_super_admins(&found, request.role) {
        return Err(Refusal::BadRequest.into());
    }
    Ok(found)
}

/// The user, if the session may give them another role.
pub(crate) async fn role_changeable(
    reader: &mut Reader,
    session: &Session,
    user: &str,
) -> Result<User, Problem> {
    let found = find(reader, session, user).await?;
    match &found.role_closed {
        Some(closed) => Err(closed.clone().into()),
        None => Ok(found),
    }
}

/// The user, if the session may delete them; asked before any effort, and in the transaction of the effect.
pub(crate) async fn deletable(reader: &mut Reader, session: &Session, user: &str) -> Result<User, Problem> {
    let found = find(reader, session, user).await?;
    match &found.delete_closed {
        Some(closed) => Err(closed.clone().into()),
        None => Ok(found),
    }
}

/// A user of the organization is deleted: their account is erased.
pub(crate) struct UserDeletion<'a> {
    pub(crate) request: &'a DeleteUser,
}

impl GatedAction for UserDeletion<'_> {
    const ACTION: Action = Action::DeleteUser;
    type Target = User;

    async fn target(&self, reader: &mut Reader, session: &Session, now: Moment) -> Result<User, Problem> {
        enter(session, now)?;
        deletable(reader, session, &self.request.user).await
    }

    fn about(user: &User) -> Option<&str> {
        Some(&user.id)
    }

    async fn apply(
        self,
        tx: &mut WriteTx,
        session: &EffectSession,
        found: User,
        change: OpenChange,
        now: Moment,
    ) -> Result<Applied, Problem> {
        let user: Account = tx.account(&found.id.as_str().into()).await?.ok_or(Refusal::NotFound)?;
        let organization = user.organization_name.clone().unwrap_or_default();
        Ok(Applied {
            step: ChangeStep::UserDeleted,
            events: vec![
                session.event(SecurityEvent::UserDeleted, change.proven_way()).about(&user.id),
                LoggedEvent::caused_by(&user.id, SecurityEvent::Removed, &session.account.id),
            ],
            notices: vec![Notice {
                text: texts::account_removed(&user.phone, &organization, now),
                topic: Topic::AccountRemoved,
                to: user.clone(),
            }],
            change,
            erases: Some((user, SessionEnd::Removed)),
        })
    }
}
