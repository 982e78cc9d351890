//! OTP-03, CC-01, CC-02, CC-04, DEL-06, SES-03, SES-04: what can be used once is used by exactly one
//! of many simultaneous requests, and what was revoked is refused to all of them.
//!
//! Fifty rounds each; a thousand with `MENSHEN_LONG` (`cargo xtask test --all`).

use crate::console::proven_role;
use crate::support::SEND_GAP;
use crate::support::{Browser, House, step_up_code};
use contract::account::{Role, Surface};
use contract::cancel::CancelAccount;
use contract::change::{Change, ChangeStep, StartChange};
use contract::console::{DeleteUser, GetUsers};
use contract::devices::{EndDevice, EndOtherSessions, GetDevices};
use contract::endpoint::Gated;
use contract::me::{Action, GetMe};
use contract::password::SetPassword;
use contract::phone::BindPhone;
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::{ChooseAccount, EnterSurface, SignIn, SignInBySms, SignOut};
use contract::step_up::StepUpBySms;
use serde_json::json;
use server::config::Limits;
use std::future::Future;

const CROWD: usize = 64;

fn rounds(short: u32, long: u32) -> u32 {
    if std::env::var_os("MENSHEN_LONG").is_some() { long } else { short }
}

/// A server whose limits do not end the rounds.
async fn house() -> House {
    House::open_with(|config| config.limits = Limits::none()).await
}

/// Everybody at once; the answers in any order.
async fn all_at_once<T, F>(crowd: usize, ask: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..crowd).map(|n| tokio::spawn(ask(n))).collect();
    let mut answers = Vec::with_capacity(crowd);
    for task in tasks {
        answers.push(task.await.expect("no panic"));
    }
    answers
}

/// A mainland number of its own for each round.
fn number(round: u32) -> String {
    format!("137{round:08}")
}

/// A browser in which a new account with a number of its own is signed in.
async fn newcomer(house: &House, phone: &str) -> Browser {
    let browser = house.browser();
    browser.send_code(phone).await;
    let code = house.code_to(phone).await;
    assert_eq!(browser.send(&SignInBySms { phone: phone.into(), code }).await, Ok(SignIn::SignedIn));
    house.advance(SEND_GAP);
    browser
}

