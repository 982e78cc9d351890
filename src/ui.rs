//! Pieces every screen is made of. They know nothing of accounts, only of looks and behavior;
//! words come in as arguments.

pub(crate) mod button;
pub(crate) mod code_field;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod notice;
pub(crate) mod page;
pub(crate) mod portrait;
pub(crate) mod qr;
pub(crate) mod toast;
