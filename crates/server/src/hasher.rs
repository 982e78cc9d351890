//! Password hashing: argon2id on threads of its own, a few computations at a time.

use crate::domain::ids::AccountId;
use crate::domain::network::Network;
use crate::problem::Problem;
use crate::secret;
use crate::store::AttemptReceipt;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use contract::limits::{PASSWORD_LONGEST, PASSWORD_SHORTEST};
use contract::refusal::{PasswordFlaw, Refusal};
use std::collections::{HashMap, HashSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tokio::sync::oneshot;
use unicode_normalization::UnicodeNormalization;

/// Threads that compute. A computation takes 19 MiB and a core, so half of the cores compute and the other
/// half answers requests (LD-02).
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

/// Places in the queue, running computations included; without a place a request gets `TOO_BUSY` (API-07).
const QUEUE: usize = 64;

/// Places for one network, so that none occupies the whole queue.
const FROM_ONE_NETWORK: usize = QUEUE / 4;

/// Computes password hashes. Clones share threads and queue.
#[derive(Clone)]
pub(crate) struct Hasher {
    jobs: Sender<Job>,
    waiting: Arc<Mutex<Waiting>>,
    /// Accounts whose new password is being judged.
    judging: Arc<Mutex<HashSet<String>>>,
    /// Checked where there is no hash, so that unknown numbers take as long as known ones.
    decoy: Arc<str>,
}

impl Hasher {
    /// Starts the threads and prepares the decoy.
    pub(crate) fn new() -> Result<Self, Problem> {
        let decoy = hash(&secret::token())?;
        Ok(Self {
            jobs: crew().map_err(Problem::fault)?,
            waiting: Arc::default(),
            judging: Arc::default(),
            decoy: decoy.into(),
        })
    }

    /// A place in the queue for a request from a network. It is taken before an attempt is charged, so that a
    /// flood of attempts costs other people none of theirs.
    pub(crate) fn slot(&self, network: &Network) -> Result<QueuePlace, Problem> {
        QueuePlace::take(&self.waiting, network.as_str())
    }

    /// The hashes that the password matches, for an attempt that was charged. The decoy is checked for each
    /// hash that is missing to `checks`, so that the time does not reveal their number.
    pub(crate) async fn matching(
        &self,
        _slot: QueuePlace,
        _receipt: &AttemptReceipt,
        password: String,
        hashes: Vec<String>,
        checks: usize,
    ) -> Result<Vec<String>, Problem> {
        let decoys = checks.saturating_sub(hashes.len());
        let decoy = Arc::clone(&self.decoy);
        self.compute(move |memory| {
            let password = normal(&password);
            for _ in 0..decoys {
                let _ = verify(memory, &password, &decoy);
            }
            hashes.into_iter().filter(|hash| verify(memory, &password, hash)).collect()
        })
        .await
    }

    /// Judges a new password and hashes it; `about` are words about the person that a guesser would try. One
    /// at a time per account, because judging takes long.
    pub(crate) async fn new_hash(
        &self,
        _slot: QueuePlace,
        account: &AccountId,
        password: String,
        about: Vec<String>,
    ) -> Result<String, Problem> {
        let _turn = Judging::take(&self.judging, account.as_str())?;
        self.compute(move |_| {
            let password = normal(&password);
            let about: Vec<&str> = about.iter().map(String::as_str).collect();
            strong(&password, &about)?;
            hash(&password)
        })
        .await?
    }

    /// Runs a computation on the threads for it, a few at a time.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (sender, result) = oneshot::channel();
        let job = Box::new(move |memory: &mut Memory| drop(sender.send(work(memory))));
        self.jobs.send(job).map_err(Problem::fault)?;
        result.await.map_err(Problem::fault)
    }
}