/// A change of an action, proven by the code to the bound phone.
async fn proven(house: &House, browser: &Browser, phone: &str, action: Action) -> Change {
    let change = browser.send(&StartChange::of(action)).await.expect("begun");
    let change = browser.send(&step_up_code(&change)).await.expect("sent");
    let code = house.code_to(phone).await;
    house.advance(SEND_GAP);
    let step = StepUpBySms { change: change.id, version: change.version, code };
    browser.send(&step).await.expect("proven")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn otp_03_a_code_signs_in_once() {
    let house = house().await;
    for round in 0..rounds(50, 1000) {
        let phone = number(round);
        let browser = house.browser();
        browser.send_code(&phone).await;
        let request = SignInBySms { phone: phone.clone(), code: house.code_to(&phone).await };
        let answers = all_at_once(CROWD, |_| {
            let (browser, request) = (browser.clone(), request.clone());
            async move { browser.send(&request).await }
        })
        .await;
        let winners = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(winners, 1, "round {round}");
    }
    let sessions = house.count("SELECT COUNT(*) FROM session").await;
    assert_eq!(sessions, i64::from(rounds(50, 1000)));
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'account_opened'").await, sessions);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cc_01_a_choice_opens_one_session() {
    let house = house().await;
    for round in 0..rounds(50, 1000) {
        let browser = house.browser();
        browser.send_code("13800000009").await;
        let code = house.code_to("13800000009").await;
        let answer = browser.send(&SignInBySms { phone: "13800000009".into(), code }).await;
        let Ok(SignIn::Choose(choice)) = answer else { panic!("{answer:?}") };
        let answers = all_at_once(CROWD, |n| {
            let request = ChooseAccount {
                sign_in_id: choice.sign_in_id.clone(),
                account: choice.accounts[n % 2].id.clone(),
            };
            let browser = browser.clone();
            async move { browser.send(&request).await }
        })
        .await;
        let winners = answers.iter().filter(|answer| **answer == Ok(SignIn::SignedIn)).count();
        assert_eq!(winners, 1, "round {round}");
        assert_eq!(answers.iter().filter(|a| **a == Err(Refusal::SignInFailed)).count(), CROWD - 1);
        // Past the number's budget of codes.
        house.advance(9000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cc_01_a_step_up_is_written_once_and_a_grant_used_once() {
    let house = house().await;
    for round in 0..rounds(50, 1000) {
        let phone = number(round);
        let browser = newcomer(&house, &phone).await;
        let other = house.browser();
        other.send_code(&phone).await;
        let code = house.code_to(&phone).await;
        other.send(&SignInBySms { phone: phone.clone(), code }).await.expect("signed in");
        house.advance(SEND_GAP);

        let change = browser.send(&StartChange::of(Action::EndOtherSessions)).await.expect("begun");
        let change = browser.send(&step_up_code(&change)).await.expect("sent");
        let code = house.code_to(&phone).await;
        let step = StepUpBySms { change: change.id, version: change.version, code };
        let answers = all_at_once(CROWD, |_| {
            let (browser, step) = (browser.clone(), step.clone());
            async move { browser.send(&step).await }
        })
        .await;
        let granted: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
        assert_eq!(granted.len(), 1, "round {round}");
        assert_eq!(granted[0].step, ChangeStep::Granted);

        let request = EndOtherSessions::default().granted(granted[0].id.clone());
        let answers = all_at_once(CROWD, |_| {
            let (browser, request) = (browser.clone(), request.clone());
            async move { browser.send(&request).await }
        })
        .await;
        // The same request with the same key: one effect, and everybody is told of it.
        for answer in &answers {
            let step = &answer.as_ref().expect("the recorded answer").step;
            assert_eq!(*step, ChangeStep::SessionsEnded { count: 1 });
        }
        assert_eq!(other.refused(&GetMe {}).await, ended(SessionEnd::EndedElsewhere));
        browser.send(&GetMe {}).await.expect("this one goes on");
    }
    let effects = house.count("SELECT COUNT(*) FROM event WHERE what = 'others_ended'").await;
    assert_eq!(effects, i64::from(rounds(50, 1000)));
}

fn ended(why: SessionEnd) -> Refusal {
    Refusal::SessionEnded { why }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cc_01_a_new_number_is_bound_once() {
    let house = house().await;
    for round in 0..rounds(50, 1000) {
        let (old, new) = (number(round * 2), number(round * 2 + 1));
        let browser = newcomer(&house, &old).await;
        let change = proven(&house, &browser, &old, Action::Phone).await;
        let change = browser.target(&change, Some(&new)).await.expect("sent");
        let code = house.code_to(&new).await;
        let bind = BindPhone { change: change.id, version: change.version, code };
        let answers = all_at_once(CROWD, |_| {
            let (browser, bind) = (browser.clone(), bind.clone());
            async move { browser.send(&bind).await }
        })
        .await;
        let bound: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
        assert!(!bound.is_empty(), "round {round}: {answers:?}");
        assert!(bound.iter().all(|answer| *answer == bound[0]), "one answer for all");
    }
    let effects = i64::from(rounds(50, 1000));
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'phone_changed'").await, effects);
    assert_eq!(house.count("SELECT COUNT(*) FROM outbox").await, effects);
    assert_eq!(house.count("SELECT COUNT(*) FROM account WHERE epoch = 2").await, effects);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cc_01_a_password_is_set_once() {
    let house = house().await;
    let rounds = rounds(50, 1000);
    for round in 0..rounds {
        let phone = number(round);
        let browser = newcomer(&house, &phone).await;
        let change = proven(&house, &browser, &phone, Action::Password).await;
        let set = SetPassword {
            change: change.id,
            version: change.version,
            new_password: "correct horse battery staple".into(),
        };
        let answers = all_at_once(CROWD, |_| {
            let (browser, set) = (browser.clone(), set.clone());
            async move { browser.send(&set).await }
        })
        .await;
        let done = answers.iter().filter_map(|answer| answer.as_ref().ok());
        assert!(done.clone().count() > 0, "round {round}: {answers:?}");
        assert!(done.clone().all(|change| change.step == ChangeStep::PasswordSet));
    }
    assert_eq!(
        house.count("SELECT COUNT(*) FROM event WHERE what = 'password_set'").await,
        i64::from(rounds)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cc_01_a_host_code_is_redeemed_once() {
    let house = house().await;
    for round in 0..rounds(50, 1000) {
        let body = r#"{"host":"demo-app","device_kind":"ios"}"#;
        let answer = house.ask_host_code("demo-app-secret", body).await.json();
        let code = answer["host_code"].as_str().expect("a code").to_owned();
        let answers = all_at_once(CROWD, |_| {
            let (browser, request) = (house.browser(), EnterSurface::HostCode(code.clone()));
            async move { browser.send(&request).await }
        })
        .await;
        let winners = answers.iter().flatten().filter(|entered| entered.surface == Surface::App).count();
        assert_eq!(winners, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cc_02_two_browsers_rebind_one_account_and_one_of_them_wins() {
    let house = house().await;
    for round in 0..rounds(50, 500) {
        let old = number(round * 3);
        let first = newcomer(&house, &old).await;
        let second = newcomer(&house, &old).await;
        let mut binds = Vec::new();
        for (n, browser) in [first, second].into_iter().enumerate() {
            let new = number(round * 3 + 1 + n as u32);
            let change = proven(&house, &browser, &old, Action::Phone).await;
            let change = browser.target(&change, Some(&new)).await.expect("sent");
            let code = house.code_to(&new).await;
            binds.push((browser, BindPhone { change: change.id, version: change.version, code }));
        }
        let answers = all_at_once(2, |n| {
            let (browser, bind) = binds[n].clone();
            async move { browser.send(&bind).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "round {round}: {answers:?}");
        let loser = answers.into_iter().find_map(Result::err).expect("one lost");
        assert_eq!(loser, ended(SessionEnd::PhoneChanged), "and is told truthfully");
        // A day's budget of codes for every number of the next round.
        house.advance(3600);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn del_06_cc_02_parallel_cancels_and_rebind_have_one_winner() {
    let house = house().await;
    for round in 0..rounds(25, 500) {
        let (old, new) = (number(round * 2), number(round * 2 + 1));
        let mut browsers = Vec::new();
        for _ in 0..3 {
            browsers.push(newcomer(&house, &old).await);
        }
        // The five codes of the hour are spent on signing in and two of the proofs.
        house.advance(3600);
        let change = proven(&house, &browsers[0], &old, Action::Phone).await;
        let change = browsers[0].target(&change, Some(&new)).await.expect("sent");
        let code = house.code_to(&new).await;
        let bind = BindPhone { change: change.id, version: change.version, code };
        let mut words = Vec::new();
        for browser in &browsers[1..] {
            let change = browser.send(&step_up_code(&browser.start_cancel().await)).await.expect("sent");
            let code = house.code_to(&old).await;
            house.advance(SEND_GAP);
            let step = StepUpBySms { change: change.id, version: change.version, code };
            let proven = browser.send(&step).await.expect("proven");
            words.push(CancelAccount { change: proven.id, version: proven.version });
        }
        let answers = all_at_once(3, |n| {
            let (browser, bind, words) = (browsers[n].clone(), bind.clone(), words.clone());
            async move { if n == 0 { browser.send(&bind).await } else { browser.send(&words[n - 1]).await } }
        })
        .await;
        let winners: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
        assert_eq!(winners.len(), 1, "round {round}: {answers:?}");
        let (why, accounts) = match winners[0].step {
            ChangeStep::PhoneBound { .. } => (SessionEnd::PhoneChanged, 1),
            ChangeStep::Canceled { .. } => (SessionEnd::AccountCanceled, 0),
            ref step => panic!("{step:?}"),
        };
        let losers: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert_eq!(losers, [&ended(why); 2], "round {round}: the others are told truthfully");
        for browser in &browsers {
            assert_eq!(browser.refused(&GetMe {}).await, ended(why), "round {round}");
        }
        let mut database = house.database().await;
        let held: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM account WHERE phone IN ('+86' || ?, '+86' || ?)")
                .bind(&old)
                .bind(&new)
                .fetch_one(&mut database)
                .await
                .expect("a count");
        assert_eq!(held, accounts, "round {round}");
    }
    let effects =
        house.count("SELECT COUNT(*) FROM event WHERE what IN ('phone_changed', 'account_canceled')").await;
    assert_eq!(effects, i64::from(rounds(25, 500)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stp_05_no_effect_is_committed_after_its_precondition_fell() {
    let house = house().await;
    for round in 0..rounds(25, 1000) {
        let (old, new) = (number(round * 2), number(round * 2 + 1));
        let browser = newcomer(&house, &old).await;
        let change = proven(&house, &browser, &old, Action::Phone).await;
        let change = browser.target(&change, Some(&new)).await.expect("sent");
        let code = house.code_to(&new).await;
        let bind = BindPhone { change: change.id, version: change.version, code };
        let account = browser.send(&GetMe {}).await.expect("signed in").account;
        let mut database = house.database().await;
        let (answer, fallen) = tokio::join!(tokio::spawn(async move { browser.send(&bind).await }), async {
            // The organization takes the account over; the order of the two commits is the order
            // of their events.
            let mut tx = sqlx::Connection::begin_with(&mut database, "BEGIN IMMEDIATE").await.expect("begun");
            sqlx::query("UPDATE account SET sso = 1 WHERE id = ?")
                .bind(&account)
                .execute(&mut *tx)
                .await
                .expect("written");
            let id = sqlx::query(
                "INSERT INTO event (at, account, what, result)
                 SELECT 0, pseudonym, 'taken_over', 'ok' FROM account WHERE id = ?",
            )
            .bind(&account)
            .execute(&mut *tx)
            .await
            .expect("written")
            .last_insert_rowid();
            tx.commit().await.expect("committed");
            id
        });
        let changed: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM event WHERE what = 'phone_changed'
                     AND account = (SELECT pseudonym FROM account WHERE id = ?)",
        )
        .bind(&account)
        .fetch_optional(&mut database)
        .await
        .expect("read");
        match answer.expect("no panic") {
            Ok(_) => assert!(changed.is_some_and(|id| id < fallen), "round {round}: bound after the fall"),
            Err(refusal) => assert_eq!((refusal, changed), (Refusal::SsoManaged, None), "round {round}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn db_02_parallel_wrong_tries_are_all_counted() {
    let house = house().await;
    let mut tries = Vec::new();
    for n in 0..CROWD as u32 {
        let (browser, phone) = (house.browser(), number(n));
        browser.send_code(&phone).await;
        let code = house.code_to(&phone).await;
        tries.push((browser, SignInBySms { phone, code: crate::support::another(&code) }));
    }
    let over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut neighbor = house.database().await;
    let noise = tokio::spawn({
        let over = over.clone();
        async move {
            let mut written = 0;
            while !over.load(std::sync::atomic::Ordering::SeqCst) {
                let tx = sqlx::Connection::begin_with(&mut neighbor, "BEGIN IMMEDIATE").await;
                let mut tx = tx.expect("the neighbor waits too");
                sqlx::query("UPDATE setting SET value = value WHERE key = 'kind'")
                    .execute(&mut *tx)
                    .await
                    .expect("written");
                tx.commit().await.expect("committed");
                written += 1;
            }
            written
        }
    });
    for left in [4, 3, 2, 1] {
        let answers = all_at_once(CROWD, |n| {
            let (browser, wrong) = tries[n].clone();
            async move { browser.refused(&wrong).await }
        })
        .await;
        assert!(answers.iter().all(|answer| *answer == Refusal::CodeWrong { left }), "{answers:?}");
    }
    over.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(noise.await.expect("no panic") > 0);
    let charged = (CROWD * 4) as i64;
    assert_eq!(house.count("SELECT SUM(wrong) FROM chain").await, charged);
    assert_eq!(house.count("SELECT COUNT(*) FROM attempt").await, charged);
    assert_eq!(house.count("SELECT SUM(tries) FROM code").await, charged);
    assert_eq!(house.count("SELECT count FROM spent WHERE what = 'wrong'").await, charged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cc_04_of_fifty_accounts_that_want_one_number_one_gets_it() {
    let house = house().await;
    let mut people: Vec<(Browser, String)> = Vec::new();
    for n in 0..50 {
        let phone = number(n);
        people.push((newcomer(&house, &phone).await, phone));
    }
    for round in 0..rounds(2, 50) {
        let wanted = format!("136{round:08}");
        let mut binds = Vec::new();
        for (browser, phone) in &people {
            let change = proven(&house, browser, phone, Action::Phone).await;
            let change = browser.target(&change, Some(&wanted)).await.expect("sent");
            let code = house.code_to(&wanted).await;
            binds.push((browser.clone(), BindPhone { change: change.id, version: change.version, code }));
            // Past the budgets of the wanted number; the codes live on, and so do the proofs.
            house.execute("UPDATE code SET sent_at = sent_at - 86400000").await;
        }
        house.execute("UPDATE code SET expires_at = expires_at + 86400000").await;
        house.execute("UPDATE change SET expires_at = expires_at + 86400000").await;
        let answers = all_at_once(binds.len(), |n| {
            let (browser, bind) = binds[n].clone();
            async move { browser.send(&bind).await }
        })
        .await;
        let winners: Vec<usize> =
            answers.iter().enumerate().filter(|(_, answer)| answer.is_ok()).map(|(at, _)| at).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        // An effect that failed gives no try back (OTP-06), so the number's tries run out.
        let told = |answer: &Result<_, Refusal>| {
            matches!(answer, Ok(_) | Err(Refusal::PhoneTaken | Refusal::CodeTooMany { .. }))
        };
        assert!(answers.iter().all(told), "{answers:?}");
        for (at, (browser, _)) in people.iter().enumerate() {
            let me = browser.send(&GetMe {}).await;
            assert_eq!(me.is_err(), at == winners[0], "the losers keep their number and their session");
        }
        // Another round, another day, as far as tries are concerned.
        house.execute("DELETE FROM attempt").await;
        house.execute("DELETE FROM chain").await;
        let (browser, phone) = &mut people[winners[0]];
        *phone = wanted.clone();
        *browser = newcomer(&house, phone).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ses_03_requests_after_a_revocation_are_refused() {
    let house = house().await;
    let phone = "13800000001";
    for round in 0..rounds(25, 500) {
        let mut sessions = Vec::new();
        for _ in 0..20 {
            sessions.push(house.signed_in_by_sms(phone).await);
        }
        let by = sessions.pop().expect("twenty");
        let change = by.send(&StartChange::of(Action::EndOtherSessions)).await.expect("begun");
        let change = by.send(&step_up_code(&change)).await.expect("sent");
        let step = StepUpBySms {
            change: change.id.clone(),
            version: change.version,
            code: house.code_to(phone).await,
        };
        by.send(&step).await.expect("proven");
        let over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let hammering: Vec<_> = sessions
            .iter()
            .map(|session| {
                let (session, over) = (session.clone(), over.clone());
                tokio::spawn(async move {
                    loop {
                        // Asked before the request begins: what is set then was committed.
                        let revoked = over.load(std::sync::atomic::Ordering::SeqCst);
                        let answer = session.send(&GetMe {}).await;
                        match (revoked, answer) {
                            (true, answer) => break answer.is_ok(),
                            (false, Ok(_) | Err(Refusal::SessionEnded { .. })) => {}
                            (false, Err(other)) => panic!("{other:?}"),
                        }
                    }
                })
            })
            .collect();
        by.send(&EndOtherSessions::default().granted(change.id)).await.expect("ended");
        over.store(true, std::sync::atomic::Ordering::SeqCst);
        for task in hammering {
            assert!(!task.await.expect("no panic"), "round {round}: answered after it was revoked");
        }
        by.send(&SignOut {}).await.expect("signed out");
        assert_eq!(by.refused(&GetMe {}).await, ended(SessionEnd::NotSignedIn));
        house.advance(9000);
    }
}

/// A grant to delete a user, held by a super admin.
async fn to_delete(admin: &Browser, user: &str) -> DeleteUser {
    let start = StartChange { action: Action::DeleteUser, about: Some(user.into()) };
    let change = admin.send(&start).await.expect("begun");
    DeleteUser::of(user.into()).granted(admin.prove(&change).await.expect("proven").id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn del_06_parallel_deletes_rebind_and_cancel_delete_once() {
    let house = house().await;
    house.execute("UPDATE account SET role = 'super_admin' WHERE phone = '+8613800000008'").await;
    let mut rebound = 0;
    let count = rounds(25, 500);
    for round in 0..count {
        let admins = [house.signed_in("13800000006").await, house.signed_in("13800000008").await];
        let (old, new) = (number(round * 2), number(round * 2 + 1));
        // While it is a personal account: a proven rebind and a proven cancellation. Then it joins.
        let (rebinder, canceler) = (newcomer(&house, &old).await, newcomer(&house, &old).await);
        house.advance(3600);
        let change = proven(&house, &rebinder, &old, Action::Phone).await;
        let change = rebinder.target(&change, Some(&new)).await.expect("sent");
        let bind = BindPhone { change: change.id, version: change.version, code: house.code_to(&new).await };
        let change = canceler.send(&step_up_code(&canceler.start_cancel().await)).await.expect("sent");
        let code = house.code_to(&old).await;
        house.advance(SEND_GAP);
        let step = StepUpBySms { change: change.id, version: change.version, code };
        let change = canceler.send(&step).await.expect("proven");
        let word = CancelAccount { change: change.id, version: change.version };
        let user = rebinder.send(&GetMe {}).await.expect("signed in").account;
        let mut database = house.database().await;
        for sql in [
            "UPDATE account SET tenant = 'yunqiao', role = 'ordinary' WHERE id = ?",
            // Members change their number in the app.
            "UPDATE session SET surface = 'app' WHERE account = ?",
        ] {
            sqlx::query(sql).bind(&user).execute(&mut database).await.expect(sql);
        }
        let deletes = [to_delete(&admins[0], &user).await, to_delete(&admins[1], &user).await];
        let answers = all_at_once(4, |n| {
            let (rebinder, canceler, admins) = (rebinder.clone(), canceler.clone(), admins.clone());
            let (bind, word, deletes) = (bind.clone(), word.clone(), deletes.clone());
            async move {
                let answer = match n {
                    0 => rebinder.send(&bind).await,
                    1 => canceler.send(&word).await,
                    n => admins[n - 2].send(&deletes[n - 2]).await,
                };
                (n, answer)
            }
        })
        .await;
        let of = |who: usize| answers.iter().find(|(n, _)| *n == who).expect("answered").1.clone();
        let done: Vec<_> = [of(2), of(3)].into_iter().filter(Result::is_ok).collect();
        assert_eq!(done.len(), 1, "round {round}: one of them deleted it: {answers:?}");
        assert!([of(2), of(3)].contains(&Err(Refusal::NotFound)), "round {round}: the other finds nobody");
        // Whoever came before that did what they did; whoever came after is told the truth.
        match of(0) {
            Ok(_) => rebound += 1,
            Err(refusal) => assert_eq!(refusal, ended(SessionEnd::Removed), "round {round}"),
        }
        let told = of(1).expect_err("no member cancels");
        let truths =
            [Refusal::ManagedBySuperAdmin, ended(SessionEnd::Removed), ended(SessionEnd::PhoneChanged)];
        assert!(truths.contains(&told), "round {round}: {told:?}");
        for browser in [&rebinder, &canceler] {
            let told = browser.refused(&GetMe {}).await;
            assert_eq!(told, ended(SessionEnd::Removed), "round {round}");
        }
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account WHERE id = ?")
            .bind(&user)
            .fetch_one(&mut database)
            .await
            .expect("a count");
        assert_eq!(left, 0, "round {round}");
        house.advance(9000);
    }
    let trail = |what: &str| format!("SELECT COUNT(*) FROM event WHERE what = '{what}'");
    let mut database = house.database().await;
    for (what, expected) in
        [("user_deleted", count), ("removed", count), ("phone_changed", rebound), ("account_canceled", 0)]
    {
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(trail(what)))
            .fetch_one(&mut database)
            .await
            .expect("a count");
        assert_eq!(found, i64::from(expected), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_e4_two_super_admins_who_demote_each_other_leave_one() {
    let house = house().await;
    for round in 0..rounds(25, 500) {
        house
            .execute(
                "UPDATE account SET role = 'super_admin' WHERE phone IN ('+8613800000006', '+8613800000008')",
            )
            .await;
        let admins = [house.signed_in("13800000006").await, house.signed_in("13800000008").await];
        let mut requests = Vec::new();
        for (admin, other) in [(0, "0008"), (1, "0006")] {
            let found = GetUsers { search: Some(other.into()), after: None };
            let user = admins[admin].send(&found).await.expect("found").users.remove(0);
            requests.push(proven_role(&admins[admin], &user, Role::Ordinary).await.expect("proven"));
        }
        let answers = all_at_once(2, |n| {
            let (admin, request) = (admins[n].clone(), requests[n].clone());
            async move { admin.send(&request).await }
        })
        .await;
        let winners = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(winners, 1, "round {round}: {answers:?}");
        assert!(answers.contains(&Err(Refusal::Forbidden)), "round {round}: the other is none any more");
        let left = "SELECT COUNT(*) FROM account WHERE tenant = 'yunqiao' AND role = 'super_admin'";
        assert_eq!(house.count(left).await, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m4_of_many_meetings_at_once_on_one_kind_of_device_one_begins() {
    let house = std::sync::Arc::new(house().await);
    let browser = house.signed_in_on("windows", "13800000002").await;
    let account = browser.send(&GetMe {}).await.expect("signed in").account;
    let device = house.text("SELECT device FROM session WHERE account = ?", &account).await;
    for round in 0..rounds(10, 500) {
        let at = house.app.now().timestamp().0;
        let report = json!({ "account": account, "device": device, "own": false, "started_at": at });
        let answers = all_at_once(16, |n| {
            let (house, report) = (house.clone(), report.clone());
            async move { house.report(&format!("r{round}-{n}"), &report).await.status }
        })
        .await;
        assert_eq!(answers.iter().filter(|status| status.as_u16() == 204).count(), 1, "round {round}");
        assert_eq!(answers.iter().filter(|status| status.as_u16() == 422).count(), 15, "round {round}");
        house.execute("DELETE FROM presence WHERE ended_at IS NULL").await;
        house.advance(1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ses_06_cc_two_devices_that_end_each_other_leave_one() {
    let house = house().await;
    for round in 0..rounds(25, 500) {
        let both = [house.signed_in("13800000001").await, house.signed_in("13800000001").await];
        let mut requests = Vec::new();
        for browser in &both {
            let devices = browser.send(&GetDevices {}).await.expect("signed in").devices;
            let other = devices.into_iter().find(|device| !device.here).expect("the other").id;
            let start = StartChange { action: Action::EndDevice, about: Some(other.clone()) };
            let change = browser.send(&start).await.expect("begun");
            requests.push(EndDevice::of(other).granted(browser.prove(&change).await.expect("proven").id));
        }
        let answers = all_at_once(2, |n| {
            let (browser, request) = (both[n].clone(), requests[n].clone());
            async move { browser.send(&request).await }
        })
        .await;
        let winners = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(winners, 1, "round {round}: {answers:?}");
        assert!(answers.contains(&Err(ended(SessionEnd::EndedElsewhere))), "round {round}: {answers:?}");
        for browser in &both {
            let signed_out = browser.send(&SignOut {}).await;
            assert!(matches!(signed_out, Ok(_) | Err(Refusal::SessionEnded { .. })), "{signed_out:?}");
        }
    }
}
