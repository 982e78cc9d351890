//! The stand-in of WeChat: a page that plays the phone (product, stand-ins). It scans, shows what is
//! asked and answers; what WeChat would tell us over its own connection, it tells in process.
//!
//! With `--lan` this page, and nothing else, answers the local network.

use super::dev::escape;
use crate::app::App;
use crate::demo;
use crate::extract::{Json, parse};
use crate::gateway::wechat::{Consent, StandIn};
use crate::problem::Problem;
use crate::scan;
use crate::words::PLACE_UNKNOWN;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use contract::account::DeviceKind;
use contract::me::Action;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, ScanState};
use contract::time::Timestamp;
use serde::{Deserialize, Serialize};
use words::{Lang, Messages};

const PAGE: &str = include_str!("../dev/wechat.html");
const STYLE: &str = include_str!("../dev/wechat.css");
const SCRIPT: &str = include_str!("../dev/wechat.js");

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/dev/wechat", get(page))
        .route(
            "/dev/wechat/page.css",
            get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)),
        )
        .route("/dev/wechat/page.js", get(script))
        .route("/dev/wechat/scan", post(scan))
        .route("/dev/wechat/answer", post(answer))
}

async fn page() -> Html<String> {
    let option = |(id, nickname): &(&str, &str)| {
        format!("<option value=\"{0}\">{0} · {1}</option>", escape(id), escape(nickname))
    };
    let people: String = demo::WECHATS.iter().map(option).collect();
    Html(PAGE.replace("{people}", &people))
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

/// A phone's camera over a QR.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Camera {
    /// What the QR says.
    url: String,
    /// Who holds the phone.
    r#as: String,
}

/// The page on which the phone asks its owner (QR-03).
#[derive(Serialize)]
struct Asked {
    scan_id: String,
    purpose: ScanPurpose,
    /// What a change is about; the purpose says the rest.
    action: Option<Action>,
    account: Option<String>,
    title: &'static str,
    /// Who asks, for which account, and what happens then.
    meaning: String,
    device: DeviceKind,
    device_name: &'static str,
    place: &'static str,
    at: Timestamp,
    r#match: String,
}

async fn scan(State(app): State<App>, body: Bytes) -> Result<Json<Asked>, Problem> {
    let camera: Camera = parse(&body)?;
    let who = StandIn::identity(&camera.r#as).ok_or(Refusal::BadRequest)?;
    let scene = StandIn::scene_of(&camera.url).ok_or(Refusal::NotFound)?.hash();
    let asked = scan::scanned(&app, &scene, &who, app.now()).await?;
    Ok(Json(Asked {
        scan_id: app.phone().ask(Consent { scene, who }),
        title: title(asked.purpose),
        meaning: meaning(asked.purpose, asked.action, asked.account.as_deref()),
        device_name: name_of(asked.device),
        purpose: asked.purpose,
        action: asked.action,
        account: asked.account,
        device: asked.device,
        place: PLACE_UNKNOWN,
        at: asked.at.timestamp(),
        r#match: asked.number,
    }))
}

fn title(purpose: ScanPurpose) -> &'static str {
    match purpose {
        ScanPurpose::SignIn => "登录确认",
        ScanPurpose::VerifyBound => "身份验证",
        ScanPurpose::BindNew => "绑定微信",
    }
}

/// What the owner allows, in words that name its end: a phone that says less than what will happen
/// lets somebody be talked into it (QR-03).
fn meaning(purpose: ScanPurpose, action: Option<Action>, account: Option<&str>) -> String {
    let account = account.map_or_else(|| "你的账号".to_owned(), |account| format!("账号 {account}"));
    let then = match purpose {
        ScanPurpose::SignIn => format!("登录{account}"),
        ScanPurpose::BindNew => format!("把这个微信绑定到{account}，之后可以用它登录"),
        ScanPurpose::VerifyBound => match action {
            Some(Action::Phone) => format!("更换{account} 的手机号，所有设备会退出登录"),
            Some(Action::Password) => format!("设置{account} 的登录密码，其他设备会退出登录"),
            Some(Action::EndOtherSessions) => format!("让{account} 的其他设备退出登录"),
            Some(Action::EndDevice) => format!("让{account} 的一台其他设备退出登录"),
            Some(Action::Wechat) => format!("更换{account} 绑定的微信，这个微信就不能再登录它"),
            Some(Action::Cancel) => format!("永久注销{account}，账号和其中的一切都会删除，无法恢复"),
            Some(Action::DeleteUser) => format!("以{account} 删除一位企业用户，无法恢复"),
            Some(Action::ChangeSuperAdmin) => format!("以{account} 变更企业的超级管理员"),
            None => format!("证明你是{account} 的本人"),
        },
    };
    format!("「门神」请你确认。允许后，原来的屏幕可以{then}。")
}

/// What the app calls it.
fn name_of(device: DeviceKind) -> &'static str {
    const APP: Messages = Lang::Zh.messages(|_, at| at.0.clone());
    (APP.devices.kind)(device)
}

/// The owner's word.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    scan_id: String,
    allow: bool,
}

#[derive(Serialize)]
struct Answered {
    state: ScanState,
}

async fn answer(State(app): State<App>, body: Bytes) -> Result<Json<Answered>, Problem> {
    let word: Word = parse(&body)?;
    let consent = app.phone().asked(&word.scan_id).ok_or(Refusal::NotFound)?;
    let state = scan::answered(&app, &consent.scene, &consent.who, word.allow, app.now()).await?;
    Ok(Json(Answered { state }))
}

#[cfg(test)]
mod tests {
    use super::{Action, ScanPurpose, meaning};

    #[test]
    fn d1_qr_03_the_phone_says_who_asks_for_whom_and_what_will_happen() {
        let actions = [
            Action::Phone,
            Action::Password,
            Action::EndOtherSessions,
            Action::Wechat,
            Action::Cancel,
            Action::EndDevice,
            Action::DeleteUser,
            Action::ChangeSuperAdmin,
        ];
        let told = actions.map(|action| meaning(ScanPurpose::VerifyBound, Some(action), Some("138****0001")));
        for (at, sentence) in told.iter().enumerate() {
            assert!(sentence.contains("「门神」") && sentence.contains("138****0001"), "{sentence}");
            assert!(!told[..at].contains(sentence), "two actions in the same words: {sentence}");
        }
        assert!(told[4].contains("永久注销账号 138****0001") && told[4].contains("无法恢复"), "{}", told[4]);
        assert_eq!(told.iter().filter(|sentence| sentence.contains("注销")).count(), 1);
    }
}
