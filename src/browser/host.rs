//! The object by which a host app and this page exchange texts. Every kind of webview has one of its own; which one is
//! there tells the kind.

use super::window;
use js_sys::{Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Where hosts have the function that takes a text, as a path from the window.
const PLACES: [&str; 7] = [
    // Android (`addWebMessageListener`), Electron, and every host that injects a few lines.
    "menshenHost.postMessage",
    // iOS and macOS (`WKScriptMessageHandler`).
    "webkit.messageHandlers.menshen.postMessage",
    // WebView2.
    "chrome.webview.postMessage",
    "ReactNativeWebView.postMessage",
    // Flutter (`JavaScriptChannel`).
    "menshenChannel.postMessage",
    // HarmonyOS (`javaScriptProxy`).
    "menshenNative.post",
    TAURI,
];
/// Takes the name of a command first.
const TAURI: &str = "__TAURI_INTERNALS__.invoke";

/// The function by which a host that can only run scripts hands a text to the page.
const RECEIVE: &str = "menshenReceive";

/// The channel to a host.
pub(crate) struct HostChannel {
    object: JsValue,
    post: Function,
    place: &'static str,
    _heard: Closure<dyn Fn(JsValue)>,
}

/// Whether there is a host; in a frame there is none.
pub(crate) fn is_there() -> bool {
    find().is_some()
}

/// The object of the host, its function, and where it is.
fn find() -> Option<(JsValue, Function, &'static str)> {
    let window = window();
    if window.top().ok()?.is_none_or(|top| top != window) {
        return None;
    }
    PLACES.into_iter().find_map(|place| {
        let (mut object, mut found) = (JsValue::UNDEFINED, JsValue::from(window.clone()));
        for name in place.split('.') {
            // Of what is undefined, reading a member throws.
            let member = Reflect::get(&found, &name.into()).ok()?;
            object = std::mem::replace(&mut found, member);
        }
        Some((object, found.dyn_into().ok()?, place))
    })
}

impl HostChannel {
    /// Listens to the host, if there is one.
    pub(crate) fn open(heard: impl Fn(String) + 'static) -> Option<Self> {
        let (object, post, place) = find()?;
        // A text, or an event with one.
        let _heard = Closure::<dyn Fn(_)>::new(move |message: JsValue| {
            let read = || Reflect::get(&message, &"data".into()).ok()?.as_string();
            if let Some(text) = message.as_string().or_else(read) {
                heard(text);
            }
        });
        let listener = _heard.as_ref();
        let listen = Reflect::get(&object, &"addEventListener".into()).unwrap_or_default();
        // An object that another world has made may be frozen, and then has this function.
        match listen.dyn_into::<Function>() {
            Ok(listen) => _ = listen.call2(&object, &"message".into(), listener),
            Err(_) => _ = Reflect::set(&object, &"onmessage".into(), listener),
        }
        let _defined = Reflect::set(&window(), &RECEIVE.into(), listener);
        Some(Self { object, post, place, _heard })
    }

    /// Sends a text.
    pub(crate) fn post(&self, text: &str) {
        let text = JsValue::from(text);
        let _gone = if self.place == TAURI {
            let arguments = js_sys::Object::new();
            let _ok = Reflect::set(&arguments, &"text".into(), &text);
            self.post.call2(&self.object, &"menshen".into(), &arguments)
        } else {
            self.post.call1(&self.object, &text)
        };
    }
}
