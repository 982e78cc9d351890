//! The data folder: locked for one server, its files readable by their owner alone.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The lock that keeps a data folder to one server. The operating system releases it when the process ends,
/// however that happens.
#[derive(Debug)]
pub(crate) struct FolderLock(Mutex<Option<File>>);

impl FolderLock {
    /// Takes the lock.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub(crate) fn take(folder: &Path) -> Result<Self, String> {
        let shown = folder.display();
        let unusable =
            |error: io::Error| format!("The data folder {shown} cannot be used: {}.", error.kind());
        let file = private_file(&folder.join("menshen.lock")).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(Mutex::new(Some(file)))),
            Err(TryLockError::WouldBlock) => Err(format!(
                "Another server uses the data folder {shown}: stop that one first, or name another folder."
            )),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Releases the lock.
    pub(crate) fn release(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Opens a file for writing, created if needed, with mode 600 whatever the folder allows.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}
