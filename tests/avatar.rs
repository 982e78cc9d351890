//! The picture of the account: picked, cut and saved, taken away, and closed where somebody else
//! decides (A1, A2, AVA-4).

use contract::activity::SecurityEvent;
use contract::problem::Trouble;
use contract::refusal::{AvatarFlaw, Refusal};
use e2e::picture::{QUARTERS, night, quarters, taken_sideways};
use e2e::{Answer, Browser, Fault, Key, Stage, ZH, always, trouble};
use serde_json::json;

const ONE: &str = "13800000001";
const UPLOADS: &str = "/api/v1/avatar/uploads";
const AVATAR: &str = "/api/v1/avatar";
/// What is cut.
const STAGE: &str = ".crop canvas";
/// The portrait of whatever screen.
const PORTRAIT: &str = "img.initial";

/// From the overview to where a picture is picked.
fn begin(browser: &Browser<'_>, phone: &str) {
    browser.enter(phone);
    browser.link(ZH.overview().change_avatar).click();
    browser.heading(ZH.avatar().title).must_appear();
    browser.button(ZH.avatar().pick).must_appear();
}

/// With four quarters behind the frame.
fn pick(browser: &Browser<'_>, phone: &str) {
    begin(browser, phone);
    browser.pick_file("quarters.png", &quarters(400, 400));
    browser.must_show(STAGE, QUARTERS);
}

#[test]
fn a2_a_picture_is_cut_saved_and_shown_wherever_the_account_is() {
    let stage = Stage::new();
    let (browser, other) = (stage.browser(), stage.browser());
    other.enter(ONE);
    other.button(ZH.overview().sign_out).must_appear();
    begin(&browser, ONE);
    // The middle of it is cut out at first.
    browser.pick_file("wide.png", &quarters(800, 400));
    browser.must_show(STAGE, QUARTERS);
    browser.button(ZH.avatar().turn).click();
    browser.must_show(STAGE, ["blue", "red", "yellow", "green"]);
    browser.button(ZH.avatar().save).click();
    browser.must_be_at("/");
    browser.must_read(ZH.avatar().changed);
    browser.must_show(PORTRAIT, ["blue", "red", "yellow", "green"]);
    browser.reload();
    browser.must_show(PORTRAIT, ["blue", "red", "yellow", "green"]);
    other.reload();
    other.must_show(PORTRAIT, ["blue", "red", "yellow", "green"]);
    other.link(ZH.overview().see_activity).click();
    other.must_read((ZH.activity().what)(SecurityEvent::AvatarChanged));
}

#[test]
fn a2_the_whole_picture_has_bars_and_a_tap_centers_a_place() {
    let stage = Stage::new();
    let browser = stage.phone();
    begin(&browser, ONE);
    browser.pick_file("high.png", &quarters(200, 800));
    browser.must_show(STAGE, QUARTERS);
    browser.button(ZH.avatar().whole).tap();
    browser.must_show(STAGE, ["white"; 4]);
    let there = "
        const frame = document.querySelector('.crop canvas');
        const { left, top, width, height } = frame.getBoundingClientRect();
        const fire = (type, id, x, y) => frame.dispatchEvent(new PointerEvent(type, {
            bubbles: true, cancelable: true, pointerId: id, pointerType: 'touch',
            clientX: left + width * x, clientY: top + height * y,
        }));";
    // Two fingers that part zoom until it fills the frame again.
    let pinch = "fire('pointerdown', 7, 0.5, 0.45); fire('pointerdown', 8, 0.5, 0.55);
        for (let way = 0.05; way < 0.45; way += 0.05) {
            fire('pointermove', 7, 0.5, 0.45 - way); fire('pointermove', 8, 0.5, 0.55 + way);
        }
        fire('pointerup', 7, 0.5, 0.05); fire('pointerup', 8, 0.5, 0.95);";
    assert!(browser.run(&[there, pinch].concat(), vec![]).is_null());
    browser.must_show(STAGE, QUARTERS);
    let tap = "fire('pointerdown', 9, 0.75, 0.25); fire('pointerup', 9, 0.75, 0.25);";
    assert!(browser.run(&[there, tap].concat(), vec![]).is_null());
    browser.must_show(STAGE, ["green"; 4]);
    let drag = "fire('pointerdown', 9, 0.9, 0.9); fire('pointermove', 9, 0.4, 0.4);
        fire('pointermove', 9, -0.5, -0.6); fire('pointerup', 9, -0.5, -0.6);";
    assert!(browser.run(&[there, drag].concat(), vec![]).is_null());
    browser.must_show(STAGE, ["yellow"; 4]);
}

