//! The picture of an account, or the first sign of its nickname.

use contract::avatar::{Size, address};
use leptos::prelude::*;

/// Round, and as large as `--portrait` says. The nickname stands beside it, so it is said by
/// nobody.
#[component]
pub(crate) fn Portrait(
    nickname: String,
    picture: Option<String>,
    #[prop(default = Size::Small)] size: Size,
) -> AnyView {
    let initial: String = nickname.chars().take(1).collect();
    match picture {
        Some(picture) => view! { <img class="initial" alt="" src=address(&picture, size) /> }.into_any(),
        None => view! { <span class="initial" aria-hidden="true">{initial}</span> }.into_any(),
    }
}
