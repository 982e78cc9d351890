//! The users of an organization: searched while one types, given other roles, deleted (E2–E4). Super
//! admins alone; verbs: load, act, and act through the gate.

use super::{Console, Missed, is_out};
use crate::api::Api;
use crate::app::words;
use crate::browser;
use crate::i18n::{self, Enterprise};
use crate::lean::{effect, live};
use crate::load::{failed, waiting};
use crate::route::Route;
use crate::screen::form::Confirming;
use crate::screen::gate::Gate;
use crate::screen::signed_in::SignedIn;
use crate::session::Session;
use crate::ui::field::{Field, Kind};
use crate::ui::icon::{Icon, Picture};
use crate::ui::portrait::Portrait;
use crate::ui::toast::Toast;
use contract::account::Role;
use contract::enterprise::{DeleteUser, GetUsers, SetRole, User, Users};
use contract::problem::{Fresh, Problem};
use contract::refusal::Refusal;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

/// How many milliseconds nothing is typed before it is searched for.
const PAUSE: u32 = 300;
/// The id of what is wrong with what was done to the list.
const LIST_PROBLEM: &str = "list-problem";
/// The same in the dialog.
const ROLE_PROBLEM: &str = "role-problem";

/// `/enterprise/users`
#[component]
pub(crate) fn UsersScreen() -> impl IntoView {
    view! {
        <SignedIn>
            <Account />
        </SignedIn>
    }
}

#[component]
fn Account() -> impl IntoView {
    let t = &words().enterprise;
    let draw = Callback::new(|()| view! { <List /> }.into_any());
    view! { <Console title=t.users place=t.users_place class="enterprise-users" draw=draw /> }
}

/// What is listed, and what is done to it.
#[derive(Clone, Copy)]
struct Listing {
    api: Api,
    session: Session,
    gate: Gate,
    toast: Toast,
    /// Of the language that the list is drawn in.
    words: &'static Enterprise,
    search: RwSignal<String>,
    answer: RwSignal<Option<Result<Users, Problem>>>,
    /// Raised by every question: the answer to an earlier one falls away.
    questions: StoredValue<u32>,
    reading: RwSignal<bool>,
    deleting: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
    /// Whose dialog is open.
    chosen: RwSignal<Option<User>>,
}

const NONE: Users = Users { users: Vec::new(), total: 0, more: None };

/// The id of the button that opens the dialog of a user.
fn button_of(user: &User) -> String {
    ["user-", &user.id].concat()
}

impl Listing {
    fn new() -> Self {
        Self {
            api: expect_context(),
            session: expect_context(),
            gate: expect_context(),
            toast: expect_context(),
            words: &words().enterprise,
            search: RwSignal::new(String::new()),
            answer: RwSignal::new(None),
            questions: StoredValue::new(0),
            reading: RwSignal::new(false),
            deleting: RwSignal::new(false),
            problem: RwSignal::new(None),
            chosen: RwSignal::new(None),
        }
    }

    /// Reads what is searched for, from the first on.
    fn begin(self) {
        self.read(NONE, 1, None);
    }

    /// Reads everything anew that is listed, and then puts the focus on the element of an id.
    fn again(self, focus: Option<String>) {
        let listed = self.answer.try_with_untracked(|answer| match answer {
            Some(Ok(known)) => known.users.len(),
            _ => 1,
        });
        if let Some(least) = listed {
            self.read(NONE, least, focus);
        }
    }

    /// Reads on until there are so many, or no more of them.
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
                // What is listed stays.
                Err(problem) if had > 0 => return self.missed(problem.clone()),
                Err(problem) if is_out(problem, self.session, self.api) => focus = None,
                // The button that was pressed goes: on with the first that came.
                Ok(known) if had > 0 => focus = known.users.get(had).map(button_of),
                _ => {}
            }
            self.answer.set(Some(answer));
            if let Some(id) = focus {
                browser::focus_id(&id);
            }
        });
    }

    /// Tells what went wrong; where the server refused, others have been here: also how it is now.
    fn missed(self, problem: Problem) {
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
    fn delete(self, user: User) {
        if self.deleting.get_untracked() {
            return;
        }
        self.problem.set(None);
        self.deleting.set(true);
        leptos::task::spawn_local(async move {
            let answer = self.gate.send(DeleteUser::of(user.id)).await;
            if let Some(Ok(_)) = &answer {
                self.toast.say((self.words.deleted)(&user.nickname));
            }
            if self.deleting.try_set(false).is_some() {
                return;
            }
            match answer {
                Some(Ok(_)) => {
                    self.again(None);
                    browser::focus_heading();
                }
                Some(Err(problem)) => self.missed(problem),
                // The person went back.
                None => {}
            }
        });
    }
}

