//! The API server: what must hold is held here; the app only explains it.
//!
//! Where to start: [`app`] is everything a request can reach, `edge` what happens to every request
//! before and after its handler, `handler/<topic>` one file per topic, each with its router, its
//! handlers in URL order and its SQL. Decisions are in `rules`: pure functions of facts and time.
//! `code` is the only place that sends and compares one-time codes, `password` that compares
//! passwords; neither compares anything without a receipt of `guess`, which charges the try. `scan`
//! is the only place that moves a scan on. What a changed factor ends and voids is in `revoke`; `erase`
//! is how an account goes. `picture` makes what is shown of what was uploaded.
//!
//! Invariants: nothing but `clock` reads the wall clock; nothing but `secret` makes chance; no
//! handler writes outside a transaction that holds the write lock; no outside call happens while a
//! transaction is open; nothing that has to survive a restart lives in memory.

pub mod app;
pub mod clock;
pub mod config;
pub mod openapi;
pub mod picture;
pub mod serve;

mod account;
mod address;
mod arrival;
mod assets;
mod budget;
mod code;
mod demo;
mod edge;
mod erase;
mod event;
mod extract;
mod gateway;
mod guess;
mod handler;
mod header;
mod meeting;
mod names;
mod outbox;
mod password;
mod problem;
mod revoke;
mod rules;
mod scan;
mod search;
mod secret;
mod session;
mod shell;
mod store;
mod sweep;
mod words;
