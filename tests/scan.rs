//! The QR on the screen: access to it, its content read from a picture of the screen, its end states, and
//! hidden tabs and bad networks (QR-*, F-15, F-16, F-19).

use contract::account::{DeviceKind, Way};
use contract::problem::Trouble;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, ScanState};
use e2e::{Answer, Browser, Consent, Fault, Look, Stage, Theme, ZH, trouble};
use serde_json::{Value, json};

const ONE: &str = "13800000001";
const QR: &str = ZH.scan().label;
const AGAIN: &str = ZH.scan().again;
/// A little more than the life of a QR.
const LIFE: u32 = 121;

/// Keeps what the API answers to whoever begins a scan to sign in.
const NOTE_SCANS: &str = "
    const send = window.fetch;
    window.begun = [];
    window.fetch = async (...request) => {
        const answer = await send(...request);
        if (answer.url.endsWith('/api/v1/sign-in/scan')) begun.push(await answer.clone().json());
        return answer;
    };";

/// Keeps the shape of every QR that is drawn from now on.
const NOTE_QRS: &str = "
    window.drawn = [];
    new MutationObserver(() => {
        for (const qr of document.querySelectorAll('svg.qr path')) drawn.push(qr.getAttribute('d'));
    }).observe(document.body, { childList: true, subtree: true, attributes: true });";

/// The shape of the QR on the screen.
const SHAPE: &str = "return document.querySelector('svg.qr path').getAttribute('d')";

/// The last scan to sign in that this page began, as the API told it.
fn begun(browser: &Browser<'_>) -> Value {
    browser.run("return begun.at(-1)", vec![])
}

/// The same, by its id.
fn scan_of(browser: &Browser<'_>) -> String {
    begun(browser)["id"].as_str().expect("a scan has an id").to_owned()
}

/// What the API answers to a script in this page: status and body, without what names the request.
fn ask(browser: &Browser<'_>, method: &str, path: &str, body: &Value) -> (u64, Value) {
    let body = if body.is_null() { "null".to_owned() } else { format!("JSON.stringify({body})") };
    let answer = browser.run_until_done(&format!(
        "fetch('{path}', {{
            method: '{method}',
            headers: {{ 'X-Client': 'menshen-web/0.1.0', 'Content-Type': 'application/json' }},
            body: {body},
        }}).then(async answer => done([answer.status, await answer.json()]))"
    ));
    let mut told = answer[1].clone();
    told.as_object_mut().expect("an object").remove("request_id");
    (answer[0].as_u64().expect("a status"), told)
}

/// Account 1 where its old WeChat is to scan.
fn at_the_old_one(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.enter(ONE);
    browser.begin_wechat();
    browser.button_with((ZH.wechat().way)(Way::Wechat)).click();
    browser.heading(ZH.step_up().wechat_title).must_appear();
    browser
}

/// Account 1 where its new WeChat is to scan.
fn at_the_new_one(stage: &Stage) -> Browser<'_> {
    let browser = at_the_old_one(stage);
    browser.scan_with("wx-lin");
    browser.button(ZH.wechat().go).click();
    browser
}

/// The QR is scanned, refused, told so, and another one does it.
fn proves_a_refusal(browser: &Browser<'_>, who: &str, onward: &str) {
    let stage = browser.stage();
    let consent = stage.wechat(who).scan(&browser.read_qr());
    browser.must_match(&consent);
    assert_eq!(consent.deny(), ScanState::Denied);
    browser.must_warn(ZH.refusal(&Refusal::WechatDenied));
    browser.image(QR).must_be_gone();
    assert_eq!(consent.allow(), ScanState::Denied, "no is no");
    browser.must_warn(ZH.refusal(&Refusal::WechatDenied));
    browser.button(AGAIN).click();
    browser.scan_with(who);
    browser.heading(onward).must_appear();
}

