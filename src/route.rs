//! Every path of the app. Hosts link to them, so they are stable (product §2).

use flow::phone::Step;
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
    Phone { step: Step, change: Option<String> },
    PhoneDone { change: String },
}

/// The steps of the phone wizard as the URL names them.
const PHONE_STEPS: [(Step, &str); 6] = [
    (Step::Start, ""),
    (Step::Choose, "verify"),
    (Step::Sms, "verify-sms"),
    (Step::Password, "verify-password"),
    (Step::Number, "number"),
    (Step::Code, "code"),
];

impl Route {
    /// Reads a path with its query; nothing if it is no screen of ours.
    pub(crate) fn parse(path_and_query: &str) -> Option<Self> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let change = value(query, "change").filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric()));
        let step = path.strip_prefix("/phone").map(|rest| rest.strip_prefix('/').unwrap_or(rest));
        match (path, step) {
            ("/", _) => Some(action(query).unwrap_or(Self::Overview)),
            ("/sign-in", _) => Some(Self::SignIn {
                return_to: value(query, "return_to")
                    .and_then(decode)
                    // Back to the sign-in leads nowhere, and nested a thousand times too deep.
                    .filter(|to| !to.starts_with("/sign-in"))
                    .and_then(|to| Self::parse(&to))
                    .map(Box::new),
            }),
            (_, Some("done")) => change.map(|id| Self::PhoneDone { change: id.into() }),
            (_, Some(slug)) => PHONE_STEPS
                .iter()
                .find(|(_, name)| *name == slug)
                .map(|(step, _)| Self::Phone { step: *step, change: change.map(Into::into) }),
            _ => None,
        }
    }

    /// The path with its query.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Overview => "/".into(),
            Self::SignIn { return_to: None } => "/sign-in".into(),
            Self::SignIn { return_to: Some(route) } => {
                ["/sign-in?return_to=", &encode(&route.path())].concat()
            }
            Self::PhoneDone { change } => ["/phone/done?change=", change].concat(),
            Self::Phone { step, change } => {
                let slug = PHONE_STEPS.iter().find(|(s, _)| s == step).map_or("", |(_, slug)| slug);
                let path = if slug.is_empty() { "/phone".into() } else { ["/phone/", slug].concat() };
                match change {
                    Some(id) => [&path, "?change=", id].concat(),
                    None => path,
                }
            }
        }
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
        "phone" => Some(Route::Phone { step: Step::Start, change: None }),
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
        let table = [
            ("/", Route::Overview),
            ("/sign-in", Route::SignIn { return_to: None }),
            ("/phone", Route::Phone { step: Step::Start, change: None }),
            ("/phone/verify?change=ab1", Route::Phone { step: Step::Choose, change: Some("ab1".into()) }),
            ("/phone/verify-sms?change=ab1", Route::Phone { step: Step::Sms, change: Some("ab1".into()) }),
            (
                "/phone/verify-password?change=ab1",
                Route::Phone { step: Step::Password, change: Some("ab1".into()) },
            ),
            ("/phone/number?change=ab1", Route::Phone { step: Step::Number, change: Some("ab1".into()) }),
            ("/phone/code?change=ab1", Route::Phone { step: Step::Code, change: Some("ab1".into()) }),
            ("/phone/done?change=ab1", Route::PhoneDone { change: "ab1".into() }),
            (
                "/sign-in?return_to=/phone/number%3Fchange%3Dab1",
                Route::SignIn {
                    return_to: Some(Box::new(Route::Phone {
                        step: Step::Number,
                        change: Some("ab1".into()),
                    })),
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
            assert_eq!(Route::parse(&path), Some(Route::SignIn { return_to: None }), "{to}");
        }
        assert_eq!(
            Route::parse("/?action=phone&return=https://evil.example").map(|r| r.path()),
            Some("/phone".into())
        );
    }

    #[test]
    fn unknown_paths_are_no_route() {
        for path in ["/nope", "/phone/nope", "/phone/done", "/phones", "/phone/done?change=%2e%2e"] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }
}
