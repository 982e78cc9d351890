//! The surface of a browser's next sign-in.

use crate::http::extract::Json;
use crate::http::visitor::Client;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::surface;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use contract::account::Surface;
use contract::endpoint::Endpoint;
use contract::refusal::Refusal;
use contract::sign_in::{EnterSurface, Entered};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(EnterSurface::PATH, post(enter))
}

async fn enter(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<EnterSurface>,
) -> Result<Json<Entered>, Problem> {
    let surface = match request {
        // Sent again when the page is reloaded, it does not end the session.
        EnterSurface::Kiosk => {
            if client.is_from_before_kiosk() {
                surface::end_here(&state, &client).await?;
            }
            client.cookies.enter_kiosk(&client);
            Surface::Kiosk
        }
        EnterSurface::Web if client.is_at_kiosk_host => return Err(Refusal::NotOnKiosk.into()),
        EnterSurface::Web => {
            if client.is_on_kiosk() {
                surface::end_here(&state, &client).await?;
                client.cookies.leave_kiosk();
            }
            Surface::Web
        }
        EnterSurface::HostCode(_) if client.is_at_kiosk_host => return Err(Refusal::NotOnKiosk.into()),
        EnterSurface::HostCode(code) => {
            let (surface, browser) = surface::redeem(&state, &client, &code).await?;
            client.cookies.enter_host(&client, &browser);
            surface
        }
    };
    Ok(Json(Entered { surface }))
}
