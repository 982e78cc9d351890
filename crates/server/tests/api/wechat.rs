//! W1–W7, QR-*: scans to sign in, to verify the bound WeChat and to bind a new one, with the stand-in.

use crate::devices::{granted_for, other_than};
use crate::support::SEND_GAP;
use crate::support::{Answer, Browser, House, Refused, step_up_code};
use axum::body::Body;
use axum::http::Method;
use contract::account::Way;
use contract::cancel::CancelAccount;
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::devices::{EndOtherSessions, GetDevices};
use contract::endpoint::Endpoint;
use contract::limits::PHONE_AGE_DAYS;
use contract::me::{Action, GetMe};
use contract::outcome::GetOutcome;
use contract::password::SetPassword;
use contract::refusal::{Refusal, SessionEnd};
use contract::scan::{
    GetScan, Scan, ScanPurpose, ScanState, StartNewWechatScan, StartSignInScan, StartStepUpScan, events_path,
};
use contract::sign_in::{ChooseAccount, EnterSurface, SignIn, SignInByWechat, SignOut};
use contract::step_up::{StepUpBySms, StepUpByWechat};
use contract::wechat::BindWechat;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use server::App;
use server::clock::Clock;
use server::config::{Config, Limits, SmsRelay};
use std::collections::BTreeSet;
use std::time::Duration;

const ACCOUNT_1: &str = "13800000001";
const ACCOUNT_2: &str = "13800000002";
const NOT_FOUND: Refusal = Refusal::NotFound;

/// Somebody's phone: scans a QR and answers.
pub(crate) struct Phone<'a> {
    house: &'a House,
    who: &'a str,
}

impl Phone<'_> {
    pub(crate) async fn scan(&self, scan: &Scan) -> Answer {
        let qr = scan.qr.as_deref().expect("the answer that began it");
        self.house.browser().post("/dev/wechat/scan", &json!({ "url": qr, "as": self.who }).to_string()).await
    }

    pub(crate) async fn answer(&self, scanned: &Answer, allow: bool) -> Answer {
        let body = json!({ "scan_id": scanned.json()["scan_id"], "allow": allow });
        self.house.browser().post("/dev/wechat/answer", &body.to_string()).await
    }

    /// Scans and says yes; answers where the scan then stands.
    pub(crate) async fn allows(&self, scan: &Scan) -> String {
        let scanned = self.scan(scan).await;
        assert_eq!(scanned.status, 200, "{}", scanned.text());
        let answer = self.answer(&scanned, true).await;
        answer.json()["state"].as_str().expect("a state").to_owned()
    }
}

pub(crate) fn phone<'a>(house: &'a House, who: &'a str) -> Phone<'a> {
    Phone { house, who }
}

/// The scan that a change shows.
pub(crate) fn shown(change: &Change) -> Scan {
    match &change.step {
        ChangeStep::Identify { scan: Some(scan), .. } | ChangeStep::NewWechat { scan: Some(scan) } => {
            scan.clone()
        }
        step => panic!("no scan at {step:?}"),
    }
}

async fn begin(browser: &Browser, action: Action) -> Change {
    browser.send(&StartChange::of(action)).await.expect("begun")
}

pub(crate) async fn old_scan(browser: &Browser, change: &Change) -> Result<Change, Refusal> {
    browser.send(&StartStepUpScan { change: change.id.clone(), version: change.version }).await
}

pub(crate) async fn new_scan(browser: &Browser, change: &Change) -> Result<Change, Refusal> {
    browser.send(&StartNewWechatScan { change: change.id.clone(), version: change.version }).await
}

pub(crate) async fn prove_by_scan(browser: &Browser, change: &Change) -> Result<Change, Refusal> {
    let (change, version, scan) = (change.id.clone(), change.version, shown(change).id);
    browser.send(&StepUpByWechat { change, version, scan }).await
}

pub(crate) async fn bind(browser: &Browser, change: &Change) -> Result<Change, Refused> {
    browser.try_send(&BindWechat { change: change.id.clone(), version: change.version }).await
}

pub(crate) async fn seen(browser: &Browser, change: &Change) -> Change {
    browser.send(&GetChange { change: change.id.clone() }).await.expect("there")
}

async fn state(browser: &Browser, scan: &Scan) -> ScanState {
    browser.send(&GetScan { scan: scan.id.clone() }).await.expect("its opener asks").state
}

/// A change of the WeChat, proven by the code to the bound phone.
async fn proven_by_sms(house: &House, browser: &Browser, number: &str) -> Change {
    let change = begin(browser, Action::Wechat).await;
    let change = browser.send(&step_up_code(&change)).await.expect("sent");
    let code = house.code_to(number).await;
    house.advance(SEND_GAP);
    browser.send(&StepUpBySms { change: change.id, version: change.version, code }).await.expect("proven")
}

/// A change of an action, proven by the bound WeChat.
pub(crate) async fn proven_by_wechat(house: &House, browser: &Browser, action: Action, who: &str) -> Change {
    let change = old_scan(browser, &begin(browser, action).await).await.expect("a QR");
    assert_eq!(phone(house, who).allows(&shown(&change)).await, "confirmed");
    prove_by_scan(browser, &change).await.expect("proven")
}

/// The change at `confirm_wechat`, after the new WeChat allowed it.
pub(crate) async fn confirming(house: &House, browser: &Browser, change: &Change, who: &str) -> Change {
    let change = new_scan(browser, change).await.expect("a QR");
    assert_eq!(phone(house, who).allows(&shown(&change)).await, "confirmed");
    seen(browser, &change).await
}

pub(crate) async fn sign_in_scan(browser: &Browser) -> Scan {
    browser.send(&StartSignInScan {}).await.expect("a QR")
}

/// A browser in which somebody signed in by WeChat.
pub(crate) async fn signed_in_by_wechat(house: &House, who: &str) -> Browser {
    let browser = house.browser();
    let scan = sign_in_scan(&browser).await;
    assert_eq!(phone(house, who).allows(&scan).await, "confirmed");
    enter(&browser, &scan).await;
    browser
}

/// Redeems an allowed scan in a browser that does not know the account yet: it is shown first.
pub(crate) async fn enter(browser: &Browser, scan: &Scan) {
    let Ok(SignIn::Choose(choice)) = browser.send(&SignInByWechat { scan: scan.id.clone() }).await else {
        panic!("it is shown")
    };
    let [only] = choice.accounts.as_slice() else { panic!("one account: {choice:?}") };
    let choose = ChooseAccount { sign_in_id: choice.sign_in_id, account: only.id.clone() };
    assert_eq!(browser.send(&choose).await, Ok(SignIn::SignedIn));
}

pub(crate) async fn bound_wechat(house: &House, number: &str) -> Option<String> {
    let mut database = house.database().await;
    sqlx::query_scalar("SELECT wechat FROM account WHERE phone = ? ORDER BY tenant = 'personal' DESC LIMIT 1")
        .bind(format!("+86{number}"))
        .fetch_one(&mut database)
        .await
        .expect("an account")
}

fn rounds(short: u32, long: u32) -> u32 {
    if std::env::var_os("MENSHEN_LONG").is_some() { long } else { short }
}

#[tokio::test]
async fn w4_account_1_rebinds_wechat_by_the_old_wechat() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    assert_eq!(lin.send(&GetMe {}).await.expect("me").wechat.expect("bound").nickname, "林间晓风");
    let change = begin(&lin, Action::Wechat).await;
    assert_eq!(change.step, ChangeStep::Identify { sent: None, scan: None });

    let change = old_scan(&lin, &change).await.expect("a QR");
    let scan = shown(&change);
    assert_eq!(
        (scan.purpose, scan.state, scan.number.as_ref()),
        (ScanPurpose::VerifyBound, ScanState::Waiting, None)
    );
    assert_eq!(scan.expires_in, 120);
    let lins_phone = phone(&house, "wx-lin");
    let scanned = lins_phone.scan(&scan).await;
    let after = lin.send(&GetScan { scan: scan.id.clone() }).await.expect("its opener asks");
    assert_eq!(after.state, ScanState::Scanned);
    assert_eq!(
        after.number.as_deref(),
        scanned.json()["match"].as_str(),
        "both screens show the same two digits"
    );
    assert_eq!(after.qr, None, "the text is told once");
    assert_eq!(lins_phone.answer(&scanned, true).await.json()["state"], "confirmed");
    // A reload finds it.
    assert_eq!(shown(&seen(&lin, &change).await).state, ScanState::Confirmed);
    let change = prove_by_scan(&lin, &change).await.expect("proven");
    assert_eq!(change.step, ChangeStep::NewWechat { scan: None });

    let confirm = confirming(&house, &lin, &change, "wx-new").await;
    let ChangeStep::ConfirmWechat { wechat, expires_in } = &confirm.step else {
        panic!("{:?}", confirm.step)
    };
    assert_eq!((wechat.nickname.as_str(), wechat.initial.as_str(), *expires_in), ("新号上路", "新", 300));
    assert_eq!(
        bound_wechat(&house, ACCOUNT_1).await.as_deref(),
        Some("wx-lin"),
        "not before the last word (QR-18)"
    );
    let bound = bind(&lin, &confirm).await.expect("bound");
    assert_eq!(bound.step, ChangeStep::WechatBound { wechat: wechat.clone(), replaced: true, ended: 0 });
    assert_eq!(bound_wechat(&house, ACCOUNT_1).await.as_deref(), Some("wx-new"));
    assert_eq!(lin.send(&GetMe {}).await.expect("this session goes on").wechat, Some(wechat.clone()));
    assert_eq!(
        house.count("SELECT COUNT(*) FROM event WHERE what = 'wechat_changed' AND way = 'wechat'").await,
        1
    );

    // The bound phone and the replaced one are told (P8).
    assert_eq!(house.app.deliver_messages().await, Ok(2));
    let mut notices = house.inbox().await;
    notices.retain(|sms| sms.purpose == "wechat_changed");
    notices.sort_by(|one, other| one.to.cmp(&other.to));
    let to: Vec<&str> = notices.iter().map(|sms| sms.to.as_str()).collect();
    assert_eq!(to, ["+8613800000001", "wx-lin"]);
    for notice in notices {
        assert!(
            notice.text.contains("「\u{2068}新号上路\u{2069}」") && notice.text.contains("如非本人操作"),
            "{}",
            notice.text
        );
    }

    // The new one opens the account, the old one opens nothing.
    signed_in_by_wechat(&house, "wx-new").await;
    let stranger = house.browser();
    let scan = sign_in_scan(&stranger).await;
    phone(&house, "wx-lin").allows(&scan).await;
    assert_eq!(stranger.refused(&SignInByWechat { scan: scan.id }).await, Refusal::WayNotOpen);
}

