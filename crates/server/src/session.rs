//! Who is asking: the browser by its cookie, the login session by its own.
//!
//! Tokens are 256 random bits, stored as SHA-256. A session lives as long as its row says and its
//! epoch equals the account's: whatever raises the account's epoch ends every session at once,
//! after a restart too (SES-03, SES-04).

use crate::account::Account;
use crate::address;
use crate::app::App;
use crate::budget::{self, Cost};
use crate::clock::Moment;
use crate::edge;
use crate::event::Event;
use crate::header;
use crate::problem::Problem;
use crate::rules;
use crate::scan;
use crate::secret;
use crate::store::{moment, read_text, text_of};
use axum::extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use contract::account::{DeviceKind, Surface, Way};
use contract::activity::Happening;
use contract::me::SHOWN_ACCOUNT;
use contract::refusal::{Refusal, SessionEnd};
use sqlx::{Row, SqliteConnection};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const BROWSER_COOKIE: &str = "__Host-browser";
const SESSION_COOKIE: &str = "__Host-session";
/// Says that this is a shared device. It holds nothing and proves nothing: it only takes rights away, so
/// nothing is stored for who brings it.
pub(crate) const SHARED_COOKIE: &str = "__Host-shared";
const BROWSER_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// `last_seen_at` is written at most so often.
const TOUCH_EVERY: Duration = Duration::from_secs(3600);
const TOUCH_KIOSK_EVERY: Duration = Duration::from_secs(5);
/// Who reads waits so long for that at most.
const TOUCH_PATIENCE: Duration = Duration::from_millis(250);
/// How long a browser's redeemed host code applies to its next sign-in *(ours)*.
const SURFACE_LIFE: Duration = Duration::from_secs(30 * 60);

/// Cookies the answer will set. The edge writes them, so refusals can carry them too.
#[derive(Clone, Default)]
pub(crate) struct NewCookies(Arc<Mutex<Vec<HeaderValue>>>);

impl NewCookies {
    fn set(&self, name: &str, value: &str, life: Option<Duration>) {
        self.put(name, value, "; HttpOnly", life);
    }

    /// One that scripts of our pages see: it holds nothing secret.
    pub(crate) fn set_for_scripts(&self, name: &str, value: &str, life: Option<Duration>) {
        self.put(name, value, "", life);
    }

    fn put(&self, name: &str, value: &str, http_only: &str, life: Option<Duration>) {
        let life = life.map(|life| format!("; Max-Age={}", life.as_secs())).unwrap_or_default();
        let text = format!("{name}={value}; Path=/; Secure{http_only}; SameSite=Lax{life}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // The last word on a name is the only one (RFC 6265, section 4.1.1).
            all.retain(|other| !other.as_bytes().starts_with(format!("{name}=").as_bytes()));
            all.push(value);
        }
    }

    /// Takes out what was set.
    pub(crate) fn take(&self) -> Vec<HeaderValue> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The browser that asks, whether anybody is signed in there or not.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// Its id, if its cookie is one of ours.
    pub(crate) browser: Option<String>,
    /// Whether it was a shared device's from the beginning.
    is_kiosks: bool,
    /// Where its next sign-in happens.
    place: Place,
    /// The network it asks from.
    block: String,
    /// Whether its host is always a shared device.
    is_kiosk_host: bool,
    /// The account its tab shows, if it says so (F-12).
    shown_account: Option<String>,
    browser_token: Option<String>,
    session_token: Option<String>,
    cookies: NewCookies,
    pace: Pace,
}

/// What the request may cost; it is spent once, when it is known for whom.
#[derive(Clone)]
struct Pace {
    app: App,
    /// The route, if it writes at the cost of the account.
    route: Option<&'static str>,
    is_spent: Arc<AtomicBool>,
}

impl Pace {
    /// Fails for a route that writes and that nobody gave a budget.
    fn of(parts: &Parts, app: &App) -> Result<Self, Problem> {
        let mut pace = Self { app: app.clone(), route: None, is_spent: Arc::default() };
        if matches!(parts.method, Method::GET | Method::HEAD) {
            return Ok(pace);
        }
        let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
        match budget::cost(path) {
            Some(Cost::PerAccount) => pace.route = budget::name(path),
            Some(Cost::Own(_)) => {}
            None => return Err(Problem::fault(format!("{path} has no budget"))),
        }
        Ok(pace)
    }

