//! The bridge, with a host played by a script: WeChat is opened by a host that can, messages from others are ignored,
//! and every kind of webview is spoken to by the object that it has (W8, WV-1, WV-2).

use contract::account::Way;
use contract::refusal::{AvatarFlaw, Refusal};
use contract::scan::ScanState;
use e2e::picture::{QUARTERS, quarters};
use e2e::{Browser, Fault, Stage, ZH};
use serde_json::{Value, json};

const QR: &str = ZH.scan().label;
const OPEN: &str = ZH.scan().open;

/// An app around the page that can do what stands in place of `CAN`: it keeps what it is told, says
/// hello, and answers when it is asked for that, by the kind and the content in place of `ANSWER`.
const HOST: &str = "
    if (window.top === window) {
        window.told = [];
        window.say = (id, type, data) =>
            menshenHost.onmessage({ data: JSON.stringify({ p: 'menshen/1', id, type, data }) });
        window.menshenHost = {
            postMessage(text) {
                told.push(text);
                const { id, type } = JSON.parse(text);
                if (type === 'ready') setTimeout(say, 0, id, 'hello', { can: ['CAN'] });
                if (type === 'CAN') setTimeout(say, 0, id, ...ANSWER);
            },
        };
    }";

/// Counts the messages that come to the window.
const COUNT: &str = "window.came = 0; addEventListener('message', () => came++)";

/// A browser in an app that can do this, and answers like this when it is asked for it.
fn in_an_app<'s>(stage: &'s Stage, can: &str, answer: &Value) -> Browser<'s> {
    let browser = stage.browser();
    browser.run_before_pages(&HOST.replace("CAN", can).replace("ANSWER", &answer.to_string()));
    browser
}

/// A browser in an app that opens WeChat, and says this kind of thing then.
fn beside_wechat<'s>(stage: &'s Stage, kind: &str) -> Browser<'s> {
    in_an_app(stage, "open_wechat", &json!([kind, {}]))
}

/// At the sign-in by WeChat, with a QR or what stands in its place.
fn wants_a_qr(browser: &Browser<'_>) {
    browser.open("/sign-in");
    browser.button(ZH.sign_in().by_wechat).click();
    browser.agree();
    browser.button(ZH.sign_in().wechat_show).click();
}

/// What the app was told of this kind.
fn told(browser: &Browser<'_>, kind: &str) -> Vec<Value> {
    let all = browser.run("return told.map(text => JSON.parse(text))", vec![]);
    let all = all.as_array().expect("a list").clone();
    all.into_iter().filter(|envelope| envelope["type"] == kind).collect()
}

/// The link that the app was asked to open.
fn link_of(browser: &Browser<'_>) -> String {
    browser.must_come_true("return told.some(text => JSON.parse(text).type === 'open_wechat')");
    told(browser, "open_wechat")[0]["data"]["url"].as_str().expect("a link").to_owned()
}

/// The app says after a while that it cannot open WeChat, as it was asked to.
fn refuse_wechat(browser: &Browser<'_>) {
    let answer =
        "const { id } = told.map(text => JSON.parse(text)).findLast(it => it.type === 'open_wechat');
        say(id, 'error', {})";
    assert!(browser.run(answer, vec![]).is_null());
}

/// Waits until the page has drawn whatever it was told.
fn settle(browser: &Browser<'_>) {
    assert!(
        browser.run_until_done("requestAnimationFrame(() => requestAnimationFrame(() => done()))").is_null()
    );
}

#[test]
fn w8_an_app_is_heard_although_its_part_was_lost_once() {
    let stage = Stage::behind_proxy();
    stage.faults().once("GET", "/assets/host-", Fault::CutBefore);
    let browser = beside_wechat(&stage, "open_wechat");
    wants_a_qr(&browser);
    browser.button(OPEN).must_appear();
    assert_eq!(stage.faults().sent("GET", "/assets/host-"), 2);
    let said = browser.traces();
    assert!(said.iter().any(|line| line.contains("Failed to fetch")), "{said:?}");
}

