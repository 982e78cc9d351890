//! The environment of one test: server, clock and browsers.

use crate::browser::Browser;
use crate::driver::Driver;
use crate::lang::Lang;
use crate::proxy::{Faults, Proxy};
use crate::server::Server;
use contract::account::DeviceKind;
use reqwest::blocking::Response;
use serde_json::json;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep};

/// What becomes of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meet {
    /// The account comes in.
    Start,
    /// It leaves.
    End,
}

/// How long anything is waited for. A busy machine needs seconds where an idle one needs
/// milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// A server with fresh demo data and its own clock, and as many browsers as a test opens.
pub struct Stage {
    pub(crate) server: Server,
    proxy: Option<Proxy>,
    pub(crate) driver: Driver,
    pub(crate) runtime: Runtime,
}

impl Stage {
    /// Starts everything.
    #[expect(clippy::new_without_default, reason = "it starts programs, which is no default")]
    #[must_use]
    pub fn new() -> Self {
        Self::configured("")
    }

    /// The same with these lines in the server's configuration.
    #[must_use]
    pub fn configured(config: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("threads can be started");
        Self { server: Server::start(config), proxy: None, driver: Driver::start(), runtime }
    }

    /// The same with a way between browser and server on which things go wrong when told.
    #[must_use]
    pub fn behind_proxy() -> Self {
        let stage = Self::new();
        let proxy = Proxy::before(&stage.server.origin);
        Self { proxy: Some(proxy), ..stage }
    }

    /// What goes wrong on the way.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.proxy.as_ref().expect("the stage is behind a proxy").faults
    }

    /// Whether something may go wrong on the way.
    pub(crate) fn has_faults(&self) -> bool {
        self.proxy.is_some()
    }

    /// Where browsers find the app.
    pub(crate) fn origin(&self) -> &str {
        self.proxy.as_ref().map_or(&self.server.origin, |proxy| &proxy.origin)
    }

    /// Opens a browser on a desk, with nobody signed in.
    #[must_use]
    pub fn browser(&self) -> Browser<'_> {
        self.browser_in(Lang::Zh)
    }

    /// Opens a browser of somebody who reads this language.
    #[must_use]
    pub fn browser_in(&self, lang: Lang) -> Browser<'_> {
        Browser::open_on(self, lang, &json!({}))
    }

    /// The same for somebody who blocks all cookies.
    #[must_use]
    pub fn browser_without_cookies(&self, lang: Lang) -> Browser<'_> {
        const BLOCK: u8 = 2;
        Browser::open_on(self, lang, &json!({ "profile.default_content_setting_values.cookies": BLOCK }))
    }

    /// Opens a browser on a phone, 360 pixels wide.
    #[must_use]
    pub fn phone(&self) -> Browser<'_> {
        let browser = self.browser();
        browser.shrink_to(360, 740);
        browser.take_in_hand();
        browser
    }

    /// Lets the server's time pass; what its clock shows then, in UTC as `YYYY-MM-DDThh:mm:ssZ`.
    pub fn advance(&self, seconds: u32) -> String {
        let now = self.server.post("/dev/clock", None, &json!({ "advance_s": seconds }));
        now["now"].as_str().unwrap_or_else(|| panic!("the clock tells the time: {now}")).to_owned()
    }

    /// Lets the server's time pass until its clock shows this hour, in UTC.
    pub fn advance_to_hour(&self, hour: u32) {
        const DAY: u32 = 24 * 3600;
        let now = self.advance(0);
        let part = |place: std::ops::Range<usize>| -> u32 { now[place].parse().expect("a moment") };
        let passed = part(11..13) * 3600 + part(14..16) * 60 + part(17..19);
        self.advance((hour * 3600 + DAY - passed) % DAY);
    }

    /// Lets the server's time pass until the middle of a December; its year.
    pub fn advance_to_december(&self) -> u32 {
        const DAYS: u32 = 5 * 24 * 3600;
        let mut now = self.advance(0);
        while !(now[5..].starts_with("12-1")) {
            now = self.advance(DAYS);
        }
        now[..4].parse().expect("a moment")
    }

    /// Puts fresh demo data in place of everything that happened; nobody is signed in any more.
    pub fn reset(&self) {
        let nothing = self.server.post("/dev/reset", None, &json!(null));
        assert!(nothing.is_null(), "the reset says nothing: {nothing}");
    }

    /// What the server of the demo's desktop client gets for its webview.
    #[must_use]
    pub fn desktop_host_code(&self) -> String {
        let wish = json!({ "host": "demo-desktop", "device_kind": "windows" });
        let answer = self.server.post("/service/v1/host-codes", Some("demo-desktop-secret"), &wish);
        answer["host_code"].as_str().expect("a host code").to_owned()
    }

    /// Lets an account come into a meeting on a kind of device, or leave the one it is in there;
    /// `own` where it started the meeting.
    pub fn meet(&self, phone: &str, kind: DeviceKind, own: bool, op: Meet) {
        let op = if op == Meet::Start { "start" } else { "end" };
        let wish = json!({ "phone": phone, "device_kind": kind, "own": own, "op": op });
        let met = self.server.post("/dev/meetings", None, &wish);
        assert!(met["meeting"].is_string(), "a meeting has a name: {met}");
    }

    /// Asks for an address as a program does.
    #[must_use]
    pub fn get(&self, path: &str) -> Response {
        self.server.get(path)
    }

    /// Looks again and again until it is so; the last reason why not, when patience ends.
    pub(crate) fn until<T>(&self, mut look: impl FnMut() -> Result<T, String>) -> Result<T, String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match look() {
                Err(_) if Instant::now() < deadline => {
                    self.runtime.block_on(async { sleep(LOOK_AGAIN).await });
                }
                seen => return seen,
            }
        }
    }
}
