//! The square that is cut out of a picture (A2): where the picture lies behind a square frame.
//!
//! Pure geometry. Lengths are in sides of the frame, so it is the same however large it is drawn;
//! `(0, 0)` is the middle of the frame, x grows to the right and y downwards.

use contract::avatar::Frame;

/// How far a picture can be enlarged beyond filling the frame.
const CLOSEST: f64 = 8.0;

/// Where a picture lies behind the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crop {
    /// Pixels of the picture as it was read.
    width: f64,
    height: f64,
    /// Quarter turns clockwise.
    turns: u8,
    /// 1 where the shorter side just fills the frame.
    zoom: f64,
    /// The middle of the picture.
    x: f64,
    y: f64,
}

impl Crop {
    /// The largest square from the middle of a picture of this many pixels; a side of none counts
    /// as one.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        let side = |pixels: u32| f64::from(pixels.max(1));
        Self { width: side(width), height: side(height), turns: 0, zoom: 1.0, x: 0.0, y: 0.0 }
    }

    /// How much the picture is enlarged, from [`Self::whole`] to the closest: 1 fills the frame.
    #[must_use]
    pub fn zoom(self) -> f64 {
        self.zoom
    }

    /// The zoom that shows the whole picture, at most 1, and the closest one.
    #[must_use]
    pub fn zooms(self) -> [f64; 2] {
        [self.width.min(self.height) / self.width.max(self.height), CLOSEST]
    }

    /// Moved along.
    #[must_use]
    pub fn moved(self, x: f64, y: f64) -> Self {
        Self { x: self.x + x, y: self.y + y, ..self }.kept_in()
    }

    /// Enlarged so many times; what lies at a point of the frame stays there.
    #[must_use]
    pub fn scaled(self, times: f64, [at_x, at_y]: [f64; 2]) -> Self {
        let [least, most] = self.zooms();
        let zoom = (self.zoom * times).clamp(least, most);
        let times = zoom / self.zoom;
        let stays = |middle: f64, at: f64| at + (middle - at) * times;
        Self { zoom, x: stays(self.x, at_x), y: stays(self.y, at_y), ..self }.kept_in()
    }

    /// At this zoom, around the middle of the frame.
    #[must_use]
    pub fn at_zoom(self, zoom: f64) -> Self {
        self.scaled(zoom / self.zoom, [0.0, 0.0])
    }

    /// A quarter turn clockwise, around the middle of the frame.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { turns: (self.turns + 1) % 4, x: -self.y, y: self.x, ..self }.kept_in()
    }

    /// The whole picture, with bars where it does not fill the frame.
    #[must_use]
    pub fn whole(self) -> Self {
        self.at_zoom(self.zooms()[0])
    }

    /// What draws the picture, its middle at the origin and its pixels as units, into a frame of
    /// `side` pixels: the six numbers of a canvas's `setTransform`.
    #[must_use]
    pub fn transform(self, side: f64) -> [f64; 6] {
        let scale = self.scale() * side;
        let [cos, sin] = match self.turns {
            0 => [scale, 0.0],
            1 => [0.0, scale],
            2 => [-scale, 0.0],
            _ => [0.0, -scale],
        };
        [cos, sin, -sin, cos, (self.x + 0.5) * side, (self.y + 0.5) * side]
    }

    /// What lies behind the frame, for a server that cuts it out of the file instead.
    #[must_use]
    pub fn frame(self) -> Frame {
        // From the middle of the picture to that of the frame, as the picture was before its turns.
        let (x, y) = match self.turns {
            0 => (-self.x, -self.y),
            1 => (-self.y, self.x),
            2 => (self.x, self.y),
            _ => (self.y, -self.x),
        };
        let side = f64::from(Frame::SHORTER) / self.zoom;
        let parts = |sides: f64| (sides * side).round_ties_even();
        Frame { x: parts(x) as i32, y: parts(y) as i32, side: parts(1.0) as u32, turns: self.turns }
    }

    /// Sides of the frame a pixel takes.
    fn scale(self) -> f64 {
        self.zoom / self.width.min(self.height)
    }

    /// The picture covers the frame as far as it can, and lies in its middle where it cannot.
    fn kept_in(self) -> Self {
        let (width, height) =
            if self.turns.is_multiple_of(2) { (self.width, self.height) } else { (self.height, self.width) };
        let keep = |middle: f64, pixels: f64| {
            let play = ((pixels * self.scale() - 1.0) / 2.0).max(0.0);
            middle.clamp(-play, play)
        };
        Self { x: keep(self.x, width), y: keep(self.y, height), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::Crop;
    use contract::avatar::Frame;

    /// Where a point of the picture, in pixels from its middle, is drawn in a frame of side 100.
    fn drawn(crop: Crop, [x, y]: [f64; 2]) -> [f64; 2] {
        let [a, b, c, d, e, f] = crop.transform(100.0);
        [a * x + c * y + e, b * x + d * y + f]
    }

    fn near(left: [f64; 2], right: [f64; 2]) -> bool {
        left.iter().zip(right).all(|(left, right)| (left - right).abs() < 1e-6)
    }

    #[test]
    fn a2_at_first_the_largest_square_from_the_middle() {
        let crop = Crop::new(400, 200);
        assert!(near(drawn(crop, [-100.0, -100.0]), [0.0, 0.0]));
        assert!(near(drawn(crop, [100.0, 100.0]), [100.0, 100.0]));
    }

    #[test]
    fn a2_the_whole_picture_lies_in_the_middle() {
        let crop = Crop::new(400, 200).moved(0.3, 0.0).whole();
        assert!(near(drawn(crop, [-200.0, -100.0]), [0.0, 25.0]));
        assert!(near(drawn(crop, [200.0, 100.0]), [100.0, 75.0]));
        assert_eq!(crop.moved(1.0, 1.0), crop, "there is nowhere to move it");
        assert_eq!(Crop::new(7, 7).whole(), Crop::new(7, 7));
    }

    #[test]
    fn a2_a_turn_is_clockwise_and_four_are_none() {
        let crop = Crop::new(400, 200).moved(0.25, 0.0);
        // What was on the left is on top.
        let turned = crop.turned();
        assert!(near(drawn(crop, [-150.0, 0.0]), [0.0, 50.0]));
        assert!(near(drawn(turned, [-150.0, 0.0]), [50.0, 0.0]));
        assert_eq!(turned.turned().turned().turned(), crop);
    }

    #[test]
    fn a2_what_lies_under_the_fingers_stays_there() {
        let crop = Crop::new(300, 500).moved(0.0, 0.2);
        let closer = crop.scaled(3.0, [0.25, -0.25]);
        // The same point of the picture is drawn at 75, 25 before and after.
        let scale = 100.0 / 300.0;
        let point = [(75.0 - 50.0) / scale, (25.0 - 70.0) / scale];
        assert!(near(drawn(crop, point), [75.0, 25.0]));
        assert!(near(drawn(closer, point), [75.0, 25.0]));
    }

    /// A linear congruential generator, as good as any for this.
    fn dice(seed: &mut u64) -> f64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((*seed >> 40) as u32) / f64::from(1 << 24)
    }

    /// Something that a person may do next.
    fn next(crop: Crop, seed: &mut u64) -> Crop {
        let (x, y) = (dice(seed) * 4.0 - 2.0, dice(seed) * 4.0 - 2.0);
        match (dice(seed) * 5.0) as u8 {
            0 => crop.moved(x, y),
            1 => crop.scaled(dice(seed) * 3.0, [x, y]),
            2 => crop.turned(),
            3 => crop.at_zoom(dice(seed) * 9.0),
            _ => crop.whole(),
        }
    }

    #[test]
    fn b21_at_first_and_whole_and_moved_in_numbers() {
        assert_eq!(Crop::new(400, 200).frame(), Frame::MIDDLE);
        let whole = Crop::new(400, 200).whole().frame();
        assert_eq!(whole, Frame { side: 2 * Frame::SHORTER, ..Frame::MIDDLE });
        // Twice as large and moved to the left by a quarter of the frame, so the frame is to the right.
        let moved = Crop::new(400, 200).at_zoom(2.0).moved(-0.25, 0.0).frame();
        assert_eq!(moved, Frame { x: 125_000, y: 0, side: 500_000, turns: 0 });
        // Moved after a turn to the right, what is in the frame is farther down in the picture.
        let turned = Crop::new(400, 200).at_zoom(2.0).turned().moved(0.25, 0.0).frame();
        assert_eq!(turned, Frame { x: 0, y: 125_000, side: 500_000, turns: 1 });
    }

    /// Where the server puts the same point, in a frame of side 100.
    fn cut(frame: Frame, [x, y]: [f64; 2], shorter: f64) -> [f64; 2] {
        let parts = |pixels: f64, middle: i32| pixels / shorter * 1e6 - f64::from(middle);
        let (mut x, mut y) = (parts(x, frame.x), parts(y, frame.y));
        for _ in 0..frame.turns {
            (x, y) = (-y, x);
        }
        [x, y].map(|part| 50.0 + part / f64::from(frame.side) * 100.0)
    }

    #[test]
    fn b21_the_server_cuts_what_the_person_saw() {
        let mut seed = 2;
        for (width, height) in [(1, 1), (1, 4096), (4096, 1), (640, 480), (511, 512)] {
            let mut crop = Crop::new(width, height);
            let (width, height) = (f64::from(width), f64::from(height));
            for _ in 0..2_000 {
                crop = next(crop, &mut seed);
                let frame = crop.frame();
                let point = [(dice(&mut seed) - 0.5) * width, (dice(&mut seed) - 0.5) * height];
                let (seen, cut) = (drawn(crop, point), cut(frame, point, width.min(height)));
                for (seen, cut) in seen.into_iter().zip(cut) {
                    // Half of a millionth in each number, and that of the side counts for every side.
                    let sides = 1.0 + seen.abs() / 100.0;
                    assert!((seen - cut).abs() < 0.001 * sides, "{crop:?} {frame:?}: {seen} {cut}");
                }
                assert!((1..=Frame::WIDEST).contains(&frame.side), "{frame:?}");
                let far = frame.x.unsigned_abs().max(frame.y.unsigned_abs());
                assert!(far <= Frame::FARTHEST && frame.turns <= 3, "{frame:?}");
            }
        }
    }

    #[test]
    fn a2_no_bar_shows_at_a_zoom_that_fills_the_frame() {
        let mut seed = 1;
        for (width, height) in [(1, 1), (1, 4096), (4096, 1), (640, 480), (511, 512)] {
            let mut crop = Crop::new(width, height);
            for _ in 0..2_000 {
                crop = next(crop, &mut seed);
                let [least, most] = crop.zooms();
                assert!((least..=most).contains(&crop.zoom()));
                let (half_width, half_height) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
                let [[left, top], [right, bottom]] = [[-half_width, -half_height], [half_width, half_height]]
                    .map(|corner| drawn(crop, corner));
                for (from, to) in [(left.min(right), left.max(right)), (top.min(bottom), top.max(bottom))] {
                    let fills = from < 1e-6 && to > 100.0 - 1e-6;
                    let is_centered = (from + to - 100.0).abs() < 1e-6;
                    assert!(fills || is_centered, "{crop:?}");
                    assert!(fills || crop.zoom() < 1.0 + 1e-9, "{crop:?}");
                }
            }
        }
    }
}
