//! A message box in the page: information, error or success.

use crate::ui::icon::{Icon, Picture};
use leptos::prelude::*;

/// What kind of message it is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Tone {
    Information,
    /// Announced at once by screen readers.
    Error,
    Success,
}

/// A sentence with an icon of its tone. It can take the focus when the pressed button is gone.
#[component]
pub(crate) fn Alert(
    tone: Tone,
    #[prop(optional_no_strip)] id: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let (name, role, icon) = match tone {
        Tone::Information => ("info", "status", Icon::INFORMATION),
        Tone::Error => ("error", "alert", Icon::WARNING),
        Tone::Success => ("success", "status", Icon::DONE),
    };
    view! {
        <p class="alert" data-tone=name role=role id=id tabindex="-1">
            <Picture of=icon />
            <span>{children()}</span>
        </p>
    }
}
