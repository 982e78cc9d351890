//! Deletion of old rows, round by round, so that tables do not grow with time; and of accounts whose cooling-off
//! is over (C8).

use crate::problem::Problem;
use crate::state::AppState;
use crate::store::RETENTION;
use crate::usecase::cancel;
use std::time::Duration;

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(5 * 60);
/// Rows at once: the write lock is not kept from others.
const BATCH: u32 = 100;

/// Round after round as long as the server runs.
pub(crate) async fn run(state: AppState) {
    loop {
        if let Err(problem) = round(&state).await {
            tracing::error!(?problem, "old rows cannot be deleted");
            state.store.doubt();
        }
        tokio::time::sleep(ROUND).await;
    }
}

/// One round; answers how many rows were deleted. The log is checkpointed whatever becomes of the rest: on a full
/// disk that frees space.
pub(crate) async fn round(state: &AppState) -> Result<u64, Problem> {
    if let Some(doubt) = &state.clock_doubt {
        tracing::warn!("{doubt}");
        return Ok(0);
    }
    let deleted = delete(state).await;
    state.store.checkpoint().await?;
    deleted
}

async fn delete(state: &AppState) -> Result<u64, Problem> {
    let now = state.now();
    let mut deleted = 0;
    let mut tx = state.store.write().await?;
    tx.set_time(now).await?;
    tx.commit().await?;
    let mut reader = state.store.read().await?;
    let due = reader.due_cancellations(now).await?;
    drop(reader);
    // An account that cannot be erased does not stop the others.
    for account in due {
        match cancel::carry_out(state, &account, now).await {
            Ok(erased) => deleted += u64::from(erased),
            Err(problem) => tracing::error!(%account, ?problem, "a canceled account cannot be erased"),
        }
    }
    loop {
        let mut tx = state.store.write().await?;
        let archived = tx.archive_attempts(BATCH, now).await?;
        tx.commit().await?;
        deleted += archived;
        if archived < u64::from(BATCH) {
            break;
        }
    }
    for statement in RETENTION {
        loop {
            let mut tx = state.store.write().await?;
            let batch = tx.delete_old(statement, BATCH, now).await?;
            tx.commit().await?;
            deleted += batch;
            if batch < u64::from(BATCH) {
                break;
            }
        }
    }
    Ok(deleted)
}
