//! The picture of an account (A1, A2).
//!
//! It is changed in two steps: a file is uploaded ([`UPLOAD`]) and shown to nobody but its owner,
//! then [`SetAvatar`] replaces the current picture by it. An upload that is not set within ten
//! minutes is deleted, and so is all but the latest three of an account.

use crate::endpoint::{Endpoint, Method};
use crate::limits::{PICTURE_MEGABYTES, PICTURE_SIDE};
use crate::me::Me;
use crate::refusal::{AvatarFlaw, Refusal};
use json::FromJson;
use serde::{Deserialize, Serialize};

/// The most bytes a file may have (A2).
pub const HEAVIEST: usize = PICTURE_MEGABYTES * 1024 * 1024;

/// Where a file is uploaded by `POST`; the body is the file itself and the answer [`Uploaded`]. The
/// address may say what is cut out of it, see [`Frame::address`].
pub const UPLOAD: &str = "/api/v1/avatar/uploads";

/// The square that the server cuts out of a file (B21). Some browsers put noise into whatever is read
/// back from a canvas, so there the file goes as it is, and this beside it.
///
/// Lengths are in millionths of the shorter side of the picture, so they hold for any number of pixels.
/// They are those of the picture upright, as its maker says which side is up, and before the person
/// turned it. What lies outside of the picture is white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// How far the middle of the frame is to the right of the middle of the picture.
    pub x: i32,
    /// How far it is below.
    pub y: i32,
    /// The side of the frame: [`Self::SHORTER`] is the largest that the picture can fill.
    pub side: u32,
    /// Quarter turns clockwise of what was cut, up to 3.
    pub turns: u8,
}

impl Frame {
    /// What its address carries behind the `?`, by name: all of it or nothing.
    pub const QUERY: [&'static str; 4] = ["x", "y", "side", "turns"];

    /// The shorter side of any picture.
    pub const SHORTER: u32 = 1_000_000;
    /// The longest side of a frame: around the whole of a picture that is one pixel high.
    pub const WIDEST: u32 = PICTURE_SIDE * Self::SHORTER;
    /// The farthest that its middle may be to a side: at the edge of such a picture.
    pub const FARTHEST: u32 = Self::WIDEST / 2;

    /// The largest square from the middle, which is cut where an address says nothing.
    pub const MIDDLE: Self = Self { x: 0, y: 0, side: Self::SHORTER, turns: 0 };

    /// Where a file is uploaded of which this is cut.
    #[must_use]
    pub fn address(self) -> String {
        let Self { x, y, side, turns } = self;
        // As numbers of one kind: one way to print them in the wasm.
        let numbers = [i64::from(x), i64::from(y), i64::from(side), i64::from(turns)];
        let [x, y, side, turns] = numbers.map(|number| number.to_string());
        [UPLOAD, "?x=", &x, "&y=", &y, "&side=", &side, "&turns=", &turns].concat()
    }

    /// Reads what stands in an address under [`Self::QUERY`]; nothing where none of it is there.
    ///
    /// # Errors
    /// Something is missing, is no number or is beyond what any picture needs.
    pub fn read(values: [Option<String>; 4]) -> Result<Option<Self>, Refusal> {
        let [x, y, side, turns] = match values {
            [None, None, None, None] => return Ok(None),
            [Some(x), Some(y), Some(side), Some(turns)] => [x, y, side, turns],
            _ => return Err(Refusal::BadRequest),
        };
        let near = |text: &str| text.parse().ok().filter(|far: &i32| far.unsigned_abs() <= Self::FARTHEST);
        let read = || {
            let side = side.parse().ok().filter(|side| (1..=Self::WIDEST).contains(side))?;
            let turns = turns.parse().ok().filter(|turns| *turns <= 3)?;
            Some(Self { x: near(&x)?, y: near(&y)?, side, turns })
        };
        read().map(Some).ok_or(Refusal::BadRequest)
    }
}

/// A file that was understood and waits to be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Uploaded {
    /// Names the picture, see [`address`].
    pub picture: String,
}

/// Puts an uploaded picture in the place of the one before. Sent again it changes nothing more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetAvatar {
    /// [`Uploaded::picture`].
    pub picture: String,
}

impl Endpoint for SetAvatar {
    type Reply = Me;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/avatar";
}

/// Takes the picture away. Sent again it changes nothing more.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RemoveAvatar {}

impl Endpoint for RemoveAvatar {
    type Reply = Me;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/avatar/remove";
}

/// What an account has for a picture, and whether it may have another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Avatar {
    /// Names it, see [`address`]; absent where [`Me::initial`](crate::me::Me::initial) stands in.
    pub picture: Option<String>,
    /// Why it cannot be changed (A1, G6); absent when it can.
    pub closed: Option<Refusal>,
}

/// The two sizes a picture is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 128 × 128 pixels.
    Small,
    /// 512 × 512 pixels.
    Large,
}

