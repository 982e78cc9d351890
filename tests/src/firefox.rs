//! Controls Firefox as a user would.
//!
//! It uses WebDriver BiDi over a WebSocket, without geckodriver, and has only the functions that the
//! tests in two engines need.

use crate::process::{evidence, path_of};
use crate::stage::{PATIENCE, Stage};
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fs::{self, File};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// One Firefox with its own cookies and storage, and one tab.
pub struct Firefox<'s> {
    stage: &'s Stage,
    wire: RefCell<Wire>,
    /// What it calls its tab.
    tab: String,
    // Dropped in this order: first the program, then its files.
    _program: Program,
    _profile: TempDir,
}

/// Somebody who reads Chinese and wants nothing to move.
const PREFERENCES: &str = "\
user_pref('intl.accept_languages', 'zh-CN, zh');
user_pref('ui.prefersReducedMotion', 1);
";

/// Where it writes the port it listens on, in its profile.
const PORT: &str = "WebDriverBiDiServer.json";

impl<'s> Firefox<'s> {
    /// Opens one on a desk, with nobody signed in.
    #[must_use]
    pub fn start(stage: &'s Stage) -> Self {
        let profile = TempDir::with_prefix("menshen-firefox-").expect("the temporary folder is writable");
        fs::write(profile.path().join("user.js"), PREFERENCES).expect("the temporary folder is writable");
        let mut program = Program::start(profile.path());
        let wire = stage.until(|| {
            program.must_run();
            Wire::to(&profile.path().join(PORT))
        });
        let mut wire = wire.unwrap_or_else(|why| panic!("Firefox cannot be talked to: {why}"));
        let tab = wire
            .ask("session.new", &json!({ "capabilities": {} }))
            .and_then(|_| wire.ask("browsingContext.getTree", &json!({})))
            .unwrap_or_else(|why| panic!("Firefox lets nobody drive it: {why}"));
        let tab = tab["contexts"][0]["context"].as_str().expect("a tab has a name").to_owned();
        Self { stage, wire: RefCell::new(wire), tab, _program: program, _profile: profile }
    }

    /// Opens a path of the app and waits until the app stands.
    #[track_caller]
    pub fn open(&self, path: &str) {
        self.navigate(path, "complete");
        self.must_stand();
    }

    /// Opens a path of the app; what is there may still be the first paint.
    #[track_caller]
    pub fn open_early(&self, path: &str) {
        self.navigate(path, "interactive");
    }

    #[track_caller]
    fn navigate(&self, path: &str, wait: &str) {
        let url = self.stage.origin().to_owned() + path;
        self.until(|| self.ask("browsingContext.navigate", json!({ "url": url, "wait": wait })));
    }

    /// Waits until the first paint has given way to the app, or to the sentence why it does not.
    #[track_caller]
    pub fn must_stand(&self) {
        self.must_come_true("return !document.querySelector('#boot:not(:has([role=alert]))')");
    }

    /// Runs a function in every page that is opened from now on, before its own scripts.
    #[track_caller]
    pub fn run_before_pages(&self, function: &str) {
        let wish = json!({ "functionDeclaration": function });
        self.until(|| self.wire.borrow_mut().ask("script.addPreloadScript", &wish));
    }

    /// Goes so many pages back, or forward if it is more than nothing.
    #[track_caller]
    pub fn travel(&self, pages: i32) {
        self.until(|| self.ask("browsingContext.traverseHistory", json!({ "delta": pages })));
    }

    /// Gives the page a screen of this size.
    #[track_caller]
    pub fn resize(&self, width: u32, height: u32) {
        let screen = json!({ "viewport": { "width": width, "height": height } });
        self.until(|| self.ask("browsingContext.setViewport", screen.clone()));
        self.must_come_true(&format!("return innerWidth === {width} && innerHeight === {height}"));
    }

    /// Waits until there is such a heading.
    #[track_caller]
    pub fn must_have_heading(&self, name: &str) {
        self.until(|| self.find("heading", name));
    }

    /// Waits until something announced as an error says this.
    #[track_caller]
    pub fn must_warn(&self, text: &str) {
        let warned = "return [...document.querySelectorAll('[role=alert]')]
            .some(it => it.checkVisibility() && it.innerText.includes(arguments[0]))";
        self.until(|| match self.execute(warned, &[json!(text)])? {
            Value::Bool(true) => Ok(()),
            _ => Err(format!("no warning `{text}`")),
        });
    }

