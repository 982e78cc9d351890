//! Accounts, and what the rules allow them.

use crate::clock::Moment;
use crate::domain::ids::{AccountId, Pseudonym, TenantId};
use crate::names;
use crate::rules;
use crate::rules::proof::WayFacts;
use crate::rules::rights::{self, Feature, RightFacts};
use crate::secret;
use contract::account::{Edition, Role, Surface, Tenant, Way, WayOffer};
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use contract::wechat::{TONES, WechatProfile};

/// One account with its tenant.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    /// The personal realm is a tenant too.
    pub(crate) tenant: TenantId,
    /// The organization's name, absent in the personal realm.
    pub(crate) organization_name: Option<String>,
    /// The organization's edition, `free` in the personal realm.
    pub(crate) tenant_edition: Edition,
    /// The bound number.
    pub(crate) phone: PhoneNumber,
    pub(crate) nickname: String,
    /// The end of the paid membership of a personal account.
    pub(crate) member_until: Option<Moment>,
    /// Its role in the organization.
    pub(crate) role: Option<Role>,
    /// Argon2id, absent if no password is set.
    pub(crate) password_hash: Option<String>,
    /// Whether the organization's own sign-in manages the account.
    pub(crate) sso: bool,
    /// Whether it signs in by SMS and password; most SSO accounts do so at their organization
    /// alone (L2).
    pub(crate) signs_in_here: bool,
    /// Sessions of an earlier epoch are over (SES-03).
    pub(crate) epoch: i64,
    pub(crate) pseudonym: Pseudonym,
    /// The end of the cooling-off, while the account is being canceled (C8).
    pub(crate) goes_at: Option<Moment>,
    /// The name of its picture.
    pub(crate) avatar: Option<String>,
    /// Whether its organization lets its users change theirs (E1).
    pub(crate) avatars_open: bool,
    /// Whether it is the only super admin of its organization.
    pub(crate) last_super_admin: bool,
    /// Since when the phone is bound (W2).
    pub(crate) phone_bound_at: Moment,
    /// The bound WeChat: its identity and its profile.
    pub(crate) wechat: Option<(String, WechatProfile)>,
}

impl Account {
    /// Whether its cooling-off is over: whatever its row still says, it is not there any more (C8).
    pub(crate) fn is_over(&self, now: Moment) -> bool {
        self.goes_at.is_some_and(|at| at <= now)
    }

    /// What is paid for now.
    pub(crate) fn edition(&self, now: Moment) -> Edition {
        match self.tenant_edition {
            Edition::Free if self.member_until.is_some_and(|until| until > now) => Edition::Member,
            edition => edition,
        }
    }

    /// The organization as the wire has it.
    pub(crate) fn organization(&self) -> Option<Tenant> {
        self.organization_name.clone().map(|name| Tenant { id: self.tenant.to_string(), name })
    }

    /// Whether an action is open to this account on a surface: eligibility before effort, and
    /// again in every transaction (STP-04, STP-05).
    pub(crate) fn may(&self, action: Action, surface: Surface, now: Moment) -> Result<(), Refusal> {
        self.may_use(Feature::of(action), surface, now)?;
        if action == Action::Phone { rules::phone::replaceable(&self.phone) } else { Ok(()) }
    }

    /// Whether a feature is open to this account on a surface.
    pub(crate) fn may_use(&self, feature: Feature, surface: Surface, now: Moment) -> Result<(), Refusal> {
        rights::may(feature, self.facts(surface, now))
    }

    /// Whether it runs its organization; all others know of no console.
    pub(crate) fn runs_organization(&self, surface: Surface, now: Moment) -> bool {
        self.facts(surface, now).runs_organization()
    }

    /// Every reason why it cannot be canceled from here (C6).
    pub(crate) fn obstacles(&self, surface: Surface, now: Moment) -> Vec<Refusal> {
        rights::obstacles(Feature::Cancel, self.facts(surface, now))
    }

