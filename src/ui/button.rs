//! The button that sends a form.

use leptos::prelude::*;

/// Sends the form it is in. While `busy` it stays focusable and says so; the flow ignores a
/// second click anyway.
#[component]
pub(crate) fn Submit(#[prop(into)] busy: Signal<bool>, label: &'static str) -> impl IntoView {
    view! {
        <button type="submit" class="button" data-tone="primary" aria-busy=move || busy.get().then_some("true")>
            {label}
        </button>
    }
}
