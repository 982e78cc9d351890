//! The only module that uses the browser's objects (event types and the dates of `i18n` excepted);
//! submodules: pointer and key input, host apps, pictures, the server's clock, uploads.

pub(crate) mod clock;
pub(crate) mod gestures;
pub(crate) mod host;
pub(crate) mod picture;
pub(crate) mod post;

use crate::one_shot::OneShot;
use flow::machine::Instant;
use leptos::prelude::{document, set_timeout, window};
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

thread_local! {
    /// Both clocks at the last reading, and the result.
    static LAST: Cell<Option<(f64, f64, f64)>> = const { Cell::new(None) };
}

/// The app's monotonic clock. `performance.now()` stops while some devices sleep, and the date may
/// jump backwards, so between two readings the clock that advanced further counts. A countdown may
/// end early, and then the server says how long is left, but it never hangs (F-08).
pub(crate) fn now() -> Instant {
    let running = window().performance().map_or(0.0, |performance| performance.now());
    let date = js_sys::Date::now();
    let (running_then, date_then, then) = LAST.get().unwrap_or((running, date, 0.0));
    let now = then + (running - running_then).max(date - date_then).max(0.0);
    LAST.set(Some((running, date, now)));
    Instant(now)
}

/// A signal that aborts a request after this many milliseconds.
/// `AbortSignal.timeout` is missing in the oldest supported browsers (B20).
pub(crate) fn patience(milliseconds: u32) -> Option<web_sys::AbortSignal> {
    let controller = web_sys::AbortController::new().ok()?;
    let signal = controller.signal();
    // Mostly the request has ended by then, and nothing listens to the signal.
    set_timeout(move || controller.abort(), Duration::from_millis(milliseconds.into()));
    Some(signal)
}

/// Whether the browser knows that there is no network.
pub(crate) fn is_offline() -> bool {
    !window().navigator().on_line()
}

/// Ends the app with an exception of the browser; `boot.js` shows the words for it.
pub(crate) fn throw(exception: wasm_bindgen::JsValue) -> ! {
    wasm_bindgen::throw_val(exception)
}

/// Whether the person wants to load no more than needed, where the browser tells it.
pub(crate) fn saves_data() -> bool {
    let connection = js_sys::Reflect::get(&window().navigator(), &"connection".into());
    connection.and_then(|it| js_sys::Reflect::get(&it, &"saveData".into())).is_ok_and(|it| it.is_truthy())
}

/// A number to the power of another. Rust's own functions would add their tables to the wasm; so below.
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    js_sys::Math::pow(base, exponent)
}

/// The natural logarithm.
pub(crate) fn logarithm(number: f64) -> f64 {
    js_sys::Math::log(number)
}

/// The distance of two positions.
pub(crate) fn distance([x, y]: [f64; 2], [other_x, other_y]: [f64; 2]) -> f64 {
    js_sys::Math::hypot(x - other_x, y - other_y)
}

/// Waits this many milliseconds.
pub(crate) async fn pause(milliseconds: u32) {
    let over = OneShot::new();
    let done = over.clone();
    set_timeout(move || done.complete(()), Duration::from_millis(milliseconds.into()));
    over.await;
}

/// Runs `f` whenever the browser reports that the network is back or gone.
pub(crate) fn on_network(f: impl Fn() + 'static) {
    listen(&window(), &["online", "offline"], move |_| f());
}

/// Runs `f` when the browser restores this page from its back/forward cache.
pub(crate) fn on_restored(f: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn(_)>::new(move |event: web_sys::PageTransitionEvent| {
        if event.persisted() {
            f();
        }
    });
    let _ok = window().add_event_listener_with_callback("pageshow", listener.as_ref().unchecked_ref());
    listener.forget();
}

/// Runs `f` whenever the user comes back to this tab.
pub(crate) fn on_return(f: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn(_)>::new(move |event: web_sys::Event| {
        // Some webviews never report being visible; a page with the focus is (B51).
        if event.type_() == "focus" || is_shown() {
            f();
        }
    });
    let target = listener.as_ref().unchecked_ref();
    // Fails only for unknown event names or options.
    let _ok = document().add_event_listener_with_callback("visibilitychange", target);
    let _ok = window().add_event_listener_with_callback("focus", target);
    listener.forget();
}

/// Whether this page can be seen, as far as the browser knows.
pub(crate) fn is_shown() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Runs `f` at each key, click or touch, and when the page gets the focus.
pub(crate) fn on_input(f: impl Fn() + 'static) {
    listen(&window(), &["pointerdown", "keydown", "click", "focus"], move |_| f());
}

/// A text that a link leads to.
#[derive(Clone)]
pub(crate) struct Document {
    pub(crate) address: String,
    /// The text of the link.
    pub(crate) name: String,
}

