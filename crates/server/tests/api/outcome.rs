//! G4, IDM-1: the recorded answer of an effect.

use crate::support::{Browser, House, another};
use axum::http::Method;
use contract::change::Change;
use contract::me::GetMe;
use contract::outcome::GetOutcome;
use contract::phone::BindPhone;
use contract::refusal::{Refusal, SessionEnd};

const FRESH: &str = "13911110001";

async fn ready(house: &House) -> (Browser, Change, BindPhone) {
    let lin = house.signed_in("13800000001").await;
    let aimed = lin.target(&lin.proven().await, Some(FRESH)).await.expect("sent");
    let code = house.code_to(FRESH).await;
    let bind = BindPhone { change: aimed.id.clone(), version: aimed.version, code };
    (lin, aimed, bind)
}

#[tokio::test]
async fn idm_1_outcome_is_told_for_ten_minutes_without_a_session() {
    let house = House::open().await;
    let (lin, aimed, bind) = ready(&house).await;
    let outcome = GetOutcome { key: aimed.id.clone() };
    assert_eq!(lin.refused(&outcome).await, Refusal::NotFound, "nothing happened yet");
    let bound = lin.send(&bind).await.expect("bound");
    assert_eq!(lin.refused(&GetMe {}).await, Refusal::SessionEnded { why: SessionEnd::PhoneChanged });
    assert_eq!(lin.send(&outcome).await, Ok(bound.clone()));
    assert_eq!(lin.send(&bind).await, Ok(bound.clone()), "the same request is answered the same");
    let house = house.restarted().await;
    let lin = house.adopt(&lin);
    assert_eq!(lin.send(&outcome).await, Ok(bound));
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'phone_changed'").await, 1);

    let other = house.signed_in("13800000002").await;
    assert_eq!(other.refused(&outcome).await, Refusal::NotFound, "another browser");
    assert_eq!(house.browser().refused(&outcome).await, Refusal::NotFound, "no browser");
    house.advance(599);
    lin.send(&outcome).await.expect("ten minutes");
    house.advance(1);
    assert_eq!(lin.refused(&outcome).await, Refusal::NotFound);
    assert_eq!(lin.refused(&bind).await, Refusal::SessionEnded { why: SessionEnd::PhoneChanged });
}

#[tokio::test]
async fn g4_idempotency_key_is_refused_for_another_body() {
    let house = House::open().await;
    let (lin, _, bind) = ready(&house).await;
    // What was refused may be tried again under the same key.
    let wrong = BindPhone { code: another(&bind.code), ..bind.clone() };
    assert_eq!(lin.refused(&wrong).await, Refusal::CodeWrong { left: 4 });
    lin.send(&bind).await.expect("bound");
    assert_eq!(lin.refused(&wrong).await, Refusal::KeyReused);
    assert_eq!(lin.answer(&wrong).await.status, 422);
}

#[tokio::test]
async fn g4_effect_without_its_idempotency_key_is_refused() {
    let house = House::open().await;
    let (lin, aimed, bind) = ready(&house).await;
    let before = house.rows().await;
    let body = serde_json::to_string(&bind).expect("JSON");
    assert_eq!(lin.post("/api/v1/phone/bind", &body).await.problem(), "BAD_REQUEST");
    for key in ["", "another", &"k".repeat(65)] {
        let mut request = Browser::request(Method::POST, "/api/v1/phone/bind", body.clone());
        request.headers_mut().insert("idempotency-key", key.parse().expect("a value"));
        assert_eq!(lin.raw(request).await.problem(), "BAD_REQUEST", "{key:?}");
    }
    assert_eq!(house.rows().await, before);
    assert_eq!(bind.change, aimed.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn otp_03_sixty_four_parallel_commits_have_one_effect() {
    let house = House::open().await;
    let (lin, _, bind) = ready(&house).await;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (lin, bind) = (lin.clone(), bind.clone());
            tokio::spawn(async move { lin.send(&bind).await })
        })
        .collect();
    let mut replies = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(bound) => replies.push(bound),
            // Locked out while the one that won had not committed yet.
            Err(Refusal::CodeTooMany { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(!replies.is_empty() && replies.iter().all(|reply| *reply == replies[0]), "one answer for all");
    assert_eq!(house.count("SELECT epoch FROM account WHERE phone = '+8613911110001'").await, 2);
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'phone_changed'").await, 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM outbox WHERE channel = 'sms'").await, 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM resting").await, 1);
}
