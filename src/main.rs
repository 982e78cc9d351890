//! The app: every account-security screen, drawn by Leptos in the browser.
//!
//! Where to start: the crate [`routes`] lists the screens, [`parts`] the files that they come in, [`screen`] holds
//! one file per topic, [`app`] is around them. Three verbs cover every screen: [`load`] reads, act writes once ([`screen::act`]
//! has the shared parts), [`drive`] runs a state machine of the `flow` crate, to which [`watch`]
//! passes updates of a scan.

mod address;
mod api;
mod app;
mod bridge;
mod browser;
mod context;
mod drive;
mod erased;
mod i18n;
mod load;
mod network;
mod one_shot;
mod parts;
mod route;
mod screen;
mod session;
mod surface;
mod ui;
mod watch;

fn main() {
    app::start();
}
