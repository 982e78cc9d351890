//! Effects behind the gate (G1): single sensitive actions, which need a grant. A request without one is refused
//! with the ways to get it.

use crate::clock::Moment;
use crate::domain::change::OpenChange;
use crate::domain::session::Session;
use crate::domain::visitor::Visitor;
use crate::problem::Problem;
use crate::state::AppState;
use crate::store::{EffectSession, Reader, WriteTx};
use crate::usecase::change::{granted, step_up_needed};
use crate::usecase::conclude::{Applied, Concluded, Effect, EffectKey, once};
use contract::me::Action;
use std::future::Future;

/// An effect that needs a grant.
pub(crate) trait GatedAction: Send + Sync {
    const ACTION: Action;
    /// What the effect is done to.
    type Target: Send + Sync;

    /// The target, if the session may do this; asked before any effort, and in the transaction of the effect.
    fn target(
        &self,
        reader: &mut Reader,
        session: &Session,
        now: Moment,
    ) -> impl Future<Output = Result<Self::Target, Problem>> + Send;

    /// The id that the grant has to be about, if the action is about one thing.
    fn about(target: &Self::Target) -> Option<&str>;

    /// Makes the effect; `change` is the grant.
    fn apply(
        self,
        tx: &mut WriteTx,
        session: &EffectSession,
        target: Self::Target,
        change: OpenChange,
        now: Moment,
    ) -> impl Future<Output = Result<Applied, Problem>> + Send;
}

/// Makes an effect under its grant, whose id is the key; without one, refuses it with the ways to get one, if it
/// could be done.
pub(crate) async fn perform<G: GatedAction>(
    state: &AppState,
    visitor: &Visitor,
    grant: Option<EffectKey<'_>>,
    effect: G,
) -> Result<Concluded, Problem> {
    let Some(key) = grant else {
        let now = state.now();
        let mut reader = state.store.read().await?;
        let session = reader.session(visitor, now).await?;
        effect.target(&mut reader, &session, now).await?;
        return Err(step_up_needed(&session, G::ACTION, now));
    };
    once(state, visitor, key, async { Ok(Granted { grant: key.change(), effect }) }).await
}

/// An effect with its grant.
struct Granted<'a, G> {
    grant: &'a str,
    effect: G,
}

impl<G: GatedAction> Effect for Granted<'_, G> {
    async fn apply(
        self,
        _: &AppState,
        tx: &mut WriteTx,
        session: &EffectSession,
        now: Moment,
    ) -> Result<Applied, Problem> {
        let target = self.effect.target(tx, session, now).await?;
        let change = granted(G::ACTION, G::about(&target), tx, session, self.grant, now).await?;
        self.effect.apply(tx, session, target, change, now).await
    }
}
