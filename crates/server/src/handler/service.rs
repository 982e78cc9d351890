//! What the servers of host apps call, under the secret in the configuration: no cookies, no
//! browser, so neither `X-Client` nor the refusal of cross-site requests applies.

use crate::app::App;
use crate::extract::Json;
use crate::problem::Problem;
use crate::secret;
use crate::store::text_of;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::routing::post;
use contract::account::DeviceKind;
use contract::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const HOST_CODE_LIFE: Duration = Duration::from_secs(60);

pub(crate) fn router() -> Router<App> {
    Router::new().route("/service/v1/host-codes", post(host_code))
}

/// A host app opens a webview on a device.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewHostCode {
    host: String,
    device_kind: DeviceKind,
}

/// To be handed to the webview, which redeems it at sign-in.
#[derive(Serialize)]
struct HostCode {
    host_code: String,
    expires_in: u32,
}

async fn host_code(
    State(app): State<App>,
    headers: HeaderMap,
    Json(request): Json<NewHostCode>,
) -> Result<Json<HostCode>, Problem> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let shown = secret::token_hash(shown);
    let host = app.config().hosts.iter().find(|host| host.id == request.host);
    let host = host.filter(|host| secret::same(&secret::token_hash(&host.secret), &shown));
    let host =
        host.filter(|host| host.device_kinds.contains(&request.device_kind)).ok_or(Refusal::Forbidden)?;
    let now = app.now();
    let code = secret::token();
    let expires_at = now.after(HOST_CODE_LIFE);
    let mut tx = app.store().write().await?;
    sqlx::query("DELETE FROM host_code WHERE expires_at <= ?").bind(now.millis()).execute(&mut *tx).await?;
    sqlx::query(
        "INSERT INTO host_code (hash, host, surface, device_kind, expires_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(secret::token_hash(&code))
    .bind(&host.id)
    .bind(text_of(host.surface))
    .bind(text_of(request.device_kind))
    .bind(expires_at.millis())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Json(HostCode { host_code: code, expires_in: now.seconds_until(expires_at) }))
}
