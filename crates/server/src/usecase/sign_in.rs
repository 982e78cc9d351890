//! Signing in and out (L1, L2), and keeping an account that is being canceled (C8).
//!
//! Nothing reveals whether a number is known before the proof is right: a code is created, charged and refused
//! alike for every number. For a number outside the mainland that no account holds, the SMS alone is left out:
//! the code exists and nobody has it, so every attempt answers `CODE_WRONG`, as it would for a guesser.

use crate::clock::Moment;
use crate::domain::account::Account;
use crate::domain::code::CodeBinding;
use crate::domain::event::LoggedEvent;
use crate::domain::ids::{AccountId, BrowserId, SignInId};
use crate::domain::scan::ScanBinding;
use crate::domain::session::Admission;
use crate::domain::sign_in::ProvenBy;
use crate::domain::visitor::{Requester, Visitor};
use crate::problem::Problem;
use crate::rules::{self, limits};
use crate::state::AppState;
use crate::store::{Attempt, WriteTx};
use crate::texts;
use crate::usecase::{cancel, code, scan};
use contract::account::Way;
use contract::activity::SecurityEvent;
use contract::cancel::CoolingOff;
use contract::code::{Purpose, SentCode};
use contract::phone::PhoneNumber;
use contract::refusal::{Refusal, SessionEnd};
use contract::scan::{Scan, ScanPurpose};
use contract::sign_in::{AccountOption, Choice};

/// Passwords compared for every number, missing ones against the decoy: most people have a personal account and
/// one in an organization at most (OTP-11).
const CHECKS: usize = 2;

/// The result of a proof.
pub(crate) enum Opened {
    /// A session.
    Session(Admission),
    /// Several accounts to choose from, or one that this browser did not know.
    Choice(Choice),
    /// An account that is being canceled.
    CoolingOff(CoolingOff),
}

fn binding<'a>(requester: Requester<'a>, phone: &'a PhoneNumber) -> CodeBinding<'a> {
    CodeBinding { requester, phone, purpose: Purpose::SignIn, change: None }
}

/// Sends a code.
pub(crate) async fn send_code(state: &AppState, visitor: &Visitor, phone: &str) -> Result<SentCode, Problem> {
    let phone = PhoneNumber::parse(phone).ok_or(Refusal::PhoneInvalid)?;
    let now = state.now();
    let mut tx = state.store.write().await?;
    let browser = tx.browser_of(visitor, now).await?;
    let is_sent = tx.is_phone_known(&phone).await? || phone.is_mainland();
    let code = binding(visitor.requester(&browser), &phone);
    let (sent, message) = code::issue(state, &mut tx, code, is_sent, now).await?;
    tx.commit().await?;
    if is_sent {
        code::deliver(state, message, &visitor.network, now).await?;
    } else {
        code::deliver_nothing(state).await?;
    }
    Ok(sent)
}

/// Signs in by a code. A mainland number that nobody holds opens an account.
pub(crate) async fn by_sms(
    state: &AppState,
    visitor: &Visitor,
    phone: &str,
    typed: &str,
) -> Result<Opened, Problem> {
    let phone = PhoneNumber::parse(phone).ok_or(Refusal::PhoneInvalid)?;
    // A browser that never requested a code has none to type.
    let browser = visitor.browser.as_ref().ok_or(Refusal::CodeExpired)?;
    let now = state.now();
    let code = code::verify(state, binding(visitor.requester(browser), &phone), typed, now).await?;
    let mut tx = state.store.write().await?;
    code.consume(&mut tx, now).await?;
    let found = tx.accounts_with_phone(&phone).await?;
    let proven = ProvenBy::Number(Way::Sms, &phone);
    let opened = open_found(state, &mut tx, visitor, browser, proven, found, now).await;
    keep_used(tx, opened).await
}

/// Signs in by the WeChat that allowed a scan.
pub(crate) async fn by_wechat(state: &AppState, visitor: &Visitor, id: &str) -> Result<Opened, Problem> {
    let browser = visitor.browser.as_ref().ok_or(Refusal::NotFound)?;
    let now = state.now();
    let mut tx = state.store.write().await?;
    let scan = scan::find(&mut tx, visitor, &id.into(), now).await?;
    if scan.purpose != ScanPurpose::SignIn {
        return Err(Refusal::NotFound.into());
    }
    let wechat = tx.redeem_scan(&scan, now).await?;
    let found = tx.accounts_with_wechat(&wechat).await?;
    let opened = open_found(state, &mut tx, visitor, browser, ProvenBy::Wechat(&wechat), found, now).await;
    keep_used(tx, opened).await
}

