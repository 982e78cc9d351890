//! Who is signed in, and what is open to them.

use crate::account::{Edition, Role, Surface, Tenant, WayOffer};
use crate::avatar::Avatar;
use crate::endpoint::{Endpoint, Method};
use crate::refusal::Refusal;
use crate::wechat::WechatProfile;
use json::FromJson;
use serde::{Deserialize, Serialize};

/// The header by which a tab says whose account it shows. A request that would act for another
/// account than the person sees is refused with `SESSION_ENDED{another_account}` (F-12).
pub const SHOWN_ACCOUNT: &str = "X-Account";

/// Asks who is signed in; the only truth about the session.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetMe {}

impl Endpoint for GetMe {
    type Reply = Me;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/me";
}

/// The signed-in account as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// Opaque; tells two accounts apart (F-12).
    pub account: String,
    /// As the person chose it.
    pub nickname: String,
    /// What stands in for the picture: the first grapheme cluster of the nickname that can be seen.
    /// Empty where there is none.
    #[serde(default)]
    pub initial: String,
    /// What is paid for.
    pub edition: Edition,
    /// The organization, absent for a personal account.
    pub tenant: Option<Tenant>,
    /// The place in the organization, absent for a personal account.
    pub role: Option<Role>,
    /// Where this session was opened.
    pub surface: Surface,
    /// The bound number, masked: `138****1234`, overseas `+852 ****4567` (G3).
    pub phone: String,
    /// Whether a password is set.
    pub has_password: bool,
    /// The bound WeChat, if there is one.
    pub wechat: Option<WechatProfile>,
    /// The picture.
    #[serde(default)]
    pub avatar: Avatar,
    /// What can be set out to do from the overview, open or closed.
    pub actions: Vec<ActionOffer>,
    /// Why the past meetings are closed; absent when they are open (H3, G6).
    #[serde(default)]
    pub history_closed: Option<Refusal>,
    /// The organization's console; absent for everybody but its super admins, who alone get to know
    /// of it (E1–E4).
    #[serde(default)]
    pub console: Option<ConsoleOffer>,
}

/// The console and whether it is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsoleOffer {
    /// Why it is closed, on a shared device say; absent when it is open.
    pub closed: Option<Refusal>,
}

/// What a person can set out to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Replace the phone number.
    Phone,
    /// Set or replace the password.
    Password,
    /// End every login session but this one; a single action behind the step-up gate (G1).
    EndOtherSessions,
    /// Replace the WeChat, or bind the first one (W1, W7).
    Wechat,
    /// Cancel the account; begun by [`StartCancel`](crate::cancel::StartCancel) alone (C2).
    Cancel,
    /// End the login session of one other device (G1, SES-06).
    EndDevice,
    /// Delete a user of the organization (G1, E3).
    DeleteUser,
    /// Make a user of the organization a super admin, or no longer one (G1, E4).
    ChangeSuperAdmin,
}

/// An action and whether it is open: eligibility before effort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActionOffer {
    /// The action.
    pub action: Action,
    /// Why it is closed; absent when it is open.
    pub closed: Option<Refusal>,
    /// The ways to prove identity for it.
    pub ways: Vec<WayOffer>,
}

impl Me {
    /// The offer for an action, if this server knows it.
    #[must_use]
    pub fn offer(&self, action: Action) -> Option<&ActionOffer> {
        self.actions.iter().find(|offer| offer.action == action)
    }
}
