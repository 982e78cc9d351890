//! The one table of paths: for each path its screen, whether the screen needs a session, its first
//! paint, and the steps of its wizard.
//!
//! The app matches exhaustively on [`Screen`] and on the steps, `xtask` on [`Paint`], and the server
//! reads [`Page::at`]: a new row compiles only when every place that needs it has it.

use ScreenKind::{Open, Personal, Wizard};

/// Values with a name in a path or a file name.
pub trait Named: Copy + 'static {
    /// All of them, in order.
    const ALL: &'static [Self];
    /// Their names, in the same order.
    const NAMES: &'static [&'static str];

    /// Its place in that order.
    fn rank(self) -> usize;

    /// Its name.
    fn name(self) -> &'static str {
        Self::NAMES[self.rank()]
    }

    /// The one of that name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.get(position(Self::NAMES, name)?).copied()
    }
}

/// Not generic, so that it is in the wasm once.
fn position(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|known| *known == name)
}

/// Defines an enum with a name for each value; [`Named::ALL`] is complete by construction.
macro_rules! named {
    ($(#[$about:meta])* $enum:ident { $($value:ident = $name:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the name says it")]
        pub enum $enum { $($value),* }

        impl Named for $enum {
            const ALL: &'static [Self] = &[$(Self::$value),*];
            const NAMES: &'static [&'static str] = &[$($name),*];

            fn rank(self) -> usize {
                self as usize
            }
        }
    };
}

/// Defines [`Screen`] by the rows of the table: screen, path, kind.
macro_rules! screens {
    ($($screen:ident = $path:literal: $kind:expr,)*) => {
        named! {
            /// A screen; its name is its path, and the beginning of the paths of its steps.
            Screen { $($screen = $path,)* }
        }

        impl Screen {
            /// Whether it needs a session, its first paint, its steps.
            pub const fn kind(self) -> ScreenKind {
                match self { $(Self::$screen => $kind),* }
            }
        }
    };
}

// Hosts link to these paths, so they are stable (`docs/rules.md`, Screens).
screens! {
    Overview = "/": Personal(Paint::Overview),
    SignIn = "/sign-in": Open(Paint::SignIn),
    Avatar = "/avatar": Personal(Paint::Plain),
    Phone = "/phone": Wizard(PhoneStep::NAMES),
    Wechat = "/wechat": Wizard(WechatStep::NAMES),
    Password = "/password": Wizard(PasswordStep::NAMES),
    Cancel = "/cancel": Wizard(CancelStep::NAMES),
    Devices = "/devices": Personal(Paint::Devices),
    History = "/history": Personal(Paint::History),
    Activity = "/activity": Personal(Paint::Activity),
    ConsoleSettings = "/enterprise/settings": Personal(Paint::Plain),
    ConsoleUsers = "/enterprise/users": Personal(Paint::Plain),
}

/// Whether a screen needs a session, its first paint, its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenKind {
    /// Needs no session.
    Open(Paint),
    /// Needs a session.
    Personal(Paint),
    /// Needs a session, except for the result. Its own steps follow [`ProvingStep`].
    Wizard(&'static [&'static str]),
}

named! {
    /// A first paint, shown until the app has started; its name is the name of its file. `Plain`,
    /// a heading alone, serves every screen without one of its own.
    Paint {
        SignIn = "sign-in",
        Overview = "overview",
        Devices = "devices",
        History = "history",
        Activity = "activity",
        Plain = "plain",
    }
}

named! {
    /// The steps of every wizard's first half, in the order a person meets them.
    ProvingStep {
        Start = "",
        Choose = "verify",
        Sms = "verify-sms",
        Password = "verify-password",
        Wechat = "verify-wechat",
    }
}

named! {
    /// The own steps of the phone wizard.
    PhoneStep { Number = "number", Code = "code", }
}

named! {
    /// The own steps of the wizard of the WeChat.
    WechatStep { New = "new", Confirm = "confirm", }
}

named! {
    /// The own steps of the password wizard.
    PasswordStep { New = "new", }
}

named! {
    /// The own steps of canceling the account.
    CancelStep { Confirm = "confirm", }
}

