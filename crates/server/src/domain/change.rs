//! The record of one wizard (G5), and of one single sensitive action (G1), which ends at `granted`: its
//! id is the grant.
//!
//! A change is found by id, account and browser together, so the id in a URL is worth nothing without the
//! cookies. Every write raises its version and is refused if it was made for an older one. The step of a
//! change follows from its row and the session that asks:
//!
//! ```text
//! concluded                                         -> its last step
//! not proven, or proven in another login session    -> identify
//! a target, and its code alive or the proof fresh   -> new_code
//! a scan by the new WeChat that was allowed         -> confirm_wechat
//! such a scan that is open                          -> new_wechat
//! proof fresh                                       -> new_phone, new_password, granted, new_wechat,
//!                                                      confirm_cancel
//! proof too old                                     -> identify
//! ```

use crate::clock::Moment;
use crate::domain::code::CodeBinding;
use crate::domain::ids::{ChangeId, SessionId};
use crate::domain::scan::{ScanBinding, StoredScan};
use crate::domain::session::Session;
use crate::rules;
use contract::account::Way;
use contract::change::{Change, ChangeStep};
use contract::code::{Purpose, SentCode};
use contract::me::Action;
use contract::phone::PhoneNumber;
use contract::scan::{ScanPurpose, ScanState};
use contract::wechat::WechatProfile;

/// A change that exists for this account and browser.
pub(crate) struct OpenChange {
    pub(crate) id: ChangeId,
    pub(crate) action: Action,
    pub(crate) version: u32,
    pub(crate) expires_at: Moment,
    /// How the old identity was proven, if it was.
    pub(crate) proven: Option<Proven>,
    /// The new number that is being verified.
    pub(crate) target: Option<PhoneNumber>,
    /// The id of the one thing that a single action is about (STP-02).
    pub(crate) about: Option<String>,
    /// The version of the notice that was agreed to, if it cancels the account (C2).
    pub(crate) notice: Option<String>,
    /// Its last step, once it is concluded.
    pub(crate) done: Option<ChangeStep>,
}

/// A proof of the old identity.
pub(crate) struct Proven {
    pub(crate) at: Moment,
    pub(crate) session: SessionId,
    pub(crate) way: Way,
    /// The WeChat identity, if the way is WeChat (STP-10).
    pub(crate) wechat: Option<String>,
}

/// Whether the proof of the old identity counts for a login session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// There is none.
    Never,
    /// It was given in another login session, or more than five minutes ago.
    Stale {
        /// Whether it was given in this login session.
        here: bool,
    },
    /// It was given in this login session, within five minutes.
    Fresh,
}

/// What the step of a change depends on besides its row. Facts that the proof makes irrelevant are absent.
#[derive(Default)]
pub(crate) struct StepFacts {
    /// The last code sent to the new number.
    pub(crate) new_code: Option<SentCode>,
    /// The last scan by the new WeChat.
    pub(crate) new_scan: Option<StoredScan>,
    /// The WeChat that allowed that scan.
    pub(crate) new_wechat: Option<WechatProfile>,
    /// The last code sent to the bound number.
    pub(crate) identity_code: Option<SentCode>,
    /// The last scan by the bound WeChat.
    pub(crate) identity_scan: Option<StoredScan>,
    /// New numbers that may still be tried.
    pub(crate) targets_left: u32,
}

/// Whether an action is a single one behind the step-up dialog (G1), and no wizard.
pub(crate) fn is_single(action: Action) -> bool {
    match action {
        Action::EndOtherSessions | Action::EndDevice | Action::DeleteUser | Action::ChangeSuperAdmin => true,
        Action::Phone | Action::Password | Action::Wechat | Action::Cancel => false,
    }
}

impl OpenChange {
    /// The way in which the old identity was proven.
    pub(crate) fn proven_way(&self) -> Option<Way> {
        self.proven.as_ref().map(|proven| proven.way)
    }

    /// Whether its proof counts for a session.
    pub(crate) fn proof(&self, session: &Session, now: Moment) -> Proof {
        let Some(proven) = &self.proven else { return Proof::Never };
        if proven.way == Way::Wechat && proven.wechat.as_deref() != session.account.wechat_id() {
            // That WeChat is not bound any more (STP-10).
            return Proof::Never;
        }
        let here = proven.session == session.id;
        if here && rules::proof::is_fresh(proven.at, now) { Proof::Fresh } else { Proof::Stale { here } }
    }

