//! The doors to other systems. Behind each stands the real thing or, in the demo, a stand-in.

pub(crate) mod meetings;
pub(crate) mod sms;
pub(crate) mod wechat;
