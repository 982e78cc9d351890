//! A1, A2, AVA-1, AVA-2, AVA-3, AVA-5, B21: the picture of an account.

use crate::picture;
use crate::support::{Answer, Browser, House};
use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use contract::activity::{GetActivity, SecurityEvent};
use contract::avatar::{Frame, HEAVIEST, RemoveAvatar, SetAvatar, Size, UPLOAD, Uploaded, address};
use contract::me::{GetMe, Me};
use contract::refusal::{AvatarFlaw, Refusal};
use contract::sign_in::EnterSurface;
use flow::crop::Crop;
use http_body_util::channel::Channel;
use png::{BitDepth, ColorType};

const FREE: &str = "13800000001";
const MEMBER: &str = "13800000002";
const BUSINESS: &str = "13800000004";
const ENTERPRISE: &str = "13800000005";
const SUPER_ADMIN: &str = "13800000006";
const SSO: &str = "13800000007";
const CLOSE: &str = "UPDATE tenant SET avatars_open = 0";
const OPEN: &str = "UPDATE tenant SET avatars_open = 1";
const MINUTE: i64 = 60;

async fn sent(browser: &Browser, file: impl Into<Body>) -> Answer {
    sent_to(browser, UPLOAD, file).await
}

async fn sent_to(browser: &Browser, path: &str, file: impl Into<Body>) -> Answer {
    let mut request = Browser::request(Method::POST, path, file);
    request.headers_mut().insert(header::CONTENT_TYPE, "image/png".parse().expect("a type"));
    browser.raw(request).await
}

async fn uploaded(browser: &Browser, file: impl Into<Body>) -> Result<String, Refusal> {
    uploaded_to(browser, UPLOAD, file).await
}

async fn uploaded_to(browser: &Browser, path: &str, file: impl Into<Body>) -> Result<String, Refusal> {
    let answer = sent_to(browser, path, file).await;
    if answer.status == StatusCode::OK { Ok(answer.read::<Uploaded>().picture) } else { Err(answer.read()) }
}

async fn set(browser: &Browser, picture: &str) -> Result<Me, Refusal> {
    browser.send(&SetAvatar { picture: picture.to_owned() }).await
}

/// Uploads a small picture and sets it; answers its name.
async fn wear(browser: &Browser) -> String {
    let picture = uploaded(browser, picture::small()).await.expect("uploaded");
    assert_eq!(set(browser, &picture).await.expect("set").avatar.picture.as_ref(), Some(&picture));
    picture
}

async fn me(browser: &Browser) -> Me {
    browser.send(&GetMe {}).await.expect("signed in")
}

async fn seen(browser: &Browser, picture: &str) -> Answer {
    browser.get(&address(picture, Size::Small)).await
}

/// Width, height and pixels of a JPEG.
fn looked_at(file: &[u8]) -> (u16, u16, Vec<u8>) {
    let mut decoder = jpeg_decoder::Decoder::new(file);
    let pixels = decoder.decode().expect("a JPEG");
    let info = decoder.info().expect("decoded");
    assert_eq!((decoder.exif_data(), decoder.icc_profile()), (None, None), "no metadata");
    (info.width, info.height, pixels)
}

fn bad(why: AvatarFlaw) -> Result<String, Refusal> {
    Err(Refusal::AvatarBad { why })
}

#[tokio::test]
async fn a1_g6_avatar_permission_is_shown_and_enforced_at_each_step() {
    let house = House::open().await;
    for (phone, closed) in [
        (FREE, None),
        (MEMBER, None),
        (BUSINESS, Some(Refusal::AvatarLocked)),
        (ENTERPRISE, None),
        (SSO, None),
    ] {
        let browser = house.signed_in(phone).await;
        assert_eq!(me(&browser).await.avatar.closed, closed, "{phone}");
        match closed {
            None => drop(wear(&browser).await),
            Some(refusal) => {
                let before = house.rows().await;
                assert_eq!(uploaded(&browser, picture::small()).await, Err(refusal.clone()));
                assert_eq!(set(&browser, "x").await, Err(refusal.clone()));
                assert_eq!(browser.refused(&RemoveAvatar {}).await, refusal);
                assert_eq!(house.rows().await, before);
            }
        }
    }
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(FREE).await.expect("signed in");
    assert_eq!(me(&kiosk).await.avatar.closed, Some(Refusal::NotOnKiosk));
    assert_eq!(uploaded(&kiosk, picture::small()).await, Err(Refusal::NotOnKiosk));
    assert_eq!(set(&kiosk, "x").await, Err(Refusal::NotOnKiosk));
    let stranger = house.browser();
    assert_eq!(sent(&stranger, picture::small()).await.problem(), "SESSION_ENDED");
}

