//! What the app and the API server say to each other.
//!
//! A request struct *is* its endpoint ([`endpoint::Endpoint`]): method, path and reply hang on the
//! type, the app sends it and the server registers it, so a renamed field breaks both at compile
//! time. Values people type are parsed here once ([`phone::PhoneNumber`], [`code::OneTimeCode`]).
//! Everything the server may answer instead of a reply is one closed enum ([`refusal::Refusal`]).
//!
//! Reading order: [`endpoint`], [`refusal`], [`problem`], then one module per topic.

pub mod account;
pub mod activity;
pub mod avatar;
pub mod bridge;
pub mod cancel;
pub mod change;
pub mod code;
pub mod device;
pub mod endpoint;
pub mod enterprise;
pub mod history;
pub mod me;
pub mod meeting;
pub mod outcome;
pub mod password;
pub mod phone;
pub mod problem;
pub mod refusal;
pub mod scan;
pub mod sign_in;
pub mod step_up;
pub mod text;
pub mod time;
pub mod wechat;
