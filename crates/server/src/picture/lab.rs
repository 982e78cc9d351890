//! Where pictures are decoded: off the threads that answer, one at a time, with few files in memory.

use super::{Picture, develop};
use crate::problem::Problem;
use contract::avatar::HEAVIEST;
use contract::refusal::{AvatarFlaw, Refusal};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
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
pub(crate) struct Lab {
    jobs: Sender<Job>,
    room: Arc<Semaphore>,
}

type Job = (Vec<u8>, oneshot::Sender<Result<Picture, AvatarFlaw>>);

/// Room for a file, given back when dropped.
pub(crate) struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Lab {
    /// Starts its thread.
    pub(crate) fn new() -> io::Result<Self> {
        let (jobs, orders) = mpsc::channel::<Job>();
        thread::Builder::new().name("pictures".to_owned()).spawn(move || {
            for (file, tell) in orders {
                // A decoder that panics met something that is no picture; the thread goes on.
                let developed = catch_unwind(AssertUnwindSafe(|| develop(&file)));
                drop(file);
                // Whoever asked may be gone.
                let _ = tell.send(developed.unwrap_or(Err(AvatarFlaw::Broken)));
            }
        })?;
        Ok(Self { jobs, room: Arc::new(Semaphore::new(FILES)) })
    }

    /// Room for a file of so many bytes, which nobody waits for; one of unknown length may be as heavy
    /// as any.
    pub(crate) fn place(&self, length: Option<usize>) -> Result<Place, Problem> {
        let bytes = length.unwrap_or(HEAVIEST).clamp(LEAST, HEAVIEST) as u32;
        let permit = Arc::clone(&self.room).try_acquire_many_owned(bytes);
        Ok(Place(permit.map_err(|_| Refusal::TooBusy { after: 2 })?))
    }

    /// Makes a picture of a file.
    pub(crate) async fn develop(&self, _place: Place, file: Vec<u8>) -> Result<Picture, Problem> {
        let (tell, told) = oneshot::channel();
        self.jobs.send((file, tell)).map_err(Problem::fault)?;
        let developed = told.await.map_err(Problem::fault)?;
        developed.map_err(|why| Refusal::AvatarBad { why }.into())
    }
}
