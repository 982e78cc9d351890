//! The screens of a step-up, shared by the wizards and the gate, which pass the machine's state in and
//! receive the acts.

use crate::api::{Api, PendingChange};
use crate::context::words;
use crate::erased::memo;
use crate::screen::form::{
    CodeStep, FormProblem, PasswordField, ProblemAlert, StepForm, Username, code_or_error,
};
use crate::screen::scan::{ScanPart, ScanView};
use crate::ui::icon::{Icon, Picture};
use contract::account::{Way, WayOffer};
use contract::refusal::Refusal;
use flow::code::Code;
use flow::machine::Request;
use flow::step_up::{Act, Effect, StepUp};
use leptos::prelude::*;

/// The data of the step-up's screens.
#[derive(Clone, Copy)]
pub(crate) struct StepUpView {
    pub(crate) step_up: Signal<Option<StepUp>, LocalStorage>,
    pub(crate) request: Memo<Request>,
    pub(crate) act: Callback<Act>,
    /// The bound number, masked.
    pub(crate) phone: StoredValue<String>,
    /// Label of the button that sends the proof.
    pub(crate) submit: &'static str,
    /// Names of the ways.
    pub(crate) names: fn(Way) -> &'static str,
}

/// All ways; one that is not open says why.
#[component]
pub(crate) fn ChooseStep(proof: StepUpView) -> impl IntoView {
    let t = words().step_up();
    let trouble = FormProblem::new(proof.request);
    let ways = proof.step_up.with_untracked(|step_up| step_up.as_ref().map(|s| s.ways.clone()));
    let choice = move |WayOffer { way, closed }: WayOffer| {
        let hint = match &closed {
            None => (t.way_hint)(way, &proof.phone.read_value()),
            Some(Refusal::WayNotOpen) if way == Way::Password => t.no_password.to_owned(),
            Some(Refusal::WayNotOpen) if way == Way::Wechat => words().wechat().none.to_owned(),
            Some(refusal) => words().refusal(refusal).into_owned(),
        };
        view! {
            <li>
                <button
                    type="button"
                    class="choice"
                    disabled=closed.is_some()
                    on:click=move |_| proof.act.run(Act::Use(way))
                >
                    <Picture of=icon(way) />
                    <span>{(proof.names)(way)}</span>
                    <span class="hint">{hint}</span>
                    <Picture of=Icon::ONWARD />
                </button>
            </li>
        }
    };
    view! {
        <p>{t.lead}</p>
        <ProblemAlert trouble=trouble />
        <ul class="choices">{ways.unwrap_or_default().into_iter().map(choice).collect_view()}</ul>
    }
}

fn icon(way: Way) -> Icon {
    match way {
        Way::Sms => Icon::MESSAGE,
        Way::Password => Icon::LOCK,
        Way::Wechat => Icon::SCAN,
    }
}

/// The code to the bound phone.
#[component]
pub(crate) fn SmsStep(proof: StepUpView) -> impl IntoView {
    let t = words();
    let trouble = FormProblem::new(proof.request);
    let typed = RwSignal::new(String::new());
    let code = memo(move || {
        proof.step_up.with(|step_up| step_up.as_ref().map_or_else(Code::default, |s| s.code.clone()))
    });
    let submit = Callback::new(move |()| {
        if let Some(code) = code_or_error(typed, code, trouble) {
            proof.act.run(Act::SubmitCode(code));
        }
    });
    let send = Callback::new(move |()| {
        proof.act.run(Act::Send);
        true
    });
    view! {
        <p>{(t.step_up().sms_lead)(&proof.phone.read_value())}</p>
        <StepForm trouble=trouble submit=proof.submit on_submit=submit>
            <CodeStep code=code typed=typed trouble=trouble on_send=send />
            <p class="hint">{t.step_up().sms_risk}</p>
        </StepForm>
        <OtherWay proof=proof />
    }
}

/// The account's password.
#[component]
pub(crate) fn PasswordStep(proof: StepUpView) -> impl IntoView {
    let t = words();
    let trouble = FormProblem::new(proof.request);
    let password = RwSignal::new(String::new());
    let submit = Callback::new(move |()| {
        let secret = password.get_untracked();
        if secret.is_empty() {
            trouble.slip(t.common().password_missing, "password");
        } else {
            proof.act.run(Act::SubmitPassword(secret));
        }
    });
    view! {
        <p>{t.step_up().password_lead}</p>
        <StepForm trouble=trouble submit=proof.submit on_submit=submit>
            <Username />
            <PasswordField value=password trouble=trouble />
        </StepForm>
        <OtherWay proof=proof />
    }
}

/// The bound WeChat.
#[component]
pub(crate) fn WechatStep(proof: StepUpView) -> impl IntoView {
    let t = words();
    let view = ScanView {
        scanning: Signal::derive_local(move || {
            proof.step_up.with(|step_up| step_up.as_ref().map(|s| s.scanning.clone())).unwrap_or_default()
        }),
        request: proof.request,
        on_scan: Callback::new(move |()| proof.act.run(Act::Scan)),
        begin: t.scan().again,
        unbound: None,
    };
    view! {
        <p>{t.step_up().wechat_lead}</p>
        <ScanPart view=view />
        <OtherWay proof=proof />
    }
}

#[component]
fn OtherWay(proof: StepUpView) -> impl IntoView {
    view! {
        <button type="button" class="link" on:click=move |_| proof.act.run(Act::Back)>
            {words().step_up().other_way}
        </button>
    }
}

/// Sends an effect of the step-up.
pub(crate) fn perform(api: Api, effect: Effect) -> PendingChange {
    match effect {
        Effect::Send(request) => api.send(request),
        Effect::Sms(request) => api.send(request),
        Effect::Password(request) => api.send(request),
        Effect::Scan(request) => api.send(request),
        Effect::Wechat(request) => api.send(request),
    }
}
