//! What depends on the engine of the browser: layout, which Chromium and Firefox have to draw alike, and how the parts
//! of the app are fetched, which `parts.rs` tests in Chromium. Safari is not tested.

use e2e::{Answer, Browser, Fault, Firefox, Look, PASSWORD, Stage, Theme, ZH};
use serde_json::{Value, json};

/// Has a portrait, so there is something to remove.
const PHONE: &str = "13800000002";

/// A desk and a phone, in pixels.
const SCREENS: [(u32, u32); 2] = [(1280, 960), (390, 844)];

/// A browser of either engine, and what the person in front of it does.
trait Engine {
    fn name(&self) -> &'static str;
    fn turn_to(&self, screen: (u32, u32));
    fn open(&self, path: &str);
    fn click_button(&self, name: &str);
    fn click_checkbox(&self, name: &str);
    fn fill(&self, label: &str, text: &str);
    fn must_have_heading(&self, name: &str);
    fn must_come_true(&self, script: &str);
    fn run(&self, script: &str, arguments: Vec<Value>) -> Value;
}

impl Engine for Browser<'_> {
    fn name(&self) -> &'static str {
        "Chromium"
    }

    fn turn_to(&self, (width, height): (u32, u32)) {
        self.look(Look { width, height, theme: Theme::Light });
    }

    fn open(&self, path: &str) {
        self.open(path);
    }

    fn click_button(&self, name: &str) {
        self.button(name).must_be_open();
        self.button(name).click();
    }

    fn click_checkbox(&self, name: &str) {
        self.checkbox(name).click();
    }

    fn fill(&self, label: &str, text: &str) {
        self.field(label).fill(text);
    }

    fn must_have_heading(&self, name: &str) {
        self.heading(name).must_appear();
    }

    fn must_come_true(&self, script: &str) {
        self.must_come_true(script);
    }

    fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.run(script, arguments)
    }
}

impl Engine for Firefox<'_> {
    fn name(&self) -> &'static str {
        "Firefox"
    }

    fn turn_to(&self, (width, height): (u32, u32)) {
        self.resize(width, height);
    }

    fn open(&self, path: &str) {
        self.open(path);
    }

    fn click_button(&self, name: &str) {
        self.click_button(name);
    }

    fn click_checkbox(&self, name: &str) {
        self.click_checkbox(name);
    }

    fn fill(&self, label: &str, text: &str) {
        self.fill(label, text);
    }

    fn must_have_heading(&self, name: &str) {
        self.must_have_heading(name);
    }

    fn must_come_true(&self, script: &str) {
        self.must_come_true(script);
    }

    fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.run(script, &arguments)
    }
}

fn enter(engine: &impl Engine) {
    engine.open("/sign-in");
    engine.click_button(ZH.sign_in().by_password);
    engine.fill(ZH.sign_in().phone, PHONE);
    engine.fill(ZH.common().password, PASSWORD);
    engine.click_checkbox(ZH.sign_in().agree);
    engine.click_button(ZH.sign_in().submit);
    engine.must_have_heading(ZH.overview().title);
}

/// How high a box is, how high what is in it makes it, and how high it may be.
const MEASURE: &str = "
    const box = document.querySelector(arguments[0]), style = getComputedStyle(box);
    const height = box.getBoundingClientRect().height;
    // What is in a row grows with it: only rows that nothing stretches tell how high their content is.
    box.style.alignContent = 'start';
    const inside = [...box.children].filter(it => it.checkVisibility()).map(it => it.getBoundingClientRect());
    box.style.alignContent = '';
    const around = ['paddingTop', 'paddingBottom', 'borderTopWidth', 'borderBottomWidth'];
    const content = Math.max(...inside.map(it => it.bottom)) - Math.min(...inside.map(it => it.top));
    return {
        height,
        content: around.reduce((sum, name) => sum + parseFloat(style[name]), content),
        most: parseFloat(style.maxHeight),
    };";

/// Makes every such box as high as the screen and its rows with it, which is how WebKit erred; or no
/// more. A sheet made by a script, for the policy of the page allows no other from outside.
const STRETCH: &str = "
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('dialog[open], .menu:popover-open { height: 100vh; grid-auto-rows: auto }');
    document.adoptedStyleSheets = arguments[0] ? [sheet] : [];";

/// How far a box is from the height of its content, and the numbers; it scrolls what does not fit.
fn measure(engine: &impl Engine, selector: &str) -> (f64, Value) {
    let measured = engine.run(MEASURE, vec![json!(selector)]);
    let [height, content, most] = ["height", "content", "most"]
        .map(|name| measured[name].as_f64().unwrap_or_else(|| panic!("no {name} of {selector}: {measured}")));
    ((height - content.min(most)).abs(), measured)
}

/// Rounded lines and borders.
const SLACK: f64 = 2.0;

fn must_be_as_high_as_its_content(engine: &impl Engine, selector: &str, what: &str) {
    engine.must_come_true(&format!(
        "const box = document.querySelector('{selector}'); return !!box && !box.querySelector('.waiting')"
    ));
    let (off, measured) = measure(engine, selector);
    assert!(off <= SLACK, "{what} in {}: {measured}", engine.name());
    let _nothing = engine.run(STRETCH, vec![json!(true)]);
    let (off, measured) = measure(engine, selector);
    assert!(off > SLACK, "{what} in {}: nobody sees that it is stretched: {measured}", engine.name());
    let _nothing = engine.run(STRETCH, vec![json!(false)]);
}

