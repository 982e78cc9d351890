//! Replacing the WeChat, or binding the first (W1–W7). Verb: drive. The result page has its own
//! path and asks the server's record, so that a reload is as true.

use crate::api::{Answer, Api};
use crate::app::words;
use crate::drive::{Drive, follow_url};
use crate::route::{self, Route};
use crate::screen::form::{StepForm, Trouble};
use crate::screen::frame::Frame;
use crate::screen::not_found::NotFound;
use crate::screen::proving::{self, BackLink, FirstHalf, Onward, Progress, Start};
use crate::screen::scan::{ScanPart, ScanView};
use crate::screen::signed_in::SignedIn;
use crate::session::Session;
use crate::ui::notice::{Notice, Tone};
use crate::watch::watch;
use contract::change::ChangeStep;
use contract::me::Action;
use contract::wechat::WechatProfile;
use flow::scan::Scanning;
use flow::wechat::{Act, Effect, Exit, Step, Wechat};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

const STEPS: u8 = 3;

/// `/wechat/…`
#[component]
pub(crate) fn WechatScreen() -> impl IntoView {
    let shown = route::shown();
    let part = Memo::new(move |_| match shown.get() {
        Some(Route::WechatDone { change }) => Some(Some(change)),
        Some(Route::Wechat { .. }) => Some(None),
        _ => None,
    });
    move || match part.get() {
        Some(Some(change)) => view! { <WechatDone change=change /> }.into_any(),
        Some(None) => view! {
            <SignedIn>
                <Wizard />
            </SignedIn>
        }
        .into_any(),
        None => NotFound().into_any(),
    }
}

/// What the steps share.
#[derive(Clone, Copy)]
struct Wizard {
    drive: Drive<Wechat>,
    half: FirstHalf,
}

#[component]
fn Wizard() -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    let navigate = use_navigate();
    let leave = move |exit| {
        let route = match exit {
            Exit::Bound(change) => {
                session.renewed();
                Route::WechatDone { change }
            }
            Exit::Left => Route::Overview,
        };
        navigate(&route.path(), NavigateOptions { replace: true, ..Default::default() });
    };
    let begun = match route::shown().get_untracked() {
        Some(Route::Wechat { change: Some(change), step }) => Some(Wechat::open(change, step)),
        _ => None,
    };
    let opening = begun.is_some();
    let drive = Drive::new(begun.unwrap_or_else(Wechat::start), move |effect| perform(api, effect), leave);
    let half = FirstHalf::of(drive, Wechat::proving, Act::Prove, STEPS).naming(words().wechat.way);
    let wizard = Wizard { drive, half };
    watch(drive, api);
    follow_url(drive, drive.at(place, None), || Act::Back, || Act::Forward);
    if opening {
        drive.act(Act::Forward);
    }
    let step = drive.at(Wechat::step, Step::Proving(flow::proving::Step::Opening));
    move || match step.get() {
        Step::Proving(step) => half.draw(step, || view! { <WechatStart half=half /> }.into_any()),
        Step::New => view! { <NewStep wizard=wizard /> }.into_any(),
        Step::Confirm => view! { <ConfirmStep wizard=wizard /> }.into_any(),
    }
}

/// Where the wizard is in the URL.
fn place(wechat: &Wechat) -> Option<Route> {
    let change = wechat.change().map(|change| change.id.clone());
    match wechat.step() {
        Step::Proving(flow::proving::Step::Opening) => None,
        step => Some(Route::Wechat { step, change }),
    }
}

#[component]
fn WechatStart(half: FirstHalf) -> impl IntoView {
    let t = &words().wechat;
    let session: Session = expect_context();
    let bound = untrack(move || session.me()).and_then(|me| me.wechat);
    let (title, facts) =
        if bound.is_some() { (t.change_title, t.change_facts) } else { (t.bind_title, t.bind_facts) };
    view! {
        <Start half=half action=Action::Wechat title=title class="wechat-start" facts=facts>
            {match bound {
                Some(profile) => view! {
                    <p class="hint">{t.bound}</p>
                    <Profile profile=profile />
                }.into_any(),
                None => view! { <p>{t.none}</p> }.into_any(),
            }}
        </Start>
    }
}

/// A WeChat as its owner knows it.
#[component]
fn Profile(profile: WechatProfile) -> impl IntoView {
    view! {
        <section class="card person">
            <span class="initial" data-tone=profile.tone.to_string() aria-hidden="true">{profile.initial}</span>
            <p class="nickname">{profile.nickname}</p>
        </section>
    }
}

#[component]
fn NewStep(wizard: Wizard) -> impl IntoView {
    let t = &words().wechat;
    let drive = wizard.drive;
    let view = ScanView {
        scanning: Signal::derive_local(move || {
            let read = |wechat: &Wechat| match wechat {
                Wechat::New(new) => new.scanning.clone(),
                _ => Scanning::default(),
            };
            drive.with(read).unwrap_or_default()
        }),
        request: wizard.half.request,
        on_scan: Callback::new(move |()| drive.act(Act::Scan)),
        begin: t.go,
        unbound: None,
    };
    view! {
        <Frame title=t.new_title class="wechat-new">
            <Progress step=2 of=STEPS />
            <p>{t.new_lead}</p>
            <ScanPart view=view />
            <BackLink on_back=Callback::new(move |()| drive.act(Act::Back)) />
        </Frame>
    }
}

#[component]
fn ConfirmStep(wizard: Wizard) -> impl IntoView {
    let t = &words().wechat;
    let drive = wizard.drive;
    let trouble = Trouble::new(wizard.half.request);
    let read = |wechat: &Wechat| match wechat {
        Wechat::Confirm(confirm) => Some(confirm.wechat.clone()),
        _ => None,
    };
    let profile = untrack(move || drive.with(read)).flatten();
    let bind = Callback::new(move |()| drive.act(Act::Bind));
    view! {
        <Frame title=t.confirm_title class="wechat-confirm">
            <Progress step=3 of=STEPS />
            <p>{t.confirm_lead}</p>
            {profile.map(|profile| view! { <Profile profile=profile /> })}
            <StepForm trouble=trouble submit=t.submit on_submit=bind />
            <button type="button" class="link" on:click=move |_| drive.act(Act::Back)>{t.another}</button>
        </Frame>
    }
}

/// `/wechat/done`: what became of it.
#[component]
fn WechatDone(change: String) -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    // The overview shows the new one from now on.
    session.refresh(api);
    proving::outcome(change, |change| match change.step {
        ChangeStep::WechatBound { wechat, .. } => view! { <Bound profile=wechat /> }.into_any(),
        // The outcome of this wizard is a bound WeChat; anything else is not ours to draw.
        _ => NotFound().into_any(),
    })
}

#[component]
fn Bound(profile: WechatProfile) -> impl IntoView {
    let t = &words().wechat;
    view! {
        <Frame title=t.done_title class="wechat-done">
            <Notice tone=Tone::Success>{(t.done_lead)(&profile.nickname)}</Notice>
            <Onward facts=t.done_facts sign_in=words().sign_in.submit />
        </Frame>
    }
}

fn perform(api: Api, effect: Effect) -> Answer {
    match effect {
        Effect::Prove(effect) => proving::perform(api, effect),
        Effect::Scan(request) => api.change(request),
        Effect::Get(request) => api.change(request),
        Effect::Bind(request) => api.change(request),
        Effect::Outcome(request) => api.change(request),
    }
}
