//! WebP, which is decoded as a whole.

use super::square::{Pixels, Square, color_of};
use super::{exif, fits};
use contract::refusal::AvatarFlaw;
use image_webp::WebPDecoder;
use std::io::Cursor;

/// A lossless part may bring 65 536 groups of five code tables, of 4 KiB each and written in less
/// than twelve bytes, and the decoder makes them all, used or not (RFC 9649, 3.7.2). So many bytes
/// come from one of the file at most.
const TABLES: u64 = 360;

/// Reads the picture; of an animated one the first.
pub(crate) fn read(file: &[u8]) -> Result<Pixels, AvatarFlaw> {
    let broken = |_| AvatarFlaw::Broken;
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let (animated, alpha) = (decoder.is_animated(), decoder.has_alpha());
    let lossy = decoder.is_lossy();
    // In bytes for two pixels, as much as there is at one time: what is answered, the planes of a
    // lossy picture or the whole of a lossless one, what is transparent; of an animation also what
    // it is drawn on.
    let takes = match (animated, lossy, alpha) {
        (true, ..) => 24,
        (false, true, true) => 21,
        (false, true, false) => 9,
        (false, false, true) => 8,
        (false, false, false) => 14,
    };
    let tables = if lossy && !alpha && !animated { 0 } else { file.len() as u64 * TABLES };
    fits(u64::from(width) * u64::from(height) * takes / 2 + tables)?;
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or(AvatarFlaw::Large)?];
    decoder.read_image(&mut pixels).map_err(broken)?;
    let mut square = Square::of(width, height);
    square.add_all(width, &pixels, if alpha { 4 } else { 3 }, color_of);
    drop(pixels);
    let exif = decoder.exif_metadata().ok().flatten();
    Ok(square.pixels().turned(exif.map_or(1, |exif| exif::orientation(&exif))))
}
