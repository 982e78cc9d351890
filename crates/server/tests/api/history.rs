//! H1–H3, HIS-1: which past meetings are listed where, whatever happens in between.

use crate::support::{Browser, House};
use axum::http::StatusCode;
use contract::account::DeviceKind;
use contract::activity::{GetActivity, SecurityEvent};
use contract::history::{GetHistory, History, HistorySync, PastMeeting, SetHistorySync};
use contract::me::GetMe;
use contract::refusal::Refusal;
use contract::sign_in::EnterSurface;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// In no meeting of the demo now.
const PHONE: &str = "13800000002";

async fn page(browser: &Browser, before: Option<String>) -> History {
    browser.send(&GetHistory { before }).await.expect("signed in")
}

/// Every page.
async fn all(browser: &Browser) -> Vec<PastMeeting> {
    let mut meetings = Vec::new();
    let mut before = None;
    loop {
        let told = page(browser, before).await;
        meetings.extend(told.meetings);
        match told.more {
            None => return meetings,
            more => before = more,
        }
    }
}

/// Those of a test by name, and whether they are synced.
async fn seen(browser: &Browser) -> BTreeMap<String, bool> {
    let ours = |meeting: &PastMeeting| meeting.id.len() < 32;
    all(browser).await.into_iter().filter(ours).map(|meeting| (meeting.id, meeting.synced)).collect()
}

fn names(of: &[(&str, bool)]) -> BTreeMap<String, bool> {
    of.iter().map(|(name, synced)| ((*name).to_owned(), *synced)).collect()
}

async fn switch(browser: &Browser, on: bool) -> HistorySync {
    browser.send(&SetHistorySync { on }).await.expect("put")
}

/// A browser of an account, with what the meeting service calls it.
#[derive(Clone)]
struct Seat {
    browser: Browser,
    account: String,
    device: String,
}

async fn seat(house: &House, kind: &str) -> Seat {
    let browser = house.signed_in_on(kind, PHONE).await;
    let account = browser.send(&GetMe {}).await.expect("signed in").account;
    let device = house
        .text("SELECT device FROM session WHERE account = ? ORDER BY rowid DESC LIMIT 1", &account)
        .await;
    Seat { browser, account, device }
}

impl Seat {
    fn came(&self, at: &str) -> Value {
        json!({ "account": self.account, "device": self.device, "own": false, "started_at": at })
    }
}

