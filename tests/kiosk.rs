//! A shared device: what ends each person's visit, and that the next one finds nothing of it (G6).

use contract::scan::ScanState;
use e2e::{Browser, Fault, PASSWORD, Stage, ZH};
use serde_json::{Value, json};

const PHONE: &str = "13800000001";
const NAME: &str = "林晓";
const OTHER: &str = "13800000002";
const NEW: &str = "13911110001";
const NICKNAME: &str = "新号上路";
const START: &str = "/sign-in?surface=kiosk";
const END: &str = "/api/v1/surface/end-visit";

/// Lets the page's clock go ahead by seconds, `skip(60)`, and counts how often the visit is looked at. Keeps the memory
/// of the app in reach, too.
const CLOCK: &str = "{
    const [real, wait] = [Date.now.bind(Date), setTimeout];
    let ahead = 0;
    window.skip = seconds => { ahead += seconds * 1000 };
    Date.now = () => real() + ahead;
    window.looks = 0;
    window.setTimeout = (f, milliseconds, ...rest) => {
        if (milliseconds === 1000) looks++;
        return wait(f, milliseconds, ...rest);
    };
    addEventListener('TrunkApplicationStarted', ({ detail: { wasm } }) => {
        window.memory = Object.values(wasm).find(it => it instanceof WebAssembly.Memory);
    });
}";

/// A browser at a stand, with nobody signed in.
fn stand(stage: &Stage) -> Browser<'_> {
    let browser = stage.browser();
    browser.run_before_pages(CLOCK);
    browser.open(START);
    browser.button(ZH.kiosk().done).must_appear();
    browser
}

/// The same with somebody signed in.
fn occupied<'s>(stage: &'s Stage, phone: &str) -> Browser<'s> {
    let browser = stand(stage);
    browser.give_password(phone);
    browser.must_be_in();
    // The next page is another one.
    run(&browser, "window.visit = 1");
    browser
}

/// Waits until the page has looked at its clock twice.
fn let_it_look(browser: &Browser<'_>) {
    run(browser, "window.from = looks");
    browser.must_come_true("return looks >= from + 2");
}

fn run(browser: &Browser<'_>, script: &str) {
    assert!(browser.run(script, vec![]).is_null());
}

fn skip(browser: &Browser<'_>, seconds: u32) {
    run(browser, &format!("skip({seconds})"));
}

/// Waits until the fresh page of the next person stands there.
fn must_be_over(browser: &Browser<'_>) {
    browser.must_come_true("return window.visit === undefined && document.readyState === 'complete'");
    browser.heading(ZH.sign_in().title).must_appear();
    assert_eq!(browser.address(), START);
    let names: Vec<String> = browser.cookies().into_iter().map(|cookie| cookie.name).collect();
    assert!(!names.iter().any(|name| name == "__Host-session"), "{names:?}");
}

#[test]
fn g6_who_is_idle_is_asked_and_any_key_answers() {
    let stage = Stage::new();
    let browser = occupied(&stage, PHONE);
    let t = ZH.kiosk();
    browser.press_escape();
    skip(&browser, 50);
    let_it_look(&browser);
    browser.heading(t.still_there).must_be_gone();
    skip(&browser, 11);
    browser.heading(t.still_there).must_appear();
    // Told every second on the screen, and read aloud at 20, 10 and 5.
    let spoken = "return document.querySelector('dialog [role=status]').textContent";
    browser.must_come_true(&format!("{spoken} === '{}'", (t.ends_in)(20)));
    skip(&browser, 9);
    browser.must_come_true(&format!("{spoken} === '{}'", (t.ends_in)(10)));
    browser.press_escape();
    browser.heading(t.still_there).must_be_gone();
    skip(&browser, 61);
    browser.button(t.stay).click();
    browser.heading(t.still_there).must_be_gone();
    browser.must_come_true("return window.visit === 1");
    browser.heading(ZH.overview().title).must_appear();
}

#[test]
fn g6_idle_visit_ends_and_leaves_nothing_behind() {
    let stage = Stage::new();
    let browser = occupied(&stage, PHONE);
    browser.begin_rebind();
    skip(&browser, 81);
    must_be_over(&browser);
    assert!(!browser.reads(NAME) && !browser.reads("138****"));
    // The page knows nothing of who was there, and neither does Back.
    assert_eq!(traces_of(&browser, &[NAME, "138****0001", PHONE]), json!([]));
    for _ in 0..20 {
        run(&browser, "history.back()");
    }
    browser.must_come_true("return history.length <= 2");
    browser.open("/");
    browser.heading(ZH.sign_in().title).must_appear();
}

