//! Boxed variants of Leptos' effects, memos and reactive views. Leptos' own are generic over each
//! closure and compiled once per use; these are compiled once.

use leptos::either::Either;
use leptos::prelude::*;

/// Runs now, and again whenever something it read has changed.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    boxed(Box::new(run));
}

fn boxed(run: Box<dyn FnMut()>) {
    Effect::new(run);
}

/// Draws now, and again whenever something it read has changed: new elements replace the old ones. A
/// page translator replaces text nodes by elements of its own, so a change of the old text node would
/// not be visible (B19); what changes by itself is a property of an element.
pub(crate) fn live(draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    drawn(Box::new(draw))
}

fn drawn(draw: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    let mut is_left = false;
    (move || {
        // Leptos reuses nothing of a view of another type.
        is_left = !is_left;
        if is_left { Either::Left(draw()) } else { Either::Right(draw()) }
    })
    .into_any()
}

/// Like [`live`], but elements that are drawn again are reused, so a list keeps the focus. Their texts
/// are properties of elements.
pub(crate) fn kept(draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let draw: Box<dyn Fn() -> AnyView + Send> = Box::new(draw);
    (move || draw()).into_any()
}

/// A text that changes by itself, for `prop:textContent`. It is set again whenever something it read
/// has changed, even to the same text; an announced text reads a memo, so that it is not repeated.
pub(crate) fn text<T: Into<String>>(
    read: impl Fn() -> T + Send + 'static,
) -> Box<dyn FnMut() -> String + Send> {
    Box::new(move || read().into())
}

/// A memo: wakes its readers only when the value has changed. Compiled once for each `T`.
pub(crate) fn memo<T>(read: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    remembered(Box::new(read))
}

fn remembered<T>(read: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| read())
}
