//! Where a browser's next sign-in happens (product, *surface*): a host app proves it by a code it
//! got from us under its secret; kiosk needs no proof, for it only takes rights away.

use crate::app::App;
use crate::extract::Json;
use crate::problem::Problem;
use crate::session::{Place, Visitor};
use crate::store::read_text;
use crate::{scan, secret};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use contract::endpoint::Endpoint;
use contract::refusal::Refusal;
use contract::sign_in::{EnterSurface, Entered};
use sqlx::Row;

pub(crate) fn router() -> Router<App> {
    Router::new().route(EnterSurface::PATH, post(enter))
}

async fn enter(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<EnterSurface>,
) -> Result<Json<Entered>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let place = match request {
        EnterSurface::Kiosk => Place::KIOSK,
        EnterSurface::HostCode(code) => {
            let row = sqlx::query(
                "UPDATE host_code SET used_at = ? WHERE hash = ? AND used_at IS NULL AND expires_at > ?
                 RETURNING surface, device_kind",
            )
            .bind(now.millis())
            .bind(secret::token_hash(&code))
            .bind(now.millis())
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(Refusal::SignInFailed)?;
            Place { surface: read_text(row.get("surface"))?, device_kind: read_text(row.get("device_kind"))? }
        }
    };
    let browser = visitor.browser(&mut tx, now).await?;
    place.write(&mut tx, &browser.id, now).await?;
    // A phone was told that the other screen is something else (QR-03).
    scan::supersede_here(&mut tx, &browser.id).await?;
    tx.commit().await?;
    app.scans().look_in(&browser.id);
    visitor.enter(&browser, place.surface);
    Ok(Json(Entered { surface: place.surface }))
}