/// The slug of a wizard's result.
pub const DONE: &str = "done";

impl Screen {
    /// Its path.
    pub fn path(self) -> &'static str {
        self.name()
    }

    /// The screen at a path, and the slug after a slash. Only wizards have a slug that is not empty;
    /// it is not checked to be one of their steps.
    pub fn at(path: &str) -> Option<(Self, Option<&str>)> {
        if let Some(screen) = Self::named(path) {
            return Some((screen, None));
        }
        let (first, slug) = path.get(1..)?.split_once('/')?;
        let screen = Self::named(path.get(..=first.len())?)?;
        (slug.is_empty() || matches!(screen.kind(), Wizard(_))).then_some((screen, Some(slug)))
    }
}

/// A path as the server sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The screen that the app draws.
    pub screen: Screen,
    /// Whether the app shows the sign-in instead to a guest.
    pub needs_session: bool,
    /// The first paint for a person with a session.
    pub paint: Paint,
}

impl Page {
    /// The page at exactly this path.
    pub fn at(path: &str) -> Option<Self> {
        let (screen, slug) = Screen::at(path)?;
        let (needs_session, paint) = match (screen.kind(), slug) {
            (Open(paint), None) => (false, paint),
            (Personal(paint), None) => (true, paint),
            (Wizard(_), None) => (true, Paint::Plain),
            // A result is shown without a session: the change may have ended it.
            (Wizard(_), Some(DONE)) => (false, Paint::Plain),
            (Wizard(own), Some(slug)) if slugs(own).any(|known| known == slug) => (true, Paint::Plain),
            (Open(_) | Personal(_) | Wizard(_), Some(_)) => return None,
        };
        Some(Self { screen, needs_session, paint })
    }
}

/// The slugs of a wizard's steps, without the start, whose path is the wizard's.
fn slugs(own: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    ProvingStep::NAMES.iter().chain(own).copied().filter(|slug| !slug.is_empty())
}

/// Every path, for the tests of app and server.
pub fn paths() -> Vec<String> {
    let below = |screen: &Screen| match screen.kind() {
        Open(_) | Personal(_) => vec![],
        Wizard(own) => slugs(own).chain([DONE]).map(|slug| [screen.path(), "/", slug].concat()).collect(),
    };
    let of = |screen: &Screen| [vec![screen.path().to_owned()], below(screen)].concat();
    Screen::ALL.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_page_and_longer_ones_have_none() {
        let paths = paths();
        for path in &paths {
            assert!(Page::at(path).is_some(), "{path}");
            let longer = [path.as_str(), "/"].concat();
            assert_eq!(Page::at(&longer), None, "{longer}");
            let longer = [path.as_str(), "/nope"].concat();
            assert_eq!(Page::at(&longer), None, "{longer}");
        }
        for path in ["", "phone", "//phone", "/phones", "/password/number", "/enterprise", "/\u{e9}/x"] {
            assert_eq!(Page::at(path), None, "{path}");
        }
    }

    #[test]
    fn no_path_and_no_paint_is_there_twice() {
        let mut paths = paths();
        let count = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), count, "a path stands there twice");
        for paint in Paint::ALL {
            assert_eq!(Paint::named(paint.name()), Some(*paint));
        }
    }

    #[test]
    fn only_the_sign_in_and_results_are_there_without_a_session() {
        for path in paths() {
            let page = Page::at(&path).expect("it has one");
            let is_open = path == "/sign-in" || path.ends_with("/done");
            assert_eq!(page.needs_session, !is_open, "{path}");
        }
    }

    #[test]
    fn a_slash_at_the_end_is_no_step() {
        assert_eq!(Screen::at("/phone"), Some((Screen::Phone, None)));
        assert_eq!(Screen::at("/phone/"), Some((Screen::Phone, Some(""))));
        assert_eq!(Screen::at("/phone/code"), Some((Screen::Phone, Some("code"))));
        assert_eq!(Screen::at("/devices/"), Some((Screen::Devices, Some(""))));
        assert_eq!(Screen::at("/devices/1"), None);
        assert_eq!(Screen::at("/enterprise/users"), Some((Screen::ConsoleUsers, None)));
    }
}
