//! The dialog of one user: given another role, or deleted (E3, E4). A part of the list.
//! Verb: act.

use super::missed;
use super::users::{Listing, button_of};
use crate::address::address;
use crate::browser;
use crate::context::words;
use crate::erased::{effect, live, text};
use crate::route::Route;
use crate::screen::act::NoReturn;
use contract::account::Role;
use contract::console::{SetRole, User};
use contract::problem::{Fresh, Problem};
use contract::refusal::Refusal;
use contract::text::isolated;
use leptos::html;
use leptos::prelude::*;

/// The id of the problem with the role.
const ROLE_PROBLEM: &str = "role-problem";

/// What the dialog asks.
#[derive(Clone, Copy, PartialEq)]
enum Question {
    /// What to do with the user.
    What,
    /// Confirmation of the chosen role.
    Role,
    /// Confirmation of the deletion.
    Delete,
}

/// The state of the dialog.
#[derive(Clone, Copy)]
struct Chosen {
    listing: Listing,
    /// Replaced when another admin changed the user.
    user: RwSignal<User>,
    question: RwSignal<Question>,
    /// The chosen role.
    role: RwSignal<Role>,
    saving: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
    close: Callback<()>,
}

/// What else can be done with a user.
#[component]
pub(super) fn UserDialog(listing: Listing, user: User) -> impl IntoView {
    let t = words().console();
    let dialog = NodeRef::<html::Dialog>::new();
    let heading = NodeRef::<html::H2>::new();
    // Closing returns the focus to the pressed button.
    let close = Callback::new(move |()| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    let chosen = Chosen {
        listing,
        question: RwSignal::new(Question::What),
        role: RwSignal::new(user.role),
        user: RwSignal::new(user),
        saving: RwSignal::new(false),
        problem: RwSignal::new(None),
        close,
    };
    let Chosen { user, question, .. } = chosen;
    effect(move || {
        if let Some(dialog) = dialog.get() {
            browser::show_modal(&dialog);
        }
    });
    effect(move || {
        question.track();
        if let Some(heading) = heading.get() {
            browser::focus(&heading);
        }
    });
    let title = move || {
        let user = user.get();
        match question.get() {
            Question::What => isolated(&user.nickname),
            Question::Role if user.oneself => (t.leave_title)((t.role)(chosen.role.get())),
            Question::Role => (t.raise_title)(&user.nickname),
            Question::Delete => t.delete_title.to_owned(),
        }
    };
    view! {
        <dialog aria-labelledby="user-title" node_ref=dialog on:close=move |_| listing.chosen.set(None)>
            <h2 id="user-title" tabindex="-1" node_ref=heading prop:textContent=text(title)></h2>
            {live(move || match (question.get(), user.get()) {
                (Question::What, now) => view! {
                    <p class="hint">{now.phone.clone()}</p>
                    <RoleForm chosen=chosen now=now.clone() />
                    <Delete chosen=chosen now=now />
                    <button type="button" class="link" on:click=move |_| close.run(())>{words().account().cancel}</button>
                }
                .into_any(),
                (Question::Role, now) => view! { <RoleWord chosen=chosen now=now /> }.into_any(),
                (Question::Delete, now) => view! { <DeleteWord chosen=chosen now=now /> }.into_any(),
            })}
        </dialog>
    }
}

impl Chosen {
    /// Whether the chosen role needs a confirmation: making a super admin cannot be undone alone, nor can
    /// giving up the own role.
    fn is_grave(self, now: &User) -> bool {
        now.oneself || self.role.get_untracked() == Role::SuperAdmin
    }

    /// Gives the user the chosen role (E4); `out` leaves the console if the own role is gone.
    fn give_role(self, out: impl Fn() + 'static) {
        if self.saving.get_untracked() {
            return;
        }
        let Self { listing, user, .. } = self;
        let now = user.get_untracked();
        let role = self.role.get_untracked();
        let wish = SetRole { user: now.id.clone(), role, version: now.version };
        self.problem.set(None);
        self.saving.set(true);
        leptos::task::spawn_local(async move {
            let answer = listing.api.send(wish).await;
            let is_gone = self.saving.try_set(false).is_some();
            match answer {
                Ok(fresh) => {
                    let t = listing.words;
                    listing.toast.say((t.role_changed)(&fresh.nickname, (t.role)(fresh.role)));
                    let _gone = listing.chosen.try_set(None);
                    listing.again(Some(button_of(&fresh)));
                }
                // Only the proof of identity is missing.
                Err(why) if !is_gone && matches!(why.refusal(), Some(Refusal::StepUpNeeded { .. })) => {
                    self.close.run(());
                    listing.change_super_admin(now, role, out);
                }
                // The user is gone, or the own role is.
                Err(why)
                    if is_gone || matches!(why.refusal(), Some(Refusal::NotFound | Refusal::Forbidden)) =>
                {
                    let _gone = listing.chosen.try_set(None);
                    listing.missed(why);
                }
                Err(why) => {
                    if let Problem::Refused { details, .. } = &why
                        && let Some(Fresh::User(fresh)) = details.fresh()
                    {
                        self.role.set(fresh.role);
                        user.set(fresh);
                        listing.again(None);
                    }
                    self.question.set(Question::What);
                    self.problem.set(Some(why));
                    browser::focus_id(ROLE_PROBLEM);
                }
            }
        });
    }
}

/// Leaves the console after the own role was given up.
fn way_out() -> impl Fn() + Clone + 'static {
    let address = address();
    move || address.go(&Route::Overview)
}

