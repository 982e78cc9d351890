//! AVA-2: whatever is uploaded, the server stays within 64 MiB of what it takes at rest.

use crate::browser::Browser;
use crate::picture;
use crate::process::{Folder, Server};
use contract::avatar::UPLOAD;
use contract::sign_in::SignInByPassword;
use png::{BitDepth, ColorType};

/// In kB, as the system counts.
const ALLOWED: u64 = 64 * 1024;

/// What each file is refused for, if it is.
fn corpus() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let large = |color, depth| picture::png(4096, 4096, color, depth);
    let mut bomb = large(ColorType::Rgba, BitDepth::Eight);
    bomb[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
    let html = b"PK\x03\x04<!doctype html><script>alert(1)</script>".to_vec();
    let jpeg = picture::jpeg(4096, None);
    vec![
        ("nothing", Vec::new(), Some("format")),
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), Some("format")),
        ("HEIC", b"\0\0\0\x18ftypheic".to_vec(), Some("format")),
        ("PNG of 100 megapixels", bomb, Some("large")),
        ("more than 5 MB", vec![0; 6 * 1024 * 1024], Some("heavy")),
        ("PNG and a tail", [picture::small(), html].concat(), None),
        ("progressive JPEG 1700", picture::progressive(1700), None),
        ("progressive JPEG 4096", picture::progressive(4096), Some("large")),
        ("WebP 1400", picture::webp(1400), None),
        ("WebP of many tables", picture::webp_of_tables(5 * 1024 * 1024), Some("large")),
        ("WebP of some tables", picture::webp_of_tables(60 * 1024), Some("broken")),
        ("RGBA PNG 4096", large(ColorType::Rgba, BitDepth::Eight), None),
        ("16-bit PNG 4096", large(ColorType::Rgba, BitDepth::Sixteen), None),
        ("wide JPEG", picture::jpeg_of(4096, 1023, None), None),
        ("cut JPEG", jpeg[..jpeg.len() / 2].to_vec(), Some("broken")),
        ("JPEG 4096", jpeg, None),
        (
            "JPEG to be turned",
            picture::jpeg(1023, Some(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0")),
            None,
        ),
    ]
}

#[test]
fn ava_2_a2_uploads_stay_within_the_memory_limit() {
    let folder = Folder::new();
    let server = Server::start(folder.path());
    let browsers: Vec<Browser> = ["13800000001", "13800000002", "13800000003"]
        .map(|phone| {
            let mut browser = Browser::default();
            let request = SignInByPassword { phone: phone.into(), password: "demo-Password-2026".into() };
            browser.send(&server.host, &request).expect("it answers").expect("signed in");
            browser
        })
        .into();
    server.forget_peak();
    let rest = server.memory("VmRSS");
    // Each after each other one, for the heap keeps what the one before took; then all at once.
    for browser in &browsers[..2] {
        for (what, file, why) in corpus() {
            // A connection that waited for a file to be made may be closed.
            let (status, body) = browser.another().upload(&server.host, UPLOAD, &file).expect("it answers");
            let peak = server.memory("VmHWM").saturating_sub(rest);
            println!("{what}: {status}, {} kB; at most {peak} kB more than at rest", file.len() / 1000);
            match why {
                None => assert_eq!(status, 200, "{what}: {body}"),
                Some(why) => assert!(body.contains(&format!("\"why\":\"{why}\"")), "{what}: {body}"),
            }
            assert!(peak <= ALLOWED, "{what}: {peak} kB");
            server.forget_peak();
        }
    }
    let files = [picture::jpeg(4096, None), picture::progressive(1700), picture::webp(1400)];
    std::thread::scope(|scope| {
        for at in 0..12 {
            let (mut browser, file, host) = (browsers[2].another(), &files[at % 3], &server.host);
            // Some find no room, as they should.
            scope.spawn(move || browser.upload(host, UPLOAD, file).expect("it answers"));
        }
    });
    let peak = server.memory("VmHWM").saturating_sub(rest);
    println!("twelve at once: at most {peak} kB more than at rest");
    assert!(peak <= ALLOWED, "twelve at once: {peak} kB");
    server.kill();
}
