//! One thing on the screen, found as a screen reader finds it: by role and accessible name.

use crate::browser::{Browser, seen};
use serde_json::{Value, json};
use std::time::Duration;
use thirtyfour::prelude::*;

/// Looked for anew whenever something is done with it, so it may come and go.
pub struct Element<'b> {
    browser: &'b Browser<'b>,
    role: Role,
    name: Name,
}

/// The roles the tests ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    Button,
    Link,
    Heading,
    Field,
    Checkbox,
    Radio,
    Image,
}

/// The accessible name, or a part of it where the rest changes.
#[derive(Debug)]
pub(crate) enum Name {
    Is(String),
    Has(String),
}

impl Role {
    /// Elements that can have the role; the browser's own verdict decides.
    fn candidates(self) -> &'static str {
        match self {
            Self::Button => "button, [role=button]",
            Self::Link => "a[href], [role=link]",
            Self::Heading => "h1, h2, h3, [role=heading]",
            Self::Field => "input, textarea",
            Self::Checkbox => "input[type=checkbox], [role=checkbox]",
            Self::Radio => "input[type=radio], [role=radio]",
            Self::Image => "img, [role=img]",
        }
    }

    /// What the browser calls it.
    fn computed(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Link => "link",
            Self::Heading => "heading",
            Self::Field => "textbox",
            Self::Checkbox => "checkbox",
            Self::Radio => "radio",
            Self::Image => "image",
        }
    }
}

impl<'b> Element<'b> {
    pub(crate) fn new(browser: &'b Browser<'b>, role: Role, name: Name) -> Self {
        Self { browser, role, name }
    }

    pub(crate) fn browser(&self) -> &'b Browser<'b> {
        self.browser
    }

    /// Waits until it is there to be seen.
    #[track_caller]
    pub fn must_appear(&self) {
        self.browser.until(async || self.find().await.map(drop));
    }

    /// Waits until it is not there to be seen.
    #[track_caller]
    pub fn must_be_gone(&self) {
        self.browser.until(async || match self.find().await {
            Err(why) if why.starts_with(MISSING) => Ok(()),
            Ok(_) => Err(format!("{self:?} is there")),
            Err(why) => Err(why),
        });
    }

    /// Waits until it is there, then clicks it.
    #[track_caller]
    pub fn click(&self) {
        self.browser.until(async || {
            let found = self.look(Purpose::Reach).await?;
            if let Some(obstacle) = found.state["obstacle"].as_str() {
                return Err(format!("{self:?} is covered by {obstacle}"));
            }
            said(self.press(&found.state["at"]).await)
        });
    }

    /// Presses the mouse where an element is, as WebDriver's click does, which asks a dozen questions more before that.
    async fn press(&self, at: &Value) -> WebDriverResult<()> {
        let place = |axis: &str| at[axis].as_f64().unwrap_or_default().floor() as i64;
        let mouse = self.browser.driver().action_chain_with_delay(NO_TIME, NO_TIME);
        mouse.move_to(place("x"), place("y")).click().perform().await
    }

    /// Moves the pointer there.
    #[track_caller]
    pub fn point_at(&self) {
        self.browser.until(async || {
            let element = self.find().await?;
            said(self.browser.actions().move_to_element_center(&element).perform().await)
        });
    }

    /// Clicks it as fast as nobody can, `times` times.
    #[track_caller]
    pub fn click_repeatedly(&self, times: usize) {
        self.browser.until(async || {
            let element = self.find().await?;
            let actions = self.browser.actions().move_to_element_center(&element);
            let actions = (0..times).fold(actions, |actions, _| actions.click());
            said(actions.perform().await)
        });
    }

    /// Presses Enter where the cursor is and clicks it at the same time.
    #[track_caller]
    pub fn press_enter_and_click(&self) {
        self.browser.until(async || {
            let element = self.find().await?;
            let actions = self.browser.actions().move_to_element_center(&element);
            said(actions.send_keys(Key::Enter.value().to_string()).click().click().perform().await)
        });
    }

