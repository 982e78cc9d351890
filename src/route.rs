//! Every address of the app: a row of the table of paths (`crates/routes`) with what else stands in
//! the URL, for example a step. Hosts link to them, so they are stable (`docs/rules.md`, Screens).

use flow::wizard::Step;
use flow::{cancel, password, phone, proving, wechat};
use routes::{CancelStep, DONE, Named, PasswordStep, PhoneStep, ProvingStep, Screen, WechatStep};

/// A screen, and what else of it the URL holds.
///
/// Where to go after signing in is a `Route` too, never a raw URL: nothing in an address can
/// lead out of the app (WEB-09).
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route {
    Overview,
    /// With the scan of a sign-in by WeChat.
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
    ConsoleSettings,
    ConsoleUsers,
}

/// A place in a wizard.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place<S> {
    /// At a step, of this change once one was begun.
    Step { step: Step<S>, change: Option<String> },
    /// The result of a change.
    Done { change: String },
}

/// The sign-in.
pub(crate) const SIGN_IN: Route = Route::SignIn { return_to: None, scan: None };
/// The start of the phone wizard.
pub(crate) const PHONE: Route = Route::Phone(Place::START);
/// The start of the WeChat wizard.
pub(crate) const WECHAT: Route = Route::Wechat(Place::START);
/// The start of the password wizard.
pub(crate) const PASSWORD: Route = Route::Password(Place::START);
/// The start of canceling the account.
pub(crate) const CANCEL: Route = Route::Cancel(Place::START);

/// A step of a flow with its entry in the table of paths.
pub(crate) trait Listed: Copy {
    /// The steps of this flow in the table.
    type Entry: Named;

    fn entry(self) -> Self::Entry;
    fn of(entry: Self::Entry) -> Self;
}

/// Maps steps of a flow to entries of the table and back by exhaustive matches: a step that is
/// missing on one side does not compile.
macro_rules! listed {
    ($($step:ty as $entry:ident { $($name:ident $(| $also:ident)?),* })*) => {$(
        impl Listed for $step {
            type Entry = $entry;

            fn entry(self) -> $entry {
                match self { $(Self::$name $(| Self::$also)? => $entry::$name),* }
            }

            fn of(entry: $entry) -> Self {
                match entry { $($entry::$name => Self::$name),* }
            }
        }
    )*};
}

listed! {
    // `Opening` has no path of its own: the URL is left alone until the wizard has opened.
    proving::Step as ProvingStep { Start | Opening, Choose, Sms, Password, Wechat }
    phone::Step as PhoneStep { Number, Code }
    wechat::Step as WechatStep { New, Confirm }
    password::Step as PasswordStep { New }
    cancel::Step as CancelStep { Confirm }
}

/// The part of a place that the URL shows.
struct Spot<'r> {
    slug: &'static str,
    /// The number of the step; none for a result.
    rank: Option<usize>,
    change: Option<&'r str>,
}

