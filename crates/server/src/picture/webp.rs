//! WebP, decoded as a whole.
//!
//! The decoder trusts several fields of a file, and processes large parts and code tables before it compares
//! these. So it never gets the file itself: the wanted picture is copied to a new file, in which all fields
//! agree.

use super::square::{Pixels, Square, color_of};
use super::{exif, fits};
use contract::avatar::{self, Frame};
use contract::refusal::AvatarFlaw;
use image_webp::WebPDecoder;
use std::io::Cursor;

/// Most bytes of memory per byte of a lossless part. It may have 65,536 groups of five code tables; a table
/// takes 4 KiB, is written in less than twelve bytes, and is made by the decoder even if unused (RFC 9649,
/// 3.7.2).
const TABLES: u64 = 360;

/// The parts of a file that are used.
#[derive(Clone, Copy, Default)]
struct Parts<'f> {
    /// The alpha channel of a lossy picture.
    alpha: Option<&'f [u8]>,
    picture: Option<Picture<'f>>,
    exif: Option<&'f [u8]>,
}

#[derive(Clone, Copy)]
enum Picture<'f> {
    Lossy(&'f [u8]),
    Lossless(&'f [u8]),
}

/// Reads the picture; of an animated one, the first.
pub(crate) fn read(file: &[u8], frame: Frame) -> Result<Pixels, AvatarFlaw> {
    let parts = Parts::of(file.get(12..).unwrap_or_default(), false).ok_or(AvatarFlaw::Broken)?;
    let (file, tables) = parts.alone().ok_or(AvatarFlaw::Broken)?;
    // Checks the size that the picture itself declares.
    avatar::inspect(&file)?;
    let broken = |_| AvatarFlaw::Broken;
    let mut decoder = WebPDecoder::new(Cursor::new(file.as_slice())).map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let alpha = decoder.has_alpha();
    // Peak memory in bytes for two pixels: the output, the planes of a lossy picture or the whole of a
    // lossless one, and the alpha channel.
    let takes = match (decoder.is_lossy(), alpha) {
        (true, true) => 21,
        (true, false) => 9,
        (false, true) => 8,
        (false, false) => 14,
    };
    fits(u64::from(width) * u64::from(height) * takes / 2 + tables * TABLES)?;
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or(AvatarFlaw::Large)?];
    decoder.read_image(&mut pixels).map_err(broken)?;
    let orientation = parts.exif.map_or(1, exif::orientation);
    let mut square = Square::of(width, height, frame, orientation);
    square.add_all(width, &pixels, if alpha { 4 } else { 3 }, color_of);
    drop(pixels);
    Ok(square.pixels().turned(orientation))
}

impl<'f> Parts<'f> {
    /// The first chunk of each kind in a file, or in a frame (RFC 9649, 2.3 and 2.7); none if a chunk is cut
    /// off.
    fn of(mut chunks: &'f [u8], is_frame: bool) -> Option<Self> {
        let mut parts = Self::default();
        while let Some((name, rest)) = chunks.split_first_chunk::<4>() {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let payload = rest.get(..length)?;
            match name {
                b"VP8 " => parts.picture = parts.picture.or(Some(Picture::Lossy(payload))),
                b"VP8L" => parts.picture = parts.picture.or(Some(Picture::Lossless(payload))),
                // It precedes its picture.
                b"ALPH" if parts.picture.is_none() => parts.alpha = parts.alpha.or(Some(payload)),
                b"EXIF" => parts.exif = parts.exif.or(Some(payload)),
                b"ANMF" if !is_frame && parts.picture.is_none() => {
                    let Self { alpha, picture, .. } = Self::of(payload.get(16..)?, true)?;
                    parts = Self { alpha, picture, ..parts };
                }
                _ => {}
            }
            // The padding of the last chunk may be missing.
            chunks = rest.get(length + length % 2..).unwrap_or_default();
        }
        Some(parts)
    }

    /// A file of the picture alone, and how many of its bytes may contain code tables.
    fn alone(&self) -> Option<(Vec<u8>, u64)> {
        let (chunks, tables) = match (self.picture?, self.alpha) {
            (Picture::Lossless(picture), _) => (chunk(b"VP8L", picture), picture.len()),
            (Picture::Lossy(picture), None) => (chunk(b"VP8 ", picture), 0),
            (Picture::Lossy(picture), Some(alpha)) => {
                // The canvas: the flag for alpha, and the sides less one.
                let side = |at: usize| {
                    let side = u16::from_le_bytes(picture.get(at..at + 2)?.try_into().ok()?) & 0x3fff;
                    Some(u32::from(side.checked_sub(1)?).to_le_bytes())
                };
                let ([w0, w1, w2, _], [h0, h1, h2, _]) = (side(6)?, side(8)?);
                let canvas = [0x10, 0, 0, 0, w0, w1, w2, h0, h1, h2];
                let chunks = [chunk(b"VP8X", &canvas), chunk(b"ALPH", alpha), chunk(b"VP8 ", picture)];
                (chunks.concat(), alpha.len())
            }
        };
        let length = u32::try_from(chunks.len() + 4).ok()?.to_le_bytes();
        Some(([b"RIFF".as_slice(), &length, b"WEBP", &chunks].concat(), tables as u64))
    }
}

fn chunk(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    [name.as_slice(), &length, payload, &[0][..payload.len() % 2]].concat()
}
