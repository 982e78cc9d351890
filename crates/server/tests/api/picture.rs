//! Pictures made by code, for tests to upload.

use jpeg_encoder::{ColorType, Encoder};

/// Soft in both directions and different everywhere.
fn color(x: u32, y: u32, side: u32) -> [u8; 3] {
    [(x * 255 / side) as u8, (y * 255 / side) as u8, ((x + y) * 127 / side) as u8]
}

fn pixels(side: u32) -> Vec<u8> {
    (0..side * side).flat_map(|at| color(at % side, at / side, side)).collect()
}

/// A JPEG; with metadata if there is some.
pub(crate) fn jpeg(side: u16, exif: Option<&[u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 80);
    if let Some(exif) = exif {
        encoder.add_exif_metadata(exif).expect("it fits");
    }
    encoder.encode(&pixels(side.into()), side, side, ColorType::Rgb).expect("a JPEG");
    file
}

/// A progressive JPEG.
pub(crate) fn progressive(side: u16) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 80);
    encoder.set_progressive(true);
    encoder.encode(&pixels(side.into()), side, side, ColorType::Rgb).expect("a JPEG");
    file
}

/// A PNG of one kind of pixel, row by row.
pub(crate) fn png(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let row = width as usize * color.samples() * if depth == png::BitDepth::Sixteen { 2 } else { 1 };
    let mut writer = encoder.write_header().expect("a head");
    let mut stream = writer.stream_writer().expect("a stream");
    for y in 0..height {
        let line = vec![(y / 16) as u8; row];
        std::io::Write::write_all(&mut stream, &line).expect("a row");
    }
    stream.finish().expect("all rows");
    drop(writer);
    file
}

/// A small picture in color.
pub(crate) fn small() -> Vec<u8> {
    png(40, 30, png::ColorType::Rgb, png::BitDepth::Eight)
}

/// A lossless WebP.
pub(crate) fn webp(side: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let encoder = image_webp::WebPEncoder::new(&mut file);
    let flat: Vec<u8> = (0..side * side).flat_map(|_| [200, 100, 50]).collect();
    encoder.encode(&flat, side, side, image_webp::ColorType::Rgb8).expect("a WebP");
    file
}

/// Width, height and pixels of a JPEG.
pub(crate) fn looked_at(file: &[u8]) -> (u16, u16, Vec<u8>) {
    let mut decoder = jpeg_decoder::Decoder::new(file);
    let pixels = decoder.decode().expect("a JPEG");
    let info = decoder.info().expect("decoded");
    assert_eq!((decoder.exif_data(), decoder.icc_profile()), (None, None), "no metadata");
    (info.width, info.height, pixels)
}