/// Which role, or why it stays (E4).
#[component]
fn RoleForm(
    chosen: Chosen,
    /// The user of this form.
    now: User,
) -> impl IntoView {
    let t = words().console();
    let Chosen { role, saving, .. } = chosen;
    let reason = match &now.role_closed {
        Some(closed) => Some(words().refusal(closed)),
        None => now.oneself.then(|| t.own_role.into()),
    };
    let closed = now.role_closed.is_some();
    let choices = [Role::Ordinary, Role::Admin, Role::SuperAdmin].map(|this| choice(role, this));
    let out = way_out();
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if role.get_untracked() == now.role {
            chosen.close.run(());
        } else if chosen.is_grave(&now) {
            chosen.problem.set(None);
            chosen.question.set(Question::Role);
        } else {
            chosen.give_role(out.clone());
        }
    };
    view! {
        <form novalidate on:submit=save>
            <fieldset disabled=closed aria-describedby="role-reason">
                <legend>{t.change_role}</legend>
                {choices}
            </fieldset>
            <p class="hint" id="role-reason">{reason}</p>
            {missed(chosen.problem, ROLE_PROBLEM)}
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

/// What the chosen role means, if it cannot be undone alone.
#[component]
fn RoleWord(chosen: Chosen, now: User) -> impl IntoView {
    let t = words().console();
    let out = way_out();
    let back = Callback::new(move |()| chosen.question.set(Question::What));
    let go_on = Callback::new(move |()| chosen.give_role(out.clone()));
    view! {
        <p>{if now.oneself { t.leave_lead } else { t.raise_lead }}</p>
        <NoReturn
            back=words().account().back
            submit=t.give_role
            busy=chosen.saving.into()
            on_back=back
            on_submit=go_on
        />
    }
}

fn choice(role: RwSignal<Role>, this: Role) -> AnyView {
    let t = words().console();
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

/// The button to the confirmation, or why the user cannot be deleted (E3).
#[component]
fn Delete(chosen: Chosen, now: User) -> impl IntoView {
    let t = words().console();
    let reason = match &now.delete_closed {
        // That takes another super admin.
        Some(Refusal::AdminMustHandOver) if now.oneself => Some(t.own_delete.into()),
        Some(closed) => Some(words().refusal(closed)),
        None => None,
    };
    // The reason is not repeated if the role shows it.
    let is_said = now.delete_closed.is_some() && now.delete_closed == now.role_closed;
    view! {
        <button
            type="button"
            class="button"
            data-tone="danger"
            disabled=reason.is_some()
            aria-describedby=if is_said { "role-reason" } else { "delete-reason" }
            on:click=move |_| chosen.question.set(Question::Delete)
        >
            {t.delete}
        </button>
        <p class="hint" id="delete-reason">{reason.filter(|_| !is_said)}</p>
    }
}

/// What is lost, and the button to the gate.
#[component]
fn DeleteWord(chosen: Chosen, now: User) -> impl IntoView {
    let t = words().console();
    let lead = (t.delete_lead)(&now.nickname, &now.phone);
    let go_on = Callback::new(move |()| {
        chosen.close.run(());
        chosen.listing.delete(now.clone());
    });
    view! {
        <p>{lead}</p>
        <ul class="facts">{t.delete_facts.map(|fact| view! { <li>{fact}</li> })}</ul>
        <NoReturn
            back=words().account().cancel
            submit=t.delete_submit
            busy=chosen.saving.into()
            on_back=chosen.close
            on_submit=go_on
        />
    }
}
