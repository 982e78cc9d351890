//! The verb *load*: sends a read request and draws its answer, once or repeatedly (`follow`).

use crate::api::Api;
use crate::browser;
use crate::context::{stuck, words};
use crate::erased::{effect, live};
use crate::network::Network;
use crate::ui::alert::{Alert, Tone};
use crate::watch::Attention;
use contract::endpoint::Endpoint;
use contract::problem::Problem;
use contract::refusal::Refusal;
use leptos::html;
use leptos::prelude::*;
use std::borrow::Cow;
use std::pin::Pin;
use std::rc::Rc;

/// Milliseconds until the next request after one without an answer.
const TROUBLED: u32 = 10_000;

/// Reads something and draws it: a placeholder while it loads, the reason and a button to try again
/// if it fails. An answer that comes after the screen was closed is dropped.
pub(crate) fn load<E>(
    request: E,
    ready: impl Fn(E::Reply) -> AnyView + Send + Sync + 'static,
) -> impl IntoView
where
    E: Endpoint + Clone + Send + Sync + 'static,
    E::Reply: Clone + 'static,
{
    load_or(request, ready, |problem, retry| failed(problem, retry).into_any())
}

/// Like [`load`], with another view of a failure.
pub(crate) fn load_or<E>(
    request: E,
    ready: impl Fn(E::Reply) -> AnyView + Send + Sync + 'static,
    missed: impl Fn(&Problem, Callback<()>) -> AnyView + Send + Sync + 'static,
) -> impl IntoView
where
    E: Endpoint + Clone + Send + Sync + 'static,
    E::Reply: Clone + 'static,
{
    let api: Api = expect_context();
    let answer = RwSignal::new_local(None::<Result<E::Reply, Problem>>);
    let fetch = Callback::new(move |()| {
        answer.set(None);
        let request = request.clone();
        leptos::task::spawn_local(async move {
            let reply = api.send(request).await;
            let _gone = answer.try_set(Some(reply));
        });
    });
    fetch.run(());
    live(move || match answer.get() {
        None => waiting().into_any(),
        Some(Ok(reply)) => ready(reply),
        Some(Err(problem)) => missed(&problem, fetch),
    })
}

/// Reads at once, again after `pause` milliseconds while the page is visible (rarely while it seems
/// hidden), and whenever `again` changes. Without an answer, the last known state stays.
pub(crate) fn follow<E>(
    request: E,
    known: RwSignal<Option<Result<E::Reply, Problem>>, LocalStorage>,
    again: RwSignal<u32>,
    pause: fn(&E::Reply) -> u32,
) where
    E: Endpoint + Copy + 'static,
    E::Reply: PartialEq + 'static,
{
    let api: Api = expect_context();
    let ask = move || {
        let asked: PendingAnswer = Box::pin(async move {
            let answer = api.send(request).await;
            let pause = answer.as_ref().map_or(TROUBLED, pause);
            let tell = move || {
                let is_changed = known.with_untracked(|known| match (known, &answer) {
                    (Some(known), Ok(_)) => *known != answer,
                    (Some(Ok(_)), Err(_)) => false,
                    _ => true,
                });
                if is_changed {
                    known.set(Some(answer));
                }
            };
            (pause, Box::new(tell) as Box<dyn FnOnce()>)
        });
        asked
    };
    repeat(again, Rc::new(ask));
}

/// A pending request: the milliseconds until the next one, and a closure that publishes its answer.
type PendingAnswer = Pin<Box<dyn Future<Output = (u32, Box<dyn FnOnce()>)>>>;

/// Not generic, so that it is in the wasm once.
fn repeat(again: RwSignal<u32>, ask: Rc<dyn Fn() -> PendingAnswer>) {
    let attention: Attention = expect_context();
    // The number of the current series of requests.
    let round = StoredValue::new(0_u32);
    on_cleanup(move || {
        round.try_update_value(|round| *round += 1);
    });
    // The last value of `again`; an explicit request is not delayed.
    let mut before = None;
    effect(move || {
        let times = Some(again.get());
        let mut pace = attention.pace();
        let is_known = std::mem::replace(&mut before, times) == times;
        let is_put_off = is_known && pace.is_slow();
        round.update_value(|round| *round += 1);
        let this = round.get_value();
        let ask = Rc::clone(&ask);
        leptos::task::spawn_local(async move {
            if is_put_off {
                pace.rest(0).await;
            }
            while round.try_get_value() == Some(this) {
                let (pause, tell) = ask().await;
                if round.try_get_value() != Some(this) {
                    return;
                }
                tell();
                pace.rest(pause).await;
            }
        });
    });
}

/// A button that loads the next page.
pub(crate) fn more(label: &'static str, page: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    behind(label, Box::new(page))
}

/// Not generic, so that it is in the wasm once.
fn behind(label: &'static str, page: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    let asked = RwSignal::new(false);
    let place = NodeRef::<html::Div>::new();
    // The button disappears: what replaces it takes the focus.
    let ask = move |_| {
        asked.set(true);
        if let Some(place) = place.get_untracked() {
            browser::focus(&place);
        }
    };
    view! {
        <div node_ref=place tabindex="-1" class="more">
            {live(move || {
                if asked.get() {
                    page()
                } else {
                    view! { <button type="button" class="button wide" on:click=ask>{label}</button> }.into_any()
                }
            })}
        </div>
    }
    .into_any()
}

/// A placeholder while something loads, with words for screen readers.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="waiting">
            <p class="spoken" role="status">{words().common().loading}</p>
            {[(); 3].map(|()| view! { <div class="bar"></div> }).collect_view()}
        </div>
    }
}

/// Replaces content that could not be loaded. It is requested again by itself once there is a network.
/// If the device itself is refused, trying again is useless, so there is no button.
pub(crate) fn failed(problem: &Problem, retry: Callback<()>) -> impl IntoView {
    let text = words().problem(problem);
    let network: Network = expect_context();
    let failure = problem.clone();
    effect(move || {
        if network.is_back_after(&failure) {
            retry.run(());
        }
    });
    let may_help = problem.refusal() != Some(&Refusal::NotOnKiosk);
    report(text, may_help.then_some(retry))
}

/// Replaces a screen whose code could not be fetched.
pub(crate) fn missing(retry: Callback<()>) -> impl IntoView {
    report(words().common().part_missing.into(), Some(retry))
}

fn report(text: Cow<'static, str>, retry: Option<Callback<()>>) -> impl IntoView {
    stuck();
    let button = retry.map(|retry| {
        // The button disappears with its message: the focus moves to the heading.
        let again = move |_| {
            browser::focus_heading();
            retry.run(());
        };
        view! { <button type="button" class="button" on:click=again>{words().common().retry}</button> }
    });
    view! {
        <div class="failed">
            <Alert tone=Tone::Error id=Some("load-problem")>{text}</Alert>
            {button}
        </div>
    }
}
