//! The surface of a browser's next sign-in, and of the session that is open there: a host app proves it by a code that
//! its server got under its secret; a shared device needs no proof, for it only takes rights away.

use crate::clock::Moment;
use crate::config::Host;
use crate::domain::event::LoggedEvent;
use crate::domain::ids::BrowserId;
use crate::domain::visitor::{NewBrowser, SignInSurface, Visitor};
use crate::problem::Problem;
use crate::secret;
use crate::state::AppState;
use crate::store::WriteTx;
use contract::account::{DeviceKind, Surface};
use contract::activity::SecurityEvent;
use contract::refusal::Refusal;
use contract::sign_in::EnterSurface;

/// What a browser has become; its cookies follow.
pub(crate) enum Entry {
    /// A shared device.
    Kiosk,
    /// A browser of one person.
    Web {
        /// Whether it was a shared device before.
        was_kiosk: bool,
    },
    /// A webview of a host app, as this browser.
    Host(Surface, Option<NewBrowser>),
}

impl Entry {
    /// The surface of the next sign-in.
    pub(crate) fn surface(&self) -> Surface {
        match self {
            Self::Kiosk => Surface::Kiosk,
            Self::Web { .. } => Surface::Web,
            Self::Host(surface, _) => *surface,
        }
    }
}

/// Enters a surface. A host that is always a shared device cannot be left (G6).
pub(crate) async fn enter(
    state: &AppState,
    visitor: &Visitor,
    request: &EnterSurface,
) -> Result<Entry, Problem> {
    if visitor.is_at_kiosk_host && !matches!(request, EnterSurface::Kiosk) {
        return Err(Refusal::NotOnKiosk.into());
    }
    match request {
        EnterSurface::Kiosk => {
            // Sent again when the page is reloaded, it does not end the session.
            if visitor.is_from_before_kiosk() {
                end_here(state, visitor).await?;
            }
            Ok(Entry::Kiosk)
        }
        EnterSurface::Web => {
            let was_kiosk = visitor.is_on_kiosk();
            if was_kiosk {
                end_here(state, visitor).await?;
            } else if visitor.sign_in_surface != SignInSurface::WEB
                && let Some(browser) = &visitor.browser
            {
                let mut tx = state.store.write().await?;
                tx.forget_surface(browser).await?;
                tx.commit().await?;
            }
            Ok(Entry::Web { was_kiosk })
        }
        EnterSurface::HostCode(code) => {
            let (surface, own) = redeem(state, visitor, code).await?;
            Ok(Entry::Host(surface, own))
        }
    }
}

/// Ends every session and everything that waits in this browser. For a browser without a row nothing is written.
async fn end_here(state: &AppState, visitor: &Visitor) -> Result<(), Problem> {
    let Some(browser) = &visitor.browser else { return Ok(()) };
    let now = state.now();
    let mut tx = state.store.write().await?;
    end_in(&mut tx, browser, now).await?;
    tx.commit().await
}

async fn end_in(tx: &mut WriteTx, browser: &BrowserId, now: Moment) -> Result<(), Problem> {
    for (account, device) in tx.end_sessions_in(browser, now).await? {
        let event = LoggedEvent::on(&account, &device, SecurityEvent::SignedOut, None);
        tx.log(&event, now).await?;
    }
    // Scans too: the phone showed another surface for the other screen (QR-03).
    tx.forget_waiting(browser).await
}

/// Ends the visit of a person at a shared device (G6): their session and everything that waits in this browser.
pub(crate) async fn end_visit(state: &AppState, visitor: &Visitor) -> Result<(), Problem> {
    if visitor.is_on_kiosk() { end_here(state, visitor).await } else { Err(Refusal::Forbidden.into()) }
}

/// Redeems a host code; answers the surface that the host has, and the browser that takes the visitor's place.
async fn redeem(
    state: &AppState,
    visitor: &Visitor,
    code: &str,
) -> Result<(Surface, Option<NewBrowser>), Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let proven = tx.redeem_host_code(code, now).await?;
    let (browser, own) = if visitor.is_on_kiosk() {
        // It is not a shared device any more; nothing of who was here stays.
        if let Some(browser) = &visitor.browser {
            end_in(&mut tx, browser, now).await?;
        }
        // Still as one of a shared device, until the surface is set below.
        let own = tx.new_kiosk_browser(now).await?;
        (own.id.clone(), Some(own))
    } else {
        let browser = tx.browser_of(visitor, now).await?;
        tx.raise_sessions(&browser, proven).await?;
        (browser, None)
    };
    tx.set_surface(&browser, proven, now).await?;
    // The phone showed another surface for the other screen (QR-03).
    tx.supersede_sign_in_scans_of(&browser).await?;
    tx.commit().await?;
    Ok((proven.surface, own))
}

/// Creates a host code, to be passed to the webview, which redeems it.
pub(crate) async fn issue_host_code(
    state: &AppState,
    host: &Host,
    device_kind: DeviceKind,
) -> Result<String, Problem> {
    let now = state.now();
    let code = secret::token();
    let mut tx = state.store.write().await?;
    tx.insert_host_code(&code, &host.id, host.surface, device_kind, now).await?;
    tx.commit().await?;
    Ok(code)
}