    /// Types into it, in place of what is there.
    #[track_caller]
    pub fn fill(&self, text: &str) {
        self.browser.remember_secret(text);
        self.browser.until(async || {
            let element = self.find().await?;
            said(element.send_keys(Key::Control + "a" + Key::Null + Key::Delete + text).await)
        });
        self.must_hold(text);
    }

    /// Presses Enter in it.
    #[track_caller]
    pub fn press_enter(&self) {
        self.browser.until(async || said(self.find().await?.send_keys(Key::Enter + "").await));
    }

    /// Waits until it holds this text.
    #[track_caller]
    pub fn must_hold(&self, text: &str) {
        self.browser.until(async || {
            let found = self.find().await?;
            let value = found.value();
            if value == text { Ok(()) } else { Err(format!("{self:?} holds `{value}`, not `{text}`")) }
        });
    }

    /// Waits until it is ticked or chosen, or not.
    #[track_caller]
    pub fn must_be_ticked(&self, ticked: bool) {
        self.browser.until(async || {
            let is_ticked = self.find().await?.is("ticked");
            if is_ticked == ticked { Ok(()) } else { Err(format!("{self:?} is ticked: {is_ticked}")) }
        });
    }

    /// Waits until it can be used.
    #[track_caller]
    pub fn must_be_open(&self) {
        self.browser.until(async || {
            if self.find().await?.is("open") { Ok(()) } else { Err(format!("{self:?} cannot be used")) }
        });
    }

    /// Waits until it is there and cannot be used.
    #[track_caller]
    pub fn must_be_closed(&self) {
        self.browser.until(async || {
            if self.find().await?.is("open") { Err(format!("{self:?} can be used")) } else { Ok(()) }
        });
    }

    /// Waits until what describes it, for a screen reader too, says this.
    #[track_caller]
    pub fn must_be_described(&self, text: impl AsRef<str>) {
        let text = seen(text.as_ref());
        self.browser.until(async || {
            let ids = said(self.find().await?.attr("aria-describedby").await)?.unwrap_or_default();
            let mut description = String::new();
            for id in ids.split_whitespace() {
                if let Ok(part) = self.browser.driver().find(By::Id(id)).await {
                    description += &said(part.text().await)?;
                }
            }
            if seen(&description).contains(&text) {
                Ok(())
            } else {
                Err(format!("{self:?} is described: `{description}`"))
            }
        });
    }

    /// The accessible name it has now, whole.
    #[track_caller]
    #[must_use]
    pub fn name(&self) -> String {
        self.browser.until(async || {
            let found = self.find().await?;
            found.state["name"].as_str().map(ToOwned::to_owned).ok_or_else(|| format!("{self:?} has no name"))
        })
    }

    /// An attribute.
    #[track_caller]
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.browser.until(async || said(self.find().await?.attr(name).await))
    }

    /// The one element that has the role and the name and can be seen.
    pub(crate) async fn find(&self) -> Result<Found, String> {
        self.look(Purpose::Know).await
    }

    async fn look(&self, purpose: Purpose) -> Result<Found, String> {
        let driver = self.browser.driver();
        // As a browser computes it: without the space that leads to a word behind it.
        let (name, whole) = match &self.name {
            Name::Is(whole) => (whole.trim(), true),
            Name::Has(part) => (part.trim(), false),
        };
        let asked = json!([self.role.candidates(), self.role.computed(), name, whole]);
        let answer = if purpose == Purpose::Reach {
            driver.execute_async(&format!("{FIND}{WHEN_STILL}"), vec![asked]).await
        } else {
            driver.execute(&format!("{FIND}return answer(named);"), vec![asked]).await
        };
        let answer = said(answer)?.json().clone();
        match answer["named"].as_array().map(Vec::as_slice).unwrap_or_default() {
            [found] => Ok(Found {
                element: said(WebElement::from_json(found["it"].clone(), driver.handle().clone()))?,
                state: found.clone(),
            }),
            [] => Err(format!("{MISSING} {self:?}, but {}", answer["others"])),
            _ => Err(format!("there are several {self:?}")),
        }
    }
}