#[test]
fn qr_02_another_browser_learns_nothing_from_the_qr_and_the_id() {
    let stage = Stage::behind_proxy();
    let (browser, other) = (stage.browser(), stage.browser());
    browser.run_before_pages(NOTE_SCANS);
    let text = browser.show_sign_in_qr();
    let scan = scan_of(&browser);
    // It has the cookie of a browser and a QR of its own.
    assert_ne!(other.show_sign_in_qr(), text);
    let consent = stage.wechat("wx-lin").scan(&text);
    browser.must_match(&consent);
    let nothing = ask(&other, "GET", "/api/v1/scans/0123456789abcdef", &Value::Null);
    assert_eq!((nothing.0, &nothing.1["code"]), (404, &json!("NOT_FOUND")));
    let proves_nothing_is_told = || {
        for path in [format!("/api/v1/scans/{scan}"), format!("/api/v1/scans/{scan}/events")] {
            assert_eq!(ask(&other, "GET", &path, &Value::Null), nothing, "{path}");
        }
        let wish = json!({ "scan": scan });
        assert_eq!(ask(&other, "POST", "/api/v1/sign-in/wechat", &wish), nothing);
    };
    proves_nothing_is_told();
    // Allowed, and not yet redeemed by the browser it is for.
    browser.unplug(true);
    assert_eq!(consent.allow(), ScanState::Confirmed);
    proves_nothing_is_told();
    browser.unplug(false);
    browser.must_enter();
    other.reload();
    other.heading(ZH.sign_in().title).must_appear();
}

#[test]
fn qr_02_a_scan_for_a_change_is_not_told_to_another_session() {
    let stage = Stage::new();
    let (browser, other) = (at_the_old_one(&stage), stage.browser());
    let consent = stage.wechat("wx-lin").scan(&browser.read_qr());
    browser.must_match(&consent);
    let change = browser.address().split_once("change=").expect("the change is in the address").1.to_owned();
    let (_, record) = ask(&browser, "GET", &format!("/api/v1/changes/{change}"), &Value::Null);
    let scan = record["step"]["identify"]["scan"]["id"].as_str().expect("it has a scan").to_owned();
    let asks = |browser| ask(browser, "GET", &format!("/api/v1/scans/{scan}"), &Value::Null);
    assert_eq!(asks(&browser).0, 200);
    other.enter(ONE);
    assert_eq!(asks(&other).0, 404);
    assert_eq!(ask(&other, "GET", &format!("/api/v1/changes/{change}"), &Value::Null).0, 404);
    consent.allow();
    browser.heading(ZH.wechat().new_title).must_appear();
}

#[test]
fn qr_03_the_phone_is_told_what_it_is_asked_for() {
    let stage = Stage::new();
    let browser = stage.browser();
    let proves_asked = |consent: &Consent<'_>, purpose: ScanPurpose, account: Option<&str>| {
        let asked = consent.asked();
        assert_eq!((asked.purpose, asked.account.as_deref()), (purpose, account), "{asked:?}");
        assert_eq!(asked.device, DeviceKind::Web);
        assert!(!asked.place.is_empty() && asked.at.0.ends_with('Z'), "{asked:?}");
    };
    let text = browser.show_sign_in_qr();
    let consent = stage.wechat("wx-lin").scan(&text);
    proves_asked(&consent, ScanPurpose::SignIn, Some("138****0001"));
    consent.allow();
    browser.must_enter();
    browser.begin_wechat();
    browser.button_with((ZH.wechat().way)(Way::Wechat)).click();
    proves_asked(&browser.scan_with("wx-lin"), ScanPurpose::VerifyBound, Some("138****0001"));
    browser.button(ZH.wechat().go).click();
    proves_asked(&browser.scan_with("wx-new"), ScanPurpose::BindNew, Some("138****0001"));
    browser.heading(ZH.wechat().confirm_title).must_appear();
}

#[test]
fn qr_04_the_first_phone_owns_the_qr_and_a_second_is_refused() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    let consent = stage.wechat("wx-lin").scan(&text);
    browser.must_match(&consent);
    assert_eq!(stage.wechat("wx-zhou").refused_scan(&text), Refusal::Forbidden);
    browser.must_match(&consent);
    assert_eq!(consent.allow(), ScanState::Confirmed);
    browser.must_enter();
    browser.must_read("林晓");
    assert_eq!(stage.wechat("wx-zhou").refused_scan(&text), Refusal::Forbidden);
    assert_eq!(consent.allow(), ScanState::Consumed, "it is used up");
}