#[tokio::test]
async fn w1_account_1_rebinds_wechat_by_sms_and_not_by_password() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let offer = lin.send(&GetMe {}).await.expect("me").offer(Action::Wechat).expect("offered").clone();
    assert_eq!(offer.closed, None);
    let ways: Vec<_> = offer.ways.iter().map(|offer| (offer.way, offer.closed.clone())).collect();
    assert_eq!(ways, [(Way::Sms, None), (Way::Wechat, None)]);
    let change = begin(&lin, Action::Wechat).await;
    assert_eq!(lin.prove(&change).await, Err(Refusal::WayNotOpen), "no password (W1)");
    let change = proven_by_sms(&house, &lin, ACCOUNT_1).await;
    let codes = house.inbox().await;
    assert_eq!(codes[0].purpose, "verify_wechat_change");
    assert_eq!(change.step, ChangeStep::NewWechat { scan: None });
    let confirm = confirming(&house, &lin, &change, "wx-new").await;
    bind(&lin, &confirm).await.expect("bound");
    assert_eq!(bound_wechat(&house, ACCOUNT_1).await.as_deref(), Some("wx-new"));
}

#[tokio::test]
async fn w2_new_phone_cannot_prove_a_wechat_change_for_14_days() {
    let house = House::open().await;
    let until = house.app.now().after(Duration::from_secs((PHONE_AGE_DAYS - 3) * 86_400)).timestamp();
    let too_new = Refusal::PhoneTooNew { until };
    let zhou = house.signed_in("13800000003").await;
    let me = zhou.send(&GetMe {}).await.expect("me");
    let ways = |me: &contract::me::Me, action| -> Vec<(Way, Option<Refusal>)> {
        let offer = me.offer(action).expect("offered");
        offer.ways.iter().map(|offer| (offer.way, offer.closed.clone())).collect()
    };
    assert_eq!(me.offer(Action::Wechat).expect("offered").closed, None, "only the way is closed");
    assert_eq!(ways(&me, Action::Wechat), [(Way::Sms, Some(too_new.clone())), (Way::Wechat, None)]);
    assert_eq!(ways(&me, Action::Phone)[0], (Way::Sms, None), "this change alone (W2)");

    let change = begin(&zhou, Action::Wechat).await;
    assert_eq!(zhou.refused(&step_up_code(&change)).await, too_new);
    // A code of another change is none of this one.
    let phone_change = zhou.send(&step_up_code(&zhou.start().await)).await.expect("sent");
    let code = house.code_to("13800000003").await;
    let forced = StepUpBySms { change: change.id.clone(), version: change.version, code };
    assert_eq!(zhou.refused(&forced).await, too_new);
    assert!(matches!(phone_change.step, ChangeStep::Identify { .. }));
    // The other way works.
    let proven = proven_by_wechat(&house, &zhou, Action::Wechat, "wx-zhou").await;
    assert_eq!(proven.step, ChangeStep::NewWechat { scan: None });

    house.advance((PHONE_AGE_DAYS as i64 - 3) * 86_400 - 1);
    let zhou = house.signed_in("13800000003").await;
    let me = zhou.send(&GetMe {}).await.expect("me");
    assert_eq!(ways(&me, Action::Wechat)[0], (Way::Sms, Some(too_new)), "a second too early");
    house.advance(1);
    let me = zhou.send(&GetMe {}).await.expect("me");
    assert_eq!(ways(&me, Action::Wechat)[0], (Way::Sms, None));
    let change = proven_by_sms(&house, &zhou, "13800000003").await;
    let confirm = confirming(&house, &zhou, &change, "wx-new").await;
    bind(&zhou, &confirm).await.expect("bound");
}

#[tokio::test]
async fn w7_account_2_binds_its_first_wechat_by_sms_or_password() {
    for by_sms in [true, false] {
        let house = House::open().await;
        let chen = house.signed_in("13800000002").await;
        // A phone that is new does not matter to the first one.
        house.execute("UPDATE account SET phone_bound_at = phone_bound_at + 400 * 86400000").await;
        let me = chen.send(&GetMe {}).await.expect("me");
        assert_eq!(me.wechat, None);
        let ways: Vec<_> =
            me.offer(Action::Wechat).expect("offered").ways.iter().map(|offer| offer.way).collect();
        assert_eq!(ways, [Way::Sms, Way::Password]);
        let change = if by_sms {
            proven_by_sms(&house, &chen, "13800000002").await
        } else {
            let change = begin(&chen, Action::Wechat).await;
            assert_eq!(old_scan(&chen, &change).await, Err(Refusal::WayNotOpen), "there is none to prove");
            chen.prove(&change).await.expect("proven")
        };
        let confirm = confirming(&house, &chen, &change, "wx-spare").await;
        bind(&chen, &confirm).await.expect("bound");
        assert_eq!(bound_wechat(&house, "13800000002").await.as_deref(), Some("wx-spare"));
        assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'wechat_bound'").await, 1);
        let ways =
            chen.send(&GetMe {}).await.expect("me").offer(Action::Phone).expect("offered").ways.clone();
        assert!(
            ways.iter().any(|offer| offer.way == Way::Wechat && offer.closed.is_none()),
            "a way now (P1)"
        );
    }
}

#[tokio::test]
async fn w3_w5_scan_by_wrong_taken_or_same_wechat_is_refused() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = old_scan(&lin, &begin(&lin, Action::Wechat).await).await.expect("a QR");
    assert_eq!(phone(&house, "wx-zhou").allows(&shown(&change)).await, "mismatch");
    assert_eq!(state(&lin, &shown(&change)).await, ScanState::Mismatch);
    assert_eq!(prove_by_scan(&lin, &change).await, Err(Refusal::WechatMismatch));

    let mut change = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
    for (who, end, refusal) in [
        ("wx-zhou", ScanState::Taken, Refusal::WechatTaken),
        ("wx-lin", ScanState::Same, Refusal::WechatSame),
        ("wx-visitor", ScanState::Snapshot, Refusal::WechatSnapshot),
    ] {
        change = new_scan(&lin, &change).await.expect("a QR");
        let scanned = phone(&house, who).scan(&shown(&change)).await;
        if end == ScanState::Snapshot {
            assert_eq!(scanned.problem(), "WECHAT_SNAPSHOT");
        } else {
            phone(&house, who).answer(&scanned, true).await;
        }
        assert_eq!(state(&lin, &shown(&change)).await, end);
        assert_eq!(end.refusal(), Some(refusal));
        let refused = bind(&lin, &change).await.expect_err("nothing is confirmed");
        assert_eq!(refused.refusal, Refusal::StepOutOfOrder);
        assert_eq!(refused.change.expect("the record").step, ChangeStep::NewWechat { scan: None });
    }
    // Another tenant's account holds it: that is none of this one's business (W5).
    let confirm = confirming(&house, &lin, &change, "wx-he").await;
    bind(&lin, &confirm).await.expect("bound");
    assert_eq!(house.count("SELECT COUNT(*) FROM account WHERE wechat = 'wx-he'").await, 2);
    // Now it opens two accounts.
    let browser = house.browser();
    let scan = sign_in_scan(&browser).await;
    phone(&house, "wx-he").allows(&scan).await;
    let Ok(SignIn::Choose(choice)) = browser.send(&SignInByWechat { scan: scan.id }).await else {
        panic!("a choice")
    };
    assert_eq!(choice.accounts.len(), 2);
    assert_eq!(choice.accounts[0].tenant, None, "the personal one first");
    let choose = ChooseAccount { sign_in_id: choice.sign_in_id, account: choice.accounts[0].id.clone() };
    assert_eq!(browser.send(&choose).await, Ok(SignIn::SignedIn));
    assert_eq!(browser.send(&GetDevices {}).await.expect("devices").devices[0].way, Way::Wechat);
}

