//! JPEG, shrunk to an eighth, a fourth or a half while it is decoded.

use super::square::{Pixels, Square, color_of};
use super::{exif, fits};
use contract::avatar::Size;
use contract::refusal::AvatarFlaw;
use jpeg_decoder::{CodingProcess, Decoder, PixelFormat};

/// A picture is sent in about ten passes; each further one costs time and nothing else.
const PASSES: usize = 64;

/// Reads the picture.
pub(crate) fn read(file: &[u8]) -> Result<Pixels, AvatarFlaw> {
    let broken = |_| AvatarFlaw::Broken;
    if file.windows(2).filter(|marker| *marker == b"\xff\xda").count() > PASSES {
        return Err(AvatarFlaw::Broken);
    }
    let mut decoder = Decoder::new(file);
    decoder.read_info().map_err(broken)?;
    let info = decoder.info().ok_or(AvatarFlaw::Broken)?;
    let channels: usize = match info.pixel_format {
        PixelFormat::L8 => 1,
        PixelFormat::RGB24 => 3,
        PixelFormat::CMYK32 => 4,
        PixelFormat::L16 => return Err(AvatarFlaw::Format),
    };
    // Of all pixels, until the last pass has come: two bytes each in every channel, and the first
    // channel once more while it is put together.
    let all = u64::from(info.width) * u64::from(info.height);
    let kept = match info.coding_process {
        CodingProcess::DctSequential => 0,
        CodingProcess::DctProgressive => all * 2 * (channels as u64 + 1),
        CodingProcess::Lossless => return Err(AvatarFlaw::Format),
    };
    let enough = Size::Large.pixels() as u16;
    let (width, height) = decoder.scale(enough, enough).map_err(broken)?;
    let (width, height) = (u32::from(width), u32::from(height));
    // Of the shrunk ones: each channel by itself, and all together.
    fits(kept + u64::from(width) * u64::from(height) * 2 * channels as u64)?;
    let pixels = decoder.decode().map_err(broken)?;
    let mut square = Square::of(width, height);
    square.add_all(width, &pixels, channels, if channels == 4 { ink } else { color_of });
    drop(pixels);
    Ok(square.pixels().turned(decoder.exif_data().map_or(1, exif::orientation)))
}

/// The color of cyan, magenta, yellow and black ink on white.
fn ink(pixel: &[u8]) -> [u8; 3] {
    let left = |ink: u8| u32::from(255 - ink);
    match *pixel {
        [cyan, magenta, yellow, black] => {
            [cyan, magenta, yellow].map(|ink| (left(ink) * left(black) / 255) as u8)
        }
        _ => [255; 3],
    }
}
