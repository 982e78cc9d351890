//! Forms with one question: fields, the problem to show, and the submit button.

use crate::browser;
use crate::context::words;
use crate::erased::{effect, memo, text};
use crate::i18n::Messages;
use crate::network::Network;
use crate::screen::act::Confirming;
use crate::session::Session;
use crate::ui::button::Submit;
use crate::ui::code_field::{CodeField, CodeWords, SEND};
use crate::ui::field::{Field, FieldKind, PROBLEM, Problem};
use contract::code::{CODE_LENGTH, OneTimeCode};
use contract::refusal::Refusal;
use flow::code::Code;
use flow::machine::Request;
use leptos::prelude::*;

/// The one error that a form shows: an invalid input, or the problem of the last request.
#[derive(Clone, Copy)]
pub(crate) struct FormProblem {
    slip: RwSignal<Option<(&'static str, &'static str)>>,
    request: Memo<Request>,
    /// The ids of the drawn fields; an error about any other field is shown at the button.
    fields: StoredValue<Vec<&'static str>>,
    network: Network,
    /// Of the language that the form is drawn in.
    pub(crate) words: &'static Messages,
}

impl FormProblem {
    pub(crate) fn new(request: Memo<Request>) -> Self {
        Self {
            slip: RwSignal::new(None),
            request,
            fields: StoredValue::new(Vec::new()),
            network: expect_context(),
            words: words(),
        }
    }

    /// Shows that an input is missing or invalid and focuses it. Nothing is sent.
    pub(crate) fn slip(self, sentence: &'static str, field: &'static str) {
        self.slip.set(Some((sentence, field)));
        browser::focus_id(field);
    }

    /// Clears the error before another attempt.
    pub(crate) fn clear(self) {
        self.slip.set(None);
    }

    /// The error of the field of this id.
    pub(crate) fn at(self, field: &'static str) -> Signal<Option<String>> {
        self.fields.update_value(|fields| fields.push(field));
        self.message(move |concerned| concerned == field)
    }

    /// The error, if it is about a wanted field.
    fn message(self, wanted: impl Fn(&str) -> bool + Send + Sync + 'static) -> Signal<Option<String>> {
        let sentence = move || match (self.slip.get(), self.request.get()) {
            (Some((slip, field)), _) => wanted(field).then(|| slip.to_owned()),
            (None, Request::Failed(problem)) if self.network.is_back_after(&problem) => None,
            (None, Request::Failed(problem)) => wanted(problem.refusal().map_or("", field_of))
                .then(|| self.words.problem(&problem).into_owned()),
            (None, _) => None,
        };
        memo(sentence).into()
    }
}

/// The field that a refusal is about; none for those about the whole.
fn field_of(refusal: &Refusal) -> &'static str {
    use Refusal as R;
    match refusal {
        R::CodeWrong { .. } | R::CodeExpired | R::CodeSuperseded | R::CodeTooMany { .. } => "code",
        // The code is requested by the button beside its field.
        R::SendTooOften { .. } | R::SendQuota { .. } => "code",
        R::PasswordWrong { .. } | R::PasswordLocked { .. } => "password",
        R::PasswordWeak { .. } => "new-password",
        R::PhoneInvalid | R::PhoneSame | R::PhoneTaken | R::PhoneResting { .. } | R::PhoneForeign => "phone",
        _ => "",
    }
}

/// The error that is about no drawn field.
#[component]
pub(crate) fn ProblemAlert(trouble: FormProblem) -> impl IntoView {
    view! { <Problem problem=trouble.message(move |field| trouble.fields.with_value(|drawn| !drawn.contains(&field))) /> }
}

/// Fields, the error, the submit button; and a status line while a lost answer is asked for.
#[component]
pub(crate) fn StepForm(
    trouble: FormProblem,
    submit: &'static str,
    on_submit: Callback<()>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let busy = Signal::derive(move || trouble.request.get() == Request::Waiting);
    // A refused field gets the focus, so that it can be corrected.
    effect(move || {
        if let Request::Failed(problem) = trouble.request.get()
            && let Some(field) = problem.refusal().map(field_of).filter(|field| !field.is_empty())
        {
            browser::focus_id(field);
        }
    });
    let sent = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        browser::read_again();
        trouble.clear();
        on_submit.run(());
    };
    view! {
        <form novalidate on:submit=sent>
            {children.map(|children| children())}
            <ProblemAlert trouble=trouble />
            <Confirming busy=busy />
            <Submit busy=busy label=submit />
        </form>
    }
}

/// A hidden field for password managers: the sign-in name of the password, if this page knows it.
#[component]
pub(crate) fn Username() -> impl IntoView {
    let session: Session = expect_context();
    session.username().map(|name| {
        view! { <input type="text" autocomplete="username" value=name readonly hidden /> }
    })
}

