//! Demo data: the accounts of the table in `docs/rules.md`, section 6, put into an empty database, and
//! the demo's clock. A demo database and a real one are never taken for each other.

use crate::clock::{Clock, Moment};
use crate::handler::avatar;
use crate::password;
use crate::picture::{self, Picture, Pixels};
use crate::problem::Problem;
use crate::rules;
use crate::search;
use crate::secret;
use crate::store::{Store, text_of};
use contract::account::DeviceKind;
use contract::avatar::Size;
use contract::phone::PhoneNumber;
use sqlx::SqliteConnection;
use std::sync::LazyLock;
use std::time::Duration;

/// The password of every demo account.
pub(crate) const PASSWORD: &str = "demo-Password-2026";

const DAY: Duration = Duration::from_secs(24 * 3600);
const HOUR: Duration = Duration::from_secs(3600);
const PERSONAL: &str = "personal";
const ENTERPRISE: &str = "yunqiao";
const BUSINESS: &str = "nanzhi";

struct Person<'a> {
    phone: &'a str,
    nickname: &'a str,
    tenant: &'a str,
    role: Option<&'a str>,
    wechat: Option<&'a str>,
    bound_days: u32,
    member_days: Option<u32>,
    sso: bool,
}

const fn person<'a>(phone: &'a str, nickname: &'a str) -> Person<'a> {
    Person {
        phone,
        nickname,
        tenant: PERSONAL,
        role: None,
        wechat: None,
        bound_days: 400,
        member_days: None,
        sso: false,
    }
}

const fn employee<'a>(phone: &'a str, nickname: &'a str, tenant: &'a str, role: &'a str) -> Person<'a> {
    Person { tenant, role: Some(role), ..person(phone, nickname) }
}

/// The table of `docs/rules.md`, section 6, in its order.
const PEOPLE: [Person<'static>; 12] = [
    Person { wechat: Some("wx-lin"), ..person("13800000001", "林晓") },
    Person { member_days: Some(200), ..person("13800000002", "陈默") },
    Person { wechat: Some("wx-zhou"), bound_days: 3, ..person("13800000003", "周宁") },
    Person { wechat: Some("wx-he"), ..employee("13800000004", "何苗", BUSINESS, "ordinary") },
    employee("13800000005", "许安", ENTERPRISE, "ordinary"),
    Person { wechat: Some("wx-qin"), ..employee("13800000006", "秦岚", ENTERPRISE, "super_admin") },
    Person { sso: true, ..employee("13800000007", "沈舟", ENTERPRISE, "ordinary") },
    employee("13800000008", "罗一", ENTERPRISE, "admin"),
    Person { wechat: Some("wx-sun"), ..person("13800000009", "孙悦") },
    employee("13800000009", "孙悦", ENTERPRISE, "ordinary"),
    employee("13800000010", "唐棠", BUSINESS, "super_admin"),
    Person { wechat: Some("wx-ho"), ..person("+85261234567", "何家慧") },
];

/// The accounts with a picture, and its colors: the ground above and below, and what is on it.
const PORTRAITS: [(&str, [[u8; 3]; 3]); 3] = [
    ("+8613800000002", [[255, 214, 165], [255, 140, 120], [255, 245, 225]]),
    ("+8613800000006", [[176, 224, 230], [86, 130, 190], [240, 250, 255]]),
    ("+8613800000008", [[200, 230, 201], [67, 140, 110], [245, 255, 240]]),
];

/// The organizations' other members, who only make their lists worth searching; the numbers are from a
/// range that no demo account has.
const MEMBERS: [(&str, &str, [&str; 12]); 2] = [
    (
        ENTERPRISE,
        "199000001",
        [
            "顾晨",
            "宋瑶",
            "方远",
            "蒋一鸣",
            "韩雪",
            "邓凯",
            "冯璐",
            "曹宇",
            "彭悦",
            "ليلى",
            "董洁",
            "E\u{301}milie",
        ],
    ),
    (
        BUSINESS,
        "199000002",
        ["叶知秋", "苏文", "陆川", "温雅", "季然", "白露", "江月", "程果", "邵阳", "简宁", "夏禾", "محمد"],
    ),
];

