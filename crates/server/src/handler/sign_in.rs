//! Signing in and out (L1, L2), and keeping an account that is being canceled (C8).
//!
//! Nothing here tells whether a number is known before the proof is right: a code is made, charged
//! and refused alike for every number. For a number outside the mainland that no account holds,
//! the SMS alone is left out: the code exists and nobody has it, so every try answers
//! `CODE_WRONG`, as it would for somebody who guesses.

use crate::account::Account;
use crate::app::App;
use crate::clock::Moment;
use crate::code::{self, Bond};
use crate::event::Event;
use crate::extract::Json;
use crate::guess;
use crate::handler::cancel;
use crate::handler::step_up::password_guess;
use crate::problem::Problem;
use crate::rules;
use crate::scan::{self, Attempt};
use crate::search;
use crate::secret;
use crate::session::{Admission, Asker, Session, Visitor};
use crate::store::{read_text, text_of};
use crate::words;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;
use contract::account::Way;
use contract::activity::Happening;
use contract::cancel::{CoolingOff, UndoCancel};
use contract::code::{Purpose, SentCode};
use contract::endpoint::{Done, Endpoint};
use contract::phone::PhoneNumber;
use contract::refusal::Refusal;
use contract::scan::{Scan, ScanPurpose, StartSignInScan};
use contract::sign_in::{
    AccountOption, Choice, ChooseAccount, SendSignInCode, SignIn, SignInByPassword, SignInBySms,
    SignInByWechat, SignOut,
};
use sqlx::{Row, SqliteConnection};
use std::time::Duration;

/// How long a proof waits for the choice *(ours)*.
const CHOICE_LIFE: Duration = Duration::from_secs(10 * 60);

/// So many passwords are checked for every number, those that are missing against the decoy: a
/// personal account and one in an organization is what most people have at most (OTP-11).
const CHECKS: usize = 2;

pub(crate) fn router() -> Router<App> {
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
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SendSignInCode>,
) -> Result<Json<SentCode>, Problem> {
    let phone = PhoneNumber::parse(&request.phone).ok_or(Refusal::PhoneInvalid)?;
    let now = app.now();
    let mut tx = app.store().write().await?;
    let browser = visitor.browser(&mut tx, now).await?;
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM account WHERE phone = ?)")
        .bind(phone.as_str())
        .fetch_one(&mut *tx)
        .await?;
    let bond = sign_in_bond(visitor.asker(&browser.id), &phone);
    let is_sent = known || phone.is_mainland();
    let (sent, letter) = code::issue(&app, &mut tx, bond, is_sent, now).await?;
    tx.commit().await?;
    visitor.remember(&browser);
    if is_sent {
        code::deliver(&app, letter, visitor.block(), now).await?;
    } else {
        code::deliver_nothing(&app).await?;
    }
    Ok(Json(sent))
}

async fn by_sms(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SignInBySms>,
) -> Result<Json<SignIn>, Problem> {
    let phone = PhoneNumber::parse(&request.phone).ok_or(Refusal::PhoneInvalid)?;
    // A browser that never asked for a code has none to type.
    let browser = visitor.browser.clone().ok_or(Refusal::CodeExpired)?;
    let now = app.now();
    let right =
        code::attempt(&app, sign_in_bond(visitor.asker(&browser), &phone), &request.code, now).await?;
    let mut tx = app.store().write().await?;
    right.consume(&mut tx, now).await?;
    let found = Account::holding(&mut tx, &phone).await?;
    let found = cancel::still_there(&app, &mut tx, found, now).await?;
    let openable: Vec<Account> = found.iter().filter(|account| account.signs_in_here).cloned().collect();
    let answer = if !openable.is_empty() {
        open(&mut tx, &visitor, &browser, By::Sms(&phone), &openable, now).await
    } else if !found.is_empty() {
        Err(Refusal::SsoManaged.into())
    } else {
        match open_account(&mut tx, &phone, now).await {
            Ok(account) => {
                let device = visitor.device(&mut tx, &browser, &account.id, now).await?;
                let event = Event {
                    account: &account.id,
                    device: Some(&device),
                    what: Happening::AccountOpened,
                    way: Some(Way::Sms),
                };
                event.write(&mut tx, now).await?;
                open(&mut tx, &visitor, &browser, By::Sms(&phone), &[account], now).await
            }
            Err(problem) => Err(problem),
        }
    };
    // The code was right and is used up, whatever the answer is.
    match answer {
        Err(problem) if !problem.is_refusal() => Err(problem),
        answer => {
            tx.commit().await?;
            app.scans().look_in(&browser);
            admit(&visitor, answer?)
        }
    }
}

