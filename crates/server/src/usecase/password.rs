//! Setting or replacing the password, after a step-up. A forgotten one is replaced the same way: sign in by SMS,
//! then set it.

use crate::clock::Moment;
use crate::domain::change::OpenChange;
use crate::domain::message::{Notice, Topic};
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::state::AppState;
use crate::store::{EffectSession, Reader, WriteTx};
use crate::texts;
use crate::usecase::change::{find_for, must_be_fresh};
use crate::usecase::conclude::{Applied, Concluded, Effect, EffectKey, once};
use crate::usecase::revoke;
use contract::activity::SecurityEvent;
use contract::change::ChangeStep;
use contract::me::Action;
use contract::password::{EXAMPLES, SetPassword};
use contract::refusal::SessionEnd;

/// Judges and hashes the new password, then sets it.
pub(crate) async fn set(
    state: &AppState,
    visitor: &Visitor,
    key: EffectKey<'_>,
    request: &SetPassword,
) -> Result<Concluded, Problem> {
    once(state, visitor, key, async {
        let now = state.now();
        let mut reader = state.store.read().await?;
        let session = reader.session(visitor, now).await?;
        ready(&mut reader, &session, request, now).await?;
        drop(reader);
        let slot = state.hasher.slot(&visitor.network)?;
        let typed = request.new_password.clone();
        let hash = state.hasher.new_hash(slot, &session.account.id, typed, known_words(&session)).await?;
        Ok(NewPassword { request, hash })
    })
    .await
}

/// The hash is replaced; every other session of the account ends, and this one gets a new token.
struct NewPassword<'a> {
    request: &'a SetPassword,
    hash: String,
}

impl Effect for NewPassword<'_> {
    async fn apply(
        self,
        _: &AppState,
        tx: &mut WriteTx,
        session: &EffectSession,
        now: Moment,
    ) -> Result<Applied, Problem> {
        let change = ready(tx, session, self.request, now).await?;
        let account = &session.account;
        tx.set_password(session, &self.hash).await?;
        revoke::other_sessions(tx, session, &change.id, SessionEnd::PasswordChanged, now).await?;
        tx.renew_token(session).await?;
        Ok(Applied {
            step: ChangeStep::PasswordSet,
            events: vec![session.event(SecurityEvent::PasswordSet, change.proven_way())],
            notices: vec![Notice {
                to: account.clone(),
                topic: Topic::PasswordSet,
                text: texts::password_set(&account.phone, now),
            }],
            change,
            erases: None,
        })
    }
}

/// The change, if only the new password is missing.
async fn ready(
    reader: &mut Reader,
    session: &Session,
    request: &SetPassword,
    now: Moment,
) -> Result<OpenChange, Problem> {
    let open = find_for(Action::Password, reader, session, &request.change, request.version, now).await?;
    must_be_fresh(reader, &open, session, now).await?;
    Ok(open)
}

/// Words that a guesser knows about this person.
fn known_words(session: &Session) -> Vec<String> {
    let account = &session.account;
    let phone = account.phone.as_str();
    let mut words = vec![
        phone.to_owned(),
        phone.trim_start_matches("+86").to_owned(),
        account.nickname.clone(),
        "menshen".to_owned(),
    ];
    // The app shows these sentences to everybody as examples.
    words.extend(EXAMPLES.map(str::to_owned));
    words.extend(account.organization_name.clone());
    words
}
