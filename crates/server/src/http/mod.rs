//! HTTP: connections, what happens to every request, and the handlers, which parse, call a use case and answer.

pub mod openapi;
pub mod serve;

pub(crate) mod address;
pub(crate) mod arrival;
pub(crate) mod assets;
pub(crate) mod budget;
pub(crate) mod cookie;
pub(crate) mod document;
pub(crate) mod edge;
pub(crate) mod extract;
pub(crate) mod first_paint;
pub(crate) mod handler;
pub(crate) mod header;
pub(crate) mod problem;
pub(crate) mod visitor;
