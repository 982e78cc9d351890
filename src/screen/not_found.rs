//! A path that is no screen.

use crate::app::words;
use crate::screen::frame::Frame;
use leptos::prelude::*;

/// Says so and leads home.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    let t = &words().not_found;
    view! {
        <Frame title=t.title class="not-found">
            <p>{t.lead}</p>
            <a class="button" href="/">{words().common.home}</a>
        </Frame>
    }
}
