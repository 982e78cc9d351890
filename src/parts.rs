//! The parts of the app: which screens share a WebAssembly file of their own, fetched when one of them is first
//! drawn.
//!
//! The main file holds what a sign-in needs. `cargo xtask dist` splits the app at the functions below
//! (`wasm_split`); without the feature `split`, as by Trunk, everything is in one file and nothing has to be fetched.
//! A part answers functions that draw a screen or a piece of one. They are called under the owner of the place that
//! shows it, never while the part is being fetched.
//!
//! A new screen gets a line in `parts!` and in [`code_of`]; the compiler names it if it has none.

use crate::address;
use crate::api::Api;
use crate::bridge::Bridge;
use crate::browser;
use crate::context::{in_words, words};
use crate::erased::live;
use crate::load::{failed, missing, waiting};
use crate::network::Network;
use crate::screen::frame::{Frame, Home};
use crate::screen::gate::GateSteps;
use crate::screen::scan::ScanView;
use crate::screen::sign_in::{ProvenView, SignInScreen};
use crate::screen::{
    self, activity::ActivityScreen, avatar::AvatarScreen, console::SettingsScreen,
    console::users::UsersScreen, devices::DevicesScreen, history::HistoryScreen, overview::Overview,
    signed_in::SignedIn, wizard,
};
use crate::session::{Session, State};
use crate::watch::{self, Listen};
use contract::me::GetMe;
use contract::problem::{Problem, Trouble};
use flow::cancel::LastWord;
use flow::password::NewPassword;
use flow::phone::NewPhone;
use flow::wechat::NewWechat;
use leptos::prelude::*;
#[cfg(feature = "split")]
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use routes::Screen;
use std::pin::Pin;
use std::rc::Rc;
use words::add_account_refusals;

/// Draws a screen in the present language.
type Draw = fn() -> AnyView;

/// Draws a piece of a screen from its data.
pub(crate) type DrawPiece<T> = fn(T) -> AnyView;

/// A part under way, and what is wanted of it.
type Fetching<T> = Pin<Box<dyn Future<Output = Result<T, PartMissing>>>>;

/// How often a part is asked for before the whole page is: once, and once again.
const TRIES: u32 = 2;

/// A part could not be fetched; the console of the browser says why.
#[derive(Clone, Copy)]
pub(crate) struct PartMissing;

