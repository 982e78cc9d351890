//! Canceling the account (C1–C8). Free and member accounts, not on a shared device; verbs: load for
//! what there is to lose, drive. On the result page nobody is signed in any more.

use crate::api::{Api, PendingChange};
use crate::browser;
use crate::context::words;
use crate::erased::{effect, live};
use crate::load::load;
use crate::route::{Place, Route, SIGN_IN};
use crate::screen::act::{Confirming, NoReturn};
use crate::screen::form::{Agree, FormProblem, Legal, ProblemAlert, StepForm};
use crate::screen::frame::{Frame, Home, Link};
use crate::screen::not_found::NotFound;
use crate::screen::proving::{self, Facts, FirstHalf, Progress};
use crate::screen::wizard::{RunningWizard, Topic};
use crate::session::{Session, SignedOut};
use crate::ui::alert::{Alert, Tone};
use contract::cancel::{Consequences, GetCancel, Kept};
use contract::change::ChangeStep;
use contract::refusal::{Refusal, SessionEnd};
use flow::cancel::{Act, Effect, LastWord, Step};
use flow::machine::Request;
use flow::proving as machine;
use leptos::html;
use leptos::prelude::*;

impl Topic for LastWord {
    const STEPS: u8 = 2;

    fn route(place: Place<Step>) -> Route {
        Route::Cancel(place)
    }

    fn place(route: Route) -> Option<Place<Step>> {
        match route {
            Route::Cancel(place) => Some(place),
            _ => None,
        }
    }

    fn adapt(half: FirstHalf) -> FirstHalf {
        half.naming(words().cancel().way)
    }

    fn start(half: FirstHalf) -> AnyView {
        view! { <CancelStart half=half /> }.into_any()
    }

    fn draw(Step::Confirm: Step, running: RunningWizard<Self>) -> AnyView {
        view! { <ConfirmStep running=running /> }.into_any()
    }

    fn done(change: String) -> AnyView {
        view! { <CancelDone change=change /> }.into_any()
    }

    fn perform(api: Api, effect: Effect) -> PendingChange {
        match effect {
            Effect::Confirm(request) => api.send(request),
            Effect::Outcome(request) => api.send(request),
        }
    }
}

/// What canceling means; or every obstacle, each with what to do about it (C6).
#[component]
fn CancelStart(half: FirstHalf) -> impl IntoView {
    let t = words().cancel();
    let ready = move |known: Consequences| -> AnyView {
        if known.closed.is_empty() {
            view! {
                <p>{t.lead}</p>
                <Losses known=known.clone() />
                <Consent half=half notice=known.notice />
            }
            .into_any()
        } else {
            let reason = |refusal| {
                view! { <Alert tone=Tone::Information>{words().refusal(&refusal)}</Alert> }
            };
            view! {
                <p>{t.closed}</p>
                {known.closed.into_iter().map(reason).collect_view()}
            }
            .into_any()
        }
    };
    // The notice has changed since it was read: consent is asked for again, and the box is unticked.
    let reading = RwSignal::new(());
    effect(move || {
        if let Request::Failed(problem) = half.request.get()
            && problem.refusal() == Some(&Refusal::NoticeNotRead)
        {
            reading.set(());
        }
    });
    let consequences = live(move || {
        reading.track();
        known(Box::new(ready))
    });
    view! {
        <Frame title=t.title class="cancel-start">
            {consequences}
            <Home />
        </Frame>
    }
}

/// Asks what canceling means now. Not generic, so that it is in the wasm once.
fn known(ready: Box<dyn Fn(Consequences) -> AnyView + Send + Sync>) -> AnyView {
    load(GetCancel {}, ready).into_any()
}

/// What is lost, what is kept, and whether it can be undone (C5, C7, C8).
#[component]
fn Losses(known: Consequences) -> impl IntoView {
    let t = words().cancel();
    let some = |count: u32, sentence: fn(u32) -> String| (count > 0).then(|| sentence(count));
    let lost = t
        .facts
        .into_iter()
        .map(ToOwned::to_owned)
        .chain(known.benefit_days.map(t.benefits))
        .chain(some(known.running_meetings, t.running))
        .chain(some(known.scheduled_meetings, t.scheduled));
    let kept = known.kept.into_iter().map(|Kept { what, days }| (t.remains)(what, days));
    view! {
        <Sentences sentences=lost.collect() />
        <h2>{t.kept}</h2>
        <Sentences sentences=kept.collect() />
        <p><strong>{(t.undo)(known.cooling_off_days)}</strong></p>
    }
}

#[component]
fn Sentences(sentences: Vec<String>) -> impl IntoView {
    view! {
        <ul class="facts">{sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}</ul>
    }
}