fn check(engine: &impl Engine) {
    for screen in SCREENS {
        let what = |name: &str| format!("the {name} on {screen:?}");
        engine.turn_to(screen);

        engine.open("/devices");
        engine.click_button(ZH.devices().end_others);
        engine.must_have_heading(ZH.step_up().title);
        must_be_as_high_as_its_content(engine, "dialog[open]", &what("gate"));

        engine.open("/avatar");
        engine.click_button(ZH.avatar().remove);
        engine.must_have_heading(ZH.avatar().remove_title);
        must_be_as_high_as_its_content(engine, "dialog[open]", &what("question about the portrait"));

        engine.open("/history");
        engine.click_button(ZH.history().menu);
        must_be_as_high_as_its_content(engine, "#history-menu:popover-open", &what("menu"));
    }
}

#[test]
fn f_31_a_dialog_is_as_high_as_its_content() {
    let stage = Stage::new();
    let (chromium, firefox) = (stage.browser(), Firefox::start(&stage));
    // The same account in both, so that each has another device to end.
    enter(&chromium);
    enter(&firefox);
    check(&chromium);
    check(&firefox);
}

/// Counts what the content security policy of a page has stopped.
const COUNT_VIOLATIONS: &str = "() => {
    window.stopped = [];
    addEventListener('securitypolicyviolation', it => stopped.push(`${it.violatedDirective} ${it.blockedURI}`));
}";

/// A Firefox whose person is signed in, behind a proxy.
fn firefox_in_overview(stage: &Stage) -> Firefox<'_> {
    let firefox = Firefox::start(stage);
    firefox.run_before_pages(COUNT_VIOLATIONS);
    enter(&firefox);
    firefox
}

#[test]
fn firefox_fetches_the_part_of_every_screen() {
    let stage = Stage::behind_proxy();
    let firefox = firefox_in_overview(&stage);
    for (path, part, title) in [
        ("/", "home", ZH.overview().title),
        ("/phone", "phone", ZH.phone().title),
        ("/wechat", "wechat", ZH.wechat().bind_title),
        ("/password", "password", ZH.password().change_title),
        ("/cancel", "cancel", ZH.cancel().title),
        ("/devices", "lists", ZH.overview().devices),
        ("/history", "lists", ZH.overview().history),
        ("/activity", "lists", ZH.overview().activity),
        ("/avatar", "avatar", ZH.avatar().title),
    ] {
        firefox.open(path);
        firefox.must_have_heading(title);
        let entries = "performance.getEntriesByType('resource')";
        let came = format!("{entries}.some(entry => entry.name.includes('/assets/{part}-'))");
        assert_eq!(firefox.run(&format!("return {came}"), &[]), json!(true), "{path} comes with {part}");
        assert_eq!(firefox.run("return stopped", &[]), json!([]), "{path} breaks the policy");
    }
}

#[test]
fn f_04_web_07_firefox_asks_again_for_a_part_it_did_not_get() {
    let stage = Stage::behind_proxy();
    let firefox = firefox_in_overview(&stage);
    for (file, fault, link, title) in [
        ("/assets/phone-", Fault::CutBefore, ZH.overview().change_phone, ZH.phone().title),
        (
            "/assets/password-",
            Fault::Mask(Answer::OTHER_BINARY),
            ZH.overview().change_password,
            ZH.password().change_title,
        ),
    ] {
        stage.faults().always("GET", file, fault);
        firefox.click_link(link);
        firefox.must_warn(ZH.common().part_missing);
        stage.faults().end();
        firefox.click_button(ZH.common().retry);
        firefox.must_have_heading(title);
        firefox.travel(-1);
        firefox.must_have_heading(ZH.overview().title);
        // What is here is drawn at once.
        let _none = firefox.run(
            "window.waited = 0;
            new MutationObserver(() => { if (document.querySelector('.waiting')) waited += 1; })
                .observe(document.body, { childList: true, subtree: true });",
            &[],
        );
        firefox.travel(1);
        firefox.must_have_heading(title);
        assert_eq!(firefox.run("return waited", &[]), json!(0), "{file}");
        firefox.travel(-1);
        firefox.must_have_heading(ZH.overview().title);
    }
}

#[test]
fn f_03_firefox_says_that_a_slow_part_loads() {
    let stage = Stage::behind_proxy();
    // From the start: the row that brings the part early may come to stand under the pointer.
    stage.faults().always("GET", "/assets/lists-", Fault::Hold);
    let firefox = firefox_in_overview(&stage);
    firefox.click_link(ZH.overview().see_devices);
    stage.faults().must_hold();
    firefox.must_come_true(&format!("return document.body.innerText.includes('{}')", ZH.common().loading));
    stage.faults().end();
    stage.faults().release();
    firefox.must_have_heading(ZH.overview().devices);
    firefox.must_come_true(&format!("return document.body.innerText.includes('{}')", ZH.devices().here));
}

#[test]
fn what_is_typed_in_firefox_before_the_app_is_here_stays() {
    let stage = Stage::behind_proxy();
    let firefox = Firefox::start(&stage);
    firefox.run_before_pages(COUNT_VIOLATIONS);
    stage.faults().once("GET", "/assets/menshen_bg", Fault::Hold);
    firefox.open_early("/sign-in");
    firefox.fill(ZH.sign_in().phone, PHONE);
    stage.faults().release();
    firefox.must_stand();
    let held = format!("return document.getElementById('phone').value === '{PHONE}'");
    firefox.must_come_true(&held);
    assert_eq!(firefox.run("return stopped", &[]), json!([]));
}