/// Which of these stand in the memory of the page's app, in either of its encodings.
fn traces_of(browser: &Browser<'_>, texts: &[&str]) -> Value {
    let script = "
        const bytes = [...new Uint8Array(memory.buffer)].join(' ');
        const utf8 = it => [...new TextEncoder().encode(it)];
        const utf16 = it => it.split('').flatMap(c => [c.charCodeAt() & 255, c.charCodeAt() >> 8]);
        const has = code => bytes.includes(` ${code.join(' ')} `);
        return arguments[0].filter(it => has(utf8(it)) || has(utf16(it)));";
    browser.run(script, vec![json!(texts)])
}

#[test]
fn g6_the_scan_of_memory_would_find_who_is_there() {
    let stage = Stage::new();
    let browser = occupied(&stage, PHONE);
    let found = traces_of(&browser, &[NAME, "138****0001", "nobody at all"]);
    assert_eq!(found, json!([NAME, "138****0001"]));
}

#[test]
fn g6_what_a_guest_typed_is_gone_too() {
    let stage = Stage::new();
    let browser = stand(&stage);
    run(&browser, "window.visit = 1");
    browser.button(ZH.sign_in().by_sms).click();
    browser.field(ZH.sign_in().phone).fill("13912345678");
    browser.ask_for_code();
    skip(&browser, 81);
    must_be_over(&browser);
    browser.button(ZH.sign_in().by_sms).click();
    browser.field(ZH.sign_in().phone).must_hold("");
    assert_eq!(traces_of(&browser, &["13912345678"]), json!([]));
}

#[test]
fn g6_a_page_that_nobody_touched_stays() {
    let stage = Stage::new();
    let browser = stand(&stage);
    run(&browser, "window.visit = 1; skip(3600)");
    let_it_look(&browser);
    browser.must_come_true("return window.visit === 1");
    browser.heading(ZH.kiosk().still_there).must_be_gone();
}

#[test]
fn g6_done_ends_the_visit_wherever_the_person_is() {
    let stage = Stage::new();
    for go in [|_: &Browser<'_>| {}, |browser: &Browser<'_>| browser.begin_rebind()] {
        let browser = occupied(&stage, PHONE);
        go(&browser);
        browser.button(ZH.kiosk().done).click();
        must_be_over(&browser);
        browser.give_password(OTHER);
        browser.must_be_in();
        assert!(!browser.reads(NAME));
    }
}

#[test]
fn g6_signing_out_ends_the_visit() {
    let stage = Stage::new();
    let browser = occupied(&stage, PHONE);
    browser.button(ZH.overview().sign_out).click();
    must_be_over(&browser);
    assert_eq!(traces_of(&browser, &[NAME]), json!([]));
}

#[test]
fn g6_a_result_stays_half_a_minute() {
    let stage = Stage::new();
    let browser = occupied(&stage, PHONE);
    browser.begin_rebind();
    browser.prove_by_password();
    browser.rebind_to(NEW);
    skip(&browser, 11);
    browser.heading(ZH.kiosk().still_there).must_appear();
    browser.button(ZH.kiosk().stay).click();
    browser.heading(ZH.phone().done_title).must_appear();
    skip(&browser, 31);
    must_be_over(&browser);
    assert_eq!(traces_of(&browser, &["139****0001", NEW]), json!([]));
}

#[test]
fn g6_a_page_out_of_sight_ends_after_half_a_minute() {
    let stage = Stage::new();
    let browser = occupied(&stage, PHONE);
    run(
        &browser,
        "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true });
         document.dispatchEvent(new Event('visibilitychange'));
         skip(31);",
    );
    must_be_over(&browser);
}

#[test]
fn g6_without_a_network_the_screen_is_cleared_after_a_minute() {
    let stage = Stage::behind_proxy();
    let browser = occupied(&stage, PHONE);
    browser.unplug(true);
    browser.must_come_true("return !navigator.onLine");
    // Whoever is there does what they can meanwhile.
    skip(&browser, 59);
    browser.press_escape();
    skip(&browser, 3);
    browser.must_read(ZH.kiosk().offline);
    assert!(!browser.reads(NAME));
    assert_eq!(traces_of(&browser, &["nobody at all"]), json!([]));
    browser.unplug(false);
    must_be_over(&browser);
}