#[tokio::test]
async fn p1_bound_wechat_proves_phone_password_and_end_of_others() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let proven = proven_by_wechat(&house, &lin, Action::EndOtherSessions, "wx-lin").await;
    assert_eq!(proven.step, ChangeStep::Granted);
    lin.send(&EndOtherSessions { grant: Some(proven.id) }).await.expect("ended");
    let proven = proven_by_wechat(&house, &lin, Action::Password, "wx-lin").await;
    let new_password = "correct horse battery staple".to_owned();
    lin.send(&SetPassword { change: proven.id, version: proven.version, new_password }).await.expect("set");
    let proven = proven_by_wechat(&house, &lin, Action::Phone, "wx-lin").await;
    let aimed = lin.target(&proven, Some("13911110001")).await.expect("sent");
    lin.bind(&aimed, &house.code_to("13911110001").await).await.expect("bound");
    // And nothing where none is bound.
    let chen = house.signed_in("13800000002").await;
    for action in [Action::Phone, Action::Password, Action::EndOtherSessions] {
        let change = begin(&chen, action).await;
        assert_eq!(change.ways[2].closed, Some(Refusal::WayNotOpen));
        assert_eq!(old_scan(&chen, &change).await, Err(Refusal::WayNotOpen));
    }
}

#[tokio::test]
async fn l2_wechat_change_is_closed_for_sso_and_company_on_kiosk() {
    use contract::sign_in::EnterSurface;
    let house = House::open().await;
    let sso = house.signed_in("13800000007").await;
    let closed = |me: &contract::me::Me| me.offer(Action::Wechat).expect("offered").closed.clone();
    assert_eq!(closed(&sso.send(&GetMe {}).await.expect("me")), Some(Refusal::SsoManaged));
    assert_eq!(sso.refused(&StartChange::of(Action::Wechat)).await, Refusal::SsoManaged);
    for (number, expected) in [(ACCOUNT_1, None), ("13800000004", Some(Refusal::EditionNotOnSurface))] {
        let browser = house.browser();
        browser.send(&EnterSurface::Kiosk).await.expect("entered");
        browser.by_password(number).await.expect("signed in");
        assert_eq!(closed(&browser.send(&GetMe {}).await.expect("me")), expected, "{number} (G6)");
    }
    let web = house.signed_in("13800000004").await;
    assert_eq!(closed(&web.send(&GetMe {}).await.expect("me")), None);
}

#[tokio::test]
async fn qr_04_ended_scans_open_nothing_first_phone_owns_the_scan() {
    let house = House::open().await;
    let browser = house.browser();
    let redeem = async |scan: &Scan| browser.refused(&SignInByWechat { scan: scan.id.clone() }).await;

    let scan = sign_in_scan(&browser).await;
    assert_eq!(redeem(&scan).await, Refusal::StepOutOfOrder, "nobody scanned it");
    let lin = phone(&house, "wx-lin");
    let scanned = lin.scan(&scan).await;
    assert_eq!(redeem(&scan).await, Refusal::StepOutOfOrder, "scanned is not allowed");
    assert_eq!(lin.answer(&scanned, false).await.json()["state"], "denied");
    assert_eq!(lin.answer(&scanned, true).await.json()["state"], "denied", "an end is an end");
    assert_eq!(redeem(&scan).await, Refusal::WechatDenied);

    let scan = sign_in_scan(&browser).await;
    house.advance(119);
    assert_eq!(state(&browser, &scan).await, ScanState::Waiting);
    house.advance(1);
    assert_eq!(state(&browser, &scan).await, ScanState::Expired);
    assert_eq!(lin.scan(&scan).await.problem(), "SCAN_EXPIRED");
    assert_eq!(redeem(&scan).await, Refusal::ScanExpired);

    // What was allowed does not wait for ever either.
    let scan = sign_in_scan(&browser).await;
    assert_eq!(lin.allows(&scan).await, "confirmed");
    house.advance(120);
    assert_eq!(redeem(&scan).await, Refusal::ScanExpired);

    let old = sign_in_scan(&browser).await;
    let scanned = lin.scan(&old).await;
    let new = sign_in_scan(&browser).await;
    assert_eq!(state(&browser, &old).await, ScanState::Superseded);
    assert_eq!(lin.answer(&scanned, true).await.json()["state"], "superseded", "not the older one");
    assert_eq!(lin.scan(&old).await.problem(), "SCAN_SUPERSEDED");
    assert_eq!(redeem(&old).await, Refusal::ScanSuperseded);

    // Somebody else was faster: it is theirs, and whoever comes later learns nothing of them.
    let scanned = phone(&house, "wx-zhou").scan(&new).await;
    assert_eq!(lin.scan(&new).await.problem(), "FORBIDDEN");
    assert_eq!(state(&browser, &new).await, ScanState::Scanned);
    phone(&house, "wx-zhou").answer(&scanned, true).await;
    enter(&browser, &new).await;
    assert_eq!(browser.send(&GetMe {}).await.expect("me").wechat.expect("bound").nickname, "周周");
    assert_eq!(redeem(&new).await, Refusal::ScanExpired, "good once");
    assert_eq!(lin.scan(&new).await.problem(), "FORBIDDEN");
}

/// Who photographs somebody's QR and allows it with an own WeChat would have them work in a
/// stranger's account. So a browser that does not know the account shows it first.
#[tokio::test]
async fn qr_07_unknown_account_is_shown_before_the_sign_in() {
    let house = House::open().await;
    let victim = house.browser();
    let scan = sign_in_scan(&victim).await;
    phone(&house, "wx-zhou").allows(&scan).await;
    let answer = victim.send(&SignInByWechat { scan: scan.id }).await;
    let Ok(SignIn::Choose(choice)) = answer else { panic!("{answer:?}") };
    let [zhou] = choice.accounts.as_slice() else { panic!("{choice:?}") };
    assert_eq!(zhou.phone, "138****0003");
    assert_eq!(house.count("SELECT COUNT(*) FROM session").await, 0);
    // Whose browser it is enters as ever.
    for _ in 0..2 {
        victim.by_password(ACCOUNT_1).await.expect("signed in");
        let scan = sign_in_scan(&victim).await;
        phone(&house, "wx-lin").allows(&scan).await;
        assert_eq!(victim.send(&SignInByWechat { scan: scan.id }).await, Ok(SignIn::SignedIn));
    }
}

#[tokio::test]
async fn qr_07_shared_device_shows_the_account_before_the_sign_in() {
    let house = House::open().await;
    let browser = house.browser();
    browser.send(&EnterSurface::Kiosk).await.expect("a shared device");
    // Who was here before walked off, and photographs the next one's QR.
    browser.by_password("13800000003").await.expect("signed in");
    house.advance(3600);
    let scan = sign_in_scan(&browser).await;
    phone(&house, "wx-zhou").allows(&scan).await;
    enter(&browser, &scan).await;
}

