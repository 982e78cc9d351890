//! Gateways to other systems: SMS, WeChat, the meeting service. Called outside every transaction.

pub(crate) mod meeting_service;
pub(crate) mod sms;
pub(crate) mod stand_in;
pub(crate) mod wechat;
