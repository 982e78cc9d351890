//! The screens of every wizard except the shared first half. For everybody signed in; verb: drive.
//! A result page has its own path and draws the answer to its effect; after a reload within ten minutes it loads the
//! recorded outcome from the server, which is the same.

use crate::address::{self, address};
use crate::api::{Api, PendingChange};
use crate::drive::{Drive, follow_url};
use crate::erased::{live, memo};
use crate::route::{Place, Route};
use crate::screen::not_found::NotFound;
use crate::screen::proving::{self, FirstHalf};
use crate::screen::signed_in::SignedIn;
use crate::session::Session;
use crate::watch::watch;
use flow::wizard::{Act, Effect, Exit, Half, Step, Wizard};
use leptos::prelude::*;
use words::add_account_refusals;

/// What differs between the wizards.
pub(crate) trait Topic: Half + 'static {
    /// The number of its steps as shown; the proof is the first.
    const STEPS: u8;

    /// Its path at a place.
    fn route(place: Place<Self::Step>) -> Route;
    /// The place that a path of its own names.
    fn place(route: Route) -> Option<Place<Self::Step>>;
    /// Sends an effect of its own half.
    fn perform(api: Api, effect: Self::Effect) -> PendingChange;

    /// What will happen, before anything does.
    fn start(half: FirstHalf) -> AnyView;
    /// A step of its own half.
    fn draw(step: Self::Step, running: RunningWizard<Self>) -> AnyView;
    /// The result of a change.
    fn done(change: String) -> AnyView;
    /// The data of the first half.
    fn adapt(half: FirstHalf) -> FirstHalf {
        half
    }
}

/// What the steps of a running wizard share.
pub(crate) struct RunningWizard<T: Topic> {
    pub(crate) drive: Drive<Wizard<T>>,
    pub(crate) half: FirstHalf,
    /// What is typed about the new identity; kept when the proof has to be renewed.
    pub(crate) typed: RwSignal<String>,
}

impl<T: Topic> Clone for RunningWizard<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Topic> Copy for RunningWizard<T> {}

impl<T: Topic> RunningWizard<T> {
    /// Passes an act of its own half to the machine.
    pub(crate) fn act(self, act: T::Act) {
        self.drive.act(Act::Then(act));
    }

    /// One step back, for a link.
    pub(crate) fn on_back(self) -> Callback<()> {
        Callback::new(move |()| self.drive.act(Act::Back))
    }

    /// Reads data of its own half, while it is there.
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> Option<R>) -> Option<R> {
        self.drive.with(|wizard| wizard.own().and_then(read)).flatten()
    }
}

/// The screen of a wizard: its result page at that path, otherwise the wizard itself.
pub(crate) fn screen<T: Topic>() -> AnyView
where
    T::Step: Send + Sync,
{
    add_account_refusals();
    let shown = address::shown();
    // A wizard that changes its own address stays.
    let part = memo(move || match T::place(shown.get()?)? {
        Place::Done { change } => Some(Some(change)),
        Place::Step { .. } => Some(None),
    });
    live(move || match part.get() {
        Some(Some(change)) => T::done(change),
        Some(None) => view! { <SignedIn>{run::<T>()}</SignedIn> }.into_any(),
        None => NotFound().into_any(),
    })
}

/// Begins the wizard, or continues the change that the URL names.
fn run<T: Topic>() -> AnyView
where
    T::Step: Send + Sync,
{
    let api: Api = expect_context();
    let session: Session = expect_context();
    let address = address();
    let leave = move |exit| {
        let route = match exit {
            Exit::Done(change) => {
                session.renewed();
                T::route(Place::Done { change })
            }
            Exit::Left => Route::Overview,
        };
        address.replace(&route);
    };
    let begun = match address::shown().get_untracked().and_then(T::place) {
        Some(Place::Step { step, change: Some(change) }) => Some(Wizard::open(change, step)),
        _ => None,
    };
    let opening = begun.is_some();
    let perform = move |effect| match effect {
        Effect::Prove(effect) => proving::perform(api, effect),
        Effect::Then(effect) => proving::kept(T::perform(api, effect)),
    };
    let drive = Drive::new(begun.unwrap_or_else(Wizard::start), perform, leave);
    let half = T::adapt(FirstHalf::of(drive, Wizard::proving, Act::Prove, T::STEPS));
    let running = RunningWizard { drive, half, typed: RwSignal::default() };
    watch(drive, api);
    follow_url(drive, drive.at(route_of::<T>, None), || Act::Back, || Act::Forward);
    if opening {
        drive.act(Act::Forward);
    }
    let step = drive.at(Wizard::step, Step::Proving(flow::proving::Step::Opening));
    live(move || match step.get() {
        Step::Proving(step) => half.draw(step, || T::start(half)),
        Step::Then(step) => T::draw(step, running),
    })
}

/// The place of the wizard in the URL; `None` while it is opening.
fn route_of<T: Topic>(wizard: &Wizard<T>) -> Option<Route> {
    let change = wizard.change().map(|change| change.id.clone());
    match wizard.step() {
        Step::Proving(flow::proving::Step::Opening) => None,
        step => Some(T::route(Place::Step { step, change })),
    }
}