#[test]
fn w8_an_app_that_opens_wechat_has_a_button_in_place_of_the_qr() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "open_wechat");
    wants_a_qr(&browser);
    browser.button(OPEN).must_appear();
    browser.image(QR).must_be_gone();
    browser.must_read(ZH.scan().opened);
    assert!(told(&browser, "open_wechat").is_empty(), "nothing is opened before somebody says so");
    browser.button(OPEN).click();
    let link = link_of(&browser);
    let asked = told(&browser, "open_wechat");
    let id = asked[0]["id"].as_str().expect("an id");
    let expected = json!({ "p": "menshen/1", "id": id, "type": "open_wechat", "data": { "url": link } });
    assert_eq!(asked, [expected]);
    settle(&browser);
    browser.button(OPEN).must_appear();
    let consent = stage.wechat("wx-lin").scan(&link);
    browser.must_match(&consent);
    assert_eq!(consent.allow(), ScanState::Confirmed);
    browser.must_enter();
    browser.must_read("林晓");
}

#[test]
fn w8_an_app_that_opens_wechat_does_so_in_the_wizards_too() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "open_wechat");
    browser.enter("13800000001");
    browser.begin_wechat();
    browser.button_with((ZH.wechat().way)(Way::Wechat)).click();
    browser.button(OPEN).click();
    stage.wechat("wx-lin").scan(&link_of(&browser)).allow();
    browser.button(ZH.wechat().go).click();
    browser.button(OPEN).click();
    browser
        .must_come_true("return told.filter(text => JSON.parse(text).type === 'open_wechat').length === 2");
    let link = told(&browser, "open_wechat")[1]["data"]["url"].as_str().expect("a link").to_owned();
    stage.wechat("wx-new").scan(&link).allow();
    browser.heading(ZH.wechat().confirm_title).must_appear();
    browser.must_read("新号上路");
}

#[test]
fn w8_an_app_that_cannot_open_wechat_after_all_gets_the_qr() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "error");
    wants_a_qr(&browser);
    browser.button(OPEN).click();
    let text = browser.read_qr();
    assert_eq!(text, link_of(&browser));
    browser.button(OPEN).must_be_gone();
    stage.wechat("wx-lin").scan(&text).allow();
    browser.must_enter();
}

#[test]
fn w8_an_app_that_knows_no_wechat_gets_the_qr() {
    let stage = Stage::new();
    let browser = in_an_app(&stage, "title", &json!(["title", {}]));
    wants_a_qr(&browser);
    let text = browser.read_qr();
    browser.button(OPEN).must_be_gone();
    stage.wechat("wx-lin").scan(&text).allow();
    browser.must_enter();
}

#[test]
fn wv_1_what_is_posted_to_the_window_is_not_heard() {
    let stage = Stage::new();
    let browser = stage.browser();
    wants_a_qr(&browser);
    let text = browser.read_qr();
    assert!(browser.run(COUNT, vec![]).is_null());
    let hello = "{ p: 'menshen/1', id: '1', type: 'hello', data: { can: ['open_wechat'] } }";
    let post = |window: &str| {
        format!("{window}.postMessage(JSON.stringify({hello}), '*'); {window}.postMessage({hello}, '*')")
    };
    assert!(browser.run(&post("window"), vec![]).is_null());
    let frame = "document.body.append(document.createElement('iframe'))";
    assert!(browser.run(frame, vec![]).is_null());
    browser.run_in_frame(&post("parent"));
    browser.must_come_true("return came === 4");
    settle(&browser);
    assert_eq!(browser.glance_at_qr(), Ok(text));
    browser.button(OPEN).must_be_gone();
}

#[test]
fn wv_1_nobody_speaks_for_the_app() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "open_wechat");
    wants_a_qr(&browser);
    browser.button(OPEN).must_appear();
    assert!(browser.run(COUNT, vec![]).is_null());
    let error = "JSON.stringify({ p: 'menshen/1', id: '1', type: 'error' })";
    assert!(browser.run(&format!("window.postMessage({error}, '*')"), vec![]).is_null());
    let frame = "document.body.append(document.createElement('iframe'))";
    assert!(browser.run(frame, vec![]).is_null());
    browser.run_in_frame(&format!("parent.postMessage({error}, '*')"));
    browser.must_come_true("return came === 2");
    settle(&browser);
    browser.button(OPEN).must_appear();
}

