//! Watches a scan: by an event stream, or by polling where that fails (F-19).
//!
//! One scan is watched at a time. A tab that seems hidden or offline closes the stream and polls
//! more and more rarely ([`PAUSES`]). When the person comes back, the scan's state is read before the
//! QR is shown again.

use crate::api::Api;
use crate::browser::{self, Stream};
use crate::drive::Drive;
use crate::erased::effect;
use crate::network::Network;
use crate::parts;
use contract::problem::Problem;
use contract::refusal::Refusal;
use contract::scan::{GetScan, Scan, ScanPurpose, ScanState, events_path};
use flow::machine::{Instant, Machine};
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

/// A stream without an event for this many milliseconds is assumed to be buffered on its way.
const SILENCE: u32 = 5_000;
/// Milliseconds between two requests while there is no answer.
const TROUBLED: u32 = 5_000;
/// Milliseconds before each request of a page that seems hidden; the last pause repeats. The first two end
/// with the life of a QR. The last is longer than an unused session lasts, so a forgotten tab does not
/// keep its session, and timers of browsers take less than 2³¹.
const PAUSES: [u32; 5] = [60_000, 60_000, 120_000, 3_600_000, 2_000_000_000];

/// Whether this page seems to be visible and to have a network. Browsers and webviews are sometimes
/// wrong about both: a hint makes requests rarer and never stops them (B23, B51).
#[derive(Clone, Copy)]
pub(crate) struct Attention {
    shown: RwSignal<bool>,
    network: Network,
    /// When the last hint came.
    since: RwSignal<Instant>,
}

impl Attention {
    /// Creates the page's only instance.
    pub(crate) fn new(network: Network) -> Self {
        let attention =
            Self { shown: RwSignal::new(browser::is_shown()), network, since: RwSignal::new(browser::now()) };
        let set = move |shown| {
            if attention.shown.get_untracked() != shown {
                attention.shown.set(shown);
            }
        };
        browser::on_attention(move || {
            attention.since.set(browser::now());
            set(browser::is_shown());
        });
        // Who uses the page sees it.
        browser::on_input(move || set(true));
        attention
    }

    /// Whether the page seems to be visible and online.
    pub(crate) fn is_looking(self) -> bool {
        self.shown.get() && self.network.is_there()
    }

    /// The present pace of requests.
    pub(crate) fn pace(self) -> Pace {
        Pace((!self.is_looking()).then_some(0))
    }

    /// Whether an answer of that moment is still current: the page was not away since.
    pub(crate) fn is_fresh_at(self, read_at: Option<Instant>) -> bool {
        let since = self.since.get();
        read_at.is_some_and(|read_at| read_at >= since)
    }
}

/// The pauses between requests: as asked for while the page is visible, otherwise those of [`PAUSES`]
/// from this one on.
pub(crate) struct Pace(Option<usize>);

impl Pace {
    /// Waits that long, or longer if the page seems hidden.
    pub(crate) async fn rest(&mut self, milliseconds: u32) {
        browser::pause(self.next(milliseconds)).await;
    }

    fn next(&mut self, milliseconds: u32) -> u32 {
        let Some(at) = &mut self.0 else { return milliseconds };
        let pause = PAUSES.get(*at).or(PAUSES.last()).map_or(milliseconds, |pause| milliseconds.max(*pause));
        *at = at.saturating_add(1);
        pause
    }

    /// Whether the page seems to be hidden or offline.
    pub(crate) fn is_slow(&self) -> bool {
        self.0.is_some()
    }
}

/// Passes each change of the scan that a wizard watches on to it, as long as its screen exists.
pub(crate) fn watch<M: Machine + 'static>(drive: Drive<M>, api: Api) {
    let id = drive.at(|machine| machine.watched().map(ToOwned::to_owned), None);
    listen_when_needed(api, id, Rc::new(move |scan| drive.scan_changed(scan)));
}

/// Called with each new state of the scan.
pub(crate) type OnScan = Rc<dyn Fn(Scan)>;

/// The type of [`listen`].
pub(crate) type Listen = fn(Api, Memo<Option<String>>, OnScan);

/// Fetches the code that listens with the first scan. Where it does not come, it is asked for again: the scan goes on.
fn listen_when_needed(api: Api, id: Memo<Option<String>>, on_scan: OnScan) {
    let attention: Attention = expect_context();
    let owner = Owner::current();
    let mut comes = false;
    effect(move || {
        if id.get().is_none() || std::mem::replace(&mut comes, true) {
            return;
        }
        let (owner, on_scan) = (owner.clone(), Rc::clone(&on_scan));
        let mut pace = attention.pace();
        leptos::task::spawn_local(async move {
            let mut listener = parts::listener().await;
            while listener.is_err() {
                pace.rest(TROUBLED).await;
                // Its screen is gone.
                if id.try_get_untracked().is_none() {
                    return;
                }
                listener = parts::listener().await;
            }
            if let (Ok(listen), Some(owner)) = (listener, owner)
                && id.try_get_untracked().is_some()
            {
                owner.with(|| listen(api, id, on_scan));
            }
        });
    });
}

