//! C1–C8, DEL-01…06: an account is canceled.

use crate::support::SEND_GAP;
use crate::support::{Browser, House, PASSWORD, another, log, rebind, step_up_code};
use crate::wechat::{old_scan, phone, prove_by_scan, shown, sign_in_scan, signed_in_by_wechat};
use axum::http::{Method, StatusCode, header};
use contract::account::Way;
use contract::avatar::{SetAvatar, UPLOAD, Uploaded};
use contract::cancel::{
    CancelAccount, Consequences, CoolingOff, GetCancel, Kept, Remains, StartCancel, UndoCancel,
};
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::devices::{EndOtherSessions, GetDevices};
use contract::endpoint::Gated;
use contract::limits::SEND_GAP_SECONDS;
use contract::me::{Action, GetMe, Me};
use contract::outcome::GetOutcome;
use contract::password::SetPassword;
use contract::refusal::{Refusal, SessionEnd};
use contract::scan::{GetScan, StartSignInScan};
use contract::sign_in::{
    ChooseAccount, EnterSurface, SendSignInCode, SignIn, SignInByPassword, SignInBySms, SignInByWechat,
};
use contract::step_up::{StepUpByPassword, StepUpBySms};
use server::config::Limits;
use std::collections::BTreeMap;
use std::time::Duration;

const FREE: &str = "13800000001";
const MEMBER: &str = "13800000002";
const FRESH: &str = "13911110001";
const DAY: i64 = 86_400;
const CANCELED: Refusal = Refusal::SessionEnded { why: SessionEnd::AccountCanceled };

async fn me(browser: &Browser) -> Me {
    browser.send(&GetMe {}).await.expect("signed in")
}

async fn consequences(browser: &Browser) -> Consequences {
    browser.send(&GetCancel {}).await.expect("consequences")
}

/// A cancellation proven by password.
async fn proven(browser: &Browser) -> Change {
    let proven = browser.prove(&browser.start_cancel().await).await.expect("proven");
    assert_eq!(proven.step, ChangeStep::ConfirmCancel);
    proven
}

fn last_word(change: &Change) -> CancelAccount {
    CancelAccount { change: change.id.clone(), version: change.version }
}

/// Cancels the account of a browser; answers the number of the receipt.
async fn cancel(browser: &Browser) -> String {
    let canceled = browser.send(&last_word(&proven(browser).await)).await.expect("canceled");
    let ChangeStep::Canceled { receipt } = canceled.step else { panic!("{canceled:?}") };
    receipt
}

/// What a right code says to a number.
async fn by_sms(house: &House, browser: &Browser, number: &str) -> Result<SignIn, Refusal> {
    browser.send(&SendSignInCode { phone: number.into() }).await?;
    let code = house.code_to(number).await;
    browser.send(&SignInBySms { phone: number.into(), code }).await
}

/// Account 9 signed in to its personal (0) or its company account (1).
async fn choose(house: &House, at: usize) -> Browser {
    let browser = house.browser();
    let Ok(SignIn::Choose(choice)) = browser.by_password("13800000009").await else { panic!("a choice") };
    let account = choice.accounts[at].id.clone();
    let chosen = browser.send(&ChooseAccount { sign_in_id: choice.sign_in_id, account }).await;
    assert_eq!(chosen, Ok(SignIn::SignedIn));
    browser
}

#[tokio::test]
async fn c1_c6_del_01_cancel_is_open_or_closed_with_all_reasons() {
    use Refusal::{AdminMustHandOver, LastSuperAdmin, ManagedBySuperAdmin};
    let house = House::open().await;
    for (number, reasons) in [
        (FREE, vec![]),
        (MEMBER, vec![]),
        ("13800000003", vec![]),
        ("+85261234567", vec![]),
        ("13800000004", vec![ManagedBySuperAdmin]),
        ("13800000005", vec![ManagedBySuperAdmin]),
        ("13800000006", vec![ManagedBySuperAdmin, LastSuperAdmin]),
        ("13800000007", vec![ManagedBySuperAdmin]),
        ("13800000008", vec![ManagedBySuperAdmin, AdminMustHandOver]),
        ("13800000010", vec![ManagedBySuperAdmin, LastSuperAdmin]),
    ] {
        let browser = house.signed_in(number).await;
        let told = consequences(&browser).await;
        assert_eq!(told.closed, reasons, "{number}");
        let offer = me(&browser).await.offer(Action::Cancel).cloned().expect("offered");
        assert_eq!(offer.closed, reasons.first().cloned(), "{number}: /me says the first");
        let begun = browser.send(&StartCancel { notice: told.notice }).await;
        assert_eq!(begun.err(), reasons.first().cloned(), "{number}: and so does the try");
    }
    // Where there are two super admins, each can hand over.
    house.execute("UPDATE account SET role = 'super_admin' WHERE phone = '+8613800000005'").await;
    let super_admin = house.signed_in("13800000006").await;
    assert_eq!(consequences(&super_admin).await.closed, [ManagedBySuperAdmin, AdminMustHandOver]);
}

#[tokio::test]
async fn c1_del_03_cancel_is_refused_on_shared_device() {
    let house = House::open().await;
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(FREE).await.expect("signed in");
    let told = consequences(&kiosk).await;
    assert_eq!(told.closed, [Refusal::NotOnKiosk]);
    assert_eq!(me(&kiosk).await.offer(Action::Cancel).expect("offered").closed, Some(Refusal::NotOnKiosk));
    assert_eq!(kiosk.refused(&StartCancel { notice: told.notice }).await, Refusal::NotOnKiosk);
    assert_eq!(kiosk.refused(&StartChange::of(Action::Cancel)).await, Refusal::NotOnKiosk);
}

#[tokio::test]
async fn c1_del_01_stp_05_organization_is_checked_at_each_step() {
    let taken_over = "UPDATE account SET tenant = 'yunqiao', role = 'admin' WHERE phone = '+8613800000001'";
    let given_back = "UPDATE account SET tenant = 'personal', role = NULL WHERE phone = '+8613800000001'";
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let notice = consequences(&lin).await.notice;
    house.execute(taken_over).await;
    assert_eq!(lin.refused(&StartCancel { notice }).await, Refusal::ManagedBySuperAdmin);
    house.execute(given_back).await;
    let begun = lin.start_cancel().await;
    house.execute(taken_over).await;
    assert_eq!(lin.prove(&begun).await, Err(Refusal::ManagedBySuperAdmin));
    house.execute(given_back).await;
    let proven = lin.prove(&begun).await.expect("proven");
    house.execute(taken_over).await;
    let before = house.rows().await;
    assert_eq!(lin.refused(&last_word(&proven)).await, Refusal::ManagedBySuperAdmin);
    assert_eq!(house.rows().await, before);
    house.execute(given_back).await;
    lin.send(&last_word(&proven)).await.expect("canceled");
}

