//! Touch and keyboard input.

use crate::browser::Browser;
use crate::element::{Element, said};
use serde_json::{Value, json};
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::common::requestdata::RequestData;
use thirtyfour::{Key, SessionId};

/// The accessible name of what has the focus, and whether one can see that it has.
const FOCUSED: &str = "
    const it = document.activeElement;
    // A link that leads on by its whole row has the ring around the row.
    const outlined = part => {
        const style = getComputedStyle(it, part);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    };
    return { name: it.computedName, seen: it.matches(':focus-visible') && (outlined(null) || outlined('::after')) };";

/// More stops than any screen has.
const STOPS: usize = 40;

impl Browser<'_> {
    /// Types where the focus is.
    #[track_caller]
    pub fn type_keys(&self, text: &str) {
        self.remember_secret(text);
        self.until(async || said(self.actions().send_keys(text.to_owned()).perform().await));
    }

    /// Presses a key where the focus is.
    #[track_caller]
    pub fn press(&self, key: Key) {
        self.until(async || said(self.actions().send_keys(key.value().to_string()).perform().await));
    }

    /// Presses Tab until the focus is there. At every stop one must see where it is.
    #[track_caller]
    pub fn tab_to(&self, element: &Element<'_>) {
        element.must_appear();
        let mut passed = Vec::new();
        for _ in 0..STOPS {
            self.press(Key::Tab);
            let focus = self.run(FOCUSED, vec![]);
            assert_eq!(focus["seen"], json!(true), "nobody sees that the focus is on {}", focus["name"]);
            if element.has_focus() {
                return;
            }
            passed.push(focus["name"].clone());
        }
        panic!("Tab does not lead to {element:?}, but to {passed:?}");
    }

    /// Makes the screen one that is touched.
    #[track_caller]
    pub(crate) fn take_in_hand(&self) {
        let touch = json!({ "enabled": true, "maxTouchPoints": 1 });
        self.done(async || {
            self.driver().cdp().send_raw("Emulation.setTouchEmulationEnabled", touch.clone()).await
        });
    }
}

impl Element<'_> {
    /// Waits until it is there, then touches it with a finger.
    #[track_caller]
    pub fn tap(&self) {
        self.browser().until(async || {
            let element = self.find().await?;
            said(element.scroll_into_view().await)?;
            said(element.handle().cmd(Tap(said(element.to_json())?)).await.map(drop))
        });
    }

    /// Whether the focus is on it.
    #[track_caller]
    #[must_use]
    pub fn has_focus(&self) -> bool {
        self.browser().until(async || {
            let active = said(self.browser().driver().active_element().await)?;
            Ok(self.find().await?.element_id() == active.element_id())
        })
    }

    /// Waits until the focus is on it.
    #[track_caller]
    pub fn must_have_focus(&self) {
        self.browser().until(async || {
            let active = said(self.browser().driver().active_element().await)?;
            let is_there = self.find().await?.element_id() == active.element_id();
            if is_there { Ok(()) } else { Err(format!("the focus is not on {self:?}")) }
        });
    }
}

/// thirtyfour knows fingers as mice only.
#[derive(Debug)]
struct Tap(Value);

impl FormatRequestData for Tap {
    fn format_request(&self, session: &SessionId) -> RequestData {
        let finger = json!({ "type": "pointer", "id": "finger", "parameters": { "pointerType": "touch" }, "actions": [
            { "type": "pointerMove", "duration": 0, "origin": self.0, "x": 0, "y": 0 },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ] });
        RequestData::new(reqwest::Method::POST, format!("session/{session}/actions"))
            .add_body(json!({ "actions": [finger] }))
    }
}
