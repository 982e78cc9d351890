//! Regression tests for published vulnerabilities in identities of providers, proofs by them, and
//! administration of organizations; one test each, named after the case. The others are in `advisory`.

use crate::advisory::{ended, pick, stolen};
use crate::console::{begin as begin_to_delete, give_role, granted, role_of, settings, user, users};
use crate::support::{Answer, Browser, House, PORT, another, step_up_code};
use crate::wechat::{
    bind, bound_wechat, confirming, enter, new_scan, old_scan, phone, prove_by_scan, proven_by_wechat, seen,
    shown, sign_in_scan,
};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use contract::account::Role;
use contract::cancel::CancelAccount;
use contract::change::{Change, ChangeStep, StartChange};
use contract::console::{DeleteUser, GetSettings, GetUsers, SetRole, SetSettings, Settings, User};
use contract::devices::EndOtherSessions;
use contract::endpoint::{Endpoint, Gated};
use contract::me::{Action, GetMe};
use contract::password::SetPassword;
use contract::refusal::{Refusal, SessionEnd};
use contract::scan::{GetScan, StartNewWechatScan, StartSignInScan, StartStepUpScan};
use contract::sign_in::{Choice, ChooseAccount, SignIn, SignInBySms, SignInByWechat, SignOut};
use contract::step_up::{StepUpBySms, StepUpByWechat};
use contract::wechat::BindWechat;
use serde_json::{Value, json};

const LIN: &str = "13800000001";
const CHEN: &str = "13800000002";
const SUN: &str = "13800000009";
const SUPER: &str = "13800000006";
const NANZHI_SUPER: &str = "13800000010";
const NANZHI_ADMIN: &str = "19900000201";
const NEW: &str = "13911110001";
const SESSIONS: &str = "SELECT COUNT(*) FROM session";

async fn begin(browser: &Browser, action: Action) -> Change {
    browser.send(&StartChange::of(action)).await.expect("begun")
}

async fn nickname(browser: &Browser) -> String {
    browser.send(&GetMe {}).await.expect("signed in").nickname
}

fn redeem(scan: &str) -> SignInByWechat {
    SignInByWechat { scan: scan.to_owned() }
}

/// Redeems what a WeChat allowed in a browser that does not know the account: it is shown first.
async fn choice_of(browser: &Browser, scan: &str) -> Choice {
    match browser.send(&redeem(scan)).await {
        Ok(SignIn::Choose(choice)) => choice,
        answer => panic!("a choice: {answer:?}"),
    }
}

/// The first account that is shown.
fn first_of(choice: &Choice) -> ChooseAccount {
    ChooseAccount { sign_in_id: choice.sign_in_id.clone(), account: choice.accounts[0].id.clone() }
}

