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
    jpeg_of(side, side, exif)
}

/// The same, not square.
pub(crate) fn jpeg_of(width: u16, height: u16, exif: Option<&[u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 80);
    if let Some(exif) = exif {
        encoder.add_exif_metadata(exif).expect("it fits");
    }
    let square = pixels(width.into());
    let whole = &square[..usize::from(width) * usize::from(height) * 3];
    encoder.encode(whole, width, height, ColorType::Rgb).expect("a JPEG");
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

/// An interlaced PNG of red to the left and blue to the right, not packed; at most 130 pixels a side.
pub(crate) fn interlaced(width: u32, height: u32) -> Vec<u8> {
    let passes =
        [[0, 8, 0, 8], [4, 8, 0, 8], [0, 4, 4, 8], [2, 4, 0, 4], [0, 2, 2, 4], [1, 2, 0, 2], [0, 1, 1, 2]];
    let mut rows = Vec::new();
    for [left, across, top, down] in passes {
        for _ in (top..height).step_by(down as usize).filter(|_| left < width) {
            rows.push(0);
            rows.extend(
                (left..width)
                    .step_by(across as usize)
                    .flat_map(|x| if x < width / 2 { [255, 0, 0] } else { [0, 0, 255] }),
            );
        }
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in &rows {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let length = u16::try_from(rows.len()).expect("one block");
    let packed = [
        b"\x78\x01\x01".as_slice(),
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        &rows,
        &(high << 16 | low).to_be_bytes(),
    ];
    let head = [&width.to_be_bytes(), &height.to_be_bytes(), b"\x08\x02\0\0\x01".as_slice()];
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, payload) in [(b"IHDR", head.concat()), (b"IDAT", packed.concat()), (b"IEND", Vec::new())] {
        let chunk = [name.as_slice(), &payload].concat();
        file.extend((payload.len() as u32).to_be_bytes());
        file.extend(&chunk);
        file.extend(sum(&chunk).to_be_bytes());
    }
    file
}

/// What guards a chunk of a PNG: CRC-32.
pub(crate) fn sum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| {
                if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 }
            },
        )
    })
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

/// A lossless WebP of one pixel that brings as many code tables as fit into so many bytes, as large
/// ones as there are, and no pixel.
pub(crate) fn webp_of_tables(weight: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    // One by one pixel, no alpha, version 0; no transform, no color cache, tables of 4 x 4 pixels.
    for (value, count) in [(0, 14), (0, 14), (0, 1), (0, 3), (0, 1), (0, 1), (1, 1), (0, 3)] {
        bits.put(value, count);
    }
    // Which tables: a picture of its own, whose one pixel says 65 535 in red and green. No color
    // cache, then five codes of one symbol each.
    bits.put(0, 1);
    for symbol in [255, 255, 0, 0, 0] {
        bits.put(1, 1);
        bits.put(0, 1);
        bits.put(1, 1);
        bits.put(symbol, 8);
    }
    while bits.bytes.len() + 100 < weight {
        bits.put_code();
    }
    riff(&chunk(b"VP8L", &bits.bytes))
}

/// Bits, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().expect("just pushed");
            *last |= ((value >> bit & 1) as u8) << (self.used % 8);
            self.used += 1;
        }
    }

    /// A code whose lengths are 1 to 9, 10 and 10: a table of 1024 entries out of a hundred bits.
    fn put_code(&mut self) {
        // Not a simple one; the lengths of fourteen lengths come, in the order of RFC 9649, 3.7.2.1.2:
        // none for 17, 18, 0 and 16, four bits for 1 to 4, three for 5 to 10.
        self.put(0, 1);
        self.put(14 - 4, 4);
        for length in [0, 0, 0, 4, 4, 4, 4, 3, 0, 3, 3, 3, 3, 3] {
            self.put(length, 3);
        }
        // Eleven symbols have a length: two bits of numbers of bits (2 + 2 * 1), then 11 less 2.
        self.put(1, 1);
        self.put(1, 3);
        self.put(11 - 2, 4);
        // The canonical code of lengths 5 to 10 is 000 to 101, that of 1 to 4 is 1100 to 1111, each
        // written from its highest bit.
        let three = |code: u32| code.reverse_bits() >> 29;
        let four = |code: u32| code.reverse_bits() >> 28;
        for length in 1..=4 {
            self.put(four(0b1100 + length - 1), 4);
        }
        for length in 5..=10 {
            self.put(three(length - 5), 3);
        }
        self.put(three(5), 3);
    }
}

/// The same tables beside frames of nothing, by which a decoder takes the picture for a lossy one.
pub(crate) fn webp_of_hidden_tables(weight: usize) -> Vec<u8> {
    let tables = webp_of_tables(weight);
    let head = chunk(b"VP8X", &[0; 10]);
    let frame = chunk(b"ANMF", &[&[0; 16][..], &chunk(b"ALPH", &[0]), &chunk(b"ALPH", &[0])].concat());
    riff(&[&head, &tables[12..], &frame].concat())
}

/// A canvas of one pixel, and on it a picture that says it is as large as none may be.
pub(crate) fn webp_larger_inside() -> Vec<u8> {
    let mut picture = LOSSY.to_vec();
    picture[6..10].copy_from_slice(&[0xf8, 0x2a, 0xf8, 0x2a]);
    riff(&[chunk(b"VP8X", &[0; 10]), chunk(b"VP8 ", &picture)].concat())
}

/// A lossy WebP of one pixel.
pub(crate) fn webp_lossy() -> Vec<u8> {
    riff(&chunk(b"VP8 ", LOSSY))
}

/// An animated WebP of two such frames.
pub(crate) fn webp_animated() -> Vec<u8> {
    let head = chunk(b"VP8X", &[2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let animation = chunk(b"ANIM", &[255, 255, 255, 255, 0, 0]);
    let place = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0];
    let frame = chunk(b"ANMF", &[place.as_slice(), &chunk(b"VP8 ", LOSSY)].concat());
    riff(&[head, animation, frame.clone(), frame].concat())
}

/// The least picture there is: a frame of RFC 6386 in which everything is predicted.
const LOSSY: &[u8] = b"\x30\x01\0\x9d\x01\x2a\x01\0\x01\0\x0e\xc0\xfe\x25\xa4\0\x03\x70\0\0\0\0";

fn chunk(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let padding = &[0][..payload.len() % 2];
    [name.as_slice(), &(payload.len() as u32).to_le_bytes(), payload, padding].concat()
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    [b"RIFF".as_slice(), &(4 + chunks.len() as u32).to_le_bytes(), b"WEBP", chunks].concat()
}