#[tokio::test]
async fn c2_the_notice_is_a_page_in_both_languages_under_one_version() {
    let house = House::open().await;
    let told = consequences(&house.signed_in(FREE).await).await;
    for (path, title) in [
        ("/legal/cancel.zh-CN.html", "账号注销说明"),
        ("/legal/cancel.en.html", "About canceling your account"),
    ] {
        // As a link opens it: no client is named.
        let request = axum::http::Request::get(path)
            .header(header::HOST, "127.0.0.1:8080")
            .body(axum::body::Body::empty())
            .expect("a request");
        let page = house.browser().raw(request).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(page.headers[header::ETAG], format!("\"{}\"", told.notice));
        assert!(page.text().contains(&format!("<h1>{title}</h1>")), "{}", page.text());
    }
}

#[tokio::test]
async fn c2_del_02_every_cancel_step_needs_the_current_notice() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let before = house.rows().await;
    let unread = Refusal::NoticeNotRead;
    assert_eq!(lin.refused(&StartChange::of(Action::Cancel)).await, unread);
    for notice in ["", "an earlier one", "VERSION"] {
        assert_eq!(lin.refused(&StartCancel { notice: notice.into() }).await, unread, "{notice:?}");
    }
    assert_eq!(house.rows().await, before);

    // The notice changes while somebody is on the way: at the proof, and at the last word.
    let another_text = "UPDATE change SET notice = 'an earlier one'";
    let begun = lin.start_cancel().await;
    house.execute(another_text).await;
    assert_eq!(lin.prove(&begun).await, Err(unread.clone()));
    assert_eq!(lin.refused(&step_up_code(&begun)).await, unread);
    let proven = proven(&lin).await;
    assert_ne!(proven.id, begun.id, "who read another notice begins anew");
    assert_eq!(lin.refused(&GetChange { change: begun.id }).await, Refusal::ChangeGone);
    house.execute(another_text).await;
    let before = house.rows().await;
    assert_eq!(lin.refused(&last_word(&proven)).await, unread);
    assert_eq!(house.rows().await, before);
}

#[tokio::test]
async fn c2_del_02_consent_record_is_kept_after_cancellation() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let notice = consequences(&lin).await.notice;
    let agreed_at = house.app.now().millis();
    let begun = lin.start_cancel().await;
    house.advance(100);
    assert_eq!(lin.start_cancel().await.id, begun.id, "gone on with (G5)");
    let proven = lin.prove(&begun).await.expect("proven");
    house.advance(100);
    let canceled = lin.send(&last_word(&proven)).await.expect("canceled");
    let ChangeStep::Canceled { receipt } = canceled.step else { panic!("{canceled:?}") };
    let mut database = house.database().await;
    let kept: (String, String, i64, String, i64, i64) =
        sqlx::query_as("SELECT receipt, notice, agreed_at, way, confirmed_at, done_at FROM cancellation")
            .fetch_one(&mut database)
            .await
            .expect("one");
    let confirmed_at = house.app.now().millis();
    assert_eq!(kept, (receipt, notice, agreed_at, "password".into(), confirmed_at, confirmed_at));
}

#[tokio::test]
async fn c3_cancel_can_be_proven_by_each_of_the_three_ways() {
    let house = House::open().await;
    for way in [Way::Sms, Way::Password, Way::Wechat] {
        let lin = house.signed_in(FREE).await;
        let begun = lin.start_cancel().await;
        let ways: Vec<_> = begun.ways.iter().map(|offer| (offer.way, offer.closed.clone())).collect();
        assert_eq!(ways, [(Way::Sms, None), (Way::Password, None), (Way::Wechat, None)]);
        let proven = match way {
            Way::Sms => {
                let sent = lin.send(&step_up_code(&begun)).await.expect("sent");
                let sms = house.inbox().await.remove(0);
                assert_eq!(sms.purpose, "verify_cancel");
                assert!(sms.text.contains("注销账号"), "{}", sms.text);
                let code = sms.code.expect("a code");
                lin.send(&StepUpBySms { change: sent.id, version: sent.version, code }).await
            }
            Way::Password => lin.prove(&begun).await,
            Way::Wechat => {
                let asked = old_scan(&lin, &begun).await.expect("a QR");
                assert_eq!(phone(&house, "wx-lin").allows(&shown(&asked)).await, "confirmed");
                prove_by_scan(&lin, &asked).await
            }
        };
        let proven = proven.expect("proven");
        assert_eq!(proven.step, ChangeStep::ConfirmCancel);
        lin.send(&last_word(&proven)).await.expect("canceled");
        house.browser().post("/dev/reset", "{}").await;
    }
    // A phone of three days is good enough here (W2 is for the WeChat alone).
    let zhou = house.signed_in("13800000003").await;
    assert!(zhou.start_cancel().await.ways.iter().all(|offer| offer.closed.is_none()));
}

#[tokio::test]
async fn c3_stp_03_switching_proof_ways_voids_code_and_scan() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let sent = lin.send(&step_up_code(&lin.start_cancel().await)).await.expect("sent");
    let code = house.code_to(FREE).await;
    let change = old_scan(&lin, &sent).await.expect("a QR");
    assert_eq!(phone(&house, "wx-new").allows(&shown(&change)).await, "mismatch");
    assert_eq!(lin.refused(&last_word(&change)).await, Refusal::StepOutOfOrder);
    let proven = lin.prove(&change).await.expect("by password");
    house.advance(301);
    let stale = lin.send(&GetChange { change: proven.id }).await.expect("there");
    assert_eq!(
        stale.step,
        ChangeStep::Identify { sent: None, scan: None },
        "code and scan went with their way"
    );
    let step = StepUpBySms { change: stale.id, version: stale.version, code };
    assert_eq!(lin.refused(&step).await, Refusal::CodeExpired);
}

