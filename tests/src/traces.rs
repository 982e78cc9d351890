//! Checks after every test: forbidden data in the browser's storage (SES-10) and errors in its console
//! (WEB-01).

use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// Refusals travel with these; a browser prints them as errors, though nothing is wrong.
const REFUSALS: [u16; 7] = [401, 403, 404, 409, 412, 422, 429];

/// Everything that scripts of the page can reach, and every address it has been at. Who blocks cookies
/// has no stores either.
const STORES: &str = "
    const done = arguments[0];
    let has = true;
    try { localStorage.length } catch { has = false }
    (async () => done({
        local: has ? { ...localStorage } : {},
        session: has ? { ...sessionStorage } : {},
        databases: has ? (await indexedDB.databases()).map(database => database.name) : [],
        caches: has ? await caches.keys() : [],
        cookies: document.cookie,
        window: window.name,
        history: JSON.stringify(history.state),
        requests: performance.getEntriesByType('resource').map(entry => entry.name),
    }))();";

/// One line for everything that is wrong. With `faults`, requests to the API may have failed.
pub(crate) async fn left_in(
    driver: &WebDriver,
    typed: &[String],
    faults: bool,
) -> WebDriverResult<Vec<String>> {
    let mut found = complaints(driver, faults).await?;
    for tab in driver.windows().await? {
        driver.switch_to_window(tab).await?;
        if driver.current_url().await?.scheme() != "http" {
            // An empty tab; it has no stores to look into.
            continue;
        }
        let stores = driver.execute_async(STORES, vec![]).await?.json().clone();
        found.extend(stored(&stores));
        let history = driver.cdp().send_raw("Page.getNavigationHistory", json!({})).await?;
        let addresses: Vec<Value> = history["entries"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|entry| [entry["url"].clone(), entry["title"].clone()])
            .collect();
        let places = [("store", &stores), ("history", &Value::Array(addresses))];
        for (place, content) in places {
            let content = content.to_string();
            let is_there = |text: &&String| text.len() >= 6 && content.contains(text.as_str());
            found.extend(
                typed.iter().filter(is_there).map(|text| format!("`{text}` in the {place}: {content}")),
            );
        }
    }
    Ok(found)
}

/// Only the language may be kept, and that a device is a shared one: in the cookies that scripts
/// see.
fn stored(stores: &Value) -> Vec<String> {
    let mut kept = stores.clone();
    if ["lang=zh-CN", "lang=en", "__Host-shared=1"].iter().any(|cookie| kept["cookies"] == *cookie) {
        kept["cookies"] = json!("");
    }
    let empty = [
        ("local", json!({})),
        ("session", json!({})),
        ("databases", json!([])),
        ("caches", json!([])),
        ("cookies", json!("")),
        ("window", json!("")),
    ];
    empty
        .into_iter()
        .filter(|(store, nothing)| kept[*store] != *nothing)
        .map(|(store, _)| format!("{store} is not empty: {}", kept[store]))
        .collect()
}

/// Errors and warnings, with those about the content security policy among them.
async fn complaints(driver: &WebDriver, faults: bool) -> WebDriverResult<Vec<String>> {
    let entries = driver.browser_log().await?;
    let bad = entries.into_iter().filter(|entry| ["SEVERE", "WARNING"].contains(&entry.level.as_str()));
    Ok(bad.map(|entry| entry.message).filter(|message| !is_answer(message, faults)).collect())
}

/// Whether it only repeats what the app was told, or that it was told nothing.
fn is_answer(message: &str, faults: bool) -> bool {
    let Some((place, failure)) = message.split_once("Failed to load resource: ") else { return false };
    // A screen that there is not is answered as that, with the app's page; files have an extension.
    let name = place.trim_end_matches([' ', '-']).rsplit('/').next().unwrap_or_default();
    let is_file =
        name.contains('.') || ["/api/", "/assets/", "/avatars/"].iter().any(|root| place.contains(root));
    if !is_file && failure.starts_with("the server responded with a status of 404 ") {
        return true;
    }
    let refused = REFUSALS
        .iter()
        .any(|status| failure.starts_with(&format!("the server responded with a status of {status} ")));
    let faulty = faults && (failure.starts_with("net::ERR_") || failure.contains("a status of 50"));
    message.contains("/api/v1/") && (refused || faulty)
}