    fn spend(&self, account: &str, now: Moment) -> Result<(), Problem> {
        let Some(route) = self.route else { return Ok(()) };
        if self.is_spent.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let limit = self.app.config().limits.writes_per_account_and_hour;
        self.app.budgets().spend(route, account.to_owned(), limit, now)
    }

    fn spend_sign_in(&self, account: &str, block: &str, now: Moment) -> Result<(), Problem> {
        let limit = self.app.config().limits.sign_ins_per_account_and_hour;
        self.app.budgets().spend(budget::SIGN_INS, format!("{account} {block}"), limit, now)
    }
}

/// A browser and where it asks from: what budgets are charged to.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    /// Its id.
    pub(crate) browser: &'a str,
    /// Its network.
    pub(crate) block: &'a str,
}

/// Where a sign-in happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) surface: Surface,
    pub(crate) device_kind: DeviceKind,
}

impl Place {
    /// A browser that did not prove to be something else.
    const WEB: Self = Self { surface: Surface::Web, device_kind: DeviceKind::Web };
    /// A shared device.
    pub(crate) const KIOSK: Self = Self { surface: Surface::Kiosk, device_kind: DeviceKind::Kiosk };
}

impl Place {
    /// Makes it the place of a browser's next sign-in.
    pub(crate) async fn write(
        self,
        connection: &mut SqliteConnection,
        browser: &str,
        now: Moment,
    ) -> Result<(), Problem> {
        sqlx::query("UPDATE browser SET surface = ?, device_kind = ?, surface_until = ? WHERE id = ?")
            .bind(text_of(self.surface))
            .bind(text_of(self.device_kind))
            .bind(now.after(SURFACE_LIFE).millis())
            .bind(browser)
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// A browser inside a transaction; its cookie is set once that is committed.
pub(crate) struct Browser {
    pub(crate) id: String,
    fresh_token: Option<String>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let cookies = parts.extensions.get::<NewCookies>().cloned().unwrap_or_default();
        let browser_token = token(&parts.headers, BROWSER_COOKIE);
        let session_token = token(&parts.headers, SESSION_COOKIE);
        // What is no text is no account of ours either.
        let shown = parts.headers.get(SHOWN_ACCOUNT);
        let shown = shown.map(|value| value.to_str().unwrap_or_default().to_owned());
        let mut visitor = Self {
            browser: None,
            is_kiosks: false,
            place: Place::WEB,
            is_kiosk_host: is_kiosk_host(app, &parts.uri, &parts.headers),
            block: address::block(parts, app.config()),
            shown_account: shown,
            browser_token,
            session_token,
            cookies,
            pace: Pace::of(parts, app)?,
        };
        if visitor.is_kiosk_host
            || header::cookie(&parts.headers, SHARED_COOKIE).is_some_and(|value| !value.is_empty())
        {
            visitor.place = Place::KIOSK;
        }
        let Some(token) = &visitor.browser_token else { return Ok(visitor) };
        let mut reader = app.store().read().await?;
        let row =
            sqlx::query("SELECT id, surface, device_kind, surface_until FROM browser WHERE token_hash = ?")
                .bind(secret::token_hash(token))
                .fetch_optional(&mut *reader)
                .await?;
        if let Some(row) = row {
            visitor.browser = Some(row.get("id"));
            let until = moment(row.get("surface_until"));
            if let Some(until) = until {
                let place = Place {
                    surface: read_text(row.get("surface"))?,
                    device_kind: read_text(row.get("device_kind"))?,
                };
                // A shared device stays one, whatever its cookies say: time must not give back the rights
                // it took away.
                visitor.is_kiosks = place == Place::KIOSK;
                if visitor.place != Place::KIOSK && (until > app.now() || place == Place::KIOSK) {
                    visitor.place = place;
                }
            }
        }
        Ok(visitor)
    }
}

/// The value of a cookie that names a browser or a session: 64 hexadecimal digits, anything else
/// is none.
fn token(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = header::cookie(headers, name)?;
    let is_token = value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
    is_token.then(|| value.to_owned())
}

/// Whether the browser brings a session's cookie; what that is worth only the database knows.
pub(crate) fn is_brought(headers: &HeaderMap) -> bool {
    token(headers, SESSION_COOKIE).is_some()
}

/// A session that was made, for the browser that gets it.
pub(crate) struct Admission {
    /// Its token.
    session: String,
    /// The browser it belongs to, where that is another one than asked.
    browser: Option<Browser>,
}

/// Forgets the choosers and outcomes that wait for who sits at a browser.
pub(crate) async fn forget_what_waits(
    connection: &mut SqliteConnection,
    browser: &str,
) -> Result<(), Problem> {
    for sql in ["DELETE FROM sign_in WHERE browser = ?", "DELETE FROM outcome WHERE browser = ?"] {
        sqlx::query(sql).bind(browser).execute(&mut *connection).await?;
    }
    Ok(())
}

impl Visitor {
    /// Who asks, given the browser's id (which a new one gets in the transaction).
    pub(crate) fn asker<'a>(&'a self, browser: &'a str) -> Asker<'a> {
        Asker { browser, block: &self.block }
    }

