//! Security activity, and the lock-down for events that were somebody else's. Everybody signed in;
//! verbs: load, and act through the gate.

use crate::address::address;
use crate::context::words;
use crate::i18n::Occasion;
use crate::load::{load, more};
use crate::route::{self, Route};
use crate::screen::frame::{Frame, Home};
use crate::screen::gate::EndOthers;
use crate::session::Session;
use crate::ui::icon::{Icon, Picture};
use contract::account::{DeviceKind, Way};
use contract::activity::{Activity, ActivityEntry, FailedProof, GetActivity, SecurityEvent};
use contract::me;
use contract::text::isolated;
use contract::time::Timestamp;
use leptos::prelude::*;

/// `/activity`
#[component]
pub(crate) fn ActivityScreen() -> impl IntoView {
    let t = words().activity();
    view! {
        <Frame title=words().overview().activity class="activity" sheet=false>
            <p>{t.lead}</p>
            {page(None)}
            <NotMe />
            <Home />
        </Frame>
    }
}

/// A page, and a button for the next one.
fn page(before: Option<String>) -> AnyView {
    let t = words().activity();
    let ready = move |Activity { failed, events, more: after }| {
        let failures = (!failed.is_empty()).then(|| {
            view! {
                <h2>{t.failed}</h2>
                <ul class="card rows">{failed.into_iter().map(failure).collect_view()}</ul>
                <h2>{t.events}</h2>
            }
        });
        view! {
            {failures}
            <ul class="card rows">{events.into_iter().map(event).collect_view()}</ul>
            {after.map(|before| more(t.more, move || page(Some(before.clone()))))}
        }
        .into_any()
    };
    load(GetActivity { before }, ready).into_any()
}

fn event(ActivityEntry { at, what, about, way, device, here }: ActivityEntry) -> AnyView {
    let icon = if what == SecurityEvent::ProofFailed { Icon::WARNING } else { Icon::SHIELD };
    row(icon, (words().activity().what)(what), here, &at, about, device, way)
}

fn failure(FailedProof { at, way, here }: FailedProof) -> AnyView {
    row(Icon::WARNING, (words().activity().wrong)(way), here, &at, None, None, None)
}

fn row(
    icon: Icon,
    what: &'static str,
    here: bool,
    at: &Timestamp,
    about: Option<String>,
    device: Option<DeviceKind>,
    way: Option<Way>,
) -> AnyView {
    let t = words();
    let parts = [
        Some(t.moment(at)),
        about.as_deref().map(isolated),
        device.map(|kind| (t.devices().kind)(kind).to_owned()),
        way.map(|way| (t.activity().by)(way).to_owned()),
    ];
    let hint: Vec<String> = parts.into_iter().flatten().collect();
    view! {
        <li class="row device">
            <Picture of=icon />
            <span class="row-label">{what}</span>
            {here.then(|| view! { <span class="tag" data-tone="accent">{t.devices().here}</span> })}
            <p class="hint">{hint.join(" · ")}</p>
        </li>
    }
    .into_any()
}

/// 不是我: ends every other session behind a fresh proof, which voids the proofs of changes begun
/// there, and leads to a new password.
#[component]
fn NotMe() -> impl IntoView {
    let t = words().activity();
    let session: Session = expect_context();
    let address = address();
    let is_open = |me: me::Me, action| me.offer(action).is_some_and(|offer| offer.closed.is_none());
    let onward = Callback::new(move |()| {
        let may_change = untrack(move || session.me()).is_some_and(|me| is_open(me, me::Action::Password));
        let onward = if may_change { route::PASSWORD } else { Route::Devices };
        address.go(&onward);
    });
    view! {
        <EndOthers
            occasion=Occasion::NotMe
            label=t.not_me
            hint="not-me"
            ended=t.ended
            after=onward
            tone="danger"
        />
        <p class="hint" id="not-me">{t.not_me_hint}</p>
    }
}
