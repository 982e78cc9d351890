//! Who is signed in, and what is open to them: so that the app offers only what is allowed.

use crate::clock::Moment;
use crate::domain::session::Session;
use crate::names;
use crate::rules::rights::Feature;
use contract::avatar::Avatar;
use contract::me::{Action, ActionOffer, ConsoleOffer, Me};

/// The account of a session as its owner sees it.
pub(crate) fn of(session: &Session, now: Moment) -> Me {
    let account = &session.account;
    let may = |feature| account.may_use(feature, session.surface, now).err();
    let offer = |action| ActionOffer {
        action,
        closed: account.may(action, session.surface, now).err(),
        ways: account.ways(action, now),
    };
    Me {
        account: account.id.to_string(),
        nickname: account.nickname.clone(),
        initial: names::initial(&account.nickname),
        edition: account.edition(now),
        tenant: account.organization(),
        role: account.role,
        surface: session.surface,
        phone: account.phone.masked(),
        has_password: account.password_hash.is_some(),
        wechat: account.wechat(),
        avatar: Avatar { picture: account.avatar.clone(), closed: may(Feature::Avatar) },
        actions: [Action::Phone, Action::Password, Action::EndOtherSessions, Action::Wechat, Action::Cancel]
            .map(offer)
            .into(),
        history_closed: may(Feature::History),
        console: account
            .runs_organization(session.surface, now)
            .then(|| ConsoleOffer { closed: may(Feature::Console) }),
    }
}
