//! The server as a value: opened on a folder, it gives a router.

use crate::budget::Budgets;
use crate::clock::{Clock, Moment};
use crate::config::Config;
use crate::demo;
use crate::gateway::meetings::{Farewells, MeetingService};
use crate::gateway::sms::{Inbox, Sms};
use crate::gateway::wechat::{StandIn, Wechat};
use crate::outbox::Outbox;
use crate::password::Passwords;
use crate::picture::lab::Lab;
use crate::problem::Problem;
use crate::scan::watch::Watchers;
use crate::secret::Key;
use crate::store::{FolderLock, Store, keep_time, known_time};
use crate::{edge, outbox, search, sweep};
use axum::Router;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// The demo's accounts as people are told of them.
pub const DEMO_ACCOUNTS: &str = demo::ACCOUNTS;

/// Everything a request can reach. Clones are the same server.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    config: Config,
    clock: Clock,
    store: Store,
    key: Key,
    passwords: Passwords,
    lab: Lab,
    sms: Sms,
    inbox: Inbox,
    wechat: Wechat,
    phone: StandIn,
    meeting_service: MeetingService,
    farewells: Farewells,
    scans: Watchers,
    notices: Notify,
    outbox: Outbox,
    budgets: Budgets,
    folder: FolderLock,
    /// Why the time cannot be believed, until an operator says so (`--accept-clock`).
    clock_doubt: Option<String>,
}

/// The clock may be so far off what the database knew last without anybody being asked.
const CLOCK_JUMP: Duration = Duration::from_secs(3600);

