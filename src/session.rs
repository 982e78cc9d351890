//! The account that this tab shows as signed in; `GET /me` decides (G7).

use crate::api::Api;
use crate::browser::{self, Keep};
use crate::surface;
use contract::me::{GetMe, Me};
use contract::problem::{Problem, Trouble};
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::SignOut;
use leptos::prelude::*;

/// What this tab knows about the session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// Not asked yet.
    Unknown,
    /// The server could not be asked.
    Failed(Problem),
    /// Nobody is signed in, and why.
    Guest(SignedOut),
    /// An account is signed in.
    SignedIn(UnreadAccount),
}

/// The signed-in account, as the server wrote it: who needs more of it than its id reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UnreadAccount {
    id: String,
    text: String,
}

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SignedOut {
    /// As the server says.
    ByServer(SessionEnd),
    /// The person signed out in another tab while this one showed the account.
    OtherTab,
    /// The person signed out here, and the server has not confirmed it yet (SES-07).
    Pending,
}

/// The cookie that is there while the server has not confirmed a sign-out.
const SIGN_OUT_PENDING: &str = "__Host-sign-out";

/// By then slow phones have drawn a screen, too.
const DRAWN_MS: u32 = 100;

/// A handle to the one session of the tab.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    state: RwSignal<State, LocalStorage>,
    /// Whether the page was painted for a guest, until something is known.
    is_presumed_guest: StoredValue<bool>,
    /// Whether the account on the screen was replaced by another (F-12).
    switched: RwSignal<bool>,
    /// The number that was typed to sign in, as it was typed.
    username: StoredValue<String>,
    /// Incremented at each sign-in and sign-out, so that earlier answers are dropped.
    generation: StoredValue<u32>,
}

impl Session {
    /// The page's only session.
    pub(crate) fn new() -> Self {
        Self {
            state: RwSignal::new_local(State::Unknown),
            is_presumed_guest: StoredValue::new(browser::first_paint_is_for_guests()),
            switched: RwSignal::new(false),
            username: StoredValue::default(),
            generation: StoredValue::new(0),
        }
    }

    pub(crate) fn state(self) -> State {
        self.state.get()
    }

    /// Why nobody is signed in, as far as is known. A guest whom the server has taken for one is sent to the sign-in
    /// at once, and asked about from there: the server may know why the last session ended.
    pub(crate) fn signed_out(self) -> Option<SignedOut> {
        match self.state.get() {
            State::Guest(signed_out) => Some(signed_out),
            State::Unknown if self.is_presumed_guest.get_value() => {
                Some(SignedOut::ByServer(SessionEnd::NotSignedIn))
            }
            _ => None,
        }
    }

    /// Increases with each change of the session or its token: the answer to a request of an earlier one is not
    /// about the present session.
    pub(crate) fn generation(self) -> u32 {
        self.generation.get_value()
    }

    /// After a sign-in: what was known is out of date.
    pub(crate) fn forget(self) {
        forget_pending_sign_out();
        self.turn_to(State::Unknown);
    }

    /// After a change of the session's token: refusals of requests with the old one are ignored
    /// (SES-02).
    pub(crate) fn renewed(self) {
        self.generation.update_value(|generation| *generation = generation.wrapping_add(1));
    }

    /// Nobody is signed in any more. A reason that is known already changes nothing.
    pub(crate) fn leave(self, signed_out: SignedOut) {
        let state = State::Guest(signed_out);
        if self.state.get_untracked() != state {
            self.remember_username(String::new());
            self.turn_to(state);
        }
    }

    /// Remembers what was typed to sign in, until the sign-out or the end of the page.
    pub(crate) fn remember_username(self, typed: String) {
        self.username.set_value(typed);
    }

    /// The sign-in name, if it was typed here: a password manager stores it with a password. The masked
    /// number would be refused (B25).
    pub(crate) fn username(self) -> Option<String> {
        let typed = self.username.get_value();
        (!typed.is_empty()).then_some(typed)
    }

    fn turn_to(self, state: State) {
        self.is_presumed_guest.set_value(false);
        self.renewed();
        self.state.set(state);
    }

    /// The id of the signed-in account, for views that are redrawn when it changes.
    pub(crate) fn account(self) -> Option<String> {
        self.state.with(|state| account_of(state).map(ToOwned::to_owned))
    }

    /// The same, not tracked.
    pub(crate) fn shown(self) -> Option<String> {
        self.state.with_untracked(|state| account_of(state).map(ToOwned::to_owned))
    }

    /// The signed-in account.
    pub(crate) fn me(self) -> Option<Me> {
        self.state.with(|state| match state {
            State::SignedIn(account) => json::read(&account.text),
            _ => None,
        })
    }

    /// The bound number of the signed-in account, masked. Not tracked.
    pub(crate) fn phone(self) -> Option<String> {
        untrack(move || self.me()).map(|me| me.phone)
    }

    /// Whether the account on the screen was replaced by another.
    pub(crate) fn switched(self) -> RwSignal<bool> {
        self.switched
    }

