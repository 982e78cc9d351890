//! Where the app runs: said once at start, then asked by capability only.
//!
//! A host opens the app with `?host_code=…`; a shared device with `?surface=kiosk`. The server
//! decides what that is worth and writes it into the next login session.

use crate::api::Api;
use crate::browser;
use contract::account::Surface;
use contract::sign_in::EnterSurface;
use std::cell::Cell;

thread_local! {
    static SHARED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is known to be a shared device, where nothing is stored (G6).
pub(crate) fn is_shared() -> bool {
    SHARED.get()
}

/// What the server says where this is.
pub(crate) fn told(surface: Surface) {
    SHARED.set(surface == Surface::Kiosk);
}

/// Tells the server where the next sign-in happens, if the address says so, and takes the code
/// out of the address: it is a secret, if a short-lived one.
pub(crate) fn enter(api: Api) {
    let request = match (browser::take_query("host_code"), browser::query("surface").as_deref()) {
        (Some(code), _) => EnterSurface::HostCode(code),
        (None, Some("kiosk")) => {
            told(Surface::Kiosk);
            EnterSurface::Kiosk
        }
        _ => return,
    };
    leptos::task::spawn_local(async move {
        // A refused code leaves the session on `web`, where rules are strictest; `/me` shows it.
        let _entered = api.send(request).await;
    });
}
