//! Every path of the app. Hosts link to them, so they are stable (product §2).

use flow::{password, phone, proving, wechat};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A screen and what of it stands in the URL.
///
/// Where to go after signing in is a `Route` too, never a raw URL: nothing in an address can
/// lead out of the app (WEB-09).
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route {
    Overview,
    SignIn { return_to: Option<Box<Route>> },
    Phone { step: phone::Step, change: Option<String> },
    PhoneDone { change: String },
    Wechat { step: wechat::Step, change: Option<String> },
    WechatDone { change: String },
    Password { step: password::Step, change: Option<String> },
    PasswordDone { change: String },
    Devices,
}

/// Where the phone wizard begins.
pub(crate) const PHONE: Route =
    Route::Phone { step: phone::Step::Proving(proving::Step::Start), change: None };
/// Where the wizard of the WeChat begins.
pub(crate) const WECHAT: Route =
    Route::Wechat { step: wechat::Step::Proving(proving::Step::Start), change: None };
/// Where the password wizard begins.
pub(crate) const PASSWORD: Route =
    Route::Password { step: password::Step::Proving(proving::Step::Start), change: None };

/// The steps of the phone wizard as the URL names them, in the order a person meets them.
const PHONE_STEPS: [(phone::Step, &str); 7] = [
    (phone::Step::Proving(proving::Step::Start), ""),
    (phone::Step::Proving(proving::Step::Choose), "verify"),
    (phone::Step::Proving(proving::Step::Sms), "verify-sms"),
    (phone::Step::Proving(proving::Step::Password), "verify-password"),
    (phone::Step::Proving(proving::Step::Wechat), "verify-wechat"),
    (phone::Step::Number, "number"),
    (phone::Step::Code, "code"),
];

/// Those of the wizard of the WeChat; a password proves only the first binding (W1, W7).
const WECHAT_STEPS: [(wechat::Step, &str); 7] = [
    (wechat::Step::Proving(proving::Step::Start), ""),
    (wechat::Step::Proving(proving::Step::Choose), "verify"),
    (wechat::Step::Proving(proving::Step::Sms), "verify-sms"),
    (wechat::Step::Proving(proving::Step::Password), "verify-password"),
    (wechat::Step::Proving(proving::Step::Wechat), "verify-wechat"),
    (wechat::Step::New, "new"),
    (wechat::Step::Confirm, "confirm"),
];

/// Those of the password wizard.
const PASSWORD_STEPS: [(password::Step, &str); 6] = [
    (password::Step::Proving(proving::Step::Start), ""),
    (password::Step::Proving(proving::Step::Choose), "verify"),
    (password::Step::Proving(proving::Step::Sms), "verify-sms"),
    (password::Step::Proving(proving::Step::Password), "verify-password"),
    (password::Step::Proving(proving::Step::Wechat), "verify-wechat"),
    (password::Step::New, "new"),
];

impl Route {
    /// Reads a path with its query; nothing if it is no screen of ours.
    pub(crate) fn parse(path_and_query: &str) -> Option<Self> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let path = path.strip_prefix('/')?;
        let change = value(query, "change").filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric()));
        let change = change.map(ToOwned::to_owned);
        Some(match path.split_once('/').unwrap_or((path, "")) {
            ("", "") => action(query).unwrap_or(Self::Overview),
            ("sign-in", "") => Self::SignIn {
                return_to: value(query, "return_to")
                    .and_then(decode)
                    // Back to the sign-in leads nowhere, and nested a thousand times too deep.
                    .filter(|to| !to.starts_with("/sign-in"))
                    .and_then(|to| Self::parse(&to))
                    .map(Box::new),
            },
            ("phone", "done") => Self::PhoneDone { change: change? },
            ("phone", slug) => Self::Phone { step: step(&PHONE_STEPS, slug)?, change },
            ("wechat", "done") => Self::WechatDone { change: change? },
            ("wechat", slug) => Self::Wechat { step: step(&WECHAT_STEPS, slug)?, change },
            ("password", "done") => Self::PasswordDone { change: change? },
            ("password", slug) => Self::Password { step: step(&PASSWORD_STEPS, slug)?, change },
            ("devices", "") => Self::Devices,
            _ => return None,
        })
    }

    /// The path with its query.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Overview => "/".into(),
            Self::SignIn { return_to: None } => "/sign-in".into(),
            Self::SignIn { return_to: Some(route) } => {
                ["/sign-in?return_to=", &encode(&route.path())].concat()
            }
            Self::Phone { step, change } => wizard("/phone", slug(&PHONE_STEPS, *step), change.as_deref()),
            Self::PhoneDone { change } => wizard("/phone", "done", Some(change)),
            Self::Wechat { step, change } => wizard("/wechat", slug(&WECHAT_STEPS, *step), change.as_deref()),
            Self::WechatDone { change } => wizard("/wechat", "done", Some(change)),
            Self::Password { step, change } => {
                wizard("/password", slug(&PASSWORD_STEPS, *step), change.as_deref())
            }
            Self::PasswordDone { change } => wizard("/password", "done", Some(change)),
            Self::Devices => "/devices".into(),
        }
    }

    /// Its place in the order of its wizard's steps: the further on, the greater.
    pub(crate) fn rank(&self) -> usize {
        match self {
            Self::Phone { step, .. } => place(&PHONE_STEPS, *step),
            Self::Wechat { step, .. } => place(&WECHAT_STEPS, *step),
            Self::Password { step, .. } => place(&PASSWORD_STEPS, *step),
            _ => 0,
        }
    }

    /// Whether both are steps of the same wizard.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