#[tokio::test]
async fn c4_ses_03_cancel_ends_all_sessions_and_gives_a_receipt() {
    let house = House::open().await;
    let mut browsers = Vec::new();
    for _ in 0..3 {
        browsers.push(house.signed_in(FREE).await);
    }
    browsers.push(signed_in_by_wechat(&house, "wx-lin").await);
    let receipt = cancel(&browsers[1]).await;
    assert_eq!(receipt.len(), 14);
    assert!(receipt.split('-').all(|part| part.len() == 4), "{receipt}");
    for browser in &browsers {
        assert_eq!(browser.refused(&GetMe {}).await, CANCELED);
        assert_eq!(browser.refused(&StartChange::of(Action::Phone)).await, CANCELED);
    }
    let house = house.restarted().await;
    for browser in &browsers {
        assert_eq!(house.adopt(browser).refused(&GetMe {}).await, CANCELED);
    }
    // Nothing opens it again.
    let stranger = house.browser();
    assert!(matches!(stranger.by_password(FREE).await, Err(Refusal::PasswordWrong { .. })));
    let scan = sign_in_scan(&stranger).await;
    assert_eq!(phone(&house, "wx-lin").allows(&scan).await, "confirmed");
    assert_eq!(stranger.refused(&SignInByWechat { scan: scan.id }).await, Refusal::WayNotOpen);
    // For as long as anybody may ask.
    house.advance(30 * DAY);
    house.app.delete_old().await.expect("swept");
    assert_eq!(
        house.adopt(&browsers[0]).refused(&GetMe {}).await,
        Refusal::SessionEnded { why: SessionEnd::NotSignedIn }
    );
}

#[tokio::test]
async fn c4_p8_phn_07_cancel_notice_goes_once_to_phone_and_wechat() {
    let house = House::open().await;
    let receipt = cancel(&house.signed_in(FREE).await).await;
    // And the meeting service, which is told to forget the account.
    assert_eq!(house.app.deliver_messages().await, Ok(3));
    assert_eq!(house.app.deliver_messages().await, Ok(0), "once");
    let mut told: Vec<_> = house.inbox().await.into_iter().filter(|sms| sms.code.is_none()).collect();
    told.sort_by_key(|sms| sms.to.clone());
    let to: Vec<&str> = told.iter().map(|sms| sms.to.as_str()).collect();
    assert_eq!(to, ["+8613800000001", "wx-lin"]);
    for sms in &told {
        assert_eq!(sms.purpose, "account_canceled");
        assert!(sms.text.contains(&receipt) && sms.text.contains("如非本人操作"), "{}", sms.text);
        assert!(sms.text.contains("138****0001") && !sms.text.contains(FREE), "{}", sms.text);
    }
    // Who has no WeChat is told by SMS alone.
    cancel(&house.signed_in(MEMBER).await).await;
    assert_eq!(house.app.deliver_messages().await, Ok(2));
}

#[tokio::test]
async fn c5_consequences_list_benefits_meetings_and_kept_records() {
    let house = House::open().await;
    let free = consequences(&house.signed_in(FREE).await).await;
    assert_eq!((free.benefit_days, free.running_meetings, free.scheduled_meetings), (None, 1, 1));
    assert_eq!(free.cooling_off_days, 0);
    let kept = [
        Kept { what: Remains::RestingNumber, days: 1 },
        Kept { what: Remains::Receipt, days: 1095 },
        Kept { what: Remains::AuditTrail, days: 365 },
    ];
    assert_eq!(free.kept, kept);
    let member = consequences(&house.signed_in(MEMBER).await).await;
    assert_eq!((member.benefit_days, member.running_meetings, member.scheduled_meetings), (Some(200), 0, 1));
    house.advance(1);
    let member = house.signed_in(MEMBER).await;
    assert_eq!(consequences(&member).await.benefit_days, Some(200), "a begun day counts");
    house.advance(DAY - 1);
    let member = house.signed_in(MEMBER).await;
    assert_eq!(consequences(&member).await.benefit_days, Some(199));
    house.advance(199 * DAY);
    let member = house.signed_in(MEMBER).await;
    let over = consequences(&member).await;
    assert_eq!((over.benefit_days, over.scheduled_meetings), (None, 0), "and what is over is not lost");
    // None of it is in the way.
    cancel(&house.signed_in(FREE).await).await;
    assert_eq!(house.count("SELECT COUNT(*) FROM scheduled").await, 1, "the member's");
}

/// Account 1 after a life: a replaced number, sessions, codes, wrong tries, scans and changes under
/// way, here and in other browsers. Answers the browser that cancels it.
async fn lived_in(house: &House) -> Browser {
    rebind(house, &house.signed_in(FREE).await, FRESH).await;
    house.advance(SEND_GAP);
    let lin = house.signed_in(FRESH).await;
    signed_in_by_wechat(house, "wx-lin").await;
    // A password was set, which leaves an outcome.
    let password = lin.send(&StartChange::of(Action::Password)).await.expect("begun");
    let password = lin.prove(&password).await.expect("proven");
    let (change, version) = (password.id, password.version);
    lin.send(&SetPassword { change, version, new_password: PASSWORD.into() }).await.expect("set");
    // A picture, and one that waits.
    for wears in [true, false] {
        let file = crate::picture::small();
        let answer = lin.raw(Browser::request(Method::POST, UPLOAD, file)).await;
        let Uploaded { picture } = serde_json::from_value(answer.json()).expect("uploaded");
        if wears {
            lin.send(&SetAvatar { picture }).await.expect("set");
        }
    }
    // A number of somebody else's, and one that is on its way to be bound.
    let change = lin.proven().await;
    assert_eq!(lin.target(&change, Some("13800000003")).await, Err(Refusal::PhoneTaken));
    lin.target(&change, Some("13911110002")).await.expect("sent");
    // A stranger tries a code and a password; another has a code and a scan that wait.
    let stranger = house.browser();
    stranger.send_code(FRESH).await;
    let code = another(&house.code_to(FRESH).await);
    let wrong = SignInBySms { phone: FRESH.into(), code };
    assert_eq!(stranger.refused(&wrong).await, Refusal::CodeWrong { left: 4 });
    let wrong = SignInByPassword { phone: FRESH.into(), password: "x".into() };
    assert_eq!(stranger.refused(&wrong).await, Refusal::PasswordWrong { left: 4 });
    house.advance(SEND_GAP);
    let second = house.signed_in(FRESH).await;
    second.send_code(FRESH).await;
    let scan = sign_in_scan(&stranger).await;
    assert_eq!(phone(house, "wx-lin").allows(&scan).await, "confirmed");
    // Two changes, one with a code and one with a scan under way.
    house.advance(SEND_GAP);
    let change = second.send(&StartChange::of(Action::Wechat)).await.expect("begun");
    old_scan(&second, &change).await.expect("a QR");
    second.send(&step_up_code(&second.start().await)).await.expect("sent");
    house.advance(SEND_GAP);
    lin
}

