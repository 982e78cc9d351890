//! Every path of the app. Hosts link to them, so they are stable (`docs/rules.md`, Screens). The server
//! has a list of its own (`crates/server/src/http/first_paint.rs`).

use crate::lean::memo;
use flow::wizard::Step;
use flow::{cancel, password, phone, proving, wechat};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A screen and what of it stands in the URL.
///
/// Where to go after signing in is a `Route` too, never a raw URL: nothing in an address can
/// lead out of the app (WEB-09).
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route {
    Overview,
    /// With the scan by which somebody is about to sign in.
    SignIn {
        return_to: Option<Box<Route>>,
        scan: Option<String>,
    },
    Avatar,
    Phone(Place<phone::Step>),
    Wechat(Place<wechat::Step>),
    Password(Place<password::Step>),
    Cancel(Place<cancel::Step>),
    Devices,
    History,
    Activity,
    EnterpriseSettings,
    EnterpriseUsers,
}

/// Where in a wizard.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place<S> {
    /// At a step, of this change once one was begun.
    Step { step: Step<S>, change: Option<String> },
    /// What became of a change.
    Done { change: String },
}

/// Where somebody signs in.
pub(crate) const SIGN_IN: Route = Route::SignIn { return_to: None, scan: None };
/// Where the phone wizard begins.
pub(crate) const PHONE: Route = Route::Phone(Place::START);
/// Where the wizard of the WeChat begins.
pub(crate) const WECHAT: Route = Route::Wechat(Place::START);
/// Where the password wizard begins.
pub(crate) const PASSWORD: Route = Route::Password(Place::START);
/// Where canceling the account begins.
pub(crate) const CANCEL: Route = Route::Cancel(Place::START);

/// The steps of every wizard's first half as the URL names them, in the order a person meets them.
const PROVING: [(proving::Step, &str); 5] = [
    (proving::Step::Start, ""),
    (proving::Step::Choose, "verify"),
    (proving::Step::Sms, "verify-sms"),
    (proving::Step::Password, "verify-password"),
    (proving::Step::Wechat, "verify-wechat"),
];