async fn by_password(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SignInByPassword>,
) -> Result<Json<SignIn>, Problem> {
    let phone = PhoneNumber::parse(&request.phone).ok_or(Refusal::PhoneInvalid)?;
    let place = app.passwords().place(visitor.block())?;
    let now = app.now();
    let mut tx = app.store().write().await?;
    let browser = visitor.browser(&mut tx, now).await?;
    let guess = password_guess(visitor.asker(&browser.id), &phone);
    let charged = guess::charge(&app, &mut tx, guess, now).await?;
    let found = Account::holding(&mut tx, &phone).await?;
    tx.commit().await?;
    visitor.remember(&browser);
    let openable = found.into_iter().filter(|account| account.signs_in_here);
    let mut hashes: Vec<String> = openable.filter_map(|account| account.password_hash).collect();
    hashes.sort();
    hashes.dedup();
    let matching = app.passwords().matching(place, &charged, request.password, hashes, CHECKS).await?;
    if matching.is_empty() {
        return Err(charged.wrong());
    }
    let mut tx = app.store().write().await?;
    // Read again: the account may have changed its password or its number while we computed.
    let found = Account::holding(&mut tx, &phone).await?;
    let mut openable = cancel::still_there(&app, &mut tx, found, now).await?;
    openable.retain(|account| {
        account.signs_in_here && account.password_hash.as_ref().is_some_and(|hash| matching.contains(hash))
    });
    if openable.is_empty() {
        // What went stays gone.
        tx.commit().await?;
        return Err(Refusal::SignInFailed.into());
    }
    charged.forgive(&mut tx).await?;
    let answer = open(&mut tx, &visitor, &browser.id, By::Password(&phone), &openable, now).await;
    // The password was right and is no wrong try, whatever the answer is.
    match answer {
        Err(problem) if !problem.is_refusal() => Err(problem),
        answer => {
            tx.commit().await?;
            app.scans().look_in(&browser.id);
            admit(&visitor, answer?)
        }
    }
}

async fn begin_scan(
    State(app): State<App>,
    visitor: Visitor,
    Json(StartSignInScan {}): Json<StartSignInScan>,
) -> Result<Json<Scan>, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let browser = visitor.browser(&mut tx, now).await?;
    let bond = scan::Bond {
        asker: visitor.asker(&browser.id),
        purpose: ScanPurpose::SignIn,
        session: "",
        account: "",
        change: "",
    };
    let begun = scan::begin(&app, &mut tx, bond, visitor.device_kind(), now).await?;
    tx.commit().await?;
    visitor.remember(&browser);
    app.scans().look_in(&browser.id);
    let qr = scan::draw(&app, &begun).await?;
    let mut reader = app.store().read().await?;
    let attempt = Attempt::bonded(&mut reader, bond, begun.id(), now).await?;
    Ok(Json(Scan { qr: Some(qr), ..attempt.shown(now) }))
}

async fn by_wechat(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SignInByWechat>,
) -> Result<Json<SignIn>, Problem> {
    let browser = visitor.browser.clone().ok_or(Refusal::NotFound)?;
    let now = app.now();
    let mut tx = app.store().write().await?;
    let attempt = Attempt::find(&mut tx, &visitor, &request.scan, now).await?;
    if attempt.purpose != ScanPurpose::SignIn {
        return Err(Refusal::NotFound.into());
    }
    let wechat = attempt.redeem(&mut tx, now).await?;
    let found = Account::with_wechat(&mut tx, &wechat).await?;
    let found = cancel::still_there(&app, &mut tx, found, now).await?;
    let openable: Vec<Account> = found.iter().filter(|account| account.signs_in_here).cloned().collect();
    let answer = if !openable.is_empty() {
        open(&mut tx, &visitor, &browser, By::Wechat(&wechat), &openable, now).await
    } else if !found.is_empty() {
        Err(Refusal::SsoManaged.into())
    } else {
        // Nobody's account is opened by a WeChat alone: an account has a phone.
        Err(Refusal::WayNotOpen.into())
    };
    // It was allowed and is used up, whatever the answer is.
    match answer {
        Err(problem) if !problem.is_refusal() => Err(problem),
        answer => {
            tx.commit().await?;
            app.scans().look_in(&browser);
            admit(&visitor, answer?)
        }
    }
}

