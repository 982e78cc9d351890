//! The verb *drive*: runs a state machine of the `flow` crate and keeps the URL at its step.

use crate::address::{self, address};
use crate::browser;
use crate::erased::{effect, memo};
use crate::route::Route;
use contract::problem::Problem;
use contract::scan::Scan;
use flow::machine::{Flow, Machine, Next, Request};
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

type MachineReply<M> = Pin<Box<dyn Future<Output = Result<<M as Machine>::Reply, Problem>>>>;

/// A running machine. Three ways to read ([`Drive::at`], [`Drive::request`], [`Drive::with`]), one to
/// act ([`Drive::act`]); `watch` calls [`Drive::scan_changed`].
pub(crate) struct Drive<M: Machine + 'static> {
    flow: RwSignal<Flow<M>, LocalStorage>,
    edge: StoredValue<Rc<Callbacks<M>>, LocalStorage>,
}

/// The callbacks of a machine, and its state of waiting.
struct Callbacks<M: Machine> {
    perform: Box<dyn Fn(M::Effect) -> MachineReply<M>>,
    exit: Box<dyn Fn(M::Exit)>,
}

impl<M: Machine> Clone for Drive<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Machine> Copy for Drive<M> {}

impl<M: Machine + 'static> Drive<M> {
    /// Runs a machine: `perform` sends its effects, `exit` is called when it has ended.
    pub(crate) fn new<F>(
        machine: M,
        perform: impl Fn(M::Effect) -> F + 'static,
        exit: impl Fn(M::Exit) + 'static,
    ) -> Self
    where
        F: Future<Output = Result<M::Reply, Problem>> + 'static,
    {
        let edge =
            Callbacks { perform: Box::new(move |effect| Box::pin(perform(effect))), exit: Box::new(exit) };
        Self { flow: RwSignal::new_local(Flow::new(machine)), edge: StoredValue::new_local(Rc::new(edge)) }
    }

    /// Passes an act of the user to the machine.
    pub(crate) fn act(self, act: M::Act) {
        if let Some(next) = self.flow.try_update(|flow| flow.act(act)) {
            self.follow(next);
        }
    }

    /// The watched scan has changed.
    pub(crate) fn scan_changed(self, scan: Scan) {
        if let Some(next) = self.flow.try_update(|flow| flow.scan_changed(scan, browser::now())) {
            self.follow(next);
        }
    }

    /// A projection of the machine that wakes its readers only when it changes: which step is
    /// drawn, what the URL is.
    pub(crate) fn at<T: PartialEq + Clone + Send + Sync + 'static>(
        self,
        read: impl Fn(&M) -> T + Send + Sync + 'static,
        left: T,
    ) -> Memo<T> {
        memo(move || self.flow.with(|flow| flow.machine().map_or_else(|| left.clone(), &read)))
    }

    /// Whether a request is under way, and the problem of the last one.
    pub(crate) fn request(self) -> Request {
        self.flow.with(|flow| flow.request().clone())
    }

    /// Reads data out of the machine.
    pub(crate) fn with<T>(self, read: impl FnOnce(&M) -> T) -> Option<T> {
        self.flow.with(|flow| flow.machine().map(read))
    }

    fn follow(self, next: Next<M::Effect, M::Exit>) {
        // If the screen was closed before the answer, there is nothing left to change.
        let Some(edge) = self.edge.try_get_value() else { return };
        match next {
            Next::Nothing => {}
            Next::Exit(exit) => (edge.exit)(exit),
            Next::Perform(number, effect) => {
                let answer = (edge.perform)(effect);
                leptos::task::spawn_local(async move {
                    let answer = answer.await;
                    if let Some(next) =
                        self.flow.try_update(|flow| flow.answer(number, answer, browser::now()))
                    {
                        self.follow(next);
                    }
                });
            }
        }
    }
}

/// Keeps the URL at the machine's step: a step forward adds a history entry, any other change
/// replaces the entry. The browser's Back and Forward become acts; a URL of a step that the state does
/// not allow is replaced. While the wizard has no place (it is opening, it has ended) the URL stays.
pub(crate) fn follow_url<M: Machine + 'static>(
    drive: Drive<M>,
    place: Memo<Option<Route>>,
    back: fn() -> M::Act,
    forward: fn() -> M::Act,
) {
    // While a request is under way the place is the old one, and the URL may already be the next.
    let waiting = memo(move || drive.request() == Request::Waiting);
    let go = move |is_back| drive.act(if is_back { back() } else { forward() });
    follow(place, waiting, Box::new(go));
}

/// Not generic, so that it is in the wasm once; `go` goes back, or else forward.
fn follow(place: Memo<Option<Route>>, waiting: Memo<bool>, go: Box<dyn Fn(bool)>) {
    let shown = address::shown();
    let address = address();
    // What the URL shows instead of the place, as long as it is a step of the same wizard.
    let astray = move |wanted: &Route, shown: Option<Route>| {
        shown.filter(|shown| shown != wanted && shown.is_beside(wanted))
    };
    let mut before = None::<usize>;
    effect(move || {
        let wanted = place.get();
        if waiting.get() {
            return;
        }
        if let Some(wanted) = &wanted
            && astray(wanted, shown.get_untracked()).is_some()
        {
            address.step(wanted, before.is_none_or(|before| wanted.rank() <= before));
        }
        before = wanted.map(|wanted| wanted.rank()).or(before);
    });
    let mut is_first = true;
    effect(move || {
        let shown = shown.get();
        let was_first = std::mem::take(&mut is_first);
        let Some(wanted) = place.get_untracked() else { return };
        if let Some(shown) = astray(&wanted, shown)
            && !was_first
        {
            go(shown.rank() < wanted.rank());
            if let Some(wanted) = place.get_untracked()
                && shown != wanted
                && !waiting.get_untracked()
            {
                address.step(&wanted, true);
            }
        }
    });
}