    /// What the browser is, as far as it proved.
    pub(crate) fn device_kind(&self) -> DeviceKind {
        self.place.device_kind
    }

    /// The network it asks from.
    pub(crate) fn block(&self) -> &str {
        &self.block
    }

    /// The browser's row, made if it has none; only the sign-in topic calls this.
    pub(crate) async fn browser(
        &self,
        connection: &mut SqliteConnection,
        now: Moment,
    ) -> Result<Browser, Problem> {
        match &self.browser {
            Some(id) => Ok(Browser { id: id.clone(), fresh_token: None }),
            None => self.fresh_browser(connection, now).await,
        }
    }

    /// A browser that did nothing yet.
    pub(crate) async fn fresh_browser(
        &self,
        connection: &mut SqliteConnection,
        now: Moment,
    ) -> Result<Browser, Problem> {
        let (id, token) = (secret::id(), secret::token());
        sqlx::query("INSERT INTO browser (id, token_hash, created_at) VALUES (?, ?, ?)")
            .bind(&id)
            .bind(secret::token_hash(&token))
            .bind(now.millis())
            .execute(&mut *connection)
            .await?;
        if self.is_on_kiosk() {
            Place::KIOSK.write(connection, &id, now).await?;
        }
        Ok(Browser { id, fresh_token: Some(token) })
    }

    /// Sets the cookie of a browser whose row was just made and committed.
    pub(crate) fn remember(&self, browser: &Browser) {
        if let Some(token) = &browser.fresh_token {
            self.cookies.set(BROWSER_COOKIE, token, self.life(BROWSER_LIFE));
        }
    }

    /// Sets the browser's cookie for as long as one of a host app's webview lasts.
    pub(crate) fn enter_host(&self, browser: &Browser) {
        if let Some(token) = browser.fresh_token.as_ref().or(self.browser_token.as_ref()) {
            self.cookies.set(BROWSER_COOKIE, token, Some(BROWSER_LIFE));
        }
        self.cookies.set_for_scripts(SHARED_COOKIE, "", Some(Duration::ZERO));
    }

    /// From now on this is a shared device: whoever comes next has nothing of who was here before.
    pub(crate) fn enter_kiosk(&self) {
        if self.is_from_before_kiosk() {
            self.forget_person();
        }
        self.cookies.set_for_scripts(SHARED_COOKIE, "1", None);
    }

    /// It is a shared device no more; neither has who comes next anything of who was here.
    pub(crate) fn leave_kiosk(&self) {
        self.forget_person();
        self.cookies.set_for_scripts(SHARED_COOKIE, "", Some(Duration::ZERO));
    }

    /// Whether it stands at a shared device.
    pub(crate) fn is_on_kiosk(&self) -> bool {
        self.place == Place::KIOSK
    }

    /// Whether it has something of somebody who was here before this was a shared device.
    pub(crate) fn is_from_before_kiosk(&self) -> bool {
        self.browser.is_some() && !self.is_kiosks
    }

    /// Whether its host is always a shared device, which nobody changes in a browser.
    pub(crate) fn is_at_kiosk_host(&self) -> bool {
        self.is_kiosk_host
    }

    /// Forgets session and browser: at a shared device a browser is a person's, and lasts as long as
    /// they are there (G6).
    fn forget_person(&self) {
        for name in [SESSION_COOKIE, BROWSER_COOKIE] {
            self.cookies.set(name, "", Some(Duration::ZERO));
        }
    }

