//! The numbers of the rules. Those marked *(ours)* are no demand of the product; those that sentences state too are
//! in [`contract::limits`].

use contract::limits as stated;
use std::time::Duration;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// Life of a code (G2).
pub(crate) const CODE_LIFE: Duration = Duration::from_secs(stated::CODE_MINUTES * 60);
/// Between two codes to one number (G2).
pub(crate) const SEND_GAP: Duration = Duration::from_secs(stated::SEND_GAP_SECONDS as u64);
/// Codes to one number in a rolling hour and a rolling day (G2).
pub(crate) const SEND_BUDGETS: [(usize, Duration); 2] = [(5, HOUR), (10, DAY)];
/// Wrong attempts before the lock (G2).
pub(crate) const ATTEMPTS: u32 = 5;
/// How long the lock lasts (G2).
pub(crate) const ATTEMPT_LOCK: Duration = Duration::from_secs(15 * 60);
/// Wrong attempts in a rolling day, of all unknown browsers of a number together or of one known browser
/// (G2).
pub(crate) const ATTEMPTS_PER_DAY: usize = 10;
/// How old a step-up may be when a code to the new number is sent (P5).
pub(crate) const STEP_UP_LIFE: Duration = Duration::from_secs(stated::STEP_UP_MINUTES * 60);
/// New numbers a change may try (P5).
pub(crate) const TARGETS: u32 = 3;
/// How long an unbound number rests (P7).
pub(crate) const REST: Duration = Duration::from_secs(stated::REST_HOURS * 3600);
/// Life of a QR (QR-01).
pub(crate) const SCAN_LIFE: Duration = Duration::from_secs(120);
/// The same on a shared device: within the idle time of its session (G6).
pub(crate) const KIOSK_SCAN_LIFE: Duration = Duration::from_secs(75);
/// How long a phone has to be bound before it can verify a change of the WeChat (W2).
pub(crate) const PHONE_AGE: Duration = Duration::from_secs(stated::PHONE_AGE_DAYS * 24 * 3600);
/// How long the recorded answer of an effect can be asked for (G4).
pub(crate) const OUTCOME_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long security events are kept; a trigger of the database holds it too *(ours)*.
pub(crate) const EVENT_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long an uploaded picture waits to be set (AVA-5).
pub(crate) const PENDING_LIFE: Duration = Duration::from_secs(10 * 60);
/// Uploaded pictures of an account that wait at one time (AVA-5).
pub(crate) const PENDING_PICTURES: u32 = 3;
/// Files of an account that are decoded in a rolling hour (AVA-5).
pub(crate) const UPLOADS_PER_HOUR: usize = 20;

/// Life of a change *(ours)*.
pub(crate) const CHANGE_LIFE: Duration = Duration::from_secs(30 * 60);
/// How long a proof of sign-in waits for the choice of an account *(ours)*.
pub(crate) const CHOICE_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a host code can be redeemed *(ours)*.
pub(crate) const HOST_CODE_LIFE: Duration = Duration::from_secs(60);
/// How long a redeemed host code determines the surface of the browser's next sign-in *(ours)*.
pub(crate) const SURFACE_LIFE: Duration = Duration::from_secs(30 * 60);
/// Wait after a code that could not be handed to the gateway, in seconds: the gap of the number (G2).
pub(crate) const UNDELIVERED_WAIT: u32 = stated::SEND_GAP_SECONDS;
