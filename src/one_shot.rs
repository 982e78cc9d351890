//! A one-shot future that is completed from outside: by a dialog's result or a timer.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Awaited by one task and completed by another; the first value counts.
pub(crate) struct OneShot<T>(Rc<Shared<T>>);

struct Shared<T> {
    is_complete: Cell<bool>,
    value: Cell<Option<T>>,
    waker: Cell<Option<Waker>>,
}

impl<T> OneShot<T> {
    pub(crate) fn new() -> Self {
        let slot = Shared { is_complete: Cell::new(false), value: Cell::new(None), waker: Cell::new(None) };
        Self(Rc::new(slot))
    }

    /// Completes the future, unless it is complete.
    pub(crate) fn complete(&self, value: T) {
        if !self.0.is_complete.replace(true) {
            self.0.value.set(Some(value));
            if let Some(waker) = self.0.waker.take() {
                waker.wake();
            }
        }
    }
}

impl<T> Clone for OneShot<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Future for OneShot<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match self.0.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                self.0.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}