async fn choose(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<ChooseAccount>,
) -> Result<Json<SignIn>, Problem> {
    let browser = visitor.browser.clone().ok_or(Refusal::SignInFailed)?;
    let now = app.now();
    let mut tx = app.store().write().await?;
    let (account, way) = chosen(&mut tx, &browser, &request.sign_in_id, &request.account, now).await?;
    if let Some(cooling_off) = cooling_off(&account, &request.sign_in_id, now) {
        // Nothing is committed: the choice is good for undoing it.
        return Ok(Json(SignIn::CoolingOff(cooling_off)));
    }
    let admission = visitor.open_session(&mut tx, &browser, &account.id, way, now).await?;
    tx.commit().await?;
    app.scans().look_in(&browser);
    visitor.admit_anew(&admission);
    Ok(Json(SignIn::SignedIn))
}

async fn undo_cancel(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<UndoCancel>,
) -> Result<Json<SignIn>, Problem> {
    let browser = visitor.browser.clone().ok_or(Refusal::SignInFailed)?;
    let now = app.now();
    let mut tx = app.store().write().await?;
    let (account, way) = chosen(&mut tx, &browser, &request.sign_in_id, &request.account, now).await?;
    // Who has undone it elsewhere meanwhile is signed in all the same: the proof is as good.
    if account.goes_at.is_some() {
        let device = visitor.device(&mut tx, &browser, &account.id, now).await?;
        let event = Event {
            account: &account.id,
            device: Some(&device),
            what: Happening::CancelUndone,
            way: Some(way),
        };
        cancel::undo(&app, &mut tx, &account, event, now).await?;
    }
    let admission = visitor.open_session(&mut tx, &browser, &account.id, way, now).await?;
    tx.commit().await?;
    app.notices().notify_one();
    app.scans().look_in(&browser);
    visitor.admit_anew(&admission);
    Ok(Json(SignIn::SignedIn))
}

/// Uses a waiting choice up: the account that is picked, if it still holds what was proven, and the
/// way that was. One whose cooling-off is over cannot be picked, nor kept; the sweeper erases it.
async fn chosen(
    connection: &mut SqliteConnection,
    browser: &str,
    sign_in: &str,
    account: &str,
    now: Moment,
) -> Result<(Account, Way), Problem> {
    let row = sqlx::query(
        "UPDATE sign_in SET used_at = ?
         WHERE id = ? AND browser = ? AND used_at IS NULL AND expires_at > ?
           AND EXISTS (SELECT 1 FROM sign_in_account s JOIN account a ON a.id = s.account
                       WHERE s.sign_in = sign_in.id AND s.account = ?
                         AND (a.phone = sign_in.phone OR a.wechat = sign_in.wechat)
                         AND (a.sso = 0 OR a.sso_local_sign_in = 1))
         RETURNING way",
    )
    .bind(now.millis())
    .bind(sign_in)
    .bind(browser)
    .bind(now.millis())
    .bind(account)
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(Refusal::SignInFailed)?;
    let account = Account::load(connection, account).await?.filter(|account| !account.is_over(now));
    Ok((account.ok_or(Refusal::SignInFailed)?, read_text(row.get("way"))?))
}

/// What is told instead of a session while the account is being canceled (C8).
fn cooling_off(account: &Account, sign_in_id: &str, now: Moment) -> Option<CoolingOff> {
    let until = account.goes_at?;
    Some(CoolingOff {
        sign_in_id: sign_in_id.to_owned(),
        account: account.id.clone(),
        days_left: rules::cancel::days_left(until, now),
        until: until.timestamp(),
    })
}

async fn sign_out(
    State(app): State<App>,
    session: Session,
    Json(SignOut {}): Json<SignOut>,
) -> Result<impl IntoResponse, Problem> {
    let now = app.now();
    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    sqlx::query("UPDATE session SET ended_at = ?, ended_why = 'signed_out' WHERE id = ?")
        .bind(now.millis())
        .bind(&session.id)
        .execute(&mut *tx)
        .await?;
    session.event(Happening::SignedOut, None).write(&mut tx, now).await?;
    scan::supersede_here(&mut tx, &session.browser).await?;
    tx.commit().await?;
    app.scans().look_in(&session.browser);
    session.visitor.dismiss();
    // Whatever a page of ours stored goes too (SES-07). Cookies go one by one above: the header
    // would take the browser's own with it, by which its devices are known.
    Ok(([("clear-site-data", "\"storage\"")], Json(Done {})))
}

fn sign_in_bond<'a>(asker: Asker<'a>, phone: &'a PhoneNumber) -> Bond<'a> {
    Bond { asker, phone, purpose: Purpose::SignIn, account: "", change: "" }
}

