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

/// Draws now, and anew whenever something it read has changed: new elements take the place of the old
/// ones. Where a translator has put elements of its own in the place of texts, a text that is changed
/// in place is changed nowhere on the screen (B19); what changes by itself is a property of an element.
pub(crate) fn live(draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    drawn(Box::new(draw))
}

fn drawn(draw: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    let mut is_left = false;
    (move || {
        // A view of another type than the one before uses nothing of it.
        is_left = !is_left;
        if is_left { Either::Left(draw()) } else { Either::Right(draw()) }
    })
    .into_any()
}

/// The same for a list that somebody may be in the middle of: elements that are drawn again stay, with
/// the focus in them. Their texts are properties of elements.
pub(crate) fn kept(draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let draw: Box<dyn Fn() -> AnyView + Send> = Box::new(draw);
    (move || draw()).into_any()
}

/// A text that changes by itself, for `prop:textContent`. It is set whenever something it read has
/// changed: what is announced reads a memo.
pub(crate) fn text<T: Into<String>>(
    read: impl Fn() -> T + Send + 'static,
) -> Box<dyn FnMut() -> String + Send> {
    Box::new(move || read().into())
}

/// What is read, for readers that wake up only when it is another; once for every `T`.
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