#[test]
fn g6_a_fresh_page_comes_when_the_server_knows() {
    let stage = Stage::behind_proxy();
    let busy = e2e::Answer { head: "503 Service Unavailable", body: "{}" };
    let many = e2e::Answer {
        head: "429 Too Many Requests\r\nContent-Type: application/problem+json",
        body: r#"{"status":429,"code":"TOO_BUSY","after":1,"request_id":"r1"}"#,
    };
    stage.faults().once("POST", END, Fault::Gateway(busy));
    stage.faults().once("POST", END, Fault::Gateway(many));
    let browser = occupied(&stage, PHONE);
    browser.button(ZH.kiosk().done).click();
    browser.must_read(ZH.kiosk().ending);
    assert!(!browser.reads(NAME));
    must_be_over(&browser);
    assert_eq!(stage.faults().sent("POST", END), 3);
}

#[test]
fn g6_who_uses_the_page_is_not_signed_out_by_the_server() {
    let stage = Stage::new();
    let browser = occupied(&stage, PHONE);
    browser.begin_rebind();
    let before = browser.requests_to("/api/v1/me");
    // Typing is no request: the page tells the server that somebody is there.
    for _ in 0..4 {
        browser.press_escape();
        skip(&browser, 25);
        stage.advance(25);
        browser.press_escape();
        browser.must_have_sent_more("/api/v1/me", before);
    }
    browser.prove_by_password();
}

#[test]
fn g6_a_phone_that_scans_is_a_sign_of_its_owner() {
    let stage = Stage::new();
    let browser = stand(&stage);
    run(&browser, "window.visit = 1");
    browser.agree();
    browser.button(ZH.sign_in().wechat_show).click();
    let qr = browser.read_qr();
    skip(&browser, 50);
    let consent = stage.wechat("wx-lin").scan(&qr);
    browser.must_match(&consent);
    skip(&browser, 50);
    let_it_look(&browser);
    browser.heading(ZH.kiosk().still_there).must_be_gone();
    assert_eq!(consent.allow(), ScanState::Confirmed);
    browser.must_enter();
}

/// People who come to the stand one after the other: number and name. `cargo xtask test --all` sends a hundred.
const PEOPLE: [(&str, &str); 4] =
    [(PHONE, NAME), (OTHER, "陈默"), ("13800000003", "周宁"), ("13800000006", "秦岚")];

