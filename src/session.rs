//! Who is signed in, as far as this tab knows. `GET /me` is the only truth (G7).

use crate::api::Api;
use crate::browser;
use contract::me::{GetMe, Me};
use contract::problem::Problem;
use contract::refusal::{Refusal, SessionEnd};
use leptos::prelude::*;

/// What this tab knows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// Not asked yet.
    Unknown,
    /// It could not be found out.
    Failed(Problem),
    /// Nobody, and why.
    Guest(SessionEnd),
    /// Somebody.
    SignedIn(Me),
}

/// A handle to the one session of the tab.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    state: RwSignal<State, LocalStorage>,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self { state: RwSignal::new_local(State::Unknown) }
    }

    pub(crate) fn state(self) -> State {
        self.state.get()
    }

    /// Somebody just signed in: what was known does not count any more.
    pub(crate) fn forget(self) {
        self.state.set(State::Unknown);
    }

    /// The account signed in, for what must be drawn anew when it is another.
    pub(crate) fn account(self) -> Option<String> {
        self.state.with(|state| match state {
            State::SignedIn(me) => Some(me.account.clone()),
            _ => None,
        })
    }

    /// What is known of the account signed in.
    pub(crate) fn me(self) -> Option<Me> {
        self.state.with(|state| match state {
            State::SignedIn(me) => Some(me.clone()),
            _ => None,
        })
    }

    /// The bound number of the account signed in, masked, as it is now.
    pub(crate) fn phone(self) -> Option<String> {
        self.state.with_untracked(|state| match state {
            State::SignedIn(me) => Some(me.phone.clone()),
            _ => None,
        })
    }

    /// The server said that there is no session (any more).
    pub(crate) fn ended(self, why: SessionEnd) {
        self.state.set(State::Guest(why));
    }

    /// Asks the server who is signed in.
    pub(crate) fn refresh(self, api: Api) {
        leptos::task::spawn_local(async move {
            let state = match api.send(GetMe {}).await {
                Ok(me) => State::SignedIn(me),
                Err(Problem::Refused { refusal: Refusal::SessionEnded { why }, .. }) => State::Guest(why),
                // Known to be signed in, and now unreachable: keep what is on the screen.
                Err(_) if self.is_signed_in() => return,
                Err(problem) => State::Failed(problem),
            };
            if self.state.with_untracked(|old| *old != state) {
                self.state.set(state);
            }
        });
    }

    /// Asks again whenever the person comes back to this tab: another tab or device may have
    /// ended the session.
    pub(crate) fn watch_focus(self, api: Api) {
        browser::on_return(move || {
            if self.is_signed_in() {
                self.refresh(api);
            }
        });
    }

    fn is_signed_in(self) -> bool {
        self.state.with_untracked(|state| matches!(state, State::SignedIn(_)))
    }
}