/// Runs `f` in place of opening a tab, for every link that would, as long as the page exists. Such links hold text alone.
pub(crate) fn on_document_link(f: impl Fn(Document) + 'static) {
    listen(&window(), &["click"], move |event| {
        let link = wasm_bindgen::JsValue::from(event.target());
        let read = |name: &str| js_sys::Reflect::get(&link, &name.into()).ok()?.as_string();
        if read("target").is_some_and(|target| target == "_blank") {
            event.prevent_default();
            let [address, name] = ["href", "textContent"].map(|name| read(name).unwrap_or_default());
            f(Document { address, name });
        }
    });
}

/// Runs `f` at each of these events of the window, as long as the page exists.
pub(crate) fn on_window(kinds: &[&str], f: impl Fn(web_sys::Event) + 'static) {
    listen(&window(), kinds, f);
}

/// Runs `f` whenever [`is_shown`] or the network may have changed, or the page was asleep.
pub(crate) fn on_attention(f: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(f);
    let f = listener.as_ref().unchecked_ref();
    // Fails only for unknown event names or options.
    for event in ["visibilitychange", "resume"] {
        let _ok = document().add_event_listener_with_callback(event, f);
    }
    for event in ["online", "offline", "pageshow"] {
        let _ok = window().add_event_listener_with_callback(event, f);
    }
    listener.forget();
}

/// Listens to events of these kinds at a target for as long as it exists. Leptos' own listeners are
/// generic over the event and compiled once for each kind.
fn listen(target: &web_sys::EventTarget, kinds: &[&str], heard: impl Fn(web_sys::Event) + 'static) {
    // Freed by the browser with the target.
    let listener = Closure::<dyn Fn(_)>::new(heard).into_js_value();
    for kind in kinds {
        // Fails only for unknown event names or options.
        let _ok = target.add_event_listener_with_callback(kind, listener.unchecked_ref());
    }
}

/// A stream of server-sent events; closed when it is dropped.
pub(crate) struct Stream {
    source: web_sys::EventSource,
    _heard: Closure<dyn Fn(web_sys::MessageEvent)>,
    _over: Closure<dyn Fn(web_sys::Event)>,
}

