//! Which meetings the account is in at the same time: five slots, one for each kind of device, the
//! rule of its edition, and whether one more could be joined (M1–M5). A part of `/devices`.
//! Verb: load, again and again.

use crate::api::Api;
use crate::context::words;
use crate::erased::{effect, kept, live, memo};
use crate::i18n;
use crate::load::{failed, follow, waiting};
use crate::network::Network;
use crate::ui::alert::{Alert, Tone};
use crate::ui::icon::{Icon, Picture};
use contract::account::DeviceKind;
use contract::meetings::{Attended, CanJoin, GetCanJoin, GetMeetings, MeetingRule, Meetings as Now, SLOTS};
use contract::problem::Problem;
use leptos::prelude::*;

/// The section of `/devices`.
#[component]
pub(crate) fn Meetings() -> impl IntoView {
    let t = words().devices();
    let now = RwSignal::new_local(None::<Result<Now, Problem>>);
    let again = RwSignal::new(0);
    follow(GetMeetings {}, now, again, |meetings| meetings.poll_in.saturating_mul(1000));
    let retry = Callback::new(move |()| again.update(|times| *times += 1));
    let is_known = memo(move || now.with(|now| matches!(now, Some(Ok(_)))));
    view! {
        <h2>{t.meetings}</h2>
        {kept(move || match now.get() {
            None => waiting().into_any(),
            Some(Err(problem)) => live(move || failed(&problem, retry).into_any()),
            Some(Ok(meetings)) => slots(meetings),
        })}
        {live(move || if is_known.get() { view! { <Ask now=now /> }.into_any() } else { ().into_any() })}
    }
}

/// The rule, the five slots, and the meetings that take none.
fn slots(meetings: Now) -> AnyView {
    let t = words().devices();
    let taken = meetings.slots.iter().filter(|slot| slot.meeting.is_some()).count();
    let slots: Vec<AnyView> =
        meetings.slots.into_iter().map(|slot| tile(Some(slot.kind), slot.meeting)).collect();
    let beside = (!meetings.beside.is_empty()).then(|| {
        let rows: Vec<AnyView> =
            meetings.beside.into_iter().map(|meeting| tile(None, Some(meeting))).collect();
        view! {
            <p class="hint">{t.beside}</p>
            <ul class="slots">{rows}</ul>
        }
    });
    let rules: Vec<AnyView> = meetings
        .rules
        .into_iter()
        .map(|rule| view! { <li prop:textContent=(t.rule)(rule)></li> }.into_any())
        .collect();
    view! {
        <p><span class="tag" prop:textContent=(words().account().edition)(meetings.edition)></span> " " <span prop:textContent=(t.taken)(taken)></span></p>
        <ul class="slots">{slots}</ul>
        {beside}
        <ul class="facts hint">{rules}</ul>
    }
    .into_any()
}

/// One slot, taken or free; without a kind, a meeting that takes none.
fn tile(kind: Option<DeviceKind>, meeting: Option<Attended>) -> AnyView {
    let t = words().devices();
    let icon = match kind {
        Some(DeviceKind::Windows | DeviceKind::Mac) => Icon::LAPTOP,
        Some(DeviceKind::Android | DeviceKind::Ios | DeviceKind::Ipad) => Icon::PHONE,
        _ => Icon::SCREEN,
    };
    let taken = meeting.is_some().then_some("true");
    let what = match meeting {
        None => view! { <span class="tag">{t.free}</span> }.into_any(),
        Some(Attended { title, own, since, here, signed_in, .. }) => view! {
            <bdi class="slot-title" prop:textContent=title.unwrap_or_else(|| t.untitled.to_owned())></bdi>
            <span class="hint" prop:textContent=(t.since)(&i18n::ago(words(), &since))></span>
            {(!signed_in).then(|| view! { <span class="hint">{t.signed_out}</span> })}
            <span class="tag" data-tone=own.then_some("accent") prop:textContent=if own { t.own } else { t.others }></span>
            {here.then(|| view! { <span class="tag">{t.here}</span> })}
        }
        .into_any(),
    };
    view! {
        <li class="slot" data-taken=taken>
            <span class="slot-kind"><Picture of=icon />{kind.map(t.kind)}</span>
            {what}
        </li>
    }
    .into_any()
}

