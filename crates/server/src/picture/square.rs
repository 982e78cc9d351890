//! The square in the middle of a picture, shrunk while its pixels come in, in whatever order.

use contract::avatar::Size;

/// At least so many pixels a side are kept until the last step, where there are so many.
const ENOUGH: u32 = Size::Large.pixels();

/// Collects the pixels of a picture. So many by so many of them are one cell, and only their sums are
/// kept: never more than 1023 × 1023 cells.
pub(crate) struct Square {
    left: u32,
    top: u32,
    /// Pixels on a side of a cell.
    step: u32,
    /// Cells on a side.
    side: u32,
    /// Red, green and blue of each cell, row by row. Cells have 8 × 8 pixels at most, so that sums
    /// stay below 65 536.
    sums: Vec<u16>,
}

impl Square {
    /// For a picture of this size, which has at least one pixel and at most 4096 on a side. Up to
    /// seven rows or columns at the edges belong to no whole cell and are left out.
    pub(crate) fn of(width: u32, height: u32) -> Self {
        let shorter = width.min(height);
        let step = (shorter / ENOUGH).max(1);
        let side = shorter / step;
        let (left, top) = ((width - side * step) / 2, (height - side * step) / 2);
        Self { left, top, step, side, sums: vec![0; (side * side * 3) as usize] }
    }

    /// Adds a pixel, which may lie outside.
    pub(crate) fn add(&mut self, x: u32, y: u32, color: [u8; 3]) {
        let (Some(x), Some(y)) = (x.checked_sub(self.left), y.checked_sub(self.top)) else { return };
        let (x, y) = (x / self.step, y / self.step);
        if x >= self.side || y >= self.side {
            return;
        }
        let at = ((y * self.side + x) * 3) as usize;
        for (sum, part) in self.sums[at..at + 3].iter_mut().zip(color) {
            *sum = sum.saturating_add(part.into());
        }
    }

    /// Adds all pixels of a picture that is there as a whole, so many bytes each.
    pub(crate) fn add_all(
        &mut self,
        width: u32,
        pixels: &[u8],
        channels: usize,
        color: impl Fn(&[u8]) -> [u8; 3],
    ) {
        for (row, y) in pixels.chunks_exact(width as usize * channels).zip(0..) {
            for (pixel, x) in row.chunks_exact(channels).zip(0..) {
                self.add(x, y, color(pixel));
            }
        }
    }

    /// The means of the cells.
    pub(crate) fn pixels(self) -> Pixels {
        let count = self.step * self.step;
        let mean = |sum: &u16| ((u32::from(*sum) + count / 2) / count) as u8;
        Pixels { side: self.side as usize, bytes: self.sums.iter().map(mean).collect() }
    }
}

/// The color of a pixel as a decoder gives it: gray or red, green and blue, the last byte how much of
/// it there is, if their number is even; the rest is white.
pub(crate) fn color_of(pixel: &[u8]) -> [u8; 3] {
    let on_white = |part: u8, much: u8| {
        let (part, much) = (u32::from(part), u32::from(much));
        ((part * much + 255 * (255 - much) + 127) / 255) as u8
    };
    match *pixel {
        [gray] => [gray; 3],
        [gray, much] => [on_white(gray, much); 3],
        [r, g, b] => [r, g, b],
        [r, g, b, much] => [on_white(r, much), on_white(g, much), on_white(b, much)],
        _ => [255; 3],
    }
}

/// A square picture in red, green and blue, row by row.
#[derive(Clone)]
pub(crate) struct Pixels {
    side: usize,
    bytes: Vec<u8>,
}

impl Pixels {
    /// Draws one: the color of each pixel from its column and row.
    pub(crate) fn drawn(side: usize, color: impl Fn(usize, usize) -> [u8; 3]) -> Self {
        let bytes = (0..side * side).flat_map(|at| color(at % side, at / side)).collect();
        Self { side, bytes }
    }

    /// Pixels on a side.
    pub(crate) fn side(&self) -> usize {
        self.side
    }

