//! The page's environment: wrong clocks, wrong hints of the browser, translators, password managers,
//! blockers, names that others chose (docs/requirements.md, *Faults in the browser and at the edge*).

use contract::account::Way;
use e2e::picture::{QUARTERS, quarters};
use e2e::{Browser, Fault, Lang, PASSWORD, Stage, ZH, words_of};
use serde_json::{Value, json};

const PHONE: &str = "13800000001";
const NEW: &str = "13900000001";
const SUPER: &str = "13800000006";
const DAY: u32 = 24 * 3600;

/// A number as it comes out of messages, contacts, tables and other keyboards; its digits alone are
/// the number.
const DRESSES: [fn(&str) -> String; 5] = [
    |number| format!("\u{202d}\u{200b}{number}\u{feff}\u{202c}"),
    |number| format!("+86 (0){number}"),
    |number| format!("手机：+86+86 {}\u{2212}{}", &number[..3], &number[3..]),
    |number| format!("tel:+86-{number}"),
    |number| {
        number.bytes().map(|digit| char::from_u32(0x660 + u32::from(digit - b'0')).unwrap_or('?')).collect()
    },
];

/// A code as it is copied out of an SMS, or filled in.
const PASTES: [fn(&str) -> String; 4] = [
    |code| {
        format!(
            "【门神】验证码 {code}（序号 K7），用于 138****0001 登录账号，5 分钟内有效。 @127.0.0.1:8080 #{code}"
        )
    },
    |code| format!("验证码 {code}。"),
    |code| format!("{code}{code}"),
    |code| format!("\u{2068}{} {}\u{2069}", &code[..3], &code[3..]),
];

#[test]
fn b01_to_b07_every_field_reads_a_number_or_code_out_of_a_paste() {
    let stage = Stage::new();
    // At the sign-in, with a code; every number of the demo's range that nobody has opens an account.
    for (at, (dress, paste)) in DRESSES.into_iter().zip(PASTES.into_iter().cycle()).enumerate() {
        let browser = stage.browser();
        let number = format!("1390000030{at}");
        browser.open("/sign-in");
        browser.field(ZH.sign_in().phone).fill(&dress(&number));
        browser.ask_for_code();
        browser.field(ZH.common().code).fill(&paste(&stage.code_to(&number)));
        browser.agree();
        browser.button(ZH.sign_in().submit).click();
        browser.must_be_in();
        browser.must_read(format!("139****030{at}"));
    }
    // With a password, and in a wizard: the proof's code, the new number, its code.
    for (dress, paste) in [(DRESSES[1], PASTES[0]), (DRESSES[4], PASTES[2])] {
        stage.reset();
        let browser = stage.browser();
        browser.open("/sign-in");
        browser.give_this_password(&dress(PHONE), PASSWORD);
        browser.must_be_in();
        browser.begin_rebind();
        browser.button_with((ZH.step_up().way)(Way::Sms)).click();
        browser.heading(ZH.step_up().sms_title).must_appear();
        browser.ask_for_code();
        browser.field(ZH.common().code).fill(&paste(&stage.code_to(PHONE)));
        browser.button(ZH.account().next).click();
        browser.field(ZH.phone().number).must_appear();
        browser.name_number(&dress(NEW));
        browser.heading(ZH.phone().code_title).must_appear();
        browser.field(ZH.common().code).fill(&paste(&stage.code_to(NEW)));
        browser.button(ZH.phone().submit).click();
        browser.heading(ZH.phone().done_title).must_appear();
    }
    // In the search.
    stage.reset();
    let browser = stage.browser();
    browser.enter(SUPER);
    browser.open("/enterprise/users");
    browser.must_read((ZH.console().count)(17));
    for dress in DRESSES {
        browser.field(ZH.console().search).fill(&dress("19900000103"));
        browser.must_read((ZH.console().found)(1));
        browser.must_read("方远");
        browser.field(ZH.console().search).fill("");
        browser.must_read((ZH.console().count)(17));
    }
}

/// The device's clock is so many days ahead of the server's.
fn shift_clock(browser: &Browser<'_>, days: i32) {
    browser.run_before_pages(&format!(
        "{{
            const Right = Date;
            const shift = {days} * 24 * 3600e3;
            globalThis.Date = class extends Right {{
                constructor(...of) {{
                    super(...(of.length === 0 ? [Right.now() + shift] : of));
                }}
                static now() {{
                    return Right.now() + shift;
                }}
            }};
        }}"
    ));
}

