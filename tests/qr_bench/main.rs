//! Times the app's QR beside a JavaScript library, in one page of a real browser (see
//! `crates/qr-bench`). `cargo xtask bench` builds what this needs and runs it.

use e2e::Stage;
use serde_json::Value;

fn main() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open_early("/");
    browser.must_come_true("return typeof bench === 'function'");
    let figures =
        browser.run_until_done("bench().then(arguments[0], (error) => arguments[0](String(error)))");
    let rows = figures.as_array().unwrap_or_else(|| panic!("the page says {figures}"));
    println!("median time to encode and draw, in milliseconds; theirs is the npm package `qrcode`");
    println!("{:>6} {:>8} {:>16} {:>16}", "bytes", "ours", "theirs, SVG", "theirs, canvas");
    for row in rows {
        let of = |name: &str| row.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let beside = |name: &str| format!("{:.3} ({:.2}x)", of(name), of(name) / of("ours"));
        println!("{:>6} {:>8.3} {:>16} {:>16}", of("bytes"), of("ours"), beside("svg"), beside("canvas"));
    }
}