#[test]
fn a2_a_picture_is_cut_by_keyboard_alone() {
    let stage = Stage::new();
    let browser = stage.browser();
    pick(&browser, ONE);
    // The frame has the focus as soon as there is something in it.
    browser.must_come_true("return document.activeElement.classList.contains('crop')");
    for _ in 0..8 {
        browser.type_keys("+");
    }
    for _ in 0..24 {
        browser.press(Key::Right);
        browser.press(Key::Down);
    }
    browser.must_show(STAGE, ["red"; 4]);
    browser.tab_to(&browser.button(ZH.avatar().turn));
    browser.press(Key::Space);
    browser.must_show(STAGE, ["red"; 4]);
    for _ in 0..8 {
        browser.press(Key::Tab);
        if browser.button(ZH.avatar().save).has_focus() {
            break;
        }
    }
    browser.press(Key::Enter);
    browser.must_be_at("/");
    browser.must_show(PORTRAIT, ["red"; 4]);
}

#[test]
fn ava_4_what_is_no_picture_says_why_and_the_tab_goes_on() {
    let stage = Stage::new();
    let browser = stage.browser();
    begin(&browser, ONE);
    let jpeg = browser.jpeg_of(&quarters(400, 400));
    let heavy = [quarters(8, 8), vec![0; 5 * 1024 * 1024]].concat();
    let told = |why| ZH.refusal(&Refusal::AvatarBad { why });
    let cases: [(&str, &[u8], AvatarFlaw); 7] = [
        ("heavy.png", &heavy, AvatarFlaw::Heavy),
        ("vast.png", &night(10_000, 10_000), AvatarFlaw::Large),
        (
            "drawing.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            AvatarFlaw::Format,
        ),
        ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", AvatarFlaw::Format),
        ("empty.png", b"", AvatarFlaw::Format),
        ("cut.jpg", &jpeg[..jpeg.len() / 8], AvatarFlaw::Broken),
        ("page.jpg", b"<!doctype html><script>alert(1)</script>", AvatarFlaw::Format),
    ];
    for (name, bytes, why) in cases {
        browser.pick_file(name, bytes);
        browser.must_warn(told(why));
        browser.button(ZH.avatar().pick).must_be_open();
    }
    assert_eq!(browser.requests_to(UPLOADS), 0, "nothing of it was sent");
    browser.pick_file("photo.jpg", &jpeg);
    browser.must_show(STAGE, QUARTERS);
    assert!(!browser.reads(told(AvatarFlaw::Broken)));
    // The one that is being cut stays when the next one is none.
    browser.pick_file("drawing.svg", b"<svg/>");
    browser.must_warn(told(AvatarFlaw::Format));
    browser.must_show(STAGE, QUARTERS);
}

#[test]
fn a2_a_photo_stands_upright_and_only_the_picture_is_sent() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.run_before_pages(
        "const send = XMLHttpRequest.prototype.send;
        XMLHttpRequest.prototype.send = function (body) { window.sent = body; send.call(this, body); };",
    );
    begin(&browser, ONE);
    let note = b"PLACE 39.9042 N";
    // A quarter turn clockwise, and a tail that another program might run.
    let photo = [taken_sideways(&browser.jpeg_of(&quarters(400, 400))), note.to_vec()].concat();
    browser.pick_file("photo.jpg", &photo);
    browser.must_show(STAGE, ["blue", "red", "yellow", "green"]);
    browser.button(ZH.avatar().save).click();
    browser.must_show(PORTRAIT, ["blue", "red", "yellow", "green"]);
    let sent =
        browser.run_until_done("sent.text().then(text => done([text.length > 100, text.includes('PLACE')]))");
    assert_eq!(sent, json!([true, false]));
}

#[test]
fn a2_a_file_can_be_dropped() {
    let stage = Stage::new();
    let browser = stage.browser();
    begin(&browser, ONE);
    let drop = "
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(arguments[0])], 'quarters.png', { type: 'image/png' }));
        const place = document.querySelector('.drop');
        for (const type of ['dragover', 'drop']) {
            place.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
        }";
    assert!(browser.run(drop, vec![json!(quarters(400, 400))]).is_null());
    browser.must_show(STAGE, QUARTERS);
}