impl Route {
    /// Parses a path with its query; `None` if it is not a screen.
    pub(crate) fn parse(path_and_query: &str) -> Option<Self> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let (screen, slug) = Screen::at(path)?;
        let (slug, change) = (slug.unwrap_or_default(), id(query, "change"));
        Some(match screen {
            Screen::Overview => action(query).unwrap_or(Self::Overview),
            Screen::SignIn => Self::SignIn {
                scan: id(query, "scan"),
                return_to: value(query, "return_to")
                    .and_then(decode)
                    // Not back to the sign-in, which would also allow endless nesting.
                    .filter(|to| !to.starts_with(Screen::SignIn.path()))
                    .and_then(|to| Self::parse(&to))
                    .map(Box::new),
            },
            Screen::Avatar => Self::Avatar,
            Screen::Phone => Self::Phone(Place::read(slug, change)?),
            Screen::Wechat => Self::Wechat(Place::read(slug, change)?),
            Screen::Password => Self::Password(Place::read(slug, change)?),
            Screen::Cancel => Self::Cancel(Place::read(slug, change)?),
            Screen::Devices => Self::Devices,
            Screen::History => Self::History,
            Screen::Activity => Self::Activity,
            Screen::ConsoleSettings => Self::ConsoleSettings,
            Screen::ConsoleUsers => Self::ConsoleUsers,
        })
    }

    /// Its row in the table of paths.
    pub(crate) fn screen(&self) -> Screen {
        match self {
            Self::Overview => Screen::Overview,
            Self::SignIn { .. } => Screen::SignIn,
            Self::Avatar => Screen::Avatar,
            Self::Phone(_) => Screen::Phone,
            Self::Wechat(_) => Screen::Wechat,
            Self::Password(_) => Screen::Password,
            Self::Cancel(_) => Screen::Cancel,
            Self::Devices => Screen::Devices,
            Self::History => Screen::History,
            Self::Activity => Screen::Activity,
            Self::ConsoleSettings => Screen::ConsoleSettings,
            Self::ConsoleUsers => Screen::ConsoleUsers,
        }
    }

    /// The place in its wizard, if it is a wizard.
    fn spot(&self) -> Option<Spot<'_>> {
        match self {
            Self::Phone(place) => Some(place.spot()),
            Self::Wechat(place) => Some(place.spot()),
            Self::Password(place) => Some(place.spot()),
            Self::Cancel(place) => Some(place.spot()),
            Self::Overview
            | Self::SignIn { .. }
            | Self::Avatar
            | Self::Devices
            | Self::History
            | Self::Activity
            | Self::ConsoleSettings
            | Self::ConsoleUsers => None,
        }
    }

    /// The path with its query.
    pub(crate) fn path(&self) -> String {
        let path = self.screen().path();
        if let Self::SignIn { return_to, scan } = self {
            let to = return_to.as_ref().map(|route| ["return_to=", &encode(&route.path())].concat());
            let scan = scan.as_ref().map(|id| ["scan=", id].concat());
            let query: Vec<String> = to.into_iter().chain(scan).collect();
            return [path, if query.is_empty() { "" } else { "?" }, &query.join("&")].concat();
        }
        let Some(Spot { slug, change, .. }) = self.spot() else { return path.into() };
        let slash = if slug.is_empty() { "" } else { "/" };
        match change {
            Some(id) => [path, slash, slug, "?change=", id].concat(),
            None => [path, slash, slug].concat(),
        }
    }

    /// Its position in the order of its wizard's steps.
    pub(crate) fn rank(&self) -> usize {
        self.spot().and_then(|spot| spot.rank).unwrap_or_default()
    }

    /// Whether it is a step of a wizard.
    pub(crate) fn is_step(&self) -> bool {
        self.spot().is_some_and(|spot| spot.rank.is_some())
    }

    /// Whether a guest is sent to the sign-in; results stay for the browser that began the change.
    pub(crate) fn needs_account(&self) -> bool {
        self.screen() != Screen::SignIn && !self.is_result()
    }

    /// Whether it is the result of a wizard.
    pub(crate) fn is_result(&self) -> bool {
        self.spot().is_some_and(|spot| spot.rank.is_none())
    }

    /// Whether both are steps of the same wizard.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        self.is_step() && other.is_step() && self.screen() == other.screen()
    }
}

impl<S> Place<S> {
    /// The start, before a change was begun.
    pub(crate) const START: Self = Self::Step { step: Step::Proving(proving::Step::Start), change: None };
}

impl<S: Listed> Place<S> {
    fn read(slug: &str, change: Option<String>) -> Option<Self> {
        if slug == DONE {
            return Some(Self::Done { change: change? });
        }
        let step = match ProvingStep::named(slug) {
            Some(step) => Step::Proving(Listed::of(step)),
            None => Step::Then(Listed::of(S::Entry::named(slug)?)),
        };
        Some(Self::Step { step, change })
    }

    fn spot(&self) -> Spot<'_> {
        match self {
            Self::Done { change } => Spot { slug: DONE, rank: None, change: Some(change) },
            Self::Step { step, change } => {
                let (slug, rank) = match step {
                    Step::Proving(step) => (step.entry().name(), step.entry().rank()),
                    Step::Then(step) => (step.entry().name(), ProvingStep::ALL.len() + step.entry().rank()),
                };
                Spot { slug, rank: Some(rank), change: change.as_deref() }
            }
        }
    }
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

/// Percent-encodes what would end a query value; the app's paths need no more.
pub(crate) fn encode(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3F").replace('&', "%26").replace('=', "%3D").replace('#', "%23")
}

/// Decodes percent-encoding; `None` if the result is not UTF-8.
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
            ("/enterprise/settings", Route::ConsoleSettings),
            ("/enterprise/users", Route::ConsoleUsers),
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
    fn every_path_of_the_table_is_a_route() {
        for path in routes::paths() {
            let begun = [&path, "?change=ab1"].concat();
            let route = Route::parse(&begun).expect(&path);
            assert_eq!(route.path(), if route.spot().is_some() { begun } else { path });
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
