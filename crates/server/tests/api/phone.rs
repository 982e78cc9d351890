//! P1–P9: replacing the phone number.

use crate::support::SEND_GAP;
use crate::support::{Browser, House, another, rebind};
use contract::account::Way;
use contract::change::{Change, ChangeStep, GetChange, StartChange};
use contract::me::{Action, GetMe};
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::refusal::{Refusal, SessionEnd};
use contract::sign_in::{ChooseAccount, SendSignInCode, SignIn, SignInBySms};
use contract::step_up::{SendStepUpCode, StepUpBySms};
use std::time::Duration;

const FRESH: &str = "13911110001";

async fn by_sms(house: &House, browser: &Browser, change: &Change) -> Change {
    let send = SendStepUpCode { change: change.id.clone(), version: change.version };
    let change = browser.send(&send).await.expect("a code to the bound phone");
    let code = house.code_to("13800000001").await;
    let step = StepUpBySms { change: change.id.clone(), version: change.version, code };
    browser.send(&step).await.expect("proven")
}

fn targets_left(change: &Change) -> u32 {
    match &change.step {
        ChangeStep::NewPhone { targets_left } | ChangeStep::NewCode { targets_left, .. } => *targets_left,
        step => panic!("no targets at {step:?}"),
    }
}

#[tokio::test]
async fn p5_p6_account_1_rebind_by_sms_moves_sign_in_to_new_number() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.start().await;
    assert_eq!(change.step, ChangeStep::Identify { sent: None, scan: None });
    let change = by_sms(&house, &lin, &change).await;
    assert_eq!(change.step, ChangeStep::NewPhone { targets_left: 3 });
    let change = lin.target(&change, Some("+86 139 1111 0001")).await.expect("a code to the new number");
    let ChangeStep::NewCode { sent, targets_left: 2 } = &change.step else { panic!("{change:?}") };
    assert_eq!(sent.to, "139****0001");
    assert!(house.inbox().await[0].text.contains(&format!("序号 {}", sent.serial)));
    let bound = lin.bind(&change, &house.code_to(FRESH).await).await.expect("bound");
    assert_eq!(bound.step, ChangeStep::PhoneBound { phone: "139****0001".into() });

    assert_eq!(lin.refused(&GetMe {}).await, Refusal::SessionEnded { why: SessionEnd::PhoneChanged });
    let fresh = house.signed_in(FRESH).await;
    assert_eq!(fresh.send(&GetMe {}).await.expect("signed in").nickname, "林晓");
    let old = house.browser().by_password("13800000001").await;
    assert_eq!(old, Err(Refusal::PasswordWrong { left: 4 }), "the old number opens nothing");
}

#[tokio::test]
async fn p1_account_1_rebinds_by_password() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    rebind(&house, &lin, FRESH).await;
    assert_eq!(
        house.count("SELECT COUNT(*) FROM event WHERE what = 'phone_changed' AND way = 'password'").await,
        1
    );
}

#[tokio::test]
async fn p1_password_way_is_closed_without_a_password() {
    let house = House::open().await;
    house.execute("UPDATE account SET password_hash = NULL WHERE phone = '+8613800000001'").await;
    let lin = house.browser();
    lin.send_code("13800000001").await;
    let code = house.code_to("13800000001").await;
    lin.send(&SignInBySms { phone: "13800000001".into(), code }).await.expect("signed in");
    let change = lin.start().await;
    assert_eq!(change.ways[1].closed, Some(Refusal::WayNotOpen));
    assert_eq!(lin.prove(&change).await, Err(Refusal::WayNotOpen));
}

