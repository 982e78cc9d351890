//! The picture of an account, or the initial of its nickname.

use crate::erased::live;
use contract::avatar::{Size, address};
use leptos::prelude::*;

/// Round, of the size `--portrait`. Without a picture, or if it does not load, it shows the initial (B29).
/// Hidden from screen readers, because the nickname is beside it.
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