    fn facts(&self, surface: Surface, now: Moment) -> RightFacts {
        RightFacts {
            edition: self.edition(now),
            surface,
            role: self.role,
            sso: self.sso,
            avatars_open: self.avatars_open,
            last_super_admin: self.last_super_admin,
        }
    }

    /// Days of membership that are paid for, while there are any (C5).
    pub(crate) fn benefit_days(&self, now: Moment) -> Option<u32> {
        let until = self.member_until.filter(|_| self.edition(now) == Edition::Member)?;
        Some(rules::cancel::days_left(until, now))
    }

    /// The ways to prove identity for an action (P1, W1).
    pub(crate) fn ways(&self, action: Action, now: Moment) -> Vec<WayOffer> {
        let facts = WayFacts {
            has_password: self.password_hash.is_some(),
            has_wechat: self.wechat.is_some(),
            phone_bound_at: self.phone_bound_at,
        };
        rules::proof::ways(action, facts, now)
    }

    /// The ways that are open.
    pub(crate) fn open_ways(&self, action: Action, now: Moment) -> Vec<Way> {
        let offers = self.ways(action, now).into_iter();
        offers.filter(|offer| offer.closed.is_none()).map(|offer| offer.way).collect()
    }

    /// The identity of the bound WeChat.
    pub(crate) fn wechat_id(&self) -> Option<&str> {
        self.wechat.as_ref().map(|(id, _)| id.as_str())
    }

    /// The bound WeChat as the wire has it.
    pub(crate) fn wechat(&self) -> Option<WechatProfile> {
        self.wechat.as_ref().map(|(_, profile)| profile.clone())
    }
}

/// A WeChat as people know it. Its tone is derived from its identity, so it needs no column.
pub(crate) fn wechat_profile(wechat: &str, nickname: String) -> WechatProfile {
    let tone = secret::token_hash(wechat).first().map_or(0, |byte| byte % TONES);
    WechatProfile { initial: names::initial(&nickname), nickname, tone }
}

#[cfg(test)]
mod tests {
    use super::Account;
    use crate::clock::Moment;
    use contract::account::{Edition, Surface};
    use contract::me::Action;
    use contract::phone::PhoneNumber;
    use contract::refusal::Refusal;

    fn member_of(edition: Edition, sso: bool, phone: &str) -> Account {
        Account {
            id: "a".into(),
            tenant: "t".into(),
            organization_name: Some("\u{4e91}".to_owned()),
            tenant_edition: edition,
            phone: PhoneNumber::parse(phone).expect("a number"),
            nickname: "x".to_owned(),
            member_until: None,
            role: None,
            password_hash: None,
            sso,
            signs_in_here: true,
            epoch: 0,
            pseudonym: "p".into(),
            goes_at: None,
            avatar: None,
            avatars_open: false,
            last_super_admin: false,
            phone_bound_at: Moment::from_millis(0),
            wechat: None,
        }
    }

    #[test]
    fn p2_p3_the_first_reason_against_a_phone_change() {
        const HERE: &str = "+8613800000001";
        const ABROAD: &str = "+85291234567";
        for (sso, surface, phone, first) in [
            (true, Surface::Web, ABROAD, Err(Refusal::SsoManaged)),
            (true, Surface::App, ABROAD, Err(Refusal::SsoManaged)),
            (false, Surface::Web, ABROAD, Err(Refusal::EditionNotOnSurface)),
            (false, Surface::Kiosk, ABROAD, Err(Refusal::EditionNotOnSurface)),
            (false, Surface::App, ABROAD, Err(Refusal::PhoneForeign)),
            (false, Surface::Web, HERE, Err(Refusal::EditionNotOnSurface)),
            (false, Surface::App, HERE, Ok(())),
        ] {
            let account = member_of(Edition::Business, sso, phone);
            let found = account.may(Action::Phone, surface, Moment::from_millis(0));
            assert_eq!(found, first, "sso: {sso}, {surface:?}, {phone}");
        }
    }
}
