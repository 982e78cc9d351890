//! Layout of everything behind the sign-in.

use crate::api::Api;
use crate::load::{failed, waiting};
use crate::route::{self, Route};
use crate::session::{Session, State};
use contract::refusal::SessionEnd;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Draws `children` for the account that is signed in, anew when it is another; sends everybody
/// else to the sign-in and back here afterwards.
#[component]
pub(crate) fn SignedIn(children: ChildrenFn) -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    session.refresh(api);
    let shown = route::shown();
    let navigate = use_navigate();
    Effect::new(move || {
        let State::Guest(why) = session.state() else { return };
        // Who signed out wants to be out; everybody else wants to go on afterwards.
        let return_to = match (why, shown.get_untracked()) {
            (SessionEnd::SignedOut, _) | (_, Some(Route::Overview)) => None,
            (_, route) => route.map(Box::new),
        };
        navigate(
            &Route::SignIn { return_to }.path(),
            NavigateOptions { replace: true, ..Default::default() },
        );
    });
    let account = Memo::new(move |_| session.account());
    let failure = Memo::new(move |_| match session.state() {
        State::Failed(problem) => Some(problem),
        _ => None,
    });
    move || match (account.get(), failure.get()) {
        (Some(_), _) => children().into_any(),
        (None, Some(problem)) => failed(&problem, Callback::new(move |()| session.refresh(api))).into_any(),
        (None, None) => waiting().into_any(),
    }
}