/// Keycloak CVE-2026-9087: a proof was kept by user and provider alone, and linked another identity
/// at that provider than the one it was given by (STP-10, QR-18).
#[tokio::test]
async fn cve_2026_9087_wechat_proof_is_void_for_another_bound_wechat() {
    let house = House::open().await;
    let lin = house.signed_in(LIN).await;
    // The owner's second WeChat does not prove what the bound one would.
    let asked = old_scan(&lin, &begin(&lin, Action::Phone).await).await.expect("a QR");
    assert_eq!(phone(&house, "wx-spare").allows(&shown(&asked)).await, "mismatch");
    assert_eq!(prove_by_scan(&lin, &asked).await, Err(Refusal::WechatMismatch));

    // Everything that the bound one can prove, proven; one thing that it allowed only, and somebody
    // who is about to come in by it.
    let grant = proven_by_wechat(&house, &lin, Action::EndOtherSessions, "wx-lin").await;
    let rebind = proven_by_wechat(&house, &lin, Action::Phone, "wx-lin").await;
    let password = proven_by_wechat(&house, &lin, Action::Password, "wx-lin").await;
    let wechat = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
    let allowed = old_scan(&lin, &lin.start_cancel().await).await.expect("a QR");
    assert_eq!(phone(&house, "wx-lin").allows(&shown(&allowed)).await, "confirmed");
    let guest = house.browser();
    let scan = sign_in_scan(&guest).await;
    assert_eq!(phone(&house, "wx-lin").allows(&scan).await, "confirmed");
    let chosen = first_of(&choice_of(&guest, &scan.id).await);

    // Where the second one is bound, each of them is a proof of something else: same account, same
    // provider, another identity.
    house.execute("UPDATE account SET wechat = 'wx-spare' WHERE wechat = 'wx-lin'").await;
    let before = house.rows().await;
    assert_eq!(
        lin.refused(&EndOtherSessions::default().granted(grant.id.clone())).await,
        Refusal::GrantExpired
    );
    assert_eq!(lin.target(&rebind, Some(NEW)).await, Err(Refusal::StepOutOfOrder));
    let new_password = "correct horse battery staple".to_owned();
    let set = SetPassword { change: password.id.clone(), version: password.version, new_password };
    assert_eq!(lin.refused(&set).await, Refusal::StepOutOfOrder);
    assert_eq!(new_scan(&lin, &wechat).await, Err(Refusal::StepOutOfOrder));
    assert_eq!(prove_by_scan(&lin, &allowed).await, Err(Refusal::WechatMismatch));
    let last_word = CancelAccount { change: allowed.id.clone(), version: allowed.version };
    assert_eq!(lin.refused(&last_word).await, Refusal::StepOutOfOrder);
    assert_eq!(guest.refused(&chosen).await, Refusal::SignInFailed);
    for change in [&grant, &rebind, &password, &wechat] {
        let step = seen(&lin, change).await.step;
        assert_eq!(step, ChangeStep::Identify { sent: None, scan: None }, "{:?}", change.action);
    }
    assert_eq!(house.rows().await, before);

    // Of the very one they are good.
    house.execute("UPDATE account SET wechat = 'wx-lin' WHERE wechat = 'wx-spare'").await;
    for change in [&grant, &rebind, &password, &wechat] {
        assert_eq!(seen(&lin, change).await.step, change.step, "{:?}", change.action);
    }
    assert_eq!(guest.send(&chosen).await, Ok(SignIn::SignedIn));
    assert_eq!(prove_by_scan(&lin, &allowed).await.expect("proven").step, ChangeStep::ConfirmCancel);
    lin.target(&rebind, Some(NEW)).await.expect("sent");

    // The same with the new one: the word that was said to one binds no other that came after it.
    let first = confirming(&house, &lin, &wechat, "wx-new").await;
    let second = confirming(&house, &lin, &first, "wx-spare").await;
    assert_eq!(bind(&lin, &first).await.expect_err("another was shown").refusal, Refusal::ChangeStale);
    assert_eq!(bound_wechat(&house, LIN).await.as_deref(), Some("wx-lin"));
    bind(&lin, &second).await.expect("bound");
    assert_eq!(bound_wechat(&house, LIN).await.as_deref(), Some("wx-spare"));
}