#[tokio::test]
async fn p2_p3_accounts_4_5_7_and_11_cannot_rebind_by_the_api() {
    let house = House::open().await;
    for (phone, reason) in [
        ("13800000004", Refusal::EditionNotOnSurface),
        ("13800000005", Refusal::EditionNotOnSurface),
        ("13800000007", Refusal::SsoManaged),
        ("+85261234567", Refusal::PhoneForeign),
    ] {
        let browser = house.signed_in(phone).await;
        let me = browser.send(&GetMe {}).await.expect("signed in");
        assert_eq!(me.offer(Action::Phone).expect("offered").closed, Some(reason.clone()), "{phone}");
        assert_eq!(browser.refused(&StartChange::of(Action::Phone)).await, reason, "{phone}");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM change").await, 0);
}

#[tokio::test]
async fn stp_04_sso_switch_stops_the_change_at_every_step() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let started = lin.start().await;
    house.execute("UPDATE account SET sso = 1 WHERE nickname = '林晓'").await;
    assert_eq!(lin.prove(&started).await, Err(Refusal::SsoManaged));
    house.execute("UPDATE account SET sso = 0 WHERE nickname = '林晓'").await;
    let proven = lin.prove(&started).await.expect("proven");
    house.execute("UPDATE account SET sso = 1 WHERE nickname = '林晓'").await;
    assert_eq!(lin.target(&proven, Some(FRESH)).await, Err(Refusal::SsoManaged));
    house.execute("UPDATE account SET sso = 0 WHERE nickname = '林晓'").await;
    let aimed = lin.target(&proven, Some(FRESH)).await.expect("sent");
    let code = house.code_to(FRESH).await;
    house.execute("UPDATE account SET sso = 1 WHERE nickname = '林晓'").await;
    assert_eq!(lin.bind(&aimed, &code).await, Err(Refusal::SsoManaged));
}

#[tokio::test]
async fn p4_bad_new_numbers_are_refused() {
    let house = House::open().await;
    let zhou = house.signed_in("13800000003").await;
    rebind(&house, &zhou, "13911110003").await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.proven().await;
    let until = house.app.now().after(Duration::from_secs(86_400)).timestamp();
    for (typed, refusal) in [
        ("1391111", Refusal::PhoneInvalid),
        ("23911110001", Refusal::PhoneInvalid),
        ("+85261230000", Refusal::PhoneForeign),
        ("+886912345678", Refusal::PhoneForeign),
        ("+86 138 0000 0001", Refusal::PhoneSame),
        ("13800000002", Refusal::PhoneTaken),
        ("13800000003", Refusal::PhoneResting { until }),
    ] {
        assert_eq!(lin.target(&change, Some(typed)).await, Err(refusal), "{typed}");
    }
    // None of it moved the change; a number held in another tenant alone is free (P9).
    let aimed = lin.target(&change, Some("13800000004")).await.expect("free in the personal realm");
    assert_eq!(targets_left(&aimed), 2);
}

#[tokio::test]
async fn p4_new_number_is_checked_again_at_the_bind() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let lin_aimed = lin.target(&lin.proven().await, Some(FRESH)).await.expect("sent");
    let code = house.code_to(FRESH).await;
    // Somebody else has the number meanwhile, then let it go.
    house.execute("UPDATE account SET phone = '+8613911110001' WHERE nickname = '周宁'").await;
    assert_eq!(lin.bind(&lin_aimed, &code).await, Err(Refusal::PhoneTaken));
    house.execute("UPDATE account SET phone = '+8613800000003' WHERE nickname = '周宁'").await;
    house.execute("INSERT INTO resting VALUES ('+8613911110001', 'somebody', 9e15)").await;
    let refused = lin.bind(&lin_aimed, &code).await;
    assert!(matches!(refused, Err(Refusal::PhoneResting { .. })), "{refused:?}");
    assert_eq!(lin.send(&GetMe {}).await.expect("nothing happened").phone, "138****0001");
}

#[tokio::test]
async fn p5_another_target_voids_the_code_and_not_the_step_up() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let first = lin.target(&lin.proven().await, Some("13911110001")).await.expect("sent");
    let first_code = house.code_to("13911110001").await;
    let second = lin.target(&first, Some("13911110002")).await.expect("sent, no new step-up");
    assert_eq!(targets_left(&second), 1);
    assert_eq!(lin.bind(&second, &first_code).await, Err(Refusal::CodeWrong { left: 4 }));
    assert_eq!(lin.bind(&first, &first_code).await, Err(Refusal::ChangeStale));
    let third = lin.target(&second, Some("13911110003")).await.expect("sent");
    assert_eq!(targets_left(&third), 0);
    assert_eq!(lin.target(&third, Some("13911110004")).await, Err(Refusal::TooManyTargets));
    house.advance(SEND_GAP);
    let back = lin.target(&third, Some("13911110001")).await.expect("one of the three");
    assert_eq!(targets_left(&back), 0);
    assert_eq!(lin.bind(&back, &first_code).await, Err(Refusal::CodeWrong { left: 4 }), "void stays void");
    lin.bind(&back, &house.code_to("13911110001").await).await.expect("bound");
}