/// A house whose limits are not in the way of a life.
async fn wide_house() -> House {
    House::open_with(|config| config.limits = Limits::none()).await
}

/// Where any of the texts stand: tables and their rows.
fn residue(rows: &BTreeMap<String, Vec<String>>, secrets: &[&str]) -> BTreeMap<String, Vec<String>> {
    let holds = |row: &&String| secrets.iter().any(|secret| row.contains(secret));
    rows.iter()
        .map(|(table, rows)| (table.clone(), rows.iter().filter(holds).cloned().collect::<Vec<_>>()))
        .filter(|(_, rows)| !rows.is_empty())
        .collect()
}

#[tokio::test]
async fn c7_del_05_no_row_of_any_table_remembers_the_account() {
    let house = wide_house().await;
    let lin = lived_in(&house).await;
    let id = me(&lin).await.account;
    let secrets = [id.as_str(), FREE, FRESH, "wx-lin", "林晓", "林间晓风"];
    let before = residue(&house.rows().await, &secrets);
    let everywhere = [
        "account",
        "attempt",
        "chain",
        "change",
        "code",
        "device",
        "outbox",
        "outcome",
        "picture",
        "presence",
        "resting",
        "scan",
        "scheduled",
        "session",
        "sign_in",
        "upload",
        "wechat",
    ];
    assert_eq!(before.keys().map(String::as_str).collect::<Vec<_>>(), everywhere, "it left its mark");
    let strangers = "SELECT COUNT(*) FROM code WHERE phone = '+8613911110002'";
    let anonymous =
        "SELECT COUNT(*) FROM code WHERE phone = '+8613911110002' AND account IS NULL AND change IS NULL
                     AND hash = x'' AND used_at IS NULL";
    assert_eq!((house.count(strangers).await, house.count(anonymous).await), (1, 0));
    cancel(&lin).await;
    // What was sent to a stranger's number counts for that one, and nobody knows for whom it was.
    assert_eq!((house.count(strangers).await, house.count(anonymous).await), (1, 1));
    // The notices still have to know where they go.
    let left = residue(&house.rows().await, &secrets);
    assert_eq!(left.keys().map(String::as_str).collect::<Vec<_>>(), ["outbox", "resting"]);
    house.app.deliver_messages().await.expect("delivered");
    let left = residue(&house.rows().await, &secrets);
    assert_eq!(left.keys().collect::<Vec<_>>(), ["resting"], "{left:?}");
    assert!(left["resting"].iter().all(|row| row.contains("held_by=Ok(None)")), "{left:?}");
    house.advance(DAY);
    house.app.delete_old().await.expect("swept");
    assert_eq!(residue(&house.rows().await, &secrets), BTreeMap::new());
    assert_eq!(house.count(strangers).await, 0);
    // What happened is told of a name that stands nowhere but in the trail and on the receipt.
    let pseudonym = "SELECT COUNT(*) FROM event e JOIN cancellation c ON c.pseudonym = e.account";
    assert!(house.count(pseudonym).await >= 8);
    let linked = "SELECT COUNT(*) FROM account a JOIN cancellation c ON c.pseudonym = a.pseudonym";
    assert_eq!(house.count(linked).await, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'account_canceled'").await, 1);
    // The receipt goes too, in the end.
    house.advance(3 * 365 * DAY);
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM cancellation").await, 0);
}

#[tokio::test]
async fn c7_del_05_canceled_account_leaves_no_bytes_in_the_database() {
    let house = wide_house().await;
    let lin = lived_in(&house).await;
    let files = || {
        let read = |name: &str| std::fs::read(house.data().join(name)).unwrap_or_default();
        [read("menshen.db"), read("menshen.db-wal")].concat()
    };
    let secrets = ["13800000001", FRESH, "林晓", "wx-lin"];
    let found = |bytes: &[u8]| {
        let holds = |secret: &&str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        secrets.into_iter().filter(holds).collect::<Vec<_>>()
    };
    assert_eq!(found(&files()), secrets);
    cancel(&lin).await;
    house.app.deliver_messages().await.expect("delivered");
    house.advance(DAY);
    house.app.delete_old().await.expect("swept");
    assert_eq!(found(&files()), [""; 0]);
    house.app.close().await;
    assert_eq!(found(&files()), [""; 0]);
}

#[tokio::test]
async fn c7_p7_del_05_number_rests_a_day_then_opens_an_empty_account() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let id = me(&lin).await.account;
    cancel(&lin).await;
    let until = house.app.now().after(Duration::from_secs(86_400)).timestamp();
    let resting = Refusal::PhoneResting { until };
    assert_eq!(by_sms(&house, &house.browser(), FREE).await, Err(resting.clone()));
    let zhou = house.signed_in("13800000003").await;
    assert_eq!(zhou.target(&zhou.proven().await, Some(FREE)).await, Err(resting.clone()));
    house.advance(DAY - 1);
    let browser = house.browser();
    assert_eq!(by_sms(&house, &browser, FREE).await, Err(resting), "a second before");
    house.advance(SEND_GAP);
    assert_eq!(by_sms(&house, &browser, FREE).await, Ok(SignIn::SignedIn));
    let new = me(&browser).await;
    assert_ne!(new.account, id);
    assert_eq!((new.nickname.as_str(), new.has_password, new.wechat), ("用户0001", false, None));
    assert_eq!(browser.send(&GetDevices {}).await.expect("a list").devices.len(), 1);
    let told = consequences(&browser).await;
    assert_eq!((told.benefit_days, told.running_meetings, told.scheduled_meetings), (None, 0, 0));
    let events = "SELECT COUNT(*) FROM event e JOIN account a ON a.pseudonym = e.account
                  WHERE a.phone = '+8613800000001'";
    assert_eq!(house.count(events).await, 2, "opened and signed in");
    // The WeChat is free at once.
    assert_eq!(house.count("SELECT COUNT(*) FROM wechat WHERE id = 'wx-lin'").await, 0);
}

#[tokio::test]
async fn c7_p7_old_and_new_number_of_canceled_account_rest_a_day() {
    let house = wide_house().await;
    rebind(&house, &house.signed_in(FREE).await, FRESH).await;
    cancel(&house.signed_in(FRESH).await).await;
    for number in [FREE, FRESH] {
        let refused = by_sms(&house, &house.browser(), number).await;
        assert!(matches!(refused, Err(Refusal::PhoneResting { .. })), "{number}: {refused:?}");
    }
    house.advance(DAY);
    for number in [FREE, FRESH] {
        assert_eq!(by_sms(&house, &house.browser(), number).await, Ok(SignIn::SignedIn), "{number}");
    }
}