    /// Signs an account in: ends what this browser had, makes a session with a token of its own
    /// (SES-02). Answers what [`Visitor::admit_anew`] hands out.
    ///
    /// Who signs in at a shared device gets a browser of their own: nothing that somebody before them
    /// left there is theirs (G6).
    pub(crate) async fn open_session(
        &self,
        connection: &mut SqliteConnection,
        browser: &str,
        account: &str,
        way: Way,
        now: Moment,
    ) -> Result<Admission, Problem> {
        self.pace.spend_sign_in(account, &self.block, now)?;
        sqlx::query(
            "UPDATE session SET ended_at = ?, ended_why = 'signed_out' WHERE browser = ? AND ended_at IS NULL",
        )
        .bind(now.millis())
        .bind(browser)
        .execute(&mut *connection)
        .await?;
        scan::supersede_here(connection, browser).await?;
        let own = if self.is_on_kiosk() {
            forget_what_waits(connection, browser).await?;
            let own = self.fresh_browser(connection, now).await?;
            sqlx::query("UPDATE device SET browser = ? WHERE browser = ? AND account = ?")
                .bind(&own.id)
                .bind(browser)
                .bind(account)
                .execute(&mut *connection)
                .await?;
            Some(own)
        } else {
            None
        };
        let browser = own.as_ref().map_or(browser, |own| &own.id);
        let device = self.device(connection, browser, account, now).await?;
        let token = secret::token();
        sqlx::query(
            "INSERT INTO session
                 (id, token_hash, account, device, browser, surface, way, epoch, created_at, last_seen_at)
             SELECT ?, ?, id, ?, ?, ?, ?, epoch, ?, ? FROM account WHERE id = ?",
        )
        .bind(secret::id())
        .bind(secret::token_hash(&token))
        .bind(&device)
        .bind(browser)
        .bind(text_of(self.place.surface))
        .bind(text_of(way))
        .bind(now.millis())
        .bind(now.millis())
        .bind(account)
        .execute(&mut *connection)
        .await?;
        let event = Event { account, device: Some(&device), what: Happening::SignedIn, way: Some(way) };
        event.write(connection, now).await?;
        Ok(Admission { session: token, browser: own })
    }

    /// The device that this browser is for an account somebody signs in to, made if it is none yet.
    pub(crate) async fn device(
        &self,
        connection: &mut SqliteConnection,
        browser: &str,
        account: &str,
        now: Moment,
    ) -> Result<String, Problem> {
        let device = sqlx::query_scalar(
            "INSERT INTO device (id, account, browser, kind, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (account, browser) DO UPDATE SET kind = excluded.kind, last_seen_at = excluded.last_seen_at,
                                                            known = 1
             RETURNING id",
        )
        .bind(secret::id())
        .bind(account)
        .bind(browser)
        .bind(text_of(self.place.device_kind))
        .bind(now.millis())
        .bind(now.millis())
        .fetch_one(connection)
        .await?;
        Ok(device)
    }

    /// Sets the cookie of a session that was just made or renewed, and committed.
    pub(crate) fn admit(&self, token: &str) {
        let (open, _) = rules::session_limits(self.place.surface);
        self.cookies.set(SESSION_COOKIE, token, self.life(open));
    }

    /// The same after a sign-in.
    pub(crate) fn admit_anew(&self, admission: &Admission) {
        self.admit(&admission.session);
        if let Some(own) = &admission.browser {
            self.remember(own);
        }
    }

    /// The session is over: forgets its cookie, and at a shared device the browser with it.
    pub(crate) fn dismiss(&self) {
        self.cookies.set(SESSION_COOKIE, "", Some(Duration::ZERO));
        if self.is_on_kiosk() {
            self.forget_person();
        }
    }

    /// How long what waits for this person may wait: at a shared device somebody else stands there
    /// soon (G6).
    pub(crate) fn patience(&self, elsewhere: Duration) -> Duration {
        if self.is_on_kiosk() { elsewhere.min(rules::session_limits(Surface::Kiosk).1) } else { elsewhere }
    }

    /// On a shared device cookies last as long as the browser runs.
    fn life(&self, life: Duration) -> Option<Duration> {
        (self.place.surface != Surface::Kiosk).then_some(life)
    }

