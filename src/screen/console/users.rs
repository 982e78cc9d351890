//! The users of an organization: searched while one types, and the dialog of one of them opened
//! (E2–E4). Super admins alone; verbs: load, and act through the gate.

use super::user::UserDialog;
use super::{Console, is_out, missed};
use crate::api::Api;
use crate::browser;
use crate::context::words;
use crate::erased::{effect, kept, live, text};
use crate::i18n::{self, Occasion};
use crate::load::{failed, waiting};
use crate::screen::act::Confirming;
use crate::screen::gate::{Gate, GatedRequest};
use crate::session::Session;
use crate::ui::field::{Field, FieldKind};
use crate::ui::icon::{Icon, Picture};
use crate::ui::portrait::Portrait;
use crate::ui::toast::Toast;
use contract::account::Role;
use contract::console::{ChangeSuperAdmin, DeleteUser, GetUsers, User, Users};
use contract::problem::Problem;
use contract::text::isolated;
use leptos::prelude::*;

/// Milliseconds without typing after which the search is sent.
const PAUSE: u32 = 300;
/// The id of the problem of the last action.
const LIST_PROBLEM: &str = "list-problem";

/// `/enterprise/users`
#[component]
pub(crate) fn UsersScreen() -> impl IntoView {
    let t = words().console();
    let draw = Callback::new(|()| view! { <List /> }.into_any());
    view! { <Console title=words().overview().users place=t.users_place class="enterprise-users" draw=draw /> }
}

/// What is listed, and what is done to it.
#[derive(Clone, Copy)]
pub(super) struct Listing {
    pub(super) api: Api,
    session: Session,
    gate: Gate,
    pub(super) toast: Toast,
    /// The words in the language of the list.
    pub(super) words: &'static ::words::Console,
    search: RwSignal<String>,
    answer: RwSignal<Option<Result<Users, Problem>>>,
    /// Incremented by every request: answers to earlier ones are dropped.
    questions: StoredValue<u32>,
    reading: RwSignal<bool>,
    deleting: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
    /// The user whose dialog is open.
    pub(super) chosen: RwSignal<Option<User>>,
}

const NONE: Users = Users { users: Vec::new(), total: 0, more: None };

/// The id of the button that opens the dialog of a user.
pub(super) fn button_of(user: &User) -> String {
    ["user-", &user.id].concat()
}

impl Listing {
    fn new() -> Self {
        Self {
            api: expect_context(),
            session: expect_context(),
            gate: expect_context(),
            toast: expect_context(),
            words: words().console(),
            search: RwSignal::new(String::new()),
            answer: RwSignal::new(None),
            questions: StoredValue::new(0),
            reading: RwSignal::new(false),
            deleting: RwSignal::new(false),
            problem: RwSignal::new(None),
            chosen: RwSignal::new(None),
        }
    }

    /// Loads the first page of the search.
    fn begin(self) {
        self.read(NONE, 1, None);
    }

    /// Loads all listed users again, then focuses the element of an id.
    pub(super) fn again(self, focus: Option<String>) {
        let listed = self.answer.try_with_untracked(|answer| match answer {
            Some(Ok(known)) => known.users.len(),
            _ => 1,
        });
        if let Some(least) = listed {
            self.read(NONE, least, focus);
        }
    }