#[tokio::test]
async fn p5_a_step_up_of_five_minutes_is_too_old_to_send_a_code() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let proven = lin.proven().await;
    house.advance(301);
    let needed = Refusal::StepUpNeeded { ways: vec![Way::Sms, Way::Password, Way::Wechat] };
    assert_eq!(lin.target(&proven, Some(FRESH)).await, Err(needed.clone()));
    let shown = lin.send(&GetChange { change: proven.id.clone() }).await.expect("there");
    assert_eq!(shown.step, ChangeStep::Identify { sent: None, scan: None });
    let again = lin.prove(&shown).await.expect("proven again");
    house.advance(300);
    let aimed = lin.target(&again, Some(FRESH)).await.expect("exactly five minutes are fresh");
    // The commit needs that code, not a second look at the step-up's age; a resend does, and
    // the refusal leads back to the identity.
    house.advance(299);
    let resend = SendNewPhoneCode { change: aimed.id.clone(), version: aimed.version, phone: None };
    let refused = lin.try_send(&resend).await.expect_err("too old");
    assert_eq!(refused.refusal, needed);
    let elsewhere = refused.change.expect("how it stands");
    assert_eq!(
        (elsewhere.step, elsewhere.version),
        (ChangeStep::Identify { sent: None, scan: None }, aimed.version)
    );
    let shown = lin.send(&GetChange { change: proven.id.clone() }).await.expect("there");
    assert!(matches!(shown.step, ChangeStep::NewCode { .. }), "the code is alive: {shown:?}");
    lin.bind(&aimed, &house.code_to(FRESH).await).await.expect("bound");
}

#[tokio::test]
async fn p5_rebind_resumes_after_code_and_proof_expired() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let aimed = lin.target(&lin.proven().await, Some(FRESH)).await.expect("sent");
    house.advance(301);
    let shown = lin.send(&GetChange { change: aimed.id.clone() }).await.expect("there");
    assert_eq!(shown.step, ChangeStep::Identify { sent: None, scan: None });
    let proven = lin.prove(&shown).await.expect("proven");
    let ChangeStep::NewCode { sent, .. } = &proven.step else { panic!("{proven:?}") };
    assert_eq!((sent.expires_in, sent.retry_in), (0, 0));
    let resent = lin.target(&proven, None).await.expect("sent again");
    lin.bind(&resent, &house.code_to(FRESH).await).await.expect("bound");
}

#[tokio::test]
async fn p5_change_resumes_at_identify_after_a_new_sign_in() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let aimed = lin.target(&lin.proven().await, Some(FRESH)).await.expect("sent");
    let code = house.code_to(FRESH).await;
    lin.by_password("13800000001").await.expect("signed in again");
    let shown = lin.send(&GetChange { change: aimed.id.clone() }).await.expect("the same change");
    assert_eq!(shown.step, ChangeStep::Identify { sent: None, scan: None });
    let refused = lin.bind(&shown, &code).await;
    assert_eq!(refused, Err(Refusal::StepUpNeeded { ways: vec![Way::Sms, Way::Password, Way::Wechat] }));
    let proven = lin.prove(&shown).await.expect("proven");
    lin.bind(&proven, &code).await.expect("the code was for this change all the time");
}

