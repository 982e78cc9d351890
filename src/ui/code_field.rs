//! The one-time code: its input, and the button that asks for one.

use crate::erased::{memo, text};
use crate::ui::field::{Field, FieldKind};
use leptos::prelude::*;
use std::time::Duration;

/// The id of that button.
pub(crate) const SEND: &str = "send-code";

/// Words of the code field.
#[derive(Clone, Copy)]
pub(crate) struct CodeWords {
    pub(crate) label: &'static str,
    pub(crate) send: &'static str,
    pub(crate) resend_in: fn(u32) -> String,
}

/// `wait` tells the seconds until another code can be asked for; it is asked again every second.
#[component]
pub(crate) fn CodeField(
    words: CodeWords,
    hint: Signal<String>,
    value: RwSignal<String>,
    problem: Signal<Option<String>>,
    #[prop(into)] wait: Signal<u32>,
    tick: RwSignal<u32>,
    on_send: Callback<()>,
) -> impl IntoView {
    // Each tick computes the wait from the clock, so a tab that slept is right as soon as it wakes.
    if let Ok(interval) =
        set_interval_with_handle(move || tick.update(|n| *n = n.wrapping_add(1)), Duration::from_secs(1))
    {
        on_cleanup(move || interval.clear());
    }
    let waits = memo(move || wait.get());
    view! {
        <Field id="code" kind=FieldKind::Code label=words.label hint=hint value=value problem=problem>
            <button
                type="button"
                id=SEND
                class="button"
                disabled={move || waits.get() > 0}
                translate="no"
                on:click=move |_| on_send.run(())
                prop:textContent=text(move || match waits.get() {
                    0 => words.send.to_owned(),
                    seconds => (words.resend_in)(seconds),
                })
            ></button>
        </Field>
    }
}
