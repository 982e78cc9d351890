//! The context of every screen and part: words, language, and the arrival at a screen.

use crate::browser;
use crate::erased::{effect, live};
use crate::i18n::{self, Lang, Messages};
use leptos::prelude::*;

/// The words of the present language.
pub(crate) fn words() -> &'static Messages {
    expect_context()
}

/// The present language; set it to draw the app in another.
pub(crate) fn lang() -> RwSignal<Lang> {
    expect_context()
}

/// Draws in the present language, and anew when another is chosen: words are data, not signals.
/// What was made outside of it lasts.
pub(crate) fn in_words(draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    drawn_in(lang(), Box::new(draw))
}

/// Not generic, so that it is in the wasm once.
fn drawn_in(lang: RwSignal<Lang>, draw: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    live(move || {
        let messages = i18n::messages(lang.get());
        browser::set_lang(messages.tag);
        provide_context(messages);
        draw()
    })
}

/// Whether this is still the first screen of the page: the first one does not take the focus.
#[derive(Clone, Copy)]
pub(crate) struct Navigation {
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
    let product = words().product;
    if title == product {
        browser::set_title(product);
    } else {
        browser::set_title(&[title, " · ", product].concat());
    }
    effect(move || {
        if let Some(heading) = heading.get() {
            if navigation.moved.get_value() {
                browser::focus(&heading);
            }
            navigation.moved.set_value(true);
            browser::tell_of_screen();
        }
    });
}

/// What is drawn is no screen, but all that there will be without the person.
pub(crate) fn stuck() {
    effect(browser::tell_of_screen);
}
