//! STP-*: proving the old identity.

use crate::support::{House, another};
use contract::change::{ChangeStep, GetChange, StartChange};
use contract::devices::EndOtherSessions;
use contract::me::Action;
use contract::password::SetPassword;
use contract::refusal::{Refusal, SessionEnd};
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms};

#[tokio::test]
async fn otp_12_step_up_code_goes_only_to_the_bound_phone() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.start().await;
    for extra in [r#","phone":"13900000000""#, r#","to":"13900000000""#, r#","account":"x""#] {
        let body = format!(r#"{{"change":"{}","version":1{extra}}}"#, change.id);
        assert_eq!(lin.post("/api/v1/step-up/code", &body).await.problem(), "BAD_REQUEST");
    }
    assert!(house.inbox().await.is_empty());
    let send = SendStepUpCode { change: change.id.clone(), version: 1 };
    let sent = lin.send(&send).await.expect("sent");
    let inbox = house.inbox().await;
    assert_eq!(
        (inbox.len(), inbox[0].to.as_str(), inbox[0].purpose.as_str()),
        (1, "+8613800000001", "verify_phone_change")
    );
    let ChangeStep::Identify { sent: Some(code), .. } = sent.step else { panic!("sent") };
    assert_eq!(code.to, "138****0001");
}

#[tokio::test]
async fn stp_06_steps_out_of_order_are_refused() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let proven = lin.proven().await;
    let (change, version) = (proven.id.clone(), proven.version);
    assert_eq!(lin.prove(&proven).await, Err(Refusal::StepOutOfOrder));
    let send = SendStepUpCode { change: change.clone(), version };
    let refused = lin.try_send(&send).await.expect_err("out of order");
    assert_eq!(refused.refusal, Refusal::StepOutOfOrder);
    assert_eq!(refused.change.as_ref(), Some(&proven), "a safe way back");
    let step = StepUpBySms { change: change.clone(), version, code: "123456".into() };
    assert_eq!(lin.refused(&step).await, Refusal::StepOutOfOrder);
    let shown = lin.send(&GetChange { change }).await.expect("there");
    assert_eq!(shown, proven, "nothing moved");
}

#[tokio::test]
async fn stp_06_a_concluded_change_takes_no_further_steps() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let bound = crate::support::rebind(&house, &lin, "13911110001").await;
    lin.by_password("13911110001").await.expect("signed in again");
    let shown = lin.send(&GetChange { change: bound.id.clone() }).await.expect("the result page, reloaded");
    assert_eq!(shown.step, ChangeStep::PhoneBound { phone: "139****0001".into() });
    assert_eq!(lin.prove(&bound).await, Err(Refusal::StepOutOfOrder));
    assert_eq!(lin.target(&bound, Some("13911110002")).await, Err(Refusal::StepOutOfOrder));
}

#[tokio::test]
async fn g2_step_up_and_sign_in_share_the_wrong_password_budget() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.start().await;
    let wrong = StepUpByPassword { change: change.id.clone(), version: change.version, password: "x".into() };
    for left in [4, 3, 2] {
        assert_eq!(lin.refused(&wrong).await, Refusal::PasswordWrong { left });
    }
    let elsewhere = contract::sign_in::SignInByPassword { phone: "13800000001".into(), password: "x".into() };
    assert_eq!(lin.refused(&elsewhere).await, Refusal::PasswordWrong { left: 1 }, "one budget (OTP-07)");
    let locked = lin.refused(&wrong).await;
    assert!(matches!(locked, Refusal::PasswordLocked { .. }), "{locked:?}");
    assert_eq!(lin.prove(&change).await, Err(locked), "the right one too");
    // Another way is open: its chain is its own.
    let send = SendStepUpCode { change: change.id.clone(), version: change.version };
    lin.send(&send).await.expect("sent");
}

#[tokio::test]
async fn otp_03_a_code_proves_once() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let first = lin.start().await;
    let sent = lin.send(&SendStepUpCode { change: first.id.clone(), version: 1 }).await.expect("sent");
    let code = house.code_to("13800000001").await;
    let wrong = StepUpBySms { change: first.id.clone(), version: sent.version, code: another(&code) };
    assert_eq!(lin.refused(&wrong).await, Refusal::CodeWrong { left: 4 });
    // Another change of the same account cannot use it.
    let second = lin.send(&StartChange::of(Action::Password)).await.expect("begun");
    let step = StepUpBySms { change: second.id.clone(), version: second.version, code: code.clone() };
    assert_eq!(lin.refused(&step).await, Refusal::CodeExpired);
    let step = StepUpBySms { change: first.id.clone(), version: sent.version, code: code.clone() };
    lin.send(&step).await.expect("proven");
    let replay = StepUpBySms { change: second.id, version: second.version, code };
    assert_eq!(lin.refused(&replay).await, Refusal::CodeExpired);
}