impl Stream {
    /// Opens the stream at `path`; `None` if the browser has none. `heard` gets the data of each
    /// event of the first name; `broken` is called once, at an event of the second name, or when the
    /// stream fails for good, or fails twice without an event in between.
    pub(crate) fn open(
        path: &str,
        [on_event, end]: [&str; 2],
        heard: impl Fn(String) + 'static,
        broken: impl Fn() + 'static,
    ) -> Option<Self> {
        let source = web_sys::EventSource::new(path).ok()?;
        let misses = std::rc::Rc::new(Cell::new(0_u8));
        let hits = std::rc::Rc::clone(&misses);
        let _heard = Closure::<dyn Fn(_)>::new(move |event: web_sys::MessageEvent| {
            hits.set(0);
            heard(event.data().as_string().unwrap_or_default());
        });
        let failing = source.clone();
        let _over = Closure::<dyn Fn(_)>::new(move |event: web_sys::Event| {
            misses.set(misses.get().saturating_add(1));
            let is_over = event.type_() != "error"
                || misses.get() > 1
                || failing.ready_state() == web_sys::EventSource::CLOSED;
            if is_over {
                failing.close();
                broken();
            }
        });
        let _ok = source.add_event_listener_with_callback(on_event, _heard.as_ref().unchecked_ref());
        for event in [end, "error"] {
            let _ok = source.add_event_listener_with_callback(event, _over.as_ref().unchecked_ref());
        }
        Some(Self { source, _heard, _over })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// The host name of this page, with its port.
pub(crate) fn host() -> String {
    window().location().host().unwrap_or_default()
}

/// A value of the address's query.
pub(crate) fn query(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// A value of the address's query, which is removed from the address.
pub(crate) fn take_query(name: &str) -> Option<String> {
    let value = query(name)?;
    let url = web_sys::Url::new(&window().location().href().ok()?).ok()?;
    url.search_params().delete(name);
    let history = window().history().ok()?;
    history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&url.href())).ok()?;
    Some(value)
}

/// The user's languages as set in the browser, preferred first.
pub(crate) fn languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// A cookie that scripts can see.
pub(crate) fn cookie(name: &str) -> Option<String> {
    let cookies = document().unchecked_into::<web_sys::HtmlDocument>().cookie().ok()?;
    cookies.split("; ").find_map(|pair| Some(pair.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
}

/// Whether the browser keeps cookies of this site (B22).
pub(crate) fn keeps_cookies() -> bool {
    const TRIAL: &str = "__Host-trial";
    set_cookie(TRIAL, "1", Keep::Run);
    let is_kept = cookie(TRIAL).is_some();
    set_cookie(TRIAL, "", Keep::Not);
    is_kept
}

/// How long a cookie is kept.
#[derive(Clone, Copy)]
pub(crate) enum Keep {
    Year,
    /// As long as the browser runs.
    Run,
    /// No longer.
    Not,
}

/// Sets a cookie that is neither secret nor personal (SES-10). Browsers accept `Secure` over `https`
/// and from localhost.
pub(crate) fn set_cookie(name: &str, value: &str, keep: Keep) {
    let life = match keep {
        Keep::Year => "; Max-Age=31536000",
        Keep::Run => "",
        Keep::Not => "; Max-Age=0",
    };
    let cookie = [name, "=", value, "; Path=/; SameSite=Lax; Secure", life].concat();
    let _closed = document().unchecked_into::<web_sys::HtmlDocument>().set_cookie(&cookie);
}

/// Opens a modal dialog.
pub(crate) fn show_modal(dialog: &web_sys::HtmlDialogElement) {
    // Fails only if it is open already.
    let _open = dialog.show_modal();
}

/// Closes an open dialog; returns whether there was one. One whose request is under way stays: it cannot be undone, and
/// must not look canceled.
pub(crate) fn close_dialog() -> bool {
    let Ok(Some(dialog)) = document().query_selector("dialog[open]") else { return false };
    if let Ok(None) = document().query_selector("dialog[open] [aria-busy=true]") {
        dialog.unchecked_into::<web_sys::HtmlDialogElement>().close();
    }
    true
}

/// The title of the document.
pub(crate) fn title() -> String {
    document().title()
}

/// Loads the page at this path in place of the present one, which leaves no entry in the history.
pub(crate) fn replace(path: &str) {
    let _ok = window().location().replace(path);
}

/// Names the surface to the style sheets.
pub(crate) fn set_surface(name: &str) {
    if let Some(root) = document().document_element() {
        let _ok = root.set_attribute("data-surface", name);
    }
}

/// The event by which the app tells that a person has done something elsewhere, for example on their phone.
pub(crate) const SIGN: &str = "sign";

/// Fires [`SIGN`].
pub(crate) fn announce_sign() {
    announce(SIGN);
}

/// Loads the page again, at its address.
pub(crate) fn reload() {
    let _ok = window().location().reload();
}

pub(crate) fn set_title(title: &str) {
    document().set_title(title);
}

pub(crate) fn set_lang(tag: &str) {
    if let Some(root) = document().document_element() {
        let _ok = root.set_attribute("lang", tag);
    }
}

pub(crate) fn focus(element: &web_sys::HtmlElement) {
    let _gone = element.focus();
}

/// Puts the focus on the screen's heading, if there is one.
pub(crate) fn focus_heading() {
    if let Ok(Some(heading)) = document().query_selector("h1")
        && let Ok(heading) = heading.dyn_into::<web_sys::HtmlElement>()
    {
        focus(&heading);
    }
}

/// Keeps the focus where it is while a list is redrawn in place, which reuses an element for another row: it follows
/// the id of the focused element, or goes to the heading once no element has that id.
pub(crate) fn keep_focus() {
    let focused = || document().active_element().map(|element| element.id());
    let Some(id) = focused().filter(|id| !id.is_empty()) else { return };
    leptos::task::spawn_local(async move {
        if focused().as_deref() == Some(&*id) {
            return;
        }
        match document().get_element_by_id(&id).map(JsCast::dyn_into::<web_sys::HtmlElement>) {
            Some(Ok(element)) => focus(&element),
            _ => focus_heading(),
        }
    });
}

/// Puts the cursor into the element with this id, once it is drawn.
pub(crate) fn focus_id(id: &str) {
    let id = id.to_owned();
    leptos::prelude::request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(&id)
            && let Ok(element) = element.dyn_into::<web_sys::HtmlElement>()
        {
            focus(&element);
        }
    });
}

/// Fires `change` at every field, before its content is sent or redrawn: password managers and scripts
/// fill in fields without an event (B24). Not for screens whose checkboxes act at once.
pub(crate) fn read_again() {
    let inputs = document().get_elements_by_tag_name("input");
    for input in (0..inputs.length()).filter_map(|at| inputs.item(at)) {
        if let Ok(event) = web_sys::Event::new("change") {
            let _handled = input.dispatch_event(&event);
        }
    }
}

/// Whether the server has painted the sign-in first, which it does only where the request had no session's cookie.
pub(crate) fn first_paint_is_for_guests() -> bool {
    matches!(document().query_selector("#boot[data-shell=\"sign-in\"]"), Ok(Some(_)))
}

/// The answer to `GET /me` that `boot.js` has asked for beside the app. Who asks for it takes it.
pub(crate) fn early_answer() -> impl Future<Output = Option<web_sys::Response>> {
    let name = wasm_bindgen::JsValue::from_str("menshenMe");
    let asked = js_sys::Reflect::get(&window(), &name).ok();
    let _ok = js_sys::Reflect::delete_property(&window(), &name);
    async move {
        let asked: js_sys::Promise = asked?.dyn_into().ok()?;
        wasm_bindgen_futures::JsFuture::from(asked).await.ok()?.dyn_into().ok()
    }
}

/// Tells `boot.js` that a screen is drawn, so that it removes the first paint.
pub(crate) fn announce_screen() {
    announce("screen");
}

fn announce(name: &str) {
    if let Ok(event) = web_sys::Event::new(name) {
        let _handled = window().dispatch_event(&event);
    }
}