#[cfg(feature = "split")]
impl From<SplitLoaderError> for PartMissing {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

/// Names the parts and what each holds. A part is one file; it is fetched once.
macro_rules! parts {
    ($($part:ident { $($name:ident: $what:ty = $value:expr),+ $(,)? })+) => {$($(
        #[cfg(feature = "split")]
        #[wasm_split($part, fallible, wasm_split_path = ::leptos::wasm_split)]
        fn $name() -> Result<$what, PartMissing> {
            Ok($value)
        }

        #[cfg(not(feature = "split"))]
        async fn $name() -> Result<$what, PartMissing> {
            Ok($value)
        }
    )+)+};
}

parts! {
    home {
        overview: Draw = || in_account(|| Overview().into_any()),
        sign_in_opened: DrawPiece<ProvenView> = screen::sign_in::opened,
    }
    phone { phone_wizard: Draw = wizard::screen::<NewPhone> }
    wechat { wechat_wizard: Draw = wizard::screen::<NewWechat> }
    password { password_wizard: Draw = wizard::screen::<NewPassword> }
    cancel { cancel_wizard: Draw = wizard::screen::<LastWord> }
    lists {
        devices: Draw = || in_account(|| DevicesScreen().into_any()),
        history: Draw = || in_account(|| HistoryScreen().into_any()),
        activity: Draw = || in_account(|| ActivityScreen().into_any()),
    }
    avatar { avatar_screen: Draw = || in_account(|| AvatarScreen().into_any()) }
    console {
        console_settings: Draw = || in_account(|| SettingsScreen().into_any()),
        console_users: Draw = || in_account(|| UsersScreen().into_any()),
    }
    scan {
        scan_view: DrawPiece<ScanView> = screen::scan::draw,
        scan_listener: Listen = watch::listen,
    }
    gate { gate_steps: DrawPiece<GateSteps> = screen::gate::draw_steps }
    kiosk { kiosk_visit: DrawPiece<fn() -> AnyView> = screen::kiosk::visit }
    host { host_bridge: fn(Bridge) = screen::hosted::open }
}

/// Where the code of a screen is.
enum ScreenCode {
    /// In the main file. It redraws itself in another language, and so keeps what is typed.
    Main(fn() -> AnyView),
    /// In a part.
    Part(fn() -> Fetching<Draw>),
}

fn code_of(screen: Screen) -> ScreenCode {
    match screen {
        Screen::SignIn => ScreenCode::Main(|| SignInScreen().into_any()),
        Screen::Overview => ScreenCode::Part(|| Box::pin(overview())),
        Screen::Avatar => ScreenCode::Part(|| Box::pin(avatar_screen())),
        Screen::Phone => ScreenCode::Part(|| Box::pin(phone_wizard())),
        Screen::Wechat => ScreenCode::Part(|| Box::pin(wechat_wizard())),
        Screen::Password => ScreenCode::Part(|| Box::pin(password_wizard())),
        Screen::Cancel => ScreenCode::Part(|| Box::pin(cancel_wizard())),
        Screen::Devices => ScreenCode::Part(|| Box::pin(devices())),
        Screen::History => ScreenCode::Part(|| Box::pin(history())),
        Screen::Activity => ScreenCode::Part(|| Box::pin(activity())),
        Screen::ConsoleSettings => ScreenCode::Part(|| Box::pin(console_settings())),
        Screen::ConsoleUsers => ScreenCode::Part(|| Box::pin(console_users())),
    }
}

/// Draws a screen of the signed-in account; a guest sees the sign-in.
fn in_account(draw: fn() -> AnyView) -> AnyView {
    add_account_refusals();
    view! { <SignedIn>{draw()}</SignedIn> }.into_any()
}

/// Draws the steps of a sign-in that come after a proof.
pub(crate) fn opened(of: ProvenView) -> AnyView {
    piece(|| Box::pin(sign_in_opened()), of)
}

/// Draws the steps of a proof in its dialog.
pub(crate) fn gate(steps: GateSteps) -> AnyView {
    piece(|| Box::pin(gate_steps()), steps)
}

/// Draws a scan.
pub(crate) fn scan(view: ScanView) -> AnyView {
    piece(|| Box::pin(scan_view()), view)
}

/// Draws the screens of a shared device, and ends each person's visit.
pub(crate) fn kiosk(screens: fn() -> AnyView) -> AnyView {
    piece(|| Box::pin(kiosk_visit()), screens)
}

/// The function that listens to a scan.
pub(crate) async fn listener() -> Result<Listen, PartMissing> {
    scan_listener().await
}

/// The function that opens the bridge to a host app.
pub(crate) async fn bridge() -> Result<fn(Bridge), PartMissing> {
    host_bridge().await
}

/// Draws a piece of a screen when its part has come, or says that it did not.
fn piece<T: Copy + 'static>(part: fn() -> Fetching<DrawPiece<T>>, of: T) -> AnyView {
    let asked = PartRequest::new(Box::new(move || {
        Box::pin(async move {
            let draw = part().await?;
            Ok(Rc::new(move || draw(of)) as Drawing)
        })
    }));
    live(move || match asked.answer.get() {
        None => waiting().into_any(),
        Some(Ok(())) => asked.drawn(),
        Some(Err(PartMissing)) => asked.lost(),
    })
}

/// Draws what a part holds, with its data. All requests for parts are of one type, and so in the wasm once.
type Drawing = Rc<dyn Fn() -> AnyView>;

/// A part that is asked for, and again if it does not come.
#[derive(Clone, Copy)]
struct PartRequest {
    answer: RwSignal<Option<Result<(), PartMissing>>>,
    drawing: StoredValue<Option<Drawing>, LocalStorage>,
    fetch: Callback<()>,
    tries: StoredValue<u32>,
}

