//! Crash tests: the server process on a real disk gets requests over sockets from several clients, is
//! killed by `kill -9` and started again (DB-01, SES-04, OTP-06); and its memory use (AVA-2).
//!
//! A test's name begins with the ids it proves. `MENSHEN_LONG` in the environment makes the same tests long.
//! Kill times depend on a generator with a fixed seed and on the progress of the work, never on the clock.

mod audit;
mod browser;
mod dice;
mod disk;
mod guessing;
mod memory;
#[expect(dead_code, reason = "what the other tests need")]
#[path = "../api/picture.rs"]
mod picture;
mod process;
mod work;

use audit::Database;
use dice::Dice;
use process::{Folder, Server};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;
use work::Worker;

/// Workers at once; each has accounts of its own, so it knows what has to be true of them.
const WORKERS: u64 = 6;
/// Kills of one data folder.
const KILLS: usize = 20;
/// Nobody waits longer than that for work to get done.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the long version was asked for.
fn long() -> bool {
    std::env::var_os("MENSHEN_LONG").is_some()
}

#[test]
fn db_01_ses_04_acknowledged_writes_survive_kills() {
    let folders = if long() { 50 } else { 1 };
    let mut dice = Dice::new(20_261_122);
    let (mut starts, mut told) = (Vec::new(), work::Tally::default());
    for _ in 0..folders {
        let folder = Folder::new();
        let mut server = Server::start(folder.path());
        let mut database = Database::open(folder.path());
        let mut workers: Vec<Worker> =
            (0..WORKERS).map(|place| Worker::new(place, dice.seed(), database.subscribers(place))).collect();
        for _ in 0..KILLS {
            let killed = load_and_kill(server, &mut workers, &mut dice);
            server = Server::start(folder.path());
            starts.push(server.start);
            database = Database::open(folder.path());
            for worker in &mut workers {
                worker.settle(&server.host, &mut database);
            }
            database.must_be_whole();
            assert!(killed, "the workers came to an end before the kill");
        }
        for worker in &mut workers {
            worker.must_be_right_about_everything(&server.host, &mut database);
            told += worker.told;
        }
        let longest = starts.iter().max().expect("at least one start");
        println!("{} kills; acknowledged and kept: {told:?}; longest start {longest:?}", starts.len());
    }
}

/// Lets the workers work and kills the server after some of what they do was acknowledged.
fn load_and_kill(server: Server, workers: &mut [Worker], dice: &mut Dice) -> bool {
    let (acknowledges, acknowledged) = channel();
    let killing = AtomicBool::new(false);
    let host = server.host.clone();
    std::thread::scope(|scope| {
        for worker in workers {
            let (acknowledges, host, killing) = (acknowledges.clone(), &host, &killing);
            scope.spawn(move || {
                worker.work(host, &acknowledges);
                assert!(killing.load(Ordering::SeqCst), "the server went away by itself");
            });
        }
        drop(acknowledges);
        let enough = (0..1 + dice.below(40)).all(|_| acknowledged.recv_timeout(PATIENCE).is_ok());
        // At once, as what was only promised would be lost; or into the middle of whatever is under way.
        let later = dice.below(2) * dice.below(400_000);
        (0..later).for_each(|_| std::hint::spin_loop());
        killing.store(true, Ordering::SeqCst);
        server.kill();
        enough
    })
}
