//! The frame of a screen.

use leptos::html;
use leptos::prelude::*;

/// One column with a heading. The heading can take the focus, for that is how a new screen is
/// announced.
#[component]
pub(crate) fn Page(
    title: &'static str,
    heading: NodeRef<html::H1>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <main class="page" data-page=class>
            <h1 tabindex="-1" node_ref=heading>{title}</h1>
            {children()}
        </main>
    }
}