/// ZITADEL CVE-2025-46815: what the provider had said once was not used up, and signed in again
/// whoever sent it again (QR-07, QR-05).
#[tokio::test]
async fn cve_2025_46815_wechat_approval_is_redeemed_once() {
    let house = House::open().await;
    let lin = house.browser();
    let scan = sign_in_scan(&lin).await;
    let lins_phone = phone(&house, "wx-lin");
    let scanned = lins_phone.scan(&scan).await;
    assert_eq!(lins_phone.answer(&scanned, true).await.json()["state"], "confirmed");
    // Malware has the cookies with which it is redeemed.
    let thief = stolen(&house, &lin);
    let again = redeem(&scan.id);
    let chosen = first_of(&choice_of(&lin, &scan.id).await);
    assert_eq!(thief.refused(&again).await, Refusal::ScanExpired, "before anybody came in");
    assert_eq!(lin.send(&chosen).await, Ok(SignIn::SignedIn));
    assert_eq!(nickname(&lin).await, "林晓");
    for browser in [&lin, &thief] {
        assert_eq!(browser.refused(&again).await, Refusal::ScanExpired);
        assert_eq!(browser.refused(&chosen).await, Refusal::SignInFailed);
    }
    // Nor after WeChat has told it again, which it may.
    assert_eq!(lins_phone.answer(&scanned, true).await.json()["state"], "consumed");
    assert_eq!(lins_phone.scan(&scan).await.problem(), "SCAN_EXPIRED");
    assert_eq!(lin.refused(&again).await, Refusal::ScanExpired);
    assert_eq!(house.count(SESSIONS).await, 1);

    // Where the account is known it is entered at once; by each word once.
    lin.send(&SignOut {}).await.expect("signed out");
    let second = sign_in_scan(&lin).await;
    assert_eq!(phone(&house, "wx-lin").allows(&second).await, "confirmed");
    assert_eq!(lin.send(&redeem(&second.id)).await, Ok(SignIn::SignedIn));
    assert_eq!(lin.refused(&redeem(&second.id)).await, Refusal::ScanExpired);
    lin.send(&SignOut {}).await.expect("signed out");
    let house = house.restarted().await;
    let (lin, thief) = (house.adopt(&lin), house.adopt(&thief));
    for browser in [&lin, &thief] {
        for scan in [&scan, &second] {
            assert_eq!(browser.refused(&redeem(&scan.id)).await, Refusal::ScanExpired);
        }
        assert_eq!(browser.refused(&chosen).await, Refusal::SignInFailed);
        assert_eq!(browser.refused(&GetMe {}).await, ended(SessionEnd::NotSignedIn));
    }
    assert_eq!(house.count(SESSIONS).await, 2);

    // A proof: not in its change again, not after signing in again, not in another one.
    let lin = house.signed_in(LIN).await;
    let change = old_scan(&lin, &begin(&lin, Action::Wechat).await).await.expect("a QR");
    let proof = shown(&change).id;
    let replayed = |change: &Change| StepUpByWechat {
        change: change.id.clone(),
        version: change.version,
        scan: proof.clone(),
    };
    assert_eq!(phone(&house, "wx-lin").allows(&shown(&change)).await, "confirmed");
    let proven = prove_by_scan(&lin, &change).await.expect("proven");
    assert_eq!(lin.refused(&replayed(&proven)).await, Refusal::StepOutOfOrder);
    assert_eq!(lin.refused(&replayed(&begin(&lin, Action::Password).await)).await, Refusal::NotFound);
    lin.by_password(LIN).await.expect("signed in again");
    let asked_again = seen(&lin, &proven).await;
    assert_eq!(asked_again.step, ChangeStep::Identify { sent: None, scan: None });
    assert_eq!(lin.refused(&replayed(&asked_again)).await, Refusal::NotFound);

    // A binding: there and back again, and the first one sent once more changes nothing.
    let to_new = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
    let to_new = confirming(&house, &lin, &to_new, "wx-new").await;
    let bound = bind(&lin, &to_new).await.expect("bound");
    let back = proven_by_wechat(&house, &lin, Action::Wechat, "wx-new").await;
    let back = confirming(&house, &lin, &back, "wx-lin").await;
    bind(&lin, &back).await.expect("bound");
    assert_eq!(bind(&lin, &to_new).await, Ok(bound), "the answer that was recorded");
    assert_eq!(bound_wechat(&house, LIN).await.as_deref(), Some("wx-lin"));
    house.execute("DELETE FROM outcome").await;
    assert_eq!(bind(&lin, &to_new).await.expect_err("used up").refusal, Refusal::ChangeGone);
    assert_eq!(bound_wechat(&house, LIN).await.as_deref(), Some("wx-lin"));
    assert_eq!(house.count("SELECT COUNT(*) FROM event WHERE what = 'wechat_changed'").await, 2);
}