#[tokio::test]
async fn p6_ses_03_rebind_ends_all_sessions_even_after_a_restart() {
    let house = House::open().await;
    let mut browsers = Vec::new();
    for _ in 0..20 {
        browsers.push(house.signed_in("13800000001").await);
    }
    rebind(&house, &browsers[7], FRESH).await;
    let ended = Refusal::SessionEnded { why: SessionEnd::PhoneChanged };
    for browser in &browsers {
        assert_eq!(browser.refused(&GetMe {}).await, ended);
        assert_eq!(browser.refused(&StartChange::of(Action::Phone)).await, ended);
    }
    let house = house.restarted().await;
    for browser in &browsers {
        assert_eq!(house.adopt(browser).refused(&GetMe {}).await, ended);
    }
    // Even if the rows had not been marked, the epoch says so.
    house.execute("UPDATE session SET ended_at = NULL, ended_why = NULL").await;
    for browser in &browsers {
        let refused = house.adopt(browser).refused(&GetMe {}).await;
        assert_eq!(refused, Refusal::SessionEnded { why: SessionEnd::EndedElsewhere });
    }
}

#[tokio::test]
async fn p6_stp_09_rebind_voids_pending_changes_and_codes() {
    let house = House::open().await;
    let other = house.signed_in("13800000001").await;
    let change = other.start().await;
    let send = SendStepUpCode { change: change.id.clone(), version: change.version };
    let waiting = other.send(&send).await.expect("sent");
    let old_code = house.code_to("13800000001").await;
    let lin = house.signed_in("13800000001").await;
    rebind(&house, &lin, FRESH).await;
    other.by_password(FRESH).await.expect("signed in again");
    let step = StepUpBySms { change: waiting.id.clone(), version: waiting.version, code: old_code };
    assert_eq!(other.refused(&step).await, Refusal::ChangeGone);
    assert_eq!(other.refused(&GetChange { change: waiting.id }).await, Refusal::ChangeGone);
    let alive = "SELECT COUNT(*) FROM code WHERE account IS NOT NULL AND void = 0 AND used_at IS NULL";
    assert_eq!(house.count(alive).await, 0);
}

#[tokio::test]
async fn p6_stp_09_rebind_voids_a_waiting_account_choice() {
    let house = House::open().await;
    let waiting = house.browser();
    let Ok(SignIn::Choose(choice)) = waiting.by_password("13800000009").await else { panic!("a choice") };
    let personal = choose(&house, 0).await;
    rebind(&house, &personal, FRESH).await;
    let pick = |at: usize| ChooseAccount {
        sign_in_id: choice.sign_in_id.clone(),
        account: choice.accounts[at].id.clone(),
    };
    assert_eq!(waiting.refused(&pick(0)).await, Refusal::SignInFailed);
    assert_eq!(waiting.send(&pick(1)).await, Ok(SignIn::SignedIn), "the other account is untouched (P9)");
}

/// Account 9 signed in to its personal (0) or its company account (1).
async fn choose(house: &House, at: usize) -> Browser {
    let browser = house.browser();
    let Ok(SignIn::Choose(choice)) = browser.by_password("13800000009").await else { panic!("a choice") };
    let account = choice.accounts[at].id.clone();
    browser.send(&ChooseAccount { sign_in_id: choice.sign_in_id, account }).await.expect("chosen");
    browser
}

#[tokio::test]
async fn p7_the_old_number_rests_for_24_hours_to_the_second() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    rebind(&house, &lin, FRESH).await;
    let until = house.app.now().after(Duration::from_secs(86_400)).timestamp();
    let resting = Err(Refusal::PhoneResting { until });
    let zhou = house.signed_in("13800000003").await;
    assert_eq!(zhou.target(&zhou.proven().await, Some("13800000001")).await, resting);
    house.advance(86_399);
    let change = zhou.proven().await;
    assert_eq!(zhou.target(&change, Some("13800000001")).await, resting, "a second before");
    house.advance(1);
    let aimed = zhou.target(&change, Some("13800000001")).await.expect("free at the moment");
    house.advance(1);
    zhou.bind(&aimed, &house.code_to("13800000001").await).await.expect("bound");
}

#[tokio::test]
async fn p7_former_holder_can_rebind_a_resting_number() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    rebind(&house, &lin, FRESH).await;
    let lin = house.signed_in(FRESH).await;
    rebind(&house, &lin, "13800000001").await;
    house.signed_in("13800000001").await;
    // And now the other one rests, for everybody else.
    let zhou = house.signed_in("13800000003").await;
    let refused = zhou.target(&zhou.proven().await, Some(FRESH)).await;
    assert!(matches!(refused, Err(Refusal::PhoneResting { .. })), "{refused:?}");
}