#[tokio::test]
async fn c7_p9_account_9_cancel_keeps_the_company_account() {
    let house = House::open().await;
    let company = choose(&house, 1).await;
    let before = me(&company).await;
    let waiting = house.browser();
    let Ok(SignIn::Choose(choice)) = waiting.by_password("13800000009").await else { panic!("a choice") };
    let wrong = SignInByPassword { phone: "13800000009".into(), password: "x".into() };
    assert_eq!(company.refused(&wrong).await, Refusal::PasswordWrong { left: 4 });
    cancel(&choose(&house, 0).await).await;
    assert_eq!(me(&company).await, before);
    // What was tried against the number still counts for whoever holds it.
    assert_eq!(company.refused(&wrong).await, Refusal::PasswordWrong { left: 3 });
    let pick = |at: usize| ChooseAccount {
        sign_in_id: choice.sign_in_id.clone(),
        account: choice.accounts[at].id.clone(),
    };
    assert_eq!(waiting.refused(&pick(0)).await, Refusal::SignInFailed);
    assert_eq!(waiting.send(&pick(1)).await, Ok(SignIn::SignedIn));
    assert_eq!(by_sms(&house, &house.browser(), "13800000009").await, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn c7_trail_does_not_link_accounts_of_the_same_browser() {
    let house = House::open().await;
    let browser = choose(&house, 1).await;
    for at in [0, 1, 0] {
        house.advance(SEND_GAP);
        let Ok(SignIn::Choose(choice)) = browser.by_password("13800000009").await else { panic!("a choice") };
        let account = choice.accounts[at].id.clone();
        let chosen = browser.send(&ChooseAccount { sign_in_id: choice.sign_in_id, account }).await;
        assert_eq!(chosen, Ok(SignIn::SignedIn));
    }
    // In another browser it was the first thing that ever happened.
    let other = house.browser();
    for number in [FREE, MEMBER, FREE] {
        house.advance(SEND_GAP);
        other.by_password(number).await.expect("signed in");
    }
    for browser in [&browser, &other] {
        house.advance(SEND_GAP);
        cancel(browser).await;
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM cancellation WHERE done_at IS NOT NULL").await, 2);
    // Answers are kept for ten minutes, and numbers rest for a day.
    house.advance(DAY);
    house.app.delete_old().await.expect("swept");
    assert_eq!(
        house.count("SELECT COUNT(*) FROM pragma_table_info('event') WHERE name = 'browser'").await,
        0
    );
    let by_device = "SELECT COUNT(*) FROM cancellation c JOIN event e ON e.account = c.pseudonym
                     JOIN device d ON d.id = e.device OR d.browser = e.device";
    assert_eq!(house.count(by_device).await, 0);
    let trail = "SELECT COUNT(*) FROM cancellation c JOIN event e ON e.account = c.pseudonym";
    assert!(house.count(trail).await >= 8);
    // Not even by the moment: of all moments in the file, an event shares its own with nothing that
    // names a browser, a token, an account or a number.
    let mut database = house.database().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.type = 'INTEGER' AND (c.name LIKE '%at' OR c.name LIKE '%until')
           AND m.name NOT IN ('event', 'cancellation', 'outbox', '_sqlx_migrations')",
    )
    .fetch_all(&mut database)
    .await
    .expect("columns");
    assert!(columns.len() > 20, "{columns:?}");
    for (table, column) in columns {
        let sql = format!(
            "SELECT COUNT(*) FROM cancellation c JOIN event e ON e.account = c.pseudonym
             JOIN {table} t ON t.{column} = e.at"
        );
        let sql = sqlx::AssertSqlSafe(sql);
        let found: i64 = sqlx::query_scalar(sql).fetch_one(&mut database).await.expect("read");
        assert_eq!(found, 0, "{table}.{column}");
    }
}

#[tokio::test]
async fn g2_otp_10_cancel_does_not_reset_code_limits() {
    let house = House::open_with(|config| config.limits.codes_per_browser_and_hour = 6).await;
    let lin = house.signed_in(FREE).await;
    let change = lin.proven().await;
    lin.target(&change, Some(FRESH)).await.expect("sent");
    cancel(&lin).await;
    // Whoever comes next, here or elsewhere, finds the number as it is.
    let send = SendSignInCode { phone: FRESH.into() };
    for browser in [&lin, &house.browser()] {
        assert_eq!(browser.refused(&send).await, Refusal::SendTooOften { after: SEND_GAP_SECONDS });
    }
    let chen = house.signed_in(MEMBER).await;
    let change = chen.proven().await;
    assert_eq!(
        chen.target(&change, Some(FRESH)).await,
        Err(Refusal::SendTooOften { after: SEND_GAP_SECONDS })
    );
    for _ in 0..4 {
        house.advance(SEND_GAP);
        chen.send(&send).await.expect("sent");
    }
    cancel(&chen).await;
    house.advance(SEND_GAP);
    let quota = house.browser().refused(&send).await;
    assert!(matches!(quota, Refusal::SendQuota { .. }), "five an hour: {quota:?}");
    // The first browser has sent one of its six.
    for n in 1..=5 {
        lin.send_code(&format!("1391111010{n}")).await;
    }
    let quota = lin.refused(&SendSignInCode { phone: "13911110109".into() }).await;
    assert!(matches!(quota, Refusal::SendQuota { .. }), "{quota:?}");
    // Within a day all of it is forgotten.
    house.advance(DAY);
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM code").await, 0);
}

#[tokio::test]
async fn g2_p9_send_interval_of_shared_number_survives_cancellation() {
    let house = House::open().await;
    let personal = choose(&house, 0).await;
    personal.send(&step_up_code(&personal.start_cancel().await)).await.expect("sent");
    cancel(&personal).await;
    let send = SendSignInCode { phone: "13800000009".into() };
    assert_eq!(house.browser().refused(&send).await, Refusal::SendTooOften { after: SEND_GAP_SECONDS });
}

#[tokio::test]
async fn qr_10_cancel_does_not_reset_the_scan_limit() {
    let house = House::open_with(|config| config.limits.scans_per_browser_and_hour = 2).await;
    let lin = house.signed_in(FREE).await;
    for _ in 0..2 {
        let change = lin.send(&StartChange::of(Action::Wechat)).await.expect("begun");
        old_scan(&lin, &change).await.expect("a QR");
    }
    cancel(&lin).await;
    let refused = lin.refused(&StartSignInScan {}).await;
    assert!(matches!(refused, Refusal::TooBusy { .. }), "{refused:?}");
    assert_eq!(house.count("SELECT COUNT(*) FROM scan WHERE wechat IS NOT NULL OR account IS NOT NULL OR session IS NOT NULL").await, 0);
}

/// A house in which canceling takes a week.
async fn cooling_house() -> House {
    House::open_with(|config| {
        config.cooling_off_days = 7;
        config.limits = Limits::none();
    })
    .await
}

/// Begins the cooling-off of account 1 and answers when it ends.
async fn begin_cooling_off(house: &House) -> contract::time::Timestamp {
    let lin = house.signed_in(FREE).await;
    assert_eq!(consequences(&lin).await.cooling_off_days, 7);
    let concluded = lin.send(&last_word(&proven(&lin).await)).await.expect("begun");
    let ChangeStep::CoolingOff { receipt, until } = concluded.step else { panic!("{concluded:?}") };
    assert_eq!(until, house.app.now().after(Duration::from_secs(7 * 86_400)).timestamp());
    assert_eq!(lin.refused(&GetMe {}).await, CANCELED, "signed out everywhere at once");
    house.app.deliver_messages().await.expect("delivered");
    let notice = house.inbox().await.into_iter().find(|sms| sms.purpose == "cancel_begun").expect("told");
    assert!(notice.text.contains(&receipt) && notice.text.contains("撤销"), "{}", notice.text);
    until
}

fn cooling_off(answer: Result<SignIn, Refusal>) -> CoolingOff {
    match answer {
        Ok(SignIn::CoolingOff(cooling_off)) => cooling_off,
        other => panic!("{other:?}"),
    }
}

/// Signs in by WeChat where the browser does not know the account: it is shown first, also one that
/// cools off (QR-07).
async fn by_wechat(house: &House, browser: &Browser, who: &str) -> Result<SignIn, Refusal> {
    let scan = sign_in_scan(browser).await;
    assert_eq!(phone(house, who).allows(&scan).await, "confirmed");
    let Ok(SignIn::Choose(choice)) = browser.send(&SignInByWechat { scan: scan.id }).await else {
        panic!("it is shown")
    };
    let account = choice.accounts[0].id.clone();
    browser.send(&ChooseAccount { sign_in_id: choice.sign_in_id, account }).await
}

fn undo(cooling_off: &CoolingOff) -> UndoCancel {
    UndoCancel { sign_in_id: cooling_off.sign_in_id.clone(), account: cooling_off.account.clone() }
}

#[tokio::test]
async fn c8_sign_in_while_cooling_off_shows_days_and_offers_undo() {
    let house = cooling_house().await;
    for way in [Way::Sms, Way::Password, Way::Wechat] {
        let until = begin_cooling_off(&house).await;
        house.advance(3 * DAY + 1);
        house.app.delete_old().await.expect("swept");
        let browser = house.browser();
        let answer = match way {
            Way::Sms => by_sms(&house, &browser, FREE).await,
            Way::Password => browser.by_password(FREE).await,
            Way::Wechat => by_wechat(&house, &browser, "wx-lin").await,
        };
        let told = cooling_off(answer);
        assert_eq!((told.days_left, &told.until), (4, &until));
        assert!(
            matches!(browser.refused(&GetMe {}).await, Refusal::SessionEnded { .. }),
            "nobody is signed in"
        );
        // It is this browser's to undo, once, and for this account.
        assert_eq!(house.browser().refused(&undo(&told)).await, Refusal::SignInFailed);
        let other = UndoCancel { account: "x".into(), ..undo(&told) };
        assert_eq!(browser.refused(&other).await, Refusal::SignInFailed);
        assert_eq!(browser.send(&undo(&told)).await, Ok(SignIn::SignedIn));
        assert_eq!(browser.refused(&undo(&told)).await, Refusal::SignInFailed);
        let me = me(&browser).await;
        assert_eq!((me.nickname.as_str(), me.has_password, me.wechat.is_some()), ("林晓", true, true));
        house.app.deliver_messages().await.expect("delivered");
        let undone = house.inbox().await.into_iter().filter(|sms| sms.purpose == "cancel_undone").count();
        assert!(undone >= 2, "by SMS and by WeChat");
        house.advance(SEND_GAP);
    }
    let event = "SELECT COUNT(*) FROM event WHERE what = 'cancel_undone'";
    assert_eq!(house.count(event).await, 3);
    assert_eq!(house.count("SELECT COUNT(*) FROM cancellation").await, 0);
    // Whoever undid it has the account for good.
    house.advance(30 * DAY);
    house.app.delete_old().await.expect("swept");
    house.signed_in(FREE).await;
}

#[tokio::test]
async fn c8_account_is_gone_after_cooling_off_swept_or_not() {
    for swept in [true, false] {
        let house = cooling_house().await;
        begin_cooling_off(&house).await;
        house.advance(7 * DAY - 60);
        let browser = house.browser();
        let waiting = cooling_off(browser.by_password(FREE).await);
        assert_eq!(waiting.days_left, 1);
        cooling_off(by_wechat(&house, &house.browser(), "wx-lin").await);
        house.advance(SEND_GAP);
        if swept {
            house.app.delete_old().await.expect("swept");
            // Proofs that waited to undo it go too (C7).
            let left = residue(&house.rows().await, &[&waiting.account, FREE, "wx-lin", "林晓"]);
            assert_eq!(
                left.keys().map(String::as_str).collect::<Vec<_>>(),
                ["outbox", "resting"],
                "{left:?}"
            );
        }
        assert_eq!(browser.refused(&undo(&waiting)).await, Refusal::SignInFailed, "too late");
        let answer = by_sms(&house, &house.browser(), FREE).await;
        assert!(matches!(answer, Err(Refusal::PhoneResting { .. })), "{answer:?}");
        house.app.deliver_messages().await.expect("delivered");
        let told = house.inbox().await.into_iter().filter(|sms| sms.purpose == "account_canceled").count();
        assert_eq!(told, 2, "by SMS and by WeChat");
        assert_eq!(house.count("SELECT COUNT(*) FROM account WHERE phone = '+8613800000001'").await, 0);
        assert_eq!(house.count("SELECT COUNT(*) FROM cancellation WHERE done_at IS NOT NULL").await, 1);
    }
}

#[tokio::test]
async fn c8_undone_cancellation_has_no_outcome_any_more() {
    let house = cooling_house().await;
    let lin = house.signed_in(FREE).await;
    let proven = proven(&lin).await;
    lin.send(&last_word(&proven)).await.expect("begun");
    let outcome = GetOutcome { key: proven.id.clone() };
    assert!(matches!(lin.send(&outcome).await.expect("told").step, ChangeStep::CoolingOff { .. }));
    let told = cooling_off(lin.by_password(FREE).await);
    assert_eq!(lin.send(&undo(&told)).await, Ok(SignIn::SignedIn));
    assert_eq!(lin.refused(&outcome).await, Refusal::NotFound);
    assert_eq!(lin.refused(&GetChange { change: proven.id.clone() }).await, Refusal::ChangeGone);
    assert_eq!(lin.refused(&last_word(&proven)).await, Refusal::ChangeGone);
    assert_ne!(lin.start_cancel().await.id, proven.id, "who wants to again begins anew");
}

#[tokio::test]
async fn c8_due_accounts_cannot_undo_and_a_failing_one_is_skipped() {
    let house = cooling_house().await;
    begin_cooling_off(&house).await;
    house.advance(7 * DAY - 60);
    let browser = house.browser();
    let waiting = cooling_off(browser.by_password(FREE).await);
    // Forty-four more, as far on the way as this one.
    for sql in [
        "CREATE TABLE n AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 44)
             SELECT n FROM n",
        "INSERT INTO account (id, tenant, phone, phone_bound_at, nickname, created_at, pseudonym)
             SELECT 'a' || n, 'personal', printf('+861400000%04d', n), 0, '', 0, 'p' || n FROM n",
        "INSERT INTO cancellation (receipt, pseudonym, notice, agreed_at, way, confirmed_at, due_at)
             SELECT 'r' || n, 'p' || n, notice, agreed_at, way, confirmed_at, due_at FROM cancellation, n",
        "INSERT INTO sign_in (id, browser, phone, way, expires_at)
             SELECT 's' || n, browser, printf('+861400000%04d', n), way, expires_at FROM sign_in, n",
        "INSERT INTO sign_in_account (sign_in, account) SELECT 's' || n, 'a' || n FROM n",
        "DROP TABLE n",
    ] {
        house.execute(sql).await;
    }
    house.advance(SEND_GAP);
    assert_eq!(browser.refused(&undo(&waiting)).await, Refusal::SignInFailed);
    for n in 1..=44 {
        let (sign_in_id, account) = (format!("s{n}"), format!("a{n}"));
        let pick = ChooseAccount { sign_in_id: sign_in_id.clone(), account: account.clone() };
        assert_eq!(browser.refused(&pick).await, Refusal::SignInFailed, "{n}");
        assert_eq!(browser.refused(&UndoCancel { sign_in_id, account }).await, Refusal::SignInFailed, "{n}");
    }
    // Nobody can read this one; everybody else signs in and goes.
    house.execute("UPDATE account SET phone = 'x' WHERE id = 'a7'").await;
    house.signed_in(MEMBER).await;
    let over = "SELECT COUNT(*) FROM cancellation WHERE done_at IS NOT NULL";
    assert_eq!(house.count(over).await, 0, "which costs a stranger nothing");
    let answer = by_sms(&house, &house.browser(), FREE).await;
    assert!(matches!(answer, Err(Refusal::PhoneResting { .. })), "{answer:?}");
    assert_eq!(house.count(over).await, 1, "whoever comes to its number");
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count(over).await, 44);
    assert!(log().contains("a canceled account cannot be erased"), "{}", log());
    house.execute("UPDATE account SET phone = '+8614000000007' WHERE id = 'a7'").await;
    assert_eq!(house.app.delete_old().await, Ok(1));
    assert_eq!(
        house.count("SELECT COUNT(*) FROM account WHERE id LIKE 'a%' AND phone LIKE '+8614%'").await,
        0
    );
}

#[tokio::test]
async fn c8_due_account_is_erased_at_sign_in() {
    for by_wechat in [false, true] {
        let house = cooling_house().await;
        begin_cooling_off(&house).await;
        house.advance(7 * DAY);
        let browser = house.browser();
        if by_wechat {
            let scan = sign_in_scan(&browser).await;
            assert_eq!(phone(&house, "wx-lin").allows(&scan).await, "confirmed");
            assert_eq!(browser.refused(&SignInByWechat { scan: scan.id }).await, Refusal::WayNotOpen);
        } else {
            assert_eq!(browser.by_password(FREE).await, Err(Refusal::SignInFailed));
        }
        assert_eq!(house.count("SELECT COUNT(*) FROM account WHERE phone = '+8613800000001'").await, 0);
    }
}

#[tokio::test]
async fn c8_chooser_reports_cooling_off_account_and_can_undo() {
    let house = cooling_house().await;
    let personal = choose(&house, 0).await;
    personal.send(&last_word(&proven(&personal).await)).await.expect("begun");
    let browser = house.browser();
    let Ok(SignIn::Choose(choice)) = browser.by_password("13800000009").await else { panic!("a choice") };
    let pick = |at: usize| ChooseAccount {
        sign_in_id: choice.sign_in_id.clone(),
        account: choice.accounts[at].id.clone(),
    };
    let told = cooling_off(browser.send(&pick(0)).await);
    assert_eq!((told.sign_in_id.as_str(), told.days_left), (choice.sign_in_id.as_str(), 7));
    assert_eq!(cooling_off(browser.send(&pick(0)).await), told, "looked at again");
    assert_eq!(browser.send(&undo(&told)).await, Ok(SignIn::SignedIn));
    assert_eq!(me(&browser).await.tenant, None);
    assert_eq!(browser.refused(&pick(1)).await, Refusal::SignInFailed, "the choice is used up");
}

#[tokio::test]
async fn del_03_cancel_proof_is_bound_to_the_cancel_action() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    for action in [Action::Phone, Action::Password, Action::EndOtherSessions, Action::Wechat] {
        let change = lin.send(&StartChange::of(action)).await.expect("begun");
        let asked = old_scan(&lin, &change).await.expect("a QR");
        assert_eq!(phone(&house, "wx-lin").allows(&shown(&asked)).await, "confirmed");
        let proven = prove_by_scan(&lin, &asked).await.expect("proven");
        assert_eq!(lin.refused(&last_word(&proven)).await, Refusal::ChangeGone, "{action:?}");
    }
    let proven = proven(&lin).await;
    assert_eq!(lin.target(&proven, Some(FRESH)).await, Err(Refusal::ChangeGone));
    let (change, version) = (proven.id.clone(), proven.version);
    let set = SetPassword { change, version, new_password: "correct horse battery staple".into() };
    assert_eq!(lin.refused(&set).await, Refusal::ChangeGone);
    let grant = EndOtherSessions::default().granted(proven.id.clone());
    assert_eq!(lin.refused(&grant).await, Refusal::GrantWrongPurpose);
    lin.send(&last_word(&proven)).await.expect("its own");
}

