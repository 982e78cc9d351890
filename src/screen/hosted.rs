//! The page in the webview of an app: what it tells the app, and what it does there in another way than in a browser.
//! Verb: act.

use crate::address::{self, Address, address};
use crate::bridge::Bridge;
use crate::browser;
use crate::context::in_words;
use crate::erased::effect;
use crate::route::{self, Route};
use crate::screen::reading::Reading;
use crate::session::{Session, SignedOut, State};
use contract::bridge::{Data, MessageKind};
use contract::refusal::SessionEnd;
use leptos::prelude::*;
use routes::Screen;

/// Talks to the host as long as the page exists.
pub(crate) fn open(bridge: Bridge) {
    let (session, address): (Session, _) = (expect_context(), address());
    let shown = address::shown();
    bridge.open(Box::new(move || back(address, shown.get_untracked(), session)));
    tell_title(bridge);
    tell_result(bridge, shown);
    tell_end(bridge, session, shown);
    // Webviews open no tabs.
    leptos::mount::mount_to_body(|| in_words(|| view! { <Reading /> }.into_any()));
}

/// One step back; returns whether there was one. What is open above the screen counts as one.
fn back(address: Address, shown: Option<Route>, session: Session) -> bool {
    if browser::close_dialog() {
        return true;
    }
    let Some(shown) = shown else { return false };
    let start = match shown.screen() {
        Screen::Phone => route::PHONE,
        Screen::Wechat => route::WECHAT,
        Screen::Password => route::PASSWORD,
        Screen::Cancel => route::CANCEL,
        Screen::Overview | Screen::SignIn => return false,
        _ => shown.clone(),
    };
    if shown.rank() > 0 {
        // The wizard goes back one step, wherever its address leads.
        address.step(&start, true);
        return true;
    }
    // After a result whose session is over there is nothing behind it.
    if session.shown().is_none() {
        return false;
    }
    address.replace(&Route::Overview);
    true
}

/// Tells the title of each screen, for the app's own bar.
fn tell_title(bridge: Bridge) {
    let told = StoredValue::new(String::new());
    let tell = move || {
        let title = browser::title();
        if told.with_value(|told| *told != title) {
            told.set_value(title.clone());
            bridge.tell(MessageKind::Title, Data { title: Some(title), ..Data::default() });
        }
    };
    effect(move || {
        if bridge.is_greeted() {
            tell();
        }
    });
    browser::on_window(&["screen"], move |_| tell());
}

/// Tells that nobody is signed in any more.
fn tell_end(bridge: Bridge, session: Session, shown: Memo<Option<Route>>) {
    let mut was_in = false;
    effect(move || {
        let state = session.state();
        if let (State::Guest(why), true) = (&state, was_in) {
            // The result of a wizard says by itself that the session is over.
            let result = shown.get_untracked().filter(Route::is_result).map(|route| route.screen());
            let why = match (result, why) {
                (Some(Screen::Phone), _) => SessionEnd::PhoneChanged,
                (Some(Screen::Cancel), _) => SessionEnd::AccountCanceled,
                (_, SignedOut::ByServer(why)) => *why,
                (_, SignedOut::OtherTab | SignedOut::Pending) => SessionEnd::SignedOut,
            };
            bridge.tell(MessageKind::SessionEnded, Data { why: Some(why), ..Data::default() });
        }
        was_in = matches!(state, State::SignedIn(_)) || was_in && matches!(state, State::Unknown);
    });
}

/// Tells what a wizard has changed, when its result follows its last step.
fn tell_result(bridge: Bridge, shown: Memo<Option<Route>>) {
    let mut before = None::<Route>;
    effect(move || {
        let now = shown.get();
        let is_new = before.as_ref().is_some_and(Route::is_step);
        if let Some(now) = now.as_ref().filter(|now| is_new && now.is_result()) {
            let kind = match now.screen() {
                Screen::Phone => Some(MessageKind::PhoneChanged),
                Screen::Wechat => Some(MessageKind::WechatChanged),
                Screen::Cancel => Some(MessageKind::AccountCanceled),
                _ => None,
            };
            if let Some(kind) = kind {
                bridge.tell(kind, Data::default());
            }
        }
        before = now;
    });
}