/// The path of a wizard and the steps of its own half.
type Steps<S> = (&'static str, &'static [(S, &'static str)]);

const PHONE_STEPS: Steps<phone::Step> =
    ("/phone", &[(phone::Step::Number, "number"), (phone::Step::Code, "code")]);
const WECHAT_STEPS: Steps<wechat::Step> =
    ("/wechat", &[(wechat::Step::New, "new"), (wechat::Step::Confirm, "confirm")]);
const PASSWORD_STEPS: Steps<password::Step> = ("/password", &[(password::Step::New, "new")]);
const CANCEL_STEPS: Steps<cancel::Step> = ("/cancel", &[(cancel::Step::Confirm, "confirm")]);

impl Route {
    /// Reads a path with its query; nothing if it is no screen of ours.
    pub(crate) fn parse(path_and_query: &str) -> Option<Self> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let path = path.strip_prefix('/')?;
        let change = id(query, "change");
        Some(match path.split_once('/').unwrap_or((path, "")) {
            ("", "") => action(query).unwrap_or(Self::Overview),
            ("sign-in", "") => Self::SignIn {
                scan: id(query, "scan"),
                return_to: value(query, "return_to")
                    .and_then(decode)
                    // Back to the sign-in leads nowhere, and nested a thousand times too deep.
                    .filter(|to| !to.starts_with("/sign-in"))
                    .and_then(|to| Self::parse(&to))
                    .map(Box::new),
            },
            ("phone", slug) => Self::Phone(Place::read(PHONE_STEPS, slug, change)?),
            ("wechat", slug) => Self::Wechat(Place::read(WECHAT_STEPS, slug, change)?),
            ("password", slug) => Self::Password(Place::read(PASSWORD_STEPS, slug, change)?),
            ("cancel", slug) => Self::Cancel(Place::read(CANCEL_STEPS, slug, change)?),
            ("avatar", "") => Self::Avatar,
            ("devices", "") => Self::Devices,
            ("history", "") => Self::History,
            ("activity", "") => Self::Activity,
            ("enterprise", "settings") => Self::EnterpriseSettings,
            ("enterprise", "users") => Self::EnterpriseUsers,
            _ => return None,
        })
    }

    /// The path with its query.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Overview => "/".into(),
            Self::SignIn { return_to, scan } => {
                let to = return_to.as_ref().map(|route| ["return_to=", &encode(&route.path())].concat());
                let scan = scan.as_ref().map(|id| ["scan=", id].concat());
                let query: Vec<String> = to.into_iter().chain(scan).collect();
                ["/sign-in", if query.is_empty() { "" } else { "?" }, &query.join("&")].concat()
            }
            Self::Phone(place) => place.path(PHONE_STEPS),
            Self::Wechat(place) => place.path(WECHAT_STEPS),
            Self::Password(place) => place.path(PASSWORD_STEPS),
            Self::Cancel(place) => place.path(CANCEL_STEPS),
            Self::Avatar => "/avatar".into(),
            Self::Devices => "/devices".into(),
            Self::History => "/history".into(),
            Self::Activity => "/activity".into(),
            Self::EnterpriseSettings => "/enterprise/settings".into(),
            Self::EnterpriseUsers => "/enterprise/users".into(),
        }
    }

    /// Its place in the order of its wizard's steps: the further on, the greater.
    pub(crate) fn rank(&self) -> usize {
        match self {
            Self::Phone(place) => place.rank(PHONE_STEPS),
            Self::Wechat(place) => place.rank(WECHAT_STEPS),
            Self::Password(place) => place.rank(PASSWORD_STEPS),
            Self::Cancel(place) => place.rank(CANCEL_STEPS),
            _ => 0,
        }
    }

    /// Whether it is a step of a wizard.
    pub(crate) fn is_step(&self) -> bool {
        matches!(
            self,
            Self::Phone(Place::Step { .. })
                | Self::Wechat(Place::Step { .. })
                | Self::Password(Place::Step { .. })
                | Self::Cancel(Place::Step { .. })
        )
    }

    /// Whether both are steps of the same wizard.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        self.is_step() && other.is_step() && std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl<S: Copy + PartialEq> Place<S> {
    /// Before anything was begun.
    pub(crate) const START: Self = Self::Step { step: Step::Proving(proving::Step::Start), change: None };

    fn read((_, own): Steps<S>, slug: &str, change: Option<String>) -> Option<Self> {
        if slug == "done" {
            return Some(Self::Done { change: change? });
        }
        let step = match named(&PROVING, slug) {
            Some(step) => Step::Proving(step),
            None => Step::Then(named(own, slug)?),
        };
        Some(Self::Step { step, change })
    }

    fn path(&self, (path, own): Steps<S>) -> String {
        let (slug, change) = match self {
            Self::Done { change } => ("done", Some(change)),
            Self::Step { step: Step::Proving(step), change } => {
                (PROVING[rank(&PROVING, *step)].1, change.as_ref())
            }
            Self::Step { step: Step::Then(step), change } => (own[rank(own, *step)].1, change.as_ref()),
        };
        let slash = if slug.is_empty() { "" } else { "/" };
        match change {
            Some(id) => [path, slash, slug, "?change=", id].concat(),
            None => [path, slash, slug].concat(),
        }
    }

    fn rank(&self, (_, own): Steps<S>) -> usize {
        match self {
            Self::Step { step: Step::Proving(step), .. } => rank(&PROVING, *step),
            Self::Step { step: Step::Then(step), .. } => PROVING.len() + rank(own, *step),
            Self::Done { .. } => 0,
        }
    }
}

fn named<S: Copy>(steps: &[(S, &str)], slug: &str) -> Option<S> {
    steps.iter().find(|(_, name)| *name == slug).map(|(step, _)| *step)
}

fn rank<S: PartialEq>(steps: &[(S, &str)], step: S) -> usize {
    steps.iter().position(|(known, _)| *known == step).unwrap_or_default()
}

/// What the address bar shows, if it is a screen of ours.
pub(crate) fn shown() -> Memo<Option<Route>> {
    let location = use_location();
    memo(move || {
        let query = location.query.get().to_query_string();
        Route::parse(&[&location.pathname.get(), query.as_str()].concat())
    })
}