/// Vaultwarden CVE-2026-47164 and Casdoor CVE-2026-9092: a provider's identity was taken for the
/// account whose mail address it claimed, and linked to it (QR-08).
#[tokio::test]
async fn qr_08_cve_2026_47164_cve_2026_9092_names_link_no_accounts() {
    let house = House::open().await;
    // Everything that a stranger's WeChat says of itself is what the victim is called here.
    house.execute("UPDATE account SET nickname = '新号上路' WHERE phone = '+8613800000001'").await;
    house.execute("UPDATE wechat SET nickname = '新号上路' WHERE id = 'wx-lin'").await;
    let accounts = house.rows().await["account"].clone();
    let stranger = house.browser();
    let scan = sign_in_scan(&stranger).await;
    let phone_of_stranger = phone(&house, "wx-new");
    let scanned = phone_of_stranger.scan(&scan).await;
    assert_eq!(scanned.json()["account"], Value::Null, "nobody's account is shown there");
    phone_of_stranger.answer(&scanned, true).await;
    assert_eq!(stranger.refused(&redeem(&scan.id)).await, Refusal::WayNotOpen);
    // Nor does the browser say whose it is.
    for (name, claim) in [("phone", json!(LIN)), ("phone_verified", json!(true)), ("nickname", json!("林晓"))]
    {
        for (path, mut body) in
            [(StartSignInScan::PATH, json!({})), (SignInByWechat::PATH, json!({ "scan": scan.id }))]
        {
            body[name] = claim.clone();
            assert_eq!(
                stranger.post(path, &body.to_string()).await.problem(),
                "BAD_REQUEST",
                "{path} {name}"
            );
        }
    }
    assert_eq!(house.count(SESSIONS).await, 0);

    // It proves nothing of an account that has a WeChat of that name.
    let lin = house.signed_in(LIN).await;
    let asked = old_scan(&lin, &begin(&lin, Action::Phone).await).await.expect("a QR");
    assert_eq!(phone(&house, "wx-new").allows(&shown(&asked)).await, "mismatch");
    assert_eq!(prove_by_scan(&lin, &asked).await, Err(Refusal::WechatMismatch));
    // Nor is it linked because its owner signs in by SMS in the browser where it was allowed.
    let scan = sign_in_scan(&stranger).await;
    assert_eq!(phone(&house, "wx-new").allows(&scan).await, "confirmed");
    stranger.send_code(LIN).await;
    let right = SignInBySms { phone: LIN.into(), code: house.code_to(LIN).await };
    assert_eq!(stranger.send(&right).await, Ok(SignIn::SignedIn));
    assert_eq!(stranger.refused(&redeem(&scan.id)).await, Refusal::ScanSuperseded);
    assert_eq!(house.rows().await["account"], accounts);

    // Whoever binds it to an own account opens that one with it, and the victim's own opens the
    // victim's.
    let chen = house.signed_in(CHEN).await;
    let change = chen.prove(&begin(&chen, Action::Wechat).await).await.expect("proven");
    bind(&chen, &confirming(&house, &chen, &change, "wx-new").await).await.expect("bound");
    for (who, number) in [("wx-new", "138****0002"), ("wx-lin", "138****0001")] {
        let browser = house.browser();
        let scan = sign_in_scan(&browser).await;
        assert_eq!(phone(&house, who).allows(&scan).await, "confirmed");
        let choice = choice_of(&browser, &scan.id).await;
        let numbers: Vec<_> = choice.accounts.iter().map(|account| account.phone.as_str()).collect();
        assert_eq!(numbers, [number], "{who}");
    }

    // Two accounts of one number: the WeChat of one of them opens that one alone.
    let sun = house.browser();
    let scan = sign_in_scan(&sun).await;
    assert_eq!(phone(&house, "wx-sun").allows(&scan).await, "confirmed");
    let choice = choice_of(&sun, &scan.id).await;
    assert_eq!(choice.accounts.len(), 1, "{choice:?}");
    let company = pick(&house, 1).await.send(&GetMe {}).await.expect("signed in").account;
    let other = ChooseAccount { account: company, ..first_of(&choice) };
    assert_eq!(sun.refused(&other).await, Refusal::SignInFailed);
    assert_eq!(sun.send(&first_of(&choice)).await, Ok(SignIn::SignedIn));
    assert_eq!(sun.send(&GetMe {}).await.expect("signed in").tenant, None);
    let linked = "SELECT COUNT(*) FROM account WHERE wechat = 'wx-sun'";
    assert_eq!(house.count(linked).await, 1);
}

