//! A form that asks one thing: its problem, its way on.

use crate::app::words;
use crate::browser;
use crate::ui::button::Submit;
use crate::ui::code_field::{CodeField, CodeWords};
use crate::ui::field::{Field, Kind};
use crate::ui::notice::Notice;
use contract::refusal::Refusal;
use flow::code::Code;
use flow::machine::Request;
use leptos::prelude::*;

/// The one sentence a form shows when something is wrong: the person's slip, or what the last
/// request brought.
#[derive(Clone, Copy)]
pub(crate) struct Trouble {
    slip: RwSignal<Option<(&'static str, &'static str)>>,
    request: Signal<Request>,
}

/// The id of that sentence, for `aria-describedby`.
pub(crate) const PROBLEM: &str = "problem";

impl Trouble {
    pub(crate) fn new(request: Signal<Request>) -> Self {
        Self { slip: RwSignal::new(None), request }
    }

    /// Says that something was left out or mistyped and puts the cursor there. Nothing is sent.
    pub(crate) fn slip(self, sentence: &'static str, field: &'static str) {
        self.slip.set(Some((sentence, field)));
        browser::focus_id(field);
    }

    /// The person tries again.
    pub(crate) fn clear(self) {
        self.slip.set(None);
    }

    /// Whether what is wrong is in the field with this id.
    pub(crate) fn concerns(self, field: &'static str) -> Signal<bool> {
        Signal::derive(move || match (self.slip.get(), self.request.get()) {
            (Some((_, slipped)), _) => slipped == field,
            (None, Request::Failed(problem)) => {
                problem.refusal().is_some_and(|refusal| field_of(refusal) == field)
            }
            (None, _) => false,
        })
    }

    fn sentence(self) -> Option<String> {
        match (self.slip.get(), self.request.get()) {
            (Some((slip, _)), _) => Some(slip.to_owned()),
            (None, Request::Failed(problem)) => Some(words().problem(&problem).into_owned()),
            (None, _) => None,
        }
    }
}

/// The field that a refusal is about; none for those about the whole.
fn field_of(refusal: &Refusal) -> &'static str {
    use Refusal as R;
    match refusal {
        R::CodeWrong { .. } | R::CodeExpired | R::CodeSuperseded => "code",
        R::PasswordWrong { .. } => "password",
        R::PhoneInvalid | R::PhoneSame | R::PhoneTaken | R::PhoneResting { .. } | R::PhoneForeign => "phone",
        _ => "",
    }
}

/// The sentence, announced when it appears.
#[component]
pub(crate) fn ProblemNotice(trouble: Trouble) -> impl IntoView {
    let sentence = Memo::new(move |_| trouble.sentence());
    move || sentence.get().map(|sentence| view! { <Notice tone="error" id=PROBLEM>{sentence}</Notice> })
}

/// Fields, the problem, the button on.
#[component]
pub(crate) fn StepForm(
    trouble: Trouble,
    submit: &'static str,
    on_submit: Callback<()>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let busy = Signal::derive(move || trouble.request.get() == Request::Waiting);
    let sent = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        trouble.clear();
        on_submit.run(());
    };
    view! {
        <form novalidate on:submit=sent>
            {children.map(|children| children())}
            <ProblemNotice trouble=trouble />
            <Submit busy=busy label=submit />
        </form>
    }
}

/// The password of an existing account, which can be looked at before it is sent.
#[component]
pub(crate) fn PasswordField(
    value: RwSignal<String>,
    trouble: Trouble,
    #[prop(optional)] hint: &'static str,
) -> impl IntoView {
    let common = &words().common;
    let shown = RwSignal::new(false);
    view! {
        <Field
            id="password"
            kind=Kind::Password
            label=common.password
            hint=hint
            value=value
            invalid=trouble.concerns("password")
            error_id=PROBLEM
            shown=shown.into()
        >
            <button
                type="button"
                class="button"
                aria-pressed=move || if shown.get() { "true" } else { "false" }
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                {common.show_password}
            </button>
        </Field>
    }
}

/// The code field of a wizard's code brick, with the line that says where the code went.
#[component]
pub(crate) fn CodeStep(
    code: Signal<Code>,
    typed: RwSignal<String>,
    trouble: Trouble,
    on_send: Callback<()>,
) -> impl IntoView {
    let common = &words().common;
    let tick = RwSignal::new(0_u32);
    let wait = Signal::derive(move || {
        tick.track();
        code.with(|code| code.retry_at.map_or(0, |at| at.seconds_from(browser::now())))
    });
    let words = CodeWords {
        label: common.code,
        hint: common.code_hint,
        send: common.send_code,
        resend_in: common.resend_in,
    };
    let sent =
        move || code.with(|code| code.sent.as_ref().map(|sent| (common.sent_to)(&sent.to, &sent.serial)));
    let send = Callback::new(move |()| {
        trouble.clear();
        on_send.run(());
        browser::focus_id("code");
    });
    view! {
        <CodeField words=words value=typed invalid=trouble.concerns("code") error_id=PROBLEM wait=wait tick=tick on_send=send />
        <p class="sent" role="status">{sent}</p>
    }
}
