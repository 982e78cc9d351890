//! Controls Chromium as a user would.

use crate::element::{Element, FINGERS, Name, Role, said};
use crate::lang::{Lang, words_of};
use crate::process::evidence;
use crate::stage::Stage;
use crate::traces;
use serde_json::{Value, json};
use std::cell::RefCell;
use tempfile::TempDir;
use thirtyfour::action_chain::ActionChain;
use thirtyfour::prelude::*;
use words::Messages;

/// One browser with its own cookies and storage.
pub struct Browser<'s> {
    stage: &'s Stage,
    lang: Lang,
    driver: Option<WebDriver>,
    /// Whatever was typed here; none of it may be found again when the test ends.
    typed: RefCell<Vec<String>>,
    /// What is picked from this computer.
    files: TempDir,
}

impl<'s> Browser<'s> {
    pub(crate) fn open_on(stage: &'s Stage, lang: Lang, settings: &Value) -> Self {
        let driver = stage.runtime.block_on(async { stage.driver.browser(lang, settings).await });
        let driver = driver.unwrap_or_else(|error| panic!("the browser does not start: {error}"));
        let browser = Self {
            stage,
            lang,
            driver: Some(driver),
            typed: RefCell::default(),
            files: tempfile::tempdir().expect("a folder can be made"),
        };
        browser.run_before_pages(IN_PLACE);
        browser
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("it is there until the end")
    }

    pub(crate) fn actions(&self) -> ActionChain {
        self.driver().action_chain_with_delay(FINGERS, FINGERS)
    }

