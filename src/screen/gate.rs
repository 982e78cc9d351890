//! The step-up of a single sensitive action (G1): a dialog over whatever screen asked for it.
//!
//! The signed-in layout provides the [`Gate`] and draws its [`GateDialog`]; a screen only sends
//! its request through it.

use crate::api::{Api, PendingChange};
use crate::browser;
use crate::context::words;
use crate::drive::Drive;
use crate::erased::{effect, live, memo, text};
use crate::i18n::Occasion;
use crate::load::{failed, waiting};
use crate::one_shot::OneShot;
use crate::parts;
use crate::screen::act::{Confirming, problem_of};
use crate::screen::step_up::{self, ChooseStep, PasswordStep, SmsStep, StepUpView, WechatStep};
use crate::session::Session;
use crate::ui::toast::Toast;
use crate::watch::watch;
use contract::change::{Change, ChangeStep, StartChange};
use contract::devices::EndOtherSessions;
use contract::endpoint::Gated;
use contract::problem::Problem;
use contract::refusal::Refusal;
use flow::gate::{self as machine, Act, Exit};
use flow::machine::Request;
use flow::step_up::At;
use leptos::html;
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;

/// The result of a request behind the gate; `None` if the user closed the dialog without a proof.
pub(crate) type GatedRequest = Pin<Box<dyn Future<Output = Option<Result<Change, Problem>>>>>;

/// Sends single sensitive actions.
#[derive(Clone, Copy)]
pub(crate) struct Gate {
    api: Api,
    asked: RwSignal<Option<PendingProof>, LocalStorage>,
}

/// A proof that a request waits for; completed with `None` when the user closes the dialog.
#[derive(Clone)]
pub(crate) struct PendingProof {
    start: StartChange,
    occasion: Occasion,
    /// Name of what the action is about.
    subject: Option<String>,
    grant: OneShot<Option<String>>,
}

impl Gate {
    /// Created by the layout that draws the dialog; when it is removed, waiting requests end.
    pub(crate) fn new(api: Api) -> Self {
        let asked = RwSignal::new_local(None::<PendingProof>);
        on_cleanup(move || {
            if let Some(Some(asked)) = asked.try_get_untracked() {
                asked.grant.complete(None);
            }
        });
        Self { api, asked }
    }

    /// Ends the waiting for a proof: the account that asked is no longer on the screen (F-12).
    pub(crate) fn dismiss(self) {
        if let Some(asked) = self.asked.get_untracked() {
            asked.grant.complete(None);
            self.asked.set(None);
        }
    }

    /// Sends a request, and again with the grant if the server asks for a proof; `None` if the user
    /// closed the dialog without one. The dialog names the `subject` of the action.
    pub(crate) fn send<E: Gated + 'static>(
        self,
        request: E,
        occasion: Occasion,
        subject: Option<String>,
    ) -> GatedRequest {
        let start = StartChange { action: E::ACTION, about: request.about().map(str::to_owned) };
        let first = self.api.send(request.clone());
        let again = Box::new(move |id| self.api.send(request.granted(id)));
        Box::pin(self.prove(start, occasion, subject, first, again))
    }

    /// Not generic, so that it is in the wasm once.
    async fn prove(
        self,
        start: StartChange,
        occasion: Occasion,
        subject: Option<String>,
        first: PendingChange,
        again: Box<dyn FnOnce(String) -> PendingChange>,
    ) -> Option<Result<Change, Problem>> {
        match first.await {
            Err(Problem::Refused { refusal: Refusal::StepUpNeeded { .. }, .. }) => {}
            answer => return Some(answer),
        }
        let grant = OneShot::new();
        self.asked.try_set(Some(PendingProof { start, occasion, subject, grant: grant.clone() }));
        let id = grant.await?;
        Some(again(id).await)
    }
}

/// The button that ends every other session through the gate, says how many they were, and then does
/// what comes `after`. `hint` is the id of the sentence that describes it.
#[component]
pub(crate) fn EndOthers(
    occasion: Occasion,
    label: &'static str,
    hint: &'static str,
    ended: fn(u32) -> String,
    after: Callback<()>,
    #[prop(optional)] tone: Option<&'static str>,
    #[prop(optional, into)] closed: Signal<bool>,
) -> impl IntoView {
    let (gate, toast): (Gate, Toast) = (expect_context(), expect_context());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None);
    let end = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        leptos::task::spawn_local(async move {
            let answer = gate.send(EndOtherSessions::default(), occasion, None).await;
            let is_gone = busy.try_set(false).is_some();
            match answer {
                Some(Ok(change)) => {
                    if let ChangeStep::SessionsEnded { count } = change.step {
                        toast.say(ended(count));
                    }
                    if !is_gone {
                        after.run(());
                    }
                }
                Some(Err(why)) => {
                    let _gone = problem.try_set(Some(why));
                }
                // The user closed the dialog.
                None => {}
            }
        });
    };
    view! {
        {problem_of(problem)}
        <Confirming busy=busy.into() />
        <button
            type="button"
            class="button wide"
            data-tone=tone
            disabled=closed
            aria-describedby=hint
            aria-busy=move || busy.get().then_some("true")
            on:click=end
        >
            {label}
        </button>
    }
}

