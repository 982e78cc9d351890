//! M1–M5, C5, DEL-04: being in several meetings at the same time, as the meeting service reports it.

use crate::support::{Browser, House};
use axum::body::Body;
use axum::http::Method;
use contract::account::{DeviceKind, Edition};
use contract::cancel::CancelAccount;
use contract::endpoint::Endpoint;
use contract::me::GetMe;
use contract::meetings::{CanJoin, GetCanJoin, GetMeetings, MeetingRule, Meetings, SLOTS};
use contract::refusal::Refusal;
use contract::sign_in::{EnterSurface, SignOut};
use serde_json::{Value, json};

const FREE: &str = "13800000001";
const MEMBER: &str = "13800000002";
const BUSINESS: &str = "13800000004";
const ENTERPRISE: &str = "13800000005";
const SUPER: &str = "13800000006";

async fn meetings(browser: &Browser) -> Meetings {
    browser.send(&GetMeetings {}).await.expect("signed in")
}

async fn can_join(browser: &Browser, device_kind: DeviceKind, own: bool) -> CanJoin {
    browser.send(&GetCanJoin { device_kind, own }).await.expect("signed in")
}

/// The slots that are taken: the kind, whether own, and what it is called.
fn taken(meetings: &Meetings) -> Vec<(DeviceKind, bool, String)> {
    let slots = meetings.slots.iter().filter_map(|slot| Some((slot.kind, slot.meeting.as_ref()?)));
    slots.map(|(kind, held)| (kind, held.own, held.title.clone().unwrap_or_default())).collect()
}

/// An account and one of its devices, as the meeting service knows them.
struct Known {
    account: String,
    device: String,
}

async fn known(house: &House, browser: &Browser) -> Known {
    let account = browser.send(&GetMe {}).await.expect("signed in").account;
    let device = house
        .text(
            "SELECT device FROM session WHERE account = ? AND ended_at IS NULL ORDER BY rowid DESC LIMIT 1",
            &account,
        )
        .await;
    Known { account, device }
}

impl Known {
    fn came(&self, house: &House, own: bool) -> Value {
        let at = house.app.now().timestamp();
        json!({ "account": self.account, "device": self.device, "own": own, "started_at": at })
    }
}

/// The same report with the end.
fn left(house: &House, came: &Value) -> Value {
    let mut left = came.clone();
    left["ended_at"] = json!(house.app.now().timestamp());
    left
}

fn start(phone: &str, kind: &str, own: bool) -> Value {
    json!({ "phone": phone, "device_kind": kind, "own": own, "op": "start" })
}

fn end(phone: &str, kind: &str, own: bool) -> Value {
    json!({ "phone": phone, "device_kind": kind, "own": own, "op": "end" })
}