#[test]
fn wv_1_an_answer_to_nothing_that_was_asked_changes_nothing() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "of another version");
    wants_a_qr(&browser);
    browser.button(OPEN).must_appear();
    let others = "
        say('7', 'error', {});
        say(1, 'error', {});
        say('1', 'hello', 7);
        for (const data of [
            { p: 'menshen/1', id: '1', type: 'error' },
            JSON.stringify({ p: 'other/1', id: '1', type: 'error' }),
            JSON.stringify({ id: '1', type: 'error' }),
            JSON.stringify([]),
            '{',
            '',
            null,
            undefined,
        ]) menshenHost.onmessage({ data });";
    assert!(browser.run(others, vec![]).is_null());
    settle(&browser);
    browser.button(OPEN).must_appear();
    browser.image(QR).must_be_gone();
    // The right one does: what was tried above was heard and understood.
    browser.button(OPEN).click();
    link_of(&browser);
    browser.image(QR).must_be_gone();
    refuse_wechat(&browser);
    assert!(!browser.read_qr().is_empty());
}

/// A frame of another origin: what is posted from there comes from nobody we know. It answers whatever
/// is said to it.
const FOREIGN: &str = "
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts';
    document.body.append(frame)";

/// Posts ten thousand messages to the page around the frame: of these kinds, with this ability, as
/// answers to everything that may have been asked; as texts and as objects, whole and cut off, with
/// ports and without.
const FLOOD: &str = "
    addEventListener('message', () => parent.postMessage('answered', '*'));
    const kinds = KINDS;
    for (let n = 0; n < 10000; n++) {
        const round = Math.floor(n / kinds.length);
        const data = { can: CAN, image: 'AAAA', url: 'https://evil.example/' };
        const message = { p: 'menshen/1', id: String(round % 4), type: kinds[n % kinds.length], data };
        const text = JSON.stringify(message);
        const forms = [text, message, text.slice(0, n % text.length), [text]];
        const ports = n % 10 ? [] : [new MessageChannel().port1];
        parent.postMessage(forms[Math.floor(round / 4) % forms.length], '*', ports);
    }";

/// Lets a foreign frame post that many, and waits until all of them came; from nowhere else, and none
/// of them was answered.
fn flood(browser: &Browser<'_>, kinds: &Value, can: &Value) {
    let count = "window.came = 0; window.origins = new Set();
        addEventListener('message', event => { came++; origins.add(event.origin); })";
    assert!(browser.run(count, vec![]).is_null());
    assert!(browser.run(FOREIGN, vec![]).is_null());
    browser.run_in_frame(&FLOOD.replace("KINDS", &kinds.to_string()).replace("CAN", &can.to_string()));
    browser.must_come_true("return came >= 10000");
    settle(browser);
    assert_eq!(browser.run("return [came, ...origins]", vec![]), json!([10_000, "null"]));
}

/// Keycloak CVE-2024-1249: a page did what was posted to its window, and answered, whoever posted it
/// (WV-1, WV-2).
#[test]
fn cve_2024_1249_posts_from_elsewhere_are_not_done_or_answered() {
    let stage = Stage::new();
    // In an app that opens WeChat, half-way through a wizard: all that an app could say, so that the
    // button would go, or the person.
    let browser = beside_wechat(&stage, "of another version");
    browser.enter("13800000001");
    browser.begin_wechat();
    browser.button_with((ZH.wechat().way)(Way::Wechat)).click();
    browser.button(OPEN).must_appear();
    let (at, told) = (browser.address(), "return told.length");
    let before = browser.run(told, vec![]);
    let all = json!([
        "error",
        "hello",
        "ready",
        "back",
        "close",
        "title",
        "open_wechat",
        "pick_image",
        "session_ended",
        "phone_changed",
        "wechat_changed",
        "account_canceled",
    ]);
    flood(&browser, &all, &json!([]));
    browser.button(OPEN).must_appear();
    browser.image(QR).must_be_gone();
    assert_eq!(browser.address(), at);
    assert_eq!(browser.run(told, vec![]), before, "the app is told nothing of it");
    // The same said by the app is done, and the wizard goes on.
    browser.button(OPEN).click();
    link_of(&browser);
    refuse_wechat(&browser);
    let text = browser.read_qr();
    browser.button(OPEN).must_be_gone();
    stage.wechat("wx-lin").scan(&text).allow();
    browser.button(ZH.wechat().go).must_appear();

    // Without an app: nobody makes the page believe that there is one.
    let browser = stage.browser();
    wants_a_qr(&browser);
    let text = browser.read_qr();
    flood(&browser, &json!(["hello"]), &json!(["open_wechat", "pick_image"]));
    assert_eq!(browser.glance_at_qr(), Ok(text));
    browser.button(OPEN).must_be_gone();
    // Nor does a page that opens ours keep hold of its window.
    let origin = browser.run("return location.origin", vec![]);
    browser.open_tab();
    let open = "window.ours = open(arguments[0] + '/sign-in')";
    assert!(browser.run(open, vec![origin]).is_null());
    browser.must_come_true("return ours.closed");
    browser.turn_to_tab(2);
    browser.must_stand();
    assert_eq!(browser.run("return [location.pathname, opener]", vec![]), json!(["/sign-in", null]));
}

