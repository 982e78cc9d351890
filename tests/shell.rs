//! The first paint: correct before any code has loaded, in the right language and theme, replaced by the
//! app without a layout shift and with everything that was typed.

use e2e::{Answer, Browser, EN, Fault, Lang, PASSWORD, Stage, ZH};
use serde_json::{Value, json};

/// A screen of a phone and one of a desk.
const SCREENS: [(u32, u32); 2] = [(390, 844), (1280, 960)];

/// Opens a path and keeps the app back.
fn open_without_app(browser: &Browser<'_>, path: &str) {
    browser.forget_files();
    browser.stage().faults().once("GET", "/assets/menshen_bg", Fault::Hold);
    browser.open_early(path);
    browser.stage().faults().must_hold();
}

/// Lets everything go that is kept back, and waits for the app.
fn let_the_app_come(browser: &Browser<'_>) {
    browser.stage().faults().release();
    browser.must_stand();
}

/// Where the main pieces are, of those that are drawn.
fn places(browser: &Browser<'_>, pieces: &[&str]) -> Value {
    browser.run(
        "return arguments[0].map(piece => [piece, ...[...document.querySelectorAll(piece)]
            .filter(it => it.getClientRects().length)
            .map(it => JSON.stringify(it.getBoundingClientRect()))])",
        vec![json!(pieces)],
    )
}

/// How far things have moved since the page was opened, as browsers measure it.
fn moved(browser: &Browser<'_>) -> Value {
    browser.run_until_done(
        "requestAnimationFrame(() => requestAnimationFrame(() => {
            const observer = new PerformanceObserver(() => {});
            observer.observe({ type: 'layout-shift', buffered: true });
            done(observer.takeRecords().reduce((sum, shift) => sum + shift.value, 0));
        }))",
    )
}

/// What is drawn, without what may differ: that buttons are closed before the app is there.
const DRAWN: &str = "
    const drawn = (node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data;
        if (node.nodeType !== Node.ELEMENT_NODE) return '';
        const attributes = [...node.attributes].filter(({ name }) => name !== 'disabled' && name !== 'autocomplete')
            .map(({ name, value }) => ` ${name}='${value}'`).sort().join('');
        return `<${node.localName}${attributes}>${[...node.childNodes].map(drawn).join('')}</>`;
    };
    const all = (nodes) => [...nodes].map(drawn).join('\\n');";

/// What `boot.js` calls its button: there are no words of the app yet.
const AGAIN: &str = "重试 / Try again";

const SIGN_IN: [&str; 11] = [
    ".brand",
    ".top button",
    "main",
    "h1",
    ".tabs button",
    "label",
    "#phone",
    "#code",
    ".field-row button",
    ".consent",
    "[type=submit]",
];

#[test]
fn nothing_moves_when_the_app_takes_over_the_sign_in() {
    for (width, height) in SCREENS {
        for path in ["/sign-in", "/sign-in?ui_locales=en", "/"] {
            let stage = Stage::behind_proxy();
            let browser = stage.browser();
            browser.shrink_to(width, height);
            open_without_app(&browser, path);
            // However long it takes, the line that tells how far it is moves nothing either.
            browser.must_come_true("return document.querySelector('#boot > progress') !== null");
            let before = places(&browser, &SIGN_IN);
            let_the_app_come(&browser);
            assert_eq!(before, places(&browser, &SIGN_IN), "{path} at {width}");
            assert_eq!(moved(&browser).as_f64(), Some(0.0), "{path} at {width}");
        }
    }
}

#[test]
fn nothing_moves_when_the_app_takes_over_the_overview() {
    let pieces = [".brand", ".top button", "h1", ".person", ".initial", "h2", ".row", ".wide"];
    for (width, height) in SCREENS {
        let stage = Stage::behind_proxy();
        let browser = stage.browser();
        browser.shrink_to(width, height);
        browser.enter("13800000001");
        stage.faults().once("GET", "/api/v1/me", Fault::Hold);
        browser.open_early("/");
        stage.faults().must_hold();
        browser.heading(ZH.overview().title).must_appear();
        assert!(!browser.reads("138****0001"), "nothing of anybody is painted");
        let before = places(&browser, &pieces);
        let_the_app_come(&browser);
        browser.must_read("138****0001");
        assert_eq!(before, places(&browser, &pieces), "at {width}");
        assert_eq!(moved(&browser).as_f64(), Some(0.0), "at {width}");
    }
}

