//! The server as a value: opened on a folder, it gives a router. This is the only module that may import all layers.

use crate::clock::{Clock, Moment};
use crate::config::Config;
use crate::demo::{self, Demo};
use crate::domain::budget::Budgets;
use crate::gateway::meeting_service::MeetingService;
use crate::gateway::sms::Sms;
use crate::gateway::wechat::Wechat;
use crate::hasher::Hasher;
use crate::http::edge;
use crate::jobs::outbox::Outbox;
use crate::jobs::retention;
use crate::picture::decoder::Decoder;
use crate::problem::Problem;
use crate::secret::Key;
use crate::state::{AppState, Parts};
use crate::store::{FolderLock, Store};
use crate::wakeup::Wakeups;
use axum::Router;
use std::path::Path;
use std::time::Duration;

/// The demo's accounts, as the server prints them at its start.
pub const DEMO_ACCOUNTS: &str = demo::ACCOUNTS;

/// A server. Clones are the same one.
#[derive(Clone)]
pub struct App {
    state: AppState,
    outbox: Outbox,
    demo: Option<Demo>,
}

/// The clock may differ by this from the last time the database knew without the operator's confirmation.
const CLOCK_JUMP: Duration = Duration::from_secs(3600);

impl App {
    /// Opens the data folder: creates it, brings the tables up to date, seeds an empty demo.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, String> {
        let demo = config.demo.then(Demo::default);
        let sms = match (&demo, &config.sms) {
            (Some(demo), _) => demo.sms(),
            (None, Some(relay)) => Sms::relay(relay.clone()),
            (None, None) => {
                return Err("No SMS gateway is configured: add [sms] url and token to the configuration, \
                            or start with --demo."
                    .to_owned());
            }
        };
        let wechat = demo.as_ref().map_or_else(Wechat::closed, Demo::wechat);
        let meeting_service = match &demo {
            Some(demo) => demo.meeting_service(),
            None => MeetingService::configured(config.meeting_service.is_some()),
        };
        let shown = config.data.display().to_string();
        let unwritable =
            |error: std::io::Error| format!("The data folder {shown} cannot be used: {}.", error.kind());
        make_private(&config.data).map_err(unwritable)?;
        let folder = FolderLock::take(&config.data)?;
        let key = Key::open(&config.data.join("code.key"))?;
        let wakeups = Wakeups::default();
        let store = Store::open(&config.data.join("menshen.db"), wakeups.clone())
            .await
            .map_err(|error| format!("The database in {shown} cannot be opened: {error}."))?;
        let unusable =
            |problem: Problem| format!("The database in {shown} cannot be used: {}.", problem.for_operator());
        settle_kind(&store, config.demo, &shown).await?;
        fold_nicknames(&store).await.map_err(unusable)?;
        let clock_doubt = if config.demo {
            None
        } else {
            check_clock(&store, &clock, config.accept_clock).await.map_err(unusable)?
        };
        let hasher = Hasher::new().map_err(unusable)?;
        let decoder =
            Decoder::new().map_err(|error| format!("No thread can be started: {}.", error.kind()))?;
        if config.demo {
            demo::restore_clock(&store, &clock).await.map_err(unusable)?;
            demo::seed_if_empty(&store, clock.now()).await.map_err(unusable)?;
        }
        let state = AppState::new(Parts {
            config,
            clock,
            store,
            key,
            hasher,
            decoder,
            sms,
            wechat,
            meeting_service,
            wakeups,
            budgets: Budgets::default(),
            folder,
            clock_doubt,
        });
        Ok(Self { outbox: Outbox::new(state.clone()), state, demo })
    }

    /// Sets the origin under which phones reach this server, to which the QRs of the demo lead; by default that
    /// is the port of the first router on this computer.
    pub fn set_demo_origin(&self, origin: &str) {
        if let Some(demo) = &self.demo {
            demo.phone.set_origin(origin);
        }
    }

    /// All routes, answering for the given port.
    pub fn router(&self, port: u16) -> Router {
        self.set_demo_origin(&format!("http://127.0.0.1:{port}"));
        let stand_ins = self.demo.as_ref().map(|demo| demo.routes(&self.state));
        edge::router(&self.state, stand_ins, port)
    }

    /// Deletes old rows as long as the server runs.
    pub async fn run_retention(self) {
        retention::run(self.state).await;
    }

    /// Deletes old rows once, as each round of [`App::run_retention`] does. Answers how many.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_old(&self) -> Result<u64, String> {
        retention::round(&self.state).await.map_err(|problem| problem.for_operator())
    }

    /// Delivers messages as long as the server runs.
    pub async fn run_outbox(self) {
        self.outbox.run().await;
    }

    /// Delivers the messages that are due, once, as each round of [`App::run_outbox`] does. Answers how many.
    ///
    /// # Errors
    /// What the database says.
    pub async fn deliver_messages(&self) -> Result<usize, String> {
        self.outbox.deliver_due().await.map_err(|problem| problem.for_operator())
    }

    /// Closes all event streams, at shutdown: they would go on as long as somebody watches.
    pub fn close_streams(&self) {
        self.state.wakeups.scans().close();
    }

    /// Delivers no message any more; those under way end first, within ten seconds.
    pub async fn end_outbox(&self) {
        self.outbox.end().await;
    }

    /// Closes the database and releases the folder.
    pub async fn close(&self) {
        self.state.store.close().await;
        self.state.folder.release();
    }

    /// The present, on the server's clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.state.now()
    }
}