#[test]
fn wv_2_the_app_is_told_of_the_page_and_of_the_link_alone() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "open_wechat");
    browser.enter("13800000001");
    browser.begin_wechat();
    browser.button_with((ZH.wechat().way)(Way::Wechat)).click();
    browser.button(OPEN).click();
    let link = link_of(&browser);
    let told = browser.run("return told.map(text => JSON.parse(text))", vec![]);
    let told = told.as_array().expect("a list");
    let ready = json!({ "p": "menshen/1", "id": "1", "type": "ready", "data": { "can": ["open_wechat", "pick_image", "back"] } });
    assert_eq!(told[0], ready, "before the page knows who is there");
    for (at, envelope) in told.iter().enumerate() {
        assert_eq!(envelope["id"], (at + 1).to_string());
        match envelope["type"].as_str().expect("a kind") {
            "ready" => assert_eq!(at % told.len(), 0),
            "title" => {}
            "open_wechat" => assert_eq!(envelope["data"], json!({ "url": link })),
            other => panic!("{other} was told"),
        }
    }
    let said = serde_json::to_string(told).expect("JSON");
    assert!(!said.contains("138") && !said.contains("林晓"), "{said}");
}

/// What each kind of webview has, beside a list `told` of what the page says to it; `GIVE(text)` hands a text back.
const WEBVIEWS: [(&str, &str); 8] = [
    (
        "ios",
        "window.webkit = { messageHandlers: { menshen: { postMessage: text => hear(text) } } };
         const give = text => menshenReceive(text);",
    ),
    (
        "android",
        "window.menshenHost = { postMessage: text => hear(text), onmessage: null };
         const give = text => menshenHost.onmessage({ data: text });",
    ),
    (
        "webview2",
        "const target = new EventTarget();
         window.chrome = { webview: { postMessage: text => hear(text), addEventListener: target.addEventListener.bind(target) } };
         const give = text => target.dispatchEvent(new MessageEvent('message', { data: text }));",
    ),
    (
        "electron",
        "let listener;
         window.menshenHost = Object.freeze({
             postMessage: text => hear(text), addEventListener: (kind, f) => { if (kind === 'message') listener = f },
         });
         const give = text => listener({ data: text });",
    ),
    (
        "react native",
        "window.ReactNativeWebView = { postMessage: text => hear(text) };
         const give = text => menshenReceive(text);",
    ),
    (
        "flutter",
        "window.menshenChannel = { postMessage: text => hear(text) };
         const give = text => menshenReceive(text);",
    ),
    (
        "harmony",
        "window.menshenNative = { post: text => hear(text) };
         const give = text => menshenReceive(text);",
    ),
    (
        "tauri",
        "window.__TAURI_INTERNALS__ = {
             invoke: (command, { text }) => { if (command === 'menshen') hear(text) },
         };
         const give = text => menshenReceive(text);",
    ),
];

/// An app in one of them that opens WeChat. The host is there at once, or `LATE` milliseconds after the page has begun.
const APP: &str = "if (window.top === window) setTimeout(() => {
    window.told = [];
    const hear = text => {
        if (typeof text !== 'string') throw new Error('no text');
        told.push(text);
        const { id, type } = JSON.parse(text);
        const say = (type, data) => setTimeout(() => give(JSON.stringify({ p: 'menshen/1', id, type, data })));
        if (type === 'ready') say('hello', { can: ['open_wechat'] });
        if (type === 'open_wechat') say('open_wechat', {});
    };
    OBJECT
    window.ask = (id, type) => give(JSON.stringify({ p: 'menshen/1', id, type }));
}, LATE);";