#[test]
fn qr_04_who_refuses_to_sign_in_has_refused() {
    let stage = Stage::new();
    let browser = stage.browser();
    assert!(!browser.show_sign_in_qr().is_empty());
    proves_a_refusal(&browser, "wx-lin", ZH.chooser().confirm);
}

#[test]
fn qr_04_who_refuses_to_verify_has_refused() {
    let stage = Stage::new();
    proves_a_refusal(&at_the_old_one(&stage), "wx-lin", ZH.wechat().new_title);
}

#[test]
fn qr_04_who_refuses_to_be_bound_has_refused() {
    let stage = Stage::new();
    proves_a_refusal(&at_the_new_one(&stage), "wx-new", ZH.wechat().confirm_title);
}

#[test]
fn qr_04_a_visitors_identity_is_nobodys() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    assert_eq!(stage.wechat("wx-visitor").refused_scan(&text), Refusal::WechatSnapshot);
    browser.must_warn(ZH.refusal(&Refusal::WechatSnapshot));
    browser.button(AGAIN).click();
    browser.scan_with("wx-lin");
    browser.must_enter();
}

#[test]
fn qr_12_a_camera_reads_on_every_screen_what_the_api_told() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.run_before_pages(NOTE_SCANS);
    for width in [1280, 360, 320] {
        let text = browser.show_sign_in_qr();
        assert_eq!(begun(&browser)["qr"], json!(text));
        for theme in Theme::ALL {
            for dots in [1, 2, 3] {
                browser.look_closely(Look::new(width, theme), dots);
                let what = format!("{width} pixels, {dots} dots each, {}", theme.name());
                let shown = browser.run(
                    "return [document.documentElement.dataset.theme, devicePixelRatio,
                        document.querySelector('svg.qr').getBoundingClientRect().width]",
                    vec![],
                );
                assert_eq!((&shown[0], &shown[1]), (&json!(theme.name()), &json!(dots)), "{what}");
                assert!(shown[2].as_f64() >= Some(160.0), "{what}: {shown}");
                assert_eq!(browser.glance_at_qr().as_ref(), Ok(&text), "{what}");
            }
        }
        browser.look_as_before();
    }
}

#[test]
fn qr_12_a_camera_reads_it_in_the_dialog_of_a_small_dark_screen() {
    let stage = Stage::new();
    let (browser, other) = (stage.browser(), stage.browser());
    other.enter(ONE);
    browser.enter(ONE);
    browser.open_devices();
    browser.button(ZH.devices().end_others).click();
    browser.button_with((ZH.step_up().way)(Way::Wechat)).click();
    let text = browser.read_qr();
    browser.look(Look::new(320, Theme::Dark));
    assert_eq!(browser.glance_at_qr(), Ok(text));
}

#[test]
fn qr_12_whoever_wants_strong_colors_gets_a_qr_that_can_be_read() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    browser.force_colors(true);
    browser.must_come_true("return matchMedia('(forced-colors: active)').matches");
    assert_eq!(browser.glance_at_qr(), Ok(text));
}

#[test]
fn b30_the_qr_can_be_read_in_a_page_that_somebody_else_recolors() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    browser.darken_pages();
    assert_eq!(browser.glance_at_qr(), Ok(text.clone()), "darkened by the browser");
    // What an extension does with every element.
    let _null = browser.run(
        "const style = new CSSStyleSheet();
         style.replaceSync('* { background: #181a1b !important; color: #e8e6e3 !important; }');
         document.adoptedStyleSheets = [style];",
        vec![],
    );
    assert_eq!(browser.glance_at_qr(), Ok(text), "recolored by an extension");
}

#[test]
fn qr_12_neither_the_qr_nor_a_profile_comes_from_elsewhere() {
    let stage = Stage::new();
    let browser = at_the_new_one(&stage);
    browser.scan_with("wx-new");
    browser.heading(ZH.wechat().confirm_title).must_appear();
    let foreign = browser.run(
        "return [...performance.getEntriesByType('resource').map(entry => entry.name),
            ...[...document.querySelectorAll('[src], link[href]')].map(it => it.src || it.href)]
            .filter(name => new URL(name).origin !== location.origin)",
        vec![],
    );
    assert_eq!(foreign, json!([]));
    let sent = browser.requests_to("/api/v1/wechat/scan");
    assert_eq!(sent, 1, "what is looked through is not empty");
}

