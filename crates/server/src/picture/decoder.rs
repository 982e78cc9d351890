//! Decodes pictures off the threads that answer, one at a time, with few files in memory.

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

/// Bytes of all files that are being read or wait to be decoded: one of the largest, and others beside it.
const FILES: usize = 8 * 1024 * 1024;
/// A file counts as at least this many bytes, which limits how many wait.
const LEAST: usize = 256 * 1024;

/// Decodes pictures on one thread, which lives as long as this: the heap memory of one picture is reused for
/// the next, and no other thread keeps any of its own.
#[derive(Clone)]
pub(crate) struct Decoder {
    jobs: Sender<Job>,
    room: Arc<Semaphore>,
    /// The accounts with an upload under way.
    sending: Arc<Mutex<HashSet<String>>>,
}

type Job = (Vec<u8>, Option<Frame>, oneshot::Sender<Result<Picture, AvatarFlaw>>);

/// Room for the received part of a file, released when dropped.
pub(crate) struct UploadRoom {
    room: OwnedSemaphorePermit,
    decoder: Decoder,
    account: String,
}

impl UploadRoom {
    /// Takes room for so many bytes in total, without waiting. It grows as the bytes arrive, so that a client
    /// that declares much and sends little blocks nobody (AVA-5).
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let wanted = bytes.clamp(LEAST, HEAVIEST).div_ceil(LEAST) * LEAST;
        let more = wanted.saturating_sub(self.room.num_permits());
        self.room.merge(self.decoder.room(more)?);
        Ok(())
    }
}

impl Drop for UploadRoom {
    fn drop(&mut self) {
        self.decoder.sending().remove(&self.account);
    }
}

impl Decoder {
    /// Starts the thread.
    pub(crate) fn new() -> io::Result<Self> {
        let (jobs, orders) = mpsc::channel::<Job>();
        thread::Builder::new().name("pictures".to_owned()).spawn(move || {
            for (file, frame, sender) in orders {
                // A file that makes the decoder panic is not a picture; the thread goes on.
                let developed = catch_unwind(AssertUnwindSafe(|| develop(&file, frame)));
                drop(file);
                // The requester may be gone.
                let _ = sender.send(developed.unwrap_or(Err(AvatarFlaw::Broken)));
            }
        })?;
        Ok(Self { jobs, room: Arc::new(Semaphore::new(FILES)), sending: Arc::default() })
    }

    /// A place for a file of an account, without waiting; each account has one (AVA-5).
    pub(crate) fn slot(&self, account: &AccountId) -> Result<UploadRoom, Problem> {
        let room = self.room(LEAST)?;
        if !self.sending().insert(account.to_string()) {
            return Err(Refusal::TooBusy { after: 2 }.into());
        }
        Ok(UploadRoom { room, decoder: self.clone(), account: account.to_string() })
    }

    fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let room = Arc::clone(&self.room).try_acquire_many_owned(bytes as u32);
        Ok(room.map_err(|_| Refusal::TooBusy { after: 2 })?)
    }

    fn sending(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a picture of a file, cropped to the frame or to the square in the middle.
    pub(crate) async fn develop(
        &self,
        _slot: UploadRoom,
        file: Vec<u8>,
        frame: Option<Frame>,
    ) -> Result<Picture, Problem> {
        let (sender, result) = oneshot::channel();
        self.jobs.send((file, frame, sender)).map_err(Problem::fault)?;
        let developed = result.await.map_err(Problem::fault)?;
        developed.map_err(|why| Refusal::AvatarBad { why }.into())
    }
}