/// How long ago the other device was used, as the browser says it, on every clock and in every zone that
/// is asked about.
fn must_be_told(stage: &Stage, cases: &[(&str, i32, &str)]) {
    for (zone, days, ago) in cases {
        let told = (ZH.devices().last_seen)(ago);
        let browser = stage.browser();
        browser.live_in(zone);
        shift_clock(&browser, *days);
        browser.enter(PHONE);
        browser.open_devices();
        browser.must_read((ZH.devices().last_seen)(ZH.account().just_now));
        let others = "return [...document.querySelectorAll('.device')]
            .filter(device => !device.querySelector('.tag')).map(device => device.innerText).join()";
        let others = browser.run(others, vec![]);
        assert!(others.as_str().is_some_and(|text| text.contains(&told)), "{zone}, {days} days: {others}");
        // It is one of the others for the next browser.
        browser.leave();
    }
}

#[test]
fn b15_how_long_ago_is_told_by_the_servers_clock() {
    let stage = Stage::new();
    stage.advance_to_hour(4);
    let other = stage.browser();
    other.enter(PHONE);
    // 12:00 in Shanghai; then 15:00 of the next day.
    stage.advance(27 * 3600);
    let cases = [-3, 0, 3].map(|days| ("Asia/Shanghai", days, "昨天"));
    must_be_told(&stage, &cases);
}

#[test]
fn b15_f_08_a_clock_that_jumps_and_back_lengthens_no_countdown() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.run_before_pages(
        "{
            const now = Date.now.bind(Date);
            globalThis.ahead = 0;
            Date.now = () => now() + globalThis.ahead;
        }",
    );
    browser.open("/sign-in");
    browser.field(ZH.sign_in().phone).fill(PHONE);
    let _null = browser.run("globalThis.ahead = 3 * 24 * 3600e3", vec![]);
    browser.ask_for_code();
    let _null = browser.run("globalThis.ahead = 0", vec![]);
    let left = "/^\\d+/.exec(document.querySelector('#send-code').innerText)?.[0]";
    browser.must_come_true(&format!("return {left} <= 60"));
    let first = browser.run(&format!("return {left}"), vec![]);
    browser.must_come_true(&format!("return Number({left}) < {first}"));
}

#[test]
fn b14_yesterday_is_the_day_before_in_the_zone_of_the_reader() {
    let stage = Stage::new();
    stage.advance_to_hour(15);
    let other = stage.browser();
    other.enter(PHONE);
    // 23:00 in Shanghai; then 22:30 of the next day there.
    stage.advance(23 * 3600 + 1800);
    must_be_told(&stage, &[("Asia/Shanghai", 0, "23小时前"), ("UTC", 0, "23小时前")]);
    // 01:00 of the third day there; in London it is the second.
    stage.advance(2 * 3600 + 1800);
    must_be_told(&stage, &[("Asia/Shanghai", 0, "前天"), ("UTC", 0, "昨天")]);
}

#[test]
fn b18_a_date_of_another_year_says_which() {
    let stage = Stage::new();
    let year = stage.advance_to_december();
    for &lang in Lang::ALL {
        let browser = stage.browser_in(lang);
        browser.live_in("Asia/Shanghai");
        // In the language of the test's words; the screens follow.
        browser.enter(PHONE);
        browser.open("/activity");
        browser.must_come_true("return document.querySelector('.device') !== null");
        let dates = "return document.querySelector('.device .hint').innerText";
        let text = browser.run(dates, vec![]);
        assert!(text.as_str().is_some_and(|text| !text.contains(&year.to_string())), "of this year: {text}");
        browser.open("/");
        browser.must_be_in();
        browser.leave();
    }
    stage.advance(30 * DAY);
    for &lang in Lang::ALL {
        let browser = stage.browser_in(lang);
        browser.live_in("Asia/Shanghai");
        browser.enter(PHONE);
        for screen in ["/activity", "/history"] {
            browser.open(screen);
            browser.must_come_true("return document.querySelector('.row .hint') !== null");
            let dates = "return [...document.querySelectorAll('.row .hint')].map(it => it.innerText)";
            let dates = browser.run(dates, vec![]);
            let dates: Vec<&str> = dates.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let is_named = |date: &&&str| date.contains(&year.to_string());
            assert!(dates.iter().any(|date| is_named(&date)), "{screen}: {dates:?}");
            let is_next = |date: &&&str| date.contains(&(year + 1).to_string());
            assert!(!dates.iter().any(|date| is_next(&date)), "{screen}: this year is not named: {dates:?}");
        }
        browser.open("/");
        browser.must_be_in();
        browser.leave();
    }
}

