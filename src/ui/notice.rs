//! A sentence that must be noticed.

use leptos::prelude::*;

/// `tone` is `error`, `info` or `success`; an error is announced at once.
#[component]
pub(crate) fn Notice(
    tone: &'static str,
    #[prop(optional)] id: &'static str,
    children: Children,
) -> impl IntoView {
    let role = if tone == "error" { "alert" } else { "status" };
    view! { <p class="notice" data-tone=tone role=role id=id>{children()}</p> }
}
