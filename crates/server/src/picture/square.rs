//! A square crop of a picture, scaled down while its pixels arrive in any order.

use contract::avatar::{Frame, Size};

/// Pixels on a side that are kept at least until the last step, if the picture has as many.
const ENOUGH: u32 = Size::Large.pixels();

/// Collects the pixels of a picture that lie in a frame. `step` × `step` pixels are one cell, and only their
/// sums are kept, for at most 1023 × 1023 cells.
pub(crate) struct Square {
    /// Position of the picture's first column and row in the frame, in pixels; usually negative.
    left: i32,
    top: i32,
    /// Pixels on a side of a cell.
    step: u32,
    /// Cells on a side.
    side: u32,
    /// Each cell's summed difference from white in red, green and blue, row by row; without pixels it stays
    /// white. A cell has at most 16 × 16 pixels, so sums stay below 65,536.
    sums: Vec<u16>,
}

impl Square {
    /// For a picture of 1 to 4096 pixels on a side that is stored in an EXIF orientation. The frame is
    /// limited to at least one pixel and at most twice the longer side. Pixels at its edges that form no
    /// whole cell are left out: less than a 512th of the frame.
    pub(crate) fn of(width: u32, height: u32, frame: Frame, orientation: u16) -> Self {
        const ONE: i64 = Frame::SHORTER as i64;
        let [width, height] = [width, height].map(i64::from);
        let (shorter, longer) = (width.min(height), width.max(height));
        let wide = (i64::from(frame.side) * shorter + ONE / 2) / ONE;
        let wide = wide.clamp(1, 2 * longer) as u32;
        let step = (wide / ENOUGH).max(1);
        let side = wide / step;
        let kept = i64::from(side * step);
        // The whole pixel nearest to the beginning of the kept ones; of two, the first. Computed with doubled
        // values, because a middle may lie between two pixels.
        let begins = |pixels: i64, middle: i64| {
            let twice = pixels * ONE + 2 * middle * shorter - kept * ONE;
            (twice + ONE - 1).div_euclid(2 * ONE) as i32
        };
        let [x, y] = turned_back([frame.x.into(), frame.y.into()], orientation);
        let (left, top) = (-begins(width, x), -begins(height, y));
        Self { left, top, step, side, sums: vec![0; (side * side * 3) as usize] }
    }

    /// Adds a pixel; one outside the frame is ignored.
    pub(crate) fn add(&mut self, x: u32, y: u32, color: [u8; 3]) {
        let (Some(x), Some(y)) = (x.checked_add_signed(self.left), y.checked_add_signed(self.top)) else {
            return;
        };
        let (x, y) = (x / self.step, y / self.step);
        if x >= self.side || y >= self.side {
            return;
        }
        let at = ((y * self.side + x) * 3) as usize;
        for (sum, part) in self.sums[at..at + 3].iter_mut().zip(color) {
            *sum = sum.saturating_add((255 - part).into());
        }
    }

    /// Adds all pixels of a complete picture, `channels` bytes each.
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

    /// The mean of each cell.
    pub(crate) fn pixels(self) -> Pixels {
        let count = self.step * self.step;
        let mean = |sum: &u16| 255 - ((u32::from(*sum) + (count - 1) / 2) / count) as u8;
        Pixels { side: self.side as usize, bytes: self.sums.iter().map(mean).collect() }
    }
}

/// Converts a distance in the upright picture to the stored one, see [`Pixels::turned`].
fn turned_back([x, y]: [i64; 2], orientation: u16) -> [i64; 2] {
    match orientation {
        2 => [-x, y],
        3 => [-x, -y],
        4 => [x, -y],
        5 => [y, x],
        6 => [y, -x],
        7 => [-y, -x],
        8 => [-y, x],
        _ => [x, y],
    }
}

/// The color of a decoded pixel on white: gray, or red, green and blue, with an alpha byte at the end if the
/// number of bytes is even.
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
    /// Draws a picture from the color at each column and row.
    pub(crate) fn drawn(side: usize, color: impl Fn(usize, usize) -> [u8; 3]) -> Self {
        let bytes = (0..side * side).flat_map(|at| color(at % side, at / side)).collect();
        Self { side, bytes }
    }

    /// Pixels on a side.
    pub(crate) fn side(&self) -> usize {
        self.side
    }

    /// Three bytes per pixel.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.side + x) * 3;
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2]]
    }

    /// Rotates and mirrors by an EXIF orientation from 1 to 8; any other one is 1.
    pub(crate) fn turned(self, orientation: u16) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
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

    /// Rotates by quarter turns clockwise.
    pub(crate) fn clockwise(self, turns: u8) -> Self {
        self.turned([1, 6, 3, 8][usize::from(turns % 4)])
    }

    /// Scales the picture up or down.
    pub(crate) fn resized(&self, side: usize) -> Self {
        if side == self.side {
            return self.clone();
        }
        let taps = taps(self.side, side);
        let across = self.narrowed(&taps, self.side, side);
        Self { side, bytes: Self { side: self.side, bytes: across }.narrowed(&taps, side, side) }
    }

    /// Scales each row by its taps and writes it as a column; a second call restores the axes.
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

