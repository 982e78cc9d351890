//! Setting or replacing the password. Everybody signed in; verb: drive.

use crate::api::{Api, PendingChange};
use crate::context::words;
use crate::route::{Place, Route};
use crate::screen::form::{FormProblem, NewPasswordField, StepForm, Username};
use crate::screen::frame::Frame;
use crate::screen::not_found::NotFound;
use crate::screen::proving::{self, BackLink, Facts, FirstHalf, Onward, Progress, Start};
use crate::screen::wizard::{RunningWizard, Topic};
use crate::session::Session;
use crate::ui::alert::{Alert, Tone};
use contract::change::ChangeStep;
use contract::me::Action;
use flow::password::{Act, Effect, NewPassword, Step};
use leptos::prelude::*;

impl Topic for NewPassword {
    const STEPS: u8 = 2;

    fn route(place: Place<Step>) -> Route {
        Route::Password(place)
    }

    fn place(route: Route) -> Option<Place<Step>> {
        match route {
            Route::Password(place) => Some(place),
            _ => None,
        }
    }

    fn start(half: FirstHalf) -> AnyView {
        view! { <PasswordStart half=half /> }.into_any()
    }

    fn draw(Step::New: Step, running: RunningWizard<Self>) -> AnyView {
        view! { <NewStep running=running /> }.into_any()
    }

    fn done(change: String) -> AnyView {
        view! { <PasswordDone change=change /> }.into_any()
    }

    fn perform(api: Api, Effect::Set(request): Effect) -> PendingChange {
        api.send(request)
    }
}

#[component]
fn PasswordStart(half: FirstHalf) -> impl IntoView {
    let t = words().password();
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
fn NewStep(running: RunningWizard<NewPassword>) -> impl IntoView {
    let t = words().password();
    let trouble = FormProblem::new(running.half.request);
    let submit = Callback::new(move |()| {
        let secret = running.typed.get_untracked();
        if secret.is_empty() {
            trouble.slip(t.missing, "new-password");
        } else {
            running.act(Act::Set(secret));
        }
    });
    view! {
        <Frame title=t.new_title class="password-new">
            <Progress step=2 of=NewPassword::STEPS />
            <Facts facts=t.rules />
            <p class="hint">{t.example}</p>
            <StepForm trouble=trouble submit=t.submit on_submit=submit>
                <Username />
                <NewPasswordField value=running.typed trouble=trouble />
            </StepForm>
            <BackLink on_back=running.on_back() />
        </Frame>
    }
}

/// `/password/done`: the result.
#[component]
fn PasswordDone(change: String) -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    // The overview says from now on that a password is set.
    session.refresh(api);
    proving::outcome(change, |change| match change.step {
        ChangeStep::PasswordSet => view! { <Set /> }.into_any(),
        // The outcome of a password change is a set password; nothing else is drawn here.
        _ => NotFound().into_any(),
    })
}

#[component]
fn Set() -> impl IntoView {
    let t = words().password();
    view! {
        <Frame title=t.done_title class="password-done">
            <Alert tone=Tone::Success>{t.done_lead}</Alert>
            <Onward facts=t.done_facts sign_in=t.sign_in />
        </Frame>
    }
}
