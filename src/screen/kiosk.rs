//! The visit of a person at a shared device (G6): a line at the foot of every screen by which they end it, and what
//! ends it when they have gone. Ending asks the server to forget the visit and loads a fresh page, so that nothing of
//! it stays in the memory of this one either. Verb: act.
//!
//! `app` draws the screens through this part, so none is shown without it.

use crate::address;
use crate::api::Api;
use crate::browser;
use crate::context::{in_words, stuck, words};
use crate::erased::{effect, live, memo, text};
use crate::network::Network;
use crate::screen::reading::Reading;
use crate::session::{Session, SignedOut, State};
use crate::ui::field;
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::EndVisit;
use flow::machine::Instant;
use leptos::html;
use leptos::prelude::*;

/// Where the next person begins.
const START: &str = "/sign-in?surface=kiosk";
/// Events by which a person shows to be there. The last is a scan's, from `watch`.
const SIGNS: [&str; 6] = ["pointerdown", "touchstart", "wheel", "keydown", "input", browser::SIGN];
/// Milliseconds between two looks at the clock.
const LOOK: u32 = 1_000;
/// Milliseconds before the server is asked again to end the visit.
const AGAIN: u32 = 2_000;
/// The server ends a session that nothing is heard of, so it hears of who is there at most this often, in seconds.
const TELL: f64 = 20.0;

/// Seconds of the rules (G6).
mod seconds {
    /// Without a sign of the person, until they are asked.
    pub(super) const IDLE: f64 = 60.0;
    /// The same where there is nothing left to do: at a result, or once their session has ended.
    pub(super) const IDLE_AT_END: f64 = 10.0;
    /// From the question to the end.
    pub(super) const QUESTION: f64 = 20.0;
    /// While nobody can see the page.
    pub(super) const HIDDEN: f64 = 30.0;
    /// Without a network.
    pub(super) const OFFLINE: f64 = 60.0;
}

/// What is known of a visit at one moment, in seconds.
#[derive(Clone, Copy, Default)]
struct Look {
    /// Since the last sign of the person.
    idle: f64,
    /// Whether there is nothing left to do for them.
    is_at_end: bool,
    /// For how long the page has been hidden.
    hidden: f64,
    /// For how long there has been no network.
    offline: f64,
}

/// How a visit stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    GoesOn,
    /// The person is asked whether they are there; it ends in so many seconds.
    Asked(u32),
    Over,
}

impl Look {
    fn standing(self) -> Standing {
        let idle = if self.is_at_end { seconds::IDLE_AT_END } else { seconds::IDLE };
        let left = idle + seconds::QUESTION - self.idle;
        if left <= 0.0 || self.hidden >= seconds::HIDDEN || self.offline >= seconds::OFFLINE {
            Standing::Over
        } else if self.idle >= idle {
            Standing::Asked(left.ceil() as u32)
        } else {
            Standing::GoesOn
        }
    }
}

/// The one visit of the page.
#[derive(Clone, Copy)]
struct Visit {
    api: Api,
    session: Session,
    network: Network,
    /// The last sign of the person.
    seen_at: StoredValue<Instant>,
    /// Whether they have done anything.
    has_begun: StoredValue<bool>,
    /// When the server heard last that somebody is there.
    told_at: StoredValue<Instant>,
    hidden_since: StoredValue<Option<Instant>>,
    offline_since: StoredValue<Option<Instant>>,
    /// Whether the screen is a result, or the session has ended.
    is_at_end: Memo<bool>,
    /// The seconds that are left, while the person is asked.
    left: RwSignal<Option<u32>>,
    is_over: RwSignal<bool>,
}

/// Draws `screens`, and what ends the visit.
pub(crate) fn visit(screens: fn() -> AnyView) -> AnyView {
    browser::set_surface("kiosk");
    field::forbid_suggestions();
    let visit = Visit::new();
    visit.watch();
    view! {
        {live(move || if visit.is_over.get() { in_words(move || cover(visit.network)) } else { screens() })}
        {live(move || if visit.is_over.get() { ().into_any() } else { in_words(move || around(visit)) })}
    }
    .into_any()
}