impl std::fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.role, self.name)
    }
}

/// The error as a sentence to try again with: an element may go while one looks at it.
pub(crate) fn said<T>(result: WebDriverResult<T>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

/// What has a role and a name, and the names of whatever else could have had them. Both are what the
/// browser itself computes for assistive technology, which it was told to tell pages too (`driver.rs`):
/// WebDriver's own commands for them ask for one element at a time, and a test asks a thousand times.
const FIND: &str = "
    const [candidates, role, name, whole] = arguments[0];
    if (document.documentElement.computedRole === undefined) throw new Error('the browser tells no roles');
    const all = [...document.querySelectorAll(candidates)];
    // What holds a name together is not seen (B35).
    const nameOf = it => it.computedName.replace(/[\\u2068\\u2069]/g, '');
    const fits = it => it.computedRole === role && (whole ? nameOf(it) === name : nameOf(it).includes(name));
    const isSeen = it => it.checkVisibility({ opacityProperty: true, visibilityProperty: true })
        && it.getClientRects().length > 0;
    const named = all.filter(it => isSeen(it) && fits(it));
    const state = it => ({
        it, name: it.computedName, value: it.value, open: !it.matches(':disabled'), ticked: it.checked === true,
    });
    const answer = named => ({ named: named.map(state), others: all.filter(it => !named.includes(it)).map(nameOf) });";

/// Goes on behind [`FIND`]: brings the element into view and waits until it rests for a frame, so that it is pressed
/// where it is and not where it was. A screen that has just been drawn may still scroll to its heading.
const WHEN_STILL: &str = "
    const done = arguments[1];
    if (named.length !== 1) return done(answer(named));
    const [it] = named;
    const place = () => { const box = it.getClientRects()[0]; return box && [box.x, box.y, box.width, box.height]; };
    const frame = () => new Promise(passed => { requestAnimationFrame(passed); setTimeout(passed, 100); });
    it.scrollIntoViewIfNeeded();
    (async () => {
        let before, now = place();
        do {
            before = now;
            await frame();
            await frame();
            now = place();
        } while (now && before.join() !== now.join());
        if (!now) return done({ named: [], others: ['it went away'] });
        const [x, y, width, height] = now, at = { x: x + width / 2, y: y + height / 2 };
        const hit = document.elementFromPoint(at.x, at.y);
        const obstacle = it.contains(hit) ? null : (hit?.outerHTML ?? 'nothing').slice(0, 200);
        done({ named: [{ it, at, obstacle }] });
    })();";

/// What an element is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To know what it is like.
    Know,
    /// To be pressed: it is brought into view, and has to be on top there.
    Reach,
}

/// An element, and what it was like when it was found.
pub(crate) struct Found {
    element: WebElement,
    state: Value,
}

impl std::ops::Deref for Found {
    type Target = WebElement;

    fn deref(&self) -> &WebElement {
        &self.element
    }
}

impl Found {
    /// What is typed into it.
    fn value(&self) -> &str {
        self.state["value"].as_str().unwrap_or_default()
    }

    /// Whether it is so: `open`, `ticked`.
    fn is(&self, what: &str) -> bool {
        self.state[what] == json!(true)
    }
}

/// How the reason begins why nothing was found.
const MISSING: &str = "there is no";

/// For a press of the mouse, which nobody watches.
const NO_TIME: Option<Duration> = Some(Duration::ZERO);

/// How fast simulated fingers are.
pub(crate) const FINGERS: Option<Duration> = Some(Duration::from_millis(10));
