//! The picture of the account: pick a file, crop a square, save it; or remove it.
//! Verb: act.

use crate::address::address;
use crate::api::{Api, Upload};
use crate::bridge::Bridge;
use crate::browser::gestures::{self, Gesture, Position};
use crate::browser::picture::{self, File, Picked};
use crate::browser::{self, distance, logarithm, power};
use crate::context::words;
use crate::erased::{effect, live, memo, text};
use crate::route::Route;
use crate::screen::act::{NoReturn, problem_of};
use crate::screen::frame::{Frame, Home};
use crate::session::Session;
use crate::ui::alert::{Alert, Tone};
use crate::ui::icon::{Icon, Picture};
use crate::ui::portrait::Portrait;
use crate::ui::toast::Toast;
use contract::avatar::{RemoveAvatar, SetAvatar, Size};
use contract::problem::Problem;
use contract::refusal::{AvatarFlaw, Refusal};
use flow::crop::Crop;
use leptos::html;
use leptos::prelude::*;

/// Pixels on a side of the canvas behind the frame, enough for a dense screen.
const STAGE: u32 = 720;
/// How far an arrow key moves the picture, in sides of the frame.
const STEP: f64 = 0.05;
/// Zoom factor of a key press or one notch of a wheel.
const CLOSER: f64 = 1.1;
/// Pixels of wheel movement for one factor [`CLOSER`].
const NOTCH: f64 = 100.0;
/// Movement below which a touch is a tap, in sides of the frame.
const TAP: f64 = 0.02;
/// Steps of the slider from the whole picture to the closest.
const SLIDE: f64 = 100.0;

/// The state of the screen.
#[derive(Clone, Copy)]
struct Doing {
    picked: RwSignal<Option<Picked>, LocalStorage>,
    upload: Upload,
    /// Whether a request is under way that cannot be canceled.
    saving: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
    /// Whether something that is not a file was dropped.
    no_file: RwSignal<bool>,
}

/// `/avatar`
#[component]
pub(crate) fn AvatarScreen() -> impl IntoView {
    let t = words().avatar();
    let session: Session = expect_context();
    let bridge: Bridge = expect_context();
    let doing = Doing {
        picked: RwSignal::new_local(None),
        upload: Upload::new(),
        saving: RwSignal::new(false),
        problem: RwSignal::new(None),
        no_file: RwSignal::new(false),
    };
    let image = bridge.image();
    effect(move || {
        if let Some(text) = image.get() {
            image.set(None);
            doing.read(async move { Picked::read_base64(&text).await });
        }
    });
    let closed = memo(move || session.me().and_then(|me| me.avatar.closed));
    view! {
        <Frame title=t.title class="avatar">
            <p>{t.lead}</p>
            {live(move || match (closed.get(), doing.picked.get()) {
                (Some(refusal), _) => view! {
                    <Present />
                    <Alert tone=Tone::Information>{words().refusal(&refusal)}</Alert>
                }
                .into_any(),
                (None, Some(picked)) => view! { <Cutting doing=doing picked=picked /> }.into_any(),
                (None, None) => view! { <Present /> <Picking doing=doing /> }.into_any(),
            })}
            <Home />
        </Frame>
    }
}

impl Doing {
    /// Shows the decoded picture, or why it cannot be used.
    fn read(self, reading: impl Future<Output = Result<Picked, AvatarFlaw>> + 'static) {
        self.begin();
        leptos::task::spawn_local(async move {
            match reading.await {
                Ok(picked) => {
                    let _gone = self.picked.try_set(Some(picked));
                    browser::focus_id(FRAME);
                }
                Err(why) => {
                    let _gone = self.problem.try_set(Some(Refusal::AvatarBad { why }.into()));
                }
            }
        });
    }

    /// Clears the problem before a new attempt.
    fn begin(self) {
        self.problem.set(None);
        self.no_file.set(false);
    }

    /// Takes a file that was picked or dropped.
    fn take(self, file: File) {
        self.read(Picked::read(file));
    }