/// A meeting on a device that begins and ends now.
async fn held(house: &House, seat: &Seat, name: &str) {
    let now = house.app.now().timestamp().0;
    let mut report = seat.came(&now);
    assert_eq!(house.report(name, &report).await.status, StatusCode::NO_CONTENT);
    report["ended_at"] = json!(now);
    assert_eq!(house.report(name, &report).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn h1_h2_only_meetings_ended_while_sync_is_on_are_shared() {
    let house = House::open().await;
    let (phone, tablet) = (seat(&house, "ios").await, seat(&house, "ipad").await);
    assert!(!switch(&phone.browser, false).await.on);
    held(&house, &phone, "before").await;
    house.advance(60);
    let on = switch(&phone.browser, true).await;
    assert_eq!(on, HistorySync { on: true, since: Some(house.app.now().timestamp()) });
    house.advance(60);
    held(&house, &phone, "after").await;
    assert_eq!(seen(&phone.browser).await, names(&[("before", false), ("after", true)]));
    assert_eq!(seen(&tablet.browser).await, names(&[("after", true)]), "H1: nothing of before");
    assert!(page(&tablet.browser, None).await.sync.on, "both see the switch");
    // Putting it on again moves no moment.
    assert_eq!(switch(&tablet.browser, true).await, on);
    house.advance(60);
    assert_eq!(switch(&tablet.browser, false).await, HistorySync { on: false, since: None });
    held(&house, &tablet, "off").await;
    assert_eq!(seen(&phone.browser).await, names(&[("before", false), ("after", true)]), "H2: stays");
    assert_eq!(seen(&tablet.browser).await, names(&[("after", true), ("off", false)]));
    switch(&phone.browser, true).await;
    assert_eq!(seen(&phone.browser).await, names(&[("before", false), ("after", true)]), "no backfill");
    let told: Vec<_> = phone
        .browser
        .send(&GetActivity { before: None })
        .await
        .expect("read")
        .events
        .iter()
        .map(|e| e.what)
        .collect();
    let switched: Vec<_> = told.into_iter().filter(|what| *what != SecurityEvent::SignedIn).collect();
    let expected = [
        SecurityEvent::HistoryOn,
        SecurityEvent::HistoryOff,
        SecurityEvent::HistoryOn,
        SecurityEvent::HistoryOff,
    ];
    assert_eq!(switched, expected, "and each time it moved is in the trail");
}

#[tokio::test]
async fn h1_history_lists_title_device_and_times_newest_first() {
    let house = House::open().await;
    let (phone, tablet) = (seat(&house, "ios").await, seat(&house, "ipad").await);
    let began = house.app.now().timestamp();
    let mut report = phone.came(&began.0);
    report["title"] = json!("产品周会");
    report["own"] = json!(true);
    house.report("weekly", &report).await;
    house.advance(1800);
    assert_eq!(seen(&phone.browser).await, names(&[]), "not while it runs");
    let over = house.app.now().timestamp();
    report["ended_at"] = json!(over.0);
    house.report("weekly", &report).await;
    let expected = PastMeeting {
        id: "weekly".into(),
        title: Some("产品周会".into()),
        own: true,
        device: DeviceKind::Ios,
        here: true,
        started_at: began,
        ended_at: over,
        synced: true,
    };
    assert_eq!(page(&phone.browser, None).await.meetings[0], expected);
    assert_eq!(page(&tablet.browser, None).await.meetings[0], PastMeeting { here: false, ..expected });
    let listed = all(&tablet.browser).await;
    assert!(listed.windows(2).all(|pair| pair[0].ended_at.0 >= pair[1].ended_at.0));
    // Of the demo's, those that ended after the switch was on: this device is none they were held on.
    assert_eq!(listed.len(), 1 + 6);
    assert!(listed.iter().all(|meeting| meeting.synced && meeting.title.is_some()));
}

#[tokio::test]
async fn h1_history_is_paged_by_twenty() {
    let house = House::open().await;
    let phone = seat(&house, "ios").await;
    house.execute("DELETE FROM presence").await;
    for n in 0..45 {
        // Some end in the same moment.
        house.advance(i64::from(n % 3 == 0));
        held(&house, &phone, &format!("m{n:02}")).await;
    }
    let mut pages = Vec::new();
    let mut names = Vec::new();
    let mut before = None;
    loop {
        let told = page(&phone.browser, before).await;
        pages.push(told.meetings.len());
        names.extend(told.meetings.into_iter().map(|meeting| meeting.id));
        // What ends meanwhile moves no page.
        held(&house, &phone, &format!("x{}", pages.len())).await;
        match told.more {
            None => break,
            more => before = more,
        }
    }
    assert_eq!(pages, [20, 20, 5]);
    let expected: Vec<_> = (0..45).rev().map(|n| format!("m{n:02}")).collect();
    assert_eq!(names, expected);
    for nowhere in ["then", "1", "x-1"] {
        assert_eq!(phone.browser.get(&format!("/api/v1/history/{nowhere}")).await.problem(), "NOT_FOUND");
    }
}

#[tokio::test]
async fn his_1_late_reports_from_before_sync_stay_on_their_device() {
    let house = House::open().await;
    let (phone, tablet) = (seat(&house, "ios").await, seat(&house, "ipad").await);
    switch(&phone.browser, false).await;
    let began = house.app.now().timestamp().0;
    let report = phone.came(&began);
    house.report("late", &report).await;
    house.advance(60);
    let ended = house.app.now().timestamp().0;
    house.advance(60);
    switch(&phone.browser, true).await;
    house.advance(60);
    let mut over = report.clone();
    over["ended_at"] = json!(ended);
    house.report("late", &over).await;
    let mut whole = over.clone();
    whole["account"] = json!(tablet.account);
    house.report("whole", &whole).await;
    assert_eq!(seen(&phone.browser).await, names(&[("late", false), ("whole", false)]));
    assert_eq!(seen(&tablet.browser).await, names(&[]));
    // And what ended while it was on, told after it was off: off stops at once.
    let ended = house.app.now().timestamp().0;
    house.advance(60);
    switch(&phone.browser, false).await;
    let mut after = phone.came(&ended);
    after["ended_at"] = json!(ended);
    house.report("missed", &after).await;
    assert_eq!(seen(&tablet.browser).await, names(&[]));
    // On again is no excuse either.
    switch(&phone.browser, true).await;
    after["started_at"] = json!(began);
    house.report("missed-too", &after).await;
    assert_eq!(seen(&tablet.browser).await, names(&[]));
}

#[tokio::test]
async fn h2_m4_late_part_decides_no_sync_while_the_meeting_runs() {
    let house = House::open().await;
    let (phone, tablet, other) =
        (seat(&house, "ios").await, seat(&house, "ipad").await, seat(&house, "android").await);
    let first = house.app.now().timestamp().0;
    house.advance(60);
    let second = house.app.now().timestamp().0;
    house.report("m", &tablet.came(&second)).await;
    // The switch is on, and off before the meeting is over.
    let mut part = phone.came(&first);
    part["ended_at"] = json!(second);
    house.report("m", &part).await;
    assert_eq!(seen(&phone.browser).await, names(&[]), "it runs");
    switch(&phone.browser, false).await;
    house.advance(60);
    let mut over = tablet.came(&second);
    over["ended_at"] = json!(house.app.now().timestamp().0);
    house.report("m", &over).await;
    assert_eq!(seen(&other.browser).await, names(&[]));
    for seat in [&phone, &tablet] {
        assert_eq!(seen(&seat.browser).await, names(&[("m", false)]));
    }
}

#[tokio::test]
async fn h1_his_1_unended_meeting_parts_stay_unsynced_after_resume() {
    for (is_swept, is_same_device) in [(true, true), (true, false), (false, true), (false, false)] {
        let house = House::open().await;
        let (phone, tablet) = (seat(&house, "ios").await, seat(&house, "ipad").await);
        switch(&phone.browser, false).await;
        assert_eq!(
            house.report("room", &phone.came(&house.app.now().timestamp().0)).await.status,
            StatusCode::NO_CONTENT
        );
        house.advance(60);
        assert_eq!(
            house.report("room", &tablet.came(&house.app.now().timestamp().0)).await.status,
            StatusCode::NO_CONTENT
        );
        house.advance(8 * 24 * 3600);
        if is_swept {
            house.app.delete_old().await.expect("swept");
        }
        // Somebody comes back to it, and now it is synced.
        let other = seat(&house, "android").await;
        switch(&other.browser, true).await;
        house.advance(60);
        held(&house, if is_same_device { &tablet } else { &other }, "room").await;
        let synced = "SELECT COUNT(*) FROM presence WHERE meeting = 'room' AND synced";
        assert_eq!(house.count(synced).await, 1, "swept: {is_swept}, same device: {is_same_device}");
        let undecided = "SELECT COUNT(*) FROM presence WHERE meeting = 'room' AND synced IS NULL";
        assert_eq!(house.count(undecided).await, 0, "swept: {is_swept}");
    }
}

#[tokio::test]
async fn h1_h2_m4_moved_meeting_is_synced_or_not_at_its_end() {
    let house = House::open().await;
    let (phone, tablet, other) =
        (seat(&house, "ios").await, seat(&house, "ipad").await, seat(&house, "android").await);
    // On at the move, off at the end: it stays with the two it was held on.
    let first = house.app.now().timestamp().0;
    house.report("moved", &phone.came(&first)).await;
    house.advance(60);
    let second = house.app.now().timestamp().0;
    house.report("moved", &tablet.came(&second)).await;
    assert_eq!(seen(&phone.browser).await, names(&[]), "it runs");
    switch(&phone.browser, false).await;
    house.advance(60);
    let over = |seat: &Seat, since: &str| {
        let mut report = seat.came(since);
        report["ended_at"] = json!(house.app.now().timestamp().0);
        report
    };
    house.report("moved", &over(&tablet, &second)).await;
    assert_eq!(seen(&phone.browser).await, names(&[("moved", false)]));
    assert_eq!(seen(&tablet.browser).await, names(&[("moved", false)]));
    assert_eq!(seen(&other.browser).await, names(&[]));
    // Off at the move, on at the end: everywhere, once.
    let first = house.app.now().timestamp().0;
    house.report("again", &phone.came(&first)).await;
    house.advance(60);
    let second = house.app.now().timestamp().0;
    house.report("again", &tablet.came(&second)).await;
    switch(&phone.browser, true).await;
    house.advance(60);
    house.report("again", &over(&tablet, &second)).await;
    let first_over = house.app.now().timestamp().0;
    for seat in [&phone, &tablet, &other] {
        let listed: Vec<_> =
            all(&seat.browser).await.into_iter().filter(|meeting| meeting.id == "again").collect();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].device, listed[0].synced), (DeviceKind::Ipad, true));
        assert_eq!(listed[0].started_at.0, first);
    }
    // Who comes back after the switch was off: what was listed stays, the rest stays here.
    switch(&phone.browser, false).await;
    house.advance(60);
    let third = house.app.now().timestamp().0;
    house.report("again", &phone.came(&third)).await;
    assert!(!seen(&other.browser).await.contains_key("again"), "it runs again");
    house.advance(60);
    house.report("again", &over(&phone, &third)).await;
    let ended = |meetings: Vec<PastMeeting>| {
        meetings.into_iter().find(|meeting| meeting.id == "again").expect("listed").ended_at.0
    };
    assert_eq!(ended(all(&phone.browser).await), house.app.now().timestamp().0);
    assert_eq!(ended(all(&other.browser).await), first_over, "no later part is known there");
}