#[tokio::test]
async fn del_03_stp_01_confirm_needs_a_fresh_proof_in_this_session() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let before = house.count("SELECT COUNT(*) FROM account").await;
    let begun = lin.start_cancel().await;
    let refused = lin.try_send(&last_word(&begun)).await.expect_err("never proven");
    assert_eq!(refused.refusal, Refusal::StepOutOfOrder);
    assert_eq!(refused.change.expect("how it stands").id, begun.id);
    let proven = lin.prove(&begun).await.expect("proven");
    house.advance(301);
    let needed = Refusal::StepUpNeeded { ways: vec![Way::Sms, Way::Password, Way::Wechat] };
    let refused = lin.try_send(&last_word(&proven)).await.expect_err("too old");
    assert_eq!(refused.refusal, needed);
    assert!(matches!(refused.change.expect("how it stands").step, ChangeStep::Identify { .. }));
    let proven = lin.prove(&proven).await.expect("proven again");
    lin.by_password(FREE).await.expect("signed in again");
    assert_eq!(lin.refused(&last_word(&proven)).await, needed, "another session");
    let stale = CancelAccount { version: proven.version - 1, ..last_word(&proven) };
    assert_eq!(lin.refused(&stale).await, Refusal::ChangeStale);
    let other = house.signed_in(FREE).await;
    assert_eq!(other.refused(&last_word(&proven)).await, Refusal::ChangeGone, "another browser");
    assert_eq!(house.count("SELECT COUNT(*) FROM account").await, before);
    let proven = lin.prove(&proven).await.expect("proven again");
    house.advance(300);
    lin.send(&last_word(&proven)).await.expect("exactly five minutes are fresh");
}

