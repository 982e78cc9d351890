//! The overview: who is signed in, and a row for everything they can do. Verb: load.

use crate::api::Api;
use crate::app::words;
use crate::route::Route;
use crate::screen::frame::{Frame, LanguageSwitch, Link};
use crate::screen::signed_in::SignedIn;
use crate::session::Session;
use crate::ui::notice::Notice;
use contract::me::{self, Me};
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::SignOut;
use flow::phone::Step;
use leptos::prelude::*;

/// `/`
#[component]
pub(crate) fn Overview() -> impl IntoView {
    view! {
        <SignedIn>
            <Account />
        </SignedIn>
    }
}

#[component]
fn Account() -> impl IntoView {
    let t = &words().overview;
    let session: Session = expect_context();
    view! {
        <Frame title=t.title class="overview">
            {move || session.me().map(|me| view! { <Card me=me.clone() /> <Rows me=me /> })}
            <SignOutButton />
            <LanguageSwitch />
        </Frame>
    }
}

#[component]
fn Card(me: Me) -> impl IntoView {
    let t = &words().overview;
    let initial: String = me.nickname.chars().take(1).collect();
    let managed = me.tenant.as_ref().map(|tenant| (t.managed)(&tenant.name));
    view! {
        <section class="card person">
            <span class="initial" aria-hidden="true">{initial}</span>
            <div>
                <p class="nickname">{me.nickname}</p>
                <p class="hint"><span class="tag">{(words().edition)(me.edition)}</span> " " {managed}</p>
            </div>
        </section>
    }
}

#[component]
fn Rows(me: Me) -> impl IntoView {
    let t = &words().overview;
    let closed = me.offer(me::Action::Phone).and_then(|offer| offer.closed.clone());
    view! {
        <h2>{t.security}</h2>
        <ul class="card rows">
            <Row label=t.phone value=me.phone action=t.change_phone to=Route::Phone { step: Step::Start, change: None } closed=closed />
        </ul>
    }
}

/// A row whose action leads somewhere, or is closed and says why: never hidden.
#[component]
fn Row(
    label: &'static str,
    value: String,
    action: &'static str,
    to: Route,
    closed: Option<Refusal>,
) -> impl IntoView {
    let way = match &closed {
        None => view! { <Link to=to class="button">{action}</Link> }.into_any(),
        Some(_) => {
            view! { <button type="button" class="button" disabled=true aria-describedby="closed-phone">{action}</button> }
                .into_any()
        }
    };
    let reason = closed
        .map(|refusal| view! { <p class="hint reason" id="closed-phone">{(words().refusal)(&refusal)}</p> });
    view! {
        <li class="row">
            <span class="row-label">{label}</span>
            <span class="row-value">{value}</span>
            {way}
            {reason}
        </li>
    }
}

/// Verb: act.
#[component]
fn SignOutButton() -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    let sign_out = Action::new_local(move |(): &()| async move {
        let answer = api.send(SignOut {}).await;
        if answer.is_ok() {
            session.ended(SessionEnd::SignedOut);
        }
        answer
    });
    let problem =
        move || sign_out.value().with(|answer| answer.as_ref()?.as_ref().err().map(|p| words().problem(p)));
    view! {
        <button
            type="button"
            class="button wide"
            aria-busy=move || sign_out.pending().get().then_some("true")
            on:click=move |_| { if !sign_out.pending().get_untracked() { sign_out.dispatch_local(()); } }
        >
            {words().overview.sign_out}
        </button>
        {move || problem().map(|text| view! { <Notice tone="error">{text}</Notice> })}
    }
}
