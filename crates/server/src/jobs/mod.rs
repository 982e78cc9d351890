//! Jobs that run as long as the server does.

pub(crate) mod outbox;
pub(crate) mod retention;
