//! Shared parts of the verb *act*: waiting, errors, and the confirmation before something that cannot
//! be undone.

use crate::api::Api;
use crate::context::words;
use crate::erased::{live, text};
use crate::network::Network;
use crate::ui::alert::{Alert, Tone};
use contract::problem::Problem;
use leptos::prelude::*;
use std::borrow::Cow;

/// The last problem, unless it is over.
pub(crate) fn problem_of(problem: RwSignal<Option<Problem>>) -> AnyView {
    problem_as(problem, None, |problem| words().problem(problem))
}

/// Like [`problem_of`], with a text of its own and an id, so that it can take the focus.
pub(crate) fn problem_as(
    problem: RwSignal<Option<Problem>>,
    id: Option<&'static str>,
    say: fn(&Problem) -> Cow<'static, str>,
) -> AnyView {
    let network: Network = expect_context();
    live(move || match problem.get() {
        Some(problem) if !network.is_back_after(&problem) => {
            view! { <Alert tone=Tone::Error id=id>{say(&problem)}</Alert> }.into_any()
        }
        _ => ().into_any(),
    })
}

/// A status line while an answer was lost and its outcome is being asked for (F-02).
#[component]
pub(crate) fn Confirming(busy: Signal<bool>) -> impl IntoView {
    let api: Api = expect_context();
    let confirming = words().common().confirming;
    let said = move || if busy.get() && api.confirming().get() { confirming } else { "" };
    view! { <p class="sent" role="status" prop:textContent=text(said)></p> }
}

/// The two buttons of a confirmation. The way back comes first, so it has the focus when the dialog
/// opens; it is disabled once the request is sent, which cannot be undone.
#[component]
pub(crate) fn NoReturn(
    back: &'static str,
    submit: &'static str,
    busy: Signal<bool>,
    on_back: Callback<()>,
    on_submit: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="last-word">
            <button type="button" class="button" disabled=busy on:click=move |_| on_back.run(())>{back}</button>
            <button
                type="button"
                class="button"
                data-tone="danger"
                aria-busy=move || busy.get().then_some("true")
                on:click=move |_| on_submit.run(())
            >
                {submit}
            </button>
        </div>
    }
}
