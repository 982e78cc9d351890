//! Signing in: by text message, password or WeChat, then the chooser if several accounts match (L1).
//! Everybody; verb: drive.

use crate::address::{self, address};
use crate::api::{Api, PendingReply};
use crate::browser;
use crate::context::{in_words, words};
use crate::drive::Drive;
use crate::erased::{effect, live, memo};
use crate::parts::{self, LoadedScreens};
use crate::route::Route;
use crate::screen::form::{
    Agree, CodeStep, FormProblem, Legal, PasswordField, ProblemAlert, StepForm, code_or_error,
};
use crate::screen::frame::Frame;
use crate::screen::scan::{ScanPart, ScanView};
use crate::session::{Session, SignedOut, State};
use crate::surface;
use crate::ui::alert::{Alert, Tone};
use crate::ui::field::{Field, FieldKind};
use crate::ui::icon::{Icon, Picture};
use crate::watch::watch;
use contract::phone::PhoneNumber;
use contract::problem::Problem;
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::AccountOption;
use flow::machine::Request;
use flow::sign_in::{self as machine, Act, Reply, SignIn};
use leptos::prelude::*;
use routes::Screen;

/// Which form is drawn.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Sms,
    Password,
    Wechat,
    Choose,
    CoolingOff,
}

/// What is typed and ticked. Stored outside of the forms, so that switching form or language keeps it.
#[derive(Clone, Copy, Default)]
struct Draft {
    phone: RwSignal<String>,
    code: RwSignal<String>,
    password: RwSignal<String>,
    agreed: RwSignal<bool>,
}

/// `/sign-in`
#[component]
pub(crate) fn SignInScreen() -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    let shown = address::shown();
    let address = address();
    let go = move |route: &Route| {
        address.replace(route);
    };
    let (return_to, begun) = match shown.get_untracked() {
        Some(Route::SignIn { return_to, scan }) => (return_to, scan),
        _ => (None, None),
    };
    let enter = {
        let to = return_to.clone();
        move || go(to.as_deref().unwrap_or(&Route::Overview))
    };
    // A signed-in account needs no sign-in.
    if untrack(move || session.state()) == State::Unknown {
        session.refresh_when_drawn(api);
    }
    let go_on = enter.clone();
    effect(move || {
        if session.account().is_some() {
            go_on();
        }
    });
    let draft = Draft::default();
    let signed_in = move |_| {
        session.forget();
        enter();
    };
    let start = if begun.is_some() { SignIn::reopen() } else { SignIn::default() };
    let screens: LoadedScreens = expect_context();
    let perform = move |effect: machine::Effect| {
        use machine::Effect as E;
        // The chooser or the overview follows; while the message with a code is on its way there is time.
        if matches!(effect, E::Send(_) | E::Sms(_) | E::Password(_) | E::Wechat(_)) {
            screens.prefetch(Screen::Overview);
        }
        perform(api, session, effect)
    };
    let drive = Drive::new(start, perform, signed_in);
    watch(drive, api);
    if let Some(scan) = begun {
        drive.act(Act::Resume(scan));
    } else if surface::is_shared() {
        // Nothing has to be typed at a stand.
        drive.act(Act::UseWechat);
    }
    // The system may end the webview while the user is in WeChat: the address holds the scan.
    let scan = drive.at(|state| state.scan().map(ToOwned::to_owned), None);
    effect(move || {
        let scan = scan.get();
        if scan.is_some() {
            // Without agreement no scan begins.
            draft.agreed.set(true);
        }
        let wanted = Route::SignIn { return_to: return_to.clone(), scan };
        let waits = drive.request() == Request::Waiting;
        if !waits && matches!(shown.get_untracked(), Some(shown @ Route::SignIn { .. }) if shown != wanted) {
            go(&wanted);
        }
    });
    let request = memo(move || drive.request());
    let step = drive.at(
        |state| match state {
            SignIn::Sms(_) => Step::Sms,
            SignIn::Password(_) => Step::Password,
            SignIn::Wechat(_) => Step::Wechat,
            SignIn::Choose(_) => Step::Choose,
            SignIn::CoolingOff(_) => Step::CoolingOff,
        },
        Step::Sms,
    );
    // The steps after a proof are screens with a heading of their own; the forms share one.
    let opened = memo(move || Some(step.get()).filter(|s| matches!(s, Step::Choose | Step::CoolingOff)));
    let draw = move || {
        if let Some(opened) = opened.get() {
            draft.forget_proofs();
            return parts::opened(ProvenView { is_leaving: opened == Step::CoolingOff, drive, request });
        }
        view! {
            <Frame title=words().sign_in().title class="sign-in">
                <Ended session=session />
                {(!browser::keeps_cookies()).then(|| {
                    view! { <Alert tone=Tone::Error>{words().sign_in().no_cookies}</Alert> }
                })}
                <Tabs drive=drive form=step />
                {live(move || match step.get() {
                    Step::Password => view! { <PasswordForm drive=drive request=request draft=draft /> }.into_any(),
                    Step::Wechat => view! { <WechatForm drive=drive request=request draft=draft /> }.into_any(),
                    _ => view! { <SmsForm drive=drive request=request draft=draft /> }.into_any(),
                })}
            </Frame>
        }
        .into_any()
    };
    in_words(draw)
}