fn in_a_webview<'s>(stage: &'s Stage, object: &str, late: u32) -> Browser<'s> {
    let browser = stage.browser();
    let late = late.to_string();
    let app = if late == "0" {
        APP.replace("setTimeout(() => {", "(() => {").replace("}, LATE);", "})();")
    } else {
        APP.to_owned()
    };
    browser.run_before_pages(&app.replace("OBJECT", object).replace("LATE", &late));
    browser
}

#[test]
fn w8_every_kind_of_webview_is_spoken_to_by_its_own_object() {
    let stage = Stage::new();
    for (name, object) in WEBVIEWS {
        let browser = in_a_webview(&stage, object, 0);
        wants_a_qr(&browser);
        browser.button(OPEN).click();
        let link = link_of(&browser);
        stage.wechat("wx-lin").scan(&link).allow();
        browser.must_enter();
        // And it is heard.
        assert!(browser.run("ask('h1', 'back')", vec![]).is_null(), "{name}");
        browser.must_come_true("return told.some(text => JSON.parse(text).id === 'h1')");
        let answer = json!([{ "p": "menshen/1", "id": "h1", "type": "back", "data": { "handled": false } }]);
        assert_eq!(json!(told(&browser, "back")), answer, "{name}");
        stage.reset();
    }
}

#[test]
fn w8_a_host_that_comes_late_is_heard() {
    let stage = Stage::new();
    for late in [1, 2_000] {
        let browser = in_a_webview(&stage, WEBVIEWS[1].1, late);
        wants_a_qr(&browser);
        browser.button(OPEN).must_appear();
    }
}

#[test]
fn w8_an_app_that_stays_silent_leaves_the_qr() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "of another version");
    wants_a_qr(&browser);
    browser.button(OPEN).click();
    let link = link_of(&browser);
    assert_eq!(browser.read_qr(), link);
    browser.button(OPEN).must_be_gone();
}

#[test]
fn w8_answers_are_matched_to_what_was_asked() {
    let stage = Stage::new();
    // The picture comes when the page has said and asked other things since.
    let browser = in_a_gallery(&stage, &json!(["of another version", {}]));
    let asked = told(&browser, "pick_image")[0]["id"].clone();
    assert!(browser.run("ask = say; ask('h1', 'back')", vec![]).is_null());
    browser.must_come_true("return told.some(text => JSON.parse(text).id === 'h1')");
    browser.must_be_in();
    browser.link(ZH.overview().change_avatar).click();
    browser.button(ZH.avatar().pick).must_appear();
    let image = base64(&quarters(400, 400));
    let say = "say(arguments[0], 'pick_image', { image: arguments[1] })";
    assert!(browser.run(say, vec![asked.clone(), json!(image)]).is_null());
    browser.must_show(".crop canvas", QUARTERS);
    // Once.
    browser.button(ZH.avatar().save).click();
    browser.must_read(ZH.avatar().changed);
    assert!(browser.run(say, vec![asked, json!(image)]).is_null());
    settle(&browser);
    assert!(!browser.reads(ZH.avatar().save));
}

/// The kinds of what the app was told, titles left out.
fn kinds(browser: &Browser<'_>) -> Value {
    browser.run("return told.map(text => JSON.parse(text).type).filter(type => type !== 'title')", vec![])
}

#[test]
fn wv_2_the_app_is_told_what_was_changed_and_nothing_of_it() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "open_wechat");
    browser.enter("13800000001");
    browser.begin_wechat();
    browser.prove_for_wechat_by_code("13800000001");
    browser.button(ZH.wechat().go).click();
    browser.button(OPEN).click();
    stage.wechat("wx-new").scan(&link_of(&browser)).allow();
    browser.button(ZH.wechat().submit).click();
    browser.heading(ZH.wechat().changed_title).must_appear();
    assert_eq!(kinds(&browser), json!(["ready", "open_wechat", "wechat_changed"]));
    // A reload shows the result again, and tells nothing again.
    browser.reload();
    browser.heading(ZH.wechat().changed_title).must_appear();
    browser.must_come_true("return told.some(text => JSON.parse(text).type === 'title')");
    assert_eq!(kinds(&browser), json!(["ready"]));
    browser.open("/");
    browser.must_be_in();
    browser.begin_rebind();
    browser.prove_by_password();
    browser.rebind_to("13911110001");
    browser.link(ZH.phone().sign_in).click();
    browser.must_come_true("return told.some(text => JSON.parse(text).type === 'session_ended')");
    assert_eq!(kinds(&browser), json!(["ready", "phone_changed", "session_ended"]));
    let ended = told(&browser, "session_ended");
    assert_eq!(ended[0]["data"], json!({ "why": "phone_changed" }));
    browser.give_password("13911110001");
    browser.must_be_in();
    browser.begin_cancel();
    browser.give_step_up_password();
    browser.confirm_cancel();
    assert_eq!(kinds(&browser)[3], json!("account_canceled"));
    let said = browser.run("return told.join()", vec![]);
    let said = said.as_str().expect("text");
    assert!(!said.contains("139") && !said.contains("林晓"), "{said}");
}