#[component]
fn List() -> impl IntoView {
    let t = &words().enterprise;
    let listing = Listing::new();
    listing.begin();
    let count = move || match listing.answer.get() {
        Some(Ok(known)) if listing.search.read_untracked().is_empty() => (t.count)(known.total),
        Some(Ok(known)) => (t.found)(known.total),
        _ => String::new(),
    };
    view! {
        <Search listing=listing />
        <p class="hint" role="status">{count}</p>
        <Missed problem=listing.problem id=LIST_PROBLEM />
        <Confirming busy=listing.deleting.into() />
        <div class="found" aria-busy=move || listing.reading.get().then_some("true")>
            {live(move || match listing.answer.get() {
                None => waiting().into_any(),
                Some(Ok(known)) => rows(listing, known),
                Some(Err(problem)) => failed(&problem, Callback::new(move |()| listing.begin())).into_any(),
            })}
        </div>
        {live(move || match listing.chosen.get() {
            Some(user) => view! { <Chosen listing=listing user=user /> }.into_any(),
            None => ().into_any(),
        })}
    }
}

/// Searched for as soon as the person pauses.
#[component]
fn Search(listing: Listing) -> impl IntoView {
    let t = &words().enterprise;
    let typed = RwSignal::new(String::new());
    effect(move || {
        let text = typed.get();
        if text == *listing.search.read_untracked() {
            return;
        }
        leptos::task::spawn_local(async move {
            browser::pause(PAUSE).await;
            // Nothing else was typed, and it is not what is listed already.
            if typed.try_get_untracked().as_ref() == Some(&text) && text != *listing.search.read_untracked() {
                listing.search.set(text);
                listing.begin();
            }
        });
    });
    view! {
        <Field
            id="search"
            kind=Kind::Search
            label=t.search
            hint=t.search_hint
            value=typed
            problem=Signal::derive(|| None)
        />
    }
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
                {words().enterprise.next_page}
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
    let t = &words().enterprise;
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
            <Portrait nickname=user.nickname.clone() picture=user.avatar.clone() />
            <div>
                <p class="names">
                    <span class="row-label">{user.nickname.clone()}</span>
                    <span class="tag" data-tone=runs>{(t.role)(user.role)}</span>
                    {user.oneself.then(|| tag(t.oneself))}
                    {user.sso.then(|| tag(t.sso))}
                </p>
                <p class="hint"><span>{[&user.phone, " ·"].concat()}</span><span>{since}</span></p>
            </div>
            <button
                type="button"
                class="row-action"
                id=button_of(&user)
                aria-haspopup="dialog"
                aria-label=(t.more_of)(&user.nickname)
                on:click=choose
            >
                <span>{t.more}</span><Picture of=Icon::More />
            </button>
        </li>
    }
    .into_any()
}