#[test]
fn nothing_moves_when_the_app_takes_over_the_devices() {
    let pieces = [".brand", ".top button", "h1", "main > p", ".waiting", ".wide", "main > a"];
    for (width, height) in SCREENS {
        let stage = Stage::behind_proxy();
        let browser = stage.browser();
        browser.shrink_to(width, height);
        browser.enter("13800000001");
        stage.faults().once("GET", "/assets/menshen_bg", Fault::Hold);
        browser.forget_files();
        browser.open_early("/devices");
        stage.faults().must_hold();
        browser.heading(ZH.overview().devices).must_appear();
        let before = places(&browser, &pieces);
        stage.faults().once("GET", "/api/v1/devices", Fault::Hold);
        stage.faults().once("GET", "/api/v1/meetings", Fault::Hold);
        let_the_app_come(&browser);
        stage.faults().must_hold();
        assert_eq!(before, places(&browser, &pieces), "at {width}");
        assert_eq!(moved(&browser).as_f64(), Some(0.0), "at {width}");
        stage.faults().release();
        browser.must_read(ZH.devices().here);
    }
}

#[test]
fn a_move_would_be_noticed() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    open_without_app(&browser, "/sign-in");
    let push = "document.querySelector('h1').insertAdjacentHTML('beforebegin', '<p><br><br><br></p>')";
    browser.must_come_true(&format!("{push}; return true"));
    assert!(moved(&browser).as_f64() > Some(0.0));
    let_the_app_come(&browser);
}

#[test]
fn the_first_paint_is_drawn_as_the_app_draws() {
    let stage = Stage::new();
    let browser = stage.browser();
    for lang in ["zh", "en"] {
        for (path, kept) in [
            ("/sign-in", "header, main"),
            ("/", "header, nav, h1, h2, .row-label, .row > svg"),
            ("/devices", "header, nav, h1, h1 + p, .wide, main > a"),
            ("/history", "header, nav, h1, .dots, main > p, main > a"),
            ("/activity", "header, nav, h1, h1 + p, .wide, main > a"),
        ] {
            if path == "/" {
                browser.enter("13800000001");
            }
            let path = format!("{path}?ui_locales={lang}");
            browser.open(&path);
            let pairs = browser.run_until_done(&format!(
                "{DRAWN}
                fetch('{path}').then(answer => answer.text()).then(text => {{
                    const page = new DOMParser().parseFromString(text, 'text/html');
                    done([page, document].map(it => [
                        it.documentElement.lang, it.title, all(it.querySelectorAll('{kept}')),
                    ]));
                }})"
            ));
            assert!(pairs[0][2].as_str().is_some_and(|drawn| drawn.len() > 500), "{pairs}");
            assert_eq!(pairs[0], pairs[1], "{path}");
        }
        browser.leave();
    }
}

#[test]
fn g6_the_first_paint_asks_the_browser_to_bring_nothing_back() {
    let stage = Stage::new();
    // Otherwise Back would fill in what somebody typed here before, and tick their consent.
    let page = stage.get("/sign-in").text().expect("it is text");
    let inputs: Vec<&str> = page.split("<input").skip(1).filter_map(|rest| rest.split('>').next()).collect();
    assert_eq!(inputs.len(), 3, "{page}");
    assert!(inputs.iter().all(|input| input.contains("autocomplete=\"off\"")), "{inputs:?}");
}