    /// Three bytes a pixel.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.side + x) * 3;
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2]]
    }

    /// Turned and mirrored as an EXIF orientation from 1 to 8 says; any other one is 1.
    pub(crate) fn turned(self, orientation: u16) -> Self {
        let last = self.side - 1;
        Self::drawn(self.side, |x, y| match orientation {
            2 => self.at(last - x, y),
            3 => self.at(last - x, last - y),
            4 => self.at(x, last - y),
            5 => self.at(y, x),
            6 => self.at(y, last - x),
            7 => self.at(last - y, last - x),
            8 => self.at(last - y, x),
            _ => self.at(x, y),
        })
    }

    /// Larger or smaller.
    pub(crate) fn resized(&self, side: usize) -> Self {
        if side == self.side {
            return self.clone();
        }
        let taps = taps(self.side, side);
        let across = self.narrowed(&taps, self.side, side);
        Self { side, bytes: Self { side: self.side, bytes: across }.narrowed(&taps, side, side) }
    }

    /// Each row as its taps say, and written as a column: twice, and the picture stands again.
    fn narrowed(&self, taps: &[Taps], rows: usize, side: usize) -> Vec<u8> {
        let mut bytes = vec![0; rows * side * 3];
        for row in 0..rows {
            let from = &self.bytes[row * self.side * 3..][..self.side * 3];
            for (column, (first, weights)) in taps.iter().enumerate() {
                let mut sums = [0.5_f32; 3];
                for (weight, pixel) in weights.iter().zip(from[first * 3..].chunks_exact(3)) {
                    for (sum, part) in sums.iter_mut().zip(pixel) {
                        *sum += weight * f32::from(*part);
                    }
                }
                bytes[(column * rows + row) * 3..][..3].copy_from_slice(&sums.map(|sum| sum as u8));
            }
        }
        bytes
    }
}

/// Where a new pixel looks, and with which weights.
type Taps = (usize, Vec<f32>);

/// For each of `to` pixels out of `from`: a tent as wide as the pixels on both sides of it.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f32 / to as f32;
    let reach = scale.max(1.0);
    let tent = |at: usize| {
        let middle = (at as f32 + 0.5) * scale - 0.5;
        let first = (middle - reach).ceil().max(0.0) as usize;
        let last = ((middle + reach).floor() as usize).min(from - 1);
        let weights: Vec<f32> =
            (first..=last).map(|near| (1.0 - (near as f32 - middle).abs() / reach).max(0.0)).collect();
        let sum: f32 = weights.iter().sum();
        (first, weights.into_iter().map(|weight| weight / sum).collect())
    };
    (0..to).map(tent).collect()
}

#[cfg(test)]
mod tests {
    use super::{Pixels, Square, color_of};

    #[test]
    fn a2_the_square_in_the_middle_is_kept_and_transparent_is_white() {
        // Columns 1 and 2 of four.
        let mut square = Square::of(4, 2);
        square.add_all(4, &[0, 10, 20, 30, 40, 50, 60, 70], 1, color_of);
        assert_eq!(square.pixels().bytes, [10, 10, 10, 20, 20, 20, 50, 50, 50, 60, 60, 60]);
        assert_eq!(color_of(&[9, 8, 7, 0]), [255; 3]);
        assert_eq!(color_of(&[9, 8, 7, 255]), [9, 8, 7]);
        assert_eq!(color_of(&[0, 128]), [127; 3]);
    }

    #[test]
    fn a2_the_mean_of_any_picture_stays_what_it_was() {
        for side in [1, 2, 511, 513, 1023, 1024, 4096] {
            let mut square = Square::of(side, side);
            for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
                square.add(x, y, [200, 100, 255]);
            }
            let pixels = square.pixels();
            assert!(pixels.side <= 1023 && pixels.side >= 512.min(side as usize), "{side}");
            for to in [512, 128] {
                let resized = pixels.resized(to);
                assert_eq!((resized.side, resized.bytes.len()), (to, to * to * 3));
                assert!(resized.bytes.chunks(3).all(|pixel| pixel == [200, 100, 255]), "{side} to {to}");
            }
        }
    }

    #[test]
    fn a2_a_picture_is_not_turned_by_being_resized() {
        let corner = Pixels::drawn(600, |x, y| if x < 300 && y >= 300 { [255; 3] } else { [0; 3] });
        let small = corner.resized(128);
        assert_eq!([small.at(10, 100), small.at(100, 10), small.at(10, 10)], [[255; 3], [0; 3], [0; 3]]);
    }

    #[test]
    fn a2_the_eight_orientations() {
        // 1 2
        // 3 4
        let upright = || Pixels::drawn(2, |x, y| [(1 + x + 2 * y) as u8; 3]);
        for (orientation, expected) in [
            (1, [1, 2, 3, 4]),
            (2, [2, 1, 4, 3]),
            (3, [4, 3, 2, 1]),
            (4, [3, 4, 1, 2]),
            (5, [1, 3, 2, 4]),
            (6, [3, 1, 4, 2]),
            (7, [4, 2, 3, 1]),
            (8, [2, 4, 1, 3]),
            (9, [1, 2, 3, 4]),
        ] {
            let turned = upright().turned(orientation);
            let seen: Vec<u8> = turned.bytes.chunks(3).map(|pixel| pixel[0]).collect();
            assert_eq!(seen, expected, "{orientation}");
        }
    }
}
