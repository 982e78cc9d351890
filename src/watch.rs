//! Watching a scan: told by an event stream, asked where there is none (F-19).
//!
//! One scan is watched at a time, and only while somebody looks: a hidden tab and one without a
//! network neither listen nor ask. Who comes back is told first how things stand.

use crate::api::Api;
use crate::browser::{self, Stream};
use crate::drive::Drive;
use crate::lean::effect;
use contract::problem::Problem;
use contract::refusal::Refusal;
use contract::scan::{GetScan, Scan, ScanPurpose, ScanState, events_path};
use flow::machine::{Machine, Moment};
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

/// A stream that has told nothing for so many milliseconds is held back on its way.
const SILENCE: u32 = 5_000;
/// Milliseconds between two questions while they bring no answer.
const TROUBLED: u32 = 5_000;

/// Whether somebody looks at this page and it has a network.
#[derive(Clone, Copy)]
pub(crate) struct Attention {
    looking: RwSignal<bool>,
    since: RwSignal<Moment>,
}

impl Attention {
    /// The page's only one.
    pub(crate) fn new() -> Self {
        let attention =
            Self { looking: RwSignal::new(browser::is_looked_at()), since: RwSignal::new(browser::now()) };
        browser::on_attention(move || {
            let looking = browser::is_looked_at();
            if looking {
                attention.since.set(browser::now());
            }
            if attention.looking.get_untracked() != looking {
                attention.looking.set(looking);
            }
        });
        attention
    }

    /// Whether somebody looks.
    pub(crate) fn is_looking(self) -> bool {
        self.looking.get()
    }

    /// Whether something told at that moment still counts: somebody has looked ever since.
    pub(crate) fn is_fresh_at(self, told_at: Option<Moment>) -> bool {
        let since = self.since.get();
        self.looking.get() && told_at.is_some_and(|told_at| told_at >= since)
    }
}

/// Brings a wizard the news of the scan it watches, as long as the screen is there.
pub(crate) fn watch<M: Machine + 'static>(drive: Drive<M>, api: Api) {
    let id = drive.at(|machine| machine.watched().map(ToOwned::to_owned), None);
    listen(api, id, Rc::new(move |scan| drive.news(scan)));
}

/// Where news go.
type Told = Rc<dyn Fn(Scan)>;

/// Not generic, so that it is in the wasm once.
fn listen(api: Api, id: Memo<Option<String>>, told: Told) {
    let attention: Attention = expect_context();
    let ear = StoredValue::new_local(None::<Ear>);
    effect(move || {
        ear.set_value(None);
        // Coming back is a reason to listen anew, even to who never seemed to be away.
        attention.since.track();
        if let (Some(id), true) = (id.get(), attention.looking.get()) {
            ear.set_value(Some(Ear::open(api, id, Rc::clone(&told))));
        }
    });
}

/// Listens to one scan until it is dropped.
struct Ear {
    open: Rc<Cell<bool>>,
    _stream: Option<Stream>,
}

impl Ear {
    fn open(api: Api, id: String, told: Told) -> Self {
        let open = Rc::new(Cell::new(true));
        let heard = Rc::new(Cell::new(false));
        let ask = {
            let (open, id, told) = (Rc::clone(&open), id.clone(), Rc::clone(&told));
            let asking = Cell::new(false);
            Rc::new(move || {
                if !asking.replace(true) {
                    leptos::task::spawn_local(ask(api, id.clone(), Rc::clone(&told), Rc::clone(&open)));
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
        let news = move |text: String| {
            if let Ok(scan) = serde_json::from_str::<Scan>(&text) {
                heard.set(true);
                told(scan);
            }
        };
        let broken = Rc::clone(&ask);
        let stream = Stream::open(&events_path(&id), ["scan", "replaced"], news, move || broken());
        if stream.is_none() {
            ask();
        }
        Self { open, _stream: stream }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.open.set(false);
    }
}

/// Asks again and again, at the pace the server sets.
async fn ask(api: Api, id: String, told: Told, open: Rc<Cell<bool>>) {
    while open.get() {
        let answer = api.send(GetScan { scan: id.clone() }).await;
        if !open.get() {
            return;
        }
        let pause = match answer {
            Ok(scan) => {
                let (pause, is_open) = (scan.poll_in.max(1) * 1_000, scan.state.is_open());
                told(scan);
                if !is_open {
                    return;
                }
                pause
            }
            Err(Problem::Refused { refusal: Refusal::TooBusy { after }, .. }) => after * 1_000,
            // There is no such scan (any more): to the person that is one whose place was taken.
            Err(Problem::Refused { .. }) => return told(gone(id)),
            Err(Problem::Trouble(_)) => TROUBLED,
        };
        browser::pause(pause).await;
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
