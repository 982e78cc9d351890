//! Replacing the phone number (P1–P9). Free and member accounts anywhere, others in their app;
//! verb: drive. The result page has its own path, for by then nobody is signed in.

use crate::api::Api;
use crate::app::words;
use crate::drive::{Drive, Place, follow_url};
use crate::load::{failed, load, waiting};
use crate::route::{self, Route};
use crate::screen::form::{CodeStep, PROBLEM, StepForm, Trouble};
use crate::screen::frame::{Frame, Link};
use crate::screen::not_found::NotFound;
use crate::screen::signed_in::SignedIn;
use crate::screen::step_up::{self, ChooseStep, PasswordStep, Proof, SmsStep};
use crate::session::Session;
use crate::ui::field::{Field, Kind};
use crate::ui::notice::Notice;
use contract::change::{Change, ChangeStep};
use contract::code::OneTimeCode;
use contract::me::Action;
use contract::outcome::GetOutcome;
use contract::phone::PhoneNumber;
use contract::problem::Problem;
use contract::refusal::SessionEnd;
use flow::code::Code;
use flow::machine::Request;
use flow::phone::{Act, Effect, Exit, Phone, Step, Target};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

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
    request: Signal<Request>,
    /// The new number as it is being typed; kept when the identity has to be proven again.
    number: RwSignal<String>,
    /// The bound number, masked.
    bound: StoredValue<String>,
}

#[component]
fn Wizard() -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
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
    let wizard = Wizard {
        drive,
        request: Signal::derive(move || drive.request()),
        number: RwSignal::default(),
        bound: StoredValue::new(session.phone().unwrap_or_default()),
    };
    follow_url(drive, drive.at(PhonePlace::at, None), || Act::Back, || Act::Forward);
    if opening {
        drive.act(Act::Forward);
    }
    let step = drive.at(|phone| Some(phone.step()), None);
    move || {
        match step.get() {
        None | Some(Step::Opening) => view! { <Opening wizard=wizard /> }.into_any(),
        Some(Step::Start) => view! { <Start wizard=wizard /> }.into_any(),
        Some(Step::Choose) => {
            view! { <Identify title=words().step_up.title><ChooseStep proof=wizard.proof() /><BackLink wizard=wizard /></Identify> }
                .into_any()
        }
        Some(Step::Sms) => {
            view! { <Identify title=words().step_up.sms_title><SmsStep proof=wizard.proof() /></Identify> }
                .into_any()
        }
        Some(Step::Password) => view! {
            <Identify title=words().step_up.password_title><PasswordStep proof=wizard.proof() /></Identify>
        }
        .into_any(),
        Some(Step::Number) => view! { <NumberStep wizard=wizard /> }.into_any(),
        Some(Step::Code) => view! { <NewCodeStep wizard=wizard /> }.into_any(),
    }
    }
}

impl Wizard {
    fn proof(self) -> Proof {
        let drive = self.drive;
        Proof {
            step_up: Signal::derive_local(move || {
                drive
                    .with(|phone| match phone {
                        Phone::StepUp(step_up) => Some(step_up.clone()),
                        _ => None,
                    })
                    .flatten()
            }),
            request: self.request,
            act: Callback::new(move |act| drive.act(Act::StepUp(act))),
            phone: self.bound,
        }
    }

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

/// The change of the URL is being looked up.
#[component]
fn Opening(wizard: Wizard) -> impl IntoView {
    let retry = Callback::new(move |()| wizard.drive.act(Act::Forward));
    move || match wizard.request.get() {
        Request::Failed(problem) => failed(&problem, retry).into_any(),
        _ => waiting().into_any(),
    }
}

/// What will happen, before anything does.
#[component]
fn Start(wizard: Wizard) -> impl IntoView {
    let t = &words().phone;
    let trouble = Trouble::new(wizard.request);
    let begin = Callback::new(move |()| wizard.drive.act(Act::Begin));
    let session: Session = expect_context();
    let closed = untrack(move || session.me()).and_then(|me| me.offer(Action::Phone)?.closed.clone());
    let way_on = match closed {
        // Who knows the address learns why not before any effort, like everybody else.
        Some(refusal) => view! { <Notice tone="info">{(words().refusal)(&refusal)}</Notice> }.into_any(),
        None => view! {
            <Facts facts=t.consequences />
            <StepForm trouble=trouble submit=t.begin on_submit=begin />
        }
        .into_any(),
    };
    view! {
        <Frame title=t.title class="phone-start">
            <section class="card">
                <p class="hint">{t.bound}</p>
                <p class="big">{wizard.bound.get_value()}</p>
            </section>
            {way_on}
            <Link to=Route::Overview class="link">{words().common.home}</Link>
        </Frame>
    }
}

#[component]
fn Identify(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <Frame title=title class="step-up">
            <Progress step=1 />
            {children()}
        </Frame>
    }
}

