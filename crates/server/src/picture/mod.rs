//! Pictures: every uploaded file becomes two small JPEGs made by this server, or is refused (A2, AVA-2).
//!
//! Only the pixels of a file are kept: no metadata, no second frame, no trailing data. They are scaled down
//! as they are decoded, row by row where the format allows it, so that a picture of 16 million pixels takes a
//! few megabytes.
//!
//! WebP and progressive JPEG cannot be decoded row by row. Their memory is known before they are decoded, and
//! one that would take more than [`ROOM`] is [`AvatarFlaw::Large`]: a progressive JPEG in color from about
//! 1750 × 1750, a lossy WebP from about 2500 × 2500, and one with a lossless part (transparency is one) from
//! about 80 kB, because its tables may become 360 times as large. The app sends neither, because it redraws
//! every picture, except in browsers that distort what is drawn (B21).

pub(crate) mod decoder;
mod exif;
mod jpeg;
mod png;
mod square;
mod webp;

use contract::avatar::{self, Format, Frame, Size};
use contract::refusal::AvatarFlaw;
use jpeg_encoder::{ColorType, Encoder};
pub(crate) use square::Pixels;

/// Memory of a decoder, in bytes. The heap may keep as much again for the next one; with the file and the
/// scaled picture both stay within the 64 MiB that a server has for pictures (AVA-2).
const ROOM: u64 = 28 * 1024 * 1024;

/// Quality of the JPEGs; a higher one makes no visible difference.
const QUALITY: u8 = 88;

/// A picture in the two sizes that are stored, both JPEG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// [`Size::Large`].
    pub large: Vec<u8>,
    /// [`Size::Small`].
    pub small: Vec<u8>,
}

/// Makes a picture of a file: its first image, upright and on white, cropped to the frame or to the square in
/// the middle.
///
/// # Errors
/// The flaw of the file.
pub fn develop(file: &[u8], frame: Option<Frame>) -> Result<Picture, AvatarFlaw> {
    let frame = frame.unwrap_or(Frame::MIDDLE);
    let pixels = match avatar::inspect(file)? {
        Format::Png => png::read(file, frame),
        Format::Jpeg => jpeg::read(file, frame),
        Format::Webp => webp::read(file, frame),
    };
    print(&pixels?.clockwise(frame.turns)).ok_or(AvatarFlaw::Broken)
}

/// Encodes a square in both sizes.
pub(crate) fn print(pixels: &Pixels) -> Option<Picture> {
    let large = pixels.resized(Size::Large.pixels() as usize);
    let small = large.resized(Size::Small.pixels() as usize);
    Some(Picture { large: written(&large)?, small: written(&small)? })
}

fn written(pixels: &Pixels) -> Option<Vec<u8>> {
    let side = u16::try_from(pixels.side()).ok()?;
    let mut file = Vec::new();
    Encoder::new(&mut file, QUALITY).encode(pixels.bytes(), side, side, ColorType::Rgb).ok()?;
    Some(file)
}

/// Whether a decoder may take so many bytes.
fn fits(bytes: u64) -> Result<(), AvatarFlaw> {
    if bytes > ROOM { Err(AvatarFlaw::Large) } else { Ok(()) }
}