#[tokio::test]
async fn qr_10_scan_polling_is_limited_to_120_per_minute() {
    let house = House::open().await;
    let (browser, other) = (house.browser(), house.browser());
    // At the beginning of a minute, so that none ends meanwhile.
    house.advance(60 - house.app.now().millis() / 1000 % 60);
    let (scan, others) = (sign_in_scan(&browser).await, sign_in_scan(&other).await);
    let mut told = 0;
    let refusal = loop {
        match browser.send(&GetScan { scan: scan.id.clone() }).await {
            Ok(_) => told += 1,
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(told, 120);
    let Refusal::TooBusy { after } = refusal else { panic!("{refusal:?}") };
    assert!((1..=60).contains(&after), "{after}");
    // Of what is not there it is told the same, and nobody else pays for it.
    let nothing = GetScan { scan: "0".to_owned() };
    assert_eq!(browser.refused(&nothing).await, Refusal::TooBusy { after });
    assert_eq!(state(&other, &others).await, ScanState::Waiting);
    house.advance(after.into());
    assert_eq!(state(&browser, &scan).await, ScanState::Waiting);
}

#[tokio::test]
async fn qr_03_entering_kiosk_mode_voids_the_scan() {
    let house = House::open().await;
    let browser = house.browser();
    let scan = sign_in_scan(&browser).await;
    phone(&house, "wx-lin").allows(&scan).await;
    let before = house.browser();
    *before.jar.lock().expect("the jar") = browser.jar.lock().expect("the jar").clone();
    browser.send(&EnterSurface::Kiosk).await.expect("a shared device");
    let sign_in = SignInByWechat { scan: scan.id };
    assert_eq!(browser.refused(&sign_in).await, Refusal::NotFound, "it is another browser");
    assert_eq!(before.refused(&sign_in).await, Refusal::ScanSuperseded);
}

#[tokio::test]
async fn qr_01_used_qr_cannot_be_scanned_again() {
    let house = House::open().await;
    let browser = house.browser();
    let scan = sign_in_scan(&browser).await;
    let lin = phone(&house, "wx-lin");
    let latest = async || house.browser().get("/dev/wechat/latest").await.json()["url"].clone();
    assert_eq!(latest().await, json!(scan.qr));
    lin.allows(&scan).await;
    assert_eq!(lin.scan(&scan).await.problem(), "SCAN_EXPIRED");
    enter(&browser, &scan).await;
    assert_eq!(lin.scan(&scan).await.problem(), "SCAN_EXPIRED");
    assert_eq!(latest().await, Value::Null, "nothing waits to be scanned");
}

#[tokio::test]
async fn qr_15_repeated_or_reordered_events_end_alike() {
    let house = House::open().await;
    let browser = house.browser();
    let lin = phone(&house, "wx-lin");
    for (allow, end) in [(true, ScanState::Confirmed), (false, ScanState::Denied)] {
        for order in [&[0, 1][..], &[0, 0, 1], &[0, 1, 1], &[0, 1, 0], &[0, 1, 0, 1], &[1, 0], &[1, 1, 0, 0]]
        {
            let scan = sign_in_scan(&browser).await;
            // The page of consent is opened first, for its id; to let the answer come before the
            // scan, the scan is undone behind the server's back.
            let scanned = lin.scan(&scan).await;
            house.execute("UPDATE scan SET state = 'waiting', wechat = NULL WHERE state = 'scanned'").await;
            for event in order {
                if *event == 0 {
                    lin.scan(&scan).await;
                } else {
                    lin.answer(&scanned, allow).await;
                }
            }
            assert_eq!(state(&browser, &scan).await, end, "{order:?}");
            house.advance(120);
        }
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM session").await, 0);
    // Late repeats do not revive what was used.
    let scan = sign_in_scan(&browser).await;
    let scanned = lin.scan(&scan).await;
    lin.answer(&scanned, true).await;
    enter(&browser, &scan).await;
    lin.scan(&scan).await;
    assert_eq!(lin.answer(&scanned, true).await.json()["state"], "consumed");
    house.advance(1000);
    assert_eq!(lin.answer(&scanned, false).await.json()["state"], "consumed");
    assert_eq!(house.count("SELECT COUNT(*) FROM session").await, 1);
}

#[tokio::test]
async fn qr_02_scan_is_not_found_for_other_browsers() {
    let house = House::open().await;
    let victim = house.browser();
    let scan = sign_in_scan(&victim).await;
    let qr = scan.qr.clone().expect("a text");
    let scene = qr.split_once("scene=").expect("a link").1.to_owned();
    assert!(!qr.contains(&scan.id), "the id is not in it");
    assert_eq!(phone(&house, "wx-lin").allows(&scan).await, "confirmed");

    let lin = house.signed_in(ACCOUNT_1).await;
    let change = old_scan(&lin, &begin(&lin, Action::Wechat).await).await.expect("a QR");
    let verify = shown(&change);
    phone(&house, "wx-lin").allows(&verify).await;

    let other_session = house.signed_in(ACCOUNT_1).await;
    let guest_with_cookie = house.browser();
    sign_in_scan(&guest_with_cookie).await;
    for thief in [house.browser(), guest_with_cookie, other_session, house.signed_in("13800000002").await] {
        for id in [&scan.id, &verify.id, &scene, "0", "00000000000000000000000000000000"] {
            let ask = GetScan { scan: id.to_owned() };
            let answer = thief.answer(&ask).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (404, "NOT_FOUND"));
            let mut body = answer.json();
            body["request_id"] = Value::Null;
            assert_eq!(
                body,
                json!({ "status": 404, "code": "NOT_FOUND", "request_id": null }),
                "constant (QR-10)"
            );
            assert_eq!(thief.get(&events_path(id)).await.problem(), "NOT_FOUND");
            assert_eq!(thief.refused(&SignInByWechat { scan: id.to_owned() }).await, NOT_FOUND);
        }
    }
    // In a change the ids of others are nothing either, nor a scan of another purpose.
    let chen = house.signed_in("13800000002").await;
    house.execute("UPDATE account SET wechat = 'wx-spare' WHERE phone = '+8613800000002'").await;
    let own = begin(&chen, Action::Wechat).await;
    let own_sign_in = sign_in_scan(&chen).await;
    phone(&house, "wx-spare").allows(&own_sign_in).await;
    for id in [&scan.id, &verify.id, &own_sign_in.id] {
        let step = StepUpByWechat { change: own.id.clone(), version: own.version, scan: id.clone() };
        assert_eq!(chen.refused(&step).await, NOT_FOUND);
    }
    assert_eq!(lin.refused(&SignInByWechat { scan: verify.id.clone() }).await, NOT_FOUND, "another purpose");
    // Its own opener can.
    enter(&victim, &scan).await;
    prove_by_scan(&lin, &change).await.expect("proven");
    // The scene is nowhere in the database.
    let rows = house.rows().await;
    assert!(!rows.values().flatten().any(|row| row.contains(&scene)), "only its hash is kept");
}

#[tokio::test]
async fn qr_02_scan_of_a_change_needs_its_login_session() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = old_scan(&lin, &begin(&lin, Action::Phone).await).await.expect("a QR");
    let scan = shown(&change);
    let scanned = phone(&house, "wx-lin").scan(&scan).await;
    lin.send(&SignOut {}).await.expect("signed out");
    let ended = Refusal::SessionEnded { why: SessionEnd::NotSignedIn };
    assert_eq!(lin.refused(&GetScan { scan: scan.id.clone() }).await, ended);
    assert_eq!(phone(&house, "wx-lin").answer(&scanned, true).await.json()["state"], "superseded");
    // The next login of the same browser has nothing of it.
    lin.by_password(ACCOUNT_1).await.expect("signed in");
    assert_eq!(lin.refused(&GetScan { scan: scan.id.clone() }).await, NOT_FOUND);
    assert_eq!(seen(&lin, &change).await.step, ChangeStep::Identify { sent: None, scan: None });
    assert_eq!(prove_by_scan(&lin, &change).await, Err(NOT_FOUND));
}

#[tokio::test]
async fn qr_03_phone_shows_purpose_account_device_place_and_time() {
    let house = House::open().await;
    let at = house.app.now().timestamp().0;
    let browser = house.browser();
    let golden = |answer: &Answer, purpose: &str, action: Value| {
        let mut body = answer.json();
        // The words for people, beside what is compared here (D1).
        let said = body.as_object_mut().expect("an object");
        for words in ["title", "meaning", "device_name", "grave"] {
            assert!(said.remove(words).is_some_and(|words| words != ""), "{words}");
        }
        let (id, number) =
            (body["scan_id"].as_str().expect("an id"), body["match"].as_str().expect("digits"));
        assert_eq!((id.len(), number.len()), (32, 2));
        json!({
            "scan_id": id, "purpose": purpose, "action": action, "account": "138****0001", "device": "web",
            "place": "未知", "at": at, "match": number,
        }) == body
    };
    let lin = phone(&house, "wx-lin");
    let scanned = lin.scan(&sign_in_scan(&browser).await).await;
    assert!(golden(&scanned, "sign_in", Value::Null), "{}", scanned.text());
    let nobody = phone(&house, "wx-new").scan(&sign_in_scan(&browser).await).await;
    assert_eq!(nobody.json()["account"], Value::Null);
    let owner = house.signed_in(ACCOUNT_1).await;
    let change = old_scan(&owner, &begin(&owner, Action::Phone).await).await.expect("a QR");
    let scanned = lin.scan(&shown(&change)).await;
    assert!(golden(&scanned, "verify_bound", json!("phone")), "{}", scanned.text());
    let change = proven_by_wechat(&house, &owner, Action::Wechat, "wx-lin").await;
    let change = new_scan(&owner, &change).await.expect("a QR");
    let scanned = phone(&house, "wx-new").scan(&shown(&change)).await;
    assert!(golden(&scanned, "bind_new", json!("wechat")), "whose account asks: {}", scanned.text());
    // The page holds to our policy: no inline script or style, and no is as large as yes.
    let page = house.browser().get("/dev/wechat?scene=x").await;
    let text = page.text();
    assert!(text.contains("wx-spare") && text.contains(">拒绝<") && text.contains(">允许<"));
    assert!(!text.contains("<script>") && !text.contains("style=") && !text.contains("onclick"));
    for (path, kind) in [("/dev/wechat/page.js", "text/javascript"), ("/dev/wechat/page.css", "text/css")] {
        let file = house.browser().get(path).await;
        assert!(file.headers["content-type"].to_str().expect("text").starts_with(kind), "{path}");
    }
}

/// Before an account is canceled the phone says so, and at each end what became of it.
#[tokio::test]
async fn d1_phone_has_sentences_for_a_cancellation_and_its_ends() {
    let house = House::open().await;
    let owner = house.signed_in(ACCOUNT_1).await;
    let change = old_scan(&owner, &owner.start_cancel().await).await.expect("a QR");
    let lin = phone(&house, "wx-lin");
    let scanned = lin.scan(&shown(&change)).await;
    let asked = scanned.json();
    assert_eq!((&asked["purpose"], &asked["action"]), (&json!("verify_bound"), &json!("cancel")));
    assert_eq!((&asked["title"], &asked["grave"]), (&json!("注销账号"), &json!(true)));
    assert_eq!(asked["device_name"], "网页浏览器");
    assert_eq!(
        asked["meaning"],
        "「门神」请你确认。允许后，原来的屏幕就能永久注销账号 138****0001，注销后无法恢复。"
    );
    let other = phone(&house, "wx-zhou").scan(&shown(&change)).await;
    assert_eq!(
        (other.problem(), &other.json()["sentence"]),
        ("FORBIDDEN".into(), &json!("这个二维码已被别的手机扫过。"))
    );
    let answer = lin.answer(&scanned, false).await.json();
    assert_eq!(answer, json!({ "state": "denied", "sentence": "已拒绝，没有任何更改。" }));
    let late = lin.scan(&shown(&change)).await;
    assert_eq!(late.problem(), "SCAN_EXPIRED");
    assert!(
        late.json()["sentence"].as_str().is_some_and(|said| said.contains("新的二维码")),
        "{}",
        late.text()
    );
    for (path, body) in [("scan", json!({ "url": "x", "as": "wx-lin" })), ("answer", json!({}))] {
        let refused = house.browser().post(&format!("/dev/wechat/{path}"), &body.to_string()).await;
        assert!(
            refused.json()["sentence"].as_str().is_some_and(|said| !said.is_empty()),
            "{}",
            refused.text()
        );
    }
    // The app has words of its own: its refusals come without.
    assert_eq!(house.browser().get("/api/v1/me").await.json().get("sentence"), None);
    // None is left in the page.
    let script = house.browser().get("/dev/wechat/page.js").await.text();
    for code in ["sign_in", "cancel", "kiosk", "denied", "SCAN_EXPIRED"] {
        assert!(!script.contains(code), "{code}");
    }
}

#[tokio::test]
async fn dev_latest_qr_is_the_one_shown_last() {
    let house = House::open().await;
    let latest = async || house.browser().get("/dev/wechat/latest").await.json()["url"].clone();
    assert_eq!(latest().await, Value::Null);
    for _ in 0..2 {
        let scan = sign_in_scan(&house.browser()).await;
        assert_eq!(latest().await, json!(scan.qr.expect("the answer that began it")));
    }
    house.browser().post("/dev/reset", "").await;
    assert_eq!(latest().await, Value::Null);
}

#[tokio::test]
async fn qr_07_sign_in_or_sign_out_ends_the_sign_in_scan() {
    let house = House::open().await;
    let browser = house.browser();
    let scan = sign_in_scan(&browser).await;
    browser.by_password(ACCOUNT_1).await.expect("signed in");
    assert_eq!(state(&browser, &scan).await, ScanState::Superseded);
    // Whoever photographed it comes too late, and nobody else's account takes the place.
    let late = phone(&house, "wx-zhou").scan(&scan).await;
    assert_ne!(late.status, 200, "{}", late.text());
    let allowed = sign_in_scan(&browser).await;
    assert_eq!(phone(&house, "wx-zhou").allows(&allowed).await, "confirmed");
    browser.send(&SignOut {}).await.expect("signed out");
    assert_eq!(browser.refused(&SignInByWechat { scan: allowed.id }).await, Refusal::ScanSuperseded);
}

#[tokio::test]
async fn ses_06_ended_device_loses_scans_of_its_account_only() {
    for (who, after) in [("wx-lin", ScanState::Superseded), ("wx-zhou", ScanState::Confirmed)] {
        let house = House::open().await;
        let (here, there) = (house.signed_in(ACCOUNT_1).await, house.signed_in(ACCOUNT_1).await);
        let scan = sign_in_scan(&there).await;
        assert_eq!(phone(&house, who).allows(&scan).await, "confirmed");
        let request = granted_for(&here, &other_than(&here, &[]).await.id).await;
        here.send(&request).await.expect("ended");
        assert_eq!(state(&there, &scan).await, after, "{who}");
    }
}

#[tokio::test]
async fn stp_09_wechat_approval_before_its_binding_opens_nothing() {
    for (account, who) in [(ACCOUNT_2, None), (ACCOUNT_1, Some("wx-lin"))] {
        let house = House::open().await;
        let (owner, guest) = (house.signed_in(account).await, house.browser());
        let scan = sign_in_scan(&guest).await;
        let change = match who {
            None => proven_by_sms(&house, &owner, account).await,
            Some(who) => proven_by_wechat(&house, &owner, Action::Wechat, who).await,
        };
        let change = confirming(&house, &owner, &change, "wx-spare").await;
        assert_eq!(phone(&house, "wx-spare").allows(&scan).await, "confirmed");
        bind(&owner, &change).await.expect("bound");
        assert_eq!(
            guest.refused(&SignInByWechat { scan: scan.id }).await,
            Refusal::ScanSuperseded,
            "{account}"
        );
    }
}

#[tokio::test]
async fn qr_10_signed_in_scans_skip_the_network_limit() {
    let limits = Limits { scans_per_network_and_hour: 2, ..Limits::none() };
    let house = House::open_with(|config| config.limits = limits).await;
    let owner = house.signed_in(ACCOUNT_1).await;
    let mut change = begin(&owner, Action::Wechat).await;
    for _ in 0..3 {
        change = old_scan(&owner, &change).await.expect("a QR");
    }
    for _ in 0..2 {
        sign_in_scan(&house.browser()).await;
    }
    assert!(house.browser().send(&StartSignInScan {}).await.is_err(), "a third one of guests");
}

#[tokio::test]
async fn ses_03_scan_stream_ends_at_once_with_its_session() {
    let house = House::open().await;
    let (here, elsewhere) = (house.signed_in(ACCOUNT_1).await, house.signed_in(ACCOUNT_1).await);
    let change = old_scan(&elsewhere, &begin(&elsewhere, Action::Phone).await).await.expect("a QR");
    let mut stream = Watched::open(&elsewhere, &shown(&change)).await;
    assert_eq!(stream.next().await.as_deref(), Some("waiting"));
    let proven = here.proven().await;
    let aimed = here.target(&proven, Some("13911110001")).await.expect("sent");
    here.bind(&aimed, &house.code_to("13911110001").await).await.expect("bound");
    let rest = tokio::time::timeout(Duration::from_secs(5), stream.rest()).await;
    assert!(rest.expect("over before a comment would be due").is_empty());
}

#[tokio::test]
async fn qr_06_injected_identity_fields_are_refused() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = begin(&lin, Action::Wechat).await;
    let before = house.rows().await;
    for (path, body) in [
        ("/api/v1/sign-in/scan", json!({})),
        ("/api/v1/sign-in/wechat", json!({ "scan": "x" })),
        ("/api/v1/step-up/scan", json!({ "change": change.id, "version": 1 })),
        ("/api/v1/step-up/wechat", json!({ "change": change.id, "version": 1, "scan": "x" })),
        ("/api/v1/wechat/scan", json!({ "change": change.id, "version": 1 })),
        ("/api/v1/wechat/bind", json!({ "change": change.id, "version": 1 })),
    ] {
        for injected in ["openid", "unionid", "wechat", "as", "nickname", "state"] {
            let mut body = body.clone();
            body[injected] = json!("wx-lin");
            let mut request = Browser::request(Method::POST, path, body.to_string());
            request.headers_mut().insert("idempotency-key", change.id.parse().expect("a key"));
            assert_eq!(lin.raw(request).await.problem(), "BAD_REQUEST", "{path} {injected}");
        }
    }
    assert_eq!(house.rows().await, before);
    // The stand-in knows its own people alone.
    let scan = sign_in_scan(&house.browser()).await;
    assert_eq!(phone(&house, "wx-nobody").scan(&scan).await.problem(), "BAD_REQUEST");
    for body in [json!({ "scan_id": scan.id, "allow": true }), json!({ "scan_id": "x", "allow": true })] {
        let answer = house.browser().post("/dev/wechat/answer", &body.to_string()).await;
        assert_eq!(answer.problem(), "NOT_FOUND", "the opener's id answers nothing");
    }
}