#[test]
fn a2_an_upload_can_be_called_off_and_sent_again() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    pick(&browser, ONE);
    stage.faults().once("POST", UPLOADS, Fault::Hold);
    browser.button(ZH.avatar().save).click();
    stage.faults().must_hold();
    browser.must_read(always(ZH.avatar().sending));
    browser.button(ZH.avatar().stop).click();
    browser.button(ZH.avatar().another).must_appear();
    stage.faults().cut();
    assert_eq!(browser.requests_to(AVATAR), 0);
    browser.must_show(STAGE, QUARTERS);
    browser.button(ZH.avatar().save).click();
    browser.must_be_at("/");
    browser.must_show(PORTRAIT, QUARTERS);
}

#[test]
fn a2_a_bad_network_loses_nothing_that_was_cut() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    pick(&browser, ONE);
    browser.button(ZH.avatar().turn).click();
    stage.faults().once("POST", UPLOADS, Fault::CutBefore);
    browser.button(ZH.avatar().save).click();
    browser.must_warn(trouble(&ZH, Trouble::Timeout));
    // It was set, and nobody heard.
    stage.faults().once("POST", AVATAR, Fault::CutAfter);
    browser.button(ZH.avatar().save).click();
    browser.must_warn(trouble(&ZH, Trouble::Timeout));
    browser.must_show(STAGE, ["blue", "red", "yellow", "green"]);
    browser.button(ZH.avatar().save).click();
    browser.must_be_at("/");
    browser.must_show(PORTRAIT, ["blue", "red", "yellow", "green"]);
}

#[test]
fn a2_a_picture_is_removed_once_that_was_said_twice() {
    let stage = Stage::new();
    let browser = stage.browser();
    pick(&browser, ONE);
    browser.button(ZH.avatar().save).click();
    browser.must_show(PORTRAIT, QUARTERS);
    browser.link(ZH.overview().change_avatar).click();
    browser.must_show(PORTRAIT, QUARTERS);
    browser.button(ZH.avatar().remove).click();
    browser.heading(ZH.avatar().remove_title).must_appear();
    browser.button(ZH.account().cancel).click();
    browser.heading(ZH.avatar().remove_title).must_be_gone();
    browser.must_show(PORTRAIT, QUARTERS);
    browser.button(ZH.avatar().remove).click();
    browser.button(ZH.avatar().remove_submit).click();
    browser.must_read(ZH.avatar().removed);
    browser.must_come_true("return !document.querySelector('img.initial')");
    browser.button(ZH.avatar().remove).must_be_gone();
    browser.reload();
    browser.must_come_true("return document.querySelector('span.initial')?.textContent === '林'");
}

#[test]
fn f_04_an_answer_that_is_no_account_is_no_success() {
    let stage = Stage::behind_proxy();
    let browser = stage.browser();
    pick(&browser, ONE);
    let portal =
        Answer { head: "200 OK\r\nContent-Type: text/html", body: "<title>Sign in to the hotel</title>" };
    stage.faults().once("POST", "/api/v1/avatar", Fault::Mask(portal));
    browser.button(ZH.avatar().save).click();
    browser.must_warn(trouble(&ZH, Trouble::Unreadable));
    browser.must_be_at("/avatar");
}

#[test]
fn a1_where_the_organization_decides_the_row_is_closed_and_why() {
    let stage = Stage::new();
    let browser = stage.browser();
    let reason = ZH.refusal(&Refusal::AvatarLocked);
    browser.enter("13800000004");
    browser.button(ZH.overview().change_avatar).must_be_closed();
    browser.button(ZH.overview().change_avatar).must_be_described(&reason);
    browser.open("/avatar");
    browser.must_read(&reason);
    browser.button(ZH.avatar().pick).must_be_gone();
    browser.leave();
    begin(&browser, "13800000005");
}

#[test]
fn a1_what_is_forbidden_while_it_is_being_cut_is_not_saved() {
    let stage = Stage::new();
    let (browser, admin) = (stage.browser(), stage.browser());
    pick(&browser, "13800000005");
    admin.enter("13800000006");
    admin.link(ZH.overview().see_settings).click();
    admin.checkbox(ZH.console().avatars).click();
    admin.must_read(ZH.console().saved);
    browser.button(ZH.avatar().save).click();
    browser.must_read(ZH.refusal(&Refusal::AvatarLocked));
    browser.button(ZH.avatar().save).must_be_gone();
    browser.button(ZH.avatar().pick).must_be_gone();
    browser.must_have_sent(UPLOADS, 1);
    assert_eq!(browser.requests_to(AVATAR), 0);
    browser.link(ZH.common().home).click();
    browser.must_come_true("return document.querySelector('span.initial')?.textContent === '许'");
}