/// Opens what a proof found: one of the accounts, or a new one for a number that nobody holds.
async fn open_found(
    state: &AppState,
    tx: &mut WriteTx,
    visitor: &Visitor,
    browser: &BrowserId,
    proven: ProvenBy<'_>,
    found: Vec<Account>,
    now: Moment,
) -> Result<Opened, Problem> {
    let found = cancel::still_existing(state, tx, found, now).await?;
    let is_held = !found.is_empty();
    let openable: Vec<Account> = found.into_iter().filter(|account| account.signs_in_here).collect();
    if !openable.is_empty() {
        return open(tx, visitor, browser, proven, &openable, now).await;
    }
    match proven {
        _ if is_held => Err(Refusal::SsoManaged.into()),
        // A WeChat alone opens no account: an account has a phone.
        ProvenBy::Wechat(_) => Err(Refusal::WayNotOpen.into()),
        ProvenBy::Number(way, phone) => {
            let account = open_account(tx, phone, now).await?;
            let device = tx.device(&account.id, browser, visitor.sign_in_surface.device_kind, now).await?;
            let event = LoggedEvent::on(&account.id, &device, SecurityEvent::AccountOpened, Some(way));
            tx.log(&event, now).await?;
            open(tx, visitor, browser, proven, &[account], now).await
        }
    }
}

/// Commits unless it failed by a fault: the proof was right and is used up even if the sign-in is refused.
async fn keep_used(tx: WriteTx, opened: Result<Opened, Problem>) -> Result<Opened, Problem> {
    match opened {
        Err(problem) if !problem.is_refusal() => Err(problem),
        opened => {
            tx.commit().await?;
            opened
        }
    }
}

/// Signs in by a password.
pub(crate) async fn by_password(
    state: &AppState,
    visitor: &Visitor,
    phone: &str,
    password: String,
) -> Result<Opened, Problem> {
    let phone = PhoneNumber::parse(phone).ok_or(Refusal::PhoneInvalid)?;
    let slot = state.hasher.slot(&visitor.network)?;
    let now = state.now();
    let mut tx = state.store.write().await?;
    let browser = tx.browser_of(visitor, now).await?;
    let attempt = Attempt::at_password(visitor.requester(&browser), &phone);
    let most = state.config.limits.wrong_tries_per_network_and_hour;
    let receipt = tx.charge_attempt(attempt, most, now).await?;
    let found = tx.accounts_with_phone(&phone).await?;
    tx.commit().await?;
    let openable = found.into_iter().filter(|account| account.signs_in_here);
    let mut hashes: Vec<String> = openable.filter_map(|account| account.password_hash).collect();
    hashes.sort();
    hashes.dedup();
    let matching = state.hasher.matching(slot, &receipt, password, hashes, CHECKS).await?;
    if matching.is_empty() {
        return Err(receipt.wrong());
    }
    let mut tx = state.store.write().await?;
    // Read again: the account may have changed its password or its number during the computation.
    let found = tx.accounts_with_phone(&phone).await?;
    let mut openable = cancel::still_existing(state, &mut tx, found, now).await?;
    openable.retain(|account| {
        account.signs_in_here && account.password_hash.as_ref().is_some_and(|hash| matching.contains(hash))
    });
    if openable.is_empty() {
        // An erased account stays erased.
        tx.commit().await?;
        return Err(Refusal::SignInFailed.into());
    }
    tx.refund_attempt(receipt).await?;
    let proven = ProvenBy::Number(Way::Password, &phone);
    let opened = open(&mut tx, visitor, &browser, proven, &openable, now).await;
    keep_used(tx, opened).await
}

/// Begins a scan to sign in.
pub(crate) async fn begin_scan(state: &AppState, visitor: &Visitor) -> Result<Scan, Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let browser = tx.browser_of(visitor, now).await?;
    let binding =
        ScanBinding { requester: visitor.requester(&browser), purpose: ScanPurpose::SignIn, change: None };
    let begun = scan::begin(state, &mut tx, binding, visitor.sign_in_surface.device_kind, now).await?;
    tx.commit().await?;
    let qr = scan::make_qr(state, &begun).await?;
    let mut reader = state.store.read().await?;
    let scan = reader.bound_scan(binding, &begun.id, now).await?;
    Ok(Scan { qr: Some(qr), ..scan.shown(now) })
}

/// Signs in to the chosen account.
pub(crate) async fn choose(
    state: &AppState,
    visitor: &Visitor,
    sign_in: &str,
    account: &str,
) -> Result<Opened, Problem> {
    let browser = visitor.browser.as_ref().ok_or(Refusal::SignInFailed)?;
    let now = state.now();
    let (sign_in, account): (SignInId, AccountId) = (sign_in.into(), account.into());
    let mut tx = state.store.write().await?;
    let (account, way) = tx.use_sign_in(browser, &sign_in, &account, now).await?;
    if let Some(cooling_off) = cooling_off(&account, &sign_in, now) {
        // Nothing is committed: the choice can still undo the cancellation.
        return Ok(Opened::CoolingOff(cooling_off));
    }
    let admission = tx.open_session(visitor, browser, &account.id, way, now).await?;
    tx.commit().await?;
    Ok(Opened::Session(admission))
}

