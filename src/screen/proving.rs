//! The screens of every wizard's first half. The wizard passes the machine's state in and receives
//! the acts.

use crate::api::{Api, PendingChange};
use crate::context::words;
use crate::drive::Drive;
use crate::erased::{live, memo};
use crate::load::{failed, load_or, waiting};
use crate::route::{Route, SIGN_IN};
use crate::screen::form::{FormProblem, StepForm};
use crate::screen::frame::{Frame, Home, Link};
use crate::screen::step_up::{self, StepUpView};
use crate::session::{Session, State};
use crate::ui::alert::{Alert, Tone};
use crate::ui::icon::{Icon, Picture};
use contract::account::Way;
use contract::change::Change;
use contract::me;
use contract::outcome::GetOutcome;
use contract::refusal::Refusal;
use flow::machine::{Machine, Request};
use flow::proving::{Act, Effect, Proving, Step};
use flow::step_up::StepUp;
use leptos::prelude::*;
use std::cell::RefCell;

/// The data of the screens of a wizard's first half.
#[derive(Clone, Copy)]
pub(crate) struct FirstHalf {
    pub(crate) request: Memo<Request>,
    step_up: Signal<Option<StepUp>, LocalStorage>,
    pub(crate) act: Callback<Act>,
    /// The bound number, masked.
    pub(crate) phone: StoredValue<String>,
    /// How many steps the wizard has in all.
    steps: u8,
    /// Names of the ways.
    names: fn(Way) -> &'static str,
}

impl FirstHalf {
    /// For a running wizard: how to find its first half, and how to wrap its acts.
    pub(crate) fn of<M: Machine + 'static>(
        drive: Drive<M>,
        read: fn(&M) -> Option<&Proving>,
        act: fn(Act) -> M::Act,
        steps: u8,
    ) -> Self {
        let session: Session = expect_context();
        Self {
            request: memo(move || drive.request()),
            step_up: Signal::derive_local(move || {
                drive.with(|machine| read(machine).and_then(Proving::step_up).cloned()).flatten()
            }),
            act: Callback::new(move |proving| drive.act(act(proving))),
            phone: StoredValue::new(session.phone().unwrap_or_default()),
            steps,
            names: words().step_up().way,
        }
    }

    /// Sets names of its own for the ways.
    pub(crate) fn naming(self, names: fn(Way) -> &'static str) -> Self {
        Self { names, ..self }
    }

    /// Draws a step; the start is the wizard's own.
    pub(crate) fn draw(self, step: Step, start: impl FnOnce() -> AnyView) -> AnyView {
        let t = words().step_up();
        let proof = StepUpView {
            step_up: self.step_up,
            request: self.request,
            act: Callback::new(move |act| self.act.run(Act::StepUp(act))),
            phone: self.phone,
            submit: words().account().next,
            names: self.names,
        };
        match step {
            Step::Opening => view! { <Opening half=self /> }.into_any(),
            Step::Start => start(),
            Step::Choose => view! {
                <Identify half=self title=t.title>
                    <step_up::ChooseStep proof=proof />
                    <BackLink on_back=Callback::new(move |()| self.act.run(Act::Back)) />
                </Identify>
            }
            .into_any(),
            Step::Sms => {
                view! { <Identify half=self title=t.sms_title><step_up::SmsStep proof=proof /></Identify> }
                    .into_any()
            }
            Step::Password => view! {
                <Identify half=self title=t.password_title><step_up::PasswordStep proof=proof /></Identify>
            }
            .into_any(),
            Step::Wechat => {
                view! { <Identify half=self title=t.wechat_title><step_up::WechatStep proof=proof /></Identify> }
                    .into_any()
            }
        }
    }
}

/// The change of the URL is being looked up.
#[component]
fn Opening(half: FirstHalf) -> impl IntoView {
    let retry = Callback::new(move |()| half.act.run(Act::Forward));
    live(move || match half.request.get() {
        Request::Failed(problem) => failed(&problem, retry).into_any(),
        _ => waiting().into_any(),
    })
}

#[component]
fn Identify(half: FirstHalf, title: &'static str, children: Children) -> impl IntoView {
    view! {
        <Frame title=title class="step-up">
            <Progress step=1 of=half.steps />
            {children()}
        </Frame>
    }
}

