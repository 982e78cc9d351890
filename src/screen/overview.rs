//! The overview: the account, and a row for everything that can be done, open or closed with its
//! reason. Its data is the session's (`GET /me`); verb: act, for signing out.

use crate::api::Api;
use crate::context::words;
use crate::erased::kept;
use crate::parts::LoadedScreens;
use crate::route::{self, Route};
use crate::screen::act::problem_of;
use crate::screen::frame::{Frame, Link};
use crate::session::Session;
use crate::surface;
use crate::ui::icon::{Icon, Picture};
use crate::ui::portrait::Portrait;
use contract::me::{self, ConsoleOffer, Me};
use contract::refusal::Refusal;
use leptos::prelude::*;

/// `/`
#[component]
pub(crate) fn Overview() -> impl IntoView {
    let t = words().overview();
    let session: Session = expect_context();
    view! {
        <Frame title=t.title class="overview" sheet=false>
            {kept(move || {
                let Some(me) = session.me() else { return ().into_any() };
                let console = me.console.clone();
                view! {
                    <Card me=me.clone() />
                    <Rows me=me />
                    {console.filter(|_| !surface::is_shared()).map(|offer| view! { <Console offer=offer /> })}
                }
                .into_any()
            })}
            <SignOutButton />
        </Frame>
    }
}

#[component]
fn Card(me: Me) -> impl IntoView {
    let t = words().overview();
    let managed = me.tenant.as_ref().map_or_else(String::new, |tenant| (t.managed)(&tenant.name));
    view! {
        <section class="card person">
            <Portrait initial=me.initial picture=me.avatar.picture />
            <div>
                <p class="nickname"><bdi prop:textContent=me.nickname></bdi></p>
                <p class="hint"><span class="tag" prop:textContent=(words().account().edition)(me.edition)></span> " " <span prop:textContent=managed></span></p>
            </div>
            {(!surface::is_shared()).then(|| {
                view! { <Way id="avatar" action=t.change_avatar to=Route::Avatar closed=me.avatar.closed /> }
            })}
        </section>
    }
}

#[component]
fn Rows(me: Me) -> impl IntoView {
    let t = words().overview();
    let closed = |action| me.offer(action).and_then(|offer| offer.closed.clone());
    let (password, set_password) = if me.has_password {
        (t.password_set, t.change_password)
    } else {
        (t.password_not_set, t.set_password)
    };
    let (wechat, change_wechat) = match &me.wechat {
        Some(bound) => (bound.nickname.clone(), t.change_wechat),
        None => (t.wechat_none.to_owned(), t.bind_wechat),
    };
    view! {
        <h2>{t.security}</h2>
        <ul class="card rows">
            <Row icon=Icon::PHONE id="phone" label=t.phone value=me.phone.clone() action=t.change_phone to=route::PHONE closed=closed(me::Action::Phone) />
            <Row icon=Icon::CHAT id="wechat" label=t.wechat value=wechat action=change_wechat to=route::WECHAT closed=closed(me::Action::Wechat) />
            // A shared device has no other places (G6).
            {(!surface::is_shared()).then(|| {
                view! {
                    <Row icon=Icon::LOCK id="password" label=t.password value=password.into() action=set_password to=route::PASSWORD closed=closed(me::Action::Password) />
                    <Row icon=Icon::SCREEN id="devices" label=t.devices value=t.devices_hint.into() action=t.see_devices to=Route::Devices closed=closed(me::Action::EndOtherSessions) />
                    <Row icon=Icon::PAST id="history" label=t.history value=t.history_hint.into() action=t.see_history to=Route::History closed=me.history_closed.clone() />
                    <Row icon=Icon::CLOCK id="activity" label=t.activity value=t.activity_hint.into() action=t.see_activity to=Route::Activity closed=closed(me::Action::EndOtherSessions) />
                    <Row icon=Icon::LEAVE id="cancel" label=t.cancel value=t.cancel_hint.into() action=t.cancel_account to=route::CANCEL closed=closed(me::Action::Cancel) />
                }
            })}
        </ul>
    }
}

/// What a super admin sets for the organization.
#[component]
fn Console(offer: ConsoleOffer) -> impl IntoView {
    let t = words().overview();
    let closed = offer.closed;
    view! {
        <h2>{t.enterprise}</h2>
        <ul class="card rows">
            <Row icon=Icon::ORGANIZATION id="settings" label=t.settings value=t.settings_hint.into() action=t.see_settings to=Route::ConsoleSettings closed=closed.clone() />
            <Row icon=Icon::PERSON id="users" label=t.users value=t.users_hint.into() action=t.see_users to=Route::ConsoleUsers closed=closed />
        </ul>
    }
}

/// A row with a link to its action, or the reason why that is not open; it is never hidden.
#[component]
fn Row(
    icon: Icon,
    id: &'static str,
    label: &'static str,
    value: String,
    action: &'static str,
    to: Route,
    closed: Option<Refusal>,
) -> impl IntoView {
    // A screen whose row is under the pointer or has the focus probably comes next.
    let screens: LoadedScreens = expect_context();
    let next = closed.is_none().then(|| to.screen());
    let early = move || {
        if let Some(next) = next {
            screens.prefetch(next);
        }
    };
    view! {
        <li class="row" on:pointerenter=move |_| early() on:focusin=move |_| early()>
            <Picture of=icon />
            <span class="row-label">{label}</span>
            <bdi class="row-value" prop:textContent=value></bdi>
            <Way id=id action=action to=to closed=closed />
        </li>
    }
}

/// The way on of a row, or the reason why there is none.
#[component]
fn Way(id: &'static str, action: &'static str, to: Route, closed: Option<Refusal>) -> AnyView {
    let Some(refusal) = closed else {
        return view! { <Link to=to class="row-action"><span prop:textContent=action></span><Picture of=Icon::ONWARD /></Link> }
            .into_any();
    };
    let reason = ["closed-", id].concat();
    view! {
        <button type="button" class="row-action" disabled=true aria-describedby=reason.clone()><span prop:textContent=action></span></button>
        <p class="hint reason" id=reason prop:textContent=words().refusal(&refusal).into_owned()></p>
    }
    .into_any()
}

/// Verb: act.
#[component]
fn SignOutButton() -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None);
    let sign_out = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        leptos::task::spawn_local(async move {
            let answer = session.sign_out(api).await;
            // Both are gone with the screen, if somebody is signed out.
            let _gone = busy.try_set(false);
            let _gone = problem.try_set(answer.err());
        });
    };
    view! {
        <button
            type="button"
            class="button wide"
            aria-busy=move || busy.get().then_some("true")
            on:click=sign_out
        >
            {words().overview().sign_out}
        </button>
        {problem_of(problem)}
    }
}