/// A sign-in after its proof.
#[derive(Clone, Copy)]
pub(crate) struct ProvenView {
    /// Whether the account is being canceled.
    is_leaving: bool,
    drive: Drive<SignIn>,
    request: Memo<Request>,
}

/// Draws that; its code is in a part.
pub(crate) fn opened(ProvenView { is_leaving, drive, request }: ProvenView) -> AnyView {
    if is_leaving {
        view! { <Leaving drive=drive request=request /> }.into_any()
    } else {
        view! { <Chooser drive=drive request=request /> }.into_any()
    }
}

/// Why the session ended, if there was one (G7).
#[component]
fn Ended(session: Session) -> impl IntoView {
    let t = words();
    live(move || {
        let text = match session.state() {
            State::Guest(SignedOut::ByServer(SessionEnd::NotSignedIn)) => return ().into_any(),
            State::Guest(SignedOut::ByServer(why)) => t.refusal(&Refusal::SessionEnded { why }),
            State::Guest(SignedOut::OtherTab) => t.sign_in().other_tab.into(),
            State::Guest(SignedOut::Pending) => t.sign_in().sign_out_pending.into(),
            _ => return ().into_any(),
        };
        view! { <Alert tone=Tone::Information>{text}</Alert> }.into_any()
    })
}

#[component]
fn Tabs(drive: Drive<SignIn>, form: Memo<Step>) -> impl IntoView {
    let t = words().sign_in();
    let pressed = move |this: Step| move || if form.get() == this { "true" } else { "false" };
    let turn = move |act| {
        browser::read_again();
        drive.act(act);
    };
    view! {
        <div class="tabs" role="group" aria-label=t.title>
            <button type="button" aria-pressed=pressed(Step::Sms) on:click=move |_| turn(Act::UseSms)>
                {t.by_sms}
            </button>
            <button type="button" aria-pressed=pressed(Step::Password) on:click=move |_| turn(Act::UsePassword)>
                {t.by_password}
            </button>
            <button type="button" aria-pressed=pressed(Step::Wechat) on:click=move |_| turn(Act::UseWechat)>
                {t.by_wechat}
            </button>
        </div>
    }
}

#[component]
fn SmsForm(drive: Drive<SignIn>, request: Memo<Request>, draft: Draft) -> impl IntoView {
    let t = words();
    let trouble = FormProblem::new(request);
    let typed = draft.code;
    let code = memo(move || {
        drive.with(|state| state.begun().map(|begun| begun.code.clone())).flatten().unwrap_or_default()
    });
    let send = Callback::new(move |()| match draft.number(trouble) {
        Some(phone) => {
            drive.act(Act::Send(phone));
            true
        }
        None => false,
    });
    let submit = Callback::new(move |()| {
        // Enter in the field of the number asks for a code, if none was typed yet.
        if typed.with_untracked(String::is_empty) && code.with_untracked(|code| code.sent.is_none()) {
            if send.run(()) {
                browser::focus_id("code");
            }
            return;
        }
        let Some(phone) = draft.number(trouble) else { return };
        let Some(code) = code_or_error(typed, code, trouble) else { return };
        if draft.agreed_or_error(trouble) {
            drive.act(Act::SubmitCode(phone, code));
        }
    });
    view! {
        <StepForm trouble=trouble submit=t.sign_in().submit on_submit=submit>
            <NumberField draft=draft trouble=trouble />
            <CodeStep code=code typed=typed trouble=trouble on_send=send />
            <p class="hint">{t.sign_in().sms_hint}</p>
            <Consent draft=draft trouble=trouble />
        </StepForm>
    }
}