/// What a browser does that translates the page while it changes: texts are put into elements of its own.
const TRANSLATOR: &str = "{
    const wrap = () => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        for (const text of texts) {
            const parent = text.parentElement;
            if (!text.nodeValue.trim() || parent.closest('font, script, style, [translate=no]')) continue;
            const range = document.createRange();
            range.selectNode(text);
            const [outer, inner] = ['font', 'font'].map(name => document.createElement(name));
            inner.append(text.nodeValue);
            outer.append(inner);
            range.deleteContents();
            range.insertNode(outer);
        }
    };
    new MutationObserver(() => document.body && wrap())
        .observe(document, { childList: true, subtree: true });
}";

#[test]
fn b19_a_page_that_is_translated_goes_on_changing() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.run_before_pages(TRANSLATOR);
    browser.open("/sign-in");
    browser.must_come_true("return document.querySelector('h1 font font') !== null");
    // One thing that is wrong after another.
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.common().phone_missing);
    browser.field(ZH.sign_in().phone).fill(PHONE);
    browser.button(ZH.common().send_code).click();
    // The countdown counts.
    let left = "/^\\d+/.exec(document.querySelector('#send-code').innerText)?.[0]";
    browser.must_come_true(&format!("return Boolean({left})"));
    let first = browser.run(&format!("return {left}"), vec![]);
    browser.must_come_true(&format!("return {left} !== {first}"));
    browser.button(ZH.sign_in().submit).click();
    browser.must_warn(ZH.common().code_missing);
    browser.must_come_true("return document.querySelectorAll('[role=alert]').length === 1");
    // The QR's states follow one another.
    let qr = browser.show_sign_in_qr();
    let consent = stage.wechat("wx-lin").scan(&qr);
    browser.must_match(&consent);
    let status = "document.querySelector('.scan [role=status]').innerText";
    browser.must_come_true(&format!("return {status}.startsWith({})", json!(ZH.scan().scanned)));
    consent.allow();
    browser.must_enter();
    // The steps of a wizard are counted.
    browser.begin_rebind();
    browser.prove_by_password();
    browser.heading(ZH.phone().number_title).must_appear();
    browser.must_read((ZH.account().progress)(2, 3));
    assert!(!browser.reads((ZH.account().progress)(1, 3)), "the step before is told no more");
    browser.rebind_to(NEW);
    browser.must_read("139****0001");
}

#[test]
fn b19_codes_and_countdowns_are_not_for_translation() {
    let stage = Stage::new();
    let browser = stage.browser();
    let qr = browser.show_sign_in_qr();
    let kept = |css: &str| {
        browser.must_come_true(&format!(
            "return Boolean(document.querySelector('{css}')?.closest('[translate=no]'))"
        ));
    };
    kept("[role=timer]");
    let _consent = stage.wechat("wx-lin").scan(&qr);
    kept(".match");
    browser.open("/sign-in");
    kept("#send-code");
}

#[test]
fn b21_where_a_canvas_lies_the_server_cuts_the_picture() {
    let lies = [
        // Noise over whatever is written to a file, as protection against fingerprinting makes it.
        "const { toBlob } = HTMLCanvasElement.prototype;
         HTMLCanvasElement.prototype.toBlob = function (...how) {
             const copy = document.createElement('canvas');
             [copy.width, copy.height] = [this.width, this.height];
             const pen = copy.getContext('2d');
             pen.drawImage(this, 0, 0);
             pen.fillStyle = 'rgb(255 0 255)';
             pen.fillRect(0, 0, copy.width, copy.height / 2);
             toBlob.apply(copy, how);
         };",
        "HTMLCanvasElement.prototype.toBlob = done => done(null);",
        "HTMLCanvasElement.prototype.toBlob = () => {};",
        "HTMLCanvasElement.prototype.toBlob = () => { throw new DOMException('no', 'SecurityError') };",
        "const { getImageData } = CanvasRenderingContext2D.prototype;
         globalThis.lies = true;
         CanvasRenderingContext2D.prototype.getImageData = function (...of) {
             const image = getImageData.apply(this, of);
             if (globalThis.lies) image.data[5] ^= 1;
             return image;
         };",
    ];
    for lie in lies {
        let stage = Stage::new();
        let browser = stage.browser();
        browser.run_before_pages(lie);
        browser.enter(PHONE);
        browser.link(ZH.overview().change_avatar).click();
        browser.button(ZH.avatar().pick).must_appear();
        // Wider than high: the middle of it is cut out, and turned.
        browser.pick_file("wide.png", &quarters(800, 400));
        let _null = browser.run("globalThis.lies = false", vec![]);
        browser.must_show(".crop canvas", QUARTERS);
        let _null = browser.run("globalThis.lies = true", vec![]);
        browser.button(ZH.avatar().turn).click();
        browser.button(ZH.avatar().save).click();
        browser.must_be_at("/");
        browser.must_read(ZH.avatar().changed);
        let _null = browser.run("globalThis.lies = false", vec![]);
        browser.must_show("img.initial", ["blue", "red", "yellow", "green"]);
    }
}