#[test]
fn qr_13_offline_there_is_no_qr_and_coming_back_asks_first() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    browser.unplug(true);
    browser.image(QR).must_be_gone();
    browser.must_read(ZH.scan().offline);
    // A photograph of it was scanned meanwhile.
    let consent = stage.wechat("wx-lin").scan(&text);
    assert!(browser.run(NOTE_QRS, vec![]).is_null());
    browser.unplug(false);
    browser.must_match(&consent);
    assert_eq!(browser.run("return drawn", vec![]), json!([]), "a dead QR was shown");
    consent.allow();
    browser.must_enter();
}

#[test]
fn qr_13_a_hidden_tab_has_no_qr_and_never_the_dead_one_again() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    let old = browser.run(SHAPE, vec![]);
    browser.put_away(true);
    browser.image(QR).must_be_gone();
    assert!(browser.run(NOTE_QRS, vec![]).is_null());
    stage.advance(LIFE);
    browser.put_away(false);
    let newer = browser.read_qr_after(&text);
    let drawn = browser.run("return drawn", vec![]);
    let drawn = drawn.as_array().expect("a list of shapes");
    assert!(!drawn.is_empty() && !drawn.contains(&old), "the dead QR was shown again");
    assert_eq!(stage.wechat("wx-lin").refused_scan(&text), Refusal::ScanSuperseded);
    stage.wechat("wx-lin").scan(&newer).allow();
    browser.must_enter();
}

#[test]
fn qr_13_a_tab_put_away_shows_the_same_qr_while_it_lives() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    browser.put_away(true);
    browser.image(QR).must_be_gone();
    browser.put_away(false);
    assert_eq!(browser.read_qr(), text);
    browser.must_have_sent("/api/v1/sign-in/scan", 1);
    stage.wechat("wx-lin").scan(&text).allow();
    browser.must_enter();
}

#[test]
fn qr_13_a_tab_that_slept_beyond_the_end_has_a_new_qr() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    let old = browser.run(SHAPE, vec![]);
    browser.put_away(true);
    browser.image(QR).must_be_gone();
    assert!(browser.run(NOTE_QRS, vec![]).is_null());
    browser.fall_asleep(true);
    stage.advance(130);
    browser.fall_asleep(false);
    browser.put_away(false);
    let newer = browser.read_qr_after(&text);
    let drawn = browser.run("return drawn", vec![]);
    let drawn = drawn.as_array().expect("a list of shapes");
    assert!(!drawn.is_empty() && !drawn.contains(&old), "the dead QR was shown again");
    stage.wechat("wx-lin").scan(&newer).allow();
    browser.must_enter();
}

#[test]
fn qr_13_what_was_allowed_unseen_signs_in_on_the_way_back() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    browser.put_away(true);
    browser.image(QR).must_be_gone();
    assert_eq!(stage.wechat("wx-lin").scan(&text).allow(), ScanState::Confirmed);
    assert_eq!(browser.requests_to("/api/v1/sign-in/wechat"), 0);
    browser.put_away(false);
    browser.must_enter();
}

#[test]
fn f_16_a_qr_renews_itself_when_its_time_is_over() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    stage.advance(LIFE);
    let newer = browser.read_qr_after(&text);
    assert_eq!(stage.wechat("wx-lin").refused_scan(&text), Refusal::ScanSuperseded);
    stage.wechat("wx-lin").scan(&newer).allow();
    browser.must_enter();
}

#[test]
fn f_16_after_five_renewals_the_person_is_asked() {
    let stage = Stage::new();
    let browser = stage.browser();
    assert!(!browser.show_sign_in_qr().is_empty());
    let renewals = || browser.requests_to("/api/v1/sign-in/scan") - 1;
    for round in 1..=6 {
        let old = browser.run(SHAPE, vec![]);
        stage.advance(LIFE);
        browser.must_come_true(&format!(
            "const qr = document.querySelector('svg.qr path');
            return document.querySelector('[role=alert]') !== null
                || qr !== null && qr.getAttribute('d') !== {old}"
        ));
        if renewals() < round {
            break;
        }
    }
    assert_eq!(renewals(), 5);
    browser.must_warn(ZH.refusal(&Refusal::ScanExpired));
    browser.image(QR).must_be_gone();
    browser.button(AGAIN).click();
    browser.scan_with("wx-lin");
    browser.must_enter();
}

