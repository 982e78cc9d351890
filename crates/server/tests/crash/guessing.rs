//! Guessing one code over many connections at the same time.

use crate::audit::Database;
use crate::browser::Browser;
use crate::long;
use crate::process::{Folder, Server};
use contract::refusal::Refusal;
use contract::sign_in::{SendSignInCode, SignInBySms};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;

const CONNECTIONS: usize = 200;
const PHONE: &str = "+8615000000000";

#[test]
fn cc_03_otp_06_five_guesses_are_compared_despite_kills() {
    let guesses = if long() { 10_000 } else { 2_000 };
    let folder = Folder::new();
    let mut server = Server::start(folder.path());
    let mut database = Database::open(folder.path());
    let mut browser = Browser::default();
    let sent = browser.send(&server.host, &SendSignInCode { phone: PHONE.to_owned() });
    sent.expect("the server answers").expect("a code is sent");
    let code = browser.code_to(&server.host, PHONE).expect("the server answers");
    let mut burst =
        Burst { browser: &browser, code: &code, guesses, next: AtomicU32::new(0), wrong: 0, late: 0 };
    // The first two kills meet guesses that are being charged, the third those that are refused.
    for answers in [1, 2, guesses / 2] {
        assert!(burst.go(server, Some(answers)).is_none(), "all guesses were answered before the kill");
        server = Server::start(folder.path());
        let charged = database.charged(PHONE, "sign_in");
        assert!(burst.wrong <= charged && charged <= 5, "{charged} charged, {} told", burst.wrong);
    }
    let server = burst.go(server, None).expect("nobody killed it");
    let Burst { wrong, late, .. } = burst;
    let charged = database.charged(PHONE, "sign_in");
    // Of five compares the last locks; its answer looks like those that came too late.
    assert!(wrong <= 4 && charged == 5, "{charged} charged, {wrong} told");
    let right = browser.send(&server.host, &SignInBySms { phone: PHONE.to_owned(), code });
    assert!(matches!(right, Ok(Err(Refusal::CodeTooMany { .. }))), "{right:?}");
    println!(
        "{guesses} guesses over {CONNECTIONS} connections, 3 kills: {charged} charged, {wrong} told that they are \
         wrong, {late} refused"
    );
}

/// Guesses until there are no more.
struct Burst<'a> {
    browser: &'a Browser,
    code: &'a str,
    guesses: u32,
    next: AtomicU32,
    /// Answers that say that a guess was compared.
    wrong: i64,
    /// Answers that say that there are no tries left.
    late: i64,
}

impl Burst<'_> {
    /// Goes on over fresh connections, killing the server after so many answers.
    fn go(&mut self, server: Server, kill_after: Option<u32>) -> Option<Server> {
        let (tells, told) = channel();
        let (ready, host, mut server) = (Barrier::new(CONNECTIONS), server.host.clone(), Some(server));
        let (mut answers, mut wrong, mut late) = (0, 0, 0);
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                let (tells, ready, host) = (tells.clone(), &ready, &host);
                let (mut browser, guesses) = (self.browser.another(), &*self);
                scope.spawn(move || {
                    ready.wait();
                    while let Some(code) = guesses.another() {
                        let guess = SignInBySms { phone: PHONE.to_owned(), code };
                        let Ok(answer) = browser.send(host, &guess) else { break };
                        tells.send(answer.expect_err("it is wrong")).expect("somebody listens");
                    }
                });
            }
            drop(tells);
            for refusal in told {
                answers += 1;
                match refusal {
                    Refusal::CodeWrong { .. } => wrong += 1,
                    Refusal::CodeTooMany { .. } => late += 1,
                    other => panic!("{other:?}"),
                }
                if kill_after == Some(answers) {
                    server.take().expect("killed once").kill();
                }
            }
        });
        self.wrong += wrong;
        self.late += late;
        server
    }

    /// A code that is not the right one and was not guessed before.
    fn another(&self) -> Option<String> {
        let guess = self.next.fetch_add(1, Ordering::SeqCst);
        let digits = self.code.len();
        let code = (self.code.parse::<u32>().expect("digits") + 1 + guess) % 10_u32.pow(digits as u32);
        (guess < self.guesses).then(|| format!("{code:0digits$}"))
    }
}
