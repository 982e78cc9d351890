//! Draws a QR as SVG in the browser, so that its secret text is sent to no other service (QR-12).

use leptos::prelude::*;
use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

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
    let code = encode(text)?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::with_capacity(colors.len() * 4);
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|module| **module == Color::Dark).count();
            if run > 0 {
                for part in ["M", &(x + QUIET).to_string(), " ", &(y + QUIET).to_string(), "h"] {
                    path.push_str(part);
                }
                for part in [&run.to_string(), "v1h-", &run.to_string(), "z"] {
                    path.push_str(part);
                }
            }
            x += run + 1;
        }
    }
    Some(((width + 2 * QUIET).to_string(), path))
}

/// The smallest code that holds the text as bytes. `QrCode::new` would also look for runs of
/// digits and capitals, of which a link has none; leaving that out takes 4 kB off the download.
fn encode(text: &[u8]) -> Option<QrCode> {
    (1..=40).map(Version::Normal).find_map(|version| {
        let mut bits = Bits::new(version);
        bits.push_byte_data(text).ok()?;
        bits.push_terminator(EcLevel::M).ok()?;
        QrCode::with_bits(bits, EcLevel::M).ok()
    })
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
            let code = encode(text.as_bytes()).expect("a code");
            let (size, path) = draw(text.as_bytes()).expect("a picture");
            let width = code.width();
            assert_eq!(size, (width + 8).to_string());
            let drawn = modules(&path);
            let dark = code.to_colors().iter().filter(|module| **module == Color::Dark).count();
            assert_eq!(drawn.len(), dark);
            for (x, y) in drawn {
                assert_eq!(code[(x - QUIET, y - QUIET)], Color::Dark, "{x} {y}");
            }
        }
    }

    #[test]
    fn qr_12_a_text_too_long_is_nothing() {
        assert_eq!(draw("x".repeat(5000).as_bytes()), None);
    }
}
