//! The frame of every screen, with the words and the arrival that only the app knows.

use crate::app::{arrived, lang, words};
use crate::i18n;
use crate::route::Route;
use crate::ui::page::Page;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

/// A screen with its heading; `class` names it for the style sheet.
#[component]
pub(crate) fn Frame(title: &'static str, class: &'static str, children: Children) -> impl IntoView {
    let heading = NodeRef::new();
    arrived(title, heading);
    view! { <Page title=title heading=heading class=class>{children()}</Page> }
}

/// A link to another screen. The address is real, so that it can be copied or opened in a new
/// tab; a plain click stays in the app.
#[component]
pub(crate) fn Link(
    to: Route,
    class: &'static str,
    #[prop(optional)] tone: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let path = to.path();
    let href = path.clone();
    let follow = move |click: web_sys::MouseEvent| {
        let elsewhere = click.button() != 0 || click.ctrl_key() || click.meta_key() || click.shift_key();
        if !elsewhere {
            click.prevent_default();
            navigate(&path, Default::default());
        }
    };
    view! { <a class=class data-tone=tone href=href on:click=follow>{children()}</a> }
}

/// Offers the other language; on sign-in and overview, never mid-wizard.
#[component]
pub(crate) fn LanguageSwitch() -> impl IntoView {
    let lang = lang();
    let other = lang.get_untracked().other();
    let choose = move |_| {
        i18n::remember(other);
        lang.set(other);
    };
    view! {
        <footer class="languages" aria-label=words().common.language>
            <button type="button" class="link" lang=i18n::messages(other).tag on:click=choose>
                {words().common.other_language}
            </button>
        </footer>
    }
}