#[component]
fn NumberStep(wizard: Wizard) -> impl IntoView {
    let t = words();
    let trouble = Trouble::new(wizard.request);
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
            <Progress step=2 />
            <StepForm trouble=trouble submit=t.common.send_code on_submit=submit>
                <Field
                    id="phone"
                    kind=Kind::Phone
                    label=t.phone.number
                    hint=t.phone.number_hint
                    value=typed
                    invalid=trouble.concerns("phone")
                    error_id=PROBLEM
                />
                <p class="hint">{left.filter(|left| *left < 3).map(t.phone.targets_left)}</p>
            </StepForm>
            <BackLink wizard=wizard />
        </Frame>
    }
}

#[component]
fn NewCodeStep(wizard: Wizard) -> impl IntoView {
    let t = words();
    let trouble = Trouble::new(wizard.request);
    let typed = RwSignal::new(String::new());
    let code = Signal::derive(move || wizard.target().map_or_else(Code::default, |target| target.code));
    let to = code.with_untracked(|code| code.sent.as_ref().map(|sent| sent.to.clone()).unwrap_or_default());
    let submit = Callback::new(move |()| match OneTimeCode::parse(&typed.get_untracked()) {
        Some(code) => wizard.drive.act(Act::Submit(code)),
        None => trouble.slip(t.common.code_missing, "code"),
    });
    let resend = Callback::new(move |()| wizard.drive.act(Act::Resend));
    view! {
        <Frame title=t.phone.code_title class="phone-code">
            <Progress step=3 />
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

#[component]
fn Progress(step: u8) -> impl IntoView {
    const STEPS: u8 = 3;
    let text = (words().phone.progress)(step, STEPS);
    view! {
        <p class="progress">
            <progress max=STEPS value=step aria-hidden="true"></progress>
            <span class="hint">{text}</span>
        </p>
    }
}

#[component]
fn BackLink(wizard: Wizard) -> impl IntoView {
    view! {
        <button type="button" class="link" on:click=move |_| wizard.drive.act(Act::Back)>
            {words().common.back}
        </button>
    }
}

#[component]
fn Facts(facts: [&'static str; 3]) -> impl IntoView {
    view! { <ul class="facts">{facts.map(|fact| view! { <li>{fact}</li> }).collect_view()}</ul> }
}

/// `/phone/done`: what became of it, from the server's record, so that a reload is as true.
#[component]
fn PhoneDone(change: String) -> impl IntoView {
    let session: Session = expect_context();
    session.ended(SessionEnd::NotSignedIn);
    load(GetOutcome { key: change }, |change: Change| match change.step {
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
            <p class="notice" data-tone="success" role="status">{(t.done_lead)(&phone)}</p>
            <Facts facts=t.done_facts />
            <Link to=Route::SignIn { return_to: None } class="button" tone="primary">{t.sign_in}</Link>
        </Frame>
    }
}

/// The wizard in the URL.
#[derive(Clone, PartialEq)]
struct PhonePlace {
    step: Step,
    change: Option<String>,
}

impl PhonePlace {
    fn at(phone: &Phone) -> Option<Self> {
        let change = match phone {
            Phone::Opening(..) => return None,
            Phone::Start { .. } => None,
            phone => phone.change().map(|change| change.id.clone()),
        };
        Some(Self { step: phone.step(), change })
    }
}

impl Place for PhonePlace {
    fn rank(&self) -> u8 {
        self.step as u8
    }

    fn route(&self) -> Route {
        Route::Phone { step: self.step, change: self.change.clone() }
    }

    fn of(route: &Route) -> Option<Self> {
        match route {
            Route::Phone { step, change } => Some(Self { step: *step, change: change.clone() }),
            _ => None,
        }
    }
}

async fn perform(api: Api, effect: Effect) -> Result<Change, Problem> {
    match effect {
        Effect::Start(request) => api.send(request).await,
        Effect::Get(request) => api.send(request).await,
        Effect::StepUp(effect) => step_up::perform(api, effect).await,
        Effect::Send(request) => api.send(request).await,
        Effect::Bind(request) => api.send(request).await,
    }
}
