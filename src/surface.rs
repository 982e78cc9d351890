//! The surface (web, host app, shared device): sent to the server once at start.
//!
//! A host opens the app with `?host_code=…`; a shared device with `?surface=kiosk`, and `?surface=web`
//! undoes that. For a link from another site the server asks first (`arrival`). The server checks the
//! code and writes the surface into the login session that is open here and into the next one; `is_shared`
//! tells whether this is a shared device.

use crate::api::Api;
use crate::browser::{self, Keep};
use contract::account::Surface;
use contract::sign_in::{EnterSurface, SHARED_COOKIE};

/// Whether this is a shared device, where nothing outlasts the browser (G6).
pub(crate) fn is_shared() -> bool {
    browser::cookie(SHARED_COOKIE).is_some()
}

/// How long cookies are kept here.
pub(crate) fn keep() -> Keep {
    if is_shared() { Keep::Run } else { Keep::Year }
}

/// Remembers whether this is a shared device, as the server or the address says.
fn remember(surface: Surface) {
    let keep = if surface == Surface::Kiosk { Keep::Run } else { Keep::Not };
    browser::set_cookie(SHARED_COOKIE, "1", keep);
}

/// Sends the surface of the next sign-in to the server, if the address names one, and removes the host code
/// from the address, because it is a (short-lived) secret. Calls `raised` once a host app has proven itself: whoever is
/// signed in may do more there.
pub(crate) fn enter(api: Api, raised: impl FnOnce() + 'static) {
    let request = match (browser::take_query("host_code"), browser::query("surface").as_deref()) {
        (Some(code), _) => EnterSurface::HostCode(code),
        (None, Some("kiosk")) => {
            remember(Surface::Kiosk);
            EnterSurface::Kiosk
        }
        // Undoes a shared device.
        (None, Some("web")) => EnterSurface::Web,
        _ => return,
    };
    leptos::task::spawn_local(async move {
        // After a refused code the session is on `web`, where rules are strictest; `/me` shows it.
        let entered = api.text(request).await.ok();
        // The reply is an `Entered`, read by its one member.
        if let Some(surface) = entered.and_then(|text| json::parse(&text)?.member("surface")) {
            remember(surface);
            if matches!(surface, Surface::App | Surface::Desktop) {
                raised();
            }
        }
    });
}