/// Memory of argon2. Each thread keeps its own: blocks allocated for every check would fragment the heap and
/// grow the process to ten times its size.
type Memory = Vec<Block>;
type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// Starts the threads that compute; they end when the last sender is dropped.
fn crew() -> io::Result<Sender<Job>> {
    let (sender, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..at_once() {
        let jobs = Arc::clone(&jobs);
        thread::Builder::new().name("passwords".to_owned()).spawn(move || {
            let mut memory = Memory::new();
            while let Some(job) = next(&jobs) {
                // The request that waits for it gets a fault; the thread goes on.
                let _ = catch_unwind(AssertUnwindSafe(|| job(&mut memory)));
            }
        })?;
    }
    Ok(sender)
}

fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// The right of an account to have a password judged, released when dropped.
struct Judging {
    judging: Arc<Mutex<HashSet<String>>>,
    account: String,
}

impl Judging {
    fn take(judging: &Arc<Mutex<HashSet<String>>>, account: &str) -> Result<Self, Problem> {
        let free = judging.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_owned());
        if free {
            Ok(Self { judging: Arc::clone(judging), account: account.to_owned() })
        } else {
            Err(Refusal::TooBusy { after: 2 }.into())
        }
    }
}

impl Drop for Judging {
    fn drop(&mut self) {
        self.judging.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.account);
    }
}

/// Places taken, by network.
type Waiting = HashMap<String, usize>;

/// A place in the queue, released when dropped.
pub(crate) struct QueuePlace {
    waiting: Arc<Mutex<Waiting>>,
    network: String,
}

impl QueuePlace {
    fn take(waiting: &Arc<Mutex<Waiting>>, network: &str) -> Result<Self, Problem> {
        let mut counts = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let here = counts.get(network).copied().unwrap_or(0);
        if here >= FROM_ONE_NETWORK || counts.values().sum::<usize>() >= QUEUE {
            return Err(Refusal::TooBusy { after: 2 }.into());
        }
        counts.insert(network.to_owned(), here + 1);
        Ok(Self { waiting: Arc::clone(waiting), network: network.to_owned() })
    }
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        let mut counts = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.network) {
            Some(here) if *here > 1 => *here -= 1,
            _ => drop(counts.remove(&self.network)),
        }
    }
}

/// Normalizes a password: letters with marks as one character each (NFC), however they were typed (NIST SP
/// 800-63B-4 3.1.1.2).
fn normal(password: &str) -> String {
    password.nfc().collect()
}

/// Characters of a new password that are judged, from its beginning.
const JUDGED: usize = 32;