#[test]
fn the_app_is_told_the_title_of_each_screen() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "open_wechat");
    browser.enter("13800000001");
    browser.begin_rebind();
    let titles = || -> Vec<Value> {
        told(&browser, "title").into_iter().map(|it| it["data"]["title"].clone()).collect()
    };
    let screens = [ZH.sign_in().title, ZH.overview().title, ZH.phone().title, ZH.step_up().title];
    browser.must_come_true("return told.filter(text => JSON.parse(text).type === 'title').length === 4");
    for (title, screen) in titles().into_iter().zip(screens) {
        assert!(title.as_str().is_some_and(|title| title.starts_with(screen)), "{title} of {screen}");
    }
}

#[test]
fn back_leads_through_the_steps_and_out_of_the_app() {
    let stage = Stage::new();
    let browser = beside_wechat(&stage, "open_wechat");
    browser.enter("13800000001");
    let mut asked = 0;
    let mut back = |handled: bool| {
        asked += 1;
        let id = format!("back {asked}");
        assert!(browser.run("say(arguments[0], 'back')", vec![json!(id)]).is_null());
        browser.must_come_true(&format!("return told.some(text => JSON.parse(text).id === '{id}')"));
        let answer = told(&browser, "back").pop().expect("an answer");
        assert_eq!(answer["data"]["handled"], json!(handled), "{id}");
    };
    browser.begin_rebind();
    browser.prove_by_password();
    browser.name_number("13911110001");
    browser.heading(ZH.phone().code_title).must_appear();
    back(true);
    browser.heading(ZH.phone().number_title).must_appear();
    back(true);
    browser.must_come_true("return !location.pathname.includes('number')");
    browser.open("/phone");
    browser.button(ZH.phone().title).must_appear();
    back(true);
    browser.must_be_in();
    browser.open_devices();
    back(true);
    browser.must_be_in();
    back(false);
    browser.must_be_in();
    // What is open above the screen is closed first.
    browser.leave();
    browser.link(ZH.sign_in().terms).click();
    browser.must_come_true("return document.querySelector('dialog iframe') !== null");
    back(true);
    browser.must_come_true("return document.querySelector('dialog') === null");
    browser.heading(ZH.sign_in().title).must_appear();
    back(false);
}

#[test]
fn back_closes_no_dialog_whose_request_is_under_way() {
    let stage = Stage::behind_proxy();
    let browser = beside_wechat(&stage, "open_wechat");
    browser.enter("13800000001");
    browser.begin_cancel();
    browser.give_step_up_password();
    browser.heading(ZH.cancel().confirm_title).must_appear();
    browser.button(ZH.cancel().go_on).click();
    stage.faults().once("POST", "/api/v1/cancel", Fault::Hold);
    browser.button(ZH.cancel().submit).click();
    stage.faults().must_hold();
    assert!(browser.run("say('h1', 'back')", vec![]).is_null());
    browser.must_come_true("return told.some(text => JSON.parse(text).id === 'h1')");
    browser.must_come_true("return document.querySelector('dialog[open]') !== null");
    stage.faults().release();
    browser.heading(ZH.cancel().done_title).must_appear();
}

/// Presses a button of the app that `/dev/host` plays.
fn press_in_the_app(browser: &Browser<'_>, name: &str) {
    let press = "const bar = document.querySelector('aside').shadowRoot;
        [...bar.querySelectorAll('button')].find(it => it.textContent.includes(arguments[0])).click()";
    assert!(browser.run(press, vec![json!(name)]).is_null());
}

/// What that app shows of the messages.
const LOG: &str = "document.querySelector('aside').shadowRoot.querySelector('pre').textContent";

