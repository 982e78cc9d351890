//! The frame of every screen, with the words and the arrival that only the app knows.

use crate::app::{arrived, lang, words};
use crate::ui::page::Page;
use leptos::prelude::*;

/// A screen with its heading; `class` names it for the style sheet.
#[component]
pub(crate) fn Frame(title: &'static str, class: &'static str, children: Children) -> impl IntoView {
    let heading = NodeRef::new();
    arrived(title, heading);
    view! { <Page title=title heading=heading class=class>{children()}</Page> }
}

/// Offers the other language; on sign-in and overview, never mid-wizard.
#[component]
pub(crate) fn LanguageSwitch() -> impl IntoView {
    let lang = lang();
    let other = lang.get_untracked().other();
    let choose = move |_| {
        other.remember();
        lang.set(other);
    };
    view! {
        <footer class="languages" aria-label=words().common.language>
            <button type="button" class="link" lang=other.messages().tag on:click=choose>
                {words().common.other_language}
            </button>
        </footer>
    }
}