impl PartRequest {
    /// Asks for a part.
    fn new(part: Box<dyn Fn() -> Fetching<Drawing>>) -> Self {
        let api: Api = expect_context();
        let (answer, tries) = (RwSignal::new(None), StoredValue::new(0_u32));
        let (part, drawing) = (StoredValue::new_local(Rc::from(part)), StoredValue::new_local(None));
        let fetch = Callback::new(move |()| {
            answer.set(None);
            let before = tries.try_update_value(|tries| std::mem::replace(tries, *tries + 1));
            let part: Rc<dyn Fn() -> Fetching<Drawing>> = part.get_value();
            leptos::task::spawn_local(async move {
                // The file of an older release may be gone for good; the page of the present one names its own. It is
                // loaded only if the server is there: the browser's page of an error would be worse.
                if before >= Some(TRIES) && is_there(api).await {
                    return browser::reload();
                }
                let came = part().await;
                // Gone, if something else is shown by now.
                let _gone = answer.try_set(Some(came.map(|came| {
                    let _gone = drawing.try_update_value(|drawing| *drawing = Some(came));
                })));
            });
        });
        fetch.run(());
        Self { answer, drawing, fetch, tries }
    }

    /// Draws what came.
    fn drawn(self) -> AnyView {
        self.drawing.get_value().map_or_else(|| waiting().into_any(), |draw| draw())
    }

    /// Says that it did not come. Without a network it is asked for again once there is one.
    fn lost(self) -> AnyView {
        let network: Network = expect_context();
        if network.doubted() {
            return missing(self.fetch).into_any();
        }
        self.tries.set_value(0);
        failed(&Problem::Trouble(Trouble::Offline), self.fetch).into_any()
    }
}

/// Whether the server answers.
async fn is_there(api: Api) -> bool {
    !matches!(api.text(GetMe {}).await, Err(Problem::Trouble(_)))
}

/// The screens whose part is here.
#[derive(Clone, Copy)]
pub(crate) struct LoadedScreens {
    here: StoredValue<Vec<(Screen, Draw)>>,
    network: Network,
}

impl LoadedScreens {
    /// Creates the page's only instance.
    pub(crate) fn new(network: Network) -> Self {
        Self { here: StoredValue::default(), network }
    }

    /// Draws a screen: at once if its code is here, otherwise when it has come.
    pub(crate) fn draw(self, screen: Screen) -> AnyView {
        let part = match code_of(screen) {
            ScreenCode::Main(draw) => return draw(),
            ScreenCode::Part(part) => part,
        };
        if let Some(draw) = self.known(screen) {
            return in_words(draw);
        }
        let (session, shown): (Session, _) = (expect_context(), address::shown());
        let asked = PartRequest::new(Box::new(move || {
            Box::pin(async move {
                let draw = part().await?;
                self.keep(screen, draw);
                Ok(Rc::new(draw) as Drawing)
            })
        }));
        in_words(move || match asked.answer.get() {
            Some(Ok(())) => asked.drawn(),
            Some(Err(PartMissing)) => {
                // A guest is sent to the sign-in, and has perhaps typed into its first paint.
                let may_be_guest = matches!(session.state(), State::Unknown | State::Guest(_));
                if may_be_guest && shown.get().is_some_and(|route| route.needs_account()) {
                    return waiting().into_any();
                }
                view! { <Frame title=words().product class="lost">{asked.lost()}<Home /></Frame> }.into_any()
            }
            None => waiting().into_any(),
        })
    }

    /// Fetches the part of the screen that probably comes next, early; not without a network, nor for who saves data.
    /// Where it does not come, it is asked for again when the screen is shown.
    pub(crate) fn prefetch(self, screen: Screen) {
        if !self.network.is_there_now() || browser::saves_data() {
            return;
        }
        if let (ScreenCode::Part(part), None) = (code_of(screen), self.known(screen)) {
            leptos::task::spawn_local(async move {
                if let Ok(draw) = part().await {
                    self.keep(screen, draw);
                }
            });
        }
    }

    fn keep(self, screen: Screen, draw: Draw) {
        self.here.update_value(|here| here.push((screen, draw)));
    }

    fn known(self, screen: Screen) -> Option<Draw> {
        self.here.with_value(|here| here.iter().find(|(known, _)| *known == screen).map(|(_, draw)| *draw))
    }
}
