//! One labeled input.

use crate::erased::{live, text};
use crate::ui::alert::{Alert, Tone};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// The id of the error; there is one at a time.
pub(crate) const PROBLEM: &str = "problem";

/// Kinds of input.
#[derive(Clone, Copy)]
pub(crate) enum FieldKind {
    /// A phone number, nationally or with `+`.
    Phone,
    /// A phone number beside a password: password managers store it as the name (B25).
    Username,
    /// The password of an existing account.
    Password,
    /// A new password, which the browser may suggest and store.
    NewPassword,
    /// A one-time code: one input, so that paste and the phone's own suggestion work (OTP-14).
    Code,
    /// A search.
    Search,
}

/// Whether the browser may store what is typed, and suggest it to the next person.
static MAY_SUGGEST: AtomicBool = AtomicBool::new(true);

/// From now on it may do neither in a field that is drawn; a code that has just come may still be suggested.
pub(crate) fn forbid_suggestions() {
    MAY_SUGGEST.store(false, Relaxed);
}

impl FieldKind {
    fn attributes(self) -> (&'static str, &'static str, &'static str) {
        let (input_type, mode, suggested) = self.usual_attributes();
        let is_open = MAY_SUGGEST.load(Relaxed) || matches!(self, Self::Code);
        (input_type, mode, if is_open { suggested } else { "off" })
    }

    fn usual_attributes(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Phone => ("tel", "tel", "tel"),
            Self::Username => ("tel", "tel", "username"),
            Self::Password => ("password", "text", "current-password"),
            Self::NewPassword => ("password", "text", "new-password"),
            Self::Code => ("text", "numeric", "one-time-code"),
            Self::Search => ("text", "search", "off"),
        }
    }
}

/// The error at its field; announced when it appears.
#[component]
pub(crate) fn Problem(#[prop(into)] problem: Signal<Option<String>>) -> impl IntoView {
    live(move || match problem.get() {
        Some(text) => view! { <Alert tone=Tone::Error id=Some(PROBLEM)>{text}</Alert> }.into_any(),
        None => ().into_any(),
    })
}

/// An input with its label, hint and error.
#[component]
pub(crate) fn Field(
    id: &'static str,
    kind: FieldKind,
    label: &'static str,
    #[prop(optional, into)] hint: Signal<String>,
    value: RwSignal<String>,
    problem: Signal<Option<String>>,
    #[prop(optional)] shown: Option<Signal<bool>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let (input_type, input_mode, autocomplete) = kind.attributes();
    let composing = StoredValue::new(false);
    let done = move |text| {
        composing.set_value(false);
        value.set(text);
    };
    let hint_id = [id, "-hint"].concat();
    let invalid = move || problem.with(Option::is_some);
    let described = {
        let hint_id = hint_id.clone();
        move || if invalid() { [PROBLEM, " ", &hint_id].concat() } else { hint_id.clone() }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="field-row">
                <input
                    id=id
                    name=id
                    type=move || if shown.is_some_and(|shown| shown.get()) { "text" } else { input_type }
                    inputmode=input_mode
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    // For Safari, which corrects a shown password, and numbers, like text (B27).
                    {..custom_attribute("autocorrect", "off")}
                    aria-describedby=described
                    aria-invalid=move || invalid().then_some("true")
                    prop:value=value
                    // Text that an input method is still composing is ignored (B10).
                    on:compositionstart=move |_| composing.set_value(true)
                    on:input:target=move |event| {
                        if !composing.get_value() {
                            value.set(event.target().value());
                        }
                    }
                    on:compositionend:target=move |event| done(event.target().value())
                    // Some input methods never end their composition: leaving the field ends it.
                    on:change:target=move |event| done(event.target().value())
                />
                {children.map(|children| children())}
            </div>
            <Problem problem=problem />
            <p class="hint" id=hint_id prop:textContent=text(move || hint.get())></p>
        </div>
    }
}