    /// Handles the answer; returns whether it succeeded. `None` means canceled.
    fn finish(self, answer: Result<Option<String>, Problem>, session: Session, api: Api) -> bool {
        let _gone = self.saving.try_set(false);
        match answer.and_then(|me| me.map(|me| session.show(me)).transpose()) {
            Ok(shown) => shown.is_some(),
            Err(problem) => {
                if problem.refusal() == Some(&Refusal::AvatarLocked) {
                    session.refresh(api);
                }
                let _gone = self.problem.try_set(Some(problem));
                false
            }
        }
    }
}

/// The picture as it is now, large.
#[component]
fn Present() -> impl IntoView {
    let session: Session = expect_context();
    live(move || {
        let Some(me) = session.me() else { return ().into_any() };
        view! {
            <p class="present">
                <span class="spoken">{words().avatar().present}</span>
                <Portrait initial=me.initial picture=me.avatar.picture size=Size::Large />
            </p>
        }
        .into_any()
    })
}

/// Before anything is picked.
#[component]
fn Picking(doing: Doing) -> impl IntoView {
    let t = words().avatar();
    let session: Session = expect_context();
    let over = RwSignal::new(false);
    let place = NodeRef::<html::Div>::new();
    effect(move || {
        let Some(place) = place.get() else { return };
        let dropped = move |file| match file {
            Some(file) => doing.take(file),
            None => {
                doing.problem.set(None);
                doing.no_file.set(true);
            }
        };
        picture::on_drop(&place, move |is_over| over.set(is_over), dropped);
    });
    let has_one = memo(move || session.me().is_some_and(|me| me.avatar.picture.is_some()));
    view! {
        <div class="drop" data-over=move || over.get().then_some("true") node_ref=place>
            <PickButton doing=doing label=t.pick tone="primary" />
            <p class="hint by-mouse">{t.drop}</p>
        </div>
        <p class="hint" id=FILES>{t.files}</p>
        {problem_of(doing.problem)}
        {live(move || if doing.no_file.get() {
            view! { <Alert tone=Tone::Error>{t.no_file}</Alert> }.into_any()
        } else {
            ().into_any()
        })}
        {live(move || if has_one.get() { view! { <Remove doing=doing /> }.into_any() } else { ().into_any() })}
    }
}

/// The id of the sentence about allowed files.
const FILES: &str = "files";
/// The id of the movable picture.
const FRAME: &str = "frame";

/// Lets the host pick a picture where it can, the browser elsewhere.
#[component]
fn PickButton(
    doing: Doing,
    label: &'static str,
    #[prop(optional)] tone: Option<&'static str>,
) -> impl IntoView {
    let bridge: Bridge = expect_context();
    let input = NodeRef::<html::Input>::new();
    let pick = move |_| match input.get_untracked() {
        Some(_) if bridge.picks_images() => bridge.pick_image(),
        Some(input) => input.click(),
        None => {}
    };
    let picked = move |_| {
        if let Some(file) = input.get_untracked().and_then(|input| picture::taken_from(&input)) {
            doing.take(file);
        }
    };
    view! {
        <button type="button" class="button" data-tone=tone aria-describedby=FILES on:click=pick>{label}</button>
        // Without HEIC in the list, iPhones convert to JPEG.
        <input
            type="file"
            accept="image/jpeg,image/png,image/webp"
            hidden=true
            aria-hidden="true"
            node_ref=input
            on:change=picked
        />
    }
}

/// Removes the picture, after a confirmation.
#[component]
fn Remove(doing: Doing) -> impl IntoView {
    let t = words().avatar();
    let (api, session, toast): (Api, Session, Toast) = (expect_context(), expect_context(), expect_context());
    let dialog = NodeRef::<html::Dialog>::new();
    let ask = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            browser::show_modal(&dialog);
        }
    };
    let close = Callback::new(move |()| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    let remove = Callback::new(move |()| {
        close.run(());
        if doing.saving.get_untracked() {
            return;
        }
        doing.begin();
        doing.saving.set(true);
        leptos::task::spawn_local(async move {
            if doing.finish(api.text(RemoveAvatar {}).await.map(Some), session, api) {
                toast.say(t.removed.to_owned());
                browser::focus_heading();
            }
        });
    });
    let saving = doing.saving.into();
    let busy = move || doing.saving.get().then_some("true");
    view! {
        <button type="button" class="link" aria-busy=busy on:click=ask>{t.remove}</button>
        <dialog aria-labelledby="remove-title" node_ref=dialog>
            <h2 id="remove-title">{t.remove_title}</h2>
            <p>{t.remove_lead}</p>
            <NoReturn
                back=words().account().cancel
                submit=t.remove_submit
                busy=saving
                on_back=close
                on_submit=remove
            />
        </dialog>
    }
}