#[test]
fn b22_blocked_cookies_are_said_before_anything_is_typed() {
    for &lang in Lang::ALL {
        let words = words_of(lang).sign_in().no_cookies;
        let stage = Stage::new();
        let browser = stage.browser_without_cookies(lang);
        browser.open("/sign-in");
        browser.must_warn(words);
        let others = stage.browser_in(lang);
        others.open("/sign-in");
        others.must_come_true("return document.querySelector('.signed-in, #phone') !== null");
        assert!(!others.reads(words), "cookies are kept there");
    }
}

#[test]
fn b23_b51_hints_of_a_browser_delay_and_never_forbid() {
    for lie in [
        "Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false });",
        "Object.defineProperty(Document.prototype, 'visibilityState', { get: () => 'hidden' });
         Object.defineProperty(Document.prototype, 'hidden', { get: () => true });",
    ] {
        let stage = Stage::behind_proxy();
        let browser = stage.browser();
        browser.run_before_pages(lie);
        let qr = browser.show_sign_in_qr();
        let consent = stage.wechat("wx-lin").scan(&qr);
        browser.must_match(&consent);
        consent.allow();
        browser.must_enter();
        browser.open("/devices");
        browser.must_read((ZH.devices().last_seen)(ZH.account().just_now));
        browser.must_read("产品周会");
        // An effect of which nobody heard is asked about all the same.
        browser.open("/");
        browser.begin_rebind();
        browser.give_step_up_password();
        browser.name_number(NEW);
        browser.heading(ZH.phone().code_title).must_appear();
        stage.faults().once("POST", "/api/v1/phone/bind", Fault::CutAfter);
        browser.give_new_code(NEW);
        browser.heading(ZH.phone().done_title).must_appear();
    }
}

#[test]
fn b25_a_password_manager_learns_what_signs_in() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.button(ZH.sign_in().by_password).click();
    browser.field(ZH.common().password).must_appear();
    let kind = "return document.querySelector('#phone').autocomplete";
    assert_eq!(browser.run(kind, vec![]), "username");
    browser.give_this_password("138 0000 0001", PASSWORD);
    browser.must_be_in();
    let names = "return [...document.querySelectorAll('[autocomplete=username]')].map(it => it.value)";
    browser.begin_password();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.heading(ZH.step_up().password_title).must_appear();
    assert_eq!(browser.run(names, vec![]), json!(["138 0000 0001"]));
    browser.field(ZH.common().password).fill(PASSWORD);
    browser.button(ZH.account().next).click();
    browser.field(ZH.password().new).must_appear();
    assert_eq!(browser.run(names, vec![]), json!(["138 0000 0001"]));
    // Nobody typed it for this page: no name is better than one that is refused.
    browser.open("/");
    browser.must_be_in();
    browser.begin_rebind();
    browser.button_with((ZH.step_up().way)(Way::Password)).click();
    browser.heading(ZH.step_up().password_title).must_appear();
    assert_eq!(browser.run(names, vec![]), json!([]));
}

#[test]
fn b27_what_is_typed_is_not_corrected() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.button(ZH.sign_in().by_password).click();
    browser.field(ZH.common().password).fill(PASSWORD);
    browser.button(ZH.common().show_password).click();
    browser.must_come_true("return document.querySelector('#password').type === 'text'");
    let fields = "return [...document.querySelectorAll('input:not([type=checkbox])')]
        .map(it => ['autocorrect', 'autocapitalize', 'spellcheck'].map(name => it.getAttribute(name)).join())";
    assert_eq!(browser.run(fields, vec![]), json!(["off,off,false", "off,off,false"]));
}

#[test]
fn b29_where_the_picture_is_blocked_the_initial_stands_in() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.block("*/avatars/*");
    // Has a picture.
    browser.enter("13800000002");
    browser.must_come_true("return document.querySelector('span.initial')?.textContent === '陈'");
    let other = stage.browser();
    other.enter("13800000002");
    other.must_come_true("return document.querySelector('img.initial')?.naturalWidth > 0");
}

