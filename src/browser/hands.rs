//! Pointer, wheel and key input at the crop frame, as plain values.

use super::listen;
use leptos::ev::Event;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

/// Where in the frame, in its sides from its middle.
pub(crate) type Place = [f64; 2];

/// One thing a person does.
pub(crate) enum Deed {
    /// A finger, or the mouse's button, comes down.
    Down(i32, Place),
    /// It moves.
    Moved(i32, Place),
    /// It goes up again; nowhere where the system took it away.
    Up(i32, Option<Place>),
    /// A wheel turns so many pixels towards the person.
    Wheel(f64, Place),
    /// A key goes down.
    Key(String),
}

/// Tells of everything that hands do at a frame, as long as there is one. What was made use of, as
/// `done` says, is nothing else any more: no scrolling, no zoom of the page.
pub(crate) fn watch(frame: &HtmlElement, done: impl Fn(Deed) -> bool + 'static) {
    let at = frame.clone();
    let kinds = ["pointerdown", "pointermove", "pointerup", "pointercancel", "wheel", "keydown"];
    listen(frame, &kinds, move |event| {
        let deed = match event.type_().as_str() {
            "keydown" => Deed::Key(event.unchecked_ref::<KeyboardEvent>().key()),
            "wheel" => Deed::Wheel(event.unchecked_ref::<WheelEvent>().delta_y(), place(&at, &event)),
            kind => {
                let id = event.unchecked_ref::<PointerEvent>().pointer_id();
                match kind {
                    "pointerdown" => {
                        // It goes on being ours where it leaves the frame.
                        let _gone = at.set_pointer_capture(id);
                        Deed::Down(id, place(&at, &event))
                    }
                    "pointermove" => Deed::Moved(id, place(&at, &event)),
                    kind => Deed::Up(id, (kind == "pointerup").then(|| place(&at, &event))),
                }
            }
        };
        if done(deed) {
            event.prevent_default();
        }
    });
}

fn place(frame: &HtmlElement, event: &Event) -> Place {
    let event: &MouseEvent = event.unchecked_ref();
    let frame = frame.get_bounding_client_rect();
    let part = |at: i32, start: f64, length: f64| (f64::from(at) - start) / length.max(1.0) - 0.5;
    [part(event.client_x(), frame.left(), frame.width()), part(event.client_y(), frame.top(), frame.height())]
}