    /// The login session as it is now, or why there is none. At a shared device the next person brings
    /// nothing of one that is over: its cookies go with the answer that says so.
    pub(crate) async fn session(
        &self,
        connection: &mut SqliteConnection,
        now: Moment,
    ) -> Result<Session, Problem> {
        let session = self.find_session(connection, now).await;
        if self.is_on_kiosk() && self.session_token.is_some() && session.as_ref().is_err_and(is_over) {
            self.dismiss();
        }
        session
    }

    async fn find_session(&self, connection: &mut SqliteConnection, now: Moment) -> Result<Session, Problem> {
        let ended = |why| Problem::from(Refusal::SessionEnded { why });
        let Some(browser) = &self.browser else { return Err(ended(SessionEnd::NotSignedIn)) };
        let Some(token) = &self.session_token else {
            return Err(ended(without_cookie(connection, browser).await?));
        };
        let row = sqlx::query(
            "SELECT id, account, device, browser, surface, epoch, created_at, last_seen_at, ended_why
             FROM session WHERE token_hash = ?",
        )
        .bind(secret::token_hash(token))
        .fetch_optional(&mut *connection)
        .await?;
        let Some(row) = row.filter(|row| row.get::<String, _>("browser") == *browser) else {
            return Err(ended(without_session(connection, token).await?));
        };
        if let Some(why) = row.get::<Option<String>, _>("ended_why") {
            return Err(ended(read_text(why)?));
        }
        let surface: Surface = read_text(row.get("surface"))?;
        if self.is_on_kiosk() && surface != Surface::Kiosk {
            // Somebody signed in here when it was their own device (K5).
            return Err(ended(SessionEnd::SignedOut));
        }
        let created_at = Moment::from_millis(row.get("created_at"));
        let last_seen_at = Moment::from_millis(row.get("last_seen_at"));
        if rules::session_end(surface, created_at, last_seen_at) <= now {
            return Err(ended(SessionEnd::Expired));
        }
        let account = Account::load(connection, &row.get::<String, _>("account")).await?;
        let Some(account) = account.filter(|account| account.epoch == row.get::<i64, _>("epoch")) else {
            return Err(ended(why_over(connection, token).await?));
        };
        self.pace.spend(&account.id, now)?;
        if self.shown_account.as_ref().is_some_and(|shown| *shown != account.id) {
            return Err(ended(SessionEnd::AnotherAccount));
        }
        Ok(Session {
            id: row.get("id"),
            device: row.get("device"),
            browser: row.get("browser"),
            surface,
            account,
            last_seen_at,
            visitor: self.clone(),
        })
    }
}

/// Why a session is over whose row said nothing of it when it was read: it may have been ended since, in
/// between two looks of somebody who only reads, and then its row says why, or what is left of it
/// (G7). If neither does, its account's epoch was raised.
async fn why_over(connection: &mut SqliteConnection, token: &str) -> Result<SessionEnd, Problem> {
    let row: Option<Option<String>> =
        sqlx::query_scalar("SELECT ended_why FROM session WHERE token_hash = ?")
            .bind(secret::token_hash(token))
            .fetch_optional(&mut *connection)
            .await?;
    match row {
        Some(Some(why)) => read_text(why),
        Some(None) => Ok(SessionEnd::EndedElsewhere),
        None => without_session(connection, token).await,
    }
}

/// Why there is no session to a token: it went with its account, or never was (G7).
async fn without_session(connection: &mut SqliteConnection, token: &str) -> Result<SessionEnd, Problem> {
    let why: Option<String> = sqlx::query_scalar("SELECT why FROM last_word WHERE token_hash = ?")
        .bind(secret::token_hash(token))
        .fetch_optional(connection)
        .await?;
    why.map_or(Ok(SessionEnd::NotSignedIn), read_text)
}

/// Why a browser brings no session's cookie (G7). Signing out, and whatever else ends a session,
/// marks its row; if nothing ended the last one here, the browser dropped its cookie, which does
/// not live longer than the session may. At a shared device the next person is told nothing (G6).
async fn without_cookie(connection: &mut SqliteConnection, browser: &str) -> Result<SessionEnd, Problem> {
    let ran_out: Option<bool> = sqlx::query_scalar(
        "SELECT ended_at IS NULL AND surface <> 'kiosk' FROM session WHERE browser = ?
         ORDER BY rowid DESC LIMIT 1",
    )
    .bind(browser)
    .fetch_optional(connection)
    .await?;
    Ok(if ran_out == Some(true) { SessionEnd::Expired } else { SessionEnd::NotSignedIn })
}

/// Whether a problem says that a session is over; that a tab shows another account says nothing of it.
fn is_over(problem: &Problem) -> bool {
    let Problem::Refused { refusal, .. } = problem else { return false };
    matches!(**refusal, Refusal::SessionEnded { why } if why != SessionEnd::AnotherAccount)
}

/// Whether a request is for a host that is always a shared device.
pub(crate) fn is_kiosk_host(app: &App, uri: &Uri, headers: &HeaderMap) -> bool {
    let kiosks = &app.config().kiosk_hosts;
    !kiosks.is_empty() && edge::host_of(uri, headers).is_some_and(|host| kiosks.contains(&host))
}

/// A login session that is alive, with its account.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) device: String,
    pub(crate) browser: String,
    /// Rules read this, never the user agent.
    pub(crate) surface: Surface,
    pub(crate) account: Account,
    last_seen_at: Moment,
    pub(crate) visitor: Visitor,
}

