//! Icons beside text: lines of one weight in the color of the text, hidden from screen readers.

use leptos::prelude::*;

/// A picture: its lines on a square of this side. Each is a constant, so that its lines are in the part that shows it.
#[derive(Clone, Copy)]
pub(crate) struct Icon {
    side: u8,
    lines: &'static str,
}

impl Icon {
    /// Menshen's own: a shield that is a door of two leaves.
    pub(crate) const MARK: Self = Self {
        side: 32,
        lines: "M16 1 4 5v10c0 7.5 5 13.5 12 16 7-2.5 12-8.5 12-16V5zM10 9h5v14h-5zm7 0h5v14h-5zM13.5 15a1 1 0 1 0 0 2 1 1 0 0 0 0-2zm5 0a1 1 0 1 0 0 2 1 1 0 0 0 0-2z",
    };
    pub(crate) const SHIELD: Self =
        Self::on("M12 3l7 2.5V11c0 4.6-2.8 8-7 10-4.2-2-7-5.4-7-10V5.5zM9 11.5l2.2 2.2L15.2 9.7");
    pub(crate) const PERSON: Self = Self::on("M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM5 20a7 7 0 0 1 14 0");
    pub(crate) const ORGANIZATION: Self = Self::on("M3 20h18M6 20V4h8v16M14 10h4v10M9 8h2M9 12h2M9 16h2");
    pub(crate) const PHONE: Self =
        Self::on("M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM11 18h2");
    pub(crate) const MESSAGE: Self = Self::on(
        "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4.5 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 11h.1M12 11h.1M16 11h.1",
    );
    /// Two balloons that talk to each other; WeChat's own mark is WeChat's.
    pub(crate) const CHAT: Self = Self::on(
        "M9.5 4C5.9 4 3 6.4 3 9.5c0 1.7.9 3.2 2.4 4.2L5 16l2.5-1.3c.6.2 1.3.3 2 .3M9.5 4c3.2 0 5.9 2 6.4 4.6M15.5 9.5c-3 0-5.5 2-5.5 4.6s2.5 4.6 5.5 4.6c.6 0 1.2-.1 1.7-.2L19.5 20l-.3-2.1c1.1-.8 1.8-2.1 1.8-3.8 0-2.6-2.5-4.6-5.5-4.6zM7.5 8.5h.1M11.5 8.5h.1",
    );
    pub(crate) const LOCK: Self = Self::on(
        "M7 11V8a5 5 0 0 1 10 0v3M6 11h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1zM12 15v2",
    );
    pub(crate) const SCREEN: Self =
        Self::on("M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM9 21h6M12 17v4");
    pub(crate) const SCAN: Self = Self::on(
        "M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16",
    );
    pub(crate) const CLOCK: Self = Self::on("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.3l2.8 2.2");
    /// What is over.
    pub(crate) const PAST: Self = Self::on(
        "M7 3v3M17 3v3M5 5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM4 10h16M9 14.5l2 2 4-4",
    );
    /// On every device alike.
    pub(crate) const EVERYWHERE: Self =
        Self::on("M20 8a8 8 0 0 0-14.5-1.5L4 8M4 4v4h4M4 16a8 8 0 0 0 14.5 1.5L20 16M20 20v-4h-4");
    pub(crate) const LAPTOP: Self = Self::on("M6 5h12a1 1 0 0 1 1 1v9H5V6a1 1 0 0 1 1-1zM3 18h18");
    /// A quarter turn clockwise.
    pub(crate) const TURN: Self = Self::on("M19 4v5h-5M18.6 9A8 8 0 1 0 20 13");
    /// All of it, to its corners.
    pub(crate) const WHOLE: Self = Self::on("M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M8 8h8v8H8z");
    /// A door that somebody leaves by.
    pub(crate) const LEAVE: Self = Self::on("M14 4h4a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-4M4 12h10M8 8l-4 4 4 4");
    /// What else can be done.
    pub(crate) const MORE: Self = Self::on("M6 12h.1M12 12h.1M18 12h.1");
    /// It leads on.
    pub(crate) const ONWARD: Self = Self::on("M9 6l6 6-6 6");
    pub(crate) const BACK: Self = Self::on("M15 6l-6 6 6 6");
    pub(crate) const INFORMATION: Self = Self::on("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.7v.1");
    pub(crate) const WARNING: Self = Self::on("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5v5.5M12 16.3v.1");
    pub(crate) const DONE: Self = Self::on("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12.3l2.8 2.8L16 9.7");

    const fn on(lines: &'static str) -> Self {
        Self { side: 24, lines }
    }
}

/// Draws it, as large as `--icon` says.
#[component]
pub(crate) fn Picture(of: Icon) -> impl IntoView {
    let frame = if of.side == 32 { "0 0 32 32" } else { "0 0 24 24" };
    view! {
        <svg viewBox=frame aria-hidden="true">
            <path d=of.lines />
        </svg>
    }
}
