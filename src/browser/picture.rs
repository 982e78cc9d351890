//! Pictures that a person picks: checked, decoded, drawn behind the frame, encoded as JPEG.
//!
//! A picture is drawn onto a canvas of at most 2048 pixels a side right after decoding, and no object
//! URL is created that would have to be revoked (AVA-4). While it is decoded, the browser holds it in
//! full size.

use crate::one_shot::OneShot;
use contract::avatar::{HEAVIEST, Size, UPLOAD, inspect};
use contract::refusal::AvatarFlaw;
use flow::crop::Crop;
use leptos::prelude::{document, set_timeout, window};
use std::time::Duration;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, DragEvent, FileList, HtmlCanvasElement, ImageBitmap};

/// A file that was picked, or is to be uploaded.
pub(crate) type File = Blob;

/// Pixels on the longer side of a picture that is kept to be cut.
const KEPT: f64 = 2048.0;
/// How close to the picture the JPEG comes, up to 1.
const QUALITY: f64 = 0.92;

/// What a picture is written and uploaded as.
const JPEG: &str = "image/jpeg";
/// How long a canvas is written at most.
const WRITING: Duration = Duration::from_secs(5);
/// What loses nothing.
const PNG: &str = "image/png";

/// A picture, read and ready to be cut.
#[derive(Clone)]
pub(crate) struct Picked {
    kept: HtmlCanvasElement,
    /// As it was picked, for where the browser cannot cut it.
    file: File,
}

/// What is uploaded, and where to.
pub(crate) struct Cut {
    pub(crate) file: File,
    pub(crate) address: String,
}

impl Picked {
    /// Reads a file, upright as its maker says.
    ///
    /// # Errors
    /// What keeps it from being an avatar (A2).
    pub(crate) async fn read(file: File) -> Result<Self, AvatarFlaw> {
        // Not even looked at: whatever has been picked, this tab goes on living.
        if file.size() > HEAVIEST as f64 {
            return Err(AvatarFlaw::Heavy);
        }
        let head = JsFuture::from(file.array_buffer()).await.map_err(broken)?;
        inspect(&js_sys::Uint8Array::new(&head).to_vec())?;
        let decoding = window().create_image_bitmap_with_blob(&file).map_err(broken)?;
        let bitmap: ImageBitmap = JsFuture::from(decoding).await.map_err(broken)?.unchecked_into();
        let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
        let scale = (KEPT / width.max(height)).min(1.0);
        // At least a pixel of it is left.
        let (width, height) = ((width * scale).max(1.0), (height * scale).max(1.0));
        let kept = canvas(width as u32, height as u32).ok_or(AvatarFlaw::Broken)?;
        let pen = pen(&kept).ok_or(AvatarFlaw::Broken)?;
        let drawn = pen.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width, height);
        bitmap.close();
        drawn.map_err(broken)?;
        Ok(Self { kept, file })
    }

    /// The same for what a host brought in base64.
    ///
    /// # Errors
    /// What keeps it from being an avatar (A2); what is no base64 is broken.
    pub(crate) async fn read_base64(text: &str) -> Result<Self, AvatarFlaw> {
        // Four letters are three bytes; what is longer is not unpacked.
        if text.len() / 4 * 3 > HEAVIEST + 3 {
            return Err(AvatarFlaw::Heavy);
        }
        let bytes = window().atob(text).map_err(broken)?;
        let bytes: Vec<u8> = bytes.chars().map(|letter| letter as u8).collect();
        let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes.as_slice()));
        Self::read(Blob::new_with_u8_array_sequence(&parts).map_err(broken)?).await
    }

    /// The largest square from its middle.
    pub(crate) fn crop(&self) -> Crop {
        Crop::new(self.kept.width(), self.kept.height())
    }

    /// Draws what is behind the frame over the whole of a canvas.
    pub(crate) fn draw(&self, crop: Crop, onto: &HtmlCanvasElement) {
        let Some(pen) = pen(onto) else { return };
        let side = f64::from(onto.width());
        let [a, b, c, d, e, f] = crop.transform(side);
        // Refused only for numbers that are none. A JPEG has no clear places: they are white.
        let _ok = pen.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        pen.set_fill_style_str("#fff");
        pen.fill_rect(0.0, 0.0, side, side);
        let _ok = pen.set_transform(a, b, c, d, e, f);
        let (x, y) = (-f64::from(self.kept.width()) / 2.0, -f64::from(self.kept.height()) / 2.0);
        let _ok = pen.draw_image_with_html_canvas_element(&self.kept, x, y);
    }

    /// What is behind the frame, as the file that is uploaded. Nothing else of the picture is in it: not
    /// where it was taken, nor by what. Where the browser gives back nothing of a canvas, or something
    /// else than was drawn, it is the picked file, and the address says what the server cuts out of it
    /// (B21).
    pub(crate) async fn cut(&self, crop: Crop) -> Cut {
        match self.square(crop).await {
            Some(file) if gives_back_what_is_drawn().await == Some(true) => {
                Cut { file, address: UPLOAD.to_owned() }
            }
            _ => Cut { file: self.file.clone(), address: crop.frame().address() },
        }
    }

    async fn square(&self, crop: Crop) -> Option<File> {
        let side = Size::Large.pixels();
        let square = canvas(side, side)?;
        self.draw(crop, &square);
        written(&square, JPEG).await
    }
}