/// A request as a page makes it in somebody's browser: with the cookies, and without what a page of
/// another site cannot add.
async fn forged(
    browser: &Browser,
    method: Method,
    path: &str,
    body: &Value,
    names: &[(&str, &str)],
) -> Answer {
    let mut request = Browser::request(method, path, body.to_string());
    request.headers_mut().remove("sec-fetch-site");
    if let Some(change) = body["change"].as_str() {
        request.headers_mut().insert("idempotency-key", change.parse().expect("a key"));
    }
    for (name, value) in names {
        let name: header::HeaderName = name.parse().expect("a name");
        if value.is_empty() {
            request.headers_mut().remove(name);
        } else {
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
    }
    browser.raw(request).await
}

/// Vaultwarden CVE-2026-47158: any page could start the sign-in at the provider in a visitor's
/// browser, and have it end in the account of whoever made the page (QR-07, SES-08).
#[tokio::test]
async fn cve_2026_47158_cross_site_wechat_sign_in_is_refused() {
    let house = House::open().await;
    // What the attacker has: an own scan that an own WeChat allowed, and a choice.
    let attacker = house.browser();
    let trap = sign_in_scan(&attacker).await;
    assert_eq!(phone(&house, "wx-zhou").allows(&trap).await, "confirmed");
    let accomplice = house.browser();
    let scan = sign_in_scan(&accomplice).await;
    assert_eq!(phone(&house, "wx-zhou").allows(&scan).await, "confirmed");
    let pushed = first_of(&choice_of(&accomplice, &scan.id).await);
    // Whom it is set for: somebody signed in and one click away from another WeChat, and somebody
    // whose own WeChat has just allowed it.
    let lin = house.signed_in(LIN).await;
    let proven = proven_by_wechat(&house, &lin, Action::Wechat, "wx-lin").await;
    let confirm = confirming(&house, &lin, &proven, "wx-new").await;
    let unproven = begin(&lin, Action::Phone).await;
    let guest = house.browser();
    let own = sign_in_scan(&guest).await;
    assert_eq!(phone(&house, "wx-lin").allows(&own).await, "confirmed");

    let about = |change: &Change| json!({ "change": change.id, "version": change.version });
    let starts_and_ends = [
        (&guest, StartSignInScan::PATH, json!({})),
        (&guest, SignInByWechat::PATH, json!({ "scan": own.id })),
        (&guest, SignInByWechat::PATH, json!({ "scan": trap.id })),
        (&guest, ChooseAccount::PATH, json!(pushed)),
        (&lin, StartSignInScan::PATH, json!({})),
        (&lin, SignInByWechat::PATH, json!({ "scan": trap.id })),
        (&lin, StartStepUpScan::PATH, about(&unproven)),
        (&lin, StartNewWechatScan::PATH, about(&confirm)),
        (&lin, BindWechat::PATH, about(&confirm)),
        (&lin, SignOut::PATH, json!({})),
    ];
    let before = house.rows().await;
    for (browser, path, body) in &starts_and_ends {
        for names in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("origin", "http://127.0.0.1:8081")],
        ] {
            let answer = forged(browser, Method::POST, path, body, names).await;
            assert_eq!(answer.problem(), "FORBIDDEN", "{path} {names:?}");
        }
        // What a form sends, from a browser that says nothing of where.
        let nameless = forged(browser, Method::POST, path, body, &[("x-client", "")]).await;
        assert_eq!(nameless.problem(), "BAD_REQUEST", "{path}");
        for form in ["text/plain", "application/x-www-form-urlencoded"] {
            let answer = forged(browser, Method::POST, path, body, &[("content-type", form)]).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {form}");
        }
        // A link or a picture.
        let answer = forged(browser, Method::GET, path, body, &[]).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert_eq!(house.rows().await, before);

    // Even from a page of ours, what was begun in another browser ends in that one alone.
    for browser in [&guest, &lin] {
        assert_eq!(browser.refused(&GetScan { scan: trap.id.clone() }).await, Refusal::NotFound);
        assert_eq!(browser.refused(&redeem(&trap.id)).await, Refusal::NotFound);
        assert_eq!(browser.refused(&pushed).await, Refusal::SignInFailed);
    }
    assert_eq!(nickname(&lin).await, "林晓", "as before");
    assert_eq!(guest.refused(&GetMe {}).await, ended(SessionEnd::NotSignedIn));
    // A QR of the victim's that the attacker allows is not entered unseen.
    let third = house.browser();
    let photographed = sign_in_scan(&third).await;
    assert_eq!(phone(&house, "wx-zhou").allows(&photographed).await, "confirmed");
    let choice = choice_of(&third, &photographed.id).await;
    assert_eq!(choice.accounts[0].phone, "138****0003", "whose it would be");
    assert_eq!(third.refused(&GetMe {}).await, ended(SessionEnd::NotSignedIn));

    // Each in its own browser, from our page, is as good as ever; also where the browser names the
    // origin alone.
    let ours = format!("http://127.0.0.1:{PORT}");
    let own = json!({ "scan": own.id });
    let answer = forged(&guest, Method::POST, SignInByWechat::PATH, &own, &[("origin", &ours)]).await;
    let Ok(SignIn::Choose(choice)) = serde_json::from_slice(&answer.body) else {
        panic!("{}", answer.text())
    };
    assert_eq!(guest.send(&first_of(&choice)).await, Ok(SignIn::SignedIn));
    assert_eq!(nickname(&guest).await, "林晓");
    enter(&attacker, &trap).await;
    assert_eq!(accomplice.send(&pushed).await, Ok(SignIn::SignedIn));
    for browser in [&attacker, &accomplice] {
        assert_eq!(nickname(browser).await, "周宁");
    }
    bind(&lin, &confirm).await.expect("bound");
}

