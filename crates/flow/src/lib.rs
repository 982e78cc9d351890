//! Pure state machines of every wizard.
//!
//! A machine says what step follows what; it cannot see a browser, a network or a clock. The
//! screens draw it and perform its effects. Where to start: [`machine`] for the one mechanism,
//! then the machine of the wizard you care about.
//!
//! States hold facts the server committed. Text being typed stays with the input that holds it,
//! so a password only passes through, inside an effect.
//!
//! [`crop`] is no wizard, but as pure: where a picture lies behind the frame it is cut by.

pub mod cancel;
pub mod code;
pub mod crop;
pub mod gate;
pub mod machine;
pub mod password;
pub mod phone;
pub mod proving;
pub mod scan;
pub mod sign_in;
pub mod step_up;
#[cfg(test)]
mod walk;
pub mod wechat;
pub mod wizard;