#[test]
fn f_16_a_qr_of_a_wizard_renews_itself_too() {
    let stage = Stage::new();
    let browser = at_the_old_one(&stage);
    let text = browser.read_qr();
    stage.advance(LIFE);
    let newer = browser.read_qr_after(&text);
    assert_eq!(stage.wechat("wx-lin").refused_scan(&text), Refusal::ScanSuperseded);
    stage.wechat("wx-lin").scan(&newer).allow();
    browser.heading(ZH.wechat().new_title).must_appear();
}

#[test]
fn f_16_who_scans_and_says_nothing_gets_a_new_qr() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    let consent = stage.wechat("wx-lin").scan(&text);
    browser.must_match(&consent);
    stage.advance(LIFE);
    let newer = browser.read_qr_after(&text);
    assert_eq!(consent.allow(), ScanState::Superseded);
    stage.wechat("wx-lin").scan(&newer).allow();
    browser.must_enter();
}

#[test]
fn f_11_a_qr_in_a_second_tab_takes_the_place_of_the_first() {
    let stage = Stage::new();
    let browser = stage.browser();
    let first = browser.show_sign_in_qr();
    browser.open_tab();
    let second = browser.show_sign_in_qr();
    assert_eq!(stage.wechat("wx-lin").refused_scan(&first), Refusal::ScanSuperseded);
    browser.turn_to_tab(0);
    browser.must_warn(ZH.refusal(&Refusal::ScanSuperseded));
    browser.image(QR).must_be_gone();
    browser.turn_to_tab(1);
    assert_eq!(browser.read_qr(), second);
    stage.wechat("wx-lin").scan(&second).allow();
    browser.must_enter();
    // The first one is in, too.
    browser.turn_to_tab(0);
    browser.must_be_in();
}

#[test]
fn f_15_a_reload_at_the_sign_in_goes_on_with_the_phone() {
    let stage = Stage::new();
    let browser = stage.browser();
    let first = browser.show_sign_in_qr();
    browser.reload();
    let second = browser.read_qr_after(&first);
    browser.must_come_true("return document.getElementById('agree').checked");
    let consent = stage.wechat("wx-lin").scan(&second);
    browser.must_match(&consent);
    browser.reload();
    browser.must_match(&consent);
    let here = browser.address();
    browser.open("/legal/terms.zh-CN.html");
    assert_eq!(consent.allow(), ScanState::Confirmed);
    browser.open(&here);
    browser.must_enter();
    assert_eq!(browser.address(), "/");
}

#[test]
fn l1_an_address_with_somebody_elses_scan_agrees_to_nothing() {
    let stage = Stage::new();
    let (browser, other) = (stage.browser(), stage.browser());
    assert!(!other.show_sign_in_qr().is_empty());
    for address in [other.address(), "/sign-in?scan=abc".to_owned()] {
        assert!(address.contains("scan="), "{address}");
        browser.open(&address);
        browser.field(ZH.sign_in().phone).must_appear();
        browser.must_come_true("return !document.getElementById('agree').checked && location.search === ''");
        browser.must_come_true("return document.querySelector('[role=alert]') === null");
    }
}

#[test]
fn qr_07_a_strangers_account_is_shown_and_can_be_turned_down() {
    let stage = Stage::new();
    let browser = stage.browser();
    let text = browser.show_sign_in_qr();
    // Somebody photographed it.
    assert_eq!(stage.wechat("wx-zhou").scan(&text).allow(), ScanState::Confirmed);
    browser.heading(ZH.chooser().confirm).must_appear();
    browser.must_read("138****0003");
    browser.button(ZH.chooser().not_mine).click();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.open("/");
    browser.heading(ZH.sign_in().title).must_appear();
}