#[tokio::test]
async fn m4_m5_demo_accounts_1_and_6_have_their_meetings() {
    use DeviceKind::{Ios, Ipad, Mac, Windows};
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let seen = meetings(&lin).await;
    assert_eq!(seen.slots.iter().map(|slot| slot.kind).collect::<Vec<_>>(), SLOTS);
    assert_eq!(taken(&seen), [(Windows, true, "产品周会".into()), (Ios, false, "客户需求沟通".into())]);
    assert_eq!((seen.edition, &seen.beside[..]), (Edition::Free, &[][..]));
    assert_eq!(seen.rules, [MeetingRule::M1, MeetingRule::M2, MeetingRule::M4]);
    assert!(seen.slots.iter().flat_map(|slot| &slot.meeting).all(|held| !held.here && !held.signed_in));
    let qin = house.signed_in(SUPER).await;
    let seen = meetings(&qin).await;
    assert_eq!(taken(&seen), [(Mac, true, "云桥季度经营会".into()), (Ipad, true, "新员工入职培训".into())]);
    assert_eq!(seen.rules, [MeetingRule::M3, MeetingRule::M4]);
    // And nobody else is in any.
    assert_eq!(taken(&meetings(&house.signed_in(MEMBER).await).await), []);
    assert_eq!(lin.answer(&GetMeetings {}).await.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn m5_can_join_answer_follows_meetings_on_other_devices() {
    use CanJoin::{No, Yes};
    use DeviceKind::{Android, Ios, Mac, Web, Windows};
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    assert_eq!(can_join(&lin, Mac, false).await, Yes);
    assert_eq!(can_join(&lin, Ios, false).await, No(MeetingRule::M4));
    assert_eq!(can_join(&lin, Mac, true).await, No(MeetingRule::M1));
    assert_eq!(can_join(&lin, Web, false).await, Yes);
    let met = house.meet(&start(FREE, "mac", false)).await.json();
    assert_eq!(can_join(&lin, Mac, false).await, No(MeetingRule::M4));
    let seen = meetings(&lin).await;
    let on_mac = seen.slots.iter().find(|slot| slot.kind == Mac).and_then(|slot| slot.meeting.clone());
    assert_eq!(on_mac.expect("a meeting").id, met["meeting"].as_str().expect("its id"));
    assert_eq!(house.meet(&start(FREE, "mac", false)).await.problem(), "SLOT_TAKEN");
    assert_eq!(house.meet(&start(FREE, "ipad", true)).await.problem(), "SLOT_TAKEN");
    house.meet(&start(FREE, "ipad", false)).await.json();
    house.meet(&start(FREE, "android", false)).await.json();
    assert_eq!(can_join(&lin, Android, false).await, No(MeetingRule::M2), "five in all");
    assert_eq!(house.meet(&end(FREE, "windows", true)).await.status, 200);
    assert_eq!(can_join(&lin, Windows, true).await, Yes, "none of its own any more");
    assert_eq!(house.meet(&end(FREE, "windows", true)).await.problem(), "NOT_FOUND");
    // Enterprise: five of its own.
    let qin = house.signed_in(SUPER).await;
    for kind in ["windows", "android", "ios"] {
        assert_eq!(house.meet(&start(SUPER, kind, true)).await.status, 200, "{kind}");
    }
    assert_eq!(can_join(&qin, Mac, true).await, No(MeetingRule::M3));
    assert_eq!(can_join(&qin, Web, true).await, Yes);
    // Business is like free.
    let he = house.signed_in(BUSINESS).await;
    assert_eq!(house.meet(&start(BUSINESS, "web", true)).await.status, 200);
    assert_eq!(can_join(&he, Mac, true).await, No(MeetingRule::M1), "a browser is no way around it");
    assert_eq!(can_join(&he, Mac, false).await, Yes);
    let seen = meetings(&he).await;
    assert_eq!((taken(&seen).len(), seen.beside.len()), (0, 1));
    assert!(seen.beside[0].here, "the stand-in takes the device that was used last");
}

#[tokio::test]
async fn m5_bad_can_join_query_is_refused() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    for query in [
        "",
        "?device_kind=mac",
        "?own=true",
        "?device_kind=tv&own=true",
        "?device_kind=mac&own=maybe",
        "?device_kind=mac&own=true&own=true",
        "?device_kind=mac&own=true&account=x",
    ] {
        let answer = lin.get(&format!("{}{query}", GetCanJoin::PATH)).await;
        assert_eq!(answer.problem(), "BAD_REQUEST", "{query}");
    }
    let answer = lin.get("/api/v1/meetings/can-join?own=false&device_kind=mac").await;
    assert_eq!(answer.text(), r#""yes""#);
}

#[tokio::test]
async fn m4_the_same_meeting_on_a_second_kind_is_a_move() {
    let house = House::open().await;
    let (phone, tablet) = (house.signed_in_on("ios", MEMBER).await, house.signed_in_on("ipad", MEMBER).await);
    let on_tablet = known(&house, &tablet).await;
    let on_phone = Known {
        device: house
            .text("SELECT device FROM session WHERE account = ? ORDER BY rowid LIMIT 1", &on_tablet.account)
            .await,
        account: on_tablet.account.clone(),
    };
    let came = on_phone.came(&house, false);
    assert_eq!(house.report("weekly", &came).await.status, 204);
    house.advance(60);
    let moved = on_tablet.came(&house, false);
    assert_eq!(house.report("weekly", &moved).await.status, 204);
    let seen = meetings(&phone).await;
    assert_eq!(taken(&seen), [(DeviceKind::Ipad, false, String::new())]);
    let held = seen.slots[4].meeting.clone().expect("a meeting");
    assert_eq!((held.title, held.since), (None, house.app.now().timestamp()));
    let there = meetings(&tablet).await.slots[4].meeting.clone().expect("a meeting");
    assert!(there.here && there.signed_in);
    tablet.send(&SignOut {}).await.expect("signed out");
    let there = meetings(&phone).await.slots[4].meeting.clone().expect("it goes on");
    assert!(!there.here && !there.signed_in);
    // The phone says late that it left; that moves nothing.
    house.advance(60);
    assert_eq!(house.report("weekly", &left(&house, &came)).await.status, 204);
    assert_eq!(taken(&meetings(&phone).await).len(), 1);
    assert_eq!(house.report("weekly", &left(&house, &moved)).await.status, 204);
    assert_eq!(taken(&meetings(&phone).await), []);
}

#[tokio::test]
async fn m5_repeated_reports_count_once() {
    let house = House::open().await;
    let xu = house.signed_in_on("android", ENTERPRISE).await;
    let known = known(&house, &xu).await;
    let mut came = known.came(&house, true);
    assert_eq!(house.report("m-1", &came).await.status, 204);
    came["title"] = json!("产品周会");
    for _ in 0..3 {
        assert_eq!(house.report("m-1", &came).await.status, 204);
    }
    assert_eq!(taken(&meetings(&xu).await), [(DeviceKind::Android, true, "产品周会".into())]);
    let rows = "SELECT COUNT(*) FROM presence WHERE meeting = 'm-1'";
    assert_eq!(house.count(rows).await, 1);
    house.advance(600);
    let left_then = left(&house, &came);
    for _ in 0..3 {
        assert_eq!(house.report("m-1", &left_then).await.status, 204);
    }
    // The first word counts, and a late repetition of the beginning begins nothing.
    house.advance(600);
    assert_eq!(house.report("m-1", &left(&house, &came)).await.status, 204);
    assert_eq!(house.report("m-1", &came).await.status, 204);
    assert_eq!((house.count(rows).await, taken(&meetings(&xu).await)), (1, vec![]));
    let lasted = "SELECT ended_at - started_at FROM presence WHERE meeting = 'm-1'";
    assert_eq!(house.count(lasted).await, 600_000);
    // Whoever comes back is there once more; an end of which nobody told the beginning is one.
    house.report("m-1", &known.came(&house, true)).await;
    assert_eq!(taken(&meetings(&xu).await).len(), 1);
    let whole = left(&house, &known.came(&house, false));
    assert_eq!(house.report("m-2", &whole).await.status, 204);
    assert_eq!(house.count("SELECT COUNT(*) FROM presence WHERE meeting = 'm-2'").await, 1);
}

#[tokio::test]
async fn m1_m4_taken_slots_refuse_further_meetings() {
    let house = House::open().await;
    let chen = house.signed_in_on("windows", MEMBER).await;
    let first = known(&house, &chen).await;
    assert_eq!(house.report("a", &first.came(&house, true)).await.status, 204);
    assert_eq!(house.report("b", &first.came(&house, false)).await.problem(), "SLOT_TAKEN", "M4");
    let second = known(&house, &house.signed_in_on("mac", MEMBER).await).await;
    assert_eq!(house.report("b", &second.came(&house, true)).await.problem(), "SLOT_TAKEN", "M1");
    assert_eq!(house.report("b", &second.came(&house, false)).await.status, 204);
    assert_eq!(taken(&meetings(&chen).await).len(), 2);
    // A second computer of the same kind has no slot of its own.
    let third = known(&house, &house.signed_in_on("mac", MEMBER).await).await;
    assert_eq!(house.report("c", &third.came(&house, false)).await.problem(), "SLOT_TAKEN");
    assert_eq!(house.report("b", &third.came(&house, false)).await.status, 204, "the same meeting moves");
}

#[tokio::test]
async fn m1_late_end_of_an_earlier_part_keeps_the_meeting_running() {
    let house = House::open().await;
    let here = known(&house, &house.signed_in_on("mac", MEMBER).await).await;
    let there = known(&house, &house.signed_in_on("ipad", MEMBER).await).await;
    let first = here.came(&house, true);
    assert_eq!(house.report("a", &first).await.status, 204);
    house.advance(60);
    let earlier = left(&house, &first);
    house.advance(60);
    let again = here.came(&house, true);
    assert_eq!(house.report("a", &again).await.status, 204);
    assert_eq!(house.report("a", &earlier).await.status, 204);
    assert_eq!(house.report("b", &there.came(&house, true)).await.problem(), "SLOT_TAKEN", "it runs on");
    assert_eq!(house.report("a", &left(&house, &again)).await.status, 204);
    assert_eq!(house.report("b", &there.came(&house, true)).await.status, 204);
}

/// Every order of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![vec![]] };
    let with_last = |order: Vec<usize>| {
        (0..=last).map(move |at| {
            let mut order = order.clone();
            order.insert(at, last);
            order
        })
    };
    orders(last).into_iter().flat_map(with_last).collect()
}

#[tokio::test]
async fn m1_m4_reports_in_any_order_have_the_same_result() {
    let house = House::open().await;
    let chen = house.signed_in_on("windows", MEMBER).await;
    let windows = known(&house, &chen).await;
    let mac = known(&house, &house.signed_in_on("mac", MEMBER).await).await;
    let told = |device: &Known| {
        let came = device.came(&house, true);
        house.advance(60);
        let gone = left(&house, &came);
        [came, gone]
    };
    let [[came, gone], [again, gone_again]] = [told(&windows), told(&windows)];
    let [moved, moved_again] = told(&mac);
    let mut round = 0;
    for (reports, kinds, stays) in [
        // Gone and come back.
        (vec![&came, &gone, &again, &gone_again], vec![], "2"),
        // Moved, with or without a word of leaving where it was.
        (vec![&came, &gone, &moved], vec![DeviceKind::Mac], "2"),
        (vec![&came, &gone, &moved, &moved_again], vec![], "2"),
    ] {
        for order in orders(reports.len()) {
            round += 1;
            let meeting = format!("m-{round}");
            for &at in &order {
                assert_eq!(house.report(&meeting, reports[at]).await.status, 204, "{order:?}");
            }
            let held: Vec<DeviceKind> =
                taken(&meetings(&chen).await).into_iter().map(|(kind, ..)| kind).collect();
            assert_eq!(held, kinds, "{order:?} of {reports:?}");
            let rows = "SELECT CAST(COUNT(*) AS TEXT) FROM presence WHERE meeting = ?";
            assert_eq!(house.text(rows, &meeting).await, stays, "{order:?} of {reports:?}");
            assert_eq!(house.report(&meeting, &moved_again).await.status, 204);
        }
    }
    // Where a word is lost, the next one tells as much.
    for (lost, reports) in [
        ("a", vec![&came, &gone_again]),
        ("b", vec![&came, &moved, &moved_again]),
        ("c", vec![&moved_again, &came]),
    ] {
        for report in reports {
            assert_eq!(house.report(lost, report).await.status, 204, "{lost}");
        }
        assert_eq!(taken(&meetings(&chen).await), [], "{lost}");
    }
    // A late word does not bring anybody back, and is no way around M1.
    for report in [&moved, &came, &gone] {
        assert_eq!(house.report("late", report).await.status, 204);
    }
    assert_eq!(taken(&meetings(&chen).await).len(), 1);
    assert_eq!(house.report("other", &windows.came(&house, true)).await.problem(), "SLOT_TAKEN");
}

#[tokio::test]
async fn m5_the_service_api_is_for_the_meeting_service_alone() {
    let house = House::open().await;
    let lin = house.signed_in(MEMBER).await;
    let here = known(&house, &lin).await;
    let came = here.came(&house, false);
    for secret in ["", "demo-app-secret", "demo-meeting-secre", "demo-meeting-secret2"] {
        assert_eq!(house.report_as(secret, "m", &came).await.problem(), "FORBIDDEN", "{secret}");
    }
    let without = House::open_with(|config| config.meeting_service = None).await;
    assert_eq!(without.report("m", &came).await.problem(), "FORBIDDEN");
    // A person's cookies are worth nothing there.
    let request = Browser::request(Method::PUT, "/service/v1/meetings/m", Body::from(came.to_string()));
    let mut request = request;
    request.headers_mut().insert("content-type", "application/json".parse().expect("a type"));
    assert_eq!(lin.raw(request).await.problem(), "FORBIDDEN");

    // A stranger learns nothing of what a report looks like.
    assert_eq!(house.report_as("", "m", &json!("no report")).await.problem(), "FORBIDDEN");

    let with = |name: &str, value: Value| {
        let mut report = came.clone();
        report[name] = value;
        report
    };
    for (report, told) in [
        (with("account", json!("nobody")), "NOT_FOUND"),
        (with("device", json!("none")), "NOT_FOUND"),
        (with("started_at", json!("yesterday")), "BAD_REQUEST"),
        (with("started_at", json!("2020-01-01T00:00:00Z")), "BAD_REQUEST"),
        (with("started_at", json!("2030-01-01T00:00:00Z")), "BAD_REQUEST"),
        (with("ended_at", json!("2026-11-22T02:26:39Z")), "BAD_REQUEST"),
        (with("title", json!("\u{202e}gpj.exe")), "BAD_REQUEST"),
        (with("title", json!("two\u{2028}lines")), "BAD_REQUEST"),
        (with("title", json!("\u{61c}gpj.exe")), "BAD_REQUEST"),
        (with("title", json!("no\u{200b}thing")), "BAD_REQUEST"),
        (with("ended_at", json!("2026-11-22T02:31:41Z")), "BAD_REQUEST"),
        (with("title", json!("x".repeat(101))), "BAD_REQUEST"),
        (with("title", json!("a\nb")), "BAD_REQUEST"),
        (with("own", json!("yes")), "BAD_REQUEST"),
        (with("role", json!("super_admin")), "BAD_REQUEST"),
        (with("device", Value::Null), "BAD_REQUEST"),
    ] {
        assert_eq!(house.report("m", &report).await.problem(), told, "{report}");
    }
    let long = "m".repeat(65);
    for meeting in ["m.m", "m%20m", long.as_str()] {
        assert_eq!(house.report(meeting, &came).await.problem(), "BAD_REQUEST", "{meeting}");
    }
    // A device of somebody else is none of this account's.
    let other = known(&house, &house.signed_in(FREE).await).await;
    assert_eq!(house.report("m", &with("device", json!(other.device))).await.problem(), "NOT_FOUND");
    assert_eq!(
        house.count("SELECT COUNT(*) FROM presence WHERE meeting LIKE 'm%' AND length(meeting) < 32").await,
        0
    );
}

#[tokio::test]
async fn c5_scheduled_meetings_can_be_added_moved_and_removed() {
    let house = House::open().await;
    let chen = house.signed_in(MEMBER).await;
    let account = chen.send(&GetMe {}).await.expect("signed in").account;
    let scheduled = "SELECT COUNT(*) FROM scheduled WHERE meeting = 'later'";
    let mut plan =
        json!({ "account": account, "own": true, "title": "家庭会议", "started_at": "2026-11-25T09:00:00Z" });
    for _ in 0..2 {
        assert_eq!(house.report("later", &plan).await.status, 204);
    }
    plan["started_at"] = json!("2026-11-26T09:00:00+08:00");
    assert_eq!(house.report("later", &plan).await.status, 204);
    assert_eq!(house.count(scheduled).await, 1);
    let at = "SELECT starts_at / 1000 FROM scheduled WHERE meeting = 'later'";
    assert_eq!(house.count(at).await, 1_795_654_800);
    let lost = chen.send(&contract::cancel::GetCancel {}).await.expect("consequences");
    assert_eq!((lost.running_meetings, lost.scheduled_meetings), (0, 2));
    plan["ended_at"] = json!("2026-11-22T00:00:00Z");
    assert_eq!(house.report("later", &plan).await.status, 204);
    assert_eq!(house.count(scheduled).await, 0);
    // One that begins is not scheduled any more.
    plan["ended_at"] = Value::Null;
    house.report("later", &plan).await;
    let here = known(&house, &chen).await;
    assert_eq!(house.report("later", &here.came(&house, true)).await.status, 204);
    assert_eq!(house.count(scheduled).await, 0);
}

#[tokio::test]
async fn c5_del_04_meeting_service_is_told_of_a_canceled_account() {
    let house = House::open().await;
    let lin = house.signed_in(FREE).await;
    let account = lin.send(&GetMe {}).await.expect("signed in").account;
    let own = house
        .text("SELECT meeting FROM presence WHERE account = ? AND own AND ended_at IS NULL", &account)
        .await;
    let others = house
        .text("SELECT meeting FROM presence WHERE account = ? AND NOT own AND ended_at IS NULL", &account)
        .await;
    let planned = house.text("SELECT meeting FROM scheduled WHERE account = ?", &account).await;
    let proven = lin.prove(&lin.start_cancel().await).await.expect("proven");
    lin.send(&CancelAccount { change: proven.id, version: proven.version }).await.expect("canceled");
    for table in ["presence", "scheduled", "device"] {
        assert!(!house.rows().await[table].iter().any(|row| row.contains(&account)), "{table}");
    }
    let told = async || house.browser().get("/dev/meetings.json").await.json();
    assert_eq!(told().await, json!([]), "not inside the transaction");
    house.app.deliver_messages().await.expect("delivered");
    house.app.deliver_messages().await.expect("delivered");
    let farewell = json!({ "account": account, "end": [own], "leave": [others], "drop": [planned] });
    assert_eq!(told().await, json!([farewell]), "once");
    assert!(!house.rows().await["outbox"].iter().any(|row| row.contains(&account)));
    // Whoever is gone comes into no meeting.
    let report =
        json!({ "account": account, "device": "x", "own": false, "started_at": house.app.now().timestamp() });
    assert_eq!(house.report("m", &report).await.problem(), "NOT_FOUND");
    assert_eq!(house.browser().post("/dev/reset", "").await.status, 204);
    assert_eq!(told().await, json!([]));
}

#[tokio::test]
async fn m4_unended_meeting_frees_its_slot_after_a_week() {
    let house = House::open().await;
    let week = 7 * 86_400;
    house.advance(week - 1500);
    let lin = house.signed_in(FREE).await;
    assert_eq!(taken(&meetings(&lin).await).len(), 1, "the one that began 25 minutes before is over");
    house.advance(1500);
    assert_eq!(taken(&meetings(&lin).await), []);
    assert_eq!(
        can_join(&lin, DeviceKind::Windows, true).await,
        CanJoin::Yes,
        "whether somebody swept or not"
    );
    assert_eq!(house.meet(&start(FREE, "windows", true)).await.status, 200);
    assert_eq!(taken(&meetings(&lin).await).len(), 1);
    house.app.delete_old().await.expect("swept");
    let open = "SELECT COUNT(*) FROM presence WHERE ended_at IS NULL";
    assert_eq!(house.count(open).await, 1);
    assert_eq!(
        house
            .count("SELECT COUNT(*) FROM presence WHERE ended_at - started_at = 604800000 AND synced = 0")
            .await,
        4
    );
    house.advance(366 * 86_400);
    house.app.delete_old().await.expect("swept");
    house.app.delete_old().await.expect("swept");
    assert_eq!(house.count("SELECT COUNT(*) FROM presence").await, 1, "past ones go after a year");
    assert_eq!(house.count("SELECT COUNT(*) FROM scheduled").await, 0);
}

#[tokio::test]
async fn g6_a_shared_device_shows_no_meetings() {
    let house = House::open().await;
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(FREE).await.expect("signed in");
    assert_eq!(kiosk.refused(&GetMeetings {}).await, Refusal::NotOnKiosk);
    let question = GetCanJoin { device_kind: DeviceKind::Mac, own: false };
    assert_eq!(kiosk.refused(&question).await, Refusal::NotOnKiosk);
    // Who is at one is in a meeting there without a slot.
    let report = known(&house, &kiosk).await.came(&house, false);
    assert_eq!(house.report("m", &report).await.status, 204);
    assert_eq!(meetings(&house.signed_in(FREE).await).await.beside.len(), 1);
}

#[tokio::test]
async fn dev_stand_in_accepts_an_organization_by_id_or_name() {
    let house = House::open().await;
    let mut body = start("13800000009", "mac", true);
    for tenant in ["yunqiao", "云桥科技"] {
        body["tenant"] = json!(tenant);
        body["op"] = json!("start");
        assert_eq!(house.meet(&body).await.status, 200, "{tenant}");
        body["op"] = json!("end");
        assert_eq!(house.meet(&body).await.status, 200, "{tenant}");
    }
    body["tenant"] = json!("nanzhi");
    assert_eq!(house.meet(&body).await.problem(), "NOT_FOUND");
    assert_eq!(house.meet(&start("13899999999", "mac", true)).await.problem(), "NOT_FOUND");
    assert_eq!(house.meet(&start("x", "mac", true)).await.problem(), "BAD_REQUEST");
    assert_eq!(house.meet(&json!({ "phone": FREE })).await.problem(), "BAD_REQUEST");
}