#[test]
fn what_was_typed_before_the_app_came_is_kept_with_the_cursor() {
    let stage = Stage::behind_proxy();
    for path in ["/sign-in", "/"] {
        let browser = stage.browser();
        stage.faults().once("GET", "/assets/menshen_bg", Fault::Hold);
        browser.open_early(path);
        stage.faults().must_hold();
        browser.agree();
        browser.field(ZH.common().code).fill("12");
        browser.field(ZH.sign_in().phone).fill("13800000001");
        let mark = "document.activeElement.setSelectionRange(2, 5)";
        browser.must_come_true(&format!("{mark}; return true"));
        let_the_app_come(&browser);
        browser.field(ZH.sign_in().phone).must_hold("13800000001");
        browser.field(ZH.common().code).must_hold("12");
        browser.must_have_focus_on("phone");
        let marked = browser.run(
            "const it = document.activeElement; return [it.selectionStart, it.selectionEnd, it.value]",
            vec![],
        );
        assert_eq!(marked, json!([2, 5, "13800000001"]), "{path}");
        // The app knows of it too.
        browser.ask_for_code();
        browser.field(ZH.common().code).fill(&stage.code_to("13800000001"));
        browser.button(ZH.sign_in().submit).click();
        browser.must_be_in();
        // One sends a number the next code no sooner.
        stage.advance(60);
    }
}

#[test]
fn nothing_can_be_pressed_or_sent_before_the_app_is_there() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    open_without_app(&browser, "/sign-in");
    let t = ZH.sign_in();
    for name in [t.submit, ZH.common().send_code, t.by_password, Lang::En.name()] {
        browser.button(name).must_be_closed();
    }
    browser.field(ZH.sign_in().phone).fill("13800000001");
    browser.field(ZH.sign_in().phone).press_enter();
    browser.field(ZH.sign_in().phone).must_hold("13800000001");
    assert_eq!(browser.address(), "/sign-in");
    let_the_app_come(&browser);
    browser.button(ZH.sign_in().submit).must_be_open();
}

#[test]
fn the_first_paint_is_in_the_language_of_the_app() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    let must_be = |path: &str, title: &str, tag: &str| {
        open_without_app(&browser, path);
        browser.heading(title).must_appear();
        browser.must_come_true(&format!("return document.documentElement.lang === '{tag}'"));
        let_the_app_come(&browser);
        browser.heading(title).must_appear();
        browser.must_come_true(&format!("return document.documentElement.lang === '{tag}'"));
    };
    must_be("/", ZH.sign_in().title, ZH.tag);
    must_be("/?ui_locales=en", EN.sign_in().title, EN.tag);
    browser.prefer("fr,en");
    must_be("/sign-in", EN.sign_in().title, EN.tag);
    browser.button(Lang::Zh.name()).click();
    browser.heading(ZH.sign_in().title).must_appear();
    must_be("/sign-in", ZH.sign_in().title, ZH.tag);
    must_be("/sign-in?ui_locales=en", EN.sign_in().title, EN.tag);
    let kept = browser.cookies().into_iter().find(|cookie| cookie.name == "lang").expect("it is kept");
    assert_eq!((kept.value.as_str(), kept.secure), ("zh-CN", Some(true)));
    assert_eq!(kept.same_site.map(|site| format!("{site:?}")), Some("Lax".to_owned()));
}

#[test]
fn g6_a_shared_device_keeps_no_language() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?surface=kiosk");
    // As well when the address does not say it any more.
    for path in ["/sign-in", "/"] {
        browser.button(Lang::En.name()).click();
        browser.heading(EN.sign_in().title).must_appear();
        assert_eq!(browser.run("return document.cookie", vec![]), "__Host-shared=1");
        browser.open(path);
        browser.heading(ZH.sign_in().title).must_appear();
    }
    let kept =
        browser.cookies().into_iter().find(|cookie| cookie.name == "__Host-shared").expect("it is kept");
    assert_eq!(kept.expiry, None, "only as long as the browser runs");
}

#[test]
fn a_wizard_begins_as_a_frame_for_whoever_is_signed_in() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    open_without_app(&browser, "/phone");
    browser.heading(ZH.sign_in().title).must_appear();
    let_the_app_come(&browser);
    browser.enter("13800000001");
    stage.faults().once("GET", "/api/v1/me", Fault::Hold);
    browser.open_early("/phone");
    stage.faults().must_hold();
    browser.must_come_true("return document.querySelector('#boot main.sheet') !== null");
    assert!(!browser.reads(ZH.sign_in().by_sms), "it is not the sign-in");
    let_the_app_come(&browser);
    browser.heading(ZH.phone().title).must_appear();
    assert_eq!(moved(&browser).as_f64(), Some(0.0));
}

