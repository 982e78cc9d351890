//! The QR that a phone scans, and the states of its scan; shared by the sign-in, the step-up and the
//! WeChat wizard. In an app that can open WeChat itself, a button in place of the QR (W8).

use crate::bridge::Bridge;
use crate::browser;
use crate::context::words;
use crate::erased::{live, memo, text};
use crate::network::Network;
use crate::parts;
use crate::ui::alert::{Alert, Tone};
use crate::ui::button::Submit;
use crate::ui::qr::Qr;
use crate::watch::Attention;
use contract::refusal::Refusal;
use contract::scan::ScanState;
use flow::machine::Request;
use flow::scan::Scanning;
use leptos::prelude::*;
use std::borrow::Cow;
use std::time::Duration;

/// The id of the element that shows the scan.
const PLACE: &str = "scan";

/// The data of a scan's view.
#[derive(Clone, Copy)]
pub(crate) struct ScanView {
    pub(crate) scanning: Signal<Scanning, LocalStorage>,
    pub(crate) request: Memo<Request>,
    /// Requests a QR.
    pub(crate) on_scan: Callback<()>,
    /// Label of the button that requests the first QR.
    pub(crate) begin: &'static str,
    /// The text for a WeChat that allowed the scan, but is bound to no account.
    pub(crate) unbound: Option<&'static str>,
}

/// What is shown.
#[derive(Clone, PartialEq)]
enum Sight {
    /// Nothing yet, or a failure: the button.
    Button(Option<Cow<'static, str>>),
    /// The QR is loading, or its state is being read.
    Coming,
    /// This text as a QR.
    Qr(String),
    /// A phone has scanned it and shows these digits.
    Scanned(String),
    /// The phone allowed it.
    Allowed,
}

/// `/sign-in`, `/…/verify-wechat`, `/wechat/new`: the scan, whose code is a part of its own.
#[component]
pub(crate) fn ScanPart(view: ScanView) -> impl IntoView {
    parts::scan(view)
}

/// What that part draws.
pub(crate) fn draw(view: ScanView) -> AnyView {
    view! { <Scan view=view /> }.into_any()
}

#[component]
fn Scan(view: ScanView) -> impl IntoView {
    let t = words().scan();
    let attention: Attention = expect_context();
    let bridge: Bridge = expect_context();
    let network: Network = expect_context();
    let tick = RwSignal::new(0_u32);
    if let Ok(interval) =
        set_interval_with_handle(move || tick.update(|n| *n = n.wrapping_add(1)), Duration::from_secs(1))
    {
        on_cleanup(move || interval.clear());
    }
    let left = memo(move || {
        tick.track();
        let ends_at = view.scanning.with(Scanning::ends_at);
        ends_at.map_or(0, |at| at.seconds_from(browser::now()))
    });
    let sight = memo(move || {
        let is_fresh = attention.is_fresh_at(view.scanning.with(|scanning| scanning.read_at));
        view.sight(is_fresh && left.get() > 0)
    });
    let another = move |_| {
        view.on_scan.run(());
        // The button goes.
        browser::focus_id(PLACE);
    };
    view! {
        <div class="scan" id=PLACE role="group" tabindex="-1" aria-label=t.label>
            {live(move || match sight.get() {
                Sight::Button(why) => view! { <Ask view=view why=why /> }.into_any(),
                Sight::Coming => view! { <div class="qr" aria-hidden="true"></div> }.into_any(),
                Sight::Qr(text) if bridge.opens_wechat() => view! { <Open bridge=bridge text=text /> }.into_any(),
                Sight::Qr(text) => view! { <Qr text=text label=t.label /> }.into_any(),
                Sight::Scanned(digits) => view! { <p class="match" aria-hidden="true" translate="no">{digits}</p> }.into_any(),
                Sight::Allowed => view! { <div class="qr" aria-hidden="true"></div> }.into_any(),
            })}
            <p class="sent" role="status">
                <span prop:textContent=text(move || match sight.get() {
                    Sight::Button(_) => "",
                    Sight::Coming if !network.is_there() => t.offline,
                    Sight::Coming => t.loading,
                    Sight::Qr(_) if bridge.opens_wechat() => t.opened,
                    Sight::Qr(_) => t.how,
                    Sight::Scanned(_) => t.scanned,
                    Sight::Allowed => t.allowed,
                })></span>
                <span class="spoken" translate="no" prop:textContent=text(move || match sight.get() {
                    Sight::Scanned(digits) => digits,
                    _ => String::new(),
                })></span>
            </p>
            // The first phone to scan owns the scan; a new QR ends that of a stranger.
            {move || matches!(sight.get(), Sight::Scanned(_)).then(|| view! {
                <button type="button" class="link" on:click=another>{t.not_mine}</button>
            })}
            {move || {
                let is_shown = matches!(sight.get(), Sight::Qr(_));
                is_shown.then(|| {
                    view! {
                        <p class="hint" role="timer" translate="no" prop:textContent=text(move || (t.left)(left.get()))></p>
                        <p class="hint">{t.same_phone}</p>
                    }
                })
            }}
        </div>
    }
}

/// The failure, if any, and the button that requests a QR.
#[component]
fn Ask(view: ScanView, why: Option<Cow<'static, str>>) -> impl IntoView {
    let label = match why {
        None => view.begin,
        // A scan that was allowed may still be valid.
        Some(_) if untrack(move || view.is_allowed()) => words().common().retry,
        Some(_) => words().scan().again,
    };
    let ask = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        view.on_scan.run(());
        // The button disappears: what replaces it takes the focus.
        if untrack(move || view.request.get()) == Request::Waiting {
            browser::focus_id(PLACE);
        }
    };
    view! {
        <form novalidate on:submit=ask>
            {why.map(|why| view! { <Alert tone=Tone::Error>{why}</Alert> })}
            <Submit busy=false label=label />
        </form>
    }
}