/// What falls between the proof and the effect, and what is told then.
const FALLS: [(&str, Refusal); 6] = [
    ("UPDATE account SET sso = 1 WHERE phone = '+8613800000001'", Refusal::SsoManaged),
    (
        "UPDATE account SET tenant = 'nanzhi', role = 'ordinary' WHERE phone = '+8613800000001'",
        Refusal::EditionNotOnSurface,
    ),
    ("UPDATE account SET phone = '+85261111111' WHERE phone = '+8613800000001'", Refusal::PhoneForeign),
    ("UPDATE account SET phone = '+8613911110001' WHERE phone = '+8613800000002'", Refusal::PhoneTaken),
    ("UPDATE session SET ended_at = 1, ended_why = 'ended_elsewhere'", ENDED),
    ("UPDATE account SET epoch = epoch + 1", ENDED),
];
const ENDED: Refusal = Refusal::SessionEnded { why: SessionEnd::EndedElsewhere };

#[tokio::test]
async fn stp_05_preconditions_are_checked_again_at_the_bind() {
    for (fall, told) in FALLS {
        let house = House::open().await;
        let lin = house.signed_in("13800000001").await;
        let aimed = lin.target(&lin.proven().await, Some("13911110001")).await.expect("sent");
        let code = house.code_to("13911110001").await;
        house.execute(fall).await;
        assert_eq!(lin.bind(&aimed, &code).await, Err(told), "{fall}");
        assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'phone_changed'").await, 0);
    }
    // The same for the way that is used: here the password is gone.
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.start().await;
    house.execute("UPDATE account SET password_hash = NULL").await;
    assert_eq!(lin.prove(&change).await, Err(Refusal::WayNotOpen));
}

#[tokio::test]
async fn stp_08_only_bound_ways_prove_and_a_session_never_does() {
    use contract::account::Way;
    for has_password in [true, false] {
        for session_way in [Way::Sms, Way::Password] {
            let house = House::open().await;
            let lin = match session_way {
                Way::Password => house.signed_in("13800000001").await,
                _ => house.signed_in_by_sms("13800000001").await,
            };
            if !has_password {
                house.execute("UPDATE account SET password_hash = NULL").await;
            }
            for action in [Action::Phone, Action::Password, Action::EndOtherSessions] {
                let change = lin.send(&StartChange::of(action)).await.expect("begun");
                assert_eq!(
                    change.step,
                    ChangeStep::Identify { sent: None, scan: None },
                    "{session_way:?} proves nothing"
                );
                let open: Vec<Way> = change
                    .ways
                    .iter()
                    .filter(|offer| offer.closed.is_none())
                    .map(|offer| offer.way)
                    .collect();
                let bound: &[Way] = if has_password {
                    &[Way::Sms, Way::Password, Way::Wechat]
                } else {
                    &[Way::Sms, Way::Wechat]
                };
                assert_eq!(open, bound, "only what is bound proves");
                let before = house.count("SELECT SUM(epoch) FROM account").await;
                let of = |own: Action| {
                    if action == own { Refusal::StepOutOfOrder } else { Refusal::ChangeGone }
                };
                let unproven = lin.target(&change, Some("13911110001")).await;
                assert_eq!(unproven, Err(of(Action::Phone)));
                assert_eq!(lin.bind(&change, "123456").await, Err(of(Action::Phone)));
                let set = SetPassword {
                    change: change.id.clone(),
                    version: change.version,
                    new_password: "correct horse battery staple".into(),
                };
                assert_eq!(lin.refused(&set).await, of(Action::Password));
                let end = EndOtherSessions { grant: Some(change.id.clone()) };
                let not_granted = match action {
                    Action::EndOtherSessions => Refusal::GrantExpired,
                    _ => Refusal::GrantWrongPurpose,
                };
                assert_eq!(lin.refused(&end).await, not_granted);
                assert_eq!(house.count("SELECT SUM(epoch) FROM account").await, before, "nothing happened");
            }
        }
    }
}