/// The intro: what will happen. If the wizard is not open to the account, it says why before any work.
#[component]
pub(crate) fn Start(
    half: FirstHalf,
    action: me::Action,
    title: &'static str,
    class: &'static str,
    facts: [&'static str; 3],
    children: Children,
) -> impl IntoView {
    let session: Session = expect_context();
    let closed = untrack(move || session.me()).and_then(|me| me.offer(action)?.closed.clone());
    let way_on = match closed {
        Some(refusal) => {
            view! { <Alert tone=Tone::Information>{words().refusal(&refusal)}</Alert> }.into_any()
        }
        None => {
            let trouble = FormProblem::new(half.request);
            let begin = Callback::new(move |()| half.act.run(Act::Begin));
            view! {
                <Facts facts=facts />
                <StepForm trouble=trouble submit=title on_submit=begin />
            }
            .into_any()
        }
    };
    view! {
        <Frame title=title class=class>
            {children()}
            {way_on}
            <Home />
        </Frame>
    }
}

/// The progress through the wizard.
#[component]
pub(crate) fn Progress(step: u8, of: u8) -> impl IntoView {
    let text = (words().account().progress)(step, of);
    view! {
        <p class="progress">
            <progress max=of value=step aria-hidden="true"></progress>
            <span class="hint">{text}</span>
        </p>
    }
}

/// One step back.
#[component]
pub(crate) fn BackLink(on_back: Callback<()>) -> impl IntoView {
    view! {
        <button type="button" class="link" on:click=move |_| on_back.run(())>
            <Picture of=Icon::BACK />
            {words().account().back}
        </button>
    }
}

/// A list of facts.
#[component]
pub(crate) fn Facts<const N: usize>(facts: [&'static str; N]) -> impl IntoView {
    view! { <ul class="facts">{facts.map(|fact| view! { <li>{fact}</li> }).collect_view()}</ul> }
}

/// The facts after an effect that keeps this session, and the way on. The second fact, that this
/// session stays, is left out if it was lost with the answer that carried its new cookie; then the user
/// signs in again.
#[component]
pub(crate) fn Onward(facts: [&'static str; 3], sign_in: &'static str) -> impl IntoView {
    let session: Session = expect_context();
    let is_guest = memo(move || matches!(session.state(), State::Guest(_)));
    let [others, here, notified] = facts;
    live(move || {
        if is_guest.get() {
            view! {
                <Facts facts=[others, notified] />
                <Link to=SIGN_IN class="button" tone="primary">{sign_in}</Link>
            }
            .into_any()
        } else {
            view! {
                <Facts facts=[others, here, notified] />
                <Link to=Route::Overview class="button" tone="primary">{words().common().home}</Link>
            }
            .into_any()
        }
    })
}

thread_local! {
    /// The last answer of a wizard's own half.
    static LAST: RefCell<Option<Change>> = const { RefCell::new(None) };
}

/// Keeps the answer for [`outcome`].
pub(crate) fn kept(answer: PendingChange) -> PendingChange {
    Box::pin(async move {
        let answer = answer.await;
        LAST.set(answer.as_ref().ok().cloned());
        answer
    })
}

/// A result page: the answer to the effect, which is drawn once, or the server's record of it. On a shared device no
/// record is left when the effect has ended the session (G6). Without either it links to the present state.
pub(crate) fn outcome(change: String, ready: impl Fn(Change) -> AnyView + Send + Sync + 'static) -> AnyView {
    if let Some(last) = LAST.take().filter(|last| last.id == change) {
        return ready(last);
    }
    load_or(GetOutcome { key: change }, ready, |problem, retry| {
        let t = words().account();
        let gone = problem.refusal() == Some(&Refusal::NotFound);
        let text =
            if gone { view! { <p>{t.lost_lead}</p> }.into_any() } else { failed(problem, retry).into_any() };
        view! {
            <Frame title=t.lost_title class="lost">
                {text}
                <Home />
            </Frame>
        }
        .into_any()
    })
    .into_any()
}

/// Sends an effect of the first half.
pub(crate) fn perform(api: Api, effect: Effect) -> PendingChange {
    match effect {
        Effect::Start(request) => api.send(request),
        Effect::Agree(request) => api.send(request),
        Effect::Get(request) => api.send(request),
        Effect::StepUp(effect) => step_up::perform(api, effect),
    }
}