/// A meeting that runs: whose, on what, whether own, what it is called, and for how many minutes.
type Running = (&'static str, DeviceKind, bool, &'static str, u32);

const RUNNING: [Running; 4] = [
    ("+8613800000001", DeviceKind::Windows, true, "产品周会", 25),
    ("+8613800000001", DeviceKind::Ios, false, "客户需求沟通", 8),
    ("+8613800000006", DeviceKind::Mac, true, "云桥季度经营会", 40),
    ("+8613800000006", DeviceKind::Ipad, true, "新员工入职培训", 15),
];

/// Meetings that are scheduled: whose, what they are called, and in how many days.
const SCHEDULED: [(&str, &str, u32); 2] =
    [("+8613800000001", "读书会：第三章", 1), ("+8613800000002", "毕业十年线上聚会", 3)];

/// Since when every account of the table lists its meetings on every device.
const SWITCHED_ON: Duration = Duration::from_secs(20 * 24 * 3600);

/// Meetings that are over: how many days ago, what they are called, for how many minutes, whether own,
/// and on which of the account's two devices. Some before the switch and some after it.
const PAST: [(u32, &str, u32, bool, usize); 10] = [
    (1, "项目站会", 20, false, 0),
    (2, "设计评审", 55, true, 1),
    (4, "一对一沟通", 30, true, 0),
    (8, "双周复盘", 65, false, 1),
    (12, "供应商答疑", 40, false, 0),
    (18, "版本发布会", 90, true, 1),
    (23, "年度计划讨论", 75, true, 0),
    (29, "面试：前端工程师", 45, false, 1),
    (41, "用户访谈", 50, true, 0),
    (66, "全员大会", 85, false, 1),
];

/// What the stand-in of the meeting service calls a meeting that somebody starts there.
const ANY: [&str; 4] = ["临时讨论", "站会", "方案对齐", "答疑"];

/// The WeChats of the demo and what they call themselves; the last three are bound nowhere.
pub(crate) const WECHATS: [(&str, &str); 9] = [
    ("wx-lin", "林间晓风"),
    ("wx-zhou", "周周"),
    ("wx-he", "小禾苗"),
    ("wx-qin", "岚"),
    ("wx-sun", "悦悦子"),
    ("wx-ho", "Kaye"),
    ("wx-new", "新号上路"),
    ("wx-spare", "备用小号"),
    (VISITOR, "微信用户"),
];

/// What WeChat makes up for somebody who looks at a page as a snapshot.
pub(crate) const VISITOR: &str = "wx-visitor";

/// What stands beside the address when the demo starts.
pub(crate) const ACCOUNTS: &str = "\
demo accounts, password of all demo-Password-2026:
  13800000001 free              13800000007 enterprise, SSO
  13800000002 member            13800000008 enterprise, admin
  13800000003 free, new phone   13800000009 free and enterprise
  13800000004 business          13800000010 business, super admin
  13800000005 enterprise        +85261234567 free, outside +86
  13800000006 enterprise, super admin
";

/// Every table with data, children first.
const TABLES: [&str; 27] = [
    "UPDATE account SET avatar = NULL",
    "DELETE FROM picture",
    "DELETE FROM upload",
    "DELETE FROM scan",
    "DELETE FROM sign_in_account",
    "DELETE FROM sign_in",
    "DELETE FROM change_target",
    "DELETE FROM change",
    "DELETE FROM outcome",
    "DELETE FROM outbox",
    "DELETE FROM code",
    "DELETE FROM chain",
    "DELETE FROM attempt",
    "DELETE FROM spent",
    "DELETE FROM last_word",
    "DELETE FROM cancellation",
    "DELETE FROM presence",
    "DELETE FROM scheduled",
    "DELETE FROM session",
    "DELETE FROM device",
    "DELETE FROM browser",
    "DELETE FROM host_code",
    "DELETE FROM event",
    "DELETE FROM resting",
    "DELETE FROM account",
    "DELETE FROM wechat",
    "DELETE FROM tenant",
];

