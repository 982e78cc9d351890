//! One labeled input.

use leptos::prelude::*;

/// How an input behaves; the kinds of text people type here.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A phone number, nationally or with `+`.
    Phone,
    /// The password of an existing account.
    Password,
    /// A password to be, which the browser may propose and keep.
    NewPassword,
    /// A one-time code: one input, so that paste and the phone's own suggestion work (OTP-14).
    Code,
}

impl Kind {
    fn attributes(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Phone => ("tel", "tel", "tel"),
            Self::Password => ("password", "text", "current-password"),
            Self::NewPassword => ("password", "text", "new-password"),
            Self::Code => ("text", "numeric", "one-time-code"),
        }
    }
}

/// An input tied to its label, its hint, and the sentence `error_id` while `invalid`.
#[component]
pub(crate) fn Field(
    id: &'static str,
    kind: Kind,
    label: &'static str,
    #[prop(optional, into)] hint: Signal<String>,
    value: RwSignal<String>,
    #[prop(into)] invalid: Signal<bool>,
    error_id: &'static str,
    #[prop(optional)] shown: Option<Signal<bool>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let (input_type, input_mode, autocomplete) = kind.attributes();
    let hint_id = [id, "-hint"].concat();
    let described = {
        let hint_id = hint_id.clone();
        move || if invalid.get() { [error_id, " ", &hint_id].concat() } else { hint_id.clone() }
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
                    aria-describedby=described
                    aria-invalid=move || invalid.get().then_some("true")
                    prop:value=value
                    on:input:target=move |event| value.set(event.target().value())
                />
                {children.map(|children| children())}
            </div>
            <p class="hint" id=hint_id>{hint}</p>
        </div>
    }
}
