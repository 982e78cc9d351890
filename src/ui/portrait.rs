//! The picture of an account, or the initial of its nickname.

use crate::erased::live;
use contract::avatar::{Size, address};
use leptos::prelude::*;

/// Round, and as large as `--portrait` says. Where the picture does not come, or there is none, the
/// initial stands in (B29). The nickname stands beside it, so it is said by nobody.
#[component]
pub(crate) fn Portrait(
    initial: String,
    picture: Option<String>,
    #[prop(default = Size::Small)] size: Size,
) -> AnyView {
    let is_missing = RwSignal::new(picture.is_none());
    live(move || match &picture {
        Some(picture) if !is_missing.get() => {
            let missed = move |_| is_missing.set(true);
            view! { <img class="initial" alt="" src=address(picture, size) on:error=missed /> }.into_any()
        }
        _ => view! { <span class="initial" aria-hidden="true">{initial.clone()}</span> }.into_any(),
    })
}