impl Size {
    /// Pixels on a side.
    #[must_use]
    pub const fn pixels(self) -> u32 {
        match self {
            Self::Small => 128,
            Self::Large => 512,
        }
    }
}

/// Where a picture is, for an `<img>` of its owner or of a member of the same organization.
#[must_use]
pub fn address(picture: &str, size: Size) -> String {
    ["/avatars/", picture, "/", if size == Size::Small { "128" } else { "512" }, ".jpg"].concat()
}

/// What a picture may be written in (A2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
}

/// Looks at the head of a file, whatever it is called, before anything of it is decoded (AVA-2,
/// AVA-4); both sides ask it.
///
/// # Errors
/// The file is too heavy, is nothing we read, or says that it is larger than anybody needs.
pub fn inspect(file: &[u8]) -> Result<Format, AvatarFlaw> {
    if file.len() > HEAVIEST {
        return Err(AvatarFlaw::Heavy);
    }
    let (format, size) = if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        (Format::Png, png(file))
    } else if file.starts_with(b"\xff\xd8\xff") {
        (Format::Jpeg, jpeg(file))
    } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
        (Format::Webp, webp(file))
    } else {
        return Err(AvatarFlaw::Format);
    };
    match size {
        None | Some((0, _) | (_, 0)) => Err(AvatarFlaw::Broken),
        Some((width, height)) if width > PICTURE_SIDE || height > PICTURE_SIDE => Err(AvatarFlaw::Large),
        Some(_) => Ok(format),
    }
}

/// Width and height of a PNG: its first chunk is `IHDR` (W3C PNG 11.2.1).
fn png(file: &[u8]) -> Option<(u32, u32)> {
    let side = |at| Some(u32::from_be_bytes(file.get(at..at + 4)?.try_into().ok()?));
    if file.get(12..16)? == b"IHDR" { Some((side(16)?, side(20)?)) } else { None }
}

