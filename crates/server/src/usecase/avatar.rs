//! The picture of an account (A1, A2): uploaded, set, removed, shown.

use crate::clock::Moment;
use crate::domain::ids::AccountId;
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::picture::decoder::UploadRoom;
use crate::problem::Problem;
use crate::rules;
use crate::rules::rights::Feature;
use crate::state::AppState;
use crate::store::{EffectSession, WriteTx};
use crate::usecase::me;
use contract::activity::SecurityEvent;
use contract::avatar::{Frame, Size, Uploaded};
use contract::me::Me;
use contract::refusal::Refusal;

/// The account of the visitor, if it may change its picture.
pub(crate) async fn may_change(state: &AppState, visitor: &Visitor) -> Result<AccountId, Problem> {
    let now = state.now();
    let mut reader = state.store.read().await?;
    let session = reader.session(visitor, now).await?;
    session.account.may_use(Feature::Avatar, session.surface, now)?;
    Ok(session.account.id)
}

/// A slot for a file of an account (AVA-5).
pub(crate) fn slot(state: &AppState, account: &AccountId) -> Result<UploadRoom, Problem> {
    state.decoder.slot(account)
}

/// Decodes a file and keeps the picture until it is set.
pub(crate) async fn upload(
    state: &AppState,
    visitor: &Visitor,
    slot: UploadRoom,
    file: Vec<u8>,
    frame: Option<Frame>,
) -> Result<Uploaded, Problem> {
    charge(state, visitor).await?;
    let picture = state.decoder.develop(slot, file, frame).await?;
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    // Asked once more after the time it took (A1).
    session.account.may_use(Feature::Avatar, session.surface, now)?;
    let id = tx.insert_picture(&session.account.id, &picture, now).await?;
    tx.delete_surplus_pictures(&session.account.id).await?;
    tx.commit().await?;
    Ok(Uploaded { picture: id })
}

/// Counts a file before it is decoded (AVA-5).
async fn charge(state: &AppState, visitor: &Visitor) -> Result<(), Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    let uploads = tx.uploads(&session.account.id, now).await?;
    rules::avatar::may_upload(&uploads, now).map_err(Problem::over_budget)?;
    tx.insert_upload(&session, now).await?;
    tx.commit().await
}

/// Sets an uploaded picture.
pub(crate) async fn set(state: &AppState, visitor: &Visitor, picture: &str) -> Result<Me, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    session.account.may_use(Feature::Avatar, session.surface, now)?;
    if session.account.avatar.as_deref() == Some(picture) {
        return Ok(me::of(&session, now));
    }
    if !tx.is_picture_waiting(&session, picture, now).await? {
        return Err(Refusal::NotFound.into());
    }
    replace(visitor, tx, &session, Some(picture), now).await
}

/// Removes the picture.
pub(crate) async fn remove(state: &AppState, visitor: &Visitor) -> Result<Me, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    session.account.may_use(Feature::Avatar, session.surface, now)?;
    if session.account.avatar.is_none() {
        return Ok(me::of(&session, now));
    }
    replace(visitor, tx, &session, None, now).await
}

async fn replace(
    visitor: &Visitor,
    mut tx: WriteTx,
    session: &EffectSession,
    picture: Option<&str>,
    now: Moment,
) -> Result<Me, Problem> {
    tx.replace_avatar(session, picture).await?;
    let what = if picture.is_some() { SecurityEvent::AvatarChanged } else { SecurityEvent::AvatarRemoved };
    tx.log(&session.event(what, None), now).await?;
    let session = tx.session(visitor, now).await?;
    tx.commit().await?;
    Ok(me::of(&session, now))
}

/// A picture as JPEG, for its owner and, once it is set, for members of the same organization. For everybody else
/// there is none (AVA-3). Without a session the problem says so; the handler answers `NOT_FOUND` alike.
pub(crate) async fn show(
    state: &AppState,
    visitor: &Visitor,
    picture: &str,
    size: Size,
) -> Result<(Vec<u8>, Session), Problem> {
    let now = state.now();
    let mut reader = state.store.read().await?;
    let session = reader.session(visitor, now).await?;
    let bytes = reader.picture(&session, picture, size, now).await?;
    Ok((bytes.ok_or(Refusal::NotFound)?, session))
}
