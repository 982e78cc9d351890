//! Past meetings that this device lists, and the switch for history sync (H1, H2). Verbs: load, and act.

use crate::api::Api;
use crate::context::words;
use crate::erased::effect;
use crate::i18n;
use crate::load::{load, more};
use crate::screen::act::problem_of;
use crate::screen::frame::{Frame, Home};
use crate::session::Session;
use crate::ui::icon::{Icon, Picture};
use crate::ui::toast::Toast;
use contract::history::{GetHistory, History, HistorySync, PastMeeting, SetHistorySync};
use contract::problem::Problem;
use leptos::prelude::*;

/// `/history`
#[component]
pub(crate) fn HistoryScreen() -> impl IntoView {
    let t = words().history();
    // State of the switch; unknown until the list is loaded.
    let sync = RwSignal::new(None::<bool>);
    view! {
        <Frame title=words().overview().history class="history" sheet=false>
            <Menu sync=sync />
            <p>{t.lead}</p>
            {page(None, sync)}
            <Home />
        </Frame>
    }
}

/// A page, and a button for the next one.
fn page(before: Option<String>, sync: RwSignal<Option<bool>>) -> AnyView {
    let t = words().history();
    let ready = move |History { sync: HistorySync { on, .. }, meetings, more: after }| {
        sync.set(Some(on));
        if meetings.is_empty() {
            return view! { <p class="card hint">{t.none}</p> }.into_any();
        }
        view! {
            <ul class="card rows">{meetings.into_iter().map(row).collect_view()}</ul>
            {after.map(|before| more(t.more, move || page(Some(before.clone()), sync)))}
        }
        .into_any()
    };
    load(GetHistory { before }, ready).into_any()
}

/// Icon, word and color show whether a meeting is synced to every device or listed on this one only.
fn row(meeting: PastMeeting) -> AnyView {
    let (t, devices) = (words().history(), words().devices());
    let (icon, mark, tone) = if meeting.synced {
        (Icon::EVERYWHERE, t.synced, Some("accent"))
    } else {
        (Icon::LAPTOP, t.only_here, None)
    };
    let parts = [
        words().moment(&meeting.started_at),
        (t.minutes)(i18n::minutes(&meeting.started_at, &meeting.ended_at)),
        if meeting.own { devices.own } else { devices.others }.to_owned(),
        (devices.kind)(meeting.device).to_owned(),
    ];
    view! {
        <li class="row past" data-synced=meeting.synced.then_some("true")>
            <Picture of=icon />
            <bdi class="row-label">{meeting.title.unwrap_or_else(|| devices.untitled.to_owned())}</bdi>
            <span class="tag" data-tone=tone>{mark}</span>
            <p class="hint">{parts.join(" · ")}</p>
        </li>
    }
    .into_any()
}

/// The menu behind ···: the switch and what it does.
#[component]
fn Menu(sync: RwSignal<Option<bool>>) -> impl IntoView {
    let t = words().history();
    let (api, session, toast): (Api, Session, Toast) = (expect_context(), expect_context(), expect_context());
    let problem = RwSignal::new(None::<Problem>);
    // The number of the last request; answers to earlier ones are dropped.
    let asked = StoredValue::new(0_u32);
    let put = move |event| {
        let on = event_target_checked(&event);
        let account = session.shown();
        asked.update_value(|asked| *asked += 1);
        let this = asked.get_value();
        problem.set(None);
        sync.set(Some(on));
        leptos::task::spawn_local(async move {
            let answer = api.send(SetHistorySync { on }).await;
            if asked.try_get_value() != Some(this) || session.shown() != account {
                return;
            }
            match answer {
                Ok(HistorySync { on, .. }) => {
                    sync.set(Some(on));
                    toast.say(if on { t.on } else { t.off }.to_owned());
                }
                Err(refused) => {
                    // Back to its former state.
                    sync.set(Some(!on));
                    problem.set(Some(refused));
                }
            }
        });
    };
    let [on, off] = t.sync_facts;
    // A clicked checkbox keeps its new state even if the signal's value did not change.
    let input = NodeRef::<leptos::html::Input>::new();
    effect(move || {
        if let (Some(input), Some(on)) = (input.get(), sync.get()) {
            input.set_checked(on);
        }
    });
    view! {
        <button type="button" class="button dots" popovertarget="history-menu" aria-label=t.menu>"···"</button>
        <div class="menu" id="history-menu" popover="auto">
            <p class="consent">
                <input
                    type="checkbox"
                    id="sync"
                    node_ref=input
                    disabled=move || sync.get().is_none()
                    aria-describedby="sync-facts"
                    on:change=put
                />
                <label for="sync">{t.sync}</label>
            </p>
            {problem_of(problem)}
            <ul class="facts hint" id="sync-facts"><li>{on}</li><li>{off}</li></ul>
            <button type="button" class="button" popovertarget="history-menu" popovertargetaction="hide">
                {words().account().close}
            </button>
        </div>
    }
}