    /// Waits until there is such a link that nothing covers, then clicks it.
    #[track_caller]
    pub fn click_link(&self, name: &str) {
        self.until(|| self.click("link", name));
    }

    /// Waits until there is such a button that can be used, then clicks it.
    #[track_caller]
    pub fn click_button(&self, name: &str) {
        self.until(|| self.click("button", name));
    }

    /// Waits until there is such a checkbox that can be used, then clicks it.
    #[track_caller]
    pub fn click_checkbox(&self, name: &str) {
        self.until(|| self.click("checkbox", name));
    }

    /// Types into an input, in place of what is there.
    #[track_caller]
    pub fn fill(&self, label: &str, text: &str) {
        let keys: Vec<Value> = text
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|deed| json!({ "type": deed, "value": key })))
            .collect();
        self.until(|| {
            let field = self.find_field(label)?;
            self.call("field => { field.focus(); field.select(); }", &[node(&field)])?;
            self.act(json!({ "type": "key", "id": "keys", "actions": keys }))?;
            let held = self.call("field => field.value", &[node(&field)])?;
            if held == text { Ok(()) } else { Err(format!("`{label}` holds {held}, not `{text}`")) }
        });
    }

    /// Waits until a script says so; only for what no person sees.
    #[track_caller]
    pub fn must_come_true(&self, script: &str) {
        self.until(|| {
            let said = self.execute(script, &[])?;
            if said == json!(true) { Ok(()) } else { Err(format!("`{script}` says {said}")) }
        });
    }

    /// Runs a script in the page, as [`Browser::run`](crate::Browser::run) does.
    #[track_caller]
    #[must_use]
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        match self.execute(script, arguments) {
            Ok(said) => said,
            Err(why) => panic!("{why}"),
        }
    }

    fn execute(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        // Its own notation of values is lengthy; JSON goes through it as a text.
        let script = format!(
            "async given => JSON.stringify(await (async function () {{ {script}\n }})(...JSON.parse(given)) ?? null)"
        );
        let said =
            self.call(&script, &[json!({ "type": "string", "value": json!(arguments).to_string() })])?;
        let said = said.as_str().ok_or_else(|| format!("a script says {said}"))?;
        serde_json::from_str(said).map_err(|error| error.to_string())
    }

    /// Calls a function in the page; brings a text or a number, or nothing.
    fn call(&self, function: &str, arguments: &[Value]) -> Result<Value, String> {
        let wish = json!({
            "functionDeclaration": function,
            "arguments": arguments,
            "awaitPromise": true,
            "target": { "context": self.tab },
        });
        let called = self.ask("script.callFunction", wish)?;
        match &called["exceptionDetails"]["text"] {
            Value::Null => Ok(called["result"]["value"].clone()),
            thrown => Err(format!("a script throws {thrown}")),
        }
    }

    /// The one element that has the role and the name, by Firefox's own verdict.
    fn find(&self, role: &str, name: &str) -> Result<String, String> {
        let found = self.locate(json!({ "role": role, "name": name }))?;
        one(found.iter()).map_err(|count| format!("there are {count} {role}s `{name}`"))
    }

    /// The one input that has the label. It is not asked for by its role, for that of a password has no name.
    fn find_field(&self, label: &str) -> Result<String, String> {
        let found = self.locate(json!({ "name": label }))?;
        let fields = found.iter().filter(|it| it["value"]["localName"] == "input");
        one(fields).map_err(|count| format!("there are {count} inputs `{label}`"))
    }

    fn locate(&self, wanted: Value) -> Result<Vec<Value>, String> {
        let locator = json!({ "type": "accessibility", "value": wanted });
        let mut found = self.ask("browsingContext.locateNodes", json!({ "locator": locator }))?;
        serde_json::from_value(found["nodes"].take()).map_err(|error| error.to_string())
    }

    fn click(&self, role: &str, name: &str) -> Result<(), String> {
        let id = self.find(role, name)?;
        let obstacle = self.call(REACH, &[node(&id)])?;
        if let Some(obstacle) = obstacle.as_str() {
            return Err(format!("the {role} `{name}` {obstacle}"));
        }
        let origin = json!({ "type": "element", "element": node(&id) });
        self.act(json!({ "type": "pointer", "id": "mouse", "actions": [
            { "type": "pointerMove", "x": 0, "y": 0, "origin": origin },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ] }))
    }

    fn act(&self, source: Value) -> Result<(), String> {
        self.ask("input.performActions", json!({ "actions": [source] })).map(drop)
    }

    /// Asks for something that concerns the tab; scripts name it otherwise.
    fn ask(&self, method: &str, mut wish: Value) -> Result<Value, String> {
        if !method.starts_with("script.") {
            wish["context"] = json!(self.tab);
        }
        self.wire.borrow_mut().ask(method, &wish)
    }

    /// Looks again and again until it is so, or patience ends.
    #[track_caller]
    fn until<T>(&self, look: impl FnMut() -> Result<T, String>) -> T {
        // Not `unwrap_or_else`: a closure would hide the line of the test.
        match self.stage.until(look) {
            Ok(seen) => seen,
            Err(why) => {
                let page = self.execute("return document.body.innerText", &[]).unwrap_or_default();
                panic!("{why}\n\nthe page says:\n{}", page.as_str().unwrap_or_default())
            }
        }
    }

    fn picture(&self) -> Option<Vec<u8>> {
        let picture = self.ask("browsingContext.captureScreenshot", json!({})).ok()?;
        BASE64.decode(picture["data"].as_str()?.as_bytes()).ok()
    }
}