/// The deep link of a host: `/?action=phone`. A return address is not followed (WEB-09).
fn action(query: &str) -> Option<Route> {
    match value(query, "action")? {
        "avatar" => Some(Route::Avatar),
        "phone" => Some(PHONE),
        "wechat" => Some(WECHAT),
        "password" => Some(PASSWORD),
        "cancel" => Some(CANCEL),
        "devices" => Some(Route::Devices),
        "history" => Some(Route::History),
        _ => None,
    }
}

/// One of the server's ids.
fn id(query: &str, name: &str) -> Option<String> {
    value(query, name).filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric())).map(ToOwned::to_owned)
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
        fn at<S>(step: Step<S>) -> Place<S> {
            Place::Step { step, change: Some("ab1".into()) }
        }
        fn proving<S>(step: proving::Step) -> Place<S> {
            at(Step::Proving(step))
        }
        fn done<S>() -> Place<S> {
            Place::Done { change: "ab1".into() }
        }
        let table = [
            ("/", Route::Overview),
            ("/sign-in", SIGN_IN),
            ("/sign-in?scan=ab1", Route::SignIn { return_to: None, scan: Some("ab1".into()) }),
            (
                "/sign-in?return_to=/devices&scan=ab1",
                Route::SignIn { return_to: Some(Box::new(Route::Devices)), scan: Some("ab1".into()) },
            ),
            ("/phone", PHONE),
            ("/phone/verify?change=ab1", Route::Phone(proving(proving::Step::Choose))),
            ("/phone/verify-sms?change=ab1", Route::Phone(proving(proving::Step::Sms))),
            ("/phone/verify-password?change=ab1", Route::Phone(proving(proving::Step::Password))),
            ("/phone/number?change=ab1", Route::Phone(at(Step::Then(phone::Step::Number)))),
            ("/phone/code?change=ab1", Route::Phone(at(Step::Then(phone::Step::Code)))),
            ("/phone/done?change=ab1", Route::Phone(done())),
            ("/phone/verify-wechat?change=ab1", Route::Phone(proving(proving::Step::Wechat))),
            ("/wechat", WECHAT),
            ("/wechat/verify-wechat?change=ab1", Route::Wechat(proving(proving::Step::Wechat))),
            ("/wechat/new?change=ab1", Route::Wechat(at(Step::Then(wechat::Step::New)))),
            ("/wechat/confirm?change=ab1", Route::Wechat(at(Step::Then(wechat::Step::Confirm)))),
            ("/wechat/done?change=ab1", Route::Wechat(done())),
            ("/password", PASSWORD),
            ("/password/verify?change=ab1", Route::Password(proving(proving::Step::Choose))),
            ("/password/verify-sms?change=ab1", Route::Password(proving(proving::Step::Sms))),
            ("/password/verify-password?change=ab1", Route::Password(proving(proving::Step::Password))),
            ("/password/new?change=ab1", Route::Password(at(Step::Then(password::Step::New)))),
            ("/password/done?change=ab1", Route::Password(done())),
            ("/cancel", CANCEL),
            ("/cancel/verify-sms?change=ab1", Route::Cancel(proving(proving::Step::Sms))),
            ("/cancel/confirm?change=ab1", Route::Cancel(at(Step::Then(cancel::Step::Confirm)))),
            ("/cancel/done?change=ab1", Route::Cancel(done())),
            ("/avatar", Route::Avatar),
            ("/devices", Route::Devices),
            ("/history", Route::History),
            ("/activity", Route::Activity),
            ("/enterprise/settings", Route::EnterpriseSettings),
            ("/enterprise/users", Route::EnterpriseUsers),
            (
                "/sign-in?return_to=/phone/number%3Fchange%3Dab1",
                Route::SignIn {
                    return_to: Some(Box::new(Route::Phone(at(Step::Then(phone::Step::Number))))),
                    scan: None,
                },
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
            assert_eq!(Route::parse(&path), Some(SIGN_IN), "{to}");
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
            "/enterprise",
            "/enterprise/users/1",
            "//phone",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }
}