/// What else can be done with a user.
#[component]
fn Chosen(listing: Listing, user: User) -> impl IntoView {
    let t = &words().enterprise;
    let dialog = NodeRef::<html::Dialog>::new();
    let heading = NodeRef::<html::H2>::new();
    // Another one when somebody else was quicker.
    let user = RwSignal::new(user);
    let is_last_word = RwSignal::new(false);
    let problem = RwSignal::new(None);
    effect(move || {
        if let Some(dialog) = dialog.get() {
            browser::show_modal(&dialog);
        }
    });
    effect(move || {
        is_last_word.track();
        if let Some(heading) = heading.get() {
            browser::focus(&heading);
        }
    });
    // Closing gives the focus back to the button that was pressed.
    let close = Callback::new(move |()| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    let ask = Callback::new(move |()| is_last_word.set(true));
    let title = move || if is_last_word.get() { t.delete_title.to_owned() } else { user.get().nickname };
    view! {
        <dialog aria-labelledby="user-title" node_ref=dialog on:close=move |_| listing.chosen.set(None)>
            <h2 id="user-title" tabindex="-1" node_ref=heading>{title}</h2>
            {live(move || match (is_last_word.get(), user.get()) {
                (false, now) => view! {
                    <p class="hint">{now.phone.clone()}</p>
                    <RoleForm listing=listing user=user problem=problem close=close now=now.clone() />
                    <Delete closed=now.delete_closed ask=ask />
                    <button type="button" class="link" on:click=move |_| close.run(())>{words().common.cancel}</button>
                }
                .into_any(),
                (true, now) => view! { <LastWord listing=listing user=now close=close /> }.into_any(),
            })}
        </dialog>
    }
}

/// Which role, or why it stays (E4).
#[component]
fn RoleForm(
    listing: Listing,
    user: RwSignal<User>,
    problem: RwSignal<Option<Problem>>,
    close: Callback<()>,
    /// The user, of whom this form is drawn.
    now: User,
) -> impl IntoView {
    let t = &words().enterprise;
    let role = RwSignal::new(now.role);
    let saving = RwSignal::new(false);
    let reason = match &now.role_closed {
        Some(closed) => Some(words().refusal(closed)),
        None => now.oneself.then(|| t.own_role.into()),
    };
    let closed = now.role_closed.is_some();
    let choices = [Role::Ordinary, Role::Admin, Role::SuperAdmin].map(|this| choice(role, this));
    let navigate = use_navigate();
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let wish = SetRole { user: now.id.clone(), role: role.get_untracked(), version: now.version };
        if saving.get_untracked() {
            return;
        }
        if wish.role == now.role {
            return close.run(());
        }
        problem.set(None);
        saving.set(true);
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            let answer = listing.api.send(wish).await;
            let is_gone = saving.try_set(false).is_some();
            match answer {
                Ok(fresh) => {
                    listing.toast.say((t.role_changed)(&fresh.nickname, (t.role)(fresh.role)));
                    let _gone = listing.chosen.try_set(None);
                    if fresh.oneself && fresh.role != Role::SuperAdmin {
                        // Nothing here is theirs any more.
                        navigate(&Route::Overview.path(), Default::default());
                    } else {
                        listing.again(Some(button_of(&fresh)));
                    }
                }
                // There is nothing to choose for any more, or nobody to choose.
                Err(why)
                    if is_gone || matches!(why.refusal(), Some(Refusal::NotFound | Refusal::Forbidden)) =>
                {
                    let _gone = listing.chosen.try_set(None);
                    listing.missed(why);
                }
                Err(why) => {
                    if let Problem::Refused { fresh: Some(fresh), .. } = &why
                        && let Fresh::User(fresh) = &**fresh
                    {
                        user.set(fresh.clone());
                        listing.again(None);
                    }
                    problem.set(Some(why));
                    browser::focus_id(ROLE_PROBLEM);
                }
            }
        });
    };
    view! {
        <form novalidate on:submit=save>
            <fieldset disabled=closed aria-describedby="role-reason">
                <legend>{t.change_role}</legend>
                {choices}
            </fieldset>
            <p class="hint" id="role-reason">{reason}</p>
            <Missed problem=problem id=ROLE_PROBLEM />
            <button
                type="submit"
                class="button"
                data-tone="primary"
                disabled=closed
                aria-describedby="role-reason"
                aria-busy=move || saving.get().then_some("true")
            >
                {t.save}
            </button>
        </form>
    }
}

fn choice(role: RwSignal<Role>, this: Role) -> AnyView {
    let t = &words().enterprise;
    let [id, hint] = match this {
        Role::Ordinary => ["ordinary", "ordinary-hint"],
        Role::Admin => ["admin", "admin-hint"],
        Role::SuperAdmin => ["super-admin", "super-admin-hint"],
    };
    view! {
        <div class="option">
            <input
                type="radio"
                name="role"
                id=id
                aria-describedby=hint
                prop:checked=move || role.get() == this
                on:change=move |_| role.set(this)
            />
            <label for=id>{(t.role)(this)}</label>
            <p class="hint" id=hint>{(t.role_hint)(this)}</p>
        </div>
    }
    .into_any()
}

/// The way to the last word, or why there is none (E3).
#[component]
fn Delete(closed: Option<Refusal>, ask: Callback<()>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button"
            data-tone="danger"
            disabled=closed.is_some()
            aria-describedby="delete-reason"
            on:click=move |_| ask.run(())
        >
            {words().enterprise.delete}
        </button>
        <p class="hint" id="delete-reason">{closed.map(|refusal| words().refusal(&refusal))}</p>
    }
}

/// What is lost, and the way to the gate.
#[component]
fn LastWord(listing: Listing, user: User, close: Callback<()>) -> impl IntoView {
    let t = &words().enterprise;
    let lead = (t.delete_lead)(&user.nickname, &user.phone);
    let go_on = move |_| {
        close.run(());
        listing.delete(user.clone());
    };
    view! {
        <p>{lead}</p>
        <ul class="facts">{t.delete_facts.map(|fact| view! { <li>{fact}</li> })}</ul>
        // The way back comes first.
        <div class="last-word">
            <button type="button" class="button" on:click=move |_| close.run(())>{words().common.cancel}</button>
            <button type="button" class="button" data-tone="danger" on:click=go_on>{t.delete_submit}</button>
        </div>
    }
}