/// The cropping step: the picture, the controls that move it, and the buttons.
#[component]
fn Cutting(doing: Doing, picked: Picked) -> impl IntoView {
    let t = words().avatar();
    let crop = RwSignal::new(picked.crop());
    let canvas = NodeRef::<html::Canvas>::new();
    let drawn = StoredValue::new_local(picked);
    effect(move || {
        if let Some(canvas) = canvas.get() {
            drawn.with_value(|picked| picked.draw(crop.get(), &canvas));
        }
    });
    let slide = move |event| {
        let part = f64::from(event_target_value(&event).parse::<u8>().unwrap_or(0)) / SLIDE;
        crop.update(|crop| {
            let [least, most] = crop.zooms();
            *crop = crop.at_zoom(least * power(most / least, part));
        });
    };
    let slid = move || {
        let [least, most] = crop.get().zooms();
        let part = logarithm(crop.get().zoom() / least) / logarithm(most / least);
        (part * SLIDE + 0.5) as u32
    };
    let percent = move || (t.percent)((crop.get().zoom() * 100.0) as u32);
    view! {
        <Stage crop=crop canvas=canvas />
        <p class="hint" id=FRAME_HINT>{t.frame_hint} <span class="by-mouse">{t.frame_keys}</span></p>
        <p class="zoom">
            <label for="zoom">{t.zoom}</label>
            <input type="range" id="zoom" min="0" max="100" step="1" prop:value=slid aria-valuetext=percent on:input=slide />
        </p>
        <div class="tools">
            <button type="button" class="button" on:click=move |_| crop.update(|crop| *crop = crop.turned())>
                <Picture of=Icon::TURN />{t.turn}
            </button>
            <button type="button" class="button" on:click=move |_| crop.update(|crop| *crop = crop.whole())>
                <Picture of=Icon::WHOLE />{t.whole}
            </button>
        </div>
        {problem_of(doing.problem)}
        <Save doing=doing drawn=drawn crop=crop />
    }
}

/// The id of the sentence on how to move the picture.
const FRAME_HINT: &str = "frame-hint";

