//! Replacing the phone number (P1–P9). Free and member accounts anywhere, others in their app;
//! verb: drive. On the result page nobody is signed in any more.

use crate::api::{Api, PendingChange};
use crate::context::words;
use crate::erased::memo;
use crate::route::{Place, Route, SIGN_IN};
use crate::screen::form::{CodeStep, FormProblem, StepForm, code_or_error};
use crate::screen::frame::{Frame, Link};
use crate::screen::not_found::NotFound;
use crate::screen::proving::{self, BackLink, Facts, FirstHalf, Progress, Start};
use crate::screen::wizard::{RunningWizard, Topic};
use crate::session::{Session, SignedOut};
use crate::ui::alert::{Alert, Tone};
use crate::ui::field::{Field, FieldKind};
use contract::change::ChangeStep;
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::refusal::SessionEnd;
use flow::code::Code;
use flow::phone::{Act, Effect, NewPhone, Step, Target};
use leptos::prelude::*;

impl Topic for NewPhone {
    const STEPS: u8 = 3;

    fn route(place: Place<Step>) -> Route {
        Route::Phone(place)
    }

    fn place(route: Route) -> Option<Place<Step>> {
        match route {
            Route::Phone(place) => Some(place),
            _ => None,
        }
    }

    fn start(half: FirstHalf) -> AnyView {
        view! { <PhoneStart half=half /> }.into_any()
    }

    fn draw(step: Step, running: RunningWizard<Self>) -> AnyView {
        match step {
            Step::Number => view! { <NumberStep running=running /> }.into_any(),
            Step::Code => view! { <NewCodeStep running=running /> }.into_any(),
        }
    }

    fn done(change: String) -> AnyView {
        view! { <PhoneDone change=change /> }.into_any()
    }

    fn perform(api: Api, effect: Effect) -> PendingChange {
        match effect {
            Effect::Send(request) => api.send(request),
            Effect::Bind(request) => api.send(request),
            Effect::Outcome(request) => api.send(request),
        }
    }
}

/// The new number's record, at the steps that have one.
fn target(running: RunningWizard<NewPhone>) -> Option<Target> {
    running.with(|half| match half {
        NewPhone::Number(target) | NewPhone::Code(target) => Some(target.clone()),
    })
}

#[component]
fn PhoneStart(half: FirstHalf) -> impl IntoView {
    let t = words().phone();
    view! {
        <Start half=half action=Action::Phone title=t.title class="phone-start" facts=t.consequences>
            <section class="card">
                <p class="hint">{t.bound}</p>
                <p class="big">{half.phone.get_value()}</p>
            </section>
        </Start>
    }
}

#[component]
fn NumberStep(running: RunningWizard<NewPhone>) -> impl IntoView {
    let t = words();
    let trouble = FormProblem::new(running.half.request);
    let typed = running.typed;
    let submit = Callback::new(move |()| {
        let number = typed.get_untracked();
        if PhoneNumber::parse(&number).is_some() {
            running.act(Act::Name(number));
        } else {
            trouble.slip(t.common().phone_missing, "phone");
        }
    });
    let left = untrack(move || target(running)).map(|target| target.targets_left);
    view! {
        <Frame title=t.phone().number_title class="phone-number">
            <Progress step=2 of=NewPhone::STEPS />
            <StepForm trouble=trouble submit=t.common().send_code on_submit=submit>
                <Field
                    id="phone"
                    kind=FieldKind::Phone
                    label=t.phone().number
                    hint=t.phone().number_hint
                    value=typed
                    problem=trouble.at("phone")
                />
                <p class="hint">{left.filter(|left| *left < 3).map(t.phone().targets_left)}</p>
            </StepForm>
            <BackLink on_back=running.on_back() />
        </Frame>
    }
}

#[component]
fn NewCodeStep(running: RunningWizard<NewPhone>) -> impl IntoView {
    let t = words();
    let trouble = FormProblem::new(running.half.request);
    let typed = RwSignal::new(String::new());
    let code = memo(move || target(running).map_or_else(Code::default, |target| target.code));
    let to = code.with_untracked(|code| code.sent.as_ref().map(|sent| sent.to.clone()).unwrap_or_default());
    let submit = Callback::new(move |()| {
        if let Some(code) = code_or_error(typed, code, trouble) {
            running.act(Act::Submit(code));
        }
    });
    let resend = Callback::new(move |()| {
        running.act(Act::Resend);
        true
    });
    let back = running.on_back();
    view! {
        <Frame title=t.phone().code_title class="phone-code">
            <Progress step=3 of=NewPhone::STEPS />
            <p>{(t.phone().code_lead)(&to)}</p>
            <StepForm trouble=trouble submit=t.phone().submit on_submit=submit>
                <CodeStep code=code typed=typed trouble=trouble on_send=resend />
                <p class="hint">{t.phone().code_only_sms}</p>
            </StepForm>
            <button type="button" class="link" on:click=move |_| back.run(())>
                {t.phone().other_number}
            </button>
        </Frame>
    }
}

/// `/phone/done`: the result, from the server's record, so that a reload shows the same.
#[component]
fn PhoneDone(change: String) -> impl IntoView {
    let session: Session = expect_context();
    session.leave(SignedOut::ByServer(SessionEnd::NotSignedIn));
    proving::outcome(change, |change| match change.step {
        ChangeStep::PhoneBound { phone } => view! { <Bound phone=phone /> }.into_any(),
        // The outcome of a phone change is a bound phone; nothing else is drawn here.
        _ => NotFound().into_any(),
    })
}

#[component]
fn Bound(phone: String) -> impl IntoView {
    let t = words().phone();
    view! {
        <Frame title=t.done_title class="phone-done">
            <Alert tone=Tone::Success>{(t.done_lead)(&phone)}</Alert>
            <Facts facts=t.done_facts />
            <Link to=SIGN_IN class="button" tone="primary">{t.sign_in}</Link>
        </Frame>
    }
}
