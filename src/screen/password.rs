//! Setting or replacing the password. Everybody signed in; verb: drive. The result page has its
//! own path and asks the server's record, so that a reload is as true.

use crate::api::{Answer, Api};
use crate::app::words;
use crate::drive::{Drive, follow_url};
use crate::route::{self, Route};
use crate::screen::form::{NewPasswordField, StepForm, Trouble, Username};
use crate::screen::frame::Frame;
use crate::screen::not_found::NotFound;
use crate::screen::proving::{self, BackLink, Facts, FirstHalf, Onward, Progress, Start};
use crate::screen::signed_in::SignedIn;
use crate::session::Session;
use crate::ui::notice::{Notice, Tone};
use crate::watch::watch;
use contract::change::ChangeStep;
use contract::me::Action;
use flow::password::{Act, Effect, Exit, Password, Step};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

const STEPS: u8 = 2;

/// `/password/…`
#[component]
pub(crate) fn PasswordScreen() -> impl IntoView {
    let shown = route::shown();
    let part = Memo::new(move |_| match shown.get() {
        Some(Route::PasswordDone { change }) => Some(Some(change)),
        Some(Route::Password { .. }) => Some(None),
        _ => None,
    });
    move || match part.get() {
        Some(Some(change)) => view! { <PasswordDone change=change /> }.into_any(),
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
    drive: Drive<Password>,
    half: FirstHalf,
    /// The new password as it is being typed; kept when the identity has to be proven again.
    typed: RwSignal<String>,
}

#[component]
fn Wizard() -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    let navigate = use_navigate();
    let leave = move |exit| {
        let route = match exit {
            Exit::Set(change) => {
                session.renewed();
                Route::PasswordDone { change }
            }
            Exit::Left => Route::Overview,
        };
        navigate(&route.path(), NavigateOptions { replace: true, ..Default::default() });
    };
    let begun = match route::shown().get_untracked() {
        Some(Route::Password { change: Some(change), step }) => Some(Password::open(change, step)),
        _ => None,
    };
    let opening = begun.is_some();
    let drive = Drive::new(begun.unwrap_or_else(Password::start), move |effect| perform(api, effect), leave);
    let half = FirstHalf::of(drive, Password::proving, Act::Prove, STEPS);
    let wizard = Wizard { drive, half, typed: RwSignal::default() };
    watch(drive, api);
    follow_url(drive, drive.at(place, None), || Act::Back, || Act::Forward);
    if opening {
        drive.act(Act::Forward);
    }
    let step = drive.at(Password::step, Step::Proving(flow::proving::Step::Opening));
    move || match step.get() {
        Step::Proving(step) => half.draw(step, || view! { <PasswordStart half=half /> }.into_any()),
        Step::New => view! { <NewStep wizard=wizard /> }.into_any(),
    }
}

/// Where the wizard is in the URL.
fn place(password: &Password) -> Option<Route> {
    let change = password.change().map(|change| change.id.clone());
    match password.step() {
        Step::Proving(flow::proving::Step::Opening) => None,
        step => Some(Route::Password { step, change }),
    }
}

#[component]
fn PasswordStart(half: FirstHalf) -> impl IntoView {
    let t = &words().password;
    let session: Session = expect_context();
    let has_password = untrack(move || session.me()).is_some_and(|me| me.has_password);
    let title = if has_password { t.change_title } else { t.set_title };
    view! {
        <Start half=half action=Action::Password title=title class="password-start" facts=t.consequences>
            <p>{t.lead}</p>
        </Start>
    }
}

#[component]
fn NewStep(wizard: Wizard) -> impl IntoView {
    let t = &words().password;
    let trouble = Trouble::new(wizard.half.request);
    let submit = Callback::new(move |()| {
        let secret = wizard.typed.get_untracked();
        if secret.is_empty() {
            trouble.slip(t.missing, "new-password");
        } else {
            wizard.drive.act(Act::Set(secret));
        }
    });
    view! {
        <Frame title=t.new_title class="password-new">
            <Progress step=2 of=STEPS />
            <Facts facts=t.rules />
            <p class="hint">{t.example}</p>
            <StepForm trouble=trouble submit=t.submit on_submit=submit>
                <Username name=wizard.half.phone />
                <NewPasswordField value=wizard.typed trouble=trouble />
            </StepForm>
            <BackLink on_back=Callback::new(move |()| wizard.drive.act(Act::Back)) />
        </Frame>
    }
}

/// `/password/done`: what became of it.
#[component]
fn PasswordDone(change: String) -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    // The overview says from now on that a password is set.
    session.refresh(api);
    proving::outcome(change, |change| match change.step {
        ChangeStep::PasswordSet => view! { <Set /> }.into_any(),
        // The outcome of a password change is a set password; anything else is not ours to draw.
        _ => NotFound().into_any(),
    })
}

#[component]
fn Set() -> impl IntoView {
    let t = &words().password;
    view! {
        <Frame title=t.done_title class="password-done">
            <Notice tone=Tone::Success>{t.done_lead}</Notice>
            <Onward facts=t.done_facts sign_in=t.sign_in />
        </Frame>
    }
}

fn perform(api: Api, effect: Effect) -> Answer {
    match effect {
        Effect::Prove(effect) => proving::perform(api, effect),
        Effect::Set(request) => api.change(request),
    }
}