#[test]
fn f_11_a_wizard_in_two_tabs_goes_on_in_the_newer_one() {
    let stage = Stage::new();
    let browser = at_the_old_one(&stage);
    let first = browser.read_qr();
    let here = browser.address();
    browser.open_tab();
    browser.open(&here);
    let second = browser.read_qr_after(&first);
    browser.turn_to_tab(0);
    browser.must_warn(ZH.refusal(&Refusal::ScanSuperseded));
    browser.turn_to_tab(1);
    assert_eq!(browser.read_qr(), second);
    stage.wechat("wx-lin").scan(&second).allow();
    browser.heading(ZH.wechat().new_title).must_appear();
    // What the first tab thinks is old news: it is told how things stand.
    browser.turn_to_tab(0);
    browser.button(AGAIN).click();
    browser.heading(ZH.wechat().new_title).must_appear();
}

#[test]
fn f_15_a_reload_renews_the_qr_and_keeps_one_that_a_phone_has() {
    let stage = Stage::new();
    for (browser, who, onward) in [
        (at_the_old_one(&stage), "wx-lin", ZH.wechat().new_title),
        (at_the_new_one(&stage), "wx-new", ZH.wechat().confirm_title),
    ] {
        let first = browser.read_qr();
        browser.reload();
        let second = browser.read_qr_after(&first);
        assert_eq!(stage.wechat(who).refused_scan(&first), Refusal::ScanSuperseded);
        let consent = stage.wechat(who).scan(&second);
        browser.must_match(&consent);
        browser.reload();
        browser.must_match(&consent);
        assert_eq!(consent.allow(), ScanState::Confirmed);
        browser.heading(onward).must_appear();
    }
}

#[test]
fn f_15_what_was_allowed_during_a_reload_goes_on() {
    let stage = Stage::new();
    let browser = at_the_old_one(&stage);
    // Once it is drawn, the address names the step.
    let text = browser.read_qr();
    let here = browser.address();
    browser.open("/legal/terms.zh-CN.html");
    assert_eq!(stage.wechat("wx-lin").scan(&text).allow(), ScanState::Confirmed);
    browser.open(&here);
    browser.heading(ZH.wechat().new_title).must_appear();
}

#[test]
fn f_19_where_no_stream_comes_through_the_status_is_asked_for() {
    let broken = Answer { head: "502 Bad Gateway\r\nContent-Type: text/html", body: "<h1>502</h1>" };
    let faults: [(usize, Fault); 3] = [(2, Fault::CutBefore), (1, Fault::Gateway(broken)), (1, Fault::Hold)];
    for (times, fault) in faults {
        let stage = Stage::behind_proxy();
        let browser = stage.browser();
        browser.run_before_pages(NOTE_SCANS);
        // The stream is the first that is asked for by a scan's name.
        stage.faults().times(times, "GET", "/api/v1/scans/", fault.clone());
        let text = browser.show_sign_in_qr();
        let path = format!("/api/v1/scans/{}", scan_of(&browser));
        let consent = stage.wechat("wx-lin").scan(&text);
        browser.must_match(&consent);
        consent.allow();
        browser.must_enter();
        let (streams, all) =
            (stage.faults().sent("GET", &format!("{path}/events")), stage.faults().sent("GET", &path));
        assert!(streams == times && all > streams, "{fault:?}: {streams} streams of {all}");
        stage.faults().cut();
    }
}

#[test]
fn f_19_a_stream_that_breaks_is_taken_up_again() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.run_before_pages(NOTE_SCANS);
    stage.faults().once("GET", "/api/v1/scans/", Fault::Truncate(20));
    let text = browser.show_sign_in_qr();
    let path = format!("/api/v1/scans/{}", scan_of(&browser));
    let consent = stage.wechat("wx-lin").scan(&text);
    browser.must_match(&consent);
    consent.allow();
    browser.must_enter();
    assert!(stage.faults().sent("GET", &format!("{path}/events")) > 1);
}

#[test]
fn f_04_a_scan_that_cannot_be_begun_says_so_and_can_be_retried() {
    let busy = Answer { head: "503 Service Unavailable\r\nContent-Type: text/html", body: "<h1>503</h1>" };
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    stage.faults().once("POST", "/api/v1/sign-in/scan", Fault::Gateway(busy));
    browser.open("/sign-in");
    browser.button(ZH.sign_in().by_wechat).click();
    browser.agree();
    browser.button(ZH.sign_in().wechat_show).click();
    browser.must_warn(trouble(&ZH, Trouble::Server { request_id: String::new() }));
    browser.button(AGAIN).click();
    browser.scan_with("wx-lin");
    browser.must_enter();
}