/// Whether one more could be joined, and the rule that decides (M5).
#[component]
fn Ask(now: RwSignal<Option<Result<Now, Problem>>, LocalStorage>) -> impl IntoView {
    let t = words().devices();
    let api: Api = expect_context();
    let kind = RwSignal::new(DeviceKind::Windows);
    let own = RwSignal::new(false);
    let answer = RwSignal::new_local(None::<Result<CanJoin, Problem>>);
    let ask = move |request: GetCanJoin| {
        leptos::task::spawn_local(async move {
            let said = api.send(request).await;
            let is_asked =
                || kind.get_untracked() == request.device_kind && own.get_untracked() == request.own;
            if !answer.is_disposed() && is_asked() {
                answer.set(Some(said));
            }
        });
    };
    // Asked again whenever a meeting began or ended, and once there is a network again.
    effect(move || {
        now.track();
        ask(GetCanJoin { device_kind: kind.get(), own: own.get() });
    });
    let network: Network = expect_context();
    effect(move || {
        if answer.with(|answer| matches!(answer, Some(Err(problem)) if network.is_back_after(problem))) {
            ask(GetCanJoin { device_kind: kind.get_untracked(), own: own.get_untracked() });
        }
    });
    let kinds: Vec<AnyView> = SLOTS
        .into_iter()
        .map(|choice| option((t.kind)(choice), memo(move || kind.get() == choice), move || kind.set(choice)))
        .collect();
    let whose: Vec<AnyView> = [(false, t.others), (true, t.own)]
        .into_iter()
        .map(|(choice, label)| option(label, memo(move || own.get() == choice), move || own.set(choice)))
        .collect();
    view! {
        <section class="card ask">
            <h3>{t.ask}</h3>
            <div class="tabs" role="group" aria-label=t.ask_kind>{kinds}</div>
            <div class="tabs" role="group" aria-label=t.ask_own>{whose}</div>
            {live(move || match answer.get() {
                None => ().into_any(),
                Some(Ok(CanJoin::Yes)) => verdict(Tone::Success, t.can_join.to_owned()),
                Some(Ok(CanJoin::No(rule))) => verdict(Tone::Information, decided(rule, now, kind)),
                Some(Err(problem)) => verdict(Tone::Information, words().problem(&problem).into_owned()),
            })}
        </section>
    }
}

/// The rule that decides, and the meeting that prevents another.
fn decided(
    rule: MeetingRule,
    now: RwSignal<Option<Result<Now, Problem>>, LocalStorage>,
    kind: RwSignal<DeviceKind>,
) -> String {
    let t = words().devices();
    let cure = now.with(|now| {
        let (kind, Attended { title, .. }) = in_the_way(now.as_ref()?.as_ref().ok()?, rule, kind.get())?;
        Some((t.in_the_way)(rule, kind, title.as_deref().unwrap_or(t.untitled)))
    });
    [t.cannot_join, (t.rule)(rule), cure.as_deref().unwrap_or_default()].concat()
}

/// Which meeting would have to be left for another on a device of that kind, and where it is.
fn in_the_way(now: &Now, rule: MeetingRule, kind: DeviceKind) -> Option<(DeviceKind, &Attended)> {
    let slots = now.slots.iter().filter_map(|slot| Some((slot.kind, slot.meeting.as_ref()?)));
    // Meetings that take no slot are not distinguished.
    let mut all = slots.chain(now.beside.iter().map(|meeting| (DeviceKind::Web, meeting)));
    all.find(|(held_on, meeting)| match rule {
        MeetingRule::M1 => meeting.own,
        MeetingRule::M2 | MeetingRule::M3 | MeetingRule::M4 => *held_on == kind,
    })
}

fn verdict(tone: Tone, text: String) -> AnyView {
    view! { <Alert tone=tone>{text}</Alert> }.into_any()
}

/// One option of several.
fn option(label: &'static str, is_chosen: Memo<bool>, choose: impl Fn() + 'static) -> AnyView {
    let choose: Box<dyn Fn()> = Box::new(choose);
    view! {
        <button
            type="button"
            aria-pressed=move || if is_chosen.get() { "true" } else { "false" }
            on:click=move |_| choose()
        >
            {label}
        </button>
    }
    .into_any()
}