#[tokio::test]
async fn a1_ava_1_avatar_flag_is_checked_again_at_set_and_remove() {
    let house = House::open().await;
    let browser = house.signed_in(ENTERPRISE).await;
    let picture = uploaded(&browser, picture::small()).await.expect("open");
    house.execute(CLOSE).await;
    assert_eq!(set(&browser, &picture).await, Err(Refusal::AvatarLocked));
    assert_eq!(me(&browser).await.avatar.picture, None);
    house.execute(OPEN).await;
    set(&browser, &picture).await.expect("open again");
    house.execute(CLOSE).await;
    assert_eq!(browser.refused(&RemoveAvatar {}).await, Refusal::AvatarLocked);
    assert_eq!(me(&browser).await.avatar.picture, Some(picture));
}

/// CC-05: what is written while the flag is off is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cc_05_a1_no_picture_is_written_after_the_flag_is_off() {
    let house = House::open().await;
    let browser = house.signed_in(ENTERPRISE).await;
    for round in 0..25 {
        house.execute(OPEN).await;
        house.advance(61 * MINUTE);
        wear(&browser).await;
        let next = uploaded(&browser, picture::small()).await.expect("uploaded");
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (browser, next) = (browser.clone(), next.clone());
                tokio::spawn(async move {
                    (set(&browser, &next).await.err(), uploaded(&browser, picture::small()).await.err())
                })
            })
            .collect();
        house.execute(CLOSE).await;
        let then =
            "SELECT COUNT(*) + (SELECT COUNT(*) FROM picture) * 100 FROM event WHERE what = 'avatar_changed'";
        let before = house.count(then).await;
        for task in tasks {
            let (set, upload) = task.await.expect("no panic");
            assert!(matches!(set, None | Some(Refusal::AvatarLocked)), "round {round}: {set:?}");
            // The decoder takes one file of an account at a time.
            let is_expected = matches!(upload, None | Some(Refusal::AvatarLocked | Refusal::TooBusy { .. }));
            assert!(is_expected, "round {round}: {upload:?}");
        }
        assert_eq!(house.count(then).await, before, "round {round}");
    }
}

#[tokio::test]
async fn a2_ava_2_each_format_becomes_two_square_jpegs_without_tail() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    for (what, file) in [
        ("PNG", picture::small()),
        ("wide PNG with alpha", picture::png(900, 20, ColorType::Rgba, BitDepth::Eight)),
        ("16-bit PNG", picture::png(600, 700, ColorType::Rgba, BitDepth::Sixteen)),
        ("gray PNG", picture::png(1, 1, ColorType::Grayscale, BitDepth::Eight)),
        ("JPEG", picture::jpeg(700, None)),
        ("progressive JPEG", picture::progressive(700)),
        ("WebP", picture::webp(300)),
        ("lossy WebP", picture::webp_lossy()),
        ("animated WebP", picture::webp_animated()),
        ("PNG and a tail", [picture::small(), b"PK\x03\x04<script>alert(1)</script>".to_vec()].concat()),
    ] {
        let name = uploaded(&browser, file).await.unwrap_or_else(|refusal| panic!("{what}: {refusal:?}"));
        assert_eq!(name.len(), 64);
        for size in [Size::Small, Size::Large] {
            let answer = browser.get(&address(&name, size)).await;
            assert_eq!(answer.status, StatusCode::OK, "{what}");
            let side = size.pixels() as u16;
            let (width, height, _) = looked_at(&answer.body);
            assert_eq!((width, height), (side, side), "{what}");
            assert!(!answer.text().contains("script"), "{what}");
        }
    }
}