    /// The server said that there is no session (any more), or not the one this tab shows.
    pub(crate) fn ended(self, why: SessionEnd, api: Api) {
        use SessionEnd as Why;
        let known = self.state.get_untracked();
        self.leave(match (why, known) {
            (Why::AnotherAccount, State::SignedIn(_)) => return self.refresh(api),
            (Why::NotSignedIn | Why::SignedOut, State::SignedIn(_)) => SignedOut::OtherTab,
            // The known reason is more specific.
            (Why::NotSignedIn, State::Guest(signed_out)) => signed_out,
            (why, _) => SignedOut::ByServer(why),
        });
    }

    /// Asks the server who is signed in; before that, sends it a sign-out that it has not confirmed.
    pub(crate) fn refresh(self, api: Api) {
        let generation = self.generation();
        leptos::task::spawn_local(async move {
            if is_sign_out_pending() {
                if self.sign_out(api).await.is_err() {
                    self.leave(SignedOut::Pending);
                }
                return;
            }
            let answer = api.text(GetMe {}).await;
            if self.generation() != generation {
                return;
            }
            match answer.and_then(|text| self.show(text)) {
                Ok(()) => {}
                Err(Problem::Refused { refusal: Refusal::SessionEnded { why }, .. }) => self.ended(why, api),
                Err(problem) => self.missed(problem),
            }
        });
    }

    /// The same a moment later, when the screen should be drawn, where the page was painted for a guest: to them the
    /// answer changes nothing but why the last session ended.
    pub(crate) fn refresh_when_drawn(self, api: Api) {
        if !self.is_presumed_guest.get_value() {
            return self.refresh(api);
        }
        leptos::task::spawn_local(async move {
            browser::pause(DRAWN_MS).await;
            // Somebody quick may have signed in meanwhile.
            if self.state.with_untracked(|state| *state == State::Unknown) {
                self.refresh(api);
            }
        });
    }

    /// There was no usable answer.
    fn missed(self, problem: Problem) {
        let knows = |state: &State| matches!(state, State::SignedIn(_) | State::Guest(_));
        // Known, and now unreachable: keep what is on the screen.
        if !self.state.with_untracked(knows) {
            self.state.set(State::Failed(problem));
        }
    }

    /// The server said who is signed in; `text` is a [`Me`].
    ///
    /// # Errors
    /// It is not; then nothing is changed.
    pub(crate) fn show(self, text: String) -> Result<(), Problem> {
        let id = json::parse(&text).and_then(|me| me.member::<String>("account"));
        let id = id.ok_or(Problem::Trouble(Trouble::Unreadable))?;
        if self.shown().is_some_and(|shown| shown != id) {
            self.switched.set(true);
            self.remember_username(String::new());
        }
        let state = State::SignedIn(UnreadAccount { id, text });
        if self.state.with_untracked(|old| *old != state) {
            self.state.set(state);
        }
        Ok(())
    }

    /// Signs out. Without a connection this tab is signed out at once, and the
    /// request is repeated until the server has confirmed it (SES-07).
    ///
    /// # Errors
    /// The server's refusal to do so.
    pub(crate) async fn sign_out(self, api: Api) -> Result<(), Problem> {
        let other = Refusal::SessionEnded { why: SessionEnd::AnotherAccount };
        let was_pending = is_sign_out_pending();
        let answer = api.text(SignOut {}).await;
        // Somebody signed in meanwhile: the answer is not about them.
        if was_pending && !is_sign_out_pending() && !matches!(self.state.get_untracked(), State::Guest(_)) {
            return Ok(());
        }
        match answer {
            Err(problem) if problem.refusal() == Some(&other) => return Err(problem),
            Ok(_) | Err(Problem::Refused { refusal: Refusal::SessionEnded { .. }, .. }) => {
                forget_pending_sign_out();
                self.leave(SignedOut::ByServer(SessionEnd::SignedOut));
            }
            Err(Problem::Trouble(_) | Problem::Refused { refusal: Refusal::TooBusy { .. }, .. }) => {
                browser::set_cookie(SIGN_OUT_PENDING, "1", surface::keep());
                self.leave(SignedOut::Pending);
            }
            Err(problem) => return Err(problem),
        }
        Ok(())
    }

    /// Asks again whenever the user comes back to this tab: another tab or device may have ended the
    /// session, and a server that has not confirmed a sign-out may be reachable again (SES-07). A page
    /// restored from the back/forward cache shows nothing until the answer is there.
    pub(crate) fn watch(self, api: Api) {
        browser::on_return(move || {
            // Somebody may have signed in elsewhere, too.
            if self.state.with_untracked(|state| *state != State::Unknown) {
                self.refresh(api);
            }
        });
        browser::on_restored(move || {
            if self.shown().is_some() {
                self.turn_to(State::Unknown);
                self.refresh(api);
            }
        });
        browser::on_network(move || {
            if is_sign_out_pending() {
                self.refresh(api);
            }
        });
    }
}

fn is_sign_out_pending() -> bool {
    browser::cookie(SIGN_OUT_PENDING).is_some()
}

fn forget_pending_sign_out() {
    browser::set_cookie(SIGN_OUT_PENDING, "", Keep::Not);
}

fn account_of(state: &State) -> Option<&str> {
    match state {
        State::SignedIn(account) => Some(&account.id),
        _ => None,
    }
}