/// Xorshift: the same walks every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// What should be: where the switch stands, who is in what, and what each device may list.
#[derive(Default)]
struct Model {
    on: bool,
    /// Device and beginning of each meeting that runs, with the devices it was on before.
    running: BTreeMap<String, (usize, String, Vec<usize>)>,
    listed: [BTreeMap<String, bool>; 3],
}

impl Model {
    fn ends(&mut self, name: &str) {
        let (device, _, mut on) = self.running.remove(name).expect("it runs");
        on.push(device);
        for at in 0..3 {
            if self.on || on.contains(&at) {
                self.listed[at].insert(name.to_owned(), self.on);
            }
        }
    }
}

#[tokio::test]
async fn his_1_random_walk_lists_the_same_as_the_model() {
    let mut dice = Dice(0x5eed);
    let walks = if std::env::var_os("MENSHEN_LONG").is_some() { 100 } else { 6 };
    for walk in 0..walks {
        let house = House::open().await;
        let seats = [seat(&house, "ios").await, seat(&house, "ipad").await, seat(&house, "android").await];
        switch(&seats[0].browser, false).await;
        let mut model = Model::default();
        for step in 0..60 {
            house.advance(dice.below(3) as i64);
            let now = house.app.now().timestamp().0;
            let at = dice.below(3);
            let free = |model: &Model, at: usize| model.running.values().all(|(device, ..)| *device != at);
            match dice.below(5) {
                0 => {
                    model.on = !model.on;
                    assert_eq!(switch(&seats[at].browser, model.on).await.on, model.on);
                }
                1 | 2 if free(&model, at) => {
                    let name = format!("w{walk}-{step}");
                    house.report(&name, &seats[at].came(&now)).await;
                    model.running.insert(name, (at, now, vec![]));
                }
                3 if free(&model, at) => {
                    let Some(name) = model.running.keys().next().cloned() else { continue };
                    let (device, since, on) = &model.running[&name];
                    // Gone and come back in one second is the same presence, which has ended.
                    if *since == now || on.contains(&at) {
                        continue;
                    }
                    let on = [&on[..], &[*device]].concat();
                    house.report(&name, &seats[at].came(&now)).await;
                    model.running.insert(name, (at, now, on));
                }
                _ => {
                    let Some(name) = model.running.keys().next_back().cloned() else { continue };
                    let (device, since, _) = model.running[&name].clone();
                    let mut over = seats[device].came(&since);
                    over["ended_at"] = json!(now);
                    assert_eq!(house.report(&name, &over).await.status, StatusCode::NO_CONTENT);
                    model.ends(&name);
                }
            }
            for (seat, expected) in seats.iter().zip(&model.listed) {
                assert_eq!(seen(&seat.browser).await, *expected, "walk {walk}, step {step}");
            }
        }
        assert!(model.listed.iter().any(|listed| listed.len() > 3), "walk {walk} led somewhere");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h1_h2_cc_parallel_switch_and_meeting_end_are_serialized() {
    let house = House::open().await;
    let (phone, tablet) = (seat(&house, "ios").await, seat(&house, "ipad").await);
    let rounds = if std::env::var_os("MENSHEN_LONG").is_some() { 500 } else { 25 };
    for round in 0..rounds {
        let on = round % 2 == 0;
        switch(&phone.browser, !on).await;
        house.advance(1);
        let name = format!("r{round}");
        let now = house.app.now().timestamp().0;
        let mut over = phone.came(&now);
        house.report(&name, &over).await;
        over["ended_at"] = json!(now);
        let (at, put) = (tablet.browser.clone(), SetHistorySync { on });
        let put = tokio::spawn(async move { at.send(&put).await });
        assert_eq!(house.report(&name, &over).await.status, StatusCode::NO_CONTENT);
        assert_eq!(put.await.expect("no panic").expect("put").on, on);
        // Either was first, and both devices say the same of it.
        let (here, there) = (seen(&phone.browser).await, seen(&tablet.browser).await);
        assert_eq!(here[&name], there.contains_key(&name), "round {round}");
        assert!(there.values().all(|synced| *synced), "round {round}: nothing of another device leaks");
        // Nothing that was decided is decided again.
        house.advance(1);
    }
}

#[tokio::test]
async fn h3_g6_history_is_closed_on_shared_device_and_not_cached() {
    let house = House::open().await;
    let kiosk = house.browser();
    kiosk.send(&EnterSurface::Kiosk).await.expect("entered");
    kiosk.by_password(PHONE).await.expect("signed in");
    assert_eq!(kiosk.refused(&GetHistory { before: None }).await, Refusal::NotOnKiosk);
    assert_eq!(kiosk.refused(&SetHistorySync { on: true }).await, Refusal::NotOnKiosk);
    let me = kiosk.send(&GetMe {}).await.expect("signed in");
    assert_eq!(me.history_closed, Some(Refusal::NotOnKiosk));
    let chen = house.signed_in(PHONE).await;
    assert_eq!(chen.send(&GetMe {}).await.expect("signed in").history_closed, None);
    for browser in [&kiosk, &chen] {
        let answer = browser.answer(&GetHistory { before: None }).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    // What is held at one stays there, and is on no list of any device.
    let account = me.account;
    let device = house.text("SELECT id FROM device WHERE kind = 'kiosk' AND account = ?", &account).await;
    switch(&chen, false).await;
    held(&house, &Seat { browser: kiosk, account, device }, "there").await;
    assert_eq!(seen(&chen).await, names(&[]));
}

#[tokio::test]
async fn h1_demo_accounts_have_meetings_before_and_after_sync() {
    let house = House::open().await;
    let accounts = "SELECT COUNT(*) FROM account WHERE history_since IS NOT NULL";
    assert_eq!(house.count(accounts).await, 12);
    let whole = "SELECT COUNT(*) FROM account a WHERE history_since IS NOT NULL
                 AND (SELECT COUNT(DISTINCT device) FROM presence WHERE account = a.id AND synced = 1) = 2
                 AND (SELECT COUNT(DISTINCT device) FROM presence WHERE account = a.id AND synced = 0) = 2
                 AND NOT EXISTS (SELECT 1 FROM presence WHERE account = a.id AND ended_at IS NOT NULL
                                     AND synced <> (ended_at >= a.history_since))";
    assert_eq!(house.count(whole).await, 12);
}