/// Keeps the chosen account, which is being canceled, and signs in to it.
pub(crate) async fn undo_cancel(
    state: &AppState,
    visitor: &Visitor,
    sign_in: &str,
    account: &str,
) -> Result<Admission, Problem> {
    let browser = visitor.browser.as_ref().ok_or(Refusal::SignInFailed)?;
    let now = state.now();
    let mut tx = state.store.write().await?;
    let (account, way) = tx.use_sign_in(browser, &sign_in.into(), &account.into(), now).await?;
    // If it was undone elsewhere meanwhile, the person is signed in all the same: the proof is as good.
    if account.goes_at.is_some() {
        let device = tx.device(&account.id, browser, visitor.sign_in_surface.device_kind, now).await?;
        let event = LoggedEvent::on(&account.id, &device, SecurityEvent::CancelUndone, Some(way));
        cancel::undo(state, &mut tx, &account, &event, now).await?;
    }
    let admission = tx.open_session(visitor, browser, &account.id, way, now).await?;
    tx.commit().await?;
    Ok(admission)
}

/// Signs out.
pub(crate) async fn sign_out(state: &AppState, visitor: &Visitor) -> Result<(), Problem> {
    let now = state.now();
    let mut tx = state.store.write().await?;
    let session = tx.effect_session(visitor, now).await?;
    tx.end_session(&session, SessionEnd::SignedOut, now).await?;
    tx.log(&session.event(SecurityEvent::SignedOut, None), now).await?;
    tx.supersede_sign_in_scans_of(&session.browser).await?;
    tx.commit().await
}

/// The answer in place of a session while the account is being canceled (C8).
fn cooling_off(account: &Account, sign_in: &SignInId, now: Moment) -> Option<CoolingOff> {
    let until = account.goes_at?;
    Some(CoolingOff {
        sign_in_id: sign_in.to_string(),
        account: account.id.to_string(),
        days_left: rules::cancel::days_left(until, now),
        until: until.timestamp(),
    })
}

/// Opens the one account that was proven, or makes a choice. The proof by WeChat is given on a phone that may be
/// a stranger's: whoever photographed the QR and allowed it would put their account in front of the person
/// here. So an account that this browser did not know is shown first (QR-07).
async fn open(
    tx: &mut WriteTx,
    visitor: &Visitor,
    browser: &BrowserId,
    proven: ProvenBy<'_>,
    accounts: &[Account],
    now: Moment,
) -> Result<Opened, Problem> {
    let way = proven.way();
    let is_here = matches!(proven, ProvenBy::Number(..));
    let known = match accounts {
        [only] if is_here || tx.is_device_known(&only.id, browser).await? => Some(only),
        _ => None,
    };
    if let Some(only) = known
        && only.goes_at.is_none()
    {
        return Ok(Opened::Session(tx.open_session(visitor, browser, &only.id, way, now).await?));
    }
    let expires_at = now.after(visitor.waiting_life(limits::CHOICE_LIFE));
    let sign_in = tx.insert_sign_in(browser, proven, accounts, expires_at).await?;
    if let Some(only) = known
        && let Some(cooling_off) = cooling_off(only, &sign_in, now)
    {
        return Ok(Opened::CoolingOff(cooling_off));
    }
    let option = |account: &Account| AccountOption {
        id: account.id.to_string(),
        tenant: account.organization(),
        edition: account.edition(now),
        phone: account.phone.masked(),
    };
    let accounts = accounts.iter().map(option).collect();
    Ok(Opened::Choice(Choice { sign_in_id: sign_in.to_string(), accounts }))
}

/// Opens a free account for a mainland number that nobody holds and that does not rest (L1, P7).
async fn open_account(tx: &mut WriteTx, phone: &PhoneNumber, now: Moment) -> Result<Account, Problem> {
    if !phone.is_mainland() {
        return Err(Refusal::SignInFailed.into());
    }
    let rests = tx.rests(phone, None, now).await?;
    if let Some(until) = rules::phone::resting_until(&rests, now) {
        return Err(Refusal::PhoneResting { until: until.timestamp() }.into());
    }
    let nickname = texts::first_nickname(&phone.as_str()[phone.as_str().len() - 4..]);
    tx.open_account(phone, &nickname, now).await
}