/// Everything by which a company is taken over or emptied, about one of its users and with a grant;
/// none of it does anything. Answers what it was told instead.
async fn purge(
    house: &House,
    browser: &Browser,
    user: &User,
    settings: Settings,
    grant: &str,
) -> Vec<Refusal> {
    let before = house.rows().await;
    let about = Some(user.id.clone());
    let told = vec![
        browser.refused(&GetUsers::default()).await,
        browser.refused(&SetSettings { avatars_open: !settings.avatars_open, ..to_set(settings) }).await,
        browser.refused(&role_of(user, Role::SuperAdmin)).await,
        browser.refused(&StartChange { action: Action::DeleteUser, about }).await,
        browser.refused(&DeleteUser::of(user.id.clone())).await,
        browser.refused(&DeleteUser::of(user.id.clone()).granted(grant.to_owned())).await,
    ];
    assert_eq!(house.rows().await, before);
    told
}

fn to_set(settings: Settings) -> SetSettings {
    SetSettings { avatars_open: settings.avatars_open, version: settings.version }
}

/// Vaultwarden CVE-2026-43913: who was to own an organization, and had not been confirmed yet, could
/// delete it with everything in it (ADM-2, STP-01).
#[tokio::test]
async fn cve_2026_43913_only_current_super_admin_with_proof_deletes() {
    let house = House::open().await;
    let qin = house.signed_in(SUPER).await;
    let (xu, song) = (user(&qin, "许安").await, user(&qin, "宋瑶").await);
    let open = settings(&qin).await;
    // The super admin is one click away from deleting somebody.
    let armed = granted(&qin, &xu.id).await;
    let grant = armed.grant.clone().expect("a grant");
    // Somebody of two accounts: one is in the company, and not to own it until further notice.
    let (own, company) = (pick(&house, 0).await, pick(&house, 1).await);
    let forbidden = vec![Refusal::Forbidden; 6];
    assert_eq!(purge(&house, &company, &xu, open, &grant).await, forbidden, "as a user");
    let sun = qin.send(&role_of(&user(&qin, "孙悦").await, Role::Admin)).await.expect("changed");
    assert_eq!(purge(&house, &company, &xu, open, &grant).await, forbidden, "as an admin");
    let sun = give_role(&qin, &sun, Role::SuperAdmin).await.expect("changed");

    // From here on the account runs the company. Who has proven the number and not said as whom
    // does not, nor does the other account of the same person.
    let waiting = house.browser();
    let Ok(SignIn::Choose(choice)) = waiting.by_password(SUN).await else { panic!("a choice") };
    let nobody = vec![ended(SessionEnd::NotSignedIn); 6];
    assert_eq!(purge(&house, &waiting, &xu, open, &grant).await, nobody, "not chosen yet");
    assert_eq!(purge(&house, &own, &xu, open, &grant).await, forbidden, "another account");
    // An owner of no company owns nobody of those who have none either.
    house
        .execute(
            "UPDATE account SET role = 'super_admin' WHERE phone = '+8613800000009' AND tenant = 'personal'",
        )
        .await;
    let lin = User {
        id: house.text("SELECT id FROM account WHERE phone = ?", "+8613800000001").await,
        ..xu.clone()
    };
    for victim in [&xu, &lin] {
        assert_eq!(purge(&house, &own, victim, open, &grant).await, forbidden, "no company");
    }

    // The account itself sees the console at once, and takes nobody out of it without a proof: not
    // before it was begun, not half-way, not by the proof of another super admin.
    assert_eq!(users(&company, "").await.total, 17);
    let before = house.rows().await;
    let unproven = company.refused(&DeleteUser::of(xu.id.clone())).await;
    assert!(matches!(unproven, Refusal::StepUpNeeded { .. }), "{unproven:?}");
    assert_eq!(company.refused(&armed).await, Refusal::GrantExpired, "somebody else's");
    assert_eq!(house.rows().await, before);
    let change = begin_to_delete(&company, &xu.id).await.expect("begun");
    let with_it = DeleteUser::of(xu.id.clone()).granted(change.id.clone());
    assert_eq!(company.refused(&with_it).await, Refusal::GrantExpired, "begun");
    let sent = company.send(&step_up_code(&change)).await.expect("sent");
    let code = house.code_to(SUN).await;
    let typed =
        |code: &str| StepUpBySms { change: sent.id.clone(), version: sent.version, code: code.into() };
    assert_eq!(company.refused(&typed(&another(&code))).await, Refusal::CodeWrong { left: 4 });
    assert_eq!(company.refused(&with_it).await, Refusal::GrantExpired, "half-way");
    company.send(&typed(&code)).await.expect("proven");
    // Proven for one is proven for one.
    let other = DeleteUser { user: song.id.clone(), ..with_it.clone() };
    assert_eq!(company.refused(&other).await, Refusal::GrantWrongPurpose);
    assert_eq!(users(&company, "").await.total, 17);
    // And for as long as the role is there.
    let sun = give_role(&qin, &sun, Role::Ordinary).await.expect("changed");
    assert_eq!(company.refused(&with_it).await, Refusal::Forbidden);
    assert_eq!(users(&qin, "").await.total, 17);

    // Confirmed in every respect, it is done, once and to that one.
    give_role(&qin, &sun, Role::SuperAdmin).await.expect("changed");
    let proven = granted(&company, &xu.id).await;
    assert_eq!(company.send(&proven).await.expect("deleted").step, ChangeStep::UserDeleted);
    assert_eq!((users(&qin, "").await.total, users(&qin, "许安").await.total), (16, 0));
    waiting.send(&first_of(&choice)).await.expect("it could be chosen all the while");
}

