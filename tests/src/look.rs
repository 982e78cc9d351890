//! Viewport size, theme and text size of a page under test. Changing them keeps the page's state, so a
//! state that takes many steps is reached once.

use crate::browser::Browser;
use serde_json::{Value, json};

/// Light or dark, as the system of the person asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All of them.
    pub const ALL: [Theme; 2] = [Theme::Light, Theme::Dark];

    /// As style sheets call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A screen to look at the page on.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// What the system asks for.
    pub theme: Theme,
}

impl Look {
    /// As high as devices of this width are.
    #[must_use]
    pub fn new(width: u32, theme: Theme) -> Self {
        let height = match width {
            0..=320 => 640,
            321..=500 => 844,
            501..=900 => 1024,
            _ => 800,
        };
        Self { width, height, theme }
    }
}

/// Waits until the page has the size it was given, if any, and has drawn what that made of it.
/// Transitions are brought to their end, for half a fade has colors that nobody chose.
const SETTLE: &str = "
    const [size, done] = arguments;
    const frame = () => new Promise(requestAnimationFrame);
    (async () => {
        while (size && (innerWidth !== size[0] || innerHeight !== size[1])) await frame();
        await frame();
        await frame();
        for (const animation of document.getAnimations()) {
            const isHeld = animation.playState === 'paused';
            if (!isHeld && Number.isFinite(animation.effect.getComputedTiming().endTime)) animation.finish();
        }
        await frame();
        done(document.scrollingElement.scrollHeight);
    })();";

/// What of the page does not fit; see there.
const FIT: &str = include_str!("fit.js");

impl Browser<'_> {
    /// Turns the page to another screen and theme, and brings how high it is there.
    #[track_caller]
    pub fn look(&self, look: Look) -> u32 {
        self.look_closely(look, 1)
    }

    /// The same on a screen that has so many dots for each pixel, along each side.
    #[track_caller]
    pub fn look_closely(&self, look: Look, dots: u32) -> u32 {
        self.resize(look.width, look.height, dots);
        let theme = json!([
            { "name": "prefers-color-scheme", "value": look.theme.name() },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.tell("Emulation.setEmulatedMedia", json!({ "features": theme }));
        self.tell("Emulation.setScrollbarsHidden", json!({ "hidden": true }));
        self.settle(json!([look.width, look.height]))
    }

    /// Turns it back to where a person uses it.
    #[track_caller]
    pub fn look_as_before(&self) {
        self.tell("Emulation.clearDeviceMetricsOverride", json!({}));
        self.tell("Emulation.setEmulatedMedia", json!({ "features": [] }));
        self.tell("Emulation.setScrollbarsHidden", json!({ "hidden": false }));
        self.settle(Value::Null);
    }

    /// A picture of the whole page on this screen, as PNG.
    #[track_caller]
    #[must_use]
    pub fn picture(&self, look: Look) -> Vec<u8> {
        let height = self.look(look);
        if height > look.height {
            self.resize(look.width, height, 1);
            self.settle(json!([look.width, height]));
        }
        self.done(async || self.driver().screenshot_as_png().await)
    }

    /// A picture of a page on this computer, as high as it is.
    #[track_caller]
    #[must_use]
    pub fn picture_of_file(&self, path: &std::path::Path, width: u32) -> Vec<u8> {
        self.done(async || self.driver().goto(format!("file://{}", path.display())).await);
        let height = self.look(Look { width, height: 1, theme: Theme::Light });
        self.resize(width, height, 1);
        self.settle(json!([width, height]));
        self.done(async || self.driver().screenshot_as_png().await)
    }

    /// What sticks out of the screen or of its own box at this width, a line for each.
    #[track_caller]
    #[must_use]
    pub fn misfits(&self, width: u32) -> Vec<String> {
        self.look(Look::new(width, Theme::Light));
        self.misfits_of(1.0)
    }

    /// The same where the page is now, with every word longer, as another language has it.
    #[track_caller]
    #[must_use]
    pub fn misfits_of_longer_words(&self, factor: f32) -> Vec<String> {
        self.misfits_of(factor)
    }

    /// The same with the browser's text size set so many times larger.
    #[track_caller]
    #[must_use]
    pub fn misfits_of_larger_text(&self, width: u32, factor: u32) -> Vec<String> {
        self.look(Look::new(width, Theme::Light));
        let sizes = |factor: u32| json!({ "fontSizes": { "standard": 16 * factor, "fixed": 13 * factor } });
        self.tell("Page.setFontSizes", sizes(factor));
        self.settle(Value::Null);
        let root = self.run("return parseFloat(getComputedStyle(document.documentElement).fontSize)", vec![]);
        let misfits = self.misfits_of(1.0);
        self.tell("Page.setFontSizes", sizes(1));
        assert_eq!(root.as_f64(), Some(f64::from(16 * factor)), "the app keeps the person's text size");
        misfits
    }

    fn misfits_of(&self, factor: f32) -> Vec<String> {
        let lines = self.run(FIT, vec![json!(factor)]);
        let lines = lines.as_array().expect("a list of what does not fit");
        lines.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    #[track_caller]
    fn resize(&self, width: u32, height: u32, dots: u32) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": dots, "mobile": false });
        self.tell("Emulation.setDeviceMetricsOverride", screen);
    }

    /// How high the page is after it has settled.
    #[track_caller]
    fn settle(&self, size: Value) -> u32 {
        let height =
            self.done(async || Ok(self.driver().execute_async(SETTLE, vec![size]).await?.json().clone()));
        height.as_f64().map_or(0, |height| height.ceil() as u32)
    }

    #[track_caller]
    fn tell(&self, command: &str, how: Value) {
        self.done(async || self.driver().cdp().send_raw(command, how.clone()).await.map(drop));
    }
}
