//! The address of the app: the screen that it names, and how to go to another. Of the router this is its location in
//! the browser; its tables, its component and its handling of every link stay out of the wasm.

use crate::browser;
use crate::erased::memo;
use crate::route::Route;
use leptos::ev;
use leptos::prelude::*;
use leptos_router::location::{BrowserUrl, LocationChange, LocationProvider};

/// The page's only address.
#[derive(Clone, Copy)]
pub(crate) struct Address {
    location: StoredValue<BrowserUrl>,
    shown: Memo<Option<Route>>,
}

impl Address {
    /// Reads the address bar and follows Back and Forward. A browser that does not give its address throws here, and
    /// `boot.js` shows the words for a failed start.
    pub(crate) fn read() -> Self {
        let location = BrowserUrl::new().unwrap_or_else(|exception| browser::throw(exception));
        let url = location.as_url().clone();
        let back = url.clone();
        let listener = window_event_listener(ev::popstate, move |_| {
            if let Ok(now) = BrowserUrl::current() {
                back.set(now);
            }
        });
        on_cleanup(move || listener.remove());
        let shown = memo(move || url.with(|url| Route::parse(&path_of(url.path(), url.search()))));
        Self { location: StoredValue::new(location), shown }
    }

    /// Whether it is the root.
    pub(crate) fn is_root(self) -> bool {
        self.location.with_value(|location| location.as_url().with(|url| url.path() == "/"))
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

    fn turn(self, value: String, replace: bool, scroll: bool) {
        let location = self.location.get_value();
        if let Ok(url) = BrowserUrl::parse(&value) {
            location.complete_navigation(&LocationChange { value, replace, scroll, ..Default::default() });
            location.as_url().set(url);
        }
    }
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