#[tokio::test]
async fn p9_account_9_rebind_leaves_the_company_account_unchanged() {
    let house = House::open().await;
    let company = choose(&house, 1).await;
    let before = company.send(&GetMe {}).await.expect("signed in");
    let personal = choose(&house, 0).await;
    rebind(&house, &personal, FRESH).await;

    let after = company.send(&GetMe {}).await.expect("still signed in");
    assert_eq!(before, after);
    let old = house.signed_in("13800000009").await;
    assert_eq!(old.send(&GetMe {}).await.expect("signed in").tenant.expect("the company").name, "云桥科技");
    let new = house.signed_in(FRESH).await;
    assert_eq!(new.send(&GetMe {}).await.expect("signed in").tenant, None);
    // By SMS as well: the number rests for new accounts, not for the one that holds it.
    let browser = house.browser();
    browser.send(&SendSignInCode { phone: "13800000009".into() }).await.expect("sent");
    let code = house.code_to("13800000009").await;
    assert_eq!(browser.send(&SignInBySms { phone: "13800000009".into(), code }).await, Ok(SignIn::SignedIn));
}

#[tokio::test]
async fn phn_05_of_two_accounts_that_want_one_number_one_gets_it() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let zhou = house.signed_in("13800000003").await;
    let lin_aimed = lin.target(&lin.proven().await, Some(FRESH)).await.expect("sent");
    let lin_code = house.code_to(FRESH).await;
    house.advance(SEND_GAP);
    let zhou_aimed = zhou.target(&zhou.proven().await, Some(FRESH)).await.expect("sent");
    let zhou_code = house.code_to(FRESH).await;
    // Each code is for its own change.
    if lin_code != zhou_code {
        assert_eq!(zhou.bind(&zhou_aimed, &lin_code).await, Err(Refusal::CodeWrong { left: 4 }));
    }
    let (first, second) = tokio::join!(lin.bind(&lin_aimed, &lin_code), zhou.bind(&zhou_aimed, &zhou_code));
    let won = [&first, &second].iter().filter(|result| result.is_ok()).count();
    assert_eq!(won, 1, "{first:?} {second:?}");
    let lost = first.err().or(second.err());
    assert_eq!(lost, Some(Refusal::PhoneTaken));
    assert_eq!(house.count("SELECT COUNT(*) FROM account WHERE phone = '+8613911110001'").await, 1);
}

#[tokio::test]
async fn phn_06_new_number_gets_no_code_before_the_proof() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.start().await;
    assert_eq!(lin.target(&change, Some(FRESH)).await, Err(Refusal::StepOutOfOrder));
    assert_eq!(lin.bind(&change, "123456").await, Err(Refusal::StepOutOfOrder));
    let proven = lin.prove(&change).await.expect("proven");
    assert_eq!(lin.target(&proven, None).await, Err(Refusal::StepOutOfOrder), "no number yet");
    assert_eq!(lin.bind(&proven, "123456").await, Err(Refusal::StepOutOfOrder), "no code yet");
    assert!(house.inbox().await.is_empty());
}

#[tokio::test]
async fn phn_10_answers_never_contain_full_numbers() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.proven().await;
    let aimed = lin.target(&change, Some(FRESH)).await.expect("sent");
    let code = house.code_to(FRESH).await;
    let bind = BindPhone { change: aimed.id.clone(), version: aimed.version, code: another(&code) };
    let mut seen = lin.answer(&bind).await.text();
    seen += &lin.answer(&GetMe {}).await.text();
    seen += &lin.answer(&GetChange { change: aimed.id.clone() }).await.text();
    let bind = BindPhone { change: aimed.id.clone(), version: aimed.version, code: code.clone() };
    seen += &lin.answer(&bind).await.text();
    for secret in ["13800000001", FRESH, &code] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
    assert!(seen.contains("138****0001") && seen.contains("139****0001"));
}
