//! The root: contexts, the route table, the language.

use crate::api::Api;
use crate::i18n::{Lang, Messages};
use crate::screen::{not_found::NotFound, overview::Overview, phone::PhoneScreen, sign_in::SignInScreen};
use crate::session::Session;
use crate::surface;
use crate::{browser, i18n};
use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

/// Replaces the first paint by the app.
pub(crate) fn start() {
    browser::show_panics();
    mount_to_body(App);
    browser::remove("boot");
}

/// What every component may ask for: the API, who is signed in, the words.
#[component]
fn App() -> impl IntoView {
    let lang = RwSignal::new(i18n::pick());
    let session = Session::new();
    provide_context(lang);
    provide_context(session);
    let api = Api::new(session);
    provide_context(api);
    provide_context(Navigation::default());
    surface::enter(api);
    session.watch_focus(api);
    // Words are data, not signals: another language draws the tree anew.
    move || {
        let messages = lang.get().messages();
        browser::set_lang(messages.tag);
        provide_context(messages);
        view! {
            <Router>
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=Overview />
                    <Route path=path!("/sign-in") view=SignInScreen />
                    <Route path=path!("/phone/:step?") view=PhoneScreen />
                </FlatRoutes>
            </Router>
        }
    }
}

/// The words of the present language.
pub(crate) fn words() -> &'static Messages {
    expect_context()
}

/// The present language; set it to draw the app in another.
pub(crate) fn lang() -> RwSignal<Lang> {
    expect_context()
}

/// Whether this is still the first screen of the page: the first one does not take the focus.
#[derive(Clone, Copy)]
struct Navigation {
    moved: StoredValue<bool>,
}

impl Default for Navigation {
    fn default() -> Self {
        Self { moved: StoredValue::new(false) }
    }
}

/// Tells the person where they are: the document's title, and after the first screen the focus
/// on the new heading so that a screen reader says it.
pub(crate) fn arrived(title: &'static str, heading: NodeRef<leptos::html::H1>) {
    let navigation: Navigation = expect_context();
    browser::set_title(&[title, " · ", words().product].concat());
    Effect::new(move || {
        if let Some(heading) = heading.get() {
            if navigation.moved.get_value() {
                browser::focus(&heading);
            }
            navigation.moved.set_value(true);
        }
    });
}
