//! End-to-end tests: a file for each topic. `cargo xtask test --only e2e -- phone::` runs one of them.

mod accessibility;
mod activity;
mod avatar;
mod bridge;
mod cancel;
mod coming_back;
mod console;
mod delivery;
mod devices;
mod engines;
mod fault;
mod hands;
mod history;
mod kiosk;
mod needs;
mod overview;
mod parts;
mod password;
mod phone;
mod scan;
mod session;
mod shell;
mod sign_in;
mod surroundings;
mod wechat;
