//! Passwords: argon2id, off the threads that answer, a few at a time.

use crate::problem::Problem;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use contract::refusal::Refusal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Each computation takes 19 MiB and a core: more at once only make all of them slower.
const AT_ONCE: usize = 2;
/// Who comes when so many wait is asked to come back (API-07).
const QUEUE: usize = 64;

/// The one place that computes password hashes.
#[derive(Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    /// Checked where there is no hash, so that unknown numbers take as long as known ones.
    decoy: Arc<str>,
}

impl Passwords {
    /// Prepares the decoy.
    pub(crate) fn new() -> Result<Self, Problem> {
        let decoy = hash(&crate::secret::token())?;
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(AtomicUsize::new(0)),
            decoy: decoy.into(),
        })
    }

    /// A place in the queue. It is taken before a try is charged, so that a flood of tries costs
    /// nobody a try of their own.
    pub(crate) fn place(&self) -> Result<Place, Problem> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= QUEUE {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(Refusal::TooBusy { after: 2 }.into());
        }
        Ok(Place(Arc::clone(&self.waiting)))
    }

    /// Which of the hashes the password matches; takes the time of one check if there are none.
    pub(crate) async fn matching(
        &self,
        _place: Place,
        password: String,
        hashes: Vec<String>,
    ) -> Result<Vec<String>, Problem> {
        let _turn = self.turns.acquire().await.map_err(Problem::fault)?;
        let decoy = Arc::clone(&self.decoy);
        tokio::task::spawn_blocking(move || {
            if hashes.is_empty() {
                let _ = verify(&password, &decoy);
            }
            hashes.into_iter().filter(|hash| verify(&password, hash)).collect()
        })
        .await
        .map_err(Problem::fault)
    }
}

/// A place in the queue, given back when dropped.
pub(crate) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Hashes a password for the database: argon2id, 19 MiB, two passes, one lane (OWASP's first
/// choice for servers of this size).
pub(crate) fn hash(password: &str) -> Result<String, Problem> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(Problem::fault)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(password.as_bytes())
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(Problem::fault)
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{hash, verify};

    #[test]
    fn api_07_hashes_are_argon2id_and_salted() {
        let first = hash("demo").expect("a hash");
        let second = hash("demo").expect("a hash");
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second);
        assert!(verify("demo", &first) && !verify("Demo", &first));
    }
}
