//! Replacing the WeChat, or binding the first (W1–W7). Verb: drive.

use crate::api::{Api, PendingChange};
use crate::context::words;
use crate::route::{Place, Route};
use crate::screen::form::{FormProblem, StepForm};
use crate::screen::frame::Frame;
use crate::screen::not_found::NotFound;
use crate::screen::proving::{self, BackLink, FirstHalf, Onward, Progress, Start};
use crate::screen::scan::{ScanPart, ScanView};
use crate::screen::wizard::{RunningWizard, Topic};
use crate::session::Session;
use crate::ui::alert::{Alert, Tone};
use contract::change::ChangeStep;
use contract::me::Action;
use contract::wechat::WechatProfile;
use flow::wechat::{Act, Effect, NewWechat, Step};
use leptos::prelude::*;

impl Topic for NewWechat {
    const STEPS: u8 = 3;

    fn route(place: Place<Step>) -> Route {
        Route::Wechat(place)
    }

    fn place(route: Route) -> Option<Place<Step>> {
        match route {
            Route::Wechat(place) => Some(place),
            _ => None,
        }
    }

    fn adapt(half: FirstHalf) -> FirstHalf {
        half.naming(words().wechat().way)
    }

    fn start(half: FirstHalf) -> AnyView {
        view! { <WechatStart half=half /> }.into_any()
    }

    fn draw(step: Step, running: RunningWizard<Self>) -> AnyView {
        match step {
            Step::New => view! { <NewStep running=running /> }.into_any(),
            Step::Confirm => view! { <ConfirmStep running=running /> }.into_any(),
        }
    }

    fn done(change: String) -> AnyView {
        view! { <WechatDone change=change /> }.into_any()
    }

    fn perform(api: Api, effect: Effect) -> PendingChange {
        match effect {
            Effect::Scan(request) => api.send(request),
            Effect::Get(request) => api.send(request),
            Effect::Bind(request) => api.send(request),
            Effect::Outcome(request) => api.send(request),
        }
    }
}

#[component]
fn WechatStart(half: FirstHalf) -> impl IntoView {
    let t = words().wechat();
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
            <p class="nickname"><bdi>{profile.nickname}</bdi></p>
        </section>
    }
}

#[component]
fn NewStep(running: RunningWizard<NewWechat>) -> impl IntoView {
    let t = words().wechat();
    let view = ScanView {
        scanning: Signal::derive_local(move || {
            let read = |half: &NewWechat| match half {
                NewWechat::Scan(new) => Some(new.scanning.clone()),
                NewWechat::Confirm(_) => None,
            };
            running.with(read).unwrap_or_default()
        }),
        request: running.half.request,
        on_scan: Callback::new(move |()| running.act(Act::Scan)),
        begin: t.go,
        unbound: None,
    };
    view! {
        <Frame title=t.new_title class="wechat-new">
            <Progress step=2 of=NewWechat::STEPS />
            <p>{t.new_lead}</p>
            <ScanPart view=view />
            <BackLink on_back=running.on_back() />
        </Frame>
    }
}

#[component]
fn ConfirmStep(running: RunningWizard<NewWechat>) -> impl IntoView {
    let t = words().wechat();
    let trouble = FormProblem::new(running.half.request);
    let read = |half: &NewWechat| match half {
        NewWechat::Confirm(confirm) => Some(confirm.wechat.clone()),
        NewWechat::Scan(_) => None,
    };
    let profile = untrack(move || running.with(read));
    let back = running.on_back();
    let bind = Callback::new(move |()| running.act(Act::Bind));
    view! {
        <Frame title=t.confirm_title class="wechat-confirm">
            <Progress step=3 of=NewWechat::STEPS />
            <p>{t.confirm_lead}</p>
            {profile.map(|profile| view! { <Profile profile=profile /> })}
            <StepForm trouble=trouble submit=t.submit on_submit=bind />
            <button type="button" class="link" on:click=move |_| back.run(())>{t.another}</button>
        </Frame>
    }
}

/// `/wechat/done`: the result.
#[component]
fn WechatDone(change: String) -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    // The overview shows the new one from now on.
    session.refresh(api);
    proving::outcome(change, |change| match change.step {
        ChangeStep::WechatBound { wechat, replaced, .. } => {
            view! { <Bound profile=wechat replaced=replaced /> }.into_any()
        }
        // The outcome of this wizard is a bound WeChat; nothing else is drawn here.
        _ => NotFound().into_any(),
    })
}

#[component]
fn Bound(profile: WechatProfile, replaced: bool) -> impl IntoView {
    let t = words().wechat();
    let (title, fact) =
        if replaced { (t.changed_title, t.changed_fact) } else { (t.bound_title, t.bound_fact) };
    let [here, notified] = t.done_facts;
    view! {
        <Frame title=title class="wechat-done">
            <Alert tone=Tone::Success>{(t.done_lead)(&profile.nickname)}</Alert>
            <Onward facts=[fact, here, notified] sign_in=words().sign_in().submit />
        </Frame>
    }
}
