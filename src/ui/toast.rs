//! Toasts: short messages about what was done, which disappear automatically.

use crate::erased::live;
use crate::ui::icon::{Icon, Picture};
use leptos::prelude::*;

/// The state of the toast.
#[derive(Clone, Copy)]
pub(crate) struct Toast(RwSignal<Option<String>>);

impl Toast {
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// Shows a message, in place of the last one.
    pub(crate) fn say(self, text: String) {
        self.0.set(Some(text));
    }
}

/// Draws the toast above the screen, announced politely. The style sheet sets how long it stays; while it
/// is hovered or focused, its time stops.
#[component]
pub(crate) fn Toasts(toast: Toast, dismiss: &'static str, on_dismiss: fn()) -> impl IntoView {
    let Toast(said) = toast;
    let dismissed = move |_| {
        said.set(None);
        on_dismiss();
    };
    view! {
        <div class="toasts" role="status">
            {live(move || match said.get() {
                Some(text) => view! {
                    <p class="alert" data-tone="success" on:animationend=move |_| said.set(None)>
                        <Picture of=Icon::DONE />
                        <span>{text}</span>
                        <button type="button" class="link" on:click=dismissed>{dismiss}</button>
                    </p>
                }
                .into_any(),
                None => ().into_any(),
            })}
        </div>
    }
}
