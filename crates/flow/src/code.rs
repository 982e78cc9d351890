//! State of a one-time code, shared by several machines: the code that was sent and the wait before
//! the next one.

use crate::machine::Instant;
use contract::code::SentCode;
use contract::refusal::Refusal;

/// Where a code stands, as far as the person needs to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Code {
    /// The code on its way; nothing before the first.
    pub sent: Option<SentCode>,
    /// When another can be asked for; nothing when at once.
    pub retry_at: Option<Instant>,
}

impl Code {
    /// A code named by an answer that arrived at `at`.
    #[must_use]
    pub fn sent(sent: SentCode, at: Instant) -> Self {
        Self { retry_at: Some(at.after(sent.retry_in)), sent: Some(sent) }
    }

    /// Learns from a refusal how long to wait.
    #[must_use]
    pub fn refused(self, refusal: &Refusal, at: Instant) -> Self {
        match refusal {
            Refusal::SendTooOften { after } => Self { retry_at: Some(at.after(*after)), ..self },
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g2_a_refused_resend_sets_the_countdown_right() {
        let at = Instant(5_000.0);
        let code = Code::default().refused(&Refusal::SendTooOften { after: 42 }, at);
        assert_eq!(code.retry_at, Some(at.after(42)));
        assert_eq!(code.clone().refused(&Refusal::CodeWrong { left: 3 }, Instant(9_000.0)), code);
    }
}
