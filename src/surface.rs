//! Where the app runs: said once at start, then asked by capability only.
//!
//! A host opens the app with `?host_code=…`; a shared device with `?surface=kiosk`. The server
//! decides what that is worth and writes it into the next login session.

use crate::api::Api;
use crate::browser;
use contract::sign_in::EnterSurface;

/// Tells the server where the next sign-in happens, if the address says so, and takes the code
/// out of the address: it is a secret, if a short-lived one.
pub(crate) fn enter(api: Api) {
    let request = match (browser::take_query("host_code"), browser::query("surface").as_deref()) {
        (Some(code), _) => EnterSurface::HostCode(code),
        (None, Some("kiosk")) => EnterSurface::Kiosk,
        _ => return,
    };
    leptos::task::spawn_local(async move {
        // A refused code leaves the session on `web`, where rules are strictest; `/me` shows it.
        let _entered = api.send(request).await;
    });
}