/// What a proof opened: a session, a choice, or an account that is being canceled.
enum Opened {
    Session(Admission),
    Choice(Choice),
    CoolingOff(CoolingOff),
}

/// What was proven.
#[derive(Clone, Copy)]
enum By<'a> {
    Sms(&'a PhoneNumber),
    Password(&'a PhoneNumber),
    Wechat(&'a str),
}

impl<'a> By<'a> {
    /// The way, and what an account has to hold still when it is chosen: a number or a WeChat.
    fn parts(self) -> (Way, &'a str, Option<&'a str>) {
        match self {
            Self::Sms(phone) => (Way::Sms, phone.as_str(), None),
            Self::Password(phone) => (Way::Password, phone.as_str(), None),
            Self::Wechat(wechat) => (Way::Wechat, "", Some(wechat)),
        }
    }
}

/// Opens the one account that was proven, or makes a choice. The proof by WeChat is given on a phone
/// that may be a stranger's: who photographed the QR and allowed it would put their account in front
/// of whoever sits here. So an account that this browser has not known is shown first (QR-07).
async fn open(
    connection: &mut SqliteConnection,
    visitor: &Visitor,
    browser: &str,
    by: By<'_>,
    accounts: &[Account],
    now: Moment,
) -> Result<Opened, Problem> {
    let (way, phone, wechat) = by.parts();
    let known = match accounts {
        [only] if wechat.is_none() || only.has_device_at(connection, browser).await? => Some(only),
        _ => None,
    };
    if let Some(only) = known
        && only.goes_at.is_none()
    {
        return Ok(Opened::Session(visitor.open_session(connection, browser, &only.id, way, now).await?));
    }
    let sign_in_id = secret::id();
    sqlx::query(
        "INSERT INTO sign_in (id, browser, phone, wechat, way, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&sign_in_id)
    .bind(browser)
    .bind(phone)
    .bind(wechat)
    .bind(text_of(way))
    .bind(now.after(visitor.patience(CHOICE_LIFE)).millis())
    .execute(&mut *connection)
    .await?;
    for account in accounts {
        sqlx::query("INSERT INTO sign_in_account (sign_in, account) VALUES (?, ?)")
            .bind(&sign_in_id)
            .bind(&account.id)
            .execute(&mut *connection)
            .await?;
    }
    if let Some(only) = known
        && let Some(cooling_off) = cooling_off(only, &sign_in_id, now)
    {
        return Ok(Opened::CoolingOff(cooling_off));
    }
    let option = |account: &Account| AccountOption {
        id: account.id.clone(),
        tenant: account.organization(),
        edition: account.edition(now),
        phone: account.phone.masked(),
    };
    Ok(Opened::Choice(Choice { sign_in_id, accounts: accounts.iter().map(option).collect() }))
}

fn admit(visitor: &Visitor, opened: Opened) -> Result<Json<SignIn>, Problem> {
    Ok(Json(match opened {
        Opened::Session(admission) => {
            visitor.admit_anew(&admission);
            SignIn::SignedIn
        }
        Opened::Choice(choice) => SignIn::Choose(choice),
        Opened::CoolingOff(cooling_off) => SignIn::CoolingOff(cooling_off),
    }))
}

/// Opens a free account for a mainland number that nobody holds and that does not rest (L1, P7).
async fn open_account(
    connection: &mut SqliteConnection,
    phone: &PhoneNumber,
    now: Moment,
) -> Result<Account, Problem> {
    if !phone.is_mainland() {
        return Err(Refusal::SignInFailed.into());
    }
    let rests = super::phone::rests(connection, phone, now).await?;
    if let Some(until) = rules::resting_until(&rests, None, now) {
        return Err(Refusal::PhoneResting { until: until.timestamp() }.into());
    }
    let id = secret::id();
    let nickname = words::first_nickname(&phone.as_str()[phone.as_str().len() - 4..]);
    sqlx::query(
        "INSERT INTO account (id, tenant, phone, phone_bound_at, nickname, search_key, created_at, pseudonym)
         SELECT ?, id, ?, ?, ?, ?, ?, ? FROM tenant WHERE kind = 'personal'",
    )
    .bind(&id)
    .bind(phone.as_str())
    .bind(now.millis())
    .bind(&nickname)
    .bind(search::fold(&nickname))
    .bind(now.millis())
    .bind(secret::id())
    .execute(&mut *connection)
    .await?;
    Account::load(connection, &id).await?.ok_or_else(|| Problem::fault("a new account is not there"))
}
