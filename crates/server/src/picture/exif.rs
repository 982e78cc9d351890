//! The orientation of a picture, the only metadata of a file that is read.

/// The orientation in an EXIF block, 1 (upright) if it has none (EXIF 2.32, 4.6.4).
pub(crate) fn orientation(exif: &[u8]) -> u16 {
    find(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)).unwrap_or(1)
}

/// Finds tag 0x0112 in the first directory of a TIFF.
fn find(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let (high, low) = if little { (short(6)?, short(4)?) } else { (short(4)?, short(6)?) };
    let directory = usize::from(high) << 16 | usize::from(low);
    let entries = usize::from(short(directory)?);
    (0..entries)
        .map(|entry| directory + 2 + entry * 12)
        .find_map(|at| if short(at)? == 0x0112 { short(at + 8) } else { None })
}

#[cfg(test)]
mod tests {
    use super::orientation;

    const LITTLE: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    const BIG: &[u8] = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0";

    #[test]
    fn a2_which_side_is_up_is_told_in_either_order_of_bytes() {
        assert_eq!(orientation(LITTLE), 6);
        assert_eq!(orientation(&[b"Exif\0\0", LITTLE].concat()), 6);
        assert_eq!(orientation(BIG), 3);
    }

    #[test]
    fn ava_2_a_block_cut_anywhere_or_pointing_anywhere_is_upright() {
        for end in 0..19 {
            assert_eq!(orientation(&LITTLE[..end]), 1, "{end}");
        }
        let mut far = LITTLE.to_vec();
        far[4..8].fill(0xff);
        assert_eq!(orientation(&far), 1);
    }
}