    /// The server and the other browsers of the same test.
    #[must_use]
    pub fn stage(&self) -> &'s Stage {
        self.stage
    }

    /// What the person in front of it reads.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The app's words in that language.
    #[must_use]
    pub fn t(&self) -> &'static Messages {
        words_of(self.lang)
    }

    /// Opens a path of the app and waits until the app stands.
    #[track_caller]
    pub fn open(&self, path: &str) {
        self.open_early(path);
        self.must_stand();
    }

    /// Opens a path of the app; what is there may still be the first paint.
    #[track_caller]
    pub fn open_early(&self, path: &str) {
        self.done(async || self.driver().goto(self.stage.origin().to_owned() + path).await);
    }

    /// Loads the page anew and waits until the app stands.
    #[track_caller]
    pub fn reload(&self) {
        self.done(async || self.driver().refresh().await);
        self.must_stand();
    }

    /// Waits until the first paint has given way to the app, or to the sentence why it does not.
    #[track_caller]
    pub fn must_stand(&self) {
        self.must_come_true("return !document.querySelector('#boot:not(:has([role=alert]))')");
    }

    /// Waits until a script says so; only for what no person sees.
    #[track_caller]
    pub fn must_come_true(&self, script: &str) {
        self.until(async || {
            let said = said(self.driver().execute(script, vec![]).await)?.json().clone();
            if said == json!(true) { Ok(()) } else { Err(format!("`{script}` says {said}")) }
        });
    }

    /// The browser's Back.
    #[track_caller]
    pub fn back(&self) {
        self.done(async || self.driver().back().await);
    }

    /// The browser's Forward.
    #[track_caller]
    pub fn forward(&self) {
        self.done(async || self.driver().forward().await);
    }

    /// A button.
    #[must_use]
    pub fn button(&self, name: impl AsRef<str>) -> Element<'_> {
        Element::new(self, Role::Button, Name::Is(seen(name.as_ref())))
    }

    /// A button of which only a part of the name is known.
    #[must_use]
    pub fn button_with(&self, part: impl AsRef<str>) -> Element<'_> {
        Element::new(self, Role::Button, Name::Has(seen(part.as_ref())))
    }

    /// A link.
    #[must_use]
    pub fn link(&self, name: impl AsRef<str>) -> Element<'_> {
        Element::new(self, Role::Link, Name::Is(seen(name.as_ref())))
    }

    /// A heading.
    #[must_use]
    pub fn heading(&self, name: impl AsRef<str>) -> Element<'_> {
        Element::new(self, Role::Heading, Name::Is(seen(name.as_ref())))
    }

    /// An input by its label.
    #[must_use]
    pub fn field(&self, label: impl AsRef<str>) -> Element<'_> {
        Element::new(self, Role::Field, Name::Is(seen(label.as_ref())))
    }

    /// A checkbox.
    #[must_use]
    pub fn checkbox(&self, label: impl AsRef<str>) -> Element<'_> {
        Element::new(self, Role::Checkbox, Name::Is(seen(label.as_ref())))
    }

    /// One of several things to choose from.
    #[must_use]
    pub fn radio(&self, label: impl AsRef<str>) -> Element<'_> {
        Element::new(self, Role::Radio, Name::Is(seen(label.as_ref())))
    }

    /// A picture by what it is called.
    #[must_use]
    pub fn image(&self, name: impl AsRef<str>) -> Element<'_> {
        Element::new(self, Role::Image, Name::Is(seen(name.as_ref())))
    }

    /// Waits until the page says this.
    #[track_caller]
    pub fn must_read(&self, text: impl AsRef<str>) {
        let text = seen(text.as_ref());
        self.until(async || {
            let page = said(self.text().await)?;
            if page.contains(&text) { Ok(()) } else { Err(format!("the page does not say `{text}`")) }
        });
    }

    /// Waits until the page announces this as an error.
    #[track_caller]
    pub fn must_warn(&self, text: impl AsRef<str>) {
        let text = seen(text.as_ref());
        self.until(async || {
            let warnings = said(self.driver().execute(WARNINGS, vec![]).await)?.json().clone();
            let mut sentences = warnings.as_array().into_iter().flatten().filter_map(Value::as_str);
            if sentences.any(|warning| seen(warning).contains(&text)) {
                Ok(())
            } else {
                Err(format!("no warning `{text}`, but {warnings}"))
            }
        });
    }

    /// Whether the page says this now; ask only when what is there has settled.
    #[track_caller]
    #[must_use]
    pub fn reads(&self, text: impl AsRef<str>) -> bool {
        self.done(async || self.text().await).contains(&seen(text.as_ref()))
    }

    /// Path and query of the address.
    #[track_caller]
    #[must_use]
    pub fn address(&self) -> String {
        let url = self.done(async || self.driver().current_url().await).to_string();
        url.strip_prefix(self.stage.origin()).map_or(url.clone(), ToOwned::to_owned)
    }

    /// Waits until the address begins like this.
    #[track_caller]
    pub fn must_be_at(&self, path: &str) {
        let wanted = self.stage.origin().to_owned() + path;
        self.until(async || {
            let url = said(self.driver().current_url().await)?.to_string();
            if url.starts_with(&wanted) { Ok(()) } else { Err(format!("the address is {url}, not {wanted}")) }
        });
    }

    /// How many requests this page has sent to a path of the API since it was loaded.
    #[track_caller]
    #[must_use]
    pub fn requests_to(&self, path: &str) -> u64 {
        self.until(async || self.requests_now(path).await)
    }

    /// Waits until the page has sent so many requests to a path of the API.
    #[track_caller]
    pub fn must_have_sent(&self, path: &str, count: u64) {
        self.until(async || {
            let sent = self.requests_now(path).await?;
            if sent == count { Ok(()) } else { Err(format!("{sent} requests to {path}, not {count}")) }
        });
    }

    /// Waits until the page has sent more requests to a path of the API than these.
    #[track_caller]
    pub fn must_have_sent_more(&self, path: &str, count: u64) {
        self.until(async || {
            let sent = self.requests_now(path).await?;
            if sent > count { Ok(()) } else { Err(format!("still {sent} requests to {path}")) }
        });
    }

    /// Picks a file where the page asks for one; the dialog is the system's and not opened.
    #[track_caller]
    pub fn pick_file(&self, name: &str, bytes: &[u8]) {
        let path = self.files.path().join(name);
        std::fs::write(&path, bytes).expect("the folder is ours");
        let path = path.to_str().expect("its path is text");
        self.until(async || {
            let input = said(self.driver().find(By::Css("input[type=file]")).await)?;
            said(input.send_keys(path).await)
        });
    }

    /// Opens another tab of the same browser and turns to it.
    #[track_caller]
    pub fn open_tab(&self) {
        self.done(async || {
            let tab = self.driver().new_tab().await?;
            self.driver().switch_to_window(tab).await
        });
    }

    /// Turns to a tab, in the order they were opened, as a click on it would.
    #[track_caller]
    pub fn turn_to_tab(&self, number: usize) {
        self.done(async || {
            let tabs = self.driver().windows().await?;
            self.driver().switch_to_window(tabs[number].clone()).await?;
            self.driver().cdp().send_raw("Page.bringToFront", json!({})).await.map(drop)
        });
    }

    /// Shows drafts of an input method, one after another, and then commits a text, if there is one.
    #[track_caller]
    pub fn compose(&self, drafts: &[&str], text: Option<&str>) {
        self.done(async || {
            let cdp = self.driver().cdp();
            for draft in drafts {
                let end = draft.chars().count();
                let wish = json!({ "text": draft, "selectionStart": end, "selectionEnd": end });
                cdp.send_raw("Input.imeSetComposition", wish).await?;
            }
            if let Some(text) = text {
                cdp.send_raw("Input.insertText", json!({ "text": text })).await?;
            }
            Ok(())
        });
    }

    /// Darkens pages that have no dark colors of their own, as some browsers for phones do.
    #[track_caller]
    pub fn darken_pages(&self) {
        self.done(async || {
            let cdp = self.driver().cdp();
            cdp.send_raw("Emulation.setAutoDarkModeOverride", json!({ "enabled": true })).await.map(drop)
        });
    }

    /// Its clock shows the time of this zone (IANA).
    #[track_caller]
    pub fn live_in(&self, zone: &str) {
        self.done(async || {
            let wish = json!({ "timezoneId": zone });
            self.driver().cdp().send_raw("Emulation.setTimezoneOverride", wish).await.map(drop)
        });
    }

    /// Fetches nothing from addresses like this one, as a blocker does.
    #[track_caller]
    pub fn block(&self, pattern: &str) {
        self.done(async || {
            let cdp = self.driver().cdp();
            cdp.send_raw("Network.enable", json!({})).await?;
            cdp.send_raw("Network.setBlockedURLs", json!({ "urls": [pattern] })).await.map(drop)
        });
    }

    /// Puts the window away, where nobody sees it, or takes it out again.
    #[track_caller]
    pub fn put_away(&self, away: bool) {
        let state = if away { "minimized" } else { "normal" };
        self.done(async || {
            let cdp = self.driver().cdp();
            let window = cdp.send_raw("Browser.getWindowForTarget", json!({})).await?;
            let wish = json!({ "windowId": window["windowId"], "bounds": { "windowState": state } });
            cdp.send_raw("Browser.setWindowBounds", wish).await.map(drop)
        });
        let seen = if away { "hidden" } else { "visible" };
        self.must_come_true(&format!("return document.visibilityState === '{seen}'"));
    }

    /// The system puts this tab to sleep, or wakes it up.
    #[track_caller]
    pub fn fall_asleep(&self, asleep: bool) {
        let state = json!({ "state": if asleep { "frozen" } else { "active" } });
        self.done(async || {
            self.driver().cdp().send_raw("Page.setWebLifecycleState", state.clone()).await.map(drop)
        });
    }

    /// Runs a script in every page that is opened from now on, before its own: what an app around
    /// the page puts there, or what looks over its shoulder.
    #[track_caller]
    pub fn run_before_pages(&self, script: &str) {
        let script = json!({ "source": script });
        self.done(async || {
            let cdp = self.driver().cdp();
            cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", script.clone()).await.map(drop)
        });
    }

    /// Runs a script in the first frame of the page.
    #[track_caller]
    pub fn run_in_frame(&self, script: &str) {
        self.done(async || {
            self.driver().enter_frame(0).await?;
            self.driver().execute(script, vec![]).await?;
            self.driver().enter_default_frame().await
        });
    }

    /// Forgets every file it has been given, as if it came for the first time.
    #[track_caller]
    pub fn forget_files(&self) {
        self.done(async || self.driver().cdp().send_raw("Network.clearBrowserCache", json!({})).await);
    }

    /// Tells sites to prefer these languages, as in `en-US,en`.
    #[track_caller]
    pub fn prefer(&self, languages: &str) {
        let agent = self.run("return navigator.userAgent", vec![]);
        let wish = json!({ "userAgent": agent, "acceptLanguage": languages });
        self.done(async || {
            self.driver().cdp().send_raw("Emulation.setUserAgentOverride", wish.clone()).await
        });
    }

    /// The system turns to its dark or light colors.
    #[track_caller]
    pub fn turn_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.done(async || self.driver().cdp().send_raw("Emulation.setEmulatedMedia", media.clone()).await);
    }

    /// The system chooses the colors of every page, for who needs few and strong ones.
    #[track_caller]
    pub fn force_colors(&self, forced: bool) {
        let wish = if forced { "active" } else { "none" };
        let media = json!({ "features": [{ "name": "forced-colors", "value": wish }] });
        self.done(async || self.driver().cdp().send_raw("Emulation.setEmulatedMedia", media.clone()).await);
    }

    /// The person has turned scripts off, from the next page on.
    #[track_caller]
    pub fn turn_scripts_off(&self, off: bool) {
        self.done(async || {
            let cdp = self.driver().cdp();
            cdp.send_raw("Emulation.setScriptExecutionDisabled", json!({ "value": off })).await
        });
    }

    /// Gives the page the screen of a phone.
    #[track_caller]
    pub fn shrink_to(&self, width: u32, height: u32) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": true });
        self.done(async || {
            self.driver().cdp().send_raw("Emulation.setDeviceMetricsOverride", screen.clone()).await
        });
    }

    /// Nothing sticks out to the side: nobody has to scroll that way.
    #[track_caller]
    pub fn must_fit_the_screen(&self) {
        let root = "document.documentElement";
        let excess = self.run(&format!("return {root}.scrollWidth - {root}.clientWidth"), vec![]);
        assert_eq!(excess, json!(0), "pixels stick out at {}", self.address());
    }

    /// Unplugs the browser from every network, or plugs it in again.
    #[track_caller]
    pub fn unplug(&self, unplugged: bool) {
        let conditions =
            json!({ "offline": unplugged, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.done(async || {
            let cdp = self.driver().cdp();
            cdp.send_raw("Network.enable", json!({})).await?;
            cdp.send_raw("Network.emulateNetworkConditions", conditions.clone()).await
        });
    }

    /// Runs a script in the page; only to look at what no person sees.
    #[track_caller]
    #[must_use]
    pub fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.done(async || Ok(self.driver().execute(script, arguments.clone()).await?.json().clone()))
    }

    /// The same with a script that calls `done` when it is.
    #[track_caller]
    #[must_use]
    pub fn run_until_done(&self, script: &str) -> Value {
        let script = format!("const done = arguments[0]; {script}");
        self.done(async || Ok(self.driver().execute_async(&script, vec![]).await?.json().clone()))
    }

    /// What is left behind so far, as it is searched for when the test ends; what the console
    /// said is told once.
    #[track_caller]
    #[must_use]
    pub fn traces(&self) -> Vec<String> {
        let typed = self.typed.borrow().clone();
        self.done(async || traces::left_in(self.driver(), &typed, self.stage.has_faults()).await)
    }

    /// Drops one cookie, as if its time was over.
    #[track_caller]
    pub fn forget_cookie(&self, name: &str) {
        self.done(async || self.driver().delete_cookie(name).await);
    }

    /// Becomes a browser that has never been here.
    #[track_caller]
    pub fn forget_everything(&self) {
        let all = json!({ "origin": self.stage.origin(), "storageTypes": "all" });
        self.done(async || {
            let cdp = self.driver().cdp();
            cdp.send_raw("Network.clearBrowserCookies", json!({})).await?;
            cdp.send_raw("Storage.clearDataForOrigin", all.clone()).await
        });
    }

    /// The cookies, with those that scripts cannot see.
    #[track_caller]
    #[must_use]
    pub fn cookies(&self) -> Vec<Cookie> {
        self.done(async || self.driver().get_all_cookies().await)
    }

    pub(crate) fn remember_secret(&self, text: &str) {
        self.typed.borrow_mut().push(text.to_owned());
    }

    /// Looks again and again until it is so, or patience ends.
    #[track_caller]
    pub(crate) fn until<T>(&self, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
        let runtime = &self.stage.runtime;
        let seen = self.stage.until(|| runtime.block_on(look()));
        // Not `unwrap_or_else`: a closure would hide the line of the test.
        match seen {
            Ok(seen) => seen,
            Err(why) => {
                let page = runtime.block_on(self.text()).unwrap_or_default();
                panic!("{why}\n\nthe page says:\n{page}")
            }
        }
    }

    /// Does something that cannot fail unless the browser is broken.
    #[track_caller]
    pub(crate) fn done<T>(&self, deed: impl AsyncFnOnce() -> WebDriverResult<T>) -> T {
        match self.stage.runtime.block_on(deed()) {
            Ok(done) => done,
            Err(error) => panic!("{error}"),
        }
    }

    async fn requests_now(&self, path: &str) -> Result<u64, String> {
        let script = "return performance.getEntriesByType('resource')
            .filter(entry => new URL(entry.name).pathname === arguments[0]).length";
        let count = said(self.driver().execute(script, vec![json!(path)]).await)?;
        count.json().as_u64().ok_or_else(|| "not a count".to_owned())
    }

    async fn text(&self) -> WebDriverResult<String> {
        let text = self.driver().execute(TEXT, vec![]).await?;
        Ok(seen(text.json().as_str().unwrap_or_default()))
    }
}