/// The first source pixel of a new pixel, and the weights from there on.
type Taps = (usize, Vec<f32>);

/// For each of `to` pixels out of `from`: a triangle filter with a reach of the larger pixel on each side.
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
    use super::{ENOUGH, Pixels, Square, color_of};
    use contract::avatar::Frame;

    #[test]
    fn a2_the_square_in_the_middle_is_kept_and_transparent_is_white() {
        // Columns 1 and 2 of four.
        let mut square = Square::of(4, 2, Frame::MIDDLE, 1);
        square.add_all(4, &[0, 10, 20, 30, 40, 50, 60, 70], 1, color_of);
        assert_eq!(square.pixels().bytes, [10, 10, 10, 20, 20, 20, 50, 50, 50, 60, 60, 60]);
        assert_eq!(color_of(&[9, 8, 7, 0]), [255; 3]);
        assert_eq!(color_of(&[9, 8, 7, 255]), [9, 8, 7]);
        assert_eq!(color_of(&[0, 128]), [127; 3]);
    }

    #[test]
    fn a2_the_mean_of_any_picture_stays_what_it_was() {
        for side in [1, 2, 511, 513, 1023, 1024, 4096] {
            let mut square = Square::of(side, side, Frame::MIDDLE, 1);
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

    /// A linear congruential generator: a number below `end`.
    fn dice(seed: &mut u64, end: u32) -> u32 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*seed >> 32) % u64::from(end)) as u32
    }

    #[test]
    fn b21_what_lies_outside_of_the_picture_is_white() {
        // The same two rows; one row and one column of the frame lie outside.
        let cut = |x, y, side, orientation| {
            let mut square = Square::of(4, 2, Frame { x, y, side, turns: 0 }, orientation);
            square.add_all(4, &[0, 10, 20, 30, 40, 50, 60, 70], 1, color_of);
            square.pixels().bytes.chunks(3).map(|pixel| pixel[0]).collect::<Vec<_>>()
        };
        assert_eq!(cut(1_000_000, 500_000, 1_000_000, 1), [70, 255, 255, 255]);
        assert_eq!(cut(-1_000_000, 0, 1_000_000, 1), [255, 0, 255, 40]);
        assert_eq!(cut(0, 0, 2_000_000, 1)[..8], [255, 255, 255, 255, 0, 10, 20, 30]);
        assert_eq!(cut(750_000, 250_000, 500_000, 1), [70], "a single pixel");
        assert_eq!(cut(750_000, 250_000, 1, 1), [70], "less than a pixel");
        // Upright it is two wide and four high, with the first column at the top.
        assert_eq!(cut(250_000, -750_000, 500_000, 6), [0]);
        assert_eq!(cut(-250_000, -750_000, 500_000, 6), [40]);
        assert_eq!(cut(250_000, -750_000, 500_000, 8), [70]);
        // A row of 600 in a frame of 1200: cells of two by two, of which it covers one half.
        let mut square = Square::of(600, 1, Frame { side: 1_200_000_000, ..Frame::MIDDLE }, 1);
        square.add_all(600, &[55; 600], 1, color_of);
        let pixels = square.pixels();
        assert_eq!((pixels.side, pixels.at(300, 300), pixels.at(300, 299)), (600, [155; 3], [255; 3]));
        assert_eq!([pixels.at(149, 300), pixels.at(450, 300)], [[255; 3]; 2]);
    }

    #[test]
    fn b21_cell_is_the_mean_of_its_pixels_in_every_orientation() {
        let mut seed = 3;
        for round in 0..400 {
            // With these sides, a pixel is a whole number of millionths.
            let shorter = [1, 2, 4, 5, 8, 10, 20, 25, 32, 50, 100][dice(&mut seed, 11) as usize];
            let longer = shorter + dice(&mut seed, if round % 50 == 0 { 4000 } else { 60 });
            let (width, height) = if dice(&mut seed, 2) == 0 { (shorter, longer) } else { (longer, shorter) };
            let orientation = 1 + dice(&mut seed, 8) as u16;
            let (across, down) = if orientation < 5 { (width, height) } else { (height, width) };
            // A frame of whole cells that begins at a whole pixel of the upright picture.
            let wide = 1 + dice(&mut seed, 2 * longer);
            let step = (wide / ENOUGH).max(1);
            let wide = wide / step * step;
            let [left, top] = [across, down].map(|pixels| {
                let play = (pixels + wide + 4) as i32;
                dice(&mut seed, play as u32) as i32 - wide as i32 - 2
            });
            let part = |begins: i32, pixels: u32| {
                let twice = i64::from(2 * begins) + i64::from(wide) - i64::from(pixels);
                (twice * 500_000 / i64::from(shorter)) as i32
            };
            let side = (u64::from(wide) * 1_000_000 / u64::from(shorter)) as u32;
            let frame = Frame { x: part(left, across), y: part(top, down), side, turns: 0 };

            let color = |x: u32, y: u32| [(x * 7) as u8, (y * 11) as u8, (x * y) as u8];
            let mut square = Square::of(width, height, frame, orientation);
            for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                square.add(x, y, color(x, y));
            }
            let turns = dice(&mut seed, 4) as u8;
            let pixels = square.pixels().turned(orientation).clockwise(turns);
            let cells = wide / step;
            assert_eq!(pixels.side, cells as usize, "{frame:?} of {width} by {height}");

            let upright = |x: i64, y: i64| {
                let (right, below) = (i64::from(width) - 1, i64::from(height) - 1);
                let (x, y) = match orientation {
                    2 => (right - x, y),
                    3 => (right - x, below - y),
                    4 => (x, below - y),
                    5 => (y, x),
                    6 => (y, below - x),
                    7 => (right - y, below - x),
                    8 => (right - y, x),
                    _ => (x, y),
                };
                let is_inside = (0..=right).contains(&x) && (0..=below).contains(&y);
                if is_inside { color(x as u32, y as u32) } else { [255; 3] }
            };
            for _ in 0..100 {
                let (column, row) = (dice(&mut seed, cells), dice(&mut seed, cells));
                let mut sums = [0; 3];
                for (x, y) in (0..step).flat_map(|y| (0..step).map(move |x| (x, y))) {
                    let at = |begins: i32, cell, more| i64::from(begins) + i64::from(cell * step + more);
                    let color = upright(at(left, column, x), at(top, row, y));
                    sums.iter_mut().zip(color).for_each(|(sum, part)| *sum += u32::from(part));
                }
                let count = step * step;
                let expected = sums.map(|sum| ((sum + count / 2) / count) as u8);
                let (mut x, mut y) = (column as usize, row as usize);
                for _ in 0..turns {
                    (x, y) = (pixels.side - 1 - y, x);
                }
                let what = format!("{frame:?} of {width} by {height}, {orientation}, {turns}: {x} {y}");
                assert_eq!(pixels.at(x, y), expected, "{what}");
            }
        }
    }

    #[test]
    fn b21_no_numbers_make_it_panic_or_grow() {
        let mut seed = 4;
        let any = |seed: &mut u64| dice(seed, u32::MAX) as i32 >> dice(seed, 32);
        let mut frames: Vec<Frame> = (0..3_000)
            .map(|_| {
                let [x, y, side, turns] = [(); 4].map(|()| any(&mut seed));
                Frame { x, y, side: side as u32, turns: turns as u8 }
            })
            .collect();
        for side in [0, 1, Frame::WIDEST, u32::MAX] {
            let far = [i32::MIN, -(Frame::FARTHEST as i32), 0, Frame::FARTHEST as i32, i32::MAX];
            let all = far.into_iter().flat_map(|x| far.map(|y| Frame { x, y, side, turns: u8::MAX }));
            frames.extend(all);
        }
        for frame in frames {
            let orientation = dice(&mut seed, 10) as u16;
            for (width, height) in [(1, 1), (4096, 4096), (4096, 1), (1, 4096), (640, 480)] {
                let mut square = Square::of(width, height, frame, orientation);
                for (x, y) in [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)] {
                    square.add(x, y, [0; 3]);
                }
                assert!((1..=1023).contains(&square.side), "{frame:?}");
                assert!(square.step <= 16 && square.sums.len() == (square.side.pow(2) * 3) as usize);
                if square.side < 10 {
                    let pixels = square.pixels().turned(orientation).clockwise(frame.turns);
                    assert_eq!(pixels.bytes.len(), pixels.side.pow(2) * 3);
                }
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