#[test]
fn dev_host_plays_an_app_around_the_page() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open_early("/dev/host");
    browser.must_come_true("return document.forms.length === 1 && document.readyState === 'complete'");
    assert!(browser.run("document.querySelector('button').click()", vec![]).is_null());
    browser.heading(ZH.sign_in().title).must_appear();
    browser.give_password("13800000004");
    // In the app, so the number can be changed.
    browser.begin_rebind();
    browser.must_come_true(&format!("return {LOG}.includes('\"type\":\"hello\"')"));
    press_in_the_app(&browser, "Back");
    browser.button(ZH.phone().title).must_appear();
    press_in_the_app(&browser, "Theme");
    browser.must_come_true("return document.documentElement.dataset.theme === 'dark'");
    browser.button(ZH.phone().title).must_appear();
    // It opens WeChat, which another tab plays.
    browser.leave();
    wants_a_qr(&browser);
    browser.button(OPEN).click();
    browser.must_come_true(&format!("return /→.*\"type\":\"open_wechat\"/.test({LOG})"));
    browser.turn_to_tab(1);
    browser.must_come_true("return location.pathname === '/dev/wechat' && location.search !== ''");
    browser.turn_to_tab(0);
    press_in_the_app(&browser, "Leave");
    browser.must_come_true("return document.forms.length === 1 && !document.cookie.includes('dev-host')");
    browser.open("/sign-in");
    browser.must_come_true("return document.querySelector('aside') === null && !('menshenHost' in window)");
}

/// At the avatar, in an app that answers `pick_image` like this.
fn in_a_gallery<'s>(stage: &'s Stage, answer: &Value) -> Browser<'s> {
    let browser = in_an_app(stage, "pick_image", answer);
    browser.enter("13800000001");
    browser.link(ZH.overview().change_avatar).click();
    browser.button(ZH.avatar().pick).click();
    browser.must_come_true("return told.some(text => JSON.parse(text).type === 'pick_image')");
    browser
}

#[test]
fn a2_an_app_that_picks_pictures_is_asked_for_one() {
    let stage = Stage::new();
    let image = base64(&quarters(400, 400));
    let browser = in_a_gallery(&stage, &json!(["pick_image", { "image": image }]));
    let asked = told(&browser, "pick_image");
    let id = asked[0]["id"].as_str().expect("an id");
    assert_eq!(asked, [json!({ "p": "menshen/1", "id": id, "type": "pick_image", "data": {} })]);
    browser.must_show(".crop canvas", QUARTERS);
    browser.button(ZH.avatar().save).click();
    browser.must_read(ZH.avatar().changed);
    browser.must_show("img.initial", QUARTERS);
}

#[test]
fn a2_what_an_app_brings_is_looked_at_like_anything_else() {
    let stage = Stage::new();
    for (image, why) in [
        ("PHN2Zy8+".to_owned(), AvatarFlaw::Format),
        ("no base64!".to_owned(), AvatarFlaw::Broken),
        ("A".repeat(7_100_000), AvatarFlaw::Heavy),
    ] {
        let browser = in_a_gallery(&stage, &json!(["pick_image", { "image": image }]));
        browser.must_warn(ZH.refusal(&Refusal::AvatarBad { why }));
        browser.button(ZH.avatar().pick).must_be_open();
    }
}

#[test]
fn a2_an_app_in_which_nothing_was_picked_changes_nothing() {
    let stage = Stage::new();
    let browser = in_a_gallery(&stage, &json!(["pick_image", {}]));
    settle(&browser);
    browser.button(ZH.avatar().pick).click();
    browser.must_come_true("return told.filter(text => JSON.parse(text).type === 'pick_image').length === 2");
    assert!(!browser.reads(ZH.avatar().save));
}

#[test]
fn a2_an_app_that_cannot_pick_leaves_it_to_the_browser() {
    let stage = Stage::new();
    let browser = in_a_gallery(&stage, &json!(["error", {}]));
    settle(&browser);
    browser.pick_file("quarters.png", &quarters(400, 400));
    browser.must_show(".crop canvas", QUARTERS);
    assert_eq!(told(&browser, "pick_image").len(), 1);
}

/// As RFC 4648, section 4, writes bytes.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at > three.len() { '=' } else { letter.into() });
        }
    }
    text
}
