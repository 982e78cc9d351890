//! AVA-2: fuzzes the picture decoder for three seconds, a minute with `MENSHEN_LONG`
//! (`cargo xtask test --all`), or the number of seconds in `MENSHEN_FUZZ`:
//!
//! ```text
//! MENSHEN_FUZZ=3600 cargo test --release --package server --test fuzz -- --nocapture
//! ```
//!
//! It is a separate program because it measures its own memory. The random seed is fixed.

#[expect(dead_code, reason = "what the other tests need")]
#[path = "../crash/dice.rs"]
mod dice;
#[path = "../api/picture.rs"]
mod picture;

use contract::avatar::{Frame, Size};
use contract::refusal::AvatarFlaw;
use dice::Dice;
use png::{BitDepth, ColorType};
use server::picture::develop;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

/// In kB, as the system counts: what the server has for pictures, less the heaviest file.
const ALLOWED: u64 = 59 * 1024;

fn seconds() -> u64 {
    let asked = std::env::var("MENSHEN_FUZZ").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(if std::env::var_os("MENSHEN_LONG").is_some() { 60 } else { 3 })
}

/// Pictures that are whole, of every kind; small ones, so that much of a file decides something.
fn whole() -> Vec<Vec<u8>> {
    vec![
        picture::small(),
        picture::png(33, 40, ColorType::Rgba, BitDepth::Sixteen),
        picture::png(20, 20, ColorType::GrayscaleAlpha, BitDepth::Eight),
        picture::interlaced(30, 21),
        picture::jpeg(48, None),
        picture::jpeg_of(64, 20, Some(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0")),
        picture::progressive(40),
        picture::webp(30),
        picture::webp_lossy(),
        picture::webp_animated(),
    ]
}

/// Files that want much memory and are no picture in the end.
fn greedy() -> Vec<Vec<u8>> {
    vec![picture::webp_of_tables(2000), picture::webp_of_hidden_tables(2000), picture::webp_larger_inside()]
}

/// Changes a file in a few places.
fn mutate(file: &mut Vec<u8>, others: &[Vec<u8>], dice: &mut Dice) {
    for _ in 0..=dice.below(6) {
        if file.is_empty() {
            return;
        }
        let at = dice.below(file.len());
        match dice.below(7) {
            0 => file[at] ^= 1 << dice.below(8),
            1 => file[at] = [0, 1, 0x7f, 0x80, 0xff, 0xda, 0xc2][dice.below(7)],
            2 => file[at] = dice.below(256) as u8,
            3 => file.truncate(at),
            4 => drop(file.drain(at..(at + dice.below(16)).min(file.len()))),
            5 => {
                let again = file[at..(at + dice.below(64)).min(file.len())].to_vec();
                file.splice(at..at, again);
            }
            _ => {
                let other = &others[dice.below(others.len())];
                let from = dice.below(other.len());
                let piece = &other[from..(from + dice.below(64)).min(other.len())];
                let end = (at + piece.len()).min(file.len());
                file.splice(at..end, piece.iter().copied());
            }
        }
    }
    mend(file);
}

/// Sums that guard the chunks of a PNG are set right, or nothing behind them would ever be read.
fn mend(file: &mut [u8]) {
    let mut at = 8;
    while file.starts_with(b"\x89PNG") {
        let Some(length) = file.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()) else { return };
        let end = at + 8 + u32::from_be_bytes(length) as usize;
        if file.len() < end + 4 {
            return;
        }
        let sum = picture::sum(&file[at + 4..end]);
        file[end..end + 4].copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}

/// Any numbers at all, small ones as often as large ones; or none.
fn frame(dice: &mut Dice) -> Option<Frame> {
    let mut any = || dice.seed() as i32 >> dice.below(32);
    let [x, y, side, turns] = [any(), any(), any(), any()];
    (dice.below(3) > 0).then_some(Frame { x, y, side: side as u32, turns: turns as u8 })
}

fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("the system counts")
}

fn is_jpeg(file: &[u8], size: Size) -> bool {
    let mut decoder = jpeg_decoder::Decoder::new(file);
    let Ok(pixels) = decoder.decode() else { return false };
    let side = size.pixels() as usize;
    decoder.info().is_some_and(|info| (info.width as usize, info.height as usize) == (side, side))
        && pixels.len() == side * side * 3
}

#[test]
fn ava_2_mutated_files_never_panic_or_exceed_the_memory_limit() {
    for (file, at) in whole().iter().zip(0..) {
        assert!(develop(file, None).is_ok(), "whole picture {at}");
    }
    for (file, at) in greedy().iter().zip(0..) {
        assert!(develop(file, None).is_err(), "greedy file {at}");
    }
    let whole = [whole(), greedy()].concat();
    std::fs::write("/proc/self/clear_refs", "5").expect("the system counts anew");
    let rest = memory("VmRSS");
    let mut dice = Dice::new(20_261_122);
    let (mut files, mut pictures, mut large) = (0, 0, 0);
    #[expect(clippy::disallowed_methods, reason = "how long to go on, nothing else")]
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(seconds()) {
        let mut file = whole[dice.below(whole.len())].clone();
        mutate(&mut file, &whole, &mut dice);
        files += 1;
        let frame = frame(&mut dice);
        match catch_unwind(|| develop(&file, frame)) {
            Err(_) => panic!("file {files} makes it panic, {frame:?}: {file:02x?}"),
            Ok(Err(AvatarFlaw::Large)) => large += 1,
            Ok(Err(_)) => {}
            Ok(Ok(made)) => {
                pictures += 1;
                let right = is_jpeg(&made.large, Size::Large) && is_jpeg(&made.small, Size::Small);
                assert!(right, "file {files}, {frame:?}: {file:02x?}");
            }
        }
        let peak = memory("VmHWM").saturating_sub(rest);
        assert!(peak <= ALLOWED, "file {files} takes it to {peak} kB, {frame:?}: {file:02x?}");
    }
    let peak = memory("VmHWM").saturating_sub(rest);
    println!("{files} files: {pictures} pictures, {large} too large; at most {peak} kB more than at rest");
    assert!(files > 20, "{files}");
}