/// In an app that opens WeChat, which returns to the app by itself.
#[component]
fn Open(bridge: Bridge, text: String) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button wide"
            data-tone="primary"
            on:click=move |_| bridge.open_wechat(&text)
        >
            {words().scan().open}
        </button>
    }
}

impl ScanView {
    /// What to show; a QR only while it is valid.
    fn sight(self, counts: bool) -> Sight {
        let failed = match self.request.get() {
            Request::Waiting => return self.under_way(),
            Request::Failed(problem) => Some(match (problem.refusal(), self.unbound) {
                (Some(Refusal::WayNotOpen), Some(unbound)) => unbound.into(),
                _ => words().problem(&problem),
            }),
            Request::Idle => None,
        };
        self.scanning.with(|scanning| match &scanning.scan {
            None => Sight::Button(failed),
            Some(scan) => match (scan.state, scan.state.refusal()) {
                (_, Some(end)) => Sight::Button(failed.or_else(|| Some(words().refusal(&end)))),
                _ if failed.is_some() => Sight::Button(failed),
                (ScanState::Scanned, _) => Sight::Scanned(scan.number.clone().unwrap_or_default()),
                (ScanState::Confirmed | ScanState::Consumed, _) => Sight::Allowed,
                _ => match &scan.qr {
                    Some(text) if !may_be_drawn(text, &browser::host()) => {
                        Sight::Button(Some(words().scan().untrusted.into()))
                    }
                    Some(text) if counts => Sight::Qr(text.clone()),
                    _ => Sight::Coming,
                },
            },
        })
    }

    fn under_way(self) -> Sight {
        if self.is_allowed() { Sight::Allowed } else { Sight::Coming }
    }

    fn is_allowed(self) -> bool {
        self.scanning
            .with(|scanning| scanning.scan.as_ref().is_some_and(|scan| scan.state == ScanState::Confirmed))
    }
}

/// Whether a QR may lead there: to WeChat, or to the host of this page. While that is this
/// computer, also to its address in the local network, where a phone finds it.
fn may_be_drawn(text: &str, page: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    if !plain || !matches!(scheme, "https" | "http") {
        return false;
    }
    host == "weixin.qq.com" || host == page || at_home(host, page)
}

fn at_home(host: &str, page: &str) -> bool {
    let (Some((name, port)), Some((page, page_port))) = (host.rsplit_once(':'), page.rsplit_once(':')) else {
        return false;
    };
    // Parsing it as a URL would add 2 kB.
    let parts: Vec<Option<u8>> = name.split('.').map(|part| part.parse().ok()).collect();
    let is_private = matches!(
        parts[..],
        [Some(10), Some(_), Some(_), Some(_)]
            | [Some(192), Some(168), Some(_), Some(_)]
            | [Some(172), Some(16..=31), Some(_), Some(_)]
    );
    matches!(page, "127.0.0.1" | "localhost") && port == page_port && is_private
}

#[cfg(test)]
mod tests {
    use super::may_be_drawn;

    #[test]
    fn qr_12_only_known_hosts_are_drawn() {
        let home = "127.0.0.1:8080";
        let table = [
            ("http://weixin.qq.com/q/02abc", "meeting.example", true),
            ("https://meeting.example/q?scene=1", "meeting.example", true),
            ("http://127.0.0.1:8080/dev/wechat?scene=1", home, true),
            ("http://192.168.1.7:8080/dev/wechat?scene=1", home, true),
            ("http://192.168.1.7:8080/dev/wechat?scene=1", "meeting.example:8080", false),
            ("http://192.168.1.7:9090/dev/wechat?scene=1", home, false),
            ("http://8.8.8.8:8080/", home, false),
            ("http://10.evil.example:8080/", home, false),
            ("http://172.31.0.9:8080/", home, true),
            ("http://172.217.14.99:8080/", home, false),
            ("http://172.:8080/", home, false),
            ("https://weixin.qq.com.evil.example/q", home, false),
            ("https://weixin.qq.com@evil.example/q", home, false),
            ("https://evil.example/weixin.qq.com", home, false),
            ("https://evil.example\\@weixin.qq.com", home, false),
            ("javascript://weixin.qq.com/%0aalert(1)", home, false),
            ("weixin.qq.com/q", home, false),
            ("", home, false),
        ];
        for (text, page, expected) in table {
            assert_eq!(may_be_drawn(text, page), expected, "{text} on {page}");
        }
    }
}
