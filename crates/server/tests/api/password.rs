//! The password: set and replaced after a step-up.

use crate::support::SEND_GAP;
use crate::support::{Browser, House, PASSWORD, step_up_code};
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::me::{Action, GetMe};
use contract::outcome::GetOutcome;
use contract::password::SetPassword;
use contract::refusal::{PasswordFlaw, Refusal, SessionEnd};
use contract::sign_in::{SignIn, SignInByPassword, SignInBySms};
use contract::step_up::{StepUpByPassword, StepUpBySms};

const PHONE: &str = "13800000001";
const GOOD: &str = "correct horse battery staple";

async fn begin(browser: &Browser) -> Change {
    browser.send(&StartChange::of(Action::Password)).await.expect("begun")
}

fn set(change: &Change, new_password: &str) -> SetPassword {
    let (change, version) = (change.id.clone(), change.version);
    SetPassword { change, version, new_password: new_password.into() }
}

async fn sign_in(browser: &Browser, password: &str) -> Result<SignIn, Refusal> {
    browser.send(&SignInByPassword { phone: PHONE.into(), password: password.into() }).await
}

#[tokio::test]
async fn ses_03_new_password_ends_other_sessions_and_renews_token() {
    let house = House::open().await;
    let (lin, other) = (house.signed_in(PHONE).await, house.signed_in(PHONE).await);
    let proven = lin.prove(&begin(&lin).await).await.expect("proven");
    assert_eq!(proven.step, ChangeStep::NewPassword);
    let before = lin.jar.lock().expect("the jar").clone();
    let done = lin.send(&set(&proven, GOOD)).await.expect("set");
    assert_eq!(done.step, ChangeStep::PasswordSet);

    let ended = Refusal::SessionEnded { why: SessionEnd::PasswordChanged };
    assert_eq!(other.refused(&GetMe {}).await, ended);
    lin.send(&GetMe {}).await.expect("this one goes on");
    let after = lin.jar.lock().expect("the jar").clone();
    assert_ne!(after["__Host-session"], before["__Host-session"], "SES-02");
    *lin.jar.lock().expect("the jar") = before;
    assert!(lin.send(&GetMe {}).await.is_err(), "the old token is nobody's");
    *lin.jar.lock().expect("the jar") = after;

    let browser = house.browser();
    assert_eq!(sign_in(&browser, PASSWORD).await, Err(Refusal::PasswordWrong { left: 4 }));
    assert_eq!(sign_in(&browser, GOOD).await, Ok(SignIn::SignedIn));
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'password_set'").await, 1);
    // The answer may have been lost: the key tells it, and the same request is no second effect.
    assert_eq!(lin.send(&GetOutcome { key: proven.id.clone() }).await, Ok(done.clone()));
    assert_eq!(lin.send(&set(&proven, GOOD)).await, Ok(done));
    assert_eq!(lin.refused(&set(&proven, "another good and long one")).await, Refusal::KeyReused);
    // No oracle: after one wrong one, the right one is not told apart any more.
    assert_eq!(lin.refused(&set(&proven, GOOD)).await, Refusal::KeyReused);
    browser.send(&GetMe {}).await.expect("nothing happened twice");
}

#[tokio::test]
async fn phn_07_password_notice_goes_to_phone_and_wechat() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let proven = lin.prove(&begin(&lin).await).await.expect("proven");
    lin.send(&set(&proven, GOOD)).await.expect("set");
    assert_eq!(house.app.deliver_messages().await, Ok(2));
    let mut told = house.inbox().await;
    told.sort_by(|one, other| one.to.cmp(&other.to));
    let to: Vec<&str> = told.iter().map(|sms| sms.to.as_str()).collect();
    assert_eq!(to, ["+8613800000001", "wx-lin"]);
    for sms in told {
        assert_eq!((sms.purpose.as_str(), sms.code), ("password_set", None));
        assert!(sms.text.contains("如非本人操作"), "{}", sms.text);
    }
}