#[tokio::test]
async fn a2_an_interlaced_picture_has_every_pixel_in_its_place() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let name = uploaded(&browser, picture::interlaced(128, 99)).await.expect("uploaded");
    let (_, _, pixels) = looked_at(&browser.get(&address(&name, Size::Large)).await.body);
    for (pixel, at) in pixels.chunks(3).zip(0..) {
        let is_red = pixel[0] > 240 && pixel[2] < 15;
        let is_blue = pixel[0] < 15 && pixel[2] > 240;
        match at % 512 {
            0..240 => assert!(is_red, "{at}: {pixel:?}"),
            272.. => assert!(is_blue, "{at}: {pixel:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a2_exif_orientation_is_applied() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    // To be turned clockwise by a quarter: what was below on the left is above on the left.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let name = uploaded(&browser, picture::jpeg(512, Some(exif))).await.expect("uploaded");
    let (_, _, pixels) = looked_at(&browser.get(&address(&name, Size::Large)).await.body);
    let [red, green, _] = pixels[..3] else { panic!("a pixel") };
    assert!(red < 30 && green > 225, "{red} {green}");
}

/// A PNG of four quarters: red and green, below them blue and yellow.
fn quarters(width: u32, height: u32) -> Vec<u8> {
    let color = |x, y| QUARTERS[usize::from(y >= height / 2) * 2 + usize::from(x >= width / 2)];
    let pixels: Vec<u8> = (0..width * height).flat_map(|at| color(at % width, at / width)).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Rgb);
    let mut writer = encoder.write_header().expect("a head");
    writer.write_image_data(&pixels).expect("all pixels");
    drop(writer);
    file
}

const QUARTERS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]];

/// Uploads a file of which this is cut; answers a look at what was made of it: the color at a place,
/// up to 1 to the right and downwards.
async fn cut(browser: &Browser, frame: Frame, file: Vec<u8>) -> impl Fn(f64, f64) -> [u8; 3] {
    let name = uploaded_to(browser, &frame.address(), file).await.expect("uploaded");
    let (_, _, pixels) = looked_at(&browser.get(&address(&name, Size::Large)).await.body);
    move |x, y| {
        let at = ((y * 512.0) as usize * 512 + (x * 512.0) as usize) * 3;
        [pixels[at], pixels[at + 1], pixels[at + 2]]
    }
}

fn near(left: [u8; 3], right: [u8; 3]) -> bool {
    left.iter().zip(right).all(|(left, right)| left.abs_diff(right) <= 8)
}

#[tokio::test]
async fn b21_frame_is_cropped_turned_and_padded_with_white() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let [red, green, blue, yellow] = QUARTERS;
    let corners = [(0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)];

    let below = Frame { x: 500_000, y: 250_000, side: 500_000, turns: 0 };
    let seen = cut(&browser, below, quarters(400, 200)).await;
    assert!([0.0, 0.3, 0.5, 0.7, 0.99].iter().all(|at| near(seen(*at, 1.0 - at - 0.01), yellow)));
    let seen = cut(&browser, Frame { side: 10_000, ..below }, quarters(400, 200)).await;
    assert!(corners.iter().all(|(x, y)| near(seen(*x, *y), yellow)));

    for (turns, expected) in [
        (0, [red, green, blue, yellow]),
        (1, [blue, red, yellow, green]),
        (2, [yellow, blue, green, red]),
        (3, [green, yellow, red, blue]),
    ] {
        let seen = cut(&browser, Frame { turns, ..Frame::MIDDLE }, quarters(400, 200)).await;
        assert_eq!(corners.map(|(x, y)| near(seen(x, y), red)), expected.map(|color| color == red));
        assert!(corners.iter().zip(expected).all(|((x, y), color)| near(seen(*x, *y), color)), "{turns}");
    }

    let whole = Frame { side: 2_000_000, ..Frame::MIDDLE };
    let seen = cut(&browser, whole, quarters(400, 200)).await;
    assert!([0.02, 0.2, 0.8, 0.98].iter().all(|y| near(seen(0.5, *y), [255; 3])), "above and below");
    let inside = [(0.02, 0.3), (0.98, 0.3), (0.02, 0.7), (0.98, 0.7)];
    assert!(inside.iter().zip(QUARTERS).all(|((x, y), color)| near(seen(*x, *y), color)));

    let far = Frame { x: Frame::FARTHEST as i32, ..Frame::MIDDLE };
    let seen = cut(&browser, far, quarters(400, 200)).await;
    assert!(corners.iter().all(|(x, y)| near(seen(*x, *y), [255; 3])), "nothing of the picture");
}