#[test]
fn a_guest_sees_the_sign_in_before_the_server_has_answered() {
    let stage = Stage::behind_proxy();
    for path in ["/", "/sign-in", "/phone", "/devices"] {
        let browser = stage.browser();
        stage.faults().once("GET", "/api/v1/me", Fault::Hold);
        browser.open_early(path);
        stage.faults().must_hold();
        browser.must_come_true("return document.getElementById('boot') === null");
        browser.heading(ZH.sign_in().title).must_appear();
        browser.button(ZH.sign_in().by_password).click();
        browser.field(ZH.common().password).must_appear();
        stage.faults().release();
        browser.must_have_sent("/api/v1/me", 1);
    }
}

#[test]
fn the_account_is_asked_for_beside_the_app_and_once() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter("13800000001");
    for (path, early) in [("/", 1), ("/?transaction=1", 0)] {
        let before = stage.faults().sent("GET", "/api/v1/me");
        open_without_app(&browser, path);
        browser.must_have_sent("/api/v1/me", early);
        let_the_app_come(&browser);
        browser.must_be_in();
        assert_eq!(stage.faults().sent("GET", "/api/v1/me"), before + 1, "{path}");
    }
}

#[test]
fn an_early_answer_that_is_lost_is_asked_for_by_the_app() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter("13800000001");
    let before = stage.faults().sent("GET", "/api/v1/me");
    stage.faults().once("GET", "/api/v1/me", Fault::Truncate(20));
    browser.open("/");
    browser.must_be_in();
    assert_eq!(stage.faults().sent("GET", "/api/v1/me"), before + 2);
    drop(browser.traces());
}

#[test]
fn g7_an_early_answer_is_not_kept_for_a_later_question() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    browser.enter("13800000001");
    stage.faults().always("POST", "/api/v1/sign-out", Fault::CutBefore);
    browser.button(ZH.overview().sign_out).click();
    browser.must_read(ZH.sign_in().sign_out_pending);
    stage.faults().end();
    drop(browser.traces());
    // The page is painted for the account, and the app signs it out before it asks who is signed in.
    open_without_app(&browser, "/");
    browser.must_have_sent("/api/v1/me", 1);
    let_the_app_come(&browser);
    browser.heading(ZH.sign_in().title).must_appear();
    browser.give_password("13800000002");
    browser.must_read("138****0002");
    assert!(!browser.reads("138****0001"), "it is not the account of before");
}

/// What the browser has made of the style sheets, for every element that is drawn.
const LOOKS: &str = "
    return JSON.stringify([...document.querySelectorAll('body *')].filter(it => it.checkVisibility()).map(it => {
        const style = getComputedStyle(it);
        return [it.localName, it.className, [...style].map(name => name + ':' + style.getPropertyValue(name))];
    }));";

#[test]
fn a_guest_needs_no_style_of_the_other_screens() {
    let stage = Stage::new();
    let browser = stage.browser();
    let sheet = "document.querySelector('link[href^=\"/assets/account-\"]')";
    // A page for an account has that sheet, and tells its address.
    browser.enter("13800000001");
    browser.open("/");
    browser.heading(ZH.overview().title).must_appear();
    let address = browser.run(&format!("return {sheet}.getAttribute('href')"), vec![]);
    browser.button(ZH.overview().sign_out).click();
    browser.heading(ZH.sign_in().title).must_appear();
    let shown: [&dyn Fn(); 4] = [
        &|| browser.field(ZH.common().code).must_appear(),
        &|| {
            browser.button(ZH.sign_in().submit).click();
            browser.must_warn(ZH.common().phone_missing);
        },
        &|| browser.button(ZH.sign_in().by_password).click(),
        &|| {
            browser.button(ZH.sign_in().by_wechat).click();
            browser.agree();
            browser.button(ZH.sign_in().wechat_show).click();
            browser.must_come_true("return document.querySelector('.qr path') !== null");
        },
    ];
    browser.open("/sign-in");
    for show in shown {
        show();
        browser.must_come_true(&format!("return {sheet} === null"));
        browser.must_come_true("return document.getAnimations().length === 0");
        let without = browser.run(LOOKS, vec![]);
        let add = "const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: arguments[0] });
            link.onload = () => done(true); document.head.append(link);";
        assert_eq!(browser.run_until_done(&add.replace("arguments[0]", &address.to_string())), json!(true));
        let with = browser.run(LOOKS, vec![]);
        browser.must_come_true(&format!("{sheet}.remove(); return true"));
        assert_eq!(without, with);
    }
}

