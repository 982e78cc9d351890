//! Where the account is signed in, with a button to end each and all but here; and which meetings
//! it is in. Everybody signed in; verbs: load, and act through the gate.

use crate::browser;
use crate::context::words;
use crate::erased::{kept, live, memo, text};
use crate::i18n::{self, Occasion};
use crate::load::{failed, follow, waiting};
use crate::screen::act::problem_as;
use crate::screen::frame::{Frame, Home};
use crate::screen::gate::{EndOthers, Gate};
use crate::screen::meetings::Meetings;
use crate::session::Session;
use crate::ui::icon::{Icon, Picture};
use crate::ui::toast::Toast;
use contract::account::DeviceKind;
use contract::change::ChangeStep;
use contract::devices::{Device, Devices, EndDevice, GetDevices};
use contract::me;
use contract::problem::Problem;
use contract::refusal::Refusal;
use leptos::prelude::*;

/// The id of the sentence why the button is disabled.
const REASON: &str = "reason";

/// The state of ending a device.
#[derive(Clone, Copy)]
struct Ending {
    gate: Gate,
    toast: Toast,
    /// The device that is being ended.
    device: RwSignal<Option<String>>,
    problem: RwSignal<Option<Problem>>,
    /// Incremented to read the list again.
    ended: Callback<()>,
    /// The toast for success.
    ended_one: fn(DeviceKind) -> String,
}

/// Milliseconds until the list is read again.
const PAUSE: u32 = 15_000;

/// `/devices`
#[component]
pub(crate) fn DevicesScreen() -> impl IntoView {
    let t = words().devices();
    let known = RwSignal::new_local(None::<Result<Devices, Problem>>);
    let again = RwSignal::new(0);
    follow(GetDevices {}, known, again, |_| PAUSE);
    let ended = Callback::new(move |()| again.update(|times| *times += 1));
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
    // The number of other devices; unknown until the list is loaded.
    let others = memo(move || {
        known.with(|known| match known {
            Some(Ok(known)) => Some(known.devices.iter().filter(|device| !device.here).count()),
            _ => None,
        })
    });
    let list = kept(move || match known.get() {
        None => waiting().into_any(),
        Some(Err(problem)) => live(move || failed(&problem, ended).into_any()),
        Some(Ok(Devices { devices })) => {
            // Their order changes as they are used.
            browser::keep_focus();
            let rows = devices.into_iter().map(|device| row(device, ending));
            view! { <ul class="card rows">{rows.collect_view()}</ul> }.into_any()
        }
    });
    view! {
        <Frame title=words().overview().devices class="devices" sheet=false>
            <p>{t.lead}</p>
            {list}
            {problem_as(ending.problem, None, |problem| match problem.refusal() {
                Some(Refusal::NotFound) => words().devices().gone.into(),
                _ => words().problem(problem),
            })}
            {end_others(others, ended)}
            {is_open.then(|| view! { <Meetings /> })}
            <Home />
        </Frame>
    }
}

fn row(device: Device, ending: Ending) -> AnyView {
    let t = words().devices();
    let kind = (t.kind)(device.kind);
    let signed_in = (t.signed_in)(&words().moment(&device.signed_in_at), device.way);
    // Browsers of the same name differ by the time of their sign-in.
    let named = [kind, " · ", &signed_in].concat();
    let hint = ["device-", &device.id].concat();
    let end = if device.here {
        view! { <span class="tag" data-tone="accent">{t.here}</span> }.into_any()
    } else {
        let id = device.id.clone();
        let is_ending = {
            let id = id.clone();
            move || ending.device.with(|ending| ending.as_ref() == Some(&id)).then_some("true")
        };
        view! {
            <button
                type="button"
                class="row-action"
                id=["end-", &device.id].concat()
                aria-label=(t.end_one)(device.kind)
                aria-describedby=hint.clone()
                aria-busy=is_ending
                on:click=move |_| ending.end(id.clone(), named.clone())
            >
                {t.end}
            </button>
        }
        .into_any()
    };
    view! {
        <li class="row device">
            <Picture of=Icon::SCREEN />
            <span class="row-label" prop:textContent=kind></span>
            {end}
            <p class="hint" id=hint>
                <span prop:textContent=signed_in></span>
                <br />
                <span prop:textContent=(t.last_seen)(&i18n::ago(words(), &device.last_seen_at))></span>
            </p>
        </li>
    }
    .into_any()
}

impl Ending {
    /// Ends one device through the gate, which names it; then shows a toast and reads the list again.
    fn end(self, device: String, named: String) {
        if self.device.get_untracked().is_some() {
            return;
        }
        self.problem.set(None);
        self.device.set(Some(device.clone()));
        leptos::task::spawn_local(async move {
            let answer = self.gate.send(EndDevice::of(device), Occasion::EndDevice, Some(named)).await;
            let _gone = self.device.try_set(None);
            match answer {
                Some(Ok(change)) => {
                    if let ChangeStep::DeviceEnded { kind } = change.step {
                        self.toast.say((self.ended_one)(kind));
                    }
                    self.ended.try_run(());
                    // The pressed button is gone.
                    browser::focus_heading();
                }
                Some(Err(problem)) => {
                    // It may have been ended elsewhere.
                    self.ended.try_run(());
                    let _gone = self.problem.try_set(Some(problem));
                }
                None => {}
            }
        });
    }
}

/// Ends all but this one, as long as there are others.
fn end_others(others: Memo<Option<usize>>, ended: Callback<()>) -> AnyView {
    let t = words().devices();
    let session: Session = expect_context();
    let after = Callback::new(move |()| {
        ended.run(());
        // No other device is left: the pressed button becomes disabled.
        browser::focus_heading();
    });
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
    view! {
        <EndOthers
            occasion=Occasion::EndOthers
            label=t.end_others
            hint=REASON
            ended=t.ended
            after=after
            closed=closed
        />
        <p class="hint" id=REASON prop:textContent=text(move || reason().unwrap_or_default())></p>
    }
    .into_any()
}