    /// Loads further pages until this many users are listed, or all of them.
    fn read(self, mut known: Users, least: usize, focus: Option<String>) {
        let (had, search) = (known.users.len(), self.search.get_untracked());
        let question = self.questions.get_value().wrapping_add(1);
        self.questions.set_value(question);
        self.reading.set(true);
        leptos::task::spawn_local(async move {
            let answer = loop {
                let request = GetUsers { search: Some(search.clone()), after: known.more.take() };
                match self.api.send(request).await {
                    Ok(Users { users, total, more }) => {
                        known.users.extend(users);
                        (known.total, known.more) = (total, more);
                    }
                    Err(problem) => break Err(problem),
                }
                if known.users.len() >= least || known.more.is_none() {
                    break Ok(known);
                }
            };
            if self.questions.try_get_value() != Some(question) {
                return;
            }
            self.reading.set(false);
            let mut focus = focus;
            match &answer {
                // The list stays.
                Err(problem) if had > 0 => return self.missed(problem.clone()),
                Err(problem) if is_out(problem, self.session, self.api) => focus = None,
                // The pressed button disappears: the first new user takes the focus.
                Ok(known) if had > 0 => focus = known.users.get(had).map(button_of),
                _ => {}
            }
            self.answer.set(Some(answer));
            if let Some(id) = focus {
                browser::focus_id(&id);
            }
        });
    }

    /// Shows a problem; after a refusal, which means that another admin changed something, also loads the list
    /// again.
    pub(super) fn missed(self, problem: Problem) {
        let is_out = is_out(&problem, self.session, self.api);
        let is_refused = problem.refusal().is_some();
        if self.problem.try_set(Some(problem)).is_some() || is_out {
            return;
        }
        if is_refused {
            self.again(Some(LIST_PROBLEM.to_owned()));
        } else {
            browser::focus_id(LIST_PROBLEM);
        }
    }

    /// Deletes a user through the gate (E3, G1).
    pub(super) fn delete(self, user: User) {
        let said = (self.words.deleted)(&user.nickname);
        let done = move || {
            self.again(None);
            browser::focus_heading();
        };
        let named = Some(named(&user));
        let sending = self.gate.send(DeleteUser::of(user.id), Occasion::DeleteUser, named);
        self.through_gate(sending, said, Box::new(done));
    }

    /// Grants or revokes the role of super admin through the gate (E4, G1); `out` leaves the console if the
    /// own role is gone.
    pub(super) fn change_super_admin(self, user: User, role: Role, out: impl Fn() + 'static) {
        let said = (self.words.role_changed)(&user.nickname, (self.words.role)(role));
        let is_made = role == Role::SuperAdmin;
        let occasion = if is_made { Occasion::MakeSuperAdmin } else { Occasion::UnmakeSuperAdmin };
        let wish = ChangeSuperAdmin { user: user.id.clone(), role, version: user.version, grant: None };
        let (is_leaving, button) = (user.oneself && !is_made, button_of(&user));
        let done = move || {
            if is_leaving {
                out();
            } else {
                self.again(Some(button));
            }
        };
        self.through_gate(self.gate.send(wish, occasion, Some(named(&user))), said, Box::new(done));
    }

    /// Runs an action that needs a proof; on success shows `said`, and runs `done` if the list still
    /// exists.
    fn through_gate(self, sending: GatedRequest, said: String, done: Box<dyn FnOnce()>) {
        if self.deleting.get_untracked() {
            return;
        }
        self.problem.set(None);
        self.deleting.set(true);
        leptos::task::spawn_local(async move {
            let answer = sending.await;
            if let Some(Ok(_)) = &answer {
                self.toast.say(said);
            }
            if self.deleting.try_set(false).is_some() {
                return;
            }
            match answer {
                Some(Ok(_)) => done(),
                Some(Err(problem)) => self.missed(problem),
                // The user closed the dialog.
                None => {}
            }
        });
    }
}

/// The name of a user, for the gate.
fn named(user: &User) -> String {
    [&isolated(&user.nickname), " · ", &user.phone].concat()
}