#[component]
fn PasswordForm(drive: Drive<SignIn>, request: Memo<Request>, draft: Draft) -> impl IntoView {
    let t = words();
    let trouble = FormProblem::new(request);
    let password = draft.password;
    let submit = Callback::new(move |()| {
        let Some(phone) = draft.number(trouble) else { return };
        let secret = password.get_untracked();
        if secret.is_empty() {
            return trouble.slip(t.common().password_missing, "password");
        }
        if draft.agreed_or_error(trouble) {
            drive.act(Act::SubmitPassword(phone, secret));
        }
    });
    view! {
        <StepForm trouble=trouble submit=t.sign_in().submit on_submit=submit>
            <NumberField draft=draft trouble=trouble kind=FieldKind::Username />
            <PasswordField value=password trouble=trouble hint=t.sign_in().forgot_password />
            <Consent draft=draft trouble=trouble />
        </StepForm>
    }
}

/// A QR in place of a form. It is shown only after agreement, because the scan alone signs in.
#[component]
fn WechatForm(drive: Drive<SignIn>, request: Memo<Request>, draft: Draft) -> impl IntoView {
    let t = words().sign_in();
    let trouble = FormProblem::new(memo(|| Request::Idle));
    let view = ScanView {
        scanning: Signal::derive_local(move || {
            drive
                .with(|state| state.begun().map(|begun| begun.scanning.clone()))
                .flatten()
                .unwrap_or_default()
        }),
        request,
        on_scan: Callback::new(move |()| {
            browser::read_again();
            trouble.clear();
            if draft.agreed_or_error(trouble) {
                drive.act(Act::Scan);
            }
        }),
        begin: t.wechat_show,
        unbound: Some(t.wechat_unbound),
    };
    view! {
        <p class="hint">{t.wechat_hint}</p>
        <Consent draft=draft trouble=trouble />
        <ScanPart view=view />
    }
}

#[component]
fn NumberField(
    draft: Draft,
    trouble: FormProblem,
    #[prop(default = FieldKind::Phone)] kind: FieldKind,
) -> impl IntoView {
    let t = words().sign_in();
    view! {
        <Field
            id="phone"
            kind=kind
            label=t.phone
            hint=t.phone_hint
            value=draft.phone
            problem=trouble.at("phone")
        />
    }
}

#[component]
fn Consent(draft: Draft, trouble: FormProblem) -> impl IntoView {
    let t = words().sign_in();
    view! {
        <Agree agreed=draft.agreed trouble=trouble label=t.agree>
            <Legal page="terms" name=t.terms />
            {t.and}
            <Legal page="privacy" name=t.privacy />
        </Agree>
    }
}

#[component]
fn Chooser(drive: Drive<SignIn>, request: Memo<Request>) -> impl IntoView {
    let t = words().chooser();
    let trouble = FormProblem::new(request);
    let accounts = untrack(move || {
        drive.with(|state| match state {
            SignIn::Choose(choice) => choice.accounts.clone(),
            _ => Vec::new(),
        })
    });
    let option = move |account: AccountOption| {
        let (icon, name) = match account.tenant {
            Some(tenant) => (Icon::ORGANIZATION, tenant.name),
            None => (Icon::PERSON, t.personal.to_owned()),
        };
        let id = account.id;
        view! {
            <li>
                <button type="button" class="choice" on:click=move |_| drive.act(Act::Choose(id.clone()))>
                    <Picture of=icon />
                    <bdi>{name}</bdi>
                    <span class="hint">{(words().account().edition)(account.edition)} " · " {account.phone}</span>
                    <Picture of=Icon::ONWARD />
                </button>
            </li>
        }
    };
    let back = move |_| {
        drive.act(Act::Back);
        browser::focus_id("phone");
    };
    let accounts = accounts.unwrap_or_default();
    // A single account from a scan is not signed in at once: the phone may be a stranger's.
    let (title, hint, other) = match accounts.len() {
        1 => (t.confirm, t.confirm_hint, t.not_mine),
        _ => (t.choose, t.choose_hint, t.other_number),
    };
    view! {
        <Frame title=title class="sign-in">
            <p>{hint}</p>
            <ul class="choices">{accounts.into_iter().map(option).collect_view()}</ul>
            <ProblemAlert trouble=trouble />
            <button type="button" class="link" on:click=back>{other}</button>
        </Frame>
    }
}