impl FromRequestParts<App> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visitor = <Visitor as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let now = app.now();
        let session = {
            let mut reader = app.store().read().await?;
            visitor.session(&mut reader, now).await?
        };
        session.touch(app, now).await;
        Ok(session)
    }
}

impl OptionalFromRequestParts<App> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        match <Self as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(session) => Ok(Some(session)),
            Err(Problem::Refused { .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

impl Session {
    /// Who asks, for the budgets.
    pub(crate) fn asker(&self) -> Asker<'_> {
        self.visitor.asker(&self.browser)
    }

    /// The same session re-read inside a transaction: what was true when the request came in may
    /// have ended since (STP-05).
    pub(crate) async fn again(
        &self,
        connection: &mut SqliteConnection,
        now: Moment,
    ) -> Result<Self, Problem> {
        self.visitor.session(connection, now).await
    }

    /// What it was opened on, for whoever is asked on a phone (QR-03).
    pub(crate) async fn device_kind(&self, connection: &mut SqliteConnection) -> Result<DeviceKind, Problem> {
        let kind: String = sqlx::query_scalar("SELECT kind FROM device WHERE id = ?")
            .bind(&self.device)
            .fetch_one(connection)
            .await?;
        read_text(kind)
    }

    /// Goes on under a new token (SES-02); the old one is nobody's. Answers the new one for
    /// [`Visitor::admit`].
    pub(crate) async fn renew(&self, connection: &mut SqliteConnection) -> Result<String, Problem> {
        let token = secret::token();
        sqlx::query("UPDATE session SET token_hash = ? WHERE id = ?")
            .bind(secret::token_hash(&token))
            .bind(&self.id)
            .execute(connection)
            .await?;
        Ok(token)
    }

    /// Notes that the session was used, rarely enough not to turn reading into writing. Who reads does
    /// not wait for it long, nor does it matter to them whether it can be written: then the session
    /// counts as unused since the last time.
    async fn touch(&self, app: &App, now: Moment) {
        let every = if self.surface == Surface::Kiosk { TOUCH_KIOSK_EVERY } else { TOUCH_EVERY };
        if self.last_seen_at.after(every) > now {
            return;
        }
        // In a task of its own, which goes on when nobody waits for it any more.
        let (session, noting) = (self.clone(), app.clone());
        let touching = tokio::spawn(async move { session.write_seen(&noting, now).await });
        if let Ok(Ok(Err(problem))) = tokio::time::timeout(TOUCH_PATIENCE, touching).await {
            tracing::warn!(?problem, "a session was used, and that could not be noted");
            app.store().doubt();
        }
    }

    async fn write_seen(&self, app: &App, now: Moment) -> Result<(), Problem> {
        let mut tx = app.store().write().await?;
        sqlx::query("UPDATE session SET last_seen_at = ? WHERE id = ? AND ended_at IS NULL")
            .bind(now.millis())
            .bind(&self.id)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE device SET last_seen_at = ? WHERE id = ?")
            .bind(now.millis())
            .bind(&self.device)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the audit trail gets to know of this session.
    pub(crate) fn event(&self, what: Happening, way: Option<Way>) -> Event<'_> {
        Event { account: &self.account.id, device: Some(&self.device), what, way }
    }
}
