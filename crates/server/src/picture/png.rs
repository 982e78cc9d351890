//! PNG, decoded row by row.

use super::exif;
use super::square::{Pixels, Square, color_of};
use contract::avatar::Frame;
use contract::refusal::AvatarFlaw;
use png::{Decoder, Limits, Transformations};
use std::io::Cursor;

/// Memory in bytes for a row, the row before, compressed input, and the file's tables.
const ROOM: usize = 2 * 1024 * 1024;

/// The pixels of a pass: first column, column step, first row, row step.
type Pass = [u32; 4];

const PLAIN: [Pass; 1] = [[0, 1, 0, 1]];
/// Adam7 (W3C PNG 8.2).
const INTERLACED: [Pass; 7] =
    [[0, 8, 0, 8], [4, 8, 0, 8], [0, 4, 4, 8], [2, 4, 0, 4], [0, 2, 2, 4], [1, 2, 0, 2], [0, 1, 1, 2]];

/// Reads the picture; of an animated one, the default image.
pub(crate) fn read(file: &[u8], frame: Frame) -> Result<Pixels, AvatarFlaw> {
    let broken = |_| AvatarFlaw::Broken;
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: ROOM });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(broken)?;
    let info = reader.info();
    let (width, height) = info.size();
    let orientation = info.exif_metadata.as_ref().map_or(1, |exif| exif::orientation(exif));
    let passes: &[Pass] = if info.interlaced { &INTERLACED } else { &PLAIN };
    let channels = reader.output_color_type().0.samples();
    let mut square = Square::of(width, height, frame, orientation);
    for &[left, across, top, down] in passes.iter().filter(|[left, ..]| *left < width) {
        for y in (top..height).step_by(down as usize) {
            let row = reader.next_row().map_err(broken)?.ok_or(AvatarFlaw::Broken)?;
            for (pixel, x) in row.data().chunks_exact(channels).zip((left..width).step_by(across as usize)) {
                square.add(x, y, color_of(pixel));
            }
        }
    }
    Ok(square.pixels().turned(orientation))
}
