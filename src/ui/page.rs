//! The frame of a screen.

use leptos::html;
use leptos::prelude::*;

/// One column with a heading. The heading can take the focus, so that screen readers announce a new
/// screen. A sheet is a page with one question or message.
#[component]
pub(crate) fn Page(
    title: &'static str,
    heading: NodeRef<html::H1>,
    class: &'static str,
    sheet: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <main class=if sheet { "page sheet" } else { "page" } data-page=class>
            <h1 tabindex="-1" node_ref=heading>{title}</h1>
            {children()}
        </main>
    }
}
