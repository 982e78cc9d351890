//! What the server does, one file for each topic: each asks the rules, reads and writes through the store,
//! and sends through gateways outside every transaction. No HTTP: `http::handler` parses, calls a use case, answers.

pub(crate) mod activity;
pub(crate) mod avatar;
pub(crate) mod begin;
pub(crate) mod cancel;
pub(crate) mod change;
pub(crate) mod code;
pub(crate) mod conclude;
pub(crate) mod console;
pub(crate) mod devices;
pub(crate) mod gate;
pub(crate) mod history;
pub(crate) mod me;
pub(crate) mod meetings;
pub(crate) mod notice;
mod page;
pub(crate) mod password;
pub(crate) mod phone;
pub(crate) mod revoke;
pub(crate) mod scan;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod step_up;
pub(crate) mod surface;
pub(crate) mod wechat;
