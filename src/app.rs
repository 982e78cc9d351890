//! The root component: contexts, and the screen of the address.

use crate::address::{self, Address, address};
use crate::api::Api;
use crate::bridge::Bridge;
use crate::browser;
use crate::context::{Navigation, in_words, words};
use crate::erased::{effect, live, memo};
use crate::i18n;
use crate::load::waiting;
use crate::network::Network;
use crate::parts::{self, LoadedScreens};
use crate::route::Route;
use crate::screen::{frame::Top, not_found::NotFound};
use crate::session::{Session, SignedOut};
use crate::surface;
use crate::ui::toast::{Toast, Toasts};
use crate::watch::Attention;
use contract::refusal::SessionEnd;
use leptos::prelude::*;

/// Draws the app, behind the first paint until a screen is drawn.
pub(crate) fn start() {
    mount_to_body(App);
}

/// Provides the contexts of every component: the API, the session, the words.
#[component]
fn App() -> impl IntoView {
    let session = Session::new();
    let lang = i18n::pick();
    provide_context(RwSignal::new(lang));
    provide_context(session);
    let network = Network::new();
    provide_context(network);
    let api = Api::new(session, network);
    provide_context(api);
    provide_context(Navigation::default());
    provide_context(Toast::new());
    provide_context(Attention::new(network));
    provide_context(Bridge::new());
    provide_context(LoadedScreens::new(network));
    surface::enter(api, move || session.refresh(api));
    session.watch(api);
    provide_context(Address::read());
    if !surface::is_shared() {
        return screens();
    }
    // Nothing is shown on a shared device before what ends each visit is there.
    provide_context(i18n::messages(lang));
    parts::kiosk(screens)
}

fn screens() -> AnyView {
    view! { <Screens /> }.into_any()
}

/// Asks who is signed in at each screen that needs an account, and sends guests to the sign-in, and back afterwards.
/// It is in the main file, so that a guest waits for no part.
fn guard(shown: Memo<Option<Route>>) {
    let (api, session): (Api, Session) = (expect_context(), expect_context());
    let address = address();
    let guarded = memo(move || shown.get().filter(Route::needs_account).map(|route| route.screen()));
    effect(move || {
        if guarded.get().is_some() && untrack(move || session.signed_out()).is_none() {
            session.refresh(api);
        }
    });
    effect(move || {
        if guarded.get().is_none() {
            return;
        }
        let Some(signed_out) = session.signed_out() else { return };
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
        address.replace(&Route::SignIn { return_to, scan: None });
    });
}

/// The screen of the address. `routes` is the only table of paths, so the router's own tables
/// and their matching (15 kB when they were removed) are left out.
#[component]
fn Screens() -> impl IntoView {
    let shown = address::shown();
    let address = address();
    effect(move || {
        // Deep links of hosts are at the root; the address is then replaced by the screen's.
        if let Some(route) = shown.get().filter(|route| *route != Route::Overview && address.is_root()) {
            address.replace(&route);
        }
    });
    guard(shown);
    // A screen that changes its own address stays.
    let screen = memo(move || shown.get().map(|route| route.screen()));
    let (toast, screens): (Toast, LoadedScreens) = (expect_context(), expect_context());
    let session: Session = expect_context();
    let is_lost_guest =
        move || session.signed_out().is_some() && shown.get().is_some_and(|route| route.needs_account());
    // Not in a wizard: another language redraws its screen, and what is typed would be lost.
    let languages = Signal::derive(move || !shown.get().is_some_and(|route| route.is_step()));
    view! {
        {in_words(move || view! { <Top languages=languages /> }.into_any())}
        {live(move || match screen.get() {
            // `guard` sends them to the sign-in: the part of this screen is not fetched.
            Some(_) if untrack(is_lost_guest) => in_words(|| waiting().into_any()),
            Some(screen) => screens.draw(screen),
            None => in_words(|| NotFound().into_any()),
        })}
        {in_words(move || view! {
            <Toasts toast=toast dismiss=words().common().dismiss on_dismiss=browser::focus_heading />
        }.into_any())}
    }
}
