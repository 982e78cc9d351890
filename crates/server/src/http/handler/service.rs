//! Routes for the servers of host apps and for the meeting service, under the secrets in the configuration:
//! they use no cookies and no browser, so neither `X-Client` nor the refusal of cross-site requests applies.

use crate::clock::Moment;
use crate::config::Host;
use crate::http::extract::Json;
use crate::http::header;
use crate::problem::Problem;
use crate::rules::limits::HOST_CODE_LIFE;
use crate::secret;
use crate::state::AppState;
use crate::usecase::{meetings, surface};
use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{post, put};
use contract::account::DeviceKind;
use contract::refusal::Refusal;
use contract::text::is_unseen;
use contract::time::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/service/v1/host-codes", post(host_code))
        .route("/service/v1/meetings/{id}", put(meeting))
}

/// Whether a request carries a secret.
fn knows(headers: &HeaderMap, secret: &str) -> bool {
    let shown = header::bearer(headers).unwrap_or_default();
    secret::same(&secret::token_hash(secret), &secret::token_hash(shown))
}

/// The hosts whose secret the request carries, at least one. Checked before the body is read: a request
/// without a secret costs nothing, and its answer reveals nothing about the format.
struct Hosts(Vec<Host>);

impl FromRequestParts<AppState> for Hosts {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let hosts = state.config.hosts.iter().filter(|host| knows(&parts.headers, &host.secret));
        let hosts: Vec<Host> = hosts.cloned().collect();
        if hosts.is_empty() { Err(Refusal::Forbidden.into()) } else { Ok(Self(hosts)) }
    }
}

/// Proof that the caller is the meeting service; checked before the body is read as well.
struct TheMeetingService;

impl FromRequestParts<AppState> for TheMeetingService {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let service = state.config.meeting_service.as_ref();
        service.filter(|service| knows(&parts.headers, &service.secret)).ok_or(Refusal::Forbidden)?;
        Ok(Self)
    }
}

/// A host app opens a webview on a device.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewHostCode {
    host: String,
    device_kind: DeviceKind,
}

/// The code for the webview, where the app redeems it when it starts; `expires_in` is in seconds.
#[derive(Serialize)]
struct HostCode {
    host_code: String,
    expires_in: u32,
}

async fn host_code(
    State(state): State<AppState>,
    Hosts(hosts): Hosts,
    Json(request): Json<NewHostCode>,
) -> Result<Json<HostCode>, Problem> {
    let host = hosts.iter().find(|host| host.id == request.host);
    let host =
        host.filter(|host| host.device_kinds.contains(&request.device_kind)).ok_or(Refusal::Forbidden)?;
    let host_code = surface::issue_host_code(&state, host, request.device_kind).await?;
    Ok(Json(HostCode { host_code, expires_in: HOST_CODE_LIFE.as_secs() as u32 }))
}

/// Longest id of a meeting in bytes, and longest title in characters.
const ID_LENGTH: usize = 64;
const TITLE_LENGTH: usize = 100;

/// An account joined or left a meeting, or is going to hold one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeetingReport {
    account: String,
    /// One of its devices; without it the meeting is scheduled for `started_at`, or called off if `ended_at`
    /// is set.
    device: Option<String>,
    /// Whether the account started it, or is going to.
    own: bool,
    #[serde(default)]
    title: String,
    /// RFC 3339; the same in every report of one presence.
    started_at: Timestamp,
    /// RFC 3339; absent while the account is in the meeting.
    ended_at: Option<Timestamp>,
}

impl MeetingReport {
    /// The start and the end; none if one of them is invalid.
    fn times(&self) -> Option<(Moment, Option<Moment>)> {
        let ended_at = match &self.ended_at {
            Some(at) => Some(Moment::of_timestamp(at)?),
            None => None,
        };
        Some((Moment::of_timestamp(&self.started_at)?, ended_at))
    }

    fn is_readable(&self, id: &str) -> bool {
        let name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let title = self.title.chars().count() <= TITLE_LENGTH && !self.title.contains(is_unseen);
        (1..=ID_LENGTH).contains(&id.len()) && id.bytes().all(name) && title
    }
}

async fn meeting(
    State(state): State<AppState>,
    _: TheMeetingService,
    Path(id): Path<String>,
    Json(request): Json<MeetingReport>,
) -> Result<StatusCode, Problem> {
    let (started_at, ended_at) =
        request.times().filter(|_| request.is_readable(&id)).ok_or(Refusal::BadRequest)?;
    let report = meetings::MeetingReport {
        meeting: &id,
        account: &request.account,
        device: request.device.as_deref(),
        own: request.own,
        title: &request.title,
        started_at,
        ended_at,
    };
    meetings::report(&state, &report).await?;
    Ok(StatusCode::NO_CONTENT)
}