/// Not generic, so that it is in the wasm once.
pub(crate) fn listen(api: Api, id: Memo<Option<String>>, on_scan: OnScan) {
    let attention: Attention = expect_context();
    let subscription = StoredValue::new_local(None::<ScanSubscription>);
    let last = Cell::new(None);
    let on_scan: OnScan = Rc::new(move |scan: Scan| {
        // What the phone does is a sign that somebody is there (G6).
        let is_by_phone = matches!(scan.state, ScanState::Scanned | ScanState::Confirmed);
        if last.replace(Some(scan.state)) != Some(scan.state) && is_by_phone {
            browser::announce_sign();
        }
        on_scan(scan);
    });
    effect(move || {
        subscription.set_value(None);
        // Coming back renews the subscription, also where the page was never reported hidden.
        attention.since.track();
        let (pace, on_scan) = (attention.pace(), Rc::clone(&on_scan));
        if let Some(id) = id.get() {
            subscription.set_value(Some(if pace.is_slow() {
                ScanSubscription::by_polling(api, id, on_scan, pace)
            } else {
                ScanSubscription::by_stream(api, id, on_scan)
            }));
        }
    });
}

/// Listens to one scan until it is dropped.
struct ScanSubscription {
    open: Rc<Cell<bool>>,
    _stream: Option<Stream>,
}

impl ScanSubscription {
    /// For a page that nobody seems to look at: without a stream, at a slow pace.
    fn by_polling(api: Api, id: String, on_scan: OnScan, mut pace: Pace) -> Self {
        let open = Rc::new(Cell::new(true));
        let still = Rc::clone(&open);
        leptos::task::spawn_local(async move {
            pace.rest(0).await;
            ask(api, id, on_scan, still, pace).await;
        });
        Self { open, _stream: None }
    }

    fn by_stream(api: Api, id: String, on_scan: OnScan) -> Self {
        let open = Rc::new(Cell::new(true));
        let heard = Rc::new(Cell::new(false));
        let ask = {
            let (open, id, on_scan) = (Rc::clone(&open), id.clone(), Rc::clone(&on_scan));
            let asking = Cell::new(false);
            Rc::new(move || {
                if !asking.replace(true) {
                    leptos::task::spawn_local(ask(
                        api,
                        id.clone(),
                        Rc::clone(&on_scan),
                        Rc::clone(&open),
                        Pace(None),
                    ));
                }
            })
        };
        let late = {
            let (open, heard, ask) = (Rc::clone(&open), Rc::clone(&heard), Rc::clone(&ask));
            async move {
                browser::pause(SILENCE).await;
                if open.get() && !heard.get() {
                    ask();
                }
            }
        };
        leptos::task::spawn_local(late);
        let on_event = move |text: String| {
            if let Some(scan) = json::read::<Scan>(&text) {
                heard.set(true);
                on_scan(scan);
            }
        };
        let broken = Rc::clone(&ask);
        let stream = Stream::open(&events_path(&id), ["scan", "replaced"], on_event, move || broken());
        if stream.is_none() {
            ask();
        }
        Self { open, _stream: stream }
    }
}

impl Drop for ScanSubscription {
    fn drop(&mut self) {
        self.open.set(false);
    }
}

/// Polls, at the pace the server sets or a slower one.
async fn ask(api: Api, id: String, on_scan: OnScan, open: Rc<Cell<bool>>, mut pace: Pace) {
    while open.get() {
        let answer = api.send(GetScan { scan: id.clone() }).await;
        if !open.get() {
            return;
        }
        let pause = match answer {
            Ok(scan) => {
                let (pause, is_open) = (scan.poll_in.max(1) * 1_000, scan.state.is_open());
                on_scan(scan);
                if !is_open {
                    return;
                }
                pause
            }
            Err(Problem::Refused { refusal: Refusal::TooBusy { after }, .. }) => after * 1_000,
            // There is no such scan (any more): shown like a scan that another one replaced.
            Err(Problem::Refused { .. }) => return on_scan(gone(id)),
            Err(Problem::Trouble(_)) => TROUBLED,
        };
        pace.rest(pause).await;
    }
}

fn gone(id: String) -> Scan {
    Scan {
        id,
        purpose: ScanPurpose::SignIn,
        state: ScanState::Superseded,
        number: None,
        expires_in: 0,
        poll_in: 0,
        qr: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSES, Pace};

    #[test]
    fn b23_pauses_of_a_hidden_page_grow_past_its_session() {
        let mut hidden = Pace(Some(0));
        let pauses: Vec<u32> = (0..6).map(|_| hidden.next(2_000)).collect();
        assert_eq!(pauses[..5], PAUSES);
        assert_eq!(pauses[5], PAUSES[4], "the last repeats");
        // The life of a QR, in milliseconds (QR-01), and of an unused session on the web (SES-02).
        assert_eq!(PAUSES[0] + PAUSES[1], 120_000);
        assert!(PAUSES[4] > 7 * 24 * 3_600_000);
        assert_eq!(Pace(Some(0)).next(90_000), 90_000, "the server may ask for a longer one");
    }

    #[test]
    fn qr_10_a_visible_page_asks_at_the_pace_of_the_server() {
        assert_eq!(Pace(None).next(2_000), 2_000);
    }
}
