//! Messages to people (SMS, WeChat) and to the meeting service, as data.

use crate::domain::account::Account;
use contract::phone::PhoneNumber;
use serde::{Deserialize, Serialize};

/// One message for a gateway. It may hold a code, so it is never printed.
#[derive(Clone)]
pub(crate) struct Message {
    /// A phone number in E.164 form, a WeChat identity, or an account's id.
    pub(crate) to: String,
    pub(crate) text: String,
    /// The code in the text; notices have none.
    pub(crate) code: Option<String>,
    /// The contract's purpose of a code, or the topic of a notice.
    pub(crate) purpose: String,
    /// The same for every try to deliver this message, so that the receiver can drop repetitions.
    pub(crate) id: String,
}

impl Message {
    /// The recipient as the log may show it.
    pub(crate) fn masked_to(&self) -> String {
        PhoneNumber::parse(&self.to).map_or_else(|| "?".to_owned(), |to| to.masked())
    }
}

/// A notice to an account's owner, to be written to the outbox.
pub(crate) struct Notice {
    /// The account with the number and the WeChat from before the effect.
    pub(crate) to: Account,
    pub(crate) topic: Topic,
    pub(crate) text: String,
}

/// The topic of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// The number was replaced.
    PhoneChanged,
    /// A WeChat was bound or replaced.
    WechatChanged,
    /// The password was set.
    PasswordSet,
    /// The account was canceled.
    AccountCanceled,
    /// The account will be canceled unless its owner signs in.
    CancelBegun,
    /// The cancellation was undone.
    CancelUndone,
    /// The organization deleted the account.
    AccountRemoved,
    /// The account was given another role.
    RoleGiven,
    /// The account became a super admin, or stopped being one.
    SuperAdminGiven,
    /// Another super admin of the organization came or went; to all of them.
    SuperAdmins,
}

impl Topic {
    /// As the outbox and the gateways name it, where codes have their purpose.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::PhoneChanged => "phone_changed",
            Self::WechatChanged => "wechat_changed",
            Self::PasswordSet => "password_set",
            Self::AccountCanceled => "account_canceled",
            Self::CancelBegun => "cancel_begun",
            Self::CancelUndone => "cancel_undone",
            Self::AccountRemoved => "account_removed",
            Self::RoleGiven | Self::SuperAdminGiven => "role_given",
            Self::SuperAdmins => "super_admins",
        }
    }

    /// Whether the owner may have to act at once: such notices are sent first and pass the daily cap.
    pub(crate) fn is_urgent(self) -> bool {
        match self {
            Self::PhoneChanged
            | Self::WechatChanged
            | Self::PasswordSet
            | Self::AccountCanceled
            | Self::CancelBegun
            | Self::AccountRemoved
            | Self::SuperAdminGiven
            | Self::SuperAdmins => true,
            Self::CancelUndone | Self::RoleGiven => false,
        }
    }

    /// Whether every notice of this topic is sent, so that none replaces an earlier one or waits for a
    /// budget.
    pub(crate) fn is_never_replaced(self) -> bool {
        matches!(self, Self::SuperAdminGiven | Self::SuperAdmins)
    }
}

/// The message to the meeting service when an account is erased (C5, DEL-04); the JSON body of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Farewell {
    pub(crate) account: String,
    /// Running meetings that the account started and that end with it.
    pub(crate) end: Vec<String>,
    /// Running meetings of others that the account leaves.
    pub(crate) leave: Vec<String>,
    /// Scheduled meetings that do not take place.
    pub(crate) drop: Vec<String>,
}
