//! Beginning a change: a wizard, or a single action behind the step-up dialog (G1, G5).

use crate::clock::Moment;
use crate::domain::change::{OpenChange, is_single};
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::state::AppState;
use crate::store::Reader;
use crate::usecase::change::record;
use crate::usecase::{console, devices, notice};
use contract::change::{Change, StartChange};
use contract::me::Action;
use contract::refusal::Refusal;

/// Begins a change, or continues the one under way. One that cancels the account is only begun with the
/// present notice (C2); `read` is the version of the notice that was read.
pub(crate) async fn begin(
    state: &AppState,
    visitor: &Visitor,
    request: &StartChange,
    read: Option<&str>,
) -> Result<Change, Problem> {
    let action = request.action;
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    session.account.may(action, session.surface, now)?;
    if action == Action::Cancel {
        notice::must_be_present(read)?;
    }
    may_be_about(&mut tx, &session, request, now).await?;
    if let Some(open) = under_way(&mut tx, &session, action, read, now).await? {
        return record(&mut tx, &open, &session, now).await;
    }
    let open = tx.insert_change(&session, request, read, now).await?;
    let record = record(&mut tx, &open, &session, now).await?;
    tx.commit().await?;
    Ok(record)
}

/// Whether an action can be about this one thing, and about none if it is about the whole account; asked before
/// any effort, and again in the transaction of the effect.
async fn may_be_about(
    reader: &mut Reader,
    session: &Session,
    request: &StartChange,
    now: Moment,
) -> Result<(), Problem> {
    match (request.action, &request.about) {
        (Action::EndDevice, Some(id)) => devices::other(reader, session, id, now).await.map(drop),
        (Action::DeleteUser, Some(id)) => console::deletable(reader, session, id).await.map(drop),
        (Action::ChangeSuperAdmin, Some(id)) => console::role_changeable(reader, session, id).await.map(drop),
        (Action::EndDevice | Action::DeleteUser | Action::ChangeSuperAdmin, None) | (_, Some(_)) => {
            Err(Refusal::BadRequest.into())
        }
        (_, None) => Ok(()),
    }
}

/// The change of this action that can be continued (G5). Its record treats a proof of another login session, or
/// an old one, as none (P5). One without new numbers left would lead nowhere, so another is begun, and the
/// identity proven again; likewise after another notice was read.
async fn under_way(
    reader: &mut Reader,
    session: &Session,
    action: Action,
    notice: Option<&str>,
    now: Moment,
) -> Result<Option<OpenChange>, Problem> {
    // The proof for a single action belongs to the click that asked for it, not to a later one.
    if is_single(action) {
        return Ok(None);
    }
    let Some(open) = reader.change_under_way(session, action, now).await? else { return Ok(None) };
    let leads_on = open.notice.as_deref() == notice && reader.targets_left(&open.id).await? > 0;
    Ok(leads_on.then_some(open))
}
