//! Sending and verifying one-time codes (OTP-01…05, 10, 12).
//!
//! An attempt is charged in a transaction of its own and compared after that is committed: whatever happens to
//! the request afterwards, the attempt counts. A right code is used up by a conditional write in the
//! transaction of the effect it is for.

use crate::clock::Moment;
use crate::domain::code::CodeBinding;
use crate::domain::message::Message;
use crate::domain::network::Network;
use crate::gateway::sms::Unsent;
use crate::problem::Problem;
use crate::rules::{self, limits, window};
use crate::state::AppState;
use crate::store::{Attempt, AttemptKind, AttemptReceipt, DailyCounter, NewCode, Reader, WriteTx};
use crate::wire;
use crate::{secret, texts};
use contract::code::{CODE_LENGTH, LONG_CODE_LENGTH, OneTimeCode, Purpose, SentCode};
use contract::refusal::Refusal;

fn attempt(binding: CodeBinding<'_>) -> Attempt<'_> {
    Attempt { requester: binding.requester, phone: binding.phone, kind: AttemptKind::Code(binding.purpose) }
}

/// Creates a code in the caller's transaction, within all limits. After the commit the message is passed to
/// [`deliver`] if `is_sent`; a code that is not sent is not counted.
pub(crate) async fn issue(
    state: &AppState,
    tx: &mut WriteTx,
    binding: CodeBinding<'_>,
    is_sent: bool,
    now: Moment,
) -> Result<(SentCode, Message), Problem> {
    let purpose = wire::name(&binding.purpose).map_err(Problem::fault)?;
    state.sms.ready(now)?;
    tx.refuse_if_locked(attempt(binding), now).await?;
    let known = tx.knows_phone(binding.requester.browser, binding.phone).await?;
    within_limits(state, tx, binding, known, now).await?;
    let limit = state.config.limits.wrong_codes_per_day;
    let long = !known && tx.is_spraying(limit, now).await?;
    let digits = if long { LONG_CODE_LENGTH } else { CODE_LENGTH };
    let (id, code, serial) = (secret::id(), secret::digits(digits), secret::serial());
    let expires_at = now.after(limits::CODE_LIFE);
    let hash = binding.hash(&state.key, &id, &purpose, &code);
    let new = NewCode { id: &id, hash, digits, serial: &serial, expires_at };
    tx.insert_code(binding, &new, now).await?;
    // Written either way, so that the time is the same (OTP-11).
    tx.count(DailyCounter::Codes, i32::from(is_sent), now).await?;
    let message = Message {
        to: binding.phone.as_str().to_owned(),
        text: texts::code_sms(binding.purpose, binding.phone, &code, &serial, &state.config.public_host),
        code: Some(code),
        purpose,
        id,
    };
    let sent = SentCode {
        to: binding.phone.masked(),
        digits: digits as u8,
        serial,
        expires_in: now.seconds_until(expires_at),
        retry_in: rules::code::retry_in(Some(now), now),
    };
    Ok((sent, message))
}

/// The limits of sending: the number's (G2), then those that keep one browser, account or network from many
/// numbers, then the daily cap on cost (OTP-10).
async fn within_limits(
    state: &AppState,
    reader: &mut Reader,
    binding: CodeBinding<'_>,
    known: bool,
    now: Moment,
) -> Result<(), Problem> {
    let sent = reader.codes_sent_to(binding.phone, window::day_before(now)).await?;
    rules::code::may_send(&sent, now)?;
    let configured = &state.config.limits;
    let (hour, day) = (limits::HOUR, limits::DAY);
    let requester = binding.requester;
    let most = configured.codes_per_browser_and_hour;
    let nth = reader.nth_code_of_browser(requester.browser, most, now.before(hour)).await?;
    refuse_until(nth.map(|first| first.after(hour)))?;
    // A request to sign in names no account.
    if let Some(account) = binding.account() {
        let most = configured.codes_per_account_and_day;
        let nth = reader.nth_code_of_account(account, most, now.before(day)).await?;
        refuse_until(nth.map(|first| first.after(day)))?;
    }
    // The neighbors of a known browser do not count for it (OTP-09).
    if !known {
        let most = configured.codes_per_network_and_hour;
        let nth = reader.nth_code_of_network(requester.network, most, now.before(hour)).await?;
        refuse_until(nth.map(|first| first.after(hour)))?;
    }
    // A code for a step-up goes to the account's own number; these go to any number.
    let is_to_any_number = matches!(binding.purpose, Purpose::SignIn | Purpose::NewPhone);
    let cap = rules::code::codes_of_day(configured.codes_per_day, known || !is_to_any_number);
    if reader.counted(DailyCounter::Codes, now).await? >= cap {
        tracing::warn!(known, "the codes of this day are used up");
        refuse_until(Some(window::day_end(now)))?;
    }
    Ok(())
}

fn refuse_until(until: Option<Moment>) -> Result<(), Refusal> {
    match until {
        Some(until) => Err(Refusal::SendQuota { until: until.timestamp() }),
        None => Ok(()),
    }
}

/// Passes a code to the gateway, within three seconds (EX-01); an error says that it was not sent. `network`
/// requested it. Codes do not go through the outbox, where they would be stored in clear and come too late.
pub(crate) async fn deliver(
    state: &AppState,
    message: Message,
    network: &Network,
    now: Moment,
) -> Result<(), Problem> {
    let Err(why) = state.sms.send_code(&message, network, now).await else { return Ok(()) };
    tracing::warn!(to = %message.masked_to(), purpose = %message.purpose, %why, "a code was not sent");
    let mut tx = state.store.write().await?;
    tx.void_code(&message.id).await?;
    // A message that the gateway refuses costs nothing.
    if matches!(why, Unsent::Refused(_)) {
        tx.count(DailyCounter::Codes, -1, now).await?;
    }
    tx.commit().await?;
    Err(Refusal::TooBusy { after: limits::UNDELIVERED_WAIT }.into())
}

/// Sends nothing, takes as long and ends alike: a request does not reveal that a number is unknown (OTP-11).
pub(crate) async fn deliver_nothing(state: &AppState) -> Result<(), Problem> {
    match state.sms.send_nothing().await {
        Ok(()) => Ok(()),
        Err(_) => Err(Refusal::TooBusy { after: limits::UNDELIVERED_WAIT }.into()),
    }
}

/// The last code sent under a binding, as the record of a change shows it.
pub(crate) async fn latest(
    reader: &mut Reader,
    binding: CodeBinding<'_>,
    now: Moment,
) -> Result<Option<SentCode>, Problem> {
    let Some(latest) = reader.codes(binding, None).await?.into_iter().next() else { return Ok(None) };
    let newest = reader.last_code_to(binding.phone).await?;
    Ok(Some(SentCode {
        to: binding.phone.masked(),
        digits: latest.digits,
        serial: latest.serial,
        expires_in: now.seconds_until(latest.expires_at),
        retry_in: rules::code::retry_in(newest, now),
    }))
}

/// A code that was typed right. It is worth nothing before [`VerifiedCode::consume`].
pub(crate) struct VerifiedCode {
    id: String,
    receipt: AttemptReceipt,
}

/// Charges an attempt, commits, then compares.
pub(crate) async fn verify(
    state: &AppState,
    binding: CodeBinding<'_>,
    typed: &str,
    now: Moment,
) -> Result<VerifiedCode, Problem> {
    let configured = &state.config.limits;
    let (codes, receipt) = {
        let mut tx = state.store.write().await?;
        let mut codes = tx.codes(binding, Some(now)).await?;
        if codes.iter().any(|code| usize::from(code.digits) == CODE_LENGTH) {
            let known = tx.knows_phone(binding.requester.browser, binding.phone).await?;
            if !known && tx.is_spraying(configured.wrong_codes_per_day, now).await? {
                // Codes from before the spraying was detected are too short against it.
                codes.retain(|code| usize::from(code.digits) != CODE_LENGTH);
            }
        }
        let Some(latest) = codes.first() else {
            // Without a code there is nothing to guess, so no attempt is charged.
            tx.refuse_if_locked(attempt(binding), now).await?;
            return Err(Refusal::CodeExpired.into());
        };
        let most = configured.wrong_tries_per_network_and_hour;
        let receipt = tx.charge_attempt(attempt(binding), most, now).await?;
        tx.count_attempt_at(&latest.id).await?;
        tx.commit().await?;
        (codes, receipt)
    };
    let typed = OneTimeCode::parse(typed);
    let typed = typed.as_ref().map_or("", OneTimeCode::as_str);
    let purpose = wire::name(&binding.purpose).map_err(Problem::fault)?;
    // Every code is compared, so the time does not reveal which one it was.
    let mut matching = None;
    for (age, code) in codes.iter().enumerate() {
        if secret::same(&binding.hash(&state.key, &code.id, &purpose, typed), &code.hash) {
            matching = matching.or(Some(age));
        }
    }
    match matching {
        Some(0) => Ok(VerifiedCode { id: codes[0].id.clone(), receipt }),
        Some(_) if !receipt.locks() => Err(Refusal::CodeSuperseded.into()),
        _ => Err(receipt.wrong()),
    }
}

impl VerifiedCode {
    /// Uses the code up in the transaction of its effect; one caller only ever can (OTP-03).
    pub(crate) async fn consume(self, tx: &mut WriteTx, now: Moment) -> Result<(), Problem> {
        if !tx.use_code(&self.id, now).await? {
            return Err(Refusal::CodeExpired.into());
        }
        tx.refund_attempt(self.receipt).await
    }
}
