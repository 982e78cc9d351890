//! The meeting service: messages about what it has to forget (C5, DEL-04). What it reports comes in by
//! `http::handler::service`.

use crate::clock::Moment;
use crate::domain::message::Message;
use crate::gateway::sms::Unsent;
use crate::gateway::stand_in::Farewells;

/// The gateway to the meeting service. Clones are the same one.
#[derive(Clone)]
pub(crate) struct MeetingService(Backend);

#[derive(Clone)]
enum Backend {
    /// The demo's, which keeps the messages.
    StandIn(Farewells),
    /// A meeting service is configured, and there is no client for it yet: what it has to forget waits.
    Unreachable,
    /// There is none.
    None,
}

impl MeetingService {
    /// The demo's.
    pub(crate) fn stand_in(farewells: Farewells) -> Self {
        Self(Backend::StandIn(farewells))
    }

    /// The one that is configured, or none at all: then nobody has anything to forget.
    pub(crate) fn configured(is_there: bool) -> Self {
        Self(if is_there { Backend::Unreachable } else { Backend::None })
    }

    /// Hands over which account to forget, again and again until it is accepted. Called outside every
    /// transaction; the message's id stays the same, so that a second one can be dropped.
    ///
    /// *Planned*: the client sends the message's text as JSON with its id as the `Idempotency-Key`, and is done
    /// once that is answered 2xx within three seconds.
    pub(crate) async fn forget(&self, message: &Message, now: Moment) -> Result<(), Unsent> {
        match &self.0 {
            Backend::StandIn(farewells) => {
                let farewell = serde_json::from_str(&message.text)
                    .map_err(|_| Unsent::Broken("a farewell that is none".to_owned()))?;
                tracing::info!(at = %now.timestamp().0, "the meeting service forgets an account");
                farewells.push(farewell);
            }
            Backend::Unreachable => {
                return Err(Unsent::Broken("no client of the meeting service".to_owned()));
            }
            Backend::None => {}
        }
        Ok(())
    }
}
