//! Pictures: whatever file somebody uploads becomes two small JPEGs of our own making, or nothing
//! (A2, AVA-2).
//!
//! Nothing of the file gets through but its pixels: no metadata, no second frame, no tail. What is
//! decoded is shrunk as it comes, row by row where the format allows it, so that a picture of
//! 16 million pixels takes a few megabytes.
//!
//! Two kinds of files cannot be decoded so: WebP, and JPEG that is sent in several passes. Their
//! memory is known before they are decoded, and one that would take more than [`ROOM`] is
//! [`AvatarFlaw::Large`]: a progressive JPEG in color from about 1750 × 1750, a lossy WebP from about
//! 2500 × 2500, and one with a lossless part (transparency is one) from about 80 kB, for its tables
//! may become 360 times as large. The app sends none of them, it draws every picture anew; but for
//! browsers that spoil what is drawn (B21).

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

/// What a decoder may take, in bytes. The heap may keep as much again for the next one; with the file
/// and the shrunk picture both stay within the 64 MiB that a server has for pictures (AVA-2).
const ROOM: u64 = 28 * 1024 * 1024;

/// How much of a picture a JPEG keeps: from here on nobody sees the difference.
const QUALITY: u8 = 88;

/// A picture in the two sizes it is kept in, both JPEG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// [`Size::Large`].
    pub large: Vec<u8>,
    /// [`Size::Small`].
    pub small: Vec<u8>,
}

/// Makes a picture of a file: of its first picture, upright and on white, what lies in the frame, or the
/// square in the middle.
///
/// # Errors
/// What is wrong with the file.
pub fn develop(file: &[u8], frame: Option<Frame>) -> Result<Picture, AvatarFlaw> {
    let frame = frame.unwrap_or(Frame::MIDDLE);
    let pixels = match avatar::inspect(file)? {
        Format::Png => png::read(file, frame),
        Format::Jpeg => jpeg::read(file, frame),
        Format::Webp => webp::read(file, frame),
    };
    print(&pixels?.clockwise(frame.turns)).ok_or(AvatarFlaw::Broken)
}

/// Writes a square down in both sizes.
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

/// Whether a decoder that takes so many bytes has room.
fn fits(bytes: u64) -> Result<(), AvatarFlaw> {
    if bytes > ROOM { Err(AvatarFlaw::Large) } else { Ok(()) }
}