/// The dialog, while a request waits for a proof.
#[component]
pub(crate) fn GateDialog(gate: Gate) -> impl IntoView {
    move || gate.asked.get().map(|asked| view! { <Dialog gate=gate asked=asked /> })
}

/// Its frame; the steps are a part.
#[component]
fn Dialog(gate: Gate, asked: PendingProof) -> impl IntoView {
    let t = words().step_up();
    let dialog = NodeRef::<html::Dialog>::new();
    let heading = NodeRef::<html::H2>::new();
    // Closing returns the focus to the pressed button.
    let close = Callback::new(move |()| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    effect(move || {
        if let Some(dialog) = dialog.get() {
            browser::show_modal(&dialog);
        }
    });
    let lead = (t.gate)(asked.occasion)[0];
    let (subject, grant) = (asked.subject.clone(), asked.grant.clone());
    // Fires in every case: proof given, button, Esc.
    let closed = move |_| {
        grant.complete(None);
        gate.asked.set(None);
    };
    let steps = GateSteps {
        api: gate.api,
        asked: StoredValue::new_local(asked),
        title: RwSignal::new(t.title),
        heading,
        close,
    };
    view! {
        <dialog aria-labelledby="gate-title" node_ref=dialog on:close=closed>
            <h2
                id="gate-title"
                tabindex="-1"
                node_ref=heading
                prop:textContent=text(move || steps.title.get())
            ></h2>
            <p>{lead}</p>
            {subject.map(|subject| view! { <p class="subject">{subject}</p> })}
            {parts::gate(steps)}
            <button type="button" class="link" on:click=move |_| close.run(())>{words().account().cancel}</button>
        </dialog>
    }
}

/// The steps of a proof, in the frame of its dialog.
#[derive(Clone, Copy)]
pub(crate) struct GateSteps {
    api: Api,
    asked: StoredValue<PendingProof, LocalStorage>,
    /// The title of the dialog, which names the step.
    title: RwSignal<&'static str>,
    heading: NodeRef<html::H2>,
    close: Callback<()>,
}

/// What that part draws.
pub(crate) fn draw_steps(GateSteps { api, asked, title, heading, close }: GateSteps) -> AnyView {
    let t = words().step_up();
    let session: Session = expect_context();
    let asked = asked.get_value();
    let submit = (t.gate)(asked.occasion)[1];
    let drive = Drive::new(
        machine::Gate::new(asked.start),
        move |effect| perform(api, effect),
        move |exit| {
            if let Exit::Granted(id) = exit {
                asked.grant.complete(Some(id));
            }
            close.run(());
        },
    );
    watch(drive, api);
    drive.act(Act::Begin);
    let request = memo(move || drive.request());
    let proof = StepUpView {
        step_up: Signal::derive_local(move || drive.with(|gate| gate.step_up().cloned()).flatten()),
        request,
        act: Callback::new(move |act| drive.act(Act::StepUp(act))),
        phone: StoredValue::new(session.phone().unwrap_or_default()),
        submit,
        names: t.way,
    };
    let at = drive.at(|gate| gate.step_up().map(|step_up| step_up.at), None);
    effect(move || {
        title.set(match at.get() {
            None | Some(At::Choose) => t.title,
            Some(At::Sms) => t.sms_title,
            Some(At::Password) => t.password_title,
            Some(At::Wechat) => t.wechat_title,
        });
        if let Some(heading) = heading.get() {
            browser::focus(&heading);
        }
    });
    live(move || match at.get() {
        None => view! { <Starting drive=drive request=request /> }.into_any(),
        Some(At::Choose) => view! { <ChooseStep proof=proof /> }.into_any(),
        Some(At::Sms) => view! { <SmsStep proof=proof /> }.into_any(),
        Some(At::Password) => view! { <PasswordStep proof=proof /> }.into_any(),
        Some(At::Wechat) => view! { <WechatStep proof=proof /> }.into_any(),
    })
}

/// The change is being begun.
#[component]
fn Starting(drive: Drive<machine::Gate>, request: Memo<Request>) -> impl IntoView {
    let retry = Callback::new(move |()| drive.act(Act::Begin));
    live(move || match request.get() {
        Request::Failed(problem) => failed(&problem, retry).into_any(),
        _ => waiting().into_any(),
    })
}

fn perform(api: Api, effect: machine::Effect) -> PendingChange {
    match effect {
        machine::Effect::Start(request) => api.send(request),
        machine::Effect::StepUp(effect) => step_up::perform(api, effect),
    }
}
