//! The server's clock, as its answers tell it: what it says of a moment is compared with nothing
//! else, for the device's own clock may be days off (B15).

use std::cell::Cell;

thread_local! {
    /// Milliseconds by which the server's clock is ahead of the device's.
    static AHEAD: Cell<f64> = const { Cell::new(0.0) };
}

/// An answer carries this header `Date`; what is none says nothing.
pub(crate) fn told(date: &str) {
    let ahead = js_sys::Date::parse(date) - js_sys::Date::now();
    if ahead.is_finite() {
        AHEAD.set(ahead);
    }
}

/// The time of the server; the device's own before anything was told.
pub(crate) fn now() -> js_sys::Date {
    js_sys::Date::new(&(js_sys::Date::now() + AHEAD.get()).into())
}
