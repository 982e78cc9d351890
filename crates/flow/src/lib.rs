//! Pure state machines of the wizards, the sign-in and the gate.
//!
//! A machine decides which step follows which; it has no access to a browser, a network or a clock.
//! The screens draw it and perform its effects. Start with [`machine`], then read the machine of the
//! wizard you need.
//!
//! States hold what the server answered, and the new phone number as it was typed
//! ([`phone::Target::typed`]). Passwords and codes are only passed through, inside an effect.
//!
//! [`crop`] is no state machine: it is the geometry of cutting a square out of a picture.

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
