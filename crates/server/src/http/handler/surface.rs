//! The surface of a browser's next sign-in.

use crate::http::extract::Json;
use crate::http::visitor::Client;
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::surface::{self, Entry};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use contract::endpoint::{Done, Endpoint};
use contract::sign_in::{EndVisit, EnterSurface, Entered};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route(EnterSurface::PATH, post(enter)).route(EndVisit::PATH, post(end_visit))
}

async fn enter(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<EnterSurface>,
) -> Result<Json<Entered>, Problem> {
    let entry = surface::enter(&state, &client, &request).await?;
    match &entry {
        Entry::Kiosk => client.cookies.enter_kiosk(&client),
        Entry::Web { was_kiosk: true } => client.cookies.leave_kiosk(),
        Entry::Web { was_kiosk: false } => {}
        Entry::Host(_, own) => client.cookies.enter_host(&client, own.as_ref()),
    }
    Ok(Json(Entered { surface: entry.surface() }))
}

async fn end_visit(
    State(state): State<AppState>,
    client: Client,
    Json(EndVisit {}): Json<EndVisit>,
) -> Result<Json<Done>, Problem> {
    surface::end_visit(&state, &client).await?;
    client.cookies.dismiss(&client);
    Ok(Json(Done {}))
}