#[test]
fn g6_people_in_a_row_find_no_trace_of_each_other() {
    let stage = Stage::new();
    let browser = stand(&stage);
    let rounds = if std::env::var_os("MENSHEN_LONG").is_some() { 100 } else { 8 };
    let mut left: Vec<String> = Vec::new();
    for round in 0..rounds {
        let (phone, name) = PEOPLE[round % PEOPLE.len()];
        // Of the one who comes now nothing is there yet either.
        let found = traces_of(&browser, &left.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(found, json!([]), "{round}");
        run(&browser, "window.visit = 1");
        // A number gets ten codes a day.
        let by_code = round < 2 * PEOPLE.len();
        if by_code {
            browser.button(ZH.sign_in().by_sms).click();
            browser.field(ZH.sign_in().phone).fill(phone);
            browser.ask_for_code();
            browser.field(ZH.common().code).fill(&stage.code_to(phone));
            browser.agree();
            browser.button(ZH.sign_in().submit).click();
            left.push(stage.code_to(phone));
        } else {
            browser.give_password(phone);
            left.push(PASSWORD.to_owned());
        }
        browser.must_be_in();
        browser.must_read(name);
        assert_eq!(traces_of(&browser, &[name]), json!([name]), "the memory is searched");
        // They leave in every way there is.
        match round % 3 {
            0 => browser.button(ZH.kiosk().done).click(),
            1 => browser.button(ZH.overview().sign_out).click(),
            _ => skip(&browser, 81),
        }
        must_be_over(&browser);
        assert!(!browser.reads(name));
        assert_eq!(browser.run("return localStorage.length + sessionStorage.length", vec![]), json!(0));
        assert_eq!(browser.run("return history.length <= 2", vec![]), json!(true), "{round}");
        left.extend([phone.to_owned(), name.to_owned()]);
        stage.advance(61);
    }
}

#[test]
fn g6_legal_texts_are_read_in_place() {
    let stage = Stage::new();
    let browser = stand(&stage);
    for name in [ZH.sign_in().terms, ZH.sign_in().privacy] {
        browser.link(name).click();
        browser.must_come_true(&format!(
            "const frame = document.querySelector('dialog iframe'); return frame?.title === '{name}' && frame.clientHeight > 200"
        ));
        browser.button(ZH.account().close).click();
        browser.must_come_true("return document.querySelector('dialog') === null");
        browser.must_have_focus_on(name);
    }
    assert_eq!(browser.traces(), Vec::<String>::new(), "the policy lets it be framed");
    assert_eq!(browser.run("return history.length <= 2", vec![]), json!(true));
}

#[test]
fn g6_nothing_on_a_stand_leads_out_of_the_app_or_is_stored() {
    let stage = Stage::new();
    let browser = stand(&stage);
    let check = |at: &str| {
        let ways_out = "return [...document.querySelectorAll('a')].map(it => it.getAttribute('href'))
            .filter(it => !/^\\/[^/]/.test(it) && it !== '/')";
        assert_eq!(browser.run(ways_out, vec![]), json!([]), "{at}");
        browser.must_come_true(
            "return [...document.querySelectorAll('input')].every(it => ['off', 'one-time-code'].includes(it.autocomplete) \
             || it.type === 'checkbox')",
        );
        assert_eq!(
            browser.run("return localStorage.length + sessionStorage.length", vec![]),
            json!(0),
            "{at}"
        );
    };
    check("wechat");
    browser.button(ZH.sign_in().by_sms).click();
    browser.field(ZH.sign_in().phone).must_appear();
    check("sms");
    browser.button(ZH.sign_in().by_password).click();
    browser.field(ZH.common().password).must_appear();
    check("password");
    browser.give_password(PHONE);
    browser.must_be_in();
    check("overview");
    browser.begin_rebind();
    browser.prove_by_password();
    check("number");
    browser.name_number(NEW);
    browser.heading(ZH.phone().code_title).must_appear();
    check("code");
    // No menu of the browser either.
    let refused = "return ['contextmenu', 'auxclick', 'dragstart'].every(kind => \
                   !document.querySelector('h1').dispatchEvent(new MouseEvent(kind, { bubbles: true, cancelable: true })))";
    assert_eq!(browser.run(refused, vec![]), json!(true));
}

#[test]
fn k4_every_address_says_that_the_device_is_shared() {
    let stage = Stage::new();
    let browser = occupied(&stage, PHONE);
    assert_eq!(browser.address(), "/?surface=kiosk");
    browser.begin_rebind();
    assert!(browser.address().ends_with("&surface=kiosk"), "{}", browser.address());
    browser.prove_by_password();
    let at = browser.address();
    assert!(at.starts_with("/phone/number?change=") && at.ends_with("&surface=kiosk"), "{at}");
    browser.must_come_true("return history.length <= 2");
    browser.reload();
    browser.heading(ZH.phone().number_title).must_appear();
    // A browser that starts there with no cookies is at a shared device too.
    browser.forget_everything();
    browser.open("/?surface=kiosk");
    browser.button(ZH.kiosk().done).must_appear();
    browser.give_password(OTHER);
    browser.must_be_in();
    let session = browser.cookies().into_iter().find(|cookie| cookie.name == "__Host-session");
    assert_eq!(session.expect("signed in").expiry, None, "as long as the browser runs");
}

#[test]
fn g6_only_what_is_open_at_a_stand_is_shown() {
    let stage = Stage::new();
    let browser = occupied(&stage, PHONE);
    browser.link(ZH.overview().change_phone).must_appear();
    browser.link(ZH.overview().change_wechat).must_appear();
    let rows = browser.run("return document.querySelectorAll('.row').length", vec![]);
    assert_eq!(rows, json!(2));
    assert_eq!(browser.run("return document.querySelectorAll('nav, :disabled').length", vec![]), json!(0));
    // The WeChat wizard ends as elsewhere.
    browser.begin_wechat();
    browser.prove_for_wechat_by_code(PHONE);
    browser.offer_wechat("wx-new");
    browser.must_read(NICKNAME);
}
