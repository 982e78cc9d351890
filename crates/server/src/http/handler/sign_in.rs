//! Signing in and out.

use crate::http::extract::Json;
use crate::http::visitor::{Client, SignedIn};
use crate::problem::Problem;
use crate::state::AppState;
use crate::usecase::sign_in::{self, Opened};
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;
use contract::cancel::UndoCancel;
use contract::code::SentCode;
use contract::endpoint::{Done, Endpoint};
use contract::scan::{Scan, StartSignInScan};
use contract::sign_in::{
    ChooseAccount, SendSignInCode, SignIn, SignInByPassword, SignInBySms, SignInByWechat, SignOut,
};

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route(SendSignInCode::PATH, post(send_code))
        .route(SignInBySms::PATH, post(by_sms))
        .route(SignInByPassword::PATH, post(by_password))
        .route(StartSignInScan::PATH, post(begin_scan))
        .route(SignInByWechat::PATH, post(by_wechat))
        .route(ChooseAccount::PATH, post(choose))
        .route(UndoCancel::PATH, post(undo_cancel))
        .route(SignOut::PATH, post(sign_out))
}

async fn send_code(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<SendSignInCode>,
) -> Result<Json<SentCode>, Problem> {
    sign_in::send_code(&state, &client, &request.phone).await.map(Json)
}

async fn by_sms(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<SignInBySms>,
) -> Result<Json<SignIn>, Problem> {
    Ok(opened(&client, sign_in::by_sms(&state, &client, &request.phone, &request.code).await?))
}

async fn by_password(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<SignInByPassword>,
) -> Result<Json<SignIn>, Problem> {
    let found = sign_in::by_password(&state, &client, &request.phone, request.password).await?;
    Ok(opened(&client, found))
}

async fn begin_scan(
    State(state): State<AppState>,
    client: Client,
    Json(StartSignInScan {}): Json<StartSignInScan>,
) -> Result<Json<Scan>, Problem> {
    sign_in::begin_scan(&state, &client).await.map(Json)
}

async fn by_wechat(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<SignInByWechat>,
) -> Result<Json<SignIn>, Problem> {
    Ok(opened(&client, sign_in::by_wechat(&state, &client, &request.scan).await?))
}

async fn choose(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<ChooseAccount>,
) -> Result<Json<SignIn>, Problem> {
    let found = sign_in::choose(&state, &client, &request.sign_in_id, &request.account).await?;
    Ok(opened(&client, found))
}

async fn undo_cancel(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<UndoCancel>,
) -> Result<Json<SignIn>, Problem> {
    let admission = sign_in::undo_cancel(&state, &client, &request.sign_in_id, &request.account).await?;
    Ok(opened(&client, Opened::Session(admission)))
}

fn opened(client: &Client, opened: Opened) -> Json<SignIn> {
    Json(match opened {
        Opened::Session(admission) => {
            client.cookies.admit(client, &admission);
            SignIn::SignedIn
        }
        Opened::Choice(choice) => SignIn::Choose(choice),
        Opened::CoolingOff(cooling_off) => SignIn::CoolingOff(cooling_off),
    })
}

async fn sign_out(
    State(state): State<AppState>,
    SignedIn { client, .. }: SignedIn,
    Json(SignOut {}): Json<SignOut>,
) -> Result<impl IntoResponse, Problem> {
    sign_in::sign_out(&state, &client).await?;
    client.cookies.dismiss(&client);
    // Whatever a page of ours stored is deleted too (SES-07). Cookies are deleted one by one: the header would
    // delete the browser's own as well, by which its devices are known.
    Ok(([("clear-site-data", "\"storage\"")], Json(Done {})))
}