#[tokio::test]
async fn del_04_cancel_failing_at_any_row_writes_nothing() {
    let house = wide_house().await;
    let lin = lived_in(&house).await;
    let proven = proven(&lin).await;
    let mut fuse = house.fuse().await;
    loop {
        let before = fuse.burn(&house).await;
        let answer = lin.answer(&last_word(&proven)).await;
        if answer.status == StatusCode::OK {
            break;
        }
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
        );
        assert_eq!(house.rows_but_the_fuse().await, before, "row {}", fuse.at());
    }
    assert!(fuse.at() > 40, "{} rows", fuse.at());
    assert_eq!(lin.refused(&GetMe {}).await, CANCELED);
    assert_eq!(house.count("SELECT left FROM fuse").await, 0, "the last row was the last");
}

#[tokio::test]
async fn idm_1_cancel_outcome_can_be_asked_for_ten_minutes() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let proven = proven(&lin).await;
    let outcome = GetOutcome { key: proven.id.clone() };
    assert_eq!(lin.refused(&outcome).await, Refusal::NotFound);
    let canceled = lin.send(&last_word(&proven)).await.expect("canceled");
    assert_eq!(canceled.version, proven.version + 1);
    assert_eq!(lin.send(&outcome).await, Ok(canceled.clone()));
    assert_eq!(
        lin.send(&last_word(&proven)).await,
        Ok(canceled.clone()),
        "the same request is answered the same"
    );
    let another = CancelAccount { version: 99, ..last_word(&proven) };
    assert_eq!(lin.refused(&another).await, Refusal::KeyReused);
    let house = house.restarted().await;
    let lin = house.adopt(&lin);
    assert_eq!(lin.send(&outcome).await, Ok(canceled));
    assert_eq!(house.browser().refused(&outcome).await, Refusal::NotFound);
    house.advance(600);
    assert_eq!(lin.refused(&outcome).await, Refusal::NotFound);
    assert_eq!(lin.refused(&last_word(&proven)).await, CANCELED);
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'account_canceled'").await, 1);
}

