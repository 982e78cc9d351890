//! Pictures to be picked, and what the page shows of them: four quarters, each of one color, so
//! that a look at the middle of each tells how a picture lies.

use crate::browser::Browser;
use crate::element::said;
use serde_json::json;

/// The colors of [`quarters`]: of the upper left quarter, the upper right, the lower left and the
/// lower right one.
pub const QUARTERS: [&str; 4] = ["red", "green", "blue", "yellow"];

/// A PNG of four quarters.
#[must_use]
pub fn quarters(width: u32, height: u32) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            pixels.extend(match (x < width / 2, y < height / 2) {
                (true, true) => [255, 0, 0],
                (false, true) => [0, 255, 0],
                (true, false) => [0, 0, 255],
                (false, false) => [255, 255, 0],
            });
        }
    }
    png(width, height, png::ColorType::Rgb, png::BitDepth::Eight, &pixels)
}

/// A PNG of so many pixels, all black: little to send, much to decode.
#[must_use]
pub fn night(width: u32, height: u32) -> Vec<u8> {
    let bytes = width.div_ceil(8) as usize * height as usize;
    png(width, height, png::ColorType::Grayscale, png::BitDepth::One, &vec![0; bytes])
}

fn png(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().expect("memory can be written to");
    writer.write_image_data(pixels).expect("the pixels fill the picture");
    drop(writer);
    file
}

/// A JPEG with a note that its camera was held on its side: what is right shall be up (Exif,
/// orientation 6 turns a quarter clockwise).
#[must_use]
pub fn taken_sideways(jpeg: &[u8]) -> Vec<u8> {
    // Little-endian TIFF with one entry: tag 0x0112, one short, 6.
    let tiff = [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0".as_slice(), &[0; 4]].concat();
    let note = [b"Exif\0\0".as_slice(), &tiff].concat();
    let length = u16::try_from(note.len() + 2).expect("it is short").to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, b"\xff\xe1", &length, &note, rest].concat()
}

impl Browser<'_> {
    /// The same picture as a JPEG, written by the browser.
    #[track_caller]
    #[must_use]
    pub fn jpeg_of(&self, png: &[u8]) -> Vec<u8> {
        let script = "const done = arguments[1];
            createImageBitmap(new Blob([new Uint8Array(arguments[0])])).then(bitmap => {
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
                canvas.getContext('2d').drawImage(bitmap, 0, 0);
                canvas.toBlob(async jpeg => done([...new Uint8Array(await jpeg.arrayBuffer())]), 'image/jpeg');
            });";
        let bytes = self
            .done(async || Ok(self.driver().execute_async(script, vec![json!(png)]).await?.json().clone()));
        serde_json::from_value(bytes).expect("bytes")
    }

    /// Waits until a picture or a canvas shows these colors in the middle of its quarters.
    #[track_caller]
    pub fn must_show(&self, selector: &str, colors: [&str; 4]) {
        let script = "
            const it = document.querySelector(arguments[0]);
            if (!it || it.complete === false || it.naturalWidth === 0) return 'nothing';
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 100;
            const pen = canvas.getContext('2d', { willReadFrequently: true });
            pen.drawImage(it, 0, 0, 100, 100);
            const names = { '100': 'red', '010': 'green', '001': 'blue', '110': 'yellow', '111': 'white', '000': 'black' };
            return [[25, 25], [75, 25], [25, 75], [75, 75]].map(([x, y]) => {
                const [red, green, blue] = pen.getImageData(x, y, 1, 1).data;
                return names[[red, green, blue].map(part => part > 127 ? 1 : 0).join('')] ?? 'another';
            });";
        self.until(async || {
            let seen = said(self.driver().execute(script, vec![json!(selector)]).await)?.json().clone();
            if seen == json!(colors) {
                Ok(())
            } else {
                Err(format!("{selector} shows {seen}, not {colors:?}"))
            }
        });
    }
}