impl App {
    /// Opens the data folder: makes it, brings the tables up to date, seeds an empty demo.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, String> {
        let inbox = Inbox::default();
        let sms = match (&config.sms, config.demo) {
            (_, true) => Sms::inbox(inbox.clone()),
            (Some(relay), false) => Sms::relay(relay.clone()),
            (None, false) => {
                return Err("No SMS gateway is configured: add [sms] url and token to the configuration, \
                            or start with --demo."
                    .to_owned());
            }
        };
        let phone = StandIn::default();
        let wechat =
            if config.demo { Wechat::stand_in(phone.clone(), inbox.clone()) } else { Wechat::shut() };
        let farewells = Farewells::default();
        let meeting_service = if config.demo {
            MeetingService::stand_in(farewells.clone())
        } else {
            MeetingService::configured(config.meeting_service.is_some())
        };
        let folder = config.data.display().to_string();
        let unwritable =
            |error: std::io::Error| format!("The data folder {folder} cannot be used: {}.", error.kind());
        make_private(&config.data).map_err(unwritable)?;
        let lock = FolderLock::take(&config.data)?;
        let key = Key::open(&config.data.join("code.key"))?;
        let store = Store::open(&config.data.join("menshen.db"))
            .await
            .map_err(|error| format!("The database in {folder} cannot be opened: {error}."))?;
        let unusable = |problem| format!("The database in {folder} cannot be used: {problem:?}.");
        demo::settle_kind(&store, config.demo, &folder).await?;
        search::fold_all(&store).await.map_err(unusable)?;
        let clock_doubt = if config.demo {
            None
        } else {
            check_clock(&store, &clock, config.accept_clock).await.map_err(unusable)?
        };
        let passwords = Passwords::new().map_err(unusable)?;
        let lab = Lab::new().map_err(|error| format!("No thread can be started: {}.", error.kind()))?;
        if config.demo {
            demo::restore_clock(&store, &clock).await.map_err(unusable)?;
            demo::seed_if_empty(&store, clock.now()).await.map_err(unusable)?;
        }
        Ok(Self(Arc::new(Parts {
            config,
            clock,
            store,
            key,
            passwords,
            lab,
            sms,
            inbox,
            wechat,
            phone,
            meeting_service,
            farewells,
            scans: Watchers::default(),
            notices: Notify::new(),
            outbox: Outbox::default(),
            budgets: Budgets::default(),
            folder: lock,
            clock_doubt,
        })))
    }

    /// Says where phones reach this server, as the QRs of the demo lead there; without a word they
    /// lead to the port of the first router on this computer.
    pub fn stands_at(&self, origin: &str) {
        self.0.phone.stands_at(origin);
    }

    /// All routes, answering for the given port.
    pub fn router(&self, port: u16) -> Router {
        self.stands_at(&format!("http://127.0.0.1:{port}"));
        edge::router(self, port)
    }

    /// Sweeps away what is of no use any more, as long as the server runs.
    pub async fn run_sweeper(self) {
        sweep::run(self).await;
    }

    /// Sweeps once; what [`App::run_sweeper`] does in each round. Answers how many rows went.
    ///
    /// # Errors
    /// What the store says.
    pub async fn sweep(&self) -> Result<u64, String> {
        sweep::sweep(self).await.map_err(|problem| format!("{problem:?}"))
    }

    /// Delivers notices as long as the server runs.
    pub async fn run_outbox(self) {
        outbox::run(self).await;
    }

    /// Delivers the notices that are due, once; what [`App::run_outbox`] does in each round.
    ///
    /// # Errors
    /// What the store says.
    pub async fn deliver_notices(&self) -> Result<usize, String> {
        outbox::deliver_due(self).await.map_err(|problem| format!("{problem:?}"))
    }

    /// Ends what would otherwise go on for as long as somebody watches: the server stops.
    pub fn hang_up(&self) {
        self.0.scans.close();
    }

    /// Delivers no notice any more; those under way come to their end first, for ten seconds at most.
    pub async fn end_outbox(&self) {
        outbox::end(self).await;
    }

    /// Lets the database go.
    pub async fn close(&self) {
        self.0.store.close().await;
        self.0.folder.release();
    }

    /// The present, on the server's clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0.key
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Where pictures are decoded.
    pub(crate) fn lab(&self) -> &Lab {
        &self.0.lab
    }

    pub(crate) fn sms(&self) -> &Sms {
        &self.0.sms
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        &self.0.inbox
    }

    pub(crate) fn wechat(&self) -> &Wechat {
        &self.0.wechat
    }

    pub(crate) fn meeting_service(&self) -> &MeetingService {
        &self.0.meeting_service
    }

    /// What the demo's meeting service was told to forget.
    pub(crate) fn farewells(&self) -> &Farewells {
        &self.0.farewells
    }

    /// Who watches scans.
    pub(crate) fn scans(&self) -> &Watchers {
        &self.0.scans
    }

    /// The demo's phone.
    pub(crate) fn phone(&self) -> &StandIn {
        &self.0.phone
    }

    /// What the outbox remembers between two rounds.
    pub(crate) fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// What writing costs.
    pub(crate) fn budgets(&self) -> &Budgets {
        &self.0.budgets
    }

    /// Why the time cannot be believed, if it cannot: then nothing is thrown away for being old.
    pub(crate) fn clock_doubt(&self) -> Option<&str> {
        self.0.clock_doubt.as_deref()
    }

    /// Wakes the outbox: somebody wrote a notice.
    pub(crate) fn notices(&self) -> &Notify {
        &self.0.notices
    }
}

/// Compares the clock with the last time that the database knew. A server that starts with a wrong one
/// would end what has not run out, and erase who could still come back (C8); so a jump of more than an
/// hour, which a longer stop is too, is asked about.
async fn check_clock(store: &Store, clock: &Clock, accepted: bool) -> Result<Option<String>, Problem> {
    let known = {
        let mut reader = store.read().await?;
        known_time(&mut reader).await?
    };
    let now = clock.now();
    if let Some(known) = known.filter(|_| !accepted) {
        if known.distance(now) > CLOCK_JUMP {
            let doubt = format!(
                "The clock shows {}, but the last time this database knew is {}. Nothing is swept away or \
                 erased meanwhile. If the clock is right (the server was stopped for so long), start with \
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
    keep_time(&mut tx, clock.now()).await?;
    tx.commit().await?;
    Ok(None)
}

/// Makes a folder that only its owner can look into: it holds phone numbers and password hashes.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
