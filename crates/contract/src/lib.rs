//! The wire types of the app and the API server.
//!
//! A request struct is its endpoint ([`endpoint::Endpoint`]): method, path and reply are associated
//! with the type; the app sends it and the server registers it, so a field renamed in Rust breaks
//! both at compile time. Values that people type are parsed by the types here
//! ([`phone::PhoneNumber`], [`code::OneTimeCode`]). A refused request answers one variant of a closed
//! enum ([`refusal::Refusal`]); a fault of the server answers the code `INTERNAL`.
//!
//! Reading order: [`endpoint`], [`refusal`], [`problem`], then one module per topic.

pub mod account;
pub mod activity;
pub mod avatar;
pub mod bridge;
pub mod cancel;
pub mod change;
pub mod code;
pub mod console;
pub mod devices;
pub mod endpoint;
pub mod history;
pub mod limits;
pub mod me;
pub mod meetings;
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