/// Writes into a new database whether it is a demo's, and refuses the wrong one.
pub(crate) async fn settle_kind(store: &Store, demo: bool, folder: &str) -> Result<(), String> {
    let wanted = if demo { "demo" } else { "production" };
    let settle = async || -> Result<String, sqlx::Error> {
        let mut tx = store.write().await?;
        sqlx::query("INSERT INTO setting (key, value) VALUES ('kind', ?) ON CONFLICT DO NOTHING")
            .bind(wanted)
            .execute(&mut *tx)
            .await?;
        if !demo {
            sqlx::query(
                "INSERT INTO tenant (id, name, kind, edition) VALUES (?, '', 'personal', 'free') ON CONFLICT DO NOTHING",
            )
            .bind(PERSONAL)
            .execute(&mut *tx)
            .await?;
        }
        let kind =
            sqlx::query_scalar("SELECT value FROM setting WHERE key = 'kind'").fetch_one(&mut *tx).await?;
        if kind == wanted {
            tx.commit().await?;
        }
        Ok(kind)
    };
    match settle().await {
        Ok(kind) if kind == wanted => Ok(()),
        Ok(_) if demo => {
            Err(format!("The database in {folder} holds real data; --demo needs a folder of its own."))
        }
        Ok(_) => Err(format!(
            "The database in {folder} holds demo data; start with --demo or name another folder."
        )),
        Err(error) => Err(format!("The database in {folder} cannot be used: {error}.")),
    }
}

