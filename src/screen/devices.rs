//! Where the account is signed in, with a button to end each and all but here; and which meetings
//! it is in. Everybody signed in; verbs: load, and act through the gate.

use crate::app::{Network, words};
use crate::browser;
use crate::i18n;
use crate::lean::{live, memo};
use crate::load::load;
use crate::screen::form::Confirming;
use crate::screen::frame::{Frame, Home};
use crate::screen::gate::{Gate, end_others};
use crate::screen::meetings::Meetings;
use crate::screen::signed_in::SignedIn;
use crate::session::Session;
use crate::ui::icon::{Icon, Picture};
use crate::ui::notice::{Notice, Tone};
use crate::ui::toast::Toast;
use contract::account::DeviceKind;
use contract::change::ChangeStep;
use contract::device::{Device, Devices, EndDevice, GetDevices};
use contract::me;
use contract::problem::Problem;
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

/// Ending one device, whichever.
#[derive(Clone, Copy)]
struct Ending {
    gate: Gate,
    toast: Toast,
    /// Which is being ended.
    device: RwSignal<Option<String>>,
    problem: RwSignal<Option<Problem>>,
    /// To read the list anew.
    ended: Callback<()>,
    /// What is said then.
    ended_one: fn(DeviceKind) -> String,
}

#[component]
fn Account() -> impl IntoView {
    let t = &words().devices;
    // How many others there are; unknown until the list has come.
    let others = RwSignal::new(None::<usize>);
    let reading = RwSignal::new(());
    let ended = Callback::new(move |()| reading.set(()));
    let ending = Ending {
        gate: expect_context(),
        toast: expect_context(),
        device: RwSignal::new(None),
        problem: RwSignal::new(None),
        ended,
        ended_one: t.ended_one,
    };
    let session: Session = expect_context();
    let is_open = untrack(move || session.me())
        .is_some_and(|me| me.offer(me::Action::EndOtherSessions).is_some_and(|offer| offer.closed.is_none()));
    let list = move || {
        reading.track();
        load(GetDevices {}, move |Devices { devices }| {
            others.set(Some(devices.iter().filter(|device| !device.here).count()));
            view! {
                <ul class="card rows">
                    {devices.into_iter().map(|device| row(device, ending)).collect_view()}
                </ul>
            }
            .into_any()
        })
    };
    view! {
        <Frame title=t.title class="devices" sheet=false>
            <p>{t.lead}</p>
            {list}
            {told(ending.problem)}
            <EndOthers others=others.into() ended=ended />
            {is_open.then(|| view! { <Meetings /> })}
            <Home />
        </Frame>
    }
}

/// What went wrong last.
fn told(problem: RwSignal<Option<Problem>>) -> AnyView {
    let network: Network = expect_context();
    live(move || match problem.get() {
        Some(problem) if !network.has_mended(&problem) => {
            view! { <Notice tone=Tone::Error>{words().problem(&problem)}</Notice> }.into_any()
        }
        _ => ().into_any(),
    })
}

fn row(device: Device, ending: Ending) -> AnyView {
    let t = &words().devices;
    let end = if device.here {
        view! { <span class="tag" data-tone="accent">{t.here}</span> }.into_any()
    } else {
        let id = device.id;
        let kind = device.kind;
        let is_ending = {
            let id = id.clone();
            move || ending.device.with(|ending| ending.as_ref() == Some(&id)).then_some("true")
        };
        view! {
            <button
                type="button"
                class="row-action"
                aria-label=(t.end_one)(kind)
                aria-busy=is_ending
                on:click=move |_| ending.end(id.clone())
            >
                {t.end}
            </button>
        }
        .into_any()
    };
    view! {
        <li class="row device">
            <Picture of=Icon::Screen />
            <span class="row-label">{(t.kind)(device.kind)}</span>
            {end}
            <p class="hint">
                {(t.signed_in)(&words().moment(&device.signed_in_at), device.way)}
                <br />
                {(t.last_seen)(&i18n::ago(words().tag, &device.last_seen_at))}
            </p>
        </li>
    }
    .into_any()
}

impl Ending {
    /// Ends one device through the gate, says so, and reads the list anew.
    fn end(self, device: String) {
        if self.device.get_untracked().is_some() {
            return;
        }
        self.problem.set(None);
        self.device.set(Some(device.clone()));
        leptos::task::spawn_local(async move {
            let answer = self.gate.send(EndDevice::of(device)).await;
            let _gone = self.device.try_set(None);
            match answer {
                Some(Ok(change)) => {
                    if let ChangeStep::DeviceEnded { kind } = change.step {
                        self.toast.say((self.ended_one)(kind));
                    }
                    self.ended.try_run(());
                    // The button that was pressed is gone.
                    browser::focus_heading();
                }
                Some(Err(problem)) => {
                    let _gone = self.problem.try_set(Some(problem));
                }
                None => {}
            }
        });
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