/// The consent box, unticked at first, and the button (C2).
#[component]
fn Consent(half: FirstHalf, notice: String) -> impl IntoView {
    let t = words().cancel();
    let trouble = FormProblem::new(half.request);
    let agreed = RwSignal::new(false);
    let begin = Callback::new(move |()| {
        if agreed.get_untracked() {
            half.act.run(machine::Act::Agree(notice.clone()));
        } else {
            trouble.slip(t.agree_first, "agree");
        }
    });
    view! {
        <StepForm trouble=trouble submit=words().account().next on_submit=begin>
            <Agree agreed=agreed trouble=trouble label=t.agree>
                <Legal page="cancel" name=t.notice />
            </Agree>
        </StepForm>
    }
}

/// What is lost as of now, again, and the button to the last dialog (C4).
#[component]
fn ConfirmStep(running: RunningWizard<LastWord>) -> impl IntoView {
    let t = words().cancel();
    let phone = running.half.phone.get_value();
    let dialog = NodeRef::<html::Dialog>::new();
    let ask = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            browser::show_modal(&dialog);
        }
    };
    let back = running.on_back();
    // The button comes with what it leads to, so it never moves away under a finger.
    let ready = move |known| {
        view! {
            <Losses known=known />
            <button type="button" class="button wide" data-tone="danger" on:click=ask>{t.go_on}</button>
        }
        .into_any()
    };
    view! {
        <Frame title=t.confirm_title class="cancel-confirm">
            <Progress step=2 of=LastWord::STEPS />
            <p>{(t.confirm_lead)(&phone)}</p>
            {known(Box::new(ready))}
            <button type="button" class="link" on:click=move |_| back.run(())>{t.stay}</button>
        </Frame>
        <LastDialog running=running dialog=dialog />
    }
}

/// 注销账号 and 确认注销 (C4).
#[component]
fn LastDialog(running: RunningWizard<LastWord>, dialog: NodeRef<html::Dialog>) -> impl IntoView {
    let t = words().cancel();
    let phone = running.half.phone.get_value();
    let request = running.half.request;
    let trouble = FormProblem::new(request);
    let close = Callback::new(move |()| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    let confirm = Callback::new(move |()| running.act(Act::Confirm));
    let waits = Signal::derive(move || request.get() == Request::Waiting);
    // A sent request cannot be undone, so the dialog must not look canceled.
    let stay = move |event: web_sys::Event| {
        if waits.get_untracked() {
            event.prevent_default();
        }
    };
    view! {
        <dialog aria-labelledby="last-word" node_ref=dialog on:cancel=stay>
            <h2 id="last-word">{t.title}</h2>
            <p>{(t.last_word)(&phone)}</p>
            <ProblemAlert trouble=trouble />
            <Confirming busy=waits />
            <NoReturn back=t.stay submit=t.submit busy=waits on_back=close on_submit=confirm />
        </dialog>
    }
}

/// `/cancel/done`: the result, from the server's record, so that a reload shows the same.
#[component]
fn CancelDone(change: String) -> impl IntoView {
    let session: Session = expect_context();
    session.leave(SignedOut::ByServer(SessionEnd::NotSignedIn));
    proving::outcome(change, |change| {
        let t = words().cancel();
        match change.step {
            ChangeStep::Canceled { receipt } => {
                view! { <Gone title=t.done_title lead=None receipt=receipt /> }.into_any()
            }
            ChangeStep::CoolingOff { receipt, until } => {
                let lead = (t.cooling_lead)(&words().moment(&until));
                view! { <Gone title=t.cooling_title lead=Some(lead) receipt=receipt /> }.into_any()
            }
            // The outcome of this wizard is a canceled account; nothing else is drawn here.
            _ => NotFound().into_any(),
        }
    })
}

/// With the receipt (C4); `lead` while it can still be undone (C8).
#[component]
fn Gone(title: &'static str, lead: Option<String>, receipt: String) -> impl IntoView {
    let t = words().cancel();
    let [out, again, notified] = t.done_facts;
    let facts = if lead.is_none() {
        view! { <Facts facts=[out, again, notified] /> }.into_any()
    } else {
        view! { <Facts facts=[out, t.cooling_told] /> }.into_any()
    };
    view! {
        <Frame title=title class="cancel-done">
            {lead.map(|lead| view! { <p>{lead}</p> })}
            <section class="card">
                <p class="hint">{t.receipt}</p>
                <p class="big">{receipt}</p>
                <p class="hint">{t.keep_receipt}</p>
            </section>
            {facts}
            <Link to=SIGN_IN class="button" tone="primary">{t.sign_in}</Link>
        </Frame>
    }
}