/// Puts the accounts in if there are none.
pub(crate) async fn seed_if_empty(store: &Store, now: Moment) -> Result<(), Problem> {
    let mut tx = store.write().await?;
    let empty: bool =
        sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM tenant)").fetch_one(&mut *tx).await?;
    if empty {
        // One hash for all: it is the same password, and the start does not wait for twelve.
        seed(&mut tx, &password::hash(PASSWORD)?, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Fresh demo data; all sessions, browsers and codes are gone, and the clock is right again.
pub(crate) async fn reset(store: &Store, clock: &Clock) -> Result<(), Problem> {
    let hash = password::hash(PASSWORD)?;
    let mut tx = store.write().await?;
    for delete in TABLES {
        sqlx::query(delete).execute(&mut *tx).await?;
    }
    sqlx::query("DELETE FROM setting WHERE key = 'clock'").execute(&mut *tx).await?;
    seed(&mut tx, &hash, clock.unmoved()).await?;
    tx.commit().await?;
    clock.put(0);
    Ok(())
}

async fn seed(connection: &mut SqliteConnection, hash: &str, now: Moment) -> Result<(), Problem> {
    for (id, name, kind, edition, avatars_open) in [
        (PERSONAL, "", "personal", "free", false),
        (ENTERPRISE, "云桥科技", "organization", "enterprise", true),
        (BUSINESS, "南枝设计", "organization", "business", false),
    ] {
        sqlx::query("INSERT INTO tenant (id, name, kind, edition, avatars_open) VALUES (?, ?, ?, ?, ?)")
            .bind(id)
            .bind(name)
            .bind(kind)
            .bind(edition)
            .bind(avatars_open)
            .execute(&mut *connection)
            .await?;
    }
    for (at, person) in PEOPLE.iter().enumerate() {
        if let Some(wechat) = person.wechat {
            let called = WECHATS.iter().find(|(id, _)| *id == wechat).map(|(_, nickname)| *nickname);
            sqlx::query("INSERT INTO wechat (id, nickname, seen_at) VALUES (?, ?, ?)")
                .bind(wechat)
                .bind(called.unwrap_or_default())
                .bind(now.millis())
                .execute(&mut *connection)
                .await?;
        }
        // Whoever runs an organization was there first.
        let days = if person.role == Some("super_admin") { 430 } else { 400 };
        let created_at = now.before(DAY * days).after(HOUR * u32::try_from(at).unwrap_or_default());
        let account = settle(connection, person, hash, created_at, now).await?;
        sqlx::query("UPDATE account SET history_since = ? WHERE id = ?")
            .bind(now.before(SWITCHED_ON).millis())
            .bind(&account)
            .execute(&mut *connection)
            .await?;
        meet(connection, &account, person, at, now).await?;
    }
    for (tenant, range, nicknames) in MEMBERS {
        for (at, nickname) in (1_u32..).zip(nicknames) {
            let phone = format!("{range}{at:02}");
            let role = if at == 1 && tenant == BUSINESS { "admin" } else { "ordinary" };
            let created_at = now.before(DAY * (390 - 28 * at));
            settle(connection, &employee(&phone, nickname, tenant, role), hash, created_at, now).await?;
        }
    }
    for (phone, title, days) in SCHEDULED {
        sqlx::query(
            "INSERT INTO scheduled (meeting, account, title, starts_at)
             SELECT ?, id, ?, ? FROM account WHERE phone = ? AND tenant = ?",
        )
        .bind(secret::id())
        .bind(title)
        .bind(now.after(DAY * days).millis())
        .bind(phone)
        .bind(PERSONAL)
        .execute(&mut *connection)
        .await?;
    }
    for (phone, picture) in portraits() {
        let account: String = sqlx::query_scalar("SELECT id FROM account WHERE phone = ?")
            .bind(phone)
            .fetch_one(&mut *connection)
            .await?;
        let id = avatar::keep(connection, &account, picture, now).await?;
        sqlx::query("UPDATE account SET avatar = ? WHERE id = ?")
            .bind(id)
            .bind(account)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Puts one account in; answers its id.
async fn settle(
    connection: &mut SqliteConnection,
    person: &Person<'_>,
    hash: &str,
    created_at: Moment,
    now: Moment,
) -> Result<String, Problem> {
    let phone = PhoneNumber::parse(person.phone).ok_or_else(|| Problem::fault("a demo phone is none"))?;
    let bound_at = now.before(DAY * person.bound_days);
    let id = secret::id();
    sqlx::query(
        "INSERT INTO account (id, tenant, phone, phone_bound_at, nickname, search_key, member_until, role,
                              password_hash, wechat, sso, sso_local_sign_in, created_at, pseudonym)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&id)
    .bind(person.tenant)
    .bind(phone.as_str())
    .bind(bound_at.millis())
    .bind(person.nickname)
    .bind(search::fold(person.nickname))
    .bind(person.member_days.map(|days| now.after(DAY * days).millis()))
    .bind(person.role)
    .bind(hash)
    .bind(person.wechat)
    .bind(person.sso)
    .bind(person.sso)
    .bind(created_at.millis())
    .bind(secret::id())
    .execute(connection)
    .await?;
    Ok(id)
}

/// The meetings of one account of the table, on two devices on which nobody is signed in.
async fn meet(
    connection: &mut SqliteConnection,
    account: &str,
    person: &Person<'_>,
    at: usize,
    now: Moment,
) -> Result<(), Problem> {
    let phone = PhoneNumber::parse(person.phone).ok_or_else(|| Problem::fault("a demo phone is none"))?;
    let running: Vec<Running> = RUNNING.into_iter().filter(|(whose, ..)| phone.as_str() == *whose).collect();
    let kinds = match running[..] {
        [(_, first, ..), (_, second, ..)] => [first, second],
        _ if at.is_multiple_of(2) => [DeviceKind::Mac, DeviceKind::Ios],
        _ => [DeviceKind::Windows, DeviceKind::Android],
    };
    let mut devices = Vec::new();
    for kind in kinds {
        devices.push(device(connection, account, kind, now.before(DAY)).await?);
    }
    let minutes = |minutes: u32| Duration::from_secs(60) * minutes;
    let past = PAST.into_iter().map(|(days, title, length, own, on)| {
        let started_at = now.before(DAY * days).before(minutes(length));
        (title, own, on, started_at, Some(started_at.after(minutes(length))))
    });
    let running = running
        .into_iter()
        .enumerate()
        .map(|(on, (_, _, own, title, begun))| (title, own, on, now.before(minutes(begun)), None));
    for (title, own, on, started_at, ended_at) in past.chain(running) {
        sqlx::query(
            "INSERT INTO presence (meeting, account, device, kind, own, title, started_at, ended_at, synced)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(secret::id())
        .bind(account)
        .bind(&devices[on])
        .bind(text_of(kinds[on]))
        .bind(own)
        .bind(title)
        .bind(started_at.millis())
        .bind(ended_at.map(Moment::millis))
        .bind(ended_at.map(|ended_at| rules::meeting::is_synced(Some(now.before(SWITCHED_ON)), ended_at)))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The pictures, drawn once.
fn portraits() -> &'static [(&'static str, Picture)] {
    static DRAWN: LazyLock<Vec<(&str, Picture)>> = LazyLock::new(|| {
        let drawn = PORTRAITS.iter().map(|(phone, colors)| Some((*phone, picture::print(&drawn(colors))?)));
        drawn.flatten().collect()
    });
    &DRAWN
}

/// A hill before the sun.
fn drawn([above, below, shape]: &[[u8; 3]; 3]) -> Pixels {
    const SIDE: usize = Size::Large.pixels() as usize;
    let disk = |x: usize, y: usize, middle: usize, radius: usize| {
        x.abs_diff(SIDE / 2).pow(2) + y.abs_diff(middle).pow(2) < radius.pow(2)
    };
    Pixels::drawn(SIDE, |x, y| {
        if disk(x, y, SIDE * 5 / 12, SIDE / 6) {
            return *shape;
        }
        if disk(x, y, SIDE, SIDE * 2 / 5) {
            return *below;
        }
        [0, 1, 2].map(|part| {
            let (above, below) = (usize::from(above[part]), usize::from(below[part]));
            ((above * (SIDE - y) + (above + below) / 2 * y) / SIDE) as u8
        })
    })
}

/// The device of a kind that an account used last; one is made if it has none.
pub(crate) async fn device(
    connection: &mut SqliteConnection,
    account: &str,
    kind: DeviceKind,
    now: Moment,
) -> Result<String, Problem> {
    let found = sqlx::query_scalar(
        "SELECT id FROM device WHERE account = ? AND kind = ? ORDER BY last_seen_at DESC, rowid DESC LIMIT 1",
    )
    .bind(account)
    .bind(text_of(kind))
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(found) = found {
        return Ok(found);
    }
    let (browser, device) = (secret::id(), secret::id());
    sqlx::query("INSERT INTO browser (id, token_hash, created_at) VALUES (?, ?, ?)")
        .bind(&browser)
        .bind(secret::token_hash(&secret::token()))
        .bind(now.millis())
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO device (id, account, browser, kind, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&device)
    .bind(account)
    .bind(browser)
    .bind(text_of(kind))
    .bind(now.millis())
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(device)
}

/// A meeting that somebody starts by hand: its name at the meeting service, and what it is called.
pub(crate) fn any_meeting(own: bool) -> (String, &'static str) {
    let id = secret::id();
    let at = usize::from(id.as_bytes().first().is_some_and(|byte| byte % 2 == 0)) * 2 + usize::from(own);
    (id, ANY[at])
}

/// Moves the demo's clock and keeps that for the next start.
pub(crate) async fn move_clock(store: &Store, clock: &Clock, seconds: i64) -> Result<(), Problem> {
    let mut tx = store.write().await?;
    let moved = clock.advanced(seconds);
    sqlx::query("INSERT INTO setting (key, value) VALUES ('clock', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(moved.to_string())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    // Only now: a clock that moved and was not kept would jump back at the next start.
    clock.put(moved);
    Ok(())
}

/// Puts the clock where the last run left it.
pub(crate) async fn restore_clock(store: &Store, clock: &Clock) -> Result<(), Problem> {
    let mut reader = store.read().await?;
    let kept: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE key = 'clock'")
        .fetch_optional(&mut *reader)
        .await?;
    if let Some(moved) = kept.and_then(|text| text.parse().ok()) {
        clock.put(moved);
    }
    Ok(())
}