fn step<S: Copy>(steps: &[(S, &str)], slug: &str) -> Option<S> {
    steps.iter().find(|(_, name)| *name == slug).map(|(step, _)| *step)
}

fn place<S: PartialEq>(steps: &[(S, &str)], step: S) -> usize {
    steps.iter().position(|(known, _)| *known == step).unwrap_or_default()
}

fn slug<S: PartialEq>(steps: &[(S, &'static str)], step: S) -> &'static str {
    steps[place(steps, step)].1
}

fn wizard(topic: &str, slug: &str, change: Option<&str>) -> String {
    let slash = if slug.is_empty() { "" } else { "/" };
    match change {
        Some(id) => [topic, slash, slug, "?change=", id].concat(),
        None => [topic, slash, slug].concat(),
    }
}

/// What the address bar shows, if it is a screen of ours.
pub(crate) fn shown() -> Memo<Option<Route>> {
    let location = use_location();
    Memo::new(move |_| {
        let query = location.query.get().to_query_string();
        Route::parse(&[&location.pathname.get(), query.as_str()].concat())
    })
}

/// The deep link of a host: `/?action=phone`. A return address is not followed (WEB-09).
fn action(query: &str) -> Option<Route> {
    match value(query, "action")? {
        "phone" => Some(PHONE),
        "wechat" => Some(WECHAT),
        "password" => Some(PASSWORD),
        "devices" => Some(Route::Devices),
        _ => None,
    }
}

fn value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Percent-encodes what would end a query value; our own paths need no more.
fn encode(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3F").replace('&', "%26").replace('=', "%3D").replace('#', "%23")
}

/// Undoes percent-encoding; nothing for what is no text.
fn decode(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_table() {
        let proving = phone::Step::Proving;
        let phone = |step| Route::Phone { step, change: Some("ab1".into()) };
        let wechat_at = |step| Route::Wechat { step, change: Some("ab1".into()) };
        let password = |step| Route::Password { step, change: Some("ab1".into()) };
        let table = [
            ("/", Route::Overview),
            ("/sign-in", Route::SignIn { return_to: None }),
            ("/phone", PHONE),
            ("/phone/verify?change=ab1", phone(proving(proving::Step::Choose))),
            ("/phone/verify-sms?change=ab1", phone(proving(proving::Step::Sms))),
            ("/phone/verify-password?change=ab1", phone(proving(proving::Step::Password))),
            ("/phone/number?change=ab1", phone(phone::Step::Number)),
            ("/phone/code?change=ab1", phone(phone::Step::Code)),
            ("/phone/done?change=ab1", Route::PhoneDone { change: "ab1".into() }),
            ("/phone/verify-wechat?change=ab1", phone(proving(proving::Step::Wechat))),
            ("/wechat", WECHAT),
            ("/wechat/verify-wechat?change=ab1", wechat_at(wechat::Step::Proving(proving::Step::Wechat))),
            ("/wechat/new?change=ab1", wechat_at(wechat::Step::New)),
            ("/wechat/confirm?change=ab1", wechat_at(wechat::Step::Confirm)),
            ("/wechat/done?change=ab1", Route::WechatDone { change: "ab1".into() }),
            ("/password", PASSWORD),
            ("/password/verify?change=ab1", password(password::Step::Proving(proving::Step::Choose))),
            ("/password/verify-sms?change=ab1", password(password::Step::Proving(proving::Step::Sms))),
            (
                "/password/verify-password?change=ab1",
                password(password::Step::Proving(proving::Step::Password)),
            ),
            ("/password/new?change=ab1", password(password::Step::New)),
            ("/password/done?change=ab1", Route::PasswordDone { change: "ab1".into() }),
            ("/devices", Route::Devices),
            (
                "/sign-in?return_to=/phone/number%3Fchange%3Dab1",
                Route::SignIn { return_to: Some(Box::new(phone(phone::Step::Number))) },
            ),
        ];
        for (path, route) in table {
            assert_eq!(Route::parse(path).as_ref(), Some(&route), "{path}");
            assert_eq!(route.path(), path);
        }
    }

    #[test]
    fn web_09_a_return_address_outside_the_app_is_dropped() {
        for to in [
            "https://evil.example/",
            "//evil.example",
            "/%2F/evil.example",
            "javascript:alert(1)",
            "https:%2F%2Fevil.example",
            "/phone/../..",
            "%5C%5Cevil.example",
            "/sign-in/../x",
            "%ff",
            "%",
            "/sign-in",
            "/sign-in?return_to=/phone",
        ] {
            let path = ["/sign-in?return_to=", to].concat();
            assert_eq!(Route::parse(&path), Some(Route::SignIn { return_to: None }), "{to}");
        }
        assert_eq!(
            Route::parse("/?action=phone&return=https://evil.example").map(|r| r.path()),
            Some("/phone".into())
        );
    }

    #[test]
    fn unknown_paths_are_no_route() {
        for path in [
            "/nope",
            "/phone/nope",
            "/phone/done",
            "/phones",
            "/phone/done?change=%2e%2e",
            "/password/number",
            "/devices/1",
            "//phone",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }
}
