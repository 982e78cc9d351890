//! The layout of the screens that need a session: menu and gate dialog.

use crate::api::Api;
use crate::context::words;
use crate::erased::{effect, live, memo};
use crate::load::{failed, waiting};
use crate::route::Route;
use crate::screen::frame::Link;
use crate::screen::gate::{Gate, GateDialog};
use crate::session::{Session, State};
use crate::surface;
use crate::ui::alert::{Alert, Tone};
use crate::ui::icon::{Icon, Picture};
use contract::problem::{Problem, Trouble};
use contract::refusal::{Refusal, SessionEnd};
use leptos::prelude::*;

/// Draws `children` for the signed-in account, again when it changes. (`app` sends guests to the sign-in.)
#[component]
pub(crate) fn SignedIn(children: ChildrenFn) -> impl IntoView {
    let api: Api = expect_context();
    let session: Session = expect_context();
    let account = memo(move || session.account());
    let failure = memo(move || match session.state() {
        State::Failed(problem) => Some(problem),
        _ => None,
    });
    // A newer server may say what this version of the app cannot read.
    let is_readable = memo(move || session.me().is_some());
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
            {(!surface::is_shared()).then(|| view! { <Menu /> })}
            <div>
                <Switched session=session />
                {live(move || match (account.get(), failure.get()) {
                    (Some(_), _) if is_readable.get() => children().into_any(),
                    (Some(_), _) => {
                        let unreadable = Problem::Trouble(Trouble::Unreadable);
                        failed(&unreadable, Callback::new(move |()| session.refresh(api))).into_any()
                    }
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
        <nav class="side" aria-label=t.account().menu>
            <Link to=Route::Overview class="place"><Picture of=Icon::SHIELD />{t.overview().title}</Link>
            <Link to=Route::Devices class="place"><Picture of=Icon::SCREEN />{t.overview().devices}</Link>
            <Link to=Route::History class="place"><Picture of=Icon::PAST />{t.overview().history}</Link>
            <Link to=Route::Activity class="place"><Picture of=Icon::CLOCK />{t.overview().activity}</Link>
            {live(move || if has_console.get() {
                view! {
                    <Link to=Route::ConsoleSettings class="place"><Picture of=Icon::ORGANIZATION />{t.overview().settings}</Link>
                    <Link to=Route::ConsoleUsers class="place"><Picture of=Icon::PERSON />{t.overview().users}</Link>
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
