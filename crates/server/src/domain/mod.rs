//! The server's values: what the tables hold and the use cases decide about. No SQL, no HTTP, no waiting.

pub(crate) mod account;
pub(crate) mod budget;
pub(crate) mod change;
pub(crate) mod code;
pub(crate) mod event;
pub(crate) mod ids;
pub(crate) mod message;
pub(crate) mod network;
pub(crate) mod presence;
pub(crate) mod scan;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod visitor;