#[tokio::test]
async fn b21_a2_default_frame_is_the_centered_square() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    for file in [quarters(300, 200), picture::jpeg(700, None), picture::webp(300)] {
        let plain = uploaded(&browser, file.clone()).await.expect("uploaded");
        let told = uploaded_to(&browser, &Frame::MIDDLE.address(), file).await.expect("uploaded");
        let [plain, told] = [plain, told].map(|name| address(&name, Size::Large));
        assert_eq!(browser.get(&plain).await.body, browser.get(&told).await.body);
    }
}

/// The picture behind the frame and what the server makes of the file, for every side that can be up.
#[tokio::test]
async fn b21_server_crop_equals_the_preview_in_all_orientations() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let (wide, high) = (640.0, 480.0);
    for orientation in 1..=8 {
        let (across, down) = if orientation < 5 { (640, 480) } else { (480, 640) };
        let exif = [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[orientation, 0, 0, 0]];
        let mut crop = Crop::new(across, down).at_zoom(1.5).moved(0.2, -0.3);
        for _ in 0..orientation % 4 {
            crop = crop.turned().scaled(1.1, [0.1, 0.4]);
        }
        for crop in [crop, crop.whole()] {
            let seen = cut(&browser, crop.frame(), picture::jpeg_of(640, 480, Some(&exif.concat()))).await;
            let [a, b, c, d, e, f] = crop.transform(1.0);
            for (x, y) in
                (0..100).map(|at| (f64::from(at % 10) / 10.0 + 0.05, f64::from(at / 10) / 10.0 + 0.05))
            {
                // Back through the transform, which turns and scales: from the frame to the upright picture.
                let scale = a * d - b * c;
                let (right, below) = (x - e, y - f);
                let to_x = (d * right - c * below) / scale + f64::from(across) / 2.0;
                let to_y = (a * below - b * right) / scale + f64::from(down) / 2.0;
                let (from_x, from_y) = match orientation {
                    2 => (wide - to_x, to_y),
                    3 => (wide - to_x, high - to_y),
                    4 => (to_x, high - to_y),
                    5 => (to_y, to_x),
                    6 => (to_y, high - to_x),
                    7 => (wide - to_y, high - to_x),
                    8 => (wide - to_y, to_x),
                    _ => (to_x, to_y),
                };
                let inside = (from_x / wide - 0.5).abs().max((from_y / high - 0.5).abs()) - 0.5;
                let color = [from_x, from_y, (from_x + from_y) / 2.0].map(|part| (part * 255.0 / wide) as u8);
                let expected = if inside < 0.0 { color } else { [255; 3] };
                // At the very edge it is a little of both.
                let fits = near(seen(x, y), expected) || inside.abs() < 0.01;
                assert!(fits, "{orientation} {crop:?} at {x} {y}: {:?}, not {expected:?}", seen(x, y));
            }
        }
        house.advance(10 * MINUTE);
    }
}

#[tokio::test]
async fn b21_bad_frame_is_refused_after_the_whole_body_is_read() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let before = house.rows().await;
    for query in [
        "?x=0&y=0&side=1000000",
        "?turns=0",
        "?x=0&y=0&side=0&turns=0",
        "?x=0&y=0&side=-1&turns=0",
        "?x=0&y=0&side=4096000001&turns=0",
        "?x=2048000001&y=0&side=1&turns=0",
        "?x=0&y=-2048000001&side=1&turns=0",
        "?x=0&y=0&side=1&turns=4",
        "?x=0.5&y=0&side=1&turns=0",
        "?x=NaN&y=0&side=1&turns=0",
        "?x=&y=0&side=1&turns=0",
        "?x=0&x=0&y=0&side=1&turns=0",
        "?x=0&y=0&side=1&turns=0&z=0",
        "?z=0",
    ] {
        let (mut pieces, body) = Channel::<Bytes, std::io::Error>::new(1);
        let sending = tokio::spawn(async move {
            for _ in 0..4 {
                pieces.send_data(vec![0; 64 * 1024].into()).await.expect("it is read");
            }
        });
        let answer = sent_to(&browser, &[UPLOAD, query].concat(), Body::new(body)).await;
        assert_eq!(
            (answer.status, answer.problem()),
            (StatusCode::BAD_REQUEST, "BAD_REQUEST".into()),
            "{query}"
        );
        sending.await.expect("read to its end");
    }
    assert_eq!(house.rows().await, before);
}