#[tokio::test]
async fn stp_09_cancel_voids_pending_changes_codes_and_scans() {
    let house = wide_house().await;
    let lin = house.signed_in(FREE).await;
    let other = house.signed_in(FREE).await;
    let grant = other.send(&StartChange::of(Action::EndOtherSessions)).await.expect("begun");
    let grant = other.prove(&grant).await.expect("granted");
    let second = proven(&other).await;
    let aimed = other.target(&other.proven().await, Some(FRESH)).await.expect("sent");
    let code = house.code_to(FRESH).await;
    let stranger = house.browser();
    stranger.send_code(FREE).await;
    let sign_in_code = house.code_to(FREE).await;
    let scan = sign_in_scan(&house.browser()).await;
    let scanner = house.browser();
    let allowed = sign_in_scan(&scanner).await;
    assert_eq!(phone(&house, "wx-lin").allows(&allowed).await, "confirmed");
    cancel(&lin).await;
    assert_eq!(other.refused(&EndOtherSessions::default().granted(grant.id)).await, CANCELED);
    assert_eq!(other.refused(&last_word(&second)).await, CANCELED);
    assert_eq!(other.bind(&aimed, &code).await, Err(CANCELED));
    let step = StepUpByPassword { change: second.id, version: second.version, password: PASSWORD.into() };
    assert_eq!(other.refused(&step).await, CANCELED);
    let late = SignInBySms { phone: FREE.into(), code: sign_in_code };
    assert_eq!(stranger.refused(&late).await, Refusal::CodeExpired);
    assert_eq!(scanner.refused(&SignInByWechat { scan: allowed.id }).await, Refusal::ScanSuperseded);
    // A QR that nobody had scanned is nobody's.
    assert_eq!(phone(&house, "wx-spare").allows(&scan).await, "confirmed");
}

#[tokio::test]
async fn qr_02_g7_scan_of_an_erased_account_is_not_shown() {
    let house = wide_house().await;
    let lin = house.signed_in(FREE).await;
    let change = lin.send(&StartChange::of(Action::Wechat)).await.expect("begun");
    let scan = shown(&old_scan(&lin, &change).await.expect("a QR"));
    let ask = GetScan { scan: scan.id };
    assert!(lin.send(&ask).await.is_ok());
    cancel(&house.signed_in(FREE).await).await;
    assert_eq!(lin.refused(&ask).await, CANCELED);
    // To another account in the same browser there is no such scan.
    lin.by_password(MEMBER).await.expect("signed in");
    assert_eq!(lin.refused(&ask).await, Refusal::NotFound);
}
