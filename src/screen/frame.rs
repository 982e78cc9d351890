//! The frame of every screen: heading, document title, focus, links and the language switch.

use crate::address::{self, address};
use crate::browser;
use crate::context::{arrived, lang, words};
use crate::i18n;
use crate::route::Route;
use crate::surface;
use crate::ui::icon::{Icon, Picture};
use crate::ui::page::Page;
use leptos::prelude::*;

/// A screen with its heading; `class` names it for the style sheet. Those that ask or tell one
/// thing are sheets.
#[component]
pub(crate) fn Frame(
    title: &'static str,
    class: &'static str,
    #[prop(default = true)] sheet: bool,
    children: Children,
) -> impl IntoView {
    let heading = NodeRef::new();
    arrived(title, heading);
    view! { <Page title=title heading=heading class=class sheet=sheet>{children()}</Page> }
}

/// The line above every screen: the product's name, and the language switch outside of wizards.
#[component]
pub(crate) fn Top(languages: Signal<bool>) -> impl IntoView {
    view! {
        <header class="top">
            <span class="brand"><Picture of=Icon::MARK />{words().common().brand}</span>
            {move || languages.get().then(|| view! { <LanguageSwitch /> })}
        </header>
    }
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
    let address = address();
    let shown = address::shown();
    let href = to.path();
    let target = to.clone();
    let follow = move |click: web_sys::MouseEvent| {
        let elsewhere = click.button() != 0 || click.ctrl_key() || click.meta_key() || click.shift_key();
        if !elsewhere {
            click.prevent_default();
            address.go(&target);
        }
    };
    let current = move || (shown.get().as_ref() == Some(&to)).then_some("page");
    view! { <a class=class data-tone=tone href=href aria-current=current on:click=follow>{children()}</a> }
}

/// The way back to the overview.
#[component]
pub(crate) fn Home() -> impl IntoView {
    view! { <Link to=Route::Overview class="link"><Picture of=Icon::BACK />{words().common().home}</Link> }
}

/// The id of the language switch.
const LANGUAGE: &str = "language";

/// Offers the next language; never mid-wizard.
#[component]
fn LanguageSwitch() -> impl IntoView {
    let (lang, address) = (lang(), address());
    let next = lang.get_untracked().next();
    let choose = move |_| {
        if !surface::is_shared() {
            i18n::remember(next);
        }
        address.drop_language();
        lang.set(next);
        // The button is redrawn in the new language.
        browser::focus_id(LANGUAGE);
    };
    view! {
        <button type="button" class="link" id=LANGUAGE lang=next.tag() on:click=choose>
            {next.name()}
        </button>
    }
}
