//! The root: contexts, the route table, the language.

use crate::api::Api;
use crate::bridge::Bridge;
use crate::i18n::{Lang, Messages};
use crate::lean::{effect, live, memo};
use crate::network::Network;
use crate::route::{self, Route};
use crate::screen::{
    activity::ActivityScreen, avatar::AvatarScreen, devices::DevicesScreen, enterprise::SettingsScreen,
    enterprise::users::UsersScreen, frame::Top, history::HistoryScreen, not_found::NotFound,
    overview::Overview, sign_in::SignInScreen, signed_in::SignedIn, wizard,
};
use crate::session::Session;
use crate::surface;
use crate::ui::toast::{Toast, Toasts};
use crate::watch::Attention;
use crate::{browser, i18n};
use flow::cancel::LastWord;
use flow::password::NewPassword;
use flow::phone::NewPhone;
use flow::wechat::NewWechat;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::Router;
use leptos_router::hooks::{use_location, use_navigate};
use routes::Screen;

/// Draws the app, behind the first paint until a screen stands.
pub(crate) fn start() {
    mount_to_body(App);
}

/// What every component may ask for: the API, who is signed in, the words.
#[component]
fn App() -> impl IntoView {
    let lang = RwSignal::new(i18n::pick());
    let session = Session::new();
    provide_context(lang);
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

/// Draws in the present language, and anew when another is chosen: words are data, not signals.
/// What was made outside of it lasts.
pub(crate) fn in_words(draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    drawn_in(lang(), Box::new(draw))
}

/// Not generic, so that it is in the wasm once.
fn drawn_in(lang: RwSignal<Lang>, draw: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    live(move || {
        let messages = i18n::messages(lang.get());
        browser::set_lang(messages.tag);
        provide_context(messages);
        draw()
    })
}

/// The same for whoever is signed in, behind the sign-in.
fn for_account(draw: fn() -> AnyView) -> AnyView {
    in_words(move || view! { <SignedIn>{draw()}</SignedIn> }.into_any())
}

/// The screen of the address. `routes` is the only table of paths, so the router's own tables and
/// their matching, a tenth of the download, are left out; it keeps the address and the history.
#[component]
fn Screens() -> impl IntoView {
    let shown = route::shown();
    let pathname = use_location().pathname;
    let navigate = use_navigate();
    effect(move || {
        // A host's deep link stands at the root; the address then names the screen.
        if let Some(route) = shown.get().filter(|route| *route != Route::Overview && pathname.get() == "/") {
            navigate(&route.path(), NavigateOptions { replace: true, ..Default::default() });
        }
    });
    // A screen that changes its own address stays.
    let screen = memo(move || shown.get().map(|route| route.screen()));
    let toast: Toast = expect_context();
    // Everywhere but in a wizard, which would be drawn anew with its steps.
    let languages = Signal::derive(move || !shown.get().is_some_and(|route| route.is_step()));
    view! {
        {in_words(move || view! { <Top languages=languages /> }.into_any())}
        {live(move || match screen.get() {
            // Keeps what is typed while it draws itself in another language.
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
            Some(Screen::EnterpriseSettings) => for_account(|| SettingsScreen().into_any()),
            Some(Screen::EnterpriseUsers) => for_account(|| UsersScreen().into_any()),
            None => in_words(|| NotFound().into_any()),
        })}
        {in_words(move || view! {
            <Toasts toast=toast dismiss=words().common.dismiss on_dismiss=browser::focus_heading />
        }.into_any())}
    }
}

/// The words of the present language.
pub(crate) fn words() -> &'static Messages {
    expect_context()
}

/// The present language; set it to draw the app in another.
pub(crate) fn lang() -> RwSignal<Lang> {
    expect_context()
}

/// Whether this is still the first screen of the page: the first one does not take the focus.
#[derive(Clone, Copy)]
struct Navigation {
    moved: StoredValue<bool>,
}

impl Default for Navigation {
    fn default() -> Self {
        Self { moved: StoredValue::new(false) }
    }
}

/// Tells the person where they are: the document's title, and after the first screen the focus
/// on the new heading so that a screen reader says it.
pub(crate) fn arrived(title: &'static str, heading: NodeRef<leptos::html::H1>) {
    let navigation: Navigation = expect_context();
    let product = words().product;
    if title == product {
        browser::set_title(product);
    } else {
        browser::set_title(&[title, " · ", product].concat());
    }
    effect(move || {
        if let Some(heading) = heading.get() {
            if navigation.moved.get_value() {
                browser::focus(&heading);
            }
            navigation.moved.set_value(true);
            browser::tell_of_screen();
        }
    });
}

/// What is drawn is no screen, but all that there will be without the person.
pub(crate) fn stuck() {
    effect(browser::tell_of_screen);
}