/// The password of an existing account.
#[component]
pub(crate) fn PasswordField(
    value: RwSignal<String>,
    trouble: FormProblem,
    #[prop(optional)] hint: &'static str,
) -> impl IntoView {
    let label = words().common().password;
    view! { <SecretField id="password" kind=FieldKind::Password label=label hint=hint value=value trouble=trouble /> }
}

/// A new password.
#[component]
pub(crate) fn NewPasswordField(value: RwSignal<String>, trouble: FormProblem) -> impl IntoView {
    let t = words().password();
    view! { <SecretField id="new-password" kind=FieldKind::NewPassword label=t.new hint=t.hint value=value trouble=trouble /> }
}

/// A password field with a button that shows the password.
#[component]
fn SecretField(
    id: &'static str,
    kind: FieldKind,
    label: &'static str,
    hint: &'static str,
    value: RwSignal<String>,
    trouble: FormProblem,
) -> impl IntoView {
    let common = words().common();
    let shown = RwSignal::new(false);
    view! {
        <Field
            id=id
            kind=kind
            label=label
            hint=hint
            value=value
            problem=trouble.at(id)
            shown=shown.into()
        >
            <button
                type="button"
                class="button"
                on:click=move |_| shown.update(|shown| *shown = !*shown)
                prop:textContent=text(move || if shown.get() { common.hide_password } else { common.show_password })
            ></button>
        </Field>
    }
}

/// The code field of a wizard's `flow::code`, with the line that says where the code went.
/// `on_send` returns whether a code was requested; if not, the invalid field keeps the focus.
#[component]
pub(crate) fn CodeStep(
    code: Memo<Code>,
    typed: RwSignal<String>,
    trouble: FormProblem,
    on_send: Callback<(), bool>,
) -> impl IntoView {
    let common = words().common();
    let tick = RwSignal::new(0_u32);
    let wait = Signal::derive(move || {
        tick.track();
        code.with(|code| code.retry_at.map_or(0, |at| at.seconds_from(browser::now())))
    });
    let words = CodeWords { label: common.code, send: common.send_code, resend_in: common.resend_in };
    let hint = Signal::derive(move || {
        let digits = code.with(|code| code.sent.as_ref().map(|sent| sent.digits));
        (common.code_hint)(digits.unwrap_or(CODE_LENGTH as u8))
    });
    let sent = memo(move || {
        code.with(|code| code.sent.as_ref().map(|sent| (common.sent_to)(&sent.to, &sent.serial)))
            .unwrap_or_default()
    });
    let send = Callback::new(move |()| {
        browser::read_again();
        trouble.clear();
        if on_send.run(()) {
            browser::focus_id("code");
        }
    });
    view! {
        <CodeField words=words hint=hint value=typed problem=trouble.at("code") wait=wait tick=tick on_send=send />
        <p class="sent" role="status" prop:textContent=text(move || sent.get())></p>
    }
}

/// The typed code if it is valid, otherwise shows what is missing. If no code was requested, the error
/// says so.
pub(crate) fn code_or_error(
    typed: RwSignal<String>,
    code: Memo<Code>,
    trouble: FormProblem,
) -> Option<OneTimeCode> {
    let t = trouble.words.common();
    let digits = typed.get_untracked();
    let parsed = OneTimeCode::parse(&digits);
    if parsed.is_none() {
        trouble.slip(t.code_missing, "code");
        if digits.is_empty() && code.with_untracked(|code| code.sent.is_none()) {
            trouble.slip.set(Some((t.code_first, "code")));
            browser::focus_id(SEND);
        }
    }
    parsed
}

/// A checkbox with `label` and links to the legal pages. Unticked at first.
#[component]
pub(crate) fn Agree(
    agreed: RwSignal<bool>,
    trouble: FormProblem,
    label: &'static str,
    children: Children,
) -> impl IntoView {
    let problem = trouble.at("agree");
    let wrong = move |what: &'static str| problem.with(Option::is_some).then_some(what);
    view! {
        <p class="consent">
            <input
                type="checkbox"
                id="agree"
                aria-describedby=move || wrong(PROBLEM)
                aria-invalid=move || wrong("true")
                prop:checked=agreed
                on:change:target=move |event| agreed.set(event.target().checked())
            />
            <span>
                <label for="agree">{label}</label>
                {children()}
            </span>
        </p>
        <Problem problem=problem />
    }
}

/// A legal page in the language of the app, opened in another tab.
#[component]
pub(crate) fn Legal(page: &'static str, name: &'static str) -> impl IntoView {
    let href = ["/legal/", page, ".", words().tag, ".html"].concat();
    view! { <a href=href target="_blank" rel="noopener">{name}</a> }
}
