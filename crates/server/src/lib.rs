//! The API server: it enforces every rule; the app only explains them.
//!
//! Layers, each importing only those before it (`crates/xtask/tests/tidy.rs` tests it):
//!
//! ```text
//! clock secret names                     no dependencies
//! config problem                         configuration; the answer that is not a reply
//! rules        pure decisions of facts and time
//! domain       values: what the tables hold
//! texts wakeup                           SMS texts; wake-ups after a commit
//! picture | gateway                      decoding; SMS, WeChat, meeting service
//! store        all SQL: Reader, WriteTx
//! hasher       passwords
//! state        AppState
//! usecase      what the server does, one file per topic
//! http | jobs  parse -> use case -> answer; outbox, retention
//! demo         data and stand-ins of the demo
//! boot         assembles everything
//! ```
//!
//! Invariants: nothing but `clock` reads the wall clock; nothing but `secret` draws random bytes; nothing is
//! written outside a transaction that holds the write lock; no gateway is called while a transaction is open;
//! nothing that has to survive a restart is kept in memory alone.

mod boot;
pub mod clock;
pub mod config;
mod demo;
mod domain;
mod gateway;
mod hasher;
mod http;
mod jobs;
mod names;
pub mod picture;
mod problem;
mod rules;
mod secret;
mod state;
mod store;
mod texts;
mod usecase;
mod wakeup;
mod wire;

pub use boot::{App, DEMO_ACCOUNTS};
pub use http::{openapi, serve};
