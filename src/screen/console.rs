//! The console of an organization: its settings here, the list of users in `users`, the dialog of one
//! user in `user`. Super admins alone; verbs: load, act.

mod user;
pub(crate) mod users;

use crate::api::Api;
use crate::browser;
use crate::context::words;
use crate::erased::{effect, live, memo};
use crate::load::{failed, load_or};
use crate::screen::act::problem_as;
use crate::screen::frame::{Frame, Home};
use crate::session::Session;
use crate::ui::alert::{Alert, Tone};
use crate::ui::toast::Toast;
use contract::console::{GetSettings, SetSettings, Settings};
use contract::problem::{Fresh, Problem};
use contract::refusal::Refusal;
use leptos::prelude::*;

/// `/enterprise/settings`
#[component]
pub(crate) fn SettingsScreen() -> impl IntoView {
    let t = words().console();
    let (api, session): (Api, Session) = (expect_context(), expect_context());
    let draw = Callback::new(move |()| {
        let missed = move |problem: &Problem, retry| {
            is_out(problem, session, api);
            failed(problem, retry).into_any()
        };
        load_or(GetSettings {}, |settings| view! { <Meetings settings=settings /> }.into_any(), missed)
            .into_any()
    });
    view! { <Console title=words().overview().settings place=t.settings_place class="enterprise-settings" draw=draw /> }
}

/// The frame of both screens. Its content is for super admins of the organization only, and is removed
/// when the role is lost (ADM-2).
#[component]
fn Console(
    title: &'static str,
    place: &'static str,
    class: &'static str,
    draw: Callback<(), AnyView>,
) -> impl IntoView {
    let session: Session = expect_context();
    let closed = memo(move || match session.me()?.console {
        Some(offer) => offer.closed,
        None => Some(Refusal::Forbidden),
    });
    let alone = memo(move || session.me().is_some_and(|me| me.tenant.is_none()));
    // The pressed button disappears with the content.
    let mut was_open = false;
    effect(move || {
        let is_open = closed.get().is_none();
        if was_open && !is_open {
            browser::focus_heading();
        }
        was_open = is_open;
    });
    view! {
        <Frame title=title class=class sheet=false>
            {live(move || match closed.get() {
                None => view! { <p class="hint">{place}</p> {draw.run(())} }.into_any(),
                Some(refusal) => {
                    let why = match refusal {
                        Refusal::Forbidden if alone.get() => words().console().closed_alone.into(),
                        Refusal::Forbidden => words().console().closed.into(),
                        _ => words().refusal(&refusal),
                    };
                    view! { <Alert tone=Tone::Error>{why}</Alert> }.into_any()
                }
            })}
            <Home />
        </Frame>
    }
}

/// Whether a problem says that the role is lost; then the account is read again, which closes the screen.
fn is_out(problem: &Problem, session: Session, api: Api) -> bool {
    let is_out = problem.refusal() == Some(&Refusal::Forbidden);
    if is_out {
        session.refresh(api);
    }
    is_out
}

/// The last problem, for a super admin of the organization.
fn missed(problem: RwSignal<Option<Problem>>, id: &'static str) -> AnyView {
    problem_as(problem, Some(id), |problem| match problem.refusal() {
        Some(Refusal::NotFound) => words().console().gone.into(),
        _ => words().problem(problem),
    })
}

/// The meeting settings (E1): saved as soon as the box is ticked, and reset if that is refused.
#[component]
fn Meetings(settings: Settings) -> impl IntoView {
    let t = words().console();
    let (api, session, toast): (Api, Session, Toast) = (expect_context(), expect_context(), expect_context());
    // The setting that the server returned last, and the one that the user chose.
    let known = StoredValue::new(settings);
    let wanted = RwSignal::new(settings.avatars_open);
    let saving = RwSignal::new(false);
    let problem = RwSignal::new(None);
    let save = move |open| {
        wanted.set(open);
        saving.set(true);
        problem.set(None);
        let request = SetSettings { avatars_open: open, version: known.get_value().version };
        leptos::task::spawn_local(async move {
            let answer = api.send(request).await;
            if answer.is_ok() {
                toast.say(t.saved.to_owned());
            }
            if saving.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(fresh) => known.set_value(fresh),
                Err(why) => {
                    if let Problem::Refused { details, .. } = &why
                        && let Some(Fresh::Settings(fresh)) = details.fresh()
                    {
                        known.set_value(fresh);
                    }
                    is_out(&why, session, api);
                    problem.set(Some(why));
                }
            }
            wanted.set(known.get_value().avatars_open);
        });
    };
    // One request at a time: the next one depends on this one's answer.
    let hold = move |event: web_sys::MouseEvent| {
        if saving.get_untracked() {
            event.prevent_default();
        }
    };
    view! {
        <h2>{t.meetings}</h2>
        <div class="card option">
            <input
                type="checkbox"
                id="avatars"
                aria-describedby="avatars-hint"
                aria-busy=move || saving.get().then_some("true")
                prop:checked=wanted
                on:click=hold
                on:change:target=move |event| save(event.target().checked())
            />
            <label for="avatars">{t.avatars}</label>
            <p class="hint" id="avatars-hint">{t.avatars_hint}</p>
        </div>
        {missed(problem, "settings-problem")}
    }
}
