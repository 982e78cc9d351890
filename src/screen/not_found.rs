//! The page for a path that has no screen.

use crate::context::words;
use crate::route::Route;
use crate::screen::frame::{Frame, Link};
use leptos::prelude::*;

/// Says that the page does not exist, with a link to the overview.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    let t = words().not_found();
    view! {
        <Frame title=t.title class="not-found">
            <p>{t.lead}</p>
            <Link to=Route::Overview class="button">{words().common().home}</Link>
        </Frame>
    }
}