fn around(visit: Visit) -> AnyView {
    view! { <Foot visit=visit /> <Question visit=visit /> <Reading /> }.into_any()
}

impl Visit {
    fn new() -> Self {
        let session: Session = expect_context();
        let shown = address::shown();
        let now = browser::now();
        Self {
            api: expect_context(),
            session,
            network: expect_context(),
            seen_at: StoredValue::new(now),
            has_begun: StoredValue::new(false),
            told_at: StoredValue::new(now),
            hidden_since: StoredValue::new(None),
            offline_since: StoredValue::new(None),
            is_at_end: memo(move || {
                let is_ended = matches!(
                    session.state(),
                    State::Guest(SignedOut::ByServer(why)) if why != SessionEnd::NotSignedIn
                );
                is_ended || shown.get().is_some_and(|route| route.is_result())
            }),
            left: RwSignal::new(None),
            is_over: RwSignal::new(false),
        }
    }

    /// Ends the visit when it is over, as long as the page exists.
    fn watch(self) {
        browser::on_window(&SIGNS, move |_| self.seen());
        // An answer by a pointer closes the question when it is complete: what is below gets no half of a click.
        browser::on_window(&["click"], move |_| self.left.set(None));
        // No menus and new tabs of the browser, which lead out of the app.
        browser::on_window(&["contextmenu", "dragstart", "auxclick"], |event| event.prevent_default());
        browser::on_attention(move || self.look());
        browser::on_restored(move || self.end());
        effect(move || {
            // The person signed out here, or in another tab.
            let ended = SignedOut::ByServer(SessionEnd::SignedOut);
            if let State::Guest(why) = self.session.state()
                && (why == ended || matches!(why, SignedOut::OtherTab | SignedOut::Pending))
            {
                self.end();
            }
        });
        leptos::task::spawn_local(async move {
            while !self.is_over.get_untracked() {
                browser::pause(LOOK).await;
                self.look();
            }
        });
    }

    /// A sign of the person. One that comes when the visit is over is the next one's.
    fn seen(self) {
        self.look();
        self.has_begun.set_value(true);
        self.seen_at.set_value(browser::now());
    }

    /// The person says that they are there. Closing the dialog by Esc or a gesture is no other event.
    fn answer(self) {
        self.seen();
        self.left.set(None);
    }

    /// Looks at the clock.
    fn look(self) {
        if self.is_over.get_untracked() {
            return;
        }
        let now = browser::now();
        let since = |at: Instant| (now.0 - at.0) / 1000.0;
        let lasted = |is_so: bool, at: StoredValue<Option<Instant>>| {
            at.update_value(|at| *at = is_so.then(|| at.unwrap_or(now)));
            at.get_value().map_or(0.0, since)
        };
        let look = Look {
            idle: since(self.seen_at.get_value()),
            is_at_end: self.is_at_end.get_untracked(),
            hidden: lasted(!browser::is_shown(), self.hidden_since),
            offline: lasted(!self.network.is_there_now(), self.offline_since),
        };
        let is_signed_in = self.session.shown().is_some();
        // A page that nobody has touched shows nothing of anybody.
        if !(is_signed_in || look.is_at_end || self.has_begun.get_value()) {
            return;
        }
        match look.standing() {
            Standing::Over => self.end(),
            Standing::Asked(left) => self.left.set(Some(left)),
            // A pointer that is down may still be in the question.
            Standing::GoesOn if look.idle * 1000.0 >= f64::from(LOOK) => self.left.set(None),
            Standing::GoesOn => {}
        }
        let told_at = self.told_at.get_value();
        if is_signed_in && self.seen_at.get_value() > told_at && since(told_at) >= TELL {
            self.told_at.set_value(now);
            self.session.refresh(self.api);
        }
    }