/// Brings an element where a finger reaches it; says what is in the way.
const REACH: &str = "element => {
    if (element.disabled) return 'cannot be used';
    element.scrollIntoView({ block: 'center', behavior: 'instant' });
    const at = element.getBoundingClientRect();
    const hit = document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2);
    return element.contains(hit) ? null : 'is covered';
}";

/// The id of the only element; how many there are, if there is another number of them.
fn one<'v>(found: impl Iterator<Item = &'v Value>) -> Result<String, usize> {
    let ids: Vec<&str> = found.filter_map(|it| it["sharedId"].as_str()).collect();
    if let [id] = ids[..] { Ok(id.to_owned()) } else { Err(ids.len()) }
}

/// An element as an argument.
fn node(id: &str) -> Value {
    json!({ "sharedId": id })
}

impl Drop for Firefox<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _picture = self.picture().map(|picture| fs::write(evidence(".firefox.png"), picture));
        }
    }
}

/// The running program; ended with its owner.
struct Program(Child);

impl Program {
    fn start(profile: &Path) -> Self {
        let firefox = path_of("FIREFOX");
        let log = File::create(evidence(".firefox.log")).expect("the target folder is writable");
        let started = Command::new(&firefox)
            .args(["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile"])
            .arg(profile)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        Self(started.unwrap_or_else(|error| panic!("{} cannot be started: {error}", firefox.display())))
    }

    fn must_run(&mut self) {
        if let Ok(Some(end)) = self.0.try_wait() {
            panic!("Firefox ended at once ({end}); {} says why", evidence(".firefox.log").display());
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; both calls only fail then.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// The WebSocket to it.
struct Wire {
    socket: WebSocket<TcpStream>,
    asked: u64,
}

impl Wire {
    /// To whoever wrote its port into this file.
    fn to(file: &Path) -> Result<Self, String> {
        let told = fs::read(file).map_err(|error| format!("no port yet: {error}"))?;
        let told: Value = serde_json::from_slice(&told).map_err(|error| error.to_string())?;
        let port = told["ws_port"].as_u64().ok_or_else(|| format!("no port in {told}"))?;
        let stream = TcpStream::connect(format!("127.0.0.1:{port}")).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        let url = format!("ws://127.0.0.1:{port}/session");
        let (socket, _) = tungstenite::client(url, stream).map_err(|error| error.to_string())?;
        Ok(Self { socket, asked: 0 })
    }

    /// Sends a command and waits for its answer; whatever else is told meanwhile, nobody has asked for.
    fn ask(&mut self, method: &str, wish: &Value) -> Result<Value, String> {
        self.asked += 1;
        let command = json!({ "id": self.asked, "method": method, "params": wish });
        self.socket.send(Message::text(command.to_string())).map_err(|error| format!("{method}: {error}"))?;
        loop {
            let message = self.socket.read().map_err(|error| format!("{method}: {error}"))?;
            let Message::Text(text) = message else { continue };
            let mut answer: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            if answer["id"] != self.asked {
                continue;
            }
            if answer["type"] == "success" {
                return Ok(answer["result"].take());
            }
            return Err(format!("{method}: {}: {}", answer["error"], answer["message"]));
        }
    }
}
