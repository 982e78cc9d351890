//! Pictures that a person picks: looked at, read, drawn behind a frame, written as a JPEG.
//!
//! What is read is drawn onto a canvas at once and no larger than it has to be, so that a photo
//! takes little memory however large it is, and no address of it is left to be revoked (AVA-4).

use crate::later::Later;
use contract::avatar::{HEAVIEST, Size, inspect};
use contract::refusal::AvatarFlaw;
use flow::crop::Crop;
use leptos::prelude::{document, window};
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

/// A picture, read and ready to be cut.
#[derive(Clone)]
pub(crate) struct Picked(HtmlCanvasElement);

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
        Ok(Self(kept))
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
        Crop::new(self.0.width(), self.0.height())
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
        let (x, y) = (-f64::from(self.0.width()) / 2.0, -f64::from(self.0.height()) / 2.0);
        let _ok = pen.draw_image_with_html_canvas_element(&self.0, x, y);
    }

    /// What is behind the frame, as the file that is uploaded. Nothing else of the picture is in
    /// it: not where it was taken, nor by what.
    ///
    /// # Errors
    /// The browser cannot write it.
    pub(crate) async fn cut(&self, crop: Crop) -> Result<File, AvatarFlaw> {
        let side = Size::Large.pixels();
        let square = canvas(side, side).ok_or(AvatarFlaw::Broken)?;
        self.draw(crop, &square);
        let written = Later::new();
        let told = written.clone();
        let tell = Closure::once_into_js(move |blob: Option<Blob>| told.tell(blob));
        square
            .to_blob_with_type_and_encoder_options(tell.unchecked_ref(), JPEG, &QUALITY.into())
            .map_err(broken)?;
        written.await.ok_or(AvatarFlaw::Broken)
    }
}

/// What was picked with an input, which is empty afterwards: the same file again is a change again.
pub(crate) fn taken_from(input: &web_sys::HtmlInputElement) -> Option<File> {
    let file = first(input.files());
    input.set_value("");
    file
}

/// Takes files that are dropped on a place, and tells whether one hangs over it.
pub(crate) fn on_drop(
    place: &web_sys::EventTarget,
    over: impl Fn(bool) + 'static,
    dropped: impl Fn(File) + 'static,
) {
    super::listen(place, &["dragover", "dragleave", "drop"], move |event| {
        over(event.type_() == "dragover");
        // A browser would open the file in place of the page.
        event.prevent_default();
        if event.type_() == "drop" {
            let files = event.unchecked_ref::<DragEvent>().data_transfer().and_then(|data| data.files());
            if let Some(file) = first(files) {
                dropped(file);
            }
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
