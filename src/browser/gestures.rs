//! Pointer, wheel and key input at the crop frame, as plain values.

use super::listen;
use leptos::ev::Event;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

/// A position, relative to the frame's center, in lengths of its sides.
pub(crate) type Position = [f64; 2];

/// An input at the frame.
pub(crate) enum Gesture {
    /// A finger, or the mouse's button, comes down.
    Down(i32, Position),
    /// It moves.
    Moved(i32, Position),
    /// It goes up again; without a place if the system canceled the pointer.
    Up(i32, Option<Position>),
    /// A wheel turns by this many pixels; positive is towards the user.
    Wheel(f64, Position),
    /// A key goes down.
    Key(String),
}

/// Listens to every gesture at a frame for as long as it exists. A gesture that `done` has used (it
/// returns true) does not scroll or zoom the page as well.
pub(crate) fn watch(frame: &HtmlElement, done: impl Fn(Gesture) -> bool + 'static) {
    let at = frame.clone();
    let kinds = ["pointerdown", "pointermove", "pointerup", "pointercancel", "wheel", "keydown"];
    listen(frame, &kinds, move |event| {
        let gesture = match event.type_().as_str() {
            "keydown" => Gesture::Key(event.unchecked_ref::<KeyboardEvent>().key()),
            "wheel" => Gesture::Wheel(event.unchecked_ref::<WheelEvent>().delta_y(), place(&at, &event)),
            kind => {
                let id = event.unchecked_ref::<PointerEvent>().pointer_id();
                match kind {
                    "pointerdown" => {
                        // Also receive its moves outside of the frame.
                        let _gone = at.set_pointer_capture(id);
                        Gesture::Down(id, place(&at, &event))
                    }
                    "pointermove" => Gesture::Moved(id, place(&at, &event)),
                    kind => Gesture::Up(id, (kind == "pointerup").then(|| place(&at, &event))),
                }
            }
        };
        if done(gesture) {
            event.prevent_default();
        }
    });
}

fn place(frame: &HtmlElement, event: &Event) -> Position {
    let event: &MouseEvent = event.unchecked_ref();
    let frame = frame.get_bounding_client_rect();
    let part = |at: i32, start: f64, length: f64| (f64::from(at) - start) / length.max(1.0) - 0.5;
    [part(event.client_x(), frame.left(), frame.width()), part(event.client_y(), frame.top(), frame.height())]
}
