//! Pictures that a user picks: checked, decoded, drawn behind the frame, encoded as JPEG.
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

/// A file that was picked or will be uploaded.
pub(crate) type File = Blob;

/// Pixels on the longer side of a picture that is kept for cropping.
const KEPT: f64 = 2048.0;
/// Quality of the JPEG, up to 1.
const QUALITY: f64 = 0.92;

/// Type of the file that is encoded and uploaded.
const JPEG: &str = "image/jpeg";
/// Timeout of encoding a canvas.
const WRITING: Duration = Duration::from_secs(5);
/// A lossless type.
const PNG: &str = "image/png";

/// A decoded picture, ready to be cropped.
#[derive(Clone)]
pub(crate) struct Picked {
    kept: HtmlCanvasElement,
    /// The picked file, for browsers whose canvas cannot be read.
    file: File,
}

/// The file that is uploaded, and its path.
pub(crate) struct Cut {
    pub(crate) file: File,
    pub(crate) address: String,
}

impl Picked {
    /// Reads a file, rotated as its EXIF data says.
    ///
    /// # Errors
    /// What keeps it from being an avatar (A2).
    pub(crate) async fn read(file: File) -> Result<Self, AvatarFlaw> {
        // Not decoded: a large file could end this tab.
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

    /// Reads a picture that a host sent in base64.
    ///
    /// # Errors
    /// What keeps it from being an avatar (A2); invalid base64 counts as broken.
    pub(crate) async fn read_base64(text: &str) -> Result<Self, AvatarFlaw> {
        // Four characters are three bytes; a longer text is not decoded.
        if text.len() / 4 * 3 > HEAVIEST + 3 {
            return Err(AvatarFlaw::Heavy);
        }
        let bytes = window().atob(text).map_err(broken)?;
        let bytes: Vec<u8> = bytes.chars().map(|letter| letter as u8).collect();
        let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes.as_slice()));
        Self::read(Blob::new_with_u8_array_sequence(&parts).map_err(broken)?).await
    }

    /// The largest centered square.
    pub(crate) fn crop(&self) -> Crop {
        Crop::new(self.kept.width(), self.kept.height())
    }

    /// Draws the part behind the frame so that it fills a canvas.
    pub(crate) fn draw(&self, crop: Crop, onto: &HtmlCanvasElement) {
        let Some(pen) = pen(onto) else { return };
        let side = f64::from(onto.width());
        let [a, b, c, d, e, f] = crop.transform(side);
        // Fails only for NaN. JPEG has no transparency, so transparent parts become white.
        let _ok = pen.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        pen.set_fill_style_str("#fff");
        pen.fill_rect(0.0, 0.0, side, side);
        let _ok = pen.set_transform(a, b, c, d, e, f);
        let (x, y) = (-f64::from(self.kept.width()) / 2.0, -f64::from(self.kept.height()) / 2.0);
        let _ok = pen.draw_image_with_html_canvas_element(&self.kept, x, y);
    }

    /// The part behind the frame, as the file that is uploaded. It contains no metadata, such as place and
    /// camera. If the browser cannot encode a canvas, or changes its pixels, the picked file is uploaded
    /// instead, and the path says what the server crops (B21).
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

/// Whether reading a canvas returns the pixels that were drawn; `None` if it cannot be read. Protection
/// against fingerprinting changes the pixels that are read or encoded, but not those on the screen.
async fn gives_back_what_is_drawn() -> Option<bool> {
    const COLORS: [(&str, [u8; 4]); 4] = [
        ("#28c850", [40, 200, 80, 255]),
        ("#c85028", [200, 80, 40, 255]),
        ("#5028c8", [80, 40, 200, 255]),
        ("#808080", [128, 128, 128, 255]),
    ];
    // The side of the square, and the height of each of its colors.
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

/// Encodes a canvas; `None` if the browser fails or does not answer in time.
async fn written(canvas: &HtmlCanvasElement, kind: &str) -> Option<File> {
    let written = OneShot::new();
    let (done, late) = (written.clone(), written.clone());
    let complete = Closure::once_into_js(move |blob: Option<Blob>| done.complete(blob));
    set_timeout(move || late.complete(None), WRITING);
    canvas.to_blob_with_type_and_encoder_options(complete.unchecked_ref(), kind, &QUALITY.into()).ok()?;
    written.await
}

/// The file of an input, which is emptied, so that picking the same file again is a change.
pub(crate) fn taken_from(input: &web_sys::HtmlInputElement) -> Option<File> {
    let file = first(input.files());
    input.set_value("");
    file
}

/// Handles drag and drop at an element: calls back with the dropped file (`None` if it came from another
/// page and is no file), and reports whether something is dragged over it.
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
    // Every browser that supports it, except Firefox.
    let _ok = js_sys::Reflect::set(&pen, &"imageSmoothingQuality".into(), &"high".into());
    Some(pen)
}

fn broken(_: JsValue) -> AvatarFlaw {
    AvatarFlaw::Broken
}
