//! Draws a QR as SVG in the browser, so that its secret text is sent to no other service (QR-12).

use leptos::prelude::*;
use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::{Color, EcLevel, Version, ec};

/// Light modules around the code, without which cameras do not find it (ISO/IEC 18004).
const QUIET: usize = 4;

/// The code of a text as one path of unit squares, dark on light in every theme. A text too long
/// for any QR, some two thousand bytes, is drawn as nothing.
#[component]
pub(crate) fn Qr(text: String, label: &'static str) -> impl IntoView {
    let (size, path) = draw(text.as_bytes()).unwrap_or_default();
    let frame = ["0 0 ", &size, " ", &size].concat();
    view! {
        <svg class="qr" role="img" aria-label=label viewBox=frame shape-rendering="crispEdges">
            // Drawn, not a CSS background: dark-mode extensions remove backgrounds (B30).
            <rect width=size.clone() height=size />
            <path d=path />
        </svg>
    }
}

/// The side of the picture and the path of its dark modules, a row of neighbors at a time.
fn draw(text: &[u8]) -> Option<(String, String)> {
    let Modules { width, colors } = encode(text)?;
    let mut path = String::with_capacity(colors.len() * 4);
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|module| **module == Color::Dark).count();
            if run > 0 {
                for (sign, number) in [("M", x + QUIET), (" ", y + QUIET), ("h", run), ("v1h-", run)] {
                    path.push_str(sign);
                    push_number(&mut path, number);
                }
                path.push('z');
            }
            x += run + 1;
        }
    }
    Some(((width + 2 * QUIET).to_string(), path))
}

/// Appends a number below 1,000, without the formatter: a path has some thousand.
fn push_number(path: &mut String, number: usize) {
    let digit = |place: usize| char::from(b'0' + u8::try_from(number / place % 10).unwrap_or_default());
    for place in [100, 10].into_iter().filter(|place| number >= *place) {
        path.push(digit(place));
    }
    path.push(digit(1));
}

/// The modules of a code, row by row.
struct Modules {
    width: usize,
    colors: Vec<Color>,
}

/// The smallest code that holds the text as bytes. `QrCode::new` would also look for runs of
/// digits and capitals, of which a link has none; leaving that out takes 4 kB off the download.
fn encode(text: &[u8]) -> Option<Modules> {
    (1..=40).map(Version::Normal).find_map(|version| {
        let mut bits = Bits::new(version);
        bits.push_byte_data(text).ok()?;
        bits.push_terminator(EcLevel::M).ok()?;
        let (data, correction) = ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).ok()?;
        let mut canvas = Canvas::new(version, EcLevel::M);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);
        let width = usize::try_from(version.width()).ok()?;
        let masked = MASKS.into_iter().map(|mask| {
            let mut canvas = canvas.clone();
            canvas.apply_mask(mask);
            canvas.into_colors()
        });
        let colors = masked.min_by_key(|colors| penalty(colors, width))?;
        Some(Modules { width, colors })
    })
}

/// The masks of the standard (ISO/IEC 18004, table 10), in its order: of equally good ones the first is taken.
const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// How hard the modules are to read (ISO/IEC 18004, 7.8.3.1): the crate's own rating is private and takes nine tenths
/// of the time of a code, a tenth of it this way. A test compares the choice with the crate's.
fn penalty(colors: &[Color], width: usize) -> usize {
    let mut score = 0;
    // Rows, then columns.
    for [line, step] in [[width, 1], [1, width]] {
        for start in (0..width).map(|at| at * line) {
            // The last modules, the latest lowest; what is outside is light.
            let mut window = 0_u32;
            let mut run = 0;
            for at in 0..width + 4 {
                let dark = u32::from(at < width && colors[start + at * step] == Color::Dark);
                let is_same = at > 0 && at < width && dark == window & 1;
                window = window << 1 | dark;
                // What looks like the eye of a code, with four light modules before or behind it.
                let is_eye = window >> 4 & 0x7F == 0b101_1101;
                if is_eye && (window & 0xF == 0 || window >> 11 & 0xF == 0) {
                    score += 40;
                }
                if is_same {
                    run += 1;
                } else if at <= width {
                    // Five of a color in a row, or more.
                    score += if run >= 5 { run - 2 } else { 0 };
                    run = 1;
                }
            }
        }
    }
    for rows in colors.windows(2 * width).step_by(width) {
        let (above, below) = rows.split_at(width);
        for (above, below) in above.windows(2).zip(below.windows(2)) {
            if above[0] == above[1] && above == below {
                score += 3;
            }
        }
    }
    let dark = colors.iter().filter(|color| **color == Color::Dark).count();
    score + (dark * 200 / colors.len()).abs_diff(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The squares of a path, read back.
    fn modules(path: &str) -> Vec<(usize, usize)> {
        let number = |text: &str| text.parse::<usize>().expect("a number");
        let mut squares = Vec::new();
        for part in path.split('M').skip(1) {
            let (x, rest) = part.split_once(' ').expect("two numbers");
            let (y, rest) = rest.split_once('h').expect("a run");
            let (run, rest) = rest.split_once('v').expect("one high");
            assert_eq!(rest, format!("1h-{run}z"));
            squares.extend((0..number(run)).map(|i| (number(x) + i, number(y))));
        }
        squares
    }

    #[test]
    fn qr_12_the_path_is_the_code_with_its_quiet_zone() {
        for text in ["x", "https://example.test/q?scene=0123456789abcdef0123456789abcdef", &"長".repeat(50)]
        {
            let Modules { width, colors } = encode(text.as_bytes()).expect("a code");
            let (size, path) = draw(text.as_bytes()).expect("a picture");
            assert_eq!(size, (width + 8).to_string());
            let drawn = modules(&path);
            let dark = colors.iter().filter(|module| **module == Color::Dark).count();
            assert_eq!(drawn.len(), dark);
            for (x, y) in drawn {
                assert_eq!(colors[(y - QUIET) * width + x - QUIET], Color::Dark, "{x} {y}");
            }
        }
    }

    #[test]
    fn qr_12_the_mask_is_the_one_that_the_crate_takes() {
        // Texts of many lengths, so that every mask is the best of some code.
        let sign = |at: usize| char::from(b'!' + u8::try_from(at % 90).expect("small"));
        for count in (1..300).step_by(7) {
            let text: String = (0..count).map(|at| sign(at * 31 + at * at + count * 17)).collect();
            let Modules { width, colors } = encode(text.as_bytes()).expect("a code");
            let version = Version::Normal(i16::try_from((width - 17) / 4).expect("at most 40"));
            let mut bits = Bits::new(version);
            bits.push_byte_data(text.as_bytes()).expect("it fits");
            bits.push_terminator(EcLevel::M).expect("it fits");
            let theirs = qrcode::QrCode::with_bits(bits, EcLevel::M).expect("a code");
            assert!(theirs.to_colors() == colors, "{text}");
        }
    }

    #[test]
    fn qr_12_a_text_too_long_is_nothing() {
        assert_eq!(draw("x".repeat(5000).as_bytes()), None);
    }
}