/// Whether this browser gives back of a canvas what was drawn onto it; nothing where it gives back
/// nothing. Protection against fingerprinting changes pixels in what is read, and in what is written
/// to a file, but not on the screen.
async fn gives_back_what_is_drawn() -> Option<bool> {
    const COLORS: [(&str, [u8; 4]); 4] = [
        ("#28c850", [40, 200, 80, 255]),
        ("#c85028", [200, 80, 40, 255]),
        ("#5028c8", [80, 40, 200, 255]),
        ("#808080", [128, 128, 128, 255]),
    ];
    // Sides of a square, and how high each of its colors is.
    const SIDE: f64 = 16.0;
    const BAND: f64 = 4.0;
    let drawn = canvas(SIDE as u32, SIDE as u32)?;
    let brush = pen(&drawn)?;
    let mut top = 0.0;
    for (color, _) in COLORS {
        brush.set_fill_style_str(color);
        brush.fill_rect(0.0, top, SIDE, BAND);
        top += BAND;
    }
    let read = Picked::read(written(&drawn, PNG).await?).await.ok()?;
    let pixels = pen(&read.kept)?.get_image_data(0.0, 0.0, SIDE, SIDE).ok()?.data().0;
    let bands = pixels.chunks_exact((4.0 * SIDE * BAND) as usize).zip(COLORS);
    Some(bands.into_iter().all(|(band, (_, color))| band.chunks_exact(4).all(|pixel| pixel == color)))
}

/// A canvas as a file; nothing where the browser does not write it, or never says so.
async fn written(canvas: &HtmlCanvasElement, kind: &str) -> Option<File> {
    let written = OneShot::new();
    let (done, late) = (written.clone(), written.clone());
    let complete = Closure::once_into_js(move |blob: Option<Blob>| done.complete(blob));
    set_timeout(move || late.complete(None), WRITING);
    canvas.to_blob_with_type_and_encoder_options(complete.unchecked_ref(), kind, &QUALITY.into()).ok()?;
    written.await
}

/// What was picked with an input, which is empty afterwards: the same file again is a change again.
pub(crate) fn taken_from(input: &web_sys::HtmlInputElement) -> Option<File> {
    let file = first(input.files());
    input.set_value("");
    file
}

/// Takes what is dropped on a place, which is no file where it comes from another page, and tells
/// whether something hangs over it.
pub(crate) fn on_drop(
    place: &web_sys::EventTarget,
    over: impl Fn(bool) + 'static,
    dropped: impl Fn(Option<File>) + 'static,
) {
    super::listen(place, &["dragover", "dragleave", "drop"], move |event| {
        over(event.type_() == "dragover");
        event.prevent_default();
        if event.type_() == "drop" {
            let files = event.unchecked_ref::<DragEvent>().data_transfer().and_then(|data| data.files());
            dropped(first(files));
        }
    });
}

fn first(files: Option<FileList>) -> Option<File> {
    files?.get(0).map(Into::into)
}

fn canvas(width: u32, height: u32) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    Some(canvas)
}

fn pen(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    // Of those that know it, all but Firefox.
    let _ok = js_sys::Reflect::set(&pen, &"imageSmoothingQuality".into(), &"high".into());
    Some(pen)
}

fn broken(_: JsValue) -> AvatarFlaw {
    AvatarFlaw::Broken
}