#[tokio::test]
async fn a2_ava_2_f_27_bad_files_are_refused_and_not_stored() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let before = house.rows().await["picture"].clone();
    let cut = |file: Vec<u8>| file[..file.len() / 2].to_vec();
    let bomb = {
        let mut file = picture::small();
        file[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
        file
    };
    for (file, why) in [
        (Vec::new(), AvatarFlaw::Format),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), AvatarFlaw::Format),
        (b"\0\0\0\x18ftypheic".to_vec(), AvatarFlaw::Format),
        (b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), AvatarFlaw::Format),
        (b"%PDF-1.7".to_vec(), AvatarFlaw::Format),
        (bomb, AvatarFlaw::Large),
        (cut(picture::jpeg(300, None)), AvatarFlaw::Broken),
        (cut(picture::progressive(300)), AvatarFlaw::Broken),
        (cut(picture::small()), AvatarFlaw::Broken),
        (cut(picture::webp(300)), AvatarFlaw::Broken),
        (picture::progressive(2400), AvatarFlaw::Large),
        (picture::webp_of_tables(100_000), AvatarFlaw::Large),
        (picture::webp_of_hidden_tables(100_000), AvatarFlaw::Large),
        (picture::webp_larger_inside(), AvatarFlaw::Large),
        (vec![0; HEAVIEST + 1], AvatarFlaw::Heavy),
    ] {
        let head = String::from_utf8_lossy(&file[..file.len().min(12)]).into_owned();
        assert_eq!(uploaded(&browser, file).await, bad(why), "{head:?}");
    }
    // Without a length told it is counted.
    let (mut pieces, body) = Channel::<Bytes, std::io::Error>::new(1);
    tokio::spawn(async move {
        for _ in 0..100 {
            pieces.send_data(vec![0; 64 * 1024].into()).await.expect("it is read");
        }
    });
    assert_eq!(uploaded(&browser, Body::new(body)).await, bad(AvatarFlaw::Heavy));
    assert_eq!(house.rows().await["picture"], before);
}

#[tokio::test]
async fn a2_ava_5_set_and_remove_replace_picture_and_are_logged() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let (first, second) = (wear(&browser).await, wear(&browser).await);
    assert_eq!(seen(&browser, &first).await.status, StatusCode::NOT_FOUND, "the old one is gone");
    assert_eq!(set(&browser, &first).await, Err(Refusal::NotFound));
    let before = house.rows().await;
    assert_eq!(set(&browser, &second).await.expect("again").avatar.picture, Some(second.clone()));
    assert_eq!(house.rows().await, before, "sent again it changes nothing");
    assert_eq!(browser.send(&RemoveAvatar {}).await.expect("removed").avatar.picture, None);
    let before = house.rows().await;
    browser.send(&RemoveAvatar {}).await.expect("again");
    assert_eq!(house.rows().await, before, "sent again it changes nothing");
    assert_eq!(seen(&browser, &second).await.status, StatusCode::NOT_FOUND);
    let told: Vec<_> = browser.send(&GetActivity { before: None }).await.expect("told").events;
    let told: Vec<_> = told.into_iter().map(|event| event.what).collect();
    let changed = SecurityEvent::AvatarChanged;
    assert_eq!(told, [SecurityEvent::AvatarRemoved, changed, changed, SecurityEvent::SignedIn]);
}

#[tokio::test]
async fn ava_5_nobody_sets_the_picture_of_another() {
    let house = House::open().await;
    let (lin, chen) = (house.signed_in(FREE).await, house.signed_in(MEMBER).await);
    let picture = uploaded(&lin, picture::small()).await.expect("uploaded");
    let before = house.rows().await;
    for foreign in [picture.as_str(), "", "x", "'; DROP TABLE picture"] {
        assert_eq!(set(&chen, foreign).await, Err(Refusal::NotFound), "{foreign}");
    }
    assert_eq!(house.rows().await, before);
}

