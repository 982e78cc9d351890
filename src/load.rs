//! The verb *load*: read once, draw what came.

use crate::api::Api;
use crate::app::{Network, stuck, words};
use crate::browser;
use crate::lean::{effect, live};
use crate::ui::notice::{Notice, Tone};
use contract::endpoint::Endpoint;
use contract::problem::Problem;
use contract::refusal::Refusal;
use leptos::html;
use leptos::prelude::*;

/// Reads something and draws it; while it comes a quiet line, if it fails the reason and a
/// button to try again. An answer after the screen is gone falls away.
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

/// The same with another view of what went wrong.
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

/// Behind a button: the page after the one that is drawn.
pub(crate) fn more(label: &'static str, page: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    behind(label, Box::new(page))
}

/// Not generic, so that it is in the wasm once.
fn behind(label: &'static str, page: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    let asked = RwSignal::new(false);
    let place = NodeRef::<html::Div>::new();
    // The button goes: what comes in its place takes the focus.
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

/// Quiet shapes while something comes, and the words for who cannot see them.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="waiting">
            <p class="spoken" role="status">{words().common.loading}</p>
            {[(); 3].map(|()| view! { <div class="bar"></div> }).collect_view()}
        </div>
    }
}

/// In place of what should have come. Once there is a network again it is asked for by itself;
/// where the device is what is refused, asking again is no use: the screen has its way back.
pub(crate) fn failed(problem: &Problem, retry: Callback<()>) -> impl IntoView {
    let text = words().problem(problem);
    let network: Network = expect_context();
    let told = problem.clone();
    effect(move || {
        if network.has_mended(&told) {
            retry.run(());
        }
    });
    // The button goes with what it is part of: the focus waits at the heading.
    let again = move |_| {
        browser::focus_heading();
        retry.run(());
    };
    stuck();
    let may_help = problem.refusal() != Some(&Refusal::NotOnKiosk);
    view! {
        <div class="failed">
            <Notice tone=Tone::Error id=Some("load-problem")>{text}</Notice>
            {may_help.then(|| view! {
                <button type="button" class="button" on:click=again>{words().common.retry}</button>
            })}
        </div>
    }
}
