//! The cookies of a browser, and those that an answer sets.

use crate::domain::session::Admission;
use crate::domain::visitor::{NewBrowser, Visitor};
use crate::http::header;
use crate::rules;
use crate::secret::Key;
use axum::http::{HeaderMap, HeaderValue};
use contract::account::Surface;
use contract::sign_in::SHARED_COOKIE;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(crate) const BROWSER_COOKIE: &str = "__Host-browser";
pub(crate) const SESSION_COOKIE: &str = "__Host-session";
const BROWSER_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);

/// The value of a cookie that names a browser or a session: 64 hexadecimal digits; anything else is none.
pub(crate) fn token(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = header::cookie(headers, name)?;
    let is_token = value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
    is_token.then(|| value.to_owned())
}

/// Whether the browser sends a session's cookie; only the database knows whether the session is alive.
pub(crate) fn has_session(headers: &HeaderMap) -> bool {
    token(headers, SESSION_COOKIE).is_some()
}

/// Whether the browser sends the mark of a shared device.
pub(crate) fn is_shared(headers: &HeaderMap) -> bool {
    header::cookie(headers, SHARED_COOKIE).is_some_and(|value| !value.is_empty())
}

/// The cookies that the answer to one request sets. The edge writes them, so refusals carry them too. Clones are
/// the same answer's.
#[derive(Clone, Default)]
pub(crate) struct NewCookies(Arc<Mutex<PendingCookies>>);

#[derive(Default)]
struct PendingCookies {
    set: Vec<HeaderValue>,
    /// Whether the person is forgotten if the answer says that the session is over.
    forgets_at_end: bool,
}

impl NewCookies {
    fn set(&self, name: &str, value: &str, life: Option<Duration>) {
        self.put(name, value, "; HttpOnly", life);
    }

    /// Sets one that scripts of our pages may read: it holds nothing secret.
    fn set_for_scripts(&self, name: &str, value: &str, life: Option<Duration>) {
        self.put(name, value, "", life);
    }

    fn put(&self, name: &str, value: &str, http_only: &str, life: Option<Duration>) {
        if let Ok(value) = HeaderValue::try_from(text(name, value, http_only, life)) {
            let set = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).set;
            // Each name is set once only (RFC 6265, section 4.1.1).
            set.retain(|other| !other.as_bytes().starts_with(format!("{name}=").as_bytes()));
            set.push(value);
        }
    }

    /// Forgets session and browser if the answer says that the session is over: on a shared device the next
    /// person has nothing of the one before (G6).
    pub(crate) fn forget_at_end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).forgets_at_end = true;
    }

    /// The session is over: forgets the person if that was asked for ([`NewCookies::forget_at_end`]).
    pub(crate) fn end(&self) {
        let forgets = self.0.lock().unwrap_or_else(PoisonError::into_inner).forgets_at_end;
        if forgets {
            self.forget_person();
        }
    }

    /// Takes the cookies for the answer. `is_over`: the answer says that the session is over.
    pub(crate) fn take(&self, is_over: bool) -> Vec<HeaderValue> {
        if is_over {
            self.end();
        }
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).set)
    }

    /// Sets the browser's cookie.
    pub(crate) fn remember(&self, visitor: &Visitor, token: &str) {
        self.set(BROWSER_COOKIE, token, life(visitor, BROWSER_LIFE));
    }

    /// Sets the browser's cookie for as long as a host app's webview lasts; it is no shared device.
    pub(crate) fn enter_host(&self, visitor: &Visitor, own: Option<&NewBrowser>) {
        if visitor.is_on_kiosk() {
            self.leave_kiosk();
        }
        let token = own.map_or(&visitor.browser_token, |own| &own.token);
        self.set(BROWSER_COOKIE, token, Some(BROWSER_LIFE));
        self.set_for_scripts(SHARED_COOKIE, "", Some(Duration::ZERO));
    }

    /// From now on this is a shared device: the next person has nothing of who was here before.
    pub(crate) fn enter_kiosk(&self, visitor: &Visitor) {
        if visitor.is_from_before_kiosk() {
            self.forget_person();
        } else {
            // It may have been set for longer.
            self.set(BROWSER_COOKIE, &visitor.browser_token, None);
        }
        self.set_for_scripts(SHARED_COOKIE, "1", None);
    }

    /// It is a shared device no more; the next person has nothing of who was here either.
    pub(crate) fn leave_kiosk(&self) {
        self.forget_person();
        self.set_for_scripts(SHARED_COOKIE, "", Some(Duration::ZERO));
    }

    /// Forgets session and browser: on a shared device a browser belongs to one person, and lasts as long as they
    /// are there (G6).
    fn forget_person(&self) {
        for name in [SESSION_COOKIE, BROWSER_COOKIE] {
            self.set(name, "", Some(Duration::ZERO));
        }
    }

    /// Sets the cookie of a session whose token was just made or renewed, and committed.
    pub(crate) fn renew(&self, visitor: &Visitor, token: &str) {
        let (open, _) = rules::session::limits(visitor.sign_in_surface.surface);
        self.set(SESSION_COOKIE, token, life(visitor, open));
    }

    /// Sets the cookies of a new session.
    pub(crate) fn admit(&self, visitor: &Visitor, admission: &Admission) {
        self.renew(visitor, &admission.token);
        if let Some(own) = &admission.browser {
            self.remember(visitor, &own.token);
        }
    }

    /// Forgets the session, and on a shared device the browser with it.
    pub(crate) fn dismiss(&self, visitor: &Visitor) {
        self.set(SESSION_COOKIE, "", Some(Duration::ZERO));
        if visitor.is_on_kiosk() {
            self.forget_person();
        }
    }
}

/// The cookie of a browser that comes without one, to be set with the app's page: before the first code is asked
/// for, so that a code whose answer is lost has a browser. A row follows when one is needed.
pub(crate) fn first(headers: &HeaderMap, key: &Key, is_on_kiosk: bool) -> Option<HeaderValue> {
    if token(headers, BROWSER_COOKIE).is_some() {
        return None;
    }
    let life = (!is_on_kiosk).then_some(BROWSER_LIFE);
    HeaderValue::try_from(text(BROWSER_COOKIE, &key.issue(), "; HttpOnly", life)).ok()
}

fn text(name: &str, value: &str, http_only: &str, life: Option<Duration>) -> String {
    let life = life.map(|life| format!("; Max-Age={}", life.as_secs())).unwrap_or_default();
    format!("{name}={value}; Path=/; Secure{http_only}; SameSite=Lax{life}")
}

/// On a shared device cookies last as long as the browser runs.
fn life(visitor: &Visitor, life: Duration) -> Option<Duration> {
    (visitor.sign_in_surface.surface != Surface::Kiosk).then_some(life)
}