/// What is to be read, without what is not drawn. WebDriver's own command walks over every element in
/// a script, which takes several times as long.
const TEXT: &str = "return document.body.innerText";

/// The same of everything announced as an error; asked by itself, what is not drawn tells its text, too.
const WARNINGS: &str = "return [...document.querySelectorAll('[role=alert]')]
    .filter(it => it.checkVisibility()).map(it => it.innerText)";

/// A text as it is seen: spaces alike, and without what holds a name together (B35).
pub(crate) fn seen(text: &str) -> String {
    text.replace('\u{a0}', " ").replace(['\u{2068}', '\u{2069}'], "")
}

/// Runs in every page of every test.
const IN_PLACE: &str = include_str!("in_place.js");

impl Drop for Browser<'_> {
    fn drop(&mut self) {
        let Some(driver) = self.driver.take() else { return };
        let found = self.stage.runtime.block_on(async {
            let found = if std::thread::panicking() {
                let _picture = driver.screenshot(&evidence(".png")).await;
                Ok(Vec::new())
            } else {
                traces::left_in(&driver, &self.typed.take(), self.stage.has_faults()).await
            };
            // A browser that cannot be told to quit is quit already.
            let _quit = driver.quit().await;
            found
        });
        if !std::thread::panicking() {
            let found = found.unwrap_or_else(|error| panic!("the browser cannot be searched: {error}"));
            assert!(found.is_empty(), "left behind in the browser:\n{}", found.join("\n"));
        }
    }
}
