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

/// Draws in the present language, and again when another is chosen: words are data, not signals.
/// State that was created outside of `draw` is kept.
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

/// Whether this is still the first screen of the page, which does not take the focus.
#[derive(Clone, Copy)]
pub(crate) struct Navigation {
    moved: StoredValue<bool>,
}

impl Default for Navigation {
    fn default() -> Self {
        Self { moved: StoredValue::new(false) }
    }
}

/// Announces a screen: sets the document's title, and after the first screen focuses the new heading,
/// which screen readers then read.
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
            browser::announce_screen();
        }
    });
}

/// Marks a failure as the final content: the first paint is removed, although no screen is drawn.
pub(crate) fn stuck() {
    effect(browser::announce_screen);
}
