//! The server's time, from the `Date` header of its answers. Timestamps of the server are compared with
//! it, because the device's clock may be days off (B15). Before the first answer it is the device's time.

use std::cell::Cell;

thread_local! {
    /// Milliseconds by which the server's clock is ahead of the device's.
    static AHEAD: Cell<f64> = const { Cell::new(0.0) };
}

/// Reads the header `Date` of an answer; one that is not a date is ignored.
pub(crate) fn synchronize(date: &str) {
    let ahead = js_sys::Date::parse(date) - js_sys::Date::now();
    if ahead.is_finite() {
        AHEAD.set(ahead);
    }
}

/// The time of the server; the device's own before the first answer.
pub(crate) fn now() -> js_sys::Date {
    js_sys::Date::new(&(js_sys::Date::now() + AHEAD.get()).into())
}
