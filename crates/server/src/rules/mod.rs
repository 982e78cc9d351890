//! The rules of decision: pure functions of facts and time, no SQL, no HTTP, each with a table test. They
//! are asked when something is offered, when it is tried and when it is done.

pub(crate) mod attempt;
pub(crate) mod avatar;
pub(crate) mod cancel;
pub(crate) mod code;
pub(crate) mod console;
pub(crate) mod limits;
pub(crate) mod meetings;
pub(crate) mod phone;
pub(crate) mod proof;
pub(crate) mod rights;
pub(crate) mod session;
pub(crate) mod window;
