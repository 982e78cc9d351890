//! Toasts: short messages about what was done, which disappear automatically.

use crate::erased::live;
use crate::ui::icon::{Icon, Picture};
use leptos::prelude::*;

/// The place where such words are shown.
#[derive(Clone, Copy)]
pub(crate) struct Toast(RwSignal<Option<String>>);

impl Toast {
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// Says it, in place of what was said before.
    pub(crate) fn say(self, text: String) {
        self.0.set(Some(text));
    }
}

/// Draws it above whatever screen there is, and says it to those who listen as soon as they are
/// free. How long it stays is the style's: pointed at or in focus, its time stands still.
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
                    <p class="notice" data-tone="success" on:animationend=move |_| said.set(None)>
                        <Picture of=Icon::Done />
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
