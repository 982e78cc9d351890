//! The screens, one file per topic. A screen never imports another, except the parts that
//! several are made of.

pub(crate) mod act;
pub(crate) mod activity;
pub(crate) mod avatar;
pub(crate) mod cancel;
pub(crate) mod console;
pub(crate) mod devices;
pub(crate) mod form;
pub(crate) mod frame;
pub(crate) mod gate;
pub(crate) mod history;
pub(crate) mod hosted;
pub(crate) mod kiosk;
pub(crate) mod meetings;
pub(crate) mod not_found;
pub(crate) mod overview;
pub(crate) mod password;
pub(crate) mod phone;
pub(crate) mod proving;
pub(crate) mod reading;
pub(crate) mod scan;
pub(crate) mod sign_in;
pub(crate) mod signed_in;
pub(crate) mod step_up;
pub(crate) mod wechat;
pub(crate) mod wizard;