#[test]
fn b32_what_is_dropped_beside_its_place_leaves_the_page() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(PHONE);
    browser.link(ZH.overview().change_avatar).click();
    browser.button(ZH.avatar().pick).must_appear();
    let stays = "
        const [css, kind] = arguments;
        const data = new DataTransfer();
        if (kind === 'file') data.items.add(new File(['x'], 'x.png', { type: 'image/png' }));
        if (kind === 'address') data.setData('text/uri-list', 'https://pictures.example/x.png');
        if (kind === 'text') data.setData('text/plain', '138');
        return ['dragover', 'drop'].map(type => !document.querySelector(css).dispatchEvent(
            new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data })));";
    let is_kept = |css: &str, kind: &str| browser.run(stays, vec![json!(css), json!(kind)]);
    assert_eq!(is_kept("h1", "file"), json!([true, true]));
    assert_eq!(is_kept("h1", "address"), json!([true, true]));
    assert_eq!(is_kept(".drop", "address"), json!([true, true]));
    browser.must_warn(ZH.avatar().no_file);
    browser.pick_file("quarters.png", &quarters(400, 400));
    browser.must_show(".crop canvas", QUARTERS);
    browser.open("/phone");
    browser.open("/");
    browser.must_be_in();
    browser.leave();
    // A text still goes into a field, a file does not.
    assert_eq!(is_kept("#phone", "text"), json!([false, false]));
    assert_eq!(is_kept("#phone", "file"), json!([true, true]));
}

#[test]
fn b35_b36_names_turn_no_sentence_and_no_sign_is_cut_in_two() {
    for &lang in Lang::ALL {
        let stage = Stage::new();
        let browser = stage.browser_in(lang);
        browser.enter(SUPER);
        browser.open("/enterprise/users");
        browser.must_come_true("return document.querySelector('.user') !== null");
        // A name that is written from right to left, before a number, in the last question.
        let _null = browser.run(
            "const it = document.querySelector('#search');
             it.value = 'ليلى'; it.dispatchEvent(new InputEvent('input'));",
            vec![],
        );
        browser.must_come_true("return document.querySelectorAll('.user').length === 1");
        let initial = "return document.querySelector('.user .initial').textContent";
        assert_eq!(browser.run(initial, vec![]), "ل");
        browser.must_come_true("return document.querySelector('.user bdi')?.textContent === 'ليلى'");
        let press = |css: &str| {
            browser.must_come_true(&format!("return document.querySelector('{css}') !== null"));
            let _null = browser.run("document.querySelector(arguments[0]).click()", vec![json!(css)]);
        };
        press(".user .row-action");
        press("dialog [aria-describedby=delete-reason]");
        browser.must_come_true("return document.querySelector('dialog p')?.innerText.includes('ليلى')");
        // Where each sign of the number stands: one behind the other.
        let places = "
            const walker = document.createTreeWalker(document.querySelector('dialog'), NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const text = walker.currentNode;
                const at = text.nodeValue.search(/\\d{3}\\*{4}\\d{4}/);
                if (at < 0) continue;
                return [...Array(11).keys()].map(sign => {
                    const range = document.createRange();
                    range.setStart(text, at + sign);
                    range.setEnd(text, at + sign + 1);
                    const { left, top } = range.getBoundingClientRect();
                    return top * 10000 + left;
                });
            }
            return [];";
        let places = browser.run(places, vec![]);
        let places: Vec<f64> = places.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        assert_eq!(places.len(), 11, "the number is told");
        assert!(places.is_sorted(), "{}: the number is turned: {places:?}", lang.tag());
    }
}

#[test]
fn b13_a_search_that_is_too_long_is_told_before_it_is_sent() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(SUPER);
    browser.open("/enterprise/users");
    browser.must_read((ZH.console().count)(17));
    let long = "林".repeat(65);
    browser.field(ZH.console().search).fill(&long);
    browser.must_warn((ZH.console().search_long)(64));
    browser.field(ZH.console().search).must_hold(&long);
    browser.must_read((ZH.console().count)(17));
    browser.field(ZH.console().search).fill("milie");
    browser.must_read((ZH.console().found)(1));
    // Two code points, one sign (B36).
    browser.must_come_true(
        "return document.querySelector('.user .initial').textContent === 'E\\u0301'
            && document.querySelectorAll('[role=alert]').length === 0",
    );
}
