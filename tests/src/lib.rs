//! Support for the end-to-end tests: the server in a process of its own, a real browser, and user
//! actions.
//!
//! No mocking library is used. SMS, WeChat and the meeting service are the demo's stand-ins, and `proxy.rs`
//! changes traffic for the tests of faults. Every test has a [`Stage`] of its own: a server
//! with fresh demo data on its own port, with its own clock. A [`Browser`] finds things as people
//! do, by role and accessible name, and waits for what is meant instead of for time to pass; names
//! and sentences are the app's own, [`ZH`] and [`EN`].
//! When a test ends, each browser is searched for what must not be left behind (see
//! `traces.rs`); a test that fails leaves a picture and the server's log in `target/e2e`.

mod axe;
mod browser;
mod driver;
mod element;
mod firefox;
mod inbox;
mod journey;
mod lang;
mod look;
pub mod picture;
mod process;
mod proxy;
mod server;
mod stage;
mod touch;
pub mod tour;
mod traces;
mod wechat;

pub use axe::Axe;
pub use browser::Browser;
pub use element::Element;
pub use firefox::Firefox;
pub use inbox::Message;
pub use journey::PASSWORD;
pub use lang::{EN, Hole, Lang, ZH, always, ended, trouble, words_of};
pub use look::{Look, Theme};
pub use proxy::{Answer, Fault, Faults};
pub use stage::{Meet, Stage};
pub use thirtyfour::Key;
pub use wechat::{Asked, Consent, Wechat};
