//! API-01: the OpenAPI document is the contract.

use crate::support::House;
use axum::Router;
use axum::routing::{any, delete, get, post};
use contract::problem::{Problem, Trouble};
use contract::refusal::Refusal;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use words::Lang;

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

/// What a router serves below `/api/`, each as `POST /api/v1/sign-out`.
///
/// axum lists no routes, but its `Debug` text has them all: first what each id allows, then the path of each id.
/// An axum that writes this otherwise makes the tests below fail, because they expect routes.
fn routes(router: &Router) -> BTreeSet<String> {
    fn by_id(text: &str) -> BTreeMap<&str, &str> {
        text.split("RouteId(").skip(1).filter_map(|entry| entry.split_once("): ")).collect()
    }
    let text = format!("{router:?}");
    let (routes, _) = text.split_once("fallback_router: ").expect("the routes, then the fallback");
    let (allowed, paths) = routes.split_once("paths: ").expect("what is allowed, then the paths");
    let allowed = by_id(allowed);
    let mut found = BTreeSet::new();
    for (id, path) in by_id(paths) {
        let path = path.split('"').nth(1).expect("a path in quotes");
        if !path.starts_with("/api/") {
            continue;
        }
        // A service, or `any`, allows every method and names none.
        let methods = allowed[id].split("allow_header: Bytes(b\"").nth(1);
        let methods = methods.and_then(|rest| rest.split('"').next()).unwrap_or("ANY");
        // Whatever can be read by GET can be asked by HEAD.
        let methods = methods.replace("GET,HEAD", "GET");
        found.extend(methods.split(',').map(|method| format!("{method} {path}")));
    }
    found
}

#[tokio::test]
async fn api_01_the_document_and_the_router_have_the_same_routes() {
    let house = House::open().await;
    let document: Value = serde_json::from_str(&server::openapi::document()).expect("JSON");
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let methods = item.as_object().expect("methods").keys();
        described.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let mut served = routes(&house.router());
    assert!(served.remove("GET /api/v1/openapi.json"), "the document, which does not describe itself");
    let undescribed: Vec<_> = served.difference(&described).collect();
    assert!(undescribed.is_empty(), "without a line in http/openapi.rs: {undescribed:#?}");
    let unserved: Vec<_> = described.difference(&served).collect();
    assert!(unserved.is_empty(), "described but not served: {unserved:#?}");
}

/// `routes` finds a route that nobody described, however it is added.
#[tokio::test]
async fn api_01_a_new_route_is_found_in_the_router() {
    let house = House::open().await;
    let before = routes(&house.router());
    let new = Router::new()
        .route("/api/v1/new/{id}", get(async || "").post(async || "").put(async || ""))
        .route("/api/v1/me/any", any(async || ""))
        .nest("/api/v2", Router::new().route("/nested", delete(async || "")))
        .route("/other", get(async || ""));
    let after = routes(&house.router().merge(new));
    let added: Vec<_> = after.difference(&before).map(String::as_str).collect();
    assert_eq!(
        added,
        [
            "ANY /api/v1/me/any",
            "DELETE /api/v2/nested",
            "GET /api/v1/new/{id}",
            "POST /api/v1/new/{id}",
            "PUT /api/v1/new/{id}",
        ]
    );
    // A second method at a path that is served already.
    let more = Router::new().route("/api/v1/me", post(async || ""));
    let after = routes(&house.router().merge(more));
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), ["POST /api/v1/me"]);
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

/// Refusals are written by serde's derive and read by hand, and their words are in two functions; a new one must not be
/// forgotten in either.
#[test]
fn f_07_every_documented_refusal_can_be_parsed() {
    let document: Value = serde_json::from_str(COMMITTED).expect("JSON");
    let refusals = document["components"]["schemas"]["Refusal"]["oneOf"].as_array().expect("a list");
    assert!(refusals.len() > 50, "{}", refusals.len());
    for refusal in refusals {
        let code = &refusal["properties"]["code"]["enum"][0];
        let read = ["short", "heavy", "expired"].into_iter().find_map(|why| {
            let told = json!({
                "code": code, "why": why, "left": 1, "after": 1, "until": "2026-11-22T02:06:41Z", "ways": ["sms"],
            });
            serde_json::from_value::<Refusal>(told).ok()
        });
        let read = read.unwrap_or_else(|| panic!("{code} is not read"));
        assert_eq!(serde_json::to_value(&read).expect("JSON")["code"], *code);
        for words in Lang::ALL.iter().map(|lang| lang.messages(|_, at| at.0.clone())) {
            let nothing = words.problem(&Problem::Trouble(Trouble::Unreadable));
            assert_ne!(words.refusal(&read), nothing, "{code} has no words");
        }
    }
}