    /// Clears the screen, ends the visit on the server, and begins the next one's page.
    fn end(self) {
        if self.is_over.get_untracked() {
            return;
        }
        self.is_over.set(true);
        leptos::task::spawn_local(async move {
            // Before the server has forgotten the visit, a fresh page would show it. Forbidden is what it answers where
            // nothing marks this as a shared device any more; the fresh page does so, and that ends the visit too.
            while let Err(problem) = self.api.text(EndVisit {}).await {
                if problem.refusal() == Some(&Refusal::Forbidden) {
                    break;
                }
                browser::pause(AGAIN).await;
            }
            browser::replace(START);
        });
    }
}

/// In place of the screen while the visit is being ended.
fn cover(network: Network) -> AnyView {
    let t = words().kiosk();
    stuck();
    view! {
        <main class="page sheet">
            <p role="status">
                <span prop:textContent=text(move || if network.is_there() { t.ending } else { t.offline })></span>
            </p>
        </main>
    }
    .into_any()
}

/// The line at the foot of every screen.
#[component]
fn Foot(visit: Visit) -> impl IntoView {
    let t = words().kiosk();
    view! {
        <footer class="visit">
            <p>{t.shared}</p>
            <button type="button" class="button" on:click=move |_| visit.end()>{t.done}</button>
        </footer>
    }
}

/// Asks whether the person is still there, while that is not known. Any sign of them answers.
#[component]
fn Question(visit: Visit) -> impl IntoView {
    let is_asked = memo(move || visit.left.get().is_some());
    live(move || if is_asked.get() { view! { <Asked visit=visit /> }.into_any() } else { ().into_any() })
}

#[component]
fn Asked(visit: Visit) -> impl IntoView {
    let t = words().kiosk();
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            browser::show_modal(&dialog);
        }
    });
    let left = move || visit.left.get().unwrap_or_default();
    // Each second would be too much to listen to.
    let spoken = memo(move || match left() {
        11.. => 20,
        6..=10 => 10,
        _ => 5,
    });
    view! {
        <dialog
            role="alertdialog"
            aria-labelledby="visit-question"
            aria-describedby="visit-ends"
            node_ref=dialog
            on:close=move |_| visit.answer()
        >
            <h2 id="visit-question">{t.still_there}</h2>
            <p aria-hidden="true" prop:textContent=text(move || (t.ends_in)(left()))></p>
            <p class="spoken" id="visit-ends" role="status" prop:textContent=text(move || (t.ends_in)(spoken.get()))></p>
            <button type="button" class="button" data-tone="primary" on:click=move |_| visit.answer()>
                {t.stay}
            </button>
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::{Look, Standing};

    #[test]
    fn g6_idle_visit_is_asked_about_at_60_and_ends_at_80() {
        let at = |idle| Look { idle, ..Look::default() }.standing();
        assert_eq!(at(59.9), Standing::GoesOn);
        assert_eq!([at(60.0), at(69.5), at(79.9)], [20, 11, 1].map(Standing::Asked));
        assert_eq!([at(80.0), at(86_400.0)], [Standing::Over; 2]);
    }

    #[test]
    fn g6_visit_with_nothing_left_to_do_ends_in_30_seconds() {
        let at = |idle| Look { idle, is_at_end: true, ..Look::default() }.standing();
        assert_eq!([at(9.9), at(10.0), at(30.0)], [Standing::GoesOn, Standing::Asked(20), Standing::Over]);
    }

    #[test]
    fn g6_hidden_page_ends_in_30_seconds_and_offline_one_in_60() {
        let hidden = |hidden| Look { hidden, ..Look::default() }.standing();
        assert_eq!([hidden(29.9), hidden(30.0)], [Standing::GoesOn, Standing::Over]);
        let offline = |offline| Look { offline, ..Look::default() }.standing();
        assert_eq!([offline(59.9), offline(60.0)], [Standing::GoesOn, Standing::Over]);
    }
}