#[component]
fn List() -> impl IntoView {
    let t = words().console();
    let listing = Listing::new();
    listing.begin();
    let count = move || match listing.answer.get() {
        Some(Ok(known)) if listing.search.read_untracked().is_empty() => (t.count)(known.total),
        Some(Ok(known)) => (t.found)(known.total),
        _ => String::new(),
    };
    view! {
        <Search listing=listing />
        <p class="hint" role="status" prop:textContent=text(count)></p>
        {missed(listing.problem, LIST_PROBLEM)}
        <Confirming busy=listing.deleting.into() />
        <div class="found" aria-busy=move || listing.reading.get().then_some("true")>
            {kept(move || match listing.answer.get() {
                None => waiting().into_any(),
                Some(Ok(known)) => rows(listing, known),
                Some(Err(problem)) => {
                    live(move || failed(&problem, Callback::new(move |()| listing.begin())).into_any())
                }
            })}
        </div>
        {live(move || match listing.chosen.get() {
            Some(user) => view! { <UserDialog listing=listing user=user /> }.into_any(),
            None => ().into_any(),
        })}
    }
}

/// The search field; the search is sent after a pause in typing.
#[component]
fn Search(listing: Listing) -> impl IntoView {
    let t = words().console();
    let typed = RwSignal::new(String::new());
    effect(move || {
        let text = typed.get();
        if text == *listing.search.read_untracked() || is_long(&text) {
            return;
        }
        leptos::task::spawn_local(async move {
            browser::pause(PAUSE).await;
            // Nothing was typed since, and the list shows another search.
            if typed.try_get_untracked().as_ref() == Some(&text) && text != *listing.search.read_untracked() {
                listing.search.set(text);
                listing.begin();
            }
        });
    });
    view! {
        <Field
            id="search"
            kind=FieldKind::Search
            label=t.search
            hint=t.search_hint
            value=typed
            problem=Signal::derive(move || typed.with(|text| is_long(text).then(|| (t.search_long)(GetUsers::LONGEST))))
        />
    }
}

/// Whether the text is too long for the server (B13).
fn is_long(text: &str) -> bool {
    text.trim().chars().count() > GetUsers::LONGEST
}

fn rows(listing: Listing, known: Users) -> AnyView {
    let on = known.clone();
    let more = known.more.is_some().then(|| {
        let ask = move |_| {
            if !listing.reading.get_untracked() {
                listing.problem.set(None);
                listing.read(on.clone(), on.users.len() + 1, None);
            }
        };
        view! {
            <button
                type="button"
                class="button wide"
                aria-busy=move || listing.reading.get().then_some("true")
                on:click=ask
            >
                {words().console().next_page}
            </button>
        }
    });
    let list = (!known.users.is_empty()).then(|| {
        let rows = known.users.into_iter().map(|user| row(listing, user));
        view! { <ul class="card rows">{rows.collect_view()}</ul> }
    });
    view! { {list} {more} }.into_any()
}

fn row(listing: Listing, user: User) -> AnyView {
    let t = words().console();
    let tag = |text: &'static str| view! { <span class="tag">{text}</span> };
    let runs = (user.role != Role::Ordinary).then_some("accent");
    let since = (t.since)(&i18n::day(words().tag, &user.since));
    let chosen = user.clone();
    let choose = move |_| {
        listing.problem.set(None);
        listing.chosen.set(Some(chosen.clone()));
    };
    view! {
        <li class="row user">
            <Portrait initial=user.initial.clone() picture=user.avatar.clone() />
            <div>
                <p class="names">
                    <bdi class="row-label" prop:textContent=user.nickname.clone()></bdi>
                    <span class="tag" data-tone=runs prop:textContent=(t.role)(user.role)></span>
                    {user.oneself.then(|| tag(t.oneself))}
                    {user.sso.then(|| tag(t.sso))}
                </p>
                <p class="hint"><span prop:textContent=user.phone.clone()></span><span prop:textContent=since></span></p>
            </div>
            <button
                type="button"
                class="row-action"
                id=button_of(&user)
                aria-haspopup="dialog"
                aria-label=(t.more_of)(&user.nickname)
                on:click=choose
            >
                <span>{t.more}</span><Picture of=Icon::MORE />
            </button>
        </li>
    }
    .into_any()
}