#[tokio::test]
async fn api_07_weak_password_is_refused_and_the_change_stays() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let proven = lin.prove(&begin(&lin).await).await.expect("proven");
    for (password, why) in [
        ("", PasswordFlaw::Short),
        ("fourteen chars", PasswordFlaw::Short),
        ("passwordpassword", PasswordFlaw::Common),
        ("1380000000113800000001", PasswordFlaw::Common),
        ("wo zui ai zhou mo xia yu tian", PasswordFlaw::Common),
        ("My left sock prefers rainy weekends", PasswordFlaw::Common),
        (&"good and long ".repeat(10), PasswordFlaw::Long),
    ] {
        assert_eq!(lin.refused(&set(&proven, password)).await, Refusal::PasswordWeak { why }, "{password}");
    }
    assert_eq!(lin.send(&GetChange { change: proven.id.clone() }).await, Ok(proven.clone()));
    assert_eq!(sign_in(&house.browser(), PASSWORD).await, Ok(SignIn::SignedIn), "nothing was set");
    // Characters count, not bytes, and a letter with a mark is one however it is typed.
    lin.send(&set(&proven, "我家的猫最喜欢在下午三点晒太阳, cafe\u{301}")).await.expect("set");
    let browser = house.browser();
    assert_eq!(sign_in(&browser, "我家的猫最喜欢在下午三点晒太阳, caf\u{e9}").await, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn p5_the_step_up_counts_for_five_minutes_and_in_this_session() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let change = begin(&lin).await;
    assert_eq!(lin.refused(&set(&change, GOOD)).await, Refusal::StepOutOfOrder, "STP-06");
    let proven = lin.prove(&change).await.expect("proven");
    house.advance(301);
    let refused = lin.try_send(&set(&proven, GOOD)).await.expect_err("too late");
    assert!(matches!(refused.refusal, Refusal::StepUpNeeded { .. }), "{refused:?}");
    assert_eq!(
        refused.change.expect("the fresh record").step,
        ChangeStep::Identify { sent: None, scan: None }
    );
    let proven = lin.prove(&proven).await.expect("proven again");
    lin.by_password(PHONE).await.expect("another session");
    assert!(matches!(lin.refused(&set(&proven, GOOD)).await, Refusal::StepUpNeeded { .. }));
    assert_eq!(sign_in(&house.browser(), PASSWORD).await, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn stp_06_change_of_another_action_is_refused() {
    let house = House::open().await;
    let lin = house.signed_in(PHONE).await;
    let phone = lin.proven().await;
    assert_eq!(lin.refused(&set(&phone, GOOD)).await, Refusal::ChangeGone);
    let password = lin.prove(&begin(&lin).await).await.expect("proven");
    assert_eq!(lin.target(&password, Some("13911110001")).await, Err(Refusal::ChangeGone));
    assert_eq!(lin.bind(&password, "123456").await, Err(Refusal::ChangeGone));
}

#[tokio::test]
async fn first_password_is_set_with_an_sms_proof() {
    let house = House::open().await;
    let phone = "13911110001";
    let browser = house.signed_in_by_sms(phone).await;
    let me = browser.send(&GetMe {}).await.expect("signed in");
    assert!(!me.has_password);
    let change = begin(&browser).await;
    let closed: Vec<_> = change.ways.iter().map(|offer| (offer.way, offer.closed.is_some())).collect();
    use contract::account::Way::{Password, Sms, Wechat};
    assert_eq!(closed, [(Sms, false), (Password, true), (Wechat, true)]);
    let password =
        StepUpByPassword { change: change.id.clone(), version: change.version, password: "".into() };
    assert_eq!(browser.refused(&password).await, Refusal::WayNotOpen, "STP-04");
    let change = browser.send(&step_up_code(&change)).await.expect("sent");
    let code = house.code_to(phone).await;
    let step = StepUpBySms { change: change.id, version: change.version, code };
    let proven = browser.send(&step).await.expect("proven");
    browser.send(&set(&proven, GOOD)).await.expect("set");
    assert!(browser.send(&GetMe {}).await.expect("signed in").has_password);
    let request = SignInByPassword { phone: phone.into(), password: GOOD.into() };
    assert_eq!(house.browser().send(&request).await, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn stp_09_new_password_voids_pending_changes_and_codes() {
    let house = House::open().await;
    let (lin, other) = (house.signed_in(PHONE).await, house.signed_in(PHONE).await);
    // In the same session: a proven change of the phone with a living code, and a grant.
    let aimed = lin.target(&lin.proven().await, Some("13911110001")).await.expect("sent");
    let grant = lin.send(&StartChange::of(Action::EndOtherSessions)).await.expect("begun");
    lin.prove(&grant).await.expect("granted");
    // Elsewhere: a code to sign in, and one to step up.
    let stranger = house.browser();
    stranger.send_code(PHONE).await;
    let sign_in_code = house.code_to(PHONE).await;
    house.advance(SEND_GAP);
    let there = other.send(&step_up_code(&other.start().await)).await.expect("sent");
    let step_code = house.code_to(PHONE).await;

    let proven = lin.prove(&begin(&lin).await).await.expect("proven");
    lin.send(&set(&proven, GOOD)).await.expect("set");

    let bind = lin.bind(&aimed, &house.code_to("13911110001").await).await;
    assert_eq!(bind, Err(Refusal::ChangeGone));
    assert_eq!(lin.refused(&GetChange { change: grant.id }).await, Refusal::ChangeGone);
    let by_sms = SignInBySms { phone: PHONE.into(), code: sign_in_code };
    assert_eq!(stranger.refused(&by_sms).await, Refusal::CodeExpired);
    sign_in(&other, GOOD).await.expect("signed in anew");
    let step = StepUpBySms { change: there.id, version: there.version, code: step_code };
    assert_eq!(other.refused(&step).await, Refusal::ChangeGone);
}

#[tokio::test]
async fn l2_sso_accounts_set_no_password_here() {
    let house = House::open().await;
    let shen = house.signed_in("13800000007").await;
    assert_eq!(shen.refused(&StartChange::of(Action::Password)).await, Refusal::SsoManaged);
}