#[tokio::test]
async fn stp_10_wechat_proof_is_void_after_the_binding_changed() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let proven = proven_by_wechat(&house, &lin, Action::EndOtherSessions, "wx-lin").await;
    let proven_bind = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
    let confirmed = old_scan(&lin, &begin(&lin, Action::Phone).await).await.expect("a QR");
    phone(&house, "wx-lin").allows(&shown(&confirmed)).await;
    house.execute("UPDATE account SET wechat = 'wx-spare' WHERE wechat = 'wx-lin'").await;
    assert_eq!(lin.refused(&EndOtherSessions { grant: Some(proven.id) }).await, Refusal::GrantExpired);
    assert_eq!(new_scan(&lin, &proven_bind).await, Err(Refusal::StepOutOfOrder));
    assert_eq!(prove_by_scan(&lin, &confirmed).await, Err(Refusal::WechatMismatch));
}

#[tokio::test]
async fn stp_03_password_proof_voids_the_pending_scan() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = old_scan(&lin, &begin(&lin, Action::Phone).await).await.expect("a QR");
    let scan = shown(&change);
    phone(&house, "wx-lin").allows(&scan).await;
    let change = lin.prove(&change).await.expect("proven by password");
    assert_eq!(state(&lin, &scan).await, ScanState::Superseded);
    let step = StepUpByWechat { change: change.id.clone(), version: change.version, scan: scan.id.clone() };
    assert_eq!(lin.refused(&step).await, Refusal::StepOutOfOrder);
    house.advance(301);
    assert_eq!(lin.refused(&step).await, Refusal::ScanSuperseded);
}

