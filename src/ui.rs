//! Components that several screens use. They know no screen and no session; texts are arguments.

pub(crate) mod alert;
pub(crate) mod button;
pub(crate) mod code_field;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod page;
pub(crate) mod portrait;
pub(crate) mod qr;
pub(crate) mod toast;
