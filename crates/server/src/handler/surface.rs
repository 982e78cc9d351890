//! Where a browser's next sign-in happens (`docs/rules.md`, Terms: surface): a host app proves it by a
//! code it got from us under its secret; kiosk needs no proof, for it only takes rights away.

use crate::app::App;
use crate::clock::Moment;
use crate::event::Event;
use crate::extract::Json;
use crate::problem::Problem;
use crate::session::{Place, Visitor, forget_what_waits};
use crate::store::read_text;
use crate::{scan, secret};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use contract::account::Surface;
use contract::activity::Happening;
use contract::endpoint::Endpoint;
use contract::refusal::Refusal;
use contract::sign_in::{EnterSurface, Entered};
use sqlx::{Row, SqliteConnection};

pub(crate) fn router() -> Router<App> {
    Router::new().route(EnterSurface::PATH, post(enter))
}

async fn enter(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<EnterSurface>,
) -> Result<Json<Entered>, Problem> {
    let surface = match request {
        // Said again, by an address that is loaded anew, it ends nothing.
        EnterSurface::Kiosk => {
            if visitor.is_from_before_kiosk() {
                end_here(&app, &visitor).await?;
            }
            visitor.enter_kiosk();
            Surface::Kiosk
        }
        EnterSurface::Web if visitor.is_at_kiosk_host() => return Err(Refusal::NotOnKiosk.into()),
        EnterSurface::Web => {
            if visitor.is_on_kiosk() {
                end_here(&app, &visitor).await?;
                visitor.leave_kiosk();
            }
            Surface::Web
        }
        EnterSurface::HostCode(_) if visitor.is_at_kiosk_host() => return Err(Refusal::NotOnKiosk.into()),
        EnterSurface::HostCode(code) => redeem(&app, &visitor, &code).await?,
    };
    Ok(Json(Entered { surface }))
}

/// Ends whatever somebody has or waits for in this browser. For a browser that did nothing yet nothing
/// is written.
async fn end_here(app: &App, visitor: &Visitor) -> Result<(), Problem> {
    let Some(browser) = &visitor.browser else { return Ok(()) };
    let now = app.now();
    let mut tx = app.store().write().await?;
    forget(&mut tx, browser, now).await?;
    tx.commit().await?;
    app.scans().look_in(browser);
    Ok(())
}

async fn forget(connection: &mut SqliteConnection, browser: &str, now: Moment) -> Result<(), Problem> {
    let ended: Vec<(String, String)> = sqlx::query_as(
        "UPDATE session SET ended_at = ?, ended_why = 'signed_out' WHERE browser = ? AND ended_at IS NULL
         RETURNING account, device",
    )
    .bind(now.millis())
    .bind(browser)
    .fetch_all(&mut *connection)
    .await?;
    for (account, device) in &ended {
        let event = Event { account, device: Some(device), what: Happening::SignedOut, way: None };
        event.write(connection, now).await?;
    }
    forget_what_waits(connection, browser).await?;
    // A phone was told that the other screen is something else (QR-03).
    scan::supersede_here(connection, browser).await
}

/// Redeems a host's code; answers the surface that the host has.
async fn redeem(app: &App, visitor: &Visitor, code: &str) -> Result<Surface, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let row = sqlx::query(
        "UPDATE host_code SET used_at = ? WHERE hash = ? AND used_at IS NULL AND expires_at > ?
         RETURNING surface, device_kind",
    )
    .bind(now.millis())
    .bind(secret::token_hash(code))
    .bind(now.millis())
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Refusal::SignInFailed)?;
    let place =
        Place { surface: read_text(row.get("surface"))?, device_kind: read_text(row.get("device_kind"))? };
    let browser = if visitor.is_on_kiosk() {
        // It is a shared device no more: as with `web`, nothing of who was here stays.
        if let Some(browser) = &visitor.browser {
            forget(&mut tx, browser, now).await?;
        }
        visitor.fresh_browser(&mut tx, now).await?
    } else {
        visitor.browser(&mut tx, now).await?
    };
    place.write(&mut tx, &browser.id, now).await?;
    // A phone was told that the other screen is something else (QR-03).
    scan::supersede_here(&mut tx, &browser.id).await?;
    tx.commit().await?;
    for browser in visitor.browser.iter().chain([&browser.id]) {
        app.scans().look_in(browser);
    }
    if visitor.is_on_kiosk() {
        visitor.leave_kiosk();
    }
    visitor.enter_host(&browser);
    Ok(place.surface)
}
