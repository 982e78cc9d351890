//! JPEG, scaled to an eighth, a quarter or a half while it is decoded.

use super::square::{Pixels, Square, color_of};
use super::{exif, fits};
use contract::avatar::{Frame, Size};
use contract::refusal::AvatarFlaw;
use jpeg_decoder::{CodingProcess, Decoder, PixelFormat};

/// Most passes of a file; pictures have about ten, and further ones only cost time.
const PASSES: usize = 64;

/// Reads the picture.
pub(crate) fn read(file: &[u8], frame: Frame) -> Result<Pixels, AvatarFlaw> {
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
    // Memory for all pixels until the last pass has arrived: two bytes per channel, and the first channel
    // once more while it is assembled.
    let all = u64::from(info.width) * u64::from(info.height);
    let kept = match info.coding_process {
        CodingProcess::DctSequential => 0,
        CodingProcess::DctProgressive => all * 2 * (channels as u64 + 1),
        CodingProcess::Lossless => return Err(AvatarFlaw::Format),
    };
    // Pixels on the shorter side that the frame needs; fewer if the memory does not suffice.
    let enough = u64::from(Size::Large.pixels()) * u64::from(Frame::SHORTER);
    let mut enough = enough.div_ceil(frame.side.max(1).into()).min(u16::MAX.into()) as u16;
    let (width, height) = loop {
        let (least, any) = (enough, u16::MAX);
        let (across, down) = if info.width < info.height { (least, any) } else { (any, least) };
        let (width, height) = decoder.scale(across, down).map_err(broken)?;
        let (width, height) = (u32::from(width), u32::from(height));
        // Memory for the scaled pixels: each channel by itself, and all together.
        match fits(kept + u64::from(width) * u64::from(height) * 2 * channels as u64) {
            Ok(()) => break (width, height),
            Err(why) if enough <= 1 => return Err(why),
            Err(_) => enough /= 2,
        }
    };
    let pixels = decoder.decode().map_err(broken)?;
    let orientation = decoder.exif_data().map_or(1, exif::orientation);
    let mut square = Square::of(width, height, frame, orientation);
    square.add_all(width, &pixels, channels, if channels == 4 { ink } else { color_of });
    drop(pixels);
    Ok(square.pixels().turned(orientation))
}

/// The color of a CMYK pixel on white.
fn ink(pixel: &[u8]) -> [u8; 3] {
    let left = |ink: u8| u32::from(255 - ink);
    match *pixel {
        [cyan, magenta, yellow, black] => {
            [cyan, magenta, yellow].map(|ink| (left(ink) * left(black) / 255) as u8)
        }
        _ => [255; 3],
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use contract::avatar::Frame;
    use jpeg_encoder::{ColorType, Encoder};

    #[test]
    fn b21_kept_pixels_follow_the_frame_and_the_memory_limit() {
        let gray = |width: u16, height: u16| {
            let mut file = Vec::new();
            let pixels = vec![90; usize::from(width) * usize::from(height)];
            Encoder::new(&mut file, 50).encode(&pixels, width, height, ColorType::Luma).expect("a JPEG");
            file
        };
        let [large, wide, high] = [(4096, 4096), (4096, 1023), (1023, 4096)].map(|(w, h)| gray(w, h));
        for (file, side, expected) in [
            (&large, Frame::SHORTER, 512),
            (&large, Frame::SHORTER / 2, 512),
            // All of its pixels would be 512 on a side, and take 32 MiB.
            (&large, Frame::SHORTER / 8, 256),
            (&large, 1, 1),
            (&large, 0, 1),
            (&wide, Frame::SHORTER, 512),
            (&high, Frame::SHORTER, 512),
            (&high, Frame::SHORTER / 2, 512),
            // The whole picture, on white.
            (&wide, 4 * Frame::SHORTER, 512),
            (&wide, u32::MAX, 512),
        ] {
            let pixels = read(file, Frame { side, ..Frame::MIDDLE }).expect("a picture");
            assert_eq!(pixels.side(), expected, "{side}");
        }
    }
}
