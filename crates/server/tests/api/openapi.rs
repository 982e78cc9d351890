//! API-01: the OpenAPI document is the contract.

use crate::support::House;
use contract::refusal::Refusal;
use serde_json::{Value, json};

const COMMITTED: &str = include_str!("../../openapi.json");

#[tokio::test]
async fn api_01_the_committed_document_is_the_one_that_is_served() {
    let house = House::open().await;
    let answer = house.browser().get("/api/v1/openapi.json").await;
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.json()["openapi"], "3.1.0");
    assert!(
        answer.text() == COMMITTED,
        "the contract changed: cargo run -p server --bin menshen-server -- --openapi > crates/server/openapi.json"
    );
}

#[tokio::test]
async fn api_01_every_path_of_the_document_is_a_route() {
    let house = House::open().await;
    let document: Value = serde_json::from_str(COMMITTED).expect("JSON");
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("methods").keys() {
            let path = path.replace(['{', '}'], "");
            let answer = match method.as_str() {
                "get" => house.browser().get(&path).await,
                _ => house.browser().post(&path, "{}").await,
            };
            assert_ne!(answer.status, 405, "{method} {path}");
            assert!(
                answer.status != 404 || path.contains("outcomes") || path.contains("scans"),
                "{method} {path}"
            );
        }
    }
    // Nothing in it points nowhere.
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a name");
        assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
    }
}

/// Refusals are written by serde's derive and read by hand; a new one must not be forgotten there.
#[test]
fn f_07_every_documented_refusal_can_be_parsed() {
    let document: Value = serde_json::from_str(COMMITTED).expect("JSON");
    let refusals = document["components"]["schemas"]["Refusal"]["oneOf"].as_array().expect("a list");
    assert!(refusals.len() > 50, "{}", refusals.len());
    for refusal in refusals {
        let code = &refusal["properties"]["code"]["enum"][0];
        let read = ["short", "heavy", "expired"].into_iter().any(|why| {
            let told = json!({
                "code": code, "why": why, "left": 1, "after": 1, "until": "2026-11-22T02:06:41Z", "ways": ["sms"],
            });
            serde_json::from_value::<Refusal>(told).is_ok_and(|read| serde_json::to_value(read).expect("JSON")["code"] == *code)
        });
        assert!(read, "{code}");
    }
}