#[tokio::test]
async fn p5_new_wechat_scan_needs_a_fresh_proof_at_its_start() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = begin(&lin, Action::Wechat).await;
    assert_eq!(new_scan(&lin, &change).await, Err(Refusal::StepOutOfOrder), "unproven (STP-06)");
    assert_eq!(bind(&lin, &change).await.expect_err("unproven").refusal, Refusal::StepOutOfOrder);
    let proven = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
    house.advance(300);
    let waiting = new_scan(&lin, &proven).await.expect("just fresh enough");
    house.advance(60);
    assert_eq!(
        seen(&lin, &waiting).await.step,
        ChangeStep::NewWechat { scan: Some(Scan { qr: None, expires_in: 60, ..shown(&waiting) }) }
    );
    phone(&house, "wx-new").allows(&shown(&waiting)).await;
    // A write for the step before is stale: nobody has seen the new WeChat yet (QR-18).
    let stale = bind(&lin, &waiting).await.expect_err("stale");
    assert_eq!(stale.refusal, Refusal::ChangeStale);
    let confirm = stale.change.expect("the record");
    assert!(matches!(confirm.step, ChangeStep::ConfirmWechat { .. }));
    house.advance(299);
    assert!(matches!(seen(&lin, &confirm).await.step, ChangeStep::ConfirmWechat { expires_in: 1, .. }));
    house.advance(1);
    assert_eq!(seen(&lin, &confirm).await.step, ChangeStep::Identify { sent: None, scan: None });
    let late = bind(&lin, &confirm).await.expect_err("too late");
    assert_eq!(late.refusal, Refusal::StepOutOfOrder);
    let again = new_scan(&lin, &confirm).await;
    assert_eq!(again, Err(Refusal::StepUpNeeded { ways: vec![Way::Sms, Way::Wechat] }));
}

#[tokio::test]
async fn w4_later_scan_replaces_the_wechat_to_bind() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
    let wrong = confirming(&house, &lin, &change, "wx-new").await;
    let right = confirming(&house, &lin, &wrong, "wx-spare").await;
    assert_eq!(bind(&lin, &wrong).await.expect_err("the screen shows another").refusal, Refusal::ChangeStale);
    bind(&lin, &right).await.expect("bound");
    assert_eq!(bound_wechat(&house, ACCOUNT_1).await.as_deref(), Some("wx-spare"));
}

#[tokio::test]
async fn w6_rebind_ends_old_wechat_sessions_and_renews_this_token() {
    let house = House::open().await;
    let by_wechat = signed_in_by_wechat(&house, "wx-lin").await;
    let other_by_wechat = signed_in_by_wechat(&house, "wx-lin").await;
    let by_password = house.signed_in(ACCOUNT_1).await;
    let neighbor = signed_in_by_wechat(&house, "wx-zhou").await;
    let half = house.browser();
    let scan = sign_in_scan(&half).await;
    phone(&house, "wx-lin").allows(&scan).await;

    let change = proven_by_wechat(&house, &by_wechat, Action::Wechat, "wx-lin").await;
    let confirm = confirming(&house, &by_wechat, &change, "wx-new").await;
    let old_cookie = by_wechat.jar.lock().expect("the jar")["__Host-session"].clone();
    let bound = bind(&by_wechat, &confirm).await.expect("bound");
    assert!(matches!(bound.step, ChangeStep::WechatBound { ended: 1, .. }), "{:?}", bound.step);
    by_wechat.send(&GetMe {}).await.expect("this one goes on");
    assert_ne!(by_wechat.jar.lock().expect("the jar")["__Host-session"], old_cookie);
    let thief = house.browser();
    {
        let mut jar = thief.jar.lock().expect("the jar");
        *jar = by_wechat.jar.lock().expect("the jar").clone();
        jar.insert("__Host-session".into(), old_cookie);
    }
    assert_eq!(thief.refused(&GetMe {}).await, Refusal::SessionEnded { why: SessionEnd::NotSignedIn });
    let ended = Refusal::SessionEnded { why: SessionEnd::WechatChanged };
    assert_eq!(other_by_wechat.refused(&GetMe {}).await, ended);
    by_password.send(&GetMe {}).await.expect("not opened with it");
    neighbor.send(&GetMe {}).await.expect("another account");
    // Whoever was about to come in with it is out.
    let refused = half.refused(&SignInByWechat { scan: scan.id }).await;
    assert!(matches!(refused, Refusal::ScanSuperseded | Refusal::WayNotOpen), "{refused:?}");
}

#[tokio::test]
async fn stp_09_a_changed_factor_voids_scans_and_changes_under_way() {
    let house = House::open().await;
    for factor in [Action::Phone, Action::Password, Action::Wechat] {
        let house = if factor == Action::Phone { &house } else { &House::open().await };
        let lin = house.signed_in(ACCOUNT_1).await;
        let other = house.signed_in(ACCOUNT_1).await;
        let waiting = old_scan(&other, &begin(&other, Action::EndOtherSessions).await).await.expect("a QR");
        let allowed = confirming(
            house,
            &other,
            &proven_by_wechat(house, &other, Action::Wechat, "wx-lin").await,
            "wx-spare",
        )
        .await;
        let guest = house.browser();
        let sign_in = sign_in_scan(&guest).await;
        phone(house, "wx-lin").allows(&sign_in).await;
        let effect = match factor {
            Action::Phone => {
                crate::support::rebind(house, &lin, "13911110001").await;
                true
            }
            Action::Password => {
                let change = lin.prove(&begin(&lin, Action::Password).await).await.expect("proven");
                let new_password = "correct horse battery staple".to_owned();
                let set = SetPassword { change: change.id, version: change.version, new_password };
                lin.send(&set).await.is_ok()
            }
            _ => {
                let change = proven_by_wechat(house, &lin, Action::Wechat, "wx-lin").await;
                let confirm = confirming(house, &lin, &change, "wx-new").await;
                bind(&lin, &confirm).await.is_ok()
            }
        };
        assert!(effect, "{factor:?}");
        let waited = phone(house, "wx-lin").scan(&shown(&waiting)).await;
        assert_eq!(waited.problem(), "SCAN_SUPERSEDED", "{factor:?}");
        let refused = bind(&other, &allowed).await.expect_err("void").refusal;
        let void = [Refusal::ChangeGone, Refusal::SessionEnded { why: SessionEnd::PhoneChanged }];
        let ended = Refusal::SessionEnded { why: SessionEnd::PasswordChanged };
        assert!(void.contains(&refused) || refused == ended, "{factor:?} {refused:?}");
        assert_eq!(guest.refused(&SignInByWechat { scan: sign_in.id }).await, Refusal::ScanSuperseded);
        assert_eq!(house.count("SELECT COUNT(*) FROM account WHERE wechat = 'wx-spare'").await, 0);
    }
}

#[tokio::test]
async fn stp_05_preconditions_are_checked_again_at_the_bind() {
    let ended = Refusal::SessionEnded { why: SessionEnd::EndedElsewhere };
    for (fall, told) in [
        ("UPDATE account SET sso = 1 WHERE wechat = 'wx-lin'", Refusal::SsoManaged),
        ("UPDATE account SET wechat = 'wx-new' WHERE phone = '+8613800000002'", Refusal::WechatTaken),
        ("UPDATE account SET wechat = 'wx-new' WHERE wechat = 'wx-lin'", Refusal::WechatSame),
        ("UPDATE session SET ended_at = 1, ended_why = 'ended_elsewhere'", ended.clone()),
        ("UPDATE account SET epoch = epoch + 1", ended),
    ] {
        let house = House::open().await;
        let lin = house.signed_in(ACCOUNT_1).await;
        let change = proven_by_sms(&house, &lin, ACCOUNT_1).await;
        let confirm = confirming(&house, &lin, &change, "wx-new").await;
        house.execute(fall).await;
        assert_eq!(bind(&lin, &confirm).await.expect_err(fall).refusal, told, "{fall}");
        assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'wechat_changed'").await, 0);
        assert_eq!(house.count("SELECT COUNT(*) FROM outbox").await, 0);
    }
    // The way of the proof too: the phone turned out to be new (W2).
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = proven_by_sms(&house, &lin, ACCOUNT_1).await;
    let confirm = confirming(&house, &lin, &change, "wx-new").await;
    house.execute("UPDATE account SET phone_bound_at = phone_bound_at + 399 * 86400000").await;
    let refused = bind(&lin, &confirm).await.expect_err("too new").refusal;
    assert!(matches!(refused, Refusal::PhoneTooNew { .. }), "{refused:?}");
}

