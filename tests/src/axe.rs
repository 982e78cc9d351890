//! Automated accessibility checks: axe-core with its rules for WCAG 2.2 A and AA.

use crate::browser::Browser;
use crate::process::path_of;
use serde_json::{Value, json};

/// What is asked of every page.
const TAGS: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const RUN: &str = "
    const [tags, done] = arguments;
    (async () => {
        const result = await axe.run(document, { runOnly: { type: 'tag', values: tags } });
        const line = (rule, node) =>
            `${rule.id} (${rule.impact}) at ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')}`;
        done({
            passed: result.passes.length,
            violations: result.violations.flatMap((rule) => rule.nodes.map((node) => line(rule, node))),
        });
    })().catch((error) => done({ failed: String(error) }));";

/// The engine, as a script.
pub struct Axe(String);

impl Axe {
    /// The one that `cargo xtask test` hands over in `MENSHEN_AXE`.
    #[must_use]
    pub fn pinned() -> Self {
        let path = path_of("MENSHEN_AXE");
        let script = std::fs::read_to_string(&path);
        Self(script.unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display())))
    }

    /// Another script in its place.
    #[must_use]
    pub fn from_script(script: &str) -> Self {
        Self(script.to_owned())
    }

    /// What is wrong with the page as it is now, a line for each place.
    ///
    /// # Errors
    /// Why it could not be found out: silence of a check that did not run is no consent.
    #[track_caller]
    pub fn violations(&self, browser: &Browser<'_>) -> Result<Vec<String>, String> {
        // A new document has forgotten it; our policy lets no page load it.
        if browser.run("return typeof axe", vec![]) != json!("object") {
            browser.try_run(&self.0, vec![]).map_err(|why| format!("axe cannot be loaded: {why}"))?;
        }
        let result = browser.try_run_async(RUN, vec![json!(TAGS)])?;
        if let Some(why) = result["failed"].as_str() {
            return Err(format!("axe cannot be run: {why}"));
        }
        if result["passed"].as_u64().unwrap_or(0) == 0 {
            return Err("axe found nothing to look at".to_owned());
        }
        let lines = result["violations"].as_array().ok_or("axe tells no violations, not even none")?;
        Ok(lines
            .iter()
            .map(|line| line.as_str().map_or_else(|| line.to_string(), ToOwned::to_owned))
            .collect())
    }
}

impl Browser<'_> {
    /// Runs a script that may fail.
    fn try_run(&self, script: &str, arguments: Vec<Value>) -> Result<Value, String> {
        self.done(async || Ok(self.driver().execute(script, arguments).await))
            .map(|value| value.json().clone())
            .map_err(|error| error.to_string())
    }

    /// The same with one that answers by the function it gets last.
    fn try_run_async(&self, script: &str, arguments: Vec<Value>) -> Result<Value, String> {
        self.done(async || Ok(self.driver().execute_async(script, arguments).await))
            .map(|value| value.json().clone())
            .map_err(|error| error.to_string())
    }
}
