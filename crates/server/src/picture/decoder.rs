//! Where pictures are decoded: off the threads that answer, one at a time, with few files in memory.

use super::{Picture, develop};
use crate::domain::ids::AccountId;
use crate::problem::Problem;
use contract::avatar::{Frame, HEAVIEST};
use contract::refusal::{AvatarFlaw, Refusal};
use std::collections::HashSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// The bytes of all files that are being read or wait to be decoded: one of the heaviest, and others
/// beside it.
const FILES: usize = 8 * 1024 * 1024;
/// A file counts as so many bytes at least, which bounds how many wait.
const LEAST: usize = 256 * 1024;

/// The one place that decodes pictures. Its thread lives as long as it: what the heap keeps of one
/// picture is used for the next, and no thread keeps more of its own.
#[derive(Clone)]
pub(crate) struct Decoder {
    jobs: Sender<Job>,
    room: Arc<Semaphore>,
    /// The accounts that are sending one.
    sending: Arc<Mutex<HashSet<String>>>,
}

type Job = (Vec<u8>, Option<Frame>, oneshot::Sender<Result<Picture, AvatarFlaw>>);

/// Room for what has come of a file, given back when dropped.
pub(crate) struct Slot {
    room: OwnedSemaphorePermit,
    decoder: Decoder,
    account: String,
}

impl Slot {
    /// Room for so many bytes in all, which nobody waits for. It is taken as they come: whoever
    /// announces much and sends little stands in nobody's way (AVA-5).
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let wanted = bytes.clamp(LEAST, HEAVIEST).div_ceil(LEAST) * LEAST;
        let more = wanted.saturating_sub(self.room.num_permits());
        self.room.merge(self.decoder.room(more)?);
        Ok(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.decoder.sending().remove(&self.account);
    }
}

impl Decoder {
    /// Starts its thread.
    pub(crate) fn new() -> io::Result<Self> {
        let (jobs, orders) = mpsc::channel::<Job>();
        thread::Builder::new().name("pictures".to_owned()).spawn(move || {
            for (file, frame, tell) in orders {
                // A decoder that panics met something that is no picture; the thread goes on.
                let developed = catch_unwind(AssertUnwindSafe(|| develop(&file, frame)));
                drop(file);
                // Whoever asked may be gone.
                let _ = tell.send(developed.unwrap_or(Err(AvatarFlaw::Broken)));
            }
        })?;
        Ok(Self { jobs, room: Arc::new(Semaphore::new(FILES)), sending: Arc::default() })
    }

    /// A place for a file of an account, which nobody waits for; each account has one (AVA-5).
    pub(crate) fn slot(&self, account: &AccountId) -> Result<Slot, Problem> {
        let room = self.room(LEAST)?;
        if !self.sending().insert(account.to_string()) {
            return Err(Refusal::TooBusy { after: 2 }.into());
        }
        Ok(Slot { room, decoder: self.clone(), account: account.to_string() })
    }

    fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let room = Arc::clone(&self.room).try_acquire_many_owned(bytes as u32);
        Ok(room.map_err(|_| Refusal::TooBusy { after: 2 })?)
    }

    fn sending(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a picture of a file, of what lies in the frame if there is one.
    pub(crate) async fn develop(
        &self,
        _slot: Slot,
        file: Vec<u8>,
        frame: Option<Frame>,
    ) -> Result<Picture, Problem> {
        let (tell, told) = oneshot::channel();
        self.jobs.send((file, frame, tell)).map_err(Problem::fault)?;
        let developed = told.await.map_err(Problem::fault)?;
        developed.map_err(|why| Refusal::AvatarBad { why }.into())
    }
}