/// The picture behind its frame, moved by one pointer, zoomed by two or by a wheel, or by keys.
#[component]
fn Stage(crop: RwSignal<Crop>, canvas: NodeRef<html::Canvas>) -> impl IntoView {
    let t = words().avatar();
    // The position of each pointer, and how far the first has moved.
    let fingers = StoredValue::new(Vec::<(i32, Position)>::new());
    let way = StoredValue::new(0.0);
    let moved = move |id: i32, here: Position| {
        let before = fingers.get_value();
        let Some(own) = before.iter().position(|(known, _)| *known == id) else { return false };
        let old = before[own].1;
        let [x, y] = [here[0] - old[0], here[1] - old[1]];
        fingers.update_value(|fingers| fingers[own].1 = here);
        way.update_value(|way| *way += distance(here, old));
        crop.update(|crop| match before.iter().find(|(known, _)| *known != id) {
            None => *crop = crop.moved(x, y),
            Some((_, other)) => {
                let apart = |place| distance(place, *other).max(TAP);
                let middle = [f64::midpoint(old[0], other[0]), f64::midpoint(old[1], other[1])];
                // The midpoint itself has moved by half of it.
                *crop = crop.scaled(apart(here) / apart(old), middle).moved(x / 2.0, y / 2.0);
            }
        });
        true
    };
    let up = move |id: i32, place: Option<Position>| {
        let is_alone = fingers.with_value(Vec::len) == 1;
        fingers.update_value(|fingers| fingers.retain(|(known, _)| *known != id));
        // A tap centers its position.
        if let Some([x, y]) = place.filter(|_| is_alone && way.get_value() < TAP) {
            crop.update(|crop| *crop = crop.moved(-x, -y));
        }
        true
    };
    let key = move |name: &str| {
        let now = crop.get_untracked();
        crop.set(match name {
            "ArrowLeft" => now.moved(-STEP, 0.0),
            "ArrowRight" => now.moved(STEP, 0.0),
            "ArrowUp" => now.moved(0.0, -STEP),
            "ArrowDown" => now.moved(0.0, STEP),
            "+" | "=" => now.scaled(CLOSER, [0.0, 0.0]),
            "-" => now.scaled(1.0 / CLOSER, [0.0, 0.0]),
            _ => return false,
        });
        true
    };
    let frame = NodeRef::<html::Div>::new();
    effect(move || {
        let Some(frame) = frame.get() else { return };
        gestures::watch(&frame, move |gesture| match gesture {
            Gesture::Down(id, place) => {
                fingers.update_value(|fingers| fingers.push((id, place)));
                way.set_value(0.0);
                // It takes the focus.
                false
            }
            Gesture::Moved(id, place) => moved(id, place),
            Gesture::Up(id, place) => up(id, place),
            Gesture::Wheel(pixels, place) => {
                crop.update(|crop| *crop = crop.scaled(power(CLOSER, -pixels / NOTCH), place));
                true
            }
            Gesture::Key(name) => key(&name),
        });
    });
    view! {
        <div
            id=FRAME
            class="crop"
            role="group"
            tabindex="0"
            aria-label=t.frame
            aria-describedby=FRAME_HINT
            node_ref=frame
        >
            <canvas node_ref=canvas width=STAGE height=STAGE></canvas>
        </div>
    }
}

/// Uploads the square and replaces the former picture.
#[component]
fn Save(doing: Doing, drawn: StoredValue<Picked, LocalStorage>, crop: RwSignal<Crop>) -> impl IntoView {
    let t = words().avatar();
    let (api, session, toast): (Api, Session, Toast) = (expect_context(), expect_context(), expect_context());
    let address = address();
    let save = move |_| {
        if doing.saving.get_untracked() {
            return;
        }
        doing.problem.set(None);
        doing.saving.set(true);
        let picked = drawn.get_value();
        leptos::task::spawn_local(async move {
            let answer = put(api, doing.upload, picked, crop.get_untracked()).await;
            if doing.finish(answer, session, api) {
                toast.say(t.changed.to_owned());
                address.go(&Route::Overview);
            }
        });
    };
    let busy = move || doing.saving.get().then_some("true");
    view! {
        <button type="button" class="button" data-tone="primary" aria-busy=busy on:click=save>{t.save}</button>
        {live(move || if doing.saving.get() {
            view! { <Sending upload=doing.upload /> }.into_any()
        } else {
            view! { <PickButton doing=doing label=t.another /> }.into_any()
        })}
    }
}

/// The progress of the upload, and a button to cancel it while that is possible.
#[component]
fn Sending(upload: Upload) -> impl IntoView {
    let t = words().avatar();
    let stop = move |_| {
        upload.stop();
        // The button disappears.
        browser::focus_id(FRAME);
    };
    let percent = memo(move || (upload.part().unwrap_or(1.0) * 100.0) as u32);
    view! {
        <div class="progress">
            <p class="hint" id="sending" prop:textContent=text(move || (t.sending)(percent.get()))></p>
            <progress max="100" value=move || percent.get() aria-labelledby="sending"></progress>
            <button type="button" class="link" disabled=move || upload.part().is_none() on:click=stop>
                {t.stop}
            </button>
        </div>
    }
}

/// Uploads and sets the picture; `None` if canceled.
async fn put(api: Api, upload: Upload, picked: Picked, crop: Crop) -> Result<Option<String>, Problem> {
    let Some(uploaded) = api.upload(&picked.cut(crop).await, upload).await? else { return Ok(None) };
    api.text(SetAvatar { picture: uploaded.picture }).await.map(Some)
}