/// Width and height of a JPEG: of its frame header, the first `SOF` segment (ITU-T T.81 B.2.2).
fn jpeg(file: &[u8]) -> Option<(u32, u32)> {
    let short = |at| Some(u16::from_be_bytes(file.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2;
    loop {
        if *file.get(at)? != 0xff {
            return None;
        }
        match *file.get(at + 1)? {
            // Fill bytes before a marker.
            0xff => at += 1,
            // Not tables, arithmetic conditioning or the JPEG extension, which have these numbers.
            0xc0..=0xcf if !matches!(file[at + 1], 0xc4 | 0xc8 | 0xcc) => {
                return Some((short(at + 7)?.into(), short(at + 5)?.into()));
            }
            // Without a length.
            0x01 | 0xd0..=0xd7 => at += 2,
            // The picture begins or ends before its size was read.
            0xd8..=0xda => return None,
            _ => at += 2 + usize::from(short(at + 2)?.max(2)),
        }
    }
}

/// Width and height of a WebP: of the canvas, or of the one frame there is (RFC 9649, 2.5 to 2.7).
fn webp(file: &[u8]) -> Option<(u32, u32)> {
    let byte = |at| Some(u32::from(*file.get(at)?));
    match file.get(12..16)? {
        b"VP8X" => {
            let side = |at| Some((byte(at)? | byte(at + 1)? << 8 | byte(at + 2)? << 16) + 1);
            Some((side(24)?, side(27)?))
        }
        b"VP8L" if byte(20)? == 0x2f => {
            let bits = byte(21)? | byte(22)? << 8 | byte(23)? << 16 | byte(24)? << 24;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " if file.get(23..26)? == b"\x9d\x01\x2a" => {
            let side = |at| Some((byte(at)? | byte(at + 1)? << 8) & 0x3fff);
            Some((side(26)?, side(28)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes()].concat()
    }

    fn jpeg(marker: u8, width: u16, height: u16) -> Vec<u8> {
        let frame = [0xff, marker, 0, 17, 8];
        // A comment, fill bytes and a table come first.
        let before = b"\xff\xd8\xff\xfe\0\x04hi\xff\xff\xff\xc4\0\x02";
        [before.as_slice(), &frame, &height.to_be_bytes(), &width.to_be_bytes()].concat()
    }

    fn webp(chunk: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        [b"RIFF\0\0\0\0WEBP".as_slice(), chunk, &[0; 4], payload].concat()
    }

    #[test]
    fn a2_a_file_is_what_its_first_bytes_say() {
        let table = [
            (png(4096, 1), Ok(Format::Png)),
            (png(4097, 1), Err(AvatarFlaw::Large)),
            (png(1, 4097), Err(AvatarFlaw::Large)),
            (png(10_000, 10_000), Err(AvatarFlaw::Large)),
            (png(0, 1), Err(AvatarFlaw::Broken)),
            (png(1, 1)[..20].to_vec(), Err(AvatarFlaw::Broken)),
            (jpeg(0xc0, 4096, 4096), Ok(Format::Jpeg)),
            (jpeg(0xc2, 4096, 1), Ok(Format::Jpeg)),
            (jpeg(0xc0, 4097, 1), Err(AvatarFlaw::Large)),
            (jpeg(0xc2, 1, 4097), Err(AvatarFlaw::Large)),
            (jpeg(0xd9, 1, 1), Err(AvatarFlaw::Broken)),
            (b"\xff\xd8\xff\xe0\0\0".to_vec(), Err(AvatarFlaw::Broken)),
            (b"\xff\xd8\xff".to_vec(), Err(AvatarFlaw::Broken)),
            (webp(b"VP8X", &[0, 0, 0, 0, 0xff, 0x0f, 0, 1, 0, 0]), Ok(Format::Webp)),
            (webp(b"VP8X", &[0, 0, 0, 0, 0, 0x10, 0, 1, 0, 0]), Err(AvatarFlaw::Large)),
            // 4096 and 2 pixels, less one each: 0xfff | 1 << 14.
            (webp(b"VP8L", &[0x2f, 0xff, 0x4f, 0, 0]), Ok(Format::Webp)),
            (webp(b"VP8L", &[0x2f, 0xff, 0x7f, 0, 0]), Err(AvatarFlaw::Large)),
            (webp(b"VP8L", &[0x2e, 0, 0, 0, 0]), Err(AvatarFlaw::Broken)),
            (webp(b"VP8 ", &[0, 0, 0, 0x9d, 1, 0x2a, 0, 0x10, 1, 0]), Ok(Format::Webp)),
            (webp(b"VP8 ", &[0, 0, 0, 0x9d, 1, 0x2a, 1, 0, 1, 0x10]), Err(AvatarFlaw::Large)),
            (webp(b"ALPH", &[]), Err(AvatarFlaw::Broken)),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), Err(AvatarFlaw::Format)),
            (b"\0\0\0\x18ftypheic".to_vec(), Err(AvatarFlaw::Format)),
            (b"GIF89a".to_vec(), Err(AvatarFlaw::Format)),
            (Vec::new(), Err(AvatarFlaw::Format)),
            (vec![0; HEAVIEST + 1], Err(AvatarFlaw::Heavy)),
        ];
        for (file, expected) in table {
            assert_eq!(inspect(&file), expected, "{:?}", &file[..file.len().min(40)]);
        }
    }

    #[test]
    fn b21_a_frame_travels_in_an_address_and_comes_back() {
        let (far, wide) = (Frame::FARTHEST as i32, Frame::WIDEST);
        for frame in [
            Frame::MIDDLE,
            Frame { x: -1, y: 2, side: 125_000, turns: 3 },
            Frame { x: far, y: -far, side: wide, turns: 1 },
            Frame { x: 0, y: 0, side: 1, turns: 2 },
        ] {
            let address = frame.address();
            let (path, query) = address.split_once('?').expect("a query");
            assert_eq!(path, UPLOAD);
            let pairs: Vec<_> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
            let values = Frame::QUERY
                .map(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.to_owned()));
            assert_eq!((pairs.len(), Frame::read(values)), (4, Ok(Some(frame))));
        }
    }

    #[test]
    fn b21_partial_malformed_and_oversized_frames_are_refused() {
        let read = |values: [&str; 4]| {
            Frame::read(values.map(|value| if value == "-" { None } else { Some(value.to_owned()) }))
        };
        assert_eq!(read(["-", "-", "-", "-"]), Ok(None));
        assert_eq!(read(["0", "0", "1000000", "0"]), Ok(Some(Frame::MIDDLE)));
        for bad in [
            ["-", "0", "1", "0"],
            ["0", "0", "1", "-"],
            ["-", "-", "-", "0"],
            ["", "0", "1", "0"],
            ["0", "0.5", "1", "0"],
            ["NaN", "0", "1", "0"],
            ["0", "1e3", "1", "0"],
            ["0", "0", "0", "0"],
            ["0", "0", "-1", "0"],
            ["0", "0", "4096000001", "0"],
            ["0", "0", "99999999999999999999", "0"],
            ["2048000001", "0", "1", "0"],
            ["0", "-2048000001", "1", "0"],
            ["-2147483648", "0", "1", "0"],
            ["0", "0", "1", "4"],
            ["0", "0", "1", "-1"],
            ["0", "0", "1", "256"],
        ] {
            assert_eq!(read(bad), Err(Refusal::BadRequest), "{bad:?}");
        }
    }

    #[test]
    fn ava_2_a_head_cut_anywhere_is_no_picture() {
        for whole in [
            png(1, 1),
            jpeg(0xc0, 1, 1),
            webp(b"VP8X", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            webp(b"VP8L", &[0x2f, 0, 0, 0, 0]),
            webp(b"VP8 ", &[0, 0, 0, 0x9d, 1, 0x2a, 1, 0, 1, 0]),
        ] {
            assert!(inspect(&whole).is_ok());
            for end in 0..whole.len() {
                assert!(inspect(&whole[..end]).is_err(), "{end} of {whole:?}");
            }
        }
    }
}
