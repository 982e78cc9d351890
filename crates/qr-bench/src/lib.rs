//! The app's QR component compiled alone, for the benchmark in `page/bench.js`.

#[path = "../../../src/ui/qr.rs"]
mod qr;

use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyViewState;
use std::cell::Cell;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static DRAWN: Cell<Option<UnmountHandle<AnyViewState>>> = const { Cell::new(None) };
}

/// Draws the text as the app does, in place of what was drawn before.
#[wasm_bindgen]
pub fn draw(place: web_sys::HtmlElement, text: String) {
    DRAWN.set(None);
    DRAWN.set(Some(mount_to(place, move || view! { <qr::Qr text=text label="QR" /> }.into_any())));
}