#[test]
fn b20_a_start_script_that_does_not_come_is_told() {
    let gone = Answer { head: "404 Not Found\r\nContent-Type: text/plain", body: "" };
    for fault in [Fault::CutBefore, Fault::Gateway(gone), Fault::Mask(Answer::OTHER_SCRIPT)] {
        let stage = Stage::behind_proxy();
        stage.faults().always("GET", "/assets/boot-", fault);
        let browser = stage.browser();
        browser.open_early("/sign-in");
        browser.must_read("BOOT-MISSING boot");
        assert!(!browser.reads(ZH.sign_in().submit), "what nothing will ever take over is not shown");
        stage.faults().end();
        browser.forget_files();
        browser.open("/sign-in");
        browser.heading(ZH.sign_in().title).must_appear();
        let said = browser.traces();
        assert!(!said.is_empty(), "the browser tells it too");
    }
}

#[test]
fn a_theme_and_a_language_of_the_app_around_stay() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in?theme=dark&ui_locales=en");
    browser.button(EN.sign_in().by_password).click();
    browser.field(EN.sign_in().phone).fill("13800000001");
    browser.field(EN.common().password).fill(PASSWORD);
    browser.checkbox(EN.sign_in().agree).click();
    browser.button(EN.sign_in().submit).click();
    browser.link(EN.overview().change_phone).click();
    browser.button(EN.phone().title).click();
    browser.heading(EN.step_up().title).must_appear();
    let at = browser.address();
    assert!(at.starts_with("/phone/verify?change=") && at.ends_with("&theme=dark&ui_locales=en"), "{at}");
    browser.reload();
    browser.heading(EN.step_up().title).must_appear();
    assert_eq!(browser.run("return document.documentElement.dataset.theme", vec![]), json!("dark"));
    // Whoever chooses another language is not overruled.
    browser.open("/?theme=dark&ui_locales=en");
    browser.button(Lang::Zh.name()).click();
    browser.heading(ZH.overview().title).must_appear();
    assert_eq!(browser.address(), "/?theme=dark");
    browser.reload();
    browser.heading(ZH.overview().title).must_appear();
    browser.link(ZH.overview().see_devices).click();
    browser.must_be_at("/devices?theme=dark");
}

#[test]
fn without_scripts_it_is_said_what_to_do_and_nothing_else() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.turn_scripts_off(true);
    for path in ["/sign-in", "/phone/done"] {
        browser.open_early(path);
        // `index.html` says it, and what it does not say: there are no words of the app yet.
        browser.must_read("请在浏览器中启用 JavaScript");
        assert!(!browser.reads(ZH.sign_in().by_sms) && !browser.reads("正在打开"), "{path}");
    }
    browser.turn_scripts_off(false);
    browser.open("/sign-in");
    assert!(!browser.reads("JavaScript"));
}

#[test]
fn why_the_app_does_not_come_stands_in_place_of_the_first_paint() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    stage.faults().once("GET", "/assets/menshen_bg", Fault::CutBefore);
    browser.open("/sign-in");
    browser.must_warn("BOOT-OFFLINE");
    assert!(!browser.reads(ZH.sign_in().by_sms));
    browser.must_come_true("return document.querySelector('progress') === null");
    let said = browser.traces();
    assert!(said.iter().any(|line| line.contains("BOOT-OFFLINE")), "the console tells it too: {said:?}");
    browser.button(AGAIN).click();
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_stand();
}