#[tokio::test]
async fn idm_1_the_outcome_of_a_bind_is_told_again() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
    let confirm = confirming(&house, &lin, &change, "wx-new").await;
    let bound = bind(&lin, &confirm).await.expect("bound");
    assert_eq!(bind(&lin, &confirm).await.expect("the recorded answer"), bound);
    assert_eq!(lin.send(&GetOutcome { key: confirm.id.clone() }).await.as_ref(), Ok(&bound));
    let other = BindWechat { change: confirm.id.clone(), version: confirm.version + 1 };
    assert_eq!(lin.refused(&other).await, Refusal::KeyReused);
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'wechat_changed'").await, 1);
    assert_eq!(seen(&lin, &confirm).await.step, bound.step, "the result page, reloaded");
    let unnamed = Browser::request(
        Method::POST,
        BindWechat::PATH,
        json!({ "change": confirm.id, "version": confirm.version }).to_string(),
    );
    assert_eq!(lin.raw(unnamed).await.problem(), "BAD_REQUEST", "an effect has its key (G4)");
}

#[tokio::test]
async fn qr_10_beginning_is_limited_by_browser_and_by_network() {
    let house = House::open_with(|config| {
        config.limits =
            Limits { scans_per_browser_and_hour: 3, scans_per_network_and_hour: 5, ..Limits::none() };
    })
    .await;
    let browser = house.browser();
    for _ in 0..3 {
        sign_in_scan(&browser).await;
        house.advance(10);
    }
    let rows = house.count("SELECT COUNT(*) FROM scan").await;
    assert_eq!(browser.refused(&StartSignInScan {}).await, Refusal::TooBusy { after: 3570 });
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, rows, "and supersedes nothing");
    assert_eq!(house.count("SELECT COUNT(*) FROM scan WHERE state = 'waiting'").await, 1);
    // Cookies dropped: the network's.
    let fresh = house.browser();
    sign_in_scan(&fresh).await;
    sign_in_scan(&fresh).await;
    assert!(matches!(house.browser().refused(&StartSignInScan {}).await, Refusal::TooBusy { .. }));
    // Who is signed in does not pay for the neighbors.
    let lin = house.signed_in(ACCOUNT_1).await;
    old_scan(&lin, &begin(&lin, Action::Phone).await).await.expect("a QR");
    house.advance(3600);
    sign_in_scan(&browser).await;
}

#[tokio::test]
async fn ex_02_without_wechat_scan_fails_and_password_is_checked() {
    let folder = crate::support::Folder::new();
    let mut config = Config::demo(folder.path());
    config.demo = false;
    config.sms = Some(SmsRelay { url: "http://127.0.0.1:9/".into(), token: "t".into() });
    let app = App::open(config, Clock::wall()).await.expect("opens");
    let browser = Browser::of(app.router(crate::support::PORT));
    assert_eq!(browser.refused(&StartSignInScan {}).await, Refusal::WechatBusy);
    assert_eq!(browser.by_password(ACCOUNT_1).await, Err(Refusal::PasswordWrong { left: 4 }));
    app.close().await;
}

#[tokio::test]
async fn qr_sweep_removes_old_scans_and_unbound_wechats() {
    let house = House::open().await;
    let browser = house.browser();
    for who in ["wx-new", "wx-lin"] {
        let scan = sign_in_scan(&browser).await;
        phone(&house, who).allows(&scan).await;
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM wechat WHERE id = 'wx-new'").await, 1);
    house.advance(86_400 - 1);
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, 2, "the budgets look back");
    house.advance(1);
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM wechat WHERE id = 'wx-new'").await, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM wechat WHERE id = 'wx-lin'").await, 1, "somebody's");
}

/// An event stream that somebody reads.
struct Watched(Body);

impl Watched {
    async fn open(browser: &Browser, scan: &Scan) -> Self {
        let mut request = Browser::request(Method::GET, &events_path(&scan.id), Body::empty());
        request.headers_mut().remove("x-client");
        request.headers_mut().insert("sec-fetch-site", "same-origin".parse().expect("a site"));
        let answer = browser.open(request).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self(answer.into_body())
    }

    /// The state it tells next, or the event's name; none when it has ended.
    async fn next(&mut self) -> Option<String> {
        let frame = self.0.frame().await?.expect("a frame").into_data().expect("data");
        let text = String::from_utf8(frame.to_vec()).expect("text");
        let (name, data) = text.strip_prefix("event: ")?.split_once('\n')?;
        if name != "scan" {
            return Some(name.to_owned());
        }
        let data = data.split_once("data: ").expect("data").1.trim_end();
        let scan: Scan = serde_json::from_str(data).expect("a scan");
        Some(serde_json::to_value(scan.state).expect("JSON").as_str().expect("text").to_owned())
    }

    /// Everything it still tells.
    async fn rest(mut self) -> Vec<String> {
        let mut rest = Vec::new();
        while let Some(told) = self.next().await {
            rest.push(told);
        }
        rest
    }
}

#[tokio::test]
async fn qr_stream_tells_every_state_and_ends_with_the_scan() {
    let house = House::open().await;
    let browser = house.browser();
    let scan = sign_in_scan(&browser).await;
    let lin = phone(&house, "wx-lin");
    let mut watched = Watched::open(&browser, &scan).await;
    assert_eq!(watched.next().await.as_deref(), Some("waiting"), "where it stands, at once");
    let scanned = lin.scan(&scan).await;
    assert_eq!(watched.next().await.as_deref(), Some("scanned"));
    lin.scan(&scan).await;
    lin.answer(&scanned, true).await;
    assert_eq!(watched.rest().await, ["confirmed"], "nothing twice");
    // The browser comes again by itself; told that, it stops.
    let mut again = Browser::request(Method::GET, &events_path(&scan.id), Body::empty());
    again.headers_mut().insert("last-event-id", "confirmed".parse().expect("an id"));
    assert_eq!(browser.raw(again).await.status, 204);

    // Time ends it too.
    let scan = sign_in_scan(&browser).await;
    let mut watched = Watched::open(&browser, &scan).await;
    assert_eq!(watched.next().await.as_deref(), Some("waiting"));
    house.browser().post("/dev/clock", r#"{"advance_s":120}"#).await;
    assert_eq!(watched.rest().await, ["expired"]);

    // And the end of the session it was begun in, which the next question explains.
    let owner = house.signed_in(ACCOUNT_1).await;
    let change = old_scan(&owner, &begin(&owner, Action::Phone).await).await.expect("a QR");
    let mut watched = Watched::open(&owner, &shown(&change)).await;
    assert_eq!(watched.next().await.as_deref(), Some("waiting"));
    owner.send(&SignOut {}).await.expect("signed out");
    house.browser().post("/dev/clock", r#"{"advance_s":1}"#).await;
    assert_eq!(watched.rest().await, [""; 0]);
}

#[tokio::test]
async fn qr_stream_is_one_per_browser_and_ends_at_server_stop() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = old_scan(&lin, &begin(&lin, Action::Phone).await).await.expect("a QR");
    // Two tabs of one browser watch the same scan; the newer one has the stream.
    let mut older = Watched::open(&lin, &shown(&change)).await;
    assert_eq!(older.next().await.as_deref(), Some("waiting"));
    let mut newer = Watched::open(&lin, &shown(&change)).await;
    assert_eq!(newer.next().await.as_deref(), Some("waiting"));
    assert_eq!(older.rest().await, ["replaced"]);
    let change = old_scan(&lin, &change).await.expect("another QR");
    assert_eq!(newer.rest().await, ["superseded"]);

    let guest = house.browser();
    let scan = sign_in_scan(&guest).await;
    let mut one = Watched::open(&lin, &shown(&change)).await;
    let mut other = Watched::open(&guest, &scan).await;
    assert_eq!(one.next().await.as_deref(), Some("waiting"));
    assert_eq!(other.next().await.as_deref(), Some("waiting"));
    house.app.close_streams();
    assert_eq!((one.rest().await, other.rest().await), (vec![], vec![]));
}

#[tokio::test]
async fn ses_08_a_stream_is_opened_by_our_own_pages_alone() {
    let house = House::open().await;
    let browser = house.browser();
    let scan = sign_in_scan(&browser).await;
    phone(&house, "wx-lin").allows(&scan).await;
    let open = async |headers: &[(&'static str, &str)]| {
        let mut request = Browser::request(Method::GET, &events_path(&scan.id), Body::empty());
        request.headers_mut().remove("x-client");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a value"));
        }
        browser.raw(request).await
    };
    for refused in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("origin", "http://127.0.0.1:8081")],
        &[("host", "evil.example:8080")],
    ] {
        assert_eq!(open(refused).await.problem(), "FORBIDDEN", "{refused:?}");
    }
    for taken in [&[("sec-fetch-site", "same-origin")][..], &[]] {
        let answer = open(taken).await;
        assert_eq!((answer.status.as_u16(), answer.text().contains("confirmed")), (200, true), "{taken:?}");
    }
}

/// Everybody at once; the answers in any order.
async fn all_at_once<T, F>(crowd: usize, ask: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..crowd).map(|n| tokio::spawn(ask(n))).collect();
    let mut answers = Vec::with_capacity(crowd);
    for task in tasks {
        answers.push(task.await.expect("no panic"));
    }
    answers
}