/// Casdoor CVE-2025-61524: the admin of one organization reached the others by writing their names
/// into the address (ADM-1).
#[tokio::test]
async fn cve_2025_61524_admin_urls_never_reach_other_organizations() {
    let house = House::open().await;
    let (qin, tang) = (house.signed_in(SUPER).await, house.signed_in(NANZHI_SUPER).await);
    let admin = house.signed_in(NANZHI_ADMIN).await;
    // Theirs stand otherwise than one's own, so that it shows whose are told.
    let theirs = settings(&qin).await;
    let theirs = qin.send(&SetSettings { avatars_open: !theirs.avatars_open, ..to_set(theirs) }).await;
    let theirs = theirs.expect("put");
    let own = settings(&tang).await;
    assert_ne!(own, theirs);
    let xu = user(&qin, "许安").await;
    let su = user(&tang, "苏文").await;
    let grant = granted(&tang, &su.id).await;
    let key = grant.grant.clone().expect("a grant");
    let page = qin.send(&GetUsers::default()).await.expect("a super admin");
    let secrets: Vec<String> =
        page.users.iter().flat_map(|user| [user.id.clone(), user.nickname.clone()]).collect();

    let mut addresses = Vec::new();
    for name in ["yunqiao", xu.id.as_str(), "%E4%BA%91%E6%A1%A5%E7%A7%91%E6%8A%80"] {
        for path in [GetSettings::PATH, GetUsers::PATH, SetRole::PATH, DeleteUser::PATH] {
            let leaf = path.strip_prefix("/api/v1/enterprise").expect("of the console");
            addresses.extend([
                format!("{path}/{name}"),
                format!("{path}/../{name}"),
                format!("{path}%2F{name}"),
                format!("{path};tenant={name}"),
                format!("{path}//{name}"),
                format!("/api/v1/enterprise/{name}{leaf}"),
                format!("/api/v1/enterprise%2F{name}{leaf}"),
                format!("/api/v1/organizations/{name}{leaf}"),
            ]);
            for query in ["tenant", "organization", "owner", "id", "user", "search=&tenant"] {
                addresses.push(format!("{path}?{query}={name}"));
            }
        }
    }
    // Good for theirs, and for nothing of one's own.
    let bodies = [
        json!({ "avatars_open": !theirs.avatars_open, "version": theirs.version }),
        json!({ "user": xu.id, "role": "super_admin", "version": xu.version }),
        json!({ "user": xu.id }),
        json!({ "user": xu.id, "grant": key }),
    ];
    assert_ne!(theirs.version, own.version);
    let before = house.rows().await;
    let mut own_settings = 0;
    for (address, browser) in addresses.iter().flat_map(|address| [(address, &tang), (address, &admin)]) {
        let told = browser.get(address).await;
        assert!(!secrets.iter().any(|secret| told.text().contains(secret)), "{address}: {}", told.text());
        if told.status.is_success() {
            // Whose settings these are is not asked of the address.
            let told: Settings = serde_json::from_slice(&told.body).expect("settings");
            assert_eq!(told, own, "{address}");
            own_settings += 1;
        }
        for body in &bodies {
            let mut request = Browser::request(Method::POST, address, body.to_string());
            request.headers_mut().insert("idempotency-key", key.parse().expect("a key"));
            let answer = browser.raw(request).await;
            assert!(answer.status.is_client_error(), "{address} {body}: {}", answer.text());
            let told = answer.text();
            assert!(!secrets.iter().any(|secret| told.contains(secret)), "{address} {body}: {told}");
        }
    }
    assert!(own_settings > 0, "what is not looked at");
    // Nor is it asked of the headers, or of a page's cursor.
    let theirs_in_header = qin.send(&GetMe {}).await.expect("signed in").account;
    for (name, value) in [
        ("x-tenant", "yunqiao"),
        ("x-organization", "yunqiao"),
        ("x-original-url", "/api/v1/enterprise/users?tenant=yunqiao"),
        ("x-rewrite-url", "/api/v1/enterprise/yunqiao/users"),
        ("x-account", theirs_in_header.as_str()),
    ] {
        let mut request = Browser::request(Method::GET, GetUsers::PATH, Body::empty());
        request.headers_mut().insert(name, value.parse().expect("a value"));
        let told = tang.raw(request).await.text();
        assert!(!secrets.iter().any(|secret| told.contains(secret)), "{name}: {told}");
    }
    for search in ["", "许安", "13800000005", "0005"] {
        for after in [None, page.more.clone()] {
            let found =
                tang.send(&GetUsers { search: Some(search.into()), after }).await.expect("a super admin");
            assert!(found.total <= 14, "{search}");
            assert!(found.users.iter().all(|user| !secrets.contains(&user.id)), "{search}");
        }
    }
    // Their ids in the right places are not there, with an own grant neither.
    let about = Some(xu.id.clone());
    assert_eq!(tang.refused(&StartChange { action: Action::DeleteUser, about }).await, Refusal::NotFound);
    assert_eq!(tang.refused(&role_of(&xu, Role::Admin)).await, Refusal::NotFound);
    assert_eq!(tang.refused(&DeleteUser::of(xu.id.clone())).await, Refusal::NotFound);
    assert_eq!(tang.refused(&DeleteUser { user: xu.id.clone(), ..grant.clone() }).await, Refusal::NotFound);
    assert_eq!(house.rows().await, before);

    // One's own, by the plain address.
    assert_eq!(users(&tang, "").await.total, 14);
    let put = tang.send(&SetSettings { avatars_open: !own.avatars_open, ..to_set(own) }).await.expect("put");
    assert_eq!(put.version, own.version + 1);
    let ye = user(&tang, "陆川").await;
    assert_eq!(tang.send(&role_of(&ye, Role::Admin)).await.expect("changed").role, Role::Admin);
    assert_eq!(tang.send(&grant).await.expect("deleted").step, ChangeStep::UserDeleted);
    assert_eq!((settings(&qin).await, users(&qin, "").await.total), (theirs, 17));
}
