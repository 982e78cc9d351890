//! Who is signed in, and what is open to them: eligibility before effort.

use crate::app::App;
use crate::clock::Moment;
use crate::extract::Json;
use crate::names;
use crate::rules;
use crate::session::Session;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use contract::avatar::Avatar;
use contract::endpoint::Endpoint;
use contract::me::{Action, ActionOffer, ConsoleOffer, GetMe, Me};

pub(crate) fn router() -> Router<App> {
    Router::new().route(GetMe::PATH, get(me))
}

async fn me(State(app): State<App>, session: Session) -> Json<Me> {
    Json(of(&session, app.now()))
}

/// The account of a session as its owner sees it.
pub(super) fn of(session: &Session, now: Moment) -> Me {
    let account = &session.account;
    let offer = |action| ActionOffer {
        action,
        closed: account.may(action, session.surface, now).err(),
        ways: account.ways(action, now),
    };
    Me {
        account: account.id.clone(),
        nickname: account.nickname.clone(),
        initial: names::initial(&account.nickname),
        edition: account.edition(now),
        tenant: account.organization(),
        role: account.role,
        surface: session.surface,
        phone: account.phone.masked(),
        has_password: account.password_hash.is_some(),
        wechat: account.wechat(),
        avatar: Avatar {
            picture: account.avatar.clone(),
            closed: account.may_change_avatar(session.surface).err(),
        },
        actions: [Action::Phone, Action::Password, Action::EndOtherSessions, Action::Wechat, Action::Cancel]
            .map(offer)
            .into(),
        history_closed: rules::history(session.surface).err(),
        console: rules::console::runs_organization(account.edition(now), account.role)
            .then(|| ConsoleOffer { closed: account.may(Action::DeleteUser, session.surface, now).err() }),
    }
}