    /// The binding of the code to the bound phone; its number comes from the account, never from a
    /// request (OTP-12).
    pub(crate) fn identity_code<'a>(&'a self, session: &'a Session) -> CodeBinding<'a> {
        let purpose = match self.action {
            Action::Phone => Purpose::VerifyPhoneChange,
            Action::Password => Purpose::VerifyPasswordChange,
            Action::EndOtherSessions => Purpose::VerifyEndOthers,
            Action::Wechat => Purpose::VerifyWechatChange,
            Action::Cancel => Purpose::VerifyCancel,
            Action::EndDevice => Purpose::VerifyEndDevice,
            Action::DeleteUser => Purpose::VerifyDeleteUser,
            Action::ChangeSuperAdmin => Purpose::VerifyChangeSuperAdmin,
        };
        self.code(session, &session.account.phone, purpose)
    }

    /// The binding of the code to a new phone.
    pub(crate) fn target_code<'a>(
        &'a self,
        session: &'a Session,
        target: &'a PhoneNumber,
    ) -> CodeBinding<'a> {
        self.code(session, target, Purpose::NewPhone)
    }

    fn code<'a>(&'a self, session: &'a Session, phone: &'a PhoneNumber, purpose: Purpose) -> CodeBinding<'a> {
        CodeBinding {
            requester: session.requester(),
            phone,
            purpose,
            change: Some((&session.account.id, &self.id)),
        }
    }

    /// The binding of a scan.
    pub(crate) fn scan<'a>(&'a self, session: &'a Session, purpose: ScanPurpose) -> ScanBinding<'a> {
        ScanBinding {
            requester: session.requester(),
            purpose,
            change: Some((&session.id, &session.account.id, &self.id)),
        }
    }

    /// The record as the wire has it.
    pub(crate) fn record(&self, facts: &StepFacts, session: &Session, now: Moment) -> Change {
        self.record_at(self.step(facts, session, now), session, now)
    }

    /// The record at a given step.
    pub(crate) fn record_at(&self, step: ChangeStep, session: &Session, now: Moment) -> Change {
        Change {
            id: self.id.to_string(),
            action: self.action,
            version: self.version,
            expires_in: now.seconds_until(self.expires_at),
            ways: session.account.ways(self.action, now),
            step,
        }
    }

    /// The last record of a change that was erased with its account.
    pub(crate) fn final_record(&self, step: ChangeStep, session: &Session, now: Moment) -> Change {
        Change { version: self.version + 1, ..self.record_at(step, session, now) }
    }

    fn step(&self, facts: &StepFacts, session: &Session, now: Moment) -> ChangeStep {
        if let Some(done) = &self.done {
            return done.clone();
        }
        let proof = self.proof(session, now);
        if matches!(proof, Proof::Fresh | Proof::Stale { here: true }) {
            let code = facts.new_code.as_ref().filter(|sent| proof == Proof::Fresh || sent.expires_in > 0);
            if let Some(sent) = code {
                return ChangeStep::NewCode { sent: sent.clone(), targets_left: facts.targets_left };
            }
            if let Some(step) = facts.new_scan.as_ref().and_then(|scan| new_wechat(scan, facts, now)) {
                return step;
            }
        }
        if proof != Proof::Fresh {
            return identify(facts, now);
        }
        match self.action {
            Action::Phone => ChangeStep::NewPhone { targets_left: facts.targets_left },
            Action::Password => ChangeStep::NewPassword,
            Action::EndOtherSessions | Action::EndDevice | Action::DeleteUser | Action::ChangeSuperAdmin => {
                ChangeStep::Granted
            }
            Action::Wechat => ChangeStep::NewWechat { scan: None },
            Action::Cancel => ChangeStep::ConfirmCancel,
        }
    }
}

/// The step of the scan by the new WeChat, if one is under way.
fn new_wechat(scan: &StoredScan, facts: &StepFacts, now: Moment) -> Option<ChangeStep> {
    match (scan.state, &facts.new_wechat) {
        (ScanState::Confirmed, Some(wechat)) => {
            Some(ChangeStep::ConfirmWechat { wechat: wechat.clone(), expires_in: scan.expires_in(now) })
        }
        (state, _) if state.is_open() => Some(ChangeStep::NewWechat { scan: Some(scan.shown(now)) }),
        _ => None,
    }
}

/// The step at which the old identity is proven.
pub(crate) fn identify(facts: &StepFacts, now: Moment) -> ChangeStep {
    let scan = facts.identity_scan.as_ref();
    let alive = scan.filter(|scan| scan.state.is_open() || scan.state == ScanState::Confirmed);
    ChangeStep::Identify {
        sent: facts.identity_code.clone().filter(|sent| sent.expires_in > 0),
        scan: alive.map(|scan| scan.shown(now)),
    }
}
