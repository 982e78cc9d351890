//! Replacing the phone number (P1–P9). Free and member accounts anywhere, others in their app;
//! verb: drive. The result page has its own path, for by then nobody is signed in.

use crate::api::{Answer, Api};
use crate::app::words;
use crate::drive::{Drive, follow_url};
use crate::route::{self, Route};
use crate::screen::form::{CodeStep, StepForm, Trouble, code_or_told};
use crate::screen::frame::{Frame, Link};
use crate::screen::not_found::NotFound;
use crate::screen::proving::{self, BackLink, Facts, FirstHalf, Progress, Start};
use crate::screen::signed_in::SignedIn;
use crate::session::{Absence, Session};
use crate::ui::field::{Field, Kind};
use crate::ui::notice::{Notice, Tone};
use crate::watch::watch;
use contract::change::ChangeStep;
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::refusal::SessionEnd;
use flow::code::Code;
use flow::phone::{Act, Effect, Exit, Phone, Step, Target};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

const STEPS: u8 = 3;

/// `/phone/…`
#[component]
pub(crate) fn PhoneScreen() -> impl IntoView {
    let shown = route::shown();
    let part = Memo::new(move |_| match shown.get() {
        Some(Route::PhoneDone { change }) => Some(Some(change)),
        Some(Route::Phone { .. }) => Some(None),
        _ => None,
    });
    move || match part.get() {
        Some(Some(change)) => view! { <PhoneDone change=change /> }.into_any(),
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
    drive: Drive<Phone>,
    half: FirstHalf,
    /// The new number as it is being typed; kept when the identity has to be proven again.
    number: RwSignal<String>,
}

#[component]
fn Wizard() -> impl IntoView {
    let api: Api = expect_context();
    let navigate = use_navigate();
    let leave = move |exit| {
        let route = match exit {
            Exit::Bound(change) => Route::PhoneDone { change },
            Exit::Left => Route::Overview,
        };
        navigate(&route.path(), NavigateOptions { replace: true, ..Default::default() });
    };
    let begun = match route::shown().get_untracked() {
        Some(Route::Phone { change: Some(change), step }) => Some(Phone::open(change, step)),
        _ => None,
    };
    let opening = begun.is_some();
    let drive = Drive::new(begun.unwrap_or_else(Phone::start), move |effect| perform(api, effect), leave);
    let half = FirstHalf::of(drive, Phone::proving, Act::Prove, STEPS);
    let wizard = Wizard { drive, half, number: RwSignal::default() };
    watch(drive, api);
    follow_url(drive, drive.at(place, None), || Act::Back, || Act::Forward);
    if opening {
        drive.act(Act::Forward);
    }
    let step = drive.at(Phone::step, Step::Proving(flow::proving::Step::Opening));
    move || match step.get() {
        Step::Proving(step) => half.draw(step, || view! { <PhoneStart half=half /> }.into_any()),
        Step::Number => view! { <NumberStep wizard=wizard /> }.into_any(),
        Step::Code => view! { <NewCodeStep wizard=wizard /> }.into_any(),
    }
}

impl Wizard {
    /// The new number's record, at the steps that have one.
    fn target(self) -> Option<Target> {
        self.drive
            .with(|phone| match phone {
                Phone::Number(target) | Phone::Code(target) => Some(target.clone()),
                _ => None,
            })
            .flatten()
    }
}

/// Where the wizard is in the URL.
fn place(phone: &Phone) -> Option<Route> {
    let change = phone.change().map(|change| change.id.clone());
    match phone.step() {
        Step::Proving(flow::proving::Step::Opening) => None,
        step => Some(Route::Phone { step, change }),
    }
}

#[component]
fn PhoneStart(half: FirstHalf) -> impl IntoView {
    let t = &words().phone;
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
fn NumberStep(wizard: Wizard) -> impl IntoView {
    let t = words();
    let trouble = Trouble::new(wizard.half.request);
    let typed = wizard.number;
    let submit = Callback::new(move |()| {
        let number = typed.get_untracked();
        if PhoneNumber::parse(&number).is_some() {
            wizard.drive.act(Act::Name(number));
        } else {
            trouble.slip(t.common.phone_missing, "phone");
        }
    });
    let left = untrack(move || wizard.target()).map(|target| target.targets_left);
    view! {
        <Frame title=t.phone.number_title class="phone-number">
            <Progress step=2 of=STEPS />
            <StepForm trouble=trouble submit=t.common.send_code on_submit=submit>
                <Field
                    id="phone"
                    kind=Kind::Phone
                    label=t.phone.number
                    hint=t.phone.number_hint
                    value=typed
                    problem=trouble.at("phone")
                />
                <p class="hint">{left.filter(|left| *left < 3).map(t.phone.targets_left)}</p>
            </StepForm>
            <BackLink on_back=Callback::new(move |()| wizard.drive.act(Act::Back)) />
        </Frame>
    }
}

#[component]
fn NewCodeStep(wizard: Wizard) -> impl IntoView {
    let t = words();
    let trouble = Trouble::new(wizard.half.request);
    let typed = RwSignal::new(String::new());
    let code = Signal::derive(move || wizard.target().map_or_else(Code::default, |target| target.code));
    let to = code.with_untracked(|code| code.sent.as_ref().map(|sent| sent.to.clone()).unwrap_or_default());
    let submit = Callback::new(move |()| {
        if let Some(code) = code_or_told(typed, code, trouble) {
            wizard.drive.act(Act::Submit(code));
        }
    });
    let resend = Callback::new(move |()| {
        wizard.drive.act(Act::Resend);
        true
    });
    view! {
        <Frame title=t.phone.code_title class="phone-code">
            <Progress step=3 of=STEPS />
            <p>{(t.phone.code_lead)(&to)}</p>
            <StepForm trouble=trouble submit=t.phone.submit on_submit=submit>
                <CodeStep code=code typed=typed trouble=trouble on_send=resend />
                <p class="hint">{t.phone.code_only_sms}</p>
            </StepForm>
            <button type="button" class="link" on:click=move |_| wizard.drive.act(Act::Back)>
                {t.phone.other_number}
            </button>
        </Frame>
    }
}

/// `/phone/done`: what became of it, from the server's record, so that a reload is as true.
#[component]
fn PhoneDone(change: String) -> impl IntoView {
    let session: Session = expect_context();
    session.leave(Absence::Told(SessionEnd::NotSignedIn));
    proving::outcome(change, |change| match change.step {
        ChangeStep::PhoneBound { phone } => view! { <Bound phone=phone /> }.into_any(),
        // The outcome of a phone change is a bound phone; anything else is not ours to draw.
        _ => NotFound().into_any(),
    })
}

#[component]
fn Bound(phone: String) -> impl IntoView {
    let t = &words().phone;
    view! {
        <Frame title=t.done_title class="phone-done">
            <Notice tone=Tone::Success>{(t.done_lead)(&phone)}</Notice>
            <Facts facts=t.done_facts />
            <Link to=Route::SignIn { return_to: None } class="button" tone="primary">{t.sign_in}</Link>
        </Frame>
    }
}

fn perform(api: Api, effect: Effect) -> Answer {
    match effect {
        Effect::Prove(effect) => proving::perform(api, effect),
        Effect::Send(request) => api.change(request),
        Effect::Bind(request) => api.change(request),
        Effect::Outcome(request) => api.change(request),
    }
}
