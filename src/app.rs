//! The root component: contexts, router, and the layout of each screen.

use crate::api::Api;
use crate::bridge::Bridge;
use crate::browser;
use crate::context::{Navigation, in_words, words};
use crate::erased::{effect, live, memo};
use crate::i18n;
use crate::network::Network;
use crate::route::{self, Route};
use crate::screen::{
    activity::ActivityScreen, avatar::AvatarScreen, console::SettingsScreen, console::users::UsersScreen,
    devices::DevicesScreen, frame::Top, history::HistoryScreen, not_found::NotFound, overview::Overview,
    sign_in::SignInScreen, signed_in::SignedIn, wizard,
};
use crate::session::Session;
use crate::surface;
use crate::ui::toast::{Toast, Toasts};
use crate::watch::Attention;
use flow::cancel::LastWord;
use flow::password::NewPassword;
use flow::phone::NewPhone;
use flow::wechat::NewWechat;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::Router;
use leptos_router::hooks::{use_location, use_navigate};
use routes::Screen;

/// Draws the app, behind the first paint until a screen is drawn.
pub(crate) fn start() {
    mount_to_body(App);
}

/// Provides the contexts of every component: the API, the session, the words.
#[component]
fn App() -> impl IntoView {
    let session = Session::new();
    provide_context(RwSignal::new(i18n::pick()));
    provide_context(session);
    let network = Network::new();
    provide_context(network);
    let api = Api::new(session, network);
    provide_context(api);
    provide_context(Navigation::default());
    provide_context(Toast::new());
    provide_context(Attention::new(network));
    provide_context(Bridge::new());
    surface::enter(api);
    session.watch(api);
    view! {
        <Router>
            <Screens />
        </Router>
    }
}

/// Draws a screen of the signed-in account in the present language; a guest sees the sign-in.
fn for_account(draw: fn() -> AnyView) -> AnyView {
    in_words(move || view! { <SignedIn>{draw()}</SignedIn> }.into_any())
}

/// The screen of the address. `routes` is the only table of paths, so the router's own tables
/// and their matching (15 kB when they were removed) are left out; it keeps the address and the
/// history.
#[component]
fn Screens() -> impl IntoView {
    let shown = route::shown();
    let pathname = use_location().pathname;
    let navigate = use_navigate();
    effect(move || {
        // Deep links of hosts are at the root; the address is then replaced by the screen's.
        if let Some(route) = shown.get().filter(|route| *route != Route::Overview && pathname.get() == "/") {
            navigate(&route.path(), NavigateOptions { replace: true, ..Default::default() });
        }
    });
    // A screen that changes its own address stays.
    let screen = memo(move || shown.get().map(|route| route.screen()));
    let toast: Toast = expect_context();
    // Not in a wizard: another language redraws its screen, and what is typed would be lost.
    let languages = Signal::derive(move || !shown.get().is_some_and(|route| route.is_step()));
    view! {
        {in_words(move || view! { <Top languages=languages /> }.into_any())}
        {live(move || match screen.get() {
            // Redraws itself in another language, and so keeps what is typed.
            Some(Screen::SignIn) => SignInScreen().into_any(),
            Some(Screen::Overview) => for_account(|| Overview().into_any()),
            Some(Screen::Avatar) => for_account(|| AvatarScreen().into_any()),
            Some(Screen::Phone) => in_words(wizard::screen::<NewPhone>),
            Some(Screen::Wechat) => in_words(wizard::screen::<NewWechat>),
            Some(Screen::Password) => in_words(wizard::screen::<NewPassword>),
            Some(Screen::Cancel) => in_words(wizard::screen::<LastWord>),
            Some(Screen::Devices) => for_account(|| DevicesScreen().into_any()),
            Some(Screen::History) => for_account(|| HistoryScreen().into_any()),
            Some(Screen::Activity) => for_account(|| ActivityScreen().into_any()),
            Some(Screen::ConsoleSettings) => for_account(|| SettingsScreen().into_any()),
            Some(Screen::ConsoleUsers) => for_account(|| UsersScreen().into_any()),
            None => in_words(|| NotFound().into_any()),
        })}
        {in_words(move || view! {
            <Toasts toast=toast dismiss=words().common().dismiss on_dismiss=browser::focus_heading />
        }.into_any())}
    }
}
