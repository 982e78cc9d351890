//! The layout of the screens that need a session: menu, gate dialog, redirect to the sign-in.

use crate::api::Api;
use crate::context::words;
use crate::erased::{effect, live, memo};
use crate::load::{failed, waiting};
use crate::route::{self, Route};
use crate::screen::frame::Link;
use crate::screen::gate::{Gate, GateDialog};
use crate::session::{Session, SignedOut, State};
use crate::ui::alert::{Alert, Tone};
use crate::ui::icon::{Icon, Picture};
use contract::refusal::{Refusal, SessionEnd};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Draws `children` for the signed-in account, again when it changes. A guest is redirected to the
/// sign-in, and back afterwards.
#[component]
pub(crate) fn SignedIn(children: ChildrenFn) -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    session.refresh(api);
    let shown = route::shown();
    let navigate = use_navigate();
    effect(move || {
        let State::Guest(signed_out) = session.state() else { return };
        // After a sign-out here there is no way back to this screen; otherwise there is.
        let return_to = match (signed_out, shown.get_untracked()) {
            (SignedOut::ByServer(SessionEnd::SignedOut) | SignedOut::Pending, _)
            | (_, Some(Route::Overview)) => None,
            // The password is already changed, so there is nothing to return to.
            (SignedOut::ByServer(SessionEnd::PasswordChanged), Some(Route::Password(_))) => None,
            // The next sign-in must not lead into canceling an account.
            (_, Some(Route::Cancel(_))) => None,
            (_, route) => route.map(Box::new),
        };
        navigate(
            &Route::SignIn { return_to, scan: None }.path(),
            NavigateOptions { replace: true, ..Default::default() },
        );
    });
    let account = memo(move || session.account());
    let failure = memo(move || match session.state() {
        State::Failed(problem) => Some(problem),
        _ => None,
    });
    let gate = Gate::new(api);
    provide_context(gate);
    let mut before = None;
    effect(move || {
        let now = account.get();
        if before.is_some() && before != now {
            gate.dismiss();
        }
        before = now;
    });
    view! {
        <div class="signed-in">
            <Menu />
            <div>
                <Switched session=session />
                {live(move || match (account.get(), failure.get()) {
                    (Some(_), _) => children().into_any(),
                    (None, Some(problem)) => {
                        failed(&problem, Callback::new(move |()| session.refresh(api))).into_any()
                    }
                    (None, None) => waiting().into_any(),
                })}
            </div>
        </div>
        <GateDialog gate=gate />
    }
}

/// The places of the account, where there is room beside the screen; elsewhere the overview lists
/// them.
#[component]
fn Menu() -> impl IntoView {
    let t = words();
    let session: Session = expect_context();
    let has_console = memo(move || session.me().is_some_and(|me| me.console.is_some()));
    view! {
        <nav class="side" aria-label=t.common().menu>
            <Link to=Route::Overview class="place"><Picture of=Icon::Shield />{t.overview().title}</Link>
            <Link to=Route::Devices class="place"><Picture of=Icon::Screen />{t.devices().title}</Link>
            <Link to=Route::History class="place"><Picture of=Icon::Past />{t.history().title}</Link>
            <Link to=Route::Activity class="place"><Picture of=Icon::Clock />{t.activity().title}</Link>
            {live(move || if has_console.get() {
                view! {
                    <Link to=Route::ConsoleSettings class="place"><Picture of=Icon::Organization />{t.console().settings}</Link>
                    <Link to=Route::ConsoleUsers class="place"><Picture of=Icon::Person />{t.console().users}</Link>
                }
                .into_any()
            } else {
                ().into_any()
            })}
        </nav>
    }
}

/// Says that the account on the screen was replaced by another, until the screen is left (F-12).
#[component]
fn Switched(session: Session) -> impl IntoView {
    let switched = session.switched();
    on_cleanup(move || switched.set(false));
    let text = StoredValue::new(words().refusal(&Refusal::SessionEnded { why: SessionEnd::AnotherAccount }));
    move || {
        switched
            .get()
            .then(|| view! { <div class="banner"><Alert tone=Tone::Error>{text.get_value()}</Alert></div> })
    }
}