#[tokio::test]
async fn ava_5_unset_uploads_last_ten_minutes_three_at_most() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let worn = wear(&browser).await;
    let mut waiting = Vec::new();
    for _ in 0..4 {
        waiting.push(uploaded(&browser, picture::small()).await.expect("uploaded"));
        house.advance(1);
    }
    assert_eq!(set(&browser, &waiting[0]).await, Err(Refusal::NotFound), "the oldest made room");
    assert_eq!(seen(&browser, &waiting[1]).await.status, StatusCode::OK);
    assert_eq!(seen(&browser, &worn).await.status, StatusCode::OK);
    house.advance(10 * MINUTE - 2);
    assert_eq!(set(&browser, &waiting[1]).await, Err(Refusal::NotFound), "swept or not");
    assert_eq!(seen(&browser, &waiting[1]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(seen(&browser, &waiting[3]).await.status, StatusCode::OK);
    house.advance(10);
    house.app.delete_old().await.expect("swept");
    let left = "SELECT COUNT(*) FROM picture p JOIN account a ON a.id = p.account WHERE a.avatar IS NOT p.id";
    assert_eq!(house.count(left).await, 0);
    assert_eq!(seen(&browser, &worn).await.status, StatusCode::OK, "what is set stays");
}

#[tokio::test]
async fn ava_5_twenty_files_in_an_hour_are_decoded() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    for _ in 0..20 {
        uploaded(&browser, picture::small()).await.expect("uploaded");
    }
    house.advance(10 * MINUTE);
    let refused = uploaded(&browser, picture::small()).await;
    assert_eq!(refused, Err(Refusal::TooBusy { after: 3000 }));
    house.signed_in(MEMBER).await;
    house.advance(50 * MINUTE);
    uploaded(&browser, picture::small()).await.expect("the hour is over");
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM upload").await, 1);
}

#[tokio::test]
async fn ava_5_slow_upload_does_not_block_other_accounts() {
    let house = House::open().await;
    let (slow, other) = (house.signed_in(FREE).await, house.signed_in(MEMBER).await);
    let (mut pieces, body) = Channel::<Bytes, std::io::Error>::new(1);
    let sending = tokio::spawn({
        let slow = slow.clone();
        async move { uploaded(&slow, Body::new(body)).await }
    });
    pieces.send_data(picture::small()[..9].to_vec().into()).await.expect("it is read");
    // The first piece is taken: what is sent next waits for nothing but room in the channel.
    pieces.send_data(picture::small()[9..20].to_vec().into()).await.expect("it is read");
    assert_eq!(uploaded(&slow, picture::small()).await, Err(Refusal::TooBusy { after: 2 }), "one at a time");
    for _ in 0..3 {
        uploaded(&other, picture::small()).await.expect("there is room");
    }
    pieces.send_data(picture::small()[20..].to_vec().into()).await.expect("it is read");
    drop(pieces);
    sending.await.expect("no panic").expect("uploaded");
    uploaded(&slow, picture::small()).await.expect("it is its turn again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ava_5_parallel_uploads_stay_within_all_limits() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let browser = browser.clone();
            tokio::spawn(async move { uploaded(&browser, picture::small()).await })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => done += 1,
            Err(refusal) => assert!(matches!(refusal, Refusal::TooBusy { .. }), "{refusal:?}"),
        }
    }
    assert!((1..=20).contains(&done), "{done}");
    let waiting = "SELECT COUNT(*) FROM picture p JOIN account a ON a.id = p.account
                   WHERE a.phone = '+8613800000001'";
    assert!(house.count(waiting).await <= 3);
    assert_eq!(house.count("SELECT COUNT(*) FROM upload").await, done);
}

#[tokio::test]
async fn ava_5_interrupted_at_any_row_the_old_picture_stays() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let worn = wear(&browser).await;
    let next = uploaded(&browser, picture::small()).await.expect("uploaded");
    for what in ["UPDATE ON account", "DELETE ON picture", "INSERT ON event"] {
        let sql = format!("CREATE TRIGGER fails AFTER {what} BEGIN SELECT RAISE (ABORT, 'on purpose'); END");
        let mut database = house.database().await;
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut database).await.expect("a trigger");
        let before = house.rows().await;
        let answer = browser.answer(&SetAvatar { picture: next.clone() }).await;
        assert_eq!(answer.problem(), "INTERNAL", "{what}");
        assert_eq!(house.rows().await, before, "{what}");
        assert_eq!(seen(&browser, &worn).await.status, StatusCode::OK, "{what}");
        sqlx::query("DROP TRIGGER fails").execute(&mut database).await.expect("dropped");
    }
    set(&browser, &next).await.expect("at last");
}