/// Whether a new password is good enough (API-07): its length, and how many guesses it withstands by somebody
/// who knows common passwords, words, names, keyboards, dates, and this person.
fn strong(password: &str, about: &[&str]) -> Result<(), Refusal> {
    let length = password.chars().count();
    let weak = |why| Err(Refusal::PasswordWeak { why });
    if length < PASSWORD_SHORTEST {
        return weak(PasswordFlaw::Short);
    }
    if length > PASSWORD_LONGEST {
        return weak(PasswordFlaw::Long);
    }
    // Three of four: more guesses than can be tried against a stolen hash of this kind in years. The rest is
    // not judged, because the time to judge grows steeply with the length.
    let beginning = |text: &str| text.chars().take(JUDGED).collect::<String>();
    let about: Vec<String> = about.iter().map(|text| beginning(text)).collect();
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    if zxcvbn::zxcvbn(&beginning(password), &about).score() < zxcvbn::Score::Three {
        return weak(PasswordFlaw::Common);
    }
    Ok(())
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

/// Whether a password matches a hash; false if the hash cannot be read.
fn verify(memory: &mut Memory, password: &str, hash: &str) -> bool {
    let compute = || -> Option<bool> {
        let hash = PasswordHash::new(hash).ok()?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let version = Version::try_from(hash.version?).ok()?;
        let params = Params::try_from(&hash).ok()?;
        memory.resize(params.block_count().max(memory.len()), Block::default());
        let expected = hash.hash?;
        let mut found = vec![0; expected.len()];
        Argon2::new(algorithm, version, params)
            .hash_password_into_with_memory(password.as_bytes(), &hash.salt?, &mut found, memory)
            .ok()?;
        Some(secret::same(&found, expected.as_bytes()))
    };
    compute().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::{FROM_ONE_NETWORK, Hasher, Judging, Memory, QUEUE, QueuePlace, hash, normal, strong, verify};
    use contract::refusal::{PasswordFlaw, Refusal};
    use std::sync::Arc;

    #[test]
    fn api_07_hashes_are_argon2id_and_salted() {
        let first = hash("demo").expect("a hash");
        let second = hash("demo").expect("a hash");
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second);
        let memory = &mut Memory::new();
        for hash in [&first, &second, &first] {
            assert!(verify(memory, "demo", hash) && !verify(memory, "Demo", hash));
        }
        for none in ["", "$argon2id$", &first[..first.len() - 1], &first.replace("id$v=19", "id$v=18")] {
            assert!(!verify(memory, "demo", none), "{none}");
        }
    }

    #[test]
    fn api_07_what_a_new_password_may_be() {
        let about = ["13800000001", "林晓", "menshen"];
        for good in [
            "correct horse battery staple",
            "我家的猫最喜欢在下午三点晒太阳",
            "demo-Password-2026",
            "xK9#mQ2$vL5@nR8",
            // A score of exactly three.
            "sunshine tiger99",
            "  spaces count, too  ",
        ] {
            assert_eq!(strong(good, &about), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", PasswordFlaw::Short),
            ("xK9#mQ2$vL5@nR", PasswordFlaw::Short),
            ("aaaaaaaaaaaaaaa", PasswordFlaw::Common),
            ("123456789012345", PasswordFlaw::Common),
            ("passwordpassword", PasswordFlaw::Common),
            ("qwertyuiopasdfghjkl", PasswordFlaw::Common),
            ("1380000000113800000001", PasswordFlaw::Common),
            ("menshenmenshen1", PasswordFlaw::Common),
            (&"x1".repeat(65), PasswordFlaw::Long),
        ] {
            assert_eq!(strong(bad, &about), Err(Refusal::PasswordWeak { why }), "{bad}");
        }
        let longest: String = ('a'..='z')
            .cycle()
            .zip(0..)
            .map(|(letter, n)| if n % 7 == 3 { '9' } else { letter })
            .take(128)
            .collect();
        assert_eq!(strong(&longest, &about), Ok(()));
        // Only the beginning is judged: what follows 40 equal letters does not count.
        let late = format!("{}xK9#mQ2$vL5@nR8", "a".repeat(40));
        assert_eq!(strong(&late, &about), Err(Refusal::PasswordWeak { why: PasswordFlaw::Common }));
    }

    #[test]
    fn api_07_no_network_fills_the_queue_for_all_others() {
        let waiting = Arc::default();
        let fill = |network| -> Vec<_> {
            std::iter::from_fn(|| QueuePlace::take(&waiting, network).ok()).take(QUEUE + 1).collect()
        };
        let one = fill("192.0.2.0");
        assert_eq!(one.len(), FROM_ONE_NETWORK);
        let others: Vec<_> = ["198.51.100.0", "203.0.113.0", "10.0.0.0"].map(fill).into();
        assert_eq!(others.iter().map(Vec::len).sum::<usize>(), QUEUE - FROM_ONE_NETWORK);
        assert!(fill("172.16.0.0").is_empty(), "all are taken");
        drop(others);
        let mut one = one;
        drop(one.pop());
        assert_eq!(fill("192.0.2.0").len(), 1, "one place back, one place free");
        assert_eq!(fill("172.16.0.0").len(), FROM_ONE_NETWORK, "given back");
        drop(one);
        assert!(waiting.lock().expect("whole").is_empty());
    }

    #[test]
    fn api_07_an_account_has_one_password_judged_at_a_time() {
        let judging = Arc::default();
        let turn = Judging::take(&judging, "lin").expect("the first");
        assert!(Judging::take(&judging, "lin").is_err());
        Judging::take(&judging, "he").expect("another account");
        drop(turn);
        Judging::take(&judging, "lin").expect("given back");
    }

    #[tokio::test]
    async fn sec_2_panicking_computation_does_not_stop_the_next_one() {
        let passwords = Hasher::new().expect("a crew");
        for _ in 0..20 {
            assert!(passwords.compute(|_| panic!("on purpose")).await.is_err());
        }
        assert_eq!(passwords.compute(|_| 7).await.ok(), Some(7));
    }

    #[test]
    fn api_07_the_same_letters_are_the_same_password() {
        assert_eq!(normal("cafe\u{301}"), normal("caf\u{e9}"));
    }
}