/// An account that is being canceled: its owner, once verified, can keep it (C8).
#[component]
fn Leaving(drive: Drive<SignIn>, request: Memo<Request>) -> impl IntoView {
    let t = words().chooser();
    let trouble = FormProblem::new(request);
    let days_left = untrack(move || {
        drive.with(|state| match state {
            SignIn::CoolingOff(found) => found.days_left,
            _ => 0,
        })
    });
    let busy = move || matches!(request.get(), Request::Waiting).then_some("true");
    let back = move |_| {
        drive.act(Act::Back);
        browser::focus_id("phone");
    };
    view! {
        <Frame title=t.leaving class="sign-in">
            <p>{(t.leaving_left)(days_left.unwrap_or_default())}</p>
            <ProblemAlert trouble=trouble />
            <button
                type="button"
                class="button"
                data-tone="primary"
                aria-busy=busy
                on:click=move |_| drive.act(Act::Keep)
            >
                {t.keep}
            </button>
            <button type="button" class="link" on:click=back>{t.other_number}</button>
        </Frame>
    }
}

impl Draft {
    /// Clears what was typed for one number only: it does not fit the next.
    fn forget_proofs(self) {
        self.code.set(String::new());
        self.password.set(String::new());
    }

    /// The typed number if it is valid, otherwise shows what is wrong. The server checks it again.
    fn number(self, trouble: FormProblem) -> Option<String> {
        let typed = self.phone.get_untracked();
        let is_number = PhoneNumber::parse(&typed).is_some();
        if !is_number {
            trouble.slip(trouble.words.common().phone_missing, "phone");
        }
        is_number.then_some(typed)
    }

    fn agreed_or_error(self, trouble: FormProblem) -> bool {
        let agreed = self.agreed.get_untracked();
        if !agreed {
            trouble.slip(trouble.words.sign_in().agree_first, "agree");
        }
        agreed
    }
}

/// Sends an effect. Each type of reply is awaited in one place, which is half the code of one place for each effect.
fn perform(api: Api, session: Session, effect: machine::Effect) -> PendingReply<Reply> {
    use machine::Effect as E;
    // The number that a password manager keeps with a password, if one was typed.
    match &effect {
        E::Sms(request) => session.remember_username(request.phone.clone()),
        E::Password(request) => session.remember_username(request.phone.clone()),
        E::Wechat(_) => session.remember_username(String::new()),
        _ => {}
    }
    let (proven, is_read_again) = match effect {
        E::Send(request) => {
            let sent = api.send(request);
            return Box::pin(async move { sent.await.map(Reply::Sent) });
        }
        E::Scan(request) => (Err(api.send(request)), false),
        E::Get(request) => (Err(api.send(request)), true),
        E::Sms(request) => (Ok(api.send(request)), false),
        E::Password(request) => (Ok(api.send(request)), false),
        E::Wechat(request) => (Ok(api.send(request)), false),
        E::Choose(request) => (Ok(api.send(request)), false),
        E::Keep(request) => (Ok(api.send(request)), false),
    };
    Box::pin(async move {
        match proven {
            Ok(proven) => proven.await.map(Reply::Proven),
            Err(scan) => match scan.await {
                Err(Problem::Refused { refusal: Refusal::NotFound, .. }) if is_read_again => {
                    Ok(Reply::NoScan)
                }
                answer => answer.map(Reply::Scan),
            },
        }
    })
}