#[tokio::test]
async fn ava_3_picture_is_visible_to_owner_and_colleagues_only() {
    let house = House::open().await;
    let owner = house.signed_in(ENTERPRISE).await;
    let colleague = house.signed_in(SUPER_ADMIN).await;
    let elsewhere = house.signed_in(BUSINESS).await;
    let personal = house.signed_in(FREE).await;
    let neighbor = house.signed_in(MEMBER).await;
    let picture = uploaded(&owner, picture::small()).await.expect("uploaded");
    let status = async |browser: &Browser, picture: &str| seen(browser, picture).await.status.as_u16();
    assert_eq!([status(&owner, &picture).await, status(&colleague, &picture).await], [200, 404], "not yet");
    set(&owner, &picture).await.expect("set");
    for (browser, expected) in
        [(&owner, 200), (&colleague, 200), (&elsewhere, 404), (&personal, 404), (&house.browser(), 404)]
    {
        assert_eq!(status(browser, &picture).await, expected);
    }
    // The personal realm is no organization.
    let alone = wear(&personal).await;
    assert_eq!([status(&personal, &alone).await, status(&neighbor, &alone).await], [200, 404]);
    for path in ["/avatars", "/avatars/", "/avatars/x", "/avatars/x/128.jpg", "/avatars/x/y/z"] {
        assert_eq!(owner.get(path).await.problem(), "NOT_FOUND", "{path}");
    }
    for file in ["64.jpg", "128", "128.png", "128.jpg/", "0512.jpg"] {
        assert_eq!(owner.get(&format!("/avatars/{picture}/{file}")).await.problem(), "NOT_FOUND", "{file}");
    }
}

#[tokio::test]
async fn ava_3_picture_is_served_as_an_image_only() {
    let house = House::open().await;
    let browser = house.signed_in(FREE).await;
    let picture = wear(&browser).await;
    let ask = async |name: &'static str, value: &str| {
        let mut request = Browser::request(Method::GET, &address(&picture, Size::Large), Body::empty());
        request.headers_mut().remove("x-client");
        request.headers_mut().insert(name, value.parse().expect("a value"));
        browser.raw(request).await
    };
    let answer = ask("sec-fetch-dest", "image").await;
    assert_eq!(answer.status, StatusCode::OK);
    let tag = answer.headers[header::ETAG].to_str().expect("text").to_owned();
    let had = ask("if-none-match", &tag).await;
    assert_eq!((had.status, had.body.len()), (StatusCode::NOT_MODIFIED, 0));
    for answer in [&answer, &had] {
        for (name, value) in [
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-cache"),
        ] {
            let values: Vec<_> = answer.headers.get_all(name).iter().collect();
            assert_eq!(values, [value], "{name}");
        }
    }
    assert_eq!(answer.headers[header::CONTENT_TYPE], "image/jpeg");
    assert_eq!(ask("if-none-match", "\"another\"").await.status, StatusCode::OK);
    for destination in ["document", "iframe", "script", "empty", "worker", "object"] {
        assert_eq!(ask("sec-fetch-dest", destination).await.problem(), "NOT_FOUND", "{destination}");
    }
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(FREE).await.expect("signed in");
    let answer = seen(&kiosk, &picture).await;
    assert_eq!(
        (answer.status, &answer.headers[header::CACHE_CONTROL]),
        (StatusCode::OK, &"no-store".parse().expect("a value")),
        "G6"
    );
    // Once its session is over, the next person's browser keeps nothing of it.
    house.advance(91);
    let answer = seen(&kiosk, &picture).await;
    let dropped = answer.headers.get_all(header::SET_COOKIE).iter().count();
    assert_eq!((answer.problem().as_str(), dropped), ("NOT_FOUND", 2), "G6");
}

#[tokio::test]
async fn a1_demo_has_three_accounts_with_a_picture() {
    let house = House::open().await;
    assert_eq!(house.count("SELECT COUNT(*) FROM account WHERE avatar IS NOT NULL").await, 3);
    for phone in [MEMBER, SUPER_ADMIN] {
        let browser = house.signed_in(phone).await;
        let picture = me(&browser).await.avatar.picture.expect("one of the demo's");
        let (width, height, _) = looked_at(&browser.get(&address(&picture, Size::Large)).await.body);
        assert_eq!((width, height), (512, 512));
    }
    assert_eq!(me(&house.signed_in(FREE).await).await.avatar.picture, None);
}
