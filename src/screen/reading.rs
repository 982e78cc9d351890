//! A legal text in place, where the app must not open another tab: on a shared device, and in the webview of an app.
//! Links to such texts say so by `target="_blank"`, which browsers follow elsewhere. A frame shows whatever an
//! operator puts there, without scripts; as of our origin it gets its style sheet.

use crate::browser::{self, Document};
use crate::context::words;
use crate::erased::{effect, live};
use leptos::html;
use leptos::prelude::*;

/// Shows the texts of links that would open a tab in a dialog, as long as the page exists.
#[component]
pub(crate) fn Reading() -> impl IntoView {
    let read = RwSignal::new(None::<Document>);
    browser::on_document_link(move |document| read.set(Some(document)));
    live(move || match read.get() {
        Some(document) => view! { <Text document=document read=read /> }.into_any(),
        None => ().into_any(),
    })
}

#[component]
fn Text(document: Document, read: RwSignal<Option<Document>>) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            browser::show_modal(&dialog);
        }
    });
    // Closing returns the focus to the link.
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let Document { address, name } = document;
    let label = name.clone();
    view! {
        <dialog class="reading" aria-label=label node_ref=dialog on:close=move |_| read.set(None)>
            <button type="button" class="button" on:click=close>{words().account().close}</button>
            <iframe src=address title=name sandbox="allow-same-origin"></iframe>
        </dialog>
    }
}
