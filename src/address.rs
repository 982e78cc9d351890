//! The address of the app: the screen that it names, and how to go to another. Of the router this is its location in
//! the browser; its tables, its component and its handling of every link stay out of the wasm.

use crate::browser;
use crate::erased::memo;
use crate::route::{self, Route};
use crate::surface;
use leptos::ev;
use leptos::prelude::*;
use leptos_router::location::{BrowserUrl, LocationChange, LocationProvider, Url};

/// Parameters that every address keeps of the first one, so that a reload at any step looks the same.
const KEPT: [&str; 2] = ["theme", LANGUAGE];
/// The language that a host app asked for.
const LANGUAGE: &str = "ui_locales";

/// The page's only address.
#[derive(Clone, Copy)]
pub(crate) struct Address {
    url: RwSignal<Url>,
    shown: Memo<Option<Route>>,
    /// What every address ends with.
    kept: StoredValue<String>,
}

impl Address {
    /// Reads the address bar and follows Back and Forward. A browser that does not give its address throws here, and
    /// `boot.js` shows the words for a failed start.
    pub(crate) fn read() -> Self {
        let url = BrowserUrl::current().unwrap_or_else(|exception| browser::throw(exception));
        let url = RwSignal::new(url);
        let listener = window_event_listener(ev::popstate, move |_| {
            if let Ok(now) = BrowserUrl::current() {
                url.set(now);
            }
        });
        on_cleanup(move || listener.remove());
        let shown = memo(move || url.with(|url| Route::parse(&path_of(url.path(), url.search()))));
        Self { url, shown, kept: StoredValue::new(kept()) }
    }

    /// Whether it is the root.
    pub(crate) fn is_root(self) -> bool {
        self.url.with(|url| url.path() == "/")
    }

    /// Goes to a screen, by a new entry of the history.
    pub(crate) fn go(self, to: &Route) {
        self.turn(to.path(), false, true);
    }

    /// Goes to a screen, in place of the present entry.
    pub(crate) fn replace(self, to: &Route) {
        self.turn(to.path(), true, true);
    }

    /// Shows another step of the same screen: without scrolling, by a new entry or in place of the present one.
    pub(crate) fn step(self, to: &Route, replace: bool) {
        self.turn(to.path(), replace, false);
    }

    /// The person chose a language: the one that a host asked for counts no more.
    pub(crate) fn drop_language(self) {
        browser::take_query(LANGUAGE);
        self.kept.set_value(kept());
    }

    /// A shared device has no history: Back would show the next person where this one was (G6).
    fn turn(self, path: String, replace: bool, scroll: bool) {
        let replace = replace || surface::is_shared();
        let value = self.kept.with_value(|kept| match kept.strip_prefix('&') {
            Some(first) if !path.contains('?') => [&path, "?", first].concat(),
            _ => [path.as_str(), kept].concat(),
        });
        // A new one each time: it adds an entry only if the address differs from the one that it was made at, and of
        // Back and Forward it learns nothing.
        if let Ok(location) = BrowserUrl::new() {
            location.complete_navigation(&LocationChange { value, replace, scroll, ..Default::default() });
            if let Ok(now) = BrowserUrl::current() {
                self.url.set(now);
            }
        }
    }
}

/// What every address keeps. On a shared device it says that this is one, so that a browser that starts there again is
/// one too (K4).
fn kept() -> String {
    let mut kept = String::from(if surface::is_shared() { "&surface=kiosk" } else { "" });
    for name in KEPT {
        if let Some(value) = browser::query(name) {
            kept += &["&", name, "=", &route::encode(&value)].concat();
        }
    }
    kept
}

/// The screen of the address bar, if it is one.
pub(crate) fn shown() -> Memo<Option<Route>> {
    expect_context::<Address>().shown
}

/// The address, to be changed.
pub(crate) fn address() -> Address {
    expect_context()
}

fn path_of(path: &str, search: &str) -> String {
    if search.is_empty() { path.to_owned() } else { [path, "?", search].concat() }
}
