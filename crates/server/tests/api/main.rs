//! Tests of the API as its clients see it: the router in process, a clock that the tests move, one file per
//! topic. A test's name begins with the id of the rule it proves.
//!
//! A new topic is a new file and a line here; `support` has a server with the demo's accounts (`House`) and a
//! browser with cookies (`Browser`).

mod support;

mod activity;
mod advisory;
mod advisory_identity;
mod avatar;
mod cancel;
mod change;
mod code;
mod console;
mod devices;
mod edge;
mod guess;
mod history;
mod journey;
mod meetings;
mod notice;
mod openapi;
mod outcome;
mod password;
mod phone;
mod picture;
mod race;
mod session;
mod shell;
mod sign_in;
mod stand_in;
mod start;
mod step_up;
mod store;
mod surface;
mod walk;
mod wechat;
