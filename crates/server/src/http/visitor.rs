//! Extractors: the visitor of a request, and the signed-in one.

use crate::domain::budget::RequestBudget;
use crate::domain::session::Session;
use crate::domain::visitor::{SignInSurface, Visitor};
use crate::http::budget::{self, Cost};
use crate::http::cookie::{self, BROWSER_COOKIE, NewCookies, SESSION_COOKIE};
use crate::http::{address, header};
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase;
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::Method;
use axum::http::request::Parts;
use contract::me::SHOWN_ACCOUNT;
use std::ops::Deref;

/// A visitor, and the cookies that the answer to them sets.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) visitor: Visitor,
    pub(crate) cookies: NewCookies,
}

impl Deref for Client {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

/// The budget of a request. A route that writes and has no line in the table of budgets is a fault.
fn request_budget(parts: &Parts, state: &AppState) -> Result<RequestBudget, Problem> {
    let mut route = None;
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
        match budget::cost(path) {
            Some((path, Cost::PerAccount)) => route = Some(path),
            Some((_, Cost::Own(_))) => {}
            None => return Err(Problem::fault(format!("{path} has no budget"))),
        }
    }
    let limits = &state.config.limits;
    let (writes, sign_ins) = (limits.writes_per_account_and_hour, limits.sign_ins_per_account_and_hour);
    Ok(RequestBudget::new(state.budgets.clone(), route, writes, sign_ins))
}

impl FromRequestParts<AppState> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let cookies = parts.extensions.get::<NewCookies>().cloned().unwrap_or_default();
        let headers = &parts.headers;
        // A header that is no text names no account either.
        let shown = headers.get(SHOWN_ACCOUNT).map(|value| value.to_str().unwrap_or_default().to_owned());
        let is_at_kiosk_host = header::is_for(&state.config.kiosk_hosts, &parts.uri, headers);
        let sent = cookie::token(headers, BROWSER_COOKIE);
        let known = match &sent {
            Some(token) => usecase::session::browser_of(state, token).await?,
            None => None,
        };
        let ours = sent.filter(|token| known.is_some() || state.key.issued(token));
        let is_new = ours.is_none();
        let mut visitor = Visitor {
            browser: None,
            is_kiosk_browser: false,
            sign_in_surface: SignInSurface::WEB,
            network: address::network(parts, &state.config),
            is_at_kiosk_host,
            shown_account: shown,
            browser_token: ours.unwrap_or_else(|| state.key.issue()),
            session_token: cookie::token(headers, SESSION_COOKIE),
            budget: request_budget(parts, state)?,
        };
        if is_at_kiosk_host || cookie::is_shared(headers) {
            visitor.sign_in_surface = SignInSurface::KIOSK;
        }
        if let Some((id, surface)) = known {
            visitor.browser = Some(id);
            if let Some((surface, until)) = surface {
                // A shared device stays one, whatever its cookies say: time must not restore the rights that
                // it took away.
                visitor.is_kiosk_browser = surface == SignInSurface::KIOSK;
                if !visitor.is_on_kiosk() && (visitor.is_kiosk_browser || until > state.now()) {
                    visitor.sign_in_surface = surface;
                }
            }
        }
        // A page of ours has set it; the answer to a request that may write does so for whoever has none. One
        // that reads sets none, which could take the place of another's.
        if is_new && !matches!(parts.method, Method::GET | Method::HEAD) {
            cookies.remember(&visitor, &visitor.browser_token);
        }
        if visitor.is_on_kiosk() && visitor.session_token.is_some() {
            cookies.forget_at_end();
        }
        Ok(Self { visitor, cookies })
    }
}

/// A client with a login session. The session was alive when the request came; effects read it again
/// ([`crate::store::EffectSession`]).
pub(crate) struct SignedIn {
    pub(crate) client: Client,
    pub(crate) session: Session,
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let client = Client::from_request_parts(parts, state).await?;
        let session = usecase::session::of(state, &client).await?;
        Ok(Self { client, session })
    }
}