#[test]
fn web_07_an_altered_file_is_fetched_anew_at_the_next_try() {
    let cases = [
        ("/assets/menshen_bg", Answer::OTHER_BINARY, "BOOT-ALTERED"),
        ("/assets/menshen-", Answer::OTHER_SCRIPT, "BOOT-MISSING"),
    ];
    for (file, altered, code) in cases {
        let stage = Stage::behind_proxy();
        let browser = stage.browser();
        stage.faults().once("GET", file, Fault::Mask(altered));
        browser.open("/sign-in");
        browser.must_warn(code);
        let said = browser.traces();
        assert!(said.iter().any(|line| line.contains(code)), "{said:?}");
        browser.button(AGAIN).click();
        browser.heading(ZH.sign_in().title).must_appear();
        browser.must_stand();
    }
}

#[test]
fn b20_web_10_what_a_browser_lacks_is_not_needed_or_said() {
    let stage = Stage::new();
    let without = |api: &str| {
        let browser = stage.browser();
        browser.run_before_pages(&format!("delete globalThis.{api}"));
        browser
    };
    // An older way takes their place: a deadline by a timer, and questions instead of a stream.
    for api in ["AbortSignal.timeout", "EventSource"] {
        let browser = without(api);
        let qr = browser.show_sign_in_qr();
        stage.wechat("wx-lin").scan(&qr).allow();
        browser.must_enter();
    }
    for api in [
        // Asked for before anything is fetched.
        "AbortController",
        "HTMLDialogElement",
        "CSSLayerBlockRule",
        "Element.prototype.replaceChildren",
        "WebAssembly.compileStreaming",
        // Called by the app while it starts: an exception goes through the wasm.
        "Document.prototype.createComment",
        "Document.prototype.createTextNode",
        "Node.prototype.cloneNode",
        "URLSearchParams",
    ] {
        let browser = without(api);
        browser.open("/sign-in");
        browser.must_warn("BOOT-");
        browser.button(AGAIN).must_appear();
        assert!(!browser.traces().is_empty(), "{api}: the console tells why");
    }
    // Called long after the start.
    let browser = without("Intl.RelativeTimeFormat");
    browser.enter("13800000001");
    browser.link(ZH.overview().see_devices).click();
    browser.must_warn("APP-BROKEN");
    assert!(!browser.traces().is_empty(), "the console tells why");
}

#[test]
fn the_start_leaves_marks_for_whoever_measures_it() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    let marks = browser.run("return performance.getEntriesByType('mark').map(mark => mark.name)", vec![]);
    assert_eq!(marks, json!(["boot", "files", "started", "drawn"]));
}

#[test]
fn the_theme_is_there_before_the_first_paint() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    let must_be = |theme: &str| {
        browser.must_come_true(&format!("return document.documentElement.dataset.theme === '{theme}'"));
        // The frame of the browser around the page follows.
        browser.must_come_true(
            "return document.querySelector('meta[name=theme-color]').content
                === getComputedStyle(document.documentElement).backgroundColor",
        );
    };
    let scripts = "const [theme, sheet] = ['script[src*=theme]', 'link[rel=stylesheet]']
            .map(it => document.querySelector(it));
        return !theme.async && !theme.defer && !theme.type
            && Boolean(theme.compareDocumentPosition(sheet) & Node.DOCUMENT_POSITION_FOLLOWING)";
    browser.turn_dark(true);
    open_without_app(&browser, "/sign-in");
    browser.must_come_true(scripts);
    must_be("dark");
    browser.turn_dark(false);
    must_be("light");
    let_the_app_come(&browser);
    browser.turn_dark(true);
    must_be("dark");
    browser.open("/sign-in?theme=light");
    must_be("light");
    browser.open("/sign-in?theme=sepia");
    must_be("dark");
    browser.turn_dark(false);
    browser.open("/sign-in?theme=dark");
    must_be("dark");
}
