//! Icons beside text: lines of one weight in the color of the text, hidden from screen readers.

use leptos::prelude::*;

/// What a picture shows.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Icon {
    /// Menshen's own: a shield that is a door of two leaves.
    Mark,
    Shield,
    Person,
    Organization,
    Phone,
    Message,
    Chat,
    Lock,
    Screen,
    Scan,
    Clock,
    /// What is over.
    Past,
    /// On every device alike.
    Everywhere,
    Laptop,
    /// A quarter turn clockwise.
    Turn,
    /// All of it, to its corners.
    Whole,
    /// A door that somebody leaves by.
    Leave,
    /// What else can be done.
    More,
    /// It leads on.
    Onward,
    Back,
    Information,
    Warning,
    Done,
}

impl Icon {
    /// Lines on a square of 24; the mark's fills a square of 32.
    fn path(self) -> &'static str {
        match self {
            Self::Mark => {
                "M16 1 4 5v10c0 7.5 5 13.5 12 16 7-2.5 12-8.5 12-16V5zM10 9h5v14h-5zm7 0h5v14h-5zM13.5 15a1 1 0 1 0 0 2 1 1 0 0 0 0-2zm5 0a1 1 0 1 0 0 2 1 1 0 0 0 0-2z"
            }
            Self::Shield => "M12 3l7 2.5V11c0 4.6-2.8 8-7 10-4.2-2-7-5.4-7-10V5.5zM9 11.5l2.2 2.2L15.2 9.7",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM5 20a7 7 0 0 1 14 0",
            Self::Organization => "M3 20h18M6 20V4h8v16M14 10h4v10M9 8h2M9 12h2M9 16h2",
            Self::Phone => "M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM11 18h2",
            Self::Message => {
                "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4.5 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 11h.1M12 11h.1M16 11h.1"
            }
            // Two balloons that talk to each other; WeChat's own mark is WeChat's.
            Self::Chat => {
                "M9.5 4C5.9 4 3 6.4 3 9.5c0 1.7.9 3.2 2.4 4.2L5 16l2.5-1.3c.6.2 1.3.3 2 .3M9.5 4c3.2 0 5.9 2 6.4 4.6M15.5 9.5c-3 0-5.5 2-5.5 4.6s2.5 4.6 5.5 4.6c.6 0 1.2-.1 1.7-.2L19.5 20l-.3-2.1c1.1-.8 1.8-2.1 1.8-3.8 0-2.6-2.5-4.6-5.5-4.6zM7.5 8.5h.1M11.5 8.5h.1"
            }
            Self::Lock => {
                "M7 11V8a5 5 0 0 1 10 0v3M6 11h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1zM12 15v2"
            }
            Self::Screen => {
                "M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM9 21h6M12 17v4"
            }
            Self::Scan => {
                "M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16"
            }
            Self::Clock => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.3l2.8 2.2",
            Self::Past => {
                "M7 3v3M17 3v3M5 5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM4 10h16M9 14.5l2 2 4-4"
            }
            Self::Everywhere => {
                "M20 8a8 8 0 0 0-14.5-1.5L4 8M4 4v4h4M4 16a8 8 0 0 0 14.5 1.5L20 16M20 20v-4h-4"
            }
            Self::Laptop => "M6 5h12a1 1 0 0 1 1 1v9H5V6a1 1 0 0 1 1-1zM3 18h18",
            Self::Turn => "M19 4v5h-5M18.6 9A8 8 0 1 0 20 13",
            Self::Whole => "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M8 8h8v8H8z",
            Self::Leave => "M14 4h4a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-4M4 12h10M8 8l-4 4 4 4",
            Self::More => "M6 12h.1M12 12h.1M18 12h.1",
            Self::Onward => "M9 6l6 6-6 6",
            Self::Back => "M15 6l-6 6 6 6",
            Self::Information => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.7v.1",
            Self::Warning => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5v5.5M12 16.3v.1",
            Self::Done => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12.3l2.8 2.8L16 9.7",
        }
    }
}

/// Draws it, as large as `--icon` says.
#[component]
pub(crate) fn Picture(of: Icon) -> impl IntoView {
    let frame = if of == Icon::Mark { "0 0 32 32" } else { "0 0 24 24" };
    view! {
        <svg viewBox=frame aria-hidden="true">
            <path d=of.path() />
        </svg>
    }
}
