//! Where the account is signed in, and a button to end it everywhere but here. Everybody signed
//! in; verbs: load, and act through the gate.

use crate::app::{Network, words};
use crate::browser;
use crate::i18n;
use crate::lean::memo;
use crate::load::load;
use crate::screen::form::Confirming;
use crate::screen::frame::{Frame, Home};
use crate::screen::gate::end_others;
use crate::screen::signed_in::SignedIn;
use crate::session::Session;
use crate::ui::icon::{Icon, Picture};
use crate::ui::notice::{Notice, Tone};
use contract::device::{Device, Devices, GetDevices};
use contract::me;
use leptos::prelude::*;

/// The id of the sentence why the button is closed.
const REASON: &str = "reason";

/// `/devices`
#[component]
pub(crate) fn DevicesScreen() -> impl IntoView {
    view! {
        <SignedIn>
            <Account />
        </SignedIn>
    }
}

#[component]
fn Account() -> impl IntoView {
    let t = &words().devices;
    // How many others there are; unknown until the list has come.
    let others = RwSignal::new(None::<usize>);
    let reading = RwSignal::new(());
    let list = move || {
        reading.track();
        load(GetDevices {}, move |Devices { devices }| {
            others.set(Some(devices.iter().filter(|device| !device.here).count()));
            view! { <ul class="card rows">{devices.into_iter().map(row).collect_view()}</ul> }.into_any()
        })
    };
    view! {
        <Frame title=t.title class="devices" sheet=false>
            <p>{t.lead}</p>
            {list}
            <EndOthers others=others.into() ended=Callback::new(move |()| reading.set(())) />
            <Home />
        </Frame>
    }
}

fn row(device: Device) -> impl IntoView {
    let t = &words().devices;
    let time = |at| words().moment(at);
    view! {
        <li class="row device">
            <Picture of=Icon::Screen />
            <span class="row-label">{(t.kind)(device.kind)}</span>
            {device.here.then(|| view! { <span class="tag" data-tone="accent">{t.here}</span> })}
            <p class="hint">
                {(t.signed_in)(&time(&device.signed_in_at), device.way)}
                <br />
                {(t.last_seen)(&i18n::ago(words().tag, &device.last_seen_at))}
            </p>
        </li>
    }
}

/// Verb: act, through the gate.
#[component]
fn EndOthers(others: Signal<Option<usize>>, ended: Callback<()>) -> impl IntoView {
    let t = &words().devices;
    let session: Session = expect_context();
    let network: Network = expect_context();
    let end = end_others(Callback::new(move |()| {
        ended.run(());
        // Nothing is left to end: the button that was pressed closes.
        browser::focus_heading();
    }));
    let refused = untrack(move || session.me())
        .and_then(|me| me.offer(me::Action::EndOtherSessions)?.closed.clone())
        .map(|refusal| words().refusal(&refusal));
    let reason = move || match &refused {
        Some(refused) => Some(refused.clone()),
        None => (others.get() == Some(0)).then(|| t.only_here.into()),
    };
    let closed = {
        let reason = reason.clone();
        memo(move || reason().is_some() || others.get().is_none())
    };
    let problem = move || match end.value().get() {
        Some(Some(Err(problem))) if !network.has_mended(&problem) => {
            Some(words().problem(&problem).into_owned())
        }
        _ => None,
    };
    view! {
        {move || problem().map(|text| view! { <Notice tone=Tone::Error>{text}</Notice> })}
        <Confirming busy=Signal::derive(move || end.pending().get()) />
        <button
            type="button"
            class="button wide"
            disabled=move || closed.get()
            aria-describedby=REASON
            aria-busy=move || end.pending().get().then_some("true")
            on:click=move |_| { if !end.pending().get_untracked() { end.dispatch_local(()); } }
        >
            {t.end_others}
        </button>
        <p class="hint" id=REASON>{reason}</p>
    }
}
