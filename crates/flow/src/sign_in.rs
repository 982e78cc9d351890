//! Signing in (L1).
//!
//! ```text
//! Sms ◄──UseSms / UsePassword──► Password
//!  │ Send, Submit                   │ Submit
//!  └───────────► Choose ◄───────────┘        ──► SignedIn
//! ```

use crate::code::Code;
use crate::machine::{Machine, Moment, Turn};
use contract::change::Change;
use contract::code::{OneTimeCode, SentCode};
use contract::refusal::Refusal;
use contract::sign_in::{self as wire, Choice, ChooseAccount, SendSignInCode, SignInByPassword, SignInBySms};

/// Where the sign-in stands.
#[derive(Clone, Debug, PartialEq)]
pub enum SignIn {
    /// By a code; kept when the person looks at the password form and returns.
    Sms(Code),
    /// By password; the code that may be on its way is kept.
    Password(Code),
    /// Several accounts match.
    Choose(Choice),
}

/// What a person does.
#[derive(Clone)]
pub enum Act {
    /// Turns to the SMS form.
    UseSms,
    /// Turns to the password form.
    UsePassword,
    /// Asks for a code to this number, as typed.
    Send(String),
    /// Gives number and code.
    SubmitCode(String, OneTimeCode),
    /// Gives number and password.
    SubmitPassword(String, String),
    /// Picks an account by its id.
    Choose(String),
    /// Back to the form.
    Back,
}

/// Requests to perform.
pub enum Effect {
    /// Send a code.
    Send(SendSignInCode),
    /// Check it.
    Sms(SignInBySms),
    /// Check the password.
    Password(SignInByPassword),
    /// Open one of several accounts.
    Choose(ChooseAccount),
}

/// What came back.
pub enum Reply {
    /// A code is on its way.
    Sent(SentCode),
    /// The proof was right.
    Proven(wire::SignIn),
}

/// What it was for.
#[derive(Debug, PartialEq)]
pub struct SignedIn;

impl Default for SignIn {
    fn default() -> Self {
        Self::Sms(Code::default())
    }
}

impl Machine for SignIn {
    type Act = Act;
    type Effect = Effect;
    type Reply = Reply;
    type Exit = SignedIn;

    fn act(self, act: Act) -> Turn<Self> {
        match (self, act) {
            (Self::Sms(code), Act::UsePassword) => Turn::Stay(Self::Password(code)),
            (Self::Password(code), Act::UseSms) => Turn::Stay(Self::Sms(code)),
            (state @ Self::Sms(_), Act::Send(phone)) => {
                Turn::Ask(state, Effect::Send(SendSignInCode { phone }))
            }
            (state @ Self::Sms(_), Act::SubmitCode(phone, code)) => {
                let code = code.as_str().to_owned();
                Turn::Ask(state, Effect::Sms(SignInBySms { phone, code }))
            }
            (state @ Self::Password(_), Act::SubmitPassword(phone, password)) => {
                Turn::Ask(state, Effect::Password(SignInByPassword { phone, password }))
            }
            (Self::Choose(choice), Act::Choose(account)) => {
                let sign_in_id = choice.sign_in_id.clone();
                Turn::Ask(Self::Choose(choice), Effect::Choose(ChooseAccount { sign_in_id, account }))
            }
            (Self::Choose(_), Act::Back) => Turn::Stay(Self::default()),
            (state, _) => Turn::Stay(state),
        }
    }

    fn reply(self, reply: Reply, at: Moment) -> Turn<Self> {
        match reply {
            Reply::Sent(sent) => Turn::Stay(Self::Sms(Code::sent(sent, at))),
            Reply::Proven(wire::SignIn::SignedIn) => Turn::Leave(SignedIn),
            Reply::Proven(wire::SignIn::Choose(choice)) => Turn::Stay(Self::Choose(choice)),
        }
    }

    fn refuse(self, refusal: &Refusal, _: Option<&Change>, at: Moment) -> Turn<Self> {
        Turn::Stay(match self {
            Self::Sms(code) => Self::Sms(code.refused(refusal, at)),
            // The choice is good once and for ten minutes: begin again, with the words kept.
            Self::Choose(_) if *refusal == Refusal::SignInFailed => Self::default(),
            state => state,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_up::tests::{NOW, sent, six_digits};

    fn choice() -> Choice {
        Choice { sign_in_id: "s1".into(), accounts: Vec::new() }
    }

    fn name(turn: &Turn<SignIn>) -> &'static str {
        match turn {
            Turn::Stay(SignIn::Sms(_)) => "sms",
            Turn::Stay(SignIn::Password(_)) => "password",
            Turn::Stay(SignIn::Choose(_)) => "choose",
            Turn::Ask(_, Effect::Send(_)) => "ask send",
            Turn::Ask(_, Effect::Sms(_)) => "ask sms",
            Turn::Ask(_, Effect::Password(_)) => "ask password",
            Turn::Ask(_, Effect::Choose(_)) => "ask choose",
            Turn::Leave(SignedIn) => "signed in",
        }
    }

    #[test]
    fn every_act_in_every_state() {
        let acts = [
            Act::UseSms,
            Act::UsePassword,
            Act::Send("1".into()),
            Act::SubmitCode("1".into(), six_digits()),
            Act::SubmitPassword("1".into(), "p".into()),
            Act::Choose("a".into()),
            Act::Back,
        ];
        let table = [
            (SignIn::default(), ["sms", "password", "ask send", "ask sms", "sms", "sms", "sms"]),
            (
                SignIn::Password(Code::default()),
                ["sms", "password", "password", "password", "ask password", "password", "password"],
            ),
            (
                SignIn::Choose(choice()),
                ["choose", "choose", "choose", "choose", "choose", "ask choose", "sms"],
            ),
        ];
        for (state, expected) in table {
            for (act, expected) in acts.iter().cloned().zip(expected) {
                assert_eq!(name(&state.clone().act(act)), expected, "{state:?}");
            }
        }
    }

    #[test]
    fn l1_one_account_signs_in_and_several_are_offered() {
        let one = SignIn::default().reply(Reply::Proven(wire::SignIn::SignedIn), NOW);
        assert_eq!(name(&one), "signed in");
        let several = SignIn::default().reply(Reply::Proven(wire::SignIn::Choose(choice())), NOW);
        assert_eq!(name(&several), "choose");
    }

    #[test]
    fn the_code_on_its_way_survives_a_look_at_the_password_form() {
        let Turn::Stay(state) = SignIn::default().reply(Reply::Sent(sent()), NOW) else {
            panic!("a sent code stays")
        };
        let Turn::Stay(state) = state.act(Act::UsePassword) else { panic!("stays") };
        let Turn::Stay(SignIn::Sms(code)) = state.act(Act::UseSms) else { panic!("stays") };
        assert_eq!(code, Code::sent(sent(), NOW));
    }

    #[test]
    fn a_choice_that_died_begins_again() {
        let turn = SignIn::Choose(choice()).refuse(&Refusal::SignInFailed, None, NOW);
        assert_eq!(name(&turn), "sms");
    }
}