async fn tireless() -> House {
    House::open_with(|config| config.limits = Limits::none()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_05_one_confirmation_makes_one_session_however_many_ask() {
    let house = tireless().await;
    let browser = house.signed_in(ACCOUNT_1).await;
    for round in 0..rounds(50, 500) {
        let scan = sign_in_scan(&browser).await;
        assert_eq!(phone(&house, "wx-lin").allows(&scan).await, "confirmed");
        let answers = all_at_once(32, |_| {
            let (browser, request) = (browser.clone(), SignInByWechat { scan: scan.id.clone() });
            async move { browser.send(&request).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "round {round}: {answers:?}");
        assert_eq!(answers.iter().filter(|a| **a == Err(Refusal::ScanExpired)).count(), 31);
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM session").await, i64::from(rounds(50, 500)) + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_04_two_phones_scan_at_once_and_one_owns_it() {
    let house = std::sync::Arc::new(tireless().await);
    let browser = house.browser();
    for round in 0..rounds(50, 1000) {
        let scan = sign_in_scan(&browser).await;
        let answers = all_at_once(2, |n| {
            let (house, scan) = (house.clone(), scan.clone());
            async move { phone(&house, ["wx-lin", "wx-zhou"][n]).scan(&scan).await.status.as_u16() }
        })
        .await;
        assert_eq!(BTreeSet::from_iter(answers), BTreeSet::from([200, 403]), "round {round}");
    }
}

/// So many accounts race for one WeChat.
const RIVALS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_09_fifty_accounts_race_for_one_wechat_and_one_wins() {
    let house = tireless().await;
    let mut rivals = Vec::with_capacity(RIVALS);
    for n in 0..RIVALS {
        rivals.push(house.signed_in_by_sms(&format!("137{n:08}")).await);
    }
    let mut database = house.database().await;
    for round in 0..rounds(50, 1000) {
        let mut changes = Vec::with_capacity(RIVALS);
        for rival in &rivals {
            changes.push(begin(rival, Action::Wechat).await);
        }
        // Everybody is proven, behind the server's back: fifty codes a round would be a day each.
        sqlx::query(
            "UPDATE change SET proven_way = 'sms', proven_at = ?, proven_session =
                 (SELECT id FROM session WHERE account = change.account AND ended_at IS NULL)",
        )
        .bind(house.app.now().millis())
        .execute(&mut database)
        .await
        .expect("proven");
        let mut binds = Vec::with_capacity(RIVALS);
        for (rival, change) in rivals.iter().zip(changes) {
            let confirm = confirming(&house, rival, &change, "wx-new").await;
            binds.push((rival.clone(), BindWechat { change: confirm.id, version: confirm.version }));
        }
        let answers = all_at_once(RIVALS, |n| {
            let (rival, bind) = binds[n].clone();
            async move { rival.send(&bind).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "round {round}");
        let losers = answers.iter().filter(|answer| **answer == Err(Refusal::WechatTaken)).count();
        assert_eq!(losers, RIVALS - 1, "and everybody else is told why: {answers:?}");
        let holders: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account WHERE wechat = 'wx-new'")
            .fetch_one(&mut database)
            .await
            .expect("counted");
        assert_eq!(holders, 1, "round {round}");
        sqlx::query("UPDATE account SET wechat = NULL WHERE wechat = 'wx-new'")
            .execute(&mut database)
            .await
            .expect("free again");
        house.advance(600);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cc_02_parallel_wechat_rebind_is_serializable() {
    for round in 0..rounds(20, 300) {
        let house = tireless().await;
        let lin = house.signed_in(ACCOUNT_1).await;
        let other = house.signed_in(ACCOUNT_1).await;
        let change = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
        let confirm = confirming(&house, &lin, &change, "wx-new").await;
        let wechat = BindWechat { change: confirm.id.clone(), version: confirm.version };
        let (bound, beside) = match round % 4 {
            0 => {
                // The phone, in another browser.
                let aimed = other.target(&other.proven().await, Some("13911110001")).await.expect("sent");
                let code = house.code_to("13911110001").await;
                let (bound, beside) = tokio::join!(
                    tokio::spawn({
                        let lin = lin.clone();
                        async move { lin.send(&wechat).await }
                    }),
                    tokio::spawn(async move { other.bind(&aimed, &code).await })
                );
                (bound.expect("no panic"), beside.expect("no panic"))
            }
            1 => {
                // The end of all other sessions, from another browser.
                let change =
                    other.prove(&begin(&other, Action::EndOtherSessions).await).await.expect("granted");
                let end = EndOtherSessions { grant: Some(change.id) };
                let (bound, beside) = tokio::join!(
                    tokio::spawn({
                        let lin = lin.clone();
                        async move { lin.send(&wechat).await }
                    }),
                    tokio::spawn(async move { other.send(&end).await })
                );
                (bound.expect("no panic"), beside.expect("no panic"))
            }
            2 => {
                // Another WeChat, from another browser.
                let change = proven_by_wechat(&house, &other, Action::Wechat, "wx-lin").await;
                let rival = confirming(&house, &other, &change, "wx-spare").await;
                let rival = BindWechat { change: rival.id, version: rival.version };
                let (bound, beside) = tokio::join!(
                    tokio::spawn({
                        let lin = lin.clone();
                        async move { lin.send(&wechat).await }
                    }),
                    tokio::spawn(async move { other.send(&rival).await })
                );
                (bound.expect("no panic"), beside.expect("no panic"))
            }
            _ => {
                // A newer QR, in another tab of the same browser.
                let newer = StartNewWechatScan { change: confirm.id.clone(), version: confirm.version };
                let (bound, beside) = tokio::join!(
                    tokio::spawn({
                        let lin = lin.clone();
                        async move { lin.send(&wechat).await }
                    }),
                    tokio::spawn({
                        let lin = lin.clone();
                        async move { lin.send(&newer).await }
                    })
                );
                (bound.expect("no panic"), beside.expect("no panic"))
            }
        };
        let holds_new = house.count("SELECT COUNT(*) FROM account WHERE wechat = 'wx-new'").await == 1;
        assert_eq!(holds_new, bound.is_ok(), "round {round}: {bound:?} {beside:?}");
        let allowed: &[Refusal] = match round % 4 {
            // The code is void before the change is looked for again.
            0 => &[
                Refusal::SessionEnded { why: SessionEnd::PhoneChanged },
                Refusal::ChangeGone,
                Refusal::CodeExpired,
            ],
            1 => &[Refusal::SessionEnded { why: SessionEnd::EndedElsewhere }, Refusal::GrantExpired],
            2 => &[Refusal::ChangeGone],
            _ => &[Refusal::ChangeStale, Refusal::SessionEnded { why: SessionEnd::NotSignedIn }],
        };
        for refusal in [&bound, &beside].into_iter().filter_map(|answer| answer.as_ref().err()) {
            assert!(allowed.contains(refusal), "round {round}: {refusal:?}");
        }
        assert!(bound.is_ok() || beside.is_ok(), "round {round}: one of them happens");
        let changed = house.count("SELECT COUNT(*) FROM event WHERE what = 'wechat_changed'").await;
        assert!(changed <= 1, "round {round}: {changed}");
    }
}

#[tokio::test]
async fn v12_network_scan_limit_does_not_stop_a_known_browser() {
    let house = House::open_with(|config| config.limits.scans_per_network_and_hour = 3).await;
    let known = house.signed_in("13800000001").await;
    known.send(&contract::sign_in::SignOut {}).await.expect("signed out");
    for _ in 0..3 {
        house.browser().send(&StartSignInScan {}).await.expect("within the budget");
    }
    let refused = house.browser().answer(&StartSignInScan {}).await;
    assert_eq!((refused.problem().as_str(), refused.status.as_u16()), ("TOO_BUSY", 429));
    known.send(&StartSignInScan {}).await.expect("it does not pay for its neighbors");
    // A shared device is nobody's.
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password("13800000002").await.expect("signed in");
    kiosk.send(&contract::sign_in::SignOut {}).await.expect("signed out");
    assert!(matches!(kiosk.refused(&StartSignInScan {}).await, Refusal::TooBusy { .. }));
}

#[tokio::test]
async fn g4_the_key_of_a_bind_is_refused_for_another_endpoint() {
    let house = House::open().await;
    let lin = house.signed_in(ACCOUNT_1).await;
    let change = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
    let confirm = confirming(&house, &lin, &change, "wx-new").await;
    bind(&lin, &confirm).await.expect("bound");
    // Of the same body under the same key.
    let other = CancelAccount { change: confirm.id.clone(), version: confirm.version };
    assert_eq!(lin.refused(&other).await, Refusal::KeyReused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w6_parallel_binds_on_a_shared_device_keep_the_session() {
    let house = House::open().await;
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(ACCOUNT_1).await.expect("signed in");
    let change = proven_by_wechat(&house, &kiosk, Action::Wechat, "wx-lin").await;
    let confirm = confirming(&house, &kiosk, &change, "wx-new").await;
    let sent: Vec<_> = (0..8)
        .map(|_| {
            let (kiosk, confirm) = (kiosk.clone(), confirm.clone());
            let request = BindWechat { change: confirm.id, version: confirm.version };
            tokio::spawn(async move { kiosk.answer(&request).await })
        })
        .collect();
    for answer in sent {
        let answer = answer.await.expect("no panic");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let cookies = answer.headers.get_all("set-cookie").iter();
        let dropped = cookies.filter(|cookie| cookie.as_bytes().starts_with(b"__Host-session=;"));
        assert_eq!(dropped.count(), 0);
    }
}