/// Writes into a new database whether it is a demo's, and refuses the other kind: they are never taken for each
/// other.
async fn settle_kind(store: &Store, demo: bool, folder: &str) -> Result<(), String> {
    let wanted = if demo { "demo" } else { "production" };
    let settle = async || -> Result<String, Problem> {
        let mut tx = store.write().await?;
        let kind = tx.settle_kind(wanted).await?;
        if kind == wanted {
            if !demo {
                tx.insert_personal_realm().await?;
            }
            tx.commit().await?;
        }
        Ok(kind)
    };
    match settle().await {
        Ok(kind) if kind == wanted => Ok(()),
        Ok(_) if demo => {
            Err(format!("The database in {folder} holds real data; --demo needs a folder of its own."))
        }
        Ok(_) => Err(format!(
            "The database in {folder} holds demo data; start with --demo or name another folder."
        )),
        Err(problem) => Err(format!("The database in {folder} cannot be used: {}.", problem.for_operator())),
    }
}

/// Computes the search keys of accounts from earlier releases.
async fn fold_nicknames(store: &Store) -> Result<(), Problem> {
    let mut after = None;
    loop {
        let mut tx = store.write().await?;
        let last = tx.fold_nicknames(after.as_ref()).await?;
        if last.is_none() {
            return Ok(());
        }
        tx.commit().await?;
        after = last;
    }
}

/// Compares the clock with the newest time in the database. A wrong clock would end what has not expired, and erase
/// accounts before their time (C8). So the operator has to confirm a jump of more than an hour, also after the
/// server was stopped for longer; the answer is the sentence for them.
async fn check_clock(store: &Store, clock: &Clock, accepted: bool) -> Result<Option<String>, Problem> {
    let known = store.read().await?.time().await?;
    let now = clock.now();
    if let Some(known) = known.filter(|_| !accepted) {
        if known.distance(now) > CLOCK_JUMP {
            let doubt = format!(
                "The clock shows {}, but the last time this database knew is {}. Nothing is deleted \
                 meanwhile. If the clock is right (the server was stopped for so long), start with \
                 --accept-clock; otherwise set it right first.",
                now.timestamp().0,
                known.timestamp().0
            );
            tracing::warn!("{doubt}");
            return Ok(Some(doubt));
        }
        clock.not_before(known);
    }
    let mut tx = store.write().await?;
    tx.set_time(clock.now()).await?;
    tx.commit().await?;
    Ok(None)
}

/// Creates a folder with mode 700: it holds phone numbers and password hashes.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
